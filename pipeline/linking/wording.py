"""Texts in one plain wording: what inclusive writing, typography and gender marks write in many ways, written in one.

"Technicien·ne.s", "opérateur(trice)", "l’entretien" and "soudeur ou soudeuse (H/F)" become "techniciens", "opérateur",
"l'entretien" and "soudeur", the form that ESCO puts first. Only what encoders and matchers see is reworded; a map leads
from any stretch of the plain wording back to the original, which stays the evidence.

Labels and texts are comparable when both have gone through `plain_wording`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pipeline.ingest import Language

# Rewording may make room for more ("(H/F)" between the words of a pair), but never so often in what people write.
MAX_ROUNDS: Final = 6

CHARACTERS: dict[str, str] = {
    **dict.fromkeys("’‘ʼ′´`＇", "'"),
    **dict.fromkeys("‐‑", "-"),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    "œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae",
}  # fmt: skip
_CHARACTER = re.compile(f"[{''.join(CHARACTERS)}]")

# "(H/F)", "H/F", "f/m/x", "(m/w/d)", "(homme ou femme)", with the space before them.
_GENDER = re.compile(
    r"\s?\(\s?(?:(?:h\W?f|f\W?h|m\W?f|f\W?m|m\W?w|w\W?m)(?:\W(?:[dxi]|nb))?|hommes?\s?(?:/|ou|et)\s?femmes?)\s?\)"
    r"|(?<=[\w)])\s(?:h/f|f/h|m/f|f/m|m/w|w/m)(?:/(?:[dxi]|nb))?(?![\w/])",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"(?<=[^\W\d_]{2})\((?:e?s|x)\)(?!\w)")  # compétence(s), skill(s)
_ELISION = re.compile(r"(?<!\w)((?:[cdjlmnst]|qu|jusqu|lorsqu)')\s(?=\w)", re.IGNORECASE)  # s' assurer
# chargé(e)s, un (e), technicien·ne·s, directeur.trice, préposé-e, ménager/ères, tou.te.s
_SIGN = r"[·•∙⋅‧.\-/]"
_COMPACT = re.compile(
    r"(?<![^\W\d_])(?P<word>[^\W\d_]{2,40})"
    rf"(?: ?\((?P<inner>[^\W\d_]{{1,7}})\)(?P<tail>s?)|{_SIGN}(?P<ending>[^\W\d_]{{1,7}}?)(?:{_SIGN}?(?P<plural>s))?)"
    r"(?![\w(@·•]|\.\w)"
)
_EPICENE = re.compile(r"(?<=[^\W\d_]e)[·•∙⋅‧](?=s(?!\w))")  # responsable·s
# opérateur / opératrice, la candidate ou le candidat, aide ménager / aide ménagère: one stem, twice
_DETERMINER = r"(?:l[ea]s? |l'|d'une? |d'|une? |d[ue]s? |de la |aux? |à la |ce(?:tte)? |votre )"
_PAIR = re.compile(
    rf"(?<![\w'-])(?P<before>{_DETERMINER}?)(?P<head>(?:[^\W\d_]{{3,20}}[ -])?)"
    rf"(?P<one>(?P<stem>[^\W\d_]{{3}})[^\W\d_]{{0,30}})"
    rf"(?P<between>\s?/\s?|\s(?:ou|et)\s)(?P<then>{_DETERMINER}?)(?P=head)(?P<two>(?P=stem)[^\W\d_]{{0,30}})(?![\w'-])",
    re.IGNORECASE,
)
# Pairs that share too little for the rule, and determiners: feminine -> masculine.
IRREGULAR: dict[str, str] = {
    "la": "le", "une": "un", "cette": "ce", "celle": "celui", "celles": "ceux", "elle": "il", "elles": "ils",
    "toutes": "tous", "de la": "du", "à la": "au", "femme": "homme", "femmes": "hommes", "nouvelle": "nouveau",
    "belle": "beau", "maîtresse": "maître", "copine": "copain",
}  # fmt: skip
_MASCULINE = "|".join(sorted(set(IRREGULAR.values()), key=len, reverse=True))
_FEMININE = "|".join(sorted(IRREGULAR, key=len, reverse=True))
_SHORT_PAIR = re.compile(
    rf"(?<![\w'-])(?:(?P<m1>{_MASCULINE})(?:\s?/\s?|\s(?:ou|et)\s|\s?\(|[·.])(?P<f1>{_FEMININE})\)?"
    rf"|(?P<f2>{_FEMININE})(?:\s?/\s?|\s(?:ou|et)\s|[·.])(?P<m2>{_MASCULINE}))(?![\w'’-])",
    re.IGNORECASE,
)
# Masculine endings and what they become, without accents; the last one fits every word.
FEMININES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("teur", ("trice", "teuse", "teure")), ("eur", ("euse", "eure", "rice", "eresse")), ("eux", ("euse",)),
    ("er", ("ere",)), ("if", ("ive",)), ("ef", ("eve", "effe")), ("en", ("enne",)), ("on", ("onne",)),
    ("el", ("elle",)), ("et", ("ete", "ette")), ("eil", ("eille",)), ("ul", ("ulle",)), ("il", ("ille",)),
    ("as", ("asse",)), ("os", ("osse",)), ("oux", ("ouse", "ousse")), ("aux", ("ausse",)), ("c", ("que", "che")),
    ("eau", ("elle",)), ("ou", ("oute",)), ("tre", ("tresse",)), ("", ("e",)),
)  # fmt: skip
# What a word joins is a pair of genders ("étudiantes et étudiants") only with these endings; "sol et sole" is none.
_PERSON = re.compile(r"(?:eur|er|ien|if|ant|ent|é|tre|at|ais|ois|el|eux|al)s?$")

# No text without one of these has anything to reword.
_TRIGGERS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(rf"[(/{''.join(CHARACTERS)}]"),
    "fr": re.compile(
        rf"[(/·•∙⋅‧{''.join(CHARACTERS)}]|[^\W\d_][.-][^\W\d_]|'\s"
        rf"|\sou\s(?:{_MASCULINE}|{_FEMININE})\b|\set\s(?:tou|ce[lu])"
        r"|(?<!\w)[^\W\d_](?P<stem>[^\W\d_]{2})[^\W\d_]*\s(?:ou|et)\s(?:[\w']{1,20}[ '-]){0,3}?[^\W\d_](?P=stem)"
    ),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in plain wording.

    `starts` and `ends` say for each character of `text` between which offsets of the original its source stands; both
    rise, or stay, from one character to the next. They are empty where the original is plain.
    """

    text: str
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that a stretch of `text` comes from, as offsets; an empty one stays empty."""
        if not self.starts:
            return start, end
        if start >= end:
            place = self.starts[start] if start < len(self.starts) else self.ends[-1]
            return place, place
        return self.starts[start], self.ends[end - 1]


def plain_wording(text: str, language: Language) -> Wording:
    """Rewords a text: typography, gender marks and optional plurals, in French inclusive writing and pairs too.

    A pair or a compact form becomes its masculine ("opératrice ou opérateur", "opérateur(trice)": "opérateur"), as
    ESCO's first form has it; what the rules do not know for sure stays as it is. Rewording a plain text changes
    nothing; so does rewording a text on which it would go on for more than `MAX_ROUNDS` rounds.

    Args:
        text: a unit, title or label.
        language: of the text.

    Returns:
        The wording, with the way back to the offsets of `text`.
    """
    if not _TRIGGERS[language].search(text):
        return Wording(text)
    draft = _Draft(text, list(range(len(text))), list(range(1, len(text) + 1)))
    for _ in range(MAX_ROUNDS):
        before = draft.text
        for pattern, reword in _RULES[language]:
            draft = draft.reworded(pattern, reword)
        if draft.text == before:
            break
    else:
        return Wording(text)
    if draft.text == text or not draft.text:
        return Wording(text)
    return Wording(draft.text, tuple(draft.starts), tuple(draft.ends))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A wording on its way."""

    text: str
    starts: list[int]
    ends: list[int]

    def reworded(self, pattern: re.Pattern[str], reword: Callable[[re.Match[str]], str | None]) -> _Draft:
        """The draft with every match replaced by what `reword` makes of it; None leaves it."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            new = reword(match)
            if new is None:
                continue
            first, last = match.span()
            pieces += self.text[done:first], new
            starts += self.starts[done:first]
            ends += self.ends[done:first]
            for start, end in _sources(match[0], new):
                starts.append(self.starts[first + start])
                ends.append(self.ends[first + end - 1])
            done = last
        if not pieces:
            return self
        return _Draft("".join(pieces) + self.text[done:], starts + self.starts[done:], ends + self.ends[done:])


def _sources(old: str, new: str) -> Iterator[tuple[int, int]]:
    """For each character of a replacement the stretch of what it replaces: itself where the two begin or end alike."""
    if old.endswith(new):
        yield from ((place, place + 1) for place in range(len(old) - len(new), len(old)))
        return
    alike = 0
    while alike < len(new) and old[alike] == new[alike]:
        alike += 1
    for place in range(len(new)):
        if place == len(new) - 1:
            yield min(place, alike), len(old)  # the last one takes the mark with it: chargé(e)
        elif place < alike:
            yield place, place + 1
        else:
            yield alike, len(old)


# --- French pairs -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    """A word in small letters, without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "ais", "ois")) else word


