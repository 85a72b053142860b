"""Tables of what to take next: stacks of credentials for a role, and the way from one role to another."""

from __future__ import annotations

from pipeline.tables.columns import BOOL, CREDENTIAL_ID, FLOAT, INT, REGION, ROLE_ID, SKILL_ID, STRING, STRINGS
from pipeline.tables.model import Column, Table

# One line a column reads as the table that it is.
# fmt: off
SKILL_SIMILARITY = Table(
    "skill_similarity", "How far having one skill counts towards another that is asked; pairs that do not count are "
    "left out.", "Dans quelle mesure une compétence acquise compte pour une autre qui est demandée; les paires qui ne "
    "comptent pas sont omises.", ("skill_id", "taught_skill_id"),
    (
        SKILL_ID,
        Column("taught_skill_id", STRING, "The skill that is taught, or that another role asks for",
               "La compétence enseignée, ou demandée par un autre rôle", references="skills.skill_id"),
        Column("similarity", FLOAT, "sim(s,t): 1 for the same skill", "sim(s,t) : 1 pour la même compétence", low=0,
               high=1),
    ),
)

STACKS = Table(
    "stacks", "Which credentials to take, in which order, to cover the most of a role within a budget: one row a step.",
    "Quels titres suivre, et dans quel ordre, pour couvrir le plus possible d'un rôle dans les limites d'un budget : "
    "une ligne par étape.", ("role_id", "region", "budget", "step"),
    (
        ROLE_ID, REGION,
        Column("budget", STRING, "none, or hours_N or cost_N: the most hours, or money, that the whole stack may take",
               "none (aucun), hours_N ou cost_N : le maximum d'heures ou d'argent pour l'ensemble"),
        Column("step", INT, "Place in the order", "Rang dans l'ordre", low=1),
        CREDENTIAL_ID,
        Column("required_by", STRING, "The credential for which this one is a prerequisite, where it is taken for that",
               "Le titre dont celui-ci est un préalable, s'il est suivi pour cette raison", nullable=True,
               references="credentials.credential_id"),
        Column("gain", FLOAT, "Coverage that this step adds", "Couverture que cette étape ajoute", low=0, high=1),
        Column("coverage", FLOAT, "Coverage of the role by the steps so far together",
               "Couverture du rôle par l'ensemble des étapes jusqu'ici", low=0, high=1),
        Column("coverage_low", FLOAT, "Lower end of the interval (Bayesian bootstrap over postings)",
               "Borne inférieure de l'intervalle (bootstrap bayésien sur les offres)", low=0, high=1),
        Column("coverage_high", FLOAT, "Upper end of the interval", "Borne supérieure de l'intervalle", low=0, high=1),
        Column("bound", FLOAT, "What no stack of so many credentials within the budget can exceed",
               "Ce qu'aucun ensemble d'autant de titres, dans les limites du budget, ne peut dépasser", low=0, high=1),
        Column("hours", FLOAT, "Hours of this credential", "Heures de ce titre", nullable=True, unit="hours", low=0),
        Column("hours_total", FLOAT, "Hours of the steps so far; empty if one does not state them",
               "Heures des étapes jusqu'ici; vide si l'une ne les précise pas", nullable=True, unit="hours", low=0),
        Column("cost", FLOAT, "Cost of this credential, converted", "Coût de ce titre, converti", nullable=True, low=0),
        Column("cost_total", FLOAT, "Cost of the steps so far; empty if one does not state it",
               "Coût des étapes jusqu'ici; vide si l'une ne le précise pas", nullable=True, low=0),
        Column("cost_currency", STRING, "Currency of both costs", "Monnaie des deux coûts"),
        Column("new_skills", STRINGS, "Skills of the role that no step before taught at all, most gained first",
               "Compétences du rôle qu'aucune étape précédente n'enseignait, du plus grand gain au plus petit"),
        Column("improved_skills", STRINGS, "Skills of the role that steps before taught less surely or only by a "
               "similar one", "Compétences du rôle que les étapes précédentes enseignaient moins sûrement ou seulement "
               "par une compétence proche"),
        Column("requires", STRINGS, "Credentials of the catalogue that it asks for; steps before are or contain them",
               "Titres du catalogue qu'il exige; des étapes précédentes le sont ou les contiennent"),
        Column("entry_requirements", STRINGS, "What else it asks of those who enrol, in the source's words: shown, not "
               "enforced", "Ses autres préalables, dans les mots de la source : montrés, non imposés"),
        Column("prerequisites_met", BOOL, "Whether the steps before meet all that it asks; false if the entry "
               "requirements are to be checked", "Vrai si les étapes précédentes satisfont à tout ce qu'il exige; faux "
               "si des préalables restent à vérifier"),
    ),
)

