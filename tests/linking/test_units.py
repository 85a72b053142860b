"""Units: every sentence, bullet and list item once, and offsets that always point at the text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.linking import Unit, split_units
from pipeline.linking.units import unit_key

LIMIT = 400

# Text as it comes: anything at all, and text made of what the cutting looks at.
PIECES = st.sampled_from([
    "weld", "Weld", "Operate forklifts", "l'entrepôt", "e.g.", "p. ex.", "etc.", "No.", "C++", "3.5", "1.", "a)", "(2)",
    "•", "-", "–", "*", ":", "Skills:", "Compétences :", ",", ";", ".", "!", "…", "»", "«", "/", "and", "et/ou", " ",
    "  ", "\t", "\u00a0", "\n", "\n\n", "\r\n", "e\u0301", "É", "🙂", "日本", "\u2028", "\x0b", "\x00",
])  # fmt: skip
WORDS = st.sampled_from(["weld", "operate", "l'entrepôt", "forklifts.", "Gérer", "sécurité;", "pièces,", "(outils)"])
TEXTS = st.text(max_size=300) | st.lists(PIECES, max_size=60).map("".join) | st.lists(PIECES, max_size=40).map(" ".join)


def folded(text: str) -> str:
    """NFC, with every run of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def texts(text: str, limit: int = LIMIT) -> list[str]:
    """The texts of the units."""
    return [unit.text for unit in split_units(text, limit)]


# --- Whatever the text ----------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(1, 60) | st.just(LIMIT))
def test_offsets_point_at_the_unit_in_the_text(text: str, limit: int):
    units = split_units(text, limit)
    end = 0
    for unit in units:
        assert end <= unit.start < unit.end <= len(text), "units stand in the order of the text and never overlap"
        assert folded(text[unit.start : unit.end]) == unit.text
        assert "\n" not in text[unit.start : unit.end], "no unit spans two lines"
        assert unit.end - unit.start <= limit
        letters = sum(char.isalpha() for char in unit.text)
        assert letters >= 2 or (letters == 1 and set("+#") & set(unit.text)), "a unit can name something"
        end = unit.end
    assert units == split_units(text, limit)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS.map(lambda text: text.replace("\n", " ")), max_size=6))
def test_the_lines_of_a_text_are_cut_one_by_one(lines: list[str]):
    """What stands in another line changes nothing but the offsets and the heading."""
    units, start = [], 0
    for line in lines:
        units += [(start + unit.start, start + unit.end, unit.text) for unit in split_units(line, LIMIT)]
        start += len(line) + 1
    assert [(unit.start, unit.end, unit.text) for unit in split_units("\n".join(lines), LIMIT)] == units


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(WORDS, min_size=1, max_size=60).map(" ".join), min_size=1, max_size=5),
    st.integers(30, 80),
)
def test_no_word_of_running_text_is_lost(lines: list[str], limit: int):
    words = " ".join(texts("\n".join(lines), limit)).replace(";", " ").replace(",", " ").split()
    assert words == " ".join(lines).replace(";", " ").replace(",", " ").split()


# --- Bullets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bullet",
    ["", "- ", "-", "– ", "— ", "• ", "•", "· ", "● ", "▪ ", "■ ", "◦ ", "* ", "** ", "+ ", "> ", "» ", "✓ ", "✔ ",
     "→ ", "•\t", "•\u00a0", "  • ", "\t- ", "- - ", "1. ", "2) ", "(3) ", "12. ", "a) ", "-\u00a0"],
)  # fmt: skip
@pytest.mark.parametrize(
    "sentence", ["weld steel plates", "Souder des plaques d'acier", "10 ans d'expérience en soudage"]
)
def test_a_bullet_is_not_part_of_its_unit(bullet: str, sentence: str):
    assert split_units(bullet + sentence, LIMIT) == [Unit(len(bullet), len(bullet) + len(sentence), sentence)]


@pytest.mark.parametrize("bullet", ["  1. ", "\t2) ", " a) ", "- 1) ", "• a) "])
def test_a_number_behind_an_indent_or_bullet_is_not_part_of_the_unit(bullet: str):
    assert texts(bullet + "weld steel plates") == ["weld steel plates"]


