"""The `passerelle` command. Results go to standard output, progress and errors to standard error.

What a command needs is imported when it runs: `--help`, and a mistyped option, should not have to wait for it.

Exit codes: 0 done; 1 failed; 2 a setting, mapping or argument is wrong; 3 the taxonomy; 4 the encoder;
5 held back at the gate; 6 the lake, or something that is not in it; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from pipeline import __version__
from pipeline.commands.common import (
    ForceOption,
    JsonOption,
    LakeOption,
    LangOption,
    MappingOption,
    SourceOption,
    TaxonomyOption,
    chosen_settings,
    state,
)
from pipeline.commands.evaluate import evaluate_app
from pipeline.commands.gaps import brief, diff
from pipeline.commands.outcomes import outcomes_app
from pipeline.commands.quarantine import quarantine
from pipeline.commands.report import report
from pipeline.commands.scenario import scenario
from pipeline.commands.startup import arrow_without_pandas, collect_rarely, leave
from pipeline.commands.taxonomy import taxonomy_app
from pipeline.commands.upkeep import repair_command, verify_command
from pipeline.commands.ways import advise, transition
from pipeline.console import (
    err,
    explanation_json,
    out,
    print_counts,
    print_json,
    print_rejected,
    print_table,
    progress_bars,
)
from pipeline.errors import PasserelleError, SettingsError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.ingest import Kind
    from pipeline.lake import Lake
    from pipeline.stages import Refreshed

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Links what microcredentials teach to what employers ask for, in English and French, with evidence.",
)  # fmt: skip
ingest_app = typer.Typer(no_args_is_help=True, help="Read files into the lake without refreshing the tables.")
app.add_typer(ingest_app, name="ingest")
app.add_typer(taxonomy_app, name="taxonomy")
app.add_typer(evaluate_app, name="evaluate")
app.command()(transition)
app.command()(advise)
app.add_typer(outcomes_app, name="outcomes")
app.command()(brief)
app.command()(diff)
app.command()(quarantine)
app.command("verify")(verify_command)
app.command("repair")(repair_command)
app.command()(report)
app.command()(scenario)

DEMO_LAKE = ".lake/demo"
EVIDENCE_SHOWN = 8
INTERRUPTED = 130


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(f"passerelle {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    settings: Annotated[Path | None, typer.Option("--settings", help="TOML file that overrides the defaults.")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    state.settings_file = settings


@app.command()
def demo(lake: LakeOption = DEMO_LAKE, json: JsonOption = False, force: ForceOption = False) -> None:
    """Run the whole chain on the bundled bilingual sample."""
    samples = Path(str(files("pipeline").joinpath("samples")))
    if not json:
        out.print(f"Passerelle {__version__}: the bundled sample, in {lake}\n")
    given: dict[Kind, list[Path]] = {"postings": [samples / "postings"], "credentials": [samples / "credentials"]}
    _run(given, lake, chosen_settings(), json, force)


@app.command()
def run(
    lake: LakeOption,
    postings: Annotated[
        list[Path] | None, typer.Option("--postings", help="File or folder; may be given several times.")
    ] = None,
    credentials: Annotated[list[Path] | None, typer.Option("--credentials", help="As --postings.")] = None,
    mapping: Annotated[
        list[Path] | None, typer.Option("--mapping", help="Mapping file for all postings, or for all credentials.")
    ] = None,
    taxonomy: TaxonomyOption = None,
    json: JsonOption = False,
    force: ForceOption = False,
) -> None:
    """Ingest postings, credentials or both, refresh the tables, and show the best matches."""
    given: dict[Kind, list[Path]] = {"postings": postings or [], "credentials": credentials or []}
    given = {kind: paths for kind, paths in given.items() if paths}
    _run(given, lake, chosen_settings(taxonomy), json, force, mapping or [])


def _run(
    given: dict[Kind, list[Path]],
    location: str,
    settings: Settings,
    json: bool,
    force: bool,
    mappings: Sequence[Path] = (),
) -> None:
    from pipeline import intake, stages
    from pipeline.lake import Lake

    if not given:
        raise SettingsError(
            "Nothing to ingest: give --postings, --credentials or both. "
            f"To bring the tables up to date with what is in the lake: passerelle refresh --lake {location}"
        )
    lake = Lake(location)
    intake.check_paths(given)
    mapped = intake.mappings_by_kind(mappings, given)
    with progress_bars(json) as progress:
        received = {
            kind: intake.ingest(lake, settings, kind, paths, mapped.get(kind), progress=progress)
            for kind, paths in given.items()
        }
    if not json:  # before the refresh, which may have nothing to refresh or fail at the gate
        for kind, counts in received.items():
            print_counts(kind, counts, location)
    with progress_bars(json) as progress:
        refreshed = stages.refresh(lake, settings, datetime.now(UTC), force, progress)
    if json:
        print_json({
            "ingest": {kind: asdict(counts) for kind, counts in received.items()},
            "refresh": asdict(refreshed),
        })  # fmt: skip
    else:
        _print_refreshed(refreshed, lake, settings)


def _print_refreshed(refreshed: Refreshed, lake: Lake, settings: Settings) -> None:
    from pipeline.asking.show import table_rows

    counts = refreshed.counts
    if refreshed.published:
        out.print(
            f"linked: {counts['units_linked']:,} units of text anew, {counts['units_reused']:,} known from the cache\n"
            f"roles: {counts['roles_profiled']:,} profiled; {counts['postings_unassigned']:,} of "
            f"{counts['postings']:,} postings found no role\ngate: {len(refreshed.checks)} checks passed"
        )
        if counts["postings_outside_window"]:
            out.print(
                f"note: {counts['postings_outside_window']:,} postings do not count towards the profiles: they are "
                f"older than [profile] window_days = {settings.profile.window_days}, or were closed more than "
                f"closed_days = {settings.profile.closed_days} ago"
            )
    else:
        out.print("linked: nothing anew: no document, setting, taxonomy or model has changed since this snapshot")
    if refreshed.rejected:
        print_rejected(refreshed.rejected)
    out.print("\nBest matches (see `passerelle explain CREDENTIAL ROLE` for the sentences behind each):")
    columns = ["credential", "role", "coverage", "coverage_low", "coverage_high", "relevance", "skills_missing"]
    print_table(table_rows(lake, "matches", None, None, 10, "en").select(columns))
    out.print(
        f"\nsnapshot {refreshed.snapshot_id}\ntables   {lake.path(f'snapshots/{refreshed.snapshot_id}')}/*.parquet"
    )
    out.print(f"pointer  {lake.path('latest.json')}")


def _ingest(
    kind: Literal["postings", "credentials"],
    paths: list[Path],
    lake: str,
    mapping: Path | None,
    source: str,
    json: bool,
) -> None:
    from pipeline import intake
    from pipeline.lake import Lake

    with progress_bars(json) as progress:
        counts = intake.ingest(Lake(lake), chosen_settings(), kind, paths, mapping, source, progress)
    if json:
        print_json(asdict(counts))
    else:
        print_counts(kind, counts, lake)


@ingest_app.command("postings")
def ingest_postings(
    paths: list[Path], lake: LakeOption, mapping: MappingOption = None, source: SourceOption = "",
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Read job postings: JobPosting JSON-LD, HTML pages, JSON Lines, CSV, Parquet."""
    _ingest("postings", paths, lake, mapping, source, json)


