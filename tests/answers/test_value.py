"""Where credentials lead: roles, vacancies and pay."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers.value import credential_value
from pipeline.lake import parquet_bytes
from pipeline.settings import Settings
from pipeline.tables import CREDENTIAL_VALUE
from tests.matching.worlds import market_settings, shuffled, weighed

from .markets import market

pytestmark = pytest.mark.usefixtures("one_database")

Row = dict[str, Any]
Covers = dict[tuple[str, str], float]


def values(postings: pa.Table, covers: Covers, set_to: Settings | None = None) -> pa.Table:
    """`credential_value` of weighed postings and (credential, role) -> coverage."""
    return credential_value(market(postings, covers, set_to or market_settings()))


def by_key(table: pa.Table) -> dict[tuple[str, str], Row]:
    return {(row["credential_id"], row["region"]): row for row in table.to_pylist()}


def jobs(role: str, *wages: float | None, region: str | None = None, **more: object) -> list[Row]:
    """A posting for each wage."""
    return [{"role_id": role, "wage_low": wage, "region": region} | more for wage in wages]


def posted(*rows: Row) -> pa.Table:
    return weighed(*({"posting_id": f"p{i:03}"} | row for i, row in enumerate(rows)))


def test_value_by_hand() -> None:
    # The course covers the welder and the fitter: 2 + 1 + 3 + 1 = 7 of the 10 vacancies. By pay they are 20, 25 (two),
    # 30, 40 (three): half of the seven are reached at 30. All ten are 15 (three) and these: half of them are reached at
    # 25, so that the ratio is 30/25 = 1.2.
    postings = posted(
        {"role_id": "welder", "vacancies": 2, "wage_low": 25.0}, {"role_id": "welder", "wage_low": 30.0},
        {"role_id": "fitter", "vacancies": 3, "wage_low": 40.0}, {"role_id": "fitter", "wage_low": 20.0},
        {"role_id": "cook", "vacancies": 3, "wage_low": 15.0},
    )  # fmt: skip
    found = by_key(values(postings, {("course", "welder"): 0.4, ("course", "fitter"): 0.25, ("course", "cook"): 0.24}))
    row = found["course", "ALL"]
    assert [row[name] for name in ("roles_covered", "roles_suppressed", "postings", "vacancies", "wage_postings")] == [
        2, 0, 4, 7.0, 4,
    ]  # fmt: skip
    assert (row["vacancies_share"], row["wage_median"], row["wage_median_all"]) == (0.7, 30.0, 25.0)
    assert (row["wage_ratio"], row["currency"], row["suppressed"]) == (1.2, "CAD", False)
    # n_eff = 7^2/(4 + 1 + 9 + 1) = 3.266667; h = 1.644854 x sqrt(0.25/3.266667) = 0.455035: from the wage at 0.044965
    # of the seven, 20, to that at 0.955035, 40.
    assert (row["wage_median_low"], row["wage_median_high"]) == (20.0, 40.0)


def test_a_credential_that_leads_nowhere_has_a_row_that_says_so() -> None:
    found = by_key(values(posted(*jobs("cook", 15.0, 16.0)), {("course", "cook"): 0.1}))
    row = found["course", "ALL"]
    figures = ("roles_covered", "open_roles", "postings", "vacancies", "vacancies_share", "wage_postings")
    assert [row[name] for name in figures] == [0, 0, 0, 0.0, 0.0, 0]
    assert (row["best_role_id"], row["wage_median"], row["wage_ratio"]) == (None, None, None)
    assert (row["wage_median_all"], row["suppressed"]) == (15.5, False)


def test_regions_are_those_where_a_covered_role_is_in_demand() -> None:
    rows = jobs("welder", 30.0, 32.0, region="CA-ON") + jobs("cook", 15.0, 17.0, region="CA-QC")
    found = by_key(values(posted(*rows), {("course", "welder"): 0.9}))
    assert set(found) == {("course", "ALL"), ("course", "CA-ON")}
    assert (found["course", "CA-ON"]["wage_median_all"], found["course", "ALL"]["wage_median_all"]) == (31.0, 23.5)


def test_the_best_role_is_the_most_in_demand() -> None:
    rows = jobs("welder", 30.0, vacancies=9) + jobs("cook", 15.0)
    found = by_key(values(posted(*rows), {("course", "welder"): 0.3, ("course", "cook"): 0.9}))
    assert (found["course", "ALL"]["best_role_id"], found["course", "ALL"]["demand_index_best"]) == ("welder", 1.0)


def test_open_roles_ask_neither_a_degree_nor_long_experience() -> None:
    rows = [
        *jobs("open", 20.0, 20.0, education="secondary", experience_months=6),
        *jobs("degree", 20.0, 20.0, education="master", experience_months=6),
        *jobs("seasoned", 20.0, 20.0, education="secondary", experience_months=60),
        *jobs("silent", 20.0, 20.0),
    ]
    covers = {("course", role): 0.5 for role in ("open", "degree", "seasoned", "silent")}
    found = by_key(values(posted(*rows), covers))
    assert (found["course", "ALL"]["open_roles"], found["course", "ALL"]["roles_covered"]) == (1, 4)
    strict = by_key(values(posted(*rows), covers, market_settings(open_share=0.0)))
    assert strict["course", "ALL"]["open_roles"] == 3, "a role that states nothing is not known to be open"


def test_suppressed_roles_count_in_no_figure() -> None:
    rows = jobs("welder", 30.0, 32.0, 34.0) + jobs("cook", 90.0, 90.0)
    covers = {("both", "welder"): 0.5, ("both", "cook"): 0.5, ("one", "welder"): 0.5, ("thin", "cook"): 0.5}
    found = by_key(values(posted(*rows), covers, market_settings(min_postings=3)))
    both, one, thin = (found[name, "ALL"] for name in ("both", "one", "thin"))
    figures = [c.name for c in CREDENTIAL_VALUE.columns if c.nullable]
    assert [both[name] for name in figures] == [one[name] for name in figures], "the difference gives nothing away"
    assert (both["roles_covered"], both["roles_suppressed"], both["wage_median_all"]) == (2, 1, 32.0)
    assert thin["suppressed"] and not both["suppressed"]
    assert [name for name in figures if thin[name] is not None] == ["wage_median_all"]


def test_a_median_of_too_few_wages_is_empty() -> None:
    rows = jobs("welder", 30.0, 32.0, None, None)
    row = by_key(values(posted(*rows), {("course", "welder"): 0.5}, market_settings(min_postings=3)))["course", "ALL"]
    assert (row["wage_postings"], row["postings"], row["vacancies"]) == (2, 4, 4.0)
    assert [row[n] for n in ("wage_median", "wage_median_low", "wage_median_high", "wage_ratio")] == [None] * 4


def test_nothing_in_nothing_out() -> None:
    assert values(posted(), {}).equals(CREDENTIAL_VALUE.schema.empty_table())


@st.composite
def worlds(draw: st.DrawFn) -> tuple[pa.Table, Covers]:
    rows = [
        {
            "role_id": draw(st.sampled_from("abc")), "region": draw(st.sampled_from(["CA-ON", "CA-QC", None])),
            "vacancies": draw(st.integers(1, 9)),
            "wage_low": draw(st.one_of(st.none(), st.integers(1500, 9000).map(lambda n: n / 100))),
        }
        for _ in range(draw(st.integers(1, 15)))
    ]  # fmt: skip
    present = sorted({row["role_id"] for row in rows})
    pairs = st.tuples(st.sampled_from(["x", "y", "z"]), st.sampled_from(present))
    covers = draw(st.dictionaries(pairs, st.integers(0, 100).map(lambda n: n / 100)))
    return posted(*rows), covers


@settings(max_examples=10, deadline=None)
@given(worlds(), st.integers(1, 3), st.integers(0, 9))
def test_value_in_any_market(world: tuple[pa.Table, Covers], min_postings: int, seed: int) -> None:
    postings, covers = world
    set_to = market_settings(min_postings=min_postings)
    found = values(postings, covers, set_to)
    for row in found.to_pylist():
        if row["wage_median"] is not None:
            assert row["wage_median_low"] <= row["wage_median"] <= row["wage_median_high"]
            assert row["wage_postings"] >= min_postings
        if not row["suppressed"]:
            assert 0 <= row["vacancies_share"] <= 1
            assert row["open_roles"] <= row["roles_covered"]
    assert parquet_bytes(values(shuffled(postings, seed), covers, set_to)) == parquet_bytes(found)
    more = values(postings, covers | {("irrelevant", min(r for _, r in covers)): 0.9} if covers else covers, set_to)
    kept = [row for row in more.to_pylist() if row["credential_id"] != "irrelevant"]
    assert kept == found.to_pylist(), "another credential changes no figure"
