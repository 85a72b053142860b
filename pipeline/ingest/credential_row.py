"""One mapped row of a table of courses or credentials as a `Credential`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from pipeline.ingest.dates import parse_date, parse_datetime
from pipeline.ingest.delivery import delivery_of_text
from pipeline.ingest.drafts import Draft, finish, place_draft, stated
from pipeline.ingest.durations import parse_hours
from pipeline.ingest.mapping import Mapping
from pipeline.ingest.money import parse_currency, to_number
from pipeline.ingest.nodes import Said
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Credential, Rejected
from pipeline.ingest.rows import Row
from pipeline.ingest.text import folded

_AMOUNT: Final = re.compile(r"\d{1,3}(?:[ ,.'  ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)")
_NO_COST: Final = r"\b(?:free|gratuite?s?|sans frais|no (?:cost|fee|charge)|aucuns? frais)\b"
_FREE: Final = re.compile(_NO_COST, re.IGNORECASE)
# What is free for some or for a while has a cost that the text does not state: "free for members", "7-day free trial".
_ON_CONDITION: Final = re.compile(
    r"\b(?:members?(?:hips?)?|membres?|adherente?s?|residents?|subscri[a-z]{1,9}|abonn[a-z]{1,6}|trial|essai)\b"
    rf"|{_NO_COST}(?: of charge| access)? (?:for|pour) "
    r"(?!(?:all|tous|toutes|every(?:one|body)|anyone|tout le monde|the (?:general )?public|le (?:grand )?public)\b)"
)
_DAYS: Final = re.compile(r"\d+[ -](?:days?|weeks?|months?|jours?|semaines?|mois)\b", re.IGNORECASE)
_MOST_COST: Final = 1_000_000.0


def credential_from_row(row: Row, mapping: Mapping, context: ReadContext) -> Credential | Rejected:
    """The credential that a row describes, in one language or in both.

    Args:
        row: one record of the source. Hours come from `hours`, else `duration`, else `weeks` multiplied by `effort`
            (see `durations.py`); cost from free text or a number ("$49 USD", "1 150 $", "Gratuit" is 0, "free for
            members" states none).
        mapping: names the source and its language; texts of columns without a language of their own are detected.
        context: the default language and the limits; the source's name is the mapping's.

    Returns:
        The credential, or the row's rejection: without an id, a title, or a further text, or in neither language.
    """
    draft = Draft(
        source_id=row.line("source_id"),
        language=row.line("language") or mapping.source.language,
        issuer=stated(row.text("issuer")),
        credential_type=stated(row.text("credential_type")),
        delivery_mode=delivery_of_text(row.line("delivery_mode")),
        delivery_stated=stated(row.text("delivery_mode")),
        assessment=stated(row.text("assessment")),
        stackable_into=list(row.list("stackable_into")),
        prerequisites=list(row.list("prerequisites")),
        recognition=stated(row.text("recognition")),
        level=stated(row.text("level")),
        valid_from=parse_date(row.field("valid_from"), mapping.source.date_order),
        valid_until=parse_date(row.field("valid_until"), mapping.source.date_order),
        modified_at=parse_datetime(row.field("modified_at")),
        url=row.line("url"),
    )
    _add_texts(draft, row)
    _add_hours(draft, row)
    _add_cost(draft, row)
    place_draft(draft, [(row.line("country"), row.line("region"))])
    return finish(draft, row, replace(context, source=mapping.source.name))


def _add_texts(draft: Draft, row: Row) -> None:
    """Titles, parts and skills; columns that end in _en or _fr are in that language, others in the row's."""
    for column, language in (("title_en", "en"), ("title_fr", "fr"), ("title", None)):
        text = row.line(column)
        if text:
            draft.titles.append(Said(text, language))
    for english, french in zip(row.parts("en"), row.parts("fr"), strict=True):
        declared = english.language if english.language == french.language else None
        draft.parts.append((english.name, Said(english.text, declared)))
    for label in row.list("skills"):
        is_address = label.startswith(("http://", "https://"))
        draft.skills.append((None, label) if is_address else (Said(label), None))


def _add_hours(draft: Draft, row: Row) -> None:
    hours, duration, weeks, effort = (row.line(name) for name in ("hours", "duration", "weeks", "effort"))
    if effort and to_number(effort) is not None:
        effort = f"{effort} hours per week"
    length = f"{weeks} weeks" if weeks and to_number(weeks) is not None else weeks
    number = to_number(hours) if hours else None
    draft.hours = (
        (number if number and number > 0 else None)
        or parse_hours(hours)
        or parse_hours(duration, effort)
        or parse_hours(length, effort)
    )
    draft.hours_stated = stated(hours, duration, length, effort)


def _add_cost(draft: Draft, row: Row) -> None:
    text = row.line("cost")
    if not text:
        return
    is_free = _FREE.search(text) is not None
    amount = _AMOUNT.search(_DAYS.sub(" ", text) if is_free else text)
    unconditional = is_free and not _ON_CONDITION.search(folded(text))
    cost = to_number(amount[0]) if amount else 0.0 if unconditional else None
    if cost is not None and 0 <= cost <= _MOST_COST:
        draft.cost = cost
        draft.cost_currency = parse_currency(text) or parse_currency(row.line("cost_currency") or "")
