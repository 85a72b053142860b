"""How well job titles find their occupations, and the weights that `pipeline/matching/title_model.py` holds.

    python benchmarks/titles.py --data ../shared/data [--lake DIR] [--fit]

Queries are titles that the index does not hold: alternative labels of ESCO taken out of it (the French ones in both
genders, as official nomenclatures write them), labels of occupations that are taken out altogether (nothing is right),
the job titles of NOC 2021 against the starter taxonomy, and French postings and appellations against the names of
their ROME codes. Figures are cross-fitted: each fifth of the occupations is judged with weights fitted on the others;
nothing is fitted on the ROME codes. The packaged encoder was trained on ESCO's labels, those taken out among them: what
"dense" reaches on ESCO with it is what it remembers, and NOC and ROME show what it can do. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline.embeddings import Encoder, LabelIndex, load_encoder, load_label_index
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.matching.title_model import FEATURES, MODEL, NEAR_WEIGHT, TitleModel, nearness
from pipeline.matching.title_wording import plain, said_in_both_genders, title_variants
from pipeline.matching.titles import TitleFeatures, TitleMatcher, best_of_each, title_labels
from pipeline.settings import load_settings
from pipeline.taxonomy import Taxonomy, import_esco, load_starter

FOLDS = 5
PER_SET = 800
NOC_PER_SET = 2000
BARE, ABSENT = 0.10, 0.10  # occupations left with their preferred labels alone, and with no label
COMMON_WORD = 9  # occupations that share a word, from which it is too common to name one of them
ROUNDS = 3
CONSIDERED = 128  # of a query's candidates, those that the fit sees
Scores = npt.NDArray[np.float64]


class Label(TypedDict):
    """A row of the label table, with the label in plain letters."""

    concept_id: str
    language: Language
    label: str
    preferred: bool
    text: str


@dataclass(frozen=True)
class Query:
    """A title and the occupations that it names; none, if none of the index's fits."""

    title: str
    language: Language
    right: frozenset[str]
    kind: str

    @property
    def fold(self) -> int:
        """The same for all queries of an occupation."""
        return zlib.crc32(min(self.right, default=self.title).encode()) % FOLDS


