"""What a night costs: a full run, then nights with 0 %, 1 % and 10 % new text, each as a share of the full run.

    python benchmarks/nights.py --data ../shared/data --postings 10000 --credentials 500 [--taxonomy esco]

A night is one process, as `passerelle run` is, or with `--separate` one for each step, as tasks of Airflow are:
start-up, loading and reading are part of it. Text is made by `world.py`: a night of 1 % brings 1 % as many postings as
there are, and about 1 % as many distinct sentences, which none of those has said. The vectors of the taxonomy's labels
are embedded before anything is timed, since that is done once per taxonomy and not per run. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from measured import Spent, in_a_process
from world import credential_rows, heaps, posting_rows, write

NEW = (0.0, 0.01, 0.1)


def night(files: Path, lake: Path, taxonomy: str, separate: bool = False) -> dict[str, Spent]:
    """Ingests what came and refreshes the tables, in one process or in one for each."""
    common = ("--lake", lake, "--taxonomy", taxonomy)
    if not any(files.iterdir()):
        return {"refresh": in_a_process("refresh", *common)}
    if not separate:
        return {"run": in_a_process("run", "postings", files, *common)}
    return {"ingest": in_a_process("ingest", "postings", files, *common), "refresh": in_a_process("refresh", *common)}


def measure(
    data: Path, folder: Path, postings: int, credentials: int, distinct: int, taxonomy: str, separate: bool
) -> dict[str, object]:
    """The full run and the nights after it."""
    lake = folder / "lake"
    rows = list(posting_rows(data, postings, distinct))
    write(iter(rows), folder / "full", "postings")
    said = sentences(rows)
    write(credential_rows(data, credentials, heaps(credentials)), folder / "credentials", "credentials")
    in_a_process("embed", "--lake", lake, "--taxonomy", taxonomy)
    full = in_a_process("ingest", "credentials", folder / "credentials", "--lake", lake)
    first = night(folder / "full", lake, taxonomy, separate)
    report: dict[str, object] = {
        "postings": postings, "credentials": credentials, "sentences": len(said), "taxonomy": taxonomy,
        "full": {"ingest credentials": asdict(full), **{name: asdict(spent) for name, spent in first.items()}},
    }  # fmt: skip
    whole = sum(first.values(), full)
    for number, share in enumerate(NEW):
        count = int(postings * share)
        new = folder / f"night-{number}"
        fresh = list(new_postings(data, count, distinct, number + 1, int(len(said) * share))) if count else []
        write(iter(fresh), new, "postings")
        spent = night(new, lake, taxonomy, separate)
        total = sum(spent.values(), Spent())
        report[f"{share:.0%} new"] = {
            "postings": len(fresh),
            "sentences said for the first time": len(sentences(fresh) - said),
            **{name: asdict(each) for name, each in spent.items()},
            "share of the full run, wall": round(total.wall / whole.wall, 4),
            "share of the full run, processor": round(total.processor / whole.processor, 4),
        }
    return report


def new_postings(data: Path, count: int, distinct: int, night: int, unheard: int) -> Iterator[dict[str, object]]:
    """Rows of postings that are not among those of the full run or of another night, under ids of their own."""
    for row in posting_rows(data, count, distinct, night, unheard, night):
        yield row | {"source_id": f"n{night}-{row['source_id']}"}


def sentences(rows: Iterable[dict[str, object]]) -> set[str]:
    """The distinct sentences of postings."""
    return {sentence for row in rows for sentence in str(row["description"]).splitlines()}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--postings", type=int, default=10_000)
    parser.add_argument("--credentials", type=int, default=500)
    parser.add_argument("--distinct", type=int, help="distinct made sentences; by default as Heaps' law says")
    parser.add_argument("--taxonomy", default="esco")
    parser.add_argument("--separate", action="store_true", help="a process for each step")
    parser.add_argument("--lake", type=Path, help="a lake whose label vectors are taken over")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="passerelle-night-") as name:
        folder = Path(name)
        if options.lake and (options.lake / "index").exists():
            shutil.copytree(options.lake / "index", folder / "lake/index")
        distinct = options.distinct or heaps(options.postings)
        report = measure(
            options.data, folder, options.postings, options.credentials, distinct, options.taxonomy, options.separate
        )
    report["machine"] = {"cores": os.cpu_count()}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
