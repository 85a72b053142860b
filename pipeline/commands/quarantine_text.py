"""What `quarantine` prints, in English or French.

A record's `detail` is English and says what is wrong with that record. What each reason means, and what to do about it,
follows in the reader's language.
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

# Each reason: what is wrong, and what to do.
REASONS: Final[dict[Language, dict[str, tuple[str, str]]]] = {
    "en": {
        "unreadable_file": ("The file is not of the format that it claims to be, or cannot be opened or decoded.",
                            "check the file and its encoding, then ingest it again."),
        "malformed_record": ("The record's syntax is broken: a cut JSON line, a CSV row with too few fields.",
                             "correct the record at the place given, then ingest the file again."),
        "wrong_type": ("The record can be read, but is of another type: a course among postings, for example.",
                       "ingest it with the files of its type, or take it out of this one."),
        "missing_title": ("The record has no title.",
                          "add one at the source, or name its field in the mapping."),
        "missing_text": ("The record has nothing but a title.",
                         "add a description at the source, or name its field in the mapping."),
        "missing_id": ("The record has no id, and nothing that could stand for one.",
                       "add an id at the source, or name its field in the mapping."),
        "invalid_field": ("A field that cannot be left out holds something impossible, such as an id that is too long.",
                          "correct that field, then ingest the file again."),
        "unsupported_language": ("The text is in neither English nor French, or too short to tell.",
                                 "give it in English or French, or a longer text."),
        "too_large": ("The record or the file is beyond the limits in the settings.",
                      "split it, or raise the limit under [ingest]."),
        "unknown_format": ("No reader and no mapping fits the file.",
                           "write a mapping, and name it with --mapping."),
        "unknown_document": ("The file withdraws a document that the lake does not hold.",
                             "check the id against the tables, which show it as it should be."),
        "incomplete_feed": ("A full feed cannot be whole: nothing of it is withdrawn.",
                            "ingest the whole feed again, or raise [ingest] max_absent."),
    },
    "fr": {
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
        "invalid_field": ("Un champ indispensable contient une valeur impossible, comme un identifiant trop long.",
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
    },
}  # fmt: skip
REMEDY: Final[dict[Language, str]] = {
    "en": "    {0}: {1} Remedy: {2}",
    "fr": "    {0} : {1} Remède : {2}",
}


def print_quarantined(kind: Kind, count: int, rows: pa.Table, language: Language) -> None:
    """The records of a kind that could not be read, then what their reasons mean and what to do.

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
    print_table(chosen if language == "en" else chosen.rename_columns(list(COLUMNS.values())))
    for reason in dict.fromkeys(rows["reason"].to_pylist()):
        out.print(REMEDY[language].format(reason, *REASONS[language][reason]))


def _heading(kind: Kind, count: int, shown: int, language: Language) -> str:
    """How many records there are, and how many of them follow."""
    told = _say("told", count, language, KINDS[kind][language], count)
    if shown < count:
        return told + _say("first", shown, language, shown)
    return told + _say("all", count, language) if count else told


def _say(word: str, count: int, language: Language, *values: object) -> str:
    """A phrase that agrees with a count."""
    return filled(counted(count, language, *WORDS[word][language]), language, *values)
