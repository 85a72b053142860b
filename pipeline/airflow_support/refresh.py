"""The tasks of a refresh, which two DAGs share."""

from __future__ import annotations

from airflow.sdk import BaseOperatorLink, TriggerRule, XComArg

from pipeline.airflow_support import tasks
from pipeline.airflow_support.assets import LINKS, REPORT, SNAPSHOT
from pipeline.airflow_support.defaults import LINK_POOL, REFRESH_POOL, as_task
from pipeline.airflow_support.links import PublishedLink

LINKS_TO: tuple[BaseOperatorLink, ...] = (PublishedLink(),)


def refresh_tasks(force: bool | str = False, relink: bool | str = False) -> XComArg:
    """Plan -> link_shard (mapped) -> build -> check -> publish -> report.

    Args:
        force: build again even if nothing has changed; a template where the run's parameters decide.
        relink: link all text again; likewise.

    Returns:
        The id of the published snapshot.
    """
    shards = as_task(tasks.plan, pool=REFRESH_POOL)(force=force, relink=relink)
    linked = as_task(tasks.link_shard, pool=LINK_POOL, max_active_tis_per_dagrun=64).expand(shard=shards)
    # Skipped with the plan; run when all shards are linked, or when there was none to link.
    built = as_task(
        tasks.build, pool=REFRESH_POOL, outlets=[LINKS], trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS
    )(force=force)
    [shards, linked] >> built
    checks = as_task(tasks.check, pool=REFRESH_POOL)(built)
    published = as_task(tasks.publish, pool=REFRESH_POOL, outlets=[SNAPSHOT])(built, checks)
    reported = as_task(tasks.report, pool=REFRESH_POOL, outlets=[REPORT])(published)
    for each in (published, reported):
        each.operator.operator_extra_links = LINKS_TO
    return published  # type: ignore[no-any-return]
