"""Hours of work per week out of free text, in English and French."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from pipeline.ingest.money import WEEKS_PER_YEAR, to_number
from pipeline.ingest.text import folded

_MOST: Final = 100.0  # hours a week beyond which it is no working week
_MAX_LENGTH: Final = 200
_HOUR_WORD: Final = r"(?:hours?|hrs?|heures?|h)"


def _clock(name: str) -> str:
    """Hours as a number, or as 36h45."""
    return rf"(?P<{name}>[0-9]+(?:[.,][0-9]+)?)(?: ?h ?(?P<{name}m>[0-5][0-9])\b)?"


_WORKED: Final = re.compile(
    rf"{_clock('low')}(?: ?{_HOUR_WORD}\b)?(?: ?(?:to|a|-|et|and|ou|or) ?{_clock('high')})?(?: ?{_HOUR_WORD}\b)?"
    r"(?: ?(?:/|per|par|a|each|every|de travail par)? ?"
    r"(?P<unit>week|wk|semaine|sem\b|hebdo|bi-?weekly|two weeks|deux semaines|day|jour|month|mois|year|annee|an\b))?"
)
_SAYS_HOURS: Final = re.compile(rf"[0-9] ?{_HOUR_WORD}(?:\b|[0-5][0-9]\b)")
_WEEKS_IN: Final = {
    "bi": 2.0, "tw": 2.0, "de": 2.0, "mo": WEEKS_PER_YEAR / 12, "ye": WEEKS_PER_YEAR, "an": WEEKS_PER_YEAR,
}  # fmt: skip


@lru_cache(maxsize=2048)
def _parse_text(text: str) -> float | None:
    words = folded(text)
    for match in _WORKED.finditer(words):
        unit = (match["unit"] or "")[:2]
        if not _SAYS_HOURS.search(match.group()) and match.group().strip() != words:
            continue
        if unit in ("da", "jo"):
            return None
        ends = [
            float(match[end].replace(",", ".")) + int(match[f"{end}m"] or 0) / 60
            for end in ("low", "high")
            if match[end]
        ]
        hours = sum(ends) / len(ends) / _WEEKS_IN.get(unit, 1.0)
        return round(hours, 2) if 1 <= hours <= _MOST else None
    return None


def parse_weekly_hours(value: object) -> float | None:
    """Hours of work per week: 37.5, "35 to 44 hours per week" (the mean), "36H45/semaine", "20 to 40 hours bi-weekly".

    Args:
        value: a number, or text in English or French; hours without a period are taken to be per week.

    Returns:
        Hours, or None where they are not stated, stated per day, or not between 1 and 100 a week.
    """
    if isinstance(value, str):
        return _parse_text(value[:_MAX_LENGTH])
    number = to_number(value)
    return number if number is not None and 1 <= number <= _MOST else None
