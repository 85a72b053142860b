"""What is known already: which snapshot a lake gives as it stands, so that a run that finds nothing new ends at once.

Documents, withdrawals and quarantine lie in immutable files that are named by their content. Their names, the settings,
the taxonomy, the model and the code say what a refresh would give, without a document being read.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import orjson

from pipeline import __version__
from pipeline.ingest import find_official, official_hash
from pipeline.lake import Lake
from pipeline.linking import Linker
from pipeline.settings import Settings

# Beginnings of the paths of code that no published number depends on: it reads, schedules, serves or measures.
NOT_IN_CODE_VERSION = (
    "airflow_support/", "asking/", "changes/", "cli.py", "commands/", "console.py", "landing/", "lease.py",
    "linking/baselines.py", "linking/evaluate.py", "linking/labelled_sets.py", "linking/peers.py", "linking/quality",
    "maintenance.py", "report/", "scenarios/", "steps.py", "upkeep/",
)  # fmt: skip
KEPT = ("documents", "withdrawn", "quarantine")


def code_version() -> str:
    """The release, and a hash of the code that the tables depend on: two builds of one release may differ."""
    root = Path(str(files("pipeline")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(NOT_IN_CODE_VERSION):
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"


def lake_state(lake: Lake, settings: Settings, linker: Linker) -> str:
    """A hash of everything that the result of a refresh depends on, 32 hexadecimal digits."""
    parts = {
        folder: {kind: lake.names(f"{folder}/{kind}", ".parquet") for kind in ("postings", "credentials")}
        for folder in KEPT
    }
    statistics = official_hash(find_official(settings.official))
    given = [parts, statistics, settings.fingerprint(), linker.taxonomy.fingerprint, linker.fingerprint, code_version()]
    return hashlib.sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def known_result(lake: Lake, state: str) -> str | None:
    """The snapshot that an earlier refresh gave from this very state, if it is the published one and is whole."""
    if not lake.exists(_name(state)):
        return None
    identity = str(lake.read_json(_name(state))["snapshot_id"])
    return identity if lake.latest() == identity and identity in lake.snapshots() else None


def remember_result(lake: Lake, state: str, identity: str) -> None:
    """Keeps which snapshot a state gave, once it has passed the gate and is published."""
    if not lake.exists(_name(state)):
        lake.write_json(_name(state), {"snapshot_id": identity})


def _name(state: str) -> str:
    return f"cache/states/{state}.json"
