"""A year of nights, compressed: arrivals, updates, withdrawals, faults, a release of the taxonomy, another model."""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline import intake, stages
from pipeline.errors import LakeError
from pipeline.ingest import DocumentStore
from pipeline.linking import linker
from pipeline.maintenance import tidy
from pipeline.settings import Settings
from pipeline.upkeep import verify

from . import world
from .stores import DISK_FULL, Killed, Store, StoreLake, fail_from, kill_at

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
KEPT_SNAPSHOTS, KEPT_DAYS = 5, 20


@dataclass
class Year:
    """A lake and what happened to it."""

    folder: Path
    nights: int
    lake: StoreLake = field(default_factory=lambda: StoreLake(Store(local=True)))
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    now: datetime = START
    next_id: int = 12
    received: int = 0
    withdrawn: set[str] = field(default_factory=set)
    faults: int = 0
    published: set[str] = field(default_factory=set)
    sizes: list[int] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    def settings(self, night: int) -> Settings:
        """Two thirds through, the taxonomy has a new release that drops a skill."""
        kept = {"retention": {"snapshots": KEPT_SNAPSHOTS, "days": KEPT_DAYS}}
        later = night >= self.nights * 2 // 3
        return world.settings(self.folder, "2" if later else "1", ("grind",) if later else (), **kept)

    def encoder(self, night: int) -> world.WordEncoder:
        """Half through, another model is put in."""
        return world.WordEncoder(("b" if night >= self.nights // 2 else "a") * 64)

    def arrivals(self, night: int) -> tuple[Path, Path]:
        """New postings, updates of known ones and a broken line; now and then a withdrawal."""
        new = list(range(self.next_id, self.next_id + self.rng.randint(0, 2)))
        self.next_id += len(new)
        updated = [n for n in self.rng.sample(range(self.next_id), 2) if f"board:P-{n}" not in self.withdrawn]
        rows: list[dict[str, object] | str] = [*map(world.posting, new), *(world.posting(n, night) for n in updated)]
        if night % 5 == 0:
            rows.append(f'{{"broken": {night}')
        if night % 9 == 4:
            self.withdrawn.add(f"board:P-{self.rng.choice([n for n in range(self.next_id) if n not in updated])}")
        self.received = self.next_id
        named = self.folder / "gone.withdrawn"
        named.write_text("\n".join(sorted(self.withdrawn)) + "\n")
        return world.write(self.folder / "night.jsonl", rows or [world.posting(0)]), named

    def night(self, night: int) -> None:
        """One night: ingest, refresh, tidy; every fourth is disturbed and done again."""
        chosen = self.settings(night)
        paths = [path for path in self.arrivals(night) if path.stat().st_size > 1]
        self.now = START + timedelta(days=night)
        jobs = [
            lambda: intake.ingest(self.lake, chosen, "postings", paths, source="board"),
            lambda: stages.refresh(self.lake, chosen, self.now),
            lambda: tidy(self.lake, chosen, self.now),
        ]
        for number, job in enumerate(jobs):
            if night % 4 == number:
                place = self.rng.randint(1, 40)
                self.lake.store.arm(kill_at(place) if self.rng.random() < 0.5 else fail_from(place, DISK_FULL))
                try:
                    job()
                except (Killed, LakeError):
                    self.faults += 1
                self.lake.store.arm()
                self.lake.delete("leases")  # as the next run does with those of a process that is no more
            job()
        self.age(night)
        assert world.published(self.lake).identity
        self.published.add(str(self.lake.latest()))
        self.sizes.append(sum(map(len, self.lake.store.files.values())))
        self.memory.append(resident() - self.sizes[-1])

    def age(self, night: int) -> None:
        """The files of the memory have no clock: they get the times that a disk would give them."""
        for name in self.lake.store.files.keys() - self.lake.store.times.keys():
            self.lake.store.times[name] = self.now


def live_through(folder: Path, nights: int, patch: pytest.MonkeyPatch) -> Year:
    year = Year(folder, nights)
    patch.setattr(linker, "load_encoder", lambda _: year.encoder(len(year.sizes)))
    first = year.settings(0)
    postings = world.write(folder / "first.jsonl", [world.posting(n) for n in range(year.next_id)])
    courses = world.write(folder / "courses.jsonl", [world.credential(n) for n in range(4)])
    intake.ingest(year.lake, first, "postings", [postings], source="board")
    intake.ingest(year.lake, first, "credentials", [courses], source="college")
    stages.refresh(year.lake, first, START)
    for night in range(nights):
        year.night(night)
    return year


def resident() -> int:
    """The bytes that the process holds, what libraries have put by for later given back first."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) * 1024


def assert_kept_well(year: Year) -> None:
    """Every snapshot can be verified, no document is lost, and neither disk nor memory grows without end."""
    verified = verify(year.lake)
    assert verified.whole, verified.damages
    known = set(DocumentStore(year.lake, "postings").current()["doc_id"].to_pylist())
    assert known == {f"board:P-{n}" for n in range(year.received)} - year.withdrawn
    assert len(year.lake.snapshots()) <= KEPT_SNAPSHOTS + 2
    assert len(year.published) > len(year.lake.snapshots())
    assert year.faults > 0
    documents = sum(
        len(data) for name, data in year.lake.store.files.items() if "/documents/" in name or "/runs/" in name
    )
    snapshots = [size for name, size in _folder_sizes(year.lake).items() if name.startswith("snapshots/")]
    assert sum(snapshots) <= (KEPT_SNAPSHOTS + 2) * max(snapshots)
    assert documents < year.sizes[-1]


def _folder_sizes(lake: StoreLake) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for name, data in lake.store.files.items():
        folder = "/".join(name.split("/")[1:3])
        sizes[folder] = sizes.get(folder, 0) + len(data)
    return sizes


def test_two_weeks_of_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_kept_well(live_through(tmp_path, 14, monkeypatch))


@pytest.mark.slow
def test_a_year_of_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    year = live_through(tmp_path, 365, monkeypatch)
    assert_kept_well(year)
    assert year.faults > 50
    quarter = len(year.memory) // 4
    early, late = year.memory[quarter : 2 * quarter], year.memory[-quarter:]
    assert sorted(late)[quarter // 2] < sorted(early)[quarter // 2] + 150_000_000, "memory grows"
    half = len(year.sizes) // 2
    kept = sum(size for name, size in _folder_sizes(year.lake).items() if not name.startswith(("snapshots", "cache")))
    assert max(year.sizes[half:]) < max(year.sizes[:half]) + 3 * kept, "the disk grows by more than what came"
