"""Dates as people and machines write them in both languages; nothing relative, nothing guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.dates import parse_date, parse_datetime

DAY = date(2022, 7, 6)


@pytest.mark.parametrize(
    "value",
    [
        "2022-07-06", "2022/07/06", "20220706", 20220706, "2022-07-06T23:59:59-07:00", "2022-07-06Z",
        "2022-07-06+02:00",
        "July 06, 2022", "july 6 2022", "Jul. 6, 2022", "July 6th, 2022", "6 July 2022", "the 6th of July, 2022",
        "06-Jul-2022", "Wednesday, July 6, 2022", "Wed, 06 Jul 2022 10:00:00 GMT", "6 juillet 2022",
        "le 6 juillet 2022",
        "mercredi 6 juillet 2022", "mercredi le 6 juillet 2022", "6 juil. 2022", "6 juillet 2022 à 14h30",
        "  6\u00a0juillet\u00a02022 ", datetime(2022, 7, 6, 23, tzinfo=timezone(timedelta(hours=-7))), DAY,
        1657065600, 1657065600000, "1657065600000", 1657065600.5,
    ],
)  # fmt: skip
def test_many_ways_to_write_one_day(value: object) -> None:
    assert parse_date(value) == DAY


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("1er mars 2026", date(2026, 3, 1)),
        ("1 févr. 2024", date(2024, 2, 1)),
        ("15 fevrier 2024", date(2024, 2, 15)),
        ("15 août 2024", date(2024, 8, 15)),
        ("31 décembre 2024", date(2024, 12, 31)),
        ("Sept 30, 2024", date(2024, 9, 30)),
        ("29 February 2024", date(2024, 2, 29)),
        # a year of two digits behind a month in words
        ("5-nov-26", date(2026, 11, 5)),
        ("05-Nov-26", date(2026, 11, 5)),
        ("5 nov. 26", date(2026, 11, 5)),
        ("Nov 5, 26", date(2026, 11, 5)),
    ],
)
def test_months_in_both_languages(value: str, day: date) -> None:
    assert parse_date(value) == day


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-5", date(2026, 11, 5)),
        ("2026-1-15", date(2026, 1, 15)),
        ("2026/1/5", date(2026, 1, 5)),
        ("2026-11-5 10:30", date(2026, 11, 5)),
        ("2026-11-5T10:30:00Z", date(2026, 11, 5)),
        ("2026115", None),  # without marks, month and day have two digits each
        ("2026-13-5", None),
        ("2026-11-", None),
    ],
)
def test_iso_dates_need_no_padding(value: str, day: date | None) -> None:
    assert parse_date(value) == day


@pytest.mark.parametrize(
    ("value", "order", "day"),
    [
        ("06/07/2022", None, None),  # June or July
        ("06/07/2022", "DMY", date(2022, 7, 6)),
        ("06/07/2022", "MDY", date(2022, 6, 7)),
        ("13/07/2022", None, date(2022, 7, 13)),  # there is no thirteenth month
        ("07/13/2022", None, date(2022, 7, 13)),
        ("13/07/2022", "MDY", None),
        ("05/05/2022", None, date(2022, 5, 5)),
        ("06.07.2022", "DMY", DAY),
        ("6-7-2022", "DMY", DAY),
        ("11/05/26", "MDY", date(2026, 11, 5)),
        ("11/05/26", "DMY", date(2026, 5, 11)),
        ("5.11.26", "DMY", date(2026, 11, 5)),
        ("11/05/26", None, None),
        ("13/07/26", None, None),  # which of its ends is the year, nobody says
        ("13/07/26", "MDY", None),
    ],
)
def test_numeric_dates_are_never_guessed(value: str, order: str | None, day: date | None) -> None:
    assert parse_date(value, order) == day  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        "yesterday", "hier", "today", "il y a 3 jours", "2 days ago", "next Monday", "as soon as possible", "", " ",
        "2022", "2022-07", "July 2022", "July 6", "31/02/2022", "2022-02-30", "30 February 2022", "1889-01-01",
        "2101-01-01",
        "99999999", "06/07/22", "6 juillet 10h30", "July 6, 10:30", "July 22",
        "Starts as soon as 2022-07-07", "٢٠٢٢-٠٧-٠٦", None, True, 2022, -1, 0, float("nan"),
        float("inf"), 1e308, 10**30, [], {}, "x" * 100_000, "5 foo 2022",
    ],
)  # fmt: skip
def test_what_is_no_date_gives_none(value: object) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-04-17T05:58:03-04:00", datetime(2026, 4, 17, 9, 58, 3, tzinfo=UTC)),
        ("2025-08-21T02:29:58.000Z", datetime(2025, 8, 21, 2, 29, 58, tzinfo=UTC)),
        ("2025-08-21 02:29", datetime(2025, 8, 21, 2, 29, tzinfo=UTC)),
        ("Wed, 06 Jul 2022 10:00:00 +0200", datetime(2022, 7, 6, 8, tzinfo=UTC)),
        ("6 juillet 2022", datetime(2022, 7, 6, tzinfo=UTC)),
        (1657065600, datetime(2022, 7, 6, tzinfo=UTC)),
        ("1657065600000", datetime(2022, 7, 6, tzinfo=UTC)),
        (DAY, datetime(2022, 7, 6, tzinfo=UTC)),
        (datetime(2022, 7, 6, 1), datetime(2022, 7, 6, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:00", None),
        ("9999-12-31T23:59:59-23:00", None),
        ("now", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_moments_are_in_utc(value: object, moment: datetime | None) -> None:
    assert parse_datetime(value) == moment


@settings(deadline=None)
@given(st.text(max_size=60) | st.floats() | st.integers() | st.datetimes() | st.dates() | st.none() | st.binary())
def test_nothing_raises(value: object) -> None:
    for order in (None, "DMY", "MDY"):
        found = parse_date(value, order)  # type: ignore[arg-type]
        assert found is None or 1990 <= found.year <= 2100
    moment = parse_datetime(value)
    assert moment is None or moment.tzinfo is not None


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_day_comes_back_from_its_iso_form(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day:%d/%m/%Y}", "DMY") == day
