"""Fixtures for the tests of embeddings: encoder settings, and the packaged encoder, loaded once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.embeddings import Encoder, load_encoder
from pipeline.settings import EncoderSettings

MakeSettings = Callable[..., EncoderSettings]


@pytest.fixture(scope="session")
def encoder_settings() -> MakeSettings:
    """Encoder settings with the defaults, some replaced."""

    def make(**changes: object) -> EncoderSettings:
        return EncoderSettings.model_validate({"model": "packaged", "prompt": "", "batch_size": 256} | changes)

    return make


@pytest.fixture(scope="session")
def encoder(encoder_settings: MakeSettings) -> Encoder:
    """The packaged encoder."""
    return load_encoder(encoder_settings())
