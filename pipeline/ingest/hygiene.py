"""The last look at a record before it leaves its reader: nothing in it may hide, deceive or break what comes after.

Readers clean the texts that they know. This is the one place that every field of every format passes, so that a field
which a reader forgot cannot carry a NUL, half of a surrogate pair or a mark that turns the direction of reading.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, TypeAlias

from pipeline.ingest.records import FIELD_NAMES, Credential, Posting, StatedSkill, TextPart, Withdrawal
from pipeline.ingest.text import clean_text

Readable: TypeAlias = Posting | Credential | Withdrawal
HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


def without_hidden(record: Readable) -> Readable:
    """The record with every text in it free of what `HIDDEN` finds; the same object where there is nothing to do."""
    changed = {
        name: clean
        for name in FIELD_NAMES[type(record)]
        if (value := getattr(record, name)) is not None and (clean := _clean(value)) is not value
    }
    return replace(record, **changed) if changed else record  # type: ignore[arg-type]  # each of its field's type


def _clean(value: object) -> object:
    """A field's value with its texts cleaned; the same object where nothing in it was hidden."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple):
        cleaned = tuple(_clean(each) for each in value)
        return cleaned if any(new is not old for new, old in zip(cleaned, value, strict=True)) else value
    if isinstance(value, dict):
        texts = {key: _text(text) for key, text in value.items()}
        return texts if any(texts[key] is not value[key] for key in texts) else value
    if isinstance(value, TextPart) and HIDDEN.search(value.text):
        return replace(value, text=_text(value.text))
    if isinstance(value, StatedSkill) and HIDDEN.search(f"{value.label}{value.uri or ''}"):
        return replace(value, label=_text(value.label), uri=_text(value.uri) if value.uri else None)
    return value


def _text(text: str) -> str:
    return clean_text(text) if HIDDEN.search(text) else text
