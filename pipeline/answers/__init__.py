"""Profiles, demand and matches in; the tables that answer a policy question out.

Comes in: a `Market`. Goes out: one table for each question, by name, as `pipeline.tables` describes them. Never reads
files or the clock, never links text, and never changes what it is given.
"""

from __future__ import annotations

import pyarrow as pa

from pipeline.answers.definition import definition_tables
from pipeline.answers.greedy import Limits, Pool, best_stack
from pipeline.answers.learners import Advised, advise_role, learner_has, reachable_roles
from pipeline.answers.market import Market
from pipeline.answers.places import Place, Places
from pipeline.answers.stacks import Taken
from pipeline.answers.transitions import Demand, Transition, demand_of, transition, transition_row
from pipeline.answers.unmet import unmet_tables
from pipeline.answers.value import credential_value
from pipeline.answers.ways import way_tables
from pipeline.tables import CREDENTIAL_COMPLETENESS, CREDENTIAL_DEFINITION

__all__ = [
    "OF_CREDENTIALS_ALONE",
    "Advised",
    "Demand",
    "Limits",
    "Market",
    "Place",
    "Places",
    "Pool",
    "Taken",
    "Transition",
    "advise_role",
    "answer",
    "answer_of_credentials",
    "best_stack",
    "demand_of",
    "learner_has",
    "reachable_roles",
    "transition",
    "transition_row",
    "way_tables",
]


# What is told of credentials by themselves, whatever is asked for.
OF_CREDENTIALS_ALONE = (CREDENTIAL_DEFINITION.name, CREDENTIAL_COMPLETENESS.name)


def answer(market: Market) -> dict[str, pa.Table]:
    """Every table that answers a question about credentials and what is asked for, by name: one line for each."""
    places = Places.of(market)
    return {
        **unmet_tables(market),
        "credential_value": credential_value(market),
        **way_tables(places, market.role_demand),
    }


def answer_of_credentials(market: Market) -> dict[str, pa.Table]:
    """The tables `OF_CREDENTIALS_ALONE`, by name."""
    return definition_tables(market.credential_documents, market.evidence, market.settings.definition)
