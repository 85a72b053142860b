"""How a text says that it has a trait of a microcredential, or that it lacks it: turns of phrase in both languages.

Everything is matched on `flat` text (lower case, no accents, of the same length), so that a match can be cut out of the
original letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

Trait = Literal["short", "skills_based", "stackable", "issued", "assessed", "recognised", "verifiable", "delivery_mode"]
TRAITS: Final[tuple[Trait, ...]] = (
    "short", "skills_based", "stackable", "issued", "assessed", "recognised", "verifiable", "delivery_mode",
)  # fmt: skip

LONGEST_EVIDENCE: Final = 300
_SENTENCE: Final = re.compile(r"\S(?:[^\n.!?]|[.!?](?!\s|$))*[.!?]*", re.MULTILINE)

# What a sentence must speak of, for "recognised by" to be said of the credential and not of what it teaches.
_CREDENTIAL: Final = (
    r"(?:(?:micro-?)?credentials?|certificat(?:e|ion|ions|s)?|courses?|program(?:me)?s?|trainings?|badges?|modules?"
    r"|workshops?|qualifications?|hours|diplomas?|(?:micro-?)?(?:certifications?|attestations?)|formations?|cours"
    r"|ateliers?|titres?|heures|parcours|insignes?|diplomes?)"
)
_LARGER: Final = (
    r"(?:certificat(?:e|s)?|diploma|degree|programs?|programme|credential|micromasters|specialization|apprenticeship"
    r"|aec|dec|dep|diplome|grade|baccalaureat|attestation d'etudes|parcours|maitrise|certification)"
)


def _any(*phrases: str) -> re.Pattern[str]:
    """A pattern that finds any of the phrases as whole words."""
    return re.compile(rf"\b(?:{'|'.join(f'(?:{phrase})' for phrase in phrases)})")


_ISSUED: Final = (
    r"(?:issued|awarded|granted|conferred) by",
    r"(?:delivree?s?|decernee?s?|emise?s?|remise?s?) par",
)
_RECOGNISED: Final = (
    r"(?:recogni[sz]ed|accredited|approved|endorsed|validated|vetted)",
    r"(?:reconnue?s?|accreditee?s?|agreee?s?|approuvee?s?|validee?s?|homologuee?s?|avalisee?s?)",
)

SAID: Final[dict[Trait, re.Pattern[str]]] = {
    "stackable": _any(
        r"stack(?:s|ed|able|ing)? (?:in)?to(?:wards?)?\b",
        r"stackable\b",
        r"ladders? into\b",
        r"advanced standing\b",
        rf"credit(?:s|ed)? (?:towards?|in|into) (?:\w+[- ]){{0,6}}{_LARGER}\b",
        r"(?<!grade that )(?<!grades that )counts? towards?\b",
        r"(?:part|first|second|third|fourth|last|one) (?:course )?(?:of|in) (?:an?|the|our|this)? ?"
        r"(?:[\w'&-]+[- ]){0,8}"
        r"(?:micromasters|specialization|professional certificate|xseries|(?:certificate|diploma) program)",
        r"cumulables?\b",
        r"s'inscrit dans (?:un|le) (?:parcours|certificat|programme)\b",
        rf"credit(?:s|e|es|ee|ees)? (?:dans|vers|pour|au|menant) (?:[\w'-]+ ){{0,6}}{_LARGER}\b",
        rf"compten?t? pour (?:[\w'-]+ ){{0,6}}{_LARGER}\b",
        rf"fait partie (?:du|de la|d'un|d'une) {_LARGER}\b",
        rf"(?:premier|deuxieme|troisieme|dernier) cours (?:du|de la|d'un|d'une) (?:\w+ ){{0,3}}{_LARGER}\b",
    ),
    "issued": _any(
        rf"{_CREDENTIAL}\b[^.;]{{0,60}}\b{_ISSUED[0]} (?:the )?\w",
        rf"{_CREDENTIAL}\b[^.;]{{0,60}}\b{_ISSUED[1]} (?:l'|le |la |les )?\w",
    ),
    "assessed": _any(
        r"(?:final|written|practical|proctored|midterm|mid-term|oral|online|skills|end-of-course|open-book) "
        r"(?:and \w+ )?(?:exam(?:ination)?|test|quiz|assessment|evaluation)s?\b",
        r"final project\b",
        r"quiz(?:zes)?\b",
        r"graded (?:\w+ ){0,2}(?:assignments?|projects?|exercises?|quizzes|work|simulations?)\b",
        r"capstone (?:project|exam|assignment)\b",
        r"(?:you|learners?|students?|participants?) (?:will be|are|is) (?:assessed|evaluated|graded|tested)\b",
        r"(?:must|to) pass (?:an? |the )?(?:\w+ ){0,3}(?:exam(?:ination)?|test|assessment)\b",
        r"(?:must|to) (?:score|obtain|achieve) (?:at least )?\d{1,3} ?%",
        r"passing (?:grade|mark|score)\b",
        r"pass mark\b",
        r"assessment (?:is|includes|consists|by)\b",
        r"exam (?:at the end|on the last day)\b",
        r"(?:examen|epreuve|test) (?:final|ecrit|pratique|theorique|synthese)e?\b",
        r"projet (?:final|synthese)\b",
        r"note de passage\b",
        r"travaux (?:notes|evalues)\b",
        r"(?:vous serez|est|sont|sera|seront) evaluee?s?\b",
        r"(?:reussir|passer) (?:l'|un |une |les )(?:examens?|epreuves?|tests?|evaluations?)\b",
        r"questionnaire note\b",
        r"evaluation (?:des apprentissages|finale|sommative|pratique)\b",
    ),
    "recognised": _any(
        rf"{_CREDENTIAL}\b[^.;]{{0,80}}\b{_RECOGNISED[0]} (?:by|under|as|in)\b",
        r"(?:industry|nationally|provincially|internationally|employer)[- ](?:recogni[sz]ed|validated|endorsed)"
        rf" (?:[\w-]+ ){{0,3}}{_CREDENTIAL}\b",
        r"credits?,? (?:\w+ ){0,3}(?:recogni[sz]ed|accredited|approved) by\b",
        rf"accredited {_CREDENTIAL}\b",
        rf"{_CREDENTIAL}\b[^.;]{{0,80}}\b{_RECOGNISED[1]} (?:par|aupres|en vertu|selon|dans|comme)\b",
    ),
    "verifiable": _any(
        r"digital (?:badge|credential|certificate)s?\b",
        r"open badges?\b",
        r"verified (?:certificate|track)s?\b",
        r"verifiable (?:badge|credential|certificate)s?\b",
        r"can be verified\b",
        r"verifiable (?:on-?line|at)\b",
        r"(?:badge|insigne)s? numeriques?\b",
        r"(?:certificat|attestation)s? verifi(?:e|ee|able)s?\b",
        r"verifiables? en ligne\b",
        r"peut etre verifiee?\b",
    ),
}

DENIED: Final[dict[Trait, re.Pattern[str]]] = {
    "stackable": _any(
        r"(?:cannot|can not|can't|may not) be (?:transferred|stacked|combined|credited|applied|counted) "
        r"(?:in|to|with|towards?|into)\b",
        r"(?:does|do) not (?:count|stack|transfer|lead|carry credit)\b[^.;]{0,30}\b(?:towards?|into|to)\b",
        r"(?:not|non)[- ](?:stackable|transferable|cumulables?|transferables?)\b",
        r"ne (?:peut|peuvent) (?:pas )?etre (?:cumule|credite|transfere)e?s?\b",
        rf"ne compten?t? (?:pas )?pour (?:[\w'-]+ ){{0,4}}{_LARGER}\b",
        r"ne menen?t? a aucun",
    ),
    "assessed": _any(
        r"no (?:\w+ ){0,2}(?:exam(?:ination)?s?|tests?|assessments?|evaluations?|grades?|grading)\b"
        r"(?! (?:fees?|experience|of prior))",
        r"no marks\b",
        r"without (?:an? )?(?:exam|test|assessment|evaluation)\b",
        r"(?:is|are) not (?:assessed|evaluated|graded)\b",
        r"(?:attendance|participation)[- ](?:only|based)\b",
        r"(?:awarded|given|issued) to (?:everyone|all|anyone|participants|those) who "
        r"(?:attends?|participates?|registers?)\b",
        r"certificate of attendance\b",
        r"aucune? (?:\w+ )?(?:examen|test|evaluation|epreuve|note)\b",
        r"sans (?:examen|test|evaluation|epreuve)\b",
        r"ni (?:examen|evaluation|epreuve)\b",
        r"n'(?:est|y a) (?:pas|aucune?) (?:d')?(?:evaluee?|evaluation|examen)\b",
        r"non evaluee?s?\b",
        r"(?:remise?|decernee?|delivree?)s? a (?:toute personne|toutes les personnes|tous) "
        r"(?:qui (?:participe|assiste)|(?:present|participant)e?s?)",
        r"attestation de (?:presence|participation)\b",
    ),
    "recognised": _any(
        r"(?:is|are) not (?:yet )?(?:formally )?(?:recogni[sz]ed|accredited|approved|endorsed|validated)\b",
        r"(?:unaccredited|non-accredited)\b",
        r"n(?:'est|e sont) pas (?:encore )?(?:officiellement )?"
        r"(?:reconnue?|accreditee?|agreee?|approuvee?|validee?)s?\b",
        r"non (?:reconnue?|accreditee?|agreee?)s?\b",
        r"sans (?:reconnaissance|accreditation)\b",
    ),
    "verifiable": _any(
        r"no (?:certificate|badge|credential|attestation)s?(?: (?:is|are|will be) (?:issued|awarded|given)|(?=[,.:;]))",
        r"ni (?:attestation|certificat|badge|insigne)\b",
        r"aucune? (?:attestation|badge|certificat|insigne)s? n(?:'est|e sera) "
        r"(?:remise?|delivree?|decernee?|emise?)\b",
    ),
}

# What stands in whatever says that it has a trait: where it is missing, longer phrases need not be looked for.
NEEDED: Final[dict[re.Pattern[str], re.Pattern[str]]] = {
    SAID["issued"]: _any(*_ISSUED),
    SAID["recognised"]: _any(*_RECOGNISED),
}

# "No exam" does not mean that nothing is assessed where the same words tell of something that is shown or marked.
SHOWN: Final = _any(
    r"portfolio", r"project", r"demonstrat", r"observ", r"presentation", r"assignment", r"review", r"tasks?\b",
    r"rubric", r"travaux\b", r"projet", r"demonstration", r"exercice", r"grille\b", r"taches?\b",
)  # fmt: skip
# "able to" and its like: a description that says what a learner can do afterwards, without a heading for outcomes.
OUTCOME: Final = _any(
    r"be able to\b",
    r"you(?:'ll| will)(?: also)? (?:learn|master|practi[sc]e|build|develop|gain)\b",
    r"learn(?:ers?)? (?:how )?to\b",
    r"(?:learners|participants|students) (?:will )?(?:learn|practi[sc]e|master)\b",
    r"ser(?:a|ez) (?:en mesure|capables?) de\b",
    r"saurez\b",
    r"apprendrez\b",
    r"apprend(?:re)? a\b",
    r"permet d'apprendre\b",
    r"maitriserez\b",
)
# Said before the words, in the same sentence, this means that they are about something else: a test that the training
# prepares for or asks for beforehand, a programme of which it is a part, a credential that others hold already.
_PREPARED: Final = (
    r"\b(?:prepar\w*|ready|readies|leading|eligible|sit|challenge|write)\b[^.;]{0,60}$"
    r"|\b(?:prealable|prerequis|prerequisites?|admission|entrance|placement)\b[^.;]{0,60}$"
    r"|\b(?:series of|consists? of|composee? de|comprend) (?:\w+ )?(?:courses|cours)\b[^.;]{0,60}$"
    r"|\bqualify for\b[^.;]*$"
)
_ELSEWHERE: Final[dict[Trait, re.Pattern[str]]] = {
    "assessed": re.compile(_PREPARED),
    "recognised": re.compile(_PREPARED),
    "stackable": re.compile(r"\b(?:who (?:hold|have|has)|holders of|titulaires|detenteurs|detenant)\b[^.;]*$"),
}
PREPARES: Final = re.compile(
    r"^\W*(?:prepares? (?:for|you|learners|students)|preparation (?:for|to)|prepare(?:nt)? (?:a|au|aux)\b)"
)
BADGE: Final = re.compile(r"badge|verifiable ?credential|insigne")


@lru_cache(maxsize=64)  # a record's texts are asked about for one trait after the other
def flat(text: str) -> str:
    """Lower case and without accents, character for character: positions stay those of the text."""
    return text.lower() if text.isascii() else text.translate(_FLAT)


class _Flat(dict[int, str]):
    """What `_flat_character` gives, by the number of the character: each is worked out once."""

    def __missing__(self, number: int) -> str:
        self[number] = _flat_character(chr(number))
        return self[number]


def _flat_character(character: str) -> str:
    if character < "\x80":
        return character.lower()
    if character in "\u2018\u2019\u02bc":
        return "'"
    if character in "\u00a0\u202f":
        return " "
    if "\u2010" <= character <= "\u2014":
        return "-"
    return unicodedata.normalize("NFD", character)[0].lower()[:1]


_FLAT: Final = _Flat()


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence or line of a text."""
    for match in _SENTENCE.finditer(text):
        yield match.start(), match.end()


