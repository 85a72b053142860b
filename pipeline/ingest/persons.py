"""Keeps the person who earned a credential out of records and out of quarantine: the achievement is what is described.

What identifies someone is found in the document's subject or recipient; no text that holds it enters a record, and the
raw content that a rejection keeps is shortened to what was achieved. The file as received stays where it landed.
"""

from __future__ import annotations

import re
from typing import Final

from pipeline.ingest.nodes import Json, Node, local_name

_DEEPEST: Final = 60
# What is kept of a credential's subject. Everything else there is about the person.
_OF_SUBJECT: Final = frozenset({"type", "achievement", "hasclaim", "verifiablecredential", "association"})
_OF_PERSON: Final = frozenset(
    {
        *("recipient", "evidence", "result", "grade", "proof", "image", "logo"),
        *("person", "communication", "contactpoint", "dateofbirth", "nationalid"),
        *("givenname", "familyname", "fullname"),
    }
)
_OF_AWARD: Final = frozenset({"name", "description", "displayparameter"})  # of a credential: "Diploma of Ana Andromeda"
_MAILBOX: Final = re.compile(
    r"(?:mailto:)?[^\s@\"<>/]{1,64}@[^\s@\"<>/.]{1,64}(?:\.[^\s@\"<>/.]{1,64}){1,6}", re.IGNORECASE
)


def is_mailbox(identifier: str | None) -> bool:
    """Whether an identifier is an e-mail address."""
    return identifier is not None and _MAILBOX.fullmatch(identifier.strip()) is not None


def earner_names(earner: Node | None) -> list[str]:
    """What identifies a credential's subject or recipient: full names, and addresses that are not hashed."""
    if earner is None:
        return []
    names: list[str] = []
    for holder in (earner, *earner.nodes("profile"), *earner.nodes("person"), *earner.nodes("identifier")):
        for name in ("fullName", "formattedName", "name"):
            names.extend(each.text for each in holder.texts(name))
        given, family = holder.text("givenName"), holder.text("familyName")
        if given and family:
            names.extend((f"{given} {family}", f"{family} {given}", f"{family}, {given}"))
        for name in ("identity", "identityHash", "email"):
            names.extend(each for each in holder.references(name) if is_mailbox(each))
    return names


def without_person(value: Json, depth: int = 0) -> Json:
    """A document without the person whom it was given to: subjects keep their achievements only.

    Recipients, results, evidence, proofs, images, names and e-mail addresses go, and so does whatever is nested more
    than 60 levels deep.
    """
    if depth > _DEEPEST:
        return None
    if isinstance(value, str):
        return _MAILBOX.sub("[address removed]", value) if "@" in value else value
    if isinstance(value, list):
        return [without_person(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    is_award = any(local_name(key) == "credentialsubject" for key in value)
    kept: dict[str, Json] = {}
    for key, each in value.items():
        name = local_name(key)
        if name not in _OF_PERSON and not (is_award and name in _OF_AWARD):
            kept[key] = without_person(_subjects(each) if name == "credentialsubject" else each, depth + 1)
    return kept


def _subjects(value: Json) -> Json:
    subjects = value if isinstance(value, list) else [value]
    return [
        {key: held for key, held in subject.items() if local_name(key) in _OF_SUBJECT}
        for subject in subjects
        if isinstance(subject, dict)
    ]
