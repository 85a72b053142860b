"""The answers of a scenario, as tables: its roles, the ways out of them, what is unmet, and agreed indicators.

What stands here is chosen and joined from the published tables; what is computed of the group itself is in `skills` and
`serving`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from pipeline.asking.outcomes import is_reached, measure_rows, read_indicators
from pipeline.errors import SettingsError
from pipeline.scenarios.contract import (
    BUNDLES,
    OUTCOMES,
    ROLES,
    UNMET,
    WAYS,
)
from pipeline.scenarios.files import Scenario
from pipeline.scenarios.group import Group, Snapshot, find_group
from pipeline.scenarios.serving import TITLES, group_credentials, group_learners
from pipeline.scenarios.skills import group_shared, group_skills, group_trends
from pipeline.settings import Settings
from pipeline.sql import query

DEMAND = ("postings", "vacancies", "growth", "growth_low", "growth_high", "wage_median", "wage_median_low",
          "wage_median_high", "no_degree_share", "entry_experience_share", "demand_index")  # fmt: skip

ROLES_SQL = f"""
WITH best AS (  -- of all regions together: coverage is not measured in one
    SELECT m.role_id, m.credential_id, {TITLES}, m.coverage, m.coverage_low, m.coverage_high
    FROM matches m JOIN credentials c USING (credential_id)
    QUALIFY row_number() OVER (PARTITION BY m.role_id ORDER BY m.rank_in_role, m.credential_id) = 1
)
SELECT g.side, g.role_id, r.label_en, r.label_fr, d.region, d.suppressed,
       CASE WHEN g.postings >= $min_postings THEN g.postings END AS group_postings,
       CASE WHEN g.postings >= $min_postings THEN g.vacancies END AS group_vacancies,
       {", ".join(f"d.{name}" for name in DEMAND)},
       d.no_degree_share >= $open_share AND d.entry_experience_share >= $open_share AS open,
       b.* EXCLUDE (role_id)
FROM groups g
JOIN roles r USING (role_id)
JOIN role_demand d ON d.role_id = g.role_id AND list_contains($regions, d.region)
LEFT JOIN best b ON b.role_id = g.role_id
"""

WAYS_SQL = """
SELECT t.*, f.label_en AS from_role_label_en, f.label_fr AS from_role_label_fr, a.label_en AS to_role_label_en,
       a.label_fr AS to_role_label_fr
FROM transitions t
JOIN roles f ON f.role_id = t.from_role_id
JOIN roles a ON a.role_id = t.to_role_id
WHERE list_contains($regions, t.region) AND t.from_role_id <> t.to_role_id
  AND t.from_role_id IN (SELECT role_id FROM groups WHERE side = 'start')
  AND t.to_role_id IN (SELECT role_id FROM groups WHERE side = $aim)
  AND t.gap <= $max_gap AND t.wage_change >= $min_wage_change
"""

UNMET_SQL = """
WITH asking AS (
    SELECT u.region, u.skill_id, unnest(u.roles) AS role_id, generate_subscripts(u.roles, 1) AS place FROM unmet u
),
wanted AS (  -- of a suppressed cell, vacancies are empty and count for nothing
    SELECT a.region, a.skill_id, list(a.role_id ORDER BY a.place) AS roles,
           coalesce(sum((d.vacancies * p.importance)::DECIMAL(18,9)), 0)::DOUBLE AS demand
    FROM asking a
    LEFT JOIN role_demand d ON d.role_id = a.role_id AND d.region = a.region
    LEFT JOIN role_skills p ON p.role_id = a.role_id AND p.region = a.region AND p.skill_id = a.skill_id
    WHERE a.role_id IN (SELECT role_id FROM groups WHERE side = 'start')
    GROUP BY a.region, a.skill_id
)
SELECT u.region, u.skill_id, s.label_en, s.label_fr, u.scope, w.roles, w.demand, u.demand AS demand_all, u.postings,
       u.bundle_id
FROM unmet u JOIN wanted w USING (region, skill_id) JOIN skills s USING (skill_id)
WHERE len($regions) = 0 OR list_contains($regions, u.region)
"""

BUNDLES_SQL = """
SELECT b.region, b.bundle_id, b.title_en, b.title_fr, len(b.skills) AS skills,
       [role for role in b.roles if list_contains($roles, role)] AS roles,
       b.vacancies, b.vacancies_low, b.vacancies_high, b.hours, b.fits
