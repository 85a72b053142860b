"""Candidates: apart from the snapshots until they have passed the gate, and promoted with the same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import GateError, LakeError
from pipeline.lake import Lake
from pipeline.publish import (
    check_candidate,
    damaged_files,
    hold_back,
    is_candidate,
    move_pointer,
    promote,
    write_candidate,
    write_snapshot,
)
from pipeline.settings import load_settings
from pipeline.steps import Built, publish_built

from .small import INPUTS, conformed, counts, with_row

NOW = datetime(2026, 7, 1, tzinfo=UTC)
GATE = load_settings().gate


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def candidate(lake: Lake, **changed: object) -> str:
    return write_candidate(lake, INPUTS, conformed(**changed), counts(), {})


def files(lake: Lake, folder: str) -> dict[str, bytes]:
    return {name: lake.read_bytes(f"{folder}/{name}") for name in lake.names(folder)}


def test_a_candidate_is_no_snapshot_until_it_is_promoted(lake: Lake, tmp_path: Path) -> None:
    identity = candidate(lake)
    assert is_candidate(lake, identity)
    assert lake.snapshots() == []
    assert promote(lake, identity)
    assert lake.snapshots() == [identity]
    assert not is_candidate(lake, identity)
    direct = Lake(tmp_path / "direct")
    write_snapshot(direct, INPUTS, conformed(), counts(), {})
    assert files(lake, f"snapshots/{identity}") == files(direct, f"snapshots/{identity}")


def test_made_again_with_the_same_bytes_it_is_the_same(lake: Lake) -> None:
    promote(lake, candidate(lake))
    before = files(lake, f"snapshots/{lake.snapshots()[0]}")
    assert not promote(lake, candidate(lake))
    assert files(lake, f"snapshots/{lake.snapshots()[0]}") == before


def test_made_again_with_other_bytes_it_is_refused_by_name(lake: Lake) -> None:
    promote(lake, candidate(lake))
    other = candidate(lake, **with_row("matches", 0, coverage=0.7))
    with pytest.raises(LakeError, match=r"differs in .*matches\.parquet"):
        promote(lake, other)
    assert is_candidate(lake, other), "kept, to be looked at"


def test_a_damaged_candidate_is_not_promoted(lake: Lake) -> None:
    identity = candidate(lake)
    lake.write_bytes(f"candidates/{identity}/matches.parquet", b"PAR1 no more")
    with pytest.raises(LakeError, match="damaged"):
        promote(lake, identity)
    assert lake.snapshots() == []


def test_the_gate_reads_a_candidate(lake: Lake) -> None:
    with pytest.raises(GateError, match=r"matches\.coverage range.*7"):
        hold_back(check_candidate(lake, candidate(lake, **with_row("matches", 0, coverage=7.0)), 0, GATE))


def test_publishing_in_steps_moves_the_pointer_once(lake: Lake) -> None:
    identity = candidate(lake)
    built = Built(identity, "state", None)
    assert publish_built(lake, built, NOW)
    assert lake.latest() == identity
    assert not publish_built(lake, built, NOW), "called again, as after a crash"
    assert lake.read_json("cache/states/state.json") == {"snapshot_id": identity}


def test_a_run_that_was_killed_after_promoting_goes_on(lake: Lake) -> None:
    identity = candidate(lake)
    promote(lake, identity)
    assert publish_built(lake, Built(identity, "state", None), NOW)
    assert lake.latest() == identity


def test_nothing_is_published_over_what_another_run_has_published(lake: Lake) -> None:
    old = write_snapshot(lake, INPUTS, conformed(), counts(), {})
    move_pointer(lake, old, NOW)
    mine = write_candidate(lake, replace(INPUTS, postings="q" * 64), conformed(), counts(), {})
    theirs = write_snapshot(lake, replace(INPUTS, postings="r" * 64), conformed(), counts(), {})
    move_pointer(lake, theirs, NOW)
    with pytest.raises(LakeError, match=f"Another run has published {theirs}"):
        publish_built(lake, Built(mine, "state", old), NOW)
    assert lake.latest() == theirs


def test_a_candidate_that_is_gone_is_not_pointed_at(lake: Lake) -> None:
    with pytest.raises(LakeError, match=r"not in .* any more"):
        publish_built(lake, Built("2026-06-30-000000000000", "state", None), NOW)
    assert lake.latest() is None


def test_damage_is_found_by_name(lake: Lake) -> None:
    identity = write_snapshot(lake, INPUTS, conformed(), counts(), {})
    assert damaged_files(lake, identity) == []
    lake.write_bytes(f"snapshots/{identity}/matches.parquet", b"other")
    lake.delete(f"snapshots/{identity}/datapackage.json")
    assert sorted(damaged_files(lake, identity)) == ["datapackage.json", "matches.parquet"]
