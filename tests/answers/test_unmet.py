"""Which demanded skills nobody teaches, and the bundles that they make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers import Market
from pipeline.answers.bundles import teaching_pace
from pipeline.answers.estimates import FIGURES
from pipeline.answers.unmet import unmet_tables
from pipeline.lake import parquet_bytes
from pipeline.settings import UnmetSettings
from pipeline.tables import CREDENTIALS, ROLE_SKILLS
from pipeline.taxonomy import Occupation, Skill, SkillRelation, Taxonomy, build_taxonomy
from tests.matching.worlds import evidence, market_settings, shuffled, similar, teaches, weighed

from .markets import market

pytestmark = pytest.mark.usefixtures("one_database")

Row = dict[str, Any]
Profiles = dict[tuple[str, str], dict[str, float]]

SKILLS = ("weld", "grind", "braze", "safety", "patience")


def taxonomy() -> Taxonomy:
    """Five skills, one of them an attitude; grinding belongs to welding."""
    return build_taxonomy(
        "made", "1",
        skills=[
            Skill(skill_id=s, kind="attitude" if s == "patience" else "skill", reuse="transversal", label_en=s,
                  label_fr=f"{s} (fr)")
            for s in SKILLS
        ],
        occupations=[Occupation(occupation_id=r, label_en=r, sector="metal") for r in ("welder", "fitter")],
        skill_relations=[SkillRelation("grind", "related", "weld")],
        occupation_skills=[],
    )  # fmt: skip


def profiles(asked: Profiles) -> pa.Table:
    rows = [
        {"role_id": role, "region": region, "skill_id": skill, "postings": 2, "required_share": 0.0, "share_raw": 0.5,
         "share": 0.5, "share_all": 0.5, "rca": 1.0, "importance": importance, "rank": 1}
        for (role, region), skills in asked.items() for skill, importance in skills.items()
    ]  # fmt: skip
    return ROLE_SKILLS.conform(pa.Table.from_pylist(rows, schema=ROLE_SKILLS.schema))


def credentials(*rows: Row) -> pa.Table:
    plain = {"source": "made", "title_en": "a course", "stackable_into": [], "prerequisites": [], "languages": ["en"],
             "skills": 1}  # fmt: skip
    return CREDENTIALS.conform(pa.Table.from_pylist([plain | row for row in rows], schema=CREDENTIALS.schema))


def world(postings: list[Row], asked: Profiles, taught: dict[str, dict[str, float]], places: list[Row],
          alike: dict[tuple[str, str], float] | None = None, **changes: object) -> Market:  # fmt: skip
    """A market in which every posting asks for what its row's `asks` says."""
    plain = [{k: v for k, v in row.items() if k != "asks"} for row in postings]
    asks = {str(row["posting_id"]): row["asks"] for row in postings}
    base = market_settings(region_min_postings=1)
    unmet = UnmetSettings(**base.unmet.model_dump() | {"min_postings": 1, "min_importance": 0.0} | changes)
    made = market(weighed(*plain), {}, base.model_copy(update={"unmet": unmet}))
    return replace(
        made, role_skills=profiles(asked), credential_skills=teaches(taught), credentials=credentials(*places),
        similarity=similar(alike or {}, SKILLS), evidence=evidence(asks), taxonomy=taxonomy(),
    )  # fmt: skip


POSTINGS: list[Row] = [
    {"posting_id": "p1", "role_id": "welder", "vacancies": 4, "region": "CA-ON", "wage_low": 30.0,
     "asks": {"weld": 0.8, "grind": 0.5}},
    {"posting_id": "p2", "role_id": "welder", "vacancies": 2, "region": "CA-QC", "wage_low": 34.0,
     "asks": {"weld": 0.6, "safety": 0.9}},
    {"posting_id": "p3", "role_id": "fitter", "vacancies": 5, "region": "CA-ON", "wage_low": 26.0,
     "asks": {"grind": 0.4, "braze": 0.7}},
]  # fmt: skip
ASKED: Profiles = {
    ("welder", "ALL"): {"weld": 0.5, "grind": 0.3, "safety": 0.2}, ("fitter", "ALL"): {"grind": 0.6, "braze": 0.4},
    ("welder", "CA-ON"): {"weld": 0.7, "grind": 0.3}, ("fitter", "CA-ON"): {"grind": 0.6, "braze": 0.4},
}  # fmt: skip
TAUGHT = {"quebec": {"weld": 0.9, "safety": 0.5}, "online": {"braze": 0.3}}
PLACES: list[Row] = [
    {"credential_id": "quebec", "region": "CA-QC", "delivery_mode": "in_person", "hours": 14.0},
    {"credential_id": "online", "region": "CA-BC", "delivery_mode": "online", "hours": 6.0},
]


