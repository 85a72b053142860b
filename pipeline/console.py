"""What the command line prints: progress on standard error, results on standard output."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pipeline.asking.typography import written

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.asking.show import Explanation
    from pipeline.ingest import Counts, Kind, Language, Rejected

Report = Callable[[str, int, int], None]

# A pipe has no width: each row of a table stays on one line.
PIPE_WIDTH = 10_000
REJECTED_SHOWN = 3


class _Results(Console):
    """Standard output, of which a reader may have seen enough (`| head`): that is no error."""

    def on_broken_pipe(self) -> None:
        """Ends the command; what is printed from here on goes nowhere."""
        try:
            super().on_broken_pipe()
        except SystemExit:
            raise SystemExit(0) from None


out = _Results(highlight=False, soft_wrap=True, emoji=False, markup=False)
if not out.is_terminal:
    out = _Results(highlight=False, soft_wrap=True, emoji=False, markup=False, width=PIPE_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False, markup=False)


def print_json(value: object) -> None:
    """One JSON value on standard output."""
    try:
        sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")
        sys.stdout.flush()
    except BrokenPipeError:  # typer would end with 1
        out.on_broken_pipe()


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Report]:
    """A progress function for the stages: bars on a terminal, a line a stage elsewhere, nothing if quiet."""
    if quiet:
        yield lambda what, done, total: None
    elif err.is_terminal:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=err) as bars:
            tasks: dict[str, TaskID] = {}

            def show(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=total or None)
                bars.update(tasks[what], completed=done, total=total or (done or None))

            yield show
    else:
        yield _Lines()


class _Lines:
    """Progress for a log: a line when a stage begins, and when a tenth more of it is done."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        tenth = done * 10 // total if total else 0
        if self._shown.get(what, -1) < tenth:
            self._shown[what] = tenth
            err.print(f"{what}: {done:,} of {total:,}" if total else what)


def print_counts(kind: Kind, counts: Counts, lake: str) -> None:
    """The reconciliation of one ingest into a lake, what it took out, and how to see what could not be read."""
    withdrawn = f", {counts.withdrawn:,} withdrawn" if counts.withdrawn else ""
    out.print(
        f"{kind}: {counts.received:,} received = {counts.accepted:,} accepted "
        f"({counts.new:,} new, {counts.changed:,} changed, {counts.unchanged:,} unchanged{withdrawn}) "
        f"+ {counts.duplicates:,} duplicates + {counts.quarantined:,} quarantined"
    )
    if counts.absent:
        out.print(f"    withdrawn too, since the full feed of their source no longer has them: {counts.absent:,}")
    for reason, number in counts.reasons.items():
        out.print(f"    quarantined as {reason}: {number:,}")
    if counts.quarantined:
        out.print(f"    where and why: passerelle quarantine --kind {kind} --lake {lake}")
    for remark, number in counts.remarks.items():
        out.print(f"note: {remark}" + (f" ({number:,} files)" if number > 1 else ""))


def print_rejected(rejected: Sequence[Rejected]) -> None:
    """The rows of official statistics that could not be read: how many, and the first of them."""
    out.print(f"note: {len(rejected):,} rows of official statistics could not be read and are left out")
    for row in rejected[:REJECTED_SHOWN]:
        out.print(f"    {row.file}, {row.position}: {row.detail}")


def print_table(table: pa.Table, language: Language = "en") -> None:
    """An Arrow table as text; everything from data is escaped.

    Args:
        table: its column names are the headings.
        language: of the figures.
    """
    shown = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    rows = table.to_pylist()
    for name in table.column_names:
        numeric = any(isinstance(row[name], int | float) for row in rows)
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_figure(value, language) for value in row.values()))
    out.print(shown)


def _figure(value: object, language: Language) -> Text:
    """A value, with a decimal sign of the language if it is a figure."""
    text = plain(value)
    return Text(written(text.plain, language)) if isinstance(value, float) else text


def plain(value: object, style: str = "") -> Text:
    """A value from data, printed as it is: no mark-up, no emoji codes, no control characters."""
    printable = (" " if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in _cell(value))
    return Text(" ".join("".join(printable).split()), style)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(v) for v in value)
    return str(value)


def explanation_json(explanation: Explanation) -> dict[str, object]:
    """An explanation as a JSON object."""
    return asdict(explanation)
