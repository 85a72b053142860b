"""Units cut finer: the stretches of one sentence or bullet in which a skill may be named by itself.

One pass of a regular expression finds where a unit may be cut, by four strengths: what stands behind a requirement
("experience with", "capacité à") or in a clause of its own, items of enumerations, the sides of "and", and complements
("with robots", "dans un atelier"). What lies between two cuts is a stretch; a short one that weaker cuts go through is
one too, so that no name of several words ("health and safety", "soudage en position") is lost to a cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pipeline.ingest import Language

DEFAULT_LIMIT: Final = 12
# Units are shorter than this (`max_unit_characters`); of a longer text only the beginning is cut, whatever it holds.
REACH: Final = 4_000
# No name of a skill is longer; a stretch with cuts in it is likelier two names than one.
MAX_WORDS: Final = 12
MAX_JOINT_WORDS: Final = 8

# The tables below are in lower case and parted by "|"; behind its first letter a phrase may be a regular expression.
# Names that hold what would cut another stretch.
NAMES: dict[Language, str] = {
    "en": """health and safety|safety and health|research and development|supply and demand|pick and place|r & d|
    pick and pack|arts and crafts|terms and conditions|food and beverage|oil and gas|heating and cooling|plug and play|
    search and rescue|profit and loss|shipping and receiving|mergers and acquisitions|trial and error|hand and power|
    diversity and inclusion|on the job|in place|in line with|on time|in person|problems? and solutions?""",
    "fr": """santé et sécurité|santé et la sécurité|santé et de sécurité|santé-sécurité|hygiène et sécurité|
    hygiène et de sécurité|recherche et développement|offre et la demande|offre et demande|r & d|arts et métiers|
    pâtes et papiers|expédition et réception|bâtiments? et travaux publics|équité et inclusion|en œuvre|en oeuvre|
    en place|en charge|en vigueur|en compte|en cours|en main|en ligne|en état|en équipe|en temps|en service""",
}
# What a posting asks for stands behind a word of the first table and one of the second.
FRAME_WORDS: dict[Language, str] = {
    "en": """experience|knowledge|understanding|familiarity|proficiency|expertise|background|skills?|ability|abilities|
    capability|capacity|aptitude|willingness|desire|passion|interest|competence|competency|competencies|fluency|command|mastery|
    exposure|track record|degree|diploma|certificate|certification|training|qualifications?|education|years|experienced|
    skilled|proficient|familiar|comfortable|able|capable|responsible|responsibility|responsibilities|accountable|adept|
    fluent|versed|interested|passionate|certified|knowledgeable|willing|keen""",
    "fr": """connaissances?|ma[iî]trise|expériences?|expertise|capacités?|aptitudes?|habiletés?|facilités?|compétences?|
    pratique|notions?|compréhension|formations?|diplômes?|baccalauréat|certificat|chargée?s?|responsables?|capables?|
    aptes?|amenée?s?|appelée?s?|missions?|consiste|consistent|consisteront|mesure|charge|années?|titulaires?""",
}
FRAME_LINKS: dict[Language, str] = {
    "en": "of|in|with|to|for|at|using|on|about|as|working with|working in|working on",
    "fr": "de|d'|en|avec|à|dans|sur|aux?|des?|du|pour|d'utilisation d[eu]|à utiliser",
}
# What may stand between the two, and a frame without a link.
FRAME_ADJECTIVES: dict[Language, str] = {
    "en": "and experience|and understanding|and skills",
    "fr": """confirmée?s?|approfondies?|avérées?|parfaite|significatives?|réussies?|solides?|pratiques?|minimale?s?|
    minimum|préalable|professionnelle|techniques?""",
}
FRAME_ALONE: dict[Language, str] = {"en": r"experience(?=\s\w+ing\s)", "fr": r"expérience(?=\sterrain\s)"}
CLAUSES: dict[Language, str] = {
    "en": "while|whilst|who|which|where|when|that|so that|in order to|so as to|to help|to|for|but|be|you|you'll|we",
    "fr": """afin de|afin d'|afin que|pour|en vue de|en vue d'|dans le but de|dans le but d'|de manière à|de façon à|
    tout en|qui|que|lors de|lors d'|lors du|lors des|visant à|permettant de|permettant d'|où|mais|vous|nous""",
}
TAILS: dict[Language, tuple[str, ...]] = {
    "en": (
        "(?:is|are|would be|will be|considered|being) (?:an? )?(?:(?:strong|big|definite|huge|highly|strongly) )?",
        """plus|asset|advantage|must|required|preferred|necessary|essential|desirable|desired|beneficial|mandatory|
        needed|advantageous""",
        "preferred|required|etc",
    ),
    "fr": (
        "(?:est|sont|serait|seraient|sera|constitue) (?:une? )?(?:(?:fortement|très|vraiment) )?",
        """atouts?|plus|avantages?|souhaitée?s?|exigée?s?|requise?s?|obligatoires?|nécessaires?|indispensables?|
        appréciée?s?|demandée?s?""",
        "exigée?s?|souhaitée?s?|requise?s?|obligatoires?|souhaitables?|appréciée?s?|etc",
    ),
}
ITEMS: dict[Language, str] = {
    "en": """as well as|such as|including|includes?|included|e\\.g\\.?|i\\.e\\.?|for example|for instance|like|
    especially|namely|rather than""",
    "fr": """ainsi que|tel(?:le)?s? que|tel(?:le)?s? qu'|notamment|y compris|incluant|comprenant|comme|par exemple|
    p\\. ?ex\\.?|de même que|soit|dont|e\\.g\\.?|ex\\.?""",
}
SIDES: dict[Language, str] = {"en": "and|or|&|and/or|plus", "fr": "et|ou|&|et/ou"}
COMPLEMENTS: dict[Language, str] = {
    "en": "in|with|on|from|by|through|via|using|within|into|under|between|based on|according to|towards?",
    "fr": """dans|avec|sur|par|grâce à|à l'aide de|à l'aide d'|via|à partir de|à partir d'|en collaboration avec|
    en lien avec|conformément aux?|à partir des|vers|entre""",
}
# What stands behind these says where, when or for whom, and names no skill.
CIRCUMSTANCES: dict[Language, str] = {
    "en": "at|across|during|as|throughout|per|until",
    "fr": "chez|auprès|au sein|selon|sous|durant|pendant|dans le cadre|depuis|dès|jusqu'à",
}
# Dropped from both ends of a stretch.
EDGE_WORDS: dict[Language, str] = {
    "en": """a an the this that these those your our their its his her my you we they he she it i us will would must
    should can could may shall be being is are was were been have has had having do does not also very strong excellent
    great solid proven demonstrated sound previous prior relevant minimum least some any all both either other various
    several similar of in on at to for with from by as into and or plus who which where when while including such well
    highly strongly more than year years month months able if so but then there please e.g i.e etc you'll
    you're we'll we're it's we'd up how what why whose beyond""",
    "fr": """un une le la les l' de du des d' au aux à en dans sur pour par avec sans ce cette ces cet vos votre nos
    notre leur leurs son sa ses il elle ils elles vous nous on je tu se s' y qu' n' ne pas est sont être avoir avez a
    ont aura aurez êtes serez sera devez devrez doit doivent pouvez peut très excellente excellent excellentes
    excellents solide solides minimum moins première plusieurs autre autres divers diverses différents différentes tout
    toute toutes tous et ou que qui dont aussi également ans an année années mois ainsi tel telle tels telles comme si
    entre selon etc c' j' m' t' afin leurs chaque""",
}
# Words that name no skill when they stand alone: the first verbs of "plan, coordinate and supervise the work".
EMPTY_WORDS = """
    good basic advanced new general broad related confirmed develop implement plan manage maintain support
    provide ensure ensuring create build coordinate perform conduct lead deliver prepare monitor assist identify review
    organize organise operate test evaluate assess improve install repair inspect define execute drive work working help
    use using understand document communicate collaborate participate participating contribute contributing engage
    interact focus thrive act take want learn expect need like looking play develop developing building maintaining
    managing creating supporting providing delivering defining experience experienced knowledge skills skill ability
    abilities tasks duties requirements team teams company role position job candidate candidates people clients client
    customers users colleagues stakeholders products services tools systems technologies processes projects project
    business world field opportunity organization organisation department location address time level levels areas area
    equivalent one first part us success addition internal external technical willing degree
    bonne bon bonnes bons forte fort assurer gérer planifier organiser réaliser préparer contrôler participer coordonner
    superviser développer concevoir mettre effectuer suivre installer réparer entretenir vérifier analyser travailler
    collaborer intervenir contribuer veiller être poste équipe équipes entreprise clients profil mission expérience
    formation connaissance connaissances compétences compétence travail temps domaine niveau secteur service services
    minimum plus besoin charge
"""


