"""A design brief for the next credential: one bundle of unmet demand as a page, in Markdown or HTML.

Comes in: a published snapshot and the id of a bundle. Goes out: a page for a programme developer, in English or French,
with the postings' own sentences. Everything from data is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import duckdb

from pipeline.asking.typography import number, quoted
from pipeline.errors import LakeError
from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.sql import connect, fetch

SENTENCES_PER_SKILL: Final = 3
Kind = Literal["h1", "h2", "p", "list", "table"]

WORDS: Final[dict[str, dict[Language, str]]] = {
    "brief": {"en": "Design brief: {}", "fr": "Fiche de conception : {}"},
    "why": {"en": "Why", "fr": "Pourquoi"},
    "why_text": {
        "en": "Employers ask for these skills ({postings} postings, about {vacancies} vacancies, 90 % interval {low} "
        "to {high}), and no credential {where} teaches any of them to the threshold.",
        "fr": "Des employeurs demandent ces compétences ({postings} offres, environ {vacancies} postes vacants, "
        "intervalle à 90 % de {low} à {high}), et aucun titre {where} n'en enseigne une jusqu'au seuil.",
    },
    "nowhere": {"en": "that was read", "fr": "parmi ceux qui ont été lus"},
    "in_region": {"en": "within reach of {}", "fr": "accessible depuis {}"},
    "wage": {
        "en": "Postings that state a wage ({n}) pay a median of {median} {currency} an hour (90 % interval {low} to "
        "{high}).",
        "fr": "Les offres qui indiquent un salaire ({n}) paient une médiane de {median} {currency} l'heure (intervalle "
        "à 90 % de {low} à {high}).",
    },
    "no_wage": {"en": "Too few of these postings state a wage to quote one.",
                "fr": "Trop peu de ces offres indiquent un salaire pour en citer un."},
    "hours": {
        "en": "Suggested length: {hours} hours ({low} to {high}), from what existing short credentials take per skill.",
        "fr": "Durée suggérée : {hours} heures (de {low} à {high}), d'après ce que les titres courts existants "
        "consacrent à une compétence.",
    },
    "no_hours": {"en": "No credential states its hours, so no length can be suggested.",
                 "fr": "Aucun titre n'indique sa durée : on ne peut en suggérer une."},
    "small": {"en": "By this estimate the bundle is not a credential of its own: add it to a related one.",
              "fr": "Selon cette estimation, le groupe ne suffit pas à un titre : ajoutez-le à un titre voisin."},
    "skills": {"en": "What to teach", "fr": "Quoi enseigner"},
    "roles": {"en": "For which roles", "fr": "Pour quels rôles"},
    "sentences": {"en": "In employers' own words", "fr": "Dans les mots des employeurs"},
    "limits": {"en": "How to read this", "fr": "Comment lire cette fiche"},
    "limits_text": {
        "en": "Postings are not jobs, and what a credential teaches is read from its description. Intervals show the "
        "uncertainty of sampling postings, and no other. Talk to the employers quoted before building. "
        "Snapshot {}; methods: docs/methods.md, \"Unmet demand\".",
        "fr": "Une offre n'est pas un emploi, et ce qu'un titre enseigne est lu dans sa description. Les intervalles "
        "ne tiennent compte que du hasard des offres. Parlez aux employeurs cités avant de concevoir. Instantané {}; "
        "méthodes : docs/methods.md, « Unmet demand ».",
    },
    "skill": {"en": "Skill", "fr": "Compétence"},
    "role": {"en": "Role", "fr": "Rôle"},
    "postings": {"en": "Postings", "fr": "Offres"},
    "vacancies": {"en": "Vacancies", "fr": "Postes vacants"},
    "median": {"en": "Median wage", "fr": "Salaire médian"},
    "nearest": {"en": "Comes nearest (p × sim)", "fr": "Titre le plus proche (p × sim)"},
    "none": {"en": "none", "fr": "aucun"},
    "everywhere": {"en": "all regions", "fr": "toutes les régions"},
    "colon": {"en": "{}: {}", "fr": "{} : {}"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """One part of the page: a heading, a paragraph, a list, or a table whose first row is its head."""

    kind: Kind
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


def say(word: str, language: Language) -> str:
    """A phrase of the page."""
    return WORDS[word][language]


BUNDLE_SQL = "SELECT * FROM unmet_bundles WHERE bundle_id = $1"

SKILLS_SQL = """
SELECT s.label_en, s.label_fr, u.postings, u.vacancies, u.taught, coalesce(c.title_en, c.title_fr) AS nearest_en,
       coalesce(c.title_fr, c.title_en) AS nearest_fr
