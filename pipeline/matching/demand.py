"""Demand for each role: vacancies, growth, wages, how open it is, and the composite index.

growth(r,g)       = ln((recent + k) / (before + k)), vacancies of two adjoining windows, k = growth_prior
interval          = growth -+ z sqrt(f / (recent + k) + f / (before + k)): the log ratio of two Poisson rates, its
                    variance by the delta method, f times as large since vacancies come in batches (McCullagh & Nelder,
                    1989, ch. 6); f = sum of v^2 / sum of v over the postings of both windows
share of postings = Wilson's score interval (1927), as Brown, Cai & DasGupta (2001) advise for few postings
demand_index(r,g) = weighted mean of the percentile ranks (among the region's roles) of weighted vacancies, growth and
                    median wage; a role without a published wage is ranked on the other two
Wages are in `pipeline.matching.wages`, what is withheld in `pipeline.matching.suppression`.
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from pipeline.matching.suppression import suppressed_cells
from pipeline.matching.wages import normal_score, wage_quartiles, wage_steps
from pipeline.settings import Settings
from pipeline.sql import query
from pipeline.tables import ALL_REGIONS, ROLE_DEMAND

# What counts as a degree in `no_degree_share`.
DEGREES = ("bachelor", "master", "doctorate")
ENTRY_MONTHS = 12

PLACED_SQL = """
WITH counted AS (SELECT * FROM postings WHERE in_window AND role_id IS NOT NULL)
SELECT * REPLACE ($all_regions AS region) FROM counted
UNION ALL
SELECT * FROM counted WHERE region IS NOT NULL
"""

CELLS_SQL = """
SELECT role_id, region, count(*) AS postings,
       CASE WHEN bool_and(official) THEN 'official_vacancies' WHEN bool_or(official) THEN 'mixed' ELSE 'postings' END
           AS weighting
FROM placed GROUP BY role_id, region
"""


def _share(name: str, hits: str, of: str) -> str:
    """SQL of a share of postings and Wilson's interval around it; empty where it would rest on too few."""
    spread = f"$z * sqrt({hits} * ({of} - {hits}) / {of} + $z * $z / 4) / ({of} + $z * $z)"
    middle = f"({hits} + $z * $z / 2) / ({of} + $z * $z)"
    enough = f"CASE WHEN {of} >= $min_postings AND {of} > 0 THEN"
    return f"""
       {enough} round({hits} / {of}, 9) END AS {name},
       {enough} greatest(round({middle} - {spread}, 6), 0.0) + 0.0 END AS {name}_low,
       {enough} least(round({middle} + {spread}, 6), 1.0) END AS {name}_high"""


