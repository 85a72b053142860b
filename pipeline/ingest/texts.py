"""Where the texts of postings are while postings are compared: in memory, or on disk, found by their row."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import Protocol

import numpy as np
import pyarrow as pa

from pipeline.sql import query

# Contents, by their hashes, as tables of content_hash, parts and skills: each once, in any order.
Contents = Callable[[pa.Array], Iterator[pa.Table]]

TEXT_SQL = """
SELECT content_hash, array_to_string(list_transform(parts, lambda part: part.text), chr(10)) AS text FROM contents
"""


class Texts(Protocol):
    """Texts by row."""

    def load(self, rows: Iterable[int]) -> None:
        """Says which texts will be asked for."""
        ...

    def __getitem__(self, row: int) -> str:
        """One of those that were loaded."""
        ...


class HeldTexts:
    """Texts of a column that is in memory; "" where there is none."""

    def __init__(self, texts: pa.ChunkedArray) -> None:
        self._texts = texts

    def load(self, rows: Iterable[int]) -> None:
        """Nothing is to be done."""

    def __getitem__(self, row: int) -> str:
        return self._texts[row].as_py() or ""


class StoredTexts:
    """Texts that are fetched from the documents when they are needed, and kept in a file until the end.

    Args:
        hashes: the content hash of each row; no two are equal.
        contents: gives the documents.
    """

    def __init__(self, hashes: pa.ChunkedArray, contents: Contents) -> None:
        self._hashes, self._contents = hashes, contents
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - it goes with the object
        self._places = np.full((len(hashes), 2), -1, dtype=np.int64)
        self._end = 0

    def load(self, rows: Iterable[int]) -> None:
        """Fetches texts, all of them in one pass over the documents."""
        missing = [row for row in rows if self._places[row, 0] < 0]
        hashes = self._hashes.take(pa.array(missing, pa.int64())).to_pylist()
        wanted = dict(zip(hashes, missing, strict=True))
        for table in self._contents(pa.array(wanted, pa.string())) if wanted else ():
            said = query(TEXT_SQL, {"contents": table.select(["content_hash", "parts"])})
            self._keep([wanted[each] for each in said["content_hash"].to_pylist()], said["text"].to_pylist())

    def _keep(self, rows: Sequence[int], texts: Sequence[str]) -> None:
        encoded = [text.encode("utf-8") for text in texts]
        lengths = np.array([len(each) for each in encoded], dtype=np.int64)
        ends = self._end + np.cumsum(lengths)
        self._places[rows] = np.column_stack([ends - lengths, lengths])
        for start in range(0, len(encoded), 1000):
            self._file.write(b"".join(encoded[start : start + 1000]))
        self._end += int(lengths.sum())

    def __getitem__(self, row: int) -> str:
        start, length = self._places[row].tolist()
        return os.pread(self._file.fileno(), length, start).decode("utf-8")
