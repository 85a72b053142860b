"""Readers of labelled data: what a text is, and which skills it holds.

The sets come from elsewhere and are read as such: a row that can't be used is counted with its reason and left out.
"""

from __future__ import annotations

import ast
import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import orjson
import pyarrow as pa

from pipeline.errors import SettingsError
from pipeline.ingest import Language
from pipeline.linking.confidence import CROSS_FITTED
from pipeline.taxonomy import Taxonomy

LANGUAGES: tuple[Language, ...] = ("en", "fr")
NO_SKILL = frozenset({"LABEL NOT PRESENT", "UNDERSPECIFIED", "UNK"})  # what annotators write where no skill fits
MALFORMED = "malformed"
UNKNOWN = "not in the taxonomy"
REPEATED = "repeated"
ALSO_ANOTHER = "also an English preferred label"
MAX_CELL = 20_000  # no sentence or list of labels is longer
OUTSIDE = "O"
FIELDS_HELD_OUT = ("language", "skill_id", "label", "kind")
FIELDS_LINKED = ("document", "kind", "language", "text", "skills")
KINDS_HELD_OUT = ("preferred", "alternative")

SkillIds = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the ids of its skills; none where annotators found that no skill fits."""

    text: str
    skills: frozenset[str]


@dataclass(frozen=True)
class LabelledSet:
    """Texts of one language with their skills, each text once.

    Attributes:
        name: as the quality page shows it.
        language: of the texts.
        examples: in the order of the file.
        left_out: rows that could not be used, by reason.
        family: sets of one family come from the same texts; confidence is judged by weights fitted on other families,
            or, for `CROSS_FITTED`, by weights fitted on other fifths. Empty where nothing was fitted on the set or its
            like.
    """

    name: str
    language: Language
    examples: tuple[Example, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    family: str = ""

    @property
    def queries(self) -> dict[str, set[str]]:
        """The texts that hold a skill, with their skills."""
        return {example.text: set(example.skills) for example in self.examples if example.skills}


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """A document's texts in one language, in the order of the file, and the skills that any of them has."""

    name: str
    kind: str
    language: Language
    texts: tuple[str, ...]
    skills: frozenset[str]


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence with the stretches (start, end) in which annotators saw a skill or knowledge, merged and sorted."""

    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A text and whether it asks for, or teaches, anything; `kind` says what sort of text it is."""

    text: str
    language: Language
    kind: str
    asks: bool


# --- Files ----------------------------------------------------------------------------------------------------------


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not a text file in UTF-8: {error}.") from None


