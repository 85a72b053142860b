"""The same run in steps: what a scheduler calls one after the other, on one machine or on many.

Each step takes the lake, the settings and small values, and gives small values: names of files, ids, counts. What is
large lies in the lake. Every step may be killed and called again: what it had finished is found, not done again.

    drain                     what has landed becomes documents
    plan -> link_shard ...    text that is not linked yet, in shards that any machine can take
    build -> check -> publish the tables, as a candidate; the gate; the snapshot and the pointer

`stages.refresh` does from plan to publish in one process, and gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline import intake, linking, publish, stages
from pipeline.errors import LakeError
from pipeline.gathering import KINDS, Documents, count_quarantined, gather
from pipeline.ingest import Counts, Kind
from pipeline.intake import Progress, silent
from pipeline.known import known_result, lake_state, remember_result
from pipeline.lake import Lake
from pipeline.landing import Claim, LandingArea
from pipeline.lease import exclusively
from pipeline.linking import Linker
from pipeline.settings import Settings
from pipeline.stages import chosen_linker


@dataclass(frozen=True)
class Drained:
    """What was taken from the landing area: the batches, how many files they held, and what became of the records."""

    batches: list[str] = field(default_factory=list)
    files: int = 0
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True)
class Plan:
    """What a refresh has to do: nothing, or to link these shards and build.

    Attributes:
        needed: whether anything has to be built or published.
        published: the snapshot that is published now.
        shards: names of the shards of text that no earlier run has linked.
        units: units of text in them.
    """

    needed: bool
    published: str | None
    shards: list[str] = field(default_factory=list)
    units: int = 0


@dataclass(frozen=True)
class Built:
    """A candidate, or a snapshot that was there already.

    Attributes:
        snapshot_id: of the one or the other.
        state: the state of the lake that it was made from.
        published: the snapshot that was published when the documents were read.
        counts: as `stages.count` gives them; empty if nothing was computed.
    """

    snapshot_id: str
    state: str
    published: str | None
    counts: dict[str, int] = field(default_factory=dict)


def drain(lake: Lake, settings: Settings, kind: Kind, area: LandingArea, now: datetime) -> Drained:
    """Takes all that has landed into the lake: first what a run that died had claimed, then what waits.

    Args:
        lake: takes the documents.
        settings: the limits, and what becomes of ingested files.
        kind: of the records.
        area: the landing area of that kind.
        now: names the batch.

    Raises:
        LakeError: the lake or the landing area fails; the claim stays, and the next call begins with it.
        SettingsError: a mapping file is wrong; likewise.
    """
    drained = Drained()
    with exclusively(lake, f"ingest-{kind}"):
        for claim in area.unfinished():
            drained = _add(drained, claim, _take_in(lake, settings, kind, area, claim))
        claim_now = area.claim(now)
        if claim_now:
            drained = _add(drained, claim_now, _take_in(lake, settings, kind, area, claim_now))
    return drained


def _take_in(lake: Lake, settings: Settings, kind: Kind, area: LandingArea, claim: Claim) -> Counts:
    with area.files(claim) as paths:
        counts = intake.ingest(lake, settings, kind, paths)
    area.finish(claim, settings.intake.keep)
    return counts


def _add(drained: Drained, claim: Claim, counts: Counts) -> Drained:
    return Drained([*drained.batches, claim.batch_id], drained.files + len(claim.files), drained.counts + counts)


def plan(lake: Lake, settings: Settings, force: bool = False, progress: Progress = silent) -> Plan:
    """Says what a refresh has to do, and cuts the text that is not linked yet into shards.

    Args:
        lake: holds the documents.
        settings: as for `stages.refresh`; [linking] shard_units is the size of a shard.
        force: build again even if nothing has changed.
        progress: told (what, done, in all).

    Raises:
        LakeError: there are no documents.
        EncoderError, TaxonomyError: the model or the taxonomy can't be used.
    """
    linker = chosen_linker(settings, lake, progress)
    published = lake.latest()
    if known_result(lake, lake_state(lake, settings, linker)) and not force:
        return Plan(needed=False, published=published)
    documents = gather(lake, settings)
    if _identity(documents, settings, linker) in lake.snapshots() and not force:
        return Plan(needed=True, published=published)
    units = unlinked(documents, linker, lake, settings)
    if units.num_rows == 0:
        return Plan(needed=True, published=published)
    shards = linking.write_shards(units, settings.linking.shard_units, linker, lake)
    if len(shards) > 1:
        linker.check()  # embeds the labels once, before each shard would; a single shard does so itself
    return Plan(True, published, shards, units.num_rows)


def unlinked(documents: Documents, linker: Linker, lake: Lake, settings: Settings) -> pa.Table:
    """The units of postings and credentials that no earlier run has linked, each once."""
    postings = linking.unlinked_units(
        documents.kept_postings, "postings", linker, lake, settings.linking, documents.posting_contents
    )
    credentials = linking.unlinked_units(documents.credentials, "credentials", linker, lake, settings.linking)
    known = pa.compute.is_in(credentials["unit_key"], postings["unit_key"].combine_chunks())
    return pa.concat_tables([postings, credentials.filter(pa.compute.invert(known))])


def link_shard(lake: Lake, settings: Settings, shard: str, progress: Progress = silent) -> str:
    """Links the text of one shard.

    Args:
        lake: holds the shard and takes its links.
        settings: those that the shard was planned with.
        shard: its name in the lake.
        progress: told (what, done, in all).

    Returns:
        The name of the part of the cache that holds its links; the same for the same shard, however often it is done.

    Raises:
        LakeError: the shard is not there.
        EncoderError: the encoder fails.
    """
    linker = chosen_linker(settings, lake, progress)
    return linking.link_shard(shard, linker, lake, lambda n, of: progress("link", n, of))


def build(lake: Lake, settings: Settings, force: bool = False, progress: Progress = silent) -> Built:
    """Computes every table and writes them as a candidate; text that no shard has linked is linked here.

    Raises:
        LakeError, EncoderError, TaxonomyError: as `stages.refresh`.
    """
    linker = chosen_linker(settings, lake, progress)
    published, state = lake.latest(), lake_state(lake, settings, linker)
    documents = gather(lake, settings)
    inputs = stages.describe_inputs(documents, settings, linker)
    identity = publish.snapshot_id(inputs)
    if not force and (identity in lake.snapshots() or publish.is_candidate(lake, identity)):
        return Built(identity, state, published)
    linked = stages.link(documents, linker, lake, settings, progress)
    with publish.Ahead() as ahead:
        tables = stages.profile_and_match(documents, linked, linker, inputs, lake, settings, progress, ahead)
        counts = stages.count(documents, linked, tables)
        publish.write_candidate(lake, inputs, tables, stages.stable_counts(counts), settings.counting(), ahead)
    return Built(identity, state, published, counts)


def check(lake: Lake, settings: Settings, built: Built) -> list[publish.Check]:
    """The gate.

    Returns:
        The checks, all of which passed.

    Raises:
        GateError: names each check that failed, and rows that break it; the candidate stays for inspection.
    """
    quarantined = count_quarantined(lake)
    if publish.is_candidate(lake, built.snapshot_id):
        checks = publish.check_candidate(lake, built.snapshot_id, quarantined, settings.gate)
    else:
        tables = (lake.snapshot_table(kind, built.snapshot_id) for kind in KINDS)
        documents = sum(table.num_rows for table in tables)
        checks = [publish.quarantine_check(documents, quarantined, settings.gate)]
    publish.hold_back(checks)
    return checks


def publish_built(lake: Lake, built: Built, now: datetime) -> bool:
    """Makes the candidate a snapshot and moves the pointer to it.

    Args:
        lake: holds the candidate, which has passed the gate.
        built: as `build` gave it.
        now: the time of publication.

    Returns:
        Whether the pointer moved.

    Raises:
        LakeError: another run has published since the documents were read: what it published may be newer.
    """
    with exclusively(lake, "publish") as lease:
        latest = lake.latest()
        if latest not in (built.published, built.snapshot_id):
            raise LakeError(
                f"Another run has published {latest} since this one read the documents. Nothing was published over it; "
                "run the refresh again."
            )
        if publish.is_candidate(lake, built.snapshot_id):
            publish.promote(lake, built.snapshot_id)
        if built.snapshot_id not in lake.snapshots():
            raise LakeError(f"The candidate {built.snapshot_id} is not in {lake.location} any more: refresh again.")
        lease.check()
        stages.point_at(lake, built.snapshot_id, now)
        remember_result(lake, built.state, built.snapshot_id)
    return latest != built.snapshot_id


def forget_links(lake: Lake, settings: Settings) -> None:
    """Deletes the links of today's linker and all evidence that was made of any, so that all text is linked again."""
    fingerprint = linking.links_fingerprint(chosen_linker(settings, lake))
    names = [f"cache/evidence-{kind}" for kind in KINDS]
    for name in (f"cache/shards/{fingerprint}", f"cache/links/{fingerprint}", *names):
        lake.delete(name)


def landing_area(location: str | Path, kind: Kind, settings: Settings) -> LandingArea:
    """The landing area of a kind, as the settings say."""
    return LandingArea(location, kind, settings.intake.settle_seconds)


def _identity(documents: Documents, settings: Settings, linker: Linker) -> str:
    return publish.snapshot_id(stages.describe_inputs(documents, settings, linker))
