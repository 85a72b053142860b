"""The tables that a scenario gives, described in both languages like those of a snapshot."""

from __future__ import annotations

import pyarrow as pa

from pipeline.tables import Column, Table

# One line a column reads as the table that it is.
# fmt: off
STRING, FLOAT, INT, BOOL = pa.string(), pa.float64(), pa.int64(), pa.bool_()
STRINGS = pa.list_(pa.string())

SIDE = Column("side", STRING, "start (the group) or end (where its people may go)",
              "start (le groupe) ou end (où ses membres peuvent aller)")
REGION = Column("region", STRING, "ISO 3166-2 region, or ALL", "Région ISO 3166-2, ou ALL")
SUPPRESSED = Column("suppressed", BOOL, "Whether figures are withheld because they rest on too few postings",
                    "Vrai si des chiffres sont retenus parce qu'ils reposent sur trop peu d'offres")


def _named(key: str, en: str, fr: str) -> tuple[Column, Column, Column]:
    """An id and the names that go with it; `key` names the id without "_id"."""
    label = "" if key in ("skill", "role") else f"{key}_"
    return (
        Column(f"{key}_id", STRING, en, fr),
        Column(f"{label}label_en", STRING, f"{en}: name in English", f"{fr} : nom en anglais"),
        Column(f"{label}label_fr", STRING, f"{en}: name in French", f"{fr} : nom en français"),
    )


def _share(name: str, en: str, fr: str, *, nullable: bool = False) -> Column:
    return Column(name, FLOAT, en, fr, nullable, low=0, high=1)


def _count(name: str, unit: str, en: str, fr: str, *, nullable: bool = False) -> Column:
    return Column(name, INT, en, fr, nullable, unit, low=0)


SKILL, ROLE = _named("skill", "Skill", "Compétence"), _named("role", "Role", "Rôle")
TAUGHT_BY = _count("taught_by", "credentials", "Credentials that teach it, or a similar skill, to [unmet] min_taught",
                   "Titres qui l'enseignent, ou une compétence proche, au moins à [unmet] min_taught")
LOW, HIGH = "Lower end of its interval", "Upper end of its interval"
BAS, HAUT = "Borne inférieure de son intervalle", "Borne supérieure de son intervalle"
WAGE = "currency/hour"

SKILLS = Table(
    "group_skills", "What the group asks for, as if it were one role.", "Ce que le groupe demande, comme s'il était un "
    "seul rôle.", ("side", "skill_id"),
    (
        SIDE, *SKILL,
        _count("postings", "postings", "Postings of the group that ask for it", "Offres du groupe qui la demandent"),
        _count("roles", "roles", "Roles of the group whose profile has it", "Rôles du groupe dont le profil la compte"),
        _share("share_raw", "Share of the group's weighted postings, not shrunk", "Part des offres pondérées du "
               "groupe, non lissée"),
        _share("share", "Share, shrunk towards the share over all postings", "Part, lissée vers la part de toutes les "
               "offres"),
        _share("share_low", LOW, BAS), _share("share_high", HIGH, HAUT),
        _share("share_all", "Share over all postings", "Part de toutes les offres"),
        Column("rca", FLOAT, "Revealed comparative advantage: share / share_all", "Avantage comparatif révélé : share "
               "/ share_all", low=0),
        _share("importance", "Weight in the group's profile; the weights add up to 1", "Poids dans le profil du "
               "groupe; les poids totalisent 1"),
        Column("rank", INT, "Rank by importance", "Rang par importance", low=1),
        TAUGHT_BY,
    ),
)

TRENDS = Table(
    "group_trends", "What is new: the share of the group's postings that ask for a skill, in the last [demand] "
    "window_days and in as many days before.", "Ce qui est nouveau : la part des offres du groupe qui demandent une "
    "compétence, dans les derniers [demand] window_days jours et dans autant de jours avant.", ("side", "skill_id"),
    (
        SIDE, *SKILL, SUPPRESSED,
        _count("postings_recent", "postings", "Postings of the last window that ask for it", "Offres de la dernière "
               "fenêtre qui la demandent", nullable=True),
        _count("postings_before", "postings", "Postings of the window before that ask for it", "Offres de la fenêtre "
               "précédente qui la demandent", nullable=True),
        _share("share_recent", "Share in the last window, shrunk towards that of both windows", "Part dans la dernière "
               "fenêtre, lissée vers celle des deux fenêtres", nullable=True),
        _share("share_before", "Share in the window before, likewise", "Part dans la fenêtre précédente, de même",
               nullable=True),
        Column("change", FLOAT, "share_recent - share_before", "share_recent - share_before", True, low=-1, high=1),
        Column("change_low", FLOAT, LOW, BAS, True, low=-1, high=1),
        Column("change_high", FLOAT, HIGH, HAUT, True, low=-1, high=1),
        Column("direction", STRING, "rising (the interval lies above 0), falling (below) or unclear; empty where "
               "suppressed", "rising (en hausse : l'intervalle est au-dessus de 0), falling (en baisse : au-dessous) "
               "ou unclear (incertain); vide si supprimé", True),
    ),
)

