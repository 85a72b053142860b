"""What earlier runs found out about postings that may be one, so that only what is new is compared.

Sketches are kept by content, decisions by everything that they rest on: the members of a group, with their contents,
and the settings. So is what was found of all postings together: a refresh that follows an ingest finds what that found.
A memory that is lost or damaged is made anew; it changes no result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import LakeError
from pipeline.ingest.sketches import BANDS, SKETCH_VERSION, Hashes, from_array, sketches, to_bytes
from pipeline.ingest.texts import Texts
from pipeline.lake import ContentCache, Lake
from pipeline.settings import IngestSettings

DECISION_VERSION = 2  # raise it when other postings count as one than before
CHUNK = 20_000
WHOLE = "groups"  # of all postings together
WHOLES = 4  # states of all postings of which they are kept, the newest ones: a night needs its own and the one before

SKETCHES = pa.schema([("key", pa.string()), ("sketch", pa.binary(BANDS * 8))])
DECISIONS = pa.schema([
    ("key", pa.string()), ("doc_id", pa.string()), ("duplicate_of", pa.string()), ("similarity", pa.float64()),
])  # fmt: skip
DUPLICATES = pa.schema(list(DECISIONS)[1:])  # each posting that is another one posted again
NONE_FOUND = pa.Table.from_pylist([{}], DUPLICATES)  # what is kept where there is none: a part holds rows


@dataclass(frozen=True, slots=True)
class Decision:
    """A posting is another one posted again, and how similar the two are."""

    doc_id: str
    duplicate_of: str
    similarity: float


Group = TypeVar("Group")
Members = Sequence[tuple[str, str]]  # doc_id, and a hash of all that the posting says


class Memory:
    """What a lake remembers; nothing without one.

    Args:
        lake: holds the caches.
    """

    def __init__(self, lake: Lake | None = None) -> None:
        self._sketches = ContentCache(lake, "sketches", f"{SKETCH_VERSION}", SKETCHES) if lake else None
        version = f"{DECISION_VERSION}-{SKETCH_VERSION}"
        self._decisions = ContentCache(lake, "reposts", version, DECISIONS) if lake else None
        self._lake = lake

    def duplicates(self, postings: pa.Table, settings: IngestSettings, find: Callable[[], pa.Table]) -> pa.Table:
        """The postings that are another one posted again; columns as `DUPLICATES`.

        Args:
            postings: doc_id and content_hash of all of them.
            settings: what they depend on besides.
            find: finds them, where these very postings are not remembered.
        """
        if not self._lake or not postings.num_rows:  # a lake that is not there yet is not made by looking at it
            return find()
        key = _whole_key(postings, settings)
        kept = ContentCache(self._lake, WHOLE, key, DUPLICATES)
        known = next(kept.parts(), None)
        if known is None:
            known = find()
            with suppress(LakeError):  # who asks for the state of a lake may not be allowed to write to it
                kept.append(known if known.num_rows else NONE_FOUND)
                _forget_others(self._lake, key)
        return known.filter(known["doc_id"].is_valid())

    def sketches(self, contents: Sequence[str], numbers: Sequence[int], texts: Texts) -> Hashes:
        """The sketch of each text, (numbers, BANDS).

        Args:
            contents: what each text is known by.
            numbers: the row of each text among the texts.
            texts: all of them.
        """
        found = np.zeros((len(contents), BANDS), dtype=np.uint64)
        missing = self._recall(contents, found) if self._sketches else np.arange(len(contents))
        texts.load(numbers[row] for row in missing.tolist())
        for start in range(0, len(missing), CHUNK):
            rows = missing[start : start + CHUNK].tolist()
            found[rows] = sketches([texts[numbers[row]] for row in rows])
            if self._sketches:
                kept = dict(zip([contents[row] for row in rows], to_bytes(found[rows]), strict=True))
                self._sketches.append(pa.table({"key": list(kept), "sketch": list(kept.values())}, schema=SKETCHES))
        return found

    def _recall(self, contents: Sequence[str], found: Hashes) -> npt.NDArray[np.int64]:
        """Fills in the sketches that are kept; gives the rows of the others."""
        assert self._sketches
        known = self._sketches.load().combine_chunks()
        places = pc.fill_null(pc.index_in(pa.array(contents, pa.string()), known["key"]), -1).to_numpy()
        rows = np.flatnonzero(places >= 0)
        found[rows] = from_array(known["sketch"])[places[rows]]
        return np.flatnonzero(places < 0)

    def decisions(
        self,
        groups: Iterable[tuple[Members, Group]],
        settings: IngestSettings,
        decide: Callable[[Sequence[Group]], Iterable[Iterable[Decision]]],
    ) -> dict[str, Decision]:
        """What was decided of each group, by the posting that is another one; decided now where it was not before.

        Args:
            groups: postings that may be one: what they are told apart by, and whatever `decide` takes.
            settings: what a decision depends on besides.
            decide: given the groups of which nothing is known yet; gives the decisions of each, in their order.
        """
        known, found, fresh = self._known(), dict[str, Decision](), dict[str, Group]()
        for members, group in groups:
            key = _key(members, settings)
            if key in known:
                found |= {each.doc_id: each for each in known[key]}
            else:
                fresh[key] = group
        rows: list[dict[str, object]] = []
        for key, decided in zip(fresh, map(list, decide(list(fresh.values()))), strict=True):
            rows += _rows(key, decided)
            found |= {each.doc_id: each for each in decided}
        if self._decisions:
            self._decisions.append(pa.Table.from_pylist(rows, schema=DECISIONS))
        return found

    def _known(self) -> dict[str, list[Decision]]:
        known: dict[str, list[Decision]] = {}
        for row in self._decisions.load().to_pylist() if self._decisions else ():
            decided = known.setdefault(row["key"], [])
            if row["doc_id"] is not None:
                decided.append(Decision(row["doc_id"], row["duplicate_of"], row["similarity"]))
        return known


def _whole_key(postings: pa.Table, settings: IngestSettings) -> str:
    """Names what is found of postings: all of them, in their order, the settings and the code that finds it."""
    given = [settings.duplicate_threshold, settings.duplicate_days, postings.num_rows, _code()]
    digest = hashlib.sha256(orjson.dumps(given))
    for name in ("doc_id", "content_hash"):
        column = pc.fill_null(postings[name], "")
        digest.update(pc.binary_length(column).to_numpy())
        for chunk in column.chunks:
            digest.update(_letters(chunk))
    return digest.hexdigest()[:32]


def _letters(strings: pa.Array) -> memoryview:
    """The bytes of an array of strings, one after the other."""
    _, places, letters = strings.buffers()
    if not len(strings) or letters is None:
        return memoryview(b"")
    offsets = np.frombuffer(places, dtype=np.int32)[strings.offset :][: len(strings) + 1]
    return memoryview(letters)[offsets[0] : offsets[-1]]


@cache
def _code() -> str:
    """A hash of the code that finds duplicates: what other code found is not used."""
    names = ("duplicates.py", "memory.py", "sketches.py", "text.py", "texts.py")
    return hashlib.sha256(b"".join(Path(__file__).with_name(name).read_bytes() for name in names)).hexdigest()


def _forget_others(lake: Lake, key: str) -> None:
    """Leaves what was found of one state of all postings, and of the newest others."""
    names = [f"cache/{WHOLE}/{name}" for name in lake.folders(f"cache/{WHOLE}") if name != key]
    oldest = datetime.min.replace(tzinfo=UTC)
    for name in sorted(names, key=lambda name: (lake.modified(name) or oldest, name))[: 1 - WHOLES]:
        with suppress(LakeError):  # another run may be forgetting it
            lake.delete(name)


def _key(members: Members, settings: IngestSettings) -> str:
    given = [settings.duplicate_threshold, settings.duplicate_days, sorted(members)]
    return hashlib.sha256(orjson.dumps(given)).hexdigest()[:40]


def _rows(key: str, decided: list[Decision]) -> Iterator[dict[str, object]]:
    """What is kept of a group: a row for each decision, or one that says that there is none."""
    if not decided:
        yield {"key": key}
    for each in decided:
        yield {"key": key, "doc_id": each.doc_id, "duplicate_of": each.duplicate_of, "similarity": each.similarity}
