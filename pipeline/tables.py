"""The contract: every published table's columns, keys and references, described in English and French.

A table's Arrow schema, the data package, the documentation and the gate's checks are all made from what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from pipeline.errors import PasserelleError


@dataclass(frozen=True)
class Column:
    """A column: its Arrow type, what it holds in both languages, and what values it may take.

    `unit` names what a number counts; `low` and `high` bound it; `references` names the "table.column" that holds it.
    """

    name: str
    type: pa.DataType
    en: str
    fr: str
    nullable: bool = False
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    references: str | None = None


@dataclass(frozen=True)
class Table:
    """A published table: one row per `key`, rows sorted by it."""

    name: str
    en: str
    fr: str
    key: tuple[str, ...]
    columns: tuple[Column, ...] = field(repr=False)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, columns in the published order."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def conform(self, table: pa.Table) -> pa.Table:
        """Columns in order and cast, rows sorted by the key: the bytes no longer depend on how the rows were made.

        Raises:
            PasserelleError: a column is missing or cannot be cast; names the table and the column.
        """
        missing = [c.name for c in self.columns if c.name not in table.column_names]
        if missing:
            raise PasserelleError(f"Table {self.name}: missing columns {', '.join(missing)}.")
        cast = pa.table([self._cast(column, table[column.name]) for column in self.columns], schema=self.schema)
        return cast.sort_by([(name, "ascending") for name in self.key]).combine_chunks()

    def _cast(self, column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
        if values.null_count and not column.nullable:
            raise PasserelleError(f"Table {self.name}, column {column.name}: {values.null_count} rows are empty.")
        try:
            return values.cast(column.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
            raise PasserelleError(f"Table {self.name}, column {column.name}: {error}.") from error


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

SKILLS = Table(
    "skills", "Every skill of the taxonomy.", "Toutes les compétences de la taxonomie.", ("skill_id",),
    (
        Column("skill_id", STRING, "Identifier in the taxonomy", "Identifiant dans la taxonomie"),
        LABEL_EN, LABEL_FR,
        Column("kind", STRING, "skill, knowledge, attitude or language", "skill (savoir-faire), knowledge (savoir), "
               "attitude ou language (langue)", nullable=True),
        Column("reuse", STRING, "How widely it is used: transversal to occupation-specific",
               "Portée : de transversal (transversale) à occupation-specific (propre à une profession)", nullable=True),
        Column("sector", STRING, "Sector of the starter taxonomy", "Secteur de la taxonomie de départ", nullable=True),
    ),
)

ROLES = Table(
    "roles", "Every occupation of the taxonomy, with how many postings found it.",
    "Toutes les professions de la taxonomie, avec le nombre d'offres rattachées.", ("role_id",),
    (
        Column("role_id", STRING, "Identifier of the occupation", "Identifiant de la profession"),
        LABEL_EN, LABEL_FR,
        Column("noc_2021", STRING, "NOC 2021 unit group", "Groupe de base de la CNP 2021", nullable=True),
        Column("isco_08", STRING, "ISCO-08 unit group", "Groupe de base de la CITP-08", nullable=True),
        Column("sector", STRING, "Sector of the starter taxonomy", "Secteur de la taxonomie de départ", nullable=True),
        Column("postings", INT, "Postings in the window assigned to it", "Offres de la période qui y sont rattachées",
               unit="postings", low=0),
        Column("profiled", BOOL, "Whether there were enough postings for a profile",
               "Vrai si le nombre d'offres suffit à un profil"),
    ),
)

POSTINGS = Table(
    "postings", "Every posting kept, once, and the role it was assigned to.",
    "Chaque offre retenue, une seule fois, et le rôle auquel elle est rattachée.", ("posting_id",),
    (
        Column("posting_id", STRING, "Source and the source's own id", "Source et identifiant dans la source"),
        Column("source", STRING, "Where it came from", "Provenance"),
        Column("title", STRING, "Title as posted", "Intitulé tel que publié"),
        Column("language", STRING, "en or fr", "en ou fr"),
        Column("employer", STRING, "Employer as posted", "Employeur tel que publié", nullable=True),
        Column("region", STRING, "ISO 3166-2 region", "Région ISO 3166-2", nullable=True),
        Column("posted_on", DATE, "Date posted", "Date de publication", nullable=True),
        Column("in_window", BOOL, "Whether it counts towards the profiles (its date lies in the window)",
               "Vrai si l'offre compte dans les profils (sa date est dans la période)"),
        Column("weight", FLOAT, "Vacancies times recency decay", "Postes vacants pondérés par l'ancienneté",
               unit="vacancies", low=0),
        Column("vacancies", INT, "Vacancies; 1 where the posting does not say", "Postes vacants; 1 si non précisé",
               unit="vacancies", low=0),
        Column("wage_low", FLOAT, "Lowest hourly wage, converted", "Salaire horaire minimal, converti", nullable=True,
               unit="currency/hour", low=0),
        Column("wage_high", FLOAT, "Highest hourly wage, converted", "Salaire horaire maximal, converti", nullable=True,
               unit="currency/hour", low=0),
        Column("education", STRING, "Least education asked", "Scolarité minimale demandée", nullable=True),
        Column("experience_months", INT, "Least experience asked", "Expérience minimale demandée", nullable=True,
               unit="months", low=0),
        Column("role_id", STRING, "Role it was assigned to; empty if unassigned",
               "Rôle attribué; vide si non rattachée", nullable=True, references="roles.role_id"),
        Column("role_confidence", FLOAT, "Confidence of the assignment", "Confiance du rattachement", low=0, high=1),
        Column("role_method", STRING, "code, code+title, title or unassigned",
               "code, code+title (code et intitulé), title (intitulé) ou unassigned (non rattachée)"),
        Column("skills", INT, "Skills found in it", "Compétences trouvées", unit="skills", low=0),
        Column("duplicates", INT, "Other postings of the same job, not counted", "Autres annonces du même poste, "
               "non comptées", unit="postings", low=0),
        Column("url", STRING, "Address as given", "Adresse telle que fournie", nullable=True),
    ),
)

CREDENTIALS = Table(
    "credentials", "Every credential read.", "Chaque titre de compétences lu.", ("credential_id",),
    (
        Column("credential_id", STRING, "Source and the source's own id", "Source et identifiant dans la source"),
        Column("source", STRING, "Where it came from", "Provenance"),
        Column("title_en", STRING, "Title in English", "Titre en anglais", nullable=True),
        Column("title_fr", STRING, "Title in French", "Titre en français", nullable=True),
        Column("issuer", STRING, "Issuer", "Émetteur", nullable=True),
        Column("credential_type", STRING, "Type as the source says", "Type selon la source", nullable=True),
        Column("hours", FLOAT, "Learner's total effort", "Effort total de la personne apprenante", nullable=True,
               unit="hours", low=0),
        Column("cost", FLOAT, "Cost in its own currency", "Coût dans sa propre monnaie", nullable=True, low=0),
        Column("cost_currency", STRING, "Currency of the cost", "Monnaie du coût", nullable=True),
        Column("delivery_mode", STRING, "online, in_person or blended", "online (en ligne), in_person (en présentiel) "
               "ou blended (hybride)", nullable=True),
        Column("assessment", STRING, "How it is assessed, in the source's words", "Évaluation, selon la source",
               nullable=True),
        Column("stackable_into", STRINGS, "Larger credentials it counts towards", "Titres plus larges auxquels il "
               "contribue"),
        Column("prerequisites", STRINGS, "What it asks of those who enrol", "Préalables"),
        Column("recognition", STRING, "Who recognises or validates it", "Reconnaissance ou validation", nullable=True),
        Column("level", STRING, "Level as the source says", "Niveau selon la source", nullable=True),
        Column("region", STRING, "ISO 3166-2 region", "Région ISO 3166-2", nullable=True),
        Column("languages", STRINGS, "Languages it is described in", "Langues de la description"),
        Column("skills", INT, "Skills it teaches", "Compétences enseignées", unit="skills", low=0),
        Column("url", STRING, "Address as given", "Adresse telle que fournie", nullable=True),
    ),
)

EVIDENCE = Table(
    "evidence", "For each document and skill the sentence that speaks most clearly for it.",
    "Pour chaque document et compétence, la phrase qui l'atteste le mieux.",
    ("document_kind", "document_id", "skill_id"),
    (
        Column("document_kind", STRING, "posting or credential", "posting (offre) ou credential (titre)"),
        Column("document_id", STRING, "The posting's or credential's id", "Identifiant de l'offre ou du titre"),
        SKILL_ID,
        Column("confidence", FLOAT, "Probability that the document calls for (or teaches) the skill: p(d,s)",
               "Probabilité que le document demande (ou enseigne) la compétence : p(d,s)", low=0, high=1),
        Column("sentence", STRING, "The text it was found in", "Le texte où elle a été trouvée"),
        Column("language", STRING, "Language of the sentence", "Langue de la phrase"),
        Column("start", INT, "First character of the match in the sentence", "Premier caractère dans la phrase",
               unit="characters", low=0),
        Column("end", INT, "Character after the match", "Caractère qui suit", unit="characters", low=0),
        Column("part", STRING, "Part of the document: title, description, outcome ...",
               "Partie du document : title (titre), description, outcome (acquis)..."),
        Column("part_start", INT, "First character of the sentence in that part",
               "Premier caractère de la phrase dans cette partie", unit="characters", low=0),
        Column("matched_label", STRING, "The taxonomy label that matched", "Le libellé de la taxonomie reconnu"),
        Column("method", STRING, "lexical, dense or lexical+dense; stated where the source states an identifier or a "
               "label of the taxonomy, stated+ and a method where it states another label",
               "lexical (mots), dense (sens) ou lexical+dense; stated si la source déclare un identifiant ou un "
               "libellé de la taxonomie, stated+ et une méthode si elle déclare un autre libellé"),
        Column("sentences", INT, "Sentences of the document that speak for the skill",
               "Phrases du document qui attestent la compétence", unit="sentences", low=1),
        Column("level", STRING, "How a posting asks for it, by the strongest of its sentences: required, unstated or "
               "preferred (an asset); unstated for credentials", "Comment l'offre la demande, selon la plus forte de "
               "ses phrases : required (exigée), unstated (non précisé) ou preferred (un atout); unstated pour les "
               "titres"),
        Column("years", FLOAT, "Most years of experience that a sentence of the posting asks for in it",
               "Le plus grand nombre d'années d'expérience qu'une phrase de l'offre y demande", nullable=True,
               unit="years", low=0),
        Column("proficiency", STRING, "Highest proficiency named beside it: basic, intermediate, advanced or expert",
               "La plus haute maîtrise nommée à côté : basic (de base), intermediate (intermédiaire), advanced "
               "(avancée) ou expert (experte)", nullable=True),
    ),
)

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

TABLES: dict[str, Table] = {
    table.name: table
    for table in (SKILLS, ROLES, POSTINGS, CREDENTIALS, EVIDENCE, ROLE_SKILLS, ROLE_DEMAND, CREDENTIAL_SKILLS, MATCHES,
                  MATCH_SKILLS)
}
