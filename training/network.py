"""The encoder as it is trained: the same arithmetic as `pipeline.embeddings.inference`, with gradients."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from pipeline.embeddings.encoder import OWN_MODULE
from pipeline.embeddings.inference import (
    BRANCH_WIDTH,
    BRANCHES,
    DENSE,
    FEATURES,
    WIDTH,
    ConvolutionalNetwork,
    TrimmedSubwords,
)
from pipeline.embeddings.use_multilingual import original_weights

GAP = 2  # empty rows between texts, so that no n-gram reaches from one into the next
TOKENS_PER_CHUNK = 2500  # small enough to stay in the processor's cache
CHECKED_CHUNK = 256
THREADS = 2
# Where the processor has no instructions for it, arithmetic in 16 bits takes many times as long as in 32.
HALF_PRECISION = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
MAX_LEVEL = 127

# A text as token ids, and the stretch of them whose vector is wanted; None for all of them.
Tokens = tuple[npt.NDArray[np.int32], tuple[int, int] | None]


class Network(nn.Module):
    """`ConvolutionalNetwork` with parameters.

    Args:
        kept: rows of the original vocabulary, in the order of the trimmed tokenizer's ids.
    """

    def __init__(self, kept: Sequence[int]) -> None:
        super().__init__()
        weights = {name: torch.from_numpy(array) for name, array in original_weights().items()}
        rows = torch.tensor(kept)
        table = (
            weights["table"][rows].float() * weights["table_scale"][rows, None] + weights["table_offset"][rows, None]
        )
        self.table = nn.Embedding(len(table), table.shape[1], sparse=True, _weight=table)
        self.dense = nn.ParameterDict({_key(name): nn.Parameter(weights[name].float()) for name in DENSE})
        self.eps = float(weights["eps"])

    def __getitem__(self, name: str) -> torch.Tensor:
        parameter: torch.Tensor = self.dense[_key(name)]
        return parameter

    def forward(self, texts: Sequence[Tokens]) -> torch.Tensor:
        """Unit vectors (texts, 512)."""
        ids, inside, summed, owner = _lay_out(texts)
        features = self._features(ids, inside)
        gates = 2 * torch.sigmoid(features @ self["gate.weight"][:, None] + self["gate.bias"]) * inside * summed
        sums = torch.zeros(len(texts), FEATURES).index_add(0, owner, features * gates)
        weight = torch.zeros(len(texts), 1).index_add(0, owner, gates)
        mean = (sums @ self["cnn.weight"] + weight * self["cnn.bias"]) / torch.sqrt(weight.clamp(min=1e-3))
        hidden = functional.relu(mean @ self["p1"] + functional.relu(mean @ self["d0"]) @ self["d1"])
        vector = torch.tanh(hidden @ self["p3"] + functional.relu(hidden @ self["d2"]) @ self["d3"])
        return functional.normalize(vector, dim=-1)

    def _features(self, ids: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        embedded = self.table(ids)
        projected = torch.addmm(self["proj.bias"], embedded, self["proj.weight"])
        parts, rows = [embedded], len(ids)
        for i, (order, left) in enumerate(BRANCHES):
            cut = slice(i * BRANCH_WIDTH, (i + 1) * BRANCH_WIDTH)
            norm = self["branch_norm.weight"][cut], self["branch_norm.bias"][cut]
            branch = functional.layer_norm(projected[:, cut], (BRANCH_WIDTH,), *norm, self.eps)
            for layer in (1, 2):
                padded = functional.pad(branch * inside, (0, 0, left, order - 1 - left))
                window = torch.cat([padded[j : j + rows] for j in range(order)], -1)
                step = torch.addmm(self[f"conv{layer}.{i}.bias"], window, self[f"conv{layer}.{i}.weight"])
                branch = functional.relu(step) + branch
            parts.append(branch)
        return functional.layer_norm(
            torch.cat(parts, -1), (FEATURES,), self["norm.weight"], self["norm.bias"], self.eps
        )

    @torch.no_grad()
    def encode(self, texts: Sequence[Tokens]) -> npt.NDArray[np.float32]:
        """Unit vectors of texts, without gradients."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i][0]))
        found = np.zeros((len(texts), WIDTH), dtype=np.float32)

        def one(start: int) -> None:
            rows = order[start : start + CHECKED_CHUNK]
            with torch.no_grad():
                found[rows] = self([texts[i] for i in rows]).numpy()

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(one, range(0, len(order), CHECKED_CHUNK)))
        return found

    def export(self, folder: Path, tokenizer: Tokenizer) -> None:
        """Writes the model as `ConvolutionalNetwork.load` and sentence-transformers read it, the table in 8 bits."""
        table = self.table.weight.detach()
        scale = table.abs().amax(1).clamp(min=1e-8) / MAX_LEVEL
        weights = {name: self[name].detach() for name in DENSE} | {
            "table": torch.round(table / scale[:, None]).to(torch.int8),
            "table_scale": scale, "table_offset": torch.zeros(len(scale)),
        }  # fmt: skip
        arrays = {name: tensor.numpy() for name, tensor in weights.items()}
        ConvolutionalNetwork(arrays, TrimmedSubwords(tokenizer), self.eps).save(folder)
        _write(folder / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": OWN_MODULE}])
        card = {"model_type": "SentenceTransformer", "prompts": {}, "similarity_fn_name": "cosine"}
        _write(folder / "config_sentence_transformers.json", card)


def _key(name: str) -> str:
    return name.replace(".", "_")


def _write(path: Path, content: object) -> None:
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def _lay_out(texts: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Texts as one long row: token ids, what is text and not gap, what counts for the sum, and each row's text."""
    lengths = np.array([len(ids) + GAP for ids, _ in texts])
    starts = np.cumsum(lengths) - lengths
    ids = np.zeros(int(lengths.sum()), dtype=np.int64)
    inside = np.zeros((len(ids), 1), dtype=np.float32)
    summed = np.ones((len(ids), 1), dtype=np.float32)
    for start, (tokens, stretch) in zip(starts, texts, strict=True):
        ids[start : start + len(tokens)] = tokens
        inside[start : start + len(tokens)] = 1
        if stretch:
            summed[start : start + len(tokens)] = 0
            summed[start + stretch[0] : start + stretch[1]] = 1
    owner = np.repeat(np.arange(len(texts)), lengths)
    return torch.from_numpy(ids), torch.from_numpy(inside), torch.from_numpy(summed), torch.from_numpy(owner)


class Embedded:
    """Vectors of two sides of a batch, their graphs kept in chunks that threads work on.

    The loss sees `sides` as leaves; `backward` then carries their gradients through the chunks (Gao et al., 2021,
    "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup").
    """

    def __init__(self, network: Network, sides: Sequence[Sequence[Tokens]], pool: ThreadPoolExecutor) -> None:
        self._jobs = [(side, rows) for side, texts in enumerate(sides) for rows in _chunks(texts)]
        self._pool = pool

        def embed(job: tuple[int, list[int]]) -> torch.Tensor:
            side, rows = job
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=HALF_PRECISION):
                vectors: torch.Tensor = network([sides[side][i] for i in rows])
            return vectors.float()

        self._vectors = list(pool.map(embed, self._jobs))
        self.sides = [torch.zeros(len(texts), WIDTH) for texts in sides]
        for (side, rows), vectors in zip(self._jobs, self._vectors, strict=True):
            self.sides[side][rows] = vectors.detach()
        for side_vectors in self.sides:
            side_vectors.requires_grad_(True)

    def backward(self) -> None:
        """Carries the gradients of `sides` into the network's parameters."""

        def carry(job: int) -> None:
            side, rows = self._jobs[job]
            gradient = self.sides[side].grad
            assert gradient is not None
            self._vectors[job].backward(gradient[rows])  # type: ignore[no-untyped-call]

        list(self._pool.map(carry, range(len(self._jobs))))


def _chunks(texts: Sequence[Tokens]) -> list[list[int]]:
    """Rows of texts, shortest first, in chunks of about `TOKENS_PER_CHUNK` tokens."""
    chunks: list[list[int]] = [[]]
    tokens = 0
    for row in sorted(range(len(texts)), key=lambda i: len(texts[i][0])):
        chunks[-1].append(row)
        tokens += len(texts[row][0]) + GAP
        if tokens >= TOKENS_PER_CHUNK:
            chunks.append([])
            tokens = 0
    return [chunk for chunk in chunks if chunk]
