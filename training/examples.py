"""Batches of training pairs: a text, and another text of the same skill (or occupation)."""

from __future__ import annotations

import ast
import csv
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.taxonomy import Taxonomy, searched_labels
from training.annotated import Annotated, read_annotated
from training.held_out import SkillLabels, hold_out

HERE = Path(__file__).parent
QUALIFIER = re.compile(r"\s*\([^()]*\)\s*$")
QUALIFIER_DROPPED = 0.3
NOISE_ADDED = 0.15
SENTENCE_END = re.compile(r"(?<=[.;])\s+")
MAX_DESCRIPTION = 400
HIDDEN_LABEL, HIDDEN_TARGET = 0.45, 0.12  # how often a hidden label stands for the skill, where it has some
FRENCH = 0.5  # of the texts, where the skill has a name in it: English has six times as many labels in ESCO
STRETCH_ALONE = 0.4  # of the stretches of real texts
Order = Callable[[int], list[int]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A text, a text that means the same, the concept that both name, and every concept that the first one names.

    `stretch` are the characters of the first text that name it, where only they are to be embedded. `against` is a name
    of a skill that the text was judged not to ask for, and what it names. Occupations are numbered below zero.
    """

    text: str
    target: str
    concept: int
    concepts: frozenset[int]
    stretch: tuple[int, int] | None = None
    against: tuple[str, frozenset[int]] | None = None


@dataclass(frozen=True)
class _Occupation:
    en: str
    fr: str | None
    alternatives_en: list[str]
    alternatives_fr: list[str]


@dataclass(frozen=True, slots=True)
class _Real:
    """A stretch of a real text, the skills that it names, those refused, and those that the whole text names."""

    text: str
    stretch: tuple[int, int]
    skills: list[int]
    refused: list[int]
    alike: frozenset[int]


class Examples:
    """Everything the encoder is trained on. No validation, development or test set is read.

    Args:
        taxonomy: ESCO in English and French.
        data: the folder of real data; SkillSkape's and SkillSpan's training files and the postings are read.
        seed: of every draw.
        others: taxonomies whose labels and descriptions of skills are learned too.

    Attributes:
        held_out: the labels left out, rows as `held_out.FIELDS`.
        skills: of all taxonomies, one after the other.
        taxonomy: of each skill the number of its taxonomy.
    """

    def __init__(self, taxonomy: Taxonomy, data: Path, seed: int = 0, others: Sequence[Taxonomy] = ()) -> None:
        self._random = random.Random(seed)
        self._qualifier = random.Random(seed)
        self.skills = _skill_labels(taxonomy)
        self.held_out = hold_out(self.skills)
        names: dict[str, list[int]] = {}
        for i, skill in enumerate(self.skills):
            names.setdefault(skill.en.strip(), []).append(i)
        own = len(self.skills)
        self.taxonomy = [0] * own
        for number, other in enumerate(others, 1):
            labels = _without(_skill_labels(other), self.held_out)
            self.skills += labels
            self.taxonomy += [number] * len(labels)
        self._alike = _alike(self.skills, own)
        place = {skill.skill_id: i for i, skill in enumerate(self.skills)}
        self._skillskape = list(_skillskape(data / "benchmarks/skillskape/train.csv", names))
        self._noise = list(_sentences_without_skill(data / "benchmarks/skillspan/train.jsonl"))
        written = [(place[row["skill_id"]], row["text"], row["translation"]) for row in _sentences()
                   if row["skill_id"] in place]  # fmt: skip
        self._written = [(i, text) for i, *texts in written for text in texts if text]
        self._parallel = [each for each in written if each[2]]
        self._annotated = list(self._real(read_annotated(data, HERE / "data/annotated.tsv"), place))
        self._occupations = [
            _Occupation(r["label_en"], r["label_fr"], list(r["alt_en"] or []), list(r["alt_fr"] or []))
            for r in taxonomy.occupations.to_pylist()
        ]
        self._frames = {lang: (HERE / f"frames/{lang}.txt").read_text("utf-8").splitlines() for lang in ("en", "fr")}
        self._makers: dict[str, Callable[[int, Order], Iterator[Pair]]] = {
            "label": self._labels, "frame": self._framed, "desc": self._descriptions, "skape": self._machine_sentences,
            "written": self._written_sentences, "parallel": self._translations, "occ": self._occupation_titles,
            "real": self._real_stretches,
        }  # fmt: skip

    @property
    def draws(self) -> list[random.Random]:
        """The random states, for saving and taking up a training."""
        return [self._random, self._qualifier]

    def batch(self, kind: str, size: int, order: Order) -> list[Pair]:
        """Pairs of one kind; `order` draws the skills, so that similar ones meet in a batch as hard negatives."""
        return list(self._makers[kind](size, order))

    def _real(self, annotated: list[Annotated], place: dict[str, int]) -> Iterator[_Real]:
        """The stretches to learn from, without texts that hold a label held out of a skill that they name."""
        held: dict[str, list[str]] = defaultdict(list)
        for _, skill, label, _ in self.held_out:
            held[skill].append(label.casefold())
        named: dict[str, frozenset[int]] = defaultdict(frozenset)
        for each in annotated:
            named[each.text] |= frozenset(place[skill] for skill in each.skills & place.keys())
        for each in annotated:
            skills, refused = (
                sorted(place[skill] for skill in some & place.keys()) for some in (each.skills, each.refused)
            )
            text = each.text.casefold()
            if skills and each.for_encoder and not any(label in text for skill in each.skills for label in held[skill]):
                alike = frozenset[int]().union(*(self._alike[i] for i in named[each.text]))
                yield _Real(each.text, (each.start, each.end), skills, [i for i in refused if i not in alike], alike)

    def _clean(self, label: str) -> str:
        """Now and then without its qualifier: texts leave it out."""
        return QUALIFIER.sub("", label) if self._qualifier.random() < QUALIFIER_DROPPED else label

    def _target(self, i: int) -> str:
        skill = self.skills[i]
        hidden = skill.hidden_en + skill.hidden_fr
        if hidden and self._random.random() < HIDDEN_TARGET:
            return self._random.choice(hidden)
        draw = self._random.random()
        if skill.fr and draw < 0.35:
            return skill.fr
        if skill.alternatives_en and draw < 0.6:
            return self._random.choice(skill.alternatives_en)
        if skill.alternatives_fr and draw < 0.68:
            return self._random.choice(skill.alternatives_fr)
        return skill.en

    def _label(self, i: int, language: str) -> str:
        skill = self.skills[i]
        hidden = skill.hidden_fr if language == "fr" else skill.hidden_en
        if hidden and self._random.random() < HIDDEN_LABEL:
            return self._random.choice(hidden)
        if language == "fr":
            french = ([skill.fr] if skill.fr else []) + skill.alternatives_fr
            if french:
                return self._random.choice(french)
        if skill.alternatives_en and self._random.random() < 0.7:
            return self._random.choice(skill.alternatives_en)
        return skill.en

    def _language(self, i: int, french: float) -> str:
        skill = self.skills[i]
        return "fr" if self._random.random() < french and (skill.fr or skill.hidden_fr) else "en"

    def _labels(self, size: int, order: Order) -> Iterator[Pair]:
        """Two labels of a skill, often one in each language."""
        for i in order(size):
            skill = self.skills[i]
            one, other = self._label(i, self._language(i, FRENCH)), self._target(i)
            if one == other:
                other = skill.en if one != skill.en else (skill.fr or one)
            if one != other:
                first = self._clean(one)
                yield Pair(first, self._clean(other), i, self._alike[i])

    def _framed(self, size: int, order: Order) -> Iterator[Pair]:
        """Labels set into turns of phrase of postings and courses, alone or in lists."""
        drawn = order(size)
        for i in drawn:
            language = self._language(i, FRENCH)
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
                yield Pair(text, self._target(i), i, self._alike[i], places[i])
            else:
                alike = frozenset[int]().union(*(self._alike[j] for j, _ in named))
                yield Pair(text, self._target(i), i, alike)

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
            skill = self.skills[i]
            whole = self._random.choice([text for text in (skill.description, skill.description_fr) if text] or [""])
            if whole:
                sentences = SENTENCE_END.split(whole)
                text = self._random.choice(sentences) if self._random.random() < 0.5 else whole
                yield Pair((text if len(text) >= 15 else whole)[:MAX_DESCRIPTION], self._target(i), i, self._alike[i])

    def _machine_sentences(self, size: int, order: Order) -> Iterator[Pair]:
        for text, skills in self._random.sample(self._skillskape, size):
            i = self._random.choice(skills)
            yield Pair(self._noisy(text), self._target(i), i, frozenset(skills))

    def _written_sentences(self, size: int, order: Order) -> Iterator[Pair]:
        for i, text in self._random.sample(self._written, min(size, len(self._written))):
            yield Pair(text, self._target(i), i, self._alike[i])

    def _real_stretches(self, size: int, order: Order) -> Iterator[Pair]:
        """What real postings say for a skill: within its text, as linking embeds it, or alone, as it is asked for."""
        for each in self._random.sample(self._annotated, min(size, len(self._annotated))):
            i = self._random.choice(each.skills)
            target = self._target(i)
            wrong = self._random.choice(each.refused) if each.refused else None
            against = None if wrong is None else (self._target(wrong), self._alike[wrong])
            if self._random.random() < STRETCH_ALONE:
                yield Pair(each.text[slice(*each.stretch)], target, i, each.alike, None, against)
            else:
                yield Pair(each.text, target, i, each.alike, each.stretch, against)

    def _translations(self, size: int, order: Order) -> Iterator[Pair]:
        """A sentence in one language and in the other."""
        for i, text, translation in self._random.sample(self._parallel, min(size, len(self._parallel))):
            one, other = self._random.sample((text, translation), 2)
            yield Pair(one, other, i, self._alike[i])

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
            yield Pair(one, other, -k - 1, frozenset({-k - 1}))


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


def _sentences() -> Iterator[dict[str, str]]:
    """Sentences written for this project: skill_id, language, text, and the translation of those that have one."""
    with (HERE / "data/sentences.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row | {"translation": row["translation"] or ""}


def _skill_labels(taxonomy: Taxonomy) -> list[SkillLabels]:
    """The skills of a taxonomy with all their labels."""
    hidden: dict[tuple[str, str], list[str]] = defaultdict(list)
    searched, _ = searched_labels(taxonomy)
    for row in searched.filter(searched["hidden"]).to_pylist():
        hidden[row["concept_id"], row["language"]].append(row["label"])
    return [
        SkillLabels(r["skill_id"], r["label_en"], r["label_fr"], list(r["alt_en"] or []), list(r["alt_fr"] or []),
                    r["description_en"] or "", r["description_fr"] or "", hidden[r["skill_id"], "en"],
                    hidden[r["skill_id"], "fr"])
        for r in taxonomy.skills.to_pylist()
    ]  # fmt: skip


def _without(skills: list[SkillLabels], held_out: list[tuple[str, str, str, str]]) -> list[SkillLabels]:
    """The same without alternatives that are held out as labels of another taxonomy's skills."""
    held = {label.casefold() for _, _, label, _ in held_out}
    for skill in skills:
        skill.alternatives_en = [label for label in skill.alternatives_en if label.casefold() not in held]
        skill.alternatives_fr = [label for label in skill.alternatives_fr if label.casefold() not in held]
    return skills


def _alike(skills: list[SkillLabels], own: int) -> list[frozenset[int]]:
    """For each skill itself, and the others' that share a label with one of the first `own`: no negatives of it."""
    owners: dict[str, set[int]] = defaultdict(set)
    labels = [{label.casefold() for label in (s.en, s.fr, *s.alternatives_en, *s.alternatives_fr) if label}
              for s in skills]  # fmt: skip
    for i, names in enumerate(labels):
        for name in names:
            owners[name].add(i)
    return [
        frozenset({i, *(j for name in names for j in owners[name] if (j < own) != (i < own))})
        for i, names in enumerate(labels)
    ]