@pytest.mark.parametrize("text", ["3.5 tonnes of steel", "5S and kaizen", "2 years of welding", ".NET development"])
def test_what_only_looks_like_a_bullet_stays(text: str):
    assert texts(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-2019 Soudeur: soudage à l'arc", "Soudeur: soudage à l'arc"),
        ("2015 – 2019: Welder, arc welding", "Welder, arc welding"),
        ("(01/2015 - 06/2019) Cariste", "Cariste"),
        ("Mars 2015 à juin 2019 : cariste", "cariste"),
        ("Février 2020 - aujourd’hui : soudeur", "soudeur"),
        ("Since May 2020: forklift operator", "forklift operator"),
        ("Depuis 2020, je conduis un chariot", "je conduis un chariot"),
        ("2021 - Machinist", "Machinist"),
        ("2019 budget preparation", "2019 budget preparation"),
        ("Windows 2012-2019 Server administration", "Windows 2012-2019 Server administration"),
    ],
)
def test_dates_that_open_a_line_are_no_part_of_the_unit(text: str, expected: str):
    (unit,) = split_units(text, 400)
    assert unit.text == expected
    assert text[unit.start : unit.end] == expected


def test_a_list_of_bullets_is_a_list_of_units():
    text = "Duties:\n• Operate forklifts\n• Load trucks;\n\n  - Inspect loads.\n1. Keep records\n"
    assert texts(text) == ["Operate forklifts", "Load trucks", "Inspect loads.", "Keep records"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- weld - grind - fit", ["weld", "grind", "fit"]),
        ("• weld • grind •fit", ["weld", "grind", "fit"]),
        ("▪ weld ▪ grind", ["weld", "grind"]),
        ("\x95weld \x95grind \x95 fit", ["weld", "grind", "fit"]),  # a bullet of Windows-1252 read as Latin-1
        ("✅Souder les pièces", ["Souder les pièces"]),
        ("Tasks:***weld***grind", ["weld", "grind"]),
        ("o\tweld", ["weld"]),
        ("Duties: - weld steel - grind iron", ["weld steel", "grind iron"]),
        ("In this role you will do this: - weld plates of all kinds for the ships - grind them", [
            "In this role you will do this:", "weld plates of all kinds for the ships", "grind them"]),
        ("Autonomie - Méthode - Rigueur", ["Autonomie", "Méthode", "Rigueur"]),
        ("1. Weld steel 2. Grind iron 3. Fit pipes", ["Weld steel", "Grind iron", "Fit pipes"]),
        ("Duties: 1) weld steel 2) grind iron", ["weld steel", "grind iron"]),
    ],
)  # fmt: skip
def test_bullets_and_numbers_within_a_line_cut_it(text: str, expected: list[str]):
    assert texts(text)[-len(expected) :] == expected
    assert len(texts(text)) <= len(expected) + 1


@pytest.mark.parametrize(
    "text",
    ["- work 7h - 16h each day", "wages of $20 - $25 an hour", "a welder - and a good one - who also grinds the plates",
     "Weld the hull – as part of a team of ten – and then grind all of it", "étudiant•e en soudage", "lift 25 kg 2. x",
     "Opérateur de presse - nuit", "front-end and back-end work", "2 * 3 loads"],
)  # fmt: skip
def test_dashes_stars_and_numbers_within_a_sentence_stay(text: str):
    assert texts(text) == [text.removeprefix("- ")]


