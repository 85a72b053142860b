"""The story of a run, once files are documents: these are linked, profiled, matched, checked and published.

The command line and the DAGs call these functions, and those of `pipeline/intake.py` before them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from pipeline import answers, changes, intake, matching, publish
from pipeline.embeddings import load_encoder, one_thread_each
from pipeline.errors import PasserelleError, SettingsError, TaxonomyError
from pipeline.gathering import KINDS, Documents, gather, refuse_without
from pipeline.ingest import (
    DocumentStore,
    Kind,
    Language,
    Rejected,
    detect_language,
    duplicate_groups,
    find_official,
    plain_text,
    quarantine_size,
)
from pipeline.intake import Progress, silent
from pipeline.known import code_version, known_result, lake_state, remember_result
from pipeline.lake import LATEST, MANIFEST, Lake
from pipeline.lease import exclusively
from pipeline.linking import (
    Evaluation,
    LinkedDocuments,
    Linker,
    Quality,
    QualityReport,
    RememberingEncoder,
    evaluate,
    link_documents,
    load_linker,
    plain_baselines,
    read_queries,
    skill_units,
)
from pipeline.privacy import mask_columns
from pipeline.settings import Settings
from pipeline.taxonomy import Taxonomy, import_esco, load_starter, load_taxonomy

if TYPE_CHECKING:
    from pipeline.report import Site

# Where published tables repeat a source's own words; sentences of evidence are masked before they are linked.
OWN_WORDS = {
    "postings": ("title",),
    "credentials": ("title_en", "title_fr", "assessment", "recognition", "level"),
    "credential_definition": ("evidence",),
}

# What a snapshot is made from that says nothing of credentials by themselves.
OF_POSTINGS = frozenset({"as_of", "postings", "official"})


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: the snapshot that is published now, whether it is a new one, and what was counted.

    `rejected` holds the rows of official statistics that could not be read; `changes` is the folder in the lake that
    says what changed since the snapshot before, or "".
    """

    snapshot_id: str
    published: bool
    counts: dict[str, int] = field(default_factory=dict)
    checks: list[publish.Check] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    changes: str = ""


def refresh(
    lake: Lake, settings: Settings, now: datetime, force: bool = False, progress: Progress = silent
) -> Refreshed:
    """Brings the published tables up to date with the documents in the lake.

    Only text that no earlier run has seen is linked; if nothing that the tables depend on has changed, nothing is
    computed or written.

    Args:
        lake: holds documents, caches and snapshots.
        settings: everything that can change a number is part of the snapshot's identity.
        now: the time of publication, written to `latest.json` only.
        force: compute everything again even if the snapshot is there.
        progress: told (what, done, in all).

    Raises:
        LakeError: there are no documents.
        SettingsError: official statistics cannot be read.
        EncoderError, TaxonomyError: the model or the taxonomy can't be used.
        GateError: a check failed; what was published before stays.
    """
    find_official(settings.official)  # a wrong file should stop the run before the model is loaded
    refuse_without(lake, [kind for kind in KINDS if not lake.names(f"documents/{kind}", ".parquet")])
    with exclusively(lake, "publish") as lease:
        linker = chosen_linker(settings, lake, progress)
        state = lake_state(lake, settings, linker)
        known = known_result(lake, state)
        if known and not force:
            return Refreshed(known, published=False)
        documents = gather(lake, settings)
        inputs = describe_inputs(documents, settings, linker)
        identity = publish.snapshot_id(inputs)
        rejected = list(documents.official.rejected)
        if identity in lake.snapshots() and not force:
            kept = documents.kept_postings.num_rows + documents.credentials.num_rows
            publish.hold_back([publish.quarantine_check(kept, documents.quarantined, settings.gate)])
            point_at(lake, identity, now)
            remember_result(lake, state, identity)
            return Refreshed(identity, published=False, rejected=rejected)

        linked = link(documents, linker, lake, settings, progress)
        with publish.Ahead() as ahead:
            tables = profile_and_match(documents, linked, linker, inputs, lake, settings, progress, ahead)
            progress("check", 0, 0)
            checks = [
                *publish.contract_checks(tables),
                *publish.sanity_checks(tables, documents.quarantined, settings.gate),
            ]
            publish.hold_back(checks)
            progress("publish", 0, 0)
            counts = count(documents, linked, tables)
            publish.write_snapshot(lake, inputs, tables, stable_counts(counts), settings.counting(), ahead=ahead)
        lease.check()
        publish.move_pointer(lake, identity, now)
        remember_result(lake, state, identity)
    changed = compare_with_previous(lake, settings, progress, linker)
    return Refreshed(identity, True, counts, checks, rejected, changed)


