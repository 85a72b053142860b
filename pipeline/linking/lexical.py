"""Labels found in text word by word, whatever their inflection, accents and function words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import log

import ahocorasick
import pyarrow as pa
import Stemmer

from pipeline.ingest import Language

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
UNKNOWN = 0


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


def _is_acronym(label: str) -> bool:
    return label.isupper() and len(label) <= MAX_ACRONYM


def _holds_acronym(text: str, span: tuple[int, int], label: str) -> bool:
    """Whether the acronym itself, or its plural, stands where its words were found (.NET, AS/RS, PLCs)."""
    around = text[max(0, span[0] - len(label)) : span[1] + len(label)]
    return re.search(rf"(?<!\w){re.escape(label)}s?(?!\w)", around) is not None


class LabelMatcher:
    """Finds all labels of one language in a text in one pass (Aho & Corasick, 1975, over stems).

    Args:
        labels: Arrow table with concept_id, language, label, preferred.
        language: the language of the texts. A concept without a label in it is looked for by its English ones.

    Attributes:
        sequences: row of each label looked for -> its stems.
    """

    def __init__(self, labels: pa.Table, language: Language) -> None:
        self._language = language
        self._ids: dict[str, int] = {}
        self._surface: dict[int, str] = {}
        sequences = dict(_label_stems(labels, language))
        counts = Counter(stem for sequence in sequences.values() for stem in set(sequence))
        self.sequences = sequences
        by_key: dict[tuple[int, ...], list[int]] = {}
        self._commonness: dict[int, float] = {}
        texts = labels["label"].to_pylist()
        for row, sequence in sequences.items():
            key = tuple(self._ids.setdefault(stem, len(self._ids) + 1) for stem in sequence)
            by_key.setdefault(key, []).append(row)
            self._surface[row] = QUALIFIER.sub("", texts[row])
            self._commonness[row] = sum(log(counts[stem]) for stem in sequence) / len(sequence)
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_ANY, ahocorasick.KEY_SEQUENCE)
        for key, rows in by_key.items():
            self._automaton.add_word(key, (len(key), tuple(rows)))
        self._empty = not by_key
        if not self._empty:
            self._automaton.make_automaton()

    def find(self, text: str, tokens: list[tuple[str, int, int]] | None = None) -> list[LabelMatch]:
        """The labels in a text, those inside a longer match left out; in the order of the text, then of the labels.

        Args:
            text: in the matcher's language.
            tokens: what `stems` gives for it, where that is known already.
        """
        tokens = stems(text, self._language) if tokens is None else tokens
        if self._empty or not tokens:
            return []
        sequence = tuple(self._ids.get(stem, UNKNOWN) for stem, _, _ in tokens)
        spans = [(end - words + 1, end, rows) for end, (words, rows) in self._automaton.iter(sequence)]
        spans = [s for s in spans if not any(_inside(s, other) for other in spans)]
        matches = (
            self._match(text, row, (tokens[first][1], tokens[last][2]), last - first + 1, len(rows))
            for first, last, rows in spans
            for row in rows
        )
        return sorted((m for m in matches if m), key=lambda m: (m.start, m.end, m.row))

    def _match(self, text: str, row: int, span: tuple[int, int], words: int, sharers: int) -> LabelMatch | None:
        label = self._surface[row]
        surface = text[slice(*span)]
        if _is_acronym(label) and not _holds_acronym(text, span, label):
            return None
        if words == 1 and len(surface) < 2:
            return None
        exact = surface.casefold() == label.casefold()
        return LabelMatch(row, *span, words, exact, self._commonness[row], sharers)


def _inside(span: tuple[int, int, object], other: tuple[int, int, object]) -> bool:
    return other[0] <= span[0] and span[1] <= other[1] and (other[1] - other[0]) > (span[1] - span[0])


def _label_stems(labels: pa.Table, language: Language) -> Iterator[tuple[int, list[str]]]:
    """(row, stems) of every label that texts of this language are searched for."""
    languages = labels["language"].to_pylist()
    concepts = labels["concept_id"].to_pylist()
    texts = labels["label"].to_pylist()
    named = {c for c, lang in zip(concepts, languages, strict=True) if lang == language}
    for row, (concept, lang, label) in enumerate(zip(concepts, languages, texts, strict=True)):
        if lang == language or concept not in named:
            sequence = [stem for stem, _, _ in stems(QUALIFIER.sub("", label), language)]
            if sequence:
                yield row, sequence
