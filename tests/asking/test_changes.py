"""What changed between two snapshots, told to people."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline.asking.changes import FACTOR_WORDS, describe, readable
from pipeline.ingest import Language
from pipeline.tables import CHANGES


def summary(pairs: int, unchanged: int, both: int, new: int, gone: int, **factors: str) -> dict[str, object]:
    """What summary.json of a comparison holds."""
    return {
        "earlier": "one", "later": "two", "pairs": pairs, "unchanged": unchanged, "factors": factors,
        "kinds": {"new": new, "gone": gone, "both": both}, "mean_change": dict.fromkeys(FACTOR_WORDS, 0.0125),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "few", "many"),
    [
        (
            "en", "1 match, of which 1 did not change, 0 changed, 0 are new and 1 is gone.",
            "9 matches, of which 2 did not change, 3 changed, 2 are new and 2 are gone.",
        ),
        (
            "fr", "1 appariement, dont 1 inchangé, 0 changé, 0 nouveau et 1 disparu.",
            "9 appariements, dont 2 inchangés, 3 changés, 2 nouveaux et 2 disparus.",
        ),
    ],
)  # fmt: skip
def test_words_agree_with_what_they_count(language: Language, few: str, many: str) -> None:
    assert few in describe(summary(1, 1, 0, 0, 1), language)
    assert many in describe(summary(9, 2, 3, 2, 2), language)


def test_figures_and_articles_are_those_of_the_language() -> None:
    told = summary(9, 2, 3, 2, 2, credential="split", code="unsplit", taxonomy="unsplit")
    english, french = describe(told, "en"), describe(told, "fr")
    assert "by credentials: +0.012500" in english
    assert "The earlier state of the taxonomy, the program can" in english
    assert "due aux titres : +0,012500" in french and "." not in french.split("due aux titres")[1].splitlines()[0]
    assert "L'état antérieur de la taxonomie et du programme ne peut" in french


def test_rows_have_french_headings_and_words_for_french_readers_only() -> None:
    row: dict[str, object] = dict.fromkeys(CHANGES.schema.names, 0.5)
    row |= {"credential_id": "c", "role_id": "r"}
    kinds = [("new", ["taxonomy", "code"]), ("gone", []), ("both", [])]
    rows = pa.Table.from_pylist(
        [row | {"kind": kind, "unsplit": unsplit} for kind, unsplit in kinds], schema=CHANGES.schema
    )
    assert readable(rows, "en") is rows
    french = readable(rows, "fr")
    assert french["état"].to_pylist() == ["nouveau", "disparu", "changé"]
    assert french["non départagés"].to_pylist() == [["taxonomie", "programme"], [], []]
    assert not set(french.column_names) & set(CHANGES.schema.names)
    assert rows["kind"].to_pylist() == ["new", "gone", "both"], "what JSON gives is left as it is"