# --- Sentences ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Weld steel. Grind iron.", ["Weld steel.", "Grind iron."]),
        ("Souder l'acier. Équilibrer les charges.", ["Souder l'acier.", "Équilibrer les charges."]),
        ("Can you weld? Yes! Then apply… Today.", ["Can you weld?", "Yes!", "Then apply…", "Today."]),
        ("Ask for “welding”. (Steel only.) Then go.", ["Ask for “welding”.", "(Steel only.", "Then go."]),
        ("Il a dit « souder ». « Meuler » ensuite.", ["Il a dit « souder ».", "« Meuler » ensuite."]),
        ("Lift 25 kg. 40 hours a week.", ["Lift 25 kg.", "40 hours a week."]),
        ("Use forklifts, e.g. Toyota trucks. Load them.", ["Use forklifts, e.g. Toyota trucks.", "Load them."]),
        ("Metals, i.e. Steel and iron. Weld.", ["Metals, i.e. Steel and iron.", "Weld."]),
        ("Outils, p. ex. Excel ou Word. Classer.", ["Outils, p. ex. Excel ou Word.", "Classer."]),
        ("Outils (p.ex. Excel). Classer.", ["Outils (p.ex. Excel).", "Classer."]),
        ("Report to Dr. Roy or Mme. Côté. Be kind.", ["Report to Dr. Roy or Mme. Côté.", "Be kind."]),
        ("Tools, drills etc. for steel. Weld.", ["Tools, drills etc. for steel.", "Weld."]),
        ("Work in the U.S. Army. Weld.", ["Work in the U.S. Army.", "Weld."]),
        ("Lift approx. 20 kg. Weld.", ["Lift approx. 20 kg.", "Weld."]),
        ("Version 3.11 of Python. Node.js too.", ["Version 3.11 of Python.", "Node.js too."]),
        ("Use drills, saws, etc. The shop is open.", ["Use drills, saws, etc.", "The shop is open."]),
        ("Souder, meuler, etc. Vous travaillez de nuit.", ["Souder, meuler, etc.", "Vous travaillez de nuit."]),
        ("Work until 4 p.m. Lift 25 kg.", ["Work until 4 p.m.", "Lift 25 kg."]),
        ("From 8 a.m. to 4 p.m. Monday to Friday. Weld.", ["From 8 a.m. to 4 p.m. Monday to Friday.", "Weld."]),
        ("Call before 5 p.m. EST today. Weld.", ["Call before 5 p.m. EST today.", "Weld."]),
        ("Weld for Acme Inc. You lift loads.", ["Weld for Acme Inc.", "You lift loads."]),
        ("Form No. 12 is filed. Weld.", ["Form No. 12 is filed.", "Weld."]),
        ("Souder des pièces.Vous meulez aussi.", ["Souder des pièces.", "Vous meulez aussi."]),
        ("Souder avec soin !Meuler ensuite.", ["Souder avec soin !", "Meuler ensuite."]),
        ("du lundi au vendrediVous soudez", ["du lundi au vendredi", "Vous soudez"]),
        ("Code in Node.js, ASP.Net and Vue.Js today", ["Code in Node.js, ASP.Net and Vue.Js today"]),
        ("weld steel. grind iron", ["weld steel. grind iron"]),  # no capital: it may be an abbreviation
    ],
)
def test_sentences(text: str, expected: list[str]):
    assert texts(text) == expected


def test_a_list_with_semicolons_is_cut_at_each():
    assert texts("souder l'acier; meuler les pièces ; peindre, polir;") == [
        "souder l'acier", "meuler les pièces", "peindre, polir",
    ]  # fmt: skip
    assert texts("Skills: welding; grinding; fitting") == ["welding", "grinding", "fitting"]
    assert texts("souder;meuler") == ["souder", "meuler"]


def test_a_list_with_vertical_bars_is_cut_at_each():
    assert texts("Souder | meuler des pièces | lire C|C++", LIMIT) == ["Souder", "meuler des pièces", "lire C|C++"]
    assert texts("Skills: welding | grinding", LIMIT) == ["welding", "grinding"]
    assert texts("Write SQL queries|Clean data|Créer des tableaux|Soudeur (H|F)", LIMIT) == [
        "Write SQL queries", "Clean data", "Créer des tableaux", "Soudeur (H|F)",
    ]  # fmt: skip


def test_elisions_and_french_quotation_marks_stay():
    text = "S'assurer de la qualité de l’entreposage d'aujourd'hui « jusqu'au bout »"
    assert texts(text) == [text]


def test_white_space_is_folded_and_the_offsets_still_fit():
    text = "  Operate \t a\u00a0 forklift  "
    assert split_units(text, LIMIT) == [Unit(2, len(text) - 2, "Operate a forklift")]


def test_accents_written_as_two_characters_become_one():
    (unit,) = split_units("Ge\u0301rer l'entrepo\u0302t", LIMIT)
    assert unit == Unit(0, 18, "Gérer l'entrepôt")


