"""Documents to evidence: each unit linked once ever, in any order, whatever becomes of the caches."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.embeddings import Encoder
from pipeline.errors import EncoderError, LakeError
from pipeline.ingest import DocumentStore, Kind, contents_of
from pipeline.ingest.store import SCHEMAS
from pipeline.lake import Lake
from pipeline.linking import Link, LinkedDocuments, Linker, cutting, documents, link_documents, unweighed_evidence
from pipeline.linking.stated import stated_skills
from pipeline.linking.units import unit_key
from pipeline.settings import LINK_CACHE_FLOOR, LinkingSettings
from pipeline.tables import EVIDENCE
from pipeline.taxonomy import Occupation, Skill, Taxonomy, build_taxonomy

from .conftest import CountingLinker, skill

Row = dict[str, object]
LinkAll = Callable[..., LinkedDocuments]


def document(name: str, *parts: tuple[str, str, str], skills: Sequence[tuple[str, str | None, str]] = ()) -> Row:
    """A document row: parts are (name, language, text), stated skills (label, uri, language)."""
    row: Row = {
        "parts": [{"name": part, "text": text, "language": language} for part, language, text in parts],
        "skills": [{"label": label, "uri": uri, "language": language} for label, uri, language in skills],
    }
    content = hashlib.sha256(orjson.dumps([name, row])).hexdigest()
    return {
        "doc_id": f"test:{name}",
        "content_hash": content,
        "sequence": 1,
        "source": "test",
        "source_id": name,
        **row,
    }


POSTINGS = [
    document(
        "warehouse",
        ("title", "en", "Forklift operator"),
        (
            "description",
            "en",
            "About us.\n• Operate forklifts  safely\n• Count inventory; work in a team\n• Be early",
        ),
        ("requirement", "en", "You can give first aid. You can weld metal parts."),
        ("benefit", "en", "We teach you to program in Python"),
    ),
    document(
        "entrepôt",
        ("title", "fr", "Cariste"),
        ("responsibility", "fr", "- Conduire un chariot élévateur\n- Travailler en équipe"),
        ("description", "en", "Work in a team"),
    ),
    document("workshop", ("title", "en", "Welder"), ("description", "en", "weld metal parts\nwork in a team")),
    document("empty", ("title", "en", "Nothing"), ("description", "en", "---")),
    document("bare"),
]
CREDENTIALS = [
    document(
        "python",
        ("title", "en", "Program in Python"),
        ("outcome", "en", "Learners program in Python."),
        ("requirement", "en", "You can already operate forklifts"),
        ("assessment", "en", "You count inventory before a jury"),
        skills=[
            ("welding", "ps:weld", "en"),
            ("donner les premiers soins à tous", None, "fr"),
            ("other", "http://x/y", "en"),
        ],
    ),
]


SENTENCES = ("Weld metal parts", "In this shop you will weld metal parts of every kind.", "Weld metal parts")


def table(kind: Kind, rows: Sequence[Row]) -> pa.Table:
    """Rows as the store gives them."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMAS[kind])


def ordered(linked: LinkedDocuments) -> pa.Table:
    """The evidence in the order of its key."""
    plain = linked.evidence.cast(EVIDENCE.schema)
    return plain.sort_by([(name, "ascending") for name in EVIDENCE.key]).combine_chunks()


def skills_of(linked: LinkedDocuments, name: str) -> set[str]:
    """The skills found in one document."""
    rows = linked.evidence.to_pylist()
    return {row["skill_id"].removeprefix("ps:") for row in rows if row["document_id"] == f"test:{name}"}


def confidences(linked: LinkedDocuments) -> dict[tuple[str, ...], float]:
    """Confidence by key."""
    return {tuple(row[name] for name in EVIDENCE.key): row["confidence"] for row in linked.evidence.to_pylist()}


def row_of(linked: LinkedDocuments, name: str, skill: str) -> dict[str, object]:
    """The only evidence row of a document and skill."""
    key = (f"test:{name}", f"ps:{skill}")
    (row,) = [row for row in linked.evidence.to_pylist() if (row["document_id"], row["skill_id"]) == key]
    return row


@pytest.fixture
def linking(default_settings) -> LinkingSettings:
    return default_settings.linking


@pytest.fixture
def link_all(tmp_path: Path, small_linker: CountingLinker, linking: LinkingSettings) -> LinkAll:
    """Links documents in one lake with the small linker."""

    def link(rows: Sequence[Row], kind: Kind = "postings", progress=lambda *step: None, **changes: object):
        chosen = LinkingSettings.model_validate(linking.model_dump() | changes)
        return link_documents(table(kind, rows), kind, small_linker, Lake(tmp_path / "lake"), chosen, progress)

    return link


