"""The confidence model: a probability that rises and falls with what it should."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.linking.confidence import CROWD_MARGIN, FEATURES, WEIGHTS, Weights, competition, confidence
from pipeline.linking.lexical import LabelMatch
from pipeline.linking.linker import Candidate, features_of

UNIT = st.floats(0, 1)
# Everything that a candidate can look like; the columns that exclude each other are drawn together.
CANDIDATES = st.fixed_dictionaries({
    "cosine": st.floats(-1, 1),
    "words": st.sampled_from([(0, 0), (1, 0), (0, 1)]),
    "exact": st.integers(0, 1),
    "commonness": st.floats(0, 9),
    "ambiguity": st.floats(0, 5),
    "overlap": UNIT,
    "gap": UNIT,
    "crowding": st.floats(0, 6),
    "log_words": st.floats(0, 5),
})  # fmt: skip


def row(candidate: dict[str, object]) -> dict[str, float]:
    """A candidate by feature; what a label match says is nothing where no label matches."""
    single, several = candidate["words"]
    matched = single or several
    values = {name: float(value) for name, value in candidate.items() if name != "words"}
    values |= {"single_word": single, "several_words": several}
    if not matched:
        values |= {"exact": 0.0, "commonness": 0.0, "ambiguity": 0.0}
    return values


def probability(values: dict[str, float]) -> float:
    """The confidence of one candidate."""
    return float(confidence(np.array([[values[name] for name in FEATURES]]))[0])


@given(CANDIDATES)
def test_it_is_a_probability(candidate: dict[str, object]):
    assert 0.0 <= probability(row(candidate)) <= 1.0


@given(CANDIDATES, st.floats(0, 1), st.sampled_from(["cosine", "overlap"]))
def test_more_likeness_never_makes_a_link_less_likely(candidate: dict[str, object], more: float, name: str):
    values = row(candidate)
    assert probability(values | {name: values[name] + more}) >= probability(values)


@given(CANDIDATES, st.floats(0, 1), st.sampled_from(["gap", "crowding", "commonness", "ambiguity"]))
def test_more_competition_never_makes_a_link_likelier(candidate: dict[str, object], more: float, name: str):
    values = row(candidate)
    assert probability(values | {name: values[name] + more}) <= probability(values)


@given(CANDIDATES)
def test_a_label_in_the_text_makes_a_link_likelier_the_more_words_it_has(candidate: dict[str, object]):
    values = row(candidate) | {"exact": 0.0, "commonness": 0.0, "ambiguity": 0.0, "single_word": 0, "several_words": 0}
    none, one, several = (probability(values | change) for change in ({}, {"single_word": 1.0}, {"several_words": 1.0}))
    assert none <= one <= several
    assert probability(values | {"several_words": 1.0, "exact": 1.0}) >= several


def test_the_logistic_formula_by_hand():
    weights = Weights(**dict.fromkeys(FEATURES, 0.0) | {"cosine": 2.0, "gap": -1.0, "intercept": -0.5})
    features = np.zeros((2, len(FEATURES)))
    features[1, FEATURES.index("cosine")] = 0.8
    features[1, FEATURES.index("gap")] = 0.1
    expected = [1 / (1 + exp(0.5)), 1 / (1 + exp(-(1.6 - 0.1 - 0.5)))]
    assert confidence(features, weights).tolist() == [round(p, 4) for p in expected]


def test_no_candidates_have_no_confidence():
    assert confidence(np.empty((0, len(FEATURES)))).shape == (0,)
    assert features_of("", []).shape == (0, len(FEATURES))


def test_the_features_stand_in_the_order_of_the_weights():
    assert len(FEATURES) == len(set(FEATURES))
    assert [*FEATURES, "intercept"] == list(Weights.__dataclass_fields__)
    assert WEIGHTS.intercept < 0, "without evidence a link is unlikely"


def test_competition_by_hand():
    gap, crowding = competition(np.array([0.90, 0.87, 0.84, 0.50]))
    assert gap.tolist() == pytest.approx([0.0, 0.03, 0.06, 0.40])
    # Others that are no more than 0.05 below: for 0.90 one (0.87), for 0.87 two, for 0.84 two, for 0.50 all three.
    assert CROWD_MARGIN == 0.05
    assert crowding.tolist() == pytest.approx([log(2), log(3), log(3), log(4)])


def test_the_only_candidate_has_no_competition():
    gap, crowding = competition(np.array([0.3]))
    assert gap.tolist() == crowding.tolist() == [0.0]


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_competition_does_not_depend_on_the_order(cosines: list[float], random):
    order = list(range(len(cosines)))
    random.shuffle(order)
    values = np.array(cosines)
    for straight, shuffled in zip(competition(values), competition(values[order]), strict=True):
        assert shuffled.tolist() == straight[order].tolist()


def test_features_by_hand():
    match = LabelMatch(row=7, start=0, end=9, words=2, exact=True, commonness=1.5, sharers=3)
    single = LabelMatch(row=8, start=0, end=4, words=1, exact=False, commonness=0.5, sharers=1)
    candidates = [
        Candidate(0.9, 7, match, dense=True, overlap=1.0),
        Candidate(0.5, 8, single, overlap=0.25),
        Candidate(0.7, 9, dense=True),
    ]
    features = features_of("Operate the forklifts", candidates)
    named = [dict(zip(FEATURES, values, strict=True)) for values in features.tolist()]
    shared = {"log_words": log(3)}
    assert named[0] == pytest.approx(shared | {
        "cosine": 0.9, "single_word": 0, "several_words": 1, "exact": 1, "commonness": 1.5, "ambiguity": log(3),
        "overlap": 1.0, "gap": 0.0, "crowding": 0.0,
    })  # fmt: skip
    assert named[1] == pytest.approx(shared | {
        "cosine": 0.5, "single_word": 1, "several_words": 0, "exact": 0, "commonness": 0.5, "ambiguity": 0.0,
        "overlap": 0.25, "gap": 0.4, "crowding": log(3),
    })  # fmt: skip
    assert named[2] == pytest.approx(shared | {
        "cosine": 0.7, "single_word": 0, "several_words": 0, "exact": 0, "commonness": 0.0, "ambiguity": 0.0,
        "overlap": 0.0, "gap": 0.2, "crowding": log(2),
    })  # fmt: skip
