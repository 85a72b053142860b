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
         "wage_ratio", "vacancies_share", "suppressed")  # fmt: skip


def credential_values(published: Published, book: Codebook) -> Iterator[tuple[int, Row]]:
    """The content of each data/credential-<n>.js, by number."""
    skills = _skills(published, book)
    roles = _roles(published, book)
    traits = _traits(published, book, advice_value(published))
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
                "value": {"names": VALUE, "rows": worth.get(number, [])},
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


def _traits(published: Published, book: Codebook, advice: list[list[object]]) -> dict[int, list[list[object]]]:
    """By credential, for each trait: trait, finding, evidence and its language, place of its advice."""
    names = ["trait", "finding", "evidence", "evidence_language", "advice_en", "advice_fr"]
    places = {tuple(pair): place for place, pair in enumerate(advice)}
    value: dict[int, list[list[object]]] = defaultdict(list)
    for row in published.rows("credential_definition", ["credential_id", *names]):
        credential = book.place("credential", row["credential_id"])
        if credential is not None:
            given = places.get((row["advice_en"], row["advice_fr"]))
            value[credential].append([*(row[name] for name in names[:4]), given])
    return value


def advice_value(published: Published) -> list[list[object]]:
    """The content of data/advice.js: every advice to issuers once, in English and French."""
    rows = published.rows("credential_definition", ["advice_en", "advice_fr"])
    return [list(pair) for pair in sorted({(row["advice_en"], row["advice_fr"]) for row in rows if row["advice_en"]})]


def _worth(published: Published, book: Codebook) -> dict[int, list[list[object]]]:
    """By credential, for each region where it covers a role: the figures named by VALUE."""
    value: dict[int, list[list[object]]] = defaultdict(list)
    for row in published.rows("credential_value", ["credential_id", *VALUE]):
        credential = book.place("credential", row["credential_id"])
        if credential is not None and (row["roles_covered"] or row["region"] == "ALL"):
            value[credential].append([shortened(row[name]) for name in VALUE])
    return value
