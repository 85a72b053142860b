"""Documents to evidence: cut into units, linked once per distinct unit, joined back to the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipeline.ingest import Kind
from pipeline.lake import ContentCache, Lake
from pipeline.linking.boilerplate import is_boilerplate
from pipeline.linking.linker import Linker
from pipeline.linking.units import UNITS_VERSION, Unit, split_units, unit_key
from pipeline.settings import LinkingSettings
from pipeline.sql import query
from pipeline.tables import EVIDENCE

Progress = Callable[[str, int, int], None]

# What a posting offers is no skill, and what a credential asks of those who enrol is not what it teaches.
LINKED_PARTS: dict[Kind, tuple[str, ...]] = {
    "postings": ("title", "description", "responsibility", "requirement"),
    "credentials": ("title", "outcome", "description"),
}
DOCUMENT_KIND: dict[Kind, str] = {"postings": "posting", "credentials": "credential"}
STATED_PART = "stated"

UNITS = pa.schema([
    ("key", pa.string()), ("part", pa.string()), ("part_start", pa.int64()), ("unit_key", pa.string()),
    ("text", pa.string()), ("language", pa.string()), ("uri", pa.string()),
])  # fmt: skip
LINKS = pa.schema([
    ("key", pa.string()), ("skill_id", pa.string()), ("confidence", pa.float64()), ("start", pa.int64()),
    ("end", pa.int64()), ("label", pa.string()), ("method", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class LinkedDocuments:
    """What linking gave: the `evidence` rows, and how many units were linked now or taken from the cache."""

    evidence: pa.Table
    units_new: int
    units_reused: int


def link_documents(
    documents: pa.Table, kind: Kind, linker: Linker, lake: Lake, settings: LinkingSettings, progress: Progress
) -> LinkedDocuments:
    """Finds the skills of documents.

    Args:
        documents: doc_id, content_hash, parts and skills, as `DocumentStore.current` gives them.
        kind: of the documents.
        linker: links what the cache does not hold.
        lake: holds the caches; a run that is interrupted goes on from its last checkpoint.
        settings: the threshold and the limits.
        progress: told (what, done, in all).

    Returns:
        Evidence as `tables.EVIDENCE` says, with one row for each document and skill.

    Raises:
        EncoderError: the encoder fails or finds nothing at all.
    """
    units = _units(documents, kind, lake, settings.max_unit_characters)
    cache = ContentCache(lake, "links", linker.fingerprint, LINKS)
    wanted = query(
        """
        SELECT unit_key, any_value(text) AS text, any_value(language) AS language,
               unit_key IN (SELECT key FROM known) AS reused
        FROM units WHERE unit_key IS NOT NULL
        GROUP BY unit_key ORDER BY length(any_value(text)), any_value(text), unit_key
        """,
        {"units": units, "known": cache.load()},
    )
    missing = [row for row in wanted.to_pylist() if not row["reused"]]
    _link_missing(missing, linker, cache, settings.checkpoint_units, lambda n, of: progress(f"link {kind}", n, of))
    evidence = _join(documents, units, cache.load(), kind, linker, settings.min_confidence)
    return LinkedDocuments(evidence, len(missing), wanted.num_rows - len(missing))


def _units(documents: pa.Table, kind: Kind, lake: Lake, max_characters: int) -> pa.Table:
    """The units of every document, keyed by the document's content hash; cut once per content."""
    cache = ContentCache(lake, f"units-{kind}", f"{UNITS_VERSION}-{max_characters}", UNITS)
    known = cache.load()
    contents = documents.select(["content_hash", "parts", "skills"])
    fresh = query(
        "SELECT DISTINCT ON (content_hash) * FROM documents "
        "WHERE content_hash NOT IN (SELECT key FROM known) ORDER BY content_hash",
        {"documents": contents, "known": known},
    )
    rows = [row for batch in fresh.to_batches(1000) for row in _document_units(batch.to_pylist(), kind, max_characters)]
    cut = pa.Table.from_pylist(rows, schema=UNITS)
    cache.append(cut)
    return query(
        "SELECT DISTINCT u.* FROM all_units u SEMI JOIN documents d ON u.key = d.content_hash",
        {"all_units": pa.concat_tables([known, cut]), "documents": contents.select(["content_hash"])},
    )


