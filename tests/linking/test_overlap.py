"""How much of a label stands in a text: shares of weight that depend on the text and the labels alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.linking.lexical import LabelWords
from pipeline.linking.overlap import LEAST_OVERLAP, OverlapIndex

WORDS = st.sampled_from(["operate", "forklift", "crane", "weld", "metal", "pipe", "a", "b", "c", "é", "ß"])
LABELS = st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=8)
TEXTS = st.lists(st.lists(WORDS | st.sampled_from(["zzz", "qqq"]), max_size=8), max_size=5)

Found = dict[tuple[int, int], tuple[float, float]]


def index_of(labels: Sequence[Sequence[str]], owners: Sequence[int]) -> OverlapIndex:
    """The index of labels given as lists of stems."""
    words = LabelWords.of(range(len(labels)), pa.array(labels, pa.list_(pa.string())))
    return OverlapIndex(words, np.array(owners, dtype=np.int64)[words.rows])


def found(index: OverlapIndex, texts: Sequence[Sequence[str]], concepts: int) -> Found:
    """(text, concept) -> (overlap, dice)."""
    pairs = index.find(texts, concepts)
    keys = np.unique(pairs.keys)
    columns = (keys // concepts, keys % concepts, *pairs.at(keys))
    return {(t, c): (o, d) for t, c, o, d in zip(*(column.tolist() for column in columns), strict=True)}


def test_shares_worked_by_hand():
    labels = [["operate", "forklift"], ["drive", "lift", "truck"], ["operate", "crane"]]
    index = index_of(labels, [0, 0, 1])
    # Of three labels "operate" stands in two and every other word in one: weights log(1 + 3/2) and log(1 + 3/1).
    common, rare = log(1 + 3 / 2), log(1 + 3)
    share = common / (common + rare)
    pairs = found(index, [["truck", "operate"], ["lift", "truck", "drive", "truck"], ["crane", "new"]], 2)
    assert pairs == {
        (0, 0): pytest.approx((share, share), abs=1e-6),  # "truck" alone, a third of its label, is too little
        (0, 1): pytest.approx((share, share), abs=1e-6),
        (1, 0): pytest.approx((1.0, 1.0), abs=1e-6),  # whatever the order; a word counts once
        # A word that no label has weighs what the rarest does.
        (2, 1): pytest.approx((rare / (common + rare), 2 * rare / (common + rare + 2 * rare)), abs=1e-6),
    }


def test_a_concept_has_the_overlap_of_its_best_label():
    index = index_of([["weld"], ["weld", "metal", "pipe"]], [0, 0])
    ((overlap, dice),) = found(index, [["weld", "metal", "pipe"]], 1).values()
    assert (overlap, dice) == (1.0, 1.0)
    ((overlap, dice),) = found(index, [["weld"]], 1).values()
    assert (overlap, dice) == (1.0, 1.0)


def test_rare_words_weigh_more():
    labels = [["use", "lathe"], *(["use", word] for word in "abcdefgh")]
    pairs = found(index_of(labels, list(range(9))), [["lathe"], ["use"]], 9)
    assert pairs[0, 0][0] > 0.7
    assert (1, 0) not in pairs, "what all labels share says nothing"


@pytest.mark.parametrize("texts", [[], [[]], [[], []], [["zzz"]], [["zzz"], []]])
def test_texts_that_share_nothing_give_no_pairs(texts: list[list[str]]):
    assert found(index_of([["weld"], ["crane"]], [0, 1]), texts, 2) == {}


@pytest.mark.parametrize("labels", [[], [[]], [[], []]])
def test_labels_without_words_give_no_pairs(labels: list[list[str]]):
    assert found(index_of(labels, [0] * len(labels)), [["weld"], []], 1) == {}


@settings(max_examples=150, deadline=None)
@given(labels=LABELS, texts=TEXTS, data=st.data())
def test_shares_are_shares(labels: list[list[str]], texts: list[list[str]], data):
    owners = data.draw(st.lists(st.integers(0, 3), min_size=len(labels), max_size=len(labels)))
    pairs = found(index_of(labels, owners), texts, 4)
    assert all(owner in owners for _, owner in pairs)
    assert all(LEAST_OVERLAP - 1e-6 <= overlap <= 1 and 0 < dice <= 1 for overlap, dice in pairs.values())


@settings(max_examples=150, deadline=None)
@given(labels=LABELS, texts=TEXTS, least=st.floats(0.4, 1), data=st.data())
def test_what_reaches_a_limit_is_what_has_such_shares(labels, texts, least: float, data):
    """Found without looking at the others; of some concepts, the shares are those that they have among all."""
    owners = data.draw(st.lists(st.integers(0, 3), min_size=len(labels), max_size=len(labels)))
    pairs = index_of(labels, owners).find(texts, 4)
    keys = np.unique(pairs.keys)
    overlap, dice = pairs.at(keys)
    assert pairs.covering(least).tolist() == keys[overlap >= least].tolist()
    assert pairs.alike(least).tolist() == keys[dice >= least].tolist()
    some = np.array(sorted(data.draw(st.sets(st.integers(0, 4 * len(texts) + 7)))), dtype=np.int64)
    every = dict(zip(keys.tolist(), zip(overlap.tolist(), dice.tolist(), strict=True), strict=True))
    assert list(zip(*(column.tolist() for column in pairs.at(some)), strict=True)) == [
        every.get(key, (0.0, 0.0)) for key in some.tolist()
    ]


def test_texts_may_be_some_of_others():
    index = index_of([["weld"], ["crane"]], [0, 1])
    pairs = index.find([["crane"], ["weld", "zzz"]], 2, np.array([3, 7]))
    assert pairs.covering(0.9).tolist() == [3 * 2 + 1, 7 * 2]
    assert pairs.alike(0.9).tolist() == [3 * 2 + 1]


@settings(max_examples=100, deadline=None)
@given(labels=LABELS, data=st.data())
def test_a_label_whose_every_word_stands_in_the_text_overlaps_wholly(labels: list[list[str]], data):
    """In any order, with other words between."""
    row = data.draw(st.integers(0, len(labels) - 1))
    text = data.draw(st.permutations([*labels[row], *data.draw(st.lists(WORDS | st.just("zzz"), max_size=5))]))
    overlap, dice = found(index_of(labels, list(range(len(labels)))), [text], len(labels))[0, row]
    assert overlap == 1.0
    assert (dice == 1.0) == (set(text) == set(labels[row])), "the text says nothing else"


@settings(max_examples=100, deadline=None)
@given(labels=LABELS, texts=TEXTS.filter(bool), data=st.data())
def test_a_text_has_the_same_shares_in_any_company_and_order_of_words(labels, texts, data):
    index = index_of(labels, list(range(len(labels))))
    together = found(index, texts, len(labels))
    chosen = data.draw(st.integers(0, len(texts) - 1))
    alone = found(index, [data.draw(st.permutations(texts[chosen]))], len(labels))
    assert {concept: value for (_, concept), value in alone.items()} == {
        concept: value for (text, concept), value in together.items() if text == chosen
    }
