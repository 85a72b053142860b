"""Texts as sets of three successive words, and short sketches of those by which like texts are found.

MinHash (Broder, 1997), banded as in Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", ch. 3. A sketch
depends on its text alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rensa import RMinHash

from pipeline.arrays import distinct

Hashes = npt.NDArray[np.uint64]

SKETCH_VERSION: Final = 1  # raise it when a text gets another sketch than before
PERMUTATIONS: Final = 128
BANDS: Final = 32  # of 4 values each: finds a pair of Jaccard 0.6 in 99 of 100 cases, one of 0.8 practically always
SEED: Final = 20_240_229
SHINGLE: Final = 3  # words

WORD: Final = re.compile(r"\w+")
_MULTIPLIERS: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_ROW: Final = BANDS * 8  # bytes


@lru_cache(maxsize=500_000)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def shingles(text: str) -> Hashes:
    """The sorted distinct hashes of each three successive words of a text (of all its words, where it has fewer)."""
    words = np.fromiter(map(_word_hash, WORD.findall(text.casefold())), dtype=np.uint64)
    if not len(words):
        return words
    size = min(SHINGLE, len(words))
    with np.errstate(over="ignore"):
        mixed = np.zeros(len(words) - size + 1, dtype=np.uint64)
        for place in range(size):
            mixed += (words[place : len(words) - size + 1 + place] ^ _MULTIPLIERS[place]) * _MULTIPLIERS[place]
            mixed ^= mixed >> np.uint64(29)
    return distinct(mixed)


def sketches(texts: Sequence[str]) -> Hashes:
    """For each text one hash a band, (texts, BANDS); 0 where a text has no words."""
    sets = [shingles(text) for text in texts]
    if not sets:
        return np.zeros((0, BANDS), dtype=np.uint64)
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in sets])]).astype(np.uint64)
    digests = RMinHash.digest_matrix_from_flat_token_hashes(
        np.concatenate(sets), offsets.tolist(), PERMUTATIONS, SEED
    )  # fmt: skip
    values = np.array(digests.to_rows(), dtype=np.uint64).reshape(len(sets), BANDS, PERMUTATIONS // BANDS)
    bands = np.zeros((len(sets), BANDS), dtype=np.uint64)
    for place in range(values.shape[2]):
        bands = _mix(bands, values[:, :, place])
    bands[np.array([not len(each) for each in sets])] = 0
    return bands


def mixed_with(bands: Hashes, codes: Hashes) -> Hashes:
    """Sketches that are alike only where their codes, by row and band, are equal too; 0 stays 0."""
    return np.where(bands == 0, np.uint64(0), _mix(bands, codes))


def _mix(one: Hashes, other: Hashes) -> Hashes:
    with np.errstate(over="ignore"):
        mixed = (one ^ other) * _MULTIPLIERS[0]
    return np.asarray(mixed ^ (mixed >> np.uint64(29)))


def to_bytes(bands: Hashes) -> list[bytes]:
    """Each row as bytes, the same on every machine."""
    flat = bands.astype("<u8").tobytes()
    return [flat[start : start + _ROW] for start in range(0, len(flat), _ROW)]


def from_array(rows: pa.ChunkedArray) -> Hashes:
    """The rows that `to_bytes` was given, from a column of them."""
    chunks = [np.frombuffer(chunk.buffers()[1], dtype="<u8")[chunk.offset * BANDS :] for chunk in rows.chunks]
    flat = [values[: len(chunk) * BANDS] for values, chunk in zip(chunks, rows.chunks, strict=True)]
    return np.concatenate([np.zeros(0, dtype="<u8"), *flat]).reshape(len(rows), BANDS).astype(np.uint64)
