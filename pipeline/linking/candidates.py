"""Candidate links of many units at once, with what the lexical and the dense search say of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.arrays import distinct, run_starts
from pipeline.embeddings import ConceptIndex, Encoder
from pipeline.embeddings.encoder import Vectors
from pipeline.ingest import Language
from pipeline.linking.confidence import CROWD_MARGIN, FEATURES, MOST_CROWDED
from pipeline.linking.lexical import LabelMatch, LabelMatcher, LabelWords, stems
from pipeline.linking.overlap import OverlapIndex, Overlaps
from pipeline.linking.relevance import RelevanceFilter, unit_words
from pipeline.linking.segments import segments
from pipeline.linking.wording import Wording, plain_wording

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Tokens = list[tuple[str, int, int]]

LANGUAGES: tuple[Language, ...] = ("en", "fr")
CLEAR_OVERLAP = 0.75  # a label of which this much stands in the unit is a candidate, whatever the encoder says
SEGMENT_SHARE = 2  # a stretch of a unit names fewer skills than the whole: one in so many of its candidates
MAX_LOGIT = 6.0
# A unit likelier than this to ask for something is linked; that it asks little then shows in the confidence too.
LEAST_ASKING = 0.3
# ... and one likelier than this is linked to a skill of which a label of so many content words stands in it, where that
# link is sure all the same: "Collaborative robots on the shop floor". docs/linking.md has what that finds.
LEAST_IF_SURE, WORDS_IF_SURE = 0.08, 2
# Below this by its words alone, a unit is not read by the encoder. Of 18,893 real units that drops one in seven, and of
# those that would have been linked one in 135, most of them wrongly ("Have you ever wondered what viruses are?").
LEAST_BY_WORDS = 0.08
# ... nor is one below this in which no label stands, nor most of one (CLEAR_OVERLAP): hardly one of them is linked.
LEAST_WITHOUT_LABEL = 0.12
# A unit that is hardly more than a label names that skill, whatever the filter makes of its few words.
BARE_LABEL = 0.85
# A label of so many content words that stands in a unit is hardly there by chance: the confidence decides, which weighs
# how little the unit asks. "Examine a workplace at the start of the shift, test and scale loose rock".
CLEAR_WORDS = 3
# Something lies nearest to every text, however far: in a small taxonomy, or one of another field, it is no skill of it.
LEAST_COSINE = 0.45


@dataclass(frozen=True)
class Candidates:
    """Candidate links of a batch of units, sorted by unit and concept.

    Attributes:
        units: row of the unit.
        concepts: row of the concept.
        features: (candidates, features), columns as `confidence.FEATURES`.
        starts: where the evidence starts, in characters of the unit's own text.
        ends: where it ends.
        labels: row of the label that stands in the text, -1 where none does.
        dense: whether the encoder found it.
        linkable: whether the unit asks for a skill at all, or names this one outright; and whether a label of the
            skill stands in it, or the skill lies near enough.
        if_sure: whether a label of the skill stands in a unit that hardly asks: linkable if the link is sure.
    """

    units: Integers
    concepts: Integers
    features: Floats
    starts: Integers
    ends: Integers
    labels: Integers
    dense: npt.NDArray[np.bool_]
    linkable: npt.NDArray[np.bool_]
    if_sure: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Searches:
    """The two searches over one taxonomy's skills.

    Attributes:
        index: a vector per skill.
        matchers: find labels in a text, per language.
        overlaps: how much of each label stands in a text, per language.
        concept_of: for each label the row of its skill.
        preferred: for each label whether it is its skill's preferred one.
        hidden: for each label whether it is none of the taxonomy's own.
        reach: for each skill how common it is among occupations, 0 to 1.
        relevance: whether a unit asks for a skill at all.
        least_asking: a unit that is less likely to is linked only to what it names outright.
        least_by_words: ... and one that is less likely to by its words alone is not read by the encoder,
        least_without_label: nor one that is less likely than this, where no label stands in it, nor most of one.
    """

    index: ConceptIndex
    matchers: dict[Language, LabelMatcher]
    overlaps: dict[Language, OverlapIndex]
    concept_of: Integers
    preferred: npt.NDArray[np.bool_]
    hidden: npt.NDArray[np.bool_]
    reach: Floats
    relevance: RelevanceFilter
    least_asking: float = LEAST_ASKING
    least_by_words: float = LEAST_BY_WORDS
    least_without_label: float = LEAST_WITHOUT_LABEL

    def candidates(
        self, encoder: Encoder, units: Sequence[tuple[str, Language]], nearest: int, linkable_only: bool = False
    ) -> Candidates:
        """Everything that may be named in units.

        Args:
            encoder: embeds them, with the stretches that `segments` finds.
            units: (text, language).
            nearest: skills per unit that the dense search gives.
            linkable_only: leaves out units none of whose candidates can be linkable; the others' are the same.

        Raises:
            EncoderError: the encoder fails.
        """
        languages = [language for _, language in units]
        wordings = [plain_wording(text, language) for text, language in units]
        tokens = [stems(w.text, language) for w, language in zip(wordings, languages, strict=True)]
        shared = self._shared(languages, tokens)
        matches = [
            self.matchers[language].find(w.text, own)
            for language, w, own in zip(languages, wordings, tokens, strict=True)
        ]
        words = unit_words([text for text, _ in units], languages)
        # Where a unit does not ask, it must name a skill outright: that is known before any closer look. Of the labels
        # in it, the longest tells: it counts the content words, 0 where there is none.
        longest = np.array([max((match.words for match in own), default=0) for own in matches])
        named = self._outright(shared, longest)
        worded = self.relevance.by_words(words) >= self._least_by_words(longest, shared)
        read = _some(named | worded | (not linkable_only))
        spans = [segments(wordings[i].text, languages[i]) for i in read]
        reading = encoder.read([wordings[i].text for i in read], spans)
        p = self.relevance.weighed(words.of(read), reading.whole)
        enough = (p >= self.least_asking) & worded[read]
        hardly = (p >= LEAST_IF_SURE) & worded[read] & (longest[read] >= WORDS_IF_SURE)
        own = _some(enough | hardly | named[read] | (not linkable_only))
        rows = read[own]
        batch = _Batch(
            [wordings[i] for i in rows], [matches[i] for i in rows], [spans[i] for i in own],
            reading.whole[own], reading.parts(own), _log_odds(p[own]), enough[own], hardly[own],
        )  # fmt: skip
        found = self._join(batch, self._nearest(batch, nearest), self._named(batch), shared, rows)
        return replace(found, units=rows[found.units])

    def _outright(self, shared: _Shared, longest: Integers) -> npt.NDArray[np.bool_]:
        """Whether each unit is hardly more than a label, or has one of several words in it."""
        named: npt.NDArray[np.bool_] = longest >= CLEAR_WORDS
        named[shared.alike // len(self.index.concepts)] = True
        return named

    def _least_by_words(self, longest: Integers, shared: _Shared) -> Floats:
        """What each unit must reach by its words alone."""
        labelled = longest > 0
        labelled[shared.clear // len(self.index.concepts)] = True
        return np.where(labelled, self.least_by_words, self.least_without_label)

    def _nearest(self, batch: _Batch, nearest: int) -> _Dense:
        """For each unit and skill that the search found near it or near a stretch of it, the nearest vector."""
        whole, parts = batch.whole, batch.parts
        counts = np.array([len(own) for own in batch.spans], dtype=np.int64)
        places, cosines, rows = [], [], []
        for vectors, owners, first, k in (
            (whole, np.arange(len(whole)), 0, nearest),
            (parts, np.repeat(np.arange(len(whole)), counts), len(whole), max(nearest // SEGMENT_SHARE, 1)),
        ):
            if not len(vectors):
                continue
            near, found = self.index.search(vectors, k)
            width = near.shape[1]
            best = np.repeat(near[:, 0], width)
            crowd = np.minimum((near[:, None, :] > near[:, :, None] - CROWD_MARGIN).sum(axis=2) - 1, MOST_CROWDED)
            places.append(
                np.column_stack([np.repeat(owners, width), np.repeat(np.arange(len(vectors)) + first, width)])
            )
            cosines.append(np.column_stack([near.ravel(), best - near.ravel(), np.log1p(crowd.ravel())]))
            rows.append(found.ravel())
        place, cosine, concept = np.concatenate(places), np.concatenate(cosines), np.concatenate(rows)
        keys = place[:, 0] * len(self.index.concepts) + concept
        order = np.lexsort((place[:, 1], -cosine[:, 0], keys))
        order = order[run_starts(keys[order])]
        return _Dense(keys[order], place[order, 1], cosine[order])

    def _named(self, batch: _Batch) -> dict[int, LabelMatch]:
        """The labels that stand in the units, by key."""
        named: dict[int, LabelMatch] = {}
        concepts = len(self.index.concepts)
        for i, matches in enumerate(batch.matches):
            for match in matches:
                key = i * concepts + int(self.concept_of[match.row])
                best = named.get(key)
                if best is None or self._strength(match) > self._strength(best):
                    named[key] = match
        return named

    def _shared(self, languages: Sequence[Language], tokens: Sequence[Tokens]) -> _Shared:
        """What units and labels of their language share."""
        found = []
        for language in LANGUAGES:
            rows = [i for i, own in enumerate(languages) if own == language]
            if not rows:
                continue
            words = [[stem for stem, _, _ in tokens[i]] for i in rows]
            found.append(self.overlaps[language].find(words, len(self.index.concepts), np.array(rows, dtype=np.int64)))
        return _Shared(found)

    def _strength(self, match: LabelMatch) -> tuple[int, bool, bool, bool]:
        """Which of a skill's labels in a text counts: the longest, then its own, an exact one, the preferred one."""
        return match.words, not self.hidden[match.row], match.exact, bool(self.preferred[match.row])

    def _join(
        self, batch: _Batch, dense: _Dense, named: dict[int, LabelMatch], shared: _Shared, units: Integers
    ) -> Candidates:
        wordings, spans, whole = batch.wordings, batch.spans, batch.whole
        clear = _renumbered(shared.clear, units, len(self.index.concepts))
        keys = distinct(np.concatenate([dense.keys, np.fromiter(named, np.int64, len(named)), clear]))
        rows, concepts = np.divmod(keys, len(self.index.concepts))
        at = np.searchsorted(dense.keys, keys)
        is_dense = (at < len(dense.keys)) & (dense.keys[np.minimum(at, len(dense.keys) - 1)] == keys)
        own = self.index.cosines(whole, rows, concepts)
        best = np.column_stack([own, np.zeros(len(keys)), np.zeros(len(keys))])
        best[is_dense] = dense.cosines[at[is_dense]]
        top = np.full(len(whole), -1.0)
        np.maximum.at(top, rows, own)
        best[~is_dense, 1] = (top[rows] - own)[~is_dense]
        stretches = [(0, len(w.text)) for w in wordings] + [span for own_spans in spans for span in own_spans]
        vector = np.where(is_dense, dense.vectors[np.minimum(at, len(dense.keys) - 1)], rows)
        start, end = np.array(stretches, dtype=np.int64).reshape(-1, 2)[vector].T
        label, match_features, start, end = _lexical_columns(keys, named, self, start, end)
        in_common = shared.columns(units[rows] * len(self.index.concepts) + concepts)
        features = np.column_stack([
            best[:, 0], own, best[:, 1], top[rows] - own, best[:, 2], vector >= len(whole), is_dense, match_features,
            in_common, _word_counts(wordings)[rows], _stretch_words(wordings, spans)[vector],
            batch.asks[rows], self.reach[concepts], np.full(len(keys), np.log(len(self.index.concepts))),
        ])  # fmt: skip
        assert features.shape[1] == len(FEATURES)
        start, end = _original(wordings, rows, start, end)
        outright = np.zeros(len(keys), dtype=bool)
        outright[np.searchsorted(keys, [key for key, match in named.items() if match.words >= CLEAR_WORDS])] = True
        outright |= (label >= 0) & (features[:, FEATURES.index("dice")] >= BARE_LABEL)
        near = (label >= 0) | (best[:, 0] >= LEAST_COSINE)
        linkable, if_sure = (batch.enough[rows] | outright) & near, batch.hardly[rows] & (label >= 0)
        return Candidates(rows, concepts, features, start, end, label, is_dense, linkable, if_sure)


