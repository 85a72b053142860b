"""Takes what has landed into the lake: two DAGs, one for postings and one for credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag

from pipeline.airflow_support import DEFAULT_ARGS, INGEST_POOL, START, as_task, documents_asset, landing_asset, tasks

if TYPE_CHECKING:
    from pipeline.ingest import Kind

DOC = """
### What lands becomes documents

The landing area announces itself while anything lies in `{kind}/` of it; a message queue, or a call of Airflow's API
that posts an event of the asset `landing/{kind}`, may announce it as well. An announcement is a doorbell, not a
delivery: **drain** claims all that lies there, reads it into the lake, and puts it away under `done/`. What a run that
died had claimed comes first. Every 15 minutes a run looks by itself, in case that no bell was heard.

A file that cannot be read goes to quarantine, record by record. The event of `documents/{kind}` says what came of it.
"""


def ingest(kind: Kind) -> None:
    """Defines the DAG of one kind."""
    landing, documents = landing_asset(kind), documents_asset(kind)

    @dag(
        dag_id=f"ingest_{kind}",
        description=f"Takes {kind} that have landed into the lake.",
        schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/15 * * * *", timezone="UTC"), assets=[landing]),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULT_ARGS,
        tags=["passerelle", "ingest", kind],
        doc_md=DOC.format(kind=kind),
    )
    def define() -> None:
        as_task(tasks.drain, pool=INGEST_POOL, outlets=[documents])(kind)

    define()


ingest("postings")
ingest("credentials")
