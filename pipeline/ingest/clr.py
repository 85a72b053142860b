"""Comprehensive Learner Record 2.0: a person's achievements in one document, each described once.

Achievements stand in the verifiable credentials of the record and in its own list of achievements; the same one may
stand in both and in several. Associations between them say which counts towards which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pipeline.ingest.envelopes import opened
from pipeline.ingest.nodes import Node, listed

_DEEPEST: Final = 4  # records within records

# Association types of CLR 2.0 by what they say of the source: a part of the target, or the whole that it is part of.
_PART_OF: Final = frozenset({"ischildof", "ispartof"})
_WHOLE_OF: Final = frozenset({"isparentof"})


@dataclass(frozen=True, slots=True)
class ClrLinks:
    """What the associations of one record say, by achievement id."""

    larger: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)


def is_learner_record(node: Node) -> bool:
    """Whether a document is a CLR 2.0 credential."""
    return "clrcredential" in node.types


def members(record: Node, depth: int = 0) -> Iterator[tuple[str, Node]]:
    """The credentials and bare achievements in a record, with their paths from it; records within it are opened."""
    for subject in record.nodes("credentialSubject"):
        for number, item in enumerate(listed(subject.get("verifiableCredential"))):
            path = f".credentialSubject.verifiableCredential[{number}]"
            content = opened(item)
            if not isinstance(content, dict):
                continue
            node = Node(content)
            if is_learner_record(node) and depth < _DEEPEST:
                yield from ((path + deeper, member) for deeper, member in members(node, depth + 1))
            else:
                yield path, node
        for number, achievement in enumerate(subject.nodes("achievement")):
            yield f".credentialSubject.achievement[{number}]", achievement


def links_of(record: Node) -> ClrLinks:
    """What the record's associations say about which achievement counts towards or comes before which."""
    links = ClrLinks()
    for subject in record.nodes("credentialSubject"):
        for association in subject.nodes("association"):
            source, target = association.string("sourceId"), association.string("targetId")
            kind = (association.string("associationType") or "").casefold()
            if not source or not target:
                continue
            if kind in _PART_OF:
                links.larger.setdefault(source, []).append(target)
            elif kind in _WHOLE_OF:
                links.larger.setdefault(target, []).append(source)
            elif kind == "precedes":
                links.before.setdefault(target, []).append(source)
    return links