# --- What is found --------------------------------------------------------------------------------------------------


def test_the_skills_of_each_document_are_found(link_all: LinkAll):
    linked = link_all(POSTINGS)
    assert skills_of(linked, "warehouse") == {"forklift", "stock", "team", "first-aid", "weld"}
    assert skills_of(linked, "entrepôt") == {"forklift", "team"}
    assert skills_of(linked, "workshop") == {"weld", "team"}
    assert skills_of(linked, "empty") == skills_of(linked, "bare") == set()
    assert set(linked.evidence["document_kind"].to_pylist()) == {"posting"}


def test_the_evidence_is_as_the_contract_says(link_all: LinkAll):
    evidence = link_all(POSTINGS).evidence
    assert EVIDENCE.describes(evidence.schema)
    keys = [tuple(row[name] for name in EVIDENCE.key) for row in evidence.to_pylist()]
    assert len(keys) == len(set(keys)), "one row for each document and skill"


def test_no_documents_give_no_evidence(link_all: LinkAll):
    linked = link_all([])
    assert (linked.evidence.num_rows, linked.units_new, linked.units_reused) == (0, 0, 0)
    assert EVIDENCE.describes(linked.evidence.schema)


def test_what_a_posting_offers_is_no_skill(link_all: LinkAll):
    title = ("title", "en", "Welder")  # may well name a skill by itself
    offer = document("offer", title, ("benefit", "en", "give first aid\noperate forklifts"))
    linked = link_all([*POSTINGS, offer, document("title", title)])
    assert skills_of(linked, "offer") == skills_of(linked, "title")
    assert skills_of(linked, "offer").isdisjoint({"first-aid", "forklift"})
    assert "python" not in skills_of(link_all(POSTINGS), "warehouse")


def test_what_a_credential_asks_for_is_not_what_it_teaches(link_all: LinkAll):
    linked = link_all(CREDENTIALS, "credentials")
    assert skills_of(linked, "python") >= {"python", "weld", "first-aid"}
    assert skills_of(linked, "python").isdisjoint({"forklift", "stock"})
    assert set(linked.evidence["document_kind"].to_pylist()) == {"credential"}


def test_a_skill_stated_by_its_identifier_is_taken_as_it_is(link_all: LinkAll):
    linked = link_all(CREDENTIALS, "credentials")
    weld = row_of(linked, "python", "weld")
    assert (weld["confidence"], weld["method"], weld["part"], weld["sentence"]) == (1.0, "stated", "stated", "welding")
    assert (weld["start"], weld["end"], weld["part_start"]) == (0, len("welding"), 0)
    assert weld["matched_label"] == "weld metal parts"


def test_a_skill_stated_by_a_label_that_the_taxonomy_does_not_have_is_linked(link_all: LinkAll):
    row = row_of(link_all(CREDENTIALS, "credentials"), "python", "first-aid")
    assert row["method"] == "stated+lexical+dense"
    assert (row["part"], row["language"]) == ("stated", "fr")
    assert 0.5 <= row["confidence"] < 1.0


def test_a_skill_stated_once_is_one_sentence(link_all: LinkAll):
    """The identifier and the label of one statement are one sentence that speaks for the skill, not two."""
    stated = document("s", ("title", "en", "Course"), skills=[("weld metal parts", "ps:weld", "en")])
    assert row_of(link_all([stated], "credentials"), "s", "weld")["sentences"] == 1


def test_an_identifier_alone_is_enough(link_all: LinkAll):
    stated = document("s", ("title", "en", "Course"), skills=[("", "ps:kaizen", "en"), ("x", " ps:weld ", "en")])
    assert skills_of(link_all([stated], "credentials"), "s") == {"kaizen", "weld"}


def taxonomy_of(*skills: Skill) -> Taxonomy:
    """A taxonomy of these skills, under a name that no other has."""
    job = Occupation(occupation_id="o", label_en="worker", label_fr="ouvrier")
    return build_taxonomy("stated", "1", skills=skills, occupations=[job], skill_relations=[], occupation_skills=[])


UUID = "0a1b2c3d-0000-4000-8000-00000000abcd"
ESCO = f"http://data.europa.eu/esco/skill/{UUID}"
STATED = taxonomy_of(
    skill("weld", "weld metal parts", "souder des pièces métalliques", ["welding"], ["soudage"]),
    skill("manage", "manage staff", "gérer l'équipe", ["supervise"], ["supervision"]),
    skill("control", "control quality", "contrôler", ["supervise", "Control"], ["control"]),
    replace(skill("x", "operate cranes", "conduire des grues"), skill_id=ESCO),
    replace(skill("x", "read plans", None), skill_id="https://example.org/Skills/Plans/"),
)


