"""How many threads a matrix product takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from threadpoolctl import threadpool_limits

_lock = Lock()
_inside = 0
_limits: threadpool_limits | None = None


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Lets the threads inside compute by themselves alone; the last that leaves gives the library its threads back.

    Where as many of them run as there are cores, products that each of them shared out among the cores would wait for
    one another: that took a third of linking. And how a product is shared out can move its last bits.
    """
    global _inside, _limits
    with _lock:
        if _inside == 0:
            _limits = threadpool_limits(limits=1, user_api="blas")
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _limits is not None:
                _limits.restore_original_limits()
                _limits = None
