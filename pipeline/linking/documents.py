"""Documents to evidence: cut into units, linked once per distinct unit, joined back to the documents.

A skill that a record states itself is looked up in the taxonomy, by identifier or label, before anything is linked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest import Kind, Language
from pipeline.lake import ContentCache, Lake
from pipeline.linking.boilerplate import is_boilerplate
from pipeline.linking.context import Company
from pipeline.linking.levels import LEVELS, LEVELS_VERSION, PROFICIENCIES, heading_level, own_demands
from pipeline.linking.linker import Link, Linker
from pipeline.linking.stated import stated_skills
from pipeline.linking.units import UNITS_VERSION, Unit, split_units, unit_key
from pipeline.privacy import PRIVACY_VERSION, mask
from pipeline.settings import LinkingSettings, Personal
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
    ("text", pa.string()), ("language", pa.string()), ("uri", pa.string()), ("heading_level", pa.string()),
])  # fmt: skip
LINKS = pa.schema([
    ("key", pa.string()), ("skill_id", pa.string()), ("confidence", pa.float64()), ("start", pa.int64()),
    ("end", pa.int64()), ("label", pa.string()), ("method", pa.string()), ("level", pa.string()),
    ("years", pa.float64()), ("proficiency", pa.string()),
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
    given, cache = _given(documents, kind, linker, lake, settings)
    wanted = query(WANTED_SQL, given, {"stated_part": STATED_PART})
    missing = [row for row in wanted.to_pylist() if not row["reused"]]
    _link_missing(missing, linker, cache, settings.checkpoint_units, lambda n, of: progress(f"link {kind}", n, of))
    evidence = _join(documents, given | {"links": cache.load()}, kind, settings.min_confidence, linker.company)
    return LinkedDocuments(evidence, len(missing), wanted.num_rows - len(missing))


def unlinked_units(documents: pa.Table, kind: Kind, linker: Linker, lake: Lake, settings: LinkingSettings) -> pa.Table:
    """The units that `link_documents` would link anew: unit_key, text, language; each once, shortest first."""
    given, _ = _given(documents, kind, linker, lake, settings)
    wanted = query(WANTED_SQL, given, {"stated_part": STATED_PART})
    return wanted.filter(pc.invert(wanted["reused"])).select(["unit_key", "text", "language"])


def link_units(units: pa.Table, linker: Linker, lake: Lake, progress: Callable[[int, int], None]) -> str:
    """Links units into the cache, as one part.

    Args:
        units: as `unlinked_units` gives them.
        linker: links them.
        lake: holds the cache.
        progress: told (units linked, in all).

    Returns:
        The part's name in the lake: the same units give the same part, whoever links them and how often.

    Raises:
        EncoderError: the encoder fails or finds nothing at all.
    """
    linker.check()
    name = _link_block(units.to_pylist(), linker, _links_cache(linker, lake), progress, 0, units.num_rows)
    if name is None:
        raise ValueError("there are no units to link")
    return name


def _given(
    documents: pa.Table, kind: Kind, linker: Linker, lake: Lake, settings: LinkingSettings
) -> tuple[dict[str, pa.Table], ContentCache]:
    """What linking starts from: the units, what they state themselves, and what is known of them already."""
    units = _units(documents, kind, lake, settings.max_unit_characters, linker.masked)
    stated = stated_skills(units.filter(pc.equal(units["part"], STATED_PART)), linker.taxonomy)
    cache = _links_cache(linker, lake)
    return {"units": units, "stated": stated, "known": cache.load()}, cache


def links_fingerprint(linker: Linker) -> str:
    """Names the cache of links: another linker, or other rules for levels, is another cache."""
    return f"{linker.fingerprint}-{LEVELS_VERSION}"


def _links_cache(linker: Linker, lake: Lake) -> ContentCache:
    return ContentCache(lake, "links", links_fingerprint(linker), LINKS)


def _units(documents: pa.Table, kind: Kind, lake: Lake, max_characters: int, masked: tuple[Personal, ...]) -> pa.Table:
    """The units of every document, what identifies a person masked; cut once per content, and kept by its hash."""
    rules = "-".join([UNITS_VERSION, LEVELS_VERSION, str(max_characters), PRIVACY_VERSION, *sorted(masked)])
    cache = ContentCache(lake, f"units-{kind}", rules, UNITS)
    known = cache.load()
    contents = documents.select(["content_hash", "parts", "skills"])
    fresh = query(
        "SELECT DISTINCT ON (content_hash) * FROM documents "
        "WHERE content_hash NOT IN (SELECT key FROM known) ORDER BY content_hash",
        {"documents": contents, "known": known},
    )
    batches = (batch.to_pylist() for batch in fresh.to_batches(1000))
    rows = [row for batch in batches for row in _document_units(batch, kind, max_characters, masked)]
    cut = pa.Table.from_pylist(rows, schema=UNITS)
    cache.append(cut)
    return query(
        "SELECT DISTINCT u.* FROM all_units u SEMI JOIN documents d ON u.key = d.content_hash",
        {"all_units": pa.concat_tables([known, cut]), "documents": contents.select(["content_hash"])},
    )


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
        _link_block(block, linker, cache, progress, start, len(missing))


def _link_block(
    block: list[dict[str, object]],
    linker: Linker,
    cache: ContentCache,
    progress: Callable[[int, int], None],
    before: int,
    total: int,
) -> str | None:
    """Links units and saves them as one part of the cache, whose name is returned."""
    rows: list[dict[str, object]] = []
    texts = [_text_of(unit) for unit in block]
    for done, (unit, text, found) in enumerate(zip(block, texts, linker.link_each(texts), strict=True), start=1):
        rows.extend(_link_rows(unit["unit_key"], text, found))
        if done % 512 == 0 or done == len(block):
            progress(before + done, total)
    return cache.append(pa.Table.from_pylist(rows, schema=LINKS))


def _text_of(unit: dict[str, object]) -> tuple[str, Language]:
    return str(unit["text"]), "fr" if unit["language"] == "fr" else "en"


def _link_rows(key: object, text: tuple[str, Language], links: list[Link]) -> Iterator[dict[str, object]]:
    """What the cache keeps of a unit: a row for each link, or one that says that there is none."""
    if not links:
        yield {"key": key}
        return
    for link, demand in zip(links, own_demands(*text, [(link.start, link.end) for link in links]), strict=True):
        yield {
            "key": key, "skill_id": link.skill_id, "confidence": link.confidence, "start": link.start, "end": link.end,
            "label": link.label, "method": link.method, "level": demand.level, "years": demand.years,
            "proficiency": demand.proficiency,
        }  # fmt: skip


def _join(
    documents: pa.Table, given: dict[str, pa.Table], kind: Kind, min_confidence: float, company: Company
) -> pa.Table:
    """Evidence rows: of a document's sentences that speak for a skill, the clearest, and how many there are.

    The threshold is for the confidence that a skill has in the company of the document's others.
    """
    rows = query(
        EVIDENCE_SQL,
        given | {"documents": documents.select(["doc_id", "content_hash"])},
        {
            "kind": DOCUMENT_KIND[kind],
            "stated_part": STATED_PART,
            "clear": min_confidence,
            "levels": list(LEVELS),
            "proficiencies": list(PROFICIENCIES),
        },
    )
    weighed = company.weigh(rows)
    return EVIDENCE.conform(weighed.filter(pc.greater_equal(weighed["confidence"], min_confidence)))


# Units to link, shortest first; what states a skill of the taxonomy needs no linking.
WANTED_SQL = """
WITH open AS (
    SELECT * FROM units
    WHERE unit_key IS NOT NULL
      AND NOT (part = $stated_part AND unit_key || coalesce(uri, '') IN (SELECT unit_key || uri FROM stated))
)
SELECT unit_key, any_value(text) AS text, any_value(language) AS language,
       unit_key IN (SELECT key FROM known) AS reused
