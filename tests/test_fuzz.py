"""The fuzz targets without a fuzzer: kept inputs, whole inputs, and inputs drawn for each format."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.seeds import VALUES, WORDS, starting_inputs
from fuzz.targets import TARGETS, run, seeds

NOT_JSON = ("", "html", "csv", "parquet", "png", "svg", "jwt")
JSON_TARGETS = [name for name in TARGETS if name.partition("-")[2] not in NOT_JSON]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

scalars = st.sampled_from(VALUES) | st.sampled_from(WORDS) | st.text(max_size=30) | st.integers() | st.floats()
names = st.sampled_from(
    ["@type", "@id", "@graph", "@value", "@language", "title", "name", "description", "identifier", "id", "skills",
     "baseSalary", "value", "minValue", "datePosted", "jobLocation", "address", "credentialSubject", "achievement",
     "criteria", "narrative", "alignment", "source_id", "wage", "duration", "hasPart", "ceterms:name", "text"]
) | st.text(max_size=12)  # fmt: skip
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6), max_leaves=30
)
typed = st.builds(
    lambda kind, rest: {**rest, "@type": kind, "type": kind} if isinstance(rest, dict) else {"@type": kind, "x": rest},
    st.sampled_from(["JobPosting", "Course", "Achievement", "ceterms:Certificate", "AchievementCredential",
                     "ClrCredential", "EuropeanDigitalCredential"]),
    documents,
)  # fmt: skip
cells = st.sampled_from(WORDS) | st.text(max_size=20)
tables = st.lists(st.lists(cells, min_size=1, max_size=6), min_size=1, max_size=6)


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "linking"])
def test_kept_and_whole_inputs_break_nothing(name: str) -> None:
    for data in [*seeds(name), *starting_inputs(name), b"", b"\0", b"\xff\xfe"]:
        run(name, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", JSON_TARGETS)
@FEW
@given(value=typed | documents)
def test_any_json_breaks_no_reader(name: str, value: object) -> None:
    run(name, json.dumps(value).encode())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["postings-csv", "credentials-csv"])
@FEW
@given(rows=tables, delimiter=st.sampled_from(",;\t|"), encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_any_table_breaks_no_reader(name: str, rows: list[list[str]], delimiter: str, encoding: str) -> None:
    text = "\n".join(delimiter.join(row) for row in rows)
    run(name, text.encode(encoding, "replace"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fields", "text", "postings-html", "credentials-html", "settings", "linking"])
@FEW
@given(pieces=st.lists(st.sampled_from(WORDS) | st.text(max_size=40), max_size=12))
def test_any_text_breaks_no_parser(name: str, pieces: list[str]) -> None:
    run(name, " ".join(pieces).encode("utf-8", "surrogatepass"))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TARGETS.keys() - {"linking"}))
@FEW
@given(data=st.binary(max_size=300), place=st.integers(0, 5_000), other=st.binary(max_size=12))
def test_bytes_and_whole_inputs_with_other_bytes_in_them_break_nothing(
    name: str, data: bytes, place: int, other: bytes
) -> None:
    run(name, data)
    whole = next(iter(starting_inputs(name)), b"")
    run(name, whole[: place % (len(whole) + 1)] + other + whole[place % (len(whole) + 1) + len(other) :])