def _rows(path: Path, columns: Iterable[str], delimiter: str = ",") -> Iterator[tuple[str, ...] | None]:
    """Cells of these columns, white space around them taken off; None for a row that has too few or too many cells.

    Raises:
        SettingsError: the file or a column is missing, or it is no such file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=delimiter)
            header = next(reader, [])
            absent = sorted(set(columns) - set(header))
            if absent:
                raise SettingsError(f"{path} has no column {', '.join(absent)}; it has {header}.")
            places = [header.index(column) for column in columns]
            for row in reader:
                if row:
                    yield tuple(row[place].strip() for place in places) if len(row) == len(header) else None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{path} is not a CSV file in UTF-8: {error}.") from None


def preferred_ids(taxonomy: Taxonomy, language: Language) -> SkillIds:
    """Looks up which skills have a text as their preferred label in a language."""
    ids: dict[str, set[str]] = {}
    labels = taxonomy.skills[f"label_{language}"].to_pylist()
    for label, skill in zip(labels, taxonomy.skills["skill_id"].to_pylist(), strict=True):
        if label:
            ids.setdefault(label.strip(), set()).add(skill)
    return lambda label: frozenset(ids.get(label, ()))


@dataclass
class _Collected:
    """Labels gathered by text; a text whose labels are all unknown is left out rather than taken to hold no skill."""

    skills: dict[str, set[str]] = field(default_factory=dict)
    said_empty: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, label: str, ids: frozenset[str]) -> None:
        """One label of a text."""
        if ids:
            self.skills.setdefault(text, set()).update(ids)
        elif label in NO_SKILL:
            self.skills.setdefault(text, set())
            self.said_empty.add(text)
        else:
            self.skills.setdefault(text, set())
            self.left_out[UNKNOWN] += 1

    def as_set(self, name: str, language: Language) -> LabelledSet:
        """What was gathered."""
        examples = tuple(
            Example(text, frozenset(skills))
            for text, skills in self.skills.items()
            if skills or text in self.said_empty
        )
        return LabelledSet(name, language, examples, dict(sorted(self.left_out.items())))


# --- Texts with skills ----------------------------------------------------------------------------------------------


def read_validation(
    path: Path, column: Literal["sentence", "span"], language: Language, taxonomy: Taxonomy, name: str = ""
) -> LabelledSet:
    """Reads a set of sentences and spans.

    Args:
        path: CSV with columns sentence, span, label, as the TECH and HOUSE sets have them (Decorte et al., 2022).
        column: which column is the text; rows with the same text are one example with several skills.
        language: of the preferred labels in the file.
        taxonomy: says what the labels stand for.
        name: of the set; the file's name where it is empty.

    Raises:
        SettingsError: the file or a column is missing.
    """
    ids = preferred_ids(taxonomy, language)
    found = _Collected()
    for row in _rows(path, (column, "label")):
        if row is None or not all(row):
            found.left_out[MALFORMED] += 1
        else:
            found.add(row[0], row[1], ids(row[1]))
    return found.as_set(name or path.stem, language)


def read_queries(
    path: Path, query: Literal["sentence", "span"], language: Language, taxonomy: Taxonomy
) -> dict[str, set[str]]:
    """The texts of a set that hold a skill, with their skills; arguments and errors as `read_validation`."""
    return read_validation(path, query, language, taxonomy).queries


def read_skillskape(path: Path, taxonomy: Taxonomy, name: str = "SkillSkape") -> LabelledSet:
    """Reads SkillSkape: CSV with columns sentence and skills, a list of preferred labels as Python writes it."""
    ids = preferred_ids(taxonomy, "en")
    found = _Collected()
    for row in _rows(path, ("sentence", "skills")):
        labels = _list_of_labels(row[1]) if row else None
        if row is None or not row[0] or labels is None:
            found.left_out[MALFORMED] += 1
            continue
        for label in labels:
            found.add(row[0], label, ids(label))
    return found.as_set(name, "en")


def _list_of_labels(cell: str) -> list[str] | None:
    """The strings of a list as Python writes it; None for anything else."""
    if len(cell) > MAX_CELL:
        return None
    try:
        value = ast.literal_eval(cell)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    if not isinstance(value, list) or not value or not all(isinstance(label, str) for label in value):
        return None
    return [label.strip() for label in value]


def read_competences(path: Path, taxonomy: Taxonomy, name: str = "") -> LabelledSet:
    """Reads French competences: tab-separated, columns query_fr and esco_uri, a row a pair."""
    known = frozenset(taxonomy.skills["skill_id"].to_pylist())
    found = _Collected()
    for row in _rows(path, ("query_fr", "esco_uri"), delimiter="\t"):
        if row is None or not all(row):
            found.left_out[MALFORMED] += 1
        else:
            found.add(row[0], row[1], known & {row[1]})
    return found.as_set(name or path.stem, "fr")


def read_linked(path: Path, taxonomy: Taxonomy) -> list[LabelledSet]:
    """Reads texts of documents written in both languages, labelled with a taxonomy's skills.

    Args:
        path: CSV with columns document, kind, language, text, and skills (ids joined by "|"; none where nothing fits).
        taxonomy: has the skills.

    Returns:
        A set for each language.

    Raises:
        SettingsError: the file or a column is missing.
    """
    known = frozenset(taxonomy.skills["skill_id"].to_pylist())
    found = {language: _Collected() for language in LANGUAGES}
    for row in _rows(path, FIELDS_LINKED):
        if row is None or row[2] not in LANGUAGES or not row[3]:
            found["en"].left_out[MALFORMED] += 1
            continue
        collected = found["fr" if row[2] == "fr" else "en"]
        for skill in row[4].split("|") if row[4] else ["UNK"]:
            collected.add(row[3], skill, known & {skill})
    return [collected.as_set("postings and credentials", language) for language, collected in found.items()]


def read_linked_documents(path: Path) -> list[LinkedDocument]:
    """Reads the same file as `read_linked` as the documents that its texts make up, one for each name and language.

    Raises:
        SettingsError: the file or a column is missing.
    """
    found: dict[tuple[str, Language], LinkedDocument] = {}
    for row in _rows(path, FIELDS_LINKED):
        if row is None or row[2] not in LANGUAGES or not row[3]:
            continue
        language: Language = "fr" if row[2] == "fr" else "en"
        before = found.get((row[0], language), LinkedDocument(row[0], row[1], language, (), frozenset()))
        skills = before.skills | set(filter(None, row[4].split("|")))
        found[row[0], language] = replace(before, texts=(*before.texts, row[3]), skills=skills)
    return list(found.values())


# --- Labels held out of training ------------------------------------------------------------------------------------


def read_held_out(path: Path, taxonomy: Taxonomy) -> list[LabelledSet]:
    """Reads the labels that the encoder's training left out, and keeps those that can be taken out of an index.

    Args:
        path: CSV with columns language, skill_id, label, kind (preferred or alternative).
        taxonomy: has the labels.

    Returns:
        A set for each language and kind that occurs: each text with all skills that have it as a label of that
        language. No text is an English preferred label, which a skill can't be without.

    Raises:
        SettingsError: the file or a column is missing.
    """
    owners = {language: _owners(taxonomy, language) for language in LANGUAGES}
    preferred = {_key(label) for label in taxonomy.skills["label_en"].to_pylist()}
    found: dict[tuple[Language, str], _Collected] = {}
    malformed = 0
    for row in _rows(path, FIELDS_HELD_OUT):
        if row is None or row[0] not in LANGUAGES or not row[2] or row[3] not in KINDS_HELD_OUT:
            malformed += 1
            continue
        language: Language = "fr" if row[0] == "fr" else "en"
        collected = found.setdefault((language, row[3]), _Collected())
        if _key(row[2]) in preferred:
            collected.left_out[ALSO_ANOTHER] += 1
        else:
            collected.add(row[2], row[2], frozenset(owners[language].get(row[2], ())))
    sets = [
        replace(collected.as_set(f"{kind} labels held out", language), family=CROSS_FITTED)
        for (language, kind), collected in sorted(found.items())
    ]
    if malformed and sets:
        sets[0] = replace(sets[0], left_out=sets[0].left_out | {MALFORMED: malformed})
    return sets


def _key(label: str) -> str:
    """Labels that differ in case only are one."""
    return label.strip().casefold()


def _owners(taxonomy: Taxonomy, language: Language) -> dict[str, set[str]]:
    """Label of either kind -> the skills that have it."""
    owners: dict[str, set[str]] = {}
    columns = (taxonomy.skills[name].to_pylist() for name in ("skill_id", f"label_{language}", f"alt_{language}"))
    for skill, label, others in zip(*columns, strict=True):
        for each in (label, *(others or ())):
            if each:
                owners.setdefault(each, set()).add(skill)
    return owners


def without_labels(taxonomy: Taxonomy, held_out: Iterable[LabelledSet]) -> Taxonomy:
    """The taxonomy without the texts of these sets, in either language and whatever their case.

    English preferred labels stay: no skill can be without. Nor are they in these sets (`read_held_out`).
    """
    gone = frozenset(_key(example.text) for each in held_out for example in each.examples)
    columns: dict[str, list[object]] = {"label_fr": [_unless(x, gone) for x in taxonomy.skills["label_fr"].to_pylist()]}
    for language in LANGUAGES:
        labels = taxonomy.skills[f"alt_{language}"].to_pylist()
        columns[f"alt_{language}"] = [[label for label in own or () if _key(label) not in gone] for own in labels]
    return _with_columns(taxonomy, columns, sorted(gone))


def balanced(taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy with as many labels of each skill in one language as in the other: the first ones are kept."""
    rows = taxonomy.skills.select(["label_fr", "alt_en", "alt_fr"]).to_pylist()
    columns: dict[str, list[object]] = {"alt_en": [], "alt_fr": []}
    for row in rows:
        english, french = row["alt_en"] or [], row["alt_fr"] or []
        most = min(len(english), len(french)) if row["label_fr"] else 0
        columns["alt_en"].append(english[:most])
        columns["alt_fr"].append(french[:most])
    return _with_columns(taxonomy, columns, ["balanced"])


