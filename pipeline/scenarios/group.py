"""The group: which postings of a snapshot a scenario is about, and what of the snapshot its answers need.

A posting belongs to a side if it counts (its date lies in the window), stands in one of the scenario's regions where
these are named, and any criterion of the side chooses it: its NAICS code, its employer, its role, its role's sector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pyarrow as pa

from pipeline.errors import LakeError
from pipeline.lake import MANIFEST, Lake
from pipeline.matching import role_profiles
from pipeline.scenarios.files import Scenario, Selection
from pipeline.settings import Settings
from pipeline.sql import query
from pipeline.tables import ALL_REGIONS, EVIDENCE, TABLES

# A table of a snapshot by name, with these columns; those that an older snapshot lacks come empty.
Reader = Callable[[str, Sequence[str]], pa.Table]

NAME = "lower(strip_accents(trim({})))"

CHOSEN_SQL = f"""
WITH counted AS (
    SELECT p.*, r.sector, r.noc_2021 FROM postings p LEFT JOIN roles r USING (role_id)
    WHERE p.in_window AND (len($regions) = 0 OR list_contains($regions, p.region))
),
chosen AS (
    SELECT posting_id FROM counted c JOIN wanted w
      ON w.kind = 'naics' AND c.industry_scheme = 'naics' AND starts_with(c.industry_code, w.value)
    UNION
    SELECT posting_id FROM counted c JOIN wanted w
      ON w.kind = 'employers' AND {NAME.format("c.employer")} = {NAME.format("w.value")}
    UNION
    SELECT posting_id FROM counted c JOIN wanted w
      ON w.kind = 'occupations' AND (c.role_id = w.value
                                     OR regexp_full_match(w.value, '[0-9]+') AND starts_with(c.noc_2021, w.value))
    UNION
    SELECT posting_id FROM counted c JOIN wanted w ON w.kind = 'sectors' AND c.sector = w.value
)
SELECT $side AS side, p.posting_id, p.role_id, p.region, p.in_window, p.weight, p.vacancies, p.vacancies_weighted,
       date_diff('day', p.posted_on, $as_of::DATE) AS age
FROM counted p WHERE p.posting_id IN (SELECT posting_id FROM chosen)
ORDER BY p.posting_id
"""

# A role of a group is one that a posting of it was assigned to.
ROLES_SQL = """
SELECT side, role_id, count(*) AS postings, sum(vacancies)::BIGINT AS vacancies,
       sum(vacancies_weighted::DECIMAL(18,9)) AS weighted
