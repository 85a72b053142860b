"""One file a role: what it asks for, in which words, and which credentials cover it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import shortened
from pipeline.report.published import Published, Row

# Of each role: the credentials that cover it best, and for each of its skills the sentences that speak most clearly.
CREDENTIALS_SHOWN = 100
SENTENCES_SHOWN = 3


def role_values(published: Published, book: Codebook) -> Iterator[tuple[int, Row]]:
    """The content of each data/role-<n>.js, by number."""
    skills = _skills(published, book)
    credentials = _credentials(published, book)
    stacks = _stacks(published, book)
    sentences, postings = _sentences(published, book)
    for number, role in enumerate(book.roles):
        yield (
            number,
            {
                "isco_08": role["isco_08"],
                "skills": skills.get(number, {}),
                "matches": credentials.get(number, [])[:CREDENTIALS_SHOWN],
                "matched": len(credentials.get(number, [])),
                "stacks": stacks.get(number, []),
                "sentences": sentences.get(number, []),
                "postings": postings.get(number, []),
            },
        )


def _skills(published: Published, book: Codebook) -> dict[int, dict[str, list[list[object]]]]:
    """By role and region, most important first: skill, importance, share, share over all roles, RCA, required share."""
    names = ["importance", "share", "share_all", "rca", "required_share", "postings"]
    value: dict[int, dict[str, list[list[object]]]] = defaultdict(lambda: defaultdict(list))
    rows = published.rows("role_skills", ["role_id", "region", "skill_id", "rank", *names])
    for row in sorted(rows, key=lambda row: int(str(row["rank"]))):
        role = book.place("role", row["role_id"])
        if role is not None:
            skill = book.place("skill", row["skill_id"])
            # Importance keeps its places: the page adds coverage up from it.
            numbers = [row["importance"], *(shortened(row[name]) for name in names[1:])]
            value[role][str(row["region"])].append([skill, *numbers])
    return value


def _credentials(published: Published, book: Codebook) -> dict[int, list[list[object]]]:
    """By role, best first: credential, coverage, its interval, relevance, skills covered, partial and missing."""
    names = ["coverage", "coverage_low", "coverage_high", "relevance", "skills_covered", "skills_partial",
             "skills_missing", "distinctive_coverage", "required_coverage"]  # fmt: skip
    value: dict[int, list[list[object]]] = defaultdict(list)
    rows = published.rows("matches", ["credential_id", "role_id", "rank_in_role", *names])
    for row in sorted(rows, key=lambda row: int(str(row["rank_in_role"]))):
        role = book.place("role", row["role_id"])
        if role is not None:
            numbers = [shortened(row[name]) for name in names]
            value[role].append([book.place("credential", row["credential_id"]), *numbers])
    return value


def _stacks(published: Published, book: Codebook) -> dict[int, list[Row]]:
    """By role, the steps of its stacks over all regions in their order; the table has those of each region too."""
    names = ["region", "budget", "step", "gain", "coverage", "coverage_low", "coverage_high", "bound", "hours",
             "hours_total", "cost_total", "cost_currency", "entry_requirements", "prerequisites_met"]  # fmt: skip
    value: dict[int, list[Row]] = defaultdict(list)
    for row in published.rows("stacks", ["role_id", "credential_id", "required_by", "new_skills", *names]):
        role = book.place("role", row["role_id"])
        if role is not None and row["region"] == "ALL":
            value[role].append({name: shortened(row[name]) for name in names} | {
                "credential": book.place("credential", row["credential_id"]),
                "required_by": book.place("credential", row["required_by"]),
                "new_skills": book.places("skill", row["new_skills"]),
            })  # fmt: skip
    return value


def _sentences(
    published: Published, book: Codebook
) -> tuple[dict[int, list[list[object]]], dict[int, list[list[object]]]]:
    """By role: its sentences (skill, posting, text, start, end, language, level), and the postings they stand in."""
    found = published.query(f"""
        WITH told AS (
            SELECT p.role_id, e.skill_id, e.document_id, e.sentence, e.start, e."end", e.language, e.level,
                   p.title, p.employer, p.region, p.posted_on, p.url,
                   row_number() OVER (
                       PARTITION BY p.role_id, e.skill_id ORDER BY e.confidence DESC, e.document_id
                   ) AS place
            FROM evidence e
            JOIN postings p ON p.posting_id = e.document_id AND e.document_kind = 'posting'
            JOIN role_skills s ON s.role_id = p.role_id AND s.skill_id = e.skill_id AND s.region = 'ALL'
            WHERE p.in_window
        )
        SELECT * FROM told WHERE place <= {SENTENCES_SHOWN} ORDER BY role_id, skill_id, place
    """)
    sentences: dict[int, list[list[object]]] = defaultdict(list)
    postings: dict[int, list[list[object]]] = defaultdict(list)
    places: dict[tuple[int, object], int] = {}
    for row in found.to_pylist():
        role = book.place("role", row["role_id"])
        if role is None:
            continue
        key = (role, row["document_id"])
        if key not in places:
            places[key] = len(postings[role])
            posted = row["posted_on"].isoformat() if row["posted_on"] else None
            postings[role].append([row["title"], row["employer"], row["region"], posted, row["url"]])
        sentences[role].append([
            book.place("skill", row["skill_id"]), places[key], row["sentence"], row["start"], row["end"],
            row["language"], row["level"],
        ])  # fmt: skip
    return sentences, postings
