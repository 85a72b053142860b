"""Every skill as linking sees it, and the loss against all of them, by hand."""

from __future__ import annotations

import random
from math import log

import numpy as np
import pyarrow as pa
import pytest
import torch

from pipeline.embeddings.concepts import _concept_vectors
from training.examples import Pair
from training.held_out import SkillLabels
from training.prototypes import MOST_ALTERNATIVES, against_all, prototypes

SCALE = 25.0
COLUMNS = ("concept_id", "language", "label", "preferred")
ONE_TAXONOMY = torch.zeros(4, dtype=torch.int64)


def vectors_of(texts: list[str]) -> np.ndarray:
    """A direction of its own for every text."""
    drawn = [np.random.default_rng(sum(text.encode())).normal(size=16) for text in texts]
    return np.array([each / np.linalg.norm(each) for each in drawn], dtype=np.float32)


def labels_of(skill_id: str, en: str, fr: str | None, alt_en: list[str], alt_fr: list[str], **hidden) -> SkillLabels:
    """A skill without a description."""
    return SkillLabels(skill_id, en, fr, alt_en, alt_fr, "", **hidden)


def asking(concept: int, *alike: int) -> Pair:
    """A text that asks for a skill, and names others."""
    return Pair("text", "target", concept, frozenset({concept, *alike}))


# --- Prototypes -----------------------------------------------------------------------------------------------------


def test_skills_are_the_mean_that_linking_searches():
    """Where no alternative is left out, to the last digits that floats have."""
    skills = [
        labels_of("s:0", "weld", "souder", ["join metal", "fuse"], ["braser"]),
        labels_of("s:1", "saw", None, [], ["scier"], hidden_en=["cut wood"], hidden_fr=["couper du bois"]),
    ]
    rows = [
        ("s:0", "en", "weld", True), ("s:0", "fr", "souder", True), ("s:0", "en", "join metal", False),
        ("s:0", "en", "fuse", False), ("s:0", "fr", "braser", False), ("s:1", "en", "saw", True),
        ("s:1", "fr", "scier", False), ("s:1", "en", "cut wood", False), ("s:1", "fr", "couper du bois", False),
    ]  # fmt: skip
    table = pa.Table.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    searched = _concept_vectors(table, ["s:0", "s:1"], vectors_of(table["label"].to_pylist()))
    found = prototypes(skills, vectors_of, random.Random(1)).numpy()
    np.testing.assert_allclose(found, searched, atol=1e-6)


def test_of_many_alternatives_some_are_drawn_and_count_like_one_preferred_label():
    asked: list[str] = []

    def encode(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.array([[1.0, 0.0] if text == "saw" else [0.0, 1.0] for text in texts], dtype=np.float32)

    skills = [labels_of("s:0", "saw", None, [f"other {i}" for i in range(9)], [])]
    found = prototypes(skills, encode, random.Random(1))
    assert len(asked) == 1 + MOST_ALTERNATIVES
    assert found[0].tolist() == pytest.approx([0.5**0.5, 0.5**0.5])
    again = prototypes(skills, encode, random.Random(1))
    assert torch.equal(found, again), "the draw decides"


# --- The loss -------------------------------------------------------------------------------------------------------


def test_a_text_that_resembles_all_skills_loses_as_a_guess_does():
    same = torch.nn.functional.normalize(torch.ones(4, 8), dim=1)
    assert against_all(same[:1], [asking(2)], same, ONE_TAXONOMY, SCALE).item() == pytest.approx(log(4), abs=1e-5)


def test_a_text_is_told_from_skills_that_are_in_no_pair_of_its_batch():
    axes = torch.eye(4, 8)
    right = against_all(axes[:1], [asking(0)], axes, ONE_TAXONOMY, SCALE).item()
    wrong = against_all(axes[3:], [asking(0)], axes, ONE_TAXONOMY, SCALE).item()
    assert right == pytest.approx(0.0, abs=1e-5)
    assert wrong == pytest.approx(SCALE, abs=1e-3), "as far from its own as the scale goes"


def test_what_else_a_text_names_and_other_taxonomies_are_no_negatives():
    same = torch.nn.functional.normalize(torch.ones(4, 8), dim=1)
    named = against_all(same[:1], [asking(0, 1, 2)], same, ONE_TAXONOMY, SCALE).item()
    assert named == pytest.approx(log(2), abs=1e-5), "its own and the fourth"
    two = torch.tensor([0, 0, 0, 1])
    assert against_all(same[:1], [asking(0)], same, two, SCALE).item() == pytest.approx(log(3), abs=1e-5)
    assert against_all(same[:1], [asking(3)], same, two, SCALE).item() == pytest.approx(0.0, abs=1e-5)


def test_titles_of_occupations_count_for_nothing():
    axes = torch.eye(4, 8)
    title = Pair("welder", "soudeur", -1, frozenset({-1}))
    assert against_all(axes[:1], [title], axes, ONE_TAXONOMY, SCALE).item() == 0.0
    mixed = against_all(axes[[3, 0]], [title, asking(0)], axes, ONE_TAXONOMY, SCALE).item()
    assert mixed == pytest.approx(0.0, abs=1e-5)


def test_only_texts_are_pulled():
    texts = torch.randn(2, 8, generator=torch.Generator().manual_seed(1)).requires_grad_(True)
    axes = torch.eye(4, 8)
    before = against_all(texts, [asking(0), asking(1)], axes, ONE_TAXONOMY, SCALE)
    before.backward()
    after = against_all(texts.detach() - 0.1 * texts.grad, [asking(0), asking(1)], axes, ONE_TAXONOMY, SCALE)
    assert after < before
