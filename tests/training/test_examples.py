"""Training pairs: two texts of one skill, the right stretch of each list, and never a label that is held out."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.taxonomy import Skill, Taxonomy, build_taxonomy
from pipeline.taxonomy.hidden import SEARCHED_SCHEMA
from training import examples as examples_module
from training.examples import QUALIFIER, Examples, Pair
from training.train_encoder import MIX

SENTENCES = 12  # of the machine's and of the project's own, in the tiny files
KINDS = ("label", "frame", "desc", "skape", "written", "parallel", "occ", "real")
SIZE = 8


def batches(examples: Examples, count: int, kinds: tuple[str, ...] = KINDS, seed: int = 5) -> list[Pair]:
    """The pairs of that many batches, the kinds in turn."""
    draw = random.Random(seed)

    def order(size: int) -> list[int]:
        return [draw.randrange(len(examples.skills)) for _ in range(size)]

    return [pair for n in range(count) for pair in examples.batch(kinds[n % len(kinds)], SIZE, order)]


def labels_of(examples: Examples, i: int) -> set[str]:
    """The labels of a skill that training may use, with their qualifier and without."""
    skill = examples.skills[i]
    labels = {label for label in (skill.en, skill.fr, *skill.alternatives_en, *skill.alternatives_fr) if label}
    return labels | {QUALIFIER.sub("", label) for label in labels}


def test_every_kind_of_the_mix_can_be_made(examples: Examples):
    assert set(MIX) == set(KINDS)
    for kind in KINDS:
        assert batches(examples, 3, (kind,)), kind


def test_no_label_held_out_is_ever_seen(examples: Examples):
    held = {label for _, _, label, _ in examples.held_out}
    assert {kind for _, _, _, kind in examples.held_out} == {"preferred", "alternative"}
    assert {language for language, _, _, _ in examples.held_out} == {"en", "fr"}
    pairs = batches(examples, 200)
    seen = [text for pair in pairs for text in (pair.text, pair.target)]
    leaked = {label for label in held for text in seen if label in text}
    assert leaked == set()
    kept = {label for i in range(len(examples.skills)) for label in labels_of(examples, i)}
    used = {label for label in kept if any(label in text for text in seen)}
    assert len(used) > 0.8 * len(kept), "while the others are seen"


def test_texts_and_targets_are_not_empty_and_speak_of_the_pairs_concept(examples: Examples):
    numbers = re.compile(r"zinc(\d\d)")
    for pair in batches(examples, 60, ("label", "frame", "desc")):
        assert pair.text.strip()
        target = {int(n) for n in numbers.findall(pair.target)}
        assert len(target) == 1
        assert target <= pair.concepts
        assert target <= {int(n) for n in numbers.findall(pair.text)} or "hold together" in pair.text
    for pair in batches(examples, 20, ("skape", "written")):
        (concept,) = pair.concepts
        assert pair.target in labels_of(examples, concept)
        assert re.search(rf"\b{concept}\b", pair.text)


def test_a_target_is_a_label_of_the_skill_that_its_text_is_told_from_all_others_for(examples: Examples):
    pairs = batches(examples, 80, ("label", "frame", "desc", "skape", "written", "real"))
    assert all(pair.concept in pair.concepts for pair in pairs)
    assert all(pair.target in labels_of(examples, pair.concept) for pair in pairs)
    assert all(pair.concept < 0 for pair in batches(examples, 3, ("occ",)))
    assert len({pair.concept for pair in pairs}) > 10


def test_two_labels_of_a_skill_differ(examples: Examples):
    pairs = batches(examples, 120, ("label",))
    assert all(QUALIFIER.sub("", pair.text) != QUALIFIER.sub("", pair.target) for pair in pairs)
    assert any(pair.target.startswith("souder") for pair in pairs)
    assert any("(metals)" in pair.text for pair in pairs)
    assert any(pair.text.startswith("weld zinc00en") and "(" not in pair.text for pair in pairs), "at times unqualified"


def test_the_stretch_of_a_list_is_a_label_of_its_skill(examples: Examples):
    pairs = batches(examples, 120, ("frame",))
    stretched = [pair for pair in pairs if pair.stretch]
    assert len(stretched) > 50
    for pair in stretched:
        (concept,) = pair.concepts
        assert pair.text[slice(*pair.stretch)] in labels_of(examples, concept)
        assert pair.target in labels_of(examples, concept)
    whole = [pair for pair in pairs if not pair.stretch]
    for pair in whole:
        assert {int(n) for n in re.findall(r"zinc(\d\d)", pair.text)} == set(pair.concepts), "all that it names"


def test_noise_is_a_sentence_without_skills(examples: Examples):
    texts = [pair.text for pair in batches(examples, 200, ("frame", "skape"))]
    assert any(text.endswith("Dental insurance after three months") for text in texts)
    for other in ("Too short", "pipes", "Python"):
        assert not any(other in text for text in texts)


def test_sentences_of_unknown_skills_are_left_out(examples: Examples):
    texts = {pair.text for pair in batches(examples, 100, ("written", "skape"))}
    assert not any("not there" in text or "no skill" in text or "empty list" in text for text in texts)
    assert {f'A "written sentence {i}' for i in range(SENTENCES)} <= texts, "quotes are letters as any"
    assert {f"Une phrase écrite {i}" for i in range(1, SENTENCES, 2)} <= texts, "and their translations"


def test_a_sentence_and_its_translation_are_a_pair(examples: Examples):
    for pair in batches(examples, 20, ("parallel",)):
        (concept,) = pair.concepts
        assert concept % 2
        assert {pair.text, pair.target} == {f'A "written sentence {concept}', f"Une phrase écrite {concept}"}


def test_skills_of_another_taxonomy_are_learned_and_are_no_negatives_of_their_namesakes(
    tiny: Taxonomy, data: Path, own_texts: Path
):
    other = build_taxonomy(
        "other", "1", occupations=[], skill_relations=[], occupation_skills=[],
        skills=[
            Skill(skill_id="u:1", kind="skill", reuse="transversal", label_en="weld zinc01en", label_fr="unir le zinc"),
            Skill(skill_id="u:2", kind="skill", reuse="transversal", label_en="rig loads", label_fr="élinguer"),
        ],
    )  # fmt: skip
    examples = Examples(tiny, data, others=[other])
    seen = {pair.text: pair.concepts for pair in batches(examples, 200, ("label",))}
    first, second = len(examples.skills) - 2, len(examples.skills) - 1
    assert examples.taxonomy == [0] * first + [1, 1]
    assert seen["élinguer"] == {second}
    assert seen["unir le zinc"] == {1, first}
    held = [label for language, _, label, _ in examples.held_out if language == "fr"]
    same = Skill(skill_id="u:3", kind="skill", reuse="cross-sector", label_en="x", alt_fr=held)
    another = build_taxonomy("another", "1", occupations=[], skill_relations=[], occupation_skills=[], skills=[same])
    assert Examples(tiny, data, others=[another]).skills[-1].alternatives_fr == [], "nor is what is held out"


def test_hidden_labels_stand_for_their_skill(
    tiny: Taxonomy, data: Path, own_texts: Path, monkeypatch: pytest.MonkeyPatch
):
    searched = pa.table([["t:02"], ["fr"], ["braser zinc02"], [False], [True]], schema=SEARCHED_SCHEMA)
    monkeypatch.setattr(examples_module, "searched_labels", lambda _: (searched, ""))
    pairs = batches(Examples(tiny, data), 200, ("label", "frame"))
    assert {2} in [set(pair.concepts) for pair in pairs if pair.text == "braser zinc02"]
    assert {2} in [set(pair.concepts) for pair in pairs if pair.target == "braser zinc02"]


def test_occupations_are_numbered_below_zero(examples: Examples):
    pairs = batches(examples, 30, ("occ",))
    for pair in pairs:
        (concept,) = pair.concepts
        assert -10 <= concept < 0
        assert pair.text != pair.target
        assert str(-concept - 1) in pair.text
        assert str(-concept - 1) in pair.target


def test_the_same_seed_gives_the_same_pairs(tiny: Taxonomy, data: Path, examples: Examples):
    again = Examples(tiny, data)
    assert batches(examples, 30) == batches(again, 30)
    assert batches(Examples(tiny, data, seed=1), 30) != batches(Examples(tiny, data), 30)
    assert again.held_out == examples.held_out == Examples(tiny, data, seed=1).held_out


def test_draws_taken_up_go_on_where_they_stood(tiny: Taxonomy, data: Path, examples: Examples):
    batches(examples, 12)
    states = [draw.getstate() for draw in examples.draws]
    expected = batches(examples, 12, seed=6)
    again = Examples(tiny, data)
    for draw, state in zip(again.draws, states, strict=True):
        draw.setstate(state)
    assert batches(again, 12, seed=6) == expected


@pytest.mark.slow
def test_no_real_label_held_out_is_a_text_or_target(shared_data: Path):
    """On ESCO and the real files: no label that is held out is ever the text or the target of its own skill.

    But for the few names that a skill has in both languages ("Objective-C"), of which one is held out.
    """
    from pipeline.taxonomy import import_esco, load_starter

    esco = shared_data / "esco"
    taxonomy, _ = import_esco([*sorted(esco.glob("*.zip")), esco / "fr"])
    examples = Examples(taxonomy, shared_data, others=[load_starter()])
    place = {skill.skill_id: i for i, skill in enumerate(examples.skills)}
    held = {(place[skill], label) for _, skill, label, _ in examples.held_out}
    in_both = {(i, label) for i, label in held if label in labels_of(examples, i)}
    assert len(in_both) < 0.01 * len(held)
    draw = random.Random(9)
    leaked = set()
    for n in range(200):
        for pair in examples.batch(KINDS[n % len(KINDS)], 64, lambda size: draw.sample(range(len(place)), size)):
            found = {(i, text) for i in pair.concepts for text in (pair.text, pair.target)} & held
            # A namesake of the skill, which is no negative of it, may have the label.
            leaked |= {(i, t) for i, t in found if not any(t in labels_of(examples, j) for j in pair.concepts - {i})}
    assert leaked - in_both == set()
