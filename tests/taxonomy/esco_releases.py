"""Small ESCO releases in the shapes of versions 1.0, 1.1 and 1.2, all with the same content."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ESCO = "http://data.europa.eu/esco"
FORKLIFT = f"{ESCO}/skill/11111111-forklift"
LOGISTICS = f"{ESCO}/skill/22222222-logistics"
TEAM = f"{ESCO}/skill/33333333-team"
OPERATOR = f"{ESCO}/occupation/44444444-operator"
WAITER = f"{ESCO}/occupation/55555555-waiter"
GROUP = f"{ESCO}/skill/S8.9"

Rows = list[dict[str, str]]
Release = dict[str, Rows]  # a file's name, its rows by column

_SKILLS: Rows = [
    {
        "conceptUri": TEAM,
        "skillType": "skill/competence",
        "reuseLevel": "transversal",
        "preferredLabel": "work in teams",
        "altLabels": "teamwork",
        "description": "Work confidently within a group.",
    },
    {
        "conceptUri": FORKLIFT,
        "skillType": "skill/competence",
        "reuseLevel": "sector-specific",
        "preferredLabel": "operate\u00a0forklift ",
        "altLabels": "drive forklift\noperate forklift\ndrive a lift truck",
        "description": 'Operate a "forklift", safely.\nAny make.',
    },
    {
        "conceptUri": LOGISTICS,
        "skillType": "knowledge",
        "reuseLevel": "cross-sector",
        "preferredLabel": "logistics",
        "altLabels": "",
        "description": "The flow of goods, from origin to use.",
    },
]
_OCCUPATIONS: Rows = [
    {
        "conceptUri": WAITER,
        "iscoGroup": "5131",
        "preferredLabel": "waiter/waitress",
        "altLabels": "table attendant",
        "description": "They serve guests.",
        "code": "5131.2",
    },
    {
        "conceptUri": OPERATOR,
        "iscoGroup": "8344",
        "preferredLabel": "forklift operator",
        "altLabels": "lift truck driver",
        "description": "They move goods.",
        "code": "8344.1",
    },
]
_FRENCH_SKILLS: Rows = [
    {"conceptUri": FORKLIFT, "preferredLabel": "conduire un chariot élévateur", "altLabels": "manœuvrer un chariot"},
    {"conceptUri": TEAM, "preferredLabel": "travailler en équipe", "altLabels": ""},
]
_FRENCH_OCCUPATIONS: Rows = [
    {"conceptUri": OPERATOR, "preferredLabel": "cariste", "altLabels": "conducteur/conductrice de chariot"},
    {"conceptUri": WAITER, "preferredLabel": "serveur/serveuse de restaurant", "altLabels": ""},
]
_OCCUPATION_SKILLS: Rows = [
    {"occupationUri": WAITER, "relationType": "essential", "skillType": "skill/competence", "skillUri": TEAM},
    {"occupationUri": OPERATOR, "relationType": "optional", "skillType": "knowledge", "skillUri": LOGISTICS},
    {"occupationUri": OPERATOR, "relationType": "essential", "skillType": "skill/competence", "skillUri": FORKLIFT},
]
_SKILL_SKILLS: Rows = [
    {
        "originalSkillUri": FORKLIFT,
        "originalSkillType": "skill/competence",
        "relationType": "optional",
        "relatedSkillType": "knowledge",
        "relatedSkillUri": LOGISTICS,
    },
]
_BROADER: Rows = [
    {"conceptType": "SkillGroup", "conceptUri": f"{GROUP}.1", "broaderType": "SkillGroup", "broaderUri": GROUP},
    {
        "conceptType": "KnowledgeSkillCompetence",
        "conceptUri": FORKLIFT,
        "broaderType": "SkillGroup",
        "broaderUri": GROUP,
    },
    {
        "conceptType": "KnowledgeSkillCompetence",
        "conceptUri": FORKLIFT,
        "broaderType": "KnowledgeSkillCompetence",
        "broaderUri": LOGISTICS,
    },
]


def _with(rows: Rows, **values: str) -> Rows:
    return [{**row, **values} for row in rows]


def _without(rows: Rows, *columns: str) -> Rows:
    return [{name: value for name, value in row.items() if name not in columns} for row in rows]


def release_1_0() -> Release:
    """As in 2017: few columns, no status, no language on files of relations."""
    return {
        "skills_en.csv": _with(_SKILLS, conceptType="KnowledgeSkillCompetence"),
        "occupations_en.csv": _without(_with(_OCCUPATIONS, conceptType="Occupation"), "code"),
        "skills_fr.csv": _FRENCH_SKILLS,
        "occupations_fr.csv": _FRENCH_OCCUPATIONS,
        "occupationSkillRelations.csv": _OCCUPATION_SKILLS,
        "skillSkillRelations.csv": _SKILL_SKILLS,
        "broaderRelationsSkillPillar.csv": _BROADER,
    }


def release_1_1() -> Release:
    """As in 2022: status, dates, hidden labels and schemes, some concepts obsolete."""
    extra = {"hiddenLabels": "", "status": "released", "modifiedDate": "", "scopeNote": "", "inScheme": f"{ESCO}/a,\nb"}
    old_skill = {**_SKILLS[0], "conceptUri": f"{ESCO}/skill/old", "preferredLabel": "use telex"}
    old_job = {**_OCCUPATIONS[0], "conceptUri": f"{ESCO}/occupation/old", "preferredLabel": "telex clerk"}
    release = release_1_0()
    release["skills_en.csv"] = [
        *_with(_SKILLS, conceptType="KnowledgeSkillCompetence", **extra),
        {**old_skill, **extra, "conceptType": "KnowledgeSkillCompetence", "status": "obsolete"},
    ]
    release["occupations_en.csv"] = [
        *_with(_OCCUPATIONS, conceptType="Occupation", **extra),
        {**old_job, **extra, "conceptType": "Occupation", "status": "obsolete"},
    ]
    release["skillGroups_en.csv"] = [{"conceptType": "SkillGroup", "conceptUri": GROUP, "preferredLabel": "driving"}]
    release["transversalSkillsCollection_en.csv"] = [{"conceptUri": TEAM, "preferredLabel": "work in teams"}]
    return release


def release_1_2() -> Release:
    """As in 2024: a language on every file, labels beside URIs in relations, NACE codes, columns elsewhere."""
    release = release_1_1()
    release["occupations_en.csv"] = [
        dict(reversed(row.items())) for row in _with(release["occupations_en.csv"], naceCode="http://data.europa.eu/n")
    ]
    for language in ("en", "fr"):
        release[f"occupationSkillRelations_{language}.csv"] = _with(
            _OCCUPATION_SKILLS, occupationLabel="label, with comma", skillLabel="label"
        )
        release[f"skillSkillRelations_{language}.csv"] = _SKILL_SKILLS
        release[f"broaderRelationsSkillPillar_{language}.csv"] = _with(_BROADER, conceptLabel="a", broaderLabel="b")
    for name in ("occupationSkillRelations.csv", "skillSkillRelations.csv", "broaderRelationsSkillPillar.csv"):
        del release[name]
    release["greenShareOcc_en.csv"] = [{"conceptUri": OPERATOR, "greenShare": "0.1"}]
    return release


SHAPES: Mapping[str, Callable[[], Release]] = {"1.0": release_1_0, "1.1": release_1_1, "1.2": release_1_2}


def csv_text(rows: Sequence[Mapping[str, str]]) -> str:
    """The rows as CSV, with the columns of the first."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def write_folder(release: Release, folder: Path) -> Path:
    """Writes the release as a folder of CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in release.items():
        (folder / name).write_text(csv_text(rows), encoding="utf-8")
    return folder


def write_zip(release: Release, path: Path, folder: str) -> Path:
    """Writes the release as the portal gives it: a zip file with one folder in it."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in release.items():
            archive.writestr(f"{folder}/{name}", "\ufeff" + csv_text(rows))
            archive.writestr(f"__MACOSX/{folder}/._{name}", b"\0")
    return path
