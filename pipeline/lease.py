"""One writer at a time: a lease in the lake, with an owner and an end.

Nothing here needs more of a store than that a file, once written, is in every listing: true of local folders, and of
S3, GCS and Azure today. A contender writes a file of its own, then lists the folder. If a living lease of another is
there, it takes its own away and waits. Of two that hold a lease at the same time, each would have had to list the
folder before the other wrote: that cannot be. Two that come at once may both step back; they wait unequally long.

What this promises: as long as no process stands still for longer than a lease lasts, and clocks agree to within
seconds, there is one holder. A holder that has stood still finds out by `check`, which is called right before the
pointer moves. A holder that died is waited for until its lease ends, or not at all where it ran on this machine.
"""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from pipeline.errors import LakeError
from pipeline.lake import Lake

SECONDS = 60.0  # a lease lasts this long after it was last renewed
RENEWALS = 4  # in that time
PATIENCE = 90.0  # how long a contender waits: longer than a lease, so that it outlives a holder that died


@dataclass
class Lease:
    """A lease that this process holds or wants."""

    lake: Lake
    folder: str
    seconds: float
    name: str = field(default_factory=lambda: f"{uuid4().hex}.json")
    _ended: threading.Event = field(default_factory=threading.Event)

    def write(self) -> None:
        """Puts this lease down, or renews it."""
        value: dict[str, object] = {"owner": _this_process(), "ends": time.time() + self.seconds}
        self.lake.write_json(f"{self.folder}/{self.name}", value)

    def others(self) -> list[dict[str, object]]:
        """The living leases of others; those that have ended are cleared away."""
        living = []
        for name in self.lake.names(self.folder, ".json"):
            if name == self.name:
                continue
            try:
                lease = self.lake.read_json(f"{self.folder}/{name}")
            except LakeError:
                continue  # given back in this moment
            if float(str(lease["ends"])) < time.time() or _is_dead(str(lease["owner"])):
                self.lake.delete(f"{self.folder}/{name}")
            else:
                living.append(lease)
        return living

    def check(self) -> None:
        """Makes sure that the lease is still held.

        Raises:
            LakeError: it is not: this process stood still for too long, and another may be at work.
        """
        if not self.lake.exists(f"{self.folder}/{self.name}") or self.others():
            raise LakeError(
                f"This run has lost its lease on {self.lake.path(self.folder)}: it stood still for more than "
                f"{self.seconds:.0f} seconds, and another run may have gone on. Run it again."
            )
        self.write()

    def keep(self) -> None:
        """Renews the lease until it is given back."""
        while not self._ended.wait(self.seconds / RENEWALS):
            with suppress(LakeError):  # a store that is away for a moment; `check` finds out if it was too long
                if self.lake.exists(f"{self.folder}/{self.name}"):
                    self.write()

    def end(self) -> None:
        """Stops renewing."""
        self._ended.set()


@contextmanager
def exclusively(lake: Lake, what: str, seconds: float = SECONDS, patience: float = PATIENCE) -> Iterator[Lease]:
    """Holds a lease for the length of a `with` block.

    Args:
        lake: that is written to.
        what: names the work: "publish", "ingest-postings".
        seconds: how long the lease lasts unless it is renewed, which happens in the background.
        patience: how long to wait for another holder, in seconds.

    Raises:
        LakeError: another still holds it after that time; the message names the owner.
    """
    lease = Lease(lake, f"leases/{what}", seconds)
    _acquire(lease, what, patience)
    renewing = threading.Thread(target=lease.keep, name=f"lease-{what}", daemon=True)
    renewing.start()
    try:
        yield lease
    finally:
        lease.end()
        renewing.join()
        lake.delete(f"{lease.folder}/{lease.name}")


def _acquire(lease: Lease, what: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        others = lease.others()
        if not others:
            lease.write()
            others = lease.others()
            if not others:
                return
            lease.lake.delete(f"{lease.folder}/{lease.name}")
        if time.monotonic() >= deadline:
            raise LakeError(
                f"Another run holds the lease {what} on {lease.lake.location}: {others[0]['owner']}. Wait until it is "
                "done; if it has died, its lease ends by itself within a minute."
            )
        time.sleep(random.uniform(0.2, 1.0))  # noqa: S311 - unequal waits, no secret


def _this_process() -> str:
    """Host, namespace of process numbers, number and start of this process: what no other process shares."""
    return f"{_machine()} {os.getpid()} {_start_of(os.getpid())}"


def _machine() -> str:
    namespace = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()} {namespace.stat().st_ino if namespace.exists() else '-'}"


def _start_of(pid: int) -> str:
    """When a process started, in ticks since the machine did; "-" where that can't be told, "" for none."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return "-"
    try:
        fields = stat.read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        return ""


def _is_dead(owner: str) -> bool:
    """Whether an owner ran on this machine and runs no more; of other machines nothing is known."""
    machine, _, process = owner.partition(f"{_machine()} ")
    if machine or not process:
        return False
    pid, _, start = process.partition(" ")
    return pid.isdigit() and start != "-" and _start_of(int(pid)) != start
