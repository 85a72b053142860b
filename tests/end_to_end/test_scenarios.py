"""Every packaged scenario on the bundled sample, as a user runs it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest

from pipeline.scenarios import packaged_scenarios, read_scenario

from .tools import call

NAMES = [scenario.name for scenario in packaged_scenarios()]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_runs_on_the_sample(sample_lake: Path, tmp_path: Path, name: str, language: str) -> None:
    ran = call("scenario", name, "--lake", sample_lake, "--out", tmp_path, "--lang", language)
    assert ran.code == 0, ran.err
    scenario = read_scenario(name)
    assert ran.out.startswith(scenario.title.say("fr" if language == "fr" else "en"))
    page = (tmp_path / name / f"{language}.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}"' in page and "<table>" in page
    assert str(tmp_path / name) in ran.out


@pytest.mark.parametrize("name", NAMES)
def test_every_table_of_a_scenario_has_rows(sample_lake: Path, tmp_path: Path, name: str) -> None:
    ran = call("scenario", name, "--lake", sample_lake, "--out", tmp_path, "--json")
    told = cast("dict[str, Any]", ran.json)
    wanted = {"roles" if shown == "open" else shown for shown in read_scenario(name).shows}
    assert set(told["tables"]) == {f"group_{shown}" for shown in wanted}
    assert [table for table, found in told["tables"].items() if not found] == []
    assert told["summary"] and told["location"] == str(tmp_path / name)
    assert sorted(path.name for path in (tmp_path / name).iterdir()) == sorted(told["files"])


def test_two_runs_give_the_same_bytes(sample_lake: Path, tmp_path: Path) -> None:
    written = []
    for place in ("one", "other"):
        call("scenario", "mining", "--lake", sample_lake, "--out", tmp_path / place)
        folder = tmp_path / place / "mining"
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1]


def test_tables_are_counted_in_the_words_of_the_language(sample_lake: Path, tmp_path: Path) -> None:
    english, french = (
        call("scenario", "mining", "--lake", sample_lake, "--out", tmp_path, "--lang", language).out
        for language in ("en", "fr")
    )
    counts = re.findall(r"^(group_\w+), rows: (\d+)$", english, re.MULTILINE)
    assert counts
    for name, count in counts:
        assert f"\nTable {name} : {count} ligne{'s' if int(count) > 1 else ''}\n" in french


def test_without_a_name_the_scenarios_are_listed() -> None:
    english, french = call("scenario"), call("scenario", "--lang", "fr")
    assert all(name in english.out for name in NAMES)
    assert "From energy to technology" in english.out and "De l’énergie à la technologie" in french.out
    listed = cast("list[dict[str, Any]]", call("scenario", "--json").json)
    assert [one["name"] for one in listed] == NAMES


def test_what_is_wrong_is_said_without_a_traceback(sample_lake: Path, tmp_path: Path) -> None:
    assert call("scenario", "fishing", "--lake", sample_lake).failed(2, "fishing", "mining", ".toml")
    assert call("scenario", "mining").failed(2, "--lake")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('shows = ["roles"]\n')
    assert call("scenario", wrong, "--lake", sample_lake).failed(2, str(wrong), "title is missing: add it")
    assert call("scenario", "mining", "--lake", tmp_path / "empty").failed(6, "Nothing is published")
