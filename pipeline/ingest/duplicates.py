"""Which postings are the same job posted again.

Two postings are one job when they agree on title, on place and employer, and on the day give or take, and when their
texts are nearly the same. MinHash finds the pairs worth comparing (Broder, 1997; banded as in Leskovec, Rajaraman and
Ullman, "Mining of Massive Datasets", ch. 3), exact Jaccard similarity decides. Of each group the first posted is kept,
and each other one is similar to that one itself, not to some third. The result depends on the rows, not on their order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import distinct
from pipeline.ingest.memory import Decision, Memory
from pipeline.ingest.sketches import WORD, Hashes, mixed_with, shingles
from pipeline.ingest.text import folded
from pipeline.ingest.texts import HeldTexts, Texts
from pipeline.settings import IngestSettings

Integers = npt.NDArray[np.int64]

COMPARED: Final = ("doc_id", "content_hash", "title", "employer", "region", "locality", "posted_on")
SCHEMA: Final = pa.schema([("doc_id", pa.string()), ("duplicate_of", pa.string()), ("similarity", pa.float64())])
FOOTER: Final = 0.3  # of a text's words that may be an ending of its own, left out of the comparison
_MOST_COMPARED: Final = 300  # of the postings that agree on everything but text, the latest are compared

_GROUPS_AT_ONCE: Final = 5_000
_MOST_HELD: Final = 2_000  # texts of a group, with what their comparison needs: some 25 kB each

_GENDER: Final = re.compile(r"\(?\b[hfmwxd](?:\s?/\s?[hfmwxd]){1,3}\b\)?|\((?:e|ne|trice|euse|re|se|s)\)")
_REPOSTED: Final = re.compile(r"\(?\b(?:re-?post(?:ed|ing)?|republi\w*|reaffich\w*|nouvel affichage)\b\)?")
_LEGAL: Final = re.compile(
    r"\b(?:inc|incorporated|ltd|limited|llc|llp|corp|corporation|co|ltee|limitee|sa|sas|sarl|sasu|gmbh|plc|senc)\b"
)


@dataclass(frozen=True, slots=True)
class _Posting:
    """One row, with what is compared in comparable form; "" is missing."""

    number: int
    doc_id: str
    title: str
    employer: str
    region: str
    locality: str
    posted_on: date | None
    content: str  # a hash of all that it says

    @property
    def rank(self) -> tuple[date, str]:
        return (self.posted_on or date.max, self.doc_id)


def group_duplicates(
    table: pa.Table, settings: IngestSettings, memory: Memory | None = None, texts: Texts | None = None
) -> pa.Table:
    """Groups postings that are the same job posted again.

    Two postings are the same job when all of this holds:
    - their titles are equal but for case, accents, punctuation, gender marks and a note that they come again;
    - neither their employers nor their places (region and locality) differ, where a missing one differs from nothing;
      where neither the employer nor the place is known of both, their texts are identical;
    - they were posted at most `duplicate_days` apart, where both days are known;
    - the Jaccard similarity of their texts' sets of three successive words is at least `duplicate_threshold`; endings
      that only one of them has, up to 30 % of its words, do not count.

    Args:
        table: one row per posting: doc_id (unique), title, text: string; employer, region, locality: string or null;
            posted_on: date or null; content_hash, of all that the posting says, if there is a memory.
        settings: `duplicate_threshold` (0 to 1) and `duplicate_days`.
        memory: what earlier runs found; only postings that it does not know, and groups that have changed, are
            compared. It changes no result.
        texts: the texts by row, where the table has none.

    Returns:
        A row per posting, sorted by doc_id: doc_id; duplicate_of, the posting of the same job that was posted first
        (then by doc_id), null for those kept; similarity to it from 0 to 1, null for those kept.
    """
    read, memory = texts or HeldTexts(table["text"]), memory or Memory()
    found = memory.duplicates(table, settings, lambda: _duplicates(table, settings, memory, read))
    ordered = table["doc_id"].combine_chunks().sort()
    place = pc.index_in(ordered, found["doc_id"])
    columns = [found[name].take(place) for name in ("duplicate_of", "similarity")]
    return pa.table([ordered.cast(pa.string()), *columns], schema=SCHEMA)


def _duplicates(table: pa.Table, settings: IngestSettings, memory: Memory, read: Texts) -> pa.Table:
    """The postings that are another one; columns as `SCHEMA`, in any order."""
    rows = _Rows(table)

    def decide(fresh: Sequence[Integers]) -> Iterator[Iterator[Decision]]:
        read.load(number for group in fresh for number in group.tolist())
        return (_first_of_each(rows.postings(group), settings, lambda posting: read[posting.number]) for group in fresh)

    decided = memory.decisions(rows.identified(_components(rows, read, memory)), settings, decide)
    columns = ([getattr(each, name) for each in decided.values()] for name in SCHEMA.names)
    return pa.table(list(columns), schema=SCHEMA)


# --- Comparable forms -----------------------------------------------------------------------------------------------


def _key(text: str | None) -> str:
    return " ".join(WORD.findall(folded(text))) if text else ""


@lru_cache(maxsize=65_536)
def _title_key(title: str) -> str:
    return _key(_REPOSTED.sub(" ", _GENDER.sub(" ", folded(title))))


@lru_cache(maxsize=65_536)
def _employer_key(name: str | None) -> str:
    words = _key(name)
    return " ".join(_LEGAL.sub(" ", words).split()) or words


@lru_cache(maxsize=65_536)
def _locality_key(name: str | None) -> str:
    return re.sub(r"\bst(e?)\b", r"saint\1", _key(name))


class _Rows:
    """Rows of postings; objects are made of those only that are looked at."""

    def __init__(self, table: pa.Table) -> None:
        contents = table["content_hash"] if "content_hash" in table.column_names else pa.nulls(len(table), pa.string())
        columns = {name: table[name] for name in ("doc_id", "title", "employer", "region", "locality", "posted_on")}
        self._table = pa.table(columns | {"content": contents}).combine_chunks()

    def titles(self) -> Integers:
        """For each row the number of its title in comparable form: equal ones have one number."""
        return self._codes("title", lambda title: _title_key(title or ""))

    def places(self) -> list[Integers]:
        """Numbers like those of employers, of regions and of localities; 0 is a missing one."""
        keys: dict[str, Callable[[str | None], str]] = {
            "employer": _employer_key, "region": lambda region: region or "", "locality": _locality_key,
        }  # fmt: skip
        return [self._codes(name, key) for name, key in keys.items()]

    def _codes(self, name: str, key: Callable[[str | None], str]) -> Integers:
        values = pc.fill_null(self._table[name], "").combine_chunks().dictionary_encode()
        codes = {"": 0}
        known = [codes.setdefault(key(value), len(codes)) for value in values.dictionary.to_pylist()]
        numbers: Integers = np.array(known, dtype=np.int64)[values.indices.to_numpy()]
        return numbers

    def contents(self, numbers: pa.Array) -> list[str]:
        """What rows say, as a hash."""
        return [content or "" for content in self._table["content"].take(numbers).to_pylist()]

    def identified(self, groups: Iterator[Integers]) -> Iterator[tuple[list[tuple[str, str]], Integers]]:
        """Groups of rows, each after the ids and contents of its rows, which are looked up for many groups at once."""
        while some := list(islice(groups, _GROUPS_AT_ONCE)):
            numbers = pa.array(np.concatenate(some))
            ids = self._table["doc_id"].take(numbers).to_pylist()
            members = zip(ids, self.contents(numbers), strict=True)
            yield from ((list(islice(members, len(group))), group) for group in some)

    def postings(self, numbers: Integers) -> Iterator[_Posting]:
        """Some rows, in comparable form."""
        columns = (column.to_pylist() for column in self._table.take(pa.array(numbers)).columns)
        for number, row in zip(numbers.tolist(), zip(*columns, strict=True), strict=True):
            doc_id, title, employer, region, locality, day, content = row
            keys = (_title_key(title or ""), _employer_key(employer), region or "", _locality_key(locality))
            yield _Posting(number, doc_id, *keys, day, content or "")


# --- Pairs worth comparing ------------------------------------------------------------------------------------------


def _components(rows: _Rows, texts: Texts, memory: Memory) -> Iterator[Integers]:
    """Sets of postings of one title with texts that may be similar: what shares no set need not be compared.

    Small sets are what makes a night cheap: one that a new posting comes into is looked at anew, with all its texts.
    """
    titles = rows.titles()
    shared = np.flatnonzero(np.bincount(titles)[titles] > 1) if len(titles) else titles
    if not len(shared):
        return
    bands = memory.sketches(rows.contents(pa.array(shared)), shared.tolist(), texts)
    keys = mixed_with(bands, titles[shared, None].astype(np.uint64))
    labels = linked(parted(keys, [codes[shared] for codes in rows.places()]))
    order = np.argsort(labels, kind="stable")
    starts, sizes = _runs(labels[order])
    members = shared[order]
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        yield members[start : start + size]


def parted(keys: Hashes, codes: Sequence[Integers]) -> Hashes:
    """Buckets parted by what no two rows of one job differ in.

    Args:
        keys: the bucket of each row in each band (rows, bands); 0 is none.
        codes: numbers of that, row by row. 0 is missing, and differs from nothing: a bucket that has it stays whole.

    Returns:
        The buckets, none where a row was alone in its own.
    """
    columns = np.ascontiguousarray(keys.T)  # what is looked up row by row then lies together, band by band
    parts = np.zeros_like(columns)
    for column, part in zip(columns, parts, strict=True):
        order, starts, sizes = _shared(column)
        number = np.zeros(len(order), dtype=np.int64)
        for own in codes:
            told = own[order]
            whole = np.repeat(np.logical_and.reduceat(told > 0, starts), sizes) if len(order) else told
            number = number * (int(own.max()) + 1) + np.where(whole, told, 0)
        part[order] = mixed_with(column[order], number.astype(np.uint64))
    return parts.T


def _shared(column: Hashes) -> tuple[Integers, Integers, Integers]:
    """The rows whose bucket others share, bucket by bucket; where each begins among them, and how many rows it has."""
    rows = np.flatnonzero(column)
    slots = (column[rows] & np.uint64(_slots(len(rows)) - 1)).astype(np.int64)
    rows = rows[np.bincount(slots)[slots] > 1]  # most buckets hold one row only: those need no sorting
    order = rows[np.argsort(column[rows])]
    _, sizes = _runs(column[order])
    order, sizes = order[np.repeat(sizes > 1, sizes)], sizes[sizes > 1]
    return order, np.cumsum(sizes) - sizes, sizes


def _slots(rows: int) -> int:
    """How many slots so many rows are counted in: a power of two, two to four for each row."""
    return 2 << rows.bit_length()


def _runs(ordered: Hashes | Integers) -> tuple[Integers, Integers]:
    """Where each run of equal values begins, and how long it is."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    return starts, np.diff(starts, append=len(ordered))


