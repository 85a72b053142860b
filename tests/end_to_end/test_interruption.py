"""A run that is killed: readers see the snapshot before it, whole, and the next run comes to the same bytes."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.lake import Lake

from .conftest import Copy
from .tools import (
    PASSERELLE,
    SMALL,
    Ran,
    assert_same_snapshot,
    call_small,
    environment,
    latest,
    reworded,
    rows,
    write_lines,
)

CHECKPOINTS = {"PASSERELLE_LINKING__CHECKPOINT_UNITS": "20"}
POSTINGS = 12


@pytest.fixture(scope="module")
def grown(small_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small lake with postings that are not yet linked. Not to be changed: take a copy."""
    folder = tmp_path_factory.mktemp("grown")
    shutil.copytree(small_lake, folder / "lake")
    ran = call_small(
        "ingest", "postings", write_lines(folder / "new.jsonl", reworded(POSTINGS)), "--lake", folder / "lake"
    )
    assert f"{POSTINGS} new" in ran.out
    return folder / "lake"


@pytest.fixture(scope="module")
def uninterrupted(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The grown lake after a run that nothing stopped, and how many units that run linked."""
    lake = tmp_path_factory.mktemp("uninterrupted") / "lake"
    shutil.copytree(grown, lake)
    ran = call_small("refresh", "--lake", lake, "--json")
    assert ran.code == 0
    linked = ran.json["counts"]["units_linked"]
    assert linked > 4 * int(CHECKPOINTS["PASSERELLE_LINKING__CHECKPOINT_UNITS"])  # stopped half way, some are kept
    return lake, linked


def stopped_while_linking(lake: Path, send: signal.Signals) -> Ran:
    """Runs `passerelle refresh` and sends it a signal once a good part of the units is linked."""
    process = subprocess.Popen(
        [PASSERELLE, *SMALL, "refresh", "--lake", lake], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(**CHECKPOINTS),
    )  # fmt: skip
    lines = []
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line)
        progress = re.match(r"link postings: ([\d,]+) of ([\d,]+)", line)
        if progress and int(progress[1].replace(",", "")) >= 0.4 * int(progress[2].replace(",", "")):
            process.send_signal(send)
            break
    out, err = process.communicate(timeout=120)
    return Ran(process.returncode, out, "".join(lines) + err)


def readable(lake: Path) -> bool:
    """Whether the published snapshot can be read, and has nothing of the new postings."""
    shown = call_small("show", "matches", "--lake", lake, "--json")
    status = call_small("status", "--lake", lake, "--json")
    new = rows(lake, "SELECT * FROM postings WHERE posting_id LIKE 'new:%'")
    return shown.code == 0 and bool(shown.json) and status.json["latest"] == latest(lake) and not new


@pytest.mark.parametrize("send", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_stopped_while_linking(grown: Path, uninterrupted: tuple[Path, int], copy: Copy, send: signal.Signals) -> None:
    lake = copy(grown)
    whole, units = uninterrupted
    pointer = (lake / "latest.json").read_bytes()
    ran = stopped_while_linking(lake, send)
    if send == signal.SIGKILL:
        assert ran.code == -signal.SIGKILL
    else:
        assert ran.code == 130
        assert "interrupted: what was finished is kept" in ran.err
        assert "Traceback" not in ran.err
    assert (lake / "latest.json").read_bytes() == pointer
    assert readable(lake)
    again = call_small("refresh", "--lake", lake, "--json")
    assert again.code == 0
    assert 0 < again.json["counts"]["units_linked"] < 0.8 * units
    assert_same_snapshot(lake, whole)


def test_interrupted_by_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C does it, while the command waits for its input."""

    def interrupt(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.stages.link_text", interrupt)
    ran = call_small("link", "weld steel")
    assert (ran.code, ran.out) == (130, "")
    assert ran.err == "interrupted: what was finished is kept, the next run goes on from there\n"


KILLED = """
import os, signal, sys
from fnmatch import fnmatch
from pipeline import cli
from pipeline.lake import Lake

lake, pattern, half, *settings = sys.argv[1:]
write = Lake.write_bytes

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Dying:  # stands before a file system and its streams: the machine stops when half of a file is written
    def __init__(self, real):
        self._real = real

    def __getattr__(self, name):
        return getattr(self._real, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def open_output_stream(self, path):
        return Dying(self._real.open_output_stream(path))

    def write(self, content):
        self._real.write(content[: len(content) // 2])
        self._real.flush()
        die()

def write_or_die(self, name, content):
    if fnmatch(name, pattern):
        if half != "half":
            die()
        self._fs = Dying(self._fs)
    write(self, name, content)

Lake.write_bytes = write_or_die
sys.argv = ["passerelle", *settings, "refresh", "--lake", lake]
cli.main()
"""


SLOW = [("snapshots/*/manifest.json", "none"), ("latest.json", "none")]


@pytest.mark.parametrize(
    ("name", "half"),
    [
        ("snapshots/*/matches.parquet", "half"),
        ("latest.json", "half"),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in SLOW),
    ],
)
def test_killed_while_publishing(
    uninterrupted: tuple[Path, int], grown: Path, copy: Copy, name: str, half: str
) -> None:
    whole, _ = uninterrupted
    lake = copy(grown)
    copy(whole, "cache")
    pointer, before = (lake / "latest.json").read_bytes(), latest(lake)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, lake, name, half, *SMALL],
        env=environment(),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (lake / "latest.json").read_bytes() == pointer
    assert readable(lake)
    whole_snapshots = {before, latest(whole)} if name == "latest.json" else {before}
    assert set(Lake(lake).snapshots()) == whole_snapshots
    again = call_small("refresh", "--lake", lake, "--json")
    assert again.code == 0
    assert again.json["published"] is (name != "latest.json")
    for path in (lake / "snapshots" / latest(lake)).glob(".*"):  # the hidden remains of half a write
        path.unlink()
    assert_same_snapshot(lake, whole)


