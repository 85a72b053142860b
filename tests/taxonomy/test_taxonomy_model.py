"""The taxonomy's tables: what building cleans, what the fingerprint depends on, what the check finds."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import TaxonomyError
from pipeline.taxonomy import (
    LABELS_SCHEMA,
    OCCUPATION_SKILLS_SCHEMA,
    OCCUPATIONS_SCHEMA,
    SKILL_RELATIONS_SCHEMA,
    SKILLS_SCHEMA,
    Occupation,
    OccupationSkill,
    Skill,
    SkillRelation,
    Taxonomy,
    build_taxonomy,
)
from pipeline.taxonomy.model import fingerprint_tables

WELD = Skill(
    skill_id="s:weld",
    kind="skill",
    reuse="sector-specific",
    sector="manufacturing",
    label_en="weld",
    label_fr="souder",
    alt_en=["welding", "join metal"],
    alt_fr=["soudage"],
    description_en="Join metal by heat.",
)
METALS = Skill(skill_id="s:metals", kind="knowledge", reuse="cross-sector", label_en="metals")
WELDER = Occupation(occupation_id="o:welder", noc_2021="72106", isco_08="7212", label_en="welder", label_fr="soudeur")
PARTS: dict[str, list[Any]] = {
    "skills": [WELD, METALS],
    "occupations": [WELDER],
    "skill_relations": [SkillRelation("s:weld", "broader", "s:metals"), SkillRelation("s:weld", "related", "s:metals")],
    "occupation_skills": [
        OccupationSkill("o:welder", "essential", "s:weld"),
        OccupationSkill("o:welder", "optional", "s:metals"),
    ],
}


def build(**changed: list[Any]) -> Taxonomy:
    return build_taxonomy("test", "1", **{**PARTS, **changed})


def test_tables_have_their_schemas_even_when_empty() -> None:
    schemas = [SKILLS_SCHEMA, OCCUPATIONS_SCHEMA, SKILL_RELATIONS_SCHEMA, OCCUPATION_SKILLS_SCHEMA]
    empty = build(skills=[], occupations=[], skill_relations=[], occupation_skills=[])
    for taxonomy in (build(), empty):
        assert [table.schema for table in taxonomy.tables().values()] == schemas
    assert empty.labels("skills").schema == LABELS_SCHEMA


def test_texts_are_cleaned_and_rows_sorted() -> None:
    messy = dataclasses.replace(
        WELD,
        label_en="  weld\u00a0 steel\n",
        label_fr=" \t",
        alt_en=["weld steel", "cafe\u0301", "", "b", "b ", "a"],
        description_en="  Two \r\nlines. \n",
        description_fr=" ",
    )
    rows = build(skills=[messy, METALS]).skills.to_pylist()
    assert [row["skill_id"] for row in rows] == ["s:metals", "s:weld"]
    assert rows[1] == {
        "skill_id": "s:weld",
        "kind": "skill",
        "reuse": "sector-specific",
        "sector": "manufacturing",
        "label_en": "weld steel",
        "label_fr": None,
        "alt_en": ["a", "b", "café"],
        "alt_fr": ["soudage"],
        "description_en": "Two\nlines.",
        "description_fr": None,
    }


def test_labels_are_long_and_sorted_and_unique() -> None:
    labels = build().labels("skills")
    assert labels.schema == LABELS_SCHEMA
    assert [tuple(row.values()) for row in labels.to_pylist()] == [
        ("s:metals", "en", "metals", True),
        ("s:weld", "en", "weld", True),
        ("s:weld", "en", "join metal", False),
        ("s:weld", "en", "welding", False),
        ("s:weld", "fr", "souder", True),
        ("s:weld", "fr", "soudage", False),
    ]
    assert build().labels("occupations")["label"].to_pylist() == ["welder", "soudeur"]


def test_the_fingerprint_of_known_content_never_changes() -> None:
    assert build().fingerprint == "91c76cde81176b90dfa03362ab3a806f2075315922b31c25aebe0c9742243b9e"


texts = st.text(st.characters(codec="utf-8"), max_size=6)
skills = st.builds(
    Skill,
    skill_id=st.text("abcdef", min_size=1, max_size=3),
    kind=st.sampled_from(["skill", "knowledge"]),
    reuse=st.just("transversal"),
    label_en=texts,
    label_fr=st.none() | texts,
    alt_en=st.lists(texts, max_size=3),
    alt_fr=st.lists(texts, max_size=3),
    description_en=st.none() | texts,
)
unique_skills = st.lists(skills, max_size=8, unique_by=lambda skill: skill.skill_id)
relations = st.lists(st.builds(SkillRelation, *[st.text("abc", max_size=2)] * 3), max_size=8)


@settings(max_examples=60, deadline=None)
@given(unique_skills, relations, st.randoms(use_true_random=False))
def test_the_fingerprint_ignores_order(rows: list[Skill], links: list[SkillRelation], random: Any) -> None:
    first = build(skills=rows, skill_relations=links)
    shuffled = [
        dataclasses.replace(skill, alt_en=random.sample(list(skill.alt_en), len(skill.alt_en)))
        for skill in random.sample(rows, len(rows))
    ]
    second = build(skills=shuffled, skill_relations=random.sample(links, len(links)))
    assert second.fingerprint == first.fingerprint
    assert second.skills.equals(first.skills)


@settings(max_examples=60, deadline=None)
@given(unique_skills, unique_skills)
def test_the_fingerprint_is_equal_exactly_when_the_content_is(rows: list[Skill], others: list[Skill]) -> None:
    first, second = build(skills=rows), build(skills=others)
    assert (first.fingerprint == second.fingerprint) == first.skills.equals(second.skills)


@pytest.mark.parametrize(
    "changed",
    [
        {"skills": [dataclasses.replace(WELD, label_fr=None), METALS]},
        {"skills": [dataclasses.replace(WELD, alt_en=["welding"], alt_fr=["join metal", "soudage"]), METALS]},
        {"skills": [dataclasses.replace(WELD, alt_en=["weldingjoin metal"]), METALS]},
        {"skills": [dataclasses.replace(WELD, description_en=None, description_fr="Join metal by heat."), METALS]},
        {"occupations": [dataclasses.replace(WELDER, noc_2021="72107")]},
        {"skill_relations": [SkillRelation("s:weld", "broader", "s:metals")]},
        {"occupation_skills": [OccupationSkill("o:welder", "essential", "s:weld")]},
    ],
)
def test_the_fingerprint_changes_with_any_content(changed: dict[str, list[Any]]) -> None:
    assert build(**changed).fingerprint != build().fingerprint


def test_the_fingerprint_ignores_how_arrow_lays_tables_out() -> None:
    taxonomy = build()
    tables = {name: pa.concat_tables([table.slice(0, 1), table.slice(1)]) for name, table in taxonomy.tables().items()}
    assert fingerprint_tables(tables) == taxonomy.fingerprint


def test_name_and_version_do_not_change_the_fingerprint_but_the_taxonomy() -> None:
    renamed = build_taxonomy("other", "1", **PARTS)
    assert renamed.fingerprint == build().fingerprint
    assert renamed != build()


@pytest.mark.parametrize("name", ["", "../esco", "a/b", ".hidden", "a" * 65, "é", 'a"b', "a\n"])
def test_a_name_that_could_not_be_a_folder_is_refused(name: str) -> None:
    with pytest.raises(TaxonomyError, match="name cannot be"):
        build_taxonomy(name, "1", **PARTS)
    with pytest.raises(TaxonomyError, match="version cannot be"):
        build_taxonomy("a", name, **PARTS)


def test_a_whole_taxonomy_passes() -> None:
    build().check()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"skills": []}, "it has no skills: add some"),
        ({"occupations": []}, "it has no occupations"),
        ({"skills": [WELD, METALS, METALS]}, "skills s:metals: 2 rows have this id"),
        ({"skills": [WELD, METALS, dataclasses.replace(METALS, skill_id=" ")]}, "a row has no id"),
        ({"skills": [WELD, dataclasses.replace(METALS, label_en=" ")]}, "s:metals: the English label is empty"),
        ({"skills": [WELD]}, "target_id s:metals is not among the skills"),
        ({"occupations": [dataclasses.replace(WELDER, occupation_id="o:x")]}, "occupation_id o:welder is not among"),
        ({"skills": [WELD, dataclasses.replace(METALS, kind="Skill")]}, "kind is 'Skill': use one of skill, knowledge"),
        ({"skills": [WELD, dataclasses.replace(METALS, reuse="")]}, "reuse is '': use one of transversal"),
        ({"skill_relations": [SkillRelation("s:weld", "near", "s:metals")]}, "relation is 'near'"),
        ({"occupation_skills": [OccupationSkill("o:welder", "must", "s:weld")]}, "relation is 'must'"),
        ({"skill_relations": [SkillRelation("s:weld", "related", "s:weld")]}, "linked to itself"),
        (
            {"occupation_skills": [OccupationSkill("o:welder", word, "s:weld") for word in ("essential", "optional")]},
            "occupation_skills o:welder optional s:weld: the skill is also essential there",
        ),
        (
            {
                "skill_relations": [
                    SkillRelation("s:weld", "broader", "s:metals"),
                    SkillRelation("s:metals", "broader", "s:weld"),
                ]
            },
            "broader than one another in a circle, s:",
        ),
        ({"occupations": [dataclasses.replace(WELDER, noc_2021="7210")]}, "'7210' is no NOC 2021 code"),
        ({"occupations": [dataclasses.replace(WELDER, isco_08="72 12")]}, "'72 12' is no ISCO-08 code"),
    ],
)
def test_the_check_says_what_is_wrong_and_where(changed: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(TaxonomyError, match="The taxonomy test 1 has") as caught:
        build(**changed).check()
    assert message in str(caught.value)


def test_the_check_names_the_place_where_it_is_known() -> None:
    links = [SkillRelation("s:weld", "related", "s:gone")]
    places: dict[tuple[str, ...], str] = {("skill_relations", "s:weld", "related", "s:gone"): "links.csv, line 7"}
    with pytest.raises(TaxonomyError, match=r"links\.csv, line 7: skill_relations s:weld related s:gone: target_id"):
        build(skill_relations=links).check(places)


def test_the_check_shows_twenty_problems_and_counts_the_rest() -> None:
    links = [SkillRelation("s:weld", "related", f"s:gone{number}") for number in range(30)]
    with pytest.raises(TaxonomyError) as caught:
        build(skill_relations=links).check()
    lines = str(caught.value).splitlines()
    assert lines[0] == "The taxonomy test 1 has 30 problems:"
    assert lines[-1] == "- and 10 more."
    assert len(lines) == 22
