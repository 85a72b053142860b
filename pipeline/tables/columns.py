"""Columns that several tables have, and the Arrow types that all of them use."""

from __future__ import annotations

import pyarrow as pa

from pipeline.tables.model import Column

# One line a column reads as the table that it is.
# fmt: off
STRING, FLOAT, INT, BOOL, DATE = pa.string(), pa.float64(), pa.int64(), pa.bool_(), pa.date32()
STRINGS = pa.list_(pa.string())

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
