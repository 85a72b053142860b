"""The starter taxonomy that comes with the package, read from its CSV files."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable

from pipeline.errors import TaxonomyError
from pipeline.taxonomy.checks import RowKey, describe_problems
from pipeline.taxonomy.model import Taxonomy, build_taxonomy
from pipeline.taxonomy.schema import Occupation, OccupationSkill, Skill, SkillRelation

STARTER_NAME = "starter"

_TEXTS = ("label_en", "label_fr", "alt_en", "alt_fr", "description_en", "description_fr")
_COLUMNS = {
    "skills": ("skill_id", "kind", "reuse", *_TEXTS),
    "occupations": ("occupation_id", "noc_2021", "isco_08", *_TEXTS),
    "skill_relations": ("skill_id", "relation", "target_id"),
    "occupation_skills": ("occupation_id", "relation", "skill_id"),
}
_ALTERNATIVES_SEPARATOR = "|"


def load_starter(folder: Traversable | None = None) -> Taxonomy:
    """Reads the starter taxonomy: `taxonomy.toml` with its version, and a folder of CSV files for each sector.

    A sector folder holds any of skills.csv, occupations.csv, skill_relations.csv and occupation_skills.csv; its name
    becomes the sector of the concepts in it. Works from a source tree, an installed package and a zipped one.

    Args:
        folder: where to read it instead of from the package.

    Raises:
        TaxonomyError: a file cannot be read or the taxonomy is not whole; each problem names its file and line.
    """
    root = folder if folder is not None else files("pipeline.taxonomy") / "starter"
    if not root.is_dir():
        raise TaxonomyError(f"The starter taxonomy is not at {root}: install the package again, with its data files.")
    rows = _Rows()
    for sector in sorted((item for item in root.iterdir() if item.is_dir()), key=lambda item: item.name):
        for file in sorted(sector.iterdir(), key=lambda item: item.name):
            if file.name.endswith(".csv"):
                rows.read(file, sector.name)
    if rows.problems:
        raise TaxonomyError(describe_problems("The starter taxonomy", rows.problems))
    taxonomy = build_taxonomy(
        STARTER_NAME,
        _version(root / "taxonomy.toml"),
        skills=rows.skills,
        occupations=rows.occupations,
        skill_relations=rows.skill_relations,
        occupation_skills=rows.occupation_skills,
    )
    taxonomy.check(rows.places)
    return taxonomy


@dataclass
class _Rows:
    """What has been read so far, and where: `places` has the file and line of each row, by table and key."""

    skills: list[Skill] = field(default_factory=list)
    occupations: list[Occupation] = field(default_factory=list)
    skill_relations: list[SkillRelation] = field(default_factory=list)
    occupation_skills: list[OccupationSkill] = field(default_factory=list)
    places: dict[RowKey, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def read(self, file: Traversable, sector: str) -> None:
        """Adds the rows of one file, or problems that say what is wrong with it."""
        table = file.name.removesuffix(".csv")
        shown = f"{STARTER_NAME}/{sector}/{file.name}"
        if table not in _COLUMNS:
            expected = ", ".join(f"{name}.csv" for name in _COLUMNS)
            self.problems.append(f"{shown}: not a file of the starter taxonomy: name it one of {expected}.")
            return
        for line, row in self._records(file, shown, _COLUMNS[table]):
            place = f"{shown}, line {line}"
            key = (table, *row.values()) if "relation" in row else (table, next(iter(row.values())))
            if key in self.places and "relation" not in row:  # two sectors may state the same relation
                self.problems.append(f"{place}: {' '.join(key[1:])} is already at {self.places[key]}: keep one.")
                continue
            self.places[key] = place
            self._add(table, row, sector)

    def _records(self, file: Traversable, shown: str, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
        """The line on which each record ends and its fields, in the order of `columns`."""
        try:
            reader = csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline=""), strict=True)
            header = next(reader, [])
            if sorted(header) != sorted(columns):
                self.problems.append(
                    f"{shown}, line 1: the columns are {','.join(header)!r}: write {','.join(columns)}."
                )
                return
            for values in reader:
                if not values:
                    continue
                if len(values) != len(header):
                    self.problems.append(
                        f"{shown}, line {reader.line_num}: {len(values)} fields instead of {len(header)}: "
                        "quote the fields that hold a comma, a quotation mark or a line break."
                    )
                    continue
                row = dict(zip(header, values, strict=True))
                yield reader.line_num, {column: row[column].strip() for column in columns}
        except csv.Error as error:
            self.problems.append(f"{shown}, line {reader.line_num}: {error}: correct the quotation marks.")
        except UnicodeDecodeError as error:
            self.problems.append(f"{shown}: byte {error.start} is not UTF-8: save the file as UTF-8.")

    def _add(self, table: str, row: dict[str, str], sector: str) -> None:
        """Adds one record that has the table's columns."""
        if table == "skill_relations":
            self.skill_relations.append(SkillRelation(**row))
        elif table == "occupation_skills":
            self.occupation_skills.append(OccupationSkill(**row))
        else:
            texts: dict[str, str] = {name: text for name, text in row.items() if not name.startswith("alt_")}
            alt_en = row["alt_en"].split(_ALTERNATIVES_SEPARATOR)
            alt_fr = row["alt_fr"].split(_ALTERNATIVES_SEPARATOR)
            if table == "skills":
                self.skills.append(Skill(**texts, sector=sector, alt_en=alt_en, alt_fr=alt_fr))
            else:
                self.occupations.append(Occupation(**texts, sector=sector, alt_en=alt_en, alt_fr=alt_fr))


def _version(file: Traversable) -> str:
    """The version that taxonomy.toml states."""
    try:
        version = tomllib.loads(file.read_text(encoding="utf-8"))["version"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        shown = f"{STARTER_NAME}/{file.name}"
        raise TaxonomyError(f'{shown} does not state the version ({error}): write version = "1.0.0" in it.') from error
    return str(version)
