"""Skills that employers ask for and no credential within reach teaches.

    demand(s,g) = sum over roles r of vacancies(r,g) w(r,g,s)         roles with w at least [unmet] min_importance
    taught(s,g) = max over credentials c within reach of g, and t taught by c, of p(c,t) sim(s,t)
A skill is unmet in a region where taught(s,g) is below [unmet] min_taught and enough postings ask for it. Within reach
of a region are credentials of that region, those that are delivered online, and those whose region is not known; within
reach of all regions together (ALL) is every credential. Attitudes are left out: no course teaches them.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.behind import postings_behind
from pipeline.answers.bundles import bundle_rows
from pipeline.answers.catalogue import PLACE
from pipeline.answers.estimates import figures
from pipeline.answers.market import Market
from pipeline.matching import ALL_REGIONS, Ints
from pipeline.sql import query
from pipeline.tables import UNMET_BUNDLES, UNMET_DEMAND

ANYWHERE = ""  # the region of a credential that can be taken from everywhere

# Who teaches a skill best, in each region that a credential can be tied to, and from anywhere.
TAUGHT_SQL = f"""
WITH placed AS (
    SELECT credential_id, coalesce({PLACE}, $anywhere) AS region FROM credentials
)
SELECT p.region, s.asked AS skill_id, c.credential_id, round(c.confidence * s.similarity, 9) AS taught
FROM credential_skills c
JOIN placed p USING (credential_id)
JOIN similarity s ON s.taught = c.skill_id
QUALIFY row_number() OVER (
    PARTITION BY p.region, s.asked ORDER BY round(c.confidence * s.similarity, 9) DESC, c.credential_id
) = 1
"""

# What each role's vacancies ask for, by importance; a cell is a skill in a region.
WANTED_SQL = """
SELECT r.region, r.skill_id, r.role_id, (d.vacancies * r.importance)::DECIMAL(18,9) AS demand,
       round(d.vacancies * r.importance, 9) AS weight,
       dense_rank() OVER (ORDER BY r.region, r.skill_id) - 1 AS cell
FROM role_skills r JOIN role_demand d USING (role_id, region)
WHERE r.importance >= $min_importance AND d.vacancies > 0 AND r.skill_id NOT IN (SELECT skill_id FROM attitudes)
ORDER BY cell, r.role_id
"""

UNMET_SQL = """
WITH demanded AS (
    SELECT cell, region, skill_id, sum(demand) AS demand, list(role_id ORDER BY demand DESC, role_id) AS roles
    FROM wanted GROUP BY cell, region, skill_id
),
reached AS (  -- the best credential within reach of each region that asks
    SELECT d.cell, t.credential_id, t.taught
    FROM demanded d JOIN taught t
      ON t.skill_id = d.skill_id AND (d.region = $all_regions OR t.region IN (d.region, $anywhere))
    QUALIFY row_number() OVER (PARTITION BY d.cell ORDER BY t.taught DESC, t.credential_id) = 1
),
best AS (SELECT skill_id, max(taught) AS taught FROM taught GROUP BY skill_id)
SELECT cell, d.region, skill_id, d.demand::DOUBLE AS demand, d.roles, a.postings, coalesce(r.taught, 0.0) AS taught,
       r.credential_id AS nearest_credential_id,
       CASE WHEN coalesce(b.taught, 0.0) >= $min_taught THEN 'not_in_region' ELSE 'nowhere' END AS scope,
       row_number() OVER (PARTITION BY d.region ORDER BY d.demand DESC, skill_id) AS rank
FROM demanded d
JOIN asking a USING (cell)
LEFT JOIN reached r USING (cell)
LEFT JOIN best b USING (skill_id)
WHERE coalesce(r.taught, 0.0) < $min_taught AND a.postings >= $min_postings
ORDER BY cell
"""

POPULATION_SQL = """
SELECT $all_regions AS region, count(*) AS postings FROM postings WHERE in_window
UNION ALL
SELECT region, count(*) FROM postings WHERE in_window AND region IS NOT NULL GROUP BY region
"""


def unmet_tables(market: Market) -> dict[str, pa.Table]:
    """`tables.UNMET_DEMAND` and `tables.UNMET_BUNDLES`, by name.

    Args:
        market: profiles, demand, what credentials teach, postings, evidence and settings.
    """
    wanted = _wanted(market)
    behind = postings_behind(wanted, market.postings, market.evidence)
    unmet = _unmet_skills(market, wanted, np.diff(behind.starts))
    behind = behind.take(unmet["cell"].to_numpy())
    population = {
        row["region"]: row["postings"]
        for row in query(POPULATION_SQL, {"postings": market.postings}, {"all_regions": ALL_REGIONS}).to_pylist()
    }
    rows, settings = unmet.to_pylist(), market.settings
    told = figures(
        behind.asking, behind.starts, [population[row["region"]] for row in rows],
        settings.unmet.min_postings, settings.matching.interval,
    )  # fmt: skip
    rows = [row | each for row, each in zip(rows, told, strict=True)]
    bundles = bundle_rows(rows, behind, wanted, population, market)
    bundle_of = {(b["region"], skill): b["bundle_id"] for b in bundles for skill in cast(list[str], b["skills"])}
    rows = [row | {"bundle_id": bundle_of[row["region"], row["skill_id"]]} for row in rows]
    return {
        UNMET_DEMAND.name: UNMET_DEMAND.conform(pa.Table.from_pylist(rows, schema=UNMET_DEMAND.schema)),
        UNMET_BUNDLES.name: UNMET_BUNDLES.conform(pa.Table.from_pylist(bundles, schema=UNMET_BUNDLES.schema)),
    }


def _wanted(market: Market) -> pa.Table:
    """What roles ask for, sorted by cell and role: region, skill_id, role_id, demand, weight, cell."""
    skills = market.taxonomy.skills
    return query(
        WANTED_SQL,
        {
            "role_skills": market.role_skills,
            "role_demand": market.role_demand,
            "attitudes": skills.filter(pc.equal(skills["kind"], "attitude")).select(["skill_id"]),
        },
        {"min_importance": market.settings.unmet.min_importance},
    )


def _unmet_skills(market: Market, wanted: pa.Table, asking: Ints) -> pa.Table:
    """The unmet skills with their roles and what comes nearest to teaching them, sorted by region and skill.

    Args:
        market: what is taught, and settings.
        wanted: as `_wanted` gives it.
        asking: postings that ask, by cell.
    """
    given = {
        "credentials": market.credentials.select(["credential_id", "region", "delivery_mode"]),
        "credential_skills": market.credential_skills,
        "similarity": market.similarity,
        "wanted": wanted,
        "asking": pa.table({"cell": np.arange(len(asking)), "postings": asking}),
    }
    given["taught"] = query(TAUGHT_SQL, given, {"anywhere": ANYWHERE})
    settings = market.settings.unmet
    return query(
        UNMET_SQL,
        given,
        {
            "all_regions": ALL_REGIONS,
            "anywhere": ANYWHERE,
            "min_taught": settings.min_taught,
            "min_postings": settings.min_postings,
        },
    )
