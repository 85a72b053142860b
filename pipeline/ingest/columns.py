"""What the columns of a table say of its mapping: those that it names and the table lacks, those that nobody reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from pipeline.ingest.hygiene import HIDDEN
from pipeline.ingest.mapping import Mapping
from pipeline.ingest.records import Remark

SHOWN_COLUMNS: Final = 12
_SHOWN_CHARACTERS: Final = 60  # of a name, which comes from the file


def named(columns: Collection[str]) -> str:
    """The first columns, for a person to look at."""
    names = [" ".join(HIDDEN.sub("", name).split()) for name in columns]
    short = [name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}..." for name in names]
    return ", ".join(short[:SHOWN_COLUMNS]) + (", ..." if len(short) > SHOWN_COLUMNS else "")


def without_column(mapping: Mapping, columns: Collection[str]) -> Iterator[Remark]:
    """A remark if fields or parts of a mapping are to be read from columns none of which the table has.

    Args:
        mapping: names columns, or paths that begin with one ("lieuTravail.libelle").
        columns: those of the table.
    """
    wanted = mapping.fields | mapping.parts
    if mapping.sections:
        wanted = wanted | {"sections": [mapping.sections.column]}
    absent = [
        f"{name} from {' or '.join(map(repr, paths))}"
        for name, paths in wanted.items()
        if not any(path in columns or path.split(".")[0] in columns for path in paths)
    ]
    if absent:
        yield Remark(
            f"The mapping {mapping.source.name} reads {', '.join(absent)}: the table has no such column. "
            f"It has: {named(columns)}."
        )


def not_read(mapping: Mapping, columns: Collection[str]) -> Iterator[Remark]:
    """A remark if a table that is read without a mapping file has columns that no field or part has the name of.

    Args:
        mapping: that of the names which are read.
        columns: those of the table.
    """
    known = {path for paths in (*mapping.fields.values(), *mapping.parts.values()) for path in paths}
    unknown = [name for name in columns if name and name not in known]
    if unknown:
        yield Remark(
            f"Columns of {mapping.source.name} that are not read: {named(unknown)}. docs/sources.md names those that "
            "are; a mapping file can read others."
        )
