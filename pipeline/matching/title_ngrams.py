"""Which texts share their letters: cosines of character n-grams, rare n-grams weighing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt

import numpy as np
import numpy.typing as npt

SIZES = (3, 4)


class NgramIndex:
    """Texts by their character n-grams, weighed by frequency times inverse document frequency.

    French titles are inflected, compounded and abbreviated in ways that no word matches and most letters do:
    "plieur", "pliage", "machine à plier".

    Args:
        texts: in lower case, their words parted by single spaces (see `title_wording.plain`); row i of the scores is
            that of text i.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = len(texts)
        counted = [ngrams(text) for text in texts]
        self._ids: dict[str, int] = {}
        for counts in counted:
            for gram in counts:
                self._ids.setdefault(gram, len(self._ids))
        grams = np.array([self._ids[g] for counts in counted for g in counts], dtype=np.int32)
        times = np.array([n for counts in counted for n in counts.values()], dtype=np.float64)
        rows = np.repeat(np.arange(self._texts, dtype=np.int32), [len(counts) for counts in counted])
        occurrences = np.bincount(grams, minlength=len(self._ids))
        self._rarity = np.log((1 + self._texts) / (1 + occurrences)) + 1
        weights = times * self._rarity[grams]
        lengths = np.sqrt(np.bincount(rows, weights**2, minlength=self._texts))
        order = np.argsort(grams, kind="stable")
        self._rows = rows[order]
        self._weights = (weights / np.maximum(lengths[rows], 1e-12))[order]
        self._starts = np.concatenate([[0], np.cumsum(occurrences)])
        self._unknown = log(1 + self._texts) + 1  # the rarity of an n-gram that no text has

    def scores(self, text: str) -> npt.NDArray[np.float64]:
        """The cosine of a text with each of the index's, 0 to 1, by row. Depends on no other query."""
        counts = ngrams(text)
        known = [(self._ids[gram], times) for gram, times in counts.items() if gram in self._ids]
        if not known:
            return np.zeros(self._texts)
        weights = [times * float(self._rarity[gram]) for gram, times in known]
        unknown = sum((n * self._unknown) ** 2 for gram, n in counts.items() if gram not in self._ids)
        length = sqrt(sum(weight**2 for weight in weights) + unknown)
        spans = [slice(self._starts[gram], self._starts[gram + 1]) for gram, _ in known]
        found = np.concatenate([self._rows[span] for span in spans])
        parts = [self._weights[span] * (weight / length) for span, weight in zip(spans, weights, strict=True)]
        scores: npt.NDArray[np.float64] = np.bincount(found, np.concatenate(parts), self._texts).astype(np.float64)
        return scores


def ngrams(text: str) -> Counter[str]:
    """The n-grams of each word, its ends marked by a space: "cook" -> " co", "coo", "ook", "ok ", " coo" ..."""
    counts: Counter[str] = Counter()
    for word in text.split():
        padded = f" {word} "
        for size in SIZES:
            counts.update(padded[at : at + size] for at in range(max(len(padded) - size + 1, 1)))
    return counts
