"""The intervals of demand hold what they should hold about nine times in ten, where the truth is known."""

from __future__ import annotations

from datetime import timedelta
from math import log

import numpy as np
import pyarrow as pa
import pytest

from pipeline.matching import role_demand

from .test_demand import NO_FIGURES
from .worlds import AS_OF, as_advertised, market_settings, weighed

ROLES = 500
RECENT, BEFORE = 48, 32  # postings expected in each of the two windows
MEDIAN, NO_DEGREE = 30.0, 0.8


@pytest.fixture(scope="module")
def simulated() -> list[dict[str, float]]:
    """Demand of many roles, all samples of the same: Poisson postings, vacancies in batches of 2 on average."""
    random = np.random.default_rng(20260630)
    rows = []
    for role in range(ROLES):
        ages = [10] * random.poisson(RECENT) + [100] * random.poisson(BEFORE)
        for number, age in enumerate(ages):
            stated = "secondary" if random.random() < NO_DEGREE else "master"
            rows.append({
                "posting_id": f"{role}-{number}", "role_id": f"r{role}", "posted_on": AS_OF - timedelta(days=age),
                "vacancies": int(random.geometric(0.5)), "education": stated if number % 4 == 0 else None,
                "wage_low": round(MEDIAN * float(np.exp(0.3 * random.standard_normal())), 2) if number % 3 else None,
            })  # fmt: skip
    table: pa.Table = role_demand(as_advertised(weighed(*rows)), NO_FIGURES, AS_OF, market_settings(growth_prior=1.0))
    return table.to_pylist()


@pytest.mark.parametrize(
    ("figure", "truth"),
    [
        ("growth", log(RECENT / BEFORE)), ("wage_median", MEDIAN), ("wage_q1", MEDIAN * np.exp(0.3 * -0.67449)),
        ("wage_q3", MEDIAN * np.exp(0.3 * 0.67449)), ("no_degree_share", NO_DEGREE),
    ],
)  # fmt: skip
def test_intervals_hold_the_truth(simulated: list[dict[str, float]], figure: str, truth: float) -> None:
    assert len(simulated) == ROLES
    held = [row[f"{figure}_low"] <= truth <= row[f"{figure}_high"] for row in simulated]
    assert 0.85 <= np.mean(held) <= 0.95
