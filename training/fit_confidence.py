"""Fits the link confidence model on labelled texts that the encoder was not trained on, under ESCO and the starter.

    python -m training.fit_confidence --data ../shared/data --lake /tmp/fit-lake

Writes `pipeline/linking/confidence.json`: the weights fitted on all sets, which linking uses; for each set those fitted
on the others alone; and for each fifth of all texts those fitted on the rest. Evaluation uses the second and third, so
that no figure is reported on what was fitted on.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import torch
from torch.nn import functional

from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.linking import FEATURES, Linker, load_linker
from pipeline.linking.confidence import FOLDS, WEIGHTS_FILE, fold_of
from pipeline.linking.labelled_sets import (
    LANGUAGES,
    Example,
    LabelledSet,
    read_competences,
    read_held_out,
    read_judged,
    read_linked,
    read_skillskape,
    read_validation,
    without_labels,
)
from pipeline.settings import load_settings
from pipeline.taxonomy import Taxonomy, import_esco, load_starter
from training.annotated import annotated_sets, read_annotated

Floats = npt.NDArray[np.float64]
HIDDEN = 24
STEPS = 350
RANKING_WEIGHT = 0.05  # of the loss that puts a query's right skills first, beside the one that calibrates
RATE = 0.02
WEIGHT_DECAY = 3e-4
NEAREST = 12
SEED = 1
# A set counts like so many queries, a query at most three times: a large set must not drown a small one.
QUERIES_PER_SET, MOST_PER_QUERY = 600, 3.0
HELD_OUT = "held_out"  # evaluated by fifths, since there is no other set like it
LABELS, STARTER, ANNOTATED = "labels", "starter", "annotated"  # fitted on, never evaluated
# What is made up counts less than what was found, or confidence would be too high on real text.
LIST_WEIGHT, LABEL_WEIGHT = 1.0, 0.3
LIST_NAME = ", lists"
LISTS = 150  # made of each set of short texts
HERE = Path(__file__).parent
LABEL_LISTS = 300  # made of labels, in each language
DECIMALS = 5


@dataclass(frozen=True)
class Observed:
    """Candidates of one set: features, rightness, and of which query each is."""

    name: str
    features: Floats
    right: npt.NDArray[np.bool_]
    queries: npt.NDArray[np.int64]
    folds: npt.NDArray[np.int64]
    most: float

    def without_fold(self, fold: int) -> Observed:
        """The candidates of the queries that do not belong to a fold; `folds` has one entry a query."""
        kept = self.folds[self.queries] != fold
        _, queries = np.unique(self.queries[kept], return_inverse=True)
        return replace(self, features=self.features[kept], right=self.right[kept], queries=queries)


def labelled_sets(folder: Path, taxonomy: Taxonomy) -> dict[str, list[LabelledSet]]:
    """The sets to fit on; those of one name are left out together."""
    validation = folder / "decorte_validation"

    def both(name: str) -> list[LabelledSet]:
        path = validation / f"{name}_validation.csv"
        spans = read_validation(path, "span", "en", taxonomy)
        return [read_validation(path, "sentence", "en", taxonomy), spans, lists(spans)]

    french = read_competences(folder / "competences_fr/dev_exact_close.tsv", taxonomy)
    return {
        "tech": both("tech"),
        "house": both("house"),
        "skillskape": [read_skillskape(folder / "skillskape/dev.csv", taxonomy)],
        "competences_fr": [french, lists(french)],
        LABELS: [label_lists(taxonomy, language) for language in LANGUAGES],
    }


def starter_sets() -> list[LabelledSet]:
    """Texts labelled with the starter's skills, and texts that ask for nothing."""
    judged, _ = read_judged(HERE / "data/relevance.csv")
    nothing = [
        LabelledSet(
            f"nothing, {language}",
            language,
            tuple(Example(each.text, frozenset()) for each in judged if each.language == language and not each.asks),
        )
        for language in LANGUAGES
    ]
    return [*read_linked(HERE / "data/starter_links.csv", load_starter()), *nothing]


