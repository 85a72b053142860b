"""Where everything lies: a local folder or an object-store URL behind one file system layer.

documents/<kind>/<batch>.parquet   accepted records, one immutable file a batch
quarantine/<kind>/<batch>.parquet  what could not be read
runs/<batch>.json                  the counts of each ingest
cache/<name>/<fingerprint>/        work that is never done twice, keyed by content
index/<fingerprint>/               vectors of a taxonomy's labels
snapshots/<snapshot_id>/           published tables; whole once its manifest.json is there
changes/<from>..<to>/              what changed between two snapshots, and why
baselines/<name>.json              snapshots that are kept, with the indicators agreed on
latest.json                        which snapshot readers should read
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from pipeline.errors import LakeError

LATEST = "latest.json"
MANIFEST = "manifest.json"
SEAL = "seal"
JSON_FORM = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2
OBJECT_STORES = frozenset({"s3", "gcs", "abfs"})  # here a folder is but part of a name, and making one a bucket
UNREADABLE = (pa.ArrowException, OSError, ValueError)  # what Arrow raises for a file that is no whole Parquet file
ROW_GROUP = 1 << 20  # rows; what a writer holds at once
ASKED_AT_ONCE = 1 << 26  # bytes of a cache's parts
REMEMBERED = 1 << 25  # bytes of rows that a cache may still know of what it has just been given


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """A schema in which no column is held in a dictionary."""
    return pa.schema([
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in schema
    ])  # fmt: skip


def coded(table: pa.Table) -> pa.Table:
    """The table with its strings held in dictionaries: each once, however often it stands there."""
    columns = [c.dictionary_encode() if pa.types.is_string(c.type) else c for c in table.columns]
    return pa.table(columns, names=table.column_names)


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as Parquet: equal tables always give the same bytes, however they are chunked, with page checksums.

    Dictionaries are a way to hold strings in memory: what is written, and read again, is plain.
    """
    schema = plain_schema(table.schema)
    sink = BytesIO()
    with pq.ParquetWriter(sink, schema, compression="zstd", compression_level=3, write_page_checksum=True) as writer:
        for start in range(0, max(table.num_rows, 1), ROW_GROUP):
            # A page ends where a chunk does, so there must be one.
            writer.write_table(table.slice(start, ROW_GROUP).cast(schema).combine_chunks(), ROW_GROUP)
    return sink.getvalue()


def sealed_json(value: dict[str, object]) -> bytes:
    """An object as sorted, indented JSON that holds, under `seal`, the SHA-256 of what it would be without that."""
    content = {key: held for key, held in value.items() if key != SEAL}
    seal = hashlib.sha256(orjson.dumps(content, option=JSON_FORM)).hexdigest()
    return orjson.dumps(content | {SEAL: seal}, option=JSON_FORM) + b"\n"


def without_secrets(text: str) -> str:
    """A URL, or a message that holds one, without the keys and passwords that it may carry."""
    hidden = r"(?i)([?&][^=&\s]*(?:key|secret|token|password|sig|credential)[^=&\s]*=)[^&\s'\"]*"
    return re.sub(hidden, r"\1***", re.sub(r"(://)[^/@\s'\"]*@", r"\1***@", text))


def open_location(location: str) -> tuple[fs.FileSystem, str]:
    """The file system that a folder or URL is on, and its path there.

    Raises:
        pyarrow.ArrowInvalid, OSError: it can't be opened.
    """
    if "://" in location:
        system, root = fs.FileSystem.from_uri(location)
        return system, root.rstrip("/")
    return fs.LocalFileSystem(), str(Path(location).expanduser().resolve())


