"""The labels of a taxonomy as vectors, searched exactly with FAISS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.embeddings.encoder import Encoder, Vectors
from pipeline.errors import EncoderError, LakeError
from pipeline.lake import Lake

if TYPE_CHECKING:
    import faiss

SCORE_DECIMALS = 5  # cosines are rounded, so that another BLAS or batch can't move a result
LABELS_PER_BLOCK = 4096
DIGEST_BYTES = hashlib.sha256().digest_size
LENGTH_TOLERANCE = 2e-3  # of the squared length of a unit vector
SPARE = 16  # candidates beyond k, so that FAISS breaking a tie another way can't change the first k


@dataclass(frozen=True)
class LabelIndex:
    """Labels with their vectors; row i of `vectors` is row i of `labels`.

    Attributes:
        labels: Arrow table with concept_id, language, label, preferred.
        vectors: float32 array (labels, dimensions) of unit vectors.
    """

    labels: pa.Table
    vectors: Vectors

    @cached_property
    def _faiss(self) -> faiss.IndexFlatIP:
        import faiss  # noqa: PLC0415 - half a second to import; only where vectors are searched

        index = faiss.IndexFlatIP(self.vectors.shape[1])
        index.add(self.vectors)
        return index

    def search(self, queries: Vectors, k: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """The k labels nearest to each query.

        Args:
            queries: unit vectors (n, dimensions).
            k: labels per query; fewer come back if there are fewer labels.

        Returns:
            Cosines (n, k), rounded and falling, and the labels' row numbers (n, k). The cosine of a pair does not
            depend on the other queries: FAISS only picks the candidates, the products are computed pair by pair.
        """
        k = min(k, self.labels.num_rows)
        _, rows = self._faiss.search(queries, min(k + SPARE, self.labels.num_rows))
        cosines = np.einsum("nd,nkd->nk", queries, self.vectors[rows], dtype=np.float64)
        cosines = np.round(cosines, SCORE_DECIMALS)
        order = np.lexsort((rows, -cosines), axis=1)[:, :k]
        return np.take_along_axis(cosines, order, axis=1), np.take_along_axis(rows, order, axis=1)


def load_label_index(
    labels: pa.Table, key: str, encoder: Encoder, lake: Lake | None, progress: Callable[[int, int], None] | None = None
) -> LabelIndex:
    """Embeds labels once per taxonomy and encoder, and keeps the vectors in the lake.

    Args:
        labels: concept_id, language, label, preferred, in a fixed order.
        key: what identifies these labels (the taxonomy's fingerprint and which concepts they name).
        encoder: embeds them.
        lake: where the vectors are kept; None keeps them in memory only.
        progress: told (labels done, labels in all).

    Raises:
        EncoderError: there are no labels: an empty index would make every text look skill-less.
    """
    if labels.num_rows == 0:
        raise EncoderError("The taxonomy has no labels to link to: an empty index would find no skills in any text.")
    folder = f"index/{encoder.fingerprint[:32]}/{key}"
    return LabelIndex(labels, embed_labels(labels["label"].to_pylist(), encoder, lake, folder, progress))


def load_part(
    labels: pa.Table, part: str, rows: npt.NDArray[np.int64], key: str, encoder: Encoder, lake: Lake
) -> Vectors:
    """Vectors of some labels only, kept in a file of their own: whoever needs these does not read those of all.

    Args:
        labels: all of them, as `load_label_index` takes them.
        part: a word for which labels these are; with `key` it says which rows they are.
        rows: the rows of these labels.
        key: as `load_label_index`.
        encoder: embeds what the lake does not hold.
        lake: where the vectors are kept.

    Returns:
        An array (rows, dimensions), the same as those rows of `LabelIndex.vectors`.
    """
    name = f"index/{encoder.fingerprint[:32]}/{key}/{part}.npy"
    vectors = read_vectors(lake, name, len(rows))
    if vectors is None:
        vectors = load_label_index(labels, key, encoder, lake).vectors[rows]
        lake.write_bytes(name, sealed(vectors))
    return vectors


def embed_labels(
    texts: list[str], encoder: Encoder, lake: Lake | None, folder: str, progress: Callable[[int, int], None] | None
) -> Vectors:
    """Vectors of labels, each distinct text once, block by block: an interrupted run goes on at its last block."""
    unique = sorted(set(texts), key=lambda text: (len(text), text))
    blocks = []
    for start in range(0, len(unique), LABELS_PER_BLOCK):
        block = unique[start : start + LABELS_PER_BLOCK]
        name = f"{folder}/{start // LABELS_PER_BLOCK:05d}.npy"
        vectors = read_vectors(lake, name, len(block)) if lake else None
        if vectors is None:
            vectors = encoder.encode(block)
            if lake:
                lake.write_bytes(name, sealed(vectors))
            if progress:
                progress(start + len(block), len(unique))
        blocks.append(vectors)
    place = {text: i for i, text in enumerate(unique)}
    return np.ascontiguousarray(np.concatenate(blocks)[[place[text] for text in texts]])


def sealed(array: npt.NDArray[np.generic]) -> bytes:
    """An array in NumPy's format with the SHA-256 of that (32 bytes) behind it, where NumPy does not look."""
    sink = BytesIO()
    np.save(sink, array, allow_pickle=False)
    return sink.getvalue() + hashlib.sha256(sink.getvalue()).digest()


def whole_vectors(kept: bytes) -> bool:
    """Whether a file of vectors is as `sealed` made it."""
    seen = memoryview(kept)
    return hashlib.sha256(seen[:-DIGEST_BYTES]).digest() == seen[-DIGEST_BYTES:]


def read_sealed(lake: Lake, name: str) -> npt.NDArray[np.generic] | None:
    """What `sealed` made a file of, or None where that is not there or not whole."""
    try:
        kept = lake.read_bytes(name)
        if not whole_vectors(kept):
            return None
        return np.asarray(np.load(BytesIO(memoryview(kept)[:-DIGEST_BYTES]), allow_pickle=False))
    except (LakeError, ValueError, EOFError):
        return None


def read_vectors(lake: Lake, name: str, rows: int) -> Vectors | None:
    """The kept vectors, or None where there are none that fit: what is damaged is made anew."""
    vectors = read_sealed(lake, name)
    if vectors is None or vectors.ndim != 2 or len(vectors) != rows or vectors.dtype != np.float32:
        return None
    found = vectors.astype(np.float32, copy=False)
    squares = np.einsum("nd,nd->n", found, found)  # one that is no number compares as false
    return found if (np.abs(squares - 1) < LENGTH_TOLERANCE).all() else None
