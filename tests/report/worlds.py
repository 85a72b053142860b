"""A small snapshot written by hand, whose coverage can be added up on paper, and whose texts mean harm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pyarrow as pa

from pipeline.lake import LATEST, MANIFEST, Lake
from pipeline.tables import CHANGES, TABLES

SNAPSHOT = "2026-01-31-0123456789ab"
BEFORE = "2026-01-30-ba9876543210"
SCRIPT = '<script>document.title="broken"</script>'
FORMULA = '=HYPERLINK("https://evil.example")'
HOSTILE_ID = 'x:"><img src=x onerror=alert(1)>&role=../../../etc'

Row = dict[str, object]


def filled(table_name: str, rows: Iterable[Row]) -> pa.Table:
    """Rows of a table of the contract; what a row does not say is empty, or nothing where it may not be empty."""
    table = TABLES.get(table_name, CHANGES)
    blank = {pa.string(): "", pa.float64(): 0.0, pa.int64(): 0, pa.bool_(): False, pa.date32(): date(2026, 1, 30)}
    whole = []
    for row in rows:
        assert set(row) <= {column.name for column in table.columns}, table_name
        whole.append({
            c.name: row.get(c.name, None if c.nullable else [] if pa.types.is_list(c.type) else blank[c.type])
            for c in table.columns
        })  # fmt: skip
    return table.conform(pa.Table.from_pylist(whole, schema=table.schema))


def match(credential: str, role: str, coverage: float, rank: int, role_rank: int = 1) -> Row:
    return {
        "credential_id": credential, "role_id": role, "coverage": coverage, "coverage_low": coverage - 0.1,
        "coverage_high": coverage + 0.1, "relevance": 0.5, "skills_covered": 1, "skills_missing": 1,
        "rank_in_role": rank, "rank_in_credential": role_rank,
    }  # fmt: skip


def told(kind: str, document: str, skill: str, sentence: str, start: int, end: int, confidence: float) -> Row:
    return {
        "document_kind": kind, "document_id": document, "skill_id": skill, "sentence": sentence, "start": start,
        "end": end, "confidence": confidence, "language": "en", "part": "description", "sentences": 1,
        "level": "unstated",
    }  # fmt: skip


# The welder asks for weld (0.6), be safe (0.3) and lift (0.1). Course A teaches weld (0.9), and rig (0.8), which counts
# 0.5 towards lift: 0.6 x 0.9 + 0.1 x 0.8 x 0.5 = 0.58. Course B teaches be safe (0.8): 0.3 x 0.8 = 0.24.
TAUGHT = [("a", "weld", 0.9), ("a", "rig", 0.8), ("b", "safe", 0.8), (HOSTILE_ID, "weld", 0.5)]


def tables() -> dict[str, pa.Table]:
    """Every table of the contract that has a row here, and empty ones for the rest."""
    skills = [("weld", "weld", "souder"), ("safe", "work safely", "travailler en sécurité"),
              ("lift", "lift loads", "lever des charges"), ("rig", "rig loads", "élinguer des charges")]  # fmt: skip
    rows: dict[str, list[Row]] = {
        "skills": [{"skill_id": i, "label_en": en, "label_fr": fr, "sector": "digital"} for i, en, fr in skills],
        "roles": [
            {"role_id": "welder", "label_en": "welder", "label_fr": "soudeur/soudeuse", "sector": "energy",
             "noc_2021": "72106", "postings": 4, "profiled": True},
            {"role_id": "electrician", "label_en": "electrician", "label_fr": "électricien/électricienne",
             "sector": "digital", "postings": 3, "profiled": True},
            {"role_id": "unseen", "label_en": "unseen", "label_fr": "inconnu", "sector": "energy"},
        ],
        "postings": [
            {"posting_id": f"p{n}", "source": "board", "title": SCRIPT if n == 1 else "Welder", "language": "en",
             "region": "CA-AB", "posted_on": date(2026, 1, 20 + n), "in_window": True, "weight": 1.0, "vacancies": 1,
             "wage_low": 30.0, "wage_high": 34.0, "role_id": "welder" if n < 5 else "electrician", "skills": 2,
             "role_method": "title", "url": "javascript:alert(1)" if n == 2 else "https://jobs.example.org/1"}
            for n in range(1, 8)
        ],
        "credentials": [
            {"credential_id": "a", "source": "cat", "title_en": "Welding with Élan", "title_fr": "Souder avec élan",
             "issuer": "Écluse College", "hours": 40.0, "cost": 500.0, "cost_currency": "CAD", "skills": 2,
             "delivery_mode": "online", "region": "CA-QC", "languages": ["en"]},
            {"credential_id": "b", "source": "cat", "title_fr": "Prudence", "hours": 8.0, "region": "CA-AB",
             "delivery_mode": "in_person", "skills": 1, "languages": ["fr"], "assessment": FORMULA},
            {"credential_id": HOSTILE_ID, "source": "cat", "title_en": SCRIPT, "title_fr": SCRIPT, "issuer": SCRIPT,
             "skills": 1, "languages": ["en"], "url": "javascript:alert(1)", "recognition": SCRIPT},
        ],
        "role_skills": [
            {"role_id": role, "region": "ALL", "skill_id": skill, "importance": w, "share": w, "share_all": w / 2,
             "rca": 2.0, "postings": 2, "rank": rank}
            for role, rank, skill, w in (("welder", 1, "weld", 0.6), ("welder", 2, "safe", 0.3),
                                         ("welder", 3, "lift", 0.1), ("electrician", 1, "safe", 1.0))
        ],
        "role_demand": [
            {"role_id": "welder", "region": "ALL", "postings": 4, "vacancies": 4, "growth": 0.1, "wage_postings": 4,
             "wage_q1": 31.0, "wage_median": 35.0, "wage_q3": 36.0, "currency": "CAD", "no_degree_share": 1.0,
             "entry_experience_share": 0.75, "demand_index": 0.9, "suppressed": False, "weighting": "postings"},
            {"role_id": "electrician", "region": "ALL", "postings": 3, "vacancies": 3, "growth": 0.0,
             "wage_median": 30.0, "wage_q1": 29.0, "wage_q3": 31.0, "currency": "CAD", "demand_index": 0.1,
             "no_degree_share": 0.2, "entry_experience_share": 0.1, "suppressed": False, "weighting": "postings"},
            {"role_id": "welder", "region": "CA-AB", "currency": "CAD", "suppressed": True, "weighting": "postings"},
        ],
        "credential_skills": [{"credential_id": c, "skill_id": s, "confidence": p} for c, s, p in TAUGHT],
        "skill_similarity": [{"skill_id": s, "taught_skill_id": t, "similarity": x} for s, t, x in
                             (("weld", "weld", 1.0), ("safe", "safe", 1.0), ("lift", "rig", 0.5))],
        "matches": [match("a", "welder", 0.58, 1), match("b", "welder", 0.24, 3, 2), match("b", "electrician", 0.8, 1),
                    match(HOSTILE_ID, "welder", 0.3, 2)],
        "evidence": [
            told("posting", "p1", "weld", f"You \U0001f525 weld pipes {SCRIPT}", 6, 10, 0.9),
            told("posting", "p2", "weld", "Weld in all positions", 0, 4, 0.8),
            told("posting", "p3", "safe", "Safety first", 0, 6, 0.7),
            told("credential", "a", "weld", "Learn to weld", 9, 13, 0.9),
            told("credential", "a", "rig", "Rig loads", 0, 3, 0.8),
            told("credential", "b", "safe", "Travail prudent", 8, 15, 0.8),
            told("credential", HOSTILE_ID, "weld", SCRIPT, 0, 8, 0.5),
        ],
        "match_skills": [
            {"credential_id": "a", "role_id": "welder", "skill_id": "weld", "importance": 0.6,
             "taught_skill_id": "weld",
             "similarity": 1.0, "confidence": 0.9, "contribution": 0.54, "status": "covered"},
            {"credential_id": "a", "role_id": "welder", "skill_id": "lift", "importance": 0.1,
             "taught_skill_id": "rig",
             "similarity": 0.5, "confidence": 0.8, "contribution": 0.04, "status": "partial"},
            {"credential_id": "a", "role_id": "welder", "skill_id": "safe", "importance": 0.3, "status": "missing"},
        ],
        "stacks": [
            {"role_id": "welder", "region": "ALL", "budget": "none", "step": step, "credential_id": c, "gain": gain,
             "coverage": total, "coverage_low": total - 0.1, "coverage_high": total + 0.1, "bound": 0.9, "hours": hours,
             "hours_total": so_far, "cost_currency": "CAD", "new_skills": new}
            for step, c, gain, total, hours, so_far, new in (
                (1, "a", 0.58, 0.58, 40.0, 40.0, ["weld"]), (2, "b", 0.24, 0.82, 8.0, 48.0, ["safe"]))
        ],
        "transitions": [
            {"from_role_id": "welder", "to_role_id": "electrician", "region": "ALL", "similarity": 0.3, "gap": 0.4,
             "gap_low": 0.3, "gap_high": 0.5, "gap_skills": ["safe"], "transferable_skills": ["safe"], "stack": ["b"],
             "gap_closed": 0.8, "hours": 8.0, "wage_from": 28.0, "wage_to": 30.0, "wage_change": 30 / 28,
             "vacancies_from": 4, "vacancies_to": 3},
        ],
        "unmet_demand": [
            {"region": "ALL", "skill_id": "lift", "scope": "nowhere", "demand": 0.4, "rank": 1, "roles": ["welder"],
             "postings": 2, "vacancies": 2.0, "vacancies_low": 1.0, "vacancies_high": 3.0, "bundle_id": "one"},
        ],
        "unmet_bundles": [
            {"region": "ALL", "bundle_id": "one", "title_en": "Lift loads", "title_fr": "Lever des charges",
             "skills": ["weld", "lift"], "roles": ["welder"], "rank": 1, "postings": 2, "vacancies": 2.0, "hours": 20.0,
             "hours_low": 10.0, "hours_high": 30.0, "fits": True, "example_postings": ["p2", "p1"]},
        ],
        "credential_definition": [
            {"credential_id": "a", "trait": "short", "finding": "found", "evidence": "40 hours"},
            {"credential_id": "a", "trait": "stackable", "finding": "not_stated",
             "advice_en": "Say what it counts for.", "advice_fr": "Dites pour quoi il compte."},
        ],
        "credential_completeness": [
            {"credential_id": "a", "completeness": 0.5, "traits_found": 1, "verdict": "yes"},
            {"credential_id": "b", "completeness": 0.0, "verdict": "undecided"},
            {"credential_id": HOSTILE_ID, "completeness": 0.0, "verdict": "no"},
        ],
        "credential_value": [
            {"credential_id": "a", "region": "ALL", "roles_covered": 1, "open_roles": 1, "best_role_id": "welder",
             "vacancies": 4.0, "wage_median": 35.0, "wage_median_all": 32.0, "wage_ratio": 35 / 32, "currency": "CAD"},
        ],
    }  # fmt: skip
    return {name: filled(name, rows.get(name, [])) for name in TABLES}


def changes() -> pa.Table:
    return filled("changes", [
        {"credential_id": "a", "role_id": "welder", "kind": "both", "coverage_from": 0.48, "coverage_to": 0.58,
         "by_demand": 0.07, "by_credential": 0.03},
        {"credential_id": "gone", "role_id": "welder", "kind": "gone", "coverage_from": 0.2, "by_credential": -0.2},
    ])  # fmt: skip


def publish(
    folder: Path, leave_out: tuple[str, ...] = (), with_changes: bool = True, settings: dict[str, object] | None = None
) -> Lake:
    """A lake in which this snapshot is published: without the tables left out, under the settings that it records."""
    lake = Lake(folder)
    for name, table in tables().items():
        if name not in leave_out:
            lake.write_table(f"snapshots/{SNAPSHOT}/{name}.parquet", table)
    lake.write_json(f"snapshots/{SNAPSHOT}/{MANIFEST}", {
        "snapshot_id": SNAPSHOT, "inputs": {"as_of": "2026-01-31", "taxonomy_version": "starter 1"}, "rows": {},
        "settings": settings or {},
    })  # fmt: skip
    lake.write_json(LATEST, {"snapshot_id": SNAPSHOT, "previous": BEFORE, "published_at": "2026-02-01T00:00:00+00:00"})
    if with_changes:
        lake.write_table(f"changes/{BEFORE}..{SNAPSHOT}/changes.parquet", changes())
    return lake
