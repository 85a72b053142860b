"""One stage of a run, or a whole one, in a process of its own, measured: seconds and memory, step by step.

    python benchmarks/measured.py ingest postings FOLDER --lake DIR
    python benchmarks/measured.py refresh --lake DIR --taxonomy starter
    python benchmarks/measured.py run postings FOLDER --lake DIR --taxonomy starter

Prints one JSON object. Memory is the peak of the process itself (VmHWM): what `getrusage` tells of a child begins at
what the process that started it had used.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Spent:
    """Wall and processor seconds, the peak memory in MiB, and processor seconds and memory so far by step."""

    wall: float = 0.0
    processor: float = 0.0
    memory: float = 0.0
    steps: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __add__(self, other: Spent) -> Spent:
        peak = max(self.memory, other.memory)
        return Spent(self.wall + other.wall, self.processor + other.processor, peak, self.steps | other.steps)


class Steps:
    """A progress function that notes what each step took."""

    def __init__(self) -> None:
        self._last, self._since = "start", 0.0
        self.spent: dict[str, tuple[float, float]] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Takes what a stage tells of its progress."""
        if what != self._last:
            self.note(what)

    def note(self, following: str = "") -> None:
        """Ends a step."""
        now = time.process_time()
        before = self.spent.get(self._last, (0.0, 0.0))[0]
        self.spent[self._last] = (round(before + now - self._since, 2), peak_memory())
        self._last, self._since = following, now


def peak_memory() -> float:
    """The most memory that this process has held, in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return round(int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024, 1)


def in_a_process(*arguments: str | Path) -> Spent:
    """Runs a stage in a process of its own; start-up and reading are part of what it takes."""
    start = time.perf_counter()
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    return Spent(round(time.perf_counter() - start, 2), told["processor"], told["memory"], told["steps"])


def run(options: argparse.Namespace) -> Spent:
    """Runs a stage here, in a process that starts as the command line's does."""
    from pipeline.commands.startup import arrow_without_pandas, collect_rarely

    collect_rarely()
    arrow_without_pandas()
    from pipeline.lake import Lake
    from pipeline.settings import load_settings

    steps, lake = Steps(), Lake(options.lake)
    settings = load_settings(overrides={"taxonomy": {"name": options.taxonomy}})
    if options.what in ("ingest", "run"):
        from pipeline import intake

        intake.ingest(lake, settings, options.kind, options.files, source="world", progress=steps)
    if options.what in ("refresh", "run"):
        from pipeline import stages

        stages.refresh(lake, settings, datetime.now(UTC), progress=steps)
    if options.what == "embed":
        from pipeline import stages

        stages.chosen_linker(settings, lake).check()
    steps.note()
    return Spent(0.0, round(time.process_time(), 2), peak_memory(), steps.spent)


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ingest", "refresh", "run", "embed"])
    parser.add_argument("kind", nargs="?", choices=["postings", "credentials"])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--taxonomy", default="starter")
    print(json.dumps(asdict(run(parser.parse_args()))))
    from pipeline.commands.startup import leave

    leave(0)


if __name__ == "__main__":
    main()
