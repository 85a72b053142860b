"""How a sentence asks for a skill: as required or merely preferred, for how many years, at what proficiency.

A sentence is cut into items at commas and conjunctions. Words such as "must", "an asset" or "souhaité" speak for the
items that they stand before, after or in; what the sentence leaves open is up to the heading above it.
Pure functions of text; nothing is raised, and the time they take grows with the length of the text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

from pipeline.ingest import Language
from pipeline.linking.level_words import (
    BESIDE,
    CEFR,
    CONDITION,
    CONTENT_WORD,
    COPULA,
    DUTY,
    EXPERIENCE,
    FILLER,
    FOLLOWS,
    FORWARD,
    HEADING_NEGATED,
    HEADING_OF_TWO,
    HEADINGS,
    LANGUAGE_NAME,
    LEADS_ON,
    LEVEL_CUES,
    LOOK_BACK,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    NEXT_WORD,
    NO_EXPERIENCE_BEFORE,
    NO_EXPERIENCE_LATER,
    PROFICIENCY_CUES,
    SEPARATOR,
    SHORT_ITEM,
    YEARS,
    Direction,
    lowered,
    years_of,
)

# Part of the caches' keys: raise it when anything here or in `level_words` changes what is read from a text.
LEVELS_VERSION = "1"

Level = Literal["preferred", "unstated", "required"]
Proficiency = Literal["basic", "intermediate", "advanced", "expert"]
LEVELS: tuple[Level, ...] = get_args(Level)  # weakest first
PROFICIENCIES: tuple[Proficiency, ...] = get_args(Proficiency)

MOST_YEARS = 30  # who asks for more speaks of the firm
HEADING_LENGTH = 120
LONGEST_LIST = 12


@dataclass(frozen=True, slots=True)
class Demand:
    """How a text asks for a skill; None stands for what it does not say."""

    level: Level | None = None
    years: float | None = None
    proficiency: Proficiency | None = None


NOTHING = Demand()


def own_demands(text: str, language: Language, spans: Sequence[tuple[int, int]]) -> list[Demand]:
    """What a unit's own words say of each of the skills found in it.

    Args:
        text: one unit, as `Unit.text`.
        language: of the text.
        spans: (start, end) of each skill, in characters of the unit.

    Returns:
        One for each span. The level is None where the words leave it open, and `unstated` where they say that the skill
        is not asked for ("no experience required") or do not say which level is whose.
    """
    words = lowered(text)
    levels = list(LEVEL_CUES[language].find(words))
    years = list(_durations(words))
    grades = [(start, end, value, where == "adjective") for start, end, value, where in _grades(words, language)]
    if not (levels or years or grades):
        return [NOTHING] * len(spans)
    reading = _Reading(words, [(start, end) for start, end, _, _ in years])
    reading.add_levels(levels)
    reading.years = [reading.statement(*each) for each in years]
    reading.grades = [reading.statement(*each) for each in grades]
    return [_demand(reading, start, end) for start, end in spans]


@lru_cache(maxsize=10_000)
def heading_level(heading: str, language: Language) -> Level | None:
    """The level that a heading ("Nice to have", "Vous devez connaître") gives to what stands under it.

    Args:
        heading: as `Unit.heading`; only its first 120 characters count.
        language: of the words around level words; "Assets" and "Exigences" are understood in both.

    Returns:
        The level; None where the heading gives none, or both.
    """
    words = lowered(heading[:HEADING_LENGTH])
    if HEADING_NEGATED.search(words):
        return None
    found = {level for level, pattern in HEADINGS if pattern.search(words)}
    found = found or {value for _, _, value, _ in LEVEL_CUES[language].find(words)}
    if not found or (len(found) > 1 and HEADING_OF_TWO.search(words)):
        return None
    return "preferred" if "preferred" in found else "required"


@dataclass(slots=True)
class _Cue:
    """Words that give a level: to the items before them, behind them, or only to their own (in parentheses)."""

    start: int
    end: int
    item: int
    level: Level
    before: bool = False
    behind: bool = False
    bracketed: bool = False


@dataclass(slots=True)
class _Statement:
    """Years or a proficiency.

    It `leads` to the items that follow, or is all that its item says (`alone`); one that is `adjacent` counts only
    right beside the skill.
    """

    start: int
    end: int
    item: int
    value: str
    adjacent: bool
    leads: bool
    alone: bool


@dataclass(slots=True)
class _Reading:
    """A unit cut into items; `sentence[i]` is the first item of the sentence of item i."""

    words: str
    closed: list[tuple[int, int]]
    starts: list[int] = field(default_factory=lambda: [0])
    ends: list[int] = field(default_factory=list)
    sentence: list[int] = field(default_factory=lambda: [0])
    cues: list[_Cue] = field(default_factory=list)
    content: list[int] = field(default_factory=list)
    years: list[_Statement] = field(default_factory=list)
    grades: list[_Statement] = field(default_factory=list)

    def __post_init__(self) -> None:
        closing = [start for start, _ in self.closed]
        for match in SEPARATOR.finditer(self.words):
            inside = bisect_right(closing, match.start()) - 1
            if inside >= 0 and match.start() < self.closed[inside][1]:
                continue  # "3 or 4 years" is one item
            self.ends.append(match.start())
            self.starts.append(match.end())
            self.sentence.append(len(self.starts) - 1 if match["strong"] else self.sentence[-1])
        self.ends.append(len(self.words))

    def item_at(self, place: int) -> int:
        """The item in which a character stands."""
        return max(bisect_right(self.starts, place) - 1, 0)

    def add_levels(self, found: Sequence[tuple[int, int, str, Direction]]) -> None:
        """Takes in the cues of the unit, those left out that only describe a noun."""
        spans = [(start, end) for start, end, _, _ in found]
        self.content = [
            match.start()
            for match in CONTENT_WORD.finditer(self.words)
            if match.group() not in FILLER and not _inside(match.start(), spans)
        ]
        last = 0
        for start, end, value, direction in found:
            cue = self._cue(start, end, value, direction, last)
            if cue:
                self.cues.append(cue)
            last = end

    def says(self, start: int, end: int) -> bool:
        """Whether a stretch holds a word that is neither a cue nor filler."""
        place = bisect_left(self.content, start)
        return place < len(self.content) and self.content[place] < end

    def _cue(self, start: int, end: int, value: str, direction: Direction, last: int) -> _Cue | None:
        item = self.item_at(start)
        first, stop = self.starts[item], self.ends[item]
        opening = self.words.rfind("(", first, start)
        bracketed = opening >= 0 and self.words.find(")", opening, start) < 0
        closing = self.words.find(")", end, stop) if bracketed else -1
        before, after = self.says(first, start), self.says(end, closing if closing >= 0 else stop)
        ahead = self.words[max(first, last, start - LOOK_BACK) : start]
        sentence = self.words[max(self.starts[self.sentence[item]], start - LOOK_BACK) : start]
        if direction == "adjective" and before and not self._says_level(sentence, end, after):
            return None
        if CONDITION.search(ahead):
            return None
        negated = NEGATED_BEFORE.search(ahead) or NEGATED_AFTER.match(self.words, end)
        level: Level = "unstated" if negated else "required" if value == "required" else "preferred"
        cue = _Cue(start, end, item, level, bracketed=bracketed)
        leads = LEADS_ON.match(self.words, end)
        if before and after:
            cue.before = direction != "before"
            cue.behind = direction == "before" or leads is not None
        elif before or after:
            cue.before, cue.behind = before, after or bool(leads and leads.group().endswith(":"))
        else:  # all that the item says: "Ideally, ..." speaks of what follows, "..., preferred" of what went before
            opens = item == self.sentence[item] or not self.says(self.starts[item - 1], self.ends[item - 1])
            cue.before, cue.behind = not opens, opens
        return cue

    def _says_level(self, ahead: str, end: int, after: bool) -> bool:
        """Whether an adjective behind other words asks for what they name, rather than tell which thing is meant."""
        if COPULA.search(ahead):
            return True
        following = NEXT_WORD.match(self.words, end) if after else None
        return (following is None or following[1] in FOLLOWS) and not DUTY.search(ahead)

    def statement(self, start: int, end: int, value: str, adjacent: bool) -> _Statement:
        """Years or a proficiency in its item."""
        item = self.item_at(start)
        alone = not self.says(self.starts[item], start) and not self.says(end, self.ends[item])
        leads = FORWARD.match(self.words, end) is not None
        return _Statement(start, end, item, value, adjacent, leads, alone)

    def same_sentence(self, one: int, other: int) -> bool:
        """Whether two items stand in one sentence."""
        return self.sentence[one] == self.sentence[other]

    def lists(self, first: int, last: int) -> bool:
        """Whether the items from the first to the last, both included, are a list of short ones."""
        items = range(first, min(last, first + LONGEST_LIST) + 1)
        return last - first < LONGEST_LIST and all(
            SHORT_ITEM.fullmatch(self.words, self.starts[i], self.ends[i]) for i in items
        )


def _inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a character stands in one of several sorted spans."""
    index = bisect_right(spans, place, key=lambda span: span[0]) - 1
    return index >= 0 and place < spans[index][1]


