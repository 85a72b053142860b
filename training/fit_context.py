"""Fits how far a document's other skills move the confidence of one, on documents labelled with the starter's skills.

    python -m training.fit_context

Prints the two weights of `pipeline/linking/context.py`: a logistic regression whose offset is the log-odds that a skill
has by its clearest sentence. These are by weights that were not fitted on the sentence, or they would be too sure.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from pipeline.linking import Linker, load_linker
from pipeline.linking.confidence import CROSS_FITTED
from pipeline.linking.context import LEAST, others_say
from pipeline.linking.labelled_sets import read_linked_documents
from pipeline.settings import load_settings
from pipeline.taxonomy import load_starter

Floats = npt.NDArray[np.float64]
DOCUMENTS = Path(__file__).parent / "data/starter_links.csv"
DECIMALS = 2


def observe(linker: Linker, path: Path) -> tuple[Floats, Floats, Floats]:
    """Of every skill found in a document: its log-odds, what the others say (2 columns), and whether it is right."""
    rows: list[tuple[int, str, float, bool]] = []
    for place, document in enumerate(read_linked_documents(path)):
        best: dict[str, float] = {}
        for links in linker.link_each([(text, document.language) for text in document.texts], CROSS_FITTED):
            for link in links:
                best[link.skill_id] = max(best.get(link.skill_id, 0.0), link.confidence)
        rows += [(place, skill, p, skill in document.skills) for skill, p in best.items()]
    p = np.clip([row[2] for row in rows], LEAST, 1 - LEAST)
    company = linker.company
    of = np.array([row[0] for row in rows]), np.array([company.rows[row[1]] for row in rows])
    others = np.column_stack(others_say(*company.measure(*of, p)))
    return np.log(p / (1 - p)), others, np.array([row[3] for row in rows], float)


def fit(log_odds: Floats, others: Floats, right: Floats) -> Floats:
    """The weights of what the others say, by maximum likelihood."""

    def loss(weights: Floats) -> float:
        logits = log_odds + others @ weights
        return float((np.logaddexp(0, logits) - right * logits).sum())

    return np.asarray(minimize(loss, np.zeros(2)).x, dtype=np.float64)


def main() -> None:
    """Fits and prints."""
    linker = load_linker(load_starter(), load_settings(), None)
    fitting, presence = np.round(fit(*observe(linker, DOCUMENTS)), DECIMALS).tolist()
    sys.stdout.write(f"FITTING, PRESENCE = {fitting}, {presence}\n")


if __name__ == "__main__":
    main()
