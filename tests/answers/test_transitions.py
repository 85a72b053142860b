"""The way from one role to another, by hand, and what must hold of every way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers import Places, demand_of, transition, transition_row, way_tables
from pipeline.answers import places as places_module
from pipeline.errors import LakeError
from pipeline.lake import parquet_bytes
from pipeline.settings import TransitionSettings
from pipeline.tables import ROLE_DEMAND
from tests.matching.worlds import shuffled

from .regions import Asks, made_settings, places, tables
from .test_stacks import WORLDS, rows

pytestmark = pytest.mark.usefixtures("one_database")

# Shares over all: weld 0.6, read 0.5, cut 0.5. Nothing is smoothed.
ASKS: Asks = {"p": ("welder", None, {"weld": 0.8, "read": 1.0}), "q": ("fitter", None, {"weld": 0.4, "cut": 1.0})}


def demand(**roles: tuple[int | None, float | None, bool]) -> pa.Table:
    """`role_demand` from role -> vacancies, median wage and whether they are withheld, all regions together."""
    told = [
        {"role_id": role, "region": "ALL", "vacancies": v, "wage_median": w, "suppressed": s, "weighting": "postings",
         "currency": "CAD"}
        for role, (v, w, s) in roles.items()
    ]  # fmt: skip
    return pa.Table.from_pylist(told, schema=ROLE_DEMAND.schema)


def transitions(of: Places, role_demand: pa.Table) -> pa.Table:
    """The table."""
    return way_tables(of, role_demand)["transitions"]


DEMAND = demand(welder=(4, 30.0, False), fitter=(10, 36.0, False))


def test_a_way_by_hand() -> None:
    found = transitions(places(ASKS, {"c1": {"read": 0.5}, "c2": {"weld": 1.0}}), DEMAND)
    (row,) = rows(found, from_role_id="fitter", to_role_id="welder")
    # w(welder): 0.8 log2(1 + 0.8/0.6) = 0.977914 and 1 log2(1 + 1/0.5) = 1.584963: 0.381568858 and 0.618431142.
    # A fitter is asked for welding half as often as a welder is: 0.5 of it carries over, and nothing of reading.
    assert row["gap"] == pytest.approx(1 - 0.5 * 0.381568858, abs=2e-9)
    assert (row["gap_skills"], row["transferable_skills"]) == (["read"], ["weld"])
    # w(fitter): 0.4 log2(1 + 0.4/0.6) = 0.294786 and 1.584963, so 0.156822 for welding, which is the less of the two.
    assert row["similarity"] == pytest.approx(0.156822, abs=1e-6)
    # The first adds 0.5 x 0.618431142, the second what is missing of welding: all the gap but half of reading.
    assert row["stack"] == ["c1", "c2"]
    assert row["gap_closed"] == pytest.approx(1 - 0.5 * 0.618431142 / (1 - 0.5 * 0.381568858), abs=1e-8)
    assert (row["vacancies_from"], row["vacancies_to"], row["wage_change"]) == (10, 4, 0.833333)
    # One posting a role: every draw is what was found.
    assert (row["gap_low"], row["gap_high"]) == pytest.approx((row["gap"], row["gap"]), abs=1e-5)
    # A welder has more than the welding that a fitter needs: the gap is cutting alone.
    (back,) = rows(found, from_role_id="welder", to_role_id="fitter")
    assert back["gap"] == pytest.approx(1 - 0.156822, abs=1e-6)


def test_from_a_role_to_itself_nothing_is_missing() -> None:
    place = places(ASKS, {"c1": {"read": 0.5}}).place("ALL")
    way = transition(place, "welder", "welder")
    assert (way.gap, way.gap_closed, way.stack) == (0.0, 0.0, [])
    assert way.similarity == 1.0
    assert (
        rows(transitions(places(ASKS, {"c1": {"read": 0.5}}), DEMAND), from_role_id="welder", to_role_id="welder") == []
    )


def test_a_similar_skill_carries_over_in_part() -> None:
    place = places(ASKS, {}, alike={("read", "cut"): 0.6}, facts={"c": {}}).place("ALL")
    way = transition(place, "fitter", "welder")
    carried = dict(zip(place.skill_ids(way.skills), (way.carried / 1e9).tolist(), strict=True))
    assert carried == {"weld": 0.5, "read": 0.6}
    one, other = (place.roles().index(role) for role in ("fitter", "welder"))
    by = {
        place.skill_ids(np.array([s]))[0]: place.skill_ids(np.array([t]))[0]
        for s, t in place.carriers(one, other).items()
    }
    assert by == {"weld": "weld", "read": "cut"}


def test_what_is_withheld_stays_withheld() -> None:
    found = transitions(places(ASKS, {"c1": {"read": 0.5}}), demand(welder=(None, None, True), fitter=(9, 36.0, False)))
    assert found.num_rows == 2
    for row in found.to_pylist():
        assert row["suppressed"]
        assert None in (row["vacancies_from"], row["vacancies_to"])
        assert row["wage_change"] is None


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, 2),
        ({"min_vacancies": 5}, 1),  # only to the fitter
        ({"min_similarity": 0.2}, 0),
        ({"min_similarity": 0.15}, 2),
    ],
)
def test_what_is_worth_showing(changes: dict[str, Any], shown: int) -> None:
    made = made_settings()
    chosen = TransitionSettings(**made.transitions.model_dump() | changes)
    made = made.model_copy(update={"transitions": chosen})
    assert transitions(places(ASKS, {"c1": {"read": 0.5}}, settings=made), DEMAND).num_rows == shown


def test_only_the_smallest_gaps_of_a_role_are_shown() -> None:
    asks: Asks = dict(ASKS) | {"r": ("reader", None, {"read": 1.0}), "s": ("cook", None, {"cook": 1.0})}
    made = made_settings()
    made = made.model_copy(update={"transitions": made.transitions.model_copy(update={"per_role": 1})})
    found = transitions(places(asks, {"c1": {"read": 0.5}}, settings=made), DEMAND)
    assert {r["from_role_id"]: r["to_role_id"] for r in found.to_pylist()}["welder"] == "reader"
    assert len({r["from_role_id"] for r in found.to_pylist()}) == found.num_rows


def test_a_role_without_a_profile_is_named() -> None:
    with pytest.raises(LakeError, match="baker has no profile in ALL"):
        transition(places(ASKS, {"c1": {"read": 0.5}}).place("ALL"), "welder", "baker")


@settings(max_examples=50, deadline=None)
@given(WORLDS, st.integers(0, 99))
def test_every_way_keeps_its_rules_and_does_not_depend_on_order(world: dict[str, Any], seed: int) -> None:
    of, made = tables(**world, alike={("a", "b"): 0.7}), made_settings()
    found = transitions(Places(**of, settings=made), DEMAND)
    mixed = {name: shuffled(table, seed) for name, table in of.items()}
    assert parquet_bytes(transitions(Places(**mixed, settings=made), DEMAND)) == parquet_bytes(found)
    profiles: dict[tuple[str, str], set[str]] = {}
    for row in of["role_skills"].to_pylist():
        profiles.setdefault((row["role_id"], row["region"]), set()).add(row["skill_id"])
    for row in found.to_pylist():
        listed = row["gap_skills"] + row["transferable_skills"]
        assert len(listed) == len(set(listed))
        assert set(listed) == profiles[row["to_role_id"], row["region"]], "each skill is in one of the lists"
        assert 0 <= row["gap_low"] <= row["gap"] <= row["gap_high"] <= 1
        assert 0 <= row["gap_closed"] <= 1
        assert bool(row["stack"]) == (row["gap_closed"] > 0)
        back = rows(found, from_role_id=row["to_role_id"], to_role_id=row["from_role_id"], region=row["region"])
        assert back[0]["similarity"] == row["similarity"], "similarity holds both ways"


@settings(max_examples=50, deadline=None)
@given(WORLDS)
def test_the_draws_are_made_of_what_is_published(world: dict[str, Any]) -> None:
    """Without any scatter, a draw of the gap is the gap: both are told by different code."""
    place = places(**world, alike={("a", "b"): 0.7}).place("ALL")
    roles = np.arange(len(place.roles()))
    own = [slice(place.share.starts[role], place.share.starts[role + 1]) for role in roles]
    drawn = place.drawn_from(((role, place.share.values[own[role]][None, :] / 1e9) for role in roles), draws=1)
    for aim in roles.tolist():
        gaps = place.gap_draws(drawn, place.brought(aim), roles, aim)
        ways = [transition(place, place.roles()[origin], place.roles()[aim]) for origin in roles]
        assert gaps[:, 0] == pytest.approx([way.gap for way in ways], abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(WORLDS, st.integers(1, 9), st.integers(1, 3))
def test_what_is_compared_together_moves_no_bit_of_a_draw(world: dict[str, Any], most: int, step: int) -> None:
    """Nor does what roles bring that nobody asked about, though nothing was drawn of them."""
    place = places(**world, alike={("a", "b"): 0.7, ("a", "c"): 0.7, ("b", "d"): 0.9}).place("ALL")
    roles = np.arange(len(place.roles()))
    drawn, some = place.drawn(roles), roles[::step]
    for aim in roles.tolist():
        every = place.gap_draws(drawn, place.brought(aim), roles, aim)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(places_module, "PAIRS_AT_ONCE", most)
            few = place.gap_draws(place.drawn({*some.tolist(), aim}), place.brought(aim), some, aim)
        assert few.tobytes() == every[some].tobytes()


@settings(max_examples=60, deadline=None)
@given(WORLDS, st.sampled_from([{("a", "b"): 0.7}, {("a", "b"): 0.7, ("a", "c"): 0.7, ("b", "d"): 0.9}]))
def test_ways_told_at_once_are_those_told_one_by_one(
    world: dict[str, Any], alike: dict[tuple[str, str], float]
) -> None:
    of = places(**world, alike=alike)
    for row in transitions(of, DEMAND).to_pylist():
        place = of.place(row["region"])
        way = transition(place, row["from_role_id"], row["to_role_id"])
        assert transition_row(place, way, demand_of(DEMAND, row["region"])) == row
