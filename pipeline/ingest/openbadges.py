"""Open Badges 2.0 and 3.0, and the achievements in Comprehensive Learner Records (`clr.py`).

A badge is read for the achievement that it describes. Who earned it is left behind: recipients, subjects, results,
evidence and the award's own name, description and dates never enter a record. Signatures, proofs and revocations are
neither checked nor trusted, and nothing is fetched: a badge that is only referred to is looked for beside the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.ingest.achievements import Found, draft_achievement
from pipeline.ingest.clr import is_learner_record, links_of, members
from pipeline.ingest.drafts import Position, finish
from pipeline.ingest.envelopes import Beside, credential_documents, opened
from pipeline.ingest.nodes import Json, Node, listed
from pipeline.ingest.persons import is_mailbox
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Credential, Reason, Record, Rejected

_AWARDS: Final = frozenset({"openbadgecredential", "achievementcredential"})
_DEEPEST: Final = 6  # presentations, records and graphs within each other
_ACHIEVEMENTS: Final = frozenset({"badgeclass", "achievement"})


@dataclass(frozen=True, slots=True)
class _Refused:
    """Something that describes no achievement, and why."""

    value: Json
    position: str
    reason: Reason
    detail: str


def read_open_badges(path: Path, context: ReadContext) -> Iterator[Record]:
    """Reads the achievements of Open Badges 2.0 and 3.0 and of CLR 2.0 from one file.

    Args:
        path: JSON, an array or lines of JSON, a signed token (`.jwt`), or a PNG or SVG image that carries a badge.
        context: the source's name, the default language and the limits.

    Yields:
        A `Credential` for each achievement, once a document; a `Rejected` for each badge without an id, a name or a
        text, for an assertion whose badge is neither in it nor in a file beside it, and for each document of another
        kind (issuer profile, revocation list, endorsement, key). `Rejected.raw` leaves out who earned the badge.
    """
    beside = Beside(path, context.max_record_bytes)
    for document in credential_documents(path, context):
        if isinstance(document, Rejected):
            yield document
            continue
        position, value = document
        names: dict[str, str | None] = {}
        for found in _search(value, position, beside):
            identifier = found.achievement.id if isinstance(found, Found) else None
            if isinstance(found, Found) and identifier is not None:
                name = found.achievement.text("name")
                if identifier in names and name == names[identifier]:
                    continue
                if names.setdefault(identifier, name) != name:
                    detail = f"Another achievement of this document ({names[identifier]}) has the same identifier."
                    found = _Refused(dict(found.achievement.raw), found.position, Reason.INVALID_FIELD, detail)
            yield _record(found, path, context, beside)


def _record(found: Found | _Refused, path: Path, context: ReadContext, beside: Beside) -> Credential | Rejected:
    if isinstance(found, _Refused):
        where = Position(context.source, path.name, found.position, found.value, personal=True)
        return where.rejected(found.reason, found.detail)
    where = Position(context.source, path.name, found.position, dict(found.achievement.raw), personal=True)
    if is_mailbox(found.achievement.id):
        detail = "The achievement's identifier is an e-mail address, which is a person's and not an achievement's."
        return where.rejected(Reason.MISSING_ID, detail)
    return finish(draft_achievement(found, beside), where, context)


def _search(value: Json, position: str, beside: Beside, depth: int = 0) -> Iterator[Found | _Refused]:
    """The achievements in a document, whatever they are wrapped in."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        detail = "The document is not a JSON object." if depth <= _DEEPEST else "The document is wrapped too deeply."
        yield _Refused(value, position, Reason.WRONG_TYPE, detail)
        return
    node = Node(value)
    kinds = set(node.types)
    if is_learner_record(node):
        yield from _in_learner_record(node, position, beside, depth + 1)
    elif kinds & _ACHIEVEMENTS or _is_untyped_badge(node):
        yield Found(node, position)
    elif node.has("badge"):
        yield _in_assertion(node, position, beside)
    elif kinds & _AWARDS or any(subject.has("achievement") for subject in node.nodes("credentialSubject")):
        yield from _in_award(node, position)
    elif node.has("verifiableCredential", "graph"):
        yield from _in_list(node, position, beside, depth + 1)
    else:
        names = ", ".join(sorted(kinds - {"verifiablecredential"})) or "no type"
        detail = f"The document is neither a badge nor an achievement ({names[:120]})."
        yield _Refused(value, position, Reason.WRONG_TYPE, detail)


def _is_untyped_badge(node: Node) -> bool:
    """Open Badges 1.0 classes have no type; these four members make one."""
    return not node.types and all(node.has(name) for name in ("name", "description", "criteria", "issuer"))


def _in_award(award: Node, position: str) -> Iterator[Found | _Refused]:
    """The achievements of an Open Badges 3.0 credential; its own name may name the earner and is not read."""
    found = False
    for subject in award.nodes("credentialSubject"):
        for achievement in subject.nodes("achievement"):
            found = True
            yield Found(achievement, position, award.get("issuer"), earner=subject)
    if not found:
        detail = "The credential describes no achievement: it says that someone was given it, not what it is."
        yield _Refused(dict(award.raw), position, Reason.MISSING_TEXT, detail)


def _in_assertion(assertion: Node, position: str, beside: Beside) -> Found | _Refused:
    """The badge class of an Open Badges 2.0 assertion: in it, or in a file beside it."""
    recipient = next(iter(assertion.nodes("recipient")), None)
    for badge in assertion.nodes("badge"):
        if len(badge.raw) > 1:
            return Found(badge, position, earner=recipient)
    reference = next(iter(assertion.references("badge")), None)
    badge_class = beside.find(reference)
    if badge_class is not None:
        return Found(badge_class, position, earner=recipient)
    detail = (
        f"The assertion only refers to its badge ({reference}), which is not in a file beside it; nothing is fetched."
    )
    return _Refused(dict(assertion.raw), position, Reason.MISSING_TEXT, detail)


def _in_learner_record(record: Node, position: str, beside: Beside, depth: int) -> Iterator[Found | _Refused]:
    """The achievements of a CLR, each with what its associations say; endorsements in it are context."""
    links = links_of(record)
    empty = True
    for path, member in members(record):
        for found in _search(dict(member.raw), position + path, beside, depth):
            if isinstance(found, Found):
                empty = False
                issuer = found.issuer or record.get("issuer")
                yield Found(found.achievement, found.position, issuer, found.earner, links)
            elif found.reason is not Reason.WRONG_TYPE:
                empty = False
                yield found
    if empty:
        detail = "The learner record describes no achievement."
        yield _Refused(dict(record.raw), position, Reason.MISSING_TEXT, detail)


def _in_list(node: Node, position: str, beside: Beside, depth: int) -> Iterator[Found | _Refused]:
    """The badges of a presentation or a graph; its other nodes count only where it holds no badge at all."""
    refused: _Refused | None = None
    empty = True
    name = "verifiableCredential" if node.has("verifiableCredential") else "graph"
    for number, item in enumerate(listed(node.get(name))):
        for found in _search(opened(item), f"{position}.{name}[{number}]", beside, depth):
            if isinstance(found, _Refused) and found.reason is Reason.WRONG_TYPE:
                refused = refused or found
            else:
                empty = False
                yield found
    if empty:
        detail = refused.detail if refused else "The document holds neither a badge nor an achievement."
        yield _Refused(dict(node.raw), position, Reason.WRONG_TYPE, detail)
