"""Rows out of CSV, JSON Lines, JSON and Parquet files, one at a time, whatever state the file is in.

Nothing is raised for what a file holds: what cannot be read is yielded as `Rejected` with its place, and reading goes
on behind it where the format allows that. Only Parquet row groups and whole JSON documents are held in memory.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.ingest.lines import (
    MAX_KEPT_CHARACTERS,
    Line,
    Rejecter,
    file_problem,
    json_lines,
    looks_like_json_lines,
    parse_json,
    read_document,
    read_lines,
    rejecter,
)
from pipeline.ingest.mapping import Mapping
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Rejected
from pipeline.ingest.rows import Row, as_json

_LONGEST_FIELD: Final = (1 << 31) - 1  # none of its own: that of a record is [ingest] max_record_bytes
_DELIMITERS: Final = ",;\t|"
_SNIFFED_LINES: Final = 20
_PARQUET_BATCH: Final = 500
_MOST_VALUES: Final = 100_000_000
_LINE_SUFFIXES: Final = (".jsonl", ".ndjson", ".jsonlines")
_CSV_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".tab")
_PARQUET_SUFFIXES: Final = (".parquet", ".pq")
TABULAR_SUFFIXES: Final = frozenset({*_LINE_SUFFIXES, *_CSV_SUFFIXES, *_PARQUET_SUFFIXES, ".json"})


# --- CSV ------------------------------------------------------------------------------------------------------------


class _NotCsvError(Exception):
    """The quotes of a record do not close, or close in the middle of a field."""


def _parse(text: str, delimiter: str, strict: bool) -> list[list[str]]:
    """The rows in some lines of CSV; more than one only where lines end in a bare carriage return."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict))
    except csv.Error as error:
        raise _NotCsvError(str(error)) from error
    finally:
        csv.field_size_limit(before)  # others read CSV in this process, and rely on it


def _odd(text: str) -> bool:
    return text.count('"') % 2 == 1


class _CsvFile:
    """Reads one CSV file: records may span lines, and a stray quotation mark costs its own line only."""

    def __init__(self, path: Path, mapping: Mapping, context: ReadContext) -> None:
        self._path, self._mapping, self._limit = path, mapping, context.max_record_bytes
        self._reject = rejecter(path, mapping.source.name)
        self._header = mapping.source.header
        self._delimiter = mapping.source.delimiter or self._sniffed()

    def _lines(self) -> Iterator[Line]:
        return read_lines(self._path, self._limit, self._mapping.source.encoding)

    def _sniffed(self) -> str:
        """The delimiter that splits the first lines into the most columns, consistently."""
        first = [line.text for line in itertools.islice(self._lines(), _SNIFFED_LINES) if line.text.strip()]
        best, most = ",", 0
        for delimiter in _DELIMITERS:
            try:
                widths = [len(row) for row in _parse("".join(first), delimiter, strict=False) if row]
            except _NotCsvError:
                continue
            if widths and widths[0] > 1 and widths.count(widths[0]) * widths[0] > most:
                best, most = delimiter, widths.count(widths[0]) * widths[0]
        return best

    def rows(self) -> Iterator[Row | Rejected]:
        """The rows; lines are gathered until their quotation marks are even, which ends a record."""
        gathered: list[Line] = []
        size, odd = 0, False
        for line in self._lines():
            gathered.append(line)
            size += len(line.text)
            odd ^= _odd(line.text)
            if line.problem or size > self._limit:
                yield from self._one_by_one(gathered)
            elif not odd or (len(gathered) == 1 and self._complete(line.text)):
                yield from self._record(gathered)
            else:
                continue
            gathered, size, odd = [], 0, False
        yield from self._one_by_one(gathered)
        if self._header is None:
            yield self._reject("file", Reason.UNREADABLE_FILE, "The file has no header line.", "")

    def _complete(self, text: str) -> bool:
        """Whether a line with an odd number of quotation marks is a record nonetheless, as with 5" in a plain field."""
        try:
            return bool(_parse(text, self._delimiter, strict=True))
        except _NotCsvError:
            return False

    def _record(self, lines: list[Line]) -> Iterator[Row | Rejected]:
        text = "".join(line.text for line in lines)
        try:
            rows = _parse(text, self._delimiter, strict=len(lines) > 1)
        except _NotCsvError:
            rows = []
        if not rows or (len(rows) > 1 and len(lines) > 1):
            yield from self._one_by_one(lines)
            return
        for offset, cells in enumerate(rows):
            yield from self._row(cells, lines[0].number + offset, text)

    def _one_by_one(self, lines: list[Line]) -> Iterator[Row | Rejected]:
        """Lines that do not make one record: each is read on its own, so that one stray quote costs one line."""
        for line in lines:
            if line.problem:
                yield self._reject(str(line.number), line.reason, line.problem, line.text)
            elif _odd(line.text) and not self._complete(line.text):
                detail = "A quotation mark opens a field and does not close it."
                yield self._reject(str(line.number), Reason.MALFORMED_RECORD, detail, line.text)
            else:
                try:
                    rows = _parse(line.text, self._delimiter, strict=False)
                except _NotCsvError as error:
                    yield self._reject(str(line.number), Reason.MALFORMED_RECORD, f"Not CSV: {error}.", line.text)
                    continue
                for cells in rows:
                    yield from self._row(cells, line.number, line.text)

    def _row(self, cells: list[str], number: int, text: str) -> Iterator[Row | Rejected]:
        if not any(cell.strip() for cell in cells):
            return
        if self._header is None:
            self._header = [cell.strip() for cell in cells]
            return
        while len(cells) > len(self._header) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(self._header):
            detail = f"The row has {len(cells)} fields, the header {len(self._header)}."
            yield self._reject(str(number), Reason.MALFORMED_RECORD, detail, text)
            return
        values: dict[str, object] = {}
        for name, cell in zip(self._header, cells, strict=True):
            if not values.get(name):  # of two columns of the same name, the first that holds something
                values[name] = cell
        yield Row(values, self._mapping, self._path.name, str(number), text)


