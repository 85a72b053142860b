"""Builds the wheel and the source archive, the same bytes each time: `python -m supply.build_dist [FOLDER]`.

SOURCE_DATE_EPOCH (seconds since 1970) becomes the time of every file in them; without it, 2026-01-01. Setuptools leaves
times and owners of the files in a source archive as they happen to be, so the archive is packed anew.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
from pathlib import Path

from setuptools import build_meta

DEFAULT_EPOCH = "1767225600"


def pack_anew(archive: Path, epoch: int) -> None:
    """Rewrites a .tar.gz with its members sorted, of one time and owner."""
    with tarfile.open(archive, "r:gz") as old:
        members = sorted(old.getmembers(), key=lambda member: member.name)
        contents = {member.name: old.extractfile(member).read() for member in members if member.isfile()}  # type: ignore[union-attr]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in members:
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, io.BytesIO(contents[member.name]) if member.isfile() else None)
    with archive.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=epoch) as compressed:
        compressed.write(packed.getvalue())


def build(folder: Path) -> list[Path]:
    """Builds both into a folder; the project is the working folder.

    Returns:
        The source archive and the wheel.
    """
    epoch = os.environ.setdefault("SOURCE_DATE_EPOCH", DEFAULT_EPOCH)
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / build_meta.build_sdist(str(folder))
    pack_anew(source, int(epoch))
    return [source, folder / build_meta.build_wheel(str(folder))]


if __name__ == "__main__":
    built = build(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"))
    sys.stdout.write("".join(f"{path}\n" for path in built))
