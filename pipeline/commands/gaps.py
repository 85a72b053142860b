"""`passerelle brief` and `passerelle diff`: what to teach next, and what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common import JsonOption, LakeOption, LangOption, TaxonomyOption, chosen_settings
from pipeline.console import out, print_json, print_table, progress_bars
from pipeline.errors import SettingsError


def brief(
    bundle: Annotated[str, typer.Argument(help="A bundle_id; see `passerelle show unmet_bundles`.")],
    lake: LakeOption,
    lang: LangOption = "en",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where to write it: .md or .html. Printed as Markdown without it.")
    ] = None,
) -> None:
    """Write a design brief for a credential that nobody offers yet."""
    from pipeline.asking.brief import build_brief, to_html, to_markdown
    from pipeline.lake import Lake

    if out_file is not None and out_file.suffix not in (".md", ".html"):
        raise SettingsError(f"{out_file} should end in .md or .html: the ending says which of the two to write.")
    blocks = build_brief(Lake(lake), bundle, lang)
    page = to_html(blocks, lang) if out_file is not None and out_file.suffix == ".html" else to_markdown(blocks)
    if out_file is None:
        typer.echo(page, nl=False)
        return
    try:
        out_file.parent.mkdir(parents=True, exist_ok=True)
        out_file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{out_file} cannot be written: {error.strerror}. Give --out another place.") from None


def diff(
    earlier: Annotated[str, typer.Argument(help="A snapshot: its id, the beginning of it, latest or previous.")],
    later: Annotated[str, typer.Argument(help="As EARLIER.")],
    lake: LakeOption,
    top: Annotated[int, typer.Option(min=0, help="How many matches, those that changed most first; 0 for all.")] = 20,
    taxonomy: TaxonomyOption = None,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Say what changed in coverage between two snapshots, and how much of it comes from what."""
    from pipeline import stages
    from pipeline.asking.changes import change_rows, describe, readable
    from pipeline.changes import find_snapshot
    from pipeline.lake import Lake

    where = Lake(lake)
    named = [find_snapshot(where, snapshot) for snapshot in (earlier, later)]
    with progress_bars(json) as progress:
        folder = stages.compare_snapshots(where, chosen_settings(taxonomy), named[0], named[1], progress)
    summary = where.read_json(f"{folder}/summary.json")
    rows = change_rows(where, folder, top, lang)
    if json:
        print_json({"summary": summary, "changes": rows.to_pylist()})
        return
    out.print(describe(summary, lang), markup=False, highlight=False)
    print_table(readable(rows, lang), lang)