# --- JSON -----------------------------------------------------------------------------------------------------------


def _json_rows(path: Path, mapping: Mapping, context: ReadContext, reject: Rejecter) -> Iterator[Row | Rejected]:
    text = read_document(path, context, reject, mapping.source.encoding)
    if isinstance(text, Rejected):
        yield text
        return
    try:
        document = parse_json(text)
    except ValueError as error:
        if looks_like_json_lines(text):
            yield from _json_line_rows(path, mapping, context, reject)
        else:
            yield reject("file", Reason.UNREADABLE_FILE, f"The file is not JSON: {error}.", text[:MAX_KEPT_CHARACTERS])
        return
    where = mapping.source.records or ""
    for step in filter(None, where.split(".")):
        document = document.get(step) if isinstance(document, dict) else None
    if not isinstance(document, dict | list):
        place = f"under {where!r}" if where else "in the document"
        yield reject(
            "file", Reason.UNREADABLE_FILE, f"There is no list of records {place}.", text[:MAX_KEPT_CHARACTERS]
        )
        return
    for number, item in enumerate(document if isinstance(document, list) else [document]):
        position = f"{where}[{number}]"
        if isinstance(item, dict):
            yield _sized(Row(dict(item), mapping, path.name, position), context, reject)
        else:
            raw = as_json(item)[:MAX_KEPT_CHARACTERS]
            yield reject(position, Reason.MALFORMED_RECORD, "The record is not a JSON object.", raw)


def _sized(row: Row, context: ReadContext, reject: Rejecter) -> Row | Rejected:
    """The row, or its rejection where it is larger than a record may be."""
    raw = row.raw()
    if len(raw) <= context.max_record_bytes:
        return row
    detail = f"The record has more than {context.max_record_bytes:,} bytes."
    return reject(row.position, Reason.TOO_LARGE, detail, raw[:MAX_KEPT_CHARACTERS])


