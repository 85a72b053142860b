"""The taxonomy itself: four Arrow tables that always look the same for the same content."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import TaxonomyError
from pipeline.taxonomy.checks import RowKey, Tables, describe_problems, find_problems
from pipeline.taxonomy.schema import (
    LABELS_SCHEMA,
    SCHEMAS,
    TABLE_NAMES,
    ConceptKind,
    Occupation,
    OccupationSkill,
    Skill,
    SkillRelation,
    TableName,
)

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Taxonomy:
    """Skills, occupations and their links. Make one with `build_taxonomy`, which cleans, sorts and fingerprints.

    A concept without a French label has a null `label_fr`: callers fall back to its English label, which every
    concept has. A `related` link is kept in the direction in which the source states it, and holds both ways.

    Attributes:
        name: what settings call it, such as `starter` or `esco`.
        version: the source's own release number.
        fingerprint: SHA-256 (64 hexadecimal digits) of what the tables hold, whatever order the rows came in.
        skills: one row a skill, by `skill_id` (`SKILLS_SCHEMA`).
        occupations: one row an occupation, by `occupation_id` (`OCCUPATIONS_SCHEMA`).
        skill_relations: skill to skill, by all three columns (`SKILL_RELATIONS_SCHEMA`).
        occupation_skills: occupation to skill, by all three columns (`OCCUPATION_SKILLS_SCHEMA`).
    """

    name: str
    version: str
    fingerprint: str
    skills: pa.Table = field(repr=False, compare=False)
    occupations: pa.Table = field(repr=False, compare=False)
    skill_relations: pa.Table = field(repr=False, compare=False)
    occupation_skills: pa.Table = field(repr=False, compare=False)

    def tables(self) -> dict[TableName, pa.Table]:
        """The four tables by name, in the order of `TABLE_NAMES`."""
        return {
            "skills": self.skills,
            "occupations": self.occupations,
            "skill_relations": self.skill_relations,
            "occupation_skills": self.occupation_skills,
        }

    def labels(self, kind: ConceptKind) -> pa.Table:
        """Every label of every skill or occupation, each once, in both languages.

        Returns:
            A table of `LABELS_SCHEMA` (concept_id, language `en` or `fr`, label, preferred), sorted by concept,
            language, preferred first, then label. A concept without French labels has no French rows.
        """
        table = self.tables()[kind]
        ids = table.column(0).combine_chunks()
        parts = []
        for language in ("en", "fr"):
            label = table[f"label_{language}"].combine_chunks()
            parts.append(_label_rows(ids.filter(label.is_valid()), language, label.drop_null(), preferred=True))
            others = table[f"alt_{language}"].combine_chunks()
            owners = ids.take(pc.list_parent_indices(others))
            parts.append(_label_rows(owners, language, pc.list_flatten(others), preferred=False))
        keys = [("concept_id", "ascending"), ("language", "ascending"), ("preferred", "descending")]
        return pa.concat_tables(parts).sort_by([*keys, ("label", "ascending")]).combine_chunks()

    def check(self, places: Mapping[RowKey, str] | None = None) -> None:
        """Makes sure that the taxonomy is whole and does not contradict itself.

        Args:
            places: where each row was read (file and line), by table name and row key; a row that is not in it
                is named by its key alone.

        Raises:
            TaxonomyError: it has no skills or no occupations, an id is repeated or refers to nothing, a label is
                empty, a code or a closed-set value is not allowed, a skill is linked to itself, is both essential
                and optional somewhere, or is broader than itself in a circle. One line a problem says what is wrong,
                where, and what to do.
        """
        problems = list(find_problems(self.tables(), places or {}))
        if problems:
            raise TaxonomyError(describe_problems(f"The taxonomy {self.name} {self.version}", problems))


def build_taxonomy(
    name: str,
    version: str,
    *,
    skills: Iterable[Skill],
    occupations: Iterable[Occupation],
    skill_relations: Iterable[SkillRelation],
    occupation_skills: Iterable[OccupationSkill],
) -> Taxonomy:
    """Builds a taxonomy from records in any order: cleans texts, sorts rows, computes the fingerprint.

    White space becomes single spaces (descriptions keep their line ends), texts become Unicode NFC, blank optional
    texts become null, alternatives are sorted and each kept once (never the preferred label), a relation stated
    twice is kept once. Nothing else is mended: call `Taxonomy.check`.

    Raises:
        TaxonomyError: the name or the version could not stand in a folder's name.
    """
    for what, text in (("name", name), ("version", version)):
        if not _NAME.fullmatch(text):
            rule = "1 to 64 letters, digits and . _ + -, with a letter or digit at both ends"
            raise TaxonomyError(f"A taxonomy's {what} cannot be {text[:80]!r}: choose {rule}.")
    tables: dict[TableName, pa.Table] = {
        "skills": _concept_table(skills, SCHEMAS["skills"]),
        "occupations": _concept_table(occupations, SCHEMAS["occupations"]),
        "skill_relations": _relation_table(skill_relations, SCHEMAS["skill_relations"]),
        "occupation_skills": _relation_table(occupation_skills, SCHEMAS["occupation_skills"]),
    }
    return Taxonomy(name=name, version=version, fingerprint=fingerprint_tables(tables), **tables)


def clean_label(text: str) -> str:
    """The label in Unicode NFC with every run of white space (no-break spaces too) as one space, none at the ends."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def fingerprint_tables(tables: Tables) -> str:
    """SHA-256 of what four sorted tables hold: values and nulls, not how Arrow or Parquet lays them out."""
    digest = hashlib.sha256()
    for name in TABLE_NAMES:
        table = tables[name]
        for column in table.column_names:
            digest.update(f"{name}.{column} {table.num_rows}\n".encode())
            values = table[column].combine_chunks()
            if pa.types.is_list(values.type):
                digest.update(pc.list_value_length(values).to_numpy().astype("<i8").tobytes())
                values = pc.list_flatten(values)
            for part in _string_content(values):
                digest.update(part)
    return digest.hexdigest()