def stated(label: str, uri: str | None = None, language: str = "en", taxonomy: Taxonomy = STATED) -> tuple | None:
    """The skill that a stated one is taken to be, and the label by which."""
    units = pa.table({
        "unit_key": [unit_key(label, language)], "text": [label], "language": [language],
        "uri": pa.array([uri], pa.string()),
    })  # fmt: skip
    rows = stated_skills(units, taxonomy).to_pylist()
    assert all((row["unit_key"], row["uri"]) == (unit_key(label, language), uri or "") for row in rows)
    return (rows[0]["skill_id"].removeprefix("ps:"), rows[0]["label"]) if rows else None


@pytest.mark.parametrize(
    "uri",
    [
        ESCO, f" {ESCO} ", f"{ESCO}/", f"{ESCO}#", ESCO.replace("http:", "https:"), ESCO.upper(), f"esco:skill/{UUID}",
        f"esco:{UUID}", UUID, UUID.upper(), f"urn:uuid:{UUID}", f"skill/{UUID}", f"{ESCO}?language=fr",
        f"https://esco.ec.europa.eu/en/classification/skill?uri={ESCO}",
        "https://esco.ec.europa.eu/fr/classification/skill?uri=http%3A%2F%2Fdata.europa.eu%2Fesco%2Fskill%2F" + UUID,
    ],
)  # fmt: skip
def test_an_identifier_is_known_in_all_its_forms(uri: str):
    assert stated("something else", uri) == (ESCO, "operate cranes")
    assert stated(uri) == (ESCO, "operate cranes"), "a label may be an identifier"


@pytest.mark.parametrize(
    ("uri", "skill_id"),
    [
        ("https://example.org/Skills/Plans/", "https://example.org/Skills/Plans/"),
        ("http://www.example.org/Skills/Plans", "https://example.org/Skills/Plans/"),
        ("http://example.org/skills/plans", None), ("https://example.org/Skills", None), ("ps:other", None), ("", None),
        (f"https://other.example/occupation/{UUID}", None), (UUID[:-1] + "e", None), ("/", None),
    ],
)  # fmt: skip
def test_another_identifier_is_not_taken_for_one_of_the_taxonomy(uri: str, skill_id: str | None):
    assert (stated("something else", uri) or (None,))[0] == skill_id


@pytest.mark.parametrize(
    ("label", "language", "skill_id"),
    [
        ("welding", "en", "weld"), ("WELDING", "en", "weld"), ("Weld  metal\u00a0parts ", "en", "weld"),
        ("Gérer l’équipe", "fr", "manage"), ("GÉRER L'ÉQUIPE", "fr", "manage"), ("soudage", "fr", "weld"),
        ("Souder des pie\u0300ces métalliques", "fr", "weld"),
        ("soudage", "en", "weld"), ("welding", "fr", "weld"),  # failing the record's language, the other
        ("supervise", "en", None), ("supervise", "fr", None),  # two skills have it
        ("control", "fr", "control"), ("supervision", "fr", "manage"),
        ("gerer l'equipe", "fr", None), ("weld metal part", "en", None), ("welding.", "en", None), ("weld", "en", None),
        ("", "en", None),
    ],
)  # fmt: skip
def test_a_label_is_known_letter_by_letter(label: str, language: str, skill_id: str | None):
    assert (stated(label, None, language) or (None,))[0] == skill_id


def test_the_label_of_the_records_language_comes_first():
    both = taxonomy_of(skill("a", "formation", None), skill("b", "training", "formation"))
    assert stated("Formation", None, "fr", both) == ("b", "formation")
    assert stated("Formation", None, "en", both) == ("a", "formation")


def test_an_identifier_counts_before_a_label():
    assert stated("welding", "ps:manage") == ("manage", "manage staff")
    assert stated("welding", "http://other.example/1") == ("weld", "welding"), "one that is unknown says nothing"


def test_a_skill_that_two_forms_of_an_identifier_share_is_neither():
    same = [replace(skill("x", f"skill {n}", None), skill_id=f"{n}://e.org/a") for n in ("http", "https")]
    assert stated("x", "http://e.org/a", taxonomy=taxonomy_of(*same)) == ("http://e.org/a", "skill http")
    assert stated("x", "http://www.e.org/a/", taxonomy=taxonomy_of(*same)) is None


