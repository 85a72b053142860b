"""Tables in, a published snapshot out.

Comes in: the tables of one refresh and what they were made from. Goes out: an immutable snapshot, and `latest.json`
moved to it last. Never publishes what fails the gate, and never changes a snapshot once its manifest is written.
"""

from pipeline.publish.ahead import Ahead
from pipeline.publish.candidate import (
    check_candidate,
    damaged_files,
    is_candidate,
    promote,
    write_candidate,
)
from pipeline.publish.cells import safe_cell, safe_cells
from pipeline.publish.gate import Check, contract_checks, hold_back, quarantine_check, sanity_checks
from pipeline.publish.snapshot import (
    SnapshotInputs,
    documents_hash,
    identity_of,
    move_pointer,
    snapshot_id,
    unchanged_tables,
    write_snapshot,
)

__all__ = [
    "Ahead",
    "Check",
    "SnapshotInputs",
    "check_candidate",
    "contract_checks",
    "damaged_files",
    "documents_hash",
    "hold_back",
    "identity_of",
    "is_candidate",
    "move_pointer",
    "promote",
    "quarantine_check",
    "safe_cell",
    "safe_cells",
    "sanity_checks",
    "snapshot_id",
    "unchanged_tables",
    "write_candidate",
    "write_snapshot",
]
