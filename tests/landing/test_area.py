"""The landing area: whoever claims, and whenever it dies, every file is taken once and none is lost."""

from __future__ import annotations

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import LakeError
from pipeline.landing import LandingArea

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def area(tmp_path: Path) -> LandingArea:
    return LandingArea(tmp_path, "postings")


def land(root: Path, name: str, content: str = "x", age: float = 60.0) -> Path:
    """A file in the inbox, last written some seconds before now."""
    path = root / "postings" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, (NOW.timestamp() - age,) * 2)
    return path


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_a_claim_takes_all_that_waits_and_nobody_else_gets_it(area: LandingArea, tmp_path: Path) -> None:
    land(tmp_path, "a.jsonl", "one")
    land(tmp_path, "feeds/b.csv", "two")
    claim = area.claim(NOW)
    assert claim is not None
    assert claim.files == ("a.jsonl", "feeds/b.csv")
    assert claim.batch_id.startswith("20260504T120000Z-")
    assert area.claim(NOW) is None
    assert files(tmp_path / "postings") == {}
    with area.files(claim) as paths:
        assert [path.read_text() for path in paths] == ["one", "two"]
        assert [path.name for path in paths] == ["a.jsonl", "b.csv"]


def test_what_is_finished_is_kept_or_deleted(area: LandingArea, tmp_path: Path) -> None:
    for name, keep in (("kept.csv", True), ("gone.csv", False)):
        land(tmp_path, name)
        claim = area.claim(NOW)
        assert claim is not None
        area.finish(claim, keep)
        area.finish(claim, False) if not keep else None  # twice: a run that died between this and its end
    assert [name.rpartition("/")[2] for name in files(tmp_path)] == ["kept.csv"]
    assert list(area.done()) == [path.name for path in (tmp_path / "done" / "postings").iterdir()]
    assert area.unfinished() == []


def test_a_claim_outlives_the_run_that_made_it(area: LandingArea, tmp_path: Path) -> None:
    land(tmp_path, "a.csv", "one")
    claim = area.claim(NOW)
    land(tmp_path, "b.csv", "two")
    again = LandingArea(tmp_path, "postings")
    assert again.unfinished() == [claim]
    newer = again.claim(NOW + timedelta(seconds=1))
    assert again.unfinished() == [claim, newer]


@pytest.mark.parametrize("name", [".hidden.csv", "a.csv.part", "b.tmp", ".queue/c.csv", "d.crdownload", "e.csv~"])
def test_what_is_still_being_sent_is_left_alone(area: LandingArea, tmp_path: Path, name: str) -> None:
    land(tmp_path, name)
    assert area.waiting(NOW) == []


@pytest.mark.parametrize(("age", "taken"), [(0.0, False), (1.9, False), (2.0, True), (-3600.0, True)])
def test_a_file_must_have_settled(area: LandingArea, tmp_path: Path, age: float, taken: bool) -> None:
    """One dated in the future was copied with its date: it is not being written now."""
    land(tmp_path, "a.csv", age=age)
    assert bool(area.waiting(NOW)) is taken


def test_links_lead_nowhere(area: LandingArea, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "s.csv").write_text("s")
    inbox = tmp_path / "postings"
    inbox.mkdir()
    (inbox / "folder").symlink_to(secret)
    (inbox / "file.csv").symlink_to(secret / "s.csv")
    assert area.waiting(NOW) == []
    assert area.claim(NOW) is None


def test_kinds_do_not_mix(tmp_path: Path) -> None:
    land(tmp_path, "a.csv")
    assert LandingArea(tmp_path, "credentials").claim(NOW) is None


def test_no_file_is_claimed_twice_by_claimers_at_the_same_time(tmp_path: Path) -> None:
    for number in range(200):
        land(tmp_path, f"{number:03d}.csv", str(number))

    def claim(worker: int) -> tuple[str, ...]:
        claimed = LandingArea(tmp_path, "postings").claim(NOW + timedelta(seconds=worker))
        return claimed.files if claimed else ()

    with ThreadPoolExecutor(8) as pool:
        taken = Counter(name for names in pool.map(claim, range(8)) for name in names)
    assert len(taken) == 200
    assert set(taken.values()) == {1}
    assert len(files(tmp_path / "claimed")) == 200


def test_nothing_is_lost_when_every_step_may_be_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A random number of moves, then the run dies; the next one goes on, until all is done."""
    rng = random.Random(7)
    sent = {f"{number}.csv": str(number) for number in range(30)}
    for name, content in sent.items():
        land(tmp_path, name, content)
    seen: Counter[str] = Counter()
    rename = os.rename
    left = [0]

    def dying(source: str, target: str) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        rename(source, target)

    monkeypatch.setattr(os, "rename", dying)
    for attempt in range(60):
        area = LandingArea(tmp_path, "postings")
        left[0] = rng.randint(1, 9)
        try:
            claimed = area.claim(NOW + timedelta(seconds=attempt))
            for claim in area.unfinished():
                with area.files(claim) as paths:
                    seen.update(path.read_text() for path in paths)
                area.finish(claim, keep=True)
            if claimed is None and not area.unfinished():
                break
        except KeyboardInterrupt:
            continue
    assert set(seen) == set(sent.values())
    assert sorted(files(tmp_path / "done").values()) == sorted(sent.values())


def test_a_place_that_cannot_be_opened_is_named() -> None:
    with pytest.raises(LakeError, match="nosuch://bucket"):
        LandingArea("nosuch://bucket", "postings")
