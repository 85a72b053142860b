"""What a text says is not needed is no skill that it asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.linking.boilerplate import is_boilerplate
from pipeline.linking.units import split_units
from pipeline.linking.waivers import waived


def left(text: str) -> list[str]:
    """The units of a posting's text that are looked at."""
    return [unit.text for unit in split_units(text, 400) if not is_boilerplate(unit.text, "postings")]


@pytest.mark.parametrize(
    "text",
    [
        "No forklift experience required.",
        "No previous welding experience is necessary",
        "No degree or diploma needed",
        "Knowledge of French is not required.",
        "You are not required to operate forklifts",
        "Experience in welding, grinding or fitting is not required.",
        "Aucune expérience en soudage requise",
        "Expérience en soudage non requise.",
        "La connaissance du français n’est pas exigée.",
        "La programmation CN n'est pas indispensable",
        "Aucun diplôme n'est exigé pour conduire un chariot.",
        "Pas besoin de savoir souder",
        "Sans expérience en couture exigée",
    ],
)
def test_what_is_not_needed_is_not_asked_for(text: str) -> None:
    assert left(text) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Weld frames, no experience required", ["Weld frames"]),
        ("No welding experience necessary; we will train you to weld.", ["we will train you to weld."]),
        ("Must operate a forklift (licence not required)", ["Must operate a forklift"]),
        (
            "You will weld, experience not required but you must read plans.",
            ["You will weld", "but you must read plans."],
        ),
        ("Aucune expérience en soudage requise, vous conduirez un chariot.", ["vous conduirez un chariot."]),
    ],
)
def test_the_rest_of_a_sentence_is_looked_at(text: str, kept: list[str]) -> None:
    assert left(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Forklift certification is not required but would be an asset.",
        "Le permis cariste n'est pas obligatoire, mais constitue un atout.",
        "Driver's licence required",
        "No heavy lifting is done without a forklift",
        "Must have no less than two years of welding experience",
        "Soudage requis",
        "Travailler sans supervision",
    ],
)
def test_what_is_asked_for_stays(text: str) -> None:
    assert " ".join(left(text)) == text


PIECES = st.sampled_from(
    ["no", "not", "required", "experience", "pas", "requise", "aucune", "n'est", "welding", ",", "but", "(", "is", "."]
)


@given(st.lists(PIECES, max_size=25))
def test_clauses_follow_each_other_within_the_text(pieces: list[str]) -> None:
    text, reached = " ".join(pieces), 0
    for begin, end in waived(text):
        assert reached <= begin < end <= len(text)
        reached = end
