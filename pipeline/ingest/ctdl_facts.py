"""What a CTDL node says of a credential, with the nodes around it: competencies, organisations, larger credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.ingest.dates import parse_date, parse_datetime
from pipeline.ingest.delivery import delivery_of_codes, delivery_of_text
from pipeline.ingest.drafts import Draft, place_draft, stated
from pipeline.ingest.durations import HOURS_PER_CEU, midpoint, parse_hours
from pipeline.ingest.money import parse_currency
from pipeline.ingest.nodes import Json, Node, Said, listed, local_name, one_of

_CTID: Final = re.compile(r"ce-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SENTENCE: Final = 8  # words from which the name of a competency is a statement and not a label

# "A counts towards B": what A says of B, and what B says of A.
_TOWARDS: Final = ("isPartOf", "isPreparationFor", "isAdvancedStandingFor", "isRequiredFor", "isRecommendedFor")
_FROM: Final = ("hasPart", "preparationFrom", "advancedStandingFrom", "requires", "recommends")
_PARTS: Final = ("isPartOf", "hasPart")  # these name resources; all others hold condition profiles that name them
_TARGETS: Final = ("targetCredential", "targetLearningOpportunity")
_BEFORE: Final = ("preparationFrom", "requires", "entryCondition", "corequisite", "prerequisite")
_RECOGNISED: Final = ("accreditedBy", "approvedBy", "recognizedBy", "regulatedBy")
_NOT_FEES: Final = frozenset(
    {"aggregatecost", "roomorresidency", "roomandboard", "transportation", "personalexpenses", "learningresource"}
)
_HOUR_UNITS: Final = {"clockhour": 1.0, "contacthour": 1.0, "continuingeducationunit": HOURS_PER_CEU}


class CtdlGraph:
    """The nodes of one document, found by whatever a reference to them says."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        """Takes all nodes of a document, in its order."""
        self._by_id: dict[str, Node] = {}
        for node in nodes:
            for key in (node.id, node.string("ctid")):
                if key:
                    self._by_id.setdefault(_canonical(key), node)
        self.competencies = [node for node in nodes if "competency" in node.types]
        self._larger: dict[str, list[str]] = {}
        for node in nodes:
            whole = self.identifier(node)
            for part in self.targets(node, *_FROM) if whole else ():
                self._larger.setdefault(part, []).append(whole or "")

    def identifier(self, node: Node) -> str | None:
        """The CTID in lower case, else the `@id` unless it is a blank node's; None without either."""
        key = node.string("ctid") or node.id
        return None if key is None or key.startswith("_:") else _canonical(key)

    def resolved(self, value: Json) -> Node | None:
        """The node that a value is or refers to, None if it is not in this document."""
        if isinstance(value, dict):
            node = Node(value)
            return self._by_id.get(_canonical(node.string("ctid") or node.id or ""), node)
        return self._by_id.get(_canonical(value)) if isinstance(value, str) else None

    def reference(self, value: Json) -> str | None:
        """How to name what a value refers to: its identifier, else the page or the name of a node without one."""
        node = self.resolved(value)
        if node is not None:
            return self.identifier(node) or node.string("subjectWebpage") or node.text("name")
        return _canonical(value) if isinstance(value, str) and not value.startswith("_:") else None

    def targets(self, node: Node, *names: str) -> list[str]:
        """What some properties refer to: resources, or the target credentials and courses of condition profiles."""
        found: list[str | None] = []
        for name in names:
            for value in listed(node.get(name)):
                inner = Node(value) if isinstance(value, dict) else None
                if inner is None or name in _PARTS or inner.has("ctid"):
                    found.append(self.reference(value))
                else:
                    found.extend(self.reference(t) for target in _TARGETS for t in listed(inner.get(target)))
        return [each for each in found if each]

    def larger(self, identifier: str) -> list[str]:
        """The resources of this document that name this one as a part, a preparation or a requirement of theirs."""
        return self._larger.get(identifier, [])


def draft_credential(node: Node, graph: CtdlGraph, sole: bool) -> Draft:
    """What a node says of a credential or learning opportunity.

    Args:
        node: the credential's node.
        graph: the document that it stands in.
        sole: whether it is the document's only one, so that competencies that nothing refers to are its own.
    """
    identifier = graph.identifier(node)
    draft = Draft(source_id=identifier, language=node.language, titles=list(node.texts("name")))
    draft.credential_type = _class_name(node)
    draft.add("description", node.texts("description"))
    draft.add("assessment", node.texts("assessmentMethodDescription"))
    _add_conditions(draft, node, graph)
    _add_competencies(draft, node, graph, sole)
    _add_duration(draft, node)
    _add_cost(draft, node)
    _add_delivery(draft, node)
    _add_organisations(draft, node, graph)
    place_draft(draft, list(_places(node)))
    draft.level = stated(*(label for _, label in _concepts(node, "audienceLevelType", "educationLevelType")))
    draft.stackable_into = [*graph.targets(node, *_TOWARDS), *(graph.larger(identifier) if identifier else ())]
    draft.prerequisites.extend(graph.targets(node, *_BEFORE))
    draft.valid_from = parse_date(node.string("dateEffective"))
    draft.valid_until = parse_date(node.string("expirationDate"))
    draft.modified_at = parse_datetime(node.string("dateModified"))
    draft.url = node.string("subjectWebpage")
    return draft


