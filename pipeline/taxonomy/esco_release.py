"""Finds and reads the CSV files of an ESCO release, in folders or zip files, whatever the release calls them."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

import pyarrow as pa
import pyarrow.csv as pacsv

from pipeline.errors import TaxonomyError
from pipeline.taxonomy.schema import CONCEPT_KINDS

Role = Literal[
    "skills", "occupations", "occupationSkillRelations", "skillSkillRelations", "broaderRelationsSkillPillar"
]
WHERE_TO_GET_IT = (
    "Download the release from https://esco.ec.europa.eu/en/use-esco/download (content: classification, "
    "file type: CSV; once for each language and, up to version 1.1, once for 'language independent', "
    "which holds the relations)"
)

_ROLES: dict[str, Role] = {
    "skills": "skills",
    "occupations": "occupations",
    "occupationskillrelations": "occupationSkillRelations",
    "skillskillrelations": "skillSkillRelations",
    "broaderrelationsskillpillar": "broaderRelationsSkillPillar",
}
_RELATION_ROLES = [role for role in _ROLES.values() if role not in CONCEPT_KINDS]
_LANGUAGE_RANK = {None: 0, "en": 1}
_FILE_NAME = re.compile(r"(?P<stem>[a-z]+?)(?:_(?P<language>[a-z]{2}))?\.csv", re.IGNORECASE)
_VERSION = re.compile(r"(?<![\d.])v?(\d+\.\d+(?:\.\d+)?)(?!\.?\d)", re.IGNORECASE)
_MOST_BYTES = 1_000_000_000  # the largest file of any release is some 30 MB


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file of a release: what it holds, its language (None for relations of no language) and where it lies.

    `member` is its path inside the zip file `path`, or None where `path` is the CSV file itself.
    `shown` names it for a person, from the source that was given down.
    """

    role: Role
    language: str | None
    path: Path
    member: str | None
    shown: str

    def content(self) -> bytes:
        """The file's bytes.

        Raises:
            TaxonomyError: it cannot be read, or is larger than any ESCO file could be.
        """
        try:
            if self.member is None:
                size = self.path.stat().st_size
                content = self.path.read_bytes() if size <= _MOST_BYTES else b""
            else:
                with zipfile.ZipFile(self.path) as archive:
                    size = archive.getinfo(self.member).file_size
                    content = archive.read(self.member) if size <= _MOST_BYTES else b""
        except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise TaxonomyError(f"{self.shown} cannot be read ({error}). {WHERE_TO_GET_IT} again.") from error
        if size > _MOST_BYTES:
            raise TaxonomyError(f"{self.shown} has {size:,} bytes, more than any ESCO file. {WHERE_TO_GET_IT} again.")
        return content


@dataclass
class FileReport:
    """What became of one file's rows: read = kept + left out. `left_out` maps each reason to its number of rows."""

    file: str
    read: int = 0
    kept: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def leave_out(self, reason: str) -> None:
        """Counts a row that is not kept."""
        self.left_out[reason] += 1


@dataclass(frozen=True, slots=True)
class ReleaseFiles:
    """The files that an import reads.

    `concepts` has the files of skills and of occupations in a language, in the order of the sources; `relations`
    has one file for each kind of relation; `not_read` names those left aside because they repeat it.
    """

    concepts: Mapping[tuple[Role, str], list[ReleaseFile]]
    relations: Mapping[Role, ReleaseFile]
    not_read: tuple[str, ...]


def find_release_files(sources: Sequence[Path]) -> list[ReleaseFile]:
    """The files of a release that the import knows, in the order of the sources and by path inside each.

    Args:
        sources: folders (searched all the way down, zip files in them too), zip files and CSV files.

    Raises:
        TaxonomyError: a source does not exist or is a damaged zip file.
    """
    found: list[ReleaseFile] = []
    for source in sources:
        if source.is_dir():
            for path in sorted(source.rglob("*")):
                shown = f"{source.resolve().name}/{path.relative_to(source).as_posix()}"
                found.extend(_files_at(path, shown))
        elif source.is_file():
            found.extend(_files_at(source, source.name))
        else:
            raise TaxonomyError(f"{source} does not exist: give folders or zip files of an ESCO release.")
    return found


def choose_files(found: Sequence[ReleaseFile], languages: Sequence[str], sources: Sequence[str]) -> ReleaseFiles:
    """Picks what an import in the languages reads; files in other languages are left aside.

    Relations are the same in every language: one file of each kind is enough, one of no language rather than the
    English one, that rather than another.

    Raises:
        TaxonomyError: files are missing; says which, where they were looked for and where to get them.
    """
    concepts: dict[tuple[Role, str], list[ReleaseFile]] = {}
    relations: dict[Role, ReleaseFile] = {}
    not_read: list[str] = []
    for file in sorted(found, key=lambda file: _LANGUAGE_RANK.get(file.language, len(_LANGUAGE_RANK))):
        if file.role in CONCEPT_KINDS:
            concepts.setdefault((file.role, file.language or "en"), []).append(file)
        elif file.role in relations:
            not_read.append(file.shown)
        else:
            relations[file.role] = file
    wanted = [(kind, language) for language in languages for kind in CONCEPT_KINDS]
    missing = [f"{kind}_{language}.csv" for kind, language in wanted if (kind, language) not in concepts]
    missing += [f"{role}.csv" for role in _RELATION_ROLES if role not in relations]
    if missing:
        raise TaxonomyError(
            f"The ESCO release in {', '.join(sources) or 'no folder'} is not whole: "
            f"there is no {', no '.join(missing)}. {WHERE_TO_GET_IT}, and give every folder or zip file of it"
            + (", or import it in English alone: --english-only." if all("_fr" in name for name in missing) else ".")
        )
    return ReleaseFiles(concepts, relations, tuple(not_read))


