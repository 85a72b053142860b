"""The document store: which version of a document counts, and what stays in quarantine."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.ingest import store as store_module
from pipeline.ingest.records import Credential, Posting, Reason, Rejected, StatedSkill, TextPart, as_row, content_hash
from pipeline.ingest.store import (
    SCHEMAS,
    DocumentStore,
    doc_id,
    quarantine_size,
    read_quarantine,
    to_row,
    write_quarantine,
)
from pipeline.lake import Lake
from pipeline.sql import query

POSTING = Posting(
    "board", "17", "Welder", "en", (TextPart("description", "Weld steel frames.", "en"),), (StatedSkill("welding"),),
    employer="Forge Inc.", region="CA-ON", posted_on=date(2026, 5, 4), wage_low=27.5, wage_currency="CAD",
)  # fmt: skip
CREDENTIAL = Credential(
    "college", "W-1", {"en": "Welding", "fr": "Soudage"}, (TextPart("outcome", "Souder l'acier.", "fr"),),
    hours=30.0, stackable_into=("W-CERT",), modified_at=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
)  # fmt: skip


def text(words: str, modified: datetime | None = None) -> Posting:
    """The posting with another text, which makes another version of it."""
    return replace(POSTING, parts=(TextPart("description", words, "en"),), modified_at=modified)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def put(lake: Lake) -> Callable[..., None]:
    """Writes versions of postings as one run."""

    def write(sequence: int, *postings: Posting) -> None:
        DocumentStore(lake, "postings").write([to_row(posting, sequence) for posting in postings])

    return write


def said(lake: Lake) -> list[str]:
    """The texts of the versions that count."""
    return [parts[0]["text"] for parts in DocumentStore(lake, "postings").current()["parts"].to_pylist()]


def test_texts_are_read_apart_each_content_once(lake: Lake, put: Callable[..., None]) -> None:
    first, second = text("Weld steel frames."), text("Weld ships.")
    other = replace(POSTING, source_id="18")
    put(1, first, other)
    put(2, second)
    put(3, second)
    store = DocumentStore(lake, "postings")
    facts = store.facts()
    assert facts.column_names == [name for name in SCHEMAS["postings"].names if name not in ("parts", "skills")]
    assert facts["content_hash"].to_pylist() == [content_hash(second), content_hash(other)]
    wanted = pa.array([content_hash(each) for each in (first, second)])
    found = pa.concat_tables(store.contents(wanted)).to_pylist()
    assert sorted(row["content_hash"] for row in found) == sorted(wanted.to_pylist())
    assert {row["parts"][0]["text"] for row in found} == {"Weld steel frames.", "Weld ships."}
    assert list(store.contents(wanted[:0])) == []


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_contents_are_the_same_however_many_parts_are_looked_at_together(
    lake: Lake, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(store_module, "PARTS_AT_ONCE", at_once)
    versions = [text(f"Weld {number} frames.") for number in range(5)]
    for sequence, some in enumerate([(0, 1), (1, 2), (0, 3), (4,)], start=1):
        put(sequence, *(replace(versions[number], source_id=f"{sequence}") for number in some))
    wanted = [content_hash(replace(versions[number], source_id=f"{sequence}")) for sequence, number in ((1, 1), (3, 3))]
    found = [row for part in DocumentStore(lake, "postings").contents(pa.array(wanted)) for row in part.to_pylist()]
    assert [row["content_hash"] for row in found] == wanted
    assert [row["parts"][0]["text"] for row in found] == ["Weld 1 frames.", "Weld 3 frames."]


def test_of_parts_that_hold_none_of_what_is_restated_no_text_is_read(
    lake: Lake, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1, text("Weld steel frames."))
    put(2, replace(POSTING, source_id="18"))
    put(3, text("Weld ships."))
    read: list[list[str] | None] = []
    real = Lake.read_table

    def noted(self: Lake, name: str, columns: list[str] | None = None) -> pa.Table:
        read.append(columns)
        return real(self, name, columns)

    monkeypatch.setattr(Lake, "read_table", noted)
    store = DocumentStore(lake, "postings")
    assert store.restate({"board:17": {content_hash(text("Weld steel frames."))}}, 4) == {"board:17"}
    assert (read.count(["doc_id"]), read.count(None)) == (3, 2)


@pytest.mark.parametrize("record", [POSTING, CREDENTIAL])
def test_a_row_says_all_that_the_record_does(record: Posting | Credential) -> None:
    assert as_row(record) == asdict(record)


# --- Rows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("record", "kind"), [(POSTING, "postings"), (CREDENTIAL, "credentials")])
def test_a_record_comes_back_as_it_was(lake: Lake, record: Posting | Credential, kind: str) -> None:
    store = DocumentStore(lake, kind)
    row = to_row(record, 1)
    store.write([row])
    table = store.current()
    assert table.schema.equals(SCHEMAS[kind])
    (found,) = table.to_pylist()
    as_lists = {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}
    assert found == as_lists
    assert found["doc_id"] == doc_id(record)
    assert found["content_hash"] == content_hash(record)


def test_an_empty_store_has_the_schema_and_no_rows(lake: Lake) -> None:
    for kind in ("postings", "credentials"):
        store = DocumentStore(lake, kind)
        assert store.current().equals(SCHEMAS[kind].empty_table())
        assert store.next_sequence() == 1
        store.write([])
    assert not Path(lake.root).exists()


def test_documents_are_sorted_whatever_order_they_were_written_in(tmp_path: Path) -> None:
    postings = [replace(POSTING, source_id=str(number)) for number in range(20)]
    tables = []
    for seed in (1, 2):
        store = DocumentStore(Lake(tmp_path / str(seed)), "postings")
        mixed = random.Random(seed).sample(postings, len(postings))
        store.write([to_row(posting, 1) for posting in mixed[:7]])
        store.write([to_row(posting, 1) for posting in mixed[7:]])
        tables.append(store.current())
    assert tables[0].equals(tables[1])
    assert tables[0]["doc_id"].to_pylist() == sorted(tables[0]["doc_id"].to_pylist())


def test_the_same_rows_give_the_same_file(tmp_path: Path) -> None:
    rows = [to_row(replace(POSTING, source_id=str(number)), 1) for number in range(9)]
    names = []
    for seed in (1, 2):
        lake = Lake(tmp_path / str(seed))
        DocumentStore(lake, "postings").write(random.Random(seed).sample(rows, len(rows)))
        names.append({name: lake.read_bytes(f"documents/postings/{name}") for name in lake.names("documents/postings")})
    assert names[0] == names[1]


# --- Versions -------------------------------------------------------------------------------------------------------


def test_the_newest_run_counts(lake: Lake, put: Callable[..., None]) -> None:
    for sequence, words in enumerate(("zebra", "apple", "mango"), start=1):
        put(sequence, text(words))
        assert said(lake) == [words]


def test_the_version_modified_last_counts_whatever_run_brought_it(lake: Lake, put: Callable[..., None]) -> None:
    put(1, text("newer", datetime(2026, 3, 1, tzinfo=UTC)))
    put(2, text("older", datetime(2026, 2, 1, tzinfo=UTC)))
    put(3, text("undated"))
    assert said(lake) == ["newer"]


def test_two_versions_of_one_run_resolve_the_same_in_any_order(tmp_path: Path) -> None:
    versions = [text(words) for words in ("one", "two", "three")]
    found = set()
    for number, order in enumerate(permutations(versions)):
        lake = Lake(tmp_path / str(number))
        for posting in order:
            DocumentStore(lake, "postings").write([to_row(posting, 1)])
        found.update(said(lake))
    assert len(found) == 1


def test_a_version_is_restated_where_that_makes_it_count(lake: Lake, put: Callable[..., None]) -> None:
    first, second = text("first"), text("second")
    put(1, first, replace(first, source_id="other"))
    put(2, second)
    store = DocumentStore(lake, "postings")
    known = store.known_versions()["board:17"]
    assert known.versions == {content_hash(first), content_hash(second)}
    assert known.current == content_hash(second)
    assert store.restate({}, 3) == frozenset()
    assert store.restate({"board:17": {content_hash(first)}}, 3) == {"board:17"}
    assert said(lake) == ["first", "first"]
    assert store.known_versions()["board:17"].current == content_hash(first)
    assert store.next_sequence() == 4


def test_a_version_is_not_restated_where_it_would_not_count(lake: Lake, put: Callable[..., None]) -> None:
    undated, older = text("undated"), text("older", datetime(2026, 2, 1, tzinfo=UTC))
    put(1, undated, older)
    put(2, text("newer", datetime(2026, 3, 1, tzinfo=UTC)))
    store = DocumentStore(lake, "postings")
    assert store.restate({"board:17": {content_hash(undated), content_hash(older)}}, 3) == frozenset()
    assert said(lake) == ["newer"]
    assert store.next_sequence() == 3


def test_the_next_sequence_follows_the_newest_run(lake: Lake, put: Callable[..., None]) -> None:
    put(1, text("one"))
    put(7, text("two"))
    assert DocumentStore(lake, "postings").next_sequence() == 8


def test_ids_that_look_like_sql_or_paths_are_data(lake: Lake, put: Callable[..., None], tmp_path: Path) -> None:
    hostile = ["'; DROP TABLE versions; --", "../../etc/passwd", "a:b", "\u202egnp.exe", "é" * 4000, "🦺", "\x00"]
    put(1, *(replace(POSTING, source_id=each) for each in hostile))
    assert sorted(DocumentStore(lake, "postings").current()["source_id"].to_pylist()) == sorted(hostile)
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


# --- Quarantine -----------------------------------------------------------------------------------------------------

REJECTED = Rejected("board", "jobs.jsonl", "5", Reason.MALFORMED_RECORD, "The line is not JSON.", '{"a": ')


def test_a_rejected_record_is_kept_once_with_all_that_is_known_of_it(lake: Lake) -> None:
    for _ in range(3):
        assert write_quarantine(lake, "postings", [REJECTED, REJECTED]) == 1
    (row,) = read_quarantine(lake, "postings").to_pylist()
    assert row | {"quarantine_id": ""} == {
        "quarantine_id": "", "source": "board", "source_id": None, "file": "jobs.jsonl", "position": "5",
        "reason": "malformed_record", "detail": "The line is not JSON.", "raw": '{"a": ',
    }  # fmt: skip
    assert len(lake.names("quarantine/postings")) == 1


def test_quarantine_is_sorted_and_kinds_stay_apart(lake: Lake) -> None:
    write_quarantine(lake, "postings", [replace(REJECTED, position=str(n)) for n in (3, 1, 2)])
    write_quarantine(lake, "postings", [replace(REJECTED, position=str(n)) for n in (4, 2)])
    ids = read_quarantine(lake, "postings")["quarantine_id"].to_pylist()
    assert len(ids) == 4
    assert ids == sorted(ids)
    assert quarantine_size(lake, "postings") == 4
    assert read_quarantine(lake, "credentials").num_rows == quarantine_size(lake, "credentials") == 0


@pytest.mark.parametrize("change", ["source", "file", "position", "raw"])
def test_records_that_differ_are_two(lake: Lake, change: str) -> None:
    assert write_quarantine(lake, "postings", [REJECTED, replace(REJECTED, **{change: "other"})]) == 2


def test_raw_content_that_is_not_unicode_is_kept_as_far_as_it_can_be(lake: Lake) -> None:
    write_quarantine(lake, "postings", [replace(REJECTED, raw="before \ud800 after")])
    (row,) = read_quarantine(lake, "postings").to_pylist()
    assert row["raw"] == "before ? after"


def test_parts_can_be_read_by_any_engine(lake: Lake, put: Callable[..., None]) -> None:
    put(1, POSTING)
    (name,) = lake.names("documents/postings")
    assert name.startswith("000001-")
    found = query("SELECT doc_id, parts[1].text AS said FROM read_parquet($path)", {}, {
        "path": lake.path(f"documents/postings/{name}"),
    })  # fmt: skip
    assert found.equals(pa.table({"doc_id": ["board:17"], "said": ["Weld steel frames."]}))
