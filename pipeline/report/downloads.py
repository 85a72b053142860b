"""The tables as files: Parquet as published, CSV, and workbooks with headings in both languages and a dictionary.

A cell that a spreadsheet would run as a formula stays text: in CSV it gets an apostrophe in front, in a workbook it is
written as a string. Dates inside the files are fixed, so that the same tables give the same bytes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pyarrow as pa
import xlsxwriter

from pipeline.publish import safe_cells
from pipeline.report.published import Published
from pipeline.tables import CHANGES, TABLES, Column

CONTRACT = {**TABLES, CHANGES.name: CHANGES}
ZIPPED_FROM = 200_000  # bytes of a CSV file
CREATED = datetime(2000, 1, 1)  # stands in every workbook: a clock would make equal tables differ


def downloads(published: Published, sheet_rows: int) -> Iterator[tuple[str, bytes]]:
    """Every file of tables/: its path in the site, and its content.

    Larger tables than `sheet_rows` come as Parquet only: spreadsheets choke on them, and a site is to stay small.
    """
    for name in sorted(published.tables):
        table = published.tables[name]
        yield f"tables/{name}.parquet", published.parquet[name]
        if table.num_rows <= sheet_rows:
            yield csv_file(name, table)
            yield f"tables/{name}.xlsx", workbook_bytes(name, table)
    yield "tables/dictionary.csv", csv_bytes(dictionary(published))


def csv_file(name: str, table: pa.Table) -> tuple[str, bytes]:
    """A table as CSV, in a zip archive where it is large."""
    content = csv_bytes(table)
    if len(content) <= ZIPPED_FROM:
        return f"tables/{name}.csv", content
    sink = BytesIO()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo(f"{name}.csv", CREATED.timetuple()[:6]), content, ZIP_DEFLATED, 9)
    return f"tables/{name}.csv.zip", sink.getvalue()


def csv_bytes(table: pa.Table) -> bytes:
    """A table as UTF-8 CSV with a byte order mark, which spreadsheets need to read accents; lists joined by "; "."""
    flat = safe_cells(pa.table([_flat(column) for column in table.columns], names=table.column_names))
    sink = StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(flat.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in flat.columns), strict=True))
    return sink.getvalue().encode("utf-8-sig")


def _flat(values: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """A column of numbers, truths or text: lists are joined, days are written out."""
    if pa.types.is_list(values.type):
        joined = ["; ".join(map(str, value)) if isinstance(value, list) else None for value in values.to_pylist()]
        return pa.array(joined, pa.string())
    if pa.types.is_date(values.type):
        days = [value.isoformat() if isinstance(value, date) else None for value in values.to_pylist()]
        return pa.array(days, pa.string())
    return values


def described(name: str) -> dict[str, Column]:
    """The contract's columns of a table by name; empty where this release does not know the table."""
    return {column.name: column for column in CONTRACT[name].columns} if name in CONTRACT else {}


def dictionary(published: Published) -> pa.Table:
    """Every column of every table, described in both languages."""
    rows = [
        {"table": name, **line}
        for name in sorted(published.tables)
        for line in _dictionary_lines(name, published.tables[name].schema)
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([(key, pa.string()) for key in ("table", *LINE)]))


LINE = ("column", "type", "unit", "may_be_empty", "description_en", "description_fr")


def _dictionary_lines(name: str, schema: pa.Schema) -> list[dict[str, str]]:
    known = described(name)
    lines = []
    for field in schema:
        column = known.get(field.name)
        lines.append({
            "column": field.name, "type": str(field.type), "unit": column.unit or "" if column else "",
            "may_be_empty": "yes / oui" if field.nullable else "no / non",
            "description_en": column.en if column else "", "description_fr": column.fr if column else "",
        })  # fmt: skip
    return lines


def workbook_bytes(name: str, table: pa.Table) -> bytes:
    """A workbook: the table under three frozen heading lines (name, English, French), and its data dictionary."""
    sink = BytesIO()
    book = xlsxwriter.Workbook(sink, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    })  # fmt: skip
    book.set_properties({"title": f"Passerelle: {name}", "created": CREATED})
    _write_table(book, name, table)
    _write_dictionary(book, name, table.schema)
    book.close()
    return sink.getvalue()


def _write_table(book: xlsxwriter.Workbook, name: str, table: pa.Table) -> None:
    sheet = book.add_worksheet(name[:31])
    strong = book.add_format({"bold": True, "bottom": 1})
    note = book.add_format({"italic": True, "font_color": "#595959", "text_wrap": True, "valign": "top"})
    known = described(name)
    for at, column in enumerate(table.column_names):
        about = known.get(column)
        sheet.write_string(0, at, about.en if about else column, note)
        sheet.write_string(1, at, about.fr if about else column, note)
        sheet.write_string(2, at, column, strong)
        sheet.set_column(at, at, 40 if pa.types.is_string(table.schema.field(column).type) else 16)
        _write_column(sheet, at, _flat(table[column]).to_pylist())
    sheet.freeze_panes(3, 0)
    if table.num_rows:
        sheet.autofilter(2, 0, 2 + table.num_rows, table.num_columns - 1)


def _write_column(sheet: xlsxwriter.worksheet.Worksheet, at: int, values: Sequence[object]) -> None:
    for line, value in enumerate(values, start=3):
        if value is None:
            continue
        if isinstance(value, bool):
            sheet.write_boolean(line, at, value)
        elif isinstance(value, int | float):
            sheet.write_number(line, at, value)
        else:
            sheet.write_string(line, at, str(value)[:32_767])  # what a cell holds


def _write_dictionary(book: xlsxwriter.Workbook, name: str, schema: pa.Schema) -> None:
    sheet = book.add_worksheet("dictionary - dictionnaire")
    strong = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    headings = ("column / colonne", "type", "unit / unité", "may be empty / peut être vide", "description (English)",
                "description (français)")  # fmt: skip
    for at, heading in enumerate(headings):
        sheet.write_string(0, at, heading, strong)
        sheet.set_column(at, at, 60 if heading.startswith("description") else 22)
    for line, described_column in enumerate(_dictionary_lines(name, schema), start=1):
        for at, key in enumerate(LINE):
            sheet.write_string(line, at, described_column[key], wrapped)
    sheet.freeze_panes(1, 0)


def offered(published: Published, files: Iterable[str]) -> list[dict[str, object]]:
    """What the page of tables lists: name, rows, files, and what the table holds in both languages.

    `files` are the paths of `downloads`.
    """
    endings: dict[str, list[str]] = {}
    for path in files:
        name, _, ending = path.removeprefix("tables/").partition(".")
        endings.setdefault(name, []).append(ending)
    return [
        {
            "name": name, "rows": table.num_rows,
            "endings": endings[name],
            "en": CONTRACT[name].en if name in CONTRACT else "", "fr": CONTRACT[name].fr if name in CONTRACT else "",
        }
        for name, table in sorted(published.tables.items())
    ]  # fmt: skip
