"""What changed between two snapshots, match by match, and how much of it comes from what.

by_x = Shapley share of factor x (see `shapley`), over the factors whose earlier state can still be run. Factors whose
earlier state can't be (an encoder that is gone, other code) are put into their later state first, all at once: that
step is theirs alone, and is named after the factor if there is one, and `by_unsplit` if there are several.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from pipeline.changes.shapley import Floats, Ints, shapley
from pipeline.changes.states import FACTORS, Factor, Hash, State, changed_factors, find_state
from pipeline.changes.worlds import Progress, Worlds
from pipeline.errors import LakeError
from pipeline.lake import Lake
from pipeline.linking import Linker
from pipeline.settings import Settings
from pipeline.sql import query
from pipeline.tables import CHANGES

DECIMALS: Final = 12  # of the shares: their sum then agrees with the difference far beyond its ninth decimal
ONE: Final = 1_000_000_000

PAIRS_SQL = """
SELECT coalesce(a.credential_id, b.credential_id) AS credential_id, coalesce(a.role_id, b.role_id) AS role_id,
       a.coverage AS coverage_from, b.coverage AS coverage_to,
       CASE WHEN a.role_id IS NULL THEN 'new' WHEN b.role_id IS NULL THEN 'gone' ELSE 'both' END AS kind
FROM earlier a FULL JOIN later b ON a.credential_id = b.credential_id AND a.role_id = b.role_id
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Summary:
    """What a comparison says in a few words.

    Attributes:
        earlier: id of the earlier snapshot.
        later: id of the later one.
        code: version of the code that compared them.
        factors: factor -> same, split (by Shapley), first (changed before the others, since its earlier state can't be
            run), unsplit (likewise, together with others), or remainder (the code: what published and computed
            coverages differ by).
        pairs: matches that either snapshot publishes.
        unchanged: of these, matches that did not change at all, which have no row.
        kinds: kind -> matches that changed.
        mean_change: factor -> its mean share over all pairs.
    """

    earlier: str
    later: str
    code: str
    factors: dict[str, str]
    pairs: int
    unchanged: int
    kinds: dict[str, int]
    mean_change: dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """`tables.CHANGES` with only the pairs that changed, and its summary."""

    changes: pa.Table
    summary: Summary

    def write(self, lake: Lake) -> str:
        """Writes both under changes/<earlier>..<later>/ and gives that folder's name."""
        folder = changes_folder(self.summary.earlier, self.summary.later)
        digest = lake.write_table(f"{folder}/changes.parquet", self.changes)
        lake.write_json(f"{folder}/summary.json", asdict(self.summary) | {"changes": digest})
        return folder


def changes_folder(earlier: str, later: str) -> str:
    """Where the changes between two snapshots lie in a lake."""
    return f"changes/{earlier}..{later}"


def compare(
    lake: Lake,
    earlier: str,
    later: str,
    today: Settings,
    code: str,
    hash_of: Hash,
    progress: Progress,
    in_use: Linker | None = None,
) -> Comparison:
    """Compares two snapshots of a lake.

    Args:
        lake: holds both, and every version of every document.
        earlier: id of one snapshot.
        later: id of the other.
        today: says where taxonomies are kept.
        code: version of the code that runs now.
        hash_of: the hash over documents that manifests hold.
        progress: told (what, done, in all).
        in_use: a linker that is loaded already, if there is one.

    Raises:
        LakeError: there is no such snapshot, or the later one can't be run again here.
    """
    other = find_state(lake, later, today, hash_of, in_use)
    one = find_state(lake, earlier, today, hash_of, in_use or other.linker)
    changed = changed_factors(one, other, code)
    fixed = _unrunnable(one, other, changed)
    pairs = query(
        PAIRS_SQL,
        {"earlier": lake.snapshot_table("matches", earlier), "later": lake.snapshot_table("matches", later)},
    )
    if not changed:
        return _comparison(pairs, {}, [], changed, fixed, (earlier, later, code))
    open_factors: list[Factor] = [factor for factor in changed if factor not in fixed and factor != "code"]
    worlds = Worlds(
        lake, one, other, pairs.select(["credential_id", "role_id"]), frozenset(fixed), frozenset(changed), code,
        progress,
    )  # fmt: skip
    parts, start, end = _split(worlds, open_factors)
    pairs, first, last = _ends(pairs, start, end, bool(fixed))
    unsplit: list[Factor] = [factor for factor in changed if factor in fixed or factor == "code"]
    if fixed and len(unsplit) > 1:
        parts |= {"unsplit": first, "code": last}
    elif fixed:
        parts |= {fixed[0]: first, "code": last}
    else:
        parts |= {"code": first + last}
    return _comparison(pairs, parts, unsplit if len(unsplit) > 1 else [], changed, fixed, (earlier, later, code))


