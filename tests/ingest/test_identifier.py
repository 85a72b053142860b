"""Languages are told as the library tells them, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipeline.ingest.identifier import LONGEST_FEATURE, QuickIdentifier

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
