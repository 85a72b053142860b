"""A page for each question that someone came with: which roles, ways and gaps it is about.

A scenario is a choice of sectors and of what to show of them; the figures are the snapshot's. A taxonomy without these
sectors gives empty lists, and the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import best_matches, median_wage
from pipeline.report.published import Published, Row

LISTED = 12
MAX_GAP = 0.9  # a way that leaves nearly all of the role to be learned is no way


@dataclass(frozen=True)
class Scenario:
    """A question: where people are (`start`), where they may go (`end`), and which lists answer it.

    `shows` holds any of roles, open, ways, unmet and skills; the sectors are those of the starter taxonomy.
    """

    slug: str
    start: tuple[str, ...]
    end: tuple[str, ...]
    shows: tuple[str, ...]


SCENARIOS = (
    Scenario("energy-to-tech", ("energy",), ("digital",), ("ways", "roles")),
    Scenario("aerospace", ("aerospace",), ("manufacturing", "energy", "digital", "mining"), ("ways", "roles")),
    Scenario("material-handling", ("material_handling",), ("material_handling",), ("open", "roles", "unmet")),
    Scenario("mining", ("mining",), ("mining",), ("unmet", "roles")),
    Scenario("manufacturing", ("manufacturing",), ("manufacturing",), ("roles", "unmet", "ways")),
    Scenario("digital-fluency", ("energy", "mining", "aerospace", "manufacturing", "material_handling"), ("digital",),
             ("skills", "ways")),
)  # fmt: skip


def scenario_lists(scenario: Scenario, published: Published, book: Codebook, open_share: float) -> dict[str, list[Row]]:
    """The rows of each list that the scenario shows; roles, credentials and skills by number."""
    made = {"roles": _roles, "open": _open, "ways": _ways, "unmet": _unmet, "skills": _skills}
    return {name: made[name](scenario, published, book, open_share) for name in scenario.shows}


def _in_sectors(book: Codebook, sectors: tuple[str, ...]) -> set[int]:
    return {number for number, row in enumerate(book.roles) if row["sector"] in sectors}


def _roles(scenario: Scenario, published: Published, book: Codebook, _: float) -> list[Row]:
    """Roles that people may go to, most in demand first, each with the credential that covers it best."""
    wanted = _in_sectors(book, scenario.end)
    best = best_matches(published, "role_id")
    overall = median_wage(published)
    rows: list[Row] = []
    for row in _demand(published):
        role = book.place("role", row["role_id"])
        if role in wanted:
            match = best.get(row["role_id"], {})
            wage = row["wage_median"]
            rows.append(row | {
                "role": role, "credential": book.place("credential", match.get("credential_id")),
                "coverage": match.get("coverage"), "low": match.get("coverage_low"), "high": match.get("coverage_high"),
                "above": None if wage is None or overall is None else float(str(wage)) >= overall,
            })  # fmt: skip
    return sorted(rows, key=lambda row: (-float(str(row["demand_index"] or 0)), str(row["role_id"])))[:LISTED]


def _demand(published: Published) -> list[Row]:
    names = ["role_id", "region", "postings", "vacancies", "wage_median", "growth", "demand_index", "no_degree_share",
             "entry_experience_share", "suppressed"]  # fmt: skip
    return [row for row in published.rows("role_demand", names) if row["region"] == "ALL"]


def _open(scenario: Scenario, published: Published, book: Codebook, open_share: float) -> list[Row]:
    """Those of the roles that are open without a degree and long experience, best paid first."""
    rows = [
        row
        for row in _roles(scenario, published, book, open_share)
        if min(float(str(row[name] or 0)) for name in ("no_degree_share", "entry_experience_share")) >= open_share
    ]
    return sorted(rows, key=lambda row: (-float(str(row["wage_median"] or 0)), str(row["role_id"])))


def _ways(scenario: Scenario, published: Published, book: Codebook, _: float) -> list[Row]:
    """Ways from the one to the other that pay at least as well, those with the least to learn first."""
    names = ["from_role_id", "to_role_id", "region", "gap", "gap_low", "gap_high", "gap_closed", "hours",
             "wage_change", "wage_from", "wage_to", "vacancies_to", "stack", "suppressed"]  # fmt: skip
    starts, ends = _in_sectors(book, scenario.start), _in_sectors(book, scenario.end)
    rows: list[Row] = []
    for row in published.rows("transitions", names):
        start, end = book.place("role", row["from_role_id"]), book.place("role", row["to_role_id"])
        if row["region"] != "ALL" or start not in starts or end not in ends or start == end:
            continue
        if row["wage_change"] is None or float(str(row["wage_change"])) < 1:
            continue
        if float(str(row["gap"])) <= MAX_GAP:
            rows.append(row | {"start": start, "end": end, "stack": book.places("credential", row["stack"])})
    order = sorted(rows, key=lambda row: (float(str(row["gap"])), str(row["from_role_id"]), str(row["to_role_id"])))
    return order[:LISTED]


def _unmet(scenario: Scenario, published: Published, book: Codebook, _: float) -> list[Row]:
    """Skills that these roles ask for and no credential teaches, in all regions and in each, most demanded first."""
    wanted = _in_sectors(book, scenario.start)
    names = ["region", "skill_id", "scope", "demand", "postings", "roles", "rank"]
    rows: list[Row] = []
    for row in published.rows("unmet_demand", names):
        roles = [role for role in book.places("role", row["roles"]) if role in wanted]
        skill = book.place("skill", row["skill_id"])
        if roles and skill is not None:
            rows.append(row | {"skill": skill, "roles": roles})
    return sorted(rows, key=lambda row: (row["region"] != "ALL", -float(str(row["demand"])), str(row["skill_id"])))[
        : 2 * LISTED
    ]


def _skills(scenario: Scenario, published: Published, book: Codebook, _: float) -> list[Row]:
    """Skills of the sectors aimed at that roles of the other sectors ask for, and how many of these roles do."""
    wanted = _in_sectors(book, scenario.start)
    count: dict[int, list[tuple[float, int]]] = {}
    for row in published.rows("role_skills", ["role_id", "region", "skill_id", "importance"]):
        role, skill = book.place("role", row["role_id"]), book.place("skill", row["skill_id"])
        if row["region"] != "ALL" or role is None or role not in wanted or skill is None:
            continue
        if book.skills[skill]["sector"] in scenario.end:
            count.setdefault(skill, []).append((float(str(row["importance"])), role))
    taught: dict[int, int] = {}
    for row in published.rows("credential_skills", ["skill_id", "confidence"]):
        skill = book.place("skill", row["skill_id"])
        if skill is not None and float(str(row["confidence"])) >= 0.5:
            taught[skill] = taught.get(skill, 0) + 1
    rows: list[Row] = [
        {"skill": skill, "roles": [role for _, role in sorted(found, reverse=True)], "weight": sum(w for w, _ in found),
         "taught": taught.get(skill, 0)}
        for skill, found in count.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-float(str(row["weight"])), int(str(row["skill"]))))[:LISTED]
