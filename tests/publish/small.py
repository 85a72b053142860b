"""A small snapshot made by hand: every table of the contract, whole and consistent.

Two credentials, two roles, three postings and four skills. The credential cred:weld covers the welder by

    weld (asked 0.6, taught 0.9)                  0.6 x 0.9 x 1   = 0.54
    read plans (asked 0.4, taught: drawing 0.5)   0.4 x 0.5 x 0.7 = 0.14     0.68 in all
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from pipeline.publish import SnapshotInputs
from pipeline.tables import TABLES

Rows = list[dict[str, object]]

INPUTS = SnapshotInputs(
    as_of=date(2026, 6, 30), postings="p" * 64, credentials="c" * 64, settings="s" * 64, taxonomy="t" * 64,
    taxonomy_version="made 1", model="m" * 64, linker="l" * 64, code_version="0.1.0",
)  # fmt: skip

SKILLS = {
    "s:weld": ("weld", "souder"), "s:plans": ("read plans", "lire des plans"),
    "s:draw": ("technical drawing", "dessin technique"), "s:care": ("care for patients", "soigner des patients"),
}  # fmt: skip
ROLES = {"r:welder": ("welder", "soudeur/soudeuse"), "r:nurse": ("registered nurse", "infirmier/infirmière")}


def _posting(identity: str, title: str, language: str, role: str | None, skills: int) -> dict[str, object]:
    return {
        "posting_id": identity, "source": "made", "title": title, "language": language, "employer": "Aciérie Nord",
        "region": "CA-QC", "posted_on": date(2026, 6, 1), "in_window": True, "weight": 1.0, "vacancies": 1,
        "vacancies_weighted": 1.0, "wage_low": 25.0, "wage_high": 30.0, "role_id": role,
        "role_confidence": 0.9 if role else 0.0, "role_method": "title" if role else "unassigned", "skills": skills,
        "duplicates": 0,
    }  # fmt: skip


def _credential(identity: str, en: str | None, fr: str | None, skills: int) -> dict[str, object]:
    return {
        "credential_id": identity, "source": "made", "title_en": en, "title_fr": fr, "issuer": "Collège du Nord",
        "hours": 40.0, "stackable_into": [], "prerequisites": [], "languages": ["en", "fr"], "skills": skills,
    }  # fmt: skip


def _evidence(
    kind: str, document: str, skill: str, confidence: float, sentence: str, language: str
) -> dict[str, object]:
    return {
        "document_kind": kind, "document_id": document, "skill_id": skill, "confidence": confidence,
        "sentence": sentence, "language": language, "start": 0, "end": 4, "part": "description", "part_start": 0,
        "matched_label": SKILLS[skill][0], "method": "lexical", "sentences": 1, "level": "unstated", "years": None,
        "proficiency": None,
    }  # fmt: skip


def _asked(role: str, skill: str, importance: float, rank: int) -> dict[str, object]:
    return {
        "role_id": role, "region": "ALL", "skill_id": skill, "postings": 2, "required_share": 0.0,
        "share_raw": 0.5, "share": 0.5, "share_all": 0.25, "rca": 2.0, "importance": importance, "rank": rank,
    }  # fmt: skip


def _demand(role: str, region: str, index: float) -> dict[str, object]:
    return {
        "role_id": role, "region": region, "suppressed": False, "postings": 2, "employers": 1, "vacancies": 2,
        "weighting": "postings", "vacancies_weighted": 2.0, "vacancies_recent": 2, "vacancies_before": 0, "growth": 0.1,
        "growth_low": -0.8, "growth_high": 1.0, "wage_postings": 2, "wage_q1": 25.0, "wage_median": 27.5,
        "wage_median_low": 25.0, "wage_median_high": 30.0, "wage_q3": 30.0, "currency": "CAD", "education_postings": 2,
        "no_degree_share": 1.0, "no_degree_share_low": 0.4, "no_degree_share_high": 1.0, "experience_postings": 2,
        "entry_experience_share": 0.5, "entry_experience_share_low": 0.1, "entry_experience_share_high": 0.9,
        "demand_index": index,
    }  # fmt: skip


def _value(credential: str, roles: int, role: str | None, index: float | None) -> dict[str, object]:
    return {
        "credential_id": credential, "region": "ALL", "suppressed": False, "roles_covered": roles,
        "roles_suppressed": 0, "open_roles": roles, "best_role_id": role, "demand_index_best": index,
        "postings": 2 * roles, "vacancies": 2.0 * roles, "vacancies_share": 0.5 * roles, "wage_postings": 2 * roles,
        "wage_median": 27.5 if roles else None, "wage_median_low": 25.0 if roles else None,
        "wage_median_high": 30.0 if roles else None, "wage_median_all": 27.5, "wage_ratio": 1.0 if roles else None,
        "currency": "CAD",
    }  # fmt: skip


def _match(credential: str, role: str, coverage: float, statuses: tuple[int, int, int], rank: int) -> dict[str, object]:
    return {
        "credential_id": credential, "role_id": role, "coverage": coverage, "coverage_low": coverage - 0.05,
        "coverage_high": coverage + 0.05, "relevance": 0.9, "distinctive_coverage": coverage,
        "skills_covered": statuses[0], "skills_partial": statuses[1], "skills_missing": statuses[2],
        "rank_in_role": rank, "rank_in_credential": 1,
    }  # fmt: skip


def _line(
    credential: str, role: str, skill: str, importance: float, taught: tuple[str, float, float] | None
) -> dict[str, object]:
    other, confidence, similarity = taught or (None, 0.0, 0.0)
    return {
        "credential_id": credential, "role_id": role, "skill_id": skill, "importance": importance,
        "taught_skill_id": other, "similarity": similarity, "confidence": confidence,
        "contribution": round(importance * confidence * similarity, 9),
        "status": {0.0: "missing", 1.0: "covered"}.get(similarity, "partial"),
    }  # fmt: skip


ROWS: dict[str, Rows] = {
    "skills": [
        {"skill_id": i, "label_en": en, "label_fr": fr, "kind": "skill", "reuse": "cross-sector"}
        for i, (en, fr) in SKILLS.items()
    ],
    "roles": [
        {"role_id": i, "label_en": en, "label_fr": fr, "postings": 2 if i == "r:welder" else 0, "profiled": True}
        for i, (en, fr) in ROLES.items()
    ],
    "postings": [
        _posting("made:p1", "Welder", "en", "r:welder", 2),
        _posting("made:p2", "Soudeur (H/F)", "fr", "r:welder", 1),
        _posting("made:p3", "Astronaut", "en", None, 0),
    ],
    "credentials": [
        _credential("cred:weld", "Welding basics", "Bases du soudage à l'arc", 2),
        _credential("cred:care", None, "Soins à domicile", 1),
    ],
    "evidence": [
        _evidence("posting", "made:p1", "s:weld", 0.9, "You weld steel frames.", "en"),
        _evidence("posting", "made:p1", "s:plans", 0.8, "You read plans.", "en"),
        _evidence("posting", "made:p2", "s:weld", 0.7, "Vous soudez des charpentes.", "fr"),
        _evidence("credential", "cred:weld", "s:weld", 0.9, "Learners weld safely.", "en"),
        _evidence("credential", "cred:weld", "s:draw", 0.5, "Learners draw parts.", "en"),
        _evidence("credential", "cred:care", "s:care", 0.8, "On y soigne des patients.", "fr"),
    ],
    "role_skills": [
        _asked("r:welder", "s:weld", 0.6, 1), _asked("r:welder", "s:plans", 0.4, 2),
        _asked("r:nurse", "s:care", 1.0, 1),
    ],
    "role_demand": [_demand("r:welder", "ALL", 1.0), _demand("r:welder", "CA-QC", 0.0)],
    "credential_skills": [
        {"credential_id": "cred:weld", "skill_id": "s:weld", "confidence": 0.9, "stated": True},
        {"credential_id": "cred:weld", "skill_id": "s:draw", "confidence": 0.5, "stated": False},
        {"credential_id": "cred:care", "skill_id": "s:care", "confidence": 0.8, "stated": False},
    ],
    "credential_value": [_value("cred:weld", 1, "r:welder", 1.0), _value("cred:care", 0, None, None)],
    "matches": [
        _match("cred:weld", "r:welder", 0.68, (1, 1, 0), 1), _match("cred:care", "r:nurse", 0.8, (1, 0, 0), 1),
    ],
    "match_skills": [
        _line("cred:weld", "r:welder", "s:weld", 0.6, ("s:weld", 0.9, 1.0)),
        _line("cred:weld", "r:welder", "s:plans", 0.4, ("s:draw", 0.5, 0.7)),
        _line("cred:care", "r:nurse", "s:care", 1.0, ("s:care", 0.8, 1.0)),
    ],
}  # fmt: skip


def tables(**changed: Rows) -> dict[str, pa.Table]:
    """Every table of the contract, with other rows for the tables that are named; nothing is checked or sorted."""
    return {
        name: pa.Table.from_pylist(changed.get(name, ROWS.get(name, [])), schema=contract.schema)
        for name, contract in TABLES.items()
    }


def conformed(**changed: Rows) -> dict[str, pa.Table]:
    """Every table as it is published."""
    return {name: TABLES[name].conform(table) for name, table in tables(**changed).items()}


def with_row(table: str, place: int, **values: object) -> dict[str, Rows]:
    """The rows of one table with a row changed, as `tables` takes them."""
    rows = [dict(row) for row in ROWS[table]]
    rows[place] |= values
    return {table: rows}


def counts() -> Mapping[str, object]:
    """What a run might have counted."""
    return {"postings": 3, "credentials": 2}
