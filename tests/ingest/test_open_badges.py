"""Open Badges 2.0 and 3.0 and learner records: what is read, what is refused and why, and who is left out."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.ingest.openbadges import read_open_badges
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Credential, Reason, Rejected, StatedSkill, TextPart

CONTEXT = ReadContext(kind="credentials", source="badges")
ESCO = "http://data.europa.eu/esco/skill/ccdf3597-5c80-410f-896d-e1bdfa223de9"

WELDING = {
    "id": "https://college.example.org/achievements/welding",
    "type": ["Achievement"],
    "achievementType": "MicroCredential",
    "inLanguage": "en-CA",
    "name": "MIG Welding Basics",
    "description": "A 24-hour course in the shop. Weld mild steel safely.",
    "criteria": {
        "id": "https://college.example.org/welding",
        "narrative": "# Criteria\n\nThe learner **welds** two joints:\n* set up a [MIG machine](https://mig.example.org)\n"
        "* inspect a `fillet` weld",
    },
    "creator": {
        "id": "https://college.example.org",
        "type": ["Profile"],
        "name": "Shoreline College",
        "email": "registrar@college.example.org",
        "address": {"type": ["Address"], "addressCountryCode": "CA", "addressRegion": "Nova Scotia"},
    },
    "alignment": [
        {
            "targetName": "weld metal",
            "targetUrl": ESCO,
            "targetDescription": "Join metal parts.",
            "targetType": "CFItem",
        },
        {"targetName": "Welding Diploma", "targetUrl": "https://x.example.org/d", "targetType": "ceterms:Credential"},
    ],
    "tag": ["welding", "safety"],
    "resultDescription": [{"name": "Practical test", "resultType": "PassFail"}],
    "endorsement": [{"type": ["EndorsementCredential"], "issuer": {"name": "Welders' Guild"}}],
}
AWARD = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "urn:uuid:an-award",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "MIG Welding Basics for Jo Tremblay",
    "issuer": {"id": "https://college.example.org", "name": "Shoreline College"},
    "validFrom": "2025-06-01T00:00:00Z",
    "credentialSubject": {
        "id": "mailto:jo.tremblay@mail.example.org",
        "type": ["AchievementSubject"],
        "givenName": "Jo",
        "familyName": "Tremblay",
        "identifier": [{"identityHash": "jo.tremblay@mail.example.org", "hashed": False}],
        "narrative": "Jo Tremblay welded a gate.",
        "achievement": WELDING,
    },
}


def write(folder: Path, content: object, name: str = "badge.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def read(folder: Path, content: object, name: str = "badge.json") -> list[Credential | Rejected]:
    records = list(read_open_badges(write(folder, content, name), CONTEXT))
    assert all(isinstance(record, Credential | Rejected) for record in records)
    return [record for record in records if isinstance(record, Credential | Rejected)]


def one(records: list[Credential | Rejected]) -> Credential:
    (record,) = records
    assert isinstance(record, Credential), record
    return record


def refused(records: Sequence[Credential | Rejected]) -> Rejected:
    (record,) = records
    assert isinstance(record, Rejected), record
    return record


def test_an_award_is_read_for_its_achievement(tmp_path: Path) -> None:
    assert one(read(tmp_path, AWARD)) == Credential(
        source="badges",
        source_id="https://college.example.org/achievements/welding",
        titles={"en": "MIG Welding Basics"},
        parts=(
            TextPart("title", "MIG Welding Basics", "en"),
            TextPart("description", "A 24-hour course in the shop. Weld mild steel safely.", "en"),
            TextPart(
                "outcome",
                "Criteria\n\nThe learner welds two joints:\n- set up a MIG machine\n- inspect a fillet weld",
                "en",
            ),
            TextPart("outcome", "Join metal parts.", "en"),
        ),
        skills=(
            StatedSkill("weld metal", ESCO, "en"),
            StatedSkill("welding", None, "en"),
            StatedSkill("safety", None, "en"),
        ),
        issuer="Shoreline College",
        credential_type="MicroCredential",
        hours=24.0,
        hours_stated="A 24-hour course in the shop.",
        assessment="Criteria The learner welds two joints: - set up a MIG machine - inspect a fillet weld; "
        "Practical test (PassFail)",
        recognition="endorsed by Welders' Guild",
        country="CA",
        region="CA-NS",
        url="https://college.example.org/welding",
    )


def test_nothing_of_the_earner_enters_a_record_or_the_quarantine(tmp_path: Path) -> None:
    named = json.loads(json.dumps(AWARD))
    named["credentialSubject"]["achievement"]["description"] = "Given to Jo Tremblay for welding a whole gate."
    without_achievement = {**AWARD, "credentialSubject": {**AWARD["credentialSubject"], "achievement": None}}  # type: ignore[dict-item]
    for content in (AWARD, named, without_achievement, [AWARD, {**AWARD, "type": "Other"}]):
        for record in read(tmp_path, content):
            assert "tremblay" not in repr(record).casefold()
    assert not any(part.name == "description" for part in one(read(tmp_path, named)).parts)


def test_a_french_badge_class(tmp_path: Path) -> None:
    badge = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "BadgeClass",
        "id": "https://exemple.org/badges/arpentage",
        "@language": "fr-CA",
        "name": "Arpentage minier",
        "description": "Formation en présentiel de 40 heures.",
        "criteria": {"narrative": "Fermer un cheminement dans la tolérance."},
        "issuer": {"name": "École des mines", "url": "https://exemple.org"},
        "tags": ["arpentage"],
    }
    record = one(read(tmp_path, badge))
    assert record.titles == {"fr": "Arpentage minier"}
    assert [part.language for part in record.parts] == ["fr", "fr", "fr"]
    assert record.skills == (StatedSkill("arpentage", None, "fr"),)
    assert (record.hours, record.delivery_mode) == (40, "in_person")
    assert record.issuer == "École des mines"
    assert record.credential_type == "BadgeClass"


def test_an_assertion_takes_its_badge_from_a_file_beside_it(tmp_path: Path) -> None:
    assertion = {
        "type": "Assertion",
        "id": "https://e.example.org/1.json",
        "recipient": {"type": "email", "hashed": False, "identity": "kim@mail.example.org"},
        "badge": "https://e.example.org/robots.json",
    }
    record = refused(read(tmp_path, assertion, "assertion.json"))
    assert record.reason is Reason.MISSING_TEXT
    assert "https://e.example.org/robots.json" in record.detail
    assert "kim@" not in record.raw

    (tmp_path / "classes").mkdir()
    badge = {
        "type": "BadgeClass",
        "id": "https://e.example.org/robots.json",
        "name": "Robotics",
        "description": "Awarded for building robots that people think are great.",
        "criteria": "https://e.example.org/criteria.json",
        "issuer": "https://e.example.org/issuer.json",
    }
    write(tmp_path / "classes", badge, "robots.json")
    write(tmp_path, {"narrative": "Build and program a robot that follows a line."}, "criteria.json")
    write(tmp_path, {"id": "https://e.example.org/issuer.json", "name": "Robot Club"}, "issuer.json")
    found = one(read(tmp_path, assertion, "assertion.json"))
    assert found.source_id == "https://e.example.org/robots.json"
    assert found.issuer == "Robot Club"
    assert ("outcome", "Build and program a robot that follows a line.") in {(p.name, p.text) for p in found.parts}

    write(tmp_path / "classes", {**badge, "id": "https://elsewhere.example.org/robots.json"}, "robots.json")
    assert refused(read(tmp_path, assertion, "assertion.json")).reason is Reason.MISSING_TEXT


@pytest.mark.parametrize("reference", ["../secret.json", "file:///etc/passwd", "https://x/%2e%2e%2fsecret.json", "\0"])
def test_a_reference_never_leaves_the_folder(tmp_path: Path, reference: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    write(tmp_path, {**WELDING, "id": reference}, "secret.json")
    assert isinstance(refused(read(folder, {"type": "Assertion", "badge": reference})), Rejected)


def encoded(payload: object) -> str:
    parts = (b'{"alg":"none"}', json.dumps(payload).encode(), b"-")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (encoded(AWARD), "award.jwt"),
        (encoded({"vc": AWARD, "iss": "x"}), "award.jwt"),
        ({"type": ["VerifiablePresentation"], "verifiableCredential": [encoded(AWARD)]}, "wallet.json"),
        (
            {
                "type": ["VerifiablePresentation"],
                "verifiableCredential": [
                    {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{encoded(AWARD)}"}
                ],
            },
            "wallet.json",
        ),
        ({"@graph": [{"type": "Profile", "name": "x"}, AWARD]}, "graph.json"),
        ({"payload": json.dumps(AWARD), "signatures": []}, "signed.json"),
        (WELDING, "achievement.json"),
    ],
)
def test_wrappings_are_taken_off(tmp_path: Path, content: object, name: str) -> None:
    assert one(read(tmp_path, content, name)).source_id == WELDING["id"]


def test_a_learner_record_gives_each_achievement_once(tmp_path: Path) -> None:
    def achievement(number: int, name: str) -> dict[str, object]:
        text = f"Learners study {name} in the laboratory and in the library."
        return {"id": f"urn:uuid:{number}", "type": "Achievement", "name": name, "description": text}

    def award(held: dict[str, object]) -> dict[str, object]:
        return {"type": ["AchievementCredential"], "credentialSubject": {"achievement": held}}

    record = {
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Ellis Monday",
        "issuer": {"name": "Western High School"},
        "credentialSubject": {
            "verifiableCredential": [
                award(achievement(1, "Nursing programme")),
                encoded(award(achievement(2, "Anatomy"))),
                award(achievement(2, "Health careers")),  # an identifier used twice
                {"type": ["EndorsementCredential"], "credentialSubject": {"endorsementComment": "good"}},
            ],
            "achievement": [achievement(1, "Nursing programme"), achievement(3, "Chemistry")],
            "association": [
                {"associationType": "isParentOf", "sourceId": "urn:uuid:1", "targetId": "urn:uuid:2"},
                {"associationType": "isPartOf", "sourceId": "urn:uuid:3", "targetId": "urn:uuid:1"},
                {"associationType": "precedes", "sourceId": "urn:uuid:3", "targetId": "urn:uuid:2"},
            ],
        },
    }
    records = read(tmp_path, record)
    credentials = {r.source_id: r for r in records if isinstance(r, Credential)}
    assert sorted(credentials) == ["urn:uuid:1", "urn:uuid:2", "urn:uuid:3"]
    assert credentials["urn:uuid:2"].titles == {"en": "Anatomy"}
    assert credentials["urn:uuid:2"].stackable_into == ("urn:uuid:1",)
    assert credentials["urn:uuid:2"].prerequisites == ("urn:uuid:3",)
    assert credentials["urn:uuid:3"].stackable_into == ("urn:uuid:1",)
    assert all(r.issuer == "Western High School" for r in credentials.values())
    (clash,) = (r for r in records if isinstance(r, Rejected))
    assert clash.reason is Reason.INVALID_FIELD
    assert clash.position == "$.credentialSubject.verifiableCredential[2]"
    assert "Ellis" not in repr(records)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({**WELDING, "id": None}, Reason.MISSING_ID),
        ({**WELDING, "id": "_:b1"}, Reason.MISSING_ID),
        ({**WELDING, "id": "mailto:jo@mail.example.org"}, Reason.MISSING_ID),
        ({**WELDING, "name": " "}, Reason.MISSING_TITLE),
        ({"id": "urn:1", "type": "Achievement", "name": "Attendance in the workshop"}, Reason.MISSING_TEXT),
        (
            {
                "id": "urn:1",
                "type": "Achievement",
                "inLanguage": "es",
                "name": "Soldadura básica",
                "description": "Curso de soldadura para principiantes en el taller.",
            },
            Reason.UNSUPPORTED_LANGUAGE,
        ),
        ({"id": "urn:1", "type": "Achievement", "name": "Xyz", "description": "Q"}, Reason.UNSUPPORTED_LANGUAGE),
        ({"type": ["Profile"], "id": "urn:1", "name": "A College"}, Reason.WRONG_TYPE),
        ({"type": "RevocationList", "revokedAssertions": []}, Reason.WRONG_TYPE),
        ({"type": ["VerifiableCredential", "EndorsementCredential"], "credentialSubject": {}}, Reason.WRONG_TYPE),
        ({"type": "CryptographicKey", "publicKeyPem": "-"}, Reason.WRONG_TYPE),
        ({"@graph": []}, Reason.WRONG_TYPE),
        ({}, Reason.WRONG_TYPE),
        ("[1]", Reason.WRONG_TYPE),
        ('"text"', Reason.WRONG_TYPE),
        ("{", Reason.UNREADABLE_FILE),
        ("", Reason.UNREADABLE_FILE),
    ],
)
def test_refusals_say_why(tmp_path: Path, content: object, reason: Reason) -> None:
    record = refused(read(tmp_path, content))
    assert record.reason is reason
    assert record.source == "badges"
    assert record.file == "badge.json"
    assert record.detail.endswith(".")


def test_files_that_are_not_what_they_claim(tmp_path: Path) -> None:
    image = tmp_path / "plain.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert refused([r for r in read_open_badges(image, CONTEXT) if isinstance(r, Rejected)]).reason is Reason.WRONG_TYPE
    assert refused(read(tmp_path, "garbage", "x.jwt")).reason is Reason.UNREADABLE_FILE
    absent = [r for r in read_open_badges(tmp_path / "absent.json", CONTEXT) if isinstance(r, Rejected)]
    assert refused(absent).reason is Reason.UNREADABLE_FILE


def test_an_old_image_that_carries_only_an_address_is_not_followed(tmp_path: Path) -> None:
    body = b"openbadges\0https://badges.example.org/assertions/1"
    (tmp_path / "old.png").write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(body)) + b"tEXt" + body + b"\0" * 4)
    record = refused([r for r in read_open_badges(tmp_path / "old.png", CONTEXT) if isinstance(r, Rejected)])
    assert record.reason is Reason.MISSING_TEXT
    assert "https://badges.example.org/assertions/1" in record.detail