def _log_odds(p: Floats) -> Floats:
    inner = np.clip(p, 1e-4, 1 - 1e-4)
    return np.asarray(np.clip(np.log(inner / (1 - inner)), -MAX_LOGIT, MAX_LOGIT), dtype=np.float64)


def _some(chosen: npt.NDArray[np.bool_]) -> Integers:
    """The rows that are chosen, the first where none is: a batch of nothing would be a case of its own everywhere."""
    return np.flatnonzero(chosen) if chosen.any() else np.zeros(1, dtype=np.int64)


@dataclass(frozen=True)
class _Batch:
    """Units that are looked at closely, and the vectors of their stretches, unit by unit."""

    wordings: Sequence[Wording]
    matches: Sequence[Sequence[LabelMatch]]
    spans: Sequence[Sequence[tuple[int, int]]]
    whole: Vectors
    parts: Vectors
    asks: Floats
    enough: npt.NDArray[np.bool_]
    hardly: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Dense:
    """Sorted keys (unit x skill), the vector that lies nearest, and its cosine, gap and crowding."""

    keys: Integers
    vectors: Integers
    cosines: Floats


@dataclass(frozen=True)
class _Shared:
    """What units share with labels, language by language; keys are unit x concepts + concept."""

    overlaps: Sequence[Overlaps]

    @cached_property
    def clear(self) -> Integers:
        """Keys of which so much of a label stands in the unit that its concept is a candidate."""
        return np.concatenate([each.covering(CLEAR_OVERLAP) for each in self.overlaps])

    @cached_property
    def alike(self) -> Integers:
        """Keys of which a label makes up nearly all of the unit."""
        return np.concatenate([each.alike(BARE_LABEL) for each in self.overlaps])

    def columns(self, keys: Integers) -> Floats:
        """The overlap and the dice (keys, 2) of distinct, rising keys: no unit is of two languages."""
        return np.asarray(sum(np.column_stack(each.at(keys)) for each in self.overlaps), dtype=np.float64)


