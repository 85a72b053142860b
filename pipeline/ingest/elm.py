"""European Learning Model v3: what a European Digital Credential attests, and learning opportunities and their kinds.

Read are credentials (unsigned, uploaded, or signed; the signature is not checked), graphs, and single learning
opportunities, qualifications, achievement and activity specifications. Of a credential, only what was learned is read:
the person, the results and the credential's own dates are not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.ingest.delivery import delivery_of_codes, delivery_of_text
from pipeline.ingest.drafts import Draft, Position, finish, place_draft, stated
from pipeline.ingest.durations import HOURS_PER_ECTS_CREDIT, parse_hours
from pipeline.ingest.envelopes import credential_documents, opened
from pipeline.ingest.nodes import Json, Node, Said, listed
from pipeline.ingest.persons import earner_names
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Record, Rejected

_CLAIMS: Final = frozenset({"learningachievement", "learningactivity", "learningentitlement", "learningassessment"})
_SPECIFICATIONS: Final = frozenset(
    {"learningopportunity", "qualification", "learningachievementspecification", "learningactivityspecification"}
)
_ECTS: Final = "http://data.europa.eu/snb/education-credit/6fcec5c5af"
_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class _Learned:
    """Something learned or to be learned: the claim or opportunity, its specification, and what it is part of."""

    claim: Node
    specification: Node
    position: str
    credential: Node | None = None
    earner: Node | None = None
    larger: str | None = None


def read_elm(path: Path, context: ReadContext) -> Iterator[Record]:
    """Reads what the credentials and learning opportunities of one European Learning Model file teach.

    Args:
        path: JSON-LD.
        context: the source's name, the default language and the limits.

    Yields:
        A `Credential` for each achievement (or, where a credential attests no achievement, each activity), with those
        that it consists of, and for each opportunity and specification that stands alone. Identifiers that are only
        unique inside a document (`urn:epass:`) are replaced by a hash of awarding body, title and kind. A `Rejected`
        where the name or the text is missing or in neither language, and for a document of another kind.
    """
    for document in credential_documents(path, context):
        if isinstance(document, Rejected):
            yield document
            continue
        position, value = document
        seen: set[str | None] = set()
        for learned in _search(value, position):
            draft = _draft(learned)
            if draft.source_id is None or draft.source_id not in seen:
                content = dict(learned.claim.raw)
                where = Position(context.source, path.name, learned.position, content, personal=True)
                yield finish(draft, where, context)
            seen.add(draft.source_id)
        if not seen:
            detail = "The document attests no achievement and describes no learning opportunity."
            where = Position(context.source, path.name, position, value, personal=True)
            yield where.rejected(Reason.WRONG_TYPE, detail)


def _search(value: Json, position: str) -> Iterator[_Learned]:
    """What is learned in a document: the claims of a credential's subjects, or specifications."""
    for number, item in enumerate(listed(opened(value))):
        where = f"{position}[{number}]" if isinstance(value, list) else position
        if not isinstance(item, dict):
            continue
        node = Node(item)
        if node.has("graph"):
            graph = [Node(each) for each in listed(node.get("graph")) if isinstance(each, dict)]
            yield from (_alone(each, f"{where}.@graph[{n}]") for n, each in enumerate(graph) if _is_specification(each))
        elif _is_specification(node):
            yield _alone(node, where)
        for subject in node.nodes("credentialSubject"):
            yield from _claims(node, subject, f"{where}.credentialSubject")


def _is_specification(node: Node) -> bool:
    return bool(_SPECIFICATIONS & {*node.types})


def _alone(node: Node, position: str) -> _Learned:
    """An opportunity with the specification of what it leads to, or a specification by itself."""
    inner = node.nodes("learningAchievementSpecification", "learningActivitySpecification", "specifiedBy")
    return _Learned(node, inner[0] if inner else node, position)


def _claims(credential: Node, subject: Node, position: str) -> Iterator[_Learned]:
    """The achievements that a subject claims; its activities only if it claims no achievement."""
    claims = [(f"{position}.hasClaim[{n}]", claim) for n, claim in enumerate(subject.nodes("hasClaim"))]
    for kind in ("learningachievement", "learningactivity"):
        chosen = [(where, claim) for where, claim in claims if kind in claim.types]
        for where, claim in chosen:
            yield from _with_parts(_Learned(claim, _specified(claim), where, credential, subject), 0)
        if chosen:
            return


