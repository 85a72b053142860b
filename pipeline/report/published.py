"""What the report is made from: the tables of one published snapshot, and its changes since the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from pipeline.errors import LakeError
from pipeline.lake import MANIFEST, Lake
from pipeline.sql import connect, fetch

Row = dict[str, object]

# Without these there is nothing to report; any other table may be missing from a snapshot of an older release.
NEEDED = ("credential_skills", "credentials", "evidence", "matches", "postings", "role_demand", "role_skills", "roles",
          "skills")  # fmt: skip


@dataclass(frozen=True)
class Published:
    """A snapshot's tables by name, its manifest, and the changes that led to it.

    Attributes:
        snapshot_id: the folder in snapshots/.
        manifest: what the snapshot says of itself.
        tables: every table that is there, `changes` among them where one was computed.
        parquet: the same as they are published, byte for byte.
        before: the snapshot that `changes` starts from; empty where there is none.
    """

    snapshot_id: str
    manifest: Mapping[str, object]
    tables: Mapping[str, pa.Table] = field(repr=False)
    parquet: Mapping[str, bytes] = field(repr=False)
    before: str = ""

    def has(self, name: str) -> bool:
        """Whether the snapshot has this table."""
        return name in self.tables

    def has_column(self, name: str, column: str) -> bool:
        """Whether the snapshot has this column of this table."""
        return self.has(name) and column in self.tables[name].column_names

    def table(self, name: str, columns: Sequence[str]) -> pa.Table:
        """These columns of a table; a table or column that an older snapshot lacks comes empty."""
        if not self.has(name):
            return pa.table({column: pa.array([], pa.null()) for column in columns})
        found = self.tables[name]
        return pa.table({
            column: found[column] if column in found.column_names else pa.nulls(found.num_rows) for column in columns
        })  # fmt: skip

    def rows(self, name: str, columns: Sequence[str]) -> list[Row]:
        """The same as one mapping a row, in the published order."""
        return list(self.table(name, columns).to_pylist())

    def query(self, sql: str) -> pa.Table:
        """The result of one query over the tables that are there."""
        with self.database() as db:
            return fetch(db, sql)

    def database(self) -> duckdb.DuckDBPyConnection:
        """A database that sees the tables that are there, on one thread: rows come in a stated order or none."""
        return connect(self.tables)

    @property
    def as_of(self) -> str:
        """The day that the snapshot describes, as an ISO date."""
        inputs = self.manifest.get("inputs")
        return str(inputs.get("as_of", "")) if isinstance(inputs, dict) else ""

    @property
    def taxonomy(self) -> str:
        """Name and version of the taxonomy."""
        inputs = self.manifest.get("inputs")
        return str(inputs.get("taxonomy_version", "")) if isinstance(inputs, dict) else ""


def read_published(lake: Lake, snapshot_id: str | None = None) -> Published:
    """Reads a snapshot whole, by default the published one.

    Raises:
        LakeError: nothing is published, or a table that the report cannot do without is missing or damaged.
    """
    chosen = snapshot_id or lake.latest()
    if chosen is None:
        raise LakeError(f"Nothing is published in {lake.location} yet: run `passerelle run` or `refresh` first.")
    manifest = lake.read_json(f"snapshots/{chosen}/{MANIFEST}")
    names = sorted(name.removesuffix(".parquet") for name in lake.names(f"snapshots/{chosen}", ".parquet"))
    absent = [name for name in NEEDED if name not in names]
    if absent:
        raise LakeError(f"The snapshot {chosen} in {lake.location} has no table {', '.join(absent)}: publish it anew.")
    paths = {name: f"snapshots/{chosen}/{name}.parquet" for name in names}
    before = _before(lake, chosen)
    if before:
        paths["changes"] = f"changes/{before}..{chosen}/changes.parquet"
    tables = {name: lake.read_table(path) for name, path in paths.items()}
    return Published(chosen, manifest, tables, {name: lake.read_bytes(path) for name, path in paths.items()}, before)


def _before(lake: Lake, snapshot_id: str) -> str:
    """The newest snapshot from which changes to this one were computed; empty if there is none."""
    found = [
        start
        for name in lake.folders("changes")
        for start, dots, end in [name.partition("..")]
        if dots and end == snapshot_id and lake.exists(f"changes/{name}/changes.parquet")
    ]
    return max(found, default="")
