"""A snapshot's inputs found again, as far as they can be: what a mixed world of two snapshots is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal, cast

import pyarrow as pa
from pydantic import ValidationError

from pipeline.embeddings import Encoder, load_encoder
from pipeline.errors import EncoderError, LakeError, TaxonomyError
from pipeline.ingest import DocumentStore, Kind
from pipeline.lake import MANIFEST, Lake
from pipeline.linking import Linker
from pipeline.settings import Settings
from pipeline.taxonomy import Taxonomy, load_taxonomy

Factor = Literal["demand", "credential", "taxonomy", "model", "settings", "code"]
FACTORS: Final[tuple[Factor, ...]] = ("demand", "credential", "taxonomy", "model", "settings", "code")

Hash = Callable[[pa.Table], str]


@dataclass(frozen=True)
class State:
    """What one snapshot was made from; None for what can't be found or run any more.

    Attributes:
        snapshot: its id.
        inputs: as its manifest names them.
        documents: finds the documents of a kind, postings without their texts, or None where they can't be found.
        settings: what the snapshot was made under; folders and batch sizes are those of today.
        taxonomy: the one whose fingerprint the manifest has.
        encoder: likewise.
    """

    snapshot: str
    inputs: Mapping[str, str]
    documents: Callable[[Kind], pa.Table | None]
    settings: Settings | None
    taxonomy: Taxonomy | None
    encoder: Encoder | None

    # Looked for when they are asked for: a night that only brings documents is told from what was published.
    @cached_property
    def postings(self) -> pa.Table | None:
        """Every posting that counted, before duplicates are set aside."""
        return self.documents("postings")

    @cached_property
    def credentials(self) -> pa.Table | None:
        """Every credential."""
        return self.documents("credentials")

    @property
    def as_of(self) -> date:
        """The day that it describes."""
        return date.fromisoformat(self.inputs["as_of"])

    @property
    def linker(self) -> Linker | None:
        """The linker of this state by today's code, or None where a part of it is missing."""
        if self.taxonomy is None or self.encoder is None or self.settings is None:
            return None
        return Linker(self.taxonomy, self.encoder, None, self.settings.linking.candidates)

    def has(self, factor: Factor) -> bool:
        """Whether a world can be made with this factor as it was here."""
        match factor:
            case "demand":
                return self.postings is not None
            case "credential":
                return self.credentials is not None
            case "taxonomy":
                return self.taxonomy is not None
            case "settings":
                return self.settings is not None
            case "model":
                linker = self.linker
                if self.encoder is None:
                    return False
                return linker is None or linker.fingerprint == self.inputs["linker"]
            case "code":
                return False


def find_state(lake: Lake, snapshot: str, today: Settings, hash_of: Hash, in_use: Linker | None = None) -> State:
    """Finds what a snapshot was made from.

    Args:
        lake: holds the snapshot and every version of every document.
        snapshot: its id.
        today: says where taxonomies are kept; its folders and batch sizes are used.
        hash_of: the hash over documents that manifests hold.
        in_use: a linker whose taxonomy and encoder are taken, if they are this snapshot's, instead of loaded again.

    Raises:
        LakeError: there is no such snapshot.
    """
    if snapshot not in lake.snapshots():
        known = ", ".join(lake.snapshots()[-5:]) or "none"
        raise LakeError(f"There is no snapshot {snapshot} in the lake {lake.location}. The newest: {known}.")
    manifest = lake.read_json(f"snapshots/{snapshot}/{MANIFEST}")
    inputs = cast(dict[str, str], manifest["inputs"])
    settings = _settings(manifest, today)
    return State(
        snapshot,
        inputs,
        lambda kind: _documents(lake, kind, inputs[kind], hash_of),
        settings,
        _taxonomy(inputs, today, in_use),
        _encoder(inputs, settings, in_use),
    )


def _documents(lake: Lake, kind: Kind, digest: str, hash_of: Hash) -> pa.Table | None:
    store = DocumentStore(lake, kind)
    return store.as_once(lambda table: hash_of(table) == digest, store.fact_columns() if kind == "postings" else None)


def _settings(manifest: Mapping[str, object], today: Settings) -> Settings | None:
    """The settings of the manifest over those of today, which have what the manifest leaves out."""
    inputs = cast(dict[str, str], manifest["inputs"])
    if inputs["settings"] == today.fingerprint():
        return today
    kept = manifest.get("settings")
    if not isinstance(kept, dict):
        return None
    values = today.model_dump()
    for section, own in kept.items():
        if section in values and isinstance(own, dict):
            values[section] |= {key: value for key, value in own.items() if key in values[section]}
    try:
        return Settings.model_validate(values)
    except ValidationError:
        return None


def _taxonomy(inputs: Mapping[str, str], today: Settings, in_use: Linker | None) -> Taxonomy | None:
    """The taxonomy by its name and version, else the one in use, if it is the very one."""
    if in_use and in_use.taxonomy.fingerprint == inputs["taxonomy"]:
        return in_use.taxonomy
    name, _, version = inputs["taxonomy_version"].partition(" ")
    for wanted in (name, f"{name}-{version}", today.taxonomy.name):
        try:
            found = load_taxonomy(wanted, today.taxonomy.home.expanduser())
        except TaxonomyError:
            continue
        if found.fingerprint == inputs["taxonomy"]:
            return found
    return None


def _encoder(inputs: Mapping[str, str], settings: Settings | None, in_use: Linker | None) -> Encoder | None:
    if settings is None:
        return None
    if in_use and (in_use.encoder.settings, in_use.encoder.fingerprint) == (settings.encoder, inputs["model"]):
        return in_use.encoder
    try:
        found = load_encoder(settings.encoder)
    except EncoderError:
        return None
    return found if found.fingerprint == inputs["model"] else None


def changed_factors(earlier: State, later: State, code: str) -> list[Factor]:
    """What differs between two snapshots, in the order of `FACTORS`.

    A linker differs with its encoder, its taxonomy, a setting or the code; only what these do not explain is put down
    to the model. The code counts as changed unless both snapshots were made by the code that runs now.
    """
    one, other = earlier.inputs, later.inputs
    changed: set[Factor] = set()
    if (one["postings"], one["as_of"]) != (other["postings"], other["as_of"]):
        changed.add("demand")
    if one["credentials"] != other["credentials"]:
        changed.add("credential")
    if one["taxonomy"] != other["taxonomy"]:
        changed.add("taxonomy")
    if one["model"] != other["model"] or _linking_differs(earlier, later):
        changed.add("model")
    if _settings_differ(earlier, later):
        changed.add("settings")
    if {one["code_version"], other["code_version"]} != {code}:
        changed.add("code")
    return [factor for factor in FACTORS if factor in changed]


def _linking_differs(earlier: State, later: State) -> bool:
    """Whether the linkers differ by more than the taxonomy, the encoder and the settings say.

    Where one of these is gone, the linker can't be made again: the difference is put down to what is gone.
    """
    if earlier.inputs["linker"] == later.inputs["linker"]:
        return False
    made = ((state.linker, state.inputs["linker"]) for state in (earlier, later))
    return any(linker is not None and linker.fingerprint != wanted for linker, wanted in made)


def _settings_differ(earlier: State, later: State) -> bool:
    """Whether settings other than the encoder's do; which encoder it is belongs to the model."""
    if earlier.inputs["settings"] == later.inputs["settings"]:
        return False
    if earlier.settings is None or later.settings is None:
        return True
    encoder = {"encoder": later.settings.encoder}
    return earlier.settings.model_copy(update=encoder).fingerprint() != later.settings.fingerprint()