def _json_line_rows(path: Path, mapping: Mapping, context: ReadContext, reject: Rejecter) -> Iterator[Row | Rejected]:
    for item in json_lines(path, context, reject, mapping.source.encoding):
        if isinstance(item, Rejected):
            yield item
        else:
            line, values = item
            yield Row(dict(values), mapping, path.name, str(line.number), line.text)


# --- Parquet --------------------------------------------------------------------------------------------------------


def _parquet_rows(path: Path, mapping: Mapping, context: ReadContext, reject: Rejecter) -> Iterator[Row | Rejected]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            size = sum(file.metadata.row_group(index).total_byte_size for index in range(file.metadata.num_row_groups))
            if size > context.max_file_bytes:
                detail = f"The file unpacks to {size:,} bytes; the limit is {context.max_file_bytes:,}."
                yield reject("file", Reason.TOO_LARGE, detail, "")
                return
            if _values_of(file.metadata) > _MOST_VALUES:
                yield reject("file", Reason.TOO_LARGE, "A part of the file unpacks to more values than fit memory.", "")
                return
            plain = pa.schema([field.with_type(_in_microseconds(field.type)) for field in file.schema_arrow])
            for batch in file.iter_batches(batch_size=_PARQUET_BATCH):
                for values in batch.cast(plain, safe=False).to_pylist():
                    number += 1
                    row = Row({k: _unpacked(v) for k, v in values.items()}, mapping, path.name, f"row {number}")
                    yield _sized(row, context, reject)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        place = f"row {number + 1}" if number else "file"
        yield reject(place, Reason.UNREADABLE_FILE, f"The file is not readable Parquet: {error}", "")


def _values_of(metadata: pq.FileMetaData) -> int:
    """The most values in one row group: a list that repeats one value takes a few bytes and unpacks to billions."""
    groups = (metadata.row_group(index) for index in range(metadata.num_row_groups))
    return max((sum(group.column(c).num_values for c in range(group.num_columns)) for group in groups), default=0)


def _in_microseconds(kind: pa.DataType) -> pa.DataType:
    """A type of Parquet whose times Python can hold: those in nanoseconds would become pandas' own, or nothing."""
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_time64(kind):
        return pa.time64("us")
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_in_microseconds(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_in_microseconds(field.type)) for field in kind])
    return kind


def _unpacked(value: object) -> object:
    """A value as JSON has it: binary columns hold UTF-8 text in files of older tools, databases export decimals."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_unpacked(each) for each in value]
    if isinstance(value, dict):
        return {name: _unpacked(each) for name, each in value.items()}
    return value


# --- The door -------------------------------------------------------------------------------------------------------


def read_rows(path: Path, mapping: Mapping, context: ReadContext) -> Iterator[Row | Rejected]:
    """The records of one file as rows, in the file's order, streamed.

    Args:
        path: a CSV (.csv, .tsv, .txt), JSON Lines (.jsonl, .ndjson), JSON (.json: an array, an object, or the array at
            `[source] records`) or Parquet (.parquet) file.
        mapping: gives delimiter (else recognised), encoding (else UTF-8, or what a byte order mark says), header.
        context: the limits.

    Yields:
        A `Row` per record. A `Rejected` for each one that cannot be read, at its line number (CSV, JSON Lines), index
        (JSON) or "row N" (Parquet); at "file" when nothing can be read at all. Raises nothing.
    """
    reject = rejecter(path, mapping.source.name)
    problem = file_problem(path, context, reject)
    suffix = path.suffix.casefold()
    if problem:
        yield problem
    elif suffix in _LINE_SUFFIXES:
        yield from _json_line_rows(path, mapping, context, reject)
    elif suffix == ".json":
        yield from _json_rows(path, mapping, context, reject)
    elif suffix in _PARQUET_SUFFIXES:
        yield from _parquet_rows(path, mapping, context, reject)
    elif suffix in _CSV_SUFFIXES:
        yield from _CsvFile(path, mapping, context).rows()
    else:
        detail = f"A file ending in {suffix!r} is not read; known endings: {', '.join(sorted(TABULAR_SUFFIXES))}."
        yield reject("file", Reason.UNKNOWN_FORMAT, detail, "")
