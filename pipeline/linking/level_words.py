"""The words by which English and French say how much of a skill is asked for, compiled once.

Every pattern is matched against text in lower case with plain apostrophes and dashes (`lowered`), and is bounded: none
repeats a repetition, so that no text takes more time than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.ingest import Language

# Where a cue stands by nature: before what it speaks of, behind it, or as an English adjective, which is behind it only
# after a verb ("Excel is required") or at the end ("Excel required"), but not in "complete required forms".
Direction = Literal["before", "behind", "adjective"]

_PLAIN = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u00a0": " ", "\u202f": " ",
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
})  # fmt: skip


def lowered(text: str) -> str:
    """Lower case, plain apostrophes and dashes; as long as the text, so that offsets hold in both."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return low.translate(_PLAIN)


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


@dataclass(frozen=True)
class Cues:
    """Patterns that mean one of several values; of those that fit at one place the first counts."""

    pattern: re.Pattern[str]
    meanings: tuple[tuple[str, Direction], ...]

    def find(self, words: str) -> Iterator[tuple[int, int, str, Direction]]:
        """Start, end, value and direction of each, in the order of the text."""
        for match in self.pattern.finditer(words):
            value, direction = self.meanings[int((match.lastgroup or "m0")[1:])]
            yield match.start(), match.end(), value, direction


def _cues(*meanings: tuple[str, Direction, str]) -> Cues:
    groups = "|".join(f"(?P<m{n}>{words})" for n, (_, _, words) in enumerate(meanings))
    return Cues(re.compile(rf"(?<!\w)(?:{groups})(?!\w)"), tuple((value, where) for value, where, _ in meanings))


# --- Required and preferred -----------------------------------------------------------------------------------------

_NOT_AS = r"(?<!as )(?<!may be )(?<!might be )(?<!could be )(?<!other )"
_WORK = r"(?:duties|functions?|services?|workers?|tasks?|jobs?|oils?)"
_TRADE = (
    r"(?:management|managers?|protection|integrity|allocation|class|base|owners?|tracking|inventory|registers?|"
    r"reliability|life)"
)

LEVEL_CUES: dict[Language, Cues] = {
    "en": _cues(
        ("required", "before", r"must[ -]haves?"),
        ("required", "behind", r"(?:a|an absolute|an) must"),
        ("required", "before", r"must"),
        ("required", "before", r"(?<!may )(?<!might )(?<!could )(?:is|are|be) required to"),
        ("required", "adjective", rf"{_NOT_AS}required(?! by)"),
        ("required", "before", r"(?<!as )requires?|requirements?(?= ?:)"),
        ("required", "adjective", r"mandatory|compulsory"),
        ("required", "before", r"minimum(?! (?:wage|salary|pay|rate))|at least|needs? to (?:have|know|be)"),
        ("required", "adjective", rf"(?:essential|imperative)(?! {_WORK})"),
        ("required", "behind", r"(?:is|are|be|also|absolutely) (?:necessary|needed)|(?<=\()(?:necessary|needed)"),
        ("required", "before", r"pre-?requisites?"),
        ("preferred", "behind", r"(?:nice|good)[ -]to[ -]haves?|would be (?:great|nice)"),
        ("preferred", "adjective", r"preferred(?! (?:suppliers?|vendors?|partners?|employers?|names?|pronouns?))"),
        ("preferred", "before", r"preferably|preference|ideally|bonus points?(?: (?:for|if))?|bonus(?= ?(?::|if\b))"),
        (
            "preferred", "behind",
            r"(?:an?|as|considered|be|is|are|strong|definite|great|real|big|valuable|major|huge|significant|additional|"
            rf"added|distinct) assets?(?![ -]{_TRADE}| to (?:the|our|any|your)\b)",
        ),
        ("preferred", "before", r"(?:considered )?assets?(?= ?:)"),
        ("preferred", "behind", r"(?<=\()assets?(?=\))|(?<=- )assets?(?=\.?$)"),
        ("preferred", "behind", r"a (?:big |strong |huge |definite |real |great |major |nice )?plus|(?<=\()plus(?=\))"),
        ("preferred", "behind", r"a bonus|(?<=\()bonus(?=\))"),
        (
            "preferred", "adjective",
            r"desired(?! (?:results?|outcomes?|goals?|effects?|temperature|shape|specifications?|dimensions?|size))",
        ),
        ("preferred", "behind", r"(?:highly )?desirable|an? (?:definite |strong )?advantage|advantageous|beneficial"),
        ("preferred", "adjective", r"optional"),
    ),
    "fr": _cues(
        ("required", "before", r"dois|doit|doivent|(?<!ce que vous )devez|devrez|devra|devront|il faut"),
        ("required", "before", r"exigences?(?= ?:)|pré-?requis(?= ?:)|exigent?"),
        ("required", "adjective", r"exigé(?:e|s|es)?|exigee?s|pré-?requis"),
        ("required", "adjective", r"requise?s?"),
        ("required", "before", r"requi[eè]r(?:t|ent)|nécessite(?:nt)?|necessite(?:nt)?"),
        ("required", "behind", r"obligatoires?|obligatoirement|indispensables?|incontournables?|impérati(?:fs?|ves?)"),
        ("required", "before", r"impérativement|imperativement"),
        ("required", "before", r"(?<!salaire )(?:minimum|minimale?s?)|au moins|au minimum"),
        ("required", "behind", r"(?:est|sont|sera|seront|jugée?s?) (?:nécessaires?|essentiel(?:le)?s?)"),
        ("required", "behind", r"(?<=\()(?:nécessaires?|essentiel(?:le)?s?)"),
        ("preferred", "behind", r"(?<!nos )(?<!vos )(?<!notre )(?<!votre )(?<!les )(?<!leurs )atouts?"),
        ("preferred", "behind", r"un (?:gros |grand |réel |vrai |petit |véritable )?plus|un bonus"),
        ("preferred", "adjective", r"souhaité(?:e|s|es)?|souhaitees?|souhaitables?"),
        ("preferred", "behind", r"apprécié(?:e|s|es)?|appreciees?|appréciables?"),
        ("preferred", "before", r"idéalement|idealement|(?:de )?préférence|preference|préférablement"),
        ("preferred", "behind", r"préférables?|privilégié(?:e|s|es)?|un avantage|avantageu(?:x|ses?)"),
        ("preferred", "behind", r"facultati(?:fs?|ves?)"),
    ),
}  # fmt: skip