def _specified(claim: Node) -> Node:
    """A claim's specification; the claim itself where it has none."""
    return next(iter(claim.nodes("specifiedBy")), claim)


def _with_parts(learned: _Learned, depth: int) -> Iterator[_Learned]:
    """An achievement, and the achievements that it consists of, each with the larger one that it counts towards."""
    yield learned
    if depth < _DEEPEST:
        larger = _identifier(learned)
        for number, part in enumerate(learned.claim.nodes("hasPart")):
            where = f"{learned.position}.hasPart[{number}]"
            inner = _Learned(part, _specified(part), where, learned.credential, learned.earner, larger)
            yield from _with_parts(inner, depth + 1)


def _identifier(learned: _Learned) -> str | None:
    """The specification's id where it is unique in the world, else a hash of who awards it, its title and its kind."""
    for identifier in (learned.specification.id, learned.claim.id if learned.credential is None else None):
        if identifier and not identifier.startswith(("urn:epass:", "_:", "urn:credential:")):
            return identifier
    body = _awarding_body(learned)
    title = learned.specification.text("title") or learned.claim.text("title")
    if not title:
        return None
    name = (body.text("legalName", "prefLabel", "altLabel") if body else None) or ""
    key = "\n".join((name, title, *sorted(learned.specification.types))).casefold()
    return f"urn:sha256:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _draft(learned: _Learned) -> Draft:
    """What is learned, as a draft; the specification speaks before the claim."""
    claim, specification = learned.claim, learned.specification
    draft = Draft(source_id=_identifier(learned))
    draft.private = earner_names(learned.earner)
    for node in dict.fromkeys((specification, claim)):
        draft.titles.extend(node.texts("title", "prefLabel"))
        draft.add("description", node.texts("description", "definition"))
        draft.add("requirement", _notes(node, "entryRequirement"))
        draft.add("outcome", _notes(node, "learningOutcomeSummary"))
        for outcome in node.nodes("learningOutcome"):
            _add_outcome(draft, outcome)
    for activity in claim.nodes("influencedBy"):
        draft.add("description", activity.texts("description"))
    for thing in claim.nodes("provenBy"):
        draft.add("assessment", _assessment_texts(thing))
    draft.assessment = stated(*(words for thing in claim.nodes("provenBy") for words in _assessed(thing)))
    draft.prerequisites = [each.text for each in _notes(specification, "entryRequirement")][:1]
    draft.stackable_into = [*([learned.larger] if learned.larger else []), *specification.references("isPartOf")]
    draft.credential_type = _kind(learned)
    draft.level = stated(_level(specification, "eqfLevel", "EQF"), _label(specification, "nqfLevel"))
    draft.url = _homepage(specification) or _homepage(claim)
    _add_workload(draft, learned)
    _add_mode(draft, learned)
    _add_issuer(draft, learned)
    return draft


def _notes(node: Node, name: str) -> list[Said]:
    """The texts of notes: `{"noteLiteral": {"en": ...}}`, or texts that stand there directly."""
    held = [each for note in node.nodes(name) for each in note.texts("noteLiteral")]
    return held or list(node.texts(name))


def _add_outcome(draft: Draft, outcome: Node) -> None:
    """A learning outcome: its title and description as text, the skills that it is related to as stated skills."""
    draft.add("outcome", outcome.texts("title", "prefLabel"))
    draft.add("outcome", outcome.texts("description"))
    draft.add("outcome", _notes(outcome, "additionalNote"))
    for skill in (*outcome.nodes("relatedESCOSkill"), *outcome.nodes("relatedSkill")):
        labels: tuple[Said | None, ...] = skill.texts("prefLabel", "title") or (None,)
        draft.skills.extend((label, skill.id) for label in labels)


def _assessment_texts(assessment: Node) -> Iterator[Said]:
    """How an assessment works, by its description and its grading scheme's; never the grade that someone got."""
    for node in dict.fromkeys((_specified(assessment), assessment)):
        yield from node.texts("description")
        for scheme in node.nodes("gradingScheme"):
            yield from scheme.texts("description")