def point_at(lake: Lake, identity: str, now: datetime) -> None:
    """Moves the pointer to a snapshot, unless it is there."""
    if lake.latest() != identity:
        publish.move_pointer(lake, identity, now)


def compare_with_previous(
    lake: Lake, settings: Settings, progress: Progress = silent, in_use: Linker | None = None
) -> str:
    """Records what changed since the snapshot published before; `in_use` is a linker that is loaded already.

    Returns:
        The folder in the lake that says it; "" where there is none before it, where most would have to be linked
        again, or where the comparison fails: the publication stands, and `passerelle diff` says what is missing.
    """
    later, earlier = lake.latest(), lake.previous()
    if later is None or earlier is None or earlier not in lake.snapshots():
        return ""
    try:
        if not changes.cheap(lake, earlier, later):
            return ""
        return compare_snapshots(lake, settings, earlier, later, progress, in_use)
    except PasserelleError:
        return ""


def compare_snapshots(
    lake: Lake,
    settings: Settings,
    earlier: str,
    later: str,
    progress: Progress = silent,
    in_use: Linker | None = None,
) -> str:
    """Says what changed in coverage between two snapshots, and why; see `pipeline.changes`.

    Returns:
        The folder in the lake that holds changes.parquet and summary.json.

    Raises:
        LakeError: one is not there, or the later one can't be run again here.
    """
    hash_of = publish.documents_hash
    return changes.record(lake, earlier, later, settings, code_version(), hash_of, progress, in_use)


def chosen_taxonomy(settings: Settings) -> Taxonomy:
    """The taxonomy that the settings name.

    Raises:
        TaxonomyError: it is not there, is damaged, or has nothing to link to.
    """
    taxonomy = load_taxonomy(settings.taxonomy.name, settings.taxonomy.home.expanduser())
    if taxonomy.skills.num_rows == 0:
        raise TaxonomyError(f"The taxonomy {taxonomy.name} {taxonomy.version} has no skills: nothing links to it.")
    return taxonomy


def chosen_linker(settings: Settings, lake: Lake | None, progress: Progress = silent) -> Linker:
    """The linker over the taxonomy that the settings name; its vectors are kept in the lake, if there is one.

    Raises:
        TaxonomyError, EncoderError: the taxonomy or the model can't be used.
    """
    return load_linker(chosen_taxonomy(settings), settings, lake, lambda n, of: progress("embed labels", n, of))


def describe_inputs(documents: Documents, settings: Settings, linker: Linker) -> publish.SnapshotInputs:
    """Everything that the tables depend on.

    Raises:
        SettingsError: no posting is dated and no `as_of` is set.
    """
    taxonomy = linker.taxonomy
    as_of = matching.reference_date(documents.kept_postings, settings.profile)
    if as_of is None:
        raise SettingsError("No posting has a date: set [profile] as_of to the day that the tables should describe.")
    return publish.SnapshotInputs(
        as_of=as_of,
        postings=publish.documents_hash(documents.postings),
        credentials=publish.documents_hash(documents.credentials),
        settings=settings.fingerprint(),
        taxonomy=taxonomy.fingerprint,
        taxonomy_version=f"{taxonomy.name} {taxonomy.version}",
        model=linker.encoder.fingerprint,
        linker=linker.fingerprint,
        code_version=code_version(),
        official=documents.official_hash,
    )


