"""Where this deployment's lake and landing area are: variables of the process, read when a task runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.lake import Lake
    from pipeline.settings import Settings


def place(variable: str, what: str) -> str:
    """The folder or URL that a variable names.

    Raises:
        SettingsError: it is not set.
    """
    value = os.environ.get(variable, "")
    if not value:
        raise SettingsError(f"The variable {variable} is not set: it names {what}, a folder or a URL such as s3://...")
    return value


def landing_place() -> str:
    """The landing area, which holds postings/ and credentials/."""
    return place("PASSERELLE_LANDING", "the landing area")


def lake_and_settings() -> tuple[Lake, Settings]:
    """This deployment's lake and settings."""
    from pipeline.lake import Lake  # noqa: PLC0415 - imports pyarrow, which no DAG file needs
    from pipeline.settings import load_settings  # noqa: PLC0415

    return Lake(place("PASSERELLE_LAKE", "the lake")), load_settings()
