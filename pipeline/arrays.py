"""What many parts do with arrays of whole numbers and NumPy has no function for, or a slow one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Whole = TypeVar("Whole", bound=np.integer[Any])


def distinct(values: npt.NDArray[Whole]) -> npt.NDArray[Whole]:
    """The distinct ones of some whole numbers, rising: as `np.unique`, which hashes them, and is then far slower."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def run_starts(ordered: npt.NDArray[Whole]) -> Integers:
    """Where runs of equal numbers begin, of numbers from 0 on of which equal ones stand together."""
    return np.flatnonzero(np.diff(ordered, prepend=-1))


def places_in_runs(ordered: npt.NDArray[Whole]) -> Integers:
    """1, 2, 3 ... within each run of equal numbers, as `run_starts` finds them."""
    starts = run_starts(ordered)
    return np.arange(len(ordered)) - np.repeat(starts, np.diff(starts, append=len(ordered))) + 1


def ranges(starts: Integers, counts: Integers) -> Integers:
    """The numbers from each start on, as many as its count, one range behind the other."""
    before = np.cumsum(counts) - counts
    return np.asarray(np.arange(int(counts.sum())) + np.repeat(starts - before, counts), dtype=np.int64)


def runs(sizes: Integers, room: int) -> Iterator[tuple[int, int]]:
    """Neighbours that come to at most so much together, first and end of each run; one by itself may be larger."""
    ends, first = np.cumsum(sizes), 0
    while first < len(sizes):
        full = int(np.searchsorted(ends, ends[first] - sizes[first] + room, side="right"))
        end = max(full, first + 1)
        yield first, end
        first = end
