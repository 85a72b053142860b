"""A labour market small enough to be refreshed hundreds of times: a taxonomy of nine skills and an encoder of words."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import orjson

from pipeline.embeddings.encoder import Reading
from pipeline.lake import LATEST, MANIFEST, Lake
from pipeline.linking import LinkedDocuments
from pipeline.settings import Settings, load_settings
from pipeline.tables import EVIDENCE
from pipeline.taxonomy import Occupation, OccupationSkill, Skill, Taxonomy, build_taxonomy, save_taxonomy

NOW = datetime(2026, 7, 1, 3, tzinfo=UTC)
FIRST_DAY = date(2026, 6, 1)
SKILLS = {
    "weld": ("weld metal parts", "souder des pièces métalliques"),
    "grind": ("grind metal surfaces", "meuler des surfaces métalliques"),
    "plans": ("read technical drawings", "lire des dessins techniques"),
    "forklift": ("operate forklifts", "conduire un chariot élévateur"),
    "stock": ("count inventory", "compter l'inventaire"),
    "orders": ("pick orders", "préparer des commandes"),
    "python": ("write Python programs", "écrire des programmes en Python"),
    "tests": ("write automated tests", "écrire des tests automatisés"),
    "aid": ("give first aid", "donner les premiers soins"),
}
ROLES = {
    "welder": ("welder", "soudeur", ("weld", "grind", "plans", "aid")),
    "storer": ("warehouse worker", "magasinier", ("forklift", "stock", "orders", "aid")),
    "coder": ("software developer", "développeur de logiciels", ("python", "tests", "plans")),
}
WORDS = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty", "kayak", "larch", "maple",
    "north", "ochre", "prairie",
)  # fmt: skip
SETTINGS = """
[taxonomy]
name = "{taxonomy}"
[profile]
min_postings = 1
min_support = 0.0
min_skills = 1
[matching]
draws = 20
min_coverage = 0.0
[gate]
min_linked_postings = 0.1
min_linked_credentials = 0.1
min_links_per_posting = 0.1
min_assigned_postings = 0.0
max_quarantined = 0.9
"""


class WordEncoder:
    """An encoder that needs no model: a text's vector is the sum of its words', each drawn from a fingerprint."""

    def __init__(self, fingerprint: str = "a" * 64) -> None:
        self.fingerprint = fingerprint
        self.settings = SimpleNamespace(model="words")
        self.dimensions = 32

    def _word(self, word: str) -> np.ndarray:
        seed = hashlib.sha256(f"{self.fingerprint}{word}".encode()).digest()[:8]
        return np.random.default_rng(int.from_bytes(seed)).normal(size=self.dimensions)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """As `Encoder.encode`."""
        rows = [sum((self._word(word) for word in text.casefold().split()), self._word("")) for text in texts]
        vectors = np.array(rows).reshape(-1, self.dimensions)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def read(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> Reading:
        """As `Encoder.read`."""

        def parts(rows: np.ndarray) -> np.ndarray:
            return self.encode([texts[row][start:end] for row in rows.tolist() for start, end in spans[row]])

        return Reading(self.encode(texts), parts)


def taxonomy(version: str = "1", dropped: Sequence[str] = ()) -> Taxonomy:
    """The nine skills, less those that a release drops."""
    kept = {name: labels for name, labels in SKILLS.items() if name not in dropped}
    return build_taxonomy(
        "tiny", version,
        skills=[Skill(skill_id=f"t:{name}", kind="skill", reuse="cross-sector", label_en=en, label_fr=fr)
                for name, (en, fr) in kept.items()],
        occupations=[Occupation(occupation_id=f"r:{name}", label_en=en, label_fr=fr)
                     for name, (en, fr, _) in ROLES.items()],
        skill_relations=[],
        occupation_skills=[OccupationSkill(f"r:{role}", "essential", f"t:{name}")
                           for role, (_, _, asked) in ROLES.items() for name in asked if name in kept],
    )  # fmt: skip


def settings(folder: Path, version: str = "1", dropped: Sequence[str] = (), **changes: dict[str, object]) -> Settings:
    """Settings over the small taxonomy, which is saved in the folder."""
    home = folder / f"tiny-{version}"
    if not home.exists():
        save_taxonomy(taxonomy(version, dropped), home)
    file = folder / f"settings-{version}.toml"
    file.write_text(SETTINGS.format(taxonomy=home), encoding="utf-8")
    return load_settings(file, changes or None)


# --- Documents --------------------------------------------------------------------------------------------------------


def posting(number: int, version: int = 0, source_id: str | None = None) -> dict[str, object]:
    """A posting of one of the three roles, in English or French; its version changes a sentence and its date."""
    role = list(ROLES)[number % len(ROLES)]
    en, fr, asked = ROLES[role]
    french = number % 4 == 3
    sentences = [SKILLS[name][french] for name in asked]
    opening = "Vous allez" if french else "You will"
    lines = [f"{opening} {said} ({number})." for said in sentences[: 2 + number % 3]]
    own = " ".join(random.Random(number).choices(WORDS, k=40))  # without words of its own it would be a repost
    filler = f"This is the advertisement number {number} of this employer, version {version}: {own}."
    filler_fr = f"Ceci est l'annonce numéro {number} de cet employeur, version {version} : {own}."
    return {
        "source_id": source_id or f"P-{number}", "title": fr if french else en,
        "employer": f"Employer {number}", "language": "fr" if french else "en",
        "description": "\n".join([*lines, filler_fr if french else filler]),
        "posted_on": (FIRST_DAY + timedelta(days=number % 28)).isoformat(), "region": "CA-QC" if french else "CA-ON",
        "wage_low": 20 + number % 9, "wage_high": 30 + number % 9, "wage_currency": "CAD",
    }  # fmt: skip


def credential(number: int, version: int = 0) -> dict[str, object]:
    """A credential that teaches part of a role, in both languages."""
    role = list(ROLES)[number % len(ROLES)]
    en, fr, asked = ROLES[role]
    taught = asked[: 2 + number % 2]
    return {
        "source_id": f"C-{number}", "title_en": f"Course {number} for a {en}", "title_fr": f"Cours {number}, {fr}",
        "outcome_en": "\n".join(f"Learn to {SKILLS[name][0]}." for name in taught) + f"\nEdition {version}.",
        "outcome_fr": "\n".join(f"Apprendre à {SKILLS[name][1]}." for name in taught) + f"\nÉdition {version}.",
        "issuer": "Collège Tiny", "hours": 30 + number,
    }  # fmt: skip


BROKEN = '{"source_id": "X", "title": '


def write(path: Path, records: Sequence[dict[str, object] | str]) -> Path:
    """A JSON Lines file; a string is a line as it stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# --- What must hold ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """The published snapshot: its id and the bytes of each of its files."""

    identity: str | None
    files: dict[str, bytes]


def published(lake: Lake) -> Published:
    """What a reader finds behind `latest.json`; fails if any of it is not there, or not as its manifest says."""
    if not lake.exists(LATEST):
        return Published(None, {})
    identity = lake.latest()
    assert identity is not None
    folder = f"snapshots/{identity}"
    manifest = orjson.loads(lake.read_bytes(f"{folder}/{MANIFEST}"))
    assert manifest["snapshot_id"] == identity
    files = {name: lake.read_bytes(f"{folder}/{name}") for name in [*manifest["files"], MANIFEST]}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == digest, f"{name} of {identity} is not what was published"
    return Published(identity, files)


def no_evidence() -> LinkedDocuments:
    """What linking no document gives."""
    return LinkedDocuments(EVIDENCE.schema.empty_table(), 0, 0)


def keep_two(lake: Lake) -> None:
    """Deletes every snapshot but the published one and the one before, the manifest of each first."""
    pointer = lake.read_json(LATEST)
    for name in lake.snapshots():
        if name not in (pointer["snapshot_id"], pointer["previous"]):
            lake.delete(f"snapshots/{name}/{MANIFEST}")
            for file in lake.names(f"snapshots/{name}"):
                lake.delete(f"snapshots/{name}/{file}")
