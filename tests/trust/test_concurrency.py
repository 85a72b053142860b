"""Writers, readers and housekeeping at once, in more than a thousand orders: nothing torn, nothing lost, no one stuck.

The orders are drawn from seeds, one operation on the lake at a time. What is computed between two operations cannot be
seen by anyone, so tables are computed once for each set of documents and kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline import intake, publish, stages
from pipeline.errors import LakeError
from pipeline.gathering import Documents
from pipeline.ingest import Counts, DocumentStore, read_quarantine
from pipeline.lake import MANIFEST, Lake
from pipeline.linking import LinkedDocuments

from . import turns as turns_module
from . import world
from .conftest import Small
from .stores import StoreLake
from .turns import SteppingLake, Turns

FEW, MANY = range(12), range(12, 400)
ALL = [pytest.param(FEW, id="some orders"), pytest.param(MANY, id="many orders", marks=pytest.mark.slow)]


@pytest.fixture(autouse=True)
def computed_once(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps what a refresh computes, by its inputs; reading, writing and publishing are the real ones."""
    tables: dict[str, dict[str, pa.Table]] = {}
    real_link, real_match = stages.link, stages.profile_and_match

    def match(documents: Documents, *given: object) -> dict[str, pa.Table]:
        _, linker, *between, _, settings, progress, ahead = given
        key = publish.documents_hash(documents.postings)
        if key not in tables:
            scratch = StoreLake(small.grown.copy())
            linked = real_link(documents, linker, scratch, settings, progress)
            tables[key] = real_match(documents, linked, linker, *between, scratch, settings, progress, ahead)
        return tables[key]

    def nothing(*_: object) -> dict[str, LinkedDocuments]:
        none = world.no_evidence()
        return {"postings": none, "credentials": none}

    monkeypatch.setattr(stages, "link", nothing)
    monkeypatch.setattr(stages, "profile_and_match", match)
    monkeypatch.setattr(publish, "contract_checks", lambda tables: [])
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # who waits for another gives up its turn


@dataclass
class Night:
    """One order of events over a copy of the grown lake."""

    small: Small
    seed: int
    turns: Turns = field(init=False)
    lake: SteppingLake = field(init=False)
    seen: list[str] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.turns = Turns(self.seed)
        self.lake = SteppingLake(self.small.grown.copy(), self.turns)

    def ingest(self, path: Path) -> Callable[[], None]:
        def actor() -> None:
            counts = intake.ingest(self.lake, self.small.settings, "postings", [path], source="board")
            self.counts.append(counts)

        return actor

    def refresh(self) -> None:
        stages.refresh(self.lake, self.small.settings, world.NOW)

    def read(self) -> None:
        """A reader who opens the published snapshot three times; each time all of it must be there."""
        for _ in range(3):
            found = world.published(self.lake)
            assert found.identity is not None
            self.seen.append(found.identity)

    def housekeeping(self) -> None:
        """Deletes the snapshots that are neither published nor the one before, the manifest first."""
        for _ in range(2):
            world.keep_two(self.lake)

    def run(self, **actors: Callable[[], object]) -> None:
        self.turns.run(actors)
        for name, error in self.turns.errors.items():
            raise AssertionError(f"{name} failed in order {self.seed}: {self.turns.order}") from error


@pytest.fixture(scope="module")
def batches(small: Small) -> dict[str, Path]:
    """Two files that have one document in common, in two versions."""
    folder = small.folder
    return {
        "a": world.write(folder / "a.jsonl", [world.posting(8), world.posting(2, 5), "{a"]),
        "b": world.write(folder / "b.jsonl", [world.posting(9), world.posting(2, 6), "{b", "{b2"]),
    }


def ids(lake: Lake) -> set[str]:
    return set(DocumentStore(lake, "postings").current()["doc_id"].to_pylist())


