"""Tables as Parquet before they are published: what is computed meanwhile leaves a core to the one who writes them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import pyarrow as pa

from pipeline.lake import parquet_bytes


class Ahead:
    """One thread that makes Parquet in memory of the tables that are known first; nothing of it reaches a lake.

    A snapshot's largest tables are there before those that answer questions, and Parquet is made without holding
    Python's lock. To be used in a `with`, which ends when the thread has: what it was given and is not asked for any
    more is not begun.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "parquet")
        self._begun: dict[str, tuple[pa.Table, Future[bytes]]] = {}

    def __enter__(self) -> Ahead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def begin(self, tables: Mapping[str, pa.Table]) -> None:
        """Makes Parquet of tables, by name, those with the most rows first."""
        for name in sorted(tables, key=lambda name: -tables[name].num_rows):
            self._begun[name] = tables[name], self._pool.submit(parquet_bytes, tables[name])

    def parquet(self, name: str, table: pa.Table) -> bytes:
        """What `parquet_bytes` gives of a table, which is what was begun or, where that was another one, made now."""
        known, made = self._begun.pop(name, (None, None))
        return made.result() if made is not None and known is table else parquet_bytes(table)
