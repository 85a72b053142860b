"""Typed settings: `configs/default.toml`, overridden by a settings file and by PASSERELLE_* variables."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, ClassVar, Literal, get_origin

import orjson
import pydantic_settings
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from pipeline.errors import SettingsError

PREFIX = "PASSERELLE_"
LINK_CACHE_FLOOR = 0.08  # links less confident than this are not kept, so no setting can bring them back

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Personal = Literal["email", "telephone", "name"]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Section(BaseModel):
    """One table of the settings file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TaxonomySettings(Section):
    """Which taxonomy is linked to, and where imported ones are kept."""

    name: Name
    home: Path


class EncoderSettings(Section):
    """Which sentence encoder embeds text."""

    model: Name
    prompt: str
    batch_size: Count


class IngestSettings(Section):
    """Limits on what is read, and when two postings are one."""

    max_file_bytes: Count
    max_record_bytes: Count
    max_document_bytes: Count
    max_document_values: Count
    max_records: Count
    duplicate_threshold: Share
    duplicate_days: Count
    full_feeds: tuple[Name, ...]
    max_absent: Share


class LinkingSettings(Section):
    """How text becomes skills."""

    candidates: Count
    min_confidence: Share
    max_unit_characters: Count
    checkpoint_units: Count
    shard_units: Count

    @field_validator("min_confidence")
    @classmethod
    def _above_the_cache(cls, value: float) -> float:
        if value < LINK_CACHE_FLOOR:
            raise ValueError(f"links below {LINK_CACHE_FLOOR} are never kept: {value} must be at least that")
        return value


class ProfileSettings(Section):
    """What a role's profile is made of."""

    as_of: str
    window_days: Count
    closed_days: Count
    half_life_days: Positive
    min_postings: Count
    min_support: NotNegative
    min_skills: Count
    max_skills: Count
    prior_postings: NotNegative
    preferred_weight: Share
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

    vacancies: NotNegative
    growth: NotNegative
    wage: NotNegative


class DemandSettings(Section):
    """How demand is measured."""

    window_days: Count
    growth_prior: Positive
    region_min_postings: Count
    rates: dict[CurrencyCode, Positive]  # stands before `currency`, whose check needs it
    currency: CurrencyCode
    weights: DemandWeights

    @field_validator("rates", mode="before")
    @classmethod
    def _upper_case(cls, value: object) -> object:
        """The names of variables come in lower case: PASSERELLE_DEMAND__RATES__USD is the rate of USD."""
        return {str(code).upper(): rate for code, rate in value.items()} if isinstance(value, dict) else value

    @field_validator("currency")
    @classmethod
    def _has_rate_one(cls, value: str, info: ValidationInfo) -> str:
        rates = info.data.get("rates")
        if rates is None:
            return value  # the rates are wrong themselves, and are named
        if value not in rates:
            raise ValueError(f"{value} has no rate in demand.rates, which has {', '.join(sorted(rates)) or 'none'}")
        if rates[value] != 1.0:
            raise ValueError(
                f"demand.rates.{value} is {rates[value]} and must be 1.0: demand.rates says how many {value} one unit "
                "of each currency is"
            )
        return value


class MatchingSettings(Section):
    """How coverage is scored."""

    similarity_floor: Share
    broader_similarity: Share
    related_similarity: Share
    cosine_zero: Annotated[float, Field(ge=0.0, lt=1.0)]
    min_coverage: Share
    top_in_role: Annotated[int, Field(ge=1)]
    top_in_credential: Annotated[int, Field(ge=1)]
    always_coverage: Share
    draws: Annotated[int, Field(ge=20, le=10_000)]
    interval: Annotated[float, Field(gt=0.0, lt=1.0)]


class UnmetSettings(Section):
    """Which demanded skills count as taught by nobody, and what makes a bundle of them."""

    min_taught: Annotated[float, Field(gt=0.0, le=1.0)]
    min_importance: Share
    min_postings: Count
    min_affinity: Share
    max_skills: Count
    min_hours: NotNegative
    max_hours: Positive
    examples: Count


class DefinitionSettings(Section):
    """By which bounds a credential is short and skills-based."""

    min_hours: NotNegative
    max_hours: Positive
    min_outcome_skills: Count


class SuppressionSettings(Section):
    """Which figures are withheld because too few postings stand behind them."""

    min_postings: Count


class OfficialSettings(Section):
    """Official statistics that are joined where they are given: files, and mapping files that say how to read them."""

    FILES: ClassVar[tuple[str, ...]] = (
        "wages", "wages_mapping", "outlooks", "outlooks_mapping", "vacancies", "vacancies_mapping",
    )  # fmt: skip

    wages: str
    wages_mapping: str
    outlooks: str
    outlooks_mapping: str
    vacancies: str
    vacancies_mapping: str
    max_weight_ratio: Annotated[float, Field(ge=1.0, allow_inf_nan=False)]


class ValueSettings(Section):
    """What makes a credential lead to a role, and a role an open one."""

    min_coverage: Share
    open_share: Share


class StackSettings(Section):
    """What a stack of credentials may take."""

    max_credentials: Annotated[int, Field(ge=1, le=20)]
    min_gain: Share
    min_relevance: Share
    hour_budgets: tuple[Positive, ...]
    cost_budgets: tuple[NotNegative, ...]


class TransitionSettings(Section):
    """Which ways from one role to another are worth showing."""

    min_similarity: Share
    min_vacancies: Annotated[int, Field(ge=0)]
    per_role: Count
    carried: Share


class GateSettings(Section):
    """What must hold before a snapshot is published."""

    min_linked_postings: Share
    min_linked_credentials: Share
    min_links_per_posting: NotNegative
    max_quarantined: Share
    min_assigned_postings: Share


