"""Large worlds made of real ones: postings, credentials and linked tables, resampled from a fixed seed.

    python benchmarks/world.py postings --data ../shared/data --count 100000 --out /tmp/world
    python benchmarks/world.py credentials --data ../shared/data --count 10000 --out /tmp/world

A made posting keeps the skeleton of a real one (title, language, number and order of sentences). A part of its
sentences is exchanged for others of the language: the first half of one real sentence and the second half of another,
so that they are new to every cache and yet read like postings. The text of a market repeats itself: how many distinct
sentences there are for a number of postings follows Heaps' law, as measured on the real postings by `repetition`. One
posting in ten is another one posted again some weeks later under another id.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.ingest import plain_text
from pipeline.linking import split_units

SEED = 20_260_630
LAST_DAY = date(2026, 6, 30)
CHUNK = 50_000
EXCHANGED = 0.35  # of the sentences of a made posting
REPOSTED = 0.1  # of the postings
HEAPS_FACTOR, HEAPS_EXPONENT = 32.0, 0.75  # distinct sentences = factor x postings ^ exponent
REGIONS = ("ON", "QC", "BC", "AB", "MB", "SK", "NS", "NB")
EDUCATION = ("", "secondary", "college", "bachelor", "master")
MAX_CHARACTERS = 400

Random = np.random.Generator


@dataclass(frozen=True)
class Skeleton:
    """A real posting or course: its title, its language and its sentences."""

    title: str
    language: str
    sentences: tuple[str, ...]


def real_postings(data: Path) -> list[Skeleton]:
    """The real postings, in the order of their files."""
    sources = (
        ("jobbank_alberta_2022.jsonl", "job_title", "job_requirement", "en"),
        ("francetravail_2025.jsonl", "intitule", "description", "fr"),
    )
    found = []
    for name, title, text, language in sources:
        for line in (data / "postings" / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            units = split_units(plain_text(str(row.get(text) or "")), MAX_CHARACTERS)
            found.append(Skeleton(str(row[title]), language, tuple(unit.text for unit in units)))
    return [each for each in found if each.sentences]


def real_courses(data: Path) -> list[Skeleton]:
    """The real courses, in the order of their file."""
    with (data / "credentials/edx_courses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        units = split_units(plain_text(f"{row['course_description']}\n{row['course_syllabus']}"), MAX_CHARACTERS)
        found.append(Skeleton(row["title"], "en", tuple(unit.text for unit in units[:25])))
    return [each for each in found if each.sentences]


class Sentences:
    """Endless sentences of one language: number j is always the same."""

    def __init__(self, skeletons: list[Skeleton], language: str) -> None:
        own = {s: None for each in skeletons if each.language == language for s in each.sentences if len(s) > 25}
        self._real = list(own)

    def __getitem__(self, j: int) -> str:
        count = len(self._real)
        one, other = self._real[j % count].split(), self._real[(j * 7919 + j // count + 1) % count].split()
        return " ".join([*one[: (len(one) + 1) // 2], *other[len(other) // 2 :]])


def made(
    skeletons: list[Skeleton], count: int, distinct: int, seed: int, unheard: int = 0, night: int = 0
) -> Iterator[tuple[int, Skeleton]]:
    """Made texts, each with the number of the real one that it is made after.

    Args:
        skeletons: the real ones.
        count: texts to make.
        distinct: the numbers below this are sentences of the stock, of which texts are made.
        seed: of the random generator.
        unheard: about as many sentences are none of the stock's, each of them once.
        night: another night has other such sentences.
    """
    random = np.random.default_rng(seed)
    pools = {language: Sentences(skeletons, language) for language in {each.language for each in skeletons}}
    to_exchange = count * EXCHANGED * float(np.mean([len(each.sentences) for each in skeletons]))
    next_unheard = distinct * (night + 1)
    for start in range(0, count, CHUNK):
        models = random.integers(len(skeletons), size=min(CHUNK, count - start))
        for model in models.tolist():
            real = skeletons[model]
            length = len(real.sentences)
            exchanged = random.random(length) < EXCHANGED
            # Squared, so that some sentences are common and most are rare.
            numbers = (distinct * random.random(length) ** 2).astype(np.int64)
            if unheard:
                first_time = exchanged & (random.random(length) < unheard / to_exchange)
                numbers[first_time] = next_unheard + np.arange(first_time.sum())
                next_unheard += int(first_time.sum())
            pool = pools[real.language]
            sentences = tuple(
                pool[j] if new else old
                for old, new, j in zip(real.sentences, exchanged.tolist(), numbers.tolist(), strict=True)
            )
            yield model, Skeleton(real.title, real.language, sentences)


def posting_rows(
    data: Path, count: int, distinct: int, seed: int = SEED, unheard: int = 0, night: int = 0
) -> Iterator[dict[str, object]]:
    """Rows of postings under the project's own column names; `distinct`, `unheard` and `night` as in `made`."""
    random = np.random.default_rng([seed, 1])
    fresh = int(count * (1 - REPOSTED))
    kept: list[dict[str, object]] = []
    for number, (model, text) in enumerate(made(real_postings(data), fresh, distinct, seed, unheard, night)):
        row = _posting(number, model, text, random)
        yield row
        if len(kept) < CHUNK and random.random() < 0.2:
            kept.append(row)
    for number in range(fresh, count):
        first = kept[int(random.integers(len(kept)))]
        later = first["posted_on"] + timedelta(days=int(random.integers(7, 60)))  # type: ignore[operator]
        yield first | {"source_id": f"p{number:08d}", "posted_on": min(later, LAST_DAY)}


