"""Demand for each role."""

from __future__ import annotations

from datetime import timedelta
from math import log, sqrt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lake import parquet_bytes
from pipeline.matching import role_demand
from pipeline.settings import DemandWeights
from pipeline.tables import ROLE_DEMAND

from .worlds import AS_OF, as_advertised, market_settings, shuffled, use_threads, weighed

pytestmark = pytest.mark.usefixtures("one_database")

Row = dict[str, object]


NO_FIGURES = pa.schema([
    ("role_id", pa.string()), ("region", pa.string()),
    *((c.name, c.type) for c in ROLE_DEMAND.columns if c.name.startswith("official_")),
]).empty_table()  # fmt: skip


def measured(postings: pa.Table, **changes: Any) -> pa.Table:
    """`role_demand` of weighed postings, without official statistics."""
    return role_demand(as_advertised(postings), NO_FIGURES, AS_OF, market_settings(**changes))


def demand(*rows: Row, region: str = "ALL", **changes: Any) -> dict[str, Row]:
    """The demand rows of a region by role."""
    numbered = ({"posting_id": f"p{i}", "role_id": "r"} | row for i, row in enumerate(rows))
    table = measured(weighed(*numbered), **changes)
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


Z = 1.6448536269514722  # of a normal distribution, 5 % lie above


def test_growth_interval_by_hand() -> None:
    # 15 vacancies of late, of which one posting has 10 and five have 1, and 3 before: v^2 adds up to 100 + 5 + 3, v to
    # 18, so that f = 6. The error is sqrt(6/(15 + 5) + 6/(3 + 5)) = sqrt(0.3 + 0.75) = 1.024695; times 1.644854 it is
    # 1.685473. Growth is ln(20/8) = 0.916291: from -0.769183 to 2.601764.
    batch = {"vacancies": 10, "posted_on": posted(10)}
    rows = [batch, *[{"posted_on": posted(10)}] * 5, *[{"posted_on": posted(100)}] * 3]
    found = demand(*rows)["r"]
    assert (found["vacancies_recent"], found["vacancies_before"]) == (15, 3)
    assert (found["growth_low"], found["growth_high"]) == pytest.approx((-0.769183, 2.601764), abs=2e-6)
    # The same vacancies one by one are more observations: f = 1.
    single = demand(*[{"posted_on": posted(10)}] * 15, *[{"posted_on": posted(100)}] * 3)["r"]
    assert single["growth_high"] - single["growth_low"] == pytest.approx(2 * Z * sqrt(1 / 20 + 1 / 8), abs=2e-6)


def test_growth_of_nothing_is_as_uncertain_as_the_pseudo_count_says() -> None:
    found = demand({"posted_on": None})["r"]
    assert (found["growth_low"], found["growth_high"]) == pytest.approx((-Z * sqrt(0.4), Z * sqrt(0.4)), abs=1e-6)


def test_quartiles_of_the_middle_of_each_wage() -> None:
    # Middles: 20, (28+32)/2 = 30, 40 (only the lowest stated), 50 (only the highest stated). A quarter of them do not
    # exceed 20 and three quarters do not exceed 40, so that the quartiles lie between these and the next: 25, 35, 45.
    found = demand(
        {"wage_low": 20.0, "wage_high": 20.0},
        {"wage_low": 28.0, "wage_high": 32.0},
        {"wage_low": 40.0},
        {"wage_high": 50.0},
        {},
    )["r"]
    assert (found["wage_q1"], found["wage_median"], found["wage_q3"]) == (25.0, 35.0, 45.0)
    assert (found["wage_postings"], found["currency"]) == (4, "CAD")
    # h = 1.644854 x sqrt(0.25/4) = 0.411213: the wages at 0.088787 and 0.911213 of the vacancies.
    assert (found["wage_median_low"], found["wage_median_high"]) == (20.0, 50.0)


