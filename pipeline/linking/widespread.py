"""Units that many employers use for all kinds of roles, and that say too little to be held for a skill.

A blurb that no phrase list knows gives itself away by where it stands: with many employers, under titles that have
nothing to do with each other. So does "team player", which is a requirement; therefore only units that the relevance
filter holds in doubt are marked.
"""

from __future__ import annotations

import pyarrow as pa

from pipeline.sql import query

MIN_EMPLOYERS = 8
MIN_TITLES = 8
# Of a unit's titles, the share that one word may occur in: "cook", "line cook" and "head cook" are one kind of role.
MAX_TITLE_SHARE = 0.25
MIN_WORD = 4  # shorter words of a title (h/f, de, and) say nothing of the role
SCHEMA = pa.schema([("unit_key", pa.string()), ("employers", pa.int64()), ("titles", pa.int64())])

WIDESPREAD_SQL = """
WITH doubtful AS (
    SELECT DISTINCT unit_key FROM judged WHERE probability < $limit
),
seen AS (  -- each employer's and each title's use of a doubtful unit, once
    SELECT DISTINCT unit_key, lower(trim(employer)) AS employer, lower(trim(title)) AS title
    FROM uses SEMI JOIN doubtful USING (unit_key)
    WHERE employer IS NOT NULL AND title IS NOT NULL
),
spread AS (
    SELECT unit_key, count(DISTINCT employer) AS employers, count(DISTINCT title) AS titles
    FROM seen GROUP BY unit_key
    HAVING employers >= $employers AND titles >= $titles
),
title_words AS (
    SELECT DISTINCT unit_key, title, unnest(regexp_extract_all(title, '\\p{L}+')) AS word
    FROM seen SEMI JOIN spread USING (unit_key)
),
commonest AS (  -- in how many of a unit's titles its commonest word stands
    SELECT unit_key, max(uses) AS uses
    FROM (SELECT unit_key, count(*) AS uses FROM title_words WHERE length(word) >= $word GROUP BY unit_key, word)
    GROUP BY unit_key
)
SELECT unit_key, employers, titles
FROM spread LEFT JOIN commonest USING (unit_key)
WHERE coalesce(uses, 0) <= $share * titles
ORDER BY unit_key
"""


def widespread_units(
    uses: pa.Table,
    judged: pa.Table,
    limit: float,
    min_employers: int = MIN_EMPLOYERS,
    min_titles: int = MIN_TITLES,
    max_title_share: float = MAX_TITLE_SHARE,
) -> pa.Table:
    """Doubtful units that occur with many employers under many unrelated titles.

    Args:
        uses: unit_key, employer, title: one row or several for each use of a unit in a posting. Rows without employer
            or title do not count.
        judged: unit_key, probability, as the relevance filter gives it.
        limit: only units below this probability are marked.
        min_employers: with fewer employers a unit is not marked.
        min_titles: ... and neither with fewer titles.
        max_title_share: ... nor if one word stands in a larger share of them.

    Returns:
        unit_key, employers, titles, sorted by unit_key, whatever the order of the rows given.
    """
    parameters = {
        "limit": limit, "employers": min_employers, "titles": min_titles, "share": max_title_share, "word": MIN_WORD,
    }  # fmt: skip
    return query(WIDESPREAD_SQL, {"uses": uses, "judged": judged}, parameters).cast(SCHEMA)
