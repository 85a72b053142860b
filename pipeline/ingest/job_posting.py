"""Readers of job postings: rows seen through a mapping, and schema.org JobPosting as JSON-LD.

Both fill a `PostingDraft` and let `finish` decide. What a source does not say stays None.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.ingest.dates import parse_date, parse_datetime
from pipeline.ingest.demands import parse_education, parse_experience
from pipeline.ingest.jsonld import find_nodes, load_documents, types_of
from pipeline.ingest.lines import MAX_KEPT_CHARACTERS, file_problem, rejecter
from pipeline.ingest.mapping import Mapping
from pipeline.ingest.money import Wage, hourly_wage, parse_currency, parse_unit, parse_wage, to_number
from pipeline.ingest.nodes import Json, Node, Said, listed, said
from pipeline.ingest.places import Place, resolve_place
from pipeline.ingest.posting_draft import (
    PostingDraft,
    Text,
    count,
    finish,
    labels,
    occupation,
    one_line,
    web_address,
)
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Education, Language, PartName, Posting, Reason, Rejected
from pipeline.ingest.rows import Row, as_json
from pipeline.ingest.text import language_code, plain_text, supported_language
from pipeline.ingest.worktime import hours_beside_wage, parse_weekly_hours

# --- Rows -----------------------------------------------------------------------------------------------------------


def posting_from_row(row: Row, mapping: Mapping, context: ReadContext) -> Posting | Rejected:
    """The posting that a mapped row holds, or its rejection.

    Args:
        row: a row that `read_rows` gave.
        mapping: the mapping that it was read with.
        context: `default_language` settles what is too short to tell.
    """
    url = web_address(row.line("url"))
    source_id = row.line("source_id") or url
    place = resolve_place(*(row.line(name) for name in ("country", "region", "locality", "postal_code", "place")))
    order = mapping.source.date_order
    education = row.text("education")
    months = to_number(row.field("experience_months"))
    draft = PostingDraft(
        source=mapping.source.name,
        source_id=source_id,
        title=row.line("title"),
        texts=list(row.texts()),
        declared_language=row.line("language") or mapping.source.language,
        skills=labels(row.list("skills")),
        employer=row.line("employer"),
        place=place,
        occupation=_row_code(row, "occupation"),
        industry=_row_code(row, "industry"),
        posted_on=parse_date(row.field("posted_on"), order),
        expires_on=parse_date(row.field("expires_on"), order),
        modified_at=parse_datetime(row.field("modified_at")),
        vacancies=count(row.field("vacancies")),
        wage=_row_wage(row),
        hours_per_week=_weekly_hours(row),
        education=parse_education(education, place.country) if education else None,
        experience_months=parse_experience(months if months is not None else row.text("experience")),
        url=url,
    )
    return finish(draft, context, lambda reason, detail: row.rejected(reason, detail, source_id))


def _row_code(row: Row, kind: str) -> tuple[str | None, str | None]:
    """Code and scheme of an occupation or an industry."""
    code, scheme = row.line(f"{kind}_code"), row.line(f"{kind}_scheme")
    if not code:
        return None, None
    return (occupation(code, scheme) if kind == "occupation" else None) or (code, scheme)


def _weekly_hours(row: Row) -> float | None:
    """Hours a week of a row: of a number alone, the column says what it is, however few they are."""
    said = row.field("hours_per_week")
    number = to_number(said)
    wage = row.field("wage")
    beside = hours_beside_wage(wage) if isinstance(wage, str) else None
    return parse_weekly_hours(said if number is None else number) or beside


def _row_wage(row: Row) -> Wage:
    """The wage of a row: its two ends where it has them, else its text."""
    unit, currency = row.line("wage_unit"), row.line("wage_currency")
    weekly_hours = _weekly_hours(row) or to_number(row.field("full_time_hours"))
    low, high = to_number(row.field("wage_low")), to_number(row.field("wage_high"))
    value = row.field("wage")
    if low is None and high is None:
        if isinstance(value, dict):
            return parse_wage(value, unit, currency, weekly_hours)
        text = row.line("wage")
        return parse_wage(text, unit, currency, weekly_hours) if text else Wage()
    code = parse_currency(currency) if currency else None
    stated = row.line("wage") or " ".join(filter(None, (row.line("wage_low"), row.line("wage_high"), currency, unit)))
    known = parse_unit(unit) if unit else None
    return hourly_wage(low, high, None, code, default_unit=known, weekly_hours=weekly_hours, stated=stated)


# --- schema.org JobPosting ------------------------------------------------------------------------------------------

# Which properties make which part; several properties of one part become its paragraphs, in this order.
_PARTS: Final[tuple[tuple[PartName, tuple[str, ...]], ...]] = (
    ("description", ("description", "employerOverview")),
    ("responsibility", ("responsibilities",)),
    ("requirement", ("qualifications", "experienceRequirements", "educationRequirements")),
    ("requirement", ("securityClearanceRequirement", "physicalRequirement", "sensoryRequirement")),
    ("benefit", ("jobBenefits", "incentiveCompensation")),
)
_LONGEST_SKILL: Final = 60  # characters; a longer text under "skills" is prose, not a list
_URI: Final = re.compile(r"https?://\S+")


def read_job_postings(path: Path, context: ReadContext) -> Iterator[Posting | Rejected]:
    """The schema.org job postings of a file.

    Args:
        path: JSON-LD in any form that `load_documents` reads; postings may stand alone, in arrays, in a `@graph` or
            within other nodes, and call themselves "JobPosting" with any prefix.
        context: names the source; a posting without identifier, address and `@id` gets an id made from its content.

    Yields:
        A posting or a rejection for each JobPosting, and a rejection for each document that holds none (in an HTML
        page: if none of its scripts holds one). Raises nothing.
    """
    reject = rejecter(path, context.source)
    is_page = False
    without: list[tuple[str, Json]] = []
    found = False
    for item in load_documents(path, context):
        if isinstance(item, Rejected):
            found = True
            yield item
            continue
        position, document = item
        is_page = is_page or position.startswith("script ")
        any_here = False
        for where, node in find_nodes(document, "JobPosting"):
            found = any_here = True
            yield _from_node(Node(node), _position(position, where), path, context)
        if not any_here:
            without.append((position, document))
    if is_page:
        without = [] if found else without[:1]
    elif not found and not without and file_problem(path, context, reject) is None:
        yield reject("file", Reason.WRONG_TYPE, "The file holds no JSON-LD.", "")
    for position, document in without:
        kinds = ", ".join(sorted(types_of(document))) if isinstance(document, dict) else ""
        detail = f"There is no JobPosting here{f'; the type is {kinds}' if kinds else ''}."
        yield reject(position, Reason.WRONG_TYPE, detail, as_json(document)[:MAX_KEPT_CHARACTERS])


def _position(document: str, where: str) -> str:
    return f"{document}{where}" if document.startswith("$") or not where else f"{document} ${where}"


def _from_node(node: Node, position: str, path: Path, context: ReadContext) -> Posting | Rejected:
    raw = as_json(node.raw)
    reject = rejecter(path, context.source)
    if len(raw) > context.max_record_bytes:
        detail = f"The posting has more than {context.max_record_bytes:,} bytes."
        return reject(position, Reason.TOO_LARGE, detail, raw[:MAX_KEPT_CHARACTERS])
    draft = _draft(node, context)

    def refuse(reason: Reason, detail: str) -> Rejected:
        return Rejected(context.source, path.name, position, reason, detail, raw, draft.source_id)

    return finish(draft, context, refuse)


def _draft(node: Node, context: ReadContext) -> PostingDraft:
    declared = node.text("inLanguage") or _name(node, "inLanguage") or node.language
    place = _place(node)
    url = web_address(node.string("url", "sameAs")) or web_address(node.id)
    title = one_line(plain_text(_in_language(node, declared, "title", "name") or ""))
    employer = one_line(plain_text(_name(node, "hiringOrganization") or node.text("hiringOrganization") or ""))
    texts, skills = _texts(node), _skills(node)
    if isinstance(skills, str):
        texts.append(("requirement", skills, None))
    draft = PostingDraft(
        source=context.source,
        source_id=_identifier(node) or url or node.id,
        title=title,
        texts=texts,
        declared_language=declared,
        skills=skills if isinstance(skills, list) else [],
        employer=employer,
        place=place,
        occupation=_occupation(node) or (None, None),
        industry=_industry(node),
        posted_on=parse_date(node.get("datePosted")),
        expires_on=parse_date(node.get("validThrough")),
        modified_at=parse_datetime(node.get("dateModified")),
        vacancies=count(node.get("totalJobOpenings")),
        wage=_wage(node),
        hours_per_week=parse_weekly_hours(node.text("workHours")),
        education=_education(node, place.country),
        experience_months=_experience(node),
        url=url,
    )
    if not draft.source_id and title:
        stated = "\n".join([title, employer or "", str(place), str(draft.posted_on), *(text for _, text, _ in texts)])
        draft.source_id = f"sha256:{hashlib.sha256(stated.encode()).hexdigest()[:24]}"
    return draft


def _in_language(node: Node, language: str | None, *names: str) -> str | None:
    """One text of a property: in the declared language if there is one in it."""
    texts = node.texts(*names)
    wanted = language_code(language) if language else None
    own = [text for text in texts if wanted and text.declared and language_code(text.declared) == wanted]
    return own[0].text if own else node.text(*names)


def _name(node: Node, *names: str) -> str | None:
    """The name of the first object under a property."""
    return next((name for inner in node.nodes(*names) if (name := inner.text("name", "alternateName", "value"))), None)


def _identifier(node: Node) -> str | None:
    """The posting's identifier; one that is unique only within its namer (PropertyValue.name) is given with it."""
    for inner in node.nodes("identifier"):
        value = inner.text("value", "@id")
        if value:
            return one_line(f"{inner.text('name')}:{value}" if inner.has("name") else value)
    return one_line(node.text("identifier"))


