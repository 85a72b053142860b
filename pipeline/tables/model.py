"""What a table of the contract is made of: columns with their meaning in both languages, keys and references."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import PasserelleError

MOST_PLACES = 1 << 63  # that one whole number may tell apart


@dataclass(frozen=True)
class Column:
    """A column: its Arrow type, what it holds in both languages, and what values it may take.

    `unit` names what a number counts; `low` and `high` bound it; `references` names the "table.column" that holds it.
    """

    name: str
    type: pa.DataType
    en: str
    fr: str
    nullable: bool = False
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    references: str | None = None


@dataclass(frozen=True)
class Table:
    """A published table: one row per `key`, rows sorted by it."""

    name: str
    en: str
    fr: str
    key: tuple[str, ...]
    columns: tuple[Column, ...] = field(repr=False)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, columns in the published order."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def conform(self, table: pa.Table, in_order: bool = False) -> pa.Table:
        """Columns in order and cast, rows sorted by the key: the bytes no longer depend on how the rows were made.

        Strings that are held in a dictionary stay so: it is a way to hold them in memory, and is not written.

        Args:
            table: the rows.
            in_order: that the rows are sorted by the key already.

        Raises:
            PasserelleError: a column is missing or cannot be cast; names the table and the column.
        """
        missing = [c.name for c in self.columns if c.name not in table.column_names]
        if missing:
            raise PasserelleError(f"Table {self.name}: missing columns {', '.join(missing)}.")
        columns = [self._cast(column, table[column.name]) for column in self.columns]
        del table  # a column that has been sorted is not held twice
        order = None if in_order else self._order(columns)
        if order is not None:
            for place, column in enumerate(columns):
                columns[place] = _unified(column).take(order)
        fields = [field.with_type(values.type) for field, values in zip(self.schema, columns, strict=True)]
        return pa.table(columns, schema=pa.schema(fields))

    def _order(self, columns: list[pa.ChunkedArray]) -> pa.Array | None:
        """The rows by the key; None where they are in that order."""
        names = [column.name for column in self.columns]
        ranked = [_ranks(columns[names.index(name)]) for name in self.key]
        number = _number(ranked)
        if number is not None:
            return None if (number[1:] >= number[:-1]).all() else pa.array(np.argsort(number, kind="stable"))
        keys = pa.table([ranks for ranks, _ in ranked], names=list(self.key))
        order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in self.key])
        places = order.to_numpy()
        return None if (places[1:] > places[:-1]).all() else order

    def rises(self, table: pa.Table) -> bool:
        """Whether each row's key is known to come after that of the row before, so that none is there twice."""
        later: npt.NDArray[np.bool_] = np.zeros(max(table.num_rows - 1, 0), dtype=bool)
        same = ~later
        for name in self.key:
            ranks, size = _ranks(table[name])
            if table[name].null_count or (size is not None and not _tells_apart(table[name])):
                return False
            one, other = ranks.slice(0, len(later)), ranks.slice(1)
            later |= same & pc.greater(other, one).to_numpy()
            same &= pc.equal(other, one).to_numpy()
        return bool(later.all())

    def describes(self, schema: pa.Schema) -> bool:
        """Whether a table with this schema is written as the contract says."""
        plain = [field.with_type(_value_type(field.type)) for field in schema]
        return bool(pa.schema(plain).equals(self.schema))

    def _cast(self, column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
        if values.null_count and not column.nullable:
            raise PasserelleError(f"Table {self.name}, column {column.name}: {values.null_count} rows are empty.")
        if _value_type(values.type) == column.type:
            return values
        try:
            return values.cast(column.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
            raise PasserelleError(f"Table {self.name}, column {column.name}: {error}.") from error


def _unified(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values, with one dictionary for all chunks if they are held in dictionaries."""
    return values.unify_dictionaries() if pa.types.is_dictionary(values.type) else values


def _ranks(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int | None]:
    """What sorts as the values do: of strings in dictionaries their places among all, and how many these are."""
    if not pa.types.is_dictionary(values.type):
        return values, None
    unified = _unified(values)
    if not unified.num_chunks:
        return values.cast(values.type.value_type), None
    ranks = pc.sort_indices(pc.sort_indices(unified.chunk(0).dictionary))
    return pa.chunked_array([ranks.take(chunk.indices) for chunk in unified.chunks]), len(ranks)


def _tells_apart(coded: pa.ChunkedArray) -> bool:
    """Whether no string stands twice in a dictionary: two places are then two strings."""
    whole = _unified(coded)
    return all(len(pc.unique(chunk.dictionary)) == len(chunk.dictionary) for chunk in whole.chunks[:1])


def _number(ranked: Sequence[tuple[pa.ChunkedArray, int | None]]) -> npt.NDArray[np.int64] | None:
    """A number for each row that sorts as several ranks do, one after the other; None if they are no ranks, or many."""
    sizes = [size for ranks, size in ranked if size is not None and not ranks.null_count]
    if len(sizes) < len(ranked) or math.prod(sizes) >= MOST_PLACES:
        return None
    number = np.zeros(len(ranked[0][0]), dtype=np.int64)
    for ranks, size in zip((ranks for ranks, _ in ranked), sizes, strict=True):
        number = number * size + ranks.to_numpy().astype(np.int64)
    return number


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
