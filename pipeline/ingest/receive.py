"""One ingest: files in, documents and quarantine out, every record accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Literal
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import LakeError
from pipeline.ingest.duplicates import COMPARED, group_duplicates
from pipeline.ingest.memory import Memory
from pipeline.ingest.records import Counts, Credential, Kind, Posting, Record, Rejected, Remark, Withdrawal
from pipeline.ingest.store import DocumentStore, KnownDocuments, contents_of, to_row, write_quarantine
from pipeline.ingest.texts import Contents, StoredTexts
from pipeline.ingest.withdrawals import Taken, absent_from_feeds, take_back
from pipeline.lake import Lake
from pipeline.settings import IngestSettings

CHUNK = 5_000
MOST_REMARKS = 50  # different ones that are kept of an ingest

Fate = Literal["new", "changed", "unchanged"]


@dataclass
class _Intake:
    """What one ingest has seen so far."""

    store: DocumentStore
    known: KnownDocuments
    withdrawn: frozenset[str]
    sequence: int
    readable: int = 0
    seen: dict[str, set[str]] = field(default_factory=dict)
    waiting: list[dict[str, object]] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)

    def note(self, remark: Remark) -> None:
        """Counts what is said of a file."""
        if remark.detail in self.remarks or len(self.remarks) < MOST_REMARKS:
            self.remarks[remark.detail] += 1

    def accept(self, record: Posting | Credential) -> None:
        """Keeps a readable record if the lake does not have it as it is."""
        row = to_row(record, self.sequence)
        identity, digest = str(row["doc_id"]), str(row["content_hash"])
        known = self.known.get(identity)
        versions = self.seen.setdefault(identity, set())
        if digest not in versions and (known is None or digest not in known.versions):
            self.waiting.append(row)
        versions.add(digest)
        self.readable += 1
        if len(self.waiting) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        self.store.write(self.waiting)
        self.waiting = []

    def settle(self) -> dict[str, Fate]:
        """Writes what is left, and tells what became of each document that was received."""
        self.flush()
        # The version that counted has not come, only older ones have: the source has gone back to them.
        gone_back = {
            identity: versions
            for identity, versions in self.seen.items()
            if (known := self.known.get(identity)) and versions <= known.versions and known.current not in versions
        }
        restated = self.store.restate(gone_back, self.sequence) | self.withdrawn
        return {identity: self._fate(identity, identity in restated) for identity in self.seen}

    def _fate(self, identity: str, restated: bool) -> Fate:
        known = self.known.get(identity)
        if known is None:
            return "new"
        return "changed" if restated or self.seen[identity] - known.versions else "unchanged"


@dataclass
class _Refused:
    """What could not be read: it goes to quarantine part by part, and only where each record stood stays in memory."""

    lake: Lake
    kind: Kind
    records: list[Rejected] = field(default_factory=list)
    waiting: list[Rejected] = field(default_factory=list)

    def add(self, record: Rejected) -> None:
        """Takes one."""
        self.waiting.append(record)
        self.records.append(replace(record, raw="", detail=""))
        if len(self.waiting) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        write_quarantine(self.lake, self.kind, self.waiting)
        self.waiting = []


def receive(
    lake: Lake,
    kind: Kind,
    records: Iterable[Record | Remark],
    settings: IngestSettings,
    progress: Callable[[int], None],
) -> Counts:
    """Takes records into the lake.

    Args:
        lake: where documents and quarantine lie.
        kind: of the records.
        records: as readers yield them, with remarks on files; they are streamed, never held together.
        settings: when two postings are one.
        progress: told how many records have been received.

    Returns:
        The counts, reconciled; they do not depend on the order of the records. A record counts as a duplicate when its
        id has come before in this ingest, or when it is the same job posted again under another id.

    Raises:
        LakeError: the counts do not reconcile, which would be a fault of this program.
    """
    store = DocumentStore(lake, kind)
    intake = _Intake(store, store.known_versions(), store.presence.withdrawn(), store.next_sequence())
    refused = _Refused(lake, kind)
    withdrawals: list[Withdrawal] = []
    received = 0
    for record in records:
        if isinstance(record, Remark):
            intake.note(record)
            continue
        received += 1
        if isinstance(record, Rejected):
            refused.add(record)
        elif isinstance(record, Withdrawal):
            withdrawals.append(record)
        else:
            intake.accept(record)
        if received % 250 == 0:
            progress(received)
    fates = intake.settle()
    taken = _withdraw(intake, withdrawals, refused, settings)
    refused.flush()
    reposted = _reposted(store, settings, lake) if kind == "postings" else frozenset()
    kept = Counter(fate for identity, fate in fates.items() if identity not in reposted)
    counts = Counts(
        received + taken.feeds_refused,
        accepted=kept.total() + taken.withdrawn + taken.known,
        duplicates=intake.readable - kept.total() + taken.repeated,
        quarantined=len(refused.records),
        new=kept["new"],
        changed=kept["changed"],
        unchanged=kept["unchanged"] + taken.known,
        withdrawn=taken.withdrawn,
        absent=taken.absent,
        reasons=dict(sorted(Counter(r.reason.value for r in refused.records).items())),
        remarks=dict(sorted(intake.remarks.items())),
    )
    progress(received)
    if not counts.reconciles():
        raise LakeError(f"The counts of this ingest do not add up: {asdict(counts)}.")
    # Two ingests at once may count the same number of runs before them: the last part keeps their records apart.
    name = f"runs/{len(lake.names('runs')) + 1:06d}-{kind}-{uuid4().hex[:12]}.json"
    lake.write_json(name, {"kind": kind, **asdict(counts)})
    return counts


def _withdraw(intake: _Intake, withdrawals: list[Withdrawal], refused: _Refused, settings: IngestSettings) -> Taken:
    """Writes which documents are withdrawn, and which are back; what can't be is refused."""
    unknown: list[Rejected] = []
    named = take_back(withdrawals, (intake.known, intake.seen), unknown)
    for record in unknown:
        refused.add(record)
    feeds = absent_from_feeds(intake.known, intake.seen, intake.withdrawn, refused.records, settings)
    gone = (named.ids | feeds.ids) - intake.withdrawn
    back = (intake.withdrawn & intake.seen.keys()) - named.ids
    intake.store.presence.write(intake.sequence, gone, back)
    for record in feeds.refused:
        refused.add(record)
    return Taken(
        withdrawn=len(named.ids & gone),
        known=len(named.ids - gone),
        repeated=named.repeated,
        absent=len(gone - named.ids),
        feeds_refused=len(feeds.refused),
    )


