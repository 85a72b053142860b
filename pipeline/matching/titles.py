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
from pipeline.matching.title_words import WordIndex, WordMatch

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


@dataclass(frozen=True, slots=True)
class _Variant:
    """A reading of a title, how far it is to be doubted, and what its words say."""

    words: str
    doubt: float
    match: WordMatch


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
            read = [self._read(title, language) for title, language in titles[start : start + BATCH]]
            vectors = self.encoder.encode([_as_label(variant.words) for of_one in read for variant in of_one])
            cosines, rows = self.index.search(vectors, CANDIDATES)
            nearest = iter(zip(vectors.astype(np.float64), cosines.tolist(), rows.tolist(), strict=True))
            for of_one in read:
                parts = [self._observe_one(variant, *next(nearest)) for variant in of_one]
                yield TitleFeatures(
                    np.concatenate([part.occupations for part in parts]),
                    np.concatenate([part.features for part in parts]),
                )

    def _read(self, title: str, language: Language) -> list[_Variant]:
        """A title's variants; where a whole one is an occupation's very name, its parts say nothing more."""
        variants = [
            _Variant(words, 1 - trust, self._words.find(plain(words), language))
            for words, trust in title_variants(title, language)
        ]
        named = any(variant.doubt == 0 and variant.match.named for variant in variants)
        return [variant for variant in variants if variant.doubt == 0 or not named]

    def _observe_one(
        self, variant: _Variant, vector: npt.NDArray[np.float64], cosines: list[float], rows: list[int]
    ) -> TitleFeatures:
        letters = np.round(self._ngrams.scores(plain(variant.words)), SCORE_DECIMALS)[self._text]
        alike = _highest(letters, CANDIDATES)
        also = (self.index.vectors[alike] * vector).sum(axis=1)
        dense: dict[int, float] = {}
        for row, cosine in zip([*rows, *alike.tolist()], [*cosines, *also.tolist()], strict=True):
            owner = int(self._owner[row])
            dense[owner] = max(dense.get(owner, -1.0), cosine)
        found = sorted(dense)
        said = variant.match
        columns = {
            "dense": self._measured(np.array([dense[o] for o in found])),
            "centre": self._measured((self.centres[found] * vector).sum(axis=1)),
            "letters": np.maximum.reduceat(letters[self._by_owner], self._first)[found],
            "words": np.array([said.covered.get(o, 0.0) for o in found]),
            "same": np.array([float(o in said.named) for o in found]),
            "preferred": np.array([float(said.named.get(o, False)) for o in found]),
            "common": np.full(len(found), 0.0 if any(said.named.values()) else said.common),
            "doubt": np.full(len(found), variant.doubt),
        }
        features = np.column_stack([columns[name] for name in FEATURES])
        return TitleFeatures(np.array(found, dtype=np.int64), features)

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
