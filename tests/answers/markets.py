"""A `Market` from a few values: what an answer does not look at is empty."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pipeline.answers import Market
from pipeline.matching import role_demand
from pipeline.settings import Settings
from pipeline.tables import (
    CREDENTIAL_SKILLS,
    CREDENTIALS,
    EVIDENCE,
    MATCH_SKILLS,
    MATCHES,
    ROLE_DEMAND,
    ROLE_SKILLS,
)
from pipeline.taxonomy import load_starter
from tests.matching.worlds import AS_OF, as_advertised

NO_FIGURES = pa.schema([
    ("role_id", pa.string()), ("region", pa.string()),
    *((c.name, c.type) for c in ROLE_DEMAND.columns if c.name.startswith("official_")),
]).empty_table()  # fmt: skip


NO_SIMILARITY = pa.schema([
    ("asked", pa.string()), ("taught", pa.string()), ("similarity", pa.float64()),
]).empty_table()  # fmt: skip


def market(postings: pa.Table, covers: Mapping[tuple[str, str], float], settings: Settings) -> Market:
    """A market of weighed postings, and of matches from (credential, role) -> coverage."""
    counted = as_advertised(postings)
    matches = [{"credential_id": c, "role_id": r, "coverage": coverage} for (c, r), coverage in covers.items()]
    credentials = [{"credential_id": c} for c in sorted({c for c, _ in covers})]
    return Market(
        role_skills=ROLE_SKILLS.schema.empty_table(),
        role_demand=role_demand(counted, NO_FIGURES, AS_OF, settings),
        matches=pa.Table.from_pylist(matches, schema=MATCHES.schema),
        match_skills=MATCH_SKILLS.schema.empty_table(),
        credential_skills=CREDENTIAL_SKILLS.schema.empty_table(),
        credentials=pa.Table.from_pylist(credentials, schema=CREDENTIALS.schema),
        credential_documents=pa.table({"doc_id": [row["credential_id"] for row in credentials]}),
        similarity=NO_SIMILARITY,
        postings=counted,
        evidence=EVIDENCE.schema.empty_table(),
        taxonomy=load_starter(),
        settings=settings,
        as_of=AS_OF,
    )
