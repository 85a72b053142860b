"""Actors that take turns at the lake: a seed says which of them goes next, so that every order can be had again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping

import pyarrow as pa
from pyarrow import fs

from .stores import Store, StoreLake

LONGEST_TURN = 60.0  # seconds: an actor that does not come back by then waits for something that never comes


class Turns:
    """Runs actors one at a time, each up to its next `step`; nothing happens at once, and everything in between."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._turn: dict[str, threading.Semaphore] = {}
        self._back = threading.Semaphore(0)
        self._alive: list[str] = []
        self.errors: dict[str, BaseException] = {}
        self.order: list[str] = []

    def step(self) -> None:
        """Called by an actor before it does something that another one could see."""
        name = threading.current_thread().name
        if name in self._turn:
            self._back.release()
            self._turn[name].acquire()

    def run(self, actors: Mapping[str, Callable[[], object]]) -> None:
        """Runs every actor to its end.

        Raises:
            AssertionError: an actor does not come back: they wait for each other.
        """
        self._turn = {name: threading.Semaphore(0) for name in actors}
        self._alive = list(actors)
        for name, actor in actors.items():
            threading.Thread(target=self._act, name=name, args=(name, actor), daemon=True).start()
        while self._alive:
            name = self._rng.choice(self._alive)
            self.order.append(name)
            self._turn[name].release()
            assert self._back.acquire(timeout=LONGEST_TURN), f"deadlock after {self.order}"

    def _act(self, name: str, actor: Callable[[], object]) -> None:
        self._turn[name].acquire()
        try:
            actor()
        except BaseException as error:
            self.errors[name] = error
        self._alive.remove(name)
        self._back.release()


class SteppingLake(StoreLake):
    """A lake where every operation that another actor could see the effect of, or that sees another's, is a step."""

    def __init__(self, store: Store, turns: Turns) -> None:
        super().__init__(store)
        self._turns = turns

    def exists(self, name: str) -> bool:
        self._turns.step()
        return super().exists(name)

    def _infos(self, folder: str) -> list[fs.FileInfo]:
        self._turns.step()
        return super()._infos(folder)

    def read_bytes(self, name: str) -> bytes:
        self._turns.step()
        return super().read_bytes(name)

    def read_table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        self._turns.step()
        return super().read_table(name, columns)

    def write_bytes(self, name: str, content: bytes) -> None:
        self._turns.step()
        super().write_bytes(name, content)
        self._turns.step()

    def delete(self, name: str) -> None:
        self._turns.step()
        super().delete(name)
