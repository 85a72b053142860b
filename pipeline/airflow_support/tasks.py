"""The tasks: each loads the settings, calls one step, and puts counts into the asset event that the UI shows."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowSkipException

from pipeline.airflow_support.assets import LINKS, REPORT, SNAPSHOT, documents_asset
from pipeline.airflow_support.places import lake_and_settings, landing_place

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from pipeline.ingest import Kind

log = logging.getLogger(__name__)


def drain(kind: Kind, *, outlet_events: Any) -> list[str]:  # noqa: ANN401 - Airflow's own accessor
    """Takes all that has landed into the lake, and announces documents if any are new.

    Returns:
        The ids of the batches.
    """
    from pipeline import steps  # noqa: PLC0415 - heavy, and only when the task runs

    start = time.monotonic()
    lake, settings = lake_and_settings()
    area = steps.landing_area(landing_place(), kind, settings)
    drained = steps.drain(lake, settings, kind, area, datetime.now(UTC))
    if not drained.batches:
        raise AirflowSkipException(f"Nothing waits in the landing area for {kind}.")
    counts = asdict(drained.counts)
    log.info("%s files in %s: %s", drained.files, drained.batches, counts)
    if not drained.counts.news() and not drained.counts.quarantined:
        raise AirflowSkipException(f"{drained.files} files brought nothing new: {counts}")
    seconds = round(time.monotonic() - start, 3)
    outlet_events[documents_asset(kind)].extra = {
        "batches": drained.batches, "files": drained.files, "seconds": seconds, **counts,
    }  # fmt: skip
    return drained.batches


def plan(force: bool, relink: bool) -> list[str]:
    """Says what there is to do; ends the run where that is nothing.

    Returns:
        The shards to link.
    """
    from pipeline import steps  # noqa: PLC0415 - as above

    lake, settings = lake_and_settings()
    if relink:
        steps.forget_links(lake, settings)
    planned = steps.plan(lake, settings, force)
    if not planned.needed:
        raise AirflowSkipException(f"Nothing has changed since {planned.published} was published.")
    log.info("%s units of text to link, in %s shards", planned.units, len(planned.shards))
    return planned.shards


def link_shard(shard: str) -> str:
    """Links one shard; returns the name of its links in the lake."""
    from pipeline import steps  # noqa: PLC0415 - as above

    return steps.link_shard(*lake_and_settings(), shard)


def build(force: bool, *, outlet_events: Any) -> dict[str, object]:  # noqa: ANN401 - as above
    """Computes the tables, as a candidate; returns what `steps.Built` holds."""
    from pipeline import steps  # noqa: PLC0415 - as above

    start = time.monotonic()
    built = steps.build(*lake_and_settings(), force)
    outlet_events[LINKS].extra = {
        "snapshot_id": built.snapshot_id, "seconds": round(time.monotonic() - start, 3), **built.counts,
    }  # fmt: skip
    return asdict(built)


def check(built: dict[str, Any]) -> int:
    """The gate: returns how many checks passed, or fails with the names of those that did not and rows that show it."""
    from pipeline import steps  # noqa: PLC0415 - as above

    checks = steps.check(*lake_and_settings(), steps.Built(**built))
    for each in checks:
        log.info("%s: %s", each.name, each.detail)
    return len(checks)


def publish(built: dict[str, Any], checks: int, *, outlet_events: Any) -> str:  # noqa: ANN401 - as above
    """Publishes the candidate; returns the snapshot's id."""
    from pipeline import stages, steps  # noqa: PLC0415 - as above
    from pipeline.lake import MANIFEST  # noqa: PLC0415

    lake, settings = lake_and_settings()
    candidate = steps.Built(**built)
    if not steps.publish_built(lake, candidate, datetime.now(UTC)):
        raise AirflowSkipException(f"{candidate.snapshot_id} was published already.")
    manifest = lake.read_json(f"snapshots/{candidate.snapshot_id}/{MANIFEST}")
    outlet_events[SNAPSHOT].extra = {
        "snapshot_id": candidate.snapshot_id, "previous": candidate.published, "checks": checks,
        "rows": manifest["rows"], "counts": manifest["counts"],
        "changes": stages.compare_with_previous(lake, settings),
    }  # fmt: skip
    return candidate.snapshot_id


def report(snapshot: str, *, outlet_events: Any) -> str:  # noqa: ANN401 - as above
    """Builds the bilingual site of the published snapshot, beside it in the lake; returns the snapshot's id."""
    from pipeline import stages  # noqa: PLC0415 - as above

    start = time.monotonic()
    lake, settings = lake_and_settings()
    stages.report(lake, settings, snapshot_id=snapshot)
    outlet_events[REPORT].extra = {"snapshot_id": snapshot, "seconds": round(time.monotonic() - start, 3)}
    return snapshot


def verify_published() -> str:
    """Reads every file of the published snapshot and compares it with the manifest."""
    from pipeline import maintenance  # noqa: PLC0415 - as above

    identity = maintenance.check_published(lake_and_settings()[0])
    if identity is None:
        raise AirflowSkipException("Nothing is published yet.")
    return identity


def tidy(dry_run: bool) -> dict[str, object]:
    """Deletes what [retention] lets go."""
    from pipeline import maintenance, steps  # noqa: PLC0415 - as above
    from pipeline.gathering import KINDS  # noqa: PLC0415

    lake, settings = lake_and_settings()
    now = datetime.now(UTC)
    tidied = asdict(maintenance.tidy(lake, settings, now, dry_run))
    for kind in KINDS:
        area = steps.landing_area(landing_place(), kind, settings)
        tidied[f"landing_{kind}"] = maintenance.tidy_landing(area, settings, now, dry_run)
    log.info("%s: %s", "would be deleted" if dry_run else "deleted", tidied)
    return tidied


def evaluate(data: str, page: str) -> dict[str, object]:
    """Measures linking on the labelled sets of a folder, and writes the page if one is named."""
    from pathlib import Path  # noqa: PLC0415 - as above

    from pipeline import stages  # noqa: PLC0415
    from pipeline.linking import quality_page  # noqa: PLC0415

    if not data:
        raise AirflowSkipException("No folder of labelled sets is named: set the parameter data.")
    lake, settings = lake_and_settings()
    report = stages.evaluate_all_linking(Path(data), None, settings, lake)
    text = quality_page(report)
    target: Path | None = Path(page) if page else None
    if target:
        target.write_text(text, encoding="utf-8")
    log.info("%s", text)
    return {"data": data, "page": page, "characters": len(text)}
