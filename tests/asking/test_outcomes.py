"""Outcomes for funders: a frozen baseline, and agreed indicators against it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.asking.outcomes import IndicatorFile, freeze, frozen_snapshots, read_indicators, report
from pipeline.errors import LakeError, SettingsError
from pipeline.lake import Lake
from pipeline.tables import CREDENTIAL_COMPLETENESS, TABLES

NOW = datetime(2026, 7, 1, tzinfo=UTC)
GOOD = """
[[indicators]]
id = "mean_completeness"
en = "Mean completeness"
fr = "Exhaustivité moyenne"
table = "credential_completeness"
measure = "mean"
column = "completeness"
target = 0.6

[[indicators]]
id = "incomplete"
en = "Credentials with a contradiction"
fr = "Titres contredits"
table = "credential_completeness"
measure = "count"
target = 0
direction = "down"
at_least = { traits_contradicted = 1 }

[[indicators]]
id = "most_complete_named"
en = "The better of two"
fr = "Le meilleur des deux"
table = "credential_completeness"
measure = "max"
column = "completeness"
where = { credential_id = ["a", "b"] }
"""


def snapshot(lake: Lake, name: str, *rows: tuple[str, float, int]) -> None:
    """A snapshot with completeness of credentials from (id, completeness, contradicted)."""
    made = [
        {"credential_id": c, "completeness": x, "traits_found": 1, "traits_not_stated": 1, "traits_contradicted": n,
         "verdict": "yes"}
        for c, x, n in rows
    ]  # fmt: skip
    table = pa.Table.from_pylist(made, schema=CREDENTIAL_COMPLETENESS.schema)
    lake.write_table(f"snapshots/{name}/credential_completeness.parquet", table)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path / "lake")
    snapshot(made, "one", ("a", 0.25, 1), ("b", 0.5, 0), ("c", 0.75, 2))
    snapshot(made, "two", ("a", 0.5, 0), ("b", 0.75, 0), ("c", 0.75, 1))
    return made


def agreed(folder: Path, text: str = GOOD) -> IndicatorFile:
    file = folder / "indicators.toml"
    file.write_text(text, encoding="utf-8")
    return read_indicators(str(file))


def test_indicators_then_and_now(lake: Lake, tmp_path: Path) -> None:
    freeze(lake, "deal-1", "one", agreed(tmp_path), NOW)
    found = {result.id: result for result in report(lake, "deal-1", "two", "en")}
    mean, contradicted, best = found["mean_completeness"], found["incomplete"], found["most_complete_named"]
    assert (mean.baseline, mean.value, mean.change, mean.reached) == (0.5, 0.666666667, 0.166666667, True)
    assert (contradicted.baseline, contradicted.value, contradicted.reached) == (2.0, 1.0, False)
    assert (best.baseline, best.value, best.target, best.reached) == (0.5, 0.75, None, None)
    assert report(lake, "deal-1", "two", "fr")[0].label == "Exhaustivité moyenne"


def test_a_baseline_is_never_moved_and_its_snapshot_is_kept(lake: Lake, tmp_path: Path) -> None:
    assert frozen_snapshots(lake) == set()
    freeze(lake, "deal-1", "one", agreed(tmp_path), NOW)
    assert frozen_snapshots(lake) == {"one"}
    with pytest.raises(LakeError, match="never moved"):
        freeze(lake, "deal-1", "two", agreed(tmp_path), NOW)
    # The values of that day are kept with it: they are reported even if the snapshot were lost.
    assert json.loads(lake.read_bytes("baselines/deal-1.json"))["values"]["incomplete"] == 2.0


def test_an_indicator_over_no_row_has_no_value(lake: Lake, tmp_path: Path) -> None:
    text = GOOD.replace('["a", "b"]', '["x"]')
    freeze(lake, "deal-1", "one", agreed(tmp_path, text), NOW)
    best = report(lake, "deal-1", "two", "en")[2]
    assert (best.baseline, best.value, best.change) == (None, None, None)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('table = "credential_completeness"', 'table = "secrets"', "there is no table secrets"),
        ('column = "completeness"', 'column = "x; DROP"', "has no column"),
        ('column = "completeness"', 'column = "verdict"', "not a number"),
        ('measure = "mean"', 'measure = "count"', "goes with every measure but count"),
        ('measure = "mean"', 'measure = "exec"', "measure"),
        ('id = "incomplete"', 'id = "mean_completeness"', "stands there twice"),
        ('en = "Mean completeness"', "", "en"),
        ("[[indicators]]", "[[", "not valid TOML"),
    ],
)
def test_wrong_indicators_are_named(tmp_path: Path, before: str, after: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        agreed(tmp_path, GOOD.replace(before, after, 1))


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A b", "x" * 80])
def test_a_name_never_leaves_the_folder(lake: Lake, tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="name of a baseline"):
        freeze(lake, name, "one", agreed(tmp_path), NOW)
    with pytest.raises(SettingsError, match="name of a baseline"):
        report(lake, name, "one", "en")


def test_unknown_files_and_baselines_are_named(lake: Lake) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_indicators("no-such-file.toml")
    with pytest.raises(LakeError, match="There is no baseline deal-2"):
        report(lake, "deal-2", "one", "en")


def test_the_packaged_indicators_fit_the_contract() -> None:
    packaged = read_indicators("manufacturing")
    assert {indicator.table for indicator in packaged.indicators} <= set(TABLES)
