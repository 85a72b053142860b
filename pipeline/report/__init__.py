"""The report: a bilingual static site that shows one snapshot.

Comes in: the tables of a published snapshot, and its changes. Goes out: pages, data and tables as files that need no
server. Never reads documents, caches or the clock, and never computes a figure that the tables do not hold or add up
to.
"""

from pipeline.report.site import Site, build_report

__all__ = ["Site", "build_report"]
