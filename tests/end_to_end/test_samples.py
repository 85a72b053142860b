"""What the bundled sample must hold for the tests and the demo to mean anything."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from .tools import rows


def test_there_are_enough_of_both(sample_lake: Path) -> None:
    assert rows(sample_lake, "SELECT count(*) AS n FROM postings")[0]["n"] >= 150
    assert rows(sample_lake, "SELECT count(*) AS n FROM credentials")[0]["n"] >= 40


def test_half_of_the_postings_are_in_each_language(sample_lake: Path) -> None:
    found = {
        row["language"]: row["n"]
        for row in rows(sample_lake, "SELECT language, count(*) AS n FROM postings GROUP BY 1")
    }
    assert found.keys() == {"en", "fr"}
    assert abs(found["en"] - found["fr"]) <= 2


def test_credentials_are_in_both_languages_alike(sample_lake: Path) -> None:
    languages = [tuple(row["languages"]) for row in rows(sample_lake, "SELECT languages FROM credentials")]
    by_kind = Counter(languages)
    assert by_kind.keys() == {("en",), ("fr",), ("en", "fr")}
    assert by_kind["en", "fr"] >= 15
    assert abs(by_kind[("en",)] - by_kind[("fr",)]) <= 6
    titled = rows(
        sample_lake, "SELECT count(*) AS n FROM credentials WHERE title_en IS NOT NULL AND title_fr IS NOT NULL"
    )
    assert titled[0]["n"] >= 15


def test_each_sector_is_there(sample_lake: Path) -> None:
    sectors = rows(
        sample_lake,
        "SELECT sector, count(*) FILTER (profiled) AS roles, sum(postings) AS postings FROM roles GROUP BY sector",
    )
    assert len(sectors) == 6
    assert all(row["roles"] >= 1 and row["postings"] >= 20 for row in sectors), sectors