def _canonical(reference: str) -> str:
    """A registry's addresses and CTIDs in any case as the CTID; any other reference as it is."""
    ctid = _CTID.search(reference)
    return ctid[0].casefold() if ctid else reference.strip()


def _class_name(node: Node) -> str | None:
    """The class as CTDL writes it: "ceterms:MicroCredential"."""
    return next((item for item in listed(node.get("type")) if isinstance(item, str)), None)


def _concepts(node: Node, *names: str) -> Iterator[tuple[str, str]]:
    """Code and label of the concepts that some properties name, as alignment objects or as bare codes."""
    for name in names:
        for value in listed(node.get(name)):
            if isinstance(value, dict):
                held = Node(value)
                code = held.string("targetNode") or ""
                label = held.text("targetNodeName", "name") or re.split(r"[:/]", code)[-1]
                if code or label:
                    yield code, label
            elif isinstance(value, str):
                yield value, re.split(r"[:/]", value)[-1]


def _add_conditions(draft: Draft, node: Node, graph: CtdlGraph) -> None:
    """What is asked before enrolling or before the credential is given, and how it is assessed."""
    assessed = [label for _, label in _concepts(node, "assessmentMethodType", "scoringMethodType")]
    for name in ("requires", "entryCondition", "prerequisite"):
        for profile in node.nodes(name):
            draft.add("requirement", profile.texts("description"))
            for text in profile.texts("condition"):
                draft.parts.append(("requirement", text))
            condition = stated(*_in_one_language(profile.texts("condition")))
            if condition:
                draft.prerequisites.append(condition)
            for target in listed(profile.get("targetAssessment")):
                assessment = graph.resolved(target)
                if assessment is not None:
                    draft.add("assessment", assessment.texts("description"))
                    assessed.append(assessment.text("name") or "")
                    assessed.extend(label for _, label in _concepts(assessment, "assessmentMethodType"))
                elif isinstance(target, str):
                    assessed.append(_canonical(target))
    draft.assessment = stated(one_of(node.texts("assessmentMethodDescription")), *assessed)


def _in_one_language(texts: Sequence[Said]) -> list[str]:
    """The texts in English if there are any, else those in French, else those in no declared language."""
    for language in ("en", "fr", ""):
        chosen = [each.text for each in texts if (each.declared or "")[:2].casefold() == language]
        if chosen:
            return chosen
    return []


def _add_competencies(draft: Draft, node: Node, graph: CtdlGraph, sole: bool) -> None:
    """Competencies as outcomes and stated skills; subjects and keywords as stated skills."""
    for holder in (node, *_parts_in_document(node, graph)):
        for value in _competency_values(holder):
            _add_competency(draft, value, graph)
    if sole:
        for competency in graph.competencies:
            _add_competency(draft, dict(competency.raw), graph)
    for name in ("subject", "keyword"):
        for value in listed(node.get(name)):
            labels = Node(value).texts("targetNodeName") if isinstance(value, dict) else ()
            draft.skills.extend((label, None) for label in labels)
        draft.skills.extend((label, None) for label in node.texts(name))


def _parts_in_document(node: Node, graph: CtdlGraph) -> Iterator[Node]:
    """The courses and assessments of this document that a credential consists of or requires."""
    for name in ("hasPart", "requires"):
        for value in listed(node.get(name)):
            profile = Node(value) if isinstance(value, dict) else None
            names = ("targetLearningOpportunity", "targetAssessment")
            inner = [t for n in names for t in listed(profile.get(n))] if profile else [value]
            for target in inner:
                found = graph.resolved(target)
                if found is not None and found is not node:
                    yield found


def _competency_values(node: Node) -> Iterator[Json]:
    for name in ("teaches", "assesses", "targetCompetency"):
        yield from listed(node.get(name))
    for profile in node.nodes("requires"):
        yield from listed(profile.get("targetCompetency"))


def _add_competency(draft: Draft, value: Json, graph: CtdlGraph) -> None:
    """One competency: its statement is an outcome, a short name is the label of a skill."""
    held = Node(value) if isinstance(value, dict) else None
    address = held.string("targetNode", "id") if held else value if isinstance(value, str) else None
    found = graph.resolved(address) if address else None
    node = found or held
    if node is None:
        return
    uri = address if address and address.startswith("http") else None
    draft.add("outcome", node.texts("competencyText"))
    draft.add("outcome", node.texts("targetNodeDescription"))
    for label in node.texts("competencyLabel", "targetNodeName"):
        if len(label.text.split()) >= _SENTENCE:
            draft.parts.append(("outcome", label))
        else:
            draft.skills.append((label, uri))