SHARED = Table(
    "group_shared", "What the roles of the group have in common, in the sectors of skills that the scenario names.",
    "Ce que les rôles du groupe ont en commun, dans les secteurs de compétences que nomme le scénario.", ("skill_id",),
    (
        *SKILL,
        Column("roles", STRINGS, "Roles (role_id) whose profile has it, most important first", "Rôles (role_id) dont "
               "le profil la compte, par importance décroissante"),
        _share("roles_share", "Their share of the group's roles that have a profile", "Leur part des rôles du groupe "
               "qui ont un profil"),
        Column("weight", FLOAT, "Its importance in these roles, added up", "Somme de son importance dans ces rôles",
               low=0),
        TAUGHT_BY,
    ),
)

ROLES = Table(
    "group_roles", "The roles of the group, with their demand and the credential that covers each best.",
    "Les rôles du groupe, avec leur demande et le titre qui couvre le mieux chacun.", ("side", "role_id", "region"),
    (
        SIDE, *ROLE, REGION, SUPPRESSED,
        _count("group_postings", "postings", "Postings of the group in this role, in all of the scenario's regions "
               "together; empty where too few", "Offres du groupe dans ce rôle, toutes régions du scénario "
               "confondues; vide si trop peu", nullable=True),
        _count("group_vacancies", "vacancies", "Their vacancies", "Leurs postes vacants", nullable=True),
        _count("postings", "postings", "Postings of the role there, from role_demand like all up to `open`", "Offres "
               "du rôle dans la région, selon role_demand comme la suite jusqu'à `open`", nullable=True),
        _count("vacancies", "vacancies", "Vacancies of the role there", "Postes vacants du rôle dans la région",
               nullable=True),
        Column("growth", FLOAT, "Shrunk log ratio of two windows", "Rapport logarithmique lissé de deux fenêtres",
               True),
        Column("growth_low", FLOAT, LOW, BAS, True), Column("growth_high", FLOAT, HIGH, HAUT, True),
        Column("wage_median", FLOAT, "Median hourly wage", "Salaire horaire médian", True, WAGE, low=0),
        Column("wage_median_low", FLOAT, LOW, BAS, True, WAGE, low=0),
        Column("wage_median_high", FLOAT, HIGH, HAUT, True, WAGE, low=0),
        _share("no_degree_share", "Share asking no degree", "Part n'exigeant aucun grade", nullable=True),
        _share("entry_experience_share", "Share asking a year's experience or less", "Part demandant au plus un an "
               "d'expérience", nullable=True),
        _share("demand_index", "Composite index", "Indice composite", nullable=True),
        Column("open", BOOL, "Whether both shares are at least [value] open_share; empty where one is not known",
               "Vrai si les deux parts atteignent [value] open_share; vide si l'une est inconnue", True),
        Column("credential_id", STRING, "Credential that covers the role best", "Titre qui couvre le mieux le rôle",
               True),
        Column("credential_label_en", STRING, "Its title in English", "Son titre en anglais", True),
        Column("credential_label_fr", STRING, "Its title in French", "Son titre en français", True),
        _share("coverage", "Its coverage of the role", "Sa couverture du rôle", nullable=True),
        _share("coverage_low", LOW, BAS, nullable=True), _share("coverage_high", HIGH, HAUT, nullable=True),
    ),
)

