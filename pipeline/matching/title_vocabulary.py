"""The words of job titles that say something other than the occupation, and what abbreviations stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.ingest import Language

# --- Terms, shifts and calls ---------------------------------------------------------------------------------------

_SHIFTS = r"(?:day|night|evening|afternoon|overnight|graveyard|rotating|split|weekend)s?(?:[\s-]+shifts?)?"
_QUART = r"quarts? (?:de |d')?(?:jour|nuit|soir|soirée|fin de semaine|rotatifs?|travail)"
# Nothing that names an occupation holds these, so they go wherever they stand.
ANYWHERE = re.compile(
    rf"\b(?:full[ -]?time|part[ -]?time|temps[ -]plein|temps[ -]partiel|temps complet|{_QUART}|"
    r"poste permanent|dès que possible|débutants? acceptée?s?|grands? déplacements?|immediate start|start immediately|"
    r"red seal|all genders|km/h|à pourvoir)\b",
    re.I,
)
# At the end of a segment these are terms of employment; before a noun they may be its own: "contract administrator",
# "shift supervisor", "night auditor".
TRAILING = re.compile(
    rf"[\s,(-]+(?:permanente?s?|temporary|seasonal|casual|contract|contractual|urgent(?:ly)?|(?:now )?hiring|now|"
    rf"needed|wanted|required|{_SHIFTS}|shifts?|hourly|immediate(?:ly)?|start|remote|hybrid|on[ -]?site|positions?|"
    r"jobs?|asap|(?:job )?opportunit(?:y|ies)|temporaires?|saisonni(?:er|ère)s?|occasionnel(?:le)?s?|"
    r"contractuel(?:le)?s?|"
    r"(?:le |la )?(?:jour|nuit|soir|week-?end)|(?<!veilleur )(?<!veilleuse )(?<!auditeur )(?<!auditrice )"
    r"(?<!gardien )(?<!réceptionniste )(?<!surveillant )(?<!concierge )(?<!portier )(?<!centre )(?<!accueil )"
    r"(?<!hôpital )(?<!surveillante )(?<!gardienne )de (?:jour|nuit|soir|soirée|week-?end)|"
    r"en (?:cdi|cdd|intérim|alternance|apprentissage)|cdi|cdd|cdii|intérim|alternance|stage|poste|"
    r"recherchée?s?|demandée?s?|télétravail|hybride|immédiat(?:ement)?|urgence|asap|h\s?f)\s*$",
    re.I,
)
LEADING = re.compile(
    r"^(?:urgent(?:ly)?|now|hiring|wanted|looking for|we are|seeking|needed|immediate(?:ly)?|full[ -]?time|"
    r"part[ -]?time|temporary|seasonal|casual|remote|bilingual|experienced|an? |recherch(?:e|ons|ée?s?)|nous|"
    r"offre d'emplois?|alternan(?:ce|te?)|stag(?:e|iaire)|vacations?|formation|cdi|cdd|"
    r"intérim|recrut(?:e|ons|ement)|une? |job (?:title|opening)|bilingue|urgence)(?![\w'])[\s:,.-]*"
    r"|^postes?(?: permanents?| temporaires?)? (?:de |d'|comme )",
    re.I,
)
# A title never ends in one of these: what was cut after it belonged to it ("centre de jour", "chef de poste").
FUNCTION_WORDS = frozenset([
    "a", "à", "and", "au", "aux", "avec", "chez", "d", "de", "des", "du", "en", "et", "for", "in", "l", "la", "le",
    "les", "of", "ou", "on", "or", "par", "pour", "sur", "the", "to", "with",
])  # fmt: skip

# --- Seniority -----------------------------------------------------------------------------------------------------

SENIORITY = re.compile(
    r"(?:^|(?<=[\s,(/-]))(?:sr|jr)\b\.?|(?:^|(?<=[\s,(/-]))(?:senior|junior|sénior|intermediate|intermédiaire|"
    r"mid[ -]?level|entry[ -]level|expérimentée?s?|confirmée?s?|débutante?s?|level \d|niveau \d|"
    r"(?<=[\w)] )(?:iv|i{1,3}|[1-4](?=\s*$)))(?![\w'.])",
    re.I,
)

# --- Grammatical gender --------------------------------------------------------------------------------------------

# Lower case, no accents; the first ending that fits counts.
FEMININE_ENDINGS: tuple[tuple[str, str], ...] = (
    ("trice", "teur"), ("euse", "eur"), ("iere", "ier"), ("ienne", "ien"), ("eenne", "een"), ("onne", "on"),
    ("anne", "an"), ("ere", "er"), ("ive", "if"), ("elle", "el"), ("ee", "e"), ("ale", "al"), ("ante", "ant"),
    ("ente", "ent"), ("ointe", "oint"), ("ande", "and"), ("arde", "ard"), ("ise", "is"), ("ate", "at"), ("aine", "ain"),
    ("eure", "eur"), ("ine", "in"), ("ique", "ic"), ("ide", "id"), ("ane", "an"), ("ole", "ol"), ("aise", "ais"),
)  # fmt: skip
OTHER_GENDER: Mapping[str, str] = {
    "cheffe": "chef", "cheffes": "chefs", "hotesse": "hote", "hotesses": "hotes", "maitresse": "maitre",
    "femme": "homme", "femmes": "hommes", "serveuse": "serveur", "hote": "hote", "pelletiere": "pelletier",
    "doctoresse": "docteur", "negresse": "negre", "princesse": "prince", "copine": "copain",
}  # fmt: skip

# --- Abbreviations -------------------------------------------------------------------------------------------------

# Spelt out for good: written with a full stop or without, they stand for one word in a title.
ABBREVIATIONS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "tech": "technician", "techs": "technicians", "mgr": "manager", "mngr": "manager", "asst": "assistant",
        "supv": "supervisor", "supvr": "supervisor", "engr": "engineer", "maint": "maintenance", "elec": "electrical",
        "oper": "operator", "rep": "representative", "reps": "representatives", "acct": "accounting",
        "dev": "developer", "coord": "coordinator", "mfg": "manufacturing", "admin": "administrative", "svc": "service",
        "svcs": "services",
        "cust": "customer", "equip": "equipment", "dept": "department", "dir": "director", "exec": "executive",
        "vp": "vice president", "mech": "mechanical", "prod": "production", "whse": "warehouse",
        "const": "construction",
        "co-ordinator": "coordinator", "co-ordinators": "coordinators", "e-commerce": "ecommerce",
    },
    "fr": {
        "tech": "technicien", "resp": "responsable", "ass": "assistant", "asst": "assistant", "dir": "directeur",
        "ing": "ingénieur", "méca": "mécanique", "meca": "mécanique", "élec": "électrique", "elec": "électrique",
        "maint": "maintenance", "cond": "conducteur", "prépa": "préparateur", "prod": "production",
        "log": "logistique", "compta": "comptabilité", "admin": "administratif", "manut": "manutentionnaire",
        "kiné": "kinésithérapeute", "kine": "kinésithérapeute", "dév": "développeur", "dev": "développeur",
        "éduc": "éducateur", "educ": "éducateur", "prof": "professeur", "aux": "auxiliaire", "adj": "adjoint",
        "sec": "secrétaire", "opé": "opérateur", "automat": "automatisme", "électro": "électronique",
        "chim": "chimique", "commerc": "commercial", "gest": "gestionnaire", "coord": "coordonnateur",
        "rep": "représentant",
        "frigo": "frigorifique", "rest": "restauration", "clim": "climatisation", "indus": "industriel",
    },
}  # fmt: skip
# Only with a full stop: without it they are words.
DOTTED_ONLY = frozenset({"ass", "aux", "log", "sec", "rest", "rep", "const", "oper", "cond", "prof", "ing", "prod"})
# Spelt out in a further variant: labels bear the letters as well as the words.
ACRONYMS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "RN": "registered nurse", "LPN": "licensed practical nurse", "RPN": "practical nurse",
        "NP": "nurse practitioner",
        "PSW": "personal support worker", "HCA": "health care aide", "ECE": "early childhood educator",
        "CNA": "nursing assistant", "EA": "educational assistant", "OT": "occupational therapist",
        "PT": "physiotherapist", "HVAC": "heating ventilation air conditioning", "CNC": "computer numerical control",
        "HR": "human resources", "QA": "quality assurance", "QC": "quality control", "IT": "information technology",
        "ICT": "information technology", "AP": "accounts payable", "AR": "accounts receivable",
        "DBA": "database administrator", "BA": "business analyst", "UX": "user experience", "UI": "user interface",
        "PLC": "programmable logic controller", "GIS": "geographic information systems", "AV": "audio-visual",
        "CEO": "chief executive officer", "CFO": "chief financial officer", "CTO": "chief technology officer",
        "PR": "public relations", "CSR": "customer service representative", "EMT": "emergency medical technician",
        "HSE": "health safety environment", "EHS": "environment health safety", "ESL": "english as a second language",
        "SEO": "search engine optimisation", "NDT": "non-destructive testing", "TV": "television",
        "CPA": "chartered accountant", "LMT": "massage therapist", "RMT": "massage therapist",
    },
    "fr": {
        "RH": "ressources humaines", "TP": "travaux publics", "BTP": "bâtiment travaux publics", "PL": "poids lourd",
        "SPL": "super poids lourd", "VL": "véhicule léger", "IDE": "infirmier", "IDEC": "infirmier coordinateur",
        "ASH": "agent de service hospitalier", "AES": "accompagnant éducatif et social", "CN": "commande numérique",
        "AESH": "accompagnant des élèves en situation de handicap", "ADV": "administration des ventes",
        "SAV": "service après-vente", "VRD": "voirie et réseaux divers", "BE": "bureau d'études",
        "ATSEM": "agent spécialisé des écoles maternelles", "QSE": "qualité sécurité environnement",
        "QHSE": "qualité hygiène sécurité environnement", "HSE": "hygiène sécurité environnement",
        "PAB": "préposé aux bénéficiaires", "CPE": "éducateur à la petite enfance", "GRH": "ressources humaines",
        "CNC": "commande numérique", "TI": "technologies de l'information", "IT": "informatique",
        "PDG": "directeur général", "DRH": "directeur des ressources humaines",
        "DAF": "directeur administratif et financier",
        "VRP": "représentant de commerce", "AMP": "aide médico-psychologique",
        "CVC": "chauffage ventilation climatisation",
        "AVS": "auxiliaire de vie scolaire", "LS": "libre-service", "DSI": "directeur des systèmes d'information",
    },
}  # fmt: skip
