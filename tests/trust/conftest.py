"""The small labour market, ingested and published once; its encoder needs no model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from pipeline import intake, lease, stages
from pipeline.linking import linker
from pipeline.settings import Settings

from . import world
from .stores import Store, StoreLake


@pytest.fixture(scope="package", autouse=True)
def light() -> Iterator[None]:
    """Words for a model, and one DuckDB of which every connection is a cursor: the rest is the real program."""
    with duckdb.connect() as shared, pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda: shared.cursor())
        patch.setattr(linker, "load_encoder", lambda _: world.WordEncoder())
        # Whoever waits for a lease gives way to the others at once: turns are taken at operations, not by the clock.
        patch.setattr(lease, "time", SimpleNamespace(time=time.time, monotonic=time.monotonic, sleep=lambda _: None))
        yield


@dataclass(frozen=True)
class Small:
    """Two nights: the lake as first published (`first`), with more documents (`grown`), and those published too.

    `first` and `grown` are not to be changed: take a copy.
    """

    folder: Path
    settings: Settings
    files: dict[str, Path]
    first: Store
    grown: Store
    last: world.Published


def make(folder: Path, local: bool) -> Small:
    """Runs the two nights."""
    chosen = world.settings(folder)
    files = {
        "postings": world.write(folder / "jobs.jsonl", [*map(world.posting, range(6)), world.BROKEN]),
        "credentials": world.write(folder / "courses.jsonl", [*map(world.credential, range(3))]),
        "more": world.write(folder / "more.jsonl", [world.posting(1, 1), world.posting(6), world.posting(7), "{"]),
    }
    lake = StoreLake(Store(local))
    intake.ingest(lake, chosen, "postings", [files["postings"]], source="board")
    intake.ingest(lake, chosen, "credentials", [files["credentials"]], source="board")
    stages.refresh(lake, chosen, world.NOW)
    first = lake.store.copy()
    intake.ingest(lake, chosen, "postings", [files["more"]], source="board")
    grown = lake.store.copy()
    stages.refresh(lake, chosen, world.NOW)
    return Small(folder, chosen, files, first, grown, world.published(lake))


@pytest.fixture(scope="package")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """On a disk."""
    return make(tmp_path_factory.mktemp("small"), local=True)


@pytest.fixture(scope="package")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """In an object store."""
    return make(tmp_path_factory.mktemp("bucket"), local=False)
