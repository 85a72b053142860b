"""What a document's other skills say of each one: what an occupation asks for is found together.

Comes in: the skills found in documents, each with the confidence that its clearest sentence gives. Goes out: the same
with their confidence in this company. "Read fault codes" resembles "review code"; beside bearings and hydraulics, it is
something else. `docs/methods.md` has the formula, and `training/fit_context.py` prints the two weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import distinct, ranges
from pipeline.linking.confidence import CONFIDENCE_DECIMALS
from pipeline.taxonomy import Taxonomy

if TYPE_CHECKING:
    from scipy import sparse

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# What fitting company adds to the log-odds, and what each e-fold of the presence of others adds by itself.
FITTING, PRESENCE = 4.02, -0.77
DECIMALS = 9  # sums are rounded: what is left of one without its only member is nothing
ROWS = 256  # weighed at once: each has a cell for every occupation, and what stays in the processor's cache is quick
LEAST = 10.0**-CONFIDENCE_DECIMALS  # confidence nearer to 0 or 1 has no log-odds to add to


@dataclass(frozen=True)
class Company:
    """Which skills the occupations of one taxonomy ask for.

    Attributes:
        rows: skill -> its row.
        asked: (skills, occupations), 1 where the occupation asks for the skill.
        weights: of each skill, log(1 + occupations / those that ask for it): what few ask for says most of them.
    """

    rows: dict[str, int]
    asked: sparse.csr_array
    weights: Floats

    def weigh(self, evidence: pa.Table) -> pa.Table:
        """Evidence with confidence in the company of what else the same document holds.

        Args:
            evidence: document_id, skill_id, confidence and method, a row for each document and skill. Skills that a
                document states speak for others and stay as they are.
        """
        if not evidence.num_rows or not self.asked.nnz:
            return evidence
        documents, _ = _codes(evidence["document_id"])
        skills, named = _codes(evidence["skill_id"])
        before = evidence["confidence"].to_numpy()
        fit, rest = self.measure(documents, np.array([self.rows[one] for one in named])[skills], before)
        fitting, presence = others_say(fit, rest)
        shift = FITTING * fitting + PRESENCE * presence
        shift[pc.starts_with(evidence["method"], "stated").to_numpy()] = 0.0
        column = pa.array(_shifted(before, shift))
        return evidence.set_column(evidence.schema.get_field_index("confidence"), "confidence", column)

    def measure(self, documents: Integers, skills: Integers, confidence: Floats) -> tuple[Floats, Floats]:
        """How well each skill fits the others of its document, from 0 to 1, and the sum of their confidence.

        Args:
            documents: row of the document, of each skill found.
            skills: row of the skill; none twice in a document.
            confidence: that the document calls for it.
        """
        from scipy import sparse  # noqa: PLC0415 - a third of a second to import; only where text is linked

        own = confidence * self.weights[skills]
        shape = (int(documents.max()) + 1, len(self.weights))
        found = sparse.csr_array((own, (documents, skills)), shape=shape)
        found.sort_indices()  # sums do not depend on the order of rows
        fit = np.zeros(len(own))
        order = np.argsort(documents, kind="stable")
        for rows in np.split(order, range(ROWS, len(order), ROWS)):
            near, place = np.unique(documents[rows], return_inverse=True)
            sums = (found[near] @ self.asked).toarray()[place]
            counts = np.diff(self.asked.indptr)[skills[rows]]
            row = np.repeat(np.arange(len(rows)), counts)
            occupation = self.asked.indices[ranges(self.asked.indptr[skills[rows]], counts)]
            fitting = np.zeros(len(rows))
            np.maximum.at(fitting, row, np.round(sums[row, occupation] - own[rows][row], DECIMALS))
            sums[row, occupation] = 0.0
            best = np.maximum(fitting, np.round(sums.max(axis=1), DECIMALS))
            fit[rows] = np.divide(fitting, best, out=np.zeros(len(best)), where=best > 0)
        rest = np.bincount(documents, confidence)[documents] - confidence
        return fit, np.maximum(np.round(rest, DECIMALS), 0.0)


def others_say(fit: Floats, rest: Floats) -> tuple[Floats, Floats]:
    """What `FITTING` weighs, and what `PRESENCE` does: where a document holds much, one more skill of it is less sure.

    Args:
        fit: as `Company.measure` gives it.
        rest: the same.
    """
    return rest / (rest + 1.0) * fit, np.log1p(rest)


def _codes(column: pa.ChunkedArray) -> tuple[Integers, list[str]]:
    """A column as numbers, and what they stand for."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()


def _shifted(confidence: Floats, shift: Floats) -> Floats:
    """Confidence whose log-odds are moved; where nothing moves them it stays as it is, to the last digit."""
    inner = np.clip(confidence, LEAST, 1 - LEAST)
    moved = 1.0 / (1.0 + (1.0 - inner) / inner * np.exp(-shift))
    return np.asarray(np.where(shift == 0, confidence, np.round(moved, CONFIDENCE_DECIMALS)), dtype=np.float64)


def load_company(taxonomy: Taxonomy) -> Company:
    """Which skills the taxonomy's occupations ask for."""
    from scipy import sparse  # noqa: PLC0415 - as above

    skills, pairs = taxonomy.skills["skill_id"].combine_chunks(), taxonomy.occupation_skills
    occupations = pairs["occupation_id"].unique().sort()
    asked_of, asked_by = (
        pc.index_in(pairs[name].combine_chunks(), known).to_numpy().astype(np.int64)
        for name, known in (("skill_id", skills), ("occupation_id", occupations))
    )
    cells = distinct(asked_of * max(len(occupations), 1) + asked_by)
    places = np.divmod(cells, max(len(occupations), 1))
    asked = sparse.csr_array((np.ones(len(cells)), places), shape=(len(skills), len(occupations)))
    counts = np.bincount(places[0], minlength=len(skills))
    rows = {skill: row for row, skill in enumerate(skills.to_pylist())}
    return Company(rows, asked, np.log1p(len(occupations) / np.maximum(counts, 1)))
