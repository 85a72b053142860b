"""What `transition` and `advise` print, in English or French."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pipeline.asking.typography import NO_BREAK, filled, number, quoted
from pipeline.console import out, plain

if TYPE_CHECKING:
    from pipeline.asking.told import Advice, Known, Need, Next, RoleAdvice, Way, Why
    from pipeline.ingest import Language

NEEDS_SHOWN = 15
WHY_SHOWN = 5
NEARLY_THERE = 0.9  # what is there to this degree or more is not told as still missing

WORDS: dict[str, dict[Language, str]] = {
    "gap": {"en": "Gap {gap:.3f} (interval {low:.3f} – {high:.3f}), similarity {similarity:.3f}",
            "fr": "Écart {gap:.3f} (intervalle {low:.3f} – {high:.3f}), similarité {similarity:.3f}"},
    "vacancies": {"en": "Vacancies: {0} → {1}", "fr": "Postes vacants : {0} → {1}"},
    "wage": {"en": "Median wage per hour: {0} → {1} {2}",
             "fr": f"Salaire horaire médian : {{0}} → {{1}}{NO_BREAK}{{2}}"},
    "times": {"en": " (x {0:.2f})", "fr": " (x {0:.2f})"},
    "suppressed": {"en": "There are too few postings of a role to show its demand.",
                   "fr": "Un rôle a trop peu d'offres pour que sa demande soit montrée."},
    "missing": {"en": "To be learned", "fr": "À acquérir"},
    "still": {"en": "Still missing afterwards", "fr": "Ce qui manque encore ensuite"},
    "carried": {"en": "Carries over", "fr": "Se transfère"},
    "has": {"en": "Already there", "fr": "Déjà acquis"},
    "skill": {"en": "Skill", "fr": "Compétence"},
    "importance": {"en": "Importance", "fr": "Importance"},
    "degree": {"en": "Had", "fr": "Acquise"},
    "by": {"en": "Thanks to", "fr": "Grâce à"},
    "more": {"en": "... and {0} more", "fr": "... et {0} de plus"},
    "nothing": {"en": "–", "fr": "–"},
    "figure": {"en": "{0:g}", "fr": "{0:,g}"},
    "take": {"en": "What to take", "fr": "À suivre"},
    "closes": {"en": "closes {0:.0f}% of the gap", "fr": f"comble {{0:.0f}}{NO_BREAK}% de l'écart"},
    "no_stack": {"en": "No credential that fits adds enough.", "fr": "Aucun titre admissible n'apporte assez."},
    "hour": {"en": "{0:g} hour", "fr": "{0:,g} heure"},
    "hours": {"en": "{0:g} hours", "fr": "{0:,g} heures"},
    "hours_unknown": {"en": "hours not stated", "fr": "heures non précisées"},
    "cost": {"en": "{0:,.2f} {1}", "fr": f"{{0:,.2f}}{NO_BREAK}{{1}}"},
    "cost_unknown": {"en": "cost not stated", "fr": "coût non précisé"},
    "gain": {"en": "adds {0:.3f}, which makes {1:.3f} (no choice of {2} could exceed {3:.3f})",
             "fr": "ajoute {0:.3f}, ce qui fait {1:.3f} (aucun choix de {2} ne pourrait dépasser {3:.3f})"},
    "required_by": {"en": "is a prerequisite of: {0}", "fr": "est un préalable de : {0}"},
    "requires": {"en": "requires: {0}", "fr": "exige : {0}"},
    "entry": {"en": "to be checked before enrolling: {0}", "fr": "à vérifier avant de s'inscrire : {0}"},
    "adds": {"en": "adds {0}", "fr": "ajoute {0}"},
    "nearer": {"en": "brings nearer to {0}", "fr": "rapproche de : {0}"},
    "improves": {"en": "improves {0}", "fr": "améliore {0}"},
    "since": {"en": "{0}: {1}", "fr": "{0} : {1}"},
    "recognised": {"en": "Recognised in what you gave", "fr": "Reconnu dans ce que vous avez donné"},
    "confidence": {"en": "Confidence", "fr": "Confiance"},
    "text": {"en": "Text", "fr": "Texte"},
    "covers": {"en": "What you have covers {0:.3f} of it; with what follows {1:.3f}",
               "fr": "Ce que vous avez en couvre {0:.3f}; avec ce qui suit {1:.3f}"},
    "demand": {"en": "Vacancies: {0}; median wage per hour: {1} {2}",
               "fr": f"Postes vacants : {{0}}; salaire horaire médian : {{1}}{NO_BREAK}{{2}}"},
    "role": {"en": "Role", "fr": "Rôle"},
    "covered": {"en": "Covered", "fr": "Couvert"},
    "after": {"en": "After", "fr": "Ensuite"},
    "in_hours": {"en": "Hours", "fr": "Heures"},
    "posts": {"en": "Vacancies", "fr": "Postes vacants"},
    "pay": {"en": "Median wage", "fr": "Salaire médian"},
    "next": {"en": "Take next", "fr": "À suivre d'abord"},
    "within_reach": {"en": "Roles within reach, by what you already cover of them",
                     "fr": "Rôles à votre portée, selon ce que vous en couvrez déjà"},
    "none_within_reach": {"en": "No role asks for what you have.", "fr": "Aucun rôle ne demande ce que vous avez."},
    "for_details": {"en": "For the reasons, give one of them as --goal.",
                    "fr": "Pour les raisons, donnez l'un d'eux à --goal."},
}  # fmt: skip


def say(word: str, language: Language, *values: object, **named: object) -> str:
    """A phrase in a language, with its values; figures as the language writes them."""
    return filled(WORDS[word][language], language, *values, **named)


def print_way(way: Way, language: Language) -> None:
    """A way from one role to another."""
    out.print(plain(f"{way.from_role} → {way.to_role}", "bold"), plain(f"({way.region})"), sep="  ")
    out.print(say("gap", language, gap=way.gap, low=way.gap_low, high=way.gap_high, similarity=way.similarity))
    out.print(say("vacancies", language, _figure(way.vacancies_from, language), _figure(way.vacancies_to, language)))
    change = say("times", language, way.wage_change) if way.wage_change else ""
    wages = (number(wage, language, 2) for wage in (way.wage_from, way.wage_to))
    out.print(say("wage", language, *wages, way.currency) + change)
    if way.suppressed:
        out.print(say("suppressed", language))
    _print_needs("missing", way.missing, language)
    _print_needs("carried", way.carried, language)
    _print_stack(way.stack, language, say("closes", language, 100 * way.gap_closed) if way.stack else "")


def print_advice(advice: Advice, language: Language) -> None:
    """What was recognised; then one role in full, or all that are within reach."""
    _print_recognised(advice.recognised, language)
    if advice.goal != "any":
        for role in advice.roles:
            _print_role(role, language)
    elif not advice.roles:
        out.print("\n" + say("none_within_reach", language))
    else:
        _print_roles(advice.roles, language)


def _print_recognised(recognised: list[Known], language: Language) -> None:
    out.print(Text(say("recognised", language), "bold"))
    table = _table(["skill", "confidence", "text"], language)
    for skill in recognised:
        text = Text(quoted(plain(skill.text).plain, language))
        table.add_row(plain(skill.skill), number(skill.confidence, language, 2), text)
    out.print(table)


def _print_role(role: RoleAdvice, language: Language) -> None:
    out.print()
    out.print(plain(role.role, "bold"), plain(f"({role.role_id}, {role.region})"), sep="  ")
    out.print(say("covers", language, role.coverage, role.coverage_after))
    if role.suppressed:
        out.print(say("suppressed", language))
    else:
        vacancies, wage = _figure(role.vacancies, language), number(role.wage_median, language, 2)
        out.print(say("demand", language, vacancies, wage, role.currency))
    _print_needs("has", role.has, language)
    _print_stack(role.stack, language, "")
    _print_needs("still", [need for need in role.missing if need.has < NEARLY_THERE], language)


def _print_roles(roles: list[RoleAdvice], language: Language) -> None:
    out.print()
    out.print(Text(say("within_reach", language), "bold"))
    table = _table(["role", "covered", "after", "in_hours", "posts", "pay", "next"], language)
    for role in roles:
        first = next((step.credential for step in role.stack), None)
        table.add_row(
            plain(role.role), number(role.coverage, language, 3), number(role.coverage_after, language, 3),
            _figure(role.hours, language), _figure(role.vacancies, language), number(role.wage_median, language, 2),
            plain(first or say("nothing", language)),
        )  # fmt: skip
    out.print(table)
    out.print(say("for_details", language))


def _print_needs(heading: str, needs: list[Need], language: Language) -> None:
    out.print()
    out.print(Text(say(heading, language), "bold"))
    if not needs:
        out.print(say("nothing", language))
        return
    explained = any(need.by for need in needs)
    table = _table(["skill", "importance", "degree", *(["by"] if explained else [])], language)
    for need in needs[:NEEDS_SHOWN]:
        by = [plain(need.by or say("nothing", language))] if explained else []
        figures = number(need.importance, language, 4), number(need.has, language, 2)
        table.add_row(plain(need.skill), *figures, *by)
    out.print(table)
    if len(needs) > NEEDS_SHOWN:
        out.print(say("more", language, len(needs) - NEEDS_SHOWN))


def _print_stack(stack: list[Next], language: Language, remark: str) -> None:
    out.print()
    out.print(Text(say("take", language) + (f" ({remark})" if remark else ""), "bold"))
    if not stack:
        out.print(say("no_stack", language))
    for place, step in enumerate(stack, start=1):
        _print_step(place, step, language)


def _print_step(place: int, step: Next, language: Language) -> None:
    out.print(f"{place}.", plain(step.credential, "bold"), plain(f"({step.credential_id})"))
    cost = say("cost_unknown", language) if step.cost is None else say("cost", language, step.cost, step.cost_currency)
    issuer = plain(step.issuer).plain
    out.print("  ", "; ".join(filter(None, [issuer, _hours(step.hours, language), cost])))
    out.print("  ", say("gain", language, step.gain, step.coverage, place, step.bound))
    for word, told in (
        ("required_by", [step.required_by] if step.required_by else []),
        ("requires", step.requires),
        ("entry", step.entry_requirements),
    ):
        if told:
            out.print("  ", plain(say(word, language, "; ".join(told))))
    for why in step.why[:WHY_SHOWN]:
        out.print("  ", _reason(why, language))
    if len(step.why) > WHY_SHOWN:
        out.print("  ", say("more", language, len(step.why) - WHY_SHOWN))


def _hours(hours: float | None, language: Language) -> str:
    """How long a credential takes, or that it does not say."""
    if hours is None:
        return say("hours_unknown", language)
    one = hours == 1 or (language == "fr" and hours < 2)  # French has the plural from 2 on
    return say("hour" if one else "hours", language, hours)


def _reason(why: Why, language: Language) -> str:
    """What a credential does for a skill, and the sentences of that very skill that say so.

    A credential that only teaches something like the skill does not add it, and what its sentences say is another.
    """
    word = "improves" if not why.new else "adds" if why.itself else "nearer"
    told = say(word, language, plain(why.skill).plain)
    sentences = " / ".join(quoted(plain(sentence).plain, language) for sentence in why.own_sentences)
    return say("since", language, told, sentences) if sentences else told


def _table(columns: list[str], language: Language) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        left = name in ("skill", "text", "by", "role", "next")
        table.add_column(say(name, language), justify="left" if left else "right", overflow="fold")
    return table


def _figure(value: float | None, language: Language) -> str:
    """A figure with the digits that it has; a dash where there is none."""
    return say("nothing", language) if value is None else say("figure", language, value)
