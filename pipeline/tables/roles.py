"""Tables of roles: what each asks for, and how much it is in demand."""

from __future__ import annotations

from pipeline.tables.columns import FLOAT, INT, REGION, ROLE_ID, SKILL_ID, STRING
from pipeline.tables.model import Column, Table

# One line a column reads as the table that it is.
# fmt: off
ROLE_SKILLS = Table(
    "role_skills", "What each role asks for: shares, RCA and importance of its skills.",
    "Ce que chaque rôle demande : part, ACR et importance de ses compétences.", ("role_id", "region", "skill_id"),
    (
        ROLE_ID, REGION, SKILL_ID,
        Column("postings", INT, "Postings of the role that ask for it", "Offres du rôle qui la demandent",
               unit="postings", low=0),
        Column("required_share", FLOAT, "Share of what share_raw counts that is required in so many words",
               "Part de ce que compte share_raw qui est exigée en toutes lettres", low=0, high=1),
        Column("share_raw", FLOAT, "Share of the role's weighted postings, not shrunk; a posting to which the skill is "
               "an asset counts less", "Part des offres pondérées du rôle, non lissée; une offre pour laquelle la "
               "compétence est un atout compte moins", low=0, high=1),
        Column("share", FLOAT, "Share, shrunk towards the share over all roles",
               "Part, lissée vers la part tous rôles confondus", low=0, high=1),
        Column("share_all", FLOAT, "Share over all roles", "Part tous rôles confondus", low=0, high=1),
        Column("rca", FLOAT, "Revealed comparative advantage: share / share over all roles",
               "Avantage comparatif révélé (ACR) : part / part tous rôles confondus", low=0),
        Column("importance", FLOAT, "Weight w(r,s) in coverage; a role's weights add up to 1",
               "Poids w(r,s) dans la couverture; les poids d'un rôle totalisent 1", low=0, high=1),
        Column("rank", INT, "Rank by importance within the role and region", "Rang par importance dans le rôle et la "
               "région", low=1),
    ),
)

ROLE_DEMAND = Table(
    "role_demand", "Demand for each role: vacancies, growth, wages and the composite index.",
    "La demande pour chaque rôle : postes vacants, croissance, salaires et indice composite.", ("role_id", "region"),
    (
        ROLE_ID, REGION,
        Column("postings", INT, "Postings in the window", "Offres de la période", unit="postings", low=0),
        Column("employers", INT, "Distinct employers named", "Employeurs distincts nommés", unit="employers", low=0),
        Column("vacancies", INT, "Vacancies in the window", "Postes vacants de la période", unit="vacancies", low=0),
        Column("vacancies_recent", INT, "Vacancies in the last growth window", "Postes vacants de la dernière fenêtre "
               "de croissance", unit="vacancies", low=0),
        Column("vacancies_before", INT, "Vacancies in the growth window before it", "Postes vacants de la fenêtre "
               "précédente", unit="vacancies", low=0),
        Column("growth", FLOAT, "Shrunk natural log ratio of the two windows", "Rapport logarithmique (népérien) lissé "
               "des deux fenêtres"),
        Column("wage_postings", INT, "Postings that state a wage", "Offres qui indiquent un salaire", unit="postings",
               low=0),
        Column("wage_q1", FLOAT, "Lower quartile of the hourly wage", "Premier quartile du salaire horaire",
               nullable=True, unit="currency/hour", low=0),
        Column("wage_median", FLOAT, "Median hourly wage", "Salaire horaire médian", nullable=True,
               unit="currency/hour", low=0),
        Column("wage_q3", FLOAT, "Upper quartile of the hourly wage", "Troisième quartile du salaire horaire",
               nullable=True, unit="currency/hour", low=0),
        Column("currency", STRING, "Currency of the wages", "Monnaie des salaires"),
        Column("no_degree_share", FLOAT, "Share asking no degree, of the postings that state an education",
               "Part n'exigeant aucun grade, parmi les offres qui précisent la scolarité", nullable=True, low=0,
               high=1),
        Column("entry_experience_share", FLOAT, "Share asking a year's experience or less, of the postings that state "
               "an experience", "Part demandant au plus un an d'expérience, parmi les offres qui la précisent",
               nullable=True, low=0, high=1),
        Column("demand_index", FLOAT, "Weighted mean of the percentile ranks of vacancies, growth and median wage "
               "within the region (wage left out where none is stated)", "Moyenne pondérée des rangs centiles des "
               "postes vacants, de la croissance et du salaire médian dans la région (sans salaire s'il n'est pas "
               "indiqué)",
               low=0, high=1),
    ),
)
