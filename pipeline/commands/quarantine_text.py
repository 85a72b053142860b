"""What `quarantine` prints, in English or French.

A record's `detail` is English, and says what is wrong and what to do: French readers are told both of each reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.asking.typography import counted, filled
from pipeline.console import out, print_table

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.ingest import Kind, Language

COLUMNS: Final = {"file": "fichier", "position": "position", "reason": "motif", "detail": "détail"}
KINDS: Final[dict[Kind, dict[Language, str]]] = {
    "postings": {"en": "postings", "fr": "offres"},
    "credentials": {"en": "credentials", "fr": "titres"},
}
WORDS: Final[dict[str, dict[Language, tuple[str, str]]]] = {
    "told": {"en": ("{0}: {1:,} quarantined", "{0}: {1:,} quarantined"),
             "fr": ("{0} : {1:,} enregistrement en quarantaine", "{0} : {1:,} enregistrements en quarantaine")},
    "first": {"en": (", the first {0:,} of them:", ", the first {0:,} of them:"),
              "fr": (", dont voici le premier :", ", dont voici les {0:,} premiers :")},
    "all": {"en": (":", ":"), "fr": (" :", " :")},
}  # fmt: skip

# Each reason, for one who does not read the English detail: what is wrong, and what to do.
REASONS: Final = {
    "unreadable_file": ("Le fichier n'est pas du format annoncé, ou ne peut être ouvert ou décodé.",
                        "vérifiez le fichier et son encodage, puis redonnez-le."),
    "malformed_record": ("La syntaxe de l'enregistrement est fautive : ligne JSON coupée, ligne CSV incomplète.",
                         "corrigez l'enregistrement à l'endroit indiqué, puis redonnez le fichier."),
    "wrong_type": ("L'enregistrement est lisible, mais d'un autre type : un cours parmi les offres, par exemple.",
                   "donnez-le avec les fichiers de son type, ou retirez-le de celui-ci."),
    "missing_title": ("L'enregistrement n'a pas d'intitulé.",
                      "ajoutez-en un à la source, ou indiquez-en le champ dans la correspondance."),
    "missing_text": ("L'enregistrement n'a rien d'autre qu'un intitulé.",
                     "ajoutez une description à la source, ou indiquez-en le champ dans la correspondance."),
    "missing_id": ("L'enregistrement n'a pas d'identifiant et rien n'en tient lieu.",
                   "ajoutez un identifiant à la source, ou indiquez-en le champ dans la correspondance."),
    "invalid_field": ("Un champ indispensable contient une valeur impossible, par exemple un identifiant trop long.",
                      "corrigez ce champ, puis redonnez le fichier."),
    "unsupported_language": ("Le texte n'est ni en anglais ni en français, ou trop court pour le savoir.",
                             "donnez-en une version anglaise ou française, ou un texte plus long."),
    "too_large": ("L'enregistrement ou le fichier dépasse les limites fixées dans les réglages.",
                  "partagez-le, ou relevez la limite sous [ingest]."),
    "unknown_format": ("Aucun lecteur et aucune correspondance ne convient au fichier.",
                       "écrivez une correspondance et donnez-la avec --mapping."),
    "unknown_document": ("Le fichier retire un document que le lac ne contient pas.",
                         "vérifiez l'identifiant, tel que le montrent les tables."),
    "incomplete_feed": ("Un flux complet ne peut pas être entier : rien n'en est retiré.",
                        "redonnez le flux entier, ou relevez [ingest] max_absent."),
}  # fmt: skip


def print_quarantined(kind: Kind, count: int, rows: pa.Table, language: Language) -> None:
    """The records of a kind that could not be read; in French, then what their reasons mean.

    Args:
        kind: of the records.
        count: how many there are.
        rows: those that are shown, with the columns of `QUARANTINE`.
        language: of all but the records' own details.
    """
    out.print(_heading(kind, count, rows.num_rows, language))
    if not rows.num_rows:
        return
    chosen = rows.select(list(COLUMNS))
    if language == "en":
        print_table(chosen)
        return
    print_table(chosen.rename_columns(list(COLUMNS.values())))
    for reason in dict.fromkeys(rows["reason"].to_pylist()):
        wrong, cure = REASONS[reason]
        out.print(f"    {reason} : {wrong} Remède : {cure}")


def _heading(kind: Kind, count: int, shown: int, language: Language) -> str:
    """How many records there are, and how many of them follow."""
    told = _say("told", count, language, KINDS[kind][language], count)
    if shown < count:
        return told + _say("first", shown, language, shown)
    return told + _say("all", count, language) if count else told


def _say(word: str, count: int, language: Language, *values: object) -> str:
    """A phrase that agrees with a count."""
    return filled(counted(count, language, *WORDS[word][language]), language, *values)
