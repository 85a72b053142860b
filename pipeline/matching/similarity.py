"""How much a taught skill counts towards an asked one: sim(s,t).

sim(s,t) = 1                                            the same skill
= the greater of relation and cosine credit    otherwise, 0 below `similarity_floor`
relation credit = broader_similarity for a broader or narrower skill, related_similarity for a related one
cosine credit   = (cosine - cosine_zero) / (1 - cosine_zero), at most broader_similarity: names that look alike are
never worth more than a link that the taxonomy itself states
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.embeddings import Encoder, load_part
from pipeline.lake import Lake
from pipeline.settings import MatchingSettings
from pipeline.sql import query
from pipeline.tables import SKILL_SIMILARITY
from pipeline.taxonomy import Taxonomy, searched_labels

BLOCK = 1024
SIMILARITY_DECIMALS = 4

COSINES = pa.schema([("asked", pa.string()), ("taught", pa.string()), ("cosine", pa.float64())])

SIMILARITY_SQL = """
WITH pairs AS (
    SELECT a.skill_id AS asked, t.skill_id AS taught FROM asked a CROSS JOIN taught t WHERE a.skill_id = t.skill_id
),
related AS (  -- relations hold both ways: a narrower skill taught is part of the broader one asked, and the reverse
    SELECT skill_id AS one, target_id AS other, relation FROM relations
    UNION ALL
    SELECT target_id, skill_id, relation FROM relations
),
credits AS (
    SELECT asked, taught, 1.0 AS similarity FROM pairs
    UNION ALL
    SELECT r.one, r.other, CASE WHEN r.relation = 'broader' THEN $broader ELSE $related END
    FROM related r
    JOIN asked a ON a.skill_id = r.one JOIN taught t ON t.skill_id = r.other
    WHERE r.one <> r.other
    UNION ALL
    SELECT asked, taught, least((cosine - $zero) / (1 - $zero), $broader) FROM cosines WHERE asked <> taught
)
SELECT asked, taught, round(max(similarity), 4) AS similarity
FROM credits GROUP BY asked, taught
HAVING round(max(similarity), 4) >= $floor
ORDER BY asked, taught
"""


def skill_similarity(
    asked: list[str], taught: list[str], taxonomy: Taxonomy, encoder: Encoder, lake: Lake, settings: MatchingSettings
) -> pa.Table:
    """The pairs of an asked and a taught skill of which one counts towards the other.

    Args:
        asked: ids of the skills that some role asks for.
        taught: ids of the skills that some credential teaches, and of any others that may count.
        taxonomy: gives the relations and the preferred labels.
        encoder: embeds labels that the lake does not hold.
        lake: holds the labels' vectors.
        settings: credits and floor.

    Returns:
        asked, taught, similarity in (0, 1]; sorted, each pair once.
    """
    cosines = _near_labels(asked, taught, taxonomy, encoder, lake, _least_cosine(settings))
    return query(
        SIMILARITY_SQL,
        {
            "asked": pa.table({"skill_id": pa.array(asked, pa.string())}),
            "taught": pa.table({"skill_id": pa.array(taught, pa.string())}),
            "relations": taxonomy.skill_relations,
            "cosines": cosines,
        },
        {
            "broader": settings.broader_similarity,
            "related": settings.related_similarity,
            "zero": settings.cosine_zero,
            "floor": settings.similarity_floor,
        },
    )


def similarity_table(similarity: pa.Table) -> pa.Table:
    """`tables.SKILL_SIMILARITY` of what `skill_similarity` gives."""
    return SKILL_SIMILARITY.conform(similarity.rename_columns({"asked": "skill_id", "taught": "taught_skill_id"}))


def _least_cosine(settings: MatchingSettings) -> float:
    return settings.cosine_zero + settings.similarity_floor * (1 - settings.cosine_zero)


def _near_labels(
    asked: list[str], taught: list[str], taxonomy: Taxonomy, encoder: Encoder, lake: Lake, floor: float
) -> pa.Table:
    """Pairs whose preferred English labels lie at least as close as `floor`, in blocks: memory stays bounded."""
    labels, key = searched_labels(taxonomy)  # those whose vectors linking keeps
    preferred = pc.and_(labels["preferred"], pc.equal(labels["language"], "en"))
    rows_of = np.flatnonzero(preferred.to_numpy())
    vectors = load_part(labels, "preferred-en", rows_of, f"skills-{key}", encoder, lake)
    rows = {skill: row for row, skill in enumerate(labels["concept_id"].filter(preferred).to_pylist())}

    def blocks() -> Iterator[pa.Table]:
        other = vectors[[rows[t] for t in taught]].astype(np.float64).T
        for start in range(0, len(asked), BLOCK):
            block = asked[start : start + BLOCK]
            cosines = np.round(vectors[[rows[a] for a in block]].astype(np.float64) @ other, SIMILARITY_DECIMALS)
            one, two = np.nonzero(cosines >= floor)
            yield pa.table({
                "asked": pa.array([block[i] for i in one], pa.string()),
                "taught": pa.array([taught[j] for j in two], pa.string()),
                "cosine": cosines[one, two],
            })  # fmt: skip

    return pa.concat_tables([COSINES.empty_table(), *(blocks() if asked and taught else ())])
