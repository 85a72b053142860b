"""The words of the site: the same in both languages, all there, all used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest

from pipeline.report.words import LANGUAGES, Section, load_words

GAP = re.compile(r"\{(\w+)\}")
FOLDER = files("pipeline.report")


def paths(section: Section, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in section.items():
        if isinstance(value, dict):
            yield from paths(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def code() -> str:
    there = [path for folder in ("assets", "templates") for path in FOLDER.joinpath(folder).iterdir()]
    return "\n".join(path.read_text(encoding="utf-8") for path in there if path.name.endswith((".js", ".html")))


def test_both_languages_have_the_same_keys_and_gaps() -> None:
    english, french = (dict(paths(load_words(language).sections)) for language in LANGUAGES)
    assert english.keys() == french.keys()
    for key, text in english.items():
        assert sorted(set(GAP.findall(text))) == sorted(set(GAP.findall(french[key]))), key
        assert text.strip() and french[key].strip(), key


def test_nothing_is_left_in_the_other_language() -> None:
    english, french = (dict(paths(load_words(language).sections)) for language in LANGUAGES)
    same = {key for key, text in english.items() if french[key] == text and len(GAP.sub("", text).split()) > 4}
    assert not same


def test_every_text_that_a_script_asks_for_is_there() -> None:
    known = dict(paths(load_words("en").sections))
    asked = re.findall(r'\bt\("([\w.-]+)"', code()) + re.findall(r'w\["([\w.-]+)"\]', code())
    assert len(asked) > 200
    assert sorted(set(asked) - known.keys()) == []


@pytest.mark.parametrize(
    ("language", "whose"),
    [("en", "all roles whose figures are shown"), ("fr", "tous les rôles dont les chiffres sont montrés")],
)
def test_the_median_of_all_roles_is_not_said_to_be_that_of_all_postings(language: str, whose: str) -> None:
    """It is `wage_median_all`, in which roles that are suppressed do not count."""
    texts = dict(paths(load_words(language).sections))
    named = [text for key, text in texts.items() if "{overall}" in text or key == "credential.value_ratio"]
    assert len(named) == 7
    assert [text for text in named if whose not in text.lower()] == []


@pytest.mark.parametrize(
    ("language", "number", "percent", "money", "day"),
    [
        ("en", "1,234.5", "58%", "$1,234.50", "January 1, 2026"),
        ("fr", "1\u202f234,5", "58\u00a0%", "1\u202f234,50\u00a0$", "1er janvier 2026"),
    ],
)
def test_numbers_are_written_as_the_language_does(language, number, percent, money, day) -> None:
    words = load_words(language)
    assert words.number(1234.5, 1) == number
    assert words.percent(0.58) == percent
    assert words.money(1234.5, "CAD") == money
    assert words.date("2026-01-01") == day
    assert words.number(None) == words.percent(None) == words.money(None, "CAD") == "–"


def test_other_currencies_keep_their_code() -> None:
    assert load_words("en").money(10, "EUR") == "EUR\u00a010.00"
    assert load_words("fr").money(10, "EUR") == "10,00\u00a0EUR"
