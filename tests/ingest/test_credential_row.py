"""Rows of course catalogues as credentials: two languages in a row, hours and costs in words, what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.credential_row import credential_from_row
from pipeline.ingest.mapping import Mapping, canonical_mapping
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Credential, Reason, Rejected, StatedSkill, TextPart
from pipeline.ingest.rows import Row
from pipeline.ingest.tabular import read_rows

CONTEXT = ReadContext(kind="credentials", source="elsewhere")
CANONICAL = canonical_mapping("credentials", "catalogue")
CATALOGUE = Mapping.model_validate(
    {
        "source": {"name": "college", "kind": "credentials", "date_order": "DMY", "null_values": ["-"]},
        "fields": {
            "source_id": "code",
            "title_fr": "titre",
            "title_en": "title",
            "issuer": "etab",
            "weeks": "semaines",
            "effort": "rythme",
            "cost": "droits",
            "delivery_mode": "mode",
            "region": "province",
            "valid_from": "debut",
            "stackable_into": "vers",
            "skills": "competences",
            "language": "langue",
        },
        "parts": {"description": ["desc"], "outcome_fr": ["acquis"], "outcome_en": ["outcomes"]},
        "constants": {"country": "CA", "cost_currency": "CAD"},
        "lists": {"skills": ",", "stackable_into": "|"},
    }
)


def made(values: dict[str, object], mapping: Mapping = CATALOGUE) -> Credential | Rejected:
    return credential_from_row(Row(values, mapping, "catalogue.csv", "2"), mapping, CONTEXT)


def accepted(values: dict[str, object], mapping: Mapping = CATALOGUE) -> Credential:
    record = made(values, mapping)
    assert isinstance(record, Credential), record
    return record


def test_one_row_in_two_languages() -> None:
    row: dict[str, object] = {
        "code": "LOG-1",
        "titre": "Cariste",
        "title": "Lift truck operator",
        "etab": "Collège Rive",
        "desc": "Deux jours, deux appareils, une carte reconnue par les employeurs de la région.",
        "acquis": "Conduire un chariot.",
        "outcomes": "Drive a lift truck.",
        "semaines": "7",
        "rythme": "de 4 à 6 heures par semaine",
        "droits": "1 150,50 $",
        "mode": "en présentiel",
        "province": "Québec",
        "debut": "03/09/2025",
        "vers": "RL-CERT|RL-DIP|LOG-1",
        "competences": "chariot élévateur, http://data.europa.eu/esco/skill/1",
    }
    assert accepted(row) == Credential(
        source="college",
        source_id="LOG-1",
        titles={"en": "Lift truck operator", "fr": "Cariste"},
        parts=(
            TextPart("title", "Lift truck operator", "en"),
            TextPart("title", "Cariste", "fr"),
            TextPart(
                "description",
                "Deux jours, deux appareils, une carte reconnue par les employeurs de la région.",
                "fr",
            ),
            TextPart("outcome", "Conduire un chariot.", "fr"),
            TextPart("outcome", "Drive a lift truck.", "en"),
        ),
        skills=(
            StatedSkill("chariot élévateur", None, "fr"),
            StatedSkill("http://data.europa.eu/esco/skill/1", "http://data.europa.eu/esco/skill/1", "fr"),
        ),
        issuer="Collège Rive",
        hours=35.0,
        hours_stated="7 weeks; de 4 à 6 heures par semaine",
        cost=1150.5,
        cost_currency="CAD",
        delivery_mode="in_person",
        delivery_stated="en présentiel",
        stackable_into=("RL-CERT", "RL-DIP"),
        country="CA",
        region="CA-QC",
        valid_from=date(2025, 9, 3),
    )


@pytest.mark.parametrize(
    ("droits", "cost", "currency"),
    [
        ("FREE-Add a Verified Certificate for $49 USD", 49, "USD"),
        ("Gratuit", 0, "CAD"),
        ("Free", 0, "CAD"),
        ("Free of charge", 0, "CAD"),
        ("free for everyone", 0, "CAD"),
        ("Gratuit pour tous", 0, "CAD"),
        ("Gratuit (5 jours)", 0, "CAD"),
        # free on a condition: what it costs otherwise is not said
        ("free for members", None, None),
        ("Free of charge for residents of Ontario", None, None),
        ("Free trial", None, None),
        ("7-day free trial", None, None),
        ("gratuit pour les membres", None, None),
        ("Gratuit pour les résidents", None, None),
        ("Gratuit (résidents)", None, None),
        ("Essai gratuit de 14 jours", None, None),
        ("Free for all members", None, None),
        ("$200 (free for members)", 200, "CAD"),
        ("1,200.00 $", 1200, "CAD"),
        ("250 €", 250, "EUR"),
        (395, 395, "CAD"),
        ("on request", None, None),
        ("-", None, None),
    ],
)
def test_costs(droits: object, cost: float | None, currency: str | None) -> None:
    found = accepted({"code": "1", "titre": "Soudure", "acquis": "Souder à l'arc.", "droits": droits})
    assert (found.cost, found.cost_currency) == (cost, currency)


def test_canonical_columns_need_no_mapping() -> None:
    row = {
        "source_id": "BE-101",
        "title_fr": "Ronde de sécurité",
        "outcome_fr": ["Faire la ronde", "Remplir le rapport"],
        "hours": 35,
        "duration": "5 jours",
        "valid_until": "2027-08-31",
    }
    found = accepted(row, CANONICAL)
    assert found.source == "catalogue"
    assert found.parts[1] == TextPart("outcome", "Faire la ronde\nRemplir le rapport", "fr")
    assert (found.hours, found.hours_stated) == (35, "35; 5 jours")
    assert found.valid_until == date(2027, 8, 31)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"titre": "Soudure", "acquis": "Souder."}, Reason.MISSING_ID),
        ({"code": "1", "acquis": "Souder."}, Reason.MISSING_TITLE),
        ({"code": "1", "titre": "Soudure"}, Reason.MISSING_TEXT),
        (
            {"code": "1", "title": "Contabilidad", "langue": "Spanish", "desc": "Curso de contabilidad básica."},
            Reason.UNSUPPORTED_LANGUAGE,
        ),
        (
            {"code": "1", "title": "Accounting", "desc": "在这门课程中您将学习会计的基本原理和实践方法"},
            Reason.UNSUPPORTED_LANGUAGE,
        ),
    ],
)
def test_refusals_keep_the_row(values: dict[str, object], reason: Reason) -> None:
    record = made(values)
    assert isinstance(record, Rejected)
    assert record.reason is reason
    assert (record.source, record.file, record.position) == ("college", "catalogue.csv", "2")
    assert all(str(value) in record.raw for value in values.values())


def test_the_course_catalogue(shared_data: Path) -> None:
    mapping = Mapping.model_validate(
        {
            "source": {"name": "edx-courses", "kind": "credentials"},
            "fields": {
                "source_id": "course_url", "title": "title", "issuer": "institution", "weeks": "course_length",
                "effort": "course_effort", "cost": "price", "language": "language", "skills": "skills",
            },
            "parts": {"description": ["summary", "course_description"], "outcome": ["course_syllabus"]},
            "lists": {"skills": ","},
        }
    )  # fmt: skip
    rows = read_rows(shared_data / "credentials" / "edx_courses.csv", mapping, CONTEXT)
    records = [credential_from_row(row, mapping, CONTEXT) if isinstance(row, Row) else row for row in rows]
    found = {record.source_id: record for record in records if isinstance(record, Credential)}
    refusals = [record.reason for record in records if isinstance(record, Rejected)]
    assert len(records) == 975
    assert len(found) > 700
    assert set(refusals) == {Reason.UNSUPPORTED_LANGUAGE, Reason.MISSING_TEXT}
    python = found["https://www.edx.org/course/programming-for-everybody-getting-started-with-pyt"]
    assert (python.hours, python.hours_stated) == (21, "7 Weeks; 2–4 hours per week")
    assert (python.cost, python.cost_currency) == (49, "USD")
    assert python.skills[0] == StatedSkill("Python (Programming Language)", None, "en")


CELLS = st.one_of(
    st.none(), st.text(max_size=40), st.integers(), st.floats(), st.booleans(), st.lists(st.text(max_size=9))
)


@given(st.dictionaries(st.sampled_from(sorted(CANONICAL.fields) + sorted(CANONICAL.parts)), CELLS, max_size=12))
def test_any_row_is_survived(values: dict[str, object]) -> None:
    record = made(values, CANONICAL)
    assert isinstance(record, Credential | Rejected)
    if isinstance(record, Credential):
        assert record.titles
        assert record.hours is None or record.hours > 0
        assert record.cost is None or record.cost >= 0
