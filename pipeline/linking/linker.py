"""Units of text to taxonomy skills: lexical and dense candidates, one confidence each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa

from pipeline.embeddings import SCORE_DECIMALS, Encoder, LabelIndex, load_encoder, load_label_index
from pipeline.errors import EncoderError
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.linking.confidence import FEATURES, Floats, competition, confidence
from pipeline.linking.lexical import LabelMatch, LabelMatcher, stems
from pipeline.settings import LINK_CACHE_FLOOR, Settings
from pipeline.taxonomy import Taxonomy

BATCH = 256
LANGUAGES: tuple[Language, ...] = ("en", "fr")
# The modules whose code decides what a unit links to: a change in one of them is another linker.
LINKER_CODE = ("confidence.py", "lexical.py", "linker.py", "../embeddings/encoder.py", "../embeddings/index.py")


@dataclass(frozen=True, slots=True)
class Link:
    """A skill found in a unit: `start` and `end` count characters of the unit, `method` says how it was found."""

    skill_id: str
    confidence: float
    start: int
    end: int
    label: str
    method: str


@dataclass(slots=True)
class Candidate:
    """What the two searches say of one skill in one unit."""

    cosine: float
    row: int
    match: LabelMatch | None = None
    dense: bool = False
    overlap: float = 0.0


@dataclass
class Linker:
    """Links units of either language to the skills of one taxonomy. Build it with `load_linker`."""

    taxonomy: Taxonomy
    encoder: Encoder
    lake: Lake | None
    candidates: int
    progress: Callable[[int, int], None] | None = None
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        code = [Path(__file__).parent.joinpath(name).read_bytes() for name in LINKER_CODE]
        parts = [self.taxonomy.fingerprint, self.encoder.fingerprint, str(self.candidates), LINK_CACHE_FLOOR]
        self.fingerprint = hashlib.sha256(orjson.dumps(parts) + b"".join(code)).hexdigest()[:32]

    @cached_property
    def _labels(self) -> pa.Table:
        return self.taxonomy.labels("skills")

    @cached_property
    def _concepts(self) -> list[str]:
        return [str(c) for c in self._labels["concept_id"].to_pylist()]

    @cached_property
    def _texts(self) -> list[str]:
        return [str(t) for t in self._labels["label"].to_pylist()]

    @cached_property
    def _index(self) -> LabelIndex:
        key = f"skills-{self.taxonomy.fingerprint[:32]}"
        return load_label_index(self._labels, key, self.encoder, self.lake, self.progress)

    @cached_property
    def _matchers(self) -> dict[Language, LabelMatcher]:
        return {language: LabelMatcher(self._labels, language) for language in LANGUAGES}

    def check(self) -> None:
        """Links some of the taxonomy's own labels; a linker that can't find those can't find anything.

        Raises:
            EncoderError: fewer than half of the labels find their own skill among the dense candidates.
        """
        step = max(1, self._labels.num_rows // 64)
        rows = list(range(0, self._labels.num_rows, step))
        _, found = self._index.search(self.encoder.encode([self._texts[row] for row in rows]), self.candidates)
        hits = sum(
            self._concepts[row] in {self._concepts[near] for near in nearest}
            for row, nearest in zip(rows, found.tolist(), strict=True)
        )
        if hits < len(rows) / 2:
            raise EncoderError(
                f"The encoder {self.encoder.settings.model} finds only {hits} of {len(rows)} taxonomy labels when "
                "asked for them word by word: it is broken, or the index in the lake is not its own."
            )

    def link(self, units: Sequence[tuple[str, Language]]) -> list[list[Link]]:
        """Links units, each on its own: the same unit always gets the same links, whatever stands beside it.

        Args:
            units: (text, language) pairs, as `split_units` gives the texts.

        Returns:
            For each unit its links, likeliest first, those below `LINK_CACHE_FLOOR` left out.

        Raises:
            EncoderError: the encoder fails.
        """
        return list(self.link_each(units))

    def link_each(self, units: Sequence[tuple[str, Language]]) -> Iterator[list[Link]]:
        """As `link`, one unit after the other, so that progress can be shown and work saved on the way."""
        for links in self.rank(units, self.candidates):
            yield [link for link in links if link.confidence >= LINK_CACHE_FLOOR]

    def rank(self, units: Sequence[tuple[str, Language]], candidates: int) -> Iterator[list[Link]]:
        """As `link`, but over that many dense candidates and with every candidate kept."""
        for (text, _), found in zip(units, self.candidates_of(units, candidates), strict=True):
            probabilities = confidence(features_of(text, list(found.values())))
            links = [
                self._to_link(text, skill, candidate, float(p))
                for (skill, candidate), p in zip(found.items(), probabilities, strict=True)
            ]
            yield sorted(links, key=lambda link: (-link.confidence, link.skill_id))

    def candidates_of(self, units: Sequence[tuple[str, Language]], candidates: int) -> Iterator[dict[str, Candidate]]:
        """For each unit what the searches found: skill -> candidate, sorted by skill."""
        for start in range(0, len(units), BATCH):
            batch = units[start : start + BATCH]
            vectors = self.encoder.encode([text for text, _ in batch])
            cosines, rows = self._index.search(vectors, candidates)
            for i, (text, language) in enumerate(batch):
                found: dict[str, Candidate] = {}
                for cosine, row in zip(cosines[i].tolist(), rows[i].tolist(), strict=True):
                    found.setdefault(self._concepts[row], Candidate(cosine, row, dense=True))
                for match in self._matchers[language].find(text):
                    own = np.dot(vectors[i].astype(np.float64), self._index.vectors[match.row])
                    self._add_match(found, match, float(np.round(own, SCORE_DECIMALS)))
                words = frozenset(stem for stem, _, _ in stems(text, language))
                for skill, candidate in found.items():
                    candidate.overlap = self._matchers[language].overlap(words, skill)
                yield dict(sorted(found.items()))

    def _add_match(self, found: dict[str, Candidate], match: LabelMatch, cosine: float) -> None:
        candidate = found.setdefault(self._concepts[match.row], Candidate(cosine, match.row))
        best = candidate.match
        if best is None or (match.words, match.exact) > (best.words, best.exact):
            candidate.match = match

    def _to_link(self, text: str, skill: str, candidate: Candidate, probability: float) -> Link:
        match = candidate.match
        if match is None:
            return Link(skill, probability, 0, len(text), self._texts[candidate.row], "dense")
        method = "lexical+dense" if candidate.dense else "lexical"
        return Link(skill, probability, match.start, match.end, self._texts[match.row], method)


def features_of(text: str, candidates: Sequence[Candidate]) -> Floats:
    """The confidence model's features (candidates, features), columns as `confidence.FEATURES`."""
    if not candidates:
        return np.empty((0, len(FEATURES)))
    cosines = np.array([c.cosine for c in candidates])
    gap, crowding = competition(cosines)
    matches = [c.match for c in candidates]
    return np.column_stack([
        cosines,
        [m is not None and m.words == 1 for m in matches],
        [m is not None and m.words > 1 for m in matches],
        [m is not None and m.exact for m in matches],
        [m.commonness if m else 0.0 for m in matches],
        [np.log(m.sharers) if m else 0.0 for m in matches],
        [c.overlap for c in candidates],
        gap,
        crowding,
        np.full(len(candidates), np.log(max(len(text.split()), 1))),
    ]).astype(np.float64)  # fmt: skip


def load_linker(
    taxonomy: Taxonomy, settings: Settings, lake: Lake | None, progress: Callable[[int, int], None] | None = None
) -> Linker:
    """The linker that the settings describe; models and indexes are loaded when the first unit comes.

    Raises:
        EncoderError: the encoder's files are not on this machine.
    """
    return Linker(taxonomy, load_encoder(settings.encoder), lake, settings.linking.candidates, progress)