def _posting(number: int, model: int, text: Skeleton, random: Random) -> dict[str, object]:
    wage = round(float(random.normal(30, 8)), 2)
    return {
        "source_id": f"p{number:08d}",
        "title": text.title,
        "employer": f"Employer {model % 97:02d}-{int(random.integers(400)):03d}",
        "country": "CA",
        "region": REGIONS[int(random.integers(len(REGIONS)))],
        "posted_on": LAST_DAY - timedelta(days=int(random.integers(360))),
        "vacancies": int(random.integers(1, 4)),
        "wage_low": max(wage, 16.0),
        "wage_high": max(wage, 16.0) + 4,
        "wage_currency": "CAD",
        "education": EDUCATION[int(random.integers(len(EDUCATION)))] or None,
        "experience_months": int(random.integers(0, 61)),
        "language": text.language,
        "description": "\n".join(text.sentences),
    }


def credential_rows(data: Path, count: int, distinct: int, seed: int = SEED) -> Iterator[dict[str, object]]:
    """Rows of credentials under the project's own column names."""
    random = np.random.default_rng([seed, 2])
    for number, (model, text) in enumerate(made(real_courses(data), count, distinct, seed + 1)):
        yield {
            "source_id": f"c{number:07d}", "title": f"{text.title} {number // 1000 + 1}",
            "issuer": f"College {model % 53}", "hours": float(random.integers(4, 120)),
            "language": text.language, "outcome": "\n".join(text.sentences),
        }  # fmt: skip


def repetition(data: Path) -> list[tuple[int, int, int]]:
    """For growing numbers of real postings: postings, sentences, distinct sentences."""
    postings = real_postings(data)
    postings = [postings[i] for i in np.random.default_rng(SEED).permutation(len(postings))]
    found, seen, total = [], set[str](), 0
    for number, posting in enumerate(postings, start=1):
        seen.update(posting.sentences)
        total += len(posting.sentences)
        if number in (50, 100, 200, 400, 800) or number == len(postings):
            found.append((number, total, len(seen)))
    return found