def test_a_label_of_the_taxonomy_is_taken_as_it_is(link_all: LinkAll, small_linker: CountingLinker):
    course = document("s", ("title", "fr", "Cours"), skills=[("Donner les premiers soins", None, "fr")])
    row = row_of(link_all([course], "credentials"), "s", "first-aid")
    assert (row["confidence"], row["method"], row["matched_label"]) == (1.0, "stated", "donner les premiers soins")
    assert ("Donner les premiers soins", "fr") not in small_linker.seen, "nothing is left to link"


def test_what_is_stated_beyond_doubt_is_that_skill_and_no_other(link_all: LinkAll):
    """The label of a skill whose identifier is known names no further skill; in a text it still does."""
    course = document("s", ("title", "en", "Course"), skills=[("weld metal parts", "ps:kaizen", "en")])
    assert skills_of(link_all([course], "credentials"), "s") == {"kaizen"}
    text = document("t", ("outcome", "en", "weld metal parts"), skills=[("weld metal parts", "ps:kaizen", "en")])
    assert skills_of(link_all([course, text], "credentials"), "t") == {"kaizen", "weld"}


# --- How it is asked for --------------------------------------------------------------------------------------------


def asked(linked: LinkedDocuments, name: str, skill: str) -> tuple[object, ...]:
    """Level, years and proficiency of a document's skill."""
    row = row_of(linked, name, skill)
    return row["level"], row["years"], row["proficiency"]


def test_the_wording_and_the_heading_say_how_a_skill_is_asked_for(link_all: LinkAll):
    text = (
        "You must count inventory. Give first aid (an asset).\n"
        "Requirements\n- operate forklifts\n- No experience to weld metal parts required\n"
        "Nice to have:\n- work in a team\n- program in Python, 3 to 5 years"
    )
    linked = link_all([document("p", ("title", "en", "x"), ("description", "en", text))])
    assert asked(linked, "p", "stock") == ("required", None, None)
    assert asked(linked, "p", "first-aid") == ("preferred", None, None)
    assert asked(linked, "p", "forklift") == ("required", None, None)
    assert "weld" not in skills_of(linked, "p")
    assert asked(linked, "p", "team") == ("preferred", None, None)
    assert asked(linked, "p", "python") == ("preferred", 3.0, None)


def test_the_strongest_of_all_sentences_counts(link_all: LinkAll):
    lines = {
        "preferred": "You weld metal parts (an asset).",
        "plain": "weld metal parts",
        "required": "Weld metal parts (required), 2 years of experience.",
        "advanced": "Basic knowledge to weld metal parts\nWeld metal parts (advanced), 6 months of experience",
    }

    def of(*names: str) -> tuple[object, ...]:
        text = "\n".join(lines[name] for name in names)
        return asked(link_all([document("-".join(names), ("description", "en", text))]), "-".join(names), "weld")

    assert of("preferred")[0] == "preferred"
    assert of("preferred", "plain")[0] == "unstated"
    assert of("preferred", "plain", "required") == ("required", 2.0, None)
    assert of("required", "preferred") == of("preferred", "required")
    assert of("preferred", "advanced", "required") == ("required", 2.0, "advanced")


def test_what_is_asked_in_french(link_all: LinkAll):
    text = "Exigences\n- souder des pièces métalliques\nConduire un chariot élévateur serait un atout."
    linked = link_all([document("p", ("title", "fr", "x"), ("description", "fr", text))])
    assert asked(linked, "p", "weld")[0] == "required"
    assert asked(linked, "p", "forklift")[0] == "preferred"


def test_a_credential_asks_for_nothing_but_teaches_at_a_level(link_all: LinkAll):
    course = document(
        "c", ("title", "en", "x"), ("outcome", "en", "You must weld metal parts\nBasic first aid, 2 years")
    )
    aid = document("d", ("outcome", "en", "Requirements\nAdvanced knowledge: give first aid (required), 2 years"))
    linked = link_all([course, aid], "credentials")
    assert asked(linked, "c", "weld") == ("unstated", None, None)
    assert asked(linked, "d", "first-aid") == ("unstated", None, "advanced")


def test_the_same_sentence_under_two_headings_is_linked_once(link_all: LinkAll, small_linker: CountingLinker):
    one = document("one", ("description", "en", "Requirements\n- weld metal parts"))
    other = document("other", ("description", "en", "Nice to have:\n- weld metal parts"))
    linked = link_all([one, other])
    assert [text for text, _ in small_linker.seen] == ["weld metal parts"]
    assert asked(linked, "one", "weld")[0] == "required"
    assert asked(linked, "other", "weld")[0] == "preferred"