def _either(table: str) -> str:
    """A group that matches one of the phrases of a table, tried by their first letter, the longest first."""
    by_letter: dict[str, list[str]] = {}
    for phrase in sorted((" ".join(phrase.split()) for phrase in table.split("|")), key=len, reverse=True):
        by_letter.setdefault(phrase[0], []).append(phrase[1:])
    return "(?:" + "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in sorted(by_letter.items())) + ")"


def _cutter(language: Language) -> re.Pattern[str]:
    """The expression that finds the cuts of padded lower-case text; its groups are the kinds of `_Cut`."""
    inclusive = r"(?:\(e\)s?|[·.]e(?:[·.]s)?)?" if language == "fr" else ""
    verb, praise, alone = TAILS[language]
    groups = [
        _either(NAMES[language]),
        rf"{_either(FRAME_WORDS[language])}{inclusive}(?: {_either(FRAME_ADJECTIVES[language])})? "
        rf"{_either(FRAME_LINKS[language])}|{FRAME_ALONE[language]}",
        rf"{_either(CLAUSES[language])}|{verb}{_either(praise)}|{_either(alone)}|[-–—](?=\s)",
        rf"{_either(ITEMS[language])}|/(?=\s)",
        _either(SIDES[language]),
        _either(CIRCUMSTANCES[language]),
        _either(COMPLEMENTS[language]),
    ]
    words = "|".join(f"({group})" for group in groups)
    return re.compile(rf"\s(?:{words})(?:(?=[\s.,:;)])|(?<='))|(,)|([;:()\[\]…•|\"«»“”!?])")


