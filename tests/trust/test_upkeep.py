"""`verify` finds a flipped bit in any file, and `repair` makes good what can be made again."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import orjson
import pyarrow as pa
import pytest

from pipeline import intake, stages
from pipeline.errors import LakeError
from pipeline.ingest import DocumentStore, Posting
from pipeline.ingest.records import TextPart, content_hash
from pipeline.ingest.store import row_hash, to_row
from pipeline.lake import LATEST, MANIFEST, parquet_bytes
from pipeline.upkeep import repair, verify
from pipeline.upkeep.verify import Cure

from . import world
from .conftest import Small
from .stores import Store, StoreLake


@pytest.fixture
def lake(small: Small) -> StoreLake:
    """A copy of the grown lake, published, with the snapshot before it."""
    lake = StoreLake(small.grown.copy())
    stages.refresh(lake, small.settings, world.NOW)
    return lake


def flip(store: Store, name: str, rng: random.Random) -> None:
    content = bytearray(store.files[f"lake/{name}"])
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    store.files[f"lake/{name}"] = bytes(content)


def mend(small: Small, lake: StoreLake, set_aside: bool = False):
    return repair(lake, small.settings, world.NOW, stages.refresh, set_aside)


# --- Verify -----------------------------------------------------------------------------------------------------------


def test_a_lake_that_nothing_happened_to_is_whole(lake: StoreLake) -> None:
    found = verify(lake)
    assert found.damages == []
    assert found.whole
    assert found.files == len(lake.store.files) > 40
    assert found.bytes == sum(map(len, lake.store.files.values()))


def test_baselines_are_checked_and_reports_are_nothing_to_take_away(lake: StoreLake) -> None:
    lake.write_json("baselines/agreed.json", {"name": "agreed", "snapshot_id": lake.latest(), "values": {"a": 1.5}})
    lake.write_bytes(f"reports/{lake.latest()}/en/index.html", b"<!doctype html>")
    lake.write_json("reports/latest.json", {"snapshot_id": lake.latest()})
    assert verify(lake).damages == []
    flip(lake.store, "baselines/agreed.json", random.Random(1))
    (damage,) = verify(lake).damages
    assert (damage.file, damage.cure) == ("baselines/agreed.json", Cure.RESTORE)


def test_one_flipped_bit_is_found_in_every_file(lake: StoreLake) -> None:
    rng = random.Random(5)
    kinds: Counter[str] = Counter()
    for name in lake.all_files():
        hurt = StoreLake(lake.store.copy())
        flip(hurt.store, name, rng)
        found = verify(hurt)
        assert not found.whole, f"a flipped bit in {name} was not found"
        assert name in {damage.file for damage in found.damages}
        kinds[name.split("/")[0]] += 1
    assert kinds.keys() == {"cache", "documents", "index", LATEST, "quarantine", "runs", "snapshots"}


@pytest.mark.slow
def test_any_bit_of_the_small_files_is_found(lake: StoreLake) -> None:
    """Every byte of the pointer, of a manifest and of an ingest's counts, each with a bit flipped."""
    manifest = f"snapshots/{lake.latest()}/{MANIFEST}"
    run = f"runs/{lake.names('runs')[0]}"
    whole = dict(lake.store.files)
    for name in (LATEST, manifest, run):
        for place in range(0, len(whole[f"lake/{name}"]), 3):
            content = bytearray(whole[f"lake/{name}"])
            content[place] ^= 1 << (place % 8)
            lake.store.files[f"lake/{name}"] = bytes(content)
            from pipeline.upkeep.verify import _json_problem

            assert _json_problem(bytes(content), by_hand=name == LATEST) is not None, (name, place)
        lake.store.files[f"lake/{name}"] = whole[f"lake/{name}"]


def test_a_missing_table_and_a_missing_snapshot_are_found(lake: StoreLake) -> None:
    identity = lake.latest()
    lake.delete(f"snapshots/{identity}/matches.parquet")
    (damage,) = verify(lake).damages
    assert (damage.file, damage.cure) == (f"snapshots/{identity}/matches.parquet", Cure.REPUBLISH)
    lake.delete(f"snapshots/{identity}")
    (damage,) = verify(lake).damages
    assert damage.file == LATEST
    assert f"points at {identity}" in damage.problem


def test_a_document_that_was_changed_together_with_its_files_name_is_found(small: Small, lake: StoreLake) -> None:
    """Whoever writes a file anew with the right digest in its name is betrayed by the hashes of its rows."""
    name = lake.names("documents/postings")[0]
    table = lake.read_table(f"documents/postings/{name}")
    rows = table.to_pylist()
    rows[0]["employer"] = "Someone Else"
    content = parquet_bytes(pa.Table.from_pylist(rows, schema=table.schema))
    import hashlib

    lake.delete(f"documents/postings/{name}")
    lake.write_bytes(f"documents/postings/000001-{hashlib.sha256(content).hexdigest()[:24]}.parquet", content)
    (damage,) = verify(lake).damages
    assert damage.cure is Cure.RESTORE
    assert f"the content of {rows[0]['doc_id']} does not have the hash" in damage.problem


