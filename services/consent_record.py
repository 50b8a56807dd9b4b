"""A person's consents as a document for other programs: ISO/IEC TS 27560 in the words of the W3C's DPV (JSON-LD).

One record for each purpose and channel with its events, oldest first. A person may take it along as their receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.consent import ConsentEvent
from models.register import PERIODS, PURPOSES, RECIPIENTS, Language, Vendor
from services import consent
from services.consent import ConsentState
from services.may_contact import LIFE, LONGEST

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "eu": "https://w3id.org/dpv/legal/eu#",
    "pd": "https://w3id.org/dpv/pd#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dct:date": {"@type": "xsd:dateTime"},
    "dct:valid": {"@type": "xsd:dateTime"},
}
# What DPV calls each state (privacy.md 2.1). Where no consent was sought, none is known.
STATUS = {
    ConsentState.UNKNOWN: "ConsentUnknown",
    ConsentState.NOTICE_DUE: "ConsentUnknown",
    ConsentState.LEGITIMATE_INTEREST: "ConsentUnknown",
    ConsentState.REQUESTED: "ConsentRequested",
    ConsentState.GRANTED: "ConsentGiven",
    ConsentState.REFUSED: "ConsentRefused",
    ConsentState.LAPSED: "ConsentRequestDeferred",
    ConsentState.EXPIRED: "ConsentExpired",
    ConsentState.NEEDS_REFRESH: "ConsentExpired",
    ConsentState.WITHDRAWN: "ConsentWithdrawn",
    ConsentState.OBJECTED: "ConsentWithdrawn",
    ConsentState.INVALIDATED: "ConsentInvalidated",
}
PERSONAL_DATA = {
    "email": "pd:EmailAddress", "phone": "pd:TelephoneNumber", "fax": "pd:FaxNumber", "post": "pd:PhysicalAddress",
}  # fmt: skip
RIGHTS = ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A17", "eu-gdpr:A18", "eu-gdpr:A20", "eu-gdpr:A21",
          "eu-gdpr:A77"]  # fmt: skip


def document(
    session: Session, person_id: str, *, vendor: Vendor, base_url: str, language: Language, now: datetime
) -> dict[str, Any]:
    """Every record of a person, as a JSON-LD document. They are named by our pseudonymous id for them."""
    events: dict[tuple[str, str], list[ConsentEvent]] = {}
    for event in consent.history(session, person_id):
        events.setdefault((event.purpose, event.channel), []).append(event)
    return {
        "@context": CONTEXT,
        "dct:created": now.isoformat(),
        "@graph": [
            _record(person_id, purpose, channel, events[purpose, channel], vendor, base_url, language)
            for purpose, channel in sorted(events)
        ],
    }


def _record(
    person_id: str,
    purpose: str,
    channel: str,
    events: Sequence[ConsentEvent],
    vendor: Vendor,
    base_url: str,
    language: Language,
) -> dict[str, Any]:
    newest, told = events[-1], PURPOSES[purpose]
    version = f"/versions/{newest.policy_version}" if newest.policy_version is not None else ""
    by_interest = newest.basis == "legitimate_interest"
    return {
        "@id": f"urn:fairtrial:consent:{person_id}:{purpose}:{channel}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr",
        "dct:identifier": f"{person_id}:{purpose}:{channel}",
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": person_id},
        "dpv:hasNotice": {"@id": f"{base_url}/policy/{language}{version}", "@type": "dpv:PrivacyNotice",
                          "dct:language": language},
        "dpv:hasConsentStatus": {"@id": f"dpv:{STATUS[ConsentState(newest.state)]}"},
        "dpv:hasProcess": {
            "@type": "dpv:Process",
            "dpv:hasPurpose": {"@type": "dpv:Purpose", "dct:identifier": purpose,
                               "dct:title": {"@value": told.label.in_(language), "@language": language}},
            "dpv:hasPersonalData": {"@id": PERSONAL_DATA.get(channel, "dpv:PersonalData")},
            "dpv:hasProcessing": [{"@id": "dpv:Store"}, {"@id": "dpv:Use"}],
            "dpv:hasLegalBasis": {"@id": "eu-gdpr:A6-1-f" if by_interest else "eu-gdpr:A6-1-a"},
            "dpv:hasDataController": _controller(vendor),
            "dpv:hasRecipient": _recipients(told.categories, language),
            "dpv:hasStorageCondition": {"dct:description": PERIODS["identification.prospect"].rule(language),
                                        "dpv:hasLocation": {"@id": "eu:EU"}},
            "dpv:hasJurisdiction": {"@id": "eu:EU"},
            "dpv:hasRight": [{"@id": right} for right in RIGHTS],
            "dpv:hasAuthority": {"@type": "dpv:DataProtectionAuthority", "dpv:hasName": "CNIL",
                                 "dpv:hasContact": "https://www.cnil.fr/"},
        },
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dct:description": f"{base_url}/privacy/request"},
        "dct:hasPart": [_event(event, channel) for event in events],
    }  # fmt: skip


def _event(event: ConsentEvent, channel: str) -> dict[str, Any]:
    given = event.state == ConsentState.GRANTED
    return {
        "@id": f"urn:fairtrial:consent-event:{event.seq}",
        "@type": [f"dpv:{STATUS[ConsentState(event.state)]}", *(["dpv:ExplicitlyExpressedConsent"] if given else [])],
        "dct:date": event.at.isoformat(),
        "dct:source": event.source,
        "dpv:hasEntity": event.actor_kind,
        **({"dct:valid": LIFE.get(channel, LONGEST).after(event.at).isoformat()} if given else {}),
        **({"dct:provenance": f"sha256:{event.wording_hash}"} if event.wording_hash else {}),
    }


def _controller(vendor: Vendor) -> dict[str, Any]:
    return {
        "@type": ["dpv:DataController", "dpv:LegalEntity"],
        "dpv:hasName": vendor.name,
        "dpv:hasAddress": vendor.address,
        "dpv:hasContact": f"mailto:{vendor.contact_email}",
    }


def _recipients(categories: Sequence[Any], language: Language) -> list[dict[str, Any]]:
    return [
        {"@type": "dpv:Recipient", "dct:identifier": one.id, "dpv:hasName": one.name.in_(language)}
        for one in RECIPIENTS.values()
        if one.on and set(categories) & set(one.categories)
    ]
