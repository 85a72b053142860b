"""One achievement of Open Badges 2.0 or 3.0 as a draft: what it is called, attests, and asks of its earner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pipeline.ingest.clr import ClrLinks
from pipeline.ingest.delivery import delivery_in_prose
from pipeline.ingest.drafts import Draft, place_draft, stated
from pipeline.ingest.durations import hours_in_prose
from pipeline.ingest.envelopes import Beside
from pipeline.ingest.nodes import Json, Node, Said, listed, local_name, one_of
from pipeline.ingest.persons import earner_names, is_mailbox

# What an alignment may point at that is not something one learns: a credential, a part of a rubric.
_NOT_SKILLS: Final = frozenset({"ctdl", "credential", "cfrubric", "cfrubriccriterion", "cfrubriccriterionlevel"})
_MARKDOWN: Final = (
    (re.compile(r"!?\[([^\[\]\n]{0,500})\]\([^()\s]{0,500}\)"), r"\1"),
    (re.compile(r"^[ ]{0,3}(?:#{1,6}[ ]+|>[ ]?)", re.MULTILINE), ""),
    (re.compile(r"^[ ]*(?:```|~~~).*$|^[ ]*(?:[-*_][ ]*){3,}$", re.MULTILINE), ""),
    (re.compile(r"^([ ]*)[*+][ ]+", re.MULTILINE), r"\1- "),
    (re.compile(r"(\*\*|__|~~|`)(?=\S)([^\n]{1,300}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,300}?)(?<=\S)\*(?![\w*])"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """An achievement in a document: the node, where it stood, and what stands around it."""

    achievement: Node
    position: str
    issuer: Json = None
    earner: Node | None = None
    links: ClrLinks = field(default_factory=ClrLinks)


def draft_achievement(found: Found, beside: Beside) -> Draft:
    """What an achievement says of itself, with its issuer's name and place; nothing of the person who earned it.

    The criteria say what an earner has shown that they can do: they are outcomes, and the evidence of how that is
    assessed. Competences that it is aligned to, and its tags, are stated skills.
    """
    node = found.achievement
    identifier = node.id if node.id and not node.id.startswith("_:") else None
    draft = Draft(
        source_id=identifier,
        language=node.language or node.string("inLanguage"),
        titles=list(node.texts("name")),
        private=earner_names(found.earner),
        credential_type=node.string("achievementType") or _class_name(node),
        hours_stated=_credits(node),
        stackable_into=list(found.links.larger.get(identifier or "", ())),
        prerequisites=list(found.links.before.get(identifier or "", ())),
        recognition=stated(*_endorsers(node)),
        url=_web_page(node),
    )
    draft.add("description", node.texts("description"))
    criteria = _criteria(node, beside)
    draft.add("outcome", criteria)
    draft.assessment = stated(one_of(tuple(criteria)), *_results(node))
    _add_prose(draft, one_of(node.texts("description")), "\n".join(each.text for each in criteria))
    _add_alignments(draft, node)
    draft.skills.extend((label, None) for label in node.texts("tag", "tags"))
    _add_issuer(draft, node.get("creator", "issuer") or found.issuer, beside)
    return draft


def _add_prose(draft: Draft, *texts: str | None) -> None:
    """Effort and mode of delivery from the description and the criteria: badges have no field for either."""
    effort = hours_in_prose(*texts)
    if effort:
        draft.hours, words = effort
        draft.hours_stated = stated(draft.hours_stated, words)
    delivery = delivery_in_prose(*texts)
    if delivery:
        draft.delivery_mode, words = delivery
        draft.delivery_stated = stated(words)


def _class_name(node: Node) -> str | None:
    """The class as the document writes it, without its prefix: "BadgeClass", "Achievement"."""
    names = [item for item in listed(node.get("type")) if isinstance(item, str)]
    known = (name for name in names if local_name(name) in ("badgeclass", "achievement"))
    return next((re.split(r"[:/#]", name)[-1] for name in known), None)


def _credits(node: Node) -> str | None:
    """Credits in the source's words; their system is not named, so they make no hours."""
    credits = node.number("creditsAvailable")
    return f"{credits:g} credits" if credits else None


def _criteria(node: Node, beside: Beside) -> list[Said]:
    """The criteria's narrative (Markdown) as plain text; criteria that are only an address may lie beside the file."""
    texts: list[Said] = []
    for item in listed(node.get("criteria")):
        held = Node(item) if isinstance(item, dict) else beside.find(item if isinstance(item, str) else None)
        if held is not None:
            texts.extend(Said(_from_markdown(each.text), each.declared) for each in held.texts("narrative"))
    return texts


def _results(node: Node) -> Iterator[str]:
    """What is measured: "Final Project Grade (LetterGrade)"."""
    for result in node.nodes("resultDescription"):
        name, kind = result.text("name"), result.string("resultType")
        if name:
            yield f"{name} ({kind})" if kind else name


def _endorsers(node: Node) -> Iterator[str]:
    """Who endorses the achievement itself, by name."""
    for endorsement in node.nodes("endorsement", "endorsements"):
        for issuer in endorsement.nodes("issuer"):
            name = issuer.text("name")
            if name:
                yield f"endorsed by {name}"


def _add_alignments(draft: Draft, node: Node) -> None:
    """Alignments as stated skills, their descriptions as outcomes; alignments to credentials and rubrics are left."""
    for alignment in node.nodes("alignment", "alignments"):
        kind = local_name(alignment.string("targetType") or "")
        if kind in _NOT_SKILLS:
            continue
        address = alignment.string("targetUrl", "url", "targetIri")
        for label in alignment.texts("targetName", "name") or ((None,) if address else ()):
            draft.skills.append((label, address))
        draft.add("outcome", alignment.texts("targetDescription", "description"))


def _add_issuer(draft: Draft, value: Json, beside: Beside) -> None:
    """The issuer's name, country and region; an issuer that is only referred to keeps its address as its name."""
    for item in listed(value):
        if isinstance(item, str):
            profile = beside.find(item) or Node({"id": item})
        elif isinstance(item, dict):
            profile = Node(item)
        else:
            continue
        draft.issuer = stated(profile.text("name")) or (None if is_mailbox(profile.id) else profile.id)
        places = [
            (address.text("addressCountryCode", "addressCountry"), address.text("addressRegion"))
            for address in profile.nodes("address")
        ]
        place_draft(draft, places)
        return


def _web_page(node: Node) -> str | None:
    """A page about the achievement: its criteria's, else the achievement's own address."""
    candidates = (*node.references("criteria"), node.id or "")
    return next((each for each in candidates if re.match(r"https?://", each)), None)


def _from_markdown(text: str) -> str:
    """Markdown as the plain text that a person would read."""
    for pattern, replacement in _MARKDOWN:
        text = pattern.sub(replacement, text)
    return text
