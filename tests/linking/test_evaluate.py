"""Measures of ranking, calibration and thresholds, worked by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from pipeline.errors import SettingsError
from pipeline.ingest.records import Language
from pipeline.linking import Link, Linker, Quality, evaluate, kept, ranking_quality
from pipeline.linking.evaluate import bootstrap_interval, calibration, jaccard


class FakeLinker:
    """Ranks skills as it is told to."""

    def __init__(self, rankings: dict[str, str]) -> None:
        self.rankings = {query: ranking.split() for query, ranking in rankings.items()}
        self.asked: list[tuple[str, Language]] = []
        self.checked = False

    def check(self) -> None:
        self.checked = True

    def rank(self, units: Sequence[tuple[str, Language]], candidates: int, without: str = "") -> Iterator[list[Link]]:
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
    assert quality == Quality(1, 1.0, {1: 1.0, 5: 1.0, 10: 1.0}, (1.0, 1.0))


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


def test_the_better_of_two_rankings_of_several_right_skills():
    right = [{"a", "b"}] * 3
    quality = ranking_quality([["a", "b", "x"], ["x", "a", "b"], ["x", "y", "z"]], right)
    assert quality.mrr == pytest.approx((1 + 1 / 2 + 0) / 3, abs=1e-6)
    # R-Precision@1 asks for one, R-Precision@5 for both.
    assert quality.r_precision[1] == pytest.approx((1 + 0 + 0) / 3, abs=1e-6)
    assert quality.r_precision[5] == pytest.approx((1 + 1 + 0) / 3, abs=1e-6)


@pytest.mark.parametrize(("right", "rank"), [("a", 1), ("b", 2), ("c", 3)])
def test_skills_of_equal_confidence_count_in_the_order_given(right: str, rank: int):
    """A tie is never broken in favour of the right one: three skills of one confidence stand in the linker's order."""
    quality = evaluate(FakeLinker({"tied": "a b c"}), {"tied": {right}}, "en")
    assert quality.mrr == pytest.approx(1 / rank, abs=1e-6)
    assert quality.r_precision[1] == float(rank == 1)


# --- Intervals ------------------------------------------------------------------------------------------------------


def test_the_interval_is_the_same_each_time_and_holds_the_mean():
    values = np.array([0.0, 1.0] * 30)
    low, high = bootstrap_interval(values)
    assert (low, high) == bootstrap_interval(values)
    # The mean of 60 fair coins has a standard error of 0.065: 90 % lie within 1.645 of these.
    assert low == pytest.approx(0.5 - 1.645 * 0.0645, abs=0.02)
    assert high == pytest.approx(0.5 + 1.645 * 0.0645, abs=0.02)


def test_the_interval_of_equal_values_is_a_point_and_of_none_says_nothing():
    assert bootstrap_interval(np.full(9, 0.25)) == (0.25, 0.25)
    assert bootstrap_interval(np.array([])) == (0.0, 1.0)


# --- Calibration ----------------------------------------------------------------------------------------------------


def test_the_calibration_error_by_hand():
    confidence = np.array([0.05, 0.05, 0.05, 0.05, 0.75, 0.75, 1.0, 1.0])
    right = np.array([False, False, False, True, True, False, True, True])
    found = calibration(confidence, right)
    # [0, 0.1): 4 links of 0.05, a quarter right; [0.7, 0.8): 2 of 0.75, half right; [0.9, 1]: 2 of 1, all right.
    assert found.error == pytest.approx((4 * 0.20 + 2 * 0.25 + 2 * 0) / 8, abs=1e-6)
    assert found.n == 8
    assert [(b.low, b.n, b.confidence, b.right) for b in found.bins] == [
        (0.0, 4, 0.05, 0.25),
        (0.7, 2, 0.75, 0.5),
        (0.9, 2, 1.0, 1.0),
    ]


def test_a_confidence_on_the_edge_of_a_bin_belongs_to_the_upper_one():
    found = calibration(np.array([0.0, 0.1, 0.5, 0.9]), np.array([False, False, True, True]))
    assert [b.low for b in found.bins] == [0.0, 0.1, 0.5, 0.9]


def test_no_links_have_no_calibration_error():
    found = calibration(np.array([]), np.array([], dtype=np.bool_))
    assert (found.n, found.error, found.bins) == (0, 0.0, ())


# --- Thresholds -----------------------------------------------------------------------------------------------------


def test_what_a_threshold_keeps_by_hand():
    found = kept([{"a", "x"}, {"b"}, set(), {"y"}, set()], [{"a", "b"}, {"b"}, {"c"}, set(), set()])
    assert (found.n, found.links, found.empty) == (5, 4, 2)
    assert found.precision == 0.5  # a and b of a, x, b and y
    assert found.recall == 0.5  # a and b of a, b, b and c
    assert found.f1 == 0.5
    assert found.false_links == 0.5  # y, where no skill fits


def test_a_threshold_that_keeps_nothing():
    found = kept([set(), set()], [{"a"}, {"b"}])
    assert (found.links, found.precision, found.recall, found.f1, found.false_links) == (0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [({"a", "b"}, {"b", "c"}, 0.333333), ({"a"}, {"a"}, 1.0), ({"a"}, set(), 0.0), (set(), set(), 1.0)],
)
def test_the_jaccard_index_by_hand(one: set[str], other: set[str], expected: float):
    assert jaccard(one, other) == expected
