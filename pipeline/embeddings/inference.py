"""The convolutional sentence encoder's forward pass: quick on a CPU, exact, and able to embed parts of texts.

NumPy is all that it computes with: its products are as quick as PyTorch's, which itself takes two seconds to import.
Sentence-transformers loads the same network through `pipeline.embeddings.convolutional`.

Architecture: Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019), the convolutional
variant: subword embeddings, three n-gram branches, a deep averaging head. Added to it: a gate per token (how much it
counts for the sum; 1 for every token in the original weights), and vectors of stretches of a text, summed over the same
token features, so that a sentence and the items of its enumerations cost one pass together.

Up to the first window, what becomes of a token hangs on its subword alone: three fifths of the work. Whoever reads many
texts keeps a memory of subwords, in which that is found again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from pipeline.arrays import distinct, ranges, runs
from pipeline.embeddings.threads import one_thread_each

MAX_TOKENS = 256
TOKENS_AT_ONCE = 512  # what stays in the processor's cache
VECTORS_AT_ONCE = 128  # as above
REMEMBERED = 2**13  # subwords in a memory, of 13 KB each; 6,000 sentences of postings say 8,150
WIDTH = 512
BRANCH_WIDTH = 256
BRANCHES = ((2, 0), (3, 1), (5, 2))  # (n-gram order, tokens of left context)
FEATURES = WIDTH + len(BRANCHES) * BRANCH_WIDTH
# The norm that a row and a column of whole numbers may have. By Cauchy and Schwarz, no sum of some of their products is
# then beyond 2^12 x 2^12 = 2^24, or 2^26 x 2^26 < 2^53, up to which a float holds every whole number. Rounding adds at
# most half the root of a row's length to its norm, 18 for the longest, of 1,280.
REACH = {np.dtype(np.float32): 2**12 - 32, np.dtype(np.float64): 2**26 - 32}
TABLE = ("table", "table_scale", "table_offset")
DENSE = (
    "proj.weight", "proj.bias", "branch_norm.weight", "branch_norm.bias", "norm.weight", "norm.bias",
    *(f"conv{layer}.{branch}.{part}" for layer in (1, 2) for branch in range(3) for part in ("weight", "bias")),
    "gate.weight", "gate.bias", "cnn.weight", "cnn.bias", "d0", "d1", "d2", "d3", "p1", "p3",
)  # fmt: skip
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
LEAST_WEIGHT, LEAST_LENGTH = 1e-3, 1e-12  # of a sum of gates, and of a vector; nothing is divided by less

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.int64]
Spans = Sequence[Sequence[tuple[int, int]]]
# Of each token between the end marks the characters that it stands for; called only where a text has stretches.
Places = Callable[[], list[tuple[int, int]]]


class Subwords(Protocol):
    """Cuts texts into subwords."""

    def __call__(self, texts: list[str]) -> list[tuple[list[int], Places]]:
        """For each text its token ids, with end marks, and the places of those between."""


class TrimmedSubwords:
    """The tokenizer of a model folder: unigram subwords, in the `tokenizers` library's own format."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._first, self._last = int(tokenizer.token_to_id("<s>") or 0), int(tokenizer.token_to_id("</s>") or 0)

    def __call__(self, texts: list[str]) -> list[tuple[list[int], Places]]:
        """As `Subwords`."""
        found = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        return [([self._first, *e.ids[: MAX_TOKENS - 2], self._last], partial(getattr, e, "offsets")) for e in found]


@dataclass(frozen=True)
class Tokens:
    """Texts cut into subwords.

    Attributes:
        ids: of all texts, one behind the other.
        lengths: the tokens of each text.
        bags: a row (text, first token, end) for each text and, behind it, for each of its stretches; the tokens counted
            within the text.
    """

    ids: Integers
    lengths: Integers
    bags: Integers


