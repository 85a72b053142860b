"""PostgreSQL, Redis, two Celery workers and a lake on S3, on loopback: the bytes of a run on one machine.

`make test-distributed` installs what this needs and sets MOTO_SERVER to the `moto_server` command. About
five minutes on two cores.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyarrow import fs

from pipeline import maintenance, steps
from pipeline.lake import Lake
from pipeline.settings import load_settings
from tests.tiny import World, make_world, save_tiny_taxonomy

pytest.importorskip("airflow")

from .live import LiveAirflow, live, wait_for

MOTO = os.environ.get("MOTO_SERVER")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MOTO, reason="needs Redis, PostgreSQL and moto: run `make test-distributed`"),
]
POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
BUCKET = "passerelle"
QUEUE = '{"scheme": "redis+pubsub", "channels": ["passerelle.{kind}"], "poll_interval": 1}'
KEYS = {
    "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(log: Path, *command: object, port: int) -> Iterator[None]:
    """A server on loopback, from when it listens until the block ends."""
    with log.open("wb") as out:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=out, cwd=log.parent)
    try:
        wait_for(lambda: listens(port), 60, f"{command[0]}")
        yield
    finally:
        process.terminate()
        process.wait(30)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def postgres(folder: Path, port: int) -> Iterator[None]:
    """A database server of its own; as the user postgres where this is run by root, whom it refuses."""
    data = folder / "data"
    data.mkdir(parents=True)
    as_whom: list[object] = []
    if os.geteuid() == 0:
        for part in (folder, data):
            shutil.chown(part, "postgres", "postgres")
        for parent in data.parents:
            if parent.stat().st_uid == 0 and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
        as_whom = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    made = [*as_whom, POSTGRES / "initdb", "-D", data, "-U", "airflow", "-A", "trust", "--no-sync"]
    subprocess.run([str(word) for word in made], check=True, capture_output=True, cwd="/")
    command = [*as_whom, POSTGRES / "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", data, "-F"]
    with server(folder.parent / "postgres.log", *command, port=port):
        uri = f"postgresql://airflow@127.0.0.1:{port}/postgres"
        wait_for(lambda: sql(uri, "CREATE DATABASE airflow"), 30, "the database")
        yield


def sql(uri: str, statement: str) -> bool:
    return subprocess.run(["psql", uri, "-c", statement], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveAirflow]:
    """Everything, started: the components, two workers, and a world on S3 in which nothing has landed yet."""
    folder = tmp_path_factory.mktemp("cluster")
    redis, database, store = free_port(), free_port(), free_port()
    endpoint = f"endpoint_override=127.0.0.1:{store}&scheme=http"
    world = make_world(folder / "world", save_tiny_taxonomy(folder / "taxonomy"))
    world.settings.write_text(world.settings.read_text().replace("shard_units = 120", "shard_units = 25"))
    world = replace(world, lake=f"s3://{BUCKET}/lake?{endpoint}", landing=f"s3://{BUCKET}/landing?{endpoint}")
    base = f"postgresql+psycopg2://airflow@127.0.0.1:{database}/airflow"
    more = KEYS | {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": base,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{redis}/0",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{base}",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": "for this test, and the same in every component",
        "AIRFLOW_CONN_REDIS_DEFAULT": f"redis://127.0.0.1:{redis}",
        "PASSERELLE_QUEUE": QUEUE,
    }
    with (
        pytest.MonkeyPatch.context() as patch,
        server(folder / "redis.log", "redis-server", "--port", redis, "--bind", "127.0.0.1", "--save", "", port=redis),
        server(folder / "moto.log", MOTO, "-H", "127.0.0.1", "-p", store, port=store),
        postgres(folder / "postgres", database),
    ):
        for name, value in KEYS.items():
            patch.setenv(name, value)
        system, _ = fs.FileSystem.from_uri(f"s3://{BUCKET}?{endpoint}&allow_bucket_creation=true")
        system.create_dir(BUCKET)
        with live(world, more) as airflow:
            airflow.start("celery worker --celery-hostname one@%h", "celery worker --celery-hostname two@%h")
            yield airflow


def digests(lake: Lake) -> dict[str, object]:
    """The published snapshot and the SHA-256 of its files, which are verified."""
    identity = maintenance.check_published(lake)
    files = lake.read_json(f"snapshots/{identity}/manifest.json")["files"] if identity else {}
    assert isinstance(files, dict)
    return {"snapshot": identity, **files}


def on_one_machine(world: World, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, object]:
    """The same files and settings, step by step in this process."""
    here = replace(world, lake=str(folder / "lake"), landing=str(folder / "landing"))
    here.land_all()
    time.sleep(0.6)
    for name, value in here.variables().items():
        patch.setenv(name, value)
    lake, settings = Lake(here.lake), load_settings()
    for kind in steps.KINDS:
        steps.drain(lake, settings, kind, steps.landing_area(here.landing, kind, settings), datetime.now(UTC))
    plan = steps.plan(lake, settings)
    for shard in plan.shards:
        steps.link_shard(lake, settings, shard)
    built = steps.build(lake, settings)
    steps.check(lake, settings, built)
    steps.publish_built(lake, built, datetime.now(UTC))
    return digests(lake)


def shards(airflow: LiveAirflow) -> list[dict[str, object]]:
    """The mapped tasks of all refreshes."""
    path = "/api/v2/dags/~/dagRuns/~/taskInstances?limit=200&task_id=link_shard"
    found = airflow.api().call("GET", path)["task_instances"]
    assert isinstance(found, list)
    return [each for each in found if each["task_id"] == "link_shard"]


def linking(airflow: LiveAirflow) -> bool:
    """Whether a shard is being linked."""
    return any(each["state"] == "running" for each in shards(airflow))


def test_one_worker_dies_and_the_bytes_are_those_of_one_machine(
    cluster: LiveAirflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = cluster.world
    world.land_all()
    cluster.wait_for(lambda: linking(cluster), 300, "a shard being linked")
    cluster.kill("celery worker --celery-hostname one@%h", with_children=True)
    lake = Lake(world.lake)
    cluster.wait_for(lambda: lake.latest() is not None, 400, "a publication")
    done = shards(cluster)
    assert {each["state"] for each in done} == {"success"}
    assert len(done) >= 4
    published = digests(lake)
    assert published == on_one_machine(world, tmp_path, monkeypatch)
    assert lake.names("leases/publish") == []


def test_a_message_rings_the_bell(cluster: LiveAirflow) -> None:
    """Redis tells whoever listens: the message is in the asset's events, and a run follows."""
    api = cluster.api()
    port = cluster.variables["AIRFLOW_CONN_REDIS_DEFAULT"].rpartition(":")[2]

    def heard() -> bool:
        subprocess.run(["redis-cli", "-p", port, "publish", "passerelle.postings", "arrived"], check=True,
                       capture_output=True)  # fmt: skip
        events = api.call("GET", "/api/v2/assets/events?limit=100&order_by=-timestamp")["asset_events"]
        assert isinstance(events, list)
        return any("arrived" in str(event["extra"]) for event in events)

    cluster.wait_for(heard, 120, "an event with the message")
