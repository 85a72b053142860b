"""Whether profiles made from postings agree with what ESCO says of the same occupations.

    passerelle taxonomy import esco ...
    passerelle --settings configs/examples/archive.toml run --postings DATA/postings --credentials DATA/credentials \
        --lake LAKE --taxonomy esco
    python benchmarks/profiles.py --lake LAKE [--min-postings 10]

For every role with enough postings, the first 20 skills of several orders:
    importance           what is published (`role_skills`)
    held out             the same, had ESCO related no skill to any occupation of the role's unit group (ISCO-08): links
                         are weighed by what occupations ask for together (`pipeline/linking/context.py`), so that what
                         ESCO says of a role may raise what it is then compared with; here it can not
    raw frequency        the number of the role's postings of which a sentence calls for the skill, as the linker finds
                         it by itself: nothing weighed, nothing left out
    published frequency  the number of its postings with a row in `evidence`: counted too, but links weighed by company
A skill is right if ESCO relates it to the occupation, essential or optional, or if its label nearly is the label of one
that ESCO relates (cosine of at least NEAR). ESCO's relations were made by experts, by hand. Chance is the same first
skills against the relations of every other occupation among the roles. The best order is the most that any order of the
published skills of a role could reach. Intervals are bootstraps over roles.

A list may hold fewer than 20 skills, and is then right or wrong about those only: "of 20 places" counts what is missing
as wrong. With few more than 20 skills to choose from, the first 20 hardly tell one order from another, so the orders
are compared too: the average precision of a profile's skills by importance, and of the same skills by published
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
import pyarrow.compute as pc

from pipeline import matching
from pipeline.embeddings import load_encoder
from pipeline.ingest import DocumentStore
from pipeline.lake import Lake
from pipeline.linking import load_company, load_linker, unweighed_evidence
from pipeline.settings import Settings, load_settings
from pipeline.sql import query
from pipeline.taxonomy import Taxonomy, load_taxonomy

FIRST = 20
NEAR = 0.9
DRAWS = 10_000
COMPARED = (("importance", "raw frequency"), ("held out", "raw frequency"), ("importance", "published frequency"))

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
POSTING_COLUMNS = ["posting_id", "role_id", "region", "weight", "in_window"]

Lists = dict[str, list[str]]


def by_role(table: pa.Table) -> Lists:
    """Role -> its skills, of rows (role_id, skill_id) in order."""
    found: Lists = {}
    for row in table.select(["role_id", "skill_id"]).to_pylist():
        found.setdefault(row["role_id"], []).append(row["skill_id"])
    return found


def important(role_skills: pa.Table, counted: pa.Table) -> Lists:
    """The skills of each counted role by importance."""
    tables = {"role_skills": role_skills, "counted": counted}
    return by_role(query(IMPORTANT_SQL, tables, {"all_regions": matching.ALL_REGIONS}))


def frequent(evidence: pa.Table, counted: pa.Table) -> Lists:
    """The skills of each counted role by the number of postings that have a row in some evidence."""
    return by_role(query(FREQUENT_SQL, {"evidence": evidence, "counted": counted}))


def held_out(found: pa.Table, postings: pa.Table, counted: pa.Table, taxonomy: Taxonomy, settings: Settings) -> Lists:
    """The skills of each counted role by importance, without what ESCO says of the role's unit group.

    Args:
        found: evidence before it is weighed.
        postings: all of them, with their roles and weights.
        counted: the postings of the roles that are asked about.
        taxonomy: says which unit group an occupation belongs to, and what it asks for.
        settings: those of the profiles.
    """
    groups = dict(zip(*(taxonomy.occupations[name].to_pylist() for name in ("occupation_id", "isco_08")), strict=True))
    pairs = taxonomy.occupation_skills
    of_pairs = pa.array([groups[occupation] for occupation in pairs["occupation_id"].to_pylist()])
    lists: Lists = {}
    for group in sorted({groups[role] for role in counted["role_id"].to_pylist()}):
        others = replace(taxonomy, occupation_skills=pairs.filter(pc.not_equal(of_pairs, group)))
        evidence = clear(load_company(others).weigh(found), settings)
        # Regions are left out: what is compared holds for all of them together.
        profiles = matching.role_profiles(postings, evidence, settings.profile, postings.num_rows + 1)
        lists |= {role: skills for role, skills in important(profiles, counted).items() if groups[role] == group}
    return lists


def clear(evidence: pa.Table, settings: Settings) -> pa.Table:
    """The rows that are sure enough to be published."""
    return evidence.filter(pc.greater_equal(evidence["confidence"], settings.linking.min_confidence))


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
    """The part of the first of some skills that is related, or nearly is; 0 where there are none."""
    return rights(skills[:FIRST], related, alike) / max(len(skills[:FIRST]), 1)


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
    lists = ordered(lake, taxonomy, settings, options.min_postings)
    related: dict[str, set[str]] = {}
    for row in taxonomy.occupation_skills.to_pylist():
        related.setdefault(row["occupation_id"], set()).add(row["skill_id"])
    roles = sorted(role for role in lists["importance"] if related.get(role) and lists["raw frequency"].get(role))
    for kind in lists.values():
        kind.update({role: kind.get(role, []) for role in roles})
    alike = near({s for kind in lists.values() for role in roles for s in kind[role]}, taxonomy, lake, settings)
    print(json.dumps(report(lists, roles, related, alike, taxonomy), indent=2, ensure_ascii=False))


def ordered(lake: Lake, taxonomy: Taxonomy, settings: Settings, min_postings: int) -> dict[str, Lists]:
    """The skills of each role with enough postings, in each order."""
    postings = lake.snapshot_table("postings").select(POSTING_COLUMNS)
    counted = query(COUNTED_SQL, {"postings": postings}, {"least": min_postings})
    documents = DocumentStore(lake, "postings").current()
    linker = load_linker(taxonomy, settings, lake)
    found = unweighed_evidence(documents, "postings", linker, lake, settings.linking)
    return {
        "importance": important(lake.snapshot_table("role_skills"), counted),
        "held out": held_out(found, postings, counted, taxonomy, settings),
        "raw frequency": frequent(clear(found, settings), counted),
        "published frequency": frequent(lake.snapshot_table("evidence"), counted),
    }


def report(
    lists: Mapping[str, Lists],
    roles: Sequence[str],
    related: Mapping[str, set[str]],
    alike: Mapping[str, set[str]],
    taxonomy: Taxonomy,
) -> dict[str, object]:
    """What is printed."""
    found = {name: [precision(kind[role], related[role], alike) for role in roles] for name, kind in lists.items()}
    means = {name: float(np.mean(values)) for name, values in found.items()}
    best = [best_precision(lists["published frequency"][role], related[role], alike) for role in roles]
    others = [
        precision(lists["importance"][role], related[other], alike)
        for role in roles
        for other in roles
        if other != role
    ]
    importance, frequency = lists["importance"], lists["published frequency"]
    same = {role: [s for s in frequency[role] if s in set(importance[role])] for role in roles}
    labels = dict(zip(*(taxonomy.occupations[name].to_pylist() for name in ("occupation_id", "label_en")), strict=True))
    return {
        "roles": len(roles),
        "precision at 20": {name: round(mean, 4) for name, mean in means.items()},
        "better by": {
            f"{one} than {other}": {
                "ratio less 1": round(means[one] / means[other] - 1, 4),
                "90 % interval": interval(found[one], found[other]),
            }
            for one, other in COMPARED
        },
        "of 20 places": {name: of_places(kind, roles, related, alike) for name, kind in lists.items()},
        "average precision of the order": {
            name: of_orders(kind, roles, related, alike)
            for name, kind in (("importance", importance), ("published frequency", same))
        },
        "the best order of what is published": round(float(np.mean(best)), 4),
        "chance": round(float(np.mean(others)), 4),
        "each": {
            labels[role]: {name: round(values[i], 3) for name, values in found.items()} for i, role in enumerate(roles)
        },
    }


if __name__ == "__main__":
    main()
