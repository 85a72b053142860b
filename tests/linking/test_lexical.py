"""Labels found in text word by word."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import log

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.records import Language
from pipeline.linking.lexical import LabelMatcher, label_words, stems
from pipeline.taxonomy import Taxonomy

LABELS: list[tuple[str, Language, str]] = [
    ("forklift", "en", "operate forklifts"),
    ("forklift", "en", "forklift"),
    ("forklift", "fr", "opérer un chariot élévateur"),
    ("stock", "en", "inventory control"),
    ("stock", "fr", "contrôle d'inventaire"),
    ("safety", "en", "workplace safety"),
    ("safety", "fr", "sécurité au travail"),
    ("it", "en", "IT"),
    ("java", "en", "Java (computer programming)"),
    ("c++", "en", "C++"),
    ("c#", "en", "C#"),
    ("node", "en", "Node.js"),
    ("plc", "en", "PLC"),
    ("gdt", "en", "GD&T"),
    ("weld", "en", "weld and cut metal"),
    ("welding", "en", "welding"),
]


def table(rows: Sequence[tuple[str, str, str]]) -> pa.Table:
    """A label table of (concept, language, label)."""
    concepts, languages, texts = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table({
        "concept_id": pa.array(concepts, pa.string()), "language": pa.array(languages, pa.string()),
        "label": pa.array(texts, pa.string()), "preferred": pa.array([True] * len(rows), pa.bool_()),
    })  # fmt: skip


@pytest.fixture(scope="module")
def matchers() -> dict[str, LabelMatcher]:
    return {language: LabelMatcher(table(LABELS), language) for language in ("en", "fr")}


def found(matcher: LabelMatcher, text: str, rows: Sequence[tuple[str, str, str]] = LABELS) -> list[tuple[str, str]]:
    """(concept, the text it was found in)."""
    return [(rows[match.row][0], text[match.start : match.end]) for match in matcher.find(text)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        # Inflection, function words, case.
        ("en", "Operating a forklift safely", [("forklift", "Operating a forklift")]),
        ("en", "Must have operated the forklifts.", [("forklift", "operated the forklifts")]),
        ("en", "OPERATE FORKLIFTS", [("forklift", "OPERATE FORKLIFTS")]),
        ("en", "Control of the inventory", []),  # the words of a label in another order are another thing
        ("en", "Inventory quality control", []),  # and so are words with others between them
        ("fr", "Opérer des chariots élévateurs", [("forklift", "Opérer des chariots élévateurs")]),
        ("fr", "Vous opérez les chariots élévateurs", [("forklift", "opérez les chariots élévateurs")]),
        # Elision, with either apostrophe.
        ("fr", "Contrôle d'inventaire", [("stock", "Contrôle d'inventaire")]),
        ("fr", "Contrôles d’inventaires", [("stock", "Contrôles d’inventaires")]),
        ("fr", "le contrôle de l'inventaire", [("stock", "contrôle de l'inventaire")]),
        # Accents.
        ("fr", "CONTROLE D'INVENTAIRE", [("stock", "CONTROLE D'INVENTAIRE")]),
        ("fr", "Opérer un chariot elevateur", [("forklift", "Opérer un chariot elevateur")]),
        ("fr", "Santé et sécurité au travail", [("safety", "sécurité au travail")]),
        # The longest match wins, also over one that it holds; separate places are separate matches.
        ("en", "weld, cut metals", [("weld", "weld, cut metals")]),
        ("en", "Welding and metal cutting", [("welding", "Welding")]),
        ("en", "forklift and operating forklifts", [("forklift", "forklift"), ("forklift", "operating forklifts")]),
        # Acronyms keep their case.
        ("en", "IT support", [("it", "IT")]),
        ("en", "it is, It was", []),
        ("fr", "soutien en IT", [("it", "IT")]),
        ("en", "Read GD&T", [("gdt", "GD&T")]),
        ("en", "gd&t plc", []),
        # Signs that are part of a name.
        ("en", "C++, C# and C", [("c++", "C++"), ("c#", "C#")]),
        ("en", "C+ grade, C", []),
        ("fr", "Programmer en C++.", [("c++", "C++")]),
        ("en", "Node.js.", [("node", "Node.js")]),
        # A qualifier in parentheses tells labels apart, texts leave it out.
        ("en", "Java and JavaScript", [("java", "Java")]),
        ("en", "Java (computer programming)", [("java", "Java")]),
        # A concept without a French label is found by its English one, the others only by their French ones.
        ("fr", "Java", [("java", "Java")]),
        ("fr", "forklift", []),
        ("en", "opérer un chariot élévateur", []),
        ("en", "", []),
        ("en", "the of and", []),
    ],
)
def test_labels_are_found(matchers: dict[str, LabelMatcher], language: str, text: str, expected: list[tuple[str, str]]):
    assert found(matchers[language], text) == expected


@pytest.mark.parametrize("text", ["Santé et securite au travail", "SECURITE AU TRAVAIL"])
def test_accents_that_a_capital_or_a_hurried_writer_leaves_out_do_not_matter(matchers, text: str):
    """French in capitals often has no accents; the ending of "sécurité" must not depend on them."""
    assert [concept for concept, _ in found(matchers["fr"], text)] == ["safety"]


def test_an_acronym_in_the_plural_is_found(matchers):
    assert found(matchers["en"], "Program PLCs") == [("plc", "PLCs")]


@pytest.mark.parametrize("label", [".NET", "AS/RS", "ROC-A", "C++", "R&D"])
def test_a_short_label_with_signs_or_function_words_is_found_in_its_own_letters(label: str):
    rows = [("it", "en", label)]
    assert [concept for concept, _ in found(LabelMatcher(table(rows), "en"), f"Uses {label} daily", rows)] == ["it"]


def test_what_a_match_says_of_itself_worked_by_hand():
    rows = [
        ("a", "en", "pipe welding"),
        ("b", "en", "Pipe Welding (trade)"),
        ("c", "en", "welding"),
        ("d", "en", "pipe"),
    ]
    upper, lower = LabelMatcher(table(rows), "en").find("x pipes welding")
    # "pipe" is in three labels and "weld" in three, so both words of the label count log 3; two labels share them.
    assert (upper.row, upper.start, upper.end, upper.words, upper.exact, upper.sharers) == (0, 2, 15, 2, False, 2)
    assert upper.commonness == pytest.approx(log(3))
    assert (lower.row, lower.sharers) == (1, 2)
    assert all(match.exact for match in LabelMatcher(table(rows), "en").find("PIPE welding"))


def test_a_rare_word_is_not_common():
    rows = [("a", "en", "kaizen"), ("b", "en", "lean work"), ("c", "en", "team work")]
    matcher = LabelMatcher(table(rows), "en")
    assert matcher.find("kaizen")[0].commonness == 0.0
    assert matcher.find("lean work")[0].commonness == pytest.approx((0 + log(2)) / 2)


def test_the_labels_looked_for_are_known_by_row():
    """A concept with labels in the language of the texts is looked for by these, any other by its English ones."""
    words = label_words(table(LABELS), "fr")
    looked_for = {LABELS[row][:2] for row in words.rows.tolist()}
    assert ("forklift", "fr") in looked_for
    assert ("forklift", "en") not in looked_for
    assert ("java", "en") in looked_for
    lengths = dict(zip(words.rows.tolist(), np.diff(words.ends).tolist(), strict=True))
    assert [length for row, length in lengths.items() if LABELS[row][0] == "java"] == [1], "without the qualifier"
    assert min(lengths.values()) > 0


def test_no_labels_find_nothing():
    matcher = LabelMatcher(table([]), "en")
    assert matcher.find("operate forklifts") == []
    assert LabelMatcher(table([("a", "en", "the of"), ("b", "en", "(x)")]), "en").find("the of x") == []


TEXTS = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [label for _, _, label in LABELS] + ["the", "de l'", "C+", "++", ".", "(", "’", "İ", "ß", "e\u0301"]
    ),
    max_size=30,
).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from(["en", "fr"]))
def test_any_text_can_be_searched(matchers: dict[str, LabelMatcher], text: str, language: str):
    matches = matchers[language].find(text)
    spans = {(match.start, match.end) for match in matches}
    assert matches == sorted(matches, key=lambda match: (match.start, match.end, match.row))
    for match in matches:
        assert 0 <= match.start < match.end <= len(text)
        assert match.words >= 1
        assert match.sharers >= 1
        assert match.commonness >= 0
        assert LABELS[match.row][1] in (language, "en")
        assert not any(a <= match.start and match.end <= b and b - a > match.end - match.start for a, b in spans)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.sampled_from(["en", "fr"]))
def test_words_that_are_known_already_give_the_same_labels(matchers, text: str, language: str):
    assert matchers[language].find(text, stems(text, language)) == matchers[language].find(text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["en", "fr"]), st.text(max_size=30)), max_size=12), TEXTS
)
def test_any_labels_can_be_searched_for(rows: list[tuple[str, str, str]], text: str):
    for language in ("en", "fr"):
        for match in LabelMatcher(table(rows), language).find(text):
            assert text[match.start : match.end]


def test_hostile_text_takes_no_time(matchers: dict[str, LabelMatcher]):
    start = time.process_time()
    for text in ("forklift operate " * 20, "welding " * 50, "C+" * 100_000, "a." * 100_000, "x" * 200_000):
        matchers["en"].find(text)
    assert time.process_time() - start < 3


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_label_of_the_starter_is_found_in_its_own_letters(starter: Taxonomy, language: Language):
    labels = starter.labels("skills")
    matcher = LabelMatcher(labels, language)
    rows = zip(labels["language"].to_pylist(), labels["label"].to_pylist(), strict=True)
    missed = [
        label
        for row, (own, label) in enumerate(rows)
        if own == language and row not in {match.row for match in matcher.find(label)}
    ]
    assert missed == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4), max_size=8),
    st.lists(st.sampled_from("abcdx"), max_size=12),
)
def test_every_label_is_found_wherever_its_words_stand_together(labels: list[list[str]], text: list[str]):
    """Against a search that looks everywhere for each label; one inside a longer one is left out."""
    word = {letter: f"{letter}{letter}{number}" for number, letter in enumerate("bcdxyz", 1)} | {"a": "aa7"}
    rows = [(str(i), "en", " ".join(word[letter] for letter in label)) for i, label in enumerate(labels)]
    spans = {
        (start, start + len(label), row)
        for row, label in enumerate(labels) for start in range(len(text)) if text[start : start + len(label)] == label
    }  # fmt: skip
    outer = {s for s in spans if not any(o[0] <= s[0] and s[1] <= o[1] and o[1] - o[0] > s[1] - s[0] for o in spans)}
    found = LabelMatcher(table(rows), "en").find(" ".join(word[letter] for letter in text))
    assert {(match.start // 4, (match.end + 1) // 4, match.row) for match in found} == outer
