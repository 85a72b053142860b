"""The files of a scenario: harmless, the same each time, and told as the site tells it."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from markupsafe import escape

from pipeline.errors import LakeError
from pipeline.lake import Lake
from pipeline.report import Written, write_scenario
from pipeline.report.words import LANGUAGES, Language
from pipeline.scenarios import SCENARIO_TABLES, Learner, Scenario, read_scenario
from pipeline.settings import Settings, load_settings

from .conftest import Built
from .worlds import SCRIPT, SNAPSHOT, publish

EVERYTHING = ("skills", "trends", "shared", "roles", "open", "credentials", "ways", "unmet", "bundles", "learners",
              "outcomes")  # fmt: skip


def hostile() -> Scenario:
    """A scenario that shows all there is, whose own texts mean harm."""
    text = {"en": SCRIPT, "fr": SCRIPT}
    return Scenario.model_validate({
        "name": "hostile", "title": text, "question": text, "shows": EVERYTHING, "outcomes": "manufacturing",
        "start": {"sectors": ["energy", "digital", SCRIPT]}, "skill_sectors": ["digital"],
        "learners": [Learner(id="a", **text, skills=("safe",))],
    })  # fmt: skip


def low_minima() -> Settings:
    """Settings under which the few postings of the small snapshot make a profile."""
    least = {"min_postings": 1, "min_support": 0.0, "min_skills": 1}
    return load_settings(None, {"profile": least, "suppression": {"min_postings": 1}})


def write(folder: Path, scenario: Scenario, settings: Settings | None = None) -> Written:
    lake = publish(folder / "lake")
    return write_scenario(lake, scenario, settings or low_minima(), "en", Lake(folder / "out"))


def files(written: Written) -> dict[str, bytes]:
    return {name: (Path(written.location) / name).read_bytes() for name in written.files}


def test_every_table_is_there_twice_with_a_page_in_each_language(tmp_path: Path) -> None:
    written = write(tmp_path, hostile())
    tables = {f"{name}.{ending}" for name in SCENARIO_TABLES for ending in ("parquet", "csv")}
    assert {path.name for path in Path(written.location).iterdir()} == tables | {"columns.csv", "en.html", "fr.html"}
    for name, table in SCENARIO_TABLES.items():
        assert pq.ParquetFile(Path(written.location) / f"{name}.parquet").schema_arrow.equals(table.schema)
    assert written.answered.tables["credentials"].num_rows == 3


def test_the_same_snapshot_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (files(write(tmp_path / place, hostile())) for place in ("one", "other"))
    assert one == other


def test_a_scenario_answers_under_the_settings_of_its_snapshot(tmp_path: Path) -> None:
    lake = publish(tmp_path / "lake", settings=low_minima().counting())
    under_others = write_scenario(lake, hostile(), load_settings(), "en", Lake(tmp_path / "out"))
    assert files(under_others) == files(write(tmp_path / "own", hostile()))
    plain = write_scenario(publish(tmp_path / "plain"), hostile(), load_settings(), "en", Lake(tmp_path / "higher"))
    assert files(plain) != files(under_others)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_loads_nothing_and_hostile_text_is_text(tmp_path: Path, language: str) -> None:
    text = files(write(tmp_path, hostile()))[f"{language}.html"].decode()
    assert SCRIPT not in text and "<img" not in text
    assert text.count("&lt;script&gt;") > 4  # it is shown, not dropped: title, question, sector, learner, credential
    assert "<script" not in text and " style=" not in text and not re.search(r" on[a-z]+=", text)
    assert not re.search(r'(?:src|href|url\()\s*=?\s*["\']?(?:https?:)?//', text)
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert style and policy
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert f"sha256-{digest}" in policy.group(1).replace("&#43;", "+") and "unsafe" not in policy.group(1)
    assert "font-face" not in style.group(1)


def test_a_page_leads_to_the_files_beside_it(tmp_path: Path) -> None:
    written = files(write(tmp_path, hostile()))
    for language in LANGUAGES:
        targets = set(re.findall(r'href="([^"]+)"', written[f"{language}.html"].decode()))
        assert targets <= written.keys() and "group_roles.csv" in targets


def test_cells_that_a_spreadsheet_would_compute_are_text(tmp_path: Path) -> None:
    scenario = hostile().model_copy(update={"learners": (Learner(id="a", en="=1+1", fr="@SUM(1)", skills=()),)})
    text = files(write(tmp_path, scenario))["group_learners.csv"].decode("utf-8-sig")
    assert "'=1+1" in text and "'@SUM(1)" in text
    assert not re.search(r"(?:^|,)[=@+]", text, re.MULTILINE)


def test_columns_are_described_in_both_languages(tmp_path: Path) -> None:
    lines = files(write(tmp_path, hostile()))["columns.csv"].decode("utf-8-sig").splitlines()
    assert lines[0] == "table,column,unit,description_en,description_fr"
    assert len(lines) > sum(len(table.columns) for table in SCENARIO_TABLES.values())


def test_what_an_earlier_run_showed_besides_is_gone(tmp_path: Path) -> None:
    write(tmp_path, hostile())
    written = write(tmp_path, hostile().model_copy(update={"shows": ("roles",)}))
    there = {path.name for path in Path(written.location).iterdir()}
    assert there == {"group_roles.csv", "group_roles.parquet", "columns.csv", "en.html", "fr.html"}


def test_by_default_the_files_lie_beside_the_site_of_the_snapshot(tmp_path: Path) -> None:
    lake = publish(tmp_path)
    written = write_scenario(lake, read_scenario("mining"), load_settings(), "fr")
    assert written.location == lake.path(f"reports/{SNAPSHOT}/scenarios/mining")
    assert lake.exists(f"reports/{SNAPSHOT}/scenarios/mining/fr.html")


def test_a_page_says_that_the_snapshot_lacks_a_table(tmp_path: Path) -> None:
    lake = publish(tmp_path / "lake", leave_out=("transitions",))
    written = write_scenario(lake, read_scenario("energy-to-tech"), load_settings(), "en", Lake(tmp_path / "out"))
    assert "Publish it anew" in files(written)["en.html"].decode()
    assert "Publiez-le de nouveau" in files(written)["fr.html"].decode()


def test_an_empty_lake_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="Nothing is published"):
        write_scenario(Lake(tmp_path), read_scenario("mining"), load_settings(), "en")


def cells(page: str) -> list[list[str]]:
    """The text of every table's rows, without mark-up."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    found = [re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in found]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["energy-to-tech", "manufacturing", "digital-fluency"])
def test_the_site_says_the_same(built: Built, tmp_path: Path, name: str, language: Language) -> None:
    lake = publish(tmp_path / "lake")
    written = write_scenario(lake, read_scenario(name), load_settings(), language, Lake(tmp_path / "out"))
    own, site = files(written)[f"{language}.html"].decode(), built.text(f"{language}/scenario-{name}.html")
    assert cells(own) == cells(site)
    assert written.said and all(escape(sentence) in site for sentence in written.said)


def test_a_role_is_listed_as_open_where_nothing_known_speaks_against_it(tmp_path: Path) -> None:
    scenario = hostile().model_copy(update={"shows": ("open",)})
    page = files(write(tmp_path, scenario))["en.html"].decode()
    assert [row[0] for row in cells(page)[1:]] == ["welder"]  # an electrician needs a degree