# The kinds of cut, by the group of the expression; 0 stands for the ends of the text.
_EDGE, _NAME, _FRAME, _CLAUSE, _ITEM, _SIDE, _CIRCUMSTANCE, _COMPLEMENT, _COMMA, _SIGN = range(10)
_STRENGTH = (3, 0, 3, 3, 2, 1, 0, 0, 2, 3)  # of each kind of cut
_CUTTERS: dict[Language, re.Pattern[str]] = {"en": _cutter("en"), "fr": _cutter("fr")}
_EDGES: dict[Language, frozenset[str]] = {
    "en": frozenset(EDGE_WORDS["en"].split()),
    "fr": frozenset(EDGE_WORDS["fr"].split()),
}
_EMPTY = frozenset(EMPTY_WORDS.split())
_NAMING = re.compile(r"[^\W\d_]{2}|(?<!\w)[cr](?!\w)|c\+\+|c#")
_ELIDED = re.compile(r"(?:[cdjlmnst]|qu)'(?=\w)")
_NOUN = re.compile(r"(?:ing|ion|age|ment|ure|[ae]nc[ey]|ie|ity|té|ics|que|al)s?$")
_SPACE = re.compile(r"\s")
_CLOSING = " .,'’*–—-"


def segments(text: str, language: Language, limit: int = DEFAULT_LIMIT) -> list[tuple[int, int]]:
    """The stretches of a unit in which a skill may be named by itself.

    Args:
        text: one unit, as `split_units` gives its text.
        language: of the text; a unit of the other language gets hardly any stretches.
        limit: how many stretches at most; the finest and foremost are kept.

    Returns:
        (start, end) in characters of `text`, by start, then end, each once. Each stretch begins and ends with a word
        that carries meaning, and none holds all such words of the text.
    """
    plain = _searchable(text)
    edges = _EDGES[language]
    atoms: list[tuple[int, int]] = []
    gaps: list[int] = []  # the strongest cut before each atom
    found: dict[tuple[int, int], int] = {}  # stretch -> the strength of the cuts that it reaches over, 0 for an atom
    begin, before, gap = 0, _EDGE, 3
    for after, start, end in (*_cuts(plain, language), (_EDGE, len(plain), len(plain))):
        atom = _trimmed(plain, begin, start, edges)
        if atom:
            atoms.append(atom)
            gaps.append(gap)
            gap = 0
            if _names(plain, text, atom, before, after):
                found[atom] = 0
        begin, before, gap = end, after, max(gap, _STRENGTH[after])
    if len(atoms) > 1:
        for strength in {0, 1, 2}.intersection(gaps):
            for first, last in _joints(gaps, strength):
                joint = atoms[first][0], atoms[last][1]
                # "Java, Python and Go" is three names, "install, test and repair pumps" is one.
                if plain.count(" ", *joint) < MAX_JOINT_WORDS and (strength < 2 or atoms[first] not in found):
                    found.setdefault(joint, strength + 1)
    if found:
        found.pop(_trimmed(plain, 0, len(plain), edges) or (0, 0), None)
    if len(found) > limit:
        found = dict(sorted(found.items(), key=lambda item: (item[1], item[0]))[:limit])
    return sorted((start - 1, end - 1) for start, end in found)


