"""The command as users meet it: help, exit codes, JSON, both languages, and no traceback for their mistakes."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer

from pipeline import __version__
from pipeline.cli import app
from pipeline.tables import TABLES
from pipeline.taxonomy import load_starter

from .conftest import Copy
from .tools import (
    PASSERELLE,
    SAMPLES,
    SMALL_CREDENTIALS,
    SMALL_POSTINGS,
    call,
    call_small,
    environment,
    latest,
    rows,
    run,
    sample_postings,
    write_lines,
)

EN = "Operate a forklift and a pallet jack. Count stock. We offer dental insurance."
FR = "Conduire un chariot élévateur et un transpalette. Compter les stocks. Assurance dentaire offerte."


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group of commands."""
    yield path
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from commands(below, (*path, name))


COMMANDS = list(commands(typer.main.get_command(app)))


# --- Help and options -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    ran = call(*path, "--help")
    assert ran.code == 0
    assert "Usage: " in ran.out
    usage, described = ran.out.split("\n\n", 1)
    assert re.match(r"\s+[A-Z].{15,}", described), usage


def test_the_commands_are_those_that_are_documented() -> None:
    names = {" ".join(path) for path in COMMANDS}
    assert names >= {
        "demo", "run", "ingest postings", "ingest credentials", "refresh", "show", "explain", "link", "status",
        "taxonomy import", "taxonomy list", "taxonomy show", "evaluate linking",
    }  # fmt: skip


def test_help_needs_no_engine() -> None:
    """Nobody waits seconds for a help text."""
    code = "import sys; from pipeline.cli import main; sys.argv = ['passerelle', '--help']; main()"
    probe = f"try:\n {code}\nexcept SystemExit: print({{'torch', 'duckdb', 'pyarrow', 'faiss'}} & sys.modules.keys())"
    done = subprocess.run([shutil.which("python", path=PASSERELLE.parent), "-c", probe], capture_output=True, text=True,
                          env=environment(), check=True)  # fmt: skip
    assert done.stdout.endswith("set()\n")


def test_the_version() -> None:
    ran = run("--version")
    assert (ran.code, ran.out) == (0, f"passerelle {__version__}\n")


MISTYPED = (
    ("nonsense",), ("run",), ("show",), ("status",), ("explain", "a"), ("ingest", "people", "x"), ("refresh", "--lake"),
    ("show", "matches", "--lang", "de"), ("show", "matches", "--top", "-1"), ("taxonomy", "import", "noc", "."),
)  # fmt: skip


@pytest.mark.parametrize("arguments", MISTYPED, ids=" ".join)
def test_a_mistyped_command_ends_with_2(arguments: tuple[str, ...]) -> None:
    ran = call(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err


def test_the_lake_may_come_from_the_environment(sample_lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_LAKE", str(sample_lake))
    assert call("status", "--json").json["latest"] == latest(sample_lake)


# --- Settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[linking]\nmin_confidense = 0.5\n", ("linking.min_confidense",)),
        ("[linkage]\nmin_confidence = 0.5\n", ("linkage",)),
        ("[linking]\nmin_confidence = 1.5\n", ("linking.min_confidence", "less than or equal to 1")),
        ("[linking]\nmin_confidence = 'high'\n", ("linking.min_confidence",)),
        ("[profile]\nas_of = '31/12/2026'\n", ("profile.as_of",)),
        ("[linking\n", ("not valid TOML",)),
        ("", None),
    ],
)
def test_settings_that_are_wrong_end_with_2(
    tmp_path: Path, sample_lake: Path, toml: str, words: tuple[str, ...] | None
) -> None:
    path = tmp_path / "my.toml"
    path.write_text(toml, encoding="utf-8")
    ran = call("--settings", path, "status", "--lake", sample_lake)
    if words is None:
        assert ran.code == 0
    else:
        assert ran.failed(2, str(path), *words)
        assert ran.out == ""


def test_a_settings_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    assert call("--settings", tmp_path / "no.toml", "status", "--lake", tmp_path).failed(2, "no.toml", "does not exist")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PASSERELLE_LINKING__MIN_CONFIDENSE", "0.5", "linking.min_confidense"),
        ("PASSERELLE_LINKAGE__MIN_CONFIDENCE", "0.5", "PASSERELLE_LINKAGE__MIN_CONFIDENCE"),
        ("PASSERELLE_LINKING__MIN_CONFIDENCE", "much", "linking.min_confidence"),
        ("PASSERELLE_LINKING", "0.5", "linking"),
        ("PASSERELLE_SETTINGS", "/no/such.toml", "/no/such.toml"),
    ],
)
def test_variables_that_are_wrong_end_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    assert call("status", "--lake", tmp_path).failed(2, words)


