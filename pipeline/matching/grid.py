"""Credentials, roles and skills as numbers: what is taught, asked and alike, and the credit that it earns.

credit(c,s) = max over t taught by c of p(c,t) sim(s,t)
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from pipeline.arrays import distinct, run_starts
from pipeline.matching.cells import ONE, Cells, Ints, billionths, codes, product, sorted_ids

BLOCK = 1 << 16  # taught skills whose credits are compared at once


@dataclass(frozen=True)
class Credit:
    """What each credential earns towards each asked skill, and the taught skill that earns most.

    `cells` has a row for each credential and a column for each skill, values in billionths; `taught` and `similarity`
    (billionths) stand beside its cells.
    """

    cells: Cells
    taught: Ints
    similarity: Ints


@dataclass(frozen=True)
class Grid:
    """What is matched. The code of an id is its place in the sorted ids; values are billionths."""

    credentials: pa.Array
    roles: pa.Array
    skills: pa.Array
    taught: Cells  # credential x skill: p(c,t)
    asked: Cells  # role x skill: w(r,s)
    alike: Cells  # asked skill x taught skill: sim(s,t)

    def confidence(self, credentials: Ints, taught: Ints) -> Ints:
        """p(c,t) of pairs that are taught; 0 where `taught` is -1."""
        width = len(self.skills)
        keys = self.taught.rows * width + self.taught.columns
        place = np.searchsorted(keys, credentials * width + taught)
        return np.where(taught >= 0, self.taught.values[np.minimum(place, max(len(keys) - 1, 0))], 0)


def grid(credential_skills: pa.Table, role_skills: pa.Table, similarity: pa.Table) -> Grid:
    """Numbers what the tables name.

    Args:
        credential_skills: credential_id, skill_id, confidence.
        role_skills: role_id, skill_id, importance; one region only.
        similarity: asked, taught, similarity.
    """
    credentials = sorted_ids(credential_skills["credential_id"])
    roles = sorted_ids(role_skills["role_id"])
    skills = sorted_ids(
        credential_skills["skill_id"], role_skills["skill_id"], similarity["asked"], similarity["taught"]
    )
    return Grid(
        credentials,
        roles,
        skills,
        _cells(credential_skills, ("credential_id", credentials), ("skill_id", skills), "confidence"),
        _cells(role_skills, ("role_id", roles), ("skill_id", skills), "importance"),
        _cells(similarity, ("asked", skills), ("taught", skills), "similarity"),
    )


def _cells(table: pa.Table, row: tuple[str, pa.Array], column: tuple[str, pa.Array], value: str) -> Cells:
    rows, columns = (codes(table[name], ids) for name, ids in (row, column))
    return Cells.of(rows, columns, billionths(table[value].to_numpy()), len(row[1]))


def best_credit(known: Grid) -> Credit:
    """The credit of every credential for every skill that it teaches or comes near.

    Of equal credits the more similar skill counts, then the first by id.
    """
    serves = known.alike.by_column(len(known.skills))
    parts = [
        _block_credit(known.taught, serves, slice(start, stop), len(known.skills))
        for start, stop in _blocks(known.taught)
    ]
    credential, skill, credit, taught, similarity = (
        np.concatenate([np.empty(0, dtype=np.int64), *(part[i] for part in parts)]) for i in range(5)
    )
    starts = np.searchsorted(credential, np.arange(len(known.credentials) + 1))
    return Credit(Cells(starts, credential, skill, credit), taught, similarity)


def _blocks(taught: Cells) -> list[tuple[int, int]]:
    """Stretches of about BLOCK cells that part no credential from itself."""
    total = len(taught.rows)
    cuts = taught.starts[np.searchsorted(taught.starts, np.arange(BLOCK, total, BLOCK))]
    edges = distinct(np.concatenate([[0], cuts, [total]])).tolist()
    return list(pairwise(edges))


def _block_credit(taught: Cells, serves: Cells, block: slice, width: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    owner, place = serves.select(taught.columns[block])
    credential, by = taught.rows[block][owner], taught.columns[block][owner]
    skill, similarity = serves.columns[place], serves.values[place]
    credit = product(taught.values[block][owner], similarity)
    key = credential * width + skill
    order = np.lexsort((by, -(credit * 2 * ONE + similarity), key))
    first = order[run_starts(key[order])]
    return credential[first], skill[first], credit[first], by[first], similarity[first]
