"""Countries, regions and localities in both languages; what is ambiguous is left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycountry import countries, subdivisions

from pipeline.ingest.places import (
    Place,
    country_code,
    parse_place,
    region_code,
    region_of_postal_code,
    resolve_place,
)


def test_places_are_those_of_the_register() -> None:
    regions = [each.code for each in subdivisions]
    assert [region_code(code) for code in regions] == regions
    assert {each.alpha_2: (country_code(each.alpha_2), country_code(each.alpha_3)) for each in countries} == {
        each.alpha_2: (each.alpha_2, each.alpha_2) for each in countries
    }


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("AB", None, "CA-AB"), ("Alberta", None, "CA-AB"), ("Alta.", None, "CA-AB"), ("CA-AB", None, "CA-AB"),
        ("ca-ab", None, "CA-AB"), ("Qc", None, "CA-QC"), ("P.Q.", None, "CA-QC"), ("Québec", None, "CA-QC"),
        ("C.-B.", None, "CA-BC"), ("Colombie-Britannique", None, "CA-BC"), ("British Columbia", None, "CA-BC"),
        ("N.-B.", "CA", "CA-NB"), ("Nouveau-Brunswick", None, "CA-NB"), ("Î.-P.-É.", None, "CA-PE"),
        ("PEI", None, "CA-PE"),
        ("Nouvelle-Écosse", None, "CA-NS"), ("N.-É.", "CA", "CA-NS"), ("T.-N.-L.", None, "CA-NL"),
        ("Nfld", "CA", "CA-NL"),
        ("Newfoundland and Labrador", None, "CA-NL"), ("T.N.-O.", None, "CA-NT"), ("NWT", None, "CA-NT"),
        ("Yukon", None, "CA-YT"), ("Nunavut", None, "CA-NU"), ("Ont.", None, "CA-ON"), ("Man.", "CA", "CA-MB"),
        ("Sask", None, "CA-SK"), ("Washington", None, "US-WA"), ("WA", None, "US-WA"), ("WA", "CA", None),
        ("Ain", None, "FR-01"), ("01", "FR", "FR-01"), ("01", None, None), ("Paris", "FR", "FR-75C"),
        ("Hérault", None, "FR-34"), ("Bayern", "DE", "DE-BY"),
        ("N.-É.", None, None),  # Nebraska writes NE as well
        ("CA-ZZ", None, None), ("CA-AB", "US", None), ("somewhere", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_regions(text: str, country: str | None, code: str | None) -> None:
    assert region_code(text, country) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Canada", "CA"), ("CAN", "CA"), ("ca", "CA"), ("États-Unis", "US"), ("U.S.A.", "US"), ("United States", "US"),
        ("Royaume-Uni", "GB"), ("UK", "GB"), ("Allemagne", "DE"), ("Germany", "DE"), ("Côte d'Ivoire", "CI"),
        ("South Korea", "KR"), ("European Union", None), ("Atlantis", None), ("", None),
        ("Congo", "CG"), ("République du Congo", "CG"), ("Democratic Republic of the Congo", "CD"),
        ("Congo, The Democratic Republic of the", "CD"), ("République démocratique du Congo", "CD"), ("Iran", "IR"),
        ("Korea", "KR"), ("Corée du Nord", "KP"), ("The Bahamas", "BS"), ("Tanzanie", "TZ"),
        ("Virgin Islands", None),  # there are British ones, and those of the United States
    ],
)  # fmt: skip
def test_countries(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("T6T 0C1", None, "CA-AB"), ("h2x1y4", "CA", "CA-QC"), ("X0A 0H0", None, "CA-NU"), ("X1A 2N9", None, "CA-NT"),
        ("01310", "FR", "FR-01"), ("75008", "FR", "FR-75C"), ("20000", "FR", "FR-2A"), ("20200", "FR", "FR-2B"),
        ("97400", "FR", "FR-974"), ("01310", None, None), ("T6T 0C1", "FR", None), ("D1A 1A1", None, None),
        ("", "FR", None),
    ],
)  # fmt: skip
def test_postal_codes(text: str, country: str | None, code: str | None) -> None:
    assert region_of_postal_code(text, country) == code


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Calgary, AB T2P 1J9", Place("CA", "CA-AB", "Calgary")),
        ("Montréal (Québec)", Place("CA", "CA-QC", "Montréal")),
        ("Vancouver, British Columbia, Canada", Place("CA", "CA-BC", "Vancouver")),
        ("Toronto, ON, CA", Place("CA", "CA-ON", "Toronto")),
        ("01 - CONFRANCON", Place("FR", "FR-01", "CONFRANCON")),
        ("01 - Ain", Place("FR", "FR-01", None)),
        ("New York, New York", Place("US", "US-NY", "New York")),
        ("Denver, CO", Place("US", "US-CO", "Denver")),
        ("Remote, Italy", Place("IT", None, None)),
        ("Remote, US", Place("US", None, None)),
        ("Seoul, South Korea", Place("KR", None, "Seoul")),
        ("Québec", Place("CA", "CA-QC", None)),
        ("Iqaluit X0A 0H0", Place("CA", "CA-NU", "Iqaluit")),
        ("Palo Alto, CA", Place(None, None, "Palo Alto")),  # California or Canada
        ("Atlanta, Georgia", Place(None, None, "Atlanta")),
        ("Europe", Place()),
        ("Télétravail", Place()),
        ("", Place()),
    ],
)
def test_places_in_one_string(text: str, place: Place) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Calgary AB", Place("CA", "CA-AB", "Calgary")),
        ("Calgary AB, Canada", Place("CA", "CA-AB", "Calgary")),
        ("Calgary AB Canada", Place("CA", "CA-AB", "Calgary")),
        ("Calgary, AB Canada", Place("CA", "CA-AB", "Calgary")),
        ("Calgary AB, CA", Place("CA", "CA-AB", "Calgary")),
        ("Iqaluit NU", Place("CA", "CA-NU", "Iqaluit")),
        ("Hamilton ON", Place("CA", "CA-ON", "Hamilton")),
        ("TORONTO ON", Place("CA", "CA-ON", "TORONTO")),
        ("Hamilton ON L8P 1A1", Place("CA", "CA-ON", "Hamilton")),
        ("Hamilton ON L8P 1A1 Canada", Place("CA", "CA-ON", "Hamilton")),
        ("Regina SK", Place("CA", "CA-SK", "Regina")),
        ("St. John's NL", Place("CA", "CA-NL", "St. John's")),
        ("100 Mile House BC", Place("CA", "CA-BC", "100 Mile House")),
        ("Niagara on the Lake ON", Place("CA", "CA-ON", "Niagara on the Lake")),
        ("Laval QC", Place("CA", "CA-QC", "Laval")),
        ("Laval Qc", Place("CA", "CA-QC", "Laval")),
        ("l'Île-Perrot QC", Place("CA", "CA-QC", "l'Île-Perrot")),
        ("Ville de Québec QC", Place("CA", "CA-QC", "Ville de Québec")),
        ("Remote ON", Place("CA", "CA-ON", None)),
        ("télétravail QC", Place("CA", "CA-QC", None)),
    ],
)
def test_a_code_needs_no_comma(text: str, place: Place) -> None:
    assert parse_place(text) == place
    assert parse_place(text, "CA") == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Vancouver British Columbia Canada", Place("CA", "CA-BC", "Vancouver")),
        ("Cold Lake Alberta", Place("CA", "CA-AB", "Cold Lake")),
        ("Moncton Nouveau-Brunswick", Place("CA", "CA-NB", "Moncton")),
        ("Saint-Jean Terre-Neuve et Labrador", Place("CA", "CA-NL", "Saint-Jean")),
        ("Montréal Québec", Place("CA", "CA-QC", "Montréal")),
        ("Toronto, Ont.", Place("CA", "CA-ON", "Toronto")),
        ("Toronto Ont.", Place("CA", "CA-ON", "Toronto")),
        ("Fort McMurray, Alb.", Place("CA", "CA-AB", "Fort McMurray")),
        ("Calgary (Alb.)", Place("CA", "CA-AB", "Calgary")),
        ("Gatineau, Qué.", Place("CA", "CA-QC", "Gatineau")),
        ("Gatineau Qué.", Place("CA", "CA-QC", "Gatineau")),
        ("Charlottetown Î.-P.-É.", Place("CA", "CA-PE", "Charlottetown")),
        ("Halifax (N.-É.)", Place("CA", "CA-NS", "Halifax")),  # Nebraska and Niger write NE otherwise
        ("Halifax N.-É., Canada", Place("CA", "CA-NS", "Halifax")),
    ],
)
def test_a_name_or_an_abbreviation_with_its_dot_needs_no_comma(text: str, place: Place) -> None:
    assert parse_place(text) == place
    assert parse_place(text, "CA") == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Winnipeg - Manitoba", Place("CA", "CA-MB", "Winnipeg")),
        ("Saskatoon – Saskatchewan", Place("CA", "CA-SK", "Saskatoon")),
        ("Remote - Ontario", Place("CA", "CA-ON", None)),
        ("Remote - Toronto ON - Canada", Place("CA", "CA-ON", "Toronto")),
        ("Toronto, Ontario - Remote", Place("CA", "CA-ON", "Toronto")),
        ("Canada - Ontario", Place("CA", "CA-ON", None)),
        ("Télétravail - Québec", Place("CA", "CA-QC", None)),
        ("Travail à distance - Québec", Place("CA", "CA-QC", None)),
        ("Moncton - Nouveau-Brunswick", Place("CA", "CA-NB", "Moncton")),
        ("Laval (Qc)", Place("CA", "CA-QC", "Laval")),
        ("Télétravail (Québec)", Place("CA", "CA-QC", None)),
        ("Saskatoon SK (on site)", Place("CA", "CA-SK", "Saskatoon")),
        ("Toronto, ON, Canada (3 days a week)", Place("CA", "CA-ON", "Toronto")),
        ("Hamilton ON L8P 1A1 (on site)", Place("CA", "CA-ON", "Hamilton")),
        ("Laval QC (hybride, 2 jours par semaine)", Place("CA", "CA-QC", "Laval")),
        ("Montréal (Québec) (sur place)", Place("CA", "CA-QC", "Montréal")),
    ],
)
def test_a_province_stands_behind_a_dash_and_before_a_remark(text: str, place: Place) -> None:
    assert parse_place(text) == place
    assert parse_place(text, "CA") == place


@pytest.mark.parametrize(
    "text",
    [
        "Made ON demand", "Working ON site", "Working - ON site", "You will be working ON", "HANDS ON", "LOG ON",
        "Bac ON", "Toronto on", "Toronto On", "calgary AB", "Groupe sanguin AB", "10 MB", "Parce Que", "Delivery Man",
        "Toronto-ON", "Nord-du-Québec", "Vieux Québec", "Ville de Québec", "Québec (ville)", "Lac Manitoba",
        "Lake Ontario", "Northern Alberta", "Fort Yukon", "3535 Rue Ontario", "Alberta Beach", "Air Canada",
        "Halifax", "Montréal", "Los Angeles CA", "Ontario CA", "Ontario (Calif.)", "Washington DC", "Denver CO",
        "Lincoln NE", "Bourg-en-Bresse (01)", "Toronto ON and Montréal QC", "Toronto ON - Montréal QC",
        "Toronto ON, Montréal QC", "Québec - Ontario",
    ],
)  # fmt: skip
def test_what_may_be_no_province_is_not_read_as_one(text: str) -> None:
    for country in (None, "CA"):
        assert parse_place(text, country).region is None


@pytest.mark.parametrize(
    ("text", "country", "place"),
    [
        ("London ON, UK", None, Place("GB", None, "London")),
        ("Darwin NT, Australia", None, Place("AU", "AU-NT", "Darwin")),
        ("Ontario, CA", None, Place("CA", "CA-ON", None)),
        ("Washington, DC", None, Place("US", "US-DC", "Washington")),
        ("Ontario (California)", None, Place("US", "US-CA", "Ontario")),
        ("New Brunswick (NJ)", None, Place("US", "US-NJ", "New Brunswick")),
        ("Fort Yukon, Alaska", None, Place("US", "US-AK", "Fort Yukon")),
        ("Tirana, ALB", None, Place(None, None, "Tirana")),  # Albania, or Alberta in capitals
        ("Tirana, Alb.", "AL", Place("AL", None, "Tirana")),
        ("Paris ON", "FR", Place("FR", None, "Paris ON")),
        ("Télétravail - SK", "CA", Place("CA", "CA-SK", None)),  # without Canada it may be Slovakia
        ("Télétravail - SK", None, Place(None, None, "SK")),
    ],
)
def test_another_country_keeps_its_regions(text: str, country: str | None, place: Place) -> None:
    assert parse_place(text, country) == place


def test_separate_fields_count_before_free_text() -> None:
    assert resolve_place(region="AB", locality="Edmonton") == Place("CA", "CA-AB", "Edmonton")
    assert resolve_place("FR", None, None, "01310", "01 - CONFRANCON") == Place("FR", "FR-01", "CONFRANCON")
    assert resolve_place("Canada", None, "Laval", "H7N 1A1") == Place("CA", "CA-QC", "Laval")
    assert resolve_place("US", "AB") == Place("US", None, None)
    assert resolve_place() == Place()


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from([None, "CA", "FR", "US", "ZZ"]))
def test_nothing_raises(text: str, country: str | None) -> None:
    parse_place(text, country)
    region_code(text, country)
    country_code(text)
    resolve_place(text, text, text, text, text)
