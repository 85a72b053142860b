"""The documentation says what the program does: commands, settings, codes, tables, links and worked examples."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import tomllib
from math import log2
from pathlib import Path

import pyarrow as pa
import pytest
import typer.main

from pipeline import errors, matching
from pipeline.cli import app
from pipeline.ingest import Reason
from pipeline.ingest.mapping import (
    CREDENTIAL_FIELDS,
    OFFICIAL_FIELDS,
    PARTS,
    POSTING_FIELDS,
    SectionsTable,
    SourceTable,
    load_mapping,
)
from pipeline.lake import LATEST, Lake
from pipeline.settings import Settings, load_settings
from pipeline.tables import EVIDENCE, POSTINGS, ROLE_DEMAND, TABLES, Table

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "samples/README.md")),
    *(ROOT / "docs").rglob("*.md"),
])  # fmt: skip
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}\$ (passerelle .*)$", re.MULTILINE)
INLINE = re.compile(r"`(passerelle [^`]+)`")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def everything() -> str:
    """The text of all pages."""
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


# --- Commands -------------------------------------------------------------------------------------------------------


def written_commands(text: str) -> list[list[str]]:
    """Every call of `passerelle` in code, as words; what stands for something else (`TABLE`, `...`) is a word too."""
    lines = [line.removeprefix("$ ") for _, block in FENCE.findall(text) for line in block.splitlines()]
    calls = [line for line in lines if line.startswith("passerelle ")]
    calls += INDENTED.findall(text) + [" ".join(call.split()) for call in INLINE.findall(text)]
    return [shlex.split(call)[1:] for call in calls]


def command_problem(words: list[str]) -> str | None:
    """What is wrong with a call, or None."""
    command = typer.main.get_command(app)
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-"):
            known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            if word not in known:
                return f"{command.name} has no option {word}"
            takes_value = any(word in p.opts and not getattr(p, "is_flag", False) for p in command.params)
            if takes_value and rest:
                rest.pop(0)
        elif getattr(command, "commands", None):
            if word in {"...", "X"}:
                return None
            if word not in command.commands:
                return f"there is no command {word}"
            command = command.commands[word]
    return None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page: Path) -> None:
    problems = {
        " ".join(words): problem
        for words in written_commands(page.read_text(encoding="utf-8"))
        if (problem := command_problem(words))
    }
    assert not problems


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ("show matches --lake x --lang fr", False), ("taxonomy import esco a.zip", False),
        ("--settings my.toml run ...", False), ("shw matches", True), ("show matches --lingo fr", True),
        ("taxonomy bake", True),
    ],
)  # fmt: skip
def test_the_check_of_commands_tells_right_from_wrong(call: str, wrong: bool) -> None:
    assert (command_problem(call.split()) is not None) == wrong


def test_readme_names_every_command() -> None:
    named = {tuple(words) for words in written_commands(read("README.md"))}
    for name, command in typer.main.get_command(app).commands.items():
        for inner in getattr(command, "commands", None) or [None]:
            path = (name,) if inner is None else (name, inner)
            assert any(words[: len(path)] == path for words in named), f"README.md does not name {' '.join(path)}"


def test_readme_has_every_exit_code() -> None:
    table = read("README.md").split("| exit code | meaning |")[1].split("\n\n")[0]
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    raised = {e.exit_code for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)}
    assert listed == raised | {0, 130}


def test_make_targets_exist(everything: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)", everything, re.MULTILINE))
    named |= set(re.findall(r"`make ([a-z-]+)`", everything))
    assert named
    assert named <= targets


# --- Settings -------------------------------------------------------------------------------------------------------


def setting_lines() -> list[tuple[str, str]]:
    """(key, comment) of every line of the defaults that sets something."""
    found = re.findall(r"^(\w+) = [^#\n]*(?:# *(.*))?$", read("configs/default.toml"), re.MULTILINE)
    assert len(found) >= 40
    return found


def test_every_setting_is_explained(everything: str) -> None:
    # `[profile] max_skills` and `max_skills` both name the key; a currency stands for all of them.
    named = set(re.findall(r"(?:`|\] )(\w+)`", everything))
    unexplained = [key for key, comment in setting_lines() if not comment and key not in named and key != "CAD"]
    assert not unexplained


def test_settings_named_in_the_documentation_exist(everything: str) -> None:
    defaults = tomllib.loads(read("configs/default.toml"))
    sections = {name: set(values) for name, values in defaults.items()}
    for section, key in re.findall(r"`\[(\w+)\] (\w+)`", everything):
        if section in sections:
            assert key in sections[section], f"[{section}] has no {key}"
    for name in sorted(set(re.findall(r"PASSERELLE_(\w+)", everything))):
        section, *keys = name.lower().split("__")
        value: object = defaults.get(section)
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        assert value is not None or name in Settings.reserved, f"PASSERELLE_{name} names no setting"


# --- Links ----------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """What a link may point at in a page, as GitHub makes it of the headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        assert aim.exists(), f"{name_of(page)}: {target} is not there"
        if anchor:
            assert anchor in anchors(aim), f"{name_of(page)}: {target} is no heading; there are {sorted(anchors(aim))}"


