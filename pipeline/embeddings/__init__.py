"""Texts in, unit vectors and nearest labels out.

Comes in: texts, and a taxonomy's labels. Goes out: float32 unit vectors, and for each text the labels nearest to it.
Never decides what a text means, and never mixes vectors of two models: all is kept under the model's fingerprint.
"""

from pipeline.embeddings.concepts import ConceptIndex, load_concept_index
from pipeline.embeddings.encoder import Encoder, Reading, encoder_fingerprint, load_encoder
from pipeline.embeddings.index import (
    SCORE_DECIMALS,
    LabelIndex,
    load_label_index,
    load_part,
    read_sealed,
    sealed,
    whole_vectors,
)
from pipeline.embeddings.threads import one_thread_each

__all__ = [
    "SCORE_DECIMALS",
    "ConceptIndex",
    "Encoder",
    "LabelIndex",
    "Reading",
    "encoder_fingerprint",
    "load_concept_index",
    "load_encoder",
    "load_label_index",
    "load_part",
    "one_thread_each",
    "read_sealed",
    "sealed",
    "whole_vectors",
]
