"""Stacks: which credentials to take, in which order, to cover the most of a role within a budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isnan

import numpy as np

from pipeline.answers.greedy import Limits, Step, best_stack
from pipeline.answers.places import Choice, Place
from pipeline.matching import ONE, Floats, Ints, bounds
from pipeline.settings import StackSettings

NO_BUDGET = "none"


@dataclass(frozen=True)
class Taken:
    """A step of a stack, told by ids; `gain`, `coverage` and `bound` are shares of the role, 0 to 1."""

    credential_id: str
    required_by: str | None
    gain: float
    coverage: float
    bound: float
    hours: float | None
    cost: float | None
    new_skills: list[str]
    improved_skills: list[str]
    requires: list[str]
    entry_requirements: list[str]


def budgets(settings: StackSettings) -> dict[str, tuple[float, float]]:
    """Most hours and most money by the name of each budget."""
    hours = {f"hours_{limit:g}": (limit, inf) for limit in settings.hour_budgets}
    cost = {f"cost_{limit:g}": (inf, limit) for limit in settings.cost_budgets}
    return {NO_BUDGET: (inf, inf), **hours, **cost}


def choose(place: Place, choice: Choice, skills: Ints, base: Ints, limits: Limits) -> tuple[list[Taken], Ints]:
    """The best stack for a role on top of what is there.

    Args:
        place: names skills and credentials.
        choice: what there is to choose from.
        skills: of the role, codes as `place.asked` gives them.
        base: what is there already for each skill, in billionths.
        limits: what the stack may take.

    Returns:
        The steps in order, and what is there for each skill after each: an array (steps, skills) of billionths.
    """
    steps = best_stack(choice.pool, base, limits)
    after = np.empty((len(steps), len(skills)), dtype=np.int64)
    best, told = base, []
    for i, step in enumerate(steps):
        after[i] = np.maximum(best, choice.pool.values[step.position])
        told.append(_tell(place, choice, step, skills, best, after[i]))
        best = after[i]
    return told, after


def _tell(place: Place, choice: Choice, step: Step, skills: Ints, before: Ints, after: Ints) -> Taken:
    catalogue = place.catalogue
    position = int(choice.positions[step.position])
    gains = after - before
    ranked = np.argsort(-gains, kind="stable")
    new = [i for i in ranked.tolist() if gains[i] > 0 and before[i] == 0]
    improved = [i for i in ranked.tolist() if gains[i] > 0 and before[i] > 0]
    by = None if step.required_by is None else catalogue.ids[int(choice.positions[step.required_by])]
    return Taken(
        catalogue.ids[position],
        by,
        step.gain / ONE,
        step.total / ONE,
        min(step.bound, ONE) / ONE,
        stated(float(catalogue.hours[position])),
        stated(float(catalogue.cost[position])),
        place.skill_ids(skills[new]),
        place.skill_ids(skills[improved]),
        [catalogue.ids[p] for p in catalogue.requires.get(position, ())],
        catalogue.entry.get(position, []),
    )


def stated(amount: float) -> float | None:
    """An amount of the catalogue; None where it is not stated."""
    return None if isnan(amount) else amount


def total(amounts: list[float | None]) -> float | None:
    """A sum to the cent; None where one of it is not stated."""
    known = [amount for amount in amounts if amount is not None]
    return round(sum(known), 2) if len(known) == len(amounts) else None


def role_stacks(place: Place, role: int, choice: Choice, draws: Floats) -> Iterator[dict[str, object]]:
    """Rows of `tables.STACKS`: the best stack for a role within each budget.

    Args:
        place: the region.
        role: which.
        choice: what there is to choose from for it.
        draws: of the importance of its skills, an array (draws, skills).
    """
    if not len(choice.positions):
        return
    skills, importance = place.asked(role)
    chosen = [
        (budget, *choose(place, choice, skills, np.zeros_like(importance), place.limits(hours, cost)))
        for budget, (hours, cost) in budgets(place.settings.stacks).items()
    ]
    after = np.concatenate([reached for _, _, reached in chosen])
    # What a stack earns for a skill, as if it were one credential; a skill weighs something, or it is not asked.
    credit = np.rint(after / np.maximum(importance, 1) * ONE).astype(np.int64)
    ends = zip(
        *(each.tolist() for each in bounds(draws, credit, after.sum(axis=1), place.settings.matching)), strict=True
    )
    for budget, taken, _ in chosen:
        for i, step in enumerate(taken):
            low, high = next(ends)
            yield vars(step) | {
                "role_id": place.roles()[role], "region": place.region, "budget": budget, "step": i + 1,
                "coverage_low": low, "coverage_high": high,
                "hours_total": total([t.hours for t in taken[: i + 1]]),
                "cost_total": total([t.cost for t in taken[: i + 1]]),
                "cost_currency": place.settings.demand.currency,
                "prerequisites_met": not step.entry_requirements,
            }  # fmt: skip
