"""Every place where a run can die or be refused: what is published stays whole, and the next run ends where it should.

The places are counted, not sampled: a first run without faults counts its operations, then each of them fails once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from pipeline import intake, stages
from pipeline.errors import LakeError, PasserelleError
from pipeline.ingest import DocumentStore, read_quarantine

from . import world
from .conftest import Small
from .stores import (
    CHANGES,
    DISK_BROKEN,
    DISK_FULL,
    THROTTLED,
    TIMEOUT,
    UNAVAILABLE,
    Fault,
    Killed,
    Operation,
    Store,
    StoreLake,
    fail_at,
    fail_from,
    kill_at,
)

Job = Callable[[StoreLake], object]


@dataclass(frozen=True)
class Outcome:
    """What became of a job that met a fault."""

    failed: str
    identity: str | None


def operations(store: Store, job: Job, wanted: Iterable[str]) -> list[Operation]:
    """What a job without faults does, of the kinds that are wanted."""
    lake = StoreLake(store.copy())
    lake.store.arm()
    job(lake)
    kinds = set(wanted)
    return [operation for operation in lake.store.done if operation.name in kinds]


def met(store: Store, job: Job, fault: Fault) -> tuple[StoreLake, Outcome]:
    """Runs a job over a copy of a store with a fault, and says how it ended: by the book, or not at all."""
    lake = StoreLake(store.copy())
    lake.store.arm(fault)
    failed = ""
    try:
        job(lake)
    except Killed:
        failed = "killed"
    except PasserelleError as error:
        failed = str(error)
        assert isinstance(error, LakeError), failed
    lake.store.arm()
    lake.delete("leases")  # as the next run does with those of a process that is no more
    return lake, Outcome(failed, world.published(lake).identity)


def refresh(small: Small) -> Job:
    return lambda lake: stages.refresh(lake, small.settings, world.NOW)


def ingest(small: Small) -> Job:
    return lambda lake: intake.ingest(lake, small.settings, "postings", [small.files["more"]], source="board")


def assert_converges(small: Small, lake: StoreLake, outcome: Outcome, before: str | None) -> None:
    """After a fault the old or the new snapshot is published, whole; the next run ends as if undisturbed."""
    assert outcome.identity in (before, small.last.identity)
    stages.refresh(lake, small.settings, world.NOW)
    assert world.published(lake) == small.last


def documents(lake: StoreLake) -> tuple[object, object]:
    kept = DocumentStore(lake, "postings").current()
    return kept.drop_columns(["sequence"]).to_pylist(), read_quarantine(lake, "postings").to_pylist()


# --- Refresh ----------------------------------------------------------------------------------------------------------


def killed_refreshes(small: Small) -> int:
    """Kills a refresh at each of its changes; returns at how many."""
    before = world.published(StoreLake(small.grown.copy())).identity
    places = operations(small.grown, refresh(small), CHANGES)
    for place in places:
        lake, outcome = met(small.grown, refresh(small), kill_at(place.number))
        assert outcome.failed == "killed", place
        assert_converges(small, lake, outcome, before)
    return len(places)


def publication(small: Small) -> list[Operation]:
    """The changes of a refresh from the first table of the snapshot on."""
    places = operations(small.grown, refresh(small), CHANGES)
    first = next(i for i, place in enumerate(places) if "snapshots/" in place.path)
    return places[first:]


def test_a_refresh_killed_at_any_step_of_the_pointer_move_leaves_a_whole_snapshot(small: Small) -> None:
    before = world.published(StoreLake(small.grown.copy())).identity
    steps = [place for place in publication(small) if "latest.json" in place.path or "manifest" in place.path]
    assert {step.name for step in steps} == {"open", "write", "close", "move"}
    for place in steps:
        lake, outcome = met(small.grown, refresh(small), kill_at(place.number))
        assert outcome.failed == "killed"
        assert_converges(small, lake, outcome, before)


@pytest.mark.slow
def test_a_refresh_killed_at_any_change_on_a_disk(small: Small) -> None:
    assert killed_refreshes(small) > 60


@pytest.mark.slow
def test_a_refresh_killed_at_any_change_in_an_object_store(bucket: Small) -> None:
    assert killed_refreshes(bucket) > 30


def refused_refreshes(small: Small, kinds: Iterable[str], faults: Iterable[Callable[[int], Fault]]) -> tuple[int, int]:
    """Fails each operation with each fault; returns how many cases there were, and in how many the run failed."""
    before = world.published(StoreLake(small.grown.copy())).identity
    cases = failures = 0
    for place in operations(small.grown, refresh(small), kinds):
        for make in faults:
            lake, outcome = met(small.grown, refresh(small), make(place.number))
            cases += 1
            failures += bool(outcome.failed)
            assert_converges(small, lake, outcome, before)
    return cases, failures


@pytest.mark.slow
def test_a_full_disk_at_any_change(small: Small) -> None:
    cases, failures = refused_refreshes(small, CHANGES, [lambda n: fail_from(n, DISK_FULL)])
    assert cases - failures == 1  # the last: a lease that cannot be given back runs out by itself
    assert cases > 60


@pytest.mark.slow
def test_a_disk_that_fails_once_at_any_operation(small: Small) -> None:
    kinds = {*CHANGES, "read", "list", "info"}
    cases, failures = refused_refreshes(small, kinds, [lambda n: fail_at(n, DISK_BROKEN)])
    assert cases > 100
    assert failures > 60  # a read of a cache that fails is made good by computing anew


@pytest.mark.slow
@pytest.mark.parametrize("error", [TIMEOUT, UNAVAILABLE, THROTTLED], ids=["timeout", "503", "throttled"])
def test_an_object_store_that_refuses_once_at_any_operation(bucket: Small, error: OSError) -> None:
    kinds = {*CHANGES, "read", "list", "info"}
    cases, failures = refused_refreshes(bucket, kinds, [lambda n: fail_at(n, error)])
    assert cases > 80
    assert failures > 30


# --- Ingest -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["disk", "bucket"])
def test_an_ingest_killed_at_any_change_loses_nothing(small: Small, bucket: Small, where: str) -> None:
    chosen = small if where == "disk" else bucket
    whole = documents(StoreLake(chosen.grown.copy()))
    places = operations(chosen.first, ingest(chosen), CHANGES)
    assert len(places) >= 9
    for place in places:
        lake, outcome = met(chosen.first, ingest(chosen), kill_at(place.number))
        assert outcome.failed == "killed"
        counts = intake.ingest(lake, chosen.settings, "postings", [chosen.files["more"]], source="board")
        assert counts.reconciles()
        assert (counts.received, counts.accepted, counts.quarantined) == (4, 3, 1)
        assert documents(lake) == whole


SLOW = [pytest.param(error, marks=pytest.mark.slow) for error in (DISK_BROKEN, UNAVAILABLE, THROTTLED)]


@pytest.mark.parametrize("error", [DISK_FULL, TIMEOUT, *SLOW])
def test_an_ingest_refused_at_any_operation_loses_nothing(small: Small, bucket: Small, error: OSError) -> None:
    chosen = small if error in (DISK_FULL, DISK_BROKEN) else bucket
    whole = documents(StoreLake(chosen.grown.copy()))
    for place in operations(chosen.first, ingest(chosen), {*CHANGES, "read", "list", "info"}):
        lake, outcome = met(chosen.first, ingest(chosen), fail_at(place.number, error))
        # What a cache cannot give is computed anew: the run goes on.
        assert outcome.failed or place.name in CHANGES or "/cache/" in place.path, place
        intake.ingest(lake, chosen.settings, "postings", [chosen.files["more"]], source="board")
        assert documents(lake) == whole


def test_the_message_of_a_full_disk_says_what_and_where(small: Small) -> None:
    first = operations(small.grown, refresh(small), {"open"})[0]
    _, outcome = met(small.grown, refresh(small), fail_from(first.number, DISK_FULL))
    assert "cannot be written to the lake memory" in outcome.failed
    assert "No space left on device" in outcome.failed
