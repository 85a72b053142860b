"""Whether a unit of text asks for or teaches a skill at all: a logistic model over its words and its vector.

A linker finds something near every text, so benefits, company blurbs, wages and course logistics need a judge of their
own. `boilerplate.py` drops what is certain by its words alone; this weighs the rest. The weights lie beside this module
in `relevance.npz`; `training/fit_relevance.py` fits them for the encoder that the settings name and says on what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.embeddings.encoder import Vectors
from pipeline.ingest import Language

Floats = npt.NDArray[np.float64]
WEIGHTS_FILE = Path(__file__).with_name("relevance.npz")
PROBABILITY_DECIMALS = 4
STEM = 6  # letters of a word that count: endings say little here, in French less than in English

# Cues too weak to decide alone; each is one feature. They match both languages, since loan words cross over.
CUES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "money": r"[$€£]|\b(?:euros?|cad|dollars?|salar\w+|salaires?|wages?|r[ée]mun[ée]r\w+|primes?|bonus(?:es)?|paid|"
        r"pay[ée]e?s?|brut|smic|commissions?|tuition|frais|fees?)\b",
        "clock": r"\b\d{1,2} ?(?:h|:)(?: ?\d\d)?\b|\b[235]x[78]\b|\b(?:a|p)\.?m\.?(?:\b|$)",
        "schedule": r"\b(?:shifts?|full[- ]time|part[- ]time|weekends?|week-ends?|fins? de semaine|evenings?|overtime|"
        r"hours? (?:per|a) week|hourly|temps (?:plein|partiel)|horaires?|quarts?|cdi|cdd|int[ée]rim|permanent|seasonal|"
        r"saisonni\w+|contract|contrat|temporary|temporaire|nuits?|nights?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
        r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b",
        "date": r"\b(?:19|20)\d\d\b|\b(?:january|february|april|june|july|august|september|october|november|december|"
        r"janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre)\b|"
        r"\b(?:weeks?|months?|semaines?|mois)\b|d[èe]s que possible|immediate|imm[ée]diat",
        "contact": r"@|https?:|www\.|\b(?:e-?mail|courriel|t[ée]l[ée]phone[rz]|phone|fax|apply|applications?|"
        r"applicants?|candidats?|candidatures?|candidates?|cv|resumes?|r[ée]sum[ée]s?|interviews?|entrevues?|entretiens?|"
        r"postul\w+|recruit\w*|recrut\w*|posting|offre|poste|position)\b",
        "benefit": r"\b(?:benefits?|avantages?|perks?|discounts?|rabais|vacations?|holidays?|cong[ée]s|vacances|"
        r"parking|stationnement|insurance|coverage|assurances?|mutuelle|pension|retraite|free|gratuit\w*|rembours\w+|"
        r"reimburs\w+|allowances?|offert\w*|offers?|offrons|enjoy|profite[rz]|b[ée]n[ée]fici\w+|fourni\w*|provided)\b",
        "employer": r"\b(?:we|our|us|company|companies|organi[sz]ations?|firm|group|founded|leaders?|nous|notre|nos|"
        r"entreprises?|soci[ée]t[ée]s?|groupe|clients? (?:est|recherche|recrute)|fond[ée]e|cr[ée][ée]e|depuis|since|"
        r"rejoi\w+|join|team of|int[ée]gre[rz])\b",
        "law": r"\b(?:equal|equity|diversity|disabilit\w+|discriminat\w+|[ée]quit[ée]|diversit[ée]|handicap\w*|"
        r"background check|record check|casier|antécédents|legally|privacy|confidentialit[ée]|union\w*|syndi\w+|"
        r"convention collective|citizens?|citoyens?|years of age|[âa]g[ée]e?s?)\b",
        "course": r"\b(?:courses?|cours|learners?|students?|[ée]tudiants?|register|registration|enrol\w*|inscri\w+|"
        r"certificates?|attestations?|credits?|cr[ée]dits?|modules?|lessons?|le[çc]ons?|instructors?|professors?|"
        r"professeure?s?|prerequisites?|pr[ée]alables?|sessions?|online|en ligne|exam\w*|program|programme)\b",
        "teach": r"\b(?:learn(?!ers?\b)\w*|teach\w*|you will be able|will be able to|introduction|introduces?|basics|"
        r"fundamentals|understand\w*|explor\w+|topics|appren\w+|saurez|capables? de|ma[iî]tris\w+|comprendre|bases|"
        r"d[ée]couvrir|notions|initiation|fondements)\b",
        "need": r"\b(?:experience (?:in|with|as)|knowledge|abilit(?:y|ies)|able|skills?|proficien\w+|familiar\w*|"
        r"understanding|fluen\w+|strong|excellent|licen[cs]e|certifi(?:ed|cation)|exp[ée]riences? (?:en|de|dans|comme)|"
        r"connaissances?|capacit[ée]s?|capable|ma[iî]trise|aisance|sens d[eu]|esprit|rigu\w+|autonom\w+|permis|caces|"
        r"habilitations?|comp[ée]tences?|savoir)\b",
        "task": r"^\W*(?:\w+(?<!i)er|\w+(?:fier|dier|ir)|vendre|mettre|prendre|rendre|r[ée]pondre|[ée]crire|lire|"
        r"conduire|construire|tenir|faire|\w+ing|prepare|manage|develop|maintain|operate|assist|ensure|provide|perform|"
        r"plan|design|install|repair|clean|support|monitor|coordinate|supervise|train|conduct|analy[sz]e|use|help|build|"
        r"write|create|apply|make|keep|handle|inspect|test|order|answer|lead|deliver|serve|assemble|load)\b",
        "charge": r"\b(?:responsible|in charge|duties|tasks|t[âa]ches|missions?|responsable d|charg[ée]e? d|en charge|"
        r"vous (?!serez bas|b[ée]n|recevr|aurez acc)\w+(?:ez|rez)|you will (?!receive|be covered|have access)|role)\b",
        "tenure": r"\b\d+ (?:years?|ans?|ann[ée]es?)\b|\b(?:dipl[ôo]m\w*|diploma|degree|bac ?\+? ?\d?|high school|"
        r"post-?secondary)\b",
    }.items()
}
SURFACE = (*CUES, "digits", "log_words", "one_or_two_words", "question", "exclamation", "colon", "capitals", "french")


WORD = re.compile(r"[^\W\d_]+|\d+|[$€%?!:@+#]")


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

    def logit(self, vector: Floats) -> float:
        """What one vector adds to the logit of its unit."""
        alike = self.likeness * likenesses(vector, self.examples, self.width)
        return float((self.weights * vector).sum() + alike.sum())


@dataclass(frozen=True)
class RelevanceFilter:
    """Judges units. Build it with `load`.

    Attributes:
        words: weighs what can be read.
        vectors: weighs the vectors; None where the weights at hand were fitted for another encoder.
        threshold: a unit below this probability asks for nothing; chosen when the model was fitted.
    """

    words: WordModel
    vectors: VectorModel | None
    threshold: float

    @classmethod
    def load(cls, encoder_fingerprint: str, path: Path = WEIGHTS_FILE) -> RelevanceFilter:
        """The filter for an encoder; one that looks at the words only if no weights were fitted for that encoder.

        Args:
            encoder_fingerprint: `Encoder.fingerprint` of the encoder whose vectors will be judged.
            path: the weights, as `training/fit_relevance.py` writes them.
        """
        with np.load(path, allow_pickle=False) as file:
            own = str(file["encoder"]) == encoder_fingerprint
            model = "full" if own else "words"
            words = WordModel(
                surface=file[f"{model}_surface"].astype(np.float64),
                grams=dict(zip(file[f"{model}_grams"].tolist(), file[f"{model}_gram_weights"].tolist(), strict=True)),
                intercept=float(file[f"{model}_intercept"]),
            )
            vectors = None
            if own:
                vectors = VectorModel(
                    weights=file["full_vector"].astype(np.float64),
                    examples=file["full_examples"].astype(np.float64) * float(file["full_example_step"]),
                    likeness=file["full_likeness"].astype(np.float64),
                    width=float(file["full_width"]),
                )
            return cls(words, vectors, float(file[f"{model}_threshold"]))

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
        logits = self.words.intercept + (surface_features(texts, languages) * self.words.surface).sum(axis=1)
        rows = np.ascontiguousarray(vectors, dtype=np.float64)
        # One unit after the other: a product of matrices may add up in another order when other rows stand beside one.
        for i, text in enumerate(texts):
            for gram, share in word_grams(text).items():
                logits[i] += share * self.words.grams.get(gram, 0.0)
            if self.vectors is not None:
                logits[i] += self.vectors.logit(rows[i])
        return np.asarray(np.round(1.0 / (1.0 + np.exp(-logits)), PROBABILITY_DECIMALS), dtype=np.float64)

    def asks(self, texts: Sequence[str], languages: Sequence[Language], vectors: Vectors) -> npt.NDArray[np.bool_]:
        """Whether each unit asks for or teaches a skill: arguments as `probability`, a result (n,)."""
        return self.probability(texts, languages, vectors) >= self.threshold


def likenesses(vector: Floats, examples: Floats, width: float) -> Floats:
    """Likeness (examples,), from 0 to 1, of a unit vector (dimensions,) to others (examples, dimensions)."""
    return np.asarray(np.exp(-2.0 * width * (1.0 - examples @ vector)), dtype=np.float64)


def word_grams(text: str) -> dict[str, float]:
    """The shortened words and pairs of words of a unit, sorted, each with its share: one by the root of how many."""
    words = ["0" if word[0].isdigit() else word[:STEM] for word in WORD.findall(text.replace("’", "'").lower())]
    pairs = [f"{left} {right}" for left, right in zip(["^", *words], words, strict=False)]
    grams = sorted({*words, *pairs})
    return {gram: len(grams) ** -0.5 for gram in grams}


def surface_features(texts: Sequence[str], languages: Sequence[Language]) -> Floats:
    """What can be read off units without understanding them: an array (n, len(SURFACE)) with values from 0 to 1."""
    rows = [_features(text.replace("’", "'"), language) for text, language in zip(texts, languages, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(SURFACE))


def _features(text: str, language: Language) -> list[float]:
    length = max(len(text), 1)
    words = len(text.split())
    letters = max(sum(c.isalpha() for c in text), 1)
    return [
        *(float(cue.search(text) is not None) for cue in CUES.values()),
        sum(c.isdigit() for c in text) / length,
        min(float(np.log1p(words)) / 4.0, 1.0),
        float(words <= 2),
        float("?" in text),
        float("!" in text),
        float(text.rstrip().endswith(":")),
        sum(c.isupper() for c in text) / letters,
        float(language == "fr"),
    ]