def test_a_snapshot_made_by_hand_with_a_broken_reference_is_found(lake: StoreLake) -> None:
    identity = lake.latest()
    folder = f"snapshots/{identity}"
    table = lake.read_table(f"{folder}/evidence.parquet")
    rows = [row | {"skill_id": "t:nowhere"} for row in table.to_pylist()]
    digest = lake.write_table(f"{folder}/evidence.parquet", pa.Table.from_pylist(rows, schema=table.schema))
    manifest = lake.read_json(f"{folder}/{MANIFEST}")
    manifest["files"] |= {"evidence.parquet": digest}
    lake.write_json(f"{folder}/{MANIFEST}", manifest)
    problems = " ".join(damage.problem for damage in verify(lake).damages)
    assert "evidence.skill_id reference" in problems


def test_the_hash_of_a_row_is_that_of_its_record(lake: StoreLake) -> None:
    posting = Posting("a", "1", "Title", "en", (TextPart("description", "text", "en"),), modified_at=world.NOW)
    assert row_hash(to_row(posting, 3), "postings") == content_hash(posting)
    for kind in ("postings", "credentials"):
        for row in DocumentStore(lake, kind).current().to_pylist():
            assert row_hash(row, kind) == row["content_hash"]
    assert row_hash(to_row(replace(posting, employer="x"), 3), "postings") != content_hash(posting)


def test_nothing_is_no_lake(small: Small) -> None:
    with pytest.raises(LakeError, match="no lake"):
        verify(StoreLake(Store(local=True)))


# --- Repair -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["cache/links", "cache/units-postings", "index"])
def test_damaged_caches_go_and_are_made_anew(small: Small, lake: StoreLake, folder: str) -> None:
    before = world.published(lake)
    names = [name for name in lake.all_files() if name.startswith(f"{folder}/")]
    assert names
    for name in names:
        flip(lake.store, name, random.Random(1))
    done = mend(small, lake)
    assert sorted(done.deleted) == names
    assert done.left.whole
    stages.refresh(lake, small.settings, world.NOW, force=True)
    assert world.published(lake) == before
    assert verify(lake).damages == []


@pytest.mark.parametrize("hurt", ["matches.parquet", "datapackage.json", MANIFEST])
def test_the_published_snapshot_is_made_anew_with_the_same_bytes(small: Small, lake: StoreLake, hurt: str) -> None:
    before = world.published(lake)
    flip(lake.store, f"snapshots/{before.identity}/{hurt}", random.Random(2))
    done = mend(small, lake)
    assert done.republished
    assert done.left.damages == []
    assert world.published(lake) == before


@pytest.mark.parametrize("content", [b"", b"{", b'{"snapshot_id": "2026-01-01-000000000000"}', None])
def test_a_pointer_that_points_nowhere_is_set_right(small: Small, lake: StoreLake, content: bytes | None) -> None:
    before = world.published(lake)
    lake.delete(LATEST)
    if content is not None:
        lake.write_bytes(LATEST, content)
    assert mend(small, lake).left.damages == []
    assert world.published(lake) == before


def test_what_a_dead_run_left_is_swept(small: Small, lake: StoreLake) -> None:
    lake.store.files[f"lake/snapshots/{lake.latest()}/.matches.parquet.{'0' * 32}"] = b"half"
    lake.store.files["lake/snapshots/2026-01-01-000000000000/matches.parquet"] = b"never finished"
    found = verify(lake)
    assert found.whole
    assert len(found.damages) == 2
    before = world.published(lake)
    assert len(mend(small, lake).deleted) == 2
    assert verify(lake).damages == []
    assert world.published(lake) == before


def test_damaged_documents_are_kept_until_told_otherwise(small: Small, lake: StoreLake) -> None:
    before = world.published(lake)
    name = f"documents/postings/{lake.names('documents/postings')[0]}"
    flip(lake.store, name, random.Random(3))
    hurt = lake.read_bytes(name)
    done = mend(small, lake)
    assert done.deleted == done.set_aside == []
    assert [damage.file for damage in done.left.damages] == [name]
    assert "--set-aside" in done.left.damages[0].cure.value
    assert mend(small, lake, set_aside=True).set_aside == [name]
    assert lake.read_bytes(f"damaged/{name}") == hurt
    intake.ingest(lake, small.settings, "postings", [small.files["postings"]], source="board")
    intake.ingest(lake, small.settings, "postings", [small.files["more"]], source="board")
    stages.refresh(lake, small.settings, world.NOW)
    assert world.published(lake) == before
    assert verify(lake).damages == []


def test_a_snapshot_is_not_made_from_damaged_documents(small: Small, lake: StoreLake) -> None:
    flip(lake.store, f"documents/postings/{lake.names('documents/postings')[0]}", random.Random(3))
    flip(lake.store, f"snapshots/{lake.latest()}/matches.parquet", random.Random(3))
    with pytest.raises(LakeError, match="cannot be made from the documents"):
        mend(small, lake)


def test_an_old_snapshot_that_is_damaged_is_named_and_left(small: Small, lake: StoreLake) -> None:
    (old,) = set(lake.snapshots()) - {lake.latest()}
    flip(lake.store, f"snapshots/{old}/roles.parquet", random.Random(3))
    (damage,) = mend(small, lake).left.damages
    assert (damage.file, damage.cure) == (f"snapshots/{old}/roles.parquet", Cure.OLD)


def test_the_seal_is_no_part_of_what_is_read(lake: StoreLake) -> None:
    raw = orjson.loads(lake.read_bytes(LATEST))
    assert len(raw.pop("seal")) == 64
    assert lake.read_json(LATEST) == raw
    lake.write_bytes(LATEST, orjson.dumps(raw))
    assert verify(lake).whole, "a pointer moved by hand is taken as it is"
