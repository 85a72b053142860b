"""Documents cut into units, once per content, and read again part by part: never all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from pipeline.ingest import Contents, Kind
from pipeline.lake import ContentCache, Lake, without
from pipeline.linking.boilerplate import is_boilerplate
from pipeline.linking.levels import LEVELS_VERSION, heading_level
from pipeline.linking.units import UNITS_VERSION, Unit, split_units, unit_key
from pipeline.privacy import PRIVACY_VERSION, mask
from pipeline.settings import Personal
from pipeline.sql import query

CONTENTS_AT_ONCE = 10_000  # whose units make one part of the cache: what is held in memory at once
BATCH = 1_000
STATED_PART = "stated"

# What a posting offers is no skill, and what a credential asks of those who enrol is not what it teaches.
LINKED_PARTS: dict[Kind, tuple[str, ...]] = {
    "postings": ("title", "description", "responsibility", "requirement"),
    "credentials": ("title", "outcome", "description"),
}
UNITS = pa.schema([
    ("key", pa.string()), ("part", pa.string()), ("part_start", pa.int64()), ("unit_key", pa.string()),
    ("text", pa.string()), ("language", pa.string()), ("uri", pa.string()), ("heading_level", pa.string()),
])  # fmt: skip
DISTINCT = pa.schema([
    ("unit_key", pa.string()), ("text", pa.string()), ("language", pa.string()), ("uri", pa.string()),
    ("is_stated", pa.bool_()),
])  # fmt: skip

DISTINCT_SQL = """
SELECT DISTINCT unit_key, text, language, uri, part = $stated_part AS is_stated
FROM units u
WHERE unit_key IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM found f
    WHERE f.unit_key = u.unit_key AND f.uri IS NOT DISTINCT FROM u.uri AND f.is_stated = (u.part = $stated_part)
)
"""


class Units:
    """The units of documents, what identifies a person masked.

    Args:
        contents: the documents' texts and stated skills.
        keys: the content hashes of the documents.
        kind: of the documents.
        lake: keeps what was cut.
        max_characters: the longest unit.
        masked: what is masked.
    """

    def __init__(
        self,
        contents: Contents,
        keys: pa.ChunkedArray,
        kind: Kind,
        lake: Lake,
        max_characters: int,
        masked: tuple[Personal, ...],
    ) -> None:
        self._contents, self._kind, self._max_characters, self._masked = contents, kind, max_characters, masked
        self._keys = keys.unique()
        self._cache = ContentCache(lake, f"units-{kind}", cutting_rules(max_characters, masked), UNITS, remembers=True)

    def cut(self) -> None:
        """Cuts what no earlier run has cut."""
        for units in self._cut(without(self._keys, _keys_of(self._cache.find(self._keys, ["key"])))):
            self._cache.append(units)

    def _cut(self, keys: pa.ChunkedArray) -> Iterator[pa.Table]:
        """The units of some contents, those of `CONTENTS_AT_ONCE` at a time."""
        waiting: list[dict[str, object]] = []
        contents = 0
        for table in self._contents(keys) if len(keys) else ():
            for batch in table.to_batches(BATCH):
                waiting += _document_units(batch.to_pylist(), self._kind, self._max_characters, self._masked)
                contents += batch.num_rows
                if contents >= CONTENTS_AT_ONCE:
                    yield pa.Table.from_pylist(waiting, schema=UNITS)
                    waiting, contents = [], 0
        if waiting:
            yield pa.Table.from_pylist(waiting, schema=UNITS)

    def parts(self) -> Iterator[pa.Table]:
        """Their units as `UNITS`, some `CONTENTS_AT_ONCE` at a time; all units of a content come together."""
        waiting: list[pa.Table] = []
        contents = 0
        for units in self._found():
            more = len(units["key"].unique())
            if waiting and contents + more > CONTENTS_AT_ONCE:
                yield _once(waiting)
                waiting, contents = [], 0
            waiting.append(units)
            contents += more
        if waiting:
            yield _once(waiting)

    def _found(self) -> Iterator[pa.Table]:
        """Their units as the cache holds them: in as many parts as there were runs that cut anything."""
        found: list[pa.Array] = []
        for units in self._cache.find(self._keys):
            found.append(units["key"].unique())
            yield units
        # What was in the cache a moment ago and cannot be read now is cut again: left out, it would be lost unseen.
        yield from self._cut(without(self._keys, pa.chunked_array(found, pa.string())))

    def distinct(self) -> pa.Table:
        """Each unit of text once, and each stated skill once an identifier; columns as `DISTINCT`."""
        found = DISTINCT.empty_table()
        for part in self.parts():
            new = query(DISTINCT_SQL, {"units": part, "found": found}, {"stated_part": STATED_PART})
            found = pa.concat_tables([found, new.cast(DISTINCT)])
        return found


def _keys_of(parts: Iterable[pa.Table]) -> pa.ChunkedArray:
    return pa.chunked_array([part["key"].unique() for part in parts], pa.string())


def cutting_rules(max_characters: int, masked: tuple[Personal, ...]) -> str:
    """Names all that the units of a content depend on."""
    return "-".join([UNITS_VERSION, LEVELS_VERSION, str(max_characters), PRIVACY_VERSION, *sorted(masked)])


def _once(units: list[pa.Table]) -> pa.Table:
    return query("SELECT DISTINCT * FROM units", {"units": pa.concat_tables(units)})


def _document_units(
    documents: list[dict[str, object]], kind: Kind, max_characters: int, masked: tuple[Personal, ...]
) -> Iterator[dict[str, object]]:
    for document in documents:
        key = document["content_hash"]
        rows = [*_part_units(document["parts"], kind, max_characters, masked), *_stated_units(document["skills"])]
        # A document without a unit leaves a row too, so that it is not cut again.
        yield from ({"key": key, **row} for row in rows or [{}])


def _part_units(
    parts: object, kind: Kind, max_characters: int, masked: tuple[Personal, ...]
) -> Iterator[dict[str, object]]:
    assert isinstance(parts, list)
    for part in parts:
        if part["name"] in LINKED_PARTS[kind]:
            for unit in skill_units(mask(part["text"], masked), kind, max_characters):
                yield {
                    "part": part["name"], "part_start": unit.start, "text": unit.text, "language": part["language"],
                    "unit_key": unit_key(unit.text, part["language"]),
                    "heading_level": heading_level(unit.heading, part["language"]) if unit.heading else None,
                }  # fmt: skip


def skill_units(text: str, kind: Kind, max_characters: int) -> list[Unit]:
    """The units of a text in which skills are looked for: boilerplate left out."""
    return [unit for unit in split_units(text, max_characters) if not is_boilerplate(unit.text, kind)]


def _stated_units(skills: object) -> Iterator[dict[str, object]]:
    assert isinstance(skills, list)
    for skill in skills:
        text = " ".join(skill["label"].split()) or skill["uri"]
        yield {
            "part": STATED_PART, "part_start": 0, "text": text, "language": skill["language"], "uri": skill["uri"],
            "unit_key": unit_key(text, skill["language"]),
        }  # fmt: skip
