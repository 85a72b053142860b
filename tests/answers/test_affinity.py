"""How much unmet skills belong together, against the plain definitions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers import affinity
from pipeline.answers.affinity import Nearness, Vectors, closeness
from pipeline.taxonomy import Occupation, Skill, SkillRelation, Taxonomy, build_taxonomy

SKILLS = ("a", "b", "c", "d", "top")

cells = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 5)), st.floats(0.01, 9.0, allow_subnormal=False), max_size=20
)


def vectors(cells: dict[tuple[int, int], float]) -> Vectors:
    """Four sparse vectors from (row, column) -> value."""
    rows, columns = (np.array([place[i] for place in sorted(cells)], dtype=np.int64) for i in (0, 1))
    values = np.array([cells[place] for place in sorted(cells)], dtype=np.float64)
    return Vectors(np.searchsorted(rows, np.arange(5)), columns, values)


def cosines(cells: dict[tuple[int, int], float]) -> np.ndarray:
    """Their cosines by the definition; 0 where one is empty."""
    dense = np.zeros((4, 6))
    for place, value in cells.items():
        dense[place] = value
    lengths = np.sqrt((dense**2).sum(axis=1))
    return np.array([
        [(one @ other) / (a * b) if a * b else 0.0 for other, b in zip(dense, lengths, strict=True)]
        for one, a in zip(dense, lengths, strict=True)
    ])  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(cells, cells, st.permutations(range(4)), st.sampled_from([1, 3, 1 << 20]))
def test_affinity_is_the_mean_of_two_cosines_and_closeness(
    postings: dict[tuple[int, int], float], roles: dict[tuple[int, int], float], rows: list[int], at_once: int
) -> None:
    close = np.array([[0, 2, 1, 0], [2, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], dtype=np.int8)
    near = Nearness(vectors(postings), vectors(roles), np.arange(4), close)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(affinity, "PAIRS_AT_ONCE", at_once)
        found = near.affinities(np.array(rows))
    expected = ((cosines(postings) + cosines(roles) + close / 2) / 3)[np.ix_(rows, rows)]
    assert found == pytest.approx(expected, abs=1e-6)
    assert (found == found.T).all()


def taxonomy(*relations: tuple[str, str, str]) -> Taxonomy:
    return build_taxonomy(
        "made", "1",
        skills=[
            Skill(skill_id=s, kind="skill", reuse="transversal", label_en=s, label_fr=s) for s in SKILLS
        ],
        occupations=[Occupation(occupation_id="r", label_en="r", sector="metal")],
        skill_relations=[SkillRelation(*each) for each in relations], occupation_skills=[],
    )  # fmt: skip


def test_closeness_by_hand() -> None:
    # b and c stand under one broader skill; so do a and b, which the taxonomy relates besides.
    told = taxonomy(
        ("a", "broader", "top"), ("b", "broader", "top"), ("b", "related", "a"), ("b", "broader", "d"),
        ("c", "broader", "d"),
    )  # fmt: skip
    close = closeness(told, pa.array(["a", "b", "c", "d"]))
    assert (close[0, 1], close[1, 0]) == (2, 2), "related, though they are siblings too"
    assert (close[1, 2], close[2, 1]) == (1, 1), "under one broader skill"
    assert (close[1, 3], close[3, 2]) == (2, 2), "a broader skill is related"
    assert (close[0, 2], close[0, 3]) == (0, 0)
    assert not closeness(taxonomy(), pa.array(["a", "b"])).any()
