"""Outcomes for funders: a snapshot that is frozen as the baseline, and the agreed indicators measured against it.

Comes in: a published snapshot, and a TOML file of indicators. Goes out: baselines/<name>.json in the lake, which also
keeps the snapshot from being removed, and later the indicators' values then and now. Never changes a baseline.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal, cast

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import LakeError, SettingsError
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.sql import query
from pipeline.tables import TABLES

BASELINES: Final = "baselines"
DECIMALS: Final = 9
Measure = Literal["count", "sum", "mean", "median", "min", "max"]
MEASURES: Final[dict[Measure, str]] = {
    "count": "count(*)", "sum": "sum({}::DECIMAL(38,9))::DOUBLE",
    "mean": "sum({0}::DECIMAL(38,9))::DOUBLE / count({0})",
    "median": "quantile_cont({}, 0.5)", "min": "min({})", "max": "max({})",
}  # fmt: skip
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")

Cell = str | bool | int
Label = Annotated[str, Field(min_length=1, max_length=300)]


class Indicator(BaseModel):
    """One agreed figure: a measure over the rows of a table that fit. Columns are those of the contract."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=_NAME.pattern)]
    en: Label
    fr: Label
    table: str
    measure: Measure
    column: str | None = None
    where: dict[str, Cell | list[Cell]] = Field(default_factory=dict)
    at_least: dict[str, float] = Field(default_factory=dict)
    target: float | None = None
    direction: Literal["up", "down"] = "up"

    @model_validator(mode="after")
    def _fits_the_contract(self) -> Indicator:
        if self.table not in TABLES:
            raise ValueError(f"there is no table {self.table}; tables: {', '.join(TABLES)}")
        types = {column.name: column.type for column in TABLES[self.table].columns}
        unknown = [name for name in (*self.where, *self.at_least, self.column) if name and name not in types]
        if unknown:
            raise ValueError(f"the table {self.table} has no column {', '.join(unknown)}")
        if (self.column is None) != (self.measure == "count"):
            raise ValueError("`column` goes with every measure but count")
        for name in (*self.at_least, *([self.column] if self.column else [])):
            if not (pa.types.is_floating(types[name]) or pa.types.is_integer(types[name])):
                raise ValueError(f"{name} of {self.table} is not a number")
        return self


