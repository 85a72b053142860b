"""Which language a text is in, as py3langid tells it, only quicker: each probability is the library's, bit for bit.

The library walks through a text byte by byte, from state to state, and notes the features that it meets: most of what
telling a language takes. The state that a byte leads to depends on the last few bytes alone, since features are byte
sequences and none is longer: so all bytes take their steps at once, each from a start of its own.

The library unpacks its model at each start, which takes longer than telling the languages of a thousand texts does. A
lake can keep what a few languages need of it, under the hash of the library's file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from pipeline.errors import LakeError
from pipeline.lake import ContentCache, Lake

LONGEST_FEATURE: Final = 6  # bytes; of the model that comes with the library
FORM: Final = 1  # raise it when a model is kept in another form than before

Features = npt.NDArray[np.int32]

# A row for each array of a model, its numbers little end first, and one for its languages, in the order of the model.
MODEL: Final = pa.schema([("key", pa.string()), ("held", pa.binary())])
_NUMBERS: Final = {"weights": "<f2", "priors": "<f4", "moves": "<u4", "rows": "<i4", "features": "<i4"}


class QuickIdentifier(LanguageIdentifier):  # type: ignore[misc]  # the library has no types
    """A `LanguageIdentifier` that takes the steps of all bytes together."""

    __slots__ = ("_feature_of", "_moves", "_row_of")

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self._moves = np.asarray(self.tk_nextmove)
        self._row_of = np.array(self._rowbase, dtype=np.int32)
        self._feature_of = np.array(self.tk_output, dtype=np.int32)

    @classmethod
    def of(cls, kept: pa.Table) -> QuickIdentifier:
        """The identifier that gave these rows of `MODEL`."""
        held = dict(zip(kept["key"].to_pylist(), kept["held"], strict=True))
        languages = held["languages"].as_py().decode().split()
        weights, priors, moves, rows, features = (
            np.frombuffer(held[name].as_buffer(), dtype=form) for name, form in _NUMBERS.items()
        )
        by_feature = weights.reshape(-1, len(priors))
        return cls(by_feature, priors, languages, moves, features, norm_probs=True, tk_row=(rows >> 8).tolist())

    def kept(self) -> pa.Table:
        """Rows of `MODEL`, of the languages that are set."""
        arrays = (self.nb_ptc, self.nb_pc, self._moves, self._row_of, self._feature_of)
        held = [np.asarray(array, dtype=form).tobytes() for array, form in zip(arrays, _NUMBERS.values(), strict=True)]
        return pa.table({"key": ["languages", *_NUMBERS], "held": [" ".join(self.nb_classes).encode(), *held]}, MODEL)

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


def load_identifier(languages: Sequence[str], lake: Lake | None = None) -> QuickIdentifier:
    """The identifier of some languages.

    Args:
        languages: ISO 639-1 codes that the library's model has.
        lake: keeps the model unpacked; without one, or where it holds no whole one, the library unpacks it.
    """
    cache = ContentCache(lake, "languages", _fingerprint(languages), MODEL) if lake else None
    kept = next(cache.parts(), None) if cache else None
    if kept is not None:
        return QuickIdentifier.of(kept)
    identifier: QuickIdentifier = QuickIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(languages))
    if cache:
        with suppress(LakeError):  # it is only quicker with it
            cache.append(identifier.kept())
    return identifier


def _fingerprint(languages: Sequence[str]) -> str:
    """Names what is kept: the library's file, the languages and the form."""
    told = f"{FORM} {' '.join(sorted(languages))} ".encode()
    return hashlib.sha256(told + (MODEL_DIR / MODEL_FILE).read_bytes()).hexdigest()[:32]


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
