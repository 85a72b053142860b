"""Published sample lakes, made once: the whole sample as a user's first `passerelle demo` makes it, and a small one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from pipeline.embeddings import encoder

from .tools import SMALL_CREDENTIALS, SMALL_POSTINGS, Ran, call_small, run

Copy = Callable[..., Path]


@dataclass(frozen=True)
class Demo:
    """The lake of the demo, and what the command that made it printed."""

    lake: Path
    ran: Ran


@pytest.fixture(scope="package", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """The tests' own settings only; one thread for the encoder, since two wait for each other on a busy machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PASSERELLE_")]:
            if name != "PASSERELLE_SHARED_DATA":
                patch.delenv(name)
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="package", autouse=True)
def one_model() -> Iterator[None]:
    """Commands that run in this process share one model in memory, as one run would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "_load_model", cache(encoder._load_model))
        yield


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The first run of `passerelle demo`, from a folder that has nothing to do with the project. Not to be changed."""
    folder = tmp_path_factory.mktemp("demo")
    ran = run("demo", "--lake", folder / "lake", cwd=folder)
    assert ran.code == 0, ran.err
    return Demo(folder / "lake", ran)


@pytest.fixture(scope="session")
def sample_lake(demo: Demo) -> Path:
    """The lake of the demo. Not to be changed: take a copy."""
    return demo.lake


@pytest.fixture(scope="session")
def small_lake(sample_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published lake of 15 postings and 10 credentials, linked by the cache. Not to be changed: take a copy.

    It is published under settings of its own (`tools.SMALL`): refresh it with `call_small`.
    """
    lake = tmp_path_factory.mktemp("small") / "lake"
    for part in ("cache", "index"):
        shutil.copytree(sample_lake / part, lake / part)
    ran = call_small("run", "--postings", SMALL_POSTINGS, "--credentials", SMALL_CREDENTIALS, "--lake", lake)
    assert ran.code == 0, ran.err
    assert "linked: 0 units of text anew" in ran.out
    return lake


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Copies a lake, or only the parts of it that are named, into a folder of the test."""

    def make(lake: Path, *parts: str, name: str = "lake") -> Path:
        for part in parts or [""]:
            shutil.copytree(lake / part, tmp_path / name / part, dirs_exist_ok=True)
        return tmp_path / name

    return make
