"""How much work a credential asks of its learner, in hours, from free text (English, French) and ISO 8601 durations.

Only what a source says is converted. Its own words are kept beside the figure (`hours_stated`), because the factors
below are conventions:

| said | taken as | convention |
|---|---|---|
| 1 day of training | 7 h | a working day of teaching (35 h a week of 5 days) |
| 1 week, month with an effort per week | x effort; a month is 52/12 weeks | arithmetic |
| 1 week, month at full time | 25 h a week | class and set work in a full-time week |
| 1 year (12 months) | 30 weeks x 25 h = 750 h | an academic year at full time |
| 1 semester, in Quebec "trimestre" | 15 weeks x 25 h | half an academic year |
| 1 ECTS credit | 25 h | ECTS Users' Guide (2015): 25 to 30 h, the lower bound |
| 1 CEU ("UEC" in French) | 10 h | ANSI/IACET: ten contact hours |

A range counts as its mid-point, "12 x 2 h" as a product, and efforts that are joined ("3 hours of class and 2 hours of
homework per week") as their sum. Weeks or months with neither effort nor "full-time" say how long something lasts and
not how much work it is: they give no hours. Credits of no named system give none either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

HOURS_PER_TRAINING_DAY: Final = 7.0
STUDY_HOURS_PER_WEEK: Final = 25.0
STUDY_WEEKS_PER_YEAR: Final = 30.0
STUDY_WEEKS_PER_SEMESTER: Final = 15.0
WEEKS_PER_MONTH: Final = 52 / 12
TRAINING_DAYS_PER_WEEK: Final = 5.0
HOURS_PER_ECTS_CREDIT: Final = 25.0
HOURS_PER_CEU: Final = 10.0
MOST_HOURS: Final = 20_000.0  # beyond five years at full time and half as much again: a typing error, not a programme
MOST_CHARACTERS: Final = 2_000  # a statement of duration is short; a longer text is read to here

Unit = Literal["minute", "hour", "day", "half_day", "week", "month", "semester", "year", "ects", "ceu"]
Period = Literal["day", "week", "month", "year"]

_ONES: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9,
}  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
}  # fmt: skip
_NUMBER_WORDS: Final = {
    **_ONES, **_TENS, **{f"{ten}-{one}": _TENS[ten] + _ONES[one] for ten in _TENS for one in _ONES},
    "ten": 10, "dix": 10, "eleven": 11, "onze": 11, "twelve": 12, "douze": 12, "fifteen": 15, "quinze": 15,
}  # fmt: skip
_UNIT_WORDS: Final[tuple[tuple[Unit, str], ...]] = (
    ("minute", r"minutes?|mins?"),
    ("hour", r"heures?|hours?|hrs?|hs?"),
    ("half_day", r"demi[- ]journees?|half[- ]days?"),
    ("day", r"journees?|jours?|days?"),
    ("week", r"semaines?|weeks?|wks?"),
    ("month", r"mois|months?"),
    ("semester", r"semestres?|semesters?|trimestres?"),
    ("year", r"annees?|ans?|years?|yrs?"),
    ("ects", r"(?:credits? )?ects(?: credits?)?"),
    ("ceu", r"ceus?|uecs?|continuing education units?|unites? d'education continue"),
)
_NUMBER: Final = r"\d{1,3}(?: \d{3})+(?!\d)|\d{1,3}(?:,\d{3})+(?!\d)|\d{1,6}(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT: Final = rf"(?:{_NUMBER}|(?<![\w-])(?:{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})\b)"
_UNITS: Final = "|".join(f"(?P<{unit}>{words})" for unit, words in _UNIT_WORDS)
_PERIODS: Final = (
    r"(?:(?:per|/|par|each|every|chaque|a|an|de travail par|of work per)\s*(?:la\s)?"
    r"(?:(?P<per_day>days?|jours?|journee)|(?P<per_week>weeks?|wk|sem(?:aine)?s?)|(?P<per_month>months?|mois)"
    r"|(?P<per_year>years?|an|annee))\b)|(?P<weekly>hebdomadaires?\b|(?:of\s)?weekly\b)|(?P<daily>quotidien(?:ne)?s?\b|daily\b)"
)
# What the hours are of, between them and their period: "3 hours of class per week", "2 heures en ligne par semaine". A
# word that begins something else ends it: "45 hours of class over a year", "45 hours of class one evening per week".
_NOT_WORK: Final = (
    r"(?!(?:over|within|during|for|through|across|spread|held|given|offered|pendant|durant|sur|dans|reparti[a-z]*"
    r"|offert[a-z]*|donne[a-z]*|and|et|plus|or|ou|with|avec|once|twice|one|two|three|four|five|un|une|deux|trois|quatre"
    r"|cinq|soit|fois|an|a(?!\sla\smaison)|(?:in|en)(?!\s(?:class|person|lab|ligne|presentiel))|days?|jours?|evenings?"
    r"|soirs?)\b)"
)
_WORK_WORD: Final = rf"{_NOT_WORK}[a-z'-]{{1,20}}"
_WORK: Final = (
    r"\s(?:(?:of|de)\s|d'|(?=(?:in|en)\s(?:class|person|lab|ligne|presentiel)|online|at\shome|a\sla\smaison))"
    rf"(?P<work>{_WORK_WORD}(?:\s{_WORK_WORD}){{0,3}}?)"
)
_TIMES: Final = r"\s*[x\u00d7*]\s*"
_MENTION: Final = re.compile(
    rf"(?P<low>{_AMOUNT})(?:\s*(?:-|to|a|or|ou)\s*(?P<high>{_AMOUNT}))?"
    rf"\s*-?\s*(?:{_UNITS})(?![a-z])"
    r"(?:(?<=h|r|s|e)\s*(?P<rest>[0-5]\d)(?:\s*min(?:ute)?s?)?(?![\d:.,]|\s*(?:-|h|%)))?"
    rf"(?:{_TIMES}(?P<again>{_AMOUNT})(?:\s(?:fois|times|days?|jours?|sessions?|seances?|cours|classes))?)?"
    rf"(?:(?:{_WORK})?\s*(?:{_PERIODS}))?"
)
_TIMES_BEFORE: Final = re.compile(rf"({_AMOUNT}){_TIMES}$")
_MEETINGS: Final = re.compile(
    rf"(?P<count>{_AMOUNT})\s*(?:[a-z]+\s+)?"
    r"(?:sessions?|seances?|rencontres?|ateliers?|workshops?|modules?|classes|lessons?|cours|webinars?|webinaires?)"
    rf"\s*(?:of|de|d'une duree de|x|@|at)\s*(?P<each>{_AMOUNT})\s*-?\s*(?P<unit>heures?|hours?|hrs?|h|minutes?|min)\b"
)
_ISO: Final = re.compile(
    r"(?<![A-Za-z0-9])P(?=\d|T\d)(?:(?P<year>[\d.]{1,8})Y)?(?:(?P<month>[\d.]{1,8})M)?(?:(?P<week>[\d.]{1,8})W)?"
    r"(?:(?P<day>[\d.]{1,8})D)?(?:T(?:(?P<hour>[\d.]{1,8})H)?(?:(?P<minute>[\d.]{1,8})M)?(?:[\d.]{1,8}S)?)?(?![A-Za-z0-9])"
)
_UNIT_TWICE: Final = re.compile(
    rf"({_AMOUNT})\s*(heures?|hours?|h|jours?|days?|semaines?|weeks?)\s*(?:-|to|a)\s*({_AMOUNT})\s*\2s?"
)
_JOINED: Final = re.compile(r"^[^()]*(?:\+|\bplus\b|\band\b|\bet\b)[^()]*$")
_JOIN_FIRST: Final = re.compile(r"^\s*(?:\+|plus\b|and\b|et\b)")
_LONGEST_FACTOR: Final = 16  # characters of "12 x " in front of hours
_MOST_SHARED: Final = 10.0  # hours up to which hours joined to hours per week, or per day, are per week or day as well
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+")
_TRAINING: Final = re.compile(
    r"\b(?:training|course|workshop|boot ?camp|program(?:me)?|class(?:es)?|seminar|sessions?|in total|total of|lasts"
    r"|formation|cours|atelier|stage|programme|seances?|au total|dure[es]?|duree|intensi(?:f|ve)s?)\b"
)
_NOT_EFFORT: Final = re.compile(
    r"\bexperience|\bprior\b|\bprereq|\bprealable|\bwithin\b|\b24 (?:hours|heures)\b|\bexam(?:en)?\b|\bvalid|\bexpire"
    r"|\brenew|\brenouvel"
)
_FULL_TIME: Final = re.compile(r"full[- ]?time|temps[- ]plein|temps[- ]complet")
_PART_TIME: Final = re.compile(r"part[- ]?time|temps[- ]partiel")


@dataclass(frozen=True, slots=True)
class _Mention:
    """A quantity of time in a text: how much, of which unit, for each of which period (None: in all), of what work."""

    amount: float
    unit: Unit
    per: Period | None
    start: int
    end: int
    work: str | None = None

    @property
    def hours(self) -> float | None:
        """The amount in hours, None where it is of no such unit."""
        return {"hour": self.amount, "minute": self.amount / 60}.get(self.unit)


def parse_hours(text: str | None, effort: str | None = None) -> float | None:
    """The learner's total effort in hours, as far as `text` (and a separate statement of `effort`) says it.

    Args:
        text: a duration in English or French ("30 heures", "4 weeks, 5 hours per week", "3 jours") or ISO 8601
            ("PT30H", "P10W"); several statements may stand in one text: a number of hours wins over weeks.
        effort: the effort per day, week or month where the source has it in a column of its own
            ("4-6 hours per week").

    Returns:
        Hours rounded to two decimals, None where the text does not say how much work it is.
    """
    if not text:
        return None
    plain = _plain(text)
    mentions = [*_iso_mentions(text[:MOST_CHARACTERS]), *_efforts_added(plain)]
    efforts = [m for m in (*_efforts_added(_plain(effort or "")), *mentions) if m.per is not None]
    hours = _total(plain, [m for m in mentions if m.per is None], efforts)
    return None if hours is None or not 0 < hours <= MOST_HOURS else round(hours, 2)


def hours_in_prose(*texts: str | None) -> tuple[float, str] | None:
    """The effort that a description mentions, for sources that have no field for it.

    Only sentences that speak of the training itself are read ("18 hours of training", "36 heures au total"), begin
    with hours, or multiply a length by an effort ("eight weeks, 5 hours per week"), and none that speaks of
    experience, examinations or validity. Hours win over days.

    Returns:
        Hours, and the sentence that says it; None where no sentence does.
    """
    found: list[tuple[bool, float, str]] = []
    for text in texts:
        for sentence in _SENTENCE_END.split((text or "")[: 10 * MOST_CHARACTERS]):
            plain = _plain(sentence)
            mentions = list(_mentions(plain))
            if not mentions or _NOT_EFFORT.search(plain):
                continue
            in_hours = any(m.unit in ("hour", "minute") for m in mentions)
            multiplied = any(m.per for m in mentions) and any(not m.per for m in mentions)
            hours = parse_hours(sentence)
            leads = mentions[0].unit == "hour" and mentions[0].start == 0
            if hours and (multiplied or leads or _TRAINING.search(plain)):
                found.append((not in_hours, hours, " ".join(sentence.split())))
    if not found:
        return None
    _, hours, words = min(found, key=lambda each: each[0])
    return hours, words


def midpoint(low: float | None, high: float | None) -> float | None:
    """The middle of two figures, or the one that is given."""
    if low is None or high is None:
        return high if low is None else low
    return (low + high) / 2


def _total(plain: str, stated: list[_Mention], efforts: list[_Mention]) -> float | None:
    """The total effort from the clearest statement there is: hours, meetings, effort x length, days, credits, years."""
    hours = _added([m for m in stated if m.unit in ("hour", "minute")], plain)
    meetings = _MEETINGS.search(plain)
    if meetings is not None:
        each = _number(meetings["each"]) / (60 if meetings["unit"].startswith("m") else 1)
        return max(hours or 0.0, _number(meetings["count"]) * each)
    if hours is not None:
        return hours
    for mention in stated:
        for effort in efforts:
            product = _times(mention, effort)
            if product is not None:
                return product
    found = [h for h in (_converted(m, plain) for m in stated) if h is not None]
    return max(found) if found else None


def _efforts_added(plain: str) -> list[_Mention]:
    """The quantities of time in a text; efforts of one period that stand joined are one, of the sum of their hours."""
    found: list[_Mention] = []
    for mention in _mentions(plain):
        last = found[-1] if found else None
        if last and last.hours and mention.hours and _are_one_effort(last, mention, plain[last.end : mention.start]):
            found[-1] = _Mention(last.hours + mention.hours, "hour", mention.per, last.start, mention.end, mention.work)
        else:
            found.append(mention)
    return found


def _are_one_effort(last: _Mention, mention: _Mention, between: str) -> bool:
    """Whether two neighbouring numbers of hours make up what one period asks.

    They do where a plus or an "and" joins them, or a comma where each says of what work it is; other numbers beside
    each other say one thing twice, in two languages or in two ways. The first may leave the period to the second ("3
    hours of class and 2 hours of homework per week"), but not if it alone says what it is of ("6 hours of orientation
    and 3 hours per week").
    """
    joined = _JOINED.match(between) is not None
    if mention.per is None:
        return False
    if last.per is None:
        small = last.hours is not None and last.hours <= _MOST_SHARED
        return joined and small and (mention.work is not None or _JOIN_FIRST.match(between) is not None)
    listed = between.strip() == "," and None not in (last.work, mention.work) and last.work != mention.work
    return last.per == mention.per and (joined or listed)


def _added(mentions: list[_Mention], plain: str) -> float | None:
    """Hours that are joined by a plus or an "and" are added up; of several separate statements the largest counts."""
    best = running = None
    end = 0
    for mention in mentions:
        hours = mention.hours or 0.0
        joined = running is not None and bool(_JOINED.match(plain[end : mention.start]))
        adjacent = running is not None and mention.unit == "minute" and not plain[end : mention.start].strip(" ,")
        running = running + hours if running is not None and (joined or adjacent) else hours
        best = running if best is None else max(best, running)
        end = mention.end
    return best


def _times(length: _Mention, effort: _Mention) -> float | None:
    """A length in days, weeks, months or years multiplied by the hours for each such period."""
    hours = effort.amount / 60 if effort.unit == "minute" else effort.amount
    if effort.unit == "day" and effort.per == "week":
        hours = effort.amount * HOURS_PER_TRAINING_DAY
    elif effort.unit not in ("hour", "minute"):
        return None
    weeks = {
        "week": length.amount,
        "month": length.amount * WEEKS_PER_MONTH,
        "semester": length.amount * STUDY_WEEKS_PER_SEMESTER,
        "year": length.amount * STUDY_WEEKS_PER_YEAR,
    }
    if length.unit == "day":
        return hours * length.amount if effort.per == "day" else None
    if length.unit not in weeks or effort.per is None:
        return None
    months = weeks[length.unit] / WEEKS_PER_MONTH if length.unit != "year" else length.amount * 12
    per_period = {
        "day": weeks[length.unit] * TRAINING_DAYS_PER_WEEK,
        "week": weeks[length.unit],
        "month": months,
        "year": months / 12,
    }
    return hours * per_period[effort.per]


def _converted(mention: _Mention, plain: str) -> float | None:
    """A length with no effort beside it, by the factors of the module's table; None where they do not apply."""
    match mention.unit:
        case "day":
            return mention.amount * HOURS_PER_TRAINING_DAY
        case "half_day":
            return mention.amount * HOURS_PER_TRAINING_DAY / 2
        case "ects":
            return mention.amount * HOURS_PER_ECTS_CREDIT
        case "ceu":
            return mention.amount * HOURS_PER_CEU
    if _PART_TIME.search(plain):
        return None
    match mention.unit:
        case "year":
            return mention.amount * STUDY_WEEKS_PER_YEAR * STUDY_HOURS_PER_WEEK
        case "semester":
            return mention.amount * STUDY_WEEKS_PER_SEMESTER * STUDY_HOURS_PER_WEEK
        case "month" if mention.amount >= 12:
            return mention.amount / 12 * STUDY_WEEKS_PER_YEAR * STUDY_HOURS_PER_WEEK
        case "month" if _FULL_TIME.search(plain):
            return mention.amount * WEEKS_PER_MONTH * STUDY_HOURS_PER_WEEK
        case "week" if _FULL_TIME.search(plain):
            return mention.amount * STUDY_HOURS_PER_WEEK
        case _:
            return None


def _mentions(plain: str) -> Iterator[_Mention]:
    """The quantities of time in a text that `_plain` has prepared."""
    for match in _MENTION.finditer(plain):
        unit = next(unit for unit, _ in _UNIT_WORDS if match[unit])
        low, high = _number(match["low"]), _number(match["high"] or match["low"])
        amount = (low + high) / 2
        if match["rest"] and unit == "hour":
            amount += int(match["rest"]) / 60
        # "12 x" is looked for behind here, since a pattern that begins with it reads every number of a text twice.
        window = max(0, match.start() - _LONGEST_FACTOR)
        times = _TIMES_BEFORE.search(plain[window : match.start()])
        for factor in (times and times[1], match["again"]):
            amount *= _number(factor) if factor else 1
        start = window + times.start() if times else match.start()
        yield _Mention(amount, unit, _period(match), start, match.end(), match["work"])


def _period(match: re.Match[str]) -> Period | None:
    if match["per_day"] or match["daily"]:
        return "day"
    if match["per_week"] or match["weekly"]:
        return "week"
    if match["per_month"]:
        return "month"
    return "year" if match["per_year"] else None


def _iso_mentions(text: str) -> Iterator[_Mention]:
    """The quantities of ISO 8601 durations; their position is before the text, so that they are never joined to it."""
    units: tuple[Unit, ...] = ("year", "month", "week", "day", "hour", "minute")
    for match in _ISO.finditer(text):
        amounts = {unit: _number(match[unit]) for unit in units if match[unit]}
        hours = amounts.pop("hour", 0.0) + amounts.pop("minute", 0.0) / 60
        if hours:
            whole_days = amounts.pop("day", 0.0)
            yield _Mention(hours + whole_days * HOURS_PER_TRAINING_DAY, "hour", None, -1, -1)
        if "year" in amounts and "month" in amounts:
            amounts["month"] += amounts.pop("year") * 12
        for unit, amount in amounts.items():
            yield _Mention(amount, unit, None, -1, -1)


def _number(text: str) -> float:
    """1 500, 1,500, 2,5 and 2.5 as a reader of either language writes them; number words up to fifteen."""
    if text in _NUMBER_WORDS:
        return float(_NUMBER_WORDS[text])
    digits = re.sub(r"\s", "", text)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", digits):
        digits = digits.replace(",", "")
    try:
        return float(digits.replace(",", "."))
    except ValueError:
        return 0.0


def _plain(text: str) -> str:
    """Lower case, no accents, one kind of dash and space; each way to write a range as "4-6 hours"."""
    halves = re.sub(r"(?<!\d)½", "0.5", text[:MOST_CHARACTERS]).replace("½", ".5")
    decomposed = unicodedata.normalize("NFKD", halves.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    plain = re.sub(r"[‐-―−~]", "-", plain).replace("’", "'")
    plain = re.sub(r"\s+", " ", plain)
    plain = re.sub(r"\b(?:un|une|1) (jour|journee|heure|an)s? et demie?\b", r"1.5 \1", plain)
    plain = re.sub(r"\b(?:a|one|1) (day|hour|year) and a half\b", r"1.5 \1", plain)
    plain = re.sub(r"\b(\d{1,3}) (jour|journee|heure|an)s et demie?\b", r"\1.5 \2", plain)
    plain = re.sub(rf"(?:between|entre)\s+({_AMOUNT})\s+(?:and|et)\s+({_AMOUNT})", r"\1-\2", plain)
    return _UNIT_TWICE.sub(r"\1-\3 \2", plain)
