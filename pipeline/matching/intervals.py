"""How uncertain a coverage is: the Bayesian bootstrap over a role's postings (Rubin, 1981).

Each draw gives every posting of the role a random weight (gamma, hence Dirichlet once scaled), recomputes shares, RCA
and importance over the role's published skills, and from them the coverage; the interval holds the middle part of the
draws. The shares over all roles stay as they are: they rest on far more postings than any one role's. In a simulation
with known shares the 90 % interval held the truth 88 to 92 % of the time, for roles of 5 to 160 postings; with Rubin's
flat Dirichlet it did so 58 to 88 % of the time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.matching.profiles import ASKED
from pipeline.settings import MatchingSettings, ProfileSettings
from pipeline.sql import query

INTERVAL_DECIMALS = 6

Floats = npt.NDArray[np.float64]


def coverage_intervals(
    matched: pa.Table,
    role_skills: pa.Table,
    credit: pa.Table,
    postings: pa.Table,
    evidence: pa.Table,
    settings: MatchingSettings,
    profile: ProfileSettings,
) -> pa.Table:
    """Adds coverage_low and coverage_high to matches.

    Args:
        matched: credential_id, role_id, coverage and more; sorted by credential_id, role_id.
        role_skills: role_id, skill_id, share_all, sorted by role_id, skill_id: the published skills of each role.
        credit: credential_id, skill_id, credit.
        postings: posting_id, role_id, weight, in_window.
        evidence: document_kind, document_id, skill_id, confidence, level.
        settings: number of draws and width of the interval.
        profile: the pseudo-count of the shares and the weight of assets.

    Returns:
        `matched` with the two columns; an interval always holds the coverage itself.
    """
    coverage = matched["coverage"].to_numpy()
    low, high = coverage.copy(), coverage.copy()
    tails = ((1 - settings.interval) / 2, (1 + settings.interval) / 2)
    for role in _roles(matched, role_skills, credit, postings, _asked(evidence, profile)):
        importance = bootstrap_importance(
            role.asked, role.weights, role.share_all, profile.prior_postings, settings.draws, _seed(role.role_id)
        )
        quantiles = np.quantile(importance @ role.credit.T, tails, axis=0).round(INTERVAL_DECIMALS)
        low[role.rows] = np.minimum(quantiles[0], coverage[role.rows])
        high[role.rows] = np.maximum(quantiles[1], coverage[role.rows])
    bounds = {"coverage_low": np.clip(low, 0, 1), "coverage_high": np.clip(high, 0, 1)}
    for name, values in bounds.items():
        matched = matched.append_column(name, pa.array(values, pa.float64()))
    return matched


def bootstrap_importance(
    asked: Floats, weights: Floats, share_all: Floats, prior_postings: float, draws: int, seed: int
) -> Floats:
    """Importance of a role's skills under random weights of its postings.

    Args:
        asked: m(d,s) p(d,s), an array (postings, skills).
        weights: v_d, an array (postings,).
        share_all: share(all,s), an array (skills,).
        prior_postings: pseudo-count k of the shrunk share.
        draws: how many.
        seed: of the random generator.

    Returns:
        An array (draws, skills); every row adds up to 1.
    """
    count, total = len(weights), weights.sum()
    # A flat Dirichlet scatters (n - 1)/(n + 1) as much as means of n postings do; this shape scatters as much.
    drawn = np.random.default_rng(seed).standard_gamma(max((count - 2) / count, 0.5), size=(draws, count)) * weights
    drawn /= drawn.sum(axis=1, keepdims=True)
    # Around the shrunk share, as wide as the share itself: what the pseudo-count draws in is no less uncertain.
    shrunk = (weights @ asked + prior_postings * share_all) / (total + prior_postings)
    share = np.clip(shrunk + drawn @ asked - weights @ asked / total, 1e-9, 1.0)
    raw = share * np.log2(1 + share / share_all)
    return np.asarray(raw / raw.sum(axis=1, keepdims=True))


class _Role:
    """One role's arrays: what its postings ask for, and what the matched credentials give."""

    def __init__(self, role_id: str, skills: list[str], share_all: list[float]) -> None:
        self.role_id = role_id
        self.place = {skill: i for i, skill in enumerate(skills)}
        self.share_all = np.array(share_all)
        self.asked: Floats = np.empty((0, len(skills)))
        self.weights: Floats = np.empty(0)
        self.credit: Floats = np.empty((0, len(skills)))
        self.rows: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)


