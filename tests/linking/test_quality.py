"""The whole evaluation on made-up sets, with a linker that finds labels word by word and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import orjson
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import EncoderError, SettingsError
from pipeline.ingest import DocumentStore
from pipeline.ingest.records import Language
from pipeline.lake import Lake
from pipeline.linking import Evaluation, Link, QualityReport, quality_page
from pipeline.linking.baselines import Baseline, CharacterTfidf, preferred_labels
from pipeline.linking.context import Company, load_company
from pipeline.linking.labelled_sets import Judged, Marked
from pipeline.linking.quality import bilingual
from pipeline.linking.quality_figures import Verdict, span_figures, verdicts
from pipeline.settings import Settings
from pipeline.stages import evaluate_all_linking
from pipeline.taxonomy import Taxonomy


@dataclass
class WordLinker:
    """Links a label that stands in the text with confidence 0.9; all other skills get 0.05."""

    taxonomy: Taxonomy
    fingerprint: str = "words"
    candidates: int = 10
    masked: tuple[str, ...] = ()
    encoder: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(settings=SimpleNamespace(model="none"), fingerprint="0" * 64)
    )
    families: set[str] = field(default_factory=set)

    @property
    def company(self) -> Company:
        return load_company(self.taxonomy)

    def check(self) -> None: ...

    def rank(self, units: Sequence[tuple[str, Language]], candidates: int, without: str = "") -> Iterator[list[Link]]:
        self.families.add(without)
        labels = self.taxonomy.labels("skills").to_pylist()
        for text, _ in units:
            found: dict[str, Link] = {}
            for row in labels:
                place, skill = text.lower().find(row["label"].lower()), row["concept_id"]
                if place >= 0:
                    found[skill] = Link(skill, 0.9, place, place + len(row["label"]), row["label"], "lexical")
                found.setdefault(skill, Link(skill, 0.05, 0, len(text), row["label"], "dense"))
            yield sorted(found.values(), key=lambda link: (-link.confidence, link.skill_id))

    def link_each(self, units: Sequence[tuple[str, Language]]) -> Iterator[list[Link]]:
        for links in self.rank(units, self.candidates):
            yield [link for link in links if link.confidence > 0.15]


SPANS = {  # sentence -> its tags
    "You operate forklifts daily .": "OBIOO",
    "You weld metal parts and paint .": "OBIIOBO",
    "Dental insurance for all .": "OOOOO",
    "Others give first aid .": "OOOOO",
}


def tagged(sentence: str, tags: str) -> str:
    row = {"tokens": sentence.split(), "tags_skill": list(tags), "tags_knowledge": ["O"] * len(tags)}
    return orjson.dumps(row).decode()


def write_sets(data: Path, checkout: Path) -> None:
    """Every labelled set, a few rows of each, some of them of no use."""
    files = {
        data / "benchmarks/decorte_validation/tech_validation.csv": "sentence,span,label\n"
        "You operate forklifts and drive.,operate forklifts,operate forklifts\n"
        "You work a lot.,work,LABEL NOT PRESENT\n"
        "You weld metal parts.,weld metal parts,give first aid\n",
        data / "benchmarks/decorte_validation/house_validation.csv": "sentence,span,label\nbroken\n"
        "You give first aid.,first aid,give first aid\n",
        data / "benchmarks/skillskape/dev.csv": ",sentence,skills\n"
        "0,We weld metal parts and count inventory.,\"['weld metal parts', 'count inventory']\"\n"
        "1,We are nice.,['UNK']\n",
        data
        / "benchmarks/competences_fr/dev_exact.tsv": "query_fr\tesco_uri\nDonner les premiers soins\tps:first-aid\n",
        data / "benchmarks/skillspan/dev.jsonl": "\n".join(tagged(*row) for row in SPANS.items()),
        checkout / "tests/data/not_a_skill.csv": "language,kind,asks,text\n"
        "en,benefits,0,Everyone may count inventory in peace.\nen,benefits,0,Lunch is on the house.\n"
        "en,duty,1,You will operate forklifts.\nen,outcome,1,Learners weld metal parts.\nfr,outcome,1,Rien.\nfr,x\n",
        checkout / "tests/data/starter_links.csv": "document,kind,language,text,skills\n"
        "one,posting,en,You operate forklifts.,ps:forklift\none,posting,fr,Donner les premiers soins,ps:first-aid\n"
        "one,posting,fr,Nous offrons tout.,\none,posting,fr\n",
        checkout / "training/held_out.csv": "language,skill_id,label,kind\n"
        "en,ps:forklift,drive a lift truck,alternative\nfr,ps:weld,souder des pièces métalliques,preferred\n",
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def credential(name: str, english: str, french: str | None) -> dict[str, object]:
    parts = [{"name": "title", "text": name, "language": "en"}, {"name": "title", "text": name, "language": "fr"},
             {"name": "outcome", "text": english, "language": "en"}]  # fmt: skip
    parts += [{"name": "outcome", "text": french, "language": "fr"}] if french else []
    return {"doc_id": f"test:{name}", "content_hash": name, "parts": parts, "skills": []}


CREDENTIALS = [
    credential(
        "Safety", "give first aid\noperate forklifts", "donner les premiers soins\nsouder des pièces métalliques"
    ),
    credential("Empty", "nothing at all", "rien du tout"),
    credential("English only", "give first aid", None),
]


@pytest.fixture
def evaluation(tmp_path: Path, small: Taxonomy, default_settings: Settings) -> Evaluation:
    """Everything made up, in a folder of its own."""
    write_sets(tmp_path / "data", tmp_path / "checkout")
    schema = DocumentStore(Lake(tmp_path / "lake"), "credentials").current().schema
    return Evaluation(
        linker=WordLinker(small),  # type: ignore[arg-type]
        starter=WordLinker(replace(small, name="tiny")),  # type: ignore[arg-type]
        relink=WordLinker,  # type: ignore[arg-type]
        baselines={"character TF-IDF": lambda language: CharacterTfidf(preferred_labels(small, language))},
        settings=default_settings.linking,
        data=tmp_path / "data",
        checkout=tmp_path / "checkout",
        credentials=pa.Table.from_pylist(CREDENTIALS, schema=schema),
        progress=lambda what, done, total: None,
    )


@pytest.fixture
def report(evaluation: Evaluation) -> QualityReport:
    return evaluation.report()


def test_every_set_is_ranked_by_every_system(report: QualityReport):
    names = [(each.name, each.language) for each in report.ranked]
    assert names == [
        ("TECH sentences", "en"), ("HOUSE sentences", "en"), ("SkillSkape sentences", "en"), ("TECH spans", "en"),
        ("HOUSE spans", "en"), ("competences_fr exact", "fr"), ("alternative labels held out", "en"),
        ("preferred labels held out", "fr"), ("alternative labels held out, balanced", "en"),
        ("preferred labels held out, balanced", "fr"),
    ]  # fmt: skip
    # A baseline ranks by preferred labels, held out or not.
    systems = {each.name: list(each.systems) for each in report.ranked}
    assert (
        systems.pop("preferred labels held out") == systems.pop("preferred labels held out, balanced") == ["Passerelle"]
    )
    assert all(names == ["Passerelle", "character TF-IDF"] for names in systems.values())
    found = {each.name: each.systems["Passerelle"] for each in report.ranked}
    # TECH: forklifts first; first aid behind weld, the wrong one that stands in the text: rank 2.
    assert (found["TECH sentences"].n, found["TECH sentences"].mrr) == (2, 0.75)
    assert found["competences_fr exact"].mrr == 1.0
    # Taken out of the index, a label is not found by its own words.
    assert found["alternative labels held out"].mrr < 1.0
    assert found["preferred labels held out"].mrr < 1.0


def test_a_set_is_judged_by_weights_that_were_not_fitted_on_it(evaluation: Evaluation):
    evaluation.report()
    assert evaluation.linker.families == {"", "tech", "house", "skillskape", "competences_fr", "cross-fitted"}  # type: ignore[attr-defined]


def test_confidence_and_threshold_by_hand(report: QualityReport):
    tech = report.confidence[0]
    assert (tech.name, tech.published.n, tech.published.links) == ("TECH sentences", 3, 2)
    assert (tech.published.precision, tech.published.recall) == (0.5, 0.5)
    assert (tech.published.empty, tech.published.false_links) == (1, 0.0)
    # 3 texts of 7 skills: 2 links of 0.9, one right; 19 of 0.05, one right.
    assert tech.considered.n == 21
    assert tech.considered.error == pytest.approx((2 * 0.4 + 19 * abs(0.05 - 1 / 19)) / 21, abs=1e-6)
    assert (tech.cached.n, tech.cached.error) == (2, pytest.approx(0.4, abs=1e-6))
    assert report.pooled["en"].n == 7 * (3 + 1 + 2)


def test_the_built_in_taxonomy_is_judged_on_texts_of_its_own(report: QualityReport):
    english, french = report.own
    assert (english.language, english.published.n, english.published.precision) == ("en", 1, 1.0)
    assert (french.published.n, french.published.recall, french.published.empty) == (2, 1.0, 1)
    assert french.published.false_links == 0.0


def test_spans_by_hand(report: QualityReport):
    spans = report.spans
    assert spans is not None
    assert (spans.sentences, spans.empty, spans.spans) == (4, 2, 3)
    assert spans.false_links == 0.5  # "give first aid" is annotated nowhere
    assert spans.touched == pytest.approx(2 / 3, abs=1e-6)  # "paint" is not
    inside = len("operate forklifts") + len("weld metal parts")
    assert spans.inside == pytest.approx(inside / (inside + len("give first aid")), abs=1e-6)


def test_texts_that_ask_for_nothing_by_hand(report: QualityReport):
    small = [each for each in report.verdicts if each.taxonomy == "small 1"]
    assert [(each.language, each.kind, each.asks, each.n, each.linked) for each in small] == [
        ("en", "benefits", False, 2, 1), ("en", "duty", True, 1, 1), ("en", "outcome", True, 1, 1),
        ("fr", "outcome", True, 1, 0),
    ]  # fmt: skip
    assert {each.taxonomy for each in report.verdicts} == {"tiny 1", "small 1"}
    assert report.left_out == {"not a skill": {"malformed": 1}}


def test_pairs_by_hand(report: QualityReport):
    assert [(each.document, each.english, each.french, each.both, each.jaccard) for each in report.pairs] == [
        ("test:Safety", 2, 2, 1, 0.333333),
        ("test:Empty", 0, 0, 0, 1.0),
    ]


def test_labelled_documents_by_hand(report: QualityReport):
    """The one document asks for another skill in each language, and each is found."""
    assert [(d.language, d.published.n, d.published.precision, d.published.recall) for d in report.documents] == [
        ("en", 1, 1.0, 1.0), ("fr", 1, 1.0, 1.0),
    ]  # fmt: skip
    assert [d.calibrated.error for d in report.documents] == [0.1, 0.1]
    assert [(each.document, each.english, each.french, each.both) for each in report.own_pairs] == [("one", 1, 1, 0)]


def test_a_missing_set_is_named_and_stops_nothing(evaluation: Evaluation):
    for name in ("decorte_validation/tech_validation.csv", "skillspan/dev.jsonl"):
        (evaluation.data / "benchmarks" / name).unlink()
    (evaluation.checkout / "training/held_out.csv").unlink()
    (evaluation.checkout / "tests/data/starter_links.csv").unlink()
    (evaluation.checkout / "tests/data/not_a_skill.csv").write_bytes(b"\xff\xfe")
    (evaluation.data / "benchmarks/decorte_validation/house_validation.csv").write_text("sentence,span,label\na,b,c\n")
    report = evaluation.report()
    assert report.missing.keys() == {
        "TECH sentences", "TECH spans", "HOUSE sentences", "HOUSE spans", "competences_fr exact and close",
        "SkillSpan", "labels held out", "not a skill", "postings and credentials",
    }  # fmt: skip
    assert report.missing["TECH sentences"] == (
        "benchmarks/decorte_validation/tech_validation.csv cannot be read: No such file or directory"
    )
    assert report.missing["labels held out"].startswith("training/held_out.csv cannot be read")
    assert report.missing["HOUSE spans"] == "no row of it has a skill of the taxonomy"
    assert [each.name for each in report.ranked] == ["SkillSkape sentences", "competences_fr exact"]
    assert report.spans is None
    assert report.verdicts == ()
    assert "not measured" in quality_page(report)


def test_an_encoder_that_is_not_there_is_named_and_stops_nothing(evaluation: Evaluation):
    def absent(language: Language) -> Baseline:
        raise EncoderError("The Python package gt is not installed.")

    report = replace(evaluation, baselines={"plain MiniLM": absent}).report()
    assert report.missing["plain MiniLM"] == "The Python package gt is not installed"
    assert all(list(each.systems) == ["Passerelle"] for each in report.ranked)


def test_two_runs_give_the_same_page(evaluation: Evaluation, report: QualityReport):
    again = replace(evaluation, missing={}, left_out={}).report()
    assert again == report
    assert quality_page(again) == quality_page(report)
    assert str(evaluation.data) not in quality_page(report)


# --- Figures on their own -------------------------------------------------------------------------------------------


def test_a_link_that_only_borders_on_a_stretch_does_not_touch_it():
    sentences = [Marked("abcdefghij", ((2, 4), (6, 8)))]
    figures = span_figures(sentences, [[Link("s", 0.9, 4, 7, "", "dense")]], {})
    assert (figures.touched, figures.inside) == (0.5, pytest.approx(1 / 3, abs=1e-6))
    assert (figures.empty, figures.false_links) == (0, 0.0)


def test_no_links_and_no_sentences():
    assert span_figures([], [], {}).touched == 0.0
    assert span_figures([Marked("ab", ((0, 1),))], [[]], {"repeated": 1}).inside == 0.0
    assert list(verdicts([], [], "t")) == []


def test_verdicts_are_counted_by_language_and_kind():
    judged = [Judged("x", "fr", "b", False), Judged("y", "en", "a", True), Judged("z", "fr", "b", False)]
    assert list(verdicts(judged, [True, True, False], "t")) == [
        Verdict("t", "en", "a", True, 1, 1),
        Verdict("t", "fr", "b", False, 2, 1),
    ]


def test_halves_of_a_bilingual_document_share_nothing():
    (name, english, french), *rest = bilingual(CREDENTIALS)
    assert name == "test:Safety"
    assert len(rest) == 1
    for half, language in ((english, "en"), (french, "fr")):
        assert {part["language"] for part in half["parts"]} == {language}  # type: ignore[attr-defined]
    assert english["doc_id"] != french["doc_id"]
    assert english["content_hash"] != french["content_hash"]


# --- The command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, report: QualityReport):
    """`passerelle evaluate linking`, with an evaluation that is done already."""
    monkeypatch.setattr("pipeline.stages.evaluate_all_linking", lambda *given: report)
    return lambda *words: CliRunner().invoke(app, ["evaluate", "linking", *map(str, words)])


def test_the_page_is_written_where_it_is_asked_for(command, report: QualityReport, tmp_path: Path):
    done = command("--data", tmp_path, "--out", tmp_path / "quality.md")
    assert done.exit_code == 0
    assert "10 sets ranked" in done.stdout
    assert (tmp_path / "quality.md").read_text(encoding="utf-8") == quality_page(report)


def test_the_page_is_printed_where_no_file_is_named(command, report: QualityReport, tmp_path: Path):
    assert command("--data", tmp_path).stdout == quality_page(report)


def test_the_figures_as_json(command, report: QualityReport, tmp_path: Path):
    done = command("--data", tmp_path, "--json", "--out", tmp_path / "quality.md")
    found = orjson.loads(done.stdout)
    assert found["ranked"][0]["systems"]["Passerelle"]["mrr"] == 0.75
    assert found["pooled"]["en"]["n"] == report.pooled["en"].n
    assert (tmp_path / "quality.md").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "either a labelled FILE or --data"),
        (("file.csv", "--data", "folder"), "either a labelled FILE or --data"),
        (("--data", "folder", "--peers", "no/peers.json"), "no/peers.json cannot be read"),
        (("--data", "folder", "--out", "no/quality.md"), "there is no folder no"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_any_work(command, words: tuple[str, ...], message: str):
    done = command(*words)
    assert isinstance(done.exception, SettingsError)
    assert message in str(done.exception)


def test_a_folder_without_labelled_sets_is_refused(tmp_path: Path, default_settings: Settings):
    with pytest.raises(SettingsError, match="no folder benchmarks"):
        evaluate_all_linking(tmp_path, None, default_settings, None)
