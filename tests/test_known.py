"""The version of the code that tables are made by: it moves with what can move a number, and with nothing else."""

from __future__ import annotations

import ast
from importlib.resources import files
from pathlib import Path

import pytest

from pipeline import known
from pipeline.known import NOT_IN_CODE_VERSION, code_version

ROOT = Path(str(files("pipeline")))


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the code, of which the version is asked."""
    for path in ROOT.rglob("*.py"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(known, "files", lambda _: tmp_path)
    return tmp_path


def test_every_name_that_is_left_out_begins_the_path_of_code() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py")]
    assert [start for start in NOT_IN_CODE_VERSION if not any(name.startswith(start) for name in names)] == []


@pytest.mark.parametrize("changed", ["matching/profiles.py", "linking/context.py", "answers/stacks.py", "stages.py"])
def test_code_that_makes_tables_moves_it(copied: Path, changed: str) -> None:
    before = code_version()
    (copied / changed).write_text("# another\n", encoding="utf-8")
    assert code_version() != before


@pytest.mark.parametrize("changed", ["report/site.py", "asking/brief.py", "scenarios/group.py", "linking/quality.py"])
def test_code_that_only_reads_tables_does_not(copied: Path, changed: str) -> None:
    before = code_version()
    (copied / changed).write_text("# another\n", encoding="utf-8")
    assert code_version() == before


def test_what_is_left_out_is_imported_by_nothing_that_makes_tables() -> None:
    """But for the packages' own lists of names, the commands' module and the stages that call the report."""
    reached = set()
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(NOT_IN_CODE_VERSION) or path.name == "__init__.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipeline."):
                module = node.module.removeprefix("pipeline.").replace(".", "/")
                if f"{module}/".startswith(NOT_IN_CODE_VERSION) or f"{module}.py".startswith(NOT_IN_CODE_VERSION):
                    reached.add((name, module))
    assert reached == {("stages.py", "lease"), ("stages.py", "report")}
