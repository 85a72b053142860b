"""Which credentials serve a group, and what learners could take next of them.

    coverage(c,G)          = sum over s of w(G,s) credit(c,s)       `matching.coverage`, with the group as one role
    vacancies_reached(c,G) = sum of vacancies_weighted of the group's postings in the roles r of which c covers at least
                             [value] min_coverage; roles in which the group has fewer postings than [suppression]
                             min_postings are left out, and where none is left it is empty
    has(l,s)               = max over the skills t that a learner l starts with of sim(s,t)
A learner's next credentials are a stack (`answers.greedy`) for the shared skills, weighed by their summed importance.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.answers import Limits, Pool, best_stack
from pipeline.matching import ONE, Cells, Floats, Grid, Ints, best_credit, billionths, codes, grid, match, product
from pipeline.scenarios.contract import CREDENTIALS, LEARNERS
from pipeline.scenarios.files import Learner
from pipeline.scenarios.group import Group
from pipeline.scenarios.skills import group_shared
from pipeline.sql import query
from pipeline.tables import ROLE_DEMAND

TITLES = (
    "coalesce(c.title_en, c.title_fr) AS credential_label_en, coalesce(c.title_fr, c.title_en) AS credential_label_fr"
)

CREDENTIALS_SQL = f"""
WITH reached AS (
    SELECT g.side, m.credential_id, list(m.role_id ORDER BY m.coverage DESC, m.role_id) AS roles,
           sum(g.weighted) FILTER (g.postings >= $min_postings) AS vacancies
    FROM roles g JOIN matches m USING (role_id)
    WHERE m.coverage >= $min_coverage GROUP BY g.side, m.credential_id
),
totals AS (
    SELECT side, CASE WHEN count(*) >= $min_postings THEN sum(vacancies_weighted::DECIMAL(18,9)) END AS vacancies
    FROM members GROUP BY side
),
told AS (  -- what reaches no role reaches no vacancies; what reaches but thin ones, nobody may say how many
    SELECT s.*, coalesce(r.roles, []) AS roles_reached,
           (CASE WHEN r.roles IS NULL THEN 0 ELSE r.vacancies END)::DOUBLE AS vacancies
    FROM (SELECT * EXCLUDE (vacancies) FROM serving) s
    LEFT JOIN reached r ON r.side = s.role_id AND r.credential_id = s.credential_id
)
SELECT s.role_id AS side, s.credential_id, {TITLES}, c.hours, c.delivery_mode, c.region AS credential_region,
       s.coverage, s.coverage_low, s.coverage_high, s.relevance, s.rank_in_role AS rank, s.roles_reached,
       round(s.vacancies)::BIGINT AS vacancies_reached,
       round(s.vacancies / nullif(t.vacancies, 0)::DOUBLE, 9) AS vacancies_share
