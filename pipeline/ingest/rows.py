"""One record of a source, seen through its mapping. Nothing in a row raises, whatever it holds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final

import orjson

from pipeline.ingest.mapping import PARTS, Lines, Mapping, SectionsTable, Targets
from pipeline.ingest.records import Language, PartName, Reason, Rejected, TextPart
from pipeline.ingest.text import clean_text, plain_text

_MAX_DEPTH: Final = 8  # of lists within lists
_MAX_TEXT: Final = 2_000_000  # characters; a longer value is cut before it is cleaned


def _follow(value: object, steps: list[str], depth: int = 0) -> object:
    """The value at the end of a dotted path; through a list, the list of what its elements have there."""
    if depth > _MAX_DEPTH:
        return None
    for number, step in enumerate(steps):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list):
            if step.isdecimal():
                value = value[int(step)] if int(step) < len(value) else None
            else:
                rest = steps[number:]
                found = [_follow(item, rest, depth + 1) for item in value]
                return [item for item in found if item is not None]
        else:
            return None
    return value


def as_json(value: object) -> str:
    """Any value as JSON text, for a person to look at; "" where it is nested too deeply for that."""
    try:
        return orjson.dumps(value, default=str).decode()
    except orjson.JSONEncodeError:  # lone surrogates, huge numbers, or deep nesting
        try:
            return json.dumps(value, default=str)
        except (ValueError, TypeError, RecursionError):
            return ""


def as_text(value: object) -> str | None:
    """A scalar as text, in one way for each value: 3.0 is "3", a date is ISO 8601; None for lists and objects."""
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else None
    return value.isoformat() if isinstance(value, date | datetime) else None


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """The plain texts of a scalar or of a (nested) list, none empty."""
    if isinstance(value, list):
        for item in value if depth < _MAX_DEPTH else ():
            yield from _texts(item, depth + 1)
    else:
        text = plain_text(as_text(value) or "")
        if text:
            yield text


@dataclass(frozen=True)
class Row:
    """One record of a source, seen through its mapping.

    `values` holds the record as read (column to value, or the JSON object), `position` its line number or index,
    `original` its text as it stood in the file where that is known.
    """

    values: dict[str, object]
    mapping: Mapping
    file: str
    position: str
    original: str | None = None

    def raw(self) -> str:
        """The record as it stood in the file, or as JSON where the file is not text."""
        return as_json(self.values) if self.original is None else self.original

    def rejected(self, reason: Reason, detail: str, source_id: str | None = None) -> Rejected:
        """The rejection of this row."""
        return Rejected(self.mapping.source.name, self.file, self.position, reason, detail, self.raw(), source_id)

    def _is_null(self, value: object) -> bool:
        if isinstance(value, str):
            return not value.strip() or value.strip() in self.mapping.source.null_values
        return value is None or value in ([], {}) or (isinstance(value, float) and math.isnan(value))

    def value(self, path: str) -> object | None:
        """What the source holds in a column or at a dotted path ("lieuTravail.libelle"), as typed there.

        A path through a list gives the list of what its elements have; a number in the path picks one element.
        None where it is absent, empty or one of the mapping's null values.
        """
        if path in self.values:
            value = self.values[path]
        elif "." in path:
            value = _follow(self.values, path.split("."))
        else:
            return None
        if isinstance(value, list):
            value = [item for item in value if not self._is_null(item)]
        return None if self._is_null(value) else value

    def field(self, name: str) -> object | None:
        """The value of a record field, as typed in the source: its first column that is present, else the constant.

        Text is looked up in `[values.NAME]`; a field that `[sections]` fills gives the text under its headings.
        """
        for path in self.mapping.fields.get(name, ()):
            value = self.value(path)
            if value is not None:
                return self._translated(name, value)
        if name in self._sections:
            return self._translated(name, "\n".join(self._sections[name]))
        return self.mapping.constants.get(name)

    def _translated(self, name: str, value: object) -> object:
        table = self.mapping.values.get(name)
        if not table:
            return value
        if isinstance(value, list):
            return [table.get(clean_text(as_text(item) or ""), item) for item in value]
        return table.get(clean_text(as_text(value) or ""), value)

    def text(self, name: str) -> str | None:
        """A record field as plain text (HTML taken out); the items of a list become lines. None where there is none."""
        value = self.field(name)
        return None if value is None else "\n".join(_texts(value)) or None

    def line(self, name: str) -> str | None:
        """A record field as plain text on one line."""
        text = self.text(name)
        return " ".join(text.split()) if text else None

    def list(self, name: str) -> tuple[str, ...]:
        """A record field as a list of plain texts without repetition, in order.

        A list gives its elements; a string is split at `[lists].NAME`, or where that is not given at "|" and line ends.
        """
        separator = self.mapping.lists.get(name)
        items: dict[str, None] = {}
        for text in _texts(self.field(name)):
            pieces = text.split(separator) if separator else re.split(r"[|\n]", text)
            items.update(dict.fromkeys(" ".join(piece.split()) for piece in pieces))
        return tuple(item for item in items if item)

    def texts(self) -> tuple[tuple[PartName, str, Language | None], ...]:
        """The texts of `[parts]` and `[sections]` in the mapping's order: part, plain text, language if it is fixed."""
        pieces: Lines = {}
        for key, paths in self.mapping.parts.items():
            values = [value for path in paths if (value := self.value(path)) is not None]
            pieces[key] = [text for value in values for text in _texts(value)]
        for key, lines in self._sections.items():
            if key in PARTS:
                pieces.setdefault(key, []).append("\n".join(lines))
        found: dict[str, tuple[PartName, str, Language | None]] = {}
        for key, texts in pieces.items():
            name, language = PARTS[key]
            text = texts[0] if len(texts) == 1 else clean_text("\n".join(dict.fromkeys(texts)))
            if text:
                found.setdefault(text, (name, text, language))
        return tuple(found.values())

    def parts(self, language: Language) -> tuple[TextPart, ...]:
        """The texts as parts; `language` is that of those whose language the mapping does not fix."""
        return tuple(TextPart(name, text, fixed or language) for name, text, fixed in self.texts())

    @cached_property
    def _sections(self) -> Lines:
        """Field or part to the lines that `[sections]` gives it."""
        table = self.mapping.sections
        if not table:
            return {}
        targets = self.mapping.targets
        found: Lines = {}
        for heading, line in _headed_lines(table, targets, self.value(table.column)):
            target = targets.of(heading)
            for item in line.split(table.separator) if table.separator else (line,):
                text = " ".join(item.split())
                if target and text:
                    found.setdefault(target, []).append(f"{heading}: {text}" if targets.keeps(heading) else text)
        return found


def _headed_lines(table: SectionsTable, targets: Targets, value: object) -> Iterator[tuple[str | None, str]]:
    """Each line with the heading that it stands under."""
    if table.heading:
        for entry in value if isinstance(value, list) else ():
            if isinstance(entry, dict):
                heading = " ".join(plain_text(as_text(entry.get(table.heading)) or "").split())
                for text in _texts(entry.get(table.items or "items")):
                    yield from ((heading or None, line) for line in text.split("\n"))
        return
    current: str | None = None
    for line in "\n".join(_texts(value)).split("\n"):
        if line and len(line) <= 120 and targets.known(line):
            current = line.rstrip(" :")
        elif line:
            yield current, line
