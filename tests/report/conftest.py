"""A site of the small snapshot, built once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.lake import Lake
from pipeline.report import build_report
from pipeline.settings import load_settings

from .worlds import publish


class Built:
    """A site on disk, and its data files as values."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def value(self, key: str):
        text = (self.folder / "data" / f"{key}.js").read_text(encoding="utf-8")
        head = f'passerelle.put("{key}",'
        assert text.startswith(head) and text.endswith(");\n")
        return json.loads(text[len(head) : -3])

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def paths(self) -> dict[str, bytes]:
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


def build(folder: Path, **given) -> Built:
    lake = publish(folder / "lake", **given)
    build_report(lake, load_settings(), Lake(folder / "site"))
    return Built(folder / "site")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("report"))
