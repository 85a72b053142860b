"""Hostile files: each is taken, or kept in quarantine with a reason and a place, at a cost that is bounded.

The table in docs/security.md names these cases; `test_every_case_is_in_the_documentation` keeps the two together.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.asking.show import table_rows
from pipeline.embeddings.trusted import check_model_folder
from pipeline.errors import EncoderError, LakeError, SettingsError
from pipeline.ingest import Counts, DocumentStore, Kind, read_quarantine
from pipeline.ingest.hygiene import HIDDEN
from pipeline.intake import ingest
from pipeline.lake import Lake, without_secrets
from pipeline.landing import LandingArea
from pipeline.publish import safe_cell, safe_cells
from pipeline.settings import Settings, load_settings
from pipeline.sql import query

ROOT = Path(__file__).resolve().parents[2]
TEXT = "You will weld steel frames, grind castings and read technical drawings in our shop every day."


@pytest.fixture(scope="module", autouse=True)
def one_database() -> Iterator[None]:
    """One DuckDB for the module, each connection a cursor of it."""
    with duckdb.connect() as shared, pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda: shared.cursor())
        yield


def tight() -> Settings:
    """Limits small enough to be met in a test."""
    return load_settings(None, {"ingest": {
        "max_file_bytes": 3_000_000, "max_record_bytes": 20_000, "max_document_bytes": 200_000,
        "max_document_values": 5_000, "max_records": 50,
    }})  # fmt: skip


def posting(**changes: object) -> dict[str, object]:
    return {"source_id": "1", "title": "Welder", "description": TEXT, "language": "en"} | changes


def schemaorg(**changes: object) -> bytes:
    node = {"@type": "JobPosting", "identifier": "1", "title": "Welder", "description": TEXT, "inLanguage": "en"}
    return json.dumps(node | changes).encode()


def line(**changes: object) -> bytes:
    return json.dumps(posting(**changes)).encode() + b"\n"


def table(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


ROWS = [["source_id", "title", "description", "language"], ["1", "Soudeur à l'arc", "Vous soudez des pièces d'acier "
        "et vous meulez des surfaces métalliques dans notre atelier.", "fr"]]  # fmt: skip


def parquet(values: dict[str, pa.Array]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(values), sink)
    return sink.getvalue()


def repeated_list() -> bytes:
    """A kilobyte of Parquet with a list of many equal numbers."""
    return parquet({"source_id": pa.array(["1"]), "title": pa.array(["x"]), "bomb": pa.array([[0] * 2_000_000])})


def badge(text: bytes) -> bytes:
    body = b"iTXtopenbadges\0\x01\0\0\0" + zlib.compress(text)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True))
    + ']><svg xmlns:ob="https://purl.imsglobal.org/ob/v3p0"><ob:credential>&h;</ob:credential></svg>'
).encode()
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<svg xmlns:ob="https://purl.imsglobal.org/ob/v3p0"><ob:credential>&x;</ob:credential></svg>'
)


@dataclass(frozen=True)
class Case:
    """A hostile file and what becomes of it: the reasons that its records are rejected for, or how many are taken."""

    name: str
    file: str
    content: Callable[[], bytes]
    taken: int = 0
    reasons: tuple[str, ...] = ()
    kind: Kind = "postings"


CASES = [
    Case("JSON bomb: many small values", "a.json", lambda: b"[" + b"[]," * 20_000 + b"[]]", 0, ("too_large",)),
    Case("JSON document beyond the limit", "a.json", lambda: b'"' + b"a" * 200_001 + b'"', 0, ("too_large",)),
    Case("JSON nested 100,000 deep", "a.json", lambda: b"[" * 4_000 + b"]" * 4_000, 0, ("unreadable_file",)),
    Case("JSON Lines nested deep", "a.jsonl", lambda: b'{"a":' * 3_000 + b"1" + b"}" * 3_000 + b"\n" + line(), 1,
         ("malformed_record",)),
    Case("deep @graph", "a.json", lambda: b'{"@graph":[' * 300 + schemaorg() + b"]}" * 300, 0, ("wrong_type",)),
    Case("file beyond the limit", "a.jsonl", lambda: b" " * 3_000_001, 0, ("too_large",)),
    Case("line beyond the limit", "a.jsonl", lambda: line() + b'{"a":"' + b"b" * 30_000 + b'"}\n', 1, ("too_large",)),
    Case("CSV field beyond the limit", "a.csv", lambda: table([*ROWS, ["2", "x", "y" * 150_000, "en"]]), 1,
         ("too_large",)),
    Case("records without end", "a.jsonl",
         lambda: b"".join(line(source_id=str(n), title=f"Welder {n}") for n in range(60)), 50, ("too_large",)),
    Case("one quotation mark opens the rest of a CSV", "a.csv",
         lambda: table(ROWS) + b'2,"x,' + b"y\n" * 30, 1, ("malformed_record",)),
    Case("Parquet that is none", "a.parquet", lambda: b"PAR1" + b"\0" * 50 + b"PAR1", 0, ("unreadable_file",)),
    Case("Parquet of one long list", "a.parquet", repeated_list, 0, ("too_large",)),
    Case("PNG whose text inflates", "a.png", lambda: badge(b"a" * 5_000_000), 0, ("wrong_type",), "credentials"),
    Case("SVG with entities that multiply", "a.svg", lambda: LAUGHS, 0, ("wrong_type",), "credentials"),
    Case("SVG with an entity that names a file", "a.svg", lambda: EXTERNAL, 0, ("wrong_type",), "credentials"),
    Case("HTML entities nested", "a.jsonl", lambda: line(description="&amp;" * 500 + "lt;script&gt; " + TEXT), 1),
    Case("HTML that opens and never closes", "a.jsonl", lambda: line(description="<b>" * 3_000 + TEXT), 1),
    Case("UTF-8 with byte order mark", "a.csv", lambda: table(ROWS, "utf-8-sig"), 1),
    Case("UTF-16 with byte order mark", "a.csv", lambda: table(ROWS, "utf-16"), 1),
    Case("UTF-16 without byte order mark", "a.csv", lambda: table(ROWS, "utf-16-le"), 0, ("malformed_record",)),
    Case("Latin-1 French, undeclared", "a.csv", lambda: table(ROWS, "latin-1"), 0, ("malformed_record",)),
    Case("encodings mixed within a file", "a.jsonl",
         lambda: line() + '{"title": "Soudeur à l\'arc"}\n'.encode("latin-1") + line(source_id="2", title="Fitter"), 2,
         ("malformed_record",)),
    Case("NUL bytes", "a.jsonl", lambda: line(source_id="a\0b", title="Wel\0der"), 1),
    Case("NUL bytes in CSV", "a.csv", lambda: table(ROWS).replace(b"Soudeur", b"Sou\0deur"), 1),
    Case("right-to-left override", "a.jsonl", lambda: line(title="Welder \u202egnp.exe", wage_low="30 \u202e"), 1),
    Case("right-to-left override in an id", "a.json", lambda: schemaorg(identifier=None, **{"@id": "x\u202ey"}), 1),
    Case("half of a surrogate pair", "a.jsonl", lambda: line(title="Welder \ud800", employer="\udfff Inc"), 1),
    Case("half of a surrogate pair in an id", "a.json",
         lambda: schemaorg(identifier=None, **{"@id": "urn:x\ud800"}), 1),
    Case("id that climbs out of folders", "a.jsonl", lambda: line(source_id="../../../etc/passwd"), 1),
    Case("id that is SQL", "a.jsonl", lambda: line(source_id="1'; DROP TABLE versions; --"), 1),
    Case("title that is SQL", "a.jsonl", lambda: line(title="x'); ATTACH 'y.db'; --"), 1),
    Case("cell that is a formula", "a.jsonl", lambda: line(title="=HYPERLINK(\"x\")", employer="@SUM(1)"), 1),
    Case("date in the year 9999", "a.jsonl", lambda: line(posted_on="9999-12-31", expires_on="0001-01-01"), 1),
    Case("moment beyond what can be counted", "a.jsonl", lambda: line(modified_at=10**18, posted_on=1e300), 1),
    Case("wage of 1e308", "a.jsonl", lambda: line(wage_low=1e308, wage_high="1e308", wage_currency="CAD"), 1),
    Case("wage that is no number", "a.jsonl", lambda: b'{"source_id":"1","title":"Welder","description":"'
         + TEXT.encode() + b'","wage_low":NaN,"wage_high":Infinity,"hours_per_week":-Infinity}\n', 1),
    Case("number of 400 digits", "a.jsonl", lambda: line(vacancies=10**400, wage_low=10**400), 0,
         ("malformed_record",)),
    Case("vacancies below zero and beyond reason", "a.jsonl", lambda: line(vacancies=-5) + line(
        source_id="2", title="Fitter", vacancies=10**9), 2),
    Case("id of four kilobytes", "a.jsonl", lambda: line(source_id="x" * 4_000), 0, ("invalid_field",)),
    Case("two records with one id", "a.jsonl", lambda: line() + line(title="Other"), 1),
    Case("ids that differ in hidden characters only", "a.jsonl", lambda: line(source_id="A\u200b1") + line(
        source_id="A1", title="Other"), 1),
    Case("empty file", "a.json", lambda: b"", 0, ("unreadable_file",)),
    Case("empty table", "a.csv", lambda: b"", 0, ("unreadable_file",)),
    Case("picture that says it is JSON", "a.json", lambda: b"\x89PNG\r\n\x1a\n\0\0\0", 0, ("unreadable_file",)),
    Case("token that is none", "a.jwt", lambda: b"eyJhbGciOiJub25lIn0.!!!.x", 0, ("unreadable_file",), "credentials"),
    Case("token that nests tokens", "a.jwt", lambda: b"a.YQ.a", 0, ("unreadable_file",), "credentials"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_file_is_taken_or_kept_with_a_reason(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "in" / case.file
    path.parent.mkdir()
    path.write_bytes(case.content())
    lake = Lake(tmp_path / "lake")
    start = time.process_time()
    counts = ingest(lake, tight(), case.kind, [path], source="web")
    assert time.process_time() - start < 20
    assert counts.reconciles()
    assert counts.accepted == case.taken, counts
    assert tuple(sorted(set(counts.reasons))) == case.reasons
    kept = DocumentStore(lake, case.kind).current()
    assert kept.num_rows == case.taken
    for row in read_quarantine(lake, case.kind).to_pylist():
        assert row["position"]
        assert row["detail"].endswith((".", ")")) or row["detail"]
        assert len(row["raw"]) <= 250_000
    for row in kept.drop_columns(["parts", "skills"]).to_pylist():
        for name, value in row.items():
            assert not (isinstance(value, str) and HIDDEN.search(value)), (name, value)
            assert not isinstance(value, float) or 0 < value < 1e6, (name, value)
            assert not hasattr(value, "year") or 1990 <= value.year <= 2100, (name, value)
    assert sorted(each.name for each in tmp_path.iterdir()) == (["in", "lake"])
    assert not (tmp_path.parent / "etc").exists()


def test_every_case_is_in_the_documentation() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    missing = [case.name for case in CASES if f"| {case.name} |" not in page]
    assert not missing


# --- Memory and files -------------------------------------------------------------------------------------------------


def test_a_json_bomb_costs_little_memory(tmp_path: Path) -> None:
    """Sixty megabytes of brackets would be a gigabyte and a half of lists."""
    path = tmp_path / "bomb.json"
    path.write_bytes(b"[" + b"[]," * 20_000_000 + b"[]]")
    measure = (
        "import sys;from pathlib import Path;from pipeline.ingest import *;"
        "c=ReadContext('postings','x');[print(r.reason.value) for r in "
        "choose_reader(Path(sys.argv[1]),c,None,[]).records()];"
        "print(*[w.split()[1] for w in open('/proc/self/status') if w.startswith('VmHWM')])"
    )  # not ru_maxrss: a child inherits that from the process that started it
    ran = subprocess.run([sys.executable, "-c", measure, path], capture_output=True, text=True, check=True, cwd=ROOT)
    reason, kilobytes = ran.stdout.split()
    assert reason == "too_large"
    assert int(kilobytes) < 700_000


def test_links_in_a_landing_folder_are_not_followed(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "landing"
    secret.mkdir()
    folder.mkdir()
    (secret / "jobs.jsonl").write_bytes(line())
    (folder / "link.jsonl").symlink_to(secret / "jobs.jsonl")
    (folder / "inside").symlink_to(secret)
    os.mkfifo(folder / "pipe.jsonl")
    assert ingest(Lake(tmp_path / "lake"), tight(), "postings", [folder]) == Counts()
    area = LandingArea(tmp_path / "area", "postings", settle_seconds=0)
    inbox = Path(area._inbox)
    inbox.mkdir(parents=True)
    (inbox / "link.jsonl").symlink_to(secret / "jobs.jsonl")
    (inbox / "inside").symlink_to(secret)
    from datetime import UTC, datetime

    assert area.claim(datetime.now(UTC)) is None
    assert (secret / "jobs.jsonl").read_bytes() == line()


@pytest.mark.parametrize("name", ["../up.jsonl", "a/../../up.jsonl", ".hidden", "a/.b/c.jsonl"])
def test_an_object_whose_name_climbs_is_never_claimed(name: str) -> None:
    from pipeline.landing.area import _unfinished

    assert _unfinished(name)


# --- Ids --------------------------------------------------------------------------------------------------------------


def test_a_source_may_not_end_where_an_id_begins(tmp_path: Path) -> None:
    """Source "a:b" with id "c" and source "a" with id "b:c" would be one document."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(line(source_id="b:c"))
    lake = Lake(tmp_path / "lake")
    ingest(lake, tight(), "postings", [path], source="a")
    for source in ("a:b", "a\n", "a\u202eb"):
        with pytest.raises(SettingsError, match="first colon"):
            ingest(lake, tight(), "postings", [path], source=source)
    assert DocumentStore(lake, "postings").current()["doc_id"].to_pylist() == ["a:b:c"]


