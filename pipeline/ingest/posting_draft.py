"""The last steps that every posting takes, whatever format it came in: language, parts, checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from pipeline.ingest.demands import demands_in_prose
from pipeline.ingest.money import Wage
from pipeline.ingest.places import Place
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import (
    Education,
    Language,
    PartName,
    Posting,
    Reason,
    Rejected,
    StatedSkill,
    TextPart,
)
from pipeline.ingest.text import clean_text, detect_language, folded, language_code, split_languages, supported_language

_MAX_ID: Final = 500
_MAX_LABEL: Final = 300
_MAX_SKILLS: Final = 500
_MAX_VACANCIES: Final = 100_000
_LONG_PART: Final = 200  # characters from which a part may be in another language than its posting

Rejecter = Callable[[Reason, str], Rejected]
Text = tuple[PartName, str, Language | None]  # part, plain text, its language where the source fixes it


@dataclass
class PostingDraft:
    """What a format says of a posting, parsed but not yet checked; texts are plain, the language is not yet known."""

    source: str
    source_id: str | None
    title: str | None
    texts: list[Text]
    declared_language: str | None = None
    skills: list[tuple[str, str | None]] = field(default_factory=list)  # label and URI
    employer: str | None = None
    place: Place = field(default_factory=Place)
    occupation: tuple[str | None, str | None] = (None, None)  # code and scheme
    industry: tuple[str | None, str | None] = (None, None)
    posted_on: date | None = None
    expires_on: date | None = None
    modified_at: datetime | None = None
    vacancies: int | None = None
    wage: Wage = field(default_factory=Wage)
    hours_per_week: float | None = None
    education: Education | None = None
    experience_months: int | None = None
    url: str | None = None


def finish(draft: PostingDraft, context: ReadContext, reject: Rejecter) -> Posting | Rejected:
    """The posting, or why it is none: no title, no id, no text, neither English nor French."""
    if not draft.title:
        return reject(Reason.MISSING_TITLE, "The posting has no title.")
    if not draft.source_id:
        return reject(
            Reason.MISSING_ID, "The posting has neither an id nor an address of its own to be known again by."
        )
    if len(draft.source_id) > _MAX_ID:
        return reject(Reason.INVALID_FIELD, f"The posting's id has more than {_MAX_ID} characters.")
    if not draft.skills and not any(name != "benefit" for name, _, _ in draft.texts):
        return reject(Reason.MISSING_TEXT, "The posting has a title and no text.")
    draft.texts = _by_language(draft.texts)
    found = _language(draft, context)
    language = supported_language(found)
    if language is None:
        told = f"The text is in the language {found!r}" if found else "The text is too short to tell its language"
        return reject(Reason.UNSUPPORTED_LANGUAGE, f"{told}; English and French are read.")
    return _posting(draft, language)


def _by_language(texts: Iterable[Text]) -> list[Text]:
    """The texts, those in both languages split into one of each."""
    found: list[Text] = []
    for name, text, fixed in texts:
        both = {} if fixed else split_languages(text)
        found += [(name, said, language) for language, said in both.items()] or [(name, text, fixed)]
    return found


def _language(draft: PostingDraft, context: ReadContext) -> str | None:
    """The posting's language: that of most of its text."""
    sizes: dict[str, int] = {}
    for _, text, fixed in draft.texts:
        found = fixed or detect_language(text, draft.declared_language)
        if found:
            sizes[found] = sizes.get(found, 0) + len(text)
    if sizes:
        return max(sorted(sizes), key=lambda name: sizes[name])
    short = "\n".join([draft.title or "", *(text for _, text, _ in draft.texts), *(label for label, _ in draft.skills)])
    found = detect_language(short, draft.declared_language)
    return found or (language_code(context.default_language) if context.default_language else None)


def _part_language(text: str, language: Language) -> Language:
    """The language of a text in a posting whose language is known: its own if it is long and clearly the other."""
    if len(text) < _LONG_PART:
        return language
    return supported_language(detect_language(text, language)) or language


def _asked(draft: PostingDraft) -> tuple[Education | None, int | None]:
    """Education and experience: what the source has in fields, else what its requirements say in prose."""
    if draft.education is not None and draft.experience_months is not None:
        return draft.education, draft.experience_months
    prose = "\n".join(text for name, text, _ in draft.texts if name == "requirement")
    education, months = demands_in_prose(prose, draft.place.country)
    return draft.education or education, months if draft.experience_months is None else draft.experience_months


