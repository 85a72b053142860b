"""A convolutional sentence encoder: quick on a CPU, and able to embed parts of texts.

It needs PyTorch alone. Sentence-transformers takes it as one of its modules, but is not imported for it: that takes
several times as long as the model.

Architecture: Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019), the convolutional
variant: subword embeddings, three n-gram branches, a deep averaging head. Added to it: a gate per token (how much it
counts for the sum; 1 for every token in the original weights), and vectors of stretches of a text, summed over the same
token features, so that a sentence and the items of its enumerations cost one pass together.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import Module, functional

# Rows of every matrix product: a fixed shape makes a text's vector independent of the texts beside it.
TOKENS_PER_BLOCK = 512
VECTORS_PER_BLOCK = 128
MAX_TOKENS = 256
WIDTH = 512
BRANCH_WIDTH = 256
BRANCHES = ((2, 0), (3, 1), (5, 2))  # (n-gram order, tokens of left context)
FEATURES = WIDTH + len(BRANCHES) * BRANCH_WIDTH
LEFT = max(left for _, left in BRANCHES)
RIGHT = max(order - 1 - left for order, left in BRANCHES)
DENSE = (
    "proj.weight", "proj.bias", "branch_norm.weight", "branch_norm.bias", "norm.weight", "norm.bias",
    *(f"conv{layer}.{branch}.{part}" for layer in (1, 2) for branch in range(3) for part in ("weight", "bias")),
    "gate.weight", "gate.bias", "cnn.weight", "cnn.bias", "d0", "d1", "d2", "d3", "p1", "p3",
)  # fmt: skip
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"

Spans = Sequence[Sequence[tuple[int, int]]]


class Subwords(Protocol):
    """Cuts texts into subwords."""

    def __call__(self, texts: list[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """For each text its token ids, and of each token the characters it stands for; both with end marks."""


class TrimmedSubwords:
    """The tokenizer of a model folder: unigram subwords, in the `tokenizers` library's own format."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._first, self._last = int(tokenizer.token_to_id("<s>") or 0), int(tokenizer.token_to_id("</s>") or 0)

    def __call__(self, texts: list[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """As `Subwords`."""
        found = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        ends = [(0, 0)]
        return [([self._first, *e.ids[: MAX_TOKENS - 2], self._last],
                 [*ends, *e.offsets[: MAX_TOKENS - 2], *ends]) for e in found]  # fmt: skip


class ConvolutionalEncoder(Module):
    """Text to a 512-dimensional unit vector.

    No padding: the tokens of a batch lie in one flat matrix, and an n-gram that would reach past its own text reads a
    row of zeros instead. Texts longer than `MAX_TOKENS` tokens are cut.

    Args:
        weights: float tensors under the names of `DENSE`; `table` (int8 or uint8; tokens, 512) with `table_scale` and
            `table_offset` (tokens,).
        subwords: cuts texts into token ids.
        eps: of the layer normalisations.
    """

    modalities = ("text",)
    save_in_root = True  # where sentence-transformers puts its files

    if TYPE_CHECKING:  # what is registered below

        def __getattr__(self, name: str) -> torch.Tensor: ...

    def __init__(self, weights: dict[str, torch.Tensor], subwords: Subwords, eps: float) -> None:
        super().__init__()
        self.subwords = subwords
        self.eps = eps
        self.max_seq_length = MAX_TOKENS
        for name in DENSE:
            self.register_buffer(_attribute(name), weights[name].to(torch.float32).contiguous(), persistent=False)
        for name in ("table", "table_scale", "table_offset"):
            self.register_buffer(name, weights[name], persistent=False)

    @classmethod
    def load(cls, model_name_or_path: str, *args: object, **kwargs: object) -> Self:
        """Reads the module from a folder with its weights and its tokenizer."""
        folder = Path(model_name_or_path, str(kwargs.get("subfolder") or ""))
        weights = load_file(folder / WEIGHTS_FILE)
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        return cls(weights, TrimmedSubwords(tokenizer), float(weights["eps"]))

    def get_embedding_dimension(self) -> int:
        """Width of a sentence vector."""
        return WIDTH

    @torch.no_grad()
    def encode(self, texts: Sequence[str], batch_size: int) -> npt.NDArray[np.float32]:
        """Embeds texts, those of like length together.

        Args:
            texts: of either language.
            batch_size: how many are held as tokens at once; it moves no bit of a vector.

        Returns:
            Unit vectors (texts, 512).
        """
        vectors = np.empty((len(texts), WIDTH), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            found = self(self.preprocess([texts[i] for i in batch]))["sentence_embedding"]
            vectors[batch] = functional.normalize(found, dim=1).numpy()
        return vectors

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, spans: Spans | None = None, **kwargs: object
    ) -> dict[str, torch.Tensor | Any]:
        """Tokenises texts.

        Args:
            inputs: the texts.
            prompt: put before each text.
            spans: for each text the stretches of it that want a vector too, in characters.
            kwargs: what other modules take.

        Returns:
            `input_ids`, one flat row; `lengths`, the tokens of each text; `bags`, a row (text, first token, end) for
            each text and then for each of its spans, the tokens counted within the text.
        """
        texts = [f"{prompt}{text}" if prompt else str(text) for text in inputs]
        found = [(ids[:MAX_TOKENS], places) for ids, places in self.subwords(texts)]
        bags = [
            (i, first, end)
            for i, (ids, places) in enumerate(found)
            for first, end in _token_ranges(len(ids), places, spans[i] if spans else ())
        ]
        return {
            "input_ids": torch.tensor(list(chain.from_iterable(ids for ids, _ in found)), dtype=torch.long),
            "lengths": torch.tensor([len(ids) for ids, _ in found], dtype=torch.long),
            "bags": torch.tensor(bags, dtype=torch.long).reshape(-1, 3),
        }

    def forward(self, features: dict[str, torch.Tensor | Any], **kwargs: object) -> dict[str, torch.Tensor | Any]:
        """Adds `sentence_embedding` (bags, 512), float32, unit length: a row a text unless spans were asked for."""
        features["sentence_embedding"] = self.head(*self.sums(features))
        return features

    @torch.no_grad()
    def sums(self, features: dict[str, torch.Tensor | Any]) -> tuple[torch.Tensor, torch.Tensor]:
        """What `head` makes vectors of: gated sums of token features (bags, 1280) and sums of gates (bags, 1).

        Args:
            features: as `preprocess` gives them.
        """
        lengths: torch.Tensor = features["lengths"]
        bags: torch.Tensor = features["bags"]
        tokens: torch.Tensor = features["input_ids"]
        sums, weights = torch.empty(len(bags), FEATURES), torch.empty(len(bags), 1)
        begins = torch.cumsum(lengths, 0) - lengths
        counts = torch.bincount(bags[:, 0], minlength=len(lengths))
        first_bags = torch.cumsum(counts, 0) - counts
        for block in packed(lengths.tolist(), TOKENS_PER_BLOCK):
            texts = torch.tensor(block)
            own = lengths[texts]
            here = tokens[_ranges(begins[texts], own)]
            seen, gates = self._token_features(here, _windows(own, len(here)))
            rows = _ranges(first_bags[texts], counts[texts])
            shift = torch.repeat_interleave(torch.cumsum(own, 0) - own, counts[texts])
            sums[rows], weights[rows] = _sum_bags(seen, gates, bags[rows, 1:] + shift[:, None])
        return sums, weights

    def _token_features(self, ids: torch.Tensor, windows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Normalised features (tokens, 1280) and gates (tokens, 1) of one block of whole texts."""
        count, rows = ids.numel(), TOKENS_PER_BLOCK
        padded = functional.pad(ids, (0, rows - count))
        # A window slot outside the text, or of the padding, points at the row of zeros behind the block.
        slots = torch.full((rows, windows.shape[1]), rows, dtype=torch.long)
        slots[:count] = torch.where(windows < 0, rows, windows)
        embedded = self.table[padded].to(torch.float32) * self.table_scale[padded, None]
        embedded = embedded + self.table_offset[padded, None]
        projected = torch.addmm(self.proj_bias, embedded, self.proj_weight)
        parts = [embedded]
        for i, (order, left) in enumerate(BRANCHES):
            cut = slice(i * BRANCH_WIDTH, (i + 1) * BRANCH_WIDTH)
            branch = functional.layer_norm(
                projected[:, cut], (BRANCH_WIDTH,), self.branch_norm_weight[cut], self.branch_norm_bias[cut], self.eps
            )
            columns = slots[:, LEFT - left : LEFT - left + order]
            for layer in ("1", "2"):
                weight, bias = getattr(self, f"conv{layer}_{i}_weight"), getattr(self, f"conv{layer}_{i}_bias")
                seen = functional.pad(branch, (0, 0, 0, 1))[columns].reshape(rows, -1)
                branch = functional.relu(torch.addmm(bias, seen, weight)) + branch
            parts.append(branch)
        features = torch.cat(parts, dim=1)
        features = functional.layer_norm(features, (FEATURES,), self.norm_weight, self.norm_bias, self.eps)
        gates = 2 * torch.sigmoid(features @ self.gate_weight[:, None] + self.gate_bias)
        return features[:count], gates[:count]

    @torch.no_grad()
    def head(self, sums: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Sums of token features (vectors, 1280) to unit vectors (vectors, 512), in blocks of one fixed shape."""
        out = torch.empty(len(sums), WIDTH)
        for start in range(0, len(sums), VECTORS_PER_BLOCK):
            piece = slice(start, start + VECTORS_PER_BLOCK)
            missing = VECTORS_PER_BLOCK - len(weights[piece])
            weight = functional.pad(weights[piece], (0, 0, 0, missing), value=1.0)
            mean = functional.pad(sums[piece], (0, 0, 0, missing)) @ self.cnn_weight + weight * self.cnn_bias
            mean = mean / torch.sqrt(weight.clamp(min=1e-3))
            hidden = functional.relu(mean @ self.p1 + functional.relu(mean @ self.d0) @ self.d1)
            vector = torch.tanh(hidden @ self.p3 + functional.relu(hidden @ self.d2) @ self.d3)
            out[piece] = functional.normalize(vector, dim=1)[: VECTORS_PER_BLOCK - missing]
        return out

    def save(self, output_path: str, *args: object, safe_serialization: bool = True, **kwargs: object) -> None:
        """Writes weights and tokenizer into a folder, as `load` reads them.

        Raises:
            NotImplementedError: the tokenizer is that of another package.
        """
        if not isinstance(self.subwords, TrimmedSubwords):
            raise NotImplementedError("These weights stay in their own package; pin that package instead")
        Path(output_path).mkdir(parents=True, exist_ok=True)
        weights = {name: getattr(self, _attribute(name)).to(torch.float16) for name in DENSE}
        weights |= {name: getattr(self, name) for name in ("table", "table_scale", "table_offset")}
        save_file(weights | {"eps": torch.tensor(self.eps)}, Path(output_path, WEIGHTS_FILE))
        self.subwords.tokenizer.save(str(Path(output_path, TOKENIZER_FILE)), pretty=False)


def _attribute(name: str) -> str:
    return name.replace(".", "_")


def _token_ranges(
    tokens: int, places: list[tuple[int, int]], spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The whole text, then for each span the tokens that share a character with it; all of the text if none does."""
    ranges = [(0, tokens)]
    if spans:
        inner = places[1 : tokens - 1]
        starts, ends = [start for start, _ in inner], [end for _, end in inner]
        for start, end in spans:
            first, last = bisect_right(ends, start), bisect_left(starts, end)
            ranges.append((first + 1, last + 1) if first < last else (0, tokens))
    return ranges


def _sum_bags(features: torch.Tensor, gates: torch.Tensor, places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Gated sums of token features and sums of gates, for each (first token, end)."""
    counts = places[:, 1] - places[:, 0]
    offsets = torch.cumsum(counts, 0) - counts
    index = _ranges(places[:, 0], counts)
    sums = functional.embedding_bag(index, features * gates, offsets, mode="sum")
    return sums, functional.embedding_bag(index, gates, offsets, mode="sum")


def packed(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Texts put together in blocks, each into the fullest block that has room for it, the longest first.

    Args:
        lengths: of each text, in tokens.
        room: tokens of a block. A longer text gets a block of its own.

    Returns:
        For each block its texts. A block costs the same however few tokens it holds, so few are what counts.
    """
    blocks: list[list[int]] = []
    free: list[int] = []
    for text in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        fitting = [(left, i) for i, left in enumerate(free) if left >= lengths[text]]
        if fitting:
            _, place = min(fitting)
            blocks[place].append(text)
            free[place] -= lengths[text]
        else:
            blocks.append([text])
            free.append(room - lengths[text])
    return blocks


def _ranges(starts: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """The numbers from each start on, as many as its count, one range behind the other."""
    offsets = torch.cumsum(counts, 0) - counts
    return torch.arange(int(counts.sum())) + torch.repeat_interleave(starts - offsets, counts)


def _windows(lengths: torch.Tensor, tokens: int) -> torch.Tensor:
    """For each token the positions of its widest n-gram window, -1 where that leaves the token's own text."""
    ends = torch.repeat_interleave(torch.cumsum(lengths, 0), lengths)[:, None]
    starts = ends - torch.repeat_interleave(lengths, lengths)[:, None]
    positions = torch.arange(tokens)[:, None] + torch.arange(-LEFT, RIGHT + 1)
    return torch.where((positions >= starts) & (positions < ends), positions, -(tokens + 1))