# --- SQL --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["'", '"', "'; DROP TABLE t; --", "$x", "{}", "%s", "\\", "read_csv('/etc/passwd')"])
def test_values_are_bound_and_never_become_sql(value: str) -> None:
    found = query("SELECT count(*) AS n FROM t WHERE a = $x", {"t": pa.table({"a": ["x", value]})}, {"x": value})
    assert found["n"].to_pylist() == [1]


def test_words_that_a_person_searches_for_are_no_sql(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for table_name in ("matches'; DROP TABLE x; --", "../../etc/passwd", "read_csv('/etc/passwd')"):
        with pytest.raises((SettingsError, LakeError)):
            table_rows(lake, table_name, None, None, 5, "en")


# --- Spreadsheets -----------------------------------------------------------------------------------------------------

FORMULAS = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\u00a0=1",
    "＝1",
    "|calc",
    "%0A=1",
]


@pytest.mark.parametrize("value", FORMULAS)
def test_a_cell_that_would_be_a_formula_becomes_text(value: str) -> None:
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["Welder", "", "a=b", "C++", "5-10 years", -5, 1.5, None, True, "café @ 5"])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert safe_cell(value) is value


@given(st.text(max_size=20))
def test_no_safe_cell_begins_as_formulas_do(text: str) -> None:
    cell = safe_cell(text)
    assert isinstance(cell, str)
    assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_table_is_made_safe_column_by_column() -> None:
    table = pa.table({"title": ["=1", "Welder", None], "hours": [-1, 2, 3]})
    assert safe_cells(table).to_pydict() == {"title": ["'=1", "Welder", None], "hours": [-1, 2, 3]}


