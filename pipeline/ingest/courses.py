"""Courses, programmes and credentials that web pages and catalogues describe in schema.org's words.

Read are `Course`, `EducationalOccupationalProgram` and `EducationalOccupationalCredential`, in JSON-LD by itself or in
HTML pages; what stands inside of one (its instances, the credential that it leads to) belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.ingest.dates import parse_date, parse_datetime
from pipeline.ingest.delivery import delivery_of_text
from pipeline.ingest.drafts import Draft, Position, finish, place_draft, stated
from pipeline.ingest.durations import HOURS_PER_CEU, HOURS_PER_ECTS_CREDIT, parse_hours
from pipeline.ingest.jsonld import find_nodes, load_documents
from pipeline.ingest.money import parse_currency
from pipeline.ingest.nodes import Json, Node, Said, listed, one_of
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Record, Rejected

_KINDS: Final = ("Course", "EducationalOccupationalProgram", "EducationalOccupationalCredential")
_CREDIT_HOURS: Final = {"ects": HOURS_PER_ECTS_CREDIT, "ceu": HOURS_PER_CEU}


def read_courses(path: Path, context: ReadContext) -> Iterator[Record]:
    """Reads the courses, programmes and credentials of one JSON-LD file or HTML page.

    Yields:
        A `Credential` for each; a `Rejected` for each without an identifier, a name or a text, or in neither language,
        and one for a document with none of them.
    """
    for document in load_documents(path, context):
        if isinstance(document, Rejected):
            yield document
            continue
        position, value = document
        empty = True
        for where, raw in find_nodes(value, *_KINDS):
            empty = False
            place = Position(context.source, path.name, position + where, raw)
            yield finish(_draft(Node(raw)), place, context)
        if empty:
            detail = "The document describes no course, programme or credential."
            yield Position(context.source, path.name, position, value).rejected(Reason.WRONG_TYPE, detail)


def _draft(node: Node) -> Draft:
    """What a node says of a course, its instances and offers included."""
    languages = node.references("inLanguage")
    draft = Draft(
        source_id=_identifier(node),
        language=languages[0] if len(languages) == 1 else None,
        titles=list(node.texts("name")),
        credential_type=_awarded(node) or next((t for t in listed(node.get("type")) if isinstance(t, str)), None),
        level=stated(*_names(node, "educationalLevel")),
        assessment=stated(*_names(node, "assesses"), node.text("credentialCategory")),
        stackable_into=list(node.references("isPartOf")),
        recognition=stated(*(f"recognizedBy: {name}" for name in _names(node, "recognizedBy"))),
        issuer=stated(*_names(node, "provider")) or stated(*_names(node, "creator", "offeredBy")),
        valid_from=parse_date(node.string("validFrom", "datePublished")),
        valid_until=parse_date(node.string("validUntil", "expires")),
        modified_at=parse_datetime(node.string("dateModified")),
        url=node.string("url") or (node.id if (node.id or "").startswith("http") else None),
    )
    draft.add("description", node.texts("description", "abstract"))
    for name in ("coursePrerequisites", "programPrerequisites"):
        conditions = [each for value in listed(node.get(name)) for each in _labels(value)]
        draft.add("requirement", conditions)
        draft.prerequisites.extend(each.text for each in conditions[:1])
    for name in ("teaches", "competencyRequired", "about", "keywords"):
        for value in listed(node.get(name)):
            _add_taught(draft, name, value)
    _add_offer(draft, node)
    _add_effort(draft, node)
    _add_mode(draft, node)
    providers = node.nodes("provider")
    addresses = [address for provider in providers for address in provider.nodes("address")]
    place_draft(draft, [(each.text("addressCountry"), each.text("addressRegion")) for each in addresses])
    return draft


def _identifier(node: Node) -> str | None:
    """The node's id, page, stated identifier or code, in this order."""
    if node.id and not node.id.startswith("_:"):
        return node.id
    values = (value for held in node.nodes("identifier") if (value := held.text("value")))
    return node.string("url") or node.string("identifier") or next(values, None) or node.string("courseCode")


def _awarded(node: Node) -> str | None:
    """The credential that a course leads to."""
    return stated(*_names(node, "educationalCredentialAwarded", "credentialCategory"))


def _labels(value: Json) -> tuple[Said, ...]:
    """The texts of a value that is a text, a defined term, or another object with a name."""
    if isinstance(value, dict):
        node = Node(value)
        return node.texts("name") or node.texts("description", "termCode")
    return (Said(value),) if isinstance(value, str) else ()


def _names(node: Node, *names: str) -> Iterator[str | None]:
    """One label for each value of some properties."""
    for name in names:
        for value in listed(node.get(name)):
            yield one_of(_labels(value))


def _add_taught(draft: Draft, name: str, value: Json) -> None:
    """A statement of what is taught as an outcome, a defined term or a topic as a stated skill."""
    node = Node(value) if isinstance(value, dict) else None
    uri = node.string("url", "id") if node else None
    for label in _labels(value):
        if name == "keywords":
            draft.skills.extend((Said(word, label.declared), None) for word in label.text.split(","))
        elif len(label.text.split()) >= 8:
            draft.parts.append(("outcome", label))
        else:
            draft.skills.append((label, uri))
    if node is not None and name != "about":
        draft.add("outcome", node.texts("description"))


def _add_offer(draft: Draft, node: Node) -> None:
    """The lowest price that is asked."""
    instances = node.nodes("hasCourseInstance")
    for offer in (*node.nodes("offers"), *(offer for each in instances for offer in each.nodes("offers"))):
        price, currency = offer.number("price", "lowPrice"), parse_currency(offer.string("priceCurrency") or "")
        if price is not None and price >= 0 and (draft.cost is None or price < draft.cost):
            draft.cost, draft.cost_currency = price, currency


def _add_effort(draft: Draft, node: Node) -> None:
    """Hours from the time required, the workload of an instance (by its schedule), or credits of a named system."""
    words = [node.string("timeRequired"), node.string("timeToComplete")]
    draft.hours = next((hours for each in words if (hours := parse_hours(each))), None)
    for instance in node.nodes("hasCourseInstance"):
        workload, length = instance.string("courseWorkload"), instance.string("duration")
        for schedule in instance.nodes("courseSchedule"):
            each, count = parse_hours(schedule.string("duration")), schedule.number("repeatCount")
            if each and count:
                draft.hours = draft.hours or each * count
                words.append(f"{schedule.string('duration')} x {count:g}")
        draft.hours = draft.hours or parse_hours(workload, workload) or parse_hours(length, workload)
        words.extend((workload, length))
    for credit in node.nodes("numberOfCredits"):
        amount, unit = credit.number("value"), (credit.string("unitText", "unitCode") or "").casefold()
        factor = next((hours for name, hours in _CREDIT_HOURS.items() if name in unit), None)
        if amount:
            draft.hours = draft.hours or (amount * factor if factor else None)
            words.append(f"{amount:g} credits ({unit})" if unit else f"{amount:g} credits")
    draft.hours_stated = stated(*words)


def _add_mode(draft: Draft, node: Node) -> None:
    """The mode of the instances, if they agree, else of the programme."""
    words = [each for instance in node.nodes("hasCourseInstance") for each in instance.references("courseMode")]
    words.extend(node.references("educationalProgramMode", "courseMode"))
    modes = {mode for each in words if (mode := delivery_of_text(each.rpartition("/")[2]))}
    draft.delivery_mode = modes.pop() if len(modes) == 1 else None
    draft.delivery_stated = stated(*words)
