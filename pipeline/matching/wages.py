"""Quartiles of wages over vacancies, each with its interval.

A posting that states a wage stands for its vacancies, weighted to official counts where there are any: u(d).
quantile(p) = the lowest wage that p of the vacancies do not exceed; the mean of it and the next where exactly p do not
(Hyndman & Fan, 1996, definition 2, with weights)
interval    = the wages at p - h and p + h of the vacancies, h = z sqrt(p (1 - p) / n_eff)         Woodruff (1952)
n_eff       = (sum of u)^2 / sum of u^2: postings of many vacancies each are fewer observations    Kish (1965)
Sums are exact decimals, so that no order of rows or threads can move a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import pyarrow as pa

from pipeline.sql import query

QUARTERS = {"wage_q1": 1, "wage_median": 2, "wage_q3": 3}

# A posting's wage: the middle of its range, or the end that it states.
WAGE = "coalesce((wage_low + wage_high) / 2, wage_low, wage_high)"

STEPS_SQL = f"""
SELECT role_id, region, {WAGE} AS wage, count(*) AS postings,
       sum(vacancies_weighted::DECIMAL(18,9)) AS step,
       sum(vacancies_weighted::DECIMAL(18,9) * vacancies_weighted::DECIMAL(18,9)) AS square
FROM postings WHERE coalesce(wage_low, wage_high) IS NOT NULL
GROUP BY ALL
"""


def normal_score(interval: float) -> float:
    """How many standard errors to either side hold this part of a normal distribution: 1.645 for 0.9."""
    return NormalDist().inv_cdf(0.5 + interval / 2)


def wage_steps(postings: pa.Table) -> pa.Table:
    """The wages of postings as steps, from which those of any group of roles can be put together.

    Args:
        postings: role_id, region, wage_low, wage_high (hourly, one currency), vacancies_weighted.

    Returns:
        role_id, region, wage, postings, step (sum of u) and square (sum of u^2); a posting's wage is the middle of its
        range, or the end that it states.
    """
    return query(STEPS_SQL, {"postings": postings})


def wage_quartiles(steps: pa.Table, keys: Sequence[str], interval: float) -> pa.Table:
    """Quartiles of the wages of each group, with intervals.

    Args:
        steps: the keys, wage, postings, step, square; several rows of a group may have the same wage.
        keys: the columns that name a group.
        interval: the part of samples whose interval holds the quartile.

    Returns:
        The keys, wage_postings, and wage_q1, wage_median, wage_q3, each with _low and _high; an interval holds its
        estimate.
    """
    by = ", ".join(keys)
    sql = f"""
    WITH steps_up AS (
        SELECT {by}, wage, sum(postings)::BIGINT AS postings, sum(step) AS step, sum(square) AS square
        FROM steps GROUP BY {by}, wage
    ),
    ladder AS (
        SELECT *, sum(step) OVER (PARTITION BY {by} ORDER BY wage) AS reached,
               sum(step) OVER (PARTITION BY {by}) AS total,
               sum(square) OVER (PARTITION BY {by})::DOUBLE AS squares
        FROM steps_up
    ),
    spread AS (SELECT *, $z * sqrt(squares) / total::DOUBLE AS error FROM ladder)  -- z / sqrt(n_eff)
    SELECT {by}, sum(postings)::BIGINT AS wage_postings, {", ".join(_quartile(*named) for named in QUARTERS.items())}
    FROM spread GROUP BY {by}
    """
    return query(sql, {"steps": steps}, {"z": normal_score(interval)})


def _quartile(name: str, quarters: int) -> str:
    share = quarters / 4
    half = f"error * {(share * (1 - share)) ** 0.5!r}"
    return f"""
        round((min(wage) FILTER (reached * 4 >= total * {quarters})
               + min(wage) FILTER (reached * 4 > total * {quarters})) / 2, 4) AS {name},
        round(min(wage) FILTER (reached::DOUBLE >= ({share} - {half}) * total::DOUBLE), 4) AS {name}_low,
        round(coalesce(min(wage) FILTER (reached::DOUBLE >= ({share} + {half}) * total::DOUBLE), max(wage)), 4)
            AS {name}_high"""
