"""The lake: files that are whole or not there, caches that know their damage, on any file system."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import fs

from pipeline import lake as module
from pipeline.errors import LakeError
from pipeline.lake import LATEST, MANIFEST, ContentCache, Lake, parquet_bytes

SCHEMA = pa.schema([("key", pa.string()), ("skill", pa.string()), ("confidence", pa.float64()), ("start", pa.int64())])
TABLE = pa.table({"key": ["a", "b", None], "n": [1, 2, None], "tags": [["x"], [], None]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


# --- Files ----------------------------------------------------------------------------------------------------------


def test_what_is_written_can_be_read(lake: Lake, tmp_path: Path):
    assert not (tmp_path / "lake").exists(), "a folder is made when first written to"
    lake.write_bytes("a/b/c.bin", b"\x00\xff")
    assert lake.read_bytes("a/b/c.bin") == b"\x00\xff"
    lake.write_bytes("a/b/c.bin", b"")
    assert lake.read_bytes("a/b/c.bin") == b""
    assert lake.exists("a/b/c.bin")
    assert lake.exists("a/b")
    assert not lake.exists("a/c")


def test_names_and_folders_are_listed_in_order(lake: Lake):
    for name in ("f/b.txt", "f/a.parquet", "f/c/d.txt", "f/B/d.txt", "f/.hidden"):
        lake.write_bytes(name, b"x")
    assert lake.names("f") == ["a.parquet", "b.txt"]
    assert lake.names("f", ".parquet") == ["a.parquet"]
    assert lake.folders("f") == ["B", "c"]
    assert lake.names("none") == lake.folders("none") == []


@pytest.mark.parametrize("name", ["none", "none/deeper", "folder"])
def test_reading_what_is_no_file_is_an_error_that_names_it_and_the_lake(lake: Lake, name: str):
    lake.write_bytes("folder/file", b"x")
    with pytest.raises(LakeError) as caught:
        lake.read_bytes(name)
    assert name in str(caught.value)
    assert lake.location in str(caught.value)


def test_the_home_folder_may_be_written_as_a_tilde(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))
    Lake("~/lake").write_bytes("x", b"1")
    assert (tmp_path / "lake" / "x").read_bytes() == b"1"


# --- Whole or not at all --------------------------------------------------------------------------------------------


class FailingFileSystem:
    """A file system on which one operation fails."""

    def __init__(self, real: fs.FileSystem, operation: str) -> None:
        self._real, self._operation = real, operation

    def __getattr__(self, name: str) -> Callable[..., object]:
        if name == self._operation == "move":
            return self._fail
        if name == self._operation == "open_output_stream":
            return lambda path: FailingStream(self._real.open_output_stream(path))
        return getattr(self._real, name)

    def _fail(self, *arguments: object) -> None:
        raise OSError("disk full")


class FailingStream:
    """A stream that breaks off half way."""

    def __init__(self, real: pa.NativeFile) -> None:
        self._real = real

    def __enter__(self) -> FailingStream:
        return self

    def __exit__(self, *error: object) -> None:
        self._real.close()

    def write(self, content: bytes) -> None:
        self._real.write(content[: len(content) // 2])
        raise OSError("disk full")


@pytest.mark.parametrize("operation", ["move", "open_output_stream"])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_write_that_fails_leaves_what_was_there(
    lake: Lake, monkeypatch, tmp_path: Path, operation: str, before: bytes | None
):
    if before:
        lake.write_bytes("f/x.parquet", before)
    monkeypatch.setattr(lake, "_fs", FailingFileSystem(lake._fs, operation))
    with pytest.raises(LakeError, match="disk full"):
        lake.write_bytes("f/x.parquet", b"new content")
    assert [path.name for path in (tmp_path / "lake" / "f").iterdir()] == (["x.parquet"] if before else [])
    assert lake.exists("f/x.parquet") == bool(before)
    if before:
        assert lake.read_bytes("f/x.parquet") == before


def test_a_writer_never_shows_a_file_by_halves(lake: Lake, monkeypatch):
    """Just before the last step the old content is still there, and after it the new."""
    seen: list[bytes] = []
    real = lake._fs

    class Watching(FailingFileSystem):
        def _fail(self, source: str, target: str) -> None:
            seen.append(lake.read_bytes("x"))
            real.move(source, target)

    lake.write_bytes("x", b"old")
    monkeypatch.setattr(lake, "_fs", Watching(real, "move"))
    lake.write_bytes("x", b"new")
    assert seen == [b"old"]
    assert lake.read_bytes("x") == b"new"
    assert lake.names("") == ["x"]


# --- JSON and tables ------------------------------------------------------------------------------------------------


def test_json_is_sorted_and_ends_in_a_newline(lake: Lake):
    lake.write_json("x.json", {"b": 1, "a": {"é": None}})
    text = lake.read_bytes("x.json").decode()
    assert text.startswith('{\n  "a": {\n    "é": null\n  },\n  "b": 1,\n  "seal": "')
    assert text.endswith('"\n}\n')
    assert lake.read_json("x.json") == {"b": 1, "a": {"é": None}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not valid JSON"),
        (b"", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[]", "one JSON object"),
        (b"null", "one"),
    ],
)
def test_json_that_cannot_be_used_is_an_error_that_names_it(lake: Lake, content: bytes, message: str):
    lake.write_bytes("x.json", content)
    with pytest.raises(LakeError, match=message) as caught:
        lake.read_json("x.json")
    assert "x.json" in str(caught.value)


def test_missing_json_is_an_error(lake: Lake):
    with pytest.raises(LakeError, match=r"x\.json is not in the lake"):
        lake.read_json("x.json")


def test_tables_come_back_as_they_were(lake: Lake):
    digest = lake.write_table("t/x.parquet", TABLE)
    assert lake.read_table("t/x.parquet").equals(TABLE)
    assert lake.read_table("t/x.parquet", ["n"]).column_names == ["n"]
    assert len(digest) == 64
    assert lake.write_table("t/y.parquet", TABLE) == digest


@pytest.mark.parametrize("content", [b"", b"PAR1", b"nothing", parquet_bytes(TABLE)[:-1], parquet_bytes(TABLE)[:50]])
def test_a_damaged_table_is_an_error_that_says_so(lake: Lake, content: bytes):
    lake.write_bytes("x.parquet", content)
    with pytest.raises(LakeError, match=r"x\.parquet .* is damaged"):
        lake.read_table("x.parquet")


def test_a_missing_table_is_an_error(lake: Lake):
    with pytest.raises(LakeError, match=r"x\.parquet is not in the lake"):
        lake.read_table("x.parquet")


def test_a_flipped_byte_in_a_page_is_noticed(lake: Lake):
    good = parquet_bytes(pa.table({"text": ["weld metal parts", "operate forklifts", "first aid"] * 20}))
    place = good.index(b"weld") if b"weld" in good else 40
    lake.write_bytes("x.parquet", good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    with pytest.raises(LakeError, match="damaged"):
        lake.read_table("x.parquet")


ROWS = st.lists(st.tuples(st.text(max_size=8), st.none() | st.floats(allow_nan=False)), max_size=40)


@settings(max_examples=30, deadline=None)
@given(ROWS, st.integers(1, 15))
def test_the_same_table_always_gives_the_same_bytes(rows: list[tuple[str, float | None]], chunk: int):
    texts, numbers = [text for text, _ in rows], [number for _, number in rows]
    table = pa.table({"a": pa.array(texts, pa.string()), "b": pa.array(numbers, pa.float64())})
    chunks = pa.Table.from_batches(table.to_batches(max_chunksize=chunk), table.schema)
    assert parquet_bytes(chunks) == parquet_bytes(table)


def test_how_a_large_table_lies_in_memory_does_not_change_its_bytes():
    """What a query engine hands over comes in chunks of its own making."""
    table = pa.table({"id": list(range(40_000)), "text": [f"{i * 7919 % 40_009:08d}" * 8 for i in range(40_000)]})
    chunks = pa.Table.from_batches(table.to_batches(max_chunksize=2_047))
    assert chunks.equals(table)
    assert parquet_bytes(chunks) == parquet_bytes(table)


# --- Snapshots ------------------------------------------------------------------------------------------------------


def test_only_whole_snapshots_are_listed(lake: Lake):
    assert lake.snapshots() == []
    lake.write_table("snapshots/2024-b/matches.parquet", TABLE)
    assert lake.snapshots() == []
    lake.write_json(f"snapshots/2024-b/{MANIFEST}", {})
    lake.write_json(f"snapshots/2024-a/{MANIFEST}", {})
    lake.write_bytes("snapshots/stray", b"")
    assert lake.snapshots() == ["2024-a", "2024-b"]


def test_the_pointer_says_which_snapshot_is_read(lake: Lake):
    assert lake.latest() is None
    for name, number in (("one", 1), ("two", 2)):
        lake.write_table(f"snapshots/{name}/t.parquet", pa.table({"n": [number]}))
    with pytest.raises(LakeError, match="Nothing is published"):
        lake.snapshot_table("t")
    lake.write_json(LATEST, {"snapshot_id": "two"})
    assert lake.latest() == "two"
    assert lake.snapshot_table("t")["n"].to_pylist() == [2]
    assert lake.snapshot_table("t", "one")["n"].to_pylist() == [1]
    with pytest.raises(LakeError, match="none"):
        lake.snapshot_table("none")


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"snapshot_id": 3}', b'{"snapshot_id": ""}'])
def test_a_pointer_that_points_nowhere_is_an_error_that_names_it(lake: Lake, content: bytes):
    lake.write_bytes(LATEST, content)
    with pytest.raises(LakeError, match=LATEST):
        lake.latest()


# --- The cache ------------------------------------------------------------------------------------------------------


def rows(*keys: str) -> pa.Table:
    """Cache rows with these keys."""
    return pa.Table.from_pylist(
        [{"key": key, "skill": f"ps:{key}", "confidence": 0.5, "start": 3} for key in keys], schema=SCHEMA
    )


def keys(cache: ContentCache) -> list[str]:
    """The keys that a cache holds."""
    return sorted(cache.load()["key"].to_pylist())


@pytest.fixture
def cache(lake: Lake) -> ContentCache:
    return ContentCache(lake, "links", "f1", SCHEMA)


def test_a_cache_holds_what_was_added(lake: Lake, cache: ContentCache):
    assert cache.load().equals(SCHEMA.empty_table())
    cache.append(rows("a", "b"))
    cache.append(rows("c"))
    cache.append(rows())
    assert keys(cache) == ["a", "b", "c"]
    assert keys(ContentCache(lake, "links", "f1", SCHEMA)) == ["a", "b", "c"]
    assert cache.load().schema.equals(SCHEMA)


def test_adding_the_same_twice_changes_nothing(lake: Lake, cache: ContentCache):
    cache.append(rows("a", "b"))
    cache.append(rows("a", "b"))
    assert keys(cache) == ["a", "b"]
    assert len(lake.names("cache/links/f1")) == 1


def test_another_fingerprint_or_name_is_another_cache(lake: Lake, cache: ContentCache):
    cache.append(rows("a"))
    assert keys(ContentCache(lake, "links", "f2", SCHEMA)) == []
    assert keys(ContentCache(lake, "units", "f1", SCHEMA)) == []


def test_rows_of_another_shape_cannot_be_added(cache: ContentCache):
    with pytest.raises((ValueError, pa.ArrowInvalid)):
        cache.append(pa.table({"key": ["a"]}))


def test_a_part_with_another_schema_is_left_out(lake: Lake, cache: ContentCache):
    cache.append(rows("a"))
    lake.write_table("cache/links/f1/other.parquet", pa.table({"key": ["x"]}))
    assert keys(cache) == ["a"]
    assert cache.damaged == ["other.parquet"]


@pytest.mark.parametrize("content", [parquet_bytes(pa.table({"key": ["x"]})), b"no Parquet at all", b""])
def test_a_part_whose_name_fits_is_still_looked_at(lake: Lake, cache: ContentCache, content: bytes):
    cache.append(rows("a"))
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.parquet"
    lake.write_bytes(f"cache/links/f1/{name}", content)
    assert keys(cache) == ["a"]
    assert cache.damaged == [name]


def test_a_damaged_part_is_left_out_and_counted(lake: Lake, cache: ContentCache, tmp_path: Path):
    cache.append(rows("a"))
    (part,) = (tmp_path / "lake").rglob("*.parquet")
    cache.append(rows("b"))
    good = part.read_bytes()
    for content in (good[:-1], good[: len(good) // 2], b"", b"x" * len(good)):
        part.write_bytes(content)
        assert keys(cache) == ["b"]
        assert cache.damaged == [part.name]
    cache.append(rows("a"))
    assert keys(cache) == ["a", "b"], "what is computed anew takes the damaged part's place"
    assert cache.damaged == []


def test_no_flipped_byte_changes_a_row_or_stops_the_run(lake: Lake, cache: ContentCache, tmp_path: Path):
    expected = rows("a", "b", "c")
    cache.append(expected)
    (part,) = (tmp_path / "lake").rglob("*.parquet")
    good = part.read_bytes()
    wrong: list[str] = []
    for place in range(len(good)):
        part.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        try:
            loaded = cache.load()
        except Exception as error:
            wrong.append(f"byte {place}: {type(error).__name__}: {error}")
        else:
            if not (loaded.equals(expected) or cache.damaged == [part.name]):
                wrong.append(f"byte {place}: other rows")
    assert not wrong, f"{len(wrong)} of {len(good)}, such as {wrong[:3]}"


PARTS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6), max_size=6)


@given(
    parts=PARTS, wanted=st.lists(st.sampled_from("abcdefghi"), max_size=9), room=st.sampled_from([1, 2_000, 1 << 26])
)
def test_a_cache_gives_the_rows_of_some_keys_as_if_each_part_were_asked_by_itself(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[str]], wanted: list[str], room: int
):
    lake = Lake(tmp_path_factory.mktemp("lake"))
    cache = ContentCache(lake, "links", "f1", SCHEMA)
    for part in parts:
        cache.append(rows(*part))
    cache = ContentCache(lake, "links", "f1", SCHEMA)  # one that was given nothing, and must read
    left, expected = set(wanted), []
    for part in cache.parts():
        found = [row for row in part.to_pylist() if row["key"] in left]
        left -= {row["key"] for row in found}
        expected += found
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ASKED_AT_ONCE", room)
        given = list(cache.find(pa.array(wanted, pa.string())))
    assert [row for part in given for row in part.to_pylist()] == expected
    assert all(part.num_rows for part in given)


def test_of_parts_without_a_wanted_key_only_the_keys_are_read(cache: ContentCache, monkeypatch: pytest.MonkeyPatch):
    for key in "abcd":
        ContentCache(cache._lake, "links", "f1", SCHEMA).append(rows(key))
    read: list[tuple[str, ...] | None] = []
    parsed = ContentCache._parsed

    def noted(self, content, columns, coded=False):
        read.append(None if columns is None else tuple(columns))
        return parsed(self, content, columns, coded)

    monkeypatch.setattr(ContentCache, "_parsed", noted)
    (found,) = cache.find(pa.array(["c"]))
    assert found["key"].to_pylist() == ["c"]
    assert (read.count(("key",)), read.count(None)) == (4, 1)


@pytest.fixture
def remembering(lake: Lake) -> ContentCache:
    return ContentCache(lake, "links", "f1", SCHEMA, remembers=True)


def test_what_a_cache_was_given_it_knows_without_reading(lake: Lake, remembering: ContentCache, monkeypatch):
    cache = remembering
    ContentCache(lake, "links", "f1", SCHEMA).append(rows("a", "b"))
    cache.append(rows("c", "d"))
    cache.append(rows("e", "c"))
    monkeypatch.setattr(Lake, "read_bytes", lambda *_: pytest.fail("nothing had to be read"))
    found = list(cache.find(pa.array(["d", "e", "c", "d"])))
    assert [part["key"].to_pylist() for part in found] == [["c", "d"], ["e"]], "each key from where it was met first"
    assert [part.schema for part in found] == [SCHEMA, SCHEMA]
    (keys_only,) = cache.find(pa.array(["e"]), ["key"])
    assert keys_only.equals(pa.table({"key": ["e"]}))
    monkeypatch.undo()
    assert [part["key"].to_pylist() for part in cache.find(pa.array(["b", "d"]))] == [["d"], ["b"]]


def test_a_cache_remembers_no_more_than_it_has_room_for(lake: Lake, monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", rows("a").nbytes)
    cache = ContentCache(lake, "links", "f1", SCHEMA, remembers=True)
    cache.append(rows("a"))
    cache.append(rows("b"))
    read: list[str] = []
    real = Lake.read_bytes
    monkeypatch.setattr(Lake, "read_bytes", lambda self, name: read.append(name) or real(self, name))
    assert [part["key"].to_pylist() for part in cache.find(pa.array(["a"]))] == [["a"]]
    assert not read
    assert [part["key"].to_pylist() for part in cache.find(pa.array(["b", "a"]))] == [["a"], ["b"]]
    assert read


# --- Locations ------------------------------------------------------------------------------------------------------


def use_everything(lake: Lake) -> None:
    """Does in a lake what a run does."""
    lake.write_bytes("documents/postings/1.parquet", b"x")
    assert lake.read_bytes("documents/postings/1.parquet") == b"x"
    assert lake.names("documents/postings", ".parquet") == ["1.parquet"]
    assert lake.folders("documents") == ["postings"]
    assert not lake.exists("latest.json")
    assert lake.names("none") == lake.folders("none") == []
    with pytest.raises(LakeError, match="not in the lake"):
        lake.read_bytes("none")
    with pytest.raises(LakeError, match="not in the lake"):
        lake.read_table("none.parquet")
    lake.write_table("snapshots/s/t.parquet", TABLE)
    lake.write_json(f"snapshots/s/{MANIFEST}", {})
    lake.write_json(LATEST, {"snapshot_id": "s"})
    lake.write_json(LATEST, {"snapshot_id": "s", "again": True})
    assert lake.snapshots() == ["s"]
    assert lake.snapshot_table("t").equals(TABLE)
    cache = ContentCache(lake, "links", "f", SCHEMA)
    cache.append(rows("a"))
    assert keys(cache) == ["a"]


@pytest.mark.parametrize("ask", [Lake.modified, Lake.size])
def test_what_cannot_be_asked_of_a_lake_is_an_error_that_names_it(lake: Lake, monkeypatch, ask):
    def refuse(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(lake, "_fs", SimpleNamespace(get_file_info=refuse))
    with pytest.raises(LakeError, match=r"cannot be read: .*Input/output error"):
        ask(lake, "cache")


@pytest.mark.parametrize("suffix", ["", "/", "/deeper", "/with%20space"])
def test_a_file_url_is_a_lake(tmp_path: Path, suffix: str):
    url = f"{tmp_path.as_uri()}{suffix}"
    use_everything(Lake(url))
    assert Lake(url).location == url
    assert (tmp_path / suffix.strip("/").replace("%20", " ") / LATEST).is_file()


def test_a_folder_is_a_lake(tmp_path: Path):
    use_everything(Lake(tmp_path / "a folder"))
    use_everything(Lake(str(tmp_path / "é")))


def test_a_relative_folder_stays_where_it_was(monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    lake = Lake("here")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    lake.write_bytes("x", b"1")
    assert (tmp_path / "here" / "x").is_file()


def opened_as(monkeypatch: pytest.MonkeyPatch, file_system: fs.FileSystem, root: str) -> Lake:
    """A lake whose URL names a file system of ours."""
    opener = SimpleNamespace(from_uri=lambda url: (file_system, root))
    names = {name: getattr(fs, name) for name in ("FileSelector", "FileType", "LocalFileSystem")}
    monkeypatch.setattr(module, "fs", SimpleNamespace(FileSystem=opener, **names))
    return Lake("store://bucket/lake")


def test_an_object_store_is_a_lake(monkeypatch):
    """In an object store folders are but parts of names, as they are in this one in memory."""
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory", skip_instance_cache=True)
    store.store, store.pseudo_dirs = {}, [""]
    use_everything(opened_as(monkeypatch, fs.PyFileSystem(fs.FSSpecHandler(store)), "bucket/lake"))


def test_a_file_system_whose_folders_have_to_be_made_is_a_lake(monkeypatch, tmp_path: Path):
    """A network drive or cluster behind its own file system layer: folders do not appear by themselves."""
    use_everything(opened_as(monkeypatch, fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem()), "lake"))


def test_no_folder_is_ever_made_in_an_object_store(monkeypatch):
    """What cannot be opened there has no bucket, or no permission: making a folder would make a bucket."""
    made: list[str] = []

    def refuse(path: str) -> None:
        raise OSError("no such bucket")

    store = SimpleNamespace(type_name="s3", open_output_stream=refuse, create_dir=lambda path, **_: made.append(path))
    with pytest.raises(LakeError, match="no such bucket"):
        opened_as(monkeypatch, store, "bucket/lake").write_bytes("a/x", b"1")
    assert made == []


@pytest.mark.parametrize("location", ["nope://x", "http://example.org/lake", "file:///a b", "file://host/x"])
def test_a_location_that_cannot_be_opened_is_an_error_that_names_it(location: str):
    with pytest.raises(LakeError, match="cannot be opened") as caught:
        Lake(location)
    assert location in str(caught.value)


def test_parquet_files_carry_page_checksums(lake: Lake, tmp_path: Path):
    lake.write_table("x.parquet", TABLE)
    assert pq.read_table(tmp_path / "lake" / "x.parquet", page_checksum_verification=True).equals(TABLE)


def test_dictionaries_and_row_groups_leave_no_trace_in_a_file() -> None:
    """Strings in a dictionary and in chunks give the bytes that plain strings in one piece give, and read plain."""
    rows = (1 << 20) + 17  # more than one row group
    codes = pa.array(np.arange(rows) % 91, pa.int32(), mask=np.arange(rows) % 13 == 0)
    held = pa.table({"id": pa.DictionaryArray.from_arrays(codes, [f"id-{n}" for n in range(91)]), "n": range(rows)})
    plain = pa.table({"id": held["id"].cast(pa.string()), "n": held["n"]})
    written = parquet_bytes(pa.concat_tables([held.slice(0, 1000), held.slice(1000)]))
    sink = BytesIO()
    pq.write_table(plain, sink, compression="zstd", compression_level=3, write_page_checksum=True)
    assert written == sink.getvalue()
    assert pq.read_table(BytesIO(written)).equals(plain)
