"""The concept index: one vector a concept, found exactly among few and all but exactly among many."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.embeddings import SCORE_DECIMALS, ConceptIndex, Encoder, load_concept_index, sealed
from pipeline.embeddings.concepts import EXACT_BELOW
from pipeline.errors import EncoderError
from pipeline.lake import Lake
from pipeline.taxonomy import load_starter

from .fakes import CountingEncoder, brute_force, random_vectors, unit_rows

LARGE = 6000


def names(count: int) -> list[str]:
    """Ids of concepts, sorted."""
    return [f"c{i:06d}" for i in range(count)]


def table(*rows: tuple[str, str, str, bool]) -> pa.Table:
    """Labels: (concept, language, label, preferred)."""
    concepts, languages, labels, preferred = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table({
        "concept_id": pa.array(concepts, pa.string()), "language": pa.array(languages, pa.string()),
        "label": pa.array(labels, pa.string()), "preferred": pa.array(preferred, pa.bool_()),
    })  # fmt: skip


def recall(found: np.ndarray, expected: np.ndarray) -> float:
    """The share of the expected rows that were found."""
    pairs = zip(found.tolist(), expected.tolist(), strict=True)
    return float(np.mean([len(set(one) & set(other)) / len(other) for one, other in pairs]))


@pytest.fixture(scope="module")
def starter_index(encoder: Encoder) -> ConceptIndex:
    """The skills of the built-in taxonomy."""
    return load_concept_index(load_starter().labels("skills"), "skills", encoder, None)


@pytest.fixture(scope="module")
def large_index(starter_index: ConceptIndex) -> ConceptIndex:
    """As many concepts as a large taxonomy has, in clusters as real ones are: the starter's, repeated with noise."""
    seeds = np.resize(starter_index.vectors, (LARGE, starter_index.vectors.shape[1]))
    return ConceptIndex(names(LARGE), near(seeds, 0.02, 1))


def near(vectors: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """Unit vectors around others."""
    return unit_rows(vectors + np.random.default_rng(seed).normal(scale=noise, size=vectors.shape))


@pytest.mark.parametrize("damage", ["none", "empty", "flipped", "others", "gone"])
def test_what_the_search_among_many_learned_is_kept(
    large_index: ConceptIndex, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
):
    """Centroids are found once; damaged ones, and those of another shape, are found again."""
    learned: list[int] = []
    train = faiss.IndexPQFastScan.train
    monkeypatch.setattr(faiss.IndexPQFastScan, "train", lambda own, x: (learned.append(len(x)), train(own, x))[1])
    queries = random_vectors(5, 40, large_index.vectors.shape[1])
    expected = large_index.search(queries, 20)
    indexes = [ConceptIndex(large_index.concepts, large_index.vectors, Lake(tmp_path), "index/x") for _ in range(2)]
    indexes[0].search(queries, 20)
    (kept,) = tmp_path.rglob("centroids-*.npy")
    good, before = kept.read_bytes(), len(learned)
    match damage:
        case "empty":
            kept.write_bytes(b"")
        case "flipped":
            kept.write_bytes(good[:300] + bytes([good[300] ^ 1]) + good[301:])
        case "others":
            kept.write_bytes(sealed(np.zeros(7, dtype=np.float32)))
        case "gone":
            kept.unlink()
    for found, wanted in zip(indexes[1].search(queries, 20), expected, strict=True):
        assert found.tobytes() == wanted.tobytes()
    assert len(learned) - before == (damage != "none")
    assert kept.read_bytes() == good


# --- Search ---------------------------------------------------------------------------------------------------------


def test_the_nearest_concepts_worked_by_hand():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], dtype=np.float32)
    cosines, rows = ConceptIndex(names(4), vectors).search(np.array([[0.8, 0.6]], dtype=np.float32), 3)
    assert rows.tolist() == [[2, 0, 1]]
    assert cosines.tolist() == [[0.96, 0.8, 0.6]]


