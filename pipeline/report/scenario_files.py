"""The files of one scenario: each of its tables as Parquet and CSV, their columns in both languages, and two pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipeline.lake import Lake, parquet_bytes
from pipeline.publish.recorded import recorded_settings
from pipeline.report.downloads import csv_bytes
from pipeline.report.pages import scenario_page
from pipeline.report.scenarios import View, summary, view_of, who
from pipeline.report.site import REPORTS
from pipeline.report.words import LANGUAGES, Language, load_words
from pipeline.scenarios import SCENARIO_TABLES, Answered, Scenario, answer, snapshot_of
from pipeline.settings import Settings

DICTIONARY = "columns.csv"


@dataclass(frozen=True)
class Written:
    """A scenario that was answered and written.

    Attributes:
        answered: its tables.
        location: the folder or URL that they lie in.
        files: their names there.
        said: what they come to, in sentences of the language that was asked for.
    """

    answered: Answered
    location: str
    files: list[str]
    said: list[str]


def write_scenario(
    lake: Lake, scenario: Scenario, settings: Settings, language: Language, out: Lake | None = None,
    snapshot_id: str | None = None,
) -> Written:  # fmt: skip
    """Answers a scenario from a snapshot and writes its tables and pages.

    Args:
        lake: holds the snapshot, and takes the files unless `out` is given: reports/<snapshot_id>/scenarios/<name>/.
        scenario: the question.
        settings: of who asks; the snapshot's own win wherever they can change a number.
        language: of what is said; the pages are written in both.
        out: a folder or URL that takes the files instead, in a folder of the scenario's name.
        snapshot_id: by default the published one.

    Raises:
        LakeError: there is no snapshot, it is of another release, or the files cannot be written.
        SettingsError: the scenario names a file of indicators that is not there or wrong.
    """
    snapshot = snapshot_of(lake, snapshot_id)
    view = view_of(answer(scenario, snapshot, recorded_settings(lake, snapshot.snapshot_id, settings)))
    target = out or lake
    prefix = f"{scenario.name}/" if out else f"{REPORTS}/{snapshot.snapshot_id}/scenarios/{scenario.name}/"
    files = dict(scenario_files(view))
    for name, content in files.items():  # the pages come last: what they lead to is there
        target.write_bytes(prefix + name, content)
    for table in SCENARIO_TABLES:  # of an earlier run, when the scenario showed more
        for name in (f"{table}.parquet", f"{table}.csv"):
            if name not in files:
                target.delete(prefix + name)
    words = load_words(language)
    return Written(
        view.answered, target.path(prefix.rstrip("/")), list(files), [*who(view, words), *summary(view, words)]
    )


def scenario_files(view: View) -> Iterator[tuple[str, bytes]]:
    """Every file of a scenario, name and content; the same snapshot and scenario give the same bytes."""
    tables = {f"group_{name}": table for name, table in view.answered.tables.items()}
    for name, table in tables.items():
        yield f"{name}.parquet", parquet_bytes(table)
        yield f"{name}.csv", csv_bytes(table)
    yield DICTIONARY, csv_bytes(_dictionary(list(tables)))
    files = {name: f"group_{'roles' if name == 'open' else name}" for name in view.lists}
    for language in LANGUAGES:
        yield f"{language}.html", scenario_page(view, language, files)


def _dictionary(names: list[str]) -> pa.Table:
    """Every column of these tables, described in both languages."""
    rows = [
        {"table": name, "column": column.name, "unit": column.unit or "", "description_en": column.en,
         "description_fr": column.fr}
        for name in names for column in SCENARIO_TABLES[name].columns
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)
