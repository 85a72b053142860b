"""What earlier runs found of postings that may be one: it saves work, and changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import LakeError
from pipeline.ingest import duplicates, memory
from pipeline.ingest.duplicates import group_duplicates
from pipeline.ingest.memory import Memory
from pipeline.ingest.sketches import BANDS, from_array, sketches, to_bytes
from pipeline.ingest.store import PARTS
from pipeline.ingest.texts import StoredTexts
from pipeline.lake import Lake
from pipeline.settings import IngestSettings, load_settings

SETTINGS = load_settings().ingest
LINES = [" ".join(f"word{line}x{n}" for n in range(12)) for line in range(14)]
SCHEMA = pa.schema([
    ("doc_id", pa.string()), ("content_hash", pa.string()), ("title", pa.string()), ("employer", pa.string()),
    ("region", pa.string()), ("locality", pa.string()), ("text", pa.string()), ("posted_on", pa.date32()),
])  # fmt: skip

Row = dict[str, object]


def posting(number: int, title: str, lines: tuple[int, ...], days: int = 0) -> Row:
    text = "\n".join(LINES[line] for line in lines)
    row: Row = {
        "doc_id": f"d{number:02d}", "title": title, "employer": "Nord", "region": None, "locality": "Laval",
        "text": text, "posted_on": date(2026, 1, 1) + timedelta(days=days),
    }  # fmt: skip
    return row | {"content_hash": f"{title}/{text}/{days}"}


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


postings = st.builds(
    posting,
    number=st.integers(0, 40),
    title=st.sampled_from(["welder", "cook"]),
    lines=st.sets(st.integers(0, 13), min_size=8).map(lambda chosen: tuple(sorted(chosen))),
    days=st.integers(0, 200),
)
markets = st.lists(postings, max_size=14, unique_by=lambda row: row["doc_id"])


@settings(max_examples=60, deadline=None)
@given(st.lists(markets, min_size=2, max_size=4))
def test_a_memory_changes_no_result(tmp_path_factory: pytest.TempPathFactory, nights: list[list[Row]]) -> None:
    """Whatever comes, changes and goes from night to night, the result is that of a first look."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    for rows in nights:
        assert group_duplicates(table(rows), SETTINGS, Memory(lake)).equals(group_duplicates(table(rows), SETTINGS))


@settings(max_examples=40, deadline=None)
@given(markets)
def test_texts_on_disk_are_the_same_texts(rows: list[Row]) -> None:
    hashed = [row | {"content_hash": f"{row['doc_id']}/{row['content_hash']}"} for row in rows]
    contents = pa.table({
        "content_hash": pa.array([row["content_hash"] for row in hashed], pa.string()),
        "parts": pa.array([[{"name": "description", "text": row["text"], "language": "en"}] for row in hashed], PARTS),
    })  # fmt: skip
    documents = table(hashed)
    stored = StoredTexts(
        documents["content_hash"],
        lambda wanted: iter([contents.filter(pa.compute.is_in(contents["content_hash"], wanted))]),
    )
    without = documents.drop_columns(["text"])
    assert group_duplicates(without, SETTINGS, texts=stored).equals(group_duplicates(documents, SETTINGS))


WELDERS = [posting(n, "welder", tuple(range(12)), days=n) for n in range(3)]
COOKS = [posting(10 + n, "cook", tuple(range(2, 14)), days=n) for n in range(3)]


