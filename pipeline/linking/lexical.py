"""Labels found in text word by word, whatever their inflection, accents and function words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import Stemmer

from pipeline.arrays import distinct
from pipeline.ingest import Language

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

TOKEN = re.compile(r"\w+(?:[+#]+(?!\w)|(?:[.]\w+)+)?", re.UNICODE)
STEMMER_NAMES: dict[str, str] = {"en": "english", "fr": "french"}
# Function words carry no meaning of a label: "operate a forklift" and "operate forklifts" are one.
STOP_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        [
            "a",
            "an",
            "and",
            "as",
            "at",
            "be",
            "by",
            "for",
            "from",
            "in",
            "into",
            "is",
            "of",
            "on",
            "or",
            "the",
            "their",
            "to",
            "with",
            "within",
            "your",
            "our",
            "its",
            "such",
            "this",
            "that",
        ]
    ),
    "fr": frozenset(
        [
            "a",
            "à",
            "au",
            "aux",
            "avec",
            "ce",
            "ces",
            "d",
            "dans",
            "de",
            "des",
            "du",
            "en",
            "et",
            "l",
            "la",
            "le",
            "les",
            "leur",
            "leurs",
            "n",
            "ou",
            "par",
            "pour",
            "que",
            "qu",
            "s",
            "sa",
            "se",
            "ses",
            "son",
            "sur",
            "un",
            "une",
            "vos",
            "votre",
            "y",
        ]
    ),
}
# "Java (computer programming)": the qualifier tells labels apart, texts leave it out.
QUALIFIER = re.compile(r"\s*\([^()]*\)\s*$")
MAX_ACRONYM = 5
UNKNOWN = -1
COMMONNESS_DECIMALS = 9  # another processor's logarithm may differ in its last bits


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """A label found in a text.

    `row` is the label's row in the label table; `start` and `end` count characters of the text; `words` counts the
    label's content words; `exact` says that the text has the label's very letters (case and spacing aside);
    `commonness` is the mean over its words of log(labels with that word): 0 for words that no other label has;
    `sharers` counts the labels that the same words match.
    """

    row: int
    start: int
    end: int
    words: int
    exact: bool
    commonness: float
    sharers: int


@lru_cache(maxsize=2)
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(STEMMER_NAMES[language])


@lru_cache(maxsize=200_000)
def _stem(word: str, language: str) -> str:
    """A word without inflection and accents; empty for a function word."""
    lower = _singular(word).lower()
    if lower in STOP_WORDS[language]:
        return ""
    # Before stemming too: a stemmer knows "sécurité" and not the "SECURITE" of a title in capitals.
    return _without_accents(_stemmer(language).stemWord(_without_accents(lower)))


def _without_accents(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _singular(word: str) -> str:
    """PLCs -> PLC: stemmers leave the plural of an acronym as it is."""
    return word[:-1] if len(word) > 2 and word[-1] == "s" and word[:-1].isupper() else word


def stems(text: str, language: Language) -> list[tuple[str, int, int]]:
    """The content words of a text as (stem, start, end)."""
    return [(stem, *m.span()) for m in TOKEN.finditer(text) if (stem := _stem(m[0], language))]


@lru_cache(maxsize=100_000)
def _without_qualifier(label: str) -> tuple[str, str]:
    """A label as texts say it, and the same without regard to case."""
    plain = QUALIFIER.sub("", label)
    return plain, plain.casefold()


def _is_acronym(label: str) -> bool:
    return label.isupper() and len(label) <= MAX_ACRONYM


def _holds_acronym(text: str, span: tuple[int, int], label: str) -> bool:
    """Whether the acronym itself, or its plural, stands where its words were found (.NET, AS/RS, PLCs)."""
    around = text[max(0, span[0] - len(label)) : span[1] + len(label)]
    return re.search(rf"(?<!\w){re.escape(label)}s?(?!\w)", around) is not None


@dataclass(frozen=True)
class LabelWords:
    """The stems of labels as numbers.

    Attributes:
        words: the distinct stems, sorted; the code of a stem is its place here.
        rows: for each label its row in the label table, rising.
        codes: the codes of the stems of all labels, label by label in the order of their words.
        ends: where each label's codes end, with a 0 before.
    """

    words: list[str]
    rows: Integers
    codes: Integers
    ends: Integers

    @classmethod
    def of(cls, rows: Sequence[int], stems_of: pa.ListArray) -> LabelWords:
        """Numbers the stems of labels, of which those without any are left out.

        Args:
            rows: for each label its row in the label table, rising.
            stems_of: for each label its stems, none of them null.
        """
        flat = stems_of.flatten().dictionary_encode()
        order = pc.sort_indices(flat.dictionary).to_numpy()
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        counts = pc.list_value_length(stems_of).to_numpy()
        ends = np.concatenate([[0], np.cumsum(counts[counts > 0], dtype=np.int64)])
        known = np.array(rows, dtype=np.int64)[counts > 0]
        return cls(flat.dictionary.take(order).to_pylist(), known, place[flat.indices.to_numpy()], ends)

    @cached_property
    def distinct(self) -> tuple[Integers, Integers]:
        """The codes of each label, each once and rising, and where each label's end, with a 0 before."""
        owners = np.repeat(np.arange(len(self.rows)), np.diff(self.ends))
        cells = distinct(owners * max(len(self.words), 1) + self.codes)
        owners, codes = np.divmod(cells, max(len(self.words), 1))
        return codes, np.searchsorted(owners, np.arange(len(self.rows) + 1))

    @cached_property
    def counts(self) -> Integers:
        """For each stem how many labels have it."""
        return np.bincount(self.distinct[0], minlength=len(self.words))

    @cached_property
    def commonness(self) -> Floats:
        """For each label the mean over its words of log(labels with that word)."""
        logs = np.log(np.maximum(self.counts, 1))[self.codes]
        sums = np.add.reduceat(logs, self.ends[:-1]) if len(self.rows) else np.empty(0)
        return np.asarray(np.round(sums / np.diff(self.ends), COMMONNESS_DECIMALS), dtype=np.float64)


