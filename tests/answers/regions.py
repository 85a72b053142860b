"""Regions made by hand: postings that ask, credentials that teach, and settings that stay put."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.answers import Places
from pipeline.matching import role_profiles
from pipeline.settings import Settings, StackSettings, TransitionSettings, load_settings
from pipeline.tables import CREDENTIALS
from tests.matching.worlds import (
    demand_settings,
    evidence,
    matching_settings,
    profile_settings,
    similar,
    teaches,
    weighed,
)

# Posting -> role, region, and skill -> confidence.
Asks = Mapping[str, tuple[str, str | None, Mapping[str, float]]]


def made_settings(**stacks: object) -> Settings:
    """Three credentials at most, any gain, one budget of hours and one of money; every way is worth showing."""
    values: dict[str, Any] = {
        "max_credentials": 3,
        "min_gain": 0.0,
        "min_relevance": 0.0,
        "hour_budgets": (40,),
        "cost_budgets": (100,),
    }
    return load_settings().model_copy(
        update={
            "profile": profile_settings(),
            "demand": demand_settings(),
            "matching": matching_settings(),
            "stacks": StackSettings(**values | stacks),
            "transitions": TransitionSettings(min_similarity=0, min_vacancies=0, per_role=99, carried=0.5),
        }
    )


def credentials(facts: Mapping[str, Mapping[str, object]]) -> pa.Table:
    """`tables.CREDENTIALS` from what is known of each."""
    plain = {
        "source": "s", "stackable_into": [], "prerequisites": [], "languages": ["en"], "skills": 1,
        "cost_currency": "CAD",
    }  # fmt: skip
    rows = [plain | {"credential_id": c, "title_en": f"The {c}"} | dict(told) for c, told in facts.items()]
    return CREDENTIALS.conform(pa.Table.from_pylist(rows, schema=CREDENTIALS.schema))


def tables(
    asks: Asks,
    taught: Mapping[str, Mapping[str, float]],
    alike: Mapping[tuple[str, str], float] | None = None,
    facts: Mapping[str, Mapping[str, object]] | None = None,
    settings: Settings | None = None,
) -> dict[str, pa.Table]:
    """The tables that `Places` is made from; pairs that are alike count both ways."""
    chosen = settings or made_settings()
    postings = weighed(*({"posting_id": p, "role_id": role, "region": region} for p, (role, region, _) in asks.items()))
    found = evidence({p: skills for p, (_, _, skills) in asks.items()})
    skills = {s for _, _, asked in asks.values() for s in asked} | {s for each in taught.values() for s in each}
    pairs = dict(alike or {})
    return {
        "role_skills": role_profiles(postings, found, chosen.profile, 1),
        "credential_skills": teaches(taught),
        "similarity": similar(pairs | {(t, s): sim for (s, t), sim in pairs.items()}, sorted(skills)),
        "credentials": credentials({c: (facts or {}).get(c, {}) for c in sorted({*taught, *(facts or {})})}),
        "postings": postings,
        "evidence": found,
    }


def places(
    asks: Asks,
    taught: Mapping[str, Mapping[str, float]],
    alike: Mapping[tuple[str, str], float] | None = None,
    facts: Mapping[str, Mapping[str, object]] | None = None,
    settings: Settings | None = None,
) -> Places:
    """Regions from what postings ask and credentials teach."""
    return Places(**tables(asks, taught, alike, facts, settings), settings=settings or made_settings())
