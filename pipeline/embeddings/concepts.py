"""One vector per concept of a taxonomy, made of its labels in both languages, and the search among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.arrays import places_in_runs
from pipeline.embeddings.encoder import Encoder, Vectors
from pipeline.embeddings.index import SCORE_DECIMALS, embed_labels, read_sealed, read_vectors, sealed
from pipeline.errors import EncoderError
from pipeline.lake import Lake

if TYPE_CHECKING:
    import faiss

# Below this many concepts every one is compared; above, 4-bit product-quantised codes pick what is compared exactly.
EXACT_BELOW = 4096
BITS = 4
DIMENSIONS_PER_CODE = 8
# Concepts that a matrix product picks beyond those asked for, and more than it and an exact sum can differ by: two sums
# of 512 products of unit vectors, each within 512 x 2^-24 of the truth.
SPARE = 8
QUERIES_PER_BLOCK = 512
ROUNDING = 1e-4
REFINED = 12  # concepts compared exactly for each one asked for
NO_CONCEPT = -1  # which FAISS passes over
ALTERNATIVE_SHARE = 1.0  # what all alternative labels of a concept in one language weigh together; a preferred one: 1


@dataclass(frozen=True)
class ConceptIndex:
    """Concepts with their vectors.

    Attributes:
        concepts: ids, sorted.
        vectors: float32 array (concepts, dimensions) of unit vectors.
        lake: keeps what the search among many learns of their vectors, if it is there.
        folder: of the lake, named after these concepts and what embedded them.
    """

    concepts: list[str]
    vectors: Vectors
    lake: Lake | None = None
    folder: str = ""

    @cached_property
    def _faiss(self) -> faiss.Index:
        import faiss  # noqa: PLC0415 - half a second to import; only where vectors are searched

        # Pair by pair, not as one matrix product: a score must not depend on the queries beside it.
        faiss.cvar.distance_compute_blas_threshold = 1 << 30
        width = self.vectors.shape[1]
        if len(self.concepts) < EXACT_BELOW:
            exact = faiss.IndexFlatIP(width)
            exact.add(self.vectors)
            return exact
        faiss.omp_set_num_threads(1)
        codes = faiss.IndexPQFastScan(width, width // DIMENSIONS_PER_CODE, BITS, faiss.METRIC_INNER_PRODUCT)
        self._train(codes)
        refined = faiss.IndexRefineFlat(codes)
        refined.k_factor = REFINED
        refined.add(self.vectors)
        return refined

    def _train(self, codes: faiss.IndexPQFastScan) -> None:
        """Gives codes their centroids: those that the lake keeps, or new ones, which take a second or two to find."""
        import faiss  # noqa: PLC0415 - as above

        name = f"{self.folder}/centroids-{faiss.__version__}-{DIMENSIONS_PER_CODE}.npy"
        kept = read_sealed(self.lake, name) if self.lake else None
        if kept is None or kept.dtype != np.float32 or kept.shape != (codes.pq.centroids.size(),):
            codes.train(self.vectors)
            if self.lake:
                self.lake.write_bytes(name, sealed(faiss.vector_to_array(codes.pq.centroids)))
        else:
            faiss.copy_array_to_vector(kept, codes.pq.centroids)
            codes.is_trained = True

    def search(self, queries: Vectors, k: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """The k concepts nearest to each query.

        Args:
            queries: unit vectors (n, dimensions).
            k: concepts per query; fewer come back if there are fewer.

        Returns:
            Cosines (n, k), rounded and falling, and the concepts' rows (n, k).
        """
        import faiss  # noqa: PLC0415 - as above

        index, k = self._faiss, min(k, len(self.concepts))
        # Of this thread alone. Linking runs in as many threads as there are cores: more would wait for each other.
        faiss.omp_set_num_threads(1)
        if len(self.concepts) < EXACT_BELOW and k + SPARE < len(self.concepts):
            scores, rows = self._picked(queries, k)
        else:
            scores, rows = index.search(queries, k)
        cosines = np.asarray(np.round(scores.astype(np.float64), SCORE_DECIMALS), dtype=np.float64)
        order = np.lexsort((rows, -cosines), axis=1)
        return np.take_along_axis(cosines, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _picked(self, queries: Vectors, k: int) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """What the exact index finds, to the bit: a matrix product picks, and what it picks is compared pair by pair.

        A product's last bits depend on the queries beside it. So a few more than k are picked, and where what was not
        picked might come as near as what is found, or two come equally near, the index is asked.
        """
        rows = np.empty((len(queries), k + SPARE), dtype=np.int64)
        least = np.empty(len(queries), dtype=np.float32)
        for start in range(0, len(queries), QUERIES_PER_BLOCK):
            block = slice(start, start + QUERIES_PER_BLOCK)
            rough = queries[block] @ self.vectors.T
            rows[block] = np.argpartition(-rough, k + SPARE - 1, axis=1)[:, : k + SPARE]
            least[block] = np.take_along_axis(rough, rows[block], axis=1).min(axis=1)
        exact = self._products(queries, rows)
        order = np.argsort(-exact, axis=1, kind="stable")[:, : k + 1]
        exact, rows = np.take_along_axis(exact, order, axis=1), np.take_along_axis(rows, order, axis=1)
        doubtful = (exact[:, k - 1] <= exact[:, k]) | (exact[:, k - 1] <= least + ROUNDING)
        scores, rows = exact[:, :k].copy(), rows[:, :k].copy()
        if doubtful.any():
            scores[doubtful], rows[doubtful] = self._faiss.search(queries[doubtful], k)
        return scores, rows

    def cosines(
        self, queries: Vectors, owners: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """The cosines of pairs of a query and a concept.

        Args:
            queries: unit vectors (queries, dimensions).
            owners: for each of n pairs its query, rising.
            rows: for each its concept.

        Returns:
            Cosines (n,), rounded.
        """
        # A table with a line for each query: two vectors are multiplied where they lie, none is copied for its pairs.
        place = places_in_runs(owners) - 1
        wanted = np.full((len(queries), int(place.max(initial=-1)) + 1), NO_CONCEPT, dtype=np.int64)
        wanted[owners, place] = rows
        products = self._products(queries, wanted)[owners, place]
        return np.asarray(np.round(products.astype(np.float64), SCORE_DECIMALS), dtype=np.float64)

    def _products(self, queries: Vectors, rows: npt.NDArray[np.int64]) -> Vectors:
        """Products (n, k) of queries (n, dimensions) with the concepts of rows (n, k), pair by pair."""
        import faiss  # noqa: PLC0415 - half a second to import; only where vectors are compared

        queries, products = np.ascontiguousarray(queries), np.empty(rows.shape, dtype=np.float32)
        faiss.omp_set_num_threads(1)
        faiss.fvec_inner_products_by_idx(  # type: ignore[attr-defined] # its stubs leave it out
            faiss.swig_ptr(products), faiss.swig_ptr(queries), faiss.swig_ptr(self.vectors), faiss.swig_ptr(rows),
            queries.shape[1], *rows.shape,
        )  # fmt: skip
        return products


def load_concept_index(
    labels: pa.Table, key: str, encoder: Encoder, lake: Lake | None, progress: Callable[[int, int], None] | None = None
) -> ConceptIndex:
    """Embeds all labels once per taxonomy and encoder, and keeps one vector per concept in the lake.

    Args:
        labels: concept_id, language, label, preferred, in a fixed order.
        key: what identifies these labels.
        encoder: embeds them.
        lake: where the vectors are kept; None keeps them in memory only.
        progress: told (labels done, labels in all).

    Raises:
        EncoderError: there are no labels: an empty index would make every text look skill-less.
    """
    if labels.num_rows == 0:
        raise EncoderError("The taxonomy has no labels to link to: an empty index would find no skills in any text.")
    concepts = sorted(set(labels["concept_id"].to_pylist()))
    folder = f"index/{encoder.fingerprint[:32]}/{key}"
    name = f"{folder}/concepts.npy"
    vectors = read_vectors(lake, name, len(concepts)) if lake else None
    if vectors is None:
        vectors = _concept_vectors(
            labels, concepts, embed_labels(labels["label"].to_pylist(), encoder, lake, folder, progress)
        )
        if lake:
            lake.write_bytes(name, sealed(vectors))
    return ConceptIndex(concepts, vectors, lake, folder)


def _concept_vectors(labels: pa.Table, concepts: list[str], vectors: Vectors) -> Vectors:
    """The mean of a concept's labels: each preferred label counts 1, the alternatives of a language 1 together."""
    place = {concept: i for i, concept in enumerate(concepts)}
    owner = np.array([place[c] for c in labels["concept_id"].to_pylist()])
    preferred = np.array(labels["preferred"].to_pylist(), dtype=bool)
    french = np.array(labels["language"].to_pylist()) == "fr"
    group = (owner * 2 + french)[~preferred]
    weight = np.ones(len(owner))
    weight[~preferred] = ALTERNATIVE_SHARE / np.bincount(group, minlength=2 * len(concepts))[group]
    sums = np.zeros((len(concepts), vectors.shape[1]))
    np.add.at(sums, owner, vectors * weight[:, None])
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), dtype=np.float32)
