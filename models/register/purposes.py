"""Why data is used: one purpose at a time, each with its legal basis (Art. 6(1) GDPR)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.register.categories import Category
from models.register.words import Words, by_id


class Basis(StrEnum):
    """Points of Article 6(1) that are relied on."""

    CONSENT = "6(1)(a)"
    CONTRACT = "6(1)(b)"
    LEGAL_OBLIGATION = "6(1)(c)"
    LEGITIMATE_INTEREST = "6(1)(f)"


class Channel(StrEnum):
    """Ways to reach a person (C84), and the pages that they visit."""

    EMAIL = "email"
    PHONE = "phone"
    FAX = "fax"
    POST = "post"
    WEB = "web"


BASIS_WORDS: Mapping[Basis, Words] = {
    Basis.CONSENT: Words("votre consentement", "your consent"),
    Basis.CONTRACT: Words("le contrat", "the contract"),
    Basis.LEGAL_OBLIGATION: Words("une obligation légale", "a legal obligation"),
    Basis.LEGITIMATE_INTEREST: Words("notre intérêt légitime", "our legitimate interest"),
}
CONTACT = (Channel.EMAIL, Channel.PHONE, Channel.FAX, Channel.POST)


@dataclass(frozen=True)
class Purpose:
    """One purpose. More than one basis: which of them applies depends on the person, and `label` tells how."""

    id: str
    label: Words
    bases: tuple[Basis, ...]
    categories: tuple[Category, ...]
    channels: tuple[Channel, ...] = ()
    commitments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.bases or not self.categories:
            raise ValueError(f"{self.id}: a purpose needs a legal basis and a category")

    @property
    def by_consent_only(self) -> bool:
        """Is nothing but consent a basis of it?"""
        return self.bases == (Basis.CONSENT,)


_CHOSEN = (
    Purpose(
        "prospect",
        Words(
            "Vous parler de nos produits après une évaluation (avec votre accord si votre adresse est personnelle)",
            "Talk to you about our products after an evaluation (with your consent if your address is a personal one)",
        ),
        (Basis.LEGITIMATE_INTEREST, Basis.CONSENT), (Category.IDENTIFICATION,), CONTACT, ("C55",),
    ),
    Purpose(
        "news",
        Words("Vous informer des changements importants de nos produits", "Tell you of major changes to our products"),
        (Basis.CONSENT,), (Category.IDENTIFICATION,), CONTACT, ("C21",),
    ),
    Purpose(
        "survey",
        Words("Vous demander votre avis sur nos produits et services", "Ask your opinion on our products and services"),
        (Basis.CONSENT,), (Category.IDENTIFICATION,), CONTACT, ("C20",),
    ),
    Purpose(
        "tracking",
        Words("Savoir si vous ouvrez nos courriels", "Know whether you open our e-mails"),
        (Basis.CONSENT,), (Category.IDENTIFICATION,), (Channel.EMAIL,),
    ),
    Purpose(
        "analytics",
        Words("Mesurer l'audience de nos sites", "Measure the audience of our sites"),
        (Basis.CONSENT,), (Category.COOKIES,), (Channel.WEB,), ("C45",),
    ),
    Purpose(
        "reference_list",
        Words("Citer votre organisation parmi nos clients", "Name your organisation among our customers"),
        (Basis.LEGITIMATE_INTEREST,), (Category.IDENTIFICATION,), (Channel.WEB,), ("C59", "C60"),
    ),
)  # fmt: skip
_NEEDED = (
    Purpose(
        "reply",
        Words("Répondre à vos messages", "Answer your messages"),
        (Basis.LEGITIMATE_INTEREST,), (Category.IDENTIFICATION, Category.CORRESPONDENCE), CONTACT, ("C16",),
    ),
    Purpose(
        "access",
        Words("Vous donner accès à nos sites", "Give you access to our sites"),
        (Basis.CONTRACT,),
        (Category.IDENTIFICATION, Category.AUTHENTICATION, Category.CONTENT, Category.COOKIES, Category.VISITS),
        (Channel.WEB,), ("C17", "C36", "C42"),
    ),
    Purpose(
        "contract",
        Words("Traiter votre commande et gérer votre compte", "Process your order and manage your account"),
        (Basis.CONTRACT,), (Category.IDENTIFICATION, Category.ACCOUNTING), CONTACT, ("C19",),
    ),
    Purpose(
        "support",
        Words("Vous apporter une assistance", "Give you support"),
        (Basis.CONTRACT,), (Category.IDENTIFICATION, Category.CORRESPONDENCE, Category.CONFIGURATION), CONTACT,
        ("C18", "C54"),
    ),
    Purpose(
        "case_notification",
        Words("Vous prévenir des réponses à vos demandes", "Notify you of answers to your support requests"),
        (Basis.CONTRACT,), (Category.IDENTIFICATION, Category.CORRESPONDENCE), (Channel.EMAIL,), ("C33",),
    ),
    Purpose(
        "improve",
        Words(
            "Administrer notre activité et développer nos produits, sur des chiffres qui ne désignent personne",
            "Administer our business and improve our products, on figures that point to nobody",
        ),
        (Basis.LEGITIMATE_INTEREST,), (Category.CONFIGURATION, Category.AUTHENTICATION), (), ("C18", "C22", "C54"),
    ),
    Purpose(
        "accounting",
        Words("Tenir notre comptabilité", "Keep our accounts"),
        (Basis.LEGAL_OBLIGATION,), (Category.IDENTIFICATION, Category.ACCOUNTING), (), ("C47",),
    ),
    Purpose(
        "security",
        Words("Protéger nos systèmes et les faire fonctionner", "Protect and operate our systems"),
        (Basis.LEGITIMATE_INTEREST,), (Category.AUTHENTICATION, Category.OPERATIONS), (), ("C41",),
    ),
    Purpose(
        "abuse",
        Words("Mettre fin à un comportement abusif", "Put an end to abusive behaviour"),
        (Basis.LEGITIMATE_INTEREST,), (Category.IDENTIFICATION, Category.CONTENT), (), ("C06", "C07"),
    ),
    Purpose(
        "rights",
        Words("Répondre à vos demandes, prouver vos choix", "Answer your rights requests, prove your choices"),
        (Basis.LEGAL_OBLIGATION,), (Category.IDENTIFICATION, Category.CONSENT, Category.ACCOUNTABILITY), CONTACT,
        ("C80",),
    ),
)  # fmt: skip

PURPOSES: Mapping[str, Purpose] = by_id((*_CHOSEN, *_NEEDED))

if {category for purpose in PURPOSES.values() for category in purpose.categories} != set(Category):
    raise ValueError("a category of the register serves no purpose")
