"""Which postings count, and how much."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lake import parquet_bytes
from pipeline.matching import reference_date, weigh_postings
from pipeline.tables import POSTINGS

from .worlds import AS_OF, WEIGHED, as_advertised, demand_settings, profile_settings, shuffled

pytestmark = pytest.mark.usefixtures("one_database")

DOCUMENTS = pa.schema([
    ("doc_id", pa.string()), ("source", pa.string()), ("title", pa.string()), ("language", pa.string()),
    ("employer", pa.string()), ("industry_code", pa.string()), ("industry_scheme", pa.string()),
    ("region", pa.string()), ("posted_on", pa.date32()), ("vacancies", pa.int64()),
    ("wage_low", pa.float64()), ("wage_high", pa.float64()), ("wage_currency", pa.string()), ("education", pa.string()),
    ("experience_months", pa.int64()), ("url", pa.string()), ("expires_on", pa.date32()),
])  # fmt: skip
GROUPS = pa.schema([("doc_id", pa.string()), ("duplicate_of", pa.string()), ("similarity", pa.float64())])


def documents(*rows: dict[str, object]) -> pa.Table:
    plain = {"source": "made", "title": "a job", "language": "en"}
    return pa.Table.from_pylist([plain | row for row in rows], schema=DOCUMENTS)


def weigh(
    table: pa.Table,
    duplicate_of: dict[str, str] | None = None,
    as_of: date = AS_OF,
    profile: dict[str, object] | None = None,
    demand: dict[str, object] | None = None,
) -> dict[str, dict[str, object]]:
    """The weighed postings by id."""
    return {row["posting_id"]: row for row in weigh_table(table, duplicate_of, as_of, profile, demand).to_pylist()}


def weigh_table(
    table: pa.Table,
    duplicate_of: dict[str, str] | None = None,
    as_of: date = AS_OF,
    profile: dict[str, object] | None = None,
    demand: dict[str, object] | None = None,
) -> pa.Table:
    ids = table["doc_id"].to_pylist()
    assignments = pa.table({
        "doc_id": pa.array(ids, pa.string()), "role_id": pa.array(["r"] * len(ids), pa.string()),
        "role_confidence": pa.array([0.9] * len(ids), pa.float64()),
        "role_method": pa.array(["title"] * len(ids), pa.string()),
    })  # fmt: skip
    groups = pa.Table.from_pylist([{"doc_id": i, "duplicate_of": (duplicate_of or {}).get(i)} for i in ids], GROUPS)
    return weigh_postings(
        table, assignments, groups, as_of, profile_settings(**profile or {}), demand_settings(**demand or {})
    )


def test_weight_is_vacancies_times_recency_decay() -> None:
    # as_of is 30 June 2026 and the half-life 180 days.
    #   today, 3 vacancies:          3 x 0.5^(0/180)   = 3
    #   1 January, 180 days, 4:      4 x 0.5^(180/180) = 2
    #   1 April, 90 days, 1:         1 x 0.5^(90/180)  = 0.707106781
    #   30 June 2025, 365 days, 1:   1 x 0.5^(365/180) = 0.5^2.0277.. = 0.245231...
    found = weigh(
        documents(
            {"doc_id": "today", "posted_on": AS_OF, "vacancies": 3},
            {"doc_id": "half", "posted_on": date(2026, 1, 1), "vacancies": 4},
            {"doc_id": "quarter", "posted_on": date(2026, 4, 1), "vacancies": 1},
            {"doc_id": "year", "posted_on": date(2025, 6, 30), "vacancies": 1},
        )
    )
    assert found["today"]["weight"] == 3.0
    assert found["half"]["weight"] == 2.0
    assert found["quarter"]["weight"] == 0.707106781
    assert found["year"]["weight"] == pytest.approx(0.5 ** (365 / 180), abs=1e-9)


def test_an_industry_code_is_kept_as_stated_and_its_scheme_in_lower_case() -> None:
    found = weigh(
        documents(
            {"doc_id": "a", "industry_code": "212220", "industry_scheme": "NAICS"},
            {"doc_id": "b", "industry_code": "78.20Z", "industry_scheme": "naf"},
            {"doc_id": "c"},
        )
    )
    told = {name: (row["industry_code"], row["industry_scheme"]) for name, row in found.items()}
    assert told == {"a": ("212220", "naics"), "b": ("78.20Z", "naf"), "c": (None, None)}


def test_an_undated_posting_counts_like_one_that_is_a_half_life_old() -> None:
    found = weigh(documents({"doc_id": "undated", "vacancies": 3}))
    assert found["undated"]["weight"] == 1.5
    assert found["undated"]["in_window"] is True
    assert found["undated"]["posted_on"] is None


def test_a_posting_from_the_future_counts_like_one_of_today() -> None:
    found = weigh(documents({"doc_id": "future", "posted_on": date(2026, 9, 1), "vacancies": 2}))
    assert (found["future"]["weight"], found["future"]["in_window"]) == (2.0, True)


@pytest.mark.parametrize(("age", "inside"), [(0, True), (364, True), (365, True), (366, False), (4000, False)])
def test_the_window_holds_its_last_day_and_nothing_older(age: int, inside: bool) -> None:
    found = weigh(documents({"doc_id": "p", "posted_on": AS_OF - timedelta(days=age)}))
    assert found["p"]["in_window"] is inside
    assert (found["p"]["weight"] > 0) is inside


@pytest.mark.parametrize(("closed", "inside"), [(-30, True), (0, True), (180, True), (181, False)])
@pytest.mark.parametrize("posted", [AS_OF - timedelta(days=200), None])
def test_a_posting_leaves_the_window_when_it_has_long_been_closed(
    posted: date | None, closed: int, inside: bool
) -> None:
    table = documents({"doc_id": "p", "posted_on": posted, "expires_on": AS_OF - timedelta(days=closed)})
    found = weigh(table, profile={"closed_days": 180})
    assert found["p"]["in_window"] is inside
    assert (found["p"]["weight"] > 0) is inside


@pytest.mark.parametrize(("stated", "counted"), [(None, 1), (0, 1), (-3, 1), (1, 1), (12, 12)])
def test_a_posting_without_a_number_of_vacancies_offers_one(stated: int | None, counted: int) -> None:
    found = weigh(documents({"doc_id": "p", "posted_on": AS_OF, "vacancies": stated}))
    assert (found["p"]["vacancies"], found["p"]["weight"]) == (counted, float(counted))


def test_duplicates_are_left_out_and_counted_on_the_one_kept() -> None:
    rows = [{"doc_id": i, "posted_on": AS_OF} for i in ("first", "again", "and-again", "alone")]
    found = weigh(documents(*rows), {"again": "first", "and-again": "first"})
    assert {i: row["duplicates"] for i, row in found.items()} == {"first": 2, "alone": 0}
    assert found["first"]["weight"] == 1.0, "a reposted job is one job"


def test_wages_are_converted_with_the_rates() -> None:
    # 20 USD x 1.37 = 27.4, 30 USD x 1.37 = 41.1; 12.345 EUR x 1.5 = 18.5175; no currency stated: taken as CAD.
    found = weigh(
        documents(
            {"doc_id": "us", "wage_low": 20.0, "wage_high": 30.0, "wage_currency": "USD"},
            {"doc_id": "eu", "wage_low": 12.345, "wage_currency": "EUR"},
            {"doc_id": "ca", "wage_low": 25.0, "wage_high": 26.5, "wage_currency": "CAD"},
            {"doc_id": "unstated", "wage_low": 25.0},
        )
    )
    wages = {i: (row["wage_low"], row["wage_high"]) for i, row in found.items()}
    assert wages == {"us": (27.4, 41.1), "eu": (18.5175, None), "ca": (25.0, 26.5), "unstated": (25.0, None)}


def test_a_wage_in_a_currency_without_a_rate_is_left_out_and_the_posting_kept() -> None:
    found = weigh(documents({"doc_id": "jp", "wage_low": 1500.0, "wage_high": 1800.0, "wage_currency": "JPY"}))
    assert (found["jp"]["wage_low"], found["jp"]["wage_high"], found["jp"]["in_window"]) == (None, None, True)


def test_the_columns_are_those_of_the_contract_but_skills_and_official_weights() -> None:
    table = weigh_table(documents({"doc_id": "p"}))
    assert sorted(table.column_names) == sorted(WEIGHED.names)
    assert POSTINGS.conform(as_advertised(table).append_column("skills", pa.array([0]))).num_rows == 1


def test_the_order_of_the_rows_changes_no_byte() -> None:
    rows = [
        {"doc_id": f"p{i}", "posted_on": AS_OF - timedelta(days=7 * i), "vacancies": i % 5, "wage_low": 20.0 + i,
         "wage_currency": ("CAD", "USD", "JPY", None)[i % 4]}
        for i in range(60)
    ]  # fmt: skip
    table = documents(*rows)
    copies = {f"p{i}": "p0" for i in range(1, 6)}
    expected = parquet_bytes(weigh_table(table, copies))
    assert all(parquet_bytes(weigh_table(shuffled(table, seed), copies)) == expected for seed in range(3))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4000), st.integers(0, 4000), st.floats(1, 2000), st.integers(1, 5000))
def test_the_older_of_two_never_counts_more(one: int, other: int, half_life: float, window: int) -> None:
    table = documents(
        {"doc_id": "older", "posted_on": AS_OF - timedelta(days=max(one, other))},
        {"doc_id": "newer", "posted_on": AS_OF - timedelta(days=min(one, other))},
    )
    found = weigh(table, profile={"half_life_days": half_life, "window_days": window})
    assert 0 <= found["older"]["weight"] <= found["newer"]["weight"] <= 1
    assert found["older"]["in_window"] <= found["newer"]["in_window"]


def test_the_reference_date_is_the_setting_else_the_newest_posting() -> None:
    table = documents(
        {"doc_id": "a", "posted_on": date(2026, 3, 1)}, {"doc_id": "b", "posted_on": date(2026, 5, 9)}, {"doc_id": "c"}
    )
    assert reference_date(table, profile_settings()) == date(2026, 5, 9)
    assert reference_date(table, profile_settings(as_of="2026-01-31")) == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("others", "strays", "days", "expected"),
    [
        (98, 1, 260, 0),  # 2027 for 2026: one of 99 postings
        (98, 1, 31, 31),  # a month later, somebody may well post
        (98, 1, 32, 0),
        (98, 2, 260, 0),
        (98, 3, 260, 260),  # three of 101 are more than one in 50
        (48, 1, 260, 260),  # among a few postings, nothing can be told apart
        (1, 1, 3650, 3650),
    ],
)
def test_a_date_that_stands_alone_in_the_future_is_not_the_reference_date(
    others: int, strays: int, days: int, expected: int
) -> None:
    regular = [{"doc_id": f"a{n}", "posted_on": AS_OF - timedelta(days=n)} for n in range(others)]
    alone = [{"doc_id": f"b{n}", "posted_on": AS_OF + timedelta(days=days + n)} for n in range(strays)]
    later = expected + strays - 1 if expected else 0
    assert reference_date(documents(*regular, *alone), profile_settings()) == AS_OF + timedelta(days=later)


def test_all_that_comes_after_the_first_gap_is_astray() -> None:
    regular = [{"doc_id": f"a{n}", "posted_on": AS_OF - timedelta(days=n)} for n in range(98)]
    alone = [{"doc_id": f"b{n}", "posted_on": AS_OF + timedelta(days=n)} for n in (300, 9000)]
    assert reference_date(documents(*regular, *alone), profile_settings()) == AS_OF


def test_without_any_date_there_is_no_reference_date() -> None:
    assert reference_date(documents({"doc_id": "a"}), profile_settings()) is None
    assert reference_date(documents(), profile_settings()) is None
