"""What each role asks for.

The market worked by hand, v in brackets:

    role a                                     role b
    a1 (1)  weld 1.0   lift 0.5    count 1.0   b1 (1)  lift 0.75   count 0.5
    a2 (1)  weld 1.0                           b2 (3)  lift 0.75   count 0.5
    a3 (2)  weld 0.5   lift 0.25   count 0.5

    sum of v p    weld              lift              count            sum of v
    role a        1+1+2x0.5 = 3     0.5+2x0.25 = 1    1+2x0.5 = 2      4
    role b        0                 0.75+3x0.75 = 3   0.5+3x0.5 = 2    4
    all           3                 4                 4                8
    share_all     0.375             0.5               0.5
"""

from __future__ import annotations

from math import log2

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lake import coded, parquet_bytes
from pipeline.matching import role_profiles
from pipeline.settings import load_settings
from pipeline.tables import ROLE_SKILLS

from .worlds import evidence, profile_settings, shuffled, use_threads, weighed

pytestmark = pytest.mark.usefixtures("one_database")

POSTINGS = weighed(
    {"posting_id": "a1", "role_id": "a", "region": "CA-ON", "weight": 1.0},
    {"posting_id": "a2", "role_id": "a", "region": "CA-ON", "weight": 1.0},
    {"posting_id": "a3", "role_id": "a", "region": "CA-AB", "weight": 2.0},
    {"posting_id": "b1", "role_id": "b", "region": "CA-ON", "weight": 1.0},
    {"posting_id": "b2", "role_id": "b", "region": None, "weight": 3.0},
)
EVIDENCE = evidence({
    "a1": {"weld": 1.0, "lift": 0.5, "count": 1.0},
    "a2": {"weld": 1.0},
    "a3": {"weld": 0.5, "lift": 0.25, "count": 0.5},
    "b1": {"lift": 0.75, "count": 0.5},
    "b2": {"lift": 0.75, "count": 0.5},
})  # fmt: skip

Rows = dict[tuple[str, str], dict[str, object]]


def profiles(
    postings: pa.Table = POSTINGS,
    found: pa.Table = EVIDENCE,
    region: str = "ALL",
    region_min: int = 1,
    **changes: object,
) -> Rows:
    """The profile rows of a region by (role, skill)."""
    rows = role_profiles(postings, found, profile_settings(**changes), region_min).to_pylist()
    return {(row["role_id"], row["skill_id"]): row for row in rows if row["region"] == region}


def column(rows: Rows, name: str) -> dict[tuple[str, str], object]:
    return {key: row[name] for key, row in rows.items()}


def close(**expected: dict[str, float]) -> dict[tuple[str, str], float]:
    """{(role, skill): value} from role={skill: value}, compared to six decimals."""
    flat = {(role, skill): value for role, skills in expected.items() for skill, value in skills.items()}
    return pytest.approx(flat, abs=1e-6)


def test_share_raw_by_hand() -> None:
    # a: 3/4, 1/4, 2/4; b: lift 3/4, count 2/4. No posting of b asks for weld, so it has no such row.
    found = profiles(prior_postings=4.0)
    assert column(found, "share_raw") == {
        ("a", "weld"): 0.75, ("a", "lift"): 0.25, ("a", "count"): 0.5, ("b", "lift"): 0.75, ("b", "count"): 0.5,
    }  # fmt: skip
    assert column(found, "postings") == {
        ("a", "weld"): 3, ("a", "lift"): 2, ("a", "count"): 2, ("b", "lift"): 2, ("b", "count"): 2,
    }  # fmt: skip


def test_share_all_counts_every_posting_in_the_window() -> None:
    assert column(profiles(), "share_all") == close(
        a={"weld": 0.375, "lift": 0.5, "count": 0.5}, b={"lift": 0.5, "count": 0.5}
    )
    # Postings that found no role are part of the market: 8 more units of weight halve every share over all roles.
    lost = {"posting_id": "u", "role_id": None, "weight": 8.0, "role_method": "unassigned"}
    assert column(profiles(weighed(*POSTINGS.to_pylist(), lost)), "share_all") == close(
        a={"weld": 0.1875, "lift": 0.25, "count": 0.25}, b={"lift": 0.25, "count": 0.25}
    )


