"""Fits the filter that tells units which ask for or teach a skill from those that don't.

    python -m training.fit_relevance --data ../shared/data

Writes `pipeline/linking/relevance.npz`: a model over words and vectors for the encoder that the settings name, and one
over words alone for any other encoder. Fitted on `training/data/relevance.csv` (units written and judged for this
purpose), and with less weight on sentences of SkillSpan's training set, ESCO's skill labels and France Travail postings
labelled by rule. Prints the errors on units held out of the fit and on the test sample, which nothing is fitted on.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from pipeline.embeddings import Encoder, load_encoder
from pipeline.ingest import Kind, Language
from pipeline.linking.boilerplate import is_boilerplate
from pipeline.linking.relevance import (
    WEIGHTS_FILE,
    Floats,
    RelevanceFilter,
    VectorModel,
    WordModel,
    likenesses,
    surface_features,
    word_grams,
)
from pipeline.linking.units import split_units
from pipeline.settings import load_settings
from pipeline.taxonomy import Taxonomy, import_esco

ROOT = Path(__file__).resolve().parent.parent
OWN_SAMPLE = ROOT / "training" / "data" / "relevance.csv"
TEST_SAMPLE = ROOT / "tests" / "data" / "not_a_skill.csv"
CREDENTIAL_KINDS = ("outcome", "course_logistics")  # the other kinds of unit stand in postings

# Weight of one example beside one of the own sample: the others are noisier or narrower, and there are more of them.
SKILLSPAN_WEIGHT, ESCO_WEIGHT, POSTING_WEIGHT = 0.1, 0.05, 0.15
SKILLSPAN_LIMIT, ESCO_LIMIT, POSTING_LIMIT = 2500, 800, 800
SKILLSPAN_LEAST_WORDS = 6  # shorter sentences without a span are often titles or fragments of lists

# The blocks of features are fitted under one penalty; what is scaled up is penalised less.
GRAM_SCALE, VECTOR_SCALE, LIKENESS_SCALE = 3.0, 2.0, 2.0
INVERSE_PENALTY = 1.0
WIDTH = 1.0
EXAMPLES = 512
GRAM_SUPPORT = 3
GRAM_LEAST = 0.05  # grams that weigh less are dropped
FOLDS = 4

TASK = re.compile(
    r"(?!Bénéf|Profit|Int[ée]gr|Rejoind|[ÉE]vol|Postul|Travail|Envo|[ÊE]tre|Avoir|Découvr|Atelier|Dernier|Premier|"
    r"Panier|Financ|Chantier|Métier|Courrier|Papier|Particul|Avenir|Loisir|Secteur|Devenir|Disposer|Justifier|Manpower|"
    r"Déjeuner|Dîner)[A-ZÉ][a-zà-ÿ]+(?:er|ir)\b"
)
NOT_OF_THE_EMPLOYER = re.compile(r"recherch|recrut|mission|profil|poste\b|vous (?:sav|ma)|&|\.\.\.", re.IGNORECASE)


@dataclass(frozen=True)
class Example:
    """A unit with its judgement; `kind` is empty where nobody told."""

    text: str
    language: Language
    asks: bool
    weight: float = 1.0
    kind: str = ""


@dataclass(frozen=True)
class Observed:
    """Examples as the fit sees them, one row each."""

    examples: list[Example]
    surface: Floats
    grams: list[dict[str, float]]
    vectors: Floats

    @property
    def asks(self) -> npt.NDArray[np.bool_]:
        """Their judgements."""
        return np.array([e.asks for e in self.examples])

    @property
    def weights(self) -> Floats:
        """Their weights."""
        return np.array([e.weight for e in self.examples])

    def take(self, rows: Iterable[int]) -> Observed:
        """Some of them."""
        chosen = list(rows)
        return Observed(
            [self.examples[i] for i in chosen], self.surface[chosen], [self.grams[i] for i in chosen],
            self.vectors[chosen],
        )  # fmt: skip


def read_sample(path: Path) -> list[Example]:
    """A sample written for this purpose: columns language, kind, asks, text."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Example(row["text"], "fr" if row["language"] == "fr" else "en", row["asks"] == "1", kind=row["kind"])
            for row in csv.DictReader(stream)
        ]


