"""Quotes and attributions, in the words of the other reports: both name their licence, each in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.marketplace.values import day, text

QUOTE_FACTS = (
    "quoteId", "quoteNumber", "quoteStatus", "quoteCreatedDate", "acceptedDate", "quoteExpiryDate", "appEntitlementId",
    "appEntitlementNumber", "productId", "addonName", "startDate", "endDate", "userTier", "listPrice", "lastUpdated",
)  # fmt: skip
# Who clicked, be it as a digest, and the whole address they came to are no business of ours.
ATTRIBUTION_FACTS = (
    "appEntitlementId", "appEntitlementNumber", "addonLicenseId", "licenseId", "addonKey", "productId", "channel",
    "referrerDomain", "campaignName", "campaignSource", "campaignMedium", "campaignContent", "eventTimestamp",
    "userType", "lastUpdated",
)  # fmt: skip
_DAYS = ("quoteCreatedDate", "acceptedDate", "quoteExpiryDate", "startDate", "endDate")
_QUOTE_IDS = ("quoteId", "quoteNumber")


def is_quote(row: Mapping[str, Any]) -> bool:
    """Is it a row of the report of quotes?"""
    return any(name in row for name in _QUOTE_IDS)


def is_attribution(row: Mapping[str, Any]) -> bool:
    """Is it a row of the report of attribution? A licence's own attribution is a part of its row."""
    return "channel" in row and "eventTimestamp" in row


def in_common_words(row: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The row with its licence, its day and its contact where every other row has them."""
    if kind == "attribution":
        return _dated(row, row.get("eventTimestamp"))
    if kind != "quote":
        return row
    days = {name: found.isoformat() for name in _DAYS if (found := day(row.get(name)))}
    plain = {name: value for name, value in row.items() if name not in _DAYS}
    details = {
        "company": row.get("technicalContactCompany"),
        "technicalContact": {"email": row.get("technicalEmail")},
    }
    return _dated(
        plain
        | days
        | {
            "appEntitlementId": row.get("entitlementEid"),
            "appEntitlementNumber": row.get("entitlementNumber"),
            "addonName": row.get("productName"),
            "contactDetails": details,
        },
        days.get("acceptedDate") or days.get("quoteCreatedDate"),
    )


def is_accepted(row: Mapping[str, Any]) -> bool:
    """Has a customer accepted this quote? It is the first that is heard of a purchase."""
    return (text(row.get("quoteStatus")) or "").casefold() == "accepted" or day(row.get("acceptedDate")) is not None


def _dated(row: Mapping[str, Any], when: object) -> dict[str, Any]:
    updated = day(when)
    return {**row, "lastUpdated": updated.isoformat() if updated else None}
