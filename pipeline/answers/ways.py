"""Stacks and transitions of every region, role by role: both rest on the same draws and the same choices.

All ways to a role are told at once, in arrays: what `transitions.transition` tells of each of them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.answers.brought import Drawn
from pipeline.answers.greedy import best_stacks
from pipeline.answers.places import Choice, Place, Places
from pipeline.answers.stacks import role_stacks, stated, total
from pipeline.answers.transitions import Demand, closed, demand_columns, demand_of
from pipeline.matching import INTERVAL_DECIMALS, ONE, Ints, billionths, middle, product
from pipeline.tables import STACKS, TRANSITIONS

Columns = dict[str, list[object]]


def way_tables(places: Places, role_demand: pa.Table) -> dict[str, pa.Table]:
    """`tables.STACKS` and `tables.TRANSITIONS`, by name.

    The first holds, for every role with a profile, in every region, the best stack within each budget; the second, from
    every role of every region, the ways that are worth showing. These are ways to a role of at least `[transitions]
    min_vacancies` vacancies (or withheld ones) that is at least `min_similarity` alike; of these the `per_role` with
    the smallest gaps.

    Args:
        places: every region.
        role_demand: `tables.ROLE_DEMAND`.
    """
    stacks: list[dict[str, object]] = []
    ways: Columns = {column.name: [] for column in TRANSITIONS.columns}
    for place in places:
        demand = demand_of(role_demand, place.region)
        shown, roles = _worth_showing(place, demand), range(len(place.roles()))
        drawn = place.drawn(roles)
        for role in roles:
            choice, origins = place.choice(role), shown[shown[:, 1] == role, 0]
            stacks.extend(role_stacks(place, role, choice, place.importance_draws(drawn, role)))
            if len(origins):
                for name, values in _ways_to(place, role, origins, choice, drawn, demand).items():
                    ways[name].extend(values)
    return {
        STACKS.name: STACKS.conform(pa.Table.from_pylist(stacks, schema=STACKS.schema)),
        TRANSITIONS.name: TRANSITIONS.conform(pa.table(ways, schema=TRANSITIONS.schema)),
    }


def _worth_showing(place: Place, demand: dict[str, Demand]) -> Ints:
    """(from, to) pairs of roles, an array (pairs, 2)."""
    settings, roles = place.settings.transitions, place.roles()
    gaps = np.full((len(roles), len(roles)), ONE + 1)  # from, to
    for aim, role in enumerate(roles):
        vacancies = demand.get(role, Demand()).vacancies
        if vacancies is None or vacancies >= settings.min_vacancies:
            gap = ONE - product(place.asked(aim)[1], place.carried(aim, place.brought(aim))).sum(axis=1)
            near = place.alike(aim) >= int(billionths(settings.min_similarity))
            gaps[near, aim] = gap[near]
    np.fill_diagonal(gaps, ONE + 1)
    nearest = np.argsort(gaps, axis=1, kind="stable")[:, : settings.per_role]
    pairs = [(origin, aim) for origin, row in enumerate(nearest.tolist()) for aim in row if gaps[origin, aim] <= ONE]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _ways_to(place: Place, aim: int, origins: Ints, choice: Choice, drawn: Drawn, demand: dict[str, Demand]) -> Columns:
    """Columns of `tables.TRANSITIONS`: the ways to one role from others."""
    importance, pairs = place.asked(aim)[1], place.brought(aim, origins)
    carried = place.carried(aim, pairs)[origins]
    base = product(importance, carried)
    gaps = ((ONE - base.sum(axis=1)) / ONE).tolist()
    ends = middle(place.gap_draws(drawn, pairs, origins, aim), place.settings.matching.interval)
    lows, highs = ends.round(INTERVAL_DECIMALS).tolist()
    taken, after = best_stacks(choice.pool, base, place.limits())
    reached = np.maximum(np.rint(after / np.maximum(importance, 1) * ONE).astype(np.int64), carried)
    stacks, catalogue = [choice.positions[own].tolist() for own in taken], place.catalogue
    return {
        "from_role_id": [place.roles()[origin] for origin in origins.tolist()],
        "to_role_id": [place.roles()[aim]] * len(origins),
        "region": [place.region] * len(origins),
        "similarity": (place.alike(aim)[origins] / ONE).tolist(),
        "gap": gaps,
        "gap_low": [max(0.0, min(low, gap)) for low, gap in zip(lows, gaps, strict=True)],
        "gap_high": [min(1.0, max(high, gap)) for high, gap in zip(highs, gaps, strict=True)],
        **_skills(place, aim, carried, base),
        "stack": [[catalogue.ids[position] for position in stack] for stack in stacks],
        "gap_closed": _closed(base.sum(axis=1), product(importance, reached).sum(axis=1)),
        "hours": [total([stated(float(catalogue.hours[position])) for position in stack]) for stack in stacks],
        **_demanded(place, aim, origins, demand),
    }


def _skills(place: Place, aim: int, carried: Ints, worth: Ints) -> Columns:
    """As `Transition.lists`, of carried and worth as arrays (origins, skills)."""
    skills, importance = place.asked(aim)
    ids, carries = (
        np.array(place.skill_ids(skills), dtype=object),
        carried >= int(billionths(place.settings.transitions.carried)),
    )
    lacking, over = (np.argsort(-amounts, axis=1, kind="stable") for amounts in (importance - worth, worth))
    return {
        "gap_skills": [ids[order[~has[order]]].tolist() for order, has in zip(lacking, carries, strict=True)],
        "transferable_skills": [ids[order[has[order]]].tolist() for order, has in zip(over, carries, strict=True)],
    }


def _closed(before: Ints, after: Ints) -> list[object]:
    """As `Transition.gap_closed`, of what is there before and after each stack in billionths."""
    return [closed(one, other) for one, other in zip(before.tolist(), after.tolist(), strict=True)]


def _demanded(place: Place, aim: int, origins: Ints, demand: dict[str, Demand]) -> Columns:
    """What is told of the demand for both roles of each way."""
    aimed = demand.get(place.roles()[aim], Demand())
    rows = [demand_columns(demand.get(place.roles()[origin], Demand()), aimed) for origin in origins.tolist()]
    return {name: [row[name] for row in rows] for name in rows[0]}
