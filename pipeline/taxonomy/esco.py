"""Imports the ESCO classification (European Commission), releases 1.0 to 1.2, from the CSV files it is published as."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from pipeline.errors import TaxonomyError
from pipeline.taxonomy.esco_relations import occupation_links, skill_links
from pipeline.taxonomy.esco_release import (
    FileReport,
    ReleaseFile,
    choose_files,
    find_release_files,
    read_columns,
    stated_version,
)
from pipeline.taxonomy.model import Taxonomy, build_taxonomy
from pipeline.taxonomy.schema import ConceptKind, Occupation, Reuse, Skill

ESCO_NAME = "esco"
ESCO_LANGUAGES = ("en", "fr")

_KINDS = {"knowledge": "knowledge", "skill/competence": "skill", "skill": "skill", "attitude": "attitude"}
_REUSES = frozenset(get_args(Reuse))
_GROUPS = {"skillgroup", "iscogroup", "conceptscheme"}  # concept types that only gather others
_OPTIONAL_COLUMNS = ("conceptType", "altLabels", "hiddenLabels", "status", "description")
_OWN_COLUMNS: Mapping[ConceptKind, tuple[str, ...]] = {
    "skills": ("skillType", "reuseLevel"),
    "occupations": ("iscoGroup", "code"),
}
_SHARED_LETTERS = 3  # a masculine word and its feminine begin with as many equal letters, or are the same


@dataclass(frozen=True)
class ImportReport:
    """What an import read, kept and left out.

    Attributes:
        name: the taxonomy's name.
        version: the release, as given or as the names of the files say.
        files: what became of each file that was read, in reading order.
        not_read: files of relations that another file gives already.
        assumed: what was taken for granted, with the number of skills ("no reuse level, taken as cross-sector").
        counts: rows of the taxonomy, by table.
        without_french: concepts that have no French label, by kind.
    """

    name: str
    version: str
    files: tuple[FileReport, ...]
    not_read: tuple[str, ...]
    assumed: Mapping[str, int]
    counts: Mapping[str, int]
    without_french: Mapping[ConceptKind, int]

    def lines(self) -> list[str]:
        """The report for a person, a line each."""
        lines = [f"{self.name} {self.version}"]
        for report in self.files:
            lines.append(f"  {report.file}: {report.read:,} rows read, {report.kept:,} kept")
            lines += [f"    {number:,} left out: {reason}" for reason, number in sorted(report.left_out.items())]
        lines += [f"  {file}: not read, a file above has the same relations" for file in self.not_read]
        lines += [f"  {number:,} skills with {what}" for what, number in sorted(self.assumed.items())]
        lines += [f"  {number:,} {table.replace('_', ' ')}" for table, number in self.counts.items()]
        lines += [f"  {number:,} {kind} without a French label" for kind, number in self.without_french.items()]
        return lines


@dataclass
class _Texts:
    """A concept's texts in one language; `own` has the columns that only its kind of concept has."""

    label: str
    alternatives: list[str]
    description: str
    own: Mapping[str, str] = field(default_factory=dict)


_NO_TEXTS = _Texts(label="", alternatives=[], description="")


