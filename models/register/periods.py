"""The rules of retention, one a kind of data (commitments.md C62 to C67; the rules A1 to H1 of privacy.md 4.2).

`[D]` marks a period which the published policy does not give and this program adds, since a category without an end
would be kept for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.register.categories import Category
from models.register.durations import Duration
from models.register.retention import Anchor, EndAction, Period, Relation, Role
from models.register.words import Words, by_id

_for = Duration.parse

_IDENTIFICATION = (
    # A2. The CNIL counts from the last contact BY the prospect: opening a mail is none, a click or a trial is.
    Period(
        "identification.prospect",
        Words("Coordonnées des prospects", "Contact data of prospects"),
        Category.IDENTIFICATION, Role.PROSPECT, _for("P3Y"), _for("P3Y"), Anchor.LAST_INBOUND_CONTACT,
        commitments=("C12", "C55", "C62"),
    ),
    # A1. After the relation only what the accounting documents need stays, in a restricted archive (CNIL, Free Mobile).
    Period(
        "identification.client",
        Words("Coordonnées des clients sur les pièces comptables", "Contact data of clients on accounting documents"),
        Category.IDENTIFICATION, Role.CLIENT, _for("P10Y"), _for("P10Y"), Anchor.CLIENT_ENDED,
        exempt_from_erasure="FR-L123-22", commitments=("C12", "C62"),
    ),
    Period(
        "identification.former_client",
        Words("Autres coordonnées des clients", "Other contact data of clients"),
        Category.IDENTIFICATION, Role.CLIENT, _for("P0D"), _for("P0D"), Anchor.CLIENT_ENDED, EndAction.ANONYMISE,
        commitments=("C62",),
    ),
)  # fmt: skip
_TECHNICAL = (
    # B1. Within the span by the volume of activity.
    Period(
        "authentication.access_log",
        Words("Journaux d'accès des visiteurs", "Access logs of visitors"),
        Category.AUTHENTICATION, Role.VISITOR, _for("P4D"), _for("P10D"), Anchor.LOG_WRITTEN,
        in_backups=False, commitments=("C13", "C40", "C63", "C64"),
    ),
    # C1, by mode of collection (C65).
    Period(
        "configuration.online_support",
        Words("Configurations reçues par le support en ligne", "Configurations received by online support"),
        Category.CONFIGURATION, Role.REQUESTER, _for("P3Y"), _for("P3Y"), Anchor.COLLECTED,
        relation=Relation.PROLONGS, commitments=("C14", "C65", "C66"),
    ),
    Period(
        "configuration.mail",
        Words("Configurations reçues par courriel", "Configurations received by e-mail"),
        Category.CONFIGURATION, Role.REQUESTER, _for("P3Y"), _for("P3Y"), Anchor.COLLECTED,
        relation=Relation.CUTS_SHORT, commitments=("C14", "C65", "C66"),
    ),
    # G1
    Period(
        "visits.recent_pages",
        Words("Dernières pages visitées", "Latest pages visited"),
        Category.VISITS, Role.VISITOR, _for("PT0H"), _for("PT1H"), Anchor.LAST_SERVER_ACCESS,
        in_backups=False, commitments=("C36", "C38"),
    ),
    Period(
        "cookies.session",
        Words("Cookie de session", "Session cookie"),
        Category.COOKIES, Role.VISITOR, _for("P0D"), _for("P0D"), Anchor.SESSION_ENDED,
        in_backups=False, commitments=("C42",),
    ),
    # H1 [D]
    Period(
        "cookies.remember_me",
        Words("Jeton « Se souvenir de moi »", "“Remember me” token"),
        Category.COOKIES, Role.VISITOR, _for("P30D"), _for("P30D"), Anchor.COLLECTED,
        in_backups=False, commitments=("C43",),
    ),
    # [D] The longest life that the CNIL's guidelines on cookies give an audience cookie.
    Period(
        "cookies.analytics",
        Words("Cookies de mesure d'audience acceptés", "Accepted audience measurement cookies"),
        Category.COOKIES, Role.VISITOR, _for("PT0H"), _for("P13M"), Anchor.COLLECTED,
        in_backups=False, commitments=("C45",),
    ),
)  # fmt: skip
_BUSINESS = (
    # D1
    Period(
        "accounting.document",
        Words("Devis, factures et avis de versement", "Quotes, invoices and remittance advices"),
        Category.ACCOUNTING, Role.CLIENT, _for("P10Y"), _for("P10Y"), Anchor.FISCAL_YEAR_END,
        exempt_from_erasure="FR-L123-22", commitments=("C15", "C47", "C48", "C49", "C67"),
    ),
    # The published "indefinitely" (C50) is settled by the rule of accounting: nothing is kept without an end.
    Period(
        "accounting.payment",
        Words("Référence des paiements en ligne", "Reference of online payments"),
        Category.ACCOUNTING, Role.CLIENT, _for("P10Y"), _for("P10Y"), Anchor.FISCAL_YEAR_END,
        exempt_from_erasure="FR-L123-22", commitments=("C50", "C51", "C67"),
    ),
    # E1
    Period(
        "correspondence.email",
        Words("Courriels", "E-mails"),
        Category.CORRESPONDENCE, Role.CORRESPONDENT, _for("P2Y"), _for("P2Y"), Anchor.COLLECTED,
        relation=Relation.CUTS_SHORT, commitments=("C29", "C30"),
    ),
    # [D] As mails.
    Period(
        "correspondence.post",
        Words("Courriers postaux", "Letters"),
        Category.CORRESPONDENCE, Role.CORRESPONDENT, _for("P2Y"), _for("P2Y"), Anchor.COLLECTED,
        relation=Relation.CUTS_SHORT, commitments=("C83", "C84"),
    ),
    # E2
    Period(
        "correspondence.fax",
        Words("Télécopies", "Faxes"),
        Category.CORRESPONDENCE, Role.CORRESPONDENT, _for("P0D"), _for("P0D"), Anchor.CONSULTED,
        commitments=("C27",),
    ),
    # E3 [D]
    Period(
        "correspondence.call",
        Words("Relevés d'appels", "Call records"),
        Category.CORRESPONDENCE, Role.CORRESPONDENT, _for("P1Y"), _for("P1Y"), Anchor.COLLECTED,
        commitments=("C25",),
    ),
    # [D] As the configurations that came with them.
    Period(
        "correspondence.case",
        Words("Demandes d'assistance en ligne", "Online support requests"),
        Category.CORRESPONDENCE, Role.REQUESTER, _for("P3Y"), _for("P3Y"), Anchor.COLLECTED,
        relation=Relation.PROLONGS, commitments=("C32",),
    ),
    # [D]
    Period(
        "content.author",
        Words("Nom d'utilisateur attaché au contenu publié", "User name attached to published content"),
        Category.CONTENT, Role.AUTHOR, _for("P0D"), _for("P0D"), Anchor.ACCOUNT_CLOSED, EndAction.ANONYMISE,
        commitments=("C35", "C39"),
    ),
)  # fmt: skip
_PROOF = (
    # Décret 2026-662 asks for three years of the dated proof of a telephone consent; the same for every channel.
    Period(
        "consent.proof",
        Words("Preuve de vos choix", "Proof of your choices"),
        Category.CONSENT, Role.ANYONE, _for("P3Y"), _for("P3Y"), Anchor.CONSENT_ENDED,
        commitments=("C01", "C79"),
    ),
    Period(
        "consent.request",
        Words("Demande de consentement restée sans réponse", "Unanswered request for consent"),
        Category.CONSENT, Role.ANYONE, _for("P14D"), _for("P14D"), Anchor.COLLECTED,
        commitments=("C20",),
    ),
    # CNIL, liste repoussoir: three years at least; what is reviewed is whether the objection still stands.
    Period(
        "accountability.objection",
        Words("Liste d'opposition (empreintes)", "Objection list (digests)"),
        Category.ACCOUNTABILITY, Role.ANYONE, _for("P3Y"), _for("P3Y"), Anchor.OBJECTED, EndAction.REVIEW,
        exempt_from_erasure="GDPR-21-3", commitments=("C75", "C85"),
    ),
    # [D]
    Period(
        "accountability.rights_request",
        Words("Dossiers de vos demandes de droits", "Files of your rights requests"),
        Category.ACCOUNTABILITY, Role.ANYONE, _for("P3Y"), _for("P3Y"), Anchor.REQUEST_CLOSED,
        exempt_from_erasure="GDPR-5-2", commitments=("C80",),
    ),
    # B2. CNIL, délibération 2021-122: six months to a year.
    Period(
        "accountability.staff_journal",
        Words("Journal des accès de notre personnel", "Journal of our staff's access"),
        Category.ACCOUNTABILITY, Role.STAFF, _for("P12M"), _for("P12M"), Anchor.LOG_WRITTEN,
        exempt_from_erasure="GDPR-5-2", commitments=("C05", "C69"),
    ),
    # [D]
    Period(
        "accountability.register",
        Words(
            "Registres des communications à des tiers, des incidents, des habilitations et des purges",
            "Registers of disclosures, of incidents, of authorisations and of purges",
        ),
        Category.ACCOUNTABILITY, Role.ANYONE, _for("P3Y"), _for("P3Y"), Anchor.LOG_WRITTEN,
        exempt_from_erasure="GDPR-5-2", commitments=("C58", "C61", "C69", "C70"),
    ),
    # [D]
    Period(
        "operations.message",
        Words("Messages techniques reçus et envois en attente", "Technical messages received, and messages to be sent"),
        Category.OPERATIONS, Role.ANYONE, _for("P30D"), _for("P30D"), Anchor.COLLECTED,
        commitments=("C11",),
    ),
)  # fmt: skip

PERIODS: Mapping[str, Period] = by_id((*_IDENTIFICATION, *_TECHNICAL, *_BUSINESS, *_PROOF))

if {period.category for period in PERIODS.values()} != set(Category):
    raise ValueError("a category of the register has no period")