def found(made: Market, table: str = "unmet_demand") -> dict[tuple[str, str], Row]:
    key = "skill_id" if table == "unmet_demand" else "bundle_id"
    return {(row["region"], row[key]): row for row in unmet_tables(made)[table].to_pylist()}


def test_unmet_demand_by_hand() -> None:
    rows = found(world(POSTINGS, ASKED, TAUGHT, PLACES))
    # Everywhere: welding and safety are taught (0.9 and 0.5). Grinding is not, nor brazing, taught to 0.3 only.
    # In Ontario, nobody teaches welding: the course in Quebec is not online.
    assert set(rows) == {
        ("ALL", "grind"), ("ALL", "braze"), ("CA-ON", "weld"), ("CA-ON", "grind"), ("CA-ON", "braze")
    }  # fmt: skip
    grind = rows["ALL", "grind"]
    # Six vacancies of welders x 0.3 + five of fitters x 0.6 = 4.8; asked by 4 x 0.5 + 5 x 0.4 = 4 vacancies.
    assert (grind["demand"], grind["vacancies"], grind["postings"], grind["rank"]) == (4.8, 4.0, 2, 1)
    assert grind["roles"] == ["fitter", "welder"]  # 3.0 before 1.8
    assert (grind["taught"], grind["nearest_credential_id"], grind["scope"]) == (0.0, None, "nowhere")
    # Two vacancies at 30 and two at 26: the middle.
    assert (grind["wage_postings"], grind["wage_median"]) == (2, 28.0)
    braze = rows["ALL", "braze"]
    assert (braze["demand"], braze["taught"], braze["nearest_credential_id"]) == (2.0, 0.3, "online")
    weld = rows["CA-ON", "weld"]
    assert (weld["scope"], weld["demand"], weld["taught"]) == ("not_in_region", 2.8, 0.0)
    assert rows["CA-ON", "braze"]["taught"] == 0.3  # what is online is within reach


def test_a_similar_skill_counts_by_how_similar_it_is() -> None:
    alike = {("grind", "weld"): 0.7}  # 0.9 x 0.7 = 0.63
    rows = found(world(POSTINGS, ASKED, TAUGHT, PLACES, alike))
    assert ("ALL", "grind") not in rows
    assert rows["CA-ON", "grind"]["scope"] == "not_in_region"
    rows = found(world(POSTINGS, ASKED, TAUGHT, PLACES, alike, min_taught=0.64))
    assert (rows["ALL", "grind"]["taught"], rows["ALL", "grind"]["nearest_credential_id"]) == (0.63, "quebec")


def test_a_credential_whose_region_is_unknown_is_within_reach_of_all() -> None:
    places = [PLACES[0] | {"region": None}, PLACES[1]]
    assert ("CA-ON", "weld") not in found(world(POSTINGS, ASKED, TAUGHT, places))


def test_attitudes_and_what_hardly_anybody_asks_are_left_out() -> None:
    asked: Profiles = {("welder", "ALL"): {"patience": 0.9, "grind": 0.1}}
    postings = [POSTINGS[0] | {"asks": {"patience": 0.9, "grind": 0.5}}]
    assert {skill for _, skill in found(world(postings, asked, {}, []))} == {"grind"}
    assert found(world(postings, asked, {}, [], min_postings=2)) == {}
    assert found(world(postings, asked, {}, [], min_importance=0.2)) == {}


def test_bundles_by_hand() -> None:
    made = world(POSTINGS, ASKED, TAUGHT, PLACES)
    bundles = [row for row in found(made, "unmet_bundles").values() if row["region"] == "ALL"]
    # Grinding and brazing: over postings, p1 holds 0.5 x 2 and p3 0.4 x 5^0.5 of the one, p3 0.7 x 5^0.5 of the other:
    # cosine 0.666667. Over roles (1.8, 3) and (0, 2): 0.857493. No relation: (0.666667 + 0.857493) / 3 = 0.508053.
    (bundle,) = bundles
    assert (bundle["skills"], bundle["cohesion"]) == (["grind", "braze"], 0.508053)
    assert (bundle["title_en"], bundle["title_fr"]) == ("grind and braze", "grind (fr) et braze (fr)")
    # 14 hours for 1.4 skills and 6 for 0.3: 10 and 20 hours a skill, so 12.5, 15 and 17.5.
    assert (bundle["hours_low"], bundle["hours"], bundle["hours_high"], bundle["fits"]) == (25.0, 30.0, 35.0, True)
    # p1 asks for one of the two with 0.5, p3 with 0.7: 4 x 0.5 + 5 x 0.7 = 5.5.
    assert (bundle["postings"], bundle["vacancies"], bundle["demand"]) == (2, 5.5, 6.8)
    assert bundle["example_postings"] == ["p3", "p1"]  # 1.1 of its skills before 0.5
    assert (bundle["roles"], bundle["sectors"]) == (["fitter", "welder"], ["metal"])


