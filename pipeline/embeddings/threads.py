"""How many threads a matrix product takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Lets the threads that are begun inside compute by themselves alone.

    Where as many of them run as there are cores, products that each of them shared out among the cores would wait for
    one another: that took a third of linking.
    """
    import torch  # noqa: PLC0415 - loaded with the encoder
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - only where text is linked

    before = torch.get_num_threads()
    torch.set_num_threads(1)  # what PyTorch's own threads take over
    try:
        with threadpool_limits(limits=1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)
