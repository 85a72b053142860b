"""CTDL graphs, envelopes and publishing forms: one golden record by hand in two languages, and each refusal."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.ingest.ctdl import read_ctdl
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Credential, Reason, Rejected, StatedSkill, TextPart

CONTEXT = ReadContext(kind="credentials", source="registry")
CTID = "ce-11111111-2222-3333-4444-555555555555"
LARGER = "ce-99999999-2222-3333-4444-555555555555"
RESOURCES = "https://credentialengineregistry.org/resources"


def concept(code: str, label: str) -> dict[str, object]:
    return {
        "@type": "ceterms:CredentialAlignmentObject",
        "ceterms:targetNode": code,
        "ceterms:targetNodeName": {"en": label},
    }


MICRO = {
    "@type": "ceterms:MicroCredential",
    "@id": f"{RESOURCES}/{CTID.upper()}",
    "ceterms:ctid": CTID.upper(),
    "ceterms:name": {"en-CA": "Forklift Operation", "fr-CA": "Conduite de chariot élévateur"},
    "ceterms:description": {
        "en-CA": "Two days with <b>counterbalance</b> trucks.",
        "fr": "Deux jours sur des chariots à contrepoids.",
        "es": "Dos días con carretillas.",
    },
    "ceterms:ownedBy": ["_:college"],
    "ceterms:accreditedBy": ["_:board"],
    "ceterms:recognizedBy": [f"{RESOURCES}/ce-77777777-2222-3333-4444-555555555555"],
    "ceterms:audienceLevelType": [concept("audLevel:BeginnerLevel", "Beginner Level")],
    "ceterms:deliveryType": [concept("deliveryType:InPerson", "In-Person Only")],
    "ceterms:assessmentMethodDescription": {"en": "A driving test."},
    "ceterms:estimatedDuration": [
        {"ceterms:exactDuration": "P2D"},
        {"ceterms:minimumDuration": "PT14H", "ceterms:maximumDuration": "PT18H"},
    ],
    "ceterms:estimatedCost": [
        {"ceterms:price": 400, "ceterms:currency": "CAD", "ceterms:directCostType": concept("costType:Tuition", "T")},
        {"ceterms:price": 300, "ceterms:currency": "CAD", "ceterms:directCostType": concept("costType:Tuition", "T")},
        {"ceterms:price": 25, "ceterms:currency": "CAD", "ceterms:directCostType": concept("costType:Fee", "Fee")},
        {
            "ceterms:price": 90,
            "ceterms:currency": "CAD",
            "ceterms:directCostType": concept("costType:RoomOrResidency", "R"),
        },
    ],
    "ceterms:requires": [
        {
            "@type": "ceterms:ConditionProfile",
            "ceterms:condition": {"en": ["Be 18 or older"], "fr": ["Avoir 18 ans"]},
            "ceterms:targetCompetency": [{"ceterms:targetNodeName": {"en": "Lift truck inspection"}}],
        }
    ],
    "ceterms:teaches": [
        {"ceterms:targetNode": "https://registry.example.org/competency/1"},
        {"ceterms:targetNodeName": {"en": "Stack loads on racks up to four metres without damage"}},
    ],
    "ceterms:isPartOf": [f"{RESOURCES}/{LARGER}"],
    "ceterms:keyword": {"en": ["forklift"], "fr": ["cariste"]},
    "ceterms:jurisdiction": [
        {
            "ceterms:mainJurisdiction": [
                {"ceterms:addressRegion": {"en": "Ontario"}, "ceterms:addressCountry": {"en": "Canada"}}
            ],
            "ceterms:jurisdictionException": [{"ceterms:addressCountry": {"en": "France"}}],
        }
    ],
    "ceterms:dateEffective": "2025-01-01",
    "ceterms:expirationDate": "2027-12-31",
    "ceterms:subjectWebpage": "https://college.example.org/forklift",
}
GRAPH = {
    "@context": "https://credreg.net/ctdl/schema/context/json",
    "@graph": [
        MICRO,
        {"@id": "_:college", "@type": "ceterms:CredentialOrganization", "ceterms:name": {"en": "Shoreline College"}},
        {"@id": "_:board", "@type": "ceterms:QACredentialOrganization", "ceterms:name": {"en": "Lift Truck Board"}},
        {
            "@id": "https://registry.example.org/competency/1",
            "@type": "ceasn:Competency",
            "ceasn:competencyText": {"en": "Drive safely on a dock.", "fr": "Conduire en sécurité sur un quai."},
            "ceasn:competencyLabel": {"en": "Forklift driving"},
        },
    ],
}
GOLDEN = Credential(
    source="registry",
    source_id=CTID,
    titles={"en": "Forklift Operation", "fr": "Conduite de chariot élévateur"},
    parts=(
        TextPart("title", "Forklift Operation", "en"),
        TextPart("title", "Conduite de chariot élévateur", "fr"),
        TextPart("description", "Two days with counterbalance trucks.", "en"),
        TextPart("description", "Deux jours sur des chariots à contrepoids.", "fr"),
        TextPart("assessment", "A driving test.", "en"),
        TextPart("requirement", "Be 18 or older", "en"),
        TextPart("requirement", "Avoir 18 ans", "fr"),
        TextPart("outcome", "Drive safely on a dock.", "en"),
        TextPart("outcome", "Conduire en sécurité sur un quai.", "fr"),
        TextPart("outcome", "Stack loads on racks up to four metres without damage", "en"),
    ),
    skills=(
        StatedSkill("Forklift driving", "https://registry.example.org/competency/1", "en"),
        StatedSkill("Lift truck inspection", None, "en"),
        StatedSkill("forklift", None, "en"),
        StatedSkill("cariste", None, "fr"),
    ),
    issuer="Shoreline College",
    credential_type="ceterms:MicroCredential",
    hours=16.0,
    hours_stated="P2D; PT14H to PT18H",
    cost=325.0,
    cost_currency="CAD",
    delivery_mode="in_person",
    delivery_stated="In-Person Only",
    assessment="A driving test.",
    stackable_into=(LARGER,),
    prerequisites=("Be 18 or older",),
    recognition="accreditedBy: Lift Truck Board; recognizedBy: ce-77777777-2222-3333-4444-555555555555",
    level="Beginner Level",
    country="CA",
    region="CA-ON",
    valid_from=date(2025, 1, 1),
    valid_until=date(2027, 12, 31),
    url="https://college.example.org/forklift",
)


def read(folder: Path, content: object, name: str = "ctdl.json") -> list[Credential | Rejected]:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8-sig")
    return [record for record in read_ctdl(path, CONTEXT) if isinstance(record, Credential | Rejected)]


def one(records: list[Credential | Rejected]) -> Credential:
    (record,) = records
    assert isinstance(record, Credential), record
    return record


def test_a_bilingual_credential_with_the_nodes_around_it(tmp_path: Path) -> None:
    assert one(read(tmp_path, GRAPH)) == GOLDEN


def test_the_same_in_an_envelope_an_array_and_lines(tmp_path: Path) -> None:
    envelope = {
        "envelope_id": "1",
        "envelope_community": "ce_registry",
        "decoded_resource": GRAPH,
        "node_headers": {"updated_at": "2025-02-03T04:05:06Z"},
    }
    found = one(read(tmp_path, envelope))
    assert found.modified_at == datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert found.titles == GOLDEN.titles
    assert one(read(tmp_path, GRAPH["@graph"])) == GOLDEN
    assert one(read(tmp_path, json.dumps(GRAPH) + "\n\n", "ctdl.jsonl")) == GOLDEN


def test_the_publishing_form(tmp_path: Path) -> None:
    form = {
        "Credential": {
            "Type": "Credential",
            "CredentialType": "MicroCredential",
            "Name": "Conduite de chariot élévateur",
            "Description": "Deux jours sur des chariots à contrepoids, en entrepôt-école.",
            "CTID": CTID,
            "OwnedBy": [{"Type": "CredentialOrganization", "Name": "Collège Rive"}],
            "EstimatedDuration": [
                {"MinimumDuration": {}, "ExactDuration": {"Weeks": 4}},
                {"ExactDuration": {"Hours": 160}},
            ],
            "EstimatedCost": [{"Currency": "CAD", "CostItems": [{"DirectCostType": "Tuition", "Price": 4695.0}]}],
            "DeliveryType": ["BlendedDelivery"],
            "AvailableAt": [{"City": "Gatineau", "AddressRegion": "Québec", "Country": "Canada"}],
            "Requires": [{"Name": "Conditions", "Condition": ["Avoir 18 ans"], "CreditValue": {}}],
        },
        "DefaultLanguage": "fr-CA",
    }
    found = one(read(tmp_path, form))
    assert found.source_id == CTID
    assert found.titles == {"fr": "Conduite de chariot élévateur"}
    assert found.credential_type == "ceterms:MicroCredential"
    assert (found.hours, found.hours_stated) == (160, "P4W; PT160H")
    assert (found.cost, found.cost_currency) == (4695, "CAD")
    assert (found.delivery_mode, found.delivery_stated) == ("blended", "BlendedDelivery")
    assert (found.country, found.region) == ("CA", "CA-QC")
    assert found.issuer == "Collège Rive"
    assert found.prerequisites == ("Avoir 18 ans",)


def test_links_are_followed_both_ways(tmp_path: Path) -> None:
    text = {"en": "A programme of the college about logistics and warehouses."}
    small, large = "ce-" + "a" * 8 + CTID[11:], "ce-" + "b" * 8 + CTID[11:]
    graph = {
        "@graph": [
            {
                "@type": "ceterms:Badge",
                "ceterms:ctid": small,
                "ceterms:name": {"en": "Picking"},
                "ceterms:description": text,
            },
            {
                "@type": "ceterms:Diploma",
                "ceterms:ctid": large,
                "ceterms:name": {"en": "Logistics"},
                "ceterms:description": text,
                "ceterms:requires": [{"ceterms:targetCredential": [f"{RESOURCES}/{small.upper()}"]}],
            },
        ]
    }
    badge, diploma = (r for r in read(tmp_path, graph) if isinstance(r, Credential))
    assert badge.stackable_into == (large,)
    assert diploma.prerequisites == (small,)


def test_either_mode_is_no_mode_and_is_stated(tmp_path: Path) -> None:
    modes = [concept("deliveryType:InPerson", "In-Person"), concept("deliveryType:OnlineOnly", "Online Only")]
    found = one(read(tmp_path, {**MICRO, "ceterms:deliveryType": modes}))
    assert found.delivery_mode is None
    assert found.delivery_stated == "In-Person; Online Only"


@pytest.mark.parametrize(
    "kind",
    ["Badge", "Certificate", "Certification", "License", "BachelorOfScienceDegree", "DigitalBadge", "Course",
     "LearningOpportunityProfile", "LearningProgram", "CertificateOfCompletion", "ProfessionalDoctorate"],
)  # fmt: skip
def test_every_class_that_someone_can_earn(tmp_path: Path, kind: str) -> None:
    assert one(read(tmp_path, {**MICRO, "@type": f"ceterms:{kind}"})).credential_type == f"ceterms:{kind}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"@type": "ceterms:CredentialOrganization", "ceterms:name": {"en": "A College"}}, Reason.WRONG_TYPE),
        ({"@type": "ceterms:QualityAssuranceCredential", "ceterms:ctid": CTID}, Reason.WRONG_TYPE),
        ([{"@type": "ceterms:CredentialOrganization"}, {"@type": "ceasn:Competency"}], Reason.WRONG_TYPE),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {}}, Reason.WRONG_TYPE),
        ({}, Reason.WRONG_TYPE),
        ("3", Reason.WRONG_TYPE),
        ({**MICRO, "@id": "_:x", "ceterms:ctid": None}, Reason.MISSING_ID),
        ({**MICRO, "ceterms:name": {}}, Reason.MISSING_TITLE),
        ({**MICRO, "ceterms:name": {"ar-SA": "بكالوريوس"}}, Reason.UNSUPPORTED_LANGUAGE),
        (
            {
                "@type": "ceterms:Badge",
                "ceterms:ctid": CTID,
                "ceterms:name": {"en": "Accounting"},
                "ceterms:description": {"es": "Un curso de contabilidad para pequeñas empresas."},
            },
            Reason.UNSUPPORTED_LANGUAGE,
        ),
        ({"@type": "ceterms:Badge", "ceterms:ctid": CTID, "ceterms:name": {"en": "Attended"}}, Reason.MISSING_TEXT),
        ("{,}", Reason.UNREADABLE_FILE),
    ],
)
def test_refusals_say_why(tmp_path: Path, content: object, reason: Reason) -> None:
    (record,) = read(tmp_path, content)
    assert isinstance(record, Rejected), record
    assert record.reason is reason
    assert (record.source, record.file) == ("registry", "ctdl.json")


def test_context_is_neither_received_nor_rejected(tmp_path: Path) -> None:
    assert len(read(tmp_path, GRAPH)) == 1


def test_a_record_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text(json.dumps({**MICRO, "ceterms:description": {"en": "word " * 1000}}), encoding="utf-8")
    (record,) = read_ctdl(path, ReadContext("credentials", "registry", max_record_bytes=1000))
    assert isinstance(record, Rejected)
    assert record.reason is Reason.TOO_LARGE