def test_wages_are_those_of_vacancies() -> None:
    # 6 of 10 vacancies pay 18, then 1 each pays 20, 30, 40, 50. Half of the ten are paid 18 at most; a quarter too;
    # three quarters are reached with the second of the single ones, 30.
    single = [{"wage_low": wage} for wage in (20.0, 30.0, 40.0, 50.0)]
    found = demand({"wage_low": 18.0, "vacancies": 6}, *single)["r"]
    assert (found["wage_q1"], found["wage_median"], found["wage_q3"]) == (18.0, 18.0, 30.0)
    # n_eff = 10^2 / (36 + 4) = 2.5: h = 1.644854 x sqrt(0.25/2.5) = 0.520148, more than half: from end to end.
    assert (found["wage_median_low"], found["wage_median_high"]) == (18.0, 50.0)


def test_wage_intervals_by_hand() -> None:
    # 16 wages 21 ... 36. Median (28 + 29)/2; h = 1.644854 x sqrt(0.25/16) = 0.205607, so that the ends are the wages at
    # 0.294393 x 16 = 4.71 -> the 5th, 25, and at 0.705607 x 16 = 11.29 -> the 12th, 32.
    # Lower quartile (24 + 25)/2; h = 1.644854 x sqrt(0.1875/16) = 0.178061: 1.15 -> the 2nd, 22; 6.85 -> the 7th, 27.
    found = demand(*({"wage_low": 20.0 + i} for i in range(1, 17)))["r"]
    assert [found[f"wage_median{end}"] for end in ("_low", "", "_high")] == [25.0, 28.5, 32.0]
    assert [found[f"wage_q1{end}"] for end in ("_low", "", "_high")] == [22.0, 24.5, 27.0]
    assert [found[f"wage_q3{end}"] for end in ("_low", "", "_high")] == [30.0, 32.5, 35.0]


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


def test_share_intervals_are_wilsons() -> None:
    # 4 of 5: middle (4 + z^2/2)/(5 + z^2) = (4 + 1.352772)/(5 + 2.705543) = 0.694665, spread
    # z sqrt(4 x 1/5 + z^2/4)/(5 + z^2) = 1.644854 x sqrt(0.8 + 0.676386)/7.705543 = 0.259373: 0.435293 to 0.954038.
    rows = [{"education": "college"}] * 4 + [{"education": "master"}]
    found = demand(*rows)["r"]
    assert (found["no_degree_share"], found["education_postings"]) == (0.8, 5)
    ends = (found["no_degree_share_low"], found["no_degree_share_high"])
    assert ends == pytest.approx((0.435293, 0.954038), abs=2e-6)


def test_a_share_of_all_or_none_is_not_certain() -> None:
    # 3 of 3: from 3/(3 + z^2) = 0.525804 to 1; 0 of 3: the mirror image.
    found = demand(*[{"experience_months": 6, "education": "master"}] * 3)["r"]
    assert (found["entry_experience_share_low"], found["entry_experience_share_high"]) == (0.525804, 1.0)
    assert (found["no_degree_share_low"], found["no_degree_share_high"]) == (0.0, 0.474196)


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


def test_regions_rank_their_own_roles() -> None:
    rows = [
        {"role_id": "a", "region": "CA-QC", "vacancies": 2}, {"role_id": "a", "region": "CA-QC", "vacancies": 2},
        {"role_id": "b", "region": "CA-QC", "vacancies": 1}, {"role_id": "b", "region": "CA-QC", "vacancies": 1},
        {"role_id": "b", "region": "CA-ON", "vacancies": 9}, {"role_id": "c", "region": None, "vacancies": 5},
    ]  # fmt: skip
    quebec = demand(*rows, region="CA-QC")
    assert {role: row["vacancies"] for role, row in quebec.items()} == {"a": 4, "b": 2}
    assert quebec["a"]["demand_index"] > quebec["b"]["demand_index"], "b's Ontario vacancies are no demand in Quebec"
    everywhere = demand(*rows)
    assert {role: row["vacancies"] for role, row in everywhere.items()} == {"a": 4, "b": 11, "c": 5}


