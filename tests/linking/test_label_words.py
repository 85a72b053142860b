"""The words of labels kept in a lake: stemmed once, and never taken from what is damaged or of other code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.embeddings import sealed
from pipeline.lake import Lake
from pipeline.linking import label_words
from pipeline.linking.label_words import load_label_words
from pipeline.linking.lexical import LabelMatcher, LabelWords
from pipeline.taxonomy import Taxonomy


def told(words: LabelWords) -> tuple[object, ...]:
    """All that words hold."""
    return words.words, words.rows.tolist(), words.codes.tolist(), words.ends.tolist()


def kept(starter: Taxonomy, folder: Path) -> tuple[object, ...]:
    """Those of French texts, by a run of its own."""
    return told(load_label_words(starter.labels("skills"), "fr", "index/x", Lake(folder)))


@pytest.fixture
def stemmed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The languages in which labels were stemmed."""
    languages: list[str] = []
    real = label_words.label_stems
    monkeypatch.setattr(
        label_words, "label_stems", lambda t, language: (languages.append(language), real(t, language))[1]
    )
    return languages


def test_labels_are_stemmed_once(starter: Taxonomy, tmp_path: Path, stemmed: list[str]):
    first = kept(starter, tmp_path)
    assert kept(starter, tmp_path) == first == told(LabelMatcher(starter.labels("skills"), "fr").words)
    assert told(load_label_words(starter.labels("skills"), "fr", "index/x", None)) == first
    assert stemmed == ["fr", "fr"], "once for the lake, once without one"


def test_languages_are_kept_apart(starter: Taxonomy, tmp_path: Path):
    labels, lake = starter.labels("skills"), Lake(tmp_path)
    for _ in range(2):
        for language in ("en", "fr"):
            words = load_label_words(labels, language, "index/x", lake)
            assert told(words) == told(LabelMatcher(labels, language).words)


@pytest.mark.parametrize("damage", ["gone", "empty", "flipped", "no text", "numbers", "fewer", "other code"])
def test_what_does_not_fit_is_made_anew(starter: Taxonomy, tmp_path: Path, stemmed: list[str], damage: str):
    first = kept(starter, tmp_path)
    (path,) = tmp_path.rglob("words-fr.npy")
    good = path.read_bytes()
    text = np.load(path).tobytes()
    match damage:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "flipped":
            path.write_bytes(good[:400] + bytes([good[400] ^ 1]) + good[401:])
        case "no text":
            path.write_bytes(sealed(np.full(9, 255, dtype=np.uint8)))
        case "numbers":
            path.write_bytes(sealed(np.zeros((2, 2))))
        case "fewer":
            path.write_bytes(sealed(np.frombuffer(text[: text.rindex(b"\n")], dtype=np.uint8)))
        case "other code":
            path.write_bytes(sealed(np.frombuffer(b"0" * 64 + text[64:].replace(b"a", b"e"), dtype=np.uint8)))
    assert kept(starter, tmp_path) == first
    assert stemmed == ["fr", "fr"]
    assert path.read_bytes() == good