def test_share_with_pseudo_count_by_hand() -> None:
    # k = 4, so share = (sum of v p + 4 share_all) / (4 + 4):
    #   a: weld (3 + 1.5)/8 = 0.5625   lift (1 + 2)/8 = 0.375   count (2 + 2)/8 = 0.5
    #   b: lift (3 + 2)/8 = 0.625      count 0.5
    found = profiles(prior_postings=4.0)
    assert column(found, "share") == close(
        a={"weld": 0.5625, "lift": 0.375, "count": 0.5}, b={"lift": 0.625, "count": 0.5}
    )


def test_rca_by_hand() -> None:
    # share / share_all: a: 0.5625/0.375 = 1.5, 0.375/0.5 = 0.75, 1; b: 0.625/0.5 = 1.25, 1
    found = profiles(prior_postings=4.0)
    assert column(found, "rca") == close(a={"weld": 1.5, "lift": 0.75, "count": 1.0}, b={"lift": 1.25, "count": 1.0})


def test_importance_by_hand() -> None:
    # share x log2(1 + RCA):
    #   a: weld 0.5625 x log2 2.5 = 0.743585   lift 0.375 x log2 1.75 = 0.302758   count 0.5 x log2 2 = 0.5
    #      sum 1.546343 -> 0.480867, 0.195790, 0.323344
    #   b: lift 0.625 x log2 2.25 = 0.731203   count 0.5; sum 1.231203 -> 0.593893, 0.406107
    found = profiles(prior_postings=4.0)
    assert column(found, "importance") == close(
        a={"weld": 0.480867, "lift": 0.195790, "count": 0.323344}, b={"lift": 0.593893, "count": 0.406107}
    )
    assert column(found, "rank") == {
        ("a", "weld"): 1, ("a", "count"): 2, ("a", "lift"): 3, ("b", "lift"): 1, ("b", "count"): 2,
    }  # fmt: skip


def test_without_a_pseudo_count_share_is_share_raw() -> None:
    found = profiles(prior_postings=0.0)
    assert column(found, "share") == column(found, "share_raw")
    # weld: RCA = 0.75/0.375 = 2, so 0.75 log2 3
    assert found["a", "weld"]["rca"] == 2.0
    raw = {"weld": 0.75 * log2(3), "lift": 0.25 * log2(1.5), "count": 0.5 * log2(2)}
    assert found["a", "weld"]["importance"] == pytest.approx(raw["weld"] / sum(raw.values()), abs=1e-8)


# --- Assets and requirements ----------------------------------------------------------------------------------------

# The same market, in which a1 calls weld an asset and requires count, a2 requires weld, and b1 calls lift an asset.
# With preferred_weight 0.5:
#     sum of v p m    weld                  lift                    count
#     role a          0.5+1+2x0.5 = 2.5     1                       2
#     role b          0                     0.375+3x0.75 = 2.625    2
#     share_all       2.5/8 = 0.3125        3.625/8 = 0.453125      0.5
ASKED = {document: {} for document in ("a1", "a2", "a3", "b1", "b2")}
for row in EVIDENCE.to_pylist():
    ASKED[row["document_id"]][row["skill_id"]] = row["confidence"]
LEVELS = {
    ("a1", "weld"): "preferred", ("a1", "count"): "required", ("a2", "weld"): "required", ("b1", "lift"): "preferred",
}  # fmt: skip


def test_an_asset_counts_less_by_hand() -> None:
    found = profiles(found=evidence(ASKED, levels=LEVELS))
    assert column(found, "share_raw") == close(
        a={"weld": 0.625, "lift": 0.25, "count": 0.5}, b={"lift": 0.65625, "count": 0.5}
    )
    assert column(found, "share_all") == close(
        a={"weld": 0.3125, "lift": 0.453125, "count": 0.5}, b={"lift": 0.453125, "count": 0.5}
    )
    assert column(found, "postings") == column(profiles(), "postings"), "it is asked for by as many postings"
    # a: weld 0.625 x log2 3 = 0.990602, lift 0.25 x log2 1.551724 = 0.158468, count 0.5; sum 1.649070
    of_a = {skill: value for (role, skill), value in column(found, "importance").items() if role == "a"}
    assert of_a == pytest.approx({"weld": 0.600703, "lift": 0.096095, "count": 0.303201}, abs=2e-6)


