"""Official statistics joined to roles by their occupation codes, and postings weighted to official counts.

A stratum is an occupation code in a region of the official counts; the postings of the code that fall in none of these
regions are the stratum of the rest, whose count is the national one less the regions'.
    u(d)   = vacancies(d) x factor(stratum)
    factor = official vacancies / advertised vacancies of the stratum, within [ratio / b, ratio x b]
    ratio  = the same over all strata with a count and a posting; b = max_weight_ratio
Post-stratification: Holt & Smith (1979); bounding the weights trades bias for variance: Potter (1990). A posting whose
role has no official count takes `ratio`, so that all stand on one scale.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest import OfficialTables
from pipeline.settings import DemandSettings
from pipeline.sql import query
from pipeline.tables import ALL_REGIONS

CODED = """coded AS (
    SELECT occupation_id AS role_id, 'noc_2021' AS scheme, noc_2021 AS code FROM occupations
    UNION ALL SELECT occupation_id, 'isco_08', isco_08 FROM occupations
)"""

FACTOR_SQL = f"""
WITH {CODED},
counts AS (SELECT scheme, code, region, vacancies::DECIMAL(18,3) AS vacancies FROM vacancies),
official_regions AS (SELECT * FROM counts WHERE region <> $all_regions),
rest AS (  -- none where the regions use the nation up: what names no region is then somewhere in them
    SELECT n.scheme, n.code, n.region, n.vacancies - coalesce(sum(r.vacancies), 0) AS vacancies
    FROM counts n LEFT JOIN official_regions r USING (scheme, code)
    WHERE n.region = $all_regions GROUP BY n.scheme, n.code, n.region, n.vacancies
    HAVING n.vacancies > coalesce(sum(r.vacancies), 0) OR count(r.code) = 0
),
strata AS (SELECT * FROM official_regions UNION ALL SELECT * FROM rest),
placed AS (  -- a posting in its own region's stratum, else in the rest of its code
    SELECT p.posting_id, p.vacancies AS advertised, s.scheme, s.code, s.region, s.vacancies
    FROM postings p JOIN coded c USING (role_id) JOIN strata s ON s.scheme = c.scheme AND s.code = c.code
    WHERE p.in_window AND s.region IN (p.region, $all_regions)
    QUALIFY row_number() OVER (PARTITION BY p.posting_id ORDER BY s.region = $all_regions) = 1
),
factors AS (
    SELECT scheme, code, region, vacancies, sum(advertised)::DOUBLE AS advertised,
           vacancies::DOUBLE / sum(advertised)::DOUBLE AS factor
    FROM placed GROUP BY scheme, code, region, vacancies
),
overall AS (SELECT sum(vacancies)::DOUBLE / sum(advertised) AS ratio FROM factors)
SELECT posting_id, least(greatest(f.factor, o.ratio / $bound), o.ratio * $bound) AS factor
FROM placed JOIN factors f USING (scheme, code, region), overall o
WHERE o.ratio > 0
UNION ALL
SELECT NULL, ratio FROM overall WHERE ratio > 0
"""

WEIGH_SQL = """
SELECT p.*, f.factor IS NOT NULL AS official,
       CASE WHEN p.in_window
            THEN round(p.vacancies * coalesce(f.factor, (SELECT factor FROM factors WHERE posting_id IS NULL), 1.0), 9)
            ELSE 0.0 END AS vacancies_weighted
FROM postings p LEFT JOIN factors f USING (posting_id)
ORDER BY p.posting_id
"""

FIGURES_SQL = f"""
WITH {CODED},
converted AS (
    SELECT w.scheme, w.code, w.region, round(w.low * r.rate, 4) AS official_wage_low,
           round(w.median * r.rate, 4) AS official_wage_median, round(w.high * r.rate, 4) AS official_wage_high
    FROM wages w JOIN rates r ON r.currency = coalesce(w.currency, $currency)
),
places AS (
    SELECT scheme, code, region FROM converted
    UNION SELECT scheme, code, region FROM outlooks
    UNION SELECT scheme, code, region FROM vacancies
)
-- Each kind of figure has one scheme, so a role has at most one of each; two kinds may have different schemes.
SELECT c.role_id, p.region, any_value(v.vacancies) AS official_vacancies,
       any_value(w.official_wage_low) AS official_wage_low, any_value(w.official_wage_median) AS official_wage_median,
       any_value(w.official_wage_high) AS official_wage_high, any_value(o.outlook) AS official_outlook,
       any_value(o.growth) AS official_growth
FROM coded c JOIN places p USING (scheme, code)
LEFT JOIN vacancies v USING (scheme, code, region)
LEFT JOIN converted w USING (scheme, code, region)
LEFT JOIN outlooks o USING (scheme, code, region)
GROUP BY c.role_id, p.region
ORDER BY c.role_id, p.region
"""


def weigh_to_official(
    postings: pa.Table, occupations: pa.Table, official: OfficialTables, max_weight_ratio: float
) -> pa.Table:
    """Says how many vacancies each posting stands for.

    Args:
        postings: as `weigh_postings` gives them.
        occupations: occupation_id, noc_2021, isco_08.
        official: the counts, in `vacancies`; without any, a posting stands for the vacancies that it advertises.
        max_weight_ratio: how many times the overall ratio, up or down, a stratum's factor may be.

    Returns:
        `postings` with vacancies_weighted (0 outside the window) and official (whether its stratum has a count).
    """
    if not official.vacancies.num_rows:
        return _as_advertised(postings)
    factors = query(
        FACTOR_SQL,
        {"postings": postings, "occupations": occupations, "vacancies": official.vacancies},
        {"all_regions": ALL_REGIONS, "bound": max_weight_ratio},
    )
    return query(WEIGH_SQL, {"postings": postings, "factors": factors})


def _as_advertised(postings: pa.Table) -> pa.Table:
    """What `WEIGH_SQL` gives without a factor."""
    ordered = postings.sort_by("posting_id")
    weighted = pc.if_else(ordered["in_window"], pc.round(ordered["vacancies"].cast(pa.float64()), 9), 0.0)
    no = pa.repeat(pa.scalar(False), ordered.num_rows)
    return ordered.append_column("official", no).append_column("vacancies_weighted", weighted)


def official_figures(occupations: pa.Table, official: OfficialTables, demand: DemandSettings) -> pa.Table:
    """Official figures of roles, each where its source has it: a national one says nothing of a region.

    Args:
        occupations: occupation_id, noc_2021, isco_08.
        official: wages, outlooks and counts by occupation code.
        demand: the currency and its rates; a wage in a currency without a rate is left out.

    Returns:
        role_id, region and the columns of `tables.ROLE_DEMAND` that begin with official_.
    """
    rates = pa.table({
        "currency": list(demand.rates), "rate": pa.array(demand.rates.values(), pa.float64()),
    })  # fmt: skip
    tables = {
        "occupations": occupations, "rates": rates, "wages": official.wages, "outlooks": official.outlooks,
        "vacancies": official.vacancies,
    }  # fmt: skip
    return query(FIGURES_SQL, tables, {"currency": demand.currency})
