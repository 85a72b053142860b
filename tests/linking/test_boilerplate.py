"""Boilerplate: what speaks of the employer or the application is left out, what speaks of the work is not."""

from __future__ import annotations

import csv
from io import TextIOWrapper
from pathlib import Path
from zipfile import ZipFile

import pytest

from pipeline.linking.boilerplate import is_boilerplate
from pipeline.taxonomy import Taxonomy

SKILL_FILES = ("skills.csv", "skills_en.csv")


@pytest.mark.parametrize(
    "text",
    [
        "We offer dental insurance",
        "Nous offrons une assurance dentaire",
        "We thank all applicants for their interest.",
        "Nous remercions tous les candidats de leur intérêt.",
        "We are an equal opportunity employer.",
        "All qualified applicants will receive consideration without regard to race, religion or sex.",
        "Nous souscrivons au principe de l'équité en matière d'emploi.",
        "L’égalité d’accès à l’emploi nous tient à cœur.",
        "Only those selected for an interview will be contacted.",
        "Seules les personnes retenues seront contactées.",
        "Seuls les candidats sélectionnés seront contactés.",
        "Apply now!",
        "Send your resume to jobs@example.com",
        "Faites parvenir votre CV à rh@exemple.ca",
        "Competitive salary, paid vacation and RRSP",
        "Salaire concurrentiel, vacances payées et REER",
        "Accommodations are available on request.",
        "Des mesures d'adaptation sont offertes sur demande.",
    ],
)
def test_boilerplate(text: str):
    assert is_boilerplate(text, "postings")
    assert is_boilerplate(text.upper(), "postings")


@pytest.mark.parametrize(
    "text",
    [
        "Operate forklifts in a warehouse",
        "Conduire un chariot élévateur",
        "Apply safety rules",
        "Appliquer les règles de sécurité",
        "Work with a diverse team",
        "Travailler avec des clientèles variées",
        "Calculate payroll deductions",
        "Assurer l'entretien des véhicules",
        # Words of boilerplate in sentences about the work.
        "Ability to apply lean principles on the shop floor",
        "Learners will be able to apply lockout/tagout procedures",
        "Provide health care to residents",
        "Health care aide",
        "Imprime des étiquettes d'expédition",
        "L'opérateur comprime des ballots",
    ],
)
def test_what_speaks_of_the_work_is_no_boilerplate(text: str):
    assert not is_boilerplate(text, "postings")


def test_what_a_course_offers_is_what_it_teaches():
    """A college's "we offer" introduces the course itself."""
    assert not is_boilerplate("We offer hands-on training in MIG welding and CNC machining", "credentials")


def test_no_label_of_the_starter_is_boilerplate(starter: Taxonomy):
    assert [label for label in starter.labels("skills")["label"].to_pylist() if is_boilerplate(label, "postings")] == []


# Skills whose very words employers use of themselves; as a sentence of its own, each is taken for boilerplate.
SHARED_WORDS = {"promote inclusion", "promote inclusion in organisations", "evaluate benefit plans"}


def test_no_skill_of_esco_is_boilerplate(shared_data: Path):
    with ZipFile(shared_data / "esco" / "esco_v1.1.1_en_csv.zip") as archive:
        (name,) = [name for name in archive.namelist() if name.rpartition("/")[2].lower() in SKILL_FILES]
        with archive.open(name) as stream:
            rows = list(csv.DictReader(TextIOWrapper(stream, "utf-8-sig")))
    labels = [next(value for key, value in row.items() if key.lower() == "preferredlabel") for row in rows]
    assert len(labels) > 13_000
    assert {label for label in labels if is_boilerplate(label, "postings")} - SHARED_WORDS == set()