def _with_columns(taxonomy: Taxonomy, columns: dict[str, list[object]], change: list[str]) -> Taxonomy:
    """The taxonomy with other columns of its skills, under the fingerprint that the change gives it."""
    skills = taxonomy.skills
    for name, values in columns.items():
        column = pa.chunked_array([pa.array(values, type=skills.schema.field(name).type)])
        skills = skills.set_column(skills.schema.get_field_index(name), skills.schema.field(name), column)
    fingerprint = hashlib.sha256(orjson.dumps([taxonomy.fingerprint, change])).hexdigest()
    return replace(taxonomy, fingerprint=fingerprint, skills=skills)


def _unless(label: str | None, gone: frozenset[str]) -> str | None:
    return None if label is None or _key(label) in gone else label


# --- Where a skill is, and whether there is one ---------------------------------------------------------------------


def read_spans(path: Path) -> tuple[list[Marked], dict[str, int]]:
    """Reads sentences annotated token by token, as SkillSpan has them (Zhang et al., 2022).

    Args:
        path: JSON Lines with tokens, tags_skill and tags_knowledge (B, I, O).

    Returns:
        Each distinct sentence, its tokens joined with spaces, and how many rows were left out for which reason.

    Raises:
        SettingsError: the file cannot be read.
    """
    spans: dict[str, set[tuple[int, int]]] = {}
    left_out: Counter[str] = Counter()
    for line in _read_text(path).splitlines():
        if not line.strip():
            continue
        read = _tagged(line)
        if read is None:
            left_out[MALFORMED] += 1
            continue
        tokens, tags = read
        text = " ".join(tokens)
        left_out[REPEATED] += text in spans
        spans.setdefault(text, set()).update(stretch for each in tags for stretch in _stretches(tokens, each))
    sentences = [Marked(text, _merged(found)) for text, found in spans.items()]
    return sentences, {reason: n for reason, n in sorted(left_out.items()) if n}


