"""What must hold before anything is published."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline.errors import GateError
from pipeline.lake import coded
from pipeline.publish import Check, contract_checks, hold_back, sanity_checks
from pipeline.settings import GateSettings, load_settings
from pipeline.tables import TABLES

from .small import ROWS, Rows, tables, with_row


def failures(checked: dict[str, pa.Table]) -> dict[str, str]:
    """The detail of each contract check that failed, by name."""
    return {check.name: check.detail for check in contract_checks(checked) if not check.passed}


def test_whole_tables_pass_every_check() -> None:
    checks = contract_checks(tables())
    assert all(check.passed for check in checks)
    names = {check.name for check in checks}
    assert len(names) == len(checks)
    assert {"skills key", "postings.role_id reference", "matches.coverage range", "evidence.sentence filled"} <= names
    hold_back(checks)


def test_empty_tables_keep_the_contract() -> None:
    assert failures({name: table.schema.empty_table() for name, table in TABLES.items()}) == {}


def test_a_duplicate_key_is_found_and_named() -> None:
    twice = {"credential_skills": [*ROWS["credential_skills"], ROWS["credential_skills"][0]]}
    found = failures(tables(**twice))
    assert list(found) == ["credential_skills key"]
    assert "1 rows" in found["credential_skills key"]
    assert "('cred:weld', 's:weld')" in found["credential_skills key"]


def held(table: pa.Table) -> pa.Table:
    """The table with its strings in dictionaries, as the largest ones are held until they are written."""
    columns = coded(table).columns
    kinds = [field.with_type(column.type) for field, column in zip(table.schema, columns, strict=True)]
    return pa.table(columns, schema=pa.schema(kinds))


def test_a_duplicate_key_is_found_in_strings_that_are_held_in_dictionaries() -> None:
    """The same is said of a table whichever way it lies in memory, sorted or not."""
    (row, *rows) = ROWS["evidence"]
    for given in ([row, *rows], [*reversed(rows), row], [row, row, *rows], [row, *rows, row]):
        plain = tables(evidence=given)
        checks = contract_checks(plain | {"evidence": held(plain["evidence"])})
        assert checks == contract_checks(plain)
        assert all(check.passed for check in checks) == (len(given) == len(rows) + 1)


def test_a_string_that_stands_twice_in_a_dictionary_hides_no_duplicate() -> None:
    once = held(tables()["evidence"].slice(0, 1))
    columns = once.take(pa.array([0, 0])).columns
    for place, column in enumerate(columns):
        if once.column_names[place] in TABLES["evidence"].key:
            strings = [column[0].as_py()] * 2
            columns[place] = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), strings)
    twice = pa.table(columns, schema=once.schema)
    assert list(failures(tables() | {"evidence": twice})) == ["evidence key"]


@pytest.mark.parametrize(
    ("table", "column", "key"),
    [("matches", "coverage", "cred:weld"), ("skills", "label_fr", "s:weld"), ("postings", "in_window", "made:p1")],
)
def test_a_null_is_found_and_named(table: str, column: str, key: str) -> None:
    found = failures(tables(**with_row(table, 0, **{column: None})))
    assert key in found[f"{table}.{column} filled"]


def test_what_may_be_empty_may_be_empty() -> None:
    assert failures(tables(**with_row("postings", 0, role_id=None, wage_low=None, region=None))) == {}


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("matches", "coverage", 1.0000001),
        ("matches", "coverage_low", -0.01),
        ("matches", "relevance", float("nan")),
        ("role_skills", "importance", float("inf")),
        ("role_demand", "growth", float("nan")),  # has no bounds, but must be a number
        ("role_demand", "growth", float("-inf")),
        ("matches", "rank_in_role", 0),
        ("evidence", "sentences", 0),
        ("postings", "vacancies", -1),
    ],
)
def test_a_value_out_of_range_is_found_and_named(table: str, column: str, value: float) -> None:
    found = failures(tables(**with_row(table, 0, **{column: value})))
    assert list(found) == [f"{table}.{column} range"]
    assert f"{value!r}" in found[f"{table}.{column} range"]
    assert str(ROWS[table][0][TABLES[table].key[0]]) in found[f"{table}.{column} range"]


@pytest.mark.parametrize(
    ("table", "column", "other"),
    [
        ("postings", "role_id", "roles"),
        ("matches", "credential_id", "credentials"),
        ("match_skills", "taught_skill_id", "skills"),
        ("evidence", "skill_id", "skills"),
    ],
)
def test_a_dangling_reference_is_found_and_named(table: str, column: str, other: str) -> None:
    found = failures(tables(**with_row(table, 0, **{column: "x:nowhere"})))
    assert list(found) == [f"{table}.{column} reference"]
    assert "x:nowhere" in found[f"{table}.{column} reference"]
    assert other in found[f"{table}.{column} reference"]


def test_only_a_few_rows_of_many_are_shown_and_all_are_counted() -> None:
    rows = [ROWS["credential_skills"][0] | {"skill_id": f"x:{i:02d}"} for i in range(20)]
    detail = failures(tables(credential_skills=rows))["credential_skills.skill_id reference"]
    assert detail.startswith("20 rows")
    assert [f"x:{i:02d}" in detail for i in range(5)] == [True, True, True, False, False]


@pytest.mark.parametrize("name", list(TABLES))
def test_a_missing_column_is_found_whichever_table_lacks_it(name: str) -> None:
    # Other tables refer to the first column of some: those checks must not fall over.
    whole = tables()
    found = failures(whole | {name: whole[name].drop_columns([TABLES[name].columns[0].name])})
    assert f"{name} schema" in found


def test_one_column_more_is_another_schema() -> None:
    whole = tables()
    more = whole["skills"].append_column("more", whole["skills"]["skill_id"])
    assert list(failures(whole | {"skills": more})) == ["skills schema"]


def test_another_type_is_another_schema() -> None:
    whole = tables()
    at = whole["matches"].schema.get_field_index("coverage")
    narrow = whole["matches"].set_column(at, "coverage", whole["matches"]["coverage"].cast(pa.float32()))
    assert list(failures(whole | {"matches": narrow})) == ["matches schema"]


def test_a_missing_table_is_found() -> None:
    whole = tables()
    del whole["matches"]
    assert "matches schema" in failures(whole)


def test_a_missing_table_that_others_refer_to_is_found() -> None:
    whole = tables()
    del whole["skills"]
    assert "skills schema" in failures(whole)


# --- Sanity ---------------------------------------------------------------------------------------------------------


def gate_settings(**changes: float) -> GateSettings:
    values = {
        "min_linked_postings": 0.5, "min_linked_credentials": 0.5, "min_links_per_posting": 1.0, "max_quarantined": 0.5,
        "min_assigned_postings": 0.5,
    }  # fmt: skip
    return GateSettings(**load_settings().gate.model_dump() | values | changes)


def insane(changed: dict[str, Rows] | None = None, quarantined: int = 0, **changes: float) -> set[str]:
    """The names of the sanity checks that fail."""
    checks = sanity_checks(tables(**changed or {}), quarantined, gate_settings(**changes))
    return {check.name for check in checks if not check.passed}


def test_a_plausible_snapshot_passes() -> None:
    assert insane() == set()


def test_no_skills_found_in_postings_fails() -> None:
    nothing = {"postings": [row | {"skills": 0} for row in ROWS["postings"]]}
    assert insane(nothing) == {"postings in which skills were found", "skills found per posting"}


def test_no_skills_found_in_credentials_fails() -> None:
    nothing = {"credentials": [row | {"skills": 0} for row in ROWS["credentials"]]}
    assert insane(nothing) == {"credentials in which skills were found"}


def test_no_postings_fails() -> None:
    assert {"postings received", "postings in which skills were found"} <= insane({"postings": [], "role_demand": []})


def test_no_credentials_fails() -> None:
    assert "credentials received" in insane({"credentials": []})


@pytest.mark.parametrize(
    ("place", "values", "fails"),
    [
        (0, {"postings": 3}, True),
        (0, {"postings": None}, True),
        (1, {"region": "CA-ON"}, True),
        (1, {"suppressed": True, "postings": None}, False),
        (0, {"suppressed": True, "postings": None}, False),
        (1, {"role_id": "r:nurse"}, True),
    ],
)  # fmt: skip
def test_demand_that_counts_other_postings_fails(place: int, values: dict[str, object], fails: bool) -> None:
    assert insane(with_row("role_demand", place, **values)) == ({"postings reconcile with demand"} if fails else set())


def test_a_role_without_its_row_of_demand_fails() -> None:
    assert insane({"role_demand": ROWS["role_demand"][:1]}) == {"postings reconcile with demand"}


def test_postings_that_do_not_count_need_no_row() -> None:
    old = {"postings": [row | {"in_window": False} for row in ROWS["postings"]], "role_demand": []}
    assert "postings reconcile with demand" not in insane(old)


def test_no_profile_fails() -> None:
    assert insane({"role_skills": []}) == {"roles profiled"}


def test_too_much_quarantine_fails() -> None:
    # Three postings and two credentials: 5 quarantined of 10 received are half, 6 of 11 are more.
    assert insane(quarantined=5) == set()
    assert insane(quarantined=6) == {"quarantined records"}
    assert insane(quarantined=1, max_quarantined=0.0) == {"quarantined records"}


def test_the_thresholds_are_those_of_the_settings() -> None:
    # Skills were found in 2 of 3 postings, 3 skills in 3 postings, and 2 of 3 postings found their role.
    assert insane(min_linked_postings=0.67) == {"postings in which skills were found"}
    assert insane(min_links_per_posting=1.01) == {"skills found per posting"}
    assert len(insane(min_assigned_postings=0.67)) == 1


def test_what_was_seen_and_what_is_expected_are_said() -> None:
    checks = sanity_checks(tables(**{"credentials": []}), 9, gate_settings())
    details = {check.name: check.detail for check in checks}
    assert details["credentials in which skills were found"] == "0, where at least 0.5 is expected"
    assert details["quarantined records"] == "9 of 12 are in quarantine; at most 50% may be"


def test_hold_back_names_every_failed_check() -> None:
    checks = [
        Check("matches key", False, "2 rows share the key, such as ('a', 'b')"),
        Check("skills key", True, "holds"),
        Check("postings received", False, "0 postings are in the lake"),
    ]
    with pytest.raises(GateError) as caught:
        hold_back(checks)
    message = str(caught.value)
    assert "2 of 3 checks failed" in message
    assert "matches key: 2 rows share the key, such as ('a', 'b')" in message
    assert "postings received: 0 postings are in the lake" in message
    assert "skills key" not in message


def test_hold_back_lets_pass_what_passes() -> None:
    hold_back([])
    hold_back([Check("skills key", True, "holds")])
