"""The quality page: a `QualityReport` as Markdown. It says neither when nor how fast: equal figures, equal page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.ingest import Language
from pipeline.linking.evaluate import Calibration
from pipeline.linking.peers import Peer, Peers, PeerScores
from pipeline.linking.quality_figures import Confidence, Documents, Pair, QualityReport, Verdict
from pipeline.settings import LINK_CACHE_FLOOR

LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "fr": "French"}

# System; parameters; MRR and RP@5 on the TECH, HOUSE and TECHWOLF test sets; where it is reported.
PUBLISHED = (
    ("bi-encoder trained on GPT-written sentences", "110 M", ".529 / 54.6", ".428 / 45.7", "",
     "Decorte et al., 2023", "2307.10778"),
    ("retrieval, re-ranked by GPT-4", "LLM", ".537 / 61.5", ".495 / 53.3", "", "Clavié & Soulié, 2023", "2307.03539"),
    ("Infer-Retrieve-Rank (IReRa)", "LLMs", "- / 63.1", "- / 55.6", "- / 58.7", "D'Oosterlinck et al., 2024",
     "2401.12178"),
    ("CurriculumMatch (mpnet)", "110 M", ".573 / 59.4", ".484 / 49.1", "", "reported in WorkRB", "2604.13055"),
    ("ConTeXT-match", "110 M", ".632 / 64.0", "", "", "Decorte et al., 2025", "2505.24640"),
)  # fmt: skip

PAGE = """\
# Quality of linking

<!-- Written by `passerelle evaluate linking`: run it again rather than edit this page. -->

    $ passerelle evaluate linking --data ../shared/data --peers docs/peers.json --out docs/quality.md

