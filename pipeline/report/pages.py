"""The pages: one file for each page and language, from the templates, the words and the snapshot."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.report.codebook import Codebook
from pipeline.report.core_data import OPTIONAL, currency
from pipeline.report.findings import findings
from pipeline.report.published import Published, Row
from pipeline.report.scenarios import View, site_views, summary, who
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
    views = site_views(published, settings)
    scenarios = [view.answered.scenario for view in views]
    facts = snapshot_facts(published)
    told = findings(published, book, open_share)
    for language in LANGUAGES:
        words = load_words(language)
        common = _common(words, published)
        own: dict[str, dict[str, object]] = {
            "index": {
                "facts": facts,
                "findings": [one.told(words, book, currency(published)) for one in told],
                "scenarios": scenarios,
            },
            "data": {"tables": tables, "largest": settings.report.sheet_rows},
            "scenarios": {"scenarios": scenarios},
        }
        for page, scripts in PAGES.items():
            values = {"page": page, "scripts": scripts, **common, **own.get(page, {})}
            yield f"{language}/{page}.html", _render(f"{page}.html", **values)
        for view in views:
            page = f"scenario-{view.name}"
            values = {"page": page, "scripts": (), "on_site": True, **_of_scenario(view, words), **common}
            yield f"{language}/{page}.html", _render("scenario.html", **values)


def scenario_page(view: View, language: Language, files: dict[str, str]) -> bytes:
    """The page of one scenario by itself: one file that loads nothing.

    Args:
        view: what it shows.
        language: of the page.
        files: list -> the name, without its ending, of the files beside the page that hold it in full.
    """
    words, style = load_words(language), _own_style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _render(
        "scenario_alone.html", **_of_scenario(view, words), w=words, other=load_words(OTHER[language]),
        language=language, snapshot=view.answered.group.snapshot, on_site=False, files=files, style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )  # fmt: skip


@cache
def _own_style() -> str:
    """The site's styles without its fonts, which lie in files of their own."""
    text = resources.files("pipeline.report").joinpath("assets/site.css").read_text(encoding="utf-8")
    return re.sub(r"@font-face \{[^}]*\}\n", "", text)


def _of_scenario(view: View, words: Words) -> dict[str, object]:
    return {"view": view, "said_who": who(view, words), "said_summary": summary(view, words)}


def _common(words: Words, published: Published) -> dict[str, object]:
    language: Language = words.language
    return {
        "w": words, "other": load_words(OTHER[language]), "language": language, "navigation": NAVIGATION,
        "every_page": EVERY_PAGE, "policy": content_policy(), "published": published,
        "currency": currency(published),
        "missing_tables": [name for name in OPTIONAL if not published.has(name)],
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
