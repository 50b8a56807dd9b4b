"""Why a contact is allowed or refused, in the words of the receipt."""

from __future__ import annotations

from collections.abc import Mapping

from models.register import Words

REASONS: Mapping[str, Words] = {
    "unknown": Words("Nous ne connaissons pas cette personne.", "We do not know this person."),
    "deceased": Words("Cette personne est décédée.", "This person has died."),
    "objected": Words(
        "La personne s'est opposée à cet usage (RGPD, article 21).",
        "The person has objected to this use (GDPR Art. 21).",
    ),
    "individual": Words(
        "Un particulier n'est jamais cité parmi nos clients.", "An individual is never named among our customers."
    ),
    "restricted": Words(
        "Le traitement est limité : les données sont conservées, rien de plus (RGPD, article 18).",
        "Processing is restricted: the data is stored and no more (GDPR Art. 18).",
    ),
    "kept_too_long": Words(
        "La durée de conservation est échue : les données vont être effacées.",
        "The retention period is over: the data is about to be erased.",
    ),
    "needed": Words(
        "Ce contact est nécessaire et ne dépend pas d'un choix de la personne.",
        "This contact is necessary and does not depend on a choice of the person.",
    ),
    "never_asked": Words(
        "La personne n'a pas donné son consentement à cet usage sur ce canal.",
        "The person has not given consent to this use on this channel.",
    ),
    "notice_due": Words(
        "La personne n'a pas encore été informée (RGPD, article 14).",
        "The person has not been informed yet (GDPR Art. 14).",
    ),
    "requested": Words("Le consentement demandé n'est pas confirmé.", "The consent asked for is not confirmed."),
    "granted": Words("La personne a donné son consentement.", "The person has given consent."),
    "legitimate_interest": Words(
        "Adresse professionnelle, personne informée, intérêt légitime.",
        "Professional address, person informed, legitimate interest.",
    ),
    "refused": Words("La personne a refusé.", "The person has refused."),
    "lapsed": Words("La demande de consentement est restée sans réponse.", "The request for consent was not answered."),
    "expired": Words("Le consentement a expiré.", "The consent has expired."),
    "needs_refresh": Words(
        "La politique a changé : le consentement doit être redemandé.",
        "The policy has changed: consent has to be asked for again.",
    ),
    "withdrawn": Words("La personne a retiré son consentement.", "The person has withdrawn consent."),
    "invalidated": Words("Le consentement a été invalidé.", "The consent was invalidated."),
    "too_often": Words(
        "Une nouvelle lui a déjà été envoyée ces trente derniers jours.", "News was sent within the last thirty days."
    ),
}
