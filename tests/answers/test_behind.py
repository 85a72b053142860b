"""The postings behind what is asked, gathered."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers.behind import Behind
from pipeline.answers.estimates import Asking

POSTINGS = 6
CELL = st.dictionaries(st.integers(0, POSTINGS - 1), st.integers(1, 10_000).map(lambda p: p / 1e4))


def behind(cells: list[dict[int, float]]) -> Behind:
    """Cells, each of the postings that ask for something, by number, with how sure that is."""
    rows = [(posting, confidence) for cell in cells for posting, confidence in sorted(cell.items())]
    posting = np.array([row[0] for row in rows], dtype=np.int64)
    jobs, wage = 1.0 + posting.astype(np.float64), 20.0 + posting.astype(np.float64)
    asking = Asking(posting, jobs, np.array([row[1] for row in rows], dtype=np.float64), wage)
    return Behind(pa.array([f"p{i}" for i in range(POSTINGS)]), np.cumsum([0, *map(len, cells)]), asking)


@given(cells=st.lists(CELL, min_size=1, max_size=6), data=st.data(), most=st.integers(1, 4))
def test_cells_gathered_hold_each_posting_once_as_sure_as_of_its_surest_cell(
    cells: list[dict[int, float]], data: st.DataObject, most: int
) -> None:
    groups = data.draw(st.lists(st.lists(st.integers(0, len(cells) - 1), min_size=1, unique=True), max_size=4))
    found, mass = behind(cells).together(groups)
    foremost = found.foremost(mass, most)
    assert len(found.starts) == len(groups) + 1
    for place, group in enumerate(groups):
        surest: dict[int, float] = {}
        whole: dict[int, float] = {}
        for cell in group:
            for posting, confidence in cells[cell].items():
                surest[posting] = max(confidence, surest.get(posting, 0.0))
                whole[posting] = whole.get(posting, 0.0) + confidence
        own = found.asking.take(slice(found.starts[place], found.starts[place + 1]))
        assert own.posting.tolist() == sorted(surest)
        assert own.confidence.tolist() == [surest[posting] for posting in sorted(surest)]
        assert own.wage.tolist() == [20.0 + posting for posting in sorted(surest)]
        ordered = sorted(whole, key=lambda posting: (-round(whole[posting], 6), posting))
        assert foremost[place] == [f"p{posting}" for posting in ordered[:most]]