@pytest.mark.parametrize("seeds", ALL)
def test_two_ingests_at_once_lose_nothing(small: Small, batches: dict[str, Path], seeds: range) -> None:
    before, records = ids(StoreLake(small.grown.copy())), len(StoreLake(small.grown.copy()).names("runs"))
    counted = set()
    for seed in seeds:
        night = Night(small, seed)
        night.run(a=night.ingest(batches["a"]), b=night.ingest(batches["b"]), reader=night.read)
        assert ids(night.lake) == before | {"board:P-8", "board:P-9"}
        assert {row["raw"] for row in read_quarantine(night.lake, "postings").to_pylist()} >= {"{a\n", "{b\n", "{b2\n"}
        assert len(night.lake.names("runs")) == records + 2, "the counts of one ingest stand in the place of another's"
        assert all(counts.reconciles() for counts in night.counts)
        assert sorted(counts.received for counts in night.counts) == [3, 4]
        counted.add(night.turns.order.index("a") < night.turns.order.index("b"))
    assert counted == {True, False}


@pytest.mark.parametrize("seeds", ALL)
def test_which_version_counts_depends_on_what_is_in_the_lake_and_not_on_the_order(
    small: Small, batches: dict[str, Path], seeds: range
) -> None:
    """Two ingests at once are one run in two parts; one after the other, the later one counts."""
    winners: dict[tuple[str, ...], set[str]] = {}
    for seed in seeds:
        night = Night(small, seed)
        night.run(a=night.ingest(batches["a"]), b=night.ingest(batches["b"]))
        parts = tuple(night.lake.names("documents/postings", ".parquet"))
        row = next(row for row in DocumentStore(night.lake, "postings").current().to_pylist() if "P-2" in row["doc_id"])
        winners.setdefault(parts, set()).add(row["content_hash"])
    assert all(len(versions) == 1 for versions in winners.values())


@pytest.mark.parametrize("seeds", ALL)
def test_readers_and_housekeeping_while_two_refreshes_publish(
    small: Small, batches: dict[str, Path], seeds: range
) -> None:
    known = {world.published(StoreLake(small.grown.copy())).identity}
    for seed in seeds:
        night = Night(small, seed)

        def grow_and_refresh(night: Night = night) -> None:
            night.ingest(batches["a"])()
            night.refresh()

        night.run(
            one=night.refresh, two=grow_and_refresh, reader=night.read, other=night.read, keeper=night.housekeeping
        )
        night.refresh()
        last = world.published(night.lake)
        known.add(last.identity)
        assert set(night.seen) <= known | {small.last.identity}
        ids_published = pa.BufferReader(last.files["postings.parquet"])
        assert "board:P-8" in pa.parquet.read_table(ids_published)["posting_id"].to_pylist()
    assert len(known) == 2  # the one from before, and the one with all of the documents, whatever the order


def test_a_reader_who_meets_half_a_snapshot_fails(small: Small) -> None:
    """The reader of these tests would see a torn snapshot: that the tests pass means something."""
    lake = StoreLake(small.grown.copy())
    identity = lake.latest()
    lake.store.files[f"lake/snapshots/{identity}/matches.parquet"] = b"half"
    with pytest.raises(AssertionError, match=r"matches\.parquet"):
        world.published(lake)
    del lake.store.files[f"lake/snapshots/{identity}/{MANIFEST}"]
    with pytest.raises(LakeError):
        world.published(lake)


def test_actors_that_wait_for_each_other_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadlock would end the test."""
    import threading

    monkeypatch.setattr(turns_module, "LONGEST_TURN", 0.2)
    one, two = threading.Lock(), threading.Lock()
    turns = Turns(1)

    def take(first: threading.Lock, second: threading.Lock) -> Callable[[], None]:
        def actor() -> None:
            with first:
                turns.step()
                with second:
                    turns.step()

        return actor

    with pytest.raises(AssertionError, match="deadlock"):
        for seed in range(50):
            turns = Turns(seed)
            turns.run({"a": take(one, two), "b": take(two, one)})