def some(examples: Iterable[Example], limit: int) -> list[Example]:
    """So many of them, chosen by the hash of their texts."""
    unique = {e.text: e for e in examples}
    return sorted(unique.values(), key=lambda e: hashlib.sha256(e.text.encode()).digest())[:limit]


def skillspan(path: Path) -> Iterator[Example]:
    """A sentence in which a skill or a piece of knowledge is marked asks; a longer one without any doesn't."""
    with path.open("rb") as stream:
        for line in stream:
            row = orjson.loads(line)
            asks = any(tag != "O" for tag in row["tags_skill"] + row["tags_knowledge"])
            # Names were masked (<ORGANIZATION>), nearly always where nothing is asked: a giveaway no real text holds.
            words = [word for word in row["tokens"] if not re.fullmatch(r"<[A-Z]+>", word)]
            text = re.sub(r" ([.,;:!?%)])", r"\1", " ".join(words)).strip(" *•")[:400]
            if len(text.split()) >= (2 if asks else SKILLSPAN_LEAST_WORDS):
                yield Example(text, "en", asks, SKILLSPAN_WEIGHT)


def esco_labels(taxonomy: Taxonomy) -> Iterator[Example]:
    """A skill's label is what a unit says that asks for it."""
    for row in taxonomy.labels("skills").select(["label", "language"]).to_pylist():
        yield Example(row["label"], "fr" if row["language"] == "fr" else "en", True, ESCO_WEIGHT)


def france_travail(path: Path) -> Iterator[Example]:
    """French units whose place or form tells: skill tags and bullets that open with a verb ask, the blurb doesn't."""
    with path.open("rb") as stream:
        postings = [orjson.loads(line) for line in stream]
    for posting in postings:
        for tag in [*posting.get("competences", []), *posting.get("qualitesProfessionnelles", [])]:
            yield Example(tag["libelle"], "fr", True, POSTING_WEIGHT)
        for unit in split_units(posting["entreprise"].get("description") or "", 400):
            if len(unit.text.split()) >= 6 and not NOT_OF_THE_EMPLOYER.search(unit.text):
                yield Example(unit.text, "fr", False, 2 * POSTING_WEIGHT)
        for unit in split_units(posting["description"], 220):
            if is_boilerplate(unit.text, "postings"):
                yield Example(unit.text, "fr", False, POSTING_WEIGHT)
            elif TASK.match(unit.text) and 4 <= len(unit.text.split()) <= 30:
                yield Example(unit.text, "fr", True, POSTING_WEIGHT)


def other_examples(data: Path) -> list[Example]:
    """Everything but the own sample."""
    esco = data / "esco"
    taxonomy, _ = import_esco([*sorted(esco.glob("*.zip")), esco / "fr"])
    labels = list(esco_labels(taxonomy))
    postings = list(france_travail(data / "postings" / "francetravail_2025.jsonl"))
    return [
        *some(skillspan(data / "benchmarks" / "skillspan" / "train.jsonl"), SKILLSPAN_LIMIT),
        *some((e for e in labels if e.language == "en"), ESCO_LIMIT),
        *some((e for e in labels if e.language == "fr"), ESCO_LIMIT),
        *some((e for e in postings if e.asks), POSTING_LIMIT),
        *some((e for e in postings if not e.asks), POSTING_LIMIT),
    ]


def observe(examples: list[Example], encoder: Encoder) -> Observed:
    """The features of examples."""
    texts = [e.text for e in examples]
    return Observed(
        examples,
        surface_features(texts, [e.language for e in examples]),
        [word_grams(text) for text in texts],
        encoder.encode(texts).astype(np.float64),
    )


