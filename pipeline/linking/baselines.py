"""Plain ways to rank skills for a text, to hold the linker's figures against: character n-grams, a bare encoder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.embeddings import Encoder, LabelIndex, load_encoder, load_label_index
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.settings import EncoderSettings
from pipeline.taxonomy import LABELS_SCHEMA, Taxonomy

NGRAMS = (3, 4, 5)
BLOCK = 256
PLAIN_MODELS = {"plain MiniLM": "minilm", "plain USE-multilingual": "use-multilingual"}


class Baseline(Protocol):
    """Ranks the skills of a taxonomy for texts of one language."""

    def rank(self, texts: Sequence[str], depth: int) -> Iterator[list[str]]:
        """For each text the ids of the `depth` likeliest skills, likeliest first."""
        ...


def preferred_labels(taxonomy: Taxonomy, language: Language) -> pa.Table:
    """The preferred label of every skill: in that language, in English where it has none. Columns as a label table."""
    english = taxonomy.skills["label_en"].to_pylist()
    own = taxonomy.skills[f"label_{language}"].to_pylist()
    rows = [
        {"concept_id": skill, "language": language if label else "en", "label": label or fallback, "preferred": True}
        for skill, label, fallback in zip(taxonomy.skills["skill_id"].to_pylist(), own, english, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=LABELS_SCHEMA)


class CharacterTfidf:
    """Cosine of TF-IDF vectors over the character 3- to 5-grams within words, lower case, sublinear frequencies.

    The same weighting as scikit-learn's `TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)`.
    """

    def __init__(self, labels: pa.Table) -> None:
        self._skills = np.array(labels["concept_id"].to_pylist(), dtype=object)
        counts = [ngrams(str(label)) for label in labels["label"].to_pylist()]
        containing = Counter(gram for grams in counts for gram in grams)
        self._idf = {gram: np.log((1 + len(counts)) / (1 + n)) + 1 for gram, n in sorted(containing.items())}
        places: dict[str, list[int]] = {gram: [] for gram in self._idf}
        weights: dict[str, list[float]] = {gram: [] for gram in self._idf}
        for place, grams in enumerate(counts):
            for gram, weight in self._weights(grams).items():
                places[gram].append(place)
                weights[gram].append(weight)
        self._postings: dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]] = {
            gram: (np.array(places[gram], dtype=np.int64), np.array(weights[gram])) for gram in self._idf
        }

    def _weights(self, grams: Counter[str]) -> dict[str, float]:
        """A text's unit vector, over the n-grams that some label has."""
        weights = {gram: float((1 + np.log(n)) * self._idf[gram]) for gram, n in grams.items() if gram in self._idf}
        length = float(np.sqrt(sum(weight * weight for weight in weights.values()))) or 1.0
        return {gram: weight / length for gram, weight in weights.items()}

    def rank(self, texts: Sequence[str], depth: int) -> Iterator[list[str]]:
        """For each text the ids of the `depth` skills with the highest cosine; ties in the order of the labels."""
        for text in texts:
            scores = np.zeros(len(self._skills))
            for gram, weight in self._weights(ngrams(text)).items():
                places, weights = self._postings[gram]
                scores[places] += weight * weights
            order = np.argsort(-np.round(scores, 9), kind="stable")[:depth]
            yield [str(skill) for skill in self._skills[order]]


def ngrams(text: str) -> Counter[str]:
    """The character 3- to 5-grams of the words of a text, each word with a space before and behind it."""
    found: Counter[str] = Counter()
    for word in text.lower().split():
        padded = f" {word} "
        for n in NGRAMS:
            found.update(padded[start : start + n] for start in range(max(len(padded) - n, 0) + 1))
            if len(padded) <= n:
                break
    return found


@dataclass
class RememberingEncoder(Encoder):
    """An encoder that embeds a text once: two taxonomies that share most of their labels cost little more than one."""

    kept: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict, repr=False)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """As `Encoder.encode`."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self.kept]
        if fresh:
            self.kept.update(zip(fresh, super().encode(fresh), strict=True))
        return np.stack([self.kept[text] for text in texts]) if texts else super().encode(texts)


class PlainEncoder:
    """Cosine of an encoder's vectors of the text and of the preferred labels, and nothing else."""

    def __init__(self, encoder: Encoder, labels: pa.Table, key: str, lake: Lake | None) -> None:
        self._encoder = encoder
        self._labels = labels
        self._key = key
        self._lake = lake

    @cached_property
    def _index(self) -> LabelIndex:
        return load_label_index(self._labels, self._key, self._encoder, self._lake)

    def rank(self, texts: Sequence[str], depth: int) -> Iterator[list[str]]:
        """For each text the ids of the `depth` skills with the highest cosine.

        Raises:
            EncoderError: the encoder fails.
        """
        skills = [str(skill) for skill in self._labels["concept_id"].to_pylist()]
        for start in range(0, len(texts), BLOCK):
            _, rows = self._index.search(self._encoder.encode(texts[start : start + BLOCK]), depth)
            yield from ([skills[row] for row in found] for found in rows.tolist())


def plain_baselines(
    taxonomy: Taxonomy, own: EncoderSettings, lake: Lake | None
) -> dict[str, Callable[[Language], Baseline]]:
    """The baselines of the quality page by name, each made for a language once, when it is first asked for.

    Args:
        taxonomy: whose preferred labels are ranked.
        own: the encoder that linking uses; alone it is one of the baselines.
        lake: keeps the vectors of labels, if given.
    """
    models = {"its encoder alone": own} | {
        name: own.model_copy(update={"model": model, "prompt": ""}) for name, model in PLAIN_MODELS.items()
    }

    def encoder_over_labels(settings: EncoderSettings, language: Language) -> Baseline:
        key = f"preferred-{language}-{taxonomy.fingerprint[:32]}"
        return PlainEncoder(load_encoder(settings), preferred_labels(taxonomy, language), key, lake)

    made: dict[str, Callable[[Language], Baseline]] = {
        name: cache(partial(encoder_over_labels, settings))
        for name, settings in models.items()
        if settings is own or settings.model != own.model
    }
    return made | {"character TF-IDF": cache(lambda language: CharacterTfidf(preferred_labels(taxonomy, language)))}
