"""Rows out of CSV, JSON Lines, JSON and Parquet, in whatever state the files are."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as dtime
from decimal import Decimal
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.mapping import Mapping, canonical_mapping
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Rejected
from pipeline.ingest.rows import Row
from pipeline.ingest.tabular import read_rows

CONTEXT = ReadContext("postings", "test")
SMALL = ReadContext("postings", "test", max_record_bytes=200, max_file_bytes=5_000)
PLAIN = canonical_mapping("postings", "test")


def mapped(**source: object) -> Mapping:
    return Mapping.model_validate({"source": {"name": "test", "kind": "postings", **source}})


def read(
    folder: Path, name: str, data: bytes, mapping: Mapping = PLAIN, context: ReadContext = CONTEXT
) -> tuple[list[tuple[str, dict[str, object]]], list[tuple[str, Reason]]]:
    """The rows (position, values) and the rejections (position, reason) of a file."""
    path = folder / name
    path.write_bytes(data)
    found = list(read_rows(path, mapping, context))
    rows = [(row.position, row.values) for row in found if isinstance(row, Row)]
    rejected = [(row.position, row.reason) for row in found if isinstance(row, Rejected)]
    return rows, rejected


MALFORMED = Reason.MALFORMED_RECORD


@pytest.mark.parametrize(
    ("data", "rows", "rejected"),
    [
        (b"a,b\n1,2\n3,4\n", [("2", "1", "2"), ("3", "3", "4")], []),
        (b"a;b\n1;2,5\n3;4\n", [("2", "1", "2,5"), ("3", "3", "4")], []),
        (b"a\tb\n1\t2\n", [("2", "1", "2")], []),
        (b"a|b\n1|2\n", [("2", "1", "2")], []),
        (b"\xef\xbb\xbfa,b\n1,2\n", [("2", "1", "2")], []),
        (b"a,b\r\n1,2\r\n", [("2", "1", "2")], []),
        (b"a,b\r1,2\r3,4\r", [("2", "1", "2"), ("3", "3", "4")], []),
        ("a,b\n1,é\n".encode("utf-16"), [("2", "1", "é")], []),
        (b"a,b\n1,2", [("2", "1", "2")], []),
        (b'a,b\n1,"two\nlines, ""quoted"""\n3,4\n', [("2", "1", 'two\nlines, "quoted"'), ("4", "3", "4")], []),
        (b'a,b\n1,"\n\n\n"\n', [("2", "1", "\n\n\n")], []),
        (b"a,b\n\n1,2\n\n,\n", [("3", "1", "2")], []),  # empty rows hold nothing
        (b"a,b\n1,2,,\n", [("2", "1", "2")], []),  # commas left over by a spreadsheet
        (b"a,b\n1\n3,4\n", [("3", "3", "4")], [("2", MALFORMED)]),
        (b"a,b\n1,2,3\n3,4\n", [("3", "3", "4")], [("2", MALFORMED)]),
        (b'a,b\n1,"open\n3,4\n5,6\n', [("3", "3", "4"), ("4", "5", "6")], [("2", MALFORMED)]),
        (
            b'a,b\n1,"open\n3,4\n5,"open\n7,8\n',
            [("3", "3", "4"), ("5", "7", "8")],
            [("2", MALFORMED), ("4", MALFORMED)],
        ),
        (b'a,b\n1,5" pipe\n3,4\n', [("2", "1", '5" pipe'), ("3", "3", "4")], []),
        (b'a,b\n1,"x"y\n', [("2", "1", "xy")], []),
        (b"a,b\n1,caf\xe9\n3,4\n", [("3", "3", "4")], [("2", MALFORMED)]),
        (b"a,b\n1,nul\x00\n", [("2", "1", "nul\x00")], []),
        (b"a,b,a\n,2,3\n", [("2", "3", "2")], []),
        (b"", [], [("file", Reason.UNREADABLE_FILE)]),
        (b"\n\n", [], [("file", Reason.UNREADABLE_FILE)]),
        (b"a,b\n", [], []),
    ],
)
def test_csv(tmp_path: Path, data: bytes, rows: list[tuple[str, str, str]], rejected: list[tuple[str, Reason]]) -> None:
    found, refused = read(tmp_path, "x.csv", data)
    assert [(position, values["a"], values["b"]) for position, values in found] == rows
    assert refused == rejected


def test_csv_as_its_mapping_says(tmp_path: Path) -> None:
    mapping = mapped(delimiter="|", encoding="cp1252", header=["noc", "titre"])
    assert read(tmp_path, "x.txt", b"1|\xe9lectricien, 2e\n", mapping) == (
        [("1", {"noc": "1", "titre": "électricien, 2e"})],
        [],
    )


