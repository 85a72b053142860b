"""`passerelle scenario`: a question about an industry or a workforce, answered as tables and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.asking.typography import counted, filled
from pipeline.commands.common import JsonOption, LangOption, chosen_settings
from pipeline.console import out as console
from pipeline.console import print_json
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.ingest import Language
    from pipeline.report import Written
    from pipeline.scenarios import Scenario

WORDS: dict[str, dict[Language, str]] = {
    "table": {"en": "{name}, rows: {rows}", "fr": "Table {name} : {rows:,} ligne"},
    "several": {"en": "{name}, rows: {rows}", "fr": "Table {name} : {rows:,} lignes"},
    "tables": {"en": "tables  {}/*.parquet and *.csv", "fr": "tables  {}/*.parquet et *.csv"},
    "page": {"en": "page    {}", "fr": "page    {}"},
    "list": {"en": "Run one with `passerelle scenario NAME --lake LAKE`, or give the path of a .toml file.",
             "fr": "Lancez-en un avec `passerelle scenario NOM --lake LAC`, ou donnez le chemin d'un fichier .toml."},
}  # fmt: skip


def scenario(
    name: Annotated[
        str | None, typer.Argument(help="A packaged scenario, or the path of a .toml file; none: list them.")
    ] = None,
    lake: Annotated[
        str | None, typer.Option("--lake", envvar="PASSERELLE_LAKE", help="Folder or URL of the lake.")
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", help="Folder or URL for the files; by default reports/ in the lake.")
    ] = None,
    snapshot: Annotated[str, typer.Option(help="A snapshot: its id, the beginning of it, or latest.")] = "latest",
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Answer a question about an industry or a workforce: tables, and a page in each language."""
    from pipeline.changes import find_snapshot
    from pipeline.lake import Lake
    from pipeline.report import write_scenario
    from pipeline.scenarios import packaged_scenarios, read_scenario

    if name is None:
        _print_list(packaged_scenarios(), lang, json)
        return
    asked = read_scenario(name)
    if lake is None:
        raise SettingsError(f"Say which lake answers: passerelle scenario {name} --lake LAKE.")
    where = Lake(lake)
    chosen = None if snapshot == "latest" else find_snapshot(where, snapshot)
    written = write_scenario(where, asked, chosen_settings(), lang, Lake(out) if out else None, chosen)
    if json:
        print_json(_as_json(written))
    else:
        _print_written(written, lang)


def _print_list(scenarios: list[Scenario], lang: Language, json: bool) -> None:
    if json:
        print_json([one.model_dump(mode="json") for one in scenarios])
        return
    for one in scenarios:
        console.print(f"{one.name}\n    {one.title.say(lang)}\n    {one.question.say(lang)}")
    console.print(f"\n{WORDS['list'][lang]}")


def _as_json(written: Written) -> dict[str, object]:
    return {
        "scenario": written.answered.scenario.name,
        "snapshot_id": written.answered.group.snapshot.snapshot_id,
        "location": written.location,
        "files": written.files,
        "summary": written.said,
        "tables": {f"group_{name}": table.to_pylist() for name, table in written.answered.tables.items()},
    }


def _print_written(written: Written, lang: Language) -> None:
    console.print(written.answered.scenario.title.say(lang), style="bold")
    for sentence in written.said:
        console.print(sentence)
    console.print()
    for name, table in written.answered.tables.items():
        words = WORDS[counted(table.num_rows, lang, "table", "several")][lang]
        console.print(filled(words, lang, name=f"group_{name}", rows=table.num_rows))
    console.print(WORDS["tables"][lang].format(written.location))
    console.print(WORDS["page"][lang].format(f"{written.location}/{lang}.html"))
