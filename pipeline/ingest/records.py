"""The records that readers yield: a posting, a credential, or a rejection that says why.

A reader turns one file into a stream of these three and raises nothing for bad data: whatever it cannot read
becomes a `Rejected` with its place and raw content, so that received = accepted + duplicates + quarantined. What is odd
about a file whose records can be read all the same is a `Remark`, which counts as no record.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal

import orjson

Language = Literal["en", "fr"]
Kind = Literal["postings", "credentials"]
OfficialKind = Literal["wages", "outlooks", "vacancies"]
PartName = Literal[
    "title",  # what the posting or credential is called
    "description",  # free text
    "responsibility",  # a posting's duties
    "requirement",  # what a posting asks for, or what a credential asks of those who enrol
    "outcome",  # what a credential teaches
    "assessment",  # how a credential is assessed
    "benefit",  # what a posting offers; kept as evidence, never linked
]
Education = Literal["none", "secondary", "trade", "college", "bachelor", "master", "doctorate"]
DeliveryMode = Literal["online", "in_person", "blended"]


class Reason(StrEnum):
    """Why a record is quarantined. The value is the code that the quarantine table holds."""

    UNREADABLE_FILE = "unreadable_file"  # not the format it claims to be, or not decodable
    MALFORMED_RECORD = "malformed_record"  # the record's syntax is broken (a bad JSON line, a short CSV row)
    WRONG_TYPE = "wrong_type"  # a readable record of a kind that is not asked for
    MISSING_TITLE = "missing_title"
    MISSING_TEXT = "missing_text"  # nothing but a title
    MISSING_ID = "missing_id"
    INVALID_FIELD = "invalid_field"  # a field that cannot be dropped holds something impossible
    UNSUPPORTED_LANGUAGE = "unsupported_language"  # neither English nor French
    TOO_LARGE = "too_large"  # beyond the limits in the settings
    UNKNOWN_FORMAT = "unknown_format"  # no reader and no mapping fits the file
    UNKNOWN_DOCUMENT = "unknown_document"  # a withdrawal of what the lake does not hold
    INCOMPLETE_FEED = "incomplete_feed"  # a full feed that lacks more than can be believed: nothing is withdrawn


@dataclass(frozen=True, slots=True)
class TextPart:
    """One text of a record, in one language: plain text, lines separated by newlines, no mark-up."""

    name: PartName
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class StatedSkill:
    """A skill that the record names itself: an alignment, a tag, a list entry."""

    label: str
    uri: str | None = None
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Posting:
    """A job posting as every reader gives it; what a source does not say is None, never guessed.

    Wages are per hour in `wage_currency`; `wage_stated` keeps the source's own words.
    `region` is an ISO 3166-2 code (CA-AB) where it can be known, `country` ISO 3166-1 alpha-2.
    `experience_months` is the least that is asked; 0 means that none is asked.
    """

    source: str
    source_id: str
    title: str
    language: Language
    parts: tuple[TextPart, ...]
    skills: tuple[StatedSkill, ...] = ()
    employer: str | None = None
    country: str | None = None
    region: str | None = None
    locality: str | None = None
    occupation_code: str | None = None
    occupation_scheme: str | None = None  # noc2021, isco08, esco, onetsoc, rome
    industry_code: str | None = None
    industry_scheme: str | None = None  # naics, naf
    posted_on: date | None = None
    expires_on: date | None = None
    modified_at: datetime | None = None
    vacancies: int | None = None
    wage_low: float | None = None
    wage_high: float | None = None
    wage_currency: str | None = None
    wage_stated: str | None = None
    hours_per_week: float | None = None
    education: Education | None = None
    experience_months: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential as every reader gives it. A credential described in two languages is one record with parts in both.

    `titles` maps a language to the title in it. `hours` is the learner's total effort; `cost` is in `cost_currency`.
    `assessment` and `recognition` keep the source's own words (or codes): the evidence for the definition check.
    """

    source: str
    source_id: str
    titles: dict[Language, str]
    parts: tuple[TextPart, ...]
    skills: tuple[StatedSkill, ...] = ()
    issuer: str | None = None
    credential_type: str | None = None  # as the source says: ceterms:MicroCredential, Badge, Course
    hours: float | None = None
    hours_stated: str | None = None
    cost: float | None = None
    cost_currency: str | None = None
    delivery_mode: DeliveryMode | None = None
    delivery_stated: str | None = None
    assessment: str | None = None
    stackable_into: tuple[str, ...] = ()  # ids or URIs of the larger credentials it counts towards
    prerequisites: tuple[str, ...] = ()
    recognition: str | None = None
    level: str | None = None
    country: str | None = None
    region: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    modified_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read: where it stood, why, and its raw content (so nothing received is lost).

    `position` is a line number, an array index or a JSON path; `detail` is a sentence for a person, in English.
    `source_id` is given where the record has a readable id.
    """

    source: str
    file: str
    position: str
    reason: Reason
    detail: str
    raw: str
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a source takes back: the document's id, and where that stood."""

    doc_id: str
    file: str
    position: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What whoever sent a file should know of it though its records can be read: a sentence, in English."""

    detail: str


Record = Posting | Credential | Rejected | Withdrawal
FIELD_NAMES: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(each.name for each in fields(kind)) for kind in (Posting, Credential, Withdrawal)
}


@dataclass
class Counts:
    """What one ingest received and what became of it: received = accepted + duplicates + quarantined."""

    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    new: int = 0  # of the accepted: not seen before
    changed: int = 0  # of the accepted: a new version of a known document
    unchanged: int = 0  # of the accepted: already in the lake with the same content
    withdrawn: int = 0  # of the accepted: withdrawals of documents that counted until now
    absent: int = 0  # not received: documents withdrawn because their source's full feed no longer has them
    reasons: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, int] = field(default_factory=dict)  # what is odd about files, and about how many

    def reconciles(self) -> bool:
        """Whether nothing received was lost."""
        return (
            self.received == self.accepted + self.duplicates + self.quarantined
            and self.accepted == self.new + self.changed + self.unchanged + self.withdrawn
        )

    def __add__(self, other: Counts) -> Counts:
        """The counts of two ingests together."""
        counted = (f.name for f in fields(Counts) if f.name not in ("reasons", "remarks"))
        return Counts(
            **{name: getattr(self, name) + getattr(other, name) for name in counted},
            reasons=_sums(self.reasons, other.reasons),
            remarks=_sums(self.remarks, other.remarks),
        )

    def news(self) -> int:
        """How many documents the tables now see otherwise than before."""
        return self.new + self.changed + self.withdrawn + self.absent


def _sums(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(one) + Counter(other)).items()))


def content_hash(record: Posting | Credential) -> str:
    """The SHA-256 (64 hexadecimal digits) of everything that the record says, independent of file and order."""
    return hash_of(as_row(record))


def hash_of(said: Mapping[str, object]) -> str:
    """The `content_hash` of a record of which `as_row` gave this."""
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def as_row(record: Posting | Credential) -> dict[str, object]:
    """What `dataclasses.asdict` gives of a record, without a look into every text."""
    said = {name: getattr(record, name) for name in FIELD_NAMES[type(record)]}
    said["parts"] = tuple({"name": p.name, "text": p.text, "language": p.language} for p in record.parts)
    said["skills"] = tuple({"label": s.label, "uri": s.uri, "language": s.language} for s in record.skills)
    return said
