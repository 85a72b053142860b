"""Countries and regions out of names, abbreviations, codes and postal codes, in English and French.

Countries become ISO 3166-1 alpha-2 codes (CA), regions ISO 3166-2 codes: Canadian provinces and territories (CA-QC),
US states (US-WA), French departments (FR-01), and what other countries have (DE-BY). What is ambiguous is left out.
"""

from __future__ import annotations

import gettext
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pycountry

from pipeline.ingest.iso import iso_table
from pipeline.ingest.text import clean_text, folded

_MAX_LENGTH: Final = 200

# Ours: what Canadians write for their provinces and territories besides the English names, keyed as `_key` makes keys.
_PROVINCES: Final = {
    "CA-AB": "alta alb",
    "CA-BC": "colombiebritannique cb",
    "CA-MB": "man",
    "CA-NB": "nouveaubrunswick",
    "CA-NL": "terreneuveetlabrador terreneuve newfoundland tnl nfld nf",
    "CA-NS": "nouvelleecosse ne",
    "CA-NT": "territoiresdunordouest tno nwt",
    "CA-NU": "",
    "CA-ON": "ont",
    "CA-PE": "ileduprinceedouard ipe pei",
    "CA-QC": "pq que quebecprovince provincedequebec",
    "CA-SK": "sask",
    "CA-YT": "yukonterritory territoireduyukon yk",
}
# The first letter of a Canadian postal code says the province; X serves two territories and is told by three letters.
_POSTAL_LETTERS: Final = {
    "A": "CA-NL", "B": "CA-NS", "C": "CA-PE", "E": "CA-NB", "G": "CA-QC", "H": "CA-QC", "J": "CA-QC", "K": "CA-ON",
    "L": "CA-ON", "M": "CA-ON", "N": "CA-ON", "P": "CA-ON", "R": "CA-MB", "S": "CA-SK", "T": "CA-AB", "V": "CA-BC",
    "Y": "CA-YT", "X0A": "CA-NU", "X0B": "CA-NU", "X0C": "CA-NU", "X0E": "CA-NT", "X0G": "CA-NT", "X1A": "CA-NT",
}  # fmt: skip
_COUNTRIES: Final = {
    "us": "US", "usa": "US", "etatsunis": "US", "etatsunisdamerique": "US", "unitedstatesofamerica": "US", "uk": "GB",
    "greatbritain": "GB", "grandebretagne": "GB", "england": "GB", "angleterre": "GB", "scotland": "GB", "wales": "GB",
    "korea": "KR", "coree": "KR", "southkorea": "KR", "coreedusud": "KR", "northkorea": "KP", "coreedunord": "KP",
    "russia": "RU", "vietnam": "VN", "holland": "NL", "turkey": "TR",
}  # fmt: skip
_NAME_KINDS: Final = ("name", "common_name", "official_name")  # of what ISO 3166-1 says of a country
_NO_PLACE: Final = frozenset({
    "remote", "remoteonly", "hybrid", "onsite", "anywhere", "worldwide", "global", "various", "variouslocations",
    "teletravail", "adistance", "travailadistance", "hybride", "europe", "europeanunion", "emea", "apac", "amer",
    "americas", "latam", "northamerica", "ameriquedunord", "unioneuropeenne", "multiple", "multiplelocations",
})  # fmt: skip
# What stands for a province without a comma before it: these codes as they are written here, whole names, and
# abbreviations with their dot. "Ont", "Man", "Que" or "Alta" without one may be words.
_BARE_CODES: Final = frozenset({
    "AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "Qc", "SK", "YT", "PEI", "NWT", "TNO",
})  # fmt: skip
_LONGEST_ABBREVIATION: Final = 4  # letters; what is longer in `_region_keys` is a name
_LONGEST_PROVINCE: Final = 4  # words: "Terre Neuve et Labrador"
_LONGEST_NAME: Final = 6  # words in front of a province; more than these are taken for a sentence
_PARTICLES: Final = frozenset({  # small words inside names
    "a", "à", "au", "aux", "de", "des", "du", "en", "la", "le", "les", "of", "on", "sur", "the",
})  # fmt: skip
# In front of a province's name these make another name: Lake Ontario, Fort Yukon (Alaska), the rue Ontario of Montréal.
_NAME_MAKERS: Final = frozenset({
    "lake", "lac", "fort", "old", "vieux", "new", "nouveau", "ville", "greater", "grand", "central", "north", "south",
    "east", "west", "northern", "southern", "eastern", "western", "nord", "sud", "est", "ouest", "rue", "avenue",
    "boulevard", "boul", "chemin", "place", "route", "downtown",
})  # fmt: skip
# "ON" in capitals may be the word: after these it is, and after a lone word too short to be told from one ("LOG ON").
_BEFORE_ON: Final = frozenset({
    "always", "based", "depending", "focus", "follow", "hands", "made", "turn", "work", "working",
})  # fmt: skip
_LONGEST_SHORT_WORD: Final = 3
# Spellings that are Canadian only, though other codes have the same letters: Albania is ALB, Nebraska and Niger are NE.
_CANADIAN_SPELLINGS: Final = {"Alb": "CA-AB", "N.-É": "CA-NS", "N.-E": "CA-NS", "N.É": "CA-NS"}
_SPACED_DASH: Final = re.compile(r" ?[-–—] | [-–—]")
_CANADIAN_POSTAL: Final = re.compile(
    r"\b([ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z])[ -]?([0-9][ABCEGHJ-NPRSTV-Z][0-9])\b"
)
_FRENCH_POSTAL: Final = re.compile(r"\b((?:0[1-9]|[1-8][0-9]|9[0-5]|97|98)[0-9]{3})\b")
_DEPARTMENT: Final = re.compile(r"(?P<code>2[ABab]|97[1-8]|0[1-9]|[1-9][0-9]) ?- ?(?P<name>\S.*)")
_ISO_REGION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job is: codes where they can be told, the locality in the source's own words."""

    country: str | None = None
    region: str | None = None
    locality: str | None = None


