"""What each role asks for: share, RCA and importance of its skills.

With v_d a posting's weight, p(d,s) the probability that it asks for skill s, and m(d,s) = preferred_weight where it
calls the skill an asset, else 1:
    share_raw(r,s) = sum of v_d p(d,s) m(d,s) / sum of v_d               over the role's postings
    share(r,s)     = (sum of v_d p(d,s) m(d,s) + k share(all,s)) / (sum of v_d + k),   k = prior_postings
    RCA(r,s)       = share(r,s) / share(all,s)                           Alabdulkareem et al. (2018)
    support(r,s)   = sum of p(d,s), the number of the role's postings that ask for s, as is to be expected
    w(r,s)         = share log2(1 + RCA), over skills with a support of min_support, scaled to add up to 1
Sums are exact decimals, so that no order of rows or threads can move a result.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.settings import ProfileSettings
from pipeline.sql import query
from pipeline.tables import ALL_REGIONS, ROLE_SKILLS

# m(d,s) p(d,s), of the rows of `evidence` under the name e; whatever weighs postings uses this one expression.
ASKED = "(e.confidence * CASE WHEN e.level = 'preferred' THEN $preferred_weight ELSE 1.0 END)"

COUNTED = ("role_id", "region", "weight", "in_window")

PROFILE_SQL = f"""
WITH counted AS (
    SELECT posting_id, role_id, region, weight::DECIMAL(18,9) AS weight FROM postings WHERE in_window AND weight > 0
),
placed AS (  -- every posting counts in all regions together, and in its own
    SELECT posting_id, role_id, weight, $all_regions AS region FROM counted
    UNION ALL
    SELECT posting_id, role_id, weight, region FROM counted WHERE region IS NOT NULL
),
asked AS (
    SELECT p.posting_id, p.role_id, p.region, e.skill_id,
           (p.weight::DOUBLE * {ASKED})::DECIMAL(18,9) AS mass, e.level = 'required' AS required,
           e.confidence::DECIMAL(18,9) AS confidence
    FROM placed p JOIN evidence e ON e.document_kind = 'posting' AND e.document_id = p.posting_id
),
region_total AS (SELECT region, sum(weight)::DOUBLE AS weight FROM placed GROUP BY region),
share_all AS (
    SELECT a.region, a.skill_id, sum(a.mass)::DOUBLE / any_value(t.weight) AS share_all
    FROM asked a JOIN region_total t USING (region) GROUP BY a.region, a.skill_id
),
role_total AS (
    SELECT role_id, region, count(*) AS postings, sum(weight)::DOUBLE AS weight
    FROM placed WHERE role_id IS NOT NULL
    GROUP BY role_id, region
    HAVING count(*) >= CASE WHEN region = $all_regions THEN $min_postings ELSE $region_min_postings END
),
shares AS (
    SELECT a.role_id, a.region, a.skill_id, count(*) AS postings,
           coalesce(round(
               (sum(a.mass) FILTER (a.required))::DOUBLE / nullif(sum(a.mass), 0)::DOUBLE, 9
           ), 0.0) AS required_share,
           least(round(sum(a.mass)::DOUBLE / any_value(t.weight), 9), 1.0) AS share_raw,
           least(round(
               (sum(a.mass)::DOUBLE + $prior * any_value(s.share_all)) / (any_value(t.weight) + $prior), 9
           ), 1.0) AS share,
           least(round(any_value(s.share_all), 9), 1.0) AS share_all
    FROM asked a
    JOIN role_total t USING (role_id, region)
    JOIN share_all s USING (region, skill_id)
    GROUP BY a.role_id, a.region, a.skill_id
    HAVING sum(a.confidence)::DOUBLE >= $min_support AND any_value(s.share_all) >= 0.000001
),
compared AS (SELECT *, round(share / share_all, 6) AS rca FROM shares),
raw AS (
    SELECT *, round(share * log2(1 + rca), 9)::DECIMAL(18,9) AS raw,
           row_number() OVER (PARTITION BY role_id, region ORDER BY share * log2(1 + rca) DESC, skill_id) AS rank
    FROM compared
),
kept AS (  -- a role of which hardly a skill is known would be covered by anything that teaches it
    SELECT * FROM raw WHERE rank <= $max_skills AND raw > 0
    QUALIFY count(*) OVER (PARTITION BY role_id, region) >= $min_skills
),
scaled AS (  -- in billionths, rounded down; what is lost by that goes to the first skill: the sum is exactly 1
    SELECT *, floor(1e9 * raw::DOUBLE / (sum(raw) OVER (PARTITION BY role_id, region))::DOUBLE)::BIGINT AS part
    FROM kept
)
SELECT role_id, region, skill_id, postings, required_share, share_raw, share, share_all, rca, rank,
       (part + CASE WHEN rank = 1 THEN 1000000000 - sum(part) OVER (PARTITION BY role_id, region) ELSE 0 END) / 1e9
           AS importance
FROM scaled
"""


def role_profiles(
    postings: pa.Table, evidence: pa.Table, settings: ProfileSettings, region_min_postings: int
) -> pa.Table:
    """Profiles of the roles that have enough postings, over all regions and in each region.

    Args:
        postings: posting_id, role_id, region, weight, in_window, as `weigh_postings` gives them.
        evidence: document_kind, document_id, skill_id, confidence, level.
        settings: minima, the pseudo-count, the weight of assets and the number of skills kept.
        region_min_postings: postings of a role in a region below which it has no profile there.

    Returns:
        `tables.ROLE_SKILLS`; importance adds up to 1 within a role and region.
    """
    skills = _held(evidence["skill_id"]).dictionary.sort()
    numbers = pa.array(np.arange(postings.num_rows))
    asked = {
        "document_id": _numbers(evidence["document_id"], postings["posting_id"].combine_chunks()),
        "skill_id": _numbers(evidence["skill_id"], skills),
    }
    rows = query(
        PROFILE_SQL,
        {
            "postings": pa.table({"posting_id": numbers} | {name: postings[name] for name in COUNTED}),
            "evidence": pa.table(asked | {name: evidence[name] for name in ("document_kind", "confidence", "level")}),
        },
        {
            "all_regions": ALL_REGIONS,
            "min_postings": settings.min_postings,
            "region_min_postings": region_min_postings,
            "prior": settings.prior_postings,
            "preferred_weight": settings.preferred_weight,
            "min_support": settings.min_support,
            "max_skills": settings.max_skills,
            "min_skills": settings.min_skills,
        },
    )
    place = rows.schema.get_field_index("skill_id")
    return ROLE_SKILLS.conform(rows.set_column(place, "skill_id", skills.take(rows["skill_id"].combine_chunks())))


def _numbers(column: pa.ChunkedArray, strings: pa.Array) -> pa.Array:
    """The place of each of a column's strings among others, null for what is not there.

    Numbers are joined and counted in half the time; where the others are sorted, they sort as the strings do.
    """
    held = _held(column)
    return pc.index_in(held.dictionary, strings).take(held.indices)


def _held(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Strings in one dictionary."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return coded.unify_dictionaries().combine_chunks()