FROM unmet_demand u JOIN skills s USING (skill_id)
LEFT JOIN credentials c ON c.credential_id = u.nearest_credential_id
WHERE u.bundle_id = $1 ORDER BY u.demand DESC, u.skill_id
"""

ROLES_SQL = """
SELECT r.label_en, r.label_fr, d.postings, d.vacancies, d.wage_median
FROM (SELECT unnest(roles) AS role_id, generate_subscripts(roles, 1) AS place, region FROM unmet_bundles
      WHERE bundle_id = $1) b
JOIN roles r USING (role_id)
LEFT JOIN role_demand d ON d.role_id = b.role_id AND d.region = b.region
ORDER BY b.place
"""

SENTENCES_SQL = """
SELECT s.label_en, s.label_fr, e.sentence, e.document_id
FROM (SELECT unnest(skills) AS skill_id, generate_subscripts(skills, 1) AS place, roles, region FROM unmet_bundles
      WHERE bundle_id = $1) b
JOIN skills s USING (skill_id)
JOIN evidence e ON e.skill_id = b.skill_id AND e.document_kind = 'posting'
JOIN postings p ON p.posting_id = e.document_id AND p.in_window AND list_contains(b.roles, p.role_id)
               AND (b.region = 'ALL' OR p.region = b.region)
