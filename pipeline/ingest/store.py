"""The documents of the lake: what was accepted, version after version, and what was quarantined."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest.presence import Presence
from pipeline.ingest.records import Credential, Kind, Posting, Rejected, as_row, hash_of
from pipeline.lake import Lake, Wanted, parquet_bytes
from pipeline.sql import query

STRING = pa.string()
STAMP = pa.timestamp("us", tz="UTC")
PARTS = pa.list_(pa.struct([("name", STRING), ("text", STRING), ("language", STRING)]))
STATED = pa.list_(pa.struct([("label", STRING), ("uri", STRING), ("language", STRING)]))
IDENTITY = [("doc_id", STRING), ("content_hash", STRING), ("sequence", pa.int64())]

SCHEMAS: dict[Kind, pa.Schema] = {
    "postings": pa.schema([
        *IDENTITY,
        ("source", STRING), ("source_id", STRING), ("title", STRING), ("language", STRING),
        ("parts", PARTS), ("skills", STATED),
        ("employer", STRING), ("country", STRING), ("region", STRING), ("locality", STRING),
        ("occupation_code", STRING), ("occupation_scheme", STRING),
        ("industry_code", STRING), ("industry_scheme", STRING),
        ("posted_on", pa.date32()), ("expires_on", pa.date32()), ("modified_at", STAMP),
        ("vacancies", pa.int64()),
        ("wage_low", pa.float64()), ("wage_high", pa.float64()), ("wage_currency", STRING), ("wage_stated", STRING),
        ("hours_per_week", pa.float64()), ("education", STRING), ("experience_months", pa.int64()), ("url", STRING),
    ]),
    "credentials": pa.schema([
        *IDENTITY,
        ("source", STRING), ("source_id", STRING), ("title_en", STRING), ("title_fr", STRING),
        ("parts", PARTS), ("skills", STATED),
        ("issuer", STRING), ("credential_type", STRING),
        ("hours", pa.float64()), ("hours_stated", STRING), ("cost", pa.float64()), ("cost_currency", STRING),
        ("delivery_mode", STRING), ("delivery_stated", STRING), ("assessment", STRING),
        ("stackable_into", pa.list_(STRING)), ("prerequisites", pa.list_(STRING)),
        ("recognition", STRING), ("level", STRING), ("country", STRING), ("region", STRING),
        ("valid_from", pa.date32()), ("valid_until", pa.date32()), ("modified_at", STAMP), ("url", STRING),
    ]),
}  # fmt: skip

QUARANTINE = pa.schema([
    ("quarantine_id", STRING), ("source", STRING), ("source_id", STRING), ("file", STRING), ("position", STRING),
    ("reason", STRING), ("detail", STRING), ("raw", STRING),
])  # fmt: skip


def doc_id(record: Posting | Credential) -> str:
    """A document's id: its source and the source's own id."""
    return f"{record.source}:{record.source_id}"


def to_row(record: Posting | Credential, sequence: int) -> dict[str, object]:
    """A record as a row of `SCHEMAS`."""
    row = as_row(record)
    digest = hash_of(row)
    if isinstance(record, Credential):
        del row["titles"]
        row |= {"title_en": record.titles.get("en"), "title_fr": record.titles.get("fr")}
    return {"doc_id": doc_id(record), "content_hash": digest, "sequence": sequence, **row}


def row_hash(row: Mapping[str, object], kind: Kind) -> str:
    """The `content_hash` of the record that a row of `SCHEMAS` was made from."""
    said = {name: value for name, value in row.items() if name not in ("doc_id", "content_hash", "sequence")}
    if kind == "credentials":
        titles = {language: said.pop(f"title_{language}") for language in ("en", "fr")}
        said["titles"] = {language: title for language, title in titles.items() if title is not None}
    return hash_of(said)


@dataclass(frozen=True, slots=True)
class KnownVersions:
    """A document's source, and the content hashes of all that the lake holds of it and of the version that counts."""

    versions: frozenset[str]
    current: str
    source: str


