"""A total and a median over postings, with the interval of a Bayesian bootstrap (Rubin, 1981).

Each draw gives every posting of the population a random weight (gamma, scaled to the same mean). Those that hold
nothing need not be drawn one by one: their weights add up to one gamma. The shape is that of `matching.intervals`, and
so is the reason for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.matching import Floats, Ints, gamma_shape, middle, seed_of
from pipeline.settings import MatchingSettings

DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the ends of its interval, which holds it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Asking:
    """Postings that ask for something, each once: arrays (postings,).

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
    whole = (own.sum(axis=1) + others)[:, None]
    own *= population
    own /= whole
    return own


def total(amounts: Floats, weights: Floats) -> tuple[float, Floats]:
    """The sum of amounts, and draws of it under random weights (draws, amounts)."""
    return float(amounts.sum()), (weights * amounts).sum(axis=1)


def median(values: Floats, counts: Floats, weights: Floats) -> tuple[float, Floats]:
    """The median of values that count differently, and draws of it under random weights (draws, values).

    It is the least value up to which at least half of the counts lie; where exactly half do, the middle between that
    value and the next. NaN among the values is passed over.
    """
    order = np.argsort(values, kind="stable")[: len(values) - np.isnan(values).sum()]
    ordered, counted, sums = values[order], counts[order], weights.take(order, axis=1)
    sums *= counted
    np.cumsum(sums, axis=1, out=sums)
    places = np.minimum((sums < sums[:, -1:] / 2).sum(axis=1), len(ordered) - 1)
    running = np.cumsum(counted)
    first = int((running < running[-1] / 2).sum())
    tied = running[first] == running[-1] / 2
    return float((ordered[first] + ordered[first + 1]) / 2 if tied else ordered[first]), ordered[places]


def estimates(found: Sequence[tuple[float, Floats]], interval: float) -> list[Estimate]:
    """Figures with the middle part (`interval`, 0 to 1) of their draws: each a value and an array (draws,)."""
    if not found:
        return []
    ends = middle(np.array([drawn for _, drawn in found]), interval).round(DECIMALS)
    values = [round(value, DECIMALS) for value, _ in found]
    rows = zip(values, *ends.tolist(), strict=True)
    return [Estimate(value, min(low, value), max(high, value)) for value, low, high in rows]


def figures(
    asked: Iterable[tuple[Asking, int, str]], min_wages: int, settings: MatchingSettings
) -> list[dict[str, float | int | None]]:
    """How many vacancies ask for something, and what they pay.

    Args:
        asked: for each thing the postings that ask for it; how many there are in all, where these come from; and a name
            for the draws.
        min_wages: stated wages below which no median is given.
        settings: draws, and the width of intervals.

    Returns:
        For each: vacancies, wage_median (None if too few state one), each with `_low` and `_high`; wage_postings.
    """
    totals, medians, stated = [], {}, []
    for place, (asking, population, seed) in enumerate(asked):
        # In ten-thousandths, to which confidences are rounded: what is added up is whole, in any order.
        amounts = asking.vacancies * np.rint(1e4 * asking.confidence)
        weights = draw_weights(len(amounts), population, seed, settings.draws)
        totals.append(total(amounts / 1e4, weights))
        stated.append(len(amounts) - int(np.isnan(asking.wage).sum()))
        if stated[-1] >= min_wages:
            medians[place] = median(asking.wage, amounts, weights)
    paid = dict(zip(medians, estimates(list(medians.values()), settings.interval), strict=True))
    return [
        {
            **_told("vacancies", vacancies),
            "wage_postings": stated[place],
            **_told("wage_median", paid.get(place)),
        }
        for place, vacancies in enumerate(estimates(totals, settings.interval))
    ]


def _told(name: str, found: Estimate | None) -> dict[str, float | int | None]:
    ends = (None, None, None) if found is None else (found.value, found.low, found.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
