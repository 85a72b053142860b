"""Parquet made of tables before they are published."""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Event, Timer

import pyarrow as pa
import pytest

from pipeline import publish
from pipeline.lake import Lake, parquet_bytes
from pipeline.publish import Ahead, ahead, write_snapshot

from .small import INPUTS, conformed, counts, with_row


def test_a_snapshot_is_the_same_whether_or_not_it_was_begun_ahead(tmp_path: Path) -> None:
    tables = conformed()
    folders = []
    for name in ("at once", "ahead"):
        lake = Lake(tmp_path / name)
        with Ahead() as begun:
            if name == "ahead":
                begun.begin({table: tables[table] for table in ("evidence", "matches", "skills")})
            folders.append(Path(lake.path(f"snapshots/{write_snapshot(lake, INPUTS, tables, counts(), ahead=begun)}")))
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == other


def test_what_is_published_is_what_was_given_last() -> None:
    """A table that was made again after it was begun is never published as it was."""
    before, after = conformed()["matches"], conformed(**with_row("matches", 0, coverage=0.7))["matches"]
    with Ahead() as begun:
        begun.begin({"matches": before})
        assert begun.parquet("matches", after) == parquet_bytes(after) != parquet_bytes(before)


def test_the_largest_table_is_begun_first_and_each_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def noted(table: pa.Table) -> bytes:
        made.append(table.num_rows)
        return parquet_bytes(table)

    monkeypatch.setattr(ahead, "parquet_bytes", noted)
    tables = {str(rows): pa.table({"n": list(range(rows))}) for rows in (2, 30, 1)}
    with Ahead() as begun:
        begun.begin(tables)
        found = {name: begun.parquet(name, table) for name, table in tables.items()}
    assert made == [30, 2, 1]
    assert found == {name: parquet_bytes(table) for name, table in tables.items()}


def test_what_can_no_longer_be_wanted_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that fails meanwhile does not wait for tables that nobody will publish."""
    made, first, on = [], Event(), Event()

    def slow(table: pa.Table) -> bytes:
        made.append(table.num_rows)
        first.set()
        assert on.wait(60)
        return b""

    monkeypatch.setattr(ahead, "parquet_bytes", slow)
    with pytest.raises(RuntimeError), Ahead() as begun:
        begun.begin({"large": pa.table({"n": [1, 2]}), "small": pa.table({"n": [1]})})
        assert first.wait(60)
        Timer(0.5, on.set).start()  # when the run has failed already
        raise RuntimeError
    assert made == [2]


def test_a_table_that_cannot_be_written_stops_the_publication(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(table: pa.Table) -> bytes:
        raise MemoryError

    tables = conformed()
    lake = Lake(tmp_path)
    monkeypatch.setattr(ahead, "parquet_bytes", broken)
    with pytest.raises(MemoryError), publish.Ahead() as begun:
        begun.begin(tables)
        write_snapshot(lake, INPUTS, tables, counts(), ahead=begun)
    assert lake.snapshots() == []


def test_the_manifest_names_what_was_made_ahead(tmp_path: Path) -> None:
    lake, tables = Lake(tmp_path), conformed()
    with Ahead() as begun:
        begun.begin(tables)
        identity = write_snapshot(lake, INPUTS, tables, counts(), ahead=begun)
    files = lake.read_json(f"snapshots/{identity}/manifest.json")["files"]
    assert files["evidence.parquet"] == hashlib.sha256(parquet_bytes(tables["evidence"])).hexdigest()
