"""The postings behind what is asked: which of a role's postings, in which region, ask for which skill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from pipeline.answers.estimates import Asking
from pipeline.arrays import ranges
from pipeline.matching import ALL_REGIONS, WAGE, Floats, Ints, codes
from pipeline.sql import query

MASS_DECIMALS = 6

# Those that count: in the window, and with a role; numbered in the order of their ids.
COUNTED_SQL = f"""
SELECT posting_id, role_id, region, vacancies, {WAGE} AS wage
FROM postings WHERE in_window AND role_id IS NOT NULL
ORDER BY posting_id
"""

ASKED_SQL = """
SELECT p.number AS posting, s.number AS skill, e.confidence
FROM evidence e
JOIN numbered p ON p.posting_id = e.document_id
JOIN skills s USING (skill_id)
WHERE e.document_kind = 'posting'
"""


@dataclass(frozen=True)
class Behind:
    """The postings behind what is wanted, sorted by cell and id.

    Attributes:
        ids: posting_id by the number of a posting.
        starts: where the postings of each cell begin; one more than there are cells.
        asking: the postings.
    """

    ids: pa.Array
    starts: Ints
    asking: Asking

    @cached_property
    def names(self) -> list[str]:
        """The same ids, in a list."""
        return [str(name) for name in self.ids.to_pylist()]

    def take(self, cells: Ints) -> Behind:
        """The same for some cells, in the order given."""
        sizes = self.starts[cells + 1] - self.starts[cells]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        return Behind(self.ids, starts, self.asking.take(ranges(self.starts[cells], sizes)))

    def together(self, groups: Sequence[Sequence[int]]) -> tuple[Behind, Floats]:
        """Gathers cells: one for each group, where each posting stands once, as sure as it is of the surest of them.

        Returns:
            The gathered cells; and for each of their postings how much of the group it asks for: the sum of its
            confidences, an array as `asking`.
        """
        every = self.take(np.array([cell for group in groups for cell in group], dtype=np.int64))
        ends = every.starts[np.cumsum([0, *map(len, groups)])]
        owner = np.repeat(np.arange(len(groups)), np.diff(ends))
        order = np.lexsort((every.asking.posting, owner))
        asking, owner = every.asking.take(order), owner[order]
        another = (np.diff(owner, prepend=-1) != 0) | (np.diff(asking.posting, prepend=-1) != 0)
        first = np.flatnonzero(another)
        surest, mass = (reduce.reduceat(asking.confidence, first) for reduce in (np.maximum, np.add))
        starts = np.searchsorted(owner[first], np.arange(len(groups) + 1))
        return Behind(self.ids, starts, replace(asking.take(first), confidence=surest)), mass

    def foremost(self, mass: Floats, most: int) -> list[list[str]]:
        """For each cell the ids of so many postings of the greatest mass, the first by id of those that are equal."""
        cell = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        order = np.lexsort((self.asking.posting, -mass.round(MASS_DECIMALS), cell))
        ends = np.minimum(self.starts[:-1] + most, self.starts[1:])
        return [
            [self.names[posting] for posting in self.asking.posting[order[start:end]].tolist()]
            for start, end in zip(self.starts[:-1].tolist(), ends.tolist(), strict=True)
        ]


def postings_behind(wanted: pa.Table, postings: pa.Table, evidence: pa.Table) -> Behind:
    """The postings of the roles that want a skill, in a region, which ask for it.

    Args:
        wanted: cell (a number from 0 for each region and skill), region, skill_id, role_id; each region, skill and role
            once.
        postings: posting_id, role_id, region, in_window, vacancies, wage_low, wage_high.
        evidence: document_kind, document_id, skill_id, confidence; a posting asks for a skill once.
    """
    counted = query(COUNTED_SQL, {"postings": postings})
    regions, roles, skills = (wanted[name].unique() for name in ("region", "role_id", "skill_id"))
    asked = query(
        ASKED_SQL,
        {
            "evidence": evidence.select(["document_kind", "document_id", "skill_id", "confidence"]),
            "numbered": _numbered("posting_id", counted["posting_id"]),
            "skills": _numbered("skill_id", skills),
        },
    )
    posting, skill = asked["posting"].to_numpy(), asked["skill"].to_numpy()
    role, own = codes(counted["role_id"], roles)[posting], codes(counted["region"], regions)[posting]
    everywhere = np.full_like(own, int(codes(pa.chunked_array([[ALL_REGIONS]]), regions)[0]))
    places = codes(wanted["region"], regions), codes(wanted["role_id"], roles), codes(wanted["skill_id"], skills)
    shape = len(regions), len(roles), len(skills)
    found = [_found(places, (region, role, skill), shape) for region in (everywhere, own)]
    row = np.concatenate([np.flatnonzero(place >= 0) for place in found])
    cell = wanted["cell"].to_numpy()[np.concatenate([place[place >= 0] for place in found])]
    order = np.lexsort((posting[row], cell))
    row, behind = row[order], posting[row[order]]
    vacancies, wage = (counted[name].to_numpy().astype(np.float64) for name in ("vacancies", "wage"))
    starts = np.searchsorted(cell[order], np.arange(int(wanted["cell"].to_numpy().max(initial=-1)) + 2))
    asking = Asking(behind, vacancies[behind], asked["confidence"].to_numpy()[row], wage[behind])
    return Behind(counted["posting_id"].combine_chunks(), starts, asking)


def _found(known: tuple[Ints, ...], asked: tuple[Ints, ...], shape: tuple[int, ...]) -> Ints:
    """Where combinations of codes stand among known ones, each of which stands there once; -1 where they do not."""
    keys = np.ravel_multi_index(known, shape)
    order = np.argsort(keys)
    present = np.logical_and.reduce([code >= 0 for code in asked])
    wanted = np.ravel_multi_index([np.where(present, code, 0) for code in asked], shape)
    place = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)]
    return np.where(present & (keys[place] == wanted), place, -1)


def _numbered(name: str, ids: pa.Array | pa.ChunkedArray) -> pa.Table:
    return pa.table({name: ids, "number": pa.array(np.arange(len(ids)))})
