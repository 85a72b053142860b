"""What a posting asks for at least: level of education and months of experience, from free text in English and French.

"At least" is meant literally: of alternatives the lowest counts, and what is merely an asset counts as not asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, get_args

from pipeline.ingest.records import Education
from pipeline.ingest.text import folded

_MAX_LENGTH: Final = 4_000
_LEVELS: Final[tuple[Education, ...]] = get_args(Education)  # from none to doctorate

# --- Education ------------------------------------------------------------------------------------------------------

# Looked for in this order at each place of the text; the first that fits there is taken. Accents are folded away.
_EDUCATION: Final[tuple[tuple[Education | None, str], ...]] = (
    ("none", r"\bno (?:formal )?(?:degree|diploma|education|schooling)[^.;\n]{0,40}"),
    ("none", r"\bno (?:education )?requirements?\b|\b(?:degree|diploma|education) (?:is )?not required\b"),
    ("none", r"\b(?:sans|aucune?) (?:diplome|formation|scolarite|qualification|etudes?|exigence)[^.;\n]{0,40}"),
    ("bachelor", r"\b(?:certificate|diploma) above bachelor[a-z']*|\bsuperieur au baccalaureat"),
    ("college", r"\b(?:certificate|diploma)[^.;,\n]{0,30} below (?:the )?bachelor[a-z']*"),
    ("college", r"\b(?:certificat|diplome)[^.;,\n]{0,30} inferieur (?:a|au) (?:le )?bac[a-z]*"),
    ("doctorate", r"\bph\.? ?d\b|\bdoctora(?:te|l|t)\b|\bbac ?\+ ?8\b|\b(?:3e|troisieme) cycle\b"),
    ("doctorate", r"\bdegree in (?:medicine|dentistry|veterinary)[^.;\n]{0,60}|\bdiplome en (?:medecine|dentisterie)"),
    (
        "master",
        r"\bmaster'?s?\b|\bmaitrises?\b|\bmasteres?\b|\bm\.? ?sc\b|\bmba\b|\bm\.a\.|\bdess\b|\bbac ?\+ ?[567]\b",
    ),
    ("master", r"\b(?:post-?)?graduate degree|\b(?:2e|deuxieme) cycle\b|\b(?:diplome|ecole) d'ingenieur"),
    ("bachelor", r"\bbachelor'?s?\b|\bb\.? ?sc\b|\bb\.? ?eng\b|\bb\.? ?comm?\b|\bb\.a\.|\bundergraduate\b"),
    (
        "bachelor",
        r"\bbac ?\+ ?[34]\b|\b(?:1er|premier) cycle\b|\blicence (?:en|de|pro\w*|universitaire)\b",
    ),
    ("bachelor", r"\b(?:university|four-year|4-year|four year|4 year) (?:degree|diploma)|\bcompletion of university"),
    ("bachelor", r"\bdiplome universitaire|\buniversity education"),
    ("college", r"\bbac ?\+ ?[12]\b|\bbts\b|\bb?dut\b|\bdeust\b"),
    ("college", r"\bc\.?e\.?g\.?e\.?p\b|\bdec\b|\baec\b|\bd\.e\.c\b|\ba\.e\.c\b|\bcolleg(?:e|ial|iale|iales|iaux)\b"),
    ("college", r"\bdiplome d'etudes collegiales|\battestation d'etudes collegiales|\bassociate'?s? degree"),
    ("college", r"\bpost-?secondary|\bpost-?secondaires?\b|\bsome university|\btechnical (?:diploma|institute)"),
    ("trade", r"\btrades?(?: school)?\b|\bapprentice(?:ship)?\b|\bapprentissage\b|\bcertificat d'apprenti"),
    ("trade", r"\bjourney(?:man|person|woman)\b|\bred seal\b|\bsceau rouge\b|\bcompagnon(?:nage)?\b"),
    ("trade", r"\bdep\b|\bd\.e\.p\b|\basp\b|\bdiplome d'etudes professionnelles|\bformation professionnelle\b"),
    ("trade", r"\bcertificat d'aptitude professionnelle|\bbep\b|\bbac pro\w*|\btitre professionnel\b"),
    ("trade", r"\bvocational\b|\bnvq\b|\bd'ecole de metiers?\b"),
    ("secondary", r"\bhigh[- ]?school\b|\bsecondary\b|\bsecondaires?\b|\bged\b|\bgrade (?:9|1[0-2])\b"),
    ("secondary", r"\bniveau bac\b|\bbac general\b|\bbac ou equivalent|\bbrevet\b"),
    (None, r"\bbaccalaureats?\b|\bbac\b(?! ?\+)"),  # a bachelor's degree in Canada, the end of school in France
)
# Abbreviations that are words in lower case ("des"), spelt out before case is folded away.
_ABBREVIATIONS: Final = (
    (re.compile(r"\bD\.?E\.?S\b\.?"), "diplome d'etudes secondaires"),
    (re.compile(r"\bCAP\b"), "certificat d'aptitude professionnelle"),
)
# Words that say that a sentence of prose is about schooling.
_SCHOOLING: Final = re.compile(
    r"\b(?:degree|diplom[ae]|baccalaureat|bachelor'?s|master'?s|ph\.? ?d|high[- ]school|cegep|red seal|sceau rouge|"
    r"etudes (?:secondaires|collegiales|professionnelles|universitaires)|bac ?\+ ?[0-9]|"
    r"certificat d'aptitude|bts|dep|aec|post-?secondary)\b"
)
_SENTENCE_END: Final = re.compile(r"\n|(?<=[.;!?])\s+(?=[^a-z])")
_ANY_DEGREE: Final = re.compile(r"\bdegree\b")
_EDUCATION_RE: Final = re.compile("|".join(f"(?P<e{n}>{words})" for n, (_, words) in enumerate(_EDUCATION)))
_BACHELOR_OF: Final = re.compile(r"^s? ?(?:en|es|universitaire|specialise|de premier cycle)\b")
_ALL_OF: Final = re.compile(r"^[^.;\n]{0,60}\b(?:and|plus|et|ainsi que|with|avec)\b[^.;\n]{0,40}$")
_EITHER: Final = re.compile(r"\b(?:or|ou)\b|/|\n|;")
_ASSET: Final = re.compile(
    r"\b(?:an asset|preferred|is a plus|nice to have|un atout|souhaitee?s?|appreciee?s?|desirable|an advantage)\b"
)
_CLAUSE_END: Final = re.compile(r"[.;,\n]|\band\b|\bet\b")


def _baccalaureate(rest: str, country: str | None) -> Education:
    if country == "FR":
        return "secondary"
    return "bachelor" if country == "CA" or _BACHELOR_OF.match(rest) else "secondary"


def _only_wished(words: str, start: int, end: int) -> bool:
    """Whether what stands between `start` and `end` is an asset rather than asked, by the words of its clause."""
    before = _CLAUSE_END.split(words[:start][-80:])[-1]
    after = _CLAUSE_END.split(words[end : end + 80], maxsplit=1)[0]
    return _ASSET.search(before + " ; " + after) is not None


@lru_cache(maxsize=4096)
def _parse_education(text: str, country: str | None) -> Education | None:
    for pattern, meaning in _ABBREVIATIONS:
        text = pattern.sub(meaning, text)
    words = "\n".join(folded(line) for line in text.split("\n"))
    lowest: int | None = None
    end = 0
    for match in _EDUCATION_RE.finditer(words):
        level: Education | None = _EDUCATION[int((match.lastgroup or "e0")[1:])][0]
        rank = _LEVELS.index(level or _baccalaureate(words[match.end() :], country))
        between = words[end : match.start()]
        if lowest is None:
            lowest = rank
        elif not _only_wished(words, match.start(), match.end()):
            together = _ALL_OF.match(between) and not _EITHER.search(between)
            lowest = max(lowest, rank) if together else min(lowest, rank)
        end = match.end()
    if lowest is None and _ANY_DEGREE.search(words):
        return "bachelor"
    return None if lowest is None else _LEVELS[lowest]


def parse_education(text: str, country: str | None = None) -> Education | None:
    """The lowest level of education that a text on education accepts.

    Args:
        text: what a field on education says, in English or French ("College/CEGEP", "DEP ou DEC", "Bac+2"); a value of
            `Education` stands for itself.
        country: alpha-2 code; a "baccalauréat" is a bachelor's degree in Canada and ends secondary school in France.

    Returns:
        The level, "none" where the text says that none is asked, or None where it names no level.
    """
    stated = text[:_MAX_LENGTH].strip()
    exact = next((level for level in _LEVELS if level == stated.casefold()), None)
    return exact or _parse_education(stated, country)


# --- Experience -----------------------------------------------------------------------------------------------------

_MONTHS_IN: Final = {"y": 12.0, "a": 12.0, "m": 1.0, "w": 12 / 52, "s": 12 / 52}
_MOST_MONTHS: Final = 600
_NUMBER_WORDS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "eighteen": 18, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7,
    "huit": 8, "neuf": 9, "dix": 10, "douze": 12,
}  # fmt: skip
_NUMBER: Final = rf"(?:(?<![0-9.,])[0-9]{{1,3}}(?:[.,][0-9])?(?![0-9])|\b(?:{'|'.join(_NUMBER_WORDS)})\b)"
_UNIT: Final = r"(?:years?|yrs?|ans?|annees?|months?|mos?|mois|weeks?|semaines?)\b(?:\(s\))?"
_DURATION: Final = re.compile(
    rf"(?P<less>(?:less than|moins (?:de|d')|up to|jusqu'a) ?)?(?P<low>{_NUMBER})(?: ?\([0-9]+\))? ?\+?"
    rf"(?:[ -]?(?P<lowunit>{_UNIT}))?(?P<half> et demie?| and a half)?"
    rf"(?: ?(?:-|to|a|et|and|ou|or|/) ?(?:less than |moins de )?(?P<high>{_NUMBER})(?: ?\([0-9]+\))?)?"
    rf" ?\+?(?:[ -]?(?P<unit>{_UNIT}))?"
)
_ISO_DURATION: Final = re.compile(r"p(?:([0-9]+)y)?(?:([0-9]+)m)?(?:([0-9]+)w)?")
_NONE_ASKED: Final = re.compile(
    r"\bno (?:prior |previous |work )?experience\b|\bexperience (?:is )?not (?:required|necessary)|\bnot required\b"
    r"|\bwill train\b|\bentry[- ]level\b|\bsans experience\b|\baucune experience\b|\bdebutante?s?(?:\(e\))? accepte"
    r"|\bexperience non (?:requise|exigee)|\bpas d'experience\b|\bformation (?:assuree|offerte)\b|^none$|^aucune?$"
)
_ALTERNATIVE: Final = re.compile(r"\b(?:or|ou)\b")

# Years and months that are nobody's experience asked for: how old someone is, what the employer itself has. Told by the
# words behind ("18 years of age"), by those in front ("children aged 5 to 12 years", "we have over 30 years") or, for
# the ages at which one may work, by a verb of being ("must be at least 18 years", "vous avez 18 ans et plus").
_AROUND: Final = 80  # characters on either side that say what a number of years is of
_AGE_BEHIND: Final = re.compile(
    r"^(?:[ -]olds?\b|'? (?:of age|d'age|revolus|ago|in business|d'existence)\b| (?:or|and) older\b)"
)
_AGE_IN_FRONT: Final = re.compile(
    r"\b(?:(?<!of )(?<!d')(?:aged?|ages|agee?s?)"
    r"(?: (?:of|de|d'|range|limit|group|minimum|minimal|legal|requis|required|from|between|entre|is|est|at least"
    r"|au moins|d'au moins|plus de|over|under|moins de)){0,3}[ :=(-]{0,3}|il y a (?:plus de )?)$"
)
_OF_CHILDREN: Final = re.compile(
    r"\b(?:(?:children|youths?|kids|teens|teenagers|enfants|jeunes|adolescents)"
    r" (?:(?:from|between|ages|de|entre) )?(?P<bound>(?:under|over|plus de) )?"
    r"|(?:infants|toddlers|bebes|poupons),? \(?(?:de |from )?)$"
)
_WORKING_AGES: Final = frozenset({"16", "17", "18", "19", "21"})
_BEING: Final = re.compile(
    r"\b(?:(?<!experience )(?:must|should|shall|have to|need to) be|you are|avoir|avez|ayez|ayant|majeure?s?)"
    r"(?: (?:at least|over|a minimum of|minimum|au moins|au minimum|plus de|deja|obligatoirement)){0,2}[ (]{1,2}$"
)
_AND_UP: Final = r"(?: ?\+| (?:and|or|et|ou) (?:over|above|up|more|plus)\b)"
_IS_AND_UP: Final = re.compile(rf"^{_AND_UP}")
_OF_EXPERIENCE: Final = re.compile(
    rf"^{_AND_UP}?'?s? ?(?:of |d'|de )?(?:(?!(?:and|et|with|avec|plus) )[a-z'-]{{1,20}} ){{0,2}}experience"
)
_EXPERIENCE_IN_FRONT: Final = re.compile(r"\bexperience\b[^.;]{0,30}$")

_COMPANY: Final = (
    r"(?:company|firm|business|organi[sz]ation|agency|corporation|practice|clinic|shop|entreprise|compagnie|firme"
    r"|organisation|organisme|agence|groupe|cabinet|societe|clinique|etablissement)(?: familiale?)?"
)
_EMPLOYER: Final = rf"(?:(?:our|the|a|notre|cette|la|une|l') ?(?:[a-z-]{{1,20}} )?(?:{_COMPANY}|team|group|equipe))"
_MORE_THAN: Final = (
    r"(?: (?:more than|well over|over|nearly|almost|about|around|some|a total of|a combined|plus de|pres de|environ))?"
)
_EMPLOYERS_OWN: Final = re.compile(
    rf"\b(?:(?:(?:we|nous|{_EMPLOYER})(?:'ve| (?:proudly |already |together |collectively )?(?:have|has|had|brings?"
    r"|boasts?|avons|a|possede|possedons|cumule|cumulons|compte|comptons|detient|detenons))"
    rf"|{_COMPANY} (?:with|that has|having|ayant|cumulant|comptant|qui a|forte? de)|our|nos){_MORE_THAN}) $"
)
_INTRODUCES: Final = re.compile(rf"(?:^|[.;!?] )(?:with|avec|forte? (?:de|d')|forts de|drawing on){_MORE_THAN} $")
_EMPLOYER_BEHIND: Final = re.compile(
    rf"^[^.;,]{{0,40}}experience[^.;,]{{0,40}}, (?:we (?:are|have|bring)|we've|nous (?:sommes|avons)|{_EMPLOYER})\b"
)


def _months(match: re.Match[str]) -> int | None:
    """The months of the lower end of a stated duration."""
    unit = match["lowunit"] or match["unit"]
    if unit is None:
        return None
    number = match["low"]
    amount = float(_NUMBER_WORDS[number]) if number in _NUMBER_WORDS else float(number.replace(",", "."))
    if match["less"]:
        return 0
    if match["half"]:
        amount += 0.5
    months = math.floor(amount * _MONTHS_IN[unit[0]] + 1e-9)
    return months if months <= _MOST_MONTHS else None


def _iso_months(words: str) -> int | None:
    """The months of an ISO 8601 duration of years, months or weeks."""
    match = _ISO_DURATION.fullmatch(words)
    if not match or not any(match.groups()):
        return None
    years, months, weeks = (int(group or 0) for group in match.groups())
    total = years * 12 + months + math.floor(weeks * 12 / 52)
    return total if total <= _MOST_MONTHS else None


def _is_age(match: re.Match[str], before: str, after: str) -> bool:
    """Whether a duration is told to be an age, or a time gone by, by the words around it."""
    if _AGE_BEHIND.search(after) or _AGE_IN_FRONT.search(before):
        return True
    children = _OF_CHILDREN.search(before)
    if children is None or _OF_EXPERIENCE.search(after):
        return False
    return bool(match["high"] or match["less"] or children["bound"])


def _is_working_age(match: re.Match[str], before: str, after: str) -> bool:
    """Whether a duration is the age from which one may work ("must be 18 years", "19 ans et plus")."""
    unit = match["lowunit"] or match["unit"] or ""
    if match["low"] not in _WORKING_AGES or unit[:1] not in ("y", "a") or _OF_EXPERIENCE.search(after):
        return False
    if _BEING.search(before):
        return True
    return _IS_AND_UP.search(after) is not None and not _EXPERIENCE_IN_FRONT.search(before)


def _is_the_employers(before: str, after: str) -> bool:
    """Whether a duration is how long the employer itself has been at work."""
    introduced = _INTRODUCES.search(before) is not None and _EMPLOYER_BEHIND.search(after) is not None
    return introduced or _EMPLOYERS_OWN.search(before) is not None


def _durations(words: str) -> Iterator[re.Match[str]]:
    """The durations in a folded text that may be of experience asked for, in its order."""
    position = 0
    while match := _DURATION.search(words, position):
        position = match.end()
        end = match.start() + len(match.group().rstrip())
        before, after = words[max(0, match.start() - _AROUND) : match.start()], words[end : end + _AROUND]
        if match["lowunit"] and match["high"]:
            behind_low = words[match.end("lowunit") : match.end("lowunit") + _AROUND]
            if _is_working_age(match, before, behind_low):
                position = match.start("high")  # "avoir 18 ans et 2 ans d'expérience": the second is for itself
                continue
        if not (
            _is_age(match, before, after) or _is_working_age(match, before, after) or _is_the_employers(before, after)
        ):
            yield match


@lru_cache(maxsize=4096)
def _parse_experience(text: str) -> int | None:
    words = folded(text)
    iso = _iso_months(words)
    if iso is not None or _NONE_ASKED.search(words):
        return iso or 0
    asked: int | None = None
    end = 0
    for match in _durations(words):
        months = _months(match)
        if months is None or _only_wished(words, match.start(), match.end()):
            continue
        if asked is None:
            asked = months
        else:
            alternative = _ALTERNATIVE.search(words[end : match.start()])
            asked = min(asked, months) if alternative else max(asked, months)
        end = match.end()
    return 0 if asked is None and _ASSET.search(words) else asked


def parse_experience(value: object) -> int | None:
    """The least experience that a value asks for, in months.

    Args:
        value: months as a number, an ISO 8601 duration ("P2Y"), or what a field on experience says in English or
            French: "1 year to less than 2 years" (12), "Expérience exigée de 2 An(s)" (24), "Débutant accepté" (0).

    Returns:
        Whole months, rounded down; 0 where no experience is asked or it is only an asset; None where the text does not
        say, as in "Expérience exigée". Ages ("18 years of age", "enfants de 5 à 12 ans") and what the employer has
        itself ("we have over 30 years of experience") are passed over.
    """
    if isinstance(value, str):
        return _parse_experience(value[:_MAX_LENGTH].strip())
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_MONTHS:
        return math.floor(value)
    return None


# --- Prose ----------------------------------------------------------------------------------------------------------

_EXPERIENCE_WORD: Final = re.compile(r"\bexperiences?\b")


def demands_in_prose(text: str, country: str | None = None) -> tuple[Education | None, int | None]:
    """What a text of requirements asks for, sentence by sentence, where a source has no fields for it.

    Only sentences about schooling tell education, the lowest counting; only those that name experience and its length
    tell experience, the longest counting. Assets count as not asked, and are passed over.

    Args:
        text: plain text in English or French: the requirements of a posting, not its whole description.
        country: alpha-2 code, as for `parse_education`.

    Returns:
        The level of education and the months of experience; None for what the text does not say.
    """
    levels: list[int] = []
    months: list[int] = []
    for sentence in _SENTENCE_END.split(text[: 5 * _MAX_LENGTH]):
        spelt = sentence
        for pattern, meaning in _ABBREVIATIONS:
            spelt = pattern.sub(meaning, spelt)
        words = folded(spelt)
        if _ASSET.search(words):
            continue
        level = _parse_education(sentence, country) if _SCHOOLING.search(words) else None
        if level:
            levels.append(_LEVELS.index(level))
        length = _parse_experience(sentence) if _EXPERIENCE_WORD.search(words) else None
        if length is not None:
            months.append(length)
    return _LEVELS[min(levels)] if levels else None, max(months) if months else None
