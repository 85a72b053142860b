"""What a snapshot says, for people."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from rich.console import Console

from pipeline import console
from pipeline.asking.show import Explanation, explain, table_rows
from pipeline.commands import explain_text
from pipeline.commands.explain_text import print_explanation
from pipeline.errors import LakeError, SettingsError
from pipeline.lake import Lake
from pipeline.publish import move_pointer, write_snapshot
from pipeline.tables import TABLES
from tests.publish.small import INPUTS, ROWS, conformed, counts

HOSTILE = [
    "[bold]Welder[/bold]", "[link=https://evil.example]click[/link]", "[/]", "[red", "<script>alert(1)</script>",
    "a [not markup] b", "C:\\temp\\", ":bomb: :warning:", "ends with a bracket [", "100% {x} %s $HOME",
]  # fmt: skip


def publish(place: Path, **changed: list[dict[str, object]]) -> Lake:
    lake = Lake(place)
    move_pointer(lake, write_snapshot(lake, INPUTS, conformed(**changed), counts()), datetime(2026, 7, 1, tzinfo=UTC))
    return lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The small snapshot, published."""
    return publish(tmp_path_factory.mktemp("lake"))


# --- table_rows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("table", list(TABLES))
def test_every_table_can_be_shown_whole(lake: Lake, table: str, language: str) -> None:
    shown = table_rows(lake, table, None, None, 0, language)
    assert shown.num_rows == len(ROWS.get(table, []))
    assert set(shown.column_names) >= {column.name for column in TABLES[table].columns}


def test_ids_are_followed_by_their_labels(lake: Lake) -> None:
    english = table_rows(lake, "matches", None, None, 0, "en")
    assert english.column_names[:4] == ["credential_id", "credential", "role_id", "role"]
    labels = {row["credential_id"]: (row["credential"], row["role"]) for row in english.to_pylist()}
    assert labels == {
        "cred:weld": ("Welding basics", "welder"),
        "cred:care": ("Soins à domicile", "registered nurse"),  # has no English title
    }
    french = table_rows(lake, "matches", None, None, 0, "fr").to_pylist()
    assert {row["credential_id"]: (row["credential"], row["role"]) for row in french} == {
        "cred:weld": ("Bases du soudage à l'arc", "soudeur/soudeuse"),
        "cred:care": ("Soins à domicile", "infirmier/infirmière"),
    }


def test_roles_and_skills_have_their_own_labels(lake: Lake) -> None:
    rows = table_rows(lake, "role_skills", None, "r:welder", 0, "fr").to_pylist()
    assert [(row["role"], row["skill"]) for row in rows] == [
        ("soudeur/soudeuse", "souder"), ("soudeur/soudeuse", "lire des plans"),
    ]  # fmt: skip


def test_a_posting_without_a_role_has_no_label(lake: Lake) -> None:
    rows = {row["posting_id"]: row["role"] for row in table_rows(lake, "postings", None, None, 0, "en").to_pylist()}
    assert rows == {"made:p1": "welder", "made:p2": "welder", "made:p3": None}


def test_the_best_rows_come_first_and_no_more_than_asked(lake: Lake) -> None:
    assert table_rows(lake, "matches", None, None, 0, "en")["coverage"].to_pylist() == [0.8, 0.68]
    assert table_rows(lake, "matches", None, None, 1, "en")["coverage"].to_pylist() == [0.8]
    assert table_rows(lake, "match_skills", "cred:weld", None, 0, "en")["skill_id"].to_pylist() == ["s:weld", "s:plans"]


def test_rows_are_chosen_by_credential_and_role(lake: Lake) -> None:
    def chosen(credential: str | None, role: str | None) -> list[str]:
        return table_rows(lake, "matches", credential, role, 0, "en")["credential_id"].to_pylist()

    assert chosen("cred:weld", None) == ["cred:weld"]
    assert chosen(None, "r:nurse") == ["cred:care"]
    assert chosen("cred:weld", "r:nurse") == []


@pytest.mark.parametrize(
    "words", ["cred:weld", "Welding basics", "welding", "BASES DU SOUDAGE", "soudage a l'arc", "à l'ARC"]
)
def test_credentials_are_found_by_words_of_either_title_whatever_their_accents(lake: Lake, words: str) -> None:
    assert table_rows(lake, "matches", words, None, 0, "en")["credential_id"].to_pylist() == ["cred:weld"]


@pytest.mark.parametrize("words", ["r:nurse", "Registered Nurse", "infirmiere", "INFIRMIÈRE", "nurse"])
def test_roles_are_found_by_their_labels_whatever_their_accents(lake: Lake, words: str) -> None:
    assert table_rows(lake, "matches", None, words, 0, "en")["role_id"].to_pylist() == ["r:nurse"]


