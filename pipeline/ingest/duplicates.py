"""Which postings are the same job posted again.

Two postings are one job when they agree on title, on place and employer, and on the day give or take, and when their
texts are nearly the same. MinHash finds the pairs worth comparing (Broder, 1997; banded as in Leskovec, Rajaraman and
Ullman, "Mining of Massive Datasets", ch. 3), exact Jaccard similarity decides. Of each group the first posted is kept,
and each other one is similar to that one itself, not to some third. The result depends on the rows, not on their order.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rensa import RMinHash

from pipeline.ingest.text import folded
from pipeline.settings import IngestSettings

Hashes = npt.NDArray[np.uint64]

SCHEMA: Final = pa.schema([("doc_id", pa.string()), ("duplicate_of", pa.string()), ("similarity", pa.float64())])
PERMUTATIONS: Final = 128
BANDS: Final = 32  # of 4 values each: finds a pair of Jaccard 0.6 in 99 of 100 cases, one of 0.8 practically always
SEED: Final = 20_240_229
SHINGLE: Final = 3  # words
FOOTER: Final = 0.3  # of a text's words that may be an ending of its own, left out of the comparison
_CHUNK: Final = 20_000
_MOST_COMPARED: Final = 300  # of the postings that agree on everything but text, the latest are compared

_WORD: Final = re.compile(r"\w+")
_GENDER: Final = re.compile(r"\(?\b[hfmwxd](?:\s?/\s?[hfmwxd]){1,3}\b\)?|\((?:e|ne|trice|euse|re|se|s)\)")
_REPOSTED: Final = re.compile(r"\(?\b(?:re-?post(?:ed|ing)?|republi\w*|reaffich\w*|nouvel affichage)\b\)?")
_LEGAL: Final = re.compile(
    r"\b(?:inc|incorporated|ltd|limited|llc|llp|corp|corporation|co|ltee|limitee|sa|sas|sarl|sasu|gmbh|plc|senc)\b"
)
_MULTIPLIERS: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class _Posting:
    """One row, with what is compared in comparable form; "" is missing."""

    number: int
    doc_id: str
    title: str
    employer: str
    region: str
    locality: str
    text: str
    posted_on: date | None

    @property
    def rank(self) -> tuple[date, str]:
        return (self.posted_on or date.max, self.doc_id)


def group_duplicates(table: pa.Table, settings: IngestSettings) -> pa.Table:
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
            posted_on: date or null.
        settings: `duplicate_threshold` (0 to 1) and `duplicate_days`.

    Returns:
        A row per posting, sorted by doc_id: doc_id; duplicate_of, the posting of the same job that was posted first
        (then by doc_id), null for those kept; similarity to it from 0 to 1, null for those kept.
    """
    postings = _postings(table)
    originals: dict[int, tuple[int, float]] = {}
    for component in _components(postings):
        originals |= _first_of_each([postings[number] for number in component], settings)
    ordered = sorted(postings, key=lambda one: one.doc_id)
    found = [originals.get(posting.number) for posting in ordered]
    return pa.table(
        [
            pa.array([posting.doc_id for posting in ordered], pa.string()),
            pa.array([postings[one[0]].doc_id if one else None for one in found], pa.string()),
            pa.array([round(one[1], 6) if one else None for one in found], pa.float64()),
        ],
        schema=SCHEMA,
    )


# --- Comparable forms -----------------------------------------------------------------------------------------------


def _key(text: str | None) -> str:
    return " ".join(_WORD.findall(folded(text))) if text else ""


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


def _postings(table: pa.Table) -> list[_Posting]:
    names = ("doc_id", "title", "employer", "region", "locality", "text", "posted_on")
    columns = (table.column(name).to_pylist() for name in names)
    found = []
    for number, (doc_id, title, employer, region, locality, text, day) in enumerate(zip(*columns, strict=True)):
        keys = (_title_key(title or ""), _employer_key(employer), region or "", _locality_key(locality))
        found.append(_Posting(number, doc_id, *keys, text or "", day))
    return found


@lru_cache(maxsize=500_000)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _shingles(text: str) -> Hashes:
    """The sorted distinct hashes of each three successive words of a text (of all its words, where it has fewer)."""
    words = np.fromiter(map(_word_hash, _WORD.findall(text.casefold())), dtype=np.uint64)
    if not len(words):
        return words
    size = min(SHINGLE, len(words))
    with np.errstate(over="ignore"):
        mixed = np.zeros(len(words) - size + 1, dtype=np.uint64)
        for place in range(size):
            mixed += (words[place : len(words) - size + 1 + place] ^ _MULTIPLIERS[place]) * _MULTIPLIERS[place]
            mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


# --- Pairs worth comparing ------------------------------------------------------------------------------------------


