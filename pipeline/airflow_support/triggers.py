"""The doorbell: a trigger that says that something has landed, and says it again for as long as it lies there.

It names no file and hands nothing over. An announcement may be lost, merged with others or repeated, and nothing
depends on it: the task that it starts takes all that lies in the landing area. It keeps no state, so that a triggerer
that is killed and started again goes on where it should; and what has been taken is gone, so it rings no more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from pipeline.airflow_support.places import landing_place
from pipeline.errors import PasserelleError

if TYPE_CHECKING:
    from pipeline.ingest import Kind

log = logging.getLogger(__name__)


class LandingTrigger(BaseEventTrigger):
    """Fires when files have landed: at once for new ones, and every `again` seconds while any lies there.

    Args:
        kind: "postings" or "credentials".
        poll: seconds between two looks.
        again: seconds after which it fires again for what still lies there.
    """

    def __init__(self, kind: Kind, poll: float = 3.0, again: float = 30.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kind, self.poll, self.again = kind, poll, again

    def serialize(self) -> tuple[str, dict[str, object]]:
        """How the triggerer makes this trigger anew."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, {"kind": self.kind, "poll": self.poll, "again": self.again}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Announces, as long as the triggerer runs; a landing area that can't be read is looked at again later."""
        known: frozenset[str] = frozenset()
        announced = float("-inf")
        while True:
            try:
                names = await asyncio.to_thread(self._waiting)
            except PasserelleError as error:
                log.warning("%s", error)
                names = known
            overdue = time.monotonic() - announced >= self.again
            if names and (names - known or overdue):
                announced = time.monotonic()
                yield TriggerEvent({"kind": self.kind, "files": len(names)})  # type: ignore[no-untyped-call]
            known = names
            await asyncio.sleep(self.poll)

    def _waiting(self) -> frozenset[str]:
        from datetime import UTC, datetime  # noqa: PLC0415 - with what follows, not where a DAG file is parsed

        from pipeline import steps  # noqa: PLC0415
        from pipeline.settings import load_settings  # noqa: PLC0415

        area = steps.landing_area(landing_place(), self.kind, load_settings())
        return frozenset(f"{file.name}\t{file.size}\t{file.modified}" for file in area.waiting(datetime.now(UTC)))
