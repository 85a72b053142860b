"""Labels that training never sees, so that finding their skill can be measured: drawn once, with a fixed seed."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

SKILLS = 600
SEED = 7
ALTERNATIVE_SHARE = 0.25
FIELDS = ("language", "skill_id", "label", "kind")


@dataclass
class SkillLabels:
    """One skill's labels, as training may use them; hidden ones are those of `taxonomy.hidden`."""

    skill_id: str
    en: str
    fr: str | None
    alternatives_en: list[str]
    alternatives_fr: list[str]
    description: str
    description_fr: str = ""
    hidden_en: list[str] = field(default_factory=list)
    hidden_fr: list[str] = field(default_factory=list)


def hold_out(skills: list[SkillLabels]) -> list[tuple[str, str, str, str]]:
    """Takes labels out of `skills`.

    Of 600 skills the French label and an alternative English one, and of a quarter of the others with French
    alternatives the last of these.

    Returns:
        Rows as `FIELDS`.
    """
    draw = random.Random(SEED)
    eligible = [i for i, skill in enumerate(skills) if skill.fr and len(skill.alternatives_en) > 1]
    chosen = set(draw.sample(eligible, min(SKILLS, len(eligible))))
    rows: list[tuple[str, str, str, str]] = []
    for i in chosen:
        skill = skills[i]
        rows.append(("fr", skill.skill_id, str(skill.fr), "preferred"))
        skill.fr = None
        english = skill.alternatives_en.pop(draw.randrange(len(skill.alternatives_en)))
        rows.append(("en", skill.skill_id, english, "alternative"))
    for i, skill in enumerate(skills):
        if i not in chosen and skill.alternatives_fr and draw.random() < ALTERNATIVE_SHARE:
            rows.append(("fr", skill.skill_id, skill.alternatives_fr.pop(), "alternative"))
    return sorted(rows)


def write_held_out(rows: Iterable[tuple[str, str, str, str]], path: Path) -> None:
    """Writes the labels that were held out, as the evaluation reads them."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(rows)
