"""Wages out of free text or structured values, in English and French, as amounts per hour.

Conversion to hourly amounts (the factors are fixed, so that a figure can be checked by hand):

| stated per | divided by |
|---|---|
| hour | 1 |
| day | hours per week / 5 |
| week | hours per week |
| two weeks | 2 x hours per week |
| half month | 52.14 / 24 x hours per week |
| month | 52.14 / 12 x hours per week |
| year | 52.14 x hours per week |

A year has 365 / 7 = 52.14 weeks. Where neither the posting nor the caller says how many hours a week has, it has 40.
A monthly wage that is paid thirteen or more times a year ("sur 13 mois") counts as often as it is paid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from pipeline.ingest.text import clean_text, folded

Unit = Literal["hour", "day", "week", "two_weeks", "half_month", "month", "year"]

WEEKS_PER_YEAR: Final = 52.14
DEFAULT_WEEKLY_HOURS: Final = 40.0
LOWEST_HOURLY: Final = 4.0  # what is less, or more, is a typing error or a wrong unit, not a wage
HIGHEST_HOURLY: Final = 500.0
_WIDEST: Final = 10.0  # times that the upper end of a range may be the lower end
_MAX_LENGTH: Final = 1_000

# The currencies whose hourly wages the two limits above fit.
_COMPARABLE: Final = frozenset({"CAD", "USD", "EUR", "GBP", "CHF", "AUD", "NZD", None})


@dataclass(frozen=True, slots=True)
class Wage:
    """A wage per hour in `currency`; None where it is not stated, not plausible or not convertible.

    `low` alone is "from", `high` alone "up to", both equal one amount. `stated` keeps the source's own words.
    """

    low: float | None = None
    high: float | None = None
    currency: str | None = None
    stated: str | None = None


# --- Units and currencies -------------------------------------------------------------------------------------------

_PER: Final = r"(?:per[ -]|an? |par |/ ?|de l'|l'|chaque |each |every |la |le |l )"
_UNIT_WORDS: Final[tuple[tuple[Unit, str], ...]] = (
    (
        "two_weeks",
        r"\bbi-?weekly|(?:every|per|aux|toutes les|par) (?:two|2|deux) (?:weeks|semaines)|\bfortnight"
        r"|\b(?:par|la|chaque) quinzaine\b(?! de\b)",
    ),
    ("half_month", r"\bsemi-?monthly|\bbi-?mensuel|\btwice a month|deux fois par mois"),
    ("hour", rf"\bhourly|\bhoraire|{_PER}(?:hour|hr|heure|h)\b|\b(?:hour|heure|hrs?|hur)$|^h$"),
    ("day", rf"\bdaily\b|\bjournali|{_PER}(?:day|jour|j)\b|\b(?:day|jour)$"),
    ("week", rf"\bweekly\b|\bhebdo|{_PER}(?:week|wk|semaine|sem)\b|\b(?:week|wk|semaine|wee)$"),
    ("month", rf"\bmonthly\b|\bmensuel|{_PER}(?:month|mo|mois)\b|\b(?:month|mon|mois)$"),
    ("year", rf"\byearly\b|\bannual|\bannuel|\bper[ -]annum\b|{_PER}(?:year|yr|an|annee)\b|\b(?:year|ann|an|annee)$"),
)
_UNITS: Final = tuple((unit, re.compile(words)) for unit, words in _UNIT_WORDS)
_CURRENCIES: Final = (
    (
        "CAD",
        re.compile(r"\bcad\b|\bca ?\$|\bc\$|\$ ?(?:ca|can|cdn|cad)\b|\bcdn\b|dollars? canadiens?|canadian dollars?"),
    ),
    ("USD", re.compile(r"\busd\b|\bus ?\$|\$ ?(?:us|usd)\b|u\.s\. dollars?|us dollars?|dollars? americains?")),
    ("EUR", re.compile(r"\u20ac|\beur\b|\beuros?\b")),
    ("GBP", re.compile(r"\u00a3|\bgbp\b|pounds? sterling")),
    ("CHF", re.compile(r"\bchf\b|francs? suisses?")),
    ("AUD", re.compile(r"\baud\b|\ba\$")),
)
_CODE: Final = re.compile(r"^[A-Za-z]{3}$")


def parse_unit(text: str) -> Unit | None:
    """What an amount is per: "HOURLY", "par heure", "/h", "Mensuel", "per-year-salary", "YEAR"; None if not said."""
    words = folded(text[:_MAX_LENGTH])
    return next((unit for unit, pattern in _UNITS if pattern.search(words)), None)


def parse_currency(text: str) -> str | None:
    """The ISO 4217 code of a currency code, name or sign; a bare dollar sign says nothing."""
    words = folded(text[:_MAX_LENGTH])
    if _CODE.match(words):
        return words.upper()
    return next((code for code, pattern in _CURRENCIES if pattern.search(words)), None)


def hourly_divisor(unit: Unit, weekly_hours: float | None = None) -> float:
    """What an amount per `unit` is divided by to be an amount per hour (see the module's table)."""
    hours = weekly_hours or DEFAULT_WEEKLY_HOURS
    return {
        "hour": 1.0,
        "day": hours / 5,
        "week": hours,
        "two_weeks": 2 * hours,
        "half_month": WEEKS_PER_YEAR / 24 * hours,
        "month": WEEKS_PER_YEAR / 12 * hours,
        "year": WEEKS_PER_YEAR * hours,
    }[unit]


# --- Amounts in text ------------------------------------------------------------------------------------------------

_SIGN: Final = r"(?:(?:ca|c|us|a)? ?\$|\u20ac|\u00a3|(?:cad|usd|eur|euros?|gbp|chf)\b)"
_NUMBER: Final = r"[0-9]{1,3}(?:[ ,.'][0-9]{3})+(?:[.,][0-9]{1,2})?(?![0-9])|[0-9]+(?:[.,][0-9]{1,4})?"


def _amount(name: str) -> str:
    """An amount, with its sign on either side, and whether it is in thousands."""
    return rf"(?:{_SIGN} ?)?(?P<{name}>{_NUMBER}) ?(?P<{name}k>k\b)?(?: ?{_SIGN}| ?(?P<{name}kk>k) ?{_SIGN})?"


_AFTER: Final = r"(?: ?(?:/|per|par|an|a|de l'|brut|gross|net)? ?(?:hour|heure|hr|h|year|an|mois|month|annum|brut)\b)?"
_BETWEEN: Final = r" ?(?:-|\bto\b|\ba\b|\bau\b|\bet\b|\band\b|\buntil\b|jusqu'a|/) ?"
# "$22.30/h (Step 1) to $27.90/h": past a remark, only an amount with a sign is the other end.
_PAST_REMARK: Final = (
    rf" ?\((?!{_SIGN})[^()$\u20ac\u00a3]{{1,30}}\) ?(?:-|\bto\b|\ba\b|\bau\b|\bet\b|\band\b) ?"
    rf"(?={_SIGN}|(?:{_NUMBER}) ?(?:k ?)?{_SIGN})"
)
_RANGE: Final = re.compile(
    rf"{_amount('low')}{_AFTER}(?:(?:{_BETWEEN}|{_PAST_REMARK})(?:(?:up to|jusqu'a) )?{_amount('high')})?"
)

# What has numbers but no wage: hours worked, percentages, months paid, dates, rates of months.
_WORK: Final = "(?: of work| de travail)?"
_PERIOD: Final = (
    "week|wk|semaine|sem|day|jour|month|mois|year|annee|an|fortnight|quinzaine|(?:two|2) weeks|(?:deux|2) semaines"
)
_EACH: Final = r"weekly\b|hebdo[a-z]{0,10}|daily\b|quotidien[a-z]{0,3}"
_HOURS: Final = r"[0-9]+(?:[.,][0-9]+)?(?: ?(?:to|a|-) ?[0-9]+(?:[.,][0-9]+)?)? ?(?:hours?|hrs?|heures?|h)\b"
_NOT_WAGES: Final = re.compile(
    rf"{_HOURS}{_WORK}"
    rf"(?: ?(?:/|per|par|a la|a|each|every|aux|toutes les) ?(?:{_PERIOD})\b| bi-?weekly| (?:{_EACH}))"
    rf"|\b(?:hours|hrs|heures){_WORK} (?:{_EACH})|\b(?:weekly|daily) (?:hours|hrs)\b"
    r"|[0-9]+(?:[.,][0-9]+)? ?%|\bsur [0-9]+(?:[.,][0-9]+)? mois|\b(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}"
    r"|\b[0-9]{1,2}(?:e|th|eme) (?:mois|month)"
)
# What is paid beside the wage: "$500 signing bonus", "$3/hr shift premium", "prime de 400 $"; not "$30/hr plus bonus".
_EXTRA: Final = (
    r"(?:bonus(?:es)?|premiums?|allowances?|relocation|stipends?|reimbursements?|differential|primes?|boni|allocations?|"
    r"indemnites?|remboursements?)\b"
)
_ONE_AMOUNT: Final = rf"(?:{_SIGN} ?)?(?:{_NUMBER}) ?(?:k\b)?(?: ?{_SIGN})?"
_PER_HOUR: Final = r"(?: ?(?:/|per|par|an|a|de l') ?(?:hour|hr|heure|h)\b)"
_WORDS_BETWEEN: Final = (
    r"(?: (?!(?:plus|and|with|et|avec|or|ou|base|salary|salaire|wage|per|par|an|hour|heure|hr|h|year|annee|month|mois|"
    r"week|semaine|hourly|weekly|monthly|yearly|annual|annually)\b)[a-z'-]{1,15}){0,3}"
)
_EXTRAS: Final = re.compile(
    rf"{_ONE_AMOUNT}(?: ?(?:-|to|a) ?{_ONE_AMOUNT})?{_WORDS_BETWEEN} {_EXTRA}"
    rf"|{_ONE_AMOUNT}{_PER_HOUR} (?:shift|night|evening|weekend|hazard|bilingual|lead hand) {_EXTRA}"
    rf"|\b{_EXTRA}(?: de (?:soir(?:ee)?|nuit|quart|fin de semaine|week-?end))?"
    rf"(?: ?:|(?: (?:of|is|up to|de|est|a|jusqu'a|maximale?|annuelle?|d'embauche)){{1,3}})? {_ONE_AMOUNT}"
    rf"(?: ?(?:-|to|a) ?{_ONE_AMOUNT})?{_PER_HOUR}?"
)
_BY_THE_PIECE: Final = re.compile(
    r"\b(?:per|par|a|la) (?:piece|mile|mille|km|kilometre|kilometer|unit|unite|trip|voyage|word|mot|page|contract|"
    r"project|projet|contrat)\b|\bpiece ?work\b|/ ?(?:km|mile|piece)\b"
)
# How wages are paid out, which is not what they are per: "paid bi-weekly", "versé aux 2 semaines". An amount ends it.
_PAID: Final = re.compile(
    r"\b(?:paid|payable|pay (?:period|frequency|schedule|cycle)|paie|payee?s?|payables?|versee?s?|versements?)\b"
    r"[^0-9$\u20ac\u00a3,;.()]{0,40}(?:[0-9]{1,2} (?:weeks?|semaines?)\b)?"
)
_MONTHS_PAID: Final = re.compile(r"\bsur ([0-9]+(?:[.,][0-9]+)?) mois")
_UP_TO: Final = re.compile(r"\b(?:up to|jusqu'a|maximum(?: of| de)?|max\.?) ?:? ?$")
_FROM: Final = re.compile(
    r"\b(?:from|starting (?:at|from)|a partir de|des|minimum(?: of| de)?|min\.?|at least|au moins) ?:? ?$"
)
# "20 $/h +" is "and more"; "19 $/h + prime", and where a premium stood ("+ ;"), is not.
_AND_MORE: Final = re.compile(
    rf"^ ?(?:\+(?! *(?:;|{_EXTRA}))|and (?:up|more|over)|et plus|ou plus|or more|minimum|min\b)"
)


def _number(text: str) -> float:
    """A number as written in either language: "60,000.00", "2 300,50", "1.234,56", "21622.0"."""
    text = text.replace(" ", "").replace("'", "")
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return float(text)
    whole, decimals = re.sub("[.,]", "", text[:last]), text[last + 1 :]
    thousands = text[last] in text[:last] or (len(decimals) == 3 and len(whole) <= 3 and whole != "0")
    return float(whole + decimals if thousands else f"{whole}.{decimals}")


def _in_full(number: float, thousands: object) -> float:
    """An amount that may be followed by a k: "60k" is 60,000, and so is "60,000k"."""
    return number * 1000 if thousands and number < 1000 else number


def _amounts(words: str) -> tuple[float | None, float | None]:
    """The first amount or range in a folded text: both ends, equal for a single amount."""
    text = _EXTRAS.sub(" ; ", _NOT_WAGES.sub(" ; ", words))
    marked = re.search(_SIGN, text)
    for match in _RANGE.finditer(text):
        if marked and not re.search(_SIGN, match.group()):
            continue  # where some number has a currency, one without is something else
        in_thousands = any(match[name] for name in ("lowk", "lowkk", "highk", "highkk"))
        low = _in_full(_number(match["low"]), in_thousands)  # "60-80K" means both, "60K-80,000" too
        high = _in_full(_number(match["high"]), in_thousands) if match["high"] else None
        if high is not None:
            return low, high
        if _UP_TO.search(text[: match.start()]):
            return None, low
        if _FROM.search(text[: match.start()]) or _AND_MORE.search(text[match.end() :]):
            return low, None
        return low, low
    return None, None


def _plausible(amount: float | None, divisor: float, currency: str | None) -> bool:
    if amount is None:
        return True
    hourly = amount / divisor
    return hourly > 0 if currency not in _COMPARABLE else LOWEST_HOURLY <= hourly <= HIGHEST_HOURLY


# Where no unit is stated: amounts that make sense per hour only, and amounts that make sense per year only.
_INFERRED: Final[tuple[tuple[Unit, float, float], ...]] = (("hour", 7.0, 80.0), ("year", 20_000.0, 400_000.0))


def hourly_wage(
    low: float | None,
    high: float | None,
    unit: Unit | None,
    currency: str | None = None,
    *,
    default_unit: Unit | None = None,
    weekly_hours: float | None = None,
    stated: str | None = None,
    times: float = 1.0,
) -> Wage:
    """A wage per hour from amounts per `unit`.

    Args:
        low: the amount, or the lower end of a range; None for "up to".
        high: the upper end of a range; equal to `low` for one amount; None for "from".
        unit: what the source says the amounts are per.
        currency: ISO 4217 code.
        default_unit: what they are per where the source does not say and it is plausible. Failing that, 7 to 80 is per
            hour, 20,000 to 400,000 per year, and anything else unknown.
        weekly_hours: hours of work per week, for amounts that are not hourly; 40 if None.
        stated: the source's own words, kept as they are.
        times: how often an amount is paid in the place of once (13 monthly wages in 12 months: 13 / 12).

    Returns:
        The wage, rounded to cents. Its ends are None where one of them is implausible (outside 4 to 500 an hour), the
        range is wider than tenfold or the wrong way round, or no unit is known.
    """
    nothing = Wage(None, None, currency, stated)
    ends = [end * times for end in (low, high) if end is not None and math.isfinite(end)]
    if not ends or (low is not None and high is not None and not low <= high <= low * _WIDEST):
        return nothing

    def fits(candidate: Unit) -> bool:
        return all(_plausible(end, hourly_divisor(candidate, weekly_hours), currency) for end in ends)

    if unit is None and default_unit is not None and fits(default_unit):
        unit = default_unit
    if unit is None and currency in _COMPARABLE:
        unit = next((name for name, least, most in _INFERRED if all(least <= end <= most for end in ends)), None)
    if unit is None or not fits(unit):
        return nothing
    factor = times / hourly_divisor(unit, weekly_hours)
    return Wage(_cents(low, factor), _cents(high, factor), currency, stated)


def _cents(amount: float | None, factor: float) -> float | None:
    return None if amount is None else round(amount * factor, 2)


def _from_monetary_amount(value: Mapping[str, object]) -> tuple[float | None, float | None, str | None, str | None]:
    """Low, high, unit and currency of a schema.org MonetaryAmount or an object like one ({min, max, interval})."""
    inner = value.get("value")
    amount: Mapping[str, object] = inner if isinstance(inner, Mapping) else value
    low, high = _first_number(amount, "minValue", "min", "low"), _first_number(amount, "maxValue", "max", "high")
    if low is None and high is None:
        low = high = _first_number(amount, "value")
    unit = _first_string((amount, value), "unitText", "unitCode", "interval")
    return low, high, unit, _first_string((value, amount), "currency", "unit")


def _first_string(values: Iterable[Mapping[str, object]], *names: str) -> str | None:
    found = (value.get(name) for value in values for name in names)
    return next((text for text in found if isinstance(text, str) and text.strip()), None)


def _first_number(value: Mapping[str, object], *names: str) -> float | None:
    for name in names:
        number = to_number(value.get(name))
        if number is not None:
            return number
    return None


def to_number(value: object) -> float | None:
    """A finite number from a number or from text that is nothing but one ("60,000", "2 300,50 $", "60K"); else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e15 else None
    if isinstance(value, str) and len(value) < 40:
        match = re.fullmatch(rf"{_SIGN}? ?({_NUMBER}) ?(k\b)? ?{_SIGN}?", folded(value))
        return _in_full(_number(match[1]), match[2]) if match else None
    return None


def parse_wage(
    value: str | Mapping[str, object],
    unit: str | None = None,
    currency: str | None = None,
    weekly_hours: float | None = None,
) -> Wage:
    """The wage that a text or a structured value states, per hour.

    Args:
        value: free text in English or French ("$31.00 to $35.50 HOURLY", "Mensuel de 2300,00 Euros sur 12 mois",
            "60-80K a year"), or a schema.org MonetaryAmount as a mapping. The first amount or range in a text counts
            that is no bonus, premium or allowance; how often it is paid out ("paid bi-weekly") and hours of work
            ("35 hours weekly") are not its unit.
        unit: what amounts are per where the value does not say ("hour", "Mensuel").
        currency: the currency where the value does not name one; a bare dollar sign takes it if it is a dollar.
        weekly_hours: hours of work per week, to convert amounts that are not hourly; 40 if None.

    Returns:
        The wage (see `hourly_wage`), with the text as `stated`. Pay by the piece or by distance is no wage per hour.
    """
    default_unit = parse_unit(unit) if unit else None
    fallback = parse_currency(currency) if currency else None
    if isinstance(value, str):
        return _parse_text(value[:_MAX_LENGTH], default_unit, fallback, weekly_hours)
    low, high, said_unit, said_currency = _from_monetary_amount(value)
    known = (parse_currency(said_currency) if said_currency else None) or fallback
    stated = " ".join(str(part) for part in (low, high if high != low else None, said_currency, said_unit) if part)
    said = parse_unit(said_unit) if said_unit else None
    return hourly_wage(
        low, high, said, known, default_unit=default_unit, weekly_hours=weekly_hours, stated=stated or None
    )


@lru_cache(maxsize=4096)
def _parse_text(text: str, default_unit: Unit | None, fallback: str | None, weekly_hours: float | None) -> Wage:
    stated = " ".join(clean_text(text).split())
    words = folded(stated)
    currency = parse_currency(words) if not _CODE.match(words) else None
    if currency is None and ("$" not in words or (fallback or "").endswith("D")):
        currency = fallback
    low, high = (None, None) if _BY_THE_PIECE.search(words) else _amounts(words)
    said = _MONTHS_PAID.search(words)
    paid = float(said[1].replace(",", ".")) if said else 12.0

    def per(unit: Unit | None) -> Wage:
        times = paid / 12 if unit == "month" and 12 < paid <= 16 else 1.0
        return hourly_wage(
            low,
            high,
            unit,
            currency,
            default_unit=default_unit,
            weekly_hours=weekly_hours,
            stated=stated or None,
            times=times,
        )

    unit, rhythm = _units_said(words)
    wage = per(unit)
    is_per_rhythm = unit is None and rhythm is not None and wage.low is None and wage.high is None
    return per(rhythm) if is_per_rhythm else wage


def _units_said(words: str) -> tuple[Unit | None, Unit | None]:
    """What the amounts of a folded text are per, and how often they are paid out where it says that too.

    By the hour or the day is what someone is paid for, not when: "paid hourly" tells the unit where nothing else does.
    """
    text = _NOT_WAGES.sub(" ; ", words)
    unit = parse_unit(_PAID.sub(" ; ", text))
    rhythms = (parse_unit(match.group()) for match in _PAID.finditer(text))
    rhythm = next((found for found in rhythms if found is not None), None)
    return unit or (rhythm if rhythm in ("hour", "day") else None), rhythm
