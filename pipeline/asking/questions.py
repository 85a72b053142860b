"""Questions that a snapshot answers when they are asked: the way between two roles, and advice for a learner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline import matching
from pipeline.answers import Place, advise_role, demand_of, learner_has, reachable_roles, transition, transition_row
from pipeline.arrays import distinct
from pipeline.asking.learner import Recognised, read_learner
from pipeline.asking.show import find_role
from pipeline.asking.snapshot import open_snapshot
from pipeline.asking.told import Advice, Way
from pipeline.errors import LakeError, TaxonomyError
from pipeline.ingest import Language
from pipeline.lake import MANIFEST, Lake
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.linking import Linker

ANY = "any"


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
    with open_snapshot(lake, settings, language) as snapshot:
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
    with open_snapshot(lake, settings, language) as snapshot:
        role_id = None if goal.casefold() == ANY else find_role(snapshot.db, goal)[0]
        place = snapshot.place(region)
        if role_id is not None and role_id not in place.roles():
            raise LakeError(f"{role_id} has no profile in {region}: too few of its postings are there.")
        # What a posting says of its employer, a learner says of themselves: "welder for 6 years" asks for nothing.
        found = read_learner(given, language, linker.hearing_all(), settings)
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
    asked = place.skill_ids(distinct(place.grid.asked.columns))
    confidence = {skill.skill_id: skill.confidence for skill in found}
    similarity = matching.skill_similarity(
        asked, sorted(confidence), linker.taxonomy, linker.encoder, lake, settings.matching
    )
    return learner_has(place, confidence, similarity)
