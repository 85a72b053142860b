"""What a snapshot says, for people: rows of a table with their labels, and the walk from a score to sentences."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from pipeline.errors import LakeError, SettingsError
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.sql import connect, fetch
from pipeline.tables import TABLES

# How the rows of each table are best read first.
ORDER = {
    "matches": "coverage DESC, relevance DESC",
    "match_skills": "contribution DESC, importance DESC",
    "role_skills": "region <> 'ALL', role_id, rank",
    "role_demand": "c.region <> 'ALL', demand_index DESC NULLS LAST",
    "credential_value": "c.region <> 'ALL', wage_ratio DESC NULLS LAST, vacancies DESC NULLS LAST",
    "credential_skills": "credential_id, confidence DESC",
    "roles": "postings DESC",
    "postings": "posted_on DESC NULLS LAST",
    "evidence": "confidence DESC",
}
SENTENCES_SHOWN = 2


@dataclass(frozen=True)
class SkillLine:
    """One skill of an explained match; `contribution` is importance x confidence x similarity."""

    skill_id: str
    skill: str
    importance: float
    taught: str | None
    similarity: float
    confidence: float
    contribution: float
    status: str
    credential_sentences: list[str]
    posting_sentences: list[tuple[str, str]]


@dataclass(frozen=True)
class Explanation:
    """A match taken apart: the contributions of `skills` add up to `coverage`."""

    credential_id: str
    credential: str
    role_id: str
    role: str
    coverage: float
    coverage_low: float
    coverage_high: float
    relevance: float
    skills: list[SkillLine]


def _open(lake: Lake, tables: tuple[str, ...]) -> duckdb.DuckDBPyConnection:
    snapshot = lake.latest()  # looked up once: the pointer may move between one table and the next
    return connect({name: lake.snapshot_table(name, snapshot) for name in tables})


def table_rows(
    lake: Lake, table: str, credential: str | None, role: str | None, top: int, language: Language
) -> pa.Table:
    """The first rows of a table of the published snapshot, ids followed by their labels.

    Args:
        lake: holds the snapshot.
        table: one of `tables.TABLES`.
        credential: only rows of this credential (its id, or words of its title).
        role: only rows of this role (its id, or its label).
        top: how many rows; 0 for all.
        language: of the labels.

    Raises:
        SettingsError: there is no such table, or the table has no such column to choose by.
        LakeError: nothing is published, or no credential or role fits.
    """
    if table not in TABLES:
        raise SettingsError(f"There is no table {table}. Tables: {', '.join(TABLES)}.")
    columns = [column.name for column in TABLES[table].columns]
    with _open(lake, ("skills", "roles", "credentials", table)) as db:
        conditions, values = [], []
        for column, wanted, find in (
            ("credential_id", credential, find_credential), ("role_id", role, find_role),
        ):  # fmt: skip
            if wanted is not None:
                if column not in columns:
                    raise SettingsError(f"The table {table} has no {column} to choose rows by.")
                conditions.append(f'c."{column}" = ?')
                values.append(find(db, wanted)[0])
        labelled, joins = _labels(columns, table, language)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        keys = ", ".join(f'c."{key}"' for key in TABLES[table].key)
        order = f"{ORDER[table]}, {keys}" if table in ORDER else keys
        query = f"SELECT {labelled} FROM {table} c {joins} {where} ORDER BY {order}"
        return fetch(db, query + (f" LIMIT {int(top)}" if top else ""), values)


def _labels(columns: list[str], table: str, language: Language) -> tuple[str, str]:
    """The select list and the joins that put a label behind each id. All names come from the contract."""
    texts = {"roles": "label_{}", "skills": "label_{}", "credentials": "title_{}"}
    references = {column.name: column.references for column in TABLES[table].columns}
    names, joins = [], []
    for column in columns:
        names.append(f'c."{column}"')
        source, _, key = (references[column] or "").partition(".")
        if source in texts:
            other = f"of_{column}"
            names.append(f"{label_in(other, texts[source], language)} AS {column.removesuffix('_id')}")
            joins.append(f"LEFT JOIN {source} AS {other} ON {other}.{key} = c.{column}")
    return ", ".join(names), " ".join(joins)


def label_in(table: str, text: str, language: Language) -> str:
    """SQL of what a thing of a table is called in a language, or else in the other one.

    Args:
        table: or an alias of it.
        text: the column, with {} for the language: "title_{}".
        language: which one is wanted.
    """
    other = "fr" if language == "en" else "en"
    return f"coalesce({table}.{text.format(language)}, {table}.{text.format(other)})"


def find_credential(db: duckdb.DuckDBPyConnection, wanted: str) -> tuple[str, str]:
    """A credential's id and English title by its id, or by words of its title in either language.

    Raises:
        LakeError: none fits, or several do; names those.
    """
    return _find(
        db,
        "SELECT credential_id, coalesce(title_en, title_fr) FROM credentials WHERE credential_id = $1",
        "SELECT credential_id, coalesce(title_en, title_fr) FROM credentials "
        "WHERE contains(lower(strip_accents(coalesce(title_en, '') || ' / ' || coalesce(title_fr, ''))), "
        "lower(strip_accents($1))) ORDER BY credential_id",
        wanted,
        "credential",
    )


def find_role(db: duckdb.DuckDBPyConnection, wanted: str) -> tuple[str, str]:
    """A role's id and English label by its id, by a stretch of its label, or by words of it, in either language.

    Words alone find French labels that name both genders: "superviseur d'entrepôt" is the role that is called
    superviseur/superviseure d'entrepôt.

    Raises:
        LakeError: none fits, or several do; names those.
    """
    return _find(
        db,
        "SELECT role_id, label_en FROM roles WHERE role_id = $1 OR lower(label_en) = lower($1) "
        "OR lower(label_fr) = lower($1)",
        "SELECT role_id, label_en FROM roles WHERE contains(lower(strip_accents(label_en || ' / ' || label_fr)), "
        "lower(strip_accents($1))) ORDER BY NOT profiled, role_id",
        wanted,
        "role",
        "SELECT role_id, label_en FROM roles "
        "WHERE list_bool_and(list_transform(string_split(lower(strip_accents($1)), ' '), "
        "lambda word: contains(lower(strip_accents(label_en || ' / ' || label_fr)), word))) "
        "ORDER BY NOT profiled, role_id",
    )


def _find(
    db: duckdb.DuckDBPyConnection, exact: str, similar: str, wanted: str, what: str, last: str | None = None
) -> tuple[str, str]:
    tried = (db.execute(sql, [wanted]).fetchall() for sql in (exact, similar, last) if sql)
    rows: list[tuple[object, ...]] = next((found for found in tried if found), [])
    if len(rows) == 1:
        return str(rows[0][0]), str(rows[0][1])
    if not rows:
        raise LakeError(f"No {what} of the snapshot is {wanted!r}. List them with `passerelle show {what}s`.")
    some = "; ".join(f"{row[0]} ({row[1]})" for row in rows[:8])
    raise LakeError(f"{len(rows)} {what}s fit {wanted!r}: {some}{' ...' if len(rows) > 8 else ''}. Give one id.")


EXPLAIN_SQL = """
SELECT m.skill_id, s.label AS skill, m.importance, t.label AS taught, m.taught_skill_id, m.similarity, m.confidence,
       m.contribution, m.status
