"""What each role asks for: share, RCA and importance of its skills.

With v_d a posting's weight, p(d,s) the probability that it asks for skill s, and m(d,s) = preferred_weight where it
calls the skill an asset, else 1:
    share_raw(r,s) = sum of v_d p(d,s) m(d,s) / sum of v_d               over the role's postings
    share(r,s)     = (sum of v_d p(d,s) m(d,s) + k share(all,s)) / (sum of v_d + k),   k = prior_postings
    RCA(r,s)       = share(r,s) / share(all,s)                           Alabdulkareem et al. (2018)
    support(r,s)   = sum of p(d,s), the number of the role's postings that ask for s, as is to be expected
    w(r,s)         = share log2(1 + RCA), over skills with a support of min_support, scaled to add up to 1
What is summed is counted in billionths: whole numbers, so that no order of rows or threads can move a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import places_in_runs, run_starts
from pipeline.matching.cells import ONE, Floats, Ints, billionths, codes, held
from pipeline.settings import ProfileSettings
from pipeline.tables import ALL_REGIONS, ROLE_SKILLS

# m(d,s) p(d,s), of the rows of `evidence` under the name e; whatever weighs postings uses this one expression.
ASKED = "(e.confidence * CASE WHEN e.level = 'preferred' THEN $preferred_weight ELSE 1.0 END)"

LEAST_SHARE = 1e-6  # over all roles: what is rarer has no advantage that could be told

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Asked:
    """What counted postings ask for, a row for each posting and skill; amounts in billionths.

    Attributes:
        posting: its row.
        skill: its number, in the order of the ids.
        mass: v_d p(d,s) m(d,s).
        required: the same where the posting requires the skill in so many words, else 0.
        support: p(d,s).
    """

    posting: Ints
    skill: Ints
    mass: Ints
    required: Ints
    support: Ints

    @classmethod
    def of(cls, evidence: pa.Table, ids: pa.Array, skills: pa.Array, weights: Ints, preferred: float) -> _Asked:
        """Of evidence on postings that weigh something (billionths, by the place of each among `ids`)."""
        posting = codes(evidence["document_id"], ids)
        counted = (posting >= 0) & pc.equal(evidence["document_kind"], "posting").to_numpy()
        counted[counted] = weights[posting[counted]] > 0
        posting, confidence = posting[counted], evidence["confidence"].to_numpy()[counted]
        level = codes(evidence["level"], pa.array(["required", "preferred"]))[counted]
        mass = billionths(weights[posting] / ONE * (confidence * np.where(level == 1, preferred, 1.0)))
        skill = codes(evidence["skill_id"], skills)[counted]
        return cls(posting, skill, mass, np.where(level == 0, mass, 0), billionths(confidence))


@dataclass(frozen=True)
class _Postings:
    """Postings as they are placed: numbers of region and role, -1 where they count in none; weights in billionths."""

    region: Ints
    role: Ints
    weights: Ints

    def totals(self, keys: Ints, count: int) -> tuple[Ints, Ints]:
        """How many of those that weigh something bear each key from 0 on, and what these weigh: arrays (count,)."""
        kept = (self.weights > 0) & (keys >= 0)
        own = keys[kept]
        # Sums of whole numbers below 2^53, nine million vacancies, are exact in floating point.
        weighed = np.bincount(own, self.weights[kept], count).astype(np.int64)
        return np.bincount(own, minlength=count).astype(np.int64), weighed


def role_profiles(
    postings: pa.Table, evidence: pa.Table, settings: ProfileSettings, region_min_postings: int
) -> pa.Table:
    """Profiles of the roles that have enough postings, over all regions and in each region.

    Args:
        postings: posting_id, role_id, region, weight, in_window, as `weigh_postings` gives them.
        evidence: document_kind, document_id, skill_id, confidence, level.
        settings: minima, the pseudo-count, the weight of assets and the number of skills kept.
        region_min_postings: postings of a role in a region below which it has no profile there.

    Returns:
        `tables.ROLE_SKILLS`; importance adds up to 1 within a role and region.
    """
    roles, regions = (postings[name].combine_chunks().unique().drop_null() for name in ("role_id", "region"))
    skills = held(evidence["skill_id"]).dictionary.sort()
    weights = np.where(postings["in_window"].to_numpy(), billionths(postings["weight"].to_numpy()), 0)
    ids = postings["posting_id"].combine_chunks()
    asked = _Asked.of(evidence, ids, skills, weights, settings.preferred_weight)
    role = codes(postings["role_id"], roles)
    everywhere = _Postings(np.zeros_like(role), role, weights)
    placed = _Postings(codes(postings["region"], regions), role, weights)
    names = roles, skills
    tables = [
        _profiles(asked, everywhere, (pa.array([ALL_REGIONS]), *names), settings, settings.min_postings),
        _profiles(asked, placed, (regions, *names), settings, region_min_postings),
    ]
    return ROLE_SKILLS.conform(pa.concat_tables(tables))


def _profiles(
    asked: _Asked,
    postings: _Postings,
    names: tuple[pa.Array, pa.Array, pa.Array],
    settings: ProfileSettings,
    least: int,
) -> pa.Table:
    """The profiles of the roles of some regions, in any order.

    Args:
        asked: what the postings ask for.
        postings: where each of them counts.
        names: the ids of regions, roles and skills.
        settings: as `role_profiles`.
        least: postings below which a role has no profile in a region.
    """
    regions, roles, skills = map(len, names)
    cell = np.where((postings.region >= 0) & (postings.role >= 0), postings.region * roles + postings.role, -1)
    behind, weight = postings.totals(cell, regions * roles)
    own = cell[asked.posting]
    kept = own >= 0
    kept[kept] = behind[own[kept]] >= least
    found = _Found.of(own[kept] * skills + asked.skill[kept], asked, kept)
    profile, skill = np.divmod(found.keys, skills)
    share_all = _over_all(asked, postings, regions, skills)[profile // roles * skills + skill]
    told = (found.support / ONE >= settings.min_support) & (share_all >= LEAST_SHARE)
    found, profile, skill, share_all = found.take(told), profile[told], skill[told], share_all[told]
    columns = _compared(found, weight[profile] / ONE, share_all, settings.prior_postings)
    worth = columns["share"] * np.fromiter(map(log2, (1 + columns["rca"]).tolist()), np.float64, len(skill))
    order, rank = _ranked(profile, worth, skill)
    whole = billionths(worth)
    chosen = _chosen(profile[order], rank, whole[order], settings)
    order, rank = order[chosen], rank[chosen]
    return pa.table({
        "role_id": names[1].take(pa.array((profile % roles)[order])),
        "region": names[0].take(pa.array((profile // roles)[order])),
        "skill_id": names[2].take(pa.array(skill[order])),
        "postings": found.postings[order],
        **{name: values[order] for name, values in columns.items()},
        "importance": _scaled(profile[order], whole[order]),
        "rank": rank,
    })  # fmt: skip


def _over_all(asked: _Asked, postings: _Postings, regions: int, skills: int) -> Floats:
    """share(all,s) of each skill in each region: an array (regions x skills,)."""
    _, weight = postings.totals(postings.region, regions)
    region = postings.region[asked.posting]
    there = region >= 0
    mass = np.bincount(region[there] * skills + asked.skill[there], asked.mass[there], regions * skills)
    return np.asarray(mass / ONE / np.repeat(np.maximum(weight, 1) / ONE, skills))


def _compared(found: _Found, total: Floats, share_all: Floats, prior: float) -> dict[str, Floats]:
    """Shares and RCA of what is found, columns of `tables.ROLE_SKILLS`.

    Args:
        found: in roles.
        total: weight of the postings of the role, by row.
        share_all: the share over all roles, by row.
        prior: the pseudo-count of the shrunk share.
    """
    sums = found.mass / ONE
    share = np.minimum(((sums + prior * share_all) / (total + prior)).round(9), 1.0)
    share_all = np.minimum(share_all.round(9), 1.0)
    return {
        "required_share": np.divide(found.required / ONE, sums, out=np.zeros(len(sums)), where=sums > 0).round(9),
        "share_raw": np.minimum((sums / total).round(9), 1.0),
        "share": share,
        "share_all": share_all,
        "rca": (share / share_all).round(6),
    }


@dataclass(frozen=True)
class _Found:
    """What is found of skills in roles and regions, a row for each key; sums as the columns of `_Asked`."""

    keys: Ints
    postings: Ints
    mass: Ints
    required: Ints
    support: Ints

    @classmethod
    def of(cls, keys: Ints, asked: _Asked, kept: Bools) -> _Found:
        """Sums over the rows that are kept, which bear these keys."""
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        starts = run_starts(ordered)
        sums = (np.add.reduceat(each[kept][order], starts) for each in (asked.mass, asked.required, asked.support))
        return cls(ordered[starts], np.diff(starts, append=len(keys)), *sums)

    def take(self, rows: Bools) -> _Found:
        """Some of the rows."""
        return _Found(*(values[rows] for values in vars(self).values()))


def _ranked(profile: Ints, worth: Floats, skill: Ints) -> tuple[Ints, Ints]:
    """An order by profile and falling worth, the first id of those that are equal; and ranks in this order."""
    order = np.lexsort((skill, -worth, profile))
    return order, places_in_runs(profile[order])


def _chosen(profile: Ints, rank: Ints, worth: Ints, settings: ProfileSettings) -> Bools:
    """What is published of ranked rows: a role of which hardly a skill is known would be covered by anything."""
    first = (rank <= settings.max_skills) & (worth > 0)
    return first & (
        np.bincount(profile[first], minlength=int(profile.max(initial=-1)) + 1)[profile] >= settings.min_skills
    )


def _scaled(profile: Ints, worth: Ints) -> Floats:
    """Shares of what rows of a profile, the first of them first, are worth together; they add up to 1."""
    starts = run_starts(profile)
    owner = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(profile)))
    # In billionths, rounded down; what is lost by that goes to the first skill.
    part = np.floor(ONE * (worth / ONE) / (np.add.reduceat(worth, starts) / ONE)[owner]).astype(np.int64)
    part[starts] += ONE - np.add.reduceat(part, starts)
    return np.asarray(part / ONE)
