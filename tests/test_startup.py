"""What a command loads: those that need no model must not wait for what only a model needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pandas", "scipy", "torch", "faiss", "sentence_transformers", "airflow")

SCRIPT = f"""
import sys
from pipeline import cli
sys.argv = ["passerelle", *sys.argv[1:]]
try:
    cli.main()
except SystemExit as end:
    assert not end.code, end.code
print(" ".join(sorted(set(sys.modules) & set({HEAVY!r}))), file=sys.stderr)
"""


def loaded(*arguments: str) -> str:
    """Which heavy packages a command loads."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()[-1]


def run(script: str) -> str:
    """What a script prints in a process of its own, which it must leave without an error."""
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout


def assert_spared(script: str, packages: set[str]) -> None:
    """Asserts that a script imports none of some packages."""
    assert run(f"{script}\nimport sys; print(sorted(set(sys.modules) & {packages!r}))").splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", [["--help"], ["status"], ["taxonomy", "list"]], ids=" ".join)
def test_commands_that_need_no_model_load_nothing_heavy(command: list[str], tmp_path: Path) -> None:
    where = ["--lake", str(tmp_path)] if command == ["status"] else []
    assert loaded(*command, *where) == ""


def test_an_ingest_does_not_wait_for_what_comes_after_it() -> None:
    later = ("answers", "changes", "embeddings", "linking", "matching", "publish")
    assert_spared("from pipeline import intake", {f"pipeline.{name}" for name in later})


def test_pandas_can_be_imported_after_arrow_has_looked_in_vain() -> None:
    script = (
        "import sys; from pipeline.commands.startup import arrow_without_pandas; arrow_without_pandas()\n"
        "import pyarrow as pa; pa.array([1]); assert 'pandas' not in sys.modules\n"
        "import pandas; assert pandas.Series([1, 2]).sum() == 3\n"
        "assert not any('NoPandas' in str(finder) for finder in sys.meta_path)"
    )
    run(script)


def test_a_command_seldom_stops_to_look_for_cycles() -> None:
    script = (
        "import gc, sys; from pipeline import cli; sys.argv[1:] = ['taxonomy', 'list']; begun = []\n"
        "gc.callbacks.append(lambda phase, info: begun.append(phase))\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(len(begun), gc.isenabled())"
    )
    looked, enabled = run(script).splitlines()[-1].split()
    assert enabled == "True"
    assert int(looked) < 20  # as Python has it, some 150


def test_the_packaged_encoder_loads_no_library_that_it_does_not_need() -> None:
    script = (
        "from pipeline.embeddings import load_encoder; from pipeline.settings import load_settings\n"
        "assert load_encoder(load_settings().encoder).encode(['weld']).shape == (1, 512)"
    )
    assert_spared(script, {"torch", "sentence_transformers", "transformers", "sklearn", "pandas", "scipy"})


# --- The end --------------------------------------------------------------------------------------------------------

LEAVE = "from pipeline.commands.startup import leave; import sys; "


@pytest.mark.parametrize("code", [0, 3])
def test_all_that_was_printed_is_out_before_a_command_ends(code: int) -> None:
    script = (
        f"{LEAVE}print('x' * 100_000, end=''); print('y' * 9, end='', file=sys.stderr); leave({code}); print('never')"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (code, "x" * 100_000, "y" * 9)


def test_a_command_that_ends_leaves_nothing_of_its_database(tmp_path: Path) -> None:
    """What a join lays aside on disk goes with the process."""
    script = (
        f"{LEAVE}import pyarrow as pa, tempfile; tempfile.tempdir = {str(tmp_path)!r}; from pipeline import sql\n"
        "with sql.connect({'t': pa.table({'x': pa.array(range(4_000_000))})}) as db:\n"
        "    db.execute(\"SET memory_limit = '60MB'\")\n"
        "    db.execute('CREATE TABLE big AS SELECT x, x::VARCHAR || repeat(chr(97), 40) AS y FROM t ORDER BY y')\n"
        "    import os; print(len(os.listdir(tempfile.tempdir)), flush=True)\n"
        "    leave(0)"
    )
    assert run(script) == "1\n", "the database had to lay something aside"
    assert not list(tmp_path.iterdir())


@pytest.fixture
def buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that print when they end, as they do unless they are told otherwise."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.mark.usefixtures("buffered")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_what_could_not_be_printed_is_an_error() -> None:
    command = [sys.executable, "-c", f"{LEAVE}print('a result'); leave(0)"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (
        1,
        "error: what was printed could not be written: No space left on device\n",
    )


@pytest.mark.usefixtures("buffered")
def test_whoever_reads_no_further_is_no_error() -> None:
    command = [sys.executable, "-c", f"{LEAVE}input(); print('a result'); leave(0)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(b"\n")
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_stream_that_was_closed_before_the_command_began_is_none(closed: str) -> None:
    script = f"{LEAVE}sys.{closed} = None; leave(0)"
    assert subprocess.run([sys.executable, "-c", script], check=False, capture_output=True).returncode == 0


def test_a_database_that_cannot_be_closed_changes_nothing() -> None:
    script = f"{LEAVE}from pipeline import sql; sql.close = lambda: 1 / 0; print('a result'); leave(3)"
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (3, "a result\n", "")


@pytest.mark.parametrize(
    ("end", "code", "said"), [("sys.exit('why')", 1, "why\n"), ("sys.exit(4)", 4, ""), ("0", 0, "")]
)
def test_a_command_ends_as_python_would_end_it(end: str, code: int, said: str) -> None:
    script = f"import sys; from pipeline import cli; cli.main = lambda: {end}; cli.command()"
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, said)
