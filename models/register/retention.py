"""How long each kind of data is kept: a floor, a ceiling, when the clock starts, what happens at the end.

The published policy of 2018 gave minimum periods only, which can drive no purge and breaks storage limitation (Art.
5(1)(e) GDPR). Here each rule has a ceiling; where none was declared it equals the floor (reference: commitments.md 1c).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.register.categories import Category
from models.register.commitments import COMMITMENTS
from models.register.durations import Duration
from models.register.words import Language, Words


class Role(StrEnum):
    """Whose data it is."""

    PROSPECT = "prospect"
    CLIENT = "client"
    CORRESPONDENT = "correspondent"
    REQUESTER = "requester"
    VISITOR = "visitor"
    AUTHOR = "author"
    STAFF = "staff"
    ANYONE = "anyone"


class Anchor(StrEnum):
    """The event that starts the clock."""

    COLLECTED = "collected"
    LAST_INBOUND_CONTACT = "last_inbound_contact"
    CLIENT_ENDED = "client_ended"
    FISCAL_YEAR_END = "fiscal_year_end"
    CONSULTED = "consulted"
    LAST_SERVER_ACCESS = "last_server_access"
    LOG_WRITTEN = "log_written"
    ACCOUNT_CLOSED = "account_closed"
    SESSION_ENDED = "session_ended"
    CONSENT_ENDED = "consent_ended"
    OBJECTED = "objected"
    REQUEST_CLOSED = "request_closed"
    UNINSTALLED = "uninstalled"


class EndAction(StrEnum):
    """What happens to the data when the ceiling is reached."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    REVIEW = "review"


class Relation(StrEnum):
    """What being a client does to the period: nothing, it prolongs it, or its end cuts it short."""

    NONE = "none"
    PROLONGS = "prolongs"
    CUTS_SHORT = "cuts_short"


ANCHOR_WORDS: Mapping[Anchor, Words] = {
    Anchor.COLLECTED: Words("la réception", "receipt"),
    Anchor.LAST_INBOUND_CONTACT: Words("votre dernier contact avec nous", "your last contact with us"),
    Anchor.CLIENT_ENDED: Words("la fin de la relation client", "the end of the client relation"),
    Anchor.FISCAL_YEAR_END: Words("la fin de l'exercice comptable", "the end of the financial year"),
    Anchor.CONSULTED: Words("la consultation", "consultation"),
    Anchor.LAST_SERVER_ACCESS: Words("votre dernier accès au serveur", "your last access to the server"),
    Anchor.LOG_WRITTEN: Words("l'écriture dans le journal", "the log entry"),
    Anchor.ACCOUNT_CLOSED: Words("la fermeture du compte", "closure of the account"),
    Anchor.SESSION_ENDED: Words("la fin de la session", "the end of the session"),
    Anchor.CONSENT_ENDED: Words("la fin du consentement", "the end of the consent"),
    Anchor.OBJECTED: Words("l'opposition", "the objection"),
    Anchor.REQUEST_CLOSED: Words("la clôture de la demande", "closure of the request"),
    Anchor.UNINSTALLED: Words("la désinstallation", "uninstallation"),
}
ACTION_WORDS: Mapping[EndAction, Words] = {
    EndAction.DELETE: Words("suppression", "deletion"),
    EndAction.ANONYMISE: Words("anonymisation", "anonymisation"),
    EndAction.REVIEW: Words("réexamen", "review"),
}
_RELATION_WORDS = {
    Relation.PROLONGS: Words("{}, et tant que vous êtes client", "{}, and as long as you are a client"),
    Relation.CUTS_SHORT: Words(
        "{}, au plus tard jusqu'à la fin de la relation client",
        "{}, at the latest until the end of the client relation",
    ),
}


@dataclass(frozen=True)
class Period:
    """One rule of retention. Up to `floor` after `anchor` the data stays, unless its person may and does ask for
    erasure; at `ceiling` the `action` is due. `exempt_from_erasure` names the law that keeps it against such a request.
    """

    id: str
    what: Words
    category: Category
    role: Role
    floor: Duration
    ceiling: Duration
    anchor: Anchor
    action: EndAction = EndAction.DELETE
    relation: Relation = Relation.NONE
    exempt_from_erasure: str | None = None
    in_backups: bool = True
    commitments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.ceiling.shorter_than(self.floor):
            raise ValueError(f"{self.id}: the ceiling is below the floor")
        if not set(self.commitments) <= set(COMMITMENTS):
            raise ValueError(f"{self.id}: unknown commitment")

    @property
    def at_once(self) -> bool:
        """Does the end come with the event itself?"""
        return self.ceiling.count == 0

    def span(self, language: Language) -> str:
        """The period alone: `3 ans`, `de 4 à 10 jours`, `au plus 1 heure`, `aucun délai`."""
        ceiling = self.ceiling.words(language)
        if self.at_once:
            return "aucun délai" if language == "fr" else "no delay"
        if self.floor == self.ceiling:
            return ceiling
        if self.floor.count == 0:
            return f"au plus {ceiling}" if language == "fr" else f"at most {ceiling}"
        if self.floor.unit == self.ceiling.unit:
            return f"de {self.floor.count} à {ceiling}" if language == "fr" else f"{self.floor.count} to {ceiling}"
        floor = self.floor.words(language)
        return f"de {floor} à {ceiling}" if language == "fr" else f"{floor} to {ceiling}"

    def rule(self, language: Language) -> str:
        """The period with what the client relation does to it, as the table of the policy prints it."""
        words = _RELATION_WORDS.get(self.relation)
        return words.in_(language).format(self.span(language)) if words else self.span(language)
