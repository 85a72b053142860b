"""Languages are told as the library tells them, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipeline.errors import LakeError
from pipeline.ingest.identifier import LONGEST_FEATURE, QuickIdentifier, load_identifier
from pipeline.lake import Lake

LANGUAGES = ["en", "fr", "es", "de"]


def of_kind(kind: type[LanguageIdentifier]) -> LanguageIdentifier:
    identifier = kind.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


@pytest.fixture(scope="module")
def library() -> LanguageIdentifier:
    return of_kind(LanguageIdentifier)


@pytest.fixture(scope="module")
def quick() -> QuickIdentifier:
    return of_kind(QuickIdentifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e",
        "....",
        "WELD AND GRIND STEEL PARTS",
        "Souder et meuler des pièces d'acier, lire les plans.\nTravail d'équipe.",
        "Weld pipes. " * 200,
        "新しい仕事 и работа",
    ],
)
def test_a_verdict_is_that_of_the_library(library: LanguageIdentifier, quick: QuickIdentifier, text: str) -> None:
    assert quick.classify(text) == library.classify(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400) | st.text("aeinorst de\n.", max_size=400))
def test_any_text_has_the_scores_of_the_library(library: LanguageIdentifier, quick: QuickIdentifier, text: str) -> None:
    encoded = library._encode(text)
    assert quick._raw_score(encoded).tobytes() == library._raw_score(encoded).tobytes()


def test_no_state_depends_on_more_bytes_than_the_longest_feature_has(quick: QuickIdentifier) -> None:
    """From the first state, every other one is reached within so many bytes: what lies further back is forgotten."""
    rows = quick._moves.reshape(-1, 256)
    reached = np.zeros(len(quick._row_of), dtype=bool)
    front = np.array([0])
    reached[front] = True
    for _ in range(LONGEST_FEATURE):
        front = np.unique(rows[np.unique(quick._row_of[front] >> 8)])
        front = front[~reached[front]]
        reached[front] = True
    assert len(front)
    assert reached.all()


TEXT = "Souder et meuler des pièces d'acier, lire les plans.\nTravail d'équipe."


def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of the library's models are unpacked from now on."""
    models: list[str] = []
    really = QuickIdentifier.from_model_file.__func__

    def noted(kind: type[QuickIdentifier], model: str, **options: object) -> QuickIdentifier:
        models.append(model)
        return really(kind, model, **options)

    monkeypatch.setattr(QuickIdentifier, "from_model_file", classmethod(noted))
    return models


def test_a_model_that_a_lake_keeps_tells_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: LanguageIdentifier
) -> None:
    load_identifier(LANGUAGES, Lake(tmp_path))
    models = unpacked(monkeypatch)
    kept = load_identifier(LANGUAGES, Lake(tmp_path))
    assert not models
    assert kept.nb_classes == library.nb_classes
    for text in (TEXT, "Weld and grind.", "", "....", "新しい仕事"):
        encoded = library._encode(text)
        assert kept._raw_score(encoded).tobytes() == library._raw_score(encoded).tobytes()
        assert kept.classify(text) == library.classify(text)


def test_other_languages_are_kept_apart(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert load_identifier(["en", "fr"], lake).labels != load_identifier(["en", "de"], lake).labels
    assert load_identifier(["fr", "en"], lake).labels == load_identifier(["en", "fr"], lake).labels
    assert len(lake.folders("cache/languages")) == 2


def test_a_model_that_is_damaged_in_the_lake_is_unpacked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: LanguageIdentifier
) -> None:
    lake = Lake(tmp_path)
    load_identifier(LANGUAGES, lake)
    (file,) = tmp_path.rglob("*.parquet")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    models = unpacked(monkeypatch)
    assert load_identifier(LANGUAGES, lake).classify(TEXT) == library.classify(TEXT)
    assert models == [MODEL_FILE]
    assert file.read_bytes() == whole
    load_identifier(LANGUAGES, lake)
    assert len(models) == 1


def test_a_lake_that_cannot_be_written_to_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: LanguageIdentifier
) -> None:
    def refuse(*_: object) -> None:
        raise LakeError("no space")

    monkeypatch.setattr(Lake, "write_bytes", refuse)
    assert load_identifier(LANGUAGES, Lake(tmp_path)).classify(TEXT) == library.classify(TEXT)
