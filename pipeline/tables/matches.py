"""Tables of credentials against roles."""

from __future__ import annotations

from pipeline.tables.columns import BOOL, CREDENTIAL_ID, FLOAT, INT, ROLE_ID, SKILL_ID, STRING
from pipeline.tables.model import Column, Table

# One line a column reads as the table that it is.
# fmt: off
CREDENTIAL_SKILLS = Table(
    "credential_skills", "What each credential teaches.", "Ce que chaque titre enseigne.",
    ("credential_id", "skill_id"),
    (
        CREDENTIAL_ID, SKILL_ID,
        Column("confidence", FLOAT, "Probability that it teaches the skill: p(c,s)", "Probabilité qu'il enseigne la "
               "compétence : p(c,s)", low=0, high=1),
        Column("stated", BOOL, "Whether the source itself names the skill", "Vrai si la source nomme la compétence"),
    ),
)

MATCHES = Table(
    "matches", "How far each credential covers each role, all regions together.",
    "Dans quelle mesure chaque titre couvre chaque rôle, toutes régions confondues.", ("credential_id", "role_id"),
    (
        CREDENTIAL_ID, ROLE_ID,
        Column("coverage", FLOAT, "Importance-weighted part of the role's skills that it teaches",
               "Part, pondérée par l'importance, des compétences du rôle qu'il enseigne", low=0, high=1),
        Column("coverage_low", FLOAT, "Lower end of the interval (Bayesian bootstrap over postings)",
               "Borne inférieure de l'intervalle (bootstrap bayésien sur les offres)", low=0, high=1),
        Column("coverage_high", FLOAT, "Upper end of the interval", "Borne supérieure de l'intervalle", low=0, high=1),
        Column("relevance", FLOAT, "Share of what it teaches that the role asks for",
               "Part de ce qu'il enseigne que le rôle demande", low=0, high=1),
        Column("skills_covered", INT, "Skills of the role that it teaches as such", "Compétences du rôle qu'il "
               "enseigne telles quelles", unit="skills", low=0),
        Column("skills_partial", INT, "Skills of the role for which it teaches a similar one", "Compétences du rôle "
               "dont il enseigne une proche", unit="skills", low=0),
        Column("skills_missing", INT, "Skills of the role that it leaves out", "Compétences du rôle qu'il omet",
               unit="skills", low=0),
        Column("rank_in_role", INT, "Rank by coverage among the role's credentials", "Rang par couverture parmi les "
               "titres du rôle", low=1),
        Column("rank_in_credential", INT, "Rank by coverage among the credential's roles", "Rang par couverture parmi "
               "les rôles du titre", low=1),
    ),
)

MATCH_SKILLS = Table(
    "match_skills", "The sum behind each match: one row per skill of the role; `contribution` adds up to `coverage`.",
    "La somme derrière chaque appariement : une ligne par compétence du rôle; `contribution` totalise `coverage`.",
    ("credential_id", "role_id", "skill_id"),
    (
        CREDENTIAL_ID, ROLE_ID, SKILL_ID,
        Column("importance", FLOAT, "Weight w(r,s)", "Poids w(r,s)", low=0, high=1),
        Column("taught_skill_id", STRING, "The taught skill that counts most towards it; empty if none does",
               "La compétence enseignée qui y contribue le plus; vide s'il n'y en a pas", nullable=True,
               references="skills.skill_id"),
        Column("similarity", FLOAT, "sim(s,t) between asked and taught skill", "sim(s,t) entre compétence demandée et "
               "enseignée", low=0, high=1),
        Column("confidence", FLOAT, "p(c,t): probability that the credential teaches it", "p(c,t) : probabilité que le "
               "titre l'enseigne", low=0, high=1),
        Column("contribution", FLOAT, "importance x confidence x similarity", "importance x confiance x similarité",
               low=0, high=1),
        Column("status", STRING, "covered, partial or missing", "covered (couverte), partial (en partie) ou missing "
               "(absente)"),
    ),
)
