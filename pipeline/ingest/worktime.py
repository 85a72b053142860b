"""Hours of work per week out of free text, in English and French.

Hours of a shift or a day and times of the clock are not hours of a week, however near they stand to one: what cannot be
told apart is left out, since a wrong number of hours makes a wrong wage of every yearly salary.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from pipeline.ingest.money import WEEKS_PER_YEAR, to_number
from pipeline.ingest.text import folded

_MOST: Final = 100.0  # hours a week beyond which it is no working week
_LEAST_UNSAID: Final = 15.0  # hours below which a number without a period is rather a shift than a week
_DAY: Final = 24.0  # hours up to which a number may be of one shift, or a time of the clock
_MAX_LENGTH: Final = 200
_HOUR_WORD: Final = r"(?:hours?|hrs?|heures?|h)"
_WEEK: Final = r"(?:week|wk|semaine|sem\b)"


def _clock(name: str) -> str:
    """Hours as a number ("37,5", "1 820", "2,080"), or as 36h45."""
    return rf"(?P<{name}>[12][ ,][0-9]{{3}}(?![0-9])|[0-9]+(?:[.,][0-9]+)?)(?: ?h ?(?P<{name}m>[0-5][0-9])\b)?"


_WORKED: Final = re.compile(
    rf"{_clock('low')}(?:[ -]?{_HOUR_WORD}\b)?(?: ?(?:to|a|-|et|and|ou|or) ?{_clock('high')})?(?:[ -]?{_HOUR_WORD}\b)?"
    r"(?: (?:of work|de travail|work|paid|payees|minimum|maximum|guaranteed|garanties))?"
    r"(?:(?: ?(?:/|per|par|a la|a|each|every|aux|toutes les)? ?|-)"
    r"(?P<unit>shift|quart|daily|quotidien|day|jour|(?:work ?)?week|wk|semaine|sem\b|hebdo"
    r"|bi-?weekly|(?:two|2) weeks|(?:deux|2) semaines|fortnight|quinzaine|month|mois|year|annee|an\b))?"
)
_THOUSANDS: Final = re.compile(r"^([12])[ ,]([0-9]{3})$")
_SAYS_HOURS: Final = re.compile(rf"[0-9][ -]?{_HOUR_WORD}(?:\b|[0-5][0-9]\b)")
_WEEKS_IN: Final = {  # by the first three letters of the unit
    "bi-": 2.0, "biw": 2.0, "two": 2.0, "deu": 2.0, "2 w": 2.0, "2 s": 2.0, "for": 2.0, "qui": 2.0,
    "mon": WEEKS_PER_YEAR / 12, "moi": WEEKS_PER_YEAR / 12,
    "yea": WEEKS_PER_YEAR, "ann": WEEKS_PER_YEAR, "an": WEEKS_PER_YEAR,
}  # fmt: skip
_SHIFT_UNITS: Final = ("shi", "qua", "quo", "dai", "day", "jou")
_SHIFT: Final = r"(?:shifts?|quarts?|days?|daily|jours?|quotidien(?:ne)?s?)"
_NAMES_SHIFT: Final = re.compile(rf"\b{_SHIFT}\b")
_SHIFT_OF: Final = re.compile(rf"\b(?:{_SHIFT}|journees?) (?:of |de |d')$|[0-9] ?[x*] ?$")
_WEEK_OF: Final = re.compile(
    rf"\b(?:(?:{_HOUR_WORD}(?: of work| de travail)? ?(?:/|per|par|a) ?(?:la )?{_WEEK}|weekly hours|hours weekly"
    r"|(?:heures|horaire|duree) hebdo[a-z]{0,10})\W{0,3}(?:of |de |is |are |est )?|(?:semaine de|week of) )$"
)
_DAYS_A_WEEK: Final = re.compile(
    r"(?<![-0-9.,/])(?<!- )(?<!to )(?<!or )(?<!ou )(?<!a )"  # "4 to 5 days" is no number of days to count with
    rf"(?P<days>[1-7]) ?(?:days?|jours?|shifts?|quarts?) ?(?:/|per|par|a|each) ?(?:la )?{_WEEK}"
)

# Said of a wage: "70 000 $ (35 h/sem)". Without the week behind it, a number may be the wage of an hour.
_BESIDE_WAGE: Final = re.compile(
    rf"(?<![$€0-9.,])[0-9]{{1,2}}(?:[.,][0-9]+)? ?{_HOUR_WORD}\b\.? ?(?:(?:/|per|par|a|each)? ?"
    rf"(?:la )?(?:{_WEEK}|weekly|hebdo)|bi-?weekly"
    r"|(?:/|per|par|a la|every|aux|toutes les) ?(?:(?:two|2) weeks|(?:deux|2) semaines|fortnight|quinzaine))"
)

# "8h00 a 16h00", "8:30", "5 pm". With a week behind, "20h a 24h" are hours of work all the same.
_TIME: Final = r"(?<![0-9.,:])(?:[01]?[0-9]|2[0-4])"
_TIME_IN_H: Final = rf"{_TIME} ?(?:heures?|h)(?: ?[0-5][0-9])?+(?![0-9])"
_CLOCK_TIMES: Final = re.compile(
    rf"{_TIME_IN_H} ?(?:a|-|to|et|and|/|jusqu'a) ?{_TIME_IN_H}"
    rf"(?! ?(?:(?:/|per|par|a|each) ?(?:la )?{_WEEK}|hebdo|weekly))"
    rf"|{_TIME}(?::[0-5][0-9])? ?[ap]\.?m\b|{_TIME}:[0-5][0-9]"
)


def _ends(match: re.Match[str]) -> list[float]:
    """The number of hours of a mention, or the two of a range."""
    stated = {end: _THOUSANDS.sub(r"\1\2", match[end]) for end in ("low", "high") if match[end]}
    return [float(hours.replace(",", ".")) + int(match[f"{end}m"] or 0) / 60 for end, hours in stated.items()]


def _of_a_shift(match: re.Match[str], before: str) -> bool:
    """Whether a mention says how long a shift or a day is ("12 hour shifts", "quart de 12 heures", "8 h par jour")."""
    return (match["unit"] or "")[:3] in _SHIFT_UNITS or (
        max(_ends(match)) <= _DAY and _SHIFT_OF.search(before) is not None
    )


def _of_a_week_unsaid(match: re.Match[str], told_by_day: bool) -> bool:
    """Whether hours that no period is said of can only be hours of a week: neither of a shift nor of the clock.

    Where the text tells times or shifts of a day, a number that may be one more of them is taken for it.
    """
    ends = _ends(match)
    if max(ends) > _DAY:
        return sum(ends) / len(ends) >= _LEAST_UNSAID
    is_time = match["lowm"] is not None  # "17h30"
    return min(ends) >= _LEAST_UNSAID and not is_time and not told_by_day


def _days_by_hours(words: str, daily: list[float]) -> float | None:
    """The hours of a week of so many days with so many hours each, where the text says both and only one of each."""
    days = [int(match["days"]) for match in _DAYS_A_WEEK.finditer(words)]
    if len(set(days)) != 1 or len(set(daily)) != 1:
        return None
    return _plausible(days[0] * daily[0])


def _plausible(hours: float) -> float | None:
    return round(hours, 2) if 1 <= hours <= _MOST else None


@lru_cache(maxsize=2048)
def _parse_text(text: str) -> float | None:
    words, times = _CLOCK_TIMES.subn(" ; ", folded(text))
    told_by_day = times > 0 or _NAMES_SHIFT.search(words) is not None
    daily: list[float] = []  # hours of a shift; 0 for a range of them, which is nothing to multiply by
    for match in _WORKED.finditer(words):
        before = words[max(0, match.start() - 50) : match.start()]
        labelled = _WEEK_OF.search(before) is not None
        if not (labelled or _SAYS_HOURS.search(match.group()) or match.group().strip() == words):
            continue
        ends = _ends(match)
        hours = sum(ends) / len(ends)
        if _of_a_shift(match, before):
            daily.append(hours if len(ends) == 1 else 0)
        elif match["unit"] or labelled:
            return _plausible(hours / _WEEKS_IN.get((match["unit"] or "")[:3], 1.0))
        elif hours <= _MOST and _of_a_week_unsaid(match, told_by_day):
            return _plausible(hours)
    return _days_by_hours(words, daily)


def parse_weekly_hours(value: object) -> float | None:
    """Hours of work per week: 37.5, "35 to 44 hours per week" (the mean), "36H45/semaine", "20 to 40 hours bi-weekly".

    Args:
        value: a number, or text in English or French. In text, hours without a period are taken to be per week from 15
            up; up to 24 only where it names no shift and no day.

    Returns:
        Hours, or None where they are not stated, not between 1 and 100 a week, or stated per day or shift without the
        number of days ("5 days a week, 8 hours a day" is 40).
    """
    if isinstance(value, str):
        return _parse_text(value[:_MAX_LENGTH])
    number = to_number(value)
    return number if number is not None and 1 <= number <= _MOST else None


def hours_beside_wage(text: str) -> float | None:
    """Hours of work per week that the text of a wage says besides (35 of "70 000 $ (35 h/sem)"), if it says any."""
    found = _BESIDE_WAGE.search(folded(text[:_MAX_LENGTH]))
    return parse_weekly_hours(found.group()) if found else None
