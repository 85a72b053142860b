"""Sentences that every posting may carry and that ask for no skill: equal opportunity, how to apply, what is offered.

A short list of turns of phrase in both languages; whoever writes one of them speaks of the employer or of the
application, not of the work.
"""

from __future__ import annotations

import re

from pipeline.ingest import Kind

_EQUAL_OPPORTUNITY = (
    r"equal[- ]opportunity|employment equity|equity[- ](?:seeking|deserving)|"
    r"(?:values?|celebrates?|committed to|champions?|welcomes?|promotes?) (?:a |an )?(?:\w+,? ){0,4}"
    r"(?:diversity|inclusi(?:ve|on))|all qualified (?:applicants|candidates)|without regard to|"
    r"accommodations? (?:is|are|will be|can be) (?:available|provided|made)|"
    r"[ée]galit[ée] (?:d'acc[èe]s|des chances)|[ée]quit[ée] en (?:mati[èe]re d'emploi|emploi)|"
    r"programme d'acc[èe]s|mesures d'adaptation|"
    r"(?:valoris|c[ée]l[èe]br|favoris|encourag|souscri|adh[èe]r)\w*(?: \S+){0,6} "
    r"(?:diversit[ée]|inclusi(?:f|ve|on)|[ée]quit[ée])"
)
_APPLICATION = (
    r"thanks? (?:all|every|you for)|only (?:those|candidates|applicants) (?:selected|who)|"
    r"to apply,|apply (?:now|online|today|by (?:e-?mail|fax|mail|phone)|in person)|"
    r"send (?:us )?your (?:resume|résumé|cv)|submit (?:your|a) (?:resume|résumé|cv|application)|"
    r"remerci\w+ (?:tou|l'int|les|de votre)|(?:faites|faire) parvenir|"
    r"seul[se]*s? les (?:personnes|candidat\S*)(?: \S+){0,3} (?:retenu|s[ée]lectionn)\w*|"
    r"envoye[rz] (?:votre|vos|nous)|postule[rz]\b|pour postuler|transmett\w+ (?:votre|vos)"
)
_OFFER = (
    r"\bwe offer\b|benefits? (?:package|plan|include)|"
    r"(?:dental|health|life|vision) (?:insurance|(?:care )?(?:plan|benefits)\b(?! of))(?! sales)|"
    r"\brrsp\b|pension plan|paid (?:vacation|time off|sick)|signing bonus|"
    r"competitive (?:wage|salary|pay|compensation)|nous (?:vous )?offrons|avantages sociaux|"
    r"assurances? (?:collectives?|dentaires?|sant[ée]|maladie)|\breer\b|r[ée]gime (?:de retraite|d'assurance)|"
    r"vacances pay[ée]es|cong[ée]s (?:pay[ée]s|mobiles)|tickets? restaurant|\bmutuelle\b|"
    r"salaire (?:comp[ée]titif|concurrentiel)|primes? (?:de (?:nuit|soir|d[ée]part)|d'[ée]loignement)"
)
_OF_ANY = re.compile(f"{_EQUAL_OPPORTUNITY}|{_APPLICATION}", re.IGNORECASE)
_OF_POSTINGS = re.compile(_OFFER, re.IGNORECASE)


def is_boilerplate(text: str, kind: Kind) -> bool:
    """Whether a unit of text speaks of the employer or the application rather than of the work.

    Args:
        text: one unit, in English or French.
        kind: of the document; what a credential offers ("we offer training in welding") is what it teaches.
    """
    plain = text.replace("’", "'")
    return bool(_OF_ANY.search(plain) or (kind == "postings" and _OF_POSTINGS.search(plain)))
