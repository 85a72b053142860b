"""Text in, taxonomy skills with evidence out.

Comes in: documents in English or French, and a taxonomy. Goes out: the `evidence` table, one row a document and skill.
Never links the same unit of text twice under one fingerprint, and never looks at who wrote it or in which document.
"""

from pipeline.linking.confidence import FEATURES
from pipeline.linking.documents import LinkedDocuments, link_documents, skill_units
from pipeline.linking.evaluate import Quality, evaluate, read_queries
from pipeline.linking.lexical import LabelMatcher, stems
from pipeline.linking.linker import Link, Linker, features_of, load_linker
from pipeline.linking.units import Unit, split_units, unit_key

__all__ = [
    "FEATURES",
    "LabelMatcher",
    "Link",
    "LinkedDocuments",
    "Linker",
    "Quality",
    "Unit",
    "evaluate",
    "features_of",
    "link_documents",
    "load_linker",
    "read_queries",
    "skill_units",
    "split_units",
    "stems",
    "unit_key",
]
