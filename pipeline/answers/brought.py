"""What the roles of a region bring to one that is aimed at, and what is drawn of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


def layers(pairs: Brought, origins: Ints) -> tuple[Ints, Ints]:
    """Pairs parted so that none of a part is of the same two roles' skill as another one of it.

    Args:
        pairs: what these roles bring.
        origins: roles, each once.

    Returns:
        The rows of the pairs in an order by origin, part and skill; and where in it the parts of each begin and end: an
        array (origins, parts + 1).
    """
    rows = np.lexsort((pairs.owner, pairs.origin))
    origin, owner = pairs.origin[rows], pairs.owner[rows]
    first = (np.diff(origin, prepend=-1) > 0) | (np.diff(owner, prepend=-1) > 0)
    starts = np.flatnonzero(first)
    part = np.arange(len(rows)) - starts[np.cumsum(first) - 1]
    parts = int(part.max(initial=0)) + 1
    key = origin * parts + part
    order = np.lexsort((owner, key))
    wanted = origins[:, None] * parts + np.arange(parts + 1)
    return rows[order], np.searchsorted(key[order], wanted)
