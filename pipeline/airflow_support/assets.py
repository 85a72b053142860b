"""The assets, from what lands to what is published, and who rings the bell.

landing/postings      landing/credentials       something lies there (announced)
documents/postings    documents/credentials     something new is in the lake
links                                           its text is linked
snapshot                                        tables are published
report                                          the site that shows them is built
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING

from airflow.sdk import Asset, AssetWatcher

from pipeline.airflow_support.triggers import LandingTrigger

if TYPE_CHECKING:
    from airflow.triggers.base import BaseEventTrigger

    from pipeline.ingest import Kind

LINKS = Asset("links", group="passerelle")
SNAPSHOT = Asset("snapshot", group="passerelle")
REPORT = Asset("report", group="passerelle")
QUEUE = "PASSERELLE_QUEUE"


@cache
def landing_asset(kind: Kind) -> Asset:
    """What lands of a kind: announced by the landing area itself, and by a message queue if one is configured."""
    watchers = [AssetWatcher(name=f"landing_{kind}", trigger=LandingTrigger(kind))]
    if os.environ.get(QUEUE):
        watchers.append(AssetWatcher(name=f"queue_{kind}", trigger=_queue(kind)))
    return Asset(f"landing/{kind}", group="passerelle", watchers=watchers)


def _queue(kind: Kind) -> BaseEventTrigger:
    """The common messaging provider's trigger, as PASSERELLE_QUEUE describes it in JSON: `{kind}` is filled in.

    `{"scheme": "redis+pubsub", "channels": ["passerelle.{kind}"], "poll_interval": 1}`; any scheme of a provider that
    is installed will do (kafka, sqs, azure+servicebus).
    """
    from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger  # noqa: PLC0415 - if needed

    return MessageQueueTrigger(**json.loads(os.environ[QUEUE].replace("{kind}", kind)))


@cache
def documents_asset(kind: Kind) -> Asset:
    """The documents of a kind: changed when a batch brought something new."""
    return Asset(f"documents/{kind}", group="passerelle")