class PrivacySettings(Section):
    """What identifies a person and is covered in what is linked and published."""

    mask: tuple[Personal, ...]


class IntakeSettings(Section):
    """When a file that has landed may be taken, and what becomes of it afterwards."""

    settle_seconds: NotNegative
    keep: bool


class RetentionSettings(Section):
    """How long what is no longer needed is kept."""

    snapshots: Annotated[int, Field(ge=2)]
    days: Count
    landing_days: Count


class ReportSettings(Section):
    """What the site of a snapshot offers."""

    sheet_rows: Count


class Settings(Section):
    """Every setting of the pipeline. Build it with `load_settings`."""

    # Which PASSERELLE_* variables are not settings: they say where to find things.
    reserved: ClassVar[frozenset[str]] = frozenset({"SETTINGS", "SHARED_DATA", "LAKE", "LANDING", "QUEUE"})

    taxonomy: TaxonomySettings
    encoder: EncoderSettings
    ingest: IngestSettings
    linking: LinkingSettings
    profile: ProfileSettings
    demand: DemandSettings
    matching: MatchingSettings
    unmet: UnmetSettings
    definition: DefinitionSettings
    suppression: SuppressionSettings
    official: OfficialSettings
    value: ValueSettings
    stacks: StackSettings
    transitions: TransitionSettings
    gate: GateSettings
    privacy: PrivacySettings
    intake: IntakeSettings
    retention: RetentionSettings
    report: ReportSettings

    @model_validator(mode="after")
    def _two_windows_of_demand(self) -> Settings:
        demand = self.demand.window_days
        for name in ("window_days", "closed_days"):
            given = getattr(self.profile, name)
            if given < 2 * demand:
                raise ValueError(
                    f"profile.{name}: {given} must be at least {2 * demand}, twice demand.window_days ({demand}), "
                    "as growth compares the last window of that length with the one before it"
                )
        return self

    def counting(self) -> dict[str, object]:
        """Every setting that can change a published number (not folders or batch sizes), as JSON has them."""
        return self.model_dump(
            mode="json",
            exclude={
                "taxonomy": {"home", "name"},
                "encoder": {"batch_size"},
                "ingest": {"full_feeds", "max_absent"},  # which documents count is in the documents' own hash
                "linking": {"checkpoint_units", "shard_units"},
                "report": True,  # shows tables, changes none
                "official": set(OfficialSettings.FILES),  # what the files say is hashed by itself
                "intake": True,
                "retention": True,
            },
        )

    def with_recorded(self, recorded: Mapping[str, Mapping[str, object]]) -> Settings:
        """These settings, with what a snapshot recorded by `counting` in their place.

        Raises:
            pydantic.ValidationError: this release does not know one of them.
        """
        mine: dict[str, dict[str, object]] = self.model_dump(mode="json")
        return Settings.model_validate(mine | {name: mine.get(name, {}) | dict(of) for name, of in recorded.items()})

    def fingerprint(self) -> str:
        """SHA-256 of the settings that can change a published number."""
        return hashlib.sha256(orjson.dumps(self.counting(), option=orjson.OPT_SORT_KEYS)).hexdigest()


class _Variables(Settings, BaseSettings):
    """The settings by the names that variables give them: only its fields are used, it never holds values."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__")


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors on Windows write a byte order mark
    except FileNotFoundError:
        raise SettingsError(f"Settings file {path} does not exist. Check --settings or PASSERELLE_SETTINGS.") from None
    except OSError as error:
        raise SettingsError(
            f"Settings file {path} cannot be read: {error.strerror}. Give a TOML file to --settings or "
            "PASSERELLE_SETTINGS."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Settings file {path} is not valid TOML: {error}.") from None


def _merge(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _read_variables() -> dict[str, object]:
    """What the PASSERELLE_* variables set, still as text; a later step checks keys and values."""
    sections = Settings.model_fields
    for name, value in sorted(os.environ.items()):
        if not name.upper().startswith(PREFIX):
            continue
        keys = name[len(PREFIX) :].lower().split("__")
        if keys[0] not in sections and keys[0].upper() not in Settings.reserved:
            raise SettingsError(
                f"The variable {name} names no setting. Sections are: {', '.join(sorted(sections))}; "
                f"write {PREFIX}SECTION__KEY."
            )
        if _holds_keys(keys) and not _is_json_object(value):
            raise SettingsError(
                f'The variable {name} ({".".join(keys)}) must hold a JSON object such as {{"key": 1}}. '
                f"To set one key, write {name}__KEY."
            )
    try:
        return EnvSettingsSource(_Variables)()
    except pydantic_settings.SettingsError as error:
        raise SettingsError(f"The {PREFIX}* variables cannot be read: {error}.") from None


def _holds_keys(keys: list[str]) -> bool:
    """Whether these keys, one inside the other, lead to a section or table rather than to a single value."""
    at: object = Settings
    for key in keys:
        if not (isinstance(at, type) and issubclass(at, BaseModel) and key in at.model_fields):
            return False
        at = at.model_fields[key].annotation
    return get_origin(at) is dict or (isinstance(at, type) and issubclass(at, BaseModel))


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except ValueError:
        return False


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
    values = _merge(_merge(values, _read_variables()), overrides or {})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(".".join(map(str, e["loc"])) + _message(e) for e in error.errors())
        raise SettingsError(f"Settings{f' ({path})' if path else ''} are wrong: {problems}.") from None


def _message(problem: ErrorDetails) -> str:
    """What is wrong, after the key; a problem between two sections has no key and says itself what it is about."""
    return (": " if problem["loc"] else "") + problem["msg"].removeprefix("Value error, ")
