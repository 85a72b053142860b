"""From a score to sentences: contributions add up, and each sentence stands in a document that the lake holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.ingest import DocumentStore
from pipeline.lake import Lake

from .tools import Rows, call, rows


def folded(text: object) -> str:
    return " ".join(str(text).split())


@pytest.fixture(scope="module")
def documents(sample_lake: Path) -> dict[str, dict[str, object]]:
    """Every document that counts, by kind and id."""
    lake = Lake(sample_lake)
    return {
        f"{kind} {row['doc_id']}": row
        for kind, name in (("posting", "postings"), ("credential", "credentials"))
        for row in DocumentStore(lake, name).current().to_pylist()
    }


@pytest.fixture(scope="module")
def sampled(sample_lake: Path) -> Rows:
    """Ten matches from the best to the least."""
    found = rows(sample_lake, "SELECT * FROM matches ORDER BY coverage, credential_id, role_id")
    return [found[round(step * (len(found) - 1) / 9)] for step in range(10)]


# --- The tables -----------------------------------------------------------------------------------------------------


def test_contributions_add_up_to_coverage(sample_lake: Path) -> None:
    sums = rows(
        sample_lake,
        """
        SELECT m.credential_id, m.role_id, m.coverage, sum(s.contribution) AS total, count(s.skill_id) AS skills,
               m.skills_covered + m.skills_partial + m.skills_missing AS counted
        FROM matches m LEFT JOIN match_skills s USING (credential_id, role_id)
        GROUP BY ALL
        """,
    )
    assert len(sums) > 100
    assert not [row for row in sums if row["total"] is None or abs(row["coverage"] - row["total"]) > 1e-6]
    assert not [row for row in sums if row["skills"] != row["counted"]]


def test_each_contribution_is_its_product(sample_lake: Path) -> None:
    wrong = rows(
        sample_lake,
        """
        SELECT * FROM match_skills
        WHERE abs(contribution - importance * confidence * similarity) > 1e-6
           OR (status = 'missing') <> (taught_skill_id IS NULL)
           OR (status = 'missing' AND contribution <> 0)
           OR (status = 'covered') <> (similarity = 1)
        """,
    )
    assert not wrong


def test_importances_of_a_role_add_up_to_one(sample_lake: Path) -> None:
    sums = rows(
        sample_lake,
        "SELECT credential_id, role_id, sum(importance) AS total FROM match_skills GROUP BY ALL",
    )
    assert not [row for row in sums if abs(row["total"] - 1) > 1e-6]


def test_what_a_match_counts_on_is_in_the_other_tables(sample_lake: Path) -> None:
    strays = rows(
        sample_lake,
        """
        SELECT 'taught' AS what, s.* FROM match_skills s
        WHERE taught_skill_id IS NOT NULL AND NOT EXISTS (
            FROM credential_skills c WHERE c.credential_id = s.credential_id AND c.skill_id = s.taught_skill_id
                AND abs(c.confidence - s.confidence) < 1e-9)
        UNION ALL
        SELECT 'asked' AS what, s.* FROM match_skills s
        WHERE NOT EXISTS (
            FROM role_skills r WHERE r.role_id = s.role_id AND r.skill_id = s.skill_id AND r.region = 'ALL'
                AND abs(r.importance - s.importance) < 1e-9)
        """,
    )
    assert not strays


def test_every_sentence_stands_in_its_document(sample_lake: Path, documents: dict[str, dict[str, object]]) -> None:
    evidence = rows(sample_lake, "SELECT * FROM evidence")
    assert {row["document_kind"] for row in evidence} == {"posting", "credential"}
    assert {row["language"] for row in evidence} == {"en", "fr"}
    strays = []
    for row in evidence:
        document = documents[f"{row['document_kind']} {row['document_id']}"]
        sentence = folded(row["sentence"])
        if row["part"] == "stated":
            labels = {folded(skill["label"]) or skill["uri"] for skill in document["skills"]}
            found = sentence in labels
        else:
            found = any(
                folded(part["text"][row["part_start"] :]).startswith(sentence)
                for part in document["parts"]
                if part["name"] == row["part"] and part["language"] == row["language"]
            )
        if not found or not 0 <= row["start"] < row["end"] <= len(row["sentence"]):
            strays.append(row)
    assert not strays


def test_every_skill_of_a_match_has_sentences_on_both_sides(sample_lake: Path) -> None:
    silent = rows(
        sample_lake,
        """
        SELECT s.* FROM match_skills s
        WHERE NOT EXISTS (
            FROM evidence e JOIN postings p ON p.posting_id = e.document_id
            WHERE e.document_kind = 'posting' AND e.skill_id = s.skill_id AND p.role_id = s.role_id AND p.in_window)
        OR s.contribution > 0 AND NOT EXISTS (
            FROM evidence e WHERE e.document_kind = 'credential' AND e.document_id = s.credential_id
                AND e.skill_id = s.taught_skill_id)
        """,
    )
    assert not silent


# --- The command ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_command_agrees_with_the_tables(
    sample_lake: Path, sampled: Rows, documents: dict[str, dict[str, object]], language: str
) -> None:
    for match in sampled:
        ran = call(
            "explain", match["credential_id"], match["role_id"], "--lake", sample_lake, "--lang", language, "--json"
        )
        assert ran.code == 0, ran.err
        found = ran.json
        for column in ("credential_id", "role_id", "coverage", "coverage_low", "coverage_high", "relevance"):
            assert found[column] == match[column]
        assert abs(sum(line["contribution"] for line in found["skills"]) - match["coverage"]) < 1e-6
        table = rows(
            sample_lake,
            f"SELECT s.*, k.label_{language} AS label FROM match_skills s JOIN skills k USING (skill_id) "
            "WHERE credential_id = ? AND role_id = ?",
            match["credential_id"], match["role_id"],
        )  # fmt: skip
        assert sorted((line["skill"], line["contribution"], line["status"]) for line in found["skills"]) == sorted(
            (row["label"], row["contribution"], row["status"]) for row in table
        )
        check_sentences(found, match, documents)


def check_sentences(
    found: dict[str, object], match: dict[str, object], documents: dict[str, dict[str, object]]
) -> None:
    """Each sentence that is shown stands in the credential, or in the posting that is named beside it."""
    credential = documents[f"credential {match['credential_id']}"]
    taught = said_in(credential)
    for line in found["skills"]:
        assert bool(line["credential_sentences"]) == (line["contribution"] > 0)
        assert line["posting_sentences"], line
        assert all(folded(sentence) in taught for sentence in line["credential_sentences"])
        for posting, sentence in line["posting_sentences"]:
            assert folded(sentence) in said_in(documents[f"posting {posting}"])


def said_in(document: dict[str, object]) -> str:
    """All that a document says, white space folded."""
    texts = [part["text"] for part in document["parts"]]
    labels = [skill["label"] or skill["uri"] for skill in document["skills"]]
    titles = [document.get(name) or "" for name in ("title", "title_en", "title_fr")]
    return " | ".join(folded(text) for text in (*texts, *labels, *titles))


def test_french_sentences_come_first_in_french(sample_lake: Path, documents: dict[str, dict[str, object]]) -> None:
    for language in ("en", "fr"):
        firsts = []
        for match in rows(sample_lake, "SELECT * FROM matches ORDER BY coverage DESC LIMIT 5"):
            ran = call(
                "explain", match["credential_id"], match["role_id"], "--lake", sample_lake, "--lang", language, "--json"
            )
            firsts += [
                documents[f"posting {line['posting_sentences'][0][0]}"]["language"] for line in ran.json["skills"]
            ]
        assert firsts.count(language) > len(firsts) / 2


def test_the_printed_sum_is_the_coverage(sample_lake: Path, sampled: Rows) -> None:
    match = sampled[-1]
    coverage = match["coverage"]
    words = {
        "en": [f"Coverage {coverage:.6f}", f"Sum of contributions: {coverage:.9f}", "  credential: “"],
        "fr": [f"Couverture {coverage:.6f}".replace(".", ","),
               f"Somme des contributions : {coverage:.9f}".replace(".", ","), "  titre : «\u00a0"],
    }  # fmt: skip
    for language, wanted in words.items():
        ran = call("explain", match["credential_id"], match["role_id"], "--lake", sample_lake, "--lang", language)
        assert ran.code == 0
        assert not [word for word in wanted if word not in ran.out], ran.out


def test_words_of_a_title_and_a_label_will_do(sample_lake: Path) -> None:
    (match,) = rows(
        sample_lake,
        """
        SELECT m.credential_id, m.role_id, c.title_en, c.title_fr, r.label_en, r.label_fr
        FROM matches m JOIN credentials c USING (credential_id) JOIN roles r USING (role_id)
        WHERE c.title_en IS NOT NULL AND c.title_fr IS NOT NULL
        ORDER BY m.coverage DESC, m.credential_id, m.role_id LIMIT 1
        """,
    )
    by_id = call("explain", match["credential_id"], match["role_id"], "--lake", sample_lake, "--json")
    assert by_id.code == 0
    for language in ("en", "fr"):
        title = match[f"title_{language}"][1:].upper()  # a part of it, in any case
        by_words = call("explain", title, match[f"label_{language}"].upper(), "--lake", sample_lake, "--json")
        assert (by_words.code, by_words.out) == (0, by_id.out)


def test_words_that_fit_several_or_none_are_refused(sample_lake: Path) -> None:
    several = call("explain", "a", "welder", "--lake", sample_lake)
    assert several.failed(6, "credentials fit 'a'", "Give one id")
    none = call("explain", "underwater basket weaving", "welder", "--lake", sample_lake)
    assert none.failed(6, "No credential of the snapshot is 'underwater basket weaving'")


def test_a_pair_that_is_no_match_is_said_to_be_none(sample_lake: Path) -> None:
    (pair,) = rows(
        sample_lake,
        """
        SELECT c.credential_id, r.role_id FROM credentials c, roles r
        WHERE r.profiled AND NOT EXISTS (
            FROM matches m WHERE m.credential_id = c.credential_id AND m.role_id = r.role_id)
        ORDER BY ALL LIMIT 1
        """,
    )
    assert call("explain", *pair.values(), "--lake", sample_lake).failed(6, "are no row of `matches`", "min_coverage")
