"""How a sentence asks for a skill: worked out by reading each of these sentences."""

from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest import Language
from pipeline.linking.levels import (
    LEVELS,
    MOST_YEARS,
    PROFICIENCIES,
    Demand,
    heading_level,
    own_demands,
)

# Language, sentence, and for each skill in it "level/years/proficiency", what is not stated left out.
SENTENCES: list[tuple[Language, str, str]] = [
    ("en", "Welding required; AutoCAD an asset", "Welding: required; AutoCAD: preferred"),
    ("en", "SQL (required), Tableau (an asset)", "SQL: required; Tableau: preferred"),
    (
        "en", "Knowledge of AutoCAD, SolidWorks and Revit is an asset",
        "AutoCAD: preferred; SolidWorks: preferred; Revit: preferred",
    ),
    (
        "en", "Welding, grinding and fitting required, AutoCAD an asset",
        "Welding: required; grinding: required; fitting: required; AutoCAD: preferred",
    ),
    ("en", "Must have Python, SQL and Spark; Scala is a plus", "Python: required; Spark: required; Scala: preferred"),
    ("en", "Must know Python, with Scala being a plus", "Python: required; Scala: preferred"),
    ("en", "Ideally you know Python and SQL", "Python: preferred; SQL: preferred"),
    ("en", "Required: Python, SQL. Preferred: Scala", "Python: required; SQL: required; Scala: preferred"),
    ("en", "Python (required) and SQL", "Python: required; SQL: unstated"),
    ("en", "Python required, SQL preferred", "Python: required; SQL: preferred"),
    ("en", "You must be able to weld and it would be an asset to know AutoCAD.", "weld: required; AutoCAD: preferred"),
    ("en", "Experience with Python preferred but not required", "Python: preferred"),
    ("en", "Python is not required but an asset", "Python: preferred"),
    ("en", "No experience in welding required", "welding: unstated"),
    ("en", "Experience with Excel is not required", "Excel: unstated"),
    ("en", "No experience required, must be able to lift weights", "lift: required; experience: unstated"),
    ("en", "5+ years of Python (required); 2 years Java (nice to have)", "Python: required/5; Java: preferred/2"),
    ("en", "Wear protective equipment as required", "equipment: unstated"),
    ("en", "Complete required paperwork on time", "paperwork: unstated"),
    ("en", "Experience required in welding", "welding: required"),
    ("en", "Required skills: Python and SQL", "Python: required; SQL: required"),
    ("en", "Candidates are required to operate forklifts", "operate: required"),
    ("en", "May be required to operate forklifts", "operate: unstated"),
    ("en", "Maintain the asset register and manage assets", "register: unstated"),
    ("en", "You will be an asset to our team in welding", "welding: unstated"),
    ("en", "AutoCAD, ideally", "AutoCAD: preferred"),
    ("en", "Forklift licence is a must", "Forklift: required"),
    ("en", "Minimum 3 years of welding", "welding: required/3"),
    ("en", "Knowledge of CSA standards would be considered an asset", "CSA: preferred"),
    ("en", "It would be nice to have Python", "Python: preferred"),
    ("en", "Nice to have: Docker, Kubernetes", "Docker: preferred; Kubernetes: preferred"),
    ("en", "Bonus points if you know Rust", "Rust: preferred"),
    ("en", "Annual bonus and Python training", "Python: unstated"),
    ("en", "Asset: AutoCAD", "AutoCAD: preferred"),
    ("en", "AutoCAD - asset", "AutoCAD: preferred"),
    ("en", "You must not weld without a permit", "weld: unstated"),
    ("en", "3+ years of Python", "Python: unstated/3"),
    (
        "en", "3 to 5 years of experience in welding, grinding and fitting",
        "welding: unstated/3; grinding: unstated/3; fitting: unstated/3",
    ),
    ("en", "5 years Python, 2 years SQL", "Python: unstated/5; SQL: unstated/2"),
    ("en", "Python (3+ years), SQL (two years)", "Python: unstated/3; SQL: unstated/2"),
    ("en", "3 years of experience, knowledge of Excel", "Excel: unstated"),
    ("en", "Python: six months, SQL", "Python: unstated/0.5; SQL: unstated"),
    ("en", "6 months of experience in welding", "welding: unstated/0.5"),
    ("en", "You must be 18 years of age to operate forklifts", "operate: required"),
    ("en", "Our company has 25 years of experience in mining", "mining: unstated"),
    ("en", "2-year diploma in welding", "welding: unstated"),
    ("en", "3 years of experience in welding and a valid driver's licence", "welding: unstated/3; driver's: unstated"),
    ("en", "three (3) years of experience using Revit", "Revit: unstated/3"),
    ("en", "advanced Excel", "Excel: unstated//advanced"),
    ("en", "Basic knowledge of Excel and Word", "Excel: unstated//basic; Word: unstated//basic"),
    ("en", "Excel (advanced), Word (basic)", "Excel: unstated//advanced; Word: unstated//basic"),
    ("en", "Excellent communication skills, Excel", "communication: unstated//advanced; Excel: unstated"),
    ("en", "Expert in SQL and intermediate Python", "SQL: unstated//expert; Python: unstated//intermediate"),
    ("en", "French (B2/C1) required", "French: required//intermediate"),
    ("en", "Proficient in Word, Excel and PowerPoint", "Word: unstated//advanced; PowerPoint: unstated//advanced"),
    ("en", "Select the type of welding required", "welding: unstated"),
    ("en", "Order supplies and calculate the quantities of paint required", "paint: unstated"),
    ("en", "Documents required to transport cargo", "cargo: unstated"),
    ("en", "Use welding equipment when it is required", "welding: unstated"),
    ("en", "Children at school age (6 - 12 years), cooking", "cooking: unstated"),
    ("en", "A program of 3 years in welding", "welding: unstated"),
    ("en", "Up to 5 years of experience in welding", "welding: unstated"),
    ("en", "1 year to less than 2 years of experience in welding", "welding: unstated/1"),
    ("en", "2.5 years of experience in welding", "welding: unstated/2.5"),
    ("en", "Provide basic information about welding", "welding: unstated"),
    ("en", "Basic security clearance, welding", "welding: unstated"),
    ("en", "Advanced manufacturing is taught here", "Advanced manufacturing: unstated"),
    ("en", "Knowledge of AutoCAD is not an asset", "AutoCAD: unstated"),
    ("en", "No previous welding experience is necessary", "welding: unstated"),
    ("en", "Driver’s licence mandatory, forklift licence preferred", "Driver: required; forklift: preferred"),
    ("en", "Mandatory: first aid", "first aid: required"),
    ("en", "Fluent in French and English", "French: unstated//advanced; English: unstated//advanced"),
    ("en", "Excellent knowledge of AutoCAD an asset", "AutoCAD: preferred//advanced"),
    ("fr", "Soudage exigé; AutoCAD un atout", "Soudage: required; AutoCAD: preferred"),
    ("fr", "La maîtrise de l'anglais serait un plus", "anglais: preferred//advanced"),
    ("fr", "Connaissance d’AutoCAD (un atout)", "AutoCAD: preferred"),
    ("fr", "Permis de conduire obligatoire, anglais souhaité", "conduire: required; anglais: preferred"),
    ("fr", "Vous devez maîtriser Excel et connaître SAP", "Excel: required//advanced; SAP: required"),
    ("fr", "Idéalement, vous connaissez SAP", "SAP: preferred"),
    ("fr", "Aucune expérience en soudage requise", "soudage: unstated"),
    ("fr", "Expérience en soudage non requise", "soudage: unstated"),
    ("fr", "La programmation CN n'est pas indispensable", "programmation: unstated"),
    ("fr", "3 à 5 ans en soudage", "soudage: unstated/3"),
    ("fr", "Minimum de 2 ans d'expérience en conduite de chariot", "conduite: required/2"),
    ("fr", "Notions de soudage, maîtrise de l'anglais", "soudage: unstated//basic; anglais: unstated//advanced"),
    ("fr", "Une première expérience en vente est appréciée", "vente: preferred"),
    ("fr", "L'entreprise souhaite recruter un soudeur", "soudeur: unstated"),
    ("fr", "Vous avez plus de 3 ans d'expérience en usinage", "usinage: unstated/3"),
    ("fr", "Nos atouts : formation, soudage", "soudage: unstated"),
    ("fr", "Atout : AutoCAD", "AutoCAD: preferred"),
    ("fr", "Anglais niveau B1 constitue un atout", "Anglais: preferred//intermediate"),
    ("fr", "Connaissances de base en électricité", "électricité: unstated//basic"),
    ("fr", "Contrat de 2 ans en soudage", "soudage: unstated"),
    ("fr", "Bonne connaissance d'Excel indispensable", "Excel: required//intermediate"),
    (
        "fr", "Le candidat doit savoir souder et, de préférence, connaître AutoCAD",
        "souder: required; AutoCAD: preferred",
    ),
    ("fr", "Soudage (3 ans), usinage", "Soudage: unstated/3; usinage: unstated"),
    ("fr", "Connaissance du français souhaitée mais non obligatoire", "français: preferred"),
    (
        "fr", "Bonne connaissance d’Excel (un plus), soudage (obligatoire)",
        "Excel: preferred//intermediate; soudage: required",
    ),
    ("fr", "Pas de connaissance particulière du soudage requise", "soudage: unstated"),
    ("fr", "Contrôler les pièces pour obtenir la peinture souhaitée", "peinture: unstated"),
    ("fr", "Intervenir en maintenance lorsque cela est nécessaire", "maintenance: unstated"),
    ("fr", "Excel avancé et anglais niveau C1", "Excel: unstated//advanced; anglais: unstated//advanced"),
    ("fr", "Deux ans d'expérience en soudage exigés", "soudage: required/2"),
    ("fr", "Expérience de 6 mois à 2 ans en usinage", "usinage: unstated/0.5"),
    ("fr", "Le soudage est un atout; l'usinage est requis", "soudage: preferred; usinage: required"),
    ("fr", "Vous ne devez pas souder sans permis", "souder: unstated"),
]  # fmt: skip
SKILLS = [
    pytest.param(language, text, *skill.split(": "), id=f"{text} [{skill}]")
    for language, text, skills in SENTENCES
    for skill in skills.split("; ")
]


