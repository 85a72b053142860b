"""The roles of one region, the credentials that can be taken there, and what each is worth for each role.

In a region, a role asks for what its postings there ask for. A credential can be taken in its own region; one that is
given online, or that names no region, can be taken everywhere. All regions together are a region too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.brought import Brought, Drawn, layers
from pipeline.answers.catalogue import Catalogue, read_catalogue
from pipeline.answers.greedy import Limits, Pool
from pipeline.answers.market import Market
from pipeline.matching import (
    ALL_REGIONS,
    ONE,
    Asked,
    Cells,
    Floats,
    Grid,
    Ints,
    Postings,
    best_credit,
    billionths,
    codes,
    grid,
    importance_of,
    product,
    relevance_of,
    taught_mass,
)
from pipeline.settings import Settings

PAIRS_AT_ONCE = 640  # of skills, whose draws are compared together: what stays in the processor's cache


class Places:
    """Every region of a snapshot. All that it is made from is published.

    Args:
        role_skills: `tables.ROLE_SKILLS`.
        credential_skills: `tables.CREDENTIAL_SKILLS`.
        similarity: asked, taught, similarity: of every asked skill, to those that are taught and to those asked.
        credentials: `tables.CREDENTIALS`.
        postings: posting_id, role_id, region, weight, in_window.
        evidence: document_kind, document_id, skill_id, confidence, level.
        settings: draws, pseudo-counts, limits and rates.
        behind: what `match` has drawn of the same postings already.
    """

    def __init__(
        self,
        role_skills: pa.Table,
        credential_skills: pa.Table,
        similarity: pa.Table,
        credentials: pa.Table,
        postings: pa.Table,
        evidence: pa.Table,
        settings: Settings,
        behind: Postings | None = None,
    ) -> None:
        self.settings = settings
        self.catalogue = read_catalogue(credentials, settings.demand.rates, settings.demand.currency)
        self._role_skills, self._postings = role_skills, postings
        self._grid = grid(credential_skills, role_skills, similarity)
        self._behind = behind if behind and behind.known.skills.equals(self._grid.skills) else None
        self._asked = self._behind.asked if self._behind else Asked(self._grid, postings, evidence, settings.profile)
        self._position = codes(pa.chunked_array([self._grid.credentials]), pa.array(self.catalogue.ids, pa.string()))
        self._earns = self._by_skill(best_credit(self._grid).cells)
        self._taught = self._by_skill(self._grid.taught)

    @classmethod
    def of(cls, market: Market) -> Places:
        """The regions of a market."""
        return cls(
            market.role_skills, market.credential_skills, market.similarity, market.credentials, market.postings,
            market.evidence, market.settings, market.behind,
        )  # fmt: skip

    def _by_skill(self, cells: Cells) -> Cells:
        """Cells credential x skill of the grid as skill x credential by its position in the catalogue."""
        return Cells.of(cells.columns, self._position[cells.rows], cells.values, len(self._grid.skills))

    def regions(self) -> list[str]:
        """Every region in which some role has a profile, sorted."""
        return sorted(self._role_skills["region"].unique().to_pylist())

    def __iter__(self) -> Iterator[Place]:
        """Region after region."""
        return (self.place(region) for region in self.regions())

    def place(self, region: str) -> Place:
        """One region; it has no roles where none has a profile."""
        profiles = self._role_skills.filter(pc.equal(self._role_skills["region"], region))
        postings = self._postings
        if region != ALL_REGIONS:
            postings = postings.filter(pc.fill_null(pc.equal(postings["region"], region), False))
        roles = profiles["role_id"].unique().sort()
        at = codes(profiles["role_id"], roles), codes(profiles["skill_id"], self._grid.skills)
        asked = Cells.of(*at, billionths(profiles["importance"].to_numpy()), len(roles))
        known = replace(self._grid, roles=roles, asked=asked)
        return Place(
            region,
            known,
            Cells.of(*at, billionths(profiles["share"].to_numpy()), len(roles)),
            Cells.of(*at, billionths(profiles["share_all"].to_numpy()), len(roles)),
            self._behind
            if self._behind and region == ALL_REGIONS
            else Postings(known, profiles, postings, self._asked, self.settings.profile),
            self._earns,
            self._taught,
            self.catalogue,
            self.settings,
        )


@dataclass(frozen=True)
class Choice:
    """What there is to choose from for a role: a pool, and the catalogue's position of each credential in it."""

    pool: Pool
    positions: Ints


