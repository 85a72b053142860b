"""The contract: every published table's columns, keys and references, described in English and French.

A table's Arrow schema, the data package, the documentation and the gate's checks are all made from what stands here.
"""

from pipeline.tables.columns import ALL_REGIONS
from pipeline.tables.documents import CREDENTIALS, EVIDENCE, POSTINGS, ROLES, SKILLS
from pipeline.tables.gaps import (
    CHANGES,
    CREDENTIAL_COMPLETENESS,
    CREDENTIAL_DEFINITION,
    UNMET_BUNDLES,
    UNMET_DEMAND,
)
from pipeline.tables.matches import CREDENTIAL_SKILLS, MATCH_SKILLS, MATCHES
from pipeline.tables.model import Column, Table
from pipeline.tables.roles import ROLE_DEMAND, ROLE_SKILLS
from pipeline.tables.stacks import SKILL_SIMILARITY, STACKS, TRANSITIONS
from pipeline.tables.value import CREDENTIAL_VALUE

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SKILLS,
        ROLES,
        POSTINGS,
        CREDENTIALS,
        EVIDENCE,
        ROLE_SKILLS,
        ROLE_DEMAND,
        CREDENTIAL_SKILLS,
        MATCHES,
        MATCH_SKILLS,
        UNMET_DEMAND,
        UNMET_BUNDLES,
        CREDENTIAL_DEFINITION,
        CREDENTIAL_COMPLETENESS,
        CREDENTIAL_VALUE,
        SKILL_SIMILARITY,
        STACKS,
        TRANSITIONS,
    )
}

__all__ = [
    "ALL_REGIONS",
    "CHANGES",
    "CREDENTIALS",
    "CREDENTIAL_COMPLETENESS",
    "CREDENTIAL_DEFINITION",
    "CREDENTIAL_SKILLS",
    "CREDENTIAL_VALUE",
    "EVIDENCE",
    "MATCHES",
    "MATCH_SKILLS",
    "POSTINGS",
    "ROLES",
    "ROLE_DEMAND",
    "ROLE_SKILLS",
    "SKILLS",
    "SKILL_SIMILARITY",
    "STACKS",
    "TABLES",
    "TRANSITIONS",
    "UNMET_BUNDLES",
    "UNMET_DEMAND",
    "Column",
    "Table",
]
