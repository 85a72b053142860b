"""How a text says that it has a trait of a microcredential, or that it lacks it: turns of phrase in both languages.

Everything is matched on `flat` text (lower case, no accents, of the same length), so that a match can be cut out of the
original letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

Trait = Literal["short", "skills_based", "stackable", "issued", "assessed", "recognised", "verifiable", "delivery_mode"]
TRAITS: Final[tuple[Trait, ...]] = (
    "short", "skills_based", "stackable", "issued", "assessed", "recognised", "verifiable", "delivery_mode",
)  # fmt: skip

LONGEST_EVIDENCE: Final = 300
_SENTENCE: Final = re.compile(r"\S(?:[^\n.!?]|[.!?](?!\s|$))*[.!?]*", re.MULTILINE)

# What the sentence must speak of before "recognised by" or "stacks into" is said of a credential and not of its subject.
_CREDENTIAL: Final = (
    r"(?:(?:micro-?)?credentials?|certificat(?:e|ion|ions|s)?|courses?|program(?:me)?s?|trainings?|badges?|modules?"
    r"|workshops?|qualifications?|hours|diplomas?|(?:micro-?)?(?:certifications?|attestations?)|formations?|cours"
    r"|ateliers?|titres?|heures|parcours|insignes?|diplomes?)"
)
_LARGER: Final = (
    r"(?:certificat(?:e|s)?|diploma|degree|programs?|programme|credential|micromasters|specialization|apprenticeship"
    r"|aec|dec|dep|diplome|grade|baccalaureat|attestation d'etudes|parcours|maitrise|certification)"
)

SAID: Final[dict[Trait, re.Pattern[str]]] = {
    "stackable": re.compile(
        rf"\bstack(?:s|ed|able|ing)? (?:in)?to(?:wards?)?\b|\bstackable\b|\bladders? into\b|\badvanced standing\b"
        rf"|\bcredit(?:s|ed)? (?:towards?|in|into) (?:\w+[- ]){{0,6}}{_LARGER}\b|\bcounts? towards?\b"
        rf"|\b(?:part|first|second|third|fourth|last|one) (?:course )?(?:of|in) (?:the|a|our|this)? ?(?:[\w'&-]+[- ])"
        rf"{{0,6}}(?:micromasters|specialization|professional certificate|xseries|(?:certificate|diploma) program)"
        r"|\bcumulables?\b|\bs'inscrit dans (?:un|le) (?:parcours|certificat|programme)"
        rf"|\bcredit(?:s|e|es|ee|ees)? (?:dans|vers|pour|au|menant) (?:[\w'-]+ ){{0,6}}{_LARGER}\b"
        rf"|\bcompten?t? pour (?:[\w'-]+ ){{0,6}}{_LARGER}\b|\bfait partie (?:du|de la|d'un|d'une) {_LARGER}\b"
        rf"|\b(?:premier|deuxieme|troisieme|dernier) cours (?:du|de la|d'un|d'une) (?:\w+ ){{0,3}}{_LARGER}\b"
    ),
    "issued": re.compile(
        rf"\b{_CREDENTIAL}\b[^.;]{{0,60}}\b(?:issued|awarded|granted|conferred) by (?:the )?\w"
        rf"|\b{_CREDENTIAL}\b[^.;]{{0,60}}\b(?:delivree?s?|decernee?s?|emise?s?|remise?s?) par (?:l'|le |la |les )?\w"
    ),
    "assessed": re.compile(
        r"\b(?:final|written|practical|proctored|midterm|mid-term|oral|online|skills|end-of-course|open-book) "
        r"(?:and \w+ )?(?:exam(?:ination)?|test|quiz|assessment|evaluation|project)s?\b"
        r"|\bquiz(?:zes)?\b|\bgraded (?:\w+ ){0,2}(?:assignments?|projects?|exercises?|quizzes|work|simulations?)\b"
        r"|\bcapstone\b|\b(?:you|learners?|students?|participants?) (?:will be|are|is) (?:assessed|evaluated|graded|tested)"
        r"|\b(?:must|to) (?:pass|score|obtain|achieve) (?:an? |the |at least )?(?:\w+ ){0,3}(?:exam|test|assessment|%|\d)"
        r"|\b(?:passing (?:grade|mark|score)|pass mark)\b|\bassessment (?:is|includes|consists|by)\b"
        r"|\bexam (?:at the end|on the last day)\b"
        r"|\b(?:examen|epreuve|test|projet) (?:final|ecrit|pratique|theorique|synthese)e?\b|\bnote de passage\b"
        r"|\btravaux (?:notes|evalues)\b|\b(?:vous serez|est|sont|sera|seront) evaluee?s?\b"
        r"|\b(?:reussir|passer) (?:l'|un |une |les )(?:examens?|epreuves?|tests?|evaluations?)\b|\bquestionnaire note\b"
        r"|\bevaluation (?:des apprentissages|finale|sommative|pratique)\b"
    ),
    "recognised": re.compile(
        rf"\b{_CREDENTIAL}\b[^.;]{{0,80}}\b(?:recogni[sz]ed|accredited|approved|endorsed|validated|vetted) (?:by|under|as|in)\b"
        rf"|\b(?:industry|nationally|provincially|internationally|employer)[- ](?:recogni[sz]ed|validated|endorsed)"
        rf" (?:[\w-]+ ){{0,3}}{_CREDENTIAL}\b|\baccredited {_CREDENTIAL}\b"
        rf"|\b{_CREDENTIAL}\b[^.;]{{0,80}}\b(?:reconnue?s?|accreditee?s?|agreee?s?|approuvee?s?|validee?s?|homologuee?s?"
        rf"|avalisee?s?) (?:par|aupres|en vertu|selon|dans|comme)\b"
    ),
    "verifiable": re.compile(
        r"\bdigital (?:badge|credential|certificate)s?\b|\bopen badges?\b|\bverified (?:certificate|track)s?\b"
        r"|\bverifiable (?:badge|credential|certificate)s?\b|\bcan be verified\b|\bverifiable (?:on-?line|at)\b"
        r"|\bbadges? numeriques?\b|\binsignes? numeriques?\b|\b(?:certificat|attestation)s? verifi(?:e|ee|able)s?\b"
        r"|\bverifiables? en ligne\b|\bpeut etre verifiee?\b"
    ),
}  # fmt: skip

DENIED: Final[dict[Trait, re.Pattern[str]]] = {
    "stackable": re.compile(
        r"\b(?:cannot|can not|can't|may not) be (?:transferred|stacked|combined|credited|applied|counted)\b"
        r"|\b(?:does|do) not (?:count|stack|transfer|lead|carry credit)\b[^.;]{0,30}\b(?:towards?|into|to|in)\b"
        rf"|\b(?:not|non)[- ](?:stackable|transferable|cumulables?|transferables?)\b"
        r"|\bne (?:peut|peuvent) (?:pas )?etre (?:cumule|credite|transfere)e?s?\b|\bne compten?t? (?:pas )?pour\b"
    ),
    "assessed": re.compile(
        r"\bno (?:\w+ ){0,2}(?:exam(?:ination)?s?|tests?|assessments?|evaluations?|grades?|grading)\b"
        r"(?! (?:fees?|experience|of prior))|\bwithout (?:an? )?(?:exam|test|assessment|evaluation)\b"
        r"|\b(?:is|are) not (?:assessed|evaluated|graded)\b|\b(?:attendance|participation)[- ](?:only|based)\b"
        r"|\b(?:awarded|given|issued) to (?:everyone|all|anyone|participants|those) who (?:attends?|participates?|registers?)"
        r"|\bcertificate of attendance\b"
        r"|\baucune? (?:\w+ )?(?:examen|test|evaluation|epreuve|note)\b|\bsans (?:examen|test|evaluation|epreuve)\b"
        r"|\bn'(?:est|y a) (?:pas|aucune?) (?:d')?(?:evaluee?|evaluation|examen)\b|\bnon evaluee?s?\b"
        r"|\b(?:remise?|decernee?|delivree?)s? a (?:toute personne|toutes les personnes|tous) (?:qui (?:participe|assiste)"
        r"|(?:present|participant)e?s?)|\battestation de (?:presence|participation)\b"
    ),
    "recognised": re.compile(
        r"\b(?:is|are) not (?:yet )?(?:formally )?(?:recogni[sz]ed|accredited|approved|endorsed|validated)\b"
        r"|\b(?:unaccredited|non-accredited)\b"
        r"|\bn(?:'est|e sont) pas (?:encore )?(?:officiellement )?(?:reconnue?|accreditee?|agreee?|approuvee?|validee?)s?\b"
        r"|\bnon (?:reconnue?|accreditee?|agreee?)s?\b|\bsans (?:reconnaissance|accreditation)\b"
    ),
    "verifiable": re.compile(
        r"\bno (?:certificate|badge|credential|attestation)s? (?:is|are|will be) (?:issued|awarded|given)\b"
        r"|\baucune? (?:attestation|badge|certificat|insigne)s? n(?:'est|e sera) (?:remise?|delivree?|decernee?|emise?)\b"
    ),
}  # fmt: skip

# "able to" and its like: a description that says what a learner can do afterwards, without a heading for outcomes.
OUTCOME: Final = re.compile(
    r"\b(?:be able to|you(?:'ll| will)(?: also)? (?:learn|master|practi[sc]e|build|develop|gain)|learn(?:ers?)? (?:how )?to"
    r"|(?:learners|participants|students) (?:will )?(?:learn|practi[sc]e|master)"
    r"|sera en mesure de|serez en mesure de|sera capable de|saurez|apprendrez|apprend(?:re)? a|permet d'apprendre"
    r"|vous maitriserez)\b"
)
# A test that the training prepares for is somebody else's.
_ELSEWHERE: Final = re.compile(
    r"\b(?:prepar\w*|ready|readies|leading|eligible|sit|challenge|write)\b[^.;]{0,60}$"
    r"|\b(?:prealable|prerequis|prerequisites?|admission|entrance|placement)\b[^.;]{0,60}$|\b(?:review of|revision) $"
)
PREPARES: Final = re.compile(
    r"^\W*(?:prepares? (?:for|you|learners|students)|preparation (?:for|to)|prepare(?:nt)? (?:a|au|aux)\b)"
)
BADGE: Final = re.compile(r"badge|verifiable ?credential|insigne")
SOMETHING_LARGE: Final = re.compile(
    r"\b(?:diploma|degree|diplome|baccalaureat|maitrise|doctorat|doctorate|bachelor|master)\b"
)


def flat(text: str) -> str:
    """Lower case and without accents, character for character: positions stay those of the text."""
    return "".join(map(_flat_character, text))


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


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence or line of a text."""
    for match in _SENTENCE.finditer(text):
        yield match.start(), match.end()


def words_that_say(pattern: re.Pattern[str], text: str, trait: Trait | None = None) -> str | None:
    """The first sentence in which a pattern is found, exactly as it stands; a long one is cut around the match.

    What a training prepares for is not said of it: for `assessed`, such a match does not count.
    """
    plain = flat(text)
    for start, end in sentence_spans(text):
        for match in pattern.finditer(plain, start, end):
            if trait == "assessed" and _ELSEWHERE.search(plain, start, match.start()):
                continue
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