class LabelMatcher:
    """Finds all labels of one language in a text, along a tree of their stems.

    Args:
        labels: Arrow table with concept_id, language, label, preferred.
        language: the language of the texts. A concept without a label in it is looked for by its English ones.
        words: what `label_words` gives for them, where that is known already.
    """

    def __init__(self, labels: pa.Table, language: Language, words: LabelWords | None = None) -> None:
        self._language = language
        self._texts: list[str] = labels["label"].to_pylist()
        self.words = label_words(labels, language) if words is None else words
        self._codes = {stem: code for code, stem in enumerate(self.words.words)}
        branches, ends = _tree(self.words)
        self._branches = dict(zip(branches.tolist(), range(1, len(branches) + 1), strict=True))
        self._labels = np.argsort(ends, kind="stable").tolist()
        self._starts = np.searchsorted(np.sort(ends), np.arange(len(branches) + 2)).tolist()
        self._commonness = self.words.commonness.tolist()

    def find(self, text: str, tokens: list[tuple[str, int, int]] | None = None) -> list[LabelMatch]:
        """The labels in a text, those inside a longer match left out; in the order of the text, then of the labels.

        Args:
            text: in the matcher's language.
            tokens: what `stems` gives for it, where that is known already.
        """
        tokens = stems(text, self._language) if tokens is None else tokens
        spans = self._spans([self._codes.get(stem, UNKNOWN) for stem, _, _ in tokens])
        matches = (
            self._match(text, label, (tokens[first][1], tokens[last][2]), last - first + 1, len(labels))
            for first, last, labels in spans
            for label in labels
        )
        return sorted((m for m in matches if m), key=lambda m: (m.start, m.end, m.row))

    def _spans(self, codes: list[int]) -> Iterator[tuple[int, int, list[int]]]:
        """(first word, last word, labels) of what stands in a text, and not within more; labels as places in `rows`."""
        width, branches, starts = len(self.words.words), self._branches, self._starts
        reach = -1  # the last word of what began further in front
        for first in range(len(codes)):
            node, longest, its_end = 0, 0, -1
            for last in range(first, len(codes)):
                node = branches.get(node * width + codes[last], 0) if codes[last] != UNKNOWN else 0
                if not node:
                    break
                if starts[node] < starts[node + 1]:
                    longest, its_end = node, last
            if its_end > reach:
                reach = its_end
                yield first, its_end, self._labels[starts[longest] : starts[longest + 1]]

    def _match(self, text: str, place: int, span: tuple[int, int], words: int, sharers: int) -> LabelMatch | None:
        row = int(self.words.rows[place])
        label, folded = _without_qualifier(self._texts[row])
        surface = text[slice(*span)]
        if _is_acronym(label) and not _holds_acronym(text, span, label):
            return None
        if words == 1 and len(surface) < 2:
            return None
        exact = surface.casefold() == folded
        return LabelMatch(row, *span, words, exact, self._commonness[place], sharers)


def _tree(words: LabelWords) -> tuple[Integers, Integers]:
    """The tree of the beginnings of labels, whose root is node 0.

    Returns:
        For each other node, in their order, its parent x distinct stems + the code of the stem that leads to it, which
        rises; and for each label the node at which it ends.
    """
    lengths, width = np.diff(words.ends), len(words.words)
    nodes = np.zeros(len(lengths), dtype=np.int64)
    branches: list[Integers] = [np.empty(0, dtype=np.int64)]
    count = 1
    for depth in range(int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > depth)
        steps = nodes[longer] * width + words.codes[words.ends[longer] + depth]
        level, place = np.unique(steps, return_inverse=True)
        nodes[longer] = count + place
        branches.append(level)
        count += len(level)
    return np.concatenate(branches), nodes


def label_words(labels: pa.Table, language: Language) -> LabelWords:
    """The stems of every label that texts of a language are searched for.

    Args:
        labels: as `LabelMatcher` takes them.
        language: of the texts.
    """
    return LabelWords.of(range(labels.num_rows), pa.array(label_stems(labels, language), pa.list_(pa.string())))


def label_stems(labels: pa.Table, language: Language) -> Iterator[list[str]]:
    """For each label its stems; none for one that texts of this language are not searched for."""
    languages = labels["language"].to_pylist()
    concepts = labels["concept_id"].to_pylist()
    texts = labels["label"].to_pylist()
    named = {c for c, lang in zip(concepts, languages, strict=True) if lang == language}
    for concept, lang, label in zip(concepts, languages, texts, strict=True):
        searched = lang == language or concept not in named
        yield [stem for stem, _, _ in stems(QUALIFIER.sub("", label), language)] if searched else []