def test_the_cosines_of_pairs_worked_by_hand():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    queries = np.array([[0.8, 0.6], [1, 0], [0, 1]], dtype=np.float32)
    owners, rows = np.array([0, 0, 2]), np.array([2, 1, 0])
    assert ConceptIndex(names(3), vectors).cosines(queries, owners, rows).tolist() == [0.96, 0.6, 0.0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), counts=st.lists(st.integers(0, 7), max_size=9))
def test_the_cosine_of_a_pair_is_that_of_its_vectors_whatever_pairs_stand_beside_it(seed: int, counts: list[int]):
    index, queries = ConceptIndex(names(40), random_vectors(seed, 40)), random_vectors(seed + 1, len(counts))
    owners = np.repeat(np.arange(len(counts)), counts)
    rows = np.random.default_rng(seed).integers(0, 40, len(owners))
    cosines = index.cosines(queries, owners, rows)
    np.testing.assert_allclose(cosines, (queries[owners] * index.vectors[rows]).sum(axis=1), atol=2e-5)
    for pair in range(len(owners)):
        alone = index.cosines(queries[owners[pair]][None], np.array([0]), rows[pair : pair + 1])
        assert alone.tolist() == cosines[pair : pair + 1].tolist()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), concepts=st.integers(1, 300), queries=st.integers(1, 40), k=st.integers(1, 320))
def test_search_among_few_is_exact(seed: int, concepts: int, queries: int, k: int):
    vectors, asked = random_vectors(seed, concepts), random_vectors(seed + 1, queries)
    cosines, rows = ConceptIndex(names(concepts), vectors).search(asked, k)
    expected, expected_rows = brute_force(asked, vectors, min(k, concepts))
    np.testing.assert_allclose(cosines, expected, atol=10**-SCORE_DECIMALS)
    clear = np.diff(expected, axis=1, prepend=2.0, append=-2.0) < -2 * 10**-SCORE_DECIMALS
    certain = clear[:, :-1] & clear[:, 1:]
    certain[:, -1] = False  # its rival may stand just behind the end
    assert rows[certain].tolist() == expected_rows[certain].tolist()


def test_search_in_the_starter_is_exact(starter_index: ConceptIndex):
    assert len(starter_index.concepts) < EXACT_BELOW
    queries = near(starter_index.vectors[::7], 0.03, 2)
    cosines, rows = starter_index.search(queries, 20)
    expected, expected_rows = brute_force(queries, starter_index.vectors, 20)
    np.testing.assert_allclose(cosines, expected, atol=2 * 10**-SCORE_DECIMALS)
    assert recall(rows, expected_rows) > 0.999


def test_search_among_many_finds_all_but_the_same(starter_index: ConceptIndex, large_index: ConceptIndex):
    queries = near(starter_index.vectors[::2], 0.03, 3)
    cosines, rows = large_index.search(queries, 20)
    _, expected_rows = brute_force(queries, large_index.vectors, 20)
    assert recall(rows, expected_rows) >= 0.99
    assert recall(rows[:, :1], expected_rows[:, :1]) >= 0.995, "the nearest is hardly ever missed"
    exact = np.einsum("nd,nkd->nk", queries, large_index.vectors[rows], dtype=np.float64)
    np.testing.assert_allclose(cosines, exact, atol=2 * 10**-SCORE_DECIMALS)  # what is found is compared exactly
    assert (np.diff(cosines, axis=1) <= 0).all()


@pytest.mark.parametrize("k", [1, 10, 24, 60])
def test_the_other_queries_never_change_a_result(starter_index: ConceptIndex, large_index: ConceptIndex, k: int):
    queries = near(starter_index.vectors[:120], 0.03, 4)
    for index in (starter_index, large_index):
        together = index.search(queries, k)
        backwards = index.search(np.ascontiguousarray(queries[::-1]), k)
        for i in range(0, len(queries), 9):
            alone = index.search(queries[i : i + 1], k)
            for part, whole, reverse in zip(alone, together, backwards, strict=True):
                assert part.tobytes() == whole[i : i + 1].tobytes() == reverse[len(queries) - 1 - i].tobytes()


