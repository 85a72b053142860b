"""The contract itself."""

from __future__ import annotations

import random
from itertools import pairwise, product

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PasserelleError
from pipeline.lake import coded, parquet_bytes
from pipeline.tables import TABLES, Column, Table, model

EVERY_COLUMN = [(table.name, column) for table in TABLES.values() for column in table.columns]

SMALL = Table(
    "small", "A table.", "Un tableau.", ("letter", "tally"),
    (
        Column("letter", pa.string(), "Letter", "Lettre"),
        Column("tally", pa.int64(), "Number", "Nombre", nullable=True),
        Column("share", pa.float64(), "Share", "Part", low=0, high=1),
    ),
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_table_is_described_in_both_languages(table: Table) -> None:
    assert table.en.strip().endswith(".")
    assert table.fr.strip().endswith(".")
    assert table.en != table.fr


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN, ids=[f"{t}.{c.name}" for t, c in EVERY_COLUMN])
def test_a_column_is_described_in_both_languages(table: str, column: Column) -> None:
    assert column.en.strip()
    assert column.fr.strip()
    assert column.en != column.fr


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN, ids=[f"{t}.{c.name}" for t, c in EVERY_COLUMN])
def test_a_column_makes_sense(table: str, column: Column) -> None:
    assert column.name == column.name.lower()
    assert column.name.isidentifier()
    if column.references:
        other, target = column.references.split(".")
        assert TABLES[other].key == (target,), "what is referred to is the key of its table"
        assert column.type == {c.name: c.type for c in TABLES[other].columns}[target]
    if column.low is not None or column.high is not None:
        assert pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    if column.low is not None and column.high is not None:
        assert column.low < column.high


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_table_has_a_key_of_columns_that_are_never_empty(table: Table) -> None:
    columns = {column.name: column for column in table.columns}
    assert len(columns) == len(table.columns), "no name comes twice"
    assert table.key
    assert not any(columns[name].nullable for name in table.key)


def test_tables_are_found_by_their_names() -> None:
    assert all(name == table.name for name, table in TABLES.items())
    assert {"skills", "roles", "matches", "match_skills", "role_skills", "role_demand", "evidence"} <= set(TABLES)


def test_the_schema_has_types_and_nullability() -> None:
    assert SMALL.schema.equals(
        pa.schema([
            pa.field("letter", pa.string(), nullable=False), pa.field("tally", pa.int64()),
            pa.field("share", pa.float64(), nullable=False),
        ])
    )  # fmt: skip


def test_conform_puts_columns_and_rows_in_order_and_casts() -> None:
    loose = pa.table({
        "extra": ["x", "y", "z"], "share": pa.array([1, 0, 1], pa.int8()), "tally": pa.array([2, 10, None], pa.int32()),
        "letter": pa.array(["q", "p", "p"], pa.large_string()),
    })  # fmt: skip
    conformed = SMALL.conform(loose)
    assert conformed.schema.equals(SMALL.schema)
    assert [tuple(row.values()) for row in conformed.to_pylist()] == [("p", 10, 0.0), ("p", None, 1.0), ("q", 2, 1.0)]
    assert SMALL.conform(conformed).equals(conformed)


def test_conform_leaves_no_trace_of_how_the_rows_were_made() -> None:
    rows = [{"letter": f"k{i % 7}", "tally": i, "share": i / 100} for i in range(100)]
    expected = parquet_bytes(SMALL.conform(pa.Table.from_pylist(rows)))
    random.Random(5).shuffle(rows)
    pieces = [pa.Table.from_pylist(rows[start : start + 13]) for start in range(0, 100, 13)]
    assert parquet_bytes(SMALL.conform(pa.concat_tables(pieces))) == expected


def test_strings_in_dictionaries_are_sorted_as_strings() -> None:
    rows = [{"letter": letter, "tally": n, "share": 0.5} for letter in "zéBa" for n in (3, None, 1)]
    plain = pa.Table.from_pylist(rows, schema=SMALL.schema)
    held = pa.concat_tables([coded(plain.slice(0, 5)), coded(plain.slice(5))])
    assert SMALL.describes(SMALL.conform(held).schema)
    assert parquet_bytes(SMALL.conform(held)) == parquet_bytes(SMALL.conform(plain))
    assert SMALL.conform(coded(plain.slice(0, 0))).num_rows == 0


