"""What no credential teaches, and what changed since the snapshot before."""

from __future__ import annotations

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import shortened
from pipeline.report.published import Published, Row

DEMANDED = ("region", "demand", "rank", "postings", "vacancies", "vacancies_low", "vacancies_high", "wage_median",
            "wage_median_low", "wage_median_high", "bundle_id")  # fmt: skip
SKILL = (*DEMANDED, "scope", "taught")
BUNDLE = (*DEMANDED, "title_en", "title_fr", "sectors", "cohesion", "hours", "hours_low", "hours_high", "fits")
PARTS = ("by_demand", "by_credential", "by_taxonomy", "by_model", "by_settings", "by_code", "by_unsplit")
CHANGES_SHOWN = 2_000
EXAMPLES_SHOWN = 4


def unmet_value(published: Published, book: Codebook) -> Row:
    """The content of data/unmet.js: skills and bundles, most demanded first, with example sentences."""
    skills = [
        {name: shortened(row[name]) for name in SKILL}
        | {
            "skill": book.place("skill", row["skill_id"]),
            "roles": book.places("role", row["roles"]),
            "nearest": book.place("credential", row["nearest_credential_id"]),
        }
        for row in published.rows("unmet_demand", ["skill_id", "roles", "nearest_credential_id", *SKILL])
    ]
    examples = _examples(published)
    bundles = [
        {name: shortened(row[name]) for name in BUNDLE}
        | {
            "skills": book.places("skill", row["skills"]),
            "roles": book.places("role", row["roles"]),
            "examples": examples.get((row["region"], row["bundle_id"]), []),
        }
        for row in published.rows("unmet_bundles", ["skills", "roles", *BUNDLE])
    ]
    return {"skills": sorted(skills, key=_by_rank), "bundles": sorted(bundles, key=_by_rank)}


def _by_rank(row: Row) -> tuple[bool, str, int]:
    return row["region"] != "ALL", str(row["region"]), int(str(row["rank"] or 0))


def _examples(published: Published) -> dict[tuple[object, object], list[Row]]:
    """By region and bundle: a sentence from each of its example postings, with the posting's title and address."""
    if not published.has("unmet_bundles"):
        return {}
    found = published.query(f"""
        WITH named AS (
            SELECT region, bundle_id, skills, unnest(example_postings) AS posting_id,
                   generate_subscripts(example_postings, 1) AS place
            FROM unmet_bundles
        )
        SELECT n.region, n.bundle_id, n.place, e.sentence, e.start, e."end", e.language,
               p.title, p.employer, p.posted_on, p.url
        FROM named n
        JOIN postings p USING (posting_id)
        JOIN evidence e ON e.document_kind = 'posting' AND e.document_id = n.posting_id
                       AND list_contains(n.skills, e.skill_id)
        WHERE n.place <= {EXAMPLES_SHOWN}
        QUALIFY row_number() OVER (
            PARTITION BY n.region, n.bundle_id, n.place ORDER BY e.confidence DESC, e.skill_id
        ) = 1
        ORDER BY n.region, n.bundle_id, n.place
    """)
    value: dict[tuple[object, object], list[Row]] = {}
    for row in found.to_pylist():
        posted = row["posted_on"].isoformat() if row["posted_on"] else None
        value.setdefault((row["region"], row["bundle_id"]), []).append({
            **{name: row[name] for name in ("sentence", "start", "end", "language", "title", "employer", "url")},
            "posted_on": posted,
        })  # fmt: skip
    return value


def changes_value(published: Published, book: Codebook) -> Row:
    """The content of data/changes.js: the largest changes of coverage, and how many there are."""
    rows = published.rows("changes", ["credential_id", "role_id", "kind", "coverage_from", "coverage_to", *PARTS])
    listed = [
        [
            book.place("credential", row["credential_id"]), book.place("role", row["role_id"]), row["kind"],
            *(shortened(row[name] or 0.0, 6) for name in ("coverage_from", "coverage_to", *PARTS)),
            row["credential_id"], row["role_id"],
        ]
        for row in rows
    ]  # fmt: skip
    listed.sort(key=lambda row: (-abs(float(str(row[4])) - float(str(row[3]))), str(row[-2]), str(row[-1])))
    names = ["credential", "role", "kind", "coverage_from", "coverage_to", *PARTS, "credential_id", "role_id"]
    return {"names": names, "rows": listed[:CHANGES_SHOWN], "count": len(listed)}
