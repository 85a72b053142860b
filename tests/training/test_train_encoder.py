"""Training: the loss by hand, batches of similar skills, and a training that goes on where it was interrupted."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from math import log
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from pipeline.embeddings.convolutional import ConvolutionalEncoder
from pipeline.taxonomy import Taxonomy
from training import network as network_module
from training import train_encoder as module
from training.examples import Examples, Pair
from training.network import Network
from training.train_encoder import Order, Training, contrast, tokenise

SMALL_MIX = {kind: (share, 6) for kind, (share, _) in module.MIX.items()}


@pytest.fixture
def small_training(monkeypatch: pytest.MonkeyPatch, own_texts: Path, original: None) -> Iterator[None]:
    """Four steps are a training, two of them a checkpoint; on one thread, so that sums have one order."""
    monkeypatch.setattr(module, "MIX", SMALL_MIX)
    monkeypatch.setattr(module, "CHECKPOINT_STEPS", 2)
    monkeypatch.setattr(module, "SURVEY_STEPS", 3)
    monkeypatch.setattr(module, "CLUSTERS", 4)
    monkeypatch.setattr(module, "WARM_UP", 2)
    for each in (module, network_module):
        monkeypatch.setattr(each, "THREADS", 1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# --- The loss -------------------------------------------------------------------------------------------------------


def pairs_of(*concepts: set[int]) -> list[Pair]:
    """Pairs that name these concepts."""
    return [Pair("text", "target", min(own), frozenset(own)) for own in concepts]


def test_texts_that_lie_on_their_targets_lose_nothing():
    axes = torch.eye(3, 512)
    assert contrast(axes, axes, pairs_of({0}, {1}, {2})).item() == pytest.approx(0.0, abs=1e-6)


def test_texts_that_tell_nothing_apart_lose_as_a_guess_does():
    same = torch.ones(4, 512)
    assert contrast(same, same, pairs_of({0}, {1}, {2}, {3})).item() == pytest.approx(log(4), abs=1e-5)


def test_pairs_that_share_a_concept_are_not_told_apart():
    same = torch.ones(3, 512)
    assert contrast(same, same, pairs_of({0}, {0, 1}, {2, 0})).item() == pytest.approx(0.0, abs=1e-5)
    # The last two share one concept, so that each has the first as its only negative; the first has two.
    expected = (log(3) + log(2) + log(2)) / 3
    assert contrast(same, same, pairs_of({7}, {0}, {0})).item() == pytest.approx(expected, abs=1e-5)


def test_what_a_text_was_judged_not_to_ask_for_is_a_negative_of_every_text():
    same = torch.ones(3, 512)
    refusing = Pair("text", "target", 0, frozenset({0}), against=("another", frozenset({2})))
    # Each text has the other's target and the refused name beside its own; each target has two texts.
    expected = module.FORWARD_WEIGHT * log(3) + (1 - module.FORWARD_WEIGHT) * log(2)
    assert contrast(same[:2], same, [refusing, *pairs_of({1})]).item() == pytest.approx(expected, abs=1e-5)
    # What one text refuses, the other asks for: no negative of that one.
    forward = (log(3) + log(2)) / 2
    expected = module.FORWARD_WEIGHT * forward + (1 - module.FORWARD_WEIGHT) * log(2)
    assert contrast(same[:2], same, [refusing, *pairs_of({2})]).item() == pytest.approx(expected, abs=1e-5)


def test_the_first_dimensions_alone_count_too():
    """Texts that only the later dimensions tell apart lose a fifth of a guess."""
    late = torch.zeros(2, 512)
    late[:, 0], late[0, 300], late[1, 301] = 1e-4, 1.0, 1.0
    expected = module.NESTED_WEIGHT * log(2)
    assert contrast(late, late, pairs_of({0}, {1})).item() == pytest.approx(expected, abs=1e-4)


def test_the_loss_pulls_a_text_to_its_target():
    draw = torch.Generator().manual_seed(1)
    texts = torch.randn(4, 512, generator=draw).requires_grad_(True)
    targets = torch.randn(4, 512, generator=draw)
    pairs = pairs_of({0}, {1}, {2}, {3})
    before = contrast(texts, targets, pairs)
    before.backward()
    assert contrast(texts.detach() - 0.1 * texts.grad, targets, pairs) < before


# --- Batches --------------------------------------------------------------------------------------------------------


def test_skills_are_drawn_at_random_until_there_are_clusters():
    drawn = Order(50, random.Random(1))(400)
    assert len(drawn) == 400
    assert set(drawn) <= set(range(50))
    assert len(set(drawn)) > 40


def test_similar_skills_meet_in_a_batch(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RANDOM_BATCHES", 0.0)
    clusters = [list(range(start, start + 40)) for start in range(0, 4000, 40)]
    drawn = Order(4000, random.Random(1), clusters)(module.PER_CLUSTER * 3)
    assert len(drawn) == module.PER_CLUSTER * 3
    assert len({i // 40 for i in drawn}) <= 3, "whole clusters"


@settings(max_examples=50)
@given(size=st.integers(0, 60), seed=st.integers(0, 99), sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_a_batch_is_as_large_as_it_is_asked_to_be(size: int, seed: int, sizes: list[int]):
    rows = iter(range(1000))
    clusters = [[next(rows) for _ in range(count)] for count in sizes]
    drawn = Order(sum(sizes), random.Random(seed), clusters)(size)
    assert len(drawn) == size
    assert all(0 <= i < sum(sizes) for i in drawn)


def test_tokens_of_a_stretch(letters: Tokenizer):
    texts = ["ab cd", "été 🙂 fin", "ab cd"]
    whole, part, cut = tokenise(letters, texts, 4, [None, (0, 3), (3, 5)])
    start, end = letters.token_to_id("<s>"), letters.token_to_id("</s>")
    for ids, _ in (whole, part, cut):
        assert (ids[0], ids[-1], len(ids)) == (start, end, 6)
    assert whole[1] is None
    assert letters.decode(part[0][slice(*part[1])].tolist()).replace("▁", "").replace(" ", "") == "été"
    assert cut[1] is None or cut[1][1] <= 5, "what the cut leaves of it"
    ((_, gone),) = tokenise(letters, ["abcd efgh"], 4, [(5, 9)])
    assert gone is None, "behind the cut: the whole"


# --- Going on -------------------------------------------------------------------------------------------------------


def state(training: Training) -> dict[str, torch.Tensor]:
    """All that a training has learnt."""
    tensors = {f"network.{name}": value.clone() for name, value in training.network.state_dict().items()}
    for name, (optimizer, _) in training._optimizers.items():
        for i, own in optimizer.state_dict()["state"].items():
            tensors |= {f"{name}.{i}.{key}": torch.as_tensor(value).clone() for key, value in own.items()}
    return tensors


def new_training(tiny: Taxonomy, data: Path, letters: Tokenizer, rows: list[int], folder: Path) -> Training:
    """A training from its beginning."""
    return Training(Examples(tiny, data), Network(rows), letters, folder)


def test_an_interrupted_training_goes_on_as_if_it_never_was(
    small_training: None, tiny: Taxonomy, data: Path, letters: Tokenizer, rows: list[int], tmp_path: Path, monkeypatch
):
    straight = new_training(tiny, data, letters, rows, tmp_path / "straight")
    straight.run(4)
    with monkeypatch.context() as patch:
        learn = Training._learn

        def stop_in_the_fourth(self: Training, *arguments: object) -> float:
            if self.step == 3:
                raise KeyboardInterrupt
            return learn(self, *arguments)

        patch.setattr(Training, "_learn", stop_in_the_fourth)
        broken = new_training(tiny, data, letters, rows, tmp_path / "broken")
        with pytest.raises(KeyboardInterrupt):
            broken.run(4)
    resumed = new_training(tiny, data, letters, rows, tmp_path / "broken")
    resumed.resume()
    assert resumed.step == 2
    resumed.run(4)
    expected, found = state(straight), state(resumed)
    assert expected.keys() == found.keys()
    different = [name for name in expected if not torch.equal(expected[name], found[name])]
    assert different == []
    untrained = Network(rows).state_dict()
    assert any(not torch.equal(found[f"network.{name}"], value) for name, value in untrained.items()), "it has learnt"


def test_a_training_without_a_saved_state_begins_at_the_beginning(
    small_training: None, tiny: Taxonomy, data: Path, letters: Tokenizer, rows: list[int], tmp_path: Path
):
    training = new_training(tiny, data, letters, rows, tmp_path / "nothing")
    training.resume()
    assert training.step == 0
    training.run(1)
    assert not (tmp_path / "nothing").exists(), "nothing is saved between two checkpoints"


def test_a_finished_training_learns_nothing_more(
    small_training: None, tiny: Taxonomy, data: Path, letters: Tokenizer, rows: list[int], tmp_path: Path
):
    first = new_training(tiny, data, letters, rows, tmp_path / "state")
    first.run(2)
    again = new_training(tiny, data, letters, rows, tmp_path / "state")
    again.resume()
    again.run(2)
    assert again.step == 2
    assert all(torch.equal(value, state(again)[name]) for name, value in state(first).items())


def test_the_command_trains_and_writes_a_model_that_loads(
    small_training: None,
    tiny: Taxonomy,
    data: Path,
    letters: Tokenizer,
    rows: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(module, "import_esco", lambda sources: (tiny, None))
    monkeypatch.setattr(module, "trimmed_tokenizer", lambda: (letters, rows))
    monkeypatch.setattr(module, "__file__", str(tmp_path / "train_encoder.py"))
    out = tmp_path / "model"
    monkeypatch.setattr(sys, "argv", ["train_encoder", "--data", str(data), "--out", str(out), "--steps", "2"])
    module.main()
    encoder = ConvolutionalEncoder.load(str(out))
    vectors = encoder(encoder.preprocess(["weld zinc01en", "souder zinc01fr"]))["sentence_embedding"].numpy()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert (tmp_path / "held_out.csv").read_text("utf-8").startswith("language,skill_id,label,kind\n")
    assert "labels held out" in capsys.readouterr().err
    assert sorted(path.name for path in out.iterdir()) == [
        "config_sentence_transformers.json", "model.safetensors", "modules.json", "tokenizer.json",
    ]  # fmt: skip
