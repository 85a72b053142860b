"""The `passerelle` command. Results go to standard output, progress and errors to standard error.

What a command needs is imported when it runs: `--help`, and a mistyped option, should not have to wait for it.

Exit codes: 0 done; 1 failed; 2 a setting, mapping or argument is wrong; 3 the taxonomy; 4 the encoder;
5 held back at the gate; 6 the lake, or something that is not in it; 130 interrupted.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline import __version__
from pipeline.console import (
    err,
    explanation_json,
    out,
    print_counts,
    print_explanation,
    print_json,
    print_table,
    progress_bars,
)
from pipeline.errors import PasserelleError, SettingsError
from pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipeline.lake import Lake
    from pipeline.stages import Refreshed

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Links what microcredentials teach to what employers ask for, in English and French, with evidence.",
)  # fmt: skip
ingest_app = typer.Typer(no_args_is_help=True, help="Read files into the lake without refreshing the tables.")
taxonomy_app = typer.Typer(no_args_is_help=True, help="Import, list and show taxonomies.")
evaluate_app = typer.Typer(no_args_is_help=True, help="Measure quality against labelled data.")
app.add_typer(ingest_app, name="ingest")
app.add_typer(taxonomy_app, name="taxonomy")
app.add_typer(evaluate_app, name="evaluate")

LakeOption = Annotated[str, typer.Option("--lake", envvar="PASSERELLE_LAKE", help="Folder or URL of the lake.")]
TaxonomyOption = Annotated[str | None, typer.Option("--taxonomy", help="Name or folder of a taxonomy.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value, and no progress.")]
LangOption = Annotated[
    Literal["en", "fr"], typer.Option("--lang", help="Language of labels, and of what `explain` says.")
]
MappingOption = Annotated[Path | None, typer.Option("--mapping", help="Mapping file for all of these files.")]
SourceOption = Annotated[str, typer.Option("--source", help="Source name for files that do not name theirs.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Compute again even if nothing changed.")]

DEMO_LAKE = ".lake/demo"
EVIDENCE_SHOWN = 8
INTERRUPTED = 130


@dataclass
class _State:
    settings_file: Path | None = None


_state = _State()


def _settings(taxonomy: str | None = None) -> Settings:
    return load_settings(_state.settings_file, {"taxonomy": {"name": taxonomy}} if taxonomy else None)


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(f"passerelle {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    settings: Annotated[Path | None, typer.Option("--settings", help="TOML file that overrides the defaults.")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    _state.settings_file = settings


@app.command()
def demo(lake: LakeOption = DEMO_LAKE, json: JsonOption = False, force: ForceOption = False) -> None:
    """Run the whole chain on the bundled bilingual sample."""
    samples = Path(str(files("pipeline").joinpath("samples")))
    if not json:
        out.print(f"Passerelle {__version__}: the bundled sample, in {lake}\n")
    _run([samples / "postings"], [samples / "credentials"], lake, _settings(), json, force)


@app.command()
def run(
    postings: Annotated[list[Path], typer.Option("--postings", help="File or folder; may be given several times.")],
    credentials: Annotated[list[Path], typer.Option("--credentials", help="As --postings.")],
    lake: LakeOption,
    taxonomy: TaxonomyOption = None,
    json: JsonOption = False,
    force: ForceOption = False,
) -> None:
    """Ingest postings and credentials, refresh the tables, and show the best matches."""
    _run(postings, credentials, lake, _settings(taxonomy), json, force)


def _run(
    postings: list[Path], credentials: list[Path], location: str, settings: Settings, json: bool, force: bool
) -> None:
    from pipeline import stages
    from pipeline.lake import Lake

    lake = Lake(location)
    stages.check_paths({"postings": postings, "credentials": credentials})
    with progress_bars(json) as progress:
        received = {
            "postings": stages.ingest(lake, settings, "postings", postings, progress=progress),
            "credentials": stages.ingest(lake, settings, "credentials", credentials, progress=progress),
        }
        refreshed = stages.refresh(lake, settings, datetime.now(UTC), force, progress)
    if json:
        print_json({
            "ingest": {kind: asdict(counts) for kind, counts in received.items()},
            "refresh": asdict(refreshed),
        })  # fmt: skip
        return
    print_counts("postings", received["postings"])
    print_counts("credentials", received["credentials"])
    _print_refreshed(refreshed, lake, settings)


def _print_refreshed(refreshed: Refreshed, lake: Lake, settings: Settings) -> None:
    from pipeline.show import table_rows

    counts = refreshed.counts
    if refreshed.published:
        out.print(
            f"linked: {counts['units_linked']:,} units of text anew, {counts['units_reused']:,} known from the cache\n"
            f"roles: {counts['roles_profiled']:,} profiled; {counts['postings_unassigned']:,} of "
            f"{counts['postings']:,} postings found no role\ngate: {len(refreshed.checks)} checks passed"
        )
        if counts["postings_outside_window"]:
            out.print(
                f"note: {counts['postings_outside_window']:,} postings are older than [profile] window_days = "
                f"{settings.profile.window_days} and do not count towards the profiles"
            )
    else:
        out.print("linked: nothing anew: no document, setting, taxonomy or model has changed since this snapshot")
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
    from pipeline import stages
    from pipeline.lake import Lake

    with progress_bars(json) as progress:
        counts = stages.ingest(Lake(lake), _settings(), kind, paths, mapping, source, progress)
    if json:
        print_json(asdict(counts))
    else:
        print_counts(kind, counts)


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

    settings = _settings(taxonomy)
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
    from pipeline.lake import Lake
    from pipeline.show import table_rows

    rows = table_rows(Lake(lake), table, credential, role, top, lang)
    if json:
        print_json(rows.to_pylist())
    else:
        print_table(rows)


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
    from pipeline.lake import Lake
    from pipeline.show import explain as explain_match

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
        found = stages.link_text(content, lang, _settings(taxonomy), Lake(lake) if lake else None, progress)
    if json:
        print_json(found.to_pylist())
    else:
        print_table(found)


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
        quality = stages.evaluate_linking(file, query, lang, _settings(taxonomy), where, progress)
    print_json(quality.as_dict())


def _evaluate_all_linking(
    data: Path, taxonomy: str | None, out_file: Path | None, peers: Path | None, lake: Lake | None, json: bool
) -> None:
    """Writes the page to a file or prints it; with --json prints the figures instead."""
    from pipeline import stages
    from pipeline.linking import quality_page, read_peers

    settings = _settings(taxonomy)
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

    home = _settings().taxonomy.home.expanduser()
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

    found = list_taxonomies(_settings().taxonomy.home.expanduser())
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

    rows = load_taxonomy(name, _settings().taxonomy.home.expanduser()).tables()[table]
    rows = rows.slice(0, top) if top else rows
    if json:
        print_json(rows.to_pylist())
    else:
        print_table(rows)


@app.command()
def status(lake: LakeOption, json: JsonOption = False) -> None:
    """Say what the lake holds: snapshots, documents, quarantine, and how fresh the tables are."""
    from pipeline import stages
    from pipeline.lake import Lake

    report = stages.status(Lake(lake), _settings())
    if json:
        print_json(report)
        return
    for name, value in report.items():
        out.print(f"{name}: {value}")


def main() -> None:
    """Runs the command; a failure that is the user's to mend is printed without a traceback."""
    try:
        app()
    except PasserelleError as error:
        err.print(f"error: {error}", style="red")
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # which is how typer ends on Ctrl-C
            err.print("interrupted: what was finished is kept, the next run goes on from there")
        raise
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()
