"""`passerelle transition` and `passerelle advise`: what to take next."""

from __future__ import annotations

from math import inf
from typing import Annotated

import typer

from pipeline.asking.told import as_json
from pipeline.commands.common import JsonOption, LakeOption, LangOption, TaxonomyOption, chosen_settings
from pipeline.commands.ways_text import print_advice, print_way
from pipeline.console import print_json, progress_bars

RegionOption = Annotated[str, typer.Option("--region", help="ISO 3166-2 region such as CA-AB, or ALL.")]


def transition(
    origin: Annotated[str, typer.Argument(metavar="FROM", help="The role that is left: its id, or its label.")],
    aim: Annotated[str, typer.Argument(metavar="TO", help="The role that is aimed at: its id, or its label.")],
    lake: LakeOption,
    region: RegionOption = "ALL",
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Show what is missing from one role to another, what carries over, and which credentials bridge it."""
    from pipeline.asking.questions import ask_transition
    from pipeline.lake import Lake

    way = ask_transition(Lake(lake), origin, aim, region, chosen_settings(), lang)
    if json:
        print_json(as_json(way))
    else:
        print_way(way, lang)


def advise(
    skills: Annotated[
        str, typer.Option(help="What the learner has: a file (badges, CSV, list, CV as text), or a text itself.")
    ],
    goal: Annotated[str, typer.Option(help="A role (its id, or its label), or any: the roles within reach.")],
    lake: LakeOption,
    hours: Annotated[float, typer.Option(min=0, help="Most hours that all of it may take.")] = inf,
    cost: Annotated[float, typer.Option(min=0, help="Most that all of it may cost, in [demand] currency.")] = inf,
    region: RegionOption = "ALL",
    top: Annotated[int, typer.Option(min=0, help="With --goal any: how many roles; 0 for all.")] = 10,
    taxonomy: TaxonomyOption = None,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Advise a learner which credentials to take next, and say why."""
    from pipeline.asking.questions import ask_advice
    from pipeline.lake import Lake
    from pipeline.stages import chosen_linker

    settings, where = chosen_settings(taxonomy), Lake(lake)
    with progress_bars(json) as progress:
        linker = chosen_linker(settings, where, progress)
        advice = ask_advice(where, skills, goal, linker, settings, lang, region, hours, cost, top)
    if json:
        print_json(as_json(advice))
    else:
        print_advice(advice, lang)