def _document_units(documents: list[dict[str, object]], kind: Kind, max_characters: int) -> Iterator[dict[str, object]]:
    for document in documents:
        key = document["content_hash"]
        rows = [*_part_units(document["parts"], kind, max_characters), *_stated_units(document["skills"])]
        # A document without a unit leaves a row too, so that it is not cut again.
        yield from ({"key": key, **row} for row in rows or [{}])


def _part_units(parts: object, kind: Kind, max_characters: int) -> Iterator[dict[str, object]]:
    assert isinstance(parts, list)
    for part in parts:
        if part["name"] in LINKED_PARTS[kind]:
            for unit in skill_units(part["text"], kind, max_characters):
                yield {
                    "part": part["name"], "part_start": unit.start, "text": unit.text, "language": part["language"],
                    "unit_key": unit_key(unit.text, part["language"]),
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


def _link_missing(
    missing: list[dict[str, object]],
    linker: Linker,
    cache: ContentCache,
    checkpoint: int,
    progress: Callable[[int, int], None],
) -> None:
    """Links units, shortest first, and saves them every `checkpoint` units."""
    if not missing:
        return
    linker.check()
    for start in range(0, len(missing), checkpoint):
        block = missing[start : start + checkpoint]
        rows: list[dict[str, object]] = []
        links = linker.link_each([(str(u["text"]), "fr" if u["language"] == "fr" else "en") for u in block])
        for done, (unit, found) in enumerate(zip(block, links, strict=True), start=1):
            key = unit["unit_key"]
            rows.extend(
                {"key": key, "skill_id": k.skill_id, "confidence": k.confidence, "start": k.start, "end": k.end,
                 "label": k.label, "method": k.method}
                for k in found
            )  # fmt: skip
            if not found:
                rows.append({"key": key})
            if done % 512 == 0 or done == len(block):
                progress(start + done, len(missing))
        cache.append(pa.Table.from_pylist(rows, schema=LINKS))


def _join(
    documents: pa.Table, units: pa.Table, links: pa.Table, kind: Kind, linker: Linker, min_confidence: float
) -> pa.Table:
    """Evidence rows: of a document's sentences that speak for a skill, the clearest, and how many there are."""
    rows = query(
        EVIDENCE_SQL,
        {
            "documents": documents.select(["doc_id", "content_hash"]),
            "units": units,
            "links": links,
            "skills": linker.taxonomy.skills.select(["skill_id", "label_en"]),
        },
        {"kind": DOCUMENT_KIND[kind], "stated": STATED_PART, "floor": min_confidence},
    )
    return EVIDENCE.conform(rows)


EVIDENCE_SQL = """
WITH linked AS (  -- what the linker found, in text and in the labels of skills that the source states
    SELECT u.key, u.part, u.part_start, u.text, u.language, l.skill_id, l.confidence, l.start, l."end", l.label,
           CASE WHEN u.part = $stated THEN 'stated+' ELSE '' END || l.method AS method
    FROM units u JOIN (SELECT DISTINCT * FROM links) l ON u.unit_key = l.key
    WHERE l.confidence >= $floor
),
named AS (  -- skills that the source states by the taxonomy's own identifier: taken as they are
    SELECT u.key, u.part, u.part_start, u.text, u.language, s.skill_id, 1.0 AS confidence, 0 AS start,
           length(u.text) AS "end", s.label_en AS label, 'stated' AS method
    FROM units u JOIN skills s ON trim(u.uri) = s.skill_id
),
found AS (
    SELECT d.doc_id, f.*
    FROM (SELECT * FROM linked UNION ALL SELECT * FROM named) f
    JOIN documents d ON d.content_hash = f.key
)
SELECT $kind AS document_kind, doc_id AS document_id, skill_id, confidence, text AS sentence, language, start, "end",
       part, part_start, label AS matched_label, method,
       count(DISTINCT (part, part_start, text, language)) OVER (PARTITION BY doc_id, skill_id)
           AS sentences
FROM (SELECT DISTINCT * FROM found)
QUALIFY row_number() OVER (
    PARTITION BY doc_id, skill_id
    ORDER BY confidence DESC, part = 'title', part, part_start, text, language, start, "end", label, method
) = 1
"""