def link(
    documents: Documents, linker: Linker, lake: Lake, settings: Settings, progress: Progress
) -> dict[Kind, LinkedDocuments]:
    """Links postings and credentials; what the cache holds is not linked again."""
    linking, contents = settings.linking, documents.posting_contents
    return {
        "postings": link_documents(documents.kept_postings, "postings", linker, lake, linking, progress, contents),
        "credentials": link_documents(documents.credentials, "credentials", linker, lake, linking, progress),
    }


def profile_and_match(
    documents: Documents,
    linked: dict[Kind, LinkedDocuments],
    linker: Linker,
    inputs: publish.SnapshotInputs,
    lake: Lake,
    settings: Settings,
    progress: Progress,
    ahead: publish.Ahead,
) -> dict[str, pa.Table]:
    """Every table of the contract, by name; those that are known before the answers are begun to be made Parquet of.

    The matrix products behind matches and answers are many and small, and are not shared out among threads, which would
    take twice as long together.
    """
    assignments = matching.assign_roles(
        documents.kept_postings,
        linker.taxonomy,
        linker.encoder,
        lake,
        settings.profile,
        lambda n, of: progress("assign roles", n, of),
    )
    with one_thread_each():
        market = measure_market(documents, linked, assignments, linker, inputs, lake, settings, progress)
        progress("answer", 0, 0)
        known = publish.unchanged_tables(lake, inputs, answers.OF_CREDENTIALS_ALONE, OF_POSTINGS)
        return every_table(market, known, ahead)


def measure_market(
    documents: Documents,
    linked: dict[Kind, LinkedDocuments],
    assignments: pa.Table,
    linker: Linker,
    inputs: publish.SnapshotInputs,
    lake: Lake,
    settings: Settings,
    progress: Progress,
) -> answers.Market:
    """Profiles, demand and matches, and what they were made from; `assignments` says which role each posting is for."""
    taxonomy, encoder = linker.taxonomy, linker.encoder
    progress("profile", 0, 0)
    weighed = matching.weigh_postings(
        documents.kept_postings, assignments, documents.groups, inputs.as_of, settings.profile, settings.demand
    )
    weighed = matching.weigh_to_official(
        weighed, taxonomy.occupations, documents.official, settings.official.max_weight_ratio
    )
    evidence = pa.concat_tables([linked["credentials"].evidence, linked["postings"].evidence])  # in their order
    role_skills = matching.role_profiles(weighed, evidence, settings.profile, settings.demand.region_min_postings)
    credential_skills = matching.credential_skills_table(evidence)
    role_demand = matching.role_demand(
        weighed,
        matching.official_figures(taxonomy.occupations, documents.official, settings.demand),
        inputs.as_of,
        settings,
    )
    progress("match", 0, 0)
    similarity = matching.skill_similarity(
        sorted(set(role_skills["skill_id"].to_pylist())),
        # What one role asks for may count towards what another does.
        sorted({*credential_skills["skill_id"].to_pylist(), *role_skills["skill_id"].to_pylist()}),
        taxonomy,
        encoder,
        lake,
        settings.matching,
    )
    matched = matching.match(
        credential_skills,
        role_skills,
        similarity,
        weighed,
        evidence,
        role_demand,
        settings.matching,
        settings.profile,
    )
    return answers.Market(
        role_skills=role_skills,
        role_demand=role_demand,
        matches=matched.matches,
        match_skills=matched.match_skills,
        credential_skills=credential_skills,
        credentials=matching.credentials_table(documents.credentials, evidence),
        credential_documents=documents.credentials,
        similarity=similarity,
        postings=weighed,
        evidence=evidence,
        taxonomy=taxonomy,
        settings=settings,
        as_of=inputs.as_of,
        behind=matched.behind,
    )


def every_table(market: answers.Market, known: dict[str, pa.Table], ahead: publish.Ahead) -> dict[str, pa.Table]:
    """The tables that a market is published as, and the answers that are made from it.

    Args:
        market: what they are made from.
        known: the tables that are told of credentials alone, as they will be published; none where they are to be made.
        ahead: takes those of the market.
    """
    masked = market.settings.privacy.mask
    tables = mask_columns(market_tables(market), OWN_WORDS, masked)
    ahead.begin(tables)
    answered = answers.answer(market)
    if not known:
        answered |= answers.answer_of_credentials(market)
    return tables | mask_columns(answered, OWN_WORDS, masked) | known


