"""Texts cut into units: the sentences, bullets and list items in which skills are looked for, with their offsets."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Part of the unit cache's key: raise it when the cutting, or what counts as boilerplate, changes.
UNITS_VERSION = "3"

BULLET = re.compile(r"^[\s\-–—•·●▪■◦*+>»✓✔→]*(?:\(?\d{1,2}[.)]\s+|[a-z]\)\s+)?")
# A full stop ends a sentence when a capital, digit or quotation mark follows, unless it closes an abbreviation.
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'»)]*\s+(?=[A-ZÀ-ÖØ-Þ0-9«\"(])|(?<=;)\s+")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|st|ste|no|nos|approx|incl|min|max|ex|p\. ?ex|mme|m|art|sec|inc|ltd|ltée)"
    r"|\b[A-Z])\.$",
    re.IGNORECASE,
)
ABBREVIATION_REACH = 12  # no abbreviation is longer: looking further back would cost the square of a text full of them
ITEM_SEPARATOR = re.compile(r"\s*(?:,|/|;)\s+(?:and\s+|or\s+|et\s+|ou\s+)?|\s+(?:and/or|et/ou)\s+")
# "brasage, soudage et meulage": the last item of a list behind a colon may hold two.
LAST_PAIR = re.compile(r"^\S+(?:\s+\S+){0,3}?(\s+(?:and|et|or|ou)\s+)\S+(?:\s+\S+){0,3}$")
LIST_OPENING = re.compile(r"^(?P<head>[^:]{3,80}):\s+(?P<items>.+)$", re.DOTALL)
MIN_LIST_ITEMS = 3
MAX_ITEM_WORDS = 8
MAX_HEADING_WORDS = 6


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a text part: `text` is what lies between the offsets, white space folded."""

    start: int
    end: int
    text: str


def unit_key(text: str, language: str) -> str:
    """What identifies a unit wherever it occurs: SHA-256 of its language and text, 32 hexadecimal digits."""
    return hashlib.sha256(f"{language}\x00{text}".encode()).hexdigest()[:32]


def split_units(text: str, max_characters: int) -> list[Unit]:
    """Cuts a text part into units.

    Lines are cut at bullets, then into sentences; a list behind a colon ("Skills: welding, grinding, fitting") is cut
    into its items. Headings, and what holds no two letters, are left out. No unit spans two lines.

    Args:
        text: plain text in either language, as `TextPart.text`.
        max_characters: longer sentences are cut at a space before this length.

    Returns:
        Units in the order of the text, their offsets counted in characters of `text`.
    """
    units: list[Unit] = []
    start = 0
    for line in text.split("\n"):
        bullet = BULLET.match(line)
        body = bullet.end() if bullet else 0
        if not _is_heading(line[body:]):
            for first, last in _sentences(line, body):
                for begin, end in _items(line, first, last):
                    units.extend(_pieces(line, begin, end, start, max_characters))
        start += len(line) + 1
    return units


def _is_heading(line: str) -> bool:
    stripped = line.strip()
    return stripped.endswith(":") and len(stripped.split()) <= MAX_HEADING_WORDS


def _sentences(line: str, body: int) -> Iterator[tuple[int, int]]:
    begin = body
    for match in SENTENCE_END.finditer(line, body):
        if ABBREVIATION.search(line, max(begin, match.start() - ABBREVIATION_REACH), match.start()):
            continue
        yield begin, match.start()
        begin = match.end()
    yield begin, len(line)


def _items(line: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The items of a list behind a colon, or the sentence as it is."""
    opening = LIST_OPENING.match(line[begin:end])
    if opening is None:
        yield begin, end
        return
    first = begin + opening.start("items")
    cuts = [(first + m.start(), first + m.end()) for m in ITEM_SEPARATOR.finditer(opening["items"])]
    last = cuts[-1][1] if cuts else first
    pair = LAST_PAIR.match(line[last:end])
    if cuts and pair:
        cuts.append((last + pair.start(1), last + pair.end(1)))
    starts = [first, *(after for _, after in cuts)]
    ends = [*(before for before, _ in cuts), end]
    short = all(len(line[a:b].split()) <= MAX_ITEM_WORDS for a, b in zip(starts, ends, strict=True))
    if len(starts) >= MIN_LIST_ITEMS and short:
        yield from zip(starts, ends, strict=True)
    else:
        yield begin, end


def _pieces(line: str, begin: int, end: int, offset: int, max_characters: int) -> Iterator[Unit]:
    """One unit, or several where the stretch is too long."""
    while end - begin > max_characters:
        cut = line.rfind(" ", begin + max(max_characters // 2, 1), begin + max_characters)
        cut = cut if cut > 0 else begin + max_characters
        yield from _pieces(line, begin, cut, offset, max_characters)
        begin = cut
    raw = line[begin:end]
    left = len(raw) - len(raw.lstrip(" \t;,"))
    right = len(raw.rstrip(" \t;,"))
    text = " ".join(unicodedata.normalize("NFC", raw[left:right]).split())
    if _says_something(text):
        yield Unit(offset + begin + left, offset + begin + right, text)


def _says_something(text: str) -> bool:
    """Whether a unit can name a skill: two letters, or one with a sign (C++, C#)."""
    letters = sum(c.isalpha() for c in text)
    return letters >= 2 or (letters == 1 and any(sign in text for sign in "+#"))
