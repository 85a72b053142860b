"""How a credential is delivered: online, in person or both, by codes of four vocabularies or words in two languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from pipeline.ingest.records import DeliveryMode

# The last segment of a code: CTDL (credreg.net/ctdl/terms/Delivery), the European Learning Model's "Mode of learning
# and assessment" (data.europa.eu/snb/learning-assessment), schema.org courseMode, CEDS course delivery.
_CODES: Final[dict[str, DeliveryMode | None]] = {
    "onlineonly": "online",
    "online": "online",
    "onlineinstruction": "online",
    "inperson": "in_person",
    "onsite": "in_person",
    "onground": "in_person",
    "facetoface": "in_person",
    "blendeddelivery": "blended",
    "blendedlearning": "blended",
    "blended": "blended",
    "hybrid": "blended",
    "variablesite": None,  # in person, online or anywhere: the code says that it varies
    "920fbb3cbe": "online",
    "9191af2ed9": "in_person",
    "e92d221e4d": "blended",
    "c_3a90b26d": "blended",
}
_IN_PRESENCE: Final = r"en presence\b(?! d(?:e|es|u)?\b)"  # not "en presence d'un tuteur"
_WORDS: Final[tuple[tuple[DeliveryMode, re.Pattern[str]], ...]] = (
    (
        "blended",
        re.compile(
            r"\bblended|\bhybrid|\bhyflex|\bhy-flex|\bmixed[- ]mode|\b(?:formation|formule|mode|apprentissage) mixte"
            r"|\bmixte\b|\bco-?modal|\bbi-?modal|\bmulti-?modal"
        ),
    ),
    (
        "online",
        re.compile(
            r"\bon-?line\b|\bvirtual|\bdistance (?:learning|education)|\be-?learning\b|\bremote(?:ly)?\b|\bmoocs?\b"
            r"|\bwebinars?\b|\ben ligne\b|\ba distance\b|\bvirtuel|\bdistanciel|\bfoad\b|\bwebinaires?\b|\bclom\b"
            r"|(?:^|[,;/|+&(] ?)distance(?= ?(?:$|[,;/|+&)]))"  # by itself, not "within walking distance"
        ),
    ),
    (
        "in_person",
        re.compile(
            r"\bin-?[ -]?person\b|\bface[- ]to[- ]face\b|\bon-?[ -]?site\b|\bon[- ]campus\b|\bin[- ]class(?:room)?\b"
            r"|\bclassroom|\bpresential|\bpresentiel|\ben personne\b|\ben classe\b|\ben salle\b|\bsur place\b"
            rf"|\bsur (?:le )?campus\b|\b{_IN_PRESENCE}"
        ),
    ),
)
_MODE: Final = (
    r"(?:(?:fully|entirely|completely|100 ?%|entierement|totalement) )?(?:live )?"
    r"(?:on-?line|virtual(?:ly)?|in[- ]person|face[- ]to[- ]face|on[- ]site|hybrid|blended|remote(?:ly)?"
    r"|in the classroom|in class|en ligne|a distance|en presentiel|en personne|en classe|en salle|sur place|hybride"
    rf"|mixte|comodale?|{_IN_PRESENCE})"
)
_TRAINING: Final = (
    r"(?:trainings?|courses?|workshops?|class(?:es)?|sessions?|lessons?|program(?:me)?s?|seminars?|boot ?camps?"
    r"|modules?|formations?|cours|ateliers?|seances?|stages?|programmes?)"
)
_GIVEN: Final = (
    r"(?:delivered|offered|held|given|taught|taken|run|completed|offerte?s?|donnee?s?|dispensee?s?|suivie?s?)"
)
_OF_TRAINING: Final = re.compile(
    rf"\b{_MODE} {_TRAINING}\b|\b{_TRAINING} (?:is |are |est |sont )?(?:{_GIVEN} )?{_MODE}\b|\b{_GIVEN} {_MODE}\b"
    rf"|\b(?:half|moitie) {_MODE},? (?:and |et )?(?:half|moitie) {_MODE}\b"
    rf"|\b(?:training|formation)\b[^.;]{{0,60}}, {_MODE}(?=[,.;]|$)"
)
_NEGATED: Final = re.compile(r"\b(?:no|not|non|without|pas|sans|aucune?|jamais|never)\b[^.;,]{0,20}$")
_EITHER: Final = re.compile(r"\b(?:or|ou|either|soit|choice|choix)\b")
MOST_CHARACTERS: Final = 2_000


def delivery_of_codes(codes: Iterable[str]) -> DeliveryMode | None:
    """The mode that a list of codes states.

    Several different codes mean that the learner takes one or the other, which is not "blended" and not one mode
    either (https://github.com/CredentialEngine/vocabularies/issues/497): the answer is then None.
    """
    modes = {_CODES.get(re.split(r"[:/#]", code.strip())[-1].casefold()) for code in codes if code.strip()}
    return modes.pop() if len(modes) == 1 else None


def delivery_of_text(text: str | None) -> DeliveryMode | None:
    """The mode that words in English or French state; None where they state none, or a choice between several."""
    if not text:
        return None
    plain = _plain(text)
    code = _CODES.get(re.sub(r"[\s_-]", "", plain))
    if code is not None:
        return code
    modes = [mode for mode, words in _WORDS if any(not _negated(plain, m) for m in words.finditer(plain))]
    if not modes or "blended" in modes:
        return "blended" if modes else None
    if len(modes) == 1:
        return modes[0]
    return None if _EITHER.search(plain) else "blended"


def delivery_in_prose(*texts: str | None) -> tuple[DeliveryMode, str] | None:
    """The mode that a description mentions, for sources that have no field for it.

    Only a mode that is said of the training is read ("an online course", "offert en présentiel", "half in class, half
    online"): "learn online marketing" says nothing of how.

    Returns:
        The mode and the sentences that say it; None where they state none, or a choice between several.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        for sentence in re.split(r"(?<=[.!?;])\s+|\n+", (text or "")[: 10 * MOST_CHARACTERS]):
            said = [match[0] for match in _OF_TRAINING.finditer(_plain(sentence))]
            if said:
                found[" ".join(sentence.split())] = said
    mode = delivery_of_text("; ".join(words for said in found.values() for words in said))
    return (mode, " ".join(found)) if mode else None


def _negated(plain: str, match: re.Match[str]) -> bool:
    return _NEGATED.search(plain, max(0, match.start() - 30), match.start()) is not None


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text[:MOST_CHARACTERS].casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", re.sub(r"[‐-―−]", "-", letters)).strip()
