"""A year of 100 million postings on many machines, simulated from measured rates: shards, skew, hours.

    python benchmarks/shards.py [--postings 100000000] [--workers 64]

Text arrives day by day; its new sentences are linked in shards of a fixed number of units, which any worker takes. How
long a shard takes scatters with the length of its texts, and some workers are slow or are killed and their shard is
done again. Everything that is random comes from one seed. Prints one JSON object; docs/scale.md explains it.
"""

from __future__ import annotations

import argparse
import heapq
import json
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

SEED = 20_260_630
DAYS = 365


@dataclass(frozen=True)
class Rates:
    """What one core was measured to do; see docs/performance.md."""

    units_per_second: float = 580.0
    ingest_postings_per_second: float = 514.0
    units_per_posting: float = 23.0
    heaps_exponent: float = 0.75  # distinct units grow so with postings
    heaps_factor: float = 32.0
    shard_seconds_to_start: float = 10.0  # the model and the index
    bytes_per_posting: float = 340.0  # of documents, compressed
    bytes_per_link_unit: float = 34.0  # of the cache of links, compressed
    match_pairs_per_second: float = 1e8 / 23.5


@dataclass(frozen=True)
class Night:
    """One night's shards on many workers, in seconds."""

    shards: int
    span: float  # from the first shard's start to the last one's end
    work: float  # of all workers together
    longest: float  # shard


def night(units: int, shard_units: int, workers: int, rates: Rates, random: np.random.Generator) -> Night:
    """Greedy scheduling: whoever is free takes the next shard.

    Args:
        units: of text to link.
        shard_units: units in a shard.
        workers: that take shards.
        rates: of one of them.
        random: decides how long shards take, which workers are slow and which shards are lost.
    """
    sizes = [min(shard_units, units - start) for start in range(0, units, shard_units)]
    seconds = np.array(sizes) / rates.units_per_second * random.lognormal(0, 0.15, len(sizes))
    seconds += rates.shard_seconds_to_start
    slow: npt.NDArray[np.float64] = np.where(random.random(workers) < 0.05, 2.0, 1.0)
    lost = random.random(len(sizes)) < 0.01
    free = [(0.0, worker) for worker in range(workers)]
    work = 0.0
    for each, again in zip(seconds.tolist(), lost.tolist(), strict=True):
        start, worker = heapq.heappop(free)
        spent = each * slow[worker] * (1.5 if again else 1.0)
        work += spent
        heapq.heappush(free, (start + spent, worker))
    return Night(len(sizes), max(end for end, _ in free), work, float(seconds.max(initial=0.0)))


def year(postings: int, shard_units: int, workers: int, rates: Rates) -> dict[str, float]:
    """A year of nights: new units by Heaps' law, more on Mondays than on Sundays."""
    random = np.random.default_rng(SEED)
    weekday = np.tile([1.6, 1.3, 1.2, 1.1, 1.0, 0.4, 0.4], DAYS // 7 + 1)[:DAYS]
    arrived = np.cumsum(postings * weekday / weekday.sum())
    distinct = rates.heaps_factor * arrived**rates.heaps_exponent
    nights = [
        night(int(units), shard_units, workers, rates, random) for units in np.diff(distinct, prepend=0.0).tolist()
    ]
    spans = np.array([each.span for each in nights])
    work = sum(each.work for each in nights) / 3600
    return {
        "shard units": shard_units,
        "workers": workers,
        "units linked": int(distinct[-1]),
        "shards": sum(each.shards for each in nights),
        "processor-hours, link": round(work, 1),
        "of that start-up": round(
            sum(each.shards for each in nights) * rates.shard_seconds_to_start / 3600 / max(work, 1e-9), 3
        ),
        "processor-hours, ingest": round(postings / rates.ingest_postings_per_second / 3600, 1),
        "minutes a night, median": round(float(np.median(spans)) / 60, 1),
        "minutes a night, 95 of 100": round(float(np.quantile(spans, 0.95)) / 60, 1),
        "workers busy": round(sum(each.work for each in nights) / (float(spans.sum()) * workers), 3),
        "storage, GB": round(
            (postings * rates.bytes_per_posting + distinct[-1] * rates.bytes_per_link_unit) / 1e9, 1
        ),
    }  # fmt: skip


def main() -> None:
    """Simulates several sizes of shards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postings", type=int, default=100_000_000)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--credentials", type=int, default=1_000_000)
    parser.add_argument("--roles", type=int, default=1000)
    options = parser.parse_args()
    rates = Rates()
    print(json.dumps({
        "rates of one core": asdict(rates),
        "years": [year(options.postings, units, options.workers, rates) for units in (500, 2000, 5000, 32_000)],
        "hours of one core to match once": round(
            options.credentials * options.roles / rates.match_pairs_per_second / 3600, 2
        ),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
