"""Changes kept in the lake, under changes/<earlier>..<later>/: computed once by each version of the code."""

from __future__ import annotations

from typing import cast

from pipeline.changes.compare import changes_folder, compare
from pipeline.changes.states import Hash
from pipeline.changes.worlds import Progress
from pipeline.errors import LakeError
from pipeline.lake import MANIFEST, Lake
from pipeline.linking import Linker
from pipeline.settings import Settings


def record(
    lake: Lake,
    earlier: str,
    later: str,
    settings: Settings,
    code: str,
    hash_of: Hash,
    progress: Progress,
    in_use: Linker | None = None,
) -> str:
    """The folder that says what changed between two snapshots; written unless this code has written it before.

    Arguments and errors are those of `compare`.
    """
    folder = changes_folder(earlier, later)
    summary = f"{folder}/summary.json"
    if lake.exists(summary) and lake.read_json(summary).get("code") == code:
        return folder
    progress("compare", 0, 0)
    return compare(lake, earlier, later, settings, code, hash_of, progress, in_use).write(lake)


def cheap(lake: Lake, earlier: str, later: str) -> bool:
    """Whether a comparison links little anew: not so where both the taxonomy and the encoder are others.

    Raises:
        LakeError: one of the snapshots is not there.
    """
    one, other = (cast(dict[str, str], lake.read_json(f"snapshots/{s}/{MANIFEST}")["inputs"]) for s in (earlier, later))
    return one["taxonomy"] == other["taxonomy"] or one["model"] == other["model"]


def find_snapshot(lake: Lake, wanted: str) -> str:
    """The snapshot that a person means: an id, the beginning of one, `latest` or `previous`.

    Raises:
        LakeError: none fits, or several do; names those.
    """
    named = {"latest": lake.latest, "previous": lake.previous}
    if wanted in named:
        found = named[wanted]()
        if found is None:
            raise LakeError(f"The lake {lake.location} has no {wanted} snapshot: fewer have been published.")
        return found
    whole = lake.snapshots()
    fitting = (
        [wanted] if wanted in whole else [snapshot for snapshot in whole if wanted and snapshot.startswith(wanted)]
    )
    if len(fitting) == 1:
        return fitting[0]
    some = ", ".join((fitting or whole)[-8:]) or "none"
    problem = f"{len(fitting)} snapshots begin with" if fitting else "There is no snapshot"
    raise LakeError(f"{problem} {wanted!r} in the lake {lake.location}. There are: {some}; also `latest`, `previous`.")
