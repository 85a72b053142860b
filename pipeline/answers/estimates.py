"""A total and a median over postings, with the interval of a Bayesian bootstrap (Rubin, 1981).

Each draw gives every posting of the population a random weight (gamma, scaled to the same mean). Those that hold
nothing need not be drawn one by one: their weights add up to one gamma. The shape is that of `matching.intervals`, and
so is the reason for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.matching import Floats, Ints, gamma_draws, gamma_shape, middle, seed_of
from pipeline.settings import MatchingSettings

DECIMALS = 4
FIGURES = (
    "vacancies", "vacancies_low", "vacancies_high",
    "wage_median", "wage_median_low", "wage_median_high", "wage_postings",
)  # fmt: skip
POSTINGS_AT_ONCE = 1 << 10  # whose weights are drawn together; bounds the memory


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


def draw_weights(count: int, populations: Sequence[int], seeds: Sequence[str], draws: int) -> Floats:
    """Random weights of some postings of each of several populations, with a mean of about one.

    Args:
        count: postings whose weights are wanted of each.
        populations: postings in all; at least `count`.
        seeds: name what is drawn: the same name gives the same draws.
        draws: how many.

    Returns:
        An array (populations, draws, count).
    """
    weights, others = np.empty((len(seeds), draws, count)), np.empty((len(seeds), draws))
    for place, (population, seed) in enumerate(zip(populations, seeds, strict=True)):
        random, shape = np.random.default_rng(seed_of(seed)), gamma_shape(population)
        weights[place] = gamma_draws(random, shape, (draws, count))
        others[place] = random.standard_gamma(max(shape * (population - count), 1e-9), size=draws)
    whole = (weights.sum(axis=2) + others)[:, :, None]
    weights *= np.array(populations)[:, None, None]
    weights /= whole
    return weights


def total(amounts: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sums of amounts (things, postings), and draws of them under random weights (things, draws, postings).

    Returns:
        An array (things,) and one (things, draws).
    """
    return amounts.sum(axis=1), (weights * amounts[:, None]).sum(axis=2)


def median(values: Floats, counts: Floats, weights: Floats, stated: int) -> tuple[Floats, Floats]:
    """Medians of values that count differently, and draws of them; arrays as in `total`.

    A median is the least value up to which at least half of the counts lie; where exactly half do, the middle between
    that value and the next. Of each thing so many values are `stated`; the others are NaN.
    """
    order = np.argsort(values, axis=1, kind="stable")[:, :stated]
    ordered, counted = (np.take_along_axis(each, order, axis=1) for each in (values, counts))
    sums = np.stack([each.take(own, axis=1) for each, own in zip(weights, order, strict=True)])
    sums *= counted[:, None]
    np.cumsum(sums, axis=2, out=sums)
    places = np.minimum((sums < sums[:, :, -1:] / 2).sum(axis=2), stated - 1)
    running = np.cumsum(counted, axis=1)
    half = running[:, -1:] / 2
    first = (running < half).sum(axis=1)[:, None]
    lower, upper = (np.take_along_axis(ordered, np.minimum(each, stated - 1), axis=1) for each in (first, first + 1))
    tied = np.take_along_axis(running, first, axis=1) == half
    return np.where(tied, (lower + upper) / 2, lower)[:, 0], np.take_along_axis(ordered, places, axis=1)


def estimates(values: Floats, drawn: Floats, interval: float) -> list[Estimate]:
    """Figures (things,) with the middle part (`interval`, 0 to 1) of their draws (things, draws)."""
    rounded = [round(value, DECIMALS) for value in values.tolist()]
    rows = zip(rounded, *middle(drawn, interval).round(DECIMALS).tolist(), strict=True)
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
        For each its `FIGURES`; wages are None if too few state one.
    """
    things = list(asked)
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, (asking, _, _) in enumerate(things):
        alike[len(asking.wage), len(asking.wage) - int(np.isnan(asking.wage).sum())].append(place)
    found: dict[int, dict[str, float | int | None]] = {}
    for (count, stated), places in alike.items():
        step = max(1, POSTINGS_AT_ONCE // count)
        for start in range(0, len(places), step):
            some = places[start : start + step]
            rows = _figures([things[place] for place in some], stated if stated >= min_wages else 0, settings)
            found.update(zip(some, ({**row, "wage_postings": stated} for row in rows), strict=True))
    return [found[place] for place in range(len(things))]


def _figures(
    asked: Sequence[tuple[Asking, int, str]], stated: int, settings: MatchingSettings
) -> list[dict[str, float | int | None]]:
    """The figures of things that as many postings ask for; wages where some are stated, of as many for each."""
    vacancies, confidence, wage = (
        np.stack([getattr(asking, name) for asking, _, _ in asked]) for name in ("vacancies", "confidence", "wage")
    )
    # In ten-thousandths, to which confidences are rounded: what is added up is whole, in any order.
    amounts = vacancies * np.rint(1e4 * confidence)
    weights = draw_weights(amounts.shape[1], [each[1] for each in asked], [each[2] for each in asked], settings.draws)
    jobs = estimates(*total(amounts / 1e4, weights), settings.interval)
    paid = estimates(*median(wage, amounts, weights, stated), settings.interval) if stated else [None] * len(asked)
    return [_told("vacancies", one) | _told("wage_median", other) for one, other in zip(jobs, paid, strict=True)]


def _told(name: str, found: Estimate | None) -> dict[str, float | int | None]:
    ends = (None, None, None) if found is None else (found.value, found.low, found.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