def _assessed(assessment: Node) -> Iterator[str | None]:
    """An assessment's name, kind and mode: "Digital artefact assessment", "artefact assessment", "Online"."""
    specification = _specified(assessment)
    yield specification.text("title") or assessment.text("title")
    yield _label(specification, "dcType", "type")
    yield _label(specification, "mode")


def _label(node: Node, *names: str) -> str | None:
    """The labels of a concept, joined where there are several."""
    return stated(*(concept.text("prefLabel") for name in names for concept in node.nodes(name)), separator=", ")


def _level(node: Node, name: str, framework: str) -> str | None:
    label = _label(node, name)
    return label if not label or framework.casefold() in label.casefold() else f"{framework} {label}"


def _kind(learned: _Learned) -> str | None:
    """What the document calls itself and its kind: "Micro-Credential (Short learning programme)", else its class."""
    display = learned.credential.nodes("displayParameter") if learned.credential else ()
    name = next((title for each in display if (title := each.text("title"))), None)
    kind = _label(learned.specification, "dcType")
    if name and kind:
        return f"{name} ({kind})"
    classes = (item for item in listed(learned.specification.get("type")) if isinstance(item, str))
    return name or kind or next(classes, None)


def _homepage(node: Node) -> str | None:
    """The address of the page about something."""
    for page in node.nodes("homepage", "supplementaryDocument"):
        address = page.string("contentURL", "contentUrl", "id")
        if address and re.match(r"https?://", address):
            return address
    return None


def _add_workload(draft: Draft, learned: _Learned) -> None:
    """Hours from the volume of learning, else from ECTS credits (25 h each: ECTS Users' Guide, 2015)."""
    for node in (learned.specification, learned.claim):
        volume = node.string("volumeOfLearning")
        if volume and not draft.hours:
            draft.hours = parse_hours(volume)
            draft.hours_stated = stated(volume)
    for points in (*learned.specification.nodes("creditPoint"), *learned.claim.nodes("creditReceived")):
        amount, label = points.number("point"), _label(points, "framework")
        if amount is None:
            continue
        if any(concept.id == _ECTS for concept in points.nodes("framework")):
            draft.hours = draft.hours or amount * HOURS_PER_ECTS_CREDIT
            label = label or "ECTS"
        credit = f"{amount:g} credits ({label})" if label else f"{amount:g} credits"
        draft.hours_stated = stated(draft.hours_stated, credit)


def _add_mode(draft: Draft, learned: _Learned) -> None:
    """The mode of learning, of the specification before that of the activities."""
    activities = [_specified(activity) for activity in learned.claim.nodes("influencedBy")]
    for node in (learned.specification, learned.claim, *activities):
        concepts = node.nodes("mode")
        if concepts:
            draft.delivery_stated = _label(node, "mode")
            draft.delivery_mode = delivery_of_codes([concept.id or "" for concept in concepts])
            if draft.delivery_mode is None and len(concepts) == 1:
                draft.delivery_mode = delivery_of_text(draft.delivery_stated)
            return


def _awarding_body(learned: _Learned) -> Node | None:
    """Who awards or provides it: the awarding body, the provider, else the credential's issuer."""
    for node in dict.fromkeys((learned.claim, learned.specification)):
        for process in node.nodes("awardedBy"):
            for body in process.nodes("awardingBody"):
                return body
        for body in node.nodes("providedBy", "awardingOpportunity", "directedBy"):
            return body
    issuers = learned.credential.nodes("issuer") if learned.credential else ()
    return next(iter(issuers), None)


def _add_issuer(draft: Draft, learned: _Learned) -> None:
    """The awarding body's name and country, and its accreditation if it states one."""
    body = _awarding_body(learned)
    if body is None:
        return
    draft.issuer = stated(body.text("legalName", "prefLabel", "altLabel"))
    holders = (*body.nodes("accreditation"), *learned.specification.nodes("accreditation"))
    draft.recognition = stated(*(holder.text("title", "prefLabel") for holder in holders))
    countries = [
        (code.id or "").rpartition("/")[2] or code.text("prefLabel")
        for location in body.nodes("location")
        for address in location.nodes("address")
        for code in address.nodes("countryCode")
    ]
    place_draft(draft, [(country, None) for country in countries])
