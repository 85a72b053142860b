"""The design brief of a bundle: in both languages, escaped, with employers' own sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.asking.brief import WORDS, build_brief, to_html, to_markdown
from pipeline.errors import LakeError
from pipeline.lake import LATEST, Lake
from pipeline.tables import TABLES, Table

EVIL = "<script>alert(1)</script> | *weld* [x](http://bad) `a`"
PLAIN: dict[pa.DataType, object] = {
    pa.string(): "x", pa.int64(): 1, pa.float64(): 1.0, pa.bool_(): True, pa.list_(pa.string()): [],
}  # fmt: skip


def rows(table: Table, *values: dict[str, Any]) -> pa.Table:
    plain = {field.name: PLAIN.get(field.type) for field in table.schema if not field.nullable}
    return pa.Table.from_pylist([plain | row for row in values], schema=table.schema)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path / "lake")
    figures = {"vacancies": 1234.5, "vacancies_low": 900.0, "vacancies_high": 1500.0}
    content: dict[str, list[dict[str, Any]]] = {
        "unmet_bundles": [figures | {
            "region": "CA-ON", "bundle_id": "b-1", "title_en": EVIL, "title_fr": f"{EVIL} (fr)", "skills": ["s1"],
            "roles": ["r1"], "postings": 3, "wage_postings": 3, "wage_median": 31.5, "wage_median_low": 30.0,
            "wage_median_high": 33.0, "hours": 6.0, "hours_low": 5.0, "hours_high": 9.0, "fits": False,
        }],
        "unmet_demand": [figures | {"region": "CA-ON", "skill_id": "s1", "bundle_id": "b-1", "postings": 3,
                                    "taught": 0.25, "nearest_credential_id": "c1"}],
        "skills": [{"skill_id": "s1", "label_en": EVIL, "label_fr": "souder"}],
        "roles": [{"role_id": "r1", "label_en": "welder", "label_fr": "soudeur"}],
        "role_demand": [{"role_id": "r1", "region": "CA-ON", "currency": "CAD", "postings": 3, "vacancies": 7,
                         "wage_median": 31.0}],
        "credentials": [{"credential_id": "c1", "title_en": "A course", "title_fr": None}],
        "postings": [{"posting_id": "p1", "role_id": "r1", "region": "CA-ON"},
                     {"posting_id": "p2", "role_id": "r1", "region": "CA-QC"}],
        "evidence": [
            {"document_kind": "posting", "document_id": "p1", "skill_id": "s1", "sentence": EVIL, "language": "en"},
            {"document_kind": "posting", "document_id": "p2", "skill_id": "s1", "sentence": "not from here"},
        ],
    }  # fmt: skip
    for name, values in content.items():
        made.write_table(f"snapshots/one/{name}.parquet", rows(TABLES[name], *values))
    made.write_bytes(LATEST, json.dumps({"snapshot_id": "one"}).encode())
    return made


def test_html_escapes_what_comes_from_data(lake: Lake) -> None:
    page = to_html(build_brief(lake, "b-1", "en"), "en")
    tree = LexborHTMLParser(page)
    assert not tree.css("script") and not tree.css("body a") and "src=" not in page
    assert tree.css_first("h1").text() == f"Design brief: {EVIL}"
    assert tree.css_first("html").attributes["lang"] == "en"
    assert "1,234.5 vacancies, 90 % interval 900.0 to 1,500.0" in tree.body.text()


def test_markdown_escapes_what_comes_from_data(lake: Lake) -> None:
    page = to_markdown(build_brief(lake, "b-1", "en"))
    assert "<script" not in page and "[x](" not in page and "*weld*" not in page.replace("\\*", "")
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") in (5,) for line in table)


def test_both_languages_say_the_same(lake: Lake) -> None:
    english, french = (build_brief(lake, "b-1", language) for language in ("en", "fr"))
    assert [block.kind for block in english] == [block.kind for block in french]
    assert [[len(row) for row in block.rows] for block in english] == [[len(row) for row in b.rows] for b in french]
    text = to_markdown(french)
    assert "1\u00a0234,5 postes vacants" in text and "31,50 CAD" in text and "soudeur" in text
    assert "souder : «\u00a0" in text and "\u00a0» (p1)" in text
    assert all(words["en"] and words["fr"] for words in WORDS.values())


def test_sentences_come_from_the_region_and_a_small_bundle_says_so(lake: Lake) -> None:
    page = to_markdown(build_brief(lake, "b-1", "en"))
    assert "not from here" not in page and "(p1)" in page
    assert WORDS["small"]["en"] in page


def test_an_unknown_bundle_is_named(lake: Lake) -> None:
    with pytest.raises(LakeError, match="No bundle of the snapshot is 'b-2'"):
        build_brief(lake, "b-2", "en")