# Words that ask for nothing by themselves: a cue with nothing else before it in its item opens the item.
FILLER = _word_set(
    "a also an and are as be being but by can considered could definitely for had has have highly however if in is it "
    "may more of or our re s should so strongly that the their these this those though to very we who will with would "
    "you your absolutely applicants candidate candidates following experience experiences relevant related "
    "ai as au aussi aux avec avez avoir c' ce ceci cela ces cette comme considéré considérée d' dans de des du elle en "
    "est et fortement il l' la le les leur lui mais nous ou par plus pour qu' que qui s' sera serait seraient si son "
    "sont très un une vous également constitue constituent constituerait toutefois candidat candidate candidats "
    "expérience expériences pertinente"
)
CONTENT_WORD = re.compile(r"[^\W_]+'?")
COPULA = re.compile(
    r"(?:\b(?:is|are|be|being|strongly|highly|also|definitely|absolutely|not|est|sont|sera|seront|serait|seraient|non|"
    r"pas|fortement|vivement|très)|[,:(\-]) ?$"
)
# Behind one of these an adjective tells which thing, not what is asked of whom: "select the type of pipe required".
DUTY = re.compile(
    r"\b(?:determin|select|calculat|estimat|order|tabulat|obtain|prepar|identif|assess|measur|advis|provid|perform|"
    r"complet|suppl|obten|effectu|réalis|garanti|utilis|prépar|fourni|vérifi|attein|port)\w*\b"
)
# Behind one of these a level is only a condition: "when necessary", "si cela est requis".
CONDITION = re.compile(r"\b(?:if|when|where|whenever|unless|si|lorsque|lorsqu'|quand|où)(?: ?[^\s,;.]+){0,2} $")
# What may follow an adjective that speaks of what stands before it: "required for this position".
NEXT_WORD = re.compile(r" ([^\W\d_]+)")
FOLLOWS = _word_set(
    "and at as but by for from if in on or prior upon when with within "
    "à au aux avec car chez dans de des du en et mais ou pour sur"
)
# A cue that names what it speaks of behind itself: "experience required in welding".
LEADS_ON = re.compile(r" ?:| (?:in|with|en|avec|dans)\b")

NEGATED_BEFORE = re.compile(
    r"(?:\bnot|n't|\bpas|\bnon|\bnor|\bni|\bnever)(?: [^\s,;.()]+){0,2} ?$|"
    r"\b(?:no(?! (?:less|fewer|later))|aucune?|sans|without|pas de|pas d(?='))(?!\w)[^,;.()]*$"
)
NEGATED_AFTER = re.compile(r" (?:not|pas)\b|n't\b")

# --- Items ----------------------------------------------------------------------------------------------------------

