"""What a job title says once its noise is gone: wages, shifts, references, gender marks, seniority, abbreviations."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipeline.ingest import Language
from pipeline.matching.title_vocabulary import (
    ABBREVIATIONS,
    ACRONYMS,
    ANYWHERE,
    DOTTED_ONLY,
    FEMININE_ENDINGS,
    FUNCTION_WORDS,
    LEADING,
    OTHER_GENDER,
    SENIORITY,
    TRAILING,
)

MAX_CHARACTERS = 300  # of a title; what comes after says nothing of the occupation
MAX_VARIANTS = 6
LONGEST_ACRONYM = 5
SEGMENT_TRUST = 0.9  # what follows the first segment may change its meaning
LATER_TRUST = 0.8  # an employer or a place may stand first, but mostly it is the occupation

GENDER_MARK = re.compile(
    r"[(\[]?\s*\b(?:(?:h\s*[/.-]\s*f|f\s*[/.-]\s*h|m\s*/\s*[fw]|f\s*/\s*m)(?:\s*/\s*[dxn])?|all genders|"
    r"hommes?\s*(?:/|ou)\s*femmes?(?!\s+d))\b\s*[)\]]?",
    re.I,
)
# "Opérateur(trice)", "technicien(ne)", "technicien.ne", "employé·e·s", "préposé-e", "vendeur/se"
_ENDINGS = r"(?:t?rice|iere|ière|i?enne|euse|ère|ere|elle|ne|se|ve|fe|te|le|e)s?"
INCLUSIVE_ENDING = re.compile(
    rf"(?<=[^\W\d_]{{3}})(?:\((?:{_ENDINGS}|s)\)|[.·•](?:{_ENDINGS})(?:[.·•]?s)?\b(?![.])"
    rf"|[/-](?!(?:te|le|elle|ere)\b){_ENDINGS}(?:-s)?(?!\w))",
    re.I,
)
WOMAN = re.compile(r"(?<=m[ae]n)\s*/\s*wom[ae]n\b", re.I)  # foreman/woman
MONEY = re.compile(
    r"(?:[$€£]\s*\d[\d\s.,k]*|\d[\d\s.,]*\s*(?:[$€£]|k[$€]))(?:\s*(?:-|à|to)\s*[$€£]?\s*\d[\d.,]*\s*[$€£]?)?"
    r"(?:\s*(?:/|per|par|de l')\s*\w+)?",
    re.I,
)
REFERENCE = re.compile(
    r"\b(?:r[ée]f(?:[ée]rence)?s?|job id|req(?:uisition)?|competition|concours)\b\.?\s*(?:n[o°]\.?)?\s*[:#]?\s*"
    r"[\w/-]*\d[\w/-]*|\bn[o°]\.?\s*\d+|#\s*[\w-]*\d[\w-]*|\b[A-Z]\d{3,}\b|\b\d{1,2}\s*h(?:\s*\d{2})?\b(?:\s*/\s*\w+)?"
    r"|\b(?=[A-Z0-9-]{6,}\b)[A-Z][A-Z0-9]*(?:-[A-Z0-9]*\d{2}[A-Z0-9]*)+\b",
    re.I,
)
# "Class 1 driver" keeps its number: it says which licence.
NUMBER = re.compile(
    r"(?<![\w.-])(?<!class )(?<!classe )(?<!type )(?<!niveau )(?<!level )(?<!grade )\d[\d,.]*%?(?!\w)", re.I
)
MARKS = re.compile(r"(?<![A-Za-z])#+|[*!?…_~\"«»“”]+")
CODED_PLACE = re.compile(r"\bdans l[ea]s?\s+\d+|\bà partir d[eu]\s.*$|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b")
PLACE = re.compile(r"\s(?:à|À|in|at|near|chez)\s+[A-Z][\w'-]*(?:[\s,-]+[\w'-]+){0,6}$")
SEPARATOR = re.compile(r"\s+[-–—|•:;@]+\s+|\s*[|•–—;:]\s*|,\s+|\s*[()\[\]]\s*|\s{3,}|\s+-(?=\w)|(?<=\w)-\s+")
INVERTED = re.compile(r"^([\w' -]+),\s+([\w' -]+)$")
SLASH = re.compile(r"(\s*/\s*|\s+ou\s+|\s+or\s+)", re.I)
ALTERNATIVES = re.compile(r"\s+/\s+|\s+(?:ou|or)\s+", re.I)
WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")
ABBREVIATED = re.compile(r"(?<![\w.])([^\W\d_]+(?:-[^\W\d_]+)?)(\.?)(?![\w])")


def title_variants(title: str, language: Language = "en") -> list[tuple[str, float]]:
    """A title without wages, shifts, gender marks, inclusive endings and seniority, as (words, trust).

    The whole title comes first; then "engineer, software" turned round and acronyms spelt out; then its segments and
    the alternatives of "welder / soudeur", which are trusted less, since what stands beside them may change their
    meaning. There is always one and at most `MAX_VARIANTS`; a title of nothing but noise comes back as it is.

    Args:
        title: as the employer wrote it.
        language: whose abbreviations are spelt out.

    >>> title_variants("Opérateur(trice) machine de pliage F/H - AGENCE (H/F)", "fr")
    [('Opérateur machine de pliage - AGENCE', 1.0), ('Opérateur machine de pliage', 0.9), ('AGENCE', 0.8)]
    """
    text = _spell_out(SENIORITY.sub(" ", one_gender(_without_marks(title[:MAX_CHARACTERS]))), language)
    segments = [cleaned for part in SEPARATOR.split(text) if len(cleaned := _without_terms(part)) > 1]
    whole = _joined(text, segments)
    variants = [(whole, 1.0)]
    turned = INVERTED.match(whole)
    if turned:
        variants.append((f"{turned[2]} {turned[1]}", 1.0))
    variants.append((_acronyms_spelt_out(whole, language), 1.0))
    if not in_capitals(whole):
        variants.append((PLACE.sub("", whole), SEGMENT_TRUST))
    for place, segment in enumerate(segments[:1] if turned else segments):
        trust = LATER_TRUST if place else SEGMENT_TRUST
        variants += [(segment, trust), (_acronyms_spelt_out(segment, language), trust)]
    for part in ALTERNATIVES.split(segments[0] if segments else ""):
        variants.append((_tidy(part), SEGMENT_TRUST))
    best: dict[str, float] = {}
    for words, trust in variants:
        if words:
            best.setdefault(words, trust)
    ordered = sorted(best.items(), key=lambda v: (-v[1], v[0] != whole))
    return ordered[:MAX_VARIANTS] or [(" ".join(title[:MAX_CHARACTERS].split()), 1.0)]


def title_seniority(title: str) -> list[str]:
    """The words of a title that say how senior its holder is ("senior", "ii", "débutant"); its variants lack them."""
    text = _without_marks(title[:MAX_CHARACTERS])
    return [match.group().strip(" .-").casefold() for match in SENIORITY.finditer(text)]


@lru_cache(maxsize=100_000)
def plain(text: str) -> str:
    """A text in lower case without accents, punctuation and grammatical gender, its words parted by single spaces.

    "Opératrices d'abattage" -> "operateurs d abattage"; what is said in both genders is said once.
    """
    folded = _without_accents(one_gender(text.replace("’", "'")).casefold())
    return " ".join(masculine(word) for word in WORD.findall(folded))


@lru_cache(maxsize=100_000)
def masculine(word: str) -> str:
    """A French word's masculine: lower case without accents in, the same out. Other words change in a like manner."""
    if word in OTHER_GENDER:
        return OTHER_GENDER[word]
    for feminine, ending in FEMININE_ENDINGS:
        for plural in ("", "s"):
            if word.endswith(feminine + plural) and len(word) > len(feminine + plural) + 1:
                return word[: -len(feminine + plural)] + ending + plural
    return word