def import_esco(
    sources: Sequence[Path], languages: Sequence[str] = ESCO_LANGUAGES, version: str | None = None
) -> tuple[Taxonomy, ImportReport]:
    """Imports an ESCO release.

    The English files say which concepts there are; French files give them labels, also those of another release and
    those with labels only. The preferred French label is that of the first source that has one; preferred labels of
    later sources become alternatives, and so do hidden labels. A job title in two genders ("technicien de
    laboratoire/technicienne de laboratoire") gives each as an alternative. Of the relations between skills,
    `essential` becomes `requires` and `optional` becomes `related`. Groups of skills are not skills: left out.

    Args:
        sources: folders (searched all the way down) and zip files of the release, in any number.
        languages: `en`, or `en` and `fr`.
        version: the release, where the names of files and folders do not say it.

    Returns:
        The taxonomy (`esco`, sector null, checked) and a report of what was read, kept and left out.

    Raises:
        TaxonomyError: a file of the release is missing or cannot be read, or what can be kept is not whole.
    """
    if "en" not in languages or not set(languages) <= set(ESCO_LANGUAGES):
        raise TaxonomyError(f"ESCO is imported in en, or in en and fr, not in {', '.join(languages)}.")
    files = choose_files(find_release_files(sources), languages, [str(source) for source in sources])
    reports: list[FileReport] = []
    skills = _english(files.concepts["skills", "en"], "skills", reports)
    occupations = _english(files.concepts["occupations", "en"], "occupations", reports)
    french_skills = _french(files.concepts.get(("skills", "fr"), []), "skills", skills, reports)
    french_occupations = _french(files.concepts.get(("occupations", "fr"), []), "occupations", occupations, reports)
    assumed: Counter[str] = Counter()
    taxonomy = build_taxonomy(
        ESCO_NAME,
        version or stated_version(files.concepts["skills", "en"][0]) or "unstated",
        skills=[_skill(uri, texts, french_skills.get(uri, _NO_TEXTS), assumed) for uri, texts in skills.items()],
        occupations=[
            _occupation(uri, texts, french_occupations.get(uri, _NO_TEXTS)) for uri, texts in occupations.items()
        ],
        skill_relations=skill_links(files, skills.keys(), reports),
        occupation_skills=occupation_links(files, occupations.keys(), skills.keys(), reports),
    )
    taxonomy.check()
    return taxonomy, ImportReport(
        name=taxonomy.name,
        version=taxonomy.version,
        files=tuple(reports),
        not_read=files.not_read,
        assumed=dict(assumed),
        counts={name: table.num_rows for name, table in taxonomy.tables().items()},
        without_french={
            "skills": taxonomy.skills["label_fr"].null_count,
            "occupations": taxonomy.occupations["label_fr"].null_count,
        },
    )


def gendered_forms(title: str, language: str) -> tuple[str, ...]:
    """Both forms of a job title that gives two genders around a slash, written out; nothing for any other title.

    French "conducteur/conductrice de four" gives "conducteur de four" and "conductrice de four": the shorter side
    takes the ending of the longer one, provided that their words go together one by one. An English title with
    sides of unequal length rather names two jobs ("stage/production manager"): it stays as it is.
    """
    parts = title.split("/")
    middle = len(parts) // 2
    first, second = "/".join(parts[:middle]).split(), "/".join(parts[middle:]).split()
    if len(parts) % 2 or not first or not second:
        return ()
    alike_at_first, alike_at_last = _same_stem(first[0], second[0]), _same_stem(first[-1], second[-1])
    if len(first) == len(second):
        matching = alike_at_first or alike_at_last or len(first) == 1
    else:
        matching = language == "fr" and alike_at_first
        # "brasseur-malteur/brasseuse malteuse" has as many words on both sides: neither lacks an ending.
        unequal = len(re.split(r"[\s-]+", " ".join(first))) != len(re.split(r"[\s-]+", " ".join(second)))
        if unequal and all(_same_stem(*pair) for pair in zip(first, second, strict=False)):
            first, second = [*first, *second[len(first) :]], [*second, *first[len(second) :]]
    return (" ".join(first), " ".join(second)) if matching else ()


def _same_stem(word: str, other: str) -> bool:
    """Whether two words are the same or may be the two genders of one."""
    word, other = (text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for text in (word, other))
    return word == other or (len(word) >= _SHARED_LETTERS and word[:_SHARED_LETTERS] == other[:_SHARED_LETTERS])


def _english(files: Sequence[ReleaseFile], kind: ConceptKind, reports: list[FileReport]) -> dict[str, _Texts]:
    """The English concepts by URI; the first row of a URI is the one that counts."""
    concepts: dict[str, _Texts] = {}
    for report, uri, texts in _rows(files, kind, reports):
        if uri in concepts:
            report.leave_out("the concept is in an earlier row or file")
        else:
            concepts[uri] = texts
            report.kept += 1
    return concepts


