"""Vectors and encoders that need no model, and the slow way to search."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from pipeline.embeddings import SCORE_DECIMALS


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Rows scaled to unit length."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def random_vectors(seed: int, count: int, width: int = 32) -> np.ndarray:
    """Unit vectors in every direction."""
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def brute_force(queries: np.ndarray, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest rows, found the slow way; of equals the one that stands first."""
    cosines = np.round(queries.astype(np.float64) @ vectors.astype(np.float64).T, SCORE_DECIMALS)
    order = np.array([np.lexsort((np.arange(len(vectors)), -row))[:k] for row in cosines])
    return np.take_along_axis(cosines, order, axis=1), order


class CountingEncoder:
    """An encoder that needs no model: a text's vector is drawn from the text and the encoder's fingerprint."""

    def __init__(self, fingerprint: str = "a" * 64) -> None:
        self.fingerprint = fingerprint
        self.settings = SimpleNamespace(model="fake")
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """As `Encoder.encode`."""
        self.seen.extend(texts)
        seeds = [hashlib.sha256(f"{self.fingerprint}{text}".encode()).digest()[:8] for text in texts]
        rows = [np.random.default_rng(int.from_bytes(seed)).normal(size=8) for seed in seeds]
        return unit_rows(np.array(rows))
