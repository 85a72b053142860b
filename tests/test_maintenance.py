"""Keeping a lake in order: what is published is verified, and only what nothing needs is deleted."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import LakeError
from pipeline.lake import ContentCache, Lake, parquet_bytes, part_name
from pipeline.landing import LandingArea
from pipeline.maintenance import check_published, tidy, tidy_landing
from pipeline.publish import move_pointer, write_candidate, write_snapshot
from pipeline.settings import load_settings
from pipeline.upkeep import compaction
from pipeline.upkeep.compaction import MANY, compact

from .publish.small import INPUTS, conformed, counts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SETTINGS = load_settings(None, {"retention": {"snapshots": 2, "days": 90, "landing_days": 30}})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def snapshot(lake: Lake, number: int, age: int = 0) -> str:
    identity = write_snapshot(lake, replace(INPUTS, postings=str(number) * 64), conformed(), counts(), {})
    set_age(lake, f"snapshots/{identity}", age)
    return identity


def set_age(lake: Lake, name: str, days: int) -> None:
    """Makes files look as if they had been written that many days ago."""
    then = (NOW - timedelta(days=days)).timestamp()
    path = Path(lake.path(name))
    for each in [path, *path.rglob("*")]:
        os.utime(each, (then, then))


def test_the_published_snapshot_is_verified(lake: Lake) -> None:
    assert check_published(lake) is None
    identity = snapshot(lake, 1)
    move_pointer(lake, identity, NOW)
    assert check_published(lake) == identity
    lake.write_bytes(f"snapshots/{identity}/roles.parquet", b"x")
    with pytest.raises(LakeError, match=r"damaged: roles\.parquet.*refresh --force"):
        check_published(lake)
    lake.delete(f"snapshots/{identity}/manifest.json")
    with pytest.raises(LakeError, match="not there or not whole"):
        check_published(lake)


def test_the_newest_snapshots_stay_and_so_does_what_readers_may_look_at(lake: Lake) -> None:
    ids = [snapshot(lake, number, age=50 - number) for number in range(6)]
    for identity in (ids[0], ids[1]):
        move_pointer(lake, identity, NOW)
    assert tidy(lake, SETTINGS, NOW, dry_run=True).deleted == sorted(f"snapshots/{each}" for each in ids[2:4])
    assert len(lake.snapshots()) == 6, "only looked"
    tidied = tidy(lake, SETTINGS, NOW)
    assert tidied.bytes > 0
    assert set(lake.snapshots()) == {ids[0], ids[1], ids[4], ids[5]}
    assert tidy(lake, SETTINGS, NOW).deleted == []


def test_remains_of_runs_that_died_go_after_a_day(lake: Lake) -> None:
    half = snapshot(lake, 1)
    lake.delete(f"snapshots/{half}/manifest.json")
    held = write_candidate(lake, INPUTS, conformed(), counts(), {})
    for name in (f"snapshots/{half}", f"candidates/{held}"):
        set_age(lake, name, 0)
    assert tidy(lake, SETTINGS, NOW).deleted == []
    for name in (f"snapshots/{half}", f"candidates/{held}"):
        set_age(lake, name, 2)
    assert tidy(lake, SETTINGS, NOW).deleted == [f"snapshots/{half}", f"candidates/{held}"]


ROWS = pa.schema([("key", pa.string()), ("value", pa.int64())])


def many_parts(lake: Lake, count: int) -> tuple[ContentCache, list[dict[str, object]]]:
    """A cache of as many parts as there were nights, and its rows."""
    cache = ContentCache(lake, "links", "new", ROWS)
    rows: list[dict[str, object]] = [{"key": f"{n}", "value": n} for n in range(count)]
    for row in rows:
        cache.append(pa.Table.from_pylist([row], schema=ROWS))
    return cache, rows


def test_the_small_parts_of_a_year_of_nights_are_joined(lake: Lake) -> None:
    cache, rows = many_parts(lake, MANY)
    assert tidy(lake, SETTINGS, NOW, dry_run=True).joined == 0
    assert tidy(lake, SETTINGS, NOW).joined == MANY
    assert len(lake.names("cache/links/new")) == 1
    assert sorted(cache.load().to_pylist(), key=lambda row: row["value"]) == rows
    assert not cache.damaged
    assert tidy(lake, SETTINGS, NOW).joined == 0, "there is nothing left to join"


def test_shards_that_wait_to_be_linked_are_not_joined(lake: Lake) -> None:
    units = pa.Table.from_pylist([{"key": "a", "value": 1}], schema=ROWS)
    for number in range(MANY):
        content = parquet_bytes(units.set_column(1, "value", pa.array([number])))
        lake.write_bytes(f"cache/shards/new/{part_name(content)}", content)
    waiting = lake.names("cache/shards/new")
    assert compact(lake) == 0
    assert lake.names("cache/shards/new") == waiting


def test_few_parts_and_large_parts_and_damaged_parts_are_left_as_they_are(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, rows = many_parts(lake, MANY - 1)
    assert compact(lake) == 0
    lake.write_bytes("cache/links/new/damaged.parquet", b"half a file")
    assert compact(lake) == MANY - 1
    assert sorted(cache.load().to_pylist(), key=lambda row: row["value"]) == rows
    assert "damaged.parquet" in lake.names("cache/links/new")
    many_parts(lake, MANY)
    monkeypatch.setattr(compaction, "SMALL", 1)
    assert compact(lake) == 0


def test_parts_are_joined_some_at_a_time(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, rows = many_parts(lake, MANY)
    size = lake.size(f"cache/links/new/{lake.names('cache/links/new')[0]}")
    monkeypatch.setattr(compaction, "TOGETHER", 8 * size)
    assert compact(lake) >= MANY - 8
    assert len(lake.names("cache/links/new")) <= MANY // 4
    assert sorted(cache.load().to_pylist(), key=lambda row: row["value"]) == rows


@pytest.mark.parametrize("step", range(3))
def test_joining_that_is_interrupted_loses_no_row(lake: Lake, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    cache, rows = many_parts(lake, MANY)
    left = [step]

    def delete(name: str) -> None:
        if not left[0]:
            raise LakeError("the disk is gone")
        left[0] -= 1
        Path(lake.path(name)).unlink()

    monkeypatch.setattr(lake, "delete", delete)
    with pytest.raises(LakeError):
        compact(lake)
    assert {row["value"] for row in cache.load().to_pylist()} == {row["value"] for row in rows}


def test_caches_of_other_linkers_go_and_documents_never_do(lake: Lake) -> None:
    names = ["cache/links/old/a.parquet", "cache/links/new/a.parquet", "documents/postings/000001-x.parquet"]
    for name in names:
        lake.write_bytes(name, b"x")
    for name in (names[0], names[2]):
        set_age(lake, name, 100)
    set_age(lake, names[1], 10)
    assert tidy(lake, SETTINGS, NOW).deleted == ["cache/links/old"]
    assert lake.exists(names[1])
    assert lake.exists(names[2])


def test_of_other_caches_the_one_that_was_written_to_last_stays_however_old(lake: Lake) -> None:
    ages = {"evidence-postings/a": 300, "evidence-postings/b": 200, "units-postings/c": 400, "titles/d": 200}
    for name, age in ages.items():
        lake.write_bytes(f"cache/{name}/part.parquet", b"x")
        set_age(lake, f"cache/{name}", age)
    assert tidy(lake, SETTINGS, NOW).deleted == ["cache/evidence-postings/a"]
    lake.write_bytes("cache/units-postings/new/part.parquet", b"x")
    assert tidy(lake, SETTINGS, NOW).deleted == ["cache/units-postings/c"]


def test_ingested_files_go_after_their_time(tmp_path: Path) -> None:
    area = LandingArea(tmp_path, "postings", settle_seconds=0)
    for number, age in enumerate((40, 10)):
        file = tmp_path / "postings" / f"{number}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
        then = (NOW - timedelta(days=age)).timestamp()
        os.utime(file, (then, then))
        claim = area.claim(NOW + timedelta(seconds=number))
        assert claim is not None
        area.finish(claim, keep=True)
    old, new = area.done()
    assert tidy_landing(area, SETTINGS, NOW, dry_run=True) == [old]
    assert tidy_landing(area, SETTINGS, NOW) == [old]
    assert list(area.done()) == [new]