# `strong` ends a sentence, the others an item of it.
SEPARATOR = re.compile(
    r"(?P<strong>[;|•\n]+|[.!?…](?=\s))|,(?!\d)|\s(?:and|or|but|while|whereas|though|although|as well as|et|ou|mais|"
    r"tandis que|ainsi que)(?=[\s,])|/(?=\s)"
)
# An item of a list that takes over what was said of the first: "2 years of welding, grinding and fitting".
SHORT_ITEM = re.compile(
    r"(?:,|/)?\s*(?:(?:and|or|et|ou)\s+)?"
    r"(?!(?:an?|the|une?|le|la|les|knowledge|ability|able|must|good|strong|valid|capacité|connaissances?|permis|avoir|"
    r"être|bonnes?)\b)[^\s,(]+(?:\s[^\s,(]+){0,2}\s*"
)

# --- Years ----------------------------------------------------------------------------------------------------------

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
}  # fmt: skip
_NUMBER = rf"(?:[0-9]{{1,2}}(?:[.,][0-9])?|{'|'.join(_NUMBERS)})"
_UNIT = r"(?:years?|yrs?|ans?|années?|annees?|months?|mois)(?:\(s\))?"
YEARS = re.compile(
    rf"(?<![\w.,$€+-])(?P<low>{_NUMBER})(?: ?\([0-9]{{1,2}}\))? ?\+?(?:[ -]?(?P<lowunit>{_UNIT}))?"
    rf"(?: ?(?:-|to|à|a|et|and|ou|or|/) ?(?:less than |moins de |moins d')?{_NUMBER}(?: ?\([0-9]{{1,2}}\))? ?\+?"
    rf"(?:[ -]?(?P<unit>{_UNIT}))?)?(?!\w)"
)
# A length of time that is none of experience: of a life, a contract, a course, or of the firm.
NO_EXPERIENCE_BEFORE = re.compile(
    r"\b(?:less than|fewer than|up to|under|within|every|(?<!looking )for|since|next|past|last|first|after|"
    r"(?:program|course|diploma|contract|term|period) of|"
    r"moins de|jusqu'à|depuis|pendant|durant|tous les|dans|dans les|sur|après|dès|âgée?s? de|aged?|âge de|"
    r"(?:contrat|cdd|mandat|mission|intérim|stage|diplôme|formation|programme|études|garantie|durée)"
    r"(?: [^\s,;.]+){0,2}) (?:de |d'|about |over |more than |plus de |minimum )?$|"
    r"\b(?:our|notre|nos|we have|we've|nous avons|fort de|forte de|forts de) (?:[^\s,;.]+ ){0,3}$|"
    r"\bage \($"
)
LOOK_BACK = (
    60  # characters before a length of time, or a cue, in which something that changes its meaning is looked for
)
NO_EXPERIENCE_LATER = re.compile(
    r"[ -](?:of age|old|or older|ago|et plus révolus|révolus|d'âge|d'existence|d'ancienneté|of operations?|"
    r"of schooling|(?:of )?(?:college|university|post-?secondary|study|studies)|d'études|"
    r"(?:[^\s,;.]+ ){0,1}(?:diploma|degree|program|programme|certificate|contract|term|apprenticeship|warranty|course))"
)

# What a number of years, or a word for proficiency, leads on to: "of experience in", "de", "knowledge of".
_NOUN = (
    r"(?:knowledge|understanding|command|proficiency|proficient|experience|skills?|level|background|grasp|"
    r"connaissances?|maîtrise|niveau|expériences?|compréhension|familiarité)"
)
FORWARD = re.compile(
    rf"(?:(?: [^\s,;.]+){{0,2}}? (?:(?:of|d')? ?){_NOUN})? "
    rf"(?:(?:of|in|with|using|as|en|dans|avec|comme|de|des|du)\b|d')(?! ?(?:[^\s,;.]+ ){{0,2}}{_NOUN})"
)


def years_of(match: re.Match[str]) -> float | None:
    """The years of the lower end of a length of time, two decimals; None where it has no unit."""
    unit = match["lowunit"] or match["unit"]
    if unit is None:
        return None
    number = match["low"]
    amount = float(_NUMBERS[number] if number in _NUMBERS else number.replace(",", "."))
    return round(amount / 12 if unit.startswith("mo") else amount, 2)


# --- Proficiency ----------------------------------------------------------------------------------------------------

_KNOWN = rf"(?= (?:[^\s,;.]+ ){{0,3}}{_NOUN}(?!\w))"
_KNOWLEDGE = r"(?= (?:[^\s,;.]+ ){0,2}(?:knowledge|understanding|command|grasp)(?!\w))"
_OF_NOUN = rf" (?:working |general |level )?{_NOUN}"

