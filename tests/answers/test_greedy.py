"""The greedy choice against every possible choice."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations
from math import e, inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers.greedy import Limits, Pool, Step, best_stack, best_stacks

MILLION = 1_000_000


def pool(
    values: list[list[int]],
    hours: list[float] | None = None,
    cost: list[float] | None = None,
    before: dict[int, tuple[int, ...]] | None = None,
    parts: dict[int, frozenset[int]] | None = None,
) -> Pool:
    """Credentials by what they are worth for each skill; by default of no known hours or cost."""
    unknown = [nan] * len(values)
    return Pool(
        np.array(values, dtype=np.int64).reshape(len(values), -1), np.array(hours or unknown),
        np.array(cost or unknown), before or {}, parts or {},
    )  # fmt: skip


def nothing(given: Pool) -> np.ndarray:
    return np.zeros(given.values.shape[1], dtype=np.int64)


def worth(given: Pool, base: np.ndarray, chosen: tuple[int, ...]) -> int:
    """f of a set, as its definition says."""
    return int(np.maximum(base, given.values[list(chosen)].max(axis=0, initial=0)).sum())


def allowed(given: Pool, chosen: tuple[int, ...], limits: Limits) -> bool:
    """Whether a set of credentials could be taken in some order: every rule, told anew."""
    if limits.hours < inf and not sum(given.hours[i] for i in chosen) <= limits.hours:
        return False
    if limits.cost < inf and not sum(given.cost[i] for i in chosen) <= limits.cost:
        return False
    if any(part in chosen for whole in chosen for part in given.parts.get(whole, ())):
        return False
    inside = {part for whole in chosen for part in given.parts.get(whole, ())}
    return all(p in chosen or p in inside for i in chosen for p in given.before.get(i, ()))


def exact(given: Pool, base: np.ndarray, limits: Limits, most: int) -> int:
    """The most that any set of at most so many credentials is worth."""
    sets = (c for n in range(most + 1) for c in combinations(range(len(given.values)), n))
    return max(worth(given, base, c) for c in sets if allowed(given, c, limits))


@st.composite
def pools(draw: st.DrawFn, amounts: bool = True, tied: bool = False) -> Pool:
    """Up to seven credentials for up to five skills; with `tied`, some require others or are parts of others."""
    count, skills = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    cells = st.sampled_from([0, 0, 1, 2, 3, 5, 8]).map(lambda n: n * MILLION)
    values = [[draw(cells) for _ in range(skills)] for _ in range(count)]
    number = st.sampled_from([1.0, 2.0, 3.0, 5.0, nan]) if amounts else st.just(nan)
    hours, cost = ([draw(number) for _ in range(count)] for _ in range(2))
    before: dict[int, tuple[int, ...]] = {}
    parts: dict[int, frozenset[int]] = {}
    if tied:
        # What comes later may require what comes earlier, with all that this requires; never what it contains.
        for i in range(1, count):
            direct = draw(st.sets(st.integers(0, i - 1), max_size=2))
            first = sorted(direct | {q for p in direct for q in before.get(p, ())})
            if first:
                before[i] = tuple(first)
        for whole in range(count):
            inside = draw(st.sets(st.integers(0, count - 1), max_size=1)) - {whole, *before.get(whole, ())}
            if inside and not any(whole in before.get(i, ()) or i in parts for i in inside):
                parts[whole] = frozenset(inside)
        before = {
            i: tuple(p for p in first if not any(p in parts.get(w, ()) for w in first)) for i, first in before.items()
        }
        before = {i: first for i, first in before.items() if first}
    return pool(values, hours, cost, before, parts)


# --- By hand --------------------------------------------------------------------------------------------------------


def test_steps_by_hand() -> None:
    # Skills weigh 5, 3 and 2. The first covers 5 of the first; the third 3 + 2; the second 4 + 1 of the first two.
    given = pool([[5, 0, 0], [4, 1, 0], [0, 3, 2]], hours=[10, 10, 20])
    steps = best_stack(given, nothing(given), Limits(credentials=3, least=1))
    # All gain 5 first; fewer hours, then the earlier one. Then the third adds 5, and the second nothing any more.
    assert steps == [Step(0, None, 5, 5, 5), Step(2, None, 5, 10, 10)]


def test_greedy_is_not_the_best_and_the_bound_says_so() -> None:
    # The first takes 6 at once; the other two would be worth 5 + 5 together.
    given = pool([[3, 3, 0, 0], [3, 0, 2, 0], [0, 3, 0, 2]])
    steps = best_stack(given, nothing(given), Limits(credentials=2, least=1))
    assert [s.position for s in steps] == [0, 1]
    assert [s.total for s in steps] == [6, 8]
    assert exact(given, nothing(given), Limits(2, 1), 2) == 10
    assert steps[-1].bound == 10


def test_what_is_there_already_counts() -> None:
    given = pool([[5, 0], [0, 3]])
    steps = best_stack(given, np.array([4, 0]), Limits(credentials=1, least=1))
    assert [(s.position, s.gain, s.total) for s in steps] == [(1, 3, 7)]


def test_gain_per_hour_wins_where_hours_are_short() -> None:
    # One of 10 hours gains 6; two of 5 hours gain 5 each.
    given = pool([[6, 0, 0], [0, 5, 0], [0, 0, 5]], hours=[10, 5, 5])
    assert [s.position for s in best_stack(given, nothing(given), Limits(3, 1, hours=10))] == [1, 2]
    assert [s.position for s in best_stack(given, nothing(given), Limits(3, 1))] == [0, 1, 2]


def test_one_large_step_wins_where_gain_per_hour_would_waste_the_hours() -> None:
    # The small one gains most per hour, and leaves no room for the large one.
    given = pool([[10, 0], [0, 2]], hours=[10, 1])
    assert [s.position for s in best_stack(given, nothing(given), Limits(2, 1, hours=10))] == [0]


def test_what_does_not_state_its_hours_cannot_be_taken_within_hours() -> None:
    given = pool([[9], [1]], hours=[nan, 3])
    assert [s.position for s in best_stack(given, nothing(given), Limits(2, 1, hours=5))] == [1]
    assert [s.position for s in best_stack(given, nothing(given), Limits(2, 1, cost=5))] == []


def test_what_is_free_comes_first_within_a_cost() -> None:
    given = pool([[5, 0], [0, 1]], hours=[1, 1], cost=[100, 0])
    assert [s.position for s in best_stack(given, nothing(given), Limits(2, 1, cost=50))] == [1]
    assert [s.position for s in best_stack(given, nothing(given), Limits(2, 1, cost=0))] == [1]
    assert sorted(s.position for s in best_stack(given, nothing(given), Limits(2, 1, cost=100))) == [0, 1]


def test_a_prerequisite_is_taken_first_and_its_hours_count() -> None:
    # The first needs the second, which teaches nothing of the role.
    given = pool([[11, 0], [0, 0], [0, 5]], hours=[10, 10, 10], before={0: (1,)})
    steps = best_stack(given, nothing(given), Limits(3, 1))
    assert [(s.position, s.required_by, s.gain) for s in steps] == [(1, 0, 0), (0, None, 11), (2, None, 5)]
    assert [s.position for s in best_stack(given, nothing(given), Limits(3, 1, hours=15))] == [2]
    assert [s.position for s in best_stack(given, nothing(given), Limits(1, 1))] == [2]


def test_a_prerequisite_that_is_there_is_not_taken_twice() -> None:
    given = pool([[0, 9], [5, 0], [4, 0]], before={0: (1,), 2: (1,)})
    assert [s.position for s in best_stack(given, nothing(given), Limits(5, 1))] == [1, 0]


def test_what_adds_nothing_to_its_prerequisite_is_not_taken_with_it() -> None:
    given = pool([[5, 0], [5, 1], [0, 0]], hours=[9, 1, 1], before={1: (0,)})
    assert [s.position for s in best_stack(given, nothing(given), Limits(3, 2))] == [0]


def test_what_requires_much_is_worth_as_many_credentials() -> None:
    # With what it requires the first gains 6, which is 3 each; the two others gain 4 each by themselves.
    given = pool([[6, 0, 0], [0, 0, 0], [0, 4, 0], [0, 0, 4]], before={0: (1,)})
    assert [s.position for s in best_stack(given, nothing(given), Limits(2, 1))] == [2, 3]
    assert sorted(s.position for s in best_stack(given, nothing(given), Limits(4, 1))) == [0, 1, 2, 3]


def test_a_credential_is_not_stacked_with_its_parts() -> None:
    given = pool([[4, 4, 0], [5, 0, 0], [0, 0, 1]], parts={0: frozenset({1})})
    assert [s.position for s in best_stack(given, nothing(given), Limits(3, 1))] == [0, 2]
    given = pool([[4, 4, 0], [9, 0, 0], [0, 0, 1]], parts={0: frozenset({1})})
    assert [s.position for s in best_stack(given, nothing(given), Limits(3, 1))] == [1, 2]


def test_what_contains_a_prerequisite_meets_it() -> None:
    # The third needs the second, which is part of the first.
    given = pool([[5, 0], [1, 0], [0, 3]], before={2: (1,)}, parts={0: frozenset({1})})
    assert [s.position for s in best_stack(given, nothing(given), Limits(3, 1))] == [0, 2]


def test_nothing_to_gain_gives_no_step() -> None:
    assert best_stack(pool([[0, 0]]), np.zeros(2, dtype=np.int64), Limits(3, 1)) == []
    assert best_stack(pool([[3, 3]]), np.array([3, 3]), Limits(3, 0)) == []
    assert best_stack(pool([[3, 3]]), np.array([0, 0]), Limits(3, 7)) == []
    empty = Pool(np.zeros((0, 2), dtype=np.int64), np.zeros(0), np.zeros(0))
    assert best_stack(empty, np.zeros(2, dtype=np.int64), Limits(3, 1)) == []


# --- Against every set ----------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(pools(amounts=False), st.integers(1, 4))
def test_without_limits_it_reaches_1_minus_1_over_e_of_the_best(given: Pool, most: int) -> None:
    limits = Limits(most, 1)
    steps = best_stack(given, nothing(given), limits)
    best = exact(given, nothing(given), limits, most)
    reached = steps[-1].total if steps else 0
    assert best * (1 - 1 / e) <= reached <= best
    assert all(step.bound >= exact(given, nothing(given), limits, i) for i, step in enumerate(steps, start=1))
    assert all(one.gain >= other.gain for one, other in pairwise(steps)), "gains fall"


@settings(max_examples=200, deadline=None)
@given(pools(), st.sampled_from(["hours", "cost"]), st.sampled_from([0.0, 2.0, 4.0, 7.0]))
def test_within_a_budget_it_reaches_half_of_that(given: Pool, limited: str, limit: float) -> None:
    limits = Limits(len(given.values), 1, **{limited: limit})
    steps = best_stack(given, nothing(given), limits)
    best = exact(given, nothing(given), limits, len(given.values))
    reached = steps[-1].total if steps else 0
    assert best * (1 - 1 / e) / 2 <= reached <= best
    amounts = given.hours if limited == "hours" else given.cost
    assert sum(amounts[s.position] for s in steps) <= limit
    assert all(step.bound >= exact(given, nothing(given), limits, i) for i, step in enumerate(steps, start=1))


@settings(max_examples=300, deadline=None)
@given(
    pools(tied=True), st.integers(1, 5), st.sampled_from([inf, 3.0, 8.0]), st.sampled_from([inf, 6.0]),
    st.lists(st.integers(0, 4), min_size=5, max_size=5),
)  # fmt: skip
def test_every_rule_holds_at_every_step(given: Pool, most: int, hours: float, cost: float, has: list[int]) -> None:
    base = np.array(has[: given.values.shape[1]], dtype=np.int64) * MILLION
    limits = Limits(most, 1, hours, cost)
    steps = best_stack(given, base, limits)
    taken = tuple(s.position for s in steps)
    assert len(set(taken)) == len(taken) <= most
    assert all(allowed(given, taken[:i], limits) for i in range(len(taken) + 1)), "prerequisites come first"
    assert [s.total for s in steps] == [worth(given, base, taken[:i]) for i in range(1, len(taken) + 1)]
    assert sum(s.gain for s in steps) == (steps[-1].total - int(base.sum()) if steps else 0)
    for i, step in enumerate(steps, start=1):
        assert step.total <= exact(given, base, limits, i) <= step.bound
        assert step.required_by is None or step.required_by in taken[i:]


@settings(max_examples=100, deadline=None)
@given(pools(), st.sampled_from([inf, 6.0]), st.randoms(use_true_random=False))
def test_the_order_of_the_pool_changes_no_worth(given: Pool, hours: float, random) -> None:
    order = list(range(len(given.values)))
    random.shuffle(order)
    mixed = Pool(given.values[order], given.hours[order], given.cost[order])
    one, other = (best_stack(p, nothing(p), Limits(3, 1, hours)) for p in (given, mixed))
    if len({tuple(v) for v in given.values.tolist()}) == len(order) and len(set(given.hours.tolist())) == len(order):
        assert [s.total for s in one] == [s.total for s in other]
    assert (one == []) == (other == [])


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(pools(), pools(tied=True)), st.integers(0, 4), st.sampled_from([0, 1, 2 * MILLION]),
    st.sampled_from([inf, 6.0]), st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), max_size=4),
)  # fmt: skip
def test_stacks_chosen_at_once_are_those_chosen_one_by_one(
    given: Pool, most: int, least: int, hours: float, has: list[list[int]]
) -> None:
    bases = np.array(has, dtype=np.int64).reshape(-1, 5)[:, : given.values.shape[1]] * MILLION
    limits = Limits(most, least, hours)
    taken, after = best_stacks(given, bases, limits)
    assert taken == [[s.position for s in best_stack(given, base, limits)] for base in bases]
    assert after.shape == bases.shape
    assert after.sum(axis=1).tolist() == [worth(given, b, tuple(own)) for b, own in zip(bases, taken, strict=True)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_chain_is_taken_from_its_start_whatever_its_place(order: tuple[int, ...]) -> None:
    a, b, c = order
    values = [[0, 0, 0] for _ in range(3)]
    values[c][2], values[b][1], values[a][0] = 9, 1, 1
    given = pool(values, before={c: (a, b), b: (a,)})
    assert [s.position for s in best_stack(given, nothing(given), Limits(3, 1))] == [a, b, c]
