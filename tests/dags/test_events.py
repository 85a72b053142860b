"""Events on a live Airflow: scheduler, triggerer, DAG processor and API server, each killed when it hurts.

They share one Airflow and one lake, and build on each other in the order of the file. About six minutes on two cores.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from pipeline.ingest import DocumentStore
from pipeline.lake import Lake
from tests.tiny import CREDENTIALS, World, make_world, rows_of, save_tiny_taxonomy

pytest.importorskip("airflow")

from .live import LiveAirflow, latest, left_over, live

pytestmark = pytest.mark.slow
BURST = 60


def posting(number: int) -> str:
    """One posting as a line of JSON, unlike any other."""
    text = f"Operate lift truck number {number}. Load pallet {number * 7}. Count the stock of aisle {number * 13}."
    return json.dumps({
        "source_id": f"B-{number}", "title": f"Forklift operator {number}", "employer": f"Depot {number}",
        "description": text, "posted_on": "2026-05-01", "language": "en",
    })  # fmt: skip


def drop(world: World, name: str, content: str, kind: str = "postings") -> None:
    """Puts one file into the landing area, whole or not at all."""
    inbox = Path(world.landing) / kind
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / f".{name}").write_text(content)
    (inbox / f".{name}").rename(inbox / name)


def documents(world: World) -> int:
    return DocumentStore(Lake(world.lake), "postings").current().num_rows


def published_postings(world: World) -> int:
    return len(rows_of(Path(world.lake), "postings")) if latest(world) else 0


def runs(airflow: LiveAirflow, dag_id: str, kind: str | None = None) -> list[dict[str, object]]:
    found = airflow.api().call("GET", f"/api/v2/dags/{dag_id}/dagRuns?limit=100")["dag_runs"]
    assert isinstance(found, list)
    return [run for run in found if kind is None or run["run_type"] == kind]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveAirflow]:
    folder = tmp_path_factory.mktemp("live")
    world = make_world(folder / "world", save_tiny_taxonomy(folder / "taxonomy"))
    with live(world) as started:
        yield started


def test_a_file_that_lands_is_published(airflow: LiveAirflow) -> None:
    """Within 120 seconds on two cores; here twice that is allowed, for machines that have other work."""
    world = airflow.world
    drop(world, "formations.jsonl", CREDENTIALS.read_text(), "credentials")
    drop(world, "first.jsonl", posting(1001))
    airflow.wait_for(lambda: published_postings(world) == 1, 300, "the first publication")
    first = latest(world)
    drop(world, "second.jsonl", posting(1002))
    seconds = airflow.wait_for(lambda: latest(world) != first and published_postings(world) == 2, 240, "the second")
    print(f"from file drop to published snapshot: {seconds:.0f} s")  # noqa: T201 - shown with -s
    assert left_over(world) == []


def test_the_api_rings_the_bell_for_those_who_are_signed_in(airflow: LiveAirflow) -> None:
    api = airflow.api()
    assets = api.call("GET", "/api/v2/assets?name_pattern=landing/postings")["assets"]
    (asset,) = [each for each in assets if each["name"] == "landing/postings"]
    body = {"asset_id": asset["id"], "extra": {"note": "rung by hand"}}
    request = Request(
        f"http://127.0.0.1:{airflow.port}/api/v2/assets/events", json.dumps(body).encode(),
        {"Content-Type": "application/json"}, method="POST",
    )  # fmt: skip
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=30)
    assert refused.value.code == 401
    before = len(runs(airflow, "ingest_postings", "asset_triggered"))
    api.call("POST", "/api/v2/assets/events", body)
    airflow.wait_for(
        lambda: len(runs(airflow, "ingest_postings", "asset_triggered")) > before, 90, "a run that the call started"
    )


def test_the_page_of_the_plugin_is_for_those_who_are_signed_in(airflow: LiveAirflow) -> None:
    address = f"http://127.0.0.1:{airflow.port}/passerelle/"
    with pytest.raises(HTTPError) as refused:
        urlopen(address, timeout=30)
    assert refused.value.code == 401
    token = airflow.api()._token
    with urlopen(Request(address, headers={"Authorization": f"Bearer {token}"}), timeout=30) as answer:
        page = answer.read().decode()
    assert str(latest(airflow.world)) in page
    wrong = Request(f"{address}files/x/..%2f..%2flatest.json", headers={"Authorization": f"Bearer {token}"})
    with pytest.raises(HTTPError) as missing:
        urlopen(wrong, timeout=30)
    assert missing.value.code == 404


def test_a_burst_with_the_triggerer_and_the_scheduler_killed(airflow: LiveAirflow) -> None:
    world = airflow.world
    airflow.wait_for(lambda: not left_over(world), 120, "an empty landing area")
    had, refreshes = documents(world), len(runs(airflow, "refresh_matches"))
    for number in range(BURST):
        drop(world, f"burst-{number:02d}.jsonl", posting(number))
        time.sleep(0.4)
        if number == BURST // 3:
            airflow.kill("triggerer", with_children=True)
            airflow.start("triggerer")
        if number == 2 * BURST // 3:
            airflow.kill("scheduler")
            airflow.start("scheduler")
    everything = had + BURST
    airflow.wait_for(lambda: documents(world) == everything and not left_over(world), 400, "the burst in the lake")
    airflow.wait_for(lambda: published_postings(world) == everything, 400, "the burst published")
    received = Counter[str]()
    for name in (each for each in Lake(world.lake).names("runs") if "-postings-" in each):
        received.update({k: v for k, v in Lake(world.lake).read_json(f"runs/{name}").items() if isinstance(v, int)})
    assert received["new"] == everything
    done = [path.name for path in (Path(world.landing) / "done" / "postings").rglob("burst-*") if path.is_file()]
    assert sorted(done) == [f"burst-{number:02d}.jsonl" for number in range(BURST)]
    assert len(runs(airflow, "refresh_matches")) - refreshes <= 12


def test_a_shard_whose_worker_is_killed_is_taken_up_again(airflow: LiveAirflow) -> None:
    """The process that links a shard dies with its supervisor, so that nobody tells the scheduler."""
    world = airflow.world
    lake = Lake(world.lake)
    before, parts = latest(world), link_parts(lake)
    drop(world, "many.jsonl", "\n".join(posting(5000 + number) for number in range(80)))
    airflow.wait_for(lambda: kill_shard(airflow), 240, "a shard being linked")
    killed = time.monotonic()
    again = airflow.wait_for(lambda: link_parts(lake) - parts and tries(airflow) > 1, 240, "the shard done again")
    airflow.wait_for(lambda: latest(world) != before, 240, "a publication")
    print(f"the killed shard was done again after {again:.0f} s")  # noqa: T201
    assert again < 120, time.monotonic() - killed


def link_parts(lake: Lake) -> set[str]:
    return {part for folder in lake.folders("cache/links") for part in lake.names(f"cache/links/{folder}")}


def tries(airflow: LiveAirflow) -> int:
    """How often the most tried shard of the newest refresh was tried, among those that are done."""
    (run, *_) = sorted(runs(airflow, "refresh_matches"), key=lambda run: str(run["run_after"]), reverse=True)
    path = f"/api/v2/dags/refresh_matches/dagRuns/{run['dag_run_id']}/taskInstances?limit=100"
    found = airflow.api().call("GET", path)["task_instances"]
    assert isinstance(found, list)
    shards = [ti for ti in found if ti["task_id"] == "link_shard" and ti["state"] == "success"]
    return max((int(ti["try_number"]) for ti in shards), default=0)


def kill_shard(airflow: LiveAirflow) -> bool:
    """Kills the task that links a shard and the process that supervises it; False if none is running."""
    path = "/api/v2/dags/refresh_matches/dagRuns/~/taskInstances?state=running&limit=100"
    running = airflow.api().call("GET", path)["task_instances"]
    assert isinstance(running, list)
    ids = [str(each["id"]) for each in running if each["task_id"] == "link_shard"]
    victims = [pid for pid, command in processes() if any(each in command for each in ids)]
    for victim in victims:
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    return len(victims) > 1


def processes() -> list[tuple[int, str]]:
    """Every process: its number and its command line, which Airflow sets to the id of the task at hand."""
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    rows = (line.split(None, 1) for line in listed.stdout.splitlines())
    return [(int(row[0]), row[1]) for row in rows if len(row) == 2]
