"""Job titles without their noise, and the occupations that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.embeddings import SCORE_DECIMALS, Encoder, LabelIndex
from pipeline.ingest import Language
from pipeline.linking import LabelMatcher, stems

CANDIDATES = 25
BATCH = 256
CONFIDENCE_DECIMALS = 4

GENDER_MARK = re.compile(
    r"[(\[]?\b(?:(?:h\s*/\s*f|f\s*/\s*h|m\s*/\s*f|f\s*/\s*m)(?:\s*/\s*[dx])?|all genders)\b[)\]]?", re.I
)
# "Opérateur(trice)", "technicien(ne)", "technicien.ne", "employé·e·s", "préposé-e"
INCLUSIVE_ENDING = re.compile(
    r"(?<=[^\W\d_])(?:\((?:e|ne|le|se|ve|euse|trice|rice|ère|iere|ière|fe|te|s|es)s?\)"
    r"|[.·•](?:e|ne|le|se|ve|euse|trice|rice|ère|ière|fe|te)(?:[.·•]?s)?\b"
    r"|-(?:e|ne|se|euse|trice)(?:-s)?\b)",
    re.I,
)
MONEY = re.compile(r"(?:[$€£]\s*\d[\d\s.,k]*|\d[\d\s.,]*\s*(?:[$€£]|k\$))(?:\s*(?:/|per|par|de l')\s*\w+)?", re.I)
NOISE = re.compile(
    r"\b(?:full[- ]?time|part[- ]?time|permanent|temporary|seasonal|casual|contract|urgent(?:ly)?|hiring|now|needed|"
    r"wanted|"
    r"(?:day|night|evening|afternoon|rotating|weekend)s?(?: shifts?)?|shifts?|hourly|immediate(?:ly)?|start|"
    r"temps plein|temps partiel|temporaire|saisonnier|saisonnière|quart de (?:jour|nuit|soir|fin de semaine)|"
    r"de (?:jour|nuit|soir)|cdi|cdd|intérim|recherchée?s?|offre d'emploi|poste|n?o?\.?\s*\d+)\b|"
    r"(?<![A-Za-z])#+|[*!]+|\b\d+\b",
    re.I,
)
BOTH_GENDERS = re.compile(r"\b(\w{4,})\s*/\s*(\w{4,})")
INVERTED = re.compile(r"^([\w' -]+),\s+([\w' -]+)$")
SEGMENT_TRUST = 0.9
ALTERNATIVE_TRUST = 0.98  # of two occupations that bear the title, the one that prefers it
SEGMENT = re.compile(r"\s+[-–—|•:]+\s+|\s*[|•]\s*|,\s+|\s+@\s+|\s*\(\s*|\s*\)\s*")


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """An occupation that a title may name."""

    occupation_id: str
    confidence: float


def title_variants(title: str) -> list[tuple[str, float]]:
    """A title without wages, shifts, gender marks and inclusive endings, as (words, trust).

    The whole title comes first; then "engineer, software" turned round; then the first segment, which is trusted less,
    since what follows it may change its meaning.

    >>> title_variants("Opérateur(trice) machine de pliage F/H - AGENCE (H/F)")
    [('Opérateur machine de pliage - AGENCE', 1.0), ('Opérateur machine de pliage', 0.9)]
    """
    text = BOTH_GENDERS.sub(_masculine, INCLUSIVE_ENDING.sub("", GENDER_MARK.sub(" ", title)))
    text = NOISE.sub(" ", MONEY.sub(" ", text))
    variants = [(_tidy(re.sub(r"\(\s*\)", " ", text)), 1.0)]
    turned = INVERTED.match(_tidy(text))
    if turned:
        variants.append((f"{turned[2]} {turned[1]}", 1.0))
    segments = [s for s in map(_tidy, SEGMENT.split(text)) if len(s) > 2]
    variants += [(segment, SEGMENT_TRUST) for segment in segments[:1]]
    best = dict(reversed([v for v in variants if v[0]]))
    return sorted(best.items(), key=lambda v: (-v[1], -len(v[0]), v[0])) or [(title.strip(), 1.0)]


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" -–—|,:;./")


def _masculine(match: re.Match[str]) -> str:
    """One word where a title says it twice (Chauffeur / Chauffeuse); soudeur / monteur are two."""
    first, second = match[1], match[2]
    return first if first[:3].casefold() == second[:3].casefold() else match[0]


@dataclass
class TitleMatcher:
    """Finds the occupations that titles name.

    The confidence of a title and a label is the mean of the cosine of their vectors and of the overlap of their
    content words (Sørensen-Dice): 1 for the same title, whatever its inflection.

    Args:
        index: the labels of the occupations and their vectors.
        encoder: the encoder that the index was made with.
    """

    index: LabelIndex
    encoder: Encoder
    _matchers: dict[Language, LabelMatcher] = field(init=False)
    _stems: list[frozenset[str]] = field(init=False)
    _occupations: list[str] = field(init=False)
    _preferred: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        labels: pa.Table = self.index.labels
        self._occupations = labels["concept_id"].to_pylist()
        self._preferred = labels["preferred"].to_pylist()
        self._stems = [
            _stem_set(BOTH_GENDERS.sub(_masculine, label), language)
            for label, language in zip(labels["label"].to_pylist(), labels["language"].to_pylist(), strict=True)
        ]
        self._matchers = {language: LabelMatcher(labels, language) for language in ("en", "fr")}

    def match(self, titles: Sequence[tuple[str, Language]]) -> Iterator[list[TitleMatch]]:
        """For each (title, language) its occupations, likeliest first."""
        for start in range(0, len(titles), BATCH):
            batch = titles[start : start + BATCH]
            variants = [(i, v, lang) for i, (title, lang) in enumerate(batch) for v in title_variants(title)]
            vectors = self.encoder.encode([words for _, (words, _), _ in variants])
            cosines, rows = self.index.search(vectors, CANDIDATES)
            best: list[dict[str, float]] = [{} for _ in batch]
            for n, (i, (variant, trust), language) in enumerate(variants):
                scored = dict(zip(rows[n].tolist(), cosines[n].tolist(), strict=True))
                for found in self._matchers[language].find(variant):
                    cosine = np.dot(vectors[n].astype(np.float64), self.index.vectors[found.row])
                    scored.setdefault(found.row, float(np.round(cosine, SCORE_DECIMALS)))
                self._score(_stem_set(variant, language), scored, trust, best[i])
            for found_here in best:
                matches = [TitleMatch(occupation, confidence) for occupation, confidence in found_here.items()]
                yield sorted(matches, key=lambda m: (-m.confidence, m.occupation_id))

    def _score(self, words: frozenset[str], scored: dict[int, float], trust: float, best: dict[str, float]) -> None:
        for row, found in scored.items():
            # The very same words are the same title, however they are written: the encoder sees capitals.
            cosine = 1.0 if words and words == self._stems[row] else found
            shared = len(words & self._stems[row])
            overlap = 2 * shared / max(len(words) + len(self._stems[row]), 1)
            weight = trust * (1.0 if self._preferred[row] else ALTERNATIVE_TRUST)
            confidence = round(weight * (max(cosine, 0.0) + overlap) / 2, CONFIDENCE_DECIMALS)
            occupation = self._occupations[row]
            best[occupation] = max(best.get(occupation, 0.0), min(confidence, 1.0))


def _stem_set(text: str, language: Language) -> frozenset[str]:
    return frozenset(stem for stem, _, _ in stems(text, language))
