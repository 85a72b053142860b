"""Readers of labelled sets: what they take, what they count and leave out, and which files they refuse."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from pipeline.errors import SettingsError
from pipeline.linking import read_competences, read_queries, read_validation
from pipeline.linking.labelled_sets import (
    ALSO_ANOTHER,
    LANGUAGES,
    MALFORMED,
    REPEATED,
    UNKNOWN,
    Example,
    Judged,
    LinkedDocument,
    Marked,
    balanced,
    read_held_out,
    read_judged,
    read_linked,
    read_linked_documents,
    read_skillskape,
    read_spans,
    without_labels,
)
from pipeline.taxonomy import Taxonomy, build_taxonomy, load_starter

from .conftest import skill


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A labelled set in English: one sentence with two labels, one label that no skill has, one without a span."""
    path = tmp_path / "labelled.csv"
    path.write_text(
        "\ufeffsentence,span,label\n"
        '"Operate forklifts, then weld.",Operate forklifts,operate forklifts\n'
        '"Operate forklifts, then weld.",weld, weld metal parts \n'
        '"Operate forklifts, then weld.",then,LABEL NOT PRESENT\n'
        "Be nice.,nice,UNDERSPECIFIED\n"
        "Help people.,,give first aid\n",
        encoding="utf-8",
    )
    return path


def test_rows_with_the_same_query_are_one_query_with_several_labels(labelled: Path, small: Taxonomy):
    assert read_queries(labelled, "sentence", "en", small) == {
        "Operate forklifts, then weld.": {"ps:forklift", "ps:weld"},
        "Help people.": {"ps:first-aid"},
    }


def test_spans_can_be_the_queries(labelled: Path, small: Taxonomy):
    assert read_queries(labelled, "span", "en", small) == {
        "Operate forklifts": {"ps:forklift"},
        "weld": {"ps:weld"},
    }


def test_french_labels_are_looked_up_in_french(labelled: Path, small: Taxonomy, tmp_path: Path):
    assert read_queries(labelled, "sentence", "fr", small) == {}
    path = tmp_path / "fr.csv"
    path.write_text("sentence,label\nSouder.,souder des pièces métalliques\n", encoding="utf-8")
    assert read_queries(path, "sentence", "fr", small) == {"Souder.": {"ps:weld"}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sentence,span\na,b\n", "has no column label"),
        (b"text,label\na,b\n", "has no column sentence"),
        (b"", "has no column"),
        (b"sentence,label\n\xff\xfe,a\n", "not a CSV file in UTF-8"),
        (b'sentence,label\n"' + b"x" * 200_000 + b'",a\n', "not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_says_why(tmp_path: Path, small: Taxonomy, content, message):
    path = tmp_path / "labelled.csv"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=message) as caught:
        read_queries(path, "sentence", "en", small)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path, small: Taxonomy):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(SettingsError, match="cannot be read") as caught:
            read_queries(path, "sentence", "en", small)
        assert str(path) in str(caught.value)


def test_a_row_that_is_too_short_is_left_out(tmp_path: Path, small: Taxonomy):
    path = tmp_path / "labelled.csv"
    path.write_text("sentence,span,label\nWeld.\n,x,give first aid\nWeld.,x,weld metal parts\n", encoding="utf-8")
    assert read_queries(path, "sentence", "en", small) == {"Weld.": {"ps:weld"}}


def test_texts_in_which_no_skill_fits_are_kept_and_unknown_labels_are_counted(labelled: Path, small: Taxonomy):
    with labelled.open("a", encoding="utf-8") as stream:
        stream.write("Dance.,Dance,dance the tango\ntoo,few\nfar,too,many,cells\n")
    found = read_validation(labelled, "sentence", "en", small, "LABELLED")
    assert (found.name, found.language) == ("LABELLED", "en")
    assert found.examples == (
        Example("Operate forklifts, then weld.", frozenset({"ps:forklift", "ps:weld"})),
        Example("Be nice.", frozenset()),
        Example("Help people.", frozenset({"ps:first-aid"})),
    )
    assert found.left_out == {MALFORMED: 2, UNKNOWN: 1}
    assert read_validation(labelled, "sentence", "en", small).name == "labelled"


# --- SkillSkape -----------------------------------------------------------------------------------------------------


