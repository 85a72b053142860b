"""Options that several commands take, and the settings that they share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.settings import Settings, load_settings

LakeOption = Annotated[str, typer.Option("--lake", envvar="PASSERELLE_LAKE", help="Folder or URL of the lake.")]
TaxonomyOption = Annotated[str | None, typer.Option("--taxonomy", help="Name or folder of a taxonomy.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value, and no progress.")]
LangOption = Annotated[
    Literal["en", "fr"], typer.Option("--lang", help="Language of labels, and of what the command says.")
]
MappingOption = Annotated[Path | None, typer.Option("--mapping", help="Mapping file for all of these files.")]
SourceOption = Annotated[str, typer.Option("--source", help="Source name for files that do not name theirs.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Compute again even if nothing changed.")]


@dataclass
class State:
    """What the options before the command say."""

    settings_file: Path | None = None


state = State()


def chosen_settings(taxonomy: str | None = None) -> Settings:
    """The settings of this command line: defaults, --settings, variables, then --taxonomy.

    Raises:
        SettingsError: one of them is wrong.
    """
    return load_settings(state.settings_file, {"taxonomy": {"name": taxonomy}} if taxonomy else None)
