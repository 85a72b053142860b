"""Demand for each role: vacancies, growth, wages, how open it is, and the composite index.

growth(r,g)       = ln((recent + k) / (before + k)), vacancies of two adjoining windows, k = growth_prior
demand_index(r,g) = weighted mean of the percentile ranks (among the region's roles) of vacancies, growth and median
wage; a role without a stated wage is ranked on the other two
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from pipeline.matching.profiles import ALL_REGIONS
from pipeline.settings import DemandSettings
from pipeline.sql import query
from pipeline.tables import ROLE_DEMAND

# What counts as a degree in `no_degree_share`.
DEGREES = ("bachelor", "master", "doctorate")
ENTRY_MONTHS = 12

DEMAND_SQL = """
WITH counted AS (
    SELECT *, date_diff('day', posted_on, $as_of::DATE) AS age,
           coalesce((wage_low + wage_high) / 2, wage_low, wage_high) AS wage
    FROM postings WHERE in_window AND role_id IS NOT NULL
),
placed AS (
    SELECT * REPLACE ($all_regions AS region) FROM counted
    UNION ALL
    SELECT * FROM counted WHERE region IS NOT NULL
),
measured AS (
    SELECT role_id, region, count(*) AS postings, count(DISTINCT employer) AS employers,
           sum(vacancies)::BIGINT AS vacancies,
           coalesce(sum(vacancies) FILTER (age < $window), 0)::BIGINT AS vacancies_recent,
           coalesce(sum(vacancies) FILTER (age >= $window AND age < 2 * $window), 0)::BIGINT AS vacancies_before,
           count(wage) AS wage_postings,
           round(quantile_cont(wage, 0.25), 4) AS wage_q1, round(quantile_cont(wage, 0.5), 4) AS wage_median,
           round(quantile_cont(wage, 0.75), 4) AS wage_q3,
           count(*) FILTER (education IS NOT NULL) AS with_education,
           count(*) FILTER (education IS NOT NULL AND NOT list_contains($degrees, education)) AS no_degree,
           count(*) FILTER (experience_months IS NOT NULL) AS with_experience,
           count(*) FILTER (experience_months <= $entry_months) AS entry
    FROM placed GROUP BY role_id, region
    HAVING region = $all_regions OR count(*) >= $region_min_postings
),
grown AS (
    SELECT *, round(ln((vacancies_recent + $prior) / (vacancies_before + $prior)), 9) AS growth FROM measured
),
ranked AS (
    SELECT *, percent_rank() OVER (PARTITION BY region ORDER BY vacancies) AS vacancies_rank,
           percent_rank() OVER (PARTITION BY region ORDER BY growth) AS growth_rank,
           CASE WHEN wage_median IS NULL THEN NULL
                ELSE percent_rank() OVER (PARTITION BY region, wage_median IS NULL ORDER BY wage_median)
           END AS wage_rank
    FROM grown
)
SELECT * EXCLUDE (vacancies_rank, growth_rank, wage_rank), $currency AS currency,
       CASE WHEN with_education > 0 THEN round(no_degree / with_education, 9) END AS no_degree_share,
       CASE WHEN with_experience > 0 THEN round(entry / with_experience, 9) END AS entry_experience_share,
       round(
           ($w_vacancies * vacancies_rank + $w_growth * growth_rank + coalesce($w_wage * wage_rank, 0.0))
           / greatest($w_vacancies + $w_growth + CASE WHEN wage_rank IS NULL THEN 0.0 ELSE $w_wage END, 1e-9), 9
       ) AS demand_index
FROM ranked
"""


def role_demand(postings: pa.Table, as_of: date, settings: DemandSettings) -> pa.Table:
    """Demand for every role with a posting in the window, over all regions and in each well-populated region.

    Args:
        postings: as `weigh_postings` gives them, wages already hourly in `settings.currency`.
        as_of: the day at which the last growth window ends.
        settings: windows, pseudo-count and weights.

    Returns:
        `tables.ROLE_DEMAND`.
    """
    rows = query(
        DEMAND_SQL,
        {"postings": postings},
        {
            "as_of": as_of.isoformat(),
            "window": settings.window_days,
            "prior": settings.growth_prior,
            "region_min_postings": settings.region_min_postings,
            "currency": settings.currency,
            "all_regions": ALL_REGIONS,
            "degrees": list(DEGREES),
            "entry_months": ENTRY_MONTHS,
            "w_vacancies": settings.weights.vacancies,
            "w_growth": settings.weights.growth,
            "w_wage": settings.weights.wage,
        },
    )
    return ROLE_DEMAND.conform(rows)
