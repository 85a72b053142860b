"""Is the lake what it was, and what can be made good?

Comes in: a lake. Goes out: what is damaged in it, file by file, with what to do; and a lake in which all that can be
made anew has been. Never changes a document, and never takes away what cannot be made again unless it is told to.
"""

from pipeline.upkeep.repair import Repaired, repair
from pipeline.upkeep.verify import Damage, Verified, verify

__all__ = ["Damage", "Repaired", "Verified", "repair", "verify"]
