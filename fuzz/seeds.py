"""Small whole inputs of every format, cut from the bundled sample: where a fuzzer starts from."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
EACH = 3

# Words that formats and parsers give a meaning to, and values that break those who trust them.
WORDS = (
    "1e308", "-1e308", "NaN", "9" * 40, "9999-12-31", "0001-01-01", "253402300799", "\\ud800", "\u202e", "\0", "../",
    "=cmd|' /C calc'!A0", "'; DROP TABLE x; --", "@graph", "@list", "@value", "JobPosting", "Course", "Achievement",
    "AchievementCredential", "ClrCredential", "EuropeanDigitalCredential", "ceterms:", "P1Y2M3DT4H", "$31.00 to $35.50",
    "2 300,00 Euros", "3 semaines à temps plein", "1er mars 2026", "&lt;p&gt;", "<li>", "<!--", "null", "[[[[", "{}",
)  # fmt: skip
VALUES: tuple[object, ...] = (
    None, True, -1, 0, 2**63, 2**64, 1e308, -1e308, 5e-324, "", " ", "\x00", "\u202e", "9999-12-31", "NaN", [], {},
    [[]], {"@value": "x", "@language": "fr"}, ["a", "b"], "a" * 600, "=1+1", "https://x.example/a", "<b>x</b>", 10**19,
)  # fmt: skip


def _objects(path: Path) -> list[object]:
    document = orjson.loads(path.read_bytes())
    for key in ("@graph", "itemListElement"):
        if isinstance(document, dict) and isinstance(document.get(key), list):
            document = document[key]
    return document if isinstance(document, list) else [document]


def _lines(path: Path, count: int = EACH) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)[:count]


def _postings() -> list[bytes]:
    return [orjson.dumps(item) for item in _objects(SAMPLES / "postings" / "schemaorg-feed.json")[:EACH]]


def _credentials() -> list[bytes]:
    badges = [path.read_bytes() for path in sorted((SAMPLES / "credentials" / "openbadges").iterdir())]
    return [*badges, *(orjson.dumps(item) for item in _objects(SAMPLES / "credentials" / "ctdl-registry.json")[:EACH])]


def _png(text: bytes, kind: bytes) -> bytes:
    """A badge image without a picture: the signature and one text chunk."""
    rest = {
        b"iTXt": b"\0\0\0\0" + text, b"tEXt": text, b"zTXt": b"\0" + zlib.compress(text),
    }[kind]  # fmt: skip
    body = kind + b"openbadges\0" + rest
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _parquet() -> bytes:
    sink = io.BytesIO()
    rows = [orjson.loads(line) for line in _lines(SAMPLES / "postings" / "sample-board-en.jsonl", 2)]
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def starting_inputs(name: str) -> Iterator[bytes]:
    """Whole inputs for one of `targets.TARGETS`; none where the fuzzer does as well from nothing."""
    kind, _, form = name.partition("-")
    if name == "postings-csv":
        yield b"".join(_lines(SAMPLES / "postings" / "emplois-regionaux.csv"))
        yield b'source_id,title,description\n1,Welder,"You will weld, ""and"" grind."\n'
    elif name == "credentials-csv":
        yield b"".join(_lines(SAMPLES / "credentials" / "college-catalogue.csv"))
    elif name == "postings-parquet":
        yield _parquet()
    elif form == "png":
        yield from (_png(_credentials()[0], chunk) for chunk in (b"iTXt", b"tEXt", b"zTXt"))
    elif form == "svg":
        body = _credentials()[0].decode().replace("]]>", "")
        yield (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:ob="https://purl.imsglobal.org/ob/v3p0">'
            f"<ob:credential><![CDATA[{body}]]></ob:credential></svg>"
        ).encode()
    elif form == "jwt":
        yield b"eyJhbGciOiJub25lIn0." + base64.urlsafe_b64encode(_credentials()[0]).rstrip(b"=") + b".c2ln"
    elif form == "html":
        posting = _postings()[0] if kind == "postings" else b'{"@type":"Course","@id":"c","name":"A course"}'
        yield b'<html><script type="application/ld+json">' + posting + b"</script></html>"
    elif form in ("jsonl", "jobbank", "francetravail") and kind == "postings":
        yield from _lines(SAMPLES / "postings" / "sample-board-en.jsonl")
    elif form == "jsonl":
        yield from _lines(SAMPLES / "credentials" / "formations.jsonl")
    elif kind == "postings":
        yield from _postings()
    elif kind == "credentials":
        yield from _credentials()
    elif name == "settings":
        yield (Path(__file__).resolve().parent.parent / "configs" / "default.toml").read_bytes()
    else:
        yield from (word.encode("utf-8", "surrogatepass") for word in WORDS)