@dataclass
class Observed:
    """A query's candidates with their features, and the judgement on them."""

    query: Query
    matcher: TitleMatcher
    found: TitleFeatures

    def candidates(self, model: TitleModel) -> tuple[npt.NDArray[np.int64], Scores, npt.NDArray[np.int64]]:
        """Occupation numbers, their scores and where in `found` they stand: the best variant of each."""
        scores = model.scores(self.found.features)
        best = best_of_each(self.found.occupations, scores)
        return self.found.occupations[best], scores[best], best

    def is_right(self, occupations: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether each is one that the query names."""
        return np.array([self.matcher.occupations[o] in self.query.right for o in occupations.tolist()], dtype=bool)


# --- The queries ----------------------------------------------------------------------------------------------------


def take_out(labels: pa.Table, seed: int) -> tuple[pa.Table, list[Query]]:
    """The labels that stay in the index, and queries made of those that were taken out (and of some that stay)."""
    rows = labels.to_pylist()
    letters = [plain(row["label"]) for row in rows]
    rng = random.Random(seed)
    occupations = sorted({row["concept_id"] for row in rows})
    rng.shuffle(occupations)
    ends = (int(BARE * len(occupations)), int((BARE + ABSENT) * len(occupations)))
    kinds = dict.fromkeys(occupations[: ends[0]], "bare") | dict.fromkeys(occupations[ends[0] : ends[1]], "absent")
    preferred = {(r["language"], text) for r, text in zip(rows, letters, strict=True) if r["preferred"]}
    owners: dict[tuple[Language, str], set[str]] = defaultdict(set)
    alternatives: dict[tuple[Language, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row, text in zip(rows, letters, strict=True):
        owners[row["language"], text].add(row["concept_id"])
        if (row["language"], text) not in preferred:
            alternatives[row["language"], row["concept_id"]][text].append(row["label"])
    out: dict[tuple[Language, str], tuple[str, str]] = {}
    for (language, occupation), texts in sorted(alternatives.items()):
        paired = [text for text in sorted(texts) if language == "fr" and len(texts[text]) == 2]
        text = rng.choice(paired if paired and rng.random() < 0.8 else sorted(texts))
        out[language, text] = (said_in_both_genders(texts[text]), kinds.get(occupation, "alternative"))
    stays = [
        kinds.get(row["concept_id"]) != "absent"
        and (kinds.get(row["concept_id"]) != "bare" or row["preferred"])
        and (row["language"], text) not in out
        for row, text in zip(rows, letters, strict=True)
    ]
    there = {row["concept_id"] for row, stay in zip(rows, stays, strict=True) if stay}
    queries = [
        Query(title, language, frozenset(owners[language, text] & there), kind)
        for (language, text), (title, kind) in out.items()
        if bool(owners[language, text] & there) != (kind == "absent")
    ]
    kept = [row | {"text": text} for row, text, stay in zip(rows, letters, stays, strict=True) if stay]
    queries += _labels_that_stay(kept) + _common_words(kept)
    rng.shuffle(queries)
    return labels.filter(pa.array(stays)), _first_of_each(queries, PER_SET)


def _labels_that_stay(kept: Sequence[Label]) -> list[Query]:
    """Labels as they are: those that prefer one are right, else all that bear it."""
    owners: dict[tuple[Language, str], dict[str, bool]] = defaultdict(dict)
    for row in kept:
        bearers = owners[row["language"], row["text"]]
        bearers[row["concept_id"]] = bearers.get(row["concept_id"], False) or row["preferred"]
    queries = []
    for (language, text), bearers in owners.items():
        preferring = {owner for owner, preferred in bearers.items() if preferred}
        queries.append(Query(text, language, frozenset(preferring or bearers), "label"))
    return queries


def _common_words(kept: Sequence[Label]) -> list[Query]:
    """Words that many occupations share and that none prefers as its own: "driver", "technicien"."""
    holders: dict[tuple[Language, str], set[str]] = defaultdict(set)
    for row in kept:
        for word in row["text"].split():
            holders[row["language"], word].add(row["concept_id"])
    own = {(row["language"], row["text"]) for row in kept if row["preferred"]}
    heads = {(row["language"], row["text"].split(" ")[-1 if row["language"] == "en" else 0]) for row in kept}
    return [
        Query(word, language, frozenset(), "common word")
        for (language, word), those in sorted(holders.items())
        if len(those) >= COMMON_WORD and (language, word) in heads - own
    ]


def _first_of_each(queries: Sequence[Query], most: int) -> list[Query]:
    groups: dict[tuple[str, str], list[Query]] = defaultdict(list)
    for query in queries:
        groups[query.kind, query.language].append(query)
    return [query for key in sorted(groups) for query in groups[key][:most]]


def noc_titles(data: Path, taxonomy: Taxonomy) -> list[Query]:
    """Job titles of NOC 2021 against a taxonomy with NOC codes; those of codes that it lacks name nothing in it."""
    by_code: dict[str, set[str]] = defaultdict(set)
    for row in taxonomy.occupations.select(["occupation_id", "noc_2021"]).to_pylist():
        by_code[row["noc_2021"]].add(row["occupation_id"])
    titles: dict[tuple[str, Language], set[str]] = defaultdict(set)
    with (data / "labour_market/titles.csv").open(encoding="utf-8", newline="") as stream:
        for code, title, _ in csv.reader(stream):
            titles[title, "en"] |= by_code.get(code.zfill(5), set())
    classes: dict[tuple[str, Language], set[str]] = defaultdict(set)
    files: list[tuple[str, Language]] = [
        ("noc_2021_version_1.0_-_classification_structure.csv", "en"),
        ("cnp_2021_version_1.0_-_structure_de_la_classification.csv", "fr"),
    ]
    for name, language in files:
        with (data / "noc" / name).open(encoding="utf-8-sig", newline="") as stream:
            for level, _, code, title, *_ in csv.reader(stream):
                if level == "5":
                    classes[title, language] |= by_code.get(code.zfill(5), set())
    queries = [Query(*key, frozenset(those), "NOC title" if those else "NOC absent") for key, those in titles.items()]
    queries += [Query(*key, frozenset(those), "NOC class") for key, those in classes.items() if those]
    random.Random(0).shuffle(queries)
    return _first_of_each(queries, NOC_PER_SET)


def rome_titles(data: Path) -> tuple[pa.Table, list[Query]]:
    """The names of ROME codes as labels, and as queries the appellations and the postings that bear the codes.

    A posting's code is what its employer chose, so it is a check on ranking and no truth about single titles.
    """
    with (data / "postings/francetravail_2025.jsonl").open("rb") as stream:
        postings = [orjson.loads(line) for line in stream]
    names = sorted({(posting["romeCode"], posting["romeLibelle"]) for posting in postings})
    rows = [{"concept_id": code, "language": "fr", "label": name, "preferred": True} for code, name in names]
    own = {plain(name) for _, name in names}
    codes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for posting in postings:
        for field, kind in (("appellationlibelle", "ROME appellation"), ("intitule", "ROME posting")):
            if posting.get(field) and plain(title_variants(posting[field], "fr")[0][0]) not in own:
                codes[kind, posting[field]].add(posting["romeCode"])
    return pa.Table.from_pylist(rows), [Query(t, "fr", frozenset(c), kind) for (kind, t), c in sorted(codes.items())]


def observe(matcher: TitleMatcher, queries: Sequence[Query]) -> list[Observed]:
    """The candidates of each query."""
    found = matcher.observe([(query.title, query.language) for query in queries])
    return [Observed(query, matcher, features) for query, features in zip(queries, found, strict=True)]


# --- The fit --------------------------------------------------------------------------------------------------------


def fit(observed: Sequence[Observed]) -> TitleModel:
    """The weights under which the right occupations (or none) are likeliest; see `TitleModel`."""
    usable = [o for o in observed if not o.query.right or o.is_right(o.found.occupations).any()]
    model = MODEL
    for _ in range(ROUNDS):  # which variant is best and which occupations come first follow from the weights
        model = _refit(usable, model)
    return model


def _refit(observed: Sequence[Observed], model: TitleModel) -> TitleModel:
    shape = (len(observed), CONSIDERED + 1)
    x = torch.zeros(*shape, len(FEATURES) + 1, dtype=torch.float64)
    base = torch.full(shape, -1e9, dtype=torch.float64)
    right = torch.zeros(shape, dtype=torch.bool)
    for i, one in enumerate(observed):
        occupations, scores, best = one.candidates(model)
        first = np.argsort(-scores, kind="stable")[:CONSIDERED]
        occupations, scores, best = occupations[first], scores[first], best[first]
        n = len(best)
        x[i, :n, : len(FEATURES)] = torch.from_numpy(one.found.features[best])
        base[i, :n] = torch.from_numpy(NEAR_WEIGHT * (nearness(scores, one.matcher.centres[occupations]) - 1))
        x[i, -1, -1] = 1.0
        base[i, -1] = 0.0
        right[i, :n] = torch.from_numpy(one.is_right(occupations))
        right[i, -1] = not one.query.right
    weights = torch.zeros(len(FEATURES) + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logs = torch.log_softmax(x @ weights + base, dim=1)
        value = -torch.logsumexp(logs.masked_fill(~right, -1e9), dim=1).mean() + 1e-4 * (weights**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    *fitted, none = [round(w, 2) for w in weights.detach().numpy().tolist()]
    return replace(model, weights=tuple(fitted), none=none)


# --- The judgement --------------------------------------------------------------------------------------------------


def quality(ranks: Sequence[Sequence[int]], right: Sequence[int]) -> dict[str, float]:
    """MAP, MRR and accuracy of the first, from the ranks (1 is first) of those found, out of so many right ones."""
    precisions = [sum((i + 1) / r for i, r in enumerate(found)) / n for found, n in zip(ranks, right, strict=True)]
    return {
        "MAP": round(float(np.mean(precisions)), 4),
        "MRR": round(float(np.mean([1 / found[0] if found else 0.0 for found in ranks])), 4),
        "acc@1": round(float(np.mean([bool(found) and found[0] == 1 for found in ranks])), 4),
        "queries": len(ranks),
    }


def by_label(scores: Scores, query: Query, owners: Sequence[str]) -> list[int]:
    """The ranks of the right occupations when each is as good as its best label."""
    best: dict[str, float] = {}
    for owner, score in zip(owners, scores.tolist(), strict=True):
        best[owner] = max(best.get(owner, -1.0), score)
    order = sorted(best, key=lambda owner: (-best[owner], owner))
    return [rank for rank, owner in enumerate(order, start=1) if owner in query.right]


def baselines(
    matcher: TitleMatcher, queries: Sequence[Query], encoder: Encoder
) -> Iterator[tuple[list[int], list[int]]]:
    """Ranks of the right ones by character TF-IDF (n-grams of 2 to 4 letters) and by cosines of vectors alone."""
    texts, owners = (matcher.index.labels[name].to_pylist() for name in ("label", "concept_id"))
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))
    known = letters.fit_transform(texts).T.tocsr()
    vectors = encoder.encode([query.title for query in queries])
    for query, vector, row in zip(queries, vectors, letters.transform([q.title for q in queries]), strict=True):
        by_letters = by_label((row @ known).toarray()[0], query, owners)
        yield by_letters, by_label((matcher.index.vectors @ vector).astype(np.float64), query, owners)


def judge(observed: Sequence[Observed], models: Sequence[TitleModel]) -> Iterator[tuple[list[int], float, bool]]:
    """For each query the ranks of the right ones, the confidence in the first, and whether that is right."""
    for one in observed:
        model = models[one.query.fold]
        occupations, scores, _ = one.candidates(model)
        sure = model.probabilities(scores, one.matcher.centres[occupations])
        right = one.is_right(occupations)[np.lexsort((occupations, -sure))]
        yield (np.flatnonzero(right) + 1).tolist(), float(sure.max(initial=0.0)), bool(right[:1].any())


def calibration(confidence: Scores, right: npt.NDArray[np.bool_]) -> dict[str, float | dict[str, list[float]]]:
    """Expected calibration error over ten equal bins (Guo et al., 2017), and what thresholds let through."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    error = sum(
        abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)
    )
    passed = {
        str(t): [round(float((confidence >= t).mean()), 3), round(float(right[confidence >= t].mean()), 3)]
        for t in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
        if (confidence >= t).any()
    }
    return {"calibration error": round(float(error), 4), "share assigned and right at": passed}


