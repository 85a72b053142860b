"""One ingest: every record accounted for, and nothing taken for more than data."""

from __future__ import annotations

import csv
import json
import random
import string
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.ingest import Counts, DocumentStore, Kind, read_quarantine
from pipeline.intake import ingest
from pipeline.lake import Lake
from pipeline.settings import load_settings

WORDS = [
    "weld", "steel", "frames", "inspect", "repair", "pumps", "valves", "schedule", "crews", "drive", "trucks", "load",
    "pallets", "count", "stock", "write", "reports", "answer", "customers", "test", "circuits", "install", "cables",
    "measure", "parts", "read", "gauges", "clean", "machines", "order", "supplies", "train", "colleagues", "plan",
    "routes", "check", "brakes", "mix", "chemicals", "operate", "cranes", "sort", "mail", "file", "forms", "drawings",
]  # fmt: skip
DEFAULTS = load_settings()
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", autouse=True)
def one_database() -> Iterator[None]:
    """One DuckDB for the module, each connection a cursor of it: opening one takes longer than a small ingest."""
    with duckdb.connect() as shared, pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda: shared.cursor())
        yield


def posting(number: int, version: int = 0, **changes: object) -> dict[str, object]:
    """A posting that is like no other one: its text is chosen by its number, its last sentence by its version."""
    words = random.Random(number).choices(WORDS, k=60)
    text = ". ".join("You will " + " ".join(words[start : start + 6]) for start in range(0, 60, 6))
    return {
        "source_id": f"J-{number}", "title": f"Worker number {number}", "employer": f"Employer {number}",
        "description": f"{text}. This is the version {version} of the text.", "posted_on": "2026-05-01",
    } | changes  # fmt: skip


def course(number: int, version: int = 0, **changes: object) -> dict[str, object]:
    """As `posting`, a credential."""
    text = posting(number, version)["description"]
    return {"source_id": f"C-{number}", "title_en": f"Course {number}", "outcome_en": text} | changes


def write(path: Path, records: Sequence[object]) -> Path:
    """JSON Lines: dictionaries as JSON, strings and bytes as they are."""
    lines = [line if isinstance(line, bytes) else line.encode() if isinstance(line, str) else json.dumps(line).encode()
             for line in records]  # fmt: skip
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def take(lake: Lake, tmp_path: Path) -> Callable[..., Counts]:
    """Ingests records as one JSON Lines file of always the same name."""

    def run(*records: object, kind: Kind = "postings") -> Counts:
        counts = ingest(lake, DEFAULTS, kind, [write(tmp_path / "board.jsonl", records)])
        assert counts.reconciles()
        assert min(value for value in asdict(counts).values() if isinstance(value, int)) >= 0, counts
        return counts

    return run


def texts(lake: Lake, kind: Kind = "postings") -> dict[str, str]:
    """doc_id -> the last words of the version that counts."""
    table = DocumentStore(lake, kind).current()
    return {
        row["doc_id"]: row["parts"][-1]["text"].split("This is the ")[-1].removesuffix(" of the text.")
        for row in table.to_pylist()
    }


def shown(counts: Counts) -> str:
    """The counts in short: received, new/changed/unchanged, duplicates, quarantined."""
    return (
        f"{counts.received}: {counts.new}/{counts.changed}/{counts.unchanged} {counts.duplicates} {counts.quarantined}"
    )


# --- Again and again ------------------------------------------------------------------------------------------------


def test_the_first_time_all_is_new(take: Callable[..., Counts], lake: Lake) -> None:
    assert shown(take(posting(1), posting(2), "{broken", posting(1))) == "4: 2/0/0 1 1"
    assert texts(lake) == {"board:J-1": "version 0", "board:J-2": "version 0"}


def test_the_second_time_nothing_is(take: Callable[..., Counts], lake: Lake) -> None:
    records = (posting(1), posting(2), "{broken", posting(1))
    take(*records)
    before = {name: lake.read_bytes(f"documents/postings/{name}") for name in lake.names("documents/postings")}
    assert shown(take(*records)) == "4: 0/0/2 1 1"
    assert {name: lake.read_bytes(f"documents/postings/{name}") for name in lake.names("documents/postings")} == before


