"""A scenario as a reader sees it: which of its rows a page lists, in which order, and what they come to in a sentence.

The site's page and the page of `passerelle scenario` are made of the same view, so that the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.report.published import Published, Row
from pipeline.report.words import Words
from pipeline.scenarios import Answered, Selection, Snapshot, answer, day_of, packaged_scenarios
from pipeline.settings import Settings
from pipeline.tables import ALL_REGIONS

# The tables without which a list cannot be made, where a snapshot of an older release lacks them.
NEEDS = {"ways": "transitions", "unmet": "unmet_demand", "bundles": "unmet_bundles"}
UNCUT = ("learners", "outcomes")


@dataclass(frozen=True)
class View:
    """What a page shows of a scenario.

    Attributes:
        answered: the scenario and its tables.
        lists: the rows of each list, in the order of the page.
        counts: how many there are of each, listed or not.
        names: kind ("role" or "credential") -> id -> names in English and French.
        currency: of wages.
        wage_all: median hourly wage of all roles together; None where it is not known.
    """

    answered: Answered
    lists: dict[str, list[Row]]
    counts: dict[str, int]
    names: dict[str, dict[str, Row]]
    currency: str
    wage_all: float | None

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.answered.scenario.name

    @property
    def lacking(self) -> set[str]:
        """The lists that cannot be made, since the snapshot lacks their table."""
        return {name for name, table in NEEDS.items() if table not in self.answered.group.snapshot.names}

    def called(self, kind: str, identity: object, language: str) -> str:
        """The name of a role or credential; its id where it has none."""
        return str(self.names[kind].get(str(identity), {}).get(language) or identity)


def site_views(published: Published, settings: Settings) -> list[View]:
    """The packaged scenarios, answered from the snapshot of a site."""
    day = day_of(published.manifest.get("inputs"), published.snapshot_id)
    snapshot = Snapshot(published.snapshot_id, day, frozenset(published.tables), published.table)
    return [view_of(answer(scenario, snapshot, settings)) for scenario in packaged_scenarios()]


def view_of(answered: Answered) -> View:
    """Orders and cuts the lists of a scenario, and finds the names in them."""
    scenario, snapshot = answered.scenario, answered.group.snapshot
    whole: dict[str, list[Row]] = {name: _ORDERED[name](answered) for name in scenario.shows}
    lists = {name: rows if name in UNCUT else rows[: scenario.listed] for name, rows in whole.items()}
    roles = snapshot.table("roles", ["role_id", "label_en", "label_fr"]).to_pylist()
    credentials = snapshot.table("credentials", ["credential_id", "title_en", "title_fr"]).to_pylist()
    names = {
        "role": {row["role_id"]: {"en": row["label_en"], "fr": row["label_fr"]} for row in roles},
        "credential": {
            row["credential_id"]: {
                "en": row["title_en"] or row["title_fr"], "fr": row["title_fr"] or row["title_en"],
            } for row in credentials
        },
    }  # fmt: skip
    counts = {name: len(rows) for name, rows in whole.items()}
    return View(answered, lists, counts, names, _currency(snapshot), _median_wage(snapshot))


def _currency(snapshot: Snapshot) -> str:
    found = snapshot.table("role_demand", ["currency"])["currency"]
    return str(found[0]) if len(found) else ""


def _median_wage(snapshot: Snapshot) -> float | None:
    rows = snapshot.table("credential_value", ["region", "wage_median_all"]).to_pylist()
    return next((row["wage_median_all"] for row in rows if row["region"] == ALL_REGIONS), None)


def _rows(answered: Answered, name: str, side: str | None = None) -> list[Row]:
    rows: list[Row] = answered.tables[name].to_pylist()
    return rows if side is None else [row for row in rows if row["side"] == side]


def _number(row: Row, name: str) -> float:
    """A figure to sort by; what is withheld comes last of descending rows."""
    value = row[name]
    return float(value) if isinstance(value, int | float) else -1e9


def _sorted(rows: list[Row], *by: str, descending: bool = False, key: str) -> list[Row]:
    sign = -1 if descending else 1
    return sorted(rows, key=lambda row: (*(sign * _number(row, name) for name in by), str(row[key])))


def _roles(answered: Answered) -> list[Row]:
    rows = _rows(answered, "roles", answered.scenario.aim)
    return _sorted(rows, "demand_index", descending=True, key="role_id")


def _open(answered: Answered) -> list[Row]:
    """Roles that are open by what is known: those of which both shares are come first, then the best paid."""
    least = answered.group.settings.value.open_share
    rows = []
    for row in _rows(answered, "roles", answered.scenario.aim):
        known = [_number(row, name) for name in ("no_degree_share", "entry_experience_share") if row[name] is not None]
        if known and min(known) >= least:
            rows.append(row)
    order = _sorted(rows, "wage_median", descending=True, key="role_id")
    return sorted(order, key=lambda row: row["open"] is not True)


def _trends(answered: Answered) -> list[Row]:
    rows = [row for row in _rows(answered, "trends", "start") if not row["suppressed"]]
    order = _sorted(rows, "change", descending=True, key="skill_id")
    return sorted(order, key=lambda row: row["direction"] != "rising")


def _by_region(rows: list[Row], by: str, key: str) -> list[Row]:
    """All regions together first, then each region; in it the greatest first."""
    return sorted(_sorted(rows, by, descending=True, key=key),
                  key=lambda row: (row["region"] != ALL_REGIONS, str(row["region"])))  # fmt: skip


_ORDERED: dict[str, Callable[[Answered], list[Row]]] = {
    "skills": lambda a: _sorted(_rows(a, "skills", "start"), "rank", key="skill_id"),
    "trends": _trends,
    "shared": lambda a: _sorted(_rows(a, "shared"), "weight", descending=True, key="skill_id"),
    "roles": _roles,
    "open": _open,
    "credentials": lambda a: _sorted(_rows(a, "credentials", a.scenario.aim), "rank", key="credential_id"),
    "ways": lambda a: _sorted(_rows(a, "ways"), "gap", key="from_role_id"),
    "unmet": lambda a: _by_region(_rows(a, "unmet"), "demand", "skill_id"),
    "bundles": lambda a: _by_region(_rows(a, "bundles"), "vacancies", "bundle_id"),
    "learners": lambda a: _rows(a, "learners"),
    "outcomes": lambda a: _rows(a, "outcomes"),
}


def who(view: View, words: Words) -> list[str]:
    """Whose postings these are: a sentence for each side."""
    group = view.answered.group
    said = []
    for side, selection in view.answered.scenario.sides.items():
        roles = sum(row["side"] == side for row in group.roles.to_pylist())
        said.append(words.fill(
            "scenarios.who" if side == "start" else "scenarios.who_end",
            postings=words.number(group.side(side).num_rows), roles=words.number(roles),
            by=_chosen_by(selection, view.answered.scenario.regions, words),
        ))  # fmt: skip
    return said


def _chosen_by(selection: Selection, regions: Sequence[str], words: Words) -> str:
    sectors = [words.known(f"sectors.{sector}", sector) for sector in selection.sectors]
    parts = [
        words.fill("scenarios.by_naics", codes=", ".join(selection.naics)) if selection.naics else "",
        words.fill("scenarios.by_employers", n=str(len(selection.employers))) if selection.employers else "",
        words.fill("scenarios.by_occupations", codes=", ".join(selection.occupations)) if selection.occupations else "",
        words.fill("scenarios.by_sectors", codes=", ".join(sectors)) if sectors else "",
    ]
    by = words["scenarios.by_or"].join(filter(None, parts))
    places = ", ".join(words.known(f"regions.{region}", region) for region in regions)
    return words.fill("scenarios.by_regions", by=by, regions=places) if places else by


def summary(view: View, words: Words) -> list[str]:
    """What the lists come to: a sentence for each that has something to say."""
    said = (_SAID[name](view, words) for name, rows in view.lists.items() if rows)
    return [sentence for sentence in said if sentence]


def _say_roles(view: View, words: Words) -> str:
    paid = [_number(row, "wage_median") for row in view.lists["roles"] if row["wage_median"] is not None]
    if not paid or view.wage_all is None:
        return ""
    money = {"wage": words.money(max(paid), view.currency), "overall": words.money(view.wage_all, view.currency)}
    return words.fill("scenarios.sum_roles", n=words.number(view.counts["roles"]), **money)


def _say_skills(view: View, words: Words) -> str:
    first = view.lists["skills"][0]
    skill, share = str(first[f"label_{words.language}"]), words.percent(_number(first, "share"))
    return words.fill("scenarios.sum_skills", skill=skill, share=share)


def _say_shared(view: View, words: Words) -> str:
    first = view.lists["shared"][0]
    roles = first["roles"]
    return words.fill(
        "scenarios.sum_shared", n=words.number(view.counts["shared"]), skill=str(first[f"label_{words.language}"]),
        roles=words.number(len(roles) if isinstance(roles, list) else 0),
    )  # fmt: skip


def _say_credentials(view: View, words: Words) -> str:
    first = view.lists["credentials"][0]
    name = view.called("credential", first["credential_id"], words.language)
    coverage = words.percent(_number(first, "coverage"))
    return words.fill("scenarios.sum_credentials", credential=name, coverage=coverage)


def _say_ways(view: View, words: Words) -> str:
    gap = words.percent(_number(view.lists["ways"][0], "gap"))
    return words.fill("scenarios.sum_ways", n=words.number(view.counts["ways"]), gap=gap)


def _say_trends(view: View, words: Words) -> str:
    rising = sum(row["direction"] == "rising" for row in _rows(view.answered, "trends", "start"))
    return words.fill("scenarios.sum_trends", n=words.number(rising))


def _say_outcomes(view: View, words: Words) -> str:
    rows = [row for row in view.lists["outcomes"] if row["target"] is not None]
    reached = sum(row["reached"] is True for row in rows)
    return words.fill("scenarios.sum_outcomes", n=words.number(reached), of=words.number(len(rows)))


def _distinct(view: View, name: str, column: str) -> int:
    return len({row[column] for row in _rows(view.answered, name)})


def _say_count(name: str, count: Callable[[View], int]) -> Callable[[View, Words], str]:
    return lambda view, words: words.fill(f"scenarios.sum_{name}", n=words.number(count(view)))


_SAID: dict[str, Callable[[View, Words], str]] = {
    "skills": _say_skills,
    "trends": _say_trends,
    "shared": _say_shared,
    "roles": _say_roles,
    "open": _say_count("open", lambda view: view.counts["open"]),
    "credentials": _say_credentials,
    "ways": _say_ways,
    "unmet": _say_count("unmet", lambda view: _distinct(view, "unmet", "skill_id")),
    "bundles": _say_count("bundles", lambda view: sum(bool(row["fits"]) for row in _rows(view.answered, "bundles"))),
    "learners": _say_count("learners", lambda view: len(view.answered.scenario.learners)),
    "outcomes": _say_outcomes,
}
