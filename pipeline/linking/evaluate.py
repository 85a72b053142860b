"""How well linking ranks: queries with known skills against every skill of the taxonomy."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import SettingsError
from pipeline.ingest import Language
from pipeline.linking.linker import Linker
from pipeline.taxonomy import Taxonomy

DEPTHS = (1, 5, 10)
# Labels considered per query. Several belong to one skill, so this is deeper than any metric looks.
CANDIDATES = 300


@dataclass(frozen=True)
class Quality:
    """Ranking quality over n queries: mean reciprocal rank and R-Precision@k, each from 0 to 1."""

    n: int
    mrr: float
    r_precision: dict[int, float]

    def as_dict(self) -> dict[str, float]:
        """n, mrr, rp@1, rp@5, rp@10."""
        return {"n": self.n, "mrr": self.mrr} | {f"rp@{k}": value for k, value in self.r_precision.items()}


def read_queries(
    path: Path, query: Literal["sentence", "span"], language: Language, taxonomy: Taxonomy
) -> dict[str, set[str]]:
    """Reads a labelled set.

    Args:
        path: CSV with columns sentence, span, label, as the TECH and HOUSE sets have them.
        query: which column is the query; rows with the same query are one query with several labels.
        language: of the preferred labels in the file.
        taxonomy: rows whose label is no preferred label of it are left out.

    Returns:
        query -> ids of its skills.

    Raises:
        SettingsError: the file or a column is missing.
    """
    label_column = taxonomy.skills[f"label_{language}"].to_pylist()
    ids: dict[str, set[str]] = {}
    for label, skill in zip(label_column, taxonomy.skills["skill_id"].to_pylist(), strict=True):
        if label:
            ids.setdefault(label.strip(), set()).add(skill)
    queries: dict[str, set[str]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            absent = {query, "label"} - set(reader.fieldnames or ())
            if absent:
                raise SettingsError(f"{path} has no column {', '.join(sorted(absent))}; it has {reader.fieldnames}.")
            for row in reader:
                skills = ids.get((row["label"] or "").strip())
                if skills and row[query]:
                    queries.setdefault(row[query], set()).update(skills)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{path} is not a CSV file in UTF-8: {error}.") from None
    return queries


def evaluate(linker: Linker, queries: dict[str, set[str]], language: Language) -> Quality:
    """Ranks all skills for each query by the confidence that linking gives them.

    MRR is the mean of 1 / rank of the first right skill; R-Precision@k is the mean of
    (right ones among the first k) / min(k, number of right ones), as Decorte et al. (2023) report them.

    Raises:
        SettingsError: there are no queries: no label of the file is in the taxonomy.
        EncoderError: the encoder fails.
    """
    if not queries:
        raise SettingsError("No row of the file has a label that is a preferred label of the taxonomy.")
    linker.check()
    reciprocal = 0.0
    precision = dict.fromkeys(DEPTHS, 0.0)
    ranked = linker.rank([(text, language) for text in queries], CANDIDATES)
    for right, links in zip(queries.values(), ranked, strict=True):
        order = [link.skill_id for link in links]
        reciprocal += next((1 / place for place, skill in enumerate(order, start=1) if skill in right), 0.0)
        for k in DEPTHS:
            precision[k] += len(right.intersection(order[:k])) / min(k, len(right))
    total = len(queries)
    return Quality(total, round(reciprocal / total, 6), {k: round(v / total, 6) for k, v in precision.items()})