FROM match_skills m
JOIN labels s ON s.skill_id = m.skill_id
LEFT JOIN labels t ON t.skill_id = m.taught_skill_id
WHERE m.credential_id = ? AND m.role_id = ?
ORDER BY m.contribution DESC, m.importance DESC, m.skill_id
"""

CREDENTIAL_SENTENCES_SQL = """
SELECT DISTINCT sentence FROM evidence
WHERE document_kind = 'credential' AND document_id = ? AND skill_id = ? ORDER BY sentence LIMIT ?
"""

POSTING_SENTENCES_SQL = """
SELECT e.document_id, e.sentence FROM evidence e JOIN postings p ON p.posting_id = e.document_id
WHERE e.document_kind = 'posting' AND p.role_id = ? AND p.in_window AND e.skill_id = ?
ORDER BY e.language <> ?, e.confidence DESC, e.document_id LIMIT ?
"""


def explain(lake: Lake, credential: str, role: str, language: Language) -> Explanation:
    """Takes a match apart, down to sentences on both sides.

    Args:
        lake: holds the snapshot.
        credential: its id, or words of its title.
        role: its id, or its label.
        language: of the labels; sentences in it are shown first.

    Raises:
        LakeError: nothing is published, nothing fits, or the pair covers too little to be in `matches`.
    """
    tables = ("skills", "roles", "credentials", "matches", "match_skills", "evidence", "postings")
    with _open(lake, tables) as db:
        credential_id, _ = find_credential(db, credential)
        role_id, _ = find_role(db, role)
        head = db.execute(
            f"SELECT {label_in('credentials', 'title_{}', language)}, r.label_{language}, "
            "coverage, coverage_low, coverage_high, relevance "
            "FROM matches m JOIN credentials USING (credential_id) JOIN roles r USING (role_id) "
            "WHERE credential_id = ? AND role_id = ?",
            [credential_id, role_id],
        ).fetchone()
        if head is None:
            raise LakeError(
                f"{credential_id} and {role_id} are no row of `matches`: the credential covers less of the role than "
                "[matching] min_coverage, or the role has too few postings for a profile."
            )
        db.execute(f"CREATE TEMP VIEW labels AS SELECT skill_id, label_{language} AS label FROM skills")
        lines = []
        for row in fetch(db, EXPLAIN_SQL, [credential_id, role_id]).to_pylist():
            lines.append(_line(db, row, credential_id, role_id, language))
    title, label, coverage, low, high, relevance = head
    return Explanation(
        credential_id,
        str(title),
        role_id,
        str(label),
        float(coverage),
        float(low),
        float(high),
        float(relevance),
        lines,
    )


def _line(
    db: duckdb.DuckDBPyConnection, row: dict[str, object], credential_id: str, role_id: str, language: Language
) -> SkillLine:
    taught = row.pop("taught_skill_id")
    spoken = db.execute(CREDENTIAL_SENTENCES_SQL, [credential_id, taught, SENTENCES_SHOWN]).fetchall() if taught else []
    asked = db.execute(POSTING_SENTENCES_SQL, [role_id, row["skill_id"], language, SENTENCES_SHOWN]).fetchall()
    return SkillLine(
        **row,  # type: ignore[arg-type]  # the query names the columns as the fields
        credential_sentences=[str(s[0]) for s in spoken],
        posting_sentences=[(str(d), str(s)) for d, s in asked],
    )