def lists(short: LabelledSet) -> LabelledSet:
    """Enumerations of short texts, as postings have them: labelled sets of sentences hardly know any."""
    draw = random.Random(SEED)
    named = [example for example in short.examples if example.skills]
    made = [draw.sample(named, draw.choice((2, 3, 4))) for _ in range(LISTS)]
    examples = tuple(
        Example(
            _enumerate([e.text.strip(" .,;") for e in one], short.language), frozenset().union(*(e.skills for e in one))
        )
        for one in made
    )
    return LabelledSet(f"{short.name}{LIST_NAME}", short.language, examples)


def label_lists(taxonomy: Taxonomy, language: Language) -> LabelledSet:
    """Labels in turns of phrase, one to four together: what is named letter by letter is meant."""
    draw = random.Random(SEED)
    frames = (HERE / f"frames/{language}.txt").read_text("utf-8").splitlines()
    labels = taxonomy.labels("skills").select(["concept_id", "language", "label"]).to_pylist()
    owners: dict[str, set[str]] = {}
    for row in labels:
        if row["language"] == language:
            owners.setdefault(row["label"], set()).add(row["concept_id"])
    examples = []
    for _ in range(LABEL_LISTS):
        named = draw.sample(sorted(owners), draw.choice((1, 1, 2, 3, 4)))
        text = draw.choice(frames).replace("{}", _enumerate(named, language))
        examples.append(Example(text, frozenset().union(*(owners[label] for label in named))))
    return LabelledSet(f"labels, {language}", language, tuple(examples))


def _enumerate(items: Sequence[str], language: Language) -> str:
    if len(items) == 1:
        return items[0]
    return f"{', '.join(items[:-1])} {'et' if language == 'fr' else 'and'} {items[-1]}"


def observe(name: str, labelled: LabelledSet, linker: Linker) -> Observed:
    """Features and rightness of every candidate link."""
    units = [(example.text, labelled.language) for example in labelled.examples]
    concepts = linker.searches.index.concepts
    features, right, queries = [], [], []
    first = 0
    for found in linker.candidates_of(units, NEAREST):
        gold = [labelled.examples[first + int(unit)].skills for unit in found.units]
        right.append([concepts[c] in skills for c, skills in zip(found.concepts.tolist(), gold, strict=True)])
        features.append(found.features)
        queries.append(found.units + first)
        first += int(found.units[-1]) + 1
    folds = np.array([fold_of(example.text) for example in labelled.examples])
    made = LABEL_WEIGHT if name == LABELS else LIST_WEIGHT if labelled.name.endswith(LIST_NAME) else MOST_PER_QUERY
    return Observed(
        name, np.concatenate(features), np.concatenate(right).astype(bool), np.concatenate(queries), folds, made
    )


def fit(observed: Sequence[Observed]) -> dict[str, object]:
    """Weights of the network, each set weighing the same up to `QUERIES_PER_SET` queries."""
    torch.manual_seed(SEED)
    x = torch.from_numpy(np.concatenate([o.features for o in observed])).float()
    y = torch.from_numpy(np.concatenate([o.right for o in observed])).float()
    weight = torch.from_numpy(np.concatenate([_weights(o) for o in observed])).float()
    mean, scale = x.mean(0), x.std(0).clamp(min=1e-2)
    x = (x - mean) / scale
    hidden = torch.nn.Linear(x.shape[1], HIDDEN)
    output = torch.nn.Linear(HIDDEN, 1, bias=False)
    linear = torch.nn.Linear(x.shape[1], 1)
    parameters = [*hidden.parameters(), *output.parameters(), *linear.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=WEIGHT_DECAY)
    ranking = _ranking_loss(observed, y, weight)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        optimizer.zero_grad()
        logits = (output(torch.tanh(hidden(x))) + linear(x))[:, 0]
        loss = (functional.binary_cross_entropy_with_logits(logits, y, reduction="none") * weight).sum() / weight.sum()
        loss = loss + RANKING_WEIGHT * ranking(logits)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return {
        "mean": _listed(mean), "scale": _listed(scale), "hidden": _listed(hidden.weight.T),
        "hidden_bias": _listed(hidden.bias), "output": _listed(output.weight[0]), "linear": _listed(linear.weight[0]),
        "bias": _listed(linear.bias)[0],
    }  # fmt: skip


