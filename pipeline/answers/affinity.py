"""How much unmet skills belong together, so that one short credential could teach them.

    affinity(s,t) = (cosine over postings + cosine over roles + closeness in the taxonomy) / 3
The first compares which postings ask for both (their confidences, weighted by vacancies), the second which roles do
(their demand); closeness is 1 where the taxonomy relates the two, 0.5 where they share a broader skill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.answers.behind import Behind
from pipeline.arrays import ranges, runs
from pipeline.matching import Floats, Ints, codes
from pipeline.taxonomy import Taxonomy

AFFINITY_DECIMALS = 6
RELATED, SIBLINGS = 2, 1  # halves
PAIRS_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Vectors:
    """Sparse vectors without negative values: cells sorted by row, which begin at `starts`."""

    starts: Ints
    columns: Ints
    values: Floats

    def take(self, rows: Ints) -> tuple[Ints, Ints, Floats]:
        """Row (by its place among those given), column and value of the cells of some rows."""
        sizes = self.starts[rows + 1] - self.starts[rows]
        cells = ranges(self.starts[rows], sizes)
        return np.repeat(np.arange(len(rows)), sizes), self.columns[cells], self.values[cells]


@dataclass(frozen=True)
class Nearness:
    """What the affinity of unmet skills is made of, a row for each skill of a region.

    Attributes:
        postings: which postings ask for it, and how much.
        roles: which roles ask for it, and how much.
        skills: its number.
        close: closeness of two skills by their numbers, in halves.
    """

    postings: Vectors
    roles: Vectors
    skills: Ints
    close: npt.NDArray[np.int8]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, object]], behind: Behind, wanted: pa.Table, taxonomy: Taxonomy) -> Nearness:
        """Of unmet skills.

        Args:
            rows: cell and skill_id of each.
            behind: the postings that ask for them, by row.
            wanted: cell, role_id, weight, sorted by cell and role: the demand of each role for what it asks for.
            taxonomy: relations of skills.
        """
        asking = behind.asking
        jobs, place = np.unique(asking.vacancies, return_inverse=True)
        roots = np.array([vacancies**0.5 for vacancies in jobs.tolist()])[place] if len(jobs) else jobs
        cells = np.array([row["cell"] for row in rows], dtype=np.int64)
        begins = np.searchsorted(wanted["cell"].to_numpy(), [cells, cells + 1])
        sizes = begins[1] - begins[0]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        own = ranges(begins[0], sizes)
        role = codes(wanted["role_id"], wanted["role_id"].unique().sort())[own]
        names = pa.array([str(row["skill_id"]) for row in rows], pa.string())
        skills = names.unique()
        return cls(
            Vectors(behind.starts, asking.posting, asking.confidence * roots),
            Vectors(starts, role, wanted["weight"].to_numpy()[own]),
            codes(pa.chunked_array([names]), skills),
            closeness(taxonomy, skills),
        )

    def affinities(self, rows: Ints) -> Floats:
        """How much some of the skills belong together, from 0 to 1: a symmetric array (rows, rows), rounded."""
        postings, roles = (_cosines(*vectors.take(rows), len(rows)) for vectors in (self.postings, self.roles))
        close = self.close[np.ix_(self.skills[rows], self.skills[rows])] / 2
        return np.asarray(np.round((postings + roles + close) / 3, AFFINITY_DECIMALS))


def closeness(taxonomy: Taxonomy, skills: pa.Array) -> npt.NDArray[np.int8]:
    """What the taxonomy says of pairs of skills, in halves: RELATED, or SIBLINGS under one broader skill."""
    relations = taxonomy.skill_relations
    one, other = (codes(relations[name], skills) for name in ("skill_id", "target_id"))
    close = np.zeros((len(skills), len(skills)), dtype=np.int8)
    broader = np.flatnonzero((one >= 0) & (relations["relation"].to_numpy() == "broader"))
    above = codes(relations["target_id"], relations["target_id"].unique())[broader]
    for siblings in np.split(one[broader][order := np.argsort(above, kind="stable")], _cuts(above[order])):
        close[np.ix_(siblings, siblings)] = SIBLINGS
    both = (one >= 0) & (other >= 0)
    close[one[both], other[both]] = close[other[both], one[both]] = RELATED
    return close


def _cuts(groups: Ints) -> Ints:
    """Where runs of equal numbers end and others begin."""
    return np.flatnonzero(np.diff(groups)) + 1


def _cosines(rows: Ints, columns: Ints, values: Floats, count: int) -> Floats:
    """The cosine of every two of `count` sparse vectors without negative values."""
    products = _products(rows, columns, values, count)
    lengths = np.sqrt(products.diagonal())
    lengths = np.where(lengths > 0, lengths, 1.0)
    return np.asarray(np.clip(products / np.outer(lengths, lengths), 0.0, 1.0))


def _products(rows: Ints, columns: Ints, values: Floats, count: int) -> Floats:
    """The inner product of every two of `count` sparse vectors: sums in the order of the columns."""
    order = np.lexsort((rows, columns))
    rows, columns, values = rows[order], columns[order], values[order]
    # Every cell meets itself and those of its column that come after it.
    ends = np.searchsorted(columns, columns, side="right")
    sizes = ends - np.arange(len(columns))
    sums, reached = np.zeros(count * count), np.cumsum(sizes)
    for start, stop in runs(sizes, PAIRS_AT_ONCE):
        before = int(reached[start] - sizes[start])
        one = np.repeat(np.arange(start, stop), sizes[start:stop])
        other = np.arange(len(one)) - (reached[one] - sizes[one] - before) + one
        sums += np.bincount(rows[one] * count + rows[other], values[one] * values[other], count * count)
    half = sums.reshape(count, count)
    products = half + half.T
    np.fill_diagonal(products, half.diagonal())
    return products