MEASURE_SQL = f"""
WITH published AS (
    SELECT p.*, date_diff('day', p.posted_on, $as_of::DATE) AS age
    FROM placed p JOIN cells c USING (role_id, region) WHERE NOT c.suppressed
),
measured AS (
    SELECT role_id, region, count(*) AS postings, count(DISTINCT employer) AS employers,
           sum(vacancies)::BIGINT AS vacancies,
           sum(vacancies_weighted::DECIMAL(18,9))::DOUBLE AS vacancies_weighted,
           coalesce(sum(vacancies) FILTER (age < $window), 0)::BIGINT AS vacancies_recent,
           coalesce(sum(vacancies) FILTER (age >= $window AND age < 2 * $window), 0)::BIGINT AS vacancies_before,
           coalesce((sum(vacancies * vacancies) FILTER (age < 2 * $window))::DOUBLE
                    / (sum(vacancies) FILTER (age < 2 * $window))::DOUBLE, 1.0) AS batch,
           count(*) FILTER (coalesce(wage_low, wage_high) IS NOT NULL) AS wage_postings,
           count(*) FILTER (education IS NOT NULL) AS education_postings,
           count(*) FILTER (education IS NOT NULL AND NOT list_contains($degrees, education)) AS no_degree,
           count(*) FILTER (experience_months IS NOT NULL) AS experience_postings,
           count(*) FILTER (experience_months <= $entry_months) AS entry
    FROM published GROUP BY role_id, region
),
grown AS (
    SELECT *, round(ln((vacancies_recent + $prior) / (vacancies_before + $prior)), 9) AS growth,
           $z * sqrt(batch / (vacancies_recent + $prior) + batch / (vacancies_before + $prior)) AS growth_error
    FROM measured
),
told AS (  -- a figure that rests on too few postings is left empty
    SELECT g.*, w.* EXCLUDE (role_id, region, wage_postings)
    FROM grown g LEFT JOIN wages w
      ON w.role_id = g.role_id AND w.region = g.region AND w.wage_postings >= $min_postings
),
ranked AS (
    SELECT *, percent_rank() OVER (PARTITION BY region ORDER BY vacancies_weighted) AS vacancies_rank,
           percent_rank() OVER (PARTITION BY region ORDER BY growth) AS growth_rank,
           CASE WHEN wage_median IS NULL THEN NULL
                ELSE percent_rank() OVER (PARTITION BY region, wage_median IS NULL ORDER BY wage_median)
           END AS wage_rank
    FROM told
)
SELECT *, round(growth - growth_error, 6) AS growth_low, round(growth + growth_error, 6) AS growth_high,
       round(
           ($w_vacancies * vacancies_rank + $w_growth * growth_rank + coalesce($w_wage * wage_rank, 0.0))
           / greatest($w_vacancies + $w_growth + CASE WHEN wage_rank IS NULL THEN 0.0 ELSE $w_wage END, 1e-9), 9
       ) AS demand_index,
       {_share("no_degree_share", "no_degree", "education_postings")},
       {_share("entry_experience_share", "entry", "experience_postings")}
FROM ranked
"""

DEMAND_SQL = """
SELECT c.role_id, c.region, c.suppressed, c.weighting, $currency AS currency,
       m.* EXCLUDE (role_id, region), o.* EXCLUDE (role_id, region)
FROM cells c
LEFT JOIN measured m USING (role_id, region)
LEFT JOIN official o USING (role_id, region)
"""


def placed_postings(postings: pa.Table) -> pa.Table:
    """The postings in the window that found a role: each in all regions together, and in its own if it names one."""
    return query(PLACED_SQL, {"postings": postings}, {"all_regions": ALL_REGIONS})


def role_demand(postings: pa.Table, official: pa.Table, as_of: date, settings: Settings) -> pa.Table:
    """Demand for every role with a posting in the window, over all regions and in each region.

    Args:
        postings: as `weigh_to_official` gives them, wages already hourly in the currency of demand.
        official: as `official_figures` gives them.
        as_of: the day at which the last growth window ends.
        settings: `demand` (windows, pseudo-count, weights), `suppression`, and the width of intervals of `matching`.

    Returns:
        `tables.ROLE_DEMAND`; figures of cells with too few postings are empty.
    """
    placed = placed_postings(postings)
    cells = query(CELLS_SQL, {"placed": placed})
    hidden = suppressed_cells(cells, settings.suppression.min_postings)
    cells = query("SELECT * FROM cells JOIN hidden USING (role_id, region)", {"cells": cells, "hidden": hidden})
    wages = wage_quartiles(wage_steps(placed), ["role_id", "region"], settings.matching.interval)
    given = {"placed": placed, "cells": cells.drop_columns(["postings"]), "wages": wages, "official": official}
    given["measured"] = query(MEASURE_SQL, given, _measures(as_of, settings))
    currency = {"currency": settings.demand.currency}
    return ROLE_DEMAND.conform(query(DEMAND_SQL, given, currency))


def _measures(as_of: date, settings: Settings) -> dict[str, object]:
    """The parameters of MEASURE_SQL."""
    demand = settings.demand
    return {
        "as_of": as_of.isoformat(),
        "window": demand.window_days,
        "prior": demand.growth_prior,
        "degrees": list(DEGREES),
        "entry_months": ENTRY_MONTHS,
        "min_postings": settings.suppression.min_postings,
        "z": normal_score(settings.matching.interval),
        "w_vacancies": demand.weights.vacancies,
        "w_growth": demand.weights.growth,
        "w_wage": demand.weights.wage,
    }
