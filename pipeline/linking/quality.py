"""Everything the quality page says: linking measured on every labelled set that is there, beside plain baselines.

Comes in: linkers, and the folders of the labelled sets. Goes out: a `QualityReport` of plain figures, the same for the
same data, taxonomy and model. A set that is missing is named as such; it stops nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeVar

import numpy as np
import pyarrow as pa

from pipeline.errors import EncoderError, SettingsError
from pipeline.ingest import DocumentStore, Kind, Language
from pipeline.lake import Lake
from pipeline.linking.baselines import Baseline
from pipeline.linking.confidence import CROSS_FITTED
from pipeline.linking.documents import link_documents
from pipeline.linking.evaluate import (
    CANDIDATES,
    Calibration,
    calibration,
    jaccard,
    kept,
    ranking_quality,
    rankings,
)
from pipeline.linking.evidence import DOCUMENT_KIND
from pipeline.linking.labelled_sets import (
    LANGUAGES,
    Judged,
    LabelledSet,
    balanced,
    read_competences,
    read_held_out,
    read_judged,
    read_linked,
    read_linked_documents,
    read_skillskape,
    read_spans,
    read_validation,
    without_labels,
)
from pipeline.linking.linker import Link, Linker
from pipeline.linking.quality_figures import (
    Confidence,
    Documents,
    Pair,
    QualityReport,
    Ranked,
    Spans,
    Verdict,
    span_figures,
    verdicts,
)
from pipeline.settings import LINK_CACHE_FLOOR, LinkingSettings
from pipeline.taxonomy import Taxonomy

Progress = Callable[[str, int, int], None]
Readers = Mapping[str, Callable[[], LabelledSet]]
Baselines = Mapping[str, Callable[[Language], Baseline]]
T = TypeVar("T")

OWN = "Passerelle"
VALIDATION = ("tech", "house")
HELD_OUT_QUERIES = 2000  # labels asked for per language; more say nothing new
# What texts of these kinds stand in; all others stand in postings.
CREDENTIAL_KINDS = frozenset({"outcome", "course_logistics"})
NOT_A_SKILL, LINKED = "tests/data/not_a_skill.csv", "tests/data/starter_links.csv"
HELD_OUT = "training/held_out.csv"
OWN_TEXTS = "postings and credentials"


@dataclass
class Evaluation:
    """What a run of the evaluation works with; `report` measures everything.

    Attributes:
        linker: over the taxonomy that the labelled sets name.
        starter: over the built-in taxonomy.
        relink: makes a linker over a changed taxonomy, with the same encoder.
        baselines: by name, made for a language when first asked for.
        settings: the threshold and the limits.
        data: the folder that has `benchmarks`.
        checkout: the folder that has this project's own labelled files.
        credentials: the sample's credentials, as `DocumentStore.current` gives them.
        progress: told (what, done, in all).
    """

    linker: Linker
    starter: Linker
    relink: Callable[[Taxonomy], Linker]
    baselines: Baselines
    settings: LinkingSettings
    data: Path
    checkout: Path
    credentials: pa.Table
    progress: Progress
    missing: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)

    def report(self) -> QualityReport:
        """Measures everything that is there.

        Raises:
            EncoderError: the encoder fails.
        """
        self.linker.check()
        self.starter.check()
        built_in = self.starter.taxonomy
        texts = self._sets(_whole_texts(self.data / "benchmarks", self.linker.taxonomy))
        others = self._sets(_other_queries(self.data / "benchmarks", self.linker.taxonomy))
        ranked = [self._rank(each, self.linker) for each in (*texts, *others)]
        ranked += self._held_out()
        confidence, pooled = self._confidence(texts, self.linker)
        own, _ = self._confidence(
            self._read(OWN_TEXTS, lambda: read_linked(self.checkout / LINKED, built_in)) or [],
            self.starter,
        )
        documents, own_pairs = self._own_documents()
        taxonomy, encoder = self.linker.taxonomy, self.linker.encoder
        return QualityReport(
            taxonomy=_named(taxonomy),
            skills=taxonomy.skills.num_rows,
            starter=_named(built_in),
            model=(encoder.settings.model, encoder.fingerprint),
            linker=self.linker.fingerprint,
            min_confidence=self.settings.min_confidence,
            ranked=tuple(each for each in ranked if each.systems),
            confidence=tuple(confidence),
            own=tuple(own),
            documents=tuple(documents),
            pooled=pooled,
            spans=self._spans(),
            verdicts=tuple(self._verdicts()),
            left_out=self.left_out,
            pairs=tuple(self._pairs()),
            own_pairs=tuple(own_pairs),
            missing=self.missing,
        )

    # --- Sets -------------------------------------------------------------------------------------------------------

    def _read(self, name: str, read: Callable[[], T]) -> T | None:
        """What a reader gives, or None and a note where the set is not there or no such file."""
        try:
            return read()
        except SettingsError as error:
            plain = str(error).replace(f"{self.data}/", "").replace(f"{self.checkout}/", "")
            self.missing[name] = plain.rstrip(".")
            return None

    def _sets(self, readers: Readers) -> list[LabelledSet]:
        found = [(name, self._read(name, read)) for name, read in readers.items()]
        for name, each in found:
            if each is not None and not each.queries:
                self.missing[name] = "no row of it has a skill of the taxonomy"
        return [each for _, each in found if each is not None and each.queries]

    # --- Ranking ----------------------------------------------------------------------------------------------------

    def _rank(self, labelled: LabelledSet, linker: Linker, *, alone: bool = False) -> Ranked:
        """Ranks with the linker and, unless `alone`, with every baseline that can be made."""
        texts, gold = list(labelled.queries), list(labelled.queries.values())
        what = f"rank {labelled.name}, {labelled.language}"
        own = list(self._told(what, rankings(linker, texts, labelled.language, labelled.family), len(texts)))
        systems = {OWN: ranking_quality(own, gold)}
        for name, make in () if alone else self.baselines.items():
            try:
                found = make(labelled.language).rank(texts, CANDIDATES)
                order = list(self._told(f"{what}: {name}", found, len(texts)))
            except EncoderError as error:
                self.missing[name] = str(error).rstrip(".")
                continue
            systems[name] = ranking_quality(order, gold)
        return Ranked(labelled.name, labelled.language, labelled.left_out, systems)

    def _held_out(self) -> list[Ranked]:
        """Ranks for labels that are in no index and were in no training."""
        name = "labels held out"
        sets = self._read(name, lambda: read_held_out(self.checkout / HELD_OUT, self.linker.taxonomy)) or []
        sets = [each for each in sets if each.examples]
        if not sets:
            self.missing.setdefault(name, "no row of it names a label of the taxonomy")
            return []
        without = without_labels(self.linker.taxonomy, sets)
        # The skills of the English queries have three times as many labels left in their language as the French ones.
        alike = [replace(each, name=f"{each.name}, balanced") for each in sets]
        ranked: list[Ranked] = []
        for taxonomy, asked in ((without, sets), (balanced(without), alike)):
            linker = self.relink(taxonomy)
            for each in asked:
                # Baselines rank by preferred labels: such a query would find itself.
                alone = each.name.startswith("preferred")
                ranked.append(self._rank(_some(each, HELD_OUT_QUERIES), linker, alone=alone))
        return ranked

    # --- Confidence -------------------------------------------------------------------------------------------------

    def _confidence(
        self, sets: Sequence[LabelledSet], linker: Linker
    ) -> tuple[list[Confidence], dict[Language, Calibration]]:
        """Calibration and threshold of each set, and calibration over all sets of a language."""
        found: list[Confidence] = []
        pools: dict[Language, list[tuple[float, bool]]] = {}
        for each in sets:
            units = [(example.text, each.language) for example in each.examples]
            gold = [example.skills for example in each.examples]
            what = f"confidence {each.name}"
            without = CROSS_FITTED if linker is self.linker else ""  # nothing was fitted on the texts for the starter
            considered = list(self._told(what, linker.rank(units, linker.candidates, without), len(units)))
            pairs = [(k.confidence, k.skill_id in right) for links, right in zip(considered, gold, strict=True)
                     for k in links]  # fmt: skip
            pools.setdefault(each.language, []).extend(pairs)
            floor = [(p, right) for p, right in pairs if p >= LINK_CACHE_FLOOR]
            published = [{k.skill_id for k in links if k.confidence >= self.settings.min_confidence}
                         for links in considered]  # fmt: skip
            found.append(
                Confidence(each.name, each.language, _calibration(pairs), _calibration(floor), kept(published, gold))
            )
        return found, {language: _calibration(pairs) for language, pairs in sorted(pools.items())}

    # --- Linked as documents are ------------------------------------------------------------------------------------

    def _spans(self) -> Spans | None:
        read = self._read("SkillSpan", lambda: read_spans(self.data / "benchmarks/skillspan/dev.jsonl"))
        if read is None:
            return None
        sentences, left_out = read
        texts: list[tuple[str, Language, Kind]] = [(each.text, "en", "postings") for each in sentences]
        return span_figures(sentences, self._link_texts("SkillSpan", texts, self.linker), left_out)

    def _verdicts(self) -> Iterator[Verdict]:
        read = self._read("not a skill", lambda: read_judged(self.checkout / NOT_A_SKILL))
        if read is None:
            return
        judged, left_out = read
        self.left_out["not a skill"] = left_out
        texts = [(each.text, each.language, _kind(each)) for each in judged]
        for linker in (self.starter, self.linker):
            found = self._link_texts(f"not a skill, {linker.taxonomy.name}", texts, linker)
            yield from verdicts(judged, [bool(links) for links in found], _named(linker.taxonomy))

    def _pairs(self) -> Iterator[Pair]:
        """The sample's bilingual credentials, each language linked on its own, with the built-in taxonomy."""
        pairs = list(bilingual(self.credentials.to_pylist()))
        halves = [row for _, *rows in pairs for row in rows]
        found = self._link_rows("bilingual pairs", halves, "credentials", self.starter)
        for name, english, french in pairs:
            yield _pair(name, *({k.skill_id for k in found.get(str(row["doc_id"]), ())} for row in (english, french)))

    def _own_documents(self) -> tuple[list[Documents], list[Pair]]:
        """This project's own labelled documents, each language linked on its own: what is kept, and what both share."""
        own = self._read(OWN_TEXTS, lambda: read_linked_documents(self.checkout / LINKED)) or []
        found: dict[tuple[str, Language], dict[str, float]] = {}
        for kind, name in DOCUMENT_KIND.items():
            these = {f"{place:07}": each for place, each in enumerate(own) if each.kind == name}
            rows = [_document(int(place), each.texts, each.language) for place, each in these.items()]
            links = self._link_rows("own documents", rows, kind, self.starter)
            for place, each in these.items():
                found[each.name, each.language] = {link.skill_id: link.confidence for link in links.get(place, ())}
        documents = []
        for language in LANGUAGES:
            told = [(found.get((each.name, language), {}), each.skills) for each in own if each.language == language]
            judged = [(p, skill in right) for skills, right in told for skill, p in skills.items()]
            published = kept([set(skills) for skills, _ in told], [right for _, right in told])
            documents.append(Documents(language, published, _calibration(judged)))
        names = sorted({name for name, _ in found})
        pairs = [_pair(name, *(set(found.get((name, language), ())) for language in LANGUAGES)) for name in names]
        return documents if own else [], pairs

    def _link_texts(self, what: str, texts: Sequence[tuple[str, Language, Kind]], linker: Linker) -> list[list[Link]]:
        """Links each text as if it were a document of its kind: all that `refresh` does to a text is done to it.

        Returns:
            For each text its links at the default threshold; their offsets count characters of the text.
        """
        found: dict[str, list[Link]] = {}
        for kind in sorted({kind for _, _, kind in texts}):
            rows = [
                _document(place, [text], language) for place, (text, language, of) in enumerate(texts) if of == kind
            ]
            found |= self._link_rows(what, rows, kind, linker)
        return [found.get(f"{place:07}", []) for place in range(len(texts))]

    def _link_rows(
        self, what: str, rows: Sequence[dict[str, object]], kind: Kind, linker: Linker
    ) -> dict[str, list[Link]]:
        """Links documents in a lake of their own; the links at the default threshold, by document."""
        found: dict[str, list[Link]] = {}
        with TemporaryDirectory(prefix="passerelle-quality-") as folder:
            lake = Lake(folder)
            documents = pa.Table.from_pylist(list(rows), schema=DocumentStore(lake, kind).current().schema)
            linked = link_documents(
                documents, kind, linker, lake, self.settings, lambda _, n, of: self.progress(f"link {what}", n, of)
            )
        for row in linked.evidence.to_pylist():
            start = row["part_start"]
            link = Link(row["skill_id"], row["confidence"], start + row["start"], start + row["end"],
                        row["matched_label"], row["method"])  # fmt: skip
            found.setdefault(row["document_id"], []).append(link)
        return found

    def _told(self, what: str, items: Iterable[T], total: int) -> Iterator[T]:
        for done, item in enumerate(items, start=1):
            if done % 64 == 0 or done == total:
                self.progress(what, done, total)
            yield item


