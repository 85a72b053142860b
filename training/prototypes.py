"""Every skill as linking sees it, the mean of its labels, and the loss that tells a text's skill from all others.

Within a batch a text meets some hundred other skills. Linking compares it with every skill of a taxonomy, and not with
one label of each but with the mean of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from training.examples import Pair
from training.held_out import SkillLabels

MOST_ALTERNATIVES = 2  # of a skill in a language: more change its mean little and take their time
MASKED = -1e4
Floats = npt.NDArray[np.float32]


def prototypes(
    skills: Sequence[SkillLabels], encode: Callable[[list[str]], Floats], draw: random.Random
) -> torch.Tensor:
    """One unit vector a skill, weighted as `pipeline.embeddings.concepts` does: preferred labels and alternatives.

    Args:
        skills: with the labels that training may use.
        encode: texts to unit vectors (texts, dimensions).
        draw: draws `MOST_ALTERNATIVES` alternative labels of each skill in each language, hidden ones among them.
    """
    texts, owners, weights = [], [], []
    for i, skill in enumerate(skills):
        preferred = [label for label in (skill.en, skill.fr) if label]
        texts += preferred
        owners += [i] * len(preferred)
        weights += [1.0] * len(preferred)
        for labels in (skill.alternatives_en + skill.hidden_en, skill.alternatives_fr + skill.hidden_fr):
            drawn = draw.sample(labels, min(len(labels), MOST_ALTERNATIVES))
            texts += drawn
            owners += [i] * len(drawn)
            weights += [1 / max(len(drawn), 1)] * len(drawn)
    vectors = torch.from_numpy(encode(texts)) * torch.tensor(weights)[:, None]
    sums = torch.zeros(len(skills), vectors.shape[1]).index_add(0, torch.tensor(owners), vectors)
    return functional.normalize(sums, dim=1)


def against_all(
    texts: torch.Tensor, pairs: Sequence[Pair], vectors: torch.Tensor, taxonomy: torch.Tensor, scale: float
) -> torch.Tensor:
    """Softmax loss of each text's skill among all of its taxonomy; other skills that the text names are left out.

    Args:
        texts: vectors (pairs, dimensions).
        pairs: those of occupations count for nothing.
        vectors: of the skills, as `prototypes` gives them; they get no gradient.
        taxonomy: of each skill a number: one taxonomy's skills are not told from another's, which say the same.
        scale: of cosines before the softmax.
    """
    rows = [row for row, pair in enumerate(pairs) if pair.concept >= 0]
    if not rows:
        return torch.zeros(())
    right = torch.tensor([pairs[row].concept for row in rows])
    masked = taxonomy[right][:, None] != taxonomy[None, :]
    alike = [(n, concept) for n, row in enumerate(rows) for concept in pairs[row].concepts]
    masked[tuple(torch.tensor(alike).T)] = True
    masked[torch.arange(len(rows)), right] = False
    scores = functional.normalize(texts[rows], dim=1) @ vectors.T * scale
    return functional.cross_entropy(scores.masked_fill(masked, MASKED), right)