def _ranking_loss(
    observed: Sequence[Observed], right: torch.Tensor, weight: torch.Tensor
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Softmax over each query's candidates: the weighted mean of -log(share of the right ones)."""
    firsts = np.cumsum([0, *(int(o.queries.max()) + 1 for o in observed)])
    query = torch.from_numpy(np.concatenate([o.queries + first for o, first in zip(observed, firsts, strict=False)]))
    count = int(firsts[-1])
    of_query = torch.zeros(count).scatter_reduce(0, query, weight, "amax")
    asked = torch.zeros(count).index_add(0, query, right) > 0

    def loss(logits: torch.Tensor) -> torch.Tensor:
        highest = torch.full((count,), -1e9).scatter_reduce(0, query, logits.detach(), "amax")
        shares = torch.exp(logits - highest[query])
        every = torch.zeros(count).index_add(0, query, shares)[asked]
        correct = torch.zeros(count).index_add(0, query, shares * right)[asked]
        return ((every.log() - (correct + 1e-9).log()) * of_query[asked]).sum() / of_query[asked].sum()

    return loss


def _weights(observed: Observed) -> Floats:
    queries = len(np.unique(observed.queries))
    return np.full(len(observed.right), min(QUERIES_PER_SET / queries, observed.most))


def _listed(tensor: torch.Tensor) -> list[float]:
    return np.round(tensor.detach().double().numpy(), DECIMALS).tolist()  # type: ignore[no-any-return]


def main() -> None:
    """Fits and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real data")
    parser.add_argument("--lake", required=True, help="keeps the vectors of the taxonomy")
    options = parser.parse_args()
    esco = options.data / "esco"
    taxonomy, _ = import_esco([*sorted(esco.glob("*.zip")), esco / "fr"])
    linker = load_linker(taxonomy, load_settings(), Lake(options.lake))
    held_out = read_held_out(HERE / "held_out.csv", taxonomy)
    work = {name: (linker, own) for name, own in labelled_sets(options.data / "benchmarks", taxonomy).items()}
    annotated = read_annotated(options.data, HERE / "data/annotated.tsv")
    work[ANNOTATED] = (linker, annotated_sets(annotated, "esco"))
    work[HELD_OUT] = (load_linker(without_labels(taxonomy, held_out), load_settings(), Lake(options.lake)), held_out)
    starter = [*starter_sets(), *annotated_sets(annotated, "starter")]
    work[STARTER] = (load_linker(load_starter(), load_settings(), Lake(options.lake)), starter)
    observed: dict[str, list[Observed]] = {}
    for name, (by, own) in work.items():
        observed[name] = [observe(name, one, by) for one in own]
        sys.stderr.write(f"{name}: {sum(len(o.right) for o in observed[name])} candidates\n")
    weights: dict[str, object] = {"features": FEATURES, "all": fit([o for each in observed.values() for o in each])}
    without = {
        left: fit([o for name, own in observed.items() if name != left for o in own])
        for left in observed
        if left not in (LABELS, STARTER, ANNOTATED, HELD_OUT)
    }
    every = [o for own in observed.values() for o in own]
    rest = {fold: [o.without_fold(fold) for o in every] for fold in range(FOLDS)}
    # What the encoder left of the labelled texts is all of one fold: without it, nothing of these is there to fit on.
    weights["without"] = without | {
        f"fold {fold}": fit([o for o in rest[fold] if len(o.right)]) for fold in range(FOLDS)
    }
    WEIGHTS_FILE.write_bytes(orjson.dumps(weights, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stderr.write(f"written: {WEIGHTS_FILE}\n")


if __name__ == "__main__":
    main()
