"""Who receives data. Nobody else does: a recipient that is not here is refused (C03, C04, C58)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.register.categories import Category
from models.register.words import Words, by_id


class RecipientRole(StrEnum):
    """How a recipient stands to the data."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"
    AUTHORITY = "authority"
    ON_OCCASION = "on_occasion"


ROLE_WORDS: Mapping[RecipientRole, Words] = {
    RecipientRole.CONTROLLER: Words("responsable de traitement distinct", "separate controller"),
    RecipientRole.PROCESSOR: Words("sous-traitant", "processor"),
    RecipientRole.AUTHORITY: Words("autorité", "authority"),
    RecipientRole.ON_OCCASION: Words("destinataire occasionnel", "occasional recipient"),
}


@dataclass(frozen=True)
class Recipient:
    """One recipient, or one kind of recipient: what it gets and when. `policy`: where its own policy is read."""

    id: str
    name: Words
    role: RecipientRole
    country: Words
    what: Words
    categories: tuple[Category, ...]
    policy: Words | None = None
    on: bool = True
    commitments: tuple[str, ...] = ()


FRANCE = Words("France", "France")
_NAMED = (
    Recipient(
        "atlassian",
        Words("Atlassian", "Atlassian"),
        RecipientRole.CONTROLLER,
        Words(
            "États-Unis et Australie (clauses contractuelles types)",
            "United States and Australia (standard contractual clauses)",
        ),
        Words(
            "nous transmet vos données d'identification lorsque vous évaluez un produit ; reçoit de nous des données "
            "de configuration, et rien d'autre, lorsqu'une demande d'assistance l'exige",
            "passes your identification data on to us when you evaluate a product; receives configuration data from "
            "us, and nothing else, when a support request calls for it",
        ),
        (Category.CONFIGURATION,),
        Words("https://www.atlassian.com/fr/legal/privacy-policy", "https://www.atlassian.com/legal/privacy-policy"),
        commitments=("C55", "C56"),
    ),
    Recipient(
        "paypal",
        Words("PayPal", "PayPal"),
        RecipientRole.CONTROLLER,
        Words("Luxembourg", "Luxembourg"),
        Words(
            "traite vos paiements en ligne ; nous ne gardons que la référence de la transaction",
            "handles your online payments; we keep nothing but the reference of the transaction",
        ),
        (Category.ACCOUNTING,),
        Words(
            "https://www.paypal.com/fr/legalhub/paypal/privacy-full",
            "https://www.paypal.com/uk/legalhub/paypal/privacy-full",
        ),
        commitments=("C51",),
    ),
    Recipient(
        "bnp_paribas",
        Words("BNP Paribas", "BNP Paribas"),
        RecipientRole.CONTROLLER,
        FRANCE,
        Words(
            "notre banque ; garde les détails de vos virements (numéro de compte, code agence, montant)",
            "our bank; keeps the details of your transfers (account number, branch code, amount)",
        ),
        (Category.ACCOUNTING,),
        Words("https://group.bnpparibas/protection-donnees", "https://group.bnpparibas/en/data-protection"),
        commitments=("C52",),
    ),
    Recipient(
        "google_analytics",
        Words("Google Analytics", "Google Analytics"),
        RecipientRole.PROCESSOR,
        Words("Irlande et États-Unis", "Ireland and United States"),
        Words(
            "désactivé ; s'il est activé un jour, reçoit et conserve des statistiques de visite des seules personnes "
            "qui l'ont accepté",
            "switched off; if it is ever switched on, receives and stores visit statistics of those people alone who "
            "accepted it",
        ),
        (Category.COOKIES,),
        Words("https://policies.google.com/privacy?hl=fr", "https://policies.google.com/privacy?hl=en"),
        on=False,
        commitments=("C45", "C46"),
    ),
)
_ON_OCCASION = (
    Recipient(
        "authorities",
        Words("Autorités publiques", "Public authorities"),
        RecipientRole.AUTHORITY,
        FRANCE,
        Words("ce que la loi leur permet d'exiger", "what the law entitles them to require"),
        tuple(Category),
        commitments=("C58",),
    ),
    Recipient(
        "abuse_parties",
        Words(
            "Votre employeur, votre fournisseur de messagerie ou d'accès à Internet, la police ou la justice",
            "Your employer, your e-mail or Internet provider, law enforcement",
        ),
        RecipientRole.ON_OCCASION,
        Words("selon le cas", "as the case may be"),
        Words(
            "en cas de contenu ou de comportement abusif : ce contenu et le nom de son auteur",
            "in case of abusive content or behaviour: that content and the name of its author",
        ),
        (Category.IDENTIFICATION, Category.CONTENT),
        commitments=("C07",),
    ),
    Recipient(
        "successor",
        Words("Un nouvel associé ou propriétaire de notre entreprise", "A new partner or owner of our business"),
        RecipientRole.ON_OCCASION,
        Words("selon le cas", "as the case may be"),
        Words(
            "en cas de coentreprise, de vente ou de fusion, après vous en avoir informé et sauf votre opposition",
            "in case of a joint venture, a sale or a merger, after telling you and unless you object",
        ),
        tuple(Category),
        commitments=("C61",),
    ),
)

RECIPIENTS: Mapping[str, Recipient] = by_id((*_NAMED, *_ON_OCCASION))