def linked(keys: Hashes) -> Integers:
    """Which rows are linked by buckets that they share, over however many others.

    Args:
        keys: the bucket of each row in each band (rows, bands); 0 is none.

    Returns:
        For each row the first of all rows that it is linked with; itself, where it is the first.
    """
    labels = np.arange(len(keys))
    left, right = _pairs(keys)
    while (labels[left] != labels[right]).any():
        ends = labels[left], labels[right]
        least = np.minimum(*ends)
        for end in ends:
            np.minimum.at(labels, end, least)
        while (labels[labels] != labels).any():
            labels = labels[labels]
    return labels


def _pairs(keys: Hashes) -> tuple[Integers, Integers]:
    """Each row of a bucket with the first row of that bucket, for all bands."""
    found = []
    for column in keys.T:
        order, starts, sizes = _shared(column)
        first = np.repeat(np.minimum.reduceat(order, starts), sizes) if len(order) else order
        kept = first != order
        found.append(order[kept] * len(keys) + first[kept])
    left, right = np.divmod(distinct(np.concatenate(found)), len(keys))
    return left, right


# --- The decision ---------------------------------------------------------------------------------------------------


class _Kept:
    """The postings of a component that are kept so far, found by employer and locality; "*" stands for any."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], list[_Posting]] = {}

    def add(self, posting: _Posting) -> None:
        for employer in {posting.employer, "*"}:
            for locality in {posting.locality, "*"}:
                self._by_key.setdefault((employer, locality), []).append(posting)

    def agreeing(self, posting: _Posting) -> Iterator[_Posting]:
        """Those whose employer and locality do not differ from a posting's, the latest of them first."""
        employers = (posting.employer, "") if posting.employer else ("*",)
        localities = (posting.locality, "") if posting.locality else ("*",)
        for employer in employers:
            for locality in localities:
                yield from self._by_key.get((employer, locality), [])[: -_MOST_COMPARED - 1 : -1]


