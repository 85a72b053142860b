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
    "matches", "How far each credential covers each role, all regions together: each role's best credentials, each "
    "credential's best roles, and whatever covers much ([matching] in the settings).",
    "Dans quelle mesure chaque titre couvre chaque rôle, toutes régions confondues : les meilleurs titres de chaque "
    "rôle, les meilleurs rôles de chaque titre, et tout ce qui couvre beaucoup ([matching] dans les paramètres).",
    ("credential_id", "role_id"),
    (
        CREDENTIAL_ID, ROLE_ID,
        Column("coverage", FLOAT, "Importance-weighted part of the role's skills that it teaches",
               "Part, pondérée par l'importance, des compétences du rôle qu'il enseigne", low=0, high=1),
        Column("coverage_low", FLOAT, "Lower end of the interval (Bayesian bootstrap over postings)",
               "Borne inférieure de l'intervalle (bootstrap bayésien sur les offres)", low=0, high=1),
        Column("coverage_high", FLOAT, "Upper end of the interval", "Borne supérieure de l'intervalle", low=0, high=1),
        Column("relevance", FLOAT, "Share of what it teaches that the role asks for",
               "Part de ce qu'il enseigne que le rôle demande", low=0, high=1),
        Column("distinctive_coverage", FLOAT, "Coverage with weights by RCA alone: of what sets the role apart, "
               "however seldom it is asked for", "Couverture pondérée par le seul ACR : de ce qui distingue le rôle, "
               "si rarement que ce soit demandé", low=0, high=1),
        Column("required_coverage", FLOAT, "Coverage of what the role's postings require in so many words; empty where "
               "they require nothing", "Couverture de ce que les offres du rôle exigent en toutes lettres; vide si "
               "elles n'exigent rien", nullable=True, low=0, high=1),
        Column("skills_covered", INT, "Skills of the role that it teaches as such", "Compétences du rôle qu'il "
               "enseigne telles quelles", unit="skills", low=0),
        Column("skills_partial", INT, "Skills of the role for which it teaches a similar one", "Compétences du rôle "
               "dont il enseigne une proche", unit="skills", low=0),
        Column("skills_missing", INT, "Skills of the role that it leaves out", "Compétences du rôle qu'il omet",
               unit="skills", low=0),
        Column("rank_in_role", INT, "Rank by coverage among all credentials that match the role, published or not",
               "Rang par couverture parmi tous les titres appariés au rôle, publiés ou non", low=1),
        Column("rank_in_credential", INT, "Rank by coverage among all roles that match the credential, published or "
               "not", "Rang par couverture parmi tous les rôles appariés au titre, publiés ou non", low=1),
        Column("vacancies", INT, "The role's vacancies, from role_demand; like the columns after it for all regions, "
               "and empty where role_demand is", "Postes vacants du rôle, selon role_demand; comme les colonnes "
               "suivantes, toutes régions confondues, et vide si role_demand l'est", nullable=True, unit="vacancies",
               low=0),
        Column("growth", FLOAT, "The role's growth", "Croissance du rôle", nullable=True),
        Column("wage_median", FLOAT, "The role's median hourly wage", "Salaire horaire médian du rôle", nullable=True,
               unit="currency/hour", low=0),
        Column("demand_index", FLOAT, "The role's demand index", "Indice de demande du rôle", nullable=True, low=0,
               high=1),
        Column("no_degree_share", FLOAT, "Share of the role's postings asking no degree", "Part des offres du rôle "
               "n'exigeant aucun grade", nullable=True, low=0, high=1),
        Column("entry_experience_share", FLOAT, "Share of the role's postings asking a year's experience or less",
               "Part des offres du rôle demandant au plus un an d'expérience", nullable=True, low=0, high=1),
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
