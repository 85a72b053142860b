"""The convolutional encoder as a module of sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from torch.nn import Module

from pipeline.embeddings.inference import MAX_TOKENS, ConvolutionalNetwork


class ConvolutionalEncoder(Module):
    """Text to a 512-dimensional unit vector; `ConvolutionalNetwork` computes it.

    Args:
        network: with its weights and its tokenizer.
    """

    modalities = ("text",)
    save_in_root = True  # where sentence-transformers puts its files

    def __init__(self, network: ConvolutionalNetwork) -> None:
        super().__init__()
        self.network = network
        self.max_seq_length = MAX_TOKENS

    @classmethod
    def load(cls, model_name_or_path: str, *args: object, **kwargs: object) -> Self:
        """Reads the module from a folder with its weights and its tokenizer."""
        return cls(ConvolutionalNetwork.load(Path(model_name_or_path, str(kwargs.get("subfolder") or ""))))

    def get_embedding_dimension(self) -> int:
        """Width of a sentence vector."""
        return self.network.get_embedding_dimension()

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: object) -> dict[str, Any]:
        """Tokenises texts: gives `tokens`, for `forward`.

        Args:
            inputs: the texts.
            prompt: put before each text.
            kwargs: what other modules take.
        """
        return {"tokens": self.network.tokens([f"{prompt}{text}" if prompt else str(text) for text in inputs])}

    def forward(self, features: dict[str, Any], **kwargs: object) -> dict[str, Any]:
        """Adds `sentence_embedding` (texts, 512), float32, unit length."""
        sums, weights = self.network.sums(features["tokens"])
        features["sentence_embedding"] = torch.from_numpy(self.network.head(sums, weights))
        return features

    def save(self, output_path: str, *args: object, safe_serialization: bool = True, **kwargs: object) -> None:
        """Writes weights and tokenizer into a folder, as `load` reads them.

        Raises:
            NotImplementedError: the tokenizer is that of another package.
        """
        self.network.save(Path(output_path))
