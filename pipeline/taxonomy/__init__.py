"""Taxonomies: what skills and occupations there are, in English and French, and how they are linked.

In go the built-in starter, an ESCO release or a saved taxonomy; out comes a `Taxonomy` of Arrow tables, checked.
It reads and writes taxonomies only: it never looks at postings or credentials, and never uses the network.
"""

from pipeline.taxonomy.esco import ImportReport, import_esco
from pipeline.taxonomy.esco_release import FileReport
from pipeline.taxonomy.hidden import searched_labels
from pipeline.taxonomy.model import Taxonomy, build_taxonomy, clean_label
from pipeline.taxonomy.schema import (
    LABELS_SCHEMA,
    OCCUPATION_SKILLS_SCHEMA,
    OCCUPATIONS_SCHEMA,
    SKILL_RELATIONS_SCHEMA,
    SKILLS_SCHEMA,
    ConceptKind,
    Occupation,
    OccupationSkill,
    OccupationSkillName,
    Reuse,
    Skill,
    SkillKind,
    SkillRelation,
    SkillRelationName,
)
from pipeline.taxonomy.starter import load_starter
from pipeline.taxonomy.store import TaxonomyInfo, list_taxonomies, load_taxonomy, save_taxonomy

__all__ = [
    "LABELS_SCHEMA",
    "OCCUPATIONS_SCHEMA",
    "OCCUPATION_SKILLS_SCHEMA",
    "SKILLS_SCHEMA",
    "SKILL_RELATIONS_SCHEMA",
    "ConceptKind",
    "FileReport",
    "ImportReport",
    "Occupation",
    "OccupationSkill",
    "OccupationSkillName",
    "Reuse",
    "Skill",
    "SkillKind",
    "SkillRelation",
    "SkillRelationName",
    "Taxonomy",
    "TaxonomyInfo",
    "build_taxonomy",
    "clean_label",
    "import_esco",
    "list_taxonomies",
    "load_starter",
    "load_taxonomy",
    "save_taxonomy",
    "searched_labels",
]
