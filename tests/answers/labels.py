"""Findings of the definition check, labelled by hand: what a reader of the record would say."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

LABELS = Path(__file__).resolve().parent.parent / "data" / "definition_labels.csv"


@dataclass(frozen=True)
class Agreement:
    """How findings agree with labels.

    Attributes:
        precision: of the findings that state something (found or contradicted), the share that is right.
        recall: of the labels that state something, the share that was found so.
        wrong: the labels that findings disagree with.
    """

    precision: float
    recall: float
    wrong: list[tuple[str, str, str, str]]


def agreement(source: str, definition: pa.Table) -> Agreement:
    """Compares `tables.CREDENTIAL_DEFINITION` with the labels of one source."""
    found = {(row["credential_id"], row["trait"]): row["finding"] for row in definition.to_pylist()}
    with LABELS.open(encoding="utf-8") as file:
        labels = [row for row in csv.DictReader(file) if row["source"] == source]
    pairs = [(found[row["credential_id"], row["trait"]], row["finding"], row) for row in labels]
    stated = [one == other for one, other, _ in pairs if one != "not_stated"]
    true = [one == other for one, other, _ in pairs if other != "not_stated"]
    wrong = [(row["credential_id"], row["trait"], one, other) for one, other, row in pairs if one != other]
    return Agreement(sum(stated) / len(stated), sum(true) / len(true), wrong)
