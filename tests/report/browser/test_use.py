"""What readers do: find an answer, filter, search, switch language, compare, follow evidence, download."""

from __future__ import annotations

from urllib.parse import quote

import pandas as pd

from ..worlds import HOSTILE_ID, SCRIPT, SNAPSHOT
from .conftest import Open


def test_the_overview_answers_four_questions_about_a_role(window: Open) -> None:
    tab = window()
    page = tab.open("en/index.html")
    page.get_by_role("combobox", name="Role").fill("weld")
    page.get_by_role("option", name="welder").click()
    answer = page.locator("#answer")
    answer.get_by_role("heading", name="welder").wait_for()
    parts = [part.inner_text() for part in answer.locator(".part").all()]
    assert "Welding with Élan" in parts[0] and "58%" in parts[0] and "48%–68%" in parts[0]
    assert "work safely" in parts[1]
    assert "Above the median" in parts[2] and "$35.00 an hour, against $32.00" in parts[2]
    assert "Prudence" in parts[3] and "82% of the role, in 48 h" in parts[3]
    assert "role=welder" in page.url


def test_the_keyboard_alone_finds_a_role(window: Open) -> None:
    tab = window()
    page = tab.open("fr/index.html")
    page.get_by_role("combobox").focus()
    page.keyboard.type("electricien")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="électricien/électricienne").wait_for()
    assert "Au-dessous de la médiane" in page.locator("#answer").inner_text()


def test_search_ignores_accents_and_reads_both_languages(window: Open) -> None:
    tab = window()
    page = tab.open("en/roles.html")
    box = page.get_by_role("searchbox")
    for typed, found in (
        ("electricien", "electrician"),
        ("ÉLECTRICIENNE", "electrician"),
        ("soud", "welder"),
        ("72106", "welder"),
    ):
        box.fill(typed)
        assert page.locator("tbody tr").count() == 1
        assert found in page.locator("tbody tr").inner_text()
    page.goto(tab.base + "/fr/credentials.html")
    page.get_by_role("searchbox").fill("ecluse")
    assert "Souder avec élan" in page.locator("tbody").inner_text()
    page.get_by_role("searchbox").fill("nowhere at all")
    assert "Rien ne correspond" in page.locator("main").inner_text()


def test_filters_narrow_the_roles_and_live_in_the_address(window: Open) -> None:
    tab = window()
    page = tab.open("en/roles.html")
    assert page.locator("tbody tr").count() == 2
    page.get_by_label("Sector").select_option("energy")
    assert page.locator("tbody th").all_inner_texts() == ["welder"]
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Median wage of at least").fill("32")
    assert page.locator("tbody th").all_inner_texts() == ["welder"]
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Open without a degree").check()
    assert page.locator("tbody th").all_inner_texts() == ["welder"]
    assert page.url.endswith("?open=1")
    page.reload()
    assert page.locator("tbody th").all_inner_texts() == ["welder"]


def test_a_region_shows_suppressed_cells_as_suppressed(window: Open) -> None:
    tab = window()
    page = tab.open("en/roles.html?region=CA-AB")
    row = page.locator("tbody tr")
    assert row.count() == 1 and "Suppressed" in row.inner_text()


def test_filters_narrow_the_credentials(window: Open) -> None:
    tab = window()
    page = tab.open("en/credentials.html")
    assert page.locator("tbody tr").count() == 3
    page.get_by_label("Hours, at most").fill("10")
    assert "Prudence" in page.locator("tbody").inner_text() and page.locator("tbody tr").count() == 1
    page.get_by_label("Hours, at most").fill("")
    page.get_by_label("Delivery").select_option("online")
    assert "Welding with Élan" in page.locator("tbody").inner_text() and page.locator("tbody tr").count() == 1
    page.get_by_label("Delivery").select_option("")
    page.get_by_label("Region").select_option("CA-AB")  # what is given there, and what is given online
    assert page.locator("tbody tr").count() == 2


def test_the_language_switch_keeps_the_place(window: Open) -> None:
    tab = window()
    page = tab.open("en/compare.html?role=welder&c=a")
    page.get_by_role("combobox", name="Add a credential").fill("prudence")
    page.get_by_role("option", name="Prudence").click()
    page.locator("table.compare thead th").nth(3).wait_for()
    page.locator("#language").click()
    page.locator("table.compare thead th").nth(3).wait_for()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert "soudeur/soudeuse" in page.locator("main h2").first.inner_text()
    assert "Souder avec élan" in page.locator("table.compare thead").inner_text()
    assert "Prudence" in page.locator("table.compare thead").inner_text()