def test_a_name_that_fits_nothing(lake: Lake) -> None:
    with pytest.raises(LakeError, match=r"No credential of the snapshot is 'juggling'.*passerelle show credentials"):
        table_rows(lake, "matches", "juggling", None, 0, "en")
    with pytest.raises(LakeError, match=r"No role of the snapshot is 'juggler'.*passerelle show roles"):
        table_rows(lake, "matches", None, "juggler", 0, "en")


def test_a_name_that_fits_several(lake: Lake) -> None:
    with pytest.raises(LakeError, match="2 credentials fit 's': ") as caught:
        table_rows(lake, "matches", "s", None, 0, "en")
    assert "cred:care (Soins à domicile); cred:weld (Welding basics)" in str(caught.value)
    assert "Give one id" in str(caught.value)


def test_many_that_fit_are_cut_short(tmp_path: Path) -> None:
    many = [ROWS["credentials"][0] | {"credential_id": f"cred:{i:02d}"} for i in range(12)]
    lake = publish(tmp_path, credentials=[*ROWS["credentials"], *many])
    with pytest.raises(LakeError, match=r"13 credentials fit 'Welding': cred:00 .* \.\.\.+ Give one id"):
        table_rows(lake, "matches", "Welding", None, 0, "en")


def test_a_whole_name_comes_before_part_of_another(tmp_path: Path) -> None:
    helper = ROWS["roles"][0] | {"role_id": "r:helper", "label_en": "welder's helper", "label_fr": "aide-soudeur"}
    lake = publish(tmp_path, roles=[*ROWS["roles"], helper])
    assert table_rows(lake, "roles", None, "welder", 0, "en")["role_id"].to_pylist() == ["r:welder"]


@pytest.mark.parametrize("wanted", ["%", "_", "' OR 1=1 --", "\\", "welder; DROP TABLE roles"])
def test_a_name_is_never_a_pattern_or_a_query(lake: Lake, wanted: str) -> None:
    with pytest.raises(LakeError, match="No role of the snapshot"):
        table_rows(lake, "matches", None, wanted, 0, "en")


def test_a_table_that_is_none(lake: Lake) -> None:
    with pytest.raises(SettingsError, match=r"There is no table secrets\. Tables: skills, roles"):
        table_rows(lake, "secrets", None, None, 0, "en")


def test_a_table_without_the_column_to_choose_by(lake: Lake) -> None:
    with pytest.raises(SettingsError, match="The table skills has no role_id"):
        table_rows(lake, "skills", None, "welder", 0, "en")
    with pytest.raises(SettingsError, match="The table postings has no credential_id"):
        table_rows(lake, "postings", "weld", None, 0, "en")


def test_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="Nothing is published"):
        table_rows(Lake(tmp_path), "matches", None, None, 0, "en")
    with pytest.raises(LakeError, match="Nothing is published"):
        explain(Lake(tmp_path), "weld", "welder", "en")


def test_rows_that_rank_alike_come_in_the_same_order_every_time(tmp_path: Path) -> None:
    rows = [ROWS["credential_skills"][0] | {"credential_id": f"cred:{i:03d}", "confidence": 0.5} for i in range(300)]
    matches = [ROWS["matches"][0] | {"credential_id": row["credential_id"], "relevance": 0.5} for row in rows]
    lake = publish(tmp_path, credential_skills=rows, matches=matches)
    shown = [table_rows(lake, "matches", None, None, 5, "en")["credential_id"].to_pylist() for _ in range(4)]
    assert shown == [[f"cred:{i:03d}" for i in range(5)]] * 4


# --- explain --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def explanation(lake: Lake) -> Explanation:
    return explain(lake, "Welding", "welder", "en")


def test_an_explanation_has_the_numbers_of_the_match(explanation: Explanation) -> None:
    assert (explanation.credential_id, explanation.credential) == ("cred:weld", "Welding basics")
    assert (explanation.role_id, explanation.role) == ("r:welder", "welder")
    assert (explanation.coverage, explanation.relevance) == (0.68, 0.9)
    assert explanation.coverage_low < explanation.coverage < explanation.coverage_high


def test_the_contributions_add_up(explanation: Explanation) -> None:
    assert sum(line.contribution for line in explanation.skills) == pytest.approx(explanation.coverage, abs=1e-9)
    for line in explanation.skills:
        assert line.contribution == pytest.approx(line.importance * line.confidence * line.similarity, abs=1e-9)


def test_the_skills_are_named_the_greatest_contribution_first(explanation: Explanation) -> None:
    assert [(line.skill, line.taught, line.status) for line in explanation.skills] == [
        ("weld", "weld", "covered"), ("read plans", "technical drawing", "partial"),
    ]  # fmt: skip