def test_the_required_share_by_hand() -> None:
    # a: weld 1 of 2.5, count 1 of 2, both by mass; of lift nothing is required, and of what b asks neither.
    found = profiles(found=evidence(ASKED, levels=LEVELS))
    assert column(found, "required_share") == close(
        a={"weld": 0.4, "lift": 0.0, "count": 0.5}, b={"lift": 0.0, "count": 0.0}
    )
    everything = {(document, skill): "required" for document, skills in ASKED.items() for skill in skills}
    assert set(column(profiles(found=evidence(ASKED, levels=everything)), "required_share").values()) == {1.0}


def test_required_counts_as_much_as_unstated_and_with_weight_1_so_does_an_asset() -> None:
    plain = profiles(prior_postings=4.0)
    levels = dict.fromkeys(LEVELS, "required")
    same = profiles(found=evidence(ASKED, levels=levels), prior_postings=4.0)
    assert {name: column(same, name) for name in ("share", "rca", "importance", "rank")} == {
        name: column(plain, name) for name in ("share", "rca", "importance", "rank")
    }
    full = profiles(found=evidence(ASKED, levels=LEVELS), prior_postings=4.0, preferred_weight=1.0)
    assert column(full, "importance") == column(plain, "importance")


def test_with_weight_0_an_asset_is_worth_nothing() -> None:
    assets = {(document, "lift"): "preferred" for document in ASKED}
    found = profiles(found=evidence(ASKED, levels=assets), preferred_weight=0.0)
    assert set(found) == {("a", "weld"), ("a", "count"), ("b", "count")}


def test_a_strong_pseudo_count_draws_every_role_to_the_market() -> None:
    # weld of a: (3 + 375000)/(4 + 1000000) / 0.375 = 1.000004
    found = profiles(prior_postings=1e6)
    assert max(abs(float(str(row["rca"])) - 1) for row in found.values()) < 1e-5


def test_postings_outside_the_window_do_not_count() -> None:
    old = {"posting_id": "old", "role_id": "a", "weight": 0.0, "in_window": False}
    found = evidence({"old": {"weld": 1.0, "sing": 1.0}})
    assert profiles(weighed(*POSTINGS.to_pylist(), old), pa.concat_tables([EVIDENCE, found])) == profiles()


def test_what_credentials_teach_is_not_asked_for() -> None:
    taught = evidence({"a1": {"sing": 1.0}}, kind="credential")
    assert profiles(POSTINGS, pa.concat_tables([EVIDENCE, taught])) == profiles()


@pytest.mark.parametrize(("minimum", "roles"), [(2, {"a", "b"}), (3, {"a"}), (4, set())])
def test_roles_with_too_few_postings_get_no_profile(minimum: int, roles: set[str]) -> None:
    assert {role for role, _ in profiles(min_postings=minimum)} == roles


def test_a_role_without_a_profile_still_counts_in_the_market() -> None:
    assert profiles(min_postings=3)["a", "lift"]["share_all"] == 0.5


@pytest.mark.parametrize(
    ("minimum", "kept"),
    [
        (0.75, {("a", "weld"), ("a", "lift"), ("a", "count"), ("b", "lift"), ("b", "count")}),
        (1.0, {("a", "weld"), ("a", "count"), ("b", "lift"), ("b", "count")}),
        (1.5, {("a", "weld"), ("a", "count"), ("b", "lift")}),
        (2.5, {("a", "weld")}),
        (2.6, set()),
    ],
)
def test_a_skill_needs_support(minimum: float, kept: set[tuple[str, str]]) -> None:
    # Sums of p, whatever the postings weigh: a: weld 2.5, lift 0.75, count 1.5; b: lift 1.5, count 1.
    assert set(profiles(min_support=minimum)) == kept


def test_one_clear_posting_is_enough_support_and_so_are_two_that_may_ask_for_it() -> None:
    postings = weighed(*({"posting_id": f"p{i}", "role_id": "r"} for i in range(3)))
    found = evidence({"p0": {"clear": 0.6, "faint": 0.59, "twice": 0.3}, "p1": {"twice": 0.3}, "p2": {"clear": 0.25}})
    shipped = load_settings().profile.min_support
    assert set(profiles(postings, found, min_support=shipped)) == {("r", "clear"), ("r", "twice")}


