"""What other tools reach on the same texts, as `benchmarks/peers.py` measured it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import SettingsError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PeerScores(_Strict):
    """One tool on one set: ranking where it ranks, and what it returns at its own threshold; each from 0 to 1."""

    n: int
    mrr: float | None = None
    rp5: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    false_links: float | None = None


class Peer(_Strict):
    """One tool: how it was run, its figures by set, and texts a second as a multiple of Passerelle's."""

    name: str = Field(min_length=1)
    how: str
    sets: dict[str, PeerScores]
    relative_speed: float | None = None


class Peers(_Strict):
    """What was measured on other tools, and what could not be run, by tool, with the reason."""

    speed_texts: int
    systems: list[Peer]
    not_run: dict[str, str]


def read_peers(path: Path) -> Peers:
    """Reads what `benchmarks/peers.py` wrote.

    Raises:
        SettingsError: the file cannot be read, or is not of that form.
    """
    try:
        return Peers.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise SettingsError(f"{path} is not what benchmarks/peers.py writes: {where}: {first['msg']}.") from None
