"""Candidates: what both searches say of a unit, worked by hand, and depending on the unit alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.embeddings import ConceptIndex, Encoder, Reading
from pipeline.ingest.records import Language
from pipeline.linking import FEATURES, Linker
from pipeline.linking import candidates as module
from pipeline.linking.candidates import (
    LEAST_ASKING,
    LEAST_BY_WORDS,
    LEAST_IF_SURE,
    LEAST_WITHOUT_LABEL,
    MAX_LOGIT,
    MOST_CROWDED,
    Candidates,
    Searches,
    load_searches,
)
from pipeline.linking.relevance import RelevanceFilter
from pipeline.taxonomy import Taxonomy, searched_labels

Unit = tuple[str, Language]

UNITS: list[Unit] = [
    ("Operate forklifts, weld metal parts and count inventory", "en"),
    ("Conducteur(trice) de chariot élévateur", "fr"),
    ("Souder des pièces métalliques · travailler en équipe", "fr"),
    ("We offer dental insurance", "en"),
    ("Python", "en"),
    ("", "en"),
    ("🙂", "fr"),
    ("L’opérateur(trice) s’assure d’œuvrer en sécurité, et donne les premiers soins (H/F)", "fr"),
]


def rows_of(found: Candidates, unit: int = 0) -> dict[int, dict[str, float]]:
    """Features by name of each concept of one unit."""
    return {
        int(found.concepts[i]): dict(zip(FEATURES, found.features[i].tolist(), strict=True))
        for i in np.flatnonzero(found.units == unit)
    }


def same(one: Candidates, other: Candidates) -> bool:
    """Whether two batches are equal to the bit."""
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in Candidates.__annotations__)


def of_unit(found: Candidates, unit: int) -> Candidates:
    """The candidates of one unit, as if it stood alone."""
    rows = np.flatnonzero(found.units == unit)
    columns = {name: getattr(found, name)[rows] for name in Candidates.__annotations__}
    return Candidates(**columns | {"units": np.zeros(len(rows), dtype=np.int64)})


# --- Worked by hand -------------------------------------------------------------------------------------------------


class GivenVectors:
    """An encoder that gives the vectors it was made with, whatever the texts."""

    def __init__(self, whole: Sequence[Sequence[float]], parts: Sequence[Sequence[float]] = ()) -> None:
        self.whole = np.array(whole, dtype=np.float32)
        self.parts = np.array(parts, dtype=np.float32).reshape(-1, self.whole.shape[1])

    def read(self, texts: Sequence[str], spans: Sequence[Sequence[object]]) -> Reading:
        """As `Encoder.read`."""
        owners = np.repeat(np.arange(len(texts)), [len(own) for own in spans])[: len(self.parts)]
        return Reading(self.whole, lambda rows: self.parts[np.isin(owners, rows)])


@pytest.fixture(scope="module")
def surface_only() -> RelevanceFilter:
    """A relevance filter that needs no vectors."""
    return RelevanceFilter.load("no such encoder")


@pytest.fixture
def plane(small: Taxonomy, surface_only: RelevanceFilter) -> Searches:
    """Searches over the small taxonomy, its seven skills on a circle: the first at 0 degrees, each next 10 further."""
    labels, _ = searched_labels(small)
    ids = sorted(set(labels["concept_id"].to_pylist()))
    angles = np.deg2rad(10.0 * np.arange(len(ids)))
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    return load_searches(labels, ConceptIndex(ids, vectors), {ids[0]: 0.25, ids[2]: 0.75}, surface_only)


def at(*degrees: float) -> list[list[float]]:
    """Unit vectors at these angles."""
    return [[float(np.cos(np.deg2rad(d))), float(np.sin(np.deg2rad(d)))] for d in degrees]


def cosine(degrees: float) -> float:
    """Of the angle between two vectors, rounded as searches round it."""
    return round(float(np.cos(np.deg2rad(degrees))), 5)


def test_a_unit_without_stretches_worked_by_hand(plane: Searches):
    found = plane.candidates(GivenVectors(at(12)), [("xyz", "en")], nearest=3)
    named = rows_of(found)
    assert sorted(named) == [0, 1, 2]
    for concept, angle in {0: 12, 1: 2, 2: 8}.items():
        row = named[concept]
        assert row["cosine"] == row["whole_cosine"] == pytest.approx(cosine(angle), abs=2e-5)
        assert row["gap"] == row["whole_gap"] == pytest.approx(cosine(2) - cosine(angle), abs=2e-5)
        assert row["crowding"] == pytest.approx(log(3)), "all three lie within the margin"
        assert (row["stretch"], row["dense"]) == (0, 1)
        assert {row[name] for name in ("single_word", "several_words", "exact", "overlap", "dice")} == {0.0}
        assert row["log_words"] == row["stretch_words"] == 0.0
        assert row["size"] == pytest.approx(log(7))
    assert [named[concept]["reach"] for concept in range(3)] == [0.25, 0.0, 0.75]
    assert found.starts.tolist() == [0, 0, 0]
    assert found.ends.tolist() == [3, 3, 3]
    assert found.labels.tolist() == [-1, -1, -1]
    assert found.dense.all()


def test_the_nearest_stretch_is_the_evidence(plane: Searches, monkeypatch):
    monkeypatch.setattr(module, "segments", lambda text, language: [(0, 2), (4, 6)])
    # The whole lies between the first two skills, the first stretch on the first skill, the second on the fifth.
    found = plane.candidates(GivenVectors(at(4), at(0, 40)), [("ab, cd", "en")], nearest=2)
    named = rows_of(found)
    assert sorted(named) == [0, 1, 4], "of a stretch half as many come as of a whole"
    spans = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    assert dict(zip(found.concepts.tolist(), spans, strict=True)) == {0: (0, 2), 1: (0, 6), 4: (4, 6)}
    assert [named[concept]["stretch"] for concept in (0, 1, 4)] == [1, 0, 1]
    assert named[0]["cosine"] == named[4]["cosine"] == 1.0
    assert named[0]["gap"] == named[4]["gap"] == 0.0, "each is the best of its stretch"
    for concept, angle in {0: 4, 1: 6, 4: 36}.items():
        assert named[concept]["whole_cosine"] == pytest.approx(cosine(angle), abs=2e-5)
        assert named[concept]["whole_gap"] == pytest.approx(cosine(4) - cosine(angle), abs=3e-5)
    assert named[1]["gap"] == pytest.approx(cosine(4) - cosine(6), abs=2e-5)
    assert named[0]["crowding"] == 0.0, "alone in its stretch"
    assert named[1]["crowding"] == pytest.approx(log(2)), "beside the first skill in the whole"
    assert named[0]["log_words"] == named[1]["stretch_words"] == pytest.approx(log(2))
    assert named[0]["stretch_words"] == 0.0


def test_a_label_in_the_text_is_a_candidate_however_far_the_vectors_lie(plane: Searches, small: Taxonomy):
    text = "Now weld metal parts!"
    found = plane.candidates(GivenVectors(at(0)), [(text, "en")], nearest=1)
    weld = plane.index.concepts.index("ps:weld")
    row, place = rows_of(found)[weld], found.concepts.tolist().index(weld)
    assert text[found.starts[place] : found.ends[place]] == "weld metal parts"
    assert small.labels("skills")["label"][int(found.labels[place])].as_py() == "weld metal parts"
    assert not found.dense[place]
    assert (row["several_words"], row["exact"], row["dense"], row["overlap"]) == (1, 1, 0, 1)
    assert 0.8 < row["dice"] < 1
    assert row["cosine"] == row["whole_cosine"] == pytest.approx(cosine(10 * weld), abs=2e-5)
    assert row["gap"] == row["whole_gap"] == pytest.approx(1 - cosine(10 * weld), abs=2e-5)


def test_the_words_of_a_label_in_another_order_make_a_candidate(plane: Searches):
    text = "Parts of metal that you weld"
    found = plane.candidates(GivenVectors(at(0)), [(text, "en")], nearest=1)
    weld = plane.index.concepts.index("ps:weld")
    row, place = rows_of(found)[weld], found.concepts.tolist().index(weld)
    assert (row["overlap"], row["several_words"], row["dense"]) == (1, 0, 0)
    assert (found.starts[place], found.ends[place], found.labels[place]) == (0, len(text), -1)


def test_labels_of_the_other_language_are_not_looked_for(plane: Searches):
    english, french = (plane.candidates(GivenVectors(at(0)), [("weld metal parts", lang)], 1) for lang in ("en", "fr"))
    weld = plane.index.concepts.index("ps:weld")
    assert weld in english.concepts.tolist()
    assert weld not in french.concepts.tolist()


def test_a_label_in_two_places_counts_once(plane: Searches):
    text = "forklifts? operate a forklift, operate forklifts; drive a lift truck"
    found = plane.candidates(GivenVectors(at(0)), [(text, "en")], nearest=1)
    places = np.flatnonzero(found.concepts == plane.index.concepts.index("ps:forklift"))
    assert len(places) == 1
    place = int(places[0])
    assert text[found.starts[place] : found.ends[place]] == "drive a lift truck", "the most words count"


# --- Of a real encoder ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def searches(small_session: Linker) -> Searches:
    """The searches of the small taxonomy."""
    return small_session.searches


def test_candidates_stand_in_order_and_within_bounds(searches: Searches, encoder: Encoder):
    found = searches.candidates(encoder, UNITS, 4)
    keys = list(zip(found.units.tolist(), found.concepts.tolist(), strict=True))
    assert keys == sorted(set(keys)), "each skill of a unit once"
    assert set(found.units.tolist()) == set(range(len(UNITS))), "the nearest of every unit, however far"
    assert found.features.shape == (len(keys), len(FEATURES))
    assert np.isfinite(found.features).all()
    assert found.linkable.shape == found.units.shape
    for name, low, high in (
        ("cosine", -1, 1), ("whole_cosine", -1, 1), ("gap", 0, 2), ("whole_gap", 0, 2), ("overlap", 0, 1),
        ("dice", 0, 1), ("reach", 0, 1), ("asks", -MAX_LOGIT, MAX_LOGIT),
        ("crowding", 0, log(1 + MOST_CROWDED)), ("log_words", 0, 10), ("stretch_words", 0, 10),
    ):  # fmt: skip
        column = found.features[:, FEATURES.index(name)]
        assert ((column >= low - 2e-5) & (column <= high + 2e-5)).all(), name
    cosines, wholes, stretched = (
        found.features[:, FEATURES.index(name)] for name in ("cosine", "whole_cosine", "stretch")
    )
    assert np.allclose(cosines[stretched == 0], wholes[stretched == 0], atol=2e-5), "the whole is its own evidence"
    assert stretched.any()
    for unit, start, end in zip(found.units.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True):
        assert 0 <= start <= end <= len(UNITS[unit][0])


def test_evidence_stands_in_the_original_text(searches: Searches, encoder: Encoder):
    """Not in the plain wording that the searches see."""
    text = "L’opérateur(trice) · peut souder des pièces métalliques et donner les premiers soins (H/F)"
    found = searches.candidates(encoder, [(text, "fr")], 4)
    slices = {
        searches.index.concepts[concept]: text[start:end]
        for concept, start, end in zip(found.concepts.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True)
    }
    assert slices["ps:weld"] == "souder des pièces métalliques"
    assert slices["ps:first-aid"] == "donner les premiers soins"


@settings(max_examples=15, deadline=None)
@given(
    batch=st.lists(st.sampled_from(UNITS) | st.tuples(st.text(max_size=40), st.sampled_from(["en", "fr"])),
                   min_size=1, max_size=6),
    draw=st.randoms(use_true_random=False),
)  # fmt: skip
def test_a_unit_has_the_same_candidates_in_any_company(searches: Searches, encoder: Encoder, batch: list[Unit], draw):
    together = searches.candidates(encoder, batch, 4)
    order = list(range(len(batch)))
    draw.shuffle(order)
    shuffled = searches.candidates(encoder, [batch[i] for i in order], 4)
    for place, i in enumerate(order):
        assert same(of_unit(shuffled, place), of_unit(together, i))
    assert same(searches.candidates(encoder, batch[-1:], 4), of_unit(together, len(batch) - 1))


@settings(max_examples=15, deadline=None)
@given(batch=st.lists(st.sampled_from(UNITS), min_size=1, max_size=6))
def test_units_that_cannot_be_linked_are_left_out_and_the_others_stay_the_same(
    searches: Searches, encoder: Encoder, batch: list[Unit]
):
    every = searches.candidates(encoder, batch, 4)
    some = searches.candidates(encoder, batch, 4, linkable_only=True)
    assert set(every.units[every.linkable].tolist()) <= set(some.units.tolist())
    for unit in set(some.units.tolist()):
        assert same(of_unit(some, unit), of_unit(every, unit))


def test_a_batch_in_which_nothing_asks_gives_nothing_to_link(searches: Searches, encoder: Encoder):
    found = searches.candidates(encoder, [("We offer dental insurance", "en"), ("", "fr")], 4, linkable_only=True)
    assert not found.linkable.any()


def test_a_bare_label_is_looked_at_though_its_unit_does_not_ask(plane: Searches, monkeypatch):
    monkeypatch.setattr(RelevanceFilter, "weighed", lambda self, words, whole: np.zeros(len(whole)))
    units: list[Unit] = [("xyz and more", "en"), ("weld metal parts", "en")]
    found = plane.candidates(GivenVectors(at(0, 0)), units, 1, linkable_only=True)
    assert set(found.units.tolist()) == {1}
    assert [plane.index.concepts[row] for row in found.concepts[found.linkable]] == ["ps:weld"]


def test_a_unit_that_hardly_asks_may_be_linked_to_a_label_in_it_and_to_nothing_else(plane: Searches, monkeypatch):
    kaizen = "Here, kaizen workshops are in use everywhere and always"
    units: list[Unit] = [(kaizen, "en"), ("We join things", "en"), ("Here, Python is in use everywhere", "en")]

    def look(asks: float, linkable_only: bool = True) -> Candidates:
        with monkeypatch.context() as patch:
            patch.setattr(RelevanceFilter, "by_words", lambda self, words: np.ones(len(units)))
            patch.setattr(RelevanceFilter, "weighed", lambda self, words, whole: np.full(len(whole), asks))
            return plane.candidates(GivenVectors(at(0, 0, 0)), units, 2, linkable_only)

    hardly = (LEAST_IF_SURE + LEAST_ASKING) / 2
    found = look(hardly)
    assert set(found.units.tolist()) == {0}, "no label stands in the second, one of a single word in the third"
    assert not found.linkable.any()
    assert [plane.index.concepts[row] for row in found.concepts[found.if_sure]] == ["ps:kaizen"]
    assert found.if_sure.sum() < len(found.if_sure), "what only lies near is left alone"
    every = look(hardly, linkable_only=False)
    assert every.if_sure.sum() == 1
    assert not look(LEAST_IF_SURE / 2).if_sure.any()


def test_what_by_its_words_asks_for_nothing_is_not_read_by_the_encoder(
    searches: Searches, encoder: Encoder, monkeypatch
):
    seen: list[str] = []
    read = Encoder.read
    monkeypatch.setattr(Encoder, "read", lambda self, texts, spans: seen.extend(texts) or read(self, texts, spans))
    insurance = "We offer our employees dental insurance, free parking and a pension from the first day"
    units: list[Unit] = [(insurance, "en"), ("Operate a forklift in the warehouse", "en"), ("weld metal parts", "en")]
    found = searches.candidates(encoder, units, 4, linkable_only=True)
    assert insurance not in seen and len(seen) == 2
    assert not found.linkable[found.units == 0].any()
    assert found.linkable[found.units == 2].any()


def test_where_no_label_stands_the_words_must_ask_more(plane: Searches, monkeypatch):
    """Between the two limits, a unit is read if a label stands in it, or three quarters of one in any order."""
    doubtful = (LEAST_BY_WORDS + LEAST_WITHOUT_LABEL) / 2
    units: list[Unit] = [("Everything else that we do", "en"), ("Python is what we like here", "en")]
    units.append(("Forklifts, which they never ever operate on rainy days in here", "en"))
    seen: list[str] = []

    class Reader(GivenVectors):
        def read(self, texts: Sequence[str], spans: Sequence[Sequence[object]]) -> Reading:
            seen.extend(texts)
            return Reading(self.whole[: len(texts)], lambda rows: self.parts)

    monkeypatch.setattr(RelevanceFilter, "by_words", lambda self, words: np.full(len(units), doubtful))
    plane.candidates(Reader(at(0, 0, 0)), units, 2, linkable_only=True)
    assert seen == [text for text, _ in units[1:]]
    seen.clear()
    plane.candidates(Reader(at(0, 0, 0)), units, 2)
    assert len(seen) == len(units), "all are read where everything is wanted"


def test_a_label_of_three_words_is_linkable_whatever_else_its_unit_says(searches: Searches, encoder: Encoder):
    offer = "We offer our employees dental insurance, free parking and a pension, and we {} from the first day"
    units: list[Unit] = [(offer.format("weld metal parts"), "en"), (offer.format("use Python"), "en")]
    found = searches.candidates(encoder, units, 4, linkable_only=True)
    units_of, concepts = found.units[found.linkable].tolist(), found.concepts[found.linkable].tolist()
    linkable = [(unit, searches.index.concepts[row]) for unit, row in zip(units_of, concepts, strict=True)]
    assert linkable == [(0, "ps:weld")], "one of a single word says too little"


def test_a_label_that_is_hidden_is_told_from_the_taxonomys_own(plane: Searches):
    (match,) = plane.matchers["en"].find("weld metal parts")
    hidden = replace(plane, hidden=np.arange(len(plane.hidden)) == match.row)
    for searches, expected in ((plane, 0.0), (hidden, 1.0)):
        found = searches.candidates(GivenVectors(at(0)), [("weld metal parts", "en")], 1)
        named = {searches.index.concepts[concept]: row["hidden"] for concept, row in rows_of(found).items()}
        assert named["ps:weld"] == expected


def test_a_filter_for_another_encoder_looks_at_words_alone(searches: Searches, encoder: Encoder, surface_only):
    """A unit of benefits is told from one of tasks without any vector."""
    blind = replace(searches, relevance=surface_only)
    found = blind.candidates(encoder, [("Dental insurance and paid vacation", "en"), ("Operate forklifts", "en")], 2)
    asks = [next(iter(rows_of(found, unit).values()))["asks"] for unit in (0, 1)]
    assert asks[0] < asks[1]
    assert [bool(found.linkable[found.units == unit].any()) for unit in (0, 1)] == [False, True]
