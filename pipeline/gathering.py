"""What a refresh starts from: the documents that count, and the official statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.errors import LakeError
from pipeline.ingest import (
    Contents,
    DocumentStore,
    Kind,
    OfficialTables,
    distinct_postings,
    find_official,
    official_hash,
    quarantine_size,
    read_official,
)
from pipeline.lake import Lake
from pipeline.settings import Settings

KINDS: tuple[Kind, ...] = ("postings", "credentials")


@dataclass(frozen=True)
class Documents:
    """What a refresh starts from: the documents that count, each posting once; texts of postings stay on disk."""

    postings: pa.Table
    kept_postings: pa.Table
    groups: pa.Table
    credentials: pa.Table
    quarantined: int
    official: OfficialTables
    official_hash: str
    posting_contents: Contents | None = None


def refuse_without(lake: Lake, absent: Sequence[Kind]) -> None:
    """Stops where a kind of document is absent.

    Raises:
        LakeError: names what is absent, and what of it is in quarantine.
    """
    if not absent:
        return
    lacking = f"The lake {lake.location} holds no {' and no '.join(absent)}"
    quarantined = sum(quarantine_size(lake, kind) for kind in absent)
    if not quarantined:
        raise LakeError(f"{lacking}: ingest them first.")
    told = "1 record is" if quarantined == 1 else f"{quarantined:,} records are"
    cure = f"`passerelle quarantine --lake {lake.location}` says why, and what to do before you ingest again."
    raise LakeError(f"{lacking}: {told} in quarantine. {cure}")


def gather(lake: Lake, settings: Settings) -> Documents:
    """The documents that count, and the official statistics that the settings name.

    Raises:
        LakeError: there are no postings or no credentials.
        SettingsError: official statistics cannot be read.
    """
    statistics = find_official(settings.official)
    official = read_official(statistics, settings.ingest.max_record_bytes, settings.ingest.max_file_bytes)
    store = DocumentStore(lake, "postings")
    postings = store.facts()
    credentials = DocumentStore(lake, "credentials").current()
    found = zip(KINDS, (postings, credentials), strict=True)
    refuse_without(lake, [kind for kind, table in found if not table.num_rows])
    kept, groups = distinct_postings(postings, settings.ingest, lake, store.contents)
    quarantined, statistics_hash = count_quarantined(lake), official_hash(statistics)
    return Documents(postings, kept, groups, credentials, quarantined, official, statistics_hash, store.contents)


def count_quarantined(lake: Lake) -> int:
    """How many distinct records are in quarantine, of both kinds."""
    return sum(quarantine_size(lake, kind) for kind in KINDS)
