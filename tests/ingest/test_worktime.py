"""Hours of work per week in both languages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.worktime import hours_beside_wage, parse_weekly_hours


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("37.5 hours per week", 37.5),
        ("35 to 44 hours per week", 39.5),
        ("20 to 40 hours bi-weekly", 15.0),
        ("2022.75 hours per year", 38.79),
        ("39H/semaine\nTravail en journée", 39.0),
        ("36H45/semaine", 36.75),
        ("Temps partiel - 9H/semaine", 9.0),
        ("35 H  Travail le samedi", 35.0),
        ("37H/semaine\nTravail posté (2x8, 3x8, 5x8, etc.)", 37.0),
        ("de 30 à 40 heures par semaine", 35.0),
        ("30 h/sem", 30.0),
        ("40", 40.0),
        (40, 40.0),
        (37.5, 37.5),
        ("8 hours per day", None),
        ("Temps plein", None),
        ("3x8", None),
        ("168 hours per week", None),
        ("0", None),
        (0, None),
        (True, None),
        (None, None),
        ([40], None),
    ],
)
def test_hours_per_week(value: object, hours: float | None) -> None:
    assert parse_weekly_hours(value) == hours


@pytest.mark.parametrize(
    "value",
    [
        # of a shift or a day
        "8 hour shift",
        "12 hour shifts",
        "12-hour shifts",
        "24 hour shift",
        "48 hour shifts",
        "shifts of 10 hours",
        "Quart de 12 heures",
        "Quarts de 24 heures",
        "8 h par quart",
        "7.5 hours daily",
        "7,5 heures par jour",
        "7 h quotidiennes",
        "5 days a week, 8h",
        "5 jours par semaine, 8 h",
        "20 hours, day shift",  # 20 may be of one shift or of a week
        "20 heures, quart de nuit",
        "4 shifts of 10 hours per week",  # 10 hours are not those of the week
        "3 x 12 h par semaine",
        # of the clock
        "9-5",
        "9 to 17",
        "8h00 à 16h00",
        "De 8h à 17h",
        "de 8 heures à 17 heures",
        "8 à 16 h",
        "12h-20h",
        "07:00-15:00",
        "8:30 am to 5 pm",
        "17h30",
        "8 to 24 hours",
        "Du mardi au samedi, 9h-12h / 14h-19h (18h le samedi)",
        # too few for a week where none is named
        "6 H  Travail en horaires fractionnés",
        "14 hours",
        "101 hours",
        # a product that is not sure
        "4 to 5 days a week, 8 hours a day",
        "5 days a week, 6 to 8 hours a day",
        "24 heures par jour, 7 jours par semaine",
    ],
)
def test_hours_of_a_shift_and_times_of_the_clock_are_no_hours_of_a_week(value: str) -> None:
    assert parse_weekly_hours(value) is None


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("15", 15.0),
        ("24 H", 24.0),
        ("15 to 20 hours", 17.5),
        ("de 20 à 24 heures", 22.0),
        ("10 to 30 hours", 20.0),
        ("35-40", 37.5),
        ("Poste de 20 heures", 20.0),
        ("35 H de jour", 35.0),  # more than a day has
        ("35 h, quart de soir", 35.0),
        ("37,5 h - jour", 37.5),
        # with the week named, any number is one
        ("5 hours per week", 5.0),
        ("20h à 24h par semaine", 22.0),
        ("20h-24h/semaine", 22.0),
        ("10 hours of work per week", 10.0),
        ("10 heures de travail par semaine", 10.0),
        ("12 hours weekly", 12.0),
        ("12 heures hebdomadaires", 12.0),
        ("Hours per week: 10", 10.0),
        ("Heures par semaine : 10", 10.0),
        ("Semaine de 12 heures", 12.0),
        ("40-hour work week", 40.0),
        ("80 hours every two weeks", 40.0),
        ("75 heures aux deux semaines", 37.5),
        ("75 heures par quinzaine", 37.5),
        ("75 hours per fortnight", 37.5),
        ("70 hours biweekly", 35.0),
        ("150 heures par mois", 34.52),  # 150 / (52.14 / 12)
        ("1 820 heures par an", 34.91),  # 1820 / 52.14
        ("1,820 hours per year", 34.91),
        # beside times and shifts
        ("8 hour shifts, 40 hours per week", 40.0),
        ("Quarts de 12 heures, 36 heures par semaine", 36.0),
        ("8 hours/day; 40 hours/week", 40.0),
        ("Monday to Friday 8:30 am - 5 pm, 40 hours", 40.0),
        ("Lundi au vendredi, 8h30 à 16h30, 37,5 h", 37.5),
        # days a week times hours a day
        ("5 days a week, 8 hours a day", 40.0),
        ("12-hour shifts, 3 shifts per week", 36.0),
        ("8 heures par jour, 5 jours par semaine", 40.0),
        ("Journées de 8 heures, 4 jours/semaine", 32.0),
    ],
)
def test_hours_that_can_only_be_of_a_week(value: str, hours: float) -> None:
    assert parse_weekly_hours(value) == hours


@settings(deadline=None)
@given(st.text(max_size=60) | st.floats() | st.integers())
def test_nothing_raises(value: object) -> None:
    hours = parse_weekly_hours(value)
    assert hours is None or 1 <= hours <= 100


@pytest.mark.parametrize("piece", ["1 ", "8h ", "8h a ", "5 days a week ", "quart de "])
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    text = piece * 20_000
    start = time.process_time()
    parse_weekly_hours(text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("wage", "hours"),
    [
        ("70 000 $ (35 h/sem)", 35.0),
        ("$65,000 a year, 37.5 hours per week", 37.5),
        ("Mensuel de 2300 Euros (39 h hebdo)", 39.0),
        ("45 000 $ à 55 000 $ par an, 32 heures par semaine", 32.0),
        ("27 $/h, 40 h par semaine", 40.0),
        ("55 000 $ par an, 75 heures par deux semaines", 37.5),
        ("55 000 $ par an (70 h aux 2 semaines)", 35.0),
        ("$55,000 a year, 75 hours bi-weekly", 37.5),
        ("2 500 $ par quinzaine", None),
        ("$30/hr", None),
        ("30 hr", None),
        ("$30 h weekly pay", None),
        ("1200 $ par semaine", None),
        ("", None),
    ],
)
def test_hours_that_a_wage_says_besides(wage: str, hours: float | None) -> None:
    assert hours_beside_wage(wage) == hours
