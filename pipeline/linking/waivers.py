"""What a text says is not needed: "no welding experience required", "l'anglais n'est pas exigé". It asks for nothing.

What is "not required, but an asset" is asked for after all, and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pipeline.phrases import Phrases, bare

_WORD: Final = r"[^\s,;:.()!?–—]+"
_WORDS: Final = rf"(?: {_WORD}){{0,8}}?"
_THING: Final = (
    r"(?:experience|knowledge|licen[cs]es?|certificat\w{1,4}|degrees?|diplomas?|qualifications?|training|background|"
    r"skills?|familiarity|proficiency|fluency|prerequisites?)"
)
_NEEDED: Final = (
    r"(?:required|requested|necessary|needed|mandatory|compulsory|essential|expected|assumed|a must|a requirement|"
    r"a prerequisite)"
)
_REQUIS: Final = (
    r"(?:(?:pré-?)?requise?s?|exig[ée]e?s?|n[ée]cessaires?|demand[ée]e?s?|obligatoires?|indispensables?|attendue?s?|"
    r"essentiel(?:le)?s?)"
)
_OPENS: Final = (  # what is waived stands behind: the clause begins here
    rf"\bno (?:{_WORD} ){{0,8}}?{_THING}{_WORDS}(?: is| are| will be)? {_NEEDED}\b|"
    rf"\b(?:aucune?|sans|pas d(?:e |'){_WORD}){_WORDS}(?: n'est| n'étai(?:t|ent)| ne sont| ne sera)? {_REQUIS}\b|"
    r"\b(?:pas|aucun) besoin d(?:e |')|\bn'(?:aurez|avez) pas à |\bil n'est pas (?:nécessaire|obligatoire) d(?:e |')"
)
_CLOSES: Final = (  # what is waived stands before: the clause ends here, or goes on ("not required to weld")
    rf"\b(?:not |isn't |aren't )(?:be )?{_NEEDED}\b|\b(?:non |pas ){_REQUIS}\b"
)
_WAIVED: Final = Phrases(rf"(?P<opens>{_OPENS})|(?P<closes>{_CLOSES})", "aucun|besoin d|n't |no |non |not |pas |sans")
_ASKED_AFTER_ALL: Final = re.compile(
    r"\b(?:assets?|prefer\w*|plus|bonus|advantage\w*|beneficial|helpful|useful|desir\w+|ideal\w*|nice to have|welcome|"
    r"would be|atouts?|souhait\w+|appréci\w+|avantag\w+|privilégi\w+|idéal\w*|préféra\w+|serait|utiles?)\b",
    re.IGNORECASE,
)
_EDGE: Final = re.compile(
    r"[,;:.()!?–—]|\s-\s|\s(?:but|however|although|though|mais|cependant|toutefois)\s",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(r"\s(?:and|or|et|ou|ni)\s", re.IGNORECASE)


def waived(text: str) -> Iterator[tuple[int, int]]:
    """The clauses of a sentence which say that something is not needed: where each begins and ends."""
    plain = text.replace("’", "'")
    matches = list(_WAIVED.all_in(plain, bare(plain)))
    if not matches or _ASKED_AFTER_ALL.search(plain):
        return
    reached = 0
    for match in matches:
        if match.start() >= reached:
            begin = match.start() if match["opens"] else _begin(plain, reached, match.start())
            edge = _EDGE.search(plain, match.end())
            reached = edge.start() if edge else len(plain)
            yield begin, reached


def is_waived(text: str) -> bool:
    """Whether all that a unit says is that something is not needed."""
    begin, end = next(waived(text), (len(text), len(text)))
    return not any(char.isalnum() for char in text[:begin] + text[end:])


def _begin(text: str, least: int, end: int) -> int:
    """Where the clause that ends there begins: at an edge, but not at a comma of a list of what is waived."""
    edges = list(_EDGE.finditer(text, least, end))
    if edges and edges[-1].group() == "," and _LISTED.search(text, edges[-1].end(), end):
        while edges and edges[-1].group() == ",":
            edges.pop()
    if not edges:
        return least
    return edges[-1].start() if edges[-1].group() == "(" else edges[-1].end()
