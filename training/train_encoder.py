"""Trains the bilingual skill encoder.

    python -m training.train_encoder --data ../shared/data --out /tmp/passerelle-bilingual

Starts from USE-multilingual v3 and teaches it, by contrast within a batch, that texts which name the same skill belong
together: labels in both languages, descriptions, turns of phrase, sentences; and to tell a text's skill from all others
of its taxonomy. Takes two to four hours on two idle cores, saves itself every 250 steps beside --out, and goes on from
there when started again. Training on another processor, or with another build of PyTorch, gives slightly other weights.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt
import orjson
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional

from pipeline.taxonomy import import_esco, load_starter
from training.examples import Examples, Pair
from training.held_out import write_held_out
from training.network import THREADS, Embedded, Network, Tokens
from training.prototypes import MASKED, against_all, prototypes
from training.vocabulary import trimmed_tokenizer

STEPS = 13000
WARM_UP = 100
CHECKPOINT_STEPS = 250
SURVEY_STEPS = 500  # how often every skill is embedded anew
LEAST_RATE = 0.05  # of the highest, at the end
RATE, TABLE_RATE = 3e-4, 8e-4
WEIGHT_DECAY = 0.01
CLIP = 1.0
SCALE = 25.0  # of cosines before the softmax
# The first dimensions alone must tell skills apart too, for quicker searches (Kusupati et al., 2022).
NESTED_WIDTH, NESTED_WEIGHT = 128, 0.2
FORWARD_WEIGHT = 0.6  # of text to target, against target to text
WHOLE_WEIGHT = 0.5  # of the loss against all skills, beside the one within the batch
MAX_TEXT_TOKENS, MAX_TARGET_TOKENS = 96, 48
# How often each kind of batch comes, and its pairs.
MIX = {"label": (0.19, 320), "frame": (0.18, 224), "desc": (0.05, 96), "skape": (0.11, 112), "written": (0.22, 224),
       "parallel": (0.05, 160), "occ": (0.06, 320), "real": (0.14, 160)}  # fmt: skip
# Six batches of ten are made of whole clusters of similar skills, which are each other's hard negatives.
CLUSTERS, PER_CLUSTER, RANDOM_BATCHES = 500, 24, 0.4


@dataclass
class Order:
    """Draws the skills of a batch: at random, or cluster by cluster."""

    skills: int
    draw: random.Random
    clusters: list[list[int]] = field(default_factory=list)

    def __call__(self, size: int) -> list[int]:
        """Rows of `size` skills."""
        if self.draw.random() < RANDOM_BATCHES or not self.clusters:
            return [self.draw.randrange(self.skills) for _ in range(size)]
        drawn: list[int] = []
        while len(drawn) < size:
            cluster = self.draw.choice(self.clusters)
            drawn += self.draw.sample(cluster, min(len(cluster), PER_CLUSTER))
        drawn = drawn[:size]
        self.draw.shuffle(drawn)
        return drawn


@dataclass
class Training:
    """The state of a training, saved and taken up again as a whole."""

    examples: Examples
    network: Network
    tokenizer: Tokenizer
    folder: Path
    step: int = 0

    def __post_init__(self) -> None:
        self._kinds = random.Random(3)
        self._order = Order(len(self.examples.skills), self._kinds)
        self._dense = list(self.network.dense.values())
        self._optimizers: dict[str, tuple[torch.optim.Optimizer, float]] = {
            "dense": (torch.optim.AdamW(self._dense, lr=RATE, weight_decay=WEIGHT_DECAY), RATE),
            "table": (torch.optim.SparseAdam([self.network.table.weight], lr=TABLE_RATE), TABLE_RATE),
        }
        self._draws = [self._kinds, *self.examples.draws]
        self._taxonomy = torch.tensor(self.examples.taxonomy)
        self._prototypes = torch.zeros(0)

    def run(self, steps: int) -> None:
        """Trains up to `steps`, from where it stands."""
        losses: dict[str, list[float]] = defaultdict(list)
        begun, first = time.monotonic(), self.step
        with ThreadPoolExecutor(THREADS) as pool:
            while self.step < steps:
                if self.step % SURVEY_STEPS == 0:
                    self._survey()
                kind = self._kinds.choices(list(MIX), weights=[share for share, _ in MIX.values()])[0]
                pairs = self.examples.batch(kind, MIX[kind][1], self._order)
                losses[kind].append(self._learn(pairs, steps, pool))
                self.step += 1
                if self.step % 50 == 0:
                    pace = (time.monotonic() - begun) / (self.step - first)
                    told = " ".join(f"{k} {np.mean(v):.3f}" for k, v in sorted(losses.items()))
                    sys.stderr.write(f"step {self.step}/{steps}, {pace * (steps - self.step):.0f} s left: {told}\n")
                    losses.clear()
                if self.step % CHECKPOINT_STEPS == 0:
                    self._save()

    def _learn(self, pairs: Sequence[Pair], steps: int, pool: ThreadPoolExecutor) -> float:
        warm = min(1.0, (self.step + 1) / WARM_UP)
        for optimizer, rate in self._optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = rate * warm * max(LEAST_RATE, 1 - self.step / steps)
            optimizer.zero_grad()
        names = [p.target for p in pairs] + [p.against[0] for p in pairs if p.against]
        sides = (
            tokenise(self.tokenizer, [p.text for p in pairs], MAX_TEXT_TOKENS, [p.stretch for p in pairs]),
            tokenise(self.tokenizer, names, MAX_TARGET_TOKENS),
        )
        embedded = Embedded(self.network, sides, pool)
        texts, targets = embedded.sides
        torch.set_num_threads(THREADS)  # the pool's threads rest meanwhile
        loss = contrast(texts, targets, pairs)
        loss = loss + WHOLE_WEIGHT * against_all(texts, pairs, self._prototypes, self._taxonomy, SCALE)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.set_num_threads(1)
        embedded.backward()
        torch.nn.utils.clip_grad_norm_(self._dense, CLIP)
        for optimizer, _ in self._optimizers.values():
            optimizer.step()
        return loss.item()

    def _survey(self) -> None:
        """Embeds every skill, to tell texts' skills from all others."""

        def encode(texts: list[str]) -> npt.NDArray[np.float32]:
            return self.network.encode(tokenise(self.tokenizer, texts, MAX_TARGET_TOKENS))

        self._prototypes = prototypes(self.examples.skills, encode, random.Random(self.step))
        self._group()

    def _group(self) -> None:
        """Groups skills that lie near each other, so that batches can hold similar ones."""
        vectors = self._prototypes.numpy()
        means = faiss.Kmeans(vectors.shape[1], CLUSTERS, niter=6, seed=1, min_points_per_centroid=1)
        means.train(vectors)
        _, nearest = means.index.search(vectors, 1)
        groups: dict[int, list[int]] = defaultdict(list)
        for i, cluster in enumerate(nearest[:, 0].tolist()):
            groups[cluster].append(i)
        self._order.clusters = list(groups.values())

    def _save(self) -> None:
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors["prototypes"] = self._prototypes
        for name, (optimizer, _) in self._optimizers.items():
            for i, state in optimizer.state_dict()["state"].items():
                tensors |= {f"{name}.{i}.{key}": torch.as_tensor(value) for key, value in state.items()}
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / "state.partial"
        draws = orjson.dumps([draw.getstate()[1] for draw in self._draws]).decode()
        save_file(tensors, partial, metadata={"step": str(self.step), "draws": draws})
        partial.replace(self.folder / "state.safetensors")

    def resume(self) -> None:
        """Takes up the state that an interrupted training left, if there is one."""
        path = self.folder / "state.safetensors"
        if not path.is_file():
            return
        with path.open("rb") as stream:
            header = orjson.loads(stream.read(int.from_bytes(stream.read(8), "little")))["__metadata__"]
        tensors = load_file(path)
        self._prototypes = tensors.pop("prototypes")
        self._group()
        self.step = int(header["step"])
        for draw, state in zip(self._draws, orjson.loads(header["draws"]), strict=True):
            draw.setstate((3, tuple(state), None))
        self.network.load_state_dict(
            {name.removeprefix("network."): t for name, t in tensors.items() if name.startswith("network.")}
        )
        for name, (optimizer, _) in self._optimizers.items():
            stored = optimizer.state_dict()
            states: dict[int, dict[str, object]] = defaultdict(dict)
            for key, tensor in tensors.items():
                owner, _, rest = key.partition(".")
                if owner == name:
                    i, field_name = rest.split(".", 1)
                    whole = name == "table" and field_name == "step"
                    states[int(i)][field_name] = int(tensor) if whole else tensor
            optimizer.load_state_dict(stored | {"state": dict(states)})
        sys.stderr.write(f"going on from step {self.step}\n")


