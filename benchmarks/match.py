"""How the match step grows: 1,000, 10,000 and 100,000 credentials by 1,000 roles, with intervals.

    python benchmarks/match.py --lake LAKE [--roles 1000] [--credentials 1000 10000 100000]

The lake must hold a published snapshot of real data: its credentials, profiles and similarities are resampled by
`world.py`. Each size runs in a process of its own, so that its peak memory is its own. Prints one JSON object; the
growth exponent is that of processor time over the last tenfold step.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import time

from world import postings_behind, resampled_credentials, resampled_roles

from pipeline import matching
from pipeline.lake import Lake
from pipeline.settings import load_settings
from pipeline.tables import ROLE_DEMAND

POSTINGS_EACH = 50


def measure(location: str, credentials: int, roles: int) -> dict[str, float]:
    """One size, in this process."""
    lake, settings = Lake(location), load_settings()
    role_skills = resampled_roles(lake.snapshot_table("role_skills"), roles)
    taught = resampled_credentials(lake.snapshot_table("credential_skills"), credentials)
    similarity = lake.snapshot_table("skill_similarity").rename_columns(["asked", "taught", "similarity"])
    postings, evidence = postings_behind(role_skills, POSTINGS_EACH)
    wall, processor = time.perf_counter(), time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = matching.match(
        taught, role_skills, similarity, postings, evidence, ROLE_DEMAND.schema.empty_table(), settings.matching,
        settings.profile,
    )  # fmt: skip
    return {
        "credentials": credentials, "roles": roles, "matches": found.matches.num_rows,
        "match_skills": found.match_skills.num_rows, "wall": round(time.perf_counter() - wall, 2),
        "processor": round(time.process_time() - processor, 2), "memory before, MiB": round(before),
        "memory at most, MiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip


def main() -> None:
    """Measures every size in its own process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--roles", type=int, default=1000)
    parser.add_argument("--credentials", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(measure(options.lake, options.credentials[0], options.roles)))
        return
    found = []
    for credentials in options.credentials:
        command = [sys.executable, __file__, "--inside", "--lake", options.lake, "--roles", str(options.roles),
                   "--credentials", str(credentials)]  # fmt: skip
        found.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
        print(found[-1], file=sys.stderr)
    report: dict[str, object] = {"sizes": found}
    if len(found) > 1:
        one, other = found[-2:]
        report["growth exponent"] = round(
            math.log(other["processor"] / one["processor"]) / math.log(other["credentials"] / one["credentials"]), 3
        )
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
