"""The same documents give the same bytes: whatever order they come in, whatever is cached, whatever machine it is."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline import answers

from .conftest import Copy
from .tools import SAMPLES, SMALL, assert_same_snapshot, call, files_of, reworded, run, snapshot_bytes, write_lines

Shuffle = Callable[[list[object]], None]


def shuffled_samples(folder: Path, seed: int) -> Path:
    """The sample's files with their records in another order."""
    shutil.copytree(SAMPLES, folder)
    shuffle: Shuffle = random.Random(seed).shuffle
    for path in folder.rglob("*.jsonl"):
        lines = path.read_bytes().splitlines()
        shuffle(lines)
        path.write_bytes(b"\n".join(lines) + b"\n")
    for path in folder.rglob("*.csv"):
        shuffle_table(path, shuffle)
    for path in folder.rglob("*.json"):
        document = json.loads(path.read_bytes())
        records = document if isinstance(document, list) else document.get("@graph", [])
        shuffle(records)
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder


def shuffle_table(path: Path, shuffle: Shuffle) -> None:
    """Moves the rows of a table that has a header and semicolons."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file, delimiter=";")
    shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def ingest(lake: Path, kind: str, paths: list[Path]) -> None:
    ran = call("ingest", kind, *paths, "--lake", lake)
    assert ran.code == 0, ran.err


def refresh(lake: Path, *options: str, settings: tuple[object, ...] = ()) -> None:
    ran = call(*settings, "refresh", "--lake", lake, *options)
    assert ran.code == 0, ran.err


def test_another_order_in_two_parts_on_another_machine_from_nothing(sample_lake: Path, tmp_path: Path) -> None:
    """All at once, since each of these must not matter: records and files the other way round, half of the files in
    each of two ingests, no cache, no index, two threads, another hash seed, locale and time zone."""
    lake = tmp_path / "lake"
    folder = shuffled_samples(tmp_path / "samples", seed=7)
    for kind in ("credentials", "postings"):
        paths = files(folder / kind)[::-1]
        half = len(paths) // 2
        ingest(lake, kind, paths[:half])
        ingest(lake, kind, paths[half:])
    ran = run(
        "refresh", "--lake", lake, cwd=tmp_path, PYTHONHASHSEED="12345", OMP_NUM_THREADS="2",
        OMP_WAIT_POLICY="PASSIVE", LC_ALL="C", LANG="fr_CA.UTF-8", TZ="Asia/Kolkata",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert_same_snapshot(lake, sample_lake)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_shuffled_records_give_the_same_bytes(sample_lake: Path, tmp_path: Path, copy: Copy, seed: int) -> None:
    lake = copy(sample_lake, "cache", "index")
    folder = shuffled_samples(tmp_path / "samples", seed)
    for kind in ("postings", "credentials"):
        ingest(lake, kind, [folder / kind])
    refresh(lake)
    assert_same_snapshot(lake, sample_lake)


def test_files_given_one_by_one_the_other_way_round_give_the_same_bytes(sample_lake: Path, copy: Copy) -> None:
    lake = copy(sample_lake, "cache", "index")
    for kind in ("credentials", "postings"):
        for path in files(SAMPLES / kind)[::-1]:
            ingest(lake, kind, [path])
    refresh(lake)
    assert_same_snapshot(lake, sample_lake)


def test_what_is_told_of_credentials_alone_is_not_worked_out_again_for_new_postings(
    small_lake: Path, tmp_path: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = write_lines(tmp_path / "new.jsonl", reworded(2))
    night, anew = copy(small_lake), copy(small_lake, name="anew")
    (anew / "latest.json").unlink()  # what was published before is not known here
    for lake in (anew, night):
        ingest(lake, "postings", [new])
        refresh(lake, settings=SMALL)
        monkeypatch.setattr(answers, "answer_of_credentials", None)  # would fail if the second one called it
    assert_same_snapshot(night, anew)


def test_a_forced_refresh_gives_the_same_bytes(small_lake: Path, copy: Copy) -> None:
    lake = copy(small_lake)
    before = files_of(lake)
    refresh(lake, "--force", settings=SMALL)
    after = files_of(lake)
    rewritten = {name for name in before if after[name] != before[name]}
    assert any(name.startswith("snapshots/") for name in rewritten)
    assert_same_snapshot(lake, small_lake)


def test_a_damaged_cache_is_made_good(small_lake: Path, copy: Copy) -> None:
    """A part that is cut off, one that is no Parquet, one of another table: none of them is trusted."""
    lake = copy(small_lake)
    parts = sorted((lake / "cache").rglob("*.parquet"))
    assert len(parts) >= 3
    for number, part in enumerate(parts):
        content = part.read_bytes()
        part.write_bytes((content[: len(content) // 2], b"nothing of the kind", b"")[number % 3])
    refresh(lake, "--force", settings=SMALL)
    assert_same_snapshot(lake, small_lake)


@pytest.mark.slow
def test_a_damaged_index_is_made_anew(small_lake: Path, copy: Copy) -> None:
    """Blocks of vectors that are cut off, of other labels or no vectors at all."""
    lake = copy(small_lake)
    shutil.rmtree(lake / "cache")
    indexes = sorted((lake / "index").rglob("*.npy"))
    whole = [path.read_bytes() for path in indexes]
    for number, path in enumerate(indexes):
        content = path.read_bytes()
        np.save(path, np.roll(np.load(path), 999, axis=0))
        if number % 3:
            path.write_bytes((b"", content[:-100])[number % 3 - 1])
    refresh(lake, "--force", settings=SMALL)
    assert_same_snapshot(lake, small_lake)
    assert [path.read_bytes() for path in indexes] == whole


def test_a_sources_own_order_of_columns_does_not_matter(small_lake: Path, tmp_path: Path, copy: Copy) -> None:
    lake = copy(small_lake, "cache", "index")
    credentials = tmp_path / "formations.jsonl"
    lines = (SAMPLES / "credentials" / "formations.jsonl").read_text(encoding="utf-8").splitlines()
    turned = []
    for line in lines:
        try:
            turned.append(json.dumps(dict(reversed(json.loads(line).items()))))
        except ValueError:
            turned.append(line)
    credentials.write_text("\n".join(turned), encoding="utf-8")
    ingest(lake, "credentials", [credentials])
    ingest(lake, "postings", [SAMPLES / "postings" / "employers"])
    refresh(lake, settings=SMALL)
    assert_same_snapshot(lake, small_lake)


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [{}, {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}, {"LC_ALL": "tr_TR.UTF-8", "OMP_NUM_THREADS": "2"}],
    ids=["as it is", "one thread", "two threads, another locale"],
)
def test_a_forced_refresh_without_cache_and_index(sample_lake: Path, copy: Copy, variables: dict[str, str]) -> None:
    lake = copy(sample_lake)
    shutil.rmtree(lake / "cache")
    shutil.rmtree(lake / "index")
    before = snapshot_bytes(lake)
    ran = run("refresh", "--force", "--lake", lake, **variables)
    assert ran.code == 0, ran.err
    assert snapshot_bytes(lake) == before
    assert_same_snapshot(lake, sample_lake)
