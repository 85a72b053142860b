"""`datapackage.json`: the snapshot described for any tool that reads Frictionless data packages, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pipeline.tables import TABLES, Column, Table

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def _field_type(column: Column) -> str:
    """The Frictionless type of a column."""
    if pa.types.is_list(column.type):
        return "array"
    names = {pa.string(): "string", pa.float64(): "number", pa.int64(): "integer", pa.bool_(): "boolean"}
    return names.get(column.type, "date" if pa.types.is_date(column.type) else "any")


def _field(column: Column) -> dict[str, object]:
    constraints: dict[str, object] = {} if column.nullable else {"required": True}
    if column.low is not None:
        constraints["minimum"] = column.low
    if column.high is not None:
        constraints["maximum"] = column.high
    described: dict[str, object] = {
        "name": column.name, "type": _field_type(column), "description": column.en,
        "description_fr": column.fr, "constraints": constraints,
    }  # fmt: skip
    return described | ({"unit": column.unit} if column.unit else {})


def _schema(table: Table) -> dict[str, object]:
    references = [
        {"fields": [c.name], "reference": {"resource": other, "fields": [target]}}
        for c in table.columns
        if c.references
        for other, target in [c.references.split(".")]
    ]
    return {
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        "foreignKeys": references,
    }


def data_package(snapshot_id: str, rows: Mapping[str, int], hashes: Mapping[str, str]) -> dict[str, object]:
    """Describes a snapshot.

    Args:
        snapshot_id: becomes the package's version.
        rows: table name -> number of rows.
        hashes: table name -> SHA-256 of its Parquet file.

    Returns:
        The JSON object, with every table and column described in English (`description`) and French (`description_fr`).
    """
    resources = [
        {
            "name": name, "path": f"{name}.parquet", "format": "parquet", "mediatype": "application/vnd.apache.parquet",
            "description": TABLES[name].en, "description_fr": TABLES[name].fr, "hash": f"sha256:{hashes[name]}",
            "rowCount": rows[name], "schema": _schema(TABLES[name]),
        }
        for name in sorted(rows)
    ]  # fmt: skip
    return {
        "$schema": PROFILE,
        "name": "passerelle",
        "title": "Passerelle: what microcredentials teach and what employers ask for",
        "title_fr": "Passerelle : ce que les microcertifications enseignent et ce que les employeurs demandent",
        "version": snapshot_id,
        "resources": resources,
    }
