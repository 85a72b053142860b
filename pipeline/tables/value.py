"""The table of what credentials are worth in the labour market."""

from __future__ import annotations

from pipeline.tables.columns import CREDENTIAL_ID, CURRENCY, FLOAT, INT, REGION, STRING, SUPPRESSED, interval
from pipeline.tables.model import Column, Table

# One line a column reads as the table that it is.
# fmt: off
CREDENTIAL_VALUE = Table(
    "credential_value", "Where each credential leads, nationally and in each region: the roles it covers, their "
    "vacancies and their median wage against that of all roles. Figures of a suppressed row are empty.",
    "Où mène chaque titre, à l'échelle nationale et par région : les rôles qu'il couvre, leurs postes vacants et leur "
    "salaire médian, comparé à celui de tous les rôles. Les chiffres d'une ligne supprimée sont vides.",
    ("credential_id", "region"),
    (
        CREDENTIAL_ID, REGION, SUPPRESSED,
        Column("roles_covered", INT, "Roles in demand there that it covers to the threshold or more", "Rôles demandés "
               "dans la région qu'il couvre au moins jusqu'au seuil", unit="roles", low=0),
        Column("roles_suppressed", INT, "Of these, roles whose demand there is suppressed: they count in no figure of "
               "this row", "Parmi eux, rôles dont la demande y est supprimée : ils ne comptent dans aucun chiffre de "
               "la ligne", unit="roles", low=0),
        Column("open_roles", INT, "Of these, roles open without a degree or long experience", "Parmi eux, rôles "
               "accessibles sans grade ni longue expérience", nullable=True, unit="roles", low=0),
        Column("best_role_id", STRING, "Of these, the role with the highest demand index", "Parmi eux, le rôle dont "
               "l'indice de demande est le plus élevé", nullable=True, references="roles.role_id"),
        Column("demand_index_best", FLOAT, "Demand index of that role", "Indice de demande de ce rôle", nullable=True,
               low=0, high=1),
        Column("postings", INT, "Postings of the roles covered", "Offres des rôles couverts", nullable=True,
               unit="postings", low=0),
        Column("vacancies", FLOAT, "Vacancies of the roles covered (vacancies_weighted of role_demand)",
               "Postes vacants des rôles couverts (vacancies_weighted de role_demand)", nullable=True,
               unit="vacancies", low=0),
        Column("vacancies_share", FLOAT, "Their share of the vacancies of all roles there", "Leur part des postes "
               "vacants de tous les rôles de la région", nullable=True, low=0, high=1),
        Column("wage_postings", INT, "Postings of the roles covered that state a wage", "Offres des rôles couverts qui "
               "indiquent un salaire", nullable=True, unit="postings", low=0),
        Column("wage_median", FLOAT, "Median hourly wage of the vacancies of the roles covered", "Salaire horaire "
               "médian des postes vacants des rôles couverts", nullable=True, unit="currency/hour", low=0),
        *interval("wage_median", "the median wage", "le salaire médian", unit="currency/hour", low=0),
        Column("wage_median_all", FLOAT, "Median hourly wage of the vacancies of all roles there that are not "
               "suppressed", "Salaire horaire médian des postes vacants de tous les rôles non supprimés de la région",
               nullable=True, unit="currency/hour", low=0),
        Column("wage_ratio", FLOAT, "wage_median / wage_median_all", "wage_median / wage_median_all (rapport des deux "
               "médianes)", nullable=True, low=0),
        CURRENCY,
    ),
)
