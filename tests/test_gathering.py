"""What a refresh says when there is nothing to start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import LakeError
from pipeline.gathering import KINDS, refuse_without
from pipeline.ingest import Kind, Reason, Rejected
from pipeline.ingest.store import write_quarantine
from pipeline.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def quarantine(lake: Lake, kind: Kind, count: int) -> None:
    """So many records that could not be read."""
    rows = [Rejected("web", "a.jsonl", str(n), Reason.MALFORMED_RECORD, "Not JSON.", "{") for n in range(count)]
    write_quarantine(lake, kind, rows)


def refusal(lake: Lake, *absent: Kind) -> str:
    with pytest.raises(LakeError) as caught:
        refuse_without(lake, absent)
    return str(caught.value)


def test_nothing_is_said_where_nothing_is_absent(lake: Lake) -> None:
    quarantine(lake, "postings", 1)
    refuse_without(lake, [])


def test_what_was_never_ingested(lake: Lake) -> None:
    told = refusal(lake, *KINDS)
    assert told == f"The lake {lake.location} holds no postings and no credentials: ingest them first."


def test_what_is_all_in_quarantine(lake: Lake) -> None:
    quarantine(lake, "postings", 1200)
    quarantine(lake, "credentials", 1)
    command = f"`passerelle quarantine --lake {lake.location}` says why"
    assert f"no postings and no credentials: 1,201 records are in quarantine. {command}" in refusal(lake, *KINDS)
    assert f"holds no credentials: 1 record is in quarantine. {command}" in refusal(lake, "credentials")


def test_the_quarantine_of_what_is_there_is_no_reason(lake: Lake) -> None:
    quarantine(lake, "postings", 3)
    assert refusal(lake, "credentials").endswith("holds no credentials: ingest them first.")
