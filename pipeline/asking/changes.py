"""What changed between two snapshots, for people: a few sentences, and the matches that changed most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import pyarrow as pa

from pipeline.asking.show import label_in
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
    "en": "From {earlier} to {later}: {pairs} matches, of which {unchanged} did not change, {both} changed, {new} are "
    "new and {gone} are gone.",
    "fr": "De {earlier} à {later} : {pairs} appariements, dont {unchanged} inchangés, {both} changés, {new} nouveaux "
    "et {gone} disparus.",
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
    counts = cast(dict[str, int], summary["kinds"])
    lines = [HEAD[language].format(**{name: summary[name] for name in ("earlier", "later", "pairs", "unchanged")},
                                   **counts)]  # fmt: skip
    changed = [factor for factor in FACTOR_WORDS if factors.get(factor, "same") != "same"]
    if not changed:
        return "\n".join([*lines, NOTHING[language]])
    shown = [*changed, *(["unsplit"] if means["unsplit"] else [])]
    for factor in shown:
        word = FACTOR_WORDS[factor][language]
        lines.append(_contracted(SHARE[language].format(factor=word, value=means[factor])))
    unsplit = [FACTOR_WORDS[factor][language] for factor in changed if factors[factor] in ("first", "unsplit")]
    if unsplit:
        lines.append(_contracted(UNSPLIT[language].format(factors=", ".join(unsplit))))
    return "\n".join(lines)


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
