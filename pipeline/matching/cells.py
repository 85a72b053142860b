"""Sparse matrices of whole numbers: what is summed in them comes out the same in any order and on any machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import ranges

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ONE = 1_000_000_000  # shares, weights and probabilities are counted in billionths


def billionths(values: npt.ArrayLike) -> Ints:
    """Numbers between 0 and 1 as whole billionths."""
    return np.rint(np.asarray(values, dtype=np.float64) * ONE).astype(np.int64)


def product(one: Ints, other: Ints) -> Ints:
    """The product of two shares in billionths, rounded half up; exact, since it stays below 2^63."""
    return (one * other + ONE // 2) // ONE


def codes(values: pa.ChunkedArray, ids: pa.Array) -> Ints:
    """Where each value stands among the ids; -1 where it does not."""
    if pa.types.is_dictionary(values.type):  # each string is looked for once
        coded = held(values)
        found = pc.index_in(coded.dictionary, value_set=ids).take(coded.indices)
    else:
        found = pc.index_in(values, value_set=ids)
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def held(values: pa.ChunkedArray) -> pa.DictionaryArray:
    """Strings in one dictionary."""
    coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    return coded.unify_dictionaries().combine_chunks()


def sorted_ids(*columns: pa.ChunkedArray) -> pa.Array:
    """The distinct values of some columns of strings, sorted."""
    distinct = pa.chunked_array([column.unique() for column in columns], type=pa.string()).unique()
    return distinct.take(pc.sort_indices(distinct))


@dataclass(frozen=True)
class Cells:
    """A sparse matrix by rows: those of row i stand at starts[i]:starts[i + 1], columns ascending.

    `rows` is the row of every cell, so that cells can be read as triples too.
    """

    starts: Ints
    rows: Ints
    columns: Ints
    values: Ints

    @classmethod
    def of(cls, rows: Ints, columns: Ints, values: Ints, count: int) -> Cells:
        """The matrix with `count` rows of cells in any order."""
        order = np.lexsort((columns, rows))
        rows = rows[order]
        return cls(np.searchsorted(rows, np.arange(count + 1)), rows, columns[order], values[order])

    def by_column(self, count: int) -> Cells:
        """The transposed matrix, which has `count` rows."""
        return Cells.of(self.columns, self.rows, self.values, count)

    def select(self, rows: Ints) -> tuple[Ints, Ints]:
        """The cells of some rows, in the order given: for each which of `rows` it belongs to, and its position."""
        counts = self.starts[rows + 1] - self.starts[rows]
        owner = np.repeat(np.arange(len(rows)), counts)
        return owner, ranges(self.starts[rows], counts)
