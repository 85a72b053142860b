"""What every reader is given and must do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.ingest.records import Kind, Record


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What a reader needs besides the file.

    `source` names where the records come from when they do not say it themselves (it is half of a document's id);
    `default_language` settles a text too short to detect; the limits bound what hostile input may cost.
    """

    kind: Kind
    source: str
    default_language: str | None = None
    max_record_bytes: int = 2_000_000
    max_file_bytes: int = 2_000_000_000
    max_document_bytes: int = 64_000_000
    max_document_values: int = 5_000_000
    max_records: int = 10_000_000


class Reader(Protocol):
    """Reads one file as a stream of records; never raises for bad data, yields `Rejected` instead."""

    def __call__(self, path: Path, context: ReadContext) -> Iterator[Record]:
        """The file's records."""
        ...