def test_boilerplate_is_not_linked(link_all: LinkAll, small_linker: CountingLinker):
    posting = document("b", ("title", "en", "x"), ("description", "en", "We offer dental insurance.\nApply now!\nweld"))
    link_all([posting])
    assert [text for text, _ in small_linker.seen] == ["weld"]


def test_the_clearest_sentence_is_the_evidence_and_all_are_counted(link_all: LinkAll):
    posting = document("p", ("title", "en", SENTENCES[0]), ("description", "en", "\n".join(SENTENCES[1:])))
    row = row_of(link_all([posting]), "p", "weld")
    assert row["sentences"] == 3
    assert row["part"] == "description", "of two that are equally clear, the one that is not the title"
    alone = [document(str(i), part) for i, part in enumerate(("description", "en", text) for text in SENTENCES)]
    linked = link_all(alone)
    assert row["confidence"] == max(row_of(linked, str(i), "weld")["confidence"] for i in range(len(alone)))


def test_offsets_lead_from_the_evidence_back_to_the_text(link_all: LinkAll):
    rows = link_all(POSTINGS).evidence.to_pylist()
    texts = {(d["doc_id"], part["name"], part["language"]): part["text"] for d in POSTINGS for part in d["parts"]}
    for row in rows:
        text = texts[row["document_id"], row["part"], row["language"]]
        assert " ".join(text[row["part_start"] :].split()).startswith(row["sentence"])
        matched = row["sentence"][row["start"] : row["end"]]
        if row["method"] == "dense":
            assert matched == row["sentence"]
        else:
            assert matched.casefold() == row["matched_label"].casefold()
    forklift = row_of(link_all(POSTINGS), "warehouse", "forklift")
    assert forklift["sentence"] == "Operate forklifts safely"
    assert forklift["part_start"] == POSTINGS[0]["parts"][1]["text"].index("Operate")


def test_a_title_in_two_languages_always_gives_the_same_row(tmp_path: Path, small_linker, linking: LinkingSettings):
    """ "Python" is "Python" in French: which of the two is the evidence must not depend on the order of rows."""
    small_linker.memo = {
        ("Python", language): [Link("ps:python", 0.9, 0, 6, "x", "dense")] for language in ("en", "fr")
    }
    titles = [("title", "en", "Python"), ("title", "fr", "Python")]
    rows = [document(f"{i}", *titles[:: 1 if i % 2 else -1]) for i in range(3000)]
    languages = set()
    for turn, given_rows in enumerate((rows, rows[::-1])):
        lake, documents = Lake(tmp_path / str(turn)), table("credentials", given_rows)
        linked = link_documents(documents, "credentials", small_linker, lake, linking, lambda *step: None)
        assert linked.evidence.num_rows == 3000
        languages |= set(linked.evidence["language"].to_pylist())
    assert len(languages) == 1


@pytest.mark.parametrize("floor", [LINK_CACHE_FLOOR, 0.5, 0.8, 0.95, 1.0])
def test_nothing_below_the_threshold_is_evidence(link_all: LinkAll, floor: float):
    lowest = confidences(link_all(POSTINGS, min_confidence=LINK_CACHE_FLOOR))
    linked = link_all(POSTINGS, min_confidence=floor)
    assert linked.units_new == 0, "moving the threshold links nothing anew"
    assert confidences(linked) == {key: value for key, value in lowest.items() if value >= floor}


def test_a_sentence_below_the_threshold_speaks_only_where_none_is_clearer(
    tmp_path: Path, small_linker, linking: LinkingSettings
):
    confidence = {"Python": 0.9, "More Python": 0.2, "Welding": 0.2}
    small_linker.memo = {
        (text, "en"): [Link(f"ps:{'weld' if text == 'Welding' else 'python'}", p, 0, 4, "x", "dense")]
        for text, p in confidence.items()
    }
    rows = [document("one", *(("description", "en", text) for text in confidence))]
    company = SimpleNamespace(weigh=lambda evidence: evidence)
    small_linker.__dict__["company"] = company

    def sentences(lake: Lake) -> dict[str, int]:
        given = (table("credentials", rows), "credentials", small_linker, lake, linking, lambda *step: None)
        return {row["skill_id"]: row["sentences"] for row in link_documents(*given).evidence.to_pylist()}

    assert sentences(Lake(tmp_path / "one")) == {"ps:python": 1}
    lifted = pa.array([0.9, 0.5])
    company.weigh = lambda evidence: evidence.sort_by("skill_id").set_column(
        evidence.schema.get_field_index("confidence"), "confidence", lifted
    )
    assert sentences(Lake(tmp_path / "other")) == {"ps:python": 1, "ps:weld": 1}


