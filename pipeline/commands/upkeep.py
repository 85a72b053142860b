"""`passerelle verify` and `passerelle repair`: is the lake what it was, and what can be made good?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.common import JsonOption, LakeOption, TaxonomyOption, chosen_settings
from pipeline.console import out, print_json, progress_bars
from pipeline.errors import LakeError

if TYPE_CHECKING:
    from pipeline.upkeep import Verified


def verify_command(lake: LakeOption, json: JsonOption = False) -> None:
    """Check every hash, key and reference of a lake, and say what to do about what is damaged."""
    from pipeline.lake import Lake
    from pipeline.upkeep import verify

    with progress_bars(json) as progress:
        verified = verify(Lake(lake), progress)
    if json:
        print_json(asdict(verified) | {"whole": verified.whole})
    else:
        out.print(f"{verified.files:,} files, {verified.bytes:,} bytes read")
        _print_damages(verified)
    _fail_if_damaged(verified, lake)


def repair_command(
    lake: LakeOption,
    set_aside: Annotated[
        bool,
        typer.Option("--set-aside", help="Move what cannot be made again into damaged/: ingest its sources again."),
    ] = False,
    taxonomy: TaxonomyOption = None,
    json: JsonOption = False,
) -> None:
    """Make good what can be made good: damaged caches, what dead runs left, and the published snapshot."""
    from pipeline import stages
    from pipeline.lake import Lake
    from pipeline.upkeep import repair

    settings = chosen_settings(taxonomy)
    with progress_bars(json) as progress:
        repaired = repair(Lake(lake), settings, datetime.now(UTC), stages.refresh, set_aside, progress)
    if json:
        print_json(asdict(repaired) | {"whole": repaired.left.whole})
    else:
        out.print(
            f"{len(repaired.deleted)} files deleted, {len(repaired.set_aside)} set aside"
            f"{', the snapshot made anew' if repaired.republished else ''}"
        )
        for name in repaired.set_aside:
            out.print(f"set aside: {name}: ingest its sources again", markup=False, highlight=False)
        _print_damages(repaired.left)
    _fail_if_damaged(repaired.left, lake)


def _print_damages(verified: Verified) -> None:
    for damage in verified.damages:
        style = None if damage.harmless else "red"
        out.print(f"{damage.file}: {damage.problem}. {damage.cure}", style=style, markup=False, highlight=False)
    if not verified.damages:
        out.print("all is what it was")


def _fail_if_damaged(verified: Verified, lake: str) -> None:
    damaged = [damage for damage in verified.damages if not damage.harmless]
    if damaged:
        raise LakeError(f"{len(damaged)} files of the lake {lake} are damaged, such as {damaged[0].file}.")
