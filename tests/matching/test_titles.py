"""Job titles without their noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.matching.titles import title_variants


@pytest.mark.parametrize(
    ("title", "words"),
    [
        # Inclusive writing
        ("Opérateur(trice) de presse", "Opérateur de presse"),
        ("Technicien(ne) de laboratoire", "Technicien de laboratoire"),
        ("Préposé(e)", "Préposé"),
        ("Journalier(ère) d'entrepôt", "Journalier d'entrepôt"),
        ("technicien.ne en informatique", "technicien en informatique"),
        ("Développeur·euse web", "Développeur web"),
        ("employé·e·s de bureau", "employé de bureau"),
        ("préposé-e aux bénéficiaires", "préposé aux bénéficiaires"),
        # One word said in both genders
        ("Chauffeur / Chauffeuse", "Chauffeur"),
        ("Infirmier/Infirmière auxiliaire", "Infirmier auxiliaire"),
        ("Conducteurs/conductrices de camion", "Conducteurs de camion"),
        # Gender marks
        ("Cariste H/F", "Cariste"),
        ("Cariste (F/H)", "Cariste"),
        ("Responsable d'équipe [M/F]", "Responsable d'équipe"),
        ("Operator (m/f/d)", "Operator"),
        ("Technicien (H/F/X)", "Technicien"),
        ("Soudeur h / f", "Soudeur"),
        # Wages
        ("Welder $25-$30/hr", "Welder"),
        ("Welder - $28.50 per hour", "Welder"),
        ("Soudeur 25,50 $ de l'heure", "Soudeur"),
        ("Soudeur 25 $ - 30 $ de l'heure", "Soudeur"),
        ("Cook 19.25$/h", "Cook"),
        # Shifts, terms and calls
        ("Warehouse Worker - Night Shift", "Warehouse Worker"),
        ("Cariste - quart de soir", "Cariste"),
        ("Cariste de nuit", "Cariste"),
        ("Registered Nurse, Full-time", "Registered Nurse"),
        ("Machiniste CNC temps plein permanent", "Machiniste CNC"),
        ("URGENT!!! Welders wanted now", "Welders"),
        ("Welder #1234", "Welder"),
        ("Agent d'entretien no 5512", "Agent d'entretien"),
    ],
)
def test_noise_goes(title: str, words: str) -> None:
    variants = title_variants(title)
    assert variants[0] == (words, 1.0)


@pytest.mark.parametrize(
    "title",
    [
        "soudeur / monteur",
        "C++ developer",
        "C# developer",
        "4th Class Power Engineer",
        "3D artist",
        "Chargé de projet",
        "mécanicien d'équipement lourd",
        "cook/dishwasher",
        "Vendor relations manager",
    ],
)
def test_what_is_no_noise_stays(title: str) -> None:
    assert title_variants(title)[0] == (title, 1.0)


def test_engineer_software_is_turned_round() -> None:
    assert title_variants("engineer, software") == [
        ("engineer, software", 1.0), ("software engineer", 1.0), ("engineer", 0.9),
    ]  # fmt: skip


def test_a_french_title_is_turned_round_too() -> None:
    assert ("adjointe mécanicienne", 1.0) in title_variants("mécanicienne, adjointe")


def test_the_first_segment_is_trusted_less() -> None:
    assert title_variants("Cariste - Entrepôt de Laval") == [("Cariste - Entrepôt de Laval", 1.0), ("Cariste", 0.9)]
    assert title_variants("Nurse | Calgary") == [("Nurse | Calgary", 1.0), ("Nurse", 0.9)]
    assert title_variants("Welder @ Acme") == [("Welder @ Acme", 1.0), ("Welder", 0.9)]


def test_a_segment_that_is_the_whole_title_is_not_said_twice() -> None:
    assert title_variants("Cariste (H/F) -") == [("Cariste", 1.0)]


def test_a_title_of_nothing_but_noise_stays_as_it_is() -> None:
    assert title_variants("  $25/hr!!! ") == [("$25/hr!!!", 1.0)]
    assert title_variants("") == [("", 1.0)]


@given(st.text(max_size=60))
def test_any_title_has_a_variant_and_the_most_trusted_comes_first(title: str) -> None:
    variants = title_variants(title)
    assert variants
    assert [trust for _, trust in variants] == sorted((trust for _, trust in variants), reverse=True)
    assert len({words for words, _ in variants}) == len(variants)
    assert title_variants(title) == variants


@given(st.text(alphabet="aeé ,()/-.·$0 hHfF", max_size=200))
def test_hostile_titles_take_no_time(title: str) -> None:
    title_variants(title * 20)
