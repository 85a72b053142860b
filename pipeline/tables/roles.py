"""Tables of roles: what each asks for, and how much it is in demand."""

from __future__ import annotations

from pipeline.tables.columns import CURRENCY, FLOAT, INT, REGION, ROLE_ID, SKILL_ID, STRING, SUPPRESSED, interval
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
    "role_demand", "Demand for each role, nationally and in each region: vacancies, growth, wages, how open it is, and "
    "the composite index. Figures of a suppressed row are empty.",
    "La demande pour chaque rôle, à l'échelle nationale et par région : postes vacants, croissance, salaires, "
    "accessibilité et indice composite. Les chiffres d'une ligne supprimée sont vides.", ("role_id", "region"),
    (
        ROLE_ID, REGION, SUPPRESSED,
        Column("postings", INT, "Postings in the window", "Offres de la période", nullable=True, unit="postings",
               low=0),
        Column("employers", INT, "Distinct employers named", "Employeurs distincts nommés", nullable=True,
               unit="employers", low=0),
        Column("vacancies", INT, "Vacancies in the window, as advertised", "Postes vacants de la période, tels "
               "qu'annoncés", nullable=True, unit="vacancies", low=0),
        Column("weighting", STRING, "What vacancies_weighted counts: postings (as advertised), official_vacancies "
               "(weighted to an official count), or mixed (some of its postings have an official count)",
               "Ce que compte vacancies_weighted : postings (tels qu'annoncés), official_vacancies (pondérés selon un "
               "dénombrement officiel) ou mixed (une partie des offres a un dénombrement officiel)"),
        Column("vacancies_weighted", FLOAT, "Vacancies, weighted to official counts where there are any; else as "
               "advertised", "Postes vacants, pondérés selon les dénombrements officiels s'il y en a; sinon tels "
               "qu'annoncés", nullable=True, unit="vacancies", low=0),
        Column("vacancies_recent", INT, "Vacancies in the last growth window", "Postes vacants de la dernière fenêtre "
               "de croissance", nullable=True, unit="vacancies", low=0),
        Column("vacancies_before", INT, "Vacancies in the growth window before it", "Postes vacants de la fenêtre "
               "précédente", nullable=True, unit="vacancies", low=0),
        Column("growth", FLOAT, "Shrunk natural log ratio of the two windows", "Rapport logarithmique (népérien) lissé "
               "des deux fenêtres", nullable=True),
        *interval("growth", "the growth", "la croissance"),
        Column("wage_postings", INT, "Postings that state a wage", "Offres qui indiquent un salaire", nullable=True,
               unit="postings", low=0),
        Column("wage_q1", FLOAT, "Lower quartile of the hourly wage, over vacancies",
               "Premier quartile du salaire horaire, sur les postes vacants", nullable=True, unit="currency/hour",
               low=0),
        *interval("wage_q1", "the lower quartile", "le premier quartile", unit="currency/hour", low=0),
        Column("wage_median", FLOAT, "Median hourly wage, over vacancies", "Salaire horaire médian, sur les postes "
               "vacants", nullable=True, unit="currency/hour", low=0),
        *interval("wage_median", "the median wage", "le salaire médian", unit="currency/hour", low=0),
        Column("wage_q3", FLOAT, "Upper quartile of the hourly wage, over vacancies",
               "Troisième quartile du salaire horaire, sur les postes vacants", nullable=True, unit="currency/hour",
               low=0),
        *interval("wage_q3", "the upper quartile", "le troisième quartile", unit="currency/hour", low=0),
        CURRENCY,
        Column("education_postings", INT, "Postings that state an education", "Offres qui précisent la scolarité",
               nullable=True, unit="postings", low=0),
        Column("no_degree_share", FLOAT, "Share asking no degree, of the postings that state an education",
               "Part n'exigeant aucun grade, parmi les offres qui précisent la scolarité", nullable=True, low=0,
               high=1),
        *interval("no_degree_share", "the share asking no degree", "la part n'exigeant aucun grade", low=0, high=1),
        Column("experience_postings", INT, "Postings that state an experience", "Offres qui précisent l'expérience",
               nullable=True, unit="postings", low=0),
        Column("entry_experience_share", FLOAT, "Share asking a year's experience or less, of the postings that state "
               "an experience", "Part demandant au plus un an d'expérience, parmi les offres qui la précisent",
               nullable=True, low=0, high=1),
        *interval("entry_experience_share", "the share asking a year or less", "la part demandant au plus un an",
                  low=0, high=1),
        Column("official_vacancies", FLOAT, "Official count of vacancies of the role's occupation code, which several "
               "roles may share", "Dénombrement officiel des postes vacants du code de profession du rôle, que "
               "plusieurs rôles peuvent partager", nullable=True, unit="vacancies", low=0),
        Column("official_wage_low", FLOAT, "Low official hourly wage of the occupation code", "Salaire horaire "
               "officiel, bas de la fourchette, du code de profession", nullable=True, unit="currency/hour", low=0),
        Column("official_wage_median", FLOAT, "Median official hourly wage of the occupation code", "Salaire horaire "
               "officiel médian du code de profession", nullable=True, unit="currency/hour", low=0),
        Column("official_wage_high", FLOAT, "High official hourly wage of the occupation code", "Salaire horaire "
               "officiel, haut de la fourchette, du code de profession", nullable=True, unit="currency/hour", low=0),
        Column("official_outlook", STRING, "Official outlook of the occupation code, in the source's words",
               "Perspective officielle du code de profession, selon les mots de la source", nullable=True),
        Column("official_growth", FLOAT, "Official forecast of yearly employment growth of the occupation code, as a "
               "share (0.01 is 1 %)", "Prévision officielle de croissance annuelle de l'emploi du code de profession, "
               "en part (0,01 vaut 1 %)", nullable=True),
        Column("demand_index", FLOAT, "Weighted mean of the percentile ranks of vacancies_weighted, growth and median "
               "wage within the region (wage left out where there is none)", "Moyenne pondérée des rangs centiles de "
               "vacancies_weighted, de la croissance et du salaire médian dans la région (sans salaire s'il n'y en a "
               "pas)", nullable=True, low=0, high=1),
    ),
)
