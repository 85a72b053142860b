"""Advice for someone who has some skills."""

from __future__ import annotations

from math import inf

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers import advise_role, learner_has, reachable_roles
from tests.matching.worlds import similar

from .regions import Asks, places

pytestmark = pytest.mark.usefixtures("one_database")

ASKS: Asks = {
    "p": ("welder", None, {"weld": 1.0, "read": 1.0}), "q": ("reader", None, {"read": 1.0}),
    "r": ("cook", None, {"fry": 1.0}),
}  # fmt: skip
TAUGHT = {"c1": {"weld": 0.9}, "c2": {"read": 1.0}, "c3": {"fry": 1.0}}
ALIKE = similar({("weld", "solder"): 0.6}, ["weld", "read", "fry"])


def test_what_a_similar_skill_is_worth() -> None:
    place = places(ASKS, TAUGHT).place("ALL")
    known = learner_has(place, {"solder": 0.5, "read": 0.8}, ALIKE)
    skills = dict(zip(place.skill_ids(pa.array(range(len(known))).to_numpy()), known.tolist(), strict=True))
    assert skills == {"fry": 0, "read": 800_000_000, "weld": 300_000_000}


def test_advice_builds_on_what_is_there() -> None:
    place = places(ASKS, TAUGHT).place("ALL")
    known = learner_has(place, {"read": 1.0}, ALIKE)
    advised = advise_role(place, place.roles().index("welder"), known, place.limits())
    # Of the welder, reading is there; of the two credentials only the first adds anything.
    assert [step.credential_id for step in advised.stack] == ["c1"]
    weight = advised.importance[place.skill_ids(advised.skills).index("weld")] / 1e9
    assert advised.coverage == pytest.approx(1 - weight)
    assert advised.coverage_after == pytest.approx(1 - 0.1 * weight, abs=2e-9)
    assert place.skill_ids(advised.there()) == ["read"]
    assert place.skill_ids(advised.missing()) == ["weld"], "a tenth of it is still missing"


def test_roles_come_by_what_is_there_already_and_by_nothing_else() -> None:
    place = places(ASKS, TAUGHT).place("ALL")
    known = learner_has(place, {"read": 1.0}, ALIKE)
    found = reachable_roles(place, known, place.limits(), 0)
    assert [place.roles()[one.role] for one in found] == ["reader", "welder"]
    assert [one.coverage for one in found] == sorted((one.coverage for one in found), reverse=True)
    assert [place.roles()[one.role] for one in reachable_roles(place, known, place.limits(), 1)] == ["reader"]
    assert reachable_roles(place, learner_has(place, {}, ALIKE), place.limits(), 0) == []


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["weld", "read", "solder"]), st.sampled_from([0.2, 0.5, 1.0])),
    st.sampled_from(["weld", "read"]),
)
def test_who_has_more_covers_no_less_and_gains_no_more(has: dict[str, float], more: str) -> None:
    place = places(ASKS, TAUGHT).place("ALL")
    one, other = (learner_has(place, skills, ALIKE) for skills in (has, has | {more: 1.0}))
    for role in range(len(place.roles())):
        less, enough = (advise_role(place, role, known, place.limits(inf)) for known in (one, other))
        assert enough.coverage >= less.coverage
        assert enough.coverage_after >= less.coverage_after - 1e-9
        assert enough.coverage_after - enough.coverage <= less.coverage_after - less.coverage + 1e-9
