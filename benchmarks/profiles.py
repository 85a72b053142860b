"""Whether profiles made from postings agree with what ESCO says of the same occupations.

    passerelle taxonomy import esco ...
    passerelle --settings configs/examples/archive.toml run --postings DATA/postings --credentials DATA/credentials \
        --lake LAKE --taxonomy esco
    python benchmarks/profiles.py --lake LAKE [--min-postings 10]

For every role with enough postings, the first 20 skills by importance and the first 20 by raw frequency (the number of
its postings that ask for the skill, nothing weighed, nothing left out). A skill is right if ESCO relates it to the
occupation, essential or optional, or if its label nearly is the label of one that ESCO relates (cosine of at least
NEAR). ESCO's relations were made by experts, by hand. Links are weighed by what occupations ask for together
(`pipeline/linking/context.py`), which raises both lists; no part of a profile knows which occupation is its own. Chance
is the same first skills against the relations of every other occupation among the roles. The best order is the most
that any order of the skills found for a role could reach: how much there is to be won. The interval is a bootstrap
over roles.

A profile may hold fewer than 20 skills, and is then right or wrong about those only: "of 20 places" counts what is
missing as wrong. With few more than 20 skills to choose from, the first 20 hardly tell one order from another, so the
orders are compared too: the average precision of a profile's skills by importance, and of the same skills by raw
frequency. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline import matching
from pipeline.embeddings import load_encoder
from pipeline.lake import Lake
from pipeline.settings import Settings, load_settings
from pipeline.sql import query
from pipeline.taxonomy import Taxonomy, load_taxonomy

FIRST = 20
NEAR = 0.9
DRAWS = 10_000

COUNTED_SQL = """
SELECT posting_id, role_id FROM postings WHERE in_window AND role_id IS NOT NULL
QUALIFY count(*) OVER (PARTITION BY role_id) >= $least
"""
FREQUENT_SQL = """
SELECT p.role_id, e.skill_id, count(*) AS postings
FROM counted p JOIN evidence e ON e.document_kind = 'posting' AND e.document_id = p.posting_id
GROUP BY ALL ORDER BY p.role_id, postings DESC, e.skill_id
"""
IMPORTANT_SQL = """
SELECT role_id, skill_id FROM role_skills
WHERE region = $all_regions AND role_id IN (SELECT role_id FROM counted) ORDER BY role_id, rank
"""

Lists = dict[str, list[str]]


def by_role(table: pa.Table) -> Lists:
    """Role -> its skills, of rows (role_id, skill_id) in order."""
    found: Lists = {}
    for row in table.select(["role_id", "skill_id"]).to_pylist():
        found.setdefault(row["role_id"], []).append(row["skill_id"])
    return found


def near(asked: set[str], taxonomy: Taxonomy, lake: Lake, settings: Settings) -> dict[str, set[str]]:
    """Skill -> itself and the skills of the taxonomy whose labels are nearly its own."""
    # No cosine counts more than a broader skill, so that this one has to count in full; there are no relations here.
    labels_alone = settings.matching.model_copy(
        update={"broader_similarity": 1.0, "related_similarity": 0.0, "cosine_zero": 0.0, "similarity_floor": NEAR}
    )
    taxonomy = replace(taxonomy, skill_relations=taxonomy.skill_relations.slice(0, 0))
    every = taxonomy.skills["skill_id"].to_pylist()
    encoder = load_encoder(settings.encoder)
    pairs = matching.skill_similarity(sorted(asked), sorted(every), taxonomy, encoder, lake, labels_alone)
    found = {skill: {skill} for skill in asked}
    for row in pairs.to_pylist():
        found[row["asked"]].add(row["taught"])
    return found


def rights(skills: Sequence[str], related: set[str], alike: Mapping[str, set[str]]) -> int:
    """How many of some skills are related, or nearly are."""
    return sum(bool(alike[skill] & related) for skill in skills)


def precision(skills: Sequence[str], related: set[str], alike: Mapping[str, set[str]]) -> float:
    """The part of the first of some skills that is related, or nearly is."""
    return rights(skills[:FIRST], related, alike) / len(skills[:FIRST])


def average_precision(skills: Sequence[str], related: set[str], alike: Mapping[str, set[str]]) -> float | None:
    """The mean, over the skills that are right, of the part that is right down to each; None where none is."""
    right = [bool(alike[skill] & related) for skill in skills]
    if not any(right):
        return None
    return float(np.mean([np.mean(right[: place + 1]) for place, one in enumerate(right) if one]))


def best_precision(skills: Sequence[str], related: set[str], alike: Mapping[str, set[str]]) -> float:
    """The same, were those first that are related."""
    return min(rights(skills, related, alike), FIRST) / len(skills[:FIRST])


def of_places(
    lists: Lists, roles: Sequence[str], related: Mapping[str, set[str]], alike: Mapping[str, set[str]]
) -> float:
    """The part of the first places that is right, over roles; a place that is empty is not."""
    right = sum(rights(lists[role][:FIRST], related[role], alike) for role in roles)
    return round(right / (FIRST * len(roles)), 4)


def of_orders(
    lists: Lists, roles: Sequence[str], related: Mapping[str, set[str]], alike: Mapping[str, set[str]]
) -> float:
    """The mean average precision over the roles of which some skill is right."""
    found = [average_precision(lists[role], related[role], alike) for role in roles]
    return round(float(np.mean([one for one in found if one is not None])), 4)


def interval(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """The 90 % bootstrap interval, over roles, of the ratio of two means less 1."""
    chosen = np.random.default_rng(1).integers(0, len(one), size=(DRAWS, len(one)))
    ratios = np.asarray(one)[chosen].mean(axis=1) / np.asarray(other)[chosen].mean(axis=1) - 1
    return [round(float(end), 3) for end in np.quantile(ratios, (0.05, 0.95))]


def main() -> None:
    """Compares both lists of every role with enough postings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--min-postings", type=int, default=10)
    options = parser.parse_args()
    lake, settings = Lake(options.lake), load_settings()
    taxonomy = load_taxonomy("esco", Path(settings.taxonomy.home).expanduser())
    tables = {name: lake.snapshot_table(name) for name in ("postings", "evidence", "role_skills")}
    tables["counted"] = query(COUNTED_SQL, tables, {"least": options.min_postings})
    lists = {
        "importance": by_role(query(IMPORTANT_SQL, tables, {"all_regions": matching.ALL_REGIONS})),
        "raw frequency": by_role(query(FREQUENT_SQL, tables)),
    }
    related: dict[str, set[str]] = {}
    for row in taxonomy.occupation_skills.to_pylist():
        related.setdefault(row["occupation_id"], set()).add(row["skill_id"])
    roles = sorted(role for role in lists["importance"] if related.get(role))
    alike = near({s for kind in lists.values() for role in roles for s in kind[role]}, taxonomy, lake, settings)
    found = {name: [precision(kind[role], related[role], alike) for role in roles] for name, kind in lists.items()}
    best = [best_precision(lists["raw frequency"][role], related[role], alike) for role in roles]
    others = [
        precision(lists["importance"][role], related[other], alike)
        for role in roles
        for other in roles
        if other != role
    ]
    by_frequency = {
        role: [s for s in lists["raw frequency"][role] if s in set(lists["importance"][role])] for role in roles
    }
    same = {"importance": lists["importance"], "raw frequency": by_frequency}
    labels = dict(zip(*(taxonomy.occupations[name].to_pylist() for name in ("occupation_id", "label_en")), strict=True))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    print(json.dumps({
        "roles": len(roles),
        "precision at 20": {name: round(mean, 4) for name, mean in means.items()},
        "of 20 places": {name: of_places(kind, roles, related, alike) for name, kind in lists.items()},
        "average precision of the order": {name: of_orders(kind, roles, related, alike) for name, kind in same.items()},
        "the best order of what was found": round(float(np.mean(best)), 4),
        "chance": round(float(np.mean(others)), 4),
        "better than raw frequency by": round(means["importance"] / means["raw frequency"] - 1, 4),
        "90 % interval": interval(found["importance"], found["raw frequency"]),
        "each": {
            labels[role]: {name: round(values[i], 3) for name, values in found.items()} for i, role in enumerate(roles)
        },
    }, indent=2, ensure_ascii=False))  # fmt: skip


if __name__ == "__main__":
    main()
