"""The worked example of a group in docs/methods.md, through the functions that answer scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.scenarios import answer

from .worlds import ASKED, POSTINGS, Row, scenario, settings, snapshot

SHOWS = ("skills", "trends", "credentials")


@pytest.fixture(scope="module")
def page() -> str:
    text = (Path(__file__).resolve().parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    return " ".join(text.split("### A group by hand")[1].split("\n## ")[0].split())


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Row]]:
    """The rows of each answer by skill or credential."""
    tables = answer(scenario(*SHOWS), snapshot(), settings()).tables
    keys = {"skills": "skill_id", "trends": "skill_id", "credentials": "credential_id"}
    return {name: {row[keys[name]]: row for row in table.to_pylist()} for name, table in tables.items()}


def test_the_postings_of_the_page_are_those_of_this_test(page: str) -> None:
    for row in POSTINGS:
        asked = ASKED[row["posting_id"]]
        assert f"| {row['posting_id']} | {row['role_id']} |" in page
        assert all(f" {p:g} |" in page for p in asked.values())


@pytest.mark.parametrize(("skill", "label"), [("drill", "drill"), ("safety", "work safely")])
def test_the_profile_of_the_page(page: str, answers: dict[str, dict[str, Row]], skill: str, label: str) -> None:
    row = answers["skills"][skill]
    assert f"= {row['share_all']:g} " in page
    assert f"= {row['share']:.9f} " in page
    assert f"{label} {row['rca']:.6f} " in page
    assert f"{label} {row['importance']:.9f} " in page


def test_the_coverage_of_the_page(page: str, answers: dict[str, dict[str, Row]]) -> None:
    course, weights = answers["credentials"]["course"], answers["skills"]
    sum_of = f"{weights['drill']['importance']:.9f} × 0.9 + {weights['safety']['importance']:.9f} × 0.5"
    assert f"{sum_of} = {course['coverage']:.9f}" in page
    assert f"reaches one role and {course['vacancies_reached']} vacancies" in page


def test_the_change_of_the_page(page: str, answers: dict[str, dict[str, Row]]) -> None:
    row = answers["trends"]["drill"]
    assert f"(2 + 5) = {row['share_recent']:.6f}" in page
    assert f"(1 + 5) = {row['share_before']:.6f}" in page
    assert f"change = {row['change']:.6f}" in page
    assert {answers["trends"]["safety"][name] for name in ("share_recent", "share_before")} == {0.5}