def asked(text: str, heading: str, language: Language, start: int, end: int) -> Demand:
    """What a unit and its heading ask together, put together as evidence does: the unit's own words count first."""
    own = own_demands(text, language, [(start, end)])[0]
    return Demand(own.level or heading_level(heading, language) or "unstated", own.years, own.proficiency)


def demand(text: str, skill: str, language: Language = "en", heading: str = "") -> Demand:
    """What a sentence asks of a skill that is named in it."""
    start = text.index(skill)
    return asked(text, heading, language, start, start + len(skill))


def written(found: Demand) -> str:
    """A demand as the table above writes it."""
    years = "" if found.years is None else f"{found.years:g}"
    return f"{found.level}/{years}/{found.proficiency or ''}".rstrip("/")


@pytest.mark.parametrize(("language", "text", "skill", "expected"), SKILLS)
def test_each_skill_gets_its_own(language: Language, text: str, skill: str, expected: str) -> None:
    assert written(demand(text, skill, language)) == expected


@pytest.mark.parametrize(("language", "text", "skill", "expected"), SKILLS)
def test_capitals_change_nothing(language: Language, text: str, skill: str, expected: str) -> None:
    start = text.index(skill)
    assert written(asked(text.upper(), "", language, start, start + len(skill))) == expected


# --- A skill that is the whole sentence -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You must be able to read welding symbols and drawings", "required"),
        ("Reading of drawings would be an asset", "preferred"),
        ("Welding is required and AutoCAD is an asset", "unstated"),  # which of the two is meant is not known
        ("Experience with boats preferred but not required", "preferred"),
        ("No experience required", "unstated"),
        ("Reading drawings", None),
        ("5 years of Python, 2 years of SQL", None),
        ("3 years of experience in reading drawings", "None/3"),
        ("Basic Electricity", "None//basic"),
        ("Advanced knowledge of drawings", "None//advanced"),
        ("Provides basic services", None),
    ],
)
def test_of_a_whole_sentence_only_what_it_says_throughout_counts(text: str, expected: str | None) -> None:
    assert written(own_demands(text, "en", [(0, len(text))])[0]) == (expected or "None")


