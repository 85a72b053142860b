"""Which reader a file wants: by the mapping that fits it, else by its name and its first bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.ingest.columns import named, not_read, without_column
from pipeline.ingest.courses import read_courses
from pipeline.ingest.credential_row import credential_from_row
from pipeline.ingest.ctdl import read_ctdl
from pipeline.ingest.elm import read_elm
from pipeline.ingest.hygiene import without_hidden
from pipeline.ingest.job_posting import posting_from_row, read_job_postings
from pipeline.ingest.mapping import Mapping, canonical_mapping, find_mapping, load_mapping
from pipeline.ingest.openbadges import read_open_badges
from pipeline.ingest.presence import WITHDRAWN_SUFFIX, read_withdrawals
from pipeline.ingest.reader import ReadContext, Reader
from pipeline.ingest.records import Kind, Reason, Record, Rejected, Remark
from pipeline.ingest.rows import Row
from pipeline.ingest.tabular import read_rows

HEAD_BYTES = 65_536
# A table without any of these is no table of postings or credentials: it is refused once, not row by row.
TITLE_COLUMNS = frozenset({"title", "title_en", "title_fr"})
MOST_WITHOUT_TITLE = 100
TABLE_SUFFIXES = (".csv", ".tsv", ".parquet")
LINE_SUFFIXES = (".jsonl", ".ndjson")
TEXT_SUFFIXES = (".json", ".jsonld", *LINE_SUFFIXES, ".html", ".htm")
BADGE_SUFFIXES = (".png", ".svg", ".jwt")
SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "postings": (*TABLE_SUFFIXES, *TEXT_SUFFIXES, WITHDRAWN_SUFFIX),
    "credentials": (*TABLE_SUFFIXES, *TEXT_SUFFIXES, *BADGE_SUFFIXES, WITHDRAWN_SUFFIX),
}
# What the first bytes of a document of each vocabulary hold; the more particular ones come first.
MARKS: dict[Kind, tuple[tuple[str, Reader, tuple[bytes, ...]], ...]] = {
    "postings": (("schemaorg", read_job_postings, (b"JobPosting",)),),
    "credentials": (
        ("elm", read_elm, (b"data.europa.eu/snb", b"europass.europa.eu", b"EuropeanDigitalCredential")),
        ("openbadges", read_open_badges, (
            b"openbadge", b"OpenBadge", b"AchievementCredential", b"BadgeClass", b"ClrCredential",
            b"imsglobal.org/spec",
        )),
        ("ctdl", read_ctdl, (b"ceterms:", b"credreg.net", b"\"Ctid\"", b"\"CTID\"", b"\"CredentialType\"",
                             b"credentialengine", b"CredentialRegistry")),
        ("courses", read_courses, (b"\"Course\"", b"EducationalOccupational")),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A file and how it is to be read: by a reader, or as rows seen through a mapping.

    `canonical` says that the mapping is the one for tables that already have the records' column names.
    """

    path: Path
    mapping: Mapping | None
    reader: Reader | None
    context: ReadContext
    canonical: bool = False

    def records(self) -> Iterator[Record | Remark]:
        """The file's records, one after the other; raises nothing for what the file holds."""
        number = 0
        for record in self._read():
            number += not isinstance(record, Remark)
            if number > self.context.max_records:
                yield self._rejected(Reason.TOO_LARGE, f"The file has more than {self.context.max_records:,} records.")
                return
            yield record if isinstance(record, Rejected | Remark) else without_hidden(record)

    def _read(self) -> Iterator[Record | Remark]:
        if self.reader is not None:
            empty = True
            for record in self.reader(self.path, self.context):
                empty = False
                yield record
            if empty:
                yield self._rejected(Reason.WRONG_TYPE, f"The file holds no {self.context.kind}.")
        elif self.mapping is not None:
            yield from self._mapped(self.mapping)
        else:
            yield self._unknown("No reader knows this file.")

    def _unknown(self, what: str) -> Rejected:
        detail = (
            f"{what} Describe its columns in a mapping file (see docs/sources.md) whose `files` pattern fits "
            f"{self.path.name}, or name one with `passerelle ingest --mapping`."
        )
        return self._rejected(Reason.UNKNOWN_FORMAT, detail)

    def _rejected(self, reason: Reason, detail: str) -> Rejected:
        raw = _head(self.path).decode("utf-8", "replace")
        return Rejected(self.context.source, self.path.name, "file", reason, detail, raw)

    def _mapped(self, mapping: Mapping) -> Iterator[Record | Remark]:
        rows = self._rows(mapping)
        # The columns of a table are those of its first row; of JSON any line may leave some out.
        looked = self.path.suffix.lower() not in TABLE_SUFFIXES
        for row in self._recognised(rows) if self.canonical else rows:
            if not looked and not isinstance(row, Rejected):
                looked = True
                yield from (not_read if self.canonical else without_column)(mapping, row.values)
            if isinstance(row, Rejected):
                yield row
            elif self.context.kind == "postings":
                yield posting_from_row(row, mapping, self.context)
            else:
                yield credential_from_row(row, mapping, self.context)

    def _rows(self, mapping: Mapping) -> Iterator[Row | Rejected]:
        """The rows of the file; of lines of JSON that are all blank, a rejection: no header tells that it is whole."""
        empty = self.path.suffix.lower() in LINE_SUFFIXES
        for row in read_rows(self.path, mapping, self.context):
            empty = False
            yield row
        if empty:
            yield self._rejected(Reason.UNREADABLE_FILE, "The file is empty: none of its lines holds a record.")

    def _recognised(self, rows: Iterator[Row | Rejected]) -> Iterator[Row | Rejected]:
        """The rows of a table that has titles; of one that has none, a single rejection in place of its rows.

        A line of JSON may leave its title out without speaking for the others, so the first rows wait for one.
        """
        waiting: list[Row] = []
        for row in rows:
            if isinstance(row, Rejected):
                yield row
            elif TITLE_COLUMNS.isdisjoint(row.values):
                waiting.append(row)
                if len(waiting) == MOST_WITHOUT_TITLE:
                    break
            else:
                yield from (*waiting, row)
                yield from rows
                return
        if waiting:
            columns = named(waiting[0].values)
            yield self._unknown(f"The table has no column named title; it has: {columns}.")


