"""The time line: what happened to a licence, and what was heard of it besides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from models.database import Database
from models.marketplace import Licence
from models.vault import Vault
from services import timeline
from services.marketplace.poll import take_all
from tests.services.test_dashboards import licence

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NUMBER = {"appEntitlementNumber": "E-AAA-BBB-CCC-001"}
WAY = NUMBER | {
    "channel": "paid-search",
    "referrerDomain": "https://www.google.com/",
    "campaignName": "q1",
    "eventTimestamp": "2026-11-01T09:11:12Z",
    "userId": "a-digest-of-somebody",
    "marketplaceURL": "https://marketplace.atlassian.com/apps/1/x?utm_source=google",
}
LEFT = NUMBER | {"date": "2026-11-04", "feedbackType": "uninstall", "reasonKey": "missing-features"}
QUOTE = {"entitlementNumber": "E-AAA-BBB-CCC-001", "quoteNumber": "Q-1", "quoteCreatedDate": "2026-11-05"}


def events(database: Database, vault: Vault, *rows: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    take_all(database, vault, [licence(1), *rows], source="file", as_of=None, now=NOW)
    with database.read() as session:
        found = timeline.of_licences(session, session.scalars(select(Licence)).all())
    assert {event["app"] for event in found} == {"Timesheets"}
    heard = ("arrived", "feedback", "quoted")
    return [(event["on"], event["kind"], event["details"]) for event in found if event["kind"] in heard]


def test_it_tells_how_they_came_and_why_they_left_and_not_who_it_was(database: Database, vault: Vault) -> None:
    assert events(database, vault, WAY, LEFT) == [
        ("2026-11-04", "feedback", ["uninstall", "missing-features"]),
        ("2026-11-01", "arrived", ["paid-search", "www.google.com", "q1"]),
    ]


def test_what_is_heard_twice_is_told_once(database: Database, vault: Vault) -> None:
    heard = [WAY, WAY | {"lastUpdated": "2026-11-09"}, WAY | {"channel": "direct"}]
    assert [details[0] for _, _, details in events(database, vault, *heard)] == ["paid-search", "direct"]


def test_a_quote_is_told_once_it_is_accepted(database: Database, vault: Vault) -> None:
    assert events(database, vault, QUOTE) == []
    assert events(database, vault, QUOTE | {"quoteStatus": "accepted", "acceptedDate": "2026-11-06"}) == [
        ("2026-11-06", "quoted", [])
    ]
