"""`passerelle report`: build the site that shows a snapshot."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common import JsonOption, LakeOption, chosen_settings
from pipeline.console import out as console
from pipeline.console import print_json


def report(
    lake: LakeOption,
    out: Annotated[
        str | None, typer.Option("--out", help="Folder or URL for the site; by default reports/ in the lake.")
    ] = None,
    snapshot: Annotated[str | None, typer.Option(help="Snapshot to show; by default the published one.")] = None,
    json: JsonOption = False,
) -> None:
    """Build the bilingual site that shows a snapshot: pages, data and tables that need no server."""
    from pipeline import stages
    from pipeline.lake import Lake

    site = stages.report(Lake(lake), chosen_settings(), Lake(out) if out else None, snapshot)
    if json:
        print_json(asdict(site))
        return
    console.print(f"report of snapshot {site.snapshot_id}: {site.files} files, {site.bytes / 1e6:.1f} MB")
    index = f"{site.location}/index.html"
    console.print(f"open {index if '://' in site.location else Path(index).as_uri()}")
