"""Whether a unit of text asks for or teaches a skill at all: a logistic model over its words and its vector.

A linker finds something near every text, so benefits, company blurbs, wages and course logistics need a judge of their
own. `boilerplate.py` drops what is certain by its words alone; this weighs the rest. The weights lie beside this module
in `relevance.npz`; `training/fit_relevance.py` fits them for the encoder that the settings name and says on what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum, log1p
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits

import numpy as np
import numpy.typing as npt

from pipeline.embeddings.encoder import Vectors
from pipeline.ingest import Language

Floats = npt.NDArray[np.float64]
WEIGHTS_FILE = Path(__file__).with_name("relevance.npz")
PROBABILITY_DECIMALS = 4
# Rows of the matrix product: a fixed shape makes a unit's judgement independent of the units beside it.
VECTORS_PER_BLOCK = 128
STEM = 6  # letters of a word that count: endings say little here, in French less than in English

# Cues too weak to decide alone; each is one feature. They match both languages, since loan words cross over. A word cue
# is a regular expression of whole words in small letters, asked once for each distinct word.
WORD_CUES: dict[str, str] = {
    "money": r"[$€£]|euros?|cad|dollars?|salar\w+|salaires?|wages?|r[ée]mun[ée]r\w+|primes?|bonus(?:es)?|paid|"
    r"pay[ée]e?s?|brut|smic|commissions?|tuition|frais|fees?",
    "clock": "",
    "schedule": r"shifts?|weekends?|evenings?|overtime|hourly|horaires?|quarts?|cdi|cdd|int[ée]rim|permanent|seasonal|"
    r"saisonni\w+|contract|contrat|temporary|temporaire|nuits?|nights?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "date": r"(?:19|20)\d\d|january|february|april|june|july|august|september|october|november|december|janvier|"
    r"f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre|weeks?|months?|semaines?|"
    r"mois|immediate\w*|imm[ée]diat\w*",
    "contact": r"@|https?|www|email|mail|courriel|t[ée]l[ée]phone[rz]?|phone|fax|apply|applications?|applicants?|"
    r"candidats?|candidatures?|candidates?|cv|resumes?|r[ée]sum[ée]s?|interviews?|entrevues?|entretiens?|postul\w+|"
    r"recruit\w*|recrut\w*|posting|offre|poste|position",
    "benefit": r"benefits?|avantages?|perks?|discounts?|rabais|vacations?|holidays?|cong[ée]s|vacances|parking|"
    r"stationnement|insurance|coverage|assurances?|mutuelle|pension|retraite|free|gratuit\w*|rembours\w+|reimburs\w+|"
    r"allowances?|offert\w*|offers?|offrons|enjoy|profite[rz]|b[ée]n[ée]fici\w+|fourni\w*|provided",
    "employer": r"we|our|us|company|companies|organi[sz]ations?|firm|group|founded|leaders?|nous|notre|nos|"
    r"entreprises?|soci[ée]t[ée]s?|groupe|fond[ée]e|cr[ée][ée]e|depuis|since|rejoi\w+|join|int[ée]gre[rz]",
    "law": r"equal|equity|diversity|disabilit\w+|discriminat\w+|[ée]quit[ée]|diversit[ée]|handicap\w*|casier|"
    r"antécédents|legally|privacy|confidentialit[ée]|union\w*|syndi\w+|citizens?|citoyens?|[âa]g[ée]e?s?",
    "course": r"courses?|cours|learners?|students?|[ée]tudiants?|register|registration|enrol\w*|inscri\w+|"
    r"certificates?|attestations?|credits?|cr[ée]dits?|modules?|lessons?|le[çc]ons?|instructors?|professors?|"
    r"professeure?s?|prerequisites?|pr[ée]alables?|sessions?|online|exam\w*|program|programme",
    "teach": r"learn(?!ers?$)\w*|teach\w*|introduction|introduces?|basics|fundamentals|understand\w*|explor\w+|topics|"
    r"appren\w+|saurez|ma[iî]tris\w+|comprendre|bases|d[ée]couvrir|notions|initiation|fondements",
    "need": r"knowledge|abilit(?:y|ies)|able|skills?|proficien\w+|familiar\w*|understanding|fluen\w+|strong|excellent|"
    r"licen[cs]e|certifi(?:ed|cation)|connaissances?|capacit[ée]s?|capable|ma[iî]trise|aisance|esprit|rigu\w+|"
    r"autonom\w+|permis|caces|habilitations?|comp[ée]tences?|savoir",
    "charge": r"responsible|duties|tasks|t[âa]ches|missions?|charg[ée]e?|role",
    "tenure": r"dipl[ôo]m\w*|diploma|degree|bac|postsecondary",
}
# Two words that are a cue together, "0" for a number; signs and hyphens part words.
PHRASE_CUES: dict[str, str] = {
    "clock": "0 h|0 :|0 x|a m|p m",
    "schedule": "full time|part time|week end|week ends|per week|temps plein|temps partiel",
    "date": "dès que",
    "contact": "e mail",
    "employer": "team of|client est|client recherche|client recrute",
    "law": "background check|record check|convention collective",
    "course": "en ligne",
    "teach": "be able|capable de|capables de",
    "need": "experience in|experience with|experience as|expérience en|expérience de|expérience dans|expérience comme|"
    "sens de|sens du",
    "charge": "in charge|en charge|responsable de|responsable d|responsable du|you will",
    "tenure": "0 year|0 years|0 an|0 ans|0 année|0 années|bac +|high school|post secondary",
}
TASK = re.compile(
    r"^\W*(?:\w+(?<!i)er|\w+(?:fier|dier|ir)|vendre|mettre|prendre|rendre|r[ée]pondre|[ée]crire|lire|"
    r"conduire|construire|tenir|faire|\w+ing|prepare|manage|develop|maintain|operate|assist|ensure|provide|perform|"
    r"plan|design|install|repair|clean|support|monitor|coordinate|supervise|train|conduct|analy[sz]e|use|help|build|"
    r"write|create|apply|make|keep|handle|inspect|test|order|answer|lead|deliver|serve|assemble|load)\b"
)
SURFACE = (
    *WORD_CUES, "task", "digits", "log_words", "one_or_two_words", "question", "exclamation", "colon", "capitals",
    "french",
)  # fmt: skip
WORD = re.compile(r"[^\W\d_]+|\d+|[$€£%?!:@+#]")


@dataclass(frozen=True)
class WordModel:
    """The part of the judgement that needs no encoder.

    Attributes:
        surface: weights of the `SURFACE` features.
        grams: weights of `word_grams`; one that is not listed weighs nothing.
        intercept: the constant.
    """

    surface: Floats
    grams: Mapping[str, float]
    intercept: float

    def logits(self, words: UnitWords) -> Floats:
        """What the words of each of n units say: (n,)."""
        weight = self.grams.get
        # An exact sum, since a set has no order that could be relied upon; what has no weight adds nothing to it.
        sums = [fsum(filter(None, map(weight, grams))) * max(len(grams), 1) ** -0.5 for grams in words.grams]
        return np.asarray(self.intercept + (words.surface * self.surface).sum(axis=1) + sums, dtype=np.float64)


@dataclass(frozen=True)
class UnitWords:
    """What is read off n units, their words and their form.

    Attributes:
        grams: for each unit its shortened words and pairs of words.
        surface: an array (n, len(SURFACE)) with values from 0 to 1.
    """

    grams: Sequence[set[str]]
    surface: Floats

    def of(self, rows: npt.NDArray[np.int64]) -> UnitWords:
        """Those of some of the units."""
        return UnitWords([self.grams[row] for row in rows], self.surface[rows])


@dataclass(frozen=True)
class VectorModel:
    """The part that looks at a unit's vector: as it is, and by its likeness to units that were judged by hand.

    Attributes:
        weights: one per dimension.
        examples: vectors of the judged units (examples, dimensions).
        likeness: one weight per example.
        width: how fast likeness falls with squared distance.
    """

    weights: Floats
    examples: Floats
    likeness: Floats
    width: float

    def logits(self, vectors: Vectors) -> Floats:
        """What each vector (n, dimensions) adds to the logit of its unit: (n,)."""
        out = np.empty(len(vectors))
        rows = np.zeros((VECTORS_PER_BLOCK, len(self.weights)))
        for start in range(0, len(vectors), VECTORS_PER_BLOCK):
            some = vectors[start : start + VECTORS_PER_BLOCK]
            rows[: len(some)] = some
            alike = likenesses(rows, self.examples, self.width)
            sums = np.einsum("ne,e->n", alike, self.likeness) + np.einsum("nd,d->n", rows, self.weights)
            out[start : start + len(some)] = sums[: len(some)]
        return out


@dataclass(frozen=True)
class RelevanceFilter:
    """Judges units. Build it with `load`.

    Attributes:
        words: weighs what can be read.
        vectors: weighs the vectors; None where the weights at hand were fitted for another encoder.
        threshold: a unit below this probability asks for nothing; chosen when the model was fitted.
        alone: judges by what can be read and nothing else, before a unit has a vector.
    """

    words: WordModel
    vectors: VectorModel | None
    threshold: float
    alone: WordModel

    @classmethod
    def load(cls, encoder_fingerprint: str, path: Path = WEIGHTS_FILE) -> RelevanceFilter:
        """The filter for an encoder; one that looks at the words only if no weights were fitted for that encoder.

        Args:
            encoder_fingerprint: `Encoder.fingerprint` of the encoder whose vectors will be judged.
            path: the weights, as `training/fit_relevance.py` writes them.
        """
        with np.load(path, allow_pickle=False) as file:
            own = str(file["encoder"]) == encoder_fingerprint
            alone = _word_model(file, "words")
            if not own:
                return cls(alone, None, float(file["words_threshold"]), alone)
            vectors = VectorModel(
                weights=file["full_vector"].astype(np.float64),
                examples=file["full_examples"].astype(np.float64) * float(file["full_example_step"]),
                likeness=file["full_likeness"].astype(np.float64),
                width=float(file["full_width"]),
            )
            return cls(_word_model(file, "full"), vectors, float(file["full_threshold"]), alone)

    @property
    def uses_vectors(self) -> bool:
        """Whether the weights were fitted for the encoder in use; otherwise only the words are looked at."""
        return self.vectors is not None

    def probability(self, texts: Sequence[str], languages: Sequence[Language], vectors: Vectors) -> Floats:
        """Probability that each unit asks for or teaches a skill.

        Args:
            texts: n units, in English or French.
            languages: the language of each.
            vectors: their unit vectors (n, dimensions) by the encoder that the filter was loaded for.

        Returns:
            Probabilities (n,), rounded; each depends on its own unit only.
        """
        return self.weighed(unit_words(texts, languages), vectors)

    def weighed(self, words: UnitWords, vectors: Vectors) -> Floats:
        """As `probability`, of units whose words have been read."""
        logits = self.words.logits(words)
        if self.vectors is not None:
            logits += self.vectors.logits(vectors)
        return _probabilities(logits)

    def by_words(self, words: UnitWords) -> Floats:
        """Probability that each unit asks for or teaches a skill, by its words alone: (n,), rounded."""
        return _probabilities(self.alone.logits(words))

    def asks(self, texts: Sequence[str], languages: Sequence[Language], vectors: Vectors) -> npt.NDArray[np.bool_]:
        """Whether each unit asks for or teaches a skill: arguments as `probability`, a result (n,)."""
        return self.probability(texts, languages, vectors) >= self.threshold


def likenesses(vectors: Floats, examples: Floats, width: float) -> Floats:
    """Likenesses (n, examples), from 0 to 1, of unit vectors (n, dimensions) to others (examples, dimensions)."""
    return np.asarray(np.exp(2.0 * width * (vectors @ examples.T - 1.0)), dtype=np.float64)


def word_grams(text: str) -> dict[str, float]:
    """The shortened words and pairs of words of a unit, sorted, each with its share: one by the root of how many."""
    grams = sorted(_read(text)[0])
    return {gram: len(grams) ** -0.5 for gram in grams}


def surface_features(texts: Sequence[str], languages: Sequence[Language]) -> Floats:
    """What can be read off units without understanding them: an array (n, len(SURFACE)) with values from 0 to 1."""
    return unit_words(texts, languages).surface


def unit_words(texts: Sequence[str], languages: Sequence[Language]) -> UnitWords:
    """Reads n units, each in its language."""
    read = [_read(text) for text in texts]
    cues = np.array([seen for _, seen in read], dtype=np.int64)[:, None] >> np.arange(len(WORD_CUES)) & 1
    rows = [_features(text, language) for text, language in zip(texts, languages, strict=True)]
    form = np.array(rows).reshape(len(rows), len(SURFACE) - len(WORD_CUES))
    return UnitWords([grams for grams, _ in read], np.hstack([cues.astype(np.float64), form]))


def _probabilities(logits: Floats) -> Floats:
    return np.asarray(np.round(1.0 / (1.0 + np.exp(-logits)), PROBABILITY_DECIMALS), dtype=np.float64)


def _word_model(file: Mapping[str, npt.NDArray[np.generic]], name: str) -> WordModel:
    """One of the models of the weights' file."""
    weights = file[f"{name}_gram_weights"].astype(np.float64).tolist()
    return WordModel(
        surface=file[f"{name}_surface"].astype(np.float64),
        grams=dict(zip(file[f"{name}_grams"].tolist(), weights, strict=True)),
        intercept=float(file[f"{name}_intercept"].item()),
    )


