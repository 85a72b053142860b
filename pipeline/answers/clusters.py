"""Groups of things that belong together, none larger than a limit: average linkage (Sokal & Michener, 1958)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NEVER = -1.0


def gather(affinity: Floats, least: float, largest: int) -> list[list[int]]:
    """Puts the two groups of greatest mean affinity together, as long as it is enough and they are not too many.

    Args:
        affinity: a symmetric array (n, n) from 0 to 1; the diagonal does not count.
        least: mean affinity between two groups below which they stay apart.
        largest: the most members of a group.

    Returns:
        Every one of 0 .. n - 1 in exactly one group; groups and members in rising order. Of equal affinities the pair
        that comes first is taken: the result depends on the order of the rows only where affinities are equal.
    """
    count = len(affinity)
    groups: dict[int, list[int]] = {i: [i] for i in range(count)}
    means = affinity.astype(np.float64).copy()
    np.fill_diagonal(means, NEVER)
    if largest < 2:
        means[:] = NEVER
    sizes = np.ones(count, dtype=np.int64)
    best = means.max(axis=1) if count else np.empty(0)
    least = max(least, 0.0)
    while count and best.max() >= least:
        one = int(best.argmax())
        other = int(means[one].argmax())
        before = means[[one, other]].max(axis=0)
        _merge(means, sizes, one, other, largest)
        groups[one].extend(groups.pop(other))
        _look_again(best, means, one, other, before, least)
    return sorted(sorted(members) for members in groups.values())


def _merge(means: Floats, sizes: npt.NDArray[np.int64], one: int, other: int, largest: int) -> None:
    """Makes one group of two, in place: its affinity to any third is the mean over all pairs of members."""
    mixed = (sizes[one] * means[one] + sizes[other] * means[other]) / (sizes[one] + sizes[other])
    apart = (means[one] == NEVER) | (means[other] == NEVER)
    sizes[one] += sizes[other]
    mixed[apart | (sizes + sizes[one] > largest)] = NEVER
    means[one] = means[:, one] = mixed
    means[other] = means[:, other] = NEVER


def _look_again(best: Floats, means: Floats, one: int, other: int, before: Floats, least: float) -> None:
    """Brings the greatest affinity of each group up to date, in place: only what may have moved is looked for again.

    A mean is no greater than what it is made of: what was greatest stays so, unless it was the affinity to one of the
    two, and what was not enough before will not be enough.

    Args:
        best: of each group, before the two were merged.
        means: after it.
        one: the group that the two have become.
        other: what is none any more.
        before: the greater of each group's affinities to the two, before it.
        least: what is enough.
    """
    moved = (best <= before) & (best >= least)
    moved[[one, other]] = True
    np.maximum(best, means[one], out=best)  # by rounding a mean may be greater than both
    best[moved] = means[moved].max(axis=1)