# An adjective ("advanced", "avancé") counts only right beside the skill, unless it describes knowledge.
PROFICIENCY_CUES: dict[Language, Cues] = {
    "en": _cues(
        ("expert", "before", rf"expert(?:[ -]level|{_OF_NOUN}| (?:user|in|with|at)(?!\w))|native (?:speaker|level)|"
                             r"mother tongue"),
        ("expert", "adjective", r"expert"),
        ("advanced", "before", rf"advanced{_OF_NOUN}|advanced{_KNOWN}|(?:highly )?proficient|proficiency (?=in|with)|"
                               r"expertise (?=in|with)|fluent|fluency|bilingual|mastery of"),
        ("advanced", "before",
         rf"(?:strong|solid|excellent|thorough|deep|extensive|in-depth|sound|exceptional){_KNOWN}"),
        ("advanced", "adjective", r"advanced"),
        ("intermediate", "before", rf"intermediate{_OF_NOUN}|intermediate{_KNOWN}|(?:good )?working knowledge|"
                                   rf"good{_KNOWLEDGE}|conversational"),
        ("intermediate", "adjective", r"intermediate"),
        ("basic", "before", rf"(?:basic|elementary){_OF_NOUN}|basic{_KNOWN}|basics(?= of)|fundamentals(?= of)|familiar|"
                            rf"familiarity|some{_KNOWLEDGE}|introduction to|beginner level"),
        ("basic", "adjective", r"basic|introductory|beginner"),
    ),
    "fr": _cues(
        ("expert", "before", r"niveau expert|experte? en|langue maternelle"),
        ("expert", "adjective", r"experte?"),
        ("basic", "before", r"(?:niveau|connaissances?|notions|compétences) (?:de base|élémentaires?)|notions|"
                            r"rudiments|niveau débutant|(?:initiation|introduction)(?= (?:à|au|aux)(?!\w))"),
        ("basic", "adjective", r"de base|débutante?"),
        ("intermediate", "before", r"(?:niveau|connaissances?) intermédiaires?|bonnes? connaissances?|"
                                   r"(?:connaissances? |anglais |français )fonctionnel(?:le)?s?"),
        ("intermediate", "adjective", r"intermédiaires?"),
        ("advanced", "before", r"(?:connaissances?|niveau|maîtrise) (?:avancée?s?|approfondie?s?)|"
                               r"(?:très bonnes?|excellentes?|solides?|fortes?|parfaites?|bonnes?) "
                               r"(?:connaissances?|maîtrise|compétences?|compréhension|expérience)"),
        ("advanced", "before", r"ma[iî]trise(?= (?:de|des|du|parfaite|complète)(?!\w)| d')|ma[iî]trise[rz]|couramment|"
                               r"bilingues?|(?:anglais|français|espagnol) courant"),
        ("advanced", "adjective", r"avancée?s?|approfondie?s?"),
    ),
}  # fmt: skip
# What may stand between a skill and what is said of it, for the two to be side by side: "Excel (advanced)".
BESIDE = re.compile(r"[ :,(\-]{0,3}")
EXPERIENCE = re.compile(r"\bexp[eé]riences?\b")

# Levels of the Common European Framework of Reference; "B2" says something of a language only.
CEFR = re.compile(r"(?<![\w-])([abc][12])(?:\s?[/-]\s?[abc][12])?(?![\w-])")
LANGUAGE_NAME = re.compile(
    r"\b(?:english|french|spanish|german|language|languages|anglais|français|francais|espagnol|allemand|langues?|"
    r"cefr|cecr|cecrl|niveau|level)\b"
)

# --- Headings -------------------------------------------------------------------------------------------------------

HEADINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "preferred",
        re.compile(
            r"\b(?:(?:nice|good)[ -]to[ -]haves?|preferred|preferably|assets?(?! (?:management|protection|integrity))|"
            r"bonus|pluses|a plus|desired|desirable|optional|advantageous|"
            r"(?<!nos )(?<!vos )(?<!notre )(?<!votre )(?<!leurs )atouts?|souhaitée?s?|souhaitees?|souhaitables?|"
            r"appréciée?s?|appreciees?|facultati(?:f|ve)s?|un plus|les plus|idéalement)(?!\w)"
        ),
    ),
    (
        "required",
        re.compile(
            r"\b(?:requirements?|required|must[ -]haves?|mandatory|"
            r"essentials?(?! (?:duties|functions?|tasks?|services?))|minimum|pre-?requisites?|"
            r"what you(?:'ll| will)? need|exig(?:ences?|ée?s?|ees?)|obligatoires?|indispensables?|"
            r"requise?s?|impérati(?:f|ve)s?|pré-?requis|minimale?s?)(?!\w)"
        ),
    ),
)  # fmt: skip
# Job boards write "Experience an asset" as an answer, and what comes below it is something else.
HEADING_NEGATED = re.compile(r"\b(?:no|not|non|pas|aucune?)\b|^experience (?:is )?an asset$")
HEADING_OF_TWO = re.compile(r"&|/|,|\+|\b(?:and|or|et|ou)\b")
