"""Evidence kept by content: what is found is what was kept, each content once, whatever parts it lies in."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lake import ContentCache, Lake
from pipeline.linking.kept import KEPT, KeptEvidence

CONTENTS = [f"content {number}" for number in range(8)]
SKILLS: dict[str, list[str | None]] = {
    content: [f"skill {skill}" for skill in range(number % 4)] or [None] for number, content in enumerate(CONTENTS)
}


def rows(contents: list[str]) -> pa.Table:
    """What is kept of some contents: a row for each skill, in one order for each content."""
    pairs = [(content, skill) for content in contents for skill in SKILLS[content]]
    return pa.Table.from_pylist(
        [
            {"key": content, "skill_id": skill, "sentence": skill and f"{content} asks for it"}
            for content, skill in pairs
        ],
        schema=KEPT,
    )


def plain(table: pa.Table) -> list[tuple[str, str | None, str | None]]:
    columns = (table[name].to_pylist() for name in ("key", "skill_id", "sentence"))
    return sorted(zip(*columns, strict=True), key=repr)


parts = st.lists(st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=6), max_size=4)


@settings(max_examples=60, deadline=None)
@given(parts, st.sets(st.sampled_from(CONTENTS)))
def test_each_content_is_found_once(
    tmp_path_factory: pytest.TempPathFactory, kept: list[list[str]], wanted: set[str]
) -> None:
    """Parts may hold a content that others hold, or that nobody wants, or, once they were joined, one twice."""
    evidence = KeptEvidence(Lake(tmp_path_factory.mktemp("lake")), "postings", [])
    for contents in kept:
        evidence._cache.append(rows(contents))
    found, missing = evidence.find(pa.array(sorted(wanted), pa.string()))
    known = wanted & {content for contents in kept for content in contents}
    assert plain(found) == plain(rows(sorted(known)))
    assert missing.to_pylist() == sorted(wanted - known)


def test_of_parts_that_hold_nothing_wanted_the_keys_alone_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night reads what is new: what was kept of a million other contents is not taken apart for it."""
    cache = ContentCache(Lake(tmp_path), "units", "rules", KEPT)
    for content in CONTENTS:
        ContentCache(Lake(tmp_path), "units", "rules", KEPT).append(rows([content]))
    read: list[object] = []
    parsed = ContentCache._parsed
    monkeypatch.setattr(
        ContentCache, "_parsed", lambda self, content, columns, coded=False: read.append(columns)
        or parsed(self, content, columns, coded),
    )  # fmt: skip
    assert plain(pa.concat_tables(cache.find(pa.array(CONTENTS[3:4])))) == plain(rows(CONTENTS[3:4]))
    assert read.count(None) == 1
    assert list(cache.find(pa.array(["another"]))) == []
    assert read.count(None) == 1
