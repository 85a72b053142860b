"""Segments: the stretches of a unit that may name a skill, whatever the text, and those that people would point at."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest import Language
from pipeline.linking.segments import segments
from pipeline.linking.units import split_units

WORDS = st.sampled_from([
    "Java", "C", "C++", "C#", ".NET", "welding", "project management", "health and safety", "l'entrepôt", "d'Excel",
    "santé et sécurité", "experience with", "connaissance de", "ability to", "capacité à", "you will be", "and", "et",
    "or", "ou", "and/or", "et/ou", "such as", "tels que", "ainsi que", "while", "afin de", "in order to", "e.g.",
    "(", ")", ",", ";", ":", "/", "-", "…", ".", "is an asset", "etc.", "ISO 9001", "5", "à", "the", "İ", "e\u0301",
    "\u00a0", "\n", "🙂", "’", "'", "“", "日本",
])  # fmt: skip
TEXTS = st.text(max_size=200) | st.lists(WORDS, max_size=30).map(" ".join)
LANGUAGES = st.sampled_from(["en", "fr"])


def named(text: str, language: Language, limit: int = 12) -> list[str]:
    """The stretches as texts."""
    return [text[start:end] for start, end in segments(text, language, limit)]


# --- Whatever the text ----------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(TEXTS, LANGUAGES, st.integers(1, 12))
def test_segments_are_ordered_trimmed_and_name_something(text: str, language: Language, limit: int):
    found = segments(text, language, limit)
    assert found == sorted(set(found)), "by start, then end, each once"
    assert len(found) <= limit
    for start, end in found:
        assert 0 <= start < end <= len(text)
        stretch = text[start:end]
        assert stretch != text, "the unit itself is looked at anyway"
        assert stretch == stretch.strip(" \t\n,;:()•|")
        assert re.search(r"[^\W\d_]{2}|[+#]|\b[CR]\b", stretch, re.IGNORECASE), "it can name a skill"
    assert found == segments(text, language, limit)


@settings(max_examples=100, deadline=None)
@given(TEXTS, LANGUAGES, st.integers(1, 11))
def test_a_smaller_limit_keeps_some_of_the_same(text: str, language: Language, limit: int):
    found = segments(text, language, 12)
    assert set(segments(text, language, limit)) <= set(found)


@pytest.mark.parametrize(
    "text",
    [", " * 50_000, "," * 100_000, "a," * 50_000, "weld, " * 20_000, " and" * 25_000, "x and " * 20_000, " " * 100_000,
     "'" * 100_000, "d'" * 50_000, "(" * 100_000, "." * 100_000, "x" * 100_000, "1 " * 50_000, "- " * 50_000],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_text_takes_no_time(text: str, language: Language):
    def seconds() -> float:
        start = time.process_time()
        segments(text, language)
        return time.process_time() - start

    assert any(seconds() < 0.1 for _ in range(3))  # a machine that swaps processors makes one slow, not all


def test_a_long_text_is_cut_at_its_beginning_only_and_never_in_a_word():
    text = "welding, grinding, " * 400
    assert set(named(text, "en", 10_000)) == {"welding", "grinding"}


# --- What people would point at ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Experience with Java, Python and project management", ["Java", "Python", "project management"]),
        ("Knowledge of WHMIS, first aid and forklift operation is an asset.",
         ["WHMIS", "first aid", "forklift operation"]),
        ("You will be responsible for inspecting conveyors and logging defects",
         ["inspecting conveyors", "logging defects"]),
        ("Weld pipes and fit valves to ensure that the line keeps running", ["Weld pipes", "fit valves"]),
        ("Ability to lift 25 kg and/or operate a pallet jack", ["lift 25 kg", "operate a pallet jack"]),
        ("Familiarity with tools such as Excel, Power BI and SAP", ["Excel", "Power BI", "SAP"]),
        ("Coding in C, R, C#, C++ or .NET", ["C", "R", "C#", "C++", ".NET"]),
        ("Count stock while following the rules of safe storage",
         ["Count stock", "following the rules of safe storage"]),
        ("Hand tools (drills, grinders) / power presses", ["Hand tools", "drills", "grinders", "power presses"]),
        ("Clean filters as well as pumps in order to prevent leaks", ["Clean filters", "pumps", "prevent leaks"]),
        ("A degree in chemistry or experience in water treatment would be an asset", ["chemistry", "water treatment"]),
        ("Strong understanding of ISO 9001 and Excel 2016", ["ISO 9001", "Excel 2016"]),
        ("Repair pumps in the workshop", ["Repair pumps"]),
    ],
)  # fmt: skip
def test_english_mentions_are_found(text: str, expected: list[str]):
    assert not set(expected) - set(named(text, "en"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Expérience en soudage, en meulage et en lecture de plans", ["soudage", "meulage", "lecture de plans"]),
        ("Connaissance de Java, de Python ainsi que de la gestion de projets",
         ["Java", "Python", "gestion de projets"]),
        ("Vous serez chargé(e) de l'entretien des convoyeurs et du suivi des stocks",
         ["entretien des convoyeurs", "suivi des stocks"]),
        ("Capacité à conduire un chariot élévateur afin d’alimenter la chaîne",
         ["conduire un chariot élévateur", "alimenter la chaîne"]),
        ("Maîtrise de logiciels tels que Excel, SAP ou AutoCAD", ["Excel", "SAP", "AutoCAD"]),
        ("Nettoyer les filtres et/ou vidanger les cuves tout en respectant les consignes",
         ["Nettoyer les filtres", "vidanger les cuves", "respectant les consignes"]),
        ("Une formation en hygiène alimentaire serait un atout", ["hygiène alimentaire"]),
        ("Outils (perceuse, meuleuse) / presses", ["perceuse", "meuleuse", "presses"]),
        ("Vous devrez réparer les pompes dans un atelier", ["réparer les pompes"]),
        ("Expérience confirmée dans l'usinage et bonne connaissance du SIMDUT (WHMIS)", ["usinage", "SIMDUT", "WHMIS"]),
    ],
)  # fmt: skip
def test_french_mentions_are_found(text: str, expected: list[str]):
    assert not set(expected) - set(named(text, "fr"))


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Training in health and safety, first aid and WHMIS", "en", "health and safety"),
        ("Knowledge of research and development and of budgets", "en", "research and development"),
        ("Forecasts of supply and demand for grain", "en", "Forecasts of supply and demand"),
        ("Experience with pick and place machines", "en", "pick and place machines"),
        ("Skilled in cutting and polishing", "en", "cutting and polishing"),
        ("Formation en santé et sécurité au travail et en secourisme", "fr", "santé et sécurité au travail"),
        ("Notions de coupe et couture, dessin", "fr", "coupe et couture"),
        ("Aptitude pour le travail en équipe et le bricolage", "fr", "travail en équipe"),
        ("Install, test and repair telephone equipment for clients", "en",
         "Install, test and repair telephone equipment"),
    ],
)  # fmt: skip
def test_names_of_several_words_are_not_lost_to_a_cut(text: str, language: Language, name: str):
    assert name in named(text, language)


@pytest.mark.parametrize(
    "text", ["", " ", "Java", "Operate forklifts.", "of the", "the forklift", "2024", "C", "and, or"]
)
def test_a_unit_that_is_one_name_has_no_segments(text: str):
    assert named(text, "en") == []


def test_what_names_nothing_alone_is_left_out():
    found = named("Plan, coordinate and supervise the installation of pumps", "en")
    assert "supervise the installation of pumps" in found
    assert not {"Plan", "coordinate"} & set(found)
    assert "production" not in named("Use of robots in production", "en")
    assert "Java" in named("Scripts of all kinds in Java", "en")


def test_the_offsets_are_those_of_the_text_whatever_its_case_and_apostrophes():
    text = "İstanbul : connaissance de l’ENTREPOSAGE, d’EXCEL"
    assert "ENTREPOSAGE" in named(text, "fr")
    assert "EXCEL" in named(text, "fr")


def test_of_too_many_the_finest_and_foremost_are_kept():
    text = "Knowledge of " + ", ".join(f"tool{chr(97 + i)}" for i in range(20)) + " and planning"
    assert named(text, "en", 3) == ["toola", "toolb", "toolc"]


# --- Against people's marks -------------------------------------------------------------------------------------------


def marked(path: Path) -> Iterator[tuple[str, list[tuple[int, int]], list[set[int]]]]:
    """(text, token offsets, marked spans as token numbers) of each annotated row."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text, offsets = "", []
        for token in row["tokens"]:
            text += " " if text else ""
            offsets.append((len(text), len(text) + len(token)))
            text += token.replace("\n", " ")
        spans: list[set[int]] = []
        for tags in (row["tags_skill"], row["tags_knowledge"]):
            for place, tag in enumerate(tags):
                if tag[0] == "B" or (tag[0] == "I" and (place == 0 or tags[place - 1][0] == "O")):
                    spans.append({place})
                elif tag[0] == "I":
                    spans[-1].add(place)
        yield text, offsets, spans


def test_most_marked_skills_are_met_by_a_segment_or_the_unit(shared_data: Path):
    met = spans_seen = units_seen = segments_seen = 0
    for text, offsets, spans in marked(shared_data / "benchmarks/skillspan/train.jsonl"):
        stretches = []
        for unit in split_units(text, 400):
            found = segments(text[unit.start : unit.end], "en")
            units_seen, segments_seen = units_seen + 1, segments_seen + len(found)
            stretches += [(unit.start, unit.end), *((unit.start + a, unit.start + b) for a, b in found)]
        tokens = [{i for i, (a, b) in enumerate(offsets) if a < end and b > start} for start, end in stretches if spans]
        for span in spans:
            spans_seen += 1
            met += any(len(span & stretch) >= len(span | stretch) / 2 for stretch in tokens)
    assert met / spans_seen > 0.6, "the set has lost its commas: enumerations without them cannot be cut"
    assert segments_seen / units_seen < 3.9
