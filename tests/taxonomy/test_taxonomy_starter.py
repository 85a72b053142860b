"""Reading a starter taxonomy's files: what is wrong is named with its file and line."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipeline.errors import TaxonomyError
from pipeline.taxonomy import load_starter

_TEXTS = "label_en,label_fr,alt_en,alt_fr,description_en,description_fr"
FILES = {
    "taxonomy.toml": 'version = "1.2.3"\n',
    "transversal/skills.csv": f"skill_id,kind,reuse,{_TEXTS}\n"
    "ps:count,skill,transversal,count,compter,counting|tally,comptage,Count things.,Compter des choses.\n",
    "mining/skills.csv": f"skill_id,kind,reuse,{_TEXTS}\n"
    'ps:rocks,knowledge,sector-specific,rocks,roches,rock types,"types de roches|pierres, types","Rocks, all.",\n',
    "mining/occupations.csv": f"occupation_id,noc_2021,isco_08,{_TEXTS}\n"
    "po:miner,83100,8111,miner,mineur/mineuse,rock miner,mineur|mineuse,They mine.,Ils minent.\n",
    "mining/skill_relations.csv": "skill_id,relation,target_id\nps:rocks,related,ps:count\n",
    "mining/occupation_skills.csv": "occupation_id,relation,skill_id\npo:miner,essential,ps:rocks\n",
}


def write(folder: Path, **changed: str) -> Path:
    for name, text in {**FILES, **{name.replace("__", "/"): text for name, text in changed.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(TaxonomyError) as caught:
        load_starter(folder)
    return str(caught.value)


def test_sectors_are_folders(tmp_path: Path) -> None:
    taxonomy = load_starter(write(tmp_path))
    assert (taxonomy.name, taxonomy.version) == ("starter", "1.2.3")
    skills = {row["skill_id"]: row for row in taxonomy.skills.to_pylist()}
    assert {name: row["sector"] for name, row in skills.items()} == {"ps:count": "transversal", "ps:rocks": "mining"}
    assert skills["ps:count"]["alt_en"] == ["counting", "tally"]
    assert skills["ps:rocks"]["alt_fr"] == ["pierres, types", "types de roches"]
    assert skills["ps:rocks"]["description_en"] == "Rocks, all."
    assert skills["ps:rocks"]["description_fr"] is None
    assert taxonomy.occupations["noc_2021"].to_pylist() == ["83100"]


def test_it_is_read_from_a_zipped_package_too(tmp_path: Path) -> None:
    folder = write(tmp_path / "starter")
    with zipfile.ZipFile(tmp_path / "package.whl", "w") as wheel:
        for file in sorted(folder.rglob("*.*")):
            wheel.write(file, f"pipeline/taxonomy/starter/{file.relative_to(folder).as_posix()}")
    zipped = zipfile.Path(tmp_path / "package.whl", "pipeline/taxonomy/starter/")
    assert load_starter(zipped) == load_starter(folder)


def test_files_with_a_byte_order_mark_windows_line_ends_and_columns_elsewhere_are_read(tmp_path: Path) -> None:
    expected = load_starter(write(tmp_path / "a"))
    other = "\ufeffrelation,target_id,skill_id\r\nrelated,ps:count,ps:rocks\r\n\r\n"
    assert load_starter(write(tmp_path / "b", **{"mining__skill_relations.csv": other})) == expected


def test_two_sectors_may_state_the_same_relation(tmp_path: Path) -> None:
    expected = load_starter(write(tmp_path / "a"))
    repeated = {"zinc__skill_relations.csv": FILES["mining/skill_relations.csv"]}
    assert load_starter(write(tmp_path / "b", **repeated)) == expected


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "mining__skill_relations.csv",
            "skill_id,relation\n",
            "line 1: the columns are 'skill_id,relation': write skill_id,relation,target_id.",
        ),
        ("mining__skill_relations.csv", "", "mining/skill_relations.csv, line 1: the columns are ''"),
        (
            "mining__skill_relations.csv",
            "skill_id,relation,target_id\na,b\n",
            "mining/skill_relations.csv, line 2: 2 fields instead of 3",
        ),
        (
            "mining__skill_relations.csv",
            'skill_id,relation,target_id\na,"b,c\n',
            "mining/skill_relations.csv, line 2: ",
        ),
        (
            "mining__skill_relations.csv",
            "skill_id,relation,target_id\nps:rocks,related,ps:gone\n",
            "mining/skill_relations.csv, line 2: skill_relations ps:rocks related ps:gone: target_id ps:gone is",
        ),
        (
            "zinc__skills.csv",
            FILES["transversal/skills.csv"],
            "starter/zinc/skills.csv, line 2: ps:count is already at starter/transversal/skills.csv, line 2",
        ),
        ("mining__skill.csv", "x\n", "mining/skill.csv: not a file of the starter taxonomy: name it one of skills.csv"),
        (
            "mining__skills.csv",
            FILES["mining/skills.csv"].replace("knowledge", "Knowledge"),
            "starter/mining/skills.csv, line 2: skills ps:rocks: kind is 'Knowledge'",
        ),
        (
            "mining__skills.csv",
            FILES["mining/skills.csv"].replace(",rocks,", ", ,"),
            "starter/mining/skills.csv, line 2: skills ps:rocks: the English label is empty",
        ),
        (
            "mining__occupations.csv",
            FILES["mining/occupations.csv"].replace("83100", "8310"),
            "line 2: occupations po:miner: '8310'",
        ),
        ("taxonomy.toml", "title = 1\n", "starter/taxonomy.toml does not state the version"),
        ("taxonomy.toml", "=", "starter/taxonomy.toml does not state the version"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, name: str, text: str, message: str) -> None:
    assert message in refusal(write(tmp_path, **{name: text}))


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    bad = {"mining__skills.csv": "x\n", "mining__skill_relations.csv": "y\n"}
    assert refusal(write(tmp_path, **bad)).startswith("The starter taxonomy has 2 problems:\n- starter/mining/skill_re")


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "mining" / "skills.csv").write_bytes(b"\xff\xfe")
    assert "starter/mining/skills.csv: byte 0 is not UTF-8" in refusal(folder)


def test_a_folder_without_sectors_or_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taxonomy.toml").write_text('version = "1"\n')
    assert "it has no skills" in refusal(tmp_path)
    assert "install the package again" in refusal(tmp_path / "gone")
