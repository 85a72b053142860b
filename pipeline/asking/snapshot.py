"""A published snapshot opened for questions: its tables, its settings, and its labels in one language.

Answers are computed from the tables of the snapshot by the functions that computed them, under the settings that it was
published with: so they agree with what it says, whatever the settings of who asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from pipeline import matching
from pipeline.answers import Advised, Demand, Place, Places, Taken, Transition
from pipeline.asking.learner import Recognised
from pipeline.asking.show import label_in
from pipeline.asking.told import Known, Need, Next, RoleAdvice, Why
from pipeline.errors import LakeError
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.publish.recorded import recorded_settings
from pipeline.settings import Settings
from pipeline.sql import connect, fetch

SENTENCES_SHOWN = 2
MADE_FROM = (
    "skills", "roles", "credentials", "role_skills", "credential_skills", "skill_similarity", "postings", "evidence",
    "role_demand",
)  # fmt: skip


@contextmanager
def open_snapshot(lake: Lake, settings: Settings, language: Language) -> Iterator[Snapshot]:
    """The latest snapshot.

    Args:
        lake: holds it.
        settings: of who asks; the snapshot's own win wherever they can change a number.
        language: of the labels.

    Raises:
        LakeError: nothing is published, or by another release of Passerelle.
    """
    chosen = lake.latest()  # looked up once: the pointer may move between one table and the next
    tables = {name: lake.snapshot_table(name, chosen) for name in MADE_FROM}
    assert chosen is not None  # or its first table would not have been found
    with connect(tables) as db:
        yield Snapshot(db, tables, recorded_settings(lake, chosen, settings), language)


@dataclass(frozen=True)
class Snapshot:
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
        return Why(
            skill_id, self.skill(skill_id), new, self.skill(row["taught"]), row["confidence"],
            sentences=self._sentences(credential_id, row["taught"]),
            itself=bool(self.db.execute(ITSELF_SQL, [credential_id, skill_id]).fetchall()),
            own_sentences=self._sentences(credential_id, skill_id),
        )  # fmt: skip

    def _sentences(self, credential_id: str, skill_id: str) -> list[str]:
        """The first sentences of a credential that say it teaches a skill, those in the language before others."""
        values = [credential_id, skill_id, self.language, SENTENCES_SHOWN]
        return [str(sentence[0]) for sentence in self.db.execute(SENTENCES_SQL, values).fetchall()]


# The taught skill that earns the credit: as in the matches.
WHY_SQL = """
SELECT c.skill_id AS taught, c.confidence
FROM credential_skills c JOIN skill_similarity s ON s.taught_skill_id = c.skill_id
WHERE c.credential_id = ? AND s.skill_id = ?
ORDER BY c.confidence * s.similarity DESC, s.similarity DESC, c.skill_id LIMIT 1
"""

ITSELF_SQL = "SELECT 1 FROM credential_skills WHERE credential_id = ? AND skill_id = ?"

SENTENCES_SQL = """
SELECT sentence FROM evidence
WHERE document_kind = 'credential' AND document_id = ? AND skill_id = ?
ORDER BY language <> ?, confidence DESC, sentence LIMIT ?
"""
