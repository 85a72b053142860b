"""Is it a microcredential? Each trait that the definitions share: stated, not stated or contradicted, in which words.

A structured field is believed first; where it is empty, the texts are read for turns of phrase (`wording`). The traits
are those common to OECD (2021, 2023), UNESCO (2022), the EU Council Recommendation 2022/C 243/02 and the Canadian
frameworks (eCampusOntario, 2020; CICan, 2021): see docs/methods.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, cast

import pyarrow as pa

from pipeline.answers.advice import advise
from pipeline.answers.wording import (
    BADGE,
    DENIED,
    OUTCOME,
    PREPARES,
    SAID,
    TRAITS,
    Trait,
    exactly,
    flat,
    words_that_say,
)
from pipeline.ingest import Language, delivery_in_prose, detect_language, hours_in_prose
from pipeline.settings import DefinitionSettings
from pipeline.sql import query
from pipeline.tables import CREDENTIAL_COMPLETENESS, CREDENTIAL_DEFINITION

FOUND: Final = "found"
NOT_STATED: Final = "not_stated"
CONTRADICTED: Final = "contradicted"
PROSE: Final = ("title", "description", "outcome", "requirement")
OUTCOME_PARTS: Final = ("outcome", "stated")

Outcome = Literal["found", "not_stated", "contradicted"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a trait, and the words that say so: an exact stretch of the part or field named."""

    outcome: Outcome
    words: str | None = None
    language: Language | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One text of the record, or a field of it read as a text."""

    name: str
    text: str
    language: Language | None


@dataclass(frozen=True)
class Record:
    """A credential as the check sees it: its fields, its texts, and the sentences in which skills were found."""

    fields: dict[str, object]
    parts: list[Part]
    skills: list[Part]  # one for each skill found: the sentence, its language and the part it stands in

    def text(self, field: str) -> str:
        """A field as text; empty where the source does not say."""
        value = self.fields[field]
        return str(value) if value is not None else ""

    def field(self, name: str) -> Part | None:
        """A field as a part with the language it is in, or None where it is empty."""
        words = self.text(name).strip()
        return Part(name, words, self._language(words)) if words else None

    def _language(self, words: str) -> Language | None:
        spoken = {part.language for part in self.parts}
        if len(spoken) == 1:
            return spoken.pop()
        detected = detect_language(words)
        return cast(Language, detected) if detected in ("en", "fr") else None


def definition_tables(credentials: pa.Table, evidence: pa.Table, settings: DefinitionSettings) -> dict[str, pa.Table]:
    """Checks every credential against the shared traits.

    Args:
        credentials: documents as `DocumentStore.current` gives them.
        evidence: `tables.EVIDENCE`; the rows of credentials say which sentences link to skills.
        settings: bounds of hours and the least number of outcomes.

    Returns:
        `tables.CREDENTIAL_DEFINITION` (a row for each trait) and `tables.CREDENTIAL_COMPLETENESS`, by name.
    """
    skills = _skill_sentences(evidence)
    rows: list[dict[str, object]] = []
    totals: list[dict[str, object]] = []
    for batch in credentials.to_batches(1000):
        for fields in batch.to_pylist():
            identity = str(fields["doc_id"])
            findings = check(_record(fields, skills.get(identity, [])), settings)
            rows.extend(_rows(identity, findings, settings))
            totals.append(_total(identity, findings))
    tables = {CREDENTIAL_DEFINITION: rows, CREDENTIAL_COMPLETENESS: totals}
    return {
        table.name: table.conform(pa.Table.from_pylist(values, schema=table.schema)) for table, values in tables.items()
    }


def check(record: Record, settings: DefinitionSettings) -> dict[Trait, Finding]:
    """The finding for each trait of one credential."""
    return {
        "short": _short(record, settings),
        "skills_based": _skills_based(record, settings),
        "stackable": _stackable(record),
        "issued": _stated(record, "issuer") or _in_prose(record, "issued"),
        "assessed": _assessed(record),
        "recognised": _recognised(record),
        "verifiable": _verifiable(record),
        "delivery_mode": _delivery(record),
    }


def verdict(findings: dict[Trait, Finding]) -> str:
    """`yes`, `no` or `undecided`: whether it is a microcredential by what its record says.

    Short, skills-based and issued are needed, and one of assessed, recognised and verifiable, since definitions speak
    of recognition or validation; a contradiction of a needed trait decides, a gap does not.
    """
    needed = [findings[trait].outcome for trait in ("short", "skills_based", "issued")]
    validated = [findings[trait].outcome for trait in ("assessed", "recognised", "verifiable")]
    if CONTRADICTED in needed or (CONTRADICTED in validated and FOUND not in validated):
        return "no"
    return "yes" if set(needed) == {FOUND} and FOUND in validated else "undecided"


def _short(record: Record, settings: DefinitionSettings) -> Finding:
    """Hours of the field, else those that a sentence says; a length without an effort is no statement of hours."""
    hours = record.fields["hours"]
    if hours is not None:
        said = record.field("hours_stated") or Part("hours", f"{hours:g}", None)
        return _within(cast(float, hours), said.text, said.language if said.name == "hours_stated" else None,
                       said.name, settings)  # fmt: skip
    for part in _prose(record):
        told = hours_in_prose(part.text)
        words = exactly(told[1], part.text) if told else None
        if told and words:
            return _within(told[0], words, part.language, part.name, settings)
    return Finding(NOT_STATED)


def _within(hours: float, words: str, language: Language | None, part: str, settings: DefinitionSettings) -> Finding:
    outcome: Outcome = FOUND if settings.min_hours <= hours <= settings.max_hours else CONTRADICTED
    return Finding(outcome, words, language, part)


def _skills_based(record: Record, settings: DefinitionSettings) -> Finding:
    """Outcomes that link to skills; or a description that says what a learner will be able to do, and does."""
    outcomes = [each for each in record.skills if each.name in OUTCOME_PARTS]
    told = [each for each in record.skills if each.name in ("description", "title") and OUTCOME.search(flat(each.text))]
    enough = settings.min_outcome_skills
    for sentences in (outcomes, told):
        if sentences and len(record.skills if sentences is told else sentences) >= enough:
            best = sentences[0]
            return Finding(FOUND, best.text, best.language, best.name)
    return Finding(NOT_STATED)


def _stackable(record: Record) -> Finding:
    into = cast(list[str], record.fields["stackable_into"])
    if into:
        return Finding(FOUND, into[0], None, "stackable_into")
    return _in_prose(record, "stackable", also=("recognition",))


def _assessed(record: Record) -> Finding:
    """Its field and its parts of that name are believed, unless they say that nothing is assessed."""
    stated = [part for part in (*record.parts, record.field("assessment")) if part and part.name == "assessment"]
    for part in stated:
        words = words_that_say(DENIED["assessed"], part.text)
        if words:
            return Finding(CONTRADICTED, words, part.language, part.name)
    if stated:
        words = next(line for line in stated[0].text.split("\n") if line.strip())
        return Finding(FOUND, words.strip(), stated[0].language, "assessment")
    return _in_prose(record, "assessed")


def _recognised(record: Record) -> Finding:
    field = record.field("recognition")
    if field and not PREPARES.search(flat(field.text)):
        denied = words_that_say(DENIED["recognised"], field.text)
        if denied:
            return Finding(CONTRADICTED, denied, field.language, field.name)
        return Finding(FOUND, field.text, field.language, field.name)
    return _in_prose(record, "recognised")


def _verifiable(record: Record) -> Finding:
    kind = record.field("credential_type")
    if kind and BADGE.search(flat(kind.text)):
        return Finding(FOUND, kind.text, None, kind.name)
    return _in_prose(record, "verifiable", also=("recognition", "assessment"))


def _delivery(record: Record) -> Finding:
    if record.fields["delivery_mode"] is not None:
        said = record.field("delivery_stated")
        if said:
            return Finding(FOUND, said.text, said.language, said.name)
        return Finding(FOUND, record.text("delivery_mode"), None, "delivery_mode")
    for part in _prose(record):
        told = delivery_in_prose(part.text) if part.name != "outcome" else None
        words = first_words(told[1], part.text) if told else None
        if words:
            return Finding(FOUND, words, part.language, part.name)
    return Finding(NOT_STATED)


def first_words(words: str, text: str) -> str | None:
    """The words as they stand in the text, or, of several sentences put together, the first that does."""
    whole = exactly(words, text)
    if whole:
        return whole
    tokens = words.split()
    for length in range(len(tokens) - 1, 2, -1):
        found = exactly(" ".join(tokens[:length]), text)
        if found:
            return found
    return None


def _stated(record: Record, name: str) -> Finding | None:
    field = record.field(name)
    return Finding(FOUND, field.text, field.language, name) if field else None


def _in_prose(record: Record, trait: Trait, also: Iterable[str] = ()) -> Finding:
    """What the texts say: what denies a trait is looked for first, since it often holds the words that state it."""
    parts = [*_prose(record), *(part for name in also if (part := record.field(name)))]
    for patterns, outcome in ((DENIED, CONTRADICTED), (SAID, FOUND)):
        pattern = patterns.get(trait)
        for part in parts if pattern else ():
            assert pattern is not None
            words = words_that_say(pattern, part.text, trait)
            if words:
                return Finding(cast(Outcome, outcome), words, part.language, part.name)
    return Finding(NOT_STATED)


def _prose(record: Record) -> Iterator[Part]:
    return (part for part in record.parts if part.name in PROSE)


def _record(fields: dict[str, object], skills: list[Part]) -> Record:
    parts = cast(list[dict[str, str]], fields["parts"])
    order = {name: place for place, name in enumerate(("description", "outcome", "assessment", "requirement"))}
    texts = [
        Part(part["name"], part["text"], cast(Language, part["language"])) for part in parts if part["text"].strip()
    ]
    texts.sort(key=lambda part: (order.get(part.name, len(order)), part.language or "", part.text))
    return Record(fields, texts, skills)


def _skill_sentences(evidence: pa.Table) -> dict[str, list[Part]]:
    """For each credential a sentence for each skill, the surest first."""
    rows = query(
        "SELECT document_id, part, sentence, language FROM evidence WHERE document_kind = 'credential' "
        "ORDER BY document_id, confidence DESC, part, part_start, sentence, skill_id",
        {"evidence": evidence.select(
            ["document_kind", "document_id", "skill_id", "confidence", "part", "part_start", "sentence", "language"]
        )},
    )  # fmt: skip
    found: dict[str, list[Part]] = defaultdict(list)
    for row in rows.to_pylist():
        found[row["document_id"]].append(Part(row["part"], row["sentence"], row["language"]))
    return found


def _rows(identity: str, findings: dict[Trait, Finding], settings: DefinitionSettings) -> Iterator[dict[str, object]]:
    for trait in TRAITS:
        finding = findings[trait]
        english, french = advise(trait, finding.outcome, settings.min_hours, settings.max_hours)
        yield {
            "credential_id": identity, "trait": trait, "finding": finding.outcome, "evidence": finding.words,
            "evidence_language": finding.language, "evidence_part": finding.part, "advice_en": english,
            "advice_fr": french,
        }  # fmt: skip


def _total(identity: str, findings: dict[Trait, Finding]) -> dict[str, object]:
    outcomes = [finding.outcome for finding in findings.values()]
    return {
        "credential_id": identity, "completeness": round(outcomes.count(FOUND) / len(TRAITS), 9),
        "traits_found": outcomes.count(FOUND), "traits_not_stated": outcomes.count(NOT_STATED),
        "traits_contradicted": outcomes.count(CONTRADICTED), "verdict": verdict(findings),
    }  # fmt: skip
