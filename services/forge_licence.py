"""What an invocation token says of the licence, as one more observation of it (connect.md 5.2, marketplace.md 2).

It fills gaps and overrules nothing: it names no `lastUpdated`, so any row of the Marketplace is newer. For a FIT goes
on saying "active" for weeks after the end, and the day of its trial end need not be the Marketplace's, which would look
like an extension. A licence that is not spoken of is unknown, and makes no observation at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from connect.fit import Invocation
from models.tenants import Tenant
from services.inbox import Delivery
from services.marketplace import ingest
from services.marketplace.merge import digest
from services.marketplace.observations import Envelope
from services.marketplace.values import day, text

SOURCE = "forge"
# In milliseconds: beyond it lies the year 9999.
MAX_EPOCH = 253_402_300_799_000


def delivery_of(invocation: Invocation, tenant: Tenant, app_key: str) -> Delivery | None:
    """The observation of an invocation, the same one all day long; None where it says nothing that counts."""
    row = row_of(invocation, tenant, app_key)
    if row is None:
        return None
    on = datetime.fromtimestamp(invocation.issued_at, UTC).date()
    envelope = {"type": "licence.observed", "timestamp": f"{on}T00:00:00Z", "data": row}
    body = json.dumps(envelope, sort_keys=True).encode()
    subject = ingest.subject_of(envelope) or SOURCE
    return Delivery(SOURCE, f"licence/{on}/{digest(row)}", body, subject)


def envelope_of(body: bytes) -> Envelope:
    """The envelope of a stored delivery. The same claims of another day are the same observation, seen later."""
    message = json.loads(body)
    return ingest.envelope_of_row(message["data"], SOURCE, datetime.fromisoformat(message["timestamp"]))


def row_of(invocation: Invocation, tenant: Tenant, app_key: str) -> dict[str, Any] | None:
    """The licence claims as a v3 row; None without an id, or where `isActive` is not said: missing is never active."""
    claims = invocation.licence or {}
    active = _truth(claims.get("isActive"))
    ids = (_id(claims.get("ccpEntitlementId")), _id(claims.get("ccpEntitlementSlug")))
    # What Connect said at its install may be of an earlier licence: it must not be mixed with what is said now.
    entitlement_id, entitlement_number = ids if any(ids) else (tenant.entitlement_id, tenant.entitlement_number)
    if active is None or not (entitlement_id or entitlement_number):
        return None
    trial_end = _epoch_day(claims.get("trialEndDate"))
    row = {
        "appEntitlementId": entitlement_id,
        "appEntitlementNumber": entitlement_number,
        "addonKey": app_key,
        "hosting": "Cloud",
        "cloudId": invocation.site.cloud_id,
        "licenseType": _licence_type(claims),
        "status": "active" if active else "inactive",
        "evaluationEndDate": trial_end.isoformat() if trial_end else None,
    }
    return {name: value for name, value in row.items() if value is not None}


def _id(value: object) -> str | None:
    known = text(value)
    return known if known and known.isprintable() else None


def _licence_type(claims: Mapping[str, Any]) -> str | None:
    evaluation = _truth(claims.get("isEvaluation"))
    if evaluation is None:
        # A "commercial" licence may be on trial: without the word for it, it is neither bought nor tried.
        return None
    return "EVALUATION" if evaluation else (text(claims.get("type")) or "").upper() or None


def _truth(value: object) -> bool | None:
    """A boolean, also written out; None for anything else: `"NULL"` has been seen."""
    return value if isinstance(value, bool) else {"true": True, "false": False}.get((text(value) or "").lower())


def _epoch_day(value: object) -> date | None:
    """The UTC day of milliseconds since the epoch, which come as text; an ISO date is read too."""
    known = text(value) or ""
    if not (known.isascii() and known.isdecimal()):
        return day(known)
    milliseconds = int(known)
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date() if 0 < milliseconds <= MAX_EPOCH else None
