"""Which reader a file gets, and which files are read at all."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import SettingsError
from pipeline.ingest import Posting, ReadContext, Reason, Rejected, all_records, choose_reader, expand
from pipeline.ingest.formats import SUFFIXES, Source
from pipeline.ingest.presence import WITHDRAWN_SUFFIX
from pipeline.ingest.records import Credential, Kind, Record

JOB = {"source_id": "1", "title": "Welder", "description": "You will weld steel frames from drawings in our workshop."}
COURSE = {
    "source_id": "1", "title_en": "Welding", "outcome_en": ["weld steel frames from drawings", "inspect a weld"],
}  # fmt: skip
SCHEMA_JOB = {
    "@context": "https://schema.org", "@type": "JobPosting", "identifier": "1", "title": "Welder",
    "description": "<p>You will weld steel frames from drawings in our workshop.</p>",
}  # fmt: skip
BADGE = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "https://badges.example.org/1", "type": ["Achievement"], "name": "Welding basics",
    "description": "Learners weld steel frames from drawings and inspect their welds.",
    "criteria": {"narrative": "Weld a steel frame from a drawing."},
}  # fmt: skip
MAPPING = """
[source]
name = "odd-board"
kind = "postings"
files = ["odd-*.csv"]
[fields]
source_id = "no"
title = "job"
[parts]
description = ["what"]
"""


def context(kind: Kind, source: str = "") -> ReadContext:
    return ReadContext(kind, source)


def as_csv(row: dict[str, object], delimiter: str = ",") -> bytes:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(row), delimiter=delimiter)
    writer.writeheader()
    writer.writerow(row)
    return lines.getvalue().encode()


def as_parquet(row: dict[str, object]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([row]), sink)
    return sink.getvalue()


def chosen(folder: Path, name: str, content: bytes, kind: Kind = "postings", source: str = "") -> Source:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return choose_reader(path, context(kind, source), None, [])


def read(folder: Path, name: str, content: bytes, kind: Kind = "postings", source: str = "") -> list[Record]:
    return list(chosen(folder, name, content, kind, source).records())


# --- Choosing a reader ----------------------------------------------------------------------------------------------

JSON_JOB = json.dumps(JOB).encode()
PAGE = b'<html><script type="application/ld+json">%b</script></html>' % json.dumps(SCHEMA_JOB).encode()


@pytest.mark.parametrize(
    ("name", "content", "source"),
    [
        ("jobs.jsonl", JSON_JOB, "jobs"),
        ("jobs.ndjson", JSON_JOB + b"\n", "jobs"),
        ("JOBS.JSONL", JSON_JOB, "jobs"),
        ("jobs.json", b"[" + JSON_JOB + b"]", "jobs"),
        ("jobs.csv", as_csv(JOB), "jobs"),
        ("jobs.tsv", as_csv(JOB, "\t"), "jobs"),
        ("jobs.parquet", as_parquet(JOB), "jobs"),
        ("jobs.csv", b"\xef\xbb\xbf" + as_csv(JOB), "jobs"),
        ("Offres d'emploi (1).jsonl", JSON_JOB, "offres-d-emploi-1"),
        ("job.jsonld", json.dumps(SCHEMA_JOB).encode(), "schemaorg"),
        ("job.json", json.dumps(SCHEMA_JOB).encode(), "schemaorg"),
        ("jobs.jsonl", json.dumps(SCHEMA_JOB).encode(), "schemaorg"),
        ("job.html", PAGE, "schemaorg"),
        ("job.htm", PAGE, "schemaorg"),
    ],
)
def test_a_posting_is_read_from_each_format(tmp_path: Path, name: str, content: bytes, source: str) -> None:
    (record,) = read(tmp_path, name, content)
    assert isinstance(record, Posting), record
    assert record.title == "Welder"
    assert record.source.split(":")[0] == source
    assert "weld steel frames" in record.parts[-1].text


@pytest.mark.parametrize(
    ("name", "content", "source"),
    [
        ("courses.jsonl", json.dumps(COURSE).encode(), "courses"),
        ("courses.json", b"[" + json.dumps(COURSE).encode() + b"]", "courses"),
        ("badge.json", json.dumps(BADGE).encode(), "openbadges"),
    ],
)
def test_a_credential_is_read_from_each_format(tmp_path: Path, name: str, content: bytes, source: str) -> None:
    (record,) = read(tmp_path, name, content, "credentials")
    assert isinstance(record, Credential), record
    assert record.titles["en"].startswith("Welding")
    assert record.source == source


def test_the_users_name_for_a_source_wins(tmp_path: Path) -> None:
    for name, content in (("jobs.jsonl", JSON_JOB), ("jobs.csv", as_csv(JOB)), ("job.html", PAGE)):
        (record,) = read(tmp_path, name, content, source="my-board")
        assert isinstance(record, Posting)
        assert record.source.split(":")[0] == "my-board"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("notes.docx", "postings"), ("jobs", "postings"), ("jobs.xml", "postings"), ("badge.png", "postings"),
     ("scan.pdf", "credentials"), ("jobs.jsonl.gz", "postings"), (".jsonl", "postings")],
)  # fmt: skip
def test_a_file_that_nothing_reads_is_quarantined_whole(tmp_path: Path, name: str, kind: Kind) -> None:
    (record,) = read(tmp_path, name, b"PK\x03\x04 what \xff is this", kind)
    assert isinstance(record, Rejected)
    assert (record.reason, record.position, record.file) == (Reason.UNKNOWN_FORMAT, "file", name)
    assert record.raw.startswith("PK\x03\x04 what")
    assert "mapping" in record.detail


@pytest.mark.parametrize("kind", ["postings", "credentials"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 999, b"\xff\xfe\x00", b"<", b"[", b"{}", b"[]", b"null", b"PAR1"])
def test_no_content_raises_whatever_the_suffix(tmp_path: Path, kind: Kind, content: bytes) -> None:
    for suffix in SUFFIXES[kind]:
        assert all(isinstance(record, Rejected) for record in read(tmp_path, f"file{suffix}", content, kind))


ERROR_PAGE = b"<!doctype html><html><body><h1>503 Service Unavailable</h1></body></html>"


@pytest.mark.parametrize("kind", ["postings", "credentials"])
@pytest.mark.parametrize("suffix", [".json", ".jsonld", ".html", ".parquet"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 999, b"\xff\xfe\x00", ERROR_PAGE, b"{}", b"null", b"PAR1"])
def test_a_document_without_a_record_says_so(tmp_path: Path, kind: Kind, suffix: str, content: bytes) -> None:
    """What is read whole never disappears without a word: a feed that gave an error page must not look empty."""
    assert read(tmp_path, f"file{suffix}", content, kind)


@pytest.mark.parametrize("kind", ["postings", "credentials"])
@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told_in_each_format(tmp_path: Path, kind: Kind, content: bytes) -> None:
    for suffix in set(SUFFIXES[kind]) - {WITHDRAWN_SUFFIX}:
        (record,) = read(tmp_path, f"file{suffix}", content, kind)
        assert isinstance(record, Rejected), suffix
        assert (record.reason, record.position) == (Reason.UNREADABLE_FILE, "file"), (suffix, record)


def test_blank_lines_of_json_are_passed_over(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "jobs.jsonl", b"\n\n" + JSON_JOB + b"\n\n")
    assert isinstance(record, Posting)


# --- Mappings -------------------------------------------------------------------------------------------------------


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "sources" / "odd-board.toml"
    path.parent.mkdir()
    path.write_text(MAPPING, encoding="utf-8")
    return path


ODD = b"no,job,what\n7,Welder,You will weld steel frames from drawings in our workshop.\n"


def test_a_mapping_is_found_by_its_pattern(tmp_path: Path, mapping: Path) -> None:
    path = tmp_path / "odd-jobs.csv"
    path.write_bytes(ODD)
    source = choose_reader(path, context("postings", "ignored"), None, [mapping.parent])
    (record,) = source.records()
    assert isinstance(record, Posting)
    assert (record.source, record.source_id, record.title) == ("odd-board", "7", "Welder")


def test_the_users_mapping_needs_no_pattern(tmp_path: Path, mapping: Path) -> None:
    path = tmp_path / "anything.csv"
    path.write_bytes(ODD)
    (record,) = choose_reader(path, context("postings"), mapping, []).records()
    assert isinstance(record, Posting)
    assert record.source == "odd-board"


def test_a_mapping_for_the_other_kind_is_the_users_mistake(tmp_path: Path, mapping: Path) -> None:
    path = tmp_path / "odd-jobs.csv"
    path.write_bytes(ODD)
    with pytest.raises(SettingsError, match="mapped as postings, not as credentials"):
        choose_reader(path, context("credentials"), mapping, [])


# --- Which files ----------------------------------------------------------------------------------------------------


def test_folders_give_what_has_a_known_suffix(tmp_path: Path) -> None:
    for name in ("b.csv", "a.JSONL", "deep/er/c.html", "notes.txt", "deep/README.md", ".hidden.swp", "badge.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "folder.csv").mkdir()
    assert [path.name for path in expand([tmp_path], "postings")] == ["a.JSONL", "b.csv", "c.html"]
    assert [path.name for path in expand([tmp_path], "credentials")] == ["a.JSONL", "b.csv", "badge.png", "c.html"]


def test_a_named_file_is_read_whatever_its_suffix_and_each_once(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.touch()
    other = tmp_path / "jobs.csv"
    other.touch()
    assert expand([file, other, tmp_path, file], "postings") == [other, file]


def test_links_in_folders_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jsonl").write_bytes(JSON_JOB)
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "own.jsonl").write_bytes(JSON_JOB)
    (landing / "link.jsonl").symlink_to(outside / "secret.jsonl")
    (landing / "linked-folder").symlink_to(outside, target_is_directory=True)
    (landing / "dangling.jsonl").symlink_to(tmp_path / "nowhere")
    (landing / "loop").symlink_to(landing, target_is_directory=True)
    assert [path.name for path in expand([landing], "postings")] == ["own.jsonl"]
    assert [path.name for path in expand([landing / "link.jsonl"], "postings")] == ["link.jsonl"]


def test_a_missing_path_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere.* does not exist: no credentials"):
        expand([tmp_path, tmp_path / "nowhere"], "credentials")


def test_files_come_in_an_order_of_their_own(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("c.csv", "a.csv", "x/b.csv", "w/b.csv")]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert expand(paths, "postings") == expand(list(reversed(paths)), "postings")
    assert expand([tmp_path], "postings") == expand(paths, "postings")


def test_records_of_several_files_follow_each_other(tmp_path: Path) -> None:
    sources = [chosen(tmp_path, f"{name}.jsonl", JSON_JOB) for name in "ab"]
    assert [record.source for record in all_records(sources)] == ["a", "b"]


def test_a_file_that_vanishes_is_quarantined(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv", "a.parquet", "a.html", "a.json"):
        source = chosen(tmp_path, name, JSON_JOB)
        source.path.unlink()
        (record,) = source.records()
        assert isinstance(record, Rejected)
        assert record.reason == Reason.UNREADABLE_FILE


# --- Tables without titles ------------------------------------------------------------------------------------------


def test_one_record_without_a_title_does_not_condemn_its_file(tmp_path: Path) -> None:
    """Members that say nothing are left out of JSON Lines: it must not matter which record comes first."""
    untitled = {name: value for name, value in JOB.items() if name != "title"} | {"source_id": "2"}
    for order in ((untitled, JOB), (JOB, untitled)):
        records = read(tmp_path, "jobs.jsonl", b"\n".join(json.dumps(each).encode() for each in order))
        assert sorted(type(record).__name__ for record in records) == ["Posting", "Rejected"]
        (rejected,) = (record for record in records if isinstance(record, Rejected))
        assert rejected.reason == Reason.MISSING_TITLE


def test_a_table_without_titles_is_refused_once(tmp_path: Path) -> None:
    foreign = [{"no": str(number), "job": "Welder", "what": "You will weld steel."} for number in range(250)]
    lines = b"\n".join(json.dumps(each).encode() for each in foreign)
    table = b"no,job,what\n" + b"1,Welder,You will weld steel.\n" * 250
    for name, content in (
        ("jobs.jsonl", b"{\n" + lines),
        ("jobs.csv", table),
        ("jobs.json", json.dumps(foreign).encode()),
    ):
        *malformed, record = read(tmp_path, name, content)
        assert isinstance(record, Rejected)
        assert (record.reason, record.position) == (Reason.UNKNOWN_FORMAT, "file")
        assert "no, job, what" in record.detail
        assert len(malformed) == (name == "jobs.jsonl")
