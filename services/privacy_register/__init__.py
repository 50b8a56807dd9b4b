"""The record of processing activities (GDPR Art. 30), made of the register, the tables and the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.register import CATEGORIES, COMMITMENTS, HOLDS, PERIODS, PURPOSES, RECIPIENTS, Language, Vendor
from models.register.purposes import BASIS_WORDS
from models.register.recipients import ROLE_WORDS
from models.register.retention import ACTION_WORDS, ANCHOR_WORDS
from services.privacy_register.evidence import EVIDENCE, DoesNotArise, Kept
from services.retention import BINDINGS, NOT_HERE

__all__ = ["EVIDENCE", "document"]

EN: Language = "en"


def document(vendor: Vendor) -> str:
    """The register as Markdown: English, with the French names that the policy uses."""
    return "\n".join([*_head(vendor), *_purposes(), *_categories(), *_periods(), *_recipients(), *_measures(),
                      *_commitments()]) + "\n"  # fmt: skip


def _head(vendor: Vendor) -> Iterator[str]:
    yield "# Register of processing · Registre des activités de traitement"
    yield ""
    yield "Made by `flask --app app register docs`; a test compares it. Change the register, not this page."
    yield ""
    yield f"Controller · Responsable du traitement: {vendor.name}, {vendor.address}; {vendor.contact_email}."
    yield ""


def _purposes() -> Iterator[str]:
    yield from _table(
        "Purposes · Finalités",
        ("id", "purpose", "finalité", "legal basis (Art. 6 GDPR)", "categories", "commitments"),
        (
            (f"`{one.id}`", one.label.en, one.label.fr,
             "; ".join(f"{BASIS_WORDS[basis].en}, {basis.value}" for basis in one.bases),
             ", ".join(one.categories), ", ".join(one.commitments))
            for one in PURPOSES.values()
        ),
    )  # fmt: skip


def _categories() -> Iterator[str]:
    held = {
        category: ", ".join(f"`{table}`" for table, bound in sorted(BINDINGS.items()) if category in bound)
        for category in CATEGORIES
    }
    yield from _table(
        "Categories of data · Catégories de données",
        ("id", "category", "catégorie", "comprises", "tables"),
        (
            (f"`{one.id}`", one.name.en, one.name.fr, one.description.en, held[one.category] or "none")
            for one in CATEGORIES.values()
        ),
    )


def _periods() -> Iterator[str]:
    yield from _table(
        "Periods · Durées de conservation",
        ("id", "what", "quoi", "period", "from", "then", "kept against erasure by"),
        (
            (f"`{one.id}`", one.what.en, one.what.fr,
             one.rule(EN) if one.id not in NOT_HERE else f"{one.rule(EN)} (does not arise here)",
             ANCHOR_WORDS[one.anchor].en, ACTION_WORDS[one.action].en,
             HOLDS[one.exempt_from_erasure].law.en if one.exempt_from_erasure else "")
            for one in PERIODS.values()
        ),
    )  # fmt: skip


def _recipients() -> Iterator[str]:
    yield from _table(
        "Recipients · Destinataires",
        ("id", "recipient", "destinataire", "role", "where", "what", "on"),
        (
            (f"`{one.id}`", one.name.en, one.name.fr, ROLE_WORDS[one.role].en, one.country.en, one.what.en,
             "yes" if one.on else "no")
            for one in RECIPIENTS.values()
        ),
    )  # fmt: skip


def _measures() -> Iterator[str]:
    yield "## Security measures · Mesures de sécurité"
    yield ""
    yield "[security.md](security.md): who may call what, sealing, keys for each person, what is left to the operator."
    yield ""


def _commitments() -> Iterator[str]:
    kept = {number: found for number, found in EVIDENCE.items() if isinstance(found, Kept)}
    absent = {number: found for number, found in EVIDENCE.items() if isinstance(found, DoesNotArise)}
    yield f"The policy makes {len(COMMITMENTS)} commitments: code keeps {len(kept)}, {len(absent)} do not arise here."
    yield ""
    yield from _table(
        "Commitments that are kept · Engagements tenus",
        ("", "commitment", "kept by", "shown by"),
        ((number, one.promise, f"`{one.code}`", f"`{one.test}`") for number, one in kept.items()),
    )
    yield from _table(
        "Commitments that do not arise · Engagements sans objet",
        ("", "commitment", "why not", "shown by"),
        ((number, one.promise, one.why, f"`{one.test}`") for number, one in absent.items()),
    )


def _table(
    title: str, columns: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]
) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""