# --- Secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_url", "shown"),
    [
        ("s3://AKIA123:s3cr3t@bucket/lake", "s3://***@bucket/lake"),
        ("s3://bucket/lake?secret_key=s3cr3t&region=x", "s3://bucket/lake?secret_key=***&region=x"),
        ("abfs://c@account.dfs.core.windows.net/x?sas_token=s3cr3t", "abfs://***@account.dfs.core.windows.net/x?sas_token=***"),
        ("/srv/lake", "/srv/lake"),
    ],
)  # fmt: skip
def test_keys_in_a_url_are_not_shown(given_url: str, shown: str) -> None:
    assert without_secrets(given_url) == shown
    assert "s3cr3t" not in without_secrets(f"The lake {given_url} cannot be opened: '{given_url}' is wrong.")


def test_no_message_of_a_lake_or_a_landing_area_shows_a_key() -> None:
    for make in (Lake, lambda url: LandingArea(url, "postings")):
        with pytest.raises(LakeError) as failure:
            make("nonsense://AKIA123:s3cr3t@bucket/lake")
        assert "s3cr3t" not in str(failure.value)
        assert "AKIA123" not in str(failure.value)


# --- Models -----------------------------------------------------------------------------------------------------------

OWN = "pipeline.embeddings.convolutional.ConvolutionalEncoder"


