"""Set operations on Arrow tables in DuckDB."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import gettempdir
from threading import Lock

import duckdb
import pyarrow as pa

Parameters = Mapping[str, object]
MEMORY_LIMIT = "2GB"  # of joins and sums; what they are given and give is not part of it
SHARED_OUT = 1 << 21  # rows from which on a query is worth more threads than one: fewer take longer to share out
Maker = Callable[[], duckdb.DuckDBPyConnection]


class _Shared:
    """One database in memory for a process: making one takes longer than most queries do.

    What is registered belongs to a connection: none sees what another one registered. A forked process makes its
    own, and leaves the one that it inherits as it is: the threads that would have to close it are not there.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._made_by: Maker | None = None
        self._database: duckdb.DuckDBPyConnection | None = None
        self._alone = False
        self._inherited: list[duckdb.DuckDBPyConnection | None] = []
        os.register_at_fork(after_in_child=self._leave)

    def connection(self, rows: int) -> duckdb.DuckDBPyConnection:
        """A connection of its own, for queries over so many rows.

        How many threads compute is settled for the whole database, and moves no result.
        """
        with self._lock:
            if self._database is None or self._made_by is not duckdb.connect:
                self._database, self._made_by = duckdb.connect(), duckdb.connect
                self._alone = False
                for statement in _limits():
                    self._database.execute(statement)
            if self._alone != (rows < SHARED_OUT):
                self._database.execute("RESET threads" if self._alone else "SET threads = 1")
                self._alone = not self._alone
            return self._database.cursor()

    def close(self) -> None:
        """Gives back what the database holds, in memory and on disk; whoever asks again has another one."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _leave(self) -> None:
        self._inherited.append(self._database)
        self._lock, self._database = Lock(), None


def _limits() -> Iterator[str]:
    """What keeps a large join from taking all memory: beyond the limit it goes to disk, and gives the same rows."""
    folder = Path(gettempdir(), f"passerelle-{os.getpid()}.duckdb").as_posix().replace("'", "''")
    yield f"SET memory_limit = '{MEMORY_LIMIT}'"
    yield f"SET temp_directory = '{folder}'"


_shared = _Shared()


def close() -> None:
    """Ends the process's database, for a process that is about to end."""
    _shared.close()


def connect(tables: Mapping[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    """A connection that sees Arrow tables under the names given; nothing is copied until it is read."""
    db = _shared.connection(sum(table.num_rows for table in tables.values()))
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
