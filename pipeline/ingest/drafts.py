"""The way from what a source says of a credential to a `Credential`, or to a `Rejected` that says what is missing.

Every credential reader fills a `Draft` and calls `finish`; the rules on languages, on what a credential must have at
least, and on the people who earned it are here and nowhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from typing import Final, Protocol

import orjson

from pipeline.ingest.nodes import Json, Said
from pipeline.ingest.persons import without_person
from pipeline.ingest.places import country_code, region_code
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import (
    Credential,
    DeliveryMode,
    Language,
    PartName,
    Reason,
    Rejected,
    StatedSkill,
    TextPart,
)
from pipeline.ingest.text import clean_text, detect_language, plain_text

_STATED_LIMIT: Final = 1_000  # characters of the source's own words that a field keeps
_LABEL_LIMIT: Final = 300
_LONGEST_REFERENCE: Final = 1_000
_MOST_REFERENCES: Final = 200
_TELLING: Final = 60  # letters from which an undeclared text is taken on its own, not with the rest of the record
_ESCO: Final = "http://data.europa.eu/esco/"


class Origin(Protocol):
    """What knows where a record came from, and so can reject it: a `Position` in a document, a `Row` of a table."""

    def rejected(self, reason: Reason, detail: str, source_id: str | None = None) -> Rejected:
        """A rejection of the record that stood here."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record of a document stood, and the content that a rejection keeps as JSON.

    Of content that is about a person as well (`personal`), a rejection keeps what was achieved.
    """

    source: str
    file: str
    position: str
    value: Json
    personal: bool = False

    def rejected(self, reason: Reason, detail: str, source_id: str | None = None) -> Rejected:
        """A rejection of the record that stood here."""
        raw = raw_json(without_person(self.value) if self.personal else self.value)
        return Rejected(self.source, self.file, self.position, reason, clean_text(detail), raw, source_id)


@dataclass(slots=True)
class Draft:
    """A credential as its source says it, before languages are settled.

    `language` is what the source declares for all texts that have no language of their own. `private` are strings that
    identify the person who earned it (full names, e-mail addresses): no text that holds one enters the record.
    """

    source_id: str | None = None
    language: str | None = None
    titles: list[Said] = field(default_factory=list)
    parts: list[tuple[PartName, Said]] = field(default_factory=list)
    skills: list[tuple[Said | None, str | None]] = field(default_factory=list)  # label, URI
    private: list[str] = field(default_factory=list)
    issuer: str | None = None
    credential_type: str | None = None
    hours: float | None = None
    hours_stated: str | None = None
    cost: float | None = None
    cost_currency: str | None = None
    delivery_mode: DeliveryMode | None = None
    delivery_stated: str | None = None
    assessment: str | None = None
    stackable_into: list[str] = field(default_factory=list)
    prerequisites: list[str] = field(default_factory=list)
    recognition: str | None = None
    level: str | None = None
    country: str | None = None
    region: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    modified_at: datetime | None = None
    url: str | None = None

    def add(self, name: PartName, texts: Iterable[Said]) -> None:
        """Adds texts as parts of that name."""
        self.parts.extend((name, text) for text in texts)


def finish(draft: Draft, origin: Origin, context: ReadContext) -> Credential | Rejected:
    """The record that a draft makes, with its texts in English and French only.

    A text has the language that the source declares for it, else the one it is detected to be in, else that of the
    record's other texts, else the context's default. Texts in any other language are left out; a record with no title,
    or no further text, in English or French is rejected, and the reason says whether it was ever there.
    """
    draft.source_id = " ".join(clean_text(draft.source_id or "").split())
    if not draft.source_id:
        detail = "The credential has no identifier of its own: it needs one, or an address, to be known again by."
        return origin.rejected(Reason.MISSING_ID, detail)
    if len(draft.source_id) > _LONGEST_REFERENCE:
        detail = f"The credential's identifier has more than {_LONGEST_REFERENCE} characters."
        return origin.rejected(Reason.INVALID_FIELD, detail)
    texts = _Texts(draft, context.default_language)
    titles = texts.titles()
    if not titles:
        return _without_title(draft, origin, texts)
    parts = texts.parts(titles)
    skills = texts.skills(titles)
    if sum(len(part.text) for part in parts) > context.max_record_bytes:
        detail = f"The credential's texts have more than {context.max_record_bytes:,} characters."
        return origin.rejected(Reason.TOO_LARGE, detail, draft.source_id)
    if len(parts) == len(titles) and not skills:
        return _without_text(draft, origin, texts)
    return Credential(
        source=context.source,
        source_id=draft.source_id,
        titles=titles,
        parts=parts,
        skills=skills,
        issuer=texts.field_text(draft.issuer),
        credential_type=texts.field_text(draft.credential_type),
        hours=draft.hours,
        hours_stated=draft.hours_stated,
        cost=draft.cost,
        cost_currency=draft.cost_currency,
        delivery_mode=draft.delivery_mode,
        delivery_stated=draft.delivery_stated,
        assessment=texts.field_text(draft.assessment),
        stackable_into=_references(draft.stackable_into, draft.source_id),
        prerequisites=_references(draft.prerequisites, draft.source_id),
        recognition=texts.field_text(draft.recognition),
        level=texts.field_text(draft.level),
        country=draft.country,
        region=draft.region,
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        modified_at=draft.modified_at,
        url=next(iter(_references([draft.url or ""], "")), None) if _is_web_page(draft.url) else None,
    )


def stated(*words: str | None, separator: str = "; ") -> str | None:
    """The source's own words for a field: cleaned, on one line, each once, at most 1,000 characters; None if none."""
    cleaned = (" ".join(plain_text(each).split()) for each in words if each)
    joined = separator.join(dict.fromkeys(each for each in cleaned if each))
    if len(joined) > _STATED_LIMIT:
        joined = joined[:_STATED_LIMIT].rsplit(" ", 1)[0] + " …"
    return joined or None


