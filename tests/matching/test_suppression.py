"""Which cells of demand are withheld."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.matching.suppression import suppressed_cells

from .worlds import shuffled

pytestmark = pytest.mark.usefixtures("one_database")

Cells = dict[tuple[str, str], int]


def table(cells: Cells) -> pa.Table:
    return pa.table({
        "role_id": pa.array([role for role, _ in cells], pa.string()),
        "region": pa.array([region for _, region in cells], pa.string()),
        "postings": pa.array(cells.values(), pa.int64()),
    })  # fmt: skip


def hidden(cells: Cells, min_postings: int = 3) -> set[tuple[str, str]]:
    rows = suppressed_cells(table(cells), min_postings).to_pylist()
    return {(row["role_id"], row["region"]) for row in rows if row["suppressed"]}


def of(national: int, **regions: int) -> Cells:
    """The cells of one role: postings in all, and in each region; what is left names no region."""
    return {("r", "ALL"): national} | {("r", region): postings for region, postings in regions.items()}


def regions_hidden(cells: Cells, min_postings: int = 3) -> list[str]:
    return sorted(region for _, region in hidden(cells, min_postings))


def test_thin_cells_are_withheld() -> None:
    assert regions_hidden(of(9, ON=2, QC=1, AB=6)) == ["ON", "QC"]
    assert regions_hidden(of(2, ON=2)) == ["ALL", "ON"]
    assert regions_hidden(of(9, ON=3, QC=6)) == []


def test_a_region_that_alone_is_thin_takes_the_next_smallest_with_it() -> None:
    # 12 - 7 - 4 would say that Quebec has 1.
    assert regions_hidden(of(12, QC=1, ON=4, AB=7)) == ["ON", "QC"]


def test_of_regions_of_one_size_the_first_by_name_goes() -> None:
    assert regions_hidden(of(9, QC=1, ON=4, AB=4)) == ["AB", "QC"]


def test_two_thin_regions_that_together_are_thin_take_a_third_with_them() -> None:
    # 9 - 7 = 2 would say that each of the two has exactly one.
    assert regions_hidden(of(9, QC=1, ON=1, AB=7)) == ["AB", "ON", "QC"]
    assert regions_hidden(of(10, QC=2, ON=1, AB=7)) == ["ON", "QC"]


def test_postings_that_name_no_region_hide_a_thin_one_if_there_are_enough() -> None:
    assert regions_hidden(of(9, QC=1, AB=6)) == ["QC"]  # 9 - 6 = 3, of which Quebec has who knows how many
    assert regions_hidden(of(8, QC=1, AB=6)) == ["AB", "QC"]  # 8 - 6 = 2 is thin itself


def test_nothing_is_withheld_where_one_posting_is_enough() -> None:
    assert regions_hidden(of(2, QC=1, AB=1), min_postings=1) == []


def test_roles_do_not_hide_each_other() -> None:
    cells = {("a", "ALL"): 5, ("a", "QC"): 1, ("a", "ON"): 4, ("b", "ALL"): 9, ("b", "QC"): 4, ("b", "ON"): 5}
    assert hidden(cells) == {("a", "QC"), ("a", "ON")}


@st.composite
def markets(draw: st.DrawFn) -> Cells:
    cells: Cells = {}
    for role in draw(st.sets(st.sampled_from("ab"), min_size=1)):
        regions = draw(st.dictionaries(st.sampled_from(["AB", "ON", "QC", "NS"]), st.integers(1, 8)))
        unplaced = draw(st.integers(0, 4))
        if total := sum(regions.values()) + unplaced:
            cells |= {(role, "ALL"): total} | {(role, region): n for region, n in regions.items()}
    return cells


@settings(max_examples=60, deadline=None)
@given(markets(), st.integers(1, 6), st.integers(0, 9))
def test_no_thin_region_can_be_found_by_subtraction(cells: Cells, min_postings: int, seed: int) -> None:
    withheld = hidden(cells, min_postings)
    for role in {role for role, _ in cells}:
        regions = {region: n for (name, region), n in cells.items() if name == role and region != "ALL"}
        thin = {region for region, n in regions.items() if n < min_postings}
        gone = {region for region in regions if (role, region) in withheld}
        assert thin <= gone
        if (role, "ALL") in withheld or not thin:
            continue
        left = cells[role, "ALL"] - sum(n for region, n in regions.items() if region not in gone)
        unplaced = cells[role, "ALL"] - sum(regions.values())
        assert len(gone) + (unplaced > 0) >= 2, "what is left is not one region's alone"
        assert left >= min_postings, "and is not thin"
    again = suppressed_cells(shuffled(table(cells), seed), min_postings)
    assert again.equals(suppressed_cells(table(cells), min_postings))


@settings(max_examples=60, deadline=None)
@given(markets(), st.integers(1, 6))
def test_a_higher_minimum_never_publishes_more(cells: Cells, min_postings: int) -> None:
    assert hidden(cells, min_postings) <= hidden(cells, min_postings + 1)
