"""Wages per hour out of what English and French postings say; what makes no sense is dropped, never repaired."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.money import Wage, hourly_divisor, hourly_wage, parse_currency, parse_unit, parse_wage, to_number


@pytest.mark.parametrize(
    ("text", "low", "high", "currency"),
    [
        # per hour
        ("$31.00", 31.0, 31.0, "CAD"),
        ("$31.00 to $35.50 HOURLY", 31.0, 35.5, "CAD"),
        ("$31.00 HOURLY for 40 hours per week", 31.0, 31.0, "CAD"),
        ("$15 - 20 / hr", 15.0, 20.0, "CAD"),
        ("$17.50/hr-$19/hr", 17.5, 19.0, "CAD"),
        ("CAD 30/hr", 30.0, 30.0, "CAD"),
        ("$30 USD per hour", 30.0, 30.0, "USD"),
        ("US$28.50 an hour", 28.5, 28.5, "USD"),
        ("25,50 $ de l'heure", 25.5, 25.5, "CAD"),
        ("Entre 22 $ et 28 $/h", 22.0, 28.0, "CAD"),
        ("22,00$ à 28,00$ /heure", 22.0, 28.0, "CAD"),
        ("Salaire : 21,63 $ à 28,64 $ l\u2019heure", 21.63, 28.64, "CAD"),
        ("de 16,61 € à 25,01 € brut/h", 16.61, 25.01, "EUR"),
        ("Horaire de 12.38 Euros sur 0.0 mois", 12.38, 12.38, "EUR"),
        ("Horaire de 11,88 Euros à 12,15 Euros sur 12.0 mois", 11.88, 12.15, "EUR"),
        ("Up to $30 per hour", None, 30.0, "CAD"),
        ("Jusqu'à 30 $ de l'heure", None, 30.0, "CAD"),
        ("From $20/hour", 20.0, None, "CAD"),
        ("À partir de 20 $/h", 20.0, None, "CAD"),
        ("20 $/h et plus", 20.0, None, "CAD"),
        # per year: 40 hours x 52.14 weeks = 2085.6
        ("$60,000 to $80,000 annually", 28.77, 38.36, "CAD"),
        ("$85,000.00 to $95,000.00 YEAR annually", 40.76, 45.55, "CAD"),
        ("60-80K a year", 28.77, 38.36, "CAD"),
        ("60K-80K per year", 28.77, 38.36, "CAD"),
        ("60k$ par an", 28.77, 28.77, "CAD"),
        ("de 45 000 $ à 60 000 $ par année", 21.58, 28.77, "CAD"),
        ("45\u202f000 $ à 60\u202f000 $ par année", 21.58, 28.77, "CAD"),
        ("£30,000 - £35,000 per annum", 14.38, 16.78, "GBP"),
        ("$50,000 - $60,000 per year plus bonus up to $5,000", 23.97, 28.77, "CAD"),
        # per month: 52.14 / 12 x 40 = 173.8
        ("Mensuel de 2300,00 Euros à 2500,00 Euros sur 12 mois", 13.23, 14.38, "EUR"),
        ("Mensuel de 2188.0 Euros sur 12.0 mois", 12.59, 12.59, "EUR"),
        ("Mensuel de 2400 Euros sur 13 mois", 14.96, 14.96, "EUR"),  # thirteen times 2400 a year
        ("2 300 € brut par mois", 13.23, 13.23, "EUR"),
        ("$3,500 to $5,000 MONTH monthly", 20.14, 28.77, "CAD"),
        # other periods
        ("$675.00 to $700.00 DAY daily", 84.38, 87.5, "CAD"),
        ("$1,442.50 WEEKLY weekly", 36.06, 36.06, "CAD"),
        ("$1,250 bi-weekly", 15.62, 15.62, "CAD"),
        ("1 250 $ aux deux semaines", 15.62, 15.62, "CAD"),
        ("$3,461.54 semi-monthly", 39.83, 39.83, "CAD"),
        # how often it is paid out is not what it is per
        ("$70,000 per year, paid bi-weekly", 33.56, 33.56, "CAD"),
        ("$70,000 per year paid every 2 weeks", 33.56, 33.56, "CAD"),
        ("$30/hour paid biweekly", 30.0, 30.0, "CAD"),
        ("Paid bi-weekly: $70,000", 33.56, 33.56, "CAD"),
        ("Pay frequency: bi-weekly; $70,000 annually", 33.56, 33.56, "CAD"),
        ("70 000 $ par année, payé aux deux semaines", 33.56, 33.56, "CAD"),
        ("70 000 $ par an, versé mensuellement", 33.56, 33.56, "CAD"),
        ("30 $/heure, paye versée aux 2 semaines", 30.0, 30.0, "CAD"),
        ("Salaire payé à la semaine, 30 $ de l'heure", 30.0, 30.0, "CAD"),
        # unless nothing else says it and it makes sense
        ("$900 paid weekly", 22.5, 22.5, "CAD"),
        ("$160 paid daily", 20.0, 20.0, "CAD"),
        ("Paid hourly: $30", 30.0, 30.0, "CAD"),
        ("$30, paid weekly", 30.0, 30.0, "CAD"),
        ("900 $ payé à la semaine", 22.5, 22.5, "CAD"),
        ("25 $ payé à l'heure", 25.0, 25.0, "CAD"),
        ("2400 € versés mensuellement sur 13 mois", 14.96, 14.96, "EUR"),
        ("Paid up to $30 an hour", None, 30.0, "CAD"),
        ("Payé à partir de 20 $ de l'heure", 20.0, None, "CAD"),
        ("You will be paid $70,000 per year", 33.56, 33.56, "CAD"),
        ("Paid vacation, $30/hr", 30.0, 30.0, "CAD"),
        ("2 500$ par quinzaine", 31.25, 31.25, "CAD"),
        ("2 500 $ à la quinzaine", 31.25, 31.25, "CAD"),
        ("25 $/h, payé à la quinzaine", 25.0, 25.0, "CAD"),
        ("25 $/h pour une quinzaine de jours", 25.0, 25.0, "CAD"),
        # the ends of a range with a remark between them
        ("$22.30/h (Step 1) to $27.90/h (Step 5)", 22.3, 27.9, "CAD"),
        ("22,30 $ (échelon 1) à 27,90 $ (échelon 5) de l'heure", 22.3, 27.9, "CAD"),
        ("$46,509 (entry) - $58,188 (step 5) per year", 22.3, 27.9, "CAD"),
        ("$25.50/h (permanent) - 12 month contract", 25.5, 25.5, "CAD"),
        ("$60,000 (gross) / $45,000 net per year", 28.77, 28.77, "CAD"),
        # what is paid beside the wage
        ("$500 signing bonus; $27/hr", 27.0, 27.0, "CAD"),
        ("$1,000 sign-on bonus. $32 per hour", 32.0, 32.0, "CAD"),
        ("$3/hr shift premium, $29.50/hr base", 29.5, 29.5, "CAD"),
        ("Boot allowance $200; $30 an hour", 30.0, 30.0, "CAD"),
        ("Up to $5,000 relocation. $80,000 per year", 38.36, 38.36, "CAD"),
        ("Bonus of up to $1,000 - $2,000, $31 to $33 hourly", 31.0, 33.0, "CAD"),
        ("Prime de 400 $ à l'embauche, 29 $/h", 29.0, 29.0, "CAD"),
        ("500 $ de prime d'assiduité, 27 $ de l'heure", 27.0, 27.0, "CAD"),
        ("29 $/h, prime de soir de 2 $/h", 29.0, 29.0, "CAD"),
        ("Allocation de 200 $ pour bottes; 30 $ l'heure", 30.0, 30.0, "CAD"),
        ("$30/hr plus bonus", 30.0, 30.0, "CAD"),
        ("$30/hr, shift premium of $2", 30.0, 30.0, "CAD"),
        ("$30/hr + shift premium of $2", 30.0, None, "CAD"),
        ("25 $/h et prime de nuit", 25.0, 25.0, "CAD"),
        ("19,75$/h + prime de soir 1,25$", 19.75, 19.75, "CAD"),
        ("19,75$/h + prime de 1,25$", 19.75, 19.75, "CAD"),
        ("$19.75/h + $1.00 night premium", 19.75, 19.75, "CAD"),
        ("Prime de soir 1,25 $; 19,75 $/h", 19.75, 19.75, "CAD"),
        ("$19.75/h plus $1.00 night premium", 19.75, 19.75, "CAD"),
        ("19,75 $/h +", 19.75, None, "CAD"),
        ("$60,000 per year with annual bonus", 28.77, 28.77, "CAD"),
        ("$500 signing bonus", None, None, "CAD"),
        # hours of work are not what it is per
        ("$55,000 annually (35 hours weekly)", 26.37, 26.37, "CAD"),
        ("$55,000 annually, 35 hours of work per week", 26.37, 26.37, "CAD"),
        ("$55,000 a year, weekly hours: 35", 26.37, 26.37, "CAD"),
        ("$55,000 annually, 7 hours daily", 26.37, 26.37, "CAD"),
        ("55 000 $ par année (35 heures hebdomadaires)", 26.37, 26.37, "CAD"),
        ("55 000 $ par an, heures hebdomadaires : 35", 26.37, 26.37, "CAD"),
        ("55 000 $ par an, 35 heures de travail par semaine", 26.37, 26.37, "CAD"),
        ("26,40$ à 33,12$ de l'heure, 75 heures par deux semaines", 26.4, 33.12, "CAD"),
        ("26,40 $ de l'heure, 75 h aux 2 semaines", 26.4, 26.4, "CAD"),
        ("26,40 $ de l'heure, 75 heures par quinzaine", 26.4, 26.4, "CAD"),
        ("$26.40 an hour, 75 hours every two weeks", 26.4, 26.4, "CAD"),
        ("900 $ hebdomadaire", 22.5, 22.5, "CAD"),
        # no unit: only where one alone makes sense
        ("100000", 47.95, 47.95, "CAD"),
        ("50 000$ - 65 000$", 23.97, 31.17, "CAD"),
        ("$60K", 28.77, 28.77, "CAD"),
        ("35.5", 35.5, 35.5, "CAD"),
        ("$2,500", None, None, "CAD"),
        ("$150", None, None, "CAD"),
        # no wage, or none that makes sense
        ("Annuel de 12,00 Euros à 28,00 Euros", None, None, "EUR"),
        ("Horaire de 2000,00 Euros à 2000,00 Euros", None, None, "EUR"),
        ("Mensuel de 11,88 Euros à 11,88 Euros", None, None, "EUR"),
        ("$35 to $45 WEEKLY weekly", None, None, "CAD"),
        ("$40 to $30 per hour", None, None, "CAD"),
        ("$10 to $200 per hour", None, None, "CAD"),
        ("$30.00 commission per piece", None, None, "CAD"),
        ("$.55 commission per mile", None, None, "CAD"),
        ("Annuel de", None, None, "CAD"),
        ("Selon expérience", None, None, "CAD"),
        ("As per collective agreement", None, None, "CAD"),
        ("10% bonus", None, None, "CAD"),
    ],
)
def test_wages_in_words(text: str, low: float | None, high: float | None, currency: str) -> None:
    wage = parse_wage(text, currency="CAD")
    assert (wage.low, wage.high, wage.currency) == (low, high, currency)
    assert wage.stated == " ".join(text.split())


def test_a_bare_dollar_is_of_no_country_and_a_stated_currency_wins() -> None:
    assert parse_wage("$20 an hour").currency is None
    assert parse_wage("$20 an hour", currency="CAD").currency == "CAD"
    assert parse_wage("$20 an hour", currency="EUR").currency is None
    assert parse_wage("20 € de l'heure", currency="CAD").currency == "EUR"
    assert parse_wage("20 de l'heure", currency="EUR").currency == "EUR"


def test_the_unit_of_the_source_counts_where_the_text_names_none() -> None:
    assert parse_wage("$31.00", "hour", "CAD").low == 31.0
    assert parse_wage("2300", "Mensuel", "EUR").low == 13.23
    assert parse_wage("$60,000", "hour", "CAD").low == 28.77  # 60,000 an hour is no wage
    assert parse_wage("$31.00 hourly", "year", "CAD").low == 31.0


def test_the_unit_of_the_source_counts_before_how_often_it_is_paid_out() -> None:
    assert parse_wage("$31.00, paid weekly", "hour", "CAD").low == 31.0
    assert parse_wage("2300 €, versé chaque semaine", "Mensuel").low == 13.23
    assert parse_wage("$900 paid weekly", "hour", "CAD").low == 22.5  # 900 an hour is no wage


def test_hours_of_work_convert_what_is_not_hourly() -> None:
    assert parse_wage("Mensuel de 1802,00 Euros", weekly_hours=35).low == 11.85
    assert parse_wage("$52,140 a year", weekly_hours=25).low == 40.0
    assert parse_wage("$31.00 an hour", weekly_hours=25).low == 31.0


@pytest.mark.parametrize(
    ("value", "low", "high", "currency"),
    [
        ({"currency": "CAD", "value": {"minValue": 40, "maxValue": 50, "unitText": "HOUR"}}, 40.0, 50.0, "CAD"),
        ({"currency": "CAD", "value": {"value": "62 568", "unitText": "YEAR"}}, 30.0, 30.0, "CAD"),
        ({"currency": "CAD", "minValue": 25, "unitText": "HOUR"}, 25.0, None, "CAD"),
        ({"interval": "per-year-salary", "currency": "USD", "min": 150000, "max": 180000}, 71.92, 86.31, "USD"),
        ({"value": {"value": 25, "unitCode": "HUR"}}, 25.0, 25.0, None),
        ({"value": "negotiable"}, None, None, None),
        ({}, None, None, None),
        ({"value": {"minValue": float("nan"), "maxValue": float("inf"), "unitText": ["HOUR"]}}, None, None, None),
    ],
)
def test_structured_wages(
    value: dict[str, object], low: float | None, high: float | None, currency: str | None
) -> None:
    wage = parse_wage(value)
    assert (wage.low, wage.high, wage.currency) == (low, high, currency)


def test_factors_can_be_checked_by_hand() -> None:
    assert hourly_divisor("year", 40) == pytest.approx(2085.6)
    assert hourly_divisor("month", 35) == pytest.approx(152.075)
    assert hourly_divisor("week") == 40
    assert hourly_divisor("two_weeks", 35) == 70
    assert hourly_divisor("day", 37.5) == 7.5
    assert hourly_wage(60_000, None, "year", "CAD") == Wage(28.77, None, "CAD", None)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("HOURLY", "hour"), ("par heure", "hour"), ("/h", "hour"), ("HUR", "hour"), ("1 HOUR", "hour"),
        ("Horaire", "hour"),
        ("per-hour-wage", "hour"), ("Mensuel", "month"), ("par mois", "month"), ("MONTH", "month"),
        ("hebdomadaire", "week"),
        ("per-year-salary", "year"), ("annuel", "year"), ("p.a. per annum", "year"), ("YEAR", "year"),
        ("par jour", "day"),
        ("bi-weekly", "two_weeks"), ("selon profil", None), ("", None),
    ],
)  # fmt: skip
def test_units_in_both_languages(text: str, unit: str | None) -> None:
    assert parse_unit(text) == unit


@pytest.mark.parametrize(
    ("text", "code"),
    [("CAD", "CAD"), ("cad", "CAD"), ("$ CA", "CAD"), ("dollars canadiens", "CAD"), ("US$", "USD"), ("euros", "EUR"),
     ("£", "GBP"), ("$", None), ("", None)],
)  # fmt: skip
def test_currencies(text: str, code: str | None) -> None:
    assert parse_currency(text) == code


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("60,000.00", 60000.0), ("60 000", 60000.0), ("2 300,50 $", 2300.5), ("1.234,56", 1234.56),
        ("1,234,567", 1234567.0),
        ("21622.0", 21622.0), ("12,5", 12.5), ("0.125", 0.125), (3, 3.0), ("x", None), ("1 2", None), (True, None),
        (None, None), (float("inf"), None), ("", None),
        ("60k", 60000.0), ("60 K", 60000.0), ("60K$", 60000.0), ("60 k$", 60000.0), ("60 k $", 60000.0),
        ("$45.5K", 45500.0), ("2,5 k$", 2500.0), ("60k€", 60000.0), ("60,000K", 60000.0), ("k", None), ("60kg", None),
    ],
)  # fmt: skip
def test_numbers_in_both_languages(value: object, number: float | None) -> None:
    assert to_number(value) == number


@settings(deadline=None)
@given(st.text(alphabet="0123456789 ,.-$€kKàtoperhuya/%", max_size=80) | st.text(max_size=80))
def test_no_text_raises_and_what_comes_out_is_plausible(text: str) -> None:
    for wage in (parse_wage(text), parse_wage(text, "year", "CAD", 37.5)):
        assert wage.low is None or wage.currency is not None or 4 <= wage.low <= 500
        if wage.low is not None and wage.high is not None:
            assert wage.low <= wage.high


@pytest.mark.parametrize("piece", ["1 ", "1k ", "paid weekly ", "versé aux 2 ", "hours weekly ", "$"])
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    text = piece * 20_000
    start = time.process_time()
    parse_wage(text)
    assert time.process_time() - start < 2
