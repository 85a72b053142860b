"""Hidden labels: what postings call ESCO's skills, searched for beside ESCO's own labels and never in their place."""

from __future__ import annotations

import csv
import unicodedata
from importlib.resources import files
from pathlib import Path

import pytest

from pipeline.embeddings import Encoder
from pipeline.lake import Lake
from pipeline.linking import load_linker
from pipeline.matching.similarity import skill_similarity
from pipeline.settings import load_settings
from pipeline.taxonomy import (
    Occupation,
    Skill,
    Taxonomy,
    build_taxonomy,
    import_esco,
    load_starter,
    searched_labels,
)
from pipeline.taxonomy.hidden import SEARCHED_SCHEMA

LANGUAGES = ("en", "fr")


@pytest.fixture(scope="module")
def written() -> dict[tuple[str, str], list[str]]:
    """The labels of the file, by skill and language."""
    text = (files("pipeline.taxonomy") / "hidden_labels/esco.tsv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [row["skill_id"] for row in rows] == sorted({row["skill_id"] for row in rows})
    return {(row["skill_id"], lang): row[lang].split("|") for row in rows for lang in LANGUAGES if row[lang]}


def esco_like(written: dict[tuple[str, str], list[str]], **labels: str) -> tuple[str, Taxonomy]:
    """A taxonomy with one skill that has hidden labels in both languages, and one that has none."""
    skill = next(skill for skill, language in written if language == "fr" and (skill, "en") in written)
    skills = [
        Skill(skill_id=skill, kind="skill", reuse="cross-sector", label_en="its own name", **labels),  # type: ignore[arg-type]
        Skill(skill_id="t:other", kind="skill", reuse="cross-sector", label_en="another name"),
    ]
    job = Occupation(occupation_id="t:o", label_en="somebody")
    return skill, build_taxonomy(
        "esco", "9", skills=skills, occupations=[job], skill_relations=[], occupation_skills=[]
    )


def test_they_are_clean_and_in_both_languages(written: dict[tuple[str, str], list[str]]):
    for (skill, language), labels in written.items():
        assert skill.startswith("http://data.europa.eu/esco/skill/")
        assert len({label.casefold() for label in labels}) == len(labels), (skill, language)
        for label in labels:
            assert label == unicodedata.normalize("NFC", " ".join(label.split()))
            assert 0 < len(label) <= 80
            assert "\N{RIGHT SINGLE QUOTATION MARK}" not in label
            assert label.isprintable()
    counts = {language: sum(len(v) for (_, lang), v in written.items() if lang == language) for language in LANGUAGES}
    assert min(counts.values()) > 0.9 * max(counts.values()), "French is not the poorer"


def test_each_wording_is_of_one_skill(written: dict[tuple[str, str], list[str]]):
    owners: dict[tuple[str, str], set[str]] = {}
    for (skill, language), labels in written.items():
        for label in labels:
            owners.setdefault((language, label.casefold()), set()).add(skill)
    assert not {wording for wording, skills in owners.items() if len(skills) > 1}


def test_none_is_held_out_of_training(written: dict[tuple[str, str], list[str]], root: Path):
    with (root / "training/held_out.csv").open(encoding="utf-8", newline="") as stream:
        held = {(row["language"], row["label"].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").casefold())
                for row in csv.DictReader(stream)}  # fmt: skip
    assert not held & {(language, label.casefold()) for (_, language), own in written.items() for label in own}


def test_none_is_a_label_of_esco(written: dict[tuple[str, str], list[str]], shared_data: Path):
    esco, _ = import_esco([*sorted((shared_data / "esco").glob("*.zip")), shared_data / "esco/fr"])
    rows = esco.labels("skills").select(["language", "label"]).to_pylist()
    labels = {(row["language"], row["label"].casefold()) for row in rows}
    hidden = {(language, label.casefold()) for (_, language), own in written.items() for label in own}
    assert not hidden & labels
    assert not {skill for skill, _ in written} - set(esco.skills["skill_id"].to_pylist())


def test_they_stand_beside_the_labels_of_their_skill(written: dict[tuple[str, str], list[str]]):
    skill, taxonomy = esco_like(written)
    labels, key = searched_labels(taxonomy)
    assert labels.schema == SEARCHED_SCHEMA
    rows = labels.to_pylist()
    assert [row for row in rows if row["concept_id"] != skill] == [
        {"concept_id": "t:other", "language": "en", "label": "another name", "preferred": True, "hidden": False}
    ]
    for language in LANGUAGES:
        own = [row["label"] for row in rows if row["concept_id"] == skill and row["language"] == language]
        named = ["its own name"] if language == "en" else []
        assert own == [*named, *written[skill, language]]
    assert {row["label"] for row in rows if row["preferred"]} == {"another name", "its own name"}
    assert all(row["hidden"] != row["preferred"] for row in rows)
    assert key != taxonomy.fingerprint[:32]
    assert searched_labels(taxonomy)[1] == key


def test_one_that_the_skill_has_by_itself_is_there_once(written: dict[tuple[str, str], list[str]]):
    skill, _ = esco_like(written)
    own = written[skill, "fr"][0]
    _, taxonomy = esco_like(written, label_fr=own)
    rows = [row for row in searched_labels(taxonomy)[0].to_pylist() if row["label"] == own]
    assert [(row["language"], row["preferred"]) for row in rows] == [("fr", True)]


def test_a_taxonomy_of_other_skills_has_none():
    starter = load_starter()
    labels, key = searched_labels(starter)
    assert labels.drop_columns("hidden").equals(starter.labels("skills"))
    assert not any(labels["hidden"].to_pylist())
    assert key == starter.fingerprint[:32]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_says_one_names_the_skill(language: str, written: dict[tuple[str, str], list[str]], tmp_path: Path):
    skill, taxonomy = esco_like(written)
    label = max(written[skill, language], key=len)
    linker = load_linker(taxonomy, load_settings(), Lake(tmp_path))
    (links,) = linker.link([(label, language)])  # type: ignore[list-item]
    assert (links[0].skill_id, links[0].label) == (skill, label)
    assert taxonomy.skills["alt_en"].to_pylist() == [[], []], "and the taxonomy does not claim it"


def test_similarity_embeds_nothing_that_linking_has_embedded(
    written: dict[tuple[str, str], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    skill, taxonomy = esco_like(written)
    linker = load_linker(taxonomy, load_settings(), Lake(tmp_path))
    assert linker.searches.index.concepts == sorted([skill, "t:other"])
    monkeypatch.setattr(Encoder, "encode", lambda self, texts: pytest.fail(f"embeds {texts} again"))
    skill_similarity([skill], ["t:other"], taxonomy, linker.encoder, Lake(tmp_path), load_settings().matching)
