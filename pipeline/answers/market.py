"""What every answer is made from: one labour market, measured and matched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from pipeline.matching import Postings
from pipeline.settings import Settings
from pipeline.taxonomy import Taxonomy


@dataclass(frozen=True)
class Market:
    """Profiles, demand and matches of one refresh, and what they were made from.

    Attributes:
        role_skills: `tables.ROLE_SKILLS`.
        role_demand: `tables.ROLE_DEMAND`.
        matches: `tables.MATCHES`.
        match_skills: `tables.MATCH_SKILLS`.
        credential_skills: `tables.CREDENTIAL_SKILLS`.
        credentials: `tables.CREDENTIALS`.
        credential_documents: what `credentials` was made from, with texts; columns as `DocumentStore.current` gives.
        similarity: asked, taught, similarity; the pairs that count, of a skill asked and one taught or asked.
        postings: as `matching.weigh_postings` gives them.
        evidence: `tables.EVIDENCE`, not sorted.
        taxonomy: skills, occupations and relations.
        settings: all of them.
        as_of: the day that the tables describe.
        behind: the postings behind the matches, with what was drawn of them; without them it is drawn again.
    """

    role_skills: pa.Table
    role_demand: pa.Table
    matches: pa.Table
    match_skills: pa.Table
    credential_skills: pa.Table
    credentials: pa.Table
    credential_documents: pa.Table
    similarity: pa.Table
    postings: pa.Table
    evidence: pa.Table
    taxonomy: Taxonomy
    settings: Settings
    as_of: date
    behind: Postings | None = None