# --- Which sets there are -------------------------------------------------------------------------------------------


def _validation_sets(folder: Path, column: Literal["sentence", "span"], taxonomy: Taxonomy) -> Readers:
    """Readers of the TECH and HOUSE sets, by name."""

    def read(family: str, name: str) -> LabelledSet:
        path = folder / f"decorte_validation/{family}_validation.csv"
        return replace(read_validation(path, column, "en", taxonomy, name), family=family)

    names = {f"{family.upper()} {column}s": family for family in VALIDATION}
    return {name: partial(read, family, name) for name, family in names.items()}


def _whole_texts(folder: Path, taxonomy: Taxonomy) -> Readers:
    """Readers of the sets of whole texts, by name: those in which every skill was looked for."""

    def skillskape(name: str) -> LabelledSet:
        return replace(read_skillskape(folder / "skillskape/dev.csv", taxonomy, name), family="skillskape")

    return {
        **_validation_sets(folder, "sentence", taxonomy),
        "SkillSkape sentences": partial(skillskape, "SkillSkape sentences"),
        **_competences(folder, "competences_fr exact and close", "dev_exact_close.tsv", taxonomy),
    }


def _other_queries(folder: Path, taxonomy: Taxonomy) -> Readers:
    """Readers of the sets that only rank, by name."""
    return {
        **_validation_sets(folder, "span", taxonomy),
        **_competences(folder, "competences_fr exact", "dev_exact.tsv", taxonomy),
    }


