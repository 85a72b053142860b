"""One file a credential: what it teaches and in which words, the roles it covers, what it states, what it is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import shortened
from pipeline.report.published import Published, Row

ROLES_SHOWN = 50
DETAILS = ("credential_type", "assessment", "stackable_into", "prerequisites", "recognition", "level", "languages",
           "url", "source")  # fmt: skip
VALUE = ("region", "roles_covered", "roles_suppressed", "open_roles", "vacancies", "wage_median",
         "wage_median_low", "wage_median_high",
         "wage_median_all", "wage_ratio", "vacancies_share", "demand_index_best", "suppressed")  # fmt: skip


def credential_values(published: Published, book: Codebook) -> Iterator[tuple[int, Row]]:
    """The content of each data/credential-<n>.js, by number."""
    skills = _skills(published, book)
    roles = _roles(published, book)
    traits = _traits(published, book)
    worth = _worth(published, book)
    for number, credential in enumerate(book.credentials):
        yield (
            number,
            {
                **{name: credential[name] for name in DETAILS},
                "skills": skills.get(number, []),
                "matches": roles.get(number, [])[:ROLES_SHOWN],
                "matched": len(roles.get(number, [])),
                "traits": traits.get(number, []),
                "value": worth.get(number, []),
            },
        )


def _skills(published: Published, book: Codebook) -> dict[int, list[list[object]]]:
    """By credential, surest first: skill, confidence, stated, sentence, start, end, language, part."""
    found = published.query("""
        SELECT c.credential_id, c.skill_id, c.confidence, c.stated, e.sentence, e.start, e."end", e.language, e.part
        FROM credential_skills c LEFT JOIN evidence e
        ON e.document_kind = 'credential' AND e.document_id = c.credential_id AND e.skill_id = c.skill_id
        ORDER BY c.credential_id, c.confidence DESC, c.skill_id
    """)
    value: dict[int, list[list[object]]] = defaultdict(list)
    for row in found.to_pylist():
        credential = book.place("credential", row["credential_id"])
        if credential is not None:
            value[credential].append([
                book.place("skill", row["skill_id"]), row["confidence"], row["stated"], row["sentence"], row["start"],
                row["end"], row["language"], row["part"],
            ])  # fmt: skip
    return value


def _roles(published: Published, book: Codebook) -> dict[int, list[list[object]]]:
    """By credential, best covered first: role, coverage, its interval, relevance, skills missing."""
    names = ["coverage", "coverage_low", "coverage_high", "relevance", "skills_missing"]
    value: dict[int, list[list[object]]] = defaultdict(list)
    rows = published.rows("matches", ["credential_id", "role_id", "rank_in_credential", *names])
    for row in sorted(rows, key=lambda row: int(str(row["rank_in_credential"]))):
        credential, role = book.place("credential", row["credential_id"]), book.place("role", row["role_id"])
        if credential is not None and role is not None:
            value[credential].append([role, *(shortened(row[name]) for name in names)])
    return value


def _traits(published: Published, book: Codebook) -> dict[int, list[Row]]:
    names = ["trait", "finding", "evidence", "evidence_language", "evidence_part", "advice_en", "advice_fr"]
    value: dict[int, list[Row]] = defaultdict(list)
    for row in published.rows("credential_definition", ["credential_id", *names]):
        credential = book.place("credential", row["credential_id"])
        if credential is not None:
            value[credential].append({name: row[name] for name in names})
    return value


def _worth(published: Published, book: Codebook) -> dict[int, list[Row]]:
    value: dict[int, list[Row]] = defaultdict(list)
    for row in published.rows("credential_value", ["credential_id", "best_role_id", *VALUE]):
        credential = book.place("credential", row["credential_id"])
        if credential is not None:
            value[credential].append({name: shortened(row[name]) for name in VALUE} | {
                "best_role": book.place("role", row["best_role_id"]),
            })  # fmt: skip
    return value
