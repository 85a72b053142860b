"""What a group asks for, what is new in it, and what its roles have in common.

The group's profile is that of `matching.profiles`, as if the group were one role:
    share(G,s) = (sum of v_d p(d,s) m(d,s) + k share(all,s)) / (sum of v_d + k)     over the group's postings
What is new compares two adjoining windows W of [demand] window_days; n_d are a posting's vacancies, without decay:
    share(G,W,s) = (sum of n_d p(d,s) m(d,s) + k share(G,s)) / (sum of n_d + k)     over its postings in W
    change(G,s)  = share(G,recent,s) - share(G,before,s)                            share(G,s) over both windows
Both shares are drawn towards their common one, hence the change towards none. Intervals: `matching.intervals`, the
windows drawn apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.matching import (
    ASKED,
    INTERVAL_DECIMALS,
    Asked,
    Floats,
    Postings,
    bootstrap_shares,
    codes,
    grid,
    middle,
    seed_of,
)
from pipeline.scenarios.contract import SHARED, SKILLS, TRENDS
from pipeline.scenarios.group import Group
from pipeline.sql import query
from pipeline.tables import ALL_REGIONS

# How many credentials teach each skill, or a similar one: as `unmet_demand` counts it.
TAUGHT_BY_SQL = """
SELECT s.skill_id, count(DISTINCT c.credential_id) AS taught_by
FROM credential_skills c JOIN similarity s ON s.taught_skill_id = c.skill_id
WHERE round(c.confidence * s.similarity, 9) >= $min_taught GROUP BY s.skill_id
"""

SKILLS_SQL = """
WITH held AS (
    SELECT r.side, p.skill_id, count(*) AS roles
    FROM roles r JOIN role_skills p ON p.role_id = r.role_id AND p.region = $all_regions GROUP BY r.side, p.skill_id
)
SELECT p.role_id AS side, p.skill_id, s.label_en, s.label_fr, p.postings, coalesce(h.roles, 0) AS roles, p.share_raw,
       p.share, least(d.share_low, p.share) AS share_low, greatest(d.share_high, p.share) AS share_high, p.share_all,
       p.rca, p.importance, p.rank, coalesce(t.taught_by, 0) AS taught_by
FROM profile p
JOIN drawn d ON d.side = p.role_id AND d.skill_id = p.skill_id
JOIN skills s ON s.skill_id = p.skill_id
LEFT JOIN held h ON h.side = p.role_id AND h.skill_id = p.skill_id
LEFT JOIN taught t ON t.skill_id = p.skill_id
"""

SHARED_SQL = """
WITH held AS (
    SELECT p.skill_id, count(*) AS count, list(p.role_id ORDER BY p.importance DESC, p.role_id) AS roles,
           sum(p.importance::DECIMAL(18,9))::DOUBLE AS weight
    FROM role_skills p WHERE p.region = $all_regions AND list_contains($roles, p.role_id) GROUP BY p.skill_id
)
SELECT h.skill_id, s.label_en, s.label_fr, h.roles, round(h.count / len($roles), 9) AS roles_share, h.weight,
       coalesce(t.taught_by, 0) AS taught_by
FROM held h JOIN skills s USING (skill_id) LEFT JOIN taught t USING (skill_id)
WHERE len($sectors) = 0 OR list_contains($sectors, s.sector)
"""

# What the postings of a group ask for in each of two windows, of the skills that enough of them ask for.
ASKED_SQL = f"""
WITH windowed AS (
    SELECT *, age < $window AS recent FROM members WHERE age < 2 * $window
),
asked AS (
    SELECT w.posting_id, w.recent, e.skill_id, e.confidence::DECIMAL(18,9) AS confidence, {ASKED} AS asked
    FROM windowed w JOIN evidence e ON e.document_kind = 'posting' AND e.document_id = w.posting_id
)
SELECT * EXCLUDE (confidence), count(*) FILTER (recent) OVER (PARTITION BY skill_id) AS postings_recent,
       count(*) FILTER (NOT recent) OVER (PARTITION BY skill_id) AS postings_before
