"""A snapshot opened for questions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.answers import Taken
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


def test_a_reason_tells_what_is_taught_itself_from_what_is_alike(tmp_path: Path) -> None:
    """Reading plans earns credit by technical drawing: no sentence of the course is of reading plans."""
    alike = [
        ("s:weld", "s:weld", 1.0),
        ("s:plans", "s:draw", 0.7),
        ("s:draw", "s:weld", 0.8),
        ("s:draw", "s:draw", 1.0),
    ]
    tables = conformed(
        skill_similarity=[
            {"skill_id": asked, "taught_skill_id": taught, "similarity": value} for asked, taught, value in alike
        ]
    )
    lake = Lake(tmp_path)
    settings = load_settings()
    snapshot_id = write_snapshot(lake, INPUTS, tables, counts(), settings.counting())
    move_pointer(lake, snapshot_id, datetime(2026, 7, 1, tzinfo=UTC))
    skills = ["s:weld", "s:plans", "s:draw"]
    taken = Taken("cred:weld", None, 0.5, 0.5, 0.5, None, None, skills, [], [], [])
    with open_snapshot(lake, settings, "en") as snapshot:
        (step,) = snapshot.steps([taken])
    weld, plans, draw = step.why
    assert (weld.itself, weld.sentences, weld.own_sentences) == (True, ["Learners weld safely."], weld.sentences)
    assert (plans.itself, plans.sentences, plans.own_sentences) == (False, ["Learners draw parts."], [])
    assert (draw.itself, draw.taught) == (True, "weld"), "which earns more than the 0.5 of drawing itself"
    assert (draw.sentences, draw.own_sentences) == (["Learners weld safely."], ["Learners draw parts."])
