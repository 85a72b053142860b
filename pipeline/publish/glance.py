"""Looks at whole columns: whether no row of one can break a rule. Where one says no, rows must be looked at."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def is_filled(values: pa.ChunkedArray) -> bool:
    """Whether no value is null."""
    coded = pa.types.is_dictionary(values.type)
    return values.null_count == 0 and not (coded and any(chunk.dictionary.null_count for chunk in values.chunks))


def is_within(values: pa.ChunkedArray, low: float | None, high: float | None) -> bool:
    """Whether every number is finite and between two bounds, each of which may be open; nulls are not looked at."""
    if pa.types.is_floating(values.type) and not pc.all(pc.is_finite(values), min_count=0).as_py():
        return False
    ends = pc.min_max(values)
    least, most = ends["min"].as_py(), ends["max"].as_py()
    return least is None or ((low is None or least >= low) and (high is None or most <= high))


def is_among(values: pa.ChunkedArray, known: pa.ChunkedArray) -> bool:
    """Whether every string is one of others; nulls are not looked at.

    What a dictionary holds counts, whether or not a row has it: a False may then be too strict, a True never is.
    """
    used = [chunk.dictionary if pa.types.is_dictionary(values.type) else chunk for chunk in values.chunks]
    others = known.unique().cast(pa.string())
    return all(pc.all(pc.is_in(chunk.drop_null(), value_set=others), min_count=0).as_py() for chunk in used)
