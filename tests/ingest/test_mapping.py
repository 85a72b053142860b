"""Mapping files: what they may say, what is wrong with them, and rows seen through them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.ingest.mapping import Mapping, canonical_mapping, find_mapping, load_mapping
from pipeline.ingest.records import TextPart
from pipeline.ingest.rows import Row

FULL = """
[source]
name = "college-board"
kind = "postings"
files = ["board_*.csv"]
language = "fr"
null_values = ["N/A"]

[fields]
source_id = "id"
title = ["poste", "titre"]
employer = "employeur.nom"
skills = "tags"
education = "niveau"
vacancies = "postes.0.nombre"

[parts]
description = ["intro", "texte"]
requirement_en = ["needs"]
benefit = ["lists.content"]

[constants]
country = "CA"
wage_unit = "hour"
full_time_hours = 37.5

[lists]
skills = ","

[values.education]
"D1" = "college"
"""

HEADED = """
[source]
name = "headed"
kind = "postings"
[sections]
column = "body"
separator = ";"
keep = ["Weight handling"]
[sections.headings]
"Education" = "education"
"Experience" = "experience"
"Languages" = ""
"* Skills" = "responsibility"
"Weight handling" = "requirement"
"Other *" = "requirement"
"*" = "description"
"""


def written(folder: Path, text: str, name: str = "source.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def row(mapping: Mapping, **values: object) -> Row:
    return Row(dict(values), mapping, "file.csv", "7")


def test_fields_come_from_the_first_column_that_is_present(tmp_path: Path) -> None:
    mapping = load_mapping(written(tmp_path, FULL))
    one = row(
        mapping,
        id=17.0,
        titre="Soudeur &amp; monteur",
        poste="N/A",
        employeur={"nom": " Acier  Nord\ninc. "},
        tags="soudage, lecture de plans,soudage,",
        niveau="D1",
        postes=[{"nombre": 3}],
        intro="<p>Bonjour</p>",
        texte="Vous soudez.",
        needs="Weld.",
        lists=[{"content": "RRSP"}, {"other": 1}, {"content": "Dental"}],
    )
    assert one.line("source_id") == "17"
    assert one.line("title") == "Soudeur & monteur"
    assert one.line("employer") == "Acier Nord inc."
    assert one.list("skills") == ("soudage", "lecture de plans")
    assert one.text("education") == "college"
    assert one.field("vacancies") == 3
    assert one.line("country") == "CA"
    assert one.field("full_time_hours") == 37.5
    assert one.line("region") is None
    assert one.parts("fr") == (
        TextPart("description", "Bonjour\nVous soudez.", "fr"),
        TextPart("requirement", "Weld.", "en"),
        TextPart("benefit", "RRSP\nDental", "fr"),
    )
    assert one.value("employeur.nom") == " Acier  Nord\ninc. "
    assert one.value("employeur.absent") is None
    assert one.value("tags.deeper") is None


@pytest.mark.parametrize("empty", [None, "", "  ", "N/A", " N/A ", float("nan"), [], {}, [None, "N/A", ""]])
def test_nothing_is_nothing_however_it_is_written(tmp_path: Path, empty: object) -> None:
    mapping = load_mapping(written(tmp_path, FULL))
    one = row(mapping, id=empty, titre=empty, texte=empty, tags=empty)
    assert one.value("id") is None
    assert one.line("title") is None
    assert one.list("skills") == ()
    assert one.parts("en") == ()


def test_columns_with_dots_in_their_names_are_found(tmp_path: Path) -> None:
    mapping = load_mapping(written(tmp_path, FULL))
    assert row(mapping, **{"employeur.nom": "Flat"}).line("employer") == "Flat"


def test_headed_lists_become_fields_and_parts(tmp_path: Path) -> None:
    mapping = load_mapping(written(tmp_path, HEADED))
    body = (
        "We hire.\nLanguages:\nEnglish\nEDUCATION\nCollege\nor equivalent experience\nExperience\n1 year\n"
        "Cook Skills\nFry; Bake ;\nWeight Handling\nUp to 23 kg; More\nother needs\nVan"
    )
    one = row(mapping, body=body)
    assert one.text("education") == "College\nor equivalent experience"
    assert one.text("experience") == "1 year"
    assert one.parts("en") == (
        TextPart("description", "We hire.", "en"),
        TextPart("responsibility", "Fry\nBake", "en"),
        TextPart("requirement", "Weight Handling: Up to 23 kg\nWeight Handling: More\nVan", "en"),
    )


def test_headed_lists_may_be_objects(tmp_path: Path) -> None:
    text = HEADED.replace('separator = ";"', 'heading = "text"\nitems = "content"')
    mapping = load_mapping(written(tmp_path, text))
    lists = [
        {"text": "Line Cook Skills", "content": "<li>Fry</li><li>Bake; boil</li>"},
        {"text": "Unknown", "content": "Something"},
        {"content": "No heading"},
        "not an object",
    ]
    assert row(mapping, body=lists).parts("en") == (
        TextPart("responsibility", "- Fry\n- Bake; boil", "en"),
        TextPart("description", "Something\nNo heading", "en"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[source]\nname = "x"\nkind = "postings"\n[fields]\ntitel = "a"', ["fields", "'titel'", "title", "vacancies"]),
        ('[source]\nname = "x"\nkind = "credentials"\n[fields]\nwage = "a"', ["fields", "'wage'", "issuer"]),
        ('[source]\nname = "x"\nkind = "postings"\n[parts]\noutcomes = ["a"]', ["parts", "'outcomes'", "outcome_fr"]),
        ('[source]\nname = "x"\nkind = "postings"\ndelimeter = ";"', ["source.delimeter", "delimiter", "null_values"]),
        ('[source]\nname = "x"\nkind = "postings"\n[extra]\na = 1', ["extra", "sections", "values"]),
        ('[source]\nname = "x"\nkind = "jobs"', ["source.kind", "postings", "credentials"]),
        ('[source]\nname = "No Spaces"\nkind = "postings"', ["source.name"]),
        ('[source]\nname = "x"\nkind = "postings"\nencoding = "utf-9"', ["source.encoding", "utf-9", "cp1252"]),
        ('[source]\nname = "x"\nkind = "postings"\nencoding = "hex"', ["source.encoding", "hex"]),
        ('[source]\nname = "x"\nkind = "postings"\ndelimiter = "||"', ["source.delimiter"]),
        ('[source]\nname = "x"\nkind = "postings"\n[fields]\ntitle = []', ["fields.title"]),
        ('[source]\nname = "x"\nkind = "postings"\n[constants]\nnope = "a"', ["constants", "'nope'"]),
        (HEADED.replace('"education"', '"schooling"'), ["sections.headings", "'schooling'"]),
        ('kind = "postings"', ["source", "kind"]),
        ("not toml", ["TOML"]),
        ("\x00", ["TOML"]),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as error:
        load_mapping(path)
    message = str(error.value)
    assert str(path) in message
    for words in expected:
        assert words in message


def test_a_mapping_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml cannot be read"):
        load_mapping(tmp_path / "absent.toml")


def test_the_mapping_with_the_longest_fitting_pattern_is_found(tmp_path: Path) -> None:
    head = '[source]\nname = "{}"\nkind = "postings"\nfiles = ["{}"]'
    written(tmp_path, head.format("wide", "*.csv"), "a.toml")
    written(tmp_path, head.format("narrow", "jobs_*.csv"), "b.toml")
    found = find_mapping(Path("jobs_1.csv"), [tmp_path / "absent", tmp_path])
    assert found is not None and found.source.name == "narrow"
    found = find_mapping(Path("else.csv"), [tmp_path])
    assert found is not None and found.source.name == "wide"
    assert find_mapping(Path("jobs.json"), [tmp_path]) is None
    assert find_mapping(Path("jobs.json"), []) is None
    written(tmp_path, head.format("rival", "jobs_*.csv"), "c.toml")
    with pytest.raises(SettingsError, match="Several mapping files"):
        find_mapping(Path("jobs_1.csv"), [tmp_path])


def test_tables_with_canonical_names_need_no_mapping() -> None:
    mapping = canonical_mapping("postings", "Mes Offres 2026")
    assert mapping.source.name == "mes-offres-2026"
    one = row(
        mapping, source_id="1", title="Cook", description="Cook food.", requirement_fr="Savoir cuisiner", skills="a|b"
    )
    assert one.line("title") == "Cook"
    assert one.list("skills") == ("a", "b")
    assert set(one.parts("en")) == {
        TextPart("description", "Cook food.", "en"),
        TextPart("requirement", "Savoir cuisiner", "fr"),
    }
    credential = row(canonical_mapping("credentials", ""), title_fr="Attestation", outcome_en="Weld")
    assert credential.mapping.source.name == "source"
    assert credential.line("title_fr") == "Attestation"
    assert credential.parts("fr") == (TextPart("outcome", "Weld", "en"),)


def test_a_rejected_row_keeps_what_it_was(tmp_path: Path) -> None:
    one = row(load_mapping(written(tmp_path, FULL)), id="9", texte="é")
    rejected = one.rejected("missing_title", "No title.", "9")  # type: ignore[arg-type]
    assert rejected.raw == '{"id":"9","texte":"é"}'
    assert (rejected.source, rejected.file, rejected.position) == ("college-board", "file.csv", "7")
    original = Row({}, one.mapping, "f", "1", "as it was\n")
    assert original.raw() == "as it was\n"


def deep(levels: int, value: object) -> object:
    for _ in range(levels):
        value = [value]
    return value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["id", "poste", "employeur", "tags", "niveau", "postes", "intro", "lists"]), JSON)
)
def test_no_value_raises(values: dict[str, object]) -> None:
    text = FULL + '[sections]\ncolumn = "lists"\nheading = "text"\n[sections.headings]\n"*" = "requirement"\n'
    import tomllib

    one = Row(values, Mapping.model_validate(tomllib.loads(text)), "f", "1")
    for name in ("source_id", "title", "employer", "skills", "education", "vacancies", "region"):
        one.field(name)
        one.text(name)
        one.line(name)
        one.list(name)
    one.parts("en")
    one.raw()


def test_deep_nesting_and_lone_surrogates_do_not_raise(tmp_path: Path) -> None:
    mapping = load_mapping(written(tmp_path, FULL))
    one = row(mapping, tags=deep(900, "x"), texte="\ud800x", employeur=deep(900, {"nom": "y"}))
    assert one.list("skills") == ()
    assert one.line("employer") is None
    assert one.parts("fr") == (TextPart("description", "x", "fr"),)
    assert isinstance(one.raw(), str)
