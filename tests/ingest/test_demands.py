"""Education and experience that postings ask for at least, in both languages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.demands import demands_in_prose, parse_education, parse_experience


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("No degree, certificate or diploma", "none"),
        ("Aucune formation scolaire", "none"),
        ("Sans diplôme", "none"),
        ("Secondary (high) school graduation certificate", "secondary"),
        ("High school diploma or GED", "secondary"),
        ("Grade 12", "secondary"),
        ("Diplôme d'études secondaires (DES)", "secondary"),
        ("DES ou DEP", "secondary"),
        ("5e secondaire", "secondary"),
        ("Other trades certificate or diploma", "trade"),
        ("Registered Apprenticeship certificate", "trade"),
        ("Red Seal journeyperson", "trade"),
        ("Sceau rouge", "trade"),
        ("DEP en soudage-montage", "trade"),
        ("CAP, BEP et équivalents", "trade"),
        ("Some college/CEGEP/vocational or technical training", "trade"),
        ("College/CEGEP", "college"),
        ("College/CEGEP\nor equivalent experience", "college"),
        (
            "College, CEGEP or other non-university certificate or diploma from a program of 1 year to 2 years",
            "college",
        ),
        ("DEC ou AEC en informatique", "college"),
        ("Diplôme d'études collégiales", "college"),
        ("Bac+2 ou équivalents", "college"),
        ("BTS", "college"),
        ("Certificat universitaire inférieur au baccalauréat", "college"),
        ("Bachelor's degree", "bachelor"),
        ("University degree", "bachelor"),
        ("Baccalauréat en génie mécanique", "bachelor"),
        ("Bac+3, Bac+4 ou équivalents", "bachelor"),
        ("Degree in a related field", "bachelor"),
        ("Bachelor's or Master's degree", "bachelor"),
        ("Bachelor's degree required, Master's preferred", "bachelor"),
        ("Master's degree", "master"),
        ("Maîtrise en santé publique", "master"),
        ("Bac+5 et plus ou équivalents", "master"),
        ("Ph.D. in chemistry", "doctorate"),
        ("Doctorat", "doctorate"),
        ("Degree in medicine, dentistry, veterinary medicine or optometry", "doctorate"),
        ("High school diploma and a trade certificate", "trade"),  # both are asked
        ("bachelor", "bachelor"),
        ("none", "none"),
        ("Not specified", None),
        ("Connaissance des outils et des machines", None),
        ("", None),
    ],
)
def test_education(text: str, level: str | None) -> None:
    assert parse_education(text) == level


def test_a_baccalaureate_depends_on_the_country() -> None:
    assert parse_education("Baccalauréat", "CA") == "bachelor"
    assert parse_education("Baccalauréat", "FR") == "secondary"
    assert parse_education("Bac ou équivalent", "FR") == "secondary"
    assert parse_education("Bac en administration") == "bachelor"


@pytest.mark.parametrize(
    ("value", "months"),
    [
        ("1 year to less than 2 years", 12),
        ("7 months to less than 1 year", 7),
        ("1 to less than 7 months", 1),
        ("5 years or more", 60),
        ("3-5 years", 36),
        ("2+ years", 24),
        ("at least two (2) years", 24),
        ("Minimum of 3 years' experience as a welder", 36),
        ("Five years", 60),
        ("18 months", 18),
        ("less than 1 year", 0),
        ("5 years in welding and 2 years in supervision", 60),
        ("2 years with a diploma or 5 years without", 24),
        ("2 years required, 5 years preferred", 24),
        ("3 years of experience; bilingualism an asset", 36),
        ("Expérience exigée de 2 An(s)", 24),
        ("2 An(s)", 24),
        ("12 Mois", 12),
        ("10 An(s) - dans le domaine du secretariat ", 120),
        ("Expérience exigée de 4 An(s) (+ 4 ans, confirmé)", 48),
        ("6 mois à 1 an", 6),
        ("de 3 à 5 ans", 36),
        ("un an et demi", 18),
        ("Deux années d'expérience", 24),
        ("moins d'un an", 0),
        ("No experience", 0),
        ("Will train", 0),
        ("Experience an asset", 0),
        ("Entry-level", 0),
        ("Débutant accepté", 0),
        ("Débutant accepté - expérience ou CAP ", 0),
        ("Débutant(e) accepté", 0),
        ("Aucune expérience requise", 0),
        ("Expérience souhaitée", 0),
        ("Expérience souhaitée de 1 An(s)", 0),
        ("P2Y", 24),
        ("P1Y6M", 18),
        (18, 18),
        (7.9, 7),
        ("Expérience exigée", None),  # how much is not said
        ("in 2022 and 2023", None),
        ("2022 years", None),
        ("999 years", None),
        ("24", None),
        ("", None),
        (-1, None),
        (True, None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_experience(value: object, months: int | None) -> None:
    assert parse_experience(value) == months


@pytest.mark.parametrize(
    ("text", "months"),
    [
        # ages at which one may work
        ("Must be at least 18 years of age with 1 year of forklift experience.", 12),
        ("Must be 19 years of age. 6 months experience.", 6),
        ("Must be 18 years of age - 6 months experience", 6),
        ("Must be 18 years or older, 2 years of experience", 24),
        ("Must be at least 18 years, with a minimum of 6 months of experience", 6),
        ("Must be at least 18 years old", None),
        ("18 years and over; 6 months of experience", 6),
        ("Vous avez 18 ans et plus et possédez une expérience de 6 mois.", 6),
        ("18 ans et plus, 6 mois d'expérience", 6),
        ("Avoir 18 ans et 2 ans d'expérience", 24),
        ("Avoir 18 ans révolus; 1 an d'expérience", 12),
        ("Âge minimum : 18 ans. 1 an d'expérience", 12),
        ("Être âgé d'au moins 21 ans et avoir 3 ans d'expérience", 36),
        # ages of those whom one works with
        ("Experience working with children aged 5 to 12 years", None),
        ("2 years of experience with children aged 5 to 12 years", 24),
        ("Experience with 3-year-olds", None),
        ("experience with children under 5 years", None),
        ("School age (6 - 12 years)", None),
        ("Expérience auprès d'enfants de 5 à 12 ans", None),
        ("1 an d'expérience auprès d'enfants âgés de 5 ans à 12 ans", 12),
        ("Expérience avec des enfants de moins de 5 ans", None),
        # what the employer has itself
        ("We have over 30 years of experience in the field.", None),
        ("Our team has 40 years of combined experience. 2 years of experience required.", 24),
        ("With over 30 years of experience, we are a leader. 2 years of experience required.", 24),
        ("Founded 30 years ago, our clinic asks for 2 years of experience", 24),
        ("Notre entreprise a plus de 30 ans d'expérience", None),
        ("Nous avons plus de 25 ans d'expérience. Vous avez 2 ans d'expérience.", 24),
        ("Forte de 30 ans d'expérience, notre entreprise cherche un soudeur avec 2 ans d'expérience", 24),
    ],
)
def test_ages_and_the_employers_own_years_are_no_experience_asked(text: str, months: int | None) -> None:
    assert parse_experience(text) == months


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("Must have 18 months of experience", 18),
        ("Must have 18 years of experience", 216),
        ("18 years' experience", 216),
        ("15 years or more", 180),
        ("Experience must be at least 5 years", 60),
        ("Experience with children (2 years)", 24),
        ("We require 5 years of experience", 60),
        ("We are looking for someone with 5 years of experience", 60),
        ("Our company requires 3 years of experience", 36),
        ("Our ideal candidate has over 5 years of experience", 60),
        ("Join our team with 3 years of experience", 36),
        ("With 5 years of experience, you will lead a team", 60),
        ("2 years of experience, we are hiring", 24),
        ("Avoir 18 ans et plus d'expérience", 216),
        ("Vous avez 5 ans d'expérience", 60),
        ("16 ans et plus d'expérience", 192),
        ("Expérience auprès des enfants de 2 ans minimum", 24),
        ("Nous exigeons 5 ans d'expérience", 60),
        ("Nous cherchons une personne ayant 5 ans d'expérience", 60),
        ("Notre candidat idéal a 5 ans d'expérience", 60),
        ("Notre entreprise exige 3 ans d'expérience", 36),
        ("Fort d'une expérience de 5 ans, vous dirigez une équipe", 60),
    ],
)
def test_years_that_look_like_ages_or_the_employers_and_are_asked(text: str, months: int) -> None:
    assert parse_experience(text) == months


def test_demands_are_read_out_of_prose_where_there_are_no_fields() -> None:
    text = (
        "- 5+ years of experience building customer-facing products.\n"
        "- Bachelor's degree in computer science, or a college diploma.\n"
        "- 10 years of experience with COBOL is an asset.\n"
        "- Master's degree preferred.\n"
        "- You work with master data and trade partners.\n"
    )
    assert demands_in_prose(text) == ("college", 60)
    french = "Détenir un DEP en mécanique industrielle. Posséder 2 années d'expérience. Maîtrise du français."
    assert demands_in_prose(french, "CA") == ("trade", 24)
    assert demands_in_prose("Team spirit. Founded 20 years ago.") == (None, None)
    assert demands_in_prose("") == (None, None)


def test_ages_in_prose_are_no_experience() -> None:
    english = "Must be at least 18 years of age with 1 year of forklift experience.\nWe have 30 years of experience."
    assert demands_in_prose(english) == (None, 12)
    french = (
        "Vous avez 18 ans et plus et possédez une expérience de 6 mois. Notre entreprise a plus de 30 ans d'expérience."
    )
    assert demands_in_prose(french) == (None, 6)
    assert demands_in_prose("Experience working with children aged 5 to 12 years.") == (None, None)


@settings(deadline=None)
@given(st.text(max_size=120), st.sampled_from([None, "CA", "FR"]))
def test_nothing_raises(text: str, country: str | None) -> None:
    parse_education(text, country)
    months = parse_experience(text)
    assert months is None or 0 <= months <= 600
    demands_in_prose(text, country)


@pytest.mark.parametrize(
    "piece",
    ["1 ", "18 ans et ", "must be at least ", "we have over ", "our company ", "aged of from ", "of experience "],
)
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    text = piece * 20_000
    start = time.process_time()
    parse_experience(text)
    demands_in_prose(text + " experience")
    assert time.process_time() - start < 2
