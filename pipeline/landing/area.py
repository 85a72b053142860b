"""The landing area: files lie in an inbox, are claimed by moving them, and are put away once they are ingested.

<landing>/<kind>/...              the inbox: whatever a sender puts there, in folders or not
<landing>/claimed/<kind>/<batch>/ taken by a run that has not finished with them
<landing>/done/<kind>/<batch>/    ingested, kept for as long as the settings say

A claim is a rename, so of two runs one gets the file. A run that dies leaves its claim, and the next run begins with
it: ingesting the same file twice changes nothing. On an object store a rename is a copy and a deletion: two runs may
then claim the same object, which costs work and loses nothing; an object that changes while it is copied stays.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import pyarrow as pa
from pyarrow import fs

from pipeline.errors import LakeError
from pipeline.lake import open_location, without_secrets

CLAIMED, DONE = "claimed", "done"
UNFINISHED_SUFFIXES = (".part", ".partial", ".tmp", ".crdownload", ".filepart", "~")


@dataclass(frozen=True, order=True, slots=True)
class Arrival:
    """A file in the inbox: its name below it, its size in bytes, and when it was last written."""

    name: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch of files that one run has taken: names below the claim's folder, sorted."""

    batch_id: str
    files: tuple[str, ...]


class LandingArea:
    """One kind's inbox, claims and finished files, in a folder or below a URL such as s3://bucket/landing.

    Args:
        location: the folder or URL; made when first written to.
        kind: the inbox below it: "postings" or "credentials".
        settle_seconds: a local file that was written less long ago may still be growing, and waits. Senders that write
            under a name ending in .part, or beginning with a dot, and rename it when it is whole, need no wait.

    Raises:
        LakeError: the location can't be opened.
    """

    def __init__(self, location: str | Path, kind: str, settle_seconds: float = 2.0) -> None:
        self.location = without_secrets(str(location))
        try:
            self._fs, root = open_location(str(location))
        except (pa.ArrowInvalid, OSError) as error:
            message = without_secrets(f"The landing area {location} cannot be opened: {error}.")
            raise LakeError(message) from None
        self._local = isinstance(self._fs, fs.LocalFileSystem)
        self._settle = settle_seconds if self._local else 0.0
        self._inbox = f"{root}/{kind}"
        self._claimed, self._done = f"{root}/{CLAIMED}/{kind}", f"{root}/{DONE}/{kind}"

    def waiting(self, now: datetime) -> list[Arrival]:
        """The files that may be claimed, sorted by name: whole as far as can be told, no links, no hidden names.

        Raises:
            LakeError: the inbox can't be read.
        """
        found = [file for file in self._files(self._inbox) if not _unfinished(file.name)]
        return sorted(file for file in found if abs((now - file.modified).total_seconds()) >= self._settle)

    def claim(self, now: datetime) -> Claim | None:
        """Takes what waits; None if that is nothing, or another run was faster.

        Args:
            now: names the batch, and tells which files have settled.
        """
        arrivals = self.waiting(now)
        if not arrivals:
            return None
        listing = "\n".join(f"{file.name}\t{file.size}\t{file.modified.isoformat()}" for file in arrivals)
        batch = f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(listing.encode()).hexdigest()[:8]}"
        taken = [file.name for file in arrivals if self._take(file, f"{self._claimed}/{batch}/{file.name}")]
        return Claim(batch, tuple(taken)) if taken else None

    def unfinished(self) -> list[Claim]:
        """Claims that were not finished, oldest first: a run died, or is at work on them now."""
        batches: dict[str, list[str]] = {}
        for file in self._files(self._claimed):
            batch, _, name = file.name.partition("/")
            if name:
                batches.setdefault(batch, []).append(name)
        return [Claim(batch, tuple(sorted(batches[batch]))) for batch in sorted(batches)]

    @contextmanager
    def files(self, claim: Claim) -> Iterator[list[Path]]:
        """A claim's files as local paths, fetched from an object store for as long as the context lasts."""
        folder = f"{self._claimed}/{claim.batch_id}"
        if self._local:
            yield [Path(folder) / name for name in claim.files]
            return
        with TemporaryDirectory(prefix="passerelle-landing-") as scratch:
            try:
                fs.copy_files(folder, scratch, source_filesystem=self._fs, destination_filesystem=fs.LocalFileSystem())
            except OSError as error:
                raise LakeError(f"The claim {claim.batch_id} in {self.location} cannot be read: {error}.") from error
            yield [Path(scratch) / name for name in claim.files]

    def finish(self, claim: Claim, keep: bool) -> None:
        """Puts a claim's files away once they are in the lake.

        Args:
            claim: all of it has been ingested.
            keep: move the files to done/; otherwise they are deleted.
        """
        for name in claim.files:
            source = f"{self._claimed}/{claim.batch_id}/{name}"
            if keep:
                self._move(source, f"{self._done}/{claim.batch_id}/{name}")
            else:
                with suppress(FileNotFoundError):
                    self._fs.delete_file(source)
        self._drop_empty(f"{self._claimed}/{claim.batch_id}")

    def done(self) -> dict[str, datetime]:
        """The batches in done/, and when the newest file of each was written."""
        newest: dict[str, datetime] = {}
        for file in self._files(self._done):
            batch = file.name.partition("/")[0]
            newest[batch] = max(file.modified, newest.get(batch, file.modified))
        return dict(sorted(newest.items()))

    def forget(self, batch_id: str) -> None:
        """Deletes a batch of done/."""
        self._fs.delete_dir(f"{self._done}/{PurePosixPath(batch_id).name}")

    def _take(self, file: Arrival, target: str) -> bool:
        """Moves a file out of the inbox; False if it is gone, or has changed since it was seen."""
        source = f"{self._inbox}/{file.name}"
        try:
            if self._local:
                self._move(source, target)
                return True
            self._fs.copy_file(source, target)
            seen = self._fs.get_file_info(source)
            unchanged = seen.type == fs.FileType.File and (seen.size, _utc(seen)) == (file.size, file.modified)
            if unchanged:
                self._fs.delete_file(source)
            return True  # an object that has changed is claimed as it was copied, and comes again as it is now
        except FileNotFoundError:
            return False
        except OSError as error:
            raise LakeError(f"{source} cannot be moved to {target}: {error}.") from error

    def _move(self, source: str, target: str) -> None:
        if self._local:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            os.rename(source, target)  # noqa: PTH104 - one step, and never across file systems
            self._drop_empty(str(Path(source).parent))
        else:
            self._fs.copy_file(source, target)
            self._fs.delete_file(source)

    def _drop_empty(self, folder: str) -> None:
        """Removes the empty folders that a move leaves behind, up to the inbox or the claims."""
        keep = {self._inbox, self._claimed, self._done}
        with suppress(OSError):
            while self._local and folder not in keep and len(folder) > len(min(keep, key=len)):
                Path(folder).rmdir()
                folder = str(Path(folder).parent)

    def _files(self, folder: str) -> list[Arrival]:
        """All files below a folder; a local link is passed over, so that nothing outside can be reached through it."""
        try:
            if self._local:
                return list(_local_files(Path(folder)))
            infos = self._fs.get_file_info(fs.FileSelector(folder, allow_not_found=True, recursive=True))
        except OSError as error:
            raise LakeError(f"The landing area {self.location} cannot be read: {error}.") from error
        files = (info for info in infos if info.type == fs.FileType.File)
        return [Arrival(info.path[len(folder) + 1 :], int(info.size), _utc(info)) for info in files]


def _local_files(folder: Path) -> Iterator[Arrival]:
    for parent, _, names in os.walk(folder):  # which does not follow links to folders
        for name in names:
            path = Path(parent) / name
            with suppress(FileNotFoundError):  # claimed in this moment
                if path.is_file() and not path.is_symlink():
                    stat = path.stat()
                    modified = datetime.fromtimestamp(stat.st_mtime, UTC)
                    yield Arrival(path.relative_to(folder).as_posix(), stat.st_size, modified)


def _unfinished(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") for part in parts) or name.lower().endswith(UNFINISHED_SUFFIXES)


def _utc(info: fs.FileInfo) -> datetime:
    modified: datetime | None = info.mtime
    return modified.astimezone(UTC) if modified else datetime.fromtimestamp(0, UTC)
