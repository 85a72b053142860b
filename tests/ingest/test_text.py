"""Plain text out of HTML and oddly encoded text, in one canonical form; and the language that it is in."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycountry import languages

from pipeline.ingest.text import (
    clean_text,
    detect_language,
    folded,
    html_to_text,
    language_code,
    plain_text,
    split_languages,
    supported_language,
)

FRENCH = (
    "Nous recherchons une personne pour conduire un chariot élévateur dans notre entrepôt de Sherbrooke. Vous devrez "
    "charger et décharger les camions, préparer les commandes, tenir l'inventaire à jour et respecter les règles de "
    "santé et de sécurité au travail."
)
ENGLISH = (
    "We are looking for someone to drive a forklift in our Sherbrooke warehouse. You will load and unload trucks, pick "
    "orders, keep the inventory up to date and follow the rules of health and safety at work. You will also train new "
    "colleagues."
)
SPANISH = (
    "Buscamos una persona para conducir una carretilla elevadora en nuestro almacén. Cargará y descargará los "
    "camiones, preparará los pedidos, mantendrá el inventario al día y respetará las normas de seguridad y salud en "
    "el trabajo."
)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Weld pipes.</p><p>Read drawings.</p>", "Weld pipes.\nRead drawings."),
        ("<ul><li>Souder</li><li>Meuler</li></ul>", "- Souder\n- Meuler"),
        ("<ul><li><p>one</p></li><li>two<ul><li>three</li></ul></li></ul>", "- one\n- two\n- three"),
        ("<li></li><li>only</li>after", "- only\nafter"),
        ("Duties:<br>lift<br/>carry", "Duties:\nlift\ncarry"),
        ("R&amp;D &eacute;quipe &#8211; caf&#xe9;", "R&D équipe \u2013 café"),
        ("<p>a</p><script>steal()</script><style>p{}</style><p>b</p>", "a\nb"),
        ("<b>Bold</b> and <i>it</i>alic", "Bold and italic"),
        ("<p>wrapped\n   over\n lines</p>", "wrapped over lines"),
        ("<pre>one\ntwo</pre>", "one\ntwo"),
        ("<table><tr><td>Shift<td>Nights</tr></table>", "Shift Nights"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        (
            "&lt;div&gt;&lt;p&gt;Once&amp;nbsp;more&lt;/p&gt;&lt;ul&gt;&lt;li&gt;x&lt;/li&gt;&lt;/ul&gt;",
            "Once more\n- x",
        ),
        ("&amp;lt;p&amp;gt;twice escaped&amp;lt;/p&amp;gt;", "twice escaped"),
        ("", ""),
        ("<!-- nothing -->", ""),
    ],
)
def test_html_becomes_lines(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\u00a0b\u2009c\u3000d", "a b c d"),
        ("super\u200bvise\u00ad the\ufeff crew", "supervise the crew"),
        ("safe\u202egnidlew\u202c", "safegnidlew"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("one\r\ntwo\rthree\u2028four\x0bfive", "one\ntwo\nthree\nfour\nfive"),
        ("  indented  \n\n\n\n   lines ", "indented\n\nlines"),
        ("cafe\u0301 E\u0301lectricite\u0301", "café Électricité"),
        ("l\x92employ\xe9\x85", "l\u2019employé\u2026"),
        ("\uf0b7 souder\n\uf0a7 meuler", "\u2022 souder\n\u2022 meuler"),
        ("\u2022 keep\n- these\n* bullets", "\u2022 keep\n- these\n* bullets"),
        ("\U000e0041\U000e0042hidden tags", "hidden tags"),
        ("", ""),
    ],
)
def test_text_has_one_form(value: str, text: str) -> None:
    assert clean_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("if a < b and c > d", "if a < b and c > d"),
        ("R&D, P&L", "R&D, P&L"),
        ("R&amp;D &eacute;t&eacute;", "R&D été"),
        ("salaire < 30 $", "salaire < 30 $"),
        ("line one\nline <b>two</b>\nline three", "line one\nline two\nline three"),
        ("<p>line one\nstill one</p>", "line one still one"),
        ("C++ & C# <vector>", "C++ & C# <vector>"),
    ],
)
def test_only_html_is_read_as_html(value: str, text: str) -> None:
    assert plain_text(value) == text


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing(value: str) -> None:
    once = clean_text(value)
    assert clean_text(once) == once
    assert once == once.strip()
    assert "\n\n\n" not in once
    assert "\x00" not in once


@settings(deadline=None)
@given(st.text(alphabet="<>/abp &;#lit=\"'\n-!", max_size=300))
def test_no_markup_raises(value: str) -> None:
    plain_text(value)
    html_to_text(value)


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 200_000 + "x",
        "<b>" * 200_000 + "x",
        "".join(f"<b id={n}>" for n in range(500)) + "<p>x</p>" * 100_000,
        "<" * 1_000_000,
        "&lt;" * 400_000,
    ],
    ids=["nested", "formatting", "reopened", "angles", "escapes"],
)
def test_hostile_markup_is_read_in_bounded_time(markup: str) -> None:
    start = time.perf_counter()
    plain_text(markup)
    assert time.perf_counter() - start < 20


def test_what_is_too_deep_for_a_tree_keeps_its_text() -> None:
    markup = "<div>" * 3_000 + "<p>Operate <b>cranes</b> &amp; hoists</p>" + "</div>" * 3_000
    assert html_to_text(markup) == "Operate cranes & hoists"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Électricien \u2013 Qu\u00e9bec", "electricien - quebec"),
        ("L\u2019heure\u00a0 d\u2019\u0153uvre", "l'heure d'oeuvre"),
    ],
)
def test_folding_takes_away_what_does_not_matter(text: str, key: str) -> None:
    assert folded(text) == key


@given(st.text() | st.text(st.characters(max_codepoint=0x24F)))
def test_folding_does_to_plain_letters_what_it_does_to_all(text: str) -> None:
    assert folded(text) == folded(f"{text} \u00e9").removesuffix("e").strip()


def test_languages_are_those_of_the_register() -> None:
    keys = ("alpha_2", "alpha_3", "bibliographic")
    wanted = {
        getattr(each, key): getattr(each, "alpha_2", None) for each in languages for key in keys if key in dir(each)
    }
    wanted |= {each.name: each.alpha_2 for each in languages if "alpha_2" in dir(each) and each.name.isalpha()}
    assert {said: language_code(said) for said in wanted} == wanted


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("fr-CA", "fr"), ("FR", "fr"), ("fra", "fr"), ("fre", "fr"), ("French", "fr"), ("français", "fr"),
        ("en_US", "en"), ("ENG", "en"), ("English", "en"), ("anglais", "en"), ("Español", "es"), ("中文", "zh"),
        ("bilingual", None), ("", None), ("xx", None),
    ],
)  # fmt: skip
def test_languages_are_known_by_tag_and_name(declared: str, code: str | None) -> None:
    assert language_code(declared) == code


@pytest.mark.parametrize(
    ("text", "declared", "code"),
    [
        (FRENCH, None, "fr"),
        (ENGLISH, None, "en"),
        (SPANISH, None, "es"),
        (FRENCH, "en", "fr"),  # long, and clearly not what was declared
        (ENGLISH, "fr-CA", "en"),
        (FRENCH, "French", "fr"),
        ("Cook", None, None),
        ("Cook", "fr", "fr"),  # too short to contradict
        ("Nous recherchons un soudeur", None, "fr"),
        ("Welders needed in Calgary", None, "en"),
        ("", None, None),
        ("12345 67890 $$$", None, None),
        ("Android 소프트웨어 엔지니어를 찾습니다", None, "ko"),
        ("Требуется сварщик на завод", None, "ru"),
        ("ソフトウェア開発者を募集しています", None, "ja"),
        ("招聘软件工程师", None, "zh"),
    ],
)
def test_language_of_a_text(text: str, declared: str | None, code: str | None) -> None:
    assert detect_language(text, declared) == code


def test_detection_is_right_on_real_text_of_both_languages(shared_data) -> None:  # type: ignore[no-untyped-def]
    import csv

    files = {
        "en": "noc_2021_version_1.0_-_classification_structure.csv",
        "fr": "cnp_2021_version_1.0_-_structure_de_la_classification.csv",
    }
    for language, name in files.items():
        with (shared_data / "noc" / name).open(encoding="utf-8-sig", newline="") as file:
            definitions = [row[-1] for row in list(csv.reader(file))[1:]]
        right = sum(detect_language(text) == language for text in definitions)
        assert right / len(definitions) > 0.99


@pytest.mark.parametrize(("code", "supported"), [("en", "en"), ("fr", "fr"), ("de", None), (None, None)])
def test_two_languages_are_read(code: str | None, supported: str | None) -> None:
    assert supported_language(code) == supported


def test_bilingual_texts_are_split_line_by_line() -> None:
    text = "\n".join(["English follows", FRENCH, "- Permis", "", ENGLISH, "- Licence", FRENCH])
    assert split_languages(text) == {
        "en": "\n".join([ENGLISH, "- Licence"]),
        "fr": "\n".join(["English follows", FRENCH, "- Permis", "", FRENCH]),
    }
    assert split_languages(FRENCH * 5 + "\nWe are the best of the world") == {}
    assert split_languages(ENGLISH) == {}
    assert split_languages(f"{FRENCH} {ENGLISH}") == {}  # on one line: not to be told apart
    assert split_languages("") == {}
