"""How much a taught skill counts towards an asked one."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import pytest

from pipeline.lake import Lake
from pipeline.matching import skill_similarity
from pipeline.taxonomy import Skill, SkillRelation, Taxonomy, build_taxonomy

from .worlds import FakeEncoder, matching_settings

# Cosine of each skill's label with that of "weld". What no vector is given for lies across all of them.
COSINES = {"weld": 1.0, "braze": 0.95, "solder": 0.88, "rivet": 0.86, "glue": 0.84, "screw": 0.83, "paint": 0.5}
RELATIONS = [
    ("tig-weld", "broader", "weld"),  # to weld is broader than to weld by TIG
    ("weld", "related", "grind"),
    ("rivet", "related", "weld"),
    ("weld", "requires", "read-plans"),
    ("pulse-tig-weld", "broader", "tig-weld"),
]
OTHERS = ("tig-weld", "pulse-tig-weld", "grind", "read-plans", "cook")


def taxonomy() -> Taxonomy:
    return build_taxonomy(
        "made", "1",
        skills=[
            Skill(skill_id=s, kind="skill", reuse="cross-sector", label_en=s, label_fr=f"fr {s}", alt_en=[f"to {s}"])
            for s in (*COSINES, *OTHERS)
        ],
        occupations=[],
        skill_relations=[SkillRelation(*relation) for relation in RELATIONS],
        occupation_skills=[],
    )  # fmt: skip


def encoder() -> FakeEncoder:
    # Only the preferred English labels count: all other labels get the vector of "weld".
    weld = (1.0, 0.0, 0.0)
    vectors = {skill: (cosine, sqrt(1 - cosine**2), 0.0) for skill, cosine in COSINES.items()}
    return FakeEncoder(vectors | dict.fromkeys(OTHERS, (0.0, 0.0, 1.0)), other=weld)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def similarities(lake: Lake, asked: list[str], taught: list[str], **changes: object) -> dict[tuple[str, str], float]:
    table = skill_similarity(asked, taught, taxonomy(), encoder(), lake, matching_settings(**changes))
    return {(row["asked"], row["taught"]): row["similarity"] for row in table.to_pylist()}


def test_the_same_skill_counts_fully(lake: Lake) -> None:
    assert similarities(lake, ["weld", "cook"], ["weld"]) == {("weld", "weld"): 1.0}


def test_broader_and_narrower_skills_count_both_ways(lake: Lake) -> None:
    assert similarities(lake, ["weld"], ["tig-weld"]) == {("weld", "tig-weld"): 0.7}
    assert similarities(lake, ["tig-weld"], ["weld"]) == {("tig-weld", "weld"): 0.7}


def test_related_skills_count_both_ways(lake: Lake) -> None:
    assert similarities(lake, ["weld"], ["grind"]) == {("weld", "grind"): 0.6}
    assert similarities(lake, ["grind"], ["weld"]) == {("grind", "weld"): 0.6}


def test_a_required_skill_counts_like_a_related_one(lake: Lake) -> None:
    assert similarities(lake, ["weld"], ["read-plans"]) == {("weld", "read-plans"): 0.6}


def test_relations_are_not_followed_further(lake: Lake) -> None:
    only_relations = {"cosine_zero": 0.999}
    assert similarities(lake, ["weld"], ["pulse-tig-weld"], **only_relations) == {}


@pytest.mark.parametrize(
    ("taught", "credit"),
    [
        # (cosine - 0.6)/0.4, at most 0.7
        ("braze", 0.7),  # (0.95 - 0.6)/0.4 = 0.875
        ("solder", 0.7),  # (0.88 - 0.6)/0.4 = 0.7
        ("glue", 0.6),  # (0.84 - 0.6)/0.4 = 0.6: just at the floor
        ("screw", None),  # (0.83 - 0.6)/0.4 = 0.575
        ("paint", None),  # below zero
        ("cook", None),
    ],
)
def test_cosine_credit_is_capped_and_floored(lake: Lake, taught: str, credit: float | None) -> None:
    expected = {} if credit is None else {("weld", taught): credit}
    assert similarities(lake, ["weld"], [taught]) == expected


def test_the_greater_credit_counts(lake: Lake) -> None:
    # related: 0.6; cosine: (0.86 - 0.6)/0.4 = 0.65
    assert similarities(lake, ["weld"], ["rivet"]) == {("weld", "rivet"): 0.65}


def test_relations_below_the_floor_do_not_count(lake: Lake) -> None:
    found = similarities(lake, ["weld"], ["tig-weld", "grind", "rivet", "weld"], similarity_floor=0.66)
    assert found == {("weld", "tig-weld"): 0.7, ("weld", "weld"): 1.0}


def test_every_pair_comes_once_in_order(lake: Lake) -> None:
    asked, taught = ["weld", "rivet", "grind"], ["tig-weld", "weld", "rivet", "solder"]
    one = skill_similarity(asked, taught, taxonomy(), encoder(), lake, matching_settings())
    pairs = [(row["asked"], row["taught"]) for row in one.to_pylist()]
    assert pairs == sorted(set(pairs))
    other = skill_similarity(asked[::-1], taught[::-1], taxonomy(), encoder(), lake, matching_settings())
    assert other.equals(one)


def test_nothing_asked_or_nothing_taught(lake: Lake) -> None:
    assert similarities(lake, [], ["weld"]) == {}
    assert similarities(lake, ["weld"], []) == {}


def test_labels_are_embedded_once(lake: Lake) -> None:
    first, second = encoder(), encoder()
    chosen = matching_settings()
    once = skill_similarity(["weld"], ["solder"], taxonomy(), first, lake, chosen)
    again = skill_similarity(["weld"], ["solder"], taxonomy(), second, lake, chosen)
    assert (first.texts > 0, second.texts) == (True, 0)
    assert again.equals(once)


def test_more_skills_than_a_block_holds(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    skills = [*COSINES, *OTHERS]
    whole = similarities(lake, skills, skills)
    monkeypatch.setattr("pipeline.matching.similarity.BLOCK", 2)
    assert similarities(lake, skills, skills) == whole
