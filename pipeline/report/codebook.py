"""Numbers for ids: the site's files and data name a role, credential or skill by its place, never by its own text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.report.published import Published, Row


@dataclass(frozen=True)
class Codebook:
    """The roles, credentials and skills that the site shows, in the order of their ids.

    A number is the place in these lists. A role is shown if it has postings, a skill if a role asks for it or a
    credential teaches it.
    """

    roles: list[Row]
    credentials: list[Row]
    skills: list[Row]

    def __post_init__(self) -> None:
        places = {
            "role": {str(row["role_id"]): n for n, row in enumerate(self.roles)},
            "credential": {str(row["credential_id"]): n for n, row in enumerate(self.credentials)},
            "skill": {str(row["skill_id"]): n for n, row in enumerate(self.skills)},
        }
        object.__setattr__(self, "_places", places)

    def place(self, kind: str, identity: object) -> int | None:
        """The number of an id; None where the site does not show it."""
        places: dict[str, dict[str, int]] = self.__dict__["_places"]
        return places[kind].get(str(identity))

    def places(self, kind: str, identities: object) -> list[int]:
        """The numbers of a list of ids, in its order; those that the site does not show are left out."""
        listed = identities if isinstance(identities, list) else []
        return [place for place in (self.place(kind, one) for one in listed) if place is not None]


def make_codebook(published: Published) -> Codebook:
    """Chooses and orders what the site shows."""
    roles = [
        row
        for row in published.rows(
            "roles", ["role_id", "label_en", "label_fr", "noc_2021", "isco_08", "sector", "postings", "profiled"]
        )
        if row["postings"] or row["profiled"]
    ]
    credentials = published.rows("credentials", [
        "credential_id", "title_en", "title_fr", "issuer", "credential_type", "hours", "cost", "cost_currency",
        "delivery_mode", "assessment", "stackable_into", "prerequisites", "recognition", "level", "region",
        "languages", "skills", "url", "source",
    ])  # fmt: skip
    used = set(_ids(published, "role_skills")) | set(_ids(published, "credential_skills"))
    used |= set(_ids(published, "unmet_demand"))
    skills = [
        row
        for row in published.rows("skills", ["skill_id", "label_en", "label_fr", "sector", "reuse"])
        if row["skill_id"] in used
    ]
    return Codebook(roles, credentials, skills)


def _ids(published: Published, table: str) -> Iterable[object]:
    return [row["skill_id"] for row in published.rows(table, ["skill_id"])]
