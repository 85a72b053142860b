"""From the page of a task to what it published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

PREFIX = "/passerelle"


class PublishedLink(BaseOperatorLink):
    """The button on the page of `publish`: the snapshot that is published, in the view of the plugin."""

    name = "Published snapshot"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address, below that of Airflow's own web server."""
        from airflow.sdk import conf  # noqa: PLC0415 - not at parse time

        return f"{conf.get('api', 'base_url', fallback='').rstrip('/')}{PREFIX}/"
