"""What the answers consist of: ways, advice, what is missing and what to take, with labels in one language."""

from __future__ import annotations

from dataclasses import asdict, dataclass

# Fields that only the printed answers need: as JSON, an answer has the others.
ONLY_PRINTED = frozenset({"itself", "own_sentences"})


@dataclass(frozen=True)
class Need:
    """A skill of the role aimed at: `has`, from 0 to 1, is how far it is there, and `by` the skill that brings it."""

    skill_id: str
    skill: str
    importance: float
    has: float
    by: str | None


@dataclass(frozen=True)
class Why:
    """A skill that a credential adds or improves, the taught skill that does so, and the sentences that say it.

    Attributes:
        skill_id: of the skill that the role asks for.
        skill: its label.
        new: whether it is added; else it is improved.
        taught: label of the taught skill that earns the credit: this very skill, or one like it.
        confidence: that the credential teaches that one.
        sentences: of the credential, that say so.
        itself: whether the credential teaches the very skill, however that compares with `taught`.
        own_sentences: of the credential, that are of the very skill; none where it does not teach it.
    """

    skill_id: str
    skill: str
    new: bool
    taught: str
    confidence: float
    sentences: list[str]
    itself: bool
    own_sentences: list[str]


@dataclass(frozen=True)
class Next:
    """A credential to take: `gain` and `coverage` (of the role, with all before it) from 0 to 1."""

    credential_id: str
    credential: str
    issuer: str | None
    url: str | None
    required_by: str | None
    hours: float | None
    cost: float | None
    cost_currency: str
    gain: float
    coverage: float
    bound: float
    requires: list[str]
    entry_requirements: list[str]
    why: list[Why]


@dataclass(frozen=True)
class Way:
    """From one role to another in a region; the figures are those of `tables.TRANSITIONS`."""

    from_role_id: str
    from_role: str
    to_role_id: str
    to_role: str
    region: str
    similarity: float
    gap: float
    gap_low: float
    gap_high: float
    gap_closed: float
    hours: float | None
    vacancies_from: int | None
    vacancies_to: int | None
    wage_from: float | None
    wage_to: float | None
    wage_change: float | None
    currency: str
    suppressed: bool
    missing: list[Need]
    carried: list[Need]
    stack: list[Next]


@dataclass(frozen=True)
class Known:
    """A skill that was recognised in what the learner gave, and the text that says so."""

    skill_id: str
    skill: str
    confidence: float
    text: str
    method: str


@dataclass(frozen=True)
class RoleAdvice:
    """What a learner has of a role, what to take next, and what is still missing then; demand stands beside it."""

    role_id: str
    role: str
    region: str
    coverage: float
    coverage_after: float
    hours: float | None
    vacancies: int | None
    wage_median: float | None
    currency: str
    suppressed: bool
    has: list[Need]
    stack: list[Next]
    missing: list[Need]


@dataclass(frozen=True)
class Advice:
    """What was recognised, and advice for the role aimed at, or for each role that is within reach."""

    recognised: list[Known]
    goal: str
    roles: list[RoleAdvice]


def as_json(answer: Way | Advice) -> dict[str, object]:
    """An answer as a JSON object."""
    return asdict(answer, dict_factory=lambda pairs: {key: value for key, value in pairs if key not in ONLY_PRINTED})
