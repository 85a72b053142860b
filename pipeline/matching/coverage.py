"""How far each credential covers each role, and the sum behind it.

    credit(c,s)   = max over t taught by c of p(c,t) sim(s,t)
    coverage(c,r) = sum over s asked by r of w(r,s) credit(c,s)
    relevance(c,r) = sum over t of p(c,t) max over s asked by r of sim(s,t), divided by sum over t of p(c,t)
    distinctive_coverage(c,r) = as coverage, with weights proportional to log2(1 + RCA(r,s))
    required_coverage(c,r)    = as coverage, with weights proportional to w(r,s) required_share(r,s)
Contributions are whole billionths: those of a match add up to its coverage to the last digit. Weights of each kind add
up to exactly 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.arrays import distinct
from pipeline.matching.cells import ONE, Floats, Ints, product
from pipeline.matching.grid import Credit, Grid, best_credit, grid
from pipeline.matching.intervals import Asked, Postings, bounds
from pipeline.matching.ranking import Pairs, ranked_pairs
from pipeline.settings import MatchingSettings, ProfileSettings
from pipeline.sql import query
from pipeline.tables import ALL_REGIONS, MATCH_SKILLS, MATCHES

PAIRS_AT_ONCE = 1 << 18
STATUSES = ("missing", "partial", "covered")

DEMAND_COLUMNS = ("vacancies", "growth", "wage_median", "demand_index", "no_degree_share", "entry_experience_share")
DEMAND_SQL = f"""
SELECT m.*, {", ".join(f"d.{name}" for name in DEMAND_COLUMNS)}
FROM matched m LEFT JOIN role_demand d ON d.role_id = m.role_id AND d.region = $region
"""


@dataclass(frozen=True)
class Matched:
    """`tables.MATCHES` and `tables.MATCH_SKILLS`, and the postings behind their intervals, with what was drawn."""

    matches: pa.Table
    match_skills: pa.Table
    behind: Postings


def match(
    credential_skills: pa.Table,
    role_skills: pa.Table,
    similarity: pa.Table,
    postings: pa.Table,
    evidence: pa.Table,
    role_demand: pa.Table,
    settings: MatchingSettings,
    profile: ProfileSettings,
) -> Matched:
    """Scores every credential against every profiled role, all regions together.

    Args:
        credential_skills: credential_id, skill_id, confidence.
        role_skills: `tables.ROLE_SKILLS`; only the rows of all regions together are used.
        similarity: asked, taught, similarity.
        postings: posting_id, role_id, weight, in_window: what the intervals are drawn from.
        evidence: document_kind, document_id, skill_id, confidence, level.
        role_demand: `tables.ROLE_DEMAND`; only the rows of all regions together are used.
        settings: thresholds, draws and interval.
        profile: the profiles' pseudo-count and weight of assets, which the draws must share.

    Returns:
        The published matches, for each the rows that add up to it (with its strings in dictionaries), and the postings
        behind their intervals.
    """
    asked = query(
        "SELECT * FROM role_skills WHERE region = $region ORDER BY role_id, skill_id",
        {"role_skills": role_skills},
        {"region": ALL_REGIONS},
    )
    known = grid(credential_skills, asked, similarity)
    credit = best_credit(known)
    pairs = ranked_pairs(known, credit, settings)
    behind = Postings(known, asked, postings, Asked(known, postings, evidence, profile), profile, keep=True)
    measured = _measured(pairs, known, credit, asked, behind, settings)
    blocks = [
        _sums(pairs.take(np.arange(start, min(start + PAIRS_AT_ONCE, len(pairs.role)))), known, credit)
        for start in range(0, len(pairs.role), PAIRS_AT_ONCE)
    ]
    skills = pa.concat_tables(blocks) if blocks else MATCH_SKILLS.schema.empty_table()
    matched = pa.table({
        "credential_id": known.credentials.take(pa.array(pairs.credential)),
        "role_id": known.roles.take(pa.array(pairs.role)),
        "coverage": pairs.coverage / ONE,
        "relevance": pairs.relevance / ONE,
        "rank_in_role": pairs.rank_in_role,
        "rank_in_credential": pairs.rank_in_credential,
        **measured,
    })  # fmt: skip
    matches = query(DEMAND_SQL, {"matched": matched, "role_demand": role_demand}, {"region": ALL_REGIONS})
    return Matched(MATCHES.conform(matches), MATCH_SKILLS.conform(skills, in_order=True), behind)


def _measured(
    pairs: Pairs, known: Grid, credit: Credit, asked: pa.Table, postings: Postings, settings: MatchingSettings
) -> dict[str, pa.Array]:
    """What is told of each match besides coverage, relevance and ranks: columns in the order of the pairs."""
    weights = {
        "distinctive_coverage": np.log2(1 + asked["rca"].to_numpy()),
        "required_coverage": asked["importance"].to_numpy() * asked["required_share"].to_numpy(),
    }
    columns = {name: np.full(len(pairs.role), np.nan) for name in (*weights, "coverage_low", "coverage_high")}
    counts = {name: np.zeros(len(pairs.role), dtype=np.int64) for name in STATUSES}
    by_role = np.argsort(pairs.role, kind="stable")
    edges = np.searchsorted(pairs.role[by_role], np.arange(len(known.roles) + 1))
    for role in distinct(pairs.role).tolist():
        rows = by_role[edges[role] : edges[role + 1]]
        skills = slice(known.asked.starts[role], known.asked.starts[role + 1])
        earned, similarity = _dense(pairs.credential[rows], known.asked.columns[skills], credit, len(known.skills))
        for name, values in weights.items():
            columns[name][rows] = _weighted(earned, values[skills])
        columns["coverage_low"][rows], columns["coverage_high"][rows] = bounds(
            postings.importance(role, settings.draws), earned, pairs.coverage[rows], settings
        )
        counts["covered"][rows] = (similarity == ONE).sum(axis=1)
        counts["missing"][rows] = (similarity == 0).sum(axis=1)
        counts["partial"][rows] = ((similarity > 0) & (similarity < ONE)).sum(axis=1)
    return {name: pa.array(values, from_pandas=True) for name, values in columns.items()} | {
        f"skills_{name}": pa.array(values) for name, values in counts.items()
    }


def _dense(credentials: Ints, skills: Ints, credit: Credit, width: int) -> tuple[Ints, Ints]:
    """Credit and similarity of each credential towards each skill: two arrays (credentials, skills)."""
    place = np.full(width, -1)
    place[skills] = np.arange(len(skills))
    owner, position = credit.cells.select(credentials)
    column = place[credit.cells.columns[position]]
    kept = column >= 0
    earned, similarity = np.zeros((2, len(credentials), len(skills)), dtype=np.int64)
    earned[owner[kept], column[kept]] = credit.cells.values[position][kept]
    similarity[owner[kept], column[kept]] = credit.similarity[position][kept]
    return earned, similarity


def _weighted(earned: Ints, weights: Floats) -> Floats:
    """The mean of what each row earns, rounded to billionths; NaN where nothing weighs anything."""
    if not weights.sum() > 0:
        return np.full(len(earned), np.nan)
    parts = np.floor(weights / weights.sum() * ONE).astype(np.int64)
    parts[np.argmax(parts)] += ONE - parts.sum()  # what rounding leaves over goes to the heaviest: they add up to 1
    return np.asarray((earned @ parts + ONE // 2) // ONE / ONE)


def _sums(pairs: Pairs, known: Grid, credit: Credit) -> pa.Table:
    """`tables.MATCH_SKILLS` of some pairs, in their order: a row for each skill that the role asks for."""
    owner, place = known.asked.select(pairs.role)
    credential, skill, importance = pairs.credential[owner], known.asked.columns[place], known.asked.values[place]
    width = len(known.skills)
    first, last = credit.cells.starts[pairs.credential.min()], credit.cells.starts[pairs.credential.max() + 1]
    keys = credit.cells.rows[first:last] * width + credit.cells.columns[first:last]
    wanted = credential * width + skill
    cell = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found, cell = keys[cell] == wanted, cell + first
    taught = np.where(found, credit.taught[cell], -1)
    similarity = np.where(found, credit.similarity[cell], 0)
    contribution = np.where(found, product(importance, credit.cells.values[cell]), 0)
    status = np.where(found, np.where(similarity == ONE, 2, 1), 0)
    return pa.table({
        "credential_id": _coded(credential, known.credentials),
        "role_id": _coded(pairs.role[owner], known.roles),
        "skill_id": _coded(skill, known.skills),
        "importance": importance / ONE,
        "taught_skill_id": _coded(taught, known.skills, ~found),
        "similarity": similarity / ONE,
        "confidence": known.confidence(credential, taught) / ONE,
        "contribution": contribution / ONE,
        "status": _coded(status, pa.array(STATUSES)),
    })  # fmt: skip


def _coded(values: Ints, ids: pa.Array, absent: npt.NDArray[np.bool_] | None = None) -> pa.DictionaryArray:
    """Strings by their codes: a match has dozens of rows, and ids of taxonomies are long."""
    return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int32), mask=absent), ids)
