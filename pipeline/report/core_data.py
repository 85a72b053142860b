"""What every page needs: the names, the demand for each role, and which tables the snapshot has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pipeline.report.codebook import Codebook
from pipeline.report.published import Published, Row

# The tables that pages say are missing, where a snapshot of an older release lacks them.
OPTIONAL = ("stacks", "transitions", "unmet_demand", "unmet_bundles", "credential_value", "credential_definition",
            "credential_completeness", "changes")  # fmt: skip
DEMAND = ("postings", "employers", "vacancies", "growth", "growth_low", "growth_high", "wage_postings", "wage_q1",
          "wage_median", "wage_median_low", "wage_median_high", "wage_q3", "no_degree_share",
          "entry_experience_share", "demand_index", "suppressed", "official_wage_median",
          "official_outlook")  # fmt: skip


def shortened(value: object, places: int = 4) -> object:
    """A number as it is worth sending: the tables have all places, a page shows three digits at most."""
    return round(value, places) if isinstance(value, float) else value


def columns(rows: Sequence[Row], names: Sequence[str]) -> dict[str, list[object]]:
    """Rows as one list a column: names are sent once."""
    return {name: [shortened(row[name]) for row in rows] for name in names}


def core_value(published: Published, book: Codebook, open_share: float) -> Row:
    """The content of data/core.js."""
    best = best_matches(published, "credential_id")
    value = {
        row["credential_id"]: row
        for row in published.rows("credential_value", ["credential_id", "region", "wage_ratio", "suppressed"])
        if row["region"] == "ALL"
    }
    completeness = {
        row["credential_id"]: row
        for row in published.rows("credential_completeness", ["credential_id", "completeness", "verdict"])
    }
    credentials = [
        row
        | {
            "best_role": book.place("role", best.get(row["credential_id"], {}).get("role_id")),
            "best_coverage": best.get(row["credential_id"], {}).get("coverage"),
            "wage_ratio": value.get(row["credential_id"], {}).get("wage_ratio"),
            "completeness": completeness.get(row["credential_id"], {}).get("completeness"),
            "verdict": completeness.get(row["credential_id"], {}).get("verdict"),
        }
        for row in book.credentials
    ]
    return {
        "snapshot": published.snapshot_id,
        "as_of": published.as_of,
        "before": published.before,
        "currency": currency(published),
        "has": [name for name in OPTIONAL if published.has(name)],
        "open_share": open_share,
        "wage_all": median_wage(published),
        "roles": columns(book.roles, ["role_id", "label_en", "label_fr", "sector", "noc_2021", "postings", "profiled"]),
        "credentials": columns(credentials, [
            "credential_id", "title_en", "title_fr", "issuer", "hours", "cost", "cost_currency", "delivery_mode",
            "region", "skills", "best_role", "best_coverage", "wage_ratio", "completeness", "verdict",
        ]),
        "skills": columns(book.skills, ["label_en", "label_fr", "sector"]),
        "demand": demand_value(published, book),
        "best": _best_credentials(published, book),
    }  # fmt: skip


def demand_value(published: Published, book: Codebook) -> dict[str, list[object]]:
    """`role_demand` as columns, roles by number; columns that are empty throughout are left out."""
    rows = [
        row | {"role": book.place("role", row["role_id"])}
        for row in published.rows("role_demand", ["role_id", "region", *DEMAND])
    ]
    shown = [row for row in rows if row["role"] is not None]
    return {
        name: values for name, values in columns(shown, ["role", "region", *DEMAND]).items() if any(values)
    } | {"role": [row["role"] for row in shown], "region": [row["region"] for row in shown]}  # fmt: skip


def currency(published: Published) -> str:
    """The currency of wages."""
    found = published.rows("role_demand", ["currency"])
    return str(found[0]["currency"]) if found else ""


def median_wage(published: Published) -> float | None:
    """Median hourly wage over the vacancies of all roles whose figures are shown, in all regions together.

    Where too few of their postings state a wage for that, it is the median of all postings of the window that state
    one, each counted once; None where none does.
    """
    for row in published.rows("credential_value", ["region", "wage_median_all"]):
        if row["region"] == "ALL" and isinstance(row["wage_median_all"], float):
            return row["wage_median_all"]
    found = published.query("""
        SELECT round(median((coalesce(wage_low, wage_high) + coalesce(wage_high, wage_low)) / 2), 4) AS wage
        FROM postings WHERE in_window AND coalesce(wage_low, wage_high) IS NOT NULL
    """)["wage"].to_pylist()[0]
    return float(found) if found is not None else None


def similar_value(published: Published, book: Codebook) -> list[list[object]]:
    """For each skill by number: skills that count towards it and how far, one after the other; itself left out."""
    if published.has("skill_similarity"):
        pairs = published.rows("skill_similarity", ["skill_id", "taught_skill_id", "similarity"])
    elif published.has("match_skills"):
        pairs = list(
            published.query("""
            SELECT DISTINCT skill_id, taught_skill_id, similarity FROM match_skills
            WHERE taught_skill_id IS NOT NULL ORDER BY ALL
        """).to_pylist()
        )
    else:
        pairs = []
    value: list[list[object]] = [[] for _ in book.skills]
    for pair in pairs:
        asked, taught = book.place("skill", pair["skill_id"]), book.place("skill", pair["taught_skill_id"])
        if asked is not None and taught is not None and asked != taught:
            value[asked] += [taught, pair["similarity"]]
    return value


def _best_credentials(published: Published, book: Codebook) -> dict[str, list[object]]:
    """By role: the credential that covers it best, its coverage and the interval."""
    value: dict[str, list[object]] = {}
    for identity, row in best_matches(published, "role_id").items():
        role = book.place("role", identity)
        if role is not None:
            numbers = [shortened(row[name]) for name in ("coverage", "coverage_low", "coverage_high")]
            value[str(role)] = [book.place("credential", row["credential_id"]), *numbers]
    return value


def best_matches(published: Published, of: Literal["role_id", "credential_id"]) -> dict[object, Row]:
    """By role or by credential: its published match of the best rank."""
    rank = "rank_in_role" if of == "role_id" else "rank_in_credential"
    names = ["credential_id", "role_id", "coverage", "coverage_low", "coverage_high", rank]
    rows = sorted(published.rows("matches", names), key=lambda row: int(str(row[rank])), reverse=True)
    return {row[of]: row for row in rows}
