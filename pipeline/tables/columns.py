"""Columns that several tables have, and the Arrow types that all of them use."""

from __future__ import annotations

import pyarrow as pa

from pipeline.tables.model import Column

# One line a column reads as the table that it is.
# fmt: off
STRING, FLOAT, INT, BOOL, DATE = pa.string(), pa.float64(), pa.int64(), pa.bool_(), pa.date32()
STRINGS = pa.list_(pa.string())

ALL_REGIONS = "ALL"

SKILL_ID = Column("skill_id", STRING, "Skill", "Compétence", references="skills.skill_id")
ROLE_ID = Column("role_id", STRING, "Role (an occupation of the taxonomy)", "Rôle (une profession de la taxonomie)",
                 references="roles.role_id")
CREDENTIAL_ID = Column("credential_id", STRING, "Credential", "Titre de compétences",
                       references="credentials.credential_id")
REGION = Column("region", STRING, "ISO 3166-2 region, or ALL for every region together",
                "Région ISO 3166-2, ou ALL pour l'ensemble des régions")
LABEL_EN = Column("label_en", STRING, "Label in English", "Libellé en anglais")
LABEL_FR = Column("label_fr", STRING, "Label in French (the English one where there is none)",
                  "Libellé en français (celui en anglais à défaut)")
CURRENCY = Column("currency", STRING, "Currency of the wages", "Monnaie des salaires")
SUPPRESSED = Column("suppressed", BOOL, "Whether figures are withheld because they rest on too few postings, or would "
                    "give away such a figure", "Vrai si les chiffres sont retenus parce qu'ils reposent sur trop peu "
                    "d'offres ou qu'ils permettraient d'en déduire un tel chiffre")
# fmt: on


def interval(
    of: str, en: str, fr: str, *, unit: str | None = None, low: float | None = None, high: float | None = None
) -> tuple[Column, Column]:
    """The columns `<of>_low` and `<of>_high`: the ends of the interval around an estimate that may be empty.

    Args:
        of: the column that holds the estimate.
        en: what is estimated, in English, with its article.
        fr: the same in French.
        unit: as the estimate's, and so are `low` and `high`.
        low: the least that it may be.
        high: the most that it may be.
    """
    return (
        Column(f"{of}_low", FLOAT, f"Lower end of the interval around {en}", f"Borne inférieure de l'intervalle : {fr}",
               True, unit, low, high),
        Column(f"{of}_high", FLOAT, f"Upper end of the interval around {en}",
               f"Borne supérieure de l'intervalle : {fr}", True, unit, low, high),
    )  # fmt: skip
