"""Calendar dates and moments out of text, numbers and typed values, in English and French.

Only absolute dates are read: never "yesterday", never relative to the clock, never a guess at the order of 06/07/2022.
A year of two digits is one of this century, and is read only where it cannot be taken for a day or a month: behind a
month in words, or where the order is given.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal

from pipeline.ingest.text import clean_text

Order = Literal["DMY", "MDY"]

FIRST_YEAR = 1990
LAST_YEAR = 2100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_LENGTH = 80  # no date is longer, and no longer text is searched for one

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb février fevrier févr fevr fév",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil",
            "august aug août aout",
            "september sept sep septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec décembre decembre déc",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thurs?|thu|fri|sat|sun|"
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mer|jeu|ven|sam|dim"
)
_LEAD = rf"(?:le\s+|on\s+)?(?:(?:{_WEEKDAYS})\.?,?\s+)?(?:the\s+|le\s+)?"
_MONTH = r"(?P<month>[^\W\d_]{3,9})\.?"
_YEAR = r"(?P<year>[0-9]{4})"
_SHORT_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_TIME = r"(?:[T ,]\s*(?:at\s+|à\s+)?[0-9]{1,2}[:hH].*)?"
_ISO = re.compile(
    rf"{_YEAR}(?P<mark>[-/.]?)(?P<month>[0-9]{{2}}|(?<=[-/.])[0-9])(?P=mark)(?P<day>[0-9]{{2}}|(?<=[-/.])[0-9])"
    r"(?:[Tt ].*|[Zz]|[+-][0-9:]+)?"
)
_WORDS = (
    re.compile(rf"{_LEAD}{_MONTH}\s*(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+{_SHORT_YEAR}{_TIME}"),
    re.compile(rf"{_LEAD}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|er)?[\s-]+(?:of\s+)?{_MONTH}[\s,-]+{_SHORT_YEAR}{_TIME}"),
)
_NUMERIC = re.compile(rf"(?P<first>[0-9]{{1,2}})(?P<mark>[-/.])(?P<second>[0-9]{{1,2}})(?P=mark){_SHORT_YEAR}{_TIME}")
_MAIL = re.compile(r"(?:[A-Za-z]{3},\s)?[0-9]{1,2}\s[A-Za-z]{3}\s[0-9]{4}\s[0-9]{2}:[0-9]{2}.{0,20}")


def _full_year(digits: str) -> int:
    """The year of its four or last two digits."""
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _date(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _from_epoch(number: float) -> datetime | None:
    """A moment given as seconds or milliseconds since 1970, which do not overlap between 1990 and 2100."""
    seconds = number / 1000 if abs(number) >= 1e11 else number
    if not 6e8 < seconds < 4.2e9:  # also turns away years, and numbers like 20220706
        return None
    moment = _EPOCH + timedelta(milliseconds=round(seconds * 1000))
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _numeric(first: int, second: int, year: int, order: Order | None) -> date | None:
    """06/07/2022: read where the order is given, or where only one order makes a date, or both make the same."""
    readings: set[date] = set()
    if order != "MDY":
        readings.add(_date(year, second, first) or date.min)
    if order != "DMY":
        readings.add(_date(year, first, second) or date.min)
    readings.discard(date.min)
    return readings.pop() if len(readings) == 1 else None


@lru_cache(maxsize=8192)
def _parse_text(text: str, order: Order | None) -> date | None:
    text = clean_text(text).casefold()
    if len(text) > _MAX_LENGTH:
        return None
    match = _ISO.fullmatch(text)
    if match:
        return _date(int(match["year"]), int(match["month"]), int(match["day"]))
    for pattern in _WORDS:
        match = pattern.fullmatch(text)
        if match and match["month"] in _MONTHS:
            return _date(_full_year(match["year"]), _MONTHS[match["month"]], int(match["day"]))
    match = _NUMERIC.fullmatch(text)
    if match and (order or len(match["year"]) == 4):
        return _numeric(int(match["first"]), int(match["second"]), _full_year(match["year"]), order)
    if re.fullmatch(r"[0-9]{9,13}", text):
        moment = _from_epoch(int(text))
        return moment.date() if moment else None
    return None


def parse_date(value: object, order: Order | None = None) -> date | None:
    """The calendar date that a value states.

    Args:
        value: a date, a datetime (its own day, in its own zone), seconds or milliseconds since 1970, or text: ISO 8601
            with or without a time, "2022-7-6", "July 06, 2022", "6 juillet 2022", "6-jul-22", "06/07/2022".
        order: how an all-numeric date is written; without it, 06/07/2022 is nobody's guess and gives None, as does
            every 06/07/22.

    Returns:
        The date, or None where there is none, it is ambiguous or impossible, or its year is outside 1990 to 2100.
    """
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value if FIRST_YEAR <= value.year <= LAST_YEAR else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        moment = _from_epoch(value)
        return moment.date() if moment else _parse_text(str(value), order)  # 20220706
    return _parse_text(value[: 2 * _MAX_LENGTH], order) if isinstance(value, str) else None


def _in_utc(moment: datetime) -> datetime | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def parse_datetime(value: object) -> datetime | None:
    """The moment that a value states, in UTC; one without a zone is taken to be UTC, a mere date its midnight.

    Takes what `parse_date` takes, and dates as e-mail writes them. Returns None where there is none or its year is
    outside 1990 to 2100.
    """
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    if isinstance(value, str):
        text = clean_text(value[: 2 * _MAX_LENGTH])
        if text[:4].isdecimal() and not text.isdecimal():
            try:
                return _in_utc(datetime.fromisoformat(text))
            except ValueError:
                pass
        elif _MAIL.fullmatch(text):
            try:
                return _in_utc(parsedate_to_datetime(text))
            except (ValueError, TypeError, IndexError, OverflowError):
                pass
        elif re.fullmatch(r"[0-9]{9,13}", text):
            return _from_epoch(int(text))
    day = parse_date(value)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
