"""Threads of linking do not share out their products among each other's cores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from pipeline.embeddings import one_thread_each


def blas_threads() -> set[int]:
    """Of NumPy's own BLAS. That of FAISS counts by thread, and `ConceptIndex.search` tells it."""
    return {library["num_threads"] for library in threadpool_info() if library.get("threading_layer") == "pthreads"}


def test_products_take_one_thread_inside_and_as_many_as_before_outside():
    with threadpool_limits(limits=2, user_api="blas"):
        with one_thread_each(), ThreadPoolExecutor(1) as pool:
            assert pool.submit(blas_threads).result() == {1}
        assert blas_threads() == {2}


def test_the_last_that_leaves_gives_the_threads_back():
    with threadpool_limits(limits=2, user_api="blas"):
        first, second = one_thread_each(), one_thread_each()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == {2}


def test_threads_are_given_back_when_work_fails():
    with threadpool_limits(limits=2, user_api="blas"):
        with pytest.raises(KeyError), one_thread_each():
            raise KeyError
        assert blas_threads() == {2}
