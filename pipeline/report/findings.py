"""What the figures say: the headlines of the overview, each computed from the tables and linked to its evidence.

A finding that a snapshot cannot support (a table is missing, nothing passes the thresholds) is left out, not worded
around.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import pyarrow as pa

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import median_wage
from pipeline.report.published import Published, Row
from pipeline.report.words import Words

HALF = 0.5
MIN_POSTINGS = 3  # a headline about one role rests on at least this many postings


@dataclass(frozen=True)
class Finding:
    """A headline: its words' key, what fills their gaps, and the page that it comes from.

    `values` maps a gap to ("role" | "credential" | "skill" | "percent" | "money" | "number" | "text", value); roles,
    credentials and skills by number. `figure` names the value that is set large.
    """

    key: str
    figure: str
    values: dict[str, tuple[str, object]]
    page: str

    def told(self, words: Words, book: Codebook, currency: str) -> dict[str, str]:
        """The finding in a language: figure, text, note and page."""
        filled = {gap: tell(words, book, currency, *value) for gap, value in self.values.items()}
        return {
            "figure": filled[self.figure],
            "text": words.fill(f"findings.{self.key}{self._ending(words)}", **filled),
            "note": words.fill(f"findings.{self.key}_note", **filled),
            "page": self.page,
        }

    def _ending(self, words: Words) -> str:
        """The ending of the key of the sentence for a single one, where the figure is one and there is such a key."""
        single = self.values[self.figure] == ("number", 1)
        return "_one" if single and words.known(f"findings.{self.key}_one") else ""


def tell(words: Words, book: Codebook, currency: str, kind: str, value: object) -> str:
    """A value in the words of a language."""
    if kind in ("role", "skill"):
        return str((book.roles if kind == "role" else book.skills)[int(str(value))][f"label_{words.language}"])
    if kind == "credential":
        return title(book.credentials[int(str(value))], words.language)
    if kind == "text":
        return str(value)
    number = float(str(value))
    if kind == "percent":
        return words.percent(number)
    return words.money(number, currency) if kind == "money" else words.number(number)


def title(credential: Row, language: str) -> str:
    """A credential's title in a language, else in the other, else its id."""
    other = "fr" if language == "en" else "en"
    return str(credential[f"title_{language}"] or credential[f"title_{other}"] or credential["credential_id"])


def address(page: str, **ids: object) -> str:
    """A page's address within its language; ids are quoted, whatever they hold."""
    return f"{page}.html?{urlencode({name: str(identity) for name, identity in ids.items()})}"


def findings(published: Published, book: Codebook, open_share: float) -> list[Finding]:
    """The headlines that this snapshot supports, in the order in which they are shown.

    `open_share`: from which share of postings on a role is called open, see [value] in the settings.
    """
    made = [make(published, book, open_share) for make in MAKERS]
    return [finding for finding in made if finding is not None]


def _first(published: Published, sql: str) -> Row | None:
    rows: pa.Table = published.query(f"SELECT * FROM ({sql}) LIMIT 1")
    return rows.to_pylist()[0] if rows.num_rows else None


def _best_match(published: Published, book: Codebook, _: float) -> Finding | None:
    row = _first(
        published,
        f"""
        SELECT m.*, r.postings FROM matches m JOIN roles r USING (role_id) WHERE r.postings >= {MIN_POSTINGS}
        ORDER BY coverage_low DESC, coverage DESC, credential_id, role_id
    """,
    )
    if row is None:
        return None
    role, credential = book.place("role", row["role_id"]), book.place("credential", row["credential_id"])
    return Finding("best_match", "coverage", {
        "role": ("role", role), "credential": ("credential", credential), "coverage": ("percent", row["coverage"]),
        "low": ("percent", row["coverage_low"]), "high": ("percent", row["coverage_high"]),
        "postings": ("number", row["postings"]),
    }, address("compare", role=row["role_id"], c=row["credential_id"]))  # fmt: skip


def _uncovered_roles(published: Published, book: Codebook, _: float) -> Finding | None:
    row = _first(
        published,
        f"""
        WITH best AS (
            SELECT role_id, coalesce(max(m.coverage), 0) AS coverage
            FROM roles r LEFT JOIN matches m USING (role_id) WHERE r.profiled GROUP BY role_id
        )
        SELECT count(*) AS roles, count(*) FILTER (coverage < {HALF}) AS uncovered, median(coverage) AS middle FROM best
    """,
    )
    if row is None or not row["roles"]:
        return None
    return Finding("uncovered_roles", "uncovered", {
        "uncovered": ("number", row["uncovered"]), "roles": ("number", row["roles"]),
        "middle": ("percent", row["middle"]),
    }, "roles.html?sort=coverage")  # fmt: skip


