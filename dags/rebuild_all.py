"""Computes everything again, by hand."""

from __future__ import annotations

from airflow.sdk import Param, dag

from pipeline.airflow_support import DEFAULT_ARGS, START, refresh_tasks


@dag(
    dag_id="rebuild_all",
    description="Computes every table again, and links all text again if asked to.",
    schedule=None,
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    render_template_as_native_obj=True,
    params={
        "reason": Param(
            "by hand", type="string", minLength=3, maxLength=200, title="Reason", description="Kept with the run."
        ),
        "relink": Param(
            False,
            type="boolean",
            title="Link all text again",
            description="Forgets the links of today's linker first. A night's work on a large lake.",
        ),
    },
    tags=["passerelle", "refresh", "manual"],
    doc_md="""
### Everything once more

Computes every table again from the documents in the lake, and checks and publishes them. The same inputs give the same
bytes: where a snapshot of the same id is there and differs, the run fails and says in which files.
""",
)
def rebuild_all() -> None:
    """See doc_md."""
    refresh_tasks(force=True, relink="{{ params.relink }}")


rebuild_all()
