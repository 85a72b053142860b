"""Fixtures for the tests of taxonomies."""

from __future__ import annotations

import pytest

from .esco_releases import Release, release_1_1


@pytest.fixture
def release() -> Release:
    """A fresh release of shape 1.1, to be spoilt."""
    return release_1_1()
