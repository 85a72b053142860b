"""Labelled stretches of real texts: found again by the key of their text, and never used for both models."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from training import annotated as module
from training.annotated import annotated_sets, read_annotated
from training.examples import Examples


@pytest.fixture
def file(own_texts: Path) -> Path:
    """The labels of the tiny texts."""
    return own_texts / "data/annotated.tsv"


def test_stretches_are_found_in_texts_that_stay_where_they_are(data: Path, file: Path):
    found = read_annotated(data, file)
    assert [(each.source, each.language, each.text[each.start : each.end]) for each in found] == [
        ("skillspan", "en", "weld some pipes"),
        ("skillspan", "en", "Python"),
        ("francetravail", "fr", "Souder"),
        ("jobbank", "en", "grind it"),
    ]
    assert [sorted(each.skills) for each in found] == [["t:01"], [], ["t:04", "t:05"], ["t:06"]]
    assert [sorted(each.refused) for each in found] == [["t:02", "t:03"], [], [], ["t:07"]]
    assert "weld" not in file.read_text("utf-8")


def test_a_text_that_is_not_in_the_data_is_named(data: Path, file: Path):
    with file.open("a", encoding="utf-8") as stream:
        stream.write("jobbank\tesco\t0123\t0\t4\tt:01\t\n")
    with pytest.raises(SettingsError, match=r"annotated\.tsv, line 6: .* holds no text 0123 of jobbank"):
        read_annotated(data, file)


def test_the_encoder_and_the_confidence_never_see_the_same_text(data: Path, file: Path, monkeypatch, tiny):
    for folds in (range(5), range(4), range(2), ()):
        monkeypatch.setattr(module, "ENCODER_FOLDS", frozenset(folds))
        learnt = {each.text for each in read_annotated(data, file) if each.for_encoder}
        fitted = {
            e.text
            for name in ("esco", "starter")
            for one in annotated_sets(read_annotated(data, file), name)
            if "stretches" not in one.name
            for e in one.examples
        }
        assert not learnt & fitted
        assert len(learnt | fitted) == 4
        drawn = {pair.text for pair in Examples(tiny, data).batch("real", 50, lambda size: [])}
        assert all(any(text in whole for whole in learnt) for text in drawn)
    assert not drawn


def test_sets_have_whole_texts_and_marked_stretches(data: Path, file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "ENCODER_FOLDS", frozenset[int]())
    sets = {
        (taxonomy, one.name, one.language): {e.text: sorted(e.skills) for e in one.examples}
        for taxonomy in ("esco", "starter")
        for one in annotated_sets(read_annotated(data, file), taxonomy)
    }
    assert sets == {
        ("esco", "skillspan", "en"): {"You will weld some pipes": ["t:01"], "You will know about Python": []},
        ("esco", "skillspan, stretches", "en"): {"weld some pipes": ["t:01"], "Python": []},
        ("esco", "francetravail", "fr"): {"Souder": ["t:04", "t:05"]},
        ("starter", "jobbank", "en"): {"grind it": ["t:06"]},
    }


def test_a_refused_skill_stands_against_the_chosen_one(examples: Examples, monkeypatch: pytest.MonkeyPatch):
    refusing = [row for row in examples._annotated if row.refused]
    for row in refusing:
        monkeypatch.setattr(examples, "_annotated", [row])
        pairs = [pair for _ in range(60) for pair in examples.batch("real", 9, lambda size: [])]
        assert {pair.text for pair in pairs} == {row.text, row.text[slice(*row.stretch)]}
        assert all(pair.concepts == frozenset(row.skills) for pair in pairs)
        assert {one for pair in pairs if pair.against for one in pair.against[1]} == set(row.refused)
    assert refusing


def test_a_text_with_a_label_held_out_of_its_skill_is_left_out(examples: Examples, data: Path, file: Path):
    place = {skill.skill_id: i for i, skill in enumerate(examples.skills)}
    read = read_annotated(data, file)
    kept = [row.text for row in examples._real(read, place)]
    gone = kept[0]
    (row,) = (each for each in read if each.text == gone)
    examples.held_out.append((row.language, min(row.skills), gone[row.start : row.end].upper(), "alternative"))
    assert [row.text for row in examples._real(read, place)] == kept[1:]
