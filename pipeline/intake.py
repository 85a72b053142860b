"""The first stage of a run: files become documents of the lake.

It has a module of its own since it needs nothing of what comes after it: an ingest does not wait for the rest to be
imported.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib.resources import files
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.ingest import (
    Counts,
    Kind,
    ReadContext,
    all_records,
    choose_reader,
    expand,
    keep_language_model,
    load_mapping,
    receive,
)
from pipeline.lake import Lake
from pipeline.settings import Settings

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Shows no progress."""


def ingest(
    lake: Lake,
    settings: Settings,
    kind: Kind,
    paths: Sequence[Path],
    mapping: Path | None = None,
    source: str = "",
    progress: Progress = silent,
) -> Counts:
    """Reads files and folders into the lake.

    Args:
        lake: takes the documents.
        settings: the limits, and when two postings are one.
        kind: what the files hold.
        paths: files and folders.
        mapping: a mapping file for all of them; without one, each file's own is looked for in configs/sources.
        source: a name for the source of files that do not name it themselves.
        progress: told (what, records received, 0).

    Returns:
        received = accepted + duplicates + quarantined.

    Raises:
        SettingsError: a path, a mapping or the source's name is wrong; nothing has been read then.
    """
    if ":" in source or not source.isprintable():
        raise SettingsError(
            f"The source {source!r} holds a colon or a character that cannot be printed. A document's id is its "
            "source, a colon and the source's own id: the first colon must end the source."
        )
    limits = ReadContext(
        kind,
        source,
        max_record_bytes=settings.ingest.max_record_bytes,
        max_file_bytes=settings.ingest.max_file_bytes,
        max_document_bytes=settings.ingest.max_document_bytes,
        max_document_values=settings.ingest.max_document_values,
        max_records=settings.ingest.max_records,
    )
    keep_language_model(lake)
    folders = mapping_folders()
    sources = [choose_reader(path, limits, mapping, folders) for path in expand(paths, kind)]
    return receive(lake, kind, all_records(sources), settings.ingest, lambda n: progress(f"ingest {kind}", n, 0))


def mapping_folders() -> list[Path]:
    """Where mapping files are looked for: configs/sources of the working folder, then the packaged ones."""
    packaged = Path(str(files("pipeline").joinpath("configs/sources")))
    own = Path("configs/sources")
    return [packaged] if own.resolve() == packaged.resolve() else [own, packaged]


def mappings_by_kind(mappings: Sequence[Path], kinds: Collection[Kind]) -> dict[Kind, Path]:
    """Which of some mapping files is for which kind of record.

    Raises:
        SettingsError: a mapping is wrong, is for none of the kinds, or is the second one for its kind.
    """
    found: dict[Kind, Path] = {}
    for path in mappings:
        named = load_mapping(path).source.kind
        kind = next((kind for kind in kinds if kind == named), None)
        if kind is None:
            raise SettingsError(f"Mapping file {path} is for {named}, and there are none to ingest.")
        if kind in found:
            raise SettingsError(f"Two mapping files for {kind}: {found[kind]} and {path}. Name one.")
        found[kind] = path
    return found


def check_paths(paths: dict[Kind, list[Path]]) -> None:
    """Makes sure that all paths exist before any of them is read.

    Raises:
        SettingsError: one does not, or a kind has no file at all.
    """
    for kind, given in paths.items():
        if not expand(given, kind):
            raise SettingsError(f"No {kind} to read in {', '.join(map(str, given))}: no file has a known suffix.")
