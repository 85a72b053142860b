"""The whole site as files, and where they are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import orjson

from pipeline.lake import Lake
from pipeline.publish.recorded import recorded_settings
from pipeline.report.codebook import make_codebook
from pipeline.report.data_files import data_files
from pipeline.report.downloads import downloads, offered
from pipeline.report.pages import page_files
from pipeline.report.published import Published, read_published
from pipeline.report.words import LANGUAGES, load_words
from pipeline.settings import Settings

REPORTS = "reports"


@dataclass(frozen=True)
class Site:
    """A site that was written.

    Attributes:
        snapshot_id: what it shows.
        location: the folder or URL it lies in.
        files: how many there are.
        bytes: their size.
    """

    snapshot_id: str
    location: str
    files: int
    bytes: int


def build_report(lake: Lake, settings: Settings, out: Lake | None = None, snapshot_id: str | None = None) -> Site:
    """Builds the site of a snapshot.

    Args:
        lake: holds the snapshot, and takes the site unless `out` is given: reports/<snapshot_id>/ beside the snapshots,
            and reports/latest.json, which moves last.
        settings: what the site offers; the snapshot's own win wherever they can change a number.
        out: a folder or URL that takes the site instead.
        snapshot_id: by default the published one.

    Raises:
        LakeError: there is no snapshot, it is not whole or of another release, or the site cannot be written.
    """
    published = read_published(lake, snapshot_id)
    target, prefix = (out, "") if out else (lake, f"{REPORTS}/{published.snapshot_id}/")
    count = size = 0
    for name, content in site_files(published, recorded_settings(lake, published.snapshot_id, settings)):
        target.write_bytes(prefix + name, content)
        count, size = count + 1, size + len(content)
    if out is None:
        lake.write_json(f"{REPORTS}/latest.json", {"snapshot_id": published.snapshot_id})
    return Site(published.snapshot_id, target.path(prefix.rstrip("/")).rstrip("/"), count, size)


def site_files(published: Published, settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Every file of the site, path and content. The same snapshot gives the same bytes; no clock, no chance."""
    book = make_codebook(published)
    tables = []
    for name, content in downloads(published, settings.report.sheet_rows):
        tables.append(name)
        yield name, content
    yield from page_files(published, book, settings, offered(published, tables))
    yield from data_files(published, book, settings)
    yield from _assets()
    for language in LANGUAGES:
        words = orjson.dumps(load_words(language).sections).decode().replace("<", "\\u003c")
        yield f"{language}/words.js", f'passerelle.put("words",{words});\n'.encode()


def _assets() -> Iterator[tuple[str, bytes]]:
    folder = files("pipeline.report").joinpath("assets")
    yield from sorted(_walk(folder, "assets"))


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _walk(item, f"{path}/{item.name}")
        else:
            yield f"{path}/{item.name}", item.read_bytes()
