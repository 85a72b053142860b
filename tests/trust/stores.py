"""A file system in memory that counts what is done to it and fails where it is told to: a disk, or an object store."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO

import pyarrow as pa
from pyarrow import fs

from pipeline.lake import Lake

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHANGES = frozenset({"create_dir", "open", "write", "close", "move", "delete"})


class Killed(BaseException):
    """The process is gone: nothing that it would have done afterwards, tidying included, is done."""


@dataclass(frozen=True)
class Operation:
    """One thing done to a store: its number, counted from 1 since the last `arm`, what it was and where."""

    number: int
    name: str
    path: str


Fault = Callable[["Store", Operation], None]


@dataclass
class Store(fs.FileSystemHandler):
    """Files by path. On a disk (`local`) a file is there from its opening on, in a bucket once it is closed."""

    local: bool
    files: dict[str, bytes] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    fault: Fault | None = None
    done: list[Operation] = field(default_factory=list)
    dead: bool = False
    times: dict[str, datetime] = field(default_factory=dict)  # when files were written, where a test says so

    def arm(self, fault: Fault | None = None) -> None:
        """Starts counting anew, with another fault or none."""
        self.fault, self.done, self.dead = fault, [], False

    def step(self, name: str, path: str) -> None:
        """Counts an operation, and fails it if that is its fate."""
        if self.dead:
            raise Killed
        self.done.append(Operation(len(self.done) + 1, name, path))
        if self.fault:
            self.fault(self, self.done[-1])

    def copy(self) -> Store:
        """Another store with the same files."""
        return Store(self.local, dict(self.files), set(self.folders))

    # --- What Arrow asks of a file system ---------------------------------------------------------------------------

    def get_type_name(self) -> str:
        return "memory"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = None  # type: ignore[assignment]

    def normalize_path(self, path: str) -> str:
        return path

    def _info(self, path: str) -> fs.FileInfo:
        if path in self.files:
            return fs.FileInfo(path, fs.FileType.File, size=len(self.files[path]), mtime=self.times.get(path, NOW))
        inside = path in self.folders or any(each.startswith(f"{path}/") for each in self.files)
        return fs.FileInfo(path, fs.FileType.Directory if inside else fs.FileType.NotFound)

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        for path in paths:
            self.step("info", path)
        return [self._info(path) for path in paths]

    def get_file_info_selector(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        base = selector.base_dir
        self.step("list", base)
        below = [path for path in [*self.files, *self.folders] if path.startswith(f"{base}/")]
        direct = {f"{base}/{path[len(base) + 1 :].split('/')[0]}" for path in below}
        return [self._info(path) for path in sorted(below if selector.recursive else direct)]

    def create_dir(self, path: str, recursive: bool) -> None:
        self.step("create_dir", path)
        parts = path.split("/")
        self.folders.update("/".join(parts[:n]) for n in range(1, len(parts) + 1))

    def open_input_stream(self, path: str) -> pa.NativeFile:
        self.step("read", path)
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        return pa.BufferReader(self.files[path])

    open_input_file = open_input_stream

    def open_output_stream(self, path: str, metadata: object) -> pa.NativeFile:
        self.step("open", path)
        if self.local:
            self.files[path] = b""
        return pa.PythonFile(_Stream(self, path), mode="w")

    def open_append_stream(self, path: str, metadata: object) -> pa.NativeFile:
        raise NotImplementedError

    def move(self, source: str, target: str) -> None:
        self.step("move", target)
        self.files[target] = self.files.pop(source)

    def copy_file(self, source: str, target: str) -> None:
        raise NotImplementedError

    def delete_file(self, path: str) -> None:
        self.step("delete", path)
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        del self.files[path]

    def delete_dir(self, path: str) -> None:
        for name in sorted(name for name in self.files if name.startswith(f"{path}/")):
            self.step("delete", name)  # one file after the other, as disks and buckets do it
            del self.files[name]
        self.folders = {name for name in self.folders if name != path and not name.startswith(f"{path}/")}

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:
        raise NotImplementedError

    def delete_root_dir_contents(self) -> None:
        raise NotImplementedError


class _Stream(BytesIO):
    """A file being written."""

    def __init__(self, store: Store, path: str) -> None:
        super().__init__()
        self._store, self._path = store, path
        self._whole = True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        half = len(content) // 2
        if self._store.local:  # what is written stays written, whatever becomes of the rest
            self._store.files[self._path] += bytes(content[:half])
        self._whole = False
        self._store.step("write", self._path)
        self._whole = True
        if self._store.local:
            self._store.files[self._path] += bytes(content[half:])
        return super().write(content)

    def close(self) -> None:
        if not self.closed:
            content = self.getvalue()
            super().close()
            self._store.step("close", self._path)
            if self._whole and not self._store.local:  # a bucket completes no upload of which a part has failed
                self._store.files[self._path] = content


class _Bucket(fs.PyFileSystem):
    """An object store, as far as `Lake` can tell."""

    type_name = "s3"


class StoreLake(Lake):
    """A lake in a `Store`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._fs = fs.PyFileSystem(store) if store.local else _Bucket(store)
        self.location, self.root, self._local = "memory", "lake", store.local


# --- What can go wrong ------------------------------------------------------------------------------------------------


def kill_at(number: int) -> Fault:
    """The process dies before the operation of that number; of a write, the first half is done."""

    def fault(store: Store, operation: Operation) -> None:
        if operation.number == number:
            store.dead = True
            raise Killed

    return fault


def fail_at(number: int, error: OSError) -> Fault:
    """One operation fails with an error; those after it do not."""

    def fault(_: Store, operation: Operation) -> None:
        if operation.number == number:
            raise error

    return fault


def fail_from(number: int, error: OSError) -> Fault:
    """From one operation on, all that change anything fail: a disk that is full, a store that is down."""

    def fault(_: Store, operation: Operation) -> None:
        if operation.number >= number and operation.name in CHANGES - {"delete"}:
            raise error

    return fault


DISK_FULL = OSError(errno.ENOSPC, "No space left on device")
DISK_BROKEN = OSError(errno.EIO, "Input/output error")
TIMEOUT = OSError(errno.ETIMEDOUT, "AWS Error NETWORK_CONNECTION: curlCode: 28, Timeout was reached")
UNAVAILABLE = OSError("AWS Error SERVICE_UNAVAILABLE: HTTP response code 503")
THROTTLED = OSError("AWS Error SLOW_DOWN: Please reduce your request rate (HTTP response code 503)")
