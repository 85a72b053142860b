"""Labels held out of training: always the same ones, gone from where training looks, and written as they are read."""

from __future__ import annotations

import csv
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training import held_out as module
from training.held_out import FIELDS, SkillLabels, hold_out, write_held_out


def labels(count: int, english: int = 3, french: int = 2) -> list[SkillLabels]:
    """Skills with that many alternatives, each label once."""
    return [
        SkillLabels(f"s{i}", f"en {i}", f"fr {i}", [f"en {i} {j}" for j in range(english)],
                    [f"fr {i} {j}" for j in range(french)], "")
        for i in range(count)
    ]  # fmt: skip


def remaining(skills: list[SkillLabels]) -> set[tuple[str, str, str]]:
    """(language, skill, label) of what training may use."""
    return {
        (language, s.skill_id, label)
        for s in skills
        for language, own in (("en", [s.en, *s.alternatives_en]), ("fr", [s.fr, *s.alternatives_fr]))
        for label in own
        if label
    }


def test_what_is_held_out_is_gone_and_nothing_else(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SKILLS", 10)
    skills = labels(60)
    before = remaining(skills)
    rows = hold_out(skills)
    assert before - remaining(skills) == {(language, skill, label) for language, skill, label, _ in rows}
    assert rows == sorted(rows)
    assert len(rows) == len(set(rows))


def test_of_the_chosen_skills_the_french_label_and_an_english_alternative(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SKILLS", 10)
    skills = labels(60)
    rows = hold_out(skills)
    preferred = {skill for _, skill, _, kind in rows if kind == "preferred"}
    english = {skill for language, skill, _, _ in rows if language == "en"}
    assert len(preferred) == 10
    assert preferred == english == {s.skill_id for s in skills if s.fr is None}
    french = [(skill, label) for language, skill, label, kind in rows if (language, kind) == ("fr", "alternative")]
    assert not preferred & {skill for skill, _ in french}, "they keep their French alternatives"
    assert all(label.endswith(" 1") for _, label in french), "of the others the last alternative"
    assert 0.1 < len(french) / 50 < 0.45, "about a quarter"


def test_a_skill_keeps_an_english_label_whatever_is_taken():
    skills = labels(20, english=2)
    hold_out(skills)
    assert all(s.en and s.alternatives_en for s in skills)


@pytest.mark.parametrize(("english", "french"), [(0, 0), (1, 0), (1, 2), (3, 0)])
def test_skills_with_few_labels_lose_little(english: int, french: int):
    skills = labels(8, english, french)
    rows = hold_out(skills)
    assert all(kind == "alternative" for _, _, _, kind in rows) or english > 1
    assert all(s.fr for s in skills) or english > 1


def test_the_same_labels_every_time():
    first = hold_out(labels(50))
    assert first == hold_out(labels(50))
    assert first


@settings(max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_any_taxonomy_can_be_held_out_of(shapes: list[tuple[bool, int, int]]):
    skills = [
        SkillLabels(f"s{i}", f"en {i}", f"fr {i}" if fr else None, [f"e{i}{j}" for j in range(e)],
                    [f"f{i}{j}" for j in range(f)], "")
        for i, (fr, e, f) in enumerate(shapes)
    ]  # fmt: skip
    before = remaining(deepcopy(skills))
    rows = hold_out(skills)
    assert before - remaining(skills) == {row[:3] for row in rows}


def test_the_file_is_read_as_it_was_written(tmp_path: Path):
    rows = [("en", "s", 'label, with "signs"', "alternative"), ("fr", "s", "été\u00a0: l'œuvre", "preferred")]
    write_held_out(rows, tmp_path / "held_out.csv")
    content = (tmp_path / "held_out.csv").read_bytes()
    assert b"\r" not in content
    with (tmp_path / "held_out.csv").open(encoding="utf-8", newline="") as stream:
        assert [tuple(row) for row in csv.reader(stream)] == [FIELDS, *rows]
