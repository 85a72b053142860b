"""Official statistics by occupation code: wages, outlooks and counts of vacancies, out of a table and a mapping file.

A file that cannot be read at all is the user's to mend and stops the run. A row that cannot be read is left out,
counted, and reported with its place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import pyarrow as pa

from pipeline.errors import SettingsError
from pipeline.ingest.mapping import Mapping, canonical_mapping, load_mapping
from pipeline.ingest.money import hourly_wage, parse_currency, parse_unit, to_number
from pipeline.ingest.places import country_code, region_code
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import OfficialKind, Reason, Rejected
from pipeline.ingest.rows import Row, as_text
from pipeline.ingest.tabular import read_rows
from pipeline.settings import OfficialSettings
from pipeline.tables import ALL_REGIONS

LONGEST_OUTLOOK: Final = 120  # characters; what is longer is a text, not an outlook
STEEPEST_GROWTH: Final = 50.0  # per cent a year; what is beyond has another unit
CODE_DIGITS: Final = {"noc_2021": 5, "isco_08": 4}  # of the classifications that roles have codes of

_KEY: Final = [("scheme", pa.string()), ("code", pa.string()), ("region", pa.string())]
SCHEMAS: Final[dict[OfficialKind, pa.Schema]] = {
    "wages": pa.schema([
        *_KEY, ("low", pa.float64()), ("median", pa.float64()), ("high", pa.float64()), ("currency", pa.string()),
    ]),
    "outlooks": pa.schema([*_KEY, ("outlook", pa.string()), ("growth", pa.float64())]),
    "vacancies": pa.schema([*_KEY, ("vacancies", pa.float64())]),
}  # fmt: skip

_PLAIN: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,20})?")

Figures = dict[str, object]


class _BadRowError(Exception):
    """What is wrong with a row, in a sentence for a person."""


@dataclass(frozen=True)
class OfficialFile:
    """A file of official statistics and the mapping that says how it is read."""

    kind: OfficialKind
    path: Path
    mapping: Mapping
    digest: str  # SHA-256 of both


@dataclass(frozen=True)
class OfficialTables:
    """Official statistics by occupation code and region; a table of no rows where no file is given.

    Attributes:
        wages: scheme, code, region, low, median, high (hourly), currency.
        outlooks: scheme, code, region, outlook (words), growth (yearly, as a share).
        vacancies: scheme, code, region, vacancies.
        rejected: the rows that could not be read.
    """

    wages: pa.Table
    outlooks: pa.Table
    vacancies: pa.Table
    rejected: tuple[Rejected, ...] = ()

    @classmethod
    def none(cls) -> OfficialTables:
        """No official statistics."""
        return cls(**{kind: schema.empty_table() for kind, schema in SCHEMAS.items()})

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(int(table.num_rows) for table in (self.wages, self.outlooks, self.vacancies))


def find_official(settings: OfficialSettings) -> list[OfficialFile]:
    """The files of official statistics that the settings name.

    Raises:
        SettingsError: one of them, or its mapping, is not there or wrong.
    """
    packaged = Path(str(files("pipeline").joinpath("configs/official")))
    named: dict[OfficialKind, tuple[str, str]] = {
        "wages": (settings.wages, settings.wages_mapping),
        "outlooks": (settings.outlooks, settings.outlooks_mapping),
        "vacancies": (settings.vacancies, settings.vacancies_mapping),
    }
    return [official_file(kind, Path(path), mapping, packaged) for kind, (path, mapping) in named.items() if path]


def official_file(kind: OfficialKind, path: Path, mapping: str, packaged: Path) -> OfficialFile:
    """Finds a file of official statistics and its mapping.

    Args:
        kind: what the settings say that it holds.
        path: the file.
        mapping: a mapping file, or the name of one in `packaged`; empty where the columns have the fields' names.
        packaged: the folder of the mappings that come with the program.

    Raises:
        SettingsError: one of them is not there or wrong; names it, and the setting.
    """
    if not path.is_file():
        raise SettingsError(f"[official] {kind}: the file {path} is not there.")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    if not mapping:
        return OfficialFile(kind, path, canonical_mapping(kind, path.stem), digest.hexdigest())
    places = [Path(mapping), packaged / f"{mapping}.toml"]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise SettingsError(
            f"[official] {kind}_mapping: {mapping} is no file, and no mapping that comes with the program: "
            f"{', '.join(sorted(each.stem for each in packaged.glob('*.toml')))}."
        )
    read = load_mapping(found)
    if read.source.kind != kind:
        raise SettingsError(f"[official] {kind}_mapping: {found} maps {read.source.kind}, not {kind}.")
    digest.update(found.read_bytes())
    return OfficialFile(kind, path, read, digest.hexdigest())


def official_hash(files: list[OfficialFile]) -> str:
    """SHA-256 of what the files and their mappings hold; empty where there are none."""
    said = "\n".join(f"{file.kind}\t{file.digest}" for file in sorted(files, key=lambda file: file.kind))
    return hashlib.sha256(said.encode()).hexdigest() if files else ""


def read_official(files: list[OfficialFile], max_record_bytes: int, max_file_bytes: int) -> OfficialTables:
    """Reads official statistics.

    Args:
        files: at most one of each kind.
        max_record_bytes: a longer row is left out.
        max_file_bytes: a longer file is not read.

    Returns:
        The tables; rows that cannot be read, or that come twice, are in `rejected`. A row without any figure is none.

    Raises:
        SettingsError: a file cannot be read, or none of its rows can; names the file and the line.
    """
    tables = dict(vars(OfficialTables.none()))
    rejected: list[Rejected] = []
    for file in files:
        # Of the context, a table's rows are read with the limits alone.
        context = ReadContext(
            "postings", file.mapping.source.name, max_record_bytes=max_record_bytes, max_file_bytes=max_file_bytes
        )
        rows, bad = _read_rows(file, context)
        if bad and not rows:
            raise _wrong(file, bad[0], f" No row of {file.path.name} can be read ({len(bad)} tried).")
        tables[file.kind] = pa.Table.from_pylist(rows, schema=SCHEMAS[file.kind])
        rejected += bad
    return OfficialTables(**{**tables, "rejected": tuple(rejected)})


def _wrong(file: OfficialFile, problem: Rejected, more: str = "") -> SettingsError:
    place = f"line {problem.position}" if problem.position.isdecimal() else problem.position
    return SettingsError(f"[official] {file.kind}: {file.path}, {place}: {problem.detail}{more}")


def _read_rows(file: OfficialFile, context: ReadContext) -> tuple[list[Figures], list[Rejected]]:
    """The rows of one file that can be read, and those that cannot.

    Raises:
        SettingsError: the file itself cannot be read.
    """
    rows: dict[tuple[object, ...], Figures] = {}
    bad: list[Rejected] = []
    for row in read_rows(file.path, file.mapping, context):
        if isinstance(row, Rejected):
            if row.position == "file" or row.reason is Reason.UNREADABLE_FILE:
                raise _wrong(file, row)
            bad.append(row)
            continue
        try:
            key = _key(row)
            figures = FIGURES[file.kind](row)
            if key in rows:
                raise _BadRowError(f"There is another row for the code {key[1]} in the region {key[2]}.")
        except _BadRowError as error:
            bad.append(row.rejected(Reason.INVALID_FIELD, str(error)))
            continue
        if any(value is not None for value in figures.values()):
            rows[key] = dict(zip(("scheme", "code", "region"), key, strict=True)) | figures
    return list(rows.values()), bad


def _key(row: Row) -> tuple[str, str, str]:
    """The scheme, the code and the region that a row is about."""
    scheme = row.line("occupation_scheme") or "noc_2021"
    if scheme not in CODE_DIGITS:
        raise _BadRowError(f"The occupation scheme {scheme!r} is not known; known: {', '.join(CODE_DIGITS)}.")
    stated = row.line("occupation_code") or ""
    codes = re.findall(rf"(?<![0-9])[0-9]{{{CODE_DIGITS[scheme]}}}(?![0-9])", stated)
    if len(codes) != 1:
        raise _BadRowError(f"The occupation code {stated!r} is none of {CODE_DIGITS[scheme]} digits ({scheme}).")
    return scheme, codes[0], _region(row)


def _region(row: Row) -> str:
    stated, country = row.line("region"), country_code(row.line("country") or "")
    if stated is None or stated.upper() == ALL_REGIONS:
        return ALL_REGIONS
    code = region_code(stated, country)
    if code is None and country_code(stated) is None:
        raise _BadRowError(f"The region {stated!r} is not known; a name, a code of ISO 3166-2 or a country is.")
    return code or ALL_REGIONS


def _amount(row: Row, field: str) -> float | None:
    """A field's number, which may be below zero; None where it is empty. A single point is a decimal point."""
    value = row.field(field)
    if value is None:
        return None
    stated = (as_text(value) or "").strip()
    text = stated.removesuffix("%").rstrip().lstrip("-\u2212")
    number = float(text) if _PLAIN.fullmatch(text) else to_number(text)
    if number is None:
        raise _BadRowError(f"{field} is {stated[:40]!r}, which is no number.")
    return -number if stated.startswith(("-", "\u2212")) else number