def _texts(node: Node) -> list[Text]:
    """The parts of a posting; a property that says the same in both languages gives a part in each."""
    found: dict[tuple[PartName, Language | None], dict[str, None]] = {}
    for part, properties in _PARTS:
        for name in properties:
            for text in _said(node, name):
                plain = plain_text(text.text)
                language = language_code(text.declared) if text.declared else None
                fixed = supported_language(language)
                if plain and (fixed or language is None):
                    found.setdefault((part, fixed), {})[plain] = None
    return [(part, "\n".join(texts), language) for (part, language), texts in found.items()]


def _said(node: Node, name: str) -> Iterator[Said]:
    """The texts of a property, and the descriptions or names of the objects under it."""
    yield from node.texts(name)
    for inner in node.nodes(name):
        yield from said(inner.get("description") or inner.get("name") or inner.get("credentialCategory"))


def _skills(node: Node) -> list[tuple[str, str | None]] | str:
    """Stated skills with their URIs; or the text, where it is prose."""
    found: list[tuple[str, str | None]] = []
    prose: list[str] = []
    for item in listed(node.get("skills")):
        if isinstance(item, dict):
            term = Node(item)
            uri = next((text for text in term.references("id", "url", "sameAs") if _URI.fullmatch(text)), None)
            label = one_line(plain_text(term.text("name", "description") or ""))
            if label:
                found.append((label, uri))
            continue
        for text in said(item):
            plain = plain_text(text.text)
            pieces = [piece.strip(" -\u2022") for piece in re.split(r"[,;\n]", plain)]
            if max(map(len, pieces), default=0) <= _LONGEST_SKILL and not plain.endswith("."):
                found += labels(piece for piece in pieces if piece)
            else:
                prose.append(plain)
    return "\n".join([*prose, *(label for label, _ in found)]) if prose else found