def raw_json(value: Json) -> str:
    """Any JSON value as the text that a rejection keeps."""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, ValueError, RecursionError):  # nested deeper than it can be written, or lone surrogates
        return "(content that cannot be written as JSON)"


def place_draft(draft: Draft, places: Sequence[tuple[str | None, str | None]]) -> None:
    """Sets country and region from pairs as a source writes them; what several places disagree on stays None."""
    found = [_codes(country, region) for country, region in places]
    countries, regions = {country for country, _ in found}, {region for _, region in found}
    draft.country = countries.pop() if len(countries) == 1 else None
    draft.region = regions.pop() if len(regions) == 1 and draft.country else None


def _references(values: Iterable[str], own: str) -> tuple[str, ...]:
    """References to other things, cleaned, each once, without the record's own; at most 200."""
    cleaned = (" ".join(clean_text(value[: 2 * _LONGEST_REFERENCE]).split()) for value in values)
    kept = (value for value in cleaned if value and value != own and len(value) <= _LONGEST_REFERENCE)
    return tuple(islice(dict.fromkeys(kept), _MOST_REFERENCES))


def _is_web_page(address: str | None) -> bool:
    return address is not None and re.match(r"https?://[^\s/]", address) is not None


def _codes(country: str | None, region: str | None) -> tuple[str | None, str | None]:
    """ISO codes of a country and a region; a region that only one country has gives the country too."""
    state = country_code(country) if country else None
    code = region_code(region, state) if region else None
    return state or (code[:2] if code else None), code


def _without_title(draft: Draft, origin: Origin, texts: _Texts) -> Rejected:
    if not any(each.text.strip() for each in draft.titles):
        return origin.rejected(Reason.MISSING_TITLE, "The credential has no name.", draft.source_id)
    detail = "The credential's name is neither in English nor in French."
    if texts.fallback is None:
        detail = "The credential says too little to tell its language, and neither it nor the source declares one."
    return origin.rejected(Reason.UNSUPPORTED_LANGUAGE, detail, draft.source_id)


def _without_text(draft: Draft, origin: Origin, texts: _Texts) -> Rejected:
    if texts.foreign():
        detail = "The credential's description is neither in English nor in French."
        return origin.rejected(Reason.UNSUPPORTED_LANGUAGE, detail, draft.source_id)
    detail = "The credential has a name and nothing that says what it is about."
    return origin.rejected(Reason.MISSING_TEXT, detail, draft.source_id)


