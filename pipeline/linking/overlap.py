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

from pipeline.arrays import distinct
from pipeline.linking.lexical import LabelWords

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST_OVERLAP = 0.34  # what shares less is common words: it would fill memory and say nothing
DECIMALS = 6  # sums of weights are rounded, so that the order of a text's words can't move a result
ROUNDING = 1e-5  # more than that can move one


@dataclass(frozen=True)
class Overlaps:
    """Pairs of a text and a label that share words, text by text: of many texts millions, of which few are looked at.

    Attributes:
        concepts: how many there are.
        keys: text x concepts + the label's concept.
        labels: of each pair.
        shares: the overlap of each pair, not yet rounded.
        totals: the weight of each label.
        own: the weight of each text.
    """

    concepts: int
    keys: Integers
    labels: npt.NDArray[np.int32]
    shares: Floats
    totals: Floats
    own: Floats

    def covering(self, least: float) -> Integers:
        """The distinct keys of pairs with at least such an overlap, rising."""
        pairs = np.flatnonzero(self.shares >= least - ROUNDING)
        return distinct(self.keys[pairs[self._overlap(pairs) >= least]])

    def alike(self, least: float) -> Integers:
        """The distinct keys of pairs with at least such a dice, rising."""
        # A text weighs at least what it shares, so that dice <= 2 overlap / (1 + overlap).
        pairs = np.flatnonzero(self.shares >= least / (2 - least) - ROUNDING)
        return distinct(self.keys[pairs[self._dice(pairs) >= least]])

    def at(self, keys: Integers) -> tuple[Floats, Floats]:
        """The overlap and the dice of distinct, rising keys, each of its best label; 0 where too little is shared."""
        wanted = np.zeros(max(keys.max(initial=-1), self.keys.max(initial=-1)) + 1, dtype=bool)
        wanted[keys] = True
        pairs = np.flatnonzero(wanted[self.keys])
        place = np.searchsorted(keys, self.keys[pairs])
        overlap, dice = np.zeros(len(keys)), np.zeros(len(keys))
        np.maximum.at(overlap, place, self._overlap(pairs))
        np.maximum.at(dice, place, self._dice(pairs))
        return overlap, dice

    def _overlap(self, pairs: Integers) -> Floats:
        return _rounded(np.minimum(self.shares[pairs], 1.0))

    def _dice(self, pairs: Integers) -> Floats:
        totals = self.totals[self.labels[pairs]]
        return _rounded(2 * self.shares[pairs] * totals / (totals + self.own[self.keys[pairs] // self.concepts]))


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

    def find(self, texts: Sequence[Sequence[str]], concepts: int, places: Integers | None = None) -> Overlaps:
        """The labels that share enough words with each text.

        Args:
            texts: for each text its words (stems).
            concepts: how many concepts there are.
            places: the number that each text has in the result, rising; its place here by default.
        """
        from scipy import sparse  # noqa: PLC0415 - as above

        places = np.arange(len(texts)) if places is None else places
        known = [sorted({i for word in text if (i := self._ids.get(word)) is not None}) for text in texts]
        flat, ends = _rows(known)
        query = sparse.csr_array((np.ones(len(flat)), flat, ends), shape=(len(texts), len(self._ids)))
        strange = np.array([len(set(text)) - len(row) for text, row in zip(texts, known, strict=True)])
        own = np.zeros(places.max(initial=-1) + 1)
        own[places] = query @ self._weights + strange * self._unknown
        product = query @ self._by_word
        kept = np.flatnonzero(product.data >= LEAST_OVERLAP)
        labels = product.indices[kept]
        firsts = np.repeat(places * concepts, np.diff(np.searchsorted(kept, product.indptr)))
        return Overlaps(concepts, firsts + self._owners[labels], labels, product.data[kept], self._totals, own)


def _rows(rows: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Columns of the ones of a matrix, row by row, and where each row ends: narrow, as SciPy is quicker with these."""
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int32)
    return flat, np.cumsum([0, *map(len, rows)], dtype=np.int32)


def _rounded(values: Floats) -> Floats:
    return np.asarray(np.round(values, DECIMALS), dtype=np.float64)