# --- JSON -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny_queries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five labelled sentences: each the very label of a skill, one label that is in no taxonomy."""
    labels = load_starter().skills["label_en"].to_pylist()[10:200:48]
    path = tmp_path_factory.mktemp("queries") / "tiny.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sentence", "span", "label"])
        writer.writerows([f"You will {label}.", label, label] for label in labels)
        writer.writerow(["Dental insurance after three months.", "Dental insurance", "LABEL NOT PRESENT"])
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--postings", "samples/postings", "--credentials", "samples/credentials"),
        ("ingest", "postings", "samples/postings/sample-board-en.jsonl"),
        ("ingest", "credentials", "samples/credentials"),
        ("refresh",),
        ("status",),
        *(("show", table) for table in TABLES),
    ],
    ids=" ".join,
)
def test_json_is_one_value_and_nothing_else(sample_lake: Path, copy: Copy, arguments: tuple[str, ...]) -> None:
    changes = arguments[0] in ("run", "ingest", "refresh")
    lake = copy(sample_lake) if changes else sample_lake
    absolute = (str(SAMPLES.parent / each) if each.startswith("samples/") else each for each in arguments)
    ran = call(*absolute, "--lake", lake, "--json")
    assert ran.code == 0
    assert ran.err == ""
    assert isinstance(ran.json, dict | list)
    assert ran.json


