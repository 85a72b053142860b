"""Occupations that titles name, over a small taxonomy and an encoder of letters."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from math import isclose

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.embeddings import LabelIndex
from pipeline.ingest import Language
from pipeline.matching.title_model import FEATURES, MODEL, TitleModel, nearness
from pipeline.matching.title_ngrams import NgramIndex, ngrams
from pipeline.matching.title_wording import plain
from pipeline.matching.titles import TitleMatch, TitleMatcher, best_of_each, title_labels

DRIVERS = ("hearse", "bus", "taxi", "train", "tram", "ambulance", "forklift", "cargo vehicle", "racing car", "tractor")
LABELS: list[tuple[str, str, str, bool]] = [
    *((f"o:{name} driver", "en", f"{name} driver", True) for name in DRIVERS),
    ("o:hearse driver", "en", "driver", False),
    ("o:cargo vehicle driver", "en", "truck driver", False),
    ("o:cook", "en", "cook", True),
    ("o:cook", "fr", "cuisinier/cuisinière", True),
    ("o:grill cook", "en", "grill cook", True),
    ("o:pastry cook", "en", "pastry cook", True),
    ("o:fish cook", "en", "fish cook", True),
    ("o:welder", "en", "welder", True),
    ("o:welder", "fr", "soudeur/soudeuse", True),
    ("o:machinist", "en", "CNC machinist", True),
    ("o:machinist", "fr", "opérateur sur machine à commande numérique", True),
    ("o:machinist", "fr", "opératrice sur machine à commande numérique", False),
]


class LetterEncoder:
    """Texts that share letters have vectors that are alike."""

    fingerprint = "letters"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), 64), 0.05, dtype=np.float64)
        for row, text in zip(rows, texts, strict=True):
            for gram, times in ngrams(plain(text)).items():
                row[zlib.crc32(gram.encode()) % 64] += times
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def matcher(labels: Sequence[tuple[str, str, str, bool]] = LABELS) -> TitleMatcher:
    columns = dict(
        zip(("concept_id", "language", "label", "preferred"), map(list, zip(*labels, strict=True)), strict=True)
    )
    table = title_labels(pa.table(columns))
    encoder = LetterEncoder()
    return TitleMatcher(LabelIndex(table, encoder.encode(table["label"].to_pylist())), encoder)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made() -> TitleMatcher:
    return matcher()


def best(made: TitleMatcher, title: str, language: Language = "en") -> TitleMatch:
    (found,) = made.match([(title, language)])
    return found[0]


@pytest.mark.parametrize(
    ("title", "language", "occupation"),
    [
        ("Cook", "en", "o:cook"),
        ("Cook, grill", "en", "o:grill cook"),
        ("URGENT!! Welders needed - $35/hr", "en", "o:welder"),
        ("Soudeuse (H/F)", "fr", "o:welder"),
        ("SOUDEUR / SOUDEUSE", "fr", "o:welder"),
        ("Welder / Soudeur", "en", "o:welder"),
        ("Cuisinier(ère)", "fr", "o:cook"),
        ("truck driver", "en", "o:cargo vehicle driver"),
        ("Driver, truck", "en", "o:cargo vehicle driver"),
        ("Opérateur / Opératrice sur machine à commande numérique", "fr", "o:machinist"),
    ],
)
def test_titles_find_their_occupation(made: TitleMatcher, title: str, language: Language, occupation: str) -> None:
    found = best(made, title, language)
    assert found.occupation_id == occupation
    assert found.confidence > 0.5


def test_a_word_that_many_occupations_share_names_none_of_them(made: TitleMatcher) -> None:
    assert best(made, "driver").confidence < 0.4, "though it is a label of the hearse driver's"
    assert best(made, "Driver, long haul").confidence < 0.4
    assert best(made, "driver - days").confidence < 0.4


def test_a_word_that_one_occupation_prefers_names_it_however_common(made: TitleMatcher) -> None:
    assert best(made, "cook").confidence > 0.8


def test_what_no_label_is_like_has_little_confidence(made: TitleMatcher) -> None:
    assert best(made, "astronaut").confidence < 0.2


def test_occupations_that_fit_alike_divide_the_probability() -> None:
    twice = [*LABELS, ("o:carer", "en", "live-in helper", False), ("o:maid", "en", "live-in helper", False)]
    (found,) = matcher(twice).match([("live-in helper", "en")])
    assert {m.occupation_id for m in found[:2]} == {"o:carer", "o:maid"}
    assert found[0].confidence == pytest.approx(found[1].confidence, rel=1e-4)
    assert found[0].confidence < 0.5


def test_confidences_are_shares_of_one_and_fall(made: TitleMatcher) -> None:
    for found in made.match([("cook", "en"), ("driver", "en"), ("", "en"), ("zzz", "fr")]):
        confidences = [m.confidence for m in found]
        assert confidences == sorted(confidences, reverse=True)
        assert all(0 <= c <= 1 for c in confidences)
        assert sum(confidences) <= 1 + 1e-6


def test_a_title_s_matches_do_not_depend_on_its_neighbours(made: TitleMatcher) -> None:
    titles: list[tuple[str, Language]] = [
        ("cook", "en"), ("Driver, truck", "en"), ("Soudeuse (H/F)", "fr"), ("astronaut", "en"), ("", "en"),
    ]  # fmt: skip
    together = dict(zip(titles, made.match(titles), strict=True))
    for title in titles:
        assert list(made.match([title])) == [together[title]]
    shuffled = list(titles)
    random.Random(1).shuffle(shuffled)
    assert dict(zip(shuffled, made.match(shuffled), strict=True)) == together


def test_the_order_of_the_labels_changes_nothing(made: TitleMatcher) -> None:
    mixed = list(LABELS)
    random.Random(2).shuffle(mixed)
    titles: list[tuple[str, Language]] = [("grill cook", "en"), ("Soudeur", "fr"), ("driver", "en")]
    for one, other in zip(made.match(titles), matcher(mixed).match(titles), strict=True):
        assert [m.occupation_id for m in one[:3]] == [m.occupation_id for m in other[:3]]
        assert all(isclose(a.confidence, b.confidence, rel_tol=1e-3) for a, b in zip(one[:3], other[:3], strict=True))


def test_one_label_is_enough() -> None:
    assert best(matcher(LABELS[12:13]), "cook").occupation_id == "o:cook"


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["en", "fr"]))
def test_any_title_is_answered(title: str, language: Language) -> None:
    (found,) = MADE.match([(title, language)])
    assert len({m.occupation_id for m in found}) == len(found)


MADE = matcher()


def test_labels_say_each_thing_once() -> None:
    table = pa.table({
        "concept_id": ["o"], "language": ["fr"], "label": ["soudeur/soudeuse"], "preferred": [True],
    })  # fmt: skip
    assert title_labels(table).to_pylist() == [
        {"concept_id": "o", "language": "fr", "label": "soudeur", "preferred": True}
    ]


# --- Letters --------------------------------------------------------------------------------------------------------


def test_a_text_is_wholly_like_itself() -> None:
    index = NgramIndex(["soudeur", "operateur de presse", "cook"])
    scores = index.scores("operateur de presse")
    assert scores[1] == pytest.approx(1.0)
    assert scores[1] > scores[0] > 0 == scores[2]


def test_letters_of_inflected_words_are_alike() -> None:
    index = NgramIndex(["plieur", "soudeur"])
    assert index.scores("machine de pliage")[0] > index.scores("machine de pliage")[1]


def test_letters_that_no_text_has_count_against_it() -> None:
    index = NgramIndex(["cook", "baker"])
    assert index.scores("cook")[0] > index.scores("cook zyxwv")[0] > 0
    assert index.scores("zyxwv").tolist() == [0.0, 0.0] == index.scores("").tolist()


def test_ngrams_stay_within_words() -> None:
    assert ngrams("ab cd") == {" ab": 1, "ab ": 1, " ab ": 1, " cd": 1, "cd ": 1, " cd ": 1}


# --- The model ------------------------------------------------------------------------------------------------------


def test_probabilities_of_a_conditional_logit() -> None:
    # Scores 2 and 1 against 0 for none; the centres are the same, so both are as near as can be.
    model = TitleModel(weights=(1.0,) + (0.0,) * (len(FEATURES) - 1), none=0.0)
    features = np.zeros((2, len(FEATURES)))
    features[:, 0] = 2.0, 1.0
    total = np.e**2 + np.e + 1
    found = model.probabilities(model.scores(features), np.ones((2, 1)))
    assert found == pytest.approx([np.e**2 / total, np.e / total])


def test_no_candidates_no_probabilities() -> None:
    assert MODEL.probabilities(np.empty(0), np.empty((0, 3))).shape == (0,)


def test_what_is_like_the_likeliest_is_near() -> None:
    centres = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    near = nearness(np.array([9.0, 0.0, 0.0]), centres)
    assert near[0] > near[1] > near[2]


def test_the_best_variant_of_each_occupation_counts() -> None:
    where = best_of_each(np.array([3, 1, 3, 1]), np.array([0.5, 0.2, 0.9, 0.1]))
    assert where.tolist() == [1, 2]