def _renumbered(keys: Integers, units: Integers, concepts: int) -> Integers:
    """Those keys that are of some of the units, which rise, as keys of their places among these."""
    unit, concept = np.divmod(keys, concepts)
    place = np.searchsorted(units, unit)
    kept = units[np.minimum(place, len(units) - 1)] == unit
    renumbered: Integers = (place * concepts + concept)[kept]
    return renumbered


def _lexical_columns(
    keys: Integers,
    named: dict[int, LabelMatch],
    searches: Searches,
    start: Integers,
    end: Integers,
) -> tuple[Integers, Floats, Integers, Integers]:
    """Label rows, the features of label matches, and the stretches, narrowed to the label where one stands there."""
    label = np.full(len(keys), -1, dtype=np.int64)
    features = np.zeros((len(keys), 7))
    start, end = start.copy(), end.copy()
    places = np.searchsorted(keys, np.fromiter(named, np.int64, len(named)))
    for place, match in zip(places.tolist(), named.values(), strict=True):
        label[place], start[place], end[place] = match.row, match.start, match.end
        features[place] = (
            match.words == 1, match.words > 1, match.exact, searches.preferred[match.row], searches.hidden[match.row],
            match.commonness, np.log(match.sharers),
        )  # fmt: skip
    return label, features, start, end


