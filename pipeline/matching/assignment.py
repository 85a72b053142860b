"""Postings assigned to occupations: by the code they state, else by their title, else to nobody."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import orjson
import pyarrow as pa

from pipeline.embeddings import Encoder, load_label_index
from pipeline.ingest import Language
from pipeline.lake import ContentCache, Lake
from pipeline.linking import unit_key
from pipeline.matching.titles import TitleMatch, TitleMatcher, title_labels
from pipeline.settings import ProfileSettings
from pipeline.taxonomy import Taxonomy

KEPT_MATCHES = 50
CODE_CONFIDENCE = 0.95
CONFIDENCE_DECIMALS = 4
# Of several occupations under one code, each is this likely whatever the title says: a title that fits none of them
# leaves them equal, and one that fits one of them decides.
SAME_CODE_WEIGHT = 0.02
SCHEME_COLUMNS = {"noc2021": "noc_2021", "isco08": "isco_08", "esco": "occupation_id"}
ASSIGNMENT_CODE = (
    "titles.py", "title_model.py", "title_ngrams.py", "title_vocabulary.py", "title_wording.py",
    "title_words.py", "../linking/lexical.py",
)  # fmt: skip

TITLES = pa.schema([("key", pa.string()), ("occupation_id", pa.string()), ("confidence", pa.float64())])
ASSIGNMENTS = pa.schema([
    ("doc_id", pa.string()), ("role_id", pa.string()), ("role_confidence", pa.float64()), ("role_method", pa.string()),
])  # fmt: skip


def assign_roles(
    postings: pa.Table,
    taxonomy: Taxonomy,
    encoder: Encoder,
    lake: Lake,
    settings: ProfileSettings,
    progress: Callable[[int, int], None],
) -> pa.Table:
    """Finds each posting's occupation.

    Args:
        postings: doc_id, title, language, occupation_code, occupation_scheme.
        taxonomy: gives the occupations, their labels and codes.
        encoder: embeds titles that no earlier run has seen.
        lake: holds the cache of titles.
        settings: how sure a title must be.
        progress: told (titles done, titles in all).

    Returns:
        One row a posting, columns as `ASSIGNMENTS`; role_id is null and role_method `unassigned` where none fits.
    """
    told = [postings[name].to_pylist() for name in ("title", "language", "occupation_scheme", "occupation_code")]
    different = set(zip(*told, strict=True))
    matches = _match_titles({(title, language) for title, language, *_ in different}, taxonomy, encoder, lake, progress)
    by_code = _occupations_by_code(taxonomy)
    chosen = {}
    for title, language, scheme, code in different:
        coded = by_code.get((scheme, str(code or "").strip()), [])
        chosen[title, language, scheme, code] = _choose(matches[title, language], coded, settings)
    found = [chosen[each] for each in zip(*told, strict=True)]
    columns = [pa.array((each[place] for each in found), ASSIGNMENTS.types[place + 1]) for place in range(3)]
    return pa.table([postings["doc_id"], *columns], schema=ASSIGNMENTS)


def _choose(titled: list[TitleMatch], coded: list[str], settings: ProfileSettings) -> tuple[str | None, float, str]:
    if len(coded) == 1:
        return coded[0], CODE_CONFIDENCE, "code"
    if coded:
        best = _best_of_code(titled, coded)
        return best.occupation_id, best.confidence, "code+title"
    if titled and _is_sure(titled, settings):
        return titled[0].occupation_id, round(titled[0].confidence, CONFIDENCE_DECIMALS), "title"
    return None, 0.0, "unassigned"


def _best_of_code(titled: list[TitleMatch], coded: list[str]) -> TitleMatch:
    """The likeliest of several occupations that share a posting's code, and its share of what all of them have."""
    said = {match.occupation_id: match.confidence for match in titled}
    weights = {occupation: said.get(occupation, 0.0) + SAME_CODE_WEIGHT for occupation in sorted(coded)}
    best = max(weights, key=lambda occupation: weights[occupation])
    return TitleMatch(best, round(weights[best] / sum(weights.values()), CONFIDENCE_DECIMALS))


def _is_sure(titled: list[TitleMatch], settings: ProfileSettings) -> bool:
    """Whether the likeliest occupation is likely enough, or fairly likely and well ahead of the next."""
    best = round(titled[0].confidence, CONFIDENCE_DECIMALS)
    lead = best - (titled[1].confidence if len(titled) > 1 else 0.0)
    clear = best >= settings.clear_title_confidence and lead >= settings.clear_title_lead
    return best >= settings.min_title_confidence or clear


def _occupations_by_code(taxonomy: Taxonomy) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for scheme, column in SCHEME_COLUMNS.items():
        codes = taxonomy.occupations[column].to_pylist()
        for occupation, code in zip(taxonomy.occupations["occupation_id"].to_pylist(), codes, strict=True):
            if code:
                found[scheme, str(code)].append(occupation)
    return found


def _match_titles(
    titles: set[tuple[str, Language]],
    taxonomy: Taxonomy,
    encoder: Encoder,
    lake: Lake,
    progress: Callable[[int, int], None],
) -> dict[tuple[str, Language], list[TitleMatch]]:
    """Every title's occupations, from the cache where an earlier run found them."""
    code = b"".join((Path(__file__).parent / name).read_bytes() for name in ASSIGNMENT_CODE)
    parts = orjson.dumps([taxonomy.fingerprint, encoder.fingerprint])
    cache = ContentCache(lake, "titles", hashlib.sha256(parts + code).hexdigest()[:32], TITLES)
    known = _by_key(cache.load())
    missing = sorted((t for t in titles if unit_key(*t) not in known), key=lambda t: (len(t[0]), t))
    if missing:
        labels = title_labels(taxonomy.labels("occupations"))
        index = load_label_index(labels, f"titles-{taxonomy.fingerprint[:32]}", encoder, lake)
        rows: list[dict[str, object]] = []
        for done, (title, found) in enumerate(
            zip(missing, TitleMatcher(index, encoder).match(missing), strict=True), start=1
        ):
            rows += [
                {"key": unit_key(*title), "occupation_id": m.occupation_id, "confidence": m.confidence}
                for m in found[:KEPT_MATCHES]
            ]
            if done % 256 == 0 or done == len(missing):
                progress(done, len(missing))
        fresh = pa.Table.from_pylist(rows, schema=TITLES)
        cache.append(fresh)
        known |= _by_key(fresh)
    return {title: known[unit_key(*title)] for title in titles}


def _by_key(table: pa.Table) -> dict[str, list[TitleMatch]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in table.to_pylist():
        found[row["key"]][row["occupation_id"]] = row["confidence"]
    return {
        key: sorted((TitleMatch(o, c) for o, c in matches.items()), key=lambda m: (-m.confidence, m.occupation_id))
        for key, matches in found.items()
    }