class KnownDocuments(Mapping[str, KnownVersions]):
    """What the lake holds of each document, by doc_id. Objects are made of those only that are asked for.

    Args:
        versions: a row for each version of each document, in any order: source and the columns of `CHOOSING`.
    """

    def __init__(self, versions: pa.Table) -> None:
        order = pc.sort_indices(versions["doc_id"])
        self._rows = versions.select(["doc_id", "content_hash", "source"]).take(order).combine_chunks()
        self._counts = _which_count(versions.select(list(CHOOSING)), order)
        starts = np.flatnonzero(_firsts(self._rows["doc_id"]))
        self._bounds = np.append(starts, len(order))
        doc_ids = self._rows["doc_id"].take(pa.array(starts)).to_pylist()
        self._places = {doc_id: place for place, doc_id in enumerate(doc_ids)}
        self._asked: dict[str, KnownVersions] = {}

    def __getitem__(self, doc_id: str) -> KnownVersions:
        start, end = self._bounds[self._places[doc_id] :][:2]
        if doc_id not in self._asked:
            own = self._rows.slice(start, end - start)
            counting = own["content_hash"].filter(self._counts.slice(start, end - start))
            hashes = frozenset(own["content_hash"].to_pylist())
            self._asked[doc_id] = KnownVersions(hashes, counting[0].as_py(), own["source"][0].as_py())
        return self._asked[doc_id]

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def of_source(self, source: str) -> set[str]:
        """The documents of one source."""
        return set(self._rows.filter(pc.equal(self._rows["source"], source))["doc_id"].to_pylist())


PARTS_AT_ONCE = 100  # of the documents, whose content hashes are looked at together
CONTENT = ["content_hash", "parts", "skills"]
CHOOSING = ("doc_id", "modified_at", "sequence", "content_hash")
# Of a document's versions the first in this order counts; the hash settles what no source tells.
FIRST_COUNTS = "modified_at DESC NULLS LAST, sequence DESC, content_hash DESC"


