"""What every task is given: an owner, retries where they can help, and a callback for failures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, task

from pipeline.airflow_support.callbacks import task_failed
from pipeline.errors import EncoderError, GateError, SettingsError, TaxonomyError

START = datetime(2026, 1, 1, tzinfo=UTC)
INGEST_POOL, LINK_POOL, REFRESH_POOL = "passerelle_ingest", "passerelle_link", "passerelle_refresh"

# A wrong setting, a missing model or a table that breaks its contract is as wrong the second time. A store or a disk
# that fails (LakeError), or a worker that dies, may be well again.
RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[SettingsError, TaxonomyError, EncoderError, GateError],
            action=RetryAction.FAIL,
            reason="trying again would end the same way: see the message",
        )
    ]
)

DEFAULT_ARGS: dict[str, object] = {
    "owner": "passerelle",
    "retries": 3,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": RETRIES,
    "on_failure_callback": task_failed,
    "execution_timeout": timedelta(hours=6),
}


def as_task(function: Callable[..., object], **options: object) -> Any:  # noqa: ANN401 - results stand in for values
    """Makes a function a task, described by its docstring: call it, or `expand` it, where the DAG is defined."""
    return task(doc_md=function.__doc__, **options)(function)  # type: ignore[call-overload]
