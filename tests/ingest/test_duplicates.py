"""The same job posted again: what counts as the same, and that the order of rows does not."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from itertools import combinations, product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.ingest import duplicates
from pipeline.ingest.duplicates import SCHEMA, group_duplicates, linked, parted
from pipeline.settings import load_settings

SETTINGS = load_settings().ingest.model_copy(update={"duplicate_threshold": 0.8, "duplicate_days": 120})
WORDS = [f"word{n}" for n in range(2_000)]
BODY = "\n".join(" ".join(WORDS[start : start + 12]) for start in range(0, 120, 12))
OTHER = "\n".join(" ".join(WORDS[start : start + 12]) for start in range(500, 620, 12))
COLUMNS = {
    "doc_id": pa.string(), "title": pa.string(), "employer": pa.string(), "region": pa.string(),
    "locality": pa.string(), "text": pa.string(), "posted_on": pa.date32(),
}  # fmt: skip
DAY = date(2026, 3, 1)


def row(doc_id: str, **changes: object) -> dict[str, object]:
    first = {
        "doc_id": doc_id,
        "title": "Forklift operator",
        "employer": "Nord inc.",
        "region": "CA-QC",
        "locality": "Laval",
        "text": BODY,
        "posted_on": DAY,
    }
    return first | changes


def grouped(*rows: dict[str, object]) -> dict[str, str | None]:
    """Document to the one that it repeats."""
    table = pa.table({name: pa.array([one[name] for one in rows], kind) for name, kind in COLUMNS.items()})
    found = group_duplicates(table, SETTINGS)
    assert found.schema == SCHEMA
    assert found["doc_id"].to_pylist() == sorted(str(one["doc_id"]) for one in rows)
    return dict(zip(found["doc_id"].to_pylist(), found["duplicate_of"].to_pylist(), strict=True))


@given(st.integers(0, 12).flatmap(lambda n: arrays(np.uint64, (n, 3), elements=st.integers(0, 4))))
def test_rows_are_linked_over_any_chain_of_common_buckets(keys) -> None:
    groups = [{row} for row in range(len(keys))]
    for left, right in combinations(range(len(keys)), 2):
        if any(one == other != 0 for one, other in zip(keys[left], keys[right], strict=True)):
            joined = groups[left] | groups[right]
            for row in joined:
                groups[row] = joined
    assert linked(keys).tolist() == [min(group) for group in groups]


@given(
    st.integers(1, 10).flatmap(
        lambda n: st.tuples(
            arrays(np.int64, (n, 2), elements=st.integers(0, 2)),
            st.lists(arrays(np.int64, n, elements=st.integers(0, 2)), min_size=1, max_size=3),
        )
    )
)
def test_buckets_are_parted_by_what_differs_and_by_nothing_else(given_rows) -> None:
    numbers, codes = given_rows
    keys = np.array([0, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)[numbers]  # hashes
    after = parted(keys, codes)
    for (left, right), band in product(combinations(range(len(keys)), 2), range(2)):
        bucket = keys[:, band] == keys[left, band]
        if not bucket[right] or not keys[left, band]:
            assert not after[left, band] or after[left, band] != after[right, band]
            continue
        parting = [own for own in codes if own[left] != own[right] and own[bucket].all()]
        assert (after[left, band] == after[right, band]) == (not parting)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({
            "employer": st.sampled_from([None, "Nord inc.", "Sud"]),
            "region": st.sampled_from([None, "CA-QC", "CA-ON"]),
            "locality": st.sampled_from([None, "Laval", "Gatineau"]),
            "text": st.sampled_from([BODY, f"{BODY} x", OTHER]),
        }),
        max_size=12,
    )
)  # fmt: skip
def test_parting_buckets_changes_no_result(changes) -> None:
    rows = [row(f"d{place:02d}", **each) for place, each in enumerate(changes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "parted", lambda keys, codes: keys)
        whole = grouped(*rows)
    assert grouped(*rows) == whole


def test_a_long_chain_of_common_buckets_is_one_group() -> None:
    """Row i shares a bucket with i + 1 only, in turns of the two bands, in no order."""
    rows = np.random.default_rng(3).permutation(2_000)
    keys = np.column_stack([rows // 2 + 1, (rows + 1) // 2 + 1]).astype(np.uint64)
    assert set(linked(keys).tolist()) == {0}


SAME = {"a": None, "b": "a"}
DIFFERENT = {"a": None, "b": None}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "FORKLIFT OPERATOR (M/F)"},
        {"title": "Forklift  operator, H/F"},
        {"employer": "NORD"},
        {"employer": None},
        {"locality": None},
        {"locality": "LAVAL"},
        {"region": None},
        {"region": None, "locality": None},
        {"posted_on": None},
        {"posted_on": DAY + timedelta(days=120)},
        {"text": BODY + "\nApply at our agency, reference 12345, before Friday"},
        {"text": BODY + "\n" + " ".join(WORDS[900:930])},
        {"text": BODY.upper()},
    ],
)
def test_the_same_job(changes: dict[str, object]) -> None:
    assert grouped(row("a"), row("b", **changes)) == SAME


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Forklift mechanic"},
        {"employer": "Sud inc."},
        {"locality": "Gatineau"},
        {"region": "CA-ON", "locality": None},
        {"employer": None, "region": None, "locality": None, "text": BODY + " more"},
        {"posted_on": DAY + timedelta(days=121)},
        {"text": OTHER},
        {"text": BODY + "\n" + OTHER},
        {"text": "\n".join(BODY.split("\n")[:5])},
        {"text": ""},
    ],
)
def test_another_job(changes: dict[str, object]) -> None:
    assert grouped(row("a"), row("b", **changes)) == DIFFERENT


def test_nothing_known_but_the_text_takes_the_very_same_text() -> None:
    unknown: dict[str, object] = {"employer": None, "region": None, "locality": None}
    assert grouped(row("a", **unknown), row("b", **unknown)) == SAME
    assert grouped(row("a", **unknown), row("b", **unknown, text=BODY + " more")) == DIFFERENT
    half = row("b", employer="Nord", region=None, locality=None, text=BODY + " more")
    assert grouped(row("a", employer=None), half) == DIFFERENT  # one has the employer, the other the place


def test_different_footers_of_both_do_not_matter() -> None:
    left = BODY + "\n" + " ".join(WORDS[700:730])
    right = BODY + "\n" + " ".join(WORDS[800:830])
    assert grouped(row("a", text=left), row("b", text=right)) == SAME


def test_the_first_posted_is_kept_then_the_first_by_id() -> None:
    early = row("z", posted_on=DAY - timedelta(days=3))
    assert grouped(row("a"), early, row("m", posted_on=None)) == {"a": "z", "m": "z", "z": None}
    assert grouped(row("b"), row("a")) == {"a": None, "b": "a"}


def test_each_repeats_the_kept_one_itself() -> None:
    later = [row(name, posted_on=DAY + timedelta(days=100 * n)) for n, name in enumerate("abcd")]
    assert grouped(*later) == {"a": None, "b": "a", "c": None, "d": "c"}  # c is 200 days after a


def test_the_more_similar_of_two_kept_ones_is_taken() -> None:
    lines = BODY.split("\n")
    near = "\n".join([*lines[:9], " ".join(WORDS[1500:1512])])
    rows = [row("a", employer="Sud", text=near), row("b"), row("c", employer=None, posted_on=DAY + timedelta(days=1))]
    assert grouped(*rows) == {"a": None, "b": None, "c": "b"}


def test_similarity_is_given() -> None:
    table = pa.Table.from_pylist([row("a"), row("b"), row("c", title="x")], schema=pa.schema(list(COLUMNS.items())))
    assert group_duplicates(table, SETTINGS)["similarity"].to_pylist() == [None, 1.0, None]


def test_no_rows() -> None:
    assert grouped() == {}


def many(size: int) -> list[dict[str, object]]:
    source = random.Random(5)
    bodies = [" ".join(source.choices(WORDS, k=60)) for _ in range(size // 3)]
    return [
        row(
            f"d{n}",
            title=f"Job {n % len(bodies) % 7}",
            employer=source.choice([None, "A", "B"]),
            locality=source.choice([None, "Laval", "Gatineau"]),
            text=f"{bodies[n % len(bodies)]}\n{' '.join(source.choices(WORDS, k=source.randrange(12)))}",
            posted_on=source.choice([None, DAY, DAY + timedelta(days=source.randrange(300))]),
        )
        for n in range(size)
    ]


def test_the_order_of_rows_does_not_matter() -> None:
    rows = many(300)
    expected = grouped(*rows)
    assert sum(original is not None for original in expected.values()) > 20
    for seed in range(3):
        shuffled = list(rows)
        random.Random(seed).shuffle(shuffled)
        assert grouped(*shuffled) == expected


def test_time_grows_with_the_rows_and_not_with_their_square() -> None:
    towns = [row(f"d{n:05}", locality=f"Town {n}") for n in range(4_000)]
    start = time.perf_counter()
    assert set(grouped(*towns).values()) == {None}
    assert time.perf_counter() - start < 20