# --- Only what is new -----------------------------------------------------------------------------------------------


def test_what_sentences_say_by_themselves_is_given_however_unsure(
    tmp_path: Path, link_all: LinkAll, small_linker: CountingLinker, linking: LinkingSettings
):
    small_linker.memo = {
        ("weld metal parts", "en"): [Link("ps:weld", 0.2, 0, 4, "weld", "dense")], ("Welder", "en"): [],
    }  # fmt: skip
    documents, lake = table("postings", POSTINGS), Lake(tmp_path / "lake")
    alone = unweighed_evidence(documents, "postings", small_linker, lake, linking)
    assert alone.schema == EVIDENCE.schema
    faint = pc.less(alone["confidence"], linking.min_confidence)
    assert alone.filter(faint).select(["document_id", "skill_id", "confidence"]).to_pylist() == [
        {"document_id": "test:workshop", "skill_id": "ps:weld", "confidence": 0.2}
    ]
    published = ordered(link_all(POSTINGS))
    assert alone.filter(pc.invert(faint)).sort_by([(name, "ascending") for name in EVIDENCE.key]).equals(published)


def test_the_second_time_nothing_is_linked(link_all: LinkAll, small_linker: CountingLinker):
    first = link_all(POSTINGS)
    assert first.units_new == len(small_linker.seen) == len(set(small_linker.seen)), "each distinct unit once"
    small_linker.seen.clear()
    second = link_all(POSTINGS)
    assert small_linker.seen == []
    assert (second.units_new, second.units_reused) == (0, 0), "nothing of it is looked at"
    assert ordered(second).equals(ordered(first))


def test_only_new_text_is_linked(link_all: LinkAll, small_linker: CountingLinker):
    link_all(POSTINGS[:2])
    small_linker.seen.clear()
    linked = link_all(POSTINGS[:3])
    assert small_linker.seen == [("Welder", "en"), ("weld metal parts", "en")]
    assert (linked.units_new, linked.units_reused) == (2, 1)
    assert skills_of(linked, "workshop") == {"weld", "team"}


def test_a_document_that_is_gone_leaves_no_evidence(link_all: LinkAll):
    link_all(POSTINGS)
    linked = link_all(POSTINGS[2:3])
    assert set(linked.evidence["document_id"].to_pylist()) == {"test:workshop"}
    assert linked.units_new == 0


def test_postings_and_credentials_share_what_is_known_of_a_unit(link_all: LinkAll, small_linker: CountingLinker):
    link_all([document("p", ("description", "en", "weld metal parts"))])
    small_linker.seen.clear()
    linked = link_all([document("c", ("outcome", "en", "weld metal parts"))], "credentials")
    assert small_linker.seen == []
    assert skills_of(linked, "c") == {"weld"}


def test_the_same_words_in_two_languages_are_two_units(link_all: LinkAll, small_linker: CountingLinker):
    link_all([document("p", ("description", "en", "kaizen workshops"), ("description", "fr", "kaizen workshops"))])
    assert sorted(small_linker.seen) == [("kaizen workshops", "en"), ("kaizen workshops", "fr")]


def test_another_linker_uses_nothing_of_the_first(tmp_path: Path, small_linker, small, encoder, small_index, linking):
    lake, documents = Lake(tmp_path), table("postings", POSTINGS)
    first = link_documents(documents, "postings", small_linker, lake, linking, lambda *step: None)
    other = CountingLinker(small, Encoder(encoder.settings, "other"), None, candidates=10)
    other.__dict__.update(small_index)
    other.encoder.__dict__["_model"] = encoder._model
    second = link_documents(documents, "postings", other, lake, linking, lambda *step: None)
    assert (second.units_new, second.units_reused) == (first.units_new, 0)


def test_another_length_of_units_cuts_anew(link_all: LinkAll):
    text = "You will be asked to count inventory and to operate forklifts in the yard"
    posting = document("p", ("description", "en", text))
    whole, cut = link_all([posting]), link_all([posting], max_unit_characters=45)
    assert (whole.units_new, cut.units_new) == (1, 2)
    assert skills_of(cut, "p") == {"stock", "forklift"}


@given(
    count=st.integers(0, 7),
    cut=st.integers(0, 7),
    index=st.integers(-8, 8) | st.slices(8),
)
def test_texts_that_are_read_where_they_are_asked_for_are_a_list_of_them(count: int, cut: int, index: int | slice):
    rows = [(f"text {i}", "fr" if i % 2 else "en") for i in range(count)]
    units = pa.table({"text": [text for text, _ in rows], "language": [language for _, language in rows]})
    if not count:
        units = units.cast(pa.schema([("text", pa.string()), ("language", pa.string())]))
    texts = documents._Texts(pa.concat_tables([units.slice(0, cut), units.slice(cut)]))
    assert list(texts) == rows
    if isinstance(index, slice) or -count <= index < count:
        assert texts[index] == rows[index]
    else:
        with pytest.raises(IndexError):
            texts[index]


