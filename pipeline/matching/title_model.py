"""From what speaks for an occupation to the probability that a title names it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float64]

# What is known of a title and an occupation. Each is 0 to 1, and the greatest over the occupation's labels.
FEATURES = (
    "dense",  # cosine of the title's vector and a label's
    "centre",  # ... and the mean of the vectors of all the occupation's labels
    "letters",  # cosine of their character n-grams
    "words",  # how much of the title's words, rare ones weighing more, the occupation's labels have among them
    "same",  # 1 if a label has the very words of the title, whatever their inflection, order and grammatical gender
    "preferred",  # 1 if that label is the preferred one
    "common",  # how many occupations have all of the title's words (logarithm), unless one prefers it as its own name
    "doubt",  # 1 less the trust in the variant of the title that this is about: what it left out may have mattered
)
NEAREST = 3  # occupations that a title most likely names ...
NEAR_WEIGHT = 2.5  # ... and what it is worth to be like them: it orders those that come after them


@dataclass(frozen=True, slots=True)
class TitleModel:
    """A conditional logit (McFadden, 1974) over the occupations and "none of them".

    Each occupation's score is a weighted sum of its `FEATURES`, that of "none" is `none`. The shares of their
    exponentials are the probabilities: occupations that fit a title alike divide it between them.

    `benchmarks/titles.py --fit` prints the weights.
    """

    weights: tuple[float, ...]
    none: float

    def scores(self, features: Features) -> npt.NDArray[np.float64]:
        """Scores (n,) from features (n, len(FEATURES))."""
        return np.asarray(features @ np.array(self.weights))

    def probabilities(
        self, scores: npt.NDArray[np.float64], centres: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """The probability that a title names each of its candidate occupations.

        Args:
            scores: (n,), see `scores`.
            centres: unit vectors (n, d), the occupations' centres.
        """
        scores = scores + NEAR_WEIGHT * (nearness(scores, centres) - 1)
        top = float(scores.max(initial=self.none))
        shares = np.exp(scores - top)
        total: float = float(shares.sum()) + float(np.exp(self.none - top))
        return np.asarray(shares / total)


def nearness(scores: npt.NDArray[np.float64], centres: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Cosines (n,) of the occupations' centres with the mean of the likeliest's."""
    if not len(scores):
        return scores
    first = np.argsort(-scores, kind="stable")[:NEAREST]
    shares = np.exp(scores[first] - scores[first[0]])
    middle = (shares[:, None] * centres[first]).sum(axis=0)
    return np.asarray((centres * middle).sum(axis=1) / max(float(np.sqrt((middle**2).sum())), 1e-12))


MODEL = TitleModel(weights=(2.68, 6.18, 1.9, 0.99, 2.07, 0.45, -9.97, -3.53), none=6.45)
