"""European Learning Model: a credential's achievement in two languages, its parts, and learning opportunities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.ingest.elm import read_elm
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Credential, Reason, Rejected, StatedSkill, TextPart

CONTEXT = ReadContext(kind="credentials", source="europass")
ESCO = "http://data.europa.eu/esco/skill/5fd5c985-eaaa-47aa-8314-62359c54505a"
ECTS = {"id": "http://data.europa.eu/snb/education-credit/6fcec5c5af", "prefLabel": {"en": "ECTS"}}


def concept(identifier: str, label: str) -> dict[str, object]:
    return {"id": identifier, "type": "Concept", "prefLabel": {"en": label}}


QUALIFICATION = {
    "id": "urn:epass:qualification:1",
    "type": "Qualification",
    "title": {"en": "Digital Content", "fr": "Contenus numériques"},
    "learningOutcome": [
        {
            "title": {"en": "Produce digital content", "es": "Producir contenidos"},
            "relatedESCOSkill": {"id": ESCO, "prefLabel": {"de": "Digitale Inhalte entwickeln"}},
            "relatedSkill": [concept("http://data.europa.eu/snb/dcf/u69o196gu6", "Developing digital content")],
        }
    ],
    "entryRequirement": {"noteLiteral": {"en": "An account."}},
    "creditPoint": {"framework": ECTS, "point": "2"},
    "eqfLevel": concept("http://data.europa.eu/snb/eqf/6", "Level 6"),
    "mode": [concept("http://data.europa.eu/snb/learning-assessment/920fbb3cbe", "Online")],
    "dcType": concept("http://data.europa.eu/snb/learning-opportunity/74a4a268e8", "Short learning programme"),
}
ACHIEVEMENT = {
    "id": "urn:epass:learningAchievement:1",
    "type": "LearningAchievement",
    "title": {"en": "Digital Content"},
    "description": {"fr": "Un cours court sur la production de contenus numériques."},
    "awardedBy": {
        "awardingBody": {
            "legalName": {"en": "University of Zed"},
            "location": {
                "address": {
                    "countryCode": concept("http://publications.europa.eu/resource/authority/country/IRL", "Ireland")
                }
            },
        }
    },
    "provenBy": {
        "type": "LearningAssessment",
        "title": {"en": "Portfolio"},
        "grade": {"noteLiteral": {"en": "Pass with distinction"}},
        "specifiedBy": {"gradingScheme": {"description": {"en": "Passed when the portfolio is complete."}}},
    },
    "specifiedBy": QUALIFICATION,
}
CREDENTIAL = {
    "id": "urn:credential:3ef0ac26",
    "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
    "displayParameter": {"title": {"en": "Micro-Credential"}},
    "credentialSubject": {
        "type": "Person",
        "fullName": {"en": "Ana Andromeda"},
        "contactPoint": {"emailAddress": {"id": "mailto:ana@mail.example.org"}},
        "hasClaim": ACHIEVEMENT,
    },
}


def read(folder: Path, content: object, name: str = "credential.jsonld") -> list[Credential | Rejected]:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return [record for record in read_elm(path, CONTEXT) if isinstance(record, Credential | Rejected)]


def one(records: list[Credential | Rejected]) -> Credential:
    (record,) = records
    assert isinstance(record, Credential), record
    return record


def test_the_achievement_of_a_credential(tmp_path: Path) -> None:
    found = one(read(tmp_path, CREDENTIAL))
    assert found.source_id.startswith("urn:sha256:")
    assert found == Credential(
        source="europass",
        source_id=found.source_id,
        titles={"en": "Digital Content", "fr": "Contenus numériques"},
        parts=(
            TextPart("title", "Digital Content", "en"),
            TextPart("title", "Contenus numériques", "fr"),
            TextPart("requirement", "An account.", "en"),
            TextPart("outcome", "Produce digital content", "en"),
            TextPart("description", "Un cours court sur la production de contenus numériques.", "fr"),
            TextPart("assessment", "Passed when the portfolio is complete.", "en"),
        ),
        skills=(
            StatedSkill(ESCO, ESCO, "en"),  # its label is German; its URI says the same
            StatedSkill("Developing digital content", "http://data.europa.eu/snb/dcf/u69o196gu6", "en"),
        ),
        issuer="University of Zed",
        credential_type="Micro-Credential (Short learning programme)",
        hours=50.0,  # 2 ECTS credits of 25 h
        hours_stated="2 credits (ECTS)",
        delivery_mode="online",
        delivery_stated="Online",
        assessment="Portfolio",
        prerequisites=("An account.",),
        level="EQF Level 6",
        country="IE",
    )


def test_the_volume_of_learning_counts_before_credits(tmp_path: Path) -> None:
    claim = {**ACHIEVEMENT, "specifiedBy": {**QUALIFICATION, "volumeOfLearning": "PT60H"}}
    found = one(read(tmp_path, {**CREDENTIAL, "credentialSubject": {"hasClaim": [claim]}}))
    assert (found.hours, found.hours_stated) == (60, "PT60H; 2 credits (ECTS)")


def test_the_same_achievement_has_the_same_id_whoever_earned_it(tmp_path: Path) -> None:
    other = {**CREDENTIAL, "id": "urn:credential:other", "credentialSubject": {"hasClaim": ACHIEVEMENT}}
    assert one(read(tmp_path, CREDENTIAL)) == one(read(tmp_path, other))


def test_the_person_stays_out(tmp_path: Path) -> None:
    praised = {**ACHIEVEMENT, "description": {"en": "Ana Andromeda did outstanding work in this course."}}
    untitled = {**ACHIEVEMENT, "title": None, "specifiedBy": {"type": "Qualification"}}
    for claim in (ACHIEVEMENT, praised, untitled):
        subject = {**CREDENTIAL["credentialSubject"], "hasClaim": claim}  # type: ignore[dict-item]
        (record,) = read(tmp_path, {**CREDENTIAL, "credentialSubject": subject})
        said = repr(record).casefold()
        assert "fullname" not in said
        assert "ana@" not in said
        assert "distinction" not in said
        if isinstance(record, Credential):
            assert "andromeda" not in said


def test_parts_count_towards_the_whole(tmp_path: Path) -> None:
    module = {
        "type": "LearningAchievement",
        "title": {"en": "Video editing"},
        "description": {"en": "Cut and publish short films."},
        "specifiedBy": {
            "id": "https://zed.example.org/modules/7",
            "type": "Qualification",
            "title": {"en": "Video editing"},
        },
    }
    subject = {"hasClaim": {**ACHIEVEMENT, "hasPart": [module, module]}}
    whole, part = read(tmp_path, {**CREDENTIAL, "credentialSubject": subject})
    assert isinstance(whole, Credential)
    assert isinstance(part, Credential)
    assert part.source_id == "https://zed.example.org/modules/7"
    assert part.stackable_into == (whole.source_id,)


def test_an_activity_counts_where_no_achievement_is_claimed(tmp_path: Path) -> None:
    activity = {
        "type": "LearningActivity",
        "title": {"fr": "Atelier de soudure"},
        "description": {"fr": "Une journée à l'atelier avec des soudeurs du métier."},
    }
    alone = one(read(tmp_path, {"credentialSubject": {"hasClaim": activity}, "type": "EuropeanDigitalCredential"}))
    assert alone.titles == {"fr": "Atelier de soudure"}
    both = one(read(tmp_path, {"credentialSubject": {"hasClaim": [activity, ACHIEVEMENT]}}))
    assert both.titles["en"] == "Digital Content"


@pytest.mark.parametrize(
    "wrapped",
    [
        {"credential": CREDENTIAL, "deliveryDetails": {}},
        {"payload": json.dumps(CREDENTIAL), "signatures": [{"protected": "x"}]},
        [CREDENTIAL],
    ],
)
def test_wrappings_are_taken_off(tmp_path: Path, wrapped: object) -> None:
    assert one(read(tmp_path, wrapped)).titles["en"] == "Digital Content"


def test_a_learning_opportunity(tmp_path: Path) -> None:
    opportunity = {
        "id": "https://zed.example.org/opportunities/1",
        "type": "LearningOpportunity",
        "title": {"fr": "Initiation à la soudure"},
        "providedBy": {"legalName": {"fr": "Lycée Zed"}},
        "homepage": {"contentURL": "https://zed.example.org/soudure"},
        "learningAchievementSpecification": {
            "type": "LearningAchievementSpecification",
            "volumeOfLearning": "PT35H",
            "learningOutcome": {"title": {"fr": "Souder deux pièces d'acier à l'arc"}},
        },
    }
    found = one(read(tmp_path, {"@graph": [opportunity, {"type": "Organisation"}]}))
    assert found.source_id == "https://zed.example.org/opportunities/1"
    assert found.titles == {"fr": "Initiation à la soudure"}
    assert found.hours == 35
    assert found.issuer == "Lycée Zed"
    assert found.url == "https://zed.example.org/soudure"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"type": ["VerifiableCredential"], "credentialSubject": {"type": "Person"}}, Reason.WRONG_TYPE),
        ({"type": "Organisation", "legalName": {"en": "Zed"}}, Reason.WRONG_TYPE),
        ("[]", Reason.WRONG_TYPE),
        ("7", Reason.WRONG_TYPE),
        ("{", Reason.UNREADABLE_FILE),
        ({"id": "urn:x", "type": "Qualification", "description": {"en": "Long enough text."}}, Reason.MISSING_TITLE),
        ({"id": "urn:x", "type": "Qualification", "title": {"en": "Welding"}}, Reason.MISSING_TEXT),
        ({"id": "urn:x", "type": "Qualification", "title": {"de": "Schweißen"}}, Reason.UNSUPPORTED_LANGUAGE),
        ({"type": "Qualification", "description": {"en": "No id, no title."}}, Reason.MISSING_ID),
    ],
)
def test_refusals_say_why(tmp_path: Path, content: object, reason: Reason) -> None:
    records = read(tmp_path, content)
    if content == "[]":
        assert records == []  # an empty array holds no document
        return
    (record,) = records
    assert isinstance(record, Rejected), record
    assert record.reason is reason