def _reposted(store: DocumentStore, settings: IngestSettings, lake: Lake) -> frozenset[str]:
    """The postings of the lake that are another one posted again."""
    groups = duplicate_groups(store.current(COMPARED), settings, lake, store.contents)
    return frozenset(groups.filter(groups["duplicate_of"].is_valid())["doc_id"].to_pylist())


def distinct_postings(
    postings: pa.Table, settings: IngestSettings, lake: Lake, contents: Contents | None = None
) -> tuple[pa.Table, pa.Table]:
    """The postings that count, each job once, and the groups as `duplicate_groups` gives them."""
    groups = duplicate_groups(postings, settings, lake, contents)
    original = groups.filter(groups["duplicate_of"].is_null())["doc_id"].combine_chunks()
    return postings.filter(pc.is_in(postings["doc_id"], original)), groups


def duplicate_groups(
    postings: pa.Table, settings: IngestSettings, lake: Lake, contents: Contents | None = None
) -> pa.Table:
    """Which postings are the same job posted again: doc_id, duplicate_of (null for the one kept), similarity.

    Args:
        postings: documents, columns as `store.SCHEMAS["postings"]`.
        settings: the similarity and the days that make two postings one.
        lake: remembers what is found, so that only what is new is compared.
        contents: where the texts are, if the postings come without them.
    """
    texts = StoredTexts(postings["content_hash"], contents or contents_of(postings))
    return group_duplicates(postings.select(list(COMPARED)), settings, Memory(lake), texts)
