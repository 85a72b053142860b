"""Queries over Arrow tables: one database for a process, and nothing that one query leaves to the next."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pyarrow as pa
import pytest

from pipeline.sql import SHARED_OUT, query


def total(values: list[int]) -> int:
    table = pa.table({"n": pa.array(values, pa.int64())})
    return int(query("SELECT sum(n)::BIGINT AS n FROM given", {"given": table})["n"][0].as_py())


def test_a_name_means_what_its_own_query_gave_it() -> None:
    assert (total([1, 2]), total([3])) == (3, 3)
    with pytest.raises(duckdb.CatalogException):
        query("SELECT * FROM given", {})


def test_queries_of_several_threads_do_not_meet() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda n: total([n] * 50), range(40))) == [50 * n for n in range(40)]


def threads_for(rows: int) -> int:
    """How many threads compute a query over so many rows."""
    given = pa.table({"n": pa.nulls(rows, pa.int64())})
    return int(query("SELECT current_setting('threads')::BIGINT AS n", {"given": given})["n"][0].as_py())


def test_queries_over_few_rows_are_not_shared_out_among_threads() -> None:
    with duckdb.connect() as db:
        several = db.execute("SELECT current_setting('threads')").fetchall()[0][0]
    assert [threads_for(rows) for rows in (3, SHARED_OUT, SHARED_OUT, 3)] == [1, several, several, 1]


def test_a_forked_process_can_query() -> None:
    assert total([1]) == 1
    child = os.fork()
    if not child:
        os._exit(0 if total([2, 3]) == 5 else 1)
    ended = 0
    for _ in range(600):  # a deadlock must fail the test, not hang it
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.1)
    if not ended:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert ended and status == 0