class DocumentStore:
    """The accepted documents of one kind.

    Every ingest run has a sequence number; of a document's versions the one last modified counts, else the one of the
    newest run, else (two versions in one run) the one with the greatest content hash: never the order of files.
    """

    def __init__(self, lake: Lake, kind: Kind) -> None:
        self._lake = lake
        self._kind = kind
        self._folder = f"documents/{kind}"
        self.presence = Presence(lake, kind)

    def _parts(self) -> list[str]:
        return self._lake.names(self._folder, ".parquet")

    def _read(self, name: str, columns: list[str] | None = None) -> pa.Table:
        return self._lake.read_table(f"{self._folder}/{name}", columns)

    def next_sequence(self) -> int:
        """The number of the run that is about to write."""
        parts = [*self._parts(), *self.presence.parts()]
        return max((int(name.split("-")[0]) for name in parts), default=0) + 1

    def known_versions(self) -> KnownDocuments:
        """What the lake holds of each document, by doc_id."""
        return KnownDocuments(self._versions(self._parts(), [*CHOOSING, "source"]))

    def restate(self, received: Mapping[str, Collection[str]], sequence: int) -> frozenset[str]:
        """Writes known versions once more, as of a new run, where that makes them count again.

        A version that was modified before the one that counts would not count, however new the run: it is left as it
        is.

        Args:
            received: doc_id -> content hashes of versions that the lake holds.
            sequence: of the run.

        Returns:
            The documents of which something was written.
        """
        if not received:
            return frozenset()
        versions = [SCHEMAS[self._kind].empty_table(), *self._of(pa.array(received, STRING))]
        rows = query(
            """
            SELECT * REPLACE ($sequence AS sequence) FROM versions
            QUALIFY modified_at IS NOT DISTINCT FROM max(modified_at) OVER (PARTITION BY doc_id)
                AND row_number() OVER (PARTITION BY doc_id, content_hash ORDER BY sequence DESC) = 1
            """,
            {"versions": pa.concat_tables(versions)},
            {"sequence": sequence},
        )
        chosen = [row for row in rows.to_pylist() if row["content_hash"] in received[row["doc_id"]]]
        self.write(chosen)
        return frozenset(row["doc_id"] for row in chosen)

    def _of(self, doc_ids: pa.Array) -> Iterator[pa.Table]:
        """All versions of some documents, part by part; of a part that holds none of them the ids alone are read."""
        for name in self._parts():
            chosen = pc.is_in(self._read(name, ["doc_id"])["doc_id"], doc_ids)
            if pc.any(chosen).as_py():
                yield self._read(name).filter(chosen)

    def write(self, rows: list[dict[str, object]]) -> None:
        """Adds accepted versions as one immutable part; all of them must be of one sequence."""
        if not rows:
            return
        ordered = sorted(rows, key=lambda row: (str(row["doc_id"]), str(row["content_hash"])))
        content = parquet_bytes(pa.Table.from_pylist(ordered, schema=SCHEMAS[self._kind]))
        digest = hashlib.sha256(content).hexdigest()[:24]
        self._lake.write_bytes(f"{self._folder}/{cast(int, rows[0]['sequence']):06d}-{digest}.parquet", content)

    def current(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The version of every document that counts, withdrawn ones left out; by doc_id, columns as `SCHEMAS`.

        Args:
            columns: those wanted; all by default, texts included.
        """
        return self._counting(self._parts(), self.presence.withdrawn(), columns)

    def _counting(self, parts: Sequence[str], withdrawn: Collection[str], columns: Sequence[str] | None) -> pa.Table:
        """Of the versions in some parts those that count."""
        schema = SCHEMAS[self._kind]
        wanted = list(columns or schema.names)
        chosen = _that_count(self._versions(parts, list(dict.fromkeys([*wanted, *CHOOSING]))), withdrawn)
        return chosen.select(wanted).cast(pa.schema([schema.field(name) for name in wanted]))

    def _versions(self, parts: Sequence[str], columns: list[str]) -> pa.Table:
        """Some columns of all versions in some parts."""
        tables = [self._read(name, columns).select(columns) for name in parts]
        return pa.concat_tables([SCHEMAS[self._kind].empty_table().select(columns), *tables])

    def facts(self) -> pa.Table:
        """What `current` gives, but for texts and stated skills, which `contents` reads."""
        return self.current(self.fact_columns())

    def fact_columns(self) -> list[str]:
        """The columns of `facts`."""
        return [name for name in SCHEMAS[self._kind].names if name not in ("parts", "skills")]

    def contents(self, wanted: pa.Array) -> Iterator[pa.Table]:
        """Texts and stated skills, file by file: content_hash, parts, skills; each content once.

        Args:
            wanted: their content hashes.
        """
        left, parts = Wanted(wanted), self._parts()
        for first in range(0, len(parts), PARTS_AT_ONCE):
            names = parts[first : first + PARTS_AT_ONCE] if left else ()
            held = [self._read(name, ["content_hash"])["content_hash"].combine_chunks() for name in names]
            for name, fresh in zip(names, left.among(held), strict=True):
                if fresh.any():
                    yield self._read(name, CONTENT).filter(pa.array(fresh))

    def as_once(self, wanted: Callable[[pa.Table], bool], columns: Sequence[str] | None = None) -> pa.Table | None:
        """The documents as they counted after some earlier run: the newest such state that is wanted, or None.

        Args:
            wanted: told doc_id and content_hash of the documents of each state, from today back to the first run.
            columns: as `current`.

        Returns:
            What `current` gave then.
        """
        parts = self._parts()
        versions = self._versions(parts, list(CHOOSING))
        for last in sorted({int(name.split("-")[0]) for name in [*parts, *self.presence.parts()]}, reverse=True):
            withdrawn = self.presence.withdrawn(until=last)
            if wanted(_that_count(versions.filter(pc.less_equal(versions["sequence"], last)), withdrawn)):
                return self._counting([name for name in parts if int(name.split("-")[0]) <= last], withdrawn, columns)
        return None


def contents_of(documents: pa.Table) -> Callable[[pa.Array], Iterator[pa.Table]]:
    """What `DocumentStore.contents` gives, of documents that are in memory."""
    return lambda wanted: iter([_with(documents.select(CONTENT), wanted)])


def _with(documents: pa.Table, wanted: pa.Array) -> pa.Table:
    return documents.filter(pc.is_in(documents["content_hash"], wanted))


def _that_count(versions: pa.Table, withdrawn: Collection[str]) -> pa.Table:
    """Of every document that is not withdrawn the version that counts among these, sorted by doc_id."""
    rows = pc.sort_indices(versions["doc_id"])
    if withdrawn:
        gone = pc.is_in(versions["doc_id"], pa.array(withdrawn, STRING)).combine_chunks()
        rows = rows.filter(pc.invert(gone.take(rows)))
    return versions.take(rows.filter(_which_count(versions.select(list(CHOOSING)), rows)))


def _which_count(versions: pa.Table, rows: pa.Array) -> pa.Array:
    """Which of some rows hold the version that counts; rows of a document come one after the other."""
    first = _firsts(versions["doc_id"].take(rows))
    counting = first & np.append(first[1:], True)  # what has one version only is not looked at
    several = np.flatnonzero(~counting)
    if len(several):
        told = versions.take(rows.take(pa.array(several))).append_column("place", pa.array(several))
        chosen = f"SELECT place FROM told QUALIFY row_number() OVER (PARTITION BY doc_id ORDER BY {FIRST_COUNTS}) = 1"
        counting[query(chosen, {"told": told})["place"].to_numpy()] = True
    return pa.array(counting)


def _firsts(ordered: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Which of some values in order differ from the one before."""
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = pc.not_equal(ordered[1:], ordered[:-1]).to_numpy()
    return first


def write_quarantine(lake: Lake, kind: Kind, rejected: Iterable[Rejected]) -> int:
    """Keeps rejected records, each once however often it is received.

    Returns:
        How many distinct ones were given.
    """
    rows = {str(row["quarantine_id"]): row for row in map(quarantine_row, rejected)}
    if rows:
        table = pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=QUARANTINE)
        content = parquet_bytes(table)
        lake.write_bytes(f"quarantine/{kind}/{hashlib.sha256(content).hexdigest()[:24]}.parquet", content)
    return len(rows)


