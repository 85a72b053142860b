"""One file a role that is left: the ways from it to all others, by region."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import shortened
from pipeline.report.published import Published, Row

# Of each way: the skills that are told; how many there are is told too.
SKILLS_SHOWN = 10
NUMBERS = ("similarity", "gap", "gap_low", "gap_high", "gap_closed", "hours", "vacancies_from", "vacancies_to",
           "wage_from", "wage_to", "wage_change", "suppressed")  # fmt: skip


def transition_values(published: Published, book: Codebook) -> Iterator[tuple[int, Row]]:
    """The content of each data/transitions-<n>.js: names of the numbers, and a list for each way."""
    ways: dict[int, list[list[object]]] = defaultdict(list)
    rows = published.rows("transitions", [
        "from_role_id", "to_role_id", "region", "gap_skills", "transferable_skills", "stack", *NUMBERS
    ])  # fmt: skip
    for row in rows:
        start, end = book.place("role", row["from_role_id"]), book.place("role", row["to_role_id"])
        if start is not None and end is not None:
            lacking = book.places("skill", row["gap_skills"])
            kept = book.places("skill", row["transferable_skills"])
            ways[start].append([
                end, row["region"], *(shortened(row[name]) for name in NUMBERS), lacking[:SKILLS_SHOWN], len(lacking),
                kept[:SKILLS_SHOWN], len(kept), book.places("credential", row["stack"]),
            ])  # fmt: skip
    names = ["to", "region", *NUMBERS, "gap_skills", "gap_count", "transferable", "transferable_count", "stack"]
    for start in sorted(ways):
        yield start, {"names": names, "ways": ways[start]}