class IndicatorFile(BaseModel):
    """What a file of indicators holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    indicators: Annotated[list[Indicator], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_once(self) -> IndicatorFile:
        ids = [indicator.id for indicator in self.indicators]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"the id {', '.join(twice)} stands there twice")
        return self


@dataclass(frozen=True, slots=True)
class Result:
    """An indicator then and now; None where no row fits. `reached` is None without a target."""

    id: str
    label: str
    baseline: float | None
    value: float | None
    change: float | None
    target: float | None
    reached: bool | None


def read_indicators(wanted: str) -> IndicatorFile:
    """Reads indicators from a file, or from one of the packaged configs/outcomes by its name.

    Raises:
        SettingsError: it is not there or wrong; says where.
    """
    packaged = Path(str(files("pipeline").joinpath("configs/outcomes"))) / f"{wanted}.toml"
    path = packaged if _NAME.fullmatch(wanted) and packaged.is_file() else Path(wanted)
    try:
        return IndicatorFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise SettingsError(f"The file of indicators {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file of indicators {path} is not valid TOML: {error}.") from None
    except ValidationError as error:
        raise SettingsError(f"The file of indicators {path} is wrong: {_problems(error)}.") from None


def _problems(error: ValidationError) -> str:
    return "; ".join(
        ": ".join([".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, ")])
        for each in error.errors()
    )


def freeze(lake: Lake, name: str, snapshot: str, indicators: IndicatorFile, now: datetime) -> str:
    """Freezes a snapshot as a baseline, with the indicators agreed on.

    Args:
        lake: holds the snapshot.
        name: of the baseline.
        snapshot: its id.
        indicators: what will be reported.
        now: when it was agreed, for the record only.

    Returns:
        The file's name in the lake.

    Raises:
        SettingsError: the name can't be that of a file.
        LakeError: the name is taken: a baseline is never moved.
    """
    file = _file(name)
    if lake.exists(file):
        raise LakeError(f"The baseline {name} is there already and is never moved: choose another name.")
    measured = {i.id: measure(lake, snapshot, i) for i in indicators.indicators}
    lake.write_json(file, {
        "name": name, "snapshot_id": snapshot, "frozen_at": now.isoformat(timespec="seconds"), "values": measured,
        "indicators": [indicator.model_dump(mode="json") for indicator in indicators.indicators],
    })  # fmt: skip
    return file


def _file(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{name[:80]!r} can't be the name of a baseline: use a to z, 0 to 9, _ and -.")
    return f"{BASELINES}/{name}.json"


def frozen_snapshots(lake: Lake) -> set[str]:
    """The snapshots that baselines freeze, which must not be removed.

    Raises:
        LakeError: the file of a baseline can't be read: then nobody can tell what it freezes.
    """
    return {str(lake.read_json(f"{BASELINES}/{name}").get("snapshot_id")) for name in lake.names(BASELINES, ".json")}


def report(lake: Lake, name: str, snapshot: str, language: Language) -> list[Result]:
    """The indicators of a baseline, then and now.

    Args:
        lake: holds the baseline and the snapshots.
        name: of the baseline.
        snapshot: the id of the one that is compared with it.
        language: of the labels.

    Raises:
        LakeError: there is no such baseline, or its file was changed by hand and is wrong.
    """
    file = _file(name)
    if not lake.exists(file):
        known = ", ".join(each.removesuffix(".json") for each in lake.names(BASELINES, ".json")) or "none"
        raise LakeError(f"There is no baseline {name} in the lake {lake.location}. There are: {known}.")
    frozen = lake.read_json(file)
    try:
        agreed = IndicatorFile.model_validate({"indicators": frozen.get("indicators")})
    except ValidationError as error:
        raise LakeError(f"{file} in the lake {lake.location} is wrong: {_problems(error)}.") from None
    values = cast(dict[str, float | None], frozen.get("values") or {})
    return [
        _result(indicator, values.get(indicator.id), measure(lake, snapshot, indicator), language)
        for indicator in agreed.indicators
    ]


def _result(indicator: Indicator, before: float | None, value: float | None, language: Language) -> Result:
    change = None if before is None or value is None else round(value - before, DECIMALS)
    label = indicator.en if language == "en" else indicator.fr
    return Result(indicator.id, label, before, value, change, indicator.target, is_reached(indicator, value))


def is_reached(indicator: Indicator, value: float | None) -> bool | None:
    """Whether a value reaches the target; None where one of the two is not there."""
    if indicator.target is None or value is None:
        return None
    return value >= indicator.target if indicator.direction == "up" else value <= indicator.target


def measure(lake: Lake, snapshot: str, indicator: Indicator) -> float | None:
    """One indicator in one snapshot; None where it is taken over no row."""
    return measure_rows(lake.snapshot_table(indicator.table, snapshot), indicator)


def measure_rows(table: pa.Table, indicator: Indicator) -> float | None:
    """One indicator over the rows of its table; None where none fits.

    Names of columns come from the contract; values go in as parameters.
    """
    conditions: list[str] = []
    values: dict[str, object] = {}
    for place, (column, wanted) in enumerate(sorted(indicator.where.items())):
        conditions.append(f'list_contains($w{place}, "{column}")')
        values[f"w{place}"] = wanted if isinstance(wanted, list) else [wanted]
    for place, (column, least) in enumerate(sorted(indicator.at_least.items())):
        conditions.append(f'"{column}" >= $l{place}')
        values[f"l{place}"] = least
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    column = f'"{indicator.column}"'
    sql = f"SELECT {MEASURES[indicator.measure].format(column)} AS value FROM rows {where}"
    found = query(sql, {"rows": table}, values)["value"][0].as_py()
    return None if found is None else round(float(found), DECIMALS)