class _Texts:
    """Settles the language of each of a draft's texts and leaves out what may not enter the record."""

    def __init__(self, draft: Draft, default: str | None) -> None:
        self._draft = draft
        self._default = default
        self._private = [each.casefold() for each in draft.private if len(each.strip()) > 2]

    def titles(self) -> dict[Language, str]:
        titles: dict[Language, str] = {}
        for each in self._draft.titles:
            text, language = self._settled(each)
            if text and language and language not in titles:
                titles[language] = " ".join(text.split())
        return dict(sorted(titles.items()))

    def parts(self, titles: dict[Language, str]) -> tuple[TextPart, ...]:
        """The titles as parts, then every other text once, in the order of the source."""
        parts = [TextPart("title", text, language) for language, text in titles.items()]
        seen: set[tuple[str, Language]] = {(part.text, part.language) for part in parts}
        for name, each in self._draft.parts:
            text, language = self._settled(each)
            if text and language and (text, language) not in seen:
                seen.add((text, language))
                parts.append(TextPart(name, text, language))
        return tuple(parts)

    def foreign(self) -> bool:
        """Whether a part was left out for its language."""
        settled = (self._settled(each) for _, each in self._draft.parts)
        return any(text and language is None for text, language in settled)

    def skills(self, titles: dict[Language, str]) -> tuple[StatedSkill, ...]:
        """Each skill once: by its URI where it has one, else by its label in its language.

        Labels that declare none are taken together to tell their language: platforms tag French courses in English.
        An ESCO skill whose label is in another language keeps its URI, which says the same, in place of the label.
        """
        main: Language = "fr" if "en" not in titles or ("fr" in titles and self.fallback == "fr") else "en"
        undeclared = [each.text for each, _ in self._draft.skills if each and not each.declared]
        together = detect_language(", ".join(undeclared))
        found: dict[tuple[str, str], StatedSkill] = {}
        for each, address in self._draft.skills:
            uri = next(iter(_references([address or ""], "")), None)
            if each and not each.declared and together in ("en", "fr"):
                each = Said(each.text, together)
            label, language = self._settled(each, main) if each else ("", None)
            if uri and not (label and language) and uri.startswith(_ESCO):
                label, language = uri, main
            if label and language:
                label = " ".join(label.split())[:_LABEL_LIMIT]
                key = ("", uri) if uri else (label.casefold(), language)
                found.setdefault(key, StatedSkill(label, uri, language))
        return tuple(found.values())

    def field_text(self, text: str | None) -> str | None:
        """A field's words, cleaned, unless they name the person who earned the credential."""
        return None if text is None or self._names_person(text) else stated(text)

    def _settled(self, each: Said, fallback: str | None = None) -> tuple[str, Language | None]:
        text = plain_text(each.text)
        if not text or self._names_person(text):
            return "", None
        declared = each.declared or self._draft.language
        if declared or sum(map(str.isalpha, text)) >= _TELLING:
            language = detect_language(text, declared) or fallback or self.fallback
        else:
            language = fallback or self.fallback
        return text, "en" if language == "en" else "fr" if language == "fr" else None

    def _names_person(self, text: str) -> bool:
        folded = text.casefold()
        return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", folded) for each in self._private)

    @cached_property
    def fallback(self) -> str | None:
        """The language of texts that are too short to tell: that of all undeclared texts together, else the default."""
        draft = self._draft
        undeclared = (each for each in (*draft.titles, *(text for _, text in draft.parts)) if not each.declared)
        together = "\n".join(plain_text(each.text) for each in undeclared)
        return detect_language(together, draft.language or self._default) or self._default or self._most_declared()

    def _most_declared(self) -> str | None:
        """The language that most of the declared texts are in, for labels that declare none."""
        draft = self._draft
        tags = Counter(t.declared[:2].casefold() for t in (*draft.titles, *(p for _, p in draft.parts)) if t.declared)
        return min(tags, key=lambda tag: (-tags[tag], tag)) if tags else None