def _unrunnable(one: State, other: State, changed: list[Factor]) -> list[Factor]:
    """The factors of which the earlier state can't be run.

    Raises:
        LakeError: the later state can't be run: then nothing can be computed.
    """
    if not set(changed) - {"demand", "credential"}:
        needed: list[Factor] = []  # both sides are read from the snapshots; only similarity is computed
    else:
        needed = [factor for factor in FACTORS if factor != "code"]
    missing = [factor for factor in needed if not _later_has(other, factor)]
    if missing or (changed and other.linker is None):
        raise LakeError(
            f"The snapshot {other.snapshot} can't be run again here: {', '.join(missing) or 'its model'} of it is not "
            "there any more. Install the taxonomy or the encoder that its manifest.json names."
        )
    return [factor for factor in changed if factor in needed and not one.has(factor)]


def _later_has(state: State, factor: Factor) -> bool:
    return state.encoder is not None if factor == "model" else state.has(factor)


def _split(worlds: Worlds, factors: list[Factor]) -> tuple[dict[str, Floats], Ints, Ints]:
    """Shapley shares in billionths, and the values at both ends of them."""
    known: dict[frozenset[str], Ints] = {}

    def value(chosen: frozenset[str]) -> Ints:
        if chosen not in known:
            known[chosen] = worlds.coverage(chosen)
        return known[chosen]

    parts = shapley(factors, value)
    return dict(parts), value(frozenset()), value(frozenset(factors))


def _ends(pairs: pa.Table, start: Ints, end: Ints, fixed: bool) -> tuple[pa.Table, Floats, Floats]:
    """Fills in what was not published, and says how far computed values are from published ones at both ends.

    Args:
        pairs: coverage_from and coverage_to as published, null where they were not.
        start: computed value before the factors that are split change.
        end: computed value after that.
        fixed: whether factors had to change before `start`: then what was not published before counts as 0.
    """
    columns = {}
    gaps: list[Floats] = []
    for name, computed, other in (("coverage_from", 0 * start if fixed else start, start), ("coverage_to", end, end)):
        published = np.rint(pairs[name].to_numpy() * ONE)
        value = np.where(np.isnan(published), computed, published)
        columns[name] = value / ONE
        gaps.append(np.asarray(other - value, dtype=np.float64))
    for name, values in columns.items():
        pairs = pairs.set_column(pairs.schema.get_field_index(name), name, pa.array(values, pa.float64()))
    return pairs, gaps[0], -gaps[1]


def _how(factor: Factor, unsplit: list[Factor], fixed: list[Factor]) -> str:
    if factor in unsplit:
        return "unsplit"
    return "first" if factor in fixed else "remainder" if factor == "code" else "split"


def _comparison(
    pairs: pa.Table,
    parts: dict[str, Floats],
    unsplit: list[Factor],
    changed: list[Factor],
    fixed: list[Factor],
    named: tuple[str, str, str],
) -> Comparison:
    names = [*FACTORS, "unsplit"]
    zero = np.zeros(pairs.num_rows)
    shares = {name: np.round(parts.get(name, zero) / ONE, DECIMALS) + 0.0 for name in names}
    table = pairs
    for name in names:
        table = table.append_column(f"by_{name}", pa.array(shares[name], pa.float64()))
    table = table.append_column("unsplit", pa.array([list(unsplit)] * pairs.num_rows, pa.list_(pa.string())))
    moved = np.any([share != 0 for share in shares.values()], axis=0) if pairs.num_rows else np.zeros(0, dtype=bool)
    kinds = np.array(pairs["kind"].to_pylist(), dtype=object)
    kept = moved | (kinds != "both")
    summary = Summary(
        earlier=named[0],
        later=named[1],
        code=named[2],
        factors={factor: "same" if factor not in changed else _how(factor, unsplit, fixed) for factor in FACTORS},
        pairs=pairs.num_rows,
        unchanged=int((~kept).sum()),
        kinds={kind: int((kinds[kept] == kind).sum()) for kind in ("new", "gone", "both")},
        mean_change={
            name: round(float(np.sum(share)) / max(pairs.num_rows, 1), DECIMALS) + 0.0 for name, share in shares.items()
        },
    )
    return Comparison(CHANGES.conform(table.filter(pa.array(kept))), summary)
