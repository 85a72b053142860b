"""Fits the link confidence model: prints the weights that `pipeline/linking/confidence.py` holds.

    python benchmarks/fit_confidence.py --data ../shared/data --lake /tmp/fit-lake

Fitted on sentences of SkillSkape's training set against ESCO in English and French; the calibration error is that of
other sentences of the same set, and of the TECH and HOUSE validation sets, which nothing was fitted on.
"""

from __future__ import annotations

import argparse
import ast
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from pipeline.lake import Lake
from pipeline.linking import FEATURES, Linker, features_of, load_linker
from pipeline.settings import load_settings
from pipeline.taxonomy import import_esco

Examples = list[tuple[str, set[str]]]
FIT, HELD_OUT = 3000, 1000


def skillskape(path: Path) -> Examples:
    """Sentences of SkillSkape with their labels."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["sentence"], set(ast.literal_eval(row["skills"]))) for row in csv.DictReader(stream)]


def validation(path: Path, column: str) -> Examples:
    """Sentences or spans of a validation set with their labels; without any where no skill fits."""
    grouped: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            grouped.setdefault(row[column], set()).add(row["label"].strip())
    return list(grouped.items())


def observe(
    linker: Linker, examples: Examples, ids: dict[str, str]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Features and rightness of every candidate link."""
    found = linker.candidates_of([(text, "en") for text, _ in examples], linker.candidates)
    features, right = [], []
    for (text, labels), candidates in zip(examples, found, strict=True):
        gold = {ids[label.strip()] for label in labels if label.strip() in ids}
        features.append(features_of(text, list(candidates.values())))
        right += [skill in gold for skill in candidates]
    return np.concatenate(features), np.array(right)


def calibration_error(probabilities: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error over ten equal bins (Guo et al., 2017)."""
    bins = np.minimum((probabilities * 10).astype(int), 9)
    return float(
        sum(
            abs(probabilities[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)
        )
    )


def held_out_sets(data: Path, rest: Examples) -> Iterator[tuple[str, Examples]]:
    """What the fit is judged on."""
    yield "skillskape, other sentences", rest
    for name in ("tech", "house"):
        for column in ("sentence", "span"):
            file = data / f"benchmarks/decorte_validation/{name}_validation.csv"
            yield f"{name} {column}s", validation(file, column)


def main() -> None:
    """Fits and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--lake", required=True)
    options = parser.parse_args()
    esco = options.data / "esco"
    taxonomy, _ = import_esco([*sorted(esco.glob("*.zip")), esco / "fr"])
    ids = dict(zip(taxonomy.skills["label_en"].to_pylist(), taxonomy.skills["skill_id"].to_pylist(), strict=True))
    linker = load_linker(taxonomy, load_settings(), Lake(options.lake))
    examples = skillskape(options.data / "benchmarks/skillskape/train.csv")
    chosen = np.random.default_rng(0).permutation(len(examples))[: FIT + HELD_OUT]
    model = LogisticRegression(C=10, max_iter=2000)
    model.fit(*observe(linker, [examples[i] for i in chosen[:FIT]], ids))
    for name, weight in zip((*FEATURES, "intercept"), (*model.coef_[0], model.intercept_[0]), strict=True):
        print(f"{name}={weight:.3f}")
    for name, held_out in held_out_sets(options.data, [examples[i] for i in chosen[FIT:]]):
        features, right = observe(linker, held_out, ids)
        probabilities = model.predict_proba(features)[:, 1]
        shown = [
            f"at {t}: {right[probabilities >= t].mean():.2f} of {int((probabilities >= t).sum())}" for t in (0.3, 0.5)
        ]
        print(f"{name}: calibration error {calibration_error(probabilities, right):.3f}; right {', '.join(shown)}")


if __name__ == "__main__":
    main()
