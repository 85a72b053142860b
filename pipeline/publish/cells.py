"""Cells that a spreadsheet opens as text: what comes from the web must not become a formula on an analyst's desk."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

# What Excel, LibreOffice and Google Sheets may take for the beginning of a formula, at the start of a cell or behind
# white space; the full-width forms too, which some of them treat alike.
STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
QUOTE: Final = "'"


def safe_cell(value: object) -> object:
    """A value for a cell of a CSV or XLSX file.

    Text that a spreadsheet might compute gets a quotation mark in front, which spreadsheets show as text and do not
    print; numbers, dates and everything else stay as they are ("-5" as a number is a number).
    """
    if isinstance(value, str) and value.lstrip(" \u00a0").startswith(STARTS):
        return f"{QUOTE}{value}"
    return value


def safe_cells(table: pa.Table) -> pa.Table:
    """A table whose texts are safe in a spreadsheet; what is no text, or is safe already, stays as it is."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            cells = [safe_cell(value) for value in table.column(place).to_pylist()]
            table = table.set_column(place, field, pa.array(cells, field.type))
    return table