def test_a_figure_leads_to_the_sentences_on_both_sides(window: Open) -> None:
    tab = window()
    page = tab.open("en/role.html?role=welder")
    page.locator("#credentials ~ .scroll a.plain").first.click()
    page.get_by_role("button", name="weld, Welding with Élan: Teaches it, 90%").click()
    panel = page.locator("#panel")
    assert "0.6000 × 0.9000 × 1.0000 = 0.5400" in panel.inner_text()
    marks = panel.locator("mark").all_inner_texts()
    assert marks == ["weld", "Weld", "weld"]
    assert "58.0%" in page.locator("tfoot").inner_text()
    assert "58%" in page.locator("tr.fact").first.inner_text()


def test_a_similar_skill_is_explained(window: Open) -> None:
    tab = window()
    page = tab.open("en/compare.html?role=welder&c=a")
    page.get_by_role("button", name="lift loads, Welding with Élan: Teaches a similar one, 40%").click()
    assert "It teaches “rig loads”, which counts 50% towards this one." in page.locator("#panel").inner_text()


def test_four_credentials_at_most(window: Open) -> None:
    tab = window()
    page = tab.open("en/compare.html?role=welder")
    page.get_by_role("button", name="Add the best for this role").click()
    page.locator("table.compare thead th").nth(4).wait_for()
    assert page.locator("table.compare thead th").count() == 2 + 3
    page.get_by_role("button", name="Remove Prudence").click()
    tab.until("document.querySelectorAll('table.compare thead th').length === 4")


def test_a_hostile_credential_is_harmless_and_shown(window: Open) -> None:
    tab = window()
    for path in ("index.html?role=welder", "credentials.html", f"credential.html?credential={quote(HOSTILE_ID)}",
                 f"compare.html?role=welder&c={quote(HOSTILE_ID)}", "role.html?role=welder", "unmet.html"):  # fmt: skip
        page = tab.open(f"en/{path}")
        page.evaluate("document.querySelectorAll('main details').forEach((details) => { details.open = true; })")
        # The title may show the text; it may not be what the script would have set it to.
        assert page.title() != "broken"
        assert page.locator("main script, main img, main [onerror]").count() == 0
        assert page.locator('a[href^="javascript"]').count() == 0
    page = tab.open(f"en/credential.html?credential={quote(HOSTILE_ID)}")
    assert page.locator("h1").inner_text() == SCRIPT
    assert tab.complaints == []


def test_tables_download_whole(window: Open, site) -> None:
    tab = window()
    page = tab.open("en/data.html")
    for name in ("matches.parquet", "matches.csv", "matches.xlsx", "dictionary.csv"):
        with page.expect_download() as started:
            page.locator(f'a[href$="/{name}"]').click()
        path = started.value.path()
        assert path.read_bytes() == (site.folder / "tables" / name).read_bytes()


def test_a_shown_table_downloads_with_its_source(window: Open) -> None:
    tab = window()
    page = tab.open("fr/credentials.html?delivery=online")
    with page.expect_download() as started:
        page.get_by_role("button", name="Télécharger en CSV").click()
    text = started.value.path().read_text(encoding="utf-8-sig")
    assert SNAPSHOT in text.splitlines()[-1]
    assert pd.read_csv(started.value.path(), nrows=1).iloc[0, 0] == "Souder avec élan"
    tab.open("en/credentials.html?q=script")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download as CSV").click()
    assert started.value.path().read_text(encoding="utf-8-sig").count(SCRIPT.replace('"', '""')) == 1


def test_transitions_tell_what_to_learn_and_what_it_pays(window: Open) -> None:
    tab = window()
    page = tab.open("en/transitions.html?from=welder")
    page.get_by_role("button", name="electrician").click()
    way = page.locator("#way").inner_text()
    assert "From welder to electrician" in way and "40%" in way and "30%–50%" in way
    assert "+7%" in way and "These close 80% of the gap, in 8 h" in way
    assert "to=electrician" in page.url
    page.get_by_label("Hours, at most").fill("4")
    assert "No" in page.locator("main").inner_text() and page.locator("tbody tr").count() == 0


def test_changes_name_their_causes(window: Open) -> None:
    tab = window()
    page = tab.open("en/changes.html")
    tab.charts()
    rows = page.locator(".listing tbody tr").all_inner_texts()
    assert "Gone" in rows[0] and "-20.0%" in rows[0] and "The credential" in rows[0]
    assert "+10.0%" in rows[1] and "Demand" in rows[1]


def test_light_and_dark_follow_the_reader(window: Open) -> None:
    tab = window(color_scheme="dark")
    page = tab.open("en/index.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(17, 24, 28)"
    page.get_by_role("button", name="Dark or light").click()
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    tab.open("en/roles.html")
    assert page.evaluate(paper) == "rgb(255, 255, 255)"


def test_a_page_can_be_used_within_a_second(window: Open) -> None:
    tab = window()
    for path in ("index.html?role=welder", "roles.html", "role.html?role=welder", "compare.html?role=welder&c=a"):
        page = tab.open(f"en/{path}")
        assert page.evaluate("performance.getEntriesByName('ready')[0].startTime") < 1000, path
