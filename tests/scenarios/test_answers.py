"""The answers of a scenario, against sums made by hand."""

from __future__ import annotations

from math import log2
from typing import Any

import pytest

from pipeline.scenarios import SCENARIO_TABLES, Learner, Scenario, Selection, answer

from .worlds import AS_OF, BEFORE, POSTINGS, RECENT, Row, filled, posting, scenario, settings, snapshot, tables


def rows(asked: Scenario, name: str, given: Any = None, **changes: dict[str, object]) -> list[Row]:
    """The rows of one answer, which has the columns and the order that it promises."""
    table = answer(asked, snapshot(given), settings(**changes)).tables[name]
    assert table.schema.equals(SCENARIO_TABLES[f"group_{name}"].schema)
    found: list[Row] = table.to_pylist()
    return found


def by(found: list[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in found}


@pytest.mark.parametrize(
    ("selection", "members"),
    [
        ({"naics": ("21",)}, ["a1"]),  # a NAF code that begins alike is of another classification
        ({"employers": ("MINES élan",)}, ["a2"]),
        ({"occupations": ("miner",)}, ["a1", "a2"]),
        ({"occupations": ("831",)}, ["a1", "a2"]),
        ({"sectors": ("food", "mining")}, ["a1", "a2", "b1", "b2"]),
        ({"naics": ("722",), "employers": ("Mines Élan",)}, ["a2", "b1"]),
        ({"sectors": ("fishing",)}, []),
    ],
)  # fmt: skip
def test_a_posting_belongs_where_any_criterion_chooses_it(selection: dict[str, Any], members: list[str]) -> None:
    found = answer(scenario("skills", start=Selection(**selection)), snapshot(), settings()).group.members
    assert found["posting_id"].to_pylist() == members


def test_only_postings_that_count_and_stand_in_the_regions_belong() -> None:
    late = tables([*POSTINGS, posting("a3", "miner", None, in_window=False)])
    everywhere = answer(scenario("skills", start=Selection(occupations=("miner",))), snapshot(late), settings())
    assert everywhere.group.members["posting_id"].to_pylist() == ["a1", "a2"]
    ontario = answer(scenario("skills", regions=("CA-ON",)), snapshot(), settings())
    assert ontario.group.members["posting_id"].to_pylist() == ["a1"]


def test_skills_of_the_group_as_one_role() -> None:
    # All postings: drill 0.8 / 4 = 0.2, safety 1.5 / 4 = 0.375. The group, with k = 5:
    # drill (0.8 + 5 x 0.2) / 7 = 1.8 / 7, safety (1.0 + 5 x 0.375) / 7 = 2.875 / 7.
    found = by(rows(scenario("skills"), "skills"), "skill_id")
    shares = {"drill": (0.4, 1.8 / 7, 0.2), "safety": (0.5, 2.875 / 7, 0.375)}
    raw = {skill: share * log2(1 + share / over) for skill, (_, share, over) in shares.items()}
    for skill, (plain, share, over) in shares.items():
        row = found[skill]
        assert [row["share_raw"], row["share"], row["share_all"]] == pytest.approx([plain, share, over], abs=1e-9)
        assert row["share_low"] <= row["share"] <= row["share_high"]
        assert row["importance"] == pytest.approx(raw[skill] / sum(raw.values()), abs=1e-6)
    assert (found["drill"]["postings"], found["safety"]["postings"]) == (1, 2)
    assert (found["drill"]["roles"], found["safety"]["taught_by"]) == (1, 1)  # 0.3 teaches nothing: below min_taught


def test_what_is_new_is_shrunk_towards_no_change() -> None:
    # Vacancies: 2 in the last window, 1 before. Both windows: drill 2 x 0.8 / 3 = 8/15, safety 0.5.
    # drill: recent (1.6 + 5 x 8/15) / 7, before (0 + 5 x 8/15) / 6.
    found = by(rows(scenario("trends"), "trends"), "skill_id")
    recent, before = (1.6 + 8 / 3) / 7, (8 / 3) / 6
    drill = found["drill"]
    assert [drill["share_recent"], drill["share_before"], drill["change"]] == pytest.approx(
        [recent, before, recent - before], abs=2e-9
    )
    assert drill["change_low"] <= drill["change"] <= drill["change_high"]
    assert (drill["postings_recent"], drill["postings_before"]) == (1, 0)
    assert found["safety"]["change"] == 0 and found["safety"]["direction"] == "unclear"


def test_a_skill_that_all_postings_take_up_is_rising_and_the_one_they_drop_falling() -> None:
    postings = [posting(f"{day:%m}-{n}", "miner", day, employer="Mines Élan") for day in (RECENT, BEFORE)
                for n in range(20)]  # fmt: skip
    given = tables(postings)
    evidence = [
        {"document_kind": "posting", "document_id": p["posting_id"], "confidence": 0.9, "level": "unstated",
         "skill_id": "drill" if p["posted_on"] == RECENT else "safety"} for p in postings
    ]  # fmt: skip
    found = by(rows(scenario("trends"), "trends", given | {"evidence": filled("evidence", evidence)}), "skill_id")
    assert (found["drill"]["direction"], found["safety"]["direction"]) == ("rising", "falling")
    assert found["drill"]["change"] == pytest.approx(-found["safety"]["change"], abs=1e-9)


def test_thin_figures_are_withheld() -> None:
    trends = rows(scenario("trends"), "trends", suppression={"min_postings": 2})
    assert [(row["suppressed"], row["change"], row["postings_recent"]) for row in trends] == [(True, None, None)] * 2
    [role] = rows(scenario("roles"), "roles", suppression={"min_postings": 3})
    assert (role["group_postings"], role["group_vacancies"], role["postings"]) == (None, None, 2)
    course, talk = rows(scenario("credentials"), "credentials", suppression={"min_postings": 3})
    assert (course["vacancies_reached"], course["vacancies_share"]) == (None, None)
    assert (talk["vacancies_reached"], talk["vacancies_share"]) == (0, None)


def test_credentials_that_serve_the_group() -> None:
    # w(drill) 0.9 + w(safety) 0.5 and w(safety) 0.3; the course covers the miner, of whom the group has 3 vacancies.
    weights = {row["skill_id"]: row["importance"] for row in rows(scenario("skills"), "skills")}
    course, talk = rows(scenario("credentials"), "credentials")
    assert course["coverage"] == pytest.approx(0.9 * weights["drill"] + 0.5 * weights["safety"], abs=2e-9)
    assert talk["coverage"] == pytest.approx(0.3 * weights["safety"], abs=2e-9)
    assert course["coverage_low"] <= course["coverage"] <= course["coverage_high"]
    assert (course["rank"], course["relevance"], course["roles_reached"]) == (1, 1.0, ["miner"])
    assert (course["vacancies_reached"], course["vacancies_share"]) == (3, 1.0)
    assert (talk["roles_reached"], talk["vacancies_reached"]) == ([], 0)
    assert talk["credential_label_en"] == "Prudence"


def test_roles_of_the_group_with_their_best_credential() -> None:
    food = Selection(sectors=("food",))
    found = by(rows(scenario("roles", end=food), "roles"), "role_id")
    assert (found["miner"]["side"], found["cook"]["side"]) == ("start", "end")
    miner, cook = found["miner"], found["cook"]
    assert (miner["group_vacancies"], miner["open"], miner["credential_id"], miner["coverage"]) == (3, True, "course",
                                                                                                    0.6)  # fmt: skip
    assert (cook["open"], cook["credential_id"], cook["wage_median"]) == (False, None, 44.0)


def test_roles_in_a_region_are_suppressed_as_they_are_published() -> None:
    [row] = rows(scenario("roles", regions=("CA-ON",)), "roles")
    assert (row["region"], row["suppressed"], row["vacancies"], row["open"]) == ("CA-ON", True, None, None)


@pytest.mark.parametrize(("limits", "count"), [({}, 1), ({"max_gap": 0.3}, 0), ({"min_wage_change": 1.2}, 0)])
def test_ways_from_the_start_to_the_end(limits: dict[str, float], count: int) -> None:
    found = rows(scenario("ways", end=Selection(sectors=("food",)), **limits), "ways")
    assert [(row["from_role_id"], row["to_role_id"]) for row in found] == [("miner", "cook")][:count]


def test_unmet_demand_counts_the_roles_of_the_group_only() -> None:
    everywhere, ontario = rows(scenario("unmet"), "unmet")
    assert (everywhere["roles"], everywhere["demand_all"]) == (["miner"], 5.0)
    assert everywhere["demand"] == pytest.approx(3 * 0.7)
    assert ontario["demand"] == 0  # that cell is suppressed
    assert [row["bundle_id"] for row in rows(scenario("bundles"), "bundles")] == ["b-1"]


def test_what_roles_have_in_common_keeps_to_the_sectors_named() -> None:
    everyone = Selection(sectors=("mining", "food"))
    drill, safety = rows(scenario("shared", start=everyone, skill_sectors=("mining",)), "shared")
    assert (safety["roles"], safety["roles_share"], safety["weight"]) == (["cook", "miner"], 1.0, 1.3)
    assert (drill["roles"], drill["roles_share"]) == (["miner"], 0.5)
    assert rows(scenario("shared", start=everyone, skill_sectors=("digital",)), "shared") == []


def test_learners_take_what_adds_most_to_where_they_start() -> None:
    # Weights: drill 0.7, safety 0.3. The course is worth 0.7 x 0.9 + 0.3 x 0.5 = 0.78 to whom knows nothing, and
    # 0.63 to whom works safely already; the talk adds nothing to either.
    learners = (Learner(id="new", en="New", fr="Débute", skills=()),
                Learner(id="safe", en="Safe", fr="Prudente", skills=("safety", "unknown")))  # fmt: skip
    found = rows(scenario("learners", learners=learners), "learners")
    told = [(row["learner"], row["step"], row["credential_id"], round(row["coverage"], 9), round(row["gain"], 9))
            for row in found]  # fmt: skip
    assert told == [("new", 0, None, 0.0, 0.0), ("new", 1, "course", 0.78, 0.78),
                    ("safe", 0, None, 0.3, 0.0), ("safe", 1, "course", 0.93, 0.63)]  # fmt: skip


def test_indicators_are_those_of_outcomes() -> None:
    found = by(rows(scenario("outcomes", outcomes="manufacturing"), "outcomes"), "indicator")
    assert (found["covering_matches"]["value"], found["covering_matches"]["reached"]) == (1.0, False)
    assert (found["unmet_demand"]["value"], found["unmet_demand"]["reached"]) == (5.0, True)
    assert found["machinist_coverage"]["value"] is None


@pytest.mark.parametrize("name", [name.removeprefix("group_") for name in SCENARIO_TABLES])
def test_a_group_without_postings_gives_empty_answers(name: str) -> None:
    more: dict[str, Any] = {"outcomes": "manufacturing"} if name == "outcomes" else {}
    if name == "learners":
        more = {"learners": (Learner(id="new", en="New", fr="Débute", skills=()),)}
    nobody = Selection(naics=("99",))
    found = rows(scenario(name, start=nobody, **more), name)
    assert len(found) == {"outcomes": 4, "learners": 1}.get(name, 0)


def test_order_of_rows_changes_nothing() -> None:
    shows = ("skills", "trends", "roles", "credentials", "ways", "unmet", "bundles", "shared")
    given = tables()
    turned = {name: table.take(list(range(table.num_rows))[::-1]) for name, table in given.items()}
    one, other = (answer(scenario(*shows), snapshot(each), settings()) for each in (given, turned))
    assert one.tables == other.tables
    assert one.group.snapshot.as_of == AS_OF
