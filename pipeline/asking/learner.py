"""What a learner has: a list of skills, a text such as a CV, a table with a column of them, or earned badges.

Everything is read by the readers of ingest and linked as credentials are, in a folder of its own that is gone at the
end: nothing that a learner gives is kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import SettingsError
from pipeline.ingest import (
    Credential,
    DocumentStore,
    Language,
    ReadContext,
    Record,
    Rejected,
    Remark,
    StatedSkill,
    TextPart,
    all_records,
    choose_reader,
    detect_language,
    plain_text,
    receive,
)
from pipeline.lake import Lake, plain_schema
from pipeline.linking import Linker, link_documents
from pipeline.settings import Settings

BADGES = (".json", ".jsonld", ".png", ".svg")
FILES = (*BADGES, ".csv", ".tsv", ".txt", ".md", ".html")
SKILL_COLUMNS = ("skill", "skills", "skill_id", "competence", "competences", "compétence", "compétences", "habileté")
ITEM_WORDS = 6  # a line, or a piece of one between commas, of so many words is taken for the name of a skill


@dataclass(frozen=True)
class Recognised:
    """A skill that was found: `confidence` that they have it, and the text that says so."""

    skill_id: str
    confidence: float
    text: str
    part: str
    method: str


def read_learner(given: str, language: Language, linker: Linker, settings: Settings) -> list[Recognised]:
    """The skills in what a learner gives.

    Args:
        given: the name of a file (Open Badges or CLR; CSV; text), or a text itself.
        language: of a text that is too short to tell.
        linker: finds the skills.
        settings: limits and thresholds.

    Returns:
        Each skill once, by its clearest text; surest first.

    Raises:
        SettingsError: the file is not there, or cannot be read as what it is.
    """
    with TemporaryDirectory(prefix="passerelle-learner-") as folder:
        lake = Lake(folder)
        receive(lake, "credentials", _records(given, language, settings), settings.ingest, lambda n: None)
        documents = DocumentStore(lake, "credentials").current()
        found = link_documents(documents, "credentials", linker, lake, settings.linking, lambda *_: None).evidence
    best: dict[str, Recognised] = {}
    for row in (
        found.cast(plain_schema(found.schema))
        .sort_by([("confidence", "descending"), ("skill_id", "ascending"), ("sentence", "ascending")])
        .to_pylist()
    ):
        best.setdefault(
            row["skill_id"],
            Recognised(row["skill_id"], row["confidence"], row["sentence"], row["part"], row["method"]),
        )
    return list(best.values())


def _records(given: str, language: Language, settings: Settings) -> list[Record]:
    path = Path(given)
    if not _names_file(given):
        return [_from_text(given, language)]
    if not path.is_file():
        raise SettingsError(f"{given} is no file: give --skills a file that is there, or the text itself.")
    if path.suffix.lower() in BADGES:
        return _badges(path, settings)
    content = _content(path, settings.ingest.max_record_bytes)
    if path.suffix.lower() in (".csv", ".tsv"):
        return [_from_items(list(_column(path, content)), language)]
    return [_from_text(content, language)]


def _names_file(given: str) -> bool:
    """Whether it is meant as a file: one is there, or it is one word that ends as files do."""
    try:
        there = "\n" not in given and Path(given).exists()
    except OSError:  # too long for a name
        return False
    return there or (len(given.split()) == 1 and given.lower().endswith(FILES))


def _content(path: Path, limit: int) -> str:
    size = path.stat().st_size
    if size > limit:
        raise SettingsError(f"{path} has {size:,} bytes; at most [ingest] max_record_bytes = {limit:,} are read.")
    raw = path.read_bytes()
    if b"\0" in raw:
        raise SettingsError(f"{path} is no text. Save it as plain text (.txt) first; badges are .json, .png or .svg.")
    return raw.decode("utf-8-sig", "replace")


def _badges(path: Path, settings: Settings) -> list[Record]:
    """The achievements of a file of badges, as the readers of credentials find them."""
    limits = ReadContext(
        "credentials",
        "",
        max_record_bytes=settings.ingest.max_record_bytes,
        max_file_bytes=settings.ingest.max_file_bytes,
    )
    records = [r for r in all_records([choose_reader(path, limits, None, [])]) if not isinstance(r, Remark)]
    if all(isinstance(record, Rejected) for record in records):
        reasons = "; ".join(sorted({record.detail for record in records if isinstance(record, Rejected)}))
        raise SettingsError(f"{path} holds no badge that can be read{f': {reasons}' if reasons else ''}.")
    return records


def _column(path: Path, content: str) -> Iterator[str]:
    """The cells of the column of skills: the one that is called so, or the only one."""
    first = content.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(content), delimiter=delimiter) if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise SettingsError(f"{path} cannot be read as CSV: {error}.") from None
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    named = next((header.index(name) for name in SKILL_COLUMNS if name in header), None)
    if named is None and max(map(len, rows), default=1) > 1:
        raise SettingsError(
            f"{path} has the columns {', '.join(header)}: call the one with the skills `skill` (or `competence`)."
        )
    for row in rows if named is None else rows[1:]:
        if len(row) > (named or 0) and row[named or 0].strip():
            yield row[named or 0].strip()


def _from_text(text: str, language: Language) -> Credential:
    """A learner's text: short lines and pieces between commas are names of skills, the rest is prose."""
    plain = plain_text(text)
    prose, items = [], []
    for line in plain.splitlines():
        bare = line.strip(" \t-*•·–")
        pieces = [piece.strip(" .") for piece in re.split(r"[,;]", bare) if piece.strip(" .")]
        if pieces and not re.search(r"[.!?]\s+\S", bare) and all(len(p.split()) <= ITEM_WORDS for p in pieces):
            items.extend(pieces)
        else:
            prose.append(line)
    return _credential(items, "\n".join(prose).strip(), _language(plain, language))


def _from_items(items: list[str], language: Language) -> Credential:
    return _credential(items, "", _language("\n".join(items), language))


def _language(text: str, otherwise: Language) -> Language:
    found = detect_language(text)
    return "fr" if found == "fr" else "en" if found == "en" else otherwise


def _credential(items: list[str], prose: str, language: Language) -> Credential:
    parts = (TextPart("outcome", prose, language),) if prose else ()
    stated = tuple(StatedSkill(item, language=language) for item in dict.fromkeys(items))
    return Credential("learner", "1", {}, parts, stated)
