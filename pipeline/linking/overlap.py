"""How much of each label stands in a text, word by word, in any order and with gaps: one sparse product for many texts.

With the words of a label weighed by inverse label frequency,
    overlap(text, label) = weight of the words they share / weight of the label's words
    dice(text, label)    = 2 weight of the words they share / (weight of the label's words + weight of the text's)
The second is the Sørensen-Dice coefficient. A concept's overlap and dice are those of its best label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from pipeline.arrays import run_starts
from pipeline.linking.lexical import LabelWords

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST_OVERLAP = 0.34  # what shares less is common words: it would fill memory and say nothing
DECIMALS = 6  # sums of weights are rounded, so that the order of a text's words can't move a result


@dataclass(frozen=True)
class Overlaps:
    """Pairs of a text and a concept that share words, sorted by text and concept."""

    texts: Integers
    concepts: Integers
    overlap: Floats
    dice: Floats


class OverlapIndex:
    """The labels of one language as a matrix of words.

    Args:
        labels: their words (stems).
        owners: for each of them its concept's row.
    """

    def __init__(self, labels: LabelWords, owners: Integers) -> None:
        from scipy import sparse  # noqa: PLC0415 - half a second to import; only where text is linked

        self._ids = {word: i for i, word in enumerate(labels.words)}
        flat, ends = (column.astype(np.int32) for column in labels.distinct)
        many = len(labels.rows)
        self._weights: Floats = np.log(1 + many / np.maximum(labels.counts, 1))
        self._unknown = float(np.log(1 + many))
        weights = self._weights[flat]
        label_of = np.repeat(np.arange(many), np.diff(ends))
        self._totals: Floats = np.bincount(label_of, weights, many).astype(np.float64)
        # Each word's share of its label's weight: their sum is the overlap, of the many labels that share a word.
        shares = sparse.csr_array((weights / self._totals[label_of], flat, ends), shape=(many, len(labels.words)))
        self._by_word = shares.T.tocsr()
        self._owners = owners

    def find(self, texts: Sequence[Sequence[str]], concepts: int) -> Overlaps:
        """The concepts that share enough words with each text.

        Args:
            texts: for each text its words (stems).
            concepts: how many concepts there are.
        """
        from scipy import sparse  # noqa: PLC0415 - as above

        known = [sorted({i for word in text if (i := self._ids.get(word)) is not None}) for text in texts]
        flat, ends = _rows(known)
        query = sparse.csr_array((np.ones(len(flat)), flat, ends), shape=(len(texts), len(self._ids)))
        strange = np.array([len(set(text)) - len(row) for text, row in zip(texts, known, strict=True)])
        own = query @ self._weights + strange * self._unknown
        product = query @ self._by_word
        kept = np.flatnonzero(product.data >= LEAST_OVERLAP)
        rows = np.searchsorted(product.indptr, kept, side="right") - 1
        labels, overlap = product.indices[kept], product.data[kept]
        totals = self._totals[labels]
        dice = 2 * overlap * totals / (totals + own[rows])
        return _best(rows * concepts + self._owners[labels], overlap, dice, concepts)


def _rows(rows: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Columns of the ones of a matrix, row by row, and where each row ends: narrow, as SciPy is quicker with these."""
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int32)
    return flat, np.cumsum([0, *map(len, rows)], dtype=np.int32)


def _best(keys: Integers, overlap: Floats, dice: Floats, concepts: int) -> Overlaps:
    """The highest overlap and dice of each text and concept."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = run_starts(keys)
    if not len(starts):
        nothing = np.empty(0)
        return Overlaps(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), nothing, nothing)
    keys = keys[starts]
    return Overlaps(
        keys // concepts,
        keys % concepts,
        _rounded(np.minimum(np.maximum.reduceat(overlap[order], starts), 1.0)),
        _rounded(np.maximum.reduceat(dice[order], starts)),
    )


def _rounded(values: Floats) -> Floats:
    return np.asarray(np.round(values, DECIMALS), dtype=np.float64)
