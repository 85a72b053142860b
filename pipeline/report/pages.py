"""The pages: one file for each page and language, from the templates, the words and the snapshot."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import OPTIONAL, currency, median_wage
from pipeline.report.findings import findings, title
from pipeline.report.published import Published, Row
from pipeline.report.scenarios import SCENARIOS, scenario_lists
from pipeline.report.words import LANGUAGES, OTHER, Language, Words, load_words
from pipeline.settings import Settings

# Page -> its scripts besides those that every page has.
PAGES: dict[str, tuple[str, ...]] = {
    "index": ("combobox", "charts", "coverage", "page-overview"),
    "roles": ("lists", "charts", "page-roles"),
    "role": ("charts", "coverage", "evidence", "page-role"),
    "credentials": ("lists", "page-credentials"),
    "credential": ("charts", "coverage", "evidence", "page-credential"),
    "compare": ("combobox", "charts", "coverage", "evidence", "page-compare"),
    "transitions": ("combobox", "lists", "charts", "page-transitions"),
    "unmet": ("lists", "charts", "evidence", "page-unmet"),
    "changes": ("lists", "charts", "page-changes"),
    "scenarios": (),
    "methods": (),
    "data": (),
}
NAVIGATION = ("index", "roles", "credentials", "compare", "transitions", "unmet", "changes", "scenarios", "methods",
              "data")  # fmt: skip
EVERY_PAGE = ("registry", "text", "dom", "shell")
# Observable Plot puts this one style element into each chart; the policy names it by its hash.
PLOT_STYLE = (
    ":where(.plot-d6a7b5) {\n  --plot-background: white;\n  display: block;\n  height: auto;\n  height: intrinsic;\n"
    "  max-width: 100%;\n}\n:where(.plot-d6a7b5 text),\n:where(.plot-d6a7b5 tspan) {\n  white-space: pre;\n}"
)


def content_policy() -> str:
    """The site's own scripts and styles, and nothing else: no inline code, no other host, no requests."""
    digest = base64.b64encode(hashlib.sha256(PLOT_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{digest}'; img-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pipeline.report", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip


def page_files(
    published: Published, book: Codebook, settings: Settings, tables: list[dict[str, object]]
) -> Iterator[tuple[str, bytes]]:
    """Every page in both languages, and the door at which a reader chooses one: path in the site, and content.

    Args:
        published: the snapshot.
        book: the numbers of its roles, credentials and skills.
        settings: from which share on a role is called open.
        tables: what the page of tables lists, see `downloads.offered`.
    """
    yield "index.html", _render("door.html", policy=content_policy(), en=load_words("en"), fr=load_words("fr"))
    open_share = settings.value.open_share
    lists = {scenario: scenario_lists(scenario, published, book, open_share) for scenario in SCENARIOS}
    facts = snapshot_facts(published)
    told = findings(published, book, open_share)
    for language in LANGUAGES:
        words = load_words(language)
        common = _common(words, published, book)
        own: dict[str, dict[str, object]] = {
            "index": {"facts": facts, "findings": [one.told(words, book, currency(published)) for one in told]},
            "data": {"tables": tables, "largest": settings.report.sheet_rows},
            "scenarios": {"scenarios": SCENARIOS},
        }
        for page, scripts in PAGES.items():
            values = {"page": page, "scripts": scripts, **common, **own.get(page, {})}
            yield f"{language}/{page}.html", _render(f"{page}.html", **values)
        for scenario, rows in lists.items():
            page = f"scenario-{scenario.slug}"
            values = {"page": page, "scripts": (), "scenario": scenario, "lists": rows, **common}
            yield f"{language}/{page}.html", _render("scenario.html", **values)


def _common(words: Words, published: Published, book: Codebook) -> dict[str, object]:
    language: Language = words.language
    return {
        "w": words, "other": load_words(OTHER[language]), "language": language, "navigation": NAVIGATION,
        "every_page": EVERY_PAGE, "policy": content_policy(), "published": published,
        "book": book, "currency": currency(published), "wage_all": median_wage(published),
        "missing_tables": [name for name in OPTIONAL if not published.has(name)],
        "title_of": lambda number: title(book.credentials[number], language),
        "role_id": lambda number: book.roles[number]["role_id"],
        "credential_id": lambda number: book.credentials[number]["credential_id"],
        "role_of": lambda number: book.roles[number][f"label_{language}"],
        "skill_of": lambda number: book.skills[number][f"label_{language}"],
    }  # fmt: skip


def _render(template: str, **values: object) -> bytes:
    return _environment().get_template(template).render(**values).encode()


def snapshot_facts(published: Published) -> Row:
    """Freshness, counts and coverage of sources, for the overview."""
    sources = published.query("""
        SELECT source, count(*) AS postings, count(*) FILTER (in_window) AS in_window, min(posted_on) AS first,
               max(posted_on) AS last, avg((role_id IS NOT NULL)::INT) AS assigned,
               avg((coalesce(wage_low, wage_high) IS NOT NULL)::INT) AS paid, avg((skills > 0)::INT) AS linked,
               avg((language = 'fr')::INT) AS french
        FROM postings GROUP BY source ORDER BY postings DESC, source
    """).to_pylist()
    issuers = published.query("""
        SELECT source, count(*) AS credentials, count(DISTINCT issuer) AS issuers, avg((skills > 0)::INT) AS linked,
               avg((hours IS NOT NULL)::INT) AS hours, avg((cost IS NOT NULL)::INT) AS cost
        FROM credentials GROUP BY source ORDER BY credentials DESC, source
    """).to_pylist()
    totals = published.query("""
        SELECT (SELECT count(*) FROM postings WHERE in_window) AS postings,
               (SELECT coalesce(sum(vacancies), 0)::BIGINT FROM postings WHERE in_window) AS vacancies,
               (SELECT count(*) FROM credentials) AS credentials,
               (SELECT count(*) FROM roles WHERE profiled) AS roles,
               (SELECT count(DISTINCT region) FROM postings WHERE in_window) AS regions,
               (SELECT max(posted_on) FROM postings WHERE in_window) AS newest
    """).to_pylist()[0]
    return {"sources": sources, "issuers": issuers, "totals": totals}
