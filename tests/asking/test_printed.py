"""What commands print of answers, in English and French: figures, quotations, and what a course really teaches."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline.asking.show import Explanation, SkillLine
from pipeline.asking.told import Advice, Known, Need, Next, RoleAdvice, Why, as_json
from pipeline.commands import explain_text, quarantine_text, ways_text
from pipeline.commands.explain_text import print_explanation
from pipeline.commands.quarantine_text import REASONS, print_quarantined
from pipeline.commands.ways_text import NEARLY_THERE, print_advice
from pipeline.console import print_table
from pipeline.ingest import Language, Reason

WHY = Why("s:1", "weld", True, "weld", 0.9, ["We weld."], True, ["We weld."])
LIKE = Why("s:2", "braze", True, "weld", 0.9, ["We weld."], False, [])
BETTER = Why("s:3", "cut", False, "weld", 0.9, ["We weld."], True, ["We cut.", "Cutting."])
STEP = Next(
    "cred:1", "Welding", "Collège du Nord", None, None, 1450.0, 1450.0, "CAD", 0.5, 0.75, 0.8, [], [], [WHY]
)  # fmt: skip
NEEDS = [Need(f"s:{has}", f"skill had {has}", 0.25, has, None) for has in (0.0, 0.899, NEARLY_THERE, 0.98, 1.0)]
ROLE = RoleAdvice(
    "r:1", "welder", "ALL", 0.25, 0.75, 1450.0, 4, 1450.0, "CAD", False, NEEDS[-1:], [STEP], NEEDS
)  # fmt: skip
ADVICE = Advice([Known("s:1", "weld", 0.96, "I weld", "lexical")], "r:1", [ROLE])


def advised(capsys: pytest.CaptureFixture[str], advice: Advice, language: Language) -> str:
    print_advice(advice, language)
    return capsys.readouterr().out


def with_reason(why: Why) -> Advice:
    """The advice, with one reason to take its one credential."""
    return replace(ADVICE, roles=[replace(ROLE, stack=[replace(STEP, why=[why])])])


def test_every_phrase_is_there_in_both_languages() -> None:
    for words in (*ways_text.WORDS.values(), *explain_text.WORDS.values(), *quarantine_text.WORDS.values()):
        assert set(words) == {"en", "fr"} and all(words.values())


def test_advice_has_the_figures_and_quotations_of_its_language(capsys: pytest.CaptureFixture[str]) -> None:
    english, french = advised(capsys, ADVICE, "en"), advised(capsys, ADVICE, "fr")
    for words in (
        "“I weld”", "0.96", "wage per hour: 1,450.00 CAD", "Collège du Nord; 1450 hours; 1,450.00 CAD", "adds 0.500",
        "adds weld: “We weld.”",
    ):  # fmt: skip
        assert words in english
    for words in (
        "«\u00a0I weld\u00a0»", "0,96", "médian : 1\u00a0450,00\u00a0CAD",
        "Collège du Nord; 1\u00a0450 heures; 1\u00a0450,00\u00a0CAD", "ajoute 0,500",
        "ajoute weld : «\u00a0We weld.\u00a0»",
    ):  # fmt: skip
        assert words in french
    assert "“" not in french and "0.5" not in french


def test_one_hour_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    for hours, english, french in ((1.0, "1 hour;", "1 heure;"), (1.5, "1.5 hours;", "1,5 heure;")):
        advice = replace(ADVICE, roles=[replace(ROLE, stack=[replace(STEP, hours=hours)])])
        assert english in advised(capsys, advice, "en") and french in advised(capsys, advice, "fr")


@pytest.mark.parametrize(
    ("why", "english", "french"),
    [
        (WHY, "adds weld: “We weld.”", "ajoute weld : «\u00a0We weld.\u00a0»"),
        (LIKE, "brings nearer to braze\n", "rapproche de : braze\n"),
        (
            BETTER, "improves cut: “We cut.” / “Cutting.”",
            "améliore cut : «\u00a0We cut.\u00a0» / «\u00a0Cutting.\u00a0»",
        ),
        (replace(BETTER, itself=False, own_sentences=[]), "improves cut\n", "améliore cut\n"),
    ],
)  # fmt: skip
def test_a_course_adds_only_what_it_teaches(
    capsys: pytest.CaptureFixture[str], why: Why, english: str, french: str
) -> None:
    assert f"   {english}" in advised(capsys, with_reason(why), "en")
    assert f"   {french}" in advised(capsys, with_reason(why), "fr")


@pytest.mark.parametrize(
    ("language", "heading"), [("en", "Still missing afterwards"), ("fr", "Ce qui manque encore ensuite")]
)
def test_what_is_nearly_there_is_not_missing(
    capsys: pytest.CaptureFixture[str], language: Language, heading: str
) -> None:
    still = advised(capsys, ADVICE, language).split(heading)[1]
    assert [need.has for need in NEEDS if f"{need.skill} " in still] == [0.0, 0.899]


def test_json_has_neither_more_nor_less() -> None:
    (role,) = as_json(ADVICE)["roles"]  # type: ignore[misc]  # a list of objects
    assert len(role["missing"]) == len(NEEDS)
    assert role["stack"][0]["why"] == [
        {"skill_id": "s:1", "skill": "weld", "new": True, "taught": "weld", "confidence": 0.9,
         "sentences": ["We weld."]}
    ]  # fmt: skip


LINE = SkillLine("s:1", "weld", 0.75, "weld", 1.0, 0.88, 0.66, "covered", ["We weld."], [("p:1", "You weld.")])
EXPLAINED = Explanation("cred:1", "Welding", "r:1", "welder", 0.660587, 0.5, 0.7, 0.9, [LINE])


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["Coverage 0.660587  (interval 0.500 – 0.700, relevance 0.900)", "similarity = contribution:",
                "Sum of contributions: 0.660000000", "  credential: “We weld.”", "  posting p:1: “You weld.”"]),
        ("fr", ["Couverture 0,660587  (intervalle 0,500 – 0,700, pertinence 0,900)", "similarité = contribution :",
                "Somme des contributions : 0,660000000", "  titre : «\u00a0We weld.\u00a0»",
                "  offre p:1 : «\u00a0You weld.\u00a0»"]),
    ],
)  # fmt: skip
def test_an_explanation_in_either_language(
    capsys: pytest.CaptureFixture[str], language: Language, lines: list[str]
) -> None:
    print_explanation(EXPLAINED, language, 5)
    told = capsys.readouterr().out
    assert not [line for line in lines if f"{line}\n" not in told], told
    assert ("0.88" in told) == (language == "en")


def test_rows_differ_by_language_in_their_figures_only(capsys: pytest.CaptureFixture[str]) -> None:
    table = pa.table({"name": ["v1.0, beta"], "share": [0.66], "count": [3]})
    told = []
    for language in ("en", "fr"):
        print_table(table, language)
        told.append(capsys.readouterr().out)
    assert [line.split() for line in told[0].splitlines()] == [
        ["name", "share", "count"], ["v1.0,", "beta", "0.66", "3"],
    ]  # fmt: skip
    assert told[1] == told[0].replace("0.66", "0,66")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_reason_is_explained_in_either_language(language: Language) -> None:
    told = REASONS[language]
    assert set(told) == {reason.value for reason in Reason}
    assert all(wrong.endswith(".") and cure.endswith(".") for wrong, cure in told.values())


def test_quarantine_in_french(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"file": "a.csv", "position": "3", "reason": "missing_title", "detail": "The posting has no title."}
    rows = pa.Table.from_pylist([row, row])
    print_quarantined("postings", 1200, rows, "fr")
    heading, names, *_, remedy = capsys.readouterr().out.splitlines()
    assert heading == "offres : 1\u00a0200 enregistrements en quarantaine, dont voici les 2 premiers :"
    assert names.split() == ["fichier", "position", "motif", "détail"]
    assert remedy.startswith("    missing_title : L'enregistrement n'a pas d'intitulé. Remède : ")
    print_quarantined("credentials", 2, rows.slice(0, 1), "fr")
    told = capsys.readouterr().out
    assert told.startswith("titres : 2 enregistrements en quarantaine, dont voici le premier :\n")
    assert "The posting has no title." in told
    print_quarantined("credentials", 0, rows.slice(0, 0), "fr")
    assert capsys.readouterr().out == "titres : 0 enregistrement en quarantaine\n"


def test_quarantine_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"file": "a.csv", "position": "3", "reason": "missing_title", "detail": "The posting has no title."}
    large = row | {"reason": "too_large", "detail": "The record has more than 10 bytes."}
    print_quarantined("postings", 1200, pa.Table.from_pylist([row]), "en")
    heading, names, line, remedy = capsys.readouterr().out.splitlines()
    assert heading == "postings: 1,200 quarantined, the first 1 of them:"
    assert names.split() == ["file", "position", "reason", "detail"]
    assert line.split() == ["a.csv", "3", "missing_title", "The", "posting", "has", "no", "title."]
    assert remedy.startswith("    missing_title: The record has no title. Remedy: add one at the source")
    print_quarantined("postings", 3, pa.Table.from_pylist([row, large, row]), "en")
    *_, first, second = capsys.readouterr().out.splitlines()
    assert first == remedy
    assert second.startswith("    too_large: ") and second.endswith("raise the limit under [ingest].")
    print_quarantined("credentials", 0, pa.Table.from_pylist([row]).slice(0, 0), "en")
    assert capsys.readouterr().out == "credentials: 0 quarantined\n"
