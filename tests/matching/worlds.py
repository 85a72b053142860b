"""Small labour markets made by hand: settings that stay put when the defaults change, and tables from a few values."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from pipeline.ingest import OfficialTables
from pipeline.matching import weigh_to_official
from pipeline.settings import (
    DemandSettings,
    DemandWeights,
    MatchingSettings,
    ProfileSettings,
    Settings,
    SuppressionSettings,
    ValueSettings,
    load_settings,
)
from pipeline.tables import EVIDENCE, POSTINGS, ROLE_DEMAND, ROLE_SKILLS

AS_OF = date(2026, 6, 30)

NO_DEMAND = ROLE_DEMAND.schema.empty_table()  # for matches of which only what they cover matters

CONNECT = duckdb.connect  # the real one, whatever a test puts in its place

WEIGHED = pa.schema([field for field in POSTINGS.schema if field.name not in ("skills", "vacancies_weighted")])


def profile_settings(**changes: object) -> ProfileSettings:
    """A year's window, a half-life of 180 days, no minima, no pseudo-count."""
    values: dict[str, Any] = {
        "as_of": "", "window_days": 365, "half_life_days": 180, "min_postings": 1, "min_support": 0.0,
        "min_skills": 1, "max_skills": 60,
        "prior_postings": 0.0, "preferred_weight": 0.5,
    }  # fmt: skip
    return ProfileSettings(**load_settings().profile.model_dump() | values | changes)


def demand_settings(**changes: object) -> DemandSettings:
    """Two windows of 90 days, a pseudo-count of 5, weights 2 : 1 : 1."""
    values: dict[str, Any] = {
        "window_days": 90, "growth_prior": 5.0, "region_min_postings": 2, "currency": "CAD",
        "rates": {"CAD": 1.0, "USD": 1.37, "EUR": 1.5},
        "weights": DemandWeights(vacancies=0.5, growth=0.25, wage=0.25),
    }  # fmt: skip
    return DemandSettings(**load_settings().demand.model_dump() | values | changes)


def matching_settings(**changes: object) -> MatchingSettings:
    """Every match is kept, and few draws are made."""
    values: dict[str, Any] = {
        "similarity_floor": 0.6, "broader_similarity": 0.7, "related_similarity": 0.6, "cosine_zero": 0.6,
        "min_coverage": 0.0, "top_in_role": 1000, "top_in_credential": 1000, "always_coverage": 1.0,
        "draws": 20, "interval": 0.9,
    }  # fmt: skip
    return MatchingSettings(**load_settings().matching.model_dump() | values | changes)


def market_settings(
    *, min_postings: int = 1, min_coverage: float = 0.25, open_share: float = 0.5, **demand: object
) -> Settings:
    """All settings: nothing is withheld unless a minimum is given; other names are those of `demand_settings`."""
    sections = {
        "profile": profile_settings(), "demand": demand_settings(**demand), "matching": matching_settings(),
        "suppression": SuppressionSettings(min_postings=min_postings),
        "value": ValueSettings(min_coverage=min_coverage, open_share=open_share),
    }  # fmt: skip
    return load_settings().model_copy(update=sections)


def as_advertised(postings: pa.Table) -> pa.Table:
    """Weighed postings where no official statistics are given: each stands for the vacancies that it advertises."""
    return weigh_to_official(postings, occupations(), OfficialTables.none(), 5.0)


def occupations(**codes: str | None) -> pa.Table:
    """Occupations from role id -> NOC 2021 unit group."""
    names = list(codes)
    return pa.table({
        "occupation_id": pa.array(names, pa.string()), "noc_2021": pa.array(codes.values(), pa.string()),
        "isco_08": pa.array([None] * len(names), pa.string()),
    })  # fmt: skip


