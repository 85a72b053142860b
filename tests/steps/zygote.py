"""Kills runs at chosen points, and lets each go on afterwards: `python -m tests.steps.zygote FOLDER TAXONOMY`.

Everything heavy is imported once; each run is a fork of that, and SIGKILL ends it like a machine that loses its power.
Writes what was seen after each kill, and after the run that followed, to FOLDER/seen.json.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

from pipeline import maintenance, steps
from pipeline.embeddings import inference
from pipeline.lake import Lake
from pipeline.landing import LandingArea
from pipeline.settings import load_settings
from tests.tiny import CREDENTIALS, EMPLOYERS, POSTINGS, World, make_world

# Where it dies: a file of the lake that is about to be written ("half": half of it is), or a file that is put away.
POINTS = {
    "ingest, before the documents": ("write", "documents/postings/*"),
    "ingest, half of the documents": ("half", "documents/credentials/*"),
    "ingest, before the files are put away": ("finish", "*"),
    "link": ("write", "cache/links/*"),
    "match": ("half", "candidates/*/matches.parquet"),
    "publish, in the middle of the snapshot": ("half", "snapshots/*/matches.parquet"),
    "publish, before the manifest": ("write", "snapshots/*/manifest.json"),
    "publish, just before the pointer moves": ("half", "latest.json"),
    "publish, just after the pointer has moved": ("write", "cache/states/*"),
}


def die() -> None:
    """What no handler sees."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(how: str, pattern: str) -> None:
    """Makes this process die at a point."""
    write = Lake.write_bytes

    def write_or_die(self: Lake, name: str, content: bytes) -> None:
        if fnmatch(name, pattern):
            if how == "half":  # beside its place, as `Lake` writes
                hidden = Path(self.path(name)).with_name(f".{Path(name).name}.half")
                hidden.parent.mkdir(parents=True, exist_ok=True)
                hidden.write_bytes(content[: len(content) // 2])
            die()
        write(self, name, content)

    if how == "finish":
        LandingArea.finish = lambda *_: die()  # type: ignore[method-assign,assignment]
    else:
        Lake.write_bytes = write_or_die  # type: ignore[method-assign]


def whole_run(world: World) -> None:
    """From the landing area to the pointer, step by step."""
    os.environ.update(world.variables())
    lake, settings = Lake(world.lake), load_settings()
    for kind in steps.KINDS:
        area = steps.landing_area(world.landing, kind, settings)
        steps.drain(lake, settings, kind, area, datetime.now(UTC))
    plan = steps.plan(lake, settings)
    if plan.needed:
        for shard in plan.shards:
            steps.link_shard(lake, settings, shard)
        built = steps.build(lake, settings)
        steps.check(lake, settings, built)
        steps.publish_built(lake, built, datetime.now(UTC))


def forked(work: Callable[[], None]) -> int:
    """Does work in a process of its own; returns how that ended: 0, or minus the signal."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def digests(world: World) -> dict[str, str]:
    """SHA-256 of every file of the published snapshot; fails if the snapshot is not whole."""
    lake = Lake(world.lake)
    identity = maintenance.check_published(lake)
    folder = Path(lake.path(f"snapshots/{identity}"))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    return {"snapshot": str(identity)} | {n: d for n, d in sorted(found.items()) if not n.startswith(".")}


def left_over(world: World) -> list[str]:
    """Files that lie in the landing area and are not put away."""
    landing = Path(world.landing)
    places = [*steps.KINDS, "claimed"]
    return sorted(path.name for place in places for path in (landing / place).rglob("*") if path.is_file())


def main(folder: Path, taxonomy: Path) -> None:
    """Makes a world with one snapshot and more to come; runs it undisturbed; then kills it at each point."""
    assert inference
    base = make_world(folder / "base", taxonomy)
    base.land("postings", EMPLOYERS / POSTINGS[0])
    base.land("credentials", CREDENTIALS)
    time.sleep(0.6)
    assert forked(lambda: whole_run(base)) == 0
    before = digests(base)
    base.land("postings", EMPLOYERS / POSTINGS[1])
    base.land("credentials", EMPLOYERS.parent.parent / "credentials" / "openbadges" / "order-picking.json")
    time.sleep(0.6)

    seen: dict[str, object] = {"before": before}
    for name in ("undisturbed", *POINTS):
        world = make_world(folder / name.replace(" ", "-").replace(",", ""), taxonomy)
        shutil.copytree(base.lake, world.lake)
        shutil.copytree(base.landing, world.landing)
        ended = None
        if name in POINTS:
            how, pattern = POINTS[name]

            def killed(world: World = world, how: str = how, pattern: str = pattern) -> None:
                arm(how, pattern)
                whole_run(world)

            ended = forked(killed)
        then = digests(world)
        again = forked(lambda world=world: whole_run(world))
        seen[name] = {"ended": ended, "then": then, "again": again, "after": digests(world), "left": left_over(world)}
    (folder / "seen.json").write_text(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
