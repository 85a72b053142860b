"""Hidden labels: how postings and courses name skills, beside the labels that a taxonomy itself has.

As SKOS has them (`skos:hiddenLabel`): looked for in texts, and nobody's name for the skill. They were written for this
project, lie beside this module, one line a skill, and are found by the skill's id, so they hold for every release.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.taxonomy.model import Taxonomy
from pipeline.taxonomy.schema import LABELS_SCHEMA

COLUMNS = ("skill_id", "en", "fr")
SEARCHED_SCHEMA = LABELS_SCHEMA.append(pa.field("hidden", pa.bool_(), nullable=False))
SEPARATOR = "|"
_FILE = files("pipeline.taxonomy") / "hidden_labels" / "esco.tsv"
_KEY_SEPARATOR = "\x1f"  # no label holds a control character


@lru_cache(maxsize=2)  # linking and the similarity of skills ask for the same
def searched_labels(taxonomy: Taxonomy) -> tuple[pa.Table, str]:
    """What texts are searched for: every label of every skill, and the hidden labels of those that have some.

    Returns:
        A table of `SEARCHED_SCHEMA`, sorted by concept and language, the taxonomy's own labels before the hidden ones;
        and what identifies it, 32 hexadecimal digits.
    """
    labels = taxonomy.labels("skills")
    written = _FILE.read_bytes()
    hidden = _hidden_labels(written, labels)
    is_hidden = pa.array(np.arange(labels.num_rows + hidden.num_rows) >= labels.num_rows)
    both = pa.concat_tables([labels, hidden]).append_column(SEARCHED_SCHEMA.field("hidden"), is_hidden)
    if not hidden.num_rows:
        return both, taxonomy.fingerprint[:32]
    # Numbers, not names: a quarter of a million strings take their time to sort.
    concepts = pc.index_in(both["concept_id"], pc.unique(labels["concept_id"])).to_numpy()
    french = pc.equal(both["language"], COLUMNS[-1]).to_numpy()
    table = both.take(np.argsort(concepts * 2 + french, kind="stable")).combine_chunks()
    return table, hashlib.sha256(taxonomy.fingerprint.encode() + written).hexdigest()[:32]


def _hidden_labels(file: bytes, labels: pa.Table) -> pa.Table:
    """The hidden labels of skills that have labels, less those that are a label of the same skill already."""
    written = csv.read_csv(
        pa.BufferReader(file),
        parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=False),
    )
    written = written.filter(pc.is_in(written["skill_id"], labels["concept_id"]))
    parts = [LABELS_SCHEMA.empty_table()]
    for language in COLUMNS[1:]:
        own = pc.split_pattern(written[language].combine_chunks(), SEPARATOR)
        found, owners = pc.list_flatten(own), written["skill_id"].combine_chunks().take(pc.list_parent_indices(own))
        rows = pa.table(
            [owners, pa.repeat(language, len(found)), found, pa.repeat(False, len(found))], schema=LABELS_SCHEMA
        )
        parts.append(rows.filter(pc.not_equal(rows["label"], "")))
    hidden = pa.concat_tables(parts)
    return hidden.filter(pc.invert(pc.is_in(_keys(hidden), _keys(labels).combine_chunks())))


def _keys(labels: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(labels["concept_id"], labels["language"], labels["label"], _KEY_SEPARATOR)