def _wages(row: Row) -> Figures:
    stated = {end: _amount(row, f"wage_{end}") for end in ("low", "median", "high")}
    if not any(stated.values()):
        return {}
    unit = parse_unit(row.line("wage_unit") or "")
    if unit is None:
        raise _BadRowError(f"wage_unit is {row.line('wage_unit')!r}: what the wage is per is not known.")
    currency, hours = parse_currency(row.line("wage_currency") or ""), _amount(row, "hours_per_week")
    hourly = {
        end: None if amount is None else hourly_wage(amount, amount, unit, currency, weekly_hours=hours).low
        for end, amount in stated.items()
    }
    if implausible := [f"{end} {stated[end]:g}" for end in stated if (stated[end] is None) != (hourly[end] is None)]:
        raise _BadRowError(f"The wage ({', '.join(implausible)}) per {unit} is not plausible.")
    order = [amount for amount in hourly.values() if amount is not None]
    if order != sorted(order):
        raise _BadRowError("The wages are not in order: low, median, high.")
    return hourly | {"currency": currency}


def _outlooks(row: Row) -> Figures:
    words, growth = row.line("outlook"), _amount(row, "growth_percent")
    if words is not None and len(words) > LONGEST_OUTLOOK:
        raise _BadRowError(f"The outlook has {len(words)} characters; the most are {LONGEST_OUTLOOK}.")
    if growth is not None and abs(growth) > STEEPEST_GROWTH:
        raise _BadRowError(f"growth_percent is {growth:g}: no employment grows so fast in a year.")
    return {"outlook": words, "growth": None if growth is None else round(growth / 100, 9)}


def _vacancies(row: Row) -> Figures:
    count = _amount(row, "vacancies")
    if count is not None and count < 0:
        raise _BadRowError(f"vacancies is {count:g}, which is below zero.")
    return {"vacancies": count}


FIGURES: Final[dict[OfficialKind, Callable[[Row], Figures]]] = {
    "wages": _wages, "outlooks": _outlooks, "vacancies": _vacancies,
}  # fmt: skip
