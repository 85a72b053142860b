"""What changed between two snapshots, for people: a few sentences, and the matches that changed most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import pyarrow as pa

from pipeline.asking.show import label_in
from pipeline.asking.typography import counted, filled
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.sql import query

FACTOR_WORDS: Final[dict[str, dict[Language, str]]] = {
    "demand": {"en": "demand (postings)", "fr": "la demande (offres)"},
    "credential": {"en": "credentials", "fr": "les titres"},
    "taxonomy": {"en": "the taxonomy", "fr": "la taxonomie"},
    "model": {"en": "the model", "fr": "le modèle"},
    "settings": {"en": "settings", "fr": "les réglages"},
    "code": {"en": "the program", "fr": "le programme"},
    "unsplit": {"en": "several of these at once", "fr": "plusieurs à la fois"},
}
HEAD: Final[dict[Language, str]] = {
    "en": "From {earlier} to {later}: {pairs}, of which {unchanged} did not change, {both} changed, {new} new and "
    "{gone} gone.",
    "fr": "De {earlier} à {later} : {pairs}, dont {unchanged}, {both}, {new} et {gone}.",
}
# What HEAD counts, for one and for several.
COUNTED: Final[dict[str, dict[Language, tuple[str, str]]]] = {
    "pairs": {"en": ("{} match", "{} matches"), "fr": ("{} appariement", "{} appariements")},
    "unchanged": {"en": ("{}", "{}"), "fr": ("{} inchangé", "{} inchangés")},
    "both": {"en": ("{}", "{}"), "fr": ("{} changé", "{} changés")},
    "new": {"en": ("{} is", "{} are"), "fr": ("{} nouveau", "{} nouveaux")},
    "gone": {"en": ("{} is", "{} are"), "fr": ("{} disparu", "{} disparus")},
}
NOTHING: Final[dict[Language, str]] = {
    "en": "Nothing that coverage depends on has changed.",
    "fr": "Rien de ce dont dépend la couverture n'a changé.",
}
SHARE: Final[dict[Language, str]] = {
    "en": "Mean change of coverage by {factor}: {value:+.6f}",
    "fr": "Variation moyenne de la couverture due à {factor} : {value:+.6f}",
}
UNSPLIT: Final[dict[Language, str]] = {
    "en": "The earlier state of {factors} can no longer be run: it was changed first and whole, not by Shapley's mean.",
    "fr": "L'état antérieur de {factors} ne peut plus être exécuté : il a été changé d'abord et d'un bloc, sans la "
    "moyenne de Shapley.",
}
JOINED: Final[dict[Language, str]] = {"en": ", ", "fr": " et de "}

# The columns and words of `change_rows` for French readers; English ones are those of the contract.
FRENCH_HEADINGS: Final = {
    "credential_id": "id du titre", "credential": "titre", "role_id": "id du rôle", "role": "rôle",
    "kind": "état", "coverage_from": "couverture avant", "coverage_to": "couverture après",
    "by_demand": "dû à la demande", "by_credential": "dû aux titres", "by_taxonomy": "dû à la taxonomie",
    "by_model": "dû au modèle", "by_settings": "dû aux réglages", "by_code": "dû au programme",
    "by_unsplit": "dû à plusieurs", "unsplit": "non départagés",
}  # fmt: skip
FRENCH_KINDS: Final = {"both": "changé", "new": "nouveau", "gone": "disparu"}
FRENCH_FACTORS: Final = {
    "demand": "demande", "credential": "titres", "taxonomy": "taxonomie", "model": "modèle", "settings": "réglages",
    "code": "programme",
}  # fmt: skip

ROWS_SQL = """
SELECT c.credential_id, coalesce(b.title, a.title, c.credential_id) AS credential, c.role_id,
       coalesce(s.label, r.label, c.role_id) AS role, c.* EXCLUDE (credential_id, role_id, unsplit), c.unsplit
FROM changes c
LEFT JOIN later_credentials b ON b.credential_id = c.credential_id
LEFT JOIN earlier_credentials a ON a.credential_id = c.credential_id
LEFT JOIN later_roles s ON s.role_id = c.role_id
LEFT JOIN earlier_roles r ON r.role_id = c.role_id
ORDER BY abs(c.coverage_to - c.coverage_from) DESC, c.credential_id, c.role_id
"""


def describe(summary: Mapping[str, object], language: Language) -> str:
    """A comparison in a few sentences.

    Args:
        summary: what summary.json of the comparison holds.
        language: of the sentences.
    """
    factors = cast(dict[str, str], summary["factors"])
    means = cast(dict[str, float], summary["mean_change"])
    lines = [_head(summary, language)]
    changed = [factor for factor in FACTOR_WORDS if factors.get(factor, "same") != "same"]
    if not changed:
        return "\n".join([*lines, NOTHING[language]])
    shown = [*changed, *(["unsplit"] if means["unsplit"] else [])]
    for factor in shown:
        word = FACTOR_WORDS[factor][language]
        lines.append(_contracted(filled(SHARE[language], language, factor=word, value=means[factor])))
    unsplit = [FACTOR_WORDS[factor][language] for factor in changed if factors[factor] in ("first", "unsplit")]
    if unsplit:
        lines.append(_contracted(UNSPLIT[language].format(factors=JOINED[language].join(unsplit))))
    return "\n".join(lines)


def _head(summary: Mapping[str, object], language: Language) -> str:
    """How many matches there are, and how many of them did what; each word agrees with its count."""
    counts = cast(dict[str, int], {**summary, **cast(dict[str, int], summary["kinds"])})
    told = {
        name: counted(counts[name], language, *forms[language]).format(counts[name]) for name, forms in COUNTED.items()
    }
    return HEAD[language].format(earlier=summary["earlier"], later=summary["later"], **told)


def _contracted(text: str) -> str:
    """French contracts its articles."""
    return (
        text.replace(" à les ", " aux ")
        .replace(" à le ", " au ")
        .replace(" de les ", " des ")
        .replace(" de le ", " du ")
    )


def change_rows(lake: Lake, folder: str, top: int, language: Language) -> pa.Table:
    """Matches that changed, those that changed most first, with labels.

    Args:
        lake: holds the comparison and both snapshots.
        folder: of the comparison.
        top: how many; 0 for all.
        language: of the labels.
    """
    summary = lake.read_json(f"{folder}/summary.json")
    tables = {"changes": lake.read_table(f"{folder}/changes.parquet")}
    for name in ("earlier", "later"):
        snapshot = str(summary[name])
        tables[f"{name}_credentials"] = query(
            f"SELECT credential_id, {label_in('credentials', 'title_{}', language)} AS title FROM credentials",
            {"credentials": lake.snapshot_table("credentials", snapshot)},
        )
        tables[f"{name}_roles"] = query(
            f"SELECT role_id, label_{language} AS label FROM roles", {"roles": lake.snapshot_table("roles", snapshot)}
        )
    rows = query(ROWS_SQL, tables)
    return rows.slice(0, top) if top else rows


def readable(rows: pa.Table, language: Language) -> pa.Table:
    """Rows of `change_rows` with headings and words of a language, for reading and not for programs."""
    if language == "en":
        return rows
    told = [
        row
        | {
            "kind": FRENCH_KINDS[row["kind"]],
            "unsplit": [FRENCH_FACTORS[factor] for factor in row["unsplit"] or []],
        }
        for row in rows.to_pylist()
    ]
    return pa.Table.from_pylist(told, schema=rows.schema).rename_columns(
        [FRENCH_HEADINGS[name] for name in rows.column_names]
    )