# --- Interruptions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("checkpoint", [1, 2, 5])
def test_an_interrupted_run_goes_on_at_its_last_checkpoint(
    link_all: LinkAll, small_linker: CountingLinker, tmp_path: Path, checkpoint: int
):
    told: list[tuple[str, int, int]] = []

    def stop_in_the_second_block(*step: object) -> None:
        told.append(step)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link_all(POSTINGS, progress=stop_in_the_second_block, checkpoint_units=checkpoint)
    assert [what for what, _, _ in told] == ["link postings"] * 2
    assert told[0][1] == checkpoint
    before = small_linker.seen[:checkpoint]
    small_linker.seen.clear()
    rest = link_all(POSTINGS, checkpoint_units=checkpoint)
    assert rest.units_reused == checkpoint
    assert rest.units_new == len(small_linker.seen) == told[0][2] - checkpoint
    assert not set(before) & set(small_linker.seen), "what was saved is not linked again"
    shutil.rmtree(tmp_path / "lake")
    assert ordered(link_all(POSTINGS)).equals(ordered(rest)), "as if it had never been interrupted"


def test_progress_counts_up_to_the_end(link_all: LinkAll):
    told: list[tuple[str, int, int]] = []
    linked = link_all(POSTINGS, progress=lambda *step: told.append(step), checkpoint_units=4)
    told = [step for step in told if step[0] == "link postings"]
    assert told[-1] == ("link postings", linked.units_new, linked.units_new)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_a_linker_that_finds_nothing_stops_the_run_and_leaves_no_cache(link_all: LinkAll, small_linker, tmp_path: Path):
    def broken() -> None:
        raise EncoderError("broken")

    small_linker.check = broken
    with pytest.raises(EncoderError):
        link_all(POSTINGS)
    assert not (tmp_path / "lake" / "cache" / "links").exists()
    assert small_linker.seen == []


# --- Order and damage -----------------------------------------------------------------------------------------------


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(POSTINGS))),
    first=st.integers(0, len(POSTINGS)),
    checkpoint=st.integers(1, 20),
    keep=st.booleans(),
)
def test_the_order_and_the_history_of_documents_change_nothing(
    tmp_path_factory, small_linker: Linker, linking: LinkingSettings, order, first: int, checkpoint: int, keep: bool
):
    chosen = linking.model_copy(update={"checkpoint_units": checkpoint})

    def link(rows: Sequence[Row], lake: Lake) -> LinkedDocuments:
        return link_documents(table("postings", rows), "postings", small_linker, lake, chosen, lambda *step: None)

    folder = tmp_path_factory.mktemp("lake")
    expected = ordered(link(POSTINGS, Lake(folder / "one")))
    link([POSTINGS[i] for i in order[:first]], Lake(folder / "two"))
    if not keep and (folder / "two").exists():
        shutil.rmtree(folder / "two")
    assert ordered(link([POSTINGS[i] for i in order], Lake(folder / "two"))).equals(expected)