@pytest.mark.slow
def test_json_of_a_process_of_its_own(sample_lake: Path) -> None:
    """Nothing that the libraries print at start or end gets between."""
    ran = run("link", EN, "--lake", sample_lake, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json


def test_json_of_the_taxonomies() -> None:
    listed = call("taxonomy", "list", "--json")
    assert listed.json[0]["name"] == "starter"
    for table in ("skills", "occupations", "skill_relations", "occupation_skills"):
        shown = call("taxonomy", "show", "starter", "--table", table, "--top", "3", "--json")
        assert (shown.code, len(shown.json)) == (0, 3)


FORKLIFT, LOGISTICS, OPERATOR = (
    f"http://data.europa.eu/esco/{each}" for each in ("skill/1", "skill/2", "occupation/3")
)
ESCO_RELEASE = {
    "skills_en.csv": f"""conceptUri,conceptType,skillType,reuseLevel,preferredLabel,altLabels,description
{FORKLIFT},KnowledgeSkillCompetence,skill/competence,sector-specific,operate forklift,,
{LOGISTICS},KnowledgeSkillCompetence,knowledge,cross-sector,logistics,,
""",
    "skills_fr.csv": f"""conceptUri,preferredLabel,altLabels
{FORKLIFT},conduire un chariot élévateur,
{LOGISTICS},logistique,
""",
    "occupations_en.csv": f"""conceptUri,conceptType,iscoGroup,preferredLabel,altLabels,description,code
{OPERATOR},Occupation,8344,forklift operator,,,8344.1
""",
    "occupations_fr.csv": f"""conceptUri,preferredLabel,altLabels
{OPERATOR},cariste,
""",
    "occupationSkillRelations.csv": f"""occupationUri,relationType,skillType,skillUri
{OPERATOR},essential,skill/competence,{FORKLIFT}
""",
    "skillSkillRelations.csv": f"""originalSkillUri,originalSkillType,relationType,relatedSkillType,relatedSkillUri
{FORKLIFT},skill/competence,optional,knowledge,{LOGISTICS}
""",
    "broaderRelationsSkillPillar.csv": f"""conceptType,conceptUri,broaderType,broaderUri
KnowledgeSkillCompetence,{FORKLIFT},KnowledgeSkillCompetence,{LOGISTICS}
""",
}


def test_a_release_is_imported_listed_shown_and_linked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_TAXONOMY__HOME", str(tmp_path / "home"))
    folder = tmp_path / "release"
    folder.mkdir()
    for name, content in ESCO_RELEASE.items():
        (folder / name).write_text(content, encoding="utf-8")
    imported = call("taxonomy", "import", "esco", folder, "--version", "1.1.1", "--json")
    assert imported.code == 0, imported.err
    assert (imported.json["name"], imported.json["version"]) == ("esco", "1.1.1")
    assert imported.json["folder"] == str(tmp_path / "home" / "esco-1.1.1")
    assert [(info["name"], info["skills"]) for info in call("taxonomy", "list", "--json").json][1:] == [("esco", 2)]
    shown = call("taxonomy", "show", "esco", "--json").json
    assert [row["label_fr"] for row in shown] == ["conduire un chariot élévateur", "logistique"]
    for text in ("You will operate a forklift.", "Conduire un chariot élévateur."):
        found = call("link", text, "--taxonomy", "esco", "--json").json
        assert FORKLIFT in {row["skill_id"] for row in found}
    assert call("taxonomy", "import", "esco", tmp_path / "nowhere").failed(3, "nowhere")


def test_ingest_counts_as_json(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "board.jsonl", sample_postings(3))
    found = call("ingest", "postings", path, "--lake", tmp_path / "lake", "--json").json
    assert found == {
        "received": 3, "accepted": 3, "duplicates": 0, "quarantined": 0, "new": 3, "changed": 0, "unchanged": 0,
        "absent": 0, "withdrawn": 0, "reasons": {}, "remarks": {},
    }  # fmt: skip


# --- Show, status ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_every_table_can_be_shown(sample_lake: Path, table: str) -> None:
    ran = call("show", table, "--lake", sample_lake, "--top", "3")
    assert ran.code == 0
    head, *lines = ran.out.splitlines()  # in a pipe a row is a line
    assert head.split()[0] == TABLES[table].columns[0].name
    assert {column.name for column in TABLES[table].columns} <= set(head.split())
    assert len(lines) == 3
    everything = call("show", table, "--lake", sample_lake, "--top", "0", "--json").json
    assert len(everything) == rows(sample_lake, f"SELECT count(*) AS n FROM {table}")[0]["n"]
    assert call("show", table, "--lake", sample_lake, "--top", "3", "--json").json == everything[:3]


def test_labels_are_in_the_language_that_is_asked_for(sample_lake: Path) -> None:
    english, french = (
        call("show", "matches", "--lake", sample_lake, "--lang", each, "--json").json for each in ("en", "fr")
    )
    roles = {row["role_id"]: row for row in rows(sample_lake, "SELECT * FROM roles")}
    titles = {row["credential_id"]: row for row in rows(sample_lake, "SELECT * FROM credentials")}
    for left, right in zip(english, french, strict=True):
        assert left["credential_id"] == right["credential_id"]
        role, title = roles[left["role_id"]], titles[left["credential_id"]]
        assert (left["role"], right["role"]) == (role["label_en"], role["label_fr"])
        assert left["credential"] == (title["title_en"] or title["title_fr"])
        assert right["credential"] == (title["title_fr"] or title["title_en"])
    assert sum(left["role"] != right["role"] for left, right in zip(english, french, strict=True)) > 10


def test_rows_can_be_chosen(sample_lake: Path) -> None:
    (best,) = call("show", "matches", "--lake", sample_lake, "--top", "1", "--json").json
    for option, column in (("--credential", "credential_id"), ("--role", "role_id")):
        chosen = call("show", "matches", "--lake", sample_lake, option, best[column], "--top", "0", "--json").json
        assert {row[column] for row in chosen} == {best[column]}
        assert (
            len(chosen)
            == rows(sample_lake, f"SELECT count(*) AS n FROM matches WHERE {column} = ?", best[column])[0]["n"]
        )


def test_what_cannot_be_shown_is_said(sample_lake: Path) -> None:
    assert call("show", "nonsense", "--lake", sample_lake).failed(2, "no table nonsense", "matches")
    assert call("show", "../matches", "--lake", sample_lake).failed(2, "no table ../matches")
    assert call("show", "skills", "--role", "welder", "--lake", sample_lake).failed(2, "skills has no role_id")
    assert call("show", "matches", "--role", "astronaut", "--lake", sample_lake).failed(6, "No role", "'astronaut'")
    assert call("show", "matches", "--role", "'; DROP TABLE roles; --", "--lake", sample_lake).failed(6, "No role")


def test_the_status(sample_lake: Path) -> None:
    found = call("status", "--lake", sample_lake, "--json").json
    published = rows(
        sample_lake, "SELECT (SELECT count(*) FROM postings) AS p, (SELECT count(*) FROM credentials) AS c"
    )
    assert (found["postings"], found["credentials"]) == (published[0]["p"], published[0]["c"])
    assert (found["quarantined_postings"], found["quarantined_credentials"]) == (12, 5)
    assert (found["latest"], found["snapshots"]) == (latest(sample_lake), [latest(sample_lake)])
    assert found["ingests"] == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", found["published_at"])
    assert found["inputs"]["taxonomy_version"].startswith("starter ")
    assert f"latest: {latest(sample_lake)}" in call("status", "--lake", sample_lake).out


def test_the_status_of_a_lake_that_is_not_there(tmp_path: Path) -> None:
    found = call("status", "--lake", tmp_path / "lake", "--json").json
    assert (found["postings"], found["snapshots"], found["latest"]) == (0, [], None)
    assert not (tmp_path / "lake").exists()


def test_what_could_not_be_read_is_listed_by_place(sample_lake: Path) -> None:
    every = call("quarantine", "--lake", sample_lake, "--top", "0", "--json").json
    assert {kind: len(found) for kind, found in every.items()} == {"postings": 12, "credentials": 5}
    broken = call(
        "quarantine", "--lake", sample_lake, "--kind", "postings", "--reason", "malformed_record", "--json"
    ).json
    assert list(broken) == ["postings"]
    assert [row["quarantine_id"] for row in broken["postings"]] == [
        row["quarantine_id"] for row in every["postings"] if row["reason"] == "malformed_record"
    ]
    told = call("quarantine", "--lake", sample_lake, "--top", "1").out
    assert "postings: 12 quarantined, the first 1 of them:" in told
    assert f"    {every['postings'][0]['reason']}: " in told and " Remedy: " in told
    assert all(" ".join(every[kind][0][name].split()) in told for kind in every for name in ("file", "detail"))
    assert every["postings"][1]["detail"] not in told
    assert call("quarantine", "--lake", sample_lake, "--reason", "odd").failed(2, "no reason 'odd'", "missing_title")


def test_quarantine_speaks_french_but_for_details_and_json(sample_lake: Path) -> None:
    told = call("quarantine", "--lake", sample_lake, "--lang", "fr").out
    assert "offres : 12 enregistrements en quarantaine :" in told
    assert "    missing_title : L'enregistrement n'a pas d'intitulé. Remède : " in told
    assert "The posting has no title." in told
    english, french = (
        call("quarantine", "--lake", sample_lake, "--lang", language, "--json").out for language in ("en", "fr")
    )
    assert english == french == call("quarantine", "--lake", sample_lake, "--json").out


def test_lines_are_listed_in_their_order_and_what_to_do_is_said(tmp_path: Path) -> None:
    file, lake = tmp_path / "offres.csv", tmp_path / "lake"
    lines = ["source_id,title,description", *(f"{n},Soudeur,Souder à l'arc" for n in range(2, 12))]
    file.write_bytes("\n".join(lines).encode("cp1252"))
    told = call("ingest", "postings", file, "--lake", lake).out
    assert f"where and why: passerelle quarantine --kind postings --lake {lake}" in told
    found = call("quarantine", "--lake", lake, "--json").json
    assert [row["position"] for row in found["postings"]] == [str(n) for n in range(2, 12)]
    assert "[source] encoding" in found["postings"][0]["detail"]
    assert found["credentials"] == []
    assert "credentials: 0 quarantined" in call("quarantine", "--lake", lake).out.splitlines()


@pytest.mark.parametrize("options", [(), ("--json",), ("--lang", "fr"), ("--kind", "credentials")])
def test_the_quarantine_of_a_lake_that_is_not_there(tmp_path: Path, options: tuple[str, ...]) -> None:
    lake, file = tmp_path / "lake", tmp_path / "posting.csv"
    ran = call("quarantine", "--lake", lake, *options)
    assert ran.failed(6, f"There is no lake in {lake}") and not ran.out
    assert not lake.exists()
    file.write_text("source_id,title,description\n1,Welder,You will weld steel frames.\n", encoding="utf-8")
    assert call("ingest", "postings", file, "--lake", lake).code == 0
    assert call("quarantine", "--lake", lake, *options).code == 0


@pytest.mark.parametrize("options", [(), pytest.param(("--json",), marks=pytest.mark.slow)])
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_that_stops_early_is_no_error(sample_lake: Path, options: tuple[str, ...], unbuffered: str) -> None:
    """`passerelle show ... | head -1`"""
    process = subprocess.Popen(
        [PASSERELLE, "show", "skills", "--top", "0", "--lake", sample_lake, *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(PYTHONUNBUFFERED=unbuffered),
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(timeout=60), err) == (0, "")


# --- Link, evaluate -------------------------------------------------------------------------------------------------


def test_link_finds_the_same_in_both_languages(sample_lake: Path) -> None:
    found = [call("link", text, "--lake", sample_lake, "--json").json for text in (EN, FR)]
    skills = [{row["skill_id"] for row in each} for each in found]
    assert skills[0] & skills[1]
    for text, each in zip((EN, FR), found, strict=True):
        assert all(row["unit"] in text for row in each)
        assert not any("dent" in row["unit"] for row in each)
        assert all(0 <= row["start"] < row["end"] <= len(row["unit"]) for row in each)


def test_link_reads_standard_input(sample_lake: Path) -> None:
    for text in (EN, FR, f"<ul><li>{EN}</li></ul>"):
        piped = call("link", "-", "--lake", sample_lake, "--json", stdin=text.encode())
        given = call("link", text, "--lake", sample_lake, "--json")
        assert (piped.code, piped.out) == (0, given.out)
        assert piped.json


@pytest.mark.parametrize(
    "text", [b"", b"   \n", "日本語".encode(), b"\x00\x01", b"\xff\xfe forklift \xe9", b"a" * 9_000]
)
def test_link_takes_any_input(sample_lake: Path, text: bytes) -> None:
    ran = call("link", "-", "--lake", sample_lake, "--json", stdin=text)
    assert ran.code == 0, ran.err
    assert isinstance(ran.json, list)


def test_link_takes_an_argument_that_is_not_unicode(sample_lake: Path) -> None:
    """As the shell hands over bytes that are not UTF-8."""
    ran = call("link", b"operate a forklift \xff".decode("utf-8", "surrogateescape"), "--lake", sample_lake, "--json")
    assert ran.code == 0, ran.err
    assert ran.json


def test_evaluate_linking_prints_one_object(sample_lake: Path, tiny_queries: Path) -> None:
    for query, options in (("sentence", ()), ("span", ("--query", "span"))):
        ran = call("evaluate", "linking", tiny_queries, "--lake", sample_lake, *options)
        assert ran.code == 0, ran.err
        found = ran.json
        assert list(found) == ["n", "mrr", "rp@1", "rp@5", "rp@10"]
        assert found["n"] == 4
        assert all(0 <= value <= 1 for name, value in found.items() if name != "n")
        if query == "span":
            assert found["mrr"] > 0.8


def test_evaluate_linking_says_what_is_wrong_with_a_file(sample_lake: Path, tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    for content, code, words in (
        (b"text,label\nx,y\n", 2, "has no column sentence"),
        (b"", 2, "has no column"),
        (b"sentence,span,label\nx,y,nothing of the kind\n", 2, "No row of the file"),
        (b"sentence,span,label\n\xff,y,z\n", 2, "not a CSV file in UTF-8"),
    ):
        path.write_bytes(content)
        assert call("evaluate", "linking", path, "--lake", sample_lake).failed(code, words)
    assert call("evaluate", "linking", tmp_path / "no.csv", "--lake", sample_lake).failed(2, "no.csv")
    assert call("evaluate", "linking", tmp_path, "--lake", sample_lake).failed(2, str(tmp_path))


# --- A snapshot in other tools --------------------------------------------------------------------------------------


def test_tables_open_in_pandas_and_duckdb(sample_lake: Path) -> None:
    folder = sample_lake / "snapshots" / latest(sample_lake)
    for name, contract in TABLES.items():
        frame = pd.read_parquet(folder / f"{name}.parquet")
        assert list(frame.columns) == [column.name for column in contract.columns]
        assert not frame.empty
        counted = duckdb.sql(f"SELECT count(*) FROM read_parquet('{folder / f'{name}.parquet'}')").fetchall()
        assert counted == [(len(frame),)]
        assert pq.read_schema(folder / f"{name}.parquet").equals(contract.schema)
        assert not frame.duplicated(list(contract.key)).any()


def test_the_manifest_and_the_data_package_tell_the_truth(sample_lake: Path) -> None:
    folder = sample_lake / "snapshots" / latest(sample_lake)
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    package = orjson.loads((folder / "datapackage.json").read_bytes())
    assert {path.name for path in folder.iterdir()} == {"manifest.json", *manifest["files"]}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert manifest["snapshot_id"] == package["version"] == latest(sample_lake)
    assert {resource["name"] for resource in package["resources"]} == set(TABLES)
    for resource in package["resources"]:
        assert resource["rowCount"] == manifest["rows"][resource["name"]]
        assert resource["hash"] == f"sha256:{manifest['files'][resource['path']]}"
        assert all(field["description"] and field["description_fr"] for field in resource["schema"]["fields"])


# --- Users' mistakes and broken lakes -------------------------------------------------------------------------------


def test_a_path_that_is_missing_ends_with_2_before_anything_is_read(tmp_path: Path) -> None:
    lake, nowhere = tmp_path / "lake", tmp_path / "nowhere"
    for postings, credentials in ((SAMPLES / "postings", nowhere), (nowhere, SAMPLES / "credentials")):
        ran = call("run", "--postings", postings, "--credentials", credentials, "--lake", lake)
        assert ran.failed(2, "nowhere", "does not exist")
    assert call("ingest", "postings", SAMPLES / "postings", nowhere, "--lake", lake).failed(2, "nowhere")
    assert not lake.exists()


def test_a_run_of_one_kind_keeps_the_other(small_lake: Path, copy: Copy) -> None:
    """Credentials first and postings later are published as both together are."""
    lake = copy(small_lake, "cache", "index")
    assert call_small("ingest", "credentials", SMALL_CREDENTIALS, "--lake", lake).code == 0
    ran = call_small("run", "--postings", SMALL_POSTINGS, "--lake", lake, "--json")
    assert ran.code == 0, ran.err
    assert list(ran.json["ingest"]) == ["postings"]
    assert latest(lake) == latest(small_lake)


def test_a_run_of_nothing_says_what_to_give(tmp_path: Path) -> None:
    ran = call("run", "--lake", tmp_path / "lake")
    assert ran.failed(2, "--postings", "--credentials", f"passerelle refresh --lake {tmp_path / 'lake'}")
    assert not (tmp_path / "lake").exists()


def test_a_folder_without_a_readable_file_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    ran = call("run", "--postings", tmp_path / "empty", "--credentials", SAMPLES, "--lake", tmp_path / "lake")
    assert ran.failed(2, "No postings to read", str(tmp_path / "empty"))


MAPPING = """
[source]
name = "odd-board"
kind = "postings"
[fields]
source_id = "no"
title = "job"
[parts]
description = ["what"]
"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (MAPPING.replace("title =", "titel ="), "titel"),
        (MAPPING.replace('kind = "postings"', 'kind = "people"'), "kind"),
        (MAPPING.replace('kind = "postings"', 'kind = "credentials"'), "not as postings"),
        (MAPPING.replace("[fields]", "[fields"), "TOML"),
        (MAPPING.replace('"odd-board"', '"../../odd"'), "name"),
        (MAPPING.replace("[parts]", "[pieces]"), "pieces"),
        (None, "mapping.toml"),
    ],
)
def test_a_wrong_mapping_ends_with_2(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "mapping.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    table = tmp_path / "jobs.csv"
    table.write_text("no,job,what\n1,Welder,You will weld steel frames.\n", encoding="utf-8")
    ran = call("ingest", "postings", table, "--mapping", path, "--lake", tmp_path / "lake")
    assert ran.failed(2, words)
    assert not (tmp_path / "lake").exists()


def test_a_mapping_for_a_whole_run_and_what_does_not_fit_it(tmp_path: Path) -> None:
    """The columns that the mapping names are read, and those that the table lacks are named."""
    mapping, table = tmp_path / "mapping.toml", tmp_path / "jobs.csv"
    mapping.write_text(MAPPING.replace("[parts]", 'wage = "pay"\n[parts]'), encoding="utf-8")
    table.write_text("no,job,what\n1,Welder,You will weld steel frames.\n", encoding="utf-8")
    lake = tmp_path / "lake"
    ran = call("run", "--postings", table, "--mapping", mapping, "--lake", lake)
    assert ran.failed(6, "holds no credentials")
    assert "postings: 1 received = 1 accepted" in ran.out
    assert "note: The mapping odd-board reads wage from 'pay': the table has no such column." in ran.out
    again = call("ingest", "postings", table, "--mapping", mapping, "--lake", lake, "--json")
    assert [remark.split(":")[0] for remark in again.json["remarks"]] == ["The mapping odd-board reads wage from 'pay'"]
    assert call("run", "--credentials", SMALL_CREDENTIALS, "--mapping", mapping, "--lake", lake).failed(
        2, "for postings"
    )


READING = (
    ("status",), ("show", "matches"), ("refresh",), ("explain", "welding", "welder"), ("link", "weld steel"),
    ("ingest", "postings", str(SAMPLES / "postings" / "sample-board-en.jsonl")),
)  # fmt: skip


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
def test_a_lake_that_is_a_file(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = tmp_path / "lake"
    path.write_text("a file", encoding="utf-8")
    assert call(*arguments, "--lake", path).failed(6, str(path))
    assert path.read_text(encoding="utf-8") == "a file"


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("location", ["nothing://of/the/kind", "/proc/no-such-place/lake"])
def test_a_lake_that_cannot_be(arguments: tuple[str, ...], location: str) -> None:
    ran = call(*arguments, "--lake", location)
    if location.startswith("nothing") or arguments[0] != "status":  # an empty lake need not be there
        assert ran.failed(6, location)


@pytest.mark.parametrize("pointer", [b"", b"{", b"[]", b"null", b"{}", b'{"snapshot_id": 7}', b'{"snapshot_id": null}',
                                     b'{"snapshot_id": "2020-01-01-0123456789ab"}', b'{"snapshot_id": "../../.."}',
                                     b"\xff\xfe"])  # fmt: skip
def test_a_pointer_that_is_damaged(small_lake: Path, copy: Copy, pointer: bytes) -> None:
    lake = copy(small_lake)
    (lake / "latest.json").write_bytes(pointer)
    for arguments in (("status",), ("show", "matches"), ("explain", "welding", "welder")):
        assert call(*arguments, "--lake", lake).failed(6)


@pytest.mark.parametrize("table", ["matches", "skills"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut off", "no Parquet", "a bit"])
def test_a_table_that_is_missing_or_damaged(small_lake: Path, copy: Copy, damage: str, table: str) -> None:
    lake = copy(small_lake)
    path = lake / "snapshots" / latest(lake) / f"{table}.parquet"
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        middle = len(content) // 3
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"empty": b"", "cut off": content[:-100], "no Parquet": b"x" * 500, "a bit": flipped}[damage])
    assert call("show", "matches", "--lake", lake).failed(6, f"{table}.parquet")


@pytest.mark.parametrize("folder", ["documents/postings", "documents/credentials", "quarantine/postings"])
def test_documents_that_are_damaged(small_lake: Path, copy: Copy, folder: str) -> None:
    lake = copy(small_lake)
    (path,) = (lake / folder).glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-50])
    for arguments in (("status",), ("refresh",)):
        assert call(*arguments, "--lake", lake).failed(6, path.name, "damaged")


def test_a_manifest_that_is_damaged(small_lake: Path, copy: Copy) -> None:
    lake = copy(small_lake)
    (lake / "snapshots" / latest(lake) / "manifest.json").write_text("{", encoding="utf-8")
    assert call("status", "--lake", lake).failed(6, "manifest.json")


def test_strangers_files_in_the_lake_do_no_harm(small_lake: Path, copy: Copy) -> None:
    lake = copy(small_lake)
    for name in ("snapshots/backup/matches.parquet", "documents/postings/README.txt", "cache/links/x/y.parquet",
                 "runs/.DS_Store", "documents/postings/.hidden.parquet", "quarantine/postings/notes"):  # fmt: skip
        (lake / name).parent.mkdir(parents=True, exist_ok=True)
        (lake / name).write_bytes(b"a stranger's")
    before = call("status", "--lake", small_lake, "--json").json
    assert call("status", "--lake", lake, "--json").json | {"lake": ""} == before | {"lake": ""}


def test_an_error_is_printed_as_it_is(tmp_path: Path) -> None:
    """Names from outside can't paint the terminal."""
    ran = call("show", "[bold red]x[/bold red]", "--lake", tmp_path)
    assert ran.failed(2, "[bold red]x[/bold red]")
