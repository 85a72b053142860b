"""Which cells of demand are withheld: thin ones, and those from which a thin one could be found by subtraction.

A cell is a role in a region, or in all regions together. It is thin below `min_postings` postings. A reader who takes
a role's published regions from its national row is left with the sum of what is withheld, together with the postings
that name no region. Where that sum is one region's alone, or is itself thin, the region with the fewest postings of
those that are left is withheld as well: primary and complementary suppression, Hundepool et al. (2012), ch. 4.
"""

from __future__ import annotations

import pyarrow as pa

from pipeline.sql import query
from pipeline.tables import ALL_REGIONS

SUPPRESS_SQL = """
WITH marked AS (
    SELECT role_id, region, postings, postings < $min_postings AS thin, region = $all_regions AS national FROM cells
),
regional AS (
    SELECT role_id, count(*) FILTER (thin) AS hidden, coalesce(sum(postings) FILTER (thin), 0) AS hidden_postings,
           sum(postings) AS placed
    FROM marked WHERE NOT national GROUP BY role_id
),
exposed AS (  -- what subtraction would leave is one region's alone, or thin
    SELECT r.role_id FROM regional r JOIN marked m ON m.role_id = r.role_id AND m.national
    WHERE r.hidden > 0 AND (
        r.hidden + (m.postings > r.placed)::INT < 2
        OR r.hidden_postings + m.postings - r.placed < $min_postings
    )
),
ordered AS (
    SELECT *, row_number() OVER (PARTITION BY role_id, national, thin ORDER BY postings, region) AS place FROM marked
)
SELECT role_id, region,
       thin OR (NOT national AND place = 1 AND role_id IN (SELECT role_id FROM exposed)) AS suppressed
FROM ordered
ORDER BY role_id, region
"""


def suppressed_cells(cells: pa.Table, min_postings: int) -> pa.Table:
    """Says of every cell whether its figures are withheld.

    Args:
        cells: role_id, region, postings; all regions together is the region `ALL`.
        min_postings: cells with fewer are thin.

    Returns:
        role_id, region, suppressed; sorted by the first two.
    """
    return query(SUPPRESS_SQL, {"cells": cells}, {"min_postings": min_postings, "all_regions": ALL_REGIONS})
