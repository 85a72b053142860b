"""Strangers' data through the command line: every record accounted for, and most of them read."""

from __future__ import annotations

from pathlib import Path

import pytest

from .tools import Ran, call, run

pytestmark = pytest.mark.slow


def ingest(kind: str, folder: Path, lake: Path) -> Ran:
    assert folder.is_dir()
    ran = run("ingest", kind, folder, "--lake", lake, "--json")
    assert ran.code == 0, ran.err
    return ran


@pytest.mark.parametrize(("kind", "least"), [("postings", 900), ("credentials", 1000)])
def test_real_data_reconciles_and_is_mostly_read(shared_data: Path, tmp_path: Path, kind: str, least: int) -> None:
    lake = tmp_path / "lake"
    first = ingest(kind, shared_data / kind, lake).json
    assert first["received"] == first["accepted"] + first["duplicates"] + first["quarantined"]
    assert first["received"] >= least
    assert first["quarantined"] < first["received"] / 2
    assert first["quarantined"] == sum(first["reasons"].values())
    again = ingest(kind, shared_data / kind, lake).json
    assert again == first | {"new": 0, "unchanged": first["new"]}


def test_the_status_counts_what_came(shared_data: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    counts = {kind: ingest(kind, shared_data / kind, lake).json for kind in ("postings", "credentials")}
    found = call("status", "--lake", lake, "--json").json
    assert found["postings"] == counts["postings"]["accepted"]
    assert found["credentials"] == counts["credentials"]["accepted"]
    for kind in ("postings", "credentials"):
        assert 0 < found[f"quarantined_{kind}"] <= counts[kind]["quarantined"]
