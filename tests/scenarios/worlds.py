"""A small industry made by hand, whose figures can be added up on paper: see "A group by hand" in docs/methods.md.

Of four postings, two are of mining: one by its NAICS code, one by its employer, whose name is written in another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from pipeline.scenarios import Bilingual, Scenario, Selection, Snapshot
from pipeline.settings import Settings, load_settings
from pipeline.tables import TABLES

AS_OF = date(2026, 6, 30)
Row = dict[str, Any]


def filled(name: str, rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """Rows of a table of the contract; what a row leaves out is empty, or nothing where it may not be empty."""
    blank = {pa.string(): "", pa.float64(): 0.0, pa.int64(): 0, pa.bool_(): False}
    table = TABLES[name]
    whole = [
        {c.name: row.get(c.name, None if c.nullable else [] if pa.types.is_list(c.type) else blank[c.type])
         for c in table.columns} for row in rows
    ]  # fmt: skip
    return table.conform(pa.Table.from_pylist(whole, schema=table.schema))


def posting(name: str, role: str | None, day: date | None, **more: object) -> Row:
    plain = {"posting_id": name, "role_id": role, "posted_on": day, "in_window": True, "weight": 1.0, "vacancies": 1,
             "vacancies_weighted": float(str(more.get("vacancies", 1)))}  # fmt: skip
    return plain | more


RECENT, BEFORE = date(2026, 6, 20), date(2026, 3, 20)
POSTINGS = [
    posting("a1", "miner", RECENT, industry_code="212220", industry_scheme="naics", vacancies=2, region="CA-ON"),
    posting("a2", "miner", BEFORE, employer="  mines ELAN ", region="CA-QC"),
    posting("b1", "cook", RECENT, industry_code="722511", industry_scheme="naics", region="CA-ON"),
    posting("b2", "cook", RECENT, industry_code="21.20Z", industry_scheme="naf", region="CA-ON"),
]
ASKED = {"a1": {"drill": 0.8, "safety": 0.5}, "a2": {"safety": 0.5}, "b1": {"safety": 0.5}, "b2": {}}
MINING = Selection(naics=("21",), employers=("Mines Élan",))


def tables(postings: Sequence[Mapping[str, object]] = POSTINGS) -> dict[str, pa.Table]:
    """The tables of a snapshot that answers need; those that are not here are empty."""
    skills = {"drill": "forer", "safety": "sécurité"}
    found = {name: rows.items() for name, rows in ASKED.items()}
    return {
        "skills": filled("skills", [{"skill_id": s, "label_en": s, "label_fr": fr, "sector": "mining"}
                                    for s, fr in skills.items()]),
        "roles": filled("roles", [
            {"role_id": "miner", "label_en": "miner", "label_fr": "mineur/mineuse", "noc_2021": "83100",
             "sector": "mining", "profiled": True},
            {"role_id": "cook", "label_en": "cook", "label_fr": "cuisinier/cuisinière", "noc_2021": "63200",
             "sector": "food", "profiled": True},
        ]),
        "postings": filled("postings", postings),
        "evidence": filled("evidence", [
            {"document_kind": "posting", "document_id": document, "skill_id": skill, "confidence": p,
             "level": "unstated"}
            for document, asked in found.items() for skill, p in asked
        ]),
        "credentials": filled("credentials", [
            {"credential_id": "course", "title_en": "=Drilling", "title_fr": "Forage", "hours": 20.0},
            {"credential_id": "talk", "title_fr": "Prudence"},
        ]),
        "credential_skills": filled("credential_skills", [
            {"credential_id": "course", "skill_id": "drill", "confidence": 0.9},
            {"credential_id": "course", "skill_id": "safety", "confidence": 0.5},
            {"credential_id": "talk", "skill_id": "safety", "confidence": 0.3},
        ]),
        "skill_similarity": filled("skill_similarity", [
            {"skill_id": s, "taught_skill_id": s, "similarity": 1.0} for s in skills
        ]),
        "role_skills": filled("role_skills", [
            {"role_id": "miner", "region": "ALL", "skill_id": "drill", "importance": 0.7},
            {"role_id": "miner", "region": "ALL", "skill_id": "safety", "importance": 0.3},
            {"role_id": "cook", "region": "ALL", "skill_id": "safety", "importance": 1.0},
        ]),
        "role_demand": filled("role_demand", [
            {"role_id": "miner", "region": "ALL", "postings": 2, "vacancies": 3, "wage_median": 40.0, "currency": "CAD",
             "no_degree_share": 0.8, "entry_experience_share": 0.6, "demand_index": 0.9},
            {"role_id": "cook", "region": "ALL", "postings": 2, "vacancies": 2, "wage_median": 44.0, "currency": "CAD",
             "no_degree_share": 0.8, "entry_experience_share": 0.2, "demand_index": 0.1},
            {"role_id": "miner", "region": "CA-ON", "suppressed": True, "currency": "CAD"},
        ]),
        "matches": filled("matches", [
            {"credential_id": "course", "role_id": "miner", "coverage": 0.6, "coverage_low": 0.5, "coverage_high": 0.7,
             "rank_in_role": 1},
            {"credential_id": "talk", "role_id": "miner", "coverage": 0.1, "rank_in_role": 2},
        ]),
        "transitions": filled("transitions", [
            {"from_role_id": "miner", "to_role_id": "cook", "region": "ALL", "gap": 0.4, "wage_from": 40.0,
             "wage_to": 44.0, "wage_change": 1.1, "stack": ["course"]},
            {"from_role_id": "cook", "to_role_id": "miner", "region": "ALL", "gap": 0.7, "wage_change": 0.9},
        ]),
        "unmet_demand": filled("unmet_demand", [
            {"region": region, "skill_id": "drill", "scope": "nowhere", "roles": ["cook", "miner"], "demand": 5.0,
             "postings": 3, "bundle_id": "b-1"} for region in ("ALL", "CA-ON")
        ]),
        "unmet_bundles": filled("unmet_bundles", [
            {"region": "ALL", "bundle_id": "b-1", "title_en": "drill", "title_fr": "forer", "skills": ["drill"],
             "roles": ["cook", "miner"], "vacancies": 5.0, "fits": True},
            {"region": "ALL", "bundle_id": "b-2", "title_en": "cook", "title_fr": "cuire", "skills": ["safety"],
             "roles": ["cook"], "vacancies": 5.0, "fits": True},
        ]),
    }  # fmt: skip


def snapshot(given: Mapping[str, pa.Table] | None = None) -> Snapshot:
    """A snapshot of these tables."""
    held = tables() if given is None else given

    def read(name: str, columns: Sequence[str]) -> pa.Table:
        return held.get(name, TABLES[name].schema.empty_table()).select(list(columns))

    return Snapshot("2026-06-30-made", AS_OF, frozenset(held), read)


def settings(**changes: dict[str, object]) -> Settings:
    """The defaults, save that nothing is too thin to count."""
    least: dict[str, dict[str, object]] = {
        "profile": {"min_postings": 1, "min_support": 0.0, "min_skills": 1}, "suppression": {"min_postings": 1},
        "matching": {"min_coverage": 0.0},
    }  # fmt: skip
    return load_settings(None, {name: least.get(name, {}) | changes.get(name, {}) for name in {*least, *changes}})


def scenario(*shows: str, **more: Any) -> Scenario:
    """A scenario about the mining of this world."""
    text = Bilingual(en="What does mining ask for?", fr="Que demandent les mines?")
    given: dict[str, Any] = {"name": "made", "title": text, "question": text, "shows": shows, "start": MINING}
    return Scenario(**given | more)
