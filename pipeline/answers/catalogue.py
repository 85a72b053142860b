"""What stacking has to know of credentials: what they take, what they require, and which of them are parts of others.

A reference in `prerequisites` or `stackable_into` names a credential of the catalogue by its id, by the source's own
id, by its address, or by its whole title (case, accents and a remark in parentheses aside); what fits several names
none. A credential contains what is stackable into it, unless it requires that first or takes fewer hours: then the
smaller one leads up to it, and both can be taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.matching import Floats
from pipeline.sql import query

MOST_PARTS = 1_000  # no catalogue nests more; what does would only cost time

# What a title and a text that names it have in common.
NAME = r"trim(regexp_replace(lower(strip_accents({0})), '\s*\([^()]*\)\s*$|[\s.]+$', '', 'g'))"

REFERENCES_SQL = f"""
WITH named AS (
    SELECT credential_id, 'requires' AS relation, unnest(prerequisites) AS text FROM credentials
    UNION ALL
    SELECT credential_id, 'part_of', unnest(stackable_into) FROM credentials
),
referring AS (
    SELECT DISTINCT n.credential_id, n.relation, n.text, c.source, {NAME.format("n.text")} AS name
    FROM named n JOIN credentials c USING (credential_id)
),
names AS (
    SELECT credential_id AS target, {NAME.format("title")} AS name
    FROM (SELECT credential_id, unnest([title_en, title_fr]) AS title FROM credentials) WHERE title IS NOT NULL
),
fitting AS (
    SELECT r.credential_id, r.relation, r.text, c.credential_id AS target, 1 AS rank
    FROM referring r JOIN credentials c ON c.credential_id = r.text
    UNION ALL
    SELECT r.credential_id, r.relation, r.text, c.credential_id, 2
    FROM referring r JOIN credentials c ON c.credential_id = r.source || ':' || r.text
    UNION ALL
    SELECT r.credential_id, r.relation, r.text, c.credential_id, 3 FROM referring r JOIN credentials c ON c.url = r.text
    UNION ALL
    SELECT r.credential_id, r.relation, r.text, n.target, 4 FROM referring r JOIN names n USING (name) WHERE name <> ''
),
found AS (
    SELECT credential_id, relation, text, min(target) AS target
    FROM (FROM fitting QUALIFY rank = min(rank) OVER (PARTITION BY credential_id, relation, text))
    GROUP BY credential_id, relation, text HAVING count(DISTINCT target) = 1
)
SELECT r.credential_id, r.relation, r.text, f.target
FROM referring r LEFT JOIN found f USING (credential_id, relation, text)
WHERE f.target IS DISTINCT FROM r.credential_id
ORDER BY r.credential_id, r.relation, f.target, r.text
"""

# Where a credential has to be taken; NULL: anywhere, since it is given online or names no place.
PLACE = "CASE WHEN delivery_mode = 'online' THEN NULL ELSE region END"

FACTS_SQL = f"""
SELECT c.credential_id, c.hours, round(c.cost * r.rate, 2) AS cost, {PLACE} AS place
FROM credentials c LEFT JOIN rates r ON r.currency = coalesce(c.cost_currency, $currency)
ORDER BY c.credential_id
"""


@dataclass(frozen=True)
class Catalogue:
    """Credentials by position in the order of their ids.

    Attributes:
        ids: credential_id.
        hours: of each, NaN where not stated.
        cost: of each in one currency, NaN where not stated.
        place: the region of each, None where it can be taken anywhere.
        requires: position -> positions of the prerequisites that are credentials, sorted.
        parts: position -> positions of the credentials that it contains.
        entry: position -> the prerequisites that name no credential, in the source's words.
    """

    ids: list[str]
    hours: Floats
    cost: Floats
    place: list[str | None]
    requires: dict[int, list[int]]
    parts: dict[int, frozenset[int]]
    entry: dict[int, list[str]]

    @cached_property
    def position(self) -> dict[str, int]:
        """credential_id -> position."""
        return {credential: i for i, credential in enumerate(self.ids)}

    def before(self, position: int, most: int) -> tuple[int, ...] | None:
        """What has to be taken before a credential, in order; None where that is more than `most`.

        Where prerequisites go in a circle, each of it is taken once.
        """
        if position not in self.requires:
            return ()
        order: list[int] = []
        seen, path, ahead = {position}, [position], [iter(self.requires.get(position, ()))]
        while path:
            child = next(ahead[-1], None)
            if child is None:
                order.append(path.pop())
                ahead.pop()
            elif child not in seen:
                if len(seen) > most:
                    return None
                seen.add(child)
                path.append(child)
                ahead.append(iter(self.requires.get(child, ())))
        return tuple(order[:-1])

    def contains(self, position: int) -> frozenset[int]:
        """The parts of a credential, and theirs."""
        found: set[int] = set()
        ahead = [position]
        while ahead and len(found) < MOST_PARTS:
            new = self.parts.get(ahead.pop(), frozenset()) - found
            found |= new
            ahead.extend(new)
        return frozenset(found - {position})

    def offered_in(self, region: str | None) -> npt.NDArray[np.bool_]:
        """Which can be taken in a region (None: in any)."""
        return np.array([region is None or place in (None, region) for place in self.place], dtype=bool)


def read_catalogue(credentials: pa.Table, rates: Mapping[str, float], currency: str) -> Catalogue:
    """The catalogue that `tables.CREDENTIALS` describes.

    Args:
        credentials: the table.
        rates: units of `currency` for one unit of each; a cost in another currency counts as not stated.
        currency: of costs that state none.
    """
    table = pa.table({"currency": list(rates), "rate": pa.array(rates.values(), pa.float64())})
    facts = query(FACTS_SQL, {"credentials": credentials, "rates": table}, {"currency": currency})
    ids = facts["credential_id"].to_pylist()
    position = {credential: i for i, credential in enumerate(ids)}
    hours, cost = (facts[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in ("hours", "cost"))
    requires: dict[int, list[int]] = {}
    towards: dict[int, set[int]] = {}
    entry: dict[int, list[str]] = {}
    for row in query(REFERENCES_SQL, {"credentials": credentials}).to_pylist():
        one, other = position[row["credential_id"]], position.get(row["target"])
        if row["relation"] == "part_of":
            if other is not None:
                towards.setdefault(other, set()).add(one)
        elif other is None:
            entry.setdefault(one, []).append(row["text"])
        elif other not in requires.setdefault(one, []):
            requires[one].append(other)
    parts = _parts(towards, requires, hours)
    return Catalogue(ids, hours, cost, facts["place"].to_pylist(), requires, parts, entry)


def _parts(towards: dict[int, set[int]], requires: dict[int, list[int]], hours: Floats) -> dict[int, frozenset[int]]:
    """Of what counts towards each, what it contains."""

    def inside(part: int, whole: int) -> bool:
        return part not in requires.get(whole, ()) and not hours[whole] < hours[part]

    contained = {
        whole: frozenset(part for part in parts if inside(part, whole)) for whole, parts in sorted(towards.items())
    }
    return {whole: parts for whole, parts in contained.items() if parts}