def _word_counts(wordings: Sequence[Wording]) -> Floats:
    return np.log([max(len(w.text.split()), 1) for w in wordings])


def _stretch_words(wordings: Sequence[Wording], spans: Sequence[Sequence[tuple[int, int]]]) -> Floats:
    """log(words) of what each vector stands for: the units, then their stretches."""
    wholes = [w.text.count(" ") for w in wordings]
    parts = [w.text.count(" ", *span) for w, own in zip(wordings, spans, strict=True) for span in own]
    return np.asarray(np.log1p(np.array(wholes + parts)), dtype=np.float64)


def _original(wordings: Sequence[Wording], rows: Integers, start: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Stretches of the plain wording as stretches of the units' own texts."""
    changed = np.array([bool(len(w.starts)) for w in wordings])
    start, end = start.copy(), end.copy()
    for i in np.flatnonzero(changed[rows]).tolist():
        start[i], end[i] = wordings[rows[i]].original(int(start[i]), int(end[i]))
    return start, end


def load_searches(
    labels: pa.Table,
    index: ConceptIndex,
    reach: dict[str, float],
    relevance: RelevanceFilter,
    words: Mapping[Language, LabelWords] | None = None,
) -> Searches:
    """The searches over the labels of one taxonomy.

    Args:
        labels: as `searched_labels` gives them.
        index: a vector per concept.
        reach: concept -> how common it is among occupations, 0 to 1.
        relevance: the filter fitted for the encoder.
        words: those of the labels in each language, where they are known already.
    """
    row_of = {concept: i for i, concept in enumerate(index.concepts)}
    owners = np.array([row_of[c] for c in labels["concept_id"].to_pylist()], dtype=np.int64)
    matchers = {each: LabelMatcher(labels, each, words[each] if words else None) for each in LANGUAGES}
    overlaps = {language: OverlapIndex(m.words, owners[m.words.rows]) for language, m in matchers.items()}
    common = np.array([reach.get(concept, 0.0) for concept in index.concepts])
    preferred, hidden = (np.array(labels[name].to_pylist(), dtype=bool) for name in ("preferred", "hidden"))
    return Searches(index, matchers, overlaps, owners, preferred, hidden, common, relevance)