class Counted:
    """How many texts were sketched, and how many postings compared."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sketched = self.compared = 0

        def sketch(texts: list[str]) -> object:
            self.sketched += len(texts)
            return sketches(texts)

        class Text(duplicates._Text):
            def __init__(text, whole: str) -> None:  # noqa: N805 - `self` is the counter
                self.compared += 1
                super().__init__(whole)

        monkeypatch.setattr(memory, "sketches", sketch)
        monkeypatch.setattr(duplicates, "_Text", Text)


def test_only_what_is_new_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    first = group_duplicates(table([*WELDERS, *COOKS]), SETTINGS, Memory(lake))
    counted = Counted(monkeypatch)
    assert group_duplicates(table([*WELDERS, *COOKS]), SETTINGS, Memory(lake)).equals(first)
    assert (counted.sketched, counted.compared) == (0, 0)
    new = posting(3, "welder", tuple(range(12)), days=9)
    found = group_duplicates(table([*WELDERS, *COOKS, new]), SETTINGS, Memory(lake))
    assert found["duplicate_of"].to_pylist() == [None, "d00", "d00", "d00", None, "d10", "d10"]
    assert counted.sketched == 1
    assert counted.compared == 4, "the welders are compared again, the cooks are not"


def test_that_no_posting_is_another_one_again_is_remembered_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, rows = Lake(tmp_path), [WELDERS[0], COOKS[0]]
    first = group_duplicates(table(rows), SETTINGS, Memory(lake))
    assert first["duplicate_of"].null_count == 2
    monkeypatch.setattr(duplicates, "_duplicates", None)  # would fail if they were looked for again
    assert group_duplicates(table(rows), SETTINGS, Memory(lake)).equals(first)


def test_other_settings_are_decided_anew(tmp_path: Path) -> None:
    lake, rows = Lake(tmp_path), [posting(0, "welder", tuple(range(12))), posting(1, "welder", (*range(9), 12, 13), 1)]
    for threshold in (0.95, 0.3, 0.95):
        chosen: IngestSettings = SETTINGS.model_copy(update={"duplicate_threshold": threshold})
        assert group_duplicates(table(rows), chosen, Memory(lake)).equals(group_duplicates(table(rows), chosen))


def test_a_damaged_memory_is_made_anew(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    first = group_duplicates(table(WELDERS), SETTINGS, Memory(lake))
    parts = sorted((tmp_path / "cache").rglob("*.parquet"))
    assert len(parts) == 3
    for part in parts:
        part.write_bytes(part.read_bytes()[:-9])
    assert group_duplicates(table(WELDERS), SETTINGS, Memory(lake)).equals(first)


def test_what_was_found_of_these_very_postings_is_not_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that follows an ingest takes what that found; anything else that is said is looked at."""
    lake = Lake(tmp_path)
    first = group_duplicates(table([*WELDERS, *COOKS]), SETTINGS, Memory(lake))
    looked_at: list[int] = []
    monkeypatch.setattr(duplicates, "_components", lambda rows, *_: looked_at.append(1) or iter(()))
    assert group_duplicates(table([*WELDERS, *COOKS]), SETTINGS, Memory(lake)).equals(first)
    chunks = pa.concat_tables([table(WELDERS), table(COOKS)]).slice(0)
    assert group_duplicates(chunks, SETTINGS, Memory(lake)).equals(first)
    assert not looked_at
    others = ([*WELDERS, *COOKS[1:]], [*WELDERS, COOKS[0] | {"content_hash": "other"}, *COOKS[1:]])
    for number, rows in enumerate(others, start=1):
        group_duplicates(table(rows), SETTINGS, Memory(lake))
        assert len(looked_at) == number
    group_duplicates(table([*WELDERS, *COOKS]), SETTINGS.model_copy(update={"duplicate_days": 1}), Memory(lake))
    assert len(looked_at) == 3


def test_a_lake_that_takes_no_writes_is_told_of_its_postings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks may not be allowed to write; what is not kept is found again the next time."""
    lake = Lake(tmp_path)
    group_duplicates(table(WELDERS), SETTINGS, Memory(lake))
    lake.delete("cache/groups")

    def refuse(name: str, content: bytes) -> None:
        raise LakeError(f"{name} cannot be written")

    with monkeypatch.context() as patch:
        patch.setattr(lake, "write_bytes", refuse)
        found = group_duplicates(table(WELDERS), SETTINGS, Memory(lake))
    assert found["duplicate_of"].to_pylist() == [None, "d00", "d00"]
    assert lake.folders("cache/groups") == []


def test_what_was_found_of_few_states_only_is_kept(tmp_path: Path) -> None:
    lake, rows = Lake(tmp_path), [posting(number, "welder", tuple(range(12))) for number in range(12)]
    for night in range(2, 12):
        group_duplicates(table(rows[:night]), SETTINGS, Memory(lake))
        assert len(lake.folders("cache/groups")) == min(night - 1, memory.WHOLES)


def test_sketches_survive_their_bytes_and_do_not_depend_on_the_batch() -> None:
    texts = [*LINES, "", "one", LINES[0]]
    together = sketches(texts)
    assert together.shape == (len(texts), BANDS)
    kept = pa.chunked_array([to_bytes(part) for part in (together[:3], together[3:])], pa.binary(BANDS * 8))
    for start in range(len(texts)):
        assert (from_array(kept.slice(start, 2)) == together[start : start + 2]).all()
    assert from_array(kept.slice(0, 0)).shape == (0, BANDS)
    assert all((sketches([text]) == row).all() for text, row in zip(texts, together, strict=True))
    assert not together[texts.index("")].any()
    assert (together[0] == together[-1]).all()