def test_an_index_made_twice_gives_the_same(starter_index: ConceptIndex, large_index: ConceptIndex):
    queries = near(starter_index.vectors[:50], 0.03, 5)
    again = ConceptIndex(large_index.concepts, large_index.vectors.copy())
    for first, second in zip(large_index.search(queries, 20), again.search(queries, 20), strict=True):
        assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("k", [700, LARGE, LARGE + 5])
def test_any_number_of_concepts_can_be_asked_for(large_index: ConceptIndex, k: int):
    cosines, rows = large_index.search(large_index.vectors[:3], k)
    assert rows.shape == cosines.shape == (3, min(k, LARGE))
    assert all(len(set(row)) == len(row) for row in rows.tolist()), "each concept once"
    assert rows.min() >= 0
    assert np.isfinite(cosines).all()


def test_no_more_concepts_come_back_than_there_are():
    cosines, rows = ConceptIndex(names(3), random_vectors(0, 3)).search(random_vectors(1, 2), 50)
    assert cosines.shape == rows.shape == (2, 3)
    assert sorted(rows[0].tolist()) == [0, 1, 2]


def test_no_queries_give_no_rows():
    cosines, rows = ConceptIndex(names(3), random_vectors(0, 3)).search(np.empty((0, 32), np.float32), 2)
    assert cosines.shape == rows.shape == (0, 2)


# --- Building and keeping -------------------------------------------------------------------------------------------

LABELS = table(
    ("b", "en", "weld", True), ("b", "en", "welding", False), ("b", "en", "join metal", False),
    ("b", "fr", "souder", True), ("b", "fr", "soudage", False), ("a", "en", "drive", True),
)  # fmt: skip


def vectors_of(*texts: str) -> np.ndarray:
    """What the fake encoder gives."""
    return CountingEncoder().encode(texts).astype(np.float64)


def concept_vectors(lake: Lake | None, encoder: CountingEncoder | None = None, labels: pa.Table = LABELS) -> np.ndarray:
    """The vectors of an index over `LABELS`."""
    return load_concept_index(labels, "skills", encoder or CountingEncoder(), lake).vectors


def test_a_concept_is_the_mean_of_its_labels_worked_by_hand():
    """Each preferred label counts one, and the alternatives of a language one together."""
    index = load_concept_index(LABELS, "skills", CountingEncoder(), None)
    assert index.concepts == ["a", "b"]
    english, one, other, french, alternative = vectors_of("weld", "welding", "join metal", "souder", "soudage")
    expected = english + (one + other) / 2 + french + alternative
    np.testing.assert_allclose(index.vectors[1], expected / np.linalg.norm(expected), atol=1e-6)
    np.testing.assert_allclose(index.vectors[0], vectors_of("drive")[0], atol=1e-6)
    assert index.vectors.dtype == np.float32


def test_a_concept_that_is_nothing_but_alternatives_has_a_vector():
    index = load_concept_index(table(("a", "en", "x", False), ("a", "fr", "y", False)), "k", CountingEncoder(), None)
    expected = vectors_of("x", "y").sum(axis=0)
    np.testing.assert_allclose(index.vectors[0], expected / np.linalg.norm(expected), atol=1e-6)


def test_no_labels_are_an_error():
    with pytest.raises(EncoderError, match="has no labels"):
        load_concept_index(table(), "skills", CountingEncoder(), None)


def test_vectors_are_kept_in_the_lake(tmp_path: Path):
    told: list[tuple[int, int]] = []
    first = load_concept_index(LABELS, "skills", CountingEncoder(), Lake(tmp_path), lambda *step: told.append(step))
    again = CountingEncoder()
    assert concept_vectors(Lake(tmp_path), again).tobytes() == first.vectors.tobytes()
    assert again.seen == []
    assert told == [(6, 6)]


