"""What the project is made of is pinned, hashed, licensed and built the same twice."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UNHASHED = {"torch"}  # its CPU build has the version of the general one and another hash


def licences():
    spec = spec_from_file_location("build_licences", ROOT / "docs" / "build_licences.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hashed() -> dict[str, list[str]]:
    """Pin -> its hashes, as requirements.hashes has them."""
    text = (ROOT / "requirements.hashes").read_text(encoding="utf-8").replace("\\\n", " ")
    return {
        line.split()[0]: re.findall(r"--hash=sha256:([0-9a-f]{64})", line) for line in text.splitlines() if "==" in line
    }


def test_every_package_of_the_lock_is_hashed_but_one() -> None:
    pinned = {
        f"{name}=={version}" for name, version in licences().pins(ROOT / "requirements.lock") if name not in UNHASHED
    }
    found = hashed()
    assert pinned == set(found)
    assert all(found.values())


def test_every_licence_is_known_and_lets_the_project_be_apache() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    named = {row[0] for row in rows} | set(re.findall(r"[\w.-]+", page.partition("Not installed here:")[2]))
    assert {name for name, _ in licences().pins(ROOT / "requirements.lock")} <= named
    one_of = re.compile(r";| OR ")  # a package that may be had under one of several
    strong = [row for row in rows if all(re.search(r"(?<!L)\bA?GPL", each) for each in one_of.split(row[2]))]
    assert not strong


def built(folder: Path, source: Path) -> dict[str, str]:
    """Name -> SHA-256 of what a build of a copy of the project gives."""
    done = subprocess.run(
        [sys.executable, "-m", "supply.build_dist", folder], cwd=source, capture_output=True, text=True, check=False,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1767225600", "PYTHONHASHSEED": "random"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def members(archive: Path) -> dict[str, tuple[object, ...]]:
    """What a source archive holds: of each member all that is written about it, and the hash of its content."""
    with tarfile.open(archive) as opened:
        return {
            member.name: (
                member.mode, member.mtime, member.type, member.linkname,
                hashlib.sha256(opened.extractfile(member).read()).hexdigest() if member.isfile() else "",
            )
            for member in opened
        }  # fmt: skip


@pytest.mark.slow
def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    kept = ("README.md", "LICENSE", "pyproject.toml", "pipeline", "configs", "samples", "supply", "tests", "docs")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache")
    for name in kept:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        extra = {"symlinks": True, "ignore": ignored} if (ROOT / name).is_dir() else {}
        (tmp_path / "base").mkdir(exist_ok=True)
        copy(ROOT / name, tmp_path / "base" / name, **extra)
    found = []
    for place, name in enumerate(("one", "another-place")):
        source, out = tmp_path / name / "passerelle", tmp_path / f"{name}-out"
        shutil.copytree(tmp_path / "base", source, symlinks=True)
        for number, path in enumerate(sorted(source.rglob("*"))):
            if not path.is_symlink():
                os.utime(path, (1_700_000_000 + place, 1_700_000_000 + number * (1 + place)))
        out.mkdir()
        found.append(built(out, source))
    assert sorted(name.rpartition(".")[2] for name in found[0]) == ["gz", "whl"]
    archives = [next((tmp_path / f"{name}-out").glob("*.gz")) for name in ("one", "another-place")]
    assert members(archives[0]) == members(archives[1])
    assert found[0] == found[1]