# --- Headings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "level"),
    [
        ("Nice to have", "preferred"), ("NICE-TO-HAVES", "preferred"), ("Assets", "preferred"), ("Atouts", "preferred"),
        ("Preferred qualifications", "preferred"), ("Preferred requirements", "preferred"), ("Les plus", "preferred"),
        ("Compétences souhaitées", "preferred"), ("Knowledge of these is an asset", "preferred"),
        ("Requirements", "required"), ("Exigences du poste", "required"), ("Must have", "required"),
        ("Minimum qualifications", "required"), ("Compétences requises", "required"), ("Prérequis", "required"),
        ("What you’ll need", "required"), ("You must be familiar with", "required"), ("Obligatoire", "required"),
        ("Requirements and assets", None), ("Exigences et atouts", None), ("Required / preferred", None),
        ("No experience required", None), ("Qualifications", None), ("Profil recherché", None), ("Nos atouts", None),
        ("Asset management", None), ("Essential duties", None), ("Avantages", None), ("Experience an asset", None),
        ("", None),
    ],
)  # fmt: skip
def test_headings(heading: str, level: str | None) -> None:
    assert heading_level(heading, "fr" if heading != heading.encode("ascii", "ignore").decode() else "en") == level


def test_the_heading_says_what_the_sentence_leaves_open() -> None:
    assert demand("AutoCAD and Excel", "Excel", heading="Nice to have").level == "preferred"
    assert demand("Soudage", "Soudage", "fr", "Exigences").level == "required"
    assert demand("AutoCAD", "AutoCAD", heading="Tools").level == "unstated"


