"""Stacks by hand, and what must hold of all of them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers import Places, way_tables
from pipeline.lake import parquet_bytes
from pipeline.matching import match
from pipeline.tables import ROLE_DEMAND
from tests.matching.worlds import shuffled

from .regions import Asks, made_settings, places, tables

pytestmark = pytest.mark.usefixtures("one_database")

# One role, so that RCA is 1 and importance goes with the share: 2/3 and 1/3.
ASKS: Asks = {"p": ("welder", None, {"weld": 1.0, "read": 0.5})}


def stacks(of: Places) -> pa.Table:
    """The table."""
    return way_tables(of, ROLE_DEMAND.schema.empty_table())["stacks"]


def rows(table: pa.Table, **wanted: object) -> list[dict[str, Any]]:
    """The rows that have these values."""
    return [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]


def test_a_stack_by_hand() -> None:
    taught = {"c1": {"weld": 0.9}, "c2": {"weld": 0.3, "read": 0.8}, "c3": {"weld": 1.0}}
    facts = {"c1": {"hours": 30, "cost": 60}, "c2": {"hours": 10, "cost": 80}, "c3": {"hours": 50}}
    found = stacks(places(ASKS, taught, facts=facts))
    first, second = rows(found, region="ALL", budget="none")
    assert (first["credential_id"], first["gain"], first["coverage"]) == ("c3", 0.666666667, 0.666666667)
    assert (first["new_skills"], first["hours_total"], first["cost_total"]) == (["weld"], 50, None)
    # 1/3 x 0.8 for reading; welding is there already.
    assert (second["credential_id"], second["gain"], second["coverage"]) == ("c2", 0.266666666, 0.933333333)
    assert (second["new_skills"], second["improved_skills"], second["hours_total"]) == (["read"], [], 60)
    assert second["bound"] == 0.933333333
    assert second["coverage_low"] <= second["coverage"] <= second["coverage_high"]
    # In 40 hours, the third does not fit; 0.6 then 0.266666666.
    within = rows(found, region="ALL", budget="hours_40")
    assert [(r["credential_id"], r["gain"]) for r in within] == [("c1", 0.6), ("c2", 0.266666666)]
    # For 100 dollars, either of the first two; the third does not say what it costs.
    assert [(r["credential_id"], r["cost_total"]) for r in rows(found, budget="cost_100")] == [("c1", 60)]


def test_improved_skills_were_taught_before() -> None:
    found = stacks(places(ASKS, {"c1": {"weld": 0.9, "read": 0.2}, "c2": {"read": 1.0}}))
    assert [(r["new_skills"], r["improved_skills"]) for r in rows(found, budget="none")] == [
        (["weld", "read"], []), ([], ["read"]),
    ]  # fmt: skip


def test_prerequisites_are_steps_and_texts_are_shown() -> None:
    facts = {"c2": {"prerequisites": ["The c1", "Grade 10"]}}
    found = stacks(places(ASKS, {"c1": {"other": 1.0}, "c2": {"weld": 1.0}}, facts=facts))
    first, second = rows(found, budget="none")
    assert (first["credential_id"], first["required_by"], first["gain"]) == ("c1", "c2", 0)
    assert (second["requires"], second["entry_requirements"]) == (["c1"], ["Grade 10"])
    assert (first["prerequisites_met"], second["prerequisites_met"]) == (True, False)


def test_a_region_has_what_is_offered_there() -> None:
    asks: Asks = {"p": ("welder", "CA-AB", {"weld": 1.0}), "q": ("welder", "CA-QC", {"weld": 1.0, "read": 1.0})}
    taught = {"ab": {"weld": 0.9}, "qc": {"weld": 1.0}, "online": {"read": 1.0}, "needs": {"weld": 1.0}}
    facts = {
        "ab": {"region": "CA-AB"}, "qc": {"region": "CA-QC"}, "online": {"region": "CA-ON", "delivery_mode": "online"},
        "needs": {"prerequisites": ["qc"]},
    }  # fmt: skip
    found = stacks(places(asks, taught, facts=facts))
    assert [r["credential_id"] for r in rows(found, region="CA-AB", budget="none")] == ["ab"]
    assert {r["credential_id"] for r in rows(found, region="CA-QC", budget="none")} == {"qc", "online"}
    assert {r["region"] for r in found.to_pylist()} == {"ALL", "CA-AB", "CA-QC"}


def test_a_step_that_adds_too_little_is_not_taken() -> None:
    taught = {"c1": {"weld": 0.9}, "c2": {"weld": 0.95}, "c3": {"read": 0.05}}
    found = stacks(places(ASKS, taught, settings=made_settings(min_gain=0.05)))
    assert [r["credential_id"] for r in rows(found, budget="none")] == ["c2"]


def test_a_role_that_nothing_serves_has_no_stack() -> None:
    assert stacks(places(ASKS, {"c1": {"other": 1.0}})).num_rows == 0


WORLDS = st.fixed_dictionaries({
    "asks": st.dictionaries(
        st.sampled_from("pqrstu"),
        st.tuples(
            st.sampled_from(["welder", "cook"]), st.sampled_from([None, "CA-AB"]),
            st.dictionaries(st.sampled_from("abcd"), st.sampled_from([0.3, 0.6, 1.0]), min_size=1),
        ),
        min_size=1,
    ),
    "taught": st.dictionaries(
        st.sampled_from(["c1", "c2", "c3", "c4"]),
        st.dictionaries(st.sampled_from("abcde"), st.sampled_from([0.25, 0.5, 1.0]), min_size=1), min_size=1,
    ),
    "facts": st.dictionaries(
        st.sampled_from(["c1", "c2", "c3"]),
        st.fixed_dictionaries({
            "hours": st.sampled_from([10.0, 25.0, None]), "cost": st.sampled_from([0.0, 70.0, None]),
            "prerequisites": st.lists(st.sampled_from(["c3", "c4", "a text"]), max_size=1),
            "region": st.sampled_from([None, "CA-AB", "CA-QC"]),
        }),
    ),
})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(WORLDS, st.integers(0, 99))
def test_stacks_keep_their_rules_and_do_not_depend_on_order(world: dict[str, Any], seed: int) -> None:
    given_tables = tables(**world, alike={("a", "e"): 0.6})
    found = stacks(Places(**given_tables, settings=made_settings()))
    mixed = {name: shuffled(table, seed) for name, table in given_tables.items()}
    assert parquet_bytes(stacks(Places(**mixed, settings=made_settings()))) == parquet_bytes(found)
    taken: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in found.to_pylist():
        taken.setdefault((row["role_id"], row["region"], row["budget"]), []).append(row)
    for (_, _, budget), steps in taken.items():
        ids = [step["credential_id"] for step in steps]
        assert len(set(ids)) == len(ids) <= 3
        assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
        for i, step in enumerate(steps):
            assert step["coverage"] == pytest.approx(sum(s["gain"] for s in steps[: i + 1]), abs=1e-12)
            assert step["coverage"] <= step["bound"] <= 1
            assert step["coverage_low"] <= step["coverage"] <= step["coverage_high"]
            assert set(step["requires"]) <= set(ids[:i]), "what is required is taken before"
        if budget.startswith("hours"):
            assert steps[-1]["hours_total"] <= 40
        if budget.startswith("cost"):
            assert steps[-1]["cost_total"] <= 100


@settings(max_examples=40, deadline=None)
@given(WORLDS)
def test_draws_of_the_matches_are_used_again_and_change_nothing(world: dict[str, Any]) -> None:
    of, made = tables(**world, alike={("a", "e"): 0.6}), made_settings()
    behind = match(
        of["credential_skills"], of["role_skills"], of["similarity"], of["postings"], of["evidence"],
        ROLE_DEMAND.schema.empty_table(), made.matching, made.profile,
    ).behind  # fmt: skip
    again = Places(**of, settings=made, behind=behind)
    assert again.place("ALL").postings is behind
    assert parquet_bytes(stacks(again)) == parquet_bytes(stacks(Places(**of, settings=made)))


@settings(max_examples=40, deadline=None)
@given(WORLDS)
def test_the_first_step_is_the_best_match(world: dict[str, Any]) -> None:
    made, free = made_settings(), {"asks": world["asks"], "taught": world["taught"]}
    of = tables(**free)
    matched = match(
        of["credential_skills"], of["role_skills"], of["similarity"], of["postings"], of["evidence"],
        ROLE_DEMAND.schema.empty_table(), made.matching, made.profile,
    ).matches.to_pylist()  # fmt: skip
    first = rows(stacks(Places(**of, settings=made)), region="ALL", budget="none", step=1)
    for row in first:
        best = max((m for m in matched if m["role_id"] == row["role_id"]), key=lambda m: m["coverage"])
        assert row["coverage"] == best["coverage"] == row["bound"]
        assert (row["coverage_low"], row["coverage_high"]) == pytest.approx(
            (best["coverage_low"], best["coverage_high"]), abs=2e-6
        ) or row["credential_id"] != best["credential_id"]


def test_a_course_of_another_trade_is_no_step() -> None:
    """What little of it fits would count; but a tenth of what it teaches is not what someone came for."""
    taught = {"c1": {"weld": 0.8}, "c2": {"read": 0.9, **{f"other {i}": 1.0 for i in range(9)}}}
    everything = stacks(places(ASKS, taught))
    assert [row["credential_id"] for row in rows(everything, budget="none")] == ["c1", "c2"]
    # Of the 9.9 that c2 teaches, 0.9 is asked for: 0.0909...
    about = stacks(places(ASKS, taught, settings=made_settings(min_relevance=0.091)))
    assert [row["credential_id"] for row in rows(about, budget="none")] == ["c1"]
    assert stacks(places(ASKS, taught, settings=made_settings(min_relevance=0.09))).equals(everything)


def test_what_is_required_need_not_be_about_the_role() -> None:
    facts = {"c2": {"prerequisites": ["The c1"]}}
    found = stacks(
        places(
            ASKS, {"c1": {"other": 1.0}, "c2": {"weld": 1.0}}, facts=facts, settings=made_settings(min_relevance=0.5)
        )
    )
    assert [row["credential_id"] for row in rows(found, budget="none")] == ["c1", "c2"]
