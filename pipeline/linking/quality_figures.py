"""The figures of the quality page: what each says, and how the simpler ones are counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.ingest import Language
from pipeline.linking.evaluate import Calibration, Kept, Quality, share
from pipeline.linking.labelled_sets import Judged, Marked
from pipeline.linking.linker import Link


@dataclass(frozen=True)
class Ranked:
    """One set: how well each system ranks, by the system's name."""

    name: str
    language: Language
    left_out: dict[str, int]
    systems: dict[str, Quality]


@dataclass(frozen=True)
class Confidence:
    """One set of whole texts: calibration over all links considered and over those kept, and what the threshold keeps.

    Attributes:
        considered: over every candidate of the shipping path, most of which are wrong and said to be so.
        cached: over those that are confident enough to be kept at all.
        published: texts and links at the default threshold.
    """

    name: str
    language: Language
    considered: Calibration
    cached: Calibration
    published: Kept


@dataclass(frozen=True)
class Spans:
    """Sentences annotated token by token, linked as documents are, at the default threshold.

    Attributes:
        sentences: distinct ones.
        empty: those without any annotated stretch; `false_links` is the share of them that got a link.
        spans: annotated stretches; `touched` is the share that some link's characters overlap.
        inside: share of the linked characters that lie in annotated stretches.
    """

    sentences: int
    empty: int
    false_links: float
    spans: int
    touched: float
    inside: float
    left_out: dict[str, int]


@dataclass(frozen=True)
class Verdict:
    """Texts of one kind and language: how many there are, whether they ask for anything, and how many got a link."""

    taxonomy: str
    language: Language
    kind: str
    asks: bool
    n: int
    linked: int


@dataclass(frozen=True)
class Documents:
    """Whole documents of one language with the skills that they are labelled with, at the default threshold.

    Attributes:
        published: documents, and skills found.
        calibrated: over the skills found.
    """

    language: Language
    published: Kept
    calibrated: Calibration


@dataclass(frozen=True)
class Pair:
    """A document written in both languages: its skills in each, those in both, and their Jaccard index."""

    document: str
    english: int
    french: int
    both: int
    jaccard: float


@dataclass(frozen=True)
class QualityReport:
    """All figures of one run.

    Attributes:
        taxonomy: name and version of the taxonomy that ranking was measured against.
        skills: how many skills it has.
        starter: name and version of the built-in taxonomy.
        model: the encoder by its setting, and its fingerprint.
        linker: the linker's fingerprint.
        min_confidence: the default threshold.
        own: confidence on this project's own texts, linked to the built-in taxonomy.
        documents: the same texts as the documents that they make up.
        pairs: of the sample's credentials.
        own_pairs: of this project's own labelled documents.
        missing: sets and baselines that could not be measured, with the reason.
    """

    taxonomy: str
    skills: int
    starter: str
    model: tuple[str, str]
    linker: str
    min_confidence: float
    ranked: tuple[Ranked, ...]
    confidence: tuple[Confidence, ...]
    own: tuple[Confidence, ...]
    documents: tuple[Documents, ...]
    pooled: dict[Language, Calibration]
    spans: Spans | None
    verdicts: tuple[Verdict, ...]
    left_out: dict[str, dict[str, int]]
    pairs: tuple[Pair, ...]
    own_pairs: tuple[Pair, ...]
    missing: dict[str, str]


def span_figures(sentences: Sequence[Marked], found: Sequence[Sequence[Link]], left_out: dict[str, int]) -> Spans:
    """Holds links against annotated stretches; see `Spans`."""
    empty = [bool(links) for each, links in zip(sentences, found, strict=True) if not each.spans]
    touched = linked = inside = 0
    for each, links in zip(sentences, found, strict=True):
        marked = {place for start, end in each.spans for place in range(start, end)}
        reached = {place for link in links for place in range(link.start, link.end)}
        touched += sum(any(k.start < end and start < k.end for k in links) for start, end in each.spans)
        linked += len(reached)
        inside += len(reached & marked)
    spans = sum(len(each.spans) for each in sentences)
    return Spans(
        sentences=len(sentences),
        empty=len(empty),
        false_links=share(sum(empty), len(empty)),
        spans=spans,
        touched=share(touched, spans),
        inside=share(inside, linked),
        left_out=left_out,
    )


def verdicts(judged: Sequence[Judged], linked: Sequence[bool], taxonomy: str) -> Iterator[Verdict]:
    """How many texts of each language and kind got a link, in the order of language, asking last, and kind."""
    counts: dict[tuple[Language, bool, str], list[bool]] = {}
    for each, got in zip(judged, linked, strict=True):
        counts.setdefault((each.language, each.asks, each.kind), []).append(got)
    for (language, asks, kind), got_link in sorted(counts.items()):
        yield Verdict(taxonomy, language, kind, asks, len(got_link), sum(got_link))
