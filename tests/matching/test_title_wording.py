"""Job titles without their noise."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest import Language
from pipeline.matching.title_wording import (
    MAX_VARIANTS,
    masculine,
    one_gender,
    plain,
    said_in_both_genders,
    title_seniority,
    title_variants,
)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        # Inclusive writing
        ("Opérateur(trice) de presse", "Opérateur de presse"),
        ("Technicien(ne) de laboratoire", "Technicien de laboratoire"),
        ("Préposé(e)", "Préposé"),
        ("Commis(e) de bureau", "Commis de bureau"),
        ("Journalier(ère) d'entrepôt", "Journalier d'entrepôt"),
        ("technicien.ne en informatique", "technicien en informatique"),
        ("Développeur·euse web", "Développeur web"),
        ("employé·e·s de bureau", "employé de bureau"),
        ("préposé-e aux bénéficiaires", "préposé aux bénéficiaires"),
        ("Assistant/e de direction", "Assistant de direction"),
        ("Vendeur/se", "Vendeur"),
        ("ENSEIGNANT(E) EN CHIMIE", "ENSEIGNANT EN CHIMIE"),
        ("Infirmier(ière) coordinateur(trice)", "Infirmier coordinateur"),
        ("Boulanger·ère-pâtissier·ère", "Boulanger-pâtissier"),
        ("Conseiller-e de Beauté Esthéticien-ne H/F/X", "Conseiller de Beauté Esthéticien"),
        # One title said in both genders
        ("Chauffeur / Chauffeuse", "Chauffeur"),
        ("Infirmier / Infirmière", "Infirmier"),
        ("Infirmier/Infirmière auxiliaire", "Infirmier auxiliaire"),
        ("Conducteurs/conductrices de camion", "Conducteurs de camion"),
        ("Conductrice / Conducteur de travaux", "Conducteur de travaux"),
        ("Agent commercial / Agente commerciale en immobilier", "Agent commercial en immobilier"),
        ("Aide ménager / ménagère à domicile H/F", "Aide ménager à domicile"),
        ("Hôte / Hôtesse de caisse", "Hôte de caisse"),
        ("Technicien ou technicienne en bâtiment", "Technicien en bâtiment"),
        ("Boucher-charcutier / Bouchère-charcutière", "Boucher-charcutier"),
        ("conseiller en valeurs mobilières/conseillère en valeurs mobilières", "conseiller en valeurs mobilières"),
        ("foreman/woman", "foreman"),
        ("journeyman/woman plumber", "journeyman plumber"),
        # Gender marks
        ("Cariste H/F", "Cariste"),
        ("Cariste (F/H)", "Cariste"),
        ("MAÇON (H/F (H/F)", "MAÇON"),
        ("Responsable d'équipe [M/F]", "Responsable d'équipe"),
        ("Operator (m/f/d)", "Operator"),
        ("Technicien (H/F/X)", "Technicien"),
        ("Soudeur h / f", "Soudeur"),
        # Wages and hours
        ("Welder $25-$30/hr", "Welder"),
        ("Cook 19.25$/h", "Cook"),
        ("URGENT!! Class 1 driver needed - $35/hr", "Class 1 driver"),
        ("Equipier Polyvalent 35H (H/F) 1", "Equipier Polyvalent"),
        # Shifts, terms and calls
        ("Warehouse Worker - Night Shift", "Warehouse Worker"),
        ("Technicien.ne en mécanique industrielle – Quart de nuit", "Technicien en mécanique industrielle"),
        ("Cariste - quart de soir", "Cariste"),
        ("Cariste de nuit", "Cariste"),
        ("Registered Nurse, Full-time", "Registered Nurse"),
        ("Machiniste CNC temps plein permanent", "Machiniste CNC"),
        ("URGENT!!! Welders wanted now", "Welders"),
        ("Cook - contract", "Cook"),
        ("Poste de mécanicien", "mécanicien"),
        ("Alternance Assistant comptable", "Assistant comptable"),
        ("Agent de sécurité (poste permanent)", "Agent de sécurité"),
        # References
        ("Welder #1234", "Welder"),
        ("Welder (Ref. AB-1234)", "Welder"),
        ("Agent d'entretien no 5512", "Agent d'entretien"),
        ("préparateur en pharmacie  (H/F) OE-FW25-038", "préparateur en pharmacie"),
        ("Technicien fibre optique dans le 01 (H/F)", "Technicien fibre optique"),
        # Seniority
        ("Sr. Software Engineer II (Remote)", "Software Engineer"),
        ("Junior estimator", "estimator"),
        ("secretaire (H/F) SENIOR", "secretaire"),
        ("Level 2 support technician", "support technician"),
    ],
)
def test_noise_goes(title: str, words: str) -> None:
    assert title_variants(title)[0] == (words, 1.0)


@pytest.mark.parametrize(
    "title",
    [
        "soudeur / monteur",
        "C++ developer",
        "C# developer",
        "4th Class Power Engineer",
        "3D artist",
        "B-737 pilot",
        "Chargé de projet",
        "mécanicien d'équipement lourd",
        "cook/dishwasher",
        "Vendor relations manager",
        "Contract administrator",
        "Shift supervisor",
        "Night shift supervisor",
        "Night auditor",
        "Day care worker",
        "Permanent make-up artist",
        "School principal",
        "Veilleur de nuit",
        "Chef de poste",
        "Employé de la Poste",
        "technico-commercial",
        "boulanger-pâtissier",
        "Agent d'entretien et de propreté urbaine",
        "Contract",
    ],
)
def test_what_is_no_noise_stays(title: str) -> None:
    assert title_variants(title)[0] == (title, 1.0)


@pytest.mark.parametrize(
    ("title", "language", "words"),
    [
        ("Admin. Assistant", "en", "administrative Assistant"),
        ("System Admin", "en", "System administrator"),
        ("Sales Rep.", "en", "Sales representative"),
        ("marketing co-ordinator", "en", "marketing coordinator"),
        ("Tech. méca", "fr", "technicien mécanique"),
        ("Resp. log.", "fr", "responsable logistique"),
        ("Ass. de direction", "fr", "assistant de direction"),
        ("Chauffeur Frigo", "fr", "Chauffeur frigorifique"),
    ],
)
def test_abbreviations_are_spelt_out(title: str, language: Language, words: str) -> None:
    assert title_variants(title, language)[0] == (words, 1.0)


def test_acronyms_are_spelt_out_beside_themselves() -> None:
    assert title_variants("RN - ICU")[:2] == [("RN - ICU", 1.0), ("registered nurse - ICU", 1.0)]
    assert ("Chauffeur super poids lourd", 1.0) in title_variants("Chauffeur SPL", "fr")
    assert title_variants("IT MANAGER") == [("IT MANAGER", 1.0)], "in capitals, IT may be the word"


def test_engineer_software_is_turned_round() -> None:
    assert title_variants("engineer, software") == [
        ("engineer, software", 1.0), ("software engineer", 1.0), ("engineer", 0.9),
    ]  # fmt: skip
    assert ("line Cook", 1.0) in title_variants("Cook, line")
    assert ("adjointe mécanicienne", 1.0) in title_variants("mécanicienne, adjointe", "fr")


def test_segments_are_trusted_less() -> None:
    assert title_variants("Opérateur(trice) machine de pliage F/H - AGENCE (H/F)", "fr") == [
        ("Opérateur machine de pliage - AGENCE", 1.0), ("Opérateur machine de pliage", 0.9), ("AGENCE", 0.8),
    ]  # fmt: skip
    assert title_variants("chef d'équipe (H/F) - CDI - Lyon 69", "fr")[:2] == [
        ("chef d'équipe - Lyon", 1.0), ("chef d'équipe", 0.9),
    ]  # fmt: skip
    assert ("Serveur en restauration", 0.8) in title_variants("Burger King - Serveur / Serveuse en restauration", "fr")


def test_each_half_of_a_bilingual_title_is_tried() -> None:
    assert title_variants("Welder / Soudeur")[1:] == [("Welder", 0.9), ("Soudeur", 0.9)]


def test_what_may_be_a_place_is_left_out_of_a_variant() -> None:
    assert ("Auxiliaire de vie", 0.9) in title_variants("Auxiliaire de vie h/f à Polliat", "fr")
    assert [words for words, _ in title_variants("Aide à domicile", "fr")] == ["Aide à domicile"]


def test_a_segment_that_is_the_whole_title_is_not_said_twice() -> None:
    assert title_variants("Cariste (H/F) -") == [("Cariste", 1.0)]


def test_a_title_of_nothing_but_noise_stays_as_it_is() -> None:
    assert title_variants("  $25/hr!!! ") == [("$25/hr!!!", 1.0)]
    assert title_variants("") == [("", 1.0)]


def test_seniority_is_kept_apart() -> None:
    assert title_seniority("Sr. Software Engineer II (Remote)") == ["sr", "ii"]
    assert title_seniority("Commercial Terrain Sénior H/F") == ["sénior"]
    assert title_seniority("Cook") == []


@pytest.mark.parametrize(
    ("feminine", "form"),
    [
        ("operatrice", "operateur"), ("vendeuses", "vendeurs"), ("infirmiere", "infirmier"), ("agente", "agent"),
        ("technicienne", "technicien"), ("cheffe", "chef"), ("bouchere", "boucher"), ("sportive", "sportif"),
        ("cariste", "cariste"), ("cook", "cook"),
    ],
)  # fmt: skip
def test_both_genders_become_one_word(feminine: str, form: str) -> None:
    assert masculine(feminine) == form


def test_plain_letters() -> None:
    assert plain("Opératrices d’abattage") == "operateurs d abattage"
    assert plain("MAÇON / MAÇONNE") == plain("maçon/maçonne") == "macon"
    assert plain("C++ developer") == "c++ developer"


def test_a_title_as_nomenclatures_write_it() -> None:
    forms = ["réparatrice d'engins agricoles", "réparateur d'engins agricoles"]
    assert said_in_both_genders(forms) == "Réparateur / réparatrice d'engins agricoles"
    assert one_gender(said_in_both_genders(forms)) == "Réparateur d'engins agricoles"
    assert said_in_both_genders(["luthier"]) == "Luthier"


@given(st.text(max_size=60), st.sampled_from(["en", "fr"]))
def test_any_title_has_a_variant_and_the_most_trusted_comes_first(title: str, language: Language) -> None:
    variants = title_variants(title, language)
    assert 1 <= len(variants) <= MAX_VARIANTS
    assert [trust for _, trust in variants] == sorted((trust for _, trust in variants), reverse=True)
    assert len({words for words, _ in variants}) == len(variants)
    assert title_variants(title, language) == variants


@given(st.text(alphabet="aeé ,()/-.·$0 hHfFou", max_size=200))
def test_hostile_titles_take_no_time(title: str) -> None:
    start = time.process_time()
    title_variants(title * 500)
    plain(title)
    assert time.process_time() - start < 1.0