def words_that_say(pattern: re.Pattern[str], text: str, trait: Trait | None = None) -> str | None:
    """The first sentence in which a pattern is found, exactly as it stands; a long one is cut around the match.

    What `_ELSEWHERE` says of a trait does not count, nor does a denial of `assessed` beside words that tell of an
    assessment.
    """
    plain = flat(text)
    # No pattern looks beyond the end of a sentence: what the whole text does not hold none of them holds.
    if not NEEDED.get(pattern, pattern).search(plain) or not pattern.search(plain):
        return None
    for start, end in sentence_spans(text):
        for match in pattern.finditer(plain, start, end):
            elsewhere = trait in _ELSEWHERE and _ELSEWHERE[trait].search(plain[start : match.start()])
            shown = pattern is DENIED["assessed"] and SHOWN.search(plain, start, end)
            prepared = trait == "recognised" and re.search(r"\bprepar", plain[match.start() : match.end()])
            if not elsewhere and not shown and not prepared:
                return _cut(text, start, end, match)
    return None


def _cut(text: str, start: int, end: int, match: re.Match[str]) -> str:
    """The sentence, or the words around the match if it is longer than evidence should be."""
    if end - start > LONGEST_EVIDENCE:
        spare = max(LONGEST_EVIDENCE - (match.end() - match.start()), 0) // 2
        if match.start() - spare > start:
            start = text.find(" ", match.start() - spare, match.start()) + 1 or match.start()
        if match.end() + spare < end:
            end = max(text.rfind(" ", match.end(), match.end() + spare), match.end())
    return text[start:end].strip()


def exactly(words: str, text: str) -> str | None:
    """The stretch of a text that reads as these words, whatever white space is between them; None if there is none."""
    found = re.search(r"\s+".join(map(re.escape, words.split())), text) if words.strip() else None
    return found[0] if found else None
