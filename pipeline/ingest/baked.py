"""Takes a credential out of what it travels in: a PNG or SVG image, a signed token (JWT, JWS), an envelope.

Signatures are neither verified nor trusted: nothing here says that a credential is genuine, was issued, or is still
valid. That is enough for describing an achievement and never enough for accepting one from a person.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import struct
import xml.parsers.expat as expat
import zlib
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORDS: Final = (b"openbadgecredential", b"openbadges")  # Open Badges 3.0 and 1.0/2.0
_SVG_NAMES: Final = frozenset({"credential", "assertion"})
_SVG_NAMESPACE: Final = re.compile(r"^https?://(?:openbadges\.org|purl\.imsglobal\.org/ob/)")
_JWT: Final = re.compile(r"^\s*[A-Za-z0-9_-]+=*\.[A-Za-z0-9_-]+=*\.[A-Za-z0-9_-]*=*\s*$")
_JWT_START: Final = re.compile(rb"^\s*eyJ[A-Za-z0-9_-]{4,}={0,2}(?:\.|$)")
_DATA_JWT: Final = re.compile(r"^data:application/(?:vc|vp|jwt)(?:[+a-z-]*jwt)?[^,]*,(.+)$", re.DOTALL)


def looks_like_image(data: bytes) -> bool:
    """Whether the first bytes of a file are those of a PNG or an SVG."""
    if data.startswith(_PNG):
        return True
    head = data[:4096].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return head.startswith(b"<") and b"<svg" in head and b"<html" not in head


def unbake(data: bytes, most_bytes: int) -> str | None:
    """The text that a badge image carries: JSON, a token, or (in old badges) an address.

    Args:
        data: a whole PNG or SVG file.
        most_bytes: the most that a compressed text may grow to.

    Returns:
        The text, None where the image carries none or is broken before it.
    """
    found = _png_text(data, most_bytes) if data.startswith(_PNG) else _svg_text(data, most_bytes)
    return found.strip() if found and found.strip() else None


def looks_like_token(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a compact JWT or JWS, whose header is JSON in base64url."""
    return _JWT_START.match(head) is not None


def token_payload(text: str) -> bytes | None:
    """What a token says, as bytes (JSON if it is a credential); None if it is no token. The signature is NOT checked.

    Takes a compact JWT or JWS, or a data address of an enveloped verifiable credential ("data:application/vc+jwt,..").
    """
    enveloped = _DATA_JWT.match(text.strip())
    token = enveloped[1] if enveloped else text
    return _base64url(token.split(".")[1].strip()) if _JWT.match(token) else None


def jws_payload(payload: str) -> bytes | None:
    """The content of the `payload` member of a JWS in JSON form. The signatures are NOT checked.

    The standard has base64url there; European Digital Credentials have the JSON text itself.
    """
    return payload.encode("utf-8", "replace") if payload.lstrip().startswith("{") else _base64url(payload.strip())


def _base64url(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _png_text(data: bytes, most_bytes: int) -> str | None:
    """The first text chunk with one of the badge keywords."""
    at = len(_PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind in (b"iTXt", b"tEXt", b"zTXt") and len(body) == length:
            keyword, _, rest = body.partition(b"\0")
            if keyword in _KEYWORDS:
                return _chunk_text(kind, rest, most_bytes)
        at += 12 + length
    return None


def _chunk_text(kind: bytes, rest: bytes, most_bytes: int) -> str | None:
    """The text of a chunk, after its keyword: plain in tEXt, compressed in zTXt, either in iTXt."""
    if kind == b"tEXt":
        return rest.decode("utf-8", "replace")  # Latin-1 by the PNG standard, UTF-8 in practice
    if kind == b"zTXt":
        content: bytes | None = _inflated(rest[1:], most_bytes)
    elif len(rest) < 2:
        return None
    else:
        compressed = rest[0] == 1
        _, _, after_language = rest[2:].partition(b"\0")
        _, _, content = after_language.partition(b"\0")
        content = _inflated(content, most_bytes) if compressed else content
    return None if content is None else content.decode("utf-8", "replace")


def _inflated(data: bytes, most_bytes: int) -> bytes | None:
    """Decompressed data, None if it is broken or grows beyond the limit."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, most_bytes)
    except zlib.error:
        return None
    return None if inflater.unconsumed_tail else content


class _BadgeInSvg:
    """Collects the credential element's text; refuses entity declarations, which are how small files grow large."""

    def __init__(self, most_bytes: int) -> None:
        self.found: str | None = None
        self._depth = 0
        self._text: list[str] = []
        self._room = most_bytes

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if self._depth:
            self._depth += 1
        elif self.found is None and local in _SVG_NAMES and _SVG_NAMESPACE.match(namespace):
            self._depth = 1
            self._text = [attributes.get("verify", "")]

    def text(self, data: str) -> None:
        if self._depth and self._room >= 0:
            self._room -= len(data)
            self._text.append(data)

    def end(self, _name: str) -> None:
        if self._depth:
            self._depth -= 1
            if not self._depth:
                verify, content = self._text[0], "".join(self._text[1:])
                self.found = content if content.strip() else verify

    @staticmethod
    def refuse(*_declaration: object) -> None:
        """Stop at an entity declaration."""
        raise expat.ExpatError("entity declarations are refused")


def _svg_text(data: bytes, most_bytes: int) -> str | None:
    collector = _BadgeInSvg(most_bytes)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.CharacterDataHandler = collector.text
    parser.EndElementHandler = collector.end
    parser.EntityDeclHandler = collector.refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        return collector.found  # broken after the badge: the badge itself is whole
    return collector.found
