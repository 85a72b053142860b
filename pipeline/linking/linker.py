"""Units of text to taxonomy skills: lexical and dense candidates, one confidence each."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from pipeline.embeddings import Encoder, load_concept_index, load_encoder, one_thread_each
from pipeline.errors import EncoderError
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.linking.candidates import LANGUAGES, Candidates, Integers, Searches, load_searches
from pipeline.linking.confidence import CROSS_FITTED, FOLDS, Floats, confidence, fitted_weights, fold_of
from pipeline.linking.context import Company, load_company
from pipeline.linking.label_words import load_label_words
from pipeline.linking.relevance import RelevanceFilter
from pipeline.settings import LINK_CACHE_FLOOR, Personal, Settings
from pipeline.taxonomy import Taxonomy, searched_labels

# Units read at once: enough that what each batch costs by itself is little.
BATCH, LEAST_BATCH = 512, 64
TURNS = 2  # batches for each thread, at least: where there are few of them, one thread waits long for the other's last
SURE = 0.7  # of a link to a label in a unit that hardly asks for anything
# The files that decide what a unit or a document links to: a change in one of them is another linker.
LINKER_CODE = (
    "candidates.py", "confidence.json", "confidence.py", "context.py", "label_words.py", "lexical.py", "linker.py",
    "overlap.py", "relevance.npz", "relevance.py", "segments.py", "wording.py", "../embeddings/concepts.py",
    "../embeddings/encoder.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A skill found in a unit: `start` and `end` count characters of the unit, `method` says how it was found."""

    skill_id: str
    confidence: float
    start: int
    end: int
    label: str
    method: str