def test_skillskape_has_lists_of_labels(tmp_path: Path, small: Taxonomy):
    path = tmp_path / "dev.csv"
    path.write_text(
        ",sentence,skills\n"
        "0,Lift and weld.,\"['operate forklifts', 'weld metal parts']\"\n"
        "1,We were founded in 1999.,['UNK']\n"
        "2,Both.,\"['UNK', 'give first aid']\"\n"
        "3,Unknown.,['dance the tango']\n"
        "4,No list.,operate forklifts\n"
        "5,Empty.,[]\n"
        '6,Numbers.,"[1, 2]"\n'
        "7,A call.,\"[__import__('os').getcwd()]\"\n"
        f"8,Deep.,{'[' * 2000}\n"
        f"9,Long.,\"['{'x' * 30_000}']\"\n"
        "10,Few\n"
        "11,,['give first aid']\n",
        encoding="utf-8",
    )
    found = read_skillskape(path, small)
    assert found.examples == (
        Example("Lift and weld.", frozenset({"ps:forklift", "ps:weld"})),
        Example("We were founded in 1999.", frozenset()),
        Example("Both.", frozenset({"ps:first-aid"})),
    )
    assert found.queries == {"Lift and weld.": {"ps:forklift", "ps:weld"}, "Both.": {"ps:first-aid"}}
    assert found.left_out == {MALFORMED: 8, UNKNOWN: 1}


# --- Competences ----------------------------------------------------------------------------------------------------


def test_competences_are_pairs_with_tabs(tmp_path: Path, small: Taxonomy):
    path = tmp_path / "dev_exact.tsv"
    path.write_text(
        "query_fr\tesco_uri\nSoudage\tps:weld\nSoudage\tps:forklift\nDanse\tps:dance\nRien\n\tps:weld\n",
        encoding="utf-8",
    )
    found = read_competences(path, small)
    assert (found.name, found.language) == ("dev_exact", "fr")
    assert found.queries == {"Soudage": {"ps:weld", "ps:forklift"}}
    assert found.left_out == {MALFORMED: 2, UNKNOWN: 1}


# --- Labels held out ------------------------------------------------------------------------------------------------


@pytest.fixture
def shared() -> Taxonomy:
    """Skills that share labels, in one language and across."""
    return build_taxonomy(
        "shared", "1",
        skills=[
            skill("one", "first", "un", ["both", "Les Deux", "solo", "stays"], ["les deux", "solo", "reste"]),
            skill("two", "second", "deux", ["both", "First"], ["les deux", "un"]),
        ],
        occupations=[], skill_relations=[], occupation_skills=[],
    )  # fmt: skip


@pytest.fixture
def held_out(tmp_path: Path) -> Path:
    path = tmp_path / "held_out.csv"
    path.write_text(
        "language,skill_id,label,kind\n"
        "en,ps:one,both,alternative\n"
        "en,ps:one,solo,alternative\n"
        "en,ps:two,First,alternative\n"  # the preferred label of another skill, in capitals
        "en,ps:one,nowhere,alternative\n"
        "fr,ps:one,les deux,alternative\n"
        "fr,ps:one,un,preferred\n"
        "de,ps:one,beide,alternative\n"
        "en,ps:one,both,odd\n"
        "en,ps:one\n",
        encoding="utf-8",
    )
    return path


def test_labels_held_out_ask_for_all_skills_that_have_them(held_out: Path, shared: Taxonomy):
    english, french, preferred = read_held_out(held_out, shared)
    assert (english.name, english.language) == ("alternative labels held out", "en")
    assert english.queries == {"both": {"ps:one", "ps:two"}, "solo": {"ps:one"}}
    assert english.left_out == {ALSO_ANOTHER: 1, MALFORMED: 3, UNKNOWN: 1}
    assert (french.name, french.language, french.left_out) == ("alternative labels held out", "fr", {})
    assert french.queries == {"les deux": {"ps:one", "ps:two"}}
    assert (preferred.name, preferred.language) == ("preferred labels held out", "fr")
    assert preferred.queries == {"un": {"ps:one", "ps:two"}}


def test_labels_held_out_are_taken_out_of_both_languages_and_nothing_else_is(held_out: Path, shared: Taxonomy):
    kept = without_labels(shared, read_held_out(held_out, shared))
    assert kept.skills["alt_en"].to_pylist() == [["stays"], ["First"]]
    assert kept.skills["label_fr"].to_pylist() == [None, "deux"]
    assert kept.skills["alt_fr"].to_pylist() == [["reste"], []]
    assert kept.skills.schema == shared.skills.schema
    touched = ["alt_en", "label_fr", "alt_fr"]
    assert kept.skills.drop_columns(touched).equals(shared.skills.drop_columns(touched))
    assert kept.fingerprint != shared.fingerprint
    assert kept.fingerprint == without_labels(shared, read_held_out(held_out, shared)).fingerprint
    assert set(kept.labels("skills")["label"].to_pylist()) == {"first", "First", "second", "deux", "stays", "reste"}