def test_the_sentence_comes_before_the_heading() -> None:
    assert demand("AutoCAD (an asset), welding", "AutoCAD", heading="Requirements").level == "preferred"
    assert demand("AutoCAD (an asset), welding", "welding", heading="Requirements").level == "required"
    assert demand("No welding experience required", "welding", heading="Requirements").level == "unstated"


# --- Whatever the text ----------------------------------------------------------------------------------------------

PIECES = [
    "required", "not", "no", "an asset", "3 years", "3 to 5 years of", "(", ")", ",", ";", ". ", "and", "must", "basic",
    "experience", "pas de", "d'", "requis", "un atout", "souhaité", "3 à 5 ans en", "avancé", "B2/C1", "English",
    "strong knowledge of", "welding", "İ", "ß", "é", "\u0301", "日本", "\x00", "\n", ":", "-", "1", "+", "$",
]  # fmt: skip
TEXTS = st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from(["en", "fr"]), st.lists(st.tuples(st.integers(0, 250), st.integers(0, 250)), max_size=4))
def test_any_text_gives_what_the_contract_allows(text: str, language: Language, spans: list[tuple[int, int]]) -> None:
    places = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in spans] + [(0, len(text))]
    found = own_demands(text, language, places)
    assert len(found) == len(places)
    for each in found:
        assert each.level is None or each.level in LEVELS
        assert each.proficiency is None or each.proficiency in PROFICIENCIES
        assert each.years is None or 0 < each.years <= MOST_YEARS
    assert [own_demands(text, language, [place])[0] for place in places] == found, "each skill is read on its own"
    assert heading_level(text, language) in (None, "required", "preferred")


def test_time_grows_with_the_length_of_the_text_only() -> None:
    pieces = [f"{one} {other} " for one, other in product(PIECES[:16], ["", "(", "x", "3 years"])]
    took = {}
    for length in (2_000, 16_000):
        start = time.process_time()
        for piece in pieces:
            text = (piece * length)[:length]
            own_demands(text, "en", [(0, 5), (length // 2, length // 2 + 5), (0, length)])
        took[length] = time.process_time() - start
    assert took[16_000] < 32 * took[2_000], "eight times as long: 64 times the time would be its square"
