"""Credentials and learning opportunities in CTDL and CTDL-ASN, as the Credential Registry publishes and takes them.

Read are JSON-LD graphs, single nodes and arrays of either, registry envelopes (the decoded resource, or the signed one,
unverified) and the publishing form (`{"Credential": {"Name": ...}}`). Terms: https://credreg.net/ctdl/terms.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.ingest.ctdl_facts import CtdlGraph, draft_credential
from pipeline.ingest.dates import parse_datetime
from pipeline.ingest.drafts import Position, finish
from pipeline.ingest.envelopes import credential_documents, opened
from pipeline.ingest.nodes import Json, Node
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Reason, Record, Rejected

# The classes of https://credreg.net/ctdl/terms that someone can earn or take; CTDL adds subclasses with these endings.
_ENDINGS: Final = ("certificate", "certification", "degree", "diploma", "license", "badge", "credential", "doctorate")
_LEARNING: Final = frozenset(
    {
        "learningopportunityprofile",
        "learningopportunity",
        "learningprogram",
        "course",
        "certificateofcompletion",
        "certificateofparticipation",
        "generaleducationdevelopment",
    }
)
# Given to organisations and programmes; wrappers of other vocabularies.
_NOT_EARNED: Final = frozenset(
    {"qualityassurancecredential", "verifiablecredential", "openbadgecredential", "achievementcredential"}
    | {"clrcredential", "endorsementcredential", "europeandigitalcredential", "envelopedverifiablecredential"}
)
Item = tuple[str, Json]  # position and value
_PUBLISHED: Final = ("Credential", "LearningOpportunity", "LearningProgram", "Course")


def read_ctdl(path: Path, context: ReadContext) -> Iterator[Record]:
    """Reads the credentials and learning opportunities of one CTDL file.

    Args:
        path: JSON or JSON Lines.
        context: the source's name, the default language and the limits.

    Yields:
        A `Credential` for each credential or learning opportunity that has an identifier; its id is its CTID where it
        has one. A `Rejected` for one without a name or text, or in neither language. Organisations, competencies,
        conditions and the like are context and make no record; a document of these alone is one `Rejected`.
    """
    together: list[Item] = []
    for document in credential_documents(path, context, keep_envelopes=True):
        if isinstance(document, Rejected):
            yield document
        elif document[0].startswith("$"):
            together.append(document)  # the elements of an array are nodes of one document
        else:
            yield from _read([document], path, context)
    if together:
        yield from _read(together, path, context)


def is_earned(node: Node) -> bool:
    """Whether a node is of a class that a learner can earn or take."""
    return any(t in _LEARNING or (t.endswith(_ENDINGS) and t not in _NOT_EARNED) for t in node.types)


def _read(items: list[Item], path: Path, context: ReadContext) -> Iterator[Record]:
    """The records of one document: the credentials in it that have an identifier, else its one rejection."""
    nodes = [node for position, value in items for node in _nodes(position, value)]
    graph = CtdlGraph([node for _, node, _ in nodes])
    earned = [(where, node, changed) for where, node, changed in nodes if is_earned(node)]
    named = [each for each in earned if graph.identifier(each[1]) is not None]
    for where, node, changed in named or earned:
        draft = draft_credential(node, graph, sole=len(named) == 1)
        draft.modified_at = draft.modified_at or changed
        yield finish(draft, Position(context.source, path.name, where, dict(node.raw)), context)
    if not earned:
        kinds = ", ".join(dict.fromkeys(t for _, node, _ in nodes for t in node.types)) or "no known type"
        detail = f"The document holds no credential and no learning opportunity ({kinds[:120]})."
        position, value = items[0] if len(items) == 1 else ("$", [value for _, value in items])
        yield Position(context.source, path.name, position, value).rejected(Reason.WRONG_TYPE, detail)


def _nodes(position: str, value: Json) -> Iterator[tuple[str, Node, datetime | None]]:
    """The nodes of an element with their positions, and when the registry last changed them."""
    content, changed = opened(value), _changed(value)
    if not isinstance(content, dict):
        return
    graph = content.get("@graph")
    if isinstance(graph, list):
        for number, node in enumerate(graph):
            if isinstance(node, dict):
                yield f"{position}.@graph[{number}]", Node(node), changed
        return
    form = next((name for name in _PUBLISHED if isinstance(content.get(name), dict)), None)
    yield position, _published(content, form) if form else Node(content), changed


def _published(content: dict[str, Json], form: str) -> Node:
    """The resource in the publishing form: its class in `CredentialType`, its language in `DefaultLanguage`."""
    held = content[form]
    resource = dict(held) if isinstance(held, dict) else {}
    kind = resource.pop("CredentialType", None) or form
    resource.pop("Type", None)
    resource["@type"] = f"ceterms:{str(kind).rpartition(':')[2]}"
    language = content.get("DefaultLanguage")
    if isinstance(language, str):
        resource["@language"] = language
    return Node(resource)


def _changed(item: Json) -> datetime | None:
    """When a registry's envelope says that it was last updated."""
    if not isinstance(item, dict):
        return None
    headers = item.get("node_headers")
    held = headers.get("updated_at") if isinstance(headers, dict) else item.get("updated_at")
    return parse_datetime(held)
