"""Unmet skills gathered into bundles, each of which could be one short credential.

Bundles come of average linkage of affinities with a limit of size, which is what a short credential has time for:
    hours(bundle) = skills x median over short credentials c of hours(c) / sum over t of p(c,t)
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import cast

import numpy as np
import pyarrow as pa

from pipeline.answers.affinity import AFFINITY_DECIMALS, Nearness
from pipeline.answers.behind import Behind
from pipeline.answers.clusters import gather
from pipeline.answers.estimates import figures
from pipeline.answers.market import Market
from pipeline.matching import Floats
from pipeline.settings import Settings
from pipeline.sql import query

NAMED_SKILLS = 3

Row = dict[str, object]

PACE_SQL = """
WITH taught AS (
    SELECT credential_id, sum(confidence::DECIMAL(18,9))::DOUBLE AS skills FROM credential_skills GROUP BY credential_id
)
SELECT quantile_cont(c.hours / t.skills, [0.25, 0.5, 0.75]) AS quartiles
FROM credentials c JOIN taught t USING (credential_id)
WHERE c.hours BETWEEN $low AND $high AND t.skills > 0
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """Hours that short credentials take for a skill: quartiles, None where none states its hours."""

    low: float | None
    middle: float | None
    high: float | None

    def hours(self, skills: int) -> dict[str, float | None]:
        """Suggested hours for a number of skills, and the range."""
        return {
            name: None if each is None else round(skills * each, 1)
            for name, each in (("hours", self.middle), ("hours_low", self.low), ("hours_high", self.high))
        }

    def most_skills(self, hours: float, at_most: int) -> int:
        """How many skills fit into so many hours; at least one, and no more than the given number."""
        return at_most if not self.middle else max(1, min(at_most, int(hours // self.middle)))


@dataclass(frozen=True)
class _Told:
    """What the taxonomy says of skills and roles, read once for all bundles, and the settings."""

    settings: Settings
    labels_en: dict[str, str]
    labels_fr: dict[str, str]
    sectors: dict[str, str]

    @classmethod
    def of(cls, market: Market) -> _Told:
        skills, occupations = market.taxonomy.skills, market.taxonomy.occupations
        ids, english, french = (skills[name].to_pylist() for name in ("skill_id", "label_en", "label_fr"))
        sectors = zip(occupations["occupation_id"].to_pylist(), occupations["sector"].to_pylist(), strict=True)
        return cls(
            market.settings,
            {skill: str(label) for skill, label in zip(ids, english, strict=True)},
            {skill: str(own or other) for skill, own, other in zip(ids, french, english, strict=True)},
            {role: sector for role, sector in sectors if sector},
        )


def teaching_pace(market: Market) -> Pace:
    """How long existing credentials take for a skill, of those whose stated hours make them short."""
    bounds = market.settings.definition
    quartiles = query(
        PACE_SQL,
        {"credentials": market.credentials, "credential_skills": market.credential_skills},
        {"low": bounds.min_hours, "high": bounds.max_hours},
    )["quartiles"].to_pylist()[0]
    return Pace(*(quartiles or (None, None, None)))


def bundle_rows(
    rows: Sequence[Row], behind: Behind, wanted: pa.Table, population: dict[str, int], market: Market
) -> list[Row]:
    """Gathers unmet skills, region by region.

    Args:
        rows: unmet skills: cell, region, skill_id, demand, roles and their figures; sorted by region and skill.
        behind: the postings that ask for them, by row.
        wanted: cell, role_id, weight, sorted by cell: the demand of each role for what it asks for.
        population: region -> postings in all.
        market: taxonomy, settings, and the credentials whose pace is taken.

    Returns:
        Rows of `tables.UNMET_BUNDLES`; every unmet skill of a region is in exactly one of its bundles.
    """
    pace, settings, told = teaching_pace(market), market.settings.unmet, _Told.of(market)
    near = Nearness.of(rows, behind, wanted, market.taxonomy)
    regions = np.array([row["region"] for row in rows], dtype=object)
    made: list[Row] = []
    members: list[list[int]] = []
    for region in sorted(set(regions.tolist())):
        places = np.flatnonzero(regions == region)
        affinity = near.affinities(places)
        groups = gather(affinity, settings.min_affinity, pace.most_skills(settings.max_hours, settings.max_skills))
        members.extend(places[group].tolist() for group in groups)
        made.extend(
            _bundle([rows[place] for place in places[group].tolist()], _cohesion(affinity, group), pace, told)
            for group in groups
        )
    return _ranked(_measured(made, *behind.together(members), population, market.settings))


def _measured(
    made: Sequence[Row], behind: Behind, mass: Floats, population: dict[str, int], settings: Settings
) -> Iterator[Row]:
    """Bundles with how many ask for them, examples and figures: a bundle of one skill has that skill's."""
    told = figures(
        behind.asking, behind.starts, [population[str(row["region"])] for row in made],
        settings.unmet.min_postings, settings.matching.interval,
    )  # fmt: skip
    examples = behind.foremost(mass, settings.unmet.examples)
    for row, count, named, each in zip(made, np.diff(behind.starts).tolist(), examples, told, strict=True):
        yield row | {"postings": count, "example_postings": named} | each


def _ranked(bundles: Iterable[Row]) -> list[Row]:
    """Bundles by region, those of the greatest demand first."""
    ordered = sorted(bundles, key=lambda row: (row["region"], -cast(float, row["demand"]), row["bundle_id"]))
    ranks = (rank for _, own in groupby(ordered, key=itemgetter("region")) for rank, _ in enumerate(own, start=1))
    return [row | {"rank": rank} for row, rank in zip(ordered, ranks, strict=True)]


def _cohesion(affinity: Floats, group: Sequence[int]) -> float:
    """The mean affinity of a group's pairs; 1 for a single member."""
    pairs = [affinity[i, j] for i in group for j in group if i < j]
    return round(float(np.mean(pairs)), AFFINITY_DECIMALS) if pairs else 1.0


def _bundle(rows: Sequence[Row], cohesion: float, pace: Pace, told: _Told) -> Row:
    """The row of one bundle of unmet skills, but for its rank and for what is told of those who ask."""
    settings = told.settings.unmet
    ordered = sorted(rows, key=lambda row: (-cast(float, row["demand"]), str(row["skill_id"])))
    skills = [str(row["skill_id"]) for row in ordered]
    region = str(ordered[0]["region"])
    identity = "b-" + hashlib.sha256("\n".join([region, *sorted(skills)]).encode()).hexdigest()[:10]
    roles = _roles_by_demand(ordered)
    hours = pace.hours(len(skills))
    fits = hours["hours"] is not None and settings.min_hours <= hours["hours"] <= settings.max_hours
    return {
        "region": region, "bundle_id": identity, "skills": skills, "roles": roles,
        "title_en": _title(skills, told.labels_en, " and "), "title_fr": _title(skills, told.labels_fr, " et "),
        "sectors": list(dict.fromkeys(filter(None, map(told.sectors.get, roles)))),
        "cohesion": cohesion, **hours, "fits": fits,
        "demand": round(sum(cast(float, row["demand"]) for row in ordered), 9),
    }  # fmt: skip


def _roles_by_demand(rows: Sequence[Row]) -> list[str]:
    """Roles of the skills, those first that stand first for the skills of most demand."""
    weight: dict[str, float] = defaultdict(float)
    for row in rows:
        for place, role in enumerate(cast(list[str], row["roles"]), start=1):
            weight[role] += cast(float, row["demand"]) / place
    return sorted(weight, key=lambda role: (-round(weight[role], 6), role))


def _title(skills: Sequence[str], labels: dict[str, str], joint: str) -> str:
    """The labels of the first skills, as one would say them: "a, b and c"."""
    *first, last = [labels[skill] for skill in skills[:NAMED_SKILLS]]
    return ", ".join(first) + joint + last if first else last
