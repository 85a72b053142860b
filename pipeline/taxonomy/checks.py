"""What must hold in a taxonomy: every breach as one sentence that says where it is and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.taxonomy.schema import (
    CONCEPT_KINDS,
    ConceptKind,
    OccupationSkillName,
    Reuse,
    SkillKind,
    SkillRelationName,
    TableName,
)

RowKey = tuple[str, ...]  # a table's name, then the row's key: ("skills", "ps:weld")
Tables = Mapping[TableName, pa.Table]

_CLOSED_SETS: tuple[tuple[TableName, str, tuple[str, ...]], ...] = (
    ("skills", "kind", get_args(SkillKind)),
    ("skills", "reuse", get_args(Reuse)),
    ("skill_relations", "relation", get_args(SkillRelationName)),
    ("occupation_skills", "relation", get_args(OccupationSkillName)),
)
_CODES = (("noc_2021", "NOC 2021", re.compile(r"[0-9]{5}")), ("isco_08", "ISCO-08", re.compile(r"[0-9]{4}")))
_REFERENCES: tuple[tuple[TableName, str, ConceptKind], ...] = (
    ("skill_relations", "skill_id", "skills"),
    ("skill_relations", "target_id", "skills"),
    ("occupation_skills", "occupation_id", "occupations"),
    ("occupation_skills", "skill_id", "skills"),
)
_MOST_SHOWN = 20


def find_problems(tables: Tables, places: Mapping[RowKey, str]) -> Iterator[str]:
    """Yields every problem of the tables, a sentence each, the worst kind first.

    Args:
        tables: the four tables of a taxonomy.
        places: where a row was read, by its key (for a relation: all three columns); may be empty.
    """
    for kind in CONCEPT_KINDS:
        if not tables[kind].num_rows:
            yield f"it has no {kind}: add some, or import a release that has them."
    for kind in CONCEPT_KINDS:
        yield from _repeated_ids(kind, tables[kind], places)
        yield from _empty_texts(kind, tables[kind], places)
    yield from _missing_references(tables, places)
    yield from _unknown_values(tables, places)
    yield from _malformed_codes(tables["occupations"], places)
    yield from _contradictions(tables, places)


def describe_problems(subject: str, problems: Sequence[str]) -> str:
    """One message for a person: how many problems there are, then the first twenty, one a line."""
    noun = "problem" if len(problems) == 1 else "problems"
    lines = [f"- {problem}" for problem in problems[:_MOST_SHOWN]]
    if len(problems) > len(lines):
        lines.append(f"- and {len(problems) - len(lines)} more.")
    return "\n".join([f"{subject} has {len(problems)} {noun}:", *lines])


def broader_circle(links: Iterable[tuple[str, str]]) -> list[str] | None:
    """A circle among links from a skill to a broader one, as ids upwards with the first again at the end; else None."""
    graph: dict[str, set[str]] = {}
    for skill_id, broader_id in links:
        graph.setdefault(skill_id, set()).add(broader_id)
    try:
        TopologicalSorter({node: sorted(graph[node]) for node in sorted(graph)}).prepare()
    except CycleError as error:
        return [str(node) for node in reversed(error.args[1])]
    return None


def _where(places: Mapping[RowKey, str], *key: str) -> str:
    """The row named for a person: its file and line where they are known, its table and key."""
    named = f"{key[0]} {' '.join(key[1:])}"
    return f"{places[key]}: {named}" if key in places else named


def _repeated_ids(kind: ConceptKind, table: pa.Table, places: Mapping[RowKey, str]) -> Iterator[str]:
    counts = table.column(0).value_counts()
    for entry in counts.filter(pc.greater(counts.field("counts"), 1)).to_pylist():
        identifier = entry["values"]
        yield f"{_where(places, kind, identifier)}: {entry['counts']} rows have this id: keep one of them."


def _empty_texts(kind: ConceptKind, table: pa.Table, places: Mapping[RowKey, str]) -> Iterator[str]:
    ids = table.column(0)
    if pc.any(pc.equal(ids, "")).as_py():
        yield f"{_where(places, kind, '')}: a row has no id: give it one."
    for identifier in ids.filter(pc.equal(table["label_en"], "")).to_pylist():
        yield f"{_where(places, kind, identifier)}: the English label is empty: write one, or leave the row out."


def _missing_references(tables: Tables, places: Mapping[RowKey, str]) -> Iterator[str]:
    for name, column, kind in _REFERENCES:
        table = tables[name]
        unknown = pc.invert(pc.is_in(table[column], value_set=tables[kind].column(0).combine_chunks()))
        for row in table.filter(unknown).to_pylist():
            yield (
                f"{_where(places, name, *row.values())}: {column} {row[column]} is not among the {kind}: "
                "correct the id, add what it names, or leave the row out."
            )


def _unknown_values(tables: Tables, places: Mapping[RowKey, str]) -> Iterator[str]:
    for name, column, allowed in _CLOSED_SETS:
        table = tables[name]
        for row in table.filter(pc.invert(pc.is_in(table[column], value_set=pa.array(allowed)))).to_pylist():
            key = row.values() if name not in CONCEPT_KINDS else [row["skill_id"]]
            yield f"{_where(places, name, *key)}: {column} is {row[column]!r}: use one of {', '.join(allowed)}."


def _malformed_codes(occupations: pa.Table, places: Mapping[RowKey, str]) -> Iterator[str]:
    for column, scheme, pattern in _CODES:
        codes = occupations.select(["occupation_id", column]).filter(occupations[column].is_valid())
        for identifier, code in zip(codes[0].to_pylist(), codes[1].to_pylist(), strict=True):
            if not pattern.fullmatch(code):
                yield (
                    f"{_where(places, 'occupations', identifier)}: {code!r} is no {scheme} code: "
                    f"write the digits of its unit group ({pattern.pattern}), or nothing."
                )


def _contradictions(tables: Tables, places: Mapping[RowKey, str]) -> Iterator[str]:
    relations = tables["skill_relations"]
    for row in relations.filter(pc.equal(relations["skill_id"], relations["target_id"])).to_pylist():
        yield f"{_where(places, 'skill_relations', *row.values())}: the skill is linked to itself: leave the row out."
    links = tables["occupation_skills"]
    pairs = links.group_by(["occupation_id", "skill_id"]).aggregate([("relation", "count_distinct")])
    twice = pairs.filter(pc.greater(pairs["relation_count_distinct"], 1)).sort_by("occupation_id")
    for row in twice.to_pylist():
        key = (row["occupation_id"], "optional", row["skill_id"])
        yield f"{_where(places, 'occupation_skills', *key)}: the skill is also essential there: keep one of the rows."
    broader = relations.filter(pc.equal(relations["relation"], "broader"))
    pairs_upwards = zip(broader["skill_id"].to_pylist(), broader["target_id"].to_pylist(), strict=True)
    circle = broader_circle(pair for pair in pairs_upwards if pair[0] != pair[1])
    if circle:
        yield f"skills are broader than one another in a circle, {' > '.join(circle)}: leave one of these links out."
