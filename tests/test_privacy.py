"""What identifies a person is covered before it is kept, and nothing else moves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.privacy import KINDS, MASK, mask, mask_columns
from pipeline.settings import load_settings

SAMPLE = Path(__file__).parent / "data" / "personal_data.txt"
MARK = re.compile(r"\{\{(\w+)\|([^}]*)\}\}")


@dataclass(frozen=True)
class Labelled:
    """A sentence, its language, and where in it a person is identified: (kind, start, end)."""

    language: str
    text: str
    spans: tuple[tuple[str, int, int], ...]


def labelled() -> list[Labelled]:
    found = []
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        language, marked = line.split("\t")
        spans, text, last = [], "", 0
        for match in MARK.finditer(marked):
            text += marked[last : match.start()]
            spans.append((match[1], len(text), len(text) + len(match[2])))
            text += match[2]
            last = match.end()
        found.append(Labelled(language, text + marked[last:], tuple(spans)))
    return found


@dataclass
class Score:
    """Labelled spans, how many of them are wholly covered; covered stretches, how many lie on a label."""

    labels: int = 0
    covered: int = 0
    masks: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        return self.covered / self.labels

    @property
    def precision(self) -> float:
        return self.right / self.masks


def measure(language: str, kind: str | None = None) -> Score:
    """A mask is right if most of it lies on a label; a label is covered if its last letters and digits are too."""
    score = Score()
    for each in labelled():
        if each.language != language:
            continue
        hidden = mask(each.text, (kind,) if kind else KINDS)  # type: ignore[arg-type]
        labels = [(a, b) for k, a, b in each.spans if kind in (None, k)]
        for a, b in labels:
            score.labels += 1
            score.covered += all(h == MASK for h, c in zip(hidden[a:b], each.text[a:b], strict=True) if c.isalnum())
        for match in re.finditer(rf"{MASK}+(?:\s{MASK}+)*", hidden):
            score.masks += 1
            inside = sum(max(0, min(b, match.end()) - max(a, match.start())) for a, b in labels)
            score.right += inside >= 0.6 * len(match[0])
    return score


def test_the_sample_is_balanced() -> None:
    sample = labelled()
    for language in ("en", "fr"):
        own = [each for each in sample if each.language == language]
        assert len(own) == 60
        assert 20 <= sum(not each.spans for each in own) <= 35
        assert {kind for each in own for kind, _, _ in each.spans} == set(KINDS)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_masking_finds_people_in_both_languages_and_little_else(language: str) -> None:
    score = measure(language)
    assert score.labels >= 36
    assert score.recall >= 0.95, score
    assert score.precision >= 0.95, score


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_masked_by_itself(kind: str) -> None:
    for language in ("en", "fr"):
        score = measure(language, kind)
        assert score.recall >= 0.9, (language, score)
        assert score.precision >= 0.9, (language, score)


def test_offsets_stay_right() -> None:
    text = "Contact Marie Roy at marie.roy@example.org or 613-555-0147 to weld."
    hidden = mask(text)
    assert hidden == "Contact █████ ███ at █████████████████████ or ████████████ to weld."
    assert len(hidden) == len(text)
    assert hidden.index("weld") == text.index("weld")


def test_a_setting_says_what_is_masked() -> None:
    text = "Contact Marie Roy at marie.roy@example.org or 613-555-0147."
    assert mask(text, ()) == text
    assert mask(text, ("email",)) == "Contact Marie Roy at █████████████████████ or 613-555-0147."
    assert mask(text, ("telephone",)) == "Contact Marie Roy at marie.roy@example.org or ████████████."
    assert load_settings().privacy.mask == KINDS
    open_settings = load_settings(None, {"privacy": {"mask": []}})
    assert open_settings.fingerprint() != load_settings().fingerprint(), "another setting gives another snapshot"


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["M. ", "Contact ", "613-555-0147", "a@b.co ", "Roy"])).map("".join)
)
def test_masking_keeps_lengths_and_is_done_once(text: str) -> None:
    hidden = mask(text)
    assert len(hidden) == len(text)
    assert mask(hidden) == hidden
    assert all(h in (c, MASK) for h, c in zip(hidden, text, strict=True))


@pytest.mark.parametrize(
    "text",
    ["a" * 50_000, "a.b@" * 12_000, "+1 " * 16_000, "613-" * 12_000, "M. A" * 12_000,
     "contact " * 6_000, "Contact A" + " Aa" * 20_000, "1 " * 25_000, "(" * 50_000],
)  # fmt: skip
def test_masking_takes_time_in_proportion(text: str) -> None:
    import time

    start = time.process_time()
    mask(text)
    assert time.process_time() - start < 3


def test_columns_of_tables_are_masked_and_the_others_are_not() -> None:
    table = pa.table({"title": ["Welder, call 613-555-0147", None], "employer": ["Mr. Lube", "Dr. Roy"]})
    found = mask_columns({"postings": table}, {"postings": ("title",), "absent": ("title",)}, KINDS)
    assert found["postings"].to_pylist() == [
        {"title": "Welder, call ████████████", "employer": "Mr. Lube"}, {"title": None, "employer": "Dr. Roy"},
    ]  # fmt: skip
    assert mask_columns({"postings": table}, {"postings": ("title",)}, ())["postings"] is table
