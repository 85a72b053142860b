"""What the definition check tells an issuer, in English and in French."""

from __future__ import annotations

from typing import Final

from pipeline.answers.wording import Trait

# (trait, finding) -> English, French. {low} and {high} are the bounds of the settings, in hours.
ADVICE: Final[dict[tuple[Trait, str], tuple[str, str]]] = {
    ("short", "not_stated"): (
        "State the learner's total effort in hours, class and own work together: a length in weeks does not say it.",
        "Indiquez l'effort total en heures, cours et travail personnel compris : une durée en semaines n'en dit rien.",
    ),
    ("short", "contradicted"): (
        "The stated effort lies outside {low} to {high} hours: offer it in shorter units that stand alone, or do not "
        "call it a microcredential.",
        "L'effort indiqué n'est pas entre {low} et {high} heures : offrez-le en unités plus courtes et "
        "autonomes, ou ne l'appelez pas microcertification.",
    ),
    ("skills_based", "not_stated"): (
        "List learning outcomes as skills: each begins with a verb and names what the learner can do afterwards.",
        "Énumérez les acquis sous forme de compétences : un verbe, puis ce que la personne saura faire.",
    ),
    ("stackable", "not_stated"): (
        "Name the larger credentials that it counts towards, or say that it stands alone.",
        "Nommez les titres plus larges auxquels elle contribue, ou précisez qu'elle est autonome.",
    ),
    ("stackable", "contradicted"): (
        "It is said not to count towards anything larger: consider an agreement on credit, and state it.",
        "Il est dit qu'elle ne compte pour aucun titre plus large : envisagez une entente de reconnaissance, et "
        "mentionnez-la.",
    ),
    ("issued", "not_stated"): (
        "Name the organisation that issues it.",
        "Nommez l'organisme qui la délivre.",
    ),
    ("assessed", "not_stated"): (
        "Say how the skills are assessed, by whom, and what must be shown to pass.",
        "Précisez comment les compétences sont évaluées, par qui, et ce qu'il faut démontrer pour réussir.",
    ),
    ("assessed", "contradicted"): (
        "It is given for attendance: assess the skills against a stated standard, or call it an attestation of "
        "attendance.",
        "Elle est remise sur simple participation : évaluez les compétences selon une norme énoncée, ou parlez "
        "d'attestation de participation.",
    ),
    ("recognised", "not_stated"): (
        "Say who recognises or validates it: employers, an industry or professional body, a quality agency.",
        "Indiquez qui la reconnaît ou la valide : employeurs, association sectorielle ou ordre, organisme d'assurance "
        "de la qualité.",
    ),
    ("recognised", "contradicted"): (
        "It is said not to be recognised: have employers or an industry body validate its outcomes.",
        "Il est dit qu'elle n'est pas reconnue : faites valider ses acquis par des employeurs ou une association "
        "sectorielle.",
    ),
    ("verifiable", "not_stated"): (
        "Say how a third party can verify it: a digital badge, a verifiable credential, a register.",
        "Indiquez comment un tiers peut la vérifier : badge numérique, titre vérifiable, registre.",
    ),
    ("verifiable", "contradicted"): (
        "No proof is issued: give those who succeed a digital badge or a verifiable credential.",
        "Aucune preuve n'est remise : délivrez à qui réussit un badge numérique ou un titre vérifiable.",
    ),
    ("delivery_mode", "not_stated"): (
        "State the mode of delivery: online, in person or blended.",
        "Indiquez le mode de prestation : en ligne, en présentiel ou hybride.",
    ),
}


def advise(trait: Trait, finding: str, low: float, high: float) -> tuple[str | None, str | None]:
    """Advice in English and in French; none where the trait is found.

    Args:
        trait: of the check.
        finding: found, not_stated or contradicted.
        low: fewest hours of the settings.
        high: most hours of the settings.
    """
    if finding == "found":
        return None, None
    english, french = ADVICE[trait, finding]
    low_text, high_text = f"{low:g}", f"{high:g}"
    return english.format(low=low_text, high=high_text), french.format(low=low_text, high=high_text)
