"""`passerelle outcomes`: agree on indicators, and report them against the baseline."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common import JsonOption, LakeOption, LangOption
from pipeline.console import out, print_json, print_table
from pipeline.errors import SettingsError

outcomes_app = typer.Typer(no_args_is_help=True, help="Report agreed indicators against a frozen snapshot.")

HEADS = {
    "en": ("id", "indicator", "baseline", "now", "change", "target", "reached"),
    "fr": ("id", "indicateur", "référence", "actuel", "écart", "cible", "atteinte"),
}


@outcomes_app.command("freeze")
def freeze_baseline(
    name: Annotated[str, typer.Argument(help="Name of the baseline: a to z, 0 to 9, _ and -.")],
    lake: LakeOption,
    indicators: Annotated[str, typer.Option(help="TOML file of indicators, or a packaged one's name.")],
    snapshot: Annotated[str, typer.Option(help="A snapshot: its id, the beginning of it, or latest.")] = "latest",
) -> None:
    """Freeze a snapshot as the baseline, with the indicators agreed on; it is kept from then on."""
    from pipeline.asking.outcomes import freeze, read_indicators
    from pipeline.changes import find_snapshot
    from pipeline.lake import Lake

    where = Lake(lake)
    chosen = find_snapshot(where, snapshot)
    file = freeze(where, name, chosen, read_indicators(indicators), datetime.now(UTC))
    out.print(f"baseline {name}: snapshot {chosen}, {where.path(file)}", markup=False, highlight=False)


@outcomes_app.command("report")
def report_outcomes(
    name: Annotated[str, typer.Argument(help="Name of the baseline.")],
    lake: LakeOption,
    snapshot: Annotated[str, typer.Option(help="As for freeze.")] = "latest",
    lang: LangOption = "en",
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write the report there as CSV.")] = None,
    json: JsonOption = False,
) -> None:
    """Report the indicators of a baseline, then and now."""
    import pyarrow as pa

    from pipeline.asking.outcomes import Result, report
    from pipeline.changes import find_snapshot
    from pipeline.lake import Lake

    where = Lake(lake)
    results = report(where, name, find_snapshot(where, snapshot), lang)
    names = [field.name for field in fields(Result)]
    if csv_file is not None:
        _write_csv(csv_file, names, [asdict(result) for result in results])
    if json:
        print_json([asdict(result) for result in results])
    else:
        columns = [[_word(getattr(result, name), lang) for result in results] for name in names]
        print_table(pa.table(columns, names=list(HEADS[lang])), lang)


def _word(value: object, lang: str) -> object:
    """Yes and no in the language of the report; anything else as it is."""
    words = {"en": ("no", "yes"), "fr": ("non", "oui")}[lang]
    return words[value] if isinstance(value, bool) else value


def _write_csv(path: Path, names: list[str], rows: list[dict[str, object]]) -> None:
    """Writes rows as CSV that spreadsheets open as UTF-8; a label that begins like a formula is made plain text."""
    from pipeline.publish import safe_cell

    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: safe_cell(value) for key, value in row.items()} for row in rows)
    try:
        path.write_text(text.getvalue(), encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}. Give --csv another place.") from None
