"""The best stack of credentials within a budget: greedy weighted maximum coverage, and how far from the best it can be.

    f(A)     = sum over skills of max(base, max over c in A of value(c, s))
    gain     = f(A + c) - f(A)
Values are whole billionths, so that no order of additions can move a choice. f is monotone and submodular: without
prerequisites, taking the largest gain reaches 1 - 1/e of the best set of as many credentials (Nemhauser, Wolsey &
Fisher, 1978); under a budget, the better of the largest gain and the largest gain per part of the budget used reaches
half of that (Khuller, Moss & Naor, 1999; Leskovec et al., 2007). With prerequisites neither is promised; the bound
holds always: no set B of k credentials has f(B) > f(A) + the sum of the k largest gains beside any A.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, inf
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.matching import Floats, Ints

Bools = npt.NDArray[np.bool_]

CELLS_AT_ONCE = 1 << 18  # of what is compared when several stacks are chosen at once; bounds the memory

# What is largest is taken: the gain, the gain per credential (one may require others), or the gain per part of budgets.
Rule = Literal["gain", "per_credential", "per_cost"]


@dataclass(frozen=True)
class Limits:
    """What a whole stack may take: credentials, and hours and money where they are limited.

    `least` is the smallest gain, in billionths, for which something is taken.
    """

    credentials: int
    least: int
    hours: float = inf
    cost: float = inf


@dataclass(frozen=True)
class Pool:
    """The credentials to choose from; the earlier one wins where two are equal.

    Attributes:
        values: what each is worth for each skill, an array (credentials, skills) of billionths.
        hours: of each; NaN where not stated: never taken where hours are limited.
        cost: as hours.
        before: by position, the positions of its prerequisites and theirs, in the order to take them.
        parts: by position, those of the credentials that it contains and does not require: it is taken instead of them.
    """

    values: Ints
    hours: Floats
    cost: Floats
    before: dict[int, tuple[int, ...]] = field(default_factory=dict)
    parts: dict[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One credential of a stack: `gain` and `total` (what the stack is worth after it) in billionths.

    `required_by` is the position of the credential for which it is taken as a prerequisite; `bound` is what no stack of
    so many credentials within the limits can exceed.
    """

    position: int
    required_by: int | None
    gain: int
    total: int
    bound: int


def best_stack(pool: Pool, base: Ints, limits: Limits) -> list[Step]:
    """The best stack that the greedy rules find, in the order to take it.

    Args:
        pool: what there is to choose from.
        base: what is there already for each skill, an array (skills,) of billionths.
        limits: what the stack may take.

    Returns:
        Its steps; none where nothing that fits gains enough.
    """
    rules: list[Rule] = ["gain"]
    if pool.before:
        rules.append("per_credential")
    if limits.hours < inf or limits.cost < inf:
        rules.append("per_cost")
    budgets = [
        (amounts, limit) for amounts, limit in ((pool.hours, limits.hours), (pool.cost, limits.cost)) if limit < inf
    ]
    affordable: Bools = np.ones(len(pool.values), dtype=bool)
    for amounts, limit in budgets:
        affordable &= amounts <= limit  # NaN is not
    first = np.where(affordable, _gain(pool.values, base), 0)
    if not pool.before:
        fitting = np.count_nonzero(first >= max(limits.least, 1))
        if not fitting:
            return []
        rules = rules[: fitting if fitting == 1 else None]  # with nothing to choose from, every rule takes the same
    runs = [_Run(pool, base, limits, rule, [_Budget(*each) for each in budgets], affordable, first) for rule in rules]
    for run in runs:
        run.finish()
    best = max(runs, key=lambda run: run.total)  # the first of equals
    if not best.steps:
        return []
    bounds = np.minimum.reduce([run.bounds(len(best.steps)) for run in runs])
    return [
        Step(position, by, gain, total, int(max(bounds[i], total)))
        for i, (position, by, gain, total) in enumerate(best.steps)
    ]