def _asked(evidence: pa.Table, profile: ProfileSettings) -> pa.Table:
    """document_id, skill_id and m(d,s) p(d,s) of the postings."""
    return query(
        f"SELECT document_id, skill_id, {ASKED} AS asked FROM evidence e WHERE document_kind = 'posting'",
        {"evidence": evidence},
        {"preferred_weight": profile.preferred_weight},
    )


def _seed(role_id: str) -> int:
    return int.from_bytes(hashlib.sha256(role_id.encode()).digest()[:8], "big")


ROLE_SQL = {
    "profiles": "SELECT skill_id, share_all FROM role_skills WHERE role_id = ? ORDER BY skill_id",
    "postings": (
        "SELECT posting_id, weight FROM postings WHERE role_id = ? AND in_window AND weight > 0 ORDER BY posting_id"
    ),
    "asked": (
        "SELECT a.document_id, a.skill_id, a.asked FROM asked a JOIN postings p ON p.posting_id = a.document_id "
        "WHERE p.role_id = ? AND p.in_window AND p.weight > 0"
    ),
    "matched": "SELECT row, credential_id FROM matched WHERE role_id = ? ORDER BY row",
    "credit": "SELECT k.credential_id, k.skill_id, k.credit FROM credit k SEMI JOIN matched m "
    "ON m.credential_id = k.credential_id AND m.role_id = $1",
}


def _roles(
    matched: pa.Table, role_skills: pa.Table, credit: pa.Table, postings: pa.Table, asked: pa.Table
) -> Iterator[_Role]:
    numbered = matched.select(["credential_id", "role_id"]).append_column("row", pa.array(range(matched.num_rows)))
    with duckdb.connect() as db:
        for name, table in (
            ("matched", numbered), ("role_skills", role_skills), ("credit", credit), ("postings", postings),
            ("asked", asked),
        ):  # fmt: skip
            db.register(name, table)
        roles = db.execute("SELECT DISTINCT role_id FROM matched ORDER BY role_id").fetchall()
        for (role_id,) in roles:
            yield _load_role(db, str(role_id))


def _load_role(db: duckdb.DuckDBPyConnection, role_id: str) -> _Role:
    def fetch(what: str) -> dict[str, npt.NDArray[np.generic]]:
        return dict(db.execute(ROLE_SQL[what], [role_id]).fetchnumpy())

    profile = fetch("profiles")
    role = _Role(role_id, [str(s) for s in profile["skill_id"]], [float(x) for x in profile["share_all"]])
    documents, matches = fetch("postings"), fetch("matched")
    role.weights = documents["weight"].astype(np.float64)
    role.rows = matches["row"].astype(np.int64)
    role.asked = _spread(fetch("asked"), ("document_id", "asked"), documents["posting_id"], role.place)
    role.credit = _spread(fetch("credit"), ("credential_id", "credit"), matches["credential_id"], role.place)
    return role


def _spread(
    cells: dict[str, npt.NDArray[np.generic]],
    names: tuple[str, str],
    rows: npt.NDArray[np.generic],
    columns: dict[str, int],
) -> Floats:
    """Cells (row id, skill_id, value) as a matrix; skills that are not columns are left out."""
    matrix = np.zeros((len(rows), len(columns)))
    row_of = {row: i for i, row in enumerate(rows.tolist())}
    column = np.array([columns.get(str(s), -1) for s in cells["skill_id"].tolist()], dtype=np.int64)
    row = np.array([row_of[r] for r in cells[names[0]].tolist()], dtype=np.int64)
    kept = column >= 0
    matrix[row[kept], column[kept]] = cells[names[1]].astype(np.float64)[kept]
    return matrix
