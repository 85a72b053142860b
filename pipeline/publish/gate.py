"""The gate: what must hold before anything is published, and which rows break it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import GateError
from pipeline.publish.glance import is_among, is_filled, is_within
from pipeline.settings import GateSettings
from pipeline.sql import connect
from pipeline.tables import ALL_REGIONS, TABLES, Column, Table

SHOWN_ROWS = 3
HOLDS = "holds"

# Postings of each role and region against its row of demand: a suppressed row need only be there.
RECONCILE_SQL = f"""
SELECT role_id, region, c.postings AS counted, d.postings AS published
FROM (
    SELECT role_id, region, count(*) AS postings
    FROM (SELECT role_id, unnest(['{ALL_REGIONS}', region]) AS region, in_window FROM postings)
    WHERE in_window AND role_id IS NOT NULL AND region IS NOT NULL GROUP BY role_id, region
) c FULL JOIN role_demand d USING (role_id, region)
WHERE c.postings IS NULL OR d.suppressed IS NULL OR (NOT d.suppressed AND d.postings IS DISTINCT FROM c.postings)
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: `detail` says what was seen, and which rows, where it failed."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What no row of a table may be.

    Attributes:
        name: of the check.
        holds: whether a look at the column as a whole says that no row is.
        broken: the SQL condition on a row that breaks it.
        shown: the columns that are shown of such a row.
        complaint: what is said of such rows, after their number.
    """

    name: str
    holds: bool
    broken: str
    shown: str
    complaint: str


def hold_back(checks: list[Check]) -> None:
    """Stops a publication that any check speaks against.

    Raises:
        GateError: names every check that failed, with what was seen.
    """
    failed = [check for check in checks if not check.passed]
    if failed:
        lines = "\n".join(f"  - {check.name}: {check.detail}" for check in failed)
        raise GateError(
            f"Nothing was published: {len(failed)} of {len(checks)} checks failed.\n{lines}\n"
            "The snapshot published before, if any, stays in place. Mend the cause and refresh again."
        )


def contract_checks(tables: Mapping[str, pa.Table]) -> list[Check]:
    """Checks tables against `pipeline.tables`: that all are there, and their schema, keys, ranges and references.

    Whole columns are looked at first, which takes a small part of the time; rows are looked for where that finds any.
    """
    missing = {name: contract.schema.empty_table() for name, contract in TABLES.items() if name not in tables}
    absent = [Check(f"{name} schema", False, "the table is missing") for name in missing]
    given = {**tables, **missing}
    with connect(given) as db:
        return absent + [check for name in tables for check in _table_checks(db, TABLES[name], given)]


def _table_checks(db: duckdb.DuckDBPyConnection, contract: Table, tables: Mapping[str, pa.Table]) -> Iterator[Check]:
    name, table = contract.name, tables[contract.name]
    if not contract.describes(table.schema):
        yield Check(f"{name} schema", False, f"columns are {table.schema.names}, not as the contract says")
        return
    key = ", ".join(f'"{k}"' for k in contract.key)
    if contract.rises(table):
        yield Check(f"{name} key", True, HOLDS)
    else:
        twice = f"SELECT {key} FROM {name} GROUP BY ALL HAVING count(*) > 1"
        yield _no_rows(db, f"{name} key", twice, "rows share the key")
    for rule in _rules(contract, tables):
        if rule.holds:
            yield Check(rule.name, True, HOLDS)
        else:
            yield _no_rows(db, rule.name, f"SELECT {rule.shown} FROM {name} WHERE {rule.broken}", rule.complaint)


def _rules(contract: Table, tables: Mapping[str, pa.Table]) -> Iterator[Rule]:
    """What each column of a table says of each of its rows."""
    key = ", ".join(f'"{k}"' for k in contract.key)
    for column in contract.columns:
        name, quoted = f"{contract.name}.{column.name}", f'"{column.name}"'
        values = tables[contract.name][column.name]
        if not column.nullable:
            yield Rule(f"{name} filled", is_filled(values), f"{quoted} IS NULL", key, "rows are empty")
        bounds = _bounds(column)
        if bounds:
            outside, complaint = " OR ".join(bounds), "rows lie outside the range"
            yield Rule(
                f"{name} range", is_within(values, column.low, column.high), outside, f"{key}, {quoted}", complaint
            )
        if column.references:
            other, target = column.references.split(".")
            if target in tables[other].column_names:  # what is not, the other's own schema check says
                outside = f'{quoted} IS NOT NULL AND {quoted} NOT IN (SELECT "{target}" FROM {other})'
                holds = is_among(values, tables[other][target])
                yield Rule(f"{name} reference", holds, outside, f"{key}, {quoted}", f"rows name what is not in {other}")


def _bounds(column: Column) -> list[str]:
    """The conditions under which a value lies outside its column's range."""
    quoted, bounds = f'"{column.name}"', []
    if pa.types.is_floating(column.type):
        bounds.append(f"isnan({quoted}) OR isinf({quoted})")
    if column.low is not None:
        bounds.append(f"{quoted} < {column.low!r}")
    if column.high is not None:
        bounds.append(f"{quoted} > {column.high!r}")
    return bounds


