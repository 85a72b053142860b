"""Patterns of many turns of phrase, tried only on texts that hold a word which one of them needs.

To try hundreds of phrases at each letter of a text takes fifty times as long as to look for some words in it, and most
texts hold none of these. What is found is what the pattern alone would find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator


class Phrases:
    """Turns of phrase.

    Args:
        pattern: finds them.
        words: one of which stands in whatever the pattern finds, parted by |, as `bare` gives them;
            `tests/test_phrases.py` sees to that.
        flags: of the pattern.
    """

    def __init__(self, pattern: str, words: str, flags: re.RegexFlag = re.IGNORECASE) -> None:
        self.pattern = re.compile(pattern, flags)
        self.words = tuple(words.split("|"))

    def may_be_in(self, bared: str) -> bool:
        """Whether a text, as `bare` gives it, holds any of the words."""
        return any(map(bared.__contains__, self.words))

    def found(self, text: str, bared: str) -> bool:
        """Whether a text holds one of the phrases; `bared` is what `bare` gives of it."""
        return self.may_be_in(bared) and self.pattern.search(text) is not None

    def all_in(self, text: str, bared: str) -> Iterator[re.Match[str]]:
        """Each phrase in a text, in its order."""
        return self.pattern.finditer(text) if self.may_be_in(bared) else iter(())


def bare(text: str) -> str:
    """A text in which the unaccented letters that a pattern matches whatever their case are in lower case."""
    # To a pattern, the dotless i of Turkish and its capital with a dot are forms of i.
    return text.casefold().replace("\u0131", "i").replace("\u0307", "")
