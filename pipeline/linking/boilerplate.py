"""Sentences that ask for no skill: equal opportunity, how to apply, what is offered, what is not needed.

A list of turns of phrase in both languages; whoever writes one of them speaks of the employer or of the application,
not of the work. Only what is certain stands here: what needs weighing is left to `relevance.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.ingest import Kind
from pipeline.linking.waivers import is_waived
from pipeline.phrases import Phrases, bare
from pipeline.privacy import MASK

# Someone speaks for the employer: "promote inclusion" is a task, "we promote inclusion" is not.
_WE = r"(?:\bwe|employer|company|organi[sz]ation|university|college|city|firm|group)(?: \w+){0,3}"
_NOUS = (
    r"(?:\bnous|employeur|entreprise|soci[ée]t[ée]|[ée]tablissement|groupe|organi(?:sme|sation)|ville|universit[ée]|"
    r"c[ée]gep|h[ôo]pital)(?: \S+){0,4}"
)
_FAIRNESS = r"(?:\S+ ){0,6}(?:l'|d')?(?:diversit[ée]|inclusi(?:f|ve|on)|[ée]quit[ée]|[ée]galit[ée])"
# Said of the employer whatever the sentence.
_EMPLOYER = (
    r"equal[- ](?:employment[- ])?opportunity (?:employer|workplace)|"
    r"(?:equity|inclusive|equal access) employer|"
    r"employ(?:er|eur) (?:qui souscrit|soucieux|inclusif)|"
    r"(?:do(?:es)?|shall|will) not discriminate|without regard to (?:race|age|sex|gender|colou?r|religion)|"
    r"sans (?:[ée]gard [àa]|distinction de) (?:la |leur |l')?(?:race|sexe|[âa]ge|genre|religion|origine|couleur)|"
    r"all qualified (?:applicants|candidates)(?: \S+){0,2} (?:will|are|shall|receive)|"
    r"(?:are|is) (?:strongly )?encouraged to (?:apply|self-identify)|"
    r"accommodations? (?:is|are|will be|can be) (?:available|provided|made)|"
    r"mesures d'adaptation (?:sont|seront|peuvent|pourr\w+)|"
    r"handi-?accueillante?|[ée]galit[ée] d'acc[èe]s [àa] l'emploi|"
    rf"(?:souscri[tv]|s'engage|nous nous engageons)\w* {_FAIRNESS}|"
    r"[ée]galit[ée] des chances (?:et|pour|dans|en|[àa]|de)\b|diversit[ée](?: et|,) (?:de |[àa] )?l'[ée]galit[ée]|"
    rf"{_WE} (?:values?|celebrates?|champions?|welcomes?|promotes?) (?:\w+,? ){{0,4}}(?:diversity|inclusi(?:on|ve))|"
    rf"{_NOUS} (?:valoris|c[ée]l[èe]br|favoris|encourag|promeu|promouv)\w* {_FAIRNESS}"
)
_APPLICATION = (
    r"\bwe (?:would like to )?(?:thank|appreciate)(?: \S+){0,3} (?:all|every|applicants?|candidates?|interest)|"
    r"thank you for (?:your interest|applying|considering)|thanks to all (?:applicants|candidates)|"
    r"only (?:those|candidates|applicants)(?: \S+){0,2} (?:selected|short-?listed|invited|chosen|who)|"
    r"^to apply[,:]|^how to apply\W*$|(?:^|\W )(?:please )?apply (?:now|today|online|here)"
    r"(?:\W*$|[.!,]| at\b| via\b| through\b| by\b)|"
    r"apply (?:by (?:e-?mail|fax|mail|phone)|in person)|"
    r"(?:send|forward|e-?mail|submit|drop off|upload) (?:us )?(?:your|a|their) "
    r"(?:resume|résumé|cv|cover letter|application)\b|"
    r"\bnous (?:vous |tenons à )?remerci\w+|remercions|merci de (?:postuler|nous (?:adresser|envoyer|transmettre))|"
    r"seul[se]*s? les (?:personnes|candidat\S*)(?: \S+){0,3} (?:retenu|s[ée]lectionn|convoqu)\w*|"
    r"(?:faites|faire|veuillez) (?:nous )?(?:parvenir|suivre) (?:votre|vos|leur|un|une) |"
    r"(?:envoye[rz]|adresse[rz]|transmett(?:re|ez)|d[ée]pose[rz]|soumett(?:re|ez))(?:[- ]nous)? (?:votre|vos|un|une) "
    r"(?:cv|curriculum|candidature|dossier|lettre)|(?:cliqu\w+ sur|bouton) [\"«]? ?postuler|"
    r"postulez|^postuler\b|(?:pour|comment) postuler|postuler [àa] cette offre|"
    r"n'h[ée]sitez (?:pas|plus)(?: [àa])?,? (?:postule|[àa] (?:postule|nous)|venez|nous)"
)
# A field of the posting's form with its value behind it, and what a wage is paid for.
_FIELD = (
    r"^(?:salary|wages?|pay|hourly rate|pay rate|compensation|location|work location|start date|closing date|"
    r"job type|contract type|employment type|job (?:number|reference|id)|req(?:uisition)? (?:id|number)|schedule|"
    r"hours|salaire|r[ée]mun[ée]ration|taux horaire|lieu(?: de (?:travail|la mission|mission))?|"
    r"date d(?:e|u|'\w+)[^:]{0,25}|horaires?(?: de travail)?|type de (?:contrat|poste)|contrat|dur[ée]e|"
    r"r[ée]f[ée]rence(?: de l'offre)?|nombre de postes?(?: à pourvoir)?|localisation) ?(?:range)? ?:"
)
_RATE = r"(?:\$|€|\beuros?)(?: bruts?)? ?(?:/ ?|per |an |(?:brut )?(?:de l'|par |l'))(?:h\b|hr\b|hour|heure)"
_LEGAL = (
    r"legally (?:entitled|eligible|authori[sz]ed|able|allowed) to work|"
    r"(?:entitled|eligible|authori[sz]ed|right) to work in (?:canada|the )|"
    r"droit de travailler (?:au|en)|autoris[ée]\S* [àa] travailler (?:au|en)|"
    r"(?:criminal record|background) check (?:is|will|may)|casier judiciaire (?:vierge|est|sera)"
)
# Said of what the employer gives; a credential's "we offer" introduces what it teaches.
_OFFER = (
    r"\bwe offer\b|nous (?:vous )?offrons|nous vous proposons|nous proposons une? (?:mission|poste)|"
    r"vous b[ée]n[ée]ficierez|vous b[ée]n[ée]ficiez (?!d'une (?:\w+ )?(?:formation|exp[ée]rience))|"
    r"you(?:'ll| will) (?:enjoy|be entitled to|be covered)|"
    r"signing bonus|prime (?:de signature|de cooptation)|competitive (?:wage|salary|pay|compensation)|"
    r"salaire (?:comp[ée]titif|concurrentiel|attractif)"
)
# Benefits by their names, which whoever handles them at work names too.
_BENEFIT = (
    r"(?:benefits?|benefits?,?) (?:package|plan|include)|group benefits|"
    r"(?:dental|health|medical|life|vision|disability) (?:insurance|coverage|(?:care )?(?:plan|benefits)\b(?! of))|"
    r"\b(?:health|vision) care (?:plan|benefits)|\brrsps?\b|401\(k\)|pension plan|"
    r"paid (?:vacations?|time off|sick|holidays|parental leave)|weeks (?:of )?(?:paid )?vacation|"
    r"(?:tuition|gym) (?:reimbursement|membership)|employee (?:discount|assistance program)|free parking|"
    r"profit[- ]sharing|avantages sociaux|assurances? (?:collectives?|dentaires?|sant[ée]|maladie|vie)|\breer\b|"
    r"r[ée]gime (?:de retraite|d'assurance)|fonds de pension|vacances pay[ée]es|cong[ée]s (?:pay[ée]s|mobiles)|"
    r"(?:tickets?|titres?|ch[èe]ques?|cartes?)[- ](?:restaurants?|vacances|d[ée]jeuner|cadeaux?)|"
    r"(?<!confiance )(?<!aide )(?<!écoute )(?<!entente )(?<!compréhension )\bmutuelle\b(?! connaissance)|"
    r"13 ?(?:e|[èe]me) mois|prime d'int[ée]ressement|participation aux b[ée]n[ée]fices|compte [ée]pargne[- ]temps|"
    r"primes? (?:de (?:nuit|soir|d[ée]part|panier|fin)|d'(?:[ée]loignement|[ée]quipe|anciennet[ée]|assiduit[ée]))|"
    r"stationnement gratuit|10 ?% (?:d'|de )?(?:ifm|cp|fin de mission|cong[ée]s)"
)
# ... and then the sentence says so: it opens with a task, or speaks of experience and knowledge.
_WORK = (
    r"^(?:\W*)(?:(?:administer|manag|process|sell|explain|coordinat|promot|advis|calculat|review|assess|verif|prepar|"
    r"maintain|handl|support|respond|answer|oversee|develop|design|implement|evaluat|negotiat|provid|conduct|deliver|"
    r"enrol|analy[sz]|plan|ensur|lead|facilitat|set|assist|understand|describ|compar|draft|bill|market|counsel|"
    r"recommend|communicat|train|complet|monitor|apply|assign|arrang|interpret|inform|identif|perform|organi[sz])"
    r"(?:e|es|s|ing|y|ies)?\b|"
    r"(?!loyer|profiter|toucher|recevoir|avoir|plaisir)\w+(?:(?<!i)er|fier|ir)\b|"
    r"(?:[ée]tudier|trier|publier|n[ée]gocier|vendre|mettre|prendre|r[ée]pondre|comprendre|d[ée]crire|connaître)\b|"
    r"(?:gestion|suivi|vente|conseil|traitement|administration|calcul|analyse|d[ée]claration|saisie|[ée]tablissement)\b)|"
    r"\b(?:experience|knowledge|understanding|familiarity|expertise|background|skills|responsible|duties|ability|able)\b|"
    r"\b(?:sales|administration|administrator|advisor|broker|counsellor|claims)\b|"
    r"exp[ée]riences? (?:de|en|dans|d')|connaissances?\b|ma[iî]trise|comp[ée]tences?\b|capacit[ée]|"
    r"vous (?:serez|[êe]tes) (?:responsable|charg[ée]|en charge)|vos missions|"
    r"vous (?:g[ée]r|conseill|vend|trait|renseign|[ée]tabliss|assur|suiv|prépar|accompagn)e?z\b|"
    r"\b(?:conseill|gestionnaire|courti|administrat)\w*"
)

# A unit longer than this is a paragraph that ran together; what stands behind its opening does not damn all of it.
MIXED_FROM = 220
MIXED_HEAD = 120
_OF_ANY = (
    Phrases(
        _EMPLOYER,
        "accommodation|accueillant|all qualified |des chances |distinction de|diversit|encouraged to |equal|galit|"
        "gard |inclusi|mesures d'adaptation |not discriminate|nous nous engageons|quit|regard to |s'engage|soucieux|"
        "souscri",
    ),
    Phrases(
        _APPLICATION,
        "apply|bouton|candidature|cliqu|curriculum|cv|dossier|drop off|forward|lettre|mail|merci de |only |parvenir|"
        "postule|remerci|send|seul|sitez p|submit|suivre|thank you for |thanks to all |upload|we ",
    ),
    Phrases(_FIELD, ":"),
    Phrases(_RATE, "$|€|euro"),
    Phrases(_LEGAL, "autoris|background|casier|criminal|droit de travailler|legally|to work in "),
)
_OF_POSTINGS = Phrases(
    _OFFER,
    "attractif|competitive |concurrentiel|cooptation|ficierez|ficiez |nous proposons|nous vous proposons|offrons|"
    "signature|signing bonus|titif|we offer| will|'ll",
)
_BENEFITS = Phrases(
    _BENEFIT,
    " care |% |13|401(k)|assurance|avantages sociaux|benefit|cadeau|cong|dental|disability|employee |fonds de pension|"
    "free parking|gime d|gym|health|holidays|jeuner|life|medical|mutuelle|parental leave|pargne|participation aux b|"
    "pension plan|prime|reer|restaurant|rrsp|sharing|sick|stationnement gratuit|time off|tuition|vacances|vacation|"
    "vision|weeks ",
)
_OF_WORK = re.compile(_WORK, re.IGNORECASE)


@lru_cache(maxsize=200_000)
def is_boilerplate(text: str, kind: Kind) -> bool:
    """Whether a unit of text speaks of the employer or the application rather than of the work.

    Args:
        text: one unit, in English or French.
        kind: of the document; what a credential offers ("we offer training in welding") is what it teaches.
    """
    plain = text.replace("’", "'")
    head = plain if len(plain) <= MIXED_FROM else plain[:MIXED_HEAD]
    bared = bare(head)
    if any(phrases.found(head, bared) for phrases in _OF_ANY) or is_waived(text):
        return True
    if kind != "postings":
        return False
    if MASK in head:  # whom to ask: a name, an address or a telephone number stood there
        return True
    if _OF_POSTINGS.found(head, bared):
        return True
    return _BENEFITS.found(head, bared) and _OF_WORK.search(plain) is None
