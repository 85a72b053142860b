"""The report: a bilingual static site that shows one snapshot.

Comes in: the tables of a published snapshot, and its changes. Goes out: pages, data and tables as files that need no
server; or the pages and files of one scenario. Never reads documents, caches or the clock, and never computes a figure
that the tables, or `pipeline.scenarios`, do not hold or add up to.
"""

from pipeline.report.scenario_files import Written, scenario_files, write_scenario
from pipeline.report.scenarios import view_of
from pipeline.report.site import Site, build_report

__all__ = ["Site", "Written", "build_report", "scenario_files", "view_of", "write_scenario"]
