"""One writer at a time, in threads and in processes, and after a holder has died."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline import lease as leases
from pipeline.errors import LakeError
from pipeline.lake import Lake
from pipeline.lease import exclusively


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def held(lake: Lake) -> list[str]:
    return lake.names("leases/publish")


def test_a_lease_is_given_back(lake: Lake) -> None:
    with exclusively(lake, "publish"):
        assert len(held(lake)) == 1
    assert held(lake) == []
    with pytest.raises(ZeroDivisionError), exclusively(lake, "publish"):
        _ = 1 / 0
    assert held(lake) == []


def test_two_never_hold_it_together(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases.random, "uniform", lambda low, high: 0.001 * (1 + hash(threading.get_ident()) % 7))
    inside, most = [0], [0]

    def work(_: int) -> None:
        with exclusively(lake, "publish", patience=60):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.002)
            inside[0] -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(24)))
    assert most == [1]


def test_who_waits_in_vain_is_told_who_holds_it(lake: Lake) -> None:
    with exclusively(lake, "publish"), pytest.raises(LakeError, match=f"Another run.* {os.getpid()} "):  # noqa: SIM117
        with exclusively(lake, "publish", patience=0):
            pass


def test_different_work_does_not_wait(lake: Lake) -> None:
    with exclusively(lake, "publish"), exclusively(lake, "ingest-postings", patience=0):
        assert held(lake)


DIES = """
import os, signal, sys
from pipeline.lake import Lake
from pipeline.lease import exclusively
with exclusively(Lake(sys.argv[1]), "publish"):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_holder_that_died_here_is_not_waited_for(lake: Lake, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, tmp_path / "lake"], check=False)
    assert done.returncode == -9
    assert len(held(lake)) == 1
    with exclusively(lake, "publish", patience=0):
        assert len(held(lake)) == 1


def test_a_holder_elsewhere_is_waited_for_until_its_lease_ends(lake: Lake) -> None:
    lake.write_json("leases/publish/other.json", {"owner": "elsewhere 1 2 3", "ends": time.time() + 0.5})
    with pytest.raises(LakeError, match="elsewhere"), exclusively(lake, "publish", patience=0):
        pass
    with exclusively(lake, "publish", patience=5):
        assert "other.json" not in held(lake)


def test_a_lease_is_renewed_as_long_as_the_work_lasts(lake: Lake) -> None:
    with exclusively(lake, "publish", seconds=0.4) as mine:
        time.sleep(1.0)
        ends = float(str(lake.read_json(f"leases/publish/{mine.name}")["ends"]))
        assert ends > time.time()
        mine.check()


def test_a_holder_that_stood_still_finds_out(lake: Lake) -> None:
    with exclusively(lake, "publish") as mine:
        lake.delete(f"leases/publish/{mine.name}")  # as another does once it has ended
        lake.write_json("leases/publish/other.json", {"owner": "elsewhere 1 2 3", "ends": time.time() + 60})
        with pytest.raises(LakeError, match="lost its lease"):
            mine.check()