def test_an_asset_is_support_like_any_other_skill() -> None:
    postings = weighed({"posting_id": "p", "role_id": "r"})
    found = evidence({"p": {"weld": 0.7}}, levels={("p", "weld"): "preferred"})
    assert set(profiles(postings, found, min_support=0.7)) == {("r", "weld")}


def test_the_most_important_skills_are_kept_and_add_up_to_one() -> None:
    # With two skills kept: a: weld 0.743585 and count 0.5 of 1.243585 -> 0.597936, 0.402064
    found = profiles(prior_postings=4.0, max_skills=2)
    assert column(found, "importance") == close(
        a={"weld": 0.597936, "count": 0.402064}, b={"lift": 0.593893, "count": 0.406107}
    )
    assert set(profiles(max_skills=1)) == {("a", "weld"), ("b", "lift")}


def test_equally_important_skills_are_ranked_by_id() -> None:
    found = profiles(weighed({"posting_id": "p", "role_id": "r"}), evidence({"p": {"z": 1.0, "y": 1.0, "x": 1.0}}))
    assert column(found, "rank") == {("r", "x"): 1, ("r", "y"): 2, ("r", "z"): 3}
    kept = profiles(weighed({"posting_id": "p", "role_id": "r"}), evidence({"p": {"z": 1.0, "y": 1.0}}), max_skills=1)
    assert set(kept) == {("r", "y")}


def test_a_region_has_its_own_shares() -> None:
    # CA-ON holds a1, a2, b1, weight 1 each.
    #   share_all: weld 2/3, lift (0.5 + 0.75)/3 = 0.416667, count (1 + 0.5)/3 = 0.5
    #   a (weight 2): weld 2/2 = 1, lift 0.5/2 = 0.25, count 1/2 = 0.5; b (weight 1): lift 0.75, count 0.5
    found = profiles(region="CA-ON")
    assert column(found, "share_all") == close(
        a={"weld": 2 / 3, "lift": 1.25 / 3, "count": 0.5}, b={"lift": 1.25 / 3, "count": 0.5}
    )
    assert column(found, "share_raw") == close(
        a={"weld": 1.0, "lift": 0.25, "count": 0.5}, b={"lift": 0.75, "count": 0.5}
    )


def test_regions_with_too_few_postings_of_the_role_get_no_profile() -> None:
    rows = role_profiles(POSTINGS, EVIDENCE, profile_settings(), 2).to_pylist()
    assert {(row["role_id"], row["region"]) for row in rows} == {("a", "ALL"), ("b", "ALL"), ("a", "CA-ON")}


def test_a_posting_without_a_region_counts_in_all_regions_only() -> None:
    rows = role_profiles(POSTINGS, EVIDENCE, profile_settings(), 1).to_pylist()
    assert {row["region"] for row in rows if row["role_id"] == "b"} == {"ALL", "CA-ON"}


def test_strings_in_dictionaries_give_the_same_profiles() -> None:
    """Evidence is held so, part by part: each has a dictionary of its own, with strings that no row has any more."""
    parts = [coded(EVIDENCE.slice(0, 5)), coded(EVIDENCE).slice(5)]
    held = pa.concat_tables(reversed(parts))
    expected = role_profiles(POSTINGS, EVIDENCE, profile_settings(), 1)
    assert expected.num_rows
    assert role_profiles(POSTINGS, held, profile_settings(), 1).equals(expected)


def test_nothing_in_nothing_out() -> None:
    assert role_profiles(weighed(), evidence({}), profile_settings(), 1).equals(ROLE_SKILLS.schema.empty_table())
    assert role_profiles(POSTINGS, evidence({}), profile_settings(), 1).num_rows == 0


def test_six_equal_skills_have_importances_that_add_up_to_one_in_nine_places() -> None:
    # 1/6 is no decimal: rounded up six times it gives 1.000000002, which no coverage may be.
    skills = dict.fromkeys("uvwxyz", 1.0)
    found = profiles(weighed({"posting_id": "p", "role_id": "r"}), evidence({"p": skills}))
    places = [round(float(row["importance"]) * 1e9) for row in found.values()]
    assert sum(places) == 1_000_000_000