@pytest.mark.parametrize("contents_at_once", [1, 4])
def test_evidence_is_the_same_in_however_many_parts_it_is_made(
    link_all: LinkAll, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contents_at_once: int
) -> None:
    expected = ordered(link_all(POSTINGS))
    shutil.rmtree(tmp_path / "lake")
    monkeypatch.setattr(cutting, "BATCH", 1)
    monkeypatch.setattr(cutting, "CONTENTS_AT_ONCE", contents_at_once)
    found = link_all(POSTINGS)
    parts = sorted((tmp_path / "lake/cache/units-postings").rglob("*.parquet"))
    assert len(parts) == -(-len(POSTINGS) // contents_at_once)
    assert ordered(found).equals(expected)
    assert link_all(POSTINGS).units_new == 0


def test_what_many_nights_have_cut_is_read_together(
    link_all: LinkAll, tmp_path: Path, small_linker: Linker, linking: LinkingSettings
) -> None:
    for night in range(1, len(POSTINGS) + 1):
        link_all(POSTINGS[:night])
    assert len(list((tmp_path / "lake/cache/units-postings").rglob("*.parquet"))) == len(POSTINGS)
    documents = table("postings", POSTINGS)
    units = cutting.Units(
        contents_of(documents), documents["content_hash"], "postings", Lake(tmp_path / "lake"),
        linking.max_unit_characters, small_linker.masked,
    )  # fmt: skip
    (together,) = units.parts()
    assert set(together["key"].to_pylist()) == {row["content_hash"] for row in POSTINGS}


def test_texts_may_stay_in_the_store(tmp_path: Path, small_linker: Linker, linking: LinkingSettings) -> None:
    store, lake = DocumentStore(Lake(tmp_path / "documents"), "postings"), Lake(tmp_path / "lake")
    store.write(list(POSTINGS))
    documents = store.facts()
    assert not {"parts", "skills"} & set(documents.column_names)
    linked = link_documents(
        documents, "postings", small_linker, lake, linking, lambda *step: None, contents=store.contents
    )
    whole = link_documents(
        table("postings", POSTINGS), "postings", small_linker, Lake(tmp_path / "other"), linking, lambda *step: None
    )
    assert ordered(linked).equals(ordered(whole))


def damage(path: Path, how: str) -> None:
    """Spoils a file."""
    good = path.read_bytes()
    match how:
        case "empty":
            path.write_bytes(b"")
        case "truncated":
            path.write_bytes(good[: len(good) // 2])
        case "end cut off":
            path.write_bytes(good[:-1])
        case "text":
            path.write_bytes(b"nothing of the kind")
        case "other table":
            pa.parquet.write_table(pa.table({"key": ["x"]}), path)
        case _:
            place = int(how.removeprefix("byte ").removesuffix(" %")) * (len(good) - 1) // 100
            path.write_bytes(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])


DAMAGES = [
    "empty",
    "truncated",
    "end cut off",
    "text",
    "other table",
    *(f"byte {place} %" for place in range(0, 101, 20)),
]


@pytest.mark.parametrize("cache", ["links", "units-postings", "evidence-postings"])
def test_a_damaged_cache_is_not_trusted(link_all: LinkAll, tmp_path: Path, cache: str):
    expected = ordered(link_all(POSTINGS, checkpoint_units=3))
    for how in DAMAGES:
        parts = sorted((tmp_path / "lake" / "cache" / cache).rglob("*.parquet"))
        damage(parts[0], how)
        if cache != "evidence-postings":
            shutil.rmtree(tmp_path / "lake/cache/evidence-postings")
        assert ordered(link_all(POSTINGS, checkpoint_units=3)).equals(expected), how
    again = link_all(POSTINGS, checkpoint_units=3)
    assert again.units_new == 0, "what was damaged has been made anew and is known again"


class StumblingLake(Lake):
    """A lake of which one read of a cache fails, and counts them."""

    def __init__(self, location: Path, fails: int = 0) -> None:
        super().__init__(location)
        self.reads, self.fails = 0, fails

    def read_bytes(self, name: str) -> bytes:
        if name.startswith("cache/"):
            self.reads += 1
            if self.reads == self.fails:
                raise LakeError(f"{name} cannot be read")
        return super().read_bytes(name)


@pytest.mark.parametrize("forgotten", [(), ("evidence-postings",), ("evidence-postings", "links")])
def test_a_cache_of_which_any_one_read_fails_loses_no_evidence(
    tmp_path: Path, small_linker: Linker, linking: LinkingSettings, monkeypatch: pytest.MonkeyPatch,
    forgotten: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.setattr(cutting, "BATCH", 1)
    monkeypatch.setattr(cutting, "CONTENTS_AT_ONCE", 2)

    def link(fails: int = 0) -> tuple[LinkedDocuments, StumblingLake]:
        lake = StumblingLake(tmp_path / "lake", fails)
        for cache in forgotten:
            lake.delete(f"cache/{cache}")
        chosen = linking.model_copy(update={"checkpoint_units": 3})
        documents = table("postings", POSTINGS)
        return link_documents(documents, "postings", small_linker, lake, chosen, lambda *step: None), lake

    expected, _ = link()
    _, whole = link()
    assert whole.reads >= 3
    for place in range(1, whole.reads + 1):
        found, _ = link(place)
        assert ordered(found).equals(ordered(expected)), place


def test_a_folder_of_strange_files_in_the_cache_changes_nothing(link_all: LinkAll, tmp_path: Path):
    expected = ordered(link_all(POSTINGS))
    (part,) = (tmp_path / "lake" / "cache" / "links").rglob("*.parquet")
    for name in ("notes.txt", ".hidden.parquet", "zzz.parquet"):
        part.with_name(name).write_bytes(b"strange")
    linked = link_all(POSTINGS)
    assert ordered(linked).equals(expected)
    assert linked.units_new == 0
