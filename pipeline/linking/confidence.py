"""How sure a link is: a logistic model over what the lexical and the dense search saw.

The weights were fitted by `benchmarks/fit_confidence.py` on SkillSkape's training sentences against ESCO with the
packaged encoder, and on nothing else; the script prints the calibration error on sentences it was not fitted on.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
CONFIDENCE_DECIMALS = 4
CROWD_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Weights:
    """One weight per feature, in the order of `FEATURES`, and the intercept."""

    cosine: float  # between the unit and the skill's nearest label
    single_word: float  # a label of one content word stands in the text
    several_words: float  # a label of several content words stands in the text
    exact: float  # ... letter by letter
    commonness: float  # ... how many labels share its words (mean log count)
    ambiguity: float  # ... log(labels that the same words match)
    overlap: float  # share of a label of the skill that stands in the text, in any order and with gaps
    gap: float  # how far the cosine lies below the unit's best
    crowding: float  # log(1 + other candidates no more than CROWD_MARGIN below it): many alike, each less likely
    log_words: float  # log(words in the unit): short units resemble many labels by chance
    intercept: float


FEATURES = tuple(field.name for field in fields(Weights))[:-1]
WEIGHTS = Weights(
    cosine=3.680, single_word=1.862, several_words=3.780, exact=0.816, commonness=-0.576, ambiguity=-0.259,
    overlap=4.035, gap=-3.896, crowding=-0.449, log_words=0.454, intercept=-7.058,
)  # fmt: skip


def confidence(features: Floats, weights: Weights = WEIGHTS) -> Floats:
    """Probability that each candidate link is right.

    Args:
        features: one row a candidate, columns as `FEATURES`.
        weights: the fitted weights.

    Returns:
        Probabilities (rows,), rounded to `CONFIDENCE_DECIMALS`.
    """
    *coefficients, intercept = astuple(weights)
    logits = (features * np.array(coefficients)).sum(axis=1) + intercept
    return np.asarray(np.round(1.0 / (1.0 + np.exp(-logits)), CONFIDENCE_DECIMALS), dtype=np.float64)


def competition(cosines: Floats) -> tuple[Floats, Floats]:
    """The features that compare a candidate with the others of its unit.

    Args:
        cosines: the cosines of one unit's candidates, one per skill.

    Returns:
        (gap, crowding), each as long as `cosines`.
    """
    gap = cosines.max() - cosines
    near = (cosines[None, :] > cosines[:, None] - CROWD_MARGIN).sum(axis=1) - 1
    return gap, np.log1p(near)
