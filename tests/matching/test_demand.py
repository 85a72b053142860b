"""Demand for each role."""

from __future__ import annotations

from datetime import timedelta
from math import log

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lake import parquet_bytes
from pipeline.matching import role_demand
from pipeline.settings import DemandWeights
from pipeline.tables import ROLE_DEMAND

from .worlds import AS_OF, demand_settings, shuffled, weighed

pytestmark = pytest.mark.usefixtures("one_database")

Row = dict[str, object]


def demand(*rows: Row, region: str = "ALL", **changes: object) -> dict[str, Row]:
    """The demand rows of a region by role."""
    numbered = ({"posting_id": f"p{i}", "role_id": "r"} | row for i, row in enumerate(rows))
    table = role_demand(weighed(*numbered), AS_OF, demand_settings(**changes))
    return {row["role_id"]: row for row in table.to_pylist() if row["region"] == region}


def posted(days_ago: int) -> object:
    return AS_OF - timedelta(days=days_ago)


def test_postings_vacancies_and_employers_are_counted() -> None:
    found = demand(
        {"vacancies": 3, "employer": "Aciérie Nord"},
        {"vacancies": 2, "employer": "Aciérie Nord"},
        {"vacancies": 1, "employer": "Port Works"},
        {"vacancies": 4},
    )
    assert {name: found["r"][name] for name in ("postings", "vacancies", "employers")} == {
        "postings": 4, "vacancies": 10, "employers": 2,
    }  # fmt: skip


def test_only_postings_in_the_window_that_found_a_role_count() -> None:
    assert demand({"in_window": False}, {"role_id": None}) == {}


@pytest.mark.parametrize(
    ("age", "recent", "before"),
    [(-5, 1, 0), (0, 1, 0), (89, 1, 0), (90, 0, 1), (179, 0, 1), (180, 0, 0), (None, 0, 0)],
)
def test_the_two_growth_windows_adjoin(age: int | None, recent: int, before: int) -> None:
    found = demand({"posted_on": None if age is None else posted(age)})
    assert (found["r"]["vacancies_recent"], found["r"]["vacancies_before"]) == (recent, before)
    assert found["r"]["vacancies"] == 1


def test_growth_is_the_shrunk_log_ratio() -> None:
    # 15 vacancies of late, 3 before, k = 5: ln((15 + 5)/(3 + 5)) = ln 2.5 = 0.916290732
    grew = [{"vacancies": 15, "posted_on": posted(10)}, {"vacancies": 3, "posted_on": posted(100)}]
    assert demand(*grew)["r"]["growth"] == 0.916290732
    # The other way round it is the same with the other sign: ln(8/20)
    fell = [{"vacancies": 3, "posted_on": posted(10)}, {"vacancies": 15, "posted_on": posted(100)}]
    assert demand(*fell)["r"]["growth"] == -0.916290732


def test_a_first_posting_is_no_boom() -> None:
    # 1 against 0: ln(6/5) = 0.182321557, not infinite
    assert demand({"posted_on": posted(1)})["r"]["growth"] == 0.182321557
    assert demand({"posted_on": None})["r"]["growth"] == 0.0


def test_quartiles_of_the_middle_of_each_wage() -> None:
    # Middles: 20, (28+32)/2 = 30, 40 (only the lowest stated), 50 (only the highest stated).
    # Quartile 1 lies 0.75 of the way from the first to the second of 20, 30, 40, 50: 27.5; median 35; quartile 3 42.5.
    found = demand(
        {"wage_low": 20.0, "wage_high": 20.0},
        {"wage_low": 28.0, "wage_high": 32.0},
        {"wage_low": 40.0},
        {"wage_high": 50.0},
        {},
    )["r"]
    assert (found["wage_q1"], found["wage_median"], found["wage_q3"]) == (27.5, 35.0, 42.5)
    assert (found["wage_postings"], found["currency"]) == (4, "CAD")


def test_a_role_whose_postings_state_no_wage_has_none() -> None:
    found = demand({}, {})["r"]
    assert [found[name] for name in ("wage_postings", "wage_q1", "wage_median", "wage_q3")] == [0, None, None, None]


def test_shares_rest_on_the_postings_that_say() -> None:
    # Education: 4 state one, of which high_school and college ask no degree: 2/4.
    # Experience: 3 state one, of which 0 and 12 months are a year or less: 2/3.
    found = demand(
        {"education": "high_school", "experience_months": 0},
        {"education": "college", "experience_months": 12},
        {"education": "bachelor", "experience_months": 13},
        {"education": "doctorate"},
        {},
    )["r"]
    assert found["no_degree_share"] == 0.5
    assert found["entry_experience_share"] == pytest.approx(2 / 3, abs=1e-9)


def test_shares_are_empty_where_no_posting_says() -> None:
    found = demand({}, {})["r"]
    assert (found["no_degree_share"], found["entry_experience_share"]) == (None, None)