class _Text:
    """A text with what its comparison needs, each worked out once."""

    def __init__(self, text: str) -> None:
        self.shingles = frozenset(shingles(text).tolist())
        self.whole = text

    @cached_property
    def lines(self) -> list[str]:
        return [line for line in self.whole.casefold().split("\n") if line]

    @cached_property
    def line_set(self) -> frozenset[str]:
        return frozenset(self.lines)

    @cached_property
    def words(self) -> list[int]:
        """The number of words of each line."""
        return [len(WORD.findall(line)) for line in self.lines]

    def body(self, others: frozenset[str]) -> int:
        """How many lines come before the footer: the last lines that others lack, up to `FOOTER` of the words."""
        allowed = FOOTER * sum(self.words)
        end = len(self.lines)
        while end and self.lines[end - 1] not in others:
            allowed -= self.words[end - 1]
            if allowed < 0:
                break
            end -= 1
        return end


def _first_of_each(
    postings: Iterable[_Posting], settings: IngestSettings, text_of: Callable[[_Posting], str]
) -> Iterator[Decision]:
    """For each posting that is another one posted again: which one, and how similar they are."""
    kept = _Kept()

    @lru_cache(maxsize=_MOST_HELD)
    def text(posting: _Posting) -> _Text:
        return _Text(text_of(posting))

    for posting in sorted(postings, key=lambda one: one.rank):
        best: tuple[float, _Posting] | None = None
        for other in kept.agreeing(posting):
            if not _may_be_one(posting, other, settings.duplicate_days, text):
                continue
            alike = _similarity(text(posting), text(other), settings.duplicate_threshold)
            if alike < settings.duplicate_threshold:
                continue
            if best is None or (-alike, other.rank) < (-best[0], best[1].rank):
                best = (alike, other)
        if best is None:
            kept.add(posting)
        else:
            yield Decision(posting.doc_id, best[1].doc_id, round(best[0], 6))


