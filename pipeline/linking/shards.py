"""Text that is still to be linked, cut into shards that any machine can take.

A shard is a small Parquet file named by its content. Linking it writes one part of the cache, named by its content too:
a shard done twice, or by two machines, leaves the same bytes once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pyarrow as pa

from pipeline.lake import Lake, parquet_bytes
from pipeline.linking.documents import link_units, links_fingerprint
from pipeline.linking.linker import Linker

MOST_SHARDS = 500  # Airflow maps a task at most 1,024 times unless told otherwise


def write_shards(units: pa.Table, size: int, linker: Linker, lake: Lake) -> list[str]:
    """Cuts units into shards of about that many.

    Args:
        units: unit_key, text, language; shortest first, so that dealing them out in turn makes shards of equal work.
        size: units per shard; larger where there would be more than `MOST_SHARDS`.
        linker: the one that is to link them.
        lake: takes the shards.

    Returns:
        The shards' names in the lake, in a fixed order.
    """
    count = min(-(-units.num_rows // size), MOST_SHARDS)
    folder = f"cache/shards/{links_fingerprint(linker)}"
    names = []
    for first in range(count):
        content = parquet_bytes(units.take(pa.array(range(first, units.num_rows, count), pa.int64())))
        name = f"{folder}/{hashlib.sha256(content).hexdigest()[:32]}.parquet"
        lake.write_bytes(name, content)
        names.append(name)
    return names


def link_shard(name: str, linker: Linker, lake: Lake, progress: Callable[[int, int], None]) -> str:
    """Links a shard; one that is done already is not done again.

    Returns:
        The name of the part of the cache that holds its links.
    """
    receipt = f"{name.removesuffix('.parquet')}.json"
    if lake.exists(receipt):
        part = str(lake.read_json(receipt)["links"])
        if lake.exists(part):
            return part
    part = link_units(lake.read_table(name), linker, lake, progress)
    lake.write_json(receipt, {"links": part})
    return part
