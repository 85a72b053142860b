"""A difference split fairly over what changed: the Shapley value (Shapley, 1953).

    phi(i) = sum over sets S of the other factors of |S|! (n - |S| - 1)! / n! x (v(S and i) - v(S))
v(S) is the value where the factors in S are as in the later snapshot, and all others as in the earlier one. The parts
add up to v(all) - v(none); a factor that changes nothing gets 0; two that do the same get the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def coalitions(factors: Sequence[str]) -> list[frozenset[str]]:
    """Every set of the factors, the empty one first."""
    return [frozenset(chosen) for size in range(len(factors) + 1) for chosen in combinations(factors, size)]


def split(factors: Sequence[str], values: Mapping[frozenset[str], Ints]) -> dict[str, Ints]:
    """The share of each factor, times n! so that all are whole numbers and add up without rounding.

    Args:
        factors: what changed, n of them.
        values: for every set of them the values (rows,) with these factors as in the later state.
    """
    return {factor: _share(factor, factors, values) for factor in factors}


def _share(factor: str, factors: Sequence[str], values: Mapping[frozenset[str], Ints]) -> Ints:
    others = [other for other in factors if other != factor]
    count = len(factors)
    total = np.zeros_like(values[frozenset()])
    for chosen in coalitions(others):
        weight = factorial(len(chosen)) * factorial(count - len(chosen) - 1)
        total = total + weight * (values[chosen | {factor}] - values[chosen])
    return total


def shapley(factors: Sequence[str], value: Callable[[frozenset[str]], Ints]) -> dict[str, Floats]:
    """The share of each factor in the unit of the values.

    Args:
        factors: what changed; none gives no shares.
        value: the values (rows,) for a set of factors as in the later state; asked once for every set.
    """
    values = {chosen: value(chosen) for chosen in coalitions(factors)}
    return {factor: share / factorial(len(factors)) for factor, share in split(factors, values).items()}