FROM told s
JOIN credentials c USING (credential_id)
JOIN totals t ON t.side = s.role_id
"""


def group_credentials(group: Group) -> pa.Table:
    """`contract.CREDENTIALS`: how far credentials cover each side, and which of its roles they reach."""
    snapshot, settings = group.snapshot, group.settings
    given = {
        "serving": pa.concat_tables([_serving(group, side) for side in group.scenario.sides]),
        "roles": group.roles,
        "members": group.members,
        "matches": snapshot.table("matches", ["credential_id", "role_id", "coverage"]),
        "credentials": snapshot.table(
            "credentials", ["credential_id", "title_en", "title_fr", "hours", "delivery_mode", "region"]
        ),
    }
    values = {"min_postings": settings.suppression.min_postings, "min_coverage": settings.value.min_coverage}
    return CREDENTIALS.conform(query(CREDENTIALS_SQL, given, values))


def _serving(group: Group, side: str) -> pa.Table:
    """`tables.MATCHES` of credentials with a side, as if it were a role of that name."""
    profile, settings = group.profiles[side], group.settings
    matched = match(
        group.snapshot.table("credential_skills", ["credential_id", "skill_id", "confidence"]),
        profile,
        _alike(group, profile["skill_id"]),
        group.as_roles[side],
        group.snapshot.evidence,
        ROLE_DEMAND.schema.empty_table(),
        settings.matching,
        settings.profile,
    )
    return matched.matches


def _alike(group: Group, asked: pa.ChunkedArray) -> pa.Table:
    """asked, taught, similarity: as published, and each asked skill like itself where no role asks for it."""
    sql = """
    SELECT skill_id AS asked, taught_skill_id AS taught, similarity FROM published
    UNION
    SELECT DISTINCT skill_id, skill_id, 1.0 FROM asked
    ORDER BY asked, taught
    """
    given = {"published": group.snapshot.table("skill_similarity"), "asked": pa.table({"skill_id": asked})}
    return query(sql, given)


def group_learners(group: Group) -> pa.Table:
    """`contract.LEARNERS`: for each learner of the scenario, the start and the credentials to take from there."""
    shared = group_shared(group)
    weights = shared["weight"].to_numpy()
    total = weights.sum()
    importance = billionths(weights / total) if total > 0 else np.empty(0, dtype=np.int64)
    profile = pa.table({
        "role_id": pa.array(["shared"] * shared.num_rows, pa.string()), "skill_id": shared["skill_id"],
        "importance": importance / ONE,
    })  # fmt: skip
    taught = group.snapshot.table("credential_skills", ["credential_id", "skill_id", "confidence"])
    known = grid(taught, profile, _alike(group, shared["skill_id"]))
    names = ["credential_id", "title_en", "title_fr", "hours"]
    credentials = {row["credential_id"]: row for row in group.snapshot.table("credentials", names).to_pylist()}
    rows = [
        row
        for learner in group.scenario.learners
        for row in _steps(learner, known, _pool(known, credentials), group.settings.stacks.max_credentials,
                          int(billionths(group.settings.stacks.min_gain)), credentials)
    ]  # fmt: skip
    return LEARNERS.conform(pa.Table.from_pylist(rows, schema=LEARNERS.schema))


def _pool(known: Grid, credentials: dict[str, dict[str, object]]) -> Pool:
    """What each credential is worth for each shared skill: importance times credit."""
    credit = best_credit(known).cells
    values = np.zeros((len(known.credentials), len(known.skills)), dtype=np.int64)
    values[credit.rows, credit.columns] = credit.values
    hours = [credentials[name]["hours"] for name in known.credentials.to_pylist()]
    stated: Floats = np.array([np.nan if value is None else value for value in hours], dtype=np.float64)
    return Pool(product(values, _weights(known)), stated, np.full(len(stated), np.nan))


def _weights(known: Grid) -> Ints:
    """The importance of each skill, 0 where it is not shared."""
    weights = np.zeros(len(known.skills), dtype=np.int64)
    weights[known.asked.columns] = known.asked.values
    return weights


def _steps(
    learner: Learner, known: Grid, pool: Pool, most: int, least: int, credentials: dict[str, dict[str, object]]
) -> list[dict[str, object]]:
    """The start of one learner, and the steps from there."""
    base = product(_weights(known), _has(learner, known.alike, known))
    told = {"learner": learner.id, "learner_en": learner.en, "learner_fr": learner.fr}
    rows: list[dict[str, object]] = [told | {"step": 0, "coverage": int(base.sum()) / ONE, "gain": 0.0}]
    for number, step in enumerate(best_stack(pool, base, Limits(most, least)), start=1):
        row = credentials[known.credentials[step.position].as_py()]
        rows.append(told | {
            "step": number, "credential_id": row["credential_id"], "hours": row["hours"],
            "credential_label_en": row["title_en"] or row["title_fr"],
            "credential_label_fr": row["title_fr"] or row["title_en"],
            "coverage": step.total / ONE, "gain": step.gain / ONE,
        })  # fmt: skip
    return rows


def _has(learner: Learner, alike: Cells, known: Grid) -> Ints:
    """What a learner has towards each skill, in billionths."""
    held = codes(pa.chunked_array([pa.array(learner.skills, pa.string())]), known.skills)
    mine = np.isin(alike.columns, held[held >= 0])
    found = np.zeros(len(known.skills), dtype=np.int64)
    np.maximum.at(found, alike.rows[mine], alike.values[mine])
    return found