def test_a_balanced_taxonomy_has_as_many_labels_in_one_language_as_in_the_other(shared: Taxonomy):
    rows = shared.skills.select(["label_en", "label_fr", "alt_en", "alt_fr"]).to_pylist()
    kept = balanced(shared).skills.select(["label_en", "label_fr", "alt_en", "alt_fr"]).to_pylist()
    for before, after in zip(rows, kept, strict=True):
        english, french = before["alt_en"] or [], before["alt_fr"] or []
        most = min(len(english), len(french)) if before["label_fr"] else 0
        assert (after["alt_en"], after["alt_fr"]) == (english[:most], french[:most])
        assert (after["label_en"], after["label_fr"]) == (before["label_en"], before["label_fr"])
    assert balanced(shared).fingerprint not in ("", shared.fingerprint)


def test_texts_of_documents_are_read_by_language(tmp_path: Path, small: Taxonomy):
    path = tmp_path / "linked.csv"
    path.write_text(
        "document,kind,language,text,skills\na,posting,en,Weld and aid.,ps:weld|ps:first-aid\n"
        "a,posting,fr,Souder.,ps:weld\na,posting,fr,Rien.,\na,posting,fr,Autre.,ps:unheard-of\na,posting,de,x,\n",
        encoding="utf-8",
    )
    english, french = read_linked(path, small)
    assert [(e.text, e.skills) for e in english.examples] == [("Weld and aid.", {"ps:weld", "ps:first-aid"})]
    assert [(e.text, e.skills) for e in french.examples] == [("Souder.", {"ps:weld"}), ("Rien.", frozenset())]
    assert (english.left_out, french.left_out) == ({"malformed": 1}, {"not in the taxonomy": 1})


def test_texts_of_a_document_are_put_together(tmp_path: Path):
    path = tmp_path / "linked.csv"
    path.write_text(
        "document,kind,language,text,skills\na,posting,en,Weld.,ps:weld\na,posting,fr,Souder.,ps:weld\n"
        "b,credential,en,Aid.,\na,posting,en,Cut and aid.,ps:cut|ps:aid\na,posting,de,x,\n",
        encoding="utf-8",
    )
    assert read_linked_documents(path) == [
        LinkedDocument("a", "posting", "en", ("Weld.", "Cut and aid."), frozenset({"ps:weld", "ps:cut", "ps:aid"})),
        LinkedDocument("a", "posting", "fr", ("Souder.",), frozenset({"ps:weld"})),
        LinkedDocument("b", "credential", "en", ("Aid.",), frozenset()),
    ]


@pytest.mark.parametrize("name", ["training/data/starter_links.csv", "tests/data/starter_links.csv"])
def test_the_projects_own_documents_say_the_same_in_both_languages(root: Path, name: str):
    with (root / name).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    of = {language: [(r["document"], r["skills"]) for r in rows if r["language"] == language] for language in LANGUAGES}
    assert of["en"] == of["fr"]
    english, french = read_linked(root / name, load_starter())
    assert not english.left_out
    assert not french.left_out


def test_no_document_is_both_fitted_on_and_judged_by(root: Path):
    files = [root / "training/data/starter_links.csv", root / "tests/data/starter_links.csv"]
    fitted, judged = ({tuple(row[:1]) for row in csv.reader(path.open(encoding="utf-8"))} for path in files)
    assert fitted & judged == {("document",)}
    texts = [{row[3] for row in csv.reader(path.open(encoding="utf-8"))} for path in files]
    assert texts[0] & texts[1] == {"text"}


def test_a_list_of_no_use_gives_no_sets(tmp_path: Path, shared: Taxonomy):
    path = tmp_path / "held_out.csv"
    path.write_text("language,skill_id,label,kind\nde,x,y,alternative\n", encoding="utf-8")
    assert read_held_out(path, shared) == []


# --- SkillSpan ------------------------------------------------------------------------------------------------------