@ingest_app.command("credentials")
def ingest_credentials(
    paths: list[Path], lake: LakeOption, mapping: MappingOption = None, source: SourceOption = "",
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Read credentials: CTDL, Open Badges, CLR, ELM, JSON Lines, CSV, Parquet."""
    _ingest("credentials", paths, lake, mapping, source, json)


@app.command()
def refresh(
    lake: LakeOption, taxonomy: TaxonomyOption = None, json: JsonOption = False, force: ForceOption = False
) -> None:
    """Bring the published tables up to date with the documents in the lake."""
    from pipeline import stages
    from pipeline.lake import Lake

    settings = chosen_settings(taxonomy)
    where = Lake(lake)
    with progress_bars(json) as progress:
        refreshed = stages.refresh(where, settings, datetime.now(UTC), force, progress)
    if json:
        print_json(asdict(refreshed))
    else:
        _print_refreshed(refreshed, where, settings)


@app.command()
def show(
    table: str,
    lake: LakeOption,
    credential: Annotated[str | None, typer.Option(help="Only this credential: its id, or words of its title.")] = None,
    role: Annotated[str | None, typer.Option(help="Only this role: its id, or its label.")] = None,
    top: Annotated[int, typer.Option(min=0, help="How many rows; 0 for all.")] = 20,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Print rows of a published table, with labels."""
    from pipeline.asking.show import table_rows
    from pipeline.lake import Lake

    rows = table_rows(Lake(lake), table, credential, role, top, lang)
    if json:
        print_json(rows.to_pylist())
    else:
        print_table(rows, lang)


@app.command()
def explain(
    credential: Annotated[str, typer.Argument(help="Its id, or words of its title.")],
    role: Annotated[str, typer.Argument(help="Its id, or its label.")],
    lake: LakeOption,
    lang: LangOption = "en",
    sentences: Annotated[int, typer.Option(min=0, help="Skills whose sentences are shown.")] = EVIDENCE_SHOWN,
    json: JsonOption = False,
) -> None:
    """Walk from a match's coverage down to the sentences on both sides."""
    from pipeline.asking.show import explain as explain_match
    from pipeline.commands.explain_text import print_explanation
    from pipeline.lake import Lake

    explanation = explain_match(Lake(lake), credential, role, lang)
    if json:
        print_json(explanation_json(explanation))
    else:
        print_explanation(explanation, lang, sentences)


@app.command()
def link(
    text: Annotated[str, typer.Argument(help="The text, or - to read standard input.")],
    lang: Annotated[Literal["en", "fr"] | None, typer.Option("--lang", help="Detected where not given.")] = None,
    taxonomy: TaxonomyOption = None,
    lake: Annotated[
        str | None, typer.Option(envvar="PASSERELLE_LAKE", help="Keeps label vectors for next time.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Find the skills in a text."""
    from pipeline import stages
    from pipeline.lake import Lake

    content = sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text
    with progress_bars(json) as progress:
        found = stages.link_text(content, lang, chosen_settings(taxonomy), Lake(lake) if lake else None, progress)
    if json:
        print_json(found.to_pylist())
    else:
        print_table(found)


@app.command()
def status(lake: LakeOption, json: JsonOption = False) -> None:
    """Say what the lake holds: snapshots, documents, quarantine, and how fresh the tables are."""
    from pipeline import stages
    from pipeline.lake import Lake

    report = stages.status(Lake(lake), chosen_settings())
    if json:
        print_json(report)
        return
    for name, value in report.items():
        out.print(f"{name}: {value}")


def main() -> None:
    """Runs the command; a failure that is the user's to mend is printed without a traceback."""
    collect_rarely()
    if "--help" not in sys.argv:
        arrow_without_pandas()
    try:
        app()
    except PasserelleError as error:
        err.print(f"error: {error}", style="red")
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # which is how typer ends on Ctrl-C
            err.print("interrupted: what was finished is kept, the next run goes on from there")
        raise


def command() -> NoReturn:
    """`passerelle`: `main`, in a process that is nothing else."""
    code: object = None
    try:
        main()
    except SystemExit as end:
        code = end.code
    if code is not None and not isinstance(code, int):
        err.print(str(code), markup=False)
        code = 1
    leave(code or 0)


if __name__ == "__main__":
    command()
