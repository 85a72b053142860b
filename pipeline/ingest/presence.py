"""Which documents are withdrawn: taken back by their source, or no longer in its full feed.

A document's versions stay in the lake; what is written here is whether it counts. The last word holds: a document that
is received again after its withdrawal counts again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa

from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Kind, Reason, Record, Rejected, Withdrawal
from pipeline.lake import Lake, parquet_bytes
from pipeline.sql import query

PRESENCE = pa.schema([("doc_id", pa.string()), ("sequence", pa.int64()), ("withdrawn", pa.bool_())])
WITHDRAWN_SUFFIX = ".withdrawn"

LAST_WORD_SQL = """
SELECT doc_id FROM words
QUALIFY row_number() OVER (PARTITION BY doc_id ORDER BY sequence DESC, withdrawn DESC) = 1 AND withdrawn
"""


class Presence:
    """The withdrawals of one kind of document; a run's are one immutable part, as its documents are."""

    def __init__(self, lake: Lake, kind: Kind) -> None:
        self._lake = lake
        self._folder = f"withdrawn/{kind}"

    def parts(self) -> list[str]:
        """The names of the parts, which begin with the sequence number of the run."""
        return self._lake.names(self._folder, ".parquet")

    def withdrawn(self, until: int | None = None) -> frozenset[str]:
        """The doc_ids of which the last word, by the run `until` where it is given, is that they are withdrawn."""
        parts = [name for name in self.parts() if until is None or int(name.split("-")[0]) <= until]
        tables = [self._lake.read_table(f"{self._folder}/{name}") for name in parts]
        if not tables:
            return frozenset()
        return frozenset(query(LAST_WORD_SQL, {"words": pa.concat_tables(tables)})["doc_id"].to_pylist())

    def write(self, sequence: int, gone: Collection[str], back: Collection[str]) -> None:
        """Says of documents that they are withdrawn, and of others that they are back, as of a run."""
        rows = sorted([(doc_id, True) for doc_id in gone] + [(doc_id, False) for doc_id in back])
        if not rows:
            return
        table = pa.Table.from_pylist(
            [{"doc_id": doc_id, "sequence": sequence, "withdrawn": withdrawn} for doc_id, withdrawn in rows],
            schema=PRESENCE,
        )
        content = parquet_bytes(table)
        digest = hashlib.sha256(content).hexdigest()[:24]
        self._lake.write_bytes(f"{self._folder}/{sequence:06d}-{digest}.parquet", content)


def read_withdrawals(path: Path, context: ReadContext) -> Iterator[Record]:
    """A file of withdrawals: UTF-8 text, a document's id (`source:id`, as the tables show it) in each line.

    Empty lines, and lines that begin with #, are passed over.
    """
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                text = line[: context.max_record_bytes].decode("utf-8", "replace").removeprefix("\ufeff").strip()
                if text.startswith("#") or not text:
                    continue
                if ":" in text.strip(":"):
                    yield Withdrawal(text, path.name, str(number))
                else:
                    detail = "A withdrawal is a document's id: its source, a colon, and the source's own id."
                    yield Rejected(context.source, path.name, str(number), Reason.MISSING_ID, detail, text)
    except OSError as error:
        detail = f"The file cannot be read: {error.strerror}."
        yield Rejected(context.source, path.name, "file", Reason.UNREADABLE_FILE, detail, "")