@st.composite
def markets(draw: st.DrawFn) -> tuple[pa.Table, pa.Table]:
    """Up to 12 postings of 3 roles in 2 regions, each asking for some of 5 skills."""
    count = draw(st.integers(1, 12))
    rows = [
        {"posting_id": f"p{i}", "role_id": draw(st.sampled_from(["a", "b", "c", None])),
         "region": draw(st.sampled_from(["CA-ON", "CA-QC", None])),
         "weight": draw(st.integers(1, 4_000_000_000)) / 1e9}
        for i in range(count)
    ]  # fmt: skip
    skills = st.dictionaries(st.sampled_from("stuvw"), st.integers(1, 10_000).map(lambda n: n / 10_000))
    asked = {row["posting_id"]: draw(skills) for row in rows}
    said = st.sampled_from(["preferred", "unstated", "required"])
    return weighed(*rows), evidence(asked, levels={(p, s): draw(said) for p, found in asked.items() for s in found})


@settings(max_examples=25, deadline=None)
@given(markets(), st.floats(0, 20), st.floats(0, 2), st.integers(1, 5), st.floats(0, 1), st.integers(0, 99))
def test_profiles_of_any_market(
    market: tuple[pa.Table, pa.Table], prior: float, support: float, most: int, asset: float, seed: int
) -> None:
    postings, found = market
    chosen = profile_settings(prior_postings=prior, min_support=support, max_skills=most, preferred_weight=asset)
    table = role_profiles(postings, found, chosen, 1)
    groups: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in table.to_pylist():
        groups.setdefault((row["role_id"], row["region"]), []).append(row)
    for rows in groups.values():
        rows.sort(key=lambda row: row["rank"])
        importances = [row["importance"] for row in rows]
        assert sum(importances) == pytest.approx(1.0, abs=1e-12)
        assert importances == sorted(importances, reverse=True)
        assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) <= most
        for row in rows:
            assert row["postings"] >= max(support, 1), "each adds 1 to the support at most"
            assert all(0 <= row[name] <= 1 for name in ("share_raw", "share", "share_all", "importance"))
            assert 0 <= row["required_share"] <= 1
            low, high = sorted((row["share_raw"], row["share_all"]))
            assert low - 1e-8 <= row["share"] <= high + 1e-8, "shrinking moves a share towards the market's"
    again = role_profiles(shuffled(postings, seed), shuffled(found, seed + 1), chosen, 1)
    assert parquet_bytes(again) == parquet_bytes(table)


@settings(max_examples=25, deadline=None)
@given(markets(), st.floats(0, 2), st.floats(0, 2))
def test_more_support_asked_for_only_takes_skills_away(
    market: tuple[pa.Table, pa.Table], one: float, other: float
) -> None:
    few, many = (profiles(*market, min_support=support) for support in sorted((one, other), reverse=True))
    assert few.keys() <= many.keys()
    for key, row in few.items():
        assert (row["share"], row["rca"]) == (many[key]["share"], many[key]["rca"])
        assert row["importance"] >= many[key]["importance"] - 1e-8, "what is left shares what was taken away"


def large_market() -> tuple[pa.Table, pa.Table]:
    """3,000 postings of 40 roles with weights and confidences that no binary fraction holds, in many chunks."""
    rows = [
        {"posting_id": f"p{i:05d}", "role_id": f"r{i * i % 40}", "region": ("CA-ON", "CA-QC", None)[i % 3],
         "weight": round(0.1 + (i * 7919 % 1000) / 997, 9)}
        for i in range(3000)
    ]  # fmt: skip
    asked = {
        row["posting_id"]: {f"s{(i * k * k + k) % 60}": round(((i * 31 + k * 17) % 97 + 1) / 101, 4) for k in range(7)}
        for i, row in enumerate(rows)
    }
    found = evidence(asked)
    pieces = [found.slice(start, 500) for start in range(0, found.num_rows, 500)]
    return weighed(*rows), pa.concat_tables(pieces)


def test_neither_threads_nor_the_order_of_rows_change_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    postings, found = large_market()
    chosen = profile_settings(prior_postings=5.0, min_support=0.6)
    results = set()
    for threads in (1, 2, 7):
        with monkeypatch.context() as patch:
            use_threads(patch, threads)
            results.add(parquet_bytes(role_profiles(shuffled(postings, threads), shuffled(found, threads), chosen, 3)))
    assert len(results) == 1
