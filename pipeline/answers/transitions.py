"""Transitions: from one role to another, what is missing, what carries over, and the credentials that bridge it.

    carried(a,s) = max over t asked by a of min(1, share(a,t) / share(b,s)) sim(s,t)
    gap(a,b)     = sum over s asked by b of w(b,s) (1 - carried(a,s)), so that from a role to itself there is none
    similarity(a,b) = sum over s of min(w(a,s), w(b,s))
The stack is chosen on what is carried: a credential gains what it adds to that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.places import Choice, Place
from pipeline.answers.stacks import Taken, choose, total
from pipeline.errors import LakeError
from pipeline.matching import INTERVAL_DECIMALS, ONE, Floats, Ints, billionths, middle, product


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
        before, after = (int(product(self.importance, has).sum()) for has in (self.carried, self.reached))
        return closed(before, after)

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


def closed(before: int, after: int) -> float:
    """The part of a gap that is closed, of how much of a role is there before and after, in billionths."""
    return min(1.0, round((after - before) / (ONE - before), 9)) if before != ONE else 0.0


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
    origins = np.array([one])
    pairs = place.brought(other, origins)
    drawn = place.gap_draws(place.drawn({one, other}), pairs, origins, other)[0]
    carried, alike = place.carried(other, pairs)[one], int(place.alike(other)[one])
    return _way(place, one, other, carried, alike, place.choice(other), drawn)


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
        **demand_columns(before, after),
    }  # fmt: skip


def demand_columns(left: Demand, aimed: Demand) -> dict[str, object]:
    """What `tables.TRANSITIONS` tells of the demand for the role that is left and for the one aimed at."""
    return {
        "vacancies_from": left.vacancies, "vacancies_to": aimed.vacancies,
        "wage_from": left.wage, "wage_to": aimed.wage,
        "wage_change": round(aimed.wage / left.wage, 6) if left.wage and aimed.wage else None,
        "suppressed": left.suppressed or aimed.suppressed,
    }  # fmt: skip
