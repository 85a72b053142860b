"""Education and experience that postings ask for at least, in both languages."""

from __future__ import annotations

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


@settings(deadline=None)
@given(st.text(max_size=120), st.sampled_from([None, "CA", "FR"]))
def test_nothing_raises(text: str, country: str | None) -> None:
    parse_education(text, country)
    months = parse_experience(text)
    assert months is None or 0 <= months <= 600
    demands_in_prose(text, country)
