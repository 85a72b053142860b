"""What is said of tables whose columns do not fit their mapping."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.ingest import Counts, Kind
from pipeline.intake import ingest, mappings_by_kind
from pipeline.lake import Lake
from pipeline.settings import load_settings

MAPPING = """
[source]
name = "my-board"
kind = "{kind}"

[fields]
source_id = "No"
title = ["Titre", "Title"]
wage = "Salaire"

[parts]
description = "Description"
requirement = "profil.exigences"
"""
TEXT = "You operate a forklift and keep records of what is moved."


def written(folder: Path, name: str, text: str) -> Path:
    """A file of the folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def taken(folder: Path, file: Path, mapping: Path | None = None, kind: Kind = "postings") -> Counts:
    """What one ingest of a file says."""
    return ingest(Lake(str(folder / "lake")), load_settings(), kind, [file], mapping)


def test_columns_that_a_mapping_names_and_the_table_lacks_are_told(tmp_path: Path) -> None:
    mapping = written(tmp_path, "my.toml", MAPPING.format(kind="postings"))
    table = written(
        tmp_path, "a.csv", f"No,Title,Wage,Description,profil\n1,Cariste,27,{TEXT},Permis\n2,Soudeur,30,{TEXT},\n"
    )
    counts = taken(tmp_path, table, mapping)
    assert (counts.accepted, counts.received) == (2, 2)
    assert counts.remarks == {
        "The mapping my-board reads wage from 'Salaire': the table has no such column. "
        "It has: No, Title, Wage, Description, profil.": 1
    }


def test_columns_that_nobody_reads_are_told(tmp_path: Path) -> None:
    table = written(tmp_path, "board.csv", f"source_id,title,description,salary\n1,Forklift operator,{TEXT},27\n")
    (remark,) = taken(tmp_path, table).remarks
    assert remark.startswith("Columns of board that are not read: salary. ")


def test_a_table_that_fits_is_passed_over_in_silence(tmp_path: Path) -> None:
    table = written(tmp_path, "board.csv", f"source_id,title,description\n1,Forklift operator,{TEXT}\n")
    assert taken(tmp_path, table).remarks == {}


def test_a_line_of_json_may_leave_out_what_it_has_not(tmp_path: Path) -> None:
    mapping = written(tmp_path, "my.toml", MAPPING.format(kind="postings"))
    line = json.dumps({"No": "1", "Titre": "Cariste", "Description": TEXT})
    assert taken(tmp_path, written(tmp_path, "a.jsonl", line), mapping).remarks == {}


def test_names_of_columns_hide_nothing_and_are_cut_short(tmp_path: Path) -> None:
    header = f"source_id,title,description,\u202eodd\x1b[2J,{'x' * 500}," + ",".join(f"c{i}" for i in range(40))
    table = written(tmp_path, "board.csv", f"{header}\n1,Forklift operator,{TEXT},1,1" + ",1" * 40 + "\n")
    (remark,) = taken(tmp_path, table).remarks
    assert "odd[2J" in remark
    assert "\u202e" not in remark
    assert "\x1b" not in remark
    assert len(remark) < 400


def test_the_same_remark_on_several_files_is_counted(tmp_path: Path) -> None:
    mapping = written(tmp_path, "my.toml", MAPPING.format(kind="postings"))
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        written(folder, name, f"No,Title,Description,profil\n{name},Cariste,{TEXT},Permis\n")
    counts = taken(tmp_path, folder, mapping)
    assert list(counts.remarks.values()) == [2]
    assert list((counts + counts).remarks.values()) == [4]


def test_mapping_files_are_given_to_their_kinds(tmp_path: Path) -> None:
    kinds: tuple[Kind, ...] = ("postings", "credentials")
    own: dict[Kind, Path] = {
        kind: written(tmp_path, f"{kind}.toml", MAPPING.format(kind=kind).replace('wage = "Salaire"', ""))
        for kind in kinds
    }
    assert mappings_by_kind(list(own.values()), kinds) == own
    with pytest.raises(SettingsError, match="is for credentials, and there are none to ingest"):
        mappings_by_kind(list(own.values()), ["postings"])
    with pytest.raises(SettingsError, match="Two mapping files for postings"):
        mappings_by_kind([own["postings"], own["postings"]], kinds)