FROM bundles b
WHERE list_has_any(b.roles, $roles) AND (len($regions) = 0 OR list_contains($regions, b.region))
"""


@dataclass(frozen=True)
class Answered:
    """A scenario and its answers, as tables of `contract` by the name of the answer; `open` is in `roles`."""

    scenario: Scenario
    group: Group
    tables: Mapping[str, pa.Table]


def answer(scenario: Scenario, snapshot: Snapshot, settings: Settings) -> Answered:
    """Answers a scenario from a snapshot.

    Args:
        scenario: the question.
        snapshot: the tables that it is answered from, and nothing else.
        settings: windows, minima and thresholds, as for the tables themselves.

    Raises:
        SettingsError: the scenario names a file of indicators that is not there or wrong.
    """
    group = find_group(scenario, snapshot, settings)
    wanted = dict.fromkeys("roles" if name == "open" else name for name in scenario.shows)
    return Answered(scenario, group, {name: _MADE[name](group) for name in wanted})


def group_roles(group: Group) -> pa.Table:
    """`contract.ROLES`: the roles of each side in the scenario's regions."""
    snapshot, settings = group.snapshot, group.settings
    given = {
        "groups": group.roles,
        "roles": snapshot.table("roles", ["role_id", "label_en", "label_fr"]),
        "role_demand": snapshot.table("role_demand", ["role_id", "region", "suppressed", *DEMAND]),
        "matches": snapshot.table(
            "matches", ["role_id", "credential_id", "coverage", "coverage_low", "coverage_high", "rank_in_role"]
        ),
        "credentials": snapshot.table("credentials", ["credential_id", "title_en", "title_fr"]),
    }
    values = {
        "regions": group.regions, "min_postings": settings.suppression.min_postings,
        "open_share": settings.value.open_share,
    }  # fmt: skip
    return ROLES.conform(query(ROLES_SQL, given, values))


def group_ways(group: Group) -> pa.Table:
    """`contract.WAYS`: from the roles of the start to those of the end."""
    scenario = group.scenario
    given = {
        "groups": group.roles,
        "roles": group.snapshot.table("roles", ["role_id", "label_en", "label_fr"]),
        "transitions": group.snapshot.table("transitions"),
    }
    values = {
        "regions": group.regions, "aim": scenario.aim, "max_gap": scenario.max_gap,
        "min_wage_change": scenario.min_wage_change,
    }  # fmt: skip
    return WAYS.conform(query(WAYS_SQL, given, values))


def group_unmet(group: Group) -> pa.Table:
    """`contract.UNMET`: of the roles of the start, in every region unless the scenario names some."""
    names = ["region", "skill_id", "scope", "roles", "demand", "postings", "bundle_id"]
    given = {
        "groups": group.roles,
        "unmet": group.snapshot.table("unmet_demand", names),
        "role_demand": group.snapshot.table("role_demand", ["role_id", "region", "vacancies"]),
        "role_skills": group.snapshot.table("role_skills", ["role_id", "region", "skill_id", "importance"]),
        "skills": group.snapshot.table("skills", ["skill_id", "label_en", "label_fr"]),
    }
    return UNMET.conform(query(UNMET_SQL, given, {"regions": list(group.scenario.regions)}))


def group_bundles(group: Group) -> pa.Table:
    """`contract.BUNDLES`: of the roles of the start, in every region unless the scenario names some."""
    roles = query("SELECT role_id FROM roles WHERE side = 'start'", {"roles": group.roles})["role_id"].to_pylist()
    given = {"bundles": group.snapshot.table("unmet_bundles")}
    return BUNDLES.conform(query(BUNDLES_SQL, given, {"roles": roles, "regions": list(group.scenario.regions)}))


def group_outcomes(group: Group) -> pa.Table:
    """`contract.OUTCOMES`: the indicators that the scenario names, in this snapshot."""
    if group.scenario.outcomes is None:
        raise SettingsError(f"The scenario {group.scenario.name} names no file of indicators.")
    rows = []
    for one in read_indicators(group.scenario.outcomes).indicators:
        value = measure_rows(group.snapshot.table(one.table), one)
        rows.append({
            "indicator": one.id, "label_en": one.en, "label_fr": one.fr, "value": value, "target": one.target,
            "direction": one.direction, "reached": is_reached(one, value),
        })  # fmt: skip
    return OUTCOMES.conform(pa.Table.from_pylist(rows, schema=OUTCOMES.schema))


_MADE: dict[str, Callable[[Group], pa.Table]] = {
    "skills": group_skills, "trends": group_trends, "shared": group_shared, "roles": group_roles,
    "credentials": group_credentials, "ways": group_ways, "unmet": group_unmet, "bundles": group_bundles,
    "learners": group_learners, "outcomes": group_outcomes,
}  # fmt: skip
