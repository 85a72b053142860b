"""Postings and credentials with their skills in, the answers out.

Comes in: documents, evidence and a taxonomy. Goes out: role profiles, demand, coverage and the sums behind it, as
`pipeline.tables` describes them. Never reads text: what a sentence means was settled by linking.
"""

from pipeline.matching.assignment import assign_roles
from pipeline.matching.between import coverage_between
from pipeline.matching.catalogue import (
    credential_skills_table,
    credentials_table,
    postings_table,
    roles_table,
    skills_table,
    sort_evidence,
)
from pipeline.matching.cells import ONE, Cells, Floats, Ints, billionths, codes, product
from pipeline.matching.coverage import Matched, match
from pipeline.matching.demand import placed_postings, role_demand
from pipeline.matching.grid import Grid, best_credit, grid
from pipeline.matching.intervals import (
    INTERVAL_DECIMALS,
    Asked,
    Postings,
    bootstrap_shares,
    bounds,
    importance_of,
    middle,
    seed_of,
    tails,
)
from pipeline.matching.official import official_figures, weigh_to_official
from pipeline.matching.profiles import ASKED, role_profiles
from pipeline.matching.ranking import relevance_of, taught_mass
from pipeline.matching.similarity import similarity_table, skill_similarity
from pipeline.matching.wages import WAGE, normal_score, wage_quartiles, wage_steps
from pipeline.matching.window import reference_date, weigh_postings
from pipeline.tables import ALL_REGIONS

__all__ = [
    "ALL_REGIONS",
    "ASKED",
    "INTERVAL_DECIMALS",
    "ONE",
    "WAGE",
    "Asked",
    "Cells",
    "Floats",
    "Grid",
    "Ints",
    "Matched",
    "Postings",
    "assign_roles",
    "best_credit",
    "billionths",
    "bootstrap_shares",
    "bounds",
    "codes",
    "coverage_between",
    "credential_skills_table",
    "credentials_table",
    "grid",
    "importance_of",
    "match",
    "middle",
    "normal_score",
    "official_figures",
    "placed_postings",
    "postings_table",
    "product",
    "reference_date",
    "relevance_of",
    "role_demand",
    "role_profiles",
    "roles_table",
    "seed_of",
    "similarity_table",
    "skill_similarity",
    "skills_table",
    "sort_evidence",
    "tails",
    "taught_mass",
    "wage_quartiles",
    "wage_steps",
    "weigh_postings",
    "weigh_to_official",
]