# --- Lists ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Skills: welding, grinding, fitting", ["welding", "grinding", "fitting"]),
        ("Skills: welding, grinding, and pipe fitting.", ["welding", "grinding", "pipe fitting."]),
        ("Compétences : soudage, meulage, ajustage de tuyaux", ["soudage", "meulage", "ajustage de tuyaux"]),
        ("Compétences\u00a0: l'anglais, l'espagnol, ou le français", ["l'anglais", "l'espagnol", "le français"]),
        ("- Tools: drill / saw / lathe", ["drill", "saw", "lathe"]),
        ("Weld. Tools: drill, saw, lathe", ["Weld.", "drill", "saw", "lathe"]),
        ("Tools: drill and/or saw and/or lathe", ["drill", "saw", "lathe"]),
        ("Languages: French, English", ["French, English"]),  # two may be one thing with a comma in it
        ("Note: French, English", ["Note: French, English"]),  # what is no known heading belongs to the sentence
        ("Skills: welding, grinding, health and safety", ["welding", "grinding", "health and safety"]),
        ("Compétences : soudage, meulage, santé et sécurité", ["soudage", "meulage", "santé et sécurité"]),
        ("Outils : presse, tours (CN, manuel), scies", ["presse", "tours (CN, manuel)", "scies"]),
        ("Give first aid: cuts, burns, shock", ["Give first aid", "cuts", "burns", "shock"]),  # names a skill itself
        (
            "Donner les premiers soins : coupures, brûlures, choc",
            ["Donner les premiers soins", "coupures", "brûlures", "choc"],
        ),
        ("Hand tools: drill, saw, lathe", ["drill", "saw", "lathe"]),  # two words say of what kind the items are
        ("Required skills and knowledge: welding, grinding, fitting", ["welding", "grinding", "fitting"]),
        ("Weld, grind, fit", ["Weld, grind, fit"]),  # no colon: a sentence
    ],
)
def test_lists_behind_a_colon_are_cut_into_items(text: str, expected: list[str]):
    assert texts(text) == expected


def test_a_sentence_with_a_colon_and_long_clauses_stays_whole():
    text = (
        "Note: the operator who is on shift checks every pallet before it leaves the dock, signs for it, "
        "and tells the supervisor at once if anything on it has been damaged on the way"
    )
    assert texts(text) == [text]


def test_items_that_are_a_letter_and_signs_are_skills_too():
    assert texts("Languages: C++, C#, Java") == ["C++", "C#", "Java"]


def test_the_offsets_of_items_point_at_the_items():
    text = "Duties\n• Skills: welding ,  grinding, and  fitting;"
    assert [(text[u.start : u.end], u.text) for u in split_units(text, LIMIT)] == [
        ("welding", "welding"), ("grinding", "grinding"), ("fitting", "fitting"),
    ]  # fmt: skip


@pytest.mark.parametrize("heading", ["Skills:", "• Responsibilities :", "Ce que vous ferez :", "You will bring:  "])
def test_headings_are_left_out(heading: str):
    assert texts(f"{heading}\nweld steel\n{heading}") == ["weld steel"]


def test_a_long_line_that_ends_in_a_colon_is_no_heading():
    text = "You must be able to do all of the following safely:"
    assert texts(text) == [text]


@pytest.mark.parametrize(
    "heading",
    ["Responsibilities", "Required skills and experience", "Profil recherché", "Exigences", "Atouts", "About you",
     "Ce que nous offrons", "PROFIL RECHERCHÉ", "What you will do", "Compétences et qualités requises", "✅ Profil :",
     "Nice to have", "VOS MISSIONS PRINCIPALES", "Conditions d’emploi", "Qui sommes-nous ?", "Learning outcomes"],
)  # fmt: skip
def test_a_known_heading_is_context_and_no_unit(heading: str):
    (unit,) = split_units(f"{heading}\nweld steel", LIMIT)
    assert unit.text == "weld steel"
    assert unit.heading == heading.strip("✅ :")


@pytest.mark.parametrize(
    "line",
    ["Communication skills", "Forklift operation", "Work at heights", "Project management", "Soudage", "SQL", "WHMIS",
     "Health and safety", "Esprit d'équipe", "Tasks are many here", "CACES 3", "Formation en soudage"],
)  # fmt: skip
def test_what_may_be_a_skill_is_no_known_heading(line: str):
    assert texts(line) == [line]


