"""What `explain` prints, in English or French."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pipeline.asking.typography import filled, number, quoted
from pipeline.console import out, plain

if TYPE_CHECKING:
    from pipeline.asking.show import Explanation, SkillLine
    from pipeline.ingest import Language

WORDS: dict[str, dict[Language, str]] = {
    "coverage": {"en": "Coverage {0:.6f}  (interval {1:.3f} – {2:.3f}, relevance {3:.3f})\n",
                 "fr": "Couverture {0:.6f}  (intervalle {1:.3f} – {2:.3f}, pertinence {3:.3f})\n"},
    "explained": {"en": "importance x confidence x similarity = contribution:",
                  "fr": "importance x confiance x similarité = contribution :"},
    "skill": {"en": "Skill asked", "fr": "Compétence demandée"},
    "taught": {"en": "Skill taught", "fr": "Compétence enseignée"},
    "importance": {"en": "Importance", "fr": "Importance"},
    "confidence": {"en": "Confidence", "fr": "Confiance"},
    "similarity": {"en": "Similarity", "fr": "Similarité"},
    "contribution": {"en": "Contribution", "fr": "Contribution"},
    "status": {"en": "Status", "fr": "État"},
    "covered": {"en": "covered", "fr": "couverte"},
    "partial": {"en": "partial", "fr": "partielle"},
    "missing": {"en": "missing", "fr": "absente"},
    "sum": {"en": "Sum of contributions: {0:.9f}\n", "fr": "Somme des contributions : {0:.9f}\n"},
    "evidence": {"en": "The sentences behind it", "fr": "Les phrases à l'appui"},
    "credential": {"en": "  credential: {0}", "fr": "  titre : {0}"},
    "posting": {"en": "  posting {0}: {1}", "fr": "  offre {0} : {1}"},
}  # fmt: skip


def say(word: str, language: Language, *values: object) -> str:
    """A phrase in a language, with its values; figures as the language writes them."""
    return filled(WORDS[word][language], language, *values)


def print_explanation(explanation: Explanation, language: Language, sentences: int) -> None:
    """A match, its sum and its sentences.

    Args:
        explanation: the match taken apart.
        language: of the words and figures.
        sentences: of how many skills the sentences are printed.
    """
    out.print(plain(explanation.credential, "bold"), plain(f"({explanation.credential_id})"), sep="  ")
    out.print("→", plain(explanation.role, "bold"), plain(f"({explanation.role_id})"), sep="  ")
    interval = explanation.coverage_low, explanation.coverage_high
    out.print(say("coverage", language, explanation.coverage, *interval, explanation.relevance))
    out.print(say("explained", language))
    out.print(_lines(explanation.skills, language))
    out.print(say("sum", language, sum(line.contribution for line in explanation.skills)))
    out.print(Text(say("evidence", language), "bold"))
    for line in [each for each in explanation.skills if each.contribution > 0][:sentences]:
        _print_sentences(line, language)


def _lines(skills: list[SkillLine], language: Language) -> Table:
    """The skills of a match, a row each."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for word in ("skill", "taught", "importance", "confidence", "similarity", "contribution", "status"):
        left = word in ("skill", "taught", "status")
        table.add_column(say(word, language), justify="left" if left else "right", overflow="fold")
    for line in skills:
        table.add_row(
            plain(line.skill), plain(line.taught or "–"), number(line.importance, language, 6),
            number(line.confidence, language, 4), number(line.similarity, language, 4),
            number(line.contribution, language, 9), say(line.status, language),
        )  # fmt: skip
    return table


def _print_sentences(line: SkillLine, language: Language) -> None:
    """The sentences of both sides that speak for a skill."""
    out.print(plain(line.skill, "bold"))
    for sentence in line.credential_sentences:
        out.print(say("credential", language, quoted(plain(sentence).plain, language)))
    for document, sentence in line.posting_sentences:
        out.print(say("posting", language, plain(document).plain, quoted(plain(sentence).plain, language)))
