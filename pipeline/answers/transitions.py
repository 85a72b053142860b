"""Transitions: from one role to another, what is missing, what carries over, and the credentials that bridge it.

    carried(a,s) = max over t asked by a of min(1, share(a,t) / share(b,s)) sim(s,t)
    gap(a,b)     = sum over s asked by b of w(b,s) (1 - carried(a,s)), so that from a role to itself there is none
    similarity(a,b) = sum over s of min(w(a,s), w(b,s))
The stack is chosen on what is carried: a credential gains what it adds to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.places import Choice, Place, Places
from pipeline.answers.stacks import Taken, choose, total
from pipeline.errors import LakeError
from pipeline.matching import INTERVAL_DECIMALS, ONE, Floats, Ints, billionths, middle, product
from pipeline.tables import TRANSITIONS


@dataclass(frozen=True)
class Demand:
    """What `role_demand` says of a role in a region; None where it says nothing, or withholds it."""

    vacancies: int | None = None
    wage: float | None = None
    suppressed: bool = True


@dataclass(frozen=True)
class Transition:
    """A way from one role to another.

    `skills` are those of the role aimed at (codes of the place), `importance` their weights, `carried` how far the role
    that is left has them, `reached` how far it has them after the stack; all of these in billionths.
    """

    origin: int
    aim: int
    similarity: float
    gap: float
    gap_low: float
    gap_high: float
    skills: Ints
    importance: Ints
    carried: Ints
    reached: Ints
    stack: list[Taken]

    @property
    def gap_closed(self) -> float:
        """The part of the gap that the stack closes; 0 where there is none."""
        worth = (product(self.importance, self.carried).sum(), product(self.importance, self.reached).sum())
        missing = ONE - int(worth[0])
        return min(1.0, round(int(worth[1] - worth[0]) / missing, 9)) if missing else 0.0

    def lists(self, least: int) -> tuple[Ints, Ints]:
        """Skills to be learned, most missing first, and skills that carry over, most worth first.

        Args:
            least: the degree, in billionths, from which a skill carries over.
        """
        worth = product(self.importance, self.carried)
        carries = self.carried >= least
        missing, over = np.flatnonzero(~carries), np.flatnonzero(carries)
        lacking = (self.importance - worth)[missing]
        return (
            self.skills[missing[np.argsort(-lacking, kind="stable")]],
            self.skills[over[np.argsort(-worth[over], kind="stable")]],
        )


def transitions(places: Places, role_demand: pa.Table) -> pa.Table:
    """`tables.TRANSITIONS`: from every role of every region, the ways that are worth showing.

    Worth showing are those to a role of at least `[transitions] min_vacancies` vacancies (or withheld ones) that is at
    least `min_similarity` alike; of these the `per_role` with the smallest gaps.

    Args:
        places: every region.
        role_demand: `tables.ROLE_DEMAND`.
    """
    rows = [row for place in places for row in _place_rows(place, demand_of(role_demand, place.region))]
    return TRANSITIONS.conform(pa.Table.from_pylist(rows, schema=TRANSITIONS.schema))


def demand_of(role_demand: pa.Table, region: str) -> dict[str, Demand]:
    """Role -> its demand in a region."""
    here = role_demand.filter(pc.equal(role_demand["region"], region))
    names = ["role_id", "vacancies", "wage_median", "suppressed"]
    return {role: Demand(*told) for role, *told in zip(*(here[name].to_pylist() for name in names), strict=True)}


def transition(place: Place, origin: str, aim: str) -> Transition:
    """The way from one role to another, whether or not it is worth showing.

    Args:
        place: the region.
        origin: id of the role that is left.
        aim: id of the role that is aimed at.

    Raises:
        LakeError: one of them has no profile in the region.
    """
    roles = place.roles()
    for role in (origin, aim):
        if role not in roles:
            raise LakeError(
                f"{role} has no profile in {place.region}: too few of its postings are there. "
                f"{len(roles)} roles have one; `passerelle show role_skills` lists them."
            )
    one, other = roles.index(origin), roles.index(aim)
    drawn = place.gap_draws(place.draws(one), place.draws(other))
    return _way(place, one, other, place.carried(other)[one], int(place.alike(other)[one]), place.choice(other), drawn)


def _place_rows(place: Place, demand: dict[str, Demand]) -> Iterator[dict[str, object]]:
    shown = _worth_showing(place, demand)
    draws = [place.draws(role) for role in range(len(place.roles()))]
    for aim in np.unique(shown[:, 1]).tolist():
        carried, alike, choice = place.carried(aim), place.alike(aim), place.choice(aim)
        for origin in shown[shown[:, 1] == aim, 0].tolist():
            drawn = place.gap_draws(draws[origin], draws[aim])
            way = _way(place, origin, aim, carried[origin], int(alike[origin]), choice, drawn)
            yield transition_row(place, way, demand)


def _worth_showing(place: Place, demand: dict[str, Demand]) -> Ints:
    """(from, to) pairs of roles, an array (pairs, 2)."""
    settings, roles = place.settings.transitions, place.roles()
    gaps = np.full((len(roles), len(roles)), ONE + 1)  # from, to
    for aim, role in enumerate(roles):
        vacancies = demand.get(role, Demand()).vacancies
        if vacancies is None or vacancies >= settings.min_vacancies:
            gap = ONE - product(place.asked(aim)[1], place.carried(aim)).sum(axis=1)
            near = place.alike(aim) >= int(billionths(settings.min_similarity))
            gaps[near, aim] = gap[near]
    np.fill_diagonal(gaps, ONE + 1)
    nearest = np.argsort(gaps, axis=1, kind="stable")[:, : settings.per_role]
    pairs = [(origin, aim) for origin, row in enumerate(nearest.tolist()) for aim in row if gaps[origin, aim] <= ONE]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _way(place: Place, origin: int, aim: int, carried: Ints, alike: int, choice: Choice, drawn: Floats) -> Transition:
    skills, importance = place.asked(aim)
    base = product(importance, carried)
    gap = (ONE - int(base.sum())) / ONE
    low, high = middle(drawn, place.settings.matching.interval).round(INTERVAL_DECIMALS).tolist()
    stack, after = choose(place, choice, skills, base, place.limits())
    reached = np.rint((after[-1] if len(after) else base) / np.maximum(importance, 1) * ONE).astype(np.int64)
    return Transition(
        origin, aim, alike / ONE, gap, max(0.0, min(low, gap)), min(1.0, max(high, gap)), skills, importance, carried,
        np.maximum(reached, carried), stack,
    )  # fmt: skip


def transition_row(place: Place, way: Transition, demand: dict[str, Demand]) -> dict[str, object]:
    """A way as a row of `tables.TRANSITIONS`."""
    left, aimed = (place.roles()[role] for role in (way.origin, way.aim))
    before, after = demand.get(left, Demand()), demand.get(aimed, Demand())
    missing, over = way.lists(int(billionths(place.settings.transitions.carried)))
    return {
        "from_role_id": left, "to_role_id": aimed, "region": place.region, "similarity": way.similarity, "gap": way.gap,
        "gap_low": way.gap_low, "gap_high": way.gap_high, "gap_skills": place.skill_ids(missing),
        "transferable_skills": place.skill_ids(over), "stack": [step.credential_id for step in way.stack],
        "gap_closed": way.gap_closed, "hours": total([step.hours for step in way.stack]),
        "vacancies_from": before.vacancies, "vacancies_to": after.vacancies,
        "wage_from": before.wage, "wage_to": after.wage,
        "wage_change": round(after.wage / before.wage, 6) if before.wage and after.wage else None,
        "suppressed": before.suppressed or after.suppressed,
    }  # fmt: skip