def test_a_row_keeps_its_own_text(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'a,b\n1,"two\nlines"\n2\n')
    row, rejected = list(read_rows(path, PLAIN, CONTEXT))
    assert isinstance(row, Row) and row.raw() == '1,"two\nlines"\n'
    assert isinstance(rejected, Rejected) and rejected.raw == "2\n"
    assert rejected.detail == "The row has 1 fields, the header 2."


def test_lines_that_are_too_long_cost_themselves_only(tmp_path: Path) -> None:
    data = b"a,b\n1,2\n3," + b"x" * 1_000 + b"\n5,6\n"
    rows, rejected = read(tmp_path, "x.csv", data, context=SMALL)
    assert [position for position, _ in rows] == ["2", "4"]
    assert rejected == [("3", Reason.TOO_LARGE)]
    lines = b'{"a":1}\n{"a":"' + b"x" * 1_000 + b'"}\n{"a":2}'
    rows, rejected = read(tmp_path, "x.jsonl", lines, context=SMALL)
    assert [position for position, _ in rows] == ["1", "3"]
    assert rejected == [("2", Reason.TOO_LARGE)]
    wide = "a,b\n1,2\n3,".encode("utf-16") + ("x" * 1_000 + "\n5,6\n").encode("utf-16-le")
    rows, rejected = read(tmp_path, "x.csv", wide, context=SMALL)
    assert [position for position, _ in rows] == ["2", "4"]
    assert rejected == [("3", Reason.TOO_LARGE)]


def test_files_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    assert read(tmp_path, "x.csv", b"a,b\n" * 5_000, context=SMALL) == ([], [("file", Reason.TOO_LARGE)])


def test_json_lines(tmp_path: Path) -> None:
    data = (
        b'\xef\xbb\xbf{"a":1}\n\n{"a":\n[1]\n"text"\n{"a":"\\ud800"}\n{"a":NaN}\n'
        + b"[" * 100_000
        + b'\n{"a":"\xe9"}\n{"a":2}'
    )
    rows, rejected = read(tmp_path, "x.jsonl", data)
    assert [position for position, _ in rows] == ["1", "6", "7", "10"]
    assert rejected == [("3", MALFORMED), ("4", MALFORMED), ("5", MALFORMED), ("8", MALFORMED), ("9", MALFORMED)]


@pytest.mark.parametrize(
    ("data", "records", "rows", "rejected"),
    [
        (b'[{"a":1},{"a":2}]', None, ["[0]", "[1]"], []),
        (b'{"a":1}', None, ["[0]"], []),
        (b'{"jobs":{"list":[{"a":1},3]}}', "jobs.list", ["jobs.list[0]"], [("jobs.list[1]", MALFORMED)]),
        (b'{"jobs":3}', "jobs", [], [("file", Reason.UNREADABLE_FILE)]),
        (b'{"a":1}\n{"a":2}\n', None, ["1", "2"], []),  # JSON Lines under another name
        (b'{"a":1}\n{"a":\n', None, ["1"], [("2", MALFORMED)]),
        (b'[{"a":1},', None, [], [("file", Reason.UNREADABLE_FILE)]),
        (b"", None, [], [("file", Reason.UNREADABLE_FILE)]),
        (b"[" * 100_000, None, [], [("file", Reason.UNREADABLE_FILE)]),
        (b'{"a":"\xe9"}', None, [], [("file", Reason.UNREADABLE_FILE)]),
        (b'[{"a":"' + b"x" * 300 + b'"},{"a":1}]', None, ["[1]"], [("[0]", Reason.TOO_LARGE)]),
    ],
)
def test_json(
    tmp_path: Path, data: bytes, records: str | None, rows: list[str], rejected: list[tuple[str, Reason]]
) -> None:
    context = ReadContext("postings", "test", max_record_bytes=300)
    found, refused = read(tmp_path, "x.json", data, mapped(records=records), context)
    assert [position for position, _ in found] == rows
    assert refused == rejected


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    table = pa.table({"a": [1, 2], "day": [date(2026, 1, 2), None], "raw": [b"caf\xc3\xa9", b"\xff"], "l": [["x"], []]})
    pq.write_table(table, path)
    rows = [row for row in read_rows(path, PLAIN, CONTEXT) if isinstance(row, Row)]
    assert [row.position for row in rows] == ["row 1", "row 2"]
    assert rows[0].values == {"a": 1, "day": date(2026, 1, 2), "raw": "café", "l": ["x"]}
    assert orjson.loads(rows[0].raw())["day"] == "2026-01-02"
    (rejected,) = read_rows(path, PLAIN, ReadContext("postings", "test", max_file_bytes=10))
    assert isinstance(rejected, Rejected) and rejected.reason is Reason.TOO_LARGE
    truncated = path.read_bytes()[:-20]
    assert read(tmp_path, "y.parquet", truncated) == ([], [("file", Reason.UNREADABLE_FILE)])