def weighed(*rows: Mapping[str, object]) -> pa.Table:
    """Postings as `weigh_postings` gives them; what a row leaves out is plain and dull."""
    plain = {
        "source": "made", "title": "a job", "language": "en", "in_window": True, "weight": 1.0, "vacancies": 1,
        "role_confidence": 1.0, "role_method": "code", "duplicates": 0, "posted_on": AS_OF,
    }  # fmt: skip
    return pa.Table.from_pylist([plain | dict(row) for row in rows], schema=WEIGHED)


def evidence(
    asked: Mapping[str, Mapping[str, float]], kind: str = "posting", levels: Mapping[tuple[str, str], str] | None = None
) -> pa.Table:
    """Evidence from document id -> skill id -> confidence; `levels` of (document, skill), by default unstated."""
    said = levels or {}
    return EVIDENCE.conform(
        pa.Table.from_pylist(
            [
                {"document_kind": kind, "document_id": document, "skill_id": skill, "confidence": confidence,
                 "sentence": f"about {skill}", "language": "en", "start": 0, "end": 5, "part": "description",
                 "part_start": 0, "matched_label": skill, "method": "lexical", "sentences": 1,
                 "level": said.get((document, skill), "unstated")}
                for document, skills in asked.items() for skill, confidence in skills.items()
            ],
            schema=EVIDENCE.schema,
        )
    )  # fmt: skip


def profile(*rows: tuple[str, str, float]) -> pa.Table:
    """Role profiles from (role, skill, importance), all regions together, every skill in half of all postings."""
    return ROLE_SKILLS.conform(
        pa.Table.from_pylist(
            [
                {"role_id": role, "region": "ALL", "skill_id": skill, "postings": 2, "required_share": 0.0,
                 "share_raw": 0.5, "share": 0.5, "share_all": 0.5, "rca": 1.0, "importance": importance, "rank": 1}
                for role, skill, importance in rows
            ],
            schema=ROLE_SKILLS.schema,
        )
    )  # fmt: skip


def teaches(taught: Mapping[str, Mapping[str, float]]) -> pa.Table:
    """credential_id, skill_id and confidence from credential id -> skill id -> confidence."""
    rows = [(c, s, p) for c, skills in taught.items() for s, p in skills.items()]
    return pa.table({
        "credential_id": pa.array([r[0] for r in rows], pa.string()),
        "skill_id": pa.array([r[1] for r in rows], pa.string()),
        "confidence": pa.array([r[2] for r in rows], pa.float64()),
    })  # fmt: skip


def similar(pairs: Mapping[tuple[str, str], float], same: Iterable[str]) -> pa.Table:
    """asked, taught and similarity: the pairs given, and 1 for the skills in `same`."""
    cells = {(s, s): 1.0 for s in same} | dict(pairs)
    return pa.table({
        "asked": pa.array([a for a, _ in cells], pa.string()),
        "taught": pa.array([t for _, t in cells], pa.string()),
        "similarity": pa.array(cells.values(), pa.float64()),
    })  # fmt: skip


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    """The same rows in another order, in two chunks."""
    order = list(range(table.num_rows))
    random.Random(seed).shuffle(order)
    mixed = table.take(pa.array(order, pa.int64()))
    half = table.num_rows // 2
    return pa.concat_tables([mixed.slice(0, half), mixed.slice(half)])


def use_threads(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """Makes every database that is opened from now on work with so many threads."""
    monkeypatch.setattr(duckdb, "connect", lambda: CONNECT(config={"threads": threads}))


class FakeEncoder:
    """Gives the vectors that it was told, and counts the texts that it is asked for.

    Args:
        vectors: text -> a vector of any length but zero.
        other: the vector of every other text.
    """

    fingerprint = "fake" * 16

    def __init__(self, vectors: Mapping[str, Sequence[float]], other: Sequence[float]) -> None:
        self._vectors = vectors
        self._other = other
        self.texts = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += len(texts)
        rows = np.array([self._vectors.get(text, self._other) for text in texts], dtype=np.float64)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
