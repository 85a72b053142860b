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
        "E-mail ████████████████ with the job number in the subject line.",
        "Pour toute question, joindre █████████████.",
        "Send your resume to jobs@example.com",
        "Faites parvenir votre CV à rh@exemple.ca",
        "Competitive salary, paid vacation and RRSP",
        "Salaire concurrentiel, vacances payées et REER",
        "Accommodations are available on request.",
        "Des mesures d'adaptation sont offertes sur demande.",
        "We do not discriminate.",
        "Persons with disabilities are encouraged to apply.",
        "La société s'engage pour la diversité et l'égalité professionnelle.",
        "Legally able to work in Canada",
        "Wage: $21.50 to $24.00",
        "Taux horaire : 12,35 €",
        "Type de contrat : CDI",
        "13,90 €/heure",
        "Mutuelle, titres restaurant et 13e mois",
        "N'hésitez pas à postuler !",
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
        "Administer the dental plan and answer members",
        "Gérer les adhésions à la mutuelle",
        "Experience in pension plan administration",
        "Expérience en assurance maladie",
        "Promote inclusion in the classroom",
        "Favoriser l'inclusion des élèves",
        "Proposer des mesures d'adaptation aux élèves",
        "Knowledge of employment equity legislation",
        "Remercier les donateurs",
        "Aider les jeunes à postuler à un emploi",
        "Faire parvenir les colis aux clients",
        "Vous transmettez vos connaissances aux apprentis",
        "Vous bénéficiez d'une première expérience en usinage",
        "Confiance mutuelle au sein de l'équipe",
        "Able to apply, interpret and enforce rules",
    ],
)
def test_what_speaks_of_the_work_is_no_boilerplate(text: str):
    assert not is_boilerplate(text, "postings")


def test_what_a_course_offers_is_what_it_teaches():
    """A college's "we offer" introduces the course itself."""
    assert not is_boilerplate("We offer hands-on training in MIG welding and CNC machining", "credentials")


def test_what_stands_late_in_a_paragraph_does_not_damn_all_of_it():
    duties = "Vous entretenez les machines de l'atelier, réglez les presses et contrôlez les pièces. " * 3
    assert not is_boilerplate(duties + "Mutuelle et tickets restaurant.", "postings")
    assert is_boilerplate("Mutuelle et tickets restaurant. " + "Parking sur place. " * 20, "postings")


def test_nothing_that_asks_is_boilerplate():
    """Of the test sample, see `test_relevance.py`: a hard rule must be right about every unit."""
    with (Path(__file__).parents[1] / "data" / "not_a_skill.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["asks"] == "1"]
    assert len(rows) >= 160
    assert [
        row["text"]
        for row in rows
        if is_boilerplate(row["text"], "credentials" if row["kind"] == "outcome" else "postings")
    ] == []


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