def test_the_pointer_says_what_was_published_before(uninterrupted: tuple[Path, int], small_lake: Path) -> None:
    whole, _ = uninterrupted
    assert Lake(whole).read_json("latest.json")["previous"] == latest(small_lake)
    assert set(Lake(whole).snapshots()) == {latest(whole), latest(small_lake)}


def test_a_reader_never_mixes_two_snapshots(
    uninterrupted: tuple[Path, int], small_lake: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pointer moves while a reader is at work: what it reads is of one snapshot all the same."""
    whole, _ = uninterrupted
    lake = copy(whole)
    new, old = (lake / "latest.json").read_bytes(), (small_lake / "latest.json").read_bytes()
    expected = {}
    for content in (old, new):
        (lake / "latest.json").write_bytes(content)
        expected[content] = {command: call_small(*command, "--lake", lake, "--json").out for command in commands(lake)}
    read_table: Callable[..., object] = Lake.read_table

    def read_and_move(self: Lake, name: str, *arguments: object) -> object:
        table = read_table(self, name, *arguments)
        temporary = lake / ".moving"
        temporary.write_bytes(new)
        temporary.replace(lake / "latest.json")
        return table

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "read_table", read_and_move)
        for command in expected[old]:
            (lake / "latest.json").write_bytes(old)
            assert call_small(*command, "--lake", lake, "--json").out == expected[old][command]
    assert expected[old] != expected[new]


def commands(lake: Path) -> list[tuple[str, ...]]:
    """What readers ask, for a match that is in the published snapshot."""
    (best,) = rows(
        lake, "SELECT credential_id, role_id FROM matches ORDER BY coverage DESC, credential_id, role_id LIMIT 1"
    )
    return [
        ("show", "matches"), ("show", "role_skills", "--top", "0"), ("explain", best["credential_id"], best["role_id"])
    ]  # fmt: skip