@dataclass(frozen=True)
class Whole:
    """Rows, or the columns of a matrix of weights, in whole numbers, so that their products are exact.

    So no order of summing, library, processor, number of threads or row beside it moves a bit of a product.

    Attributes:
        numbers: whole, as floats.
        unit: of each row or column, what one is worth.
    """

    numbers: Numbers
    unit: Numbers

    @classmethod
    def rows(cls, values: Numbers) -> Self:
        """Values (rows, n), each row as fine as its own norm allows: to within 1 / (2 x REACH) of that."""
        norm = np.sqrt(np.einsum("ij,ij->i", values, values))
        unit = np.where(norm > LEAST_LENGTH, norm, 1) / values.dtype.type(REACH[values.dtype])
        numbers = values * (1 / unit)[:, None]
        np.rint(numbers, out=numbers)
        return cls(numbers, unit)

    @classmethod
    def columns(cls, weights: Numbers) -> Self:
        """Weights (n, columns), each column as fine as its own norm allows."""
        turned = cls.rows(weights.T)
        return cls(np.ascontiguousarray(turned.numbers.T), turned.unit)

    def times(self, weights: Whole, out: Floats | None = None) -> Floats:
        """Rows (rows, n) times weights (n, columns), written to `out` if there is one."""
        product = np.matmul(self.numbers, weights.numbers, out=out)
        product *= self.unit[:, None]
        product *= weights.unit
        return _float(product)


@dataclass(frozen=True)
class Alone:
    """Subwords as they are before their neighbours are looked at.

    Attributes:
        embedded: (subwords, 512).
        branches: for each branch (subwords, 256), normalised.
        taps: for each branch (subwords x slots + 1, 256), what a subword adds through each slot of the first window; a
            slot outside the text adds the last row, zeros.
    """

    embedded: Floats
    branches: Sequence[Floats]
    taps: Sequence[Floats]

    @classmethod
    def room(cls, subwords: int) -> Self:
        """Room for so many subwords."""
        return cls(
            np.empty((subwords, WIDTH), np.float32),
            [np.empty((subwords, BRANCH_WIDTH), np.float32) for _ in BRANCHES],
            [_room_for_taps(subwords, order) for order, _ in BRANCHES],
        )


class SubwordMemory:
    """Subwords alone, kept from one call of `ConvolutionalNetwork.sums` to the next: it saves work and moves no bit.

    Threads may share it. Of one network only: what it holds is what that network made of them.

    Args:
        vocabulary: how many subwords there are.
        room: how many of them it holds, `TOKENS_AT_ONCE` or more; where more come, it begins anew.
    """

    def __init__(self, vocabulary: int, room: int = REMEMBERED) -> None:
        if room < TOKENS_AT_ONCE:
            raise ValueError(f"A memory must have room for {TOKENS_AT_ONCE} subwords, which come at once: not {room}")
        self._vocabulary, self._room = vocabulary, room
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        # In new arrays, since a thread may still read those at hand.
        self._alone, self._held = Alone.room(self._room), 0
        self._rows = np.full(self._vocabulary, -1)

    def recall(self, ids: Integers, learn: Callable[[Integers, Alone, int], None]) -> tuple[Alone, Integers]:
        """Subwords alone, and where each of some tokens stands among them.

        Args:
            ids: of tokens, at most `TOKENS_AT_ONCE`.
            learn: writes what subwords are alone, from a row on.
        """
        with self._lock:
            new = distinct(ids[self._rows[ids] < 0])
            if self._held + len(new) > self._room:
                self._forget()
                new = distinct(ids)
            if len(new):
                learn(new, self._alone, self._held)
                self._rows[new] = self._held + np.arange(len(new))
                self._held += len(new)
            return self._alone, self._rows[ids]


