"""Unmet skills gathered into bundles, each of which could be one short credential.

    affinity(s,t) = (cosine over postings + cosine over roles + closeness in the taxonomy) / 3
The first compares which postings ask for both (their confidences, weighted by vacancies), the second which roles do
(their demand); closeness is 1 where the taxonomy relates the two, 0.5 where they share a broader skill.
Bundles come of average linkage with a limit of size, which is what a short credential has time for:
    hours(bundle) = skills x median over short credentials c of hours(c) / sum over t of p(c,t)
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from pipeline.answers.clusters import gather
from pipeline.answers.estimates import figures
from pipeline.answers.market import Market
from pipeline.settings import Settings
from pipeline.sql import query
from pipeline.taxonomy import Taxonomy

RELATED, SIBLINGS = 1.0, 0.5
COLUMNS_AT_ONCE = 4_096
AFFINITY_DECIMALS = 6
NAMED_SKILLS = 3

Row = dict[str, object]
Floats = npt.NDArray[np.float64]

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


def bundle_rows(rows: Sequence[Row], behind: Iterable[Row], population: dict[str, int], market: Market) -> list[Row]:
    """Gathers unmet skills, region by region.

    Args:
        rows: unmet skills: region, skill_id, demand, roles; sorted by region and skill.
        behind: the postings that ask for them: region, skill_id, posting_id, vacancies, confidence, wage.
        population: region -> postings in all.
        market: taxonomy, settings, and the credentials whose pace is taken.

    Returns:
        Rows of `tables.UNMET_BUNDLES`; every unmet skill of a region is in exactly one of its bundles.
    """
    pace, settings = teaching_pace(market), market.settings.unmet
    close = closeness(market.taxonomy)
    demand, told = _role_demand(market), _Told.of(market)
    asked: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for posting in behind:
        asked[str(posting["region"])][str(posting["skill_id"])].append(posting)
    bundles: list[Row] = []
    for region in sorted({str(row["region"]) for row in rows}):
        own = [row for row in rows if row["region"] == region]
        affinity = affinities(own, asked[region], demand, close)
        groups = gather(affinity, settings.min_affinity, pace.most_skills(settings.max_hours, settings.max_skills))
        made = [
            _bundle([own[i] for i in group], _cohesion(affinity, group), asked[region], population[region], pace, told)
            for group in groups
        ]
        made.sort(key=lambda bundle: (-cast(float, bundle["demand"]), str(bundle["bundle_id"])))
        bundles.extend(bundle | {"rank": rank} for rank, bundle in enumerate(made, start=1))
    return bundles


def affinities(
    rows: Sequence[Row],
    asked: dict[str, list[Row]],
    demand: dict[tuple[str, str, str], float],
    close: dict[tuple[str, str], float],
) -> Floats:
    """How much skills belong together, from 0 to 1.

    Args:
        rows: unmet skills of one region.
        asked: skill -> the postings that ask for it.
        demand: (region, skill, role) -> vacancies times importance.
        close: (skill, skill) -> closeness in the taxonomy, in both directions.

    Returns:
        A symmetric array (rows, rows), rounded.
    """
    skills = [str(row["skill_id"]) for row in rows]
    postings = _cosines(
        [
            {
                str(p["posting_id"]): cast(float, p["confidence"]) * cast(int, p["vacancies"]) ** 0.5
                for p in asked[skill]
            }
            for skill in skills
        ]
    )
    roles = _cosines(
        [
            {role: demand[str(row["region"]), str(row["skill_id"]), role] for role in cast(list[str], row["roles"])}
            for row in rows
        ]
    )
    related = np.array([[close.get((one, other), 0.0) for other in skills] for one in skills])
    related = related.reshape(len(skills), len(skills))
    return np.asarray(np.round((postings + roles + related) / 3, AFFINITY_DECIMALS))


def closeness(taxonomy: Taxonomy) -> dict[tuple[str, str], float]:
    """What the taxonomy says of pairs of skills, in both directions: related, or under one broader skill."""
    close: dict[tuple[str, str], float] = {}
    under: dict[str, list[str]] = defaultdict(list)
    for row in taxonomy.skill_relations.to_pylist():
        one, other = row["skill_id"], row["target_id"]
        close[one, other] = close[other, one] = RELATED
        if row["relation"] == "broader":
            under[other].append(one)
    for siblings in under.values():
        for one in siblings:
            for other in siblings:
                close.setdefault((one, other), SIBLINGS)
    return close


def _role_demand(market: Market) -> dict[tuple[str, str, str], float]:
    """(region, skill, role) -> vacancies of the role times importance of the skill."""
    rows = query(
        "SELECT r.region, r.skill_id, r.role_id, round(d.vacancies * r.importance, 9) AS demand "
        "FROM role_skills r JOIN role_demand d USING (role_id, region) WHERE d.vacancies > 0",
        {"role_skills": market.role_skills, "role_demand": market.role_demand},
    )
    return {(row["region"], row["skill_id"], row["role_id"]): row["demand"] for row in rows.to_pylist()}


def _cosines(vectors: Sequence[dict[str, float]]) -> Floats:
    """The cosine of every two sparse vectors without negative values."""
    columns = {name: place for place, name in enumerate(sorted({name for vector in vectors for name in vector}))}
    rows = np.repeat(np.arange(len(vectors)), [len(vector) for vector in vectors])
    places = np.array([columns[name] for vector in vectors for name in vector], dtype=np.int64)
    values = np.array([value for vector in vectors for value in vector.values()], dtype=np.float64)
    products = np.zeros((len(vectors), len(vectors)))
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    # Some columns at a time: a million postings by some hundred skills would be gigabytes.
    for start in range(0, len(columns), COLUMNS_AT_ONCE):
        first, last = np.searchsorted(ordered, (start, start + COLUMNS_AT_ONCE))
        own = order[first:last]
        matrix = np.zeros((len(vectors), COLUMNS_AT_ONCE))
        matrix[rows[own], places[own] - start] = values[own]
        products += matrix @ matrix.T
    lengths = np.sqrt(products.diagonal())
    lengths = np.where(lengths > 0, lengths, 1.0)
    return np.asarray(np.clip(products / np.outer(lengths, lengths), 0.0, 1.0))


def _cohesion(affinity: Floats, group: Sequence[int]) -> float:
    """The mean affinity of a group's pairs; 1 for a single member."""
    pairs = [affinity[i, j] for i in group for j in group if i < j]
    return round(float(np.mean(pairs)), AFFINITY_DECIMALS) if pairs else 1.0