def _place(node: Node) -> Place:
    """What all the locations of a posting agree on."""
    places = [_address(item) for item in listed(node.get("jobLocation"))]
    if not places:
        places = [_address(item) for item in listed(node.get("applicantLocationRequirements"))]
    first = places[0] if places else Place()
    return Place(
        first.country if all(place.country == first.country for place in places) else None,
        first.region if all(place.region == first.region for place in places) else None,
        first.locality if all(place.locality == first.locality for place in places) else None,
    )


def _address(item: Json) -> Place:
    if not isinstance(item, dict):
        return resolve_place(place=item) if isinstance(item, str) else Place()
    place = Node(item)
    address = next(iter(place.nodes("address")), place)
    fields = ("addressCountry", "addressRegion", "addressLocality", "postalCode")
    country, region, locality, postal = (address.text(name) or _name(address, name) for name in fields)
    if "country" in place.types:
        country = country or place.text("name")
    free = place.text("address") or (None if country or region or locality else place.text("name"))
    return resolve_place(country, region, locality, postal, free)


def _wage(node: Node) -> Wage:
    currency = node.text("salaryCurrency")
    hours = parse_weekly_hours(node.text("workHours"))
    for item in listed(node.get("baseSalary")):
        if isinstance(item, dict):
            wage = parse_wage(_local(item), None, currency, hours)
        else:
            wage = parse_wage(next((text.text for text in said(item)), ""), None, currency, hours)
        if wage.stated:
            return wage
    return Wage()


