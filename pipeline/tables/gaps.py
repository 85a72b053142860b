"""Tables of what is missing: demanded skills that no credential teaches, traits that a credential does not state."""

from __future__ import annotations

from pipeline.tables.columns import BOOL, CREDENTIAL_ID, FLOAT, INT, REGION, SKILL_ID, STRING, STRINGS
from pipeline.tables.model import Column, Table

# One line a column reads as the table that it is.
# fmt: off
BUNDLE_ID = Column("bundle_id", STRING,
                   "Bundle of skills that could be one credential; made from its region and its skills",
                   "Groupe de compétences qui pourrait former un titre; tiré de sa région et de ses compétences")
ROLES = Column("roles", STRINGS, "Roles (role_id) that ask for it, those with most demand for it first",
               "Rôles (role_id) qui la demandent, par demande décroissante")
WAGE_POSTINGS = Column("wage_postings", INT, "Postings among them that state a wage", "Offres parmi celles-ci qui "
                       "indiquent un salaire", unit="postings", low=0)
WAGES = (
    Column("wage_median", FLOAT, "Median hourly wage of these postings; empty where too few state one",
           "Salaire horaire médian de ces offres; vide si trop peu l'indiquent", nullable=True, unit="currency/hour",
           low=0),
    Column("wage_median_low", FLOAT, "Lower end of its 90 % interval", "Borne inférieure de son intervalle à 90 %",
           nullable=True, unit="currency/hour", low=0),
    Column("wage_median_high", FLOAT, "Upper end of its 90 % interval", "Borne supérieure de son intervalle à 90 %",
           nullable=True, unit="currency/hour", low=0),
)

UNMET_DEMAND = Table(
    "unmet_demand", "Skills that employers ask for and no credential within reach teaches.",
    "Compétences que les employeurs demandent et qu'aucun titre accessible n'enseigne.", ("region", "skill_id"),
    (
        REGION, SKILL_ID,
        Column("scope", STRING, "nowhere (no credential teaches it) or not_in_region (one does, but not in this region "
               "and not online)", "nowhere (aucun titre ne l'enseigne) ou not_in_region (un titre l'enseigne, mais ni "
               "dans cette région ni en ligne)"),
        Column("demand", FLOAT, "Vacancies of the roles, each times the importance of the skill in the role",
               "Postes vacants des rôles, pondérés par l'importance de la compétence dans chacun", unit="vacancies",
               low=0),
        Column("rank", INT, "Rank by demand within the region", "Rang par demande dans la région", low=1),
        ROLES,
        Column("postings", INT, "Postings of these roles that ask for it", "Offres de ces rôles qui la demandent",
               unit="postings", low=0),
        Column("vacancies", FLOAT, "Vacancies that ask for it: vacancies times p(d,s), added up",
               "Postes vacants qui la demandent : somme des postes vacants multipliés par p(d,s)", unit="vacancies",
               low=0),
        Column("vacancies_low", FLOAT, "Lower end of its 90 % interval", "Borne inférieure de son intervalle à 90 %",
               unit="vacancies", low=0),
        Column("vacancies_high", FLOAT, "Upper end of its 90 % interval", "Borne supérieure de son intervalle à 90 %",
               unit="vacancies", low=0),
        WAGE_POSTINGS, *WAGES,
        Column("taught", FLOAT, "Greatest p(c,t) x sim(s,t) of the credentials within reach; below [unmet] min_taught",
               "Plus grand p(c,t) x sim(s,t) parmi les titres accessibles; inférieur à [unmet] min_taught", low=0,
               high=1),
        Column("nearest_credential_id", STRING, "Credential that comes nearest to teaching it; empty if none does at "
               "all", "Titre qui s'en approche le plus; vide s'il n'y en a aucun", nullable=True,
               references="credentials.credential_id"),
        BUNDLE_ID,
    ),
)

