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