def _may_be_one(left: _Posting, right: _Posting, days: int, text: Callable[[_Posting], _Text]) -> bool:
    """Whether days and region agree, and employer or place are known to be the same (else the texts must be)."""
    if left.posted_on and right.posted_on and abs((left.posted_on - right.posted_on).days) > days:
        return False
    if left.region and right.region and left.region != right.region:
        return False
    same_employer = bool(left.employer and right.employer)
    same_place = bool((left.locality and right.locality) or (left.region and right.region))
    return same_employer or same_place or text(left).whole == text(right).whole


def jaccard(left: frozenset[int], right: frozenset[int]) -> float:
    """What two sets have in common, as a share of all they have; 0 if both are empty."""
    common = len(left & right)
    together = len(left) + len(right) - common
    return common / together if together else 0.0


def _similarity(left: _Text, right: _Text, threshold: float) -> float:
    """The Jaccard similarity of two texts; below the threshold, that without their footers if it is higher."""
    whole = jaccard(left.shingles, right.shingles)
    common = 2 * threshold / (1 + threshold)  # what two sets of size 1 and this similarity share
    if whole >= threshold or whole < common / (2 / (1 - FOOTER) - common):  # no footer makes that much of a difference
        return whole
    left_end, right_end = left.body(right.line_set), right.body(left.line_set)
    if left_end == len(left.lines) and right_end == len(right.lines):
        return whole
    bodies = (left.lines[:left_end], right.lines[:right_end])
    return max(whole, jaccard(*(frozenset(shingles("\n".join(body)).tolist()) for body in bodies)))
