"""The words of the site in one language, and how that language writes numbers, money and dates.

The words lie in words/en.toml and words/fr.toml, which have the same keys. Pages that are made when the site is built
and scripts that run in the reader's browser use the same file.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, Language] = ("en", "fr")
OTHER: dict[Language, Language] = {"en": "fr", "fr": "en"}

NARROW, WIDE = "\u202f", "\u00a0"  # spaces that do not break: within a number, before a sign
Section = dict[str, "str | Section"]


@dataclass(frozen=True)
class Words:
    """Words and forms of one language."""

    language: Language
    sections: Section

    def __getitem__(self, path: str) -> str:
        """A text by its path, such as "overview.title".

        Raises:
            KeyError: there is no such text.
        """
        found: str | Section = self.sections
        for key in path.split("."):
            if not isinstance(found, dict):
                raise KeyError(path)
            found = found[key]
        if not isinstance(found, str):
            raise KeyError(path)
        return found

    def number(self, value: float | None, places: int = 0) -> str:
        """A number with its thousands apart; a dash where there is none."""
        if value is None:
            return "–"
        text = f"{value:,.{places}f}"
        return text if self.language == "en" else text.replace(",", NARROW).replace(".", ",")

    def percent(self, share: float | None, places: int = 0) -> str:
        """A share of 1 in percent."""
        if share is None:
            return "–"
        sign = "%" if self.language == "en" else f"{WIDE}%"
        return self.number(share * 100, places) + sign

    def money(self, value: float | None, currency: str) -> str:
        """An amount; Canadian dollars by their sign, others by their code."""
        if value is None:
            return "–"
        amount = self.number(value, 2)
        if currency == "CAD":
            return f"${amount}" if self.language == "en" else f"{amount}{WIDE}$"
        return f"{currency}{WIDE}{amount}" if self.language == "en" else f"{amount}{WIDE}{currency}"

    def date(self, iso: str) -> str:
        """An ISO date in full; what is no date comes back as it is."""
        try:
            day = date.fromisoformat(iso)
        except ValueError:
            return iso
        month = self[f"months.m{day.month}"]
        if self.language == "en":
            return f"{month} {day.day}, {day.year}"
        return f"{day.day if day.day > 1 else '1er'} {month} {day.year}"

    def fill(self, path: str, **values: str) -> str:
        """A text with its gaps filled."""
        return self[path].format(**values)

    def known(self, path: str, otherwise: str = "") -> str:
        """A text that may not be there, as for a sector of another taxonomy."""
        try:
            return self[path]
        except KeyError:
            return otherwise


@cache
def load_words(language: Language) -> Words:
    """Reads the words of a language."""
    text = files("pipeline.report").joinpath(f"words/{language}.toml").read_text(encoding="utf-8")
    return Words(language, tomllib.loads(text))