def _bundle(
    rows: Sequence[Row], cohesion: float, asked: dict[str, list[Row]], population: int, pace: Pace, told: _Told
) -> Row:
    """The row of one bundle, but for its rank."""
    settings = told.settings.unmet
    ordered = sorted(rows, key=lambda row: (-cast(float, row["demand"]), str(row["skill_id"])))
    skills = [str(row["skill_id"]) for row in ordered]
    region = str(rows[0]["region"])
    identity = "b-" + hashlib.sha256("\n".join([region, *sorted(skills)]).encode()).hexdigest()[:10]
    postings, examples = _behind_bundle([posting for skill in skills for posting in asked[skill]])
    roles = _roles_by_demand(ordered)
    hours = pace.hours(len(skills))
    fits = hours["hours"] is not None and settings.min_hours <= hours["hours"] <= settings.max_hours
    return {
        "region": region, "bundle_id": identity, "skills": skills, "roles": roles,
        "title_en": _title(skills, told.labels_en, " and "), "title_fr": _title(skills, told.labels_fr, " et "),
        "sectors": list(dict.fromkeys(filter(None, map(told.sectors.get, roles)))),
        "cohesion": cohesion, **hours, "fits": fits,
        "demand": round(sum(cast(float, row["demand"]) for row in ordered), 9), "postings": len(postings),
        "example_postings": examples[: settings.examples],
        **figures(postings, population, f"{region} {identity}", settings.min_postings, told.settings.matching),
    }  # fmt: skip


def _behind_bundle(asking: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Each posting once, with the surest of its confidences; and their ids, those that ask for most of it first."""
    found: dict[str, Row] = {}
    mass: dict[str, float] = defaultdict(float)
    for posting in asking:
        identity, confidence = str(posting["posting_id"]), cast(float, posting["confidence"])
        mass[identity] += confidence
        if identity not in found or confidence > cast(float, found[identity]["confidence"]):
            found[identity] = posting
    examples = sorted(found, key=lambda identity: (-round(mass[identity], 6), identity))
    return [found[identity] for identity in sorted(found)], examples


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
