"""What can be fuzzed: each target takes bytes, and raises `BrokenPromiseError` or anything else if a promise is broken.

The promises: a reader raises nothing; what it yields fits the lake's schemas, has finite numbers, dates between 1990
and 2100, ids and texts without control characters, and takes time in proportion to its input.
"""

from __future__ import annotations

import atexit
import math
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import pyarrow as pa

from pipeline.embeddings import load_encoder
from pipeline.errors import PasserelleError
from pipeline.ingest import Kind, ReadContext, Rejected, choose_reader, detect_language, plain_text
from pipeline.ingest.dates import parse_date, parse_datetime
from pipeline.ingest.delivery import delivery_in_prose
from pipeline.ingest.demands import demands_in_prose, parse_education, parse_experience
from pipeline.ingest.durations import hours_in_prose, parse_hours
from pipeline.ingest.money import parse_wage
from pipeline.ingest.places import resolve_place
from pipeline.ingest.records import Record, Remark, Withdrawal
from pipeline.ingest.store import QUARANTINE, SCHEMAS, quarantine_row, to_row
from pipeline.ingest.text import clean_text, folded, split_languages
from pipeline.ingest.worktime import parse_weekly_hours
from pipeline.intake import mapping_folders
from pipeline.lake import Lake
from pipeline.linking import Linker, link_documents, load_linker
from pipeline.settings import load_settings
from pipeline.taxonomy import load_starter

SECONDS_PER_INPUT: Final = 5.0  # of processor time, for at most a few kilobytes
MAX_RECORD_BYTES: Final = 200_000
BUILD: Final = Path(__file__).resolve().parent.parent / "build" / "fuzz"
MAPPED: Final = ("greenhouse", "lever", "ashby", "francetravail", "jobbank", "college-catalogue")
NOT_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class BrokenPromiseError(AssertionError):
    """A promise that a reader did not keep."""


def check_record(record: Record, kind: Kind) -> None:
    """Checks one record as the lake would take it.

    Raises:
        BrokenPromiseError: it cannot be kept, or holds what no record may hold.
    """
    if isinstance(record, Rejected):
        pa.Table.from_pylist([quarantine_row(record)], schema=QUARANTINE)
        if not record.position or not record.detail:
            raise BrokenPromiseError(f"a rejection says neither where nor why: {record}")
        return
    if isinstance(record, Withdrawal):
        if not record.doc_id or not record.position:
            raise BrokenPromiseError(f"a withdrawal names nothing: {record}")
        return
    row = to_row(record, 1)
    pa.Table.from_pylist([row], schema=SCHEMAS[kind]).to_pylist()
    if not row["source_id"] or not row["source"]:
        raise BrokenPromiseError(f"an id is empty: {row}")
    for name, value in asdict(record).items():
        for each in _scalars(value):
            _check_value(name, each)


