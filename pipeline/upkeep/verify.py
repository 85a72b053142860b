"""Checks every file of a lake against what its name, its manifest or its seal says it should be.

Every kind of file carries its own hash: Parquet files of documents, quarantine and caches in their names, tables of a
snapshot in its manifest, vectors behind their numbers, JSON files as a seal. A flipped bit shows wherever it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.embeddings import whole_vectors
from pipeline.errors import LakeError
from pipeline.ingest import content_problems
from pipeline.lake import LATEST, MANIFEST, SEAL, UNREADABLE, Lake, sealed_json
from pipeline.publish import contract_checks, identity_of
from pipeline.tables import TABLES

Progress = Callable[[str, int, int], None]


class Cure(StrEnum):
    """What can be done about a damaged file."""

    REBUILD = "`passerelle repair` deletes it; the next refresh makes it anew."
    REPUBLISH = "`passerelle repair` makes the published snapshot anew from the documents."
    POINT = "`passerelle repair` points it at the newest whole snapshot."
    RESTORE = (
        "It cannot be made again from the lake. Put it back from a copy, or run `passerelle repair --set-aside` and "
        "ingest its source files again."
    )
    OLD = (
        "It is no longer what was published, and its inputs may have changed. Put it back from a copy, or delete the "
        "snapshot's folder."
    )
    SWEEP = "`passerelle repair` deletes it: a run that died was writing it."
    UNKNOWN = "This program did not write it. Look at it, and take it away."


@dataclass(frozen=True)
class Damage:
    """A file that is not what it should be: its name in the lake, what is wrong with it, and what to do."""

    file: str
    problem: str
    cure: Cure

    @property
    def harmless(self) -> bool:
        """Whether readers and runs pass over it as it is."""
        return self.cure in (Cure.SWEEP, Cure.UNKNOWN)


@dataclass(frozen=True)
class Verified:
    """What was looked at, and what is wrong."""

    files: int
    bytes: int
    damages: list[Damage] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is damaged; what a run left behind that died is no damage."""
        return all(damage.harmless for damage in self.damages)


# The end of a Parquet file's name: the first hexadecimal digits of its SHA-256.
_DIGEST: Final = re.compile(r"(?:^|[-/])(?P<digest>[0-9a-f]{24}|[0-9a-f]{32})\.parquet$")
_RECEIVED: Final = ("documents/", "quarantine/", "withdrawn/")
_KEPT: Final = ("runs/", "baselines/")  # sealed, and made of what nothing else in the lake says
ASIDE: Final = "damaged"  # where `repair --set-aside` puts what it cannot make again
_REMADE: Final = ("cache/", "index/")
# Not published yet, not any more, or built from a snapshot for people to look at: nothing rests on them.
_PASSING: Final = ("candidates/", "leases/", "reports/", f"{ASIDE}/")


def verify(lake: Lake, progress: Progress = lambda *_: None) -> Verified:
    """Reads every file of a lake and says which are not what they should be.

    Args:
        lake: is only read.
        progress: told ("verify", files done, files in all).

    Raises:
        LakeError: the lake is not there, or cannot be listed.
    """
    names = lake.all_files()
    if not names:
        raise LakeError(f"There is no lake in {lake.location}: nothing was ever written there.")
    size = 0
    damages: list[Damage] = []
    for done, name in enumerate(names, start=1):
        if not _in_snapshot(name):
            read, damage = _file(lake, name)
            size += read
            damages.extend(damage)
        progress("verify", done, len(names))
    for identity in sorted({name.split("/")[1] for name in names if _in_snapshot(name)}):
        found = [name for name in names if _in_snapshot(name) and name.startswith(f"snapshots/{identity}/")]
        read, damage = _snapshot(lake, identity, found)
        size += read
        damages.extend(damage)
    damages.extend(_pointer(lake, names))
    return Verified(len(names), size, sorted(damages, key=lambda damage: damage.file))


def _in_snapshot(name: str) -> bool:
    return name.startswith("snapshots/") and name.count("/") == 2 and not _is_remains(name)


def _is_remains(name: str) -> bool:
    """Whether a file is what a write that died left: `.NAME.<32 hexadecimal digits>`."""
    return re.fullmatch(r"\..+\.[0-9a-f]{32}", name.rpartition("/")[2]) is not None


def _file(lake: Lake, name: str) -> tuple[int, list[Damage]]:
    """One file outside of the snapshots: its bytes, and what is wrong with it."""
    if _is_remains(name):
        return 0, [Damage(name, "half of a file", Cure.SWEEP)]
    if name.startswith(_PASSING):
        return 0, []
    if name.startswith("changes/"):
        return _changes(lake, name)
    received, kept, remade = name.startswith(_RECEIVED), name.startswith(_KEPT), name.startswith(_REMADE)
    cure = Cure.RESTORE if received or kept else Cure.REBUILD
    if not (received or kept or remade or name == LATEST):
        return 0, [Damage(name, "unknown here", Cure.UNKNOWN)]
    try:
        content = lake.read_bytes(name)
    except LakeError as error:
        return 0, [Damage(name, str(error), cure)]
    problem = _problem(name, content)
    if problem is None and received:
        problem = content_problems(name, content)
    return len(content), [] if problem is None else [Damage(name, problem, Cure.POINT if name == LATEST else cure)]