def _components(postings: Sequence[_Posting]) -> Iterator[list[int]]:
    """Sets of postings of one title with texts that may be similar: what shares no set need not be compared."""
    titles: dict[str, list[int]] = {}
    for posting in postings:
        titles.setdefault(posting.title, []).append(posting.number)
    shared = [(code, number) for code, numbers in enumerate(titles.values()) if len(numbers) > 1 for number in numbers]
    if not shared:
        return
    codes = np.array([code for code, _ in shared], dtype=np.uint64)
    keys = _band_keys([postings[number].text for _, number in shared], codes)
    parents = list(range(len(shared)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    for left, right in _neighbours(keys):
        parents[root(left)] = root(right)
    members: dict[int, list[int]] = {}
    for place, (_, number) in enumerate(shared):
        members.setdefault(root(place), []).append(number)
    yield from (numbers for numbers in members.values() if len(numbers) > 1)


def _band_keys(texts: Sequence[str], codes: Hashes) -> Hashes:
    """For each text its band keys (texts x BANDS), mixed with its title's code; 0 where a text has no words."""
    keys = np.zeros((len(texts), BANDS), dtype=np.uint64)
    for start in range(0, len(texts), _CHUNK):
        shingles = [_shingles(text) for text in texts[start : start + _CHUNK]]
        offsets = np.concatenate([[0], np.cumsum([len(each) for each in shingles])]).astype(np.uint64)
        flat = np.concatenate(shingles) if shingles else np.zeros(0, dtype=np.uint64)
        digests = RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets.tolist(), PERMUTATIONS, SEED)
        values = np.array(digests.to_rows(), dtype=np.uint64).reshape(len(shingles), BANDS, PERMUTATIONS // BANDS)
        with np.errstate(over="ignore"):
            mixed = np.broadcast_to(codes[start : start + len(shingles), None], (len(shingles), BANDS)).copy()
            for place in range(values.shape[2]):
                mixed = (mixed ^ values[:, :, place]) * _MULTIPLIERS[0]
                mixed ^= mixed >> np.uint64(29)
        mixed[np.array([not len(each) for each in shingles])] = 0
        keys[start : start + len(shingles)] = mixed
    return keys


def _neighbours(keys: Hashes) -> Iterator[tuple[int, int]]:
    """Pairs of places that follow each other in a bucket of some band; each pair once."""
    seen: list[npt.NDArray[np.int64]] = []
    for band in range(BANDS):
        order = np.argsort(keys[:, band], kind="stable")
        column = keys[order, band]
        same = (column[1:] == column[:-1]) & (column[1:] != 0)
        seen.append(order[:-1][same] * len(keys) + order[1:][same])
    for code in np.unique(np.concatenate(seen)).tolist():
        yield divmod(code, len(keys))


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
        self.shingles = frozenset(_shingles(text).tolist())
        self._text = text

    @cached_property
    def lines(self) -> list[str]:
        return [line for line in self._text.casefold().split("\n") if line]

    @cached_property
    def line_set(self) -> frozenset[str]:
        return frozenset(self.lines)

    @cached_property
    def words(self) -> list[int]:
        """The number of words of each line."""
        return [len(_WORD.findall(line)) for line in self.lines]

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


def _first_of_each(postings: Sequence[_Posting], settings: IngestSettings) -> dict[int, tuple[int, float]]:
    """For each posting that is another one posted again: the number of that one, and how similar they are."""
    kept = _Kept()
    texts: dict[int, _Text] = {}

    def text(posting: _Posting) -> _Text:
        if posting.number not in texts:
            texts[posting.number] = _Text(posting.text)
        return texts[posting.number]

    found: dict[int, tuple[int, float]] = {}
    for posting in sorted(postings, key=lambda one: one.rank):
        best: tuple[float, _Posting] | None = None
        for other in kept.agreeing(posting):
            if not _may_be_one(posting, other, settings.duplicate_days):
                continue
            alike = _similarity(text(posting), text(other), settings.duplicate_threshold)
            if alike < settings.duplicate_threshold:
                continue
            if best is None or (-alike, other.rank) < (-best[0], best[1].rank):
                best = (alike, other)
        if best is None:
            kept.add(posting)
        else:
            found[posting.number] = (best[1].number, best[0])
    return found


def _may_be_one(left: _Posting, right: _Posting, days: int) -> bool:
    """Whether days and region agree, and employer or place are known to be the same (else the texts must be)."""
    if left.posted_on and right.posted_on and abs((left.posted_on - right.posted_on).days) > days:
        return False
    if left.region and right.region and left.region != right.region:
        return False
    same_employer = bool(left.employer and right.employer)
    same_place = bool((left.locality and right.locality) or (left.region and right.region))
    return same_employer or same_place or left.text == right.text


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
    return max(whole, jaccard(*(frozenset(_shingles("\n".join(body)).tolist()) for body in bodies)))
