"""The whole job at growing sizes: ingest, link, match and publish, each stage in a process of its own.

    python benchmarks/whole.py --data ../shared/data --postings 10000 100000 1000000 [--distinct 20000]

Postings are those of `world.py`. By default the number of distinct sentences grows as Heaps' law says; `--distinct`
holds it still, so that linking costs the same at every size and what is left is what grows with the postings. The
vectors of the taxonomy's labels are embedded before anything is timed. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from measured import Spent, in_a_process
from world import credential_rows, heaps, posting_rows, write

LINKING = "link postings"


def made(options: argparse.Namespace, folder: Path, postings: int) -> None:
    """Writes the files that a job of so many postings begins with, unless they are there."""
    distinct = options.distinct or heaps(postings)
    if not (folder / "postings").exists():
        write(posting_rows(options.data, postings, distinct), folder / "postings", "postings")
        credentials = credential_rows(options.data, options.credentials, heaps(options.credentials))
        write(credentials, folder / "credentials", "credentials")


def job(options: argparse.Namespace, folder: Path, postings: int) -> dict[str, object]:
    """One job, measured."""
    made(options, folder, postings)
    common = ("--lake", folder / "lake", "--taxonomy", options.taxonomy)
    in_a_process("embed", *common)
    stages = {
        f"ingest {kind}": in_a_process("ingest", kind, folder / kind, *common) for kind in ("credentials", "postings")
    }
    stages["refresh"] = in_a_process("refresh", *common)
    whole = sum(stages.values(), Spent())
    linking = whole.steps.get(LINKING, (0.0, 0.0))[0]
    return {
        "postings": postings,
        "wall": round(whole.wall, 1),
        "processor": round(whole.processor, 1),
        "memory at most, MiB": whole.memory,
        "milliseconds of processor a posting": round(whole.processor / postings * 1000, 3),
        "the same without linking new text": round((whole.processor - linking) / postings * 1000, 3),
        "stages": {name: asdict(spent) for name, spent in stages.items()},
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--postings", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--credentials", type=int, default=500)
    parser.add_argument("--distinct", type=int, help="distinct made sentences; by default as Heaps' law says")
    parser.add_argument("--taxonomy", default="starter")
    parser.add_argument("--keep", type=Path, help="a folder that keeps what is made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="passerelle-whole-") as name:
        folder = options.keep or Path(name)
        jobs = [job(options, folder / str(postings), postings) for postings in options.postings]
    print(json.dumps({"cores": os.cpu_count(), "taxonomy": options.taxonomy, "jobs": jobs}, indent=2))


if __name__ == "__main__":
    main()