def in_capitals(text: str) -> bool:
    """Whether a title is written in capitals throughout, so that they say nothing; "RN - ICU" is two acronyms."""
    return text.isupper() and any(len(word) > LONGEST_ACRONYM for word in WORD.findall(text))


def one_gender(text: str) -> str:
    """A text in which what is said in both genders is said once, in the masculine.

    "Agent commercial / Agente commerciale en immobilier" -> "Agent commercial en immobilier"; "soudeur / monteur" are
    two trades and stay.
    """
    first, *rest = SLASH.split(WOMAN.sub("", text))
    done = first
    for slash, after in zip(rest[::2], rest[1::2], strict=True):
        here, there = done.split(), after.split()
        twice = _said_twice(here, there)
        if not twice:
            done += slash + after
            continue
        kept = there[:twice] if _is_feminine(here[-twice:], there[:twice]) else here[-twice:]
        done = " ".join([*here[:-twice], *kept, *there[twice:]])
    return done


def said_in_both_genders(forms: list[str]) -> str:
    """One title from its two forms, as nomenclatures write it: "Agent commercial / Agente commerciale en ventes"."""
    first, *rest = sorted(forms, key=lambda form: (sum(masculine(w) != w for w in map(_bare, form.split())), form))
    if not rest:
        return first[:1].upper() + first[1:]
    here, there = first.split(), rest[0].split()
    differing = [i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b]
    head = here[: max(differing, default=len(here) - 1) + 1] if len(here) == len(there) else here
    both = f"{' '.join(head)} / {' '.join(there)}"
    return both[:1].upper() + both[1:]


