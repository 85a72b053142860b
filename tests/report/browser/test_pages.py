"""Every page in both languages, as a reader meets it: whole, quiet, accessible, within the screen."""

from __future__ import annotations

import functools
import http.server
import threading
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe

from ..test_site import PAGES
from ..worlds import HOSTILE_ID
from .conftest import SCREENSHOTS, Open

QUERIES = {
    "role": "?role=welder", "credential": "?credential=a", "transitions": "?from=welder&to=electrician",
    "compare": f"?role=welder&c=a&c=b&c={quote(HOSTILE_ID)}", "index": "?role=welder",
}  # fmt: skip
ALL = [(language, page) for language in ("en", "fr") for page in PAGES]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def faults(page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize(("language", "name"), ALL)
def test_a_page_is_quiet_and_accessible(window: Open, language: str, name: str) -> None:
    tab = window()
    page = tab.open(f"{language}/{name}.html{QUERIES.get(name, '')}")
    tab.charts()
    page.evaluate("document.querySelectorAll('main details').forEach((details) => { details.open = true; })")
    assert page.locator("h1").count() == 1
    assert page.locator("h1").inner_text().strip()
    assert tab.complaints == []
    assert faults(page) == []
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{language}-{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "name"), [(lang, name) for lang, name in ALL if not name.startswith("scenario-")])
def test_a_page_fits_a_phone(window: Open, language: str, name: str, scheme: str) -> None:
    tab = window(360, 740, color_scheme=scheme)
    page = tab.open(f"{language}/{name}.html{QUERIES.get(name, '')}")
    tab.charts()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.complaints == []
    assert faults(page) == []
    page.screenshot(path=SCREENSHOTS / f"{language}-{name}-phone-{scheme}.png", full_page=True)


def test_the_door_offers_both_languages(window: Open) -> None:
    tab = window()
    page = tab.open("index.html")
    assert faults(page) == []
    page.get_by_role("link", name="Français").click()
    assert page.locator("html").get_attribute("lang") == "fr"


def test_the_site_works_from_a_web_server(window: Open, site) -> None:
    handler = functools.partial(Quiet, directory=str(site.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab = window(base=f"http://127.0.0.1:{server.server_port}")
        page = tab.open("fr/role.html?role=welder")
        tab.charts()
        server.shutdown()
    assert page.locator("h1").text_content() == "soudeur/soudeuse"
    assert tab.complaints == []


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_what_is_not_there_is_said(window: Open) -> None:
    tab = window()
    page = tab.open("en/role.html?role=nobody")
    assert "nothing under this address" in page.locator("main").inner_text()
    assert tab.complaints == []


def test_a_page_without_its_table_says_so(window: Open, tmp_path) -> None:
    from ..conftest import build

    older = build(tmp_path, leave_out=("transitions", "stacks", "unmet_demand", "unmet_bundles"), with_changes=False)
    tab = window(base=older.folder.as_uri())
    said = {
        "en/transitions.html": "earlier release", "en/unmet.html": "earlier release",
        "en/role.html?role=welder": "earlier release", "fr/changes.html": "Rien à comparer",
    }  # fmt: skip
    for path, words in said.items():
        assert words in tab.open(path).locator("main").inner_text()
    assert tab.complaints == []


def test_print_shows_the_figures_and_the_citation_and_no_controls(window: Open) -> None:
    tab = window()
    page = tab.open("en/roles.html")
    tab.charts()
    page.emulate_media(media="print")
    assert not page.locator(".filters").is_visible()
    assert page.locator("#citation").is_visible()
    assert page.get_by_role("link", name="welder").first.is_visible()