def _demanded_role(published: Published, book: Codebook, _: float) -> Finding | None:
    overall = median_wage(published)
    row = _first(
        published,
        f"""
        SELECT * FROM role_demand
        WHERE region = 'ALL' AND postings >= {MIN_POSTINGS} AND wage_median IS NOT NULL AND demand_index IS NOT NULL
        ORDER BY demand_index DESC, role_id
    """,
    )
    if row is None or overall is None:
        return None
    role = book.place("role", row["role_id"])
    return Finding("demanded_role", "vacancies", {
        "role": ("role", role), "vacancies": ("number", row["vacancies"]), "wage": ("money", row["wage_median"]),
        "overall": ("money", overall), "postings": ("number", row["postings"]),
    }, address("role", role=row["role_id"]))  # fmt: skip


def _open_roles(published: Published, book: Codebook, open_share: float) -> Finding | None:
    row = _first(
        published,
        f"""
        SELECT count(*) OVER () AS roles, * FROM role_demand
        WHERE region = 'ALL' AND least(no_degree_share, entry_experience_share) >= {float(open_share)}
          AND postings >= {MIN_POSTINGS} AND wage_median IS NOT NULL
        ORDER BY wage_median DESC, role_id
    """,
    )
    if row is None:
        return None
    role = book.place("role", row["role_id"])
    return Finding("open_roles", "roles", {
        "roles": ("number", row["roles"]), "role": ("role", role), "wage": ("money", row["wage_median"]),
        "postings": ("number", row["postings"]),
    }, "roles.html?open=1&sort=wage")  # fmt: skip


def _best_stack(published: Published, book: Codebook, _: float) -> Finding | None:
    if not published.has("stacks"):
        return None
    row = _first(
        published,
        f"""
        WITH ends AS (
            SELECT role_id, max(coverage) AS coverage, arg_min(coverage, step) AS alone, max(step) AS steps
            FROM stacks WHERE region = 'ALL' AND budget = 'none' GROUP BY role_id
        )
        SELECT e.*, r.postings FROM ends e JOIN roles r USING (role_id)
        WHERE e.steps > 1 AND r.postings >= {MIN_POSTINGS} ORDER BY e.coverage - e.alone DESC, role_id
    """,
    )
    if row is None:
        return None
    role = book.place("role", row["role_id"])
    return Finding("best_stack", "coverage", {
        "role": ("role", role), "steps": ("number", row["steps"]), "coverage": ("percent", row["coverage"]),
        "alone": ("percent", row["alone"]), "postings": ("number", row["postings"]),
    }, address("role", role=row["role_id"]) + "#stack")  # fmt: skip


def _unmet_skill(published: Published, book: Codebook, _: float) -> Finding | None:
    if not published.has("unmet_demand"):
        return None
    row = _first(
        published,
        """
        SELECT count(*) OVER () AS skills, len(roles) AS asking, * FROM unmet_demand
        WHERE region = 'ALL' AND scope = 'nowhere' ORDER BY rank, skill_id
    """,
    )
    if row is None:
        return None
    return Finding("unmet_skill", "skills", {
        "skills": ("number", row["skills"]), "skill": ("skill", book.place("skill", row["skill_id"])),
        "postings": ("number", row["postings"]), "roles": ("number", row["asking"]),
    }, "unmet.html")  # fmt: skip


def _definition(published: Published, book: Codebook, _: float) -> Finding | None:
    if not published.has("credential_completeness"):
        return None
    row = _first(
        published,
        """
        SELECT count(*) AS credentials, count(*) FILTER (verdict = 'yes') AS whole, median(completeness) AS middle
        FROM credential_completeness
    """,
    )
    if row is None or not row["credentials"]:
        return None
    return Finding("definition", "whole", {
        "whole": ("number", row["whole"]), "credentials": ("number", row["credentials"]),
        "middle": ("percent", row["middle"]),
    }, "credentials.html?sort=completeness")  # fmt: skip


MAKERS: tuple[Callable[[Published, Codebook, float], Finding | None], ...] = (
    _best_match, _uncovered_roles, _demanded_role, _open_roles, _best_stack, _unmet_skill, _definition,
)  # fmt: skip