def _durations(words: str) -> Iterator[tuple[int, int, str, bool]]:
    """Start, end and years of each length of experience; true where nothing says that it is one of experience."""
    plain = EXPERIENCE.search(words) is None
    for match in YEARS.finditer(words):
        years = years_of(match)
        if years is None or not 0 < years <= MOST_YEARS:
            continue
        ahead = words[max(match.start() - LOOK_BACK, 0) : match.start()]
        if not (NO_EXPERIENCE_BEFORE.search(ahead) or NO_EXPERIENCE_LATER.match(words, match.end())):
            yield match.start(), match.end(), str(years), plain and FORWARD.match(words, match.end()) is None


def _grades(words: str, language: Language) -> list[tuple[int, int, str, Direction]]:
    """Start, end, proficiency and direction of each; of a range of language levels ("B2/C1") the lower end."""
    found = list(PROFICIENCY_CUES[language].find(words))
    levels = list(CEFR.finditer(words))
    if levels and LANGUAGE_NAME.search(words):
        named = {"a": "basic", "b": "intermediate", "c": "advanced"}
        found += [
            (match.start(), match.end(), "expert" if match[1] == "c2" else named[match[1][0]], "before")
            for match in levels
        ]
        found.sort()
    return found


def _demand(reading: _Reading, start: int, end: int) -> Demand:
    if start <= 0 and end >= len(reading.words):
        level, years, grade = _common_level(reading.cues), _common(reading.years), _common(reading.grades)
    else:
        level = _level(reading, start, end)
        years, grade = (_stated(reading, said, start, end) for said in (reading.years, reading.grades))
    proficiency = next((name for name in PROFICIENCIES if name == grade), None)
    return Demand(level, None if years is None else float(years), proficiency)