FROM asked QUALIFY (sum(confidence) OVER (PARTITION BY skill_id))::DOUBLE >= $min_support
ORDER BY skill_id, posting_id
"""


def taught_by(group: Group) -> pa.Table:
    """skill_id and how many credentials teach it, or a similar one."""
    given = {
        "credential_skills": group.snapshot.table("credential_skills", ["credential_id", "skill_id", "confidence"]),
        "similarity": group.snapshot.table("skill_similarity"),
    }
    return query(TAUGHT_BY_SQL, given, {"min_taught": group.settings.unmet.min_taught})


def group_skills(group: Group) -> pa.Table:
    """`contract.SKILLS`: what each side asks for, as if it were one role."""
    drawn = [_drawn_shares(group, side, profile) for side, profile in group.profiles.items()]
    given = {
        "profile": pa.concat_tables(group.profiles.values()), "drawn": pa.concat_tables(drawn), "roles": group.roles,
        "role_skills": group.snapshot.table("role_skills", ["role_id", "region", "skill_id"]),
        "skills": group.snapshot.table("skills", ["skill_id", "label_en", "label_fr"]), "taught": taught_by(group),
    }  # fmt: skip
    return SKILLS.conform(query(SKILLS_SQL, given, {"all_regions": ALL_REGIONS}))


def _drawn_shares(group: Group, side: str, profile: pa.Table) -> pa.Table:
    """The intervals of a side's shares: side, skill_id, share_low, share_high."""
    nothing = {name: pa.nulls(0, kind) for name, kind in (
        ("credential_id", pa.string()), ("skill_id", pa.string()), ("confidence", pa.float64()),
        ("asked", pa.string()), ("taught", pa.string()), ("similarity", pa.float64()),
    )}  # fmt: skip
    known = grid(pa.table(nothing), profile, pa.table(nothing))
    if not len(known.roles):
        return pa.table({"side": pa.nulls(0, pa.string()), "skill_id": pa.nulls(0, pa.string()),
                         "share_low": pa.nulls(0, pa.float64()), "share_high": pa.nulls(0, pa.float64())})  # fmt: skip
    postings, settings = group.as_roles[side], group.settings
    asked = Asked(known, postings, group.snapshot.evidence, settings.profile)
    drawn = Postings(known, profile, postings, asked, settings.profile).shares(0, settings.matching.draws)
    low, high = _interval(drawn, settings.matching.interval)
    skills = known.skills.take(pa.array(known.asked.columns))
    return pa.table({"side": pa.array([side] * len(skills)), "skill_id": skills, "share_low": low, "share_high": high})


def _interval(drawn: Floats, width: float) -> tuple[Floats, Floats]:
    low, high = middle(drawn.T, width).round(INTERVAL_DECIMALS)
    return low, high


def group_trends(group: Group) -> pa.Table:
    """`contract.TRENDS`: what is new in each side."""
    rows = [row for side in group.scenario.sides for row in _trends_of(group, side)]
    names = group.snapshot.table("skills", ["skill_id", "label_en", "label_fr"])
    types = {column.name: column.type for column in TRENDS.columns}
    schema = pa.schema([(name, types[name]) for name in types if not name.startswith("label")])
    given = {"rows": pa.Table.from_pylist(rows, schema=schema), "skills": names}
    return TRENDS.conform(query("SELECT * FROM rows JOIN skills USING (skill_id)", given))


@dataclass(frozen=True)
class _Window:
    """The postings of a side in one window: what each asks for, (postings, skills), and its vacancies."""

    asked: Floats
    vacancies: Floats

    def share(self, pooled: Floats, prior: float) -> Floats:
        """Shares, shrunk towards those of both windows."""
        mass = (self.asked * self.vacancies[:, None]).sum(axis=0)
        return np.asarray((mass + prior * pooled) / (self.vacancies.sum() + prior))


