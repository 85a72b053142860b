"""Which language a text is in, as py3langid tells it, only quicker: each probability is the library's, bit for bit.

The library walks through a text byte by byte, from state to state, and notes the features that it meets: most of what
telling a language takes. The state that a byte leads to depends on the last few bytes alone, since features are byte
sequences and none is longer: so all bytes take their steps at once, each from a start of its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from py3langid.langid import LanguageIdentifier

LONGEST_FEATURE: Final = 6  # bytes; of the model that comes with the library

Features = npt.NDArray[np.int32]


class QuickIdentifier(LanguageIdentifier):  # type: ignore[misc]  # the library has no types
    """A `LanguageIdentifier` that takes the steps of all bytes together."""

    __slots__ = ("_feature_of", "_moves", "_row_of")

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self._moves = np.asarray(self.tk_nextmove)
        self._row_of = np.array(self._rowbase, dtype=np.int32)
        self._feature_of = np.array(self.tk_output, dtype=np.int32)

    def _raw_score(self, text: bytes) -> npt.NDArray[np.float32]:
        """What the library's method of this name gives: the score of each language."""
        distinct, counts = _counted(self._met(text), len(self.nb_ptc))
        if not len(distinct):
            return np.asarray(super()._raw_score(text))
        return np.asarray(np.log1p(counts.astype(np.float32)) @ self.nb_ptc[distinct] + self.nb_pc)

    def _met(self, text: bytes) -> Features:
        """The features in a text, in its order, each as often as it is there."""
        letters = np.frombuffer(text, dtype=np.uint8)
        states = np.zeros(len(letters), dtype=np.int32)
        for back in reversed(range(min(LONGEST_FEATURE, len(letters)))):
            states[back:] = self._moves[self._row_of[states[back:]] + letters[: len(letters) - back]]
        features = self._feature_of[states]
        return features[features >= 0]


def _counted(met: Features, features: int) -> tuple[Features, npt.NDArray[np.int64]]:
    """Each feature that was met once, and how often it was.

    In the order in which they were met first, since sums of floating-point numbers depend on their order.
    """
    places = np.arange(len(met), dtype=np.int32)
    place_of = np.empty(features, dtype=np.int32)  # only that of features that were met is set, or read
    place_of[met[::-1]] = places[::-1]
    distinct = met[place_of[met] == places]
    place_of[distinct] = places[: len(distinct)]
    return distinct, np.bincount(place_of[met])