def test_a_changed_record_supersedes(take: Callable[..., Counts], lake: Lake) -> None:
    take(posting(1), posting(2))
    assert shown(take(posting(1, 1), posting(2))) == "2: 0/1/1 0 0"
    assert texts(lake) == {"board:J-1": "version 1", "board:J-2": "version 0"}


def test_a_record_that_goes_back_supersedes_too(take: Callable[..., Counts], lake: Lake) -> None:
    for version, counts in ((0, "1: 1/0/0 0 0"), (1, "1: 0/1/0 0 0"), (0, "1: 0/1/0 0 0"), (0, "1: 0/0/1 0 0")):
        assert shown(take(posting(1, version))) == counts
        assert texts(lake) == {"board:J-1": f"version {version}"}


def test_a_record_modified_before_the_one_that_is_known_does_not(take: Callable[..., Counts], lake: Lake) -> None:
    new, old = posting(1, 1, modified_at="2026-05-09T00:00:00Z"), posting(1, 0, modified_at="2026-05-02T00:00:00Z")
    take(new)
    take(old)
    assert texts(lake) == {"board:J-1": "version 1"}
    parts = lake.names("documents/postings")
    for _ in range(3):
        assert shown(take(old)) == "1: 0/0/1 0 0"
    assert lake.names("documents/postings") == parts


def test_an_old_file_that_still_lies_beside_the_new_one_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    """A landing folder keeps its files: each night the old version of a record comes along with the new one."""
    landing = tmp_path / "landing"
    (landing / "a").mkdir(parents=True)
    (landing / "b").mkdir()
    write(landing / "a" / "board.jsonl", [posting(1, 0), posting(2, 0)])
    ingest(lake, DEFAULTS, "postings", [landing])
    write(landing / "b" / "board.jsonl", [posting(1, 1), posting(2, 0)])
    nights = [(shown(ingest(lake, DEFAULTS, "postings", [landing])), texts(lake)["board:J-1"]) for _ in range(4)]
    assert nights == [("4: 0/1/1 2 0", "version 1"), *[("4: 0/0/2 2 0", "version 1")] * 3]


def test_of_two_versions_the_one_that_is_left_counts(take: Callable[..., Counts], lake: Lake) -> None:
    """Whichever of them counted while both were there: the source has taken the other one back."""
    for left in (0, 1):
        take(posting(left, 0), posting(left, 1))
        take(posting(left, left))
        assert texts(lake)[f"board:J-{left}"] == f"version {left}"


def test_two_versions_in_one_run_resolve_the_same_in_any_order(tmp_path: Path, lake: Lake) -> None:
    found = set()
    for number, order in enumerate(permutations([posting(1, 0), posting(1, 1), posting(1, 2), posting(2)])):
        own = Lake(tmp_path / f"lake-{number}")
        counts = ingest(own, DEFAULTS, "postings", [write(tmp_path / "board.jsonl", order)])
        assert shown(counts) == "4: 2/0/0 2 0"
        found.add(texts(own)["board:J-1"])
        again = ingest(own, DEFAULTS, "postings", [write(tmp_path / "board.jsonl", reversed(order))])
        assert shown(again) == "4: 0/0/2 2 0"
        found.add(texts(own)["board:J-1"])
    assert len(found) == 1


def test_what_counts_as_changed_does_not_depend_on_the_order(take: Callable[..., Counts]) -> None:
    for number in (1, 2):
        take(posting(number, 0))
        both = [posting(number, 0), posting(number, 1)]
        assert shown(take(*(both if number == 1 else reversed(both)))) == "2: 0/1/0 1 0"


def test_each_run_leaves_its_counts(take: Callable[..., Counts], lake: Lake) -> None:
    counts = take(posting(1), "{broken")
    take(course(1), kind="credentials")
    names = lake.names("runs")
    assert [name.rpartition("-")[0] for name in names] == ["000001-postings", "000002-credentials"]
    assert lake.read_json(f"runs/{names[0]}") == {"kind": "postings", **asdict(counts)}
    assert counts.reasons == {"malformed_record": 1}


# --- Reposted and broken --------------------------------------------------------------------------------------------