All figures are of one run, on the path that ships: lexical and dense search, one calibrated confidence. The same data,
taxonomy and model give the same page. The confidence was fitted on labelled sets, so each set is judged by weights that
were fitted on the others alone; TECH sentences and spans count as one set, and so do the French ones. How linking works
is in [linking.md](linking.md), what was fitted on what in [methods.md](methods.md#link-confidence-pds). Speed is
measured by `make bench`, not here.

{identity}

## Ranking

Every skill of the taxonomy is ranked for each query. MRR is the mean of 1 / rank of the first right skill; RP@k the
mean of (right among the first k) / min(k, number of right ones), as Decorte et al. (2023) report it. The interval is
RP@5's 90 % bootstrap interval over the queries: the TECH and HOUSE sets are small. Baselines rank by preferred labels
(of the query's language, English where there is none) and nothing else: character TF-IDF by 3- to 5-grams within words,
the others by an encoder's cosine.

{ranking}

Labels held out were never seen by the encoder's training, and are asked for after they were taken out of the index, in
both languages; weights of the confidence are those fitted on the other four fifths. A French preferred label held out
leaves its skill to be found by its other labels, mostly English; baselines, which rank by preferred labels, would find
it by itself. The languages can't be compared by these sets: the skill of an English query has six other labels in its
language at the median, that of a French one a single one. In the sets called "balanced" every skill keeps as many
alternative labels in one language as in the other: these compare. The English labels and the French preferred ones are
of the same 600 skills, the French alternatives of others.

### Published figures

MRR / RP@5 (%) of whole sentences against all ESCO skills, on the *test* sets, which are not used here: they say where
the field stands and can't be compared with the validation sets above figure by figure.

{published}

## Confidence

Expected calibration error (ECE) over ten equal bins (Guo et al., 2017): once over every candidate that linking weighs,
most of which are wrong and get a confidence near 0, and once over the links that it keeps (confidence of at least
{floor}), which is the harder test. Precision, recall and false links are those of links at the default threshold,
{threshold}. A skill that annotators did not name counts as wrong, so precision is a lower bound. "No skill" are the
texts in which annotators say that no skill of the taxonomy fits; "false links" is the share of them that get a link.

{confidence}

{reliability}

### The built-in taxonomy

Postings and credentials written for this project in both languages, each text labelled with the skills of the built-in
taxonomy that it names (`tests/data/starter_links.csv`), and linked to that taxonomy. Nothing was fitted on them. The
first 13 documents were labelled with the linker's first choices in view, which flatters it, the other 32 without.

{own}

## Texts that ask for nothing

Texts written for this project that ask for and teach nothing (benefits, the employer, equal opportunity, how to apply,
dates, places, wages), and texts that do, linked as the texts of a document. The first should get no link, the second
should get one.

{verdicts}

## Where skills are found

Sentences of SkillSpan's development set (Zhang et al., 2022; arXiv 2204.12811), annotated token by token without a
taxonomy, linked as the texts of a posting at the default threshold.

{spans}

## Whole documents, two languages

Of all units of a document and of what these say of each other, at the default threshold, linked to the built-in
taxonomy. Each language is linked on its own; the Jaccard index is that of the skills found in the two.

### Labelled documents

The texts of the built-in taxonomy above, as the documents that they make up.

{documents}

{own_pairs}

### The sample's credentials

Those that are described in full in both languages.

{pairs}

## Other tools

{peers}

## What was left out

{left_out}
"""


def page(report: QualityReport, peers: Peers | None = None) -> str:
    """The page as Markdown, ending in a line break."""
    return PAGE.format(
        identity=_identity(report),
        ranking="\n\n".join(_ranking(report, language) for language in LANGUAGE_NAMES),
        published=_published(),
        floor=LINK_CACHE_FLOOR,
        threshold=report.min_confidence,
        confidence=_confidence(report.confidence),
        own=_confidence(report.own),
        reliability="\n\n".join(_reliability(language, each) for language, each in report.pooled.items()),
        verdicts=_verdicts(report.verdicts),
        spans=_spans(report),
        documents=_documents(report.documents),
        own_pairs=_pairs(report.own_pairs),
        pairs=_pairs(report.pairs),
        peers=_peers(peers),
        left_out=_left_out(report),
    )


# --- Tables ---------------------------------------------------------------------------------------------------------


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; nothing in a cell can break it."""
    lines = [_line(header), _line(["---"] * len(header)), *(_line([_cell(cell) for cell in row]) for row in rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, int):
        return f"{value:,}"
    return re.sub(r"([|<>`\[\]\\*])", r"\\\1", " ".join(str(value).split()))


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{100 * value:.1f} %"


def _identity(report: QualityReport) -> str:
    model, fingerprint = report.model
    rows = [
        ("ranked against", f"{report.taxonomy}, {report.skills:,} skills"),
        ("built-in taxonomy", report.starter),
        ("encoder", f"{model}, {fingerprint[:16]}"),
        ("linker", report.linker[:16]),
        ("default threshold", f"{report.min_confidence:g}"),
    ]
    return table(["", ""], rows)


def _ranking(report: QualityReport, language: Language) -> str:
    header = ["set", "queries", "system", "MRR", "RP@1", "RP@5", "90 % interval", "RP@10"]
    rows = []
    for each in (each for each in report.ranked if each.language == language):
        for place, (system, found) in enumerate(each.systems.items()):
            low, high = found.interval
            interval = f"{low:.3f} to {high:.3f}"
            name, n = (each.name, found.n) if place == 0 else ("", None)
            depths = found.r_precision
            rows.append((name, n, system, found.mrr, depths[1], depths[5], interval, depths[10]))
    body = table(header, rows) if rows else "No set of this language was there."
    return f"### {LANGUAGE_NAMES[language]}\n\n{body}"


def _published() -> str:
    lines = [_line(["system", "parameters", "TECH", "HOUSE", "TECHWOLF", "source"]), _line(["---"] * 6)]
    for system, parameters, tech, house, techwolf, source, paper in PUBLISHED:
        link = f"{source}, [arXiv {paper}](https://arxiv.org/abs/{paper})"
        lines.append(_line([system, parameters, tech, house, techwolf, link]))
    return "\n".join(lines)


def _confidence(found: Sequence[Confidence]) -> str:
    header = ["language", "set", "texts", "ECE, all", "ECE, kept", "links", "precision", "recall", "F1", "no skill",
              "false links"]  # fmt: skip
    rows = []
    for each in found:
        at = each.published
        errors = (each.considered.error, each.cached.error)
        false_links = _percent(at.false_links) if at.empty else None
        rows.append((each.language, each.name, at.n, *errors, at.links, at.precision, at.recall, at.f1, at.empty,
                     false_links))  # fmt: skip
    return table(header, rows) if rows else "No set of whole texts was there."


def _reliability(language: Language, found: Calibration) -> str:
    rows = [(f"{b.low:.1f} to {b.low + 0.1:.1f}", b.n, b.confidence, b.right) for b in found.bins]
    heading = f"### Reliability, {LANGUAGE_NAMES[language]}"
    said = f"Every candidate of the sets above: ECE {found.error:.3f} over {found.n:,} candidates."
    return f"{heading}\n\n{said}\n\n{table(['confidence', 'candidates', 'mean confidence', 'right'], rows)}"


def _verdicts(found: Sequence[Verdict]) -> str:
    if not found:
        return "These texts were not there."
    taxonomies = list(dict.fromkeys(each.taxonomy for each in found))
    linked = {(each.taxonomy, each.language, each.asks, each.kind): each for each in found}
    groups = list(dict.fromkeys((each.language, each.asks) for each in found))
    header = ["language", "texts that", "kind", "texts", *(f"with a link, {name}" for name in taxonomies)]
    rows: list[list[object]] = []
    for language, asks in groups:
        said = "ask or teach" if asks else "ask for nothing"
        kinds = list(dict.fromkeys(each.kind for each in found if (each.language, each.asks) == (language, asks)))
        of_kind = {kind: [linked[name, language, asks, kind] for name in taxonomies] for kind in kinds}
        rows += (
            [language, said, kind, cells[0].n, *(each.linked for each in cells)] for kind, cells in of_kind.items()
        )
        columns = list(zip(*of_kind.values(), strict=True))
        total = sum(each.n for each in columns[0])
        shares = [_percent(sum(each.linked for each in column) / total) for column in columns]
        rows.append([language, said, "all", total, *shares])
    return table(header, rows)


def _spans(report: QualityReport) -> str:
    found = report.spans
    if found is None:
        return "This set was not there."
    rows = [
        ("distinct sentences", found.sentences),
        ("sentences without an annotated stretch", found.empty),
        ("... of which got a link (false links)", _percent(found.false_links)),
        ("annotated stretches", found.spans),
        ("... of which a link touches", _percent(found.touched)),
        ("linked characters that lie in annotated stretches", _percent(found.inside)),
    ]
    return table(["", ""], rows)


def _documents(found: Sequence[Documents]) -> str:
    if not found:
        return "These documents were not there."
    header = ["language", "documents", "skills found", "ECE", "precision", "recall", "F1"]
    kept = [(each.language, each.published, each.calibrated.error) for each in found]
    return table(header, ((language, k.n, k.links, error, k.precision, k.recall, k.f1) for language, k, error in kept))


def _pairs(pairs: Sequence[Pair]) -> str:
    if not pairs:
        return "There were no pairs."
    mean = sum(pair.jaccard for pair in pairs) / len(pairs)
    enough = sum(pair.jaccard >= 0.7 for pair in pairs)
    said = f"Mean Jaccard index over {len(pairs)} documents: **{mean:.3f}**; {enough} of them reach 0.7."
    header = ["document", "skills, English", "skills, French", "in both", "Jaccard"]
    return f"{said}\n\n" + table(header, ((p.document, p.english, p.french, p.both, p.jaccard) for p in pairs))


def _peers(peers: Peers | None) -> str:
    if peers is None:
        return "Not measured in this run: see `benchmarks/peers.py`."
    header = ["tool", "set", "texts", "MRR", "RP@5", "precision", "recall", "F1", "false links"]
    rows = [(peer.name, name, *_scores(scores)) for peer in peers.systems for name, scores in peer.sets.items()]
    how = "\n".join(f"- {_cell(peer.name)}: {_cell(peer.how)}{_speed(peer, peers)}" for peer in peers.systems)
    absent = "\n".join(f"- {_cell(name)}: not run. {_cell(reason)}" for name, reason in peers.not_run.items())
    said = (
        "Measured by `benchmarks/peers.py` on the same texts; precision, recall and false links at each tool's own "
        "threshold."
    )
    return "\n\n".join(part for part in (said, table(header, rows), "\n".join(filter(None, (how, absent)))) if part)


def _scores(scores: PeerScores) -> tuple[object, ...]:
    return (scores.n, scores.mrr, scores.rp5, scores.precision, scores.recall, scores.f1,
            _percent(scores.false_links))  # fmt: skip


def _speed(peer: Peer, peers: Peers) -> str:
    if peer.relative_speed is None:
        return ""
    return f" Speed on {peers.speed_texts} sentences of real postings: {peer.relative_speed:.2f} times Passerelle's."


def _left_out(report: QualityReport) -> str:
    counts = {f"{each.name}, {each.language}": each.left_out for each in report.ranked} | report.left_out
    if report.spans is not None:
        counts["SkillSpan"] = report.spans.left_out
    lines = [*_missing(report), *_rows_left_out(counts)]
    return "\n".join(lines) if lines else "Nothing: every set was there and every row of it could be used."


def _missing(report: QualityReport) -> Iterator[str]:
    for name, reason in report.missing.items():
        yield f"- {_cell(name)}: not measured. {_cell(reason)}."


def _rows_left_out(counts: dict[str, dict[str, int]]) -> Iterator[str]:
    for name, reasons in counts.items():
        if reasons:
            listed = ", ".join(f"{n:,} {_cell(reason)}" for reason, n in reasons.items())
            yield f"- {_cell(name)}: rows left out: {listed}."
