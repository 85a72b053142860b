"""Every night: read what lies in the landing folders, then bring the published tables up to date."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Literal

from airflow.sdk import dag, task


@dag(
    dag_id="passerelle_nightly",
    description="Reads the landing folders and refreshes the published tables.",
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "passerelle", "retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["passerelle"],
    doc_md=__doc__,
)
def passerelle_nightly() -> None:
    """PASSERELLE_LANDING holds postings/ and credentials/; PASSERELLE_LAKE is the lake."""

    @task
    def ingest(kind: Literal["postings", "credentials"]) -> dict[str, int]:
        from pathlib import Path

        from pipeline import stages
        from pipeline.lake import Lake
        from pipeline.settings import load_settings

        folder = Path(os.environ["PASSERELLE_LANDING"]) / kind
        counts = stages.ingest(Lake(os.environ["PASSERELLE_LAKE"]), load_settings(), kind, [folder])
        return {"received": counts.received, "accepted": counts.accepted, "quarantined": counts.quarantined}

    @task
    def refresh() -> str:
        from pipeline import stages
        from pipeline.lake import Lake
        from pipeline.settings import load_settings

        return stages.refresh(Lake(os.environ["PASSERELLE_LAKE"]), load_settings(), datetime.now(UTC)).snapshot_id

    # One kind after the other: both count the runs of the same lake.
    ingest("postings") >> ingest.override(task_id="ingest_credentials")("credentials") >> refresh()


passerelle_nightly()
