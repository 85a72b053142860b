"""How many vacancies ask for something and what they pay, each with an interval in closed form.

A posting d counts a(d) = vacancies(d) p(d), as many of its vacancies as are likely to ask for it.
    vacancies = sum of a(d)
    variance  = n / (n - 1) (sum of a(d)^2 - vacancies^2 / n)       n: postings of the population        Cochran (1977)
    interval  = the quantiles of a gamma distribution of this mean and variance                       Fay & Feuer (1997)
              = vacancies (1 - 1 / (9 k) -+ z / (3 sqrt(k)))^3      k = vacancies^2 / variance  Wilson & Hilferty (1931)
The variance is also that of a Bayesian bootstrap over the population, with weights of the shape that
`matching.intervals` draws. The median wage, over a(d), and its interval are those of `matching.wages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.matching import ONE, Floats, Ints, normal_score, wage_quartiles

DECIMALS = 4
FIGURES = (
    "vacancies", "vacancies_low", "vacancies_high",
    "wage_median", "wage_median_low", "wage_median_high", "wage_postings",
)  # fmt: skip


@dataclass(frozen=True)
class Asking:
    """Postings that ask for something: arrays (postings,).

    Attributes:
        posting: number of each, in the order of their ids.
        vacancies: of each.
        confidence: that it asks, 0 to 1.
        wage: hourly, NaN where none is stated.
    """

    posting: Ints
    vacancies: Floats
    confidence: Floats
    wage: Floats

    def take(self, rows: Ints | slice) -> Asking:
        """Some of them, in the order given."""
        return Asking(*(values[rows] for values in vars(self).values()))


def figures(
    asking: Asking, starts: Ints, populations: Sequence[int], min_wages: int, interval: float
) -> list[dict[str, float | int | None]]:
    """How many vacancies ask for something, and what they pay.

    Args:
        asking: the postings that ask for each thing, each once, one thing after the other; at least one for each.
        starts: where those of each thing begin; one more than there are things.
        populations: for each thing the postings in all from which those that ask come.
        min_wages: stated wages below which no median is given.
        interval: the part of samples whose interval holds the figure, 0 to 1.

    Returns:
        For each its `FIGURES`; wages are None if too few state one.
    """
    amounts = np.rint(1e4 * asking.confidence) * asking.vacancies  # in ten-thousandths, whose sums are exact
    ends = totals(amounts, starts, np.array(populations, dtype=np.int64), interval)
    told = [
        dict(zip(FIGURES, (*found, None, None, None, 0), strict=True))
        for found in zip(*((each / 1e4).round(DECIMALS).tolist() for each in ends), strict=True)
    ]
    for paid in _wages(amounts, asking.wage, starts, interval).to_pylist():
        names = FIGURES[3:] if paid["wage_postings"] >= min_wages else FIGURES[-1:]
        told[paid["thing"]].update({name: paid[name] for name in names})
    return told


def totals(amounts: Floats, starts: Ints, populations: Ints, interval: float) -> tuple[Floats, Floats, Floats]:
    """Sums of amounts, and both ends of their intervals, which hold them: arrays (things,).

    Args:
        amounts: of the postings that hold something, one thing after the other.
        starts: where those of each thing begin; one more than there are things.
        populations: of each thing, the postings in all.
        interval: the part of samples whose interval holds the sum, 0 to 1.
    """
    sums, squares = (np.add.reduceat(each, starts[:-1]) for each in (amounts, amounts**2))
    variance = np.maximum(squares - sums**2 / populations, 0.0) * populations / np.maximum(populations - 1, 1)
    spread = np.sqrt(variance) / np.where(sums > 0, sums, 1.0)  # 1 / sqrt(k)
    half, middle = normal_score(interval) * spread / 3, 1 - spread**2 / 9
    low, high = (sums * np.maximum(middle + part, 0.0) ** 3 for part in (-half, half))
    return sums, np.minimum(low, sums), np.maximum(high, sums)


def _wages(amounts: Floats, wages: Floats, starts: Ints, interval: float) -> pa.Table:
    """As `wage_quartiles`, of those things for which a wage is stated, by number; amounts in ten-thousandths."""
    stated = ~np.isnan(wages)
    thing = np.repeat(np.arange(len(starts) - 1), np.diff(starts))[stated]
    amounts = amounts[stated]
    steps = {
        "thing": thing, "wage": wages[stated], "postings": np.ones(len(thing), dtype=np.int64),
        "step": amounts.astype(np.int64) * (ONE // 10_000), "square": (amounts / 1e4) ** 2,
    }  # fmt: skip
    return wage_quartiles(pa.table(steps), ["thing"], interval)
