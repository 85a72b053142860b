"""The label index: exact, deterministic, and never fed with vectors that are damaged or another encoder's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.embeddings import SCORE_DECIMALS, LabelIndex, load_label_index, load_part
from pipeline.embeddings import index as index_module
from pipeline.errors import EncoderError
from pipeline.lake import Lake

from .fakes import CountingEncoder, brute_force, random_vectors, unit_rows


def labels_table(texts: Sequence[str]) -> pa.Table:
    """Labels of one language, each its own concept."""
    count = len(texts)
    return pa.table({
        "concept_id": [f"c{i}" for i in range(count)],
        "language": ["en"] * count,
        "label": pa.array(texts, pa.string()),
        "preferred": [True] * count,
    })  # fmt: skip


# --- Search ---------------------------------------------------------------------------------------------------------


def test_the_nearest_labels_worked_by_hand():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], dtype=np.float32)
    cosines, rows = LabelIndex(labels_table("abcd"), vectors).search(np.array([[0.8, 0.6]], dtype=np.float32), 3)
    assert rows.tolist() == [[2, 0, 1]]
    assert cosines.tolist() == [[0.96, 0.8, 0.6]]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), labels=st.integers(1, 300), queries=st.integers(1, 40), k=st.integers(1, 320))
def test_search_is_exact(seed: int, labels: int, queries: int, k: int):
    vectors, asked = random_vectors(seed, labels), random_vectors(seed + 1, queries)
    cosines, rows = LabelIndex(labels_table(["x"] * labels), vectors).search(asked, k)
    expected_cosines, expected_rows = brute_force(asked, vectors, min(k, labels))
    assert rows.tolist() == expected_rows.tolist()
    np.testing.assert_allclose(cosines, expected_cosines, atol=10**-SCORE_DECIMALS)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32), queries=st.integers(1, 64), copies=st.integers(2, 400), k=st.sampled_from([1, 10, 120])
)
def test_of_equal_labels_the_first_comes_first(seed: int, queries: int, copies: int, k: int):
    vectors = random_vectors(seed, 600)
    twins = np.sort(np.random.default_rng(seed).choice(600, copies, replace=False))
    vectors[twins] = vectors[twins[0]]
    asked = np.concatenate([vectors[twins[:1]], random_vectors(seed + 1, queries)])
    cosines, rows = LabelIndex(labels_table(["x"] * 600), vectors).search(asked, k)
    count = min(copies, k)
    assert rows[0, :count].tolist() == twins[:count].tolist()
    assert (cosines[0, :count] == 1.0).all()


@pytest.mark.parametrize("seed", range(5))
def test_labels_that_differ_by_less_than_the_rounding_count_as_equal(seed: int):
    """Which of two all but equal vectors a search sees first depends on the machine; which comes back must not."""
    vectors = random_vectors(seed, 500)
    noise = np.random.default_rng(seed).normal(scale=3e-7, size=(15, vectors.shape[1]))
    near = np.sort(np.random.default_rng(seed).choice(500, 15, replace=False))
    vectors[near] = unit_rows(vectors[near[0]] + noise)
    asked = random_vectors(seed + 100, 30) * 0.2 + vectors[near[0]]
    cosines, rows = LabelIndex(labels_table(["x"] * 500), vectors).search(unit_rows(asked), 5)
    expected_cosines, expected_rows = brute_force(unit_rows(asked), vectors, 5)
    assert rows.tolist() == expected_rows.tolist()
    assert cosines.tolist() == expected_cosines.tolist()


def test_the_cosine_of_a_pair_does_not_depend_on_the_other_queries():
    vectors, asked = random_vectors(1, 3000, 512), random_vectors(2, 64, 512)
    index = LabelIndex(labels_table(["x"] * 3000), vectors)
    cosines, rows = index.search(asked, 20)
    for i in range(len(asked)):
        alone = index.search(asked[i : i + 1], 20)
        assert alone[0].tobytes() == cosines[i : i + 1].tobytes()
        assert alone[1].tobytes() == rows[i : i + 1].tobytes()


def test_no_more_labels_come_back_than_there_are():
    cosines, rows = LabelIndex(labels_table("abc"), random_vectors(0, 3)).search(random_vectors(1, 2), 50)
    assert cosines.shape == rows.shape == (2, 3)
    assert sorted(rows[0].tolist()) == [0, 1, 2]


def test_no_queries_give_no_rows():
    cosines, rows = LabelIndex(labels_table("abc"), random_vectors(0, 3)).search(np.empty((0, 32), np.float32), 2)
    assert cosines.shape == rows.shape == (0, 2)


# --- Building and keeping -------------------------------------------------------------------------------------------

TEXTS = ["weld", "souder", "weld", "operate a forklift", "a"]


def test_every_label_gets_its_own_vector_and_each_text_is_embedded_once():
    encoder = CountingEncoder()
    told: list[tuple[int, int]] = []
    index = load_label_index(labels_table(TEXTS), "skills", encoder, None, lambda *step: told.append(step))
    assert index.vectors.tobytes() == CountingEncoder().encode(TEXTS).tobytes()
    assert sorted(encoder.seen) == sorted(set(TEXTS))
    assert told == [(4, 4)]


def test_no_labels_are_an_error():
    with pytest.raises(EncoderError, match="has no labels"):
        load_label_index(labels_table([]), "skills", CountingEncoder(), None)


def test_vectors_are_kept_in_the_lake(tmp_path: Path):
    lake, labels = Lake(tmp_path), labels_table(TEXTS)
    first = load_label_index(labels, "skills", CountingEncoder(), lake)
    again = CountingEncoder()
    second = load_label_index(labels, "skills", again, Lake(tmp_path))
    assert second.vectors.tobytes() == first.vectors.tobytes()
    assert again.seen == []


def test_vectors_of_another_encoder_or_of_other_labels_are_never_used(tmp_path: Path):
    lake, labels = Lake(tmp_path), labels_table(TEXTS)
    load_label_index(labels, "skills", CountingEncoder("a" * 64), lake)
    other = CountingEncoder("b" * 64)
    index = load_label_index(labels, "skills", other, lake)
    assert index.vectors.tobytes() == CountingEncoder("b" * 64).encode(TEXTS).tobytes()
    third = CountingEncoder("a" * 64)
    load_label_index(labels, "occupations", third, lake)
    assert third.seen


def other_content(kind: str, good: bytes, path: Path, sealed: bool) -> bytes:
    """What might stand in the lake instead of the vectors."""
    match kind:
        case "empty":
            return b""
        case "text":
            return b"not an array at all"
        case "half":
            return good[: len(good) // 2]
        case "header only":
            return good[:128]
        case "longer":
            return good + b"\0"
    arrays = {
        "fewer rows": random_vectors(0, 3, 8),
        "float64": random_vectors(0, 4, 8).astype(np.float64),
        "one dimension": random_vectors(0, 4, 8).ravel(),
        "zeros": np.zeros((4, 8), np.float32),
        "nan": np.full((4, 8), np.nan, np.float32),
        "objects": np.array([{"a": 1}] * 5, dtype=object),
        "scalar": np.float32(1.0),
    }
    with path.open("wb") as stream:
        np.save(stream, arrays[kind], allow_pickle=True)
    content = path.read_bytes()
    return content + hashlib.sha256(content).digest() if sealed else content


@pytest.mark.parametrize(
    "kind",
    ["empty", "text", "half", "header only", "longer", "fewer rows", "float64", "one dimension", "zeros", "nan",
     "objects", "scalar"],
)  # fmt: skip
@pytest.mark.parametrize("sealed", [True, False])
def test_what_does_not_fit_is_made_anew(tmp_path: Path, kind: str, sealed: bool):
    """Neither what is damaged, nor another array with a checksum that fits it."""
    lake, labels = Lake(tmp_path), labels_table(TEXTS)
    expected = load_label_index(labels, "skills", CountingEncoder(), lake).vectors
    (kept,) = (tmp_path / "index").rglob("*.npy")
    good = kept.read_bytes()
    kept.write_bytes(other_content(kind, good, tmp_path / "other", sealed))
    assert load_label_index(labels, "skills", CountingEncoder(), lake).vectors.tobytes() == expected.tobytes()
    assert kept.read_bytes() == good, "what was made anew is kept"
    assert np.load(kept, allow_pickle=False).shape == (4, 8), "any program that knows NumPy's format can read it"


@pytest.mark.filterwarnings("ignore")
def test_no_flipped_byte_changes_a_vector_or_stops_the_run(tmp_path: Path):
    lake, labels = Lake(tmp_path), labels_table(TEXTS)
    expected = load_label_index(labels, "skills", CountingEncoder(), lake).vectors.tobytes()
    wrong: list[str] = []
    for kept in sorted(path for path in (tmp_path / "index").rglob("*") if path.is_file()):
        good = kept.read_bytes()
        for place, mask in product(range(len(good)), (0x01, 0x80)):
            kept.write_bytes(good[:place] + bytes([good[place] ^ mask]) + good[place + 1 :])
            try:
                vectors = load_label_index(labels, "skills", CountingEncoder(), lake).vectors
            except Exception as error:
                wrong.append(f"byte {place} ^ {mask:#x}: {type(error).__name__}")
            else:
                if vectors.tobytes() != expected:
                    wrong.append(f"byte {place} ^ {mask:#x}: other vectors")
        kept.write_bytes(good)
    assert not wrong, f"{len(wrong)} damaged files were trusted or stopped the run: {wrong[:3]} ... {wrong[-3:]}"


def test_an_interrupted_embedding_goes_on_where_it_stopped(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(index_module, "LABELS_PER_BLOCK", 2)
    labels, told = labels_table([*"abcdefg"]), []

    def stop_after_the_second(*step: int) -> None:
        told.append(step)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_label_index(labels, "skills", CountingEncoder(), Lake(tmp_path), stop_after_the_second)
    rest = CountingEncoder()
    index = load_label_index(labels, "skills", rest, Lake(tmp_path))
    assert rest.seen == ["e", "f", "g"]
    assert index.vectors.tobytes() == CountingEncoder().encode([*"abcdefg"]).tobytes()


def test_some_labels_are_read_from_a_file_of_their_own(tmp_path: Path):
    """The vectors are those of the whole index, and the next night reads no other file and embeds nothing."""
    labels, rows, again = labels_table(TEXTS), np.array([1, 3]), CountingEncoder()
    whole = load_label_index(labels, "skills", CountingEncoder(), None).vectors
    first = load_part(labels, "some", rows, "skills", CountingEncoder(), Lake(tmp_path))
    (blocks,) = (tmp_path / "index").rglob("00000.npy")
    blocks.unlink()
    assert load_part(labels, "some", rows, "skills", again, Lake(tmp_path)).tobytes() == first.tobytes()
    assert first.tobytes() == whole[rows].tobytes()
    assert again.seen == []


def test_some_labels_whose_file_is_damaged_are_read_anew(tmp_path: Path):
    labels, rows = labels_table(TEXTS), np.array([1, 3])
    first = load_part(labels, "some", rows, "skills", CountingEncoder(), Lake(tmp_path)).tobytes()
    (kept,) = (tmp_path / "index").rglob("some.npy")
    good = kept.read_bytes()
    for damaged in (b"", good[:-1], good[:200] + bytes([good[200] ^ 1]) + good[201:]):
        kept.write_bytes(damaged)
        assert load_part(labels, "some", rows, "skills", CountingEncoder(), Lake(tmp_path)).tobytes() == first
        assert kept.read_bytes() == good
    assert load_part(labels, "other", rows[:1], "skills", CountingEncoder(), Lake(tmp_path)).tobytes() != first
