"""How a language writes figures, quotations and counted words: the one home of this for what is printed and briefs.

Imports nothing that takes time, so that the command line may use it for its help.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pipeline.ingest import Language

NO_BREAK: Final = "\u00a0"  # French sets it within figures, before a unit, and inside its quotation marks


def written(figure: str, language: Language) -> str:
    """A figure that Python wrote the English way, as readers of the language write it.

    Args:
        figure: digits with a decimal point, and commas between thousands if at all: "1,234.5".
        language: of the readers.
    """
    return figure if language == "en" else figure.replace(",", NO_BREAK).replace(".", ",")


def number(value: float | None, language: Language, decimals: int = 1) -> str:
    """A figure as readers of the language write it; a dash where there is none."""
    return "–" if value is None else written(f"{value:,.{decimals}f}", language)


def quoted(text: str, language: Language) -> str:
    """A text between the quotation marks of the language."""
    return f"“{text}”" if language == "en" else f"«{NO_BREAK}{text}{NO_BREAK}»"


def counted(count: int, language: Language, one: str, several: str) -> str:
    """The form of a word that goes with a count: French has the singular for 0 too.

    Args:
        count: how many.
        language: of the word.
        one: the singular.
        several: the plural.
    """
    return one if count == 1 or (language == "fr" and count == 0) else several


class _Gaps(Formatter):
    """Fills the gaps of a template, figures as the language writes them."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: object, format_spec: str) -> str:
        """One gap: a number by its format and then by the language, anything else as `str.format` does."""
        text = format(value, format_spec)
        return written(text, self.language) if isinstance(value, int | float) else text


def filled(template: str, language: Language, *values: object, **named: object) -> str:
    """A template of `str.format` with its gaps filled, figures as readers of the language write them."""
    gaps: Sequence[object] = values
    return _Gaps(language).vformat(template, gaps, named)
