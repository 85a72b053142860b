"""Fixtures for the tests of training: a tiny taxonomy, tiny data files, and a tokenizer of single letters."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import orjson
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from pipeline.ingest import Language
from pipeline.linking.units import unit_key
from pipeline.taxonomy import Occupation, Skill, Taxonomy, build_taxonomy
from training import examples as examples_module
from training import held_out, network
from training.examples import Examples

SKILLS = 30
SENTENCES = 12
LETTERS = "abcdefghijklmnopqrstuvwxyzàâçéèêëîïôùûœ'’.,;:()/-0123456789"


def skill(i: int) -> Skill:
    """A skill whose labels hold its number, each label one that no other text holds."""
    french = i % 5 != 4
    return Skill(
        skill_id=f"t:{i:02d}", kind="skill", reuse="cross-sector",
        label_en=f"weld zinc{i:02d}en (metals)" if i % 3 == 0 else f"weld zinc{i:02d}en",
        label_fr=f"souder zinc{i:02d}fr" if french else None,
        alt_en=[f"join zinc{i:02d}e{j}" for j in range(i % 4)],
        alt_fr=[f"assembler zinc{i:02d}f{j}" for j in range(i % 3)] if french else [],
        description_en=f"Work on parts of zinc{i:02d}d. Make them hold together well." if i % 2 else None,
    )  # fmt: skip


@pytest.fixture(scope="session")
def tiny() -> Taxonomy:
    """Thirty skills and ten occupations."""
    jobs = [
        Occupation(
            occupation_id=f"t:o{i}", label_en=f"welder{i}", label_fr=f"soudeur{i}" if i else None,
            alt_en=[f"metal worker{i}"] if i % 2 else [], alt_fr=[f"soudeuse{i}", f"métallier{i}"] if i % 3 else [],
        )
        for i in range(10)
    ]  # fmt: skip
    skills = [skill(i) for i in range(SKILLS)]
    return build_taxonomy("tiny", "1", skills=skills, occupations=jobs, skill_relations=[], occupation_skills=[])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The training files, as strangers publish them; nothing else lies beside them."""
    skape = tmp_path / "data/benchmarks/skillskape/train.csv"
    skape.parent.mkdir(parents=True)
    with skape.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "sentence", "skills"])
        for i in range(SENTENCES):
            writer.writerow([i, f'Machine sentence {i}, with "quotes"', str([f"weld zinc{i:02d}en", "no such skill"])])
        writer.writerow([99, "Machine sentence of no skill", "['no such skill']"])
        writer.writerow([100, "Machine sentence of an empty list", "[]"])
    span = tmp_path / "data/benchmarks/skillspan/train.jsonl"
    span.parent.mkdir(parents=True)
    sentences = [
        ("Dental insurance after three months", "OOOOO", "OOOOO"),
        ("Too short to count", "OOOO", "OOOO"),
        ("You will weld some pipes", "OOBII", "OOOOO"),
        ("You will know about Python", "OOOOO", "OOOOB"),
    ]
    rows = [{"tokens": s.split(), "tags_skill": [*k], "tags_knowledge": [*n]} for s, k, n in sentences]
    span.write_bytes(b"\n".join(orjson.dumps(row) for row in rows) + b"\n")
    postings = tmp_path / "data/postings"
    postings.mkdir()
    postings.joinpath("francetravail_2025.jsonl").write_bytes(
        orjson.dumps({"description": "- Souder\n- Meuler"}) + b"\n"
    )
    postings.joinpath("jobbank_alberta_2022.jsonl").write_bytes(
        b"".join(orjson.dumps({"job_requirement": text}) + b"\n" for text in ("Weld the zinc; grind it", None))
    )
    return tmp_path / "data"


def annotated_lines() -> list[str]:
    """Stretches of the texts in `data`, as they are labelled: a line has the key of a text and not the text."""
    real: list[tuple[str, Language, str, str, str, str]] = [
        ("skillspan", "en", "You will weld some pipes", "weld some pipes", "t:01", "t:02|t:03"),
        ("skillspan", "en", "You will know about Python", "Python", "", ""),
        ("francetravail", "fr", "Souder", "Souder", "t:04|t:05", ""),
        ("jobbank", "en", "grind it", "grind it", "t:06", "t:07"),
    ]
    found = ["source\ttaxonomy\tkey\tstart\tend\tskills\trefused"]
    for source, language, text, stretch, skills, refused in real:
        start = text.index(stretch)
        taxonomy = "starter" if source == "jobbank" else "esco"
        row = (source, taxonomy, unit_key(text, language), str(start), str(start + len(stretch)), skills, refused)
        found.append("\t".join(row))
    return found


@pytest.fixture
def own_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Turns of phrase and sentences in the place of the project's own."""
    folder = tmp_path / "own"
    (folder / "frames").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "frames/en.txt").write_text("{}\nExperience with {} is a plus\n", "utf-8")
    (folder / "frames/fr.txt").write_text("{}\nMaîtrise de {}\n", "utf-8")
    lines = ["skill_id\tlanguage\ttext\ttranslation"]
    lines += [
        f't:{i:02d}\ten\tA "written sentence {i}\t' + (f"Une phrase écrite {i}" if i % 2 else "")
        for i in range(SENTENCES)
    ]
    lines += ["t:99\ten\tOf a skill that is not there\tD'une compétence absente", ""]
    (folder / "data/sentences.tsv").write_text("\n".join(lines), "utf-8")
    folder.joinpath("data/annotated.tsv").write_text("\n".join(annotated_lines()) + "\n", "utf-8")
    monkeypatch.setattr(examples_module, "HERE", folder)
    monkeypatch.setattr(held_out, "SKILLS", 4)
    return folder


@pytest.fixture
def examples(tiny: Taxonomy, data: Path, own_texts: Path) -> Examples:
    """Examples over the tiny taxonomy, four skills held out."""
    return Examples(tiny, data)


@pytest.fixture(scope="session")
def letters() -> Tokenizer:
    """A tokenizer of single letters, made as the trimmed one is."""
    pieces = ["<unk>", "<s>", "</s>", "▁", *LETTERS]
    tokenizer = Tokenizer(models.Unigram([(piece, -float(i)) for i, piece in enumerate(pieces)], unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


@pytest.fixture(scope="session")
def rows(letters: Tokenizer) -> list[int]:
    """Rows of the original table that stand for the letters: any will do."""
    return [0, 1, 2, *range(1000, 1000 + letters.get_vocab_size() - 3)]


@pytest.fixture(scope="session")
def weights() -> dict[str, np.ndarray]:
    """The original weights, read once."""
    from pipeline.embeddings.use_multilingual import original_weights

    return original_weights()


@pytest.fixture
def original(weights: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks start from weights that are in memory already."""
    # Copies of all but the table, which no network changes: training writes into what it starts from.
    monkeypatch.setattr(
        network, "original_weights", lambda: {n: w if n == "table" else w.copy() for n, w in weights.items()}
    )