def _said_twice(here: list[str], there: list[str]) -> int:
    """How many words before a slash stand again after it, in the other gender or the same."""
    for count in range(min(len(here), len(there)), 0, -1):
        if all(_same_but_gender(*pair) for pair in zip(here[-count:], there[:count], strict=True)):
            return count
    return 0


def _same_but_gender(one: str, other: str) -> bool:
    return _neutral(one) == _neutral(other) != ""


def _neutral(word: str) -> str:
    return "-".join(masculine(part) for part in WORD.findall(_without_accents(word.casefold())))


def _is_feminine(first: list[str], second: list[str]) -> bool:
    """Whether the first of two forms is the feminine: the one that more of its words are folded in."""
    changed = [sum(masculine(w) != w for w in map(_bare, form)) for form in (first, second)]
    return changed[0] > changed[1]


def _bare(word: str) -> str:
    return _without_accents(word.casefold()).strip(".,;:()")


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("œ", "oe").replace("æ", "ae")


def _without_marks(title: str) -> str:
    """A title without what no occupation's name holds."""
    text = INCLUSIVE_ENDING.sub("", GENDER_MARK.sub(" ", title.replace("’", "'").replace("\xa0", " ")))
    text = REFERENCE.sub(" ", MONEY.sub(" ", CODED_PLACE.sub(" ", text)))
    return ANYWHERE.sub(" ", MARKS.sub(" ", text)) if not text.isspace() else text


def _without_terms(segment: str) -> str:
    """A segment without terms of employment, shifts and calls at its ends; empty if there is nothing else in it."""
    text = _tidy(NUMBER.sub(" ", segment))
    while True:
        cut = _tidy(LEADING.sub("", TRAILING.sub("", f" {text}").strip()))
        last = re.split(r"[\s']+", cut)[-1].casefold()
        if cut == text or (cut and last in FUNCTION_WORDS):
            return text
        text = cut


def _joined(text: str, segments: list[str]) -> str:
    """The segments with what parted them; of "Welder (Remote)" nothing stays but "Welder"."""
    whole, at = "", 0
    for segment in segments:
        found = text.find(segment, at)
        found = found if found >= 0 else at
        between = text[at:found]
        sign = "," if "," in between else "-" if re.search(r"[-–—|•:;@]", between) else ""
        whole += (f"{sign} " if sign == "," else f" {sign} " if sign else " ") + segment if whole else segment
        at = found + len(segment)
    return _tidy(whole)


def _spell_out(text: str, language: Language) -> str:
    """A title with its abbreviations spelt out."""

    def full(match: re.Match[str]) -> str:
        word = match[1].casefold()
        if word in DOTTED_ONLY and not match[2]:
            return match[0]
        if word == "admin" and language == "en" and not text[match.end() :].strip():
            return "administrator"
        return ABBREVIATIONS[language].get(word, match[0])

    return ABBREVIATED.sub(full, text)


def _acronyms_spelt_out(text: str, language: Language) -> str:
    if in_capitals(text):
        return text  # no word is known to be an acronym
    return WORD.sub(lambda match: ACRONYMS[language].get(match[0], match[0]), text)


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" -–—|,:;./&+")