UNMET_BUNDLES = Table(
    "unmet_bundles", "Unmet skills gathered into bundles, each of which could be one short credential.",
    "Compétences non enseignées réunies en groupes, dont chacun pourrait former un titre court.",
    ("region", "bundle_id"),
    (
        REGION, BUNDLE_ID,
        Column("title_en", STRING, "Its skills of greatest demand, in English", "Ses compétences les plus demandées, "
               "en anglais"),
        Column("title_fr", STRING, "Its skills of greatest demand, in French", "Ses compétences les plus demandées, "
               "en français"),
        Column("skills", STRINGS, "Its skills (skill_id), most demanded first", "Ses compétences (skill_id), par "
               "demande décroissante"),
        ROLES,
        Column("sectors", STRINGS, "Sectors of these roles, where the taxonomy has them", "Secteurs de ces rôles, si "
               "la taxonomie les donne"),
        Column("demand", FLOAT, "Demand for its skills, added up", "Somme de la demande pour ses compétences",
               unit="vacancies", low=0),
        Column("rank", INT, "Rank by demand within the region", "Rang par demande dans la région", low=1),
        Column("postings", INT, "Postings that ask for at least one of its skills", "Offres qui demandent au moins une "
               "de ses compétences", unit="postings", low=0),
        Column("vacancies", FLOAT, "Vacancies that ask for at least one of them: vacancies times the greatest p(d,s), "
               "added up", "Postes vacants qui en demandent au moins une : somme des postes vacants multipliés par le "
               "plus grand p(d,s)", unit="vacancies", low=0),
        Column("vacancies_low", FLOAT, "Lower end of its 90 % interval", "Borne inférieure de son intervalle à 90 %",
               unit="vacancies", low=0),
        Column("vacancies_high", FLOAT, "Upper end of its 90 % interval", "Borne supérieure de son intervalle à 90 %",
               unit="vacancies", low=0),
        WAGE_POSTINGS, *WAGES,
        Column("cohesion", FLOAT, "Mean affinity of its pairs of skills; 1 for a single skill", "Affinité moyenne de "
               "ses paires de compétences; 1 pour une seule compétence", low=0, high=1),
        Column("hours", FLOAT, "Suggested hours: its number of skills times the median hours per skill of the short "
               "credentials that state theirs", "Durée suggérée : nombre de compétences multiplié par la médiane des "
               "heures par compétence des titres courts qui précisent la leur", nullable=True, unit="hours", low=0),
        Column("hours_low", FLOAT, "The same with the lower quartile", "De même avec le premier quartile",
               nullable=True, unit="hours", low=0),
        Column("hours_high", FLOAT, "The same with the upper quartile", "De même avec le troisième quartile",
               nullable=True, unit="hours", low=0),
        Column("fits", BOOL, "Whether it is enough for a credential of its own: suggested hours within [unmet] "
               "min_hours and max_hours", "Vrai si le groupe suffit à un titre : durée suggérée entre [unmet] "
               "min_hours et max_hours"),
        Column("example_postings", STRINGS, "Postings (posting_id) whose sentences in evidence ask most clearly for "
               "its skills", "Offres (posting_id) dont les phrases, dans evidence, demandent le plus clairement ses "
               "compétences"),
    ),
)

CREDENTIAL_DEFINITION = Table(
    "credential_definition", "Each trait that definitions of a microcredential share: whether a credential states it.",
    "Chaque trait que partagent les définitions d'une microcertification : énoncé, non précisé ou contredit.",
    ("credential_id", "trait"),
    (
        CREDENTIAL_ID,
        Column("trait", STRING, "short, skills_based, stackable, issued, assessed, recognised, verifiable or "
               "delivery_mode", "short (court), skills_based (axé sur des compétences), stackable (cumulable), issued "
               "(émetteur nommé), assessed (évalué), recognised (reconnu), verifiable (vérifiable) ou delivery_mode "
               "(mode de prestation)"),
        Column("finding", STRING, "found, not_stated or contradicted", "found (énoncé), not_stated (non précisé) ou "
               "contradicted (contredit)"),
        Column("evidence", STRING, "The words that say so, exactly as the source has them; empty if not stated",
               "Les mots qui le disent, tels que dans la source; vide si non précisé", nullable=True),
        Column("evidence_language", STRING, "Language of these words: en, fr or empty for a number or a code",
               "Langue de ces mots : en, fr ou vide pour un nombre ou un code", nullable=True),
        Column("evidence_part", STRING, "Part or field of the record they stand in", "Partie ou champ de la notice où "
               "ils se trouvent", nullable=True),
        Column("advice_en", STRING, "Advice to the issuer in English; empty where the trait is found",
               "Conseil à l'émetteur en anglais; vide si le trait est énoncé", nullable=True),
        Column("advice_fr", STRING, "Advice to the issuer in French; empty where the trait is found",
               "Conseil à l'émetteur en français; vide si le trait est énoncé", nullable=True),
    ),
)

