"""Documents that are taken back: by name, or by a full feed that no longer has them; and those that come again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.ingest import Counts, DocumentStore, read_quarantine
from pipeline.intake import ingest
from pipeline.lake import Lake
from pipeline.settings import load_settings

Take = Callable[..., Counts]


def posting(number: int) -> dict[str, object]:
    words = [f"word{number * 31 + i}" for i in range(40)]
    return {"source_id": f"J-{number}", "title": f"Worker {number}", "description": " ".join(words),
            "posted_on": "2026-05-01", "language": "en"}  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def take(lake: Lake, tmp_path: Path) -> Take:
    """Ingests postings of the source `board` and withdrawals, as one run."""

    def run(*numbers: int, back: str = "", full: bool = False, broken: str = "", most: float = 0.5) -> Counts:
        settings = load_settings(None, {"ingest": {"full_feeds": ["board"] if full else [], "max_absent": most}})
        lines = [json.dumps(posting(number)) for number in numbers] + ([broken] if broken else [])
        paths = [tmp_path / "board.jsonl", tmp_path / "back.withdrawn"]
        paths[0].write_text("\n".join(lines))
        paths[1].write_text(back)
        counts = ingest(lake, settings, "postings", [path for path in paths if path.read_text()])
        assert counts.reconciles()
        return counts

    return run


def ids(lake: Lake) -> list[int]:
    return [
        int(each.removeprefix("board:J-")) for each in DocumentStore(lake, "postings").current()["doc_id"].to_pylist()
    ]


def test_a_document_is_taken_back_by_name_and_comes_again(take: Take, lake: Lake) -> None:
    take(1, 2)
    counts = take(back="\ufeff# filled\n\nboard:J-1\r\n")
    assert (counts.received, counts.accepted, counts.withdrawn, counts.news()) == (1, 1, 1, 1)
    assert ids(lake) == [2]
    again = take(1)
    assert (again.changed, again.new, again.unchanged) == (1, 0, 0)
    assert ids(lake) == [1, 2]


def test_taking_it_back_twice_changes_nothing_the_second_time(take: Take, lake: Lake) -> None:
    take(1, 2)
    take(back="board:J-1\nboard:J-1")
    parts = lake.names("withdrawn/postings")
    counts = take(back="board:J-1")
    assert (counts.withdrawn, counts.unchanged, counts.news()) == (0, 1, 0)
    assert lake.names("withdrawn/postings") == parts


def test_in_one_run_the_withdrawal_wins(take: Take, lake: Lake) -> None:
    take(1, 2, back="board:J-1")
    assert ids(lake) == [2]


def test_what_is_not_there_cannot_be_taken_back(take: Take, lake: Lake) -> None:
    take(1)
    counts = take(back="board:J-7\nnonsense\n::\n")
    assert counts.reasons == {"missing_id": 2, "unknown_document": 1}
    assert ids(lake) == [1]
    assert {row["position"] for row in read_quarantine(lake, "postings").to_pylist()} == {"1", "2", "3"}


def test_a_full_feed_withdraws_what_it_no_longer_has(take: Take, lake: Lake) -> None:
    take(1, 2, 3)
    assert take(1, 2).absent == 0
    counts = take(1, 2, full=True)
    assert (counts.absent, counts.received, counts.news()) == (1, 2, 1)
    assert ids(lake) == [1, 2]
    assert take(1, 2, full=True).news() == 0
    assert take(1, 2, 3, full=True).changed == 1
    assert ids(lake) == [1, 2, 3]


@pytest.mark.parametrize(
    ("numbers", "broken", "why"),
    [((1,), "", "lacks 3 of 4"), ((1, 2, 3), "{broken", "cannot be read, and may be one of 1 missing")],
)
def test_a_feed_that_cannot_be_whole_withdraws_nothing(
    take: Take, lake: Lake, numbers: tuple[int, ...], broken: str, why: str
) -> None:
    take(1, 2, 3, 4)
    counts = take(*numbers, broken=broken, full=True)
    assert counts.absent == 0
    assert counts.reasons["incomplete_feed"] == 1
    assert ids(lake) == [1, 2, 3, 4]
    details = [row["detail"] for row in read_quarantine(lake, "postings").to_pylist()]
    assert any(why in detail for detail in details)


def test_other_sources_stay(take: Take, lake: Lake, tmp_path: Path) -> None:
    take(1, 2)
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(posting(9)))
    settings = load_settings(None, {"ingest": {"full_feeds": ["other", "board"]}})
    ingest(lake, settings, "postings", [other])
    assert len(DocumentStore(lake, "postings").current()) == 3


def test_the_order_of_runs_decides_not_the_order_of_files(take: Take, lake: Lake) -> None:
    take(1)
    take(back="board:J-1")
    take(1)
    take(back="board:J-1")
    assert ids(lake) == []
    store = DocumentStore(lake, "postings")
    assert store.presence.withdrawn() == {"board:J-1"}
    assert store.next_sequence() == 5
