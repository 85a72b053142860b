"""Skills that a record states itself, looked up in the taxonomy: by identifier, in any of its forms, or by label."""

from __future__ import annotations

import pyarrow as pa

from pipeline.sql import query
from pipeline.taxonomy import Taxonomy

# An ESCO skill however it is written: a data or portal address, "esco:skill/...", a URN or the bare UUID.
_ESCO_ID = (
    r"(?i)^(?:https?://\S*\besco\b\S*skills?(?:/|%2f)|esco:(?:skill[:/])?|urn:uuid:|skill/)?"
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})[/#]*(?:[?&#]\S*)?$"
)


def _address_key(column: str) -> str:
    """SQL for what all forms of one identifier have in common; null where there is none."""
    address = f"trim({column})"
    bare = rf"regexp_replace(regexp_replace({address}, '(?i)^https?://(www\.)?', '//'), '[/#]+$', '')"
    esco = f"'esco:' || lower(regexp_extract({address}, '{_ESCO_ID}', 1))"
    return f"CASE WHEN regexp_matches({address}, '{_ESCO_ID}') THEN {esco} ELSE nullif({bare}, '') END"


def _label_key(column: str) -> str:
    """SQL for a label without case, runs of white space and typographic apostrophes; accents and endings count."""
    plain = f"translate(nfc_normalize({column}), '\u2019\u2018\u02bc', '''''''')"
    return rf"lower(trim(regexp_replace({plain}, '[\s\p{{Z}}]+', ' ', 'g')))"


STATED_SQL = f"""
WITH stated AS (
    SELECT DISTINCT unit_key, coalesce(uri, '') AS uri, text, language FROM units WHERE unit_key IS NOT NULL
),
addressed AS (  -- a label may be an identifier, where there is no other
    SELECT unit_key, uri, trim(CASE WHEN uri = '' THEN text ELSE uri END) AS address FROM stated
),
exact AS (
    SELECT a.unit_key, a.uri, s.skill_id, s.label_en AS label, 1 AS rank
    FROM addressed a JOIN skills s ON a.address = s.skill_id
),
known AS (SELECT skill_id, label_en, {_address_key("skill_id")} AS address FROM skills),
other_form AS (
    SELECT a.unit_key, a.uri, s.skill_id, s.label_en AS label, 2 AS rank
    FROM (SELECT unit_key, uri, {_address_key("address")} AS address FROM addressed) a
    JOIN known s USING (address)
),
names AS (SELECT concept_id AS skill_id, language, label, {_label_key("label")} AS name FROM labels),
called AS (
    SELECT t.unit_key, t.uri, n.skill_id, n.label, CASE WHEN n.language = t.language THEN 3 ELSE 4 END AS rank
    FROM (SELECT *, {_label_key("text")} AS name FROM stated) t JOIN names n USING (name)
),
found AS (
    SELECT unit_key, uri, rank, min(skill_id) AS skill_id, min(label) AS label, count(DISTINCT skill_id) AS skills
    FROM (SELECT * FROM exact UNION ALL SELECT * FROM other_form UNION ALL SELECT * FROM called)
    GROUP BY unit_key, uri, rank
    QUALIFY rank = min(rank) OVER (PARTITION BY unit_key, uri)
)
SELECT unit_key, uri, skill_id, label FROM found WHERE skills = 1
"""


FOUND = pa.schema([(name, pa.string()) for name in ("unit_key", "uri", "skill_id", "label")])


def stated_skills(units: pa.Table, taxonomy: Taxonomy) -> pa.Table:
    """The skills of the taxonomy that stated skills are, beyond doubt.

    An identifier counts before a label, and a label in the record's language before one in the other. What fits several
    skills is none of them.

    Args:
        units: unit_key, text, language and uri (may be null) of each stated skill.
        taxonomy: its identifiers, and its preferred and alternative labels.

    Returns:
        unit_key, uri ('' for none), skill_id and label (of the taxonomy): one row for each that is found.
    """
    if not units.num_rows:
        return FOUND.empty_table()
    return query(STATED_SQL, {"units": units, "skills": taxonomy.skills, "labels": taxonomy.labels("skills")})
