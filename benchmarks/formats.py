"""Postings ingested a second, by format, with and without looking for those that were posted again.

    python benchmarks/formats.py --data ../shared/data --postings 5000

The same postings (`world.py`) are written in every format that postings are read in, and each file is ingested into a
lake of its own: first in a first run, then once more as they are. Rates are postings a processor second, everything
imported and loaded. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from world import heaps, posting_rows, write

from pipeline import intake
from pipeline.ingest import DocumentStore, duplicate_groups
from pipeline.lake import Lake
from pipeline.settings import Settings, load_settings

Rows = list[dict[str, object]]


def as_csv(rows: Rows, file: Path) -> None:
    """A table as CSV."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def as_lines(rows: Rows, file: Path) -> None:
    """An object a line."""
    file.write_text("".join(json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def as_array(rows: Rows, file: Path) -> None:
    """One array of objects."""
    file.write_text(json.dumps(rows, default=str, ensure_ascii=False), encoding="utf-8")


def as_parquet(rows: Rows, file: Path) -> None:
    """A table as Parquet."""
    write(iter(rows), file.parent, "rows")[0].rename(file)


def as_job_postings(rows: Rows, file: Path) -> None:
    """schema.org JobPosting in JSON-LD, the description as HTML."""
    graph = [
        {
            "@type": "JobPosting", "identifier": row["source_id"], "title": row["title"],
            "description": "".join(f"<p>{line}</p>" for line in str(row["description"]).split("\n")),
            "hiringOrganization": {"@type": "Organization", "name": row["employer"]},
            "jobLocation": {"@type": "Place", "address": {"addressRegion": row["region"], "addressCountry": "CA"}},
            "datePosted": row["posted_on"], "totalJobOpenings": row["vacancies"], "inLanguage": row["language"],
        }
        for row in rows
    ]  # fmt: skip
    as_array([{"@context": "https://schema.org", "@graph": graph}], file)


FORMATS: dict[str, Callable[[Rows, Path], None]] = {
    "postings.csv": as_csv,
    "postings.jsonl": as_lines,
    "postings.json": as_array,
    "postings.parquet": as_parquet,
    "postings.jsonld": as_job_postings,
}


def processor(work: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def rates(file: Path, count: int, settings: Settings, folder: Path) -> dict[str, object]:
    """Postings a second of one file."""
    lake, store = Lake(folder / "lake"), DocumentStore(Lake(folder / "lake"), "postings")
    taken: list[int] = []

    def ingest() -> None:
        taken.append(intake.ingest(lake, settings, "postings", [file], source="world").accepted)

    first = processor(ingest)
    grouping = processor(
        lambda: duplicate_groups(store.facts(), settings.ingest, Lake(folder / "other"), store.contents)
    )
    again = processor(ingest)
    return {
        "accepted": taken[0],
        "MB": round(file.stat().st_size / 1e6, 1),
        "without grouping": round(count / (first - grouping)),
        "with grouping": round(count / first),
        "the same postings again": round(count / again),
    }


def measure(rows: Rows, formats: Iterable[str]) -> dict[str, object]:
    """Every format."""
    settings = load_settings()
    found: dict[str, object] = {}
    for name in formats:
        with tempfile.TemporaryDirectory(prefix="passerelle-ingest-") as folder:
            file = Path(folder, "files", name)
            file.parent.mkdir()
            FORMATS[name](rows, file)
            found[file.suffix[1:]] = rates(file, len(rows), settings, Path(folder))
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--postings", type=int, default=5000)
    options = parser.parse_args()
    rows = list(posting_rows(options.data, options.postings, heaps(options.postings)))
    measure(rows[:50], ["postings.csv"])  # loads what the first file would have to load
    print(json.dumps({"postings": options.postings, "a processor second": measure(rows, FORMATS)}, indent=2))


if __name__ == "__main__":
    main()