def test_demand_index_by_hand_with_ties_and_a_role_without_wages() -> None:
    # Percentile rank = (rank - 1)/(n - 1); equal values share the lowest rank.
    #        vacancies   recent/before, growth   wage        index (weights 0.5, 0.25, 0.25)
    #   a    10 -> 2/3   10/0  ln 3    -> 3/3    30 -> 1/2   (0.5x2/3 + 0.25x1   + 0.25x1/2)/1 = 0.708333
    #   b    10 -> 2/3   5/5   0       -> 1/3    40 -> 2/2   (0.5x2/3 + 0.25x1/3 + 0.25x1)/1   = 0.666667
    #   c     4 -> 1/3   2/2   0       -> 1/3    20 -> 0     (0.5x1/3 + 0.25x1/3 + 0)/1        = 0.25
    #   d     1 -> 0     0/1   ln(5/6) -> 0      none        (0 + 0)/0.75                      = 0
    # The three stated wages are ranked among themselves.
    found = demand(
        {"role_id": "a", "vacancies": 10, "posted_on": posted(1), "wage_low": 30.0},
        {"role_id": "b", "vacancies": 5, "posted_on": posted(1), "wage_low": 40.0},
        {"role_id": "b", "vacancies": 5, "posted_on": posted(91), "wage_low": 40.0},
        {"role_id": "c", "vacancies": 2, "posted_on": posted(1), "wage_low": 20.0},
        {"role_id": "c", "vacancies": 2, "posted_on": posted(91), "wage_low": 20.0},
        {"role_id": "d", "vacancies": 1, "posted_on": posted(91)},
    )
    assert {role: row["demand_index"] for role, row in found.items()} == pytest.approx(
        {"a": 0.708333333, "b": 0.666666667, "c": 0.25, "d": 0.0}, abs=1e-9
    )


def test_a_role_without_wages_is_ranked_on_the_other_two() -> None:
    # x: vacancies first of two (1), growth first (1), no wage: (0.5 + 0.25)/0.75 = 1. y: 0, 0 and 0 of one wage: 0.
    found = demand(
        {"role_id": "x", "vacancies": 9, "posted_on": posted(1)},
        {"role_id": "y", "vacancies": 1, "posted_on": posted(91), "wage_low": 90.0},
    )
    assert {role: row["demand_index"] for role, row in found.items()} == {"x": 1.0, "y": 0.0}


def test_the_weights_are_those_of_the_settings() -> None:
    rows = [{"role_id": "x", "vacancies": 9, "wage_low": 10.0}, {"role_id": "y", "vacancies": 1, "wage_low": 90.0}]
    wage_only = demand(*rows, weights=DemandWeights(vacancies=0, growth=0, wage=1))
    assert {role: row["demand_index"] for role, row in wage_only.items()} == {"x": 0.0, "y": 1.0}
    nothing = demand(*rows, weights=DemandWeights(vacancies=0, growth=0, wage=0))
    assert {row["demand_index"] for row in nothing.values()} == {0.0}


def test_regions_need_enough_postings_and_rank_their_own_roles() -> None:
    rows = [
        {"role_id": "a", "region": "CA-QC", "vacancies": 2}, {"role_id": "a", "region": "CA-QC", "vacancies": 2},
        {"role_id": "b", "region": "CA-QC", "vacancies": 1}, {"role_id": "b", "region": "CA-QC", "vacancies": 1},
        {"role_id": "b", "region": "CA-ON", "vacancies": 9}, {"role_id": "c", "region": None, "vacancies": 5},
    ]  # fmt: skip
    quebec = demand(*rows, region="CA-QC", region_min_postings=2)
    assert {role: row["vacancies"] for role, row in quebec.items()} == {"a": 4, "b": 2}
    assert quebec["a"]["demand_index"] > quebec["b"]["demand_index"], "b's Ontario vacancies are no demand in Quebec"
    assert demand(*rows, region="CA-ON", region_min_postings=2) == {}
    everywhere = demand(*rows, region_min_postings=2)
    assert {role: row["vacancies"] for role, row in everywhere.items()} == {"a": 4, "b": 11, "c": 5}


def test_nothing_in_nothing_out() -> None:
    assert role_demand(weighed(), AS_OF, demand_settings()).equals(ROLE_DEMAND.schema.empty_table())


@st.composite
def postings(draw: st.DrawFn) -> pa.Table:
    wages = st.one_of(st.none(), st.integers(1500, 9000).map(lambda n: n / 100))
    rows = [
        {
            "posting_id": f"p{i}",
            "role_id": draw(st.sampled_from("abc")),
            "region": draw(st.sampled_from(["CA-ON", None])),
            "vacancies": draw(st.integers(1, 50)),
            "posted_on": posted(draw(st.integers(0, 300))),
            "wage_low": draw(wages),
            "wage_high": draw(wages),
            "employer": draw(st.sampled_from(["x", "y", None])),
            "education": draw(st.sampled_from(["college", "master", None])),
            "experience_months": draw(st.one_of(st.none(), st.integers(0, 60))),
        }
        for i in range(draw(st.integers(1, 15)))
    ]
    return weighed(*rows)


@settings(max_examples=20, deadline=None)
@given(postings(), st.integers(0, 99))
def test_demand_of_any_market(table: pa.Table, seed: int) -> None:
    found = role_demand(table, AS_OF, demand_settings())
    for row in found.to_pylist():
        assert 0 <= row["demand_index"] <= 1
        assert row["vacancies_recent"] + row["vacancies_before"] <= row["vacancies"]
        assert row["growth"] == pytest.approx(
            log((row["vacancies_recent"] + 5) / (row["vacancies_before"] + 5)), abs=1e-8
        )
        if row["wage_median"] is not None:
            assert row["wage_q1"] <= row["wage_median"] <= row["wage_q3"]
        assert row["employers"] <= row["postings"]
    assert parquet_bytes(role_demand(shuffled(table, seed), AS_OF, demand_settings())) == parquet_bytes(found)
