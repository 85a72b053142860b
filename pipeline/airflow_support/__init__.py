"""Where Airflow is met: what DAG files, the triggerer and the web server import.

Comes in: what Airflow hands to tasks, triggers and callbacks. Goes out: calls of `pipeline.steps`, and asset events
with counts in them. Imports nothing heavy when a DAG file is parsed, and holds no logic of its own.
"""

from pipeline.airflow_support import tasks
from pipeline.airflow_support.assets import (
    LINKS,
    SNAPSHOT,
    documents_asset,
    landing_asset,
)
from pipeline.airflow_support.callbacks import deadline_missed, task_failed
from pipeline.airflow_support.defaults import DEFAULT_ARGS, INGEST_POOL, LINK_POOL, REFRESH_POOL, START, as_task
from pipeline.airflow_support.refresh import refresh_tasks

__all__ = [
    "DEFAULT_ARGS",
    "INGEST_POOL",
    "LINKS",
    "LINK_POOL",
    "REFRESH_POOL",
    "SNAPSHOT",
    "START",
    "as_task",
    "deadline_missed",
    "documents_asset",
    "landing_asset",
    "refresh_tasks",
    "task_failed",
    "tasks",
]