def tagged(tokens: str, skill_tags: str, knowledge_tags: str) -> bytes:
    return orjson.dumps(
        {"tokens": tokens.split(), "tags_skill": list(skill_tags), "tags_knowledge": list(knowledge_tags)}
    )


def test_spans_are_read_off_the_tags(tmp_path: Path):
    path = tmp_path / "dev.jsonl"
    path.write_bytes(
        b"\n".join(
            [
                tagged("You weld thin steel and use SQL", "OBIIOBI", "OOOOOOB"),
                tagged("Dental plan", "OO", "OO"),
                tagged("SQL R Java", "OOO", "BBI"),
                tagged("Dental plan", "OO", "OO"),
                tagged("I alone", "IO", "OO"),
            ]
        )
    )
    found, left_out = read_spans(path)
    text = "You weld thin steel and use SQL"
    assert found[0] == Marked(text, ((4, 19), (24, 31)))  # SQL lies in both rows of tags: one stretch
    assert [text[start:end] for start, end in found[0].spans] == ["weld thin steel", "use SQL"]
    assert found[1:] == [
        Marked("Dental plan", ()),
        Marked("SQL R Java", ((0, 3), (4, 10))),
        Marked("I alone", ((0, 1),)),
    ]
    assert left_out == {REPEATED: 1}


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[]", b"null", b"{}", b'"x"', tagged("a b", "O", "OO"), tagged("a b", "OO", "OOO"), tagged("", "", ""),
        b'{"tokens": [1], "tags_skill": ["O"], "tags_knowledge": ["O"]}',
        b'{"tokens": ["a"], "tags_skill": "O", "tags_knowledge": ["O"]}',
        b'{"tokens": ["a"], "tags_skill": [null], "tags_knowledge": ["O"]}',
        b'{"tokens": [""], "tags_skill": ["O"], "tags_knowledge": ["O"]}',
        b'{"tokens": ["a"], "tags_skill": [""], "tags_knowledge": ["O"]}',
    ],
)  # fmt: skip
def test_a_line_of_another_form_is_counted(tmp_path: Path, line: bytes):
    path = tmp_path / "dev.jsonl"
    path.write_bytes(line + b"\n\n" + tagged("a", "O", "O") + b"\n")
    assert read_spans(path) == ([Marked("a", ())], {MALFORMED: 1})


# --- Texts that ask for nothing -------------------------------------------------------------------------------------


def test_judged_texts(tmp_path: Path):
    path = tmp_path / "judged.csv"
    path.write_text(
        "language,kind,asks,text\n"
        'en,benefits,0,"Dental, vision and more."\n'
        "fr,duty,1,Conduire un chariot.\n"
        "en,duty,yes,Weld.\nde,duty,1,Schweissen.\nen,duty,1,\nen,duty,1\n",
        encoding="utf-8",
    )
    judged, left_out = read_judged(path)
    assert judged == [
        Judged("Dental, vision and more.", "en", "benefits", False),
        Judged("Conduire un chariot.", "fr", "duty", True),
    ]
    assert left_out == {MALFORMED: 4}


def test_the_projects_own_sample_is_whole(root: Path):
    judged, left_out = read_judged(root / "tests/data/not_a_skill.csv")
    assert not left_out
    assert sum(not each.asks for each in judged) >= 150
    assert {each.language for each in judged} == {"en", "fr"}


# --- Files that cannot be used --------------------------------------------------------------------------------------

READERS: list[Callable[[Path, Taxonomy], object]] = [
    read_skillskape, read_competences, read_held_out, lambda path, _: read_spans(path),
    lambda path, _: read_judged(path),
]  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_a_missing_or_unreadable_file_is_an_error_that_names_it(tmp_path: Path, small: Taxonomy, reader):
    latin = tmp_path / "latin"
    latin.write_bytes(b"language,skill_id,label,kind,asks,text,sentence,skills\nquery_fr\tesco_uri\n\xe9\n")
    for path in (tmp_path / "none", tmp_path, latin):
        with pytest.raises(SettingsError) as caught:
            reader(path, small)
        assert str(path) in str(caught.value)


# --- The real sets --------------------------------------------------------------------------------------------------


def test_the_real_spans_are_read_whole(shared_data: Path):
    found, left_out = read_spans(shared_data / "benchmarks/skillspan/dev.jsonl")
    assert len(found) + left_out[REPEATED] == 3164
    assert MALFORMED not in left_out
    assert all(0 <= start < end <= len(each.text) for each in found for start, end in each.spans)
