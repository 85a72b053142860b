"""The tables that describe what the others refer to: skills, roles, postings, credentials and what these teach."""

from __future__ import annotations

import pyarrow as pa

from pipeline.sql import query
from pipeline.tables import ALL_REGIONS, CREDENTIAL_SKILLS, CREDENTIALS, EVIDENCE, POSTINGS, ROLES, SKILLS
from pipeline.taxonomy import Taxonomy

SKILLS_SQL = """
SELECT skill_id, label_en, coalesce(label_fr, label_en) AS label_fr, kind, reuse, sector FROM taxonomy_skills
"""

ROLES_SQL = """
SELECT o.occupation_id AS role_id, o.label_en, coalesce(o.label_fr, o.label_en) AS label_fr, o.noc_2021, o.isco_08,
       o.sector, coalesce(p.postings, 0) AS postings,
       o.occupation_id IN (SELECT role_id FROM role_skills WHERE region = $all_regions) AS profiled
FROM occupations o
LEFT JOIN (SELECT role_id, count(*) AS postings FROM postings WHERE in_window GROUP BY role_id) p
  ON p.role_id = o.occupation_id
"""

POSTINGS_SQL = """
SELECT p.*, coalesce(e.skills, 0) AS skills
FROM postings p
LEFT JOIN (
    SELECT document_id, count(*) AS skills FROM evidence WHERE document_kind = 'posting' GROUP BY document_id
) e ON e.document_id = p.posting_id
"""

CREDENTIALS_SQL = """
SELECT d.* EXCLUDE (doc_id, skills), d.doc_id AS credential_id, coalesce(e.skills, 0) AS skills,
       list_sort(list_distinct(list_transform(d.parts, lambda part: part.language))) AS languages
FROM documents d
LEFT JOIN (
    SELECT document_id, count(*) AS skills FROM evidence WHERE document_kind = 'credential' GROUP BY document_id
) e ON e.document_id = d.doc_id
"""

CREDENTIAL_SKILLS_SQL = """
SELECT document_id AS credential_id, skill_id, confidence, starts_with(method, 'stated') AS stated
FROM evidence WHERE document_kind = 'credential'
"""


def skills_table(taxonomy: Taxonomy) -> pa.Table:
    """`tables.SKILLS` of a taxonomy."""
    return SKILLS.conform(query(SKILLS_SQL, {"taxonomy_skills": taxonomy.skills}))


def roles_table(taxonomy: Taxonomy, postings: pa.Table, role_skills: pa.Table) -> pa.Table:
    """`tables.ROLES`: every occupation, its postings in the window, and whether it has a profile."""
    return ROLES.conform(
        query(
            ROLES_SQL,
            {"occupations": taxonomy.occupations, "postings": postings, "role_skills": role_skills},
            {"all_regions": ALL_REGIONS},
        )
    )


def postings_table(postings: pa.Table, evidence: pa.Table) -> pa.Table:
    """`tables.POSTINGS`: weighed postings, with how many skills were found in each."""
    return POSTINGS.conform(query(POSTINGS_SQL, {"postings": postings, "evidence": evidence}))


def credentials_table(documents: pa.Table, evidence: pa.Table) -> pa.Table:
    """`tables.CREDENTIALS`: credential documents, with how many skills were found in each."""
    return CREDENTIALS.conform(query(CREDENTIALS_SQL, {"documents": documents, "evidence": evidence}))


def credential_skills_table(evidence: pa.Table) -> pa.Table:
    """`tables.CREDENTIAL_SKILLS`: the skills that credentials teach, from their evidence."""
    return CREDENTIAL_SKILLS.conform(query(CREDENTIAL_SKILLS_SQL, {"evidence": evidence}))


def sort_evidence(evidence: pa.Table) -> pa.Table:
    """`tables.EVIDENCE`: the rows of postings and credentials together."""
    return EVIDENCE.conform(evidence)