def market_tables(market: answers.Market) -> dict[str, pa.Table]:
    """The tables that a market is published as, by name, in the words of their sources."""
    taxonomy, postings, evidence = market.taxonomy, market.postings, market.evidence
    return {
        "skills": matching.skills_table(taxonomy),
        "roles": matching.roles_table(taxonomy, postings, market.role_skills),
        "postings": matching.postings_table(postings, evidence),
        "credentials": market.credentials,
        "evidence": matching.sort_evidence(evidence),
        "role_skills": market.role_skills,
        "role_demand": market.role_demand,
        "credential_skills": market.credential_skills,
        "matches": market.matches,
        "match_skills": market.match_skills,
        "skill_similarity": matching.similarity_table(market.similarity),
    }


def count(documents: Documents, linked: dict[Kind, LinkedDocuments], tables: dict[str, pa.Table]) -> dict[str, int]:
    """What a refresh has to say of itself. The counts of units depend on the caches, and are not part of a snapshot."""
    postings = tables["postings"]
    in_window = postings["in_window"].to_pylist()
    return {
        "postings": postings.num_rows,
        "postings_duplicate": documents.postings.num_rows - documents.kept_postings.num_rows,
        "postings_outside_window": in_window.count(False),
        "postings_unassigned": postings["role_id"].null_count,
        "credentials": documents.credentials.num_rows,
        "quarantined": documents.quarantined,
        "roles_profiled": tables["roles"]["profiled"].to_pylist().count(True),
        "matches": tables["matches"].num_rows,
        "units_linked": sum(kind.units_new for kind in linked.values()),
        "units_reused": sum(kind.units_reused for kind in linked.values()),
        "official_rows": documents.official.rows,
        "official_rows_rejected": len(documents.official.rejected),
    }


def stable_counts(counts: dict[str, int]) -> dict[str, int]:
    """The counts that a snapshot keeps: the caches and the quarantine are no part of what it is made from."""
    return {
        name: value for name, value in counts.items() if name not in ("units_linked", "units_reused", "quarantined")
    }


def link_text(
    text: str, language: Language | None, settings: Settings, lake: Lake | None, progress: Progress = silent
) -> pa.Table:
    """The skills in a text.

    Args:
        text: plain text or HTML.
        language: detected where it is None; English where that can't tell.
        settings: the taxonomy, the encoder and the threshold.
        lake: keeps the label vectors, if given.
        progress: told about the embedding of labels.

    Returns:
        skill_id, label_en, label_fr, confidence, unit, start, end, matched_label, method; start and end count
        characters of the unit. In the order of the text, likeliest first within a unit.
    """
    linker = chosen_linker(settings, lake, progress)
    chosen: Language = language or ("fr" if detect_language(text) == "fr" else "en")
    units = skill_units(plain_text(text), "postings", settings.linking.max_unit_characters)
    linker.check()
    rows = [
        {"skill_id": k.skill_id, "confidence": k.confidence, "unit": unit.text, "start": k.start, "end": k.end,
         "matched_label": k.label, "method": k.method}
        for unit, links in zip(units, linker.link([(unit.text, chosen) for unit in units]), strict=True)
        for k in links
        if k.confidence >= settings.linking.min_confidence
    ]  # fmt: skip
    skills = linker.taxonomy.skills.select(["skill_id", "label_en", "label_fr"])
    labels = {row["skill_id"]: row for row in skills.to_pylist()}
    return pa.Table.from_pylist(
        [labels[row["skill_id"]] | row for row in rows],
        schema=pa.schema([
            ("skill_id", pa.string()), ("label_en", pa.string()), ("label_fr", pa.string()),
            ("confidence", pa.float64()), ("unit", pa.string()), ("start", pa.int64()), ("end", pa.int64()),
            ("matched_label", pa.string()), ("method", pa.string()),
        ]),
    )  # fmt: skip