class Lake:
    """The file layout above, on any file system that `pyarrow.fs` knows.

    Args:
        location: a folder, or a URL such as s3://bucket/prefix. A folder is made when first written to.

    Raises:
        LakeError: the location is no folder or URL that can be opened.
    """

    def __init__(self, location: str | Path) -> None:
        text = str(location)
        try:
            self._fs, self.root = open_location(text)
        except (pa.ArrowInvalid, OSError) as error:
            message = without_secrets(f"The lake {text} cannot be opened: {error}.")
            raise LakeError(message) from None
        self.location = without_secrets(text)
        self._local = isinstance(self._fs, fs.LocalFileSystem)
        if self._local and Path(self.root).is_file():
            raise LakeError(f"The lake {text} is a file: name a folder, which need not exist yet.")

    def path(self, name: str) -> str:
        """The full path of a name inside the lake."""
        return f"{self.root}/{name}"

    def exists(self, name: str) -> bool:
        """Whether a file or folder of that name is there."""
        try:
            return bool(self._fs.get_file_info(self.path(name)).type != fs.FileType.NotFound)
        except OSError as error:
            raise LakeError(f"The lake {self.location} cannot be read: {error}.") from error

    def names(self, folder: str, suffix: str = "") -> list[str]:
        """The names of the files directly in a folder, sorted; empty if the folder is not there."""
        files = (info.base_name for info in self._infos(folder) if info.type == fs.FileType.File)
        return sorted(name for name in files if name.endswith(suffix) and not name.startswith("."))

    def folders(self, folder: str) -> list[str]:
        """The names of the folders directly in a folder, sorted; empty if the folder is not there."""
        return sorted(info.base_name for info in self._infos(folder) if info.type == fs.FileType.Directory)

    def _infos(self, folder: str) -> list[fs.FileInfo]:
        try:
            return list(self._fs.get_file_info(fs.FileSelector(self.path(folder), allow_not_found=True)))
        except OSError as error:
            raise LakeError(f"The lake {self.location} cannot be read: {error}.") from error

    def read_bytes(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            LakeError: the file is not there, is a folder, or may not be read.
        """
        try:
            with self._fs.open_input_stream(self.path(name)) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            raise LakeError(f"{name} is not in the lake {self.location}.") from None
        except OSError as error:
            raise LakeError(f"{name} in the lake {self.location} cannot be read: {error}.") from None

    def write_bytes(self, name: str, content: bytes) -> None:
        """Writes a file, making the folders above it.

        In a local folder it is written whole or not at all: a reader never sees half of it, and a write that fails
        leaves what was there. Object stores show a file once it is whole.

        Raises:
            LakeError: the file cannot be written: no space, no permission, no such place.
        """
        path = self.path(name)
        try:
            if self._local:
                self._replace(path, content)
            else:
                with self._open_remote(path) as stream:
                    stream.write(content)
        except OSError as error:
            raise LakeError(f"{name} cannot be written to the lake {self.location}: {error}.") from error

    def _replace(self, path: str, content: bytes) -> None:
        """Writes beside a local file, then moves into its place in one step."""
        self._fs.create_dir(str(Path(path).parent), recursive=True)
        temporary = f"{Path(path).parent}/.{Path(path).name}.{uuid4().hex}"
        try:
            with self._fs.open_output_stream(temporary) as stream:
                stream.write(content)
            self._fs.move(temporary, path)
        except BaseException:
            with suppress(OSError):
                self._fs.delete_file(temporary)
            raise

    def _open_remote(self, path: str) -> pa.NativeFile:
        try:
            return self._fs.open_output_stream(path)
        except OSError:
            if self._fs.type_name in OBJECT_STORES:
                raise
            self._fs.create_dir(path.rpartition("/")[0], recursive=True)
            return self._fs.open_output_stream(path)

    def delete(self, name: str) -> None:
        """Deletes a file, or a folder with all that is in it; nothing happens if it is not there.

        Raises:
            LakeError: it cannot be deleted.
        """
        path = self.path(name)
        try:
            kind = self._fs.get_file_info(path).type
            if kind == fs.FileType.Directory:
                self._fs.delete_dir(path)
            elif kind == fs.FileType.File:
                self._fs.delete_file(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise LakeError(f"{name} in the lake {self.location} cannot be deleted: {error}.") from error

    def modified(self, name: str) -> datetime | None:
        """When a file, or the newest file below a folder, was last written; None if there is none.

        Raises:
            LakeError: the lake cannot be read.
        """
        return max((_utc(file.mtime) for file in self._files_of(name)), default=None)

    def size(self, name: str) -> int:
        """Bytes of a file, or of all files below a folder; 0 if it is not there.

        Raises:
            LakeError: the lake cannot be read.
        """
        return sum(int(file.size) for file in self._files_of(name))

    def _files_of(self, name: str) -> list[fs.FileInfo]:
        """A file itself, or all files below a folder."""
        path = self.path(name)
        try:
            info = self._fs.get_file_info(path)
            if info.type == fs.FileType.File:
                return [info]
            below = self._fs.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=True))
        except OSError as error:
            raise LakeError(f"The lake {self.location} cannot be read: {error}.") from error
        return [info for info in below if info.type == fs.FileType.File]

    def read_json(self, name: str) -> dict[str, object]:
        """The content of a JSON file that holds one object.

        Raises:
            LakeError: the file is not there or is not such a file.
        """
        try:
            value = orjson.loads(self.read_bytes(name))
        except orjson.JSONDecodeError as error:
            raise LakeError(f"{name} in the lake {self.location} is not valid JSON: {error}.") from None
        if not isinstance(value, dict):
            raise LakeError(f"{name} in the lake {self.location} should hold one JSON object.")
        return {key: held for key, held in value.items() if key != SEAL}

    def write_json(self, name: str, value: dict[str, object]) -> None:
        """Writes an object as sorted, indented JSON with a seal, by which `passerelle verify` knows it again."""
        self.write_bytes(name, sealed_json(value))

    def all_files(self) -> list[str]:
        """The names of all files in the lake, hidden ones included, sorted; empty if there is no lake yet.

        Raises:
            LakeError: the lake cannot be listed.
        """
        selector = fs.FileSelector(self.root, allow_not_found=True, recursive=True)
        try:
            found = self._fs.get_file_info(selector)
        except OSError as error:
            raise LakeError(f"The lake {self.location} cannot be read: {error}.") from error
        return sorted(info.path[len(self.root) + 1 :] for info in found if info.type == fs.FileType.File)

    def read_table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """A Parquet file as a table, its checksums verified.

        Raises:
            LakeError: the file is not there, or is not whole.
        """
        try:
            with self._fs.open_input_file(self.path(name)) as file:
                # Not `read_table`, which loads half of pandas first.
                return pq.ParquetFile(file, page_checksum_verification=True).read(columns)
        except FileNotFoundError:
            raise LakeError(f"{name} is not in the lake {self.location}.") from None
        except UNREADABLE as error:
            raise LakeError(f"{name} in the lake {self.location} is damaged: {error}.") from None

    def write_table(self, name: str, table: pa.Table) -> str:
        """Writes a table as Parquet.

        Returns:
            The SHA-256 of the file, 64 hexadecimal digits.
        """
        content = parquet_bytes(table)
        self.write_bytes(name, content)
        return hashlib.sha256(content).hexdigest()

    def snapshots(self) -> list[str]:
        """The ids of the snapshots that are whole, sorted."""
        return [name for name in self.folders("snapshots") if self.exists(f"snapshots/{name}/{MANIFEST}")]

    def latest(self) -> str | None:
        """The id of the published snapshot, or None before the first publication.

        Raises:
            LakeError: latest.json is there but names no snapshot.
        """
        if not self.exists(LATEST):
            return None
        identity = self.read_json(LATEST).get("snapshot_id")
        if not isinstance(identity, str) or not identity:
            raise LakeError(
                f"{LATEST} in the lake {self.location} names no snapshot: its snapshot_id should be the name of a "
                "folder in snapshots/. Delete the file and run `passerelle refresh`, which writes it anew."
            )
        return identity

    def previous(self) -> str | None:
        """The id of the snapshot that was published before the present one, or None."""
        identity = self.read_json(LATEST).get("previous") if self.exists(LATEST) else None
        return identity if isinstance(identity, str) and identity else None

    def snapshot_table(self, table: str, snapshot_id: str | None = None) -> pa.Table:
        """A table of a snapshot, by default the published one.

        Raises:
            LakeError: nothing is published yet, or the table is not in the snapshot.
        """
        chosen = snapshot_id or self.latest()
        if chosen is None:
            raise LakeError(f"Nothing is published in {self.location} yet: run `passerelle run` or `refresh` first.")
        return self.read_table(f"snapshots/{chosen}/{table}.parquet")


class ContentCache:
    """Rows of finished work in append-only Parquet parts, found by a string key column.

    What was computed for a key under one fingerprint is never computed again; another fingerprint is another cache,
    so results of two models or two settings can't mix. A part is trusted only if its bytes have the SHA-256 that its
    name begins; any other is left out and counted, so that what it held is computed anew.

    Args:
        name: the kind of work ("links").
        fingerprint: identifies everything besides the key that the result depends on.
        schema: the columns of a row; one of them is `key`.
        remembers: whether `find` still knows what was appended a moment ago, up to `REMEMBERED` bytes of it.
    """

    def __init__(self, lake: Lake, name: str, fingerprint: str, schema: pa.Schema, remembers: bool = False) -> None:
        self._lake = lake
        self._folder = f"cache/{name}/{fingerprint}"
        self._schema = schema
        self._given: list[pa.Table] = []
        self._room = REMEMBERED if remembers else 0
        self.damaged: list[str] = []

    def parts(self, columns: list[str] | None = None, coded: bool = False) -> Iterator[pa.Table]:
        """Every part that is whole, in the order of their names.

        Args:
            columns: those wanted; all by default.
            coded: that strings are held in dictionaries, which is how they are read soonest.
        """
        for content in self._contents():
            table = self._parsed(content, columns, coded)
            if table is not None:
                yield table

    def find(self, keys: pa.Array, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """The rows of some keys, part by part: no part is read once all are found, and what is found is not looked for.

        What is remembered is known without reading. Of parts that hold none of the keys only these are
        read. As many parts as come to `ASKED_AT_ONCE` bytes are asked together: to ask each by itself for many keys
        would take as long as there are parts times keys.

        Args:
            keys: those wanted.
            columns: as in `parts`, `key` among them.
        """
        wanted, contents = Wanted(keys), self._contents()
        for given in self._given:
            held = given["key"].unique()
            (fresh,) = wanted.among([held])
            if fresh.any():
                yield given.filter(pc.is_in(given["key"], held.filter(pa.array(fresh)))).select(
                    columns or given.schema.names
                )
        while wanted and (together := _as_many_as(contents, ASKED_AT_ONCE)):
            read = [(content, self._parsed(content, ["key"], coded=True)) for content in together]
            parts = [(content, held.unify_dictionaries()) for content, held in read if held is not None]
            chosen = wanted.among([distinct(held["key"]) for _, held in parts])
            for (content, held), fresh in zip(parts, chosen, strict=True):
                if fresh.any():
                    part = self._parsed(content, columns)
                    assert part is not None  # its keys were read
                    yield part.filter(pa.array(fresh[numbers(held["key"])]))

    def _contents(self) -> Iterator[bytes]:
        """The bytes of every part that are what its name says; the names of others are noted."""
        self.damaged.clear()
        for name in self._lake.names(self._folder, ".parquet"):
            try:
                content = self._lake.read_bytes(f"{self._folder}/{name}")
            except LakeError:
                content = b""
            # Before anything is parsed: page checksums do not cover the headers and the footer.
            if name == part_name(content) and self._parsed(content, []) is not None:
                yield content
            else:
                self.damaged.append(name)

    def _parsed(self, content: bytes, columns: list[str] | None, coded: bool = False) -> pa.Table | None:
        """Some columns of a part, their strings in dictionaries if that is wanted; None if it holds other columns."""
        strings = [field.name for field in self._schema if coded and pa.types.is_string(field.type)]
        try:
            file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=strings)
            return file.read(columns) if plain_schema(file.schema_arrow).equals(self._schema) else None
        except UNREADABLE:
            return None

    def load(self) -> pa.Table:
        """All rows; a key that two interrupted runs both computed may come twice, with equal rows."""
        return pa.concat_tables([self._schema.empty_table(), *self.parts()])

    def append(self, rows: pa.Table) -> str | None:
        """Adds finished rows as one part, named by its content: adding the same twice changes nothing.

        Returns:
            The part's name in the lake; None if there are no rows.
        """
        if rows.num_rows == 0:
            return None
        plain = rows.cast(self._schema)
        content = parquet_bytes(plain)
        name = f"{self._folder}/{part_name(content)}"
        self._lake.write_bytes(name, content)
        if plain.nbytes <= self._room:
            self._given.append(plain)
            self._room -= plain.nbytes
        return name


def _utc(time: datetime | None) -> datetime:
    """A file's time; a store that tells none gives the oldest there is."""
    return time.astimezone(UTC) if time else datetime.min.replace(tzinfo=UTC)


def distinct(coded: pa.ChunkedArray) -> pa.Array:
    """The strings of a column that holds them in dictionaries, each once."""
    unified = coded.unify_dictionaries()
    return unified.chunk(0).dictionary if unified.num_chunks else pa.array([], pa.string())


def numbers(coded: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """For each row the place of its string among those that `distinct` gives; -1 where there is none.

    Args:
        coded: strings in one dictionary, as `unify_dictionaries` leaves them.
    """
    found = [pc.fill_null(chunk.indices, -1).to_numpy().astype(np.int64) for chunk in coded.chunks]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


class Wanted:
    """Keys that are looked for in one place after the other, each until it is found: true as long as any is left.

    Args:
        keys: strings.

    Attributes:
        left: those that were not found, each once, in their order.
    """

    def __init__(self, keys: pa.Array) -> None:
        self.left = keys.unique()

    def __bool__(self) -> bool:
        return len(self.left) > 0

    def among(self, places: Sequence[pa.Array]) -> list[npt.NDArray[np.bool_]]:
        """What several places hold that is wanted; it is not wanted any more.

        To ask each place by itself would take as long as there are places times keys.

        Args:
            places: the strings that each holds.

        Returns:
            For each place which of its strings are wanted, and held neither by an earlier place nor further up.
        """
        held = pc.index_in(pa.chunked_array(places, pa.string()), self.left)
        numbered = pc.fill_null(held, len(self.left)).to_numpy()
        found = np.zeros(len(self.left) + 1, dtype=bool)
        found[-1] = True  # stands for all that is not wanted
        chosen = []
        for place in places:
            own, numbered = numbered[: len(place)], numbered[len(place) :]
            fresh = np.zeros(len(own), dtype=bool)
            fresh[np.unique(own, return_index=True)[1]] = True
            chosen.append(fresh & ~found[own])
            found[own] = True
        self.left = self.left.filter(pa.array(~found[:-1]))
        return chosen


def _as_many_as(contents: Iterator[bytes], room: int) -> list[bytes]:
    """The next ones, as many as come to so many bytes together: the last may exceed them."""
    taken: list[bytes] = []
    while room > 0 and (content := next(contents, None)) is not None:
        taken.append(content)
        room -= len(content)
    return taken


def without(keys: pa.Array, gone: pa.ChunkedArray) -> pa.Array:
    """The keys that are not among others."""
    return keys.filter(pc.invert(pc.is_in(keys, gone.unique())))


def part_name(content: bytes) -> str:
    """The name of a part of a cache: that of its bytes."""
    return f"{hashlib.sha256(content).hexdigest()[:32]}.parquet"
