"""What a document's other skills say of each one: by hand, and whatever stands beside the document."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.linking.context import FITTING, PRESENCE, Company, load_company
from pipeline.taxonomy import Occupation, OccupationSkill, Taxonomy, build_taxonomy, load_starter

from .conftest import skill

WELDING, OFFICE = ("weld", "grind", "cut"), ("type", "file")
Row = tuple[str, str, float, str]


def evidence(rows: list[Row]) -> pa.Table:
    """Rows of (document, skill, confidence, method)."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    names = ("document_id", "skill_id", "confidence", "method")
    types = (pa.string(), pa.string(), pa.float64(), pa.string())
    arrays = [pa.array(column, of) for column, of in zip(columns, types, strict=True)]
    return pa.table(dict(zip(names, arrays, strict=True)))


def taxonomy(asked: dict[str, tuple[str, ...]]) -> Taxonomy:
    """Six skills, and occupations that ask for some of them."""
    names = (*WELDING, *OFFICE, "juggle")
    return build_taxonomy(
        "small", "1",
        skills=[skill(name, name, None) for name in names],
        occupations=[Occupation(occupation_id=f"po:{name}", label_en=name, label_fr=None) for name in asked],
        skill_relations=[],
        occupation_skills=[
            OccupationSkill(occupation_id=f"po:{name}", relation="essential", skill_id=f"ps:{one}")
            for name, own in asked.items() for one in own
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def company() -> Company:
    """A welder and a clerk."""
    return load_company(taxonomy({"welder": WELDING, "clerk": OFFICE}))


def confidences(company: Company, rows: list[Row]) -> dict[tuple[str, str], float]:
    """Confidence after weighing, by document and skill."""
    weighed = company.weigh(evidence(rows)).to_pylist()
    return {(row["document_id"], row["skill_id"].removeprefix("ps:")): row["confidence"] for row in weighed}


def shifted(confidence: float, shift: float) -> float:
    return round(1 / (1 + exp(-(log(confidence / (1 - confidence)) + shift))), 4)


def test_what_fits_rises_and_what_does_not_falls(company: Company):
    rows = [("a", "ps:weld", 0.8, "dense"), ("a", "ps:grind", 0.6, "dense"), ("a", "ps:type", 0.6, "dense")]
    found = confidences(company, rows)
    # Beside 0.6 + 0.6: grinding is the welder's, typing the clerk's, and both occupations have the same weight.
    assert found["a", "grind"] == shifted(0.6, 1.4 / 2.4 * FITTING + log(2.4) * PRESENCE)
    assert found["a", "type"] == shifted(0.6, log(2.4) * PRESENCE)
    assert found["a", "type"] < 0.6 < found["a", "grind"]


def test_a_share_of_the_best_occupation_counts_for_that_share():
    """Skills that fewer occupations ask for say more of them."""
    company = load_company(taxonomy({"welder": WELDING, "clerk": (*OFFICE, "weld"), "mover": ("weld",)}))
    rows = [("a", one, 0.5, "dense") for one in ("ps:weld", "ps:grind", "ps:file")]
    rare, common = log(1 + 3 / 1), log(1 + 3 / 3)
    share = common / (rare + common)  # of grinding: the welder has welding left, the clerk welding and filing
    assert confidences(company, rows)["a", "grind"] == shifted(0.5, 1.0 / 2.0 * FITTING * share + log(2.0) * PRESENCE)


def test_a_skill_that_is_alone_stays_as_it_is(company: Company):
    rows = [("a", "ps:weld", 0.3333, "dense"), ("b", "ps:type", 1.0, "lexical"), ("c", "ps:juggle", 0.15, "dense")]
    assert list(confidences(company, rows).values()) == [0.3333, 1.0, 0.15]


def test_what_no_occupation_asks_for_fits_none(company: Company):
    found = confidences(company, [("a", "ps:weld", 1.0, "stated"), ("a", "ps:juggle", 0.5, "dense")])
    assert found["a", "juggle"] == shifted(0.5, log(2.0) * PRESENCE)


def test_what_is_stated_stays_and_speaks_for_others(company: Company):
    rows = [("a", "ps:weld", 1.0, "stated"), ("a", "ps:type", 0.4, "stated+dense"), ("a", "ps:cut", 0.4, "dense")]
    found = confidences(company, rows)
    assert (found["a", "weld"], found["a", "type"]) == (1.0, 0.4)
    assert found["a", "cut"] > 0.4


def test_a_taxonomy_without_occupations_says_nothing():
    rows = [("a", "ps:weld", 0.8, "dense"), ("a", "ps:type", 0.6, "dense")]
    assert confidences(load_company(taxonomy({})), rows) == {("a", "weld"): 0.8, ("a", "type"): 0.6}


def test_no_evidence(company: Company):
    assert company.weigh(evidence([])).num_rows == 0


STARTER = load_starter()
STARTER_COMPANY = load_company(STARTER)
found_skills = st.dictionaries(
    st.sampled_from(STARTER.skills["skill_id"].to_pylist()[:60]), st.integers(1500, 10_000), max_size=12
)


@given(st.lists(found_skills, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_neither_order_nor_other_documents_matter(documents: list[dict[str, int]], shuffle):
    rows = [(str(i), one, p / 10_000, "dense") for i, own in enumerate(documents) for one, p in own.items()]
    together = confidences(STARTER_COMPANY, rows)
    assert all(0 <= p <= 1 for p in together.values())
    shuffle.shuffle(rows)
    assert confidences(STARTER_COMPANY, rows) == together
    alone = [confidences(STARTER_COMPANY, [row for row in rows if row[0] == str(i)]) for i in range(len(documents))]
    assert {key: p for each in alone for key, p in each.items()} == together


@given(found_skills)
def test_fit_is_what_the_definition_says(document: dict[str, int]):
    """Occupation by occupation: what its other skills weigh, where it asks for this one, of the most that any has."""
    company, skills = STARTER_COMPANY, list(document)
    rows = np.array([company.rows[one] for one in skills], dtype=np.int64)
    confidence = np.array(list(document.values()), dtype=np.float64) / 10_000
    asked = company.asked.toarray()[rows]
    weight = confidence * company.weights[rows]
    fit = []
    for i in range(len(rows)):
        others = [sum(weight[j] * asked[j, each] for j in range(len(rows)) if j != i) for each in range(asked.shape[1])]
        best = max(others)
        own = max((what for what, asks in zip(others, asked[i], strict=True) if asks), default=0.0)
        fit.append(own / best if best > 1e-9 else 0.0)
    found, _ = company.measure(np.zeros_like(rows), rows, confidence) if len(rows) else ([], [])
    assert list(found) == pytest.approx(fit, abs=1e-7)


def test_more_rows_than_are_weighed_at_once():
    ids = STARTER.skills["skill_id"].to_pylist()
    draw = np.random.default_rng(0)
    rows = [(str(i), one, 0.5, "dense") for i in range(300) for one in draw.choice(ids, 10, replace=False).tolist()]
    together = confidences(STARTER_COMPANY, rows)
    last = [row for row in rows if row[0] == "299"]
    assert confidences(STARTER_COMPANY, last) == {key: p for key, p in together.items() if key[0] == "299"}