@dataclass(frozen=True)
class Place:
    """One region: its roles by the order of their ids, their skills by the order of theirs.

    Attributes:
        region: ISO 3166-2, or ALL.
        grid: its roles, and what each asks for.
        share: role x skill, share(r,s) in billionths; cells as in `grid.asked`.
        share_all: the same over all roles.
        postings: gives draws.
        earns: skill x credential (position in the catalogue): credit(c,s) in billionths.
        taught: skill x credential: p(c,t) in billionths.
        catalogue: every credential.
        settings: limits and draws.
    """

    region: str
    grid: Grid
    share: Cells
    share_all: Cells
    postings: Postings
    earns: Cells
    taught: Cells
    catalogue: Catalogue
    settings: Settings

    def roles(self) -> list[str]:
        """The ids of its roles, in order."""
        return self._role_ids

    def asked(self, role: int) -> tuple[Ints, Ints]:
        """What a role asks for: skills (codes, ascending) and their importance in billionths."""
        cells = self._cells(role)
        return self.grid.asked.columns[cells], self.grid.asked.values[cells]

    def skill_ids(self, skills: Ints) -> list[str]:
        """The ids of skills by their codes."""
        return [self._skill_ids[skill] for skill in skills.tolist()]

    def limits(self, hours: float = np.inf, cost: float = np.inf) -> Limits:
        """What a stack may take by the settings, within a budget."""
        stacks = self.settings.stacks
        return Limits(stacks.max_credentials, int(billionths(stacks.min_gain)), hours, cost)

    def choice(self, role: int) -> Choice:
        """The credentials to choose from for a role, and what they require.

        They cover at least `min_gain` of it by themselves, and at least `min_relevance` of what they teach is for it.
        """
        skills, importance = self.asked(role)
        owner, at = self.earns.select(skills)
        credentials, worth = self.earns.columns[at], product(importance[owner], self.earns.values[at])
        # Sums of whole numbers below 2^53 are exact in floating point.
        covered = np.bincount(credentials, worth, len(self.catalogue.ids))
        least = max(int(billionths(self.settings.stacks.min_gain)), 1)
        offered = self.catalogue.offered_in(None if self.region == ALL_REGIONS else self.region)
        candidates = self._relevant(np.flatnonzero((covered >= least) & offered), skills)
        most = self.settings.stacks.max_credentials - 1
        before = {p: self.catalogue.before(p, most) for p in candidates.tolist()}
        wanted = {p: list(first) for p, first in before.items() if first is not None and offered[list(first)].all()}
        positions = np.array(sorted({*wanted, *(p for first in wanted.values() for p in first)}), dtype=np.int64)
        place = np.full(len(self.catalogue.ids), -1)
        place[positions] = np.arange(len(positions))
        values = np.zeros((len(positions), len(skills)), dtype=np.int64)
        kept = place[credentials] >= 0
        values[place[credentials[kept]], owner[kept]] = worth[kept]
        return Choice(self._pool(values, positions, place), positions)

    def _relevant(self, positions: Ints, skills: Ints) -> Ints:
        """Those credentials that are about a role, and do not merely touch it."""
        relevance = relevance_of(positions, skills, self.grid.alike, self.taught, self._mass)
        return positions[relevance >= int(billionths(self.settings.stacks.min_relevance))]

    def _pool(self, values: Ints, positions: Ints, place: Ints) -> Pool:
        catalogue = self.catalogue
        before = {p: catalogue.before(p, len(catalogue.ids)) or () for p in positions.tolist()}
        parts = {
            p: [q for q in catalogue.contains(p) if place[q] >= 0 and q not in first] for p, first in before.items()
        }
        return Pool(
            values,
            catalogue.hours[positions],
            catalogue.cost[positions],
            {int(place[p]): tuple(place[list(first)].tolist()) for p, first in before.items() if first},
            {int(place[p]): frozenset(place[inside].tolist()) for p, inside in parts.items() if inside},
        )

    def brought(self, role: int, origins: Ints | None = None) -> Brought:
        """What roles bring to a role, in no particular order.

        Args:
            role: which is aimed at.
            origins: those that are left; all by default.
        """
        owner, at = self.grid.alike.select(self.asked(role)[0])
        cells = self._cell_by_skill
        pair, place = cells.select(self.grid.alike.columns[at])
        if origins is not None:
            chosen = np.zeros(len(self.grid.roles), dtype=bool)
            chosen[origins] = True
            kept = chosen[cells.columns[place]]
            pair, place = pair[kept], place[kept]
        return Brought(cells.columns[place], cells.values[place], owner[pair], self.grid.alike.values[at][pair])

    def carried(self, role: int, pairs: Brought) -> Ints:
        """What each role's people bring to a role: an array (roles, skills of `role`) of billionths.

        carried(a,s) = max over t asked by a of min(1, share(a,t) / share(b,s)) sim(s,t), b the role aimed at: who comes
        from a role that asks for a skill as often as b does has what b asks for.

        Args:
            role: which is aimed at.
            pairs: what is brought to it.
        """
        wanted = self.share.values[self._cells(role)]
        ratio = np.minimum(self.share.values[pairs.cell] * ONE // wanted[pairs.owner], ONE)
        carried = np.zeros((len(self.grid.roles), len(wanted)), dtype=np.int64)
        np.maximum.at(carried, (pairs.origin, pairs.owner), product(ratio, pairs.similarity))
        return carried

    def alike(self, role: int) -> Ints:
        """Similarity of each role to a role: the importance that both put on the same skills, in billionths."""
        skills, importance = self.asked(role)
        by_skill = self._asked_by_skill
        owner, at = by_skill.select(skills)
        shared = np.minimum(by_skill.values[at], importance[owner])
        return np.bincount(by_skill.columns[at], shared, len(self.grid.roles)).astype(np.int64)

    def drawn(self, roles: Iterable[int]) -> Drawn:
        """What is drawn of some roles for their intervals."""
        draws = self.settings.matching.draws
        return self.drawn_from((role, self.postings.shares(role, draws)) for role in roles)

    def drawn_from(self, shares: Iterable[tuple[int, Floats]], draws: int | None = None) -> Drawn:
        """As `drawn`, of shares that are drawn already: roles, each with an array (draws, skills)."""
        size = len(self.grid.asked.rows), draws or self.settings.matching.draws
        drawn = Drawn(np.empty(size), np.empty(size))
        for role, found in shares:
            cells = self._cells(role)
            drawn.shares[cells] = found.T
            drawn.importance[cells] = importance_of(found, self.share_all.values[cells] / ONE).T
        return drawn

    def importance_draws(self, drawn: Drawn, role: int) -> Floats:
        """Draws of a role's importance: an array (draws, skills)."""
        return drawn.importance[self._cells(role)].T

    def gap_draws(self, drawn: Drawn, pairs: Brought, origins: Ints, aim: int) -> Floats:
        """Draws of the gaps to a role that is aimed at: an array (origins, draws).

        Args:
            drawn: of these roles and of the one aimed at.
            pairs: what they bring to it.
            origins: roles that are left, each once, rising.
            aim: the role that is aimed at.
        """
        cells = self._cells(aim)
        shares, importance = drawn.shares[cells], drawn.importance[cells]
        parted = layers(pairs, origins)
        pairs = pairs.take(parted.rows)
        gaps = np.ones((len(origins), shares.shape[1]))
        for first, end in parted.blocks(PAIRS_AT_ONCE):
            begin, (_, _, stop) = int(parted.edges[first, 0]), parted.edges[end - 1].tolist()
            block = slice(begin, stop)
            owner, part, home = pairs.owner[block], parted.part[block], parted.home[block] - begin
            best = drawn.shares[pairs.cell[block]]
            best /= shares[owner]
            np.minimum(best, 1.0, out=best)
            best *= (pairs.similarity[block] / ONE)[:, None]
            for other in range(1, int(part.max(initial=0)) + 1):
                own = np.flatnonzero(part == other)
                best[home[own]] = np.maximum(best[home[own]], best[own])
            best *= importance[owner]
            for origin in range(first, end):
                one, other, _ = (parted.edges[origin] - begin).tolist()
                gaps[origin] -= best[one:other].sum(axis=0)
        return gaps

    def carriers(self, origin: int, aim: int) -> dict[int, int]:
        """For each skill of a role that another brings anything for, the skill of that one which brings most (codes).

        Args:
            origin: the role that is left.
            aim: the role that is aimed at.
        """
        owner, other, similarity = self._pairs(origin, aim)
        wanted, has = self.share.values[self._cells(aim)], self.share.values[self._cells(origin)]
        worth = product(np.minimum(has[other] * ONE // wanted[owner], ONE), similarity)
        first: dict[int, int] = {}
        for i in np.lexsort((other, -worth)).tolist():
            first.setdefault(int(self.asked(aim)[0][owner[i]]), int(self.asked(origin)[0][other[i]]))
        return first

    def _pairs(self, origin: int, aim: int) -> tuple[Ints, Ints, Ints]:
        """Skills of one role that count towards those of another: places among the latter's, the former's, and sim."""
        place = np.full(len(self.grid.skills), -1)
        has, _ = self.asked(origin)
        place[has] = np.arange(len(has))
        owner, at = self.grid.alike.select(self.asked(aim)[0])
        other, similarity = place[self.grid.alike.columns[at]], self.grid.alike.values[at]
        return owner[other >= 0], other[other >= 0], similarity[other >= 0]

    @cached_property
    def _role_ids(self) -> list[str]:
        return [str(role) for role in self.grid.roles.to_pylist()]

    @cached_property
    def _skill_ids(self) -> list[str]:
        return [str(skill) for skill in self.grid.skills.to_pylist()]

    @cached_property
    def _mass(self) -> Ints:
        return taught_mass(self.taught.by_column(len(self.catalogue.ids)), len(self.catalogue.ids))

    @cached_property
    def _cell_by_skill(self) -> Cells:
        """Skill x role: the cell in `grid.asked`."""
        asked = self.grid.asked
        return Cells.of(asked.columns, asked.rows, np.arange(len(asked.rows)), len(self.grid.skills))

    @cached_property
    def _asked_by_skill(self) -> Cells:
        return self.grid.asked.by_column(len(self.grid.skills))

    def _cells(self, role: int) -> slice:
        return slice(self.grid.asked.starts[role], self.grid.asked.starts[role + 1])