def quarantine_row(record: Rejected) -> dict[str, str | None]:
    """A rejection as a row of `QUARANTINE`; its id is a hash of where it stood and what it held."""
    place = [record.source, record.file, record.position, record.reason.value, record.raw]
    raw = record.raw.encode("utf-8", "replace").decode("utf-8")
    return {
        "quarantine_id": hashlib.sha256(orjson.dumps([*place[:-1], raw])).hexdigest()[:32],
        "source": record.source, "source_id": record.source_id, "file": record.file, "position": record.position,
        "reason": record.reason.value, "detail": record.detail, "raw": raw,
    }  # fmt: skip


def read_quarantine(lake: Lake, kind: Kind) -> pa.Table:
    """Every quarantined record of a kind, each once, sorted by id; columns as `QUARANTINE`."""
    tables = [QUARANTINE.empty_table(), *_quarantined(lake, kind)]
    order = [("quarantine_id", "ascending"), ("detail", "ascending")]
    rows = pa.concat_tables(tables).sort_by(order).combine_chunks()
    return rows.filter(pa.array(_firsts(rows["quarantine_id"])))


def quarantine_size(lake: Lake, kind: Kind) -> int:
    """How many distinct records of a kind are in quarantine."""
    column = ["quarantine_id"]
    ids = pa.concat_tables([QUARANTINE.empty_table().select(column), *_quarantined(lake, kind, column)])
    return len(ids["quarantine_id"].unique())


def _quarantined(lake: Lake, kind: Kind, columns: list[str] | None = None) -> Iterator[pa.Table]:
    folder = f"quarantine/{kind}"
    return (lake.read_table(f"{folder}/{name}", columns) for name in lake.names(folder, ".parquet"))
