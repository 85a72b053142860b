"""Which occupations' labels have the words of a title, whatever their inflection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log

from pipeline.embeddings import SCORE_DECIMALS
from pipeline.ingest import Language
from pipeline.linking import stems

LANGUAGES: tuple[Language, Language] = ("en", "fr")
# From here on (as `WordMatch.common`) a single word is too common to name an occupation that does not prefer it: ten
# occupations of ESCO's 3,007, three of a hundred. "Driver" is a label of the hearse driver's.
TOO_COMMON = 0.3


@dataclass
class WordMatch:
    """What the words of a title say, by occupation.

    Attributes:
        covered: the share of the title's words, rare ones weighing more, that its labels have among them.
        named: the occupations that a label of these very words names, and whether it is the preferred one.
        common: how common it is to have all of the words: 0 for no occupation, 1 for each one; by logarithm, and in the
            title's language, if any occupation there has them.
    """

    covered: dict[int, float] = field(default_factory=dict)
    named: dict[int, bool] = field(default_factory=dict)
    common: float = 0.0


class WordIndex:
    """The words of each occupation's labels.

    Args:
        labels: (occupation's number, language, label in plain letters, whether it is the preferred one).
        occupations: how many there are.
    """

    def __init__(self, labels: Iterable[tuple[int, Language, str, bool]], occupations: int) -> None:
        self._occupations = occupations
        self._holders: dict[tuple[Language, str], set[int]] = defaultdict(set)
        self._named: dict[tuple[Language, frozenset[str]], dict[int, bool]] = defaultdict(dict)
        for occupation, language, text, preferred in labels:
            words = _stem_set(text, language)
            for word in words:
                self._holders[language, word].add(occupation)
            named = self._named[language, words]
            named[occupation] = named.get(occupation, False) or preferred

    def find(self, text: str, language: Language) -> WordMatch:
        """What a title's words say, in its language and in the other: half of "welder / soudeur" is in that."""
        found = WordMatch()
        for each in (language, *(other for other in LANGUAGES if other != language)):
            words = _stem_set(text, each)
            if not words:
                continue
            common = self._cover(found, [self._holders.get((each, word), set()) for word in sorted(words)])
            named = self._named.get((each, words), {})
            if len(words) > 1 or common < TOO_COMMON or any(named.values()):
                for occupation, preferred in named.items():
                    found.named[occupation] = found.named.get(occupation, False) or preferred
            found.common = found.common or common
        return found

    def _cover(self, found: WordMatch, held: list[set[int]]) -> float:
        """Notes what is covered; gives how common it is to have all of the words."""
        rarity = [log((1 + self._occupations) / (1 + len(holders))) + 1 for holders in held]
        shares: dict[int, float] = defaultdict(float)
        for holders, weight in zip(held, rarity, strict=True):
            for occupation in holders:
                shares[occupation] += weight / sum(rarity)
        for occupation, share in shares.items():
            found.covered[occupation] = max(found.covered.get(occupation, 0.0), round(share, SCORE_DECIMALS))
        return round(log(1 + len(set.intersection(*held))) / log(1 + self._occupations), SCORE_DECIMALS)


def _stem_set(text: str, language: Language) -> frozenset[str]:
    return frozenset(stem for stem, _, _ in stems(text, language))
