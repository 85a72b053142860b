"""Masks what identifies a person in the text of postings and credentials, before any of it is kept as evidence.

A mask is as long as what it covers, so that every offset stays right, in the masked text and in the original. What is
recognised: e-mail addresses; telephone numbers of North America, France, Belgium, Switzerland and the United Kingdom,
and any number behind a word for one; names behind a title (Mme, Mr.) or a word that announces a contact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, get_args

import pyarrow as pa

from pipeline.phrases import Phrases, bare
from pipeline.settings import Personal

KINDS: Final[tuple[Personal, ...]] = get_args(Personal)
MASK: Final = "█"
PRIVACY_VERSION: Final = "1"  # part of the key of what is kept: raise it when something else is masked

_EMAIL: Final = Phrases(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\]|\(arobase\)|\[arobase\])\s?"
    r"[\w-]{1,63}(?:(?:\.|\s?(?:\(dot\)|\[dot\]|\(point\)|\[point\])\s?)[\w-]{1,63}){1,4}",
    "@|(at)|[at]|(arobase)|[arobase]",
)

_EXTENSION: Final = r"(?:,?\s*(?:ext\.?|extension|poste|p\.|x|#)\s?\d{1,6})?"
# A telephone's number without a plus sign has more; between its digits is nothing but this.
_SEVEN_DIGITS: Final = re.compile(r"(?:\d[\s().\-\u2010-\u2015]*+){7}")
_SEPARATOR: Final = r"[ \u00a0\u202f.\-\u2010-\u2015]"  # no slash, as in dates, and no line end
_TELEPHONES: Final = re.compile(
    rf"(?<![\w.,$€/-])(?:(?:\+|00)?1{_SEPARATOR}?)?(?:\([2-9]\d{{2}}\){_SEPARATOR}?|[2-9]\d{{2}}{_SEPARATOR})"
    rf"[2-9]\d{{2}}{_SEPARATOR}?\d{{4}}{_EXTENSION}(?![\w-])"
    rf"|(?<![\w.,$€/-])(?:(?:\+|00)(?:33|32|41|44){_SEPARATOR}?(?:\(0\){_SEPARATOR}?)?[1-9]|0[1-9])"
    rf"(?:{_SEPARATOR}?\d{{2}}){{4}}{_EXTENSION}(?![\w-])"
    rf"|(?<![\w.,$€/-])\+\d{{1,3}}(?:{_SEPARATOR}?\d{{2,4}}){{2,5}}(?![\w-])"
)
# A number that would pass for another one, behind a word that says that it is a telephone's: "Call 6135550147".
_CALLED: Final = re.compile(
    r"(?:\b(?:t[ée]l[ée]?phone[rz]?|tel|t[ée]l|phone|call|fax|t[ée]l[ée]copieur|cell(?:ulaire)?|mobile|portable|appel(?:ez|er)|"
    r"composez|joindre|text(?:o|ez)?)\b\s?\.?(?:\s(?:us|nous|le|au|me|at|on|number|num[ée]ro|is|:))*\s?[:#]?\s?)"
    r"(\+?\(?\d[\d\s().\-]{5,18}\d)",
    re.IGNORECASE,
)

_LETTERS: Final = "A-Za-zÀ-ÖØ-öø-ÿ"
_WORD: Final = rf"[A-ZÀ-ÖØ-Þ][{_LETTERS}]*(?:['’\-][A-ZÀ-ÖØ-Þa-zà-ÿ][{_LETTERS}]*)*"
_PARTICLES: Final = frozenset(
    {"de", "du", "des", "la", "le", "van", "von", "der", "den", "di", "da", "el", "al", "bin", "ben"}
)
_PARTICLE: Final = f"(?:{'|'.join(sorted(_PARTICLES))})"
_STREETS: Final = frozenset(
    {"avenue", "street", "road", "boulevard", "drive", "crescent", "lane", "rue", "chemin", "place"}
)
_NAME: Final = rf"{_WORD}(?: (?:{_PARTICLE} ){{0,2}}(?:{_WORD}|[A-ZÀ-Þ]\.)){{0,3}}"
_TITLE: Final = r"(?:M(?:me|lle|r|rs|s|iss|onsieur|adame|ademoiselle)|Dr|Dre|Me|M)"
_ONLY_TITLE: Final = re.compile(rf"{_TITLE}[.,]?")
_TITLED: Final = re.compile(rf"(?<![\w'’])(?:{_TITLE}\.?|M\.) ({_NAME})")
_ANNOUNCED: Final = Phrases(
    r"(?:(?i:\b(?:contact(?: person| name| us)?|personne[ -](?:ressource|contact|à contacter)|nom du contact|"
    r"(?:votre|your|le|the) contact|contacte[zr]|joindre|joignez|appele[zr]|communique[zr] avec|reach out to|"
    r"speak (?:to|with)|ask for|demande[zr]|adresse[zr][^.\n]{0,40} à|send[^.\n]{0,40} to|submit[^.\n]{0,40} to|"
    r"envoye[zr][^.\n]{0,60} à|apply to|report(?:s|ing)? to|recruiter|recruteuse|recruteur|taught by|enseigné par|"
    r"facilitated by|animé par)) ?(?:[:–—-] ?| is | est )? ?"
    # Words that have another meaning, or that stand before a trade as well, announce a name with a colon only.
    r"|(?i:\b(?:attn\.?|attention|à l['’]attention de|hiring manager|responsable du recrutement|"
    r"charg[ée]e? de recrutement|interlocuteur|interlocutrice|instructor|instructeur|instructrice|formateur|formatrice|"
    r"supervisor|superviseure?) ?: ?))"
    rf"(?:{_TITLE}\.? )?({_NAME})",
    "contact|ressource|joindre|joignez|appele|communique|reach out to|speak |ask for|demande|adresse|send|submit|"
    "envoye|apply to|report|recruiter|recruteu|taught by|enseign|facilitated by|anim|attn|attention|hiring manager|"
    "recrutement|interlocut|instruct|formateur|formatrice|supervis",
    re.NOFLAG,
)


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


# Words of which no name of a person is made, in lower case; a candidate ends before the first of them.
_NO_NAME: Final = _words(
    """
    a about accounts academy acme agile all an and anglais any août applicants application apply april are as assistant
    at     august avenue avril board boulevard branch business by canada career careers center centre chemin chief city
    client clients college commission committee company construction contact coordinator corporation council
    curriculum customer cv december department des design details dimanche directeur direction director directrice
    division drive du décembre east email emploi employer employment en engineering english ensure est et excel
    executive experience february finance first for foreman form forms français french friday from février general
    google gouvernement government group groupe head hiring hospital hr humaines human if in inc industries
    information installation it january janvier java jeudi job juillet juin july june junior la le lead leader les
    linkedin ltd ltée lundi mai maintenance management manager march mardi marketing mars may mercredi microsoft
    ministère monday municipality my médecin nord north notice notre nous november novembre october octobre office
    on one operations or ouest our page people personnel place plant please policy portal president product
    production project python quality recruiter recruitment recrutement region regional resources ressources resume
    rh road rue safety sales samedi sars saturday school scrum sector security senior september septembre server
    service services shift site société south sql staff store street sud sunday supervisor support team teams
    technical the their them this thursday to training travail tuesday two university université us vendredi vice
    ville votre vous warehouse we website wednesday west with word work you your youtube zoom
    """
)


def mask(text: str, kinds: Sequence[Personal] = KINDS) -> str:
    """The text with what identifies a person covered, character by character.

    Args:
        text: plain text in English or French.
        kinds: what to cover; nothing is covered where it is empty.

    Returns:
        A text of the same length; equal outside of what is covered. Masking it again changes nothing.
    """
    covered = _covered(text, kinds)
    while covered != text:  # what was covered may lay bare what stood beside it; each turn covers more of the text
        text, covered = covered, _covered(covered, kinds)
    return covered


def _covered(text: str, kinds: Sequence[Personal]) -> str:
    """One look for what identifies a person."""
    spans: list[tuple[int, int]] = []
    bared = bare(text)
    if "email" in kinds:
        spans += [match.span() for match in _EMAIL.all_in(text, bared)]
    if "telephone" in kinds and ("+" in text or _SEVEN_DIGITS.search(text)):
        spans += [match.span() for match in _TELEPHONES.finditer(text)]
        spans += [match.span(1) for match in _CALLED.finditer(text) if 7 <= _digits(match[1]) <= 15]
    if "name" in kinds:
        spans += [span for match in _TITLED.finditer(text) if (span := _name(match))]
        spans += _announced(text) if _ANNOUNCED.may_be_in(bared) else []
    for start, end in spans:
        text = text[:start] + re.sub(r"\S", MASK, text[start:end]) + text[end:]
    return text


def _announced(text: str) -> Iterator[tuple[int, int]]:
    """The names behind words that announce one; none stands in another line than these."""
    start = 0
    for line in text.split("\n"):
        for match in _ANNOUNCED.all_in(line, bare(line)):
            if span := _name(match):
                yield span[0] + start, span[1] + start
        start += len(line) + 1


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _name(match: re.Match[str]) -> tuple[int, int] | None:
    """Where the name stands that a pattern found: up to the first word that names are not made of; none in a street."""
    start, end = match.start(1), match.start(1)
    for word in re.finditer(r"\S+", match[1]):
        parts = frozenset(word[0].casefold().strip(".,").split("-"))
        if end > start and parts <= _PARTICLES:
            continue  # part of the name if another word of it follows
        if parts & _STREETS:
            return None
        if parts & _NO_NAME or _ONLY_TITLE.fullmatch(word[0]) or (len(word[0]) > 3 and word[0].isupper()):
            break
        end = match.start(1) + word.end()
    return (start, end) if any(character.islower() for character in match.string[start:end]) else None


def mask_columns(
    tables: Mapping[str, pa.Table], columns: Mapping[str, Sequence[str]], kinds: Sequence[Personal]
) -> dict[str, pa.Table]:
    """Tables with some of their texts masked.

    Args:
        tables: by name.
        columns: table -> its columns that hold a source's own words.
        kinds: what to cover.
    """
    masked = dict(tables)
    for name, wanted in columns.items():
        for column in wanted if kinds and name in masked else ():
            table = masked[name]
            texts = {text: mask(text, kinds) if text else text for text in table[column].unique().to_pylist()}
            values = pa.array([texts[text] for text in table[column].to_pylist()], table.schema.field(column).type)
            masked[name] = table.set_column(table.schema.get_field_index(column), table.schema.field(column), values)
    return masked
