"""Badges in images and tokens: taken out whole, and never at the price of memory or time."""

from __future__ import annotations

import base64
import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.baked import jws_payload, looks_like_image, looks_like_token, token_payload, unbake

CONTENT = json.dumps({"type": "BadgeClass", "name": "Soudure à l'arc"}, ensure_ascii=False)
LIMIT = 100_000


def png(kind: bytes, body: bytes) -> bytes:
    """A PNG of one text chunk (no image data: nothing here looks at it)."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + chunk + end


def token(payload: str) -> str:
    """A token with a signature that is nonsense."""
    parts = (b'{"alg":"RS256"}', payload.encode(), b"not a signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"iTXt", b"openbadgecredential\0\0\0\0\0" + CONTENT.encode()),
        (b"iTXt", b"openbadges\0\0\0fr\0titre\0" + CONTENT.encode()),
        (b"iTXt", b"openbadges\0\1\0\0\0" + zlib.compress(CONTENT.encode())),
        (b"tEXt", b"openbadges\0" + CONTENT.encode()),
        (b"zTXt", b"openbadges\0\0" + zlib.compress(CONTENT.encode())),
    ],
)
def test_png(kind: bytes, body: bytes) -> None:
    image = png(kind, body)
    assert looks_like_image(image)
    assert unbake(image, LIMIT) == CONTENT


@pytest.mark.parametrize(
    "image",
    [
        png(b"tEXt", b"Comment\0" + CONTENT.encode()),
        png(b"zTXt", b"openbadges\0\0" + zlib.compress(b"x" * 10 * LIMIT)),  # a small chunk that grows
        png(b"zTXt", b"openbadges\0\0not compressed"),
        png(b"iTXt", b"openbadges\0"),
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_png_without_a_readable_badge(image: bytes) -> None:
    assert unbake(image, LIMIT) is None


def svg(inner: str, namespace: str = "https://purl.imsglobal.org/ob/v3p0", head: str = "") -> bytes:
    return f'{head}<svg xmlns="http://www.w3.org/2000/svg" xmlns:ob="{namespace}">{inner}</svg>'.encode()


def test_svg() -> None:
    assert unbake(svg(f"<ob:credential><![CDATA[ {CONTENT} ]]></ob:credential>"), LIMIT) == CONTENT
    assert unbake(svg(f'<ob:credential verify="{token(CONTENT)}"/>'), LIMIT) == token(CONTENT)
    old = svg(f"<ob:assertion><![CDATA[{CONTENT}]]></ob:assertion>", "http://openbadges.org")
    assert unbake(old, LIMIT) == CONTENT
    assert unbake(svg("<rect/>"), LIMIT) is None
    assert unbake(svg("<ob:credential>x</ob:credential>", "http://elsewhere.example"), LIMIT) is None


def test_svg_entities_are_refused() -> None:
    entities = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    assert unbake(svg("<ob:credential>&b;</ob:credential>", head=entities), LIMIT) is None


def test_text_that_only_mentions_svg_is_no_image() -> None:
    assert not looks_like_image(b'{"description": "<svg>"}')
    assert not looks_like_image(b"<!doctype html><html><svg>")


def test_tokens_are_opened_and_not_checked() -> None:
    assert looks_like_token(token(CONTENT).encode())
    assert token_payload(token(CONTENT)) == CONTENT.encode()
    assert token_payload(f"data:application/vc+jwt,{token(CONTENT)}") == CONTENT.encode()
    assert token_payload("not.a token") is None
    assert token_payload("a.b.c") is None or isinstance(token_payload("a.b.c"), bytes)
    assert not looks_like_token(b'{"a": 1}')


def test_payloads_of_signatures_in_json() -> None:
    assert jws_payload(CONTENT) == CONTENT.encode()
    assert jws_payload(base64.urlsafe_b64encode(CONTENT.encode()).decode()) == CONTENT.encode()
    assert jws_payload("§") is None


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data: bytes) -> None:
    unbake(data, LIMIT)
    unbake(b"\x89PNG\r\n\x1a\n" + data, LIMIT)
    looks_like_image(data)
    looks_like_token(data)
    token_payload(data.decode("utf-8", "replace"))
