"""`passerelle evaluate`: measure quality against labelled data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.commands.common import JsonOption, LangOption, TaxonomyOption, chosen_settings
from pipeline.console import out, print_json, progress_bars
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.lake import Lake

evaluate_app = typer.Typer(no_args_is_help=True, help="Measure quality against labelled data.")


@evaluate_app.command("linking")
def evaluate_linking(
    file: Annotated[
        Path | None,
        typer.Argument(help="One labelled CSV file: columns sentence, span, label; prints one JSON object."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of labelled sets (benchmarks) and the ESCO release (esco): all of them.")
    ] = None,
    taxonomy: TaxonomyOption = None,
    query: Annotated[Literal["sentence", "span"], typer.Option(help="Which column of FILE is the query.")] = "sentence",
    lang: LangOption = "en",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="With --data: where the page is written, such as docs/quality.md.")
    ] = None,
    peers: Annotated[
        Path | None, typer.Option(help="With --data: what benchmarks/peers.py measured, for the page.")
    ] = None,
    lake: Annotated[
        str | None, typer.Option(envvar="PASSERELLE_LAKE", help="Keeps label vectors for next time.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure linking: on one labelled FILE, or with --data on every labelled set, as a page of tables."""
    from pipeline.lake import Lake

    where = Lake(lake) if lake else None
    if (file is None) == (data is None):
        raise SettingsError("Give either a labelled FILE or --data with a folder of labelled sets.")
    if data is not None:
        _evaluate_all_linking(data, taxonomy, out_file, peers, where, json)
        return
    from pipeline import stages

    assert file is not None
    with progress_bars(json) as progress:
        quality = stages.evaluate_linking(file, query, lang, chosen_settings(taxonomy), where, progress)
    print_json(quality.as_dict())


def _evaluate_all_linking(
    data: Path, taxonomy: str | None, out_file: Path | None, peers: Path | None, lake: Lake | None, json: bool
) -> None:
    """Writes the page to a file or prints it; with --json prints the figures instead."""
    from pipeline import stages
    from pipeline.linking import quality_page, read_peers

    settings = chosen_settings(taxonomy)
    measured = read_peers(peers) if peers else None
    if out_file is not None and not out_file.absolute().parent.is_dir():
        raise SettingsError(f"{out_file} cannot be written: there is no folder {out_file.parent}.")
    with progress_bars(json) as progress:
        chosen = stages.chosen_taxonomy(settings) if taxonomy else None
        report = stages.evaluate_all_linking(data, chosen, settings, lake, progress)
    text = quality_page(report, measured)
    if out_file is not None:
        out_file.write_text(text, encoding="utf-8")
    if json:
        print_json(asdict(report))
    elif out_file is None:
        out.print(text, end="")
    else:
        out.print(f"{len(report.ranked)} sets ranked, {len(report.missing)} not measured; the page is {out_file}")
