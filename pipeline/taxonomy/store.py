"""Keeps taxonomies on disk: a folder of Parquet files with a taxonomy.toml, written whole or not at all."""

from __future__ import annotations

import re
import shlex
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import TaxonomyError
from pipeline.taxonomy.esco_release import looks_like_release
from pipeline.taxonomy.model import Taxonomy, fingerprint_tables
from pipeline.taxonomy.schema import SCHEMAS, TABLE_NAMES
from pipeline.taxonomy.starter import STARTER_NAME, load_starter

_FORMAT = 1
_MANIFEST = "taxonomy.toml"


@dataclass(frozen=True, slots=True)
class TaxonomyInfo:
    """What a taxonomy is without its tables; `folder` is None for the one that comes with the package."""

    name: str
    version: str
    fingerprint: str
    skills: int
    occupations: int
    folder: Path | None


def save_taxonomy(taxonomy: Taxonomy, folder: Path) -> None:
    """Saves a taxonomy as a folder, replacing what was saved there before.

    By custom the folder is `<home>/<name>-<version>`, where `load_taxonomy` finds it by name. It holds one Parquet
    file for each table and taxonomy.toml (name, version, fingerprint, row counts). Everything is written beside it
    first and then renamed, so a reader never meets half a taxonomy (for an instant, while one is replaced, there
    is none). The same taxonomy gives the same bytes.

    Raises:
        TaxonomyError: the folder is there and holds something other than a saved taxonomy.
        OSError: it cannot be written.
    """
    if folder.exists() and not (folder / _MANIFEST).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise TaxonomyError(f"{folder} holds something other than a saved taxonomy: give another folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as workplace:
        fresh, old = Path(workplace, "fresh"), Path(workplace, "old")
        fresh.mkdir()
        for name, table in taxonomy.tables().items():
            pq.write_table(table, fresh / f"{name}.parquet", compression="zstd")
        (fresh / _MANIFEST).write_text(_manifest_text(taxonomy), encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise


def load_taxonomy(name_or_folder: str, home: Path) -> Taxonomy:
    """Loads a taxonomy by name or from a folder, and makes sure that it is what was saved.

    Args:
        name_or_folder: `starter`; the name of one saved under `home` (`esco-1.1.1`, or `esco` for its newest version);
            or the path of a folder made by `save_taxonomy`.
        home: the folder that holds saved taxonomies; need not exist.

    Raises:
        TaxonomyError: there is no such taxonomy (says which there are, and how to import an ESCO release), or its
            files were changed or damaged since it was saved.
    """
    if name_or_folder == STARTER_NAME:
        return load_starter()
    saved = [info for info in _saved(home) if name_or_folder in (info.name, f"{info.name}-{info.version}")]
    if saved:
        newest = max(saved, key=lambda info: _version_rank(info.version))
        return _load(newest.folder or home)
    folder = Path(name_or_folder).expanduser()
    if (folder / _MANIFEST).is_file():
        return _load(folder)
    if looks_like_release(folder):
        command = f"passerelle taxonomy import esco {shlex.quote(str(folder))}"
        raise TaxonomyError(
            f"{folder} is an ESCO release that is not imported yet: run `{command}` "
            "(with every folder or zip file of it), then use `esco`."
        )
    names = ", ".join([STARTER_NAME, *(f"{info.name}-{info.version}" for info in _saved(home))])
    raise TaxonomyError(
        f"There is no taxonomy {name_or_folder!r}, neither in {home} nor as a folder: use one of {names}, "
        "or import one with `passerelle taxonomy import esco PATH...`."
    )


def list_taxonomies(home: Path) -> list[TaxonomyInfo]:
    """The starter taxonomy, then those saved under `home`, by name and oldest version first.

    Raises:
        TaxonomyError: a folder's taxonomy.toml is damaged.
    """
    starter = load_starter()
    built_in = TaxonomyInfo(
        name=starter.name,
        version=starter.version,
        fingerprint=starter.fingerprint,
        skills=starter.skills.num_rows,
        occupations=starter.occupations.num_rows,
        folder=None,
    )
    return [built_in, *_saved(home)]


def _saved(home: Path) -> list[TaxonomyInfo]:
    """The taxonomies in folders of `home`; hidden folders are unfinished saves."""
    if not home.is_dir():
        return []
    folders = [item for item in home.iterdir() if not item.name.startswith(".") and (item / _MANIFEST).is_file()]
    return sorted((_info(item) for item in folders), key=lambda info: (info.name, _version_rank(info.version)))


def _info(folder: Path) -> TaxonomyInfo:
    """What a folder's taxonomy.toml says."""
    try:
        manifest = tomllib.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != _FORMAT:
            raise ValueError(f"format {manifest['format']!r}, not {_FORMAT}")
        return TaxonomyInfo(
            name=str(manifest["name"]),
            version=str(manifest["version"]),
            fingerprint=str(manifest["fingerprint"]),
            skills=int(manifest["rows"]["skills"]),
            occupations=int(manifest["rows"]["occupations"]),
            folder=folder,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder / _MANIFEST, str(error)) from error


def _load(folder: Path) -> Taxonomy:
    """The taxonomy in a folder, verified against its fingerprint."""
    info = _info(folder)
    tables = {}
    for name in TABLE_NAMES:
        file = folder / f"{name}.parquet"
        try:
            # Not `read_table`, which imports another reader and pandas first.
            with pq.ParquetFile(file) as parquet:
                tables[name] = parquet.read()
        except (OSError, pa.ArrowException) as error:
            raise _damaged(file, str(error)) from error
        if not tables[name].schema.equals(SCHEMAS[name]):
            raise _damaged(file, "its columns are not those of a taxonomy")
    if fingerprint_tables(tables) != info.fingerprint:
        raise _damaged(folder, "its content is not what was saved")
    return Taxonomy(name=info.name, version=info.version, fingerprint=info.fingerprint, **tables)


def _damaged(place: Path, what: str) -> TaxonomyError:
    return TaxonomyError(f"The saved taxonomy at {place} is damaged ({what}): import or save it again.")


def _manifest_text(taxonomy: Taxonomy) -> str:
    """taxonomy.toml; names and versions hold no character that TOML would need escaped."""
    rows = [f"{name} = {table.num_rows}" for name, table in taxonomy.tables().items()]
    head = [
        f"format = {_FORMAT}",
        f'name = "{taxonomy.name}"',
        f'version = "{taxonomy.version}"',
        f'fingerprint = "{taxonomy.fingerprint}"',
    ]
    return "\n".join([*head, "", "[rows]", *rows, ""])


def _version_rank(version: str) -> tuple[bool, list[int], str]:
    """Sorts 1.10 after 1.9, and a version that starts with no digit before all others."""
    return version[:1].isdigit(), [int(number) for number in re.findall(r"[0-9]+", version)], version
