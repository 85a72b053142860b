"""Files in, documents and quarantine out.

Comes in: postings and credentials in the formats of the open web, and tables described by a mapping file. Goes out:
typed documents in the lake, and a quarantine with a reason for each record that can't be read. Never raises for bad
data, never guesses what a source does not say, and never loses a record that it received.
"""

from pipeline.ingest.delivery import delivery_in_prose
from pipeline.ingest.durations import hours_in_prose
from pipeline.ingest.formats import all_records, choose_reader, expand
from pipeline.ingest.integrity import content_problems
from pipeline.ingest.mapping import load_mapping
from pipeline.ingest.official import (
    OfficialFile,
    OfficialTables,
    find_official,
    official_file,
    official_hash,
    read_official,
)
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.receive import distinct_postings, duplicate_groups, receive
from pipeline.ingest.records import (
    Counts,
    Credential,
    Kind,
    Language,
    OfficialKind,
    Posting,
    Reason,
    Record,
    Rejected,
    Remark,
    StatedSkill,
    TextPart,
)
from pipeline.ingest.store import DocumentStore, contents_of, quarantine_size, read_quarantine
from pipeline.ingest.text import detect_language, keep_language_model, plain_text
from pipeline.ingest.texts import Contents

__all__ = [
    "Contents",
    "Counts",
    "Credential",
    "DocumentStore",
    "Kind",
    "Language",
    "OfficialFile",
    "OfficialKind",
    "OfficialTables",
    "Posting",
    "ReadContext",
    "Reason",
    "Record",
    "Rejected",
    "Remark",
    "StatedSkill",
    "TextPart",
    "all_records",
    "choose_reader",
    "content_problems",
    "contents_of",
    "delivery_in_prose",
    "detect_language",
    "distinct_postings",
    "duplicate_groups",
    "expand",
    "find_official",
    "hours_in_prose",
    "keep_language_model",
    "load_mapping",
    "official_file",
    "official_hash",
    "plain_text",
    "quarantine_size",
    "read_official",
    "read_quarantine",
    "receive",
]