def report(
    name: str, observed: Sequence[Observed], models: Sequence[TitleModel], encoder: Encoder
) -> dict[str, object]:
    """Ranking quality by set and language, and calibration over all of them."""
    judged = list(judge(observed, models))
    groups: dict[str, list[int]] = defaultdict(list)
    for i, one in enumerate(observed):
        if one.query.right:
            groups[f"{one.query.kind} {one.query.language}"].append(i)
    found: dict[str, object] = {}
    for group, members in sorted(groups.items()):
        counts = [len(observed[i].query.right) for i in members]
        plainly = list(baselines(observed[0].matcher, [observed[i].query for i in members], encoder))
        found[group] = {
            "character TF-IDF": quality([letters for letters, _ in plainly], counts),
            "dense": quality([dense for _, dense in plainly], counts),
            "shipped": quality([judged[i][0] for i in members], counts),
        }
    for language in ("en", "fr"):
        those = [j for one, j in zip(observed, judged, strict=True) if one.query.language == language]
        if those:
            figures = calibration(np.array([sure for _, sure, _ in those]), np.array([right for *_, right in those]))
            found[f"calibration {language}"] = figures
    return {name: found}


def main() -> None:
    """Observes, fits and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real data")
    parser.add_argument("--lake", default=str(Path(tempfile.gettempdir()) / "passerelle-bench"), help="keeps vectors")
    parser.add_argument("--fit", action="store_true", help="print the weights fitted on all queries")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is not a folder: the benchmarks need the real data (make bench SHARED_DATA=DIR)")
    encoder, lake = load_encoder(load_settings().encoder), Lake(options.lake)
    esco, _ = import_esco([*sorted((options.data / "esco").glob("*.zip")), options.data / "esco/fr"])
    on_esco = observe_esco(esco, encoder, lake)
    starter = load_starter()
    matcher = TitleMatcher(_index(title_labels(starter.labels("occupations")), starter, encoder, lake), encoder)
    on_starter = observe(matcher, noc_titles(options.data, starter))
    everything = [*on_esco, *on_starter]
    models = [fit([o for o in everything if o.query.fold != fold]) for fold in range(FOLDS)]
    names, titles = rome_titles(options.data)
    on_rome = observe(TitleMatcher(load_label_index(title_labels(names), "rome", encoder, None), encoder), titles)
    found: dict[str, object] = {}
    for name, observed in (("ESCO", on_esco), ("starter", on_starter), ("ROME", on_rome)):
        found |= report(name, observed, models, encoder)
    if options.fit:
        model = fit(everything)
        found["fitted"] = dict(zip(FEATURES, model.weights, strict=True)) | {"none": model.none}
    sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")


def observe_esco(esco: Taxonomy, encoder: Encoder, lake: Lake) -> list[Observed]:
    """Queries of labels taken out of ESCO, observed against what is left."""
    labels = title_labels(esco.labels("occupations"))
    whole = _index(labels, esco, encoder, lake)
    numbered = labels.append_column("row", pa.array(range(labels.num_rows)))
    kept, queries = take_out(esco.labels("occupations").append_column("row", numbered["row"]), seed=0)
    rows = kept["row"].to_numpy()
    index = LabelIndex(labels.take(kept["row"].combine_chunks()), np.ascontiguousarray(whole.vectors[rows]))
    return observe(TitleMatcher(index, encoder), queries)


def _index(labels: pa.Table, taxonomy: Taxonomy, encoder: Encoder, lake: Lake) -> LabelIndex:
    return load_label_index(labels, f"titles-{taxonomy.fingerprint[:32]}", encoder, lake)


if __name__ == "__main__":
    main()