@dataclass
class Linker:
    """Links units of either language to the skills of one taxonomy. Build it with `load_linker`."""

    taxonomy: Taxonomy
    encoder: Encoder
    lake: Lake | None
    candidates: int
    progress: Callable[[int, int], None] | None = None
    masked: tuple[Personal, ...] = ()
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        code = [Path(__file__).parent.joinpath(name).read_bytes() for name in LINKER_CODE]
        parts = [self._searched[1], self.encoder.fingerprint, str(self.candidates), LINK_CACHE_FLOOR]
        self.fingerprint = hashlib.sha256(orjson.dumps(parts) + b"".join(code)).hexdigest()[:32]

    @cached_property
    def _searched(self) -> tuple[pa.Table, str]:
        return searched_labels(self.taxonomy)

    @property
    def _labels(self) -> pa.Table:
        return self._searched[0]

    @cached_property
    def _texts(self) -> list[str]:
        return [str(t) for t in self._labels["label"].to_pylist()]

    @cached_property
    def _preferred(self) -> dict[str, dict[Language, str]]:
        """Each skill's preferred label in either language, where it has one."""
        rows = self.taxonomy.skills.select(["skill_id", "label_en", "label_fr"]).to_pylist()
        return {
            r["skill_id"]: {"en": r["label_en"] or r["label_fr"], "fr": r["label_fr"] or r["label_en"]} for r in rows
        }

    @cached_property
    def searches(self) -> Searches:
        """The lexical and the dense search, made when the first unit comes."""
        key = f"skills-{self._searched[1]}"
        index = load_concept_index(self._labels, key, self.encoder, self.lake, self.progress)
        relevance = RelevanceFilter.load(self.encoder.fingerprint)
        folder = f"index/{self.encoder.fingerprint[:32]}/{key}"
        words = {each: load_label_words(self._labels, each, folder, self.lake) for each in LANGUAGES}
        return load_searches(self._labels, index, _reach(self.taxonomy), relevance, words)

    @cached_property
    def company(self) -> Company:
        """Which skills are asked for together."""
        return load_company(self.taxonomy)

    def hearing_all(self) -> Linker:
        """One like this that takes every unit for one that may name skills: for what learners say of themselves.

        How unlikely that is still lowers the confidence. What it finds is kept under another fingerprint.
        """
        other = copy(self)
        other.fingerprint = f"{self.fingerprint}-all"
        other.__dict__["searches"] = replace(
            self.searches, least_asking=0.0, least_by_words=0.0, least_without_label=0.0
        )
        return other

    def check(self) -> None:
        """Looks for some of the taxonomy's own labels; a linker that can't find those can't find anything.

        Raises:
            EncoderError: fewer than half of the labels find their own skill among the dense candidates.
        """
        step = max(1, self._labels.num_rows // 64)
        rows = list(range(0, self._labels.num_rows, step))
        index = self.searches.index
        _, found = index.search(self.encoder.encode([self._texts[row] for row in rows]), self.candidates)
        hits = sum(
            self._labels["concept_id"][row].as_py() in {index.concepts[near] for near in nearest}
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

    def link_each(self, units: Sequence[tuple[str, Language]], without: str = "") -> Iterator[list[Link]]:
        """As `link`, one unit after the other, so that progress can be shown and work saved on the way.

        Args:
            units: as `link`.
            without: as `rank`.
        """
        return self._links(units, self.candidates, LINK_CACHE_FLOOR, without, asking_only=True)

    def rank(self, units: Sequence[tuple[str, Language]], candidates: int, without: str = "") -> Iterator[list[Link]]:
        """As `link`, but over that many dense candidates and with every candidate kept, whatever the unit is about.

        Args:
            units: as `link`.
            candidates: dense candidates per unit.
            without: the labelled set that the confidence model shall not have been fitted on, when it is evaluated;
                `CROSS_FITTED` leaves out a fifth of all sets, the one that the unit belongs to.
        """
        return self._links(units, candidates, 0.0, without)

    def candidates_of(
        self, units: Sequence[tuple[str, Language]], candidates: int, linkable_only: bool = False
    ) -> Iterator[Candidates]:
        """The candidates of units, batch by batch, in the order of the units.

        Every batch is worked on by one thread; as many batches at once as there are cores.
        """
        searches, workers = self.searches, _workers()
        with one_thread_each(), ThreadPoolExecutor(workers) as pool:
            ahead: deque[Future[Candidates]] = deque()
            for batch in _batches(units):
                ahead.append(pool.submit(searches.candidates, self.encoder, batch, candidates, linkable_only))
                if len(ahead) > workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _links(
        self,
        units: Sequence[tuple[str, Language]],
        candidates: int,
        floor: float,
        without: str = "",
        asking_only: bool = False,
    ) -> Iterator[list[Link]]:
        for batch, found in zip(_batches(units), self.candidates_of(units, candidates, asking_only), strict=True):
            probabilities = _probabilities(found, batch, without)
            order = np.lexsort((found.concepts, -probabilities, found.units))
            kept = probabilities[order] >= floor
            if asking_only:
                kept &= (found.linkable | (found.if_sure & (probabilities >= SURE)))[order]
            order = order[kept]
            links = self._to_links(found, order, probabilities[order], [language for _, language in batch])
            ends = np.searchsorted(found.units[order], np.arange(len(batch)), side="right").tolist()
            yield from (links[first:last] for first, last in pairwise([0, *ends]))

    def _to_links(
        self, found: Candidates, order: Integers, probabilities: Floats, languages: Sequence[Language]
    ) -> list[Link]:
        """Some candidates as links, in that order."""
        concepts = self.searches.index.concepts
        columns = (found.units, found.concepts, found.starts, found.ends, found.labels, found.dense)
        units, skills, starts, ends, labels, dense = (column[order].tolist() for column in columns)
        links = []
        for unit, concept, p, start, end, row, near in zip(
            units, skills, probabilities.tolist(), starts, ends, labels, dense, strict=True
        ):
            skill = concepts[concept]
            label = self._texts[row] if row >= 0 else self._preferred[skill][languages[unit]]
            method = "dense" if row < 0 else ("lexical+dense" if near else "lexical")
            links.append(Link(skill, p, start, end, label, method))
        return links


def _workers() -> int:
    return os.cpu_count() or 1


def _batches(units: Sequence[tuple[str, Language]]) -> Iterator[Sequence[tuple[str, Language]]]:
    """Units some at a time, as often for one thread as for another."""
    workers = _workers()
    turns = max(-(-len(units) // (BATCH * workers)), TURNS)
    size = min(BATCH, max(-(-len(units) // (turns * workers)), LEAST_BATCH))
    return (units[start : start + size] for start in range(0, len(units), size))


def _probabilities(found: Candidates, units: Sequence[tuple[str, Language]], without: str) -> Floats:
    """Each candidate's probability, by weights that were not fitted on what is to be left out."""
    if without != CROSS_FITTED:
        return confidence(found.features, fitted_weights(without))
    folds = np.array([fold_of(text) for text, _ in units])[found.units]
    probabilities = np.zeros(len(folds))
    for fold in range(FOLDS):
        own = folds == fold
        probabilities[own] = confidence(found.features[own], fitted_weights(f"fold {fold}"))
    return probabilities


def _reach(taxonomy: Taxonomy) -> dict[str, float]:
    """For each skill the share of skills that fewer occupations ask for: 0 for those that none does."""
    counts = taxonomy.occupation_skills["skill_id"].value_counts().to_pylist()
    asked: npt.NDArray[np.int64] = np.array([row["counts"] for row in counts], dtype=np.int64)
    skills = taxonomy.skills.num_rows
    below = np.searchsorted(np.sort(asked), asked, side="left") + skills - len(asked)
    return {row["values"]: float(share) for row, share in zip(counts, below / skills, strict=True)}


def load_linker(
    taxonomy: Taxonomy, settings: Settings, lake: Lake | None, progress: Callable[[int, int], None] | None = None
) -> Linker:
    """The linker that the settings describe; models and indexes are loaded when the first unit comes.

    Raises:
        EncoderError: the encoder's files are not on this machine.
    """
    return Linker(
        taxonomy, load_encoder(settings.encoder), lake, settings.linking.candidates, progress, settings.privacy.mask
    )