def test_there_are_sentences_on_both_sides(explanation: Explanation) -> None:
    weld, plans = explanation.skills
    assert weld.credential_sentences == ["Learners weld safely."]
    assert weld.posting_sentences == [
        ("made:p1", "You weld steel frames."), ("made:p2", "Vous soudez des charpentes."),
    ]  # fmt: skip
    assert plans.credential_sentences == ["Learners draw parts."], "those that speak for what is taught"
    assert plans.posting_sentences == [("made:p1", "You read plans.")]


def test_in_french_labels_are_french_and_french_sentences_come_first(lake: Lake) -> None:
    french = explain(lake, "Bases du soudage", "soudeur", "fr")
    assert (french.credential, french.role) == ("Bases du soudage à l'arc", "soudeur/soudeuse")
    assert [(line.skill, line.taught) for line in french.skills] == [
        ("souder", "souder"), ("lire des plans", "dessin technique"),
    ]  # fmt: skip
    assert [document for document, _ in french.skills[0].posting_sentences] == ["made:p2", "made:p1"]


def test_a_skill_that_is_missing_has_no_credential_sentence(tmp_path: Path) -> None:
    line = ROWS["match_skills"][1] | {
        "taught_skill_id": None, "similarity": 0.0, "confidence": 0.0, "contribution": 0.0, "status": "missing",
    }  # fmt: skip
    lake = publish(tmp_path, match_skills=[ROWS["match_skills"][0], line])
    found = explain(lake, "cred:weld", "r:welder", "en").skills[1]
    assert (found.taught, found.status, found.credential_sentences) == (None, "missing", [])
    assert found.posting_sentences == [("made:p1", "You read plans.")]


def test_a_pair_without_a_match(lake: Lake) -> None:
    with pytest.raises(LakeError, match="cred:weld and r:nurse are no row of `matches`"):
        explain(lake, "cred:weld", "r:nurse", "en")


# --- Printed --------------------------------------------------------------------------------------------------------


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the command line would print, on a terminal wide enough for anything and without colours."""
    target = io.StringIO()
    wide = Console(file=target, width=2000, highlight=False, soft_wrap=True, color_system=None)
    # As the console of the command line is set up, but for where it writes.
    for name in ("_emoji", "_markup", "_highlight"):
        setattr(wide, name, getattr(console.out, name))
    for module in (console, explain_text):
        monkeypatch.setattr(module, "out", wide)
    return target


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_are_printed_as_they_are(printed: io.StringIO, title: str) -> None:
    console.print_table(pa.table({"title": [title], "other": ["plain"]}))
    line = printed.getvalue().splitlines()[-1]
    assert line.split("plain")[0].rstrip() == title


def test_control_characters_do_not_reach_the_terminal(printed: io.StringIO) -> None:
    console.print_table(pa.table({"title": ["\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x1b\\link \x07\x9b2J"]}))
    assert not set(printed.getvalue()) & {"\x1b", "\x07", "\x9b"}


def test_numbers_lists_and_empty_cells_are_printed(printed: io.StringIO) -> None:
    console.print_table(
        pa.table({"x": [0.123456, None], "n": pa.array([3, None], pa.int64()), "list": [["en", "fr"], []]})
    )
    lines = [line.split() for line in printed.getvalue().splitlines()]
    assert lines == [["x", "n", "list"], ["0.1235", "3", "en,", "fr"], []]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Sum of contributions: 0.68", "0.540000000", "0.140000000", "credential: “Learners weld safely.”"]),
        ("fr", ["Somme des contributions : 0,68", "0,540000000", "0,140000000",
                "titre : «\u00a0Learners weld safely.\u00a0»"]),
    ],
)  # fmt: skip
def test_an_explanation_is_printed_in_either_language(
    lake: Lake, printed: io.StringIO, language: str, words: list[str]
) -> None:
    print_explanation(explain(lake, "cred:weld", "r:welder", language), language, 5)
    text = printed.getvalue()
    assert not [word for word in words if word not in text], text


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_text_in_an_explanation_is_printed_as_it_is(tmp_path: Path, printed: io.StringIO, title: str) -> None:
    credentials = [ROWS["credentials"][0] | {"title_en": title}, ROWS["credentials"][1]]
    said = [row | {"sentence": title} for row in ROWS["evidence"]]
    lake = publish(tmp_path, credentials=credentials, evidence=said)
    print_explanation(explain(lake, "cred:weld", "r:welder", "en"), "en", 5)
    assert printed.getvalue().startswith(f"{title}  (cred:weld)")
    assert f"“{title}”" in printed.getvalue()