FIGURES = [c.name for c in ROLE_DEMAND.columns if c.nullable]


def test_a_thin_cell_keeps_its_row_and_loses_its_figures() -> None:
    rows = [{"role_id": "a", "wage_low": 20.0, "education": "none"}] * 2
    rows += [{"role_id": "b", "wage_low": 30.0}] * 3
    found = demand(*rows, min_postings=3)
    assert found["a"]["suppressed"]
    assert [name for name in FIGURES if found["a"][name] is not None] == []
    assert (found["a"]["weighting"], found["a"]["currency"]) == ("postings", "CAD")
    assert not found["b"]["suppressed"]
    assert (found["b"]["postings"], found["b"]["wage_median"], found["b"]["demand_index"]) == (3, 30.0, 0.0)


def test_a_figure_that_rests_on_too_few_postings_is_empty_in_a_row_that_does_not() -> None:
    said = {"wage_low": 20.0, "education": "none", "experience_months": 0}
    found = demand(said, said, {}, {}, min_postings=3)["r"]
    assert not found["suppressed"]
    assert [found[name] for name in ("postings", "wage_postings", "education_postings", "experience_postings")] == [
        4, 2, 2, 2,
    ]  # fmt: skip
    empty = [name for name in FIGURES if name.startswith(("wage_q", "wage_m", "no_degree", "entry"))]
    assert len(empty) == 15
    assert [name for name in empty if found[name] is not None] == []


def test_nothing_in_nothing_out() -> None:
    assert measured(weighed()).equals(ROLE_DEMAND.schema.empty_table())


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


def holds(row: Row, name: str) -> bool:
    """Whether an interval holds its estimate, or both are empty."""
    low, estimate, high = row[f"{name}_low"], row[name], row[f"{name}_high"]
    return low is None and high is None if estimate is None else low <= estimate <= high


ESTIMATES = [c.name.removesuffix("_low") for c in ROLE_DEMAND.columns if c.name.endswith("_low")]


@settings(max_examples=25, deadline=None)
@given(postings(), st.integers(0, 99), st.integers(1, 4))
def test_demand_of_any_market(table: pa.Table, seed: int, min_postings: int) -> None:
    found = measured(table, min_postings=min_postings)
    for row in found.to_pylist():
        assert [name for name in ESTIMATES if name != "official_wage" and not holds(row, name)] == []
        if row["suppressed"]:
            assert [name for name in FIGURES if row[name] is not None] == []
            continue
        assert row["postings"] >= min_postings
        assert 0 <= row["demand_index"] <= 1
        assert row["vacancies_recent"] + row["vacancies_before"] <= row["vacancies"] == row["vacancies_weighted"]
        assert row["growth"] == pytest.approx(
            log((row["vacancies_recent"] + 5) / (row["vacancies_before"] + 5)), abs=1e-8
        )
        if row["wage_median"] is not None:
            assert row["wage_q1"] <= row["wage_median"] <= row["wage_q3"]
        assert row["employers"] <= row["postings"]
    again = measured(shuffled(table, seed), min_postings=min_postings)
    assert parquet_bytes(again) == parquet_bytes(found)


def test_demand_is_the_same_with_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"posting_id": f"p{i}", "role_id": "abc"[i % 3], "vacancies": i % 7 + 1, "wage_low": 15 + i * 37 % 91 / 7,
         "region": ("CA-ON", "CA-QC", None)[i % 5 % 3], "posted_on": posted(i * 13 % 200)}
        for i in range(400)
    ]  # fmt: skip
    found = []
    for threads in (1, 3):
        use_threads(monkeypatch, threads)
        found.append(parquet_bytes(measured(weighed(*rows))))
    assert found[0] == found[1]
