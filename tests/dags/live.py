"""A live Airflow: each component a process of its own, which a test may kill and start again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.airflow_support import local
from tests.tiny import World, base_environment

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")


class LiveAirflow:
    """Runs in the folder of a world, on a free port of loopback."""

    def __init__(self, world: World, more: Mapping[str, str] | None = None) -> None:
        self.world = world
        self.port = local.free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._groups: list[
            int
        ] = []  # of every component that was ever started: what a killed one leaves is in its group
        home = world.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        self.variables = (
            base_environment(home) | local.environment(world.folder, self.port) | world.variables() | dict(more or {})
        )
        (world.folder / "port").write_text(str(self.port))

    def start(self, *names: str) -> None:
        """Starts components, by default all of them; their output goes to files in the world's folder."""
        for name in names or COMPONENTS:
            log = (self.world.folder / f"{name}.log").open("ab")
            self._processes[name] = subprocess.Popen(
                [local.airflow_program(), *name.split()], env=self.variables, stdout=log, stderr=log,
                cwd=self.world.folder, start_new_session=True,
            )  # fmt: skip
            self._groups.append(self._processes[name].pid)

    def kill(self, name: str, with_children: bool = False) -> None:
        """Ends a component as a crash would: no time to say goodbye."""
        process = self._processes.pop(name)
        send = os.killpg if with_children else os.kill
        send(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Ends everything that was started, and what that started."""
        for process in self._processes.values():
            with_group(process.pid, signal.SIGTERM)
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
        for group in self._groups:
            with_group(group, signal.SIGKILL)

    def api(self) -> local.Api:
        """The REST API, as administrator, once it answers."""
        return wait_for(lambda: _try(lambda: local.Api(self.world.folder)), 300, "the API")

    def wait_for(self, what: Callable[[], object], seconds: float, name: str) -> float:
        """Waits until something is true; returns how long that took, and shows the logs if it does not happen."""
        start = time.monotonic()
        try:
            wait_for(what, seconds, name)
        except AssertionError as error:
            tails = [f"--- {log.name}\n{log.read_text()[-1500:]}" for log in self.world.folder.glob("*.log")]
            raise AssertionError(f"{error}\n" + "\n".join(tails)) from None
        return time.monotonic() - start


def with_group(pid: int, number: int) -> None:
    """Signals a process and all that it started; nothing happens if they are gone."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def wait_for(what: Callable[[], object], seconds: float, name: str) -> object:
    """Waits until something is true, and returns it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{name} did not happen within {seconds:.0f} seconds")


def _try(what: Callable[[], object]) -> object:
    try:
        return what()
    except OSError:
        return None


@contextmanager
def live(world: World, more: Mapping[str, str] | None = None) -> Iterator[LiveAirflow]:
    """A live Airflow that is ready: its DAGs are known and its scheduler and triggerer are healthy."""
    airflow = LiveAirflow(world, more)
    local.prepare(airflow.variables)
    airflow.start()
    try:
        api = airflow.api()

        def ready() -> bool:
            health = api.call("GET", "/api/v2/monitor/health")
            dags = api.call("GET", "/api/v2/dags?limit=100")
            known = {dag["dag_id"] for dag in dags["dags"] if not dag["is_paused"]}
            parts = ("scheduler", "triggerer", "dag_processor")
            return len(known) >= 6 and all(health[part]["status"] == "healthy" for part in parts)

        airflow.wait_for(ready, 300, "a healthy Airflow with all DAGs")
        yield airflow
    finally:
        airflow.stop()


def latest(world: World) -> str | None:
    """The published snapshot."""
    pointer = Path(world.lake) / "latest.json"
    return json.loads(pointer.read_text())["snapshot_id"] if pointer.exists() else None


def left_over(world: World) -> list[str]:
    """Files that lie in the landing area and are not put away."""
    places = ("postings", "credentials", "claimed")
    found = (path for place in places for path in (Path(world.landing) / place).rglob("*"))
    return sorted(path.name for path in found if path.is_file())
