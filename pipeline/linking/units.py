"""Texts cut into units: the sentences, bullets and list items in which skills are looked for, with their offsets.

What a unit stands under ("Profil recherché", "Skills:") is kept beside it as its heading and is not part of its text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.linking.waivers import waived

# Part of the unit cache's key: raise it when the cutting, or what counts as boilerplate, changes.
UNITS_VERSION = "9"

# Signs that open a list item: bullets, arrows, shapes, ticks, emoji, the private signs of word processors.
_MARKS = "\x95¿•‣⁃∙ℹ←-⇿■-➿⬀-⯿\ufe0f\U0001f300-\U0001faff\uf000-\uf0ff"
BULLET = re.compile(
    rf"[\s\-–—*+>»·{_MARKS}]*(?:(?<!\S)o(?:\t|\s\s)\s*)?(?:\(?(?P<number>\d{{1,2}})[.)]\s+|[a-z]\)\s+)?"
)
# Bullets within a line. A sign counts beside white space ("étudiant•e" has none); stars, dashes and numbers count only
# where `_dash_cuts` and `_number_cuts` find a list of them.
_SIGNS = "[\x95•‣⁃∙●○◦▪▫■□◆◇►▸➢➤✓✔✅☑❖\uf0a7\uf0b7]"
INNER_SIGN = re.compile(rf"(?<=\s){_SIGNS}|{_SIGNS}(?=\s)|\*{{3,}}")
INNER_DASH = re.compile(r"(?<=\s)[-–—*·](?=\s)")
INNER_NUMBER = re.compile(r"(?<!\S)\(?(\d{1,2})[.)]\s+(?=[^\W\d_])")
LIST_LEAD = re.compile(r"[:.;!?…]\s*$")
MAX_DASHED_WORDS = 6

# A sentence ends where a capital, digit or quotation mark follows, or where two sentences were glued together.
_GLUED = r"(?:Le|La|Les|Vous|Nous|Votre|Vos|Notre|Nos|Une|Ce|Cette|Pour|Dans|The|You|Your|We|Our|This)\s"
SENTENCE_END = re.compile(
    r"(?<=[.!?…])[\"'»”)]*\s+(?=[A-ZÀ-ÖØ-Þ0-9«“\"(])"
    rf"|(?<=[a-zà-ÿ]{{3}}\.)(?={_GLUED})|(?<=[a-zà-ÿ]{{4}}\.)(?=[A-ZÀ-ÖØ-Þ][a-zà-ÿ]+\s[a-zà-ÿ])"
    rf"|(?<=[a-zà-ÿ\s)][!?…])(?=[A-ZÀ-ÖØ-Þ])|(?<=[a-zà-ÿ]{{3}})(?={_GLUED})"
)
ABBREVIATION = re.compile(
    r"\b(?:(?P<always>etc)|(?P<hour>[AaPp]\.? ?[Mm])|"
    r"(?P<never>[Ee]\.g|[Ii]\.e|vs|cf|[Mm](?:[rsx]|rs|me|lle|gr)|M|Me|[Dd]r|[Ss]te?|[Pp]rof|ex|p\. ?ex|hon)|"
    r"(?P<seldom>(?i:nos?|approx|incl|min|max|art|sec|inc|ltd|ltée|jr|sr|tel|tél|dept|fig|vol|[A-Z])))\.$"
)
ABBREVIATION_REACH = 12  # no abbreviation is longer: looking further back would cost the square of a text full of them
# Words that open a sentence and hardly follow an abbreviation within one: "Acme Inc. You will ...".
OPENER = re.compile(
    r"(?:The|You|Your|We|Our|This|These|It|In|As|If|At|Must|Le|La|Les|Vous|Votre|Vos|Nous|Notre|Nos|Il|Elle|Une?|Ce|"
    r"Cette|Ces|Pour|Dans)\b"
)
AFTER_HOUR = re.compile(
    r"\d|\(|(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?s?\b|[ECMPAN][DS]?T\b|(?:East|Mount|Pacif|Atl)"
)

# "Skills: welding, grinding": a list behind its heading.
LIST_OPENING = re.compile(r"(?P<head>[^:]{3,80}):\s+(?P<items>.+)", re.DOTALL)
ITEM_SEPARATOR = re.compile(r"\s*(?:,|/|;)\s+(?:and\s+|or\s+|et\s+|ou\s+)?|\s+(?:and/or|et/ou)\s+")
# "brasage, soudage et meulage": the last item of a list behind a colon may hold two.
LAST_PAIR = re.compile(r"\S+(?:\s+\S+){0,3}?(\s+(?:and|et|or|ou)\s+)\S+(?:\s+\S+){0,3}$")
# Pairs that are one skill.
ONE_PAIR = re.compile(
    r"health and safety|safety and health|research and development|supply and demand|pick and place|"
    r"arts and crafts|terms and conditions|food and beverage|oil and gas|heating and cooling|shipping and receiving|"
    r"sant[ée] et (?:de )?(?:la )?s[ée]curit[ée]|hygi[èe]ne et (?:de )?(?:la )?s[ée]curit[ée]|"
    r"recherche et (?:de )?d[ée]veloppement|offre et (?:de )?(?:la )?demande|arts et m[ée]tiers|p[âa]tes et papiers|"
    r"exp[ée]dition et (?:de )?(?:la )?r[ée]ception",
    re.IGNORECASE,
)
# "weld; grind", "weld | grind", "weld|grind", but not "(H|F)".
PARTED = re.compile(r";\s*|\s\|+\s|(?<=[^\W\d_]{3})\|(?=[^\W\d_]{3})")
# "2015-2019 Welder: ...", "depuis mars 2020, ...": when something was done is no part of what was.
_MONTH = r"(?:jan|f[eé]v?|mar|a[pv]r|ma[iy]|jui?[nl]|ao?[uû]|sep|oct|nov|d[eé]c)[^\W\d_]*"
_YEAR = rf"(?:\d{{1,2}}[/.-]|{_MONTH}\.? )?(?:19|20)\d\d"
_TODAY = r"(?:present|now|today|aujourd['’]hui|ce jour|maintenant)"
LEADING_DATES = re.compile(
    rf"[ \t;,(]*(?:(?:since|depuis) {_YEAR}|{_YEAR} ?(?:-|–|—|to|until|à|au|jusqu'(?:à|en)) ?(?:{_YEAR}|{_TODAY})|"
    rf"{_YEAR}(?= ?:| [–—-] ))(?!\w)[\s:,)–—-]*",
    re.IGNORECASE,
)
MIN_LIST_ITEMS = 3
MAX_ITEM_WORDS = 8
# "Give first aid far from help: bleeding, fracture" names a skill before its list, "Tools: ..." none.
MIN_LEAD_WORDS = 3

LONGEST_REMEMBERED = 1_000  # characters of a line whose cutting is kept in memory
MAX_HEADING_WORDS = 6  # of a line that ends in a colon and is nothing but a heading
MAX_LEAD_IN_WORDS = 14  # of one that is read for skills too, and still says what follows it
MAX_HEADING_CHARACTERS = 90
HEADING_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*", re.UNICODE)


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


# A heading is made of words of these two kinds and has one of the first.
HEADING_CORES = _words("""
    responsibilities responsibility duties tasks accountabilities requirements requirement qualifications skills
    competencies competences experience education knowledge abilities attributes assets asset certifications
    credentials benefits perks description summary overview outcomes objectives prerequisites syllabus assessment
    languages suitability compensation responsabilités responsabilité missions mission tâches fonctions attributions
    exigences exigence compétences qualités aptitudes connaissances savoir-faire savoir-être profil formation expérience
    expériences diplôme diplômes atouts atout avantages prérequis pré-requis préalables langues habiletés description
    sommaire aperçu conditions rémunération salaire objectifs contenu scolarité
