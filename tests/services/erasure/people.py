"""People to be erased: known from the feed, from a message that waits, from a letter, and as a sole trader."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from models.database import Database
from models.vault import Vault
from services import consent, inbox, links, outbox
from services.inbox import Delivery
from services.marketplace.people import person_id
from services.marketplace.poll import take_all
from services.marketplace.relink import relink
from tests.handlers.faces import evaluation

ALICE = "alice.martin@nordlicht.example"
BOB = "bob@sudwind.example"
PHONE = "+33 6 12 34 56 78"


def rows(*, updated: str = "2026-11-03") -> list[dict[str, Any]]:
    """Alice evaluates twice, once with a purchase, and trades under her own name; Bob evaluates once."""
    first = evaluation(1, "Alice Martin", ALICE, lastUpdated=updated)
    first["contactDetails"]["technicalContact"]["phone"] = PHONE
    second = evaluation(2, "A. Martin", ALICE, lastUpdated=updated)
    second["contactDetails"]["company"] = "Alice Martin"
    sale = {
        "transactionId": "AT-1",
        "transactionLineItemId": "L-1",
        "appEntitlementNumber": "E-AAA-BBB-CCC-001",
        "addonKey": "com.alkaes.timesheets",
        "lastUpdated": updated,
        "customerDetails": {"technicalContact": {"email": ALICE, "name": "Alice Martin"}},
        "purchaseDetails": {"saleDate": "2026-03-02", "saleType": "New", "vendorAmount": 90.0},
    }
    return [first, second, evaluation(3, "Bob Sud", BOB, lastUpdated=updated), sale]


def settle(database: Database, vault: Vault, now: datetime, *, updated: str = "2026-11-03") -> None:
    """The feed comes, and who belongs to whom is worked out."""
    take_all(database, vault, rows(updated=updated), source="file", as_of=None, now=now)
    relink(database, vault, now)


def entangle(database: Database, vault: Vault, now: datetime) -> None:
    """Alice objects, holds links, is named in an event that waits, in one that is done, and in a letter."""
    event = {"type": "licence.observed", "timestamp": now.isoformat(), "data": rows(updated="2026-11-20")[0]}
    with database.write() as session:
        alice = person(session, vault, ALICE)
        links.issue(session, vault, kind="choices", person=alice, now=now)
        links.issue(session, vault, kind="unsubscribe", person=alice, now=now)
        consent.object_to(session, alice, purpose="prospect", source="choices", now=now)
        for number in (1, 2):
            body = json.dumps(event).encode()
            inbox.store(session, vault, Delivery("marketplace", f"d{number}", body, f"licence:{number}"), now)
        inbox.set_aside(session, vault, Delivery("marketplace", "odd", json.dumps(event).encode(), "odd"), "odd", now)
        done = session.query(inbox.InboxItem).filter_by(delivery_id="d1").one()
        done.state = "done"
        payload = {"to": ALICE, "text": f"Dear Alice Martin, your number is {PHONE}."}
        outbox.enqueue(session, vault, kind="mail.send", key="letter", subject="letter", payload=payload, now=now)


def person(session: Any, vault: Vault, email: str) -> Any:
    """The record of whoever has this address."""
    from models.people import Person

    return session.get_one(Person, person_id(vault, email))