def _trends_of(group: Group, side: str) -> list[dict[str, object]]:
    settings, members = group.settings, group.side(side)
    least, days = settings.suppression.min_postings, settings.demand.window_days
    asked = query(
        ASKED_SQL,
        {"members": members, "evidence": group.snapshot.evidence},
        {"window": days, "min_support": settings.profile.min_support,
         "preferred_weight": settings.profile.preferred_weight},
    )  # fmt: skip
    skills = asked["skill_id"].unique()
    recent, before = (_window(members, asked, skills, days, recent) for recent in (True, False))
    thin = min(len(recent.vacancies), len(before.vacancies)) < least
    counts = {row["skill_id"]: (row["postings_recent"], row["postings_before"]) for row in asked.to_pylist()}
    rows: list[dict[str, object]] = [
        {"side": side, "skill_id": skill, "suppressed": thin or sum(counts[skill]) < least}
        for skill in skills.to_pylist()
    ]
    if not thin and rows:
        _fill_in(rows, counts, recent, before, group)
    return rows


def _window(members: pa.Table, asked: pa.Table, skills: pa.Array, days: int, recent: bool) -> _Window:
    """The last so many days, or as many before; a posting dated after the reference date counts like one of it."""
    sql = """SELECT posting_id, vacancies FROM members WHERE age < 2 * $days AND (age < $days) = $recent
        ORDER BY posting_id"""
    own = query(sql, {"members": members}, {"days": days, "recent": recent})
    matrix = np.zeros((own.num_rows, len(skills)))
    row, column = codes(asked["posting_id"], own["posting_id"].combine_chunks()), codes(asked["skill_id"], skills)
    here = row >= 0
    matrix[row[here], column[here]] = asked["asked"].to_numpy()[here]
    return _Window(matrix, own["vacancies"].to_numpy().astype(np.float64))


def _fill_in(
    rows: list[dict[str, object]], counts: dict[str, tuple[int, int]], recent: _Window, before: _Window, group: Group
) -> None:
    """Adds the figures of the rows that are not suppressed."""
    prior, matching = group.settings.profile.prior_postings, group.settings.matching
    both = _Window(np.vstack([recent.asked, before.asked]), np.concatenate([recent.vacancies, before.vacancies]))
    pooled = both.share(np.zeros(both.asked.shape[1]), 0.0)
    shares = [window.share(pooled, prior) for window in (recent, before)]
    drawn = [
        bootstrap_shares(window.asked, window.vacancies, pooled, prior, matching.draws, seed_of(f"trend {name}"))
        for name, window in (("recent", recent), ("before", before))
    ]
    low, high = _interval(drawn[0] - drawn[1], matching.interval)
    for place, row in enumerate(rows):
        if row["suppressed"]:
            continue
        now, then = (round(float(share[place]), 9) for share in shares)
        change = round(now - then, 9)
        ends = min(float(low[place]), change), max(float(high[place]), change)
        direction = "rising" if ends[0] > 0 else "falling" if ends[1] < 0 else "unclear"
        numbers = dict(zip(("postings_recent", "postings_before"), counts[str(row["skill_id"])], strict=True))
        row |= numbers | {"share_recent": now, "share_before": then, "change": change, "change_low": ends[0],
                          "change_high": ends[1], "direction": direction}  # fmt: skip


def group_shared(group: Group) -> pa.Table:
    """`contract.SHARED`: skills of the scenario's sectors that the roles of the group ask for."""
    given = {
        "role_skills": group.snapshot.table("role_skills", ["role_id", "region", "skill_id", "importance"]),
        "skills": group.snapshot.table("skills", ["skill_id", "label_en", "label_fr", "sector"]),
        "taught": taught_by(group),
    }
    values = {
        "all_regions": ALL_REGIONS, "roles": group.profiled("start"), "sectors": list(group.scenario.skill_sectors),
    }  # fmt: skip
    return SHARED.conform(query(SHARED_SQL, given, values))
