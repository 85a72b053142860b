"""Brings the published tables up to date: when documents change, and every night."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from pipeline.airflow_support import (
    DEFAULT_ARGS,
    START,
    deadline_missed,
    documents_asset,
    refresh_tasks,
)

LATE_AFTER = timedelta(hours=2)


@dag(
    dag_id="refresh_matches",
    description="Links new text, computes the tables, checks and publishes them.",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 3 * * *", timezone="UTC"),
        assets=documents_asset("postings") | documents_asset("credentials"),
    ),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=LATE_AFTER,
        callback=AsyncCallback(deadline_missed, kwargs={"dag_id": "refresh_matches"}),
        name="late",
    ),
    tags=["passerelle", "refresh"],
    doc_md="""
### The tables follow the documents

Runs when `documents/postings` or `documents/credentials` changes, and every night at 03:00 UTC.

- **plan** ends the run at once where nothing has changed. Otherwise it cuts the text that no earlier run has linked
  into shards ([linking] shard_units).
- **link_shard** links one shard; shards run side by side, and one that fails or dies is done again alone.
- **build** computes every table and writes them as a candidate, which no reader sees.
- **check** is the gate. If it fails, its log names the checks and rows, nothing is published, and what was published
  before stays. Mend the cause, then clear this task, or wait for the next run.
- **publish** makes the candidate a snapshot and moves `latest.json` to it, unless another run has published meanwhile.
- **report** builds the bilingual site that shows the snapshot, beside it in the lake.

A run reads the lake as it stands when it begins; it does not matter which event started it, or how many.
""",
)
def refresh_matches() -> None:
    """See doc_md."""
    refresh_tasks()


refresh_matches()
