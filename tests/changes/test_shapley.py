"""A difference split fairly over what changed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.changes import shapley
from pipeline.changes.shapley import coalitions

NAMES = ("a", "b", "c", "d")


def game(values: dict[frozenset[str], int]) -> Callable[[frozenset[str]], np.ndarray]:
    return lambda chosen: np.array([values[chosen]])


def test_by_hand() -> None:
    # Alone, a gives 10 and b 20; together 50. Each gets its own and half of the 20 that only both give.
    values = {frozenset(): 0, frozenset("a"): 10, frozenset("b"): 20, frozenset("ab"): 50}
    found = shapley(["a", "b"], game(values))
    assert (found["a"][0], found["b"][0]) == (20.0, 30.0)


@st.composite
def games(draw: st.DrawFn) -> tuple[list[str], dict[frozenset[str], int]]:
    factors = list(NAMES[: draw(st.integers(0, 4))])
    return factors, {chosen: draw(st.integers(0, 10**9)) for chosen in coalitions(factors)}


@given(games())
def test_shares_add_up_and_are_means_over_all_orders(made: tuple[list[str], dict[frozenset[str], int]]) -> None:
    factors, values = made
    found = shapley(factors, game(values))
    assert sum(share[0] for share in found.values()) == pytest.approx(
        values[frozenset(factors)] - values[frozenset()], abs=1e-6
    )
    orders = list(permutations(factors))
    for factor in factors:
        gains = [
            values[frozenset(order[: order.index(factor) + 1])] - values[frozenset(order[: order.index(factor)])]
            for order in orders
        ]
        assert found[factor][0] == pytest.approx(sum(gains) / len(orders), abs=1e-6)


@given(games())
def test_a_factor_that_changes_nothing_gets_nothing(made: tuple[list[str], dict[frozenset[str], int]]) -> None:
    factors, values = made
    wider = {chosen | extra: values[chosen] for chosen in values for extra in (frozenset(), frozenset({"null"}))}
    found = shapley([*factors, "null"], game(wider))
    assert found["null"][0] == 0
    for factor, share in shapley(factors, game(values)).items():
        assert found[factor][0] == pytest.approx(share[0], abs=1e-6)


@given(games())
def test_factors_that_do_the_same_get_the_same(made: tuple[list[str], dict[frozenset[str], int]]) -> None:
    factors, values = made
    if len(factors) < 2:
        return
    one, other = factors[:2]
    swap = {one: other, other: one}
    alike = {chosen: values[min((chosen, frozenset(swap.get(f, f) for f in chosen)), key=sorted)] for chosen in values}
    found = shapley(factors, game(alike))
    assert found[one][0] == pytest.approx(found[other][0], abs=1e-6)


def test_the_worked_example_of_the_methods_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    text = " ".join(page.split("### Two factors by hand")[1].split("\n## ")[0].split())
    values = {frozenset(): 30, frozenset("d"): 40, frozenset("c"): 50, frozenset("dc"): 80}
    found = shapley(["d", "c"], game(values))
    assert f"by_demand = ((0.40 - 0.30) + (0.80 - 0.50)) / 2 = {found['d'][0] / 100:.2f}" in text
    assert f"by_credential = ((0.50 - 0.30) + (0.80 - 0.40)) / 2 = {found['c'][0] / 100:.2f}" in text
