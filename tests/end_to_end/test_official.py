"""Official statistics from a file to the published tables."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from .conftest import Copy
from .tools import call_small, latest, rows

CODES = "SELECT DISTINCT r.noc_2021 FROM role_demand d JOIN roles r USING (role_id) WHERE d.region = 'ALL' ORDER BY 1"

TOTALS = """
SELECT sum(vacancies_weighted) AS total, min(weighting) AS weighting, max(official_vacancies) AS official
FROM role_demand JOIN roles USING (role_id) WHERE region = 'ALL' AND noc_2021 = ?
"""


def test_counts_weigh_demand_and_are_part_of_the_snapshot(
    small_lake: Path, copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = copy(small_lake)
    before = latest(lake)
    codes = [str(row["noc_2021"]) for row in rows(lake, CODES)]
    assert codes
    counts = tmp_path / "vacancies.csv"
    text = "occupation_code,vacancies\n" + "".join(f"{code},1000\n" for code in codes)
    counts.write_text(f"{text}6,1\n", encoding="utf-8")
    monkeypatch.setenv("PASSERELLE_OFFICIAL__VACANCIES", str(counts))
    monkeypatch.setenv("PASSERELLE_OFFICIAL__MAX_WEIGHT_RATIO", "1000")
    monkeypatch.setenv("PASSERELLE_SUPPRESSION__MIN_POSTINGS", "1")

    ran = call_small("refresh", "--lake", lake)
    assert ran.code == 0, ran.err
    assert "1 rows of official statistics could not be read" in ran.out
    assert f"vacancies.csv, {len(codes) + 2}: The occupation code '6' is none of 5 digits" in ran.out
    weighed = latest(lake)
    assert weighed != before
    manifest = orjson.loads((lake / "snapshots" / weighed / "manifest.json").read_bytes())
    assert len(manifest["inputs"]["official"]) == 64
    assert (manifest["counts"]["official_rows"], manifest["counts"]["official_rows_rejected"]) == (len(codes), 1)
    for code in codes:
        (found,) = rows(lake, TOTALS, code)
        assert found["total"] == pytest.approx(1000, abs=1e-6)
        assert (found["weighting"], found["official"]) == ("official_vacancies", 1000.0)
    shown = call_small("show", "credential_value", "--lake", lake, "--lang", "fr", "--json")
    assert shown.json

    counts.write_text(text.replace("1000", "2000"), encoding="utf-8")
    assert call_small("refresh", "--lake", lake).code == 0
    assert latest(lake) not in (before, weighed), "other statistics, another snapshot"
    published = latest(lake)
    counts.write_text("no,codes\n1,2\n", encoding="utf-8")
    assert call_small("refresh", "--lake", lake).failed(2, "[official] vacancies", "vacancies.csv, line 2")
    assert latest(lake) == published
