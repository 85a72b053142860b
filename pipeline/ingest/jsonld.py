"""JSON-LD documents out of JSON, JSON Lines and HTML files, and the nodes of a type within them.

Nothing is expanded against a `@context` and nothing is fetched: properties and types go by their local names
(see `nodes.py`). What a file holds never raises anything.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.ingest.lines import (
    MAX_KEPT_CHARACTERS,
    Rejecter,
    file_problem,
    json_lines,
    looks_like_json_lines,
    parse_json,
    read_document,
    rejecter,
)
from pipeline.ingest.nodes import Json, listed, local_name
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Rejected

_LINE_SUFFIXES: Final = (".jsonl", ".ndjson", ".jsonlines")
_SCRIPT: Final = re.compile(r"<script\b([^<>]{0,2000})>", re.IGNORECASE)
_SCRIPT_END: Final = re.compile(r"</script", re.IGNORECASE)
_LD_TYPE: Final = re.compile(r"""type\s*=\s*["']?\s*application/ld\+json""", re.IGNORECASE)
_WRAPPING: Final = re.compile(r"^\s*(?:<!--|(?://\s*)?<!\[CDATA\[)|(?:-->|(?://\s*)?\]\]>)\s*$")
_DEEPEST: Final = 64

Document = tuple[str, Json]


def load_documents(path: Path, context: ReadContext) -> Iterator[Document | Rejected]:
    """The JSON documents of a file, in the file's order.

    Args:
        path: JSON or JSON-LD (one document, or an array of them), JSON Lines (.jsonl, .ndjson), or an HTML page with
            `<script type="application/ld+json">`; whether it is HTML is told by how it begins.
        context: the source's name and the limits.

    Yields:
        Position and document: "$" for a single one, "$[3]" for an element of an array, a line number for JSON Lines,
        "script 2" for HTML. A `Rejected` for each that cannot be read. Raises nothing.
    """
    reject = rejecter(path, context.source)
    problem = file_problem(path, context, reject)
    if problem:
        yield problem
    elif path.suffix.casefold() in _LINE_SUFFIXES:
        yield from _from_lines(path, context, reject)
    else:
        text = read_document(path, context, reject)
        if isinstance(text, Rejected):
            yield text
        elif text.lstrip().startswith("<"):
            yield from _from_html(text, reject)
        else:
            yield from _from_json(text, path, context, reject)


def _from_lines(path: Path, context: ReadContext, reject: Rejecter) -> Iterator[Document | Rejected]:
    for item in json_lines(path, context, reject):
        if isinstance(item, Rejected):
            yield item
        else:
            line, value = item
            yield str(line.number), value


def _from_json(text: str, path: Path, context: ReadContext, reject: Rejecter) -> Iterator[Document | Rejected]:
    try:
        value = parse_json(text)
    except ValueError as error:
        if looks_like_json_lines(text):
            yield from _from_lines(path, context, reject)
        else:
            yield reject("file", Reason.UNREADABLE_FILE, f"The file is not JSON: {error}.", text[:MAX_KEPT_CHARACTERS])
        return
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield f"$[{number}]", item
    else:
        yield "$", value


def _from_html(text: str, reject: Rejecter) -> Iterator[Document | Rejected]:
    number = 0
    for script in _SCRIPT.finditer(text):
        if not _LD_TYPE.search(script[1]):
            continue
        number += 1
        end = _SCRIPT_END.search(text, script.end())
        content = _WRAPPING.sub("", text[script.end() : end.start() if end else len(text)])
        try:
            yield f"script {number}", _parse_script(content)
        except ValueError as error:
            detail = f"The script is not JSON: {error}."
            yield reject(f"script {number}", Reason.MALFORMED_RECORD, detail, content[:MAX_KEPT_CHARACTERS])
        if end is None:  # what follows was part of this script
            return


def _parse_script(content: str) -> Json:
    try:
        return parse_json(content)
    except ValueError:
        if "&quot;" not in content:  # some templates escape what HTML says is not to be escaped
            raise
        return parse_json(html.unescape(content))


def types_of(node: dict[str, Json]) -> frozenset[str]:
    """The local names of a node's types in lower case, whatever the prefix: "schema:JobPosting" is "jobposting"."""
    kinds = (item for key in ("@type", "type", "rdf:type") for item in listed(node.get(key)))
    return frozenset(local_name(kind) for kind in kinds if isinstance(kind, str))


def find_nodes(document: Json, *types: str, inside: bool = False) -> Iterator[tuple[str, dict[str, Json]]]:
    """The objects of some types in a document, at any depth up to 64, in the document's order.

    Args:
        document: any JSON value: an object, an array, a `@graph`, nodes nested in nodes.
        types: local names of types; case and prefix do not matter.
        inside: whether to look inside of what was found as well.

    Yields:
        The path from the document ("", ".@graph[2]") and the node. A node that stands in the document twice with the
        same `@id` and the same content is given once.
    """
    wanted = {local_name(name) for name in types}
    seen: list[dict[str, Json]] = []
    ids: dict[str, list[int]] = {}
    pending: list[tuple[str, Json, int]] = [("", document, 0)]
    while pending:
        path, value, depth = pending.pop()
        if depth > _DEEPEST:
            continue
        if isinstance(value, dict):
            found = not wanted.isdisjoint(types_of(value))
            if found and not _repeated(value, seen, ids):
                yield path, value
            if not found or inside:
                pending.extend((f"{path}.{key}", item, depth + 1) for key, item in reversed(value.items()))
        elif isinstance(value, list):
            pending.extend((f"{path}[{n}]", item, depth + 1) for n, item in reversed(list(enumerate(value))))


def _repeated(node: dict[str, Json], seen: list[dict[str, Json]], ids: dict[str, list[int]]) -> bool:
    """Whether a node of the same id and content was seen; remembers it if not."""
    name = node.get("@id") or node.get("id")
    if not isinstance(name, str):
        return False
    places = ids.setdefault(name, [])
    try:
        if any(seen[place] == node for place in places[:20]):
            return True
    except RecursionError:  # nested too deeply to compare
        return False
    places.append(len(seen))
    seen.append(node)
    return False
