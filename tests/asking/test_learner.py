"""What a learner gives, read as what it is; a person is told what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.asking import learner
from pipeline.asking.learner import Recognised, read_learner
from pipeline.errors import SettingsError
from pipeline.ingest import Language
from pipeline.linking import LinkedDocuments
from pipeline.settings import load_settings
from pipeline.tables import EVIDENCE

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "credentials" / "openbadges"


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What goes into linking; every stated skill comes out as its own, twice, the second time less surely."""
    seen: list[dict[str, Any]] = []

    def link(table: pa.Table, *_: object) -> LinkedDocuments:
        seen.extend(table.to_pylist())
        found = [
            {"document_kind": "credential", "document_id": f"{row['doc_id']}{i}", "skill_id": skill["label"],
             "confidence": confidence, "sentence": f"{skill['label']} {i}", "language": "en", "start": 0, "end": 1,
             "part": "stated", "part_start": 0, "matched_label": "x", "method": "stated", "sentences": 1,
             "level": "unstated"}
            for row in table.to_pylist() for skill in row["skills"] for i, confidence in enumerate((0.5, 0.9))
        ]  # fmt: skip
        return LinkedDocuments(pa.Table.from_pylist(found, schema=EVIDENCE.schema), 0, 0)

    monkeypatch.setattr(learner, "link_documents", link)
    return seen


def read(given: object, language: Language = "en") -> list[Recognised]:
    return read_learner(str(given), language, None, load_settings())  # type: ignore[arg-type]  # linking is replaced


def stated(document: dict[str, Any]) -> list[str]:
    return [skill["label"] for skill in document["skills"]]


def test_a_list_is_skills_and_prose_is_prose(documents: list[dict[str, Any]]) -> None:
    text = (
        "Python, SQL; lift trucks.\n- first aid\nI have driven trucks for nine years. I also trained others.\nWelding"
    )
    found = read(text)
    (document,) = documents
    assert stated(document) == ["Python", "SQL", "lift trucks", "first aid", "Welding"]
    assert [(part["name"], part["text"]) for part in document["parts"]] == [
        ("outcome", "I have driven trucks for nine years. I also trained others.")
    ]
    assert [(s.skill_id, s.confidence, s.text) for s in found if s.skill_id == "SQL"] == [("SQL", 0.9, "SQL 1")]


def test_each_skill_comes_once_surest_first(documents: list[dict[str, Any]]) -> None:
    assert [s.skill_id for s in read("b\na\nb")] == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    ["skill\nPython\nSQL\n", "id;Skill\n1;Python\n2;SQL\n", "Python\nSQL\n", "nom,compétence\nx,Python\ny,SQL"],
)
def test_a_column_of_a_table(content: str, tmp_path: Path, documents: list[dict[str, Any]]) -> None:
    file = tmp_path / "skills.csv"
    file.write_text(content, encoding="utf-8-sig")
    read(file)
    assert stated(documents[0]) == ["Python", "SQL"]


def test_a_cv_in_french(tmp_path: Path, documents: list[dict[str, Any]]) -> None:
    file = tmp_path / "cv.txt"
    file.write_text(
        "J'ai conduit des chariots élévateurs pendant neuf ans dans un entrepôt de la région.", encoding="utf-8"
    )
    read(file)
    assert [part["language"] for part in documents[0]["parts"]] == ["fr"]


@pytest.mark.parametrize(("language"), ["en", "fr"])
def test_what_is_too_short_to_tell_is_in_the_language_that_is_spoken(
    language: Language, documents: list[dict[str, Any]]
) -> None:
    read("SQL", language)
    assert documents[0]["skills"][0]["language"] == language


def test_a_badge_is_read_as_a_badge(documents: list[dict[str, Any]]) -> None:
    read(SAMPLES / "order-picking.json")
    assert documents[0]["title_en"] or documents[0]["title_fr"]
    assert any(part["name"] == "outcome" or part["name"] == "description" for part in documents[0]["parts"])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("no.json", json.dumps({"hello": 1}).encode(), ["no.json", "badge"]),
        ("broken.json", b"{", ["broken.json", "badge"]),
        ("cv.pdf.txt", b"%PDF\0\1", ["no text", "plain text"]),
        ("two.csv", b"name,years\nPython,3\n", ["name, years", "`skill`"]),
    ],
)
def test_what_cannot_be_read_is_said(name: str, content: bytes, words: list[str], tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read(file)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_file_that_is_not_there_is_no_text() -> None:
    with pytest.raises(SettingsError, match="is no file"):
        read("/nowhere/skills.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is no file"):
        read(tmp_path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_INGEST__MAX_RECORD_BYTES", "10")
    file = tmp_path / "cv.txt"
    file.write_text("x" * 11)
    with pytest.raises(SettingsError, match="max_record_bytes = 10"):
        read(file)


def test_a_very_long_text_is_no_name_of_a_file(documents: list[dict[str, Any]]) -> None:
    read("welding " * 5000)
    assert len(documents) == 1
