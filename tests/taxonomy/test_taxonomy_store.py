"""Saving, loading and listing taxonomies."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.errors import TaxonomyError
from pipeline.taxonomy import (
    Occupation,
    OccupationSkill,
    Skill,
    SkillRelation,
    Taxonomy,
    build_taxonomy,
    list_taxonomies,
    load_taxonomy,
    save_taxonomy,
)

from .esco_releases import release_1_1, write_folder, write_zip


def small(version: str = "1.0", label: str = "weld", name: str = "mine") -> Taxonomy:
    return build_taxonomy(
        name,
        version,
        skills=[
            Skill(
                skill_id="s:1", kind="skill", reuse="transversal", label_en=label, label_fr="souder", alt_fr=["soudage"]
            ),
            Skill(skill_id="s:2", kind="knowledge", reuse="cross-sector", label_en="metals", sector="made"),
        ],
        occupations=[Occupation(occupation_id="o:1", label_en="welder", noc_2021="72106")],
        skill_relations=[SkillRelation("s:1", "broader", "s:2")],
        occupation_skills=[OccupationSkill("o:1", "essential", "s:1")],
    )


@pytest.fixture(autouse=True)
def starter(monkeypatch: pytest.MonkeyPatch) -> Taxonomy:
    """A small taxonomy in place of the starter, whose content has tests of its own."""
    built_in = small(name="starter", label="count")
    monkeypatch.setattr("pipeline.taxonomy.store.load_starter", lambda: built_in)
    return built_in


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    taxonomy = small()
    save_taxonomy(taxonomy, tmp_path / "home" / "mine-1.0")
    for name in ("mine", "mine-1.0", str(tmp_path / "home" / "mine-1.0")):
        loaded = load_taxonomy(name, tmp_path / "home")
        assert loaded == taxonomy
        assert loaded.tables() == taxonomy.tables()
        assert [table.schema for table in loaded.tables().values()] == [
            table.schema for table in taxonomy.tables().values()
        ]
    assert load_taxonomy(str(tmp_path / "home" / "mine-1.0"), tmp_path / "nowhere") == taxonomy


def test_saving_leaves_the_same_bytes_and_nothing_else(tmp_path: Path) -> None:
    save_taxonomy(small(), tmp_path / "a")
    save_taxonomy(small(), tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert files(tmp_path / "a")["taxonomy.toml"].decode() == (
        'format = 1\nname = "mine"\nversion = "1.0"\n'
        f'fingerprint = "{small().fingerprint}"\n\n'
        "[rows]\nskills = 2\noccupations = 1\nskill_relations = 1\noccupation_skills = 1\n"
    )


def test_saving_again_replaces(tmp_path: Path) -> None:
    save_taxonomy(small(), tmp_path / "mine")
    save_taxonomy(small(label="braze"), tmp_path / "mine")
    assert load_taxonomy("mine", tmp_path).skills["label_en"].to_pylist() == ["braze", "metals"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_save_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_taxonomy(small(), tmp_path / "mine")
    before = files(tmp_path / "mine")

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full)
        with pytest.raises(OSError, match="no space"):
            save_taxonomy(small(label="braze"), tmp_path / "mine")
    rename = Path.rename

    def rename_fails_once(self: Path, target: Path) -> Path:
        if self.name == "fresh":
            raise OSError("renaming failed")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename_fails_once)
        with pytest.raises(OSError, match="renaming failed"):
            save_taxonomy(small(label="braze"), tmp_path / "mine")
    assert files(tmp_path / "mine") == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_other_peoples_folders_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "draft.txt").write_text("words")
    with pytest.raises(TaxonomyError, match="something other than a saved taxonomy"):
        save_taxonomy(small(), tmp_path / "thesis")
    (tmp_path / "file").write_text("words")
    with pytest.raises(TaxonomyError, match="something other"):
        save_taxonomy(small(), tmp_path / "file")
    (tmp_path / "empty").mkdir()
    save_taxonomy(small(), tmp_path / "empty")


def test_the_bare_name_is_the_newest_version(tmp_path: Path) -> None:
    for version in ("1.9", "1.10.1", "1.10", "unstated"):
        save_taxonomy(small(version), tmp_path / f"mine-{version}")
    save_taxonomy(small("9.9", name="mine-other"), tmp_path / "mine-other-9.9")
    assert load_taxonomy("mine", tmp_path).version == "1.10.1"
    assert load_taxonomy("mine-1.9", tmp_path).version == "1.9"
    (tmp_path / ".mine-99").mkdir()
    listed = list_taxonomies(tmp_path)
    assert [(info.name, info.version) for info in listed[1:]] == [
        ("mine", "unstated"),
        ("mine", "1.9"),
        ("mine", "1.10"),
        ("mine", "1.10.1"),
        ("mine-other", "9.9"),
    ]
    assert (listed[1].skills, listed[1].occupations) == (2, 1)
    assert listed[1].folder == tmp_path / "mine-unstated"
    assert listed[1].fingerprint == small().fingerprint


def test_the_starter_is_always_there(tmp_path: Path, starter: Taxonomy) -> None:
    assert load_taxonomy("starter", tmp_path / "nowhere") == starter
    (info,) = list_taxonomies(tmp_path / "nowhere")
    assert (info.name, info.folder, info.fingerprint, info.skills) == ("starter", None, starter.fingerprint, 2)


def test_an_unknown_name_says_what_there_is(tmp_path: Path) -> None:
    save_taxonomy(small(), tmp_path / "mine-1.0")
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy("esco", tmp_path)
    assert "no taxonomy 'esco'" in str(caught.value)
    assert "starter, mine-1.0" in str(caught.value)
    assert "passerelle taxonomy import esco PATH..." in str(caught.value)


@pytest.mark.parametrize("packed", ["folder", "parent", "zip"])
def test_a_release_that_is_not_imported_says_how(tmp_path: Path, packed: str) -> None:
    if packed == "zip":
        path = write_zip(release_1_1(), tmp_path / "esco.zip", "ESCO dataset")
    else:
        path = write_folder(release_1_1(), tmp_path / "release" / "ESCO dataset")
        path = path.parent if packed == "parent" else path
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(str(path), tmp_path)
    assert f"`passerelle taxonomy import esco {shlex.quote(str(path))}`" in str(caught.value)


@pytest.mark.parametrize("name", ["skills", "occupations", "skill_relations", "occupation_skills"])
def test_damaged_tables_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "mine-1.0"
    file = folder / f"{name}.parquet"

    def refused(why: str) -> None:
        with pytest.raises(TaxonomyError, match=why) as caught:
            load_taxonomy("mine", tmp_path)
        assert "damaged" in str(caught.value)
        assert "import or save it again" in str(caught.value)

    save_taxonomy(small(), folder)
    file.write_bytes(b"PAR1" + os.urandom(64))
    refused(file.name)
    file.unlink()
    refused(file.name)
    save_taxonomy(small(), folder)
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(table.column_names[-1:]), file)
    refused("its columns are not those of a taxonomy")
    pq.write_table(table.slice(0, table.num_rows - 1), file)
    refused("its content is not what was saved")


@pytest.mark.parametrize(
    "text", ["", "format = 2\n", "not toml", "format = 1\nname = 'a'\n", "format = 1\nrows = 3\n", "\udcff"]
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    save_taxonomy(small(), tmp_path / "mine-1.0")
    (tmp_path / "mine-1.0" / "taxonomy.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    for attempt in (lambda: load_taxonomy("mine", tmp_path), lambda: list_taxonomies(tmp_path)):
        with pytest.raises(TaxonomyError, match=r"taxonomy\.toml is damaged"):
            attempt()
