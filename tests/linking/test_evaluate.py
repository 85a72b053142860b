"""Ranking metrics, worked by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.ingest.records import Language
from pipeline.linking import Link, Linker, Quality, evaluate, read_queries
from pipeline.taxonomy import Taxonomy


class FakeLinker:
    """Ranks skills as it is told to."""

    def __init__(self, rankings: dict[str, str]) -> None:
        self.rankings = {query: ranking.split() for query, ranking in rankings.items()}
        self.asked: list[tuple[str, Language]] = []
        self.checked = False

    def check(self) -> None:
        self.checked = True

    def rank(self, units: Sequence[tuple[str, Language]], candidates: int) -> Iterator[list[Link]]:
        self.asked = list(units)
        for text, _ in units:
            yield [Link(skill, 0.5, 0, 1, skill, "dense") for skill in self.rankings[text]]


def test_the_metrics_by_hand():
    linker = FakeLinker({
        "one": "a b c d e f g h i j k",  # right: c -> rank 3
        "two": "a b c d e f g h i j k",  # right: a, f, k -> ranks 1, 6 and 11
        "none": "a b c",  # right: z, not found
    })  # fmt: skip
    quality = evaluate(linker, {"one": {"c"}, "two": {"a", "f", "k"}, "none": {"z"}}, "fr")
    assert quality.n == 3
    assert quality.mrr == pytest.approx((1 / 3 + 1 + 0) / 3, abs=1e-6)
    # R-Precision@k: right ones among the first k / min(k, number right), averaged over the queries.
    assert quality.r_precision[1] == pytest.approx((0 / 1 + 1 / 1 + 0 / 1) / 3, abs=1e-6)
    assert quality.r_precision[5] == pytest.approx((1 / 1 + 1 / 3 + 0 / 1) / 3, abs=1e-6)
    assert quality.r_precision[10] == pytest.approx((1 / 1 + 2 / 3 + 0 / 1) / 3, abs=1e-6)
    assert linker.checked
    assert linker.asked == [("one", "fr"), ("two", "fr"), ("none", "fr")]
    assert quality.as_dict() == {
        "n": 3, "mrr": quality.mrr,
        "rp@1": quality.r_precision[1], "rp@5": quality.r_precision[5], "rp@10": quality.r_precision[10],
    }  # fmt: skip


def test_more_right_skills_than_the_depth_can_still_be_perfect():
    right = {"a", "b", "c", "d", "e", "f", "g"}
    quality = evaluate(FakeLinker({"all": "a b c d e f g x y z"}), {"all": right}, "en")
    assert quality == Quality(1, 1.0, {1: 1.0, 5: 1.0, 10: 1.0})


def test_a_real_linker_ranks_the_quoted_label_first(small_linker: Linker):
    queries = {
        "operate forklifts": {"ps:forklift"},
        "give first aid": {"ps:first-aid"},
        "weld metal parts": {"ps:weld"},
    }
    assert evaluate(small_linker, queries, "en").mrr == 1.0


def test_no_queries_are_an_error():
    with pytest.raises(SettingsError, match="preferred label"):
        evaluate(FakeLinker({}), {}, "en")


# --- Reading --------------------------------------------------------------------------------------------------------


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A labelled set in English: one sentence with two labels, one label that no skill has, one without a span."""
    path = tmp_path / "labelled.csv"
    path.write_text(
        "\ufeffsentence,span,label\n"
        '"Operate forklifts, then weld.",Operate forklifts,operate forklifts\n'
        '"Operate forklifts, then weld.",weld, weld metal parts \n'
        '"Operate forklifts, then weld.",then,LABEL NOT PRESENT\n'
        "Be nice.,nice,UNDERSPECIFIED\n"
        "Help people.,,give first aid\n",
        encoding="utf-8",
    )
    return path


def test_rows_with_the_same_query_are_one_query_with_several_labels(labelled: Path, small: Taxonomy):
    assert read_queries(labelled, "sentence", "en", small) == {
        "Operate forklifts, then weld.": {"ps:forklift", "ps:weld"},
        "Help people.": {"ps:first-aid"},
    }


def test_spans_can_be_the_queries(labelled: Path, small: Taxonomy):
    assert read_queries(labelled, "span", "en", small) == {
        "Operate forklifts": {"ps:forklift"},
        "weld": {"ps:weld"},
    }


def test_french_labels_are_looked_up_in_french(labelled: Path, small: Taxonomy, tmp_path: Path):
    assert read_queries(labelled, "sentence", "fr", small) == {}
    path = tmp_path / "fr.csv"
    path.write_text("sentence,label\nSouder.,souder des pièces métalliques\n", encoding="utf-8")
    assert read_queries(path, "sentence", "fr", small) == {"Souder.": {"ps:weld"}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sentence,span\na,b\n", "has no column label"),
        (b"text,label\na,b\n", "has no column sentence"),
        (b"", "has no column"),
        (b"sentence,label\n\xff\xfe,a\n", "not a CSV file in UTF-8"),
        (b'sentence,label\n"' + b"x" * 200_000 + b'",a\n', "not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_says_why(tmp_path: Path, small: Taxonomy, content, message):
    path = tmp_path / "labelled.csv"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=message) as caught:
        read_queries(path, "sentence", "en", small)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path, small: Taxonomy):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(SettingsError, match="cannot be read") as caught:
            read_queries(path, "sentence", "en", small)
        assert str(path) in str(caught.value)


def test_a_row_that_is_too_short_is_left_out(tmp_path: Path, small: Taxonomy):
    path = tmp_path / "labelled.csv"
    path.write_text("sentence,span,label\nWeld.\n,x,give first aid\nWeld.,x,weld metal parts\n", encoding="utf-8")
    assert read_queries(path, "sentence", "en", small) == {"Weld.": {"ps:weld"}}