def _french(
    files: Sequence[ReleaseFile], kind: ConceptKind, concepts: Mapping[str, _Texts], reports: list[FileReport]
) -> dict[str, _Texts]:
    """The French texts of the concepts by URI, merged over the files in their order."""
    french: dict[str, _Texts] = {}
    for report, uri, texts in _rows(files, kind, reports):
        if uri not in concepts:
            report.leave_out(f"the concept is not among the English {kind}")
            continue
        report.kept += 1
        if texts.description == concepts[uri].description:
            texts.description = ""  # releases repeat the English one where there is no translation
        merged = french.setdefault(uri, texts)
        if merged is not texts:
            merged.alternatives += [texts.label, *texts.alternatives]
            merged.description = merged.description or texts.description
    return french


def _rows(
    files: Sequence[ReleaseFile], kind: ConceptKind, reports: list[FileReport]
) -> Iterator[tuple[FileReport, str, _Texts]]:
    """The usable rows of the files; the others are counted in the file's report, which joins `reports`."""
    for file in files:
        report = FileReport(file.shown)
        reports.append(report)
        table = read_columns(file, ("conceptUri", "preferredLabel"), (*_OPTIONAL_COLUMNS, *_OWN_COLUMNS[kind]))
        for row in table.to_pylist():
            report.read += 1
            uri, label, status = row["conceptUri"].strip(), row["preferredLabel"].strip(), row["status"].strip()
            if row["conceptType"].strip().lower() in _GROUPS:
                report.leave_out("it is a group, not a concept")
            elif status.lower() not in ("", "released"):
                report.leave_out(f"its status is {status[:40]}")
            elif not uri or not label:
                report.leave_out("it has no URI" if not uri else "it has no preferred label")
            else:
                # The release writes one alternative a line, its thematic collections and copies of it use bars.
                alternatives = re.split(r"[\r\n|]+", f"{row['altLabels']}\n{row['hiddenLabels']}")
                own = {name: row[name].strip() for name in _OWN_COLUMNS[kind]}
                yield report, uri, _Texts(label, alternatives, row["description"].strip(), own)


def _skill(uri: str, english: _Texts, french: _Texts, assumed: Counter[str]) -> Skill:
    """One skill; what the release does not state is taken as the widest value and counted in `assumed`."""
    kind, reuse = _KINDS.get(english.own["skillType"].lower()), english.own["reuseLevel"].lower()
    if kind is None:
        assumed["no known skill type, taken as skill"] += 1
    if reuse not in _REUSES:
        assumed["no known reuse level, taken as cross-sector"] += 1
    return Skill(
        skill_id=uri,
        kind=kind or "skill",
        reuse=reuse if reuse in _REUSES else "cross-sector",
        label_en=english.label,
        label_fr=french.label,
        alt_en=english.alternatives,
        alt_fr=french.alternatives,
        description_en=english.description,
        description_fr=french.description,
    )


def _occupation(uri: str, english: _Texts, french: _Texts) -> Occupation:
    """One occupation, with both forms of titles that give two genders."""
    return Occupation(
        occupation_id=uri,
        isco_08=_isco_code(english.own["iscoGroup"]) or _isco_code(english.own["code"].split(".")[0]),
        label_en=english.label,
        label_fr=french.label,
        alt_en=_written_out(english, "en"),
        alt_fr=_written_out(french, "fr"),
        description_en=english.description,
        description_fr=french.description,
    )


def _written_out(texts: _Texts, language: str) -> list[str]:
    """The alternatives of an occupation, those in two genders replaced by both forms, with those of its label."""
    forms = list(gendered_forms(texts.label, language))
    for alternative in texts.alternatives:
        forms += gendered_forms(alternative, language) or (alternative,)
    return forms


def _isco_code(group: str) -> str | None:
    """The four digits of `2654`, `C2654` or `http://data.europa.eu/esco/isco/C2654`; None for anything else."""
    match = re.search(r"(?:^|C)([0-9]{3,4})$", group)
    return match[1].zfill(4) if match else None  # a spreadsheet turns 0110 into 110