def _common_level(cues: list[_Cue]) -> Level | None:
    """The level that all cues of a unit agree on; `unstated` where they don't."""
    levels = {cue.level for cue in cues}
    asked = levels - {"unstated"}
    return asked.pop() if len(asked) == 1 else "unstated" if levels else None


def _common(statements: list[_Statement]) -> str | None:
    values = {each.value for each in statements if not each.adjacent or each.start == 0}
    return values.pop() if len(values) == 1 else None


def _level(reading: _Reading, start: int, end: int) -> Level | None:
    """The level of a skill: from its own item, else from words before it that lead on, else from words behind it."""
    first, last = reading.item_at(start), reading.item_at(max(end - 1, start))
    own = [
        cue for cue in reading.cues
        if first <= cue.item <= last and (cue.end <= start or end <= cue.start)
        and not (cue.bracketed and cue.end <= start and not cue.behind)
    ]  # fmt: skip
    if own:
        return _or_next(reading, min(own, key=lambda cue: (not _faces(cue, start, end), _distance(cue, start, end))))
    earlier = [cue for cue in reading.cues if cue.end <= start and cue.item < first]
    if earlier and earlier[-1].behind and not earlier[-1].bracketed and reading.same_sentence(earlier[-1].item, first):
        return earlier[-1].level
    later = [cue for cue in reading.cues if cue.start >= end and cue.item > last]
    if later and later[0].before and not later[0].bracketed and reading.same_sentence(later[0].item, last):
        return _or_next(reading, later[0])
    return None


def _or_next(reading: _Reading, cue: _Cue) -> Level:
    """The level of a cue; of "not required but an asset" that of the second half."""
    place = reading.cues.index(cue) + 1
    if cue.level == "unstated" and place < len(reading.cues):
        following = reading.cues[place]
        if following.before and not following.behind and not reading.says(cue.end, following.start):
            return following.level
    return cue.level


def _faces(cue: _Cue, start: int, end: int) -> bool:
    return (cue.before and end <= cue.start) or (cue.behind and cue.end <= start)


def _beside(words: str, said: _Statement, start: int, end: int) -> bool:
    between = (end, said.start) if end <= said.start else (said.end, start)
    return BESIDE.fullmatch(words, *between) is not None


def _distance(said: _Cue | _Statement, start: int, end: int) -> int:
    return said.start - end if end <= said.start else start - said.end


def _stated(reading: _Reading, statements: list[_Statement], start: int, end: int) -> str | None:
    """The years, or the proficiency, of a skill: from its item, else from a list's first, else from the next item."""
    first, last = reading.item_at(start), reading.item_at(max(end - 1, start))
    apart = [
        each for each in statements
        if (each.end <= start or end <= each.start) and (not each.adjacent or _beside(reading.words, each, start, end))
    ]  # fmt: skip
    own = [each for each in apart if first <= each.item <= last]
    if own:
        return min(own, key=lambda each: (_distance(each, start, end), each.start)).value
    earlier = [each for each in apart if each.item < first and reading.same_sentence(each.item, first)]
    if earlier and earlier[-1].leads and reading.lists(earlier[-1].item + 1, last):
        return earlier[-1].value
    later = [each for each in apart if each.item == last + 1 and reading.same_sentence(each.item, last)]
    return later[0].value if later and later[0].alone else None
