"""Groups of things that belong together."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers.clusters import gather


def affinity(pairs: dict[tuple[int, int], float], count: int) -> np.ndarray:
    matrix = np.zeros((count, count))
    for (one, other), value in pairs.items():
        matrix[one, other] = matrix[other, one] = value
    return matrix


def test_average_linkage_by_hand() -> None:
    # 0-1 go together first (0.9). With them, 2 has (0.8 + 0.2) / 2 = 0.5, and with 3 alone 0.4: 2 joins 0 and 1.
    # 3 has (0.1 + 0.1 + 0.4) / 3 = 0.2 with the three: less than 0.3, so that it stays alone.
    pairs = {(0, 1): 0.9, (0, 2): 0.8, (1, 2): 0.2, (2, 3): 0.4, (0, 3): 0.1, (1, 3): 0.1}
    assert gather(affinity(pairs, 4), 0.3, 4) == [[0, 1, 2], [3]]
    assert gather(affinity(pairs, 4), 0.2, 4) == [[0, 1, 2, 3]]
    assert gather(affinity(pairs, 4), 0.3, 2) == [[0, 1], [2, 3]]
    assert gather(affinity(pairs, 4), 0.3, 1) == [[0], [1], [2], [3]]


def test_nothing_gives_nothing() -> None:
    assert gather(np.zeros((0, 0)), 0.3, 4) == []
    assert gather(np.zeros((1, 1)), 0.3, 4) == [[0]]


@st.composite
def symmetric(draw: st.DrawFn) -> np.ndarray:
    count = draw(st.integers(1, 9))
    values = draw(st.lists(st.integers(0, 1000), min_size=count * count, max_size=count * count, unique=True))
    matrix = np.array(values, dtype=float).reshape(count, count) / 1000
    return np.triu(matrix, 1) + np.triu(matrix, 1).T


@given(matrix=symmetric(), least=st.floats(0, 1), largest=st.integers(1, 9), seed=st.integers(0, 99))
def test_groups_part_the_members_stay_small_and_do_not_depend_on_their_order(
    matrix: np.ndarray, least: float, largest: int, seed: int
) -> None:
    found = gather(matrix, least, largest)
    assert sorted(i for group in found for i in group) == list(range(len(matrix)))
    assert max(map(len, found)) <= largest
    order = np.random.default_rng(seed).permutation(len(matrix))
    mixed = gather(matrix[np.ix_(order, order)], least, largest)
    assert sorted(sorted(int(order[i]) for i in group) for group in mixed) == found
