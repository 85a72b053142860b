"""Questions that a published snapshot answers when they are asked: the way between two roles, and advice for a learner.

Everything but a learner's own skills is computed from the tables of the snapshot, by the same functions as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from pipeline import matching
from pipeline.answers import (
    Advised,
    Demand,
    Place,
    Places,
    Taken,
    Transition,
    advise_role,
    demand_of,
    learner_has,
    reachable_roles,
    transition,
    transition_row,
)
from pipeline.errors import LakeError, TaxonomyError
from pipeline.ingest import Language
from pipeline.lake import MANIFEST, Lake
from pipeline.learner import Recognised, read_learner
from pipeline.settings import Settings
from pipeline.show import find_role, label_in
from pipeline.sql import connect, fetch

if TYPE_CHECKING:
    from pipeline.linking import Linker

ANY = "any"
SENTENCES_SHOWN = 2
MADE_FROM = (
    "skills", "roles", "credentials", "role_skills", "credential_skills", "skill_similarity", "postings", "evidence",
    "role_demand",
)  # fmt: skip


@dataclass(frozen=True)
class Need:
    """A skill of the role aimed at: `has`, from 0 to 1, is how far it is there, and `by` the skill that brings it."""

    skill_id: str
    skill: str
    importance: float
    has: float
    by: str | None


@dataclass(frozen=True)
class Why:
    """A skill that a credential adds or improves, the taught skill that does so, and the sentences that say it."""

    skill_id: str
    skill: str
    new: bool
    taught: str
    confidence: float
    sentences: list[str]


@dataclass(frozen=True)
class Next:
    """A credential to take: `gain` and `coverage` (of the role, with all before it) from 0 to 1."""

    credential_id: str
    credential: str
    issuer: str | None
    url: str | None
    required_by: str | None
    hours: float | None
    cost: float | None
    cost_currency: str
    gain: float
    coverage: float
    bound: float
    requires: list[str]
    entry_requirements: list[str]
    why: list[Why]


@dataclass(frozen=True)
class Way:
    """From one role to another in a region; the figures are those of `tables.TRANSITIONS`."""

    from_role_id: str
    from_role: str
    to_role_id: str
    to_role: str
    region: str
    similarity: float
    gap: float
    gap_low: float
    gap_high: float
    gap_closed: float
    hours: float | None
    vacancies_from: int | None
    vacancies_to: int | None
    wage_from: float | None
    wage_to: float | None
    wage_change: float | None
    currency: str
    suppressed: bool
    missing: list[Need]
    carried: list[Need]
    stack: list[Next]


@dataclass(frozen=True)
class Known:
    """A skill that was recognised in what the learner gave, and the text that says so."""

    skill_id: str
    skill: str
    confidence: float
    text: str
    method: str


@dataclass(frozen=True)
class RoleAdvice:
    """What a learner has of a role, what to take next, and what is still missing then; demand stands beside it."""

    role_id: str
    role: str
    region: str
    coverage: float
    coverage_after: float
    hours: float | None
    vacancies: int | None
    wage_median: float | None
    currency: str
    suppressed: bool
    has: list[Need]
    stack: list[Next]
    missing: list[Need]


@dataclass(frozen=True)
class Advice:
    """What was recognised, and advice for the role aimed at, or for each role that is within reach."""

    recognised: list[Known]
    goal: str
    roles: list[RoleAdvice]


def ask_transition(lake: Lake, origin: str, aim: str, region: str, settings: Settings, language: Language) -> Way:
    """The way from one role to another, whether or not it is in `transitions`.

    Args:
        lake: holds the snapshot.
        origin: the role that is left: its id, or its label in either language.
        aim: the role that is aimed at.
        region: ISO 3166-2, or ALL.
        settings: limits of a stack, draws and thresholds.
        language: of the labels; sentences in it come first.

    Raises:
        LakeError: nothing is published, a role is not found, or has no profile in the region.
    """
    with _snapshot(lake, settings, language) as snapshot:
        ids = [find_role(snapshot.db, wanted)[0] for wanted in (origin, aim)]
        place = snapshot.place(region)
        way = transition(place, *ids)
        row = transition_row(place, way, demand_of(snapshot.tables["role_demand"], region))
        kept = {name: row[name] for name in Way.__annotations__ if name in row and name != "stack"}
        carriers = place.carriers(way.origin, way.aim)
        missing, carried = way.lists(int(matching.billionths(settings.transitions.carried)))
        return Way(
            **kept,  # type: ignore[arg-type]  # the row has the fields' names and types
            from_role=snapshot.role(ids[0]),
            to_role=snapshot.role(ids[1]),
            currency=settings.demand.currency,
            missing=snapshot.needs(place, way, way.carried, missing, carriers),
            carried=snapshot.needs(place, way, way.carried, carried, carriers),
            stack=snapshot.steps(way.stack),
        )


def ask_advice(
    lake: Lake,
    given: str,
    goal: str,
    linker: Linker,
    settings: Settings,
    language: Language,
    region: str = matching.ALL_REGIONS,
    hours: float = np.inf,
    cost: float = np.inf,
    top: int = 10,
) -> Advice:
    """What a learner should take next.

    Args:
        lake: holds the snapshot.
        given: a file or a text that says what they have, as `read_learner` takes it.
        goal: a role (id or label), or `any` for the roles within reach.
        linker: finds skills; of the taxonomy that the snapshot was made with.
        settings: limits and thresholds.
        language: of the labels, and of a text too short to tell.
        region: ISO 3166-2, or ALL.
        hours: most hours that a stack may take.
        cost: most money, in `[demand] currency`.
        top: how many roles for `any`; 0 for all.

    Raises:
        SettingsError: what is given cannot be read.
        TaxonomyError: the linker's taxonomy is not the snapshot's.
        LakeError: nothing is published, no skill is found, or the role has no profile in the region.
    """
    _same_taxonomy(lake, linker)
    with _snapshot(lake, settings, language) as snapshot:
        role_id = None if goal.casefold() == ANY else find_role(snapshot.db, goal)[0]
        place = snapshot.place(region)
        if role_id is not None and role_id not in place.roles():
            raise LakeError(f"{role_id} has no profile in {region}: too few of its postings are there.")
        found = read_learner(given, language, linker, settings)
        if not found:
            raise LakeError(
                "No skill of the taxonomy was recognised in what --skills gives: say more, or say it in other words."
            )
        known = _known(place, found, linker, lake, settings)
        limits = place.limits(hours, cost)
        if role_id is None:
            advised = reachable_roles(place, known, limits, top)
        else:
            advised = [advise_role(place, place.roles().index(role_id), known, limits)]
        demand = demand_of(snapshot.tables["role_demand"], region)
        return Advice(
            [snapshot.known(skill) for skill in found],
            role_id or ANY,
            [snapshot.role_advice(place, one, demand) for one in advised],
        )


def _same_taxonomy(lake: Lake, linker: Linker) -> None:
    snapshot = lake.latest()
    if snapshot is None:
        return  # opening it says so
    inputs = lake.read_json(f"snapshots/{snapshot}/{MANIFEST}")["inputs"]
    assert isinstance(inputs, dict)
    if inputs["taxonomy"] != linker.taxonomy.fingerprint:
        raise TaxonomyError(
            f"The snapshot was made with the taxonomy {inputs['taxonomy_version']}, not with {linker.taxonomy.name} "
            f"{linker.taxonomy.version}: give the one that `refresh` was given with --taxonomy."
        )


def _known(place: Place, found: list[Recognised], linker: Linker, lake: Lake, settings: Settings) -> matching.Ints:
    """What the learner has towards every asked skill."""
    asked = place.skill_ids(np.unique(place.grid.asked.columns))
    confidence = {skill.skill_id: skill.confidence for skill in found}
    similarity = matching.skill_similarity(
        asked, sorted(confidence), linker.taxonomy, linker.encoder, lake, settings.matching
    )
    return learner_has(place, confidence, similarity)


@contextmanager
def _snapshot(lake: Lake, settings: Settings, language: Language) -> Iterator[_Snapshot]:
    chosen = lake.latest()  # looked up once: the pointer may move between one table and the next
    tables = {name: lake.snapshot_table(name, chosen) for name in MADE_FROM}
    with connect(tables) as db:
        yield _Snapshot(db, tables, settings, language)


@dataclass(frozen=True)
class _Snapshot:
    """The tables that answers are made from, and their labels in one language."""

    db: duckdb.DuckDBPyConnection
    tables: dict[str, pa.Table]
    settings: Settings
    language: Language

    def place(self, region: str) -> Place:
        """A region.

        Raises:
            LakeError: no role has a profile there.
        """
        similarity = self.tables["skill_similarity"].rename_columns({"skill_id": "asked", "taught_skill_id": "taught"})
        places = Places(
            self.tables["role_skills"],
            self.tables["credential_skills"],
            similarity,
            self.tables["credentials"],
            self.tables["postings"],
            self.tables["evidence"],
            self.settings,
        )
        if region not in places.regions():
            raise LakeError(f"No role has a profile in {region}. Regions with profiles: {', '.join(places.regions())}.")
        return places.place(region)

    def role(self, role_id: str) -> str:
        """A role's label."""
        return self._one(f"SELECT label_{self.language} FROM roles WHERE role_id = ?", role_id)

    def skill(self, skill_id: str) -> str:
        """A skill's label."""
        return self._one(f"SELECT label_{self.language} FROM skills WHERE skill_id = ?", skill_id)

    def credential(self, credential_id: str) -> str:
        """A credential's title."""
        title = f"coalesce({label_in('credentials', 'title_{}', self.language)}, credential_id)"
        return self._one(f"SELECT {title} FROM credentials WHERE credential_id = ?", credential_id)

    def _one(self, sql: str, value: str) -> str:
        rows = self.db.execute(sql, [value]).fetchall()
        return str(rows[0][0]) if rows else value

    def known(self, skill: Recognised) -> Known:
        """A recognised skill with its label."""
        return Known(skill.skill_id, self.skill(skill.skill_id), skill.confidence, skill.text, skill.method)

    def needs(
        self,
        place: Place,
        of: Transition | Advised,
        has: matching.Ints,
        skills: matching.Ints,
        carriers: dict[int, int] | None = None,
    ) -> list[Need]:
        """Skills of the role aimed at with their labels, in the order given."""
        at = {int(skill): i for i, skill in enumerate(of.skills)}
        by = carriers or {}
        return [
            Need(
                skill_id,
                self.skill(skill_id),
                int(of.importance[at[skill]]) / matching.ONE,
                int(has[at[skill]]) / matching.ONE,
                self.skill(place.skill_ids(np.array([by[skill]]))[0]) if skill in by else None,
            )
            for skill, skill_id in zip(skills.tolist(), place.skill_ids(skills), strict=True)
        ]

    def role_advice(self, place: Place, advised: Advised, demand: dict[str, Demand]) -> RoleAdvice:
        """Advice for one role with labels, sentences and demand."""
        role_id = place.roles()[advised.role]
        asked = demand.get(role_id, Demand())
        return RoleAdvice(
            role_id,
            self.role(role_id),
            place.region,
            advised.coverage,
            advised.coverage_after,
            advised.hours,
            asked.vacancies,
            asked.wage,
            self.settings.demand.currency,
            asked.suppressed,
            self.needs(place, advised, advised.has, advised.there()),
            self.steps(advised.stack),
            self.needs(place, advised, advised.reached, advised.missing()),
        )

    def steps(self, stack: list[Taken]) -> list[Next]:
        """The steps of a stack with titles, and why each is worth taking."""
        return [self._step(taken) for taken in stack]

    def _step(self, taken: Taken) -> Next:
        facts = fetch(
            self.db, "SELECT issuer, url FROM credentials WHERE credential_id = ?", [taken.credential_id]
        ).to_pylist()[0]
        why = [
            *(self._why(taken.credential_id, skill, True) for skill in taken.new_skills),
            *(self._why(taken.credential_id, skill, False) for skill in taken.improved_skills),
        ]
        return Next(
            taken.credential_id,
            self.credential(taken.credential_id),
            facts["issuer"],
            facts["url"],
            self.credential(taken.required_by) if taken.required_by else None,
            taken.hours,
            taken.cost,
            self.settings.demand.currency,
            taken.gain,
            taken.coverage,
            taken.bound,
            [self.credential(required) for required in taken.requires],
            taken.entry_requirements,
            why,
        )

    def _why(self, credential_id: str, skill_id: str, new: bool) -> Why:
        row = fetch(self.db, WHY_SQL, [credential_id, skill_id]).to_pylist()[0]
        sentences = self.db.execute(
            SENTENCES_SQL, [credential_id, row["taught"], self.language, SENTENCES_SHOWN]
        ).fetchall()
        return Why(
            skill_id, self.skill(skill_id), new, self.skill(row["taught"]), row["confidence"],
            [str(sentence[0]) for sentence in sentences],
        )  # fmt: skip


# The taught skill that earns the credit: as in the matches.
WHY_SQL = """
SELECT c.skill_id AS taught, c.confidence
FROM credential_skills c JOIN skill_similarity s ON s.taught_skill_id = c.skill_id
WHERE c.credential_id = ? AND s.skill_id = ?
ORDER BY c.confidence * s.similarity DESC, s.similarity DESC, c.skill_id LIMIT 1
"""

SENTENCES_SQL = """
SELECT sentence FROM evidence
WHERE document_kind = 'credential' AND document_id = ? AND skill_id = ?
ORDER BY language <> ?, confidence DESC, sentence LIMIT ?
"""
