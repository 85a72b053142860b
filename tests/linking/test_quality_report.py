"""The quality page: what it says of given figures, and that data cannot break it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from pipeline.errors import SettingsError
from pipeline.linking import Peer, Peers, PeerScores, Quality, QualityReport, quality_page, read_peers
from pipeline.linking.evaluate import Bin, Calibration, Kept
from pipeline.linking.quality_figures import Confidence, Documents, Pair, Ranked, Spans, Verdict
from pipeline.linking.quality_report import PUBLISHED, table

CALIBRATED = Calibration(10, 0.0421, (Bin(0.0, 8, 0.03, 0.0), Bin(0.8, 2, 0.85, 1.0)))


@pytest.fixture
def report() -> QualityReport:
    """A bit of everything."""
    quality = Quality(75, 0.61234, {1: 0.5, 5: 0.66, 10: 0.75}, (0.58, 0.74))
    return QualityReport(
        taxonomy="esco 1.1.1",
        skills=13_896,
        starter="starter 1.0",
        model=("packaged", "f" * 64),
        linker="a" * 32,
        min_confidence=0.3,
        ranked=(
            Ranked("TECH sentences", "en", {"malformed": 2}, {"Passerelle": quality, "plain MiniLM": quality}),
            Ranked("competences_fr exact", "fr", {}, {"Passerelle": replace(quality, n=1348)}),
        ),
        confidence=(
            Confidence("TECH sentences", "en", CALIBRATED, replace(CALIBRATED, error=0.08),
                       Kept(101, 200, 0.4, 0.5, 26, 0.25)),
        ),
        own=(Confidence("postings and credentials", "fr", CALIBRATED, CALIBRATED, Kept(74, 120, 0.7, 0.6, 1, 0.0)),),
        pooled={"en": CALIBRATED},
        spans=Spans(2601, 1697, 0.031, 2089, 0.72, 0.55, {"repeated": 563}),
        verdicts=(
            Verdict("starter 1.0", "en", "benefits", False, 18, 1),
            Verdict("starter 1.0", "en", "wage", False, 8, 0),
            Verdict("esco 1.1.1", "en", "benefits", False, 18, 2),
            Verdict("esco 1.1.1", "en", "wage", False, 8, 0),
            Verdict("starter 1.0", "fr", "duty", True, 28, 27),
            Verdict("esco 1.1.1", "fr", "duty", True, 28, 28),
        ),
        left_out={"not a skill": {"malformed": 1}},
        documents=(Documents("fr", Kept(13, 100, 0.8, 0.7, 0, 0.0), CALIBRATED),),
        pairs=(Pair("sample:one", 5, 4, 4, 0.8), Pair("sample:two", 4, 4, 2, 0.333333)),
        own_pairs=(Pair("own", 2, 1, 1, 0.5),),
        missing={"labels held out": "training/held_out.csv cannot be read: No such file or directory"},
    )  # fmt: skip


def lines_of(page: str, *words: str) -> list[str]:
    return [line for line in page.splitlines() if all(word in line for word in words)]


def test_the_page_gives_the_figures(report: QualityReport):
    page = quality_page(report)
    assert lines_of(page, "| TECH sentences | 75 | Passerelle | 0.612 | 0.500 | 0.660 | 0.580 to 0.740 | 0.750 |")
    assert lines_of(page, "|  |  | plain MiniLM | 0.612 |")
    assert page.index("### English") < page.index("| TECH sentences") < page.index("### French")
    assert lines_of(page, "| competences_fr exact | 1,348 | Passerelle |")
    assert lines_of(page, "| en | TECH sentences | 101 | 0.042 | 0.080 | 200 | 0.400 | 0.500 | 0.444 | 26 | 25.0 % |")
    assert lines_of(
        page, "| fr | postings and credentials | 74 | 0.042 | 0.042 | 120 | 0.700 | 0.600 | 0.646 | 1 | 0.0 % |"
    )
    assert lines_of(page, "| 0.8 to 0.9 | 2 | 0.850 | 1.000 |")
    assert lines_of(page, "| ... of which got a link (false links) | 3.1 % |")
    assert "| esco 1.1.1, 13,896 skills |" in page
    assert page.endswith("\n")
    assert "{" not in page


def test_texts_that_ask_for_nothing_are_summed_by_language(report: QualityReport):
    page = quality_page(report)
    assert "| with a link, starter 1.0 | with a link, esco 1.1.1 |" in page
    assert lines_of(page, "| en | ask for nothing | benefits | 18 | 1 | 2 |")
    assert lines_of(page, "| en | ask for nothing | all | 26 | 3.8 % | 7.7 % |")
    assert lines_of(page, "| fr | ask or teach | all | 28 | 96.4 % | 100.0 % |")


def test_pairs_have_a_mean(report: QualityReport):
    page = quality_page(report)
    assert "Mean Jaccard index over 2 documents: **0.567**; 1 of them reach 0.7." in page
    assert lines_of(page, "| sample:two | 4 | 4 | 2 | 0.333 |")
    assert lines_of(page, "| own | 2 | 1 | 1 | 0.500 |")


def test_labelled_documents_have_precision_and_recall(report: QualityReport):
    assert lines_of(quality_page(report), "| fr | 13 | 100 | 0.042 | 0.800 | 0.700 | 0.747 |")


def test_what_was_not_measured_is_said(report: QualityReport):
    page = quality_page(report)
    assert "- labels held out: not measured. training/held\\_out.csv" not in page  # underscores need no escape
    assert "- labels held out: not measured. training/held_out.csv cannot be read: No such file or directory." in page
    assert "- TECH sentences, en: rows left out: 2 malformed." in page
    assert "- SkillSpan: rows left out: 563 repeated." in page
    assert "Not measured in this run" in page


def test_a_page_of_nothing(report: QualityReport):
    nothing = replace(
        report, ranked=(), confidence=(), own=(), documents=(), pooled={}, spans=None, verdicts=(), left_out={},
        pairs=(), own_pairs=(), missing={},
    )  # fmt: skip
    page = quality_page(nothing)
    assert (
        page.count("was there.") == 4
    )  # no set of either language, none of whole texts, none for the built-in taxonomy
    assert "This set was not there." in page
    assert "These texts were not there." in page
    assert page.count("There were no pairs.") == 2
    assert "These documents were not there." in page
    assert "Nothing: every set was there" in page


def test_the_same_figures_give_the_same_page(report: QualityReport):
    assert quality_page(report) == quality_page(replace(report))


def test_published_figures_name_their_papers(report: QualityReport):
    page = quality_page(report)
    assert len(PUBLISHED) == 5
    for paper in ("2307.10778", "2307.03539", "2401.12178", "2604.13055", "2505.24640"):
        assert f"https://arxiv.org/abs/{paper}" in page


def test_a_cell_cannot_break_a_table():
    assert table(["a", "b"], [["x | y\n| z", "<b>*1*</b> `c` [d]"]]).splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| x \\| y \\| z | \\<b\\>\\*1\\*\\</b\\> \\`c\\` \\[d\\] |",
    ]
    assert table(["a"], [[None], [1234], [0.5], [True]]).splitlines()[2:] == ["|  |", "| 1,234 |", "| 0.500 |", "| 1 |"]


# --- Other tools ----------------------------------------------------------------------------------------------------

PEERS = Peers(
    speed_texts=500,
    systems=[
        Peer(name="Passerelle", how="as it is.", relative_speed=1.0,
             sets={"TECH sentences": PeerScores(n=101, mrr=0.6, rp5=0.66, precision=0.5, recall=0.4, f1=0.44,
                                                false_links=0.1)}),
        Peer(name="other 1.0", how="its own threshold.", sets={"TECH sentences": PeerScores(n=101, mrr=0.4)}),
    ],
    not_run={"third": "It needs a model that is not to be had."},
)  # fmt: skip


def test_other_tools_stand_beside_the_linker(report: QualityReport):
    page = quality_page(report, PEERS)
    assert lines_of(page, "| Passerelle | TECH sentences | 101 | 0.600 | 0.660 | 0.500 | 0.400 | 0.440 | 10.0 % |")
    assert lines_of(page, "| other 1.0 | TECH sentences | 101 | 0.400 |  |  |  |  |  |")
    assert "- Passerelle: as it is. Speed on 500 sentences of real postings: 1.00 times Passerelle's." in page
    assert "- other 1.0: its own threshold.\n" in page
    assert "- third: not run. It needs a model" in page


def test_what_was_measured_on_other_tools_is_read_back(tmp_path: Path):
    path = tmp_path / "peers.json"
    path.write_text(PEERS.model_dump_json(), encoding="utf-8")
    assert read_peers(path) == PEERS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not what"),
        (b"[]", "is not what"),
        (b'{"speed_texts": 1, "systems": []}', "not_run"),
        (b'{"speed_texts": 1, "systems": [{"name": "", "how": "", "sets": {}}], "not_run": {}}', "systems.0.name"),
        (b'{"speed_texts": 1, "systems": [], "not_run": {}, "more": 1}', "more"),
        (orjson.dumps({"speed_texts": 1, "systems": [{"name": "x", "how": "", "sets": {"s": {"n": "many"}}}],
                       "not_run": {}}), "systems.0.sets.s.n"),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "peers.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=message):
        read_peers(path)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"none\.json cannot be read"):
        read_peers(tmp_path / "none.json")