TRANSITIONS = Table(
    "transitions", "From one role to another: what is missing, what carries over, and the credentials that bridge it.",
    "D'un rôle à un autre : ce qui manque, ce qui se transfère, et les titres qui comblent l'écart.",
    ("from_role_id", "to_role_id", "region"),
    (
        Column("from_role_id", STRING, "Role that is left", "Rôle de départ", references="roles.role_id"),
        Column("to_role_id", STRING, "Role that is aimed at", "Rôle visé", references="roles.role_id"),
        REGION,
        Column("similarity", FLOAT, "Importance that both roles put on the same skills",
               "Importance que les deux rôles accordent aux mêmes compétences", low=0, high=1),
        Column("gap", FLOAT, "Importance-weighted part of the skills of the role aimed at that the other lacks",
               "Part, pondérée par l'importance, des compétences du rôle visé qui manquent à l'autre", low=0, high=1),
        Column("gap_low", FLOAT, "Lower end of the interval (Bayesian bootstrap over the postings of both)",
               "Borne inférieure de l'intervalle (bootstrap bayésien sur les offres des deux)", low=0, high=1),
        Column("gap_high", FLOAT, "Upper end of the interval", "Borne supérieure de l'intervalle", low=0, high=1),
        Column("gap_skills", STRINGS, "Skills to be learned, most missing first",
               "Compétences à acquérir, de la plus manquante à la moins manquante"),
        Column("transferable_skills", STRINGS, "Skills that carry over, most worth first",
               "Compétences transférables, de la plus utile à la moins utile"),
        Column("stack", STRINGS, "Credentials to take, in order (credential_id)",
               "Titres à suivre, dans l'ordre (credential_id)"),
        Column("gap_closed", FLOAT, "Part of the gap that the stack closes", "Part de l'écart que ces titres comblent",
               low=0, high=1),
        Column("hours", FLOAT, "Hours of the stack; empty if one of it does not state them",
               "Heures de l'ensemble; vide si l'un des titres ne les précise pas", nullable=True, unit="hours", low=0),
        Column("vacancies_from", INT, "Vacancies of the role that is left", "Postes vacants du rôle de départ",
               nullable=True, unit="vacancies", low=0),
        Column("vacancies_to", INT, "Vacancies of the role that is aimed at", "Postes vacants du rôle visé",
               nullable=True, unit="vacancies", low=0),
        Column("wage_from", FLOAT, "Median hourly wage of the role that is left", "Salaire horaire médian du rôle de "
               "départ", nullable=True, unit="currency/hour", low=0),
        Column("wage_to", FLOAT, "Median hourly wage of the role that is aimed at", "Salaire horaire médian du rôle "
               "visé", nullable=True, unit="currency/hour", low=0),
        Column("wage_change", FLOAT, "Ratio of wage_to to wage_from", "Rapport de wage_to à wage_from", nullable=True,
               low=0),
        Column("suppressed", BOOL, "Whether a role has too few postings there for figures of demand to be shown",
               "Vrai si un rôle y a trop peu d'offres pour que la demande soit montrée"),
    ),
)
