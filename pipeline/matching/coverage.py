"""How far each credential covers each role, and the sum behind it.

    credit(c,s)   = max over t taught by c of p(c,t) sim(s,t)
    coverage(c,r) = sum over s asked by r of w(r,s) credit(c,s)
    relevance(c,r) = sum over t of p(c,t) max over s asked by r of sim(s,t), divided by sum over t of p(c,t)
Contributions are exact decimals of nine places: those of a match add up to its coverage to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from pipeline.matching.intervals import coverage_intervals
from pipeline.matching.profiles import ALL_REGIONS
from pipeline.settings import MatchingSettings, ProfileSettings
from pipeline.sql import query
from pipeline.tables import MATCH_SKILLS, MATCHES

CREDIT_SQL = """
SELECT c.credential_id, s.asked AS skill_id, c.skill_id AS taught_skill_id, c.confidence, s.similarity,
       c.confidence * s.similarity AS credit
FROM credential_skills c JOIN similarity s ON s.taught = c.skill_id
QUALIFY row_number() OVER (
    PARTITION BY c.credential_id, s.asked
    ORDER BY c.confidence * s.similarity DESC, s.similarity DESC, c.skill_id
) = 1
ORDER BY c.credential_id, skill_id
"""

MATCH_SQL = """
WITH summed AS (
    SELECT k.credential_id, r.role_id,
           sum((r.importance * k.credit)::DECIMAL(18,9)) AS coverage,
           count(*) FILTER (k.similarity = 1) AS skills_covered,
           count(*) FILTER (k.similarity < 1) AS skills_partial
    FROM credit k JOIN role_skills r USING (skill_id)
    GROUP BY k.credential_id, r.role_id
),
asked AS (SELECT role_id, count(*) AS skills FROM role_skills GROUP BY role_id),
taught AS (
    SELECT credential_id, sum(confidence::DECIMAL(18,9)) AS mass FROM credential_skills GROUP BY credential_id
),
fitting AS (  -- of what a credential teaches, how far each skill serves each role
    SELECT c.credential_id, r.role_id, c.skill_id, max(c.confidence * s.similarity)::DECIMAL(18,9) AS mass
    FROM credential_skills c
    JOIN similarity s ON s.taught = c.skill_id
    JOIN role_skills r ON r.skill_id = s.asked
    GROUP BY c.credential_id, r.role_id, c.skill_id
),
relevant AS (
    SELECT f.credential_id, f.role_id, sum(f.mass)::DOUBLE / any_value(t.mass)::DOUBLE AS relevance
    FROM fitting f JOIN taught t USING (credential_id) GROUP BY f.credential_id, f.role_id
)
SELECT s.credential_id, s.role_id, least(s.coverage::DOUBLE, 1.0) AS coverage,
       least(round(v.relevance, 9), 1.0) AS relevance, s.skills_covered, s.skills_partial,
       a.skills - s.skills_covered - s.skills_partial AS skills_missing
FROM summed s
JOIN asked a USING (role_id)
JOIN relevant v USING (credential_id, role_id)
WHERE s.coverage >= $min_coverage
ORDER BY s.credential_id, s.role_id
"""

RANK_SQL = """
SELECT *, row_number() OVER (PARTITION BY role_id ORDER BY coverage DESC, relevance DESC, credential_id)
           AS rank_in_role,
       row_number() OVER (PARTITION BY credential_id ORDER BY coverage DESC, relevance DESC, role_id)
           AS rank_in_credential
FROM matched
"""

SKILLS_SQL = """
SELECT m.credential_id, m.role_id, r.skill_id, r.importance, k.taught_skill_id,
       coalesce(k.similarity, 0) AS similarity, coalesce(k.confidence, 0) AS confidence,
       coalesce((r.importance * k.credit)::DECIMAL(18,9), 0)::DOUBLE AS contribution,
       CASE WHEN k.similarity = 1 THEN 'covered' WHEN k.similarity IS NOT NULL THEN 'partial' ELSE 'missing' END
           AS status
FROM matches m
JOIN role_skills r USING (role_id)
LEFT JOIN credit k ON k.credential_id = m.credential_id AND k.skill_id = r.skill_id
"""


@dataclass(frozen=True)
class Matched:
    """`tables.MATCHES` and `tables.MATCH_SKILLS`."""

    matches: pa.Table
    match_skills: pa.Table


def match(
    credential_skills: pa.Table,
    role_skills: pa.Table,
    similarity: pa.Table,
    postings: pa.Table,
    evidence: pa.Table,
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
        settings: floor, draws and interval.
        profile: the profiles' pseudo-count and weight of assets, which the draws must share.

    Returns:
        The matches that cover at least `min_coverage`, and for each the rows that add up to it.
    """
    asked = query(
        "SELECT * FROM role_skills WHERE region = $region ORDER BY role_id, skill_id",
        {"role_skills": role_skills},
        {"region": ALL_REGIONS},
    )
    given = {"credential_skills": credential_skills, "similarity": similarity, "role_skills": asked}
    given["credit"] = query(CREDIT_SQL, given)
    scored = query(MATCH_SQL, given, {"min_coverage": settings.min_coverage})
    bounded = coverage_intervals(scored, asked, given["credit"], postings, evidence, settings, profile)
    matches = MATCHES.conform(query(RANK_SQL, {"matched": bounded}))
    skills = MATCH_SKILLS.conform(query(SKILLS_SQL, given | {"matches": matches}))
    return Matched(matches, skills)
