"""Measures the linker on labelled sets, every week."""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipeline.airflow_support import DEFAULT_ARGS, LINK_POOL, START, as_task, tasks

DATA = "{{ params.data or var.value.get('passerelle_labelled_data', '') }}"


@dag(
    dag_id="evaluate_quality",
    description="Measures linking on the labelled sets of a folder.",
    schedule=CronTriggerTimetable("0 6 * * 0", timezone="UTC"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"retries": 0},
    params={
        "data": Param(
            "",
            type="string",
            title="Labelled sets",
            description="Folder with benchmarks/ and esco/, as `passerelle evaluate linking --data` takes it.",
        ),
        "page": Param("", type="string", title="Page", description="File to write the report to; empty: the log only."),
    },
    tags=["passerelle", "quality"],
    doc_md="""
### Is the linker as good as it was?

Measures linking as `passerelle evaluate linking --data` does. The folder of labelled sets is the parameter `data`, or
else the Airflow variable `passerelle_labelled_data`; without either, the task is skipped.
""",
)
def evaluate_quality() -> None:
    """See doc_md."""
    as_task(tasks.evaluate, pool=LINK_POOL)(data=DATA, page="{{ params.page }}")


evaluate_quality()
