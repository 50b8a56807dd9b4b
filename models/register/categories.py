"""Categories of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from models.register.words import Words


class Category(StrEnum):
    """Categories of data (commitments.md, section 1, letters A to H), and the three that the program itself needs."""

    IDENTIFICATION = "identification"
    AUTHENTICATION = "authentication"
    CONFIGURATION = "configuration"
    ACCOUNTING = "accounting"
    CORRESPONDENCE = "correspondence"
    CONTENT = "content"
    VISITS = "visits"
    COOKIES = "cookies"
    CONSENT = "consent"
    ACCOUNTABILITY = "accountability"
    OPERATIONS = "operations"


@dataclass(frozen=True)
class CategoryEntry:
    """A category as people read it: its name, and what it comprises."""

    category: Category
    name: Words
    description: Words

    @property
    def id(self) -> str:
        """The category's own id."""
        return self.category.value


_ENTRIES = (
    CategoryEntry(
        Category.IDENTIFICATION,
        Words("Données d'identification et de contact", "Identification and contact data"),
        Words(
            "nom, prénom, adresse postale, adresse électronique, numéros de téléphone, organisation",
            "surname, first name, postal address, e-mail address, telephone numbers, organisation",
        ),
    ),
    CategoryEntry(
        Category.AUTHENTICATION,
        Words("Données d'authentification et journaux d'accès", "Authentication data and access logs"),
        Words(
            "journaux techniques, adresse IP, informations sur la sécurité et l'utilisation du terminal",
            "technical logs, IP address, information on the security and use of the device",
        ),
    ),
    CategoryEntry(
        Category.CONFIGURATION,
        Words("Données de configuration", "Configuration data"),
        Words(
            "configurations et versions des logiciels et des machines où nos produits sont utilisés",
            "configurations and versions of the software and machines where our products are used",
        ),
    ),
    CategoryEntry(
        Category.ACCOUNTING,
        Words("Données comptables", "Accounting data"),
        Words(
            "devis, factures pro forma, factures, avis de versement, référence du paiement",
            "quotes, pro-forma invoices, invoices, remittance advices, payment reference",
        ),
    ),
    CategoryEntry(
        Category.CORRESPONDENCE,
        Words("Correspondance", "Correspondence"),
        Words(
            "courriels, télécopies, relevés d'appels, demandes d'assistance et nos réponses",
            "e-mails, faxes, call records, support requests and our answers",
        ),
    ),
    CategoryEntry(
        Category.CONTENT,
        Words("Contenu publié", "Published content"),
        Words(
            "le nom d'utilisateur attaché aux pages, actualités et commentaires que vous publiez",
            "the user name attached to the pages, news and comments that you publish",
        ),
    ),
    CategoryEntry(
        Category.VISITS,
        Words("Pages visitées", "Pages visited"),
        Words(
            "la liste de vos dernières pages, que nous ne pouvons pas lire",
            "the list of your latest pages, which we cannot read",
        ),
    ),
    CategoryEntry(
        Category.COOKIES,
        Words("Cookies et mesure d'audience", "Cookies and audience measurement"),
        Words(
            "cookie de session, jeton « Se souvenir de moi », cookies de mesure d'audience si vous les acceptez",
            "session cookie, “Remember me” token, audience measurement cookies if you accept them",
        ),
    ),
    CategoryEntry(
        Category.CONSENT,
        Words("Choix et consentements", "Choices and consents"),
        Words(
            "ce que vous avez accepté, refusé ou retiré, quand, et le texte que vous aviez sous les yeux",
            "what you accepted, refused or withdrew, when, and the text that you were shown",
        ),
    ),
    CategoryEntry(
        Category.ACCOUNTABILITY,
        Words("Preuves de conformité", "Proof of compliance"),
        Words(
            "vos demandes de droits, la liste d'opposition sous forme d'empreintes, le journal des accès du personnel",
            "your rights requests, the objection list as digests, the journal of staff access",
        ),
    ),
    CategoryEntry(
        Category.OPERATIONS,
        Words("Données de fonctionnement", "Operating data"),
        Words(
            "messages techniques reçus d'Atlassian en attente de traitement, envois en attente",
            "technical messages received from Atlassian and waiting to be handled, messages waiting to be sent",
        ),
    ),
)

CATEGORIES: Mapping[Category, CategoryEntry] = MappingProxyType({entry.category: entry for entry in _ENTRIES})

if set(CATEGORIES) != set(Category):
    raise ValueError("a category of the register has no entry")
