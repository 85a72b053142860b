"""Postings assigned to occupations."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.embeddings import Encoder, load_encoder
from pipeline.lake import Lake
from pipeline.matching import assign_roles
from pipeline.settings import ProfileSettings, load_settings
from pipeline.taxonomy import Occupation, Skill, Taxonomy, build_taxonomy, load_starter

from .worlds import FakeEncoder, profile_settings, shuffled

POSTINGS = pa.schema([
    (name, pa.string()) for name in ("doc_id", "title", "language", "occupation_code", "occupation_scheme")
])  # fmt: skip
SKILL = Skill(skill_id="s", kind="skill", reuse="transversal", label_en="skill")

# One axis an occupation, and one for all that is none of them.
AXES = {"welder": 0, "forklift operator": 1, "material handler": 2, "nurse": 3, "soudeur": 0, "infirmier": 3}


def axis(*parts: tuple[int, float]) -> tuple[float, ...]:
    vector = [0.0] * 5
    for place, value in parts:
        vector[place] = value
    return tuple(vector)


VECTORS = {label: axis((place, 1.0)) for label, place in AXES.items()} | {
    "brazier": axis((0, 1.0)),
    "pipe welder": axis((0, 0.8), (4, 0.6)),
    "loader": axis((2, 0.8), (4, 0.6)),
    "carer": axis((3, 0.6), (4, 0.8)),
}


def occupation(name: str, noc: str, isco: str, fr: str | None = None, alt: tuple[str, ...] = ()) -> Occupation:
    return Occupation(
        occupation_id=f"o:{name}", noc_2021=noc, isco_08=isco, label_en=name, label_fr=fr, alt_en=alt
    )  # fmt: skip


def taxonomy(*more: Occupation) -> Taxonomy:
    return build_taxonomy(
        "made", "1", skills=[SKILL], skill_relations=[], occupation_skills=[],
        occupations=[
            occupation("welder", "72106", "7212", fr="soudeur", alt=("brazier",)),
            occupation("forklift operator", "75101", "8344"),
            occupation("material handler", "75101", "9333"),
            occupation("nurse", "31301", "2221", fr="infirmier"),
            *more,
        ],
    )  # fmt: skip


def posting(title: str, language: str = "en", code: str | None = None, scheme: str | None = None) -> dict[str, object]:
    return {"title": title, "language": language, "occupation_code": code, "occupation_scheme": scheme}


def table(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([{"doc_id": f"d{i}"} | row for i, row in enumerate(rows)], schema=POSTINGS)


def sure(floor: float = 0.6, clear: float = 1.0, lead: float = 1.0) -> ProfileSettings:
    """How sure a title must be; the second way, by its lead over the next, is barred unless a test opens it."""
    return profile_settings(min_title_confidence=floor, clear_title_confidence=clear, clear_title_lead=lead)


def assign(
    lake: Lake,
    *rows: dict[str, object],
    settings: ProfileSettings | None = None,
    encoder: FakeEncoder | None = None,
) -> list[tuple[str | None, float, str]]:
    embeds = encoder or FakeEncoder(VECTORS, axis((4, 1.0)))
    found = assign_roles(table(*rows), taxonomy(), embeds, lake, settings or sure(), lambda n, of: None)
    assert found["doc_id"].to_pylist() == [f"d{i}" for i in range(len(rows))]
    return [(row["role_id"], row["role_confidence"], row["role_method"]) for row in found.to_pylist()]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_by_title(lake: Lake) -> None:
    found = assign(lake, posting("welder"), posting("brazier"), posting("pipe welder"))
    assert [(role, method) for role, _, method in found] == [("o:welder", "title")] * 3
    certain, alternative, longer = (confidence for _, confidence, _ in found)
    assert 1 >= certain >= max(alternative, longer)
    assert min(alternative, longer) >= 0.6


def test_inflection_and_noise_change_nothing(lake: Lake) -> None:
    plain, noisy, french = assign(
        lake, posting("welder"), posting("Welders - Night Shift $30/hr"), posting("Soudeuse (H/F)", "fr"),
        encoder=FakeEncoder(VECTORS | {"welders": VECTORS["welder"], "soudeuse": VECTORS["welder"]}, axis((4, 1.0))),
    )  # fmt: skip
    assert plain[0] == noisy[0] == french[0] == "o:welder"
    assert min(plain[1], noisy[1], french[1]) > 0.8


def test_under_the_threshold_a_posting_stays_unassigned(lake: Lake) -> None:
    rows = [posting("loader"), posting("astronaut")]
    ((_, confidence, _), _) = assign(lake, *rows, settings=sure(0.0))
    assert 0 < confidence < 1
    assert assign(lake, *rows, settings=sure(confidence + 1e-6)) == [(None, 0.0, "unassigned")] * 2
    assert assign(lake, *rows, settings=sure(confidence)) == [
        ("o:material handler", confidence, "title"), (None, 0.0, "unassigned"),
    ]  # fmt: skip


def test_a_title_that_is_less_sure_may_lead_by_much(lake: Lake) -> None:
    encoder = FakeEncoder(VECTORS | {"stacker": axis((2, 0.8), (1, 0.8))}, axis((4, 1.0)))
    rows = [posting("loader"), posting("stacker")]
    (_, loader, _), (_, stacker, _) = assign(lake, *rows, settings=sure(0.0), encoder=encoder)
    clear = min(loader, stacker)
    assert assign(lake, *rows, settings=sure(0.99, clear=clear, lead=clear / 2), encoder=encoder) == [
        ("o:material handler", loader, "title"), (None, 0.0, "unassigned"),
    ], "stacker is as like a forklift operator as a material handler"  # fmt: skip
    barred = assign(lake, *rows, settings=sure(0.99, clear=loader + 1e-6, lead=clear / 2), encoder=encoder)
    assert barred == [(None, 0.0, "unassigned")] * 2


def test_by_a_code_that_only_one_occupation_has(lake: Lake) -> None:
    assert assign(
        lake,
        posting("astronaut", code="72106", scheme="noc2021"),
        posting("nurse", code=" 7212 ", scheme="isco08"),
        posting("astronaut", code="o:nurse", scheme="esco"),
    ) == [("o:welder", 0.95, "code"), ("o:welder", 0.95, "code"), ("o:nurse", 0.95, "code")]


def test_the_title_chooses_among_occupations_of_one_code(lake: Lake) -> None:
    # Whoever chooses one of two blindly is right half the time, so an assignment by code is never less sure than that.
    both = {"code": "75101", "scheme": "noc2021"}
    named, like, neither = assign(
        lake, posting("forklift operator", **both), posting("loader", **both), posting("astronaut", **both)
    )
    assert (named[0], like[0]) == ("o:forklift operator", "o:material handler")
    assert {named[2], like[2], neither[2]} == {"code+title"}
    assert 1 >= named[1] > like[1] > 0.5
    assert neither[1] == pytest.approx(0.5, abs=0.1)


def test_a_title_that_names_an_occupation_of_another_code_does_not_override_the_code(lake: Lake) -> None:
    ((role, confidence, method),) = assign(lake, posting("welder", code="75101", scheme="noc2021"))
    assert role in ("o:forklift operator", "o:material handler")
    assert (confidence, method) == (pytest.approx(0.5, abs=0.1), "code+title")


@pytest.mark.parametrize(
    ("code", "scheme"), [("99999", "noc2021"), ("72106", None), (None, "noc2021"), ("72106", "soc")]
)
def test_a_code_that_says_nothing_leaves_it_to_the_title(lake: Lake, code: str | None, scheme: str | None) -> None:
    ((role, _, method),) = assign(lake, posting("nurse", code=code, scheme=scheme))
    assert (role, method) == ("o:nurse", "title")


def test_an_occupation_without_a_french_label_is_found_by_its_english_one(lake: Lake) -> None:
    ((role, _, _),) = assign(lake, posting("forklift operator", "fr"))
    assert role == "o:forklift operator"


def test_a_second_call_embeds_nothing(lake: Lake) -> None:
    rows = [posting("welder"), posting("loader"), posting("soudeur", "fr"), posting("welder")]
    first, second = FakeEncoder(VECTORS, axis((4, 1.0))), FakeEncoder(VECTORS, axis((4, 1.0)))
    expected = assign(lake, *rows, encoder=first)
    assert first.texts > 0
    assert assign(lake, *rows, encoder=second) == expected
    assert second.texts == 0
    assert assign(lake, *rows, settings=sure(0.0), encoder=second)[1][0] == "o:material handler"
    assert second.texts == 0, "another threshold needs no vectors"


def test_only_titles_that_no_run_has_seen_are_embedded(lake: Lake) -> None:
    assign(lake, posting("welder"), posting("nurse"))
    told: list[tuple[int, int]] = []
    encoder = FakeEncoder(VECTORS, axis((4, 1.0)))
    rows = table(posting("welder"), posting("nurse"), posting("loader"))
    assign_roles(rows, taxonomy(), encoder, lake, sure(), lambda n, of: told.append((n, of)))
    assert (encoder.texts, told) == (1, [(1, 1)])


def test_another_taxonomy_does_not_use_the_cache_of_the_first(lake: Lake) -> None:
    encoder = FakeEncoder(VECTORS | {"loader": axis((4, 1.0))}, axis((4, 1.0)))
    assign(lake, posting("loader"))
    larger = taxonomy(occupation("loader", "75109", "9333"))
    found = assign_roles(table(posting("loader")), larger, encoder, lake, sure(), lambda n, of: None)
    assert found["role_id"].to_pylist() == ["o:loader"]


def test_a_damaged_cache_is_made_anew(lake: Lake, tmp_path: Path) -> None:
    expected = assign(lake, posting("welder"))
    parts = list((tmp_path / "cache").rglob("*.parquet"))
    assert parts
    for part in parts:
        part.write_bytes(part.read_bytes()[:40])
    assert assign(lake, posting("welder")) == expected


def test_the_order_of_the_postings_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    rows = [posting(t) for t in ("welder", "pipe welder", "loader", "carer", "astronaut", "nurse", "brazier")]
    whole = table(*rows)
    expected = {}
    for seed in range(3):
        encoder, own = FakeEncoder(VECTORS, axis((4, 1.0))), Lake(tmp_path / str(seed))
        found = assign_roles(shuffled(whole, seed), taxonomy(), encoder, own, sure(0.3), lambda n, of: None)
        expected[seed] = found.sort_by("doc_id").to_pylist()
    assert expected[0] == expected[1] == expected[2]


def test_no_postings(lake: Lake) -> None:
    assert assign(lake) == []


# --- The real encoder, over ten occupations of the starter taxonomy -------------------------------------------------

TEN = (
    "po:welder", "po:cnc-machinist", "po:forklift-operator", "po:material-handler", "po:order-picker",
    "po:shipper-receiver", "po:underground-miner", "po:software-developer", "po:drilling-rig-worker",
    "po:production-supervisor",
)  # fmt: skip


@pytest.fixture(scope="module")
def ten_occupations() -> Taxonomy:
    starter = load_starter()
    rows = [row for row in starter.occupations.to_pylist() if row["occupation_id"] in TEN]
    assert len(rows) == len(TEN)
    return build_taxonomy(
        "ten", "1", skills=[SKILL], occupations=[Occupation(**row) for row in rows], skill_relations=[],
        occupation_skills=[],
    )  # fmt: skip


@pytest.fixture(scope="module")
def real_encoder() -> Encoder:
    pytest.importorskip("sentence_transformers", reason="the embeddings extra is not installed")
    return load_encoder(load_settings().encoder)


TITLES = [
    ("Forklift Operator - Night Shift $24/hr", "en", "po:forklift-operator"),
    ("Cariste (H/F) - quart de soir", "fr", "po:forklift-operator"),
    ("CNC Machinist", "en", "po:cnc-machinist"),
    ("Machiniste CNC temps plein", "fr", "po:cnc-machinist"),
    ("Welder wanted", "en", "po:welder"),
    ("Soudeur / Soudeuse", "fr", "po:welder"),
    ("miner, underground", "en", "po:underground-miner"),
    ("Préparateur(trice) de commandes", "fr", "po:order-picker"),
    ("Shipper/Receiver", "en", "po:shipper-receiver"),
    ("Manutentionnaire", "fr", "po:material-handler"),
    ("Dentist", "en", None),
    ("Chef pâtissier", "fr", None),
    ("***", "en", None),
]


@pytest.fixture(scope="module")
def assigned(
    ten_occupations: Taxonomy, real_encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, object]]:
    """The assignment of every title, with the settings that come with Passerelle."""
    rows = table(*(posting(title, language) for title, language, _ in TITLES))
    lake = Lake(tmp_path_factory.mktemp("lake"))
    found = assign_roles(rows, ten_occupations, real_encoder, lake, load_settings().profile, lambda n, of: None)
    return dict(zip((title for title, _, _ in TITLES), found.to_pylist(), strict=True))


@pytest.mark.parametrize(("title", "language", "role"), TITLES)
def test_titles_as_employers_write_them(
    assigned: dict[str, dict[str, object]], title: str, language: str, role: str | None
) -> None:
    assert assigned[title]["role_id"] == role, language


@pytest.mark.parametrize(
    "title", ["CNC Machinist", "Manutentionnaire", "Cariste (H/F) - quart de soir", "Welder wanted"]
)
def test_the_occupation_s_own_name_is_sure_whatever_its_capitals(
    assigned: dict[str, dict[str, object]], title: str
) -> None:
    assert assigned[title]["role_confidence"] > 0.9
