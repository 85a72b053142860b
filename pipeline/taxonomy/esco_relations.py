"""Reads the relations of an ESCO release: what links occupations to skills, and skills to one another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

from pipeline.taxonomy.checks import broader_circle
from pipeline.taxonomy.esco_release import FileReport, ReleaseFiles, Role, read_columns
from pipeline.taxonomy.schema import OccupationSkill, SkillRelation

_Link = tuple[str, str, str]
_GROUP_TYPES = {"skillgroup"}


def occupation_links(
    files: ReleaseFiles, occupations: Collection[str], skills: Collection[str], reports: list[FileReport]
) -> list[OccupationSkill]:
    """Occupation to skill, each pair once: essential where both are stated. Adds the file's report to `reports`."""
    report, rows = _rows(files, "occupationSkillRelations", ("occupationUri", "relationType", "skillUri"), reports)
    names = {"essential": "essential", "optional": "optional"}
    ends = (("occupation", occupations), ("skill", skills))
    return [OccupationSkill(*link) for link in _links(report, rows, names, ends)]


def skill_links(files: ReleaseFiles, skills: Collection[str], reports: list[FileReport]) -> list[SkillRelation]:
    """Skill to skill: `requires` (essential), `related` (optional) and `broader`, the last without circles."""
    ends = (("skill", skills), ("other skill", skills))
    report, rows = _rows(files, "skillSkillRelations", ("originalSkillUri", "relationType", "relatedSkillUri"), reports)
    required = _links(report, rows, {"essential": "requires", "optional": "related"}, ends)
    report, rows = _rows(files, "broaderRelationsSkillPillar", ("conceptUri", "broaderType", "broaderUri"), reports)
    between_skills = []
    for narrow, broader_type, broad in rows:
        if broader_type.lower() in _GROUP_TYPES:
            report.leave_out("the broader concept is a group of skills, not a skill")
        else:
            between_skills.append((narrow, "broader", broad))
    broader = _links(report, between_skills, {"broader": "broader"}, ends)
    return [SkillRelation(*link) for link in (*required, *_without_circles(report, broader))]


def _rows(
    files: ReleaseFiles, role: Role, columns: tuple[str, str, str], reports: list[FileReport]
) -> tuple[FileReport, Iterable[_Link]]:
    """The stripped values of three columns, and the report that the caller fills."""
    file = files.relations[role]
    table = read_columns(file, columns)
    report = FileReport(file.shown, read=table.num_rows)
    reports.append(report)
    values = [[value.strip() for value in column.to_pylist()] for column in table.columns]
    return report, zip(*values, strict=True)


def _links(
    report: FileReport,
    rows: Iterable[_Link],
    names: Mapping[str, str],
    ends: tuple[tuple[str, Collection[str]], tuple[str, Collection[str]]],
) -> list[_Link]:
    """The rows that link two known concepts, each pair once, under the name that `names` gives to its relation.

    `names` has the strongest relation first: it stays where a pair is stated with two. `ends` says what the concepts
    at either end are called in the report, and which are known.
    """
    (source_name, sources), (target_name, targets) = ends
    strength = {name: index for index, name in enumerate(names.values())}
    links: dict[tuple[str, str], str] = {}
    for source, relation, target in rows:
        name = names.get(relation.lower())
        if name is None:
            report.leave_out(f"the relation is {relation[:40] or 'not stated'}")
        elif source not in sources:
            report.leave_out(f"the {source_name} is not in the release")
        elif target not in targets:
            report.leave_out(f"the {target_name} is not in the release")
        elif source == target:
            report.leave_out("it links a concept to itself")
        else:
            stated = links.get((source, target))
            if stated is not None:
                report.leave_out("the link is stated twice")
            if stated is None or strength[name] < strength[stated]:
                links[source, target] = name
    report.kept = len(links)
    return [(source, name, target) for (source, target), name in links.items()]


def _without_circles(report: FileReport, links: Iterable[_Link]) -> list[_Link]:
    """The broader links less one of each circle, so that going upwards ends somewhere."""
    pairs = {(narrow, broad) for narrow, _, broad in links}
    while circle := broader_circle(pairs):
        pairs.remove(max(pairwise(circle)))
        report.kept -= 1
        report.leave_out("it closes a circle of broader skills")
    return [(narrow, "broader", broad) for narrow, broad in pairs]