CREDENTIALS = Table(
    "group_credentials", "Which credentials serve the group: how far each covers its profile, and which of its roles "
    "each reaches.", "Quels titres servent le groupe : dans quelle mesure chacun en couvre le profil, et lesquels de "
    "ses rôles chacun atteint.", ("side", "credential_id"),
    (
        SIDE, *_named("credential", "Credential", "Titre de compétences"),
        Column("hours", FLOAT, "Learner's total effort", "Effort total de la personne apprenante", True, "hours", 0),
        Column("delivery_mode", STRING, "online, in_person or blended", "online (en ligne), in_person (en présentiel) "
               "ou blended (hybride)", True),
        Column("credential_region", STRING, "Region of the credential", "Région du titre", True),
        _share("coverage", "Importance-weighted part of the group's profile that it teaches", "Part, pondérée par "
               "l'importance, du profil du groupe qu'il enseigne"),
        _share("coverage_low", LOW, BAS), _share("coverage_high", HIGH, HAUT),
        _share("relevance", "Share of what it teaches that the group asks for", "Part de ce qu'il enseigne que le "
               "groupe demande"),
        Column("rank", INT, "Rank by coverage", "Rang par couverture", low=1),
        Column("roles_reached", STRINGS, "Roles (role_id) of the group that it covers to [value] min_coverage or more, "
               "best covered first", "Rôles (role_id) du groupe qu'il couvre au moins à [value] min_coverage, du mieux "
               "couvert au moins couvert"),
        _count("vacancies_reached", "vacancies", "Vacancies of the group in these roles, those of too few postings "
               "left out; empty where all are; never add them up over credentials", "Postes vacants du groupe dans ces "
               "rôles, sans ceux qui ont trop peu d'offres; vide si tous en ont trop peu; à ne jamais additionner d'un "
               "titre à l'autre", nullable=True),
        _share("vacancies_share", "Their share of the group's vacancies; empty where either is", "Leur part des postes "
               "vacants du groupe; vide si l'un ou l'autre l'est", nullable=True),
    ),
)

WAYS = Table(
    "group_ways", "From the roles of the group to others: the ways that leave at most max_gap to be learned and pay at "
    "least min_wage_change.", "Des rôles du groupe vers d'autres : les voies qui laissent à apprendre au plus max_gap "
    "et paient au moins min_wage_change.", ("from_role_id", "to_role_id", "region"),
    (
        *_named("from_role", "Role that is left", "Rôle de départ"),
        *_named("to_role", "Role that is aimed at", "Rôle visé"), REGION, SUPPRESSED,
        _share("gap", "Part of the role aimed at that is to be learned", "Part du rôle visé qui est à apprendre"),
        _share("gap_low", LOW, BAS), _share("gap_high", HIGH, HAUT),
        Column("stack", STRINGS, "Credentials to take, in order (credential_id)", "Titres à suivre, dans l'ordre "
               "(credential_id)"),
        _share("gap_closed", "Part of the gap that they close", "Part de l'écart qu'ils comblent"),
        Column("hours", FLOAT, "Hours of the stack; empty if one is not stated", "Heures de l'ensemble; vide si l'une "
               "n'est pas précisée", True, "hours", 0),
        Column("wage_from", FLOAT, "Median wage of the role that is left", "Salaire médian du rôle de départ", True,
               WAGE, 0),
        Column("wage_to", FLOAT, "Median wage of the role that is aimed at", "Salaire médian du rôle visé", True, WAGE,
               0),
        Column("wage_change", FLOAT, "wage_to / wage_from", "wage_to / wage_from", True, low=0),
        _count("vacancies_to", "vacancies", "Vacancies of the role aimed at", "Postes vacants du rôle visé",
               nullable=True),
    ),
)

UNMET = Table(
    "group_unmet", "Skills that the group's roles ask for and no credential within reach teaches.", "Compétences que "
    "demandent les rôles du groupe et qu'aucun titre accessible n'enseigne.", ("region", "skill_id"),
    (
        REGION, *SKILL,
        Column("scope", STRING, "nowhere or not_in_region", "nowhere (nulle part) ou not_in_region (pas dans la "
               "région)"),
        Column("roles", STRINGS, "Roles (role_id) of the group that ask for it", "Rôles (role_id) du groupe qui la "
               "demandent"),
        Column("demand", FLOAT, "Vacancies of these roles, each times the importance of the skill in it", "Postes "
               "vacants de ces rôles, pondérés par l'importance de la compétence dans chacun", unit="vacancies", low=0),
        Column("demand_all", FLOAT, "The same over all roles, from unmet_demand", "De même pour tous les rôles, selon "
               "unmet_demand", unit="vacancies", low=0),
        _count("postings", "postings", "Postings that ask for it, of all roles", "Offres qui la demandent, tous rôles "
               "confondus"),
        Column("bundle_id", STRING, "Its bundle in unmet_bundles", "Son groupe dans unmet_bundles"),
    ),
)

