"""The tables as files: Parquet as published, CSV and workbooks that cannot run anything."""

from __future__ import annotations

import csv
import io
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

from pipeline.publish import safe_cell
from pipeline.report import downloads
from pipeline.report.downloads import csv_bytes, csv_file, workbook_bytes

from .conftest import Built
from .worlds import FORMULA, SNAPSHOT


def test_parquet_files_are_the_published_ones(built: Built) -> None:
    published = built.folder.parent / "lake" / "snapshots" / SNAPSHOT
    for path in published.glob("*.parquet"):
        assert (built.folder / "tables" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_is_guarded(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"
    table = pa.table({"name": [f"{start}cmd"], "number": [-1.5]})
    (row,) = list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))[1:]
    assert row == [f"'{start}cmd", "-1.5"]


def test_a_workbook_holds_a_formula_as_text(built: Built) -> None:
    with zipfile.ZipFile(built.folder / "tables" / "credentials.xlsx") as book:
        sheets = b"".join(book.read(name) for name in book.namelist() if name.startswith("xl/worksheets"))
        strings = book.read("xl/sharedStrings.xml").decode()
    assert b"<f>" not in sheets and b"<hyperlink" not in sheets
    assert FORMULA.replace('"', "&quot;") in strings or FORMULA in strings


def test_a_workbook_has_both_languages_and_a_dictionary(built: Built) -> None:
    with zipfile.ZipFile(built.folder / "tables" / "matches.xlsx") as book:
        strings = book.read("xl/sharedStrings.xml").decode()
        names = book.read("xl/workbook.xml").decode()
    assert "Importance-weighted part of the role" in strings
    assert "Part, pondérée par l" in strings
    assert "dictionary - dictionnaire" in names


def test_a_workbook_is_the_same_whenever_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"skill_id": ["a"], "kind": ["é"]})
    assert workbook_bytes("skills", table) == workbook_bytes("skills", table)
    with zipfile.ZipFile(io.BytesIO(workbook_bytes("skills", table))) as book:
        assert b"2000-01-01" in book.read("docProps/core.xml")


def test_csv_reads_back_with_accents_lists_and_dates(built: Built) -> None:
    found = pd.read_csv(built.folder / "tables" / "credentials.csv", encoding="utf-8-sig")
    assert "Welding with Élan" in found["title_en"].tolist()
    stacks = pd.read_csv(built.folder / "tables" / "transitions.csv")
    assert stacks["gap_skills"].tolist() == ["safe"]
    assert pd.read_csv(built.folder / "tables" / "postings.csv")["posted_on"].iloc[0] == "2026-01-21"


def test_a_large_csv_file_comes_zipped_and_dated_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "ZIPPED_FROM", 10)
    table = pa.table({"name": ["a long enough value"]})
    name, content = csv_file("skills", table)
    assert name == "tables/skills.csv.zip" and csv_file("skills", table)[1] == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("skills.csv") == csv_bytes(table)


def test_tables_of_many_rows_come_as_parquet_only(tmp_path) -> None:
    from pipeline.report.published import read_published

    from .worlds import publish

    published = read_published(publish(tmp_path))
    names = [name for name, _ in downloads.downloads(published, 3)]
    assert "tables/credentials.xlsx" in names and "tables/evidence.parquet" in names
    assert "tables/evidence.xlsx" not in names and "tables/evidence.csv" not in names


def test_the_dictionary_describes_every_column(built: Built) -> None:
    found = pd.read_csv(built.folder / "tables" / "dictionary.csv", encoding="utf-8-sig", keep_default_na=False)
    assert (found["description_en"] != "").all() and (found["description_fr"] != "").all()
    assert {"matches", "stacks", "changes"} <= set(found["table"])
