"""The DAG files: quick to parse, whole, and able to publish. Airflow itself runs them, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("airflow")

INSPECT = """
import importlib.util, json, sys, time
import airflow.sdk
heavy = {"torch", "pyarrow", "duckdb", "faiss", "sentence_transformers", "pandas", "pipeline"}
before = sys.modules.keys() & heavy
start = time.process_time()
for path in sys.argv[2:]:
    spec = importlib.util.spec_from_file_location("dag_file", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
seconds = time.process_time() - start
imported = sorted((sys.modules.keys() & heavy) - before)

from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print(json.dumps({
    "seconds": seconds, "imported": imported, "errors": bag.import_errors,
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


@pytest.fixture(scope="module")
def parsed(airflow: dict[str, str], root: Path) -> dict[str, object]:
    """What Airflow finds in the DAG files, and what parsing them took."""
    folder = root / "dags"
    done = subprocess.run(
        [sys.executable, "-c", INSPECT, folder, *sorted(folder.glob("*.py"))],
        env=airflow, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_files_are_parsed_in_no_time_and_import_nothing_heavy(root: Path, parsed: dict[str, object]) -> None:
    """Airflow parses them every few seconds; the time that it takes to import itself is not theirs."""
    files = len(list((root / "dags").glob("*.py")))
    assert files
    assert parsed["seconds"] < files
    assert parsed["imported"] == []


def test_the_nightly_dag_is_whole(parsed: dict[str, object]) -> None:
    assert parsed["errors"] == {}
    assert parsed["dags"]["passerelle_nightly"] == {
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