def test_numbers_and_times_of_parquet_are_those_that_python_has(tmp_path: Path) -> None:
    """Databases export decimals, data frames times in nanoseconds: neither may cost a value, a record or the file."""
    stamp = 1_780_000_000_123_456_789  # 2026-05-28 20:26:40.123456789
    columns = {
        "id": pa.array([Decimal("12345678901234567890"), None], pa.decimal128(20, 0)),
        "wage": pa.array([Decimal("25.50"), Decimal("40.00")], pa.decimal128(8, 2)),
        "at": pa.array([stamp, None], pa.timestamp("ns")),
        "zoned": pa.array([stamp, None], pa.timestamp("ns", "UTC")),
        "length": pa.array([1_500, None], pa.duration("ns")),
        "opens": pa.array([3_600_000_000_001, None], pa.time64("ns")),
        "nested": pa.array(
            [[{"at": stamp, "cost": Decimal("1.5")}], None],
            pa.list_(pa.struct([("at", pa.timestamp("ns")), ("cost", pa.decimal128(4, 1))])),
        ),
    }
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(columns), path)
    rows, rejected = read(tmp_path, "x.parquet", path.read_bytes())
    assert rejected == []
    at = datetime(2026, 5, 28, 20, 26, 40, 123456)
    assert rows[0][1] == {
        "id": 12345678901234567890, "wage": 25.5, "at": at, "zoned": at.replace(tzinfo=UTC),
        "length": timedelta(microseconds=1), "opens": dtime(1), "nested": [{"at": at, "cost": 1.5}],
    }  # fmt: skip
    assert rows[1][1] == dict.fromkeys(columns) | {"wage": 40}
    assert all(type(row[1]["at"]) in (datetime, type(None)) for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_long_field_costs_nothing(tmp_path: Path, delimiter: str) -> None:
    """A description may hold a picture of a hundred thousand letters: the limit is that of a record."""
    lines = [("a", "b", "c"), ("1", "x" * 140_000, "2"), ("3", "y", "4")]
    data = "".join(f"{delimiter.join(line)}\n" for line in lines).encode()
    rows, rejected = read(tmp_path, "x.csv", data)
    assert [tuple(values.values()) for _, values in rows] == lines[1:]
    assert rejected == []


def test_files_that_no_reader_fits_and_files_that_are_not_there(tmp_path: Path) -> None:
    assert read(tmp_path, "x.xlsx", b"PK") == ([], [("file", Reason.UNKNOWN_FORMAT)])
    (rejected,) = read_rows(tmp_path / "absent.csv", PLAIN, CONTEXT)
    assert isinstance(rejected, Rejected) and rejected.reason is Reason.UNREADABLE_FILE
    (rejected,) = read_rows(tmp_path, PLAIN, CONTEXT)
    assert isinstance(rejected, Rejected) and rejected.reason is Reason.UNREADABLE_FILE


@pytest.mark.parametrize(
    "data",
    [b"a,b\n" + b'1,"open ""\n' * 60_000, b"a,b\n" + b'"' * 1_900_000, b'a,b\n1,"x\n' + b'1,"y",""\n' * 60_000],
    ids=["open", "quotes", "even"],
)
def test_stray_quotes_are_read_in_bounded_time(tmp_path: Path, data: bytes) -> None:
    start = time.perf_counter()
    read(tmp_path, "x.csv", data)
    assert time.perf_counter() - start < 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["csv", "tsv", "json", "jsonl", "parquet", "txt"]))
def test_no_bytes_raise(tmp_path: Path, data: bytes, suffix: str) -> None:
    for start in (b"", b"a,b\n", b'{"a":1}\n', b"PAR1", b"\xff\xfe", b"\xef\xbb\xbf"):
        read(tmp_path, f"x.{suffix}", start + data, context=SMALL)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=10))
def test_what_a_csv_writer_writes_comes_back(tmp_path: Path, pairs: list[tuple[str, str]]) -> None:
    import csv
    import io

    pairs = [(a, b) for a, b in pairs if (a + b).strip() and (a + b).isprintable()]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([("a", "b"), *pairs])
    rows, rejected = read(tmp_path, "x.csv", out.getvalue().encode(), mapped(delimiter=","))
    assert [(values["a"], values["b"]) for _, values in rows] == pairs
    assert rejected == []