def _posting(draft: PostingDraft, language: Language) -> Posting:
    title = draft.title or ""
    education, experience_months = _asked(draft)
    parts = [TextPart("title", title, language)]
    parts += [TextPart(name, text, fixed or _part_language(text, language)) for name, text, fixed in draft.texts]
    skills = {label: StatedSkill(label, uri, language) for label, uri in reversed(draft.skills[:_MAX_SKILLS])}
    expires = draft.expires_on
    wage = draft.wage
    return Posting(
        source=draft.source,
        source_id=draft.source_id or "",
        title=title,
        language=language,
        parts=tuple(parts),
        skills=tuple(reversed(skills.values())),
        employer=draft.employer,
        country=draft.place.country,
        region=draft.place.region,
        locality=draft.place.locality,
        occupation_code=draft.occupation[0],
        occupation_scheme=draft.occupation[1],
        industry_code=draft.industry[0],
        industry_scheme=draft.industry[1],
        posted_on=draft.posted_on,
        expires_on=None if expires and draft.posted_on and expires < draft.posted_on else expires,
        modified_at=draft.modified_at,
        vacancies=draft.vacancies,
        wage_low=wage.low,
        wage_high=wage.high,
        wage_currency=wage.currency if wage.low is not None or wage.high is not None else None,
        wage_stated=wage.stated,
        hours_per_week=draft.hours_per_week,
        education=education,
        experience_months=experience_months,
        url=draft.url,
    )


# --- Small parsers that both readers need ---------------------------------------------------------------------------

_SCHEMES: Final = (
    ("noc2021", re.compile(r"\b(?:noc|cnp)\b"), re.compile(r"(?<![0-9])[0-9]{5}(?![0-9])")),
    ("isco08", re.compile(r"\b(?:isco|citp)"), re.compile(r"(?<![0-9])[0-9]{1,4}(?![0-9])")),
    ("rome", re.compile(r"\brome\b"), re.compile(r"\b[A-N][0-9]{4}\b")),
    ("onetsoc", re.compile(r"\bo\*?net|\bsoc\b"), re.compile(r"\b[0-9]{2}-[0-9]{4}(?:\.[0-9]{2})?(?![0-9])")),
)
_ONETSOC: Final = _SCHEMES[3][2]
_ESCO_URI: Final = re.compile(r"https?://data\.europa\.eu/esco/(occupation|isco)/C?([0-9a-fA-F.-]+)")


def occupation(text: str, scheme: str | None = None) -> tuple[str, str] | None:
    """Code and scheme of an occupation: "NOC 65200", "15-1132.00 Software Developers", an ESCO or ISCO URI.

    Args:
        text: what the source says.
        scheme: the scheme's name or title where it is said apart from the code ("NOC 2021", "rome").
    """
    uri = _ESCO_URI.search(text)
    if uri:
        return (uri[2], "isco08") if uri[1] == "isco" else (uri.group(), "esco")
    hint = folded(f"{scheme or ''} {text}").replace("2021", "").replace("-08", "")
    stated = re.sub(r"\b(?:NOC|CNP)\s*2021|ISCO-08|CITP-08", " ", text, flags=re.IGNORECASE)
    for name, said, pattern in _SCHEMES:
        if said.search(hint) or name == scheme:
            code = pattern.search(stated)
            if code:
                return code.group(), name
    code = _ONETSOC.search(text)
    return (code.group(), "onetsoc") if code else None


def count(value: object) -> int | None:
    """A number of vacancies: 3, "3 positions"; None where there is none or it is not between 1 and 100,000."""
    if isinstance(value, str):
        match = re.match(r"\s*([0-9]{1,6})(?:\.0+)?\b", value)
        value = int(match[1]) if match else None
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= _MAX_VACANCIES:
        return int(value)
    return None


def web_address(text: str | None) -> str | None:
    """An http or https address without the session id that some job boards leave in it; None for anything else."""
    stated = clean_text(text or "")
    if re.search(r"\s", stated) or not re.match(r"https?://", stated, re.IGNORECASE):
        return None
    try:
        return re.sub(r";jsessionid=[^?#]*", "", stated) if urlsplit(stated).hostname else None
    except ValueError:
        return None


def one_line(text: str | None) -> str | None:
    """Text on one line; None where there is none."""
    return " ".join(clean_text(text).split()) or None if text else None


def labels(texts: Iterable[str]) -> list[tuple[str, str | None]]:
    """Skill labels without URIs; what is too long to be a label is left out."""
    return [(text, None) for text in texts if 1 < len(text) <= _MAX_LABEL]