""")
HEADING_FILLERS = _words("""
    a an and the your our key main major primary essential principal core general job position role work specific
    minimum preferred required desired mandatory additional basic technical professional personal other special soft
    hard academic educational nice good to have haves must of for this course program programme company learning
    qualification day-to-day responsibilities include is are we offer you application
    et ou de du des la le les l d vos votre nos notre tes ton un une principale principales principaux essentielle
    essentielles spécifiques recherché recherchée recherchées recherchés requis requise requises souhaité souhaitée
    souhaitées attendu attendues attendus exigé exigée exigées demandées nécessaires techniques personnelles
    professionnelle professionnelles professionnel comportementales linguistiques poste profil offre entreprise emploi
    candidat travail autres autre cours programme apprentissage pédagogiques sociaux idéal liés comment
""")
HEADING_PHRASES = re.compile(
    r"(?:about (?:us|you|the (?:role|job|company|position|team|program|course)|this (?:role|course|program))|"
    r"who (?:we|you) are|what (?:you|we)(?:'ll| will| are|'re)? (?:be doing|do|bring|learn|need|offer|looking for)|"
    r"why (?:join us|work with us|us)|what's in it for you|how to apply|(?:the|your) (?:role|job|position|profile)|"
    r"(?:work environment|working conditions|work conditions and physical capabilities|job requirements)|"
    r"nice to haves?|must haves?|skills you(?:'ll| will) (?:gain|learn)|course outline|"
    r"in this course,? you will(?: learn)?|"
    r"ce que (?:nous|vous) (?:vous )?(?:offrons|recherchons|proposons|ferez|apporterez|apprendrez|offrez)|"
    r"pourquoi (?:nous rejoindre|nous choisir)|à propos(?: de (?:nous|vous|l'entreprise)| du (?:poste|cours))?|"
    r"qui (?:sommes-nous|êtes-vous|es-tu)|processus de recrutement|comment postuler|et ensuite|"
    r"(?:le|votre) (?:poste|rôle)|(?:acquis|résultats) d'apprentissage|plan de cours|contexte(?: du poste)?)"
    r"(?: \?)?",
    re.IGNORECASE,
)
MIN_CAPITALS_WORDS = 2  # "SQL" or "WHMIS" on a line of its own is an item, not a heading
NO_HEADING = re.compile(r"\d|[!?]$")  # "CACES 3", "REJOIGNEZ-NOUS !"


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a text part.

    `text` is what lies between the offsets, white space folded; `heading` is what it stands under, without bullet or
    colon: the head of its own list ("Skills: welding, grinding, fitting"), else the nearest heading above it in the
    text part, else "".
    """

    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading; `alone` says that its line is nothing else and holds no unit."""

    text: str
    alone: bool


def unit_key(text: str, language: str) -> str:
    """What identifies a unit wherever it occurs: SHA-256 of its language and text, 32 hexadecimal digits."""
    return hashlib.sha256(f"{language}\x00{text}".encode()).hexdigest()[:32]


def split_units(text: str, max_characters: int) -> list[Unit]:
    """Cuts a text part into units.

    Lines are cut at bullets, then into sentences, then at semicolons and vertical bars; a list behind a colon
    ("Skills: welding, grinding, fitting") is cut into its items, and what stands before the colon is one more unless
    it is a heading or short. Headings, and what holds no two letters, are left out. No unit spans two lines.

    Args:
        text: plain text in either language, as `TextPart.text`.
        max_characters: longer sentences are cut at a space before this length.

    Returns:
        Units in the order of the text, their offsets counted in characters of `text`.
    """
    units: list[Unit] = []
    start, heading = 0, ""
    for line in text.split("\n"):
        cut = _remembered_line if len(line) <= LONGEST_REMEMBERED else _line_units
        found, heading = cut(line, heading, max_characters)
        units.extend(Unit(unit.start + start, unit.end + start, unit.text, unit.heading) for unit in found)
        start += len(line) + 1
    return units


def _line_units(line: str, standing: str, max_characters: int) -> tuple[list[Unit], str]:
    """The units of a line, by their places in it, and the heading that holds for the lines below it."""
    units: list[Unit] = []
    sentences = [sentence for item in _bullets(line) for sentence in _sentences(line, *item)]
    current = standing
    for begin, end in sentences:
        heading = _heading_of(line[begin:end], whole=len(sentences) == 1)
        if not (heading and heading.alone):
            for first, last, head in _items(line, begin, end):
                units.extend(_pieces(line, first, last, max_characters, head or current))
        current = heading.text if heading else current
    # "Duties: - weld - grind" says nothing of the next line, "Lift 20 kg. Your profile:" does.
    return units, current if len(sentences) == 1 or (heading and heading.alone) else standing


# Postings repeat each other line by line: what was cut a while ago is still known.
_remembered_line = lru_cache(maxsize=100_000)(_line_units)


# --- Headings ---------------------------------------------------------------------------------------------------------


def _heading_of(sentence: str, whole: bool) -> _Heading | None:
    """The heading that a sentence is; `whole` says that it is all that its line holds."""
    stripped = sentence.strip()
    if not stripped or len(stripped) > MAX_HEADING_CHARACTERS:
        return None
    colon = stripped.endswith(":")
    text = _folded(stripped.rstrip(" :\t\u00a0"))
    words = len(text.split())
    if (colon and words <= MAX_HEADING_WORDS) or _is_known(text):
        return _Heading(text, alone=True)
    if colon and words <= MAX_LEAD_IN_WORDS:
        return _Heading(text, alone=False)
    if whole and MIN_CAPITALS_WORDS <= words <= MAX_ITEM_WORDS and text.isupper() and not NO_HEADING.search(text):
        return _Heading(text, alone=False)
    return None


def _is_known(text: str) -> bool:
    """Whether a text is made of the words of a heading ("Responsibilities", "Profil recherché") and of no others."""
    if len(text) > MAX_HEADING_CHARACTERS // 2:
        return False
    plain = text.casefold().replace("’", "'")
    if HEADING_PHRASES.fullmatch(plain):
        return True
    if not plain[-1:].isalnum():
        return False
    words = [part for word in HEADING_WORD.findall(plain) for part in word.split("'")]
    return all(w in HEADING_CORES or w in HEADING_FILLERS for w in words) and any(w in HEADING_CORES for w in words)


# --- Bullets ----------------------------------------------------------------------------------------------------------


def _bullets(line: str) -> Iterator[tuple[int, int]]:
    """The items of a line that bullets or numbers cut, or the line behind its own bullet."""
    lead = BULLET.match(line)
    body = lead.end() if lead else 0
    cuts = [match.span() for match in INNER_SIGN.finditer(line, body)]
    if not cuts:
        number = lead["number"] if lead else None
        cuts = _dash_cuts(line, body) or _number_cuts(line, body, int(number) + 1 if number else 1)
    for begin, end in cuts:
        yield body, begin
        body = end
    inner = BULLET.match(line, body) if cuts else None
    yield (inner.end() if inner else body), len(line)


def _dash_cuts(line: str, body: int) -> list[tuple[int, int]]:
    """Where dashes or stars cut a line: it begins with one, or they follow a colon or full stop, or cut it small."""
    by_sign: dict[str, list[tuple[int, int]]] = {}
    for match in INNER_DASH.finditer(line, body):
        if not _is_range(line, match.start()):
            by_sign.setdefault(match.group(), []).append(match.span())
    for sign, cuts in by_sign.items():
        if sign in line[:body]:
            return cuts
        if len(cuts) > 1:
            edges = zip([body, *(end for _, end in cuts)], [*(begin for begin, _ in cuts), len(line)], strict=True)
            if all(_is_dashed_item(line[a:b]) for a, b in edges) or LIST_LEAD.search(
                line, max(body, cuts[0][0] - 3), cuts[0][0]
            ):
                return cuts
    return []


def _is_dashed_item(piece: str) -> bool:
    """Whether what dashes cut is an item ("Esprit d'équipe - Rigueur", "bois - pose"), and no part of a sentence."""
    words = len(piece.split())
    return words <= MAX_DASHED_WORDS and (words <= 2 or not piece.strip()[0].islower())


def _is_range(line: str, dash: int) -> bool:
    """7h - 16h, $20 - $25, 12 – 14 euros: both sides of a dash are numbers."""
    before, after = line[max(0, dash - 4) : dash].strip(), line[dash + 1 : dash + 4].strip(" \u00a0\t$")
    return after[:1].isdigit() and any(char.isdigit() for char in before)


def _number_cuts(line: str, body: int, expected: int) -> list[tuple[int, int]]:
    """Where numbers that count up cut a line: "1. Weld 2. Grind", "(1) weld (2) grind"."""
    first, cuts = expected, []
    for match in INNER_NUMBER.finditer(line, body):
        if int(match[1]) == expected:
            cuts.append(match.span())
            expected += 1
    return cuts if expected - first > (1 if first == 1 else 0) else []


# --- Sentences and lists ----------------------------------------------------------------------------------------------


def _sentences(line: str, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    for match in SENTENCE_END.finditer(line, begin, stop):
        if _ends_sentence(line, begin, match):
            yield begin, match.start()
            begin = match.end()
    yield begin, stop


def _ends_sentence(line: str, begin: int, end: re.Match[str]) -> bool:
    """Whether a full stop is one, and not (only) that of an abbreviation."""
    found = ABBREVIATION.search(line, max(begin, end.start() - ABBREVIATION_REACH), end.start())
    if found is None or found["always"]:
        return True
    if found["hour"]:
        return AFTER_HOUR.match(line, end.end()) is None
    return found["never"] is None and OPENER.match(line, end.end()) is not None


def _items(line: str, begin: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The items of a list behind a colon, or the parts of a sentence; each with the head of its list."""
    head = ""
    opening = LIST_OPENING.match(line, begin, end)
    if opening:
        head = _folded(opening["head"])
        items = list(_list_items(line, opening.start("items"), end))
        if len(items) >= MIN_LIST_ITEMS and all(len(line[a:b].split()) <= MAX_ITEM_WORDS for a, b in items):
            if len(head.split()) >= MIN_LEAD_WORDS and not _is_known(head):
                yield begin, opening.end("head"), ""
            yield from ((first, last, head) for first, last in items)
            return
        if _is_known(head):
            begin = opening.start("items")
        else:
            head = ""
    for match in PARTED.finditer(line, begin, end):
        yield from ((first, last, head) for first, last in _clauses(line, begin, match.start()))
        begin = match.end()
    yield from ((first, last, head) for first, last in _clauses(line, begin, end))


