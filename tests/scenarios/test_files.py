"""Scenario files: those that are packaged, and what is said of one that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.scenarios import SCENARIO_TABLES, Scenario, Selection, packaged_scenarios, read_scenario

GOOD = """
shows = ["skills", "roles"]
[title]
en = "Fishing"
fr = "La pêche"
[question]
en = "What does it ask for?"
fr = "Que demande-t-elle?"
[start]
naics = ["114"]
employers = ["Pêcheries Élan"]
"""


PAGE = (Path(__file__).resolve().parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")


def test_the_documentation_has_every_key_and_every_answer() -> None:
    keys = {key for part in (Scenario, Selection) for key in part.model_fields}
    assert sorted(key for key in keys if f"`{key}`" not in PAGE.split("| key |")[1]) == []
    answers = PAGE.split("| answer |")[1]
    assert all(f"`{name.removeprefix('group_')}`" in answers and f"`{name}`" in answers for name in SCENARIO_TABLES)
    assert all(f"`{scenario.name}`" in PAGE for scenario in packaged_scenarios())


def test_the_example_of_the_documentation_is_a_scenario(tmp_path: Path) -> None:
    example = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
    assert read_scenario(written(tmp_path, example)).aim == "end"


def written(folder: Path, text: str, name: str = "fishing.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_packaged_scenarios_are_those_of_the_portfolio_in_their_order() -> None:
    assert [scenario.name for scenario in packaged_scenarios()] == [
        "energy-to-tech", "aerospace", "material-handling", "mining", "manufacturing", "digital-fluency",
    ]  # fmt: skip


def test_a_file_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, "\ufeff" + GOOD))
    assert (scenario.name, scenario.aim, list(scenario.sides)) == ("fishing", "start", ["start"])
    assert scenario.title.say("fr") == "La pêche"


def test_indicators_are_found_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("")
    text = 'outcomes = "mine.toml"\n' + GOOD.replace('"roles"]', '"outcomes"]')
    assert read_scenario(written(tmp_path, text)).outcomes == str(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    ("change", "key", "advice"),
    [
        (("naics", "nacis"), "start.nacis", "check its spelling"),
        (('["114"]', '["1x"]'), "start.naics.0", "first two to six digits"),
        (('"roles"]', '"rolls"]'), "shows.1", "write one of skills, trends"),
        (('"roles"]', '"skills"]'), "", "name each once"),
        (('fr = "La pêche"', ""), "title.fr", "add it"),
        (('naics = ["114"]\nemployers = ["Pêcheries Élan"]', ""), "start", "give at least one of naics"),
        (("[start]", "listed = 0\n[start]"), "question.listed", "take it out"),
        (('"roles"]', '"outcomes"]'), "outcomes", "name a file of indicators"),
        (("shows", 'regions = ["Quebec"]\nshows'), "regions.0", '"CA-AB"'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_file_its_key_and_what_to_do(
    tmp_path: Path, change: tuple[str, str], key: str, advice: str
) -> None:
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(SettingsError) as raised:
        read_scenario(path)
    assert path in str(raised.value) and key in str(raised.value) and advice in str(raised.value)


def test_a_name_that_is_not_known_lists_those_that_are() -> None:
    with pytest.raises(SettingsError, match=r"energy-to-tech, aerospace, .* or give the path"):
        read_scenario("fishing")


@pytest.mark.parametrize("name", ["Fishing Boats.toml", "../x/..toml"])
def test_a_file_whose_name_cannot_be_that_of_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(SettingsError, match="needs another name"):
        read_scenario(written(tmp_path / "x", GOOD, name))


@pytest.mark.parametrize(("text", "words"), [("shows = [", "not valid TOML"), (None, "cannot be read")])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path = str(tmp_path / "none.toml") if text is None else written(tmp_path, text)
    with pytest.raises(SettingsError, match=words):
        read_scenario(path)