def again(number: int, other_id: str, day: str) -> dict[str, object]:
    """The posting once more, under another id and day and with a sentence more."""
    first = posting(number)
    return first | {"source_id": other_id, "posted_on": day, "description": f"{first['description']} Still open."}


def test_a_posting_posted_again_is_a_duplicate_and_stays_in_the_lake(take: Callable[..., Counts], lake: Lake) -> None:
    assert shown(take(posting(1), again(1, "J-90", "2026-05-20"), posting(2))) == "3: 2/0/0 1 0"
    assert shown(take(posting(1), again(1, "J-90", "2026-05-20"), posting(2))) == "3: 0/0/2 1 0"
    assert set(texts(lake)) == {"board:J-1", "board:J-2", "board:J-90"}


def test_a_posting_posted_again_may_come_in_another_run(take: Callable[..., Counts]) -> None:
    assert shown(take(posting(1))) == "1: 1/0/0 0 0"
    assert shown(take(again(1, "J-90", "2026-05-20"))) == "1: 0/0/0 1 0"
    assert shown(take(again(1, "J-80", "2026-04-20"))) == "1: 1/0/0 0 0"


def test_a_posting_posted_again_may_change(take: Callable[..., Counts]) -> None:
    copy = again(1, "J-90", "2026-05-20")
    take(posting(1), copy)
    for _ in range(2):
        for order in ((copy | {"vacancies": 4}, copy), (copy, copy | {"vacancies": 4})):
            assert shown(take(posting(1), *order)) == "3: 0/0/1 2 0"


def test_a_broken_record_is_quarantined_once_however_often_it_comes(take: Callable[..., Counts], lake: Lake) -> None:
    for _ in range(3):
        assert shown(take(posting(1), "{broken", posting(2, title=None)))[-1] == "2"
    assert read_quarantine(lake, "postings")["reason"].to_pylist().count("malformed_record") == 1
    assert read_quarantine(lake, "postings").num_rows == 2


def test_of_a_broken_record_the_content_is_kept(take: Callable[..., Counts], lake: Lake) -> None:
    take('{"source_id": "J-7", "title": "Wel')
    (row,) = read_quarantine(lake, "postings").to_pylist()
    assert (row["file"], row["position"], row["reason"]) == ("board.jsonl", "1", "malformed_record")
    assert row["raw"].strip() == '{"source_id": "J-7", "title": "Wel'


