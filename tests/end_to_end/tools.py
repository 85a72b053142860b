"""What the end-to-end tests share: the command as a user runs it, and what a snapshot holds, byte by byte."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import duckdb
import orjson

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "samples"
PASSERELLE = Path(sys.executable).with_name("passerelle")
SMALL = ("--settings", Path(__file__).with_name("small.toml"))
SMALL_POSTINGS, SMALL_CREDENTIALS = SAMPLES / "postings" / "employers", SAMPLES / "credentials" / "formations.jsonl"

Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str
    seconds: float = 0.0

    @property
    def json(self) -> object:
        """Standard output, which must be one JSON value."""
        return json.loads(self.out)

    def failed(self, code: int, *words: str) -> bool:
        """Whether it failed as a user should see it: with this exit code, in these words, without a traceback."""
        assert self.code == code, (self.code, self.out, self.err)
        assert "Traceback" not in self.err
        assert "error: " in self.err
        missing = [word for word in words if word not in self.err]
        assert not missing, (missing, self.err)
        return True


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without what would change settings; one thread, since tests share the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PASSERELLE_")}
    return kept | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"} | variables


def run(*arguments: object, stdin: bytes | None = None, cwd: Path | None = None, **variables: str) -> Ran:
    """Runs `passerelle` as a process of its own."""
    start = time.perf_counter()
    done = subprocess.run(
        [PASSERELLE, *map(str, arguments)], input=stdin, capture_output=True, cwd=cwd, env=environment(**variables),
        timeout=900, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode(), time.perf_counter() - start)


def call(*arguments: object, stdin: bytes = b"") -> Ran:
    """Runs the command in this process, which spares the imports; an error that it doesn't expect is raised here."""
    from pipeline.cli import main

    streams = {name: io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for name in ("stdout", "stderr")}
    given = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    start = time.perf_counter()
    with patch.multiple(sys, argv=["passerelle", *map(str, arguments)], stdin=given, **streams):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
    out, err = (stream.buffer.getvalue().decode() for stream in streams.values())
    return Ran(code, out, err, time.perf_counter() - start)


def call_small(*arguments: object) -> Ran:
    """As `call`, with the settings of the small lake."""
    return call(*SMALL, *arguments)


def latest(lake: Path) -> str:
    """The id of the published snapshot."""
    return str(orjson.loads((lake / "latest.json").read_bytes())["snapshot_id"])


def snapshot_bytes(lake: Path) -> dict[str, bytes]:
    """Every file of the published snapshot."""
    folder = lake / "snapshots" / latest(lake)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def assert_same_snapshot(left: Path, right: Path) -> None:
    """Fails if two lakes don't publish the same snapshot, byte by byte, and names the files that differ."""
    first, second = snapshot_bytes(left), snapshot_bytes(right)
    assert latest(left) == latest(right)
    assert first.keys() == second.keys()
    differing = [name for name in first if first[name] != second[name]]
    assert not differing


def files_of(lake: Path) -> dict[str, tuple[int, int]]:
    """Every file of a lake with its size and the time of its last change."""
    paths = (path for path in lake.rglob("*") if path.is_file())
    return {path.relative_to(lake).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


def rows(lake: Path, sql: str, *parameters: object) -> Rows:
    """The rows of a query over the published tables, as any reader of the snapshot could ask it."""
    folder = lake / "snapshots" / latest(lake)
    with duckdb.connect() as db:
        for path in sorted(folder.glob("*.parquet")):
            db.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}'")
        relation = db.execute(sql, list(parameters))
        names = [column[0] for column in relation.description]
        return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]


def write_lines(path: Path, records: Rows) -> Path:
    """A JSON Lines file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path


def sample_postings(number: int) -> Rows:
    """The first readable postings of the sample's JSON Lines file."""
    found: Rows = []
    for line in (SAMPLES / "postings" / "sample-board-en.jsonl").read_bytes().splitlines():
        if len(found) < number and line.startswith(b'{"source_id"') and line.endswith(b"}"):
            found.append(orjson.loads(line))
    return found


def reworded(number: int) -> Rows:
    """Postings of which no earlier run has seen a sentence."""
    return [
        record | {
            "source_id": f"new-{record['source_id']}", "employer": f"{record['employer']} of the North",
            "description": "\n".join(f"{line} at our northern site" for line in str(record["description"]).split("\n")),
        }
        for record in sample_postings(number)
    ]  # fmt: skip
