"""The mapping files of the project: that they are right, and what becomes of the real postings behind them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.job_posting import posting_from_row
from pipeline.ingest.mapping import Mapping, find_mapping, load_mapping
from pipeline.ingest.reader import ReadContext
from pipeline.ingest.records import Posting, Rejected, StatedSkill
from pipeline.ingest.tabular import read_rows

CONTEXT = ReadContext("postings", "unnamed")
REAL = ("jobbank-alberta", "francetravail", "greenhouse", "lever", "ashby")


def sources(root: Path) -> Path:
    return root / "configs" / "sources"


def read(path: Path, mapping: Mapping) -> list[Posting | Rejected]:
    return [
        row if isinstance(row, Rejected) else posting_from_row(row, mapping, CONTEXT)
        for row in read_rows(path, mapping, CONTEXT)
    ]


def real(root: Path, path: Path) -> tuple[list[Posting], list[Rejected]]:
    mapping = find_mapping(path, [sources(root)])
    assert mapping is not None, path.name
    records = read(path, mapping)
    return [r for r in records if isinstance(r, Posting)], [r for r in records if isinstance(r, Rejected)]


def stated(postings: list[Posting], field: str) -> int:
    return sum(getattr(posting, field) is not None for posting in postings)


def test_every_mapping_file_is_right_and_names_itself(root: Path) -> None:
    names = []
    for path in sorted(sources(root).glob("*.toml")):
        mapping = load_mapping(path)
        assert mapping.source.name == path.stem
        assert mapping.source.files, f"{path.name} fits no file by itself"
        names.append(mapping.source.name)
    assert {*REAL, "edx-courses"} <= set(names)


def test_job_bank(root: Path, shared_data: Path) -> None:
    postings, rejected = real(root, shared_data / "postings" / "jobbank_alberta_2022.jsonl")
    assert len(postings) + len(rejected) == 531
    assert Counter(one.reason.value for one in rejected) == {"missing_text": 18}  # they list a schooling and no task
    assert {posting.language for posting in postings} == {"en"}
    assert {posting.region for posting in postings} == {"CA-AB"}
    assert (
        stated(postings, "posted_on") == stated(postings, "education") == stated(postings, "experience_months") == 513
    )
    assert stated(postings, "wage_low") == 510  # not: pay by the mile, by the piece, and 35 dollars a week
    assert stated(postings, "hours_per_week") == 511
    assert stated(postings, "vacancies") == 253
    first = next(posting for posting in postings if posting.source_id == "1")
    assert (first.title, first.employer, first.locality) == (
        "telecommunications technician",
        "CHEEMA SMART SOLUTIONS LTD.",
        "Edmonton",
    )
    assert (first.posted_on, first.wage_low, first.wage_currency) == (date(2022, 7, 6), 31.0, "CAD")
    assert (first.hours_per_week, first.education, first.experience_months) == (37.5, "college", 12)
    assert first.url == "https://www.jobbank.gc.ca/jobsearch/jobposting/36510871?source=searchresults"
    parts = {part.name: part.text.split("\n") for part in first.parts}
    assert "Install telephone" not in parts["requirement"]
    assert "Test installed telephone systems to locate transmission faults" in parts["responsibility"]
    assert {"Weight Handling: Up to 23 kg (50 lbs)", "Team player", "Steel-toed safety boots"} <= set(
        parts["requirement"]
    )
    assert "Outdoors" in parts["description"]
    assert not {"English", "Languages", "Experience", "Job requirements"} & {
        line for text in parts.values() for line in text
    }


@pytest.mark.parametrize(
    ("stated_wage", "low", "high", "hours"),
    [
        ("$47,790 to $69,295 YEAR annually", 22.91, 33.23, 40.0),
        ("$87,900 to $95,900 YEAR annually", 32.11, 35.03, 52.5),
        ("$1,442.5 WEEKLY weekly", 48.08, 48.08, 30.0),
        ("$3,500 to $5,000 MONTH monthly", 21.54, 30.77, 37.4),
        ("$675.00 to $700.00 DAY daily", 40.18, 41.67, 84.0),
        ("$35 to $45 WEEKLY weekly", None, None, 30.0),
        ("$30.00 commission per piece", None, None, None),
    ],
)
def test_job_bank_wages_checked_by_hand(
    root: Path, shared_data: Path, stated_wage: str, low: float | None, high: float | None, hours: float | None
) -> None:
    postings, _ = real(root, shared_data / "postings" / "jobbank_alberta_2022.jsonl")
    (posting,) = [one for one in postings if one.wage_stated == stated_wage]
    assert (posting.wage_low, posting.wage_high, posting.hours_per_week) == (low, high, hours)


def test_france_travail(root: Path, shared_data: Path) -> None:
    postings, rejected = real(root, shared_data / "postings" / "francetravail_2025.jsonl")
    assert (len(postings), rejected) == (455, [])
    assert {posting.language for posting in postings} == {"fr"}
    assert {posting.region for posting in postings} == {"FR-01"}
    assert {posting.occupation_scheme for posting in postings} == {"rome"}
    assert stated(postings, "posted_on") == stated(postings, "vacancies") == 455
    assert stated(postings, "wage_low") == 245  # 190 say nothing, 11 no amount, 9 no unit that makes sense
    assert stated(postings, "experience_months") >= 405
    assert stated(postings, "industry_code") == 225
    assert sum(bool(posting.skills) for posting in postings) == 47
    wages = {posting.wage_stated: (posting.wage_low, posting.wage_high, posting.wage_currency) for posting in postings}
    assert wages["Horaire de 16,61 Euros à 25,01 Euros"] == (16.61, 25.01, "EUR")
    assert wages["Mensuel de 1764,00 Euros à 1911,00 Euros"] == (11.6, 12.57, "EUR")  # 35 hours: 152.075 a month
    assert wages["Annuel de 21622.0 Euros à 25000.0 Euros sur 12.0 mois"] == (11.85, 13.7, "EUR")
    assert wages["Annuel de 12,00 Euros"] == (None, None, None)
    first = next(posting for posting in postings if posting.source_id == "1215299")
    assert (first.employer, first.locality) == ("ENERGIS RH Villefranche-sur-Saône", "CONFRANCON")
    assert (first.occupation_code, first.industry_code, first.industry_scheme) == ("H2903", "78.20Z", "naf")
    assert (first.experience_months, first.hours_per_week, first.wage_low) == (24, 39.0, None)


def test_boards_of_applicant_systems(root: Path, shared_data: Path) -> None:
    folder = shared_data / "postings" / "ats_fixtures"
    greenhouse, refused = real(root, folder / "greenhouse.json")
    assert (len(greenhouse), refused) == (2, [])
    first = greenhouse[0]
    assert (first.employer, first.country, first.posted_on) == ("GitLab", "IT", date(2026, 4, 17))
    parts = {part.name: part.text for part in first.parts}
    assert parts["responsibility"].startswith("- Report to a Regional Sales Director")
    assert "- Fluent Italian language skills (required)." in parts["requirement"]
    assert "Parental Leave" in parts["benefit"]
    assert "<" not in "".join(parts.values()) and "&nbsp;" not in "".join(parts.values())
    lever, refused = real(root, folder / "lever.json")
    assert [(one.reason.value, one.detail) for one in refused] == [
        ("unsupported_language", "The text is in the language 'ko'; English and French are read.")
    ]
    (android,) = lever
    assert (android.wage_low, android.wage_high, android.wage_currency) == (71.92, 86.31, "USD")
    assert (android.region, android.experience_months) == ("US-NY", 36)
    assert [part.name for part in android.parts] == ["title", "description", "benefit", "responsibility", "requirement"]
    ashby, refused = real(root, folder / "ashby.json")
    assert (len(ashby), refused) == (2, [])
    assert [posting.experience_months for posting in ashby] == [60, 60]


def test_stated_skills_of_france_travail_are_kept(root: Path, shared_data: Path) -> None:
    postings, _ = real(root, shared_data / "postings" / "francetravail_2025.jsonl")
    skilled = next(posting for posting in postings if posting.skills)
    assert StatedSkill("Techniques de stockage optimisé", None, "fr") in skilled.skills


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.binary(max_size=200))
def test_no_bytes_raise_through_any_mapping(root: Path, tmp_path: Path, data: bytes) -> None:
    for name in REAL:
        mapping = load_mapping(sources(root) / f"{name}.toml")
        for suffix, start in (
            ("csv", b"key,job_title,job_requirement\n"),
            ("jsonl", b'{"id": "1", "lists": '),
            ("json", b""),
        ):
            path = tmp_path / f"x.{suffix}"
            path.write_bytes(start + data)
            read(path, mapping)


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30)
)
NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["libelle", "nom", "text", "content", "min", "name", "codePostal"]), inner)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_no_values_raise_through_any_mapping(root: Path, tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(REAL))
    mapping = load_mapping(sources(root) / f"{name}.toml")
    paths = [*mapping.fields.values(), *mapping.parts.values()]
    columns = sorted({path.split(".")[0] for some in paths for path in some} | {"lists", "content", "job_requirement"})
    record = data.draw(st.dictionaries(st.sampled_from(columns), NESTED, max_size=8))
    path = tmp_path / "x.jsonl"
    try:
        path.write_bytes(orjson.dumps(record))
    except orjson.JSONEncodeError:
        return
    (found,) = read(path, mapping) or [None]
    assert isinstance(found, Posting | Rejected)