QUALIFY row_number() OVER (
    PARTITION BY b.skill_id ORDER BY e.language <> $2, e.confidence DESC, e.document_id
) <= $3
ORDER BY b.place, e.language <> $2, e.confidence DESC, e.document_id
"""


def build_brief(lake: Lake, bundle: str, language: Language) -> list[Block]:
    """The page of one bundle, block by block.

    Args:
        lake: holds the published snapshot.
        bundle: a bundle_id of `unmet_bundles`.
        language: of the page; sentences in it come first.

    Raises:
        LakeError: nothing is published, or no bundle has this id.
    """
    snapshot = lake.latest()
    names = ("unmet_bundles", "unmet_demand", "skills", "roles", "role_demand", "credentials", "evidence", "postings")
    with connect({name: lake.snapshot_table(name, snapshot) for name in names}) as db:
        found = fetch(db, BUNDLE_SQL, [bundle]).to_pylist()
        if not found:
            raise LakeError(f"No bundle of the snapshot is {bundle!r}. List them with `passerelle show unmet_bundles`.")
        row = found[0]
        currency = fetch(db, "SELECT max(currency) AS currency FROM role_demand").to_pylist()[0]["currency"]
        return [
            Block("h1", say("brief", language).format(row[f"title_{language}"])),
            *_reasons(row, str(currency or ""), language),
            Block("h2", say("skills", language)), _skills(db, bundle, language),
            Block("h2", say("roles", language)), _roles(db, bundle, language),
            Block("h2", say("sentences", language)), _sentences(db, bundle, language),
            Block("h2", say("limits", language)), Block("p", say("limits_text", language).format(snapshot)),
        ]  # fmt: skip


def _reasons(row: dict[str, object], currency: str, language: Language) -> list[Block]:
    def figure(name: str, decimals: int = 1) -> str:
        value = row[name]
        return number(float(value) if isinstance(value, int | float) else None, language, decimals)

    region = str(row["region"])
    where = say("nowhere", language) if region == "ALL" else say("in_region", language).format(region)
    blocks = [Block("h2", say("why", language)), Block("p", say("why_text", language).format(
        postings=row["postings"], vacancies=figure("vacancies"), low=figure("vacancies_low"),
        high=figure("vacancies_high"), where=where,
    ))]  # fmt: skip
    wage = say("no_wage", language) if row["wage_median"] is None else say("wage", language).format(
        n=row["wage_postings"], median=figure("wage_median", 2), low=figure("wage_median_low", 2),
        high=figure("wage_median_high", 2), currency=currency,
    )  # fmt: skip
    hours = say("no_hours", language) if row["hours"] is None else say("hours", language).format(
        hours=figure("hours", 0), low=figure("hours_low", 0), high=figure("hours_high", 0)
    )  # fmt: skip
    short = [Block("p", say("small", language))] if row["hours"] is not None and not row["fits"] else []
    return [*blocks, Block("p", wage), Block("p", hours), *short]


def _skills(db: duckdb.DuckDBPyConnection, bundle: str, language: Language) -> Block:
    rows = [[say(word, language) for word in ("skill", "postings", "vacancies", "nearest")]]
    for row in fetch(db, SKILLS_SQL, [bundle]).to_pylist():
        nearest = row[f"nearest_{language}"]
        near = f"{nearest} ({number(row['taught'], language, 2)})" if nearest else say("none", language)
        rows.append([row[f"label_{language}"], str(row["postings"]), number(row["vacancies"], language), near])
    return Block("table", rows=rows)


def _roles(db: duckdb.DuckDBPyConnection, bundle: str, language: Language) -> Block:
    rows = [[say(word, language) for word in ("role", "postings", "vacancies", "median")]]
    for row in fetch(db, ROLES_SQL, [bundle]).to_pylist():
        counts = [number(row[name], language, 0) for name in ("postings", "vacancies")]
        rows.append([row[f"label_{language}"], *counts, number(row["wage_median"], language, 2)])
    return Block("table", rows=rows)


def _sentences(db: duckdb.DuckDBPyConnection, bundle: str, language: Language) -> Block:
    rows = fetch(db, SENTENCES_SQL, [bundle, language, SENTENCES_PER_SKILL]).to_pylist()
    said = say("colon", language)
    return Block("list", rows=[
        [f"{said.format(row[f'label_{language}'], quoted(row['sentence'], language))} ({row['document_id']})"]
        for row in rows
    ])  # fmt: skip


def to_markdown(blocks: Sequence[Block]) -> str:
    """The page as Markdown; nothing from data can act as mark-up."""
    parts = []
    for block in blocks:
        match block.kind:
            case "h1" | "h2":
                parts.append(f"{'#' * int(block.kind[1])} {_plain(block.text)}")
            case "p":
                parts.append(_plain(block.text))
            case "list":
                parts.append("\n".join(f"- {_plain(row[0])}" for row in block.rows))
            case "table":
                lines = [f"| {' | '.join(map(_plain, row))} |" for row in block.rows]
                lines.insert(1, "|" + "---|" * len(block.rows[0]))
                parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Text on one line in which every character that Markdown or HTML could read as mark-up is escaped."""
    one_line = re.sub(r"[^\S\u00a0]+", " ", text).strip()  # French figures keep their no-break spaces
    escaped = re.sub(r"([\\`*_{}\[\]#|~!])", r"\\\1", one_line)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_html(blocks: Sequence[Block], language: Language) -> str:
    """The page as one HTML file that loads nothing."""
    parts = []
    for block in blocks:
        text = html.escape(block.text)
        match block.kind:
            case "h1" | "h2" | "p":
                parts.append(f"<{block.kind}>{text}</{block.kind}>")
            case "list":
                parts.append("<ul>" + "".join(f"<li>{html.escape(row[0])}</li>" for row in block.rows) + "</ul>")
            case "table":
                head, *body = [[html.escape(cell) for cell in row] for row in block.rows]
                lines = ["<tr>" + "".join(f'<th scope="col">{cell}</th>' for cell in head) + "</tr>"]
                lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body]
                parts.append("<table>" + "\n".join(lines) + "</table>")
    title = html.escape(blocks[0].text)
    style = (
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.3rem .6rem;text-align:left}"
    )
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>\n<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )
