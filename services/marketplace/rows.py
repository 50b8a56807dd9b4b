"""From one row of the Marketplace to what is kept of it: ids, facts without names, and the contacts apart.

What is not on a list here is dropped and counted: no field is held without a purpose (commitment C11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from models.vault import Vault
from services.marketplace.addresses import address, corporate_domain, mailbox
from services.marketplace.companies import is_called, is_of_domain
from services.marketplace.further import ATTRIBUTION_FACTS, QUOTE_FACTS, in_common_words, is_attribution, is_quote
from services.marketplace.values import FORGOTTEN, number, part, text

LICENCE_FACTS = (
    "appEntitlementId", "appEntitlementNumber", "addonLicenseId", "licenseId", "hostLicenseId", "hostEntitlementId",
    "hostEntitlementNumber", "cloudId", "cloudSiteHostname", "addonKey", "addonName", "productId", "hosting",
    "appEdition", "lastUpdated", "licenseType", "maintenanceStartDate", "maintenanceEndDate",
    "latestMaintenanceStartDate", "latestEvaluationStartDate", "status", "tier", "licenseLevel", "inGracePeriod",
    "licenseSourceType", "transactionAccountId", "cmtDetails", "evaluationOpportunitySize", "evaluationLicense",
    "daysToConvertEval", "evaluationStartDate", "evaluationEndDate", "evaluationSaleDate", "installedOnSandbox",
    "parentProductName", "parentProductEdition", "parentProductBillingCycle", "recordCreatedDate", "attribution",
)  # fmt: skip
TRANSACTION_FACTS = (
    "transactionId", "transactionLineItemId", "appEntitlementId", "appEntitlementNumber", "addonLicenseId", "licenseId",
    "hostEntitlementId", "cloudId", "addonKey", "addonName", "productId", "lastUpdated", "paymentStatus",
)  # fmt: skip
PURCHASE_FACTS = (
    "saleDate", "saleType", "licenseType", "hosting", "tier", "billingPeriod", "purchasePrice", "vendorAmount",
    "maintenanceStartDate", "maintenanceEndDate", "originalTransactionDetails", "refundReason",
)  # fmt: skip
FEEDBACK_FACTS = (
    "addonKey", "hosting", "date", "feedbackType", "reasonKey", "appEntitlementId", "appEntitlementNumber",
    "licenseId", "cloudId",
)  # fmt: skip

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
WANTED: Mapping[str, tuple[str, ...]] = {
    "licence": LICENCE_FACTS,
    "transaction": TRANSACTION_FACTS,
    "feedback": FEEDBACK_FACTS,
    "quote": QUOTE_FACTS,
    "attribution": ATTRIBUTION_FACTS,
}
TYPES = {f"{kind}.observed": kind for kind in WANTED}


class UnreadableRowError(Exception):
    """A row that can't be worked on. The message is a short reason for the quarantine list; it repeats nothing."""


@dataclass(frozen=True)
class Contact:
    """A person as a row names them."""

    role: str
    email: str
    name: str | None
    phone: str | None
    company: str | None


@dataclass(frozen=True)
class MarketplaceRow:
    """One row, read. `facts` name no person; `forgotten` says that Atlassian has erased the person of this licence."""

    kind: str
    aliases: tuple[tuple[str, str, str], ...]
    facts: dict[str, Any]
    contacts: tuple[Contact, ...]
    forgotten: bool
    dropped: int = field(default=0)


def kind_of(row: Mapping[str, Any]) -> str:
    """licence, transaction, feedback, quote or attribution, told from the row alone."""
    if "purchaseDetails" in row or "transactionLineItemId" in row:
        return "transaction"
    if "feedbackType" in row:
        return "feedback"
    if is_quote(row):
        return "quote"
    return "attribution" if is_attribution(row) else "licence"


def read_row(row: Mapping[str, Any], kind: str, vault: Vault) -> MarketplaceRow:
    """Read one v3 (or v2) row; `UnreadableRowError` where it names no licence."""
    row = in_common_words(row, kind)
    aliases = aliases_of_facts(row)
    if not aliases:
        raise UnreadableRowError("the row names no licence")
    wanted = WANTED[kind]
    facts: dict[str, Any] = {
        name: value for name in wanted if (value := row.get(name)) is not None and _is_plain(value)
    }
    if kind == "transaction":
        purchase = part(row, "purchaseDetails")
        facts["purchaseDetails"] = {name: purchase[name] for name in PURCHASE_FACTS if _is_plain(purchase.get(name))}
    details = part(row, "contactDetails") or part(row, "customerDetails")
    partner = part(row, "partnerDetails")
    contacts = _contacts(details)
    facts["links"] = _link_facts(details, partner, contacts, vault)
    return MarketplaceRow(
        kind=kind,
        aliases=aliases,
        facts=facts,
        contacts=contacts,
        forgotten=_is_forgotten(details),
        dropped=len(
            set(row) - set(wanted) - {"purchaseDetails", "contactDetails", "customerDetails", "partnerDetails"}
        ),
    )


def aliases_of_facts(row: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """(kind, scope, value) of every id of a row, or of what was kept of it as facts.

    A SEN is unique within one app only: on old cloud rows it is the host's.
    """
    app = text(row.get("addonKey")) or ""
    found = [
        ("entitlement-id", "", text(row.get("appEntitlementId"))),
        ("entitlement-number", "", text(row.get("appEntitlementNumber"))),
        ("licence-id", "", text(row.get("addonLicenseId"))),
        ("sen", app, text(row.get("licenseId"))),
    ]
    return tuple((kind, scope, value) for kind, scope, value in found if value and _is_id(value))


def _is_id(value: str) -> bool:
    """Could this be the id of a licence? A `0` or `-1` that stands in many rows would make one licence of them all."""
    return _ID.fullmatch(value) is not None and not (value.isdigit() and len(value) < 4)


def _contacts(details: Mapping[str, Any]) -> tuple[Contact, ...]:
    contacts = []
    company = _personal(details.get("company"))
    for role in ("technical", "billing"):
        contact = part(details, f"{role}Contact")
        email = address(contact.get("email"))
        if email:
            name, phone = _personal(contact.get("name")), _personal(contact.get("phone"))
            contacts.append(Contact(role, email, name, phone, company))
    return tuple(contacts)


def _link_facts(
    details: Mapping[str, Any], partner: Mapping[str, Any], contacts: tuple[Contact, ...], vault: Vault
) -> dict[str, Any]:
    """What linking needs: keyed digests in place of addresses, and the domains of organisations."""
    links: dict[str, Any] = {contact.role: _address_facts(contact.email, vault) for contact in contacts}
    partner_email = address(part(partner, "billingContact").get("email"))
    if partner_email:
        links["partner"] = _address_facts(partner_email, vault)
    if text(partner.get("partnerName")):
        links["partner_type"] = text(partner.get("partnerType")) or "Unknown"
    if "partner" not in links and (named := _partner_by_name(text(partner.get("partnerName")), links)):
        links["partner"] = named
    technical = links.get("technical", {})
    # Of a person who writes from a free provider the "company" is often their own name: it is kept with the contact.
    company = text(details.get("company"))
    if company and company != FORGOTTEN and (technical.get("domain") or not technical):
        links["company"] = company
        # Names of people tell the companies of one domain apart no more than their mailboxes do.
        links["self_named"] = is_called(company, contacts[0].name if technical else None) or None
    links["country"] = (text(details.get("country")) or "")[:100] or None
    return {name: value for name, value in links.items() if value is not None}


def _partner_by_name(name: str | None, links: Mapping[str, Any]) -> dict[str, str] | None:
    """Of a partner who has a name and no address: the contact, of two from different domains, whose domain it names."""
    contacts = [links[role] for role in ("technical", "billing") if "domain" in links.get(role, {})]
    theirs = [contact for contact in contacts if name and is_of_domain(name, contact["domain"])]
    return theirs[0] if len(theirs) == 1 and len(contacts) == 2 else None


# Whoever evaluates one app is named in many rows, and in one row twice.
@lru_cache(maxsize=20_000)
def _address_facts(email: str, vault: Vault) -> dict[str, str]:
    facts = {"mailbox": vault.blind_index("mailbox", mailbox(email))}
    domain = corporate_domain(email)
    return facts | {"domain": domain} if domain else facts


def _personal(value: object) -> str | None:
    known = text(value)
    return None if known == FORGOTTEN else known


def _is_forgotten(details: Mapping[str, Any]) -> bool:
    return part(details, "technicalContact").get("email") == FORGOTTEN


def _is_plain(value: object) -> bool:
    """Small values only: no known field needs more, and nothing of unknown size goes into the database."""
    if isinstance(value, str):
        return len(value) <= 1000
    if isinstance(value, dict):
        return len(value) <= 12 and all(
            not isinstance(inner, dict | list) and _is_plain(inner) for inner in value.values()
        )
    return isinstance(value, bool) or number(value) is not None
