"""The snapshot described for any tool that reads Frictionless data packages, in both languages."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from pipeline.lake import Lake
from pipeline.publish import write_snapshot
from pipeline.tables import TABLES

from .small import INPUTS, conformed, counts

# Of https://specs.frictionlessdata.io: what a resource's or field's name, a hash and a type may be.
NAME = re.compile(r"[a-z0-9._-]+")
HASH = re.compile(r"sha256:[0-9a-f]{64}")
TYPES = {"string", "number", "integer", "boolean", "date", "array"}
CONSTRAINTS = {"required", "minimum", "maximum"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    return Path(lake.path(f"snapshots/{write_snapshot(lake, INPUTS, conformed(), counts())}"))


@pytest.fixture(scope="module")
def package(folder: Path) -> dict[str, object]:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def resources(package: dict[str, object]) -> dict[str, dict]:
    return {resource["name"]: resource for resource in package["resources"]}


def test_the_package_is_named_and_versioned(package: dict[str, object], folder: Path) -> None:
    assert NAME.fullmatch(str(package["name"]))
    assert package["version"] == folder.name
    assert package["title"] != package["title_fr"]
    assert str(package["$schema"]).startswith("https://datapackage.org/profiles/2")


def test_every_table_is_a_resource_that_lies_beside_it(resources: dict[str, dict], folder: Path) -> None:
    assert set(resources) == set(TABLES)
    for name, resource in resources.items():
        assert NAME.fullmatch(name)
        content = (folder / resource["path"]).read_bytes()
        assert HASH.fullmatch(resource["hash"])
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["rowCount"] == conformed()[name].num_rows
        assert resource["format"] == "parquet"


def test_every_table_and_column_is_described_in_both_languages(resources: dict[str, dict]) -> None:
    for resource in resources.values():
        for described in (resource, *resource["schema"]["fields"]):
            assert described["description"].strip()
            assert described["description_fr"].strip()


def test_fields_are_those_of_the_contract(resources: dict[str, dict]) -> None:
    for name, table in TABLES.items():
        fields = resources[name]["schema"]["fields"]
        assert [field["name"] for field in fields] == [column.name for column in table.columns]
        for field, column in zip(fields, table.columns, strict=True):
            assert field["type"] in TYPES
            assert set(field["constraints"]) <= CONSTRAINTS
            assert field["constraints"].get("required", False) is not column.nullable
            assert field["constraints"].get("minimum") == column.low
            assert field["constraints"].get("maximum") == column.high
            assert field.get("unit") == column.unit


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("matches", "coverage", "number"), ("matches", "rank_in_role", "integer"), ("postings", "posted_on", "date"),
        ("postings", "in_window", "boolean"), ("credentials", "languages", "array"), ("skills", "label_fr", "string"),
    ],
)  # fmt: skip
def test_types(resources: dict[str, dict], table: str, column: str, kind: str) -> None:
    fields = {field["name"]: field for field in resources[table]["schema"]["fields"]}
    assert fields[column]["type"] == kind


def test_keys_and_foreign_keys_are_those_of_the_contract(resources: dict[str, dict]) -> None:
    for name, table in TABLES.items():
        schema = resources[name]["schema"]
        assert schema["primaryKey"] == list(table.key)
        stated = {
            (key["fields"][0], f"{key['reference']['resource']}.{key['reference']['fields'][0]}")
            for key in schema["foreignKeys"]
        }
        assert stated == {(column.name, column.references) for column in table.columns if column.references}


def test_foreign_keys_lead_to_primary_keys(resources: dict[str, dict]) -> None:
    for resource in resources.values():
        for key in resource["schema"]["foreignKeys"]:
            other = resources[key["reference"]["resource"]]
            assert other["schema"]["primaryKey"] == key["reference"]["fields"]


def test_the_file_ends_with_a_line_end_and_keeps_accents(folder: Path) -> None:
    content = (folder / "datapackage.json").read_bytes()
    assert content.endswith(b"}\n")
    assert "Compétence".encode() in content
