"""Fixtures for the tests of matching."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from .worlds import CONNECT


@pytest.fixture(scope="module")
def one_database() -> Iterator[None]:
    """One DuckDB for a whole module: opening one takes 20 ms, and properties are tried on hundreds of markets.

    Each `duckdb.connect` gives a connection of its own to it, so that no test sees what another registered.
    """
    with CONNECT() as shared, pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda: shared.cursor())
        yield
