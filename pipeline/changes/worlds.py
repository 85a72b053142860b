"""Mixed worlds: coverage with some factors as in the earlier snapshot, and the others as in the later one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from pipeline import matching
from pipeline.changes.shapley import Ints
from pipeline.changes.states import Factor, State
from pipeline.ingest import DocumentStore, distinct_postings
from pipeline.lake import Lake
from pipeline.linking import Linker, link_documents
from pipeline.settings import Settings
from pipeline.sql import query

Progress = Callable[[str, int, int], None]

ALL_REGIONS_SQL = "SELECT role_id, skill_id, importance FROM role_skills WHERE region = $region"
# On what each of the two sides of a match depends, besides the code.
DEMAND_SIDE: tuple[Factor, ...] = ("demand", "taxonomy", "model", "settings")
CREDENTIAL_SIDE: tuple[Factor, ...] = ("credential", "taxonomy", "model", "settings")


@dataclass
class Worlds:
    """Gives the coverage of pairs under any mix of two states; what two mixes share is computed once.

    Attributes:
        lake: holds the caches, in which most of the linking is found.
        earlier: one state.
        later: the other.
        pairs: credential_id, role_id: the pairs that are compared.
        fixed: factors that count as later in every mix, since their earlier state can't be run.
        changed: factors that differ; the others may be taken from either state.
        code: version of the code that runs now: tables that it published itself are read, not computed.
        progress: told (what, done, in all).
    """

    lake: Lake
    earlier: State
    later: State
    pairs: pa.Table
    fixed: frozenset[Factor]
    changed: frozenset[Factor]
    code: str
    progress: Progress
    _roles: dict[frozenset[str], pa.Table] = field(default_factory=dict)
    _credentials: dict[frozenset[str], pa.Table] = field(default_factory=dict)

    def coverage(self, later: Iterable[str]) -> Ints:
        """The coverage of the pairs in billionths, with the factors named as in the later state."""
        chosen = frozenset(later) | self.fixed
        roles, credentials = self.role_skills(chosen), self.credential_skills(chosen)
        similarity = self._similarity(
            chosen, sorted(set(roles["skill_id"].to_pylist())), sorted(set(credentials["skill_id"].to_pylist()))
        )
        return np.asarray(matching.coverage_between(self.pairs, credentials, roles, similarity))

    def _similarity(self, chosen: frozenset[str], asked: list[str], taught: list[str]) -> pa.Table:
        """asked, taught, similarity: as published with the profiles, where that knows all that is taught."""
        published = self._published(chosen, DEMAND_SIDE)
        if published and self._compared_with(published).issuperset(taught):
            table = self.lake.snapshot_table("skill_similarity", published)
            return table.rename_columns({"skill_id": "asked", "taught_skill_id": "taught"})
        linker, settings = self._linker(chosen), self._settings(chosen)
        return matching.skill_similarity(asked, taught, linker.taxonomy, linker.encoder, self.lake, settings.matching)

    def _compared_with(self, snapshot: str) -> set[str]:
        """The skills that what its roles ask for was compared with."""
        tables = (self.lake.snapshot_table(name, snapshot) for name in ("role_skills", "credential_skills"))
        return {skill for table in tables for skill in table["skill_id"].unique().to_pylist()}

    def role_skills(self, chosen: frozenset[str]) -> pa.Table:
        """role_id, skill_id and importance, all regions together."""
        key = chosen & set(DEMAND_SIDE)
        if key not in self._roles:
            published = self._published(chosen, DEMAND_SIDE)
            table = self.lake.snapshot_table("role_skills", published) if published else self._profile(chosen)
            self._roles[key] = query(ALL_REGIONS_SQL, {"role_skills": table}, {"region": matching.ALL_REGIONS})
        return self._roles[key]

    def credential_skills(self, chosen: frozenset[str]) -> pa.Table:
        """credential_id, skill_id and confidence."""
        key = chosen & set(CREDENTIAL_SIDE)
        if key not in self._credentials:
            published = self._published(chosen, CREDENTIAL_SIDE)
            if published:
                table = self.lake.snapshot_table("credential_skills", published)
            else:
                documents = self._state("credential", chosen).credentials
                assert documents is not None
                evidence = link_documents(
                    documents, "credentials", self._linker(chosen), self.lake, self._settings(chosen).linking,
                    self.progress,
                ).evidence  # fmt: skip
                table = matching.credential_skills_table(evidence)
            self._credentials[key] = table.select(["credential_id", "skill_id", "confidence"])
        return self._credentials[key]

    def _profile(self, chosen: frozenset[str]) -> pa.Table:
        """Role profiles computed anew; sentences that any run has linked under this linker come from the cache."""
        state, linker, settings = self._state("demand", chosen), self._linker(chosen), self._settings(chosen)
        assert state.postings is not None
        contents = DocumentStore(self.lake, "postings").contents
        kept, groups = distinct_postings(state.postings, settings.ingest, self.lake, contents)
        linked = link_documents(kept, "postings", linker, self.lake, settings.linking, self.progress, contents)
        assigned = matching.assign_roles(
            kept, linker.taxonomy, linker.encoder, self.lake, settings.profile,
            lambda done, of: self.progress("assign roles", done, of),
        )  # fmt: skip
        weighed = matching.weigh_postings(kept, assigned, groups, state.as_of, settings.profile, settings.demand)
        return matching.role_profiles(weighed, linked.evidence, settings.profile, settings.demand.region_min_postings)

    def _state(self, factor: Factor, chosen: frozenset[str]) -> State:
        return self.later if factor in chosen or factor not in self.changed else self.earlier

    def _published(self, chosen: frozenset[str], side: Iterable[Factor]) -> str | None:
        """The snapshot that holds one side as this mix has it, if the code that runs now made it."""
        states = {self._state(factor, chosen).snapshot for factor in side if factor in self.changed}
        wanted = states or {self.later.snapshot}
        for state in (self.later, self.earlier):
            if wanted == {state.snapshot} and state.inputs["code_version"] == self.code:
                return state.snapshot
        return None

    def _settings(self, chosen: frozenset[str]) -> Settings:
        """The settings of one state, with the encoder of the state that gives the model."""
        own, model = self._state("settings", chosen).settings, self._state("model", chosen).settings
        assert own is not None and model is not None
        return own.model_copy(update={"encoder": model.encoder})

    def _linker(self, chosen: frozenset[str]) -> Linker:
        taxonomy, encoder = self._state("taxonomy", chosen).taxonomy, self._state("model", chosen).encoder
        assert taxonomy is not None and encoder is not None
        settings = self._settings(chosen)
        return Linker(
            taxonomy, replace(encoder, settings=settings.encoder), self.lake, settings.linking.candidates,
            lambda done, of: self.progress("embed labels", done, of), settings.privacy.mask,
        )  # fmt: skip