def best_stacks(pool: Pool, bases: Ints, limits: Limits) -> tuple[list[list[int]], Ints]:
    """What `best_stack` takes on top of each of several bases, and what is there then.

    Args:
        pool: what there is to choose from.
        bases: what is there already for each skill, an array (bases, skills) of billionths.
        limits: what each stack may take.

    Returns:
        For each base the positions that are taken, in order; and an array (bases, skills) of billionths.
    """
    if pool.before or limits.hours < inf or limits.cost < inf:
        taken = [[step.position for step in best_stack(pool, base, limits)] for base in bases]
        after = [
            np.maximum(base, pool.values[own].max(axis=0, initial=0)) for base, own in zip(bases, taken, strict=True)
        ]
        return taken, np.array(after, dtype=np.int64).reshape(bases.shape)
    taken = [[] for _ in bases]
    best, open_to = bases.copy(), np.ones((len(bases), len(pool.values)), dtype=bool)
    first, apart = np.lexsort((np.nan_to_num(pool.hours, nan=inf),)), _apart(pool)
    rows = np.arange(len(bases))
    for _ in range(limits.credentials if len(first) else 0):
        gains = np.where(open_to[rows], _gains(pool.values, best[rows]), -1)[:, first]
        chosen = gains.argmax(axis=1)  # the first of equals: fewest hours, then the earlier one
        enough = gains[np.arange(len(rows)), chosen] >= max(limits.least, 1)
        rows, positions = rows[enough], first[chosen[enough]]
        if not len(rows):
            break
        for row, position in zip(rows.tolist(), positions.tolist(), strict=True):
            taken[row].append(position)
        best[rows] = np.maximum(best[rows], pool.values[positions])
        open_to[rows] &= ~apart[positions]
    return taken, best


def _gain(values: Ints, best: Ints) -> Ints:
    """What each credential would add to a set: an array (credentials,)."""
    return np.asarray(np.maximum(values, best).sum(axis=1) - best.sum())


