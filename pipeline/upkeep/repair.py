"""Makes good what can be: damaged caches go, remains of dead runs go, and the published snapshot is made anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.errors import LakeError
from pipeline.lake import LATEST, MANIFEST, Lake
from pipeline.settings import Settings
from pipeline.upkeep.verify import ASIDE, Cure, Damage, Progress, Verified, verify

Refresh = Callable[[Lake, Settings, datetime, bool], object]


@dataclass(frozen=True)
class Repaired:
    """What was done, and what is still damaged."""

    deleted: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)
    republished: bool = False
    left: Verified = field(default_factory=lambda: Verified(0, 0))


def repair(
    lake: Lake,
    settings: Settings,
    now: datetime,
    refresh: Refresh,
    set_aside: bool = False,
    progress: Progress = lambda *_: None,
) -> Repaired:
    """Repairs a lake; nothing else may write to it meanwhile.

    Args:
        lake: to repair.
        settings: those that the published snapshot was made with, so that it is made anew as it was.
        now: the time of publication, if the pointer has to move.
        refresh: `stages.refresh`, which makes what is missing; called only if the snapshot or the pointer is damaged.
        set_aside: move damaged documents, quarantine and counts into `damaged/`, where no run looks. What they held is
            then missing until its source files are ingested again.
        progress: as for `verify`.

    Raises:
        LakeError: documents are damaged and not set aside, so that nothing can be made from them; or the lake fails.
        PasserelleError: as `refresh`.
    """
    found = verify(lake, progress).damages
    deleted = _delete(lake, [damage for damage in found if damage.cure in (Cure.REBUILD, Cure.SWEEP)])
    lost = [damage for damage in found if damage.cure is Cure.RESTORE]
    aside = _set_aside(lake, lost) if set_aside else []
    broken = [damage for damage in found if damage.cure in (Cure.REPUBLISH, Cure.POINT)]
    if broken:
        if any(damage.file.startswith("documents/") for damage in lost) and not set_aside:
            raise LakeError(
                f"{lost[0].file} in the lake {lake.location} is damaged, so that the snapshot cannot be made from the "
                f"documents. {Cure.RESTORE.value}"
            )
        if any(damage.file == LATEST for damage in broken):
            lake.delete(LATEST)
        refresh(lake, settings, now, any(damage.cure is Cure.REPUBLISH for damage in broken))
    return Repaired(deleted, aside, bool(broken), verify(lake, progress))


def _delete(lake: Lake, damages: list[Damage]) -> list[str]:
    names = [damage.file for damage in damages]
    for name in names:
        unfinished = name.startswith("snapshots/") and name.endswith(f"/{MANIFEST}")
        lake.delete(name.rpartition("/")[0] if unfinished else name)
    return names


def _set_aside(lake: Lake, damages: list[Damage]) -> list[str]:
    """Copies damaged files into `damaged/`, byte by byte, and takes them away from where runs look."""
    moved = []
    for damage in damages:
        lake.write_bytes(f"{ASIDE}/{damage.file}", lake.read_bytes(damage.file))
        lake.delete(damage.file)
        moved.append(damage.file)
    return moved