CREDENTIAL_COMPLETENESS = Table(
    "credential_completeness", "How completely each credential states the traits of a microcredential.",
    "Dans quelle mesure chaque titre énonce les traits d'une microcertification.", ("credential_id",),
    (
        CREDENTIAL_ID,
        Column("completeness", FLOAT, "Share of the traits that are found", "Part des traits énoncés", low=0, high=1),
        Column("traits_found", INT, "Traits found", "Traits énoncés", unit="traits", low=0),
        Column("traits_not_stated", INT, "Traits not stated", "Traits non précisés", unit="traits", low=0),
        Column("traits_contradicted", INT, "Traits contradicted", "Traits contredits", unit="traits", low=0),
        Column("verdict", STRING, "yes (short, skills_based, issued and assessed, recognised or verifiable are found), "
               "no (one of these is contradicted) or undecided", "yes (oui : les traits short, skills_based, issued et "
               "assessed, recognised ou verifiable sont énoncés), no (non : l'un d'eux est contredit) ou undecided "
               "(indécis)"),
    ),
)

SHAPLEY = "Part of the difference that comes from "
PART = "Part de l'écart qui vient "

# No table of a snapshot, which depends on its own inputs only: it lies in the lake under changes/<from>..<to>/.
CHANGES = Table(
    "changes", "What changed in coverage between two snapshots, and why: the by_ columns add up to the difference.",
    "Ce qui a changé dans la couverture entre deux instantanés, et pourquoi : les colonnes by_ totalisent l'écart.",
    ("credential_id", "role_id"),
    (
        Column("credential_id", STRING, "Credential", "Titre de compétences"),
        Column("role_id", STRING, "Role", "Rôle"),
        Column("kind", STRING, "new (published in the later snapshot only), gone (in the earlier only) or both",
               "new (publié dans le second instantané seulement), gone (dans le premier seulement) ou both (les deux)"),
        Column("coverage_from", FLOAT, "Coverage in the earlier snapshot; where it was not published, what it would "
               "have been, and 0 without the credential or a profile of the role", "Couverture dans le premier "
               "instantané; si elle n'y était pas publiée, ce qu'elle aurait été, et 0 sans le titre ou sans profil du "
               "rôle", low=0, high=1),
        Column("coverage_to", FLOAT, "Coverage in the later snapshot, likewise", "Couverture dans le second "
               "instantané, de même", low=0, high=1),
        Column("by_demand", FLOAT, SHAPLEY + "other postings, or a later day", PART + "d'autres offres, ou d'une date "
               "ultérieure"),
        Column("by_credential", FLOAT, SHAPLEY + "another description of credentials", PART + "d'une autre description "
               "des titres"),
        Column("by_taxonomy", FLOAT, SHAPLEY + "another taxonomy", PART + "d'une autre taxonomie"),
        Column("by_model", FLOAT, SHAPLEY + "another encoder or linker", PART + "d'un autre encodeur ou d'autres "
               "règles de liaison"),
        Column("by_settings", FLOAT, SHAPLEY + "other settings", PART + "d'autres réglages"),
        Column("by_code", FLOAT, SHAPLEY + "another version of the program", PART + "d'une autre version du programme"),
        Column("by_unsplit", FLOAT, SHAPLEY + "several factors of `unsplit` at once, which can no longer be told apart",
               PART + "de plusieurs facteurs de `unsplit` à la fois, qu'on ne peut plus départager"),
        Column("unsplit", STRINGS, "Factors whose earlier state can no longer be run: changed first, not by Shapley",
               "Facteurs dont l'état antérieur ne peut plus être exécuté : changés d'abord, sans Shapley"),
    ),
)
