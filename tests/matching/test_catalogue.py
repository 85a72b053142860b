"""The tables that describe what the others refer to."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline.ingest.store import SCHEMAS
from pipeline.matching import (
    credential_skills_table,
    credentials_table,
    postings_table,
    roles_table,
    skills_table,
    sort_evidence,
)
from pipeline.taxonomy import Occupation, Skill, build_taxonomy

from .worlds import evidence, profile, shuffled, weighed

pytestmark = pytest.mark.usefixtures("one_database")

TAXONOMY = build_taxonomy(
    "made", "1",
    skills=[
        Skill(skill_id="s2", kind="knowledge", reuse="cross-sector", label_en="metallurgy", label_fr="métallurgie"),
        Skill(skill_id="s1", kind="skill", reuse="transversal", sector="digital", label_en="write code"),
    ],
    occupations=[
        Occupation(occupation_id="o2", noc_2021="72106", isco_08="7212", label_en="welder", label_fr="soudeur"),
        Occupation(occupation_id="o1", sector="digital", label_en="programmer"),
        Occupation(occupation_id="o3", label_en="nurse", label_fr="infirmier"),
    ],
    skill_relations=[],
    occupation_skills=[],
)  # fmt: skip


def test_skills_fall_back_to_the_english_label() -> None:
    assert skills_table(TAXONOMY).to_pylist() == [
        {"skill_id": "s1", "label_en": "write code", "label_fr": "write code", "kind": "skill",
         "reuse": "transversal", "sector": "digital"},
        {"skill_id": "s2", "label_en": "metallurgy", "label_fr": "métallurgie", "kind": "knowledge",
         "reuse": "cross-sector", "sector": None},
    ]  # fmt: skip


def test_roles_say_how_many_postings_found_them_and_whether_they_have_a_profile() -> None:
    postings = weighed(
        {"posting_id": "p1", "role_id": "o2"},
        {"posting_id": "p2", "role_id": "o2"},
        {"posting_id": "p3", "role_id": "o2", "in_window": False},
        {"posting_id": "p4", "role_id": "o3"},
        {"posting_id": "p5", "role_id": None},
    )
    local = profile(("o3", "s1", 1.0))
    local = local.set_column(1, local.schema.field("region"), pa.array(["CA-ON"]))
    found = roles_table(TAXONOMY, postings, pa.concat_tables([profile(("o2", "s1", 1.0)), local])).to_pylist()
    assert {row["role_id"]: (row["postings"], row["profiled"]) for row in found} == {
        "o1": (0, False), "o2": (2, True), "o3": (1, False),
    }  # fmt: skip
    assert [row["label_fr"] for row in found] == ["programmer", "soudeur", "infirmier"]
    assert (found[1]["noc_2021"], found[1]["isco_08"], found[0]["sector"]) == ("72106", "7212", "digital")


FOUND = pa.concat_tables([
    evidence({"p1": {"s1": 0.9, "s2": 0.6}, "p2": {"s1": 0.7}}),
    evidence({"c1": {"s1": 0.8}, "p2": {"s1": 0.5, "s2": 0.5}}, kind="credential"),
])  # fmt: skip


def test_postings_count_their_own_skills() -> None:
    # A credential may have the same id as a posting: only evidence of postings counts.
    postings = weighed({"posting_id": "p3"}, {"posting_id": "p2"}, {"posting_id": "p1"})
    postings = postings.append_column("vacancies_weighted", postings["vacancies"].cast(pa.float64()))
    found = postings_table(postings, FOUND)
    assert dict(zip(found["posting_id"].to_pylist(), found["skills"].to_pylist(), strict=True)) == {
        "p1": 2, "p2": 1, "p3": 0,
    }  # fmt: skip


def credential(**values: object) -> dict[str, object]:
    plain = {"source": "made", "parts": [], "skills": [], "stackable_into": [], "prerequisites": []}
    return plain | values


def test_credentials_keep_what_they_say_and_count_what_they_teach() -> None:
    parts = [{"name": "title", "text": "a", "language": language} for language in ("fr", "en", "fr")]
    stated = [{"label": "write code", "uri": "s1", "language": "en"}]
    documents = pa.Table.from_pylist(
        [
            credential(doc_id="c2", title_fr="Soudage", stackable_into=["Diplôme"]),
            credential(doc_id="c1", title_en="Coding", parts=parts, skills=stated, hours=12.5, cost=300.0),
        ],
        schema=SCHEMAS["credentials"],
    )
    one, two = credentials_table(documents, FOUND).to_pylist()
    assert (one["credential_id"], one["title_en"], one["hours"], one["cost"]) == ("c1", "Coding", 12.5, 300.0)
    assert (one["skills"], one["languages"]) == (1, ["en", "fr"])
    assert (two["title_fr"], two["skills"], two["languages"], two["stackable_into"]) == ("Soudage", 0, [], ["Diplôme"])


def test_credential_skills_say_which_the_source_states() -> None:
    rows = evidence({"c1": {"s1": 1.0, "s2": 0.8, "s3": 0.7}}, kind="credential").to_pylist()
    methods = {"s1": "stated", "s2": "stated+lexical", "s3": "lexical+dense"}
    table = pa.Table.from_pylist([row | {"method": methods[row["skill_id"]]} for row in rows], schema=FOUND.schema)
    found = credential_skills_table(pa.concat_tables([table, evidence({"p1": {"s1": 1.0}})]))
    assert [(row["credential_id"], row["skill_id"], row["stated"]) for row in found.to_pylist()] == [
        ("c1", "s1", True), ("c1", "s2", True), ("c1", "s3", False),
    ]  # fmt: skip


def test_evidence_is_sorted_by_its_key() -> None:
    assert sort_evidence(shuffled(FOUND, 4)).equals(sort_evidence(FOUND))
    keys = [(row["document_kind"], row["document_id"], row["skill_id"]) for row in sort_evidence(FOUND).to_pylist()]
    assert keys == sorted(keys)