def _searchable(text: str) -> str:
    """The text in lower case with plain apostrophes and spaces, one space before and behind it: offsets shift by 1."""
    if len(text) > REACH:
        text = text[: text.rfind(" ", 1, REACH) if " " in text[1:REACH] else REACH]
    lower = text.lower()
    if len(lower) != len(text):  # a few capitals have no small letter of one character
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    if not lower.isprintable():
        lower = _SPACE.sub(" ", lower)
    return f" {lower.replace('’', chr(39))} "


def _cuts(plain: str, language: Language) -> list[tuple[int, int, int]]:
    """(kind, start, end) of every cut, in the order of the text."""
    matches = _CUTTERS[language].finditer(plain)
    return [(match.lastindex or 0, *match.span()) for match in matches if match.lastindex != _NAME]


def _trimmed(plain: str, begin: int, end: int, edges: frozenset[str]) -> tuple[int, int] | None:
    """What is left of a stretch without the spaces, signs and function words at its ends."""
    while begin < end:
        stop = plain.find(" ", begin, end)
        stop = end if stop < 0 else stop
        word = plain[begin:stop]
        if word.isalpha() and len(word) > 1:
            if word not in edges:
                break
        elif "'" in word and (elided := _ELIDED.match(word)):
            begin += elided.end()
            continue
        elif _NAMING.search(word) and word not in edges:
            while not (word[0].isalnum() or word[0] == "."):
                begin, word = begin + 1, word[1:]
            break
        begin = stop + 1
    while begin < end:
        while plain[end - 1] in _CLOSING:
            end -= 1
        start = plain.rfind(" ", begin, end) + 1
        word = plain[max(start, begin) : end]
        if word not in edges and (word.isalpha() or _NAMING.search(word)):
            return begin, end
        if any(char.isdigit() for char in word):  # "ISO 9606-1", but not "expérience de 5"
            previous = plain[max(plain.rfind(" ", begin, max(start - 1, begin)) + 1, begin) : max(start - 1, begin)]
            if previous not in edges and previous.isalpha():
                return begin, end
        end = max(start, begin)
    return None


def _names(plain: str, text: str, atom: tuple[int, int], before: int, after: int) -> bool:
    """Whether a stretch without cuts may name a skill, by what stands before and after it."""
    begin, end = atom
    if before == _CIRCUMSTANCE:
        return False
    spaces = plain.count(" ", begin, end)
    if spaces:
        return spaces < MAX_WORDS
    word = plain[begin:end]
    if word in _EMPTY:
        return False
    if before == _COMPLEMENT:  # "in production", but "in Java"
        return not text[begin - 1 : end - 1].islower() or not word.isalpha()
    if before == _CLAUSE:  # "to communicate with", but "to plan and coordinate"
        return after in (_ITEM, _SIDE, _COMMA)
    if before == _EDGE and after in (_CLAUSE, _CIRCUMSTANCE, _COMPLEMENT):  # "Collaborate with", but "Welding with"
        return _NOUN.search(word) is not None
    return True


def _joints(gaps: list[int], strength: int) -> Iterator[tuple[int, int]]:
    """(first, last) stretch of each run that has a gap of a strength in it and none that is stronger."""
    first, widest = 0, -1
    for last, gap in enumerate((*gaps[1:], 3)):
        if gap > strength:
            if widest == strength:
                yield first, last
            first, widest = last + 1, -1
        else:
            widest = max(widest, gap)
