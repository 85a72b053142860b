"""How uncertain a coverage is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lake import parquet_bytes
from pipeline.matching import bootstrap_shares, intervals, match, middle, role_profiles, tails
from pipeline.matching.intervals import bootstrap_importance

from .worlds import NO_DEMAND, evidence, matching_settings, profile_settings, similar, teaches, weighed

pytestmark = pytest.mark.usefixtures("one_database")

Floats = npt.NDArray[np.float64]
SKILLS = [f"s{i}" for i in range(8)]
CONFIDENCE = 0.9
TAUGHT = 4  # of the eight skills, the first four


@st.composite
def roles(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """What a role's postings ask for, their weights, and the shares over all roles; every skill is asked for once."""
    postings, skills = draw(st.integers(1, 9)), draw(st.integers(1, 6))
    cells = st.floats(0, 1).map(lambda x: round(x, 4))
    asked = np.array([[draw(cells) for _ in range(skills)] for _ in range(postings)])
    asked[draw(st.integers(0, postings - 1))] = [draw(st.floats(0.01, 1)) for _ in range(skills)]
    weights = np.array([draw(st.floats(0.001, 100)) for _ in range(postings)])
    return asked, weights, np.array([draw(st.floats(1e-6, 1)) for _ in range(skills)])


@settings(max_examples=60, deadline=None)
@given(roles(), st.sampled_from([0.0, 0.5, 5.0, 1000.0]), st.integers(0, 2**64 - 1))
def test_every_draw_is_a_profile(role: tuple[Floats, Floats, Floats], prior: float, seed: int) -> None:
    drawn = bootstrap_importance(*role, prior, 25, seed)
    assert drawn.shape == (25, role[0].shape[1])
    assert np.allclose(drawn.sum(axis=1), 1.0, atol=1e-12)
    assert (drawn >= 0).all()
    assert np.array_equal(drawn, bootstrap_importance(*role, prior, 25, seed)), "the seed decides every draw"


def test_other_seeds_give_other_draws() -> None:
    asked, weights, share_all = np.eye(3), np.ones(3), np.full(3, 0.4)
    one, other = (bootstrap_importance(asked, weights, share_all, 5.0, 20, seed) for seed in (1, 2))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("postings", [1_001, 1_500, 5_000])
