"""Totals and medians over postings, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers.estimates import Asking, figures, totals
from pipeline.matching import tails
from pipeline.matching.intervals import gamma_shape
from pipeline.settings import load_settings

INTERVAL = load_settings().matching.interval
Rows = Sequence[tuple[int, float, float | None]]


def told(*things: Rows, population: int, min_wages: int = 2, interval: float = INTERVAL) -> list[dict[str, Any]]:
    """The figures of things, each of which some postings ask for: (vacancies, confidence, wage)."""
    rows = [row for thing in things for row in thing]
    vacancies, confidence, wage = (np.array([row[place] for row in rows], dtype=np.float64) for place in range(3))
    asking = Asking(np.arange(len(rows)), vacancies, confidence, wage)
    starts = np.cumsum([0, *map(len, things)])
    return figures(asking, starts, [population] * len(things), min_wages, interval)


def test_vacancies_are_weighed_by_the_probability_that_they_ask() -> None:
    # 2 x 0.5 + 1 x 0.8 + 3 x 0.2 = 2.4
    (found,) = told([(2, 0.5, None), (1, 0.8, 20.0), (3, 0.2, 30.0)], population=10)
    assert found["vacancies"] == 2.4
    # The wages 20 (0.8 of a vacancy) and 30 (0.6): half of 1.4 is reached at 20.
    assert (found["wage_postings"], found["wage_median"]) == (2, 20.0)


def test_an_interval_by_hand() -> None:
    """Of 1, 0.8 and 0.6, among ten postings: the variance is 10 / 9 (1 + 0.64 + 0.36 - 2.4^2 / 10) = 1.5822222.

    k = 2.4^2 / 1.5822222 = 3.6404494, and 1 / sqrt(k) = 0.5241090: the ends are 2.4 (1 - 0.0305211 -+ 0.2873607)^3.
    """
    (found,) = told([(2, 0.5, None), (1, 0.8, None), (3, 0.2, None)], population=10)
    assert (found["vacancies_low"], found["vacancies_high"]) == (0.7617, 4.7649)


def test_the_median_lies_between_two_values_that_share_the_middle() -> None:
    even = [(1, 1.0, wage) for wage in (10.0, 40.0, 20.0, 30.0)]
    uneven = [(1, 1.0, 10.0), (1, 1.0, 40.0), (4, 1.0, 20.0)]
    assert [found["wage_median"] for found in told(even, uneven, population=20)] == [25.0, 20.0]


def test_too_few_wages_give_no_median() -> None:
    (found,) = told([(1, 0.5, 20.0), (1, 0.5, None)], population=10)
    assert (found["wage_postings"], found["wage_median"], found["wage_median_low"]) == (1, None, None)


def test_what_every_posting_asks_for_once_is_certain() -> None:
    (found,) = told([(1, 1.0, None)] * 4, population=4)
    assert (found["vacancies_low"], found["vacancies"], found["vacancies_high"]) == (4.0, 4.0, 4.0)


ROW = st.tuples(
    st.integers(1, 40), st.integers(1500, 10_000).map(lambda p: p / 1e4), st.none() | st.integers(15, 80).map(float)
)  # fmt: skip


@given(things=st.lists(st.lists(ROW, min_size=1, max_size=8), max_size=6), spare=st.integers(0, 50))
def test_intervals_hold_their_figures_and_each_thing_is_told_by_itself(things: list[Rows], spare: int) -> None:
    population = max(map(len, things), default=0) + spare
    found = told(*things, population=population, min_wages=1)
    assert found == [one for thing in things for one in told(thing, population=population, min_wages=1)]
    for row in found:
        assert 0 <= row["vacancies_low"] <= row["vacancies"] <= row["vacancies_high"]
        assert (row["wage_median"] is None) == (row["wage_postings"] == 0)
        if row["wage_median"] is not None:
            assert row["wage_median_low"] <= row["wage_median"] <= row["wage_median_high"]


@pytest.mark.parametrize(("population", "asking"), [(60, 5), (60, 58), (300, 15), (5000, 5), (5000, 4000)])
def test_the_interval_of_a_total_is_that_of_a_bayesian_bootstrap(population: int, asking: int) -> None:
    """Its ends are those of many draws, within some hundredths of the width."""
    random = np.random.default_rng(asking)
    amounts = random.integers(1, 4, asking) * random.uniform(0.25, 1, asking)
    shape = gamma_shape(population)
    weights = random.standard_gamma(shape, size=(5000, asking))
    others = random.standard_gamma(shape * (population - asking), size=5000)
    drawn = weights @ amounts * population / (weights.sum(axis=1) + others)
    _, (low,), (high,) = totals(amounts, np.array([0, asking]), np.array([population]), INTERVAL)
    assert [low, high] == pytest.approx(np.quantile(drawn, tails(INTERVAL)), abs=0.04 * (high - low))


@pytest.mark.parametrize(("population", "share"), [(60, 0.2), (300, 0.02), (300, 0.05), (100, 0.95)])
def test_the_interval_of_a_total_holds_the_truth_as_often_as_it_says(population: int, share: float) -> None:
    """Postings of a known world: how many ask is known, the interval of each sample should hold it in nine of ten."""
    random = np.random.default_rng(7)
    samples = [
        random.integers(1, 4, size=asking).astype(float)
        for asking in random.binomial(population, share, size=2000).tolist()
        if asking
    ]
    starts = np.cumsum([0, *map(len, samples)])
    _, low, high = totals(np.concatenate(samples), starts, np.full(len(samples), population), INTERVAL)
    truth = population * share * 2.0  # two vacancies on average
    assert 0.85 <= ((low <= truth) & (truth <= high)).mean() <= 0.93


def test_a_wider_interval_is_wider() -> None:
    asked: Rows = [(1, 0.5 + number / 40, 20.0 + number) for number in range(12)]
    (narrow,), (wide,) = (told(asked, population=40, interval=part) for part in (0.5, 0.9))
    assert wide["vacancies_low"] < narrow["vacancies_low"] <= narrow["vacancies_high"] < wide["vacancies_high"]
    assert wide["wage_median_low"] < narrow["wage_median_low"]
