"""Hours of work per week in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.worktime import parse_weekly_hours


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


@settings(deadline=None)
@given(st.text(max_size=60) | st.floats() | st.integers())
def test_nothing_raises(value: object) -> None:
    hours = parse_weekly_hours(value)
    assert hours is None or 1 <= hours <= 100
