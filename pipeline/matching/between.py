"""The coverage of pairs that are named beforehand, whatever they cover and whether or not they would be published."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.arrays import distinct
from pipeline.matching.cells import Ints, codes, product
from pipeline.matching.grid import best_credit, grid


def coverage_between(pairs: pa.Table, credential_skills: pa.Table, role_skills: pa.Table, similarity: pa.Table) -> Ints:
    """How far each credential covers its role, in billionths: the sum that `match` publishes, without its thresholds.

    Args:
        pairs: credential_id, role_id.
        credential_skills: credential_id, skill_id, confidence.
        role_skills: role_id, skill_id, importance; one region only.
        similarity: asked, taught, similarity.

    Returns:
        An array (pairs,); 0 where the credential teaches nothing or the role has no profile.
    """
    known = grid(credential_skills, role_skills, similarity)
    earns = best_credit(known).cells.by_column(len(known.skills))
    role, credential = codes(pairs["role_id"], known.roles), codes(pairs["credential_id"], known.credentials)
    coverage = np.zeros(pairs.num_rows, dtype=np.int64)
    for each in distinct(role[(role >= 0) & (credential >= 0)]).tolist():
        skills = slice(known.asked.starts[each], known.asked.starts[each + 1])
        owner, place = earns.select(known.asked.columns[skills])
        parts = product(known.asked.values[skills][owner], earns.values[place])
        # Sums of whole numbers below 2^53 are exact in floating point.
        total = np.bincount(earns.columns[place], parts, len(known.credentials)).astype(np.int64)
        own = (role == each) & (credential >= 0)
        coverage[own] = total[credential[own]]
    return coverage
