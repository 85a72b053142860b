"""A question about an industry or a workforce, answered from one snapshot.

Comes in: a scenario file, which says which postings are the group, and a snapshot. Goes out: tables of the group's
skills, trends, roles, credentials and ways, as `contract` describes them. Never reads anything but the snapshot.
"""

from pipeline.scenarios.answers import Answered, answer
from pipeline.scenarios.contract import SCENARIO_TABLES
from pipeline.scenarios.files import Bilingual, Learner, Scenario, Selection, packaged_scenarios, read_scenario
from pipeline.scenarios.group import Snapshot, day_of, snapshot_of

__all__ = [
    "SCENARIO_TABLES",
    "Answered",
    "Bilingual",
    "Learner",
    "Scenario",
    "Selection",
    "Snapshot",
    "answer",
    "day_of",
    "packaged_scenarios",
    "read_scenario",
    "snapshot_of",
]
