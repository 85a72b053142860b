"""What a credential is worth in the labour market: the vacancies and the pay of the roles that it leads to.

A credential leads to the roles of which it covers at least [value] min_coverage. In each region, the figures rest on
the demand of these roles that is published there: so nothing about a suppressed cell can be found from them, and the
median of all roles, which they are held against, rests on the same cells. Wages are pooled over the vacancies of the
roles, as `matching.wages` says; of several covered roles, each counts by its vacancies.
"""

from __future__ import annotations

import pyarrow as pa

from pipeline.answers.market import Market
from pipeline.matching import placed_postings, wage_quartiles, wage_steps
from pipeline.sql import query
from pipeline.tables import ALL_REGIONS, CREDENTIAL_VALUE

LED_SQL = """
SELECT m.credential_id, d.region, m.role_id, m.coverage, d.suppressed, d.postings, d.vacancies_weighted, d.demand_index,
       coalesce(d.no_degree_share >= $open_share AND d.entry_experience_share >= $open_share, FALSE) AS open
FROM matches m JOIN role_demand d USING (role_id)
WHERE m.coverage >= $min_coverage
"""

# Many credentials lead to the same roles, so that the wages of each set of roles are pooled once.
SETS_SQL = """
WITH led_to AS (
    SELECT credential_id, region, list(role_id ORDER BY role_id) AS roles FROM led
    WHERE NOT suppressed GROUP BY credential_id, region
)
SELECT credential_id, region, dense_rank() OVER (ORDER BY region, roles) AS set_id, roles FROM led_to
"""

POOLED_SQL = """
WITH members AS (
    SELECT set_id, region, unnest(roles) AS role_id FROM (SELECT DISTINCT set_id, region, roles FROM sets)
)
SELECT m.set_id, s.wage, s.postings, s.step, s.square FROM members m JOIN steps s USING (region, role_id)
"""

VALUE_SQL = """
WITH summed AS (
    SELECT credential_id, region, count(*) AS roles_covered, count(*) FILTER (suppressed) AS roles_suppressed,
           count(*) FILTER (open) AS open_roles, sum(postings)::BIGINT AS postings,
           sum(vacancies_weighted::DECIMAL(18,9))::DOUBLE AS vacancies,
           first(role_id ORDER BY demand_index DESC, coverage DESC, role_id) FILTER (NOT suppressed) AS best_role_id,
           max(demand_index) AS demand_index_best
    FROM led GROUP BY credential_id, region
),
every AS (  -- a credential that leads nowhere has a row that says so
    SELECT credential_id, region FROM summed
    UNION SELECT credential_id, $all_regions FROM credentials
),
totals AS (
    SELECT region, sum(vacancies_weighted::DECIMAL(18,9))::DOUBLE AS vacancies FROM role_demand GROUP BY region
),
told AS (
    SELECT e.credential_id, e.region, s.* EXCLUDE (credential_id, region), s.roles_covered IS NULL AS nowhere,
           coalesce(s.roles_covered = s.roles_suppressed, FALSE) AS suppressed, coalesce(w.wage_postings, 0) AS waged,
           w.wage_median, w.wage_median_low, w.wage_median_high,
           t.vacancies AS vacancies_all,
           CASE WHEN a.wage_postings >= $min_postings THEN a.wage_median END AS wage_median_all
    FROM every e
    LEFT JOIN summed s USING (credential_id, region)
    LEFT JOIN sets k USING (credential_id, region)
    LEFT JOIN set_wages w USING (set_id)
    LEFT JOIN totals t USING (region)
    LEFT JOIN all_wages a USING (region)
)
SELECT credential_id, region, suppressed, coalesce(roles_covered, 0) AS roles_covered,
       coalesce(roles_suppressed, 0) AS roles_suppressed, CASE WHEN NOT suppressed THEN coalesce(open_roles, 0) END
           AS open_roles,
       best_role_id, demand_index_best,
       CASE WHEN nowhere THEN 0 ELSE postings END AS postings,
       CASE WHEN nowhere THEN 0.0 ELSE vacancies END AS vacancies,
       CASE WHEN nowhere THEN 0.0 ELSE round(vacancies / nullif(vacancies_all, 0), 9) END AS vacancies_share,
       CASE WHEN NOT suppressed THEN waged END AS wage_postings,
       CASE WHEN waged >= $min_postings THEN wage_median END AS wage_median,
       CASE WHEN waged >= $min_postings THEN wage_median_low END AS wage_median_low,
       CASE WHEN waged >= $min_postings THEN wage_median_high END AS wage_median_high,
       wage_median_all,
       CASE WHEN waged >= $min_postings THEN round(wage_median / nullif(wage_median_all, 0), 9) END AS wage_ratio,
       $currency AS currency
FROM told
"""


def credential_value(market: Market) -> pa.Table:
    """Where each credential leads, over all regions and in each region where a role that it covers is in demand.

    Args:
        market: its matches, role_demand, postings and credentials.

    Returns:
        `tables.CREDENTIAL_VALUE`; a row is suppressed where all the roles covered are.
    """
    settings = market.settings
    given = {"matches": market.matches, "role_demand": market.role_demand, "credentials": market.credentials}
    given["led"] = query(
        LED_SQL, given, {"min_coverage": settings.value.min_coverage, "open_share": settings.value.open_share}
    )
    given["sets"] = query(SETS_SQL, given)
    given["steps"] = query(
        "SELECT s.* FROM steps s JOIN role_demand d USING (role_id, region) WHERE NOT d.suppressed",
        {"steps": wage_steps(placed_postings(market.postings)), "role_demand": market.role_demand},
    )
    pooled = query(POOLED_SQL, given)
    given["set_wages"] = wage_quartiles(pooled, ["set_id"], settings.matching.interval)
    given["all_wages"] = wage_quartiles(given["steps"], ["region"], settings.matching.interval)
    values = {
        "all_regions": ALL_REGIONS,
        "min_postings": settings.suppression.min_postings,
        "currency": settings.demand.currency,
    }
    return CREDENTIAL_VALUE.conform(query(VALUE_SQL, given, values))