def _competences(folder: Path, name: str, file: str, taxonomy: Taxonomy) -> Readers:
    path = folder / "competences_fr" / file
    return {name: lambda: replace(read_competences(path, taxonomy, name), family="competences_fr")}


# --- Documents made for measuring -----------------------------------------------------------------------------------


def bilingual(
    documents: Iterable[dict[str, object]],
) -> Iterator[tuple[str, dict[str, object], dict[str, object]]]:
    """Documents described in both languages, each as two documents of one language; what they state is left out.

    Yields:
        (doc_id, English half, French half): documents whose parts beside the title are in both languages.
    """
    for row in documents:
        parts = row["parts"]
        assert isinstance(parts, list)
        told = {part["language"] for part in parts if part["name"] != "title"}
        if {"en", "fr"} <= told:
            english, french = (
                row | {
                    "doc_id": f"{row['doc_id']}#{language}", "content_hash": f"{row['content_hash']}#{language}",
                    "skills": [], "parts": [part for part in parts if part["language"] == language],
                }
                for language in ("en", "fr")
            )  # fmt: skip
            yield str(row["doc_id"]), english, french


def _document(place: int, texts: Sequence[str], language: Language) -> dict[str, object]:
    """A document that holds these texts."""
    content = hashlib.sha256("\0".join([language, *texts]).encode()).hexdigest()
    parts = [{"name": "description", "text": text, "language": language} for text in texts]
    return {"doc_id": f"{place:07}", "content_hash": content, "parts": parts, "skills": []}


def _pair(name: str, english: set[str], french: set[str]) -> Pair:
    return Pair(name, len(english), len(french), len(english & french), jaccard(english, french))


def _some(labelled: LabelledSet, most: int) -> LabelledSet:
    """At most so many examples of a set, drawn by the hash of their text."""
    drawn = sorted(labelled.examples, key=lambda each: hashlib.sha256(each.text.encode()).digest())[:most]
    return replace(labelled, examples=tuple(drawn))


def _calibration(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    return calibration(np.array([p for p, _ in pairs]), np.array([right for _, right in pairs], dtype=np.bool_))


def _kind(judged: Judged) -> Kind:
    return "credentials" if judged.kind in CREDENTIAL_KINDS else "postings"


def _named(taxonomy: Taxonomy) -> str:
    return f"{taxonomy.name} {taxonomy.version}"