def _read(text: str) -> tuple[set[str], int]:
    """The shortened words and pairs of words of a unit, and its cues, a bit each in the order of `WORD_CUES`."""
    grams: set[str] = set()
    seen, before = 0, "^"
    for word in WORD.findall(text.lower()):
        short, cues = _word(word)
        pair = f"{before} {short}"
        grams.add(short)
        grams.add(pair)
        seen |= cues | _PHRASES.get(pair, 0)
        before = short
    return grams, seen


@lru_cache(maxsize=100_000)
def _word(word: str) -> tuple[str, int]:
    """A word shortened, and the cues that it is by itself."""
    cues = sum(1 << i for i, pattern in enumerate(_WORDS) if pattern and pattern.fullmatch(word))
    return "0" if word[0].isdigit() else word[:STEM], cues


_WORDS = [re.compile(pattern) if pattern else None for pattern in WORD_CUES.values()]
_PHRASES: dict[str, int] = {}
for _place, _name in enumerate(WORD_CUES):
    for _phrase in PHRASE_CUES.get(_name, "").split("|"):
        _pair = " ".join(word[:STEM] for word in _phrase.split()[:2])
        _PHRASES[_pair] = _PHRASES.get(_pair, 0) | 1 << _place


def _features(text: str, language: Language) -> list[float]:
    length = max(len(text), 1)
    words = len(text.split())
    figures, letters, capitals = _counts(text)
    return [
        float(TASK.match(text.lower()) is not None),
        figures / length,
        min(log1p(words) / 4.0, 1.0),
        float(words <= 2),
        float("?" in text),
        float("!" in text),
        float(text.rstrip().endswith(":")),
        capitals / max(letters, 1),
        float(language == "fr"),
    ]


def _counts(text: str) -> tuple[int, int, int]:
    """How many digits, letters and capitals a text has: of ASCII all at once, not character by character."""
    plain = text.encode("ascii", "ignore")
    figures, capitals, small = (len(plain) - len(plain.translate(None, kind)) for kind in _KINDS)
    letters = capitals + small
    if len(plain) < len(text):
        other = _OTHER.findall(text)
        figures += sum(map(str.isdigit, other))
        letters += sum(map(str.isalpha, other))
        capitals += sum(map(str.isupper, other))
    return figures, letters, capitals


_KINDS = (digits.encode(), ascii_uppercase.encode(), ascii_lowercase.encode())
_OTHER = re.compile(r"[^\x00-\x7f]")
