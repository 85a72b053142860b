"""What a look at a whole column says, against what the database says of its rows."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lake import coded
from pipeline.publish.glance import is_among, is_filled, is_within

FIGURES = st.sampled_from([0.0, -0.0, 0.5, 1.0, -1e-9, 1.0000001, math.nan, math.inf, -math.inf, None])
WORDS = st.sampled_from(["", "a", "b", "é", None])


def column(values: list[object], kind: pa.DataType, cut: int, held: bool = False) -> pa.ChunkedArray:
    """Values in two chunks, strings in dictionaries if that is wanted."""
    whole = pa.chunked_array([pa.array(values[:cut], kind), pa.array(values[cut:], kind)])
    return coded(pa.table({"x": whole}))["x"] if held else whole


@given(st.lists(FIGURES, max_size=5), st.integers(0, 5), st.sampled_from([0.0, None]), st.sampled_from([1.0, None]))
def test_numbers_are_within_bounds_if_each_is(
    values: list[float | None], cut: int, low: float | None, high: float | None
) -> None:
    each = [
        math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)
        for value in values if value is not None
    ]  # fmt: skip
    assert is_within(column(values, pa.float64(), cut), low, high) == all(each)


@pytest.mark.parametrize(("values", "within"), [([], True), ([None], True), ([0, 3], True), ([-1], False)])
def test_whole_numbers_are_counted_from_their_lowest(values: list[int | None], within: bool) -> None:
    assert is_within(column(values, pa.int64(), 1), 0, None) == within


@given(st.lists(WORDS, max_size=5), st.lists(WORDS, max_size=5), st.integers(0, 5), st.booleans(), st.booleans())
def test_strings_are_among_others_if_each_is(
    values: list[str | None], others: list[str | None], cut: int, held: bool, others_held: bool
) -> None:
    known = column(others, pa.string(), cut, others_held)
    assert is_among(column(values, pa.string(), cut, held), known) == ({*values} - {None} <= {*others} - {None})


def test_what_only_a_dictionary_holds_leaves_the_question_to_the_rows() -> None:
    used = pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array([0]), ["a", "gone"])])
    assert not is_among(used, column(["a"], pa.string(), 0))


@given(st.lists(WORDS, max_size=5), st.integers(0, 5), st.booleans())
def test_a_column_is_filled_if_no_value_is_null(values: list[str | None], cut: int, held: bool) -> None:
    assert is_filled(column(values, pa.string(), cut, held)) == (None not in values)


def test_a_null_in_a_dictionary_is_a_null() -> None:
    hidden = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None]))
    assert not is_filled(pa.chunked_array([hidden]))
