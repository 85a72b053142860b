"""What changed between snapshots of one lake: by other postings, by other settings, by another taxonomy."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline import matching, stages
from pipeline.changes.states import find_state
from pipeline.changes.worlds import Worlds
from pipeline.ingest import DocumentStore
from pipeline.lake import Lake
from pipeline.publish import documents_hash
from pipeline.settings import load_settings
from pipeline.taxonomy import Taxonomy, load_starter, save_taxonomy
from pipeline.taxonomy.model import fingerprint_tables

from .tools import SMALL, call, latest, sample_postings, write_lines

Row = dict[str, Any]
Pair = tuple[str, str]
FACTORS = ("demand", "credential", "taxonomy", "model", "settings", "code", "unsplit")
NARROW = "[matching]\nbroader_similarity = 0.65\nmin_coverage = 0.01\n"


@dataclass(frozen=True)
class World:
    """A lake with four snapshots: few and more postings, each under two settings; and one under another taxonomy."""

    lake: Path
    few: str
    few_narrow: str
    more: str
    more_narrow: str
    other_taxonomy: str
    taxonomy: Path


def smaller_taxonomy() -> Taxonomy:
    """The starter without the skills of one sector in three."""
    starter = load_starter()
    kept = starter.skills.filter(pc.invert(pc.is_in(starter.skills["sector"], pc.unique(
        starter.skills["sector"].drop_null()).slice(0, 2))))  # fmt: skip
    ids = kept["skill_id"]
    relations = starter.skill_relations
    relations = relations.filter(pc.and_(pc.is_in(relations["skill_id"], ids), pc.is_in(relations["target_id"], ids)))
    asked = starter.occupation_skills.filter(pc.is_in(starter.occupation_skills["skill_id"], ids))
    made = replace(starter, name="smaller", skills=kept, skill_relations=relations, occupation_skills=asked)
    return replace(made, fingerprint=fingerprint_tables(made.tables()))


def settings_file(folder: Path, name: str, more: str) -> tuple[str, Path]:
    path = folder / name
    path.write_text(SMALL[1].read_text(encoding="utf-8") + more, encoding="utf-8")
    return "--settings", path


@pytest.fixture(scope="module")
def world(small_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("changes")
    lake = folder / "lake"
    shutil.copytree(small_lake, lake)
    wide = settings_file(folder, "wide.toml", "[matching]\nmin_coverage = 0.01\n")
    narrow = settings_file(folder, "narrow.toml", NARROW)

    def refresh(settings: tuple[str, Path], *more: object) -> str:
        ran = call(*settings, "refresh", "--lake", lake, *more)
        assert ran.code == 0, ran.err
        return latest(lake)

    few, few_narrow = refresh(wide), refresh(narrow)
    board = write_lines(folder / "board.jsonl", sample_postings(14))
    assert call("ingest", "postings", board, "--lake", lake).code == 0
    more, more_narrow = refresh(wide), refresh(narrow)
    taxonomy = folder / "taxonomies" / "smaller-1"
    save_taxonomy(smaller_taxonomy(), taxonomy)
    other = refresh(narrow, "--taxonomy", taxonomy)
    return World(lake, few, few_narrow, more, more_narrow, other, taxonomy)


def matches(world: World, snapshot: str) -> dict[Pair, float]:
    rows = pq.read_table(world.lake / "snapshots" / snapshot / "matches.parquet").to_pylist()
    return {(row["credential_id"], row["role_id"]): row["coverage"] for row in rows}


def changes(world: World, earlier: str, later: str, **variables: str) -> tuple[Row, dict[Pair, Row]]:
    """The summary and the rows that `passerelle diff` leaves in the lake."""
    ran = call(
        *SMALL, "diff", earlier, later, "--lake", world.lake, "--taxonomy", world.taxonomy, "--json", "--top", "0"
    )
    assert ran.code == 0, ran.err
    folder = world.lake / "changes" / f"{earlier}..{later}"
    rows = pq.read_table(folder / "changes.parquet").to_pylist()
    assert len(ran.json["changes"]) == len(rows)
    return orjson.loads((folder / "summary.json").read_bytes()), {(r["credential_id"], r["role_id"]): r for r in rows}


def assert_adds_up(rows: dict[Pair, Row]) -> None:
    for row in rows.values():
        total = sum(row[f"by_{factor}"] for factor in FACTORS)
        assert round(total, 9) == round(row["coverage_to"] - row["coverage_from"], 9), row


def test_two_factors_are_split_as_four_snapshots_say(world: World) -> None:
    """The mixed worlds were published too: few postings under the new settings, and more under the old ones."""
    summary, rows = changes(world, world.few, world.more_narrow)
    assert {f: s for f, s in summary["factors"].items() if s != "same"} == {"demand": "split", "settings": "split"}
    assert_adds_up(rows)
    ends = [matches(world, s) for s in (world.few, world.few_narrow, world.more, world.more_narrow)]
    compared = 0
    for pair, row in rows.items():
        if not all(pair in end for end in ends):
            continue
        neither, settings, demand, both = (end[pair] for end in ends)
        assert row["by_demand"] == pytest.approx(((demand - neither) + (both - settings)) / 2, abs=1e-9)
        assert row["by_settings"] == pytest.approx(((settings - neither) + (both - demand)) / 2, abs=1e-9)
        assert (row["by_credential"], row["by_taxonomy"], row["by_model"], row["by_code"]) == (0, 0, 0, 0)
        compared += 1
    assert compared >= 3
    assert any(row["by_demand"] for row in rows.values()) and any(row["by_settings"] for row in rows.values())


def test_new_postings_alone_are_told_from_what_was_published(world: World, monkeypatch: Any) -> None:
    """No document is read, since a lake may hold a million; and no skill is compared with another once more."""
    folder = world.lake / "changes" / f"{world.few}..{world.more}"
    shutil.rmtree(folder, ignore_errors=True)
    with monkeypatch.context() as patched:
        patched.delattr(DocumentStore, "as_once")
        patched.delattr(matching, "skill_similarity")
        summary, rows = changes(world, world.few, world.more)
    assert {f: s for f, s in summary["factors"].items() if s != "same"} == {"demand": "split"}
    assert_adds_up(rows)
    read = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.rmtree(folder)
    monkeypatch.setattr(Worlds, "_compared_with", lambda *_: set())
    changes(world, world.few, world.more)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == read, "as if it had been compared"


def test_what_a_refresh_has_loaded_is_not_loaded_again(world: World, monkeypatch: Any) -> None:
    """And what it has loaded is left alone where a snapshot was made with something else."""
    settings = load_settings(world.taxonomy.parent.parent / "narrow.toml")
    lake = Lake(world.lake)
    linker = stages.chosen_linker(settings, lake)
    own = find_state(lake, world.more_narrow, settings, documents_hash, linker)
    assert own.taxonomy is linker.taxonomy and own.encoder is linker.encoder
    named = settings.taxonomy.model_copy(update={"name": str(world.taxonomy)})
    other = find_state(
        lake, world.other_taxonomy, settings.model_copy(update={"taxonomy": named}), documents_hash, linker
    )
    assert other.taxonomy is not None and other.taxonomy.fingerprint == other.inputs["taxonomy"]


def test_every_publication_is_compared_with_the_one_before(world: World) -> None:
    for earlier, later, factor in (
        (world.few, world.few_narrow, "settings"), (world.more, world.more_narrow, "settings"),
        (world.more_narrow, world.other_taxonomy, "taxonomy"),
    ):  # fmt: skip
        assert (world.lake / "changes" / f"{earlier}..{later}" / "summary.json").is_file()
        summary, rows = changes(world, earlier, later)
        assert {f for f, state in summary["factors"].items() if state != "same"} == {factor}
        assert_adds_up(rows)
        assert all(row[f"by_{other}"] == 0 for row in rows.values() for other in FACTORS if other != factor)


def test_a_taxonomy_is_split_from_demand_and_settings(world: World) -> None:
    summary, rows = changes(world, world.few, world.other_taxonomy)
    changed = {f: s for f, s in summary["factors"].items() if s != "same"}
    assert changed == {"demand": "split", "settings": "split", "taxonomy": "split"}
    assert_adds_up(rows)
    for factor in changed:
        assert any(row[f"by_{factor}"] for row in rows.values()), factor
    published = matches(world, world.few), matches(world, world.other_taxonomy)
    for pair, row in rows.items():
        assert row["kind"] == ("both" if pair in published[0] and pair in published[1] else "new"
                               if pair in published[1] else "gone")  # fmt: skip
        for name, end in zip(("coverage_from", "coverage_to"), published, strict=True):
            assert row[name] == end.get(pair, row[name])


def test_the_way_back_is_the_way_there_with_the_sign_changed(world: World) -> None:
    _, there = changes(world, world.few, world.more_narrow)
    _, back = changes(world, world.more_narrow, world.few)
    assert there.keys() == back.keys()
    for pair, row in there.items():
        for factor in FACTORS:
            assert back[pair][f"by_{factor}"] == pytest.approx(-row[f"by_{factor}"], abs=1e-11)


def test_nothing_changed(world: World) -> None:
    summary, rows = changes(world, world.few, world.few)
    assert rows == {} and set(summary["factors"].values()) == {"same"}
    assert summary["unchanged"] == summary["pairs"] > 0


def test_the_same_comparison_gives_the_same_bytes(world: World) -> None:
    changes(world, world.few, world.more_narrow)
    folder = world.lake / "changes" / f"{world.few}..{world.more_narrow}"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.rmtree(folder)
    changes(world, world.few, world.more_narrow)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_taxonomy_that_is_gone_is_named_not_guessed(world: World) -> None:
    """Changed first and whole, the rest by Shapley; as the later state it can't be compared at all."""
    hidden = world.taxonomy.with_name("hidden")
    for earlier, later in ((world.other_taxonomy, world.few), (world.few, world.other_taxonomy)):
        shutil.rmtree(world.lake / "changes" / f"{earlier}..{later}", ignore_errors=True)
    world.taxonomy.rename(hidden)
    try:
        summary, rows = changes(world, world.other_taxonomy, world.few)
        changed = {f: s for f, s in summary["factors"].items() if s != "same"}
        assert changed == {"taxonomy": "first", "demand": "split", "settings": "split"}
        assert_adds_up(rows)
        ran = call(
            *SMALL,
            "diff",
            world.other_taxonomy,
            world.few,
            "--lake",
            world.lake,
            "--taxonomy",
            world.taxonomy,
            "--lang",
            "fr",
        )
        assert "ne peut plus être exécuté" in ran.out
        assert call(
            *SMALL, "diff", world.few, world.other_taxonomy, "--lake", world.lake, "--taxonomy", world.taxonomy
        ).failed(6, "taxonomy")
    finally:
        hidden.rename(world.taxonomy)