def test_broken_records_go_to_quarantine_some_at_a_time(
    take: Callable[..., Counts], lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are, what they held does not wait in memory for the end."""
    receiving = sys.modules["pipeline.ingest.receive"]
    monkeypatch.setattr(receiving, "CHUNK", 3)
    waiting: list[int] = []
    write = receiving.write_quarantine

    def noted(lake: Lake, kind: Kind, records: list[object]) -> int:
        waiting.append(len(records))
        return write(lake, kind, records)

    monkeypatch.setattr(receiving, "write_quarantine", noted)
    for _ in range(2):
        counts = take(*[f"broken {number}" for number in range(8)], posting(1))
        assert (counts.quarantined, counts.received) == (8, 9)
    assert waiting == [3, 3, 2] * 2
    kept = read_quarantine(lake, "postings")
    assert kept.num_rows == 8
    assert all("broken" in raw for raw in kept["raw"].to_pylist())


def test_nothing_is_read_if_one_path_is_missing(lake: Lake, tmp_path: Path) -> None:
    there = write(tmp_path / "board.jsonl", [posting(1)])
    with pytest.raises(SettingsError, match="does not exist"):
        ingest(lake, DEFAULTS, "postings", [there, tmp_path / "missing.jsonl"])
    assert not Path(lake.root).exists()


def test_the_limits_of_the_settings_hold(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_INGEST__MAX_RECORD_BYTES", "5000")
    monkeypatch.setenv("PASSERELLE_INGEST__MAX_FILE_BYTES", "20000")
    small = write(tmp_path / "small.jsonl", [posting(1), posting(2, description="word " * 2000), posting(3)])
    large = write(tmp_path / "large.jsonl", [posting(number) for number in range(100, 150)])
    counts = ingest(lake, load_settings(), "postings", [small, large])
    assert shown(counts) == "4: 2/0/0 0 2"
    assert counts.reasons == {"too_large": 2}
    assert max(len(raw) for raw in read_quarantine(lake, "postings")["raw"].to_pylist()) <= 10_000


# --- Any mix of records ---------------------------------------------------------------------------------------------

BROKEN = ("{", '{"source_id": "J-1",', "[1, 2]", '"text"', "null", "NaN", "\u20ac{}", "}{")
good = st.tuples(st.integers(0, 6), st.integers(0, 2))
broken = st.sampled_from(BROKEN)
no_title = st.integers(0, 3).map(lambda n: {**posting(n), "title": ""})
mixes = st.lists(good | broken | no_title | st.just(""), max_size=14)


@FEW
@given(mixes, st.randoms(use_true_random=False))
def test_received_is_accepted_and_duplicates_and_quarantined(mix: list[object], shuffle: random.Random) -> None:
    lines = [posting(*item) if isinstance(item, tuple) else item for item in mix]
    ids = {item[0] for item in mix if isinstance(item, tuple)}
    readable = sum(isinstance(item, tuple) for item in mix)
    unreadable = sum(not isinstance(item, tuple) and item != "" for item in mix)
    unreadable += readable + unreadable == 0  # a file that holds nothing is quarantined whole
    with TemporaryDirectory() as folder:
        tables = []
        for name in ("given", "shuffled"):
            lake = Lake(Path(folder) / name)
            file = write(Path(folder) / "board.jsonl", lines)
            first = ingest(lake, DEFAULTS, "postings", [file])
            assert shown(first) == f"{readable + unreadable}: {len(ids)}/0/0 {readable - len(ids)} {unreadable}"
            assert sum(first.reasons.values()) == unreadable
            assert read_quarantine(lake, "postings").num_rows == unreadable
            tables.append(DocumentStore(lake, "postings").current())
            second = ingest(lake, DEFAULTS, "postings", [file])
            assert shown(second) == f"{readable + unreadable}: 0/0/{len(ids)} {readable - len(ids)} {unreadable}"
            assert read_quarantine(lake, "postings").num_rows == unreadable
            assert DocumentStore(lake, "postings").current().equals(tables[-1])
            shuffle.shuffle(lines)
        assert tables[0].equals(tables[1])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(
        ["2026-02-30", "9999999999999999999999", "1e400", "-5", "\ud800", "<p>", "\x00", "https://", "CAD", "12 $/h"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
fields = st.sampled_from((
    "source_id", "title", "employer", "region", "country", "locality", "posted_on", "expires_on", "modified_at",
    "vacancies", "wage", "wage_low", "wage_high", "wage_currency", "hours_per_week", "education", "experience",
    "experience_months", "skills", "language", "url", "description", "requirement", "title_en", "title_fr",
    "outcome_en", "outcome_fr", "hours", "cost", "delivery_mode", "stackable_into", "prerequisites", "valid_from",
    "level", "duration", "occupation_code", "occupation_scheme", "credential_type",
))  # fmt: skip


@FEW
@given(st.lists(st.dictionaries(fields, values, max_size=4), max_size=6))
def test_no_value_of_a_field_is_too_strange_to_be_accounted_for(changes: list[dict[str, object]]) -> None:
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder) / "lake")
        for kind, record in (("postings", posting), ("credentials", course)):
            lines = [record(number) | change for number, change in enumerate(changes)]
            counts = ingest(lake, DEFAULTS, kind, [write(Path(folder) / f"{kind}.jsonl", lines)])
            assert counts.received == max(len(lines), 1)  # a file that holds nothing is quarantined whole
            assert counts.reconciles()
            DocumentStore(lake, kind).current()


cells = st.text(string.printable + "é€«»\u00a0\u2028\ufeff\x00", max_size=20)


@FEW
@given(st.lists(st.tuples(cells, cells, cells), max_size=6))
def test_rows_of_a_table_are_accounted_for(rows: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "board.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["source_id", "title", "description"])
            for number, row in enumerate(rows):
                writer.writerow([f"{number} {row[0]}", row[1], f"{posting(number)['description']} {row[2]}"])
        counts = ingest(Lake(Path(folder) / "lake"), DEFAULTS, "postings", [path])
        assert counts.reconciles()
        assert counts.received == len(rows)


# --- Hostile ids ----------------------------------------------------------------------------------------------------

HOSTILE = (
    "../../etc/passwd", "/etc/passwd", "a:b", "C:\\boot.ini", "🦺👷", "con", "a\nb", "-rf", "*", "~root", "%2e%2e%2f",
    "'; DROP TABLE versions; --", "\u202etxt.exe", "$(touch pwned)", "[bold]x[/bold]", "x" * 499,
)  # fmt: skip
FILE_NAMES = ("🦺.jsonl", "a b'c\"d.jsonl", "-rf.jsonl", "%s{0}.jsonl", "..jsonl", "x" * 200 + ".jsonl")


@pytest.mark.parametrize("kind", ["postings", "credentials"])
def test_hostile_ids_are_kept_as_data_and_touch_no_path(
    take: Callable[..., Counts], lake: Lake, tmp_path: Path, kind: Kind
) -> None:
    record = posting if kind == "postings" else course
    given = [record(number, source_id=identity) for number, identity in enumerate(HOSTILE)]
    counts = take(*given, *given, kind=kind)
    assert shown(counts) == f"{2 * len(HOSTILE)}: {len(HOSTILE)}/0/0 {len(HOSTILE)} 0"
    kept = DocumentStore(lake, kind).current()["source_id"].to_pylist()
    # White space is folded, and marks that only change how text is shown are left out.
    assert sorted(kept) == sorted(" ".join(each.replace("\u202e", "").split()) for each in HOSTILE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["board.jsonl", "lake"]
    names = [path.relative_to(lake.root).as_posix() for path in Path(lake.root).rglob("*") if path.is_file()]
    inside = [name for name in names if not name.startswith("cache/groups/")]
    (document,) = (name for name in inside if name.startswith(f"documents/{kind}/000001-"))
    (record,) = (name for name in inside if name.startswith(f"runs/000001-{kind}-"))
    assert sorted(inside) == [document, record]


@pytest.mark.parametrize("kind", ["postings", "credentials"])
def test_an_id_of_four_kilobytes_is_kept_in_quarantine(take: Callable[..., Counts], lake: Lake, kind: Kind) -> None:
    record = posting if kind == "postings" else course
    counts = take(record(1, source_id="x" * 4096), kind=kind)
    assert (shown(counts), counts.reasons) == ("1: 0/0/0 0 1", {"invalid_field": 1})
    assert "x" * 4096 in read_quarantine(lake, kind)["raw"][0].as_py()


@pytest.mark.parametrize("name", FILE_NAMES)
def test_hostile_file_names_are_kept_as_data(lake: Lake, tmp_path: Path, name: str) -> None:
    counts = ingest(lake, DEFAULTS, "postings", [write(tmp_path / name, [posting(1), "{broken"])])
    assert counts.received == 2
    assert counts.reconciles()
    assert read_quarantine(lake, "postings")["file"].to_pylist()[0] == name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "lake"])


def test_ids_of_two_sources_do_not_meet(lake: Lake, tmp_path: Path) -> None:
    """An id may hold the separator; a source may not, so that "a:b" and "c" can't be taken for "a" and "b:c"."""
    file = write(tmp_path / "board.jsonl", [posting(1, source_id="b:c"), posting(2, source_id="c")])
    ingest(lake, DEFAULTS, "postings", [file], source="a")
    ingest(lake, DEFAULTS, "postings", [file], source="b")
    assert DocumentStore(lake, "postings").current().num_rows == 4
    with pytest.raises(SettingsError, match="colon"):
        ingest(lake, DEFAULTS, "postings", [file], source="a:b")
    assert DocumentStore(lake, "postings").current().num_rows == 4


def test_a_bad_line_among_many_is_named_by_its_number(take: Callable[..., Counts], lake: Lake) -> None:
    lines = [orjson.dumps(posting(number)) for number in range(300)]
    lines[217] = b"\xff\xfe\xfa"
    counts = take(*lines)
    assert shown(counts) == "300: 299/0/0 0 1"
    assert read_quarantine(lake, "postings")["position"].to_pylist() == ["218"]