def _no_rows(db: duckdb.DuckDBPyConnection, name: str, query: str, complaint: str) -> Check:
    # Names come from the contract in this project's own code, never from data.
    count_row = db.execute(f"SELECT count(*) FROM ({query})").fetchone()
    count = int(count_row[0]) if count_row else 0
    if count == 0:
        return Check(name, True, HOLDS)
    rows = db.execute(f"SELECT * FROM ({query}) ORDER BY ALL LIMIT {SHOWN_ROWS}").fetchall()
    return Check(name, False, f"{count} {complaint}, such as {'; '.join(str(row) for row in rows)}")


def sanity_checks(tables: Mapping[str, pa.Table], quarantined: int, settings: GateSettings) -> list[Check]:
    """Checks that the numbers can be right: a model that finds nothing must not pass for a market that asks nothing.

    Args:
        tables: every table of the snapshot, by name.
        quarantined: distinct records in quarantine.
        settings: the thresholds.
    """
    postings, credentials = tables["postings"], tables["credentials"]
    links = pc.sum(postings["skills"]).as_py() or 0
    assigned = postings.num_rows - postings["role_id"].null_count
    with connect({"postings": postings, "role_demand": tables["role_demand"]}) as db:
        reconciled = _no_rows(
            db,
            "postings reconcile with demand",
            RECONCILE_SQL,
            "rows of role_demand count other postings",
        )
    return [
        reconciled,
        Check("postings received", postings.num_rows > 0, f"{postings.num_rows} postings are in the lake"),
        Check("credentials received", credentials.num_rows > 0, f"{credentials.num_rows} credentials are in the lake"),
        _at_least("postings in which skills were found", _linked(postings), settings.min_linked_postings),
        _at_least("credentials in which skills were found", _linked(credentials), settings.min_linked_credentials),
        _at_least("skills found per posting", links / max(postings.num_rows, 1), settings.min_links_per_posting),
        _at_least("postings with a role", assigned / max(postings.num_rows, 1), settings.min_assigned_postings),
        quarantine_check(postings.num_rows + credentials.num_rows, quarantined, settings),
        Check("roles profiled", tables["role_skills"].num_rows > 0, f"{tables['role_skills'].num_rows} profile rows"),
    ]  # fmt: skip


def quarantine_check(documents: int, quarantined: int, settings: GateSettings) -> Check:
    """Whether most of what came could be read: a feed that breaks must not pass for one that has nothing new.

    Args:
        documents: postings and credentials that count.
        quarantined: distinct records in quarantine.
        settings: the threshold.
    """
    received = documents + quarantined
    return Check(
        "quarantined records",
        quarantined <= settings.max_quarantined * max(received, 1),
        f"{quarantined} of {received} are in quarantine; at most {settings.max_quarantined:.0%} may be",
    )


def _linked(table: pa.Table) -> float:
    return float((pc.sum(pc.greater(table["skills"], 0)).as_py() or 0) / max(table.num_rows, 1))


def _at_least(name: str, value: float, minimum: float) -> Check:
    return Check(name, value >= minimum, f"{value:.4g}, where at least {minimum:.4g} is expected")