def test_headings_hold_until_the_next():
    text = "Weld.\nDuties\n- grind\n- fit\n\nYour profile:\nstrong\nALSO OF USE\nbrave\nYOU WORK AS FOLLOWS:\nby night"
    assert [(unit.heading, unit.text) for unit in split_units(text, LIMIT)] == [
        ("", "Weld."), ("Duties", "grind"), ("Duties", "fit"), ("Your profile", "strong"),
        ("Your profile", "ALSO OF USE"), ("ALSO OF USE", "brave"), ("YOU WORK AS FOLLOWS", "by night"),
    ]  # fmt: skip


def test_the_head_of_a_list_holds_for_its_items_only():
    text = "Duties:\nTools: drill, saw, lathe\nSkills: welding; grinding\nWeld. Langues : français\nfit"
    assert [(unit.heading, unit.text) for unit in split_units(text, LIMIT)] == [
        ("Tools", "drill"), ("Tools", "saw"), ("Tools", "lathe"), ("Skills", "welding"), ("Skills", "grinding"),
        ("Duties", "Weld."), ("Langues", "français"), ("Duties", "fit"),
    ]  # fmt: skip


def test_a_heading_at_the_end_of_a_line_holds_for_the_next():
    assert [(u.heading, u.text) for u in split_units("Weld. Profil recherché\nSouder", LIMIT)] == [
        ("", "Weld."), ("Profil recherché", "Souder"),
    ]  # fmt: skip


def test_a_long_lead_in_is_a_unit_and_the_heading_of_what_follows():
    units = split_units("You must be able to do all of the following safely:\n- weld", LIMIT)
    assert [unit.heading for unit in units] == ["", "You must be able to do all of the following safely"]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("0A\u0300: , AA; ")  # an accent of its own, in the head of a list
def test_a_heading_is_folded_and_stands_in_the_text(text: str):
    for unit in split_units(text, LIMIT):
        assert unit.heading == folded(unit.heading)
        assert unit.heading in folded(text)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "•", "---", "1.", "* * *", "2024", "A", "$25.00 / 40", "🙂 🙂"])
def test_what_holds_no_word_gives_no_unit(text: str):
    assert texts(text) == []


# --- Length ---------------------------------------------------------------------------------------------------------


def test_a_long_sentence_is_cut_at_spaces_under_the_limit():
    text = "x " + " ".join(f"word{i}" for i in range(300))
    units = split_units(text, 100)
    assert max(unit.end - unit.start for unit in units) <= 100
    assert min(len(unit.text) for unit in units[:-1]) > 50, "cut near the limit, not anywhere"
    assert " ".join(unit.text for unit in units) == text, "only at spaces"


def test_a_word_longer_than_the_limit_is_cut_in_the_word():
    assert texts("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_smallest_limits_come_to_an_end(limit: int):
    assert all(len(text) <= limit for text in texts("ab cd, ef. Gh ij", limit))


@pytest.mark.parametrize(
    "text",
    ["A. " * 60_000, "e.g. " * 40_000, "a, " * 60_000, "Skills: " + "x, " * 60_000, " " * 200_000 + "x", "x" * 200_000,
     "- " * 90_000, "a:" + " " * 200_000 + "b", "." * 200_000, '."' * 90_000, "1. " * 60_000, "; " * 90_000,
     ":" * 200_000, ("a" * 79 + ":") * 2500, "x ( " * 50_000, "not required, " * 14_000, "no experience " * 14_000,
     "a, " * 60_000 + "b or c is not required", "sans " * 40_000, "2015-" * 40_000],
    ids=lambda text: repr(text[:9]),
)  # fmt: skip
def test_hostile_text_takes_no_time(text: str):
    start = time.process_time()
    split_units(text, LIMIT)
    assert time.process_time() - start < 3


# --- Keys -----------------------------------------------------------------------------------------------------------


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_key_is_that_of_the_language_and_the_text(one: str, other: str):
    assert (unit_key(one, "en") == unit_key(other, "en")) == (one == other)
    assert unit_key(one, "en") != unit_key(one, "fr")
    assert len(unit_key(one, "en")) == 32
