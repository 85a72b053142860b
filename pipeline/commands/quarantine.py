"""`passerelle quarantine`: what could not be read, where it stands, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from pipeline.commands.common import JsonOption, LakeOption, LangOption
from pipeline.commands.quarantine_text import print_quarantined
from pipeline.console import print_json
from pipeline.errors import LakeError, SettingsError

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.ingest import Kind
    from pipeline.lake import Lake

SHOWN = 20
INGESTED = ("runs", "documents", "quarantine")  # folders of a lake, one of which each ingest makes


def quarantine(
    lake: LakeOption,
    kind: Annotated[Literal["postings", "credentials"] | None, typer.Option("--kind", help="Only these.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only records with this reason, such as missing_title.")] = None,
    top: Annotated[int, typer.Option(min=0, help="How many records of a kind; 0 for all.")] = SHOWN,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """List the records that could not be read: where each stands, why, and what to do."""
    from pipeline.ingest import Kind, Reason
    from pipeline.lake import Lake

    if reason is not None and reason not in set(Reason):
        raise SettingsError(f"There is no reason {reason!r}; a record is quarantined as {', '.join(sorted(Reason))}.")
    where = Lake(lake)
    if not any(map(where.exists, INGESTED)):
        raise LakeError(f"There is no lake in {where.location}: nothing was ever ingested there.")
    found = {each: quarantined(where, each, reason) for each in ([kind] if kind else get_args(Kind))}
    shown = {each: rows.slice(0, top or None) for each, rows in found.items()}
    if json:
        print_json({each: rows.to_pylist() for each, rows in shown.items()})
        return
    for each, rows in shown.items():
        print_quarantined(each, found[each].num_rows, rows, lang)


def quarantined(lake: Lake, kind: Kind, reason: str | None = None) -> pa.Table:
    """The quarantined records of a kind, sorted by where they stand: file, then position; columns as `QUARANTINE`."""
    import pyarrow as pa

    from pipeline.ingest import read_quarantine

    table = read_quarantine(lake, kind)
    rows = [row for row in table.to_pylist() if reason in (None, row["reason"])]
    rows.sort(key=lambda row: (row["file"], *_place(row["position"]), row["quarantine_id"]))
    return pa.Table.from_pylist(rows, schema=table.schema)


def _place(position: str) -> tuple[int, str]:
    """A line number before a longer one, whatever its digits; what is no number behind."""
    return (len(position), position) if position.isdecimal() else (1 << 30, position)