FROM members WHERE role_id IS NOT NULL GROUP BY side, role_id ORDER BY side, role_id
"""


@dataclass(frozen=True)
class Snapshot:
    """What answers are computed from: the tables of one snapshot, and the day that it describes.

    Attributes:
        snapshot_id: its id.
        as_of: the day.
        names: the tables that it has; those of an older release may be fewer.
        read: gives them.
    """

    snapshot_id: str
    as_of: date
    names: frozenset[str]
    read: Reader

    def table(self, name: str, columns: Sequence[str] = ()) -> pa.Table:
        """Columns of a table, by default all, in the types of the contract."""
        types = {column.name: column.type for column in TABLES[name].columns}
        found = self.read(name, columns or list(types))
        return pa.table({column: found[column].cast(types[column]) for column in found.column_names})

    @cached_property
    def evidence(self) -> pa.Table:
        """What postings and credentials were found to speak for, without the sentences."""
        return self.table(EVIDENCE.name, ["document_kind", "document_id", "skill_id", "confidence", "level"])


def snapshot_of(lake: Lake, snapshot_id: str | None = None) -> Snapshot:
    """A snapshot of a lake, by default the published one; its tables are read when they are needed.

    Raises:
        LakeError: nothing is published, or there is no such snapshot.
    """
    chosen = snapshot_id or lake.latest()
    if chosen is None:
        raise LakeError(f"Nothing is published in {lake.location} yet: run `passerelle run` or `refresh` first.")
    inputs = lake.read_json(f"snapshots/{chosen}/{MANIFEST}").get("inputs")
    names = frozenset(file.removesuffix(".parquet") for file in lake.names(f"snapshots/{chosen}", ".parquet"))

    def read(name: str, columns: Sequence[str]) -> pa.Table:
        if name not in names:
            return pa.table({column: pa.nulls(0) for column in columns})
        found = lake.read_table(f"snapshots/{chosen}/{name}.parquet", list(columns))
        there = set(found.column_names)
        return pa.table({
            column: found[column] if column in there else pa.nulls(found.num_rows) for column in columns
        })  # fmt: skip

    return Snapshot(chosen, day_of(inputs, chosen), names, read)


def day_of(inputs: object, snapshot_id: str) -> date:
    """The day that a snapshot describes, from the inputs of its manifest, else from its id."""
    stated = inputs.get("as_of") if isinstance(inputs, dict) else None
    try:
        return date.fromisoformat(str(stated or snapshot_id[:10]))
    except ValueError:
        raise LakeError(f"The manifest of the snapshot {snapshot_id} does not say which day it describes.") from None


@dataclass(frozen=True)
class Group:
    """A scenario's postings and roles in a snapshot.

    Attributes:
        scenario: whose.
        snapshot: of what.
        settings: windows, minima and thresholds.
        members: side, posting_id, role_id, region, in_window, weight, vacancies, vacancies_weighted, age; one row for
            each posting and side.
        roles: side, role_id, postings, vacancies, weighted: of the group's postings in each role.
    """

    scenario: Scenario
    snapshot: Snapshot
    settings: Settings
    members: pa.Table
    roles: pa.Table

    @property
    def regions(self) -> list[str]:
        """The regions whose rows of other tables are asked for."""
        return list(self.scenario.regions) or [ALL_REGIONS]

    def side(self, side: str) -> pa.Table:
        """The postings of a side."""
        return query("SELECT * FROM members WHERE side = $side", {"members": self.members}, {"side": side})

    @cached_property
    def as_roles(self) -> dict[str, pa.Table]:
        """By side, every posting of the snapshot: those of the side assigned to a role of its name, others to none."""
        postings = self.snapshot.table("postings", ["posting_id", "weight", "in_window"])
        sql = """SELECT p.*, m.side AS role_id, NULL::VARCHAR AS region
            FROM postings p LEFT JOIN members m USING (posting_id) ORDER BY p.posting_id"""
        return {
            side: query(sql, {"postings": postings, "members": self.side(side).select(["posting_id", "side"])})
            for side in self.scenario.sides
        }

    @cached_property
    def profiles(self) -> dict[str, pa.Table]:
        """`tables.ROLE_SKILLS` of each side, as if it were a role of that name; empty where postings are too few."""
        return {
            side: role_profiles(postings, self.snapshot.evidence, self.settings.profile, postings.num_rows + 1)
            for side, postings in self.as_roles.items()
        }

    def profiled(self, side: str) -> list[str]:
        """The roles of a side that have a profile."""
        given = {"roles": self.roles, "profiles": self.snapshot.table("role_skills", ["role_id", "region"])}
        sql = """SELECT role_id FROM roles WHERE side = $side
            AND role_id IN (SELECT role_id FROM profiles WHERE region = $all_regions) ORDER BY role_id"""
        found: list[str] = query(sql, given, {"side": side, "all_regions": ALL_REGIONS})["role_id"].to_pylist()
        return found


def find_group(scenario: Scenario, snapshot: Snapshot, settings: Settings) -> Group:
    """The postings of a snapshot that a scenario is about."""
    postings = snapshot.table("postings", [
        "posting_id", "employer", "industry_code", "industry_scheme", "region", "posted_on", "in_window", "weight",
        "vacancies", "vacancies_weighted", "role_id",
    ])  # fmt: skip
    given = {"postings": postings, "roles": snapshot.table("roles", ["role_id", "sector", "noc_2021"])}
    values = {"regions": list(scenario.regions), "as_of": snapshot.as_of.isoformat()}
    sides = [
        query(CHOSEN_SQL, given | {"wanted": _wanted(selection)}, values | {"side": side})
        for side, selection in scenario.sides.items()
    ]
    members = pa.concat_tables(sides)
    return Group(scenario, snapshot, settings, members, query(ROLES_SQL, {"members": members}))


def _wanted(selection: Selection) -> pa.Table:
    """The criteria of a side as rows."""
    rows = [
        {"kind": kind, "value": value}
        for kind in ("naics", "employers", "occupations", "sectors")
        for value in getattr(selection, kind)
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([("kind", pa.string()), ("value", pa.string())]))
