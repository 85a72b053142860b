"""The settings that a snapshot was published with: whatever answers a question about it answers under these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pydantic import ValidationError

from pipeline.errors import LakeError
from pipeline.lake import MANIFEST, Lake
from pipeline.settings import Settings


def recorded_settings(lake: Lake, snapshot_id: str, settings: Settings) -> Settings:
    """The settings of who asks, with the snapshot's own in their place wherever they can change a number.

    Raises:
        LakeError: the snapshot was published with settings that this release does not know.
    """
    manifest = lake.read_json(f"snapshots/{snapshot_id}/{MANIFEST}")
    try:
        return settings.with_recorded(cast(Mapping[str, Mapping[str, object]], manifest["settings"]))
    except ValidationError as error:
        where = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors())
        raise LakeError(
            f"The snapshot {snapshot_id} was published with settings that this release does not know ({where}): "
            "run passerelle refresh, and ask again."
        ) from None
