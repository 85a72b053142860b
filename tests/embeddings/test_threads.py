"""Threads of linking do not share out their products among each other's cores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from threadpoolctl import threadpool_info

from pipeline.embeddings import one_thread_each


def blas_threads() -> set[int]:
    """Of NumPy's own BLAS. That of FAISS counts by thread, and `ConceptIndex.search` tells it."""
    return {library["num_threads"] for library in threadpool_info() if library.get("threading_layer") == "pthreads"}


def test_products_take_one_thread_inside_and_as_many_as_before_outside():
    before = torch.get_num_threads(), blas_threads()
    with one_thread_each(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == 1
        assert pool.submit(blas_threads).result() == {1}
    assert (torch.get_num_threads(), blas_threads()) == before


def test_threads_are_given_back_when_work_fails():
    before = torch.get_num_threads(), blas_threads()
    with pytest.raises(KeyError), one_thread_each():
        raise KeyError
    assert (torch.get_num_threads(), blas_threads()) == before
