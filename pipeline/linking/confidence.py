"""How sure a link is: a small neural network over what the lexical and the dense search saw.

`training/fit_confidence.py` fits the weights that lie beside this module, and says on what; `docs/quality.md` gives the
calibration error on sentences they were not fitted on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

Floats = npt.NDArray[np.float64]
WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
CONFIDENCE_DECIMALS = 4
# Candidates within the margin are counted up to the fewest that are ever asked for, or the count would depend on it.
CROWD_MARGIN, MOST_CROWDED = 0.05, 4
# Evaluation needs weights that never saw the text at hand: of a text's set, or of the fifth of all texts it falls in.
FOLDS = 5
CROSS_FITTED = "cross-fitted"

FEATURES = (
    "cosine",  # between the skill and the unit, or the stretch of it that lies nearest
    "whole_cosine",  # between the skill and the unit
    "gap",  # how far `cosine` lies below the best one of the same stretch
    "whole_gap",  # how far `whole_cosine` lies below the unit's best
    "crowding",  # log(1 + other candidates within CROWD_MARGIN, at most MOST_CROWDED): many alike, each less likely
    "stretch",  # a part of the unit lies nearer than the whole
    "dense",  # the encoder found it, not only the words
    "single_word",  # a label of one content word stands in the text
    "several_words",  # a label of several content words stands in the text
    "exact",  # ... letter by letter
    "preferred",  # ... and it is the skill's preferred label
    "hidden",  # ... and it is none of the taxonomy's own, but what postings call the skill
    "commonness",  # ... how many labels share its words (mean log count)
    "ambiguity",  # ... log(labels that the same words match)
    "overlap",  # share of a label of the skill that stands in the text, in any order and with gaps
    "dice",  # ... and how much of the text it makes up
    "log_words",  # log(words in the unit)
    "stretch_words",  # log(words in the stretch that lies nearest): one word resembles many labels by chance
    "asks",  # log-odds that the unit asks for any skill
    "reach",  # how common the skill is among the taxonomy's occupations
    "size",  # log(skills of the taxonomy): among few, the nearest is the right one more often, if there is one
)


@dataclass(frozen=True)
class Weights:
    """Layers of the network: standardise, one hidden layer (hyperbolic tangent), and a linear one beside it.

    Attributes:
        mean: of each feature.
        scale: of each feature.
        hidden: (features, units).
        hidden_bias: (units,).
        output: (units,).
        linear: (features,).
        bias: the constant.
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    linear: Floats
    bias: float


def fold_of(text: str) -> int:
    """Which fifth of all labelled texts a text belongs to."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % FOLDS


@lru_cache(maxsize=16)
def fitted_weights(without: str = "") -> Weights:
    """The weights beside this module: those fitted on every labelled set, or on all `without` one set or fold."""
    stored = orjson.loads(WEIGHTS_FILE.read_bytes())
    if tuple(stored["features"]) != FEATURES:
        raise ValueError(f"{WEIGHTS_FILE} was fitted for other features; run python -m training.fit_confidence")
    chosen = stored["without"][without] if without else stored["all"]
    arrays = {name: np.array(chosen[name], dtype=np.float64) for name in chosen if name != "bias"}
    return Weights(**arrays, bias=float(chosen["bias"]))


def confidence(features: Floats, weights: Weights | None = None) -> Floats:
    """Probability that each candidate link is right.

    Args:
        features: one row a candidate, columns as `FEATURES`.
        weights: those to use; the fitted ones if not given.

    Returns:
        Probabilities (rows,), rounded to `CONFIDENCE_DECIMALS`. Each depends on its own row alone.
    """
    w = weights or fitted_weights()
    x = (features - w.mean) / w.scale
    # einsum adds up row by row; a matrix product may add in another order when other rows stand beside a row.
    hidden = np.tanh(np.einsum("nf,fu->nu", x, w.hidden) + w.hidden_bias)
    logits = (hidden * w.output).sum(axis=1) + (x * w.linear).sum(axis=1) + w.bias
    return np.asarray(np.round(1.0 / (1.0 + np.exp(-logits)), CONFIDENCE_DECIMALS), dtype=np.float64)