def folds_of(examples: Sequence[Example]) -> npt.NDArray[np.int64]:
    """The fold of each unit of the own sample.

    The units of a kind stand in the same order in both languages, so a fold takes the same stretch of each run: a unit
    is never judged by a model that has seen its translation.
    """
    folds: list[int] = []
    for _, run in groupby(examples, key=lambda e: (e.language, e.kind)):
        length = len(list(run))
        folds.extend(i * FOLDS // length for i in range(length))
    return np.array(folds)


def chosen_examples(own: Observed) -> tuple[npt.NDArray[np.int8], float]:
    """The units that others are likened to, spread evenly over the sample, as small integers and their step."""
    rows = np.unique(np.linspace(0, len(own.examples) - 1, EXAMPLES).astype(int))
    vectors = own.vectors[rows]
    step = float(np.abs(vectors).max()) / 127
    return np.round(vectors / step).astype(np.int8), step


@dataclass(frozen=True)
class Fitted:
    """A model, with the examples' vectors as they are stored."""

    judge: RelevanceFilter
    examples: npt.NDArray[np.int8] | None = None
    step: float = 1.0


def fit(own: Observed, others: Observed, with_vectors: bool) -> Fitted:
    """Fits a model on the own sample and the rest; its threshold is yet to be chosen."""
    support = Counter(gram for observed in (own, others) for row in observed.grams for gram in row)
    listed = {gram: i for i, gram in enumerate(sorted(g for g, n in support.items() if n >= GRAM_SUPPORT))}
    surface = np.vstack([own.surface, others.surface])
    blocks = [csr_matrix(surface), GRAM_SCALE * gram_matrix([*own.grams, *others.grams], listed)]
    stored, step = chosen_examples(own)
    examples = stored.astype(np.float64) * step
    if with_vectors:
        vectors = np.vstack([own.vectors, others.vectors])
        alike = likenesses(vectors, examples, WIDTH)
        blocks += [csr_matrix(VECTOR_SCALE * vectors), csr_matrix(LIKENESS_SCALE * alike)]
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000)
    weights = np.concatenate([own.weights, others.weights])
    model.fit(hstack(blocks).tocsr(), np.concatenate([own.asks, others.asks]), sample_weight=weights)
    sizes = np.cumsum([block.shape[1] for block in blocks])
    parts = np.split(model.coef_[0], sizes[:-1])
    grams = {gram: float(GRAM_SCALE * parts[1][i]) for gram, i in listed.items()}
    heavy = {gram: weight for gram, weight in grams.items() if abs(weight) >= GRAM_LEAST}
    words = WordModel(parts[0], heavy, float(model.intercept_[0]))
    if not with_vectors:
        return Fitted(RelevanceFilter(words, None, 0.5, words))
    by_vector = VectorModel(VECTOR_SCALE * parts[2], examples, LIKENESS_SCALE * parts[3], WIDTH)
    return Fitted(RelevanceFilter(words, by_vector, 0.5, words), stored, step)


def gram_matrix(rows: Sequence[dict[str, float]], listed: dict[str, int]) -> csr_matrix:
    """Shares of the listed grams: a sparse matrix (rows, listed grams)."""
    places = [(i, listed[gram], share) for i, row in enumerate(rows) for gram, share in row.items() if gram in listed]
    at, column, share = zip(*places, strict=True)
    return csr_matrix((share, (at, column)), shape=(len(rows), len(listed)))


def judged(judge: RelevanceFilter, observed: Observed) -> Floats:
    """Probabilities of examples."""
    texts = [e.text for e in observed.examples]
    return judge.probability(texts, [e.language for e in observed.examples], observed.vectors.astype(np.float32))


def held_out_probabilities(own: Observed, others: Observed, with_vectors: bool) -> Floats:
    """For each unit of the own sample what a model says that has not seen it."""
    folds = folds_of(own.examples)
    probabilities = np.empty(len(folds))
    for fold in range(FOLDS):
        model = fit(own.take(np.flatnonzero(folds != fold)), others, with_vectors)
        rows = np.flatnonzero(folds == fold)
        probabilities[rows] = judged(model.judge, own.take(rows))
    return probabilities


def certain(examples: Sequence[Example]) -> npt.NDArray[np.bool_]:
    """Which units are boilerplate by their words alone, in the kind of document that they stand in."""

    def document(kind: str) -> Kind:
        return "credentials" if kind in CREDENTIAL_KINDS else "postings"

    return np.array([is_boilerplate(e.text, document(e.kind)) for e in examples])


