"""No reader of credentials raises, hangs or runs out of memory, whatever a file holds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.courses import read_courses
from pipeline.ingest.ctdl import read_ctdl
from pipeline.ingest.elm import read_elm
from pipeline.ingest.openbadges import read_open_badges
from pipeline.ingest.reader import ReadContext, Reader
from pipeline.ingest.records import Credential, Rejected

CONTEXT = ReadContext(kind="credentials", source="hostile")
READERS: list[Reader] = [read_open_badges, read_ctdl, read_elm, read_courses]
KEYS = """
@context @graph @id @type id type name description ceterms:name ceterms:ctid ceterms:requires ceterms:teaches
ceterms:estimatedDuration ceterms:estimatedCost ceterms:price ceterms:ownedBy ceterms:targetCompetency badge
credentialSubject achievement alignment targetName targetUrl criteria narrative issuer address recipient hasClaim
specifiedBy title learningOutcome relatedESCOSkill creditPoint point mode hasPart volumeOfLearning payload signatures
vc credential Credential GraphInput envelope_id decoded_resource resource verifiableCredential association sourceId en
fr es @value @language @list provider offers teaches keywords hasCourseInstance
"""
TYPES = """
Achievement BadgeClass Assertion OpenBadgeCredential ClrCredential VerifiablePresentation ceterms:Badge
ceterms:MicroCredential ceasn:Competency LearningAchievement Qualification LearningOpportunity Course Issuer
"""
A_KEY, A_TYPE = st.sampled_from(KEYS.split()), st.sampled_from(TYPES.split())
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.just("Weld\ud800ing steel plates in the shop"),
    A_TYPE,
    st.just("PT3H"),
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(A_KEY, st.one_of(inner, A_TYPE), max_size=6)),
    max_leaves=25,
)


def consumed(path: Path) -> Iterator[Credential | Rejected]:
    for reader in READERS:
        for record in reader(path, CONTEXT):
            assert isinstance(record, Credential | Rejected)
            orjson.dumps(asdict(record))  # as the lake will do
            yield record


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS)
def test_any_json(tmp_path: Path, document: object) -> None:
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    for record in consumed(path):
        if isinstance(record, Credential):
            assert record.source_id
            assert record.titles


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), name=st.sampled_from(["a.json", "a.jwt", "a.png", "a.svg", "a.jsonl", "a.html"]))
def test_any_bytes(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    list(consumed(path))


def nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + "1" + closing * depth


@pytest.mark.parametrize(
    "text",
    [
        nested("[", "]", 900),
        nested('{"@graph":[', "]}", 400),
        nested('{"@list":', "}", 900),
        nested('{"type":"VerifiablePresentation","verifiableCredential":[', "]}", 300),
        nested('{"type":"ClrCredential","credentialSubject":{"verifiableCredential":[', "]}}", 200),
        nested('{"credentialSubject":{"hasClaim":{"type":"LearningAchievement","hasPart":', "}}}", 200),
        nested('{"payload":"', '","signatures":[]}', 1),
        nested('{"vc":', "}", 900),
        nested("[", "]", 100_000),
        '{"id":"x","type":"Achievement","name":"\\ud800","description":"\\ud800 lone surrogates are written by some"}',
    ],
)
def test_nesting_and_odd_characters(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep.json"
    path.write_text(text, encoding="utf-8")
    list(consumed(path))


@pytest.mark.parametrize(
    "text",
    ["**a " * 100_000, "[a](" * 100_000, "[" * 300_000, "`a ~~b __c " * 50_000, "a" * 500_000, "1 " * 200_000,
     "12 hours and " * 50_000, "x@" * 200_000, "on" * 300_000],
)  # fmt: skip
def test_long_texts_take_time_in_proportion(tmp_path: Path, text: str) -> None:
    achievement = {"id": "urn:x", "type": "Achievement", "name": "A title in English", "criteria": {"narrative": text}}
    path = tmp_path / "long.json"
    path.write_text(json.dumps([achievement, {**achievement, "name": None}]), encoding="utf-8")
    start = time.perf_counter()
    list(consumed(path))
    assert time.perf_counter() - start < 20