def test_a_bundle_holds_no_more_skills_than_a_short_credential_has_time_for() -> None:
    made = world(POSTINGS, ASKED, TAUGHT, PLACES, max_hours=29.0)  # one skill takes 15 hours: no two fit
    assert [len(row["skills"]) for row in found(made, "unmet_bundles").values()] == [1] * 5
    pace = teaching_pace(made)
    assert (pace.most_skills(29.0, 8), pace.most_skills(30.0, 8), pace.most_skills(1e9, 8)) == (1, 2, 8)


def test_a_bundle_of_one_skill_has_that_skills_figures_to_the_ends_of_their_intervals() -> None:
    made = world(POSTINGS, ASKED, TAUGHT, PLACES, max_hours=29.0)
    skills = found(made)
    bundles = list(found(made, "unmet_bundles").values())
    assert len(bundles) == len(skills) == 5
    for row in bundles:
        skill = skills[row["region"], row["skills"][0]]
        assert [row[name] for name in FIGURES] == [skill[name] for name in FIGURES]


def test_without_stated_hours_none_are_suggested() -> None:
    places = [row | {"hours": None} for row in PLACES]
    for row in found(world(POSTINGS, ASKED, TAUGHT, places), "unmet_bundles").values():
        assert (row["hours"], row["hours_low"], row["hours_high"], row["fits"]) == (None, None, None, False)


def test_an_empty_market_has_empty_tables() -> None:
    tables = unmet_tables(world([POSTINGS[0] | {"asks": {}}], {}, {}, []))
    assert {name: table.num_rows for name, table in tables.items()} == {"unmet_demand": 0, "unmet_bundles": 0}


asks = st.dictionaries(st.sampled_from(SKILLS), st.integers(2000, 10_000).map(lambda p: p / 1e4), max_size=4)
jobs = st.lists(st.tuples(st.sampled_from(["welder", "fitter"]), st.integers(1, 9), asks), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(jobs=jobs, taught=st.dictionaries(st.sampled_from(["a", "b"]), asks, max_size=2), seed=st.integers(0, 99))
def test_bundles_part_the_unmet_skills_whatever_order_rows_came_in(
    jobs: list[tuple[str, int, dict[str, float]]], taught: dict[str, dict[str, float]], seed: int
) -> None:
    postings = [{"posting_id": f"p{i}", "role_id": r, "vacancies": v, "asks": a} for i, (r, v, a) in enumerate(jobs)]
    asked: Profiles = {("welder", "ALL"): dict.fromkeys(SKILLS, 0.2), ("fitter", "ALL"): dict.fromkeys(SKILLS, 0.2)}
    made = world(postings, asked, taught, [{"credential_id": c, "hours": 10.0} for c in taught])
    tables = unmet_tables(made)
    skills = tables["unmet_demand"].to_pylist()
    bundles = tables["unmet_bundles"].to_pylist()
    assert sorted(s for bundle in bundles for s in bundle["skills"]) == sorted(row["skill_id"] for row in skills)
    assert {row["skill_id"]: row["bundle_id"] for row in skills} == {
        skill: bundle["bundle_id"] for bundle in bundles for skill in bundle["skills"]
    }
    assert all(row["taught"] < 0.35 for row in skills)
    names = ("role_skills", "credential_skills", "credentials", "similarity", "postings", "evidence")
    mixed = replace(made, **{name: shuffled(getattr(made, name), seed) for name in names})
    for name, table in unmet_tables(mixed).items():
        assert parquet_bytes(table) == parquet_bytes(tables[name])


def test_the_worked_example_of_the_methods_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    text = " ".join(page.split("### An unmet skill by hand")[1].split("\n## ")[0].split())
    made = world(POSTINGS, ASKED, TAUGHT, PLACES)
    grind = found(made)["ALL", "grind"]
    (bundle,) = [row for row in found(made, "unmet_bundles").values() if row["region"] == "ALL"]
    assert f"demand = (4 + 2) × 0.3 + 5 × 0.6 = {grind['demand']}" in text
    assert f"vacancies = 4 × 0.5 + 5 × 0.4 = {grind['vacancies']}" in text
    assert f"the median wage is {grind['wage_median']}" in text
    assert f"/ 3 = {bundle['cohesion']}" in text
    assert f"the two skills take {bundle['hours']:g} hours" in text