def chosen_threshold(probabilities: Floats, examples: Sequence[Example]) -> float:
    """Where as large a share of asking units is lost as of the others passes, boilerplate left out beforehand."""
    asks, dropped = np.array([e.asks for e in examples]), certain(examples)

    def worse(threshold: float) -> float:
        kept = (probabilities >= threshold) & ~dropped
        return float(max(kept[~asks].mean(), 1 - kept[asks].mean()))

    return min((round(t, 2) for t in np.arange(0.2, 0.8, 0.01)), key=worse)


def describe(name: str, probabilities: Floats, threshold: float, examples: Sequence[Example]) -> Iterator[str]:
    """Lines that say how many units are judged wrongly, in all, by language and by kind."""
    kept = (probabilities >= threshold) & ~certain(examples)
    groupings: list[tuple[str, Callable[[Example], str]]] = [
        ("", lambda e: "all"), ("  ", lambda e: e.language), ("    ", lambda e: f"{e.language} {e.kind}"),
    ]  # fmt: skip
    yield f"{name}, threshold {threshold}"
    for indent, grouping in groupings:
        wrong: dict[tuple[bool, str], list[bool]] = defaultdict(list)
        for example, keep in zip(examples, kept, strict=True):
            wrong[example.asks, grouping(example)].append(bool(keep) != example.asks)
        for (asks, group), errors in sorted(wrong.items()):
            what = "asking, lost" if asks else "not asking, passed"
            yield f"{indent}{group}: {what} {sum(errors)} of {len(errors)} ({sum(errors) / len(errors):.1%})"


def save(path: Path, fingerprint: str, full: Fitted, words: Fitted, thresholds: tuple[float, float]) -> None:
    """Writes both models; the same fit gives the same bytes."""
    arrays: dict[str, npt.NDArray[np.generic]] = {"encoder": np.array(fingerprint)}
    for name, model, threshold in (("full", full.judge, thresholds[0]), ("words", words.judge, thresholds[1])):
        arrays[f"{name}_surface"] = model.words.surface.astype(np.float32)
        arrays[f"{name}_grams"] = np.array(list(model.words.grams))
        arrays[f"{name}_gram_weights"] = np.array(list(model.words.grams.values()), dtype=np.float32)
        arrays[f"{name}_intercept"] = np.array(model.words.intercept, dtype=np.float32)
        arrays[f"{name}_threshold"] = np.array(threshold)
    assert full.judge.vectors is not None and full.examples is not None
    arrays |= {
        "full_vector": full.judge.vectors.weights.astype(np.float32),
        "full_likeness": full.judge.vectors.likeness.astype(np.float32),
        "full_examples": full.examples,
        "full_example_step": np.array(full.step),
        "full_width": np.array(full.judge.vectors.width),
    }
    np.savez_compressed(path, allow_pickle=False, **arrays)


def main() -> None:
    """Fits, writes and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real data")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args()
    encoder = load_encoder(load_settings().encoder)
    own = observe(read_sample(OWN_SAMPLE), encoder)
    others = observe(other_examples(options.data), encoder)
    test = observe(read_sample(TEST_SAMPLE), encoder)
    assert {e.text for e in own.examples}.isdisjoint(e.text for e in test.examples)
    lines: list[str] = []
    fitted: list[tuple[Fitted, float]] = []
    for name, with_vectors in (("words and vectors", True), ("words alone", False)):
        held_out = held_out_probabilities(own, others, with_vectors)
        threshold = chosen_threshold(held_out, own.examples)
        fitted.append((fit(own, others, with_vectors), threshold))
        lines += describe(f"{name}: own sample, held out", held_out, threshold, own.examples)
        lines += describe(f"{name}: test sample", judged(fitted[-1][0].judge, test), threshold, test.examples)
    (full, full_threshold), (words, words_threshold) = fitted
    save(options.out, encoder.fingerprint, full, words, (full_threshold, words_threshold))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
