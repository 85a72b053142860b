"""How far each credential covers each role, and the sum behind it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import floor

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lake import parquet_bytes
from pipeline.matching import Matched, match, role_profiles
from pipeline.settings import MatchingSettings
from pipeline.tables import ROLE_DEMAND

from .worlds import (
    NO_DEMAND,
    evidence,
    matching_settings,
    profile,
    profile_settings,
    shuffled,
    similar,
    teaches,
    use_threads,
    weighed,
)

pytestmark = pytest.mark.usefixtures("one_database")

Row = dict[str, object]

PROFILE = profile_settings(prior_postings=5.0)

# Role r asks for weld 0.5, lift 0.3, count 0.2. To stack is 0.7 like to lift; nobody asks for singing.
ROLE = profile(("r", "weld", 0.5), ("r", "lift", 0.3), ("r", "count", 0.2))
SIMILAR = similar({("lift", "stack"): 0.7, ("stack", "lift"): 0.7}, same=("weld", "lift", "count", "stack", "sing"))
POSTINGS = weighed(
    {"posting_id": "p1", "role_id": "r"}, {"posting_id": "p2", "role_id": "r"}, {"posting_id": "p3", "role_id": "q"}
)
ASKED = evidence({"p1": {"weld": 1.0, "lift": 0.8}, "p2": {"lift": 0.6, "count": 1.0}, "p3": {"lift": 1.0}})


def matched(
    taught: dict[str, dict[str, float]], role_skills: pa.Table = ROLE, similarity: pa.Table = SIMILAR, **changes: object
) -> Matched:
    chosen = matching_settings(**changes)
    return match(teaches(taught), role_skills, similarity, POSTINGS, ASKED, NO_DEMAND, chosen, PROFILE)


def scores(taught: dict[str, dict[str, float]], **changes: object) -> dict[tuple[str, str], Row]:
    """The matches by (credential, role)."""
    rows = matched(taught, **changes).matches.to_pylist()
    return {(row["credential_id"], row["role_id"]): row for row in rows}


def lines(taught: dict[str, dict[str, float]]) -> dict[str, Row]:
    """The rows behind the one match, by skill."""
    return {row["skill_id"]: row for row in matched(taught).match_skills.to_pylist()}


def test_coverage_by_hand() -> None:
    # weld 0.5 x 0.8 x 1 = 0.4; lift 0.3 x 0.9 x 0.7 (through stack) = 0.189; count: nothing. 0.589 in all.
    found = scores({"c": {"weld": 0.8, "stack": 0.9, "sing": 1.0}})["c", "r"]
    assert found["coverage"] == 0.589
    assert [found[f"skills_{status}"] for status in ("covered", "partial", "missing")] == [1, 1, 1]


def test_relevance_by_hand() -> None:
    # It teaches 0.8 + 0.9 + 1 = 2.7, of which weld 0.8 x 1 and stack 0.9 x 0.7 = 0.63 serve the role: 1.43/2.7
    found = scores({"c": {"weld": 0.8, "stack": 0.9, "sing": 1.0}})["c", "r"]
    assert found["relevance"] == pytest.approx(1.43 / 2.7, abs=1e-9)


def test_a_credential_that_teaches_only_what_is_asked_is_fully_relevant() -> None:
    assert scores({"c": {"weld": 0.3, "lift": 0.8}})["c", "r"]["relevance"] == 1.0


def test_the_sum_behind_a_match_by_hand() -> None:
    found = lines({"c": {"weld": 0.8, "stack": 0.9, "sing": 1.0}})
    names = ("importance", "taught_skill_id", "similarity", "confidence", "contribution", "status")
    assert {skill: tuple(row[name] for name in names) for skill, row in found.items()} == {
        "weld": (0.5, "weld", 1.0, 0.8, 0.4, "covered"),
        "lift": (0.3, "stack", 0.7, 0.9, 0.189, "partial"),
        "count": (0.2, None, 0.0, 0.0, 0.0, "missing"),
    }


def test_credit_is_the_best_of_what_is_taught() -> None:
    # lift itself at 0.5 is worth less than stack at 0.9 x 0.7 = 0.63; at 0.64 it is worth more.
    assert lines({"c": {"lift": 0.5, "stack": 0.9}})["lift"]["taught_skill_id"] == "stack"
    assert lines({"c": {"lift": 0.64, "stack": 0.9}})["lift"]["taught_skill_id"] == "lift"


def test_at_equal_credit_the_skill_itself_counts() -> None:
    # lift 0.7 x 1 and stack 1 x 0.7
    found = lines({"c": {"lift": 0.7, "stack": 1.0}})["lift"]
    assert (found["taught_skill_id"], found["status"]) == ("lift", "covered")


def test_teaching_everything_with_confidence_1_covers_everything() -> None:
    found = scores({"c": {"weld": 1.0, "lift": 1.0, "count": 1.0}})["c", "r"]
    assert (found["coverage"], found["relevance"], found["skills_missing"]) == (1.0, 1.0, 0)
    assert found["coverage_low"] == pytest.approx(1.0, abs=1e-6)
    assert found["coverage_high"] == 1.0


def test_full_coverage_is_the_sum_of_its_contributions_to_the_last_digit() -> None:
    # Six equal skills: 1/6 rounded up six times would be more than 1, and cut back to 1 it would not be the sum.
    skills = dict.fromkeys("uvwxyz", 1.0)
    postings, asked = weighed({"posting_id": "p", "role_id": "r"}), evidence({"p": skills})
    role_skills = role_profiles(postings, asked, profile_settings(), 1)
    found = match(
        teaches({"c": skills}), role_skills, similar({}, skills), postings, asked, NO_DEMAND, matching_settings(),
        profile_settings(),
    )  # fmt: skip
    assert found.matches["coverage"].to_pylist() == [1.0]
    assert sum(found.match_skills["contribution"].to_pylist()) == pytest.approx(1.0, abs=1e-10)


def test_a_credential_that_teaches_nothing_asked_has_no_match() -> None:
    assert scores({"c": {"sing": 1.0}}) == {}
    assert scores({}) == {}


@pytest.mark.parametrize(("minimum", "kept"), [(0.0, True), (0.2, True), (0.2001, False)])
def test_matches_that_cover_too_little_are_left_out(minimum: float, kept: bool) -> None:
    found = matched({"c": {"count": 1.0}}, min_coverage=minimum)  # covers 0.2
    assert (found.matches.num_rows == 1) is kept
    assert found.match_skills.num_rows == (3 if kept else 0)


def test_ranks_within_role_and_within_credential() -> None:
    # r: weld 0.5, lift 0.3, count 0.2; q: lift 1.
    #        r                       q
    #   a    0.5 + 0.3 = 0.8  (1)    1.0  (1)
    #   b    0.5              (2)    no match
    #   c    0.3              (3)    1.0  (2): as far and as relevant as a? a's relevance for q is 1/2, c's is 1
    role_skills = pa.concat_tables([ROLE, profile(("q", "lift", 1.0))])
    taught = {"a": {"weld": 1.0, "lift": 1.0}, "b": {"weld": 1.0}, "c": {"lift": 1.0}}
    found = scores(taught, role_skills=role_skills)
    assert {key: row["rank_in_role"] for key, row in found.items()} == {
        ("a", "r"): 1, ("b", "r"): 2, ("c", "r"): 3, ("c", "q"): 1, ("a", "q"): 2,
    }  # fmt: skip
    assert {key: row["rank_in_credential"] for key, row in found.items()} == {
        ("a", "q"): 1, ("a", "r"): 2, ("b", "r"): 1, ("c", "q"): 1, ("c", "r"): 2,
    }  # fmt: skip


def test_equal_matches_are_ranked_by_id() -> None:
    found = scores({"b": {"weld": 1.0}, "a": {"weld": 1.0}})
    assert {key[0]: row["rank_in_role"] for key, row in found.items()} == {"a": 1, "b": 2}


def weighted_role(skill: str, **values: float) -> pa.Table:
    """ROLE, with other values of one skill."""
    rows = [row | (values if row["skill_id"] == skill else {}) for row in ROLE.to_pylist()]
    return pa.Table.from_pylist(rows, schema=ROLE.schema)


def test_distinctive_coverage_by_hand() -> None:
    # RCA 7, 1 and 1: log2 8 = 3 and twice log2 2 = 1, so weights 0.6, 0.2 and 0.2, whatever the importance.
    role_skills = weighted_role("count", rca=7.0)
    found = scores({"c": {"weld": 0.8, "count": 0.5}}, role_skills=role_skills)["c", "r"]
    assert found["distinctive_coverage"] == pytest.approx(0.2 * 0.8 + 0.6 * 0.5, abs=1e-9)


def test_required_coverage_by_hand() -> None:
    # weld 0.5 x 0.4 = 0.2 and lift 0.3 x 1 = 0.3: weights 0.4 and 0.6. Nobody requires to count.
    role_skills = pa.Table.from_pylist(
        [
            row | {"required_share": {"weld": 0.4, "lift": 1.0, "count": 0.0}[row["skill_id"]]}
            for row in ROLE.to_pylist()
        ],
        schema=ROLE.schema,
    )
    found = scores({"c": {"weld": 0.8, "stack": 0.9, "count": 1.0}}, role_skills=role_skills)["c", "r"]
    assert found["required_coverage"] == pytest.approx(0.4 * 0.8 + 0.6 * 0.9 * 0.7, abs=1e-9)


def test_required_coverage_is_zero_where_only_other_skills_are_taught_and_empty_where_nothing_is_required() -> None:
    assert scores({"c": {"weld": 1.0}}, role_skills=weighted_role("lift", required_share=0.5))["c", "r"][
        "required_coverage"
    ] == 0.0  # fmt: skip
    assert scores({"c": {"weld": 1.0}})["c", "r"]["required_coverage"] is None


def test_all_kinds_of_coverage_are_1_where_all_is_taught() -> None:
    sevenths = profile(*((role, f"s{i}", 1 / n) for role, n in (("r", 7), ("q", 3)) for i in range(n)))
    rows = [row | {"rca": 1 + i, "required_share": 0.3} for i, row in enumerate(sevenths.to_pylist())]
    skills = {f"s{i}": 1.0 for i in range(7)}
    found = scores(
        {"c": skills}, role_skills=pa.Table.from_pylist(rows, schema=ROLE.schema), similarity=similar({}, skills)
    )
    assert len(found) == 2
    for row in found.values():
        assert (row["distinctive_coverage"], row["required_coverage"]) == (1.0, 1.0)


def test_matches_carry_the_demand_for_the_role_in_all_regions_together() -> None:
    figures = {"vacancies": 12, "growth": -0.25, "wage_median": 31.5, "demand_index": 0.75, "no_degree_share": 0.4,
               "entry_experience_share": None}  # fmt: skip
    of_type = {pa.int64(): 1, pa.float64(): 0.5, pa.bool_(): False, pa.string(): "CAD"}
    plain = {f.name: of_type[f.type] for f in ROLE_DEMAND.schema if not f.nullable}
    rows = [
        plain | {"role_id": "r", "region": region} | figures | {"vacancies": vacancies}
        for region, vacancies in (("ALL", 12), ("CA-ON", 5))
    ]
    demand = pa.Table.from_pylist(rows, schema=pa.schema([f.with_nullable(True) for f in ROLE_DEMAND.schema]))
    role_skills = pa.concat_tables([ROLE, profile(("q", "lift", 1.0))])
    found = match(
        teaches({"c": {"lift": 1.0}}), role_skills, SIMILAR, POSTINGS, ASKED, demand, matching_settings(), PROFILE
    )
    of_q, of_r = found.matches.to_pylist()
    assert {name: of_r[name] for name in figures} == figures
    assert {of_q[name] for name in figures} == {None}, "nothing is known of the demand for q"


def test_only_the_rows_of_all_regions_together_count() -> None:
    local = ROLE.set_column(1, ROLE.schema.field("region"), pa.array(["CA-ON"] * 3))
    both = pa.concat_tables([ROLE, local])
    assert scores({"c": {"weld": 1.0}}, role_skills=both) == scores({"c": {"weld": 1.0}})


# --- Which matches are published -------------------------------------------------------------------------------------

LADDER = {f"c{i}": {"weld": 1 - i / 10} for i in range(6)}  # cover 0.5, 0.45, 0.4 ... of r


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"top_in_role": 2}, ["c0", "c1"]),
        ({"top_in_role": 2, "always_coverage": 0.4}, ["c0", "c1", "c2"]),
        ({"top_in_role": 2, "always_coverage": 0.4, "min_coverage": 0.46}, ["c0"]),
        ({"top_in_role": 2, "top_in_credential": 1}, ["c0", "c1", "c2", "c3", "c4", "c5"]),
    ],
)
def test_the_best_of_a_role_and_of_a_credential_are_published(changes: dict[str, float], kept: list[str]) -> None:
    role_skills = pa.concat_tables([ROLE, profile(("q", "weld", 1.0))])  # q is the first role of every credential
    if "top_in_credential" in changes:
        role_skills = ROLE
    found = scores(LADDER, role_skills=role_skills, **{"top_in_credential": 1} | changes)
    assert sorted(credential for credential, role in found if role == "r") == kept
    assert {key: row["rank_in_role"] for key, row in found.items() if key[1] == "r"} == {
        (name, "r"): int(name[1]) + 1 for name in kept
    }


# --- Whole small markets, from postings to matches ------------------------------------------------------------------

SKILLS = "stuvwx"
confidences = st.integers(1, 10_000).map(lambda n: n / 10_000)
skill_sets = st.dictionaries(st.sampled_from(SKILLS), confidences)


@dataclass(frozen=True)
class Market:
    """Postings and what they ask for, credentials and what they teach, and which skills are alike."""

    postings: pa.Table
    asked: pa.Table
    role_skills: pa.Table
    similarity: pa.Table
    taught: dict[str, dict[str, float]]

    def match(
        self, taught: dict[str, dict[str, float]] | None = None, chosen: MatchingSettings | None = None
    ) -> Matched:
        return match(
            teaches(self.taught if taught is None else taught), self.role_skills, self.similarity, self.postings,
            self.asked, NO_DEMAND, chosen or matching_settings(), PROFILE,
        )  # fmt: skip

    def asked_of(self, role: str) -> set[str]:
        rows = self.role_skills.to_pylist()
        return {row["skill_id"] for row in rows if row["role_id"] == role}


def coverages(found: Matched) -> dict[tuple[str, str], float]:
    columns = (found.matches[name].to_pylist() for name in ("credential_id", "role_id", "coverage"))
    return {(credential, role): coverage for credential, role, coverage in zip(*columns, strict=True)}


@st.composite
def markets(draw: st.DrawFn) -> Market:
    count = draw(st.integers(1, 8))
    rows = [
        {"posting_id": f"p{i}", "role_id": draw(st.sampled_from(["a", "b"])),
         "weight": draw(st.integers(1, 5_000_000_000)) / 1e9}
        for i in range(count)
    ]  # fmt: skip
    postings, asked = weighed(*rows), evidence({row["posting_id"]: draw(skill_sets) for row in rows})
    pairs = st.tuples(st.sampled_from(SKILLS), st.sampled_from(SKILLS)).filter(lambda pair: pair[0] != pair[1])
    alike = draw(st.dictionaries(pairs, st.sampled_from([0.6, 0.6543, 0.7])))
    taught = draw(st.dictionaries(st.sampled_from(["k", "l", "m"]), skill_sets))
    role_skills = role_profiles(postings, asked, PROFILE, 1)
    return Market(postings, asked, role_skills, similar(alike, SKILLS), taught)


@settings(max_examples=20, deadline=None)
@given(markets())
def test_the_sums_of_any_market(market: Market) -> None:
    found = market.match()
    behind: dict[tuple[str, str], list[Row]] = {}
    for line in found.match_skills.to_pylist():
        behind.setdefault((line["credential_id"], line["role_id"]), []).append(line)
        product = line["importance"] * line["confidence"] * line["similarity"]
        assert line["contribution"] == pytest.approx(product, abs=1e-9)
        assert (line["status"] == "covered") == (line["similarity"] == 1)
        assert (line["status"] == "missing") == (line["taught_skill_id"] is None)
    rows = found.matches.to_pylist()
    assert set(behind) == set(coverages(found))
    for row in rows:
        lines_of_match = behind[row["credential_id"], row["role_id"]]
        assert 0 <= row["relevance"] <= 1
        assert 0 <= row["coverage_low"] <= row["coverage"] <= row["coverage_high"] <= 1
        assert sum(line["contribution"] for line in lines_of_match) == pytest.approx(row["coverage"], abs=1e-9)
        assert {line["skill_id"] for line in lines_of_match} == market.asked_of(row["role_id"])
        for status in ("covered", "partial", "missing"):
            assert row[f"skills_{status}"] == sum(line["status"] == status for line in lines_of_match)
    for group, rank in (("role_id", "rank_in_role"), ("credential_id", "rank_in_credential")):
        for name in {row[group] for row in rows}:
            ranked = sorted((row for row in rows if row[group] == name), key=lambda row: row[rank])
            assert [row[rank] for row in ranked] == list(range(1, len(ranked) + 1))
            assert [row["coverage"] for row in ranked] == sorted((row["coverage"] for row in ranked), reverse=True)


def by_brute_force(market: Market, least: float) -> dict[tuple[str, str], Row]:
    """Coverage, relevance and ranks of every pair, with fractions and without any shortcut."""
    alike = {(row["asked"], row["taught"]): exact(row["similarity"]) for row in market.similarity.to_pylist()}
    profiles: dict[str, dict[str, Fraction]] = {}
    for row in market.role_skills.to_pylist():
        profiles.setdefault(row["role_id"], {})[row["skill_id"]] = exact(row["importance"])
    found: dict[tuple[str, str], Row] = {}
    for (name, taught), (role, asked) in product(market.taught.items(), profiles.items()):
        worth = {(s, t): exact(p) * alike.get((s, t), Fraction()) for s in asked for t, p in taught.items()}
        if not any(alike.get(pair) for pair in worth):
            continue
        coverage = sum(rounded(w * rounded(max(worth[s, t] for t in taught))) for s, w in asked.items())
        fitting = sum(rounded(max(worth[s, t] for s in asked)) for t in taught)
        relevance = rounded(fitting / sum(exact(p) for p in taught.values()))
        if coverage >= exact(least):
            found[name, role] = {"coverage": float(coverage), "relevance": float(relevance)}
    for rank, group in (("rank_in_role", 1), ("rank_in_credential", 0)):
        for key, row in found.items():
            rivals = [other for other in found if other[group] == key[group]]
            row[rank] = 1 + sum((better(found[other], other) < better(row, key)) for other in rivals)
    return found


def exact(value: float) -> Fraction:
    return Fraction(round(value * 10**9), 10**9)


def rounded(value: Fraction) -> Fraction:
    """To nine decimals, half up."""
    return Fraction(floor(value * 10**9 + Fraction(1, 2)), 10**9)


def better(row: Row, key: tuple[str, str]) -> tuple[float, float, tuple[str, str]]:
    return -row["coverage"], -row["relevance"], key


@settings(max_examples=150, deadline=None)
@given(markets(), st.integers(1, 3), st.integers(1, 2), st.sampled_from([0.0, 0.05, 0.2]), st.sampled_from([0.3, 1.0]))
def test_pruning_is_exact(market: Market, in_role: int, in_credential: int, least: float, always: float) -> None:
    """What is published is what sorting every pair by hand would give: the same pairs, values and ranks."""
    chosen = matching_settings(
        min_coverage=least, top_in_role=in_role, top_in_credential=in_credential, always_coverage=always
    )
    wanted = {
        key: row for key, row in by_brute_force(market, least).items()
        if row["rank_in_role"] <= in_role or row["rank_in_credential"] <= in_credential or row["coverage"] >= always
    }  # fmt: skip
    rows = market.match(chosen=chosen).matches.to_pylist()
    assert {(row["credential_id"], row["role_id"]) for row in rows} == set(wanted)
    for row in rows:
        key = row["credential_id"], row["role_id"]
        # A relevance that lies in the middle between two billionths may be rounded to either.
        assert row["relevance"] == pytest.approx(wanted[key]["relevance"], abs=1.1e-9)
        names = ("coverage", "rank_in_role", "rank_in_credential")
        assert {name: row[name] for name in names} == {name: wanted[key][name] for name in names}


@settings(max_examples=20, deadline=None)
@given(markets(), st.sampled_from(SKILLS), confidences)
def test_teaching_more_never_covers_less_and_teaching_all_covers_all(
    market: Market, skill: str, confidence: float
) -> None:
    gained = {
        f"{name} and {skill}": skills | {skill: max(confidence, skills.get(skill, 0.0))}
        for name, skills in market.taught.items()
    }
    roles = sorted(set(market.role_skills["role_id"].to_pylist()))
    everything = {f"all of {role}": dict.fromkeys(market.asked_of(role), 1.0) for role in roles}
    found = coverages(market.match(market.taught | gained | everything))
    for (name, role), coverage in found.items():
        if name in market.taught:
            assert found[f"{name} and {skill}", role] >= coverage
    assert [found[f"all of {role}", role] for role in roles] == pytest.approx([1.0] * len(roles), abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(markets(), skill_sets)
def test_another_credential_changes_no_coverage_but_its_own(market: Market, skills: dict[str, float]) -> None:
    one = market.match()
    more = market.match(market.taught | {"zz-new": skills, "zz-irrelevant": {"juggling": 1.0}})
    kept = [row for row in more.matches.to_pylist() if not row["credential_id"].startswith("zz-")]
    fields = ("credential_id", "role_id", "coverage", "coverage_low", "coverage_high", "relevance")
    assert [[row[f] for f in fields] for row in kept] == [[row[f] for f in fields] for row in one.matches.to_pylist()]
    assert "zz-irrelevant" not in set(more.matches["credential_id"].to_pylist())


@settings(max_examples=12, deadline=None)
@given(markets(), st.integers(0, 999))
def test_the_order_of_the_inputs_changes_no_byte(market: Market, seed: int) -> None:
    one = market.match()
    mixed = match(
        shuffled(teaches(market.taught), seed), shuffled(market.role_skills, seed + 1),
        shuffled(market.similarity, seed + 2), shuffled(market.postings, seed + 3), shuffled(market.asked, seed + 4),
        NO_DEMAND, matching_settings(), PROFILE,
    )  # fmt: skip
    assert parquet_bytes(mixed.matches) == parquet_bytes(one.matches)
    assert parquet_bytes(mixed.match_skills) == parquet_bytes(one.match_skills)


def test_threads_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    # 20 roles, 60 skills, 300 credentials: enough rows for DuckDB to share them out.
    skills = [f"s{i:02d}" for i in range(60)]
    rows = [{"posting_id": f"p{i:03d}", "role_id": f"r{i % 20}", "weight": 0.1 + i % 7 / 3} for i in range(200)]
    postings = weighed(*rows)
    asked = evidence({
        row["posting_id"]: {skills[(i * k + i % 20) % 60]: (1 + (i * k) % 99) / 101 for k in range(1, 9)}
        for i, row in enumerate(rows)
    })  # fmt: skip
    pairs = {(skills[i], skills[(i + 1) % 60]): 0.6 + i / 600 for i in range(60)}
    taught = {f"c{i:03d}": {skills[(i * k) % 60]: (1 + (i + k) % 97) / 103 for k in range(1, 7)} for i in range(300)}
    role_skills = role_profiles(postings, asked, PROFILE, 3)
    results = set()
    for threads in (1, 2, 7):
        with monkeypatch.context() as patch:
            use_threads(patch, threads)
            found = match(
                teaches(taught), role_skills, similar(pairs, skills), postings, asked, NO_DEMAND, matching_settings(),
                PROFILE,
            )  # fmt: skip
            results.add((parquet_bytes(found.matches), parquet_bytes(found.match_skills)))
    assert len(results) == 1
    assert found.matches.num_rows > 1000