def tokenise(
    tokenizer: Tokenizer, texts: Sequence[str], most: int, stretches: Sequence[tuple[int, int] | None] | None = None
) -> list[Tokens]:
    """Texts as token ids between end marks, with the tokens of the stretch that is wanted of each."""
    first, last = tokenizer.token_to_id("<s>"), tokenizer.token_to_id("</s>")
    found: list[Tokens] = []
    for i, encoding in enumerate(tokenizer.encode_batch(list(texts), add_special_tokens=False)):
        stretch = stretches[i] if stretches else None
        within = None
        if stretch:
            places = np.array(encoding.offsets[:most], dtype=np.int64).reshape(-1, 2)
            start = int(np.searchsorted(places[:, 1], stretch[0], side="right"))
            end = int(np.searchsorted(places[:, 0], stretch[1], side="left"))
            within = (start + 1, end + 1) if start < end else None
        found.append((np.array([first, *encoding.ids[:most], last], dtype=np.int32), within))
    return found


def contrast(texts: torch.Tensor, targets: torch.Tensor, pairs: Sequence[Pair]) -> torch.Tensor:
    """Symmetric in-batch softmax loss, over all dimensions and over the first ones alone.

    A pair that shares a concept with another is not its negative. Targets are those of the pairs, and then what the
    pairs that have it are `against`: more negatives of every text.
    """
    named = [pair.concepts for pair in pairs]
    columns: dict[int, list[int]] = defaultdict(list)
    for column, concepts in enumerate([*named, *(pair.against[1] for pair in pairs if pair.against)]):
        for concept in concepts:
            columns[concept].append(column)
    masked = torch.zeros(len(pairs), len(targets), dtype=torch.bool)
    for row, concepts in enumerate(named):
        masked[row, [column for concept in concepts for column in columns[concept]]] = True
    masked.fill_diagonal_(False)
    right = torch.arange(len(pairs))
    losses = []
    for width, weight in ((texts.shape[1], 1 - NESTED_WEIGHT), (NESTED_WIDTH, NESTED_WEIGHT)):
        one = functional.normalize(texts[:, :width], dim=1)
        other = functional.normalize(targets[:, :width], dim=1)
        scores = (one @ other.T * SCALE).masked_fill(masked, MASKED)
        forward = FORWARD_WEIGHT * functional.cross_entropy(scores, right)
        losses.append(
            weight * (forward + (1 - FORWARD_WEIGHT) * functional.cross_entropy(scores.T[: len(pairs)], right))
        )
    return torch.stack(losses).sum()


def main() -> None:
    """Trains and writes the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real data")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model; its state is kept beside it")
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    esco = options.data / "esco"
    taxonomy, _ = import_esco([*sorted(esco.glob("*.zip")), esco / "fr"])
    examples = Examples(taxonomy, options.data, others=[load_starter()])
    tokenizer, kept = trimmed_tokenizer()
    training = Training(examples, Network(kept), tokenizer, options.out.with_name(options.out.name + "-state"))
    training.resume()
    training.run(options.steps)
    training.network.export(options.out, tokenizer)
    write_held_out(examples.held_out, Path(__file__).with_name("held_out.csv"))
    kinds = Counter(kind for _, _, _, kind in examples.held_out)
    sys.stderr.write(f"written: {options.out}; labels held out: {dict(kinds)}\n")


if __name__ == "__main__":
    main()
