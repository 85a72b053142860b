"""Airflow on one machine, to try it: `python -m pipeline.airflow_support.local up`, and `demo` in another terminal.

Everything lies in one folder of the project (`.airflow`): Airflow's home with its SQLite database, the landing area and
the lake. It listens on loopback only, and nothing is written to ~/airflow.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent.parent
POOLS = ROOT / "configs" / "airflow" / "pools.json"
PORTS = range(8080, 8180)
GIVE_UP = 600.0  # seconds
SQLITE = {"timeout": 60}  # seconds that a writer waits for another: SQLite takes one at a time

# What a deployment of any size wants: a worker that dies is found within a minute, not within five.
HEARTBEATS = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "50",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "20",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "20",
}


def free_port() -> int:
    """A port of loopback that nobody listens on, 8080 if it is free."""
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {PORTS.start} and {PORTS.stop - 1}")


def environment(folder: Path, port: int, dags: Path = ROOT / "dags") -> dict[str, str]:
    """The variables of an Airflow whose home, lake and landing area are in a folder.

    Args:
        folder: takes `home`, `lake` and `landing`.
        port: of the web server, on loopback.
        dags: the DAG files.
    """
    address = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'home' / 'airflow.db'}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "pipeline.airflow_support.local.SQLITE",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__TRIGGERER__DEFAULT_CAPACITY": "50",
        **HEARTBEATS,
        "PASSERELLE_LAKE": str(folder / "lake"),
        "PASSERELLE_LANDING": str(folder / "landing"),
        "HF_HUB_OFFLINE": "1",
    }


def prepare(variables: Mapping[str, str]) -> None:
    """Makes the database and the pools."""
    given = {**os.environ, **variables}
    for arguments in (["db", "migrate"], ["pools", "import", str(POOLS)]):
        subprocess.run([airflow_program(), *arguments], env=given, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def airflow_program() -> str:
    """The `airflow` command of this interpreter's environment."""
    return str(Path(sys.executable).with_name("airflow"))


def up(folder: Path) -> int:
    """Starts Airflow in a folder and runs it until it is stopped with Ctrl-C or a signal; returns its exit status."""
    port = free_port()
    variables = environment(folder, port)
    for name in ("home", "landing/postings", "landing/credentials"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _say(f"preparing Airflow in {folder} (a few seconds, once)")
    prepare(variables)
    (folder / "port").write_text(str(port))
    given = {**os.environ, **variables, "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"}
    process = subprocess.Popen([airflow_program(), "standalone"], env=given)  # noqa: S603
    password = _password(folder / "home")
    _say(f"\nAirflow     http://127.0.0.1:{port}   user admin, password {password}")
    _say(f"landing     {folder / 'landing'}/postings and /credentials: put files there")
    _say(f"lake        {folder / 'lake'}")
    _say("samples     make airflow-demo, in another terminal\nstop        Ctrl-C\n")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a kill ends all of it, as Ctrl-C does
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        return process.wait()


def _password(home: Path) -> str:
    """The password that Airflow makes at its first start."""
    file = home / "simple_auth_manager_passwords.json.generated"
    deadline = time.monotonic() + GIVE_UP
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text()).strip():
            return str(json.loads(text)["admin"])
        time.sleep(0.5)
    raise TimeoutError(f"{file} was not written: see what Airflow says above")


class Api:
    """Airflow's own REST API, as the administrator of a local Airflow."""

    def __init__(self, folder: Path) -> None:
        self.address = f"http://127.0.0.1:{(folder / 'port').read_text().strip()}"
        body = {"username": "admin", "password": _password(folder / "home")}
        self._token = str(self.call("POST", "/auth/token", body)["access_token"])

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
        """One call; returns the JSON that it answers."""
        headers = {"Content-Type": "application/json"}
        if hasattr(self, "_token"):
            headers["Authorization"] = f"Bearer {self._token}"
        data = json.dumps(body).encode() if body is not None else None
        request = Request(self.address + path, data, headers, method=method)  # noqa: S310 - http on loopback
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, object] = json.loads(answer.read() or b"{}")
        return found

    def runs(self) -> list[dict[str, object]]:
        """Every run of every DAG, oldest first."""
        found = self.call("GET", "/api/v2/dags/~/dagRuns?order_by=run_after&limit=100")["dag_runs"]
        assert isinstance(found, list)
        return found


def demo(folder: Path) -> int:
    """Puts the samples into the landing area, and follows the runs until a snapshot is published.

    Returns:
        0 once it is; 1 if a run fails or nothing is published in time.
    """
    try:
        api = Api(folder)
    except (OSError, URLError):
        _say("Airflow is not running: start it with `make airflow`, in another terminal, and try again.")
        return 1
    before = _published(folder)
    start = time.monotonic()
    names = [land(kind, folder / "landing") for kind in ("postings", "credentials")]
    _say(f"put {names[0]} files of postings and {names[1]} of credentials into {folder / 'landing'}")
    shown: set[tuple[object, object]] = set()
    since = datetime.now(UTC).isoformat()
    while time.monotonic() - start < GIVE_UP:
        for run in api.runs():
            key = (run["dag_run_id"], run["state"])
            if key not in shown and str(run["run_after"]) >= since[:19]:
                shown.add(key)
                _say(f"{time.monotonic() - start:5.0f} s  {run['dag_id']}: {run['state']}")
                if run["state"] == "failed":
                    return 1
        if (now := _published(folder)) not in (None, before) and not _waiting(folder):
            _say(f"{time.monotonic() - start:5.0f} s  published {now}")
            _say(f"\npasserelle show matches --lake {folder / 'lake'}")
            return 0
        time.sleep(2)
    _say("Nothing new was published: the samples may be in the lake already, or see the runs in Airflow.")
    return 1


def land(kind: str, landing: Path) -> int:
    """Puts the bundled samples of a kind into a landing area, whole or not at all; returns how many files."""
    source = Path(str(files("pipeline").joinpath("samples"))) / kind
    found = [path for path in sorted(source.rglob("*")) if path.is_file()]
    for path in found:
        target = landing / kind / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        hidden = target.with_name(f".{target.name}")
        shutil.copyfile(path, hidden)
        hidden.rename(target)
    return len(found)


def _waiting(folder: Path) -> bool:
    return any(
        path.is_file() for kind in ("postings", "credentials") for path in (folder / "landing" / kind).rglob("*")
    )


def _published(folder: Path) -> str | None:
    pointer = folder / "lake" / "latest.json"
    return str(json.loads(pointer.read_text())["snapshot_id"]) if pointer.exists() else None


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    where = Path(sys.argv[2] if len(sys.argv) > 2 else ".airflow").resolve()
    sys.exit(demo(where) if sys.argv[1] == "demo" else up(where))
