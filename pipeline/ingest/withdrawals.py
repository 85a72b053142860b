"""What a run takes out: documents that their source names, and those that its full feed no longer has."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass

from pipeline.ingest.records import Reason, Rejected, Withdrawal
from pipeline.ingest.store import KnownDocuments
from pipeline.settings import IngestSettings


@dataclass(frozen=True, slots=True)
class Taken:
    """Withdrawals in numbers.

    Attributes:
        withdrawn: those that take a document out.
        known: those of what was out already.
        repeated: those that name a document a second time.
        absent: documents that a full feed no longer has.
        feeds_refused: full feeds that were not believed.
    """

    withdrawn: int
    known: int
    repeated: int
    absent: int
    feeds_refused: int


@dataclass(frozen=True, slots=True)
class Named:
    """The documents that withdrawals name, and how many withdrawals name one a second time."""

    ids: frozenset[str]
    repeated: int


@dataclass(frozen=True, slots=True)
class Absent:
    """The documents that full feeds no longer have, and one rejection for each feed that was not believed."""

    ids: frozenset[str]
    refused: tuple[Rejected, ...]


def take_back(withdrawals: Iterable[Withdrawal], known: Sequence[Container[str]], rejected: list[Rejected]) -> Named:
    """The documents that are taken back by name.

    Args:
        withdrawals: as they were received.
        known: doc_ids in the lake, and in this run; a withdrawal of any other is added to the rejected.
        rejected: takes those.
    """
    named: set[str] = set()
    repeated = 0
    for withdrawal in withdrawals:
        if not any(withdrawal.doc_id in some for some in known):
            source, _, identity = withdrawal.doc_id.partition(":")
            detail = "No document of this id is in the lake: there is nothing to withdraw."
            place = (withdrawal.file, withdrawal.position, Reason.UNKNOWN_DOCUMENT, detail, withdrawal.doc_id)
            rejected.append(Rejected(source, *place, identity))
        elif withdrawal.doc_id in named:
            repeated += 1
        else:
            named.add(withdrawal.doc_id)
    return Named(frozenset(named), repeated)


def absent_from_feeds(
    known: KnownDocuments,
    seen: Collection[str],
    withdrawn: Collection[str],
    rejected: Iterable[Rejected],
    settings: IngestSettings,
) -> Absent:
    """The documents of full feeds that this run has not brought.

    A record that could not be read may be any of them: its id, where it can be read, counts as seen; where it can't,
    the feed takes nothing out. Nor does a feed that lacks more than `max_absent` of what its source had: half a
    download must not pass for half a catalogue withdrawn.

    Args:
        known: what the lake holds.
        seen: the doc_ids that this run has brought.
        withdrawn: those that are out already.
        rejected: what this run could not read.
        settings: which sources send full feeds.
    """
    gone: set[str] = set()
    refused = []
    rejected = list(rejected)
    for source in sorted(set(settings.full_feeds)):
        broken = [record for record in rejected if record.source == source]
        had = known.of_source(source) - set(withdrawn)
        missing = had - set(seen) - {f"{source}:{record.source_id}" for record in broken}
        if not missing or not any(doc_id.startswith(f"{source}:") for doc_id in seen):
            continue
        if any(record.source_id is None for record in broken):
            refused.append(
                _refused(source, f"A record of it cannot be read, and may be one of {len(missing)} missing.")
            )
        elif len(missing) > settings.max_absent * len(had):
            refused.append(_refused(source, f"It lacks {len(missing)} of {len(had)} documents."))
        else:
            gone |= missing
    return Absent(frozenset(gone), tuple(refused))


def _refused(source: str, why: str) -> Rejected:
    detail = f"{why} Nothing of {source} was withdrawn; see [ingest] full_feeds and max_absent."
    return Rejected(source, "", "feed", Reason.INCOMPLETE_FEED, detail, source)
