"""Files in, documents and quarantine out.

Comes in: postings and credentials in the formats of the open web, and tables described by a mapping file. Goes out:
typed documents in the lake, and a quarantine with a reason for each record that can't be read. Never raises for bad
data, never guesses what a source does not say, and never loses a record that it received.
"""

from pipeline.ingest.formats import all_records, choose_reader, expand
from pipeline.ingest.integrity import content_problems
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.receive import duplicate_groups, receive
from pipeline.ingest.records import Counts, Credential, Kind, Language, Posting, Reason, Rejected
from pipeline.ingest.store import DocumentStore, read_quarantine
from pipeline.ingest.text import detect_language, plain_text

__all__ = [
    "Counts",
    "Credential",
    "DocumentStore",
    "Kind",
    "Language",
    "Posting",
    "ReadContext",
    "Reason",
    "Rejected",
    "all_records",
    "choose_reader",
    "content_problems",
    "detect_language",
    "duplicate_groups",
    "expand",
    "plain_text",
    "read_quarantine",
    "receive",
]