def expand(paths: Sequence[Path], kind: Kind) -> list[Path]:
    """The files that paths name: files as they are, folders with all that lies in them and has a known suffix.

    Symbolic links inside folders are passed over, so that a folder can't reach outside itself.

    Raises:
        SettingsError: a path does not exist.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise SettingsError(f"{path} does not exist: no {kind} can be read from it.")
        found.extend(_files_in(path, SUFFIXES[kind]) if path.is_dir() else [path])
    return sorted(dict.fromkeys(found), key=lambda p: (p.name, str(p)))


def _files_in(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    files = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return sorted(p for p in files if p.suffix.lower() in suffixes)


def choose_reader(path: Path, context: ReadContext, mapping_file: Path | None, folders: Sequence[Path]) -> Source:
    """Finds out how a file is to be read.

    Args:
        path: the file.
        context: its kind, a name for its source (empty: the format's or mapping's own), and the limits.
        mapping_file: the mapping that the user names, if any.
        folders: where mappings lie whose `files` pattern may fit, in the order of precedence.

    Raises:
        SettingsError: a mapping is wrong, or is for the other kind of record.
    """
    if path.suffix.lower() == WITHDRAWN_SUFFIX:
        return Source(path, None, read_withdrawals, _named(context, "withdrawals"))
    # The first folder that has a fitting one wins: the user's own mappings come before the packaged ones.
    fitting = (find_mapping(path, [folder]) for folder in folders)
    mapping = load_mapping(mapping_file) if mapping_file else next((m for m in fitting if m), None)
    if mapping is not None:
        if mapping.source.kind != context.kind:
            raise SettingsError(f"{path} is mapped as {mapping.source.kind}, not as {context.kind}.")
        return Source(path, mapping, None, replace(context, source=mapping.source.name))
    suffix = path.suffix.lower()
    if suffix in BADGE_SUFFIXES and context.kind == "credentials":
        return Source(path, None, read_open_badges, _named(context, "openbadges"))
    if suffix in TABLE_SUFFIXES:
        return _canonical(path, context)
    head = _head(path)
    for name, reader, marks in MARKS[context.kind]:
        if any(mark in head for mark in marks):
            return Source(path, None, reader, _named(context, name))
    if suffix in (".html", ".htm"):
        page: Reader = read_job_postings if context.kind == "postings" else read_courses
        return Source(path, None, page, _named(context, "schemaorg" if context.kind == "postings" else "courses"))
    if suffix in LINE_SUFFIXES or (suffix == ".json" and head.lstrip()[:1] == b"["):
        return _canonical(path, context)
    if suffix in (".json", ".jsonld"):
        fallback: Reader = read_job_postings if context.kind == "postings" else read_open_badges
        return Source(
            path, None, fallback, _named(context, "schemaorg" if context.kind == "postings" else "openbadges")
        )
    return Source(path, None, None, _named(context, path.stem))


def _named(context: ReadContext, name: str) -> ReadContext:
    return context if context.source else replace(context, source=name)


def _canonical(path: Path, context: ReadContext) -> Source:
    mapping = canonical_mapping(context.kind, context.source or path.stem)
    return Source(path, mapping, None, replace(context, source=mapping.source.name), canonical=True)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError:
        return b""


def all_records(sources: Sequence[Source]) -> Iterator[Record | Remark]:
    """The records of several files, one file after the other."""
    return chain.from_iterable(source.records() for source in sources)
