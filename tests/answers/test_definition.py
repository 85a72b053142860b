"""The traits of a microcredential: stated, not stated or contradicted, in which words."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers import wording
from pipeline.answers.advice import ADVICE, advise
from pipeline.answers.definition import definition_tables
from pipeline.answers.wording import TRAITS, exactly, flat, sentence_spans
from pipeline.ingest import DocumentStore
from pipeline.intake import ingest
from pipeline.lake import Lake, parquet_bytes
from pipeline.settings import load_settings
from pipeline.tables import EVIDENCE
from tests.matching.worlds import shuffled

from .labels import agreement

Row = dict[str, Any]
SETTINGS = load_settings().definition
PLAIN: Row = {"stackable_into": [], "prerequisites": [], "skills": []}
SCHEMA = DocumentStore(Lake("."), "credentials").current().schema


def documents(*rows: Row) -> pa.Table:
    """Credential documents; `texts` holds (part, language, text)."""
    made = []
    for i, row in enumerate(rows):
        parts = [{"name": n, "language": lang, "text": t} for n, lang, t in row.get("texts", [])]
        rest = {k: v for k, v in row.items() if k != "texts"}
        made.append(PLAIN | {"doc_id": f"c{i}", "parts": parts} | rest)
    return pa.Table.from_pylist(made, schema=SCHEMA)


def skills(*found: tuple[str, str, str, float]) -> pa.Table:
    """Evidence from (credential, part, sentence, confidence)."""
    return EVIDENCE.conform(pa.Table.from_pylist(
        [
            {"document_kind": "credential", "document_id": c, "skill_id": f"s{i}", "confidence": p, "sentence": s,
             "language": "en", "start": 0, "end": 1, "part": part, "part_start": 0, "matched_label": "x",
             "method": "lexical", "sentences": 1, "level": "unstated"}
            for i, (c, part, s, p) in enumerate(found)
        ],
        schema=EVIDENCE.schema,
    ))  # fmt: skip


def findings(row: Row, evidence: pa.Table | None = None) -> dict[str, Row]:
    tables = definition_tables(documents(row), evidence or skills(), SETTINGS)
    return {found["trait"]: found for found in tables["credential_definition"].to_pylist()}


def told(trait: str, language: str, text: str) -> Row:
    return findings({"texts": [("description", language, text)]})[trait]


@pytest.mark.parametrize(
    ("trait", "english", "french", "finding"),
    [
        ("short", "This program takes 900 hours.", "Ce programme dure 900 heures.", "contradicted"),
        ("short", "The course takes 30 hours.", "La formation dure 30 heures.", "found"),
        ("short", "The course runs for ten weeks.", "La formation s'étend sur dix semaines.", "not_stated"),
        ("stackable", "It counts towards the Logistics diploma.", "Elle est cumulable.", "found"),
        ("stackable", "Credits cannot be transferred to a diploma.", "Elle ne compte pas pour le diplôme.",
         "contradicted"),
        ("stackable", "Applicants who hold it receive advanced standing.", "Un cours agréable.", "not_stated"),
        ("issued", "The badge is awarded by Northern College.", "L'attestation est délivrée par le Cégep du Nord.",
         "found"),
        ("assessed", "There is a final exam in the last week.", "Un examen final a lieu la dernière semaine.", "found"),
        ("assessed", "There are no exams: a certificate of attendance is given.",
         "Sans examen; une attestation de présence est remise.", "contradicted"),
        ("assessed", "It prepares you for the final exam of the board.", "Prépare à l'examen final de l'ordre.",
         "not_stated"),
        ("assessed", "No exam, but a portfolio is reviewed.", "Aucun examen, mais un projet est remis.", "not_stated"),
        ("recognised", "The course is recognised by local employers.", "La formation est reconnue par les employeurs.",
         "found"),
        ("recognised", "This training is not accredited.", "Cette formation n'est pas accréditée.", "contradicted"),
        ("recognised", "Drugs recognised by the agency are discussed.", "On y parle de lois reconnues par tous.",
         "not_stated"),
        ("verifiable", "Learners receive a digital badge.", "Un badge numérique est remis.", "found"),
        ("verifiable", "No certificate is issued.", "Aucune attestation n'est remise.", "contradicted"),
        ("delivery_mode", "The course is offered online.", "La formation est offerte en ligne.", "found"),
        ("delivery_mode", "Learn about online marketing.", "On y traite du commerce en ligne.", "not_stated"),
    ],
)  # fmt: skip
def test_both_languages_are_read_alike(trait: str, english: str, french: str, finding: str) -> None:
    assert told(trait, "en", english)["finding"] == finding
    assert told(trait, "fr", french)["finding"] == finding


def test_words_are_the_sentence_itself() -> None:
    text = "Welcome.\nThis program   takes 900 hours. Bring a lunch."
    row = told("short", "en", text)
    assert (row["evidence"], row["evidence_part"], row["evidence_language"]) == (
        "This program   takes 900 hours.", "description", "en"
    )  # fmt: skip
    assert told("assessed", "fr", "Bienvenue! Un examen final a lieu.")["evidence"] == "Un examen final a lieu."


def test_fields_come_before_texts() -> None:
    row: Row = {
        "hours": 40.0, "hours_stated": "PT40H", "issuer": "North College", "assessment": "Written test",
        "recognition": "Recognised by mines", "credential_type": "ceterms:Badge", "delivery_mode": "online",
        "delivery_stated": "Online Only", "stackable_into": ["diploma-1"],
        "texts": [("description", "en", "This program takes 900 hours. There are no exams.")],
    }  # fmt: skip
    found = findings(row)
    stated = {trait: (r["finding"], r["evidence"], r["evidence_part"]) for trait, r in found.items()}
    assert stated == {
        "short": ("found", "PT40H", "hours_stated"), "skills_based": ("not_stated", None, None),
        "stackable": ("found", "diploma-1", "stackable_into"), "issued": ("found", "North College", "issuer"),
        "assessed": ("found", "Written test", "assessment"),
        "recognised": ("found", "Recognised by mines", "recognition"),
        "verifiable": ("found", "ceterms:Badge", "credential_type"),
        "delivery_mode": ("found", "Online Only", "delivery_stated"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "finding"), [(0.5, "contradicted"), (1, "found"), (300, "found"), (301, "contradicted")]
)
def test_bounds_of_hours_belong_to_the_range(hours: float, finding: str) -> None:
    assert findings({"hours": hours})["short"]["finding"] == finding


def test_outcomes_must_link_to_skills() -> None:
    row: Row = {"texts": [("outcome", "en", "weld\ngrind")]}
    one = skills(("c0", "outcome", "weld", 0.9))
    two = skills(("c0", "outcome", "weld", 0.8), ("c0", "outcome", "grind", 0.9))
    assert findings(row, one)["skills_based"]["finding"] == "not_stated"
    assert findings(row, two)["skills_based"]["evidence"] == "grind"  # the surest
    described = skills(("c0", "description", "You will learn to weld", 0.9), ("c0", "description", "You grind", 0.8))
    assert findings(row, described)["skills_based"]["evidence"] == "You will learn to weld"
    mentioned = skills(("c0", "description", "We weld here", 0.9), ("c0", "description", "You grind", 0.8))
    assert findings(row, mentioned)["skills_based"]["finding"] == "not_stated"


def test_completeness_and_verdict() -> None:
    whole: Row = {"hours": 40.0, "issuer": "North College", "assessment": "Written test"}
    two = skills(*(("c0", "outcome", sentence, 0.9) for sentence in ("weld", "grind")))

    def total(row: Row) -> Row:
        found: Row = definition_tables(documents(row), two, SETTINGS)["credential_completeness"].to_pylist()[0]
        return found

    # Short, skills-based, issued and assessed: four of eight.
    assert total(whole) == {
        "credential_id": "c0", "completeness": 0.5, "traits_found": 4, "traits_not_stated": 4,
        "traits_contradicted": 0, "verdict": "yes",
    }  # fmt: skip
    assert total(whole | {"hours": 900.0})["verdict"] == "no"
    assert total(whole | {"hours": None})["verdict"] == "undecided"
    attended = whole | {"assessment": "Awarded to everyone who attends"}
    assert total(attended)["verdict"] == "no"
    assert total(attended | {"recognition": "Recognised by mines"})["verdict"] == "yes"


def test_advice_is_given_in_both_languages_for_every_gap() -> None:
    for (trait, finding), (english, french) in ADVICE.items():
        assert trait in TRAITS and finding in ("not_stated", "contradicted")
        assert english.endswith(".") and french.endswith(".") and english != french
    assert {trait for trait, finding in ADVICE if finding == "not_stated"} == set(TRAITS)
    english, french = advise("short", "contradicted", 1, 300)
    assert english is not None and "1 to 300 hours" in english
    assert french is not None and "entre 1 et 300 heures" in french
    assert advise("short", "found", 1, 300) == (None, None)


@given(text=st.text(max_size=300))
def test_flat_text_keeps_positions_and_sentences_part_it(text: str) -> None:
    spans = list(sentence_spans(text))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert len(flat(text)) <= len(text)
    if all(ord(c) < 0x250 for c in text):
        assert len(flat(text)) == len(text)


@settings(deadline=None, max_examples=50)
@given(texts=st.lists(st.tuples(
    st.sampled_from(["description", "outcome", "assessment"]), st.sampled_from(["en", "fr"]),
    st.lists(st.sampled_from([
        "final exam", "badge numérique", "This course is recognised by us", "30 hours of training", ". ", "\n", "  ",
        "no exams", "cumulable", "formation en ligne", "x" * 310, "é", "!",
    ]), max_size=8).map(" ".join),
), max_size=4), seed=st.integers(0, 9))  # fmt: skip
def test_evidence_is_an_exact_stretch_of_what_it_names(texts: list[tuple[str, str, str]], seed: int) -> None:
    rows = documents({"texts": texts}, {"texts": texts[:1]})
    tables = definition_tables(rows, skills(), SETTINGS)
    for row in tables["credential_definition"].to_pylist():
        own = texts if row["credential_id"] == "c0" else texts[:1]
        if row["finding"] == "not_stated":
            assert row["evidence"] is None and row["advice_en"]
        else:
            assert row["evidence"]
            assert any(row["evidence"] in text for name, _, text in own if name == row["evidence_part"])
    mixed = definition_tables(shuffled(rows, seed), skills(), SETTINGS)
    assert all(parquet_bytes(mixed[name]) == parquet_bytes(table) for name, table in tables.items())


WORDS = [
    "This", "certificate", "course", "is", "are", "not", "no", "exam", "exams", "fees", "issued", "by", "the",
    "college", "accredited", "recognized", "in", "industry-recognized", "counts", "towards", "a", "diploma", "does",
    "stackable", "final", "project", "digital", "badge", "must", "pass", "Cette", "attestation", "délivrée", "par",
    "l'école", "reconnue", "compte", "pour", "un", "diplôme", "aucune", "évaluation", "cumulable", "portfolio",
    "prepares", "for",
]  # fmt: skip
SENTENCES = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", " ", " ", ". ", ".\n", "\n", "; ", ", ", "-", ".", "! "])),
    max_size=40,
).map(lambda pairs: "".join(word + between for word, between in pairs))


@settings(max_examples=400, deadline=None)
@given(SENTENCES)
def test_what_is_looked_for_first_leaves_nothing_out(text: str) -> None:
    """Every pattern is found as it would be if each sentence were read by itself."""
    for trait, pattern in (*wording.SAID.items(), *wording.DENIED.items()):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wording, "NEEDED", {pattern: re.compile("")})
            found = wording.words_that_say(pattern, text, trait)
        plain = flat(text)
        inside = [(start, end) for start, end in sentence_spans(text) if pattern.search(plain, start, end)]
        assert bool(pattern.search(plain)) or not inside
        assert wording.words_that_say(pattern, text, trait) == found


def test_exactly_finds_words_whatever_is_between_them() -> None:
    assert exactly("a b", "x a\n  b y") == "a\n  b"
    assert exactly("a b", "ab") is None
    assert exactly(" ", "a") is None


def test_precision_on_real_credentials(shared_data: Path, tmp_path: Path) -> None:
    """A catalogue of courses that nobody here wrote; no linking, so that skills are left out."""
    lake = Lake(tmp_path / "lake")
    ingest(lake, load_settings(), "credentials", [shared_data / "credentials" / "edx_courses.csv"])
    credentials = DocumentStore(lake, "credentials").current()
    tables = definition_tables(credentials, EVIDENCE.schema.empty_table(), SETTINGS)
    measured = agreement("edx", tables["credential_definition"])
    assert measured.precision >= 0.95, measured.wrong
    assert measured.recall >= 0.95, measured.wrong
    parts = {(row["doc_id"], part["name"]): [] for row in credentials.to_pylist() for part in row["parts"]}
    for row in credentials.to_pylist():
        for part in row["parts"]:
            parts[row["doc_id"], part["name"]].append(part["text"])
    for row in tables["credential_definition"].to_pylist():
        texts = parts.get((row["credential_id"], row["evidence_part"]))
        if row["evidence"] and texts:
            assert any(row["evidence"] in text for text in texts), row


def test_patterns_speak_no_accents() -> None:
    """They are matched on flat text: an accent in one would never match."""
    patterns = [*wording.SAID.values(), *wording.DENIED.values(), wording.OUTCOME, wording.PREPARES, wording.SHOWN]
    assert all(isinstance(p, re.Pattern) and flat(p.pattern) == p.pattern.lower() for p in patterns)