FROM open GROUP BY unit_key ORDER BY length(any_value(text)), any_value(text), unit_key
"""

EVIDENCE_SQL = """
WITH linked AS (  -- what the linker found, in text and in labels that a source states and the taxonomy does not have
    SELECT u.key, u.part, u.part_start, u.text, u.language, l.skill_id, l.confidence, l.start, l."end", l.label,
           CASE WHEN u.part = $stated_part THEN 'stated+' ELSE '' END || l.method AS method,
           coalesce(l.level, u.heading_level, 'unstated') AS level, l.years, l.proficiency
    FROM units u
    JOIN (SELECT DISTINCT * FROM links) l ON u.unit_key = l.key
    LEFT JOIN stated s ON u.part = $stated_part AND s.unit_key = u.unit_key AND s.uri = coalesce(u.uri, '')
    WHERE l.skill_id IS NOT NULL AND s.skill_id IS NULL
),
named AS (  -- skills that a source states by an identifier or label of the taxonomy: taken as they are
    SELECT u.key, u.part, u.part_start, u.text, u.language, s.skill_id, 1.0 AS confidence, 0 AS start,
           length(u.text) AS "end", s.label, 'stated' AS method, 'unstated' AS level, NULL AS years,
           NULL AS proficiency
    FROM units u JOIN stated s ON u.part = $stated_part AND s.unit_key = u.unit_key AND s.uri = coalesce(u.uri, '')
),
found AS (
    SELECT DISTINCT d.doc_id, f.*
    FROM (SELECT * FROM linked UNION ALL SELECT * FROM named) f
    JOIN documents d ON d.content_hash = f.key
),
spoken AS (  -- sentences that speak for a skill: by themselves, or as the clearest where none does
    SELECT * FROM found
    QUALIFY confidence >= least($clear, max(confidence) OVER (PARTITION BY doc_id, skill_id))
),
asked AS (  -- over all sentences: the strongest level, the most years, the highest proficiency; credentials ask nothing
    SELECT doc_id, skill_id, count(DISTINCT (part, part_start, text, language)) AS sentences,
           CASE WHEN $kind = 'posting' THEN $levels[max(list_position($levels, level))] ELSE 'unstated' END AS level,
           CASE WHEN $kind = 'posting' THEN max(years) END AS years,
           $proficiencies[max(list_position($proficiencies, proficiency))] AS proficiency
    FROM spoken GROUP BY doc_id, skill_id
)
SELECT $kind AS document_kind, f.doc_id AS document_id, f.skill_id, f.confidence, f.text AS sentence, f.language,
       f.start, f."end", f.part, f.part_start, f.label AS matched_label, f.method, a.sentences, a.level, a.years,
       a.proficiency
FROM found f JOIN asked a USING (doc_id, skill_id)
QUALIFY row_number() OVER (
    PARTITION BY f.doc_id, f.skill_id
    ORDER BY f.confidence DESC, f.part = 'title', f.part, f.part_start, f.text, f.language, f.start, f."end", f.label,
             f.method
) = 1
"""
