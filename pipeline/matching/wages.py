"""Quartiles of wages over vacancies, each with its interval.

A posting that states a wage stands for its vacancies, weighted to official counts where there are any: u(d).
quantile(p) = the lowest wage that p of the vacancies do not exceed; the mean of it and the next where exactly p do not
(Hyndman & Fan, 1996, definition 2, with weights)
interval    = the wages at p - h and p + h of the vacancies, h = z sqrt(p (1 - p) / n_eff)         Woodruff (1952)
n_eff       = (sum of u)^2 / sum of u^2: postings of many vacancies each are fewer observations    Kish (1965)
Vacancies are counted in billionths, whose sums are exact, and rows are ordered by what they hold: so no order in which
they come can move a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.arrays import run_starts
from pipeline.matching.cells import ONE, Floats, Ints, codes
from pipeline.sql import query

Bools = npt.NDArray[np.bool_]

QUARTERS = {"wage_q1": 1, "wage_median": 2, "wage_q3": 3}
DECIMALS = 4

# A posting's wage: the middle of its range, or the end that it states.
WAGE = "coalesce((wage_low + wage_high) / 2, wage_low, wage_high)"

STEPS_SQL = f"""
SELECT role_id, region, {WAGE} AS wage, count(*) AS postings,
       sum(round(vacancies_weighted * {ONE})::BIGINT)::BIGINT AS step,
       sum(vacancies_weighted::DECIMAL(18,9) * vacancies_weighted::DECIMAL(18,9))::DOUBLE AS square
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
        role_id, region, wage, postings, step (sum of u, in billionths) and square (sum of u^2); a posting's wage is the
        middle of its range, or the end that it states.
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
    group = _numbers(steps, keys)
    wage, postings, step, square = (steps[name].to_numpy() for name in ("wage", "postings", "step", "square"))
    order = np.lexsort((square, step, wage, group))
    starts = run_starts(group[order])
    ladder = _Ladder.of(wage[order], step[order], starts)
    counted, squares = (np.add.reduceat(each[order], starts) for each in (postings, square))
    error = normal_score(interval) * np.sqrt(squares) / (ladder.totals / ONE)  # z / sqrt(n_eff)
    found = steps.select(list(keys)).take(order[starts]).append_column("wage_postings", pa.array(counted))
    for name, quarters in QUARTERS.items():
        for column, values in zip((name, f"{name}_low", f"{name}_high"), ladder.quartile(quarters, error), strict=True):
            found = found.append_column(column, pa.array(values.round(DECIMALS)))
    return found


@dataclass(frozen=True)
class _Ladder:
    """The wages of groups, each group's rising, and how much of its vacancies each reaches.

    Attributes:
        wages: group by group.
        reached: vacancies up to each, in billionths.
        totals: vacancies of each group, in billionths.
        owner: the group of each wage.
        starts: where each group begins.
    """

    wages: Floats
    reached: Ints
    totals: Ints
    owner: Ints
    starts: Ints

    @classmethod
    def of(cls, wages: Floats, steps: Ints, starts: Ints) -> _Ladder:
        owner = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(wages)))
        totals, upward = np.add.reduceat(steps, starts), np.cumsum(steps)
        return cls(wages, upward - (upward[starts] - steps[starts])[owner], totals, owner, starts)

    def quartile(self, quarters: int, error: Floats) -> tuple[Floats, Floats, Floats]:
        """A quartile of each group and both ends of its interval, which holds it."""
        share, wanted = quarters / 4, self.totals[self.owner] * quarters
        lower, upper = self._first(self.reached * 4 >= wanted), self._first(self.reached * 4 > wanted)
        half = error * (share * (1 - share)) ** 0.5
        least, most = ((share + part) * (self.totals / ONE) for part in (-half, half))
        low, high = (self._first(self.reached / ONE >= part[self.owner]) for part in (least, most))
        last = np.append(self.starts[1:], len(self.wages)) - 1
        return (self.wages[lower] + self.wages[upper]) / 2, self.wages[low], self.wages[np.minimum(high, last)]

    def _first(self, enough: Bools) -> Ints:
        """Where in each group enough is reached first; behind its end if nowhere."""
        return np.asarray(self.starts + np.add.reduceat(~enough, self.starts, dtype=np.int64))


def _numbers(steps: pa.Table, keys: Sequence[str]) -> Ints:
    """A number for each row that is the same for the rows of one group."""
    numbers = np.zeros(steps.num_rows, dtype=np.int64)
    for name in keys:
        values = steps[name].unique()
        numbers = numbers * len(values) + codes(steps[name], values)
    return numbers
