"""Why something stays although its person asked for erasure (GDPR Art. 17(3)), in words that can be sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from models.register.categories import Category
from models.register.periods import PERIODS
from models.register.words import Words, by_id


@dataclass(frozen=True)
class Hold:
    """A ground for keeping. `period`: the rule of retention that says until when."""

    id: str
    law: Words
    why: Words
    period: str

    def until(self, recorded_on: date) -> date:
        """The last day of a hold on a record of that day. The financial year is the calendar year."""
        start = datetime(recorded_on.year, 12, 31, tzinfo=UTC)
        return PERIODS[self.period].ceiling.after(start).date()


HOLDS: Mapping[str, Hold] = by_id(
    (
        Hold(
            "FR-L123-22",
            Words(
                "article L123-22 du code de commerce ; article 17(3)(b) du RGPD",
                "article L123-22 of the French commercial code; Art. 17(3)(b) GDPR",
            ),
            Words(
                "La loi nous oblige à garder dix ans, après la fin de l'exercice, les pièces comptables : montants, "
                "dates et numéros des achats. Vos coordonnées n'en font pas partie et sont effacées.",
                "The law obliges us to keep accounting records for ten years after the end of the financial year: "
                "amounts, dates and numbers of purchases. Your contact details are no part of them and are erased.",
            ),
            "accounting.document",
        ),
        Hold(
            "GDPR-21-3",
            Words("articles 21(3) et 17(3)(b) du RGPD", "Art. 21(3) and 17(3)(b) GDPR"),
            Words(
                "Une empreinte à clé de votre adresse reste sur la liste d'opposition : elle ne sert qu'à ne plus vous "
                "contacter et à ne pas vous enregistrer de nouveau.",
                "A keyed digest of your address stays on the objection list: it serves nothing but not to contact you "
                "any more and not to record you again.",
            ),
            "accountability.objection",
        ),
        Hold(
            "GDPR-7-1",
            Words("articles 7(1) et 17(3)(e) du RGPD", "Art. 7(1) and 17(3)(e) GDPR"),
            Words(
                "Nous devons pouvoir prouver ce que vous aviez accepté ou refusé. Cette preuve ne porte plus ni nom ni "
                "adresse, seulement un identifiant qui ne dit rien de vous.",
                "We have to be able to prove what you had accepted or refused. This proof bears neither name nor "
                "address any more, only an identifier that says nothing of you.",
            ),
            "consent.proof",
        ),
        Hold(
            "GDPR-5-2",
            Words("articles 5(2) et 17(3)(b) du RGPD", "Art. 5(2) and 17(3)(b) GDPR"),
            Words(
                "Nous devons pouvoir rendre compte de votre demande et des accès à vos données. Ces dossiers ne "
                "portent plus ni nom ni adresse, seulement un identifiant qui ne dit rien de vous.",
                "We have to be able to account for your request and for who accessed your data. These files bear "
                "neither name nor address any more, only an identifier that says nothing of you.",
            ),
            "accountability.rights_request",
        ),
    )
)

# What of each category may be kept against a request for erasure; of any other category nothing may.
HELD_CATEGORIES: Mapping[Category, str] = {
    Category.ACCOUNTING: "FR-L123-22",
    Category.CONSENT: "GDPR-7-1",
    Category.ACCOUNTABILITY: "GDPR-5-2",
}
