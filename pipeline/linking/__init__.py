"""Text in, taxonomy skills with evidence out.

Comes in: documents in English or French, and a taxonomy. Goes out: the `evidence` table, one row a document and skill.
Never links the same unit of text twice under one fingerprint, and never looks at who wrote it or in which document.
"""

from pipeline.linking.baselines import RememberingEncoder, plain_baselines
from pipeline.linking.confidence import FEATURES
from pipeline.linking.context import load_company
from pipeline.linking.cutting import skill_units
from pipeline.linking.documents import (
    LinkedDocuments,
    link_documents,
    links_fingerprint,
    unlinked_units,
    unweighed_evidence,
)
from pipeline.linking.evaluate import Kept, Quality, evaluate, kept, ranking_quality, rankings
from pipeline.linking.labelled_sets import LabelledSet, read_competences, read_queries, read_validation
from pipeline.linking.lexical import LabelMatcher, stems
from pipeline.linking.linker import Link, Linker, load_linker
from pipeline.linking.peers import Peer, Peers, PeerScores, read_peers
from pipeline.linking.quality import Evaluation
from pipeline.linking.quality_figures import QualityReport
from pipeline.linking.quality_report import page as quality_page
from pipeline.linking.shards import link_shard, write_shards
from pipeline.linking.units import Unit, split_units, unit_key

__all__ = [
    "FEATURES",
    "Evaluation",
    "Kept",
    "LabelMatcher",
    "LabelledSet",
    "Link",
    "LinkedDocuments",
    "Linker",
    "Peer",
    "PeerScores",
    "Peers",
    "Quality",
    "QualityReport",
    "RememberingEncoder",
    "Unit",
    "evaluate",
    "kept",
    "link_documents",
    "link_shard",
    "links_fingerprint",
    "load_company",
    "load_linker",
    "plain_baselines",
    "quality_page",
    "ranking_quality",
    "rankings",
    "read_competences",
    "read_peers",
    "read_queries",
    "read_validation",
    "skill_units",
    "split_units",
    "stems",
    "unit_key",
    "unlinked_units",
    "unweighed_evidence",
    "write_shards",
]