def _scalars(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _scalars(each)
    else:
        yield value


def _check_value(name: str, value: object) -> None:
    if isinstance(value, str) and NOT_TEXT.search(value):
        raise BrokenPromiseError(f"{name} holds control characters: {value!r}")
    if isinstance(value, float) and not (math.isfinite(value) and 0 <= value < 1e12):
        raise BrokenPromiseError(f"{name} is no plausible number: {value!r}")
    if isinstance(value, int) and not 0 <= value < 2**62:
        raise BrokenPromiseError(f"{name} is no plausible number: {value!r}")
    if isinstance(value, date | datetime) and not 1990 <= value.year <= 2100:
        raise BrokenPromiseError(f"{name} is no plausible date: {value!r}")


@cache
def _scratch() -> Path:
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own there
    folder = Path(mkdtemp(prefix="passerelle-fuzz-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def reader(kind: Kind, name: str) -> Callable[[bytes], None]:
    """A target that reads the bytes as a file of that name."""
    folders = mapping_folders() if name.startswith(MAPPED) else []
    context = ReadContext(kind, "", max_record_bytes=MAX_RECORD_BYTES, max_file_bytes=4_000_000, max_records=20_000)

    def target(data: bytes) -> None:
        path = _scratch() / name
        path.write_bytes(data)
        for record in choose_reader(path, context, None, folders).records():
            if isinstance(record, Remark):
                _check_value("remark", record.detail)
            else:
                check_record(record, kind)

    return target


def fields(data: bytes) -> None:
    """The parsers of single fields: each takes any text and raises nothing."""
    text = data.decode("utf-8", "surrogatepass") if _is_wtf8(data) else data.decode("utf-8", "replace")
    for order in (None, "DMY", "MDY"):
        parse_date(text, order)
    parse_datetime(text)
    for unit in (None, "hour", "year"):
        wage = parse_wage(text, unit, None, None)
        for amount in (wage.low, wage.high):
            if amount is not None and not (math.isfinite(amount) and 0 < amount < 1e6):
                raise BrokenPromiseError(f"a wage of {amount} from {text!r}")
    parse_hours(text)
    hours_in_prose(text)
    parse_weekly_hours(text)
    parse_education(text)
    parse_experience(text)
    demands_in_prose(text)
    delivery_in_prose(text)
    resolve_place(place=text)
    resolve_place(country=text, region=text, locality=text, postal_code=text)


def _is_wtf8(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def text(data: bytes) -> None:
    """Cleaning, HTML and languages: idempotent, and free of what deceives a reader."""
    given = data.decode("utf-8", "surrogatepass") if _is_wtf8(data) else data.decode("latin-1")
    plain = plain_text(given)
    if NOT_TEXT.search(plain):
        raise BrokenPromiseError(f"plain text holds control characters: {plain!r}")
    if clean_text(plain) != plain:
        raise BrokenPromiseError(f"cleaning is not idempotent: {plain!r} becomes {clean_text(plain)!r}")
    folded(plain)
    detect_language(plain)
    split_languages(plain)


@cache
def _linker() -> Linker:
    settings = load_settings()
    lake = Lake(BUILD / "linker-lake")  # keeps the vectors of the labels from one run to the next
    linker = load_linker(load_starter(), settings, lake)
    linker.encoder = load_encoder(settings.encoder)
    return linker


def linking(data: bytes) -> None:
    """A document's text through units and links to evidence, offsets checked against the sentence and the part."""
    linker = _linker()
    said = plain_text(data.decode("utf-8", "replace"))[:4_000]
    part = {"name": "description", "text": said, "language": "fr" if data[:1] > b"a" else "en"}
    documents = pa.Table.from_pylist(
        [{"doc_id": "fuzz:1", "content_hash": str(hash(said)), "parts": [part], "skills": []}],
        schema=pa.schema([SCHEMAS["postings"].field(n) for n in ("doc_id", "content_hash", "parts", "skills")]),
    )
    shutil.rmtree(_scratch() / "linking", ignore_errors=True)  # a cache of one input's work
    lake = Lake(_scratch() / "linking")
    found = link_documents(documents, "postings", linker, lake, load_settings().linking, lambda *_: None).evidence
    for row in found.to_pylist():
        sentence, at = row["sentence"], row["part_start"]
        if said[at : at + len(sentence)] != sentence:
            raise BrokenPromiseError(f"the sentence does not stand where it is said to: {row}")
        if not 0 <= row["start"] < row["end"] <= len(sentence) or not 0 < row["confidence"] <= 1:
            raise BrokenPromiseError(f"the match does not lie in its sentence: {row}")


def settings_file(data: bytes) -> None:
    """A settings file: it is taken, or refused with a message."""
    path = _scratch() / "settings.toml"
    path.write_bytes(data)
    with suppress(PasserelleError):
        load_settings(path)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "postings-json": reader("postings", "jobs.json"),
    "postings-jsonl": reader("postings", "jobs.jsonl"),
    "postings-html": reader("postings", "jobs.html"),
    "postings-csv": reader("postings", "jobs.csv"),
    "postings-parquet": reader("postings", "jobs.parquet"),
    "postings-greenhouse": reader("postings", "greenhouse.json"),
    "postings-lever": reader("postings", "lever.json"),
    "postings-ashby": reader("postings", "ashby.json"),
    "postings-francetravail": reader("postings", "francetravail_a.jsonl"),
    "postings-jobbank": reader("postings", "jobbank_alberta_a.jsonl"),
    "credentials-json": reader("credentials", "courses.json"),
    "credentials-jsonl": reader("credentials", "courses.jsonl"),
    "credentials-html": reader("credentials", "courses.html"),
    "credentials-csv": reader("credentials", "college-catalogue.csv"),
    "credentials-png": reader("credentials", "badge.png"),
    "credentials-svg": reader("credentials", "badge.svg"),
    "credentials-jwt": reader("credentials", "badge.jwt"),
    "settings": settings_file,
    "fields": fields,
    "text": text,
    "linking": linking,
}


@cache
def _warm(name: str) -> None:
    """Has a target load what it loads once: words of languages, the model. That is no part of what is measured."""
    detect_language("Operate a forklift in the warehouse.")
    TARGETS[name](b"Operate a forklift in the warehouse.")


def run(name: str, data: bytes) -> None:
    """Runs one target on one input.

    Raises:
        BrokenPromiseError: a promise is broken, that of time included.
    """
    _warm(name)
    start = time.process_time()
    TARGETS[name](data)
    seconds = time.process_time() - start
    if seconds > SECONDS_PER_INPUT:
        raise BrokenPromiseError(f"{len(data):,} bytes took {seconds:.1f} seconds")


def seeds(name: str) -> list[bytes]:
    """The kept inputs of a target, by name."""
    folder = Path(__file__).parent / "corpus" / name
    return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []
