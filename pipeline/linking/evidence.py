"""Units and links joined to evidence: of a document's sentences that speak for a skill, the clearest."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest import Kind
from pipeline.lake import coded
from pipeline.linking.context import Company
from pipeline.linking.cutting import STATED_PART, Units
from pipeline.linking.levels import LEVELS, PROFICIENCIES
from pipeline.sql import query
from pipeline.tables import EVIDENCE

DOCUMENT_KIND: dict[Kind, str] = {"postings": "posting", "credentials": "credential"}


def evidence_of(
    units: Units, stated: pa.Table, links: pa.Table, kind: Kind, min_confidence: float, company: Company
) -> Iterator[tuple[pa.Array, pa.Table]]:
    """What contents call for: hashes of some contents, and the rows of `tables.EVIDENCE` that they give.

    The contents take the place of documents: a row's document_id is the hash of its content. The threshold is for the
    confidence that a skill has in the company of the content's others.

    Args:
        units: those of the contents; they are read part by part.
        stated: as `stated_skills` gives them.
        links: of every unit, as `LINKS`.
        kind: of the documents.
        min_confidence: of a skill that counts.
        company: weighs a document's skills against each other.
    """
    for contents, found in sentences_of(units, stated, links, kind, min_confidence):
        rows = company.weigh(found)
        rows = rows.filter(pc.greater_equal(rows["confidence"], min_confidence))
        # Copied, since a column that the database gave keeps all others of its rows in memory.
        yield contents, coded(EVIDENCE.conform(rows, in_order=True)).combine_chunks()


def sentences_of(
    units: Units, stated: pa.Table, links: pa.Table, kind: Kind, min_confidence: float
) -> Iterator[tuple[pa.Array, pa.Table]]:
    """As `evidence_of`, but as sentences say it by themselves: with their own confidence, however low."""
    parameters = {
        "kind": DOCUMENT_KIND[kind],
        "stated_part": STATED_PART,
        "clear": min_confidence,
        "levels": list(LEVELS),
        "proficiencies": list(PROFICIENCIES),
    }
    for part in units.parts():
        contents = part["key"].unique()
        own = {
            "units": part, "stated": stated, "documents": pa.table({"doc_id": contents, "content_hash": contents}),
            "links": links.filter(pc.is_in(links["key"], part["unit_key"].unique())),
        }  # fmt: skip
        yield contents, query(EVIDENCE_SQL, own, parameters)


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
