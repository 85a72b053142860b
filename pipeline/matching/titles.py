"""The occupations that job titles name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.embeddings import SCORE_DECIMALS, Encoder, LabelIndex
from pipeline.ingest import Language
from pipeline.matching.title_model import FEATURES, MODEL, Features, TitleModel
from pipeline.matching.title_ngrams import NgramIndex
from pipeline.matching.title_wording import in_capitals, one_gender, plain, title_variants
from pipeline.matching.title_words import WordIndex

CANDIDATES = 100  # labels nearest to a title, by vectors and again by letters, whose occupations are considered
KEPT_MATCHES = 100
BATCH = 256
CONFIDENCE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """An occupation that a title may name, and the probability that it does."""

    occupation_id: str
    confidence: float


@dataclass(frozen=True)
class TitleFeatures:
    """What is known of a title's candidates.

    Attributes:
        occupations: (n,) their numbers; one comes once for each variant of the title that it is a candidate for.
        features: (n, len(FEATURES)).
    """

    occupations: npt.NDArray[np.int64]
    features: Features


def title_labels(labels: pa.Table) -> pa.Table:
    """Labels as titles are compared with them: what they say in both genders said once.

    Args:
        labels: concept_id, language, label, preferred.

    Returns:
        The same rows and columns.
    """
    at = labels.column_names.index("label")
    return labels.set_column(at, "label", pa.array(map(one_gender, labels["label"].to_pylist()), pa.string()))


@dataclass
class TitleMatcher:
    """Finds the occupations that titles name, in either language.

    Args:
        index: the labels of the occupations (see `title_labels`) and their vectors.
        encoder: the encoder that the index was made with.
        model: weighs what speaks for an occupation.
    """

    index: LabelIndex
    encoder: Encoder
    model: TitleModel = MODEL
    occupations: list[str] = field(init=False)

    def __post_init__(self) -> None:
        labels: pa.Table = self.index.labels
        concepts = labels["concept_id"].to_pylist()
        self.occupations = sorted(set(concepts))
        number = {concept: i for i, concept in enumerate(self.occupations)}
        self._owner = np.array([number[concept] for concept in concepts], dtype=np.int64)
        self._by_owner = np.argsort(self._owner, kind="stable")
        self._first = np.searchsorted(self._owner[self._by_owner], np.arange(len(self.occupations)))
        texts = [plain(label) for label in labels["label"].to_pylist()]
        distinct = sorted(set(texts))
        place = {text: i for i, text in enumerate(distinct)}
        self._text = np.array([place[text] for text in texts], dtype=np.int64)
        self._ngrams = NgramIndex(distinct)
        columns = (labels["language"].to_pylist(), texts, labels["preferred"].to_pylist())
        self._words = WordIndex(zip(self._owner.tolist(), *columns, strict=True), len(self.occupations))
        self.centres, self._unlike = self._find_centres()

    def _find_centres(self) -> tuple[npt.NDArray[np.float64], float]:
        """The occupations' mean vectors, as unit vectors, and the mean cosine of two labels.

        Cosines are measured from that mean: encoders differ in how alike they find what has nothing in common.
        """
        vectors = self.index.vectors[self._by_owner].astype(np.float64)
        centres = np.add.reduceat(vectors, self._first, axis=0)
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
        unlike = float(np.round((vectors.mean(axis=0) ** 2).sum(), SCORE_DECIMALS))
        return centres, min(unlike, 0.99)

    def match(self, titles: Sequence[tuple[str, Language]]) -> Iterator[list[TitleMatch]]:
        """For each (title, language) its occupations, likeliest first, at most `KEPT_MATCHES`."""
        for found in self.observe(titles):
            scores = self.model.scores(found.features)
            best = best_of_each(found.occupations, scores)
            centres = self.centres[found.occupations[best]]
            sure = self.model.probabilities(scores[best], centres)
            matches = [
                TitleMatch(self.occupations[o], float(f"{p:.{CONFIDENCE_DIGITS}g}"))
                for o, p in zip(found.occupations[best].tolist(), sure.tolist(), strict=True)
            ]
            yield sorted(matches, key=lambda m: (-m.confidence, m.occupation_id))[:KEPT_MATCHES]

    def observe(self, titles: Sequence[tuple[str, Language]]) -> Iterator[TitleFeatures]:
        """What is known of the candidates of each (title, language)."""
        for start in range(0, len(titles), BATCH):
            batch = titles[start : start + BATCH]
            variants = [title_variants(title, language) for title, language in batch]
            vectors = self.encoder.encode([_as_label(words) for of_one in variants for words, _ in of_one])
            cosines, rows = self.index.search(vectors, CANDIDATES)
            at = 0
            for (_, language), of_one in zip(batch, variants, strict=True):
                parts = []
                for n, (words, trust) in enumerate(of_one, start=at):
                    parts.append(self._observe_one(plain(words), language, vectors[n], cosines[n], rows[n], 1 - trust))
                at += len(of_one)
                yield TitleFeatures(
                    np.concatenate([part.occupations for part in parts]),
                    np.concatenate([part.features for part in parts]),
                )

    def _observe_one(
        self,
        text: str,
        language: Language,
        vector: npt.NDArray[np.float32],
        cosines: npt.NDArray[np.float64],
        rows: npt.NDArray[np.int64],
        doubt: float,
    ) -> TitleFeatures:
        letters = np.round(self._ngrams.scores(text), SCORE_DECIMALS)[self._text]
        alike = _highest(letters, CANDIDATES)
        nearest = np.maximum.reduceat(letters[self._by_owner], self._first)
        wide = vector.astype(np.float64)
        best: dict[int, float] = {}
        found = (self.index.vectors[alike] * wide).sum(axis=1)
        for row, cosine in zip([*rows.tolist(), *alike.tolist()], [*cosines.tolist(), *found.tolist()], strict=True):
            owner = int(self._owner[row])
            best[owner] = max(best.get(owner, -1.0), cosine)
        occupations = np.array(sorted(best), dtype=np.int64)
        centre = (self.centres[occupations] * wide).sum(axis=1)
        dense = np.array([best[o] for o in occupations.tolist()])
        words = self._words.find(text, language)
        columns = {
            "dense": self._measured(dense),
            "centre": self._measured(centre),
            "letters": nearest[occupations],
            "words": np.array([words.covered.get(o, 0.0) for o in occupations.tolist()]),
            "same": np.array([float(o in words.named) for o in occupations.tolist()]),
            "preferred": np.array([float(words.named.get(o, False)) for o in occupations.tolist()]),
            "common": np.full(len(occupations), 0.0 if any(words.named.values()) else words.common),
            "doubt": np.full(len(occupations), doubt),
        }
        features = np.column_stack([columns[name] for name in FEATURES])
        return TitleFeatures(occupations, features)

    def _measured(self, cosines: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        shares = np.clip((cosines - self._unlike) / (1 - self._unlike), 0.0, 1.0)
        return np.asarray(np.round(shares, SCORE_DECIMALS), dtype=np.float64)


def best_of_each(occupations: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Where in two columns each occupation has its highest score."""
    order = np.lexsort((-scores, occupations))
    _, first = np.unique(occupations[order], return_index=True)
    return order[first]


def _highest(scores: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.int64]:
    """The rows of the highest scores above 0; of equal ones the first."""
    most = min(most, len(scores))
    least = np.partition(scores, -most)[-most]
    rows = np.flatnonzero((scores >= least) & (scores > 0))
    return rows[np.argsort(-scores[rows], kind="stable")][:most]


def _as_label(words: str) -> str:
    """A title in the case of labels, for encoders that see capitals: lower, but for acronyms."""
    if in_capitals(words):
        return words.lower()
    return " ".join(w if len(w) > 1 and w.isupper() else w.lower() for w in words.split(" "))
