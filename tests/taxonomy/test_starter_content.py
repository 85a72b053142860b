"""The starter taxonomy that comes with the package: its size, both languages, and labels that mean one thing."""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from pathlib import Path

import pytest

from pipeline.taxonomy import Taxonomy, load_starter
from pipeline.taxonomy.checks import broader_circle


@pytest.fixture(scope="module")
def starter() -> Taxonomy:
    """The starter; loading it checks ids, references, closed sets, codes and circles."""
    return load_starter()


def test_it_is_large_enough_and_loads_at_once(starter: Taxonomy) -> None:
    assert starter.skills.num_rows >= 600
    assert starter.occupations.num_rows >= 60
    started = time.perf_counter()
    load_starter()
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("kind", ["skills", "occupations"])
def test_every_text_is_in_both_languages(starter: Taxonomy, kind: str) -> None:
    columns = [f"{text}_{language}" for text in ("label", "alt", "description") for language in ("en", "fr")]
    lacking = [
        (row[f"{kind[:-1]}_id"], column)
        for row in starter.tables()[kind].to_pylist()  # type: ignore[index]
        for column in columns
        if not row[column]
    ]
    assert not lacking


def test_every_occupation_has_a_noc_code_and_skills(starter: Taxonomy) -> None:
    occupations = starter.occupations.to_pylist()
    assert not [row["occupation_id"] for row in occupations if row["noc_2021"] is None]
    skills = defaultdict(set)
    for row in starter.occupation_skills.to_pylist():
        skills[row["occupation_id"]].add(row["skill_id"])
    few = {row["occupation_id"]: len(skills[row["occupation_id"]]) for row in occupations}
    assert not {name: number for name, number in few.items() if number < 10}


def test_noc_codes_are_unit_groups(starter: Taxonomy, shared_data: Path) -> None:
    structure = shared_data / "noc" / "noc_2021_version_1.0_-_classification_structure.csv"
    with structure.open(encoding="utf-8-sig", newline="") as file:
        codes = {row["Code - NOC 2021 V1.0"] for row in csv.DictReader(file) if row["Level"] == "5"}
    assert len(codes) == 516
    assert not set(starter.occupations["noc_2021"].to_pylist()) - codes


def test_no_two_skills_share_a_label(starter: Taxonomy) -> None:
    owners = defaultdict(set)
    for row in starter.labels("skills").to_pylist():
        owners[row["language"], _plain(row["label"])].add(row["concept_id"])
    assert not {label: sorted(ids) for label, ids in owners.items() if len(ids) > 1}


def test_nothing_is_broader_than_itself(starter: Taxonomy) -> None:
    links = starter.skill_relations.to_pylist()
    assert broader_circle((row["skill_id"], row["target_id"]) for row in links if row["relation"] == "broader") is None


def test_identifiers_say_what_they_are(starter: Taxonomy) -> None:
    assert not [name for name in starter.skills["skill_id"].to_pylist() if not name.startswith("ps:")]
    assert not [name for name in starter.occupations["occupation_id"].to_pylist() if not name.startswith("po:")]


def _plain(label: str) -> str:
    return label.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
