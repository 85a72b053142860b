"""The recipes of docs/reading-the-tables.md and docs/lire-les-tables.md, run as an analyst would on the sample."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from pipeline.lake import Lake
from pipeline.tables import CHANGES, TABLES

from .tools import ROOT

PAGES = {"en": "docs/reading-the-tables.md", "fr": "docs/lire-les-tables.md"}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPREADSHEET = re.compile(r"^(?:Spreadsheet: |Tableur : )(.*?)\n\n", re.MULTILINE | re.DOTALL)
LANGUAGES = sorted(PAGES)


def page(language: str) -> str:
    return (ROOT / PAGES[language]).read_text(encoding="utf-8")


def blocks(language: str) -> dict[str, list[str]]:
    """The code of a page by its kind; the first Python block and the first R block set up."""
    found: dict[str, list[str]] = {}
    for kind, code in FENCE.findall(page(language)):
        found.setdefault(kind, []).append(code)
    return found


@pytest.fixture(scope="module")
def folder(sample_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which .lake/demo is the sample's lake, with changes as from a snapshot before."""
    place = tmp_path_factory.mktemp("analyst")
    lake = place / ".lake" / "demo"
    lake.mkdir(parents=True)
    for part in ("snapshots", "latest.json"):
        (lake / part).symlink_to(sample_lake / part)
    numbers = dict.fromkeys((c.name for c in CHANGES.columns if c.type == pa.float64()), 0.0)
    rows = [
        numbers | {"credential_id": name, "role_id": "r", "kind": "both", "coverage_from": 0.5, "coverage_to": to,
                   "by_demand": to - 0.5, "unsplit": []}
        for name, to in (("a", 0.6), ("b", 0.2), ("c", 0.5))
    ]  # fmt: skip
    changes = CHANGES.conform(pa.Table.from_pylist(rows, schema=CHANGES.schema))
    Lake(lake).write_table(f"changes/2026-01-01-0..{Lake(lake).latest()}/changes.parquet", changes)
    return place


@pytest.fixture(scope="module", params=LANGUAGES)
def answers(request: pytest.FixtureRequest, folder: Path) -> Iterator[list[tuple[str, pd.DataFrame]]]:
    """What every block of Python and SQL answers, in the order of the page."""
    names: dict[str, Any] = {}
    found = []
    with chdir(folder):
        for kind, code in FENCE.findall(page(request.param)):
            if kind == "python":
                exec(compile(code, PAGES[request.param], "exec"), names)
                if "answer" in names:
                    found.append((kind, names.pop("answer").reset_index(drop=True)))
            elif kind == "sql":
                found.append((kind, names["db"].sql(code).df()))
        yield found


def test_every_recipe_answers_something(answers: list[tuple[str, pd.DataFrame]]) -> None:
    assert len(answers) >= 22
    assert [place for place, (_, answer) in enumerate(answers) if answer.empty] == []


def test_pandas_and_duckdb_agree(answers: list[tuple[str, pd.DataFrame]]) -> None:
    compared = 0
    for (kind, answer), (other_kind, other) in pairwise(answers):
        if (kind, other_kind) == ("python", "sql"):
            assert list(answer.columns) == list(other.columns)
            pd.testing.assert_frame_equal(answer, other, check_dtype=False, check_names=False, atol=1e-9)
            compared += 1
    assert compared >= 11


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_of_the_nine_questions_has_a_recipe_in_each_tool(language: str) -> None:
    sections = re.split(r"^## \d\. ", page(language), flags=re.MULTILINE)[1:]
    assert len(sections) == 9
    for section in sections:
        assert {kind for kind, _ in FENCE.findall(section)} >= {"python", "sql", "r"}, section[:40]
        assert SPREADSHEET.search(section), section[:40]


@pytest.mark.parametrize("language", LANGUAGES)
def test_spreadsheets_have_the_columns_that_are_named(language: str) -> None:
    contract = {**TABLES, CHANGES.name: CHANGES}
    for text in SPREADSHEET.findall(page(language))[1:]:  # the first says where the files are
        name, *columns = re.findall(r"`([^`]+)`", text)
        known = {column.name for column in contract[name.removesuffix(".xlsx")].columns}
        assert columns and set(columns) <= known, text


def test_both_pages_have_the_same_recipes() -> None:
    english, french = (
        [re.sub(r"(label|title)_(?:en|fr)", r"\1", code) for code in chain(*blocks(language).values())]
        for language in LANGUAGES
    )
    assert english == french


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_recipes_in_r_run(folder: Path, language: str) -> None:
    script = shutil.which("Rscript")
    if script is None:
        pytest.skip("Rscript is not there: the recipes in R were not run")
    needed = 'for (p in c("arrow", "dplyr", "jsonlite")) if (!requireNamespace(p, quietly = TRUE)) quit(status = 9)'
    if subprocess.run([script, "-e", needed], capture_output=True, check=False).returncode == 9:
        pytest.skip("R has no arrow, dplyr or jsonlite: the recipes in R were not run")
    file = folder / f"recipes-{language}.R"
    file.write_text("\n".join(blocks(language)["r"]), encoding="utf-8")
    ran = subprocess.run([script, file], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
