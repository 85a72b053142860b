"""Whether the rows of a received file are what was written: their hashes, ids and numbers, computed once more."""

from __future__ import annotations

import hashlib
from typing import cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.ingest.records import Kind
from pipeline.ingest.store import QUARANTINE, SCHEMAS, row_hash
from pipeline.lake import UNREADABLE


def content_problems(name: str, content: bytes) -> str | None:
    """What is wrong with a file of documents or quarantine.

    Args:
        name: in the lake: documents/<kind>/<sequence>-<digest>.parquet, quarantine/<kind>/<digest>.parquet.
        content: its bytes.

    Returns:
        A sentence that names the first row that is wrong, None if none is.
    """
    folder, kind, file = name.split("/", 2)
    try:
        table = pq.read_table(pa.BufferReader(content))
    except UNREADABLE as error:
        return f"it is not a whole Parquet file: {error}"
    if folder == "documents":
        return _document_problems(table, cast("Kind", kind), file)
    return _quarantine_problems(table) if folder == "quarantine" else None


def _document_problems(table: pa.Table, kind: Kind, file: str) -> str | None:
    if not table.schema.equals(SCHEMAS[kind]):
        return "its columns are not those of this release"
    for batch in table.to_batches(1000):
        for row in batch.to_pylist():
            if row["doc_id"] != f"{row['source']}:{row['source_id']}":
                return f"the id of {row['doc_id']} is not that of its source"
            if row["sequence"] != int(file.split("-")[0]):
                return f"{row['doc_id']} is of another run than the file"
            if row["content_hash"] != row_hash(row, kind):
                return f"the content of {row['doc_id']} does not have the hash that it is kept under"
    return None


def _quarantine_problems(table: pa.Table) -> str | None:
    if not table.schema.equals(QUARANTINE):
        return "its columns are not those of this release"
    for row in table.to_pylist():
        place = [row[name] for name in ("source", "file", "position", "reason", "raw")]
        if row["quarantine_id"] != hashlib.sha256(orjson.dumps(place)).hexdigest()[:32]:
            return f"the record {row['quarantine_id']} does not have the content that its id says"
    return None