def test_code_and_taxonomy_that_changed_together_are_not_told_apart(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(stages, "code_version", lambda: "0.1.0+another")
    summary, rows = changes(world, world.few, world.more_narrow)
    # The code gives the same numbers: what published and computed coverages differ by is nothing.
    assert summary["factors"]["code"] == "remainder" and summary["mean_change"]["code"] == 0
    assert_adds_up(rows)
    hidden = world.taxonomy.with_name("hidden")
    world.taxonomy.rename(hidden)
    try:
        summary, rows = changes(world, world.other_taxonomy, world.more_narrow)
        assert {f: s for f, s in summary["factors"].items() if s != "same"} == {
            "taxonomy": "unsplit", "code": "unsplit"
        }  # fmt: skip
        assert_adds_up(rows)
        assert all(row["unsplit"] == ["taxonomy", "code"] for row in rows.values())
        assert any(row["by_unsplit"] for row in rows.values())
    finally:
        hidden.rename(world.taxonomy)
        for folder in (world.lake / "changes").iterdir():
            if b"another" in (folder / "summary.json").read_bytes():
                shutil.rmtree(folder)


def test_snapshots_are_named_by_a_beginning_or_a_word(world: World) -> None:
    ran = call(*SMALL, "diff", "previous", "latest", "--lake", world.lake, "--taxonomy", world.taxonomy)
    assert ran.code == 0 and world.other_taxonomy in ran.out
    assert call(*SMALL, "diff", "20", "latest", "--lake", world.lake).failed(6, "snapshots begin with")
    assert call(*SMALL, "diff", "x", "latest", "--lake", world.lake).failed(6, "There is no snapshot")


def test_a_comparison_is_told_in_french_and_json_is_the_same_but_for_labels(world: World) -> None:
    compared = (*SMALL, "diff", world.few, world.more_narrow, "--lake", world.lake, "--taxonomy", world.taxonomy)
    english, french = (call(*compared, "--lang", language).out for language in ("en", "fr"))
    heading = next(line for line in english.splitlines() if line.startswith("credential_id"))
    assert heading.split()[:5] == ["credential_id", "credential", "role_id", "role", "kind"]
    assert " both " in english and " changé " in french and " both " not in french
    assert not [name for name in heading.split() if "_" in name and name in french]
    assert "couverture avant" in french and "dû à la demande" in french
    assert re.search(r"due aux réglages : [+-]0,\d{6}$", french, re.MULTILINE)
    one, other = (call(*compared, "--lang", language, "--json").json for language in ("en", "fr"))
    labels = ("credential", "role")
    assert one["summary"] == other["summary"]
    assert [{k: v for k, v in row.items() if k not in labels} for row in one["changes"]] == [
        {k: v for k, v in row.items() if k not in labels} for row in other["changes"]
    ]


def test_analysts_can_read_the_file(world: World) -> None:
    changes(world, world.few, world.more_narrow)
    file = world.lake / "changes" / f"{world.few}..{world.more_narrow}" / "changes.parquet"
    found = duckdb.sql(f"SELECT kind, count(*), sum(by_demand) FROM '{file}' GROUP BY kind").fetchall()
    assert found
