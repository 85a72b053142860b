"""Opens what a credential document comes in.

JSON files, signed tokens and badge images become JSON objects with their position; envelopes of registries, wallets
and signatures are taken off. Nothing is verified (see `baked.py`) and nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.ingest.baked import jws_payload, looks_like_image, looks_like_token, token_payload, unbake
from pipeline.ingest.drafts import Position
from pipeline.ingest.jsonld import Document, load_documents
from pipeline.ingest.lines import parse_json
from pipeline.ingest.nodes import Json, Node
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Rejected

_MOST_IMAGE_BYTES: Final = 20_000_000
_MOST_ENTRIES: Final = 1_000  # of a folder in which other folders are looked for
_DEEPEST: Final = 6  # envelopes within each other


def credential_documents(
    path: Path, context: ReadContext, keep_envelopes: bool = False
) -> Iterator[Document | Rejected]:
    """The documents of a file with their envelopes opened.

    Args:
        path: JSON in any form that `load_documents` reads, a signed token, or a PNG or SVG badge image.
        context: the source's name and the limits.
        keep_envelopes: leave it to the caller to open the envelopes of JSON.

    Yields:
        The position of a document in the file and the document; a `Rejected` for each that cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        yield _unreadable(path, context, f"The file cannot be opened: {error.strerror}.", "")
        return
    if looks_like_image(head):
        yield _from_image(path, context)
    elif looks_like_token(head) or path.suffix.casefold() in (".jwt", ".jws"):
        yield _from_token(path, context)
    else:
        for document in load_documents(path, context):
            if isinstance(document, Rejected):
                yield document
            else:
                position, value = document
                yield position, value if keep_envelopes else opened(value)


def opened(value: Json) -> Json:
    """What is in an envelope, or the value itself if it is none.

    Tokens, signatures with a payload, the `vc` claim of a token, a registry's envelope, an upload's `credential`, a
    publisher's `GraphInput`.
    """
    for _ in range(_DEEPEST):
        inner = _inside(value)
        if inner is None:
            break
        value = inner
    return value


def _inside(value: Json) -> Json:
    """What one envelope holds, None if the value is no envelope."""
    if isinstance(value, str):
        return parsed(token_payload(value))
    if not isinstance(value, dict):
        return None
    payload = value.get("payload")
    if isinstance(payload, str) and ("signatures" in value or "signature" in value):
        return parsed(jws_payload(payload))
    if "envelope_id" in value or "envelope_type" in value or "envelope_community" in value:
        decoded, resource = value.get("decoded_resource"), value.get("resource")
        return decoded or (parsed(token_payload(resource)) if isinstance(resource, str) else None)
    for name in ("vc", "credential", "GraphInput"):
        inner = value.get(name)
        if isinstance(inner, dict) and "@context" not in value:
            return inner
    node = Node(value)
    if "envelopedverifiablecredential" in node.types and node.id:
        return parsed(token_payload(node.id))
    return None


def parsed(data: bytes | None) -> Json:
    """JSON, None if the bytes are none."""
    try:
        return None if data is None else parse_json(data)
    except ValueError:
        return None


class Beside:
    """Finds a document that another one only refers to, in a file beside it; never on the network.

    The file must be in the same folder, or in a folder of it, be named as the last part of the reference, and call
    itself by the reference (by http or https, with or without ".json"). What is found is remembered.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        """Looks beside `path`, into files of at most `most_bytes`."""
        self._folder = path.parent
        self._most_bytes = most_bytes
        self._found: dict[str, Node | None] = {}
        self._folders: list[Path] | None = None

    def find(self, reference: str | None) -> Node | None:
        """The document that a reference names, None if it is in no file beside."""
        if not reference:
            return None
        if reference not in self._found:
            self._found[reference] = self._look(reference)
        return self._found[reference]

    def _look(self, reference: str) -> Node | None:
        try:
            name = unquote(urlsplit(reference).path).rpartition("/")[2]
        except ValueError:
            return None
        if not name.strip(". ") or "\\" in name or "\0" in name or len(name) > 200:
            return None
        for folder in self._places():
            value = self._read(folder / (name if "." in name else f"{name}.json"))
            if isinstance(value, dict):
                node = Node(value)
                if node.id is None or _address(node.id) == _address(reference):
                    return node
        return None

    def _places(self) -> list[Path]:
        """The folder, and the folders in it unless it is so full that looking through it would cost too much."""
        if self._folders is None:
            try:
                entries = list(islice(self._folder.iterdir(), _MOST_ENTRIES + 1))
            except OSError:
                entries = []
            inside = sorted(each for each in entries if each.is_dir()) if len(entries) <= _MOST_ENTRIES else []
            self._folders = [self._folder, *inside]
        return self._folders

    def _read(self, path: Path) -> Json:
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > self._most_bytes:
                return None
            return parsed(path.read_bytes())
        except (OSError, ValueError):
            return None


def _address(reference: str) -> str:
    return re.sub(r"^https?:", "", reference.strip()).removesuffix(".json").rstrip("/")


def _from_image(path: Path, context: ReadContext) -> Document | Rejected:
    try:
        if path.stat().st_size > min(_MOST_IMAGE_BYTES, context.max_file_bytes):
            where = Position(context.source, path.name, "file", None)
            return where.rejected(Reason.TOO_LARGE, "The image is larger than badge images are.")
        text = unbake(path.read_bytes(), context.max_record_bytes)
    except OSError as error:
        return _unreadable(path, context, f"The file cannot be read: {error.strerror}.", "")
    if text is None:
        where = Position(context.source, path.name, "file", None)
        return where.rejected(Reason.WRONG_TYPE, "The image carries no badge.")
    return _from_text(text, path, context)


def _from_token(path: Path, context: ReadContext) -> Document | Rejected:
    try:
        if path.stat().st_size > context.max_record_bytes * 2:
            where = Position(context.source, path.name, "file", None)
            return where.rejected(Reason.TOO_LARGE, "The token is larger than the limit for a record.")
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        return _unreadable(path, context, f"The file cannot be read: {error.strerror}.", "")
    return _from_text(text, path, context)


def _from_text(text: str, path: Path, context: ReadContext) -> Document | Rejected:
    """What an image or a token file carries: a token, JSON, or the address of a badge that is elsewhere."""
    value = parsed(token_payload(text) or text.encode())
    if isinstance(value, dict | list):
        return "$", opened(value)
    if re.match(r"https?://\S+$", text.strip()):
        return "$", {"type": "Assertion", "badge": text.strip()}
    return _unreadable(path, context, "What the file carries is neither JSON nor a token that holds JSON.", text)


def _unreadable(path: Path, context: ReadContext, detail: str, raw: str) -> Rejected:
    return Rejected(context.source, path.name, "file", Reason.UNREADABLE_FILE, detail, raw)
