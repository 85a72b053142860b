"""Caches kept in few parts: every night leaves a small one, and every night after reads them all.

Small parts are joined into large ones. A part goes only when the one that holds its rows is written, so that whatever
ends this half-way leaves rows twice at worst, which readers of a cache take as once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.lake import Lake, parquet_bytes, part_name

CACHES = "cache"
SHARDS = "shards"  # beside the caches, and none: each file is work that a task waits for by its name
MANY = 32  # small parts of a cache from which on they are joined
SMALL = 8 << 20  # bytes of a part that is small
TOGETHER = 32 << 20  # bytes of small parts that make a large one: what is held in memory at once

Part = tuple[str, pa.Table]


def compact(lake: Lake) -> int:
    """Joins the small parts of every cache that has many of them.

    Returns:
        How many parts went into others.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    folders = [f"{CACHES}/{name}" for name in lake.folders(CACHES) if name != SHARDS]
    return sum(_compact(lake, f"{folder}/{rules}") for folder in folders for rules in lake.folders(folder))


def _compact(lake: Lake, folder: str) -> int:
    sizes = {name: lake.size(f"{folder}/{name}") for name in lake.names(folder, ".parquet")}
    small = [name for name, size in sizes.items() if size < SMALL]
    joined = 0
    for names in _batches(small, sizes) if len(small) >= MANY else ():
        parts = list(_whole(lake, folder, names))
        if len(parts) > 1 and all(table.schema.equals(parts[0][1].schema) for _, table in parts):
            content = parquet_bytes(pa.concat_tables([table for _, table in parts]))
            lake.write_bytes(f"{folder}/{part_name(content)}", content)
            for name, _ in parts:
                lake.delete(f"{folder}/{name}")
            joined += len(parts)
    return joined


def _batches(names: list[str], sizes: dict[str, int]) -> Iterator[list[str]]:
    batch: list[str] = []
    for name in names:
        if batch and sum(sizes[each] for each in batch) + sizes[name] > TOGETHER:
            yield batch
            batch = []
        batch.append(name)
    yield batch


def _whole(lake: Lake, folder: str, names: list[str]) -> Iterator[Part]:
    """Parts whose bytes are those that their names tell of; what is not is for `passerelle repair`."""
    for name in names:
        content = lake.read_bytes(f"{folder}/{name}")
        if name == part_name(content):
            yield name, pq.ParquetFile(pa.BufferReader(content)).read()
