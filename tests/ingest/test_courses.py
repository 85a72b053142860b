"""Courses and programmes in schema.org's words, in JSON-LD and in pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.ingest.courses import read_courses
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Credential, Reason, Rejected, StatedSkill, TextPart

CONTEXT = ReadContext(kind="credentials", source="catalogue")
COURSE = {
    "@context": "https://schema.org",
    "@type": "Course",
    "@id": "https://college.example.org/courses/7",
    "name": "Introduction à la soudure",
    "description": "Un premier contact avec le soudage à l'arc, en atelier.",
    "inLanguage": "fr",
    "provider": {
        "@type": "CollegeOrUniversity",
        "name": "Collège Rive",
        "address": {"addressCountry": "CA", "addressRegion": "QC"},
    },
    "coursePrerequisites": "Avoir 16 ans.",
    "teaches": [
        "Souder deux pièces d'acier doux à plat et en angle",
        {"@type": "DefinedTerm", "name": "soudage", "url": "http://data.europa.eu/esco/skill/1"},
    ],
    "keywords": "acier, atelier",
    "educationalCredentialAwarded": "Microattestation",
    "educationalLevel": "Débutant",
    "offers": [{"price": "450", "priceCurrency": "CAD"}, {"price": 300, "priceCurrency": "CAD"}],
    "hasCourseInstance": {
        "@type": "CourseInstance",
        "courseMode": "onsite",
        "courseSchedule": {"duration": "PT3H", "repeatCount": 8},
    },
}


def read(path: Path, text: str) -> list[Credential | Rejected]:
    path.write_text(text, encoding="utf-8")
    return [record for record in read_courses(path, CONTEXT) if isinstance(record, Credential | Rejected)]


def test_a_course_in_json_and_in_a_page(tmp_path: Path) -> None:
    (record,) = read(tmp_path / "course.jsonld", json.dumps(COURSE))
    assert record == Credential(
        source="catalogue",
        source_id="https://college.example.org/courses/7",
        titles={"fr": "Introduction à la soudure"},
        parts=(
            TextPart("title", "Introduction à la soudure", "fr"),
            TextPart("description", "Un premier contact avec le soudage à l'arc, en atelier.", "fr"),
            TextPart("requirement", "Avoir 16 ans.", "fr"),
            TextPart("outcome", "Souder deux pièces d'acier doux à plat et en angle", "fr"),
        ),
        skills=(
            StatedSkill("soudage", "http://data.europa.eu/esco/skill/1", "fr"),
            StatedSkill("acier", None, "fr"),
            StatedSkill("atelier", None, "fr"),
        ),
        issuer="Collège Rive",
        credential_type="Microattestation",
        hours=24.0,
        hours_stated="PT3H x 8",
        cost=300.0,
        cost_currency="CAD",
        delivery_mode="in_person",
        delivery_stated="onsite",
        prerequisites=("Avoir 16 ans.",),
        level="Débutant",
        country="CA",
        region="CA-QC",
        url="https://college.example.org/courses/7",
    )
    page = f'<html><script type="application/ld+json">{json.dumps({"@graph": [COURSE]})}</script></html>'
    (same,) = read(tmp_path / "page.html", page)
    assert same == record


@pytest.mark.parametrize(
    ("extra", "hours"),
    [
        ({"timeRequired": "PT20H"}, 20),
        ({"hasCourseInstance": {"courseWorkload": "2 hours per week for 6 weeks"}}, 12),
        ({"hasCourseInstance": {"courseWorkload": "5 heures par semaine", "duration": "P10W"}}, 50),
        ({"hasCourseInstance": {"courseWorkload": "PT22H"}}, 22),
        ({"numberOfCredits": {"value": 3, "unitText": "ECTS"}}, 75),
        ({"numberOfCredits": {"value": 3, "unitText": "credits"}}, None),
    ],
)
def test_effort(tmp_path: Path, extra: dict[str, object], hours: float | None) -> None:
    (record,) = read(tmp_path / "c.json", json.dumps({**COURSE, "hasCourseInstance": None, **extra}))
    assert isinstance(record, Credential)
    assert record.hours == hours


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"@type": "Organization", "name": "x"}, Reason.WRONG_TYPE),
        ({"@type": "Course", "name": "Cours de soudure", "description": "Souder en atelier."}, Reason.MISSING_ID),
        ({"@type": "Course", "@id": "urn:1", "description": "Souder en atelier."}, Reason.MISSING_TITLE),
        ({"@type": "Course", "@id": "urn:1", "name": "Cours de soudure en atelier"}, Reason.MISSING_TEXT),
    ],
)
def test_refusals_say_why(tmp_path: Path, content: object, reason: Reason) -> None:
    (record,) = read(tmp_path / "c.json", json.dumps(content))
    assert isinstance(record, Rejected)
    assert record.reason is reason