class ConvolutionalNetwork:
    """Text to a 512-dimensional unit vector.

    No padding: the tokens of a batch lie in one flat matrix, and an n-gram that would reach past its own text reads a
    row of zeros instead. Texts longer than `MAX_TOKENS` tokens are cut.

    Args:
        weights: float arrays under the names of `DENSE`; `table` (int8 or uint8; tokens, 512) with `table_scale` and
            `table_offset` (tokens,).
        subwords: cuts texts into token ids.
        eps: of the layer normalisations.
    """

    def __init__(self, weights: Mapping[str, Array], subwords: Subwords, eps: float) -> None:
        self.subwords, self.eps = subwords, eps
        dense: dict[str, Floats] = {name: np.ascontiguousarray(weights[name], dtype=np.float32) for name in DENSE}
        self.dense = dense
        self.table, self.scale, self.offset = (weights[name] for name in TABLE)
        if self.table.dtype == np.uint8:  # 128 less of each, so that no row's norm is beyond what is exact
            self.table, self.offset = (self.table ^ np.uint8(128)).view(np.int8), self.offset + 128 * self.scale
        self._project = Whole.columns(dense["proj.weight"])
        # Of the same rounded weights: an offset may be many times what is left when it has been added.
        self._project_sum = self._project.numbers.sum(axis=0) * self._project.unit
        self._taps = {
            (layer, i): Whole.columns(np.concatenate(np.split(dense[f"conv{layer}.{i}.weight"], order), axis=1))
            for i, (order, _) in enumerate(BRANCHES)
            for layer in (1, 2)
        }
        # The last normalisation's weights are linear, as is what follows it: they are multiplied once and for all.
        # No sum of these is a product of matrices, which would depend on the library and its threads.
        last, shift = dense["norm.weight"], dense["norm.bias"]
        self._gate = last * dense["gate.weight"]
        self._gate_bias = (shift * dense["gate.weight"]).sum() + dense["gate.bias"]
        # In double precision: what texts have in common is many times what tells them apart.
        self._mean = Whole.columns((last[:, None] * dense["cnn.weight"]).astype(np.float64))
        self._mean_bias = (shift[:, None] * dense["cnn.weight"]).sum(axis=0) + dense["cnn.bias"]
        self._head = {name: Whole.columns(dense[name]) for name in ("d0", "d1", "d2", "d3", "p1", "p3")}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads a folder with weights and a tokenizer."""
        weights = load_file(folder / WEIGHTS_FILE)
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        return cls(weights, TrimmedSubwords(tokenizer), float(weights["eps"]))

    def save(self, folder: Path) -> None:
        """Writes weights, in 16 bits, and tokenizer into a folder, as `load` reads them.

        Raises:
            NotImplementedError: the tokenizer is that of another package.
        """
        if not isinstance(self.subwords, TrimmedSubwords):
            raise NotImplementedError("These weights stay in their own package; pin that package instead")
        folder.mkdir(parents=True, exist_ok=True)
        weights: dict[str, Array] = {name: array.astype(np.float16) for name, array in self.dense.items()}
        weights |= dict(zip(TABLE, (self.table, self.scale, self.offset), strict=True))
        save_file(weights | {"eps": np.array(self.eps, dtype=np.float32)}, folder / WEIGHTS_FILE)
        self.subwords.tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)

    def get_embedding_dimension(self) -> int:
        """Width of a sentence vector."""
        return WIDTH

    def encode(self, texts: Sequence[str], batch_size: int) -> Floats:
        """Embeds texts, those of like length together.

        Without a memory of subwords: what is embedded so, a taxonomy's labels, is embedded once, and says so many rare
        ones that it would save a fifth.

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
            vectors[batch] = self.head(*self.sums(self.tokens([texts[i] for i in batch])))
        return vectors

    def tokens(self, texts: Sequence[str], spans: Spans | None = None) -> Tokens:
        """Cuts texts into subwords.

        Args:
            texts: of either language.
            spans: for each text the stretches of it that want a vector too, in characters.
        """
        found = [(ids[:MAX_TOKENS], places) for ids, places in self.subwords(list(texts))]
        bags = [
            (i, first, end)
            for i, (ids, places) in enumerate(found)
            for first, end in _token_ranges(len(ids), places, spans[i] if spans else ())
        ]
        lengths = np.array([len(ids) for ids, _ in found], dtype=np.int64)
        ids = np.fromiter(chain.from_iterable(ids for ids, _ in found), np.int64, int(lengths.sum()))
        return Tokens(ids, lengths, np.array(bags, dtype=np.int64).reshape(-1, 3))

    def sums(self, tokens: Tokens, memory: SubwordMemory | None = None) -> tuple[Floats, Floats]:
        """What `head` makes vectors of: gated sums of token features (bags, 1280), and sums of gates (bags,).

        Args:
            tokens: of texts.
            memory: keeps what subwords are alone; without one that is computed for every token.
        """
        bags, ends = tokens.bags, np.cumsum(tokens.lengths)
        begins = ends - tokens.lengths
        sums, weights = np.empty((len(bags), FEATURES), np.float32), np.empty(len(bags), np.float32)
        with one_thread_each(), np.errstate(all="ignore"):  # whoever loads a model looks at what it gives
            for first, end in runs(tokens.lengths, TOKENS_AT_ONCE):
                ids = tokens.ids[begins[first] : ends[end - 1]]
                alone, subwords = memory.recall(ids, self._learn) if memory else self._each(ids)
                features, gates = self._features(alone, subwords, tokens.lengths[first:end])
                rows = slice(*np.searchsorted(bags[:, 0], (first, end)))
                places = bags[rows, 1:] + (begins[bags[rows, 0]] - begins[first])[:, None]
                sums[rows], weights[rows] = _sum_bags(features, gates, places)
        return sums, weights

    def _each(self, ids: Integers) -> tuple[Alone, Integers]:
        """As `SubwordMemory.recall`, of every token by itself."""
        alone = Alone.room(len(ids))
        self._learn(ids, alone, 0)
        return alone, np.arange(len(ids))

    def _learn(self, ids: Integers, alone: Alone, row: int) -> None:
        """Writes what subwords are alone, from a row on."""
        rows = slice(row, row + len(ids))
        known = Whole(self.table[ids].astype(np.float32), self.scale[ids])
        offset = self.offset[ids, None]
        np.add(known.numbers * known.unit[:, None], offset, out=alone.embedded[rows])
        projected = known.times(self._project) + offset * self._project_sum + self.dense["proj.bias"]
        for i, (order, _) in enumerate(BRANCHES):
            cut = slice(i * BRANCH_WIDTH, (i + 1) * BRANCH_WIDTH)
            branch = _normalised(projected[:, cut], self.eps)
            branch *= self.dense["branch_norm.weight"][cut]
            branch += self.dense["branch_norm.bias"][cut]
            alone.branches[i][rows] = branch
            self._tap(1, i, branch, alone.taps[i][row * order : (row + len(ids)) * order])

    def _tap(self, layer: int, i: int, branch: Floats, taps: Floats) -> None:
        """Writes what each token of a branch (tokens, 256) adds through each slot of a layer's window."""
        Whole.rows(branch).times(self._taps[layer, i], taps.reshape(len(branch), -1))

    def _seen(self, layer: int, i: int, taps: Floats, windows: Integers, rows: Integers) -> Floats:
        """What each token of a branch sees through its window in a layer (tokens, 256); arguments as `_added`."""
        return _relu(_added(taps, windows, rows) + self.dense[f"conv{layer}.{i}.bias"])

    def _features(self, alone: Alone, subwords: Integers, lengths: Integers) -> tuple[Floats, Floats]:
        """Normalised features (tokens, 1280) and gates (tokens,) of whole texts.

        Args:
            alone: subwords by themselves.
            subwords: for each token its row there.
            lengths: the tokens of each text.
        """
        features = np.empty((len(subwords), FEATURES), np.float32)
        features[:, :WIDTH] = alone.embedded[subwords]
        own = np.arange(len(subwords))
        for i, (order, left) in enumerate(BRANCHES):
            branch = alone.branches[i][subwords]
            windows = _windows(lengths, order, left)
            branch += self._seen(1, i, alone.taps[i], windows, subwords)
            taps = _room_for_taps(len(own), order)
            self._tap(2, i, branch, taps[:-1])
            branch += self._seen(2, i, taps, windows, own)
            features[:, WIDTH:][:, i * BRANCH_WIDTH : (i + 1) * BRANCH_WIDTH] = branch
        features = _normalised(features, self.eps)
        gates = np.einsum("ij,j->i", features, self._gate) + self._gate_bias
        return features, 1 + np.tanh(gates / 2)  # twice the logistic function

    def head(self, sums: Floats, weights: Floats) -> Floats:
        """Sums of token features (vectors, 1280) to unit vectors (vectors, 512)."""
        out = np.empty((len(sums), WIDTH), np.float32)
        with one_thread_each(), np.errstate(all="ignore"):  # as in `sums`
            for start in range(0, len(sums), VECTORS_AT_ONCE):
                piece = slice(start, start + VECTORS_AT_ONCE)
                out[piece] = self._vectors(sums[piece], weights[piece, None])
        return out

    def _vectors(self, sums: Floats, weights: Floats) -> Floats:
        layers = self._head
        mean = Whole.rows(sums.astype(np.float64)).times(self._mean) + weights * self._mean_bias
        known = Whole.rows(mean / np.sqrt(np.maximum(weights, LEAST_WEIGHT)))
        deeper = Whole.rows(_relu(known.times(layers["d0"])))
        hidden = Whole.rows(_relu(known.times(layers["p1"]) + deeper.times(layers["d1"])))
        deeper = Whole.rows(_relu(hidden.times(layers["d2"])))
        vectors = np.tanh(hidden.times(layers["p3"]) + deeper.times(layers["d3"]))
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
        return _float(vectors / np.maximum(lengths, LEAST_LENGTH))