def _tagged(line: str) -> tuple[list[str], list[list[str]]] | None:
    """The tokens of a line and its two rows of tags; None where the line is not of that form."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(row, dict):
        return None
    lists = [_strings(row.get(name)) for name in ("tokens", "tags_skill", "tags_knowledge")]
    tokens, *tags = lists
    if not tokens or any(len(each) != len(tokens) for each in tags):
        return None
    return ["".join(token.split()) or "?" for token in tokens], tags


def _strings(value: object) -> list[str]:
    """A list of filled strings as it is; nothing for anything else."""
    whole = isinstance(value, list) and all(isinstance(cell, str) and cell for cell in value)
    return [str(cell) for cell in value] if whole and isinstance(value, list) else []


def _stretches(tokens: list[str], tags: list[str]) -> Iterator[tuple[int, int]]:
    """Where the tagged runs of tokens lie in the joined text."""
    start = position = 0
    end: int | None = None
    for token, tag in zip(tokens, tags, strict=True):
        if end is not None and not tag.startswith("I"):
            yield start, end
            end = None
        if tag != OUTSIDE:
            start = position if end is None else start
            end = position + len(token)
        position += len(token) + 1
    if end is not None:
        yield start, end


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def read_judged(path: Path) -> tuple[list[Judged], dict[str, int]]:
    """Reads texts of which some ask for nothing: CSV with columns language, kind, asks (0 or 1), text.

    Returns:
        The texts, and how many rows were left out for which reason.

    Raises:
        SettingsError: the file or a column is missing.
    """
    judged: list[Judged] = []
    left_out: Counter[str] = Counter()
    for row in _rows(path, ("language", "kind", "asks", "text")):
        if row is None or not all(row) or row[0] not in LANGUAGES or row[2] not in ("0", "1"):
            left_out[MALFORMED] += 1
        else:
            judged.append(Judged(row[3], "fr" if row[0] == "fr" else "en", row[1], row[2] == "1"))
    return judged, dict(left_out)
