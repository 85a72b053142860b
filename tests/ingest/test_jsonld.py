"""JSON-LD documents out of JSON, JSON Lines and HTML; nodes by type, whatever the prefix."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.jsonld import find_nodes, load_documents, types_of
from pipeline.ingest.nodes import Json
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Rejected

CONTEXT = ReadContext("postings", "web")


def load(folder: Path, name: str, data: bytes) -> list[tuple[str, object]]:
    """Position and document; of a rejection, position and reason."""
    path = folder / name
    path.write_bytes(data)
    found = load_documents(path, CONTEXT)
    return [(item.position, item.reason) if isinstance(item, Rejected) else item for item in found]


PAGE = b"""<!DOCTYPE html><html><head>
<script>var x = "<b>";</script>
<script type="application/ld+json">{"@type": "A"}</script>
<SCRIPT data-x=1 TYPE='application/ld+json'>
<!-- {"@type": "B"} -->
</SCRIPT>
<script type="application/ld+json">//<![CDATA[
{"@type": "C"}
//]]></script>
<script type="application/ld+json">{&quot;@type&quot;: &quot;D&quot;}</script>
<script type=application/ld+json>{"@type": }</script>
<script type="application/ld+json">{"@type": "E"}"""


def test_documents_of_every_kind_of_file(tmp_path: Path) -> None:
    assert load(tmp_path, "a.json", b'{"a":1}') == [("$", {"a": 1})]
    assert load(tmp_path, "a.jsonld", b'\xef\xbb\xbf[{"a":1},{"a":2}]') == [("$[0]", {"a": 1}), ("$[1]", {"a": 2})]
    assert load(tmp_path, "a.jsonl", b'{"a":1}\n{\n{"a":2}\n') == [
        ("1", {"a": 1}),
        ("2", Reason.MALFORMED_RECORD),
        ("3", {"a": 2}),
    ]
    assert load(tmp_path, "b.json", b'{"a":1}\n{"a":2}\n') == [("1", {"a": 1}), ("2", {"a": 2})]
    assert load(tmp_path, "page.html", PAGE) == [
        ("script 1", {"@type": "A"}),
        ("script 2", {"@type": "B"}),
        ("script 3", {"@type": "C"}),
        ("script 4", {"@type": "D"}),
        ("script 5", Reason.MALFORMED_RECORD),
        ("script 6", {"@type": "E"}),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.UNREADABLE_FILE),
        (b'{"a":', Reason.UNREADABLE_FILE),
        (b'{"a":"\xe9"}', Reason.UNREADABLE_FILE),
        (b"[" * 200_000, Reason.UNREADABLE_FILE),
        (b"\x00\x01", Reason.UNREADABLE_FILE),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, data: bytes, reason: Reason) -> None:
    assert load(tmp_path, "x.json", data) == [("file", reason)]


def test_types_go_by_their_local_names() -> None:
    assert types_of({"@type": "https://schema.org/JobPosting"}) == {"jobposting"}
    assert types_of({"type": ["schema:JobPosting", "Thing", 3]}) == {"jobposting", "thing"}
    assert types_of({}) == frozenset()


def test_nodes_are_found_at_any_depth_and_once() -> None:
    one: dict[str, Json] = {"@type": "JobPosting", "@id": "#1", "title": "a"}
    other: dict[str, Json] = {"@type": "JobPosting", "@id": "#1", "title": "b"}
    nameless: dict[str, Json] = {"@type": "JobPosting"}
    document: Json = {"@graph": [one, {"x": {"y": [one]}}, other, nameless, nameless]}
    assert list(find_nodes(document, "schema:jobposting")) == [
        (".@graph[0]", one),
        (".@graph[2]", other),
        (".@graph[3]", nameless),
        (".@graph[4]", nameless),
    ]
    assert list(find_nodes(one, "JobPosting")) == [("", one)]
    assert list(find_nodes([1, None, "x"], "JobPosting")) == []


def test_nodes_within_nodes_are_found_where_asked() -> None:
    inner: dict[str, Json] = {"@type": "A", "n": 2}
    outer: dict[str, Json] = {"@type": "A", "has": inner}
    assert list(find_nodes(outer, "A")) == [("", outer)]
    assert list(find_nodes(outer, "A", inside=True)) == [("", outer), (".has", inner)]


def test_nesting_without_end_is_given_up() -> None:
    value: Json = {"@type": "JobPosting"}
    for _ in range(900):
        value = {"x": [value]}
    assert list(find_nodes(value, "JobPosting")) == []
    deep: dict[str, Json] = {"@type": "JobPosting", "@id": "#", "x": value}
    assert [path for path, _ in find_nodes([deep, dict(deep)], "JobPosting")] in (["[0]"], ["[0]", "[1]"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["json", "jsonld", "jsonl", "html"]))
def test_no_bytes_raise(tmp_path: Path, data: bytes, suffix: str) -> None:
    for start in (b"", b'{"@type":', b"<html>", b'<script type="application/ld+json">', b"\xff\xfe"):
        load(tmp_path, f"x.{suffix}", start + data)
