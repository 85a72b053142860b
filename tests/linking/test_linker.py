"""The linker: golden sentences, links that depend on the unit alone, and a fingerprint that tells linkers apart."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.embeddings import ConceptIndex, Encoder
from pipeline.errors import EncoderError
from pipeline.linking import Link, Linker, load_linker
from pipeline.linking import linker as module
from pipeline.linking.candidates import Candidates, Searches
from pipeline.linking.confidence import CROSS_FITTED, fold_of
from pipeline.linking.linker import SURE
from pipeline.settings import LINK_CACHE_FLOOR, Settings
from pipeline.taxonomy import Skill, Taxonomy, build_taxonomy

LIKELY = 0.4

GOLDEN = [
    ("en", "Operating a forklift in a warehouse", "ps:operate-lift-trucks"),
    ("fr", "Conduire un chariot élévateur dans l'entrepôt", "ps:operate-lift-trucks"),
    ("en", "Write programs in Python", "ps:python-programming"),
    ("fr", "Programmer en Python", "ps:python-programming"),
    ("en", "Respond to emergencies and give first aid", "ps:first-aid"),
    ("fr", "Donner les premiers soins", "ps:first-aid"),
    ("en", "Strong problem-solving skills", "ps:solve-problems"),
    ("fr", "Résoudre des problèmes", "ps:solve-problems"),
    ("en", "MIG welding", "ps:gas-metal-arc-welding"),
    ("fr", "Soudage MIG", "ps:gas-metal-arc-welding"),
    ("en", "Set up and operate CNC machines", "ps:operate-cnc-machines"),
    ("en", "Measure parts with calipers and micrometers", "ps:use-precision-measuring-instruments"),
    ("fr", "Mesurer des pièces avec un micromètre", "ps:use-precision-measuring-instruments"),
    ("fr", "Programmer des automates programmables", "ps:program-plcs"),
    ("fr", "Installer des panneaux solaires", "ps:install-solar-panels"),
]
SKILL_LESS = [
    ("en", "We offer dental insurance"),
    ("fr", "Nous offrons une assurance dentaire"),
    ("en", "We thank all applicants for their interest"),
    ("fr", "Nous remercions tous les candidats"),
    ("en", "We are an equal opportunity employer and do not discriminate on the basis of race, religion or sex"),
    ("en", "All qualified applicants will receive consideration without regard to race, colour or national origin."),
    ("fr", "Nous souscrivons au principe de l'équité en matière d'emploi"),
    ("fr", "Seuls les candidats retenus seront contactés"),
    ("en", "Monday to Friday, 7 am to 3 pm"),
    ("fr", "Poste permanent à temps plein"),
    ("en", "Founded in 1985, the company has three plants in Ontario."),
    ("fr", "Fondée en 1985, l'entreprise compte trois usines."),
    ("en", "Free parking on site"),
]


# --- What is found --------------------------------------------------------------------------------------------------


def test_golden_sentences_find_their_skill(starter_linker: Linker):
    found = starter_linker.link([(text, language) for language, text, _ in GOLDEN])
    first = [{link.skill_id for link in links[:2] if link.confidence >= LIKELY} for links in found]
    missed = [(text, skill) for (_, text, skill), skills in zip(GOLDEN, first, strict=True) if skill not in skills]
    assert missed == []


def test_what_speaks_of_no_skill_finds_none(starter_linker: Linker, default_settings: Settings):
    found = starter_linker.link([(text, language) for language, text in SKILL_LESS])
    surplus = [
        (text, link.label, link.confidence)
        for (_, text), links in zip(SKILL_LESS, found, strict=True)
        for link in links
        if link.confidence >= default_settings.linking.min_confidence
    ]
    assert surplus == []


def test_the_weights_that_ship_were_fitted_for_the_encoder_that_ships(starter_linker: Linker):
    """Otherwise whether a unit asks for a skill at all is judged by its words alone."""
    assert starter_linker.searches.relevance.uses_vectors


def evidence(linker: Linker, text: str, language: str, least: float) -> dict[str, str]:
    """The skills that a unit surely names, each with the stretch of the unit that says so."""
    (links,) = linker.link([(text, language)])
    return {link.skill_id: text[link.start : link.end] for link in links if link.confidence >= least}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Operate a forklift, pick orders",
         {"ps:operate-lift-trucks": "Operate a forklift", "ps:pick-orders": "pick orders"}),
        ("fr", "Conduire un chariot élévateur, préparer des commandes",
         {"ps:operate-lift-trucks": "Conduire un chariot élévateur", "ps:pick-orders": "préparer des commandes"}),
        ("en", "You will be responsible for first aid, Python scripting and MIG welding.",
         {"ps:first-aid": "first aid", "ps:gas-metal-arc-welding": "MIG welding"}),
        ("fr", "Vous savez donner les premiers soins et programmer en Python.",
         {"ps:first-aid": "donner les premiers soins", "ps:python-programming": "programmer en Python"}),
        ("fr", "L’opérateur(trice) doit conduire un chariot élévateur ; il/elle donne les premiers soins (H/F)",
         {"ps:operate-lift-trucks": "conduire un chariot élévateur", "ps:first-aid": "donne les premiers soins"}),
        ("en", "🙂 Operate a forklift • pick orders",
         {"ps:operate-lift-trucks": "Operate a forklift", "ps:pick-orders": "pick orders"}),
    ],
    ids=["english", "french", "behind a frame", "french and", "inclusive writing", "emoji and bullets"],
)  # fmt: skip
def test_each_item_of_an_enumeration_is_its_own_evidence(
    starter_linker: Linker, default_settings: Settings, language: str, text: str, expected: dict[str, str]
):
    found = evidence(starter_linker, text, language, default_settings.linking.min_confidence)
    assert {skill: found.get(skill) for skill in expected} == expected


@pytest.mark.parametrize(
    ("text", "plain", "skill"),
    [
        ("Conducteur(trice) de chariot élévateur", "Conducteur de chariot élévateur", "ps:operate-lift-trucks"),
        ("Conducteur·rice de chariot élévateur", "Conducteur de chariot élévateur", "ps:operate-lift-trucks"),
        ("Conducteur ou conductrice de chariot élévateur (H/F)", "Conducteur de chariot élévateur",
         "ps:operate-lift-trucks"),
        ("Soudeur(euse) MIG", "Soudeur MIG", "ps:gas-metal-arc-welding"),
    ],
)  # fmt: skip
def test_inclusive_writing_names_the_same_skills(starter_linker: Linker, text: str, plain: str, skill: str):
    inclusive, masculine = (links[0] for links in starter_linker.link([(text, "fr"), (plain, "fr")]))
    assert inclusive.skill_id == masculine.skill_id == skill
    assert inclusive.confidence == pytest.approx(masculine.confidence, abs=0.05)
    assert text[inclusive.start : inclusive.end].startswith(plain[:7])


def test_a_title_in_inclusive_writing_is_linked(starter_linker: Linker, default_settings: Settings):
    text = "Conducteur(trice) de chariot élévateur"
    found = evidence(starter_linker, text, "fr", default_settings.linking.min_confidence)
    assert found["ps:operate-lift-trucks"] == text


def test_every_skill_is_found_by_its_own_preferred_labels(starter: Taxonomy, starter_linker: Linker):
    """A sample of the skills, in both languages: the skill itself is among the links, and is sure."""
    rows = starter.skills.select(["skill_id", "label_en", "label_fr"]).to_pylist()[::23]
    for language in ("en", "fr"):
        found = starter_linker.link([(row[f"label_{language}"], language) for row in rows])
        sure = [
            any(link.skill_id == row["skill_id"] and link.confidence >= LIKELY for link in links)
            for row, links in zip(rows, found, strict=True)
        ]
        assert sum(sure) >= 0.95 * len(rows)


def test_what_a_link_says_of_itself(small_linker: Linker):
    text = "You will operate forklifts and drive."
    link = max(small_linker.link([(text, "en")])[0], key=lambda each: each.confidence)
    assert (link.skill_id, link.label, link.method) == ("ps:forklift", "operate forklifts", "lexical+dense")
    assert text[link.start : link.end] == "operate forklifts"
    dense = small_linker.link([("drive forklift trucks", "en")])[0][0]
    assert (dense.skill_id, dense.label, dense.method) == ("ps:forklift", "operate forklifts", "dense")
    assert (dense.start, dense.end) == (0, len("drive forklift trucks"))


def test_a_link_by_meaning_is_told_in_the_language_of_the_unit(small_linker: Linker):
    (links,) = small_linker.link([("Manoeuvrer des chariots de levage", "fr")])
    assert (links[0].skill_id, links[0].label) == ("ps:forklift", "conduire un chariot élévateur")
    (links,) = small_linker.link([("Animer des ateliers d'amélioration kaizen", "fr")])
    assert links[0].label == "kaizen workshops", "or in the one language that the skill has"


def test_a_label_outside_the_nearest_is_found_by_its_words_alone(small: Taxonomy, encoder: Encoder, small_index):
    linker = Linker(small, encoder, None, candidates=1)
    linker.__dict__.update(small_index)
    text = "Si l'équipe doit souder des pièces métalliques il faut savoir donner les premiers soins"
    methods = {link.skill_id: link.method for link in next(linker.rank([(text, "fr")], 1))}
    assert {"ps:weld", "ps:first-aid"} <= set(methods)
    assert all("lexical" in methods[skill] for skill in ("ps:weld", "ps:first-aid"))


def test_a_skill_without_a_french_label_is_found_in_french_text(small_linker: Linker):
    (links,) = small_linker.link([("Animer des kaizen workshops", "fr")])
    assert links[0].skill_id == "ps:kaizen"
    assert links[0].confidence >= LIKELY


def test_links_are_sorted_by_confidence_and_none_is_below_the_floor(starter_linker: Linker):
    for links in starter_linker.link([(text, language) for language, text, _ in GOLDEN]):
        confidences = [link.confidence for link in links]
        assert confidences == sorted(confidences, reverse=True)
        assert min(confidences, default=1.0) >= LINK_CACHE_FLOOR
        assert len({link.skill_id for link in links}) == len(links), "one link a skill"


def test_ranking_keeps_every_candidate(small: Taxonomy, small_linker: Linker):
    (ranked,) = small_linker.rank([("weld", "en")], 300)
    assert sorted(link.skill_id for link in ranked) == sorted(small.skills["skill_id"].to_pylist())


def test_a_unit_that_asks_for_nothing_is_not_linked_but_ranked(small_session: Linker, monkeypatch):
    unit = ("weld metal parts", "en")
    searches = small_session.searches
    monkeypatch.setitem(small_session.__dict__, "searches", SilentSearches(searches))
    assert small_session.link([unit, unit]) == [[], []]
    (ranked,) = small_session.rank([unit], 10)
    assert ranked[0].skill_id == "ps:weld"


class SilentSearches:
    """Searches that hold no unit to ask for anything."""

    def __init__(self, searches: Searches) -> None:
        self.index = searches.index
        self._searches = searches

    def candidates(self, *arguments: object) -> Candidates:
        """As `Searches.candidates`."""
        found = self._searches.candidates(*arguments)
        nothing = np.zeros_like(found.linkable)
        return replace(found, linkable=nothing, if_sure=nothing)


def test_a_unit_that_hardly_asks_is_linked_where_the_link_is_sure(small_session: Linker, monkeypatch):
    """To labels in it alone, and to none that is less than sure, though the threshold is lower."""
    searches = small_session.searches
    units = [("weld metal parts", "en"), ("We operate vehicles, test parts and give aid", "en")]
    ranked = list(small_session.rank(units, small_session.candidates))

    class Hardly(SilentSearches):
        def candidates(self, *arguments: object) -> Candidates:
            found = self._searches.candidates(*arguments[:3])
            nothing = np.zeros_like(found.linkable)
            return replace(found, linkable=nothing, if_sure=found.labels >= 0)

    monkeypatch.setitem(small_session.__dict__, "searches", Hardly(searches))
    linked = small_session.link(units)
    expected = [
        [link for link in links if link.confidence >= SURE and link.method.startswith("lexical")] for links in ranked
    ]
    assert linked == expected
    assert [link.skill_id for link in linked[0]] == ["ps:weld"]
    assert any(LINK_CACHE_FLOOR <= link.confidence < SURE for links in ranked for link in links), "some are left out"


def test_a_text_is_evaluated_by_weights_that_never_saw_it(small_session: Linker):
    units = [(text, language) for language, text, _ in GOLDEN]
    crossed = list(small_session.rank(units, 10, CROSS_FITTED))
    assert len({fold_of(text) for text, _ in units}) > 1
    for unit, links in zip(units, crossed, strict=True):
        assert list(small_session.rank([unit], 10, f"fold {fold_of(unit[0])}")) == [links]


def test_no_units_give_no_links(small_linker: Linker):
    assert small_linker.link([]) == []


def test_a_linker_that_hears_all_drops_no_unit_as_one_that_asks_for_nothing(starter_linker: Linker) -> None:
    said = [("Soudeuse depuis 6 ans : je soude au GMAW.", "fr"), ("j'opère un pont roulant.", "fr")]
    assert starter_linker.link(said)[0] == [], "an employer may speak so of itself"
    hearing = starter_linker.hearing_all()
    found = hearing.link(said)
    labels = dict(
        zip(*(starter_linker.taxonomy.skills[name].to_pylist() for name in ("skill_id", "label_en")), strict=True)
    )
    assert [labels[links[0].skill_id] for links in found] == ["weld with gas metal arc", "operate overhead cranes"]
    assert all(links[0].confidence > 0.8 for links in found)
    asks = [(text, language) for language, text, _ in GOLDEN]
    assert hearing.link(asks) == starter_linker.link(asks), "what asks for skills is linked as ever"
    assert hearing.fingerprint != starter_linker.fingerprint


def test_links_come_unit_by_unit(small_session: Linker, monkeypatch):
    """So that work can be saved on the way; whoever stops early loses nothing but the rest."""
    monkeypatch.setattr(module, "BATCH", 2)
    units = [(text, language) for language, text, _ in GOLDEN[:7]]
    whole: list[list[Link]] = small_session.link(units)
    assert len(whole) == len(units)
    some = small_session.link_each(units)
    assert [next(some), next(some), next(some)] == whole[:3]
    some.close()
    assert small_session.link(units) == whole


# --- The unit alone -------------------------------------------------------------------------------------------------

UNITS = st.tuples(
    st.sampled_from([text for _, text, _ in GOLDEN] + [text for _, text in SKILL_LESS]) | st.text(max_size=60),
    st.sampled_from(["en", "fr"]),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    unit=UNITS,
    before=st.lists(UNITS, max_size=5),
    after=st.lists(UNITS, max_size=5),
    batch=st.sampled_from([1, 3, 256]),
)
def test_the_same_unit_has_the_same_links_in_any_company(starter_linker, monkeypatch, unit, before, after, batch):
    (alone,) = starter_linker.link([unit])
    monkeypatch.setattr(module, "BATCH", batch)
    assert starter_linker.link([*before, unit, *after])[len(before)] == alone


@pytest.mark.parametrize("cores", [1, 3, None])
def test_the_number_of_cores_never_changes_a_link(starter_linker: Linker, monkeypatch, cores: int | None):
    units = [(text, language) for language, text, _ in GOLDEN]
    expected = starter_linker.link(units)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(module, "BATCH", 4)
    assert starter_linker.link(units) == expected


@pytest.mark.parametrize(
    ("units", "cores", "sizes"),
    [
        (0, 2, []), (1, 2, [1]), (129, 2, [64, 64, 1]), (300, 1, [150, 150]), (300, 2, [75, 75, 75, 75]),
        (1_025, 2, [257, 257, 257, 254]), (3_452, 2, [432] * 7 + [428]), (3_452, 64, [64] * 53 + [60]),
        (5_000, 1, [500] * 10), (5_000, None, [500] * 10),
    ],
)  # fmt: skip
def test_no_thread_has_more_batches_than_another(monkeypatch, units: int, cores: int | None, sizes: list[int]):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    given = [(f"unit {i}", "en") for i in range(units)]
    batches = list(module._batches(given))
    assert [unit for batch in batches for unit in batch] == given
    assert [len(batch) for batch in batches] == sizes


WORDS = st.sampled_from([
    "operate", "forklift", "weld", "Conducteur(trice)", "chariot", "élévateur", "souder", "e\u0301quipe", "œuvre",
    "H/F", ", ", "; ", " · ", "(", ")", "/", "’", "'", "•", "\n", "🙂", "ﬁ", "\u00ad", "ou", "et", "and", "l'",
    "(e)s", "·ne·s", " ",
])  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    units=st.lists(
        st.tuples(
            st.lists(WORDS, max_size=14).map(" ".join) | st.lists(WORDS, max_size=14).map("".join),
            st.sampled_from(["en", "fr"]),
        ),
        max_size=5,
    )
)
def test_evidence_never_leaves_the_text(small_session: Linker, units: list[tuple[str, str]]):
    for (text, _), links in zip(units, small_session.rank(units, 10), strict=True):
        assert len({link.skill_id for link in links}) == len(links)
        for link in links:
            assert 0 <= link.start <= link.end <= len(text)
            assert link.end > link.start or not text.strip(), "evidence is something wherever there is something"
            assert 0.0 <= link.confidence <= 1.0


def test_a_large_batch_gives_what_each_unit_gives_alone(starter_linker: Linker):
    units = [(text, language) for language, text, _ in GOLDEN[::2]] + [(text, lang) for lang, text in SKILL_LESS[::3]]
    together = starter_linker.link(units * 2)
    assert together[: len(units)] == together[len(units) :]
    assert together[: len(units)] == [starter_linker.link([unit])[0] for unit in units]


def test_the_vectors_in_the_lake_give_the_same_links(
    starter: Taxonomy, starter_linker: Linker, default_settings: Settings
):
    again = load_linker(starter, default_settings, starter_linker.lake)
    again.encoder = starter_linker.encoder
    units = [(text, language) for language, text, _ in GOLDEN[:6]]
    assert again.link(units) == starter_linker.link(units)


# --- Fingerprint ----------------------------------------------------------------------------------------------------


def relabelled(taxonomy: Taxonomy, **changes: object) -> Taxonomy:
    """A taxonomy of one skill, some of it changed."""
    values = {"skill_id": "ps:x", "kind": "skill", "reuse": "cross-sector", "label_en": "weld", "label_fr": "souder"}
    return build_taxonomy(
        taxonomy.name, taxonomy.version,
        skills=[Skill(**values | changes)], occupations=[], skill_relations=[], occupation_skills=[],
    )  # fmt: skip


def test_the_fingerprint_is_that_of_the_taxonomys_content(small: Taxonomy, encoder: Encoder):
    first = Linker(relabelled(small), encoder, None, 10).fingerprint
    assert Linker(relabelled(small), encoder, None, 10).fingerprint == first
    assert Linker(replace(relabelled(small), name="other", version="2"), encoder, None, 10).fingerprint == first
    for change in ({"label_en": "welding"}, {"label_fr": None}, {"alt_en": ["join metal"]}, {"skill_id": "ps:y"}):
        assert Linker(relabelled(small, **change), encoder, None, 10).fingerprint != first


def test_the_fingerprint_is_that_of_the_encoder_and_the_number_of_candidates(small: Taxonomy, encoder: Encoder):
    first = Linker(small, encoder, None, 10).fingerprint
    assert Linker(small, Encoder(encoder.settings, "other"), None, 10).fingerprint != first
    assert Linker(small, encoder, None, 11).fingerprint != first
    assert Linker(small, encoder, None, 10, progress=print).fingerprint == first


@pytest.mark.parametrize("name", module.LINKER_CODE)
def test_the_fingerprint_changes_with_the_code(small, encoder, monkeypatch, tmp_path: Path, name: str):
    first = Linker(small, encoder, None, 10).fingerprint
    source = Path(module.__file__)
    copies = tmp_path / "linking"
    for each in module.LINKER_CODE:
        (copies / each).parent.resolve().mkdir(parents=True, exist_ok=True)
        copies.mkdir(exist_ok=True)
        (copies / each).write_bytes((source.parent / each).read_bytes())
    monkeypatch.setattr(module, "__file__", str(copies / source.name))
    assert Linker(small, encoder, None, 10).fingerprint == first
    with (copies / name).open("a") as stream:
        stream.write("# changed\n")
    assert Linker(small, encoder, None, 10).fingerprint != first


# --- The check ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["shuffled", "constant", "random", "shifted"])
def test_an_index_that_is_not_the_encoders_is_not_used(starter_linker: Linker, damage: str):
    index = starter_linker.searches.index
    rows, width = index.vectors.shape
    random = np.random.default_rng(0)
    match damage:
        case "shuffled":
            vectors = index.vectors[random.permutation(rows)]
        case "constant":
            vectors = np.repeat(index.vectors[:1], rows, axis=0)
        case "random":
            vectors = random.normal(size=(rows, width)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        case "shifted":
            vectors = np.roll(index.vectors, rows // 2, axis=0)
    broken = Linker(starter_linker.taxonomy, starter_linker.encoder, None, starter_linker.candidates)
    other = ConceptIndex(index.concepts, np.ascontiguousarray(vectors))
    broken.__dict__["searches"] = replace(starter_linker.searches, index=other)
    with pytest.raises(EncoderError, match=r"finds only \d+ of \d+ taxonomy labels") as caught:
        broken.check()
    assert starter_linker.encoder.settings.model in str(caught.value)


def test_a_sound_linker_passes_the_check(starter_linker: Linker, small_session: Linker):
    starter_linker.check()
    small_session.check()


def test_a_taxonomy_without_skills_is_an_error(encoder: Encoder):
    empty = build_taxonomy("empty", "1", skills=[], occupations=[], skill_relations=[], occupation_skills=[])
    with pytest.raises(EncoderError, match="no labels"):
        Linker(empty, encoder, None, 10).check()
