"""Documents to evidence: cut into units, linked once per distinct unit, joined back to the documents.

A skill that a record states itself is looked up in the taxonomy, by identifier or label, before anything is linked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest import Contents, Kind, Language, contents_of
from pipeline.lake import ContentCache, Lake, coded
from pipeline.linking.cutting import Units, cutting_rules
from pipeline.linking.evidence import DOCUMENT_KIND, evidence_of, sentences_of
from pipeline.linking.kept import KEPT, SAID, KeptEvidence, evidence_rows
from pipeline.linking.levels import LEVELS_VERSION, own_demands
from pipeline.linking.linker import Link, Linker
from pipeline.linking.stated import stated_skills
from pipeline.settings import LinkingSettings
from pipeline.sql import query
from pipeline.tables import EVIDENCE

Progress = Callable[[str, int, int], None]

LINKS = pa.schema([
    ("key", pa.string()), ("skill_id", pa.string()), ("confidence", pa.float64()), ("start", pa.int64()),
    ("end", pa.int64()), ("label", pa.string()), ("method", pa.string()), ("level", pa.string()),
    ("years", pa.float64()), ("proficiency", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class LinkedDocuments:
    """What linking gave: the `evidence` rows, and how many units of new contents were linked now or known already."""

    evidence: pa.Table
    units_new: int
    units_reused: int


def link_documents(
    documents: pa.Table,
    kind: Kind,
    linker: Linker,
    lake: Lake,
    settings: LinkingSettings,
    progress: Progress,
    contents: Contents | None = None,
) -> LinkedDocuments:
    """Finds the skills of documents.

    Args:
        documents: doc_id, content_hash, parts and skills, as `DocumentStore.current` gives them.
        kind: of the documents.
        linker: links what the caches do not hold.
        lake: holds the caches; a run that is interrupted goes on from its last checkpoint.
        settings: the threshold and the limits.
        progress: told (what, done, in all).
        contents: gives parts and skills, where the documents come without them.

    Returns:
        Evidence as `tables.EVIDENCE` says, with one row for each document and skill, its strings in dictionaries.

    Raises:
        EncoderError: the encoder fails or finds nothing at all.
    """
    evidence, cache = _kept_evidence(kind, linker, lake, settings), _links_cache(linker, lake)
    kept, new = evidence.find(documents["content_hash"].unique())
    units, distinct, stated = _given(contents or contents_of(documents), new, kind, linker, lake, settings)
    known = pa.concat_tables([LINKS.empty_table(), *cache.find(distinct["unit_key"])])
    wanted = _wanted(distinct, stated, known["key"])
    missing = wanted.filter(pc.invert(wanted["reused"]))
    _link_missing(missing, linker, cache, settings.checkpoint_units, lambda n, of: progress(f"link {kind}", n, of))
    progress(f"join {kind}", 0, 0)
    if len(new):
        links = pa.concat_tables([known, _links_of(missing, linker, cache)])
        parts = evidence_of(units, stated, links, kind, settings.min_confidence, linker.company)
        kept = pa.concat_tables([kept, *(evidence.keep(*part) for part in parts)])
    rows = evidence_rows(documents, kept, DOCUMENT_KIND[kind])
    return LinkedDocuments(rows, missing.num_rows, wanted.num_rows - missing.num_rows)


def unweighed_evidence(
    documents: pa.Table, kind: Kind, linker: Linker, lake: Lake, settings: LinkingSettings
) -> pa.Table:
    """What `link_documents` finds before a document's skills are weighed against each other, however unsure it is.

    For those who ask what that weighing is worth: nothing of it is kept. Arguments as for `link_documents`.

    Returns:
        Rows as `tables.EVIDENCE` says, with the confidence that a skill has by its clearest sentence.
    """
    new = documents["content_hash"].unique()
    units, distinct, stated = _given(contents_of(documents), new, kind, linker, lake, settings)
    links = _links_of(_wanted(distinct, stated), linker, _links_cache(linker, lake))
    parts = [found for _, found in sentences_of(units, stated, links, kind, settings.min_confidence)]
    plain = [
        pa.table([rows["document_id"], *(rows[name] for name in SAID)], names=KEPT.names).cast(KEPT) for rows in parts
    ]
    rows = evidence_rows(documents, coded(pa.concat_tables([KEPT.empty_table(), *plain])), DOCUMENT_KIND[kind])
    return rows.cast(EVIDENCE.schema)


def unlinked_units(
    documents: pa.Table,
    kind: Kind,
    linker: Linker,
    lake: Lake,
    settings: LinkingSettings,
    contents: Contents | None = None,
) -> pa.Table:
    """The units that `link_documents` would link anew: unit_key, text, language; each once, shortest first."""
    _, new = _kept_evidence(kind, linker, lake, settings).find(documents["content_hash"].unique())
    _, distinct, stated = _given(contents or contents_of(documents), new, kind, linker, lake, settings)
    known = _links_cache(linker, lake).find(distinct["unit_key"], ["key"])
    wanted = _wanted(distinct, stated, pa.concat_tables([LINKS.empty_table().select(["key"]), *known])["key"])
    return wanted.filter(pc.invert(wanted["reused"])).select(["unit_key", "text", "language"])


def link_units(units: pa.Table, linker: Linker, lake: Lake, progress: Callable[[int, int], None]) -> str:
    """Links units into the cache, as one part.

    Args:
        units: as `unlinked_units` gives them.
        linker: links them.
        lake: holds the cache.
        progress: told (units linked, in all).

    Returns:
        The part's name in the lake: the same units give the same part, whoever links them and how often.

    Raises:
        EncoderError: the encoder fails or finds nothing at all.
    """
    linker.check()
    rows = pa.concat_tables([LINKS.empty_table(), *_linked(units, linker, max(units.num_rows, 1), progress)])
    name = _links_cache(linker, lake).append(rows)
    if name is None:
        raise ValueError("there are no units to link")
    return name


def _kept_evidence(kind: Kind, linker: Linker, lake: Lake, settings: LinkingSettings) -> KeptEvidence:
    cut = cutting_rules(settings.max_unit_characters, linker.masked)
    return KeptEvidence(lake, kind, [links_fingerprint(linker), cut, repr(settings.min_confidence)])


def _given(
    contents: Contents, new: pa.Array, kind: Kind, linker: Linker, lake: Lake, settings: LinkingSettings
) -> tuple[Units, pa.Table, pa.Table]:
    """What linking starts from: the units of new contents, the distinct ones among them, and what they state."""
    units = Units(contents, new, kind, lake, settings.max_unit_characters, linker.masked)
    units.cut()
    distinct = units.distinct()
    return units, distinct, stated_skills(distinct.filter(distinct["is_stated"]), linker.taxonomy)


def _wanted(distinct: pa.Table, stated: pa.Table, known: pa.ChunkedArray | None = None) -> pa.Table:
    """The units whose links are wanted, shortest first; `reused` says whose are known, if it is said by their keys."""
    keys = known.unique() if known is not None else pa.array([], pa.string())
    return query(WANTED_SQL, {"units": distinct, "stated": stated, "known": pa.table({"key": keys})})


def links_fingerprint(linker: Linker) -> str:
    """Names the cache of links: another linker, or other rules for levels, is another cache."""
    return f"{linker.fingerprint}-{LEVELS_VERSION}"


def _links_cache(linker: Linker, lake: Lake) -> ContentCache:
    return ContentCache(lake, "links", links_fingerprint(linker), LINKS, remembers=True)


class _Texts(Sequence[tuple[str, Language]]):
    """The texts of units and their languages, made of a table where they are asked for: together they are large."""

    def __init__(self, units: pa.Table) -> None:
        self._units = units.select(["text", "language"])

    def __len__(self) -> int:
        return int(self._units.num_rows)

    @overload
    def __getitem__(self, index: int) -> tuple[str, Language]: ...

    @overload
    def __getitem__(self, index: slice) -> list[tuple[str, Language]]: ...

    def __getitem__(self, index: int | slice) -> tuple[str, Language] | list[tuple[str, Language]]:
        rows = range(len(self))[index]
        if isinstance(rows, int):
            return self[rows : rows + 1][0]
        if rows.step != 1:  # nobody asks so; a sequence answers
            return [self[row] for row in rows]
        texts, languages = (column.to_pylist() for column in self._units.slice(rows.start, len(rows)).columns)
        return [(text, "fr" if each == "fr" else "en") for text, each in zip(texts, languages, strict=True)]


def _link_missing(
    missing: pa.Table,
    linker: Linker,
    cache: ContentCache,
    checkpoint: int,
    progress: Callable[[int, int], None],
) -> None:
    """Links units, shortest first, and saves them every `checkpoint` units; linking goes on while they are saved."""
    if missing.num_rows:
        linker.check()
        for rows in _linked(missing, linker, checkpoint, progress):
            cache.append(rows)


def _links_of(units: pa.Table, linker: Linker, cache: ContentCache) -> pa.Table:
    """The links of units: those of a part that was there a moment ago and cannot be read now are made again."""
    links = pa.concat_tables([LINKS.empty_table(), *cache.find(units["unit_key"])])
    lost = units.filter(pc.invert(pc.is_in(units["unit_key"], links["key"].unique())))
    if not lost.num_rows:
        return links
    linker.check()
    return pa.concat_tables([links, *_linked(lost, linker, lost.num_rows, lambda *_: None)])


def _linked(units: pa.Table, linker: Linker, at_once: int, progress: Callable[[int, int], None]) -> Iterator[pa.Table]:
    """Links units: rows as `LINKS`, those of so many units at once. `progress` is told (units linked, in all)."""
    texts = _Texts(units)
    found = linker.link_each(texts)
    for start in range(0, len(texts), at_once):
        rows: list[dict[str, object]] = []
        own = texts[start : start + at_once]
        keys = units["unit_key"].slice(start, at_once).to_pylist()
        each = zip(keys, own, islice(found, len(own)), strict=True)
        for done, (key, text, links) in enumerate(each, start + 1):
            rows.extend(_link_rows(key, text, links))
            if done % 512 == 0 or done == start + len(own):
                progress(done, len(texts))
        yield pa.Table.from_pylist(rows, schema=LINKS)
    if next(found, None) is not None:
        raise ValueError("the linker gave more units than it was asked for")


def _link_rows(key: object, text: tuple[str, Language], links: list[Link]) -> Iterator[dict[str, object]]:
    """What the cache keeps of a unit: a row for each link, or one that says that there is none."""
    if not links:
        yield {"key": key}
        return
    for link, demand in zip(links, own_demands(*text, [(link.start, link.end) for link in links]), strict=True):
        yield {
            "key": key, "skill_id": link.skill_id, "confidence": link.confidence, "start": link.start, "end": link.end,
            "label": link.label, "method": link.method, "level": demand.level, "years": demand.years,
            "proficiency": demand.proficiency,
        }  # fmt: skip


# Units to link, shortest first; what states a skill of the taxonomy needs no linking.
WANTED_SQL = """
WITH open AS (
    SELECT * FROM units
    WHERE NOT (is_stated AND unit_key || coalesce(uri, '') IN (SELECT unit_key || uri FROM stated))
)
SELECT unit_key, any_value(text) AS text, any_value(language) AS language,
       unit_key IN (SELECT key FROM known) AS reused
FROM open GROUP BY unit_key ORDER BY length(any_value(text)), any_value(text), unit_key
"""
