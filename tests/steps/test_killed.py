"""A run that is killed at any point: readers see a whole snapshot, and the next run comes to the same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import ROOT, base_environment, save_tiny_taxonomy

POINTS = (
    "ingest, before the documents",
    "ingest, half of the documents",
    "ingest, before the files are put away",
    "link",
    "match",
    "publish, in the middle of the snapshot",
    "publish, before the manifest",
    "publish, just before the pointer moves",
    "publish, just after the pointer has moved",
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What `zygote` saw, by kill point."""
    folder = tmp_path_factory.mktemp("killed")
    taxonomy = save_tiny_taxonomy(folder / "taxonomy")
    done = subprocess.run(
        [sys.executable, "-m", "tests.steps.zygote", folder, taxonomy],
        cwd=ROOT, env=base_environment(folder / "home"), capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads((Path(folder) / "seen.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed(seen: dict[str, dict[str, object]], point: str) -> None:
    found, undisturbed = seen[point], seen["undisturbed"]
    assert found["ended"] == -9
    moved = point == "publish, just after the pointer has moved"
    assert found["then"] == (undisturbed["after"] if moved else seen["before"])
    assert found["again"] == 0
    assert found["after"] == undisturbed["after"]
    assert found["left"] == []


@pytest.mark.slow
def test_the_second_snapshot_is_another_one(seen: dict[str, dict[str, object]]) -> None:
    """Or the test above would prove nothing."""
    assert seen["undisturbed"]["after"] != seen["before"]
