"""Fixtures for the tests of linking: the starter and a small taxonomy, and linkers over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from pipeline.embeddings import Encoder, load_encoder
from pipeline.ingest.records import Language
from pipeline.lake import Lake
from pipeline.linking import Link, Linker, load_linker
from pipeline.settings import Settings, load_settings
from pipeline.taxonomy import Occupation, Skill, Taxonomy, build_taxonomy, load_starter


@pytest.fixture(scope="session")
def default_settings() -> Settings:
    """The settings as they come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PASSERELLE_SETTINGS", raising=False)
        return load_settings()


@pytest.fixture(scope="session")
def starter() -> Taxonomy:
    """The built-in taxonomy."""
    return load_starter()


@pytest.fixture(scope="session")
def encoder(default_settings: Settings) -> Encoder:
    """The packaged encoder."""
    return load_encoder(default_settings.encoder)


@pytest.fixture(scope="session")
def starter_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake for the vectors of the starter's labels, so that they are embedded once."""
    return Lake(tmp_path_factory.mktemp("starter-lake"))


@pytest.fixture(scope="session")
def starter_linker(starter: Taxonomy, encoder: Encoder, starter_lake: Lake, default_settings: Settings) -> Linker:
    """A linker over the starter, its labels embedded."""
    linker = load_linker(starter, default_settings, starter_lake)
    linker.encoder = encoder
    linker.check()
    return linker


def skill(name: str, en: str, fr: str | None, alt_en: Sequence[str] = (), alt_fr: Sequence[str] = ()) -> Skill:
    """A skill of the small taxonomy."""
    return Skill(
        skill_id=f"ps:{name}", kind="skill", reuse="cross-sector",
        label_en=en, label_fr=fr, alt_en=alt_en, alt_fr=alt_fr,
    )  # fmt: skip


@pytest.fixture(scope="session")
def small() -> Taxonomy:
    """Seven skills whose labels texts can quote word by word."""
    return build_taxonomy(
        "small", "1",
        skills=[
            skill("forklift", "operate forklifts", "conduire un chariot élévateur", ["drive a lift truck"]),
            skill("weld", "weld metal parts", "souder des pièces métalliques"),
            skill("python", "Python (computer programming)", "Python (programmation)", ["program in Python"]),
            skill("first-aid", "give first aid", "donner les premiers soins"),
            skill("stock", "count inventory", "compter l'inventaire"),
            skill("team", "work in a team", "travailler en équipe"),
            skill("kaizen", "kaizen workshops", None),
        ],
        occupations=[Occupation(occupation_id="ps:o", label_en="forklift operator", label_fr="cariste")],
        skill_relations=[],
        occupation_skills=[],
    )  # fmt: skip


@dataclass
class CountingLinker(Linker):
    """A linker that keeps what it is asked to link, and works each unit out once a session."""

    seen: list[tuple[str, Language]] = field(default_factory=list)
    memo: dict[tuple[str, Language], list[Link]] = field(default_factory=dict)

    def link_each(self, units: Sequence[tuple[str, Language]], without: str = "") -> Iterator[list[Link]]:
        """As `Linker.link_each`."""
        self.seen.extend(units)
        fresh = [unit for unit in dict.fromkeys(units) if unit not in self.memo]
        self.memo.update(zip(fresh, super().link_each(fresh), strict=True))
        yield from (self.memo[unit] for unit in units)


@pytest.fixture(scope="session")
def small_session(small: Taxonomy, encoder: Encoder) -> Linker:
    """A linker over the small taxonomy, its labels embedded and checked."""
    linker = Linker(small, encoder, None, candidates=10)
    linker.check()
    return linker


@pytest.fixture(scope="session")
def small_memo() -> dict[tuple[str, Language], list[Link]]:
    """What the small linker has worked out."""
    return {}


@pytest.fixture(scope="session")
def small_index(small_session: Linker) -> dict[str, object]:
    """What every linker over the small taxonomy computes first; its check has been passed."""
    return {"searches": small_session.searches, "check": lambda: None}


@pytest.fixture
def small_linker(small: Taxonomy, encoder: Encoder, small_index: dict[str, object], small_memo) -> CountingLinker:
    """A fresh linker over the small taxonomy that counts."""
    linker = CountingLinker(small, encoder, None, candidates=10, memo=small_memo)
    linker.__dict__.update(small_index)
    return linker
