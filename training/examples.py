"""Batches of training pairs: a text, and another text of the same skill (or occupation)."""

from __future__ import annotations

import ast
import csv
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.taxonomy import Taxonomy
from training.held_out import SkillLabels, hold_out

HERE = Path(__file__).parent
QUALIFIER = re.compile(r"\s*\([^()]*\)\s*$")
QUALIFIER_DROPPED = 0.3
NOISE_ADDED = 0.15
SENTENCE_END = re.compile(r"(?<=[.;])\s+")
MAX_DESCRIPTION = 400
Order = Callable[[int], list[int]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A text, a text that means the same, and every concept that the first one names.

    `stretch` are the characters of the first text that name it, where only they are to be embedded. Occupations are
    numbered below zero.
    """

    text: str
    target: str
    concepts: frozenset[int]
    stretch: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Occupation:
    en: str
    fr: str | None
    alternatives_en: list[str]
    alternatives_fr: list[str]


class Examples:
    """Everything the encoder is trained on. No validation, development or test set is read.

    Args:
        taxonomy: ESCO in English and French.
        data: the folder of real data; SkillSkape's and SkillSpan's training files are read.
        seed: of every draw.

    Attributes:
        held_out: the labels left out, rows as `held_out.FIELDS`.
    """

    def __init__(self, taxonomy: Taxonomy, data: Path, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._qualifier = random.Random(seed)
        rows = taxonomy.skills.to_pylist()
        self.skills = [
            SkillLabels(r["skill_id"], r["label_en"], r["label_fr"], list(r["alt_en"] or []), list(r["alt_fr"] or []),
                        r["description_en"] or "")
            for r in rows
        ]  # fmt: skip
        self.held_out = hold_out(self.skills)
        place = {skill.skill_id: i for i, skill in enumerate(self.skills)}
        names: dict[str, list[int]] = {}
        for i, skill in enumerate(self.skills):
            names.setdefault(skill.en.strip(), []).append(i)
        self._skillskape = list(_skillskape(data / "benchmarks/skillskape/train.csv", names))
        self._noise = list(_sentences_without_skill(data / "benchmarks/skillspan/train.jsonl"))
        self._written = [(place[skill], text) for skill, text in _written() if skill in place]
        self._occupations = [
            _Occupation(r["label_en"], r["label_fr"], list(r["alt_en"] or []), list(r["alt_fr"] or []))
            for r in taxonomy.occupations.to_pylist()
        ]
        self._frames = {lang: (HERE / f"frames/{lang}.txt").read_text("utf-8").splitlines() for lang in ("en", "fr")}
        self._makers: dict[str, Callable[[int, Order], Iterator[Pair]]] = {
            "label": self._labels, "frame": self._framed, "desc": self._descriptions, "skape": self._machine_sentences,
            "written": self._written_sentences, "occ": self._occupation_titles,
        }  # fmt: skip

    @property
    def draws(self) -> list[random.Random]:
        """The random states, for saving and taking up a training."""
        return [self._random, self._qualifier]

    def batch(self, kind: str, size: int, order: Order) -> list[Pair]:
        """Pairs of one kind; `order` draws the skills, so that similar ones meet in a batch as hard negatives."""
        return list(self._makers[kind](size, order))

    def _clean(self, label: str) -> str:
        """Now and then without its qualifier: texts leave it out."""
        return QUALIFIER.sub("", label) if self._qualifier.random() < QUALIFIER_DROPPED else label

    def _target(self, i: int) -> str:
        draw, skill = self._random.random(), self.skills[i]
        if skill.fr and draw < 0.35:
            return skill.fr
        if skill.alternatives_en and draw < 0.6:
            return self._random.choice(skill.alternatives_en)
        if skill.alternatives_fr and draw < 0.68:
            return self._random.choice(skill.alternatives_fr)
        return skill.en

    def _label(self, i: int, language: str) -> str:
        skill = self.skills[i]
        if language == "fr":
            french = ([skill.fr] if skill.fr else []) + skill.alternatives_fr
            if french:
                return self._random.choice(french)
        if skill.alternatives_en and self._random.random() < 0.7:
            return self._random.choice(skill.alternatives_en)
        return skill.en

    def _language(self, i: int, french: float) -> str:
        return "fr" if self._random.random() < french and self.skills[i].fr else "en"

    def _labels(self, size: int, order: Order) -> Iterator[Pair]:
        """Two labels of a skill, often one in each language."""
        for i in order(size):
            skill = self.skills[i]
            one, other = self._label(i, self._language(i, 0.4)), self._target(i)
            if one == other:
                other = skill.en if one != skill.en else (skill.fr or one)
            if one != other:
                first = self._clean(one)
                yield Pair(first, self._clean(other), frozenset({i}))

    def _framed(self, size: int, order: Order) -> Iterator[Pair]:
        """Labels set into turns of phrase of postings and courses, alone or in lists."""
        drawn = order(size)
        for i in drawn:
            language = self._language(i, 0.45)
            named = [(i, self._clean(self._label(i, language)))]
            for _ in range(self._random.choice((0, 0, 1, 1, 2, 3))):
                j = (
                    self._random.choice(drawn)
                    if self._random.random() < 0.5
                    else self._random.randrange(len(self.skills))
                )
                named.append((j, self._clean(self._label(j, language))))
            self._random.shuffle(named)
            text, places = self._sentence(named, language)
            if (self._random.random() < 0.5 and len(named) > 1) or self._random.random() < 0.15:
                yield Pair(text, self._target(i), frozenset({i}), places[i])
            else:
                yield Pair(text, self._target(i), frozenset(j for j, _ in named))

    def _sentence(self, named: list[tuple[int, str]], language: str) -> tuple[str, dict[int, tuple[int, int]]]:
        conjunction = " and " if language == "en" else " et "
        glue = self._random.choice((", ", ", ", " / ", "; ", " ", conjunction))
        body, places = "", {}
        for n, (i, label) in enumerate(named):
            if n:
                last = n == len(named) - 1
                body += self._random.choice((", ", conjunction)) if last and glue == ", " else glue
            places[i] = (len(body), len(body) + len(label))
            body += label
        frame = self._random.choice(self._frames[language])
        before = frame.index("{}")
        text = self._noisy(frame.replace("{}", body))
        return text, {i: (before + start, before + end) for i, (start, end) in places.items()}

    def _noisy(self, text: str) -> str:
        return f"{text} {self._random.choice(self._noise)}" if self._random.random() < NOISE_ADDED else text

    def _descriptions(self, size: int, order: Order) -> Iterator[Pair]:
        for i in order(size):
            whole = self.skills[i].description
            if whole:
                sentences = SENTENCE_END.split(whole)
                text = self._random.choice(sentences) if self._random.random() < 0.5 else whole
                yield Pair((text if len(text) >= 15 else whole)[:MAX_DESCRIPTION], self._target(i), frozenset({i}))

    def _machine_sentences(self, size: int, order: Order) -> Iterator[Pair]:
        for text, skills in self._random.sample(self._skillskape, size):
            i = self._random.choice(skills)
            yield Pair(self._noisy(text), self._target(i), frozenset(skills))

    def _written_sentences(self, size: int, order: Order) -> Iterator[Pair]:
        for i, text in self._random.sample(self._written, min(size, len(self._written))):
            yield Pair(text, self._target(i), frozenset({i}))

    def _occupation_titles(self, size: int, order: Order) -> Iterator[Pair]:
        """Two titles of an occupation; French ones at times in both genders."""
        for k in self._random.sample(range(len(self._occupations)), size):
            job = self._occupations[k]
            titles = [t for t in (job.en, job.fr, *job.alternatives_en, *job.alternatives_fr) if t]
            if len(titles) < 2:
                continue
            if job.alternatives_fr and self._random.random() < 0.4:
                one = self._random.choice(job.alternatives_fr)
            elif self._random.random() < 0.3 and job.fr:
                one = job.fr
            else:
                one = self._random.choice(titles)
            if one != job.en and self._random.random() < 0.5:
                other = job.en
            else:
                other = self._random.choice([t for t in titles if t != one] or [job.en])
            if self._random.random() < 0.15 and "/" not in one and job.alternatives_fr:
                one = f"{one} / {self._random.choice(job.alternatives_fr)}"
            yield Pair(one, other, frozenset({-k - 1}))


def _skillskape(path: Path, names: dict[str, list[int]]) -> Iterator[tuple[str, list[int]]]:
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            skills = [i for label in ast.literal_eval(row["skills"]) for i in names.get(label.strip(), [])]
            if skills:
                yield row["sentence"], skills


def _sentences_without_skill(path: Path) -> Iterator[str]:
    for line in path.read_text("utf-8").splitlines():
        row: dict[str, Any] = orjson.loads(line)
        if all(tag == "O" for tag in row["tags_skill"] + row["tags_knowledge"]) and len(row["tokens"]) > 4:
            yield " ".join(row["tokens"])


def _written() -> Iterator[tuple[str, str]]:
    """Sentences written for this project, with the skill that each calls for."""
    with (HERE / "data/sentences.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row["skill_id"], row["text"]
