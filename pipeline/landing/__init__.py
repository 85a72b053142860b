"""What lands, claimed once and kept until it is in the lake.

Comes in: files that others put into a folder or bucket. Goes out: claims, each a batch of files that nobody else takes.
Never reads what a file holds, never deletes what has not been ingested, and knows nothing of who rings the bell.
"""

from pipeline.landing.area import Arrival, Claim, LandingArea

__all__ = ["Arrival", "Claim", "LandingArea"]