def test_paths_named_in_the_documentation_exist(everything: str) -> None:
    named = set(re.findall(r"`((?:pipeline|configs|benchmarks|samples|dags|docs)/[\w./-]+)`", everything))
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


# --- Tables and codes -----------------------------------------------------------------------------------------------


def test_tables_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("build_tables", ROOT / "docs" / "build_tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert read("docs/tables.md") == module.page(), "docs/tables.md is stale: run python docs/build_tables.py"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_tables_page_describes_every_column_in_both_languages(table: Table) -> None:
    page = read("docs/tables.md")
    for column in table.columns:
        row = re.search(rf"^\| `{column.name}` \| [^|]+ \| ([^|]+) \| ([^|]+) \|", page, re.MULTILINE)
        assert row is not None, column.name
        assert column.en.strip() and column.fr.strip()


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_reason_codes_are_explained_in_both_languages(reason: Reason) -> None:
    row = re.search(rf"^\| `{reason.value}` \| (.+?) \| (.+?) \|$", read("docs/sources.md"), re.MULTILINE)
    assert row is not None
    english, french = row.groups()
    assert english.endswith(".") and french.endswith(".") and english != french


def test_reason_codes_are_no_more_than_there_are() -> None:
    table = read("docs/sources.md").split("| code | English | français |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [reason.value for reason in Reason]


# --- Mapping files --------------------------------------------------------------------------------------------------


def test_mapping_reference_is_complete() -> None:
    page = read("docs/sources.md")
    keys = {*POSTING_FIELDS, *CREDENTIAL_FIELDS, *SourceTable.model_fields, *SectionsTable.model_fields}
    keys |= {field for fields in OFFICIAL_FIELDS.values() for field in fields} | set(OFFICIAL_FIELDS)
    keys |= {part.removesuffix("_en").removesuffix("_fr") for part in PARTS}
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


def test_mapping_example_loads(tmp_path: Path) -> None:
    examples = [block for kind, block in FENCE.findall(read("docs/sources.md")) if kind == "toml"]
    assert examples
    for example in examples:
        file = tmp_path / "example.toml"
        file.write_text(example, encoding="utf-8")
        assert load_mapping(file).source.name == "my-board"


# --- Snippets -------------------------------------------------------------------------------------------------------


def test_readme_snippets_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a snapshot whose tables have their columns and no rows: a column that is not there would fail."""
    monkeypatch.chdir(tmp_path)
    lake = Lake(".lake/demo")
    for table in TABLES.values():
        lake.write_table(f"snapshots/2026-01-01-0/{table.name}.parquet", table.schema.empty_table())
    (tmp_path / ".lake/demo" / LATEST).write_text(json.dumps({"snapshot_id": "2026-01-01-0"}))
    snippets = [block for kind, block in FENCE.findall(read("README.md")) if kind == "python"]
    assert len(snippets) >= 2
    for snippet in snippets:
        exec(compile(snippet, "README.md", "exec"), {})


# --- Worked example -------------------------------------------------------------------------------------------------

ASKED = {
    "a1": ("welder", {"weld": 0.8, "safety": 0.5}),
    "a2": ("welder", {"weld": 0.6, "safety": 0.5}),
    "b1": ("cook", {"safety": 0.5}),
    "b2": ("cook", {"safety": 0.5}),
}
REQUIRED = {("a1", "weld"), ("a2", "safety")}


def rows(schema: pa.Schema, *values: dict[str, object]) -> pa.Table:
    """Rows of a schema; what they leave out is some value of its type."""
    plain = {pa.string(): "en", pa.int64(): 1, pa.float64(): 1.0, pa.bool_(): True}
    return pa.Table.from_pylist(
        [{f.name: plain.get(f.type) for f in schema if not f.nullable} | row for row in values], schema=schema
    )


@pytest.fixture(scope="module")
def example() -> dict[str, pa.Table]:
    """The worked example of docs/methods.md, through the functions that publish the tables."""
    settings = load_settings()
    profile = settings.profile.model_copy(update={"min_skills": 2})  # as the page says
    postings = rows(POSTINGS.schema, *({"posting_id": d, "role_id": role} for d, (role, _) in ASKED.items()))
    found = [
        {
            "document_kind": "posting",
            "document_id": d,
            "skill_id": s,
            "confidence": p,
            "level": "required" if (d, s) in REQUIRED else "unstated",
        }
        for d, (_, skills) in ASKED.items()
        for s, p in skills.items()
    ]
    evidence = rows(EVIDENCE.schema, *found)
    profiles = matching.role_profiles(postings, evidence, profile, settings.demand.region_min_postings)
    taught = pa.table({
        "credential_id": ["course"] * 3, "skill_id": ["weld", "first aid", "books"], "confidence": [0.9, 0.8, 0.5],
    })  # fmt: skip
    similarity = pa.table({
        "asked": ["weld", "safety"], "taught": ["weld", "first aid"], "similarity": [1.0, 0.6],
    })  # fmt: skip
    matched = matching.match(
        taught, profiles, similarity, postings, evidence, ROLE_DEMAND.schema.empty_table(), settings.matching, profile
    )
    return {"role_skills": profiles, "matches": matched.matches, "match_skills": matched.match_skills}


def one(table: pa.Table, **wanted: str) -> dict[str, float]:
    """The row that has these values."""
    found = [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    assert len(found) == 1
    return found[0]


def worked_example() -> str:
    return " ".join(read("docs/methods.md").split("## Worked example")[1].split())


@pytest.mark.parametrize("skill", ["weld", "safety"])
def test_worked_example_of_rca(example: dict[str, pa.Table], skill: str) -> None:
    row = one(example["role_skills"], role_id="welder", skill_id=skill, region="ALL")
    page = worked_example()
    for name in ("share_raw", "share_all", "share"):
        assert re.search(rf"\b{name} = [^=]* = {row[name]:g} ", page), name
    assert re.search(rf"\bRCA = [^=]* = {row['rca']:.7g} ", page)
    assert re.search(rf"\braw = [^=]* = {row['share'] * log2(1 + row['rca']):.6f}".rstrip("0"), page)
    assert f"{row['importance']:.9f}" in page


@pytest.mark.parametrize(
    ("skill", "sentence"), [("weld", "*weld* is 0.8 + 0.6 = 1.4"), ("safety", "*work safely* 0.5 + 0.5 = 1.0")]
)
def test_worked_example_of_support(example: dict[str, pa.Table], skill: str, sentence: str) -> None:
    page, least = worked_example(), load_settings().profile.min_support
    asked = [skills[skill] for role, skills in ASKED.values() if role == "welder"]
    assert sentence in page
    assert sentence.endswith(f"{' + '.join(map(str, asked))} = {sum(asked):.1f}")
    assert f"both are above {least:g}" in page
    assert sum(asked) > least
    assert one(example["role_skills"], role_id="welder", skill_id=skill, region="ALL")["postings"] == len(asked)


def test_worked_example_of_coverage(example: dict[str, pa.Table]) -> None:
    page = worked_example()
    match = one(example["matches"], role_id="welder")
    assert f"coverage = {match['coverage']:.9f}" in page
    assert f"= {match['relevance']:.9f}" in page
    assert re.search(rf"distinctive = [^=]* = {match['distinctive_coverage']:.6f} ", page)
    assert re.search(rf"required = [^=]* = {match['required_coverage']:.6f} ", page)
    addends = [one(example["match_skills"], role_id="welder", skill_id=skill) for skill in ("weld", "safety")]
    for addend in addends:
        line = f"{addend['importance']:.9f} × {addend['confidence']:g} × {addend['similarity']:g}"
        assert f"{line} = {addend['contribution']:.9f} {addend['status']}" in page
    assert sum(addend["contribution"] for addend in addends) == pytest.approx(match["coverage"], abs=1e-12)
