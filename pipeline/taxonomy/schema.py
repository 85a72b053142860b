"""What a taxonomy is made of: the closed sets of values, the Arrow schemas and the records that importers give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import pyarrow as pa

SkillKind = Literal["skill", "knowledge", "attitude"]
Reuse = Literal["transversal", "cross-sector", "sector-specific", "occupation-specific"]
SkillRelationName = Literal["broader", "related", "requires"]
OccupationSkillName = Literal["essential", "optional"]
ConceptKind = Literal["skills", "occupations"]
TableName = Literal["skills", "occupations", "skill_relations", "occupation_skills"]

TABLE_NAMES: tuple[TableName, ...] = get_args(TableName)
CONCEPT_KINDS: tuple[ConceptKind, ...] = get_args(ConceptKind)

_LABELS = pa.list_(pa.field("item", pa.string(), nullable=False))


def _required(name: str, kind: pa.DataType | None = None) -> pa.Field:
    return pa.field(name, kind or pa.string(), nullable=False)


_CONCEPT_FIELDS = [
    pa.field("sector", pa.string()),
    _required("label_en"),
    pa.field("label_fr", pa.string()),
    _required("alt_en", _LABELS),
    _required("alt_fr", _LABELS),
    pa.field("description_en", pa.string()),
    pa.field("description_fr", pa.string()),
]
SKILLS_SCHEMA = pa.schema([_required("skill_id"), _required("kind"), _required("reuse"), *_CONCEPT_FIELDS])
OCCUPATIONS_SCHEMA = pa.schema(
    [
        _required("occupation_id"),
        pa.field("noc_2021", pa.string()),
        pa.field("isco_08", pa.string()),
        *_CONCEPT_FIELDS,
    ]
)
SKILL_RELATIONS_SCHEMA = pa.schema([_required("skill_id"), _required("relation"), _required("target_id")])
OCCUPATION_SKILLS_SCHEMA = pa.schema([_required("occupation_id"), _required("relation"), _required("skill_id")])
LABELS_SCHEMA = pa.schema(
    [_required("concept_id"), _required("language"), _required("label"), _required("preferred", pa.bool_())]
)
SCHEMAS: Mapping[TableName, pa.Schema] = {
    "skills": SKILLS_SCHEMA,
    "occupations": OCCUPATIONS_SCHEMA,
    "skill_relations": SKILL_RELATIONS_SCHEMA,
    "occupation_skills": OCCUPATION_SKILLS_SCHEMA,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A skill as an importer gives it; `alt_*` in any order and with repeats, blank texts standing for none."""

    skill_id: str
    kind: str
    reuse: str
    sector: str | None = None
    label_en: str
    label_fr: str | None = None
    alt_en: Sequence[str] = ()
    alt_fr: Sequence[str] = ()
    description_en: str | None = None
    description_fr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupation:
    """An occupation as an importer gives it; `noc_2021` has five digits, `isco_08` four, texts are as a skill's."""

    occupation_id: str
    noc_2021: str | None = None
    isco_08: str | None = None
    sector: str | None = None
    label_en: str
    label_fr: str | None = None
    alt_en: Sequence[str] = ()
    alt_fr: Sequence[str] = ()
    description_en: str | None = None
    description_fr: str | None = None


class SkillRelation(NamedTuple):
    """`target_id` is broader than the skill, related to it, or required by it."""

    skill_id: str
    relation: str
    target_id: str


class OccupationSkill(NamedTuple):
    """A skill that is essential or optional in an occupation."""

    occupation_id: str
    relation: str
    skill_id: str
