"""Lines and documents out of text files, within limits: the ground that every reader of text stands on.

Nothing is raised for what a file holds: what is too long, not decodable or no JSON is yielded or returned as a problem.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from pipeline.ingest.nodes import Json
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Rejected

MARKS_OF_VALUES: Final = "[{,:"  # each value of a JSON document stands behind one
MAX_KEPT_CHARACTERS: Final = 10_000  # of a record too large to be read, the beginning that its rejection keeps

Rejecter = Callable[[str, Reason, str, str], Rejected]


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line of a text file: its number from 1, its text with the line end, and what is wrong with it."""

    number: int
    text: str
    problem: str | None = None
    reason: Reason = Reason.MALFORMED_RECORD


def rejecter(path: Path, source: str) -> Rejecter:
    """A function (position, reason, detail, raw) -> `Rejected` for one file."""
    return lambda position, reason, detail, raw: Rejected(source, path.name, position, reason, detail, raw)


def file_problem(path: Path, context: ReadContext, reject: Rejecter) -> Rejected | None:
    """The rejection of a file that is absent, unreadable or beyond the size limit; None for one that can be read."""
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        return reject("file", Reason.UNREADABLE_FILE, f"The file cannot be opened: {error.strerror}.", "")
    if size > context.max_file_bytes:
        limit = context.max_file_bytes
        return reject("file", Reason.TOO_LARGE, f"The file has {size:,} bytes; the limit is {limit:,}.", "")
    return None


# --- Lines of text --------------------------------------------------------------------------------------------------

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def _encoding_of(file: BinaryIO, declared: str | None) -> str:
    """What the byte order mark says, else the declared encoding, else UTF-8; leaves the file behind the mark."""
    start = file.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            file.seek(len(mark))
            return encoding
    file.seek(0)
    return declared or "utf-8"


def _too_long(number: int, text: str, limit: int) -> Line:
    problem = f"The line has more than {limit:,} bytes."
    return Line(number, text[:MAX_KEPT_CHARACTERS], problem, Reason.TOO_LARGE)


def _wide_lines(file: BinaryIO, encoding: str, limit: int) -> Iterator[Line]:
    """The lines of UTF-16 and its like, where the byte 0x0A may be half of another character."""
    wrapper = io.TextIOWrapper(file, encoding, errors="replace", newline="\n")
    number = 0
    while line := wrapper.readline(limit + 1):
        number += 1
        if len(line) <= limit:
            yield Line(number, line)
            continue
        yield _too_long(number, line, limit)
        while not line.endswith("\n") and (line := wrapper.readline(limit)):
            pass


def _narrow_lines(file: BinaryIO, encoding: str, limit: int) -> Iterator[Line]:
    number = 0
    while data := file.readline(limit + 1):
        number += 1
        if len(data) > limit:
            yield _too_long(number, data[:MAX_KEPT_CHARACTERS].decode(encoding, "backslashreplace"), limit)
            while not data.endswith(b"\n") and (data := file.readline(limit)):
                pass
            continue
        try:
            yield Line(number, data.decode(encoding))
        except UnicodeDecodeError as error:
            problem = (
                f"The line is not {encoding}: {error.reason} at byte {error.start}. "
                "If the file is in another encoding, name it in the mapping ([source] encoding)."
            )
            yield Line(number, data.decode(encoding, "backslashreplace"), problem)


def read_lines(path: Path, limit: int, declared: str | None = None) -> Iterator[Line]:
    """The lines of a text file, decoded; one that is too long or not decodable has a `problem`.

    Args:
        path: a readable file.
        limit: the most bytes that a line may have; of a longer one the beginning is given.
        declared: its encoding; a byte order mark overrules it, UTF-8 is assumed without either.
    """
    with path.open("rb") as file:
        encoding = _encoding_of(file, declared)
        read = _narrow_lines if "\n".encode(encoding) == b"\n" else _wide_lines
        yield from read(file, encoding, limit)


# --- JSON -----------------------------------------------------------------------------------------------------------


def parse_json(text: str | bytes) -> Json:
    """A JSON text as Python values; lone surrogates and NaN, which some sources write, are let through.

    Raises:
        ValueError: the text is no JSON, or nested too deeply.
    """
    try:
        value: Json = orjson.loads(text)
        return value
    except orjson.JSONDecodeError as error:
        lenient = text if isinstance(text, str) else text.decode("utf-8", "replace")
        if "\\ud" not in lenient.lower() and "NaN" not in lenient and "Infinity" not in lenient:
            raise
        try:
            value = json.loads(lenient, parse_constant=lambda _: None)
            return value
        except (ValueError, RecursionError):
            raise error from None


def json_lines(
    path: Path, context: ReadContext, reject: Rejecter, encoding: str | None = None
) -> Iterator[tuple[Line, dict[str, Json]] | Rejected]:
    """Each line of a JSON Lines file with its object; blank lines are passed over, others are rejected."""
    for line in read_lines(path, context.max_record_bytes, encoding):
        if line.problem:
            yield reject(str(line.number), line.reason, line.problem, line.text)
        elif line.text.strip():
            try:
                value = parse_json(line.text)
            except ValueError as error:
                yield reject(str(line.number), Reason.MALFORMED_RECORD, f"The line is not JSON: {error}.", line.text)
                continue
            if isinstance(value, dict):
                yield line, value
            else:
                detail = "The line is not a JSON object."
                yield reject(str(line.number), Reason.MALFORMED_RECORD, detail, line.text)


def read_document(path: Path, context: ReadContext, reject: Rejecter, encoding: str | None = None) -> str | Rejected:
    """The text of a document that is read whole, or its rejection.

    A few bytes of JSON become many times as many in memory: the values are counted before any of them is made.
    """
    size = path.stat().st_size
    if size > context.max_document_bytes:
        limit = context.max_document_bytes
        detail = f"The document has {size:,} bytes; one that is read whole may have {limit:,}. JSON Lines is streamed."
        return reject("file", Reason.TOO_LARGE, detail, "")
    with path.open("rb") as file:
        encoding = _encoding_of(file, encoding)
        data = file.read()
    try:
        text = data.decode(encoding)
        values = sum(map(text.count, MARKS_OF_VALUES))
        if values <= context.max_document_values:
            return text
        detail = f"The document has more than {context.max_document_values:,} values. JSON Lines is streamed."
        return reject("file", Reason.TOO_LARGE, detail, text[:MAX_KEPT_CHARACTERS])
    except UnicodeDecodeError as error:
        raw = data[:MAX_KEPT_CHARACTERS].decode(encoding, "backslashreplace")
        detail = f"The file is not {encoding}: {error.reason} at byte {error.start}."
        return reject("file", Reason.UNREADABLE_FILE, detail, raw)


def looks_like_json_lines(text: str) -> bool:
    """Whether the first of several lines is a JSON object by itself."""
    first, _, rest = text.lstrip().partition("\n")
    if not first.startswith("{") or not rest.strip():
        return False
    try:
        return isinstance(parse_json(first), dict)
    except ValueError:
        return False
