"""Advice: what someone who has some skills should take next, for one role or among all.

    has(s) = max over the skills t that they have of p(t) sim(s,t)
A credential gains what it adds to that. Roles are put in order by the coverage that is there already, and by nothing
else: demand stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.answers.greedy import Limits
from pipeline.answers.places import Place
from pipeline.answers.stacks import Taken, choose, total
from pipeline.matching import ONE, Ints, billionths, codes, product


@dataclass(frozen=True)
class Advised:
    """What to take for a role: `has` and `reached` are billionths for each of its skills, before and after it."""

    role: int
    skills: Ints
    importance: Ints
    has: Ints
    reached: Ints
    stack: list[Taken]

    @property
    def coverage(self) -> float:
        """Coverage of the role by what is there already."""
        return int(product(self.importance, self.has).sum()) / ONE

    @property
    def coverage_after(self) -> float:
        """Coverage after the stack."""
        return self.stack[-1].coverage if self.stack else self.coverage

    @property
    def hours(self) -> float | None:
        """Hours of the stack; None where one of it does not state them."""
        return total([step.hours for step in self.stack])

    def there(self) -> Ints:
        """The skills of the role that are there to any degree, most worth first."""
        worth = product(self.importance, self.has)
        return self.skills[[i for i in np.argsort(-worth, kind="stable").tolist() if worth[i]]]

    def missing(self) -> Ints:
        """The skills of the role that are not wholly there after the stack, most missing first."""
        lacking = self.importance - product(self.importance, self.reached)
        return self.skills[[i for i in np.argsort(-lacking, kind="stable").tolist() if lacking[i]]]


def learner_has(place: Place, skills: Mapping[str, float], similarity: pa.Table) -> Ints:
    """What someone has towards every skill that is asked: an array over the place's skills, in billionths.

    Args:
        place: numbers the skills.
        skills: skill_id -> p(t), how sure it is that they have it.
        similarity: asked, taught, similarity: of asked skills, to those that they have.
    """
    found = np.zeros(len(place.grid.skills), dtype=np.int64)
    asked = codes(similarity["asked"], place.grid.skills)
    confidence = billionths([skills.get(skill, 0.0) for skill in similarity["taught"].to_pylist()])
    credit = product(confidence, billionths(similarity["similarity"].to_numpy()))
    np.maximum.at(found, asked[asked >= 0], credit[asked >= 0])
    return found


def advise_role(place: Place, role: int, known: Ints, limits: Limits) -> Advised:
    """The best stack for a role on top of what someone has.

    Args:
        place: the region.
        role: the role that is aimed at.
        known: as `learner_has` gives it.
        limits: what the stack may take.
    """
    skills, importance = place.asked(role)
    base = product(importance, known[skills])
    stack, after = choose(place, place.choice(role), skills, base, limits)
    reached = np.rint((after[-1] if len(after) else base) / np.maximum(importance, 1) * ONE).astype(np.int64)
    return Advised(role, skills, importance, known[skills], np.maximum(reached, known[skills]), stack)


def reachable_roles(place: Place, known: Ints, limits: Limits, top: int) -> list[Advised]:
    """The roles of which someone has most already, most first; equal ones in the order of their ids.

    Args:
        place: the region.
        known: as `learner_has` gives it.
        limits: what the stacks may take.
        top: how many roles; 0 for all. Roles of which nothing is there are left out.
    """
    covered = np.array([product(w, known[s]).sum() for s, w in map(place.asked, range(len(place.roles())))])
    order = [role for role in np.argsort(-covered, kind="stable").tolist() if covered[role] > 0]
    return [advise_role(place, role, known, limits) for role in (order[:top] if top else order)]
