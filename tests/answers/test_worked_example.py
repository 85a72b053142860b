"""The worked example of demand and value in docs/methods.md, through the functions that publish the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.answers import Market
from pipeline.answers.value import credential_value
from pipeline.settings import SuppressionSettings, load_settings
from tests.matching.worlds import weighed

from .markets import market

# Posting: role, vacancies, hourly wage, education.
POSTINGS: dict[str, tuple[str, int, float | None, str | None]] = {
    "d1": ("welder", 4, 28.0, "trade"), "d2": ("welder", 1, 30.0, "college"), "d3": ("welder", 1, 34.0, "secondary"),
    "d4": ("welder", 1, 36.0, "bachelor"), "d5": ("welder", 1, None, None), "d6": ("cook", 3, 20.0, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    text = (Path(__file__).resolve().parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    return " ".join(text.split("### Of demand and value")[1].split())


def example(min_postings: int) -> Market:
    postings = weighed(*(
        {"posting_id": name, "role_id": role, "vacancies": vacancies, "wage_low": wage, "education": education}
        for name, (role, vacancies, wage, education) in POSTINGS.items()
    ))  # fmt: skip
    settings = load_settings().model_copy(update={"suppression": SuppressionSettings(min_postings=min_postings)})
    return market(postings, {("course", "welder"): settings.value.min_coverage}, settings)


def row(table: pa.Table, key: str, value: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [each for each in table.to_pylist() if each[key] == value]
    assert len(found) == 1
    return found[0]


def test_the_postings_are_those_of_the_page(page: str) -> None:
    for name, (role, vacancies, wage, education) in POSTINGS.items():
        if role == "welder":
            cells = [name, str(vacancies), f"{wage:g}" if wage else "", education or ""]
            assert " ".join(f"| {' | '.join(cells)} |".split()) in page


def test_demand(page: str) -> None:
    welder = row(example(3).role_demand, "role_id", "welder")
    assert f"= {welder['growth']:.9f}" in page
    for name in ("growth_low", "growth_high", "no_degree_share_low", "no_degree_share_high"):
        assert f"{name} = {welder[name]:.6f}" in page, (name, welder[name])
    assert (welder["wage_median"], welder["wage_median_low"], welder["wage_median_high"]) == (28.0, 28.0, 36.0)
    assert "the median is 28:" in page and "the interval runs from 28 to 36" in page
    assert f"no_degree_share = 3 / 4 = {welder['no_degree_share']:g}" in page


def test_value(page: str) -> None:
    hidden = row(credential_value(example(3)), "credential_id", "course")
    assert (hidden["wage_median_all"], hidden["wage_ratio"], hidden["vacancies_share"]) == (28.0, 1.0, 1.0)
    assert "`wage_median_all` is the welder's 28, `wage_ratio` 1 and `vacancies_share` 1" in page
    shown = row(credential_value(example(1)), "credential_id", "course")
    assert shown["wage_median_all"] == 28.0
    assert f"8 / 11 = {shown['vacancies_share']:.9f}" in page
