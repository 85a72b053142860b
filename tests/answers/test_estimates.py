"""Totals and medians over postings, with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers import estimates as estimate_module
from pipeline.answers.estimates import Asking, draw_weights, estimates, figures, median, total
from pipeline.matching import gamma_shape, seed_of
from pipeline.settings import MatchingSettings, load_settings

MATCHING = load_settings().matching


def postings(*rows: tuple[int, float, float | None]) -> Asking:
    """Postings from (vacancies, confidence, wage)."""
    vacancies, confidence, wage = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return Asking(np.arange(len(rows)), vacancies, confidence, wage)


def told(
    asking: Asking, population: int, seed: str = "a", min_wages: int = 2, matching: MatchingSettings = MATCHING
) -> dict[str, Any]:
    """The figures of one thing that is asked for."""
    (found,) = figures([(asking, population, seed)], min_wages, matching)
    return found


def test_vacancies_are_weighed_by_the_probability_that_they_ask() -> None:
    # 2 x 0.5 + 1 x 0.8 + 3 x 0.2 = 2.4
    found = told(postings((2, 0.5, None), (1, 0.8, 20.0), (3, 0.2, 30.0)), 10)
    assert found["vacancies"] == 2.4
    assert found["vacancies_low"] < 2.4 < found["vacancies_high"]
    # The wages 20 (0.8 of a vacancy) and 30 (0.6): half of 1.4 is reached at 20.
    assert (found["wage_postings"], found["wage_median"]) == (2, 20.0)


def test_the_median_lies_between_two_values_that_share_the_middle() -> None:
    even = np.ones((1, 200, 4))
    assert median(np.array([[10.0, 40.0, 20.0, 30.0]]), np.ones((1, 4)), even, 4)[0] == [25.0]
    counts = np.array([[1.0, 1.0, 4.0]])
    assert median(np.array([[10.0, 40.0, 20.0]]), counts, np.ones((1, 200, 3)), 3)[0] == [20.0]


def test_too_few_wages_give_no_median() -> None:
    found = told(postings((1, 0.5, 20.0), (1, 0.5, None)), 10)
    assert (found["wage_postings"], found["wage_median"], found["wage_median_low"]) == (1, None, None)


@given(
    rows=st.lists(
        st.tuples(st.integers(1, 40), st.integers(1500, 10_000), st.none() | st.integers(15, 80)),
        min_size=1,
        max_size=8,
    ),
    spare=st.integers(0, 50),
)
def test_an_interval_holds_its_figure_and_the_same_name_gives_the_same_draws(
    rows: list[tuple[int, int, int | None]], spare: int
) -> None:
    given_rows = postings(*((v, p / 1e4, None if w is None else float(w)) for v, p, w in rows))
    found = told(given_rows, len(rows) + spare, "seed", min_wages=1)
    assert found == told(given_rows, len(rows) + spare, "seed", min_wages=1)
    assert found["vacancies_low"] <= found["vacancies"] <= found["vacancies_high"]
    if found["wage_median"] is not None:
        assert found["wage_median_low"] <= found["wage_median"] <= found["wage_median_high"]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 9), st.just(0.5), st.none() | st.integers(15, 80)), min_size=1, max_size=4),
        max_size=9,
    ),
    st.sampled_from([40, 2000]), st.integers(1, 8),
)  # fmt: skip
def test_figures_of_many_things_are_those_of_each(
    things: list[list[tuple[int, float, int | None]]], population: int, at_once: int
) -> None:
    asked = [(postings(*rows), population, f"thing {place}") for place, rows in enumerate(things)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(estimate_module, "POSTINGS_AT_ONCE", at_once)
        found = figures(asked, 2, MATCHING)
    assert found == [told(*each) for each in asked]


@pytest.mark.parametrize("population", [100, 999, 1000, 5000])
def test_weights_are_gamma_draws_scaled_to_the_population(population: int) -> None:
    """What the draws are does not depend on how they are made."""
    (weights,) = draw_weights(7, [population], ["a name"], 20)
    random, shape = np.random.default_rng(seed_of("a name")), gamma_shape(population)
    own = random.standard_gamma(shape, size=(20, 7))
    others = random.standard_gamma(shape * (population - 7), size=20)
    assert (weights == own * population / (own.sum(axis=1) + others)[:, None]).all()


@pytest.mark.parametrize(("population", "share"), [(60, 0.2), (300, 0.05)])
def test_the_interval_of_a_total_holds_the_truth_as_often_as_it_says(population: int, share: float) -> None:
    """Postings of a known world: how many ask is known, the interval of each sample should hold it in nine of ten."""
    random = np.random.default_rng(7)
    held = 0
    for trial in range(400):
        asks = random.random(population) < share
        jobs = random.integers(1, 4, size=population).astype(float)
        if not asks.any():
            continue
        weights = draw_weights(int(asks.sum()), [population], [f"trial {trial}"], MATCHING.draws)
        (found,) = estimates(*total(jobs[asks][None], weights), MATCHING.interval)
        held += found.low <= population * share * 2.0 <= found.high  # two vacancies on average
    assert 0.80 <= held / 400 <= 0.97


def test_a_wider_interval_is_wider() -> None:
    asked = postings(*((1, 0.5 + number / 40, 20.0 + number) for number in range(12)))
    narrow, wide = (told(asked, 40, matching=MATCHING.model_copy(update={"interval": part})) for part in (0.5, 0.9))
    assert wide["vacancies_low"] < narrow["vacancies_low"] <= narrow["vacancies_high"] < wide["vacancies_high"]
    assert wide["wage_median_low"] < narrow["wage_median_low"]
