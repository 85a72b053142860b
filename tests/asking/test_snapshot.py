"""A snapshot opened for questions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.asking.snapshot import open_snapshot
from pipeline.errors import LakeError
from pipeline.lake import Lake
from pipeline.publish import move_pointer, write_snapshot
from pipeline.settings import Settings, load_settings
from tests.publish.small import INPUTS, conformed, counts


def published(lake: Lake, settings: dict[str, object]) -> Lake:
    """A lake with the small snapshot, which records these settings."""
    move_pointer(lake, write_snapshot(lake, INPUTS, conformed(), counts(), settings), datetime(2026, 7, 1, tzinfo=UTC))
    return lake


def test_what_the_snapshot_recorded_wins_and_the_rest_is_the_askers(tmp_path: Path) -> None:
    recorded = load_settings(overrides={"stacks": {"max_credentials": 2}})
    asker = load_settings(
        overrides={
            "stacks": {"max_credentials": 9}, "encoder": {"batch_size": 7}, "demand": {"rates": {"CHF": 2.0}},
        }
    )  # fmt: skip
    lake = published(Lake(tmp_path), recorded.counting())
    with open_snapshot(lake, asker, "en") as snapshot:
        assert isinstance(snapshot.settings, Settings)
        assert snapshot.settings.stacks.max_credentials == 2
        assert snapshot.settings.demand.rates == recorded.demand.rates
        assert snapshot.settings.encoder.batch_size == 7


def test_settings_that_this_release_does_not_know_are_named(tmp_path: Path) -> None:
    lake = published(Lake(tmp_path), load_settings().counting() | {"stacks": {"gone": 1}})
    with (
        pytest.raises(LakeError, match=r"stacks\.gone.*passerelle refresh"),
        open_snapshot(lake, load_settings(), "en"),
    ):
        pass
