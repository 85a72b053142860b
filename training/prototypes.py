"""Every skill as linking sees it, the mean of its labels, and the loss that tells a text's skill from all others.

Within a batch a text meets some hundred other skills. Linking compares it with every skill of a taxonomy, and not with
one label of each but with the mean of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch
from torch.nn import functional

from pipeline.embeddings.concepts import _concept_vectors
from training.examples import Pair
from training.held_out import SkillLabels

MOST_ALTERNATIVES = 2  # of a skill in a language: more change its mean little and take their time
MASKED = -1e4
Floats = npt.NDArray[np.float32]


def prototypes(
    skills: Sequence[SkillLabels], encode: Callable[[list[str]], Floats], draw: random.Random
) -> torch.Tensor:
    """One unit vector a skill, made of some of its labels by the code that makes those of linking.

    Args:
        skills: with the labels that training may use.
        encode: texts to unit vectors (texts, dimensions).
        draw: draws `MOST_ALTERNATIVES` alternative labels of each skill in each language, hidden ones among them.
    """
    rows = []
    for skill in skills:
        rows += [
            _label(skill, language, label, True) for language, label in (("en", skill.en), ("fr", skill.fr)) if label
        ]
        for language, labels in (
            ("en", skill.alternatives_en + skill.hidden_en),
            ("fr", skill.alternatives_fr + skill.hidden_fr),
        ):
            drawn = draw.sample(labels, min(len(labels), MOST_ALTERNATIVES))
            rows += [_label(skill, language, label, False) for label in drawn]
    vectors = encode([str(row["label"]) for row in rows])
    concepts = [skill.skill_id for skill in skills]
    return torch.from_numpy(_concept_vectors(pa.Table.from_pylist(rows), concepts, vectors))


def _label(skill: SkillLabels, language: str, label: str, preferred: bool) -> dict[str, object]:
    return {"concept_id": skill.skill_id, "language": language, "label": label, "preferred": preferred}


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
