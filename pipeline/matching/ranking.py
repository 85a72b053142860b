"""Every credential against every role by sparse sums, and which of the pairs are published.

Nothing is estimated and nothing skipped that could count: a pair that shares no skill costs nothing, and every other
pair is summed and ranked. Only what comes after (intervals, the sums behind a match) is done for the published alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from pipeline.arrays import distinct, places_in_runs, run_starts
from pipeline.matching.cells import ONE, Cells, Ints, billionths, product
from pipeline.matching.grid import Credit, Grid
from pipeline.settings import MatchingSettings

Narrow = npt.NDArray[np.int32]

BLOCK = 1 << 21  # pairs that are ranked at once


@dataclass(frozen=True)
class Pairs:
    """Credentials and roles, one row a pair, by credential and then role; coverage and relevance in billionths."""

    credential: Ints
    role: Ints
    coverage: Ints
    relevance: Ints
    rank_in_role: Ints
    rank_in_credential: Ints

    def take(self, rows: Ints) -> Pairs:
        """Some of the pairs, in the order given."""
        return Pairs(*(values[rows] for values in vars(self).values()))


@dataclass(frozen=True)
class _Scored:
    """The same of all pairs, role by role, in 32 bits: there may be a hundred million of them."""

    credential: Narrow
    role: Narrow
    coverage: Narrow
    relevance: Narrow
    rank_in_role: Narrow
    rank_in_credential: Narrow

    def pairs(self, rows: Ints) -> Pairs:
        """Some of them, in the order given."""
        return Pairs(*(values[rows].astype(np.int64) for values in vars(self).values()))


def ranked_pairs(known: Grid, credit: Credit, settings: MatchingSettings) -> Pairs:
    """The published pairs, with their ranks among all pairs that cover at least `min_coverage`.

    A pair is published if it is among the first `top_in_role` of its role, or the first `top_in_credential` of its
    credential, or covers at least `always_coverage`.

    Args:
        known: what is asked and taught.
        credit: of these, as `best_credit` gives it.
        settings: the thresholds.
    """
    scored = _every_pair(known, credit, int(billionths(settings.min_coverage)))
    _rank_in_credentials(scored)
    kept = (
        (scored.rank_in_role <= settings.top_in_role)
        | (scored.rank_in_credential <= settings.top_in_credential)
        | (scored.coverage >= int(billionths(settings.always_coverage)))
    )
    published = scored.pairs(np.flatnonzero(kept))
    return published.take(np.lexsort((published.role, published.credential)))


def _rank_in_credentials(scored: _Scored) -> None:
    """Fills in the ranks, some credentials at a time."""
    by_credential = np.argsort(scored.credential, kind="stable")
    ends = np.flatnonzero(np.diff(scored.credential[by_credential], append=-1)) + 1
    cuts = ends[np.searchsorted(ends, np.arange(BLOCK, len(by_credential), BLOCK))] if len(ends) else ends
    for rows in np.split(by_credential, distinct(cuts)):
        merit = _merit(scored.coverage[rows], scored.relevance[rows])
        order = rows[np.lexsort((scored.role[rows], -merit, scored.credential[rows]))]
        scored.rank_in_credential[order] = places_in_runs(scored.credential[order])


def _every_pair(known: Grid, credit: Credit, least: int) -> _Scored:
    """All pairs that cover at least `least`, role by role, with their rank in the role."""
    earns = credit.cells.by_column(len(known.skills))
    taught = known.taught.by_column(len(known.skills))
    mass = taught_mass(known.taught, len(known.credentials))
    parts = [_pairs_of_role(role, known, earns, taught, mass, least) for role in range(len(known.roles))]
    empty = np.empty(0, dtype=np.int32)
    return _Scored(*(np.concatenate([empty, *(vars(part)[f.name] for part in parts)]) for f in fields(_Scored)))


def _pairs_of_role(role: int, known: Grid, earns: Cells, taught: Cells, mass: Ints, least: int) -> _Scored:
    skills = slice(known.asked.starts[role], known.asked.starts[role + 1])
    asked, weights = known.asked.columns[skills], known.asked.values[skills]
    owner, place = earns.select(asked)
    credentials = earns.columns[place]
    # Sums of whole numbers below 2^53 are exact in floating point.
    coverage = np.bincount(credentials, product(weights[owner], earns.values[place]), len(mass)).astype(np.int64)
    touched = np.bincount(credentials, minlength=len(mass)) > 0
    found = np.flatnonzero(touched & (coverage >= least))
    relevance = relevance_of(found, asked, known.alike, taught, mass)
    ranks = np.empty(len(found))
    ranks[np.argsort(-_merit(coverage[found], relevance), kind="stable")] = np.arange(1, len(found) + 1)
    columns = (found, np.full(len(found), role), coverage[found], relevance, ranks, np.zeros(len(found)))
    return _Scored(*(values.astype(np.int32) for values in columns))


def relevance_of(credentials: Ints, asked: Ints, alike: Cells, taught: Cells, mass: Ints) -> Ints:
    """relevance(c,r) of some credentials for one role, in billionths.

    relevance(c,r) = sum over t of p(c,t) max over s asked by r of sim(s,t), divided by sum over t of p(c,t)

    Args:
        credentials: which, by number.
        asked: the skills (codes) that the role asks for.
        alike: asked skill x taught skill, sim(s,t).
        taught: skill x credential, p(c,t).
        mass: sum over t of p(c,t), of every credential.
    """
    serving, similarity = _serving(alike, asked)
    owner, place = taught.select(serving)
    fitting = np.bincount(taught.columns[place], product(taught.values[place], similarity[owner]), len(mass))
    return np.rint(fitting[credentials] / np.maximum(mass[credentials], 1) * ONE).astype(np.int64)


def taught_mass(taught: Cells, count: int) -> Ints:
    """What each of `count` credentials teaches in all: sum over t of p(c,t), of cells credential x skill."""
    return np.bincount(taught.rows, taught.values, count).astype(np.int64)


def _serving(alike: Cells, asked: Ints) -> tuple[Ints, Ints]:
    """The skills that serve a role at all, and how similar each is to the asked skill that it is most like."""
    _, place = alike.select(asked)
    by, similarity = alike.columns[place], alike.values[place]
    order = np.lexsort((-similarity, by))
    first = order[run_starts(by[order])]
    return by[first], similarity[first]


def _merit(coverage: Ints | Narrow, relevance: Ints | Narrow) -> Ints:
    """Coverage, then relevance, as one number."""
    return coverage.astype(np.int64) * (2 * ONE) + relevance