def test_vectors_of_another_encoder_or_taxonomy_are_never_used(tmp_path: Path):
    lake = Lake(tmp_path)
    concept_vectors(lake)
    other = CountingEncoder("b" * 64)
    assert concept_vectors(lake, other).tobytes() == concept_vectors(None, CountingEncoder("b" * 64)).tobytes()
    third = CountingEncoder()
    load_concept_index(LABELS, "skills-of-another", third, lake)
    assert third.seen


def kept_file(folder: Path) -> Path:
    """The concepts' vectors in a lake."""
    (path,) = (folder / "index").rglob("concepts.npy")
    return path


@pytest.mark.parametrize("damage", ["empty", "half", "flipped", "longer", "another's", "gone"])
def test_damaged_vectors_are_made_anew(tmp_path: Path, damage: str):
    """From the labels' own vectors, which are still there: nothing is embedded twice."""
    expected = concept_vectors(Lake(tmp_path)).tobytes()
    path = kept_file(tmp_path)
    good = path.read_bytes()
    match damage:
        case "empty":
            path.write_bytes(b"")
        case "half":
            path.write_bytes(good[: len(good) // 2])
        case "flipped":
            path.write_bytes(good[:140] + bytes([good[140] ^ 1]) + good[141:])
        case "longer":
            path.write_bytes(good + b"\0")
        case "another's":
            other = tmp_path / "other"
            labels = table(("a", "en", "x", True))
            concept_vectors(Lake(other), labels=labels)
            path.write_bytes(kept_file(other).read_bytes())
        case "gone":
            path.unlink()
    encoder = CountingEncoder()
    assert concept_vectors(Lake(tmp_path), encoder).tobytes() == expected
    assert path.read_bytes() == good, "what was made anew is kept"
    assert encoder.seen == []


def test_everything_damaged_is_embedded_again(tmp_path: Path):
    expected = concept_vectors(Lake(tmp_path)).tobytes()
    for path in (tmp_path / "index").rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:-1])
    encoder = CountingEncoder()
    assert concept_vectors(Lake(tmp_path), encoder).tobytes() == expected
    assert sorted(encoder.seen) == sorted(LABELS["label"].to_pylist())


def test_the_real_encoder_finds_a_concept_by_a_label_of_either_language(starter_index: ConceptIndex, encoder: Encoder):
    expected = {
        "operate forklifts": "ps:operate-lift-trucks", "conduire un chariot élévateur": "ps:operate-lift-trucks",
        "premiers secours": "ps:first-aid", "Python scripting": "ps:python-programming",
    }  # fmt: skip
    _, rows = starter_index.search(encoder.encode(list(expected)), 3)
    for skill, nearest in zip(expected.values(), rows.tolist(), strict=True):
        assert skill in {starter_index.concepts[row] for row in nearest}


@pytest.mark.parametrize("k", [1, 5, 10])
def test_a_matrix_product_changes_no_bit_of_what_the_index_finds(starter_index: ConceptIndex, k: int):
    """Nor where concepts lie as near as each other, or so near that a product cannot tell them apart."""
    seeds = starter_index.vectors[:200]
    twins = ConceptIndex(names(600), np.concatenate([seeds, seeds, near(seeds, 1e-7, 5)]))
    for index in (starter_index, twins):
        queries = np.concatenate([near(index.vectors[::3], 0.03, 6), index.vectors[::5]])
        scores, rows = index._faiss.search(queries, k)
        picked_scores, picked_rows = index._picked(queries, k)
        order, picked_order = np.lexsort((rows, -scores)), np.lexsort((picked_rows, -picked_scores))
        for one, other in ((scores, picked_scores), (rows, picked_rows)):
            expected = np.take_along_axis(one, order, axis=1)
            assert np.take_along_axis(other, picked_order, axis=1).tobytes() == expected.tobytes()
