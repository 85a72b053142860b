"""Mapping files: how the columns of one source become the fields and texts of a record.

A mapping is a TOML file (configs/sources/NAME.toml) read into a `Mapping`. What is wrong with one is the user's to mend
and raises `SettingsError`.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.errors import SettingsError
from pipeline.ingest.dates import Order
from pipeline.ingest.records import Kind, Language, OfficialKind, PartName

POSTING_FIELDS: Final = frozenset({
    "source_id", "title", "employer", "place", "country", "region", "locality", "postal_code", "occupation_code",
    "occupation_scheme", "industry_code", "industry_scheme", "posted_on", "expires_on", "modified_at", "vacancies",
    "wage", "wage_low", "wage_high", "wage_unit", "wage_currency", "hours_per_week", "full_time_hours", "education",
    "experience", "experience_months", "skills", "language", "url",
})  # fmt: skip
CREDENTIAL_FIELDS: Final = frozenset({
    "source_id", "title", "title_en", "title_fr", "issuer", "credential_type", "hours", "duration", "weeks",
    "effort", "cost", "cost_currency", "delivery_mode", "assessment", "stackable_into", "prerequisites",
    "recognition", "level", "country", "region", "valid_from", "valid_until", "modified_at", "skills", "language",
    "url",
})  # fmt: skip
_OCCUPATION: Final = {"occupation_code", "occupation_scheme", "region", "country"}
OFFICIAL_FIELDS: Final[dict[Kind | OfficialKind, frozenset[str]]] = {
    "wages": frozenset({
        *_OCCUPATION, "wage_low", "wage_median", "wage_high", "wage_unit", "wage_currency", "hours_per_week",
    }),
    "outlooks": frozenset({*_OCCUPATION, "outlook", "growth_percent"}),
    "vacancies": frozenset({*_OCCUPATION, "vacancies"}),
}  # fmt: skip
_FIELDS: Final[dict[Kind | OfficialKind, frozenset[str]]] = {
    "postings": POSTING_FIELDS, "credentials": CREDENTIAL_FIELDS, **OFFICIAL_FIELDS,
}  # fmt: skip
_PART_NAMES: Final[tuple[PartName, ...]] = tuple(name for name in get_args(PartName) if name != "title")
_SUFFIXES: Final[dict[str, Language | None]] = {"": None, "_en": "en", "_fr": "fr"}
# What may stand in [parts]: the key, the part that it fills, and its language where the key fixes it.
PARTS: Final = {f"{name}{suffix}": (name, language) for name in _PART_NAMES for suffix, language in _SUFFIXES.items()}
_PART_KEYS: Final = frozenset(PARTS)


def _columns(value: object) -> object:
    return [value] if isinstance(value, str) else value


Lines = dict[str, list[str]]
Columns = Annotated[list[str], BeforeValidator(_columns), Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceTable(_Strict):
    """`[source]`: what the files are. `date_order` settles all-numeric dates such as 06/07/2022."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    kind: Kind | OfficialKind
    files: list[str] = []
    language: str | None = None
    records: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    encoding: str | None = None
    header: list[str] | None = None
    null_values: list[str] = []
    date_order: Order | None = None

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, encoding: str | None) -> str | None:
        try:
            "x".encode(encoding or "utf-8")
        except LookupError as error:
            raise ValueError(f"{encoding!r} is not an encoding that Python knows; examples: utf-8, cp1252") from error
        return encoding


class SectionsTable(_Strict):
    """`[sections]`: a column that holds headed lists.

    Attributes:
        column: text with a heading on a line of its own before its items; or, when `heading` is given, a list of
            objects whose `heading` and `items` members hold the two.
        separator: what separates items on one line.
        headings: heading (case does not matter, `*` stands for anything) to field or part; "" drops what follows.
            The entry `"*"` alone says where lines under no known heading go; without it they are dropped.
        keep: the headings that belong to the meaning of their items and stay in front of them ("Weight handling: ...").
    """

    column: str
    heading: str | None = None
    items: str | None = None
    separator: str | None = None
    headings: dict[str, str]
    keep: list[str] = []


def _heading_key(line: str) -> str:
    return line.replace("\u2019", "'").strip(" :").casefold()