BUNDLES = Table(
    "group_bundles", "Bundles of unmet skills that the group's roles ask for: briefs for the next credential "
    "(`passerelle brief`).", "Groupes de compétences non enseignées que demandent les rôles du groupe : des fiches "
    "pour le prochain titre (`passerelle brief`).", ("region", "bundle_id"),
    (
        REGION,
        Column("bundle_id", STRING, "Bundle in unmet_bundles", "Groupe dans unmet_bundles"),
        Column("title_en", STRING, "Its skills of greatest demand, in English", "Ses compétences les plus demandées, "
               "en anglais"),
        Column("title_fr", STRING, "The same in French", "De même en français"),
        Column("roles", STRINGS, "Roles (role_id) of the group that ask for it", "Rôles (role_id) du groupe qui la "
               "demandent"),
        _count("skills", "skills", "Number of its skills", "Nombre de ses compétences"),
        Column("vacancies", FLOAT, "Vacancies that ask for at least one of them, of all roles", "Postes vacants qui en "
               "demandent au moins une, tous rôles confondus", unit="vacancies", low=0),
        Column("vacancies_low", FLOAT, LOW, BAS, unit="vacancies", low=0),
        Column("vacancies_high", FLOAT, HIGH, HAUT, unit="vacancies", low=0),
        Column("hours", FLOAT, "Suggested hours", "Durée suggérée", True, "hours", 0),
        Column("fits", BOOL, "Whether it is enough for a credential of its own", "Vrai si le groupe suffit à un titre"),
    ),
)

LEARNERS = Table(
    "group_learners", "What learners could take next for the shared skills, by where they start: one row a step, step "
    "0 is the start.", "Ce que des personnes apprenantes peuvent suivre pour les compétences communes, selon leur "
    "point de départ : une ligne par étape, l'étape 0 étant le départ.", ("learner", "step"),
    (
        Column("learner", STRING, "Level at which they start", "Niveau de départ"),
        Column("learner_en", STRING, "The level in English", "Le niveau en anglais"),
        Column("learner_fr", STRING, "The level in French", "Le niveau en français"),
        Column("step", INT, "Step; 0 is the start", "Étape; 0 est le départ", low=0),
        Column("credential_id", STRING, "Credential of the step", "Titre de l'étape", True),
        Column("credential_label_en", STRING, "Its title in English", "Son titre en anglais", True),
        Column("credential_label_fr", STRING, "Its title in French", "Son titre en français", True),
        Column("hours", FLOAT, "Its hours", "Ses heures", True, "hours", 0),
        _share("coverage", "Part of the shared skills, by weight, that is there after the step", "Part des "
               "compétences communes, par poids, acquise après l'étape"),
        _share("gain", "What the step adds", "Ce que l'étape ajoute"),
    ),
)

OUTCOMES = Table(
    "group_outcomes", "Agreed indicators in this snapshot; `passerelle outcomes` compares them with a baseline.",
    "Indicateurs convenus dans cet instantané; `passerelle outcomes` les compare à une référence.", ("indicator",),
    (
        Column("indicator", STRING, "Indicator", "Indicateur"),
        Column("label_en", STRING, "Indicator in English", "Indicateur en anglais"),
        Column("label_fr", STRING, "Indicator in French", "Indicateur en français"),
        Column("value", FLOAT, "Its value; empty where no row fits", "Sa valeur; vide si aucune ligne ne convient",
               True),
        Column("target", FLOAT, "Agreed target", "Cible convenue", True),
        Column("direction", STRING, "up (more is better) or down", "up (plus vaut mieux) ou down (moins vaut mieux)"),
        Column("reached", BOOL, "Whether the target is reached; empty without one", "Vrai si la cible est atteinte; "
               "vide sans cible", True),
    ),
)
# fmt: on

SCENARIO_TABLES: dict[str, Table] = {
    table.name: table
    for table in (SKILLS, TRENDS, SHARED, ROLES, CREDENTIALS, WAYS, UNMET, BUNDLES, LEARNERS, OUTCOMES)
}
