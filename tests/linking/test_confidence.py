"""The confidence model: a probability of each candidate by itself, from weights that fit its features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from math import exp, tanh
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.linking import confidence as module
from pipeline.linking.confidence import FEATURES, FOLDS, WEIGHTS_FILE, Weights, confidence, fitted_weights, fold_of

LEFT_OUT = ("tech", "house", "skillskape", "competences_fr", *(f"fold {fold}" for fold in range(FOLDS)))
VALUES = st.floats(-6, 6)
ROWS = st.lists(st.lists(VALUES, min_size=len(FEATURES), max_size=len(FEATURES)), min_size=1, max_size=6)

# A candidate such as the dense search often gives: near the unit, its words partly in the text.
TYPICAL = {
    "cosine": 0.6, "whole_cosine": 0.55, "gap": 0.05, "whole_gap": 0.05, "crowding": 1.0, "stretch": 0.0, "dense": 1.0,
    "single_word": 0.0, "several_words": 0.0, "exact": 0.0, "preferred": 0.0, "hidden": 0.0, "commonness": 0.0,
    "ambiguity": 0.0, "overlap": 0.4, "dice": 0.3, "log_words": 2.0, "stretch_words": 1.6, "asks": 2.0, "reach": 0.5,
    "size": 9.5,
}  # fmt: skip


def rows(*candidates: dict[str, float]) -> np.ndarray:
    """Candidates by feature as the model takes them."""
    return np.array([[candidate[name] for name in FEATURES] for candidate in candidates])


def tiny(**changes: object) -> Weights:
    """Weights of a network of two hidden units that look at the cosine and the overlap alone."""
    width = len(FEATURES)
    hidden, linear, mean, scale = np.zeros((width, 2)), np.zeros(width), np.zeros(width), np.ones(width)
    cosine, overlap = FEATURES.index("cosine"), FEATURES.index("overlap")
    mean[cosine], scale[cosine] = 0.5, 0.25
    hidden[cosine] = 1.0, 0.0
    hidden[overlap] = 0.5, -1.0
    linear[cosine] = 0.75
    weights = Weights(
        mean=mean, scale=scale, hidden=hidden, hidden_bias=np.array([0.1, 0.2]), output=np.array([2.0, -1.0]),
        linear=linear, bias=-0.3,
    )  # fmt: skip
    return replace(weights, **changes)


def test_the_network_worked_by_hand():
    found = confidence(rows(TYPICAL | {"cosine": 0.8, "overlap": 0.4}), tiny())
    x = (0.8 - 0.5) / 0.25
    logit = 2 * tanh(x + 0.5 * 0.4 + 0.1) - tanh(-0.4 + 0.2) + 0.75 * x - 0.3
    assert found.tolist() == [round(1 / (1 + exp(-logit)), 4)]


def test_without_weight_the_constant_decides():
    none = tiny(output=np.zeros(2), linear=np.zeros(len(FEATURES)))
    assert confidence(rows(TYPICAL), none).tolist() == [round(1 / (1 + exp(0.3)), 4)]


def test_no_candidates_have_no_confidence():
    assert confidence(np.empty((0, len(FEATURES)))).shape == (0,)


@pytest.mark.filterwarnings("error")
@settings(max_examples=60)
@given(ROWS)
def test_it_is_a_probability(values: list[list[float]]):
    found = confidence(np.array(values))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.round(found, 4) == found).all()


@settings(max_examples=60)
@given(ROWS, st.randoms(use_true_random=False))
def test_each_candidate_is_judged_by_itself(values: list[list[float]], draw):
    features = np.array(values)
    together = confidence(features)
    order = list(range(len(values)))
    draw.shuffle(order)
    assert confidence(features[order]).tobytes() == together[order].tobytes()
    assert [confidence(features[i : i + 1])[0] for i in range(len(features))] == together.tolist()
    crowd = np.concatenate([np.zeros((300, len(FEATURES))), features])
    assert confidence(crowd)[300:].tobytes() == together.tobytes()


# --- The fitted weights ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("without", ["", *LEFT_OUT])
def test_weights_were_fitted_on_all_sets_and_without_each(without: str):
    weights = fitted_weights(without)
    width, units = weights.hidden.shape
    assert width == len(FEATURES) == len(weights.mean) == len(weights.scale) == len(weights.linear)
    assert units == len(weights.hidden_bias) == len(weights.output)
    assert (weights.scale > 0).all()
    for values in (weights.mean, weights.scale, weights.hidden, weights.hidden_bias, weights.output, weights.linear):
        assert np.isfinite(values).all()
    assert np.isfinite(weights.bias)


def test_a_set_that_nothing_was_left_out_for_is_an_error():
    with pytest.raises(KeyError, match="no-such-set"):
        fitted_weights("no-such-set")


@given(st.text())
def test_a_text_always_falls_in_the_same_fold(text: str):
    assert fold_of(text) == fold_of(str(text)) < FOLDS


def test_the_folds_are_about_equal():
    folds = [fold_of(f"text {i}") for i in range(1000)]
    assert min(folds.count(fold) for fold in range(FOLDS)) > 150
    assert folds[:5] == [int.from_bytes(sha256(f"text {i}".encode()).digest()[:8], "big") % FOLDS for i in range(5)]


def test_the_sets_left_out_are_not_all_the_same():
    found = {name: confidence(rows(TYPICAL), fitted_weights(name))[0] for name in LEFT_OUT}
    assert len(set(found.values())) > 1


@pytest.fixture
def written(tmp_path: Path, monkeypatch) -> Iterator[Path]:
    """A copy of the weights that a test may change."""
    path = tmp_path / "confidence.json"
    path.write_bytes(WEIGHTS_FILE.read_bytes())
    monkeypatch.setattr(module, "WEIGHTS_FILE", path)
    fitted_weights.cache_clear()
    yield path
    fitted_weights.cache_clear()


@pytest.mark.parametrize(
    "features", [FEATURES[:-1], (*FEATURES, "more"), (FEATURES[1], FEATURES[0], *FEATURES[2:]), ()],
    ids=["fewer", "more", "another order", "none"],
)  # fmt: skip
def test_weights_fitted_for_other_features_are_refused(written: Path, features: tuple[str, ...]):
    stored = orjson.loads(written.read_bytes())
    written.write_bytes(orjson.dumps(stored | {"features": features}))
    with pytest.raises(ValueError, match=r"fitted for other features; run python -m training.fit_confidence") as caught:
        fitted_weights()
    assert str(written) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "likelier"),
    [
        ({"cosine": 0.9, "whole_cosine": 0.9, "gap": 0.0, "whole_gap": 0.0}, True),
        ({"cosine": 0.2, "whole_cosine": 0.2, "gap": 0.5, "whole_gap": 0.5}, False),
        ({"gap": 0.4, "whole_gap": 0.4}, False),
        ({"several_words": 1.0, "exact": 1.0, "preferred": 1.0, "overlap": 1.0, "dice": 0.9}, True),
        ({"overlap": 0.0, "dice": 0.0}, False),
        ({"asks": -5.0}, False),
    ],
    ids=["nearer", "farther", "others are nearer", "its label is there", "no word is there", "asks for nothing"],
)
def test_what_speaks_for_a_link_makes_it_likelier(change: dict[str, float], likelier: bool):
    before, after = confidence(rows(TYPICAL, TYPICAL | change))
    assert after > before if likelier else after < before


def test_without_evidence_a_link_is_unlikely():
    nothing = TYPICAL | {
        "cosine": 0.1, "whole_cosine": 0.1, "gap": 0.5, "whole_gap": 0.5, "overlap": 0.0, "dice": 0.0, "asks": -5.0,
    }  # fmt: skip
    assert confidence(rows(nothing))[0] < 0.05
