"""`passerelle taxonomy`: import, list and show taxonomies."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.commands.common import JsonOption, chosen_settings
from pipeline.console import out, print_json, print_table

taxonomy_app = typer.Typer(no_args_is_help=True, help="Import, list and show taxonomies.")


@taxonomy_app.command("import")
def taxonomy_import(
    release: Annotated[Literal["esco"], typer.Argument(help="The kind of release.")],
    paths: Annotated[list[Path], typer.Argument(help="Folders and zip files of the release, English and French.")],
    version: Annotated[str | None, typer.Option(help="Where the file names do not say it.")] = None,
    english_only: Annotated[bool, typer.Option("--english-only", help="Import without French labels.")] = False,
    json: JsonOption = False,
) -> None:
    """Import an ESCO CSV release (1.0 to 1.2), English and French together."""
    from pipeline.taxonomy import import_esco, save_taxonomy

    home = chosen_settings().taxonomy.home.expanduser()
    imported, report = import_esco(paths, ("en",) if english_only else ("en", "fr"), version)
    folder = home / f"{imported.name}-{imported.version}"
    save_taxonomy(imported, folder)
    if json:
        print_json({"name": imported.name, "version": imported.version, "folder": str(folder), **report.counts})
    else:
        out.print("\n".join(report.lines()))
        out.print(f"saved in {folder}; use it with --taxonomy {imported.name}")


@taxonomy_app.command("list")
def taxonomy_list(json: JsonOption = False) -> None:
    """List the taxonomies that --taxonomy can name."""
    from pipeline.taxonomy import list_taxonomies

    found = list_taxonomies(chosen_settings().taxonomy.home.expanduser())
    rows = [{**asdict(info), "folder": str(info.folder) if info.folder else "built in"} for info in found]
    if json:
        print_json(rows)
    else:
        import pyarrow as pa

        print_table(pa.Table.from_pylist(rows))


@taxonomy_app.command("show")
def taxonomy_show(
    name: Annotated[str, typer.Argument(help="Name or folder.")] = "starter",
    table: Annotated[
        Literal["skills", "occupations", "skill_relations", "occupation_skills"], typer.Option()
    ] = "skills",
    top: Annotated[int, typer.Option(min=0, help="How many rows; 0 for all.")] = 20,
    json: JsonOption = False,
) -> None:
    """Print rows of a taxonomy."""
    from pipeline.taxonomy import load_taxonomy

    rows = load_taxonomy(name, chosen_settings().taxonomy.home.expanduser()).tables()[table]
    rows = rows.slice(0, top) if top else rows
    if json:
        print_json(rows.to_pylist())
    else:
        print_table(rows)
