"""Who is told when a task fails or a night is late: the log always, e-mail and Slack where a connection is there.

The connection `passerelle_smtp` (type SMTP) sends e-mail to the addresses in its extra field
`{"to": ["data@example.org"]}`. The connection `passerelle_slack` (any type) holds an incoming webhook's whole URL as
its password. A message that cannot be sent is logged, and never fails anything else.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from urllib.request import Request, urlopen

SMTP, SLACK = "passerelle_smtp", "passerelle_slack"
SECONDS = 10
log = logging.getLogger(__name__)


def task_failed(context: Mapping[str, object]) -> None:
    """Says which task of which run failed, and why."""
    instance = context["task_instance"]
    reason = context.get("exception") or "the process that ran it has died"
    name = f"{getattr(instance, 'dag_id', '?')}.{getattr(instance, 'task_id', '?')}"
    tell(f"Passerelle: {name} failed", f"{name} failed in run {getattr(instance, 'run_id', '?')}.\n\n{reason}")


async def deadline_missed(context: Mapping[str, object] | None = None, dag_id: str = "") -> None:
    """Says that a run has not ended in time; Airflow calls this in the triggerer."""
    import asyncio  # noqa: PLC0415 - only the triggerer needs it

    run = (context or {}).get("dag_run")
    name = run.get("dag_run_id", "?") if isinstance(run, Mapping) else getattr(run, "run_id", "?")
    text = f"The run {name} of {dag_id} is late: what is published may be older than it should be."
    await asyncio.to_thread(tell, f"Passerelle: {dag_id} is late", text)


def tell(subject: str, text: str) -> None:
    """Logs a message, and sends it to every connection that is there."""
    log.error("%s: %s", subject, text)
    senders: tuple[tuple[str, Callable[[str, str], None]], ...] = ((SMTP, _mail), (SLACK, _slack))
    for name, send in senders:
        try:
            if _has_connection(name):
                send(subject, text)
        except Exception:
            log.exception("The message could not be sent by the connection %s", name)


def _has_connection(name: str) -> bool:
    from airflow.sdk import Connection  # noqa: PLC0415 - not at parse time
    from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: PLC0415

    try:
        Connection.get(name)
    except AirflowNotFoundException:
        return False
    return True


def _mail(subject: str, text: str) -> None:
    from airflow.providers.smtp.hooks.smtp import SmtpHook  # noqa: PLC0415 - not at parse time
    from airflow.sdk import Connection  # noqa: PLC0415

    to = Connection.get(SMTP).extra_dejson["to"]
    with SmtpHook(smtp_conn_id=SMTP) as hook:
        hook.send_email_smtp(to=to, subject=subject, html_content=f"<pre>{_escaped(text)}</pre>")


def _slack(subject: str, text: str) -> None:
    from airflow.sdk import Connection  # noqa: PLC0415 - not at parse time

    url = Connection.get(SLACK).password
    if not url or not url.startswith(("https://", "http://")):
        raise ValueError(f"the password of the connection {SLACK} should be the webhook's URL")
    body = json.dumps({"text": f"*{subject}*\n{text}"}).encode()
    request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - the scheme is checked above
    with urlopen(request, timeout=SECONDS):  # noqa: S310
        pass


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