def _gains(values: Ints, best: Ints) -> Ints:
    """What each credential would add to each of several sets: an array (sets, credentials)."""
    gains = np.empty((len(best), len(values)), dtype=np.int64)
    useful = values.any(axis=0)
    values, best = np.ascontiguousarray(values[:, useful]), best[:, useful]
    step = max(1, CELLS_AT_ONCE // max(values.size, 1))
    for start in range(0, len(best), step):
        some = best[start : start + step]
        gains[start : start + step] = np.maximum(values, some[:, None]).sum(axis=2) - some.sum(axis=1)[:, None]
    return gains


def _apart(pool: Pool) -> Bools:
    """Which credentials cannot be taken any more when another is: itself, its parts, and what contains it."""
    apart: Bools = np.eye(len(pool.values), dtype=bool)
    for whole, parts in pool.parts.items():
        inside = list(parts)
        apart[whole, inside] = apart[inside, whole] = True
    return apart


class _Run:
    """One greedy choice under way."""

    def __init__(
        self, pool: Pool, base: Ints, limits: Limits, rule: Rule, budgets: list[_Budget], affordable: Bools, gains: Ints
    ) -> None:
        self.pool, self.limits, self.rule, self.budgets, self.affordable = pool, limits, rule, budgets, affordable
        self.best = base.copy()
        self.total = int(base.sum())
        self.steps: list[tuple[int, int | None, int, int]] = []
        count = len(pool.values)
        self.met: Bools = np.zeros(count, dtype=bool)  # taken, or part of what is taken
        self.blocked: Bools = np.zeros(count, dtype=bool)  # holds something that is taken
        self.with_others: Bools = np.zeros(count, dtype=bool)  # requires another one
        self.with_others[list(pool.before)] = True
        # What each would add by itself. For those that are no longer looked at it is what they last would have added,
        # which is no less than what they would add now: gains only fall.
        self.gains = gains.copy()
        self.alive: Ints = np.flatnonzero(affordable)
        self.prefixes: list[tuple[int, Ints]] = []
        self._look()

    def finish(self) -> None:
        """Takes credentials until none that fits gains enough."""
        while (chosen := self._choose()) is not None:
            for member in self._bundle(chosen):
                self._take(member, None if member == chosen else chosen)
            self.gains[self.alive] = _gain(self.pool.values[self.alive], self.best)
            self._look()

    def bounds(self, most: int) -> Ints:
        """For 1, 2, ... and `most` credentials, what no stack of so many within the limits can exceed."""
        everything = np.maximum(self.best, self.pool.values[self.affordable].max(axis=0, initial=0)).sum()
        found, budgets = np.full(most, everything), [budget.of(self.affordable) for budget in self.budgets]
        for total, every in self.prefixes:
            gains, top = every[self.affordable], np.zeros(most, dtype=np.int64)
            largest = np.sort(gains)[::-1][:most]
            top[: len(largest)] = largest
            within = np.cumsum(top)
            for budget in budgets:
                within = np.minimum(within, _fractional_knapsack(gains, budget))
            found = np.minimum(found, total + within)
        return found

    def _look(self) -> None:
        """Those that would add too little are looked at no more; gains are what each would add now."""
        self.prefixes.append((self.total, self.gains.copy()))
        enough = self.gains[self.alive] >= self.limits.least
        self.alive = self.alive[enough & ~self.met[self.alive] & ~self.blocked[self.alive]]

    def _bundle(self, position: int) -> list[int]:
        """A credential after those of its prerequisites that are still to be taken, less what another of them holds."""
        required = [p for p in self.pool.before.get(position, ()) if not self.met[p]]
        inside = {part for whole in (*required, position) for part in self.pool.parts.get(whole, ())}
        return [*(p for p in required if p not in inside), position]

    def _choose(self) -> int | None:
        """The position that adds most by the rule; None where none will do.

        What it requires is taken with it and counts with it; by itself it must still gain enough.
        """
        if not len(self.alive) or len(self.steps) >= self.limits.credentials:
            return None
        gains, hours = self.gains[self.alive], self.pool.hours[self.alive]
        amounts = [budget.amounts[self.alive] for budget in self.budgets]
        sizes = np.ones(len(self.alive), dtype=np.int64)
        fits = gains >= max(self.limits.least, 1)
        for i in np.flatnonzero(self.with_others[self.alive]).tolist() if self.pool.before else ():
            *required, chosen = bundle = self._bundle(int(self.alive[i]))
            before = np.maximum(self.best, self.pool.values[required].max(axis=0, initial=0))
            after = np.maximum(before, self.pool.values[chosen])
            gains[i], hours[i], sizes[i] = (after - self.best).sum(), self.pool.hours[bundle].sum(), len(bundle)
            fits[i] = (after - before).sum() >= max(self.limits.least, 1) and not self.blocked[bundle].any()
            for budget, amount in zip(self.budgets, amounts, strict=True):
                amount[i] = budget.amounts[bundle].sum()
        fits &= sizes <= self.limits.credentials - len(self.steps)
        for budget, amount in zip(self.budgets, amounts, strict=True):
            fits &= budget.used + amount <= budget.limit
        left = np.flatnonzero(fits)
        if len(left) < 2:
            return int(self.alive[left[0]]) if len(left) else None
        gains, hours, sizes = gains[left], hours[left], sizes[left]
        keys: Floats = gains / sizes if self.rule == "per_credential" else gains.astype(np.float64)
        if self.rule == "per_cost":
            keys = _per_part(gains, self.budgets, [amount[left] for amount in amounts])
        first = np.lexsort((left, np.where(np.isnan(hours), inf, hours), sizes, -gains, -keys))[0]
        return int(self.alive[left[first]])

    def _take(self, position: int, required_by: int | None) -> None:
        after = np.maximum(self.best, self.pool.values[position])
        gain = int(after.sum() - self.best.sum())
        self.best, self.total = after, self.total + gain
        self.steps.append((position, required_by, gain, self.total))
        for budget in self.budgets:
            budget.used += float(budget.amounts[position])
        self.met[[position, *self.pool.parts.get(position, ())]] = True
        self.blocked[[whole for whole, parts in self.pool.parts.items() if position in parts]] = True


@dataclass
class _Budget:
    """Something that is limited: what each credential takes of it, and what is used."""

    amounts: Floats
    limit: float
    used: float = 0.0

    def of(self, chosen: Bools) -> _Budget:
        """The same for some credentials only."""
        return _Budget(self.amounts[chosen], self.limit)


def _per_part(gains: Ints, budgets: list[_Budget], amounts: list[Floats]) -> Floats:
    """Gain per part of the budgets that is used: infinite for what is free."""
    parts = np.zeros(len(gains))
    for budget, amount in zip(budgets, amounts, strict=True):
        if budget.limit > 0:
            parts = parts + amount / budget.limit
    per_part: Floats = np.divide(gains, parts, out=np.full(len(gains), inf), where=parts > 0)
    return per_part


def _fractional_knapsack(gains: Ints, budget: _Budget) -> int:
    """What gains can add up to within a budget if parts of credentials could be taken: no whole ones can exceed it."""
    free = budget.amounts <= 0
    density = np.divide(gains, budget.amounts, out=np.full(len(gains), inf), where=~free)
    left, total = budget.limit, 0
    for i in np.argsort(-density, kind="stable").tolist():
        amount = float(budget.amounts[i])
        if amount > left:
            return total + ceil(int(gains[i]) * (left / amount)) + 1
        left -= amount
        total += int(gains[i])
    return total
