"""Official statistics: what is read, what is left out, and what stops the run."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import SettingsError
from pipeline.ingest import OfficialKind, OfficialTables, official_file, official_hash, read_official

LIMIT = 2_000_000


@pytest.fixture
def packaged(root: Path) -> Path:
    return root / "configs" / "official"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def read(
    folder: Path, kind: OfficialKind, text: str, mapping: str = "", packaged: Path = Path(), name: str = "given.csv"
) -> OfficialTables:
    named = str(write(folder / "mapping.toml", mapping)) if mapping else ""
    return read_official([official_file(kind, write(folder / name, text), named, packaged)], LIMIT, LIMIT)


def details(tables: OfficialTables) -> dict[str, str]:
    return {row.position: row.detail for row in tables.rejected}


MAPPING = """
[source]
name = "survey"
kind = "vacancies"
header = ["place", "job", "count"]
null_values = ["..", "F"]
[fields]
occupation_code = "job"
region = "place"
vacancies = "count"
[constants]
country = "CA"
"""


def test_counts_of_a_file_without_a_header(tmp_path: Path) -> None:
    text = (
        'Canada,Cooks [63200],"1,250"\nQuébec,Cooks [63200],300\nOnt.,63200 Cuisiniers,F\nNouveau-Brunswick,#63200,5\n'
    )
    found = read(tmp_path, "vacancies", text, MAPPING)
    assert found.vacancies.to_pylist() == [
        {"scheme": "noc_2021", "code": "63200", "region": "ALL", "vacancies": 1250.0},
        {"scheme": "noc_2021", "code": "63200", "region": "CA-QC", "vacancies": 300.0},
        {"scheme": "noc_2021", "code": "63200", "region": "CA-NB", "vacancies": 5.0},
    ]
    assert found.rejected == (), "a row without a figure is no row, and nothing is wrong with it"
    assert found.rows == 3


def test_a_row_that_cannot_be_read_is_left_out_and_told_with_its_line(tmp_path: Path) -> None:
    text = (
        "Canada,63200,10\nCanada,6320,10\nAtlantis,63200,10\nQuébec,63200,many\nOntario,63200,-3\n"
        "Canada,63200,11\nCanada,63201,7,8\n"
    )
    found = read(tmp_path, "vacancies", text, MAPPING)
    assert [row["vacancies"] for row in found.vacancies.to_pylist()] == [10.0]
    assert details(found) == {
        "2": "The occupation code '6320' is none of 5 digits (noc_2021).",
        "3": "The region 'Atlantis' is not known; a name, a code of ISO 3166-2 or a country is.",
        "4": "vacancies is 'many', which is no number.",
        "5": "vacancies is -3, which is below zero.",
        "6": "There is another row for the code 63200 in the region ALL.",
        "7": "The row has 4 fields, the header 3.",
    }
    assert {row.file for row in found.rejected} == {"given.csv"}


def test_columns_with_the_fields_own_names_need_no_mapping(tmp_path: Path) -> None:
    text = "occupation_code,region,outlook,growth_percent\n63200,QC,très bonnes,-1.25\n72106,,,0.5%\n"
    assert read(tmp_path, "outlooks", text).outlooks.to_pylist() == [
        {"scheme": "noc_2021", "code": "63200", "region": "CA-QC", "outlook": "très bonnes", "growth": -0.0125},
        {"scheme": "noc_2021", "code": "72106", "region": "ALL", "outlook": None, "growth": 0.005},
    ]


def test_wages_become_hourly(tmp_path: Path) -> None:
    # 62,568 a year at 40 hours a week: 62,568/(52.14 x 40) = 30. At 37.5 hours, 39,105/(52.14 x 37.5) = 20.
    text = (
        "occupation_code,wage_low,wage_median,wage_high,wage_unit,wage_currency,hours_per_week\n"
        "63200,15.5,18,25,hour,CAD,\n63201,,62568,,year,CAD,40\n63202,39105,,,annuel,,37.5000\n"
    )
    found = read(tmp_path, "wages", text).wages.to_pylist()
    assert [(row["code"], row["low"], row["median"], row["high"], row["currency"]) for row in found] == [
        ("63200", 15.5, 18.0, 25.0, "CAD"), ("63201", None, 30.0, None, "CAD"), ("63202", 20.0, None, None, None),
    ]  # fmt: skip


def test_wages_that_cannot_be_are_left_out(tmp_path: Path) -> None:
    text = (
        "occupation_code,wage_low,wage_median,wage_high,wage_unit\n63200,15,18,25,hour\n63201,15,18,12,hour\n"
        "63202,15,60000,90,hour\n63203,15,18,25,moon\n63204,0,18,25,hour\n"
    )
    found = read(tmp_path, "wages", text)
    assert found.wages["code"].to_pylist() == ["63200"]
    assert details(found) == {
        "3": "The wages are not in order: low, median, high.",
        "4": "The wage (median 60000) per hour is not plausible.",
        "5": "wage_unit is 'moon': what the wage is per is not known.",
        "6": "The wage (low 0) per hour is not plausible.",
    }


def test_codes_of_isco(tmp_path: Path) -> None:
    text = "occupation_code,occupation_scheme,vacancies\n7212,isco_08,4\n7212,soc,4\n"
    found = read(tmp_path, "vacancies", text)
    assert found.vacancies.to_pylist() == [{"scheme": "isco_08", "code": "7212", "region": "ALL", "vacancies": 4.0}]
    assert details(found)["3"].startswith("The occupation scheme 'soc' is not known")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("given.csv", "", ["given.csv, file:", "no header line"]),
        ("given.csv", "code,n\n63200,5\n", ["given.csv, line 2:", "occupation code ''", "No row", "(1 tried)"]),
        ("given.parquet", "no parquet", ["given.parquet, file:", "not readable Parquet"]),
        ("given.xlsx", "x", ["given.xlsx, file:", "is not read"]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_stops_at_once(tmp_path: Path, name: str, text: str, said: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, "vacancies", text, name=name)
    assert [words for words in ["[official] vacancies:", *said] if words not in str(caught.value)] == []


def test_hostile_bytes_cost_their_own_line(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(b'occupation_code,vacancies\n63200,5\n63201,\xff\xfe\n"63202,7\n63203,1e999\n63204,NaN\n63205,6\n')
    found = read_official([official_file("vacancies", path, "", tmp_path)], LIMIT, LIMIT)
    assert found.vacancies["code"].to_pylist() == ["63200", "63205"]
    assert len(found.rejected) == 4


def test_a_file_or_mapping_that_is_not_there_is_named(tmp_path: Path, packaged: Path) -> None:
    given = write(tmp_path / "given.csv", "occupation_code,vacancies\n63200,5\n")
    with pytest.raises(SettingsError, match=r"\[official\] wages: the file .*none.csv is not there"):
        official_file("wages", tmp_path / "none.csv", "", packaged)
    with pytest.raises(SettingsError, match=r"wages_mapping: nowhere is no file.*workbc-outlooks, workbc-wages"):
        official_file("wages", given, "nowhere", packaged)
    with pytest.raises(SettingsError, match="maps outlooks, not wages"):
        official_file("wages", given, "workbc-outlooks", packaged)
    wrong = write(tmp_path / "wrong.toml", '[source]\nname = "x"\nkind = "wages"\n[parts]\ndescription = "d"\n')
    with pytest.raises(SettingsError, match="parts: 'description' is not allowed"):
        official_file("wages", given, str(wrong), packaged)


def test_the_hash_is_that_of_what_is_said(tmp_path: Path) -> None:
    text = "occupation_code,vacancies\n63200,5\n"
    one = official_file("vacancies", write(tmp_path / "a.csv", text), "", tmp_path)
    same = official_file("vacancies", write(tmp_path / "b.csv", text), "", tmp_path)
    other = official_file("vacancies", write(tmp_path / "c.csv", text.replace("5", "6")), "", tmp_path)
    assert official_hash([one]) == official_hash([same]) != official_hash([other])
    mapped = official_file("vacancies", tmp_path / "a.csv", str(write(tmp_path / "m.toml", MAPPING)), tmp_path)
    assert official_hash([mapped]) != official_hash([one])
    wages = official_file("wages", tmp_path / "a.csv", "", tmp_path)
    assert official_hash([wages, one]) == official_hash([one, wages]) != official_hash([one])
    assert official_hash([]) == ""


def test_no_official_statistics_have_the_columns() -> None:
    none = OfficialTables.none()
    assert (none.rows, none.rejected) == (0, ())
    assert all(isinstance(table, pa.Table) for table in (none.wages, none.outlooks, none.vacancies))


def test_real_wages_and_outlooks_of_british_columbia(shared_data: Path, packaged: Path) -> None:
    folder = shared_data / "labour_market"
    files = [
        official_file("wages", folder / "wages.csv", "workbc-wages", packaged),
        official_file("outlooks", folder / "career_provincial.csv", "workbc-outlooks", packaged),
    ]
    found = read_official(files, LIMIT, 100_000_000)
    assert [row.detail for row in found.rejected] == []
    # 512 unit groups; the wages of 14 are all "N/A", and the growth of one.
    assert (found.wages.num_rows, found.outlooks.num_rows) == (498, 511)
    assert set(found.wages["region"].to_pylist()) == {"CA-BC"}
    by_code = {row["code"]: row for row in found.wages.to_pylist()}
    # Financial managers are paid by the hour, legislators by the year: 76,000/(52.14 x 34.27173913043478) = 42.53.
    assert (by_code["10010"]["median"], by_code["00010"]["median"]) == (57.69, 42.53)
    assert all(row["low"] is None or 10 < row["low"] <= row["median"] for row in by_code.values())
    outlook = {row["code"]: row["growth"] for row in found.outlooks.to_pylist()}
    assert outlook["00018"] == 0.014
