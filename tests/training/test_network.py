"""The network that is trained: what it computes is what the exported encoder computes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from pipeline.embeddings.inference import ConvolutionalNetwork, Spans
from training.network import TOKENS_PER_CHUNK, Embedded, Network, Tokens, _chunks
from training.train_encoder import tokenise
from training.vocabulary import trimmed_tokenizer

TEXTS = ["weld pipes, drive a forklift and count stock", "souder des pièces à l'arc", "a", "", "日本", "écrire " * 9]
SPANS = [(12, 28), (7, 17), (0, 1), (0, 0), (0, 2), (0, 6)]


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of each row with its like."""
    return (one * other).sum(axis=1)


@pytest.fixture
def network(original: None, rows: list[int]) -> Network:
    """A network over the letters, its gates and its table moved from where they start."""
    made = Network(rows)
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        made.dense["gate_weight"].normal_(0, 0.05, generator=draw)
        made.table.weight += torch.randn(made.table.weight.shape, generator=draw) * 0.01
    return made


@pytest.fixture
def exported(network: Network, letters: Tokenizer, tmp_path: Path) -> ConvolutionalNetwork:
    """The network as an encoder reads it."""
    network.export(tmp_path / "model", letters)
    return ConvolutionalNetwork.load(tmp_path / "model")


def vectors(encoder: ConvolutionalNetwork, texts: Sequence[str], spans: Spans | None = None) -> np.ndarray:
    """What the exported encoder gives."""
    return encoder.head(*encoder.sums(encoder.tokens(texts, spans)))


def test_vectors_have_unit_length(network: Network, letters: Tokenizer):
    found = network.encode(tokenise(letters, TEXTS, 60))
    assert found.shape == (len(TEXTS), 512)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)


def test_texts_side_by_side_do_not_reach_into_each_other(network: Network, letters: Tokenizer):
    together = network.encode(tokenise(letters, TEXTS, 60))
    alone = np.concatenate([network.encode(tokenise(letters, [text], 60)) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=2e-5)


def test_the_exported_encoder_gives_the_networks_vectors(
    network: Network, exported: ConvolutionalNetwork, letters: Tokenizer
):
    """But for the rounding of its weights to 8 and 16 bits."""
    found = cosines(vectors(exported, TEXTS), network.encode(tokenise(letters, TEXTS, 200)))
    assert found.min() > 0.999


def test_the_exported_encoder_gives_the_networks_vectors_of_stretches(
    network: Network, exported: ConvolutionalNetwork, letters: Tokenizer
):
    wanted = network.encode(tokenise(letters, TEXTS, 200, SPANS))
    found = vectors(exported, TEXTS, [[span] for span in SPANS])[1::2]
    assert cosines(found, wanted).min() > 0.999
    whole = network.encode(tokenise(letters, TEXTS, 200))
    assert cosines(wanted[:2], whole[:2]).max() < 0.999, "a part is not the whole"


def test_the_exported_folder_loads_in_sentence_transformers(
    exported: ConvolutionalNetwork, tmp_path: Path, letters: Tokenizer
):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(tmp_path / "model"), device="cpu", trust_remote_code=True)
    np.testing.assert_allclose(model.encode(TEXTS), vectors(exported, TEXTS), atol=1e-6)


def test_the_untrained_network_is_the_original_encoder(original: None, weights: dict[str, np.ndarray]):
    """The trimmed tokenizer cuts words in small letters as the original does, so both start from the same vectors."""
    from pipeline.embeddings.use_multilingual import PackagedSubwords

    texts = ["operate a forklift", "conduire un chariot élévateur", "l'équipe, c++, c# & node.js: 25 kg (h/f)"]
    tokenizer, kept = trimmed_tokenizer()
    trimmed = tokenise(tokenizer, texts, 60)
    subwords = PackagedSubwords()
    for (ids, _), (expected, _) in zip(trimmed, subwords(texts), strict=True):
        assert [kept[i] for i in ids] == expected
    untuned = ConvolutionalNetwork(weights, subwords, float(weights["eps"]))
    assert cosines(Network(kept).encode(trimmed), vectors(untuned, texts)).min() > 0.9999


def test_gradients_by_chunks_are_those_of_the_whole(network: Network, letters: Tokenizer):
    sides = [tokenise(letters, TEXTS, 60), tokenise(letters, TEXTS[::-1], 60)]
    with ThreadPoolExecutor(1) as pool:
        embedded = Embedded(network, sides, pool)
        (embedded.sides[0] * embedded.sides[1]).sum().backward()
        embedded.backward()
    by_chunks = {name: parameter.grad.clone() for name, parameter in network.dense.items()}
    network.zero_grad()
    (network(sides[0]) * network(sides[1])).sum().backward()
    for name in ("cnn_weight", "p1", "conv1_0_weight", "gate_weight"):
        one, other = by_chunks[name].flatten(), network.dense[name].grad.flatten()
        assert torch.nn.functional.cosine_similarity(one, other, dim=0) > 0.9, name  # bfloat16 against float32


@pytest.mark.parametrize("lengths", [[], [5], [2, 900, 1, 700, 1200, 3], [TOKENS_PER_CHUNK * 2, 1]])
def test_chunks_hold_every_text_once(lengths: list[int]):
    texts: list[Tokens] = [(np.zeros(length, dtype=np.int32), None) for length in lengths]
    chunks = _chunks(texts)
    assert sorted(row for chunk in chunks for row in chunk) == list(range(len(lengths)))
    assert all(sum(lengths[row] for row in chunk[:-1]) < TOKENS_PER_CHUNK for chunk in chunks)
