"""Phrases are looked for only where a word stands that they need: that must never hide one."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from re import _constants as node  # type: ignore[attr-defined]  # the tree of a pattern has no public door
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import privacy
from pipeline.linking import boilerplate, waivers
from pipeline.phrases import Phrases, bare

ALL = {
    **{f"boilerplate {number}": phrases for number, phrases in enumerate(boilerplate._OF_ANY)},
    "offers": boilerplate._OF_POSTINGS,
    "benefits": boilerplate._BENEFITS,
    "addresses": privacy._EMAIL,
    "contacts": privacy._ANNOUNCED,
    "waivers": waivers._WAIVED,
}


def needs_one_of(words: Sequence[str], sequence: Sequence[tuple[Any, Any]]) -> bool:
    """Whether whatever a sequence of a pattern's tree matches holds one of some words."""
    stretch = ""
    for kind, value in sequence:
        inner = list(value[3]) if kind is node.SUBPATTERN else []
        if kind is node.LITERAL:
            stretch += bare(chr(value))
        elif inner and all(each is node.LITERAL for each, _ in inner):
            stretch += "".join(bare(chr(letter)) for _, letter in inner)
        elif kind is not node.AT:  # a place is no letter
            stretch += "\0"
        if kind is node.SUBPATTERN and needs_one_of(words, inner):
            return True
        if kind is node.BRANCH and all(needs_one_of(words, list(branch)) for branch in value[1]):
            return True
        if kind in (node.MAX_REPEAT, node.MIN_REPEAT) and value[0] and needs_one_of(words, list(value[2])):
            return True
    return any(word in stretch for word in words)


@pytest.mark.parametrize("name", ALL)
def test_each_phrase_needs_one_of_the_words(name: str) -> None:
    phrases = ALL[name]
    assert phrases.words == tuple(map(bare, phrases.words))
    assert needs_one_of(phrases.words, list(parser.parse(phrases.pattern.pattern, phrases.pattern.flags)))


def test_a_phrase_that_needs_none_of_the_words_shows() -> None:
    assert needs_one_of(["offer"], list(parser.parse(r"\bwe (?:now )?offers?\b|they offered")))
    assert not needs_one_of(["offer"], list(parser.parse(r"\bwe (?:offer)?s?\b|they offered")))
    assert not needs_one_of(["offer"], list(parser.parse(r"we offer|they give")))
    assert not needs_one_of(["offer"], list(parser.parse(r"of[fg]er")))


def test_letters_of_any_case_are_those_that_a_pattern_takes_for_them() -> None:
    letters = "".join(map(chr, [*range(0xD800), *range(0xE000, sys.maxunicode + 1)]))
    for letter in "abcdefghijklmnopqrstuvwxyz":
        for form in re.findall(letter, letters, re.IGNORECASE):
            assert bare(f"x{form}y") == f"x{letter}y"


PIECES = st.sampled_from([
    "Contact", "CONTACT", "contactez", "personne ressource", ": ", " ", "\n", "Marie Tremblay", "Mme Roy", "Jean",
    "M. Côté", "envoyez votre CV à ", "report to ", "Attn: ", "à l'attention de : ", "613-555-0147", "(613) 555-0147",
    "+33 6 12 34", "06 12 34 56 78", "call ", "tél. : ", "2026-05-01", "12", "4", "555 0147", "poste 12",
    "rh@exemple.ca", "jobs (AT) firm.ca", "recrutement [arobase] firm [point] ca", "Responsable du recrutement : ",
    "we offer", "We Off\u0130ce", "prime d'\u0131nt", "gestion", "équité", "salaire :", "25 $ / h", "Apply now",
    "nous offrons", "mutuelle", "13e mois", "diversity",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("Contactez\nMarie Tremblay au\n613 555\n0147")
def test_the_words_change_nothing_that_is_found(text: str) -> None:
    """What is masked and what is left out is what the patterns alone find, in the whole text at once."""
    kinds = ("postings", "credentials")
    found = [boilerplate.is_boilerplate.__wrapped__(text, kind) for kind in kinds]
    masked = privacy.mask(text)
    names = [span for match in privacy._ANNOUNCED.pattern.finditer(text) if (span := privacy._name(match))]
    assert list(privacy._announced(text)) == names
    with patch.object(Phrases, "may_be_in", lambda *_: True), patch.object(privacy, "_SEVEN_DIGITS", re.compile("")):
        assert [boilerplate.is_boilerplate.__wrapped__(text, kind) for kind in kinds] == found
        assert privacy.mask(text) == masked
