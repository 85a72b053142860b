"""Figures, quotations and counted words as each language writes them."""

from __future__ import annotations

import pytest

from pipeline.asking.typography import counted, filled, number, quoted, written


def test_numbers_are_written_as_the_language_does() -> None:
    assert (number(1234.5, "en"), number(1234.5, "fr"), number(None, "fr")) == ("1,234.5", "1\u00a0234,5", "–")
    assert (number(0.660587, "en", 6), number(0.660587, "fr", 6)) == ("0.660587", "0,660587")


@pytest.mark.parametrize(
    ("figure", "french"), [("-0.25", "-0,25"), ("1e-05", "1e-05"), ("1,234,567", "1\u00a0234\u00a0567"), ("7", "7")]
)
def test_a_figure_that_is_written_already(figure: str, french: str) -> None:
    assert (written(figure, "en"), written(figure, "fr")) == (figure, french)


def test_a_quotation_stands_between_the_marks_of_the_language() -> None:
    assert (quoted("a, b.", "en"), quoted("a, b.", "fr")) == ("“a, b.”", "«\u00a0a, b.\u00a0»")


def test_french_has_the_singular_for_nothing() -> None:
    assert [counted(n, "en", "one", "more") for n in (0, 1, 2)] == ["more", "one", "more"]
    assert [counted(n, "fr", "one", "more") for n in (0, 1, 2)] == ["one", "one", "more"]


def test_figures_of_a_template_are_written_and_its_texts_are_left() -> None:
    template = "{0:+.2f} {0:,.1f} {name}: {count:,} {{}}"
    values = {"name": "v1.0, beta", "count": 1200}
    assert filled(template, "en", 1234.5, **values) == "+1234.50 1,234.5 v1.0, beta: 1,200 {}"
    assert filled(template, "fr", 1234.5, **values) == "+1234,50 1\u00a0234,5 v1.0, beta: 1\u00a0200 {}"
