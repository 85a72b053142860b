"""Fixtures of the tests of answers."""

from __future__ import annotations

from tests.matching.conftest import one_database as one_database
