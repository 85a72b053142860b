"""Evidence kept by content: what a text calls for is found once, whatever else comes and goes."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import ranges
from pipeline.lake import ContentCache, Lake, Wanted, coded, distinct, numbers, without
from pipeline.tables import EVIDENCE

Integers = npt.NDArray[np.int64]

# The columns of `evidence` that do not say which document it is.
SAID = [name for name in EVIDENCE.schema.names if name not in ("document_kind", "document_id")]
KEPT = pa.schema([("key", pa.string()), *((name, EVIDENCE.schema.field(name).type) for name in SAID)])


class KeptEvidence:
    """The evidence of contents, as `KEPT`: a row for each skill, or one without a skill where there is none.

    Args:
        lake: keeps it.
        kind: of the documents.
        rules: all that it depends on besides the content and the code of linking.
    """

    def __init__(self, lake: Lake, kind: str, rules: list[str]) -> None:
        digest = hashlib.sha256("\0".join([*rules, _code()]).encode()).hexdigest()[:32]
        self._cache = ContentCache(lake, f"evidence-{kind}", digest, KEPT)

    def find(self, contents: pa.Array) -> tuple[pa.Table, pa.Array]:
        """The rows of those contents that are kept, their strings in dictionaries, and the other contents.

        Args:
            contents: hashes, none twice.
        """
        parts = [part.unify_dictionaries() for part in self._cache.parts(coded=True)]
        held = [distinct(part["key"]) for part in parts]
        wanted = Wanted(contents)
        chosen = zip(parts, wanted.among(held), strict=True)
        found = [_once(_of_keys(part, fresh)) for part, fresh in chosen]
        return pa.concat_tables([coded(KEPT.empty_table()), *found]), wanted.left

    def keep(self, contents: pa.Array, evidence: pa.Table) -> pa.Table:
        """Keeps the evidence of contents, and gives it as `KEPT`.

        Args:
            contents: all that were looked at, those without evidence too.
            evidence: of documents whose ids are the hashes of their contents.
        """
        plain = [evidence[name].cast(EVIDENCE.schema.field(name).type) for name in ("document_id", *SAID)]
        rows = pa.Table.from_arrays(plain, schema=KEPT)
        silent = without(contents, rows["key"])
        nothing = [silent, *(pa.nulls(len(silent), KEPT.field(name).type) for name in SAID)]
        whole = pa.concat_tables([rows, pa.Table.from_arrays(nothing, schema=KEPT)])
        self._cache.append(whole)
        return coded(whole).combine_chunks()


def _of_keys(part: pa.Table, chosen: npt.NDArray[np.bool_]) -> pa.Table:
    """The rows of a part whose key, by its number, is chosen."""
    return part if chosen.all() else part.filter(pa.array(chosen[numbers(part["key"])]))


def _once(rows: pa.Table) -> pa.Table:
    """The rows of a part, once each: parts that were joined may hold a content twice, with equal rows."""
    skills = numbers(rows["skill_id"])
    pairs = numbers(rows["key"]) * (int(skills.max(initial=-1)) + 2) + skills + 1
    _, first = np.unique(pairs, return_index=True)
    return rows if len(first) == rows.num_rows else rows.take(pa.array(np.sort(first)))


@cache
def _code() -> str:
    """A hash of the code of linking: evidence of other code is not used."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def evidence_rows(documents: pa.Table, kept: pa.Table, document_kind: str) -> pa.Table:
    """The rows of `tables.EVIDENCE`: what each document's content says.

    Args:
        documents: doc_id and content_hash.
        kept: as `KeptEvidence.find` gives it, all contents of the documents among them.
        document_kind: what the rows call the kind of the documents.
    """
    return EVIDENCE.conform(_taken(documents, kept, document_kind))


def _taken(documents: pa.Table, kept: pa.Table, document_kind: str) -> pa.Table:
    """What `evidence_rows` gives, columns in another order; taken one by one, since ten million rows are large."""
    contents, codes = _coded(kept["key"])
    said = np.flatnonzero(kept["skill_id"].is_valid().to_numpy())
    order = said[np.argsort(codes[said], kind="stable")]
    counts = np.bincount(codes[said], minlength=len(contents))
    starts = np.cumsum(counts) - counts
    ordered = documents.select(["doc_id", "content_hash"]).sort_by("doc_id").combine_chunks()
    place = pc.fill_null(pc.index_in(ordered["content_hash"], contents), -1).to_numpy()
    heard = np.flatnonzero(place >= 0)
    places = place[heard]
    rows = pa.array(order[ranges(starts[places], counts[places])])
    owners = pa.array(np.repeat(heard, counts[places]).astype(np.int32))
    kinds = pa.array(np.zeros(len(rows), dtype=np.int32))
    taken = {name: _whole(kept[name]).take(rows) for name in SAID}
    taken["document_kind"] = pa.DictionaryArray.from_arrays(kinds, [document_kind])
    taken["document_id"] = pa.DictionaryArray.from_arrays(owners, ordered["doc_id"].combine_chunks())
    return pa.table(taken)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, its strings in one dictionary."""
    return (column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column).combine_chunks()


def _coded(column: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    """The strings of a column in a dictionary, and the place there of each row's."""
    only = _whole(column)
    return only.dictionary, only.indices.to_numpy().astype(np.int64)
