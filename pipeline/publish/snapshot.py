"""Snapshots: immutable folders named after what they were made from, and the pointer that readers follow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import asdict, dataclass
from datetime import date, datetime

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import LakeError
from pipeline.lake import LATEST, MANIFEST, Lake, sealed_json
from pipeline.publish.ahead import Ahead
from pipeline.publish.datapackage import data_package

SNAPSHOTS = "snapshots"


@dataclass(frozen=True)
class SnapshotInputs:
    """Everything that a snapshot's tables depend on."""

    as_of: date
    postings: str  # SHA-256 over the ids and content hashes of the postings
    credentials: str
    settings: str  # Settings.fingerprint
    taxonomy: str
    taxonomy_version: str
    model: str  # Encoder.fingerprint
    linker: str
    code_version: str
    official: str = ""  # ingest.official_hash of the official statistics, if any


def documents_hash(documents: pa.Table) -> str:
    """SHA-256 over doc_id and content_hash of documents, whatever order they stand in."""
    lines = pc.binary_join_element_wise(documents["doc_id"], documents["content_hash"], "\t")
    ordered = lines.take(pc.sort_indices(lines))
    return hashlib.sha256("\n".join(ordered.to_pylist()).encode()).hexdigest()


def snapshot_id(inputs: SnapshotInputs) -> str:
    """The id of the snapshot that these inputs give: the day it describes and a hash of all of them."""
    return identity_of(asdict(inputs) | {"as_of": inputs.as_of.isoformat()})


def identity_of(inputs: Mapping[str, object]) -> str:
    """The id of the snapshot whose manifest has these inputs."""
    digest = hashlib.sha256(orjson.dumps(inputs, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"{inputs.get('as_of')}-{digest[:12]}"


def write_snapshot(
    lake: Lake,
    inputs: SnapshotInputs,
    tables: Mapping[str, pa.Table],
    counts: Mapping[str, object],
    settings: Mapping[str, object] | None = None,
    among: str = SNAPSHOTS,
    ahead: Ahead | None = None,
) -> str:
    """Writes every table, the data package and, last, the manifest: only then is the snapshot whole.

    Args:
        lake: where it goes, under snapshots/<id>/.
        inputs: what it was made from.
        tables: every table of the contract, by name, already conformed.
        counts: what the run counted, kept in the manifest.
        settings: the values behind the hash of settings, kept so that the snapshot's world can be made again.
        among: the folder above it; a candidate that has yet to pass the gate goes elsewhere.
        ahead: has begun to make Parquet of some of the tables.

    Returns:
        The snapshot's id.

    Raises:
        LakeError: the snapshot is there, and the same inputs have given other tables now.
    """
    identity = snapshot_id(inputs)
    folder = f"{among}/{identity}"
    before = _files(_manifest(lake, folder)) if among == SNAPSHOTS else {}
    making, hashes = ahead or Ahead(), {}  # one that has begun nothing has no thread either
    for name in sorted(tables):
        hashes[name] = _write(lake, f"{folder}/{name}.parquet", making.parquet(name, tables[name]), before)
    rows = {name: table.num_rows for name, table in tables.items()}
    package = orjson.dumps(data_package(identity, rows, hashes), option=orjson.OPT_INDENT_2) + b"\n"
    lake.write_bytes(f"{folder}/datapackage.json", package)
    files = {f"{name}.parquet": digest for name, digest in hashes.items()}
    files["datapackage.json"] = hashlib.sha256(package).hexdigest()
    lake.write_json(f"{folder}/{MANIFEST}", {
        "snapshot_id": identity,
        "inputs": asdict(inputs) | {"as_of": inputs.as_of.isoformat()},
        "counts": dict(counts),
        "settings": dict(settings or {}),
        "rows": rows,
        "files": files,
    })  # fmt: skip
    return identity


def _manifest(lake: Lake, folder: str) -> dict[str, object]:
    """The manifest of a snapshot; nothing where it is not there, or is not what its seal says."""
    try:
        content = lake.read_bytes(f"{folder}/{MANIFEST}")
        manifest = orjson.loads(content)
    except (LakeError, orjson.JSONDecodeError):
        return {}
    return manifest if isinstance(manifest, dict) and sealed_json(manifest) == content else {}


def _files(manifest: Mapping[str, object]) -> dict[str, object]:
    """The hashes of a snapshot's files, by name."""
    files = manifest.get("files")
    return files if isinstance(files, dict) else {}


def _write(lake: Lake, name: str, content: bytes, before: Mapping[str, object]) -> str:
    """Writes a table's Parquet, unless it is there with other bytes; gives its SHA-256."""
    digest = hashlib.sha256(content).hexdigest()
    file = name.rpartition("/")[2]
    if before.get(file, digest) != digest:
        raise LakeError(
            f"{name} in the lake {lake.location} was made from the same inputs and holds other bytes: with other "
            "versions of the libraries, perhaps. A snapshot is never written over. Delete its folder to have it made "
            "anew."
        )
    lake.write_bytes(name, content)
    return digest


def unchanged_tables(
    lake: Lake, inputs: SnapshotInputs, names: Iterable[str], apart_from: Set[str]
) -> dict[str, pa.Table]:
    """Tables of the published snapshot that one from other inputs will hold too, so that nobody makes them again.

    Args:
        lake: holds the published snapshot, if there is one.
        inputs: of the snapshot to come.
        names: of the tables.
        apart_from: the names of the inputs that these tables do not depend on.

    Returns:
        They by name; none of them where another input has changed, where the snapshot to come is the published one, or
        where a file is missing or not what its manifest says.
    """
    published = lake.latest()
    if published is None or published == snapshot_id(inputs):
        return {}
    folder = f"{SNAPSHOTS}/{published}"
    manifest = _manifest(lake, folder)
    before, files = manifest.get("inputs"), _files(manifest)
    same = asdict(inputs) | {"as_of": inputs.as_of.isoformat()}
    if not isinstance(before, dict) or any(before.get(key) != same[key] for key in same.keys() - apart_from):
        return {}
    paths = {name: f"{folder}/{name}.parquet" for name in names}
    if any(digest_of(lake, path) != files.get(f"{name}.parquet") for name, path in paths.items()):
        return {}
    try:
        return {name: lake.read_table(path) for name, path in paths.items()}
    except LakeError:  # it was there a moment ago
        return {}


def digest_of(lake: Lake, name: str) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits; "" where it is not there or cannot be read."""
    try:
        return hashlib.sha256(lake.read_bytes(name)).hexdigest()
    except LakeError:
        return ""


def move_pointer(lake: Lake, identity: str, now: datetime) -> None:
    """Points `latest.json` at a whole snapshot, in one atomic step.

    Args:
        lake: holds the snapshot.
        identity: of the snapshot.
        now: when it is published; the only clock in a publication, and not part of the snapshot.
    """
    previous = lake.latest()
    lake.write_json(LATEST, {
        "snapshot_id": identity,
        "previous": previous if previous != identity else lake.read_json(LATEST).get("previous"),
        "published_at": now.isoformat(timespec="seconds"),
    })  # fmt: skip
