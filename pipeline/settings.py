"""Typed settings: `configs/default.toml`, overridden by a settings file and by PASSERELLE_* variables."""

from __future__ import annotations

import hashlib
import os
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, ClassVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.errors import SettingsError

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """One table of the settings file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TaxonomySettings(Section):
    """Which taxonomy is linked to, and where imported ones are kept."""

    name: str
    home: Path


class EncoderSettings(Section):
    """Which sentence encoder embeds text."""

    model: str
    prompt: str
    batch_size: Count


class IngestSettings(Section):
    """Limits on what is read, and when two postings are one."""

    max_file_bytes: Count
    max_record_bytes: Count
    duplicate_threshold: Share
    duplicate_days: Count


class LinkingSettings(Section):
    """How text becomes skills."""

    candidates: Count
    min_confidence: Share
    max_unit_characters: Count
    checkpoint_units: Count


class ProfileSettings(Section):
    """What a role's profile is made of."""

    as_of: str
    window_days: Count
    half_life_days: Positive
    min_postings: Count
    min_support: Count
    min_skills: Count
    max_skills: Count
    prior_postings: Annotated[float, Field(ge=0.0)]
    min_title_confidence: Share
    clear_title_confidence: Share
    clear_title_lead: Share

    @field_validator("as_of")
    @classmethod
    def _iso_date(cls, value: str) -> str:
        if value:
            date.fromisoformat(value)
        return value


class DemandWeights(Section):
    """Weights of the composite demand index."""

    vacancies: Annotated[float, Field(ge=0.0)]
    growth: Annotated[float, Field(ge=0.0)]
    wage: Annotated[float, Field(ge=0.0)]


class DemandSettings(Section):
    """How demand is measured."""

    window_days: Count
    growth_prior: Positive
    region_min_postings: Count
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    rates: dict[str, Positive]
    weights: DemandWeights


class MatchingSettings(Section):
    """How coverage is scored."""

    similarity_floor: Share
    broader_similarity: Share
    related_similarity: Share
    cosine_zero: Annotated[float, Field(ge=0.0, lt=1.0)]
    min_coverage: Share
    draws: Annotated[int, Field(ge=20, le=10_000)]
    interval: Annotated[float, Field(gt=0.0, lt=1.0)]


class GateSettings(Section):
    """What must hold before a snapshot is published."""

    min_linked_postings: Share
    min_linked_credentials: Share
    min_links_per_posting: Annotated[float, Field(ge=0.0)]
    max_quarantined: Share
    min_assigned_postings: Share


class Settings(BaseSettings):
    """Every setting of the pipeline. Build it with `load_settings`."""

    model_config = SettingsConfigDict(env_prefix="PASSERELLE_", env_nested_delimiter="__", extra="forbid", frozen=True)
    # Which PASSERELLE_* variables are not settings: they say where to find things.
    reserved: ClassVar[frozenset[str]] = frozenset({"SETTINGS", "SHARED_DATA", "LAKE", "LANDING"})

    taxonomy: TaxonomySettings
    encoder: EncoderSettings
    ingest: IngestSettings
    linking: LinkingSettings
    profile: ProfileSettings
    demand: DemandSettings
    matching: MatchingSettings
    gate: GateSettings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the files, which arrive as init arguments."""
        return env_settings, init_settings

    def fingerprint(self) -> str:
        """SHA-256 of every setting that can change a published number (not of folders or batch sizes)."""
        values = self.model_dump(
            mode="json",
            exclude={"taxonomy": {"home", "name"}, "encoder": {"batch_size"}, "linking": {"checkpoint_units"}},
        )
        return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"Settings file {path} does not exist. Check --settings or PASSERELLE_SETTINGS.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Settings file {path} is not valid TOML: {error}.") from None


def _merge(base: dict[str, object], over: dict[str, object]) -> dict[str, object]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _check_variables(sections: frozenset[str]) -> None:
    for name in sorted(os.environ):
        if not name.startswith("PASSERELLE_"):
            continue
        section = name.removeprefix("PASSERELLE_").split("__")[0]
        if section not in Settings.reserved and section.lower() not in sections:
            raise SettingsError(
                f"The variable {name} names no setting. Sections are: {', '.join(sorted(sections))}; "
                "write PASSERELLE_SECTION__KEY."
            )


def load_settings(path: Path | None = None, overrides: dict[str, dict[str, object]] | None = None) -> Settings:
    """Reads the defaults, then `path` (or the file that PASSERELLE_SETTINGS names), then the environment.

    Args:
        path: a TOML file that overrides some of the defaults.
        overrides: section -> key -> value, as command-line options give them; they win over all else.

    Raises:
        SettingsError: a file cannot be read, a key is unknown or a value is out of range; names the key.
    """
    values = tomllib.loads(files("pipeline").joinpath("configs/default.toml").read_text(encoding="utf-8"))
    if path is None and os.environ.get("PASSERELLE_SETTINGS"):
        path = Path(os.environ["PASSERELLE_SETTINGS"])
    if path is not None:
        values = _merge(values, _read_toml(path))
    _check_variables(frozenset(Settings.model_fields))
    try:
        settings = Settings(**values)
        sections = {
            name: type(section).model_validate(_merge(section.model_dump(), (overrides or {})[name]))
            for name, section in settings
            if name in (overrides or {})
        }
        return settings.model_copy(update=sections)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"Settings{f' ({path})' if path else ''} are wrong: {problems}.") from None