@pytest.mark.parametrize("most", [1 << 63, 1])
def test_rows_are_sorted_by_keys_in_dictionaries_as_by_plain_ones(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the places of the keys make one number together, or would be too large a one."""
    monkeypatch.setattr(model, "MOST_PLACES", most)
    pair = Table("pair", "A table.", "Un tableau.", ("word", "letter"), (
        SMALL.columns[0], Column("word", pa.string(), "Word", "Mot"), SMALL.columns[2],
    ))  # fmt: skip
    rows = [{"letter": a, "word": b, "share": n / 9} for n, (a, b) in enumerate(product("zéBa", ("un", "", "Été")))]
    expected = parquet_bytes(pair.conform(pa.Table.from_pylist(rows, schema=pair.schema)))
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        plain = pa.Table.from_pylist(rows, schema=pair.schema)
        assert (
            parquet_bytes(pair.conform(pa.concat_tables([coded(plain.slice(0, 5)), coded(plain.slice(5))]))) == expected
        )
    in_order = pair.conform(coded(plain))
    assert pair.rises(in_order)
    assert not pair.rises(coded(pa.concat_tables([in_order, in_order]).cast(pair.schema)))
    assert pair.conform(in_order).equals(in_order)


@given(
    keys=st.lists(st.tuples(st.sampled_from(["", "a", "b", "É"]), st.integers(-1, 2)), max_size=5),
    held=st.booleans(),
    cut=st.integers(0, 5),
)
def test_a_table_rises_where_every_key_comes_after_the_one_before(
    keys: list[tuple[str, int]], held: bool, cut: int
) -> None:
    pair = Table("pair", "A table.", "Un tableau.", ("letter", "tally"), SMALL.columns)
    rows = [{"letter": letter, "tally": tally, "share": 0.5} for letter, tally in keys]
    table = pa.Table.from_pylist(rows, schema=SMALL.schema)
    table = pa.concat_tables([table.slice(0, cut), table.slice(cut)])
    codes = [(letter.encode(), tally) for letter, tally in keys]
    assert pair.rises(coded(table) if held else table) == all(a < b for a, b in pairwise(codes))


def test_a_table_with_a_key_that_is_empty_is_not_said_to_rise() -> None:
    pair = Table("pair", "A table.", "Un tableau.", ("tally",), SMALL.columns)
    assert not pair.rises(pa.table({"letter": ["a", "b"], "tally": [1, None], "share": [0.5, 0.5]}))


def test_conform_of_no_rows() -> None:
    chunked = pa.concat_tables([SMALL.schema.empty_table()] * 3)
    assert parquet_bytes(SMALL.conform(chunked)) == parquet_bytes(SMALL.conform(SMALL.schema.empty_table()))


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"letter": ["x"], "share": [0.5]}, ["tally"]),  # missing
        ({"share": [0.5]}, ["letter", "tally"]),
        ({"letter": ["x"], "tally": [1], "share": ["much"]}, ["share"]),  # no number
        ({"letter": ["x"], "tally": [1.5], "share": [0.5]}, ["tally"]),  # a fraction would be lost
        ({"letter": [["x"]], "tally": [1], "share": [0.5]}, ["letter"]),  # a list
        ({"letter": [None], "tally": [1], "share": [0.5]}, ["letter"]),  # may not be empty
        ({"letter": ["x"], "tally": [{"n": 1}], "share": [0.5]}, ["tally"]),  # a struct
    ],
)
def test_conform_says_which_column_of_which_table_is_wrong(columns: dict[str, list[object]], names: list[str]) -> None:
    with pytest.raises(PasserelleError) as caught:
        SMALL.conform(pa.table(columns))
    message = str(caught.value)
    assert all(name in message for name in ("small", *names))