def _float(values: npt.NDArray[Any]) -> Floats:
    return values.astype(np.float32, copy=False)


def _relu(values: Floats) -> Floats:
    return np.maximum(values, 0, out=values)


def _normalised(values: Floats, eps: float) -> Floats:
    """Rows with a mean of 0 and a variance of 1 (Ba, Kiros, Hinton, "Layer normalization", 2016), not yet weighed."""
    centred = values - values.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred) / np.float32(values.shape[1])
    centred *= (1 / np.sqrt(variance + np.float32(eps)))[:, None]
    return _float(centred)


def _token_ranges(tokens: int, places: Places, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The whole text, then for each span the tokens that share a character with it; all of the text if none does."""
    found = [(0, tokens)]
    if spans:
        inner = places()[: tokens - 2]
        for start, end in spans:
            first, last = bisect_right(inner, start, key=itemgetter(1)), bisect_left(inner, end, key=itemgetter(0))
            found.append((first + 1, last + 1) if first < last else (0, tokens))
    return found


def _sum_bags(features: Floats, gates: Floats, places: Integers) -> tuple[Floats, Floats]:
    """Gated sums of token features and sums of gates, for each (first token, end)."""
    gated = features * gates[:, None]
    sums = np.empty((len(places), FEATURES), np.float32)
    for bag, (first, end) in enumerate(places.tolist()):
        np.add.reduce(gated[first:end], axis=0, out=sums[bag])
    counts = places[:, 1] - places[:, 0]
    return sums, np.add.reduceat(gates[ranges(places[:, 0], counts)], np.cumsum(counts) - counts)


def _room_for_taps(tokens: int, slots: int) -> Floats:
    """Room for what each token adds through each slot, with a row of zeros behind it."""
    taps = np.empty((tokens * slots + 1, BRANCH_WIDTH), np.float32)
    taps[-1] = 0
    return taps


def _added(taps: Floats, windows: Integers, rows: Integers) -> Floats:
    """For each token the sum over its window, one slot after the other; a slot outside the text adds nothing.

    Args:
        taps: (rows x slots + 1, 256), what each row adds through each slot, and zeros.
        windows: (tokens, slots), as `_windows` gives them.
        rows: for each token its row.
    """
    slots = windows.shape[1]
    places = np.where(windows >= 0, rows[windows] * slots + np.arange(slots), -1)
    sums = taps[places[:, 0]]
    for slot in range(1, slots):
        sums += taps[places[:, slot]]
    return sums


def _windows(lengths: Integers, order: int, left: int) -> Integers:
    """The tokens in each token's window, (tokens, order); -1 where that leaves the token's own text."""
    ends = np.repeat(np.cumsum(lengths), lengths)[:, None]
    starts = ends - np.repeat(lengths, lengths)[:, None]
    positions = np.arange(len(ends))[:, None] + np.arange(order) - left
    inside: Integers = np.where((positions >= starts) & (positions < ends), positions, -1)
    return inside
