"""Plain wording: one form for what French and typography write in many, and a way back to the original."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest import Language
from pipeline.linking.wording import plain_wording

PIECES = st.sampled_from([
    "technicien", "opérateur", "opératrice", "chargé", "(e)", "(ne)", "(trice)", "·e", ".e", "·s", ".s", "s", "-e", "/",
    " / ", " ou ", " et ", "(H/F)", " H/F", " (m/f/d)", "un", "une", "le", "la", "tous", "tes", "celles", "ceux", " ",
    "’", "'", "œ", "ﬁ", "\u00ad", "(s)", ",", "(", ")", "l'", "aide ", "ménager", "ménagère", "É", "e\u0301", "C#",
])  # fmt: skip
TEXTS = st.text(max_size=120) | st.lists(PIECES, max_size=25).map("".join) | st.lists(PIECES, max_size=15).map(" ".join)
LANGUAGES = st.sampled_from(["en", "fr"])


def plain(text: str, language: Language = "fr") -> str:
    """The wording's text."""
    return plain_wording(text, language).text


# --- Whatever the text ----------------------------------------------------------------------------------------------


@settings(max_examples=500, deadline=None)
@given(TEXTS, LANGUAGES)
def test_the_way_back_is_monotone_and_within_the_original(text: str, language: Language):
    wording = plain_wording(text, language)
    size = len(wording.text)
    spans = [wording.original(place, place + 1) for place in range(size)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    for place in range(size + 1):
        start, end = wording.original(place, place)
        assert start == end <= len(text), "an empty stretch stays empty"


@settings(max_examples=300, deadline=None)
@given(TEXTS, LANGUAGES, st.data())
def test_a_stretch_goes_back_into_the_stretch_of_the_whole(text: str, language: Language, data: st.DataObject):
    wording = plain_wording(text, language)
    start = data.draw(st.integers(0, len(wording.text)))
    end = data.draw(st.integers(start, len(wording.text)))
    first, last = wording.original(start, end)
    assert first <= last
    if not wording.starts:
        assert text[first:last] == wording.text[start:end]
    assert wording.original(0, len(wording.text))[0] <= first
    assert last <= wording.original(0, len(wording.text))[1]


@settings(max_examples=500, deadline=None)
@given(TEXTS, LANGUAGES)
def test_rewording_twice_is_rewording_once(text: str, language: Language):
    once = plain(text, language)
    again = plain_wording(once, language)
    assert again.text == once
    assert not again.starts, "a plain text needs no map"


@pytest.mark.parametrize(
    "text",
    ["(e)" * 30_000, "a(e)" * 20_000, "a-" * 50_000, "x" * 100_000, " " * 100_000,
     "(H" * 20_000 + "(H/F)" + "/F)" * 20_000,
     "un/une/" * 10_000, "le ou " * 20_000, "·e" * 40_000, " ou aaa" * 15_000, "opérateur/opératrice/" * 5_000],
    ids=lambda text: repr(text[:9]),
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_text_takes_no_time(text: str, language: Language):
    start = time.process_time()
    plain_wording(text, language)
    assert time.process_time() - start < 2


# --- French ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("technicien.ne.s", "techniciens"),
        ("opérateur(trice)", "opérateur"),
        ("OPÉRATEUR(TRICE)", "OPÉRATEUR"),
        ("opérateur/opératrice", "opérateur"),
        ("Opératrice ou opérateur de presse", "Opérateur de presse"),
        ("préposé·e", "préposé"),
        ("chargé(e)s de projet", "chargés de projet"),
        ("tous.tes", "tous"),
        ("tou·te·s", "tous"),
        ("ceux et celles", "ceux"),
        ("un(e) soudeur(se)", "un soudeur"),
        ("un (e) plongeur (se)", "un plongeur"),
        ("le ou la titulaire", "le titulaire"),
        ("le(la) titulaire", "le titulaire"),
        ("la candidate ou le candidat", "le candidat"),
        ("Les étudiantes et étudiants", "Les étudiants"),
        ("Aide ménager / Aide ménagère", "Aide ménager"),
        ("aide ménager/ère", "aide ménager"),
        ("Infirmier / Infirmière de bloc", "Infirmier de bloc"),
        ("rigoureux(se) et réactif·ve", "rigoureux et réactif"),
        ("motivé-e-s", "motivés"),
        ("professionnel.le.s", "professionnels"),
        ("directeur·rice·s", "directeurs"),
        ("responsable·s", "responsables"),
        ("employé·es", "employés"),
        ("compétence(s)", "compétence"),
        ("Soudeur (H/F)", "Soudeur"),
        ("Soudeur F/H - jour", "Soudeur - jour"),
        ("un kiné (f h) de nuit", "un kiné de nuit"),
        ("Soudeur (homme ou femme)", "Soudeur"),
        ("l’entretien d’une chaudière", "l'entretien d'une chaudière"),
        ("s’ assurer de la mise en œuvre", "s'assurer de la mise en oeuvre"),
        ("conﬁgurer", "configurer"),
        ("savoir\u2011faire, main\u00addœuvre", "savoir-faire, maindoeuvre"),
    ],
)
def test_one_plain_form(text: str, expected: str):
    assert plain(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "soudage et meulage", "et/ou", "savoir-faire", "Y a-t-il un rendez-vous ?", "dit-elle", "node.js et asp.net",
     "p. ex. Excel", "sol et sole", "des grains et graines", "20 m/h", "TP/VRD", "chargement / déchargement",
     "C++ (C#)", "chauffeur / conducteur", "aujourd'hui", "CAP/BEP", "SQL (base)", "www.canada.ca",
     "un port ou une porte"],
)  # fmt: skip
def test_what_is_plain_stays_and_needs_no_map(text: str):
    wording = plain_wording(text, "fr")
    assert wording.text == text
    assert not wording.starts
    assert wording.original(0, len(text)) == (0, len(text))


# --- English --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Technician(s) (m/f/d)", "Technician"),
        ("you’ll weld", "you'll weld"),
        ("Welder M/F needed", "Welder needed"),
        ("C++ (C#) and and/or", "C++ (C#) and and/or"),
        ("actor/actress, chargé(e)", "actor/actress, chargé(e)"),
    ],
)
def test_english_is_reworded_by_the_rules_of_both_languages_only(text: str, expected: str):
    assert plain(text, "en") == expected


# --- Back to the original ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stretch", "source"),
    [
        ("Un(e) soudeur(se) chargé(e)s de l’entretien", "soudeur", "soudeur(se)"),
        ("Un(e) soudeur(se) chargé(e)s de l’entretien", "chargés", "chargé(e)s"),
        ("Un(e) soudeur(se) chargé(e)s de l’entretien", "l'entretien", "l’entretien"),
        ("Soudeur (H/F) de nuit", "de nuit", "de nuit"),
        ("Opérateur / Opératrice de presse", "Opérateur", "Opérateur / Opératrice"),
        ("une opératrice ou un opérateur de presse", "opérateur", "opérateur"),
        ("la mise en œuvre de plans", "oeuvre", "œuvre"),
        ("la mise en œuvre de plans", "plans", "plans"),
    ],
)
def test_evidence_goes_back_to_the_original(text: str, stretch: str, source: str):
    wording = plain_wording(text, "fr")
    start = wording.text.index(stretch)
    first, last = wording.original(start, start + len(stretch))
    assert text[first:last] == source
