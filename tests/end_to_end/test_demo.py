"""`passerelle demo`: what the bundled sample gives is what its README says, and a second run finds nothing to do."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import orjson
import pytest

from pipeline.ingest import DocumentStore, duplicate_groups, read_quarantine
from pipeline.lake import Lake
from pipeline.settings import load_settings

from .conftest import Copy, Demo
from .tools import SAMPLES, Ran, call, files_of, latest, run

README = (SAMPLES / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of the table that follows a heading of the samples' README, without its head."""
    section = README.split(f"\n### {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def number(source_id: str) -> str:
    """A posting's own number, without the name of the party that gave it."""
    return source_id.rsplit(":", 1)[-1]


def counts(lake: Path, run_number: int, kind: str) -> dict[str, object]:
    (record,) = (lake / "runs").glob(f"{run_number:06d}-{kind}-*.json")
    found = orjson.loads(record.read_bytes())
    return {name: value for name, value in found.items() if name != "seal"}  # the seal is that of its own counts


@pytest.fixture(scope="module")
def twice(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran, dict[str, tuple[int, int]]]:
    """A copy of the demo's lake after a second demo: the lake, what was printed, the files before."""
    lake = tmp_path_factory.mktemp("twice") / "lake"
    shutil.copytree(demo.lake, lake)
    before = files_of(lake)
    return lake, run("demo", "--lake", lake, cwd=lake.parent), before


# --- The first run --------------------------------------------------------------------------------------------------


def test_nothing_but_progress_is_written_beside_the_result(demo: Demo) -> None:
    """DuckDB complains at the end of a process of which something still holds its module."""
    strange = [line for line in demo.ran.err.splitlines() if "leak" in line or "Warning" in line or "Traceback" in line]
    assert strange == []


def test_the_postings_are_counted_as_the_readme_says(demo: Demo) -> None:
    (said,) = re.findall(r"^\| all \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", README, re.MULTILINE)
    jobs, again, duplicates, broken, received = map(int, said)
    assert received == jobs + again + duplicates + broken == 240
    found = counts(demo.lake, 1, "postings")
    assert {name: found[name] for name in ("received", "accepted", "duplicates", "quarantined", "new")} == {
        "received": received, "accepted": jobs + again, "duplicates": duplicates, "quarantined": broken,
        "new": jobs + again,
    }  # fmt: skip


def test_the_credentials_are_counted_as_the_readme_says(demo: Demo) -> None:
    (said,) = re.findall(r"Received (\d+) = accepted (\d+) \+ duplicates (\d+) \+ quarantined (\d+)", README)
    found = counts(demo.lake, 2, "credentials")
    assert [found[name] for name in ("received", "accepted", "duplicates", "quarantined")] == [int(n) for n in said]
    assert found["received"] == 65


def test_each_near_duplicate_of_the_readme_is_found_and_no_other(demo: Demo, tmp_path: Path) -> None:
    said = {
        frozenset({record, original.split()[0]})
        for record, _, original, kind in table("Duplicates")
        if kind.startswith("near")
    }
    postings = DocumentStore(Lake(demo.lake), "postings").current()
    groups = duplicate_groups(postings, load_settings().ingest, Lake(tmp_path)).to_pylist()
    ids = dict(zip(postings["doc_id"].to_pylist(), map(number, postings["source_id"].to_pylist()), strict=True))
    found = {frozenset({ids[row["doc_id"]], ids[row["duplicate_of"]]}) for row in groups if row["duplicate_of"]}
    assert found == said
    assert not any("BD-2026-00631" in pair for pair in found)


def test_each_broken_record_of_the_readme_is_quarantined_for_its_reason(demo: Demo) -> None:
    def pairs(rows: list[list[str]], file_cell: int) -> Counter[tuple[str, str]]:
        files = (re.findall(r"`([^`]+)`", row[file_cell])[0].rsplit("/", 1)[-1] for row in rows)
        return Counter(zip(files, (row[-1].strip("`") for row in rows), strict=True))

    said = {
        "postings": pairs(table("Broken records"), 1),
        "credentials": pairs(table("Records that must be quarantined"), 0),
    }
    for kind, expected in said.items():
        kept = read_quarantine(Lake(demo.lake), kind).to_pylist()
        assert Counter((row["file"], row["reason"]) for row in kept) == expected
        assert all(row["detail"] for row in kept)
    named = {row[0]: row[-1].strip("`") for row in table("Broken records") if "-" in row[0]}
    kept = read_quarantine(Lake(demo.lake), "postings").to_pylist()
    found = {number(row["source_id"]): row["reason"] for row in kept if row["source_id"]}
    assert len(found) >= 3
    assert found.items() <= named.items()


def test_it_prints_counts_matches_and_paths_that_are_there(demo: Demo) -> None:
    out = demo.ran.out
    assert "postings: 240 received = " in out
    assert "credentials: 65 received = " in out
    assert re.search(r"gate: \d+ checks passed", out)
    assert "Best matches" in out
    assert len(re.findall(r"^.+  +0\.\d+  +0\.\d+  +0\.\d+  +[01][.\d]*  +\d+ *$", out, re.MULTILINE)) == 10
    (tables,) = re.findall(r"^tables +(.+)/\*\.parquet$", out, re.MULTILINE)
    (pointer,) = re.findall(r"^pointer +(.+)$", out, re.MULTILINE)
    assert len(list(Path(tables).glob("*.parquet"))) >= 10
    assert Path(pointer) == demo.lake / "latest.json"
    assert f"snapshot {latest(demo.lake)}" in out


def test_progress_goes_to_standard_error(demo: Demo) -> None:
    for stage in (
        "ingest postings",
        "embed labels",
        "link postings",
        "link credentials",
        "profile",
        "match",
        "publish",
    ):
        assert re.search(rf"^{stage}", demo.ran.err, re.MULTILINE), stage
        assert not re.search(rf"^{stage}", demo.ran.out, re.MULTILINE), stage
    stray = [line for line in demo.ran.err.splitlines() if not re.match(r"[a-z ]+(: [\d,]+ of [\d,]+)?$", line)]
    assert not stray


def test_nothing_half_written_is_left(demo: Demo) -> None:
    assert not [name for name in files_of(demo.lake) if "/." in f"/{name}"]


# --- The second run -------------------------------------------------------------------------------------------------


def test_a_second_demo_links_and_publishes_nothing_and_says_so(
    twice: tuple[Path, Ran, dict[str, tuple[int, int]]], demo: Demo
) -> None:
    lake, ran, before = twice
    assert ran.code == 0
    assert "linked: nothing anew" in ran.out
    assert "link postings" not in ran.err
    assert (lake / "latest.json").read_bytes() == (demo.lake / "latest.json").read_bytes()
    after = files_of(lake)
    touched = [name for name in before if after[name] != before[name] and not name.startswith("quarantine/")]
    assert not touched
    added = sorted(name.rpartition("-")[0] for name in after.keys() - before.keys())
    assert added == ["runs/000003-postings", "runs/000004-credentials"]


def test_a_second_demo_counts_everything_as_unchanged(twice: tuple[Path, Ran, dict[str, tuple[int, int]]]) -> None:
    lake, _, _ = twice
    for first, second, kind in ((1, 3, "postings"), (2, 4, "credentials")):
        once, again = counts(lake, first, kind), counts(lake, second, kind)
        assert again == once | {"new": 0, "unchanged": once["new"]}


def test_a_second_demo_shows_the_same_matches(twice: tuple[Path, Ran, dict[str, tuple[int, int]]], demo: Demo) -> None:
    def best(out: str) -> str:
        return out.split("Best matches")[1].split("snapshot ")[0]

    assert best(twice[1].out) == best(demo.ran.out)


def test_a_second_demo_is_quick(twice: tuple[Path, Ran, dict[str, tuple[int, int]]]) -> None:
    assert twice[1].seconds < 60


def test_the_demo_as_json(sample_lake: Path, copy: Copy) -> None:
    lake = copy(sample_lake)
    ran = call("demo", "--lake", lake, "--json")
    assert ran.err == ""
    value = ran.json
    assert value["refresh"]["published"] is False
    assert value["refresh"]["snapshot_id"] == latest(lake)
    assert value["ingest"]["postings"]["received"] == 240