def _key(text: str) -> str:
    """Letters and digits alone, without case or accents: "C.-B." is "cb"."""
    return re.sub(r"[^a-z0-9]+", "", folded(text))


@lru_cache(maxsize=1)
def _country_keys() -> dict[str, str]:
    """The names of countries, whole, turned round at their comma, or cut there: what two of them share is left out."""
    french = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["fr"])
    whole: dict[str, str] = {}
    cut: dict[str, set[str]] = {}
    for country in iso_table("3166-1"):
        code, own = country["alpha_2"], [country[kind] for kind in _NAME_KINDS if kind in country]
        called = {name for each in own for name in (each, french.gettext(each))}
        whole |= {_key(name): code for name in (*called, code, country["alpha_3"])}
        for short, comma, rest in (name.partition(", ") for name in called):
            if comma:
                whole[_key(f"{rest} {short}").removeprefix("the")] = code
                cut.setdefault(_key(short), set()).add(code)
    alone = {key: next(iter(codes)) for key, codes in cut.items() if len(codes) == 1}
    return alone | whole | _COUNTRIES


@lru_cache(maxsize=1)
def _region_names() -> dict[str, str]:
    """Every ISO 3166-2 code with its name."""
    return {region["code"]: region["name"] for region in iso_table("3166-2")}


@lru_cache(maxsize=64)
def _region_keys(country: str) -> dict[str, str]:
    """Names, codes and abbreviations of a country's subdivisions; what two of them share is left out."""
    found: dict[str, set[str]] = {}
    for code, name in _region_names().items():
        if code.startswith(f"{country}-"):
            for key in (_key(re.sub(r"\s*[\[(].*", "", name)), _key(code.partition("-")[2])):
                found.setdefault(key, set()).add(code)
    keys = {key: next(iter(codes)) for key, codes in found.items() if len(codes) == 1}
    if country == "CA":
        keys |= {alias: code for code, aliases in _PROVINCES.items() for alias in aliases.split()}
    return keys


def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country's name (English or French) or code; None if it is no country."""
    key = _key(text[:_MAX_LENGTH])
    return _country_keys().get(key) or _country_keys().get(key.removeprefix("the"))


@lru_cache(maxsize=4096)
def region_code(text: str, country: str | None = None) -> str | None:
    """The ISO 3166-2 code of a region.

    Args:
        text: a name, abbreviation or code in English or French: "Qc", "Colombie-Britannique", "CA-AB", "01".
        country: alpha-2 code; without it, Canada, the United States and France are looked at, and the answer is None
            where two of them have a region of that name.
    """
    stated = clean_text(text[:_MAX_LENGTH])
    if _ISO_REGION.fullmatch(stated.upper()):
        known = stated.upper() in _region_names()
        return stated.upper() if known and country in (None, stated[:2].upper()) else None
    key = _key(stated)
    if not key:
        return None
    if country:
        return _region_keys(country).get(key)
    if key.isdecimal():  # department numbers mean nothing without their country
        return None
    found = {_region_keys(name).get(key) for name in ("CA", "US", "FR")} - {None}
    return found.pop() if len(found) == 1 else None