def test_many_postings_scatter_in_groups_as_they_do_one_by_one(postings: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(postings)
    asked = (random.random((postings, 25)) < np.linspace(0.02, 0.98, 25)) * random.uniform(0.25, 1, (postings, 25))
    weights = random.lognormal(0, 0.7, postings)
    grouped = bootstrap_shares(asked, weights, np.full(25, 0.5), 0.0, 1_000, 1)
    monkeypatch.setattr(intervals, "MANY", postings)
    each = bootstrap_shares(asked, weights, np.full(25, 0.5), 0.0, 1_000, 2)
    scatter = grouped.std(axis=0) / each.std(axis=0)
    assert scatter.mean() == pytest.approx(1, abs=0.03)
    assert scatter == pytest.approx(np.ones(25), abs=0.15)
    assert np.abs(grouped.mean(axis=0) - each.mean(axis=0)).max() < 0.2 * each.std(axis=0).max()


@pytest.mark.parametrize("postings", [intervals.FLAT, 300])
def test_flat_weights_scatter_as_means_of_many_postings_do(postings: int) -> None:
    """Whether half of the postings ask for a skill: the mean of n of them scatters by the root of 1 / 4n."""
    asked = np.repeat([[1.0], [0.0]], [postings // 2, postings - postings // 2], axis=0)
    drawn = bootstrap_shares(asked, np.ones(postings), np.full(1, 0.5), 0.0, 20_000, 1)
    assert drawn.std() == pytest.approx(0.5 / postings**0.5, rel=0.02)


def test_one_posting_leaves_nothing_to_chance() -> None:
    drawn = bootstrap_importance(np.array([[1.0, 0.5]]), np.ones(1), np.array([0.5, 0.5]), 0.0, 20, 7)
    # share 1 and 0.5, RCA 2 and 1: log2 3 = 1.584963 and 0.5 x log2 2 = 0.5, so 0.760188 and 0.239812
    assert drawn == pytest.approx(np.tile([0.760188, 0.239812], (20, 1)), abs=1e-6)


def test_draws_scatter_around_the_profile() -> None:
    # 60 postings, half of which ask for each of two skills: importance 1/2 each, by symmetry.
    asked = np.array([[1.0, 0.0], [0.0, 1.0]] * 30)
    drawn = bootstrap_importance(asked, np.ones(60), np.array([0.4, 0.4]), 0.0, 2000, 3)
    assert drawn.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.01)
    assert 0.03 < drawn[:, 0].std() < 0.2


# --- Intervals of matches -------------------------------------------------------------------------------------------


def market(asked: dict[str, npt.NDArray[np.bool_]]) -> tuple[pa.Table, pa.Table]:
    """Postings and evidence of roles: an array (postings, skills) each says which posting asks for which skill."""
    ids = {f"{role}-{i:03d}": (role, row) for role, rows in asked.items() for i, row in enumerate(rows)}
    postings = weighed(*({"posting_id": i, "role_id": role} for i, (role, _) in ids.items()))
    return postings, evidence({i: {SKILLS[k]: 1.0 for k in np.flatnonzero(row)} for i, (_, row) in ids.items()})


def matches(postings: pa.Table, found: pa.Table, prior: float = 5.0, **changes: object) -> pa.Table:
    """The matches of one credential that teaches half of the skills."""
    profile = profile_settings(prior_postings=prior)
    role_skills = role_profiles(postings, found, profile, 10_000)
    taught = teaches({"c": dict.fromkeys(SKILLS[:TAUGHT], CONFIDENCE)})
    return match(
        taught, role_skills, similar({}, SKILLS), postings, found, NO_DEMAND, matching_settings(**changes), profile
    ).matches  # fmt: skip


def width(table: pa.Table) -> float:
    return float(np.mean(table["coverage_high"].to_numpy() - table["coverage_low"].to_numpy()))


def some_postings(times: int) -> dict[str, npt.NDArray[np.bool_]]:
    """Twelve postings of one role, so many times over."""
    rows = np.random.default_rng(11).random((12, len(SKILLS))) < 0.5
    return {"r": np.tile(rows, (times, 1))}


def test_the_interval_holds_the_coverage_and_narrows_with_more_postings() -> None:
    few, many = (matches(*market(some_postings(times)), draws=200) for times in (1, 16))
    for table in (few, many):
        row = table.to_pylist()[0]
        assert 0 <= row["coverage_low"] < row["coverage"] < row["coverage_high"] <= 1
    # The width goes with one over the root of the number of postings: 16 times as many give about a quarter.
    assert 0.15 < width(many) / width(few) < 0.45


def test_a_wider_interval_holds_a_narrower_one() -> None:
    half, most = (matches(*market(some_postings(1)), draws=200, interval=i).to_pylist()[0] for i in (0.5, 0.98))
    assert most["coverage_low"] < half["coverage_low"]
    assert half["coverage_high"] < most["coverage_high"]


def test_the_same_inputs_give_the_same_interval_to_the_last_byte() -> None:
    one, other = (matches(*market(some_postings(2)), draws=100) for _ in range(2))
    assert parquet_bytes(one) == parquet_bytes(other)


def test_postings_outside_the_window_or_of_other_roles_are_not_drawn() -> None:
    postings, found = market(some_postings(1))
    old = weighed({"posting_id": "old", "role_id": "r", "in_window": False, "weight": 0.0})
    more = pa.concat_tables([found, evidence({"old": {"s0": 1.0}})])
    assert matches(pa.concat_tables([postings, old]), more).equals(matches(postings, found))


def test_the_draws_count_assets_as_the_profiles_do() -> None:
    """Half the confidence and an asset of half the weight are one mass: the same profile, and the same interval."""
    postings, found = market(some_postings(1))
    asked = {d: {s: 1.0 for d2, s in pairs(found) if d2 == d} for d in postings["posting_id"].to_pylist()}
    halves = evidence({d: {s: 0.5 if s == "s0" else p for s, p in skills.items()} for d, skills in asked.items()})
    assets = evidence(asked, levels={(d, "s0"): "preferred" for d in asked})
    assert matches(postings, assets).equals(matches(postings, halves))
    assert not matches(postings, assets).equals(matches(postings, found))


def pairs(found: pa.Table) -> list[tuple[str, str]]:
    """Document and skill of each row of evidence."""
    return [(row["document_id"], row["skill_id"]) for row in found.to_pylist()]


# Shares between 0.15 and 0.9 of eight skills in each of 200 roles are the known truth. Postings are drawn from them,
# each asking for a skill or not. The true coverage is what the formulas give for those very shares, as if there were
# endlessly many postings: importance from the true share and the true share over all roles, not shrunk.
ROLES = 200


def true_coverage(shares: Floats) -> Floats:
    raw = shares * np.log2(1 + shares / shares.mean(axis=0))
    return (raw / raw.sum(axis=1, keepdims=True))[:, :TAUGHT].sum(axis=1) * CONFIDENCE


@pytest.mark.parametrize("postings", [10, 40])
def test_nine_in_ten_intervals_hold_the_truth(postings: int) -> None:
    random = np.random.default_rng(1)
    shares = random.uniform(0.15, 0.9, size=(ROLES, len(SKILLS)))
    asked = random.random((ROLES, postings, len(SKILLS))) < shares[:, None, :]
    found = matches(*market({f"r{i:03d}": rows for i, rows in enumerate(asked)}), draws=200)
    assert found["role_id"].to_pylist() == [f"r{i:03d}" for i in range(ROLES)]
    truth = true_coverage(shares)
    held = (found["coverage_low"].to_numpy() <= truth) & (truth <= found["coverage_high"].to_numpy())
    assert 0.80 <= held.mean() <= 0.97, f"{held.mean():.1%} of the 90 % intervals hold the truth"


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32), st.floats(0.01, 1), st.booleans())
def test_the_middle_of_draws_is_bit_for_bit_what_numpy_says(count: int, seed: int, interval: float, tied: bool) -> None:
    draws = np.random.default_rng(seed).random((3, count))
    draws = draws.round(1) if tied else draws
    expected = np.quantile(draws, tails(interval), axis=1)
    assert middle(draws, interval).tobytes() == expected.tobytes()
    assert middle(draws[0], interval).tolist() == expected[:, 0].tolist()