def looks_like_release(path: Path) -> bool:
    """Whether a folder or zip file holds ESCO CSV files at its top or one folder down; reads no file's content."""
    if path.is_dir():
        near = [*path.glob("*"), *path.glob("*/*.csv")]
        return any(file for item in near for file in _files_at(item, item.name, damaged_is_none=True))
    return path.is_file() and bool(list(_files_at(path, path.name, damaged_is_none=True)))


def stated_version(file: ReleaseFile) -> str | None:
    """The release number in the file's path, the innermost first (`esco_v1.1.1_en_csv.zip`); None without one."""
    for part in reversed(PurePosixPath(file.shown).parts):
        match = _VERSION.search(part)
        if match:
            return match[1]
    return None


def read_columns(file: ReleaseFile, required: Sequence[str], optional: Sequence[str] = ()) -> pa.Table:
    """Reads columns of a file as text, wherever in the file they stand; other columns are not read.

    Args:
        file: the file to read.
        required: names of columns that must be there; upper and lower case and punctuation do not matter.
        optional: names of columns that some releases lack; such a column is all "".

    Returns:
        A table of string columns without nulls, named as asked, `required` first.

    Raises:
        TaxonomyError: the file is not UTF-8 CSV, or a required column is missing.
    """
    content = file.content().removeprefix(b"\xef\xbb\xbf")
    try:
        first_line = content.split(b"\n", 1)[0].decode("utf-8")
        header = next(csv.reader([first_line.rstrip("\r")]), [])
        stated = {_plain(name): index for index, name in reversed(list(enumerate(header)))}
        missing = [name for name in required if _plain(name) not in stated]
        if missing:
            raise TaxonomyError(
                f"{file.shown} has no column {', '.join(missing)} (it has {', '.join(header)[:300]}). "
                f"{WHERE_TO_GET_IT}, and give its files as they are."
            )
        if content.count(b'"') % 2:
            raise csv.Error("it ends inside a quoted field: the file is cut short")
        table = _parse(content if b"\n" in content else content + b"\n", len(header))
    except (UnicodeDecodeError, pa.ArrowInvalid, csv.Error) as error:
        raise TaxonomyError(f"{file.shown} is not the CSV of an ESCO release ({error}). {WHERE_TO_GET_IT}.") from error
    blank = pa.repeat(pa.scalar(""), table.num_rows)
    columns = {
        name: table.column(stated[_plain(name)]) if _plain(name) in stated else blank for name in (*required, *optional)
    }
    return pa.table(columns)


def _parse(content: bytes, width: int) -> pa.Table:
    """The records after the header line, every field as text; columns are numbered."""
    names = [str(index) for index in range(width)]
    return pacsv.read_csv(
        pa.BufferReader(content),
        # One block: a record must not straddle blocks, and some fields are longer than any sensible block.
        read_options=pacsv.ReadOptions(column_names=names, skip_rows=1, block_size=len(content) + 1),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _files_at(path: Path, shown: str, *, damaged_is_none: bool = False) -> Iterator[ReleaseFile]:
    """The release's files at one path: itself, or those inside it where it is a zip file."""
    if path.suffix.lower() == ".csv" and path.is_file():
        role, language = _recognise(path.name)
        if role:
            yield ReleaseFile(role, language, path, None, shown)
    elif path.suffix.lower() == ".zip" and path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                members = sorted(archive.namelist())
        except (OSError, zipfile.BadZipFile) as error:
            if damaged_is_none:
                return
            raise TaxonomyError(f"{shown} is not a zip file that can be read ({error}). {WHERE_TO_GET_IT}.") from error
        for member in members:
            inside = PurePosixPath(member)
            role, language = _recognise(inside.name)
            if role and "__MACOSX" not in inside.parts:
                yield ReleaseFile(role, language, path, member, f"{shown}/{member}")


def _recognise(name: str) -> tuple[Role | None, str | None]:
    """What the file of this name holds, and its language; None for a file that the import does not need."""
    match = _FILE_NAME.fullmatch(name)
    role = _ROLES.get(match["stem"].lower()) if match else None
    return (role, match["language"].lower() if match and match["language"] else None) if role else (None, None)


def _plain(name: str) -> str:
    """A column's name without case and punctuation: `Concept URI` and `conceptUri` are the same."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
