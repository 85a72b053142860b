"""Arrays of whole numbers: what is distinct in them, and ranges one behind the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.arrays import distinct, ranges


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