def _clauses(line: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """A stretch, parted where a clause of it says that something is not needed."""
    start = begin
    for first, last in waived(line[start:end]):
        yield from ((begin, start + first), (start + first, start + last))
        begin = start + last
    yield begin, end


def _list_items(line: str, first: int, end: int) -> Iterator[tuple[int, int]]:
    seen, depth = first, 0
    for cut in ITEM_SEPARATOR.finditer(line, first, end):
        depth = max(0, depth + line.count("(", seen, cut.start()) - line.count(")", seen, cut.start()))
        seen = cut.start()
        if depth == 0:  # "outils (vés, poinçons)" is one item
            yield first, cut.start()
            first = cut.end()
    pair = LAST_PAIR.match(line, first, end)
    if pair and not ONE_PAIR.search(line, first, end):
        yield first, pair.start(1)
        first = pair.end(1)
    yield first, end


def _pieces(line: str, begin: int, end: int, max_characters: int, heading: str) -> Iterator[Unit]:
    """One unit, or several where the stretch is too long."""
    while end - begin > max_characters:
        cut = line.rfind(" ", begin + max(max_characters // 2, 1), begin + max_characters)
        cut = cut if cut > 0 else begin + max_characters
        yield from _pieces(line, begin, cut, max_characters, heading)
        begin = cut
    raw = line[begin:end]
    dates = LEADING_DATES.match(raw)
    left = dates.end() if dates else len(raw) - len(raw.lstrip(" \t;,"))
    right = len(raw.rstrip(" \t;,"))
    text = _folded(raw[left:right])
    if _says_something(text):
        yield Unit(begin + left, begin + right, text, heading)


def _folded(text: str) -> str:
    """A text in Unicode NFC, with every run of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _says_something(text: str) -> bool:
    """Whether a unit can name a skill: two letters, or one with a sign (C++, C#)."""
    letters = sum(c.isalpha() for c in text)
    return letters >= 2 or (letters == 1 and any(sign in text for sign in "+#"))
