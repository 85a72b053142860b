"""The words of a taxonomy's labels, kept in the lake: stemming them takes longer than linking a night's texts.

Kept is a text: a line that says which code stemmed, then a line for each label with its stems. Where it is not there,
not whole, or of other code, labels are stemmed again.
"""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import Stemmer

from pipeline.embeddings import read_sealed, sealed
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.linking import lexical
from pipeline.linking.lexical import LabelWords, label_stems

BETWEEN_STEMS, BETWEEN_LABELS = "\x1f", "\n"  # no word holds a control character


def load_label_words(labels: pa.Table, language: Language, folder: str, lake: Lake | None) -> LabelWords:
    """The stems of every label that texts of a language are searched for.

    Args:
        labels: of one taxonomy, in a fixed order; as `LabelMatcher` takes them.
        language: of the texts.
        folder: of the lake, named after these labels.
        lake: keeps them; None keeps nothing.
    """
    name, first = f"{folder}/words-{language}.npy", _stemmed_by()
    lines = _read(lake, name, first, labels.num_rows) if lake else None
    if lines is None:
        lines = [BETWEEN_STEMS.join(own) for own in label_stems(labels, language)]
        if lake:
            text = BETWEEN_LABELS.join([first, *lines]).encode()
            lake.write_bytes(name, sealed(np.frombuffer(text, dtype=np.uint8)))
    looked_for = [row for row, line in enumerate(lines) if line]
    stems = pc.split_pattern(pa.array([lines[row] for row in looked_for], pa.string()), BETWEEN_STEMS)
    return LabelWords.of(looked_for, stems)


def _read(lake: Lake, name: str, first: str, labels: int) -> list[str] | None:
    kept = read_sealed(lake, name)
    if kept is None or kept.dtype != np.uint8:
        return None
    try:
        found, *lines = kept.tobytes().decode().split(BETWEEN_LABELS)
    except UnicodeDecodeError:
        return None
    return lines if found == first and len(lines) == labels else None


def _stemmed_by() -> str:
    """A hash of all that stems depend on besides the labels."""
    parts = [Path(lexical.__file__).read_bytes(), Stemmer.version().encode(), unicodedata.unidata_version.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
