"""The worked example of a stack and a transition in docs/methods.md, through the functions that publish the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.answers import transition

from .regions import Asks, places
from .test_stacks import rows, stacks
from .test_transitions import ASKS as MARKET

ASKS: Asks = {"p": ("welder", None, {"weld": 1.0, "read": 0.5})}
TAUGHT = {"c1": {"weld": 0.9}, "c2": {"weld": 0.3, "read": 0.8}, "c3": {"weld": 1.0}}
HOURS = {"c1": {"hours": 30}, "c2": {"hours": 10}, "c3": {"hours": 50}}


@pytest.fixture(scope="module")
def page() -> str:
    text = (Path(__file__).resolve().parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    return " ".join(text.split("### Of a stack and a transition")[1].split())


def test_the_stack_of_the_page(page: str) -> None:
    found = stacks(places(ASKS, TAUGHT, facts=HOURS))
    first, second = rows(found, region="ALL", budget="none")
    assert f"{first['credential_id']} gains {first['gain']:.9f}; then {second['credential_id']} gains" in page
    assert f"= {second['gain']:.9f}: {second['coverage']:.9f}" in page
    one, other = rows(found, region="ALL", budget="hours_40")
    assert f"{one['credential_id']} gains {one['gain']:.9f}, {other['credential_id']} again {other['gain']:.9f}" in page
    assert f": {other['coverage']:.9f}" in page


def test_the_transition_of_the_page(page: str) -> None:
    place = places(MARKET, {"c1": {"read": 0.5}, "c2": {"weld": 1.0}}).place("ALL")
    way = transition(place, "fitter", "welder")
    importance = dict(zip(place.skill_ids(way.skills), (way.importance / 1e9).tolist(), strict=True))
    assert f"scaled {importance['weld']:.9f} and {importance['read']:.9f}" in page
    assert f"+ {importance['read']:.9f} = {way.gap:.9f}" in page
    assert f"similarity = {way.similarity:.9f}" in page
    gains = [f"{step.gain:.9f}" for step in way.stack]
    assert f"the first adds {gains[0]} and the second {gains[1]}, which closes {way.gap_closed:.6f}" in page
