"""Two snapshots in; what changed between them, and why, out.

Comes in: the ids of two snapshots of one lake. Goes out: for each match the difference of its coverage, split into
demand, credential, taxonomy, model, settings and code. Never changes a snapshot, and never guesses what a factor that
can't be run any more would have done: what can't be told apart is named as such.
"""

from pipeline.changes.compare import Comparison, Summary, changes_folder, compare
from pipeline.changes.record import cheap, find_snapshot, record
from pipeline.changes.shapley import shapley
from pipeline.changes.states import FACTORS

__all__ = [
    "FACTORS",
    "Comparison",
    "Summary",
    "changes_folder",
    "cheap",
    "compare",
    "find_snapshot",
    "record",
    "shapley",
]
