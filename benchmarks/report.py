"""How long the report takes to build for many credentials and roles, how large it is, and how soon a page answers.

    python benchmarks/report.py --lake LAKE [--credentials 1000] [--roles 300] [--out FOLDER] [--browser]

LAKE holds a published snapshot, such as the demo's. It is tiled: each copy of a credential or role has an id and a
title of its own, and a copy matches the copies of what the original matched, so that the tables are as dense as they
are in the original. Texts repeat, so compressed sizes err on the low side. Building runs in a process of its own, so
that its peak memory is its own. With --browser, pages are opened in Chromium. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from pipeline.lake import LATEST, MANIFEST, Lake
from pipeline.report import build_report
from pipeline.settings import load_settings
from pipeline.sql import query

# Column -> whether its ids are copied with credentials (c) or with roles (r); postings and evidence go with roles.
KINDS = {
    "credential_id": "c", "nearest_credential_id": "c", "required_by": "c", "role_id": "r", "from_role_id": "r",
    "to_role_id": "r", "best_role_id": "r", "posting_id": "r",
}  # fmt: skip
TITLES = ("title_en", "title_fr", "label_en", "label_fr")
SHOWN = (
    "index.html",
    "roles.html",
    "credentials.html",
    "role.html?role={role}",
    "compare.html?role={role}&c={credential}",
)


def tiled(name: str, table: pa.Table, credentials: int, roles: int) -> pa.Table:
    """A table with every credential copied `credentials` times and every role `roles` times."""
    kinds = {KINDS[column] for column in table.column_names if column in KINDS}
    if name == "evidence":
        kinds = {"c", "r"}
    if name in ("transitions", "stacks", "unmet_demand") or not kinds:
        # The way from a copy leads to the copy of the same number, and a stack is made of first copies: the number of
        # ways and steps is a role's own, however many roles there are.
        credentials = 1
    if name in ("unmet_demand", "unmet_bundles", "skills", "skill_similarity"):
        return table
    copies = (
        f"(SELECT range AS c FROM range({credentials if 'c' in kinds else 1})) "
        f"CROSS JOIN (SELECT range AS r FROM range({roles if 'r' in kinds else 1}))"
    )
    where = "WHERE (document_kind = 'credential' AND r = 0) OR (document_kind = 'posting' AND c = 0)"
    selected = ", ".join(_copied(name, column) for column in table.column_names)
    return query(f"SELECT {selected} FROM given CROSS JOIN {copies} {where if name == 'evidence' else ''}",
                 {"given": table}).cast(table.schema)  # fmt: skip


def _copied(name: str, column: str) -> str:
    if column in KINDS:
        kind = KINDS[column]
        return f"\"{column}\" || CASE {kind} WHEN 0 THEN '' ELSE '#' || {kind} END AS \"{column}\""
    if name == "evidence" and column == "document_id":
        return "document_id || CASE c + r WHEN 0 THEN '' ELSE '#' || (c + r) END AS document_id"
    if column in TITLES and name in ("credentials", "roles"):
        kind = "c" if name == "credentials" else "r"
        return f"\"{column}\" || CASE {kind} WHEN 0 THEN '' ELSE ' (' || ({kind} + 1) || ')' END AS \"{column}\""
    if column in ("rank_in_role", "rank_in_credential"):
        kind = "c" if column == "rank_in_role" else "r"
        return f'row_number() OVER (PARTITION BY {_other(column)}, c + r - {kind} ORDER BY "{column}") AS "{column}"'
    return f'"{column}"'


def _other(column: str) -> str:
    return "role_id" if column == "rank_in_role" else "credential_id"


def tile(lake: Lake, target: Lake, credentials: int, roles: int) -> dict[str, int]:
    """Publishes the tiled snapshot of a lake in another; returns its rows by table."""
    snapshot = lake.latest()
    manifest = lake.read_json(f"snapshots/{snapshot}/{MANIFEST}")
    names = [name.removesuffix(".parquet") for name in lake.names(f"snapshots/{snapshot}", ".parquet")]
    held = lake.snapshot_table("credentials").num_rows
    profiled = sum(lake.snapshot_table("roles")["profiled"].to_pylist())
    copies = math.ceil(credentials / held), math.ceil(roles / profiled)
    rows = {}
    for name in names:
        table = tiled(name, lake.snapshot_table(name), *copies)
        target.write_table(f"snapshots/{snapshot}/{name}.parquet", table)
        rows[name] = table.num_rows
    target.write_json(f"snapshots/{snapshot}/{MANIFEST}", manifest)
    target.write_json(LATEST, {"snapshot_id": snapshot, "previous": None, "published_at": ""})
    return rows


def build(location: str, out: str) -> dict[str, float]:
    """Builds the site in this process: seconds, memory, files and size."""
    start = time.perf_counter()
    site = build_report(Lake(location), load_settings(), Lake(out))
    tables = sum(path.stat().st_size for path in (Path(out) / "tables").iterdir())
    return {
        "seconds": round(time.perf_counter() - start, 1), "files": site.files,
        "peak MiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "MB": round(site.bytes / 1e6, 1), "MB without tables": round((site.bytes - tables) / 1e6, 1),
    }  # fmt: skip


def open_pages(out: str, role: str, credential: str) -> dict[str, dict[str, float]]:
    """Milliseconds until each page can be used: its data are there and what it shows has been made."""
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for page in SHOWN:
            tab = browser.new_context().new_page()
            tab.goto((Path(out) / "en").as_uri() + "/" + page.format(role=role, credential=credential))
            while not tab.evaluate("performance.getEntriesByName('ready').length"):
                tab.wait_for_timeout(20)
            found[page.partition("?")[0]] = {
                "interactive": tab.evaluate("Math.round(performance.getEntriesByName('ready')[0].startTime)"),
                "parsed": tab.evaluate("Math.round(performance.getEntriesByType('navigation')[0].domInteractive)"),
            }
        browser.close()
    return found


def main() -> None:
    """Tiles, builds and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--credentials", type=int, default=1000)
    parser.add_argument("--roles", type=int, default=300)
    parser.add_argument("--out", help="keeps the site there")
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--build", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.build:
        print(json.dumps(build(*given.build)))
        return
    lake = Lake(given.lake)
    with tempfile.TemporaryDirectory(prefix="passerelle-report-") as folder:
        target, out = Lake(f"{folder}/lake"), given.out or f"{folder}/site"
        rows = tile(lake, target, given.credentials, given.roles)
        command = [sys.executable, __file__, "--lake", given.lake, "--build", f"{folder}/lake", out]
        measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        result: dict[str, object] = {"rows": rows, "build": measured}
        if given.browser:
            match = lake.snapshot_table("matches").slice(0, 1).to_pylist()[0]
            result["milliseconds"] = open_pages(out, match["role_id"], match["credential_id"])
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
