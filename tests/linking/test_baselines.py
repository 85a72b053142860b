"""Plain baselines: their formulas against scikit-learn's and by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from pipeline.embeddings import Encoder
from pipeline.linking import RememberingEncoder
from pipeline.linking.baselines import CharacterTfidf, PlainEncoder, ngrams, preferred_labels
from pipeline.settings import load_settings
from pipeline.taxonomy import Taxonomy

QUERIES = ["Weld the metal parts", "conduire un chariot", "python python python", "", "a", "xyz 123", "premiers soins"]


def test_preferred_labels_fall_back_to_english(small: Taxonomy):
    english, french = preferred_labels(small, "en"), preferred_labels(small, "fr")
    assert english.num_rows == french.num_rows == 7
    rows = {row["concept_id"]: row for row in french.to_pylist()}
    assert (rows["ps:weld"]["label"], rows["ps:weld"]["language"]) == ("souder des pièces métalliques", "fr")
    assert (rows["ps:kaizen"]["label"], rows["ps:kaizen"]["language"]) == ("kaizen workshops", "en")


def test_the_grams_of_a_word_by_hand():
    assert ngrams("Ab  c") == Counter([" ab", "ab ", " ab ", " c "])
    assert ngrams("weld")[" wel"] == 1
    assert ngrams("aaaaa")["aaa"] == 3
    assert ngrams("") == Counter()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_ranking_is_that_of_scikit_learn(small: Taxonomy, language):
    from sklearn.feature_extraction.text import TfidfVectorizer

    labels = preferred_labels(small, language)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    matrix = vectorizer.fit_transform(labels["label"].to_pylist())
    scores = (vectorizer.transform(QUERIES) @ matrix.T).toarray()
    skills = np.array(labels["concept_id"].to_pylist())
    expected = [skills[np.argsort(-np.round(row, 9), kind="stable")].tolist() for row in scores]
    found = CharacterTfidf(labels)
    assert list(found.rank(QUERIES, 10)) == expected
    assert list(found.rank(QUERIES[:1], 2)) == [expected[0][:2]]


@dataclass
class SpellingEncoder(Encoder):
    """Embeds a text as the counts of some letters, and counts what it is asked."""

    asked: int = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += len(texts)
        counts = np.array([[text.lower().count(c) + 0.01 for c in "abcdefgh"] for text in texts], dtype=np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_a_bare_encoder_ranks_by_cosine_and_embeds_labels_once(small: Taxonomy):
    encoder = SpellingEncoder(load_settings().encoder, "spelling")
    labels = preferred_labels(small, "en")
    found = PlainEncoder(encoder, labels, "key", None)
    (ranked,) = found.rank(["give first aid"], 3)
    assert ranked[0] == "ps:first-aid"
    assert len(ranked) == 3
    list(found.rank(["weld metal parts", "count inventory"], 3))
    assert encoder.asked == labels.num_rows + 3


def test_a_text_is_embedded_once(monkeypatch: pytest.MonkeyPatch):
    asked: list[list[str]] = []

    def encode(self: Encoder, texts: Sequence[str]) -> np.ndarray:
        asked.append(list(texts))
        return np.array([[len(text), 1] for text in texts], dtype=np.float32).reshape(-1, 2)

    monkeypatch.setattr(Encoder, "encode", encode)
    encoder = RememberingEncoder(load_settings().encoder, "f")
    assert encoder.encode(["b", "aa", "b"]).tolist() == [[1, 1], [2, 1], [1, 1]]
    assert encoder.encode(["aa", "ccc"]).tolist() == [[2, 1], [3, 1]]
    assert encoder.encode([]).shape == (0, 2)
    assert asked == [["b", "aa"], ["ccc"], []]