def region_of_postal_code(text: str, country: str | None = None) -> str | None:
    """The region of a Canadian postal code ("T6T 0C1"), or of a French one ("01310") where the country is France."""
    stated = clean_text(text[:_MAX_LENGTH]).upper()
    if country in (None, "CA"):
        match = _CANADIAN_POSTAL.search(stated)
        if match:
            return _POSTAL_LETTERS.get(match[1], _POSTAL_LETTERS.get(match[1][0]))
    if country == "FR":
        match = _FRENCH_POSTAL.search(stated)
        return _department(match[1]) if match else None
    return None


def _department(postal: str) -> str | None:
    """The department of a French postal code or department number."""
    if postal.startswith("20") and len(postal) == 5:  # Corsica was one department
        return "FR-2A" if postal[:3] in ("200", "201") else "FR-2B"
    number = postal[:3] if postal.startswith(("97", "98")) else postal[:2]
    return next((code for code in (f"FR-{number}", f"FR-{number}C") if code in _region_names()), None)


@lru_cache(maxsize=4096)
def parse_place(text: str, country: str | None = None) -> Place:
    """Country, region and locality of a place written in one string.

    Args:
        text: "Calgary, AB T2P 1J9", "Montréal (Québec)", "01 - CONFRANCON", "Remote, Italy", "New York, New York";
            a Canadian province at the end needs no comma: "Calgary AB", "Moncton - Nouveau-Brunswick (hybride)".
        country: alpha-2 code where it is known otherwise.
    """
    stated = " ".join(clean_text(text[:_MAX_LENGTH]).split())
    department = _DEPARTMENT.fullmatch(stated)
    if department and country in (None, "FR"):
        region = _department(department["code"].upper())
        if region:
            name = department["name"]
            return Place("FR", region, None if region_code(name, "FR") == region else name)
    postal = region_of_postal_code(stated, country)
    if country in (None, "CA"):
        stated = " ".join(_CANADIAN_POSTAL.sub("", stated).split())
    pieces = _pieces(_without_remark(stated, country), country)
    country, region = _ending(pieces, country)
    if region is None and postal and country in (None, postal[:2]):
        region = postal
    if pieces and region and region.startswith("CA-") and _key(pieces[0]) == "canada":  # "Canada - Ontario"
        del pieces[0]
    locality = pieces[0] if pieces else None
    return Place(country or (region[:2] if region else None), region, locality)


def _without_remark(text: str, country: str | None) -> str:
    """A place without what its last parentheses say of something else: "Toronto, ON" of "Toronto, ON (2 days a week)".

    They stay where they hold a region or a country, and where a name alone is before them: "Ontario (Calif.)".
    """
    if not text.endswith(")"):
        return text
    place, _, remark = text[:-1].rpartition("(")
    place = place.strip()
    if any(_ending(_pieces(remark, None), None)) or region_code(remark) or region_code(place, country):
        return text
    return place if _ending(_pieces(place, country), country)[1] else text


def _pieces(text: str, country: str | None) -> list[str]:
    """What a place is made of, in its order, without what is no place: "Calgary", "AB", "Canada".

    Commas, parentheses and the like part it; a Canadian province needs none, unless more than one is named.
    """
    stated = [piece.lstrip(" .-").rstrip(" -") for piece in re.split(r"[,;|()/]", text)]
    pieces = stated
    if country in (None, "CA"):
        parted = [part for piece in stated for part in _parted(piece)]
        named = {_bare_province(part) for part in parted} - {None}
        pieces = stated if len(named) > 1 else parted
    pieces = [piece.strip(" .-") for piece in pieces]
    return [piece for piece in pieces if piece and _key(piece) not in _NO_PLACE]


def _parted(piece: str) -> list[str]:
    """A piece cut at its spaces and dashes where a province is at its end; otherwise the piece alone.

    "Calgary AB" is cut in two and "Remote - Toronto ON - Canada" in four; "Made ON demand" is not cut.
    """
    parts = [part for side in _SPACED_DASH.split(piece) for part in _parted_at_space(side.strip())]
    places = [part for part in parts if _key(part) not in _NO_PLACE and _key(part) != "canada"]
    return parts if not places or _bare_province(places[-1]) else [piece]