def model(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"pytorch_model__bin": b"\x80\x04."}, "pickled"),
        ({"weights__pt": b"", "config__json": b"{}"}, "pickled"),
        ({"model__safetensors": b"", "modeling_x__py": b"import os"}, "code of its own"),
        ({"model__safetensors": b"", "modules__json": b'[{"type": "os.system"}]'}, "os.system"),
        ({"model__safetensors": b"", "config__json": b'{"auto_map": {"AutoModel": "evil.Model"}}'}, "evil.Model"),
    ],
)
def test_a_model_that_could_run_code_is_refused(tmp_path: Path, files: dict[str, bytes], word: str) -> None:
    with pytest.raises(EncoderError, match=word):
        check_model_folder(model(tmp_path / "m", **files), OWN)


def test_models_of_numbers_are_taken(tmp_path: Path) -> None:
    modules = orjson.dumps([{"type": "sentence_transformers.models.Transformer"}, {"type": OWN}])
    check_model_folder(model(tmp_path / "m", model__safetensors=b"", modules__json=modules), OWN)
    check_model_folder(ROOT / "pipeline" / "embeddings" / "models" / "passerelle-bilingual", OWN)


def test_nothing_in_the_program_reads_pickles_or_runs_text() -> None:
    forbidden = re.compile(
        r"pickle\.load|allow_pickle=True|yaml\.load|(?<![\w.])(?:eval|exec)\(|os\.system\(|shell=True|torch\.load\("
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "pipeline").rglob("*.py"))
        for match in forbidden.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_parquet_that_would_fill_the_memory_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(repeated_list())
    assert path.stat().st_size < 10_000
    monkeypatch.setattr("pipeline.ingest.tabular._MOST_VALUES", 1_000_000)
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", lambda *_, **__: pytest.fail("it was unpacked"))
    lake = Lake(tmp_path / "lake")
    ingest(lake, tight(), "postings", [path], source="web")
    (row,) = read_quarantine(lake, "postings").to_pylist()
    assert (row["reason"], row["position"]) == ("too_large", "file")
    assert "more values than fit memory" in row["detail"]