class Targets:
    """Looks headings up in `[sections.headings]`: as they are first, then by pattern in the mapping's order."""

    def __init__(self, table: SectionsTable | None) -> None:
        self._exact = {_heading_key(name): target for name, target in table.headings.items()} if table else {}
        self._patterns = [
            (re.compile(fnmatch.translate(key)), target)
            for key, target in self._exact.items()
            if "*" in key and key != "*"
        ]
        self._keep = {_heading_key(name) for name in table.keep} if table else set()
        self._otherwise = self._exact.pop("*", "")

    def known(self, heading: str) -> bool:
        """Whether a line is one of the headings."""
        return self._lookup(heading) is not None

    def of(self, heading: str | None) -> str:
        """The field or part for what stands under a heading, "" to drop it."""
        target = self._lookup(heading) if heading else None
        return self._otherwise if target is None else target

    def keeps(self, heading: str | None) -> bool:
        """Whether a heading stays in front of its items."""
        return heading is not None and _heading_key(heading) in self._keep

    def _lookup(self, heading: str) -> str | None:
        key = _heading_key(heading)
        if key in self._exact:
            return self._exact[key]
        return next((target for pattern, target in self._patterns if pattern.match(key)), None)


class Mapping(_Strict):
    """A mapping file, checked: each field, part and heading target is one that the source's kind has."""

    source: SourceTable
    fields: dict[str, Columns] = {}
    parts: dict[str, Columns] = {}
    constants: dict[str, str | int | float] = {}
    lists: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    sections: SectionsTable | None = None

    @cached_property
    def targets(self) -> Targets:
        """Where the lines under each heading of `[sections]` go."""
        return Targets(self.sections)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        fields = _FIELDS[self.source.kind]
        for table in ("fields", "constants", "lists", "values"):
            _check_keys(table, getattr(self, table), fields)
        parts = frozenset() if self.source.kind in OFFICIAL_FIELDS else _PART_KEYS
        _check_keys("parts", self.parts, parts)
        if self.sections:
            targets = {target for target in self.sections.headings.values() if target}
            _check_keys("sections.headings: the target", targets, fields | parts)
        return self


def _check_keys(table: str, keys: Iterable[str], allowed: frozenset[str]) -> None:
    unknown = sorted(set(keys) - allowed)
    if unknown:
        wrong, right = ", ".join(map(repr, unknown)), ", ".join(sorted(allowed))
        raise ValueError(f"{table}: {wrong} is not allowed; allowed: {right}")


def _explain(path: Path, error: ValidationError) -> SettingsError:
    lines = []
    for problem in error.errors():
        place = ".".join(str(step) for step in problem["loc"])
        if problem["type"] == "extra_forbidden":
            table = str(problem["loc"][0]) if len(problem["loc"]) > 1 else ""
            models: dict[str, type[BaseModel]] = {"source": SourceTable, "sections": SectionsTable}
            allowed = sorted(models.get(table, Mapping).model_fields)
            lines.append(f"{place} is not a known key; allowed here: {', '.join(allowed)}")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{place}: {message}" if place else message)
    return SettingsError(f"Mapping file {path} is wrong.\n" + "\n".join(f"  - {line}" for line in lines))


def load_mapping(path: Path) -> Mapping:
    """Reads and checks one mapping file.

    Raises:
        SettingsError: the file is absent, is no TOML, or has a key or value that a mapping cannot have; the message
            names the file, the key and what is allowed.
    """
    try:
        with path.open("rb") as file:
            return Mapping.model_validate(tomllib.load(file))
    except OSError as error:
        raise SettingsError(f"Mapping file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Mapping file {path} is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise _explain(path, error) from error


def find_mapping(file: Path, folders: Sequence[Path]) -> Mapping | None:
    """The mapping whose `files` pattern fits a file's name; of several, the one with the longest pattern.

    Args:
        file: the data file; only its name is looked at.
        folders: where mapping files (`*.toml`) lie; folders that do not exist are passed over.

    Raises:
        SettingsError: a mapping file is wrong, or two patterns of the same length fit.
    """
    best: dict[int, dict[str, Mapping]] = {}
    for path in sorted(path for folder in folders if folder.is_dir() for path in folder.glob("*.toml")):
        mapping = load_mapping(path)
        for pattern in mapping.source.files:
            if fnmatch.fnmatchcase(file.name, pattern):
                best.setdefault(len(pattern), {})[str(path)] = mapping
    if not best:
        return None
    fitting = best[max(best)]
    if len(fitting) > 1:
        raise SettingsError(f"Several mapping files fit {file.name}: {', '.join(fitting)}. Name one with --mapping.")
    return next(iter(fitting.values()))


def canonical_mapping(kind: Kind | OfficialKind, source: str) -> Mapping:
    """The mapping of a table whose columns already have the records' names."""
    return Mapping(
        source=SourceTable(name=re.sub(r"[^a-z0-9]+", "-", source.casefold()).strip("-") or "source", kind=kind),
        fields={name: [name] for name in sorted(_FIELDS[kind])},
        parts={} if kind in OFFICIAL_FIELDS else {name: [name] for name in sorted(_PART_KEYS)},
        constants={"wage_unit": "hour"} if kind in ("postings", "wages") else {},
    )
