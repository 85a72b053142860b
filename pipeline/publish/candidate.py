"""Candidates: snapshots that are written, and not yet checked and published.

Where a refresh is cut into steps, one writes a candidate, one checks it and one promotes it. Candidates lie apart from
the snapshots: what has not passed the gate is never among them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa

from pipeline.errors import LakeError
from pipeline.lake import MANIFEST, Lake
from pipeline.publish.ahead import Ahead
from pipeline.publish.gate import Check, contract_checks, sanity_checks
from pipeline.publish.snapshot import SnapshotInputs, digest_of, write_snapshot
from pipeline.settings import GateSettings

CANDIDATES = "candidates"


def write_candidate(
    lake: Lake,
    inputs: SnapshotInputs,
    tables: Mapping[str, pa.Table],
    counts: Mapping[str, object],
    settings: Mapping[str, object],
    ahead: Ahead | None = None,
) -> str:
    """Writes a snapshot among the candidates; see `write_snapshot`."""
    return write_snapshot(lake, inputs, tables, counts, settings, CANDIDATES, ahead)


def is_candidate(lake: Lake, identity: str) -> bool:
    """Whether a candidate of that id is there, and whole."""
    return lake.exists(f"{CANDIDATES}/{identity}/{MANIFEST}")


def check_candidate(lake: Lake, identity: str, quarantined: int, settings: GateSettings) -> list[Check]:
    """Every check of the gate, on a candidate.

    Args:
        lake: holds the candidate.
        identity: of the candidate.
        quarantined: distinct records in quarantine.
        settings: the thresholds.

    Raises:
        LakeError: the candidate is not there or damaged.
    """
    names = [name.removesuffix(".parquet") for name in lake.names(f"{CANDIDATES}/{identity}", ".parquet")]
    tables = {name: lake.read_table(f"{CANDIDATES}/{identity}/{name}.parquet") for name in names}
    contract = contract_checks(tables)
    if not all(check.passed for check in contract):
        return contract  # a table that is missing or misshapen can't be asked for more
    return [*contract, *sanity_checks(tables, quarantined, settings)]


def promote(lake: Lake, identity: str) -> bool:
    """Makes a candidate a snapshot: its files are copied and verified, the manifest last, and the candidate goes.

    Returns:
        False if the snapshot was there already, with the same bytes.

    Raises:
        LakeError: a file is damaged, or a snapshot of that id is there with other bytes: one of the two was not made
            from what its manifest says.
    """
    source, target = f"{CANDIDATES}/{identity}", f"snapshots/{identity}"
    manifest = lake.read_bytes(f"{source}/{MANIFEST}")
    hashes = _hashes(lake, source)
    new = not lake.exists(f"{target}/{MANIFEST}")
    if new:
        for name, digest in hashes.items():
            content = lake.read_bytes(f"{source}/{name}")
            if hashlib.sha256(content).hexdigest() != digest:
                raise LakeError(f"{source}/{name} in the lake {lake.location} is damaged. Run the refresh again.")
            lake.write_bytes(f"{target}/{name}", content)
        lake.write_bytes(f"{target}/{MANIFEST}", manifest)
    elif differing := [name for name, digest in _hashes(lake, target).items() if hashes.get(name) != digest]:
        raise LakeError(
            f"The snapshot {identity} in {lake.location} was made again, and differs in {', '.join(differing)}. "
            f"Its inputs are the same: another machine's arithmetic, or a fault. The new one is kept in {source}."
        )
    lake.delete(source)
    return new


def damaged_files(lake: Lake, identity: str) -> list[str]:
    """The files of a snapshot that are missing, or are not what its manifest says.

    Raises:
        LakeError: the manifest can't be read.
    """
    folder = f"snapshots/{identity}"
    return [name for name, digest in _hashes(lake, folder).items() if digest_of(lake, f"{folder}/{name}") != digest]


def _hashes(lake: Lake, folder: str) -> dict[str, str]:
    files = lake.read_json(f"{folder}/{MANIFEST}")["files"]
    if not isinstance(files, dict):
        raise LakeError(f"{folder}/{MANIFEST} in the lake {lake.location} lists no files.")
    return {str(name): str(digest) for name, digest in files.items()}