def _parted_at_space(text: str) -> list[str]:
    """A name, the province behind it and "Canada" behind that: "Halifax", "Nova Scotia"; otherwise the text alone."""
    words = text.split()
    if len(words) > 1 and words[-1].casefold() == "canada":
        before = _parted_at_space(" ".join(words[:-1]))
        return [*before, words[-1]] if _bare_province(before[-1]) else [text]
    if not _bare_province(text):
        for at in range(max(1, len(words) - _LONGEST_PROVINCE), len(words)):
            province = " ".join(words[at:])
            if _bare_province(province) and _may_have_behind(words[:at], province):
                return [" ".join(words[:at]), province]
    return [text]


def _bare_province(text: str) -> str | None:
    """The Canadian province of a text that is nothing else, and is written so that it needs no comma; or None."""
    if _ISO_REGION.fullmatch(text) or text in _BARE_CODES:
        return region_code(text, "CA")
    key = _key(text)
    is_name = len(key) > _LONGEST_ABBREVIATION
    is_abbreviation = "." in text and text[:1].isupper()
    return _region_keys("CA").get(key) if is_name or is_abbreviation else None


def _may_have_behind(words: list[str], province: str) -> bool:
    """Whether words are a place's name, or say that work is remote, so that a province behind a space belongs to them.

    In names every word but the small ones has a capital or a figure first. A sentence, a number ("10 MB"), two
    provinces, and what ends in a small word ("Ville de Québec") are no such names.
    """
    if _key("".join(words)) in _NO_PLACE:
        return True
    lettered = [word for word in words if any(map(str.isalpha, word))]
    if len(words) > _LONGEST_NAME or lettered[-1:] != words[-1:] or words[-1] in _PARTICLES:
        return False
    if any(word in _BARE_CODES or not (_has_capital(word) or word in _PARTICLES) for word in words):
        return False
    last, alone = words[-1].strip(".").casefold(), len(lettered) == 1
    if province == "ON":
        return last not in _BEFORE_ON and not (alone and len(last) <= _LONGEST_SHORT_WORD)
    return province in _BARE_CODES or not (alone and last in _NAME_MAKERS)


def _has_capital(word: str) -> bool:
    """Whether a word begins as names do, with no small letter; "l'" and "d'" in front do not count."""
    return not re.sub(r"^[ld]['’]", "", word)[:1].islower()


def _ending(pieces: list[str], country: str | None) -> tuple[str | None, str | None]:
    """Takes the country and the region off the end of a place's pieces."""
    if not pieces:
        return country, None
    if country in (None, "CA") and pieces[-1] in _CANADIAN_SPELLINGS:
        return "CA", _CANADIAN_SPELLINGS[pieces.pop()]
    last = country_code(pieces[-1])
    region_before = region_code(pieces[-2], last) if last and len(pieces) > 1 else None
    as_region = region_code(pieces[-1], country)
    if last and (region_before or country == last or (country is None and as_region is None)):
        pieces.pop()
        if region_before:
            pieces.pop()
        return last, region_before
    key = _key(pieces[-1])
    told = country == "CA" or (len(key) == 2 and len(pieces) > 1)  # "Remote, SK" in Canada; "Denver, CO" anywhere
    if as_region and (not last or (told and key != "ca")):
        pieces.pop()
        return as_region[:2], as_region
    return country, None


def resolve_place(
    country: str | None = None,
    region: str | None = None,
    locality: str | None = None,
    postal_code: str | None = None,
    place: str | None = None,
) -> Place:
    """One place out of what a source says in separate fields, each in its own words.

    The separate fields count before the free text of `place`; a region that is not in the country is left out.
    """
    known = country_code(country) if country else None
    free = parse_place(place, known) if place else Place()
    known = known or free.country
    code = region_code(region, known) if region else None
    if code is None and postal_code:
        code = region_of_postal_code(postal_code, known)
    code = code or free.region
    if code and known and not code.startswith(known):
        code = None
    name = " ".join(clean_text(locality[:_MAX_LENGTH]).split()) if locality else free.locality
    return Place(known or (code[:2] if code else None), code, name or None)