def _add_duration(draft: Draft, node: Node) -> None:
    """Hours from duration profiles (ISO 8601, or units in the publishing form), else from clock hours of credit."""
    found: list[tuple[bool, float]] = []  # of several, one in hours beats one in weeks or years
    words: list[str | None] = []
    for profile in node.nodes("estimatedDuration"):
        exact, low, high = (_iso(profile, name) for name in ("exactDuration", "minimumDuration", "maximumDuration"))
        said = profile.text("description")
        hours = parse_hours(exact or profile.string("timeRequired"))
        hours = hours or midpoint(parse_hours(low), parse_hours(high)) or parse_hours(said)
        words.append(stated(exact if exact else " to ".join(each for each in (low, high) if each), said))
        if hours:
            found.append(("T" in (exact or high or low or ""), hours))
    for value in node.nodes("creditValue") if not found else ():
        amount = value.number("value", "creditUnitValue")
        for code, label in _concepts(value, "creditUnitType"):
            factor = _HOUR_UNITS.get(local_name(code))
            if amount:
                words.append(f"{amount:g} {label}")
                found.extend([(True, amount * factor)] if factor else [])
    draft.hours = max(found)[1] if found else None
    draft.hours_stated = stated(*words)


def _iso(profile: Node, name: str) -> str | None:
    """A duration as ISO 8601, also where the publishing form gives it in units ({"Weeks": 4})."""
    units = next(iter(profile.nodes(name)), None)
    if units is None:
        return profile.string(name)
    days = "".join(f"{n:g}{u[0]}" for u in ("Years", "Months", "Weeks", "Days") if (n := units.number(u)))
    time = "".join(f"{n:g}{u[0]}" for u in ("Hours", "Minutes") if (n := units.number(u)))
    return (f"P{days}" + (f"T{time}" if time else "")) if days or time else None


def _add_cost(draft: Draft, node: Node) -> None:
    """Tuition and fees: for each kind of cost the lowest price (residents'), added up; an aggregate if that is all.

    Costs of living and of books are left out. Prices in a second currency are left out.
    """
    fees: dict[str, float] = {}
    others: list[float] = []
    for profile in node.nodes("estimatedCost"):
        currency = parse_currency(profile.string("currency") or "")
        for item in (profile, *profile.nodes("costItems")):
            price = item.number("price")
            if price is None or price < 0 or (draft.cost_currency or currency) != currency:
                continue
            draft.cost_currency = currency
            kind = next((local_name(code) or label.casefold() for code, label in _concepts(item, "directCostType")), "")
            if kind in _NOT_FEES:
                others.extend([price] if kind == "aggregatecost" else [])
            else:
                fees[kind] = min(price, fees.get(kind, price))
    draft.cost = round(sum(fees.values()), 2) if fees else min(others, default=None)
    if draft.cost is None:
        draft.cost_currency = None


def _add_delivery(draft: Draft, node: Node) -> None:
    concepts = list(_concepts(node, "deliveryType", "learningDeliveryType"))
    description = node.text("deliveryTypeDescription")
    draft.delivery_mode = delivery_of_codes(code for code, _ in concepts) or (
        None if len(concepts) > 1 else delivery_of_text(stated(*(label for _, label in concepts), description))
    )
    draft.delivery_stated = stated(*(label for _, label in concepts), description)


def _add_organisations(draft: Draft, node: Node, graph: CtdlGraph) -> None:
    """Who gives the credential, and who stands behind it; an organisation without a name here keeps its identifier."""
    draft.issuer = stated(*_organisations(node, "ownedBy", graph)) or stated(*_organisations(node, "offeredBy", graph))
    recognition = [f"{name}: {each}" for name in _RECOGNISED for each in _organisations(node, name, graph)]
    for name in ("accreditedIn", "approvedIn", "recognizedIn", "regulatedIn"):
        for assertion in node.nodes(name):
            recognition.extend(f"{name}: {each}" for each in _organisations(assertion, "assertedBy", graph))
    draft.recognition = stated(*recognition)


def _organisations(node: Node, name: str, graph: CtdlGraph) -> Iterator[str]:
    for value in listed(node.get(name)):
        held = graph.resolved(value)
        found = (held.text("name") if held else None) or graph.reference(value)
        if found:
            yield found


def _places(node: Node) -> Iterator[tuple[str | None, str | None]]:
    """Country and region of where the credential is available, and of where it applies."""
    holders = [*node.nodes("availableAt")]
    for jurisdiction in node.nodes("jurisdiction"):
        holders.extend(jurisdiction.nodes("mainJurisdiction"))
    for holder in holders:
        for address in (holder, *holder.nodes("address")):
            country, region = address.text("addressCountry", "country"), address.text("addressRegion", "region")
            if country or region:
                yield country, region
