"""How well linking ranks, how far its confidence can be trusted, and what its threshold keeps and loses.

Pure measures: they take rankings, probabilities and the right answers, and know nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.errors import SettingsError
from pipeline.ingest import Language
from pipeline.linking.linker import Linker

DEPTHS = (1, 5, 10)
# Labels considered per query. Several belong to one skill, so this is deeper than any metric looks.
CANDIDATES = 300
DECIMALS = 6
BINS = 10
RESAMPLES = 1000
INTERVAL = 0.9
SEED = 0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """Ranking quality over n queries: mean reciprocal rank and R-Precision@k, each from 0 to 1.

    Attributes:
        interval: the 90 % bootstrap interval of R-Precision@5 over the queries.
    """

    n: int
    mrr: float
    r_precision: dict[int, float]
    interval: tuple[float, float] = (0.0, 1.0)

    def as_dict(self) -> dict[str, float]:
        """n, mrr, rp@1, rp@5, rp@10."""
        return {"n": self.n, "mrr": self.mrr} | {f"rp@{k}": value for k, value in self.r_precision.items()}


@dataclass(frozen=True)
class Bin:
    """Links whose confidence lies in [low, low + 0.1): how many, their mean confidence, and the share that is right."""

    low: float
    n: int
    confidence: float
    right: float


@dataclass(frozen=True)
class Calibration:
    """How far confidence can be trusted: the expected calibration error over n links, and what it is made of."""

    n: int
    error: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Kept:
    """What a threshold keeps, over n texts: precision and recall of the links above it, and texts without a skill.

    Attributes:
        links: links above the threshold.
        precision: share of them that is right.
        recall: share of the right skills that they find.
        empty: texts in which no skill fits.
        false_links: share of those that got a link all the same.
    """

    n: int
    links: int
    precision: float
    recall: float
    empty: int
    false_links: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return round(2 * self.precision * self.recall / both, DECIMALS) if both else 0.0


def share(part: float, whole: float) -> float:
    """A part of a whole, rounded; 0 of nothing."""
    return round(part / whole, DECIMALS) if whole else 0.0


def reciprocal_rank(order: Sequence[str], right: AbstractSet[str]) -> float:
    """1 / rank of the first right skill; 0 where there is none."""
    return next((1 / place for place, skill in enumerate(order, start=1) if skill in right), 0.0)


def r_precision(order: Sequence[str], right: AbstractSet[str], k: int) -> float:
    """(Right ones among the first k) / min(k, number of right ones); `right` is not empty."""
    return len(right & set(order[:k])) / min(k, len(right))


def ranking_quality(rankings: Sequence[Sequence[str]], gold: Sequence[AbstractSet[str]]) -> Quality:
    """Ranking quality, as Decorte et al. (2023) report it: MRR and R-Precision@k, each a mean over the queries.

    Args:
        rankings: for each query skill ids, likeliest first, none twice.
        gold: for each query the ids of its right skills, at least one.
    """
    pairs = list(zip(rankings, gold, strict=True))
    ranks = [reciprocal_rank(order, right) for order, right in pairs]
    depths = {k: np.array([r_precision(order, right, k) for order, right in pairs]) for k in DEPTHS}
    means = {k: share(float(values.sum()), len(pairs)) for k, values in depths.items()}
    return Quality(len(pairs), share(sum(ranks), len(pairs)), means, bootstrap_interval(depths[5]))


def bootstrap_interval(values: Floats) -> tuple[float, float]:
    """The 90 % percentile bootstrap interval of a mean (Efron & Tibshirani, 1993), from seeded resamples."""
    if len(values) == 0:
        return 0.0, 1.0
    draws = np.random.default_rng(SEED).integers(0, len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return round(float(low), DECIMALS), round(float(high), DECIMALS)


def calibration(confidence: Floats, right: npt.NDArray[np.bool_]) -> Calibration:
    """Expected calibration error over ten equal bins (Guo et al., 2017): the mean gap, weighted by links in the bin.

    Args:
        confidence: of each link, from 0 to 1.
        right: whether it is right.
    """
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = []
    error = 0.0
    for place in range(BINS):
        inside = places == place
        n = int(inside.sum())
        if n:
            stated, true = float(confidence[inside].mean()), float(right[inside].mean())
            error += n * abs(stated - true)
            bins.append(Bin(place / BINS, n, round(stated, DECIMALS), round(true, DECIMALS)))
    return Calibration(len(confidence), share(error, len(confidence)), tuple(bins))


def kept(found: Sequence[AbstractSet[str]], gold: Sequence[AbstractSet[str]]) -> Kept:
    """What a threshold keeps: for each text the skills linked above it, and the right ones, which may be none."""
    hits = sum(len(links & right) for links, right in zip(found, gold, strict=True))
    links = sum(len(each) for each in found)
    empty = [bool(each) for each, right in zip(found, gold, strict=True) if not right]
    return Kept(
        n=len(gold),
        links=links,
        precision=share(hits, links),
        recall=share(hits, sum(len(right) for right in gold)),
        empty=len(empty),
        false_links=share(sum(empty), len(empty)),
    )


def jaccard(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """Shared members over all members; two empty sets are alike."""
    return round(len(one & other) / len(one | other), DECIMALS) if one or other else 1.0


def rankings(linker: Linker, texts: Sequence[str], language: Language, family: str = "") -> Iterator[list[str]]:
    """All skills that linking considers for each text, by the confidence that it gives them, likeliest first.

    Args:
        linker: ranks.
        texts: of one language.
        language: of the texts.
        family: of the labelled set that the texts are from; confidence is by weights that were not fitted on it.
    """
    for links in linker.rank([(text, language) for text in texts], CANDIDATES, family):
        yield [link.skill_id for link in links]


def evaluate(linker: Linker, queries: dict[str, set[str]], language: Language) -> Quality:
    """Ranks all skills for each query by the confidence that linking gives them; see `ranking_quality`.

    Raises:
        SettingsError: there are no queries: no label of the file is in the taxonomy.
        EncoderError: the encoder fails.
    """
    if not queries:
        raise SettingsError("No row of the file has a label that is a preferred label of the taxonomy.")
    linker.check()
    return ranking_quality(list(rankings(linker, list(queries), language)), list(queries.values()))
