"""Real texts with the skills that they name, of ESCO or of the starter: labelled for this project, without the texts.

`data/annotated.tsv` holds no text, only the key of one, the stretch and the skills. The texts are SkillSpan's training
sentences, with the stretches that its annotators marked (Zhang et al., 2022), and units of real postings.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from pipeline.errors import SettingsError
from pipeline.ingest import Language, plain_text
from pipeline.linking import split_units
from pipeline.linking.confidence import fold_of
from pipeline.linking.labelled_sets import Example, LabelledSet, read_spans
from pipeline.linking.units import unit_key

SKILLSPAN = "skillspan"
# Of each source of postings: the file, the column with the text, and its language.
POSTINGS: dict[str, tuple[str, str, Language]] = {
    "francetravail": ("postings/francetravail_2025.jsonl", "description", "fr"),
    "jobbank": ("postings/jobbank_alberta_2022.jsonl", "job_requirement", "en"),
}
UNIT_CHARACTERS = 400
ENCODER_FOLDS = frozenset({0, 1, 2, 3})  # texts that the encoder learns from; confidence is fitted on the others


@dataclass(frozen=True, slots=True)
class Annotated:
    """A stretch of a text and the ids of the skills that it names; none where no skill fits.

    `refused` are skills that resemble it and were judged beside those, and not chosen.
    """

    source: str
    taxonomy: str
    language: Language
    text: str
    start: int
    end: int
    skills: frozenset[str]
    refused: frozenset[str]

    @property
    def for_encoder(self) -> bool:
        """Whether the encoder may learn from the text; the same for all stretches of a text."""
        return fold_of(self.text) in ENCODER_FOLDS


def read_annotated(data: Path, file: Path) -> list[Annotated]:
    """The labelled stretches with their texts.

    Args:
        data: the folder of real data, with `benchmarks/skillspan/train.jsonl` and `postings/`.
        file: TSV with source, taxonomy (esco or starter), key (as `unit_key`), start, end, skills and refused, ids
            joined by "|".

    Raises:
        SettingsError: a text of the file is not in the data.
    """
    texts: dict[str, dict[str, tuple[str, Language]]] = {SKILLSPAN: dict(_sentences(data))}
    texts |= {source: dict(_units(data, source)) for source in POSTINGS}
    found = []
    with file.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream, delimiter="\t"), 2):
            if row["key"] not in texts[row["source"]]:
                raise SettingsError(f"{file}, line {number}: {data} holds no text {row['key']} of {row['source']}")
            text, language = texts[row["source"]][row["key"]]
            skills, refused = (frozenset(row[name].split("|")) - {""} for name in ("skills", "refused"))
            place = int(row["start"]), int(row["end"])
            found.append(Annotated(row["source"], row["taxonomy"], language, text, *place, skills, refused))
    return found


def annotated_sets(annotated: Iterable[Annotated], taxonomy: str) -> list[LabelledSet]:
    """What confidence is fitted on: texts that the encoder did not see, whole, and SkillSpan's stretches alone.

    Args:
        annotated: as `read_annotated` gives them.
        taxonomy: whose skills are wanted, "esco" or "starter".
    """
    whole: dict[tuple[str, Language], dict[str, set[str]]] = defaultdict(dict)
    alone: dict[str, set[str]] = {}
    for each in annotated:
        if each.for_encoder or each.taxonomy != taxonomy:
            continue
        whole[each.source, each.language].setdefault(each.text, set()).update(each.skills)
        if each.source == SKILLSPAN:
            alone.setdefault(each.text[each.start : each.end], set()).update(each.skills)
    named = [(source, language, texts) for (source, language), texts in whole.items()]
    if alone:
        named.append((f"{SKILLSPAN}, stretches", "en", alone))
    return [
        LabelledSet(name, language, tuple(Example(text, frozenset(skills)) for text, skills in texts.items()))
        for name, language, texts in named
    ]


def _sentences(data: Path) -> Iterator[tuple[str, tuple[str, Language]]]:
    sentences, _ = read_spans(data / "benchmarks/skillspan/train.jsonl")
    for one in sentences:
        yield unit_key(one.text, "en"), (one.text, "en")


def _units(data: Path, source: str) -> Iterator[tuple[str, tuple[str, Language]]]:
    name, column, language = POSTINGS[source]
    for line in (data / name).read_text(encoding="utf-8").splitlines():
        for unit in split_units(plain_text(str(orjson.loads(line).get(column) or "")), UNIT_CHARACTERS):
            yield unit_key(unit.text, language), (unit.text, language)
