"""Tables of what was received: the taxonomy, the documents, and the evidence found in them."""

from __future__ import annotations

from pipeline.tables.columns import BOOL, DATE, FLOAT, INT, LABEL_EN, LABEL_FR, SKILL_ID, STRING, STRINGS
from pipeline.tables.model import Column, Table

# One line a column reads as the table that it is.
# fmt: off
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
        Column("industry_code", STRING, "Industry code as stated; empty where the posting states none", "Code "
               "d'industrie tel que déclaré; vide si l'offre n'en déclare pas", nullable=True),
        Column("industry_scheme", STRING, "Classification of that code: naics, or naf in postings from France; another "
               "source's own name in lower case", "Classification de ce code : naics (SCIAN), ou naf pour les offres "
               "de France; sinon le nom que lui donne la source, en minuscules", nullable=True),
        Column("region", STRING, "ISO 3166-2 region", "Région ISO 3166-2", nullable=True),
        Column("posted_on", DATE, "Date posted", "Date de publication", nullable=True),
        Column("in_window", BOOL, "Whether it counts towards the profiles (its date lies in the window)",
               "Vrai si l'offre compte dans les profils (sa date est dans la période)"),
        Column("weight", FLOAT, "Vacancies times recency decay", "Postes vacants pondérés par l'ancienneté",
               unit="vacancies", low=0),
        Column("vacancies", INT, "Vacancies; 1 where the posting does not say", "Postes vacants; 1 si non précisé",
               unit="vacancies", low=0),
        Column("vacancies_weighted", FLOAT, "Vacancies that it stands for in demand: weighted to official counts where "
               "there are any; 0 outside the window", "Postes vacants qu'elle représente dans la demande : pondérés "
               "selon les dénombrements officiels s'il y en a; 0 hors de la période", unit="vacancies", low=0),
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
