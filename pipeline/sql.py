"""Set operations on Arrow tables in DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

Parameters = Mapping[str, object]


def connect(tables: Mapping[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    """A database in memory that sees Arrow tables under the names given; nothing is copied until it is read."""
    db = duckdb.connect()
    for name, table in tables.items():
        db.register(name, table)
    return db


def query(sql: str, tables: Mapping[str, pa.Table], parameters: Parameters | None = None) -> pa.Table:
    """The result of one query over Arrow tables.

    Args:
        sql: the query; values go in as parameters ($name), never as text.
        tables: name -> table.
        parameters: name -> value.
    """
    with connect(tables) as db:
        return fetch(db, sql, parameters)


def fetch(db: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters | Sequence[object] | None = None) -> pa.Table:
    """The result of one query in an open database, as an Arrow table."""
    relation = db.sql(sql, params=parameters) if parameters else db.sql(sql)
    return relation.to_arrow_table()
