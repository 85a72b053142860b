"""A total and a median over postings, with the interval of a Bayesian bootstrap (Rubin, 1981).

Each draw gives every posting of the population a random weight (gamma, scaled to the same mean). Those that hold
nothing need not be drawn one by one: their weights add up to one gamma. The shape is that of `matching.intervals`, and
so is the reason for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from pipeline.matching import gamma_shape, middle, seed_of
from pipeline.settings import MatchingSettings

DECIMALS = 4

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the ends of its interval, which holds it."""

    value: float
    low: float
    high: float


def draw_weights(count: int, population: int, seed: str, draws: int) -> Floats:
    """Random weights of some postings of a population, with a mean of about one.

    Args:
        count: postings whose weights are wanted.
        population: postings in all; at least `count`.
        seed: names what is drawn: the same name gives the same draws.
        draws: how many.

    Returns:
        An array (draws, count).
    """
    shape = gamma_shape(population)
    random = np.random.default_rng(seed_of(seed))
    own = random.standard_gamma(shape, size=(draws, count))
    others = random.standard_gamma(max(shape * (population - count), 1e-9), size=draws)
    return np.asarray(own * population / (own.sum(axis=1) + others)[:, None])


def total(amounts: Floats, weights: Floats, interval: float) -> Estimate:
    """The sum of amounts, and the middle part (`interval`, 0 to 1) of it under random weights (draws, amounts)."""
    value = round(float(amounts.sum()), DECIMALS)
    low, high = middle((weights * amounts).sum(axis=1), interval).round(DECIMALS).tolist()
    return Estimate(value, min(low, value), max(high, value))


def median(values: Floats, counts: Floats, weights: Floats, interval: float) -> Estimate:
    """The median of values that count differently, and its interval under random weights (draws, values).

    It is the least value up to which at least half of the counts lie; where exactly half do, the middle between that
    value and the next.
    """
    order = np.argsort(values, kind="stable")
    ordered, counted, drawn = values[order], counts[order], (weights * counts)[:, order]
    sums = np.cumsum(drawn, axis=1)
    places = np.minimum((sums < sums[:, -1:] / 2).sum(axis=1), len(ordered) - 1)
    low, high = middle(ordered[places], interval).round(DECIMALS).tolist()
    running = np.cumsum(counted)
    first = int((running < running[-1] / 2).sum())
    tied = running[first] == running[-1] / 2
    value = float((ordered[first] + ordered[first + 1]) / 2 if tied else ordered[first])
    value = round(value, DECIMALS)
    return Estimate(value, min(low, value), max(high, value))


def figures(
    postings: Sequence[dict[str, object]], population: int, seed: str, min_wages: int, settings: MatchingSettings
) -> dict[str, float | int | None]:
    """How many vacancies ask for something, and what they pay.

    Args:
        postings: those that ask, each once: `vacancies`, the `confidence` that it asks, and the hourly `wage` or None.
        population: postings in all, where these come from.
        seed: names what is estimated.
        min_wages: stated wages below which no median is given.
        settings: draws, and the width of intervals.

    Returns:
        vacancies, wage_median (None if too few state one), each with `_low` and `_high`; wage_postings.
    """
    jobs = np.array([cast(int, p["vacancies"]) for p in postings], dtype=np.float64)
    # In ten-thousandths, to which confidences are rounded: what is added up is whole, in any order.
    amounts = jobs * np.rint([1e4 * cast(float, p["confidence"]) for p in postings])
    weights = draw_weights(len(postings), population, seed, settings.draws)
    asked = total(amounts / 1e4, weights, settings.interval)
    stated = np.array([p["wage"] is not None for p in postings], dtype=bool)
    result: dict[str, float | int | None] = {
        "vacancies": asked.value, "vacancies_low": asked.low, "vacancies_high": asked.high,
        "wage_postings": int(stated.sum()), "wage_median": None, "wage_median_low": None, "wage_median_high": None,
    }  # fmt: skip
    if stated.sum() >= min_wages:
        wages = np.array([cast(float, p["wage"]) for p in postings if p["wage"] is not None])
        paid = median(wages, amounts[stated], weights[:, stated], settings.interval)
        result |= {"wage_median": paid.value, "wage_median_low": paid.low, "wage_median_high": paid.high}
    return result
