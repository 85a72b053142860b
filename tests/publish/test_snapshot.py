"""Snapshots, and the pointer that readers follow."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import __version__
from pipeline.errors import LakeError
from pipeline.lake import Lake
from pipeline.publish import (
    SnapshotInputs,
    documents_hash,
    move_pointer,
    snapshot_id,
    unchanged_tables,
    write_snapshot,
)
from pipeline.tables import TABLES

from .small import INPUTS, conformed, counts, with_row

NOW = datetime(2026, 7, 1, 3, 30, 15, 999, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def folder(lake: Lake) -> Path:
    """The folder of a written snapshot."""
    return Path(lake.path(f"snapshots/{write_snapshot(lake, INPUTS, conformed(), counts())}"))


def manifest(folder: Path) -> dict[str, object]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_every_table_the_data_package_and_the_manifest_are_written(folder: Path) -> None:
    names = {f"{name}.parquet" for name in TABLES} | {"datapackage.json", "manifest.json"}
    assert {path.name for path in folder.iterdir()} == names


def test_the_manifest_has_the_hash_of_every_other_file(folder: Path) -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir() if path.name != "manifest.json"
    }  # fmt: skip
    assert manifest(folder)["files"] == found


def test_the_manifest_says_what_went_in_and_what_came_out(folder: Path) -> None:
    read = manifest(folder)
    assert read["snapshot_id"] == folder.name
    assert read["inputs"] == {f.name: str(getattr(INPUTS, f.name)) for f in fields(INPUTS)}
    assert read["rows"] == {name: table.num_rows for name, table in conformed().items()}
    assert read["counts"] == {"postings": 3, "credentials": 2}


@pytest.mark.parametrize("name", [f.name for f in fields(SnapshotInputs)])
def test_the_id_changes_with_each_input(name: str) -> None:
    other = date(2026, 7, 1) if name == "as_of" else "something else"
    assert snapshot_id(replace(INPUTS, **{name: other})) != snapshot_id(INPUTS)


def test_the_id_changes_with_nothing_but_the_inputs(tmp_path: Path) -> None:
    here, there = Lake(tmp_path / "here"), Lake(tmp_path / "there")
    one = write_snapshot(here, INPUTS, conformed(), counts())
    other = write_snapshot(there, replace(INPUTS), conformed(**with_row("matches", 0, coverage=0.7)), {"postings": 99})
    assert one == other == snapshot_id(INPUTS)


def test_the_id_says_which_day_it_describes() -> None:
    assert snapshot_id(INPUTS).startswith("2026-06-30-")
    assert __version__, "part of the inputs through code_version"


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    names = []
    for place in ("here", "there"):
        identity = write_snapshot(Lake(tmp_path / place), INPUTS, conformed(), counts())
        names.append(tmp_path / place / "snapshots" / identity)
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in names)
    assert one == other


def test_a_crash_before_the_manifest_leaves_what_was_published(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_snapshot(lake, INPUTS, conformed(), counts())
    move_pointer(lake, first, NOW)
    before = lake.read_bytes("latest.json")
    write_bytes = Lake.write_bytes

    def crash(self: Lake, name: str, content: bytes) -> None:
        if name.endswith("manifest.json"):
            raise OSError("the disk is full")
        write_bytes(self, name, content)

    inputs = replace(INPUTS, postings="q" * 64)
    with monkeypatch.context() as patch:
        patch.setattr(Lake, "write_bytes", crash)
        with pytest.raises(OSError, match="the disk is full"):
            write_snapshot(lake, inputs, conformed(), counts())
    assert lake.folders("snapshots") == sorted([first, snapshot_id(inputs)]), "what was written lies there"
    assert lake.snapshots() == [first], "but is no snapshot"
    assert (lake.latest(), lake.read_bytes("latest.json")) == (first, before)
    assert lake.snapshot_table("matches").equals(conformed()["matches"])

    again = write_snapshot(lake, inputs, conformed(), counts())
    assert lake.snapshots() == sorted([first, again]), "the next run makes it whole"


@pytest.mark.parametrize("table", ["skills", "match_skills"])
def test_a_crash_between_tables_is_no_snapshot(lake: Lake, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    write_bytes = Lake.write_bytes

    def crash(self: Lake, name: str, content: bytes) -> None:
        if name.endswith(f"{table}.parquet"):
            raise KeyboardInterrupt
        write_bytes(self, name, content)

    monkeypatch.setattr(Lake, "write_bytes", crash)
    with pytest.raises(KeyboardInterrupt):
        write_snapshot(lake, INPUTS, conformed(), counts())
    assert (lake.snapshots(), lake.latest()) == ([], None)


def test_a_crash_while_a_file_is_written_leaves_no_half_file(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_snapshot(lake, INPUTS, conformed(), counts())
    move_pointer(lake, first, NOW)
    before = lake.read_bytes("latest.json")

    class Broken:
        """A file system on which nothing can be moved."""

        def __init__(self, inner: pa.fs.FileSystem) -> None:
            self._inner = inner

        def move(self, source: str, target: str) -> None:
            raise OSError("the machine stopped")

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

    with monkeypatch.context() as patch:
        patch.setattr(lake, "_fs", Broken(lake._fs))
        with pytest.raises(LakeError, match="the machine stopped"):
            move_pointer(lake, "another", NOW)
    assert lake.read_bytes("latest.json") == before
    assert lake.names("") == ["latest.json"], "what was being written is not among the lake's files"


def test_nothing_is_published_before_the_pointer_moves(lake: Lake) -> None:
    identity = write_snapshot(lake, INPUTS, conformed(), counts())
    assert (lake.snapshots(), lake.latest()) == ([identity], None)
    with pytest.raises(LakeError, match="Nothing is published"):
        lake.snapshot_table("matches")
    move_pointer(lake, identity, NOW)
    assert lake.snapshot_table("matches").equals(conformed()["matches"])


def test_the_pointer_keeps_the_one_before(lake: Lake) -> None:
    def pointer() -> dict[str, object]:
        return lake.read_json("latest.json")

    identities = [
        write_snapshot(lake, replace(INPUTS, model=model), conformed(), counts()) for model in ("a", "b", "c")
    ]
    move_pointer(lake, identities[0], NOW)
    assert pointer() == {
        "snapshot_id": identities[0], "previous": None, "published_at": "2026-07-01T03:30:15+00:00",
    }  # fmt: skip
    move_pointer(lake, identities[1], NOW)
    assert (pointer()["snapshot_id"], pointer()["previous"]) == (identities[1], identities[0])
    move_pointer(lake, identities[1], NOW)
    assert pointer()["previous"] == identities[0], "publishing the same again forgets nothing"
    move_pointer(lake, identities[2], NOW)
    assert pointer()["previous"] == identities[1]
    move_pointer(lake, identities[0], NOW)
    assert (pointer()["snapshot_id"], pointer()["previous"]) == (identities[0], identities[2]), "and back again"


def test_an_older_snapshot_is_still_there_to_read(lake: Lake) -> None:
    first = write_snapshot(lake, INPUTS, conformed(), counts())
    changed = conformed(**with_row("matches", 0, coverage=0.7))
    second = write_snapshot(lake, replace(INPUTS, postings="q" * 64), changed, counts())
    move_pointer(lake, second, NOW)
    assert lake.snapshot_table("matches").equals(changed["matches"])
    assert lake.snapshot_table("matches", first).equals(conformed()["matches"])


# --- Read by others -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(TABLES))
def test_pandas_reads_every_table(folder: Path, name: str) -> None:
    read = pd.read_parquet(folder / f"{name}.parquet")
    assert list(read.columns) == [column.name for column in TABLES[name].columns]
    assert len(read) == conformed()[name].num_rows


def test_duckdb_reads_and_joins_the_files(folder: Path) -> None:
    with duckdb.connect() as db:
        rows = db.execute(
            f"SELECT c.title_en, r.label_fr, m.coverage FROM '{folder}/matches.parquet' m "
            f"JOIN '{folder}/credentials.parquet' c USING (credential_id) "
            f"JOIN '{folder}/roles.parquet' r USING (role_id) "
            "WHERE c.title_en IS NOT NULL"
        ).fetchall()
    assert rows == [("Welding basics", "soudeur/soudeuse", 0.68)]


def test_the_files_keep_the_types_and_the_nullability_of_the_contract(folder: Path) -> None:
    assert all(pq.read_schema(folder / f"{name}.parquet").equals(table.schema) for name, table in TABLES.items())


def test_rows_lie_in_the_order_of_their_key(folder: Path) -> None:
    for name, table in TABLES.items():
        rows = pq.read_table(folder / f"{name}.parquet").select(list(table.key)).to_pylist()
        assert rows == sorted(rows, key=lambda row: tuple(row.values()))


def test_the_hash_of_documents_does_not_depend_on_their_order() -> None:
    one = pa.table({"doc_id": ["a", "b"], "content_hash": ["1", "2"]})
    other = pa.table({"doc_id": ["b", "a"], "content_hash": ["2", "1"]})
    swapped = pa.table({"doc_id": ["a", "b"], "content_hash": ["2", "1"]})
    assert documents_hash(one) == documents_hash(other)
    assert len({documents_hash(one), documents_hash(swapped), documents_hash(one.slice(0, 1))}) == 3
    odd = pa.table({"doc_id": ["a", "a\n", "a\tb", "é", "𝄞", "\uffff"], "content_hash": list("zyxwvu")})
    lines = sorted(f"{row['doc_id']}\t{row['content_hash']}" for row in odd.to_pylist())
    assert documents_hash(odd) == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert documents_hash(one.slice(0, 0)) == hashlib.sha256(b"").hexdigest()


def test_a_snapshot_is_not_written_over_with_other_tables(lake: Lake, folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert write_snapshot(lake, INPUTS, conformed(), counts()) == folder.name, "the same once more is no harm"
    other = conformed() | {"skills": conformed()["skills"].slice(1)}
    with pytest.raises(LakeError, match=r"skills\.parquet .* holds other bytes.* Delete its folder"):
        write_snapshot(lake, INPUTS, other, counts())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["skills.parquet", "manifest.json"])
def test_a_damaged_snapshot_is_made_good_with_the_same_tables(lake: Lake, folder: Path, name: str) -> None:
    before = (folder / name).read_bytes()
    (folder / name).write_bytes(before[:-9])
    write_snapshot(lake, INPUTS, conformed(), counts())
    assert (folder / name).read_bytes() == before


# --- What the next snapshot will hold too -----------------------------------------------------------------------------

WANTED = ("credential_definition", "credential_completeness")
OTHER_POSTINGS = replace(INPUTS, postings="q" * 64)


def unchanged(lake: Lake, inputs: SnapshotInputs) -> dict[str, pa.Table]:
    return unchanged_tables(lake, inputs, WANTED, {"as_of", "postings"})


def test_tables_whose_inputs_have_not_changed_are_those_of_the_published_snapshot(lake: Lake, folder: Path) -> None:
    move_pointer(lake, folder.name, NOW)
    for inputs in (OTHER_POSTINGS, replace(OTHER_POSTINGS, as_of=date(2026, 7, 1))):
        found = unchanged(lake, inputs)
        assert list(found) == list(WANTED)
        assert all(found[name].equals(conformed()[name]) for name in WANTED)


@pytest.mark.parametrize("name", sorted({f.name for f in fields(INPUTS)} - {"as_of", "postings"}))
def test_where_anything_else_has_changed_nothing_is_known(lake: Lake, folder: Path, name: str) -> None:
    move_pointer(lake, folder.name, NOW)
    assert unchanged(lake, replace(OTHER_POSTINGS, **{name: "another"})) == {}


def test_before_a_publication_and_for_the_published_snapshot_itself_nothing_is_known(lake: Lake, folder: Path) -> None:
    assert unchanged(lake, OTHER_POSTINGS) == {}
    move_pointer(lake, folder.name, NOW)
    assert unchanged(lake, INPUTS) == {}


@pytest.mark.parametrize("content", [None, b"", b"not what was written"])
def test_a_table_that_is_not_what_its_manifest_says_is_not_taken_over(
    lake: Lake, folder: Path, content: bytes | None
) -> None:
    move_pointer(lake, folder.name, NOW)
    path = folder / f"{WANTED[1]}.parquet"
    path.unlink() if content is None else path.write_bytes(content)
    assert unchanged(lake, OTHER_POSTINGS) == {}


def test_without_a_manifest_nothing_is_known(lake: Lake, folder: Path) -> None:
    move_pointer(lake, folder.name, NOW)
    (folder / "manifest.json").unlink()
    assert unchanged(lake, OTHER_POSTINGS) == {}
