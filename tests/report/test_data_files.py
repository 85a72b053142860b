"""The data behind the pages: complete, numbered right, and enough to add coverage up again."""

from __future__ import annotations

import pytest

from pipeline.report.data_files import script

from .conftest import Built
from .worlds import HOSTILE_ID


def credit(taught: dict[int, float], similar: list, skill: int) -> float:
    pairs = dict(zip(similar[skill][::2], similar[skill][1::2], strict=True)) | {skill: 1.0}
    return max((taught.get(other, 0.0) * similarity for other, similarity in pairs.items()), default=0.0)


def test_coverage_adds_up_again_to_what_is_published(built: Built) -> None:
    core, similar = built.value("core"), built.value("similar")
    roles, credentials = core["roles"]["role_id"], core["credentials"]["credential_id"]
    for role, credential, coverage in (("welder", "a", 0.58), ("welder", "b", 0.24), ("welder", HOSTILE_ID, 0.3),
                                       ("electrician", "b", 0.8)):  # fmt: skip
        asked = built.value(f"role-{roles.index(role)}")["skills"]["ALL"]
        taught = {s[0]: s[1] for s in built.value(f"credential-{credentials.index(credential)}")["skills"]}
        assert sum(w * credit(taught, similar, skill) for skill, w, *_ in asked) == pytest.approx(coverage)
        published = {m[0]: m[1] for m in built.value(f"role-{roles.index(role)}")["matches"]}
        assert published[credentials.index(credential)] == coverage


def test_matches_come_best_first(built: Built) -> None:
    welder = built.value("core")["roles"]["role_id"].index("welder")
    assert [match[1] for match in built.value(f"role-{welder}")["matches"]] == [0.58, 0.3, 0.24]


def test_sentences_lead_to_their_postings(built: Built) -> None:
    core = built.value("core")
    role = built.value(f"role-{core['roles']['role_id'].index('welder')}")
    weld = core["skills"]["label_en"].index("weld")
    first, second = (line for line in role["sentences"] if line[0] == weld)
    assert "".join(list(first[2])[first[3] : first[4]]) == "weld"
    assert role["postings"][second[1]][0] == "Welder"
    assert role["postings"][first[1]][3] == "2026-01-21"


def test_an_older_change_names_what_is_gone_by_its_id(built: Built) -> None:
    value = built.value("changes")
    gone, moved = (dict(zip(value["names"], row, strict=True)) for row in value["rows"])
    assert gone["credential"] is None and gone["credential_id"] == "gone"
    assert moved["by_demand"] + moved["by_credential"] == pytest.approx(moved["coverage_to"] - moved["coverage_from"])


def test_bundles_quote_the_postings_they_name_in_their_order(built: Built) -> None:
    (bundle,) = built.value("unmet")["bundles"]
    assert [example["sentence"][:4] for example in bundle["examples"]] == ["Weld", "You "]


def test_advice_is_told_in_both_languages(built: Built) -> None:
    a = built.value("credential-" + str(built.value("core")["credentials"]["credential_id"].index("a")))
    places = {trait[0]: trait[4] for trait in a["traits"]}
    assert built.value("advice")[places["stackable"]] == ["Say what it counts for.", "Dites pour quoi il compte."]
    assert places["short"] is None


def test_a_value_cannot_end_the_script_it_stands_in() -> None:
    assert script("core", ["</script><!--\u2028"]) == b'passerelle.put("core",["\\u003c/script>\\u003c!--\\u2028"]);\n'