def _local(item: dict[str, Json]) -> dict[str, object]:
    """A MonetaryAmount with its properties under their plain names."""
    node = Node(item)
    value = next(iter(node.nodes("value")), None)
    names = ("value", "minValue", "maxValue", "unitText", "unitCode", "currency")
    local: dict[str, object] = {name: node.get(name) for name in names}
    if value:
        local["value"] = {name: value.get(name) for name in names}
    return local


def _occupation(node: Node) -> tuple[str, str] | None:
    for item in listed(node.get("occupationalCategory")) + listed(node.get("relevantOccupation")):
        if isinstance(item, dict):
            term = Node(item)
            scheme = _code_set(term)
            code = term.text("codeValue", "termCode", "occupationalCategory") or term.id or term.text("name")
            found = occupation(code, scheme) if code else None
        else:
            found = occupation(item) if isinstance(item, str) else None
        if found:
            return found
    return None


def _code_set(term: Node) -> str | None:
    """The name of the classification that a code belongs to."""
    return _name(term, "inCodeSet", "inDefinedTermSet") or term.text("inCodeSet", "inDefinedTermSet")


def _industry(node: Node) -> tuple[str | None, str | None]:
    """A NAICS code, where one is stated as such."""
    for item in node.nodes("industry"):
        scheme = (
            _name(item, "inCodeSet", "inDefinedTermSet") or item.text("inCodeSet", "inDefinedTermSet") or ""
        ).casefold()
        code = item.text("codeValue", "termCode")
        if code and ("naics" in scheme or "scian" in scheme):
            return one_line(code), "naics"
    return None, None


def _education(node: Node, country: str | None) -> Education | None:
    texts = [text.text for text in node.texts("educationRequirements")]
    for inner in node.nodes("educationRequirements"):
        texts += [text.text for text in inner.texts("credentialCategory", "educationalLevel", "name", "description")]
    stated = "\n".join(plain_text(text) for text in texts)
    return parse_education(stated, country) if stated else None


def _experience(node: Node) -> int | None:
    for item in listed(node.get("experienceRequirements")):
        if isinstance(item, dict):
            inner = Node(item)
            months, text = inner.number("monthsOfExperience"), inner.text("description", "name")
        else:
            months, text = None, next((text.text for text in said(item)), None)
        found = parse_experience(months if months is not None else plain_text(text or ""))
        if found is not None:
            return found
    return None
