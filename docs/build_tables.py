"""Writes docs/tables.md from the contracts in `pipeline/tables` and `pipeline/scenarios/contract.py`.

    python docs/build_tables.py

The page is generated and never edited by hand; a test checks that it says what the contract says.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from pipeline.scenarios import SCENARIO_TABLES
from pipeline.tables import TABLES, Column, Table

PAGE = Path(__file__).with_name("tables.md")

UNITS = {
    "postings": "offres", "vacancies": "postes vacants", "currency/hour": "monnaie par heure", "months": "mois",
    "hours": "heures", "skills": "compétences", "characters": "caractères", "sentences": "phrases",
    "employers": "employeurs", "years": "années", "roles": "rôles", "traits": "traits",
    "credentials": "titres",
}  # fmt: skip

HEAD = """\
# The tables of a snapshot

Generated from `pipeline/tables` by `docs/build_tables.py`; do not edit. Each table is one Parquet file of the
snapshot, `snapshots/<snapshot_id>/<table>.parquet`; `datapackage.json` beside them says the same in machine-readable
form. Rows are sorted by the key. A column is never empty unless it is marked *may be empty*; → names the column that
holds the value. What `share`, `rca`, `coverage` and the other numbers are is in [methods.md](methods.md).

*Page produite à partir de `pipeline/tables`. Chaque table est un fichier Parquet de l'instantané; les lignes sont
triées par la clé. Une colonne n'est jamais vide, sauf mention « peut être vide »; → nomme la colonne qui contient la
valeur. Les codes sont en anglais; leur sens est donné en français.*
"""

SCENARIOS = """\
# The tables of a scenario

What `passerelle scenario` writes, as Parquet and CSV: one table for each answer that the scenario shows. They are made
from one snapshot and are no part of it. [methods.md](methods.md#scenarios) says what their figures are.

*Ce qu'écrit `passerelle scenario`, en Parquet et en CSV : une table par réponse que montre le scénario. Elles sont
tirées d'un seul instantané et n'en font pas partie.*
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [(HEAD, TABLES), (SCENARIOS, SCENARIO_TABLES)]
    return "\n".join(
        text for head, tables in parts for text in (head, _contents(tables), *(map(_section, tables.values())))
    )


def _contents(tables: dict[str, Table]) -> str:
    rows = [f"| [`{t.name}`](#{t.name}) | {_cell(t.en)} | {_cell(t.fr)} |" for t in tables.values()]
    return "\n".join(["| table | what it holds | ce qu'elle contient |", "|---|---|---|", *rows, ""])


def _section(table: Table) -> str:
    rows = [f"| `{c.name}` | {_type(c)} | {_cell(c.en)} | {_cell(c.fr)} | {_cell(_limits(c))} |" for c in table.columns]
    key = ", ".join(f"`{name}`" for name in table.key)
    return "\n".join([
        f"## {table.name}", "", table.en, "", f"*{table.fr}*", "", f"Key · *clé* : {key}", "",
        "| column | type | English | français | limits · *limites* |", "|---|---|---|---|---|", *rows, "",
    ])  # fmt: skip


def _type(column: Column) -> str:
    if pa.types.is_list(column.type):
        return "list of string"
    return {"double": "number", "int64": "integer", "bool": "boolean", "date32[day]": "date"}.get(
        str(column.type), str(column.type)
    )


def _limits(column: Column) -> str:
    """What a value may be, in signs and in as few words as both languages allow."""
    said = ["may be empty · *peut être vide*"] if column.nullable else []
    if column.unit:
        said.append(f"{column.unit} · *{UNITS.get(column.unit, column.unit)}*")
    if column.low is not None and column.high is not None:
        said.append(f"{column.low:g}–{column.high:g}")
    elif column.low is not None:
        said.append(f"≥ {column.low:g}")
    if column.references:
        said.append(f"→ `{column.references}`")
    return "; ".join(said)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
