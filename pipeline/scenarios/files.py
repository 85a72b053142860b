"""Scenario files: a question, whose it is, and which answers are wanted, in TOML that people write.

A file says which postings are the group (`[start]`, the workforce or the industry) and, where people may go elsewhere,
which are the other (`[end]`). Six files are packaged in configs/scenarios; any other is given by its path.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from pipeline.errors import SettingsError

Answer = Literal["skills", "trends", "shared", "roles", "open", "credentials", "ways", "unmet", "bundles", "learners",
                 "outcomes"]  # fmt: skip
ANSWERS: Final[tuple[Answer, ...]] = get_args(Answer)
NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Code = Annotated[str, Field(pattern=r"^\d{2,6}$")]
Region = Annotated[str, Field(pattern="^[A-Z]{2}-[A-Z0-9]{1,3}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Part(BaseModel):
    """A part of the file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Part):
    """A text in both languages."""

    en: Text
    fr: Text

    def say(self, language: Literal["en", "fr"]) -> str:
        """The text in a language."""
        return self.en if language == "en" else self.fr


class Selection(_Part):
    """Which postings are a group: those that any of these chooses.

    Attributes:
        naics: beginnings of NAICS codes: "21" is all of mining, quarrying, and oil and gas extraction.
        employers: names as posted; case, accents and white space around them do not matter.
        occupations: ids of roles, or NOC 2021 codes and beginnings of them.
        sectors: of the taxonomy, where it has them.
    """

    naics: tuple[Code, ...] = ()
    employers: tuple[Text, ...] = ()
    occupations: tuple[Text, ...] = ()
    sectors: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _chooses_something(self) -> Selection:
        if not (self.naics or self.employers or self.occupations or self.sectors):
            raise ValueError("chooses no posting: give at least one of naics, employers, occupations and sectors")
        return self


class Learner(_Part):
    """Where a learner starts: what they can do already, by ids of skills."""

    id: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    en: Text
    fr: Text
    skills: tuple[Text, ...]


class Scenario(_Part):
    """A question and its group.

    Attributes:
        name: by default that of the file, without its ending.
        order: its place in a list of scenarios.
        title: a line.
        question: what is asked, in a sentence or two.
        shows: which answers, in the order of the page.
        start: the group that it is about.
        end: where its people may go; the group itself where nothing is given.
        regions: ISO 3166-2; postings elsewhere do not count. None: everywhere.
        skill_sectors: sectors of the taxonomy to which `shared` keeps.
        listed: rows of a list on the page; the tables have all.
        max_gap: a way that leaves more of the role than this to be learned is left out.
        min_wage_change: a way to roles that pay less than this part of the wage that is left is left out.
        outcomes: a file of indicators: the name of a packaged one, or a path from the scenario file.
        learners: from where learners start, for `learners`.
    """

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    order: int = 100
    title: Bilingual
    question: Bilingual
    shows: Annotated[tuple[Answer, ...], Field(min_length=1)]
    start: Selection
    end: Selection | None = None
    regions: tuple[Region, ...] = ()
    skill_sectors: tuple[Text, ...] = ()
    listed: Annotated[int, Field(ge=1, le=500)] = 12
    max_gap: Share = 0.9
    min_wage_change: Annotated[float, Field(ge=0.0)] = 1.0
    outcomes: str | None = None
    learners: tuple[Learner, ...] = ()

    @model_validator(mode="after")
    def _shows_what_it_can(self) -> Scenario:
        if len(set(self.shows)) < len(self.shows):
            raise ValueError("shows: names an answer twice; name each once")
        if ("outcomes" in self.shows) != (self.outcomes is not None):
            raise ValueError('outcomes: name a file of indicators and "outcomes" in shows, or neither')
        if ("learners" in self.shows) != bool(self.learners):
            raise ValueError('learners: give [[learners]] and "learners" in shows, or neither')
        return self

    @property
    def sides(self) -> dict[str, Selection]:
        """The groups by the name of their side."""
        return {"start": self.start} | ({"end": self.end} if self.end else {})

    @property
    def aim(self) -> str:
        """The side where people may go."""
        return "end" if self.end else "start"


def packaged_scenarios() -> list[Scenario]:
    """The scenarios that come with the program, in their order."""
    found = [_read(path) for path in _folder().glob("*.toml")]
    return sorted(found, key=lambda scenario: (scenario.order, scenario.name))


def read_scenario(wanted: str) -> Scenario:
    """Reads a scenario: a packaged one by its name, or a TOML file by its path.

    Raises:
        SettingsError: it is not there or wrong; names the file, the key and what to do.
    """
    packaged = _folder() / f"{wanted}.toml"
    if NAME.fullmatch(wanted) and packaged.is_file():
        return _read(packaged)
    if wanted.endswith(".toml"):
        return _read(Path(wanted))
    known = ", ".join(scenario.name for scenario in packaged_scenarios())
    raise SettingsError(f"There is no scenario {wanted!r}. Name one of {known}, or give the path of a .toml file.")


def _folder() -> Path:
    return Path(str(files("pipeline").joinpath("configs/scenarios")))


def _read(path: Path) -> Scenario:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors on Windows write a byte order mark
    except OSError as error:
        raise SettingsError(f"The scenario file {path} cannot be read: {error.strerror}. Give another path.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The scenario file {path} is not valid TOML: {error}.") from None
    if not NAME.fullmatch(path.stem):
        raise SettingsError(f"The scenario file {path} needs another name: use a to z, 0 to 9 and - before .toml.")
    if isinstance(values.get("outcomes"), str) and (path.parent / values["outcomes"]).is_file():
        values["outcomes"] = str(path.parent / values["outcomes"])
    try:
        return Scenario.model_validate({"name": path.stem, **values})
    except ValidationError as error:
        problems = "; ".join(map(_problem, error.errors()))
        raise SettingsError(f"The scenario file {path} is wrong: {problems}.") from None


def _problem(error: ErrorDetails) -> str:
    """The key, what is wrong with it, and what to write instead."""
    key = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{key} is no key of a scenario: take it out, or check its spelling and the [section] it stands in"
    if error["type"] == "missing":
        return f"{key} is missing: add it"
    if error["type"] == "literal_error":
        return f"{key} is {str(error['input'])[:80]!r}: write one of {', '.join(ANSWERS)}"
    if error["type"] == "string_pattern_mismatch":
        return f"{key} is {str(error['input'])[:80]!r}: write {_pattern_in_words(key)}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


def _pattern_in_words(key: str) -> str:
    if ".naics" in key:
        return 'the first two to six digits of a NAICS code, such as "21"'
    return 'an ISO 3166-2 code such as "CA-AB"' if key.startswith("regions") else "a to z, 0 to 9 and -"