class _Concept(Protocol):
    """What `Skill` and `Occupation` share."""

    @property
    def label_en(self) -> str: ...
    @property
    def alt_en(self) -> Sequence[str]: ...


def _concept_table(records: Iterable[_Concept], schema: pa.Schema) -> pa.Table:
    """The records as a table of the schema, sorted by id, with clean texts."""
    rows = [_concept_row(record, schema) for record in records]
    # Rows that share an id are refused by the check; sorting on every column keeps its message the same.
    rows.sort(key=lambda row: [str(value) for value in row.values()])
    return pa.Table.from_pylist(rows, schema=schema)


def _concept_row(record: _Concept, schema: pa.Schema) -> dict[str, str | list[str] | None]:
    """One record by column; a required text that is blank stays "" for the check to find."""
    row: dict[str, str | list[str] | None] = {}
    for item in schema:
        value: str | Sequence[str] | None = getattr(record, item.name)
        if value is None:
            row[item.name] = None
        elif not isinstance(value, str):
            preferred = row[f"label_{item.name.removeprefix('alt_')}"]
            row[item.name] = sorted({clean_label(text) for text in value} - {"", preferred})
        else:
            prose = item.name.startswith("description_")
            text = "\n".join(clean_label(line) for line in value.splitlines()).strip() if prose else clean_label(value)
            row[item.name] = text or (None if item.nullable else "")
    return row


def _relation_table(records: Iterable[tuple[str, str, str]], schema: pa.Schema) -> pa.Table:
    """The relations as a table of the schema, each once, sorted by all columns."""
    rows = sorted(set(records))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=schema)


def _string_content(values: pa.Array) -> Iterable[bytes | memoryview]:
    """A string array's nulls, lengths and bytes: the same for equal arrays, however they are sliced or padded."""
    yield values.is_null().to_numpy(zero_copy_only=False).tobytes()
    filled = values.fill_null("")
    _, offsets, data = filled.buffers()
    if not len(filled):
        return
    bounds = np.frombuffer(offsets, dtype="<i4")[filled.offset : filled.offset + len(filled) + 1]
    yield np.diff(bounds).tobytes()
    if data is not None:
        yield memoryview(data)[int(bounds[0]) : int(bounds[-1])]


def _label_rows(ids: pa.Array, language: str, labels: pa.Array, *, preferred: bool) -> pa.Table:
    """Rows of `LABELS_SCHEMA` from ids and labels that go together by position."""
    count = len(labels)
    columns = [ids, pa.repeat(pa.scalar(language), count), labels, pa.repeat(pa.scalar(preferred), count)]
    return pa.table(columns, schema=LABELS_SCHEMA)
