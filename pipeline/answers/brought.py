"""What the roles of a region bring to one that is aimed at, and what is drawn of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.arrays import runs
from pipeline.matching import Floats, Ints


@dataclass(frozen=True)
class Drawn:
    """What is drawn of roles of a place: shares and their importance, arrays (cells, draws) by `Grid.asked`.

    The cells of roles of which nothing was drawn hold anything.
    """

    shares: Floats
    importance: Floats


@dataclass(frozen=True)
class Brought:
    """What the roles of a place bring to one that is aimed at, a row for each pair of skills that are alike.

    Attributes:
        origin: the role that is left.
        cell: of its skill, in `Grid.asked`.
        owner: place of the other skill among those of the role aimed at.
        similarity: of the two, in billionths.
    """

    origin: Ints
    cell: Ints
    owner: Ints
    similarity: Ints

    def take(self, rows: Ints) -> Brought:
        """Some of the rows, in the order given."""
        return Brought(*(values[rows] for values in vars(self).values()))


@dataclass(frozen=True)
class Layers:
    """Pairs in an order by origin, part and skill; none of a part is of the same origin's way to the same skill.

    Attributes:
        rows: of the pairs, in this order.
        part: of each, from 0; the first has one of every skill that something is brought for.
        home: where in this order the pair of the first part stands that is of the same origin and skill.
        edges: where each origin begins, where its first part ends, and where it ends: an array (origins, 3).
    """

    rows: Ints
    part: Ints
    home: Ints
    edges: Ints

    def blocks(self, most: int) -> Iterator[tuple[int, int]]:
        """Origins that follow each other, first and end, as many as have so many pairs; one by itself may have more."""
        return runs(self.edges[:, 2] - self.edges[:, 0], most)


def layers(pairs: Brought, origins: Ints) -> Layers:
    """Pairs parted so that of each part a largest can be taken at once.

    Args:
        pairs: what roles bring.
        origins: those of which pairs are wanted, each once, rising.
    """
    skills = int(pairs.owner.max(initial=0)) + 1
    theirs = np.zeros(int(max(pairs.origin.max(initial=0), origins.max(initial=0))) + 1, dtype=bool)
    theirs[origins] = True
    rows = np.flatnonzero(theirs[pairs.origin])
    way = pairs.origin[rows] * skills + pairs.owner[rows]
    # Of one way to one skill the largest will be taken: which of them stands in which part makes no difference.
    by_way = np.argsort(way)
    rows, way = rows[by_way], way[by_way]
    first = np.diff(way, prepend=-1) > 0
    starts = np.flatnonzero(first)[np.cumsum(first) - 1]
    part = np.arange(len(rows)) - starts
    parts = int(part.max(initial=0)) + 1
    origin, owner = np.divmod(way, skills)
    layer = (origin * parts + part) * skills + owner
    order = np.argsort(layer)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    wanted = (origins[:, None] * parts + np.array([0, 1, parts])) * skills
    edges = np.searchsorted(layer[order], wanted)
    return Layers(rows[order], part[order], place[starts[order]], edges)