def write(rows: Iterator[dict[str, object]], folder: Path, name: str) -> list[Path]:
    """Parquet files of at most CHUNK rows; the same rows give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    block: list[dict[str, object]] = []

    def flush() -> None:
        if block:
            paths.append(folder / f"{name}-{len(paths):04d}.parquet")
            pq.write_table(pa.Table.from_pylist(block), paths[-1])
            block.clear()

    for row in rows:
        block.append(row)
        if len(block) == CHUNK:
            flush()
    flush()
    return paths


# --- Linked worlds: what the match step takes -------------------------------------------------------------------------

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Market:
    """What `matching.match` takes, of any size."""

    credential_skills: pa.Table
    role_skills: pa.Table
    similarity: pa.Table
    postings: pa.Table
    evidence: pa.Table


def resampled_credentials(real: pa.Table, count: int, seed: int = SEED) -> pa.Table:
    """credential_skills of made credentials: four fifths of the skills of a real one, and some of another."""
    random = np.random.default_rng([seed, 3])
    order = real.sort_by([("credential_id", "ascending"), ("skill_id", "ascending")])
    names, owner = np.unique(np.array(order["credential_id"].to_pylist()), return_inverse=True)
    skills, confidence = np.array(order["skill_id"].to_pylist()), order["confidence"].to_numpy()
    starts = np.searchsorted(owner, np.arange(len(names) + 1))
    rows: list[Ints] = []
    made_of: list[Ints] = []
    for new in range(count):
        one, other = random.integers(len(names), size=2)
        own = np.arange(starts[one], starts[one + 1])
        borrowed = np.arange(starts[other], starts[other + 1])
        taken = np.concatenate([own[random.random(len(own)) < 0.8], borrowed[random.random(len(borrowed)) < 0.2]])
        taken = taken[np.unique(skills[taken], return_index=True)[1]]
        rows.append(taken)
        made_of.append(np.full(len(taken), new))
    place, number = np.concatenate(rows), np.concatenate(made_of)
    jitter = np.clip(confidence[place] + random.normal(0, 0.05, len(place)), 0.2, 1.0).round(4)
    ids = np.char.add("made:credential-", np.char.zfill(number.astype(str), 7))
    return pa.table({
        "credential_id": pa.array(ids.tolist()), "skill_id": pa.array(skills[place].tolist()), "confidence": jitter,
    })  # fmt: skip


def resampled_roles(real: pa.Table, count: int, seed: int = SEED) -> pa.Table:
    """role_skills of made roles, all regions together: a real profile with three tenths of its skills exchanged."""
    random = np.random.default_rng([seed, 4])
    rows = [row for row in real.to_pylist() if row["region"] == "ALL"]
    profiles: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        profiles.setdefault(row["role_id"], []).append(row)
    names = sorted(profiles)
    made_rows = []
    for number in range(count):
        profile = {row["skill_id"]: row for row in profiles[names[int(random.integers(len(names)))]]}
        for skill in list(profile):
            if random.random() < 0.3:
                other = rows[int(random.integers(len(rows)))]
                if other["skill_id"] not in profile:
                    profile[other["skill_id"]] = profile.pop(skill) | {"skill_id": other["skill_id"]}
        parts = np.floor(np.array([row["importance"] for row in profile.values()]) * 1e9).astype(np.int64)
        parts = parts * 1_000_000_000 // parts.sum()
        parts[0] += 1_000_000_000 - parts.sum()
        made_rows += [
            row | {"role_id": f"made:role-{number:05d}", "importance": part / 1e9}
            for row, part in zip(profile.values(), parts.tolist(), strict=True)
        ]
    return pa.Table.from_pylist(made_rows, schema=real.schema)


def postings_behind(role_skills: pa.Table, each: int, seed: int = SEED) -> tuple[pa.Table, pa.Table]:
    """Postings and evidence that such profiles could come from: `each` postings a role."""
    random = np.random.default_rng([seed, 5])
    roles = np.array(role_skills["role_id"].to_pylist())
    share = np.clip(role_skills["share_raw"].to_numpy(), 0.05, 1.0)
    names, owner = np.unique(roles, return_inverse=True)
    row, copy = np.nonzero(random.random((len(roles), each)) < share[:, None])
    posting = owner[row] * each + copy
    count = len(names) * each
    ids = [f"made:posting-{i:07d}" for i in range(count)]
    skills = role_skills["skill_id"].take(pa.array(row))
    return pa.table({
        "posting_id": ids, "role_id": np.repeat(names, each).tolist(), "weight": np.ones(count),
        "in_window": [True] * count,
    }), pa.table({
        "document_kind": ["posting"] * len(row), "document_id": pa.array(ids).take(pa.array(posting)),
        "skill_id": skills, "confidence": random.uniform(0.3, 1.0, len(row)).round(4),
        "level": ["unstated"] * len(row),
    })  # fmt: skip


def main() -> None:
    """Writes a world, or prints how real postings repeat themselves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["postings", "credentials", "repetition"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--distinct", type=int, help="distinct made sentences; by default as Heaps' law says")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path("world"))
    options = parser.parse_args()
    if options.what == "repetition":
        for postings, sentences, distinct in repetition(options.data):
            print(postings, sentences, distinct)
        return
    distinct = options.distinct or heaps(options.count)
    maker = posting_rows if options.what == "postings" else credential_rows
    paths = write(maker(options.data, options.count, distinct, options.seed), options.out / options.what, options.what)
    print(f"{len(paths)} files in {options.out / options.what}")


def heaps(postings: int) -> int:
    """How many distinct sentences so many postings are made of."""
    return int(HEAPS_FACTOR * postings**HEAPS_EXPONENT)


if __name__ == "__main__":
    main()
