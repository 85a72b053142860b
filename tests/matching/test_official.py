"""Postings weighted to official counts, and official figures of roles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest import OfficialTables
from pipeline.ingest.official import SCHEMAS
from pipeline.lake import parquet_bytes
from pipeline.matching import official_figures, role_demand, weigh_to_official

from .worlds import AS_OF, demand_settings, market_settings, occupations, shuffled, weighed

pytestmark = pytest.mark.usefixtures("one_database")

ROLES = occupations(welder="72106", fitter="72106", cook="63200", poet=None)
Row = dict[str, Any]


def official(kind: str, *rows: Row) -> OfficialTables:
    """Official statistics of one kind; a row that names no scheme or region is NOC and national."""
    plain = {"scheme": "noc_2021", "region": "ALL"}
    return replace(OfficialTables.none(), **{kind: pa.Table.from_pylist([plain | r for r in rows], SCHEMAS[kind])})


def counts(*rows: tuple[str, str, float]) -> OfficialTables:
    return official("vacancies", *({"code": c, "region": r, "vacancies": v} for c, r, v in rows))


def postings(*rows: tuple[str | None, str | None, int]) -> pa.Table:
    return weighed(
        *({"posting_id": f"p{i}", "role_id": o, "region": r, "vacancies": v} for i, (o, r, v) in enumerate(rows))
    )


def weights(table: pa.Table, given: OfficialTables, bound: float = 100.0) -> list[float]:
    found = weigh_to_official(table, ROLES, given, bound)
    return [row["vacancies_weighted"] for row in found.to_pylist()]


def test_without_counts_a_posting_stands_for_its_vacancies() -> None:
    found = weigh_to_official(postings(("welder", "CA-ON", 3), (None, None, 2)), ROLES, OfficialTables.none(), 5.0)
    assert [(row["vacancies_weighted"], row["official"]) for row in found.to_pylist()] == [(3.0, False), (2.0, False)]


def test_counts_of_other_occupations_are_as_good_as_none() -> None:
    market = shuffled(
        pa.concat_tables([
            postings(("welder", "CA-ON", 3), (None, None, 2), ("cook", "CA-QC", 1)),
            weighed({"posting_id": "old", "role_id": "cook", "in_window": False, "weight": 0.0}),
        ]), 3,
    )  # fmt: skip
    none = weigh_to_official(market, ROLES, OfficialTables.none(), 5.0)
    others = weigh_to_official(market, ROLES, counts(("99999", "ALL", 50)), 5.0)
    assert (none.to_pylist(), none.column_names) == (others.to_pylist(), others.column_names)
    assert none.schema.types == others.schema.types
    assert none["posting_id"].to_pylist() == ["old", "p0", "p1", "p2"]


def test_a_posting_outside_the_window_stands_for_nothing() -> None:
    old = weighed({"posting_id": "p", "role_id": "cook", "in_window": False, "weight": 0.0})
    assert weights(old, counts(("63200", "ALL", 50))) == [0.0]


def test_strata_by_hand() -> None:
    # Welders and fitters share the code 72106. Ontario: 3 advertised, 60 official -> 20 each. The rest of the nation:
    # 100 - 60 = 40 official, 8 advertised (5 in Quebec, 3 without a region) -> 5 each. Cooks: 10 for 4 -> 2.5 each.
    # All strata: 60 + 40 + 10 = 110 official for 3 + 8 + 4 = 15, ratio 7.333333333: the poet has that.
    market = postings(
        ("welder", "CA-ON", 2), ("fitter", "CA-ON", 1), ("welder", "CA-QC", 5), ("welder", None, 3),
        ("cook", "CA-ON", 4), ("poet", None, 1),
    )  # fmt: skip
    given = counts(("72106", "CA-ON", 60), ("72106", "ALL", 100), ("63200", "ALL", 10))
    assert weights(market, given) == [40.0, 20.0, 25.0, 15.0, 10.0, 7.333333333]
    # At most twice the ratio, 14.67, and at least half of it, 3.67.
    assert weights(market, given, 2.0) == [29.333333333, 14.666666667, 25.0, 15.0, 14.666666667, 7.333333333]


def test_where_regions_use_the_nation_up_the_rest_takes_the_ratio() -> None:
    # Ontario has all 60 of the nation's vacancies; the posting without a region is somewhere in it: 60/2 = 30.
    assert weights(postings(("cook", "CA-ON", 2), ("cook", None, 1)),
                   counts(("63200", "CA-ON", 60), ("63200", "ALL", 60))) == [60.0, 30.0]  # fmt: skip


def test_counts_of_nothing_weigh_nothing() -> None:
    market = postings(("cook", None, 2))
    assert weights(market, counts(("63200", "ALL", 0))) == [2.0], "a scale of zero is none"
    assert weights(market, counts(("99999", "ALL", 50))) == [2.0], "no posting has the code"


def demand(market: pa.Table, given: OfficialTables) -> dict[tuple[str, str], Row]:
    set_to = market_settings()
    figures = official_figures(ROLES, given, set_to.demand)
    found = role_demand(weigh_to_official(market, ROLES, given, 100.0), figures, AS_OF, set_to)
    return {(row["role_id"], row["region"]): row for row in found.to_pylist()}


def test_demand_says_which_weighting_was_used() -> None:
    found = demand(
        postings(("welder", "CA-ON", 1), ("welder", "CA-QC", 1), ("cook", "CA-QC", 1), ("poet", "CA-QC", 1)),
        counts(("72106", "CA-ON", 8), ("63200", "ALL", 2)),
    )
    assert {key: row["weighting"] for key, row in found.items()} == {
        ("welder", "ALL"): "mixed", ("welder", "CA-ON"): "official_vacancies", ("welder", "CA-QC"): "postings",
        ("cook", "ALL"): "official_vacancies", ("cook", "CA-QC"): "official_vacancies",
        ("poet", "ALL"): "postings", ("poet", "CA-QC"): "postings",
    }  # fmt: skip
    assert found["welder", "CA-ON"]["vacancies_weighted"] == found["welder", "CA-ON"]["official_vacancies"] == 8.0
    assert found["welder", "CA-ON"]["vacancies"] == 1


def test_the_index_ranks_weighted_vacancies() -> None:
    market = postings(("cook", None, 9), ("welder", None, 1))
    advertised, counted = (
        demand(market, OfficialTables.none()),
        demand(market, counts(("63200", "ALL", 5), ("72106", "ALL", 50))),
    )
    assert advertised["cook", "ALL"]["demand_index"] > advertised["welder", "ALL"]["demand_index"]
    assert counted["cook", "ALL"]["demand_index"] < counted["welder", "ALL"]["demand_index"]


def test_official_figures_stand_where_their_source_has_them() -> None:
    wages = official(
        "wages",
        {"code": "63200", "low": 15.0, "median": 18.0, "high": 25.0, "currency": "CAD"},
        {"code": "72106", "region": "CA-BC", "median": 20.0, "currency": "USD"},
        {"code": "72106", "region": "CA-ON", "median": 20.0, "currency": "JPY"},
    )
    given = replace(wages, outlooks=official("outlooks", {"code": "63200", "outlook": "good"}).outlooks)
    found = official_figures(ROLES, given, demand_settings()).to_pylist()
    assert [(row["role_id"], row["region"], row["official_wage_median"], row["official_outlook"]) for row in found] == [
        ("cook", "ALL", 18.0, "good"), ("fitter", "CA-BC", 27.4, None), ("welder", "CA-BC", 27.4, None),
    ]  # fmt: skip


def test_figures_by_another_classification() -> None:
    roles = ROLES.set_column(2, "isco_08", pa.array(["7212", "7212", "5120", None]))
    given = official("outlooks", {"scheme": "isco_08", "code": "5120", "growth": 0.01})
    mixed = replace(given, vacancies=counts(("63200", "ALL", 7)).vacancies)
    found = official_figures(roles, mixed, demand_settings()).to_pylist()
    assert [(row["role_id"], row["official_growth"], row["official_vacancies"]) for row in found] == [("cook", 0.01, 7)]


MARKETS = st.lists(
    st.tuples(
        st.sampled_from(["welder", "fitter", "cook"]), st.sampled_from(["CA-ON", "CA-QC", None]), st.integers(1, 9)
    ),
    min_size=1, max_size=12,
)  # fmt: skip
COUNTS = st.dictionaries(
    st.tuples(st.sampled_from(["72106", "63200"]), st.sampled_from(["CA-ON", "CA-QC"])), st.integers(1, 500), min_size=1
)
CODES = {"welder": "72106", "fitter": "72106", "cook": "63200"}


@settings(max_examples=40, deadline=None)
@given(MARKETS, COUNTS, st.integers(0, 9))
def test_weights_add_up_to_the_official_counts(
    rows: list[tuple[str, str | None, int]], given: dict[tuple[str, str], int], seed: int
) -> None:
    market, official_counts = postings(*rows), counts(*((c, r, v) for (c, r), v in given.items()))
    found = weigh_to_official(market, ROLES, official_counts, 1e9)
    for (code, region), count in given.items():
        stratum = [
            row["vacancies_weighted"]
            for row in found.to_pylist()
            if CODES[row["role_id"]] == code and row["region"] == region
        ]
        assert not stratum or sum(stratum) == pytest.approx(count, abs=1e-6)
    again = weigh_to_official(shuffled(market, seed), ROLES, official_counts, 1e9)
    assert parquet_bytes(again) == parquet_bytes(found)


@settings(max_examples=20, deadline=None)
@given(MARKETS, COUNTS, st.floats(1.0, 10.0))
def test_weights_stay_within_their_bounds(
    rows: list[tuple[str, str | None, int]], given: dict[tuple[str, str], int], bound: float
) -> None:
    market = postings(*rows)
    found = weigh_to_official(market, ROLES, counts(*((c, r, v) for (c, r), v in given.items())), bound).to_pylist()
    factors = [row["vacancies_weighted"] / row["vacancies"] for row in found]
    assert max(factors) <= min(factors) * bound**2 * (1 + 1e-6)
