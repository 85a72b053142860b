"""The linker: golden sentences, links that depend on the unit alone, and a fingerprint that tells linkers apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.embeddings import Encoder, LabelIndex
from pipeline.errors import EncoderError
from pipeline.linking import Linker, load_linker
from pipeline.linking import linker as module
from pipeline.settings import LINK_CACHE_FLOOR, Settings
from pipeline.taxonomy import Skill, Taxonomy, build_taxonomy

LIKELY = 0.5

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
    ("en", "Inspect parts with calipers and micrometers", "ps:use-precision-measuring-instruments"),
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
    sure = [{link.skill_id for link in links if link.confidence >= LIKELY} for links in found]
    missed = [(text, skill) for (_, text, skill), skills in zip(GOLDEN, sure, strict=True) if skill not in skills]
    assert missed == []


def test_what_speaks_of_no_skill_finds_none(starter_linker: Linker):
    found = starter_linker.link([(text, language) for language, text in SKILL_LESS])
    surplus = [
        (text, link.label, link.confidence)
        for (_, text), links in zip(SKILL_LESS, found, strict=True)
        for link in links
        if link.confidence >= LIKELY
    ]
    assert surplus == []


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
    dense = [each for links in small_linker.link([("drive forklift trucks", "en")]) for each in links]
    assert dense[0].skill_id == "ps:forklift"
    assert (dense[0].method, dense[0].start, dense[0].end) == ("dense", 0, len("drive forklift trucks"))


def test_a_label_outside_the_nearest_is_found_by_its_words_alone(small: Taxonomy, encoder: Encoder, small_index):
    linker = Linker(small, encoder, None, candidates=1)
    linker.__dict__.update(small_index)
    text = "Souder des pièces métalliques et donner les premiers soins"
    methods = {link.skill_id: link.method for link in linker.link([(text, "fr")])[0]}
    assert set(methods) == {"ps:weld", "ps:first-aid"}
    assert sorted(methods.values()) == ["lexical", "lexical+dense"]


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


def test_no_units_give_no_links(small_linker: Linker):
    assert small_linker.link([]) == []


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
    index = starter_linker._index
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
    broken.__dict__["_index"] = LabelIndex(index.labels, np.ascontiguousarray(vectors))
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
