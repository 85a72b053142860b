"""Checks what is published, and deletes what is no longer needed."""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipeline.airflow_support import DEFAULT_ARGS, REFRESH_POOL, START, as_task, tasks


@dag(
    dag_id="maintain",
    description="Verifies the published snapshot; deletes old snapshots, caches and ingested files.",
    schedule=CronTriggerTimetable("30 4 * * *", timezone="UTC"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    render_template_as_native_obj=True,
    params={
        "dry_run": Param(
            False, type="boolean", title="Only look", description="Say what would be deleted, and delete nothing."
        ),
    },
    tags=["passerelle", "maintenance"],
    doc_md="""
### Keeping the lake in order

- **verify_published** reads every file of the published snapshot and compares it with the manifest.
- **tidy** deletes snapshots, caches and ingested files beyond what `[retention]` in the settings keeps, and the remains
  of runs that died. Documents, quarantine, the published snapshot and the one before it are never deleted. It does not
  run where verification fails: nothing is deleted from a lake that is in doubt.
""",
)
def maintain() -> None:
    """See doc_md."""
    verified = as_task(tasks.verify_published, pool=REFRESH_POOL)()
    verified >> as_task(tasks.tidy, pool=REFRESH_POOL)(dry_run="{{ params.dry_run }}")


maintain()
