"""The DAG files: quick to parse, whole, and able to publish. Airflow itself runs them, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("airflow")

PARSE = """
import json, sys, time
import airflow.sdk
heavy = {"torch", "pyarrow", "duckdb", "faiss", "sentence_transformers", "pandas", "pipeline"}
before = sys.modules.keys() & heavy
start = time.process_time()
import importlib.util
for path in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location("dag_file", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(json.dumps({"seconds": time.process_time() - start, "heavy": sorted((sys.modules.keys() & heavy) - before)}))
"""

INSPECT = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print(json.dumps({
    "errors": bag.import_errors,
    "dags": {
        dag.dag_id: {
            "tasks": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
            "retries": min(task.retries for task in dag.tasks), "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs, "described": bool(dag.description and dag.doc_md),
        }
        for dag in bag.dags.values()
    },
}))
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, root: Path) -> dict[str, str]:
    """The environment of an Airflow that is nobody's: its own home, no examples, SQLite."""
    home = tmp_path_factory.mktemp("airflow")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PASSERELLE_", "PYTEST_"))
    }
    return kept | {
        "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "HF_HUB_OFFLINE": "1",
        "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"), "OMP_NUM_THREADS": "1", "NO_COLOR": "1",
    }  # fmt: skip


def python(code: str, environment: dict[str, str], *arguments: object) -> dict[str, object]:
    """The JSON that a script prints last."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_files_are_parsed_in_no_time_and_import_nothing_heavy(root: Path, airflow: dict[str, str]) -> None:
    """Airflow parses them every few seconds."""
    paths = sorted((root / "dags").glob("*.py"))
    assert paths
    found = python(PARSE, airflow, *paths)
    assert found["seconds"] < len(paths)
    assert found["heavy"] == []


def test_the_nightly_dag_is_whole(root: Path, airflow: dict[str, str]) -> None:
    found = python(INSPECT, airflow, root / "dags")
    assert found["errors"] == {}
    nightly = found["dags"]["passerelle_nightly"]
    assert nightly == {
        "tasks": {"ingest": [], "ingest_credentials": ["ingest"], "refresh": ["ingest_credentials"]},
        "retries": 2, "catchup": False, "max_active_runs": 1, "described": True,
    }  # fmt: skip


@pytest.mark.slow
def test_a_night_publishes_what_lies_in_the_landing_folders(
    root: Path, airflow: dict[str, str], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    program = Path(sys.executable).with_name("airflow")
    variables = airflow | {"PASSERELLE_LANDING": str(root / "samples"), "PASSERELLE_LAKE": str(lake)}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments], env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    run("db", "migrate")
    run("dags", "test", "passerelle_nightly", "2026-01-02")
    pointer = (lake / "latest.json").read_bytes()
    published = json.loads(pointer)["snapshot_id"]
    folder = lake / "snapshots" / published
    assert (folder / "manifest.json").is_file()
    counts = json.loads((folder / "manifest.json").read_bytes())["counts"]
    assert counts["credentials"] == 59
    assert counts["postings"] > 200

    log = run("dags", "test", "passerelle_nightly", "2026-01-03")
    assert published in log
    assert (lake / "latest.json").read_bytes() == pointer
    assert [path.name for path in (lake / "snapshots").iterdir()] == [published]
