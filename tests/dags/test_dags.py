"""The DAG files: quick to parse, whole, documented; and each run by Airflow itself, in a home of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import ROOT, base_environment, make_world, save_tiny_taxonomy

pytest.importorskip("airflow")

INSPECT = """
import importlib.util, json, sys, time
import airflow.sdk
heavy = {"torch", "pyarrow", "duckdb", "faiss", "sentence_transformers", "pandas", "numpy", "sklearn"}
before = sys.modules.keys() & heavy
seconds = {}
for path in sys.argv[2:]:
    start = time.process_time()
    spec = importlib.util.spec_from_file_location("dag_file", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    seconds[path] = time.process_time() - start
imported = sorted((sys.modules.keys() & heavy) - before)

from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print(json.dumps({
    "seconds": seconds, "imported": imported, "errors": bag.import_errors,
    "dags": {
        dag.dag_id: {
            "tasks": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
            "retries": [task.retries for task in dag.tasks], "owners": sorted({task.owner for task in dag.tasks}),
            "pools": sorted({task.pool for task in dag.tasks}), "tags": sorted(dag.tags), "late": bool(dag.deadline),
            "undocumented": [task.task_id for task in dag.tasks if not task.doc_md], "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs, "described": bool(dag.description and dag.doc_md),
            "told": [task.task_id for task in dag.tasks if not task.on_failure_callback],
            "outlets": sorted(asset.name for task in dag.tasks for asset in task.outlets),
            "schedule": type(dag.timetable).__name__,
            "params": {name: dag.params.get_param(name).schema for name in dag.params},
        }
        for dag in bag.dags.values()
    },
}))
"""
NAMES = {
    "evaluate_quality", "ingest_credentials", "ingest_postings", "maintain", "rebuild_all", "refresh_matches",
}  # fmt: skip
REFRESH = {
    "plan": [], "link_shard": ["plan"], "build": ["link_shard", "plan"], "check": ["build"],
    "publish": ["build", "check"], "report": ["publish"],
}  # fmt: skip

Dags = dict[str, dict[str, object]]
Story = dict[str, dict[str, object]]


# --- The files ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What Airflow finds in the DAG files, and what parsing them took."""
    folder = ROOT / "dags"
    done = subprocess.run(
        [sys.executable, "-c", INSPECT, folder, *sorted(folder.glob("*.py"))],
        env=base_environment(tmp_path_factory.mktemp("airflow")), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_each_file_is_parsed_in_no_time_and_imports_nothing_heavy(parsed: dict[str, dict[str, float]]) -> None:
    """Airflow parses them every few seconds; the time that it takes to import itself is not theirs."""
    assert len(parsed["seconds"]) == 5
    assert max(parsed["seconds"].values()) < 1
    assert parsed["imported"] == []


def test_the_dags_are_all_there_and_whole(parsed: dict[str, Dags]) -> None:
    assert parsed["errors"] == {}
    dags = parsed["dags"]
    assert set(dags) == NAMES
    for name in ("refresh_matches", "rebuild_all"):
        assert dags[name]["tasks"] == REFRESH
    assert dags["ingest_postings"]["tasks"] == {"drain": []}
    assert dags["maintain"]["tasks"] == {"verify_published": [], "tidy": ["verify_published"]}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_dag_is_fit_to_be_operated(parsed: dict[str, Dags], name: str) -> None:
    dag = parsed["dags"][name]
    assert dag["described"]
    assert dag["undocumented"] == []
    assert dag["told"] == []
    assert dag["owners"] == ["passerelle"]
    assert "passerelle" in dag["tags"]
    assert (dag["catchup"], dag["max_active_runs"]) == (False, 1)
    pools = json.loads((ROOT / "configs" / "airflow" / "pools.json").read_text())
    assert set(dag["pools"]) <= set(pools)
    assert pools["passerelle_refresh"]["slots"] == 1


def test_schedules_and_outlets(parsed: dict[str, Dags]) -> None:
    dags = parsed["dags"]
    for name in ("ingest_postings", "ingest_credentials", "refresh_matches"):
        assert dags[name]["schedule"] == "AssetOrTimeSchedule"
    assert [name for name in sorted(NAMES) if dags[name]["late"]] == ["refresh_matches"]
    assert dags["ingest_credentials"]["outlets"] == ["documents/credentials"]
    assert dags["refresh_matches"]["outlets"] == ["links", "report", "snapshot"]


def test_parameters_have_schemas(parsed: dict[str, Dags]) -> None:
    dags = parsed["dags"]
    assert dags["rebuild_all"]["params"]["relink"]["type"] == "boolean"
    assert dags["rebuild_all"]["params"]["reason"]["minLength"] == 3
    assert dags["maintain"]["params"]["dry_run"]["type"] == "boolean"
    assert set(dags["evaluate_quality"]["params"]) == {"data", "page"}


# --- Their runs -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """The story that `drive` plays: what became of each run, and what the user interface has to show."""
    folder = tmp_path_factory.mktemp("story")
    world = make_world(folder / "world", save_tiny_taxonomy(folder / "taxonomy"))
    variables = base_environment(folder / "home") | world.variables()
    for arguments in (
        [Path(sys.executable).with_name("airflow"), "db", "migrate"],
        [sys.executable, "-m", "tests.dags.drive", world.folder],
    ):
        done = subprocess.run(
            arguments, env=variables, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        log = done.stdout + done.stderr
    return json.loads((world.folder / "story.json").read_text()) | {"log": log}


@pytest.fixture(scope="module")
def story(told: dict[str, Story]) -> Story:
    return told["story"]


def states(run: dict[str, object]) -> dict[str, str]:
    """The states of a run's tasks, shards taken together."""
    tasks = run["tasks"]
    assert isinstance(tasks, dict)
    return {name.partition(".")[0]: state for name, state in tasks.items()}


def test_an_empty_landing_area_ends_the_run_at_once(story: Story) -> None:
    assert states(story["empty"]) == {"drain": "skipped"}


def test_what_lands_is_published(story: Story) -> None:
    assert states(story["postings"]) == states(story["credentials"]) == {"drain": "success"}
    assert set(states(story["first"]).values()) == {"success"}
    assert sum(name.startswith("link_shard.") for name in story["first"]["tasks"]) > 1
    assert story["credentials"]["published"] is None
    assert story["first"]["published"]


def test_a_run_that_finds_nothing_new_ends_at_once(story: Story) -> None:
    assert set(states(story["nothing new"]).values()) == {"skipped"}
    assert story["nothing new"]["published"] == story["first"]["published"]
    assert states(story["the same again"]) == {"drain": "skipped"}


def test_a_rebuild_gives_the_same_bytes_and_publishes_nothing(story: Story) -> None:
    found = states(story["rebuilt"])
    assert (found.pop("publish"), found.pop("report")) == ("skipped", "skipped")
    assert set(found.values()) == {"success"}
    assert story["rebuilt"]["published"] == story["first"]["published"]


def test_the_gate_holds_back_and_says_why(story: Story, told: dict[str, str]) -> None:
    found = states(story["held back"])
    assert (found["build"], found["check"], found["publish"]) == ("success", "failed", "upstream_failed")
    assert story["held back"]["published"] == story["first"]["published"]
    assert story["held back"]["tries"]["check"] == 1, "the gate would say the same the second time"
    assert "postings in which skills were found" in told["log"]
    assert "Passerelle: refresh_matches.check failed" in told["log"]


def test_a_withdrawn_posting_leaves_the_tables(story: Story) -> None:
    assert states(story["withdrawal"]) == {"drain": "success"}
    assert story["without it"]["state"] == "success"
    assert story["without it"]["published"] != story["first"]["published"]


def test_a_bad_setting_is_not_tried_again(story: Story, told: dict[str, str]) -> None:
    assert states(story["bad setting"])["plan"] == "failed"
    assert story["bad setting"]["tries"]["plan"] == 1
    assert "PASSERELLE_NO_SUCH__SETTING" in told["log"]


def test_maintenance_and_evaluation_run(story: Story) -> None:
    assert states(story["maintained"]) == {"verify_published": "success", "tidy": "success"}
    assert states(story["evaluated"]) == {"evaluate": "skipped"}


def test_the_user_interface_has_counts_and_links(told: dict[str, dict[str, list[object]]]) -> None:
    events = told["ui"]["events"]
    (documents,) = [extra for name, extra in events if name == "documents/credentials"]
    assert documents["received"] == documents["accepted"] + documents["duplicates"] + documents["quarantined"] > 0
    assert documents["batches"]
    first = next(extra for name, extra in events if name == "snapshot")
    assert first["rows"]["postings"] > 0
    assert first["checks"] > 100
    links = next(extra for name, extra in events if name == "links")
    assert links["units_reused"] > 0
    assert links["units_linked"] == 0, "all text is linked by the shards"
    assert all(str(link).endswith("/passerelle/") for link in told["ui"]["links"])
    assert told["ui"]["links"]
