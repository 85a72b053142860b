"""Keeping a lake in order: is what is published whole, and what may go?

Nothing that a reader may look at goes: the published snapshot, the one before it, those that a baseline freezes and the
newest ones stay. Documents and quarantine are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pipeline import linking, publish, stages
from pipeline.asking.outcomes import frozen_snapshots
from pipeline.errors import LakeError
from pipeline.lake import LATEST, MANIFEST, Lake
from pipeline.landing import LandingArea
from pipeline.lease import exclusively
from pipeline.settings import Settings
from pipeline.upkeep.compaction import CACHES, SHARDS, compact

UNFINISHED_AFTER = timedelta(days=1)  # remains of runs that died are left alone for this long


@dataclass(frozen=True)
class Tidied:
    """What was deleted, or would have been: names in the lake or the landing area, and their bytes.

    Attributes:
        joined: small parts of caches that went into large ones.
    """

    deleted: list[str] = field(default_factory=list)
    bytes: int = 0
    joined: int = 0


def check_published(lake: Lake) -> str | None:
    """Reads the published snapshot and compares every file with the manifest.

    Returns:
        Its id; None if nothing is published yet.

    Raises:
        LakeError: the pointer names a snapshot that is not whole, or a file is not what it was; names the files, and
            what to do.
    """
    identity = lake.latest()
    if identity is None:
        return None
    if identity not in lake.snapshots():
        raise LakeError(f"{LATEST} in {lake.location} points at {identity}, which is not there or not whole. {_cure()}")
    damaged = publish.damaged_files(lake, identity)
    if damaged:
        raise LakeError(f"The published snapshot {identity} is damaged: {', '.join(damaged)}. {_cure()}")
    return identity


def _cure() -> str:
    return "Point it at another snapshot of `passerelle status`, or run `passerelle refresh --force`."


def tidy(lake: Lake, settings: Settings, now: datetime, dry_run: bool = False) -> Tidied:
    """Deletes old snapshots, caches that nothing uses any more, and the remains of runs that died; joins small parts.

    Args:
        lake: to tidy.
        settings: [retention] says how much is kept.
        now: from which age is counted.
        dry_run: only say what would be deleted.

    Raises:
        LakeError: the lake can't be read or written, or another run is publishing.
    """
    with exclusively(lake, "publish"):
        names = [*_old_snapshots(lake, settings), *_unfinished(lake, now), *_unused_caches(lake, settings, now)]
        size = sum(lake.size(name) for name in names)
        joined = 0
        if not dry_run:
            for name in names:
                lake.delete(f"{name}/{MANIFEST}")  # first: half of a snapshot must not pass for a whole one
                lake.delete(name)
            joined = compact(lake)
    return Tidied(names, size, joined)


def _old_snapshots(lake: Lake, settings: Settings) -> list[str]:
    """Snapshots beyond the newest ones by the day that they describe and the time that they were written.

    Those that a baseline freezes stay, as do the published one and the one before it.
    """
    kept = {lake.latest(), lake.previous(), *frozen_snapshots(lake)}
    snapshots = lake.snapshots()
    written = {name: lake.modified(f"snapshots/{name}/{MANIFEST}") for name in snapshots}
    newest = sorted(snapshots, key=lambda name: (written[name] or datetime.min, name), reverse=True)
    old = [name for name in newest[settings.retention.snapshots :] if name not in kept]
    reports = set(lake.folders("reports"))
    return sorted([f"snapshots/{name}" for name in old] + [f"reports/{name}" for name in old if name in reports])


def _unfinished(lake: Lake, now: datetime) -> list[str]:
    """Snapshots without a manifest, and candidates that were not published, a day after anything was written there."""
    whole = set(lake.snapshots())
    folders = [f"snapshots/{name}" for name in lake.folders("snapshots") if name not in whole]
    folders += [f"candidates/{name}" for name in lake.folders("candidates")]
    return [folder for folder in folders if _older(lake, folder, now, UNFINISHED_AFTER)]


def _unused_caches(lake: Lake, settings: Settings, now: datetime) -> list[str]:
    """Caches under other rules than those of today, which nothing was added to for long; and shards that are linked."""
    current = linking.links_fingerprint(stages.chosen_linker(settings, lake))
    age = timedelta(days=settings.retention.days)
    links = [f"{CACHES}/links/{name}" for name in lake.folders(f"{CACHES}/links") if name != current]
    shards = [f"{CACHES}/{SHARDS}/{name}" for name in lake.folders(f"{CACHES}/{SHARDS}")]
    states = [f"{CACHES}/states/{name}" for name in lake.names(f"{CACHES}/states", ".json")]
    others = [name for cache in lake.folders(CACHES) if cache not in ("links", SHARDS, "states")
              for name in _all_but_newest(lake, f"{CACHES}/{cache}")]  # fmt: skip
    old = [name for name in [*links, *states, *others] if _older(lake, name, now, age)]
    return old + [name for name in shards if _older(lake, name, now, UNFINISHED_AFTER)]


def _all_but_newest(lake: Lake, folder: str) -> list[str]:
    """The folders below one but for that which was written to last: what is in use, or was."""
    modified = {f"{folder}/{name}": lake.modified(f"{folder}/{name}") for name in lake.folders(folder)}
    newest = sorted(modified, key=lambda name: (modified[name] or datetime.min.replace(tzinfo=UTC), name))
    return newest[:-1]


def _older(lake: Lake, name: str, now: datetime, age: timedelta) -> bool:
    modified = lake.modified(name)
    return modified is None or modified < now - age


def tidy_landing(area: LandingArea, settings: Settings, now: datetime, dry_run: bool = False) -> list[str]:
    """Deletes batches of ingested files that are older than [retention] landing_days; returns their ids."""
    age = timedelta(days=settings.retention.landing_days)
    old = [batch for batch, modified in area.done().items() if modified < now - age]
    if not dry_run:
        for batch in old:
            area.forget(batch)
    return old