def _is_feminine(masculine: str, form: str, whole: bool) -> bool:
    """Whether a form is a masculine word's feminine, or (not `whole`) the end of it: opérateur, trice."""
    if masculine[-1:] in "eE" and not _bare(masculine).endswith("tre"):
        return False
    stem, end = _singular(_bare(masculine)), _bare(form)
    end = end[:-1] if end.endswith("s") else end
    for ending, feminines in FEMININES:
        if stem.endswith(ending):
            for feminine in feminines:
                candidate = stem[: len(stem) - len(ending)] + feminine
                if candidate == end or (not whole and end and candidate.endswith(end)):
                    return True
    return False


def _plain_compact(match: re.Match[str]) -> str | None:
    word, ending = match["word"], match["inner"] or match["ending"]
    if not _is_feminine(word, ending, whole=False):
        return None
    plural = match["tail"] or match["plural"] or (ending[-1] if ending[-1] in "sS" and len(ending) > 1 else "")
    return word if not plural or word[-1] in "sSxXzZ" else word + plural


def _plain_pair(match: re.Match[str]) -> str | None:
    one, two = match["one"], match["two"]
    if _is_feminine(one, two, whole=True):
        masculine, new = one, match["before"] + match["head"] + one
    elif _is_feminine(two, one, whole=True):
        before = match["then"] or match["before"]
        before = f"{IRREGULAR[before[:-1].lower()]} " if before[:-1].lower() in IRREGULAR else before
        masculine, new = two, before + match["head"] + two
    else:
        return None
    if "/" not in match["between"] and not _PERSON.search(masculine.lower()):
        return None
    return _cased(match[0], new)


def _plain_short_pair(match: re.Match[str]) -> str | None:
    masculine, feminine = match["m1"] or match["m2"], match["f1"] or match["f2"]
    return _cased(match[0], masculine) if IRREGULAR[feminine.lower()] == masculine.lower() else None


def _cased(old: str, new: str) -> str:
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


# --- The rules, in their order ----------------------------------------------------------------------------------------


def _nothing(match: re.Match[str]) -> str:
    return ""


_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]
_EVERYWHERE: tuple[_Rule, ...] = (
    (_CHARACTER, lambda match: CHARACTERS[match[0]]),
    (_GENDER, _nothing),
    (_PLURAL, _nothing),
)
_RULES: dict[Language, tuple[_Rule, ...]] = {
    "en": _EVERYWHERE,
    "fr": (
        *_EVERYWHERE,
        (_ELISION, lambda match: match[1]),
        (_EPICENE, _nothing),
        (_SHORT_PAIR, _plain_short_pair),
        (_COMPACT, _plain_compact),
        (_PAIR, _plain_pair),
    ),
}
