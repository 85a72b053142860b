"""Arrays of whole numbers: what is distinct in them, and ranges one behind the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.arrays import distinct, places_in_runs, ranges, run_starts, runs


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3)), st.sampled_from(["u8", "i8", "i4"]))
def test_what_is_distinct_comes_once_and_rising(values: list[int], kind: str) -> None:
    array = np.array(values, dtype="u8").astype(kind)
    found = distinct(array)
    assert found.dtype == array.dtype
    assert found.tolist() == sorted(set(array.tolist()))


@given(st.lists(st.tuples(st.integers(-5, 100), st.integers(0, 6))))
def test_ranges_lie_one_behind_the_other(pairs: list[tuple[int, int]]) -> None:
    starts, counts = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    expected = [number for start, count in pairs for number in range(start, start + count)]
    assert ranges(starts, counts).tolist() == expected


def test_nothing_has_nothing_distinct_and_no_ranges() -> None:
    nothing = np.array([], dtype=np.int64)
    assert distinct(nothing).tolist() == ranges(nothing, nothing).tolist() == []
    with pytest.raises(ValueError, match="broadcast"):
        ranges(np.array([1, 2]), np.array([1, 2, 3]))


@given(st.lists(st.integers(0, 9)), st.integers(0, 20))
def test_runs_take_neighbours_while_there_is_room(sizes: list[int], room: int) -> None:
    found = list(runs(np.array(sizes, dtype=np.int64), room))
    assert [place for first, end in found for place in range(first, end)] == list(range(len(sizes)))
    for first, end in found:
        assert sum(sizes[first:end]) <= room or end == first + 1
        assert end == len(sizes) or sum(sizes[first : end + 1]) > room, "the next one had room"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), unique_by=lambda run: run[0]))
def test_runs_begin_where_another_number_does_and_are_counted_from_one(pairs: list[tuple[int, int]]) -> None:
    ordered = np.array([number for number, count in pairs for _ in range(count)], dtype=np.int64)
    assert run_starts(ordered).tolist() == [sum(count for _, count in pairs[:i]) for i in range(len(pairs))]
    assert places_in_runs(ordered).tolist() == [place for _, count in pairs for place in range(1, count + 1)]
