"""One ingest: files in, documents and quarantine out, every record accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

import pyarrow as pa

from pipeline.errors import LakeError
from pipeline.ingest.duplicates import group_duplicates
from pipeline.ingest.records import Counts, Credential, Kind, Posting, Record, Rejected
from pipeline.ingest.store import DocumentStore, to_row, write_quarantine
from pipeline.lake import Lake
from pipeline.settings import IngestSettings

CHUNK = 5_000


@dataclass
class _Intake:
    """What one ingest has seen so far."""

    store: DocumentStore
    known: dict[str, frozenset[str]]
    sequence: int
    counts: Counts = field(default_factory=Counts)
    seen: dict[str, set[str]] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    waiting: list[dict[str, object]] = field(default_factory=list)

    def accept(self, record: Posting | Credential) -> None:
        """Counts a readable record, and keeps it if the lake does not have it as it is."""
        row = to_row(record, self.sequence)
        identity, digest = str(row["doc_id"]), str(row["content_hash"])
        versions = self.seen.setdefault(identity, set())
        repeated = bool(versions)
        stored = digest in self.known.get(identity, frozenset())
        if digest not in versions and not stored:
            self.waiting.append(row)
        versions.add(digest)
        if repeated:
            self.counts.duplicates += 1
            return
        self.counts.accepted += 1
        if stored:
            self.counts.unchanged += 1
        elif identity in self.known:
            self.counts.changed += 1
        else:
            self.counts.new += 1
            self.fresh.add(identity)
        if len(self.waiting) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        self.store.write(self.waiting)
        self.waiting = []


def receive(
    lake: Lake, kind: Kind, records: Iterable[Record], settings: IngestSettings, progress: Callable[[int], None]
) -> Counts:
    """Takes records into the lake.

    Args:
        lake: where documents and quarantine lie.
        kind: of the records.
        records: as readers yield them; they are streamed, never held together.
        settings: when two postings are one.
        progress: told how many records have been received.

    Returns:
        The counts, reconciled. A record counts as a duplicate when its id has come before in this ingest, or when it is
        the same job posted again under another id.

    Raises:
        LakeError: the counts do not reconcile, which would be a fault of this program.
    """
    store = DocumentStore(lake, kind)
    intake = _Intake(store, store.known_versions(), store.next_sequence())
    rejected: list[Rejected] = []
    for record in records:
        intake.counts.received += 1
        if isinstance(record, Rejected):
            rejected.append(record)
        else:
            intake.accept(record)
        if intake.counts.received % 250 == 0:
            progress(intake.counts.received)
    intake.flush()
    write_quarantine(lake, kind, rejected)
    counts = intake.counts
    counts.quarantined = len(rejected)
    counts.reasons = dict(sorted(Counter(r.reason.value for r in rejected).items()))
    if kind == "postings":
        _count_reposted(store, intake, settings)
    progress(counts.received)
    if not counts.reconciles():
        raise LakeError(f"The counts of this ingest do not add up: {asdict(counts)}.")
    lake.write_json(f"runs/{len(lake.names('runs')) + 1:06d}-{kind}.json", {"kind": kind, **asdict(counts)})
    return counts


def _count_reposted(store: DocumentStore, intake: _Intake, settings: IngestSettings) -> None:
    """Moves postings that are another one posted again from the accepted to the duplicates."""
    groups = duplicate_groups(store.current(), settings)
    reposted = {
        identity
        for identity, original in zip(groups["doc_id"].to_pylist(), groups["duplicate_of"].to_pylist(), strict=True)
        if original is not None and identity in intake.seen
    }
    counts = intake.counts
    for identity in reposted:
        counts.accepted -= 1
        counts.duplicates += 1
        if identity in intake.fresh:
            counts.new -= 1
        elif intake.seen[identity] & intake.known.get(identity, frozenset()):
            counts.unchanged -= 1
        else:
            counts.changed -= 1


def duplicate_groups(postings: pa.Table, settings: IngestSettings) -> pa.Table:
    """Which postings are the same job posted again: doc_id, duplicate_of (null for the one kept), similarity.

    Args:
        postings: documents, columns as `store.SCHEMAS["postings"]`.
        settings: the similarity and the days that make two postings one.
    """
    texts = ["\n".join(part["text"] for part in parts) for parts in postings["parts"].to_pylist()]
    columns = ["doc_id", "title", "employer", "region", "locality", "posted_on"]
    table = postings.select(columns).append_column("text", pa.array(texts, pa.string()))
    return group_duplicates(table, settings)
