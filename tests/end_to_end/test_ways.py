"""The way between two roles and advice for a learner, asked of the bundled sample as users ask."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest

from pipeline.commands.ways_text import NEARLY_THERE, NEEDS_SHOWN, WHY_SHOWN

from .tools import SAMPLES, call, rows


def asked(*arguments: object) -> dict[str, Any]:
    """What a command says as JSON."""
    ran = call(*arguments, "--json")
    assert ran.code == 0, ran.err
    return cast("dict[str, Any]", ran.json)


def test_a_published_way_is_told_as_it_is_published(sample_lake: Path) -> None:
    for row in rows(sample_lake, "SELECT * FROM transitions WHERE len(stack) > 0 ORDER BY gap_closed DESC LIMIT 3"):
        told = asked(
            "transition", row["from_role_id"], row["to_role_id"], "--region", row["region"], "--lake", sample_lake
        )
        for name in (
            "similarity",
            "gap",
            "gap_low",
            "gap_high",
            "gap_closed",
            "hours",
            "wage_from",
            "wage_change",
            "suppressed",
        ):
            assert told[name] == row[name], name
        assert [step["credential_id"] for step in told["stack"]] == row["stack"]
        assert [need["skill_id"] for need in told["missing"]] == row["gap_skills"]
        assert [need["skill_id"] for need in told["carried"]] == row["transferable_skills"]


def test_the_snapshot_is_asked_under_its_own_settings(sample_lake: Path, tmp_path: Path) -> None:
    """Who asks with other settings is not told other numbers than those that are published."""
    other = tmp_path / "other.toml"
    other.write_text("[matching]\ndraws = 20\ninterval = 0.5\n[stacks]\nmax_credentials = 1\n", encoding="utf-8")
    (row,) = rows(sample_lake, "SELECT * FROM transitions WHERE len(stack) > 1 ORDER BY gap_closed DESC LIMIT 1")
    ran = call(
        "--settings", other, "transition", row["from_role_id"], row["to_role_id"], "--region", row["region"],
        "--lake", sample_lake, "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert (ran.json["gap_low"], ran.json["gap_high"]) == (row["gap_low"], row["gap_high"])
    assert [step["credential_id"] for step in ran.json["stack"]] == row["stack"]


def test_a_way_that_is_not_published_is_told_too(sample_lake: Path) -> None:
    (pair,) = rows(
        sample_lake,
        """
        SELECT a.role_id AS origin, b.role_id AS aim FROM roles a, roles b
        WHERE a.profiled AND b.profiled AND a.role_id <> b.role_id AND (a.role_id, b.role_id)
              NOT IN (SELECT (from_role_id, to_role_id) FROM transitions) ORDER BY ALL LIMIT 1
        """,
    )
    told = asked("transition", pair["origin"], pair["aim"], "--lake", sample_lake)
    assert 0 < told["gap"] <= 1
    assert sum(need["importance"] for need in told["missing"] + told["carried"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["process operator → data analyst", "To be learned", "What to take", "Median wage per hour"]),
        ("fr", ["→ analyste de données", "À acquérir", "À suivre", "Salaire horaire médian", "heures"]),
    ],
)
def test_a_way_in_both_languages(sample_lake: Path, lang: str, words: list[str]) -> None:
    ran = call("transition", "po:process-operator", "data analyst", "--lang", lang, "--lake", sample_lake)
    assert ran.code == 0, ran.err
    assert not [word for word in words if word not in ran.out], ran.out


def test_a_course_adds_only_what_it_teaches_itself(sample_lake: Path) -> None:
    """What it only brings nearer is worded so, without a sentence that is of another skill."""
    way = ("transition", "po:process-operator", "data analyst", "--lake", sample_lake)
    english, french = (call(*way, "--lang", language).out for language in ("en", "fr"))
    pairs = "SELECT credential_id, skill_id FROM credential_skills"
    taught = {(row["credential_id"], row["skill_id"]) for row in rows(sample_lake, pairs)}
    new = [
        (why["skill"], (step["credential_id"], why["skill_id"]) in taught)
        for step in asked(*way)["stack"] for why in step["why"][:WHY_SHOWN] if why["new"]
    ]  # fmt: skip
    assert {itself for _, itself in new} == {True, False}
    for skill, itself in new:
        assert (f"   adds {skill}: “" in english) == itself
        assert (f"   brings nearer to {skill}\n" in english) != itself
    assert french.count("rapproche de : ") == english.count("brings nearer to ") > 0


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ["1,100.00 CAD", "“Python”"]), ("fr", ["1\u00a0100,00\u00a0CAD", "«\u00a0Python\u00a0»"])],
)
def test_figures_and_quotations_are_those_of_the_language(sample_lake: Path, lang: str, words: list[str]) -> None:
    advice = ("advise", "--skills", "Python, SQL", "--goal", "data analyst", "--lang", lang, "--lake", sample_lake)
    ran = call(*advice)
    assert not [word for word in words if word not in ran.out], ran.out
    assert ("“" in ran.out, bool(re.search(r"\d\.\d", ran.out))) == (lang == "en", lang == "en")


def test_what_is_nearly_there_is_not_told_as_missing(sample_lake: Path) -> None:
    advice = ("advise", "--skills", "Python, SQL", "--goal", "data analyst", "--lake", sample_lake)
    told = call(*advice).out.split("Still missing afterwards")[1]
    missing = asked(*advice)["roles"][0]["missing"]
    nearly = [need["skill"] for need in missing if need["has"] >= NEARLY_THERE]
    assert nearly
    assert not [skill for skill in nearly if f"\n{skill} " in told]
    left = [need["skill"] for need in missing if need["has"] < NEARLY_THERE]
    assert [skill for skill in left if f"\n{skill} " in told] == left[:NEEDS_SHOWN]
    rest = len(left) - NEEDS_SHOWN
    assert re.findall(r"\.\.\. and (\d+) more", told) == ([str(rest)] if rest > 0 else []), "the rest is counted"


def test_mistakes_are_told_to_a_person(sample_lake: Path) -> None:
    lake = ("--lake", sample_lake)
    assert call("transition", "nobody", "data analyst", *lake).failed(6, "nobody", "passerelle show roles")
    assert call("transition", "technician", "data analyst", *lake).failed(6, "roles fit", "Give one id")
    assert call("transition", "welder", "data analyst", "--region", "XX", *lake).failed(6, "XX", "ALL")
    assert call("advise", "--skills", "no.csv", "--goal", "any", *lake).failed(2, "no.csv")
    assert call("advise", "--skills", "zzz", "--goal", "any", *lake).failed(6, "recognised")


def test_advice_for_a_role(sample_lake: Path) -> None:
    told = asked("advise", "--skills", "Python, SQL", "--goal", "data analyst", "--hours", 100, "--lake", sample_lake)
    assert {"Python", "SQL"} <= {skill["text"] for skill in told["recognised"]}
    (role,) = told["roles"]
    assert 0 < role["coverage"] < role["coverage_after"] < 1
    assert role["coverage_after"] == role["stack"][-1]["coverage"]
    assert sum(step["hours"] for step in role["stack"]) <= 100
    sentences = {
        row["sentence"] for row in rows(sample_lake, "SELECT sentence FROM evidence WHERE document_kind = 'credential'")
    }
    for step in role["stack"]:
        assert step["why"] or step["required_by"], "what adds nothing is taken for what requires it"
        assert {sentence for why in step["why"] for sentence in why["sentences"]} <= sentences


def test_what_is_had_already_is_not_advised(sample_lake: Path) -> None:
    least, more = (
        asked("advise", "--skills", skills, "--goal", "data analyst", "--lake", sample_lake)["roles"][0]
        for skills in ("Python", "Python, SQL, Power BI, data visualization, statistics")
    )
    assert more["coverage"] > least["coverage"]
    assert sum(s["gain"] for s in more["stack"]) < sum(s["gain"] for s in least["stack"])


def test_advice_among_all_roles_from_a_badge(sample_lake: Path) -> None:
    badge = SAMPLES / "credentials" / "openbadges" / "order-picking.json"
    told = asked("advise", "--skills", badge, "--goal", "any", "--top", 5, "--lake", sample_lake)
    assert len(told["roles"]) == 5
    assert told["roles"][0]["role_id"] == "po:order-picker"
    covered = [role["coverage"] for role in told["roles"]]
    assert covered == sorted(covered, reverse=True)


def test_a_french_cv_gets_french_advice(sample_lake: Path, tmp_path: Path) -> None:
    cv = tmp_path / "cv.txt"
    cv.write_text(
        "Conduite quotidienne d'un chariot élévateur à contrepoids.\nJ'ai préparé des commandes au lecteur de codes à "
        "barres dans un entrepôt, dans le respect des règles de sécurité.", encoding="utf-8",
    )  # fmt: skip
    ran = call("advise", "--skills", cv, "--goal", "superviseur d'entrepôt", "--lang", "fr", "--lake", sample_lake)
    assert ran.code == 0, ran.err
    for word in ("Reconnu dans ce que vous avez donné", "Déjà acquis", "À suivre", "Ce qui manque encore"):
        assert word in ran.out