def evaluate_linking(
    file: Path,
    query: Literal["sentence", "span"],
    language: Language,
    settings: Settings,
    lake: Lake | None,
    progress: Progress = silent,
) -> Quality:
    """Ranking quality of the linker on one labelled file; see `linking.evaluate`."""
    linker = chosen_linker(settings, lake, progress)
    return evaluate(linker, read_queries(file, query, language, linker.taxonomy), language)


def evaluate_all_linking(
    data: Path, taxonomy: Taxonomy | None, settings: Settings, lake: Lake | None, progress: Progress = silent
) -> QualityReport:
    """Linking measured on every labelled set that is there, beside plain baselines; see `linking.QualityReport`.

    Args:
        data: a folder with `benchmarks` (the labelled sets) and, unless a taxonomy is given, `esco` (the release).
        taxonomy: names the skills of the sets; None imports the release, in memory.
        settings: the encoder, the threshold and the limits.
        lake: keeps the label vectors, if given.
        progress: told (what, done, in all).

    Raises:
        SettingsError: the folder has no labelled sets.
        TaxonomyError: the release is missing or not whole.
        EncoderError: the encoder fails.
    """
    if not (data / "benchmarks").is_dir():
        raise SettingsError(f"{data} has no folder benchmarks with labelled sets.")
    if taxonomy is None:
        esco = data / "esco"
        taxonomy, _ = import_esco([*sorted(esco.glob("*.zip")), esco / "fr"])
    encoder = RememberingEncoder(settings.encoder, load_encoder(settings.encoder).fingerprint)

    def linker(over: Taxonomy) -> Linker:
        made = load_linker(over, settings, lake, lambda n, of: progress(f"embed labels of {over.name}", n, of))
        made.encoder = encoder
        return made

    samples = Path(str(files("pipeline").joinpath("samples")))
    with TemporaryDirectory(prefix="passerelle-quality-") as folder:
        scratch = Lake(folder)
        intake.ingest(scratch, settings, "credentials", [samples / "credentials"])
        credentials = DocumentStore(scratch, "credentials").current()
    return Evaluation(
        linker=linker(taxonomy),
        starter=linker(load_starter()),
        relink=linker,
        baselines=plain_baselines(taxonomy, settings.encoder, lake),
        settings=settings.linking,
        data=data,
        checkout=Path(__file__).resolve().parent.parent,
        credentials=credentials,
        progress=progress,
    ).report()


def report(lake: Lake, settings: Settings, out: Lake | None = None, snapshot_id: str | None = None) -> Site:
    """Builds the bilingual site that shows a snapshot; see `report.build_report`.

    Args:
        lake: holds the snapshot, and takes the site unless `out` does: reports/<snapshot_id>/, and reports/latest.json.
        settings: what the site offers, and from which share on a role is called open.
        out: a folder or URL that takes the site instead.
        snapshot_id: by default the published one.

    Raises:
        LakeError: there is no such snapshot, it is not whole, or the site cannot be written.
    """
    from pipeline.report import build_report  # noqa: PLC0415 - templates and workbooks, which nothing else here needs

    return build_report(lake, settings, out, snapshot_id)


def status(lake: Lake, settings: Settings) -> dict[str, object]:
    """What the lake holds and how fresh the published tables are; for printing or as JSON."""
    store = DocumentStore(lake, "postings")
    postings, credentials = store.facts(), DocumentStore(lake, "credentials").facts()
    groups = duplicate_groups(postings, settings.ingest, lake, store.contents)
    reposted = groups.num_rows - groups["duplicate_of"].null_count
    report: dict[str, object] = {
        "lake": lake.location,
        "postings": postings.num_rows - reposted,
        "postings_reposted": reposted,
        "credentials": credentials.num_rows,
        "quarantined_postings": quarantine_size(lake, "postings"),
        "quarantined_credentials": quarantine_size(lake, "credentials"),
        "ingests": len(lake.names("runs")),
        "snapshots": lake.snapshots(),
        "latest": lake.latest(),
    }
    if lake.latest():
        pointer = lake.read_json(LATEST)
        manifest = lake.read_json(f"snapshots/{lake.latest()}/{MANIFEST}")
        report |= {"published_at": pointer["published_at"], "inputs": manifest["inputs"], "rows": manifest["rows"]}
    return report