def _changes(lake: Lake, name: str) -> tuple[int, list[Damage]]:
    """A file of the comparison of two snapshots; the hash of its table stands in its summary."""
    try:
        content = lake.read_bytes(name)
        if name.endswith(".json"):
            problem = _json_problem(content)
        else:
            summary = lake.read_json(f"{name.rpartition('/')[0]}/summary.json")
            same = summary.get("changes") in (None, hashlib.sha256(content).hexdigest())
            problem = None if same else "its content is not what its summary says"
    except LakeError as error:
        return 0, [Damage(name, str(error), Cure.REBUILD)]
    return len(content), [] if problem is None else [Damage(name, problem, Cure.REBUILD)]


def _problem(name: str, content: bytes) -> str | None:
    """What is wrong with a file by its own hash; None if it is what it should be."""
    if name.endswith(".json"):
        return _json_problem(content, by_hand=name == LATEST)
    if name.endswith(".npy"):
        return None if whole_vectors(content) else "the vectors are not those that were written"
    digest = _DIGEST.search(name)
    if digest is None:
        return "its name does not say what it should hold"
    actual = hashlib.sha256(content).hexdigest()
    return None if actual.startswith(digest["digest"]) else "its content is not what its name says"


def _json_problem(content: bytes, by_hand: bool = False) -> str | None:
    """What is wrong with a JSON file; the pointer may have been moved by hand, and then has no seal."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return f"not JSON: {error}"
    if not isinstance(value, dict):
        return "not a JSON object"
    if SEAL not in value:
        known = by_hand and value.keys() <= {"snapshot_id", "previous", "published_at"}
        return None if known else "it has no seal: damaged, or written by a release that did not seal"
    return None if sealed_json(value) == content else "its content is not what its seal says"


# --- Snapshots ------------------------------------------------------------------------------------------------------


def _snapshot(lake: Lake, identity: str, names: list[str]) -> tuple[int, list[Damage]]:
    """Every file of a snapshot against its manifest, the manifest against the snapshot's id, the tables as a whole."""
    folder = f"snapshots/{identity}"
    published = _published(lake) == identity
    cure = Cure.REPUBLISH if published else Cure.OLD
    if f"{folder}/{MANIFEST}" not in names:
        cure = Cure.REPUBLISH if published else Cure.SWEEP
        return 0, [Damage(f"{folder}/{MANIFEST}", "the snapshot was never finished, or its manifest is gone", cure)]
    try:
        content = lake.read_bytes(f"{folder}/{MANIFEST}")
        manifest = orjson.loads(content)
        files: dict[str, str] = dict(manifest["files"])
        problem = _json_problem(content) or _identity_problem(identity, manifest)
    except (LakeError, ValueError, KeyError, TypeError) as error:
        return 0, [Damage(f"{folder}/{MANIFEST}", f"not readable: {error}", cure)]
    damages = [] if problem is None else [Damage(f"{folder}/{MANIFEST}", problem, cure)]
    size = len(content)
    tables: dict[str, pa.Table] = {}
    for name in sorted({*files, *(each.rpartition("/")[2] for each in names)} - {MANIFEST}):
        read, wrong, table = _snapshot_file(lake, f"{folder}/{name}", files.get(name))
        size += read
        if wrong:
            damages.append(Damage(f"{folder}/{name}", wrong, cure if name in files else Cure.UNKNOWN))
        elif table is not None:
            tables[name.removesuffix(".parquet")] = table
    return size, damages or [Damage(f"{folder}/{each}", problem, cure) for each, problem in _contract(tables, manifest)]


def _identity_problem(identity: str, manifest: dict[str, object]) -> str | None:
    if manifest.get("snapshot_id") != identity:
        return f"it is the manifest of {manifest.get('snapshot_id')}"
    inputs = manifest.get("inputs")
    found = identity_of(inputs) if isinstance(inputs, dict) else None
    return None if found == identity else "what it says the snapshot was made from does not give the snapshot's id"


def _snapshot_file(lake: Lake, name: str, digest: str | None) -> tuple[int, str | None, pa.Table | None]:
    if digest is None:
        return 0, "not in the manifest", None
    try:
        content = lake.read_bytes(name)
        if hashlib.sha256(content).hexdigest() != digest:
            return len(content), "its content is not what was published", None
        return len(content), None, pq.read_table(pa.BufferReader(content)) if name.endswith(".parquet") else None
    except (LakeError, *UNREADABLE) as error:
        return 0, str(error), None


def _contract(tables: dict[str, pa.Table], manifest: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Row counts, keys and references of a whole snapshot, where it was made to the contract of this release."""
    rows = manifest.get("rows")
    for name, table in tables.items():
        if isinstance(rows, dict) and rows.get(name) != table.num_rows:
            yield f"{name}.parquet", f"it has {table.num_rows} rows and the manifest says {rows.get(name)}"
    if tables.keys() == TABLES.keys() and all(tables[name].schema.equals(TABLES[name].schema) for name in tables):
        for check in contract_checks(tables):
            if not check.passed:
                yield f"{check.name.split()[0].split('.')[0]}.parquet", f"{check.name}: {check.detail}"


def _published(lake: Lake) -> str | None:
    try:
        return lake.latest()
    except LakeError:
        return None


def _pointer(lake: Lake, names: list[str]) -> Iterator[Damage]:
    """What is wrong with where `latest.json` points."""
    whole = [name.split("/")[1] for name in names if name.endswith(f"/{MANIFEST}") and name.startswith("snapshots/")]
    if LATEST not in names:
        if whole:
            yield Damage(LATEST, "it is not there, though there are snapshots", Cure.POINT)
        return
    identity = _published(lake)
    if identity is not None and identity not in whole:
        yield Damage(LATEST, f"it points at {identity}, which is not there or not whole", Cure.POINT)
